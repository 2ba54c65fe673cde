"""What the matrices and chains read: needs, responses, programmes, money and meetings, seen through a lens.

Support is per row: a row stands while one of its sources is neither left out (`without`) nor unknown at the day asked
for (`known_at`). What a filter leaves out is counted, so that an answer can say why it is small.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final

from secgraph.errors import NotFoundError
from secgraph.network import Lens, Tables, dated, node_key
from secgraph.network.lens import STATE_BODIES
from secgraph.network.time import KNOWN, known
from secgraph.values import nearest, plain
from secgraph.vocab import local

CERTAIN, POSSIBLE, ENDED, LATER, OUTSIDE = "certain", "possible", "ended", "not yet begun", "outside the period"
OPEN_END, UNKNOWN_END, DOUBTFUL = "with an open end", "with an unknown end", "possible only"
COUNTED: Final = (CERTAIN, POSSIBLE)
"""The standings in which a thing counts; each other one says why it is shown apart."""

PRESENT: Final = frozenset(("organiser", "host", "speaker", "participant"))
"""The roles in which somebody is at a meeting; who supports one need not come."""
NOT_HELD: Final = frozenset(("cancelled", "postponed"))


def ids(cell: str) -> tuple[str, ...]:
    """Return the parts of a list in a cell."""
    return tuple(part for part in cell.split("|") if part)


@dataclass(frozen=True)
class Span:
    """From when to when a thing lasts: as stated, in bounds, and with the state of each end."""

    start: str = ""
    end: str = ""
    start_earliest: str = ""
    start_latest: str = ""
    end_earliest: str = ""
    end_latest: str = ""
    end_state: str = "unknown"

    def at(self, day: str) -> str:
        """Return how the span stands on a day: certain, possible, ended or not yet begun."""
        if self.start_earliest and self.start_earliest > day:
            return LATER
        if self.end_latest and self.end_latest < day:
            return ENDED
        lasts = self.end_state == "open" or bool(self.end_earliest and self.end_earliest >= day)
        return CERTAIN if lasts and self.start_latest and self.start_latest <= day else POSSIBLE

    def within(self, since: str, until: str) -> bool:
        """Tell whether the span may overlap a period; an empty bound is none."""
        begins_after = bool(until and self.start_earliest and self.start_earliest > until)
        ends_before = bool(since and self.end_latest and self.end_latest < since)
        return not (begins_after or ends_before)

    def surely_within(self, since: str, until: str) -> bool:
        """Tell whether the span overlaps a period for certain; an empty bound is none."""
        begun = not until or bool(self.start_latest and self.start_latest <= until)
        return begun and (
            not since or self.end_state == "open" or bool(self.end_earliest and self.end_earliest >= since)
        )


UNDATED: Final = Span()


@dataclass(frozen=True)
class Need:
    """One need, as a row states it."""

    key: str
    id: str
    label: str
    pillar: str
    countries: tuple[str, ...]
    topics: tuple[str, ...]
    objective: str
    independent: bool
    documents: tuple[str, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Response:
    """One response to a need; without countries it is taken to serve all of the need's."""

    id: str
    need: str
    countries: tuple[str, ...]
    programmes: tuple[str, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Activity:
    """A programme or a meeting: what it is about, when, within what, and who had a role in it."""

    key: str
    id: str
    label: str
    span: Span
    topics: tuple[str, ...]
    within: tuple[str, ...]
    parents: tuple[str, ...]
    country: tuple[str, ...]
    status: str
    sources: tuple[str, ...]
    announced: str = ""
    roles: dict[str, dict[str, list[tuple[str, ...]]]] = field(default_factory=dict)
    """By role: who has it, and the sources of each row that says so."""

    def who(self, *roles: str) -> list[str]:
        """Return who has one of these roles, sorted."""
        return sorted({name for role in roles for name in self.roles.get(role, ())})


@dataclass(frozen=True)
class MoneyRow:
    """One money row: its kind, currency and sum as stated, and how it stands to other rows."""

    key: str
    id: str
    kind: str
    currency: str
    told: str
    span: Span
    finances: tuple[str, ...]
    givers: tuple[str, ...]
    totals: tuple[str, ...]
    replaces: tuple[str, ...]
    same_as: tuple[str, ...]
    wider: bool
    sources: tuple[str, ...]


class Facts:
    """The facts of a release through a lens; each kind is read once, when it is asked for."""

    def __init__(self, relations: Tables, lens: Lens) -> None:
        self._relations = relations
        self.left_out: Counter[str] = Counter()
        """How many rows the choice of sources left out, by why."""
        self._published = {local(_text(row, "id")): _text(row, "published_latest") for row in self._raw("sources")}
        self.lens = _read(lens)
        self._without = frozenset(self.lens.without)
        for kind, names in (("source", self.lens.without), ("topic", lens.topics), ("jurisdiction", lens.countries)):
            there = self._published if kind == "source" else self._ids(kind)
            for name in map(local, names):
                if name not in there:
                    raise NotFoundError("country" if kind == "jurisdiction" else kind, name, nearest(name, there))

    def _raw(self, relation: str) -> Iterator[dict[str, Any]]:
        table = self._relations.table(relation)
        for row in table.rows:
            yield dict(zip(table.columns, row, strict=True))

    def _ids(self, kind: str) -> list[str]:
        return [local(key) for key in self.labels if key.startswith(f"{kind}/")]

    def _rows(
        self, relation: str, left_out: Counter[str] | None = None
    ) -> Iterator[tuple[dict[str, Any], tuple[str, ...]]]:
        """Yield the rows of a relation that stand, each with the sources that it stands on."""
        left_out = self.left_out if left_out is None else left_out
        narrowed = bool(self._without or self.lens.known_at)
        for row in self._raw(relation):
            stated = kept = list(ids(row.get("sources") or ""))
            if stated and narrowed:
                kept = [name for name in stated if name not in self._without]
                if not kept:
                    left_out["stated only by sources that are left out"] += 1
                    continue
                if self.lens.known_at:
                    state, kept = known(kept, self._published, self.lens.known_at)
                    if not kept:
                        left_out[f"not yet known on {self.lens.known_at}"] += 1
                        continue
                    if state != KNOWN and not self.lens.undated_sources:
                        left_out["known only from sources without a date"] += 1
                        continue
            yield row, tuple(kept)

    def rows(self, *relations: str) -> Iterator[tuple[str, ...]]:
        """Yield the sources that each row of some relations stands on."""
        for relation in relations:
            for _row, sources in self._rows(relation, Counter()):
                yield sources

    @cached_property
    def labels(self) -> dict[str, str]:
        """The label of each thing by key, also of those whose rows do not stand: a name is no claim."""
        return {node_key(_text(row, "iri")): _text(row, "label") or _text(row, "id") for row in self._raw("things")}

    def label(self, key: str) -> str:
        """Return the label of a thing, or its key where it has none."""
        return self.labels.get(key, key)

    @cached_property
    def _things(self) -> dict[str, tuple[str, tuple[str, ...]]]:
        """The type and the country of each thing that has a country."""
        found = (
            (node_key(_text(row, "iri")), local(_text(row, "type")), _keys(row, "country"))
            for row in self._raw("things")
        )
        return {key: (kind, countries) for key, kind, countries in found if countries}

    def country_of(self, key: str) -> tuple[str, ...]:
        """Return the country of a thing, of a country itself; none where none is stated."""
        return (key,) if key.startswith("jurisdiction/") else self._things.get(key, ("", ()))[1]

    @cached_property
    def links(self) -> dict[str, dict[str, list[str]]]:
        """By property: from each subject to its objects."""
        found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for row, _sources in self._rows("links"):
            found[local(_text(row, "property"))][node_key(_text(row, "subject"))].append(node_key(_text(row, "object")))
        return found

    def linked(self, subject: str, name: str) -> list[str]:
        """Return what a thing leads to by a property, sorted."""
        return sorted(self.links.get(name, {}).get(subject, ()))

    def below(self, tops: Iterable[str], *names: str) -> set[str]:
        """Return some things and all that leads up to them by these properties."""
        upward: dict[str, set[str]] = defaultdict(set)
        for name in names:
            for subject, objects in self.links.get(name, {}).items():
                for target in objects:
                    upward[target].add(subject)
        found = reached = set(tops)
        while reached:
            reached = {part for at in reached for part in upward.get(at, ())} - found
            found = found | reached
        return found

    def above(self, key: str, *names: str) -> str:
        """Return the highest thing that a thing leads up to by these properties, itself where there is none."""
        seen = {key}
        while True:
            higher = [up for name in names for up in self.linked(key, name) if up not in seen]
            if not higher:
                return key
            key = higher[0]
            seen.add(key)

    @cached_property
    def topics(self) -> frozenset[str]:
        """The topics asked for and all narrower ones; empty where none is asked for."""
        return frozenset(self.below((f"topic/{local(name)}" for name in self.lens.topics), "broader"))

    @cached_property
    def countries(self) -> frozenset[str]:
        """The countries asked for; empty where none is."""
        return frozenset(f"jurisdiction/{local(name)}" for name in self.lens.countries)

    def pillars(self, name: str) -> frozenset[str]:
        """Return the key of a framework and those of its parts, by bare id or key; empty for none."""
        if not name:
            return frozenset()
        key = node_key(name)
        tops = [key] if "/" in key else [f"{kind}/{key}" for kind in ("initiative", "document")]
        return frozenset(self.below(tops, "partOf"))

    @cached_property
    def needs(self) -> list[Need]:
        """All needs that stand, by id."""
        found = [
            Need(
                node_key(_text(row, "iri")), _text(row, "id"), _text(row, "need"), (_keys(row, "pillar") or ("",))[0],
                _keys(row, "countries"), _keys(row, "topics"), local(_text(row, "objective")),
                local(_text(row, "basis")) != "project-aim", _keys(row, "documents"), sources,
            )
            for row, sources in self._rows("needs")
        ]  # fmt: skip
        return sorted(found, key=lambda need: need.id)

    @cached_property
    def responses(self) -> dict[str, list[Response]]:
        """The responses that stand, by need, each list by id."""
        found: dict[str, list[Response]] = defaultdict(list)
        for row, sources in self._rows("responses"):
            answer = Response(
                _text(row, "id"), node_key(_text(row, "need")), _keys(row, "countries"), _keys(row, "programmes"),
                sources,
            )  # fmt: skip
            found[answer.need].append(answer)
        return {need: sorted(answers, key=lambda answer: answer.id) for need, answers in sorted(found.items())}

    @cached_property
    def documents(self) -> dict[str, tuple[str, Span, tuple[str, ...]]]:
        """The documents that stand: title, when adopted, and sources."""
        return {
            node_key(_text(row, "iri")): (_text(row, "title"), _span(row), sources)
            for row, sources in self._rows("documents")
        }

    @cached_property
    def programmes(self) -> dict[str, Activity]:
        """The programmes that stand, with their roles; who gives money to one is a funder too."""
        found = self._activities("programmes", "part_of")
        for row in self.money:
            for key in row.finances:
                if key in found:
                    funders = found[key].roles.setdefault("funder", {})
                    for giver in row.givers:
                        funders.setdefault(giver, []).append(row.sources)
        return found

    @cached_property
    def events(self) -> dict[str, Activity]:
        """The meetings that stand, with their roles."""
        return self._activities("events", "sub_event_of")

    def _activities(self, relation: str, parent: str) -> dict[str, Activity]:
        found = {}
        for row, sources in self._rows(relation):
            key = node_key(_text(row, "iri"))
            found[key] = Activity(
                key, _text(row, "id"), _text(row, "label") or self.label(key), _span(row), _keys(row, "topics"),
                _keys(row, "within_framework"), _keys(row, parent), _keys(row, "country"), local(_text(row, "status")),
                sources, _text(row, "announced"),
            )  # fmt: skip
        for key, role, who, sources in self._participations:
            if key in found:
                found[key].roles.setdefault(role, {}).setdefault(who, []).append(sources)
        return dict(sorted(found.items()))

    @cached_property
    def _participations(self) -> list[tuple[str, str, str, tuple[str, ...]]]:
        return sorted(
            (node_key(_text(row, "activity")), _text(row, "role"), node_key(_text(row, "participant")), sources)
            for row, sources in self._rows("participations")
            if _text(row, "participant")  # a party that is a name only is nobody's part
        )

    @cached_property
    def money(self) -> list[MoneyRow]:
        """The money rows that stand, by id."""
        found = []
        for name in ("transactions", "budgets"):
            for row, sources in self._rows(name):
                kind = local(_text(row, "kind")) or name[:-1]
                givers = set(_keys(row, "providers"))
                found.append(
                    MoneyRow(
                        node_key(_text(row, "iri")), _text(row, "id"),
                        "co-financing" if row.get("co_financing") is True else kind,
                        local(_text(row, "currency")), _sum(row), _span(row), _keys(row, "finances"),
                        tuple(sorted(givers)), _keys(row, "part_of"), _keys(row, "replaces"), _keys(row, "same_as"),
                        local(_text(row, "scope")) == "all-sectors", sources,
                    )
                )  # fmt: skip
        return sorted(found, key=lambda row: row.id)

    @cached_property
    def money_of(self) -> dict[str, list[MoneyRow]]:
        """The money rows of each thing that is paid for."""
        found: dict[str, list[MoneyRow]] = defaultdict(list)
        for row in self.money:
            for key in row.finances:
                found[key].append(row)
        return dict(found)

    def standing(self, span: Span) -> str:
        """Return how a span stands in the lens: certain or possible, or why it does not count."""
        lens = self.lens
        if not span.within(lens.since, lens.until):
            return OUTSIDE
        if not lens.open_ends and span.end_state == "open":
            return OPEN_END
        if not lens.unknown_ends and span.end_state == "unknown":
            return UNKNOWN_END
        stands = (
            span.at(lens.as_of) if lens.as_of else CERTAIN if span.surely_within(lens.since, lens.until) else POSSIBLE
        )
        return DOUBTFUL if stands == POSSIBLE and lens.certain else stands

    def held(self, event: Activity) -> str:
        """Return how a meeting stands: one that is over counts, one that is announced for later does not."""
        lens, span = self.lens, event.span
        if event.status in NOT_HELD:
            return event.status
        if not span.within(lens.since, lens.until):
            return OUTSIDE
        if lens.as_of and span.start_earliest and span.start_earliest > lens.as_of:
            return LATER
        by_then = not lens.as_of or bool(span.start_latest and span.start_latest <= lens.as_of)
        if event.status in ("", "held") and by_then and span.surely_within(lens.since, lens.until):
            return CERTAIN
        return DOUBTFUL if lens.certain else POSSIBLE

    @cached_property
    def _inside(self) -> set[str]:
        frameworks = self.pillars(self.lens.pillar)
        return self.below(frameworks, "partOf", "withinFramework", "subEventOf") if frameworks else set()

    def is_within(self, activity: Activity) -> bool:
        """Tell whether a programme or meeting is within the pillar asked for; all are where none is."""
        return not self.lens.pillar or activity.key in self._inside

    def meetings(self) -> list[Activity]:
        """Return the meetings that count in the lens: on its topics, in its countries, within its pillar."""
        return [
            event
            for event in self.events.values()
            if self.held(event) in COUNTED
            and self.is_within(event)
            and not (self.topics and self.topics.isdisjoint(event.topics))
            and not (self.countries and self.countries.isdisjoint(event.country))
        ]

    def top_of(self, key: str) -> str:
        """Return the programme that a programme is a part of at the highest, itself where it is none."""
        seen = {key}
        while True:
            above = [up for up in self.programmes[key].parents if up in self.programmes and up not in seen]
            if not above:
                return key
            key = above[0]
            seen.add(key)

    def above_or_country(self, key: str) -> set[str]:
        """Return what a body is a part of at any height, and the country for which it acts."""
        found: set[str] = set()
        reached = {key}
        while reached:
            higher = {up for at in reached for up in self.linked(at, "parentOrganisation")}
            for at in reached:
                kind, countries = self._things.get(at, ("", ()))
                higher |= {*countries} if kind in STATE_BODIES else set()
            reached = higher - found
            found |= higher
        return found

    def funder(self, key: str) -> str:
        """Return whom a funder counts as: an instrument as who manages it, and as the lens rolls up."""
        if key.startswith("instrument/"):
            key = (self.linked(key, "managedBy") or [key])[0]
        return self.rolled(key)

    def rolled(self, key: str) -> str:
        """Return the thing that a thing counts as under the lens: itself, its highest parent, or its country."""
        if self.lens.roll_up == "parent":
            return self.above(key, "parentOrganisation")
        if self.lens.roll_up == "country":
            at, seen = key, {key}
            while True:
                kind, countries = self._things.get(at, ("", ()))
                if kind in STATE_BODIES:
                    return countries[0]
                at = (self.linked(at, "parentOrganisation") or [key])[0]
                if at in seen:
                    return key
                seen.add(at)
        return key


def _read(lens: Lens) -> Lens:
    """Return the lens with its dates as days and its sources as ids, or raise what is wrong with it."""
    lens = dated(lens)
    return replace(lens, without=tuple(map(local, lens.without)))


def _text(row: Mapping[str, Any], column: str) -> str:
    value = plain(row.get(column))
    return "" if value is None else str(value)


def _keys(row: Mapping[str, Any], column: str) -> tuple[str, ...]:
    return tuple(node_key(iri) for iri in ids(_text(row, column)))


def _span(row: Mapping[str, Any]) -> Span:
    bounds = {name: _text(row, name) for name in ("start_earliest", "start_latest", "end_earliest", "end_latest")}
    state = local(_text(row, "end_state")) or "unknown"
    return Span(_text(row, "start"), _text(row, "end"), **bounds, end_state=state)


def _sum(row: Mapping[str, Any]) -> str:
    """Return the sum of a money row as text: never more exact than its source says; empty where it has none."""
    amount, share = _text(row, "amount"), _text(row, "share")
    if not amount:
        return f"{share} per cent" if share else ""
    whole, _, fraction = amount.partition(".")
    digits = f"{int(whole):,}" + (f".{fraction.rstrip('0')}" if fraction.strip("0") else "")
    qualifier = local(_text(row, "qualifier")).replace("-", " ")
    cumulative = "cumulative" if row.get("cumulative") is True else ""
    return " ".join(word for word in ("" if qualifier == "exact" else qualifier, digits, cumulative) if word)
