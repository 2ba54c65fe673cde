"""What reading a dataset gives: its records, where their cells stand, and all that was found wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from secgraph.records import TABLES, Record
from secgraph.sources.delimited import letter
from secgraph.sources.inputs import ContextInput, IatiInput, IncludeInput, Input, RdfInput, SpreadsheetInput
from secgraph.values import ERROR, Finding, Report, Statement

SSSOM: Final = "identities"
_SHOWN: Final = 200


class Count(NamedTuple):
    """How many rows a table must and may have; 0 sets no maximum."""

    minimum: int = 0
    maximum: int = 0


@dataclass(frozen=True)
class Dataset:
    """What `dataset.toml` says: the dataset's title and terms, and how many rows each table must have."""

    id: str = ""
    title: str = ""
    description: str = ""
    publisher: str = ""
    licence: str = ""
    region: str = ""
    counts: Mapping[str, Count] = field(default_factory=dict)
    file: str = "dataset.toml"
    iati: tuple[IatiInput, ...] = ()
    spreadsheets: tuple[SpreadsheetInput, ...] = ()
    context: tuple[ContextInput, ...] = ()
    rdf: tuple[RdfInput, ...] = ()
    include: tuple[IncludeInput, ...] = ()
    named: tuple[Path, ...] = ()
    """The paths that the settings name, those of inputs that cannot be used too."""

    def inputs(self) -> dict[str, tuple[Input, ...]]:
        """Return the inputs beside the tables, by the field that holds those of one kind."""
        return {"iati": self.iati, "spreadsheets": self.spreadsheets, "context": self.context, "rdf": self.rdf}

    def input_files(self) -> tuple[Path, ...]:
        """Return the files that the dataset's settings name, those of folders too, sorted; a build rests on them."""
        named = [one.path for inputs in self.inputs().values() for one in inputs]
        named += [one.scope for one in self.iati if one.scope]
        found: set[Path] = set()
        for path in named:
            found.update(item for item in path.rglob("*") if item.is_file()) if path.is_dir() else found.add(path)
        for one in self.include:
            # The files of the dataset itself; what lies deeper is named by its settings, or no part of it.
            found.update(item for item in one.path.iterdir() if item.is_file()) if one.path.is_dir() else found.add(
                one.path
            )
        return tuple(sorted(found))


class Load(NamedTuple):
    """What became of the rows of one input file: each that was read is kept, or left out for one of the reasons."""

    file: str
    form: str
    read: int
    kept: int
    left_out: Mapping[str, int]


class Sheet(NamedTuple):
    """A file beside the tables whose rows became records of theirs: its headers, and our fields by them."""

    file: str
    header: tuple[str, ...]
    columns: Mapping[str, str]


PLACE: Final = 10_000_000
"""Rows of the files beside the tables are numbered from here on, each file in a range of its own."""


class Rejected(NamedTuple):
    """A row that could not become a record because a part of its key is bad; known by what stands there."""

    table: str
    row: int
    key: tuple[str, ...]


@dataclass
class Tables:
    """The records of one dataset, where their cells stand, and all findings of the reading."""

    records: dict[str, list[Record]] = field(default_factory=lambda: {name: [] for name in TABLES})
    findings: Report = field(default_factory=Report)
    counts: dict[str, int] = field(default_factory=dict)
    """The rows read per table, kept or not."""
    dataset: Dataset = field(default_factory=Dataset)
    files: dict[str, str] = field(default_factory=dict)
    """The file (or workbook and sheet) of each table that is there."""
    headers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    lines: dict[tuple[str, int], int] = field(default_factory=dict)
    """The line of a row in its file, where it differs from the row's number in a spreadsheet."""
    rejected: list[Rejected] = field(default_factory=list)
    partial: dict[tuple[str, int], set[str]] = field(default_factory=dict)
    """The emptied cells of the rows that stayed with a bad cell: their columns by table and row."""
    unusable: set[tuple[str, int]] = field(default_factory=set)
    """The rows that can be named but not be made into a graph, by table and row: a cell that they need is bad."""
    clouded: set[tuple[str, int]] = field(default_factory=set)
    """The rows that refer to a row which could not be read, by table and row: the graph lacks what they say."""
    unreadable: set[str] = field(default_factory=set)
    """The tables of which rows may be missing because the file could not be read to its end."""

    sheets: list[Sheet] = field(default_factory=list)
    """The files beside the tables that gave rows to them, in the order of their ranges of row numbers."""
    loads: list[Load] = field(default_factory=list)
    """What became of the rows of the files beside the tables."""

    def own(self, table: str) -> list[Record]:
        """Return the records that stand in the table's own file."""
        return [record for record in self.records[table] if record.row < PLACE]

    def place(self, table: str, row: int) -> tuple[str, int]:
        """Return the file in which a row of a table stands, and its number there."""
        if row >= PLACE:
            return self.sheets[row // PLACE - 1].file, row % PLACE
        return self.files.get(table) or file_name(table), row

    def usable(self) -> dict[str, list[Record]]:
        """Return the records that can be made into a graph; the others have an error each."""
        if not self.unusable:
            return self.records
        return {
            table: [record for record in records if (table, record.row) not in self.unusable]
            for table, records in self.records.items()
        }

    def told(self, table: str, row: int, near: int) -> str:
        """Return where a row stands, for a message at another row of the table: by its file too, if that differs."""
        file, number = self.place(table, row)
        return f"row {number}" if self.place(table, near)[0] == file else f"row {number} of {file}"

    def stated(self, fact: Statement) -> Statement:
        """Return a statement with the file, row and header where it stands, in place of our table and number."""
        if fact.row < PLACE:
            return fact
        sheet = self.sheets[fact.row // PLACE - 1]
        column = sheet.columns.get(fact.column, fact.column)
        return fact._replace(table=sheet.file, row=fact.row % PLACE, column=column)

    def find(
        self,
        rule: str,
        message: str,
        *,
        table: str,
        row: int = 0,
        column: str = "",
        value: object = "",
        hint: str = "",
        severity: str = ERROR,
    ) -> None:
        """Add a finding about a cell, a row or a table, with its place in the file."""
        self.findings.add(self.finding(rule, message, table, row, column, value, hint, severity))

    def finding(
        self,
        rule: str,
        message: str,
        table: str,
        row: int = 0,
        column: str = "",
        value: object = "",
        hint: str = "",
        severity: str = ERROR,
    ) -> Finding:
        """Return a finding about a cell, a row or a table, with its place in the file."""
        line = self.lines.get((table, row))
        message = f"{message} (line {line} of the file)" if line else message
        file, number = self.place(table, row)
        address = self.address(table, row, column)
        if row >= PLACE:
            column = self.sheets[row // PLACE - 1].columns.get(column, column)
        return Finding(rule, severity, message, hint, file, number, column, address, shown(value))

    def address(self, table: str, row: int, column: str) -> str:
        """Return the A1 address of a cell, '' where no one cell is meant or the table has no such column."""
        header = self.headers.get(table, ())
        if row >= PLACE:
            sheet = self.sheets[row // PLACE - 1]
            header, column, row = sheet.header, sheet.columns.get(column, column), row % PLACE
        return f"{letter(header.index(column))}{row}" if row and column in header else ""


def file_name(table: str) -> str:
    """Return the file that a table stands in, within a folder.

    >>> file_name("events"), file_name("identities")
    ('events.csv', 'identities.sssom.tsv')
    """
    return "identities.sssom.tsv" if table == SSSOM else f"{table}.csv"


def shown(value: object) -> str:
    """Return a value as a finding shows it: cut where it is long."""
    text = "|".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}… ({len(text)} characters)"
