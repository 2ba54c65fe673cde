"""Exports as of a day, their counts worked out from the curated tables alone."""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import secgraph
from secgraph.cli import run
from secgraph.errors import ConfigError, NotFoundError
from secgraph.export import dated
from secgraph.export import release as export
from secgraph.relations import NAMES, Relations
from secgraph.store.rdf import parse
from secgraph.values import XSD, Literal, Quad
from secgraph.vocab import ID, ORG, RDF, kind_of, sg, thing
from tests.conftest import BUNDLED, Built, Opened

DAYS = [("2018-10-01", False), ("2018-10-01", True), ("2005-06-30", False), ("2005-06-30", True)]
Dates = tuple[str, str, str, str, bool]


def rows(table: str) -> list[dict[str, str]]:
    with (BUNDLED / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def bounds(date: str) -> tuple[str, str]:
    """Return the first and last day that a date may mean; texts compare as the days do."""
    if date in ("", ".."):
        return "", ""
    first, _, last = date.partition("/")
    assert re.fullmatch(r"\d{4}(-\d\d){0,2}", first), date
    last = last or first
    # No month or day is above 99, and no day of a real date lies between.
    return first + "-01-01"[len(first) - 4 :], last + "-99-99"[len(last) - 4 :]


def there(start: str, end: str, day: str, certain: bool) -> bool:
    (first, begun), (ending, last) = bounds(start), bounds(end)
    if (first and first > day) or (last and last < day):
        return False
    return not certain or bool(begun and begun <= day and (end == ".." or ending >= day))


class Expected:
    """What is there on a day, told from the tables with no code of the product."""

    def __init__(self, day: str, certain: bool) -> None:
        def here(table: str, start: str, end: str, timed: bool) -> set[str]:
            return {row["id"] for row in rows(table) if there(row[start], row[end], day, certain and timed)}

        self.organisation = here("organisations", "founded", "dissolved", False)
        self.initiative = here("initiatives", "launched", "ended", False)
        instruments = here("instruments", "start", "end", False)
        self.instrument = instruments
        self.document = {row["id"] for row in rows("documents") if there(row["adopted"], "..", day, False)}
        self.programme = here("programmes", "start", "end", True)
        self.event = {
            row["id"] for row in rows("events") if there(row["start"], row["end"] or row["start"], day, certain)
        }
        left = self.organisation | self.initiative
        every = {row["id"] for table in ("organisations", "initiatives") for row in rows(table)}
        gone = every - left

        self.membership = {
            row["id"]
            for row in rows("memberships")
            if there(row["from"], row["to"], day, certain) and not {row["body"], row["member"]} & gone
        }
        self.occupancy = {
            row["id"]
            for row in rows("people")
            if there(row["from"], row["to"], day, certain) and row["organisation"] not in gone
        }
        named = left | self.event | self.document | self.programme | instruments
        self.names = sum(
            there(row["from"], row["to"], day, certain) and (row["kind"] == "jurisdiction" or row["id"] in named)
            for row in rows("names")
        )
        self.money = {
            row["id"]
            for row in rows("funding")
            if there(row["date"].split("/")[0], row["date"].split("/")[-1], day, certain)
            and (not row["programme"] or row["programme"] in self.programme)
            and (not row["event"] or row["event"] in self.event)
        }


def told(quads: set[Quad], *kinds: str) -> set[str]:
    """Return the ids of the things of these kinds that a graph describes."""
    return {
        quad.subject.rpartition("/")[2]
        for quad in quads
        if quad.predicate == RDF + "type" and kind_of(quad.subject) in kinds
    }


@pytest.mark.parametrize(("day", "certain"), DAYS)
def test_what_is_there_on_a_day_is_what_the_tables_say(day: str, certain: bool, bundled: Opened) -> None:
    expected = Expected(day, certain)
    with dated.Situation(bundled.path, day, certain=certain) as seen:
        quads = set(seen.quads(""))
        relations = Relations(seen.relations)
        counts = {name: len(relations.table(name)) for name in ("memberships", "events", "programmes", "occupancies")}
    for kind in (
        "organisation",
        "initiative",
        "instrument",
        "document",
        "programme",
        "event",
        "membership",
        "occupancy",
    ):
        assert told(quads, kind) == getattr(expected, kind), kind
    assert told(quads, "transaction", "budget") == expected.money
    assert len(told(quads, "name")) == expected.names
    assert counts == {
        "memberships": len(expected.membership), "events": len(expected.event),
        "programmes": len(expected.programme), "occupancies": len(expected.occupancy),
    }  # fmt: skip
    assert len(expected.membership) not in (0, len(rows("memberships")))


def test_nothing_points_to_what_is_not_there_and_no_shortcut_outlives_its_row(bundled: Opened) -> None:
    whole = set(bundled.store.quads(""))
    with dated.Situation(bundled.path, "2018-10-01") as seen:
        quads, everything = set(seen.quads("")), set(seen.quads())
    assert quads < whole
    subjects = {quad.subject for quad in quads}
    gone = {quad.subject for quad in whole} - subjects
    assert Counter(map(kind_of, gone))["event"] > 500
    assert not [quad for quad in everything if quad.subject in gone or quad.object in gone]
    member = {quad.subject: quad.object for quad in quads if quad.predicate == ORG + "member"}
    body = {quad.subject: quad.object for quad in quads if quad.predicate == ORG + "organization"}
    pairs = {(member[row], body[row]) for row in member}
    short = {(quad.subject, quad.object) for quad in quads if quad.predicate == sg("memberOf")}
    before = {(quad.subject, quad.object) for quad in whole if quad.predicate == sg("memberOf")}
    assert short < before
    assert short <= pairs
    # Undated things stay.
    assert {quad for quad in whole if quad.subject.startswith(f"{ID}topic/")} <= quads


def test_a_day_that_ends_nothing_gives_the_whole_release(
    small_release: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dated, "leaving", lambda quads, day, certain: set())
    for form in ("nt", "nq", "jsonld", "rdfxml", "xlsx"):
        export.export(small_release.path, form, tmp_path / f"whole.{form}")
        export.export(small_release.path, form, tmp_path / f"dated.{form}", as_of="2018")
        assert (tmp_path / f"whole.{form}").read_bytes() == (tmp_path / f"dated.{form}").read_bytes()
    export.export(small_release.path, "parquet", tmp_path / "dated", as_of="2018")
    for name in NAMES:
        again = pq.read_table(tmp_path / "dated" / f"{name}.parquet")
        assert again.equals(pq.read_table(small_release.path / "relations" / f"{name}.parquet")), name


def quad(subject: str, predicate: str, value: str) -> Quad:
    day = re.fullmatch(r"\d{4}-\d\d-\d\d", value)
    return Quad(subject, predicate, Literal(value, XSD + "date") if day else value)


def test_rows_go_with_what_they_are_about() -> None:
    over, lasting = thing("programme", "over"), thing("programme", "lasting")
    both, one = thing("response", "both"), thing("response", "one")
    money, part = thing("budget", "b"), thing("allocation", "b")
    office, held = thing("post", "p"), thing("occupancy", "o")
    quads = [
        quad(over, sg("endLatest"), "2017-12-31"),
        quad(lasting, sg("startLatest"), "2010-01-01"),
        quad(lasting, sg("startEarliest"), "2010-01-01"),
        quad(lasting, sg("endState"), sg("open")),
        *(quad(both, sg("byProgramme"), programme) for programme in (over, lasting)),
        quad(one, sg("byProgramme"), over),
        quad(money, sg("finances"), over),
        quad(part, sg("allocationOf"), money),
        quad(office, ORG + "postIn", thing("organisation", "dissolved")),
        quad(thing("organisation", "dissolved"), sg("endLatest"), "2018-09-30"),
        quad(held, sg("post"), office),
        quad(thing("document", "adopted"), sg("startEarliest"), "2018-10-02"),
        quad(thing("document", "before"), sg("startEarliest"), "2018-10-01"),
        quad(thing("membership", "m"), sg("endState"), sg("unknown")),
        quad(thing("organisation", "undated"), sg("endState"), sg("unknown")),
    ]
    always = {over, one, money, part, office, held, thing("organisation", "dissolved"), thing("document", "adopted")}
    assert dated.leaving(quads, "2018-10-01") == always
    assert dated.leaving(quads, "2018-10-01", certain=True) == always | {thing("membership", "m")}


def test_python_and_command_line_give_the_same_file_and_say_the_day(small_release: Built, tmp_path: Path) -> None:
    store = str(small_release.location)
    assert run(["export", "--store", store, "--as-of", "2018-10", "--certain", "-o", str(tmp_path / "a.ttl")]) == 0
    with secgraph.open(store) as graph:
        graph.export("ttl", tmp_path / "b.ttl", as_of="2018-10-31", certain=True)
        graph.export("csvw", tmp_path / "csvw", as_of="2018-10-31")
        graph.export("ttl", tmp_path / "c.ttl")
    data = (tmp_path / "a.ttl").read_bytes()
    assert data == (tmp_path / "b.ttl").read_bytes()
    assert b"# As of 2018-10-31: only what is certain then.\n" in data
    assert set(parse(data, "ttl")) < set(parse((tmp_path / "c.ttl").read_bytes(), "ttl"))
    assert "only what is certain or possible then" in (tmp_path / "csvw" / "csv-metadata.json").read_text()


def test_what_cannot_be_asked_of_a_day_is_refused(bundled: Opened, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--as-of 'soon' is no date"):
        export.export(bundled.path, "ttl", tmp_path / "x", as_of="soon")
    with pytest.raises(ConfigError, match="--certain needs a day"):
        export.export(bundled.path, "ttl", tmp_path / "x", certain=True)
    with pytest.raises(ConfigError, match="described whole"):
        export.export(bundled.path, "void", tmp_path / "x", as_of="2018")
    over = thing("event", "1996-03-sedm-first-tirana")
    with pytest.raises(NotFoundError, match="no thing on 2018-12-31 named"):
        export.export(bundled.path, "jsonld", tmp_path / "x", entity=over, as_of="2018")
    assert list(tmp_path.iterdir()) == []
