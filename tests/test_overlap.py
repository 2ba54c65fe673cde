"""Overlap: pairs counted anew from the CSV tables, and made-up meetings for each rule."""

from __future__ import annotations

import csv
from calendar import monthrange
from collections import Counter, defaultdict
from datetime import date
from functools import cache
from itertools import combinations

import pytest

from secgraph.analysis import overlap
from secgraph.errors import ConfigError, NotFoundError
from secgraph.network import Lens
from secgraph.network.lens import STATE_BODIES
from secgraph.relations import Relations
from tests.conftest import BUNDLED, Opened
from tests.made import MadeRelations, iri, part, thing

Row = dict[str, str]


@cache
def told(table: str) -> list[Row]:
    with (BUNDLED / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def parts(cell: str) -> set[str]:
    return {part for part in cell.split("|") if part}


def days(text: str) -> tuple[date, date]:
    """Return the first and last day of a date of a table, by the calendar."""
    year, month, day = (int(text[at : at + width] or 0) for at, width in ((0, 4), (5, 2), (8, 2)))
    last = day or monthrange(year, month or 12)[1]
    return date(year, month or 1, day or 1), date(year, month or 12, last)


def present(event: Row) -> set[str]:
    return {name for column in ("organisers", "hosts", "participants") for name in parts(event[column])}


@pytest.fixture(scope="module")
def relations(bundled: Opened) -> Relations:
    return bundled.relations


def slugs(table_row: dict[str, str]) -> frozenset[str]:
    return frozenset((table_row["first_id"].split("/")[1], table_row["second_id"].split("/")[1]))


@pytest.mark.parametrize(("apart", "shared"), [(30, 5), (60, 3), (0, 1)])
def test_pairs_are_those_of_the_tables(relations: Relations, apart: int, shared: int) -> None:
    meetings = [row for row in told("events") if row["start"] and row["status"] not in ("cancelled", "postponed")]
    exact = [row for row in meetings if (days(row["start"])[1] - days(row["start"])[0]).days <= apart]
    expected = {}
    for one, other in combinations(exact, 2):
        (first, last), (begins, ends) = days(one["start"]), days(other["start"])
        least = max(0, (begins - last).days, (first - ends).days)
        common = present(one) & present(other)
        related = one["id"] in parts(other["part_of"]) or other["id"] in parts(one["part_of"])
        if least <= apart and len(common) >= shared and parts(one["topics"]) & parts(other["topics"]) and not related:
            most = max(abs((ends - first).days), abs((last - begins).days))
            expected[frozenset((one["id"], other["id"]))] = (least, len(common), most <= apart)
    table = overlap.overlap(relations, apart, shared)
    found = {slugs(row): (row["days"], row["shared"], row["certainty"] == "certain") for row in table.dicts()}
    assert found == expected
    assert len(found) == len(table)
    assert table.column("shared") == sorted(table.column("shared"), reverse=True)
    assert f"{len(table)} pairs" in table.note
    left_out = sum(row["status"] not in ("cancelled", "postponed") for row in told("events")) - len(exact)
    assert f"{left_out} are left out" in table.note
    assert "co-attendance is not cooperation" in table.note


def test_by_convenors_a_pair_counts_for_those_who_called_it(relations: Relations) -> None:
    events = {row["id"]: row for row in told("events")}
    expected: Counter[frozenset[str]] = Counter()
    for row in overlap.overlap(relations).dicts():
        one, other = (events[row[column].split("/")[1]] for column in ("first_id", "second_id"))
        called = [parts(event["organisers"]) or parts(event["hosts"]) for event in (one, other)]
        expected.update({frozenset((ours, theirs)) for ours in called[0] for theirs in called[1]})
    table = overlap.overlap(relations, by="convenors")
    found = {
        frozenset((row["convenor_id"].split("/")[1], row["other_id"].split("/")[1])): row["pairs"]
        for row in table.dicts()
    }
    assert found == expected


@cache
def funds() -> dict[str, set[str]]:
    """Return what each funder of the tables funds; parts of a programme as the whole, instruments as their managers."""
    programmes = {row["id"]: row for row in told("programmes")}
    managed = {row["id"]: row["managed_by"] or row["id"] for row in told("instruments")}

    def top(name: str) -> str:
        above = sorted(parts(programmes[name]["part_of"]) & set(programmes))
        return top(above[0]) if above else name

    found: dict[str, set[str]] = defaultdict(set)
    for name, row in programmes.items():
        for who in parts(row["funders"]):
            found[managed.get(who, who)].add(top(name))
    for row in told("funding"):
        paid = [top(name) for name in parts(row["programme"])] + [*parts(row["event"])]
        for who in parts(row["funder"]):
            if paid:
                found[managed.get(who, who)].update(paid)
    return found


@cache
def met() -> Counter[frozenset[str]]:
    return Counter(
        frozenset(pair)
        for row in told("events")
        if row["status"] not in ("cancelled", "postponed")
        for pair in combinations(sorted(present(row) & set(funds())), 2)
    )


def one_body(pair: frozenset[str]) -> bool:
    bodies = {row["id"]: row for row in told("organisations")}

    def above(name: str) -> set[str]:
        row = bodies.get(name)
        if row is None:
            return set()
        country = {row["country"]} if row["type"] in STATE_BODIES else set()
        return {row["parent"], *country, *above(row["parent"])}

    one, other = pair
    return other in above(one) or one in above(other)


def pairs(table: list[dict[str, str]]) -> set[frozenset[str]]:
    return {frozenset((row["one_id"].split("/")[1], row["other_id"].split("/")[1])) for row in table}


def test_who_meets_often_and_funds_nothing_in_common(relations: Relations) -> None:
    table = overlap.meet_without_money(relations, meetings=5, things=3)
    expected = {
        pair
        for pair, count in met().items()
        if count >= 5
        and min(len(funds()[name]) for name in pair) >= 3
        and not set.intersection(*(funds()[name] for name in pair))
        and not one_body(pair)
    }
    assert pairs(table.dicts()) == expected
    assert expected
    for row in table.dicts():
        assert row["meetings"] == met()[frozenset((row["one_id"].split("/")[1], row["other_id"].split("/")[1]))]
        assert row["funded_in_common"] == 0


def test_who_funds_in_common_and_never_meets(relations: Relations) -> None:
    table = overlap.money_without_meeting(relations)
    expected = {
        frozenset(pair)
        for pair in combinations(sorted(funds()), 2)
        if funds()[pair[0]] & funds()[pair[1]] and not met()[frozenset(pair)] and not one_body(frozenset(pair))
    }
    assert pairs(table.dicts()) == expected
    assert expected
    assert "not on a list is not absent" in table.note


def event(name: str, day: str, who: str, topic: str = "borders", *, last: str = "", **more: str) -> Row:
    return {
        "iri": iri(f"event/{name}"), "id": name, "label": name.title(), "status": "held", "sources": "news",
        "topics": iri(f"topic/{topic}"), "start": day, "start_earliest": day, "start_latest": last or day,
        "end_earliest": day, "end_latest": last or day, "end_state": "known", "city": who, **more,
    }  # fmt: skip


def made(*events: Row) -> MadeRelations:
    """Return meetings whose city names, letter by letter, who was there; the first letter called it."""
    people = sorted({letter for row in events for letter in row["city"]})
    return MadeRelations({
        "events": list(events),
        "participations": [
            part(f"event/{row['id']}", f"organisation/{letter}", "participant" if at else "organiser")
            for row in events
            for at, letter in enumerate(row["city"])
        ],
        "things": [
            *(thing(f"organisation/{letter}", letter.upper()) for letter in people), thing("topic/borders", "Borders"),
        ],
        "sources": [{"iri": iri("source/news"), "id": "news", "title": "News"}],
    })  # fmt: skip


def test_a_pair_is_on_one_topic_near_in_time_and_shares_people() -> None:
    relations = made(
        event("one", "2020-01-01", "abc"), event("two", "2020-01-11", "bcd"), event("far", "2020-01-12", "abc"),
        event("else", "2020-01-02", "abc", "drugs"), event("off", "2020-01-02", "abc", status="cancelled"),
        event("inside", "2020-01-01", "abc", sub_event_of=iri("event/one")), event("few", "2020-01-01", "ax"),
    )  # fmt: skip
    table = overlap.overlap(relations, 10, 2)
    assert {slugs(row) for row in table.dicts()} == {
        frozenset(("one", "two")), frozenset(("inside", "two")), frozenset(("two", "far")),
    }  # fmt: skip
    row = next(row for row in table.dicts() if slugs(row) == {"one", "two"})
    assert (row["days"], row["shared"], row["participants"], row["same_convenor"]) == (10, 2, "B; C", False)
    assert (row["convenors_first"], row["convenors_second"]) == ("A", "B")


def test_a_date_that_is_not_exact_makes_a_pair_possible_or_is_left_out() -> None:
    relations = made(
        event("day", "2020-03-05", "abc"), event("month", "2020-02-01", "abc", last="2020-02-29"),
        event("year", "2020-01-01", "abc", last="2020-12-31"),
    )  # fmt: skip
    table = overlap.overlap(relations, 30, 2)
    assert [(row["days"], row["days_at_most"], row["certainty"]) for row in table.dicts()] == [(5, 33, "possible")]
    assert "of 3 meetings 1 are left out for want of an exact date" in table.note
    assert overlap.overlap(relations, 40, 2).column("certainty") == ["certain"]


def test_the_lens_narrows_the_meetings() -> None:
    relations = made(event("one", "2020-01-01", "abc"), event("two", "2020-01-11", "bcd"))
    assert len(overlap.overlap(relations, 10, 2, Lens(until="2020-01-05"))) == 0
    assert len(overlap.overlap(relations, 10, 2, Lens(topics=("borders",)))) == 1
    assert len(overlap.overlap(relations, 10, 2, Lens(without=("news",)))) == 0
    with pytest.raises(NotFoundError):
        overlap.overlap(relations, lens=Lens(topics=("border",)))


def test_what_cannot_be_asked() -> None:
    relations = made(event("one", "2020-01-01", "abc"))
    with pytest.raises(ConfigError, match="--days -1"):
        overlap.overlap(relations, -1)
    with pytest.raises(ConfigError, match="--shared 0"):
        overlap.overlap(relations, 1, 0)
    with pytest.raises(ConfigError, match="overlap by 'colour'"):
        overlap.overlap(relations, by="colour")
    with pytest.raises(ConfigError):
        overlap.meet_without_money(relations, meetings=0)
    with pytest.raises(ConfigError):
        overlap.money_without_meeting(relations, programmes=0)
    assert len(overlap.overlap(relations)) == len(overlap.overlap(made())) == 0
