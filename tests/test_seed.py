"""The ten announcements that the project starts from stand whole in the bundled tables.

`cases/seed/expected.csv` was written from the text of the announcements, one line per value that it states.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "data" / "south-east-europe"
EXPECTED = ROOT / "tests" / "cases" / "seed" / "expected.csv"
ANNOUNCEMENTS = 10
KINDS = {
    "events": "event",
    "initiatives": "initiative",
    "instruments": "instrument",
    "organisations": "organisation",
    "programmes": "programme",
}


def read_rows(path: Path) -> list[dict[str, str]]:
    """Read a CSV file as one dictionary per row."""
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@cache
def table(name: str) -> dict[str, dict[str, str]]:
    """Read a table of the dataset by the id of its rows; an edition's id is its event and series."""
    rows = read_rows(DATA / f"{name}.csv")
    if name == "editions":
        return {f"{row['event']}--{row['series']}": row for row in rows}
    return {row["id"]: row for row in rows}


@cache
def other_names() -> dict[tuple[str, str], frozenset[str]]:
    """Read the names of `names.csv` by kind and id."""
    names: dict[tuple[str, str], set[str]] = {}
    for row in read_rows(DATA / "names.csv"):
        names.setdefault((row["kind"], row["id"]), set()).add(row["name"])
    return {key: frozenset(values) for key, values in names.items()}


def wholes(row_id: str) -> set[str]:
    """List what a programme is part of, step by step: part of an edition is part of its series too."""
    found: set[str] = set()
    waiting = {row_id}
    while waiting:
        part = waiting.pop()
        row = table("programmes").get(part) or table("initiatives").get(part, {})
        new = {whole for whole in row.get("part_of", "").split("|") if whole} - found
        found |= new
        waiting |= new
    return found


def values(name: str, row_id: str, column: str) -> set[str]:
    """List the values of a cell; a thing's `name` is any of the names that the tables give it."""
    row = table(name)[row_id]
    found = {row[column], *row[column].split("|")}
    if column == "part_of" and name == "programmes":
        found |= wholes(row_id)
    if column == "name" and name in KINDS:
        found |= {row.get("short_name", ""), *row.get("aliases", "").split("|")}
        found |= other_names().get((KINDS[name], row_id), frozenset())
    return found


CASES = read_rows(EXPECTED)


def case_id(case: dict[str, str]) -> str:
    """Name a case in the test report."""
    return "-".join([case["announcement"], case["id"], case["column"], case["value"][:40]])


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_value_of_an_announcement_stands_in_the_tables(case: dict[str, str]) -> None:
    rows = table(case["table"])
    assert case["id"] in rows, f"{case['table']} has no row {case['id']}"
    assert case["value"] in values(case["table"], case["id"], case["column"])


def test_all_ten_announcements_are_checked() -> None:
    assert {case["announcement"] for case in CASES} == {str(n) for n in range(1, ANNOUNCEMENTS + 1)}
    assert len(CASES) >= 150


def test_each_announcement_is_one_event_of_the_seed_page() -> None:
    events = {
        (case["announcement"], case["id"])
        for case in CASES
        if (case["table"], case["column"], case["value"]) == ("events", "sources", "iisg-events-2018")
    }
    assert len(events) == len({event for _, event in events}) == ANNOUNCEMENTS


def test_a_value_that_the_tables_lack_is_noticed() -> None:
    assert "Ljubljana" not in values("events", "2018-10-cti-network", "city")
    assert "dcaf-ljubljana" not in values("events", "2018-10-cti-network", "organisers")
