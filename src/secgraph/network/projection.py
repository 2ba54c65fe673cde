"""Projections: who is tied to whom by what they share, by a rule and weight that are stated with the result.

A layer ties actors to what they belong to, attend, implement or fund. Its one-mode projection ties those of one side
that share something of the other. What n actors share counts 1/(n-1) for each pair (Newman 2001), so that the weights
of one actor's ties over one meeting add up to one, and a plenary weighs no more than a meeting of two.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final, NamedTuple

import networkx as nx

from secgraph.collector import uncollected
from secgraph.errors import ConfigError, NotFoundError
from secgraph.network.graph import LAYERS, Graph, Tables
from secgraph.network.lens import Lens, Seen, View, look, narrow
from secgraph.values import nearest

SIDES: Final = ("actors", "affiliations")
NEWMAN: Final = "each thing that n share counts 1/(n-1) for each pair of them (Newman 2001)"


class Projection(NamedTuple):
    """A named projection: the question it answers, the rule that makes a tie, what the weight is, and its layers."""

    name: str
    question: str
    rule: str
    weight: str
    directed: bool
    layers: tuple[str, ...]


PROJECTIONS: Final[dict[str, Projection]] = {
    one.name: one
    for one in (
        Projection(
            "membership", "Who belongs to the same bodies?", "two members of the same body are tied", NEWMAN, False,
            ("membership",),
        ),
        Projection(
            "organising", "Who organises meetings together?", "two organisers of the same meeting are tied", NEWMAN,
            False, ("organising",),
        ),
        Projection(
            "co-attendance", "Who was at the same meetings? Co-attendance is not cooperation.",
            "two organisers, hosts, speakers or participants of the same meeting are tied", NEWMAN, False,
            ("organising", "hosting", "attending"),
        ),
        Projection(
            "hosting", "Who hosts the meetings of whom?", "a host is tied to each organiser of the same meeting",
            "the number of meetings", True, ("hosting", "organising"),
        ),
        Projection(
            "implementing", "Who implements the same programmes?", "two implementers of the same programme are tied",
            NEWMAN, False, ("implementing",),
        ),
        Projection(
            "funding", "Who gives money to whom or for what?",
            "a giver is tied to what is paid for, and that to who gets it, for each kind and currency",
            "the number of rows: sums of different kinds, currencies, totals and parts do not add", True, ("funding",),
        ),
        Projection(
            "topic-affinity", "Who works on the same topics?",
            "two actors of events or programmes on the same topic are tied; a topic of more than half of the actors "
            "tells nobody apart and is left out", NEWMAN, False,
            ("organising", "hosting", "supporting", "implementing", "partnership", "funding", "topic"),
        ),
        Projection(
            "all", "Who is tied to whom, in any layer?", "each tie that a row states is a tie", "one for each tie",
            True, tuple(name for name in LAYERS if name != "topic"),
        ),
    )
}  # fmt: skip
"""The named projections."""


def one_mode(graph: Graph, layer: str, side: str = "actors") -> nx.Graph:
    """Return those of one side of a layer, tied where they share something of the other side.

    Edges carry `weight` (the sum of 1/(n-1) over what they share), `shared` (the keys of it, joined by `|`),
    `n_shared`, `sources`, `layer`, `first` and `last` (the days within which they shared something, as far as these
    are known), and `certainty` (certain where both ties to one shared thing are; empty where no date was asked for).
    A node that shares nothing with another stands alone. `graph.graph["rule"]` states the rule.

    Args:
        graph: a network that `look` or `multigraph` returned.
        layer: a layer, or the name of an undirected projection.
        side: `actors` are those that a tie starts from, `affiliations` what it leads to.

    Raises:
        ConfigError: no such side, or topic affinity of another side than the actors'.
        NotFoundError: no such layer.
    """
    if side not in SIDES:
        raise ConfigError(f"no side named {side!r}", hint="give actors or affiliations")
    chosen = PROJECTIONS.get(layer)
    if chosen is None or chosen.directed:
        rule = f"those that share something in the layer {layer} are tied"
        chosen = Projection(layer, "", rule, NEWMAN, False, (layer,))
    for name in chosen.layers:
        if name not in LAYERS:
            raise NotFoundError("layer", name, nearest(name, [*LAYERS, *PROJECTIONS]))
    left_out: list[str] = []
    if chosen.name == "topic-affinity":
        if side != "actors":
            raise ConfigError("topic affinity ties actors", hint="the side of the actors is the only one")
        groups = _by_topic(graph)
        actors = {actor for group in groups.values() for actor in group}
        left_out = sorted(topic for topic, group in groups.items() if 2 * len(group) > len(actors) > 2)
        groups = {topic: group for topic, group in groups.items() if topic not in left_out}
    else:
        groups = _grouped(
            (
                (source, target, _End.of(said))
                for source, target, said in graph.edges(data=True)
                if said["layer"] in chosen.layers and _acts(source)
            ),
            side,
        )
    with uncollected():
        result = _paired(groups, graph.nodes, chosen)
    result.graph = {**graph.graph, **result.graph, "left_out": left_out}
    return result


class _End(NamedTuple):
    """What the tie of one actor to what it shares says: its sources, its certainty and its days."""

    sources: str
    certainty: str
    first: str
    last: str

    @staticmethod
    def of(said: Mapping[str, Any]) -> _End:
        return _End(
            said["sources"], said.get("certainty", ""), said.get("start_earliest", ""), said.get("end_latest", "")
        )

    def and_(self, other: _End) -> _End:
        """Return both as one: what two rows say of one actor at one meeting."""
        if self == other:
            return self
        return _End(
            join(self.sources, other.sources), min(self.certainty, other.certainty), _least(self.first, other.first),
            max(self.last, other.last),
        )  # fmt: skip


_Groups = Mapping[str, Mapping[str, _End]]


def _acts(node: str) -> bool:
    """Tell whether a node is an actor: what a programme pays is a tie too, but the programme does not give it."""
    return not node.startswith(("event/", "programme/"))


@lru_cache(1 << 16)
def join(one: str, other: str) -> str:
    """Return two lists of sources as one, sorted, each once."""
    if one == other:
        return one
    return "|".join(sorted({name for text in (one, other) for name in text.split("|") if name}))


def _least(one: str, other: str) -> str:
    return min(one, other) if one and other else one or other


def _grouped(found: Iterable[tuple[str, str, _End]], side: str = "actors") -> _Groups:
    """Return for each thing that is shared who shares it, by which tie."""
    groups: dict[str, dict[str, _End]] = defaultdict(dict)
    for source, target, end in found:
        one, shared = (source, target) if side == "actors" else (target, source)
        group = groups[shared]
        group[one] = group[one].and_(end) if one in group else end
    return groups


def _by_topic(graph: Graph) -> _Groups:
    """Return for each topic who acts in an event or programme that is about it."""
    topics: dict[str, list[tuple[str, str]]] = defaultdict(list)
    acts = []
    for source, target, said in graph.edges(data=True):
        if said["layer"] == "topic":
            topics[source].append((target, said["sources"]))
        elif said["layer"] in PROJECTIONS["topic-affinity"].layers and _acts(source):
            acts.append((source, target, _End.of(said)))
    return _grouped(
        (actor, topic, end._replace(sources=join(end.sources, told)))
        for actor, activity, end in acts
        for topic, told in topics.get(activity, ())
    )


def _paired(groups: _Groups, nodes: Mapping[str, Mapping[str, Any]], chosen: Projection) -> nx.Graph:
    result = nx.Graph(rule=f"{chosen.rule}; weight: {chosen.weight}", layer=chosen.name)
    for node in sorted({node for group in groups.values() for node in group}):
        result.add_node(node, **nodes[node])
    # Edges go into the graph's own dictionaries: `add_edge` looks both ends up again and copies the attributes, which
    # takes three times as long for the pairs of a large meeting.
    adjacent = result._adj
    mixed: _Mixed = {}
    for shared in sorted(groups):
        group = sorted(groups[shared].items())
        if len(group) < 2:
            continue
        one = {"weight": 1 / (len(group) - 1), "shared": shared, "n_shared": 1, "layer": chosen.name}
        rows = [(node, adjacent[node]) for node, _end in group]
        same = group[0][1]
        if all(end == same for _node, end in group):
            # Most meetings are told by one list of sources, and dated as a whole: nothing to compare for each pair.
            new = {**one, **same._asdict()}
            for place, (node, row) in enumerate(rows, start=1):
                for other, other_row in rows[place:]:
                    said = row.get(other)
                    if said is None:
                        row[other] = other_row[node] = new.copy()
                    else:
                        _more(said, new, mixed)
            continue
        ends = [end for _node, end in group]
        for place, (node, row) in enumerate(rows, start=1):
            mine = ends[place - 1]
            for (other, other_row), end in zip(rows[place:], ends[place:], strict=True):
                new = {
                    **one, "sources": mine.sources, "certainty": max(mine.certainty, end.certainty),
                    "first": max(mine.first, end.first), "last": _least(mine.last, end.last),
                }  # fmt: skip
                said = row.get(other)
                if said is None:
                    said = row[other] = other_row[node] = new
                else:
                    _more(said, new, mixed)
                if end.sources != mine.sources:
                    _mix(said, end.sources, mixed)
    for said, names in mixed.values():
        said["sources"] = "|".join(sorted(filter(None, names)))
    return result


_Mixed = dict[int, tuple[dict[str, Any], set[str]]]


def _more(said: dict[str, Any], new: Mapping[str, Any], mixed: _Mixed) -> None:
    """Add one more thing that a pair shares; where the sources differ they are kept as a set until the end."""
    said["weight"] += new["weight"]
    said["shared"] += "|" + new["shared"]
    said["n_shared"] += 1
    said["first"], said["last"] = _least(said["first"], new["first"]), max(said["last"], new["last"])
    # "certain" sorts before "possible".
    said["certainty"] = min(said["certainty"], new["certainty"])
    if said["sources"] != new["sources"]:
        _mix(said, new["sources"], mixed)


def _mix(said: dict[str, Any], told: str, mixed: _Mixed) -> None:
    if id(said) not in mixed:
        mixed[id(said)] = (said, set(_names(said["sources"])))
    mixed[id(said)][1].update(_names(told))


@lru_cache(1 << 16)
def _names(text: str) -> frozenset[str]:
    return frozenset(text.split("|"))


def projection(relations: Tables, name: str, lens: Lens | None = None) -> nx.Graph | nx.DiGraph:
    """Return a named projection of what a lens lets through; `graph.graph` is as `look` gives it, with the `rule`.

    Undirected ones are as `one_mode` returns them. `funding` is a multigraph with one edge for each kind and currency
    between two nodes (`kind`, `currency`, `rows`); `hosting` ties a host to the organisers of the same meeting
    (`shared`); `all` counts the ties between two nodes (`layers`). Each edge carries `weight` and `sources`.

    Raises:
        NotFoundError: no such projection, or what `look` raises.
        ConfigError: the lens asks for no layer that the projection has, or what `look` raises.
    """
    if name not in PROJECTIONS:
        raise NotFoundError("projection", name, nearest(name, PROJECTIONS))
    chosen = PROJECTIONS[name]
    lens = lens or Lens()
    layers = tuple(layer for layer in chosen.layers if not lens.layers or layer in lens.layers)
    if not set(layers) - {"topic"}:
        raise ConfigError(f"the projection {name} has no layer {' or '.join(lens.layers)}")
    narrowed = replace(lens, layers=layers)
    with uncollected():
        if name == "topic-affinity":
            result = one_mode(_with_topics(relations, narrowed), name)
        else:
            result = _project(relations, chosen, narrowed)
    if not lens.layers:
        # The layers are the projection's own, and its rule tells them.
        result.graph["lens"] = result.graph["lens"].removeprefix(_layer_words(narrowed)).removeprefix("; ")
    if not len(result):
        # Ties were left, but none with another to share something with.
        result.graph["emptied_by"] = result.graph["emptied_by"] or "projection"
    return result


def _project(relations: Tables, chosen: Projection, lens: Lens) -> nx.Graph | nx.DiGraph:
    view = narrow(relations, lens)
    if not chosen.directed:
        ends = ((one.tie.source, one.tie.target, _End(one.sources, one.certainty, one.tie.span[0], one.tie.span[3]))
                for one in view.seen)  # fmt: skip
        result = _paired(_grouped(ends), view.nodes, chosen)
    else:
        result = _DIRECTED[chosen.name](view)
        result.graph |= {"rule": f"{chosen.rule}; weight: {chosen.weight}", "layer": chosen.name}
    counts = {**view.counts, "ties": len(view.seen), "nodes": len(result), "edges": result.number_of_edges()}
    result.graph |= {**view.told(), "counts": counts}
    return result


def _layer_words(lens: Lens) -> str:
    return Lens(layers=tuple(layer for layer in lens.layers if layer != "topic")).words()


def _with_topics(relations: Tables, lens: Lens) -> Graph:
    """Return what is done in events and programmes, and what these are about."""
    graph = look(relations, replace(lens, layers=tuple(layer for layer in lens.layers if layer != "topic")))
    # What an event is about has neither a country nor a pillar at its ends.
    about = narrow(relations, replace(lens, layers=("topic",), countries=(), pillar="", certain=False, roll_up=""))
    for tie, certainty, _known, told in about.seen:
        if tie.source in graph:
            graph.add_node(tie.target, **about.nodes[tie.target])
            graph.add_edge(
                tie.source, tie.target, key=tie.key, **{**tie.attributes, "sources": told}, certainty=certainty
            )
    return graph


def _new(view: View, ends: Iterable[str], kind: type[nx.DiGraph] = nx.DiGraph) -> nx.DiGraph:
    result = kind()
    for node in sorted(set(ends)):
        result.add_node(node, **view.nodes[node])
    return result


def _hosting(view: View) -> nx.DiGraph:
    meetings: dict[str, dict[str, dict[str, str]]] = defaultdict(lambda: {"hosting": {}, "organising": {}})
    for tie, _certainty, _known, told in view.seen:
        by_actor = meetings[tie.target][tie.attributes["layer"]]
        by_actor[tie.source] = join(by_actor.get(tie.source, ""), told)
    found: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for meeting in sorted(meetings):
        for host, told in meetings[meeting]["hosting"].items():
            for organiser, also in meetings[meeting]["organising"].items():
                if host != organiser:
                    found[host, organiser].append((meeting, join(told, also)))
    result = _new(view, (end for pair in found for end in pair))
    for (host, organiser), rows in sorted(found.items()):
        told = "|".join(sorted({name for _meeting, sources in rows for name in sources.split("|")}))
        shared = "|".join(meeting for meeting, _sources in rows)
        result.add_edge(host, organiser, weight=len(rows), shared=shared, n_shared=len(rows), sources=told)
    return result


def _funding(view: View) -> nx.MultiDiGraph:
    found: dict[tuple[str, str, str, str], list[Seen]] = defaultdict(list)
    for one in view.seen:
        said = one.tie.attributes
        found[one.tie.source, one.tie.target, said["role"], said.get("currency", "")].append(one)
    result = _new(view, (end for key in found for end in key[:2]), nx.MultiDiGraph)
    for (giver, target, kind, currency), rows in sorted(found.items()):
        result.add_edge(
            giver, target, key=f"{kind} {currency}".strip(), kind=kind, currency=currency, weight=len(rows),
            rows="|".join(sorted(one.tie.key for one in rows)), sources=_told(rows), layer="funding",
        )  # fmt: skip
    return result


def _all(view: View) -> nx.DiGraph:
    found: dict[tuple[str, str], list[Seen]] = defaultdict(list)
    for one in view.seen:
        found[one.tie.source, one.tie.target].append(one)
    result = _new(view, (end for pair in found for end in pair))
    for (source, target), rows in sorted(found.items()):
        layers = "|".join(sorted({one.tie.attributes["layer"] for one in rows}))
        result.add_edge(source, target, weight=len(rows), layers=layers, sources=_told(rows))
    return result


def _told(rows: Iterable[Seen]) -> str:
    return "|".join(sorted({name for one in rows for name in one.sources.split("|") if name}))


_DIRECTED: Final = {"hosting": _hosting, "funding": _funding, "all": _all}
