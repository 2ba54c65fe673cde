"""The account of the merge: each input row stands in it once, and what it became is there."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

from tests.conftest import BUNDLED, ROOT, SHARED, left_out

ACCOUNT = ROOT / "docs" / "data-account.csv"
FACTS = SHARED / "facts"
OUTCOMES = {"kept", "merged into", "contested", "left out"}

Row = dict[str, str]
Key = tuple[str, str, str, str]


def read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def things(data: Path) -> set[str]:
    """Each row of the dataset that an input row can have become, as `table/id`."""
    return {
        f"{path.stem}/{row['id']}"
        for path in sorted(data.glob("*.csv"))
        for row in read(path)
        if path.stem not in ("names", "claims", "cells") and "id" in row
    }


def inputs(facts: Path) -> list[Key]:
    """Part, table, line and id of each row of the fact tables; a membership is known by its three ends."""
    return [
        (
            path.parent.name,
            path.stem,
            str(line),
            row.get("id") or "--".join((row["body"], row["member"], row["role"])),
        )
        for path in sorted(facts.glob("*/*.csv"))
        for line, row in enumerate(read(path), start=2)
    ]


def problems(account: list[Row], known: set[str], given: list[Key] | None) -> list[str]:
    """What is wrong with an account: all of it, in words."""
    found = []
    for row in account:
        where = f"{row['part']}/{row['table']}:{row['line']} {row['id']}"
        if row["outcome"] not in OUTCOMES:
            found.append(f"{where}: no outcome {row['outcome']!r}")
        elif row["outcome"] == "left out":
            if row["target"] or not row["reason"]:
                found.append(f"{where}: left out with a target or without a reason")
        elif row["target"] not in known:
            found.append(f"{where}: {row['target']} is not in the dataset")
        elif row["outcome"] == "merged into" and not row["reason"]:
            found.append(f"{where}: merged without a reason")
    counted = Counter((row["part"], row["table"], row["line"], row["id"]) for row in account)
    found += [f"{'/'.join(key)}: stands {count} times" for key, count in counted.items() if count > 1]
    if given is not None:
        found += [f"{'/'.join(key)}: is not accounted for" for key in given if key not in counted]
        rows = set(given)
        found += [f"{'/'.join(key)}: is no input row" for key in counted if key not in rows]
    return sorted(found)


def test_every_input_row_is_accounted_for_once() -> None:
    account = read(ACCOUNT)
    given = None
    if FACTS.is_dir():
        given = inputs(FACTS)
        assert len(given) > 6000
    else:
        left_out(len(account), "comparisons with the fact tables, which are not beside this checkout")
    assert len(account) > 6000
    assert problems(account, things(BUNDLED), given) == []


def test_a_thing_that_no_input_row_became_is_explained_by_the_rows_of_the_merge() -> None:
    targets = {row["target"] for row in read(ACCOUNT)}
    added = {
        f"{row['table']}/{row['id']}"
        for path in sorted((ROOT / "tools" / "merge" / "rows").glob("*/add.csv"))
        for row in read(path)
    }
    tables = {target.split("/")[0] for target in targets}
    unexplained = {name for name in things(BUNDLED) if name.split("/")[0] in tables} - targets - added
    assert unexplained == set()


def test_a_bad_account_is_refused() -> None:
    known = {"organisations/rcc"}
    given = [("iisg", "organisations", "2", "rcc"), ("iisg", "organisations", "3", "dcaf")]
    good: Row = {
        "part": "iisg", "table": "organisations", "line": "2", "id": "rcc",
        "outcome": "kept", "target": "organisations/rcc", "reason": "",
    }  # fmt: skip
    dcaf: Row = {**good, "line": "3", "id": "dcaf", "outcome": "left out", "target": "", "reason": "made up"}
    assert problems([good, dcaf], known, given) == []
    bad = {
        "a row that is missing": [good],
        "a row that stands twice": [good, good, dcaf],
        "a row that no input has": [good, dcaf, {**good, "line": "9"}],
        "a target that is not there": [{**good, "target": "organisations/rcx"}, dcaf],
        "an outcome that is unknown": [{**good, "outcome": "lost"}, dcaf],
        "left out without a reason": [good, {**dcaf, "reason": ""}],
        "merged without a reason": [{**good, "outcome": "merged into"}, dcaf],
    }
    assert len(bad) == 7
    assert [name for name, rows in bad.items() if not problems(rows, known, given)] == []
