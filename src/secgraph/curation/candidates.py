"""Candidates: pairs that may be one body and that nobody has judged, with what speaks for it in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from secgraph.curation.model import Model, Scored
from secgraph.curation.names import Reader, latin
from secgraph.curation.subjects import Party, Published, countries_of, of_published, of_tables
from secgraph.errors import StoreError
from secgraph.mapping.judgements import Judgements
from secgraph.mapping.parties import Parties
from secgraph.records import Record
from secgraph.values import Table, likeness
from secgraph.vocab import kind_of, local

_LATIN_END: Final = 0x24F
"""The last letter of Latin scripts."""
LEAST: Final = 0.5
"""Candidates with a lower probability are left out unless asked for."""
COLUMNS: Final = (
    "left", "left_name", "right", "right_name", "probability", "weight", "why", "where", "judgement", "comment",
)  # fmt: skip


class Tables(Protocol):
    """Whatever hands out relations by name."""

    def table(self, name: str) -> Table:
        """Return one relation."""
        ...


@dataclass(frozen=True)
class Candidate:
    """Two parties that may be one: a body of ours, and another of ours or one that is published."""

    left: Party
    right: Party
    weight: float
    probability: float
    why: str

    def where(self) -> str:
        """Return where the parties are named."""
        if self.right.own:
            return f"{_count(len(self.left.sources), 'source')} and {_count(len(self.right.sources), 'source')}"
        told = ", ".join(self.right.sources[:3]) + (" ..." if len(self.right.sources) > 3 else "")
        return f"{_count(self.right.uses, 'place')} of {told}" if told else _count(self.right.uses, "place")


def candidates(
    tables: Mapping[str, Sequence[Record]], relations: Tables | None = None, *, least: float = LEAST
) -> list[Candidate]:
    """Return the pairs that may be one body and are judged neither the same nor different, the likeliest first.

    Of two bodies of ours the one with more sources stands left. Two that are published are no pair: each is held
    against the bodies of the tables.

    Args:
        tables: the records of the dataset.
        relations: of the built release, which knows the names that nobody is identified by; else none are taken.
        least: the least probability.
    """
    reader = Reader(countries_of(tables))
    parties = all_parties(tables, relations)
    judged = Judgements.of_tables(tables)
    by_key = {party.key: party for party in parties}
    found = []
    for scored in Model(parties, reader).score():
        left, right = ordered(by_key[scored.left], by_key[scored.right])
        if not left.own or scored.probability < least or judged.decided(left.key, right.key) is not None:
            continue
        if not right.own and any(map(kind_of, judged.group(right.key))):
            continue
        found.append(
            Candidate(left, right, scored.weight, scored.probability, explanation(left, right, scored, reader))
        )
    return found


def all_parties(tables: Mapping[str, Sequence[Record]], relations: Tables | None) -> list[Party]:
    """Return the bodies of the tables, and the parties of the release that are named and not identified."""
    published = list(unidentified(relations)) if relations else []
    known = Parties(tables)
    return of_tables(tables) + of_published(one for one in published if known.find(one.ref, one.name) is None)


def unidentified(relations: Tables) -> Iterator[Published]:
    """Yield each place where a release names a party that no body of the tables is found for."""
    for name, pairs in _PLACES.items():
        try:
            rows: Iterable[dict[str, Any]] = relations.table(name).dicts()
        except StoreError:
            continue
        for row in rows:
            sources = tuple(str(row.get("sources") or "").split("|"))
            for who, ref in pairs:
                if row.get(who) or row.get(ref):
                    yield Published(row.get(who) or "", row.get(ref) or "", sources=tuple(filter(None, sources)))


_PLACES: Final = {
    "participations": (("stated", "stated_ref"),),
    "transactions": (("provider_names", "provider_refs"), ("receiver_names", "receiver_refs")),
    "budgets": (("provider_names", "provider_refs"), ("receiver_names", "receiver_refs")),
}
"""The columns of a name and an identifier that are nobody's, by relation."""


