"""Sensitivity: how much of what is shown rests on each source alone.

A row rests on a source alone where no other source that the lens lets through states it: without that source
(`--without`) it is gone, and with it the ties, and perhaps the state of a cell, that follow from it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from secgraph.analysis.facts import Facts
from secgraph.analysis.gaps import AXES, MEETINGS, PROGRAMMES, Board, axes, coverage_board, needs_board
from secgraph.network import Lens, Tables, look
from secgraph.values import Cell, Table

_ROWS: Final = ("things", "memberships", "occupancies", "transactions", "budgets", "responses")
"""The relations that have one row for each row of a table; what is within a row rests on the same sources."""
_COLUMNS: Final = (
    "rank", "source", "ties", "rows", "money_rows", "needs", "responses", "events", "programmes", "need_cells",
    "programme_cells", "meeting_cells", "rows_named_in", "published", "id",
)  # fmt: skip


def sensitivity(relations: Tables, lens: Lens | None = None, *, by: str = "") -> Table:
    """Return the sources by how much rests on each alone, most first.

    The rank goes by ties (equals share it). `rows` counts the rows of the tables, the columns after it some kinds of
    them, and `..._cells` how many cells of each matrix have another state without the source.
    `rows_named_in` counts the rows that name it at all. Sources on which nothing rests alone are left out, and counted.

    Args:
        relations: the relations of a release.
        lens: what narrows; `rows` are those whose sources it lets through, ties and cells those that it shows.
        by: the columns of the matrix of needs; the first that sources fill where it is not given.
    """
    lens = lens or Lens()
    facts = Facts(relations, lens)
    counts: dict[str, Counter[str]] = {
        "ties": alone(stated.split("|") for *_ends, stated in look(relations, lens).edges(data="sources") if stated),
        "rows": alone(facts.rows(*_ROWS)),
        "money_rows": alone(row.sources for row in facts.money),
        "needs": alone(need.sources for need in facts.needs),
        "responses": alone(answer.sources for answers in facts.responses.values() for answer in answers),
        "events": alone(event.sources for event in facts.events.values()),
        "programmes": alone(programme.sources for programme in facts.programmes.values()),
        "need_cells": _turned(needs_board(facts, by=by or (*axes(facts), AXES[0])[0])[0]),
        "programme_cells": _turned(coverage_board(facts, PROGRAMMES)[0]),
        "meeting_cells": _turned(coverage_board(facts, MEETINGS)[0]),
    }
    named = Counter(source for sources in facts.rows(*_ROWS) for source in sources)
    told = {str(row["id"]): row for row in relations.table("sources").dicts()}
    carrying = {source for found in counts.values() for source in found}
    ordered = sorted(carrying, key=lambda source: (-counts["ties"][source], -counts["rows"][source], source))
    lines: list[tuple[Cell, ...]] = []
    rank, before = 0, None
    for place, source in enumerate(ordered, start=1):
        rank = rank if counts["ties"][source] == before else place
        before = counts["ties"][source]
        row = told.get(source, {})
        figures = (found[source] for found in counts.values())
        title = row.get("title") or source
        lines.append((rank, title, *figures, named[source], row.get("issued"), source))
    whole, resting = sum(1 for _ in facts.rows(*_ROWS)), sum(counts["rows"].values())
    note = (
        f"{resting} of {whole} rows rest on one source alone; on {len(named) - len(carrying & set(named))} of "
        f"{len(named)} sources nothing does; a long list carries much by its length, and two pages that copy each "
        "other count as two"
    )
    return Table(_COLUMNS, tuple(lines), "; ".join(part for part in (note, lens.words()) if part))


def alone(rows: Iterable[Iterable[str]]) -> Counter[str]:
    """Return for each source how many rows rest on it alone, given the sources of each row."""
    found: Counter[str] = Counter()
    for sources in rows:
        only = {*sources}
        if len(only) == 1:
            found.update(only)
    return found


def _turned(board: Board) -> Counter[str]:
    """Return for each source how many cells have another state without it."""
    turned: Counter[str] = Counter()
    for pot in board.pots.values():
        state = board.state_without(pot, "")
        turned.update(source for source in board.alone(pot) if board.state_without(pot, source) != state)
    return turned
