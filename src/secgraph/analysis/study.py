"""A network made ready to be measured: nodes in one order, ties as numbers, parallel ties folded by one stated rule.

Any networkx graph goes in. Direction counts in a DiGraph, and in a MultiDiGraph of nothing but funding, where it is
that of a flow; in another MultiDiGraph it is that of reading ("AL is a member of X") and does not. Self-loops say
nothing of a place among others: left out, and counted. Two ties of the same ends become one, their weights added; the
sources of each stay known, so that a source can be taken away.
"""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property, lru_cache
from operator import itemgetter
from typing import Any, Final, NamedTuple

import igraph
import networkx as nx

from secgraph.errors import ConfigError
from secgraph.network import Graph


class Tie(NamedTuple):
    """One tie as it was told: its ends as places in the order of nodes, its weight, and what it rests on.

    `dated` is None where the network holds no dates at all.
    """

    start: int
    end: int
    weight: float
    sources: frozenset[str]
    dated: float | None
    layer: str


class Study:
    """One network as it is measured, whatever class it came in.

    Args:
        graph: any networkx graph; nodes may carry `label` and `kind`, ties `weight`, `sources` and dates.
        weighted: whether measures take weights; without a word, where the ties carry some.
        directed: whether direction counts; without a word, where it is that of a flow.

    Raises:
        ConfigError: a weight that is no number above 0.
    """

    def __init__(self, graph: Any, *, weighted: bool | None = None, directed: bool | None = None) -> None:
        self.keys: list[Any] = sorted(graph, key=lambda node: (str(node), type(node).__name__))
        self.ids: list[str] = [str(key) for key in self.keys]
        self.attributes: list[Mapping[str, Any]] = [graph.nodes[key] for key in self.keys]
        self.directed = bool(graph.is_directed() and (_flows(graph) if directed is None else directed))
        self.about: Mapping[str, Any] = graph.graph
        place = {key: at for at, key in enumerate(self.keys)}
        self.loops = 0
        ties: list[Tie] = []
        told = False
        has_dates = any(_has_dates(tie) for _a, _b, tie in graph.edges(data=True))
        for one, other, tie in graph.edges(data=True):
            if one == other:
                self.loops += 1
                continue
            start, end = place[one], place[other]
            if not self.directed and start > end:
                start, end = end, start
            told = told or "weight" in tie
            weight = 1.0 if weighted is False else _weight(tie, one, other)
            dated = _dated(tie) if has_dates else None
            ties.append(Tie(start, end, weight, _sources(tie), dated, str(tie.get("layer", ""))))
        # Parallel ties may stand in any order: whatever adds them up rounds once, at the end.
        self.ties = sorted(ties, key=itemgetter(0, 1))
        self.weighted = told if weighted is None else weighted

    def without(self, source: str) -> Study:
        """Return the same nodes without the ties that rest on this source alone."""
        return self.of_ties([tie for tie in self.ties if tie.sources != {source}])

    def of_ties(self, ties: Sequence[Tie]) -> Study:
        """Return the same nodes with only some of the ties."""
        other = object.__new__(Study)
        for name in ("keys", "ids", "attributes", "directed", "about", "loops", "weighted"):
            setattr(other, name, getattr(self, name))
        other.ties = list(ties)
        return other

    def __len__(self) -> int:
        return len(self.ids)

    def label(self, at: int) -> str:
        """Return what a person calls a node."""
        return str(self.attributes[at].get("label") or self.ids[at])

    def kind(self, at: int) -> str:
        """Return the kind of a node; nothing where it has none."""
        return str(self.attributes[at].get("kind") or "")

    def group(self, at: int, by: str) -> str:
        """Return the group of a node: the value of an attribute; a country is in the group of itself."""
        own = self.attributes[at]
        if by == "country" and own.get("kind") == "jurisdiction":
            return self.ids[at].rpartition("/")[2]
        value = own.get(by)
        return "" if value is None else str(value)

    @cached_property
    def incident(self) -> list[list[int]]:
        """For each node the ties that it has a part in, parallel ones too, as places in `ties`."""
        found: list[list[int]] = [[] for _ in self.ids]
        for at, tie in enumerate(self.ties):
            found[tie.start].append(at)
            found[tie.end].append(at)
        return found

    @cached_property
    def has_dates(self) -> bool:
        """Whether the network holds any dates at all."""
        return any(tie.dated is not None for tie in self.ties)

    def rests_on(self, ties: Sequence[int]) -> tuple[float | None, int]:
        """Return the share of some ties that is dated, none where nothing can be, and how many sources state them."""
        sources = frozenset().union(*[self.ties[at].sources for at in ties])
        if not ties or not self.has_dates:
            return None, len(sources)
        return math.fsum(self.ties[at].dated or 0.0 for at in ties) / len(ties), len(sources)

    @cached_property
    def coverage(self) -> list[tuple[float | None, int]]:
        """For each node what its ties rest on."""
        return [self.rests_on(own) for own in self.incident]

    @cached_property
    def resting(self) -> dict[str, int]:
        """The sources of the ties, each with how many ties rest on it alone."""
        alone = dict.fromkeys(sorted({source for tie in self.ties for source in tie.sources}), 0)
        for tie in self.ties:
            if len(tie.sources) == 1:
                alone[next(iter(tie.sources))] += 1
        return alone

    @cached_property
    def arrows(self) -> dict[tuple[int, int], float]:
        """The distinct ties and the weight of each, in order; in a network without direction the lower end first."""
        weights: dict[tuple[int, int], list[float]] = defaultdict(list)
        for tie in self.ties:
            weights[tie.start, tie.end].append(tie.weight)
        return {pair: math.fsum(weights[pair]) for pair in sorted(weights)}

    @cached_property
    def pairs(self) -> dict[tuple[int, int], float]:
        """The distinct pairs that are tied, whatever the direction, and the weight of each, both directions added."""
        if not self.directed:
            return self.arrows
        found: dict[tuple[int, int], float] = {}
        for (start, end), weight in self.arrows.items():
            pair = (min(start, end), max(start, end))
            found[pair] = found.get(pair, 0.0) + weight
        return dict(sorted(found.items()))

    @cached_property
    def neighbours(self) -> list[dict[int, float]]:
        """For each node its neighbours, whatever the direction, and the weight of the tie to each."""
        found: list[dict[int, float]] = [{} for _ in self.ids]
        for (start, end), weight in self.pairs.items():
            found[start][end] = weight
            found[end][start] = weight
        return found

    @cached_property
    def plain(self) -> igraph.Graph:
        """The undirected igraph graph of distinct pairs; edges carry `weight`, and `distance`, its inverse."""
        return _igraph(len(self), self.pairs, directed=False)

    @cached_property
    def flow(self) -> igraph.Graph:
        """The directed igraph graph where direction counts; else `plain`."""
        return _igraph(len(self), self.arrows, directed=True) if self.directed else self.plain

    @property
    def weights(self) -> str | None:
        """The edge attribute that igraph takes as weights of closeness, or None."""
        return "weight" if self.weighted else None

    @property
    def distances(self) -> str | None:
        """The edge attribute that igraph takes as lengths of ties, or None."""
        return "distance" if self.weighted else None

    @cached_property
    def components(self) -> list[list[int]]:
        """The connected components, direction aside, the largest first, then the one with most ties."""
        parts: list[list[int]] = [sorted(part) for part in self.plain.connected_components()]
        member = {at: number for number, part in enumerate(parts) for at in part}
        ties = [0] * len(parts)
        for start, _end in self.pairs:
            ties[member[start]] += 1
        order = sorted(range(len(parts)), key=lambda at: (-len(parts[at]), -ties[at], parts[at]))
        return [parts[at] for at in order]


