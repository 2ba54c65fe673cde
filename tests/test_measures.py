"""Measures: values that others have published, the same values as networkx, and what stands beside a value."""

from __future__ import annotations

import itertools
import math
import os
import random
import subprocess
import sys
from collections import Counter
from typing import Any

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networkx.algorithms.link_analysis.pagerank_alg import _pagerank_python

from secgraph import analysis, network
from secgraph.analysis.brokerage import ROLES
from secgraph.analysis.centrality import hoeffding
from secgraph.errors import ConfigError, NotFoundError
from secgraph.values import Table
from tests.made import made

KARATE = nx.karate_club_graph()
FLORENCE = nx.florentine_families_graph()
WOMEN = nx.davis_southern_women_graph()


def values(table: Table, column: str = "value") -> dict[str, Any]:
    return dict(zip(table.column("id"), table.column(column), strict=True))


def of(name: str, graph: Any, column: str = "value", **more: Any) -> dict[str, Any]:
    return values(analysis.measure(name, graph, **more), column)


# Zachary, W. W. (1977), "An information flow model for conflict and fission in small groups", Journal of
# Anthropological Research 33. networkx numbers the members from 0, Zachary from 1: his 1 is Mr Hi, his 34 the officer.
def member(number: int) -> str:
    return str(number - 1)


def test_karate_degrees() -> None:
    found = of("degree", KARATE)
    assert [found[member(number)] for number in (34, 1, 33, 3, 2)] == [17, 16, 12, 10, 9]
    assert sum(found.values()) == 2 * 78


def test_karate_betweenness_and_closeness() -> None:
    table = analysis.measure("betweenness", KARATE, weighted=False)
    assert table.column("id")[:5] == [member(number) for number in (1, 34, 33, 3, 32)]
    assert table.column("paths")[:5] == pytest.approx([231.07, 160.55, 76.69, 75.85, 73.01], abs=0.005)
    assert table.column("value")[:3] == pytest.approx([0.438, 0.304, 0.145], abs=0.0005)
    near = of("closeness", KARATE, weighted=False)
    assert [near[member(number)] for number in (1, 3, 34)] == pytest.approx([33 / 58, 33 / 59, 33 / 60])


def test_karate_communities_have_the_greatest_modularity_there_is() -> None:
    # Q = 0.4198 in four clusters is proven optimal: U. Brandes et al. (2008), "On modularity clustering", IEEE
    # Transactions on Knowledge and Data Engineering 20.
    table = analysis.measure("communities", KARATE, weighted=False)
    groups = [
        {int(node) for node, number in values(table).items() if number == community} for community in (1, 2, 3, 4)
    ]
    assert nx.community.modularity(KARATE, groups, weight=None) == pytest.approx(0.4198, abs=5e-5)
    assert "modularity 0.420" in table.note
    assert sum(map(len, groups)) == 34


def test_karate_small_world_and_core() -> None:
    figures = of("small-world", KARATE)
    # D. J. Watts's clustering, the transitivity, the mean distance: 0.571, 0.256, 2.408.
    assert [figures[name] for name in ("clustering", "transitivity", "path-length")] == pytest.approx(
        [0.571, 0.256, 2.408], abs=0.0005
    )
    assert figures["sigma"] > 1
    cores = of("k-core", KARATE)
    assert Counter(cores.values())[4] == 10
    assert cores[member(12)] == 1


def test_florentine_families() -> None:
    # J. F. Padgett and C. K. Ansell (1993), American Journal of Sociology 98; the values, of the fifteen families
    # that married into another, in M. O. Jackson (2008), Social and Economic Networks, section 1.2.1.
    found = of("betweenness", FLORENCE)
    assert [found[name] for name in ("Medici", "Guadagni", "Strozzi")] == pytest.approx([0.522, 0.255, 0.103], abs=5e-4)
    degrees = of("degree", FLORENCE)
    assert [degrees[name] for name in ("Medici", "Guadagni", "Strozzi")] == [6, 4, 4]
    assert of("betweenness", FLORENCE, "paths")["Medici"] == 47.5
    assert of("closeness", FLORENCE)["Medici"] == pytest.approx(14 / 25)
    assert of("articulation-points", FLORENCE, "parts")["Medici"] == 3
    assert of("betweenness", FLORENCE, "rank")["Medici"] == 1


