"""Answers: the tables that a caller gets, which a notebook shows and pandas takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secgraph.errors import ConfigError
from secgraph.values import Table, plain

if TYPE_CHECKING:
    import pandas


class Answer(Table):
    """A table that a notebook shows and pandas takes."""

    @classmethod
    def of(cls, table: Table) -> Answer:
        """Return a table as an answer."""
        return cls(table.columns, table.rows, table.note)

    def to_pandas(self) -> pandas.DataFrame:
        """Return a pandas data frame of plain values; dates stay text at their stated precision.

        Raises:
            ConfigError: pandas is not installed.
        """
        try:
            import pandas
        except ImportError as missing:
            raise ConfigError("pandas is not installed", hint="pip install 'secgraph[pandas]'") from missing
        return pandas.DataFrame([[plain(cell) for cell in row] for row in self.rows], columns=list(self.columns))