def ordered(one: Party, other: Party) -> tuple[Party, Party]:
    """Return two parties, first the one of ours, and of two of ours the one with more sources."""
    first, second = sorted((one, other), key=lambda party: (not party.own, -len(party.sources), party.key))
    return first, second


def explanation(left: Party, right: Party, scored: Scored, reader: Reader) -> str:
    """Return in words what two parties have in common and what not, the names that are most alike among it."""
    agreed = dict(scored.agreements)
    told = []
    if agreed["acronyms"] == "same abbreviation":
        told.append(f"same abbreviation {_shared_acronym(left, right)}")
    elif agreed["acronyms"] == "abbreviation of the other name":
        told.append("one is abbreviated as the initials of the other")
    elif agreed["acronyms"] == "other abbreviation":
        told.append("other abbreviation")
    told.append(_names_told(left, right, scored))
    places = {party.key: _places(party, reader) for party in (left, right)}
    if agreed["places"] == "same country":
        told.append("both in " + ", ".join(sorted(places[left.key] & places[right.key])))
    elif agreed["places"] == "other country":
        told.append("in " + " and ".join(", ".join(sorted(places[party.key])) for party in (left, right)))
    elif agreed["places"] == "country of one only":
        which = left if places[left.key] else right
        told.append(f"only {_called(which)} is told to be in " + ", ".join(sorted(places[which.key])))
    if agreed["kind"] == "same type" and left.type == right.type:
        told.append(f"same type {left.type}")
    elif agreed["kind"] != "no type" and left.type != right.type:
        told.append(f"{'like' if agreed['kind'] == 'same type' else 'different'} type ({left.type}, {right.type})")
    return "; ".join(told)


def _names_told(left: Party, right: Party, scored: Scored) -> str:
    """Return the two names that are most alike in words, and by how much they are alike in letters."""
    one, other = scored.names if scored.left == left.key else reversed(scored.names)
    if not one or not other:
        return "by the abbreviation alone"
    alike = max(likeness(a, b) for a in latin(one) for b in latin(other))
    foreign = any(letter.isalpha() and ord(letter) > _LATIN_END for letter in one + other)
    notes = [
        f"{name!r} is a {party.notes[name]}" for party, name in ((left, one), (right, other)) if name in party.notes
    ]
    agreed = dict(scored.agreements)["name"]
    same = {"same name": "the same name", "same words": "the same words, countries apart"}.get(agreed, agreed)
    script = " after transliteration" if foreign else ""
    return "; ".join([f"{same}: {one!r} and {other!r}, {alike:.0f} % alike{script}", *notes])


def _shared_acronym(left: Party, right: Party) -> str:
    shared = sorted(set(left.acronyms()) & set(right.acronyms()))
    return ", ".join(name.upper() for name in shared)


def _places(party: Party, reader: Reader) -> set[str]:
    own = {party.country} if party.country and party.group not in ("international", "cooperation") else set()
    return own.union(*(folded.places for name in party.names for folded in reader.read(name)))


def _called(party: Party) -> str:
    return local(party.key) if party.own else "the other"


def _count(number: int, what: str) -> str:
    """Return a number with its noun.

    >>> _count(1, "place"), _count(3, "place")
    ('1 place', '3 places')
    """
    return f"{number} {what}" + ("" if number == 1 else "s")


def table(found: Sequence[Candidate]) -> Table:
    """Return candidates as a table, to be judged in a spreadsheet: `same` or `different` in the column judgement."""
    rows = tuple(
        (
            one.left.key, one.left.label, one.right.key, one.right.label, one.probability, one.weight, one.why,
            one.where(), "", "",
        )
        for one in found
    )  # fmt: skip
    return Table(COLUMNS, rows, f"{_count(len(found), 'pair')} nobody has judged")
