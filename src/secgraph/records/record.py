"""What every row of a table is and can say of itself: its file and number, its columns, codes and references."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from secgraph.records.cells import (
    MONEY_KIND,
    Coded,
    Ref,
    SourceIds,
)
from secgraph.records.codes import CODES


class Record(BaseModel):
    """One row of one table, with the file and the row number (header = 1) that it came from."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    table: ClassVar[str] = ""
    kind: ClassVar[str] = ""
    key: ClassVar[tuple[str, ...]] = ("id",)

    file: str = Field(default="", exclude=True)
    row: int = Field(default=0, exclude=True)
    sources: SourceIds = ()

    @classmethod
    def columns(cls) -> tuple[str, ...]:
        """Return the columns of the table in the order of the file."""
        names = [
            info.alias or name for name, info in cls.model_fields.items() if name not in ("file", "row", "sources")
        ]
        return tuple(names) + (("sources",) if cls.has_sources() else ())

    @classmethod
    def has_sources(cls) -> bool:
        """Tell whether the rows of this table name their sources in a column `sources`."""
        return True

    @classmethod
    def references(cls) -> dict[str, frozenset[str]]:
        """Return the kinds that each referring column may name."""
        found: dict[str, frozenset[str]] = {}
        for name, info in cls.model_fields.items():
            for mark in info.metadata:
                if isinstance(mark, Ref):
                    found[info.alias or name] = mark.kinds
        return found

    @classmethod
    def needed(cls) -> tuple[str, ...]:
        """Return the columns that each row must fill."""
        return tuple(
            name
            for name in cls.columns()
            if cls.model_fields[_fields(cls)[name]].is_required() or (name == "sources" and cls.has_sources())
        )

    @classmethod
    def codes(cls) -> dict[str, tuple[str, ...]]:
        """Return the codes that each column with a codelist may hold."""
        found = {}
        for name, info in cls.model_fields.items():
            for mark in info.metadata:
                if isinstance(mark, Coded):
                    more = ("co-financing",) if mark.codelist == MONEY_KIND else ()
                    found[info.alias or name] = CODES[mark.codelist] + more
        return found

    def cell(self, column: str) -> Any:
        """Return the typed value of a column by its name in the file."""
        return getattr(self, _fields(type(self))[column])

    def text(self, column: str) -> str:
        """Return what stands in a column, as a table writes it."""
        value = self.cell(column)
        if isinstance(value, tuple):
            return "|".join(value)
        if value is True:
            return "yes"
        return f"{value:f}" if isinstance(value, Decimal) else "" if value is None else str(value)

    def row_id(self) -> str:
        """Return the row's key as text, its parts joined by `--`."""
        return "--".join(str(self.cell(column)) for column in self.key)


@cache
def _fields(table: type[Record]) -> dict[str, str]:
    """Return the field of each column: a column may be called as Python or the class itself call something else."""
    return {info.alias or name: name for name, info in table.model_fields.items()}
