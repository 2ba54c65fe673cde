"""The money rows of a release in columns, compiled once: what a total looks at again and again.

Sums are whole numbers of millionths, so that adding is exact; a sum too large for that is marked, never cut.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, Final, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from secgraph.money.parties import UNIDENTIFIED, Parties, dicts, split
from secgraph.money.policies import Policies
from secgraph.money.spreads import NOTHING, WHOLE, Spread, Stated, by_percentages, one_or_several
from secgraph.values import XSD, Literal, Table, text
from secgraph.vocab import ID, kind_of, local

Ints = NDArray[np.int64]
Codes = NDArray[np.int32]
Flags = NDArray[np.bool_]

MILLIONTHS: Final = 10**6
_LARGEST: Final = 9 * 10**12
"""The largest sum that is added up: above it a million-fold of it would not fit into 64 bits."""

_DAC: Final = ("1", "2", "DAC")
"""The vocabularies of sectors that are the DAC's own, the finer one first."""
OTHER: Final = "other subjects"
"""What stands for the sectors of an activity that match no topic."""
_OUTGOING: Final = frozenset(("commitment", "disbursement", "expenditure", "pledge"))

Key = TypeVar("Key", bound=Hashable)


class Span(NamedTuple):
    """When a row's money is: the year it counts under, its first and last day (0: unknown), the day of its rate."""

    year: int
    first: int
    last: int
    day: str
    rate_year: int


class Coded(NamedTuple):
    """A column with few distinct values: the values, and for each row which it is."""

    values: list[Any]
    codes: Codes


@dataclass
class Book:
    """The money rows, one entry a row in each column; `-1` where a row refers to none."""

    ids: list[str]
    iris: list[str]
    kinds: Coded
    measures: Coded
    wide: Flags
    amounts: list[Decimal | None]
    stated: list[Literal | None]
    millionths: Ints
    has_amount: Flags
    derived: Flags
    currencies: Coded
    qualifiers: Coded
    givers: Coded
    receivers: Coded
    instruments: Coded
    activities: Coded
    countries: Coded
    sectors: Coded
    topics: Coded
    scoped: Coded
    """Which part of each row is in the scope of its file: for certain, and at the most."""
    spans: Coded
    sources: list[str]
    budget_types: Coded
    secondary: Flags
    cumulative: Flags
    links: dict[str, dict[int, tuple[int, ...]]]
    """For each column that refers to other rows: what each row that has any refers to."""
    provider_activities: dict[int, str]
    receiver_activities: dict[int, str]
    programmes: dict[str, dict[str, Any]]
    as_of: dict[int, str]
    members: dict[str, frozenset[str]] = field(default_factory=dict)
    """The countries of each region; empty where they are not known."""
    in_scope: frozenset[str] = frozenset()
    """The sectors that the scope of a file names."""

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def years(self) -> Codes:
        """Return the year that each row counts under; 0 where none is known."""
        found: Codes = np.array([span.year for span in self.spans.values], dtype=np.int32)[self.spans.codes]
        return found

    @cached_property
    def cells(self) -> dict[str, Any]:
        """Return the columns that every answer tells as they are, as arrays of objects."""
        return {"id": objects(self.ids), "amount": objects(self.stated), "sources": objects(self.sources)}


def objects(values: Sequence[Any]) -> Any:
    """Return values as an array of objects: numpy would take a cell of three parts for three cells."""
    found = np.empty(len(values), dtype=object)
    for at, value in enumerate(values):
        found[at] = value
    return found


LINKS: Final = ("part_of", "funded_from", "replaces", "same_as", "different_from")


