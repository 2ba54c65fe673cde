"""What a total tells: its figures, how they came about, and the reason of each row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, NamedTuple

from secgraph.money.selection import Selection
from secgraph.values import Table

DECISIONS: Final = (
    "counted", "split", "candidate", "excluded", "context", "unsplit", "undated", "beside", "no-amount", "no-rate",
)  # fmt: skip
"""What may be decided of a row. The first three are in the net sum (a candidate is not in the low bound); unsplit,
undated and beside (told by somebody else alone) are in the high bound only; the others are in none."""

REASONS: Final = (
    "id", "decision", "rule", "amount", "currency", "counted_amount", "reference_amount", "counted_reference", "rate",
    "rate_date", "rate_source", "sources", "other",
)  # fmt: skip
"""The columns of the reasons of a total."""


class Step(NamedTuple):
    """What one rule takes from the naive sum (below 0: adds to it), and from how many rows."""

    rule: str
    amount: Decimal
    rows: int


class CurrencySum(NamedTuple):
    """The sums in one currency, as published: nothing is converted."""

    currency: str
    rows: int
    naive: Decimal
    net: Decimal
    low: Decimal
    high: Decimal


class RateUsed(NamedTuple):
    """One rate that a total was converted with: so many units of `currency` are one of the reference currency."""

    currency: str
    rate: Decimal
    date: str
    source: str
    rows: int


@dataclass(frozen=True)
class Total:
    """A sum under a named policy, in the reference currency, with its bounds and the way to it.

    `naive` is what adding up the rows gives; `naive` less the sum of the steps' amounts is `net`, to the cent.
    `low` and `high` hold `net` between them; `high_open` says that a counted row is printed as "more than": the high
    bound is then the least that it can be. `unsplit` is the money of several countries, topics or givers without
    percentages, and `unknown` what percentages under 100 leave; both are beside `net`, and in `high`.
    """

    policy: str
    title: str
    kinds: tuple[str, ...]
    measure: str
    scope: str
    selection: Selection
    currency: str
    rates: str
    constant: str
    naive: Decimal
    steps: tuple[Step, ...]
    net: Decimal
    low: Decimal
    high: Decimal
    high_open: bool
    counts: Mapping[str, int]
    by_currency: tuple[CurrencySum, ...]
    rates_used: tuple[RateUsed, ...]
    unsplit: Decimal
    unknown: Decimal
    notes: tuple[str, ...]
    _reasons: Callable[[], Table] = field(repr=False, compare=False)

    def reasons(self) -> Table:
        """Return one row for each row of the selection: what was decided of it, by which rule, and why.

        `other` is the id of the row that the rule refers to: the total that it is part of, the row that replaces it.
        """
        return self._reasons()
