"""Funding spreadsheets of donors: each row becomes a money row, and a programme where it names one that no table has.

The map of columns stands in dataset.toml. Every row of a file is kept or left out with its reason, and a fault names
file, row and column. A party that is no id of ours stays a name: no organisation comes from here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from secgraph.errors import SourceError
from secgraph.records import ProgrammeRecord
from secgraph.records.cells import AGENTS, BACKERS
from secgraph.records.sheets import SheetRecord
from secgraph.sources.collected import PLACE, Load, Sheet, Tables, shown
from secgraph.sources.context import country_names
from secgraph.sources.delimited import CELL_LENGTH, CONTROL, Row, letter
from secgraph.sources.inputs import SpreadsheetInput, layouts
from secgraph.sources.rows import Complaint, complaint_of
from secgraph.sources.sheetcells import CellError, Countries, amount_of, date_of, ident, parts, rounded, year_of
from secgraph.sources.sheetfile import NUMBER, SheetFile, read_sheet
from secgraph.sources.sheetmap import ColumnMap
from secgraph.values import ERROR, INFO, Finding
from secgraph.vocab import slug

FORM: Final = "spreadsheet"
FAULT: Final = "a fault in the row"
NOT_WANTED: Final = "not among the rows of `where`"


def read_spreadsheets(tables: Tables) -> None:
    """Read the spreadsheets that the dataset names into the tables; what is wrong becomes findings."""
    inputs = tables.dataset.spreadsheets
    if not inputs:
        return
    known = _known(tables)
    names = _country_names(tables)
    for one in inputs:
        twins = [other for other in inputs if other.source == one.source]
        prefix = one.source if len(twins) == 1 else f"{one.source}-{slug(Path(one.name).stem)}"
        if len([other for other in twins if other.path == one.path]) > 1:
            prefix += f"-{slug(one.sheet)}"
        try:
            file = _open(one)
        except SourceError as exc:
            tables.findings.add(Finding("file-unreadable", ERROR, exc.message, exc.hint, one.name))
            continue
        _Reader(tables, one, file, prefix, known, names).read()


def _known(tables: Tables) -> dict[str, str]:
    """Return the kind of each id that a party, an instrument or a programme may be given by."""
    kinds = BACKERS | AGENTS
    return {row.row_id(): row.kind for rows in tables.records.values() for row in rows if row.kind in kinds}


def _country_names(tables: Tables) -> dict[str, str]:
    names = country_names()
    for row in tables.records["jurisdictions"]:
        for name in (row.cell("name"), *row.cell("aliases"), *(text.partition("=")[2] for text in row.cell("labels"))):
            names[name] = row.row_id()
    return names


def _open(one: SpreadsheetInput) -> SheetFile:
    choices = [one, *(layouts(one.preset) if one.preset else ())]
    known = [name for choice in choices for names in choice.columns.values() for name in names]
    return read_sheet(one.path, one.name, known=known, sheet=one.sheet, header=one.header, encoding=one.encoding)


@dataclass
class _Project:
    """What the rows say of one project that no table has."""

    row: int
    names: dict[str, None] = field(default_factory=dict)
    starts: list[str] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)
    countries: set[str] = field(default_factory=set)
    notes: dict[str, None] = field(default_factory=dict)


class _Reader:
    """Reads the rows of one spreadsheet."""

    def __init__(
        self,
        tables: Tables,
        one: SpreadsheetInput,
        file: SheetFile,
        prefix: str,
        known: Mapping[str, str],
        names: Mapping[str, str],
    ) -> None:
        self.tables = tables
        self.file = file
        self.prefix = prefix
        self.known = known
        self.map = ColumnMap(one, file.header)
        self.input = self.map.input
        self.countries = Countries(self.input.countries, names)
        self.base = PLACE * (len(tables.sheets) + 1)
        self.projects: dict[str, _Project] = {}
        self.left: Counter[str] = Counter()
        self.ids: dict[str, int] = {}
        self.unknown_countries: set[str] = set()
        self.rounded = 0
        self.kept = 0

    def read(self) -> None:
        """Read all rows, and say what became of them."""
        self.tables.sheets.append(Sheet(self.file.file, self.file.header, self.map.shown()))
        used = {at for name in self.input.columns.values() for header in name for at in self.map.columns(header)}
        for flaw in self.file.flaws:
            if flaw.rule.startswith("xlsx-") and flaw.column >= 0 and flaw.column not in used:
                # A cell that nobody reads.
                continue
            self.find(flaw.rule, flaw.message, flaw.row, flaw.column, flaw.value, flaw.hint, flaw.severity)
        faults = list(self.map.faults(self.known))
        for message, value, hint in faults:
            self.find("column-map", message, self.file.header_row, -1, value, hint)
        if not faults:
            for row in self.file.rows:
                self._row(row)
            self._add_projects()
            self._tell()
        broken = len([flaw for flaw in self.file.flaws if flaw.rule == "csv-quote"])
        if broken:
            self.left[FAULT] += broken
        if faults:
            self.left["the columns are not those of the map"] = len(self.file.rows)
        read = len(self.file.rows) + broken
        self.tables.loads.append(Load(self.file.file, FORM, read, self.kept, dict(sorted(self.left.items()))))

    def find(
        self, rule: str, message: str, row: int, column: int, value: object, hint: str, severity: str = ERROR
    ) -> None:
        """Report what is wrong at a cell, or with a row or the file; -1 is no column."""
        header = self.file.header[column] if 0 <= column < len(self.file.header) else ""
        cell = f"{letter(column)}{row}" if column >= 0 and row else ""
        text = shown(value).replace(NUMBER, "")
        self.tables.findings.add(Finding(rule, severity, message, hint, self.file.file, row, header, cell, text))

    # One row

    def _row(self, row: Row) -> None:
        if len(row.cells) > len(self.file.header) and any(cell.strip() for cell in row.cells[len(self.file.header) :]):
            message = f"too many cells: expected {len(self.file.header)}, found {len(row.cells)}"
            self.find("csv-cells", message, row.number, -1, "", "quote a cell that holds the separator")
            self.left[FAULT] += 1
            return
        self.map.carry(row)
        if not self.map.wanted(row):
            self.left[NOT_WANTED] += 1
            return
        cells = _Cells(self, row)
        values = cells.values()
        if cells.bad:
            self.left[FAULT] += 1
            return
        record = SheetRecord.model_validate(
            {**values, "sources": (self.input.source,), "file": self.file.file, "row": self.base + row.number}
        )
        self.tables.records["funding"].append(record)
        self.kept += 1

    # What the rows say together

    def project(self, row: int, identifier: str) -> _Project:
        """Return what is known of a project that no table has."""
        return self.projects.setdefault(identifier, _Project(row))

    def _add_projects(self) -> None:
        jurisdictions = {name for name, kind in self.known.items() if kind == "jurisdiction"}
        there = {record.row_id() for record in self.tables.records["programmes"]}
        for identifier, told in self.projects.items():
            if identifier in there:
                # A file of the same source has told of it.
                continue
            name, *others = told.names
            record = ProgrammeRecord.model_validate(
                {
                    "id": identifier,
                    "name": name,
                    "aliases": tuple(others),
                    "type": "activity",
                    "start": min(told.starts, default=None),
                    "end": max(told.ends, default=None),
                    "beneficiaries": tuple(sorted(told.countries & jurisdictions)),
                    "note": "; ".join(told.notes),
                    "sources": (self.input.source,),
                    "file": self.file.file,
                    "row": self.base + told.row,
                }
            )
            self.tables.records["programmes"].append(record)

    def _tell(self) -> None:
        if self.rounded:
            message = f"{self.rounded} amounts have more than 6 digits after the point and were rounded"
            self.find("amount-rounded", message, 0, -1, "", "the sums differ by less than a unit", INFO)


@lru_cache(maxsize=10_000)
def _complaint(column: str, text: str) -> Complaint | None:
    return complaint_of("funding", column, text)


class _Cells:
    """The fields of one row, each checked; `bad` tells whether one was reported."""

    def __init__(self, reader: _Reader, row: Row) -> None:
        self.reader = reader
        self.row = row
        self.bad = False

    def values(self) -> dict[str, Any]:
        """Return the values of a money row."""
        reader = self.reader
        found: dict[str, Any] = {}
        found["id"] = self._id()
        found["countries"] = self._countries()
        found["programme"] = self._programme(found["countries"])
        for side, kinds in (("funder", BACKERS), ("recipient", AGENTS)):
            ids, names = self._parties(side, kinds)
            found[side], found[f"{side}_name"] = ids, names
            found[f"{side}_ref"] = tuple(self._texts(f"{side}_ref"))
        instruments = self._texts("instrument")
        found["instrument"] = tuple(name for name in instruments if reader.known.get(name) == "instrument")
        notes = [f"instrument: {name}" for name in instruments if name not in found["instrument"]]
        found["note"] = "; ".join(notes + self._texts("note"))
        found["amount"], found["qualifier"] = self._amount()
        currency, at = self._text("currency")
        found["currency"] = self._coded("currency", currency, at) if found["amount"] is not None else None
        if found["amount"] is not None and not currency:
            self._fault("amount-currency", "an amount without its currency", at, "", "fill it, or declare it")
        kind, at = self._text("kind")
        found["kind"] = self._coded("kind", kind or reader.input.kind, at)
        if not kind and not reader.input.kind:
            self._fault("value-missing", "kind: the cell is empty", at, "", "each row needs it")
        found["date"] = self._date()
        return found

    def _text(self, name: str) -> tuple[str, int]:
        cell, at = self.reader.map.field(self.row, name)
        text = " ".join(cell.removeprefix(NUMBER).split())
        if len(text) > CELL_LENGTH:
            self._fault("cell-length", f"the cell has {len(text)} characters", at, text, "cut it")
            return "", at
        control = CONTROL.search(text)
        if control:
            message = f"the cell holds the control character U+{ord(control[0]):04X}"
            self._fault("cell-control", message, at, text, "delete it: it cannot be seen in most editors")
            return "", at
        return text, at

    def _texts(self, name: str) -> list[str]:
        return list(dict.fromkeys(parts(self._text(name)[0])))

    def _fault(self, rule: str, message: str, column: int, value: str, hint: str) -> None:
        self.bad = True
        self.reader.find(rule, message, self.row.number, column, value, hint)

    def _id(self) -> str:
        reader = self.reader
        text, at = self._text("id")
        name = ident(reader.prefix, text) if text else f"{reader.prefix}--r{self.row.number}"
        first = reader.ids.setdefault(name, self.row.number)
        if first != self.row.number:
            self._fault("id-duplicate", f"the same as in row {first}", at, text, "map another column, or none, to id")
        return name

    def _programme(self, countries: tuple[str, ...]) -> str | None:
        reader = self.reader
        reference, at = self._text("programme")
        title, title_at = self._text("title")
        if reader.known.get(reference) == "programme":
            return reference
        if not reference and not title:
            self._fault(
                "money-target", "the row does not say what the money is for", max(at, title_at), "",
                "fill it, or leave such rows out: where = { header = [\"*\"] }",
            )  # fmt: skip
            return None
        identifier = ident(reader.prefix, reference or title)
        told = reader.project(self.row.number, identifier)
        told.names.setdefault(title or reference)
        start, end = self._day("start"), self._day("end")
        told.starts += [start] if start else []
        told.ends += [end] if end else []
        told.countries.update(countries)
        if reference and title:
            told.notes.setdefault(f"reference: {reference}")
        return identifier

    def _parties(self, name: str, kinds: frozenset[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        texts = self._texts(name)
        ids = [text for text in texts if self.reader.known.get(text) in kinds]
        return tuple(ids), tuple(text for text in texts if text not in ids)

    def _countries(self) -> tuple[str, ...]:
        text, at = self._text("country")
        found: dict[str, None] = {}
        for name in parts(text):
            try:
                code = self.reader.countries.code(name)
            except CellError as exc:
                self.bad = True
                if name not in self.reader.unknown_countries:
                    # Once for each text: a column of a thousand rows needs one line in the settings.
                    self.reader.unknown_countries.add(name)
                    rule, message, hint = exc.complaint
                    self._fault(rule, message, at, name, hint)
                continue
            if code:
                found[code] = None
        return tuple(found)

    def _amount(self) -> tuple[Decimal | None, str | None]:
        reader = self.reader
        text, at = reader.map.field(self.row, "amount")
        if not text:
            return None, None
        settings = reader.input
        try:
            exact = amount_of(text, settings.decimal, settings.thousands, settings.unit)
        except CellError as exc:
            rule, message, hint = exc.complaint
            self._fault(rule, message, at, text, hint)
            return None, None
        if exact < 0 and settings.negative != "keep":
            hint = 'write negative = "keep" where such rows take back what others gave'
            self._fault("amount-negative", "the amount is negative", at, text, hint)
            return None, None
        amount = rounded(exact)
        reader.rounded += amount != exact
        about = at >= 0 and any(at in reader.map.columns(name) for name in settings.about)
        return amount, "about" if about else None

    def _coded(self, name: str, text: str, column: int) -> str | None:
        complaint = _complaint(name, text) if text else None
        if complaint:
            self._fault(complaint.rule, complaint.message, column, text, complaint.hint)
            return None
        return text or None

    def _day(self, name: str) -> str:
        text, at = self._text(name)
        return self._dated(lambda: date_of(text, self.reader.input.dates), text, at) if text else ""

    def _date(self) -> str | None:
        day = self._day("date")
        if day:
            return day
        text, at = self._text("year")
        return (self._dated(lambda: year_of(text), text, at) if text else "") or None

    def _dated(self, take: Callable[[], str], text: str, column: int) -> str:
        try:
            return take()
        except CellError as exc:
            rule, message, hint = exc.complaint
            self._fault(rule, message, column, text, hint)
            return ""
