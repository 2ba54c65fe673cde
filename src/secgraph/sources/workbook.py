"""Reads a spreadsheet workbook in a child process: sheets of text cells come out, and what could not be taken over.

The library can be made to abort its process by a file of 5 kB; the child may die, the caller does not.
"""

from __future__ import annotations

import datetime
import io
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, NamedTuple

from secgraph.errors import LimitError, SecgraphError, SourceError
from secgraph.sources.delimited import Flaw
from secgraph.worker import Limits, run_limited

_LIMITS: Final = Limits(seconds=60, memory=1_500_000_000, result=300_000_000)
_EXACT_DIGITS: Final = 15


class Sheet(NamedTuple):
    """One sheet as rows of text cells, all of the same width, and what is wrong in it."""

    name: str
    rows: list[list[str]]
    flaws: list[Flaw]


NUMBER: Final = "\ufdd0"
"""What stands before the text of a cell that the workbook holds as a number, where marks are asked for."""


def read_workbook(path: Path, *, marked: bool = False) -> list[Sheet]:
    """Return the sheets of an .xlsx file in their order.

    Args:
        path: the file.
        marked: give each number as a spreadsheet shows it, with `NUMBER` before it, and no flaws of numbers and dates.

    Raises:
        SourceError: the file is no workbook, or takes more memory or time than the limit.
    """
    try:
        data = path.read_bytes()
    except OSError as exc:
        raise SourceError(path.name, exc.strerror or str(exc)) from exc
    if not data.startswith(b"PK"):
        if data.startswith(b"\xd0\xcf\x11\xe0"):
            # The directory of such a file names its parts, in two bytes a letter.
            sealed = "EncryptedPackage".encode("utf-16-le") in data
            kind = "encrypted with a password" if sealed else "an old .xls workbook"
        elif data.lstrip()[:1] == b"<":
            kind = "a web page or XML text"
        else:
            kind = "no workbook" if data else "empty"
        raise SourceError(path.name, f"the file is {kind}", hint="save it as .xlsx without a password")
    try:
        found: list[tuple[str, list[list[str]], list[tuple[Any, ...]]]] = run_limited(
            "secgraph.sources.workbook:marked_sheets_of" if marked else "secgraph.sources.workbook:sheets_of",
            data,
            _LIMITS,
            what=path.name,
        )
    except LimitError as exc:
        reason = f"reading it was stopped at the limit of {exc.limit}"
        raise SourceError(path.name, reason, hint="take out what is no table, or split the workbook") from exc
    except SourceError:
        raise
    except SecgraphError as exc:
        raise SourceError(path.name, exc.message, hint="open it in a spreadsheet and save it as .xlsx") from exc
    return [Sheet(name, rows, [Flaw(*flaw) for flaw in flaws]) for name, rows, flaws in found]


def sheets_of(data: bytes) -> list[tuple[str, list[list[str]], list[tuple[Any, ...]]]]:
    """Return name, rows and flaws of each sheet, in plain types that cross to another process."""
    return _sheets(data, _text, keys=True)


def marked_sheets_of(data: bytes) -> list[tuple[str, list[list[str]], list[tuple[Any, ...]]]]:
    """Return the same, with each number marked and as the spreadsheet shows it."""
    return _sheets(data, _marked)


def _marked(cell: Any, row: int, column: int, _flaws: list[tuple[Any, ...]]) -> str:
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        # A spreadsheet holds 15 digits: what is beyond them comes from sums of binary fractions.
        return f"{NUMBER}{Decimal(f'{cell:.{_EXACT_DIGITS}g}'):f}"
    # A date on the first of a month is what it is: these columns are declared as dates.
    return _text(cell, row, column, [])


def _sheets(
    data: bytes, text: Callable[[Any, int, int, list[tuple[Any, ...]]], str], *, keys: bool = False
) -> list[tuple[str, list[list[str]], list[tuple[Any, ...]]]]:
    from python_calamine import CalamineError, CalamineWorkbook

    from secgraph.sources.sheetpackage import inspect

    told = inspect(data)
    sheets = []
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        for name in book.sheet_names:
            notes = told[name]
            flaws = [tuple(flaw) for flaw in notes.flaws]
            cells = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            if keys:
                flaws += _numbers_as_ids(cells)
            rows = [
                [text(cell, row, column, flaws) for column, cell in enumerate(line)]
                for row, line in enumerate(cells, 1)
            ]
            for (row, column), value in notes.errors.items():
                if row < len(rows) and column < len(rows[row]):
                    rows[row][column] = value
            sheets.append((name, rows, flaws))
    except (CalamineError, KeyError, ValueError) as exc:
        raise SecgraphError(f"the file is damaged: {exc}") from exc
    return sheets


def _numbers_as_ids(cells: list[list[Any]]) -> Iterator[tuple[Any, ...]]:
    """Yield a flaw for each number under the header `id`: its zeros and its point are lost, whatever they were."""
    start = next((at for at, line in enumerate(cells) if any(line)), 0)
    for column in [at for at, name in enumerate(cells[start] if cells else ()) if name == "id"]:
        for row, line in enumerate(cells[start + 1 :], start + 2):
            if isinstance(line[column], (int, float)) and not isinstance(line[column], bool):
                message = "the id is held as a number: zeros at its start and its end are lost"
                hint = "format the column as text and type the id again"
                yield tuple(Flaw("xlsx-id", message, hint, row, row, column, f"{line[column]:.15g}"))


def _text(cell: Any, row: int, column: int, flaws: list[tuple[Any, ...]]) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, (int, float)):
        return _number(cell, row, column, flaws)
    if isinstance(cell, datetime.datetime):
        if cell.time() == datetime.time():
            cell = cell.date()
        else:
            return cell.isoformat(sep=" ")
    if isinstance(cell, datetime.date):
        text = cell.isoformat()
        if cell.day == 1:
            message = "a spreadsheet date on the first of a month: the month alone may have been meant"
            hint = "format the cell as text and write YYYY-MM, if so"
            flaws.append(tuple(Flaw("xlsx-date", message, hint, row, row, column, text, "warning")))
        return text
    return str(cell)


def _number(cell: float, row: int, column: int, flaws: list[tuple[Any, ...]]) -> str:
    # A spreadsheet holds 15 digits: the shortest text that gives the same number is what was typed, up to there.
    text = str(int(cell)) if float(cell).is_integer() else repr(cell)
    if "e" in text or len(text.replace(".", "").strip("-0")) > _EXACT_DIGITS:
        message = f"the spreadsheet has rounded this number to {_EXACT_DIGITS} digits"
        hint = "format the cell as text and type it again"
        flaws.append(tuple(Flaw("xlsx-number", message, hint, row, row, column, text)))
    return text
