"""The measures beside plain networkx, on one made-up network and in one run; then the bundled data.

    python benchmarks/measures.py [--nodes 20000] [--store .secgraph] [--exact]

Times are seconds of CPU, each library alone. secgraph's include making the network ready and the whole table, rank and
coverage too; the leave-one-source-out ranges are timed apart. networkx's are those of its own functions on the same
graph. Where it would take hours it does a part of the same work, and the time is multiplied: the last column says which
part. Measures that networkx does not have are timed and out of the ratio.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import networkx as nx

from secgraph import analysis, network
from secgraph.analysis.communities import RUNS
from secgraph.analysis.result import EXACT, SAMPLE
from secgraph.analysis.robustness import NULLS, STARTS

SCIPY = find_spec("scipy") is not None
"""networkx is faster with it in three measures, and does without."""


def made_up(nodes: int, seed: int = 1) -> nx.Graph:
    """Return a network with hubs, three ties for each node, whose nodes have kinds and countries and ties sources."""
    chance = random.Random(seed)  # noqa: S311  a made-up graph
    graph = nx.barabasi_albert_graph(nodes, 3, seed=seed)
    while graph.number_of_edges() < 3 * nodes:
        graph.add_edge(*chance.sample(range(nodes), 2))
    for node in graph:
        graph.nodes[node]["kind"] = chance.choice(("event", "organisation", "jurisdiction"))
        graph.nodes[node]["country"] = chance.choice(("AA", "BB", "CC", "DD", "EE", "FF"))
    for _one, _other, tie in graph.edges(data=True):
        tie["sources"] = f"s{chance.randrange(500)}"
        tie["start_state"] = chance.choice(("known", "unknown"))
    return graph


class Peer(NamedTuple):
    """What networkx does for a measure, how often it would have to, and how that is said."""

    run: Callable[[], object]
    times: float = 1.0
    said: str = ""


def peers(graph: nx.Graph) -> dict[str, list[Peer]]:
    """Return the work of networkx for each measure that it has."""
    chance = random.Random(2)  # noqa: S311  a sample
    nodes = sorted(graph)
    # As many paths as secgraph's sample, so that the same work is compared.
    starts = SAMPLE if len(nodes) * graph.number_of_edges() > EXACT else len(nodes)
    few = chance.sample(nodes, min(20, len(nodes)))
    some = chance.sample(nodes, min(400, len(nodes)))
    meetings = nx.Graph(
        (one, other)
        for one, other in graph.edges
        if (graph.nodes[one]["kind"] == "event") != (graph.nodes[other]["kind"] == "event")
    )
    events = [node for node in meetings if graph.nodes[node]["kind"] == "event"]
    rest = [node for node in meetings if graph.nodes[node]["kind"] != "event"]
    swaps = 10 * graph.number_of_edges()
    tried = min(swaps, 5_000)
    shapes = 1 + (NULLS if starts == len(nodes) else NULLS // 4)
    largest = max(nx.connected_components(graph), key=len)
    near = chance.sample(sorted(largest), min(20, len(largest)))

    def paths() -> None:
        for node in few:
            nx.closeness_centrality(graph, node)

    def lengths() -> None:
        for node in near:
            nx.single_source_shortest_path_length(graph, node)

    def pagerank() -> object:
        from networkx.algorithms.link_analysis.pagerank_alg import _pagerank_python

        return (nx.pagerank if SCIPY else _pagerank_python)(graph)

    def holes(measure: Callable[..., object]) -> Peer:
        """Return Burt's measures: whole by scipy's matrices, a part of the nodes where networkx does without."""
        if SCIPY:
            return Peer(lambda: measure(graph))
        return Peer(lambda: measure(graph, nodes=some), len(nodes) / len(some), f"{len(some)} of its nodes")

    part = f"{len(few)} of {starts:,} start nodes"
    return {
        "degree": [Peer(lambda: nx.degree_centrality(graph))],
        "strength": [Peer(lambda: dict(graph.degree(weight="weight")))],
        "betweenness": [Peer(lambda: nx.betweenness_centrality(graph, k=len(few), seed=1), starts / len(few), part)],
        "closeness": [Peer(paths, starts / len(few), part)],
        "eigenvector": [Peer(lambda: nx.eigenvector_centrality(graph, max_iter=1000))],
        "pagerank": [Peer(pagerank)],
        "k-core": [Peer(lambda: nx.core_number(graph))],
        "constraint": [holes(nx.constraint)],
        "effective-size": [holes(nx.effective_size)],
        "communities": [
            Peer(lambda: nx.community.louvain_communities(graph, seed=1), RUNS, f"Louvain, 1 of {RUNS} runs")
        ],
        "assortativity": [Peer(lambda: nx.attribute_assortativity_coefficient(graph, "kind"))],
        "bridges": [Peer(lambda: list(nx.bridges(graph)))],
        "articulation-points": [Peer(lambda: list(nx.articulation_points(graph)))],
        "event-overlap": [Peer(lambda: nx.bipartite.overlap_weighted_projected_graph(meetings, events))],
        "participant-overlap": [Peer(lambda: nx.bipartite.overlap_weighted_projected_graph(meetings, rest))],
        "small-world": [
            Peer(lambda: (nx.average_clustering(graph), nx.transitivity(graph)), shapes),
            Peer(lengths, shapes * min(STARTS, len(largest)) / len(near), f"{len(near)} of its start nodes"),
            Peer(
                lambda: nx.double_edge_swap(graph.copy(), tried, max_tries=100 * tried, seed=1),
                (shapes - 1) * swaps / tried,
                f"{tried:,} of {swaps:,} swaps, 1 network of {shapes - 1}",
            ),
        ],
    }


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the seconds of CPU that some work takes, and what it returned."""
    begin = time.process_time()
    result = work()
    return time.process_time() - begin, result


