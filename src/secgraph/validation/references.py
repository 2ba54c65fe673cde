"""Rules on ids: one id names one thing, a cell refers to what exists and is allowed there, nothing is its own part."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from secgraph.mapping import node
from secgraph.records import (
    COUNTRY,
    ROW_ID_PATTERN,
    SHARED_IDS,
    TABLE_OF_KIND,
    TABLES,
    PersonRecord,
    Record,
    RedirectRecord,
)
from secgraph.sources.collected import Tables
from secgraph.values import WARNING, nearest
from secgraph.vocab import slug

_APART: Final = frozenset({"topic", "source", "need", "funding", "series", "membership", "response"})
"""The kinds whose ids are a space of their own."""

_LOOKALIKES: Final = str.maketrans(
    "аеорсухіјѕԁԛԝһӏАВЕКМНОРСТУХІЈЅαοερνυικτΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "aeopcyxijsdqwhlABEKMHOPCTYXIJSaoepvuiktABEZHIKMNOPTYX",
)
"""Cyrillic and Greek letters that look like Latin ones."""

CYCLES: Final = (
    ("organisations", "parent"),
    ("initiatives", "part_of"),
    ("programmes", "part_of"),
    ("events", "part_of"),
    ("topics", "broader"),
    ("funding", "part_of"),
    ("funding", "funded_from"),
    ("funding", "replaces"),
    ("funding", "same_as"),
)
"""The columns in which a chain that comes back to its start is an error."""

_KIND_NAMES: Final = {"jurisdiction": "country of two capitals"}


class Register:
    """All ids of a dataset, by the kind of thing they name."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.rows: dict[str, dict[str, Record]] = {}
        for rows in tables.records.values():
            for row in rows:
                self.rows.setdefault(row.kind, {}).setdefault(row.row_id(), row)
        people = [row for row in tables.records["people"] if isinstance(row, PersonRecord)]
        self.people = {row.id: row for row in people if row.person in (None, row.id)}
        self.shared: dict[str, str] = {}
        for kind in SHARED_IDS:
            for name in self.people if kind == "person" else self.rows.get(kind, {}):
                self.shared.setdefault(name, kind)
        self.merged = {
            (row.kind_, row.old): row.new for row in tables.records["redirects"] if isinstance(row, RedirectRecord)
        }
        keys = {"--".join(rejected.key) for rejected in tables.rejected}
        keys |= {part for rejected in tables.rejected for part in rejected.key}
        # Also as the id would be if it were well formed: others may name it so.
        self.bad = keys | {slug(key) for key in keys if key}

    def ids(self, kind: str) -> Mapping[str, Record]:
        """Return the rows of one kind by their ids."""
        return self.people if kind == "person" else self.rows.get(kind, {})

    def kind_of(self, name: str, kinds: frozenset[str]) -> str | None:
        """Return the kind of what an id names in a cell that may name these kinds; None where nothing has it."""
        if COUNTRY.match(name):
            return "jurisdiction" if name in self.rows.get("jurisdiction", {}) else None
        if name in self.shared and not kinds <= _APART:
            return self.shared[name]
        # Kinds with ids of their own: first those that the cell takes, then any, so that the message can name it.
        for kind in (*sorted(kinds & _APART), *sorted(_APART)):
            if name in self.rows.get(kind, {}):
                return self.shared.get(name, kind) if kind not in kinds else kind
        return self.shared.get(name)

    def may_be_missing(self, kinds: Iterable[str]) -> bool:
        """Tell whether rows of these kinds may exist that could not be read."""
        return any(TABLE_OF_KIND.get(kind) in self.tables.unreadable for kind in kinds)

    def complaint(self, name: str, kinds: frozenset[str]) -> tuple[str, str, str] | None:
        """Return rule, message and hint where an id may not stand in a cell of these kinds."""
        found = self.kind_of(name, kinds)
        if found in kinds:
            return None
        allowed = " or ".join(_KIND_NAMES.get(kind, kind) for kind in sorted(kinds))
        if found:
            article = "an" if found[0] in "aeiou" else "a"
            hint = "see the kinds that each column takes"
            return "reference-kind", f"{name} is {article} {found}; this column takes: {allowed}", hint
        if name in self.bad or self.may_be_missing(kinds):
            return None
        for kind in sorted(kinds):
            if (kind, name) in self.merged:
                new = self.merged[kind, name]
                return "reference-merged", f"{name} was merged into {new}", f"write {new}"
        candidates = sorted({other for kind in kinds for other in self.ids(kind)})
        near = nearest(name, candidates)
        if COUNTRY.match(name):
            return "reference-dangling", f"{name} is not in jurisdictions.csv", "add it there, or correct the code"
        hint = "did you mean " + ", ".join(near) + "?" if near else "add the row, or correct the id"
        return "reference-dangling", f"nothing has the id {name}; this column takes: {allowed}", hint