def compile_book(relations: Mapping[str, Table], parties: Parties, policies: Policies) -> Book:
    """Return the rows of `transactions` and `budgets` in columns."""
    columns = _columns(relations["transactions"], relations["budgets"])
    n = len(columns["iri"])
    programmes = {row["iri"]: row for row in dicts(relations["programmes"])}
    spreading = _Spreading(relations, parties, policies)
    amounts, derived = _amounts(columns)
    stated = [None if at in derived else _literal(amount) for at, amount in enumerate(amounts)]
    has = np.array([amount is not None and abs(amount) <= _LARGEST for amount in amounts], dtype=np.bool_)
    millionths = np.array(
        [int(amount * MILLIONTHS) if amount is not None and ok else 0
         for amount, ok in zip(amounts, has.tolist(), strict=True)], dtype=np.int64,
    )  # fmt: skip
    activities = [_first(cell) for cell in columns["finances"]]
    givers, receivers = _givers(columns, activities, spreading.funders), _receivers(columns)
    rows = range(n)
    at = {iri: place for place, iri in enumerate(columns["iri"])}
    own = columns["iri"]
    countries = coded(
        [_told_by(spreading, own[row], activities[row], receivers[row]) for row in rows],
        lambda key: spreading.countries(*key),
    )
    sectors = coded(
        [own[row] if spreading.allocated(own[row], "sector") else activities[row] for row in rows], spreading.sectors
    )
    return Book(
        ids=[str(cell) for cell in columns["id"]],
        iris=list(columns["iri"]),
        kinds=coded([cell or "" for cell in columns["kind"]]),
        measures=coded([cell or "" for cell in columns["measure"]]),
        wide=np.array([cell == "all-sectors" for cell in columns["scope"]], dtype=np.bool_),
        amounts=amounts,
        stated=stated,
        millionths=millionths,
        has_amount=has,
        derived=np.array([row in derived for row in rows], dtype=np.bool_),
        currencies=coded([cell or "" for cell in columns["currency"]]),
        qualifiers=coded([cell if cell in ("up-to", "more-than", "about") else "" for cell in columns["qualifier"]]),
        givers=coded(givers),
        receivers=coded(receivers),
        instruments=coded([_first(cell) for cell in columns["instrument"]]),
        activities=coded(activities),
        countries=countries,
        sectors=sectors,
        topics=coded(activities, spreading.subjects),
        scoped=coded([_told_part(columns, row, programmes.get(activities[row], {})) for row in rows], _part),
        spans=coded(_span_texts(columns), lambda key: _span(key, policies.fiscal_days)),
        sources=[cell or "" for cell in columns["sources"]],
        budget_types=coded([local(cell or "") for cell in columns["budget_type"]]),
        secondary=_flags(columns["secondary"]),
        cumulative=_flags(columns["cumulative"]),
        links={name: _references(columns[name], at) for name in LINKS},
        provider_activities={row: cell for row, cell in enumerate(columns["provider_activity"]) if cell},
        receiver_activities={row: cell for row, cell in enumerate(columns["receiver_activity"]) if cell},
        programmes=programmes,
        as_of={row: cell for row, cell in enumerate(columns["as_of"]) if cell},
        members=spreading.members,
        in_scope=frozenset(spreading.in_scope),
    )


