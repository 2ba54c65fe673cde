"""Projections: known weights, networkx's own projection on random graphs, and what each named one says."""

from __future__ import annotations

import os
import random
import subprocess
import sys

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secgraph import network
from secgraph.errors import ConfigError, NotFoundError
from secgraph.network import PROJECTIONS, Lens, look, one_mode, projection
from tests.conftest import ROOT, Opened
from tests.made import MadeRelations, iri, link, made, part, thing

ACTS = st.lists(st.tuples(st.integers(0, 11), st.integers(0, 7)), max_size=50)


def meetings(acts: list[tuple[int, int]], roles: tuple[str, ...] = ("participant",)) -> MadeRelations:
    """Return made-up meetings: who was at which, in roles that take turns."""
    who, where = sorted({a for a, _e in acts}), sorted({e for _a, e in acts})
    return MadeRelations({
        "things": [
            *(thing(f"organisation/a{n}", f"A{n}") for n in who), *(thing(f"event/e{n}", f"E{n}") for n in where),
        ],
        "participations": [
            part(f"event/e{event}", f"organisation/a{actor}", roles[at % len(roles)])
            for at, (actor, event) in enumerate(acts)
        ],
        "sources": [{"iri": iri("source/news"), "id": "news", "title": "News"}],
    })  # fmt: skip


@given(ACTS)
def test_weights_are_those_of_networkx(acts: list[tuple[int, int]]) -> None:
    two_mode = nx.Graph([(f"organisation/a{actor}", f"event/e{event}") for actor, event in acts])
    relations = meetings(acts, ("participant", "organiser", "speaker", "host"))
    found = projection(relations, "co-attendance")
    for graph, side, nodes in (
        (found, "actors", [node for node in two_mode if node.startswith("organisation/")]),
        (one_mode(look(relations), "co-attendance", "affiliations"), "affiliations",
         [node for node in two_mode if node.startswith("event/")]),
    ):  # fmt: skip
        reference = nx.bipartite.collaboration_weighted_projected_graph(two_mode, nodes)
        assert set(graph) == set(reference), side
        assert {frozenset(edge) for edge in graph.edges()} == {frozenset(edge) for edge in reference.edges()}
        for a, b, said in graph.edges(data=True):
            assert said["weight"] == pytest.approx(reference.edges[a, b]["weight"])
            assert said["n_shared"] == len(list(nx.common_neighbors(two_mode, a, b))) == said["shared"].count("|") + 1


@given(ACTS)
@settings(max_examples=30)
def test_one_mode_of_a_graph_is_the_projection_of_its_relations(acts: list[tuple[int, int]]) -> None:
    relations = meetings(acts, ("participant", "organiser"))
    one, other = one_mode(look(relations), "co-attendance"), projection(relations, "co-attendance")
    assert list(one.nodes(data=True)) == list(other.nodes(data=True))
    assert list(one.edges(data=True)) == list(other.edges(data=True))


@given(st.randoms(use_true_random=False))
@settings(max_examples=20)
def test_the_order_of_rows_does_not_matter(chance: random.Random) -> None:
    shuffled = made()
    for rows in shuffled.rows.values():
        chance.shuffle(rows)
    for name in PROJECTIONS:
        one, other = projection(made(), name), projection(shuffled, name)
        assert list(one.nodes(data=True)) == list(other.nodes(data=True))
        assert list(one.edges(data=True)) == list(other.edges(data=True)), name
        assert one.graph == other.graph


def test_a_plenary_weighs_no_more_than_a_meeting_of_two() -> None:
    graph = projection(meetings([(n, 0) for n in range(5)] + [(0, 1), (1, 1), (7, 2)]), "co-attendance")
    assert graph.edges["organisation/a0", "organisation/a2"]["weight"] == 0.25
    assert graph.edges["organisation/a0", "organisation/a1"] == {
        "weight": 1.25, "shared": "event/e0|event/e1", "n_shared": 2, "sources": "news", "layer": "co-attendance",
        "certainty": "", "first": "", "last": "",
    }  # fmt: skip
    # Who met nobody stands alone; the weights of one actor add up to the meetings with others.
    assert graph.degree("organisation/a7") == 0
    assert graph.degree("organisation/a1", weight="weight") == pytest.approx(2)
    assert graph.graph["rule"].startswith("two organisers, hosts, speakers or participants of the same meeting")
    assert "1/(n-1)" in graph.graph["rule"]
    assert "not cooperation" in PROJECTIONS["co-attendance"].question


