"""Records to statements to quads: what a row says, with whose support, and nothing else."""

from __future__ import annotations

from collections import defaultdict

from hypothesis import given, settings
from hypothesis import strategies as st

from secgraph.mapping import Index, date_literal, quads, statements
from secgraph.records import TABLES, Record, date_bounds
from secgraph.values import Literal, Quad
from secgraph.vocab import DCT, ID, ORG, RDF, RDFS, SKOS, SOURCES, XSD, code, sg, thing

A, B, C = (thing("source", name) for name in ("a", "b", "c"))


def rows(**tables: list[dict[str, str]]) -> dict[str, list[Record]]:
    built: dict[str, list[Record]] = {
        "sources": [
            TABLES["sources"].model_validate(
                {"id": name, "title": name.upper(), "kind": "report", "published": date, "row": 2}
            )
            for name, date in (("a", "2018-03"), ("b", "2019"), ("c", ""))
        ]
    }
    for table, records in tables.items():
        built[table] = [
            TABLES[table].model_validate({"sources": "a"} | record if TABLES[table].has_sources() else record)
            for record in records
        ]
    return built


def graph(**tables: list[dict[str, str]]) -> dict[str, set[Quad]]:
    found: dict[str, set[Quad]] = defaultdict(set)
    for quad in quads(statements(rows(**tables))):
        found[quad.graph].add(quad)
    return found


def objects(found: set[Quad], subject: str, predicate: str) -> set[object]:
    return {quad.object for quad in found if quad[:2] == (subject, predicate)}


ORGANISATION = {"id": "x", "name": "X", "type": "police"}
INITIATIVE = {"id": "i", "name": "I", "type": "process"}
COUNTRY = {"code": "AL", "name": "Albania"}


def test_a_row_with_two_sources_stands_in_both_graphs_and_once_in_the_merged_one() -> None:
    found = graph(organisations=[ORGANISATION | {"sources": "a|b"}])
    label = (thing("organisation", "x"), RDFS + "label", Literal("X"))
    assert [Quad(*label, name) in found[name] for name in (A, B, C, "")] == [True, True, False, True]
    assert objects(found[""], label[0], DCT + "source") == {A, B}


def test_a_disputed_cell_leaves_the_graphs_of_its_disputants_and_their_value_stays_out_of_the_merged_one() -> None:
    found = graph(
        initiatives=[INITIATIVE | {"launched": "2007-10-10", "sources": "a|b"}],
        claims=[{"kind": "initiative", "id": "i", "column": "launched", "value": "2008-07-11", "source": "b"}],
    )
    subject, start = thing("initiative", "i"), sg("start")
    assert objects(found[A], subject, start) == {date_literal("2007-10-10")}
    assert objects(found[B], subject, start) == {date_literal("2008-07-11")}
    assert objects(found[""], subject, start) == {date_literal("2007-10-10")}
    claim = thing("claim", "initiative--i--launched--b")
    assert objects(found[""], claim, sg("claimedValue")) == {date_literal("2008-07-11")}
    assert objects(found[""], claim, sg("aboutSubject")) == {subject}
    assert objects(found[""], claim, sg("aboutProperty")) == {start}


def test_a_value_that_every_source_of_its_row_disputes_stays_in_their_graphs() -> None:
    claim = {"kind": "initiative", "id": "i", "column": "launched", "value": "2008", "source": "a"}
    found = graph(initiatives=[INITIATIVE | {"launched": "2007"}], claims=[claim])
    subject, start = thing("initiative", "i"), sg("start")
    assert objects(found[""], subject, start) == {date_literal("2007")}
    assert objects(found[A], subject, start) == {date_literal("2007"), date_literal("2008")}


