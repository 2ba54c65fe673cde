"""The cells of one row become a record: whole, or with its bad cells emptied and each of them named."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, NamedTuple, get_origin

from pydantic import TypeAdapter, ValidationError

from secgraph.records import TABLES
from secgraph.sources.collected import SSSOM, Rejected, Tables, file_name
from secgraph.sources.delimited import CELL_LENGTH, CONTROL, Row
from secgraph.values import WARNING


@cache
def needed_columns(table: str) -> tuple[str, ...]:
    """Return the columns without which no row of a table can be read.

    >>> needed_columns("editions")
    ('event', 'series', 'sources')
    """
    return TABLES[table].needed()


@cache
def column_type(table: str, column: str) -> TypeAdapter[Any]:
    """Return what checks and types one cell of a column."""
    for name, info in TABLES[table].model_fields.items():
        if (info.alias or name) == column:
            kind: Any = Annotated[(info.annotation, *info.metadata)] if info.metadata else info.annotation
            return TypeAdapter(kind)
    raise KeyError(column)


class Complaint(NamedTuple):
    """What is wrong with one value."""

    rule: str
    message: str
    hint: str


def complaint_of(table: str, column: str, value: str) -> Complaint | None:
    """Return what is wrong with a value for a column, or nothing.

    >>> complaint_of("events", "start", "2018-13").rule
    'date-calendar'
    """
    try:
        column_type(table, column).validate_python(value)
    except ValidationError as exc:
        return _complaint(exc.errors(include_url=False)[0])
    return None


def _complaint(error: Any) -> Complaint:
    context = error.get("ctx", {})
    return Complaint(error["type"], context.get("message", error["msg"]), context.get("hint", ""))


class RowReader:
    """Makes records of the rows of one table."""

    def __init__(
        self, tables: Tables, table: str, names: tuple[str, ...], missing: set[str], prefixes: Mapping[str, str]
    ) -> None:
        self.tables = tables
        self.table = table
        self.names = names
        self.missing = missing
        self.prefixes = prefixes
        self.record = TABLES[table]
        self.file = tables.files.get(table) or file_name(table)
        self.width = len(names)

    def read(self, row: Row) -> None:
        """Make a record of a row, or findings that say why it is none."""
        cells = row.cells
        if len(cells) != self.width and not self._fits(row):
            return
        values = {name: cell for name, cell in zip(self.names, cells, strict=False) if name}
        bad = self._bad_text(row, values)
        if self.prefixes or self.table == SSSOM:
            bad |= self._expand(values)
        try:
            if not bad and not self.missing:
                record = self.record.model_validate({**values, "file": self.file, "row": row.number})
                self.tables.records[self.table].append(record)
                return
        except ValidationError as exc:
            for error in exc.errors(include_url=False):
                bad[str(error["loc"][0])] = _complaint(error)
        self._keep(row, values, bad)

    def _fits(self, row: Row) -> bool:
        """Tell whether the row has as many cells as the header; empty ones beyond it do no harm in a workbook."""
        cells = row.cells
        if len(cells) > self.width and not any(cells[self.width :]) and "[" in self.file:
            return True
        few = "few" if len(cells) < self.width else "many"
        hint = "quote a cell that holds a comma" if few == "many" else "write each comma, also for empty cells"
        message = f"too {few} cells: expected {self.width}, found {len(cells)}"
        self.tables.find("csv-cells", message, table=self.table, row=row.number, hint=hint)
        key = dict(zip(self.names, cells, strict=False))
        self._reject(row, key)
        return False

    def _bad_text(self, row: Row, values: Mapping[str, str]) -> dict[str, Complaint]:
        bad: dict[str, Complaint] = {}
        for name, cell in values.items():
            if len(cell) > CELL_LENGTH:
                message = f"the cell has {len(cell)} characters, more than {CELL_LENGTH}"
                bad[name] = Complaint("cell-length", message, "cut it, or see whether a quote was left open")
            elif not cell.isprintable() and (found := CONTROL.search(cell)):
                message = f"the cell holds the control character U+{ord(found[0]):04X}"
                bad[name] = Complaint("cell-control", message, "delete it: it cannot be seen in most editors")
            elif cell and (cell[0] in " \u00a0" or cell[-1] in " \u00a0\t\n") and name not in self.record.key:
                message = "the cell starts or ends with a space"
                self.tables.find(
                    "cell-space", message, table=self.table, row=row.number, column=name, value=cell,
                    hint="delete it", severity=WARNING,
                )  # fmt: skip
        return bad

    def _keep(self, row: Row, values: dict[str, str], bad: dict[str, Complaint]) -> None:
        """Keep the row with its bad cells emptied, unless its key is bad."""
        typed: dict[str, Any] = {}
        for column in self.record.columns():
            if column in bad:
                continue
            text = values.get(column, "")
            try:
                typed[column] = column_type(self.table, column).validate_python(text)
            except ValidationError as exc:
                # An absent column is told once, for the header.
                absent = column in self.missing
                bad[column] = Complaint("", "", "") if absent else _complaint(exc.errors(include_url=False)[0])
        for column, complaint in bad.items():
            if complaint.rule:
                self.tables.find(
                    complaint.rule, complaint.message, table=self.table, row=row.number, column=column,
                    value=values.get(column, ""), hint=complaint.hint,
                )  # fmt: skip
        if any(column in bad for column in self.record.key):
            self._reject(row, values)
            return
        for column in bad:
            typed[column] = _empty(self.table, column)
        fields = {info.alias or name: name for name, info in self.record.model_fields.items()}
        record = self.record.model_construct(
            **{fields[column]: value for column, value in typed.items()}, file=self.file, row=row.number
        )
        self.tables.records[self.table].append(record)
        self.tables.partial[self.table, row.number] = set(bad)
        if any(column in bad for column in needed_columns(self.table)):
            self.tables.unusable.add((self.table, row.number))

    def _reject(self, row: Row, values: Mapping[str, str]) -> None:
        key = tuple(values.get(column, "") for column in self.record.key)
        self.tables.rejected.append(Rejected(self.table, row.number, key))

    def _expand(self, values: dict[str, str]) -> dict[str, Complaint]:
        """Expand the CURIEs of an SSSOM row by the file's own prefixes, and return what is wrong with them."""
        bad = {}
        for column in ("subject_id", "object_id"):
            value = values.get(column, "")
            prefix, colon, rest = value.partition(":")
            if colon and prefix in self.prefixes:
                values[column] = self.prefixes[prefix] + rest
            elif value and not rest.startswith("//") and value != "sssom:NoTermFound":
                message = f"the prefix {prefix!r} is not in the curie_map of the file"
                bad[column] = Complaint("sssom-prefix", message, "add it to the block of comments at the top")
        return bad


@cache
def _empty(table: str, column: str) -> Any:
    """Return what stands in a bad cell: nothing, in the form that the column has."""
    for name, info in TABLES[table].model_fields.items():
        if (info.alias or name) == column:
            return () if get_origin(info.annotation) is tuple else "" if info.annotation is str else None
    raise KeyError(column)