def test_who_comes_in_two_roles_counts_once() -> None:
    relations = meetings([(0, 0), (1, 0)])
    relations.rows["participations"] += [
        {**part("event/e0", "organisation/a0", "organiser"), "sources": "ledger"},
    ]
    graph = projection(relations, "co-attendance")
    assert graph.edges["organisation/a0", "organisation/a1"]["weight"] == 1
    assert graph.edges["organisation/a0", "organisation/a1"]["sources"] == "ledger|news"
    assert not projection(relations, "organising").edges


def test_a_pair_is_as_certain_as_its_less_certain_tie() -> None:
    rows = [("AA", "2010", "open"), ("BB", "2010", "open"), ("CC", "", "unknown")]
    relations = MadeRelations({
        "things": [thing("initiative/pact", "Pact"), *(thing(f"jurisdiction/{code}", code) for code, *_ in rows)],
        "memberships": [
            {"iri": iri(f"membership/{code}"), "id": code, "body": iri("initiative/pact"), "role": "member",
             "member": iri(f"jurisdiction/{code}"), "sources": code.lower(), "end_state": state,
             **({"start": year, "start_earliest": f"{year}-01-01", "start_latest": f"{year}-12-31"} if year else {})}
            for code, year, state in rows
        ],
        "sources": [{"iri": iri(f"source/{code.lower()}"), "id": code.lower(), "title": code} for code, *_ in rows],
    })  # fmt: skip
    graph = projection(relations, "membership", Lens(as_of="2018"))
    pairs = {a[-1] + b[-1]: (said["certainty"], said["sources"]) for a, b, said in graph.edges(data=True)}
    assert pairs == {"AB": ("certain", "aa|bb"), "AC": ("possible", "aa|cc"), "BC": ("possible", "bb|cc")}
    assert graph.edges["jurisdiction/AA", "jurisdiction/BB"]["first"] == "2010-01-01"
    assert graph.graph["counts"]["certain"] == 2
    assert graph.graph["lens"] == "as of 2018-12-31; certain and possible"
    assert graph.graph["layers"] == "membership"


def test_money_is_counted_by_kind_and_currency_and_never_summed() -> None:
    graph = projection(made(), "funding")
    assert isinstance(graph, nx.MultiDiGraph)
    rows = {(a, b, key): said["rows"] for a, b, key, said in graph.edges(keys=True, data=True)}
    assert rows["jurisdiction/BB", "programme/help", "commitment EUR"] == "t1"
    assert rows["jurisdiction/BB", "programme/help", "budget EUR"] == "b1"
    assert rows["jurisdiction/BB", "programme/help", "funder"] == "help--BB--funder"
    assert all(said["weight"] == said["rows"].count("|") + 1 for *_ends, said in graph.edges(data=True))
    assert not any("amount" in said for *_ends, said in graph.edges(data=True))
    # Givers to one programme are tied; the programme, which pays others, is no giver.
    assert list(one_mode(look(made()), "funding").edges()) == [("instrument/fund", "jurisdiction/BB")]


def test_hosts_are_tied_to_the_organisers_of_the_same_meeting() -> None:
    graph = projection(made(), "hosting")
    assert list(graph.edges(data=True)) == [
        ("jurisdiction/AA", "organisation/council",
         {"weight": 1, "shared": "event/meet", "n_shared": 1, "sources": "news"}),
    ]  # fmt: skip


def test_topics_tie_those_who_act_on_them() -> None:
    relations = meetings([(0, 0), (1, 1), (2, 2), (3, 2), (0, 3), (1, 3), (2, 3), (3, 3)], ("organiser",))
    relations.rows["things"] += [thing(f"topic/{name}", name) for name in ("arms", "drugs", "all")]
    relations.rows["links"] = [
        link("event/e0", "topic", "topic/arms"), link("event/e1", "topic", "topic/arms"),
        link("event/e2", "topic", "topic/drugs"), link("event/e3", "topic", "topic/all"),
    ]  # fmt: skip
    graph = projection(relations, "topic-affinity")
    assert [(a, b, said["shared"]) for a, b, said in graph.edges(data=True)] == [
        ("organisation/a0", "organisation/a1", "topic/arms"), ("organisation/a2", "organisation/a3", "topic/drugs"),
    ]  # fmt: skip
    assert graph.graph["left_out"] == ["topic/all"]
    assert graph.edges["organisation/a0", "organisation/a1"]["sources"] == "handbook|news"
    narrowed = projection(relations, "topic-affinity", Lens(topics=("drugs",)))
    assert set(narrowed) == {"organisation/a2", "organisation/a3"}