def test_southern_women() -> None:
    # L. C. Freeman (2003), "Finding social groups: a meta-analysis of the southern women data": the table of who was
    # at which of the fourteen events.
    degrees = of("degree", WOMEN)
    names = ["Evelyn Jefferson", "Laura Mandeville", "Theresa Anderson", "Brenda Rogers", "Charlotte McDowd",
             "Frances Anderson", "Eleanor Nye", "Pearl Oglethorpe", "Ruth DeSand", "Verne Sanderson", "Myra Liddel",
             "Katherina Rogers", "Sylvia Avondale", "Nora Fayette", "Helen Lloyd", "Dorothy Murchison",
             "Olivia Carleton", "Flora Price"]  # fmt: skip
    assert [degrees[name] for name in names] == [8, 7, 8, 7, 4, 4, 4, 3, 4, 4, 4, 6, 7, 8, 5, 2, 2, 2]
    events = [degrees[f"E{number}"] for number in range(1, 15)]
    assert events == [3, 3, 6, 4, 8, 8, 10, 14, 12, 5, 4, 6, 3, 3]


def test_southern_women_share_events() -> None:
    # R. L. Breiger (1974), "The duality of persons and groups", Social Forces 53: the matrix of events shared.
    shared = of("participant-overlap", WOMEN, "shared")

    def pair(one: str, other: str) -> int:
        found = [number for ends, number in shared.items() if all(name in ends for name in (one, other))]
        assert len(found) <= 1
        return found[0] if found else 0

    assert pair("Evelyn", "Laura") == 6
    assert pair("Evelyn", "Theresa") == 7
    assert pair("Laura", "Brenda") == 6
    assert pair("Sylvia", "Nora") == 6
    assert of("participant-overlap", WOMEN)["Evelyn Jefferson -- Theresa Anderson"] == pytest.approx(7 / 9)
    overlap = of("event-overlap", WOMEN)
    assert overlap["E13 -- E14"] == 1.0
    assert overlap["E8 -- E9"] == pytest.approx(9 / (14 + 12 - 9))


def attendance() -> nx.MultiDiGraph:
    """Return the southern women as the network of this package writes who took part."""
    graph = nx.MultiDiGraph()
    for node, mode in WOMEN.nodes(data="bipartite"):
        graph.add_node(node, label=node, kind="event" if mode else "person")
    for one, other in WOMEN.edges:
        who, event = (one, other) if other in WOMEN.graph["bottom"] else (other, one)
        graph.add_edge(who, event, key=f"{event}--{who}", layer="attending", sources="davis", start_state="known")
    return graph


def test_with_newmans_weight_strength_is_the_number_of_events() -> None:
    # M. E. J. Newman (2001), Physical Review E 64, 016132, equation 3: each event that is shared counts one.
    women = network.one_mode(attendance(), "attending")
    degrees = dict(WOMEN.degree)
    assert of("strength", women) == pytest.approx({name: degrees[name] for name in WOMEN.graph["top"]})
    table = analysis.measure("betweenness", women)
    assert "weights count" in table.note
    assert women.graph["rule"] in table.note


ends = st.tuples(st.integers(0, 11), st.integers(0, 11))
# Inverses of powers of two add up exactly, so that equal paths are equal for both libraries.
weighted_edges = st.lists(st.tuples(ends, st.sampled_from([0.25, 0.5, 1.0, 2.0, 4.0])), max_size=36)


