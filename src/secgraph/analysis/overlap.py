"""Overlap: meetings that draw the same people at nearly the same time, and who meets or pays together but not both.

Presence at one meeting is co-attendance, never cooperation; and who is not on a list may have been there.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from itertools import combinations
from typing import Final

from secgraph.analysis.facts import CERTAIN, COUNTED, POSSIBLE, PRESENT, Activity, Facts
from secgraph.errors import ConfigError
from secgraph.network import Lens, Tables
from secgraph.values import Cell, Table

_UNSTATED: Final = "not stated"
_MEETINGS: Final = (
    "first", "second", "start_first", "start_second", "days", "days_at_most", "certainty", "topics", "shared",
    "participants", "convenors_first", "convenors_second", "same_convenor", "sources", "first_id", "second_id",
)  # fmt: skip
_CONVENORS: Final = ("convenor", "other", "pairs", "meetings", "most_shared", "topics", "convenor_id", "other_id")


def overlap(
    relations: Tables, days: int = 30, shared: int = 5, lens: Lens | None = None, *, by: str = "meetings"
) -> Table:
    """Return the pairs of meetings on one topic, at most so many days apart, with so many participants in common.

    Days are counted from start to start. A meeting whose date is less exact than `days` is left out, with a count; a
    pair is `certain` where both are within `days` whatever the exact dates, else `possible`. Organisers, hosts and
    speakers count as participants. A meeting and its parts are no pair.

    Args:
        relations: the relations of a release.
        days: how many days apart at most.
        shared: how many participants in common at least.
        lens: what narrows.
        by: `meetings` (a row for each pair) or `convenors` (one for each pair of those who called the meetings).

    Raises:
        ConfigError: negative days, fewer than one participant, or no such way to show them.
    """
    if days < 0:
        raise ConfigError(f"--days {days}: meetings cannot be less than no days apart", hint="give --days 0 or more")
    if shared < 1:
        raise ConfigError(f"--shared {shared}: a pair shares at least one participant", hint="give --shared 1 or more")
    if by not in ("meetings", "convenors"):
        raise ConfigError(f"overlap by {by!r}: there is none", hint="by is meetings or convenors")
    facts = Facts(relations, lens or Lens())
    seen = facts.meetings()
    exact = [event for event in seen if (width := _width(event)) is not None and width <= days]
    exact.sort(key=lambda event: (event.span.start_earliest, event.id))
    present = {event.key: {facts.rolled(who) for who in event.who(*PRESENT)} for event in exact}
    pairs = []
    for at, one in enumerate(exact):
        for other in exact[at + 1 :]:
            if _apart(one.span.start_latest, other.span.start_earliest) > days:
                # Dates that reach over months may still begin near, so that the search goes on for their width.
                if _apart(one.span.start_earliest, other.span.start_earliest) > 2 * days:
                    break
                continue
            common = present[one.key] & present[other.key]
            topics = {*one.topics} & {*other.topics} & (facts.topics or {*one.topics})
            related = one.key in other.parents or other.key in one.parents
            if topics and len(common) >= shared and not related:
                pairs.append((one, other, common, topics))
    note = (
        f"{len(pairs)} pairs of meetings on one topic, at most {days} days apart, with {shared} or more participants "
        f"in common; of {len(seen)} meetings {len(seen) - len(exact)} are left out for want of an exact date, and "
        f"{sum(not names for names in present.values())} name nobody; co-attendance is not cooperation"
    )
    rows = _by_convenors(facts, pairs) if by == "convenors" else _by_meetings(facts, pairs, days)
    return Table(_CONVENORS if by == "convenors" else _MEETINGS, tuple(rows), note)


_Pair = tuple[Activity, Activity, set[str], set[str]]


def _by_meetings(facts: Facts, pairs: Iterable[_Pair], days: int) -> list[tuple[Cell, ...]]:
    rows: list[tuple[Cell, ...]] = []
    for one, other, common, topics in sorted(
        pairs, key=lambda pair: (-len(pair[2]), pair[0].span.start_earliest, pair[0].id, pair[1].id)
    ):
        ours, theirs = convenors(one), convenors(other)
        farthest = _apart(one.span.start_earliest, other.span.start_latest)
        sources = {*one.sources, *other.sources}
        rows.append((
            one.label, other.label, one.span.start, other.span.start,
            max(0, _apart(one.span.start_latest, other.span.start_earliest)), farthest,
            CERTAIN if farthest <= days else POSSIBLE, _names(facts, topics), len(common), _names(facts, common),
            _names(facts, ours) or _UNSTATED, _names(facts, theirs) or _UNSTATED,
            bool({*ours} & {*theirs}) if ours and theirs else None, len(sources), one.key, other.key,
        ))  # fmt: skip
    return rows


def _by_convenors(facts: Facts, pairs: Iterable[_Pair]) -> list[tuple[Cell, ...]]:
    found: dict[tuple[str, str], list[_Pair]] = defaultdict(list)
    for pair in pairs:
        both = {
            tuple(sorted((facts.rolled(ours), facts.rolled(theirs))))
            for ours in convenors(pair[0])
            for theirs in convenors(pair[1])
        }
        for ours, theirs in both:
            found[ours, theirs].append(pair)
    rows: list[tuple[Cell, ...]] = []
    for (ours, theirs), of in sorted(found.items(), key=lambda item: (-len(item[1]), item[0])):
        meetings = {event.key for one, other, *_rest in of for event in (one, other)}
        topics = {topic for *_rest, shared in of for topic in shared}
        rows.append((
            facts.label(ours), facts.label(theirs), len(of), len(meetings), max(len(pair[2]) for pair in of),
            _names(facts, topics), ours, theirs,
        ))  # fmt: skip
    return rows


def convenors(event: Activity) -> list[str]:
    """Return who called a meeting: its organisers, else its hosts."""
    return event.who("organiser") or event.who("host")


def _width(event: Activity) -> int | None:
    """Return how many days a meeting's start may be off; None where it has none."""
    span = event.span
    return _apart(span.start_earliest, span.start_latest) if span.start_earliest and span.start_latest else None