def test_an_end_that_is_said_to_be_open_is_a_statement_of_the_sources_and_one_that_is_unknown_is_none() -> None:
    subject, state = thing("initiative", "i"), sg("endState")
    assert objects(graph(initiatives=[INITIATIVE | {"ended": ".."}])[A], subject, state) == {sg("open")}
    assert objects(graph(initiatives=[INITIATIVE])[A], subject, state) == set()


def test_a_cell_that_some_sources_say_stands_in_their_graphs_only() -> None:
    found = graph(
        organisations=[ORGANISATION | {"city": "Tirana", "sources": "a|b"}],
        cells=[{"kind": "organisation", "id": "x", "column": "city", "sources": "b"}],
    )
    city = Quad(thing("organisation", "x"), sg("city"), Literal("Tirana"))
    assert [city._replace(graph=name) in found[name] for name in (A, B, "")] == [False, True, True]


def test_dates_become_literals_of_their_precision_with_bounds_and_states() -> None:
    found = graph(initiatives=[INITIATIVE | {"launched": "2018-05", "ended": ".."}])[""]
    subject = thing("initiative", "i")
    assert objects(found, subject, sg("start")) == {Literal("2018-05", XSD + "gYearMonth")}
    assert objects(found, subject, sg("startEarliest")) == {Literal("2018-05-01", XSD + "date")}
    assert objects(found, subject, sg("startLatest")) == {Literal("2018-05-31", XSD + "date")}
    assert objects(found, subject, sg("endState")) == {sg("open")}
    assert objects(found, subject, sg("end")) == set()
    undated = graph(initiatives=[INITIATIVE])[""]
    assert objects(undated, subject, sg("startState")) == {sg("unknown")}
    assert objects(undated, subject, sg("endState")) == {sg("unknown")}


def test_an_event_without_an_end_ended_within_the_bounds_of_its_start() -> None:
    event = {"id": "e", "name": "E", "type": "board", "status": "held", "start": "2018-10"}
    found = graph(events=[event])[""]
    subject = thing("event", "e")
    assert objects(found, subject, sg("endEarliest")) == {Literal("2018-10-01", XSD + "date")}
    assert objects(found, subject, sg("endLatest")) == {Literal("2018-10-31", XSD + "date")}
    assert objects(found, subject, sg("endState")) == {sg("known")}
    assert objects(found, subject, RDF + "type") == {sg("Meeting")}


def test_a_programme_without_an_end_has_an_unknown_one() -> None:
    found = graph(programmes=[{"id": "p", "name": "P", "type": "project", "start": "2018-10"}])[""]
    subject = thing("programme", "p")
    assert objects(found, subject, sg("startEarliest")) == {Literal("2018-10-01", XSD + "date")}
    assert objects(found, subject, sg("endState")) == {sg("unknown")}
    assert objects(found, subject, sg("endLatest")) == set()


def test_each_column_of_parties_gives_them_its_role() -> None:
    found = graph(
        organisations=[ORGANISATION | {"id": name} for name in "vwxy"],
        events=[
            {"id": "e", "name": "E", "type": "board", "status": "held", "organisers": "v", "hosts": "w",
             "supporters": "x", "participants": "y|v"}
        ],
        programmes=[
            {"id": "p", "name": "P", "type": "project", "beneficiaries": "v", "implementers": "w", "partners": "x",
             "funders": "y"}
        ],
    )[""]  # fmt: skip
    nodes = {quad.subject for quad in found if quad[1:3] == (RDF + "type", sg("Participation"))}
    told = {
        tuple(str(*objects(found, node, sg(name))).rsplit("/", 1)[1] for name in
              ("participationIn", "participant", "participationRole"))
        for node in nodes
    }  # fmt: skip
    assert told == {
        ("e", "v", "organiser"), ("e", "w", "host"), ("e", "x", "supporter"), ("e", "y", "participant"),
        ("e", "v", "participant"), ("p", "v", "beneficiary"), ("p", "w", "implementing"), ("p", "x", "partner"),
        ("p", "y", "funder"),
    }  # fmt: skip


