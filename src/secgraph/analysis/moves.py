"""Whose rank moved between two dates, and the rows that moved it.

Meetings are over in a day, so a network of them as of a day is empty: what is compared is all that had begun by each
date. Where every layer is one of standing ties (membership, secretariats, programmes), it is what holds on each day.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any, Final

from secgraph.analysis.measures import find_measure, measure
from secgraph.errors import ConfigError
from secgraph.network import LAYERS, PROJECTIONS, Change, Lens, Tables, diff, look, projection
from secgraph.values import Cell, Table

_MEETINGS: Final = frozenset(("organising", "hosting", "supporting", "attending", "funding", "topic"))
_COLUMNS: Final = (
    "label", "id", "moved", "rank_before", "rank_after", "before", "after", "formed", "ended", "rows", "sources",
)  # fmt: skip


def moved(
    relations: Tables, before: str, after: str, lens: Lens | None = None, layer: str = "co-attendance",
    name: str = "degree",
) -> Table:  # fmt: skip
    """Return the nodes whose rank in a measure changed between two dates, the greatest moves first.

    `moved` is how many places a node rose (above nought) or fell; it is empty for one that came or went. `rows` are
    those of the ties of the node that formed or ended; a node without any moved because others did.

    Args:
        relations: the relations of a release.
        before: the first date; of a year or month its last day.
        after: the second date.
        lens: what narrows, without dates of its own.
        layer: a layer, or a projection.
        name: of a measure that ranks nodes.

    Raises:
        ConfigError: a measure without ranks of nodes, dates in the wrong order.
        NotFoundError: no such measure or layer.
    """
    lens = lens or Lens()
    found = find_measure(name)
    if found.order == "given" or name.endswith("-overlap") or name == "bridges":
        raise ConfigError(f"{name} does not rank nodes", hint="give degree, betweenness, k-core ...")
    changes: dict[str, list[Change]] = defaultdict(list)
    told = diff(relations, before, after, lens, layer)
    for change in (*told.formed, *told.ended):
        changes[change.source].append(change)
        changes[change.target].append(change)
    layers = PROJECTIONS[layer].layers if layer in PROJECTIONS else (layer,)
    by_then = bool(_MEETINGS.intersection(layers))
    first, second = (
        _ranked(relations, replace(lens, until=day) if by_then else replace(lens, as_of=day), layer, name)
        for day in (told.before, told.after)
    )
    rows: list[tuple[Cell, ...]] = []
    for node in sorted({*first, *second}):
        label, was, rank_was = first.get(node, ("", None, None))
        label, now, rank_now = second.get(node, (label, None, None))
        if rank_was == rank_now:
            continue
        mine = changes.get(node, ())
        rows.append((
            label, node, rank_was - rank_now if rank_was and rank_now else None, rank_was, rank_now, was, now,
            sum(one.change == "formed" for one in mine), sum(one.change == "ended" for one in mine),
            "|".join(sorted({row for one in mine for row in one.rows})) or None,
            "|".join(sorted({source for one in mine for source in one.sources})) or None,
        ))  # fmt: skip
    rows.sort(key=lambda row: (row[2] is None, -abs(int(str(row[2] or 0))), int(str(row[4] or 10**9)), str(row[1])))
    how = "all that had begun by each date" if by_then else "what holds on each date, certain or possible"
    note = (
        f"{name} in {layer}, {told.before} and {told.after}: {how}; {len(rows)} of {len({*first, *second})} nodes moved"
    )
    return Table(_COLUMNS, tuple(rows), note)


def _ranked(relations: Tables, lens: Lens, layer: str, name: str) -> dict[str, tuple[str, Any, int | None]]:
    graph = (
        projection(relations, layer, lens)
        if layer in PROJECTIONS
        else look(relations, replace(lens, layers=(layer,) if layer in LAYERS else ()))
    )
    table = measure(name, graph, leave_one_out="no")
    return {row["id"]: (row["label"], row["value"], row["rank"]) for row in table.dicts()}
