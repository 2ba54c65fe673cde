"""The figures of a total, made from its decided rows, and the table of the rows' reasons."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

import numpy as np

from secgraph.collector import uncollected
from secgraph.money.book import Book, Ints, objects
from secgraph.money.judging import COUNTED, NO_RATE, Judged
from secgraph.money.matching import Match
from secgraph.money.plan import NONE
from secgraph.money.policies import Policies, Policy
from secgraph.money.selection import Selection
from secgraph.money.total import DECISIONS, REASONS, CurrencySum, RateUsed, Step, Total
from secgraph.money.view import View, money
from secgraph.values import XSD, Cell, Literal, Table

_CANDIDATE: Final = DECISIONS.index("candidate")
_UNSPLIT: Final = DECISIONS.index("unsplit")
_BITS: Final = 30
_LOW: Final = (1 << _BITS) - 1


def added(sums: Ints) -> int:
    """Return the sum of whole numbers, which may be too large for 64 bits."""
    return (int((sums >> _BITS).sum()) << _BITS) + int((sums & _LOW).sum())


def reckon(
    book: Book, policies: Policies, policy: Policy, selection: Selection, view: View, how: tuple[str, str],
    match: Match, judged: Judged,
) -> Total:  # fmt: skip
    """Return the total of decided rows; `how` is the way to convert and the deflator."""
    reference, decision = judged.reference, judged.decision
    tallies = np.bincount(decision, minlength=len(DECISIONS)).tolist()
    counts = {"rows": len(judged.rows), **dict(zip(DECISIONS, tallies, strict=True))}
    counts["without_country"] = match.without_country
    in_total = decision <= _CANDIDATE
    told = np.array([value == "more-than" for value in book.qualifiers.values], dtype=np.bool_)
    high_open = bool((told[book.qualifiers.codes[judged.rows]] & (reference.high > 0)).any())
    rates_used = _rates_used(view, judged.rows[in_total])
    total = Total(
        policy=policy.name, title=policy.title, kinds=policy.kinds, measure=policy.measure, scope=policy.scope,
        selection=selection, currency=view.currency, rates=how[0], constant=how[1],
        naive=_cents(added(reference.stated)), steps=tuple(_steps(judged)), net=_cents(added(reference.counted)),
        low=_cents(added(reference.low)), high=_cents(added(reference.high)), high_open=high_open, counts=counts,
        by_currency=tuple(_by_currency(book, judged)), rates_used=rates_used,
        unsplit=_cents(added(reference.beside[decision == _UNSPLIT])), unknown=_cents(added(reference.unknown)),
        notes=(), _reasons=lambda: _reasons(book, view, judged),
    )  # fmt: skip
    object.__setattr__(total, "notes", tuple(_notes(book, policies, view, judged, total)))
    return total


def _cents(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)


def _millionths(sums: int) -> Decimal:
    amount = Decimal(sums).scaleb(-6)
    cents = amount.quantize(Decimal("0.01"))
    return cents if cents == amount else amount


def _steps(judged: Judged) -> Iterator[Step]:
    outside = judged.outside
    taken = judged.reference.stated - judged.reference.counted - outside
    codes = judged.rule.astype(np.int64)
    counted = np.bincount(codes[codes != NONE], minlength=len(judged.rules)).tolist()
    for place, rule in enumerate(judged.rules):
        if rule == "outside-scope":
            # A row that another rule splits further is a row of both steps.
            counted[place] += int(((outside != 0) & (codes != place)).sum())
            if counted[place]:
                yield Step(rule, _cents(added(taken[codes == place]) + added(outside)), counted[place])
        elif counted[place]:
            amount = added(taken[codes == place])
            # Qualifiers alone take nothing; what takes rows out is told even where these have no sum.
            if amount or not (judged.decision[codes == place] == COUNTED).all():
                yield Step(rule, _cents(amount), counted[place])


def _by_currency(book: Book, judged: Judged) -> Iterator[CurrencySum]:
    codes = book.currencies.codes[judged.rows]
    has = book.has_amount[judged.rows]
    for code in sorted(np.unique(codes[has]).tolist(), key=lambda code: str(book.currencies.values[code])):
        here = (codes == code) & has
        sums = judged.original
        yield CurrencySum(
            book.currencies.values[code], int(here.sum()),
            *(_millionths(added(column[here])) for column in (sums.stated, sums.counted, sums.low, sums.high)),
        )  # fmt: skip


def _rates_used(view: View, rows: Ints) -> tuple[RateUsed, ...]:
    found: dict[tuple[str, Decimal, str, str], int] = {}
    for code, count in enumerate(np.bincount(view.codes[rows], minlength=len(view.quotes)).tolist()):
        currency, quote, _factor = view.quotes[code]
        if count and quote.rate is not None and currency != view.currency:
            key = (currency, quote.rate, quote.date, quote.source)
            found[key] = found.get(key, 0) + count
    return tuple(sorted(RateUsed(*key, rows) for key, rows in found.items()))


def _notes(book: Book, policies: Policies, view: View, judged: Judged, total: Total) -> Iterator[str]:
    """Yield what a reader must know of the total, in words."""
    counts = total.counts
    if total.measure:
        yield f"measured as {total.measure}, the measure of this policy alone"
    if total.selection.first_year or total.selection.last_year:
        rule = total.selection.periods or policies.periods
        how = {"start": "under the year in which they start", "pro-rata": "in each year by their days there"}[rule]
        yield f"periods of more than {policies.fiscal_days} days count {how}, fiscal years under their longer part"
    if total.high_open:
        yield "the high bound is at least so much: some sums are printed as 'more than'"
    codes = book.qualifiers.codes[judged.rows[judged.decision <= _CANDIDATE]]
    used = {book.qualifiers.values[code] for code in np.unique(codes).tolist()}
    if "about" in used:
        yield f"sums printed as approximate may be {policies.about:%} higher or lower"
    if "up-to" in used:
        yield "sums printed as 'up to' count in full, and in the low bound not at all"
    if counts["candidate"]:
        yield f"counted already, perhaps, and so not in the low bound: {_rows(counts['candidate'])}"
    if total.unsplit:
        yield f"{total.unsplit:,.2f} {total.currency} stand beside the total, since nothing divides them"
    if total.unknown:
        yield f"{total.unknown:,.2f} {total.currency} have no percentage: in the high bound alone"
    if counts["undated"]:
        yield f"without a date, and so in the high bound alone: {_rows(counts['undated'])}"
    if counts["without_country"]:
        yield f"for no country that is named, and so not in this total: {_rows(counts['without_country'])}"
    for code in np.unique(view.codes[judged.rows[judged.decision == NO_RATE]]).tolist():
        _currency, quote, _factor = view.quotes[code]
        yield quote.source if quote.rate is None else f"a sum is too large to be told in {view.currency}"


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"


def _reasons(book: Book, view: View, judged: Judged) -> Table:
    rows, decision = judged.rows, judged.decision
    with uncollected():
        stated, references = book.cells["amount"][rows], view.cells[rows]
        counts = decision <= _CANDIDATE
        own: Any = np.where(counts, stated, None)
        reference: Any = np.where(counts, references, None)
        changed = judged.original.counted != book.millionths[rows]
        for at in np.flatnonzero(counts & (changed | book.derived[rows])).tolist():
            own[at] = Literal(f"{_millionths(int(judged.original.counted[at])):f}", XSD + "decimal")
            reference[at] = money(int(judged.reference.counted[at]))
        other = judged.other
        others = np.where(other == NONE, "", book.cells["id"][other]) if len(book) else other
        quotes = [_quoted(view, code) for code in range(len(view.quotes))]
        codes = view.codes[rows]
        columns = (
            book.cells["id"][rows], objects(DECISIONS)[decision], objects((*judged.rules, ""))[judged.rule], stated,
            objects(book.currencies.values)[book.currencies.codes[rows]], own, references, reference,
            *(objects([quote[part] for quote in quotes])[codes] for part in range(3)),
            book.cells["sources"][rows], others,
        )  # fmt: skip
        return Table(REASONS, tuple(zip(*(column.tolist() for column in columns), strict=True)))


def _quoted(view: View, code: int) -> tuple[Cell, str, str]:
    _currency, quote, _factor = view.quotes[code]
    rate = None if quote.rate is None else Literal(f"{quote.rate:f}", XSD + "decimal")
    return rate, quote.date, quote.source
