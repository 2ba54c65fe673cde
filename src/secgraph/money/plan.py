"""What a policy says of each row whatever is asked for: measure, scope, reporters, levels, revisions.

Worked out once for a policy; a total then looks the rows of its selection up.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple

import numpy as np

from secgraph.money.book import Book, Codes, Flags, Ints
from secgraph.money.links import Links
from secgraph.money.parties import Parties, split
from secgraph.money.policies import ALL_SECTORS, Policy
from secgraph.values import Table, plain
from secgraph.vocab import local

NONE: Final = -1

Fixed = Iterator[tuple[int, int]]
"""Rows that a rule takes out, each with the row that is the reason, or `NONE`."""


class Chains(NamedTuple):
    """The activities that are paid by others, and who pays them, in columns: one chain for each activity.

    Attributes:
        rows: the rows of the activities, those of one together, the earliest first.
        chain: for each of these, its chain.
        payer: for each pair of a chain and a payer, the code of the payer's activity.
        paid: for each pair, its chain.
        told: the payers' rows that name the activity as their receiver.
        told_of: for each of these, its pair.
        came: the activities' rows that say what came in from the payer.
        came_of: for each of these, its pair.
    """

    rows: Ints
    chain: Ints
    payer: Ints
    paid: Ints
    told: Ints
    told_of: Ints
    came: Ints
    came_of: Ints


class Plan:
    """The rows of a policy, in order, and what is fixed about each of them.

    Attributes:
        rows: the rows of the policy's kinds, by their place in the book.
        rule: for each of them the place of the rule in the policy that takes it out, or `NONE`.
        other: the row that is the reason, or `NONE`.
        beside: rows of secondary reporters whose activity nobody else publishes.
        above: the activities that have rows at a lower level, by code, one for each activity there.
        lower: the activities there, by code.
        chains: the activities that are paid by others.
    """

    def __init__(self, book: Book, links: Links, parties: Parties, policy: Policy, sources: Table) -> None:
        self._book, self._links, self._parties, self._policy = book, links, parties, policy
        kinds = np.array([value in policy.kinds for value in book.kinds.values], dtype=np.bool_)
        self.rows: Ints = np.flatnonzero(kinds[book.kinds.codes]).astype(np.int64)
        self.rule: Codes = np.full(len(book), NONE, dtype=np.int32)
        self.other: Ints = np.full(len(book), NONE, dtype=np.int64)
        self.beside: Flags = np.zeros(len(book), dtype=np.bool_)
        self._inside: Flags = np.zeros(len(book), dtype=np.bool_)
        self._inside[self.rows] = True
        measures = np.array([value == policy.measure for value in book.measures.values], dtype=np.bool_)
        measured = measures[book.measures.codes]
        in_scope = np.ones(len(book), dtype=np.bool_) if policy.scope == ALL_SECTORS else ~book.wide
        outside = np.array([most == 0 for _least, most in book.scoped.values], dtype=np.bool_)[book.scoped.codes]
        outside &= policy.scope != ALL_SECTORS
        large = np.array([amount is not None for amount in book.amounts], dtype=np.bool_) & ~book.has_amount
        self._live: Flags = self._inside & book.has_amount & measured & in_scope & ~outside
        """The rows that could be counted alone: no other row can take the place of one that is not."""
        self._publishers = {local(str(row["iri"])): str(row.get("publisher") or "") for row in _dicts(sources)}
        self._by_activity = self._rows_of_activities()
        below: dict[int, tuple[int, ...]] = {}
        flags: Mapping[str, Flags] = {
            "no-amount": ~book.has_amount & ~large, "too-large": large, "other-measure": ~measured,
            "wider-scope": ~in_scope, "outside-scope": outside,
        }  # fmt: skip
        found: Mapping[str, Callable[[], Fixed]] = {
            "secondary-reporter": self._secondary, "same-activity": self._same_activity,
            "original-budget": self._original, "hierarchy": lambda: self._hierarchy(below), "revised": self._revised,
            "snapshot": self._snapshots,
        }  # fmt: skip
        for place, rule in enumerate(policy.rules):
            if rule in flags:
                self.rule[self._inside & flags[rule] & (self.rule == NONE)] = place
            elif rule in found:
                for row, other in list(found[rule]()):
                    if self.rule[row] == NONE:
                        self.rule[row], self.other[row] = place, other
        self.above, self.lower = _pairs(below)
        self.chains = self._chains() if "pass-through" in policy.rules else None

    def countable(self, known: Flags) -> list[int]:
        """Return the rows that nothing fixed takes out, of those that are known to have a sum."""
        free: Flags = self._live & known & (self.rule == NONE)
        found: list[int] = np.flatnonzero(free).tolist()
        return found

    def _rows_of_activities(self) -> dict[str, list[int]]:
        book = self._book
        names = book.activities.values
        found: dict[str, list[int]] = defaultdict(list)
        codes = book.activities.codes
        for row in np.flatnonzero(self._live).tolist():
            found[names[codes[row]]].append(row)
        return found

    def _published(self) -> dict[str, list[str]]:
        """Return the activities of each published identifier that have rows, the one to be counted first."""
        found: dict[str, list[str]] = defaultdict(list)
        for iri, row in self._book.programmes.items():
            if row.get("identifier") and row.get("reporter"):
                found[str(row["identifier"])].append(iri)
        return {name: sorted(iris, key=self._rank) for name, iris in found.items()}

    def _rank(self, iri: str) -> tuple[bool, bool, bool, str]:
        """Return what decides which of several files an activity is counted from.

        First who answers for it, then the organisation whose identifier the activity's begins with, then the file
        whose publisher is the reporter.
        """
        row = self._book.programmes[iri]
        reporter, name = str(row["reporter"]), str(row["identifier"])
        ref = local(reporter)
        publishers = [self._publishers.get(source, "") for source in split(row.get("sources"))]
        own = any(publisher and publisher in (ref, reporter, self._parties.label(reporter)) for publisher in publishers)
        return bool(row.get("secondary")), not name.startswith(ref), not own, iri

    def _secondary(self) -> Fixed:
        primary = {
            name: next((iri for iri in iris if not self._book.programmes[iri].get("secondary")), "")
            for name, iris in self._published().items()
        }
        names = self._book.activities.values
        for row in np.flatnonzero(self._book.secondary & self._live).tolist():
            activity = names[self._book.activities.codes[row]]
            identifier = str(self._book.programmes.get(activity, {}).get("identifier") or "")
            own = self._by_activity.get(primary.get(identifier, ""), [])
            self.beside[row] = not own
            yield row, own[0] if own else NONE

    def _same_activity(self) -> Fixed:
        for iris in self._published().values():
            told = [iri for iri in iris if self._by_activity.get(iri)]
            for other in told[1:]:
                for row in self._by_activity[other]:
                    yield row, self._by_activity[told[0]][0]

    def _original(self) -> Fixed:
        book = self._book
        revised: dict[tuple[str, int, int], int] = {}
        originals = []
        for row in np.flatnonzero(self._live).tolist():
            kind = book.budget_types.values[book.budget_types.codes[row]]
            if kind not in _ORIGINAL and kind not in _REVISED:
                continue
            span = book.spans.values[book.spans.codes[row]]
            key = (book.activities.values[book.activities.codes[row]], span.first, span.last)
            if kind in _REVISED:
                revised.setdefault(key, row)
            else:
                originals.append((key, row))
        for key, row in originals:
            if key in revised:
                yield row, revised[key]

    def _hierarchy(self, below: dict[int, tuple[int, ...]]) -> Fixed:
        programmes = self._book.programmes
        children: dict[str, set[str]] = defaultdict(set)
        for iri, told in programmes.items():
            for above in split(told.get("part_of")):
                if told.get("reporter") and programmes.get(above, {}).get("reporter") == told["reporter"]:
                    children[above].add(iri)
        code = {name: at for at, name in enumerate(self._book.activities.values)}
        for above in sorted(children):
            if not self._by_activity.get(above):
                continue
            seen, ahead = {above}, sorted(children[above])
            while ahead:
                iri = ahead.pop()
                if iri not in seen:
                    seen.add(iri)
                    ahead.extend(sorted(children.get(iri, ())))
            # What is above itself, over some steps, is no level of its own.
            lower = sorted(iri for iri in seen - {above} if self._rows_left(iri) and above not in children.get(iri, ()))
            if lower and self._rows_left(above):
                below[code[above]] = tuple(code[iri] for iri in lower)
                for row in self._by_activity[above]:
                    yield row, self._rows_left(lower[0])[0]

    def _rows_left(self, activity: str) -> list[int]:
        return [row for row in self._by_activity.get(activity, ()) if self.rule[row] == NONE]

    def _revised(self) -> Fixed:
        for row, newer in sorted(self._links.newer.items()):
            told = [other for other in newer if self._live[other]]
            if self._inside[row] and told:
                yield row, told[0]

    def _snapshots(self) -> Fixed:
        """Yield earlier states of running figures: one giver, receiver, activity and currency, and one beginning."""
        book = self._book
        groups: dict[tuple[int, ...], list[int]] = defaultdict(list)
        columns = (book.activities, book.givers, book.receivers, book.currencies, book.kinds, book.instruments)
        for row in np.flatnonzero(book.cumulative & self._live).tolist():
            if row in book.as_of:
                groups[tuple(int(column.codes[row]) for column in columns)].append(row)
        for group in groups.values():
            ordered = sorted(group, key=lambda row: (book.as_of[row], book.ids[row]))
            for place, row in enumerate(ordered):
                later = [other for other in ordered[place + 1 :] if self._later_state(row, other)]
                if later:
                    yield row, later[-1]

    def _later_state(self, row: int, other: int) -> bool:
        book = self._book
        if book.as_of[row] >= book.as_of[other] or book.millionths[row] > book.millionths[other]:
            return False
        first, second = (book.spans.values[book.spans.codes[one]] for one in (row, other))
        # A figure whose only date is the day of its state does not say when it begins.
        begins = [span.first for span in (first, second) if span.last > span.first]
        return len(begins) < 2 or begins[0] == begins[1]

    def _chains(self) -> Chains | None:
        """Return the activities that are paid by other activities of the release, in the order of their names."""
        book = self._book
        names = book.activities.values
        paid, came = self._payments()
        code = {name: at for at, name in enumerate(names)}
        below: dict[str, set[str]] = defaultdict(set)
        columns: list[list[int]] = [[] for _ in Chains._fields]
        rows, chain, payer_of, paid_of, told, told_of, incoming, incoming_of = columns
        for activity in sorted({*paid, *came} & set(self._by_activity)):
            payers = sorted({*paid[activity], *came[activity]} & set(self._by_activity))
            # Money that goes round is left alone: the way back would take both out.
            payers = [payer for payer in payers if not _reaches(below, activity, payer)]
            if not payers:
                continue
            number = chain[-1] + 1 if chain else 0
            for payer in payers:
                below[payer].add(activity)
                told += sorted(paid[activity][payer])
                told_of += [len(payer_of)] * len(paid[activity][payer])
                incoming += sorted(came[activity][payer])
                incoming_of += [len(payer_of)] * len(came[activity][payer])
                payer_of.append(code[payer])
                paid_of.append(number)
            own = sorted(self._by_activity[activity], key=self._when)
            rows += own
            chain += [number] * len(own)
        return Chains(*(np.array(column, dtype=np.int64) for column in columns)) if rows else None

    def _when(self, row: int) -> tuple[int, str]:
        spans = self._book.spans
        return spans.values[spans.codes[row]].first, self._book.ids[row]

    def _payments(self) -> tuple[_Payments, _Payments]:
        """Return for each activity and each payer the payer's rows that name it, and its own rows of what came in."""
        book = self._book
        names, codes = book.activities.values, book.activities.codes
        known = {str(row["identifier"]): iri for iri, row in book.programmes.items() if row.get("identifier")}
        paid: _Payments = defaultdict(lambda: defaultdict(list))
        came: _Payments = defaultdict(lambda: defaultdict(list))
        incoming = {code for code, kind in enumerate(book.kinds.values) if kind in _incoming(self._policy)}
        for row, receiver in book.receiver_activities.items():
            activity = known.get(receiver, receiver)
            if self._live[row] and activity != names[codes[row]]:
                paid[activity][names[codes[row]]].append(row)
        for row, provider in book.provider_activities.items():
            payer, activity = known.get(provider, provider), names[codes[row]]
            if payer != activity and book.has_amount[row] and int(book.kinds.codes[row]) in incoming:
                came[activity][payer].append(row)
        return paid, came


