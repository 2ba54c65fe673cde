"""The map of columns of a spreadsheet, held against its headers: which cell of a row is which of our fields."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Final

from secgraph.records.cells import ID_PATTERN
from secgraph.sources.delimited import Row, letter
from secgraph.sources.inputs import SpreadsheetInput, layouts
from secgraph.sources.sheetcells import parts
from secgraph.sources.sheetfile import NUMBER, header_key
from secgraph.values import nearest

_NEEDED: Final = ("amount", "recipient", "title", "year")
"""The fields by which the layouts of a preset are told apart."""
_SHOWN: Final = {"funder_name": "funder", "recipient_name": "recipient", "countries": "country", "name": "title"}


class ColumnMap:
    """The map of one spreadsheet; `input` is its input with the columns of the preset's layout that fits."""

    def __init__(self, one: SpreadsheetInput, header: Sequence[str]) -> None:
        self.header = header
        self._at: dict[str, list[int]] = {}
        for column, text in enumerate(header):
            self._at.setdefault(header_key(text), []).append(column)
        self._found: dict[str, list[int]] = {}
        self._carried: dict[str, tuple[str, int]] = {}
        self.input = self._laid_out(one)

    def _laid_out(self, one: SpreadsheetInput) -> SpreadsheetInput:
        """Return the input with the columns of the layout of its preset, its own before them."""
        if not one.preset:
            return one
        choices = layouts(one.preset)
        best = max(choices, key=lambda layout: sum(self._has(layout, name) for name in _NEEDED))
        columns = {name: found for name in best.columns if (found := self._there(best.columns[name]))}
        for name in _NEEDED:
            columns.setdefault(name, best.columns[name])
        return replace(
            one,
            kind=one.kind or best.kind,
            columns={**columns, **one.columns},
            negative=one.negative or best.negative,
            empty=(*one.empty, *best.empty),
            about=(*one.about, *(self._there(best.about))),
            carried=(*one.carried, *best.carried),
        )

    def _has(self, layout: SpreadsheetInput, name: str) -> bool:
        return bool(self._there(layout.columns[name]))

    def _there(self, names: Sequence[str]) -> tuple[str, ...]:
        return tuple(name for name in names if name.startswith("=") or header_key(name) in self._at)

    def columns(self, header: str) -> list[int]:
        """Return the columns that have a header; more than one are a fault."""
        if header not in self._found:
            self._found[header] = self._at.get(header_key(header), [])
        return self._found[header]

    def faults(self, known: Collection[str]) -> Iterator[tuple[str, str, str]]:
        """Yield what is wrong with the map: message, value and hint.

        Args:
            known: the ids that a value of every row may be.
        """
        wanted = {name: names for name, names in self.input.columns.items() if not names[0].startswith("=")}
        wanted |= {f"where.{name}": (name,) for name in self.input.where}
        wanted |= {"about": self.input.about} if self.input.about else {}
        for ours, names in wanted.items():
            for name in names:
                if len(self.columns(name)) > 1:
                    listed = ", ".join(letter(at) for at in self.columns(name))
                    yield f"{ours}: the header stands in the columns {listed}", name, "rename one of them"
            if not any(self.columns(name) for name in names):
                near = nearest(names[0], [header for header in self.header if header])
                hint = f"did you mean {near[0]}?" if near else "the headers are " + ", ".join(self.header[:30])
                yield f"{ours}: no column has this header", names[0], hint
        # What is written like an id, and is none, would go unnoticed as a name.
        for ours in ("programme", "funder", "recipient", "instrument"):
            for text in self.input.columns.get(ours, ()):
                for item in parts(text[1:]) if text.startswith("=") else ():
                    if ID_PATTERN.match(item) and item not in known:
                        near = nearest(item, sorted(known))
                        hint = f"did you mean {near[0]}?" if near else "a name is written as it is, with its capitals"
                        yield f"{ours}: nothing has this id", text, hint

    def shown(self) -> dict[str, str]:
        """Return their header of each field of a record, as findings name it."""
        columns = {name: names[0] for name, names in self.input.columns.items() if not names[0].startswith("=")}
        found = {name: self.header[at[0]] for name, text in columns.items() if (at := self.columns(text))}
        return found | {ours: found[mapped] for ours, mapped in _SHOWN.items() if mapped in found}

    def carry(self, row: Row) -> None:
        """Take note of what the rows below share with this one."""
        for name in self.input.carried:
            self.field(row, name)

    def wanted(self, row: Row) -> bool:
        """Tell whether a row is among those that the map takes."""
        for name, texts in self.input.where.items():
            cell, _at = self._first(row, (name,))
            if not cell or ("*" not in texts and cell.removeprefix(NUMBER) not in texts):
                return False
        return True

    def _first(self, row: Row, names: Sequence[str]) -> tuple[str, int]:
        """Return the first filled cell under these headers, and its column; -1 for a value of every row."""
        for name in names:
            if name.startswith("="):
                return name[1:].strip(), -1
            for at in self.columns(name):
                cell = row.cells[at].strip(" \u00a0\t\r\n") if at < len(row.cells) else ""
                if cell and cell not in self.input.empty:
                    return cell, at
        return "", self.columns(names[0])[0] if self.columns(names[0]) else -1

    def field(self, row: Row, name: str) -> tuple[str, int]:
        """Return the cell of one of our fields and its column; one that is carried stands in a row above."""
        names = self.input.columns.get(name)
        if not names:
            return "", -1
        found = self._first(row, names)
        if name in self.input.carried:
            if found[0]:
                self._carried[name] = found
            else:
                return self._carried.get(name, found)
        return found
