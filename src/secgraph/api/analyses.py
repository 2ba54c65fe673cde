"""What is computed from the relations: networks, measures, gaps, overlap, change, and the pictures of them.

Names become IRIs here, and options a lens; everything else is done on the floors below.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypedDict, Unpack

from secgraph.api.answers import Answer
from secgraph.api.tables import every_measure, one_measure
from secgraph.relations import Relations
from secgraph.values import Table
from secgraph.vocab import local

if TYPE_CHECKING:
    import networkx

    from secgraph.analysis import LeaveOneOut
    from secgraph.analysis.followthrough import FollowThrough
    from secgraph.analysis.gaps import Matrix
    from secgraph.network import Diff, Lens


class Narrowing(TypedDict, total=False):
    """What narrows a network, figure or matrix, layers apart; what is not given narrows nothing.

    Dates may be a day, a month or a year; topics, countries, pillar and sources are given by id or name.
    """

    topic: str | Sequence[str]
    country: str | Sequence[str]
    pillar: str
    since: str
    until: str
    as_of: str
    certain: bool
    known_at: str
    undated_sources: bool
    open_ends: bool
    unknown_ends: bool
    without: str | Sequence[str]
    roll_up: str


class LensOptions(Narrowing, total=False):
    """Through which lens a network, figure or matrix is seen."""

    layer: str | Sequence[str]


def several(value: str | Sequence[str]) -> tuple[str, ...]:
    """Return one or more names as a tuple.

    >>> several("rcc"), several(["rcc", "iisg"]), several("")
    (('rcc',), ('rcc', 'iisg'), ())
    """
    return ((value,) if value else ()) if isinstance(value, str) else tuple(value)


def choice(projection: str, lens: LensOptions, usual: str = "") -> tuple[str, LensOptions]:
    """Return the projection that is meant, and the lens: `--layer co-attendance` names one too, as people say it."""
    from secgraph.network import LAYERS, PROJECTIONS

    layers = several(lens.get("layer", ()))
    if not projection and len(layers) == 1 and layers[0] in PROJECTIONS and (usual or layers[0] not in LAYERS):
        return layers[0], {**lens, "layer": ()}
    return projection or usual, lens


_MEETING: Final = ("organising", "hosting", "attending")
_FIRST: Final = 10
"""Of how many rows the table of all measures has of each unless told."""


class Analyses(ABC):
    """The verbs that compute: each takes names as people write them, and the options of a lens."""

    relations: Relations

    @property
    @abstractmethod
    def digest(self) -> str:
        """The digest of the release."""

    @abstractmethod
    def resolve(self, name: str, *, kinds: Sequence[str] = ()) -> str:
        """Return the IRI of the one thing that a name stands for."""

    def network(self, projection: str = "", /, **lens: Unpack[LensOptions]) -> networkx.Graph:
        """Return the network seen through a lens: every layer in one graph, or one projection of it.

        >>> "1/(n-1)" in g.network("co-attendance", country="AL", since="2018").graph["rule"]
        True

        Args:
            projection: co-attendance, membership, organising, implementing, hosting, funding, topic-affinity, all;
                nothing for the ties as they are stated, in one MultiDiGraph.
            lens: what narrows it: `layer`, `topic`, `country`, `as_of` ...; `graph["lens"]` says it in words.

        Raises:
            NotFoundError: no such projection, layer, topic, country, pillar or source; with the nearest.
            ConfigError: a date that is none, or filters that contradict each other.
        """
        chosen, lens = choice(projection, lens)
        return self._projected(chosen, self._lens(lens, lens.get("layer", ())))

    def measure(
        self,
        name: str,
        projection: str = "",
        /,
        *,
        explain: bool = False,
        leave_one_out: LeaveOneOut = "auto",
        by: str = "",
        seed: int = 1,
        top: int = 0,
        **lens: Unpack[LensOptions],
    ) -> Answer:
        """Return one measure of a projection, best rank first; its note says what it rests on. `all` for every one.

        >>> g.measure("degree", "organising", top=3).column("rank")[0]
        1

        Args:
            name: one of `secgraph measure`, or `all`: then one row for each measure and entry, the first ten of each
                where `top` says nothing.
            projection: what is measured, or the one `layer` of the lens; co-attendance if neither is given. Overlaps
                are of meetings and those who took part.
            explain: say in the note what the measure means, in plain words.
            leave_one_out: "auto" makes a range over the sources up to 2,000 ties, "yes" always, "no" never.
            by: the attribute that makes groups, for brokerage and assortativity: country, kind or type.
            seed: of what draws lots.
            top: how many rows at most; 0 for all.
            lens: as of `network`.

        Raises:
            NotFoundError: no such measure or projection; with the nearest.
        """
        from secgraph import analysis
        from secgraph.analysis.without import rebuilder

        projection, lens = choice(projection, lens, "co-attendance")
        seen = self._lens(lens, lens.get("layer", ()))
        names = tuple(analysis.MEASURES) if name == "all" else (analysis.find_measure(name).name,)
        overlaps = [one for one in names if one.endswith("-overlap")]
        found: dict[str, Table] = {}
        if len(names) > len(overlaps):
            graph = self._projected(projection, seen)
            rebuild = rebuilder(self.relations, projection, seen)
            for one in (one for one in names if one not in overlaps):
                found[one] = analysis.measure(
                    one,
                    graph,
                    seed=seed,
                    explain=explain,
                    leave_one_out=leave_one_out,
                    by=by,
                    rebuild=rebuild,
                )
        if overlaps and (name != "all" or projection == "co-attendance"):
            # Who shares an event is told by the ties to events, which a projection no longer has.
            graph = self._projected("", replace(seen, layers=seen.layers or _MEETING))
            for one in overlaps:
                found[one] = analysis.measure(
                    one, graph, seed=seed, explain=explain, leave_one_out=leave_one_out, weighted=False
                )
        return every_measure(found, top or _FIRST) if name == "all" else one_measure(found[name], top)

    def gaps(
        self, by: str = "country", *, rows: str = "", project_aims: bool = False, **lens: Unpack[LensOptions]
    ) -> Matrix:
        """Return what is needed and who answers it: cells unmet, thin, covered, crowded, or unknown.

        >>> "unknown" in g.gaps().counts()
        True

        Args:
            by: what the columns are: country, topic, or objective where a source states one.
            rows: `need` or `pillar`; by default one for each need of a pillar, else one for each pillar.
            project_aims: count what only the project that answers it says as a need.
            lens: as of `network`; with `as_of`, a response counts while a programme of it runs.

        Raises:
            ConfigError: no such axis, or one that no source fills.
        """
        from secgraph.analysis import gaps

        return gaps.gaps(
            self.relations, self._lens(lens, lens.get("layer", ())), by=by, rows=rows, project_aims=project_aims
        )

    def coverage(self, what: str = "programmes", **lens: Unpack[LensOptions]) -> Matrix:
        """Return who covers what: programmes by topic and beneficiary, or meetings by topic and country.

        >>> g.coverage("meetings").what
        'meetings'

        Raises:
            ConfigError: neither programmes nor meetings.
        """
        from secgraph.analysis import gaps

        return gaps.coverage(self.relations, self._lens(lens, lens.get("layer", ())), what)

    def overlap(
        self, show: str = "meetings", *, days: int = 30, shared: int = 5, top: int = 0, **lens: Unpack[LensOptions]
    ) -> Answer:
        """Return meetings on one topic with the same participants at nearly the same time, or who meets without paying.

        >>> "shared" in g.overlap(days=20, shared=6).columns
        True

        Args:
            show: `meetings`, `convenors`, `meet-without-money` (who meets often and funds nothing in common) or
                `money-without-meeting`.
            days: how many days apart at most.
            shared: how many participants (of those who meet without paying: meetings; of the reverse: things funded)
                in common at least.
            top: how many rows at most; 0 for all.
            lens: as of `network`.

        Raises:
            ConfigError: none of these, or numbers below their least.
        """
        from secgraph.analysis import overlap

        seen = self._lens(lens, lens.get("layer", ()))
        if show == "meet-without-money":
            return one_measure(overlap.meet_without_money(self.relations, seen, meetings=shared), top)
        if show == "money-without-meeting":
            return one_measure(overlap.money_without_meeting(self.relations, seen, programmes=shared), top)
        return one_measure(overlap.overlap(self.relations, days, shared, seen, by=show), top)

    def followthrough(self, event: str, **lens: Unpack[LensOptions]) -> FollowThrough:
        """Return what followed a meeting: commitments, programmes, money, needs, with days between and broken links.

        >>> g.followthrough("2018-brdo-process-ministerial").event
        'event/2018-brdo-process-ministerial'

        Raises:
            NotFoundError: no such event; with the nearest.
        """
        from secgraph.analysis import followthrough

        return followthrough.followthrough(
            self.relations, self.resolve(event, kinds=("event",)), self._lens(lens, lens.get("layer", ()))
        )

    def diff(self, before: str, after: str, layer: str = "", **lens: Unpack[Narrowing]) -> Diff:
        """Return what changed from one date to another: ties formed, ended, and learned of, each with rows and sources.

        >>> g.diff("2018", "2020", "membership").after
        '2020-12-31'

        Args:
            before: a day, month or year; of the latter its last day.
            after: likewise.
            layer: a layer, or an undirected projection as co-attendance; nothing for all layers.
            lens: as of `network`, without dates.

        Raises:
            ConfigError: a date that is none, or not in this order.
            NotFoundError: no such layer.
        """
        from secgraph import network

        return network.diff(self.relations, before, after, self._lens(lens), layer)

    def moved(
        self, before: str, after: str, layer: str = "co-attendance", *, measure: str = "degree", top: int = 0,
        **lens: Unpack[Narrowing],
    ) -> Answer:  # fmt: skip
        """Return whose rank in a measure moved between two dates, and the rows that moved it.

        >>> "moved" in g.moved("2018", "2020", "membership").columns
        True

        Args:
            before: as of `diff`.
            after: likewise.
            layer: a layer or projection.
            measure: one with a rank, as degree or betweenness.
            top: how many rows at most; 0 for all.
            lens: as of `network`, without dates.

        Raises:
            NotFoundError: no such measure or layer.
            ConfigError: a measure without ranks.
        """
        from secgraph.analysis.moves import moved

        return one_measure(moved(self.relations, before, after, self._lens(lens), layer, measure), top)

    def sensitivity(self, *, by: str = "topic", top: int = 0, **lens: Unpack[LensOptions]) -> Answer:
        """Return the sources by how much rests on each alone: rows, ties, cells of the matrices.

        >>> g.sensitivity(top=3).column("rank")[0]
        1
        """
        from secgraph.analysis import sensitivity

        return one_measure(sensitivity.sensitivity(self.relations, self._lens(lens, lens.get("layer", ())), by=by), top)

    def _projected(self, projection: str, lens: Lens) -> networkx.Graph:
        from secgraph import network

        if projection:
            return network.projection(self.relations, projection, lens)
        return network.look(self.relations, lens)

    def _lens(self, told: Narrowing, layer: str | Sequence[str] = ()) -> Lens:
        from secgraph.network import Lens, node_key

        def keys(names: str | Sequence[str], *kinds: str) -> tuple[str, ...]:
            return tuple(sorted({node_key(self.resolve(name, kinds=kinds)) for name in several(names)}))

        pillar = told.get("pillar", "")
        return Lens(
            layers=several(layer),
            topics=keys(told.get("topic", ()), "topic"),
            countries=keys(told.get("country", ()), "jurisdiction"),
            pillar=node_key(self.resolve(pillar)) if pillar else "",
            since=told.get("since", ""),
            until=told.get("until", ""),
            as_of=told.get("as_of", ""),
            certain=told.get("certain", False),
            known_at=told.get("known_at", ""),
            undated_sources=told.get("undated_sources", False),
            open_ends=told.get("open_ends", True),
            unknown_ends=told.get("unknown_ends", True),
            without=tuple(sorted({local(key) for key in keys(told.get("without", ()), "source")})),
            roll_up=told.get("roll_up", ""),
        )
