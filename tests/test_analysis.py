from __future__ import annotations

import os
import random
import subprocess
import sys

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secgraph import analysis, network
from tests.made import made

GRAPH = network.multigraph(made())


def graph_of(edges: list[tuple[int, int]], nodes: int = 0) -> nx.MultiDiGraph:
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(f"n{at:02}" for at in range(nodes))
    graph.add_edges_from((f"n{a:02}", f"n{b:02}") for a, b in edges)
    return graph


edges = st.lists(st.tuples(st.integers(0, 14), st.integers(0, 14)), max_size=40)


def test_degree_comes_with_what_it_rests_on() -> None:
    table = analysis.degree(GRAPH)
    row = table.dicts()[0]
    assert row["node"] == "organisation/council"
    assert (row["degree"], row["ties"], row["rank"]) == (6, 7, 1)
    assert row["dated"] == pytest.approx(5 / 7, abs=0.001)
    assert row["sources"] == 3
    assert table.column("degree") == sorted(table.column("degree"), reverse=True)
    assert analysis.top(GRAPH, 3) == table.column("node")[:3]


def test_equals_share_a_rank() -> None:
    table = analysis.degree(GRAPH)
    for place, (rank, number) in enumerate(zip(table.column("rank"), table.column("degree"), strict=True), start=1):
        assert rank == 1 + sum(other > number for other in table.column("degree"))
        assert rank <= place


def test_a_node_without_ties_has_no_share_of_dated_ones() -> None:
    lonely = network.cut(GRAPH, ["person/anna"])
    assert analysis.degree(lonely).dicts()[0]["dated"] is None


@settings(max_examples=40, deadline=None)
@given(edges)
def test_igraph_and_networkx_measure_the_same(pairs: list[tuple[int, int]]) -> None:
    graph = graph_of(pairs)
    copy = analysis.to_igraph(graph)
    names = copy.vs["name"]
    assert names == sorted(graph)
    assert dict(zip(names, copy.degree(), strict=True)) == dict(graph.degree)
    simple = nx.Graph(graph)
    simple.remove_edges_from(list(nx.selfloop_edges(simple)))
    same = copy.as_undirected().simplify()
    assert dict(zip(names, same.degree(), strict=True)) == dict(simple.degree)
    assert dict(zip(names, same.betweenness(), strict=True)) == pytest.approx(
        nx.betweenness_centrality(simple, normalized=False)
    )
    assert sorted(map(len, same.connected_components())) == sorted(map(len, nx.connected_components(simple)))


@settings(max_examples=40, deadline=None)
@given(edges, st.integers(1, 15), st.randoms(use_true_random=False))
def test_positions_depend_on_graph_and_seed_alone(
    pairs: list[tuple[int, int]], nodes: int, chance: random.Random
) -> None:
    graph = graph_of(pairs, nodes)
    before = random.getstate()
    found = analysis.layout(graph, 7)
    assert random.getstate() == before
    other = nx.MultiDiGraph()
    for adding, items in ((other.add_nodes_from, list(graph)), (other.add_edges_from, list(graph.edges()))):
        chance.shuffle(items)
        adding(items)
    assert analysis.layout(other, 7) == found
    assert set(found) == set(graph)


@settings(max_examples=40, deadline=None)
@given(edges, st.integers(1, 15))
def test_no_drawing_lies_over_another(pairs: list[tuple[int, int]], nodes: int) -> None:
    graph = graph_of(pairs, nodes)
    found = sorted(analysis.layout(graph, 7, {"n03": (120.0, 40.0)}).items())
    for at, (one, here) in enumerate(found):
        for other, there in found[at + 1 :]:
            wide, tall = (180, 64) if "n03" in (one, other) else (120, 48)
            # Rounding may cost each a pixel.
            assert abs(here[0] - there[0]) >= wide - 2 or abs(here[1] - there[1]) >= tall - 2, (one, other)


def test_large_graphs_get_another_algorithm_and_no_overlap_either() -> None:
    chance = random.Random(3)  # noqa: S311  a made-up graph
    graph = graph_of([(at, chance.randrange(at)) for at in range(1, 520)])
    found = analysis.layout(graph, 7)
    assert len(set(found.values())) == len(graph)


def test_nothing_has_no_positions() -> None:
    assert analysis.layout(nx.MultiDiGraph(), 1) == {}
    assert analysis.layout(graph_of([], 1), 1) == {"n00": (0, 0)}


PROGRAM = """
from secgraph import analysis, network
from tests.made import made
print(sorted(analysis.layout(network.multigraph(made()), 11).items()))
"""


def test_positions_are_the_same_in_another_process() -> None:
    seen = set()
    for seed, threads in (("1", "1"), ("2", "2")):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "OMP_NUM_THREADS": threads, "PYTHONPATH": "src:."}
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True, timeout=60
        )
        seen.add(done.stdout)
    assert seen == {f"{sorted(analysis.layout(GRAPH, 11).items())}\n"}
