"""The nodes by number of neighbours, with what the number rests on: the ranking that pictures and lists start from."""

from __future__ import annotations

from secgraph.network import Graph, neighbours, ranking
from secgraph.values import Table


def degree(graph: Graph) -> Table:
    """Return the nodes by degree, with what the number rests on.

    `degree` counts the nodes at the other ends of a node's ties, `ties` the ties themselves, parallel ones too;
    `rank` is shared by equals (1, 2, 2, 4); `dated` is the share of the ties with a known start, and `sources` how
    many sources state them: where both are low, the degree says more about the evidence than about the node.
    """
    columns = ("node", "label", "kind", "degree", "ties", "rank", "dated", "sources")
    rows: list[tuple[str, str, str, int, int, int, float | None, int]] = []
    rank = 0
    for place, node in enumerate(ranking(graph), start=1):
        ties = [tie for both in (graph.in_edges, graph.out_edges) for *_ends, tie in both(node, data=True)]
        dated = sum(tie["start_state"] == "known" for tie in ties)
        sources = {name for tie in ties for name in tie["sources"].split("|") if name}
        number = neighbours(graph, node)
        rank = rank if rows and rows[-1][3] == number else place
        share = round(dated / len(ties), 3) if ties else None
        attributes = graph.nodes[node]
        rows.append((node, attributes["label"], attributes["kind"], number, len(ties), rank, share, len(sources)))
    return Table(columns, tuple(rows), "degree measures how much is known of a node as well as how it is placed")


def top(graph: Graph, k: int) -> list[str]:
    """Return the k nodes of the highest degree, equal ones by key."""
    return ranking(graph)[:k]
