from __future__ import annotations

import csv
import random
from collections import defaultdict

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from secgraph import network
from secgraph.errors import ConfigError, NotFoundError
from secgraph.network import LAYERS, Lens, look, why_empty
from secgraph.records import CODES
from tests.conftest import BUNDLED, Opened
from tests.made import MadeRelations, iri, link, made, member, part, thing

GRAPH = network.multigraph(made())


def ties(layer: str) -> list[tuple[str, str, str]]:
    return sorted((a, b, key) for a, b, key, found in GRAPH.edges(keys=True, data="layer") if found == layer)


def test_every_layer_but_topics_has_its_ties() -> None:
    layers = {layer for *_ends, layer in GRAPH.edges(data="layer")}
    assert layers == set(network.LAYERS) - {"topic"}
    assert len(GRAPH) == 11
    assert not any(tie for *_ends, tie in GRAPH.edges(data="inferred"))


@pytest.mark.parametrize("role", CODES["participation-role"])
def test_each_role_of_a_participation_is_a_tie(role: str) -> None:
    relations = made()
    relations.rows["participations"] = [part("event/meet", "organisation/mi", role)]
    (tie,) = (
        tie for *_ends, key, tie in network.multigraph(relations).edges(keys=True, data=True) if "meet--mi" in key
    )
    assert tie["role"] == role
    assert tie["layer"] in LAYERS


def test_a_tie_that_rests_on_an_inferred_cell_says_so() -> None:
    """Only the cells that the tie rests on count: whose end, role or date it is."""
    relations = made()
    tables = relations.rows
    by_key = {row["iri"].rpartition("/id/")[2]: row for row in tables["things"]}
    by_key["event/meet"]["inferred"] = "city|organisers|start"
    by_key["organisation/council"]["inferred"] = "founded"
    by_key["document/plan"]["inferred"] = "adopted_by"
    tables["memberships"][0]["inferred"] = "from|to"
    said = {key: tie for *_ends, key, tie in network.multigraph(relations).edges(keys=True, data=True)}
    assert said["meet--council--organiser"]["inferred_columns"] == "organisers|start"
    assert {tie["inferred_columns"] for tie in said.values() if tie["layer"] == "attending"} == {"start"}
    assert said["plan--adoptedBy--pact"]["inferred_columns"] == "adopted_by"
    assert said["fund--managedBy--council"]["inferred_columns"] == ""
    assert [key for key, tie in said.items() if tie["layer"] == "membership" and tie["inferred"]] == [
        tables["memberships"][0]["id"]
    ]
    assert all(tie["inferred"] == bool(tie["inferred_columns"]) for tie in said.values())
    seen = network.look(relations, network.Lens(layers=("adopting",)))
    assert {key: tie["inferred_columns"] for *_ends, key, tie in seen.edges(keys=True, data=True)} == {
        "plan--adoptedBy--pact": "adopted_by"
    }


def test_inferred_ties_of_the_bundled_tables_are_those_that_their_rows_name(bundled: Opened) -> None:
    graph = network.multigraph(bundled.relations)
    found: dict[str, set[str]] = defaultdict(set)
    for *_ends, key, tie in graph.edges(keys=True, data=True):
        if tie["inferred"]:
            found[tie["layer"]].add(key)
    tables = {
        name: list(csv.DictReader((BUNDLED / f"{name}.csv").read_text(encoding="utf-8").splitlines()))
        for name in ("memberships", "events")
    }
    told = {row["id"] for row in tables["memberships"] if row["inferred"] and row["role"] != "secretariat-host"}
    assert found["membership"] == told
    assert len(told) > 30
    organised = {
        f"{row['id']}--{who}--organiser"
        for row in tables["events"]
        if {"organisers", "start", "end"} & {*row["inferred"].split("|")}
        for who in row["organisers"].split("|")
        if who
    }
    assert organised
    assert organised <= found["organising"] | found["part-of"]


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


def seen(lens: Lens) -> set[str]:
    """Return the rows whose ties a lens lets through."""
    return {key for *_ends, key in look(made(), lens).edges(keys=True)}


def test_a_lens_of_nothing_shows_every_tie_of_the_network() -> None:
    graph = look(made())
    assert list(graph.edges(keys=True)) == sorted(GRAPH.edges(keys=True))
    assert graph.graph["lens"] == graph.graph["emptied_by"] == why_empty(graph) == ""
    counts = graph.graph["counts"]
    assert (counts["of"], counts["ties"], counts["nodes"]) == (GRAPH.number_of_edges(), GRAPH.number_of_edges(), 11)
    tie = graph.edges["jurisdiction/AA", "initiative/pact", "pact--AA--member"]
    assert (tie["certainty"], tie["known"], tie["inferred"], tie["rolled_up"]) == ("", "known", False, False)


