"""A spreadsheet of strangers as a header and rows of text, whatever its form; what is wrong with the file are flaws."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from secgraph.errors import SourceError
from secgraph.sources.delimited import Flaw, Row, decode, rows, separator_of
from secgraph.sources.workbook import NUMBER, read_workbook

__all__ = ["NUMBER", "SheetFile", "header_key", "read_sheet"]


class SheetFile(NamedTuple):
    """One table: the file (and sheet) as findings name it, its headers, its rows with content, and the flaws."""

    file: str
    header: tuple[str, ...]
    header_row: int
    rows: list[Row]
    flaws: list[Flaw]
    blank: int
    """How many rows are empty."""


def header_key(text: str) -> str:
    """Return a header as headers are compared: spaces, capitals and curly signs make no difference.

    >>> header_key(" Commitment  total\\namount ") == header_key("commitment total Amount")
    True
    >>> header_key("Beneficiary\\u2019s amount")
    "beneficiary's amount"
    """
    straight = text.replace("\u2019", "'").replace("\u2018", "'").replace("\u02bc", "'")
    return " ".join(straight.split()).casefold()


def read_sheet(
    path: Path, name: str, *, known: Iterable[str], sheet: str = "", header: int = 1, encoding: str = ""
) -> SheetFile:
    """Return the table of a spreadsheet.

    Args:
        path: the file, .xlsx, .tsv or .csv.
        name: what findings call it.
        known: headers that are looked for, by which the separator of a .csv is told.
        sheet: the sheet of a workbook; '' takes the only one with content.
        header: the row of the headers.
        encoding: that of a text that is not UTF-8.

    Raises:
        SourceError: the file cannot be read, or it is not clear which sheet is meant.
    """
    if path.suffix.lower() == ".xlsx":
        file, body, flaws = _workbook(path, name, sheet, header)
    else:
        file, body, flaws = _delimited(path, name, header, frozenset(map(header_key, known)), encoding)
    head = next((row for row in body if row.number >= header), None)
    if head is None or head.number != header or not any(cell.strip() for cell in head.cells):
        raise SourceError(file, f"row {header} has no headers", hint="say in which row they stand: header = 1")
    below = [row for row in body if row.number > header]
    kept = [row for row in below if any(cell.strip(f"{NUMBER} \u00a0\t\r\n") for cell in row.cells)]
    cells = tuple(" ".join(cell.removeprefix(NUMBER).split()) for cell in head.cells)
    return SheetFile(file, cells, header, kept, flaws, len(below) - len(kept))


def _workbook(path: Path, name: str, wanted: str, header: int) -> tuple[str, list[Row], list[Flaw]]:
    sheets = read_workbook(path, marked=True)
    full = [one for one in sheets if any(cell for row in one.rows for cell in row)]
    chosen = [one for one in sheets if one.name == wanted] if wanted else full
    if len(chosen) != 1:
        names = ", ".join(one.name for one in full)
        reason = f"there is no sheet {wanted!r}" if wanted else f"{len(full)} sheets have content"
        raise SourceError(name, reason, hint=f'write sheet = "...", one of {names}')
    (one,) = chosen
    # What is above the headers is no part of the table: titles are often merged.
    flaws = [flaw for flaw in one.flaws if not flaw.row or flaw.row >= header]
    return f"{name}[{one.name}]", [Row(at, at, tuple(cells)) for at, cells in enumerate(one.rows, 1)], flaws


def _delimited(
    path: Path, name: str, header: int, known: frozenset[str], encoding: str
) -> tuple[str, list[Row], list[Flaw]]:
    try:
        data = path.read_bytes()
    except OSError as exc:
        raise SourceError(name, exc.strerror or str(exc)) from exc
    text, flaws = _decode(data, encoding)
    if path.suffix.lower() == ".tsv":
        separator = "\t"
    else:
        lines = re.split(r"\r\n|\r|\n", text)
        head = lines[header - 1] if len(lines) >= header else ""
        separator = separator_of(head.casefold(), known)
    body: list[Row] = []
    for item in rows(text, separator):
        if isinstance(item, Flaw):
            flaws.append(item)
        else:
            body.append(item)
    return name, body, flaws


def _decode(data: bytes, encoding: str) -> tuple[str, list[Flaw]]:
    if not encoding:
        return decode(data)
    try:
        return data.decode(encoding), []
    except UnicodeDecodeError as exc:
        message = f"byte {exc.start} (0x{data[exc.start]:02X}) is not {encoding}"
        return data.decode(encoding, "replace"), [Flaw("csv-encoding", message, "correct `encoding`, or save as UTF-8")]