def plain(edges: list[tuple[tuple[int, int], float]], *, directed: bool = False) -> nx.Graph:
    graph = nx.DiGraph() if directed else nx.Graph()
    graph.add_nodes_from(range(12))
    graph.add_edges_from((a, b, {"weight": w, "distance": 1 / w}) for (a, b), w in edges if a != b)
    return graph


def same(found: dict[str, Any], expected: dict[int, Any], tolerance: float = 1e-6) -> None:
    known = {str(node): value for node, value in expected.items()}
    assert set(found) == set(known)
    for node, value in known.items():
        if value is None or (isinstance(value, float) and math.isnan(value)):
            assert found[node] is None
        else:
            assert found[node] == pytest.approx(value, rel=tolerance, abs=tolerance)


@settings(max_examples=60, deadline=None)
@given(weighted_edges, st.booleans(), st.booleans())
def test_paths_and_walks_are_networkx_s(edges: Any, directed: bool, weighted: bool) -> None:
    graph = plain(edges, directed=directed)
    far, near = ("distance", "weight") if weighted else (None, None)
    told: dict[str, Any] = {"weighted": weighted}
    same(of("betweenness", graph, **told), nx.betweenness_centrality(graph, weight=far))
    same(of("closeness", graph, **told), nx.closeness_centrality(graph, distance=far))
    same(of("pagerank", graph, **told), _pagerank_python(graph, weight=near, tol=1e-12, max_iter=2000))
    if directed:
        same(of("degree", graph, "in", **told), dict(graph.in_degree))
        same(of("strength", graph, "out", **told), dict(graph.out_degree(weight=near)))


@settings(max_examples=60, deadline=None)
@given(weighted_edges, st.booleans())
def test_neighbourhoods_are_networkx_s(edges: Any, weighted: bool) -> None:
    graph = plain(edges)
    weight = "weight" if weighted else None
    told: dict[str, Any] = {"weighted": weighted}
    same(of("degree", graph, **told), dict(graph.degree))
    same(of("strength", graph, **told), dict(graph.degree(weight=weight)))
    same(of("k-core", graph, **told), nx.core_number(graph))
    same(of("constraint", graph, **told), nx.constraint(graph, weight=weight))
    same(of("effective-size", graph, **told), nx.effective_size(graph))
    largest = max(map(len, nx.connected_components(graph)))
    found = {node: value for node, value in of("eigenvector", graph, **told).items() if value is not None}
    assert len(found) == (largest if graph.edges else 0)
    if found:
        part = graph.subgraph(map(int, found))
        assert nx.is_connected(part)
        same(found, nx.eigenvector_centrality(part, weight=weight, max_iter=100_000, tol=1e-11), 1e-5)


@settings(max_examples=60, deadline=None)
@given(weighted_edges)
def test_what_parts_the_network_is_networkx_s(edges: Any) -> None:
    graph = plain(edges)
    before = nx.number_connected_components(graph)
    table = analysis.measure("bridges", graph)
    assert set(table.column("id")) == {f"{min(e, key=str)} -- {max(e, key=str)}" for e in nx.bridges(graph)}
    for row in table.dicts():
        one, other = map(int, row["id"].split(" -- "))
        cut = nx.restricted_view(graph, [], [(one, other)])
        sides = sorted(len(nx.node_connected_component(cut, end)) for end in (one, other))
        assert (row["value"], row["other_side"]) == tuple(sides)
    points = analysis.measure("articulation-points", graph)
    assert set(points.column("id")) == set(map(str, nx.articulation_points(graph)))
    for row in points.dicts():
        node = int(row["id"])
        whole = nx.node_connected_component(graph, node)
        pieces = sorted(map(len, nx.connected_components(graph.subgraph(whole - {node}))))
        assert (row["parts"], row["value"]) == (len(pieces), sum(pieces[:-1]))
        assert nx.number_connected_components(graph.subgraph(set(graph) - {node})) > before


