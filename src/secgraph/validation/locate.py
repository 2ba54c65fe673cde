"""From what is wrong in the graph back to the cell that says it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from secgraph.mapping import DATES, column_properties
from secgraph.records import TABLES
from secgraph.values import Object, Statement
from secgraph.vocab import RDF, local

_TYPE = RDF + "type"


class Place(NamedTuple):
    """A cell, or a row where `column` is empty, or nothing known where `table` is."""

    table: str = ""
    row: int = 0
    column: str = ""


class Locator:
    """Finds the cell of a subject, property and value among the statements that the tables made."""

    def __init__(self, statements: Iterable[Statement], subjects: set[str]) -> None:
        self._by_subject: dict[str, list[Statement]] = {}
        for statement in statements:
            if statement.subject in subjects:
                self._by_subject.setdefault(statement.subject, []).append(statement)

    def place(self, subject: str, path: str, value: Object | None) -> Place:
        """Return the best known place: the cell of the value, of the property, or the row of the subject."""
        said = self._by_subject.get(subject, [])
        about = [statement for statement in said if statement.predicate == path]
        exact = [statement for statement in about if statement.object == value]
        # The last of several: a second value is the one too many.
        for found in (exact[:1], about[-1:]):
            for statement in found:
                return Place(statement.table, statement.row, statement.column)
        for statement in said:
            if statement.predicate == _TYPE:
                return Place(statement.table, statement.row, column_of(statement.table, path))
        return Place(said[0].table, said[0].row) if said else Place()


def column_of(table: str, path: str) -> str:
    """Return the column of a table that says a property; '' where none does.

    >>> from secgraph.vocab import sg
    >>> column_of("memberships", "http://www.w3.org/ns/org#member"), column_of("events", sg("startEarliest"))
    ('member', 'start')
    """
    if table not in TABLES or not path:
        return ""
    name = local(path)
    if name.startswith(("start", "end")) and table in DATES:
        return DATES[table][0 if name.startswith("start") else 1] or DATES[table][0]
    columns = TABLES[table].columns()
    if name == "source" and "sources" in columns:
        return "sources"
    for column in columns:
        if any(spec.property == path for spec in column_properties(table, column)):
            return column
    return columns[0] if name in ("identifier", "type") else ""
