"""Another dataset beside ours: its rows join ours, each with its own place, and its ids are of one space with ours.

A row that both have alike counts once. Countries have codes of the world's, so that both datasets will have some: the
row that stands first counts. Any other id that both use is an error, which the rules of ids report with both files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any, Final

from secgraph.records import Record
from secgraph.sources.collected import PLACE, Dataset, Load, Rejected, Sheet, Tables, file_name
from secgraph.sources.inputs import IncludeInput
from secgraph.values import ERROR, INFO, WARNING, Finding

FORM: Final = "table of another dataset"
ALIKE: Final = "another row says the same"
FAULT: Final = "a fault in the row"
_OF_THE_WORLD: Final = "jurisdictions"


def join(tables: Tables, other: Tables, told: IncludeInput) -> None:
    """Add the rows of another dataset to a dataset, and what was found wrong with them.

    Args:
        tables: the dataset; rows that are in it stay.
        other: the dataset that is included, read and not yet checked.
        told: how the settings name it.
    """
    folder = PurePosixPath(told.name) if told.path.is_dir() else PurePosixPath(told.name).parent

    def placed(file: str) -> str:
        return str(folder / file)

    for finding in other.findings.findings:
        tables.findings.add(finding._replace(file=placed(finding.file)))
    if other.dataset.include:
        hint = "name it in the settings of the dataset that you build"
        for one in other.dataset.include:
            message = "an included dataset includes another"
            tables.findings.add(
                Finding("include-nested", ERROR, message, hint, placed(other.dataset.file), value=one.name)
            )
    tables.dataset = _with_inputs(tables.dataset, other.dataset, folder)
    for table in sorted({*other.files, *(name for name, rows in other.records.items() if rows)}):
        _Joining(tables, other, table, placed(other.files.get(table) or file_name(table))).run()
    tables.unreadable |= other.unreadable


def _with_inputs(dataset: Dataset, other: Dataset, folder: PurePosixPath) -> Dataset:
    """Return a dataset with the inputs of another one too, as they are found from here."""

    def moved(inputs: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(replace(one, name=str(folder / one.name)) for one in inputs)

    theirs = other.inputs()
    fields: dict[str, Any] = {name: inputs + moved(theirs[name]) for name, inputs in dataset.inputs().items()}
    return replace(dataset, **fields)


class _Joining:
    """Joins the rows of one table."""

    def __init__(self, tables: Tables, other: Tables, table: str, file: str) -> None:
        self.tables = tables
        self.other = other
        self.table = table
        self.file = file
        self.base = PLACE * (len(tables.sheets) + 1)
        self.mine = {row.row_id(): row for row in tables.records[table]}

    def run(self) -> None:
        """Do it, and say what became of the rows."""
        tables, other, table = self.tables, self.other, self.table
        tables.sheets.append(Sheet(self.file, other.headers.get(table, ()), {}))
        for name, row in other.lines:
            if name == table:
                tables.lines[table, self.base + row] = other.lines[name, row]
        for name, row in other.partial:
            if name == table:
                tables.partial[table, self.base + row] = other.partial[name, row]
        tables.unusable |= {(table, self.base + row) for name, row in other.unusable if name == table}
        tables.rejected += [
            Rejected(table, self.base + one.row, one.key) for one in other.rejected if one.table == table
        ]
        kept = [row for row in other.records[table] if not self._is_there(row)]
        tables.records[table] += [
            row.model_copy(update={"file": self.file, "row": self.base + row.row}) for row in kept
        ]
        read, alike = other.counts.get(table, 0), len(other.records[table]) - len(kept)
        left = {ALIKE: alike, FAULT: read - alike - len(kept)}
        tables.loads.append(Load(self.file, FORM, read, len(kept), {why: n for why, n in left.items() if n}))

    def _is_there(self, row: Record) -> bool:
        """Tell whether our row of the same key stands for this one too, and say so."""
        mine = self.mine.get(row.row_id())
        if mine is None:
            return False
        differ = [column for column in row.columns() if row.text(column) != mine.text(column)]
        if differ and self.table != _OF_THE_WORLD:
            return False
        place = " of ".join(map(str, reversed(self.tables.place(self.table, mine.row))))
        message = f"{row.row_id()} stands in row {place} too, which counts"
        if differ:
            message += "; it differs in " + ", ".join(differ)
        severity = WARNING if set(differ) - {"sources"} else INFO
        hint = "make the two alike, or take one out" if differ else ""
        self.tables.findings.add(Finding("include-twice", severity, message, hint, self.file, row.row))
        return True
