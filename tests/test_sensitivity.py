"""Sensitivity: what rests on one source alone, counted anew from the CSV tables and by taking sources out."""

from __future__ import annotations

import csv
from collections import Counter
from functools import cache

import pytest

from secgraph.analysis import gaps, sensitivity
from secgraph.errors import NotFoundError
from secgraph.network import Lens, look
from secgraph.relations import Relations
from tests.conftest import BUNDLED, Opened
from tests.made import made


@cache
def told(table: str) -> list[dict[str, str]]:
    with (BUNDLED / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def alone(table: str) -> Counter[str]:
    return Counter(row["sources"] for row in told(table) if "|" not in row["sources"])


@pytest.fixture(scope="module")
def relations(bundled: Opened) -> Relations:
    return bundled.relations


@pytest.fixture(scope="module")
def rows(relations: Relations) -> dict[str, dict[str, int]]:
    return {row["id"]: row for row in sensitivity.sensitivity(relations).dicts()}


@pytest.mark.parametrize(
    ("column", "table"),
    [
        ("needs", "needs"), ("responses", "responses"), ("events", "events"), ("programmes", "programmes"),
        ("money_rows", "funding"),
    ],
)  # fmt: skip
def test_rows_that_rest_on_one_source_are_those_of_the_tables(
    rows: dict[str, dict[str, int]], column: str, table: str
) -> None:
    assert {source: row[column] for source, row in rows.items() if row[column]} == alone(table)


def test_ties_are_those_that_vanish_without_the_source(relations: Relations, rows: dict[str, dict[str, int]]) -> None:
    whole = look(relations).number_of_edges()
    first = list(rows)[:3]
    for source in first:
        assert whole - look(relations, Lens(without=(source,))).number_of_edges() == rows[source]["ties"]
    ranked = [(row["rank"], -row["ties"]) for row in rows.values()]
    assert ranked == sorted(ranked)
    assert ranked[0][0] == 1


def test_cells_are_those_whose_state_is_another_without_the_source(
    relations: Relations, rows: dict[str, dict[str, int]]
) -> None:
    def turned(before: gaps.Matrix, after: gaps.Matrix) -> int:
        places = set(before.cells) | set(after.cells)
        return sum(before.cell(*place).state != after.cell(*place).state for place in places)

    whole = gaps.gaps(relations, by="topic"), gaps.coverage(relations), gaps.coverage(relations, what="meetings")
    columns = ("need_cells", "programme_cells", "meeting_cells")
    for column in columns:
        source = max(sorted(rows), key=lambda name: rows[name][column])
        lens = Lens(without=(source,))
        others = (
            gaps.gaps(relations, lens, by="topic"), gaps.coverage(relations, lens),
            gaps.coverage(relations, lens, "meetings"),
        )  # fmt: skip
        found = tuple(turned(before, after) for before, after in zip(whole, others, strict=True))
        assert found == tuple(rows[source][name] for name in columns), source
        assert rows[source][column] > 0


def test_the_note_counts_what_rests_on_one_source(relations: Relations) -> None:
    table = sensitivity.sensitivity(relations)
    assert f"{sum(table.column('rows'))} of " in table.note
    assert all(some <= named for some, named in zip(table.column("rows"), table.column("rows_named_in"), strict=True))
    assert table.rows == sensitivity.sensitivity(relations).rows


def test_without_a_source_others_carry_more(relations: Relations, rows: dict[str, dict[str, int]]) -> None:
    pair = next(row["sources"].split("|") for row in told("events") if row["sources"].count("|") == 1)
    left = {row["id"]: row for row in sensitivity.sensitivity(relations, Lens(without=(pair[0],))).dicts()}
    assert pair[0] not in left
    assert left[pair[1]]["events"] > rows.get(pair[1], {"events": 0})["events"]
    with pytest.raises(NotFoundError):
        sensitivity.sensitivity(relations, Lens(without=("no-such",)))


def test_a_dataset_without_needs_has_its_sources_ranked_too() -> None:
    table = sensitivity.sensitivity(made())
    ties = Counter(stated for *_ends, stated in look(made()).edges(data="sources") if "|" not in stated)
    assert dict(zip(table.column("id"), table.column("ties"), strict=True)) == ties
    assert table.column("need_cells") == [0] * len(table)


def test_alone_counts_a_row_once_for_its_only_source() -> None:
    assert sensitivity.alone([("a",), ("a", "b"), ("b", "b"), ()]) == {"a": 1, "b": 1}