def test_a_membership_is_of_a_member_in_a_body_in_a_role() -> None:
    found = graph(
        jurisdictions=[COUNTRY],
        initiatives=[INITIATIVE],
        memberships=[{"id": "m", "body": "i", "member": "AL", "role": "observer", "from": "2014"}],
    )[""]
    (node,) = (quad.subject for quad in found if quad[1:3] == (RDF + "type", sg("Membership")))
    assert objects(found, node, ORG + "organization") == {thing("initiative", "i")}
    assert objects(found, node, ORG + "member") == {thing("jurisdiction", "AL")}
    assert objects(found, node, ORG + "role") == {code("membership-role", "observer")}


def test_announced_dates_have_bounds_apart_from_those_of_the_event() -> None:
    event = {
        "id": "e",
        "name": "E",
        "type": "board",
        "status": "announced",
        "announced": "2021-12-01/2022-01|2021-07",
    }
    found = graph(events=[event])[""]
    subject = thing("event", "e")
    assert objects(found, subject, sg("announcedEarliest")) == {Literal("2021-07-01", XSD + "date")}
    assert objects(found, subject, sg("announcedLatest")) == {Literal("2022-01-31", XSD + "date")}
    assert objects(found, subject, sg("startState")) == {sg("unknown")}
    assert len(objects(found, subject, sg("announced"))) == 2


def test_two_capitals_are_a_jurisdiction_and_part_of_is_told_apart_by_kind() -> None:
    found = graph(
        jurisdictions=[COUNTRY],
        initiatives=[INITIATIVE],
        organisations=[ORGANISATION],
        programmes=[
            {"id": "p", "name": "P", "type": "programme"},
            {"id": "q", "name": "Q", "type": "project", "part_of": "p|i", "beneficiaries": "AL|x"},
        ],
    )[""]
    subject = thing("programme", "q")
    assert objects(found, subject, sg("partOf")) == {thing("programme", "p")}
    assert objects(found, subject, sg("withinFramework")) == {thing("initiative", "i")}
    ends = {
        str(quad.object)
        for quad in found
        if quad.predicate == sg("participant") and f"{ID}participation/q--" in quad[0]
    }
    assert ends == {thing("jurisdiction", "AL"), thing("organisation", "x")}
    assert objects(found, subject, RDF + "type") == {sg("Project")}


def test_money_keeps_kind_amount_and_ties_to_other_rows() -> None:
    base = {"programme": "p", "funder": "x", "currency": "EUR"}
    found = graph(
        organisations=[ORGANISATION],
        programmes=[{"id": "p", "name": "P", "type": "programme"}],
        funding=[
            base | {"id": "total", "kind": "budget", "amount": "17915000", "date": "2020-07/2023-06"},
            base | {"id": "part", "kind": "co-financing", "amount": "1215000", "part_of": "total", "share": "6.78"},
        ],
    )[""]
    part, total = thing("transaction", "part"), thing("budget", "total")
    assert objects(found, part, sg("partOfTotal")) == {total}
    assert objects(found, part, sg("coFinancing")) == {Literal("true", XSD + "boolean")}
    assert objects(found, part, sg("moneyKind")) == {code("money-kind", "contribution")}
    assert objects(found, total, sg("amount")) == {Literal("17915000", XSD + "decimal")}
    assert objects(found, total, sg("start")) == {date_literal("2020-07")}
    assert objects(found, total, sg("endLatest")) == {Literal("2023-06-30", XSD + "date")}


def test_one_person_with_two_offices_is_one_person() -> None:
    found = graph(
        organisations=[ORGANISATION],
        people=[
            {"id": "ana", "name": "Ana", "role": "Director", "organisation": "x"},
            {"id": "ana-2", "person": "ana", "name": "Ana", "role": "Head of Office", "organisation": "x"},
        ],
    )[""]
    holders = [quad.object for quad in found if quad.predicate == sg("holder")]
    assert holders == [thing("person", "ana")] * 2
    post = thing("post", "x--head-of-office")
    assert objects(found, post, ORG + "postIn") == {thing("organisation", "x")}