@settings(max_examples=60, deadline=None)
@given(weighted_edges, st.booleans(), st.lists(st.sampled_from("abc"), min_size=12, max_size=12))
def test_mixing_and_brokerage_by_group(edges: Any, directed: bool, groups: list[str]) -> None:
    graph = plain(edges, directed=directed)
    nx.set_node_attributes(graph, dict(enumerate(groups)), "kind")
    mixing = of("assortativity", graph, weighted=False)
    held = {groups[node] for edge in graph.edges for node in edge}
    if len(held) > 1:
        assert mixing["all"] == pytest.approx(nx.attribute_assortativity_coefficient(graph, "kind"), abs=1e-7)
    else:
        assert mixing["all"] is None
    table = analysis.measure("brokerage", graph, by="kind")
    expected: dict[str, Counter[str]] = {str(node): Counter() for node in graph}
    for first, middle, last in itertools.permutations(graph, 3):
        if graph.has_edge(first, middle) and graph.has_edge(middle, last) and not graph.has_edge(first, last):
            expected[str(middle)][role(groups[first], groups[middle], groups[last])] += 1
    for row in table.dicts():
        assert {name: row[name] for name in ROLES} == {name: expected[row["id"]][name] for name in ROLES}
        assert row["value"] == expected[row["id"]].total()


def role(first: str, middle: str, last: str) -> str:
    """Say the role as Gould and Fernandez (1989) define it, in their order."""
    if first == middle == last:
        return "coordinator"
    if first == last:
        return "itinerant"
    if first == middle:
        return "representative"
    return "gatekeeper" if middle == last else "liaison"


def test_a_country_is_in_the_group_of_itself_and_what_has_none_is_said() -> None:
    table = analysis.measure("brokerage", network.multigraph(made()))
    assert "groups by country" in table.note
    assert "8 nodes have no country: those of one kind are a group" in table.note
    study = analysis.Study(network.multigraph(made()))
    found = {study.ids[at]: study.group(at, "country") for at in range(len(study))}
    assert (found["jurisdiction/AA"], found["organisation/mi"], found["person/anna"]) == ("AA", "AA", "")


def told(*ties: tuple[str, str, str], kind: type[nx.Graph] = nx.MultiDiGraph) -> nx.Graph:
    """Return a network of ties, each with its sources."""
    graph = kind()
    for one, other, sources in ties:
        graph.add_edge(one, other, sources=sources, start_state="known" if "dated" in sources else "unknown")
    return graph


def test_a_value_has_beside_it_what_it_rests_on() -> None:
    graph = told(("a", "b", "s1"), ("b", "a", "s1|dated"), ("b", "c", "s2"), ("c", "c", "s9"))
    row = {row["id"]: row for row in analysis.measure("degree", graph).dicts()}
    assert (row["b"]["value"], row["b"]["ties"], row["b"]["rank"]) == (2, 3, 1)
    assert row["b"]["dated"] == pytest.approx(1 / 3, abs=0.001)
    assert (row["b"]["sources"], row["c"]["sources"]) == (3, 1)
    # Without s1 a and b are still tied, by the second row; without s2 c stands alone.
    assert [(row[name]["low"], row[name]["high"]) for name in "abc"] == [(1, 1), (1, 2), (0, 1)]
    note = analysis.measure("degree", graph).note
    assert "1 tie of a node with itself left out" in note
    assert "3 sources that carry a tie, of which 2 carry one alone" in note


def test_direction_counts_where_it_is_that_of_money() -> None:
    ties = [("a", "b"), ("b", "c")]
    money = nx.MultiDiGraph()
    money.add_edges_from((*tie, {"layer": "funding"}) for tie in ties)
    for graph, counts in [(nx.DiGraph(ties), True), (money, True), (nx.MultiDiGraph(ties), False)]:
        table = analysis.measure("closeness", graph)
        assert ("direction counts" in table.note) == counts
        # Nobody's money reaches a; without direction all reach it.
        assert values(table)["a"] == (0 if counts else pytest.approx(2 / 3))
        assert type(analysis.collapse(graph)) is (nx.DiGraph if counts else nx.Graph)
    assert "direction does not count" in analysis.measure("closeness", money, directed=False).note
    money.add_edge("a", "c", layer="membership")
    assert "direction does not count" in analysis.measure("closeness", money).note


