"""What a finished dataset must satisfy, collected over all tables instead of stopping at the first."""

from __future__ import annotations

import calendar
import tomllib
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from tools.merge.contract import (
    CODES,
    COLUMNS,
    COUNTRY_CODE,
    DATE,
    DATES,
    ENDS,
    ID,
    LISTS,
    MEMBER_ID,
    NUMBER,
    ONE_NAMESPACE,
    PERIODS,
    REFERENCES,
    REQUIRED,
    TABLE_OF_KIND,
    items,
)

Row = dict[str, str]
Tables = dict[str, list[Row]]


class Violation(NamedTuple):
    """One cell that breaks the contract."""

    table: str
    id: str
    column: str
    value: str
    message: str


def row_id(table: str, row: Row) -> str:
    """The id of a row, made of its key where the table has no id column."""
    if table in ("names", "claims", "cells"):
        return f"{row['kind']}/{row['id']}"
    if table == "redirects":
        return f"{row['kind']}/{row['old']}"
    return row["event"] + "/" + row["series"] if table == "editions" else row[COLUMNS[table][0]]


def is_date(value: str) -> bool:
    """Whether the value is a date of the calendar at year, month or day precision."""
    if not DATE.fullmatch(value):
        return False
    parts = [int(part) for part in value.split("-")]
    if len(parts) > 1 and not 1 <= parts[1] <= 12:
        return False
    return len(parts) < 3 or 1 <= parts[2] <= calendar.monthrange(parts[0], parts[1])[1]


def violations(tables: Tables) -> list[Violation]:
    """All violations of the contract, sorted by table, id and column."""
    known = {kind: {row[COLUMNS[table][0]] for row in tables[table]} for kind, table in TABLE_OF_KIND.items()}
    found: list[Violation] = []
    for table, rows in tables.items():
        found += _keys(table, rows)
        for row in rows:
            found += _row(table, row, known)
    seen: dict[str, str] = {}
    for table in ONE_NAMESPACE:
        for row in tables[table]:
            if row["id"] in seen:
                found.append(Violation(table, row["id"], "id", row["id"], f"is an id of {seen[row['id']]} too"))
            seen[row["id"]] = table
    found += _tied(tables)
    return sorted(set(found))


def _keys(table: str, rows: list[Row]) -> list[Violation]:
    keys = Counter(
        tuple(row.values()) if table in ("names", "claims") else (row_id(table, row), row.get("column", ""))
        for row in rows
    )
    return [Violation(table, str(key[0]), "", "", "stands twice") for key, count in keys.items() if count > 1]


def _row(table: str, row: Row, known: dict[str, set[str]]) -> list[Violation]:
    name = row_id(table, row)
    found: list[Violation] = []

    def add(column: str, value: str, message: str) -> None:
        found.append(Violation(table, name, column, value, message))

    if COLUMNS[table][0] == "id":
        pattern = MEMBER_ID if table == "memberships" else ID
        if not pattern.fullmatch(name) or len(name) > 100:
            add("id", name, "is no id")
    for column in COLUMNS[table]:
        cell = row[column]
        if cell != cell.strip() or any(ord(c) < 32 for c in cell):
            add(column, cell, "has white space at an end or a control character")
        if not cell:
            if column in REQUIRED[table]:
                add(column, "", "is empty")
            continue
        values = items(cell) if column in LISTS.get(table, ()) else [cell]
        if len(values) != len(set(values)) or (len(values) > 1 and "|".join(values) != cell):
            add(column, cell, "is a list with an empty or a repeated item")
        for value in values:
            if message := _value(table, column, value, known):
                add(column, value, message)
    if table in ("names", "claims", "cells", "redirects"):
        target = row["new" if table == "redirects" else "id"]
        if target not in known.get(row["kind"], set()):
            add("id", target, f"is no {row['kind']}")
        elif table in ("claims", "cells") and row["column"] not in COLUMNS[TABLE_OF_KIND[row["kind"]]]:
            add("column", row["column"], f"is no column of {TABLE_OF_KIND[row['kind']]}")
        if table == "redirects" and row["old"] in known.get(row["kind"], set()):
            add("old", row["old"], "is merged away but still has a row")
    return found


def _value(table: str, column: str, value: str, known: dict[str, set[str]]) -> str:
    key = (table, column)
    if codes := CODES.get(key):
        return "" if value in codes else "is not in the list of allowed values"
    if kinds := REFERENCES.get(key):
        if any(value in known[kind] for kind in kinds):
            return ""
        exists = [kind for kind, ids in known.items() if value in ids]
        if exists:
            return f"is a {exists[0]}, not allowed here"
        return "is a country without a row" if COUNTRY_CODE.fullmatch(value) else "is defined nowhere"
    if key in DATES:
        return "" if is_date(value) or (value == ".." and column in ENDS) else "is no date"
    if key in PERIODS:
        return "" if all(map(is_date, value.split("/"))) and value.count("/") < 2 else "is no date or period"
    if column == "inferred":
        return "" if value in COLUMNS[table] else "is no column"
    if key in (("funding", "amount"), ("funding", "share")):
        return "" if NUMBER.fullmatch(value) else "is no plain number"
    if key == ("editions", "number"):
        return "" if value.isdigit() else "is no whole number"
    if key == ("jurisdictions", "code"):
        return "" if COUNTRY_CODE.fullmatch(value) else "is no country code"
    if column in ("url", "website") and not value.startswith(("http://", "https://")):
        return "is no web address"
    return ""