def test_all_counts_the_ties_between_two() -> None:
    graph = projection(made(), "all")
    assert graph.edges["jurisdiction/BB", "programme/help"]["weight"] == 3
    assert graph.edges["jurisdiction/BB", "programme/help"]["layers"] == "funding"


def test_what_is_no_projection_is_refused() -> None:
    with pytest.raises(NotFoundError, match="did you mean co-attendance"):
        projection(made(), "coattendance")
    with pytest.raises(NotFoundError, match="did you mean membership"):
        one_mode(look(made()), "memberships")
    with pytest.raises(ConfigError, match="actors or affiliations"):
        one_mode(look(made()), "membership", "women")
    with pytest.raises(ConfigError, match="topic affinity ties actors"):
        one_mode(look(made()), "topic-affinity", "affiliations")
    with pytest.raises(ConfigError, match="the projection membership has no layer hosting"):
        projection(made(), "membership", Lens(layers=("hosting",)))


def test_every_projection_of_nothing_is_empty_and_says_why() -> None:
    for name in PROJECTIONS:
        graph = projection(MadeRelations({}), name)
        assert len(graph) == 0
        assert network.why_empty(graph)


def test_a_projection_of_ties_that_share_nothing_says_so() -> None:
    graph = projection(meetings([(0, 0), (1, 1)], ("organiser",)), "hosting")
    assert network.why_empty(graph) == "of 2 ties none makes one of the projection hosting"
    graph = projection(meetings([(0, 0), (1, 0)], ("organiser",)), "topic-affinity")
    assert network.why_empty(graph) == "of 2 ties none makes one of the projection topic-affinity"


def test_same_bytes_with_another_hash_seed() -> None:
    code = (
        "from secgraph.network import PROJECTIONS, Lens, diff, look, projection\n"
        "from tests.made import made\n"
        "print([(n, list(g.nodes(data=True)), list(g.edges(data=True)), g.graph)"
        " for n in PROJECTIONS for g in [projection(made(), n)]])\n"
        "print(list(look(made(), Lens(roll_up='country')).edges(data=True)), diff(made(), '2016', '2019').table())\n"
    )
    told = [
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, cwd=ROOT,
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "2")
    ]  # fmt: skip
    assert "Council of the Plains" in told[0]
    assert told[0] == told[1]


def test_lone_nodes_and_ties_to_oneself_do_no_harm() -> None:
    relations = meetings([(0, 0)])
    relations.rows["links"] = [link("event/e0", "partOf", "event/e0")]
    assert projection(relations, "co-attendance").number_of_edges() == 0
    assert len(projection(relations, "co-attendance")) == 1
    assert one_mode(look(relations), "part-of").number_of_edges() == 0


def test_davis_women_share_the_events_that_are_published() -> None:
    """Davis, Gardner and Gardner (1941): Evelyn went to 8 of the 14 events, 6 of them with Laura."""
    davis = nx.davis_southern_women_graph()
    women = sorted(node for node, side in davis.nodes(data="bipartite") if side == 0)
    names = {name: number for number, name in enumerate(women)}
    acts = [(names[woman], int(event[1:])) for woman in women for event in davis[woman]]
    graph = projection(meetings(acts), "co-attendance")
    assert len(acts) == 89
    assert len(graph) == 18
    tie = graph.edges[f"organisation/a{names['Evelyn Jefferson']}", f"organisation/a{names['Laura Mandeville']}"]
    assert tie["n_shared"] == 6
    # A woman's weights add up to the events to which others came too: all of hers.
    assert graph.degree(f"organisation/a{names['Evelyn Jefferson']}", weight="weight") == pytest.approx(8)


def test_co_attendance_is_that_of_the_catalogue(bundled: Opened) -> None:
    from secgraph import resources
    from secgraph.queries import Catalogue
    from secgraph.values import XSD, Literal

    query = Catalogue.load(resources.queries_dir()).get("co-attendance")
    rows = bundled.store.select(query.bind({"least": Literal("1", XSD + "integer")})).dicts()
    graph = projection(bundled.relations, "co-attendance")
    asked = {frozenset((row["a_id"], row["b_id"])): (row["events"], float(row["weight"])) for row in rows}
    ids = {node: node.partition("/")[2] for node in graph}
    found = {frozenset((ids[a], ids[b])): (said["n_shared"], said["weight"]) for a, b, said in graph.edges(data=True)}
    assert len(asked) > 1000
    assert {pair: events for pair, (events, _weight) in found.items()} == {
        pair: events for pair, (events, _weight) in asked.items()
    }
    assert all(abs(found[pair][1] - weight) < 0.00051 for pair, (_events, weight) in asked.items())