def test_a_projection_is_dated_by_the_first_of_what_is_shared() -> None:
    graph = nx.Graph()
    graph.add_edge("a", "b", first="2018-10-04", last="2019", sources="s")
    graph.add_edge("b", "c", first="", last="2019", sources="s")
    assert of("degree", graph, "dated") == {"a": 1.0, "b": 0.5, "c": 0.0}
    assert set(of("degree", KARATE, "dated").values()) == {None}


sourced = st.lists(st.tuples(ends, st.sets(st.sampled_from("pqrs"), min_size=1, max_size=3)), max_size=24)


@settings(max_examples=40, deadline=None)
@given(sourced, st.sampled_from(["degree", "betweenness", "closeness", "k-core", "bridges", "articulation-points"]))
def test_the_range_is_that_of_the_networks_without_one_source(edges: Any, name: str) -> None:
    ties = [(f"n{a:02}", f"n{b:02}", "|".join(sorted(who))) for (a, b), who in edges if a != b]
    graph = told(*ties)
    table = analysis.measure(name, graph)
    absent = analysis.MEASURES[name].absent
    runs = []
    for source in sorted({source for *_ends, who in ties for source in who.split("|")}):
        other = told(*[tie for tie in ties if tie[2] != source])
        other.add_nodes_from(graph)
        runs.append(of(name, other))
    for row in table.dicts():
        seen: list[Any] = [run.get(row["id"], absent) for run in runs]
        assert row["low"] == pytest.approx(min(seen))
        assert row["high"] == pytest.approx(max(seen))


def test_a_projection_can_be_made_anew_for_each_source() -> None:
    graph = nx.Graph()
    graph.add_edge("a", "b", weight=1.5, sources="s1|s2")
    without = {"s1": 1.0, "s2": 0.5}

    def rebuild(source: str) -> nx.Graph:
        other = graph.copy()
        other.edges["a", "b"]["weight"] = without[source]
        return other

    kept = analysis.measure("strength", graph).dicts()[0]
    assert (kept["value"], kept["low"], kept["high"]) == (1.5, 1.5, 1.5)
    row = analysis.measure("strength", graph, rebuild=rebuild)
    assert (row.dicts()[0]["low"], row.dicts()[0]["high"]) == (0.5, 1.0)
    assert "made anew" in row.note


def test_a_node_that_no_source_is_left_to_tell_of_counts_nought() -> None:
    graph = told(("a", "b", "s1"), ("b", "c", "s2"), kind=nx.Graph)

    def rebuild(source: str) -> nx.Graph:
        kept = [tie for tie in (("a", "b", "s1"), ("b", "c", "s2")) if tie[2] != source]
        return told(*kept, kind=nx.Graph)

    for name in ("degree", "strength", "betweenness", "closeness", "pagerank", "k-core", "brokerage"):
        assert of(name, graph, "low", rebuild=rebuild)["a"] == 0, name
    assert of("constraint", graph, "low", rebuild=rebuild)["a"] == 1.0


def test_above_two_thousand_ties_a_range_comes_on_request_and_says_that_it_is_sampled() -> None:
    ties = [(f"n{at}", f"n{at + 1}", f"s{at % 60}") for at in range(2_001)]
    graph = told(*ties, kind=nx.Graph)
    table = analysis.measure("degree", graph)
    assert set(table.column("low")) == {None}
    assert "above 2,000 distinct ties (2,001) only on request, sampled" in table.note
    asked = analysis.measure("degree", graph, leave_one_out="yes")
    assert "a sample of 50 of 60 sources" in asked.note
    assert 0 in asked.column("low")
    assert set(analysis.measure("degree", graph, leave_one_out="no").column("high")) == {None}
    fewer = analysis.measure("degree", told(*ties[:-1], kind=nx.Graph))
    assert "over 60 sources" in fewer.note


