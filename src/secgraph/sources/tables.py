"""The curated tables of a dataset become records: a folder of CSV files, or a workbook with sheets of their names.

Every row is read or named in a finding, and all findings of a dataset come in one run. A row with a bad cell stays,
with that cell emptied, so that what refers to it is not called dangling; a row whose id is bad is kept out and known
by its text. Rules across rows belong to `validation`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple

from pydantic import TypeAdapter, ValidationError

from secgraph.errors import SourceError
from secgraph.records import TABLES, Record
from secgraph.sources.delimited import CELL_LENGTH, CONTROL, Flaw, Row, decode, letter, rows, separator_of
from secgraph.sources.workbook import read_workbook
from secgraph.values import ERROR, INFO, WARNING, Finding, Report, nearest

SSSOM: Final = "identities"
DATASET: Final = "dataset"
_NEEDED_KEYS: Final = ("id", "title", "description", "publisher", "licence")
_KEYS: Final = (*_NEEDED_KEYS, "region")
_SHOWN: Final = 200
_HXL = re.compile(r"#[a-z][a-z0-9_]*(\s*\+[a-z][a-z0-9_]*)*\s*\Z", re.IGNORECASE)
_KEPT_APART: Final = frozenset({"README.md"})


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
    clouded: set[tuple[str, int]] = field(default_factory=set)
    """The rows that refer to a row which could not be read, by table and row: the graph lacks what they say."""
    unreadable: set[str] = field(default_factory=set)
    """The tables of which rows may be missing because the file could not be read to its end."""

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
        file = self.files.get(table) or file_name(table)
        return Finding(rule, severity, message, hint, file, row, column, self.address(table, row, column), shown(value))

    def address(self, table: str, row: int, column: str) -> str:
        """Return the A1 address of a cell, '' where no one cell is meant or the table has no such column."""
        header = self.headers.get(table, ())
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


def read_tables(data: Path) -> Tables:
    """Read all tables of a dataset: a folder, or an .xlsx workbook.

    Returns:
        The records in the order of the files, and every finding.

    Raises:
        SourceError: nothing can be read at all.
    """
    if data.is_dir():
        return _read_folder(data)
    if not data.exists():
        raise SourceError(data.name, "there is no such folder or workbook", hint="give the folder of the tables")
    if data.suffix.lower() == ".xlsx":
        return _read_workbook(data)
    raise SourceError(data.name, "neither a folder nor an .xlsx workbook", hint="give the folder of the tables")


def _read_folder(folder: Path) -> Tables:
    tables = Tables()
    known = {file_name(table): table for table in TABLES}
    present = sorted(path.name for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    if not any(name in known for name in present):
        hint = "the tables are " + ", ".join(sorted(known))
        raise SourceError(folder.name, "no table in this folder", hint=hint)
    for name in present:
        if name in known:
            tables.files[known[name]] = name
        elif name != "dataset.toml" and name not in _KEPT_APART:
            near = nearest(name, known)
            hint = f"did you mean {near[0]}?" if near else "the tables are " + ", ".join(sorted(known))
            tables.findings.add(Finding("file-unknown", WARNING, "no table takes this file", hint, name))
    for name, table in known.items():
        if name not in present:
            continue
        try:
            data = (folder / name).read_bytes()
        except OSError as exc:
            tables.find("file-unreadable", f"cannot be read: {exc.strerror}", table=table)
            tables.unreadable.add(table)
            continue
        _read_delimited(tables, table, data)
    _read_dataset(tables, folder / "dataset.toml")
    return tables


def _read_delimited(tables: Tables, table: str, data: bytes) -> None:
    if not data.strip(b"\xef\xbb\xbf\r\n\t ,;"):
        tables.find("csv-empty", "the file is empty", table=table, hint="write the header, or remove the file")
        return
    text, flaws = decode(data)
    if "\x00" in text[:100] and text[:100].count("\x00") > 10:
        flaws.append(Flaw("csv-encoding", "the file looks like UTF-16 without its mark", "save it as UTF-8"))
        _add_flaws(tables, table, flaws)
        tables.unreadable.add(table)
        return
    record = TABLES[table]
    known = frozenset(record.columns())
    separator = "\t" if table == SSSOM else ","
    prefixes: dict[str, str] = {}
    skipped = 0
    if table == SSSOM:
        prefixes, skipped, text = _sssom_head(text)
    else:
        found = separator_of(text, known)
        if found != separator:
            name = {"\t": "a tab"}.get(found, found)
            message = f"1 column found, expected {len(known)}; the separator looks like {name}"
            flaws.append(Flaw("csv-separator", message, "save the file with commas", 1, 1))
            separator = found
    body: list[Row] = []
    for item in rows(text, separator):
        moved = item._replace(line=item.line + skipped)
        if isinstance(moved, Flaw):
            flaws.append(moved._replace(row=moved.row + skipped))
            tables.unreadable.add(table)
        else:
            body.append(moved._replace(number=moved.number + skipped))
    _add_flaws(tables, table, flaws)
    _read_rows(tables, table, body, prefixes)


def _sssom_head(text: str) -> tuple[dict[str, str], int, str]:
    """Return the prefixes of the metadata block of an SSSOM file, its lines, and the text after it."""
    prefixes: dict[str, str] = {}
    lines = re.split(r"(?<=\n)", text)
    count = 0
    inside = False
    for line in lines:
        if not line.startswith("#"):
            break
        count += 1
        inside = inside and line[1:2].isspace() and bool(re.match(r"#\s{2,}", line))
        entry = re.match(r"""#\s{2,}["']?([A-Za-z][\w.-]*)["']?:\s+["']?([^\s"']+)["']?\s*\Z""", line)
        if inside and entry:
            prefixes[entry[1]] = entry[2]
        if re.match(r"#\s?curie_map:\s*\Z", line):
            inside = True
    return prefixes, count, "".join(lines[count:])


