"""Hostile and broken workbooks: each gets exactly the findings that it deserves, or is refused by name."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from pathlib import Path

import pytest

from secgraph.errors import SourceError
from secgraph.sources.tables import read_tables
from tests.conftest import SMALL
from tests.made_workbooks import CASES
from tests.test_tables import sheets, workbook

COLUMNS = ("case", "rule", "severity", "file", "row", "column", "cell", "value")
REFUSED = "refused"


def expected() -> dict[str, list[tuple[str, ...]]]:
    """Return what each case deserves: its findings, or the words of its refusal under `refused`."""
    found: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    with (Path(__file__).parent / "bad" / "workbooks" / "expected.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, strict=True))
    assert tuple(rows[0]) == COLUMNS
    for name, *rest in rows[1:]:
        found[name].extend([tuple(rest)] if any(rest) else [])
    return {name: sorted(rows) for name, rows in found.items()}


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return workbook(tmp_path_factory.mktemp("book") / "book.xlsx", sheets(SMALL)).read_bytes()


def test_every_case_is_expected_and_every_expectation_is_a_case() -> None:
    assert sorted(expected()) == sorted(CASES)


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_workbook_gets_what_it_deserves(name: str, book: bytes, tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(CASES[name](book))
    first = expected()[name][:1]
    if first and first[0][0] == REFUSED:
        with pytest.raises(SourceError, match=re.escape(first[0][-1])) as refused:
            read_tables(path)
        assert refused.value.path == "book.xlsx"
        assert refused.value.hint
        return
    tables = read_tables(path)
    assert expected()[name] == sorted(
        (one.rule, one.severity, one.file, str(one.row or ""), one.column, one.cell, one.value)
        for one in tables.findings.findings
    )
    for table, count in tables.counts.items():
        rejected = sum(one.table == table for one in tables.rejected)
        assert count == len(tables.own(table)) + rejected
