"""What is computed from the relations: networks, measures, gaps, overlap, change, and the pictures of them.

Names become IRIs here, and options a lens; everything else is done on the floors below.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypedDict, Unpack

from secgraph.relations import Relations
from secgraph.vocab import local

if TYPE_CHECKING:
    import networkx

    from secgraph.analysis import Matrix
    from secgraph.network import Lens


class LensOptions(TypedDict, total=False):
    """Through which lens a network, figure or matrix is seen; what is not given narrows nothing.

    Dates may be a day, a month or a year; topics, countries, pillar and sources are given by id or name.
    """

    layer: str | Sequence[str]
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


def several(value: str | Sequence[str]) -> tuple[str, ...]:
    """Return one or more names as a tuple.

    >>> several("rcc"), several(["rcc", "iisg"]), several("")
    (('rcc',), ('rcc', 'iisg'), ())
    """
    return ((value,) if value else ()) if isinstance(value, str) else tuple(value)


class Analyses:
    """The verbs that compute: each takes names as people write them, and the options of a lens."""

    relations: Relations

    @property
    def digest(self) -> str:
        """The digest of the release."""
        raise NotImplementedError

    def resolve(self, name: str, *, kinds: Sequence[str] = ()) -> str:
        """Return the IRI of the one thing that a name stands for."""
        raise NotImplementedError

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
        from secgraph import network

        seen = self._lens(lens)
        if projection:
            return network.projection(self.relations, projection, seen)
        return network.look(self.relations, seen)

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
        from secgraph import analysis

        return analysis.gaps(self.relations, self._lens(lens), by=by, rows=rows, project_aims=project_aims)

    def coverage(self, what: str = "programmes", **lens: Unpack[LensOptions]) -> Matrix:
        """Return who covers what: programmes by topic and beneficiary, or meetings by topic and country.

        >>> g.coverage("meetings").what
        'meetings'

        Raises:
            ConfigError: neither programmes nor meetings.
        """
        from secgraph import analysis

        return analysis.coverage(self.relations, self._lens(lens), what)

    def _lens(self, told: LensOptions) -> Lens:
        from secgraph.network import Lens, node_key

        def keys(names: str | Sequence[str], *kinds: str) -> tuple[str, ...]:
            return tuple(sorted({node_key(self.resolve(name, kinds=kinds)) for name in several(names)}))

        pillar = told.get("pillar", "")
        return Lens(
            layers=several(told.get("layer", ())),
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