def _add_flaws(tables: Tables, table: str, flaws: Iterable[Flaw]) -> None:
    for flaw in flaws:
        if flaw.line and flaw.line != flaw.row:
            tables.lines[table, flaw.row] = flaw.line
        header = tables.headers.get(table, ())
        column = header[flaw.column] if 0 <= flaw.column < len(header) else ""
        found = tables.finding(
            flaw.rule, flaw.message, table, flaw.row, column, flaw.value, flaw.hint, flaw.severity
        )
        if flaw.column >= 0 and flaw.row:
            found = found._replace(cell=f"{letter(flaw.column)}{flaw.row}")
        tables.findings.add(found)


def _read_workbook(path: Path) -> Tables:
    tables = Tables()
    sheets = read_workbook(path)
    settings = path.with_suffix(".toml")
    if not any(sheet.name in TABLES for sheet in sheets):
        hint = "name the sheets " + ", ".join(sorted(TABLES))
        raise SourceError(path.name, "no sheet has the name of a table", hint=hint)
    pairs: list[list[str]] | None = None
    for sheet in sheets:
        file = f"{path.name}[{sheet.name}]"
        if sheet.name == DATASET:
            pairs = sheet.rows
        elif sheet.name not in TABLES:
            near = nearest(sheet.name, TABLES)
            hint = f"did you mean {near[0]}?" if near else "the tables are " + ", ".join(sorted(TABLES))
            tables.findings.add(Finding("file-unknown", WARNING, "no table takes this sheet", hint, file))
        else:
            tables.files[sheet.name] = file
            body = [Row(number, number, tuple(cells)) for number, cells in enumerate(sheet.rows, 1)]
            if not any(cell for row in body for cell in row.cells):
                hint = "write the header, or remove the sheet"
                tables.find("csv-empty", "the sheet is empty", table=sheet.name, hint=hint)
                continue
            prefixes = {"sg": "https://w3id.org/secgraph/id/"} if sheet.name == SSSOM else {}
            _read_rows(tables, sheet.name, body, prefixes)
            _add_flaws(tables, sheet.name, sheet.flaws)
    if settings.exists() or pairs is None:
        _read_dataset(tables, settings)
    else:
        values = {row[0].strip(): row[1].strip() for row in pairs if len(row) > 1 and row[0].strip() not in ("", "key")}
        _set_dataset(tables, {DATASET: values}, f"{path.name}[{DATASET}]")
    return tables