def beside(graph: nx.Graph) -> None:
    """Print a line for each measure, and the ratio of the whole."""
    print(
        f"made-up network: {len(graph):,} nodes, {graph.number_of_edges():,} ties; networkx {nx.__version__}"
        f" {'with' if SCIPY else 'without'} scipy"
    )
    print(f"{'measure':22}{'secgraph s':>12}{'networkx s':>12}{'ratio':>9}  networkx did")
    own_total = their_total = alone = 0.0
    work = peers(graph)
    for name in analysis.MEASURES:
        own, _table = timed(partial(analysis.measure, name, graph, leave_one_out="no"))
        if name not in work:
            alone += own
            print(f"{name:22}{own:12.2f}{'-':>12}{'-':>9}  networkx has none")
            continue
        theirs = sum(timed(peer.run)[0] * peer.times for peer in work[name])
        own_total, their_total = own_total + own, their_total + theirs
        said = "; ".join(peer.said for peer in work[name] if peer.said) or "the whole"
        print(f"{name:22}{own:12.2f}{theirs:12.2f}{theirs / own:9.1f}  {said}", flush=True)
    print(f"{'whole suite':22}{own_total:12.2f}{their_total:12.2f}{their_total / own_total:9.1f}  ({alone:.2f} s more)")
    once, _tables = timed(lambda: analysis.measure_all(graph, leave_one_out="no"))
    print(
        f"{'made ready once':22}{once:12.2f}{their_total:12.2f}{their_total / once:9.1f}  all measures by measure_all"
    )


def exact(graph: nx.Graph, few: int = 20) -> None:
    """Print the time of exact betweenness, which is above the limit, beside networkx's from a few start nodes."""
    own, _table = timed(lambda: analysis.measure("betweenness", graph, leave_one_out="no", exact_up_to=10**12))
    theirs = timed(lambda: nx.betweenness_centrality(graph, k=few, seed=1))[0] * len(graph) / few
    said = f"networkx {theirs:.0f} s ({few} of its start nodes): {theirs / own:.1f}"
    print(f"exact betweenness: secgraph {own:.1f} s, {said}")


def bundled(store: Path) -> None:
    """Print the time of all measures on the data of a release, and of the ranges apart."""
    from secgraph.analysis.without import rebuilder
    from secgraph.relations import Relations
    from secgraph.store import release_path

    relations = Relations(release_path(store) / "relations")
    reading, graph = timed(lambda: network.multigraph(relations))
    print(f"the release's network: {graph} read in {reading:.2f} s")
    every, tables = timed(lambda: analysis.measure_all(graph, leave_one_out="no"))
    print(f"all {len(tables)} measures of it: {every:.2f} s, ranges apart")
    part_one = timed(lambda: analysis.measure_all(network.projection(relations, "co-attendance"), leave_one_out="no"))
    print(f"projected, and all measures of co-attendance: {part_one[0]:.2f} s")
    for name in ("organising", "co-attendance"):
        part = network.projection(relations, name)
        plain, _tables = timed(partial(analysis.measure_all, part, leave_one_out="no"))
        anew = rebuilder(relations, name, network.Lens())
        ranged, some = timed(partial(analysis.measure_all, part, leave_one_out="yes", rebuild=anew))
        print(f"{name} ({part}): {plain:.2f} s; with ranges {ranged:.2f} s")
        print(f"  {some['degree'].note.rpartition('low and high')[2].lstrip(': ')}")


def main() -> None:
    """Run both libraries, and the bundled data where there is a store."""
    parser = argparse.ArgumentParser(description="The measures beside plain networkx.")
    parser.add_argument("--nodes", default=20_000, type=int)
    parser.add_argument("--store", default=".secgraph", type=Path)
    parser.add_argument("--exact", action="store_true", help="exact betweenness too: a minute or more")
    given = parser.parse_args()
    graph = made_up(given.nodes)
    beside(graph)
    if given.exact:
        exact(graph)
    if given.store.exists():
        bundled(given.store)


if __name__ == "__main__":
    main()
