"""Figures of context: what all donors together give to a country, by sector and year, as the OECD publishes it.

They become rows of the table `context`, of the countries that the dataset has: shown beside a country, never money
rows, and so in no total.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Final

from secgraph.errors import SourceError
from secgraph.records import ContextRecord
from secgraph.sources.collected import PLACE, Load, Sheet, Tables
from secgraph.sources.delimited import Row, letter
from secgraph.sources.inputs import ContextInput
from secgraph.sources.sheetcells import CellError, amount_of, rounded
from secgraph.sources.sheetfile import NUMBER, SheetFile, header_key, read_sheet
from secgraph.values import ERROR, INFO, Finding, nearest

FORM: Final = "context"
UNIT: Final = 1_000_000
"""The figures are in millions."""
NO_FIGURE: Final = "no figure"
GROUP: Final = "a group of countries, or none stated"
ELSEWHERE: Final = "a country that jurisdictions.csv does not have"
FAULT: Final = "a fault in the row"
_CODES: Final = ("recipientcode", "recipient_code")
_NAMES: Final = ("recipientname", "recipient_name", "row labels")
_EXPONENT: Final = re.compile(r"-?[0-9](\.[0-9]+)?E[+-][0-9]{2}")
_RECIPIENTS: Final = Path(__file__).parent.parent / "assets" / "dac-recipients.tsv"


@cache
def recipients() -> Mapping[str, tuple[tuple[str, ...], str]]:
    """Return the recipients of the OECD DAC by code: their names, and the country's code, '' for a group.

    >>> recipients()["57"]
    (('Kosovo',), 'XK')
    """
    with _RECIPIENTS.open(encoding="utf-8", newline="") as file:
        rows = csv.reader((line for line in file if not line.startswith("#")), delimiter="\t")
        next(rows)
        return {code: (tuple(names.split("|")), country) for code, names, country in rows}


@cache
def _by_name() -> Mapping[str, str]:
    return {name.casefold(): code for code, (names, _country) in recipients().items() for name in names}


def country_names() -> dict[str, str]:
    """Return the codes of the countries that the DAC names, by their names."""
    return {name: country for names, country in recipients().values() if country for name in names}


def read_context(tables: Tables) -> None:
    """Read the files of figures that the dataset names into the table `context`; faults become findings."""
    places = {row.row_id() for row in tables.records["jurisdictions"]}
    for one in tables.dataset.context:
        try:
            file = read_sheet(one.path, one.name, known=(*_CODES, *_NAMES), encoding=one.encoding)
        except SourceError as exc:
            tables.findings.add(Finding("file-unreadable", ERROR, exc.message, exc.hint, one.name))
            continue
        _Figures(tables, one, file, places).read()


class _Figures:
    """Reads one file: a row for each recipient, a column for each sector."""

    def __init__(self, tables: Tables, one: ContextInput, file: SheetFile, places: Collection[str]) -> None:
        self.tables = tables
        self.input = one
        self.file = file
        self.places = places
        self.base = PLACE * (len(tables.sheets) + 1)
        keys = [header_key(header) for header in file.header]
        self.code_at = next((keys.index(name) for name in _CODES if name in keys), -1)
        self.name_at = next((keys.index(name) for name in _NAMES if name in keys), -1)
        self.sectors = {at: key for at, key in enumerate(keys) if re.fullmatch("[0-9]{3}|[0-9]{5}", key)}
        self.left: Counter[str] = Counter()
        self.kept = 0
        self.rounded = 0

    def read(self) -> None:
        """Read all rows, and say what became of them."""
        self.tables.sheets.append(Sheet(self.file.file, self.file.header, {}))
        for flaw in self.file.flaws:
            self._find(flaw.rule, flaw.message, flaw.row, flaw.column, flaw.value, flaw.hint, flaw.severity)
        if not self.sectors or max(self.code_at, self.name_at) < 0:
            hint = "a column recipient_code or recipient_name, and one for each sector, headed by its code of the DAC"
            self._find("column-map", "these are no figures by sector", self.file.header_row, -1, "", hint)
            self.left[FAULT] = len(self.file.rows)
        else:
            for row in self.file.rows:
                reason = self._row(row)
                if reason:
                    self.left[reason] += 1
                else:
                    self.kept += 1
        if self.rounded:
            message = f"{self.rounded} figures have more than 6 digits after the point of one {self.input.currency}"
            self._find("amount-rounded", message, 0, -1, "", "they were rounded to 6", INFO)
        left = dict(sorted((reason, count) for reason, count in self.left.items() if count))
        self.tables.loads.append(Load(self.file.file, FORM, len(self.file.rows), self.kept, left))

    def _row(self, row: Row) -> str:
        """Take the figures of one recipient, and return why they are left out, or ''."""
        cells = [cell.removeprefix(NUMBER).strip() for cell in row.cells]
        if not any(cells[at] for at in self.sectors if at < len(cells)):
            return NO_FIGURE
        code, at = self._recipient(cells)
        if not code:
            near = nearest(cells[at], country_names())
            hint = f"did you mean {near[0]}?" if near else "the recipients are those of the OECD DAC"
            self._find("country-code", "not a recipient that is known", row.number, at, cells[at], hint)
            return FAULT
        country = recipients()[code][1]
        if country not in self.places:
            return ELSEWHERE if country else GROUP
        figures = self._figures(row.number, cells)
        if figures is None:
            return FAULT
        for sector, amount in figures.items():
            values = {
                "country": country, "sector": sector, "year": str(self.input.year), "amount": amount,
                "currency": self.input.currency, "measure": self.input.measure, "sources": (self.input.source,),
                "file": self.file.file, "row": self.base + row.number,
            }  # fmt: skip
            self.tables.records["context"].append(ContextRecord.model_validate(values))
        return ""

    def _recipient(self, cells: Sequence[str]) -> tuple[str, int]:
        """Return the code of the recipient, '' where it is not known, and the column that says it."""
        for at in (self.code_at, self.name_at):
            text = cells[at] if 0 <= at < len(cells) else ""
            if text:
                return (text if text in recipients() else _by_name().get(text.casefold(), "")), at
        return "", max(self.name_at, self.code_at)

    def _figures(self, row: int, cells: Sequence[str]) -> dict[str, Decimal] | None:
        figures: dict[str, Decimal] = {}
        good = True
        for at, sector in self.sectors.items():
            text = cells[at] if at < len(cells) else ""
            if not text:
                continue
            try:
                # The publisher's program writes small figures so; the value is exact all the same.
                exact = Decimal(text) * UNIT if _EXPONENT.fullmatch(text) else amount_of(text, unit=UNIT)
            except CellError as exc:
                rule, message, hint = exc.complaint
                self._find(rule, message, row, at, text, hint)
                good = False
                continue
            figures[sector] = rounded(exact)
            self.rounded += figures[sector] != exact
        return figures if good else None

    def _find(
        self, rule: str, message: str, row: int, column: int, value: str, hint: str, severity: str = ERROR
    ) -> None:
        header = self.file.header[column] if 0 <= column < len(self.file.header) else ""
        cell = f"{letter(column)}{row}" if column >= 0 and row else ""
        self.tables.findings.add(Finding(rule, severity, message, hint, self.file.file, row, header, cell, value))
