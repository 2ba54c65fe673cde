"""A total divided by giver, receiver, country and so on, and the network of its flows.

Sums are grouped first and divided then, so that the parts of each group add up to it, to the cent.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

import networkx as nx
import numpy as np

from secgraph.money.book import Book, Coded, Span
from secgraph.money.judging import Judged
from secgraph.money.matching import Matcher, days_in
from secgraph.money.parties import REGIONAL, UNIDENTIFIED, UNKNOWN, Parties
from secgraph.money.policies import Policies
from secgraph.money.selection import Selection
from secgraph.money.spreads import WHOLE, Spread
from secgraph.money.view import money
from secgraph.vocab import kind_of, local

AXES: Final = ("donor", "recipient", "beneficiary", "topic", "instrument", "year", "programme")
"""What a total can be divided by."""
PATH: Final = ("donor", "recipient", "beneficiary")
"""The way that money takes in a picture of its flows."""
ROW: Final = "row"
"""The axis of a path that tells which rows a flow is made of: each is an end of its own."""
SEVERAL: Final = "several topics"
"""What stands for topics that nothing divides."""

Weights = list[tuple[str, int]]
"""The keys that a sum falls to, and how much of it to each, in any unit."""


@dataclass
class Group:
    """The sums of one group (net, low, high, in cents) and how many rows they are of."""

    sums: list[int] = field(default_factory=lambda: [0, 0, 0])
    rows: int = 0


class Grouping:
    """How the rows of a selection fall into groups."""

    def __init__(
        self, book: Book, parties: Parties, policies: Policies, matcher: Matcher, selection: Selection,
        *, scoped: bool = True,
    ) -> None:  # fmt: skip
        self._book, self._parties, self._policies = book, parties, policies
        self._selection = selection
        self._countries = matcher.countries(selection)
        self._topics = matcher.topics(selection)
        self._scoped = scoped and self._topics is None

    def label(self, axis: str, key: str) -> str:
        """Return what a group is called."""
        if axis in ("year",) or not key.startswith("http"):
            return key
        kind = kind_of(key).removeprefix("iati-")
        if kind in ("region", "sector"):
            return f"{kind} {local(key)}"
        return ", ".join(map(self._parties.label, key.split("|")))

    def _axis(self, axis: str) -> tuple[Coded, Callable[[Any], Weights]]:
        book = self._book
        topics = book.sectors if self._by_sector() else book.topics
        columns: Mapping[str, tuple[Coded, Callable[[Any], Weights]]] = {
            "donor": (book.givers, self._givers),
            "recipient": (book.receivers, _one),
            "beneficiary": (book.countries, lambda value: _spread(value, self._countries, REGIONAL)),
            "topic": self._subjects(topics),
            "instrument": (book.instruments, _one),
            "year": (book.spans, self._years),
            "programme": (book.activities, _one),
            ROW: (Coded(book.ids, np.arange(len(book), dtype=np.int32)), _one),
        }
        return columns[axis]

    def _subjects(self, column: Coded) -> tuple[Coded, Callable[[Any], Weights]]:
        """Return the subjects of rows; of a sum that is in the scope in part, that part is of what is in the scope."""
        scoped = self._book.scoped
        cut = np.array([least < WHOLE for least, _most in scoped.values], dtype=np.bool_)
        if not self._scoped or not cut.any():
            return column, lambda value: _spread(value, self._topics, SEVERAL)
        values, codes = np.unique(column.codes * 2 + cut[scoped.codes], return_inverse=True)
        both = [(column.values[value // 2], value % 2) for value in values.tolist()]

        def weigh(told: tuple[Spread, int]) -> Weights:
            value, partly = told
            inside = frozenset(key for key in value.keys if key in self._book.in_scope or kind_of(key) == "topic")
            return _spread(value, inside if partly and inside else self._topics, SEVERAL)

        return Coded(both, codes.astype(np.int32)), weigh

    def _by_sector(self) -> bool:
        """Tell whether subjects are sectors: where these were asked for, or no activity has topics."""
        asked = self._topics is not None and not any("/topic/" in key for key in self._topics)
        return asked or not any(spread.keys for spread in self._book.topics.values)

    def _givers(self, value: tuple[str, ...]) -> Weights:
        tops = sorted({self._parties.top(party) for party in value})
        return [("|".join(tops) or UNKNOWN, 1)]

    def _years(self, span: Span) -> Weights:
        if (self._selection.periods or self._policies.periods) == "pro-rata":
            chosen = self._selection
            first, last = chosen.first_year or span.year, chosen.last_year or max(span.year, _year_of(span.last))
            if span.first and span.last - span.first >= self._policies.fiscal_days:
                parts = [(f"{year:04}", days_in(span, year, year)) for year in range(first, last + 1)]
                return [(year, days) for year, days in parts if days] or [(UNKNOWN, 1)]
        return [(f"{span.year:04}" if span.year else UNKNOWN, 1)]

    def groups(self, axes: Sequence[str], judged: Judged) -> dict[tuple[str, ...], Group]:
        """Return the groups by their keys, one key for each axis; a group of nothing but zeros is left out."""
        reference = judged.reference
        sums = (reference.counted, reference.low, reference.high)
        told = np.flatnonzero((sums[0] != 0) | (sums[1] != 0) | (sums[2] != 0))
        columns = [self._axis(axis) for axis in axes]
        combined = np.zeros(len(told), dtype=np.int64)
        rows = judged.rows[told]
        for column, _weights in columns:
            # Renumbered after each axis, so that the product of many codes stays small.
            _values, combined = np.unique(combined * len(column.values) + column.codes[rows], return_inverse=True)
        combined = combined.astype(np.int64)
        n = int(combined.max()) + 1 if len(combined) else 0
        first = np.zeros(n, dtype=np.int64)
        first[combined[::-1]] = rows[::-1]
        counts = np.bincount(combined, minlength=n).tolist()
        added = []
        for column_sums in sums:
            grouped = np.zeros(n, dtype=np.int64)
            np.add.at(grouped, combined, column_sums[told])
            added.append(grouped.tolist())
        found: dict[tuple[str, ...], Group] = defaultdict(Group)
        known: list[dict[int, Weights]] = [{} for _ in columns]
        weighted = [column.codes[first].tolist() for column, _weights in columns]
        for at in range(n):
            keys: list[tuple[tuple[str, ...], int]] = [((), 1)]
            for (column, weigh), codes, weights in zip(columns, weighted, known, strict=True):
                code = codes[at]
                if code not in weights:
                    weights[code] = weigh(column.values[code])
                keys = [((*key, more), weight * part) for key, weight in keys for more, part in weights[code]]
            for place, total in enumerate(added):
                for (key, _weight), part in zip(
                    keys, divided(total[at], [weight for _key, weight in keys]), strict=True
                ):
                    found[key].sums[place] += part
            for key, _weight in keys:
                found[key].rows += counts[at]
        return dict(found)


def divided(total: int, weights: Sequence[int]) -> list[int]:
    """Return a whole number in whole parts by weights; what rounding leaves goes to the heaviest.

    >>> divided(100, [1, 1, 1])
    [34, 33, 33]
    """
    if len(weights) == 1:
        return [total]
    whole = sum(weights)
    parts = [total * weight // whole for weight in weights]
    parts[max(range(len(weights)), key=lambda at: (weights[at], -at))] += total - sum(parts)
    return parts


def _year_of(day: int) -> int:
    from datetime import date

    return date.fromordinal(day).year if day else 0


def _one(value: Any) -> Weights:
    key = "|".join(value) if isinstance(value, tuple) else value
    return [(key or UNKNOWN, 1)]


def _spread(value: Spread, chosen: frozenset[str] | None, undivided: str) -> Weights:
    """Return where a sum goes: of what was chosen, where a choice was made, since only that part is in the total."""
    if value.over:
        return [(UNKNOWN, 1)]
    shares = [(key, part) for key, part in value.shares if chosen is None or key in chosen]
    if value.undivided and (chosen is None or value.among <= chosen or not shares):
        shares.append((undivided, value.undivided))
    if value.unknown and chosen is None:
        shares.append((UNKNOWN, value.unknown))
    return shares or [(undivided, 1)]


def flow_network(grouping: Grouping, path: Sequence[str], judged: Judged) -> nx.MultiDiGraph:
    """Return the flows of a total over some axes: see `Ledger.flows`."""
    graph = nx.MultiDiGraph()
    groups = sorted(grouping.groups(path, judged).items())
    paths = []
    edges: dict[tuple[str, str], Group] = defaultdict(Group)
    for keys, group in groups:
        names = [f"{axis}:{key}" for axis, key in zip(path, keys, strict=True)]
        for axis, key, name in zip(path, keys, names, strict=True):
            state = key if key in (UNIDENTIFIED, UNKNOWN, REGIONAL, SEVERAL) else "several" if "|" in key else ""
            graph.add_node(name, label=grouping.label(axis, key), axis=axis, key=key, state=state)
        for one, other in pairwise(names):
            edge = edges[one, other]
            edge.sums = [mine + more for mine, more in zip(edge.sums, group.sums, strict=True)]
            edge.rows += group.rows
        paths.append({"ends": keys, "rows": group.rows, **_named(group)})
    for (one, other), group in sorted(edges.items()):
        graph.add_edge(one, other, rows=group.rows, **_named(group))
    net = money(sum(group.sums[0] for _keys, group in groups)).value
    graph.graph |= {"paths": paths, "path": tuple(path), "net": net}
    return graph


def _named(group: Group) -> dict[str, str]:
    return {name: money(cents).value for name, cents in zip(("net", "low", "high"), group.sums, strict=True)}