def test_sources_redirects_and_last_attested() -> None:
    member = {"id": "i--AL--member", "body": "i", "member": "AL", "role": "member", "sources": "a|b|c"}
    found = graph(
        jurisdictions=[COUNTRY],
        initiatives=[INITIATIVE],
        memberships=[member],
        redirects=[{"kind": "initiative", "old": "j", "new": "i", "reason": "one body"}],
    )
    assert objects(found[""], thing("membership", member["id"]), sg("lastAttested")) == {date_literal("2019")}
    assert objects(found[""], thing("initiative", "j"), DCT + "isReplacedBy") == {thing("initiative", "i")}
    assert {quad.subject for quad in found[SOURCES]} == {A, B, C}
    assert objects(found[SOURCES], A, sg("publishedLatest")) == {Literal("2018-03-31", XSD + "date")}


def test_a_merged_person_leads_to_the_person_and_not_to_the_office() -> None:
    found = graph(
        people=[{"id": "ana", "name": "Ana", "role": "Director"}],
        redirects=[{"kind": "person", "old": "anna", "new": "ana", "reason": "one person"}],
    )[""]
    assert objects(found, thing("person", "anna"), DCT + "isReplacedBy") == {thing("person", "ana")}
    assert objects(found, thing("occupancy", "anna"), DCT + "isReplacedBy") == set()


def test_only_a_positive_judgement_links_to_an_outside_thing() -> None:
    link = {"subject_id": thing("organisation", "x"), "predicate_id": "skos:exactMatch"}
    outside = {name: f"https://example.org/{name}" for name in ("yes", "no")}
    found = graph(
        organisations=[ORGANISATION],
        identities=[
            link | {"object_id": outside["yes"], "predicate_modifier": "", "mapping_justification": "semapv:x"},
            link | {"object_id": outside["no"], "predicate_modifier": "Not", "mapping_justification": "semapv:x"},
        ],
    )[""]
    assert objects(found, thing("organisation", "x"), SKOS + "exactMatch") == {outside["yes"]}


def test_a_reference_to_nothing_says_nothing() -> None:
    found = graph(memberships=[{"id": "i--x--member", "body": "i", "member": "x", "role": "member"}])[""]
    assert not any(quad.predicate in (ORG + "member", ORG + "organization") for quad in found)


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([f"o{number}" for number in range(6)]),
            st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20),
            st.sets(st.sampled_from("abc"), min_size=1),
            st.sampled_from(["", "2018", "2018-05", "2018-05-03"]),
        ),
        unique_by=lambda item: item[0],
        max_size=6,
    )
)
def test_rows_are_read_back_from_their_quads(given_rows: list[tuple[str, str, set[str], str]]) -> None:
    table = [
        {"id": name, "name": label, "type": "police", "sources": "|".join(sorted(told)), "founded": date}
        for name, label, told, date in given_rows
    ]
    found = graph(organisations=table)[""]
    for name, label, told, date in given_rows:
        subject = thing("organisation", name)
        assert objects(found, subject, RDFS + "label") == {Literal(label)}
        assert objects(found, subject, DCT + "source") == {thing("source", source) for source in told}
        assert objects(found, subject, sg("start")) == ({date_literal(date)} if date else set())
        if date:
            bound = Literal(date_bounds(date).latest, XSD + "date")
            assert objects(found, subject, sg("startLatest")) == {bound}


def test_no_property_of_an_index_is_lost_between_kinds() -> None:
    index = Index(rows(jurisdictions=[COUNTRY], organisations=[ORGANISATION]))
    assert index.thing("AL") == thing("jurisdiction", "AL")
    assert index.thing("x") == thing("organisation", "x")
    assert index.thing("nobody") is None