@pytest.mark.parametrize("directed", [False, True])
def test_above_the_exact_limit_paths_are_sampled_with_a_bound_that_holds(directed: bool) -> None:
    graph = nx.barabasi_albert_graph(400, 2, seed=3)
    if directed:
        graph = nx.DiGraph(graph)
    exact = of("betweenness", graph)
    table = analysis.measure("betweenness", graph, exact_up_to=1, sample=200)
    assert "sampled: paths from 200 of 400 nodes (seed 1)" in table.note
    bound = hoeffding(400, 200)
    assert f"{bound:.3f}" in table.note
    errors = [abs(value - exact[node]) for node, value in values(table).items()]
    assert 0 < max(errors) < bound
    likely = values(table, "error")
    assert sum(abs(value - exact[node]) <= likely[node] for node, value in values(table).items()) > 0.8 * 400
    assert table == analysis.measure("betweenness", graph, exact_up_to=1, sample=200)
    assert table != analysis.measure("betweenness", graph, exact_up_to=1, sample=200, seed=2)
    assert "sampled" not in analysis.measure("betweenness", graph).note


def test_closeness_is_sampled_too_and_small_components_are_exact() -> None:
    graph = nx.barabasi_albert_graph(400, 2, seed=3)
    nx.add_path(graph, range(1000, 1010))
    exact = of("closeness", graph)
    table = analysis.measure("closeness", graph, exact_up_to=1, sample=100)
    assert "sampled: distances to 100 nodes" in table.note
    found = values(table)
    assert all(found[str(node)] == pytest.approx(exact[str(node)]) for node in range(1000, 1010))
    assert all(found[str(node)] == pytest.approx(exact[str(node)], rel=0.1) for node in range(400))
    assert "sampled" not in analysis.measure("closeness", nx.DiGraph(graph), exact_up_to=1, sample=100).note


def test_communities_that_are_there_are_found_each_time_and_chance_ones_are_not_stable() -> None:
    cliques = nx.disjoint_union(nx.complete_graph(6), nx.complete_graph(5))
    cliques.add_edge(0, 6)
    table = analysis.measure("communities", cliques)
    assert values(table) == {str(node): 1 if node < 6 else 2 for node in range(11)}
    assert set(table.column("stability")) == {1.0}
    assert "NMI 1.000 in the mean, 1.000 at least" in table.note
    assert set(table.column("rank")) == {None}
    chance = analysis.measure("communities", nx.gnm_random_graph(60, 200, seed=5))
    assert min(chance.column("stability")) < 0.9
    assert min(chance.column("value")) == 1


def test_small_world_beside_networks_of_the_same_degrees() -> None:
    # A ring of n nodes, each tied to its four nearest, has the clustering 3(k - 2) / 4(k - 1) = 1/2.
    ring = analysis.measure("small-world", nx.watts_strogatz_graph(100, 4, 0, seed=1))
    assert values(ring)["clustering"] == 0.5
    assert values(ring, "null_mean")["clustering"] < 0.1
    # A complete network is the only one of its degrees: its random networks are itself.
    whole = analysis.measure("small-world", nx.complete_graph(6))
    assert values(whole)["sigma"] == 1.0
    assert "20 networks of the same degrees (seeds 1 to 20)" in whole.note
    tree = analysis.measure("small-world", nx.star_graph(4))
    assert values(tree)["sigma"] is None
    assert "no sigma" in tree.note
    large = analysis.measure("small-world", nx.barabasi_albert_graph(600, 2, seed=1))
    assert "sampled: path lengths from 500 nodes" in large.note
    exact = nx.average_shortest_path_length(nx.barabasi_albert_graph(600, 2, seed=1))
    assert values(large)["path-length"] == pytest.approx(exact, rel=0.02)