@pytest.mark.parametrize("layer", sorted(LAYERS))
def test_each_layer_is_a_filter(layer: str) -> None:
    found = {said["layer"] for *_ends, said in look(made(), Lens(layers=(layer,))).edges(data=True)}
    assert found == {layer}


def test_topics_take_in_what_is_narrower() -> None:
    at_the_meeting = {"meet--council--organiser", "meet--AA--host", "meet--fund--supporter", "meet--BB--participant"}
    parts = {"meet--withinFramework--pillar"}
    assert seen(Lens(topics=("prevention",))) == at_the_meeting | parts
    relations = made()
    relations.rows["links"].append(link("topic/prevention", "broader", "topic/security"))
    relations.rows["things"].append(thing("topic/security", "Security"))
    wide = look(relations, Lens(topics=("topic/security",), layers=("attending", "topic")))
    assert {key for *_ends, key in wide.edges(keys=True)} == {"meet--BB--participant", "meet--topic--prevention"}
    assert seen(Lens(topics=("borders",))) == at_the_meeting | parts


def test_a_country_is_at_an_end_of_a_tie_or_an_end_is_in_it() -> None:
    assert seen(Lens(countries=("AA",))) == {
        "pact--AA--member", "meet--AA--host", "help--AA--beneficiary", "help--mi--partner",
    }  # fmt: skip
    relations = made()
    for row in relations.rows["things"]:
        if row["id"] == "council":
            # An intergovernmental body has its seat in a country, and does not belong to it.
            row["country"] = iri("jurisdiction/AA")
    assert look(relations, Lens(countries=("AA",))).number_of_edges() == 4


def test_a_pillar_is_an_initiative_with_its_parts() -> None:
    assert "meet--BB--participant" in seen(Lens(pillar="pact"))
    assert "pact--AA--member" in seen(Lens(pillar="pact"))
    assert seen(Lens(pillar="initiative/pillar")) == {
        "pillar--partOf--pact", "meet--withinFramework--pillar", "meet--AA--host", "meet--council--organiser",
        "meet--fund--supporter", "meet--BB--participant",
    }  # fmt: skip
    assert "help--mi--partner" not in seen(Lens(pillar="pact"))
    assert seen(Lens(pillar="help")) == seen(Lens(pillar=iri("programme/help"))) > {"help--mi--partner", "t1"}


def test_without_a_source_what_it_alone_told_is_gone() -> None:
    left = look(made(), Lens(without=("news",)))
    keys = {key for *_ends, key in left.edges(keys=True)}
    assert "pact--AA--member" in keys
    assert not keys & {"meet--BB--participant", "anna", "help--mi--partner"}
    assert left.edges["jurisdiction/AA", "initiative/pact", "pact--AA--member"]["sources"] == "handbook"
    assert left.graph["counts"]["without"] == GRAPH.number_of_edges() - left.number_of_edges()
    # What an event is about is told by a source too.
    assert not seen(Lens(topics=("prevention",), without=("handbook",)))


@given(st.sets(st.sampled_from(["handbook", "news", "ledger"])))
def test_without_more_sources_less_is_left_and_without_all_nothing(names: set[str]) -> None:
    assert seen(Lens(without=tuple(sorted(names)))) <= seen(Lens())
    kept = {key for *_ends, key, said in GRAPH.edges(keys=True, data="sources") if set(said.split("|")) - names}
    assert seen(Lens(without=tuple(sorted(names)))) == kept
    graph = look(made(), Lens(without=("handbook", "ledger", "news")))
    assert (len(graph), graph.number_of_edges(), graph.graph["emptied_by"]) == (0, 0, "without")


def test_units_roll_up_into_their_parents_and_bodies_into_their_country() -> None:
    relations = made()
    relations.rows["things"] += [
        thing("organisation/desk", "Desk", type="police"), thing("organisation/room", "Room", type="secretariat"),
    ]  # fmt: skip
    relations.rows["links"] += [
        link("organisation/desk", "parentOrganisation", "organisation/mi"),
        link("organisation/room", "parentOrganisation", "organisation/desk"),
    ]
    relations.rows["participations"] += [
        part("event/meet", "organisation/room", "participant"), part("event/meet", "organisation/mi", "participant"),
        part("event/meet", "organisation/council", "participant"),
    ]  # fmt: skip
    lens = Lens(layers=("attending", "part-of"), roll_up="parent")
    graph = look(relations, lens)
    tie = graph.edges["organisation/mi", "event/meet", "meet--room--participant"]
    assert (tie["rolled_up"], tie["rolled_from"]) == (True, "organisation/room")
    assert not graph.edges["organisation/mi", "event/meet", "meet--mi--participant"]["rolled_up"]
    assert not {"organisation/desk", "organisation/room"} & set(graph)
    assert (graph.graph["counts"]["rolled_up"], graph.graph["counts"]["rolled_into_one"]) == (1, 2)
    country = look(relations, Lens(layers=("attending",), roll_up="country"))
    # The council is no body of a state; the desk's country is that of its parent.
    assert set(country) == {"jurisdiction/AA", "jurisdiction/BB", "organisation/council", "event/meet"}
    assert country.edges["jurisdiction/AA", "event/meet", "meet--mi--participant"]["rolled_from"] == "organisation/mi"


