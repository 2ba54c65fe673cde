from __future__ import annotations

import random

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from secgraph import network
from secgraph.errors import ConfigError, NotFoundError
from tests.made import MadeRelations, iri, made

GRAPH = network.multigraph(made())


def ties(layer: str) -> list[tuple[str, str, str]]:
    return sorted((a, b, key) for a, b, key, found in GRAPH.edges(keys=True, data="layer") if found == layer)


def test_every_layer_but_topics_has_its_ties() -> None:
    layers = {layer for *_ends, layer in GRAPH.edges(data="layer")}
    assert layers == set(network.LAYERS) - {"topic"}
    assert len(GRAPH) == 11
    assert not any(tie for *_ends, tie in GRAPH.edges(data="inferred"))


def test_a_tie_runs_from_who_acts_to_what_is_acted_on() -> None:
    assert ties("membership") == [
        ("jurisdiction/AA", "initiative/pact", "pact--AA--member"),
        ("jurisdiction/BB", "initiative/pact", "pact--BB--observer"),
    ]
    assert ties("organising") == [("organisation/council", "event/meet", "meet--council--organiser")]
    assert ties("adopting") == [("initiative/pact", "document/plan", "plan--adoptedBy--pact")]
    assert ties("managing") == [("organisation/council", "instrument/fund", "fund--managedBy--council")]
    assert ties("office") == [("person/anna", "organisation/council", "anna")]
    assert ties("secretariat") == [("organisation/council", "initiative/pact", "pact--council--secretariat-host")]


def test_money_flows_from_giver_to_what_it_pays_for_to_who_gets_it() -> None:
    assert ties("funding") == [
        ("instrument/fund", "programme/help", "t1"),
        ("jurisdiction/BB", "organisation/council", "t2"),
        ("jurisdiction/BB", "programme/help", "b1"),
        ("jurisdiction/BB", "programme/help", "help--BB--funder"),
        ("jurisdiction/BB", "programme/help", "t1"),
        ("programme/help", "organisation/council", "t1"),
    ]
    verbs = {key: verb for _a, _b, key, verb in GRAPH.edges("jurisdiction/BB", keys=True, data="label")}
    assert verbs["t1"] == "gives up to EUR 1,250,000.5 (commitment) to"
    assert verbs["t2"] == "gives 40 per cent (disbursement) to"
    assert verbs["b1"] == "gives an unstated sum (budget) to"


def test_ties_carry_dates_and_sources() -> None:
    tie = GRAPH.edges["jurisdiction/AA", "initiative/pact", "pact--AA--member"]
    assert (tie["start"], tie["start_state"], tie["end_state"]) == ("2006-10", "known", "open")
    assert tie["sources"] == "handbook|news"
    # Who took part is dated by the meeting.
    assert GRAPH.edges["organisation/council", "event/meet", "meet--council--organiser"]["start"] == "2018-10-04"
    assert GRAPH.graph["sources"]["handbook"]["title"] == "Handbook"


def test_nodes_carry_what_they_are() -> None:
    assert GRAPH.nodes["organisation/mi"] == {
        "label": "Ministry of Interior", "short": "MI", "kind": "organisation", "type": "ministry", "country": "AA",
        "sources": "handbook", "start": "", "end": "", "start_state": "unknown", "end_state": "unknown",
    }  # fmt: skip


def test_topics_come_where_they_are_asked_for() -> None:
    graph = network.multigraph(made(), topics=True)
    assert graph.has_edge("event/meet", "topic/prevention")
    # How topics stand to one another is no tie between things.
    assert graph.degree("topic/borders") == 0


@given(st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(chance: random.Random) -> None:
    shuffled = made()
    for rows in shuffled.rows.values():
        chance.shuffle(rows)
    graph = network.multigraph(shuffled)
    assert list(graph.nodes(data=True)) == list(GRAPH.nodes(data=True))
    assert list(graph.edges(keys=True, data=True)) == list(GRAPH.edges(keys=True, data=True))


def test_no_relation_at_all_is_an_empty_network() -> None:
    assert len(network.multigraph(MadeRelations({}))) == 0


def test_ego_takes_what_is_near_in_either_direction() -> None:
    near = network.ego(GRAPH, "mi")
    assert set(near) == {"organisation/mi", "programme/help"}
    assert set(network.ego(GRAPH, iri("organisation/mi"), 2)) == {
        "organisation/mi", "programme/help", "organisation/council", "jurisdiction/AA", "jurisdiction/BB",
        "instrument/fund",
    }  # fmt: skip
    assert near.nodes["programme/help"]["cut"] == GRAPH.degree("programme/help") - 1
    assert near.graph["of"] == len(GRAPH)


def test_pillar_takes_parts_of_parts_and_their_agents() -> None:
    found = set(network.pillar(GRAPH, "pact"))
    assert {"initiative/pillar", "event/meet", "instrument/fund", "document/plan", "organisation/council"} <= found
    assert "organisation/mi" not in found


def test_top_takes_the_highest_degrees_and_keeps_what_must_stay() -> None:
    assert network.ranking(GRAPH)[0] == "organisation/council"
    assert set(network.top(GRAPH, 2, keep=["organisation/mi"])) == {"organisation/mi", "organisation/council"}
    assert len(network.top(GRAPH, 1000)) == len(GRAPH)


def test_degree_counts_neighbours_and_not_parallel_ties() -> None:
    assert GRAPH.number_of_edges("jurisdiction/BB", "programme/help") == 3
    assert network.neighbours(GRAPH, "jurisdiction/BB") == 4
    assert network.neighbours(GRAPH, "jurisdiction/BB") == nx.Graph(GRAPH).degree("jurisdiction/BB")


@given(st.sets(st.sampled_from(sorted(GRAPH))), st.sets(st.sampled_from(sorted(GRAPH))))
def test_what_is_cut_shows_as_counts(first: set[str], second: set[str]) -> None:
    part = network.cut(network.cut(GRAPH, first | second), second)
    for node in part:
        assert part.degree(node) + part.nodes[node]["cut"] == GRAPH.degree(node)


def test_wrong_questions_get_an_answer_that_helps() -> None:
    with pytest.raises(NotFoundError, match="did you mean council"):
        network.ego(GRAPH, "counsil")
    with pytest.raises(ConfigError, match="minutes is no node of the network: its kind is source"):
        network.ego(GRAPH, iri("source/minutes"))
    with pytest.raises(ConfigError, match="at least one hop"):
        network.ego(GRAPH, "council", 0)
    with pytest.raises(ConfigError, match="at least one node"):
        network.top(GRAPH, 0)
