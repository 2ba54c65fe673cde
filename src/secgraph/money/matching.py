"""What of each row a selection asks for: the part that is surely meant, and the part that may be."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, NamedTuple

import numpy as np

from secgraph.errors import ConfigError
from secgraph.money.book import Book, Coded, Flags, Ints, Span
from secgraph.money.parties import PARTY, Parties
from secgraph.money.policies import Policies
from secgraph.money.selection import Selection
from secgraph.money.spreads import WHOLE, Part, Spread, part_of
from secgraph.vocab import kind_of


class Match(NamedTuple):
    """The rows that a selection is about, and the parts of their sums: see `spreads`.

    `open` says by rule which rows are in it only perhaps; `over` which have percentages that cannot be used;
    `partly` whose sure part is less than the whole for a reason that its source states; `pro_rata` by their days.
    `scope` is the part of each that is in the scope of its file for certain; the sure part is of that part.
    """

    rows: Ints
    surely: Ints
    most: Ints
    open: dict[str, Flags]
    over: Flags
    partly: Flags
    pro_rata: Flags
    scope: Ints
    without_country: int


class _Asked(NamedTuple):
    column: Coded
    part: Callable[[Any], Part]
    rule: str


class Matcher:
    """The rows of one book, asked for by selections."""

    def __init__(self, book: Book, parties: Parties, policies: Policies) -> None:
        self._book, self._parties, self._policies = book, parties, policies
        self._named = {
            "recipient": {iri for value in book.receivers.values for iri in value},
            "sector": {key for spread in book.sectors.values for key in spread.keys},
            "country": {key for spread in book.countries.values for key in spread.keys},
        }

    def match(self, selection: Selection, rows: Ints, *, scoped: bool = True) -> Match:
        """Return what of some rows a selection asks for.

        Args:
            selection: what is asked for.
            rows: the rows of a policy.
            scoped: whether only what is in the scope of its file is meant. Who asks for topics has said what is meant.

        Raises:
            NotFoundError: something that is asked for is not in the release.
            AmbiguousError: an id stands for several things.
        """
        kept = rows
        n = len(rows)
        surely = np.full(n, WHOLE, dtype=np.int64)
        most = surely
        opened: dict[str, Flags] = {}
        over = partly = np.zeros(n, dtype=np.bool_)
        without_country = 0
        for asked in self._asked(selection):
            parts = [asked.part(value) for value in asked.column.values]
            codes = asked.column.codes[kept]
            named = np.array([part.named for part in parts], dtype=np.bool_)[codes]
            if asked.rule == "unsplit-regional":
                nowhere = np.array([not spread.keys for spread in asked.column.values], dtype=np.bool_)
                without_country = int(nowhere[codes].sum())
            low = np.array([part.surely for part in parts], dtype=np.int64)[codes][named]
            high = np.array([part.most for part in parts], dtype=np.int64)[codes][named]
            wrong = np.array([_over(value) for value in asked.column.values], dtype=np.bool_)[codes][named]
            kept, over, partly = kept[named], over[named], partly[named]
            opened = {rule: flags[named] for rule, flags in opened.items()}
            surely, most = share(surely[named], low), share(most[named], high)
            over = over | wrong
            partly = partly | ((low > 0) & (low < WHOLE))
            # A row whose sure part is nothing is beside the total for this reason.
            opened[asked.rule] = opened.get(asked.rule, False) | ((low == 0) & (high > 0))
        pro_rata = np.zeros(len(kept), dtype=np.bool_)
        if selection.first_year or selection.last_year:
            named, low, high, pro_rata = self._in_years(selection, kept)
            kept, over, partly, pro_rata = kept[named], over[named], partly[named], pro_rata[named]
            opened = {rule: flags[named] for rule, flags in opened.items()}
            opened["undated"] = (low[named] == 0) & (high[named] > 0)
            surely, most = share(surely[named], low[named]), share(most[named], high[named])
        least = np.full(len(kept), WHOLE, dtype=np.int64)
        if scoped and not selection.topics:
            told: Ints = np.array(self._book.scoped.values, dtype=np.int64).reshape(-1, 2)
            least, upmost = told[self._book.scoped.codes[kept]].T
            opened["unsplit-sector"] = (least == 0) & (upmost > 0)
            surely, most = share(surely, least), share(most, upmost)
        return Match(kept, surely, most, opened, over, partly, pro_rata, least, without_country)

    def _asked(self, selection: Selection) -> Iterable[_Asked]:
        book, parties = self._book, self._parties
        if selection.donors:
            givers = self._party(selection.donors, "donor")
            yield _Asked(book.givers, lambda value: _joint(value, givers), "joint-parties")
        if selection.recipients:
            receivers = self._party(selection.recipients, "recipient")
            yield _Asked(book.receivers, lambda value: _joint(value, receivers), "joint-parties")
        if selection.instruments:
            chosen = {parties.find(name, ("instrument",), "instrument") for name in selection.instruments}
            yield _Asked(book.instruments, lambda value: _whole(value in chosen), "")
        if selection.programmes:
            named = {parties.find(name, ("programme", "event"), "programme") for name in selection.programmes}
            within = parties.with_below(named, parties.parts)
            yield _Asked(book.activities, lambda value: _whole(value in within), "")
        topics = self.topics(selection)
        if topics is not None:
            yield self._about(topics)
        countries = self.countries(selection)
        if countries is not None:
            yield _Asked(book.countries, lambda value: part_of(value, countries, book.members), "unsplit-regional")

    def topics(self, selection: Selection) -> frozenset[str] | None:
        """Return the topics that are asked for, with the narrower ones; None where none are."""
        if not selection.topics:
            return None
        find, sectors = self._parties.find, self._named["sector"]
        found = {find(name, ("topic",), "topic", sectors) for name in selection.topics}
        return self._parties.with_below(found, self._parties.narrower)

    def countries(self, selection: Selection) -> frozenset[str] | None:
        """Return the countries that are asked for; None where none are."""
        if not selection.beneficiaries:
            return None
        find, also = self._parties.find, self._named["country"]
        return frozenset(find(name, ("jurisdiction",), "country", also) for name in selection.beneficiaries)

    def _about(self, chosen: frozenset[str]) -> _Asked:
        """Return what is asked of topics: those of the activity, or its sectors where a sector was asked for."""
        kinds = {kind_of(key) == "topic" for key in chosen}
        if len(kinds) > 1:
            raise ConfigError("topics and sectors cannot be asked for together", hint="make a total of each")
        column = self._book.topics if kinds == {True} else self._book.sectors
        return _Asked(column, lambda value: part_of(value, chosen, {}), "several-topics")

    def _party(self, names: tuple[str, ...], what: str) -> frozenset[str]:
        found = {self._parties.find(name, PARTY, what) for name in names}
        return self._parties.with_below(found, self._parties.below)

    def _in_years(self, selection: Selection, rows: Ints) -> tuple[Flags, Ints, Ints, Flags]:
        """Return which rows are in the years, with their sure and their possible part, and which are cut by days."""
        first, last = selection.first_year or -(10**6), selection.last_year or 10**6
        years = self._book.years[rows]
        inside = (years >= first) & (years <= last) & (years != 0)
        undated = years == 0
        low = np.where(inside, WHOLE, 0).astype(np.int64)
        high = np.where(inside | undated, WHOLE, 0).astype(np.int64)
        if (selection.periods or self._policies.periods) != "pro-rata":
            return inside | undated, low, high, np.zeros(len(rows), dtype=np.bool_)
        parts = np.array(
            [pro_rata(span, first, last, self._policies.fiscal_days) for span in self._book.spans.values],
            dtype=np.int64,
        )[self._book.spans.codes[rows]]
        cut = parts >= 0
        low, high = np.where(cut, parts, low), np.where(cut, parts, high)
        return high > 0, low, high, cut & (parts > 0) & (parts < WHOLE)


def pro_rata(span: Span, first: int, last: int, fiscal_days: int) -> int:
    """Return the part of a long period's days that falls into some years; -1 for a period that counts as one.

    >>> pro_rata(Span(2019, 737060, 737060 + 729, "", 2019), 2019, 2019, 366)
    500000000
    """
    days = span.last - span.first + 1
    return -1 if not span.first or days <= fiscal_days else days_in(span, first, last) * WHOLE // days


def days_in(span: Span, first: int, last: int) -> int:
    """Return how many days of a period fall into some years."""
    opens = date(max(first, 1), 1, 1).toordinal()
    closes = date(min(last, 9998), 12, 31).toordinal()
    return max(0, min(span.last, closes) - max(span.first, opens) + 1)


def share(sums: Ints, parts: Ints) -> Ints:
    """Return parts of whole numbers, rounded half up, without a larger number on the way than 64 bits hold."""
    result: Ints = np.where(parts == 0, 0, sums)
    # Nearly all sums are taken whole or not at all, and dividing is slow.
    cut = np.flatnonzero((parts != 0) & (parts != WHOLE))
    if len(cut):
        over, rest = np.divmod(sums[cut], WHOLE)
        result[cut] = over * parts[cut] + (rest * parts[cut] + WHOLE // 2) // WHOLE
    return result


def _whole(chosen: bool) -> Part:
    return Part(WHOLE, WHOLE, True) if chosen else Part(0, 0, False)


def _joint(parties: tuple[str, ...], chosen: frozenset[str]) -> Part:
    """Return what of a sum that some parties give or get together falls to the chosen: all, or nobody knows."""
    inside = sum(party in chosen for party in parties)
    return Part(WHOLE if inside == len(parties) else 0, WHOLE, True) if inside else Part(0, 0, False)


def _over(value: Any) -> bool:
    return isinstance(value, Spread) and value.over
