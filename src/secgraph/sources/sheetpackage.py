"""What the package of a workbook says that the reader of its cells passes over; runs in the child that reads it.

An .xlsx file is a zip of XML. The zip is bounded before anything is taken out of it, a cell far outside the table is
found before a sheet of its size is made, and errors, formulas that nobody computed, merged cells and what is hidden
are named, where the reader of the cells gives nothing.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from zlib import error as ZlibError  # noqa: N812  an error is told by its name

from lxml import etree

from secgraph.errors import SecgraphError
from secgraph.sources.delimited import Flaw, letter
from secgraph.values import INFO

FREE: Final = 1 << 20
"""Bytes that a package may unfold to whatever its own size."""
RATIO: Final = 200
"""How many times its own size a larger package may unfold to."""
CELLS: Final = 10_000_000
"""The most cells that one sheet may have, the empty ones among them."""

_BOOK: Final = "xl/workbook.xml"
_OTHERS: Final = {
    "xl/workbook.bin": "a binary .xlsb workbook",
    "content.xml": "an OpenDocument file",
    "word/document.xml": "a Word document",
    "ppt/presentation.xml": "a PowerPoint presentation",
}
_ADDRESS: Final = re.compile(r"([A-Z]{1,3})([0-9]{1,7})\Z")
_ZEROS: Final = re.compile(r'"?(0{2,})"?\Z')
_RELATION: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION: Final = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"


@dataclass
class SheetNotes:
    """What is wrong in one sheet, and the cells whose value is an error, by row and column from 0."""

    flaws: list[Flaw] = field(default_factory=list)
    errors: dict[tuple[int, int], str] = field(default_factory=dict)


def inspect(data: bytes) -> dict[str, SheetNotes]:
    """Return what is to be said of each sheet of a workbook, by its name.

    Raises:
        SecgraphError: it is no workbook, is damaged, unfolds to too much, or has a cell too far out.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            parts = _parts(package, len(data))
    # zipfile says what is wrong with a damaged file in seven ways: unknown compression, an encrypted member, an offset
    # before the file's beginning and a name that is no text among them.
    except (zipfile.BadZipFile, NotImplementedError, ZlibError, EOFError, OSError, ValueError, RuntimeError) as exc:
        raise SecgraphError(f"the file is cut short or damaged: {exc}") from exc
    try:
        return dict(_sheets(parts))
    except etree.XMLSyntaxError as exc:
        raise SecgraphError(f"a part of the workbook is not well-formed XML: {exc}") from exc


def _parts(package: zipfile.ZipFile, size: int) -> dict[str, bytes]:
    """Return the parts that are read, each by its name in small letters; all are unfolded, within the budget."""
    names = [info.filename for info in package.infolist()]
    for name in names:
        if name.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", name) or ":" in name:
            raise SecgraphError(f"the member {name!r} of the file leads out of it")
    if len({name.lower() for name in names}) < len(names):
        raise SecgraphError("the file has two members of one name")
    lower = [name.lower() for name in names]
    if _BOOK not in lower:
        kind = next((told for name, told in _OTHERS.items() if name in lower), "a zip that is no workbook")
        raise SecgraphError(f"the file is {kind}")
    budget = max(FREE, RATIO * size)
    parts: dict[str, bytes] = {}
    for info in package.infolist():
        if info.flag_bits & 1:
            raise SecgraphError(f"the member {info.filename!r} of the file is encrypted")
        if info.file_size > budget:
            told = f"its {size:,} bytes unfold to more than {RATIO} times as many"
            raise SecgraphError(f"the file is a zip bomb: {told} (at {info.filename!r})")
        budget -= info.file_size
        with package.open(info) as member:
            # To the end, also where nobody reads it: its size and sum must be those that the package declares.
            content = member.read()
        if info.filename.lower().endswith((".xml", ".rels")):
            if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
                raise SecgraphError(f"the member {info.filename!r} declares entities, which no workbook does")
            parts[info.filename.lower()] = content
    return parts


def _root(parts: Mapping[str, bytes], name: str) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    return etree.fromstring(parts[name], parser) if name in parts else None


def _sheets(parts: Mapping[str, bytes]) -> Iterator[tuple[str, SheetNotes]]:
    relations = _root(parts, "xl/_rels/workbook.xml.rels")
    targets = {item.get("Id"): item.get("Target", "") for item in relations} if relations is not None else {}
    padded = _padded(_root(parts, "xl/styles.xml"))
    shared = _root(parts, "xl/sharedstrings.xml")
    texts = sum(1 for _ in shared.iterfind("{*}si")) if shared is not None else 0
    for sheet in _root(parts, _BOOK).iterfind("{*}sheets/{*}sheet"):
        notes = SheetNotes()
        name = sheet.get("name", "")
        if sheet.get("state", "visible") != "visible":
            message = "the sheet is hidden; it was read like the others"
            notes.flaws.append(Flaw("xlsx-hidden", message, "show it, or delete it", severity=INFO))
        target = targets.get(sheet.get(_RELATION) or sheet.get(_STRICT_RELATION), "")
        part = posixpath.normpath(posixpath.join("/xl", target)).lstrip("/").lower()
        if part in parts:
            _Sheet(name, notes, padded, texts).read(parts[part])
        yield name, notes


