"""A projection made anew without one source, for the range of a measure.

A tie of a projection rests on rows of both its ends: A at a meeting by one source, B by another. Without the first
there is no tie, though the second stands; and a weight changes with the number of those who are left. So the source is
taken out of the rows and the projection made again, from the network that was read once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import networkx as nx

from secgraph.network import PROJECTIONS, Graph, Lens, Tables, look, one_mode


def without(graph: Graph, source: str) -> Graph:
    """Return a network without what one source alone states; ties of other sources too stay, by those."""
    part = Graph(**graph.graph)
    part.add_nodes_from(graph.nodes(data=True))
    for one, other, key, tie in graph.edges(keys=True, data=True):
        told = tie["sources"].split("|")
        kept = [name for name in told if name != source]
        if kept:
            part.add_edge(one, other, key=key, **({**tie, "sources": "|".join(kept)} if len(kept) < len(told) else tie))
    return part


def rebuilder(relations: Tables, name: str, lens: Lens) -> Callable[[str], nx.Graph] | None:
    """Return what makes a projection without a source; nothing for a directed one, whose ties are rows.

    Args:
        relations: the relations of a release.
        name: of a projection.
        lens: through which it is seen.
    """
    chosen = PROJECTIONS[name]
    if chosen.directed:
        return None
    layers = tuple(layer for layer in chosen.layers if not lens.layers or layer in lens.layers)
    base: list[Graph] = []

    def rebuild(source: str) -> nx.Graph:
        if not base:
            base.append(look(relations, replace(lens, layers=layers)))
        return one_mode(without(base[0], source), name)

    return rebuild
