"""Reading the parts and the rows: what came in, and what curators decided about it."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tools.merge.checks import Row, Violation
from tools.merge.contract import (
    COLUMNS,
    FACT_TABLES,
    FIXED_TABLES,
    KIND_OF_TABLE,
    LISTS,
    REFERENCES,
    TABLE_OF_KIND,
    items,
)

PARTS = ("iisg", "regional", "programmes", "needs", "events", "money")
AREAS = ("actors", "events", "money")

ORDER: dict[str, tuple[str, ...]] = {
    "organisations": ("regional", "iisg", "programmes", "events", "needs", "money"),
    "initiatives": ("regional", "iisg", "programmes", "events", "needs", "money"),
    "memberships": ("regional", "iisg", "programmes", "events", "needs", "money"),
    "people": ("regional", "iisg", "programmes", "events", "needs", "money"),
    "documents": ("regional", "iisg", "programmes", "needs", "events", "money"),
    "topics": ("regional", "programmes", "iisg", "needs", "events", "money"),
    "programmes": ("programmes", "money", "iisg", "needs", "regional", "events"),
    "funding": ("programmes", "money", "iisg", "needs", "regional", "events"),
    "instruments": ("programmes", "money", "iisg", "needs", "regional", "events"),
}
"""Merge order of the parts, the part that describes the table's things best first; else that of PARTS."""

RENAMED: dict[tuple[str, str], dict[str, str]] = {
    ("organisations", "initiatives"): {"founded": "launched", "dissolved": "ended", "parent": "part_of"},
    ("initiatives", "organisations"): {"launched": "founded", "ended": "dissolved", "part_of": "parent"},
    ("initiatives", "documents"): {"name": "title", "launched": "adopted", "website": "url"},
    ("programmes", "initiatives"): {"start": "launched", "end": "ended"},
    ("initiatives", "programmes"): {"launched": "start", "ended": "end"},
}
"""Where a column of a retyped row goes; a column that is not named keeps its name."""


@dataclass
class Record:
    """One input row on its way into the dataset."""

    part: str
    table: str
    line: int
    old_id: str
    target: str
    values: Row
    outcome: str = "kept"
    reasons: list[str] = field(default_factory=list)

    @property
    def sources(self) -> list[str]:
        """Ids of the sources of this row, after redirects."""
        return items(self.values.get("sources", ""))


@dataclass
class Decisions:
    """All rows of `rows/<area>/`, by file name."""

    rows: dict[str, list[Row]]

    def of(self, name: str) -> list[Row]:
        """The rows of one file, of all areas together."""
        return self.rows.get(name, [])


class Redirects(dict[tuple[str, str], tuple[str, str]]):
    """Where each merged id (by kind) went, with the reason; `live` are the ids that still name a thing."""

    live: set[tuple[str, str]]


def read_csv(path: Path) -> list[Row]:
    """The rows of a CSV file as dictionaries; a row of another length than the head is an error."""
    with path.open(encoding="utf-8", newline="") as handle:
        reader = csv.reader(handle)
        head = next(reader, [])
        rows = []
        for cells in reader:
            if not cells:
                continue
            if len(cells) != len(head):
                raise SystemExit(f"{path}: line {reader.line_num}: {len(cells)} cells, the head has {len(head)}")
            rows.append(dict(zip(head, cells, strict=True)))
    return rows


def read_decisions(folder: Path) -> Decisions:
    """The curators' rows of all areas, with the area as an extra column."""
    rows: dict[str, list[Row]] = defaultdict(list)
    for area in AREAS:
        for path in sorted((folder / area).glob("*.csv")):
            rows[path.stem] += [{**row, "area": area} for row in read_csv(path)]
    return Decisions(dict(rows))


def read_parts(folder: Path, decisions: Decisions) -> tuple[list[Record], Redirects, list[Violation]]:
    """All input rows in merge order, with retyped and dropped rows marked and ids redirected."""
    records: list[Record] = []
    for table in FACT_TABLES:
        for part in ORDER.get(table, PARTS):
            path = folder / part / f"{table}.csv"
            if path.is_file():
                for line, row in enumerate(read_csv(path), start=2):
                    old = row.get("id") or f"{row.get('body')}--{row.get('member')}--{row.get('role')}"
                    records.append(Record(part, table, line, old, table, dict(row)))
    found = _retype(records, decisions) + _drop(records, decisions)
    redirects, more = read_redirects(decisions)
    redirects.live = {
        (KIND_OF_TABLE[record.target], record.values["id"])
        for record in records
        if record.outcome != "left out" and "id" in record.values
    } - set(redirects)
    for record in records:
        found += _redirect_record(record, redirects)
    return records, redirects, found + more