_Payments = dict[str, dict[str, list[int]]]


def _pairs(below: Mapping[int, tuple[int, ...]]) -> tuple[Ints, Ints]:
    pairs = [(above, lower) for above, activities in sorted(below.items()) for lower in activities]
    above, lower = zip(*pairs, strict=True) if pairs else ((), ())
    return np.array(above, dtype=np.int64), np.array(lower, dtype=np.int64)


_ORIGINAL: Final = ("1", "original")
_REVISED: Final = ("2", "revised")


def _incoming(policy: Policy) -> frozenset[str]:
    """Return the kinds in which a receiver reports what a policy counts; none where the policy counts those."""
    firm = {"commitment": ("incoming-commitment", "incoming-funds"), "pledge": ("incoming-pledge",)}
    return frozenset(kind for own in policy.kinds for kind in firm.get(own, ("incoming-funds",))) - set(policy.kinds)


def _reaches(below: Mapping[str, set[str]], start: str, goal: str) -> bool:
    seen, ahead = {start}, [start]
    while ahead:
        at = ahead.pop()
        if at == goal:
            return True
        for other in below.get(at, ()):
            if other not in seen:
                seen.add(other)
                ahead.append(other)
    return False


def _dicts(table: Table) -> Iterator[dict[str, object]]:
    for row in table.rows:
        yield {name: plain(cell) for name, cell in zip(table.columns, row, strict=True)}