def _apart(first: str, second: str) -> int:
    return (date.fromisoformat(second) - date.fromisoformat(first)).days


def _names(facts: Facts, keys: Iterable[str]) -> str:
    return "; ".join(sorted(facts.label(key) for key in keys))


_TOGETHER: Final = (
    "one", "other", "meetings", "weight", "last_meeting", "funded_in_common", "funded_by_one", "funded_by_other",
    "one_id", "other_id",
)  # fmt: skip


def meet_without_money(relations: Tables, lens: Lens | None = None, *, meetings: int = 3, things: int = 3) -> Table:
    """Return the pairs of funders who were at so many of the same meetings and fund nothing in common.

    A funder is who funds so many `things` (programmes or meetings): who gave once is hardly one.

    `weight` adds 1/(n-1) for each meeting of n participants, so that a plenary of forty counts for little. To fund in
    common is to fund one programme, parts of one, or one meeting.

    Raises:
        ConfigError: fewer than one meeting.
    """
    if meetings < 1:
        raise ConfigError(f"{meetings} meetings: a pair has met at least once", hint="give 1 or more")
    facts, met, weight, last, funds = _together(relations, lens)
    rows = [
        _line(facts, pair, met, weight, last, funds)
        for pair, count in met.items()
        if count >= meetings
        and min(len(funds[who]) for who in pair) >= things
        and not funds[pair[0]] & funds[pair[1]]
        and not _one_body(facts, pair)
    ]
    rows.sort(key=lambda row: (-_number(row[2]), -_number(row[3]), str(row[-2]), str(row[-1])))
    note = (
        f"{len(rows)} pairs of funders of {things} or more things each, at {meetings} or more of the same meetings, "
        "that fund nothing in common"
    )
    return Table(_TOGETHER, tuple(rows), f"{note}; co-attendance is not cooperation")


def money_without_meeting(relations: Tables, lens: Lens | None = None, *, programmes: int = 1) -> Table:
    """Return the pairs of funders who fund so many things in common and are at no meeting together.

    A body and what it is a part of, or acts for, are no pair.

    Raises:
        ConfigError: fewer than one programme.
    """
    if programmes < 1:
        raise ConfigError(f"{programmes} programmes: a pair funds at least one", hint="give 1 or more")
    facts, met, weight, last, funds = _together(relations, lens)
    common = Counter(pair for item in _funders_of(funds).values() for pair in combinations(sorted(item), 2))
    rows = [
        _line(facts, pair, met, weight, last, funds)
        for pair, count in common.items()
        if count >= programmes and not met[pair] and not _one_body(facts, pair)
    ]
    rows.sort(key=lambda row: (-_number(row[5]), str(row[-2]), str(row[-1])))
    silent = sum(not event.who(*PRESENT) for event in facts.meetings())
    note = (
        f"{len(rows)} pairs of funders that fund {programmes} or more things in common and are at no meeting together"
    )
    return Table(_TOGETHER, tuple(rows), f"{note}; {silent} meetings name nobody: not on a list is not absent")


_Both = tuple[str, str]


def _together(
    relations: Tables, lens: Lens | None
) -> tuple[Facts, Counter[_Both], dict[_Both, float], dict[_Both, str], dict[str, set[str]]]:
    """Return which funders met how often, with what weight and when last, and what each of them funds."""
    facts = Facts(relations, lens or Lens())
    funds: dict[str, set[str]] = defaultdict(set)
    for key, programme in facts.programmes.items():
        if facts.standing(programme.span) in COUNTED and facts.is_within(programme):
            for who in programme.who("funder"):
                funds[facts.funder(who)].add(facts.top_of(key))
    for row in facts.money:
        for key in row.finances:
            for giver in row.givers if key in facts.events else ():
                funds[facts.funder(giver)].add(key)
    met: Counter[_Both] = Counter()
    weight: dict[_Both, float] = defaultdict(float)
    last: dict[_Both, str] = defaultdict(str)
    for event in facts.meetings():
        present = {facts.rolled(who) for who in event.who(*PRESENT)}
        for pair in combinations(sorted(present & set(funds)), 2):
            met[pair] += 1
            weight[pair] += 1 / (len(present) - 1)
            last[pair] = max(last[pair], event.span.start)
    return facts, met, weight, last, dict(funds)


def _one_body(facts: Facts, pair: _Both) -> bool:
    one, other = pair
    return other in facts.above_or_country(one) or one in facts.above_or_country(other)


def _funders_of(funds: Mapping[str, set[str]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for who, things in funds.items():
        for item in things:
            found[item].add(who)
    return found


def _line(
    facts: Facts,
    pair: _Both,
    met: Mapping[_Both, int],
    weight: Mapping[_Both, float],
    last: Mapping[_Both, str],
    funds: Mapping[str, set[str]],
) -> tuple[Cell, ...]:
    one, other = pair
    return (
        facts.label(one), facts.label(other), met.get(pair, 0), round(weight.get(pair, 0.0), 4),
        last.get(pair) or None, len(funds[one] & funds[other]), len(funds[one]), len(funds[other]), one, other,
    )  # fmt: skip


def _number(cell: Cell) -> float:
    return float(cell) if isinstance(cell, (int, float)) else 0.0
