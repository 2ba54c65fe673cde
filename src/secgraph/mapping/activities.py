"""What activities point to: parties, countries and topics of the dataset, and each other by published identifiers."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

from secgraph.mapping.columns import Index
from secgraph.records import IdentityRecord, Record
from secgraph.records.iati import Activity, Portion, Share, Transaction
from secgraph.values import Literal, Statement
from secgraph.vocab import kind_of, sg, thing

PART_OF: Final = sg("partOf")
KOSOVO: Final = {"KO": "XK", "KS": "XK", "XKX": "XK", "UNSC 1244": "XK", "UNSC1244": "XK"}
"""Codes under which Kosovo is published, beside XK."""
_NOT_PLAIN: Final = re.compile(r"[^A-Za-z0-9._-]|(?<=-)-|\A-|-\Z")


class Finder(Protocol):
    """Whoever knows which thing an outside identifier or a name stands for."""

    def find(self, ref: str, name: str) -> str | None:
        """Return the thing that is meant, or None."""
        ...


class Portions(Protocol):
    """Whoever knows which part of an activity is in the scope of its file."""

    def covers(self, share: Share) -> bool:
        """Tell whether a sector is in the scope."""
        ...

    def share(self, activity: Activity) -> Portion:
        """Return the part of an activity that is in the scope."""
        ...

    def share_of(self, row: Transaction, activity: Activity) -> Portion:
        """Return the part of a transaction that is in the scope."""
        ...


@dataclass(frozen=True)
class Known:
    """What of a dataset an activity can point to: its parties, countries and topics."""

    parties: Finder
    countries: Mapping[str, str] = field(default_factory=dict)
    """The IRI of each jurisdiction of the tables, by its code."""
    country_names: Mapping[str, str] = field(default_factory=dict)
    """Names of countries that the tables do not have, by code."""
    topics: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The topics of the dataset that match a DAC sector, by its code."""

    @classmethod
    def of(cls, tables: Mapping[str, Sequence[Record]], parties: Finder, country_names: Mapping[str, str]) -> Known:
        """Return what the tables of a dataset know."""
        index = Index(tables)
        countries = {
            row.row_id(): iri
            for row in tables.get("jurisdictions", ())
            if (iri := index.row("jurisdiction", row.row_id()))
        }
        return cls(parties, countries, country_names, matched_topics(tables.get("identities", ())))


def matched_topics(identities: Iterable[Record]) -> dict[str, tuple[str, ...]]:
    """Return the topics that a judgement matches to a DAC sector, by the sector's code.

    A match counts where the sector is the topic or a part of it, and the outside address ends in the code.
    """
    found: dict[str, set[str]] = {}
    for row in identities:
        if not isinstance(row, IdentityRecord) or row.predicate_modifier == "Not":
            continue
        sector = re.search(r"sector[/#](\d{3,5})/?\Z", row.object_id, re.IGNORECASE)
        if sector and kind_of(row.subject_id) == "topic" and row.predicate_id in _COVERING:
            found.setdefault(sector[1], set()).add(row.subject_id)
    return {sector: tuple(sorted(topics)) for sector, topics in found.items()}


_COVERING: Final = frozenset(("skos:exactMatch", "skos:closeMatch", "skos:narrowMatch"))


def slug_of(source: str, identifier: str) -> str:
    """Return the slug of an activity: its source and its identifier, told apart from any other's.

    What stands after the first `--` has none, so that what follows a second one is of a part of the activity.

    >>> slug_of("src-fog", "XX-1-200")
    'src-fog--XX-1-200'
    >>> slug_of("src-fog", "XX/1 a")
    'src-fog--XX_1_a-7fa7a3'
    """
    plain = _NOT_PLAIN.sub("_", identifier)
    if plain != identifier:
        plain = f"{plain}-{hashlib.sha256(identifier.encode()).hexdigest()[:6]}"
    return f"{source}--{plain}"


class Reference(NamedTuple):
    """A statement whose object is another activity, known by the identifier that its publisher gives."""

    subject: str
    predicate: str
    otherwise: str
    """The property that keeps the identifier where the activity is not loaded; '' where nothing then remains."""
    identifier: str
    source: str
    file: str
    line: int
    element: str
    backwards: bool = False
    """Whether the other activity is the subject."""


class Loaded(NamedTuple):
    """One activity that was kept, as others may refer to it."""

    file: str
    source: str
    iri: str


def resolve(reference: Reference, near: Sequence[Loaded]) -> Statement | None:
    """Return what a reference says: of the activity of the same file first, then of the same source, then of any.

    None where the activity is not loaded and nothing keeps its identifier.

    Args:
        reference: what leads to an activity.
        near: the activities that have the identifier.
    """
    best = min(near, key=lambda one: (one.file != reference.file, one.source != reference.source, one), default=None)
    if best is None and not reference.otherwise:
        return None
    subject, predicate, value = reference.subject, reference.otherwise, None
    if best:
        predicate = reference.predicate
        subject, value = (best.iri, subject) if reference.backwards else (subject, best.iri)
    return Statement(
        subject, predicate, value or Literal(reference.identifier), (thing("source", reference.source),),
        reference.file, reference.line, f"line {reference.line}", reference.element,
    )  # fmt: skip
