"""The graph as of a day: what is certain or possible then, by one rule for all that has dates of its own.

What has ended before the day for certain, or starts after it, is not there, nor is anything that points to it. A row
about things goes with them: the participation with its meeting, the occupancy with its post. What has no dates stays.
The shortcuts, which bear no dates, are derived anew from what is left: a shortcut of a membership that is over would
say that it goes on.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Final

from secgraph.inference import derive
from secgraph.network.graph import Span
from secgraph.network.time import CERTAIN, EXCLUDED, days, holds
from secgraph.relations import EVIDENCE, Relations, write_relations
from secgraph.resources import ontology_dir
from secgraph.store import OxigraphStore, open_release
from secgraph.values import Literal, Quad, text
from secgraph.vocab import INFERRED, ORG, kind_of, sg

_BOUNDS: Final = tuple(map(sg, ("startEarliest", "startLatest", "endEarliest", "endLatest")))
_END_STATE: Final = sg("endState")
_DATED: Final = frozenset((*_BOUNDS, sg("startState"), _END_STATE))
TIMED: Final = frozenset("membership occupancy name event programme transaction budget".split())
"""What is there for a time, so that it may be certain on a day; the others, parties above all, are there until they
have ended for certain, as sources seldom say when a ministry began."""
_ABOUT: Final = {
    "membership": (ORG + "organization", ORG + "member"),
    "participation": (sg("participationIn"), sg("participant")),
    "post": (ORG + "postIn",),
    "occupancy": (sg("holder"), sg("post")),
    "edition": (sg("editionEvent"), sg("series")),
    "name": (sg("nameOf"),),
    "claim": (sg("aboutSubject"),),
    "transaction": (sg("finances"),),
    "budget": (sg("finances"),),
    "allocation": (sg("allocationOf"),),
    "location": (sg("locationOf"),),
    "response": (sg("respondsTo"), sg("byProgramme")),
}
"""By kind of row, the properties that say what it is about."""


def leaving(quads: Iterable[Quad], day: str, *, certain: bool = False) -> set[str]:
    """Return the things and rows of a graph that are not there on a day.

    Args:
        quads: the merged graph.
        day: YYYY-MM-DD.
        certain: of what is there for a time, keep only what is certain.
    """
    dates: dict[str, dict[str, str]] = defaultdict(dict)
    about: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for quad in quads:
        if quad.predicate in _DATED:
            dates[quad.subject][quad.predicate] = text(quad.object)
        elif quad.predicate in _ABOUT.get(kind_of(quad.subject), ()) and not isinstance(quad.object, Literal):
            about[quad.subject][quad.predicate].add(quad.object)
    gone = {name for name, told in dates.items() if not _is_there(name, told, day, certain)}
    while more := {
        row
        for row, properties in about.items()
        if row not in gone and any(named <= gone for named in properties.values())
    }:
        gone |= more
    return gone


def _is_there(name: str, told: dict[str, str], day: str, certain: bool) -> bool:
    # A document has a date and no end: it is there from then on.
    lasting = told.get(_END_STATE, sg("open")) == sg("open")
    first, begun, ending, last = (told.get(bound, "") for bound in _BOUNDS)
    found = holds(Span(first, begun, ending, last, lasting), day, day)
    return found == CERTAIN or (found != EXCLUDED and not (certain and kind_of(name) in TIMED))


class Situation:
    """A release as of a day, in memory: the same faces as the whole one, its quads and its relations.

    Args:
        release: the folder of the release.
        as_of: a day, or a month or year, which is its last day.
        certain: of what is there for a time, keep only what is certain.

    Raises:
        ConfigError: the text is no date.
        StoreError: the release is missing or damaged.
    """

    def __init__(self, release: Path, as_of: str, *, certain: bool = False) -> None:
        self.release = release
        self.day = days(as_of, "--as-of").last
        store = open_release(release)
        try:
            known = {quad._replace(graph="") for quad in store.quads(INFERRED)}
            asserted = [quad for quad in store.quads("") if quad not in known]
            self.gone = leaving(asserted, self.day, certain=certain)
            kept = list(self._kept(asserted))
            twin = OxigraphStore.in_memory(kept)
            self._inferred = derive(kept, twin, ontology_dir())
            twin.load(quad._replace(graph="") for quad in self._inferred)
            self._twin = twin
        finally:
            store.close()
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def __enter__(self) -> Situation:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._twin.close()
        if self._folder:
            self._folder.cleanup()

    def quads(self, graph: str | None = None) -> Iterator[Quad]:
        """Yield the quads of the merged graph (''), or of all graphs, as a store does."""
        yield from self._twin.quads("")
        if graph is None:
            yield from self._inferred
            store = open_release(self.release)
            try:
                named = (quad for quad in store.quads(None) if quad.graph not in ("", INFERRED))
                yield from self._kept(named)
            finally:
                store.close()

    @property
    def relations(self) -> Path:
        """The folder of the relations, written when it is first asked for."""
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="secgraph-")
            evidence = Relations(self.release / "relations").table(EVIDENCE)
            rows = (tuple(map(str, row)) for row in evidence if row[0] not in self.gone and row[2] not in self.gone)
            write_relations(self._twin, Path(self._folder.name), (), evidence=rows)
        return Path(self._folder.name)

    def _kept(self, quads: Iterable[Quad]) -> Iterator[Quad]:
        return (quad for quad in quads if quad.subject not in self.gone and quad.object not in self.gone)
