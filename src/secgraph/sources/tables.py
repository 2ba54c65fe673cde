"""The curated tables of a dataset become records: a folder of CSV files, or a workbook with sheets of their names.

Every row is read or named in a finding, and all findings of a dataset come in one run. A row with a bad cell stays,
with that cell emptied, so that what refers to it is not called dangling; a row whose id is bad is kept out and known
by its text. Rules across rows belong to `validation`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from secgraph.errors import SourceError
from secgraph.records import TABLES
from secgraph.sources.collected import SSSOM, Tables, file_name
from secgraph.sources.context import read_context
from secgraph.sources.delimited import Flaw, Row, decode, letter, rows, separator_of
from secgraph.sources.included import join
from secgraph.sources.rows import RowReader, needed_columns
from secgraph.sources.settings import DATASET, read_dataset, set_dataset, settings_of
from secgraph.sources.spreadsheets import read_spreadsheets
from secgraph.sources.workbook import read_workbook
from secgraph.values import ERROR, INFO, WARNING, Finding, nearest

__all__ = ["BOOK", "GUIDE", "LISTS", "Tables", "read_alone", "read_tables"]

_HXL = re.compile(r"#[a-z][a-z0-9_]*(\s*\+[a-z][a-z0-9_]*)*\s*\Z", re.IGNORECASE)
_KEPT_APART: Final = frozenset({"README.md"})
BOOK: Final = "tables.xlsx"
"""The workbook that may stand in a dataset's folder, in place of its CSV files."""
GUIDE: Final = "guide"
LISTS: Final = "lists"
"""The sheets of a workbook that hold no rows: what the columns mean, and what cells may hold."""


def read_tables(data: Path) -> Tables:
    """Read all tables of a dataset: a folder, or an .xlsx workbook.

    Returns:
        The records in the order of the files, and every finding.

    Raises:
        SourceError: nothing can be read at all.
    """
    tables = read_alone(data)
    for one in tables.dataset.include:
        try:
            join(tables, read_alone(one.path), one)
        except SourceError as exc:
            tables.findings.add(Finding("file-unreadable", ERROR, exc.message, exc.hint, one.name))
    read_context(tables)
    read_spreadsheets(tables)
    return tables


def read_alone(data: Path) -> Tables:
    """Read the tables and settings of one dataset; the inputs that the settings name are for later."""
    if data.is_dir():
        return _read_folder(data)
    if not data.exists():
        raise SourceError(data.name, "there is no such folder or workbook", hint="give the folder of the tables")
    if data.suffix.lower() == ".xlsx":
        tables = Tables()
        pairs = _read_workbook(tables, data)
        settings = settings_of(data)
        if pairs is None or settings.exists():
            read_dataset(tables, settings)
        else:
            set_dataset(tables, {DATASET: pairs}, f"{data.name}[{DATASET}]")
        return tables
    raise SourceError(data.name, "neither a folder nor an .xlsx workbook", hint="give the folder of the tables")


def _read_folder(folder: Path) -> Tables:
    tables = Tables()
    known = {file_name(table): table for table in TABLES}
    present = sorted(path.name for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    for name in present:
        if name in known:
            tables.files[known[name]] = name
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
    if BOOK in present and tables.files:
        message = "tables stand in CSV files too: " + ", ".join(sorted(tables.files.values()))
        tables.findings.add(Finding("tables-twice", ERROR, message, "keep one of the two, move the other away", BOOK))
    elif BOOK in present:
        _read_workbook(tables, folder / BOOK)
    read_dataset(tables, settings_of(folder))
    if not tables.files and not tables.dataset.named:
        hint = "the tables are " + ", ".join(sorted(known))
        raise SourceError(folder.name, "no table in this folder", hint=hint)
    named = {path.name for path in tables.dataset.named if path.parent == folder.resolve()}
    for name in present:
        if name not in known and name not in ("dataset.toml", BOOK) and name not in _KEPT_APART and name not in named:
            near = nearest(name, known)
            hint = f"did you mean {near[0]}?" if near else "the tables are " + ", ".join(sorted(known))
            tables.findings.add(Finding("file-unknown", WARNING, "no table takes this file", hint, name))
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
    _read_rows(tables, table, body, prefixes)
    _add_flaws(tables, table, flaws)


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
        found = tables.finding(flaw.rule, flaw.message, table, flaw.row, column, flaw.value, flaw.hint, flaw.severity)
        if flaw.column >= 0 and flaw.row:
            found = found._replace(cell=f"{letter(flaw.column)}{flaw.row}")
        tables.findings.add(found)


def _read_workbook(tables: Tables, path: Path) -> dict[str, str] | None:
    """Read the sheets of a workbook, and return what it says of the dataset, where it does."""
    sheets = read_workbook(path)
    if not any(sheet.name in TABLES for sheet in sheets):
        hint = "name the sheets " + ", ".join(sorted(TABLES))
        raise SourceError(path.name, "no sheet has the name of a table", hint=hint)
    pairs: list[list[str]] | None = None
    for sheet in sheets:
        file = f"{path.name}[{sheet.name}]"
        if sheet.name == DATASET:
            pairs = sheet.rows
        elif sheet.name in (GUIDE, LISTS):
            continue
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
    if pairs is None:
        return None
    return {row[0].strip(): row[1].strip() for row in pairs if len(row) > 1 and row[0].strip() not in ("", "key")}


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
        tables.find("table-header-only", "the header stands alone, without rows", table=table, severity=INFO)
    tables.counts[table] = len(rest)
    missing = set(needed_columns(table)) - set(names)
    reader = RowReader(tables, table, names, missing, prefixes)
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