def _tied(tables: Tables) -> list[Violation]:
    """Rules that need more than one cell."""
    found: list[Violation] = []
    starts = {"end": "start", "to": "from", "ended": "launched", "dissolved": "founded"}
    for table, rows in tables.items():
        for row in rows:
            for end, start in starts.items():
                first, last = row.get(start, ""), row.get(end, "")
                if first and last and last != ".." and last[: len(first)] < first[: len(last)]:
                    found.append(Violation(table, row_id(table, row), end, last, f"is before {start} {first}"))
            for column in items(row.get("inferred", "")):
                if column in row and not row[column]:
                    found.append(Violation(table, row_id(table, row), "inferred", column, "is marked but empty"))
    for row in tables["funding"]:
        if bool(row["programme"]) == bool(row["event"]):
            found.append(Violation("funding", row["id"], "programme", row["programme"], "or event: one of them"))
        if row["amount"] and not row["currency"]:
            found.append(Violation("funding", row["id"], "currency", "", "is missing beside an amount"))
    rows_of = {kind: {row[COLUMNS[table][0]]: row for row in tables[table]} for kind, table in TABLE_OF_KIND.items()}
    for row in tables["cells"]:
        owner = rows_of.get(row["kind"], {}).get(row["id"])
        if owner is not None and not set(items(row["sources"])) <= set(items(owner.get("sources", ""))):
            found.append(
                Violation(
                    "cells",
                    row_id("cells", row),
                    row["column"],
                    row["sources"],
                    "names a source that the row does not have",
                )
            )
    for row in tables["claims"]:
        owner = rows_of.get(row["kind"], {}).get(row["id"])
        if owner is not None and owner.get(row["column"]) == row["value"]:
            found.append(
                Violation(
                    "claims",
                    row_id("claims", row),
                    row["column"],
                    row["value"],
                    "repeats the value of the row",
                )
            )
    return found


def unused_sources(tables: Tables) -> list[str]:
    """Ids of sources that no row and no claim names, sorted."""
    used = {row["source"] for row in tables["claims"]}
    for rows in tables.values():
        for row in rows:
            used.update(items(row.get("sources", "")))
    return sorted({row["id"] for row in tables["sources"]} - used)


def count_violations(path: Path, tables: Tables) -> list[Violation]:
    """Tables whose number of rows is outside the bounds that `dataset.toml` declares, or that it leaves out."""
    bounds = tomllib.loads(path.read_text(encoding="utf-8")).get("tables", {})
    found = [
        Violation(table, "", "", str(len(rows)), "rows, but dataset.toml declares no bounds or others")
        for table, rows in tables.items()
        if not bounds.get(table, {}).get("minimum", 1) <= len(rows) <= bounds.get(table, {}).get("maximum", 0)
    ]
    return found + [
        Violation(table, "", "", "", "dataset.toml names no table of ours") for table in bounds.keys() - tables
    ]


def identity_violations(path: Path, tables: Tables) -> list[Violation]:
    """Rows of an SSSOM file that are malformed, use an undeclared prefix, or name a thing of ours that is not there."""
    lines = path.read_text(encoding="utf-8").splitlines()
    head = [line[1:] for line in lines if line.startswith("#")]
    prefixes = {line.split(":")[0].strip() for line in head if line.startswith("   ")}
    names, *rows = (line.split("\t") for line in lines if not line.startswith("#"))
    found = []
    for cells in rows:
        if len(cells) != len(names):
            found.append(Violation("identities", cells[0], "", "", f"{len(cells)} cells, the head has {len(names)}"))
            continue
        row = dict(zip(names, cells, strict=True))
        for column in ("subject_id", "predicate_id", "object_id", "mapping_justification"):
            prefix, _, local = row[column].partition(":")
            if prefix not in prefixes:
                found.append(Violation("identities", row["subject_id"], column, row[column], "has no declared prefix"))
            elif prefix == "sg":
                kind, _, name = local.partition("/")
                table = TABLE_OF_KIND.get(kind, "")
                if name not in {thing[COLUMNS[table][0]] for thing in tables.get(table, [])}:
                    found.append(Violation("identities", row["subject_id"], column, row[column], "is defined nowhere"))
    return found