def check_references(tables: Tables, register: Register) -> None:
    """Report each reference that names nothing, or a thing of a kind that its column does not take."""
    for table, record in TABLES.items():
        columns = record.references()
        for row in tables.records[table]:
            partial = tables.partial.get((table, row.row), ())
            for column, kinds in columns.items():
                value = row.cell(column) if column not in partial else ()
                for name in value if isinstance(value, tuple) else (value,) if value else ():
                    if not ROW_ID_PATTERN.match(name) and (column in row.key or table == "people"):
                        # The row's own address would be made of it.
                        tables.unusable.add((table, row.row))
                    known = register.shared.get(name)
                    if known in kinds or (kinds <= _APART and any(name in register.rows.get(k, {}) for k in kinds)):
                        continue
                    complaint = register.complaint(name, kinds)
                    if not complaint and register.kind_of(name, kinds) is None:
                        tables.clouded.add((table, row.row))
                    elif complaint:
                        rule, message, hint = complaint
                        if table == "cells":
                            tables.unusable.add((table, row.row))
                        tables.find(rule, message, table=table, row=row.row, column=column, value=name, hint=hint)
    for row in tables.records["people"]:
        name = row.cell("person")
        if name and name not in register.people and name not in register.bad:
            near = nearest(name, register.people)
            hint = f"did you mean {', '.join(near)}?" if near else "the person's first row has this id"
            tables.find(
                "reference-dangling", f"no row of people.csv has the id {name} and is the person's own",
                table="people", row=row.row, column="person", value=name, hint=hint,
            )  # fmt: skip


def cloud(tables: Tables) -> None:
    """Mark the rows that refer to rows of which no graph can be made: what the graph lacks of them is no finding."""
    if not tables.unusable:
        return
    lost = {row.row_id() for rows in tables.records.values() for row in rows if (row.table, row.row) in tables.unusable}
    for table, record in TABLES.items():
        columns = (*record.references(), *(("id",) if table in ("names", "claims", "cells") else ()))
        columns += ("value",) if table == "claims" else ()
        for row in tables.records[table]:
            for column in columns:
                value = row.cell(column)
                if not lost.isdisjoint(value if isinstance(value, tuple) else str(value or "").split("|")):
                    tables.clouded.add((table, row.row))


def check_duplicates(tables: Tables) -> None:
    """Report ids that occur twice, in spellings that people take for one, or for things of two kinds."""
    shared: dict[str, list[tuple[str, int, str, str]]] = {}
    for table, record in TABLES.items():
        keys = list(_keys(tables, table))
        column = record.key[-1] if table != "names" else "name"
        groups: dict[str, list[tuple[str, int]]] = {}
        for key, row in keys:
            groups.setdefault(_fold(key), []).append((key, row))
        for same in groups.values():
            for at, (key, row) in enumerate(same[1:], 1):
                _report_double(tables, table, column, same[:at], key, row)
        if record.kind in SHARED_IDS:
            for key, row in keys:
                shared.setdefault(key, []).append((table, row, record.kind, column))
    for key, places in shared.items():
        for at, (table, row, kind, column) in enumerate(places):
            first_table, first_row, first_kind, _column = places[0]
            if at and kind != first_kind:
                file, number = tables.place(first_table, first_row)
                tables.find(
                    "id-shared", f"the id names a {first_kind} too, in {file} row {number}", table=table, row=row,
                    column=column, value=key, hint="ids are unique over " + ", ".join(SHARED_IDS),
                )  # fmt: skip
    _check_addresses(tables)


