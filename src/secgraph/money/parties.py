"""Who stands for whom: bodies under their parents, state bodies under their country, the many names of the EU."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, Final, NamedTuple

from secgraph.errors import AmbiguousError, NotFoundError
from secgraph.money.policies import Policies
from secgraph.values import Table, nearest, plain
from secgraph.vocab import SKOS, kind_of, local, sg

UNIDENTIFIED, UNKNOWN, REGIONAL = "not identified", "unknown", "unsplit regional"
"""What stands for a party that only a name tells, that nothing tells, and for several that nothing divides."""

PARTY: Final = ("organisation", "initiative", "jurisdiction", "instrument", "programme", "event", "person")


class Thing(NamedTuple):
    """What a total needs to know of a thing."""

    label: str
    type: str
    country: str


def dicts(table: Table) -> Iterable[dict[str, Any]]:
    """Yield the rows of a relation as plain values by column."""
    for row in table.rows:
        yield {name: plain(cell) for name, cell in zip(table.columns, row, strict=True)}


def split(cell: str | None) -> tuple[str, ...]:
    """Return the parts of a list in a cell.

    >>> split("a|b"), split(None)
    (('a', 'b'), ())
    """
    return tuple(part for part in cell.split("|") if part) if cell else ()


class Parties:
    """The things of a release by IRI and id, and how they stand under each other."""

    def __init__(self, relations: Mapping[str, Table], policies: Policies) -> None:
        self.things: dict[str, Thing] = {}
        for name in ("things", "programmes", "events"):
            for row in dicts(relations[name]):
                self.things[row["iri"]] = Thing(
                    row.get("label") or local(row["iri"]), row.get("type") or "", row.get("country") or ""
                )
        self._policies = policies
        self.parts: dict[str, set[str]] = defaultdict(set)
        """The programmes right below each programme."""
        for row in dicts(relations["programmes"]):
            for above in split(row.get("part_of")):
                self.parts[above].add(row["iri"])
        self.above: dict[str, str] = {}
        """The party under which each other party is summed up."""
        self.narrower: dict[str, set[str]] = defaultdict(set)
        for row in dicts(relations["links"]):
            if row["property"] == sg("parentOrganisation"):
                self.above.setdefault(row["subject"], row["object"])
            elif row["property"] == SKOS + "broader":
                self.narrower[row["object"]].add(row["subject"])
        for name, members in policies.under.items():
            for top in self._by_id.get(name, ()):
                for member in members:
                    for iri in self._by_id.get(member, ()):
                        if iri != top and kind_of(iri) == "organisation" == kind_of(top):
                            self.above[iri] = top
        for iri, thing in self.things.items():
            if thing.country and thing.type in policies.state_bodies and kind_of(iri) == "organisation":
                self.above.setdefault(iri, split(thing.country)[0])
        self._tops: dict[str, str] = {}
        self.below: dict[str, set[str]] = defaultdict(set)
        for iri, above in self.above.items():
            self.below[above].add(iri)

    @cached_property
    def _by_id(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for iri in sorted(self.things):
            found[local(iri)].append(iri)
        return found

    def is_state_body(self, iri: str) -> bool:
        """Tell whether an organisation acts for the country that it stands in."""
        thing = self.things.get(iri)
        return bool(thing and thing.country and thing.type in self._policies.state_bodies)

    def top(self, iri: str) -> str:
        """Return the party under which another one is summed up: itself where none is above it."""
        if iri not in self._tops:
            seen, at = {iri}, iri
            while (above := self.above.get(at)) and above not in seen:
                seen.add(above)
                at = above
            self._tops[iri] = at
        return self._tops[iri]

    def label(self, key: str) -> str:
        """Return what a party is called; a key that is no thing's is called by itself."""
        thing = self.things.get(key)
        return thing.label if thing else local(key)

    def with_below(self, iris: Iterable[str], below: Mapping[str, set[str]]) -> frozenset[str]:
        """Return things with all that stands below them."""
        found: set[str] = set()
        ahead = list(iris)
        while ahead:
            iri = ahead.pop()
            if iri not in found:
                found.add(iri)
                ahead.extend(below.get(iri, ()))
        return frozenset(found)

    def find(self, name: str, kinds: tuple[str, ...], what: str, also: Iterable[str] = ()) -> str:
        """Return the IRI of a thing by IRI, `kind/id` or id.

        Args:
            name: what a person gave.
            kinds: the kinds of things that it may be.
            what: what it is called in an error.
            also: IRIs that are no things of the release, and yet occur in its money rows.

        Raises:
            NotFoundError: there is none.
            AmbiguousError: several have that id.
        """
        more = {iri for iri in also if iri not in self.things}
        if name in more or (name in self.things and kind_of(name) in kinds):
            return name
        kind, _, slug = name.rpartition("/")
        found: list[str] = [
            iri
            for iri in [*self._by_id.get(slug, ()), *sorted(iri for iri in more if local(iri) == slug)]
            if (kind_of(iri) in kinds and kind in ("", kind_of(iri))) or (iri in more and not kind)
        ]
        if len(found) > 1:
            raise AmbiguousError(name, [f"{kind_of(iri)}/{local(iri)}" for iri in found])
        if not found:
            known = [local(iri) for iri in (*self.things, *more) if kind_of(iri) in kinds or iri in more]
            raise NotFoundError(what, name, nearest(name, known))
        return found[0]
