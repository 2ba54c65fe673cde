"""The tables of a dataset as a workbook that people fill in, with lists to choose from and a guide to the columns.

Each table is a sheet; the cells of ids, codes and dates are formatted as text, so that no spreadsheet changes them. The
sheet `lists` is hidden: it holds the codes, and by formulas the ids of those columns that take ids of several sheets.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final, get_args, get_origin

from secgraph.errors import ConfigError
from secgraph.records import CURRENCIES, RETIRED_CURRENCIES, ROW_KINDS, TABLE_OF_KIND, TABLES, Record
from secgraph.records.guide import meaning
from secgraph.sources.tables import GUIDE, LISTS

Rows = Mapping[str, Sequence[Sequence[str]]]
_LAST: Final = 20_000
"""The last row of a sheet down to which ids are offered in lists."""
_OFFERED: Final = 400
"""For how many more ids of several sheets there is room in their list."""
_CELL_LIMIT: Final = 32_767
_NO_LETTERS: Final = frozenset("\ufffe\uffff")
"""What XML cannot hold, and a workbook neither."""
_DIGITS: Final = 15
_WIDTHS: Final = {"name": 40, "title": 40, "need": 40, "url": 30, "website": 25, "note": 30, "id": 28, "sources": 25}
_ADVICE: Final = (
    "One sheet for each table; sheets that you do not need may stay empty. Names in dark blue must be filled.",
    "Give the sources first: each row names who says so. Then countries and topics, then bodies, then meetings.",
    "An id is a short name that stays, as 2018-10-board: lower-case letters, digits and single hyphens.",
    "Dates are texts, as exact as the source is: 2018, 2018-05 or 2018-05-03. Leave empty what no source says.",
    "Where a cell takes several, choose one and write the others behind it, separated by |.",
    "Keep the first row of each sheet and the names of the sheets. Save as .xlsx.",
)


def table_book(rows: Rows) -> bytes:
    """Return tables as a workbook; those that are not given are empty.

    Args:
        rows: by table, the cells of each row as texts, in the order of the table's columns.

    Raises:
        ConfigError: a text that no cell holds.
    """
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": datetime(2000, 1, 1), "title": "secgraph"})
    _Book(book, rows).write()
    book.close()
    return out.getvalue()


def takes(table: str, column: str) -> str:
    """Return what a column takes, in words: the sheets whose ids, or the codes; nothing where any text will do.

    >>> takes("events", "status")
    'announced, held, postponed, cancelled, unknown'
    >>> takes("memberships", "body")
    'ids of organisations or initiatives'
    """
    record = TABLES[table]
    codes = record.codes().get(column)
    if codes:
        return ", ".join(codes)
    tables = _tables_of(record, column)
    named = [f"{name} (codes)" if name == "jurisdictions" else name for name in tables]
    return "ids of " + " or ".join(filter(None, (", ".join(named[:-1]), *named[-1:]))) if named else ""


def _tables_of(record: type[Record], column: str) -> tuple[str, ...]:
    """Return the tables whose ids a column takes, in their order."""
    found = {TABLE_OF_KIND[kind] for kind in record.references().get(column, ())}
    return tuple(name for name in TABLES if name in found)


def _annotation(record: type[Record], column: str) -> Any:
    return next(info.annotation for name, info in record.model_fields.items() if (info.alias or name) == column)


def _is_number(record: type[Record], column: str) -> bool:
    kind = _annotation(record, column)
    return bool({Decimal, int} & {kind, *get_args(kind)})


def _takes_many(record: type[Record], column: str) -> bool:
    return get_origin(_annotation(record, column)) is tuple


def _as_number(text: str) -> float | None:
    """Return a number where a spreadsheet gives it back as it is written, None where it does not."""
    try:
        value = float(text)
        shown = str(int(value)) if value.is_integer() else repr(value)
        digits = shown.replace(".", "").strip("-0")
        same = "e" not in shown and len(digits) <= _DIGITS and Decimal(shown) == Decimal(text)
    except (ValueError, OverflowError, InvalidOperation):
        return None
    return value if same else None


class _Book:
    """Writes the sheets of one workbook."""

    def __init__(self, book: Any, rows: Rows) -> None:
        self.rows = rows
        self.text = book.add_format({"num_format": "@"})
        self.plain = book.add_format({})
        self.bold = book.add_format({"bold": True, "font_size": 14})
        self.wrap = book.add_format({"text_wrap": True, "valign": "top"})
        head = {"bold": True, "bottom": 1, "num_format": "@"}
        self.head = book.add_format({**head, "bg_color": "#DCE6F1"})
        self.needed = book.add_format({**head, "bg_color": "#1F4E78", "font_color": "#FFFFFF"})
        self.guide = book.add_worksheet(GUIDE)
        self.sheets = {table: book.add_worksheet(table) for table in TABLES}
        self.lists = book.add_worksheet(LISTS)
        self.columns = 0
        """How many columns of the sheet of lists are taken."""
        self.known: dict[tuple[str, ...], str] = {}
        """The formula of each list, by what it offers."""

    def write(self) -> None:
        """Write all sheets."""
        self._write_guide()
        self._write_counts()
        for table in TABLES:
            self._write_table(table)
        self.lists.hide()

    def _write_guide(self) -> None:
        sheet = self.guide
        sheet.write_string(0, 0, "How to fill in this workbook", self.bold)
        for at, line in enumerate(_ADVICE, 1):
            sheet.write_string(at, 0, line)
        first = len(_ADVICE) + 2
        for at, (name, width) in enumerate(
            (("sheet", 16), ("column", 16), ("needed", 8), ("meaning", 70), ("takes", 60))
        ):
            sheet.set_column(at, at, width)
            sheet.write_string(first, at, name, self.head)
        row = first
        for table, record in TABLES.items():
            for column in record.columns():
                row += 1
                need = "yes" if column in record.needed() else ""
                for at, text in enumerate((table, column, need, meaning(table, column), takes(table, column))):
                    sheet.write_string(row, at, text, self.wrap)
        sheet.autofilter(first, 0, row, 4)

    def _write_counts(self) -> None:
        """Write how many ids each sheet has, for the lists of several sheets."""
        for at, table in enumerate(TABLES):
            self.lists.write_string(at, 0, table)
            self.lists.write_formula(at, 1, f"=COUNTA({self._ids(table)})", None, len(self.rows.get(table, ())))
        self.columns = 2

    def _write_table(self, table: str) -> None:
        sheet, record = self.sheets[table], TABLES[table]
        sheet.freeze_panes(1, 1)
        for at, column in enumerate(record.columns()):
            form = self.plain if _is_number(record, column) else self.text
            sheet.set_column(at, at, _WIDTHS.get(column, 16), form)
            sheet.write_string(0, at, column, self.needed if column in record.needed() else self.head)
            sheet.write_comment(0, at, meaning(table, column), {"x_scale": 2})
            self._offer(table, column, at)
        for number, row in enumerate(self.rows.get(table, ()), 1):
            for at, (column, cell) in enumerate(zip(record.columns(), row, strict=True)):
                place = f"{table}, row {number + 1}, {column}"
                if len(cell) > _CELL_LIMIT:
                    raise ConfigError(f"{place}: {len(cell):,} characters do not fit into a cell", hint="use CSV files")
                if not _NO_LETTERS.isdisjoint(cell):
                    raise ConfigError(
                        f"{place}: the text holds a code that is no letter", hint="delete U+FFFE or U+FFFF"
                    )
                value = _as_number(cell) if cell and _is_number(record, column) else None
                if value is not None:
                    sheet.write_number(number, at, value)
                elif cell:
                    sheet.write_string(number, at, cell, self.text)

    def _offer(self, table: str, column: str, at: int) -> None:
        """Give the cells of a column a list to choose from, where there is one."""
        record = TABLES[table]
        codes = self._codes(record, column)
        tables = _tables_of(record, column)
        if not codes and not tables:
            return
        many = _takes_many(record, column)
        self.sheets[table].data_validation(
            1, at, _LAST, at,
            {
                "validate": "list",
                "source": self._code_list(codes) if codes else self._id_list(tables),
                # An id may be written before its row is.
                "error_type": "stop" if codes else "warning",
                "error_title": "Not in the list",
                "error_message": f"{column} takes {'one of the codes' if codes else takes(table, column)}."[:250],
                "show_error": not many,
            },
        )  # fmt: skip

    @staticmethod
    def _codes(record: type[Record], column: str) -> tuple[str, ...]:
        if column == "currency":
            return (*sorted(CURRENCIES), *sorted(RETIRED_CURRENCIES))
        return record.codes().get(column, ()) or (tuple(sorted(ROW_KINDS)) if column == "kind" else ())

    @staticmethod
    def _ids(table: str) -> str:
        return f"{table}!$A$2:$A${_LAST}"

    def _column(self) -> tuple[int, str]:
        """Return a free column of the sheet of lists, and its letter."""
        from xlsxwriter.utility import xl_col_to_name

        at, self.columns = self.columns, self.columns + 1
        return at, xl_col_to_name(at)

    def _code_list(self, codes: tuple[str, ...]) -> str:
        if codes not in self.known:
            at, letter = self._column()
            for number, code in enumerate(codes):
                self.lists.write_string(number, at, code)
            self.known[codes] = f"={LISTS}!${letter}$1:${letter}${len(codes)}"
        return self.known[codes]

    def _id_list(self, tables: tuple[str, ...]) -> str:
        """Return the range of the ids of sheets; of several, by formulas that put them below each other."""
        if len(tables) == 1:
            ids = self._ids(tables[0])
            return f"=OFFSET({tables[0]}!$A$2,0,0,MAX(1,COUNTA({ids})),1)"
        key = ("", *tables)
        if key not in self.known:
            at, letter = self._column()
            for number, (formula, value) in enumerate(self._several(tables)):
                self.lists.write_formula(number, at, formula, None, value)
            total = "+".join(self._count(table) for table in tables)
            self.known[key] = f"=OFFSET({LISTS}!${letter}$1,0,0,MAX(1,{total}),1)"
        return self.known[key]

    def _count(self, table: str) -> str:
        return f"{LISTS}!$B${list(TABLES).index(table) + 1}"

    def _several(self, tables: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        """Yield for each place of the list the formula of the id that stands there, and the id of now."""
        now = [row[0] for table in tables for row in self.rows.get(table, ())]
        for number in range(len(now) + _OFFERED):
            formula, before = "", ""
            for table in tables:
                formula += f"IF({number + 1}{before}<={self._count(table)},"
                formula += f"INDEX({self._ids(table)},{number + 1}{before}),"
                before += f"-{self._count(table)}"
            yield f'={formula}""' + ")" * len(tables), now[number] if number < len(now) else ""
