"""Who is meant by an outside identifier and a name: the thing that the tables and judgements say, or nobody.

An identifier is looked up as it stands, then as `normal_ref` writes it; a name only among those that a person judged.
Nothing is guessed here: what is like a name is a candidate for `curation`, never an answer.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from secgraph.mapping.columns import Index
from secgraph.records import REF_CATEGORY, IdentityRecord, Record, RedirectRecord
from secgraph.vocab import kind_of, local, thing

PARTY_KINDS: Final = frozenset({"organisation", "initiative", "jurisdiction", "instrument", "programme"})
"""The kinds of things that take part in an activity or a transaction."""

SAME: Final = "skos:exactMatch"
NOT: Final = "Not"
_DASHES: Final = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_SCHEMES: Final = ("iati", "orgid")
"""The schemes of the column `identifiers` whose values are organisation identifiers as IATI writes them."""
_ORG_ID: Final = re.compile(r"https?://(?:www\.)?org-id\.guide/(?:.*/)?([^/]+)/?\Z")


def normal_ref(ref: str) -> str:
    """Return an identifier without spaces, with plain hyphens and capitals: spellings that can mean one thing only.

    >>> normal_ref("BG - 11001"), normal_ref("gb\u2013coh\u20131234"), normal_ref("XI-IATI-EC_NEAR")
    ('BG-11001', 'GB-COH-1234', 'XI-IATI-EC_NEAR')
    """
    return "".join(_DASHES.sub("-", ref).split()).upper()


def normal_name(name: str) -> str:
    """Return a name in which composition, capitals and the number of spaces no longer count; nothing else is dropped.

    >>> normal_name("  Ministry of  the Interior ") == normal_name("Ministry of the interior")
    True
    >>> normal_name("Ministry of Interior") == normal_name("Ministry of the Interior")
    False
    """
    return " ".join(unicodedata.normalize("NFC", unicodedata.normalize("NFKD", name).casefold()).split())


class Parties:
    """The outside identifiers and judged names of a dataset, and the thing that each stands for."""

    def __init__(self, tables: Mapping[str, Sequence[Record]]) -> None:
        index = Index(tables)
        merged = {
            (row.kind_, row.old): row.new for row in tables.get("redirects", ()) if isinstance(row, RedirectRecord)
        }
        refs: dict[str, set[str]] = {}
        names: dict[str, set[str]] = {}
        self._never_ref: dict[str, set[str]] = {}
        self._never_name: dict[str, set[str]] = {}

        def known(iri: str) -> str | None:
            """Return a thing of ours in use: the one that a merged id leads to, unless it leads nowhere or round."""
            kind, name = kind_of(iri), local(iri)
            seen: set[str] = set()
            while (kind, name) in merged and name not in seen:
                seen.add(name)
                name = merged[kind, name]
            found = index.row(kind, name) if kind in PARTY_KINDS else None
            return found if found and (kind, name) not in merged else None

        for table in ("organisations", "initiatives"):
            for row in tables.get(table, ()):
                for identifier in row.cell("identifiers") if "identifiers" in row.columns() else ():
                    scheme, _, value = identifier.partition(":")
                    own = known(thing(row.kind, row.row_id()))
                    if own:
                        refs.setdefault(value if scheme in _SCHEMES else identifier, set()).add(own)
        for row in tables.get("identities", ()):
            if not isinstance(row, IdentityRecord) or row.predicate_id != SAME:
                continue
            own = known(row.subject_id)
            if own is None:
                continue
            is_name = row.is_literal() and row.object_category != REF_CATEGORY
            texts = [row.object_label] if row.is_literal() else _outside(row.object_id)
            for text in texts:
                if row.predicate_modifier == NOT:
                    never = self._never_name if is_name else self._never_ref
                    never.setdefault(_key(text, is_name=is_name), set()).add(own)
                elif not row.predicate_modifier:
                    (names if is_name else refs).setdefault(text, set()).add(own)
        self._exact = {text: one for text, things in refs.items() if (one := _only(things))}
        self._normal = _merge(refs, normal_ref)
        self._names = _merge(names, normal_name)

    def find(self, ref: str, name: str) -> str | None:
        """Return the IRI of the one thing that is meant, or None: by its identifier, else by a judged name.

        An identifier or name that is judged to be two things is nobody's.

        Args:
            ref: an organisation identifier (or outside IRI) as published, or ''.
            name: the name as published, or ''.
        """
        denied: set[str] = set()
        if ref.strip():
            denied = self._never_ref.get(normal_ref(ref), set())
            found = self._exact.get(ref.strip()) or self._normal.get(normal_ref(ref))
            if found and found not in denied:
                return found
        if name.strip():
            found = self._names.get(normal_name(name))
            if found and found not in denied and found not in self._never_name.get(normal_name(name), ()):
                return found
        return None


def _key(text: str, *, is_name: bool) -> str:
    return normal_name(text) if is_name else normal_ref(text)


def _outside(iri: str) -> list[str]:
    """Return what an outside address is found by: itself, and the identifier that an address of org-id.guide ends in.

    >>> _outside("https://org-id.guide/GB-COH-1234")
    ['https://org-id.guide/GB-COH-1234', 'GB-COH-1234']
    """
    if not iri or kind_of(iri):
        return []
    match = _ORG_ID.match(iri)
    return [iri, match[1]] if match else [iri]


def _only(things: Iterable[str]) -> str | None:
    found = set(things)
    return found.pop() if len(found) == 1 else None


def _merge(texts: Mapping[str, set[str]], normal: Callable[[str], str]) -> dict[str, str]:
    """Return the normalised texts that stand for one thing only."""
    groups: dict[str, set[str]] = {}
    for text, things in texts.items():
        groups.setdefault(normal(text), set()).update(things)
    return {text: one for text, things in groups.items() if (one := _only(things))}
