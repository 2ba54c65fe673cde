"""Projections: who is tied to whom by what they share, by a rule and weight that are stated with the result.

A layer ties actors to what they belong to, attend, implement or fund. Its one-mode projection ties those of one side
that share something of the other. What n actors share counts 1/(n-1) for each pair (Newman 2001), so that the weights
of one actor's ties over one meeting add up to one, and a plenary weighs no more than a meeting of two.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import combinations
from typing import Any, Final, NamedTuple

import networkx as nx

from secgraph.errors import ConfigError, NotFoundError
from secgraph.network.graph import LAYERS, Graph, Tables
from secgraph.network.lens import Lens, look
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
    `n_shared`, `sources` and `layer`; a node that shares nothing with another stands alone.

    Args:
        graph: a network that `look` or `multigraph` returned.
        layer: a layer, or the name of a projection that is undirected.
        side: `actors` are those that a tie starts from, `affiliations` what it leads to.

    Raises:
        ConfigError: no such side, or a projection that is directed.
        NotFoundError: no such layer.
    """
    if side not in SIDES:
        raise ConfigError(f"no side named {side!r}", hint="give actors or affiliations")
    layers: tuple[str, ...] = (layer,)
    if layer in PROJECTIONS and not PROJECTIONS[layer].directed:
        layers = PROJECTIONS[layer].layers
    if unknown := [name for name in layers if name not in LAYERS]:
        raise NotFoundError("layer", unknown[0], nearest(unknown[0], [*LAYERS, *PROJECTIONS]))
    groups: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for source, target, said in graph.edges(data=True):
        if said["layer"] in layers:
            one, other = (source, target) if side == "actors" else (target, source)
            groups[other][one].update(said["sources"].split("|"))
    return _paired(groups, graph, layer)


def _paired(groups: Mapping[str, Mapping[str, Iterable[str]]], graph: Graph, layer: str) -> nx.Graph:
    pairs: dict[tuple[str, str], list[str]] = defaultdict(list)
    for shared in sorted(groups):
        for pair in combinations(sorted(groups[shared]), 2):
            pairs[pair].append(shared)
    result = nx.Graph(**{**graph.graph, "rule": NEWMAN, "layer": layer})
    for node in sorted({node for group in groups.values() for node in group}):
        result.add_node(node, **graph.nodes[node])
    weights = {shared: 1 / (len(group) - 1) for shared, group in groups.items() if len(group) > 1}
    for (one, other), shared_by in sorted(pairs.items()):
        told = {source for shared in shared_by for end in (one, other) for source in groups[shared][end] if source}
        result.add_edge(
            one, other, weight=sum(weights[shared] for shared in shared_by), shared="|".join(shared_by),
            n_shared=len(shared_by), sources="|".join(sorted(told)), layer=layer,
        )  # fmt: skip
    return result


def projection(relations: Tables, name: str, lens: Lens | None = None) -> nx.Graph | nx.DiGraph:
    """Return a named projection of what a lens lets through.

    Raises:
        NotFoundError: no such projection.
        ConfigError: the lens asks for layers that the projection does not have.
    """
    if name not in PROJECTIONS:
        raise NotFoundError("projection", name, nearest(name, PROJECTIONS))
    chosen = PROJECTIONS[name]
    lens = lens or Lens()
    layers = tuple(layer for layer in chosen.layers if not lens.layers or layer in lens.layers)
    if not layers:
        raise ConfigError(f"the projection {name} has no layer of {', '.join(lens.layers)}")
    graph = look(relations, replace(lens, layers=layers))
    result = _flows(graph, chosen) if chosen.directed else one_mode(graph, name)
    result.graph["rule"] = f"{chosen.rule}; weight: {chosen.weight}"
    return result


def _flows(graph: Graph, chosen: Projection) -> nx.DiGraph:
    result = nx.DiGraph(**graph.graph, layer=chosen.name)
    result.add_nodes_from(graph.nodes(data=True))
    found: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for source, target, said in graph.edges(data=True):
        found[source, target].append(said)
    for (source, target), rows in sorted(found.items()):
        told = {name for said in rows for name in said["sources"].split("|") if name}
        result.add_edge(source, target, weight=len(rows), rows=len(rows), sources="|".join(sorted(told)))
    return result