def _read_rows(tables: Tables, table: str, body: Sequence[Row], prefixes: Mapping[str, str]) -> None:
    body = [row for row in body if not _is_blank(tables, table, row, body[-1].number)]
    tables.counts[table] = 0
    if not body:
        return
    header, *rest = body
    names = _header(tables, table, header)
    if rest and _is_hxl(rest[0]):
        tables.find(
            "hxl-row", "the row of HXL hashtags is not data and was left out", table=table, row=rest[0].number,
            severity=INFO,
        )  # fmt: skip
        rest = rest[1:]
    if not rest:
        tables.find("table-header-only", "the header stands alone, without rows", table=table, severity=WARNING)
    tables.counts[table] = len(rest)
    missing = set(needed_columns(table)) - set(names)
    reader = _RowReader(tables, table, names, missing, prefixes)
    for row in rest:
        if row.line != row.number:
            tables.lines[table, row.number] = row.line
        reader.read(row)


def _is_blank(tables: Tables, table: str, row: Row, last: int) -> bool:
    if any(cell.strip() for cell in row.cells):
        return False
    if row.number < last or len(row.cells) > 1:
        tables.find("row-empty", "the row is empty and was left out", table=table, row=row.number, severity=INFO)
    return True


def _is_hxl(row: Row) -> bool:
    cells = [cell.strip() for cell in row.cells if cell.strip()]
    return bool(cells) and all(_HXL.match(cell) for cell in cells)


def _header(tables: Tables, table: str, row: Row) -> tuple[str, ...]:
    """Return the column names, '' for one that is not read, and report what is wrong with them."""
    record = TABLES[table]
    known = record.columns()
    cells = [cell.strip() for cell in row.cells]
    while cells and not cells[-1] and len(cells) > len(known):
        cells.pop()
    tables.headers[table] = tuple(cells)
    names: list[str] = []
    for at, name in enumerate(cells):
        address = f"{letter(at)}{row.number}"
        near = nearest(name, [other for other in known if other not in cells]) or nearest(name, known)
        hint = f"did you mean {near[0]}?" if near else "the columns are " + ", ".join(known)
        rule = message = ""
        if not name:
            rule, message = "header-empty", f"column {letter(at)} has no name"
        elif name in names:
            first = letter(names.index(name))
            rule, message, hint = "header-duplicate", f"column {letter(at)} repeats column {first}", "keep one of them"
        elif name not in known and table != SSSOM:
            rule, message = "header-unknown", f"column {letter(at)} is not a column of {table}"
        if rule:
            file = tables.files.get(table) or file_name(table)
            tables.findings.add(Finding(rule, ERROR, message, hint, file, row.number, name, address, name))
        names.append("" if rule or name not in known else name)
    absent = [name for name in needed_columns(table) if name not in names]
    if any(name in absent for name in record.key):
        tables.unreadable.add(table)
    if absent:
        tables.find(
            "header-missing", "missing: " + ", ".join(absent), table=table, row=row.number,
            hint="the columns are " + ", ".join(known),
        )  # fmt: skip
    return tuple(names)


@cache
def needed_columns(table: str) -> tuple[str, ...]:
    """Return the columns without which no row of a table can be read.

    >>> needed_columns("editions")
    ('event', 'series', 'sources')
    """
    record = TABLES[table]
    fields = {info.alias or name: info for name, info in record.model_fields.items()}
    return tuple(
        name
        for name in record.columns()
        if fields[name].is_required() or (name == "sources" and record.has_sources())
    )


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