def _check_addresses(tables: Tables) -> None:
    """Report rows with different keys that would get one IRI: names that differ by signs only."""
    seen: dict[str, Record] = {}
    for rows in tables.records.values():
        for row in rows:
            iri = node(row)
            first = seen.setdefault(iri, row) if iri else row
            if first is not row and _fold(first.row_id()) != _fold(row.row_id()):
                place = tables.told(first.table, first.row, row.row)
                tables.find(
                    "id-duplicate", f"gets the same address as {place}, {first.row_id()}", table=row.table,
                    row=row.row, column=row.key[0], value=row.row_id(), hint="keep one of the two",
                )  # fmt: skip


def _keys(tables: Tables, table: str) -> Iterator[tuple[str, int]]:
    """Yield the key of every row of a table as text, rows with a bad key too."""
    extra = ("value",) if table == "claims" else ()
    for row in tables.records[table]:
        yield "--".join([row.row_id(), *(str(row.cell(column)) for column in extra)]), row.row
    for rejected in tables.rejected:
        if rejected.table == table and all(rejected.key):
            yield "--".join(rejected.key), rejected.row


def _fold(key: str) -> str:
    if key.isascii():
        return key.casefold().strip()
    return unicodedata.normalize("NFC", key.translate(_LOOKALIKES)).casefold().strip()


def _report_double(tables: Tables, table: str, column: str, before: list[tuple[str, int]], key: str, row: int) -> None:
    first, first_row = next(((k, r) for k, r in before if k == key), before[0])
    # Two rows on one node: what the graph says of either may be due to the other.
    tables.clouded.update({(table, row), (table, first_row)} if key == first else ())
    rule, severity = "id-duplicate", "error"
    if key == first:
        how = "the id is that of"
    elif unicodedata.normalize("NFC", key).casefold().strip() == unicodedata.normalize("NFC", first).casefold().strip():
        how = "but for capitals, spaces or the composition of letters, the id is that of"
    else:
        how = "the id looks like, in letters of another script, that of"
        rule, severity = "id-lookalike", WARNING
    tables.find(
        rule, f"{how} {tables.told(table, first_row, row)}: {first}", table=table, row=row, column=column, value=key,
        hint="one id, one row: merge the two, or give one another id", severity=severity,
    )  # fmt: skip


def check_cycles(tables: Tables) -> None:
    """Report each chain of parents, parts, upstream sums or wider topics that comes back to its start."""
    for table, column in CYCLES:
        edges: dict[str, tuple[str, ...]] = {}
        lines: dict[str, int] = {}
        for row in tables.records[table]:
            value = row.cell(column)
            targets = value if isinstance(value, tuple) else (value,) if value else ()
            if targets:
                edges[row.row_id()] = targets
                lines[row.row_id()] = row.row
        for cycle in cycles(edges):
            tables.find(
                "reference-cycle", "comes back to its start: " + " -> ".join((*cycle, cycle[0])), table=table,
                row=lines[cycle[0]], column=column, value=cycle[0], hint="take out the link that is wrong",
            )  # fmt: skip


def cycles(edges: Mapping[str, tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Return the cycles that a walk along the edges meets, each once and from its smallest id on.

    >>> cycles({"b": ("c",), "a": ("b",), "c": ("a", "x")})
    [('a', 'b', 'c')]
    """
    found: dict[tuple[str, ...], None] = {}
    done: set[str] = set()
    for start in sorted(edges):
        if start in done:
            continue
        path: list[str] = []
        onto: dict[str, int] = {}
        stack: list[tuple[str, Iterator[str]]] = []
        _enter(start, edges, path, onto, stack)
        while stack:
            name, targets = stack[-1]
            for target in targets:
                if target in onto:
                    cycle = path[onto[target] :]
                    least = cycle.index(min(cycle))
                    found[tuple(cycle[least:] + cycle[:least])] = None
                elif target in edges and target not in done:
                    _enter(target, edges, path, onto, stack)
                    break
            else:
                stack.pop()
                path.pop()
                del onto[name]
                done.add(name)
    return list(found)


def _enter(
    name: str,
    edges: Mapping[str, tuple[str, ...]],
    path: list[str],
    onto: dict[str, int],
    stack: list[tuple[str, Iterator[str]]],
) -> None:
    onto[name] = len(path)
    path.append(name)
    stack.append((name, iter(edges[name])))
