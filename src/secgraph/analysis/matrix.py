"""A matrix of who covers what: its heads, its cells with their states, and the thresholds that they are judged by.

A cell is `unmet` only where somebody looked; where no row says anything it is `unknown`. Money rows are listed by
kind and currency: no sum is made.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from secgraph.errors import ConfigError
from secgraph.values import Table

UNMET, THIN, COVERED, CROWDED, UNKNOWN = "unmet", "thin", "covered", "crowded", "unknown"
STATES: Final[dict[str, str]] = {
    UNMET: "a need is stated there, and nothing that counts answers it",
    THIN: "something is there, less than the first threshold",
    COVERED: "from the first threshold on",
    CROWDED: "from the second threshold on",
    UNKNOWN: "no row says anything: nobody looked, which is not the same as unmet",
}
"""The states of a cell and what each says, from worst to best, what is not known last."""

AXES: Final = ("topic", "country", "objective")
PROGRAMMES, MEETINGS = "programmes", "meetings"
_THRESHOLDS: Final = Path(__file__).parent.parent / "assets" / "gaps.toml"
REGION: Final = "region (no country stated)"
_COUNTS: Final = {
    "needs": ("response", "funder"), PROGRAMMES: ("programme", "funder"), MEETINGS: ("meeting", "organiser"),
}  # fmt: skip
"""What is counted in the cells of each matrix, and who stands behind it."""


@dataclass(frozen=True)
class Thresholds:
    """From which numbers on a cell is covered, and from which on crowded; all of a set must be reached."""

    covered: Mapping[str, float]
    crowded: Mapping[str, float]

    def state(self, figures: Mapping[str, float]) -> str:
        """Return the state of a cell in which something is."""
        for state, level in ((CROWDED, self.crowded), (COVERED, self.covered)):
            if all(figures[name] >= least for name, least in level.items()):
                return state
        return THIN

    def words(self) -> str:
        """Return the thresholds as they are printed under a matrix."""
        told = [
            f"{state} from " + ", ".join(f"{name.replace('_', ' ')} {least:g}" for name, least in level.items())
            for state, level in ((COVERED, self.covered), (CROWDED, self.crowded))
        ]
        return "; ".join([*told, "thin with less"])


def thresholds(what: str = "needs", path: Path = _THRESHOLDS) -> Thresholds:
    """Return the thresholds of a matrix (needs, programmes, meetings) from the thresholds file.

    Raises:
        ConfigError: the file is malformed, or lacks a number.
    """
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))[what]
        levels = [{name: float(told[level][name]) for name in _figures(what)} for level in (COVERED, CROWDED)]
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as exc:
        raise ConfigError(
            f"the thresholds of {what} cannot be read from {path.name}: {exc}",
            hint=f"[{what}] has covered.* and crowded.* for each of {', '.join(_figures(what))}",
        ) from exc
    return Thresholds(*levels)


def _figures(what: str) -> tuple[str, ...]:
    named = {PROGRAMMES: (PROGRAMMES, "funders"), MEETINGS: (MEETINGS, "organisers")}
    return named.get(what, ("answered", "responses_per_need", "funders"))


@dataclass(frozen=True)
class Head:
    """The head of a row or column; `key` is empty where the rows state none."""

    key: str
    label: str
    group: str = ""


@dataclass(frozen=True)
class Money:
    """The money rows of one kind in one currency: each listed with its sum as stated, none added to another."""

    kind: str
    currency: str
    ids: tuple[str, ...]
    amounts: tuple[str, ...]

    def words(self) -> str:
        """Return the rows in words."""
        count = f"{len(self.ids)} row" + "s" * (len(self.ids) != 1)
        sums = "; ".join(amount or "no sum stated" for amount in self.amounts)
        return f"{self.kind}{f' in {self.currency}' if self.currency else ''}: {count} ({sums})"


@dataclass(frozen=True)
class Step:
    """A later state of a cell: from the day after which something ends, if nothing new begins."""

    after: str
    state: str
    ends: str

    def words(self) -> str:
        """Return the step in words."""
        state = "uncovered" if self.state == UNMET else "no longer served" if self.state == UNKNOWN else self.state
        return f"{state} after {self.after} when {self.ends} ends"


@dataclass(frozen=True)
class Cell:
    """One cell: its state, and all that the state follows from.

    `responses` are those that count (of a matrix of programmes or meetings: these); `possible` how many of them do
    so possibly only; `apart` those that do not, by why. `end` is the last known end among those that count (or, where
    none does, among those that ended), `end_state` whether all ends are known.
    """

    state: str
    needs: tuple[str, ...] = ()
    answered: tuple[str, ...] = ()
    regional: tuple[str, ...] = ()
    project_aims: tuple[str, ...] = ()
    responses: tuple[str, ...] = ()
    possible: int = 0
    apart: tuple[tuple[str, int], ...] = ()
    funders: tuple[str, ...] = ()
    money: tuple[Money, ...] = ()
    money_left_out: tuple[tuple[str, int], ...] = ()
    end: str = ""
    end_state: str = ""
    end_of: str = ""
    forward: tuple[Step, ...] = ()
    sources: tuple[str, ...] = ()

    @property
    def forward_words(self) -> str:
        """What becomes of the cell if nothing new begins, in words."""
        if not self.forward:
            return ""
        return f"{self.state} today, " + ", then ".join(step.words() for step in self.forward)

    @property
    def money_words(self) -> str:
        """The money rows in words, and how many are not listed, by why."""
        told = [money.words() for money in self.money]
        told += [f"not listed: {count} {why}" for why, count in self.money_left_out]
        return "; ".join(told)


EMPTY: Final = Cell(UNKNOWN)


@dataclass(frozen=True)
class Matrix:
    """Rows, columns and the cells that are known of; every other cell is unknown."""

    what: str
    by: str
    title: str
    rows: tuple[Head, ...]
    columns: tuple[Head, ...]
    cells: Mapping[tuple[str, str], Cell]
    thresholds: Thresholds
    as_of: str = ""
    emptied_by: str = ""
    remarks: tuple[str, ...] = ()

    def cell(self, row: str, column: str) -> Cell:
        """Return a cell by the keys of its row and column; an unknown one where no row says anything."""
        return self.cells.get((row, column), EMPTY)

    def counts(self) -> dict[str, int]:
        """Return how many cells have each state."""
        found = Counter(self.cell(row.key, column.key).state for row in self.rows for column in self.columns)
        return {state: found[state] for state in STATES}

    @property
    def note(self) -> str:
        """What is printed under the matrix: question, day, counts, thresholds, and what to beware of."""
        told = [self.title, f"as of {self.as_of}" if self.as_of else "at any time"]
        if not self.rows:
            told.append(f"empty: {self.emptied_by or 'no row'} leaves nothing")
        told.append("cells: " + ", ".join(f"{count} {state}" for state, count in self.counts().items()))
        told += [self.thresholds.words(), f"unknown: {STATES[UNKNOWN]}", *self.remarks]
        return "; ".join(told)

    def table(self, *, unknown: bool = False) -> Table:
        """Return one row for each cell that something is known of, with all that its state follows from.

        Args:
            unknown: take in the unknown cells as well.
        """
        one, behind = _COUNTS[self.what]
        needs = ("needs", "answered", "regional", "project_aims") if self.what == "needs" else ("needs",)
        head = ("group", "row", self.by, "state") if self.what == "needs" else ("row", self.by, "state")
        names = (
            *head, *needs, one + "s", "possible", "apart", behind + "s", "money", "end", "end_state", "forward",
            "sources", "row_id", f"{self.by}_id",
        )  # fmt: skip
        lines = []
        for row in self.rows:
            for column in self.columns:
                cell = self.cell(row.key, column.key)
                if cell.state == UNKNOWN and not unknown and not cell.project_aims and not cell.apart:
                    continue
                counts = [len(getattr(cell, name)) for name in needs]
                apart = "; ".join(f"{count} {why}" for why, count in cell.apart)
                place = (row.group, row.label) if self.what == "needs" else (row.label,)
                lines.append((
                    *place, column.label, cell.state, *counts, len(cell.responses),
                    cell.possible if self.as_of else None, apart or None, len(cell.funders), cell.money_words or None,
                    cell.end or None, cell.end_state or None, cell.forward_words or None, len(cell.sources),
                    row.key, column.key,
                ))  # fmt: skip
        return Table(names, tuple(lines), self.note)

    def grid(self) -> Table:
        """Return the matrix as one is drawn: a row for each row, a column for each column, the states in the cells."""
        names = ("row", *(column.label for column in self.columns))
        lines = ((row.label, *(self.cell(row.key, col.key).state for col in self.columns)) for row in self.rows)
        return Table(names, tuple(lines), self.note)

    def json(self) -> dict[str, Any]:
        """Return the matrix as plain values that JSON can hold, the same at each call."""
        one, behind = _COUNTS[self.what]
        cells = []
        for row in self.rows:
            for column in self.columns:
                cell = self.cells.get((row.key, column.key))
                if cell is not None:
                    cells.append({
                        "row": row.key, "column": column.key, "state": cell.state, "needs": list(cell.needs),
                        "answered": list(cell.answered), "regional": list(cell.regional),
                        "project_aims": list(cell.project_aims), one + "s": list(cell.responses),
                        "possible": cell.possible, "apart": dict(cell.apart), behind + "s": list(cell.funders),
                        "money": [
                            {"kind": money.kind, "currency": money.currency, "rows": len(money.ids),
                             "ids": list(money.ids), "amounts": list(money.amounts)}
                            for money in cell.money
                        ],
                        "money_not_listed": dict(cell.money_left_out),
                        "end": cell.end, "end_state": cell.end_state, "end_of": cell.end_of,
                        "forward": [
                            {"after": step.after, "state": step.state, "ends": step.ends} for step in cell.forward
                        ],
                        "forward_words": cell.forward_words, "sources": list(cell.sources),
                    })  # fmt: skip
        return {
            "what": self.what, "by": self.by, "title": self.title, "as_of": self.as_of,
            "rows": [{"key": head.key, "label": head.label, "group": head.group} for head in self.rows],
            "columns": [{"key": head.key, "label": head.label} for head in self.columns],
            "cells": cells, "states": dict(STATES), "counts": self.counts(),
            "thresholds": {"covered": dict(self.thresholds.covered), "crowded": dict(self.thresholds.crowded)},
            "emptied_by": self.emptied_by, "note": self.note,
        }  # fmt: skip
