"""How money rows hang together: what each row is inside of, which rows tell of one sum, which may do so.

All of it is worked out once for a release; which of the rows are in a total is then looked up.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np

from secgraph.money.book import Book
from secgraph.money.parties import UNIDENTIFIED, Parties
from secgraph.money.policies import Policies

_ABOVE: Final = {"part_of": "part-of-total", "funded_from": "pass-through"}


class Above(NamedTuple):
    """A row whose money holds another row's, and the rule of the first step on the way to it."""

    row: int
    rule: str


class Links:
    """The links of a book's rows.

    Attributes:
        newer: for each row that was replaced, the rows that did so.
        same: for each row that tells of the same sum as others, all of them with itself, sorted.
        above: for each row, the rows that hold its money, nearest first, over any number of steps.
        parts: for each total, the rows that are said to be part of it.
        rows: the rows that have links, in order: `same`, `above` and `part_of`.
    """

    def __init__(self, book: Book) -> None:
        self.book = book
        self.newer = _turned(book.links["replaces"])
        self.parts = _turned(book.links["part_of"])
        self.same = _groups(book.links["same_as"])
        leading = (links for name, links in book.links.items() if name != "different_from")
        linked = {row for links in leading for row in links} | set(self.newer) | set(self.same)
        self._different = _both_ways(book.links["different_from"])
        self.above = {row: found for row in sorted(linked) if (found := tuple(self._above(row)))}
        chosen: dict[str, Iterable[int]] = {"same": self.same, "above": self.above, "part_of": book.links["part_of"]}
        self.rows = {name: np.array(sorted(links), dtype=np.int64) for name, links in chosen.items()}
        self._held = {row: {one.row for one in found} for row, found in self.above.items()}

    def _above(self, start: int) -> Iterator[Above]:
        """Walk up from a row: over totals and upstream rows, sideways over what tells of the same sum or replaced it.

        Going sideways leads to nothing new by itself: what tells of the same sum is no container of it. What an earlier
        state of a row was part of, the later one is too; but of what else replaced that state it is none.
        """
        seen = {start}
        ahead = deque([(start, "", False)])
        links = self.book.links
        while ahead:
            row, rule, earlier = ahead.popleft()
            steps = [
                (other, rule or name, False) for column, name in _ABOVE.items() for other in links[column].get(row, ())
            ]
            if not earlier:
                steps += [(other, rule or "revised", False) for other in self.newer.get(row, ())]
            steps += [(other, rule, earlier) for other in self.same.get(row, ()) if other != row]
            steps += [(other, rule, True) for other in links["replaces"].get(row, ())]
            for other, why, older in steps:
                if other not in seen:
                    seen.add(other)
                    ahead.append((other, why, older))
                    if why:
                        yield Above(other, why)

    def holds(self, upper: int, lower: int) -> bool:
        """Tell whether a row's money is said to be inside another one's."""
        return upper in self._held.get(lower, ())

    def judged(self, one: int, other: int) -> bool:
        """Tell whether it is said how two rows stand to each other."""
        if self.holds(one, other) or self.holds(other, one) or other in self.same.get(one, ()):
            return True
        # What is no other sum than one of two that were told apart is told apart from the second too.
        there = self.same.get(other, (other,))
        return any(row in there for mine in self.same.get(one, (one,)) for row in self._different.get(mine, ()))


def _turned(links: Mapping[int, tuple[int, ...]]) -> dict[int, tuple[int, ...]]:
    found: dict[int, list[int]] = defaultdict(list)
    for row, targets in sorted(links.items()):
        for target in targets:
            found[target].append(row)
    return {target: tuple(rows) for target, rows in found.items()}


