"""Follow-through: the chain of a real meeting against the CSV tables, and made-up chains that break at each link."""

from __future__ import annotations

import csv
import json
from functools import cache

import pytest

from secgraph.analysis.followthrough import DOCUMENT, MONEY, NEED, PROGRAMME, FollowThrough, followthrough
from secgraph.errors import NotFoundError
from secgraph.network import Lens
from secgraph.relations import Relations
from tests.conftest import BUNDLED, Opened
from tests.made import MadeRelations, iri, link, thing

Row = dict[str, str]


@cache
def told(table: str) -> list[Row]:
    with (BUNDLED / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def parts(cell: str) -> set[str]:
    return {part for part in cell.split("|") if part}


@pytest.fixture(scope="module")
def relations(bundled: Opened) -> Relations:
    return bundled.relations


def ids(chain: FollowThrough, step: str) -> set[str]:
    return {item.id.split("/")[1] for item in chain.steps if item.step == step}


@pytest.mark.parametrize("name", [row["id"] for row in told("events") if row["documents"]][::12])
def test_the_chain_is_that_of_the_tables(relations: Relations, name: str) -> None:
    meeting = next(row for row in told("events") if row["id"] == name)
    documents = parts(meeting["documents"])
    concerned = {what for row in told("documents") if row["id"] in documents for what in parts(row["concerns"])}
    frames = concerned | parts(meeting["part_of"])
    needs = {row["id"] for row in told("needs") if parts(row["document"]) & documents}
    answering = {what for row in told("responses") if row["need"] in needs for what in parts(row["programme"])}
    programmes = {row["id"]: row for row in told("programmes")}
    expected = {
        name for name, row in programmes.items() if name in frames | answering or parts(row["part_of"]) & frames
    }
    chain = followthrough(relations, name)
    assert ids(chain, DOCUMENT) == documents
    assert ids(chain, PROGRAMME) == expected
    following = {item.id.split("/")[1] for item in chain.steps if item.step == PROGRAMME and item.when != "ran already"}
    # ISO dates compare as texts; a year is before its months.
    began = meeting["start"] or meeting["announced"].split("/")[0]
    for later in expected - following:
        assert programmes[later]["start"][:10] < began
    money = {row["id"] for row in told("funding") if row["programme"] in following or row["event"] == name}
    assert ids(chain, MONEY) == money
    answered = {row["need"] for row in told("responses") if parts(row["programme"]) & following}
    assert ids(chain, NEED) == answered
    for item in chain.steps:
        if item.id.removeprefix("programme/") in following:
            paid = any(row["programme"] == item.id.split("/")[1] for row in told("funding"))
            assert ("no money row found" in item.broken) == (not paid)
    assert (not expected) == any("no programme found" in flag for flag in chain.broken)


def meeting(**more: str) -> Row:
    day = {"start": "2021-05-10", "start_earliest": "2021-05-10", "start_latest": "2021-05-10"}
    known = {"iri": iri("event/meet"), "id": "meet", "label": "The meeting", "status": "held", "sources": "news"}
    return {**known, **day, "end_state": "known", "within_framework": iri("initiative/pact"), **more}


def programme(name: str, first: str, last: str = "", **more: str) -> Row:
    known = {"iri": iri(f"programme/{name}"), "id": name, "label": name.title(), "sources": "news"}
    dates = {"start": first, "start_earliest": first, "start_latest": last or first} if first else {}
    return {**known, **dates, "within_framework": iri("initiative/pact"), "end_state": "unknown", **more}


def made(*programmes: Row, event: Row | None = None, **more: list[Row]) -> MadeRelations:
    rows = {
        "events": [event or meeting()],
        "programmes": list(programmes),
        "documents": [
            {"iri": iri("document/plan"), "id": "plan", "title": "The plan", "start": "2021-06", "sources": "news",
             "start_earliest": "2021-06-01", "start_latest": "2021-06-30"},
        ],
        "links": [
            link("event/meet", "document", "document/plan"), link("document/plan", "concerns", "programme/named"),
        ],
        "things": [thing("initiative/pact", "Pact"), thing("organisation/fund", "The Fund")],
        "needs": [
            {"iri": iri("need/gates"), "id": "gates", "need": "Gates", "basis": "independent", "sources": "news",
             "documents": iri("document/plan")},
        ],
        "responses": [
            {"iri": iri("response/r"), "id": "r", "need": iri("need/gates"), "programmes": iri("programme/answer"),
             "sources": "news"},
        ],
        "transactions": [
            {"iri": iri("transaction/t"), "id": "t", "kind": "commitment", "currency": "EUR", "amount": "1500000",
             "qualifier": "about", "finances": iri("programme/after"), "providers": iri("organisation/fund"),
             "start": "2022-01-01", "start_earliest": "2022-01-01", "start_latest": "2022-01-01", "sources": "ledger"},
        ],
        "sources": [
            {"iri": iri(f"source/{name}"), "id": name, "title": name} for name in ("news", "ledger", "handbook")
        ],
    }  # fmt: skip
    return MadeRelations({**rows, **more})


def step(chain: FollowThrough, key: str) -> dict[str, str]:
    return next(item.__dict__ for item in chain.steps if item.id == key)


def test_days_are_counted_and_links_are_told() -> None:
    chain = followthrough(made(programme("after", "2021-09-01"), programme("before", "2020-01-01")), "meet")
    assert step(chain, "document/plan")["days"] == "22 to 51"
    after = step(chain, "programme/after")
    assert (after["days"], after["when"], after["link"]) == (
        "114", "began after it", "is within the framework of the meeting",
    )  # fmt: skip
    assert after["origin"] == "initiative/pact"
    assert after["broken"] == "began 2021-09-01, no need that it answers found"
    before = step(chain, "programme/before")
    assert (before["days"], before["when"], before["broken"]) == ("-495", "ran already", "")
    money = step(chain, "transaction/t")
    assert (money["what"], money["days"], money["label"]) == ("commitment EUR about 1,500,000", "236", "The Fund")


def test_a_programme_that_answers_a_need_of_the_document_or_is_named_by_it_follows() -> None:
    chain = followthrough(
        made(
            programme("answer", "2021-10-01", within_framework=iri("initiative/other")),
            programme("named", "2021-11-01", within_framework=iri("initiative/other")),
        ),
        "event/meet",
    )
    assert step(chain, "programme/answer")["link"] == "answers a need that a document of the meeting states"
    assert step(chain, "programme/named")["link"] == "a document of the meeting concerns it"
    assert step(chain, "need/gates")["origin"] == "programme/answer"
    assert step(chain, "need/gates")["what"] == "independent"


def test_broken_links_are_told_in_words() -> None:
    bare = followthrough(made(links=[]), iri("event/meet"), Lens(as_of="2023-12-31"))
    assert bare.broken == (
        "announced 2021-05-10, no document found", "announced 2021-05-10, no programme found by 2023-12-31",
    )  # fmt: skip
    ran = followthrough(made(programme("before", "2020-01-01")), "meet")
    assert ran.broken == ("announced 2021-05-10, no programme that began after it found (one ran already)",)
    silent = followthrough(made(programme("near", "2021-01-01", "2021-12-31")), "meet")
    assert step(silent, "programme/near")["when"] == "began near it"
    assert silent.broken == (
        "Near: began 2021-01-01, no money row found", "Near: began 2021-01-01, no need that it answers found",
    )  # fmt: skip
    undated = followthrough(made(programme("some", "")), "meet")
    assert undated.broken[0] == "Some: no known start, no money row found"
    off = followthrough(made(event=meeting(status="cancelled")), "meet")
    assert "announced 2021-05-10, cancelled" in off.broken
    assert "2 broken links" in bare.note


def test_what_began_after_the_day_is_not_there_yet_and_what_ended_says_so() -> None:
    relations = made(
        programme("after", "2021-09-01", end="2022", end_earliest="2022-01-01", end_latest="2022-12-31"),
        programme("late", "2024-01-01"),
    )
    chain = followthrough(relations, "meet", Lens(as_of="2023"))
    assert ids(chain, PROGRAMME) == {"after"}
    assert step(chain, "programme/after")["what"] == "ended"
    without = followthrough(relations, "meet", Lens(without=("ledger",)))
    assert ids(without, MONEY) == set()
    assert "1 rows left out: stated only by sources that are left out" in without.note


def test_a_meeting_without_a_date_counts_from_the_announced_one_or_not_at_all() -> None:
    undated = {"start": "", "start_earliest": "", "start_latest": ""}
    announced = made(programme("after", "2021-09-01"), event=meeting(**undated, announced="2021-05-10/2021-05-12"))
    chain = followthrough(announced, "meet")
    assert step(chain, "programme/after")["days"] == "114"
    assert "days are counted from the announced date" in chain.note
    never = followthrough(made(programme("after", "2021-09-01"), event=meeting(**undated)), "meet")
    assert step(never, "programme/after")["days"] == ""
    assert step(never, "programme/after")["when"] == "no date to compare"
    assert "the meeting has no known date" in never.note


def test_the_table_and_json_hold_every_step(relations: Relations) -> None:
    chain = followthrough(relations, "2018-03-iisg-board")
    table = chain.table()
    assert (len(table), table.note) == (len(chain.steps), chain.note)
    assert table.column("step")[0] == "event"
    document = chain.json()
    assert json.loads(json.dumps(document)) == document
    assert document == followthrough(relations, "2018-03-iisg-board").json()


def test_an_unknown_meeting_is_told_with_the_nearest(relations: Relations) -> None:
    with pytest.raises(NotFoundError) as caught:
        followthrough(relations, "2018-03-iisg-bord")
    assert "2018-03-iisg-board" in caught.value.candidates