def test_organisers_overlap_by_whom_they_convene() -> None:
    graph = nx.MultiDiGraph()
    for event in ("e1", "e2", "e3"):
        graph.add_node(event, kind="event")
    for who, event, layer in [
        ("org1", "e1", "organising"), ("org2", "e2", "organising"), ("org3", "e3", "organising"),
        ("a", "e1", "attending"), ("b", "e1", "attending"), ("c", "e1", "attending"),
        ("a", "e2", "attending"), ("b", "e2", "hosting"), ("d", "e2", "attending"), ("a", "e3", "attending"),
        ("a", "e3", "topic"),
    ]:  # fmt: skip
        graph.add_edge(who, event, layer=layer, sources=f"s-{event}")
    table = analysis.measure("organiser-overlap", graph)
    assert [(row["id"], row["value"], row["shared"], row["of"]) for row in table.dicts()] == [
        ("org1 -- org2", 0.5, 2, 4)
    ]
    assert (table.dicts()[0]["sources"], table.dicts()[0]["low"]) == (2, 0.0)
    assert "2 pairs that share one alone are not listed" in table.note
    events = analysis.measure("event-overlap", graph).dicts()
    assert [(row["id"], row["shared"], row["of"]) for row in events] == [("e1 -- e2", 2, 6)]


@pytest.mark.parametrize("name", ["event-overlap", "participant-overlap", "organiser-overlap"])
def test_overlap_of_a_projection_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="this network has no events"):
        analysis.measure(name, KARATE)


POOR = {
    "empty": nx.Graph(),
    "one node": nx.empty_graph(1),
    "no ties": nx.empty_graph(3, create_using=nx.MultiDiGraph),
    "self-loops": nx.MultiDiGraph([("a", "a"), ("a", "a")]),
    "two nodes": nx.path_graph(2),
    "in parts": nx.Graph([(1, 2), (3, 4), (5, 6), (6, 7)]),
    "directed": nx.DiGraph([(1, 2), (2, 1), (2, 3)]),
    "parallel": nx.MultiGraph([(1, 2), (1, 2), (2, 3)]),
}


@pytest.mark.parametrize("graph", POOR.values(), ids=POOR)
@pytest.mark.parametrize("name", [name for name in analysis.MEASURES if not name.endswith("-overlap")])
def test_poor_networks_have_measures_too(name: str, graph: nx.Graph) -> None:
    table = analysis.measure(name, graph)
    assert table.columns[:9] == ("label", "id", "kind", "value", "rank", "dated", "sources", "low", "high")
    numbers = [cell for row in table.rows for cell in row if isinstance(cell, float)]
    assert all(map(math.isfinite, numbers))
    nodes = {"degree", "strength", "betweenness", "closeness", "eigenvector", "pagerank", "k-core", "constraint"}
    if name in nodes:
        assert len(table) == len(graph)
    assert table.to_json()


def test_what_emptied_a_network_is_said() -> None:
    empty = nx.MultiDiGraph(emptied_by="country", lens="in XK, as of 1950")
    note = analysis.measure("degree", empty).note
    assert "emptied by country" in note
    assert "in XK, as of 1950" in note
    chosen = nx.empty_graph(2)
    chosen.graph["emptied_by"] = "as-of"
    assert "emptied by as-of" in analysis.measure("degree", chosen).note
    assert "no nodes" in analysis.measure("degree", nx.Graph()).note
    assert "no ties" in analysis.measure("degree", nx.empty_graph(2)).note


@pytest.mark.parametrize("weight", [0, -1, "much", None, math.inf, math.nan, 5e-324])
def test_a_weight_is_a_number_above_nought(weight: Any) -> None:
    graph = nx.Graph()
    graph.add_edge("a", "b", weight=weight)
    with pytest.raises(ConfigError, match="the tie of a and b has the weight"):
        analysis.measure("closeness", graph)
    assert of("degree", graph, weighted=False) == {"a": 1, "b": 1}