def collapse(graph: Any, *, directed: bool | None = None) -> nx.Graph | nx.DiGraph:
    """Return the plain networkx graph that is measured, for networkx's own functions and its backends.

    Parallel ties are one, `weight` their sum, `ties` their number, `sources` the ids joined by `|`; self-loops are
    gone; nodes keep their keys and attributes.
    """
    study = Study(graph, directed=directed)
    out: nx.Graph | nx.DiGraph = nx.DiGraph() if study.directed else nx.Graph()
    out.graph.update(study.about)
    for key, attributes in zip(study.keys, study.attributes, strict=True):
        out.add_node(key, **attributes)
    sources: dict[tuple[int, int], set[str]] = defaultdict(set)
    number: dict[tuple[int, int], int] = defaultdict(int)
    for tie in study.ties:
        sources[tie.start, tie.end] |= tie.sources
        number[tie.start, tie.end] += 1
    for pair, weight in study.arrows.items():
        told = "|".join(sorted(sources[pair]))
        out.add_edge(study.keys[pair[0]], study.keys[pair[1]], weight=weight, ties=number[pair], sources=told)
    return out


def to_igraph(graph: Graph) -> igraph.Graph:
    """Return the network as a directed igraph graph, vertices and edges in sorted order, vertex names the keys."""
    nodes = sorted(graph)
    place = {node: at for at, node in enumerate(nodes)}
    copy = igraph.Graph(n=len(nodes), directed=True)
    copy.vs["name"] = nodes
    copy.add_edges([(place[source], place[target]) for source, target, _key in sorted(graph.edges(keys=True))])
    return copy


