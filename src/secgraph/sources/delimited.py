"""Bytes of a CSV file become rows of cells, strictly: nothing is guessed in silence, and no row is swallowed.

Every row knows the line it starts on (as an editor counts) and its number (as a spreadsheet counts: a cell that holds
line ends makes the two differ). What is wrong becomes a `Flaw`, and reading goes on after it.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

CELL_LENGTH: Final = 100_000
"""The most characters that one cell may hold."""
CELL_LINES: Final = 200
"""The most lines that one quoted cell may span: beyond, its quote was never closed."""

_LINE_END = re.compile(r"\r\n|\r|\n")
_QUOTED = re.compile(r'"((?:[^"]+|"")*+)"')
CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
"""Characters that no cell may hold; tab and line ends are text."""


class Flaw(NamedTuple):
    """One thing that is wrong with a file itself: where, by which rule, and what to do."""

    rule: str
    message: str
    hint: str = ""
    row: int = 0
    line: int = 0
    column: int = -1
    value: str = ""
    severity: str = "error"


class Row(NamedTuple):
    """The cells of one row, its number in a spreadsheet and the line on which it starts, both from 1."""

    number: int
    line: int
    cells: tuple[str, ...]


def decode(data: bytes) -> tuple[str, list[Flaw]]:
    """Return the text of a file, and what is wrong with its encoding.

    Where the bytes are no UTF-8, the text is read by the encoding that is likeliest, so that the other errors of the
    file can be told in the same run; the flaw stands all the same.

    >>> decode(b"\\xef\\xbb\\xbfid")[0], decode("id".encode("utf-16"))[0]
    ('id', 'id')
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            note = Flaw("csv-utf16", "the file is UTF-16; it was read as such", "save it as UTF-8", severity="info")
            return data.decode("utf-16"), [note]
        except UnicodeDecodeError as exc:
            flaw = Flaw("csv-encoding", f"UTF-16 that breaks off or errs at byte {exc.start}", "save it as UTF-8")
            return data.decode("utf-16", "replace"), [flaw]
    try:
        return data.decode("utf-8-sig"), []
    except UnicodeDecodeError as exc:
        guess = guess_encoding(data)
        before = data[: exc.start].decode("latin-1")
        line = len(_LINE_END.findall(before)) + 1
        flaw = Flaw(
            "csv-encoding",
            f"byte {exc.start} (0x{data[exc.start]:02X}) is not UTF-8; the file looks like {guess}",
            "save the file as UTF-8",
            row=line,
            line=line,
        )
        return data.decode(guess, "replace"), [flaw]


def guess_encoding(data: bytes) -> str:
    """Return the likeliest of the one-byte encodings in use around here.

    >>> guess_encoding("Скопје и Охрид".encode("cp1251")), guess_encoding("Šibenik, Đakovo, Peć".encode("cp1250"))
    ('cp1251', 'cp1250')
    >>> guess_encoding("Café “Zürich”".encode("cp1252")), guess_encoding("Café".encode("latin-1"))
    ('cp1252', 'latin-1')
    """
    runs = [len(run) for run in re.findall(rb"[\x80-\xff]+", data)]
    # Whole words of signs beyond ASCII are Cyrillic; single ones are letters with marks.
    if sum(run > 2 for run in runs) * 3 > sum(run <= 2 for run in runs):
        return "cp1251"
    # Letters of the languages written in cp1250 (ć đ č and capitals) are signs that western texts rarely hold.
    south_slavic = len(re.findall(rb"[\xe6\xf0\xc6\xd0\xc8]", data)) + len(re.findall(rb"\xe8(?=[a-z])", data))
    if south_slavic and south_slavic * 2 >= len(re.findall(rb"[\xe0-\xff\xc0-\xdf]", data)):
        return "cp1250"
    return "cp1252" if re.search(rb"[\x80-\x9f]", data) else "latin-1"


def separator_of(text: str, known: frozenset[str]) -> str:
    """Return the separator by which the first line gives the most known column names; a comma where none does.

    >>> separator_of("id;name;type", frozenset({"id", "name"}))
    ';'
    """
    first = _LINE_END.split(text, maxsplit=1)[0]
    found = {sign: sum(cell.strip().strip('"') in known for cell in first.split(sign)) for sign in ",;\t|"}
    best = max(found, key=lambda sign: found[sign])
    return best if found[best] > found[","] else ","


def rows(text: str, separator: str = ",") -> Iterator[Row | Flaw]:
    r"""Yield the rows of a CSV text by RFC 4180; line ends may be CR, LF or CRLF, mixed too.

    Where a quote is not closed, or closed amid a cell, the flaw names the row in which it opened, and reading goes on
    on the next line, so that the rows after it are all seen.

    >>> [row.cells for row in rows('a,b\r1,"x, ""y"" z"\r\n') if isinstance(row, Row)]
    [('a', 'b'), ('1', 'x, "y" z')]
    >>> [flaw.row for flaw in rows('a,b\n1,"x\n2,y\n') if isinstance(flaw, Flaw)]
    [2]
    """
    plain = re.compile(f"[^{re.escape(separator)}\r\n]*")
    at, line, number = 0, 1, 1
    while at < len(text):
        start = at
        cells: list[str] = []
        flaw: Flaw | None = None
        while True:
            if text.startswith('"', at):
                end = _QUOTED.match(text, at)
                after = end.end() if end else len(text)
                spans = len(_LINE_END.findall(text, at, after))
                clean = after == len(text) or text[after] == separator or text[after] in "\r\n"
                if end is None or spans > CELL_LINES or not clean:
                    flaw = _quote_flaw(end is None or spans > CELL_LINES, number, line, len(cells), text[at : at + 60])
                    break
                cells.append(end[1].replace('""', '"'))
            else:
                found = plain.match(text, at)
                after = found.end() if found else at
                cells.append(text[at:after])
            at = after
            if at < len(text) and text[at] == separator:
                at += 1
                continue
            break
        if flaw:
            yield flaw
            ended = _LINE_END.search(text, start)
            at = ended.end() if ended else len(text)
            line += 1
        else:
            yield Row(number, line, tuple(cells))
            ended = _LINE_END.match(text, at)
            at = ended.end() if ended else len(text)
            line += len(_LINE_END.findall(text, start, at))
        number += 1


def _quote_flaw(unclosed: bool, row: int, line: int, column: int, value: str) -> Flaw:
    if unclosed:
        message = "a quote opens here and is never closed"
    else:
        message = "a quote opens here and closes amid a cell, perhaps rows below"
    hint = 'close it before the next comma; a quote inside a cell is written ""'
    return Flaw("csv-quote", message, hint, row, line, column, _LINE_END.split(value, maxsplit=1)[0])


def letter(column: int) -> str:
    """Return the letters of a column in a spreadsheet, from 0.

    >>> letter(0), letter(25), letter(26), letter(701)
    ('A', 'Z', 'AA', 'ZZ')
    """
    name = ""
    column += 1
    while column:
        column, digit = divmod(column - 1, 26)
        name = chr(65 + digit) + name
    return name