def _told_by(spreading: _Spreading, row: str, activity: str, receivers: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Return what tells the countries of a row: itself, its activity, or its activity and its receivers."""
    if spreading.allocated(row, "country"):
        return row, ()
    return activity, () if spreading.allocated(activity, "country") else receivers


def _told_part(columns: Mapping[str, list[Any]], row: int, activity: Mapping[str, Any]) -> tuple[Any, Any]:
    """Return which part of a row is said to be in the scope of its file, or of its activity where it says nothing."""
    own = columns["scope_least"][row], columns["scope_most"][row]
    return own if None not in own else (activity.get("scope_least"), activity.get("scope_most"))


def _part(told: tuple[Any, Any]) -> tuple[int, int]:
    least, most = told
    if least is None or most is None:
        return WHOLE, WHOLE
    return int(Decimal(str(least)) * WHOLE / 100), int(Decimal(str(most)) * WHOLE / 100)


def coded(keys: Sequence[Key], value: Callable[[Key], Any] | None = None) -> Coded:
    """Return a column of keys as codes, with the value of each distinct key; equal values have one code."""
    first: dict[Key, int] = {}
    at: dict[Any, int] = {}
    values: list[Any] = []
    codes = np.empty(len(keys), dtype=np.int32)
    for row, key in enumerate(keys):
        code = first.get(key)
        if code is None:
            told = value(key) if value else key
            code = at.setdefault(told, len(values))
            if code == len(values):
                values.append(told)
            first[key] = code
        codes[row] = code
    return Coded(values, codes)


def _columns(*tables: Table) -> dict[str, list[Any]]:
    """Return the rows of all tables by column, as texts, in the order of their IRIs."""
    names = tables[0].columns
    rows = sorted((row for table in tables for row in table.rows), key=lambda row: str(row[names.index("iri")]))
    by_column = list(zip(*rows, strict=True)) or [()] * len(names)
    return {
        name: [None if cell is None else cell if type(cell) is str else text(cell) for cell in cells]
        for name, cells in zip(names, by_column, strict=True)
    }


def _flags(cells: Iterable[Any]) -> Flags:
    return np.array([cell == "true" for cell in cells], dtype=np.bool_)


def _first(cell: str | None) -> str:
    return split(cell)[0] if cell else ""


def _literal(amount: Decimal | None) -> Literal | None:
    return None if amount is None else Literal(f"{amount:f}", XSD + "decimal")


def _amounts(columns: Mapping[str, list[Any]]) -> tuple[list[Decimal | None], set[int]]:
    """Return the sums, and which of them are a stated share of the stated total that the row is part of."""
    amounts = [None if cell is None else Decimal(cell) for cell in columns["amount"]]
    at = {iri: row for row, iri in enumerate(columns["iri"])}
    derived = set()
    for row, share in enumerate(columns["share"]):
        totals = [at[iri] for iri in split(columns["part_of"][row]) if iri in at] if share is not None else []
        if amounts[row] is None and len(totals) == 1:
            total = amounts[totals[0]]
            if total is not None:
                derived.add(row)
                amounts[row] = (total * Decimal(share) / 100).quantize(Decimal("0.01"))
                columns["currency"][row] = columns["currency"][row] or columns["currency"][totals[0]]
                columns["qualifier"][row] = columns["qualifier"][row] or columns["qualifier"][totals[0]]
    return amounts, derived


def _parties(columns: Mapping[str, list[Any]], who: str) -> list[tuple[str, ...]]:
    found = []
    for cell, names, refs in zip(columns[f"{who}s"], columns[f"{who}_names"], columns[f"{who}_refs"], strict=True):
        parties = split(cell)
        found.append(tuple(sorted(parties)) if parties else (UNIDENTIFIED,) if names or refs else ())
    return found


def _givers(
    columns: Mapping[str, list[Any]], activities: Sequence[str], funders: Mapping[str, set[str]]
) -> list[tuple[str, ...]]:
    """Return the givers of each row: those stated, else the funders of a published plan, else who reports it.

    The standard says so of money that goes out: without a provider it is the reporting organisation's.
    """
    found = _parties(columns, "provider")
    for row, (givers, reporter) in enumerate(zip(found, columns["reporter"], strict=True)):
        if givers or not reporter:
            continue
        kind = columns["kind"][row]
        reported = (reporter if reporter.startswith(ID) else UNIDENTIFIED,)
        if kind in _OUTGOING:
            found[row] = reported
        elif kind in ("budget", "planned-disbursement"):
            found[row] = tuple(sorted(funders.get(activities[row], ()))) or reported
    return found


def _receivers(columns: Mapping[str, list[Any]]) -> list[tuple[str, ...]]:
    """Return the receivers of each row: those stated; of money that comes in, else who reports it."""
    found = _parties(columns, "receiver")
    for row, (kind, reporter) in enumerate(zip(columns["kind"], columns["reporter"], strict=True)):
        if reporter and not found[row] and kind.startswith("incoming-"):
            found[row] = (reporter if reporter.startswith(ID) else UNIDENTIFIED,)
    return found


def _references(cells: Iterable[str | None], at: Mapping[str, int]) -> dict[int, tuple[int, ...]]:
    found = {}
    for row, cell in enumerate(cells):
        targets = tuple(at[iri] for iri in split(cell) if iri in at and at[iri] != row)
        if targets:
            found[row] = targets
    return found


def _span_texts(columns: Mapping[str, list[Any]]) -> list[tuple[str, ...]]:
    names = ("start_earliest", "start_latest", "end_latest", "as_of", "value_date")
    return [tuple(cell or "" for cell in cells) for cells in zip(*(columns[name] for name in names), strict=True)]


def _ordinal(day: str) -> int:
    try:
        return date.fromisoformat(day).toordinal()
    except ValueError:
        return 0


def _span(told: tuple[str, ...], fiscal_days: int) -> Span:
    """Return when a row's money is, by the bounds of its dates: see `[periods]` of the policies."""
    earliest, latest, end, as_of, value = told
    first, last = _ordinal(earliest), _ordinal(end)
    year = 0
    if first:
        opens = date.fromordinal(first)
        year = opens.year
        if last > first and last - first < fiscal_days and date.fromordinal(last).year > year:
            turn = date(year + 1, 1, 1).toordinal()
            year += last - turn + 1 > turn - first
    elif as_of[:4].isdigit() or last:
        year = int(as_of[:4]) if as_of[:4].isdigit() else date.fromordinal(last).year
    day = value if _ordinal(value) else earliest if earliest == latest and first else ""
    rate_year = int(value[:4]) if value[:4].isdigit() else year
    return Span(year, first, max(first, last), day, rate_year)


class _Spreading:
    """The allocations, beneficiaries, topics and funders of activities."""

    def __init__(self, relations: Mapping[str, Table], parties: Parties, policies: Policies) -> None:
        self._parties = parties
        self._slack = policies.percent_slack
        self.of: dict[str, dict[str, list[tuple[str, Stated]]]] = defaultdict(lambda: defaultdict(list))
        self.members: dict[str, frozenset[str]] = {}
        self.in_scope: set[str] = set()
        for row in dicts(relations["allocations"]):
            to = row["to"] or row["code"] or ""
            axis = row["axis"]
            percentage = row["percentage"]
            told = Stated(to, None if percentage is None else Decimal(str(percentage)))
            if axis == "sector":
                if row.get("in_scope"):
                    self.in_scope.add(to)
                self.of[row["of"]]["sector"].append((row["vocabulary"] or "", told))
            else:
                self.of[row["of"]]["country"].append(("", told))
                if axis == "region":
                    # A code of another list than the DAC's leads to nothing, and may mean any place.
                    known = policies.regions.get(local(to), ()) if row["to"] else ()
                    self.members[to] = frozenset(f"{ID}jurisdiction/{code}" for code in known)
        self._beneficiaries: dict[str, set[str]] = defaultdict(set)
        self.funders: dict[str, set[str]] = defaultdict(set)
        for row in dicts(relations["participations"]):
            who = row["participant"]
            if row["role"] == "funder" and row["activity"]:
                self.funders[row["activity"]].add(who or UNIDENTIFIED)
            elif row["role"] == "beneficiary" and who:
                country = self._country(who)
                if country:
                    self._beneficiaries[row["activity"]].add(country)
        self._topics = {
            row["iri"]: split(row.get("topics")) for name in ("programmes", "events") for row in dicts(relations[name])
        }
        self._matched = self._of_single_sectors()

    def _of_single_sectors(self) -> dict[str, tuple[str, ...]]:
        """Return the topics of each sector, as far as an activity shows them.

        A published activity has the topics that its sectors are judged to match: with one sector they are that one's.
        """
        found: dict[str, tuple[str, ...]] = {}
        for activity, topics in self._topics.items():
            spread = self.sectors(activity)
            if len(spread.shares) == 1 and not spread.undivided and not spread.unknown:
                found[spread.shares[0][0]] = topics
        return found

    def subjects(self, activity: str) -> Spread:
        """Return the topics of an activity: by the percentages of its sectors where these have topics of their own."""
        topics = self._topics.get(activity, ())
        spread = self.sectors(activity)
        if not topics or spread.over or not spread.keys:
            return one_or_several(topics)
        parts: dict[str, int] = defaultdict(int)
        among: set[str] = set()
        undivided = spread.undivided
        for sector, part in spread.shares:
            matched = self._matched.get(sector)
            if matched is not None and len(matched) < 2:
                parts[matched[0] if matched else OTHER] += part
            else:
                among.update(matched or (*topics, OTHER))
                undivided += part
        if spread.undivided:
            among.update((*topics, OTHER))
        return Spread(tuple(sorted(parts.items())), frozenset(among), undivided, spread.unknown)

    def allocated(self, of: str, axis: str) -> bool:
        """Tell whether a row or activity says itself which countries or sectors it is for."""
        return of in self.of and axis in self.of[of]

    def _country(self, who: str) -> str:
        """Return the country that a party is, or whose state body it is."""
        if kind_of(who) == "jurisdiction":
            return who
        return split(self._parties.things[who].country)[0] if self._parties.is_state_body(who) else ""

    def countries(self, of: str, receivers: tuple[str, ...]) -> Spread:
        """Return which countries a row is for: as allocated, else its receivers where these are, else the programme's.

        A body of the state counts as a receiver of its country where the programme is for that country.
        """
        if self.allocated(of, "country"):
            return by_percentages([told for _vocabulary, told in self.of[of]["country"]], self._slack)
        named = self._beneficiaries.get(of, set())
        found = [self._country(who) for who in receivers]
        if found and all(found) and (all(kind_of(who) == "jurisdiction" for who in receivers) or set(found) <= named):
            return one_or_several(found)
        return one_or_several(named)

    def sectors(self, of: str) -> Spread:
        """Return the sectors of a row: of the first vocabulary of the DAC that is used, else of the first other."""
        stated = self.of.get(of, {}).get("sector")
        if not stated:
            return NOTHING
        used = {vocabulary for vocabulary, _told in stated}
        chosen = next((name for name in _DAC if name in used), min(used))
        return by_percentages([told for vocabulary, told in stated if vocabulary == chosen], self._slack)