_GENERATORS: Final[list[Any]] = [random]


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Let igraph draw from a generator of this seed, and give the one before it back.

    Not only what is a drawing or a sample draws: ARPACK starts the leading eigenvector from a random one.
    """
    _GENERATORS.append(random.Random(seed))  # noqa: S311  a drawing or a sample is no secret
    igraph.set_random_number_generator(_GENERATORS[-1])
    try:
        yield
    finally:
        _GENERATORS.pop()
        igraph.set_random_number_generator(_GENERATORS[-1])


def _igraph(nodes: int, weights: Mapping[tuple[int, int], float], *, directed: bool) -> igraph.Graph:
    graph = igraph.Graph(n=nodes, edges=list(weights), directed=directed)
    graph.es["weight"] = list(weights.values())
    graph.es["distance"] = [1.0 / weight for weight in weights.values()]
    return graph


def _flows(graph: Any) -> bool:
    if not graph.is_multigraph():
        return True
    layers = {layer for _one, _other, layer in graph.edges(data="layer")}
    return layers == {"funding"}


def _weight(tie: Mapping[str, Any], one: object, other: object) -> float:
    value = tie.get("weight", 1.0)
    try:
        weight = float(value)
    except (TypeError, ValueError):
        weight = math.nan
    # An inverse that is not finite would make the length of the tie so.
    if not (math.isfinite(weight) and weight > 0 and math.isfinite(1.0 / weight)):
        raise ConfigError(
            f"the tie of {one} and {other} has the weight {value!r}",
            hint="a weight is a number above 0; leave it out where it is not known",
        )
    return weight


def _sources(tie: Mapping[str, Any]) -> frozenset[str]:
    told = tie.get("sources") or ""
    return _ids(told) if isinstance(told, str) else frozenset(map(str, told))


@lru_cache(maxsize=10_000)
def _ids(told: str) -> frozenset[str]:
    return frozenset(part for part in told.split("|") if part)


_DATES: Final = frozenset({"start_state", "start", "first"})


def _has_dates(tie: Mapping[str, Any]) -> bool:
    return not _DATES.isdisjoint(tie)


def _dated(tie: Mapping[str, Any]) -> float:
    """Return 1 for a tie with a known start, in a projection a known first of what is shared; else 0."""
    state = tie.get("start_state")
    return float(state == "known" if state is not None else bool(tie.get("start") or tie.get("first")))
