"""Who is compared: the bodies of the tables with all their names, and the parties that others name without one.

A pure function of the records, and of what the relations say of names that nobody knows. One published name (or
identifier) is one party, however often it occurs; how often, and where, is its evidence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from secgraph.curation.names import acronym_key, parts
from secgraph.mapping.parties import normal_name, normal_ref
from secgraph.records import JurisdictionRecord, NameRecord, Record
from secgraph.vocab import ID, thing

_CLASSES: Final = {
    name: group
    for group, names in {
        "state": "ministry police government-agency border-agency customs prosecution intelligence",
        "international": "intergovernmental eu-agency eu-institution",
        "private": "company",
        "civil": "ngo research",
        "cooperation": "forum secretariat network process platform pillar convention agreement initiative strategy",
    }.items()
    for name in names.split()
}
"""The kinds of bodies that are not taken for one another; what is only `other` tells nothing."""

_PUBLISHED_CLASSES: Final = {
    "10": "state", "11": "state", "15": "", "21": "civil", "22": "civil", "23": "civil", "24": "civil",
    "40": "international", "60": "civil", "70": "private", "71": "private", "72": "private", "73": "private",
    "80": "civil",
}  # fmt: skip
"""What IATI's organisation types mean for a comparison."""


@dataclass(frozen=True)
class Party:
    """One body of ours, or one that is published under a name or identifier that nobody knows.

    `key` is the IRI of a body of ours, else `name:` or `ref:` and the text; `notes` tells of each name that is no
    longer or not officially borne what it is.
    """

    key: str
    label: str
    names: tuple[str, ...]
    short: tuple[str, ...] = ()
    country: str = ""
    type: str = ""
    group: str = ""
    ref: str = ""
    notes: Mapping[str, str] = field(default_factory=dict, compare=False)
    uses: int = 0
    sources: tuple[str, ...] = ()

    @property
    def own(self) -> bool:
        """Whether it is a body of the tables."""
        return self.key.startswith(ID)

    def acronyms(self) -> tuple[str, ...]:
        """Return the abbreviations that it is known by, as they are compared."""
        told = [acronym_key(text) for text in self.short] + [key for name in self.names for key in parts(name)[1]]
        return tuple(sorted({key for key in told if 2 <= len(key) <= 12}))


def of_tables(tables: Mapping[str, Sequence[Record]]) -> list[Party]:
    """Return the organisations and initiatives of the tables, with every name that they bear or bore."""
    named: dict[tuple[str, str], list[NameRecord]] = {}
    for row in tables.get("names", ()):
        if isinstance(row, NameRecord):
            named.setdefault((row.kind_, row.id), []).append(row)
    found = []
    for table in ("organisations", "initiatives"):
        for row in tables.get(table, ()):
            found.append(_party(row, named.get((row.kind, row.row_id()), ())))
    return sorted(found, key=lambda party: party.key)


def _party(row: Record, named: Sequence[NameRecord]) -> Party:
    short = [row.cell("short_name")] if row.cell("short_name") else []
    names = [row.cell("name"), *row.cell("aliases")]
    notes: dict[str, str] = {}
    for one in named:
        if one.type == "short" or (one.type == "former" and " " not in one.name and one.name.isupper()):
            short.append(one.name)
        names.append(one.name)
        until = f" until {one.to}" if one.to and one.to != ".." else ""
        if one.type in ("former", "translation"):
            notes[one.name] = f"{one.type} name{until}"
    known = [name for name in dict.fromkeys(names) if name]
    kind = row.cell("type") or ""
    return Party(
        thing(row.kind, row.row_id()),
        row.cell("name"),
        tuple(known),
        tuple(dict.fromkeys(short)),
        row.cell("country") or "" if "country" in row.columns() else "",
        kind,
        _CLASSES.get(kind, ""),
        notes=notes,
        sources=row.sources,
    )


@dataclass(frozen=True)
class Published:
    """One place where data names a party that is not identified: the name and identifier as written."""

    name: str
    ref: str = ""
    type: str = ""
    country: str = ""
    sources: tuple[str, ...] = ()


def of_published(places: Iterable[Published]) -> list[Party]:
    """Return the parties that these places name: one for each identifier, else one for each name.

    >>> [(one.key, one.uses) for one in of_published([Published("A b"), Published("a  B"), Published("A", "x-1")])]
    [('name:a b', 2), ('ref:X-1', 1)]
    """
    grouped: dict[str, list[Published]] = {}
    for place in places:
        name, ref = " ".join(place.name.split()), normal_ref(place.ref)
        if name or ref:
            grouped.setdefault(f"ref:{ref}" if ref else f"name:{normal_name(name)}", []).append(place)
    found = []
    for key, group in sorted(grouped.items()):
        names = sorted({" ".join(one.name.split()) for one in group} - {""})
        countries = {one.country for one in group} - {""}
        types = {one.type for one in group} - {""}
        kind = types.pop() if len(types) == 1 else ""
        ref = min((one.ref.strip() for one in group), default="")
        found.append(
            Party(
                key,
                names[0] if names else ref,
                tuple(names),
                country=countries.pop() if len(countries) == 1 else "",
                type=kind,
                group=_PUBLISHED_CLASSES.get(kind, ""),
                ref=ref,
                uses=len(group),
                sources=tuple(sorted({source for one in group for source in one.sources})),
            )
        )
    return found


def countries_of(tables: Mapping[str, Sequence[Record]]) -> dict[str, tuple[str, ...]]:
    """Return the names of the countries of a dataset, by code."""
    found: dict[str, tuple[str, ...]] = {}
    for row in tables.get("jurisdictions", ()):
        if isinstance(row, JurisdictionRecord):
            found[row.code] = (row.name, *row.aliases)
    for row in tables.get("names", ()):
        if isinstance(row, NameRecord) and row.kind_ == "jurisdiction" and row.id in found:
            found[row.id] = (*found[row.id], row.name)
    return found