class _RowReader:
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
        cells = row.cells
        if len(cells) != self.width and not self._fits(row):
            return
        values = {name: cell for name, cell in zip(self.names, cells, strict=False) if name}
        bad = self._bad_text(row, values)
        if self.prefixes or self.table == SSSOM:
            self._expand(row.number, values)
        try:
            if not bad and not self.missing:
                record = self.record(**values, file=self.file, row=row.number)
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
                bad[name] = Complaint("cell-length", message, "an unclosed quote, or a text for `note` of another file?")
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
                known = Complaint("", "", "") if column in self.missing else _complaint(exc.errors(include_url=False)[0])
                bad[column] = known
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
            typed[column] = _stand_in(self.table, column)
        fields = {info.alias or name: name for name, info in self.record.model_fields.items()}
        record = self.record.model_construct(
            **{fields[column]: value for column, value in typed.items()}, file=self.file, row=row.number
        )
        self.tables.records[self.table].append(record)
        self.tables.partial[self.table, row.number] = set(bad)

    def _reject(self, row: Row, values: Mapping[str, str]) -> None:
        key = tuple(values.get(column, "") for column in self.record.key)
        self.tables.rejected.append(Rejected(self.table, row.number, key))

    def _expand(self, row: int, values: dict[str, str]) -> None:
        """Expand the CURIEs of an SSSOM row by the file's own prefixes."""
        for column in ("subject_id", "object_id"):
            value = values.get(column, "")
            prefix, colon, rest = value.partition(":")
            if colon and prefix in self.prefixes:
                values[column] = self.prefixes[prefix] + rest
            elif value and not rest.startswith("//") and value != "sssom:NoTermFound":
                self.tables.find(
                    "sssom-prefix", f"the prefix {prefix!r} is not in the curie_map of the file", table=self.table,
                    row=row, column=column, value=value, hint="add it to the block of comments at the top",
                )  # fmt: skip


@cache
def _stand_in(table: str, column: str) -> Any:
    """Return what stands in a bad cell: nothing, or for a needed cell the first value that the column takes."""
    adapter = column_type(table, column)
    for text in ("", "unknown", "other", "2000", "process", "programme", "budget", "member", "alias", "web-page",
                 "independent", "report", "organisation", "1"):  # fmt: skip
        try:
            return adapter.validate_python(text)
        except ValidationError:
            continue
    return ""


def _read_dataset(tables: Tables, path: Path) -> None:
    try:
        text = path.read_bytes().decode("utf-8-sig")
        _set_dataset(tables, tomllib.loads(text), path.name)
    except FileNotFoundError:
        hint = f"write {path.name} with [dataset] and " + ", ".join(_NEEDED_KEYS)
        tables.findings.add(Finding("dataset-file", ERROR, "the dataset does not say what it is", hint, path.name))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        where = re.search(r"line (\d+)", str(exc))
        row = int(where[1]) if where else 0
        message = f"not valid TOML: {exc}"
        tables.findings.add(Finding("dataset-file", ERROR, message, "see https://toml.io", path.name, row))


def _set_dataset(tables: Tables, content: Mapping[str, Any], file: str) -> None:
    def complain(message: str, value: object = "", hint: str = "") -> None:
        tables.findings.add(Finding("dataset-file", ERROR, message, hint, file, value=shown(value)))

    for name in content:
        if name not in (DATASET, "tables"):
            near = nearest(name, (DATASET, "tables"))
            complain("not a section of a dataset", name, f"did you mean {near[0]}?" if near else "")
    head = content.get(DATASET, {})
    head = head if isinstance(head, dict) else {}
    for name, value in head.items():
        if name not in _KEYS:
            near = nearest(name, _KEYS)
            complain("not a key of [dataset]", name, f"did you mean {near[0]}?" if near else "one of " + ", ".join(_KEYS))
        elif not isinstance(value, str):
            complain(f"{name} is not a text", value, "put it in quotes")
    absent = [name for name in _NEEDED_KEYS if not head.get(name)]
    if absent:
        complain("missing in [dataset]: " + ", ".join(absent))
    counts: dict[str, Count] = {}
    sections = content.get("tables", {})
    for name, bounds in sections.items() if isinstance(sections, dict) else ():
        if name not in TABLES:
            near = nearest(name, TABLES)
            complain("not a table", name, f"did you mean {near[0]}?" if near else "")
            continue
        good = {}
        for key, value in bounds.items() if isinstance(bounds, dict) else (("", bounds),):
            if key in ("minimum", "maximum") and isinstance(value, int) and not isinstance(value, bool) and value >= 0:
                good[key] = value
            else:
                complain(f"[tables.{name}] takes minimum and maximum, whole numbers", f"{key} = {value}")
        counts[name] = Count(**good)
    fields = {name: str(head.get(name, "")) for name in _KEYS}
    tables.dataset = Dataset(**fields, counts=counts, file=file)