def _both_ways(links: Mapping[int, tuple[int, ...]]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for row, targets in links.items():
        for target in targets:
            found[row].add(target)
            found[target].add(row)
    return dict(found)


def _groups(links: Mapping[int, tuple[int, ...]]) -> dict[int, tuple[int, ...]]:
    """Return for each row of a relation without direction all rows that it leads to."""
    near: dict[int, set[int]] = defaultdict(set)
    for row, targets in links.items():
        for target in targets:
            near[row].add(target)
            near[target].add(row)
    found: dict[int, tuple[int, ...]] = {}
    for start in sorted(near):
        if start in found:
            continue
        group, ahead = {start}, [start]
        while ahead:
            for other in near[ahead.pop()] - group:
                group.add(other)
                ahead.append(other)
        found.update(dict.fromkeys(group, tuple(sorted(group))))
    return found


class Candidates(NamedTuple):
    """What nobody judged: for each row those that it may be the same sum as, and those that it may be inside of."""

    same: Mapping[int, tuple[int, ...]]
    within: Mapping[int, tuple[int, ...]]


def candidates(
    links: Links, parties: Parties, policies: Policies, rows: Iterable[int], euros: Mapping[int, Decimal]
) -> Candidates:
    """Return the rows that may tell of the same sum as others, or of a part of a running figure; those come first.

    When rows may do so is said in `[candidates]` of the policies.

    Args:
        links: what is judged already.
        parties: under whom the givers are summed up.
        policies: the tolerances.
        rows: the rows of one policy that have a sum.
        euros: their sums in one currency.
    """
    book = links.book
    buckets: dict[tuple[object, ...], list[int]] = defaultdict(list)
    running: dict[tuple[object, ...], list[int]] = defaultdict(list)
    givers = [frozenset(map(parties.top, value)) for value in book.givers.values]
    cumulative = book.cumulative.tolist()
    for row in rows:
        who = givers[book.givers.codes[row]]
        base = (int(book.kinds.codes[row]), int(book.measures.codes[row]))
        activity = book.activities.values[book.activities.codes[row]]
        receivers = book.receivers.values[book.receivers.codes[row]]
        if UNIDENTIFIED not in (*who, *receivers):
            running[*base, activity, receivers].append(row)
        # Of two that only names tell nobody knows that they are one.
        if who and UNIDENTIFIED not in who:
            for target in {activity, receivers} - {"", (), (UNIDENTIFIED,)}:
                buckets[(*base, who, target)].append(row)
    found: dict[int, set[int]] = defaultdict(set)
    for bucket in buckets.values():
        if len(bucket) > 1 and len({book.sources[row] for row in bucket}) > 1:
            ordered = sorted(bucket, key=lambda row: (abs(euros[row]), book.ids[row]))
            for first, second in _near(ordered, euros, policies.tolerance):
                if _alike(book, first, second) and _may_be_one(links, policies, first, second):
                    kept, other = sorted((first, second), key=lambda row: _rank(book, row))
                    found[other].add(kept)
    within: dict[int, set[int]] = defaultdict(set)
    for group in running.values():
        for state in group:
            if cumulative[state]:
                everybody = not givers[book.givers.codes[state]]
                for row in group:
                    who = givers[book.givers.codes[row]]
                    # What one gave may be in what all gave; what one gave once, in what that one has given so far.
                    alike = bool(who) if everybody else not cumulative[row] and who == givers[book.givers.codes[state]]
                    if alike and 0 < euros[row] <= euros[state] and _may_be_one(links, policies, row, state):
                        within[row].add(state)
    return Candidates(*(
        {row: tuple(sorted(partners[row], key=lambda other: _rank(book, other))) for row in sorted(partners)}
        for partners in (found, within)
    ))  # fmt: skip


def _near(ordered: list[int], euros: Mapping[int, Decimal], tolerance: Decimal) -> Iterator[tuple[int, int]]:
    """Yield the pairs of rows, in the order of their sums, of which one sum may be the other one rounded."""
    for place, row in enumerate(ordered):
        least = abs(euros[row])
        for other in ordered[place + 1 :]:
            if abs(euros[other]) * (1 - tolerance) > least:
                break
            if euros[row] * euros[other] > 0:
                yield row, other


def _alike(book: Book, one: int, other: int) -> bool:
    """Tell whether two sums that are near each other are equal, or one the other rounded, as far as one can see."""
    first, second = book.amounts[one], book.amounts[other]
    if first is None or second is None or book.currencies.codes[one] != book.currencies.codes[other]:
        return True
    if first == second:
        return True
    # Whoever rounds a sum leaves few digits of it; most pairs of published payments end here.
    fewest = min(_digits(first), _digits(second))
    return fewest <= _FEW and (rounds_to(first, second) or rounds_to(second, first))


_FEW: Final = 4


@lru_cache(1 << 16)
def _digits(amount: Decimal) -> int:
    return len(amount.normalize().as_tuple().digits)


def rounds_to(exact: Decimal, printed: Decimal) -> bool:
    """Tell whether a printed sum is an exact one, or it rounded, or cut, to fewer digits.

    >>> rounds_to(Decimal(12450000), Decimal(12500000)), rounds_to(Decimal(27000000), Decimal(28000000))
    (True, False)
    """
    place = Decimal(1).scaleb(printed.normalize().adjusted() - len(printed.normalize().as_tuple().digits) + 1)
    return any(exact.quantize(place, how) == printed for how in (ROUND_HALF_UP, ROUND_DOWN)) if place > 0 else False


def _may_be_one(links: Links, policies: Policies, one: int, other: int) -> bool:
    book = links.book
    if links.judged(one, other) or set(book.sources[one].split("|")) & set(book.sources[other].split("|")):
        return False
    first, second = (book.spans.values[book.spans.codes[row]] for row in (one, other))
    if not first.first or not second.first:
        # A row without a date may be of any day.
        return True
    # Two single days may be those of an announcement and of a payment; two periods that follow each other are two.
    short = max(one.last - one.first for one in (first, second)) <= policies.slack_days
    slack = policies.slack_days if short else 0
    return bool(first.first <= second.last + slack and second.first <= first.last + slack)


def _rank(book: Book, row: int) -> tuple[bool, int, str]:
    """Return what decides which of two rows stands: the exact one, the one with more sources, the first id."""
    return bool(book.qualifiers.values[book.qualifiers.codes[row]]), -book.sources[row].count("|"), book.ids[row]