def test_an_unknown_measure_is_told_the_nearest() -> None:
    with pytest.raises(NotFoundError, match="betweenness") as caught:
        analysis.measure("betweennes", KARATE)
    assert caught.value.candidates[0] == "betweenness"
    with pytest.raises(ConfigError, match="auto, yes or no"):
        analysis.measure("degree", KARATE, leave_one_out="perhaps")  # type: ignore[arg-type]


@pytest.mark.parametrize("measure", analysis.MEASURES.values(), ids=analysis.MEASURES)
def test_each_measure_explains_itself(measure: analysis.Measure) -> None:
    graph = attendance()
    note = analysis.measure(measure.name, graph, explain=True).note
    assert note.startswith(f"{measure.title}. {measure.explain} Reference: {measure.reference}")
    assert measure.explain not in analysis.measure(measure.name, graph).note
    assert len(measure.explain) > 80
    assert any(character.isdigit() for character in measure.reference)


def test_all_measures_are_each_one() -> None:
    graph = network.multigraph(made())
    tables = analysis.measure_all(graph)
    assert list(tables) == list(analysis.MEASURES)
    for name, table in tables.items():
        assert table == analysis.measure(name, graph)
    assert not [name for name in analysis.measure_all(KARATE) if name.endswith("-overlap")]
    assert list(analysis.measure_all(KARATE, names=["k-core"])) == ["k-core"]
    mixing = analysis.measure_all(graph, names=["assortativity", "brokerage"], by="type")
    assert mixing["assortativity"] == analysis.measure("assortativity", graph, by="type")
    assert "groups by type" in mixing["brokerage"].note


def test_networkx_graphs_go_out_for_its_functions_and_backends() -> None:
    graph = network.multigraph(made())
    out = analysis.collapse(graph)
    assert type(out) is nx.Graph
    assert not list(nx.selfloop_edges(out))
    same_values = nx.betweenness_centrality(out, backend="networkx")
    assert of("betweenness", graph) == pytest.approx(same_values, abs=1e-8)
    assert sum(tie["ties"] for *_ends, tie in out.edges(data=True)) == graph.number_of_edges()
    assert out.nodes["organisation/council"]["label"] == "Council of the Plains"
    flow = analysis.collapse(nx.DiGraph([("a", "b"), ("b", "a")]))
    assert type(flow) is nx.DiGraph
    assert flow.number_of_edges() == 2


@settings(max_examples=15, deadline=None)
@given(sourced, st.randoms(use_true_random=False))
def test_the_order_in_which_a_network_was_made_does_not_matter(edges: Any, chance: random.Random) -> None:
    ties = [(f"n{a:02}", f"n{b:02}", "|".join(sorted(who))) for (a, b), who in edges]
    first = analysis.measure_all(told(*ties))
    chance.shuffle(ties)
    state = random.getstate()
    assert analysis.measure_all(told(*ties)) == first
    assert random.getstate() == state


PROGRAM = """
import networkx as nx
from secgraph import analysis, network
from tests.made import made
graphs = [network.multigraph(made()), nx.karate_club_graph(), nx.barabasi_albert_graph(600, 2, seed=1)]
for graph in graphs:
    for name, table in analysis.measure_all(graph).items():
        print(name, table.to_json(), table.note)
for name in ("betweenness", "closeness"):
    print(analysis.measure(name, graphs[2], exact_up_to=1, sample=100).to_json())
"""


def test_the_same_bytes_with_other_hash_seeds_and_threads() -> None:
    seen = set()
    for seed, threads in (("1", "1"), ("2", "2")):
        environment = {
            **os.environ, "PYTHONHASHSEED": seed, "OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads,
            "PYTHONPATH": "src:.",
        }  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, check=True, timeout=120
        )
        seen.add(done.stdout)
    assert len(seen) == 1
    assert len(seen.pop()) > 100_000
