"""One decision for each row of a selection: counted, or by which rule and because of which other row it is not.

Most rows stand alone and are decided all at once, in columns; only those that hang together with others are looked at
one by one.

How firm a row stands decides whose place it can take: a row that would be counted is never taken out for one that is
only beside the total.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from secgraph.money.book import Book, Flags, Ints
from secgraph.money.links import Candidates, Links
from secgraph.money.matching import Match, share
from secgraph.money.plan import NONE, Chains, Plan
from secgraph.money.policies import KEEPING, Policies, Policy
from secgraph.money.spreads import WHOLE
from secgraph.money.total import DECISIONS
from secgraph.money.view import View

COUNTED, SPLIT, CANDIDATE, EXCLUDED, CONTEXT, UNSPLIT, UNDATED, BESIDE, NO_AMOUNT, NO_RATE = range(len(DECISIONS))
_OUT, _PERHAPS, _UNPRICED, _FIRM = range(4)
"""How firm a row stands: out, beside the total, counted but without a rate, counted."""

_DECIDES: Final = {
    "no-amount": NO_AMOUNT, "no-rate": NO_RATE, "other-measure": CONTEXT, "wider-scope": CONTEXT,
    "joint-parties": UNSPLIT, "several-topics": UNSPLIT, "unsplit-sector": UNSPLIT,
    "unsplit-regional": UNSPLIT, "undated": UNDATED, "overlapping-parts": CANDIDATE, "same-sum-unjudged": CANDIDATE,
    "part-unjudged": CANDIDATE,
}  # fmt: skip
"""What a rule decides; the others exclude."""


@dataclass
class Amounts:
    """What of each row's sum is stated, counted, and counted at the least and at the most.

    `unknown` is what percentages under 100 leave of sums that count, `beside` what may be meant of those that do not.
    """

    stated: Ints
    counted: Ints
    low: Ints
    high: Ints
    unknown: Ints
    beside: Ints


@dataclass
class Judged:
    """The rows of one selection under one policy, decided.

    `rule` is a place in `rules`, `other` a row of the book; either is `NONE` where there is none.
    """

    rows: Ints
    rules: tuple[str, ...]
    decision: NDArray[np.int8]
    rule: NDArray[np.int16]
    other: Ints
    original: Amounts
    reference: Amounts
    outside: Ints
    """What of each counted sum is outside the scope of its file, in the reference currency."""


class Judge:
    """Decides the rows of one selection."""

    def __init__(
        self, book: Book, links: Links, plan: Plan, view: View, policies: Policies, policy: Policy, match: Match,
        years: tuple[int, int], candidates: Candidates,
    ) -> None:  # fmt: skip
        self._book, self._links, self._plan, self._view = book, links, plan, view
        self._policies, self._policy, self._match, self._years = policies, policy, match, years
        self._candidates = candidates
        self.rules = (*policy.rules, *KEEPING)
        rows = match.rows
        n = len(rows)
        self._rule = plan.rule[rows].astype(np.int16)
        self._other = plan.other[rows]
        self._at = np.full(len(book), NONE, dtype=np.int64)
        self._at[rows] = np.arange(n)
        fixed = self._rule != NONE
        self._priced = view.known[rows]
        self._firm = np.where(match.surely > 0, np.where(self._priced, _FIRM, _UNPRICED), _PERHAPS).astype(np.int8)
        self._firm[fixed | match.over | (match.most == 0)] = _OUT
        self._cut: Ints = np.zeros(0, dtype=np.int64)
        self._left: Ints = self._cut
        """The rows that are paid in part by money that counts, and what part of each is left."""

    def judge(self) -> Judged:
        """Return the decisions, and what they make of the sums."""
        rules = {
            "over-100": self._over, "same-sum": self._same_sum, "revised": self._inside, "part-of-total": self._inside,
            "pass-through": self._inside, "no-rate": self._no_rate, "overlapping-parts": self._overlapping,
            "same-sum-unjudged": self._unjudged, "part-unjudged": self._unjudged,
        }  # fmt: skip
        for rule in self._policy.rules:
            if rule in rules:
                rules[rule](rule)
            elif rule in self._match.open:
                self._set(np.flatnonzero(self._match.open[rule] & (self._firm == _PERHAPS)), rule)
            if rule == "pass-through" and self._plan.chains and len(self._match.rows):
                self._chains(self._plan.chains)
        decisions = np.array(
            [_DECIDES.get(rule, EXCLUDED) for rule in self._policy.rules] + [COUNTED], dtype=np.int8
        )  # the last one for `NONE`
        decision = decisions[self._rule]
        decision[(decision == EXCLUDED) & self._plan.beside[self._match.rows] & self._is("secondary-reporter")] = BESIDE
        # In its own currency a sum needs no rate, and only sums of one currency are compared.
        original = self._amounts(self._book.millionths, decision, (COUNTED, SPLIT, CANDIDATE, NO_RATE), True)
        reference = self._amounts(self._view.cents, decision, (COUNTED, SPLIT, CANDIDATE), False)
        partly = np.isin(decision, (COUNTED, CANDIDATE)) & (self._match.scope < WHOLE) & (self._match.scope > 0)
        outside = np.where(partly, reference.stated - share(reference.stated, self._match.scope), 0)
        self._keep(decision, partly)
        return Judged(self._match.rows, self.rules, decision, self._rule, self._other, original, reference, outside)

    def _place(self, rule: str) -> int:
        return self.rules.index(rule)

    def _is(self, rule: str) -> Flags:
        found: Flags = self._rule == self._place(rule) if rule in self.rules else np.zeros(len(self._rule), np.bool_)
        return found

    def _set(self, at: Ints, rule: str) -> None:
        free = at[self._rule[at] == NONE]
        self._rule[free] = self._place(rule)

    def _exclude(self, at: int, rule: str, other: int) -> None:
        if self._rule[at] == NONE:
            self._rule[at], self._other[at] = self._place(rule), other

    def _over(self, rule: str) -> None:
        self._set(np.flatnonzero(self._match.over), rule)

    def _no_rate(self, rule: str) -> None:
        self._set(np.flatnonzero(self._firm == _UNPRICED), rule)

    def _same_sum(self, rule: str) -> None:
        """Of rows that tell of one sum let one stand: the firmest, then that which the others name, then exact ones."""
        book = self._book
        named = book.links["same_as"]
        seen: set[int] = set()
        for row in self._linked("same"):
            group = self._links.same[row]
            if group[0] in seen:
                continue
            seen.add(group[0])
            there = [one for one in group if self._at[one] != NONE and self._firm[self._at[one]] > _OUT]
            if len(there) > 1:
                kept = min(there, key=lambda one: (
                    -self._firm[self._at[one]], one in named,
                    bool(book.qualifiers.values[book.qualifiers.codes[one]]), book.ids[one],
                ))  # fmt: skip
                for one in there:
                    if one != kept:
                        self._exclude(int(self._at[one]), rule, kept)

    def _linked(self, name: str) -> list[int]:
        """Return the rows of the selection that have links, in order."""
        rows = self._links.rows[name]
        found: list[int] = rows[self._at[rows] != NONE].tolist()
        return found

    def _inside(self, rule: str) -> None:
        """Take out what is inside money that counts; the first step of the way there says by which rule."""
        for row in self._linked("above"):
            at = int(self._at[row])
            if self._rule[at] != NONE or self._firm[at] == _OUT:
                continue
            for upper, why in self._links.above[row]:
                over = int(self._at[upper])
                if why != rule or over == NONE or self._firm[over] < max(self._firm[at], _PERHAPS):
                    continue
                if self._links.holds(row, upper) and row < upper:
                    # Each is said to be inside the other: the first of them stands.
                    continue
                self._exclude(at, rule, upper)
                break

    def _chains(self, chains: Chains) -> None:
        """Take out what activities pay out of money of other activities that is in the selection.

        What a payer gave is what its rows say, or, where they do not name the activity, what the activity says that
        came in. It covers the activity's rows from the earliest on; of the row in which it ends the rest counts.
        """
        n = int(chains.chain[-1]) + 1
        activities = self._book.activities
        firm = self._match.rows[self._firm >= _UNPRICED]
        first = np.full(len(activities.values), NONE, dtype=np.int64)
        first[activities.codes[firm][::-1]] = firm[::-1]
        told = self._stands(chains.told)
        told_rows, told_of = chains.told[told], chains.told_of[told]
        came = self._in_years(chains.came)
        given, named = np.zeros(len(chains.payer), dtype=np.int64), np.full(len(chains.payer), NONE, dtype=np.int64)
        np.add.at(given, chains.came_of[came], self._sums(chains.came[came]))
        given[told_of] = 0
        np.add.at(given, told_of, self._sums(told_rows))
        named[told_of[::-1]] = told_rows[::-1]
        payer_row = first[chains.payer]
        counting = (payer_row != NONE) & (given > 0)
        covered, other = np.zeros(n, dtype=np.int64), np.full(n, NONE, dtype=np.int64)
        np.add.at(covered, chains.paid[counting], given[counting])
        other[chains.paid[counting]] = np.where(named == NONE, payer_row, named)[counting]
        free = self._stands(chains.rows)
        free[free] = self._rule[self._at[chains.rows[free]]] == NONE
        rows, chain = chains.rows[free], chains.chain[free]
        at, sums = self._at[rows], self._sums(rows)
        whole = np.zeros(n, dtype=np.int64)
        np.add.at(whole, chain, sums)
        plus = np.maximum(sums, 0)
        before = np.cumsum(plus) - plus
        starts = np.searchsorted(chain, np.arange(n))
        before -= before[np.minimum(starts, max(len(before) - 1, 0))][chain] if len(before) else before
        left = np.clip(plus - np.maximum(covered[chain] - before, 0), 0, None)
        all_of_it = (covered[chain] > 0) & (covered[chain] >= whole[chain])
        out = all_of_it | ((covered[chain] > before) & (plus > 0) & (left == 0))
        self._rule[at[out]], self._other[at[out]] = self._place("pass-through"), other[chain[out]]
        cut = ~out & (left > 0) & (left < plus)
        self._cut = at[cut]
        # Whole numbers of Python's: the product does not fit into 64 bits.
        parts = [rest * WHOLE // sum_ for rest, sum_ in zip(left[cut].tolist(), plus[cut].tolist(), strict=True)]
        self._left = np.array(parts, dtype=np.int64)
        self._other[self._cut] = other[chain[cut]]

    def _stands(self, rows: Ints) -> Flags:
        """Tell of each row whether it is in the selection, and would count alone."""
        at = self._at[rows]
        found: Flags = (at != NONE) & (self._firm[at] >= _UNPRICED)
        return found

    def _in_years(self, rows: Ints) -> Flags:
        first, last = self._years
        years = self._book.years[rows]
        found: Flags = ((years >= first) | (first == 0)) & (((years <= last) & (years > 0)) | (last == 0))
        return found

    def _sums(self, rows: Ints) -> Ints:
        """Return sums that can be compared: the parts that are asked for, in the reference currency."""
        at = self._at[rows]
        parts: Ints = np.where(at != NONE, self._match.surely[at], WHOLE)
        return share(self._view.cents[rows], parts)

    def _overlapping(self, rule: str) -> None:
        """Mark the parts of a total that does not count itself, where together they exceed it."""
        book = self._book
        groups: dict[int, list[int]] = defaultdict(list)
        for row in self._linked("part_of"):
            at = int(self._at[row])
            if self._rule[at] == NONE and self._firm[at] == _FIRM:
                for total in book.links["part_of"][row]:
                    groups[total].append(row)
        for total, rows in sorted(groups.items()):
            if len(rows) > 1 and self._exceeded(total):
                largest = max(rows, key=lambda row: (book.millionths[row], book.ids[row]))
                for row in rows:
                    if row != largest:
                        self._exclude(int(self._at[row]), rule, total)

    def _exceeded(self, total: int) -> bool:
        """Tell whether the parts of a total that are of its kind, measure and currency together exceed it."""
        book = self._book
        columns = (book.kinds, book.measures, book.currencies)
        alike = [
            int(book.millionths[row])
            for row in self._links.parts.get(total, ())
            if all(column.codes[row] == column.codes[total] for column in columns) and row not in book.links["same_as"]
        ]
        limit = int(book.millionths[total]) * (1 + self._policies.tolerance)
        return bool(book.has_amount[total]) and sum(alike) > limit

    def _unjudged(self, rule: str) -> None:
        # What may be the same as a row that is inside money that counts may be inside it too.
        partners = self._candidates.same if rule == "same-sum-unjudged" else self._candidates.within
        for row, others in partners.items():
            at = int(self._at[row])
            if at == NONE or self._firm[at] != _FIRM:
                continue
            for other in others:
                over = int(self._at[other])
                if over != NONE and self._firm[over] == _FIRM:
                    self._exclude(at, rule, other)
                    break

    def _amounts(
        self, sums: Ints, decision: NDArray[np.int8], counting: tuple[int, ...], one_currency: bool
    ) -> Amounts:
        """Return what the decisions make of the sums."""
        match = self._match
        stated = sums[match.rows]
        counts, perhaps = np.isin(decision, counting), np.isin(decision, (UNSPLIT, UNDATED, BESIDE))
        part, most = np.where(counts, match.surely, 0), np.where(counts | perhaps, match.most, 0)
        part[self._cut] = most[self._cut] = share(part[self._cut], self._left)
        sure, upmost = share(stated, part), share(stated, most)
        low, high = self._bounds(np.minimum(sure, upmost), np.maximum(sure, upmost))
        doubtful = perhaps | (decision == CANDIDATE)
        low, high = np.where(doubtful, np.minimum(low, 0), low), np.where(doubtful, np.maximum(high, 0), high)
        self._less_parts(sure, high, perhaps, one_currency)
        self._more_above(share(stated, match.most), sure, high, one_currency)
        naive = np.where(self._book.derived[match.rows], 0, stated)
        return Amounts(naive, sure, low, high, np.where(counts, upmost - sure, 0), np.where(perhaps, upmost, 0))

    def _bounds(self, low: Ints, high: Ints) -> tuple[Ints, Ints]:
        """Widen sums that are printed as approximate, or as the most; for the least nobody knows how much."""
        qualifiers = self._book.qualifiers
        told = np.array([{"up-to": 1, "about": 2}.get(value, 0) for value in qualifiers.values], dtype=np.int8)
        kind = told[qualifiers.codes[self._match.rows]]
        at = np.flatnonzero(kind == 1)
        low[at], high[at] = np.minimum(low[at], 0), np.maximum(high[at], 0)
        at = np.flatnonzero(kind == 2)
        width = np.full(len(at), int(self._policies.about * WHOLE), dtype=np.int64)
        low[at] -= share(np.abs(low[at]), width)
        high[at] += share(np.abs(high[at]), width)
        return low, high

    def _less_parts(self, counted: Ints, high: Ints, perhaps: Flags, one_currency: bool) -> None:
        """Lower what an undivided sum may add by what of it is counted as its parts."""
        currency = self._book.currencies.codes
        for row in self._linked("above"):
            at = int(self._at[row])
            if counted[at] <= 0:
                continue
            for upper, _why in self._links.above[row]:
                over = int(self._at[upper])
                if over != NONE and perhaps[over] and (not one_currency or currency[row] == currency[upper]):
                    high[over] = max(0, int(high[over] - counted[at]))
                    break

    def _more_above(self, stated: Ints, counted: Ints, high: Ints, one_currency: bool) -> None:
        """Raise the high bound by what an activity carries above what its parts do."""
        out = np.flatnonzero(self._is("hierarchy") & (self._match.most > 0))
        if not len(out):
            return
        book, rows = self._book, self._match.rows
        activities, n = book.activities.codes[rows], len(book.currencies.values) if one_currency else 1
        currency = book.currencies.codes[rows] if one_currency else np.zeros(len(rows), dtype=np.int32)
        below = np.zeros((len(book.activities.values), n), dtype=np.int64)
        own, lower = np.zeros_like(below), np.zeros_like(below)
        last = np.full_like(below, NONE)
        np.add.at(below, (activities, currency), counted)
        np.add.at(lower, self._plan.above, below[self._plan.lower])
        np.add.at(own, (activities[out], currency[out]), stated[out])
        last[activities[out], currency[out]] = out
        more = (own > lower) & (last != NONE)
        high[last[more]] += (own - lower)[more]

    def _keep(self, decision: NDArray[np.int8], outside: Flags) -> None:
        """Say of the rows in the total by which rule only a part of them, or an inexact sum, is there."""
        in_total = (decision == COUNTED) & (self._rule == NONE)
        qualifiers = self._book.qualifiers
        places = [self._place(value) if value else NONE for value in qualifiers.values]
        told = np.array(places, dtype=np.int16)[qualifiers.codes[self._match.rows]]
        self._rule[in_total] = told[in_total]
        parts = (
            ("outside-scope", outside), ("share-of-total", self._book.derived[self._match.rows]),
            ("split", self._match.partly), ("pro-rata", self._match.pro_rata),
        )  # fmt: skip
        for rule, flags in parts:
            chosen = in_total & flags
            self._rule[chosen] = self._place(rule)
            decision[chosen] = SPLIT
        cut = self._cut[in_total[self._cut]]
        if len(cut):
            self._rule[cut], decision[cut] = self._place("pass-through"), SPLIT