def _padded(styles: Any) -> dict[int, int]:
    """Return how many digits a cell of each style shows, for the styles that fill up with zeros."""
    if styles is None:
        return {}
    codes = {item.get("numFmtId"): item.get("formatCode", "") for item in styles.iterfind("{*}numFmts/{*}numFmt")}
    found = {}
    for number, style in enumerate(styles.iterfind("{*}cellXfs/{*}xf")):
        zeros = _ZEROS.match(codes.get(style.get("numFmtId"), ""))
        if zeros:
            found[number] = len(zeros[1])
    return found


class _Sheet:
    """Goes through the XML of one sheet."""

    def __init__(self, name: str, notes: SheetNotes, padded: Mapping[int, int], texts: int) -> None:
        self.name = name
        self.notes = notes
        self.padded = padded
        self.texts = texts
        self.row = self.column = 0
        self.height = self.width = 0
        self.hidden: list[int] = []

    def read(self, content: bytes) -> None:
        """Take note of what is in the sheet."""
        events = etree.iterparse(
            io.BytesIO(content), events=("start", "end"), resolve_entities=False, no_network=True, load_dtd=False,
            huge_tree=False,
        )  # fmt: skip
        for event, element in events:
            kind = _local(element)
            if event == "start":
                if kind == "row":
                    self._start_row(element)
                continue
            if kind == "c":
                self._cell(element)
            elif kind == "col" and element.get("hidden") in ("1", "true"):
                first, last = (letter(_number(element, name) - 1) for name in ("min", "max"))
                message = f"hidden columns, read like the others: {first if first == last else f'{first} to {last}'}"
                self._flaw("xlsx-hidden", message, "show them, or delete them", severity=INFO)
            elif kind == "mergeCell":
                self._merged(element.get("ref", ""))
            elif kind == "row":
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]
        if self.hidden:
            rows = ", ".join(map(str, self.hidden[:10])) + (" and others" if len(self.hidden) > 10 else "")
            message = f"hidden rows, read like the others: {rows}"
            self._flaw("xlsx-hidden", message, "show them, or delete them", self.hidden[0], severity=INFO)

    def _start_row(self, element: Any) -> None:
        self.row = _number(element, "r") if element.get("r") else self.row + 1
        self.column = 0
        if element.get("hidden") in ("1", "true"):
            self.hidden.append(self.row)

    def _cell(self, element: Any) -> None:
        address = element.get("r")
        if address:
            found = _ADDRESS.match(address)
            if not found:
                raise SecgraphError(f"sheet {self.name!r}: {address!r} is no address of a cell")
            self.column, self.row = column_of(found[1]), int(found[2])
        else:
            self.column += 1
        parts = {_local(child): child.text or "" for child in element}
        if not parts.keys() & {"v", "f", "is"}:
            return
        self.height, self.width = max(self.height, self.row), max(self.width, self.column)
        if self.height * self.width > CELLS:
            place = f"sheet {self.name!r}, cell {letter(self.column - 1)}{self.row}"
            size = f"{self.height * self.width:,} cells, and {CELLS:,} is the limit"
            raise SecgraphError(f"{place}: with a cell so far out the sheet has {size}")
        kind, value = element.get("t", "n"), parts.get("v", "")
        if kind == "s" and not (value.isascii() and value.isdigit() and int(value) < self.texts):
            # The reader of the cells would take another text.
            place = f"sheet {self.name!r}, cell {letter(self.column - 1)}{self.row}"
            raise SecgraphError(f"{place}: its text, number {value!r}, is not in the file")
        if kind == "e":
            self.notes.errors[self.row - 1, self.column - 1] = value
            message = f"the cell holds the error {value}"
            self._flaw("xlsx-error", message, "correct its formula, or empty it", self.row, self.column, value)
        elif "f" in parts and not value and kind != "str":
            message = "the cell holds a formula whose result is not in the file"
            hint = "open the file in a spreadsheet and save it, or write the value"
            self._flaw("xlsx-formula", message, hint, self.row, self.column, f"={parts['f']}")
        elif kind == "n" and value:
            shown = self.padded.get(int(element.get("s", "0")), 0)
            if value.isdigit() and len(value) < shown:
                message = f"the cell shows {value.zfill(shown)} and holds the number {value}"
                hint = "format the cell as text and type it again"
                self._flaw("xlsx-zeros", message, hint, self.row, self.column, value)

    def _merged(self, reference: str) -> None:
        first = _ADDRESS.match(reference.partition(":")[0])
        if first:
            message = f"the cells {reference} are merged: only the first of them has a value"
            hint = "unmerge them and fill each cell"
            self._flaw("xlsx-merged", message, hint, int(first[2]), column_of(first[1]))

    def _flaw(
        self,
        rule: str,
        message: str,
        hint: str,
        row: int = 0,
        column: int = 0,
        value: str = "",
        severity: str = "error",
    ) -> None:
        self.notes.flaws.append(Flaw(rule, message, hint, row, row, column - 1, value, severity))


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _number(element: Any, name: str) -> int:
    text = element.get(name, "")
    if not re.fullmatch(r"[1-9][0-9]{0,6}", text):
        raise SecgraphError(f"{name} = {text!r} is no number of a row or column")
    return int(text)


def column_of(letters: str) -> int:
    """Return the number of a column, from 1.

    >>> column_of("A"), column_of("XFD")
    (1, 16384)
    """
    number = 0
    for sign in letters:
        number = number * 26 + ord(sign) - 64
    return number
