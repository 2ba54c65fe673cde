"""What a merge would change: money by giver and receiver, and ranks in two networks, before and after.

Computed over the relations of a release in which one thing is written in the place of another, as they would be if
the merged tables were built; nothing is built or written for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, Final, Protocol

from secgraph.curation.subjects import Party
from secgraph.errors import SecgraphError
from secgraph.money import Ledger
from secgraph.network import projection
from secgraph.network.graph import node_key
from secgraph.values import XSD, Cell, Literal, Table
from secgraph.vocab import local

COLUMNS: Final = ("what", "kept", "other", "merged")
_NETWORKS: Final = (("membership", "degree"), ("co-attendance", "strength"))
_OWN_ROWS: Final = ("things",)
"""The relations that have one row for each thing, of which the merged one keeps its own."""
_BY_PARTICIPANT: Final = ("participations",)
"""The relations whose rows are called by the activity, the participant and the role."""


class Tables(Protocol):
    """Whatever hands out relations by name."""

    def table(self, name: str) -> Table:
        """Return one relation."""
        ...


class Merged:
    """The relations of a release in which one thing stands wherever another stood."""

    def __init__(self, relations: Tables, kept: str, gone: str) -> None:
        self._relations = relations
        self.kept, self.gone = kept, gone
        self._tables: dict[str, Table] = {}

    def table(self, name: str) -> Table:
        """Return one relation, with the one thing in the place of the other."""
        if name not in self._tables:
            found = self._relations.table(name)
            rows: Iterable[tuple[Cell, ...]] = found.rows
            if name in _OWN_ROWS:
                rows = (row for row in rows if row[0] != self.gone)
            changed = [tuple(self._cell(cell) for cell in row) for row in rows]
            if name in _BY_PARTICIPANT:
                changed = self._once(found.columns, changed)
            self._tables[name] = Table(found.columns, tuple(changed), found.note)
        return self._tables[name]

    def _once(self, columns: tuple[str, ...], rows: Iterable[tuple[Cell, ...]]) -> list[tuple[Cell, ...]]:
        """Return rows whose ids are made of the participant's: under the kept id, and those that are one as one."""
        old, new = f"--{local(self.gone)}--", f"--{local(self.kept)}--"
        at = columns.index("sources")
        merged: dict[Cell, tuple[Cell, ...]] = {}
        for row in rows:
            told = [cell.replace(old, new) if isinstance(cell, str) else cell for cell in row[:2]] + list(row[2:])
            key = told[0]
            if key in merged:
                sources = {*str(merged[key][at] or "").split("|"), *str(row[at] or "").split("|")} - {""}
                told[at] = "|".join(sorted(sources))
            merged[key] = tuple(told)
        return list(merged.values())

    def _cell(self, cell: Cell) -> Cell:
        if type(cell) is not str or self.gone not in cell:
            return cell
        parts = [self.kept if part == self.gone else part for part in cell.split("|")]
        return "|".join(sorted(set(parts))) if len(parts) > 1 else parts[0]


def effect(relations: Tables, kept: Party, gone: Party, *, policy: str = "net-commitments") -> Table:
    """Return what a merge would change: one row for each sum and rank that either party has.

    Args:
        relations: of the release before the merge.
        kept: the body that stays.
        gone: the body that would be merged into it.
        policy: by which money is summed.
    """
    after = Merged(relations, kept.key, gone.key)
    rows = [*_money(relations, after, kept.key, gone.key, policy), *_ranks(relations, after, kept.key, gone.key)]
    told = tuple(row for row in rows if any(cell is not None for cell in row[1:]))
    note = f"{local(gone.key)} merged into {local(kept.key)}; money in EUR under {policy}; equal ranks are shared"
    return Table(COLUMNS, told, note)


def _money(before: Tables, after: Tables, kept: str, gone: str, policy: str) -> list[tuple[Cell, ...]]:
    ledgers = {"before": Ledger(before), "after": Ledger(after)}
    rows: list[tuple[Cell, ...]] = []
    for axis, what in (("donor", "given"), ("recipient", "received")):
        try:
            sums = {when: _by_key(ledger.by(axis, policy=policy)) for when, ledger in ledgers.items()}
        except SecgraphError as refused:
            rows.append((f"money {what}: {refused.message}", None, None, ""))
            continue
        told = (_sum(sums["before"].get(kept)), _sum(sums["before"].get(gone)), _sum(sums["after"].get(kept)))
        rows.append((f"money {what}", *told))
        ranks = [
            _rank({key: float(value) for key, value in sums[when].items() if key}, who)
            for when, who in (("before", kept), ("before", gone), ("after", kept))
        ]
        rows.append((f"rank by money {what}", *ranks))
    totals = {when: _sum(ledger.total(policy=policy).net) for when, ledger in ledgers.items()}
    rows.append(("net total of all", totals["before"], None, totals["after"]))
    return rows


def _by_key(table: Table) -> dict[str, Decimal]:
    pairs = zip(table.column("key"), table.column("net"), strict=True)
    return {str(key): Decimal(net) for key, net in pairs if key and net is not None}


def _sum(amount: Decimal | None) -> Cell:
    return None if amount is None else Literal(f"{amount:f}", XSD + "decimal")


def _ranks(before: Tables, after: Tables, kept: str, gone: str) -> list[tuple[Cell, ...]]:
    rows: list[tuple[Cell, ...]] = []
    for name, measure in _NETWORKS:
        weight = "weight" if measure == "strength" else None
        values = {when: _degrees(projection(found, name), weight) for when, found in (("b", before), ("a", after))}
        told = [(values["b"], kept), (values["b"], gone), (values["a"], kept)]
        rows.append((f"{measure} in {name}", *(_shown(found.get(node_key(who))) for found, who in told)))
        rows.append((f"rank by {measure} in {name}", *(_rank(found, node_key(who)) for found, who in told)))
    return rows


def _degrees(graph: Any, weight: str | None) -> dict[str, float]:
    return {str(node): float(value) for node, value in graph.degree(weight=weight)}


def _shown(value: float | None) -> Cell:
    return None if value is None else int(value) if value == int(value) else round(value, 3)


def _rank(values: dict[str, float], who: str) -> Cell:
    """Return the place among the values, the highest first; equal ones share it.

    >>> _rank({"a": 2.0, "b": 5.0, "c": 2.0}, "c"), _rank({}, "c")
    ('2 of 3', None)
    """
    if who not in values:
        return None
    higher: Callable[[float], bool] = values[who].__lt__
    return f"{1 + sum(map(higher, values.values()))} of {len(values)}"