def _retype(records: list[Record], decisions: Decisions) -> list[Violation]:
    found = []
    for row in decisions.of("retype"):
        hits = [r for r in records if (r.part, r.table, r.old_id) == (row["part"], row["table"], row["id"])]
        if not hits:
            found.append(Violation(row["table"], row["id"], "id", row["part"], "retype.csv names no input row"))
            continue
        renamed = RENAMED.get((row["table"], row["new_table"]), {})
        for record in hits:
            record.target = row["new_table"]
            moved = {renamed.get(column, column): value for column, value in record.values.items()}
            record.values = {c: v for c, v in moved.items() if c in COLUMNS[row["new_table"]]} | {"id": row["new_id"]}
            record.reasons.append(row["reason"])
        kind = KIND_OF_TABLE[row["table"]]
        for record in records:
            if record.part != row["part"] or record in hits:
                continue
            for column, values in _references(record.target, record.values):
                if kind in REFERENCES[record.target, column] and row["id"] in values:
                    new = [row["new_id"] if value == row["id"] else value for value in values]
                    record.values[column] = "|".join(dict.fromkeys(new))
    return found


def _drop(records: list[Record], decisions: Decisions) -> list[Violation]:
    found = []
    for row in decisions.of("drop"):
        hits = [
            r
            for r in records
            if (r.part, r.table) == (row["part"], row["table"]) and row["id"] in (r.old_id, f"#{r.line}")
        ]
        if not hits:
            found.append(Violation(row["table"], row["id"], "id", row["part"], "drop.csv names no input row"))
        for record in hits:
            record.outcome = "left out"
            record.reasons.append(row["reason"])
    return found


def read_redirects(decisions: Decisions) -> tuple[Redirects, list[Violation]]:
    """Where each merged id went, chains followed to their end, and the reason given for the first step."""
    steps: dict[tuple[str, str], tuple[str, str]] = {}
    found = []
    for row in decisions.of("redirects"):
        key = (row["kind"], row["old"])
        if row["kind"] not in TABLE_OF_KIND:
            found.append(Violation("redirects", row["old"], "kind", row["kind"], "is no kind"))
        if key in steps and steps[key][0] != row["new"]:
            found.append(Violation("redirects", row["old"], "new", row["new"], f"goes to {steps[key][0]} too"))
        steps.setdefault(key, (row["new"], row["reason"]))
    ends = Redirects()
    for (kind, old), (first, reason) in steps.items():
        new, seen = first, {old}
        while (kind, new) in steps and new not in seen:
            seen.add(new)
            new = steps[kind, new][0]
        if new in seen:
            found.append(Violation("redirects", old, "new", new, "goes round in a circle"))
        else:
            ends[kind, old] = (new, reason)
    return ends, found


def _redirect_record(record: Record, redirects: Redirects) -> list[Violation]:
    step = redirects.get((KIND_OF_TABLE.get(record.target, ""), record.values.get("id", "")))
    if step:
        record.values["id"] = step[0]
        record.reasons.append(step[1])
    return redirect_references(record.target, record.values, redirects)


def redirect_references(table: str, row: Row, redirects: Redirects) -> list[Violation]:
    """Replace merged ids in the reference cells of a row, in place.

    An id that still names a thing of an allowed kind stays, though it is a merged id of another kind.
    """
    found = []
    for column, values in _references(table, row):
        new = []
        for value in values:
            kinds = sorted(REFERENCES[table, column])
            if any((kind, value) in redirects.live for kind in kinds):
                new.append(value)
                continue
            targets = {redirects[kind, value][0] for kind in kinds if (kind, value) in redirects}
            if len(targets) > 1:
                found.append(Violation(table, row.get("id", ""), column, value, "is redirected to several ids"))
            new.append(min(targets) if targets else value)
        row[column] = "|".join(dict.fromkeys(new))
    return found


def _references(table: str, row: Row) -> Iterator[tuple[str, list[str]]]:
    """The reference columns of a row that are not empty, with their values."""
    for column in list(row):
        if (table, column) in REFERENCES and row[column]:
            yield column, items(row[column]) if column in LISTS.get(table, ()) else [row[column]]


def fixed_rows(decisions: Decisions, redirects: Redirects) -> tuple[dict[str, list[Row]], list[Violation]]:
    """The rows that are given in their final form, ids redirected."""
    found: list[Violation] = []
    tables: dict[str, list[Row]] = {}
    for table in FIXED_TABLES:
        tables[table] = []
        for given in decisions.of(table):
            if missing := [column for column in COLUMNS[table] if column not in given]:
                found.append(Violation(table, given.get("id", ""), missing[0], given["area"], "column is missing"))
                continue
            row = {column: given[column] for column in COLUMNS[table]}
            if "kind" in row and (row["kind"], row["id"]) in redirects:
                row["id"] = redirects[row["kind"], row["id"]][0]
            found += redirect_references(table, row, redirects)
            tables[table].append(row)
    return tables, found
