"""Results and quads as the store writes them, taken apart: SPARQL 1.1 TSV and N-Quads, each distinct term read once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from secgraph.values import LANG_STRING, XSD, Cell, Iri, Literal, Object, Quad, Table

_TEXT_AT_ONCE: Final = 1_000_000
"""Bytes of a result that are taken apart at once."""
_ESCAPE: Final = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)")
_CONTROL: Final = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_TERM: Final = re.compile(r'"((?:[^"\\]|\\.)*)"(?:@([A-Za-z0-9-]+)|\^\^<([^>]*)>)?\Z', re.DOTALL)


def _unescape(text: str) -> str:
    if "\\" not in text:
        return text

    def one(match: re.Match[str]) -> str:
        mark = match[1]
        return chr(int(mark[1:], 16)) if len(mark) > 1 else _CONTROL.get(mark, mark)

    return _ESCAPE.sub(one, text)


class _Terms(dict[str, Cell]):
    """Terms by their text in TSV results or N-Quads: each distinct one is read once."""

    def __missing__(self, text: str) -> Cell:
        cell = self[text] = self._read(text)
        return cell

    @staticmethod
    def _read(text: str) -> Cell:
        if not text:
            return None
        if text[0] == "<" and not text.startswith("<<"):
            return Iri(_unescape(text[1:-1]))
        if text[0] == '"':
            if "\\" not in text:
                if text[-1] == '"':
                    return Literal(text[1:-1])
                if text[-1] == ">":
                    value, _, datatype = text[1:-1].rpartition('"^^<')
                    return Literal(value, datatype)
            match = _TERM.match(text)
            if match:
                value, language, datatype = match.groups()
                if language:
                    return Literal(_unescape(value), LANG_STRING, language)
                return Literal(_unescape(value), datatype or XSD + "string")
        if text.startswith("_:"):
            return Iri(text)
        if text in ("true", "false"):
            return Literal(text, XSD + "boolean")
        if re.fullmatch(r"[+-]?\d+", text):
            return Literal(text, XSD + "integer")
        if re.fullmatch(r"[+-]?\d*\.\d+", text):
            return Literal(text, XSD + "decimal")
        if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)[eE][+-]?\d+", text):
            return Literal(text, XSD + "double")
        return Literal(text)  # a triple term: kept as it is written


class Rows:
    """Takes SPARQL 1.1 TSV, the result form that is the fastest to take apart, and keeps its rows alone."""

    def __init__(self) -> None:
        self._columns: tuple[str, ...] | None = None
        self._rows: list[tuple[Cell, ...]] = []
        self._waiting: list[bytes] = []
        self._size = 0
        self._term = _Terms().__getitem__

    def write(self, part: bytes) -> int:
        """Take the next part, cut anywhere."""
        self._waiting.append(bytes(part))
        self._size += len(part)
        if self._size >= _TEXT_AT_ONCE:
            self._read()
        return len(part)

    def flush(self) -> None:
        """Do nothing: lines are read as they are whole."""

    def _read(self) -> None:
        whole, end, rest = b"".join(self._waiting).rpartition(b"\n")
        self._waiting, self._size = [rest], len(rest)
        if not end:
            return
        lines = whole.decode().split("\n")
        if self._columns is None:
            head = lines.pop(0)
            self._columns = tuple(name[1:] for name in head.split("\t")) if head else ()
        if self._columns:
            term = self._term
            self._rows += [tuple(map(term, line.split("\t"))) for line in lines]
        else:
            self._rows += [() for _ in lines]

    def table(self) -> Table:
        """Return what was written, once all was."""
        self._read()
        return Table(self._columns or (), tuple(self._rows))


def read_table(tsv: bytes) -> Table:
    """Return the rows of a whole result in TSV."""
    rows = Rows()
    rows.write(tsv)
    return rows.table()


def read_quads(lines: Iterable[str], graph: str = "") -> Iterator[Quad]:
    """Yield the quads of lines of N-Triples or N-Quads without their line ends; `graph` where a line names none."""
    terms = _Terms()
    for line in lines:
        subject, predicate, rest = line.split(" ", 2)
        rest = rest[:-2]
        named = graph
        # The object comes first and may hold spaces; a graph name follows it only in N-Quads.
        if rest[0] != '"':
            value, _, name = rest.partition(" ")
        else:
            end = rest.rindex('"')
            tail, _, name = rest[end:].partition(" ")
            value = rest[:end] + tail
        if name:
            named = str(terms[name])
        found = terms[value]
        item: Object = found if isinstance(found, Literal) else str(found)
        yield Quad(str(terms[subject]), str(terms[predicate]), item, named)