def test_units_in_a_ring_roll_up_without_end_into_one_of_them() -> None:
    relations = MadeRelations({
        "things": [thing(f"organisation/{name}", name) for name in "ab"] + [thing("initiative/pact", "Pact")],
        "links": [
            link("organisation/a", "parentOrganisation", "organisation/b"),
            link("organisation/b", "parentOrganisation", "organisation/a"),
        ],
        "memberships": [member("initiative/pact", "organisation/a")],
    })  # fmt: skip
    assert look(relations, Lens(roll_up="parent")).number_of_edges() >= 1


@pytest.mark.parametrize(
    ("lens", "emptied_by", "message"),
    [
        (Lens(topics=("borders",), layers=("office",)), "topics", "--topic left out the last of 1 ties"),
        (Lens(without=("handbook", "news", "ledger")), "without", "--without left out"),
        (Lens(until="1990", layers=("attending",)), "since/until", "--since or --until left out the last of 1 ties"),
        (Lens(as_of="1990", layers=("attending",)), "as_of", "--as-of left out the last of 1 ties"),
        (Lens(as_of="2018", certain=True, layers=("managing",)), "certain", "--certain left out"),
        (Lens(known_at="1990", layers=("attending",)), "known_at", "--known-at left out the last of 1 ties"),
        (
            Lens(unknown_ends=False, layers=("secretariat",)),
            "open_ends/unknown_ends",
            "--no-open-ends or --no-unknown-ends left out",
        ),
        (Lens(roll_up="country", layers=("adopting",), countries=("AA",)), "countries", "--country left out"),
    ],
)
def test_an_empty_network_says_which_filter_emptied_it(lens: Lens, emptied_by: str, message: str) -> None:
    relations = made()
    for row in relations.rows["events"]:
        row.update(dict.fromkeys(("start_earliest", "start_latest", "end_earliest", "end_latest"), row["start"]))
    graph = look(relations, lens)
    assert (len(graph), graph.graph["emptied_by"]) == (0, emptied_by)
    assert message in why_empty(graph)


def test_a_layer_without_ties_is_an_empty_network_of_that_layer() -> None:
    relations = MadeRelations({"things": [thing("initiative/pact", "Pact")]})
    graph = look(relations, Lens(layers=("hosting",)))
    assert (graph.graph["emptied_by"], why_empty(graph)) == ("layers", "no tie is in the layers hosting")
    assert why_empty(look(relations)) == "the relations hold no tie"


@pytest.mark.parametrize(
    ("lens", "message"),
    [
        (Lens(layers=("atending",)), "no layer named 'atending' - did you mean attending"),
        (Lens(topics=("prevntion",)), "no topic named 'prevntion' - did you mean prevention"),
        (Lens(topics=("initiative/pact",)), "no topic named 'pact'"),
        (Lens(countries=("QQ",)), "no country named 'QQ'"),
        (Lens(pillar="pilar"), "no initiative named 'pilar' - did you mean pillar"),
        (Lens(without=("newz",)), "no source named 'newz' - did you mean news"),
        (Lens(roll_up="region"), "no roll-up named 'region' - did you mean parent, country"),
    ],
)
def test_names_that_are_not_there_come_with_the_nearest(lens: Lens, message: str) -> None:
    with pytest.raises(NotFoundError, match=message):
        look(made(), lens)


def test_names_may_be_ids_keys_or_iris() -> None:
    for name in ("prevention", "topic/prevention", iri("topic/prevention")):
        assert seen(Lens(topics=(name,))) == seen(Lens(topics=("prevention",)))
    for name in ("news", iri("source/news")):
        assert seen(Lens(without=(name,))) == seen(Lens(without=("news",)))
    words = look(made(), Lens(layers=("attending",), countries=(iri("jurisdiction/BB"),))).graph["lens"]
    assert words == "layers attending; with BB"


def test_the_bundled_network_keeps_its_counts_straight(bundled: Opened) -> None:
    whole = look(bundled.relations)
    assert whole.number_of_edges() == whole.graph["counts"]["of"] > 9000
    graph = look(bundled.relations, Lens(as_of="2021-12-31"))
    counts = graph.graph["counts"]
    assert counts["certain"] + counts["possible"] + counts["excluded"] == counts["of"]
    assert counts["certain"] > 100
    assert counts["possible"] > counts["certain"]
    rolled = look(bundled.relations, Lens(layers=("attending",), roll_up="country"))
    assert rolled.graph["counts"]["rolled_up"] > 100
    # A seat is no country: the bodies that have only that stay what they are.
    assert any(said["type"] == "intergovernmental" and said["country"] for _node, said in rolled.nodes(data=True))
