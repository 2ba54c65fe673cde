"""Matrices of who covers what: needs and their responses, programmes by beneficiary, meetings by country.

A cell is `unmet` only where somebody looked (a row states the need) and nothing answers it; where no row says
anything it is `unknown`. Independent needs make the matrix; what only a project says of itself is always answered and
would flatter it, so project aims stand apart. No sum is made: money rows are listed by kind and currency.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from secgraph.analysis.facts import (
    COUNTED,
    ENDED,
    NOT_HELD,
    OUTSIDE,
    POSSIBLE,
    UNDATED,
    Activity,
    Facts,
    MoneyRow,
    Need,
    Response,
)
from secgraph.analysis.matrix import (
    AXES,
    COVERED,
    CROWDED,
    EMPTY,
    MEETINGS,
    PROGRAMMES,
    REGION,
    STATES,
    THIN,
    UNKNOWN,
    UNMET,
    Cell,
    Head,
    Matrix,
    Money,
    Step,
    Thresholds,
    thresholds,
)
from secgraph.errors import ConfigError, NotFoundError
from secgraph.network import Lens, Tables
from secgraph.values import nearest


@dataclass(frozen=True)
class Answer:
    """What may count in a cell: a response with its programmes, or a programme or meeting by itself."""

    id: str
    sources: tuple[str, ...]
    activities: tuple[Activity, ...]
    need: str = ""
    countries: tuple[str, ...] = ()
    bars: str = ""
    """Why it cannot count, whenever it is: a response for other countries, a meeting that was cancelled."""


def _stands(sources: tuple[str, ...], without: str) -> bool:
    return not without or not sources or any(source != without for source in sources)


@dataclass
class Pot:
    """All that falls into one cell, before it is judged."""

    needs: dict[str, Need] = field(default_factory=dict)
    aims: dict[str, Need] = field(default_factory=dict)
    regional: set[str] = field(default_factory=set)
    answers: dict[str, Answer] = field(default_factory=dict)


class Board:
    """The pots of a matrix and how they are judged; `without` asks how a pot stands without one more source."""

    def __init__(self, facts: Facts, what: str, judged_by: Thresholds) -> None:
        self.facts = facts
        self.what = what
        self.thresholds = judged_by
        self.pots: dict[tuple[str, str], Pot] = defaultdict(Pot)
        self._standing: dict[str, str] = {}
        self._behind: dict[str, list[tuple[str, list[tuple[str, ...]]]]] = {}

    def standing(self, answer: Answer, without: str = "") -> str:
        """Return how an answer stands: the best standing of its activities."""
        if answer.bars:
            return answer.bars
        found = [self._stand(activity) for activity in answer.activities if _stands(activity.sources, without)]
        if not found:
            return self.facts.standing(UNDATED) if self.what == "needs" else OUTSIDE
        return next((best for best in COUNTED if best in found), found[0])

    def _stand(self, activity: Activity) -> str:
        if activity.key not in self._standing:
            judge = self.facts.held if self.what == MEETINGS else lambda item: self.facts.standing(item.span)
            self._standing[activity.key] = judge(activity)
        return self._standing[activity.key]

    def counted(self, pot: Pot, without: str = "") -> dict[str, str]:
        """Return the standing of each answer that stands in a pot, by id."""
        return {
            name: self.standing(answer, without)
            for name, answer in sorted(pot.answers.items())
            if _stands(answer.sources, without)
            and (answer.need not in pot.needs or _stands(pot.needs[answer.need].sources, without))
        }

    def funders(self, answers: Iterable[Answer], without: str = "") -> set[str]:
        """Return who stands behind some answers: their programmes' funders, or the organisers of meetings."""
        return {
            who
            for answer in answers
            for activity in self._in_force(answer)
            if _stands(activity.sources, without)
            for who, rows in self._backers(activity)
            if not without or any(_stands(sources, without) for sources in rows)
        }

    def _backers(self, activity: Activity) -> list[tuple[str, list[tuple[str, ...]]]]:
        if activity.key not in self._behind:
            told = activity.roles.get("organiser" if self.what == MEETINGS else "funder", {})
            self._behind[activity.key] = [(self.facts.funder(who), rows) for who, rows in sorted(told.items())]
        return self._behind[activity.key]

    def _in_force(self, answer: Answer) -> list[Activity]:
        """Return the activities of an answer that count; of a response some may have ended."""
        if self.what != "needs":
            return list(answer.activities)
        return [activity for activity in answer.activities if self._stand(activity) in COUNTED]

    def state(self, pot: Pot, counted: Sequence[Answer], without: str = "") -> str:
        """Return the state of a pot in which these answers count."""
        needs = [key for key, need in pot.needs.items() if _stands(need.sources, without)]
        if not counted:
            return UNMET if needs else UNKNOWN
        funders = len(self.funders(counted, without))
        if self.what == PROGRAMMES:
            return self.thresholds.state({PROGRAMMES: len(counted), "funders": funders})
        if self.what == MEETINGS:
            return self.thresholds.state({MEETINGS: len(counted), "organisers": funders})
        if not needs:
            return UNKNOWN
        answered = {answer.need for answer in counted}
        figures = {
            "answered": len(answered & set(needs)) / len(needs),
            "responses_per_need": len(counted) / len(needs),
            "funders": funders,
        }
        return self.thresholds.state(figures)

    def state_without(self, pot: Pot, source: str) -> str:
        """Return the state that a pot has when one source is left out."""
        standing = self.counted(pot, source)
        return self.state(pot, [pot.answers[name] for name in standing if standing[name] in COUNTED], source)

    def alone(self, pot: Pot) -> set[str]:
        """Return the sources that some row of a pot rests on alone: only these can change its state."""
        rows = [need.sources for need in pot.needs.values()]
        for answer in pot.answers.values():
            rows.append(answer.sources)
            for activity in answer.activities:
                rows.append(activity.sources)
                for role in ("funder", "organiser"):
                    rows += [stated for found in activity.roles.get(role, {}).values() for stated in found]
        return {sources[0] for sources in rows if len(sources) == 1}

    def cell(self, pot: Pot) -> Cell:
        """Return the cell that a pot makes."""
        standing = self.counted(pot)
        counted = [pot.answers[name] for name in standing if standing[name] in COUNTED]
        apart = Counter(found for found in standing.values() if found not in COUNTED)
        behind = [activity for answer in counted for activity in self._in_force(answer)]
        money, left_out = listed(
            row for key in {item.key for item in behind} for row in self.facts.money_of.get(key, ())
        )
        ended = [pot.answers[name] for name, found in standing.items() if found == ENDED]
        end, end_state, end_of = self._end(counted or ended)
        state = self.state(pot, counted)
        answered = {answer.need for answer in counted}
        rows: list[tuple[str, ...]] = [need.sources for need in pot.needs.values()]
        rows += [answer.sources for answer in counted] + [activity.sources for activity in behind]
        return Cell(
            state,
            tuple(sorted(need.id for need in pot.needs.values())),
            tuple(sorted(need.id for key, need in pot.needs.items() if key in answered)),
            tuple(sorted(pot.needs[key].id for key in pot.regional)),
            tuple(sorted(need.id for need in pot.aims.values())),
            tuple(answer.id for answer in counted),
            sum(found == POSSIBLE for found in standing.values()),
            tuple(sorted(apart.items())),
            tuple(sorted(self.funders(counted))),
            money,
            left_out,
            end,
            end_state,
            end_of,
            self._forward(pot, counted, state),
            tuple(sorted({source for sources in rows for source in sources})),
        )

    def _last(self, answer: Answer) -> tuple[str, str, str, str]:
        """Return when an answer ends: the last day that it may, as stated, with the state of the end, and of what."""
        activities = self._in_force(answer) or list(answer.activities)
        if not activities:
            return "", "", UNDATED.end_state, ""
        last = max(activities, key=lambda item: (not item.span.end_latest, item.span.end_latest, item.key))
        span = last.span
        state = span.end_state if span.end_state in ("open", "unknown") and not span.end_latest else "known"
        return span.end_latest, span.end or span.start, state, last.label

    def _end(self, answers: Iterable[Answer]) -> tuple[str, str, str]:
        ends = [self._last(answer) for answer in answers]
        if not ends:
            return "", "", ""
        _latest, told, _state, label = max(ends, key=lambda end: (end[0], end[3]))
        states = {state for _latest, _told, state, _label in ends}
        state = next(name for name in ("open", "unknown", "known") if name in states)
        known = any(latest for latest, *_rest in ends)
        return (told, state, label) if known else ("", state, "")

    def _forward(self, pot: Pot, counted: Sequence[Answer], state: str) -> tuple[Step, ...]:
        """Return the days after which the state is another, if nothing new begins; without a day asked for, none."""
        if not self.facts.lens.as_of or self.what == MEETINGS:
            return ()
        ends = {answer.id: self._last(answer) for answer in counted}
        steps = []
        for day in sorted({latest for latest, *_rest in ends.values() if latest}):
            left = [answer for answer in counted if not ends[answer.id][0] or ends[answer.id][0] > day]
            later = self.state(pot, left)
            if later != state:
                told = {(ends[item.id][1], ends[item.id][3]) for item in counted if ends[item.id][0] == day}
                names = " and ".join(sorted({label for _told, label in told}))
                steps.append(Step(min(date for date, _label in told), later, names))
                state = later
        return tuple(steps)


def listed(rows: Iterable[MoneyRow]) -> tuple[tuple[Money, ...], tuple[tuple[str, int], ...]]:
    """Return money rows by kind and currency, and how many are not listed: they would tell the same money twice."""
    found = {row.key: row for row in rows}
    left_out: Counter[str] = Counter()
    groups: dict[tuple[str, str], list[MoneyRow]] = defaultdict(list)
    revised = {key for row in found.values() for key in row.replaces}
    for key, row in sorted(found.items(), key=lambda item: item[1].id):
        if any(total in found for total in row.totals):
            left_out["part of a listed total"] += 1
        elif key in revised:
            left_out["revised by a listed row"] += 1
        elif any(same in found and same < key for same in row.same_as) or any(
            key in other.same_as and other.key < key for other in found.values()
        ):
            left_out["the same sum as a listed row"] += 1
        elif row.wider:
            left_out["wider than security"] += 1
        else:
            groups[row.kind, row.currency].append(row)
    listed = [
        Money(kind, currency, tuple(row.id for row in of), tuple(row.told for row in of))
        for (kind, currency), of in sorted(groups.items())
    ]
    return tuple(listed), tuple(sorted(left_out.items()))


def gaps(
    relations: Tables,
    lens: Lens | None = None,
    pillar: str = "",
    by: str = "country",
    *,
    rows: str = "",
    project_aims: bool = False,
    judged_by: Thresholds | None = None,
) -> Matrix:
    """Return the matrix of needs and the responses to them.

    A need without a country counts for the region: by country it stands in a column of its own, and in that of a
    country only where a response serves that country. It is marked (`regional`) in each cell.

    Args:
        relations: the relations of a release.
        lens: what narrows; with a day, a response counts while a programme of it runs, else it is shown apart.
        pillar: the framework whose needs are asked for, with its parts; that of the lens where it is not given.
        by: what the columns are: topic, country or objective.
        rows: `need` (a row for each), `pillar` (one for each framework and objective); the first where a pillar is
            asked for, else the second.
        project_aims: count what only the project that answers it says as a need.
        judged_by: thresholds other than those of the file.

    Raises:
        ConfigError: no such axis, or one that no source fills.
        NotFoundError: no such framework, or no such source to leave out.
    """
    facts = Facts(relations, lens or Lens())
    board, matrix = needs_board(facts, pillar, by, rows=rows, project_aims=project_aims, judged_by=judged_by)
    return matrix(board)


def needs_board(
    facts: Facts,
    pillar: str = "",
    by: str = "country",
    *,
    rows: str = "",
    project_aims: bool = False,
    judged_by: Thresholds | None = None,
) -> tuple[Board, Callable[[Board], Matrix]]:
    """Return the pots of the matrix of needs, and what makes the matrix of them."""
    if by not in AXES:
        raise ConfigError(f"gaps by {by!r}: no such axis", hint="by is one of " + ", ".join(AXES))
    if rows not in ("", "need", "pillar"):
        raise ConfigError(f"rows by {rows!r}: there are none", hint="rows is need or pillar")
    filled = axes(facts)
    if facts.needs and by not in filled:
        offered = " and ".join(filled) or "no axis"
        raise ConfigError(f"gaps by {by}: no source states the {by} of any need", hint=f"sources fill {offered}")
    frameworks = _frameworks(facts, pillar or facts.lens.pillar)
    needs, emptied_by = _selected(facts, frameworks, project_aims)
    board = Board(facts, "needs", judged_by or thresholds("needs"))
    row_of = _by_need(facts) if (rows or ("need" if frameworks else "pillar")) == "need" else _by_pillar(facts)
    heads: dict[str, Head] = {}
    for need in needs:
        head = row_of(need)
        aim = not need.independent
        if not aim or project_aims:
            heads[head.key] = head
            answers = [_answer(facts, need, response) for response in facts.responses.get(need.key, ())]
            for column, served in _columns(facts, need, answers, by):
                pot = board.pots[head.key, column]
                pot.needs[need.key] = need
                pot.answers.update((answer.id, answer) for answer in served)
                if not need.countries:
                    pot.regional.add(need.key)
        if aim:
            for column in _axis(need, by) or ("",):
                board.pots[head.key, column].aims[need.key] = need
    columns = _column_heads(facts, by, {column for row, column in board.pots if row in heads})

    def matrix(of: Board) -> Matrix:
        cells = {place: of.cell(pot) for place, pot in sorted(of.pots.items()) if place[0] in heads}
        remarks = ["project aims are counted as needs" if project_aims else "project aims stand apart"]
        regional = sum(not need.countries for need in needs if need.independent or project_aims)
        remarks.append(f"{regional} needs without a country count for the region")
        remarks += _seen_through(facts)
        title = f"needs and the responses to them, by {by}"
        named = f"; pillar {facts.label(sorted(frameworks)[0])}" if len(frameworks) == 1 else ""
        if len(frameworks) > 1:
            named = f"; {len(frameworks)} frameworks"
        ordered = tuple(sorted(heads.values(), key=lambda head: (head.group or head.label, head.label, head.key)))
        return Matrix(
            "needs", by, title + named, ordered, columns if ordered else (), cells, of.thresholds, facts.lens.as_of,
            emptied_by if not heads else "", tuple(remarks),
        )  # fmt: skip

    return board, matrix


def axes(facts: Facts) -> list[str]:
    """Return the axes that sources fill: what no need states is not offered."""
    return [axis for axis in AXES if any(_axis(need, axis) for need in facts.needs)]


def _axis(need: Need, by: str) -> tuple[str, ...]:
    if by == "topic":
        return need.topics
    return need.countries if by == "country" else ((need.objective,) if need.objective else ())


def _frameworks(facts: Facts, pillar: str) -> frozenset[str]:
    frameworks = facts.pillars(pillar)
    known = {need.pillar for need in facts.needs if need.pillar}
    if pillar and not frameworks & (known | set(facts.labels)):
        raise NotFoundError("framework of needs", pillar, nearest(pillar, (key.split("/")[-1] for key in known)))
    return frozenset(key for key in frameworks if key in known) or frameworks


def _selected(facts: Facts, frameworks: frozenset[str], project_aims: bool) -> tuple[list[Need], str]:
    """Return the needs that the lens leaves, and the filter after which none was left that counts."""
    topics, countries = facts.topics, facts.countries
    filters: tuple[tuple[str, Callable[[Need], bool]], ...] = (
        ("the pillar", lambda need: not frameworks or need.pillar in frameworks),
        ("the topics", lambda need: not topics or not topics.isdisjoint(need.topics)),
        # A need of the region binds each of its countries.
        ("the countries", lambda need: not (countries and need.countries) or not countries.isdisjoint(need.countries)),
    )
    needs = facts.needs
    emptied_by = "" if needs else "the choice of sources" if facts.left_out else "the data"
    for name, keeps in filters:
        left = [need for need in needs if keeps(need)]
        emptied_by = emptied_by or ("" if left else name)
        needs = left
    if needs and not project_aims and not any(need.independent for need in needs):
        emptied_by = "the basis: only project aims are there, which do not count"
    return needs, emptied_by


def _answer(facts: Facts, need: Need, response: Response) -> Answer:
    activities = tuple(facts.programmes[key] for key in response.programmes if key in facts.programmes)
    return Answer(response.id, response.sources, activities, need.key, countries=response.countries)


def _serving(answers: Iterable[Answer], countries: Iterable[str]) -> list[Answer]:
    """Return the answers, those barred that are for other countries only; an answer without one serves all."""
    wanted = set(countries)
    return [
        answer if not (wanted and answer.countries) or not wanted.isdisjoint(answer.countries)
        else replace(answer, bars="for other countries")
        for answer in answers
    ]  # fmt: skip


def _columns(facts: Facts, need: Need, answers: Sequence[Answer], by: str) -> list[tuple[str, list[Answer]]]:
    """Return the columns in which a need stands, and its answers in each."""
    asked = facts.countries
    if by != "country":
        served = _serving(answers, asked & {*need.countries} if need.countries and asked else asked or need.countries)
        return [(column, served) for column in _axis(need, by) or ("",)]
    if need.countries:
        return [(country, _serving(answers, (country,))) for country in need.countries if not asked or country in asked]
    named = sorted({country for answer in answers for country in answer.countries if not asked or country in asked})
    alone = [(country, [answer for answer in answers if country in answer.countries]) for country in named]
    return [("", _serving(answers, asked)), *alone]


def _column_heads(facts: Facts, by: str, used: set[str]) -> tuple[Head, ...]:
    """Return the columns: all topics, all countries of which a need is stated, the objectives that sources give."""
    if by == "topic":
        keys = facts.topics or {key for key in facts.labels if key.startswith("topic/")}
    elif by == "country":
        keys = facts.countries or {country for need in facts.needs for country in need.countries}
    else:
        keys = {need.objective for need in facts.needs if need.objective}
    if facts.topics and by == "topic":
        # A need may be about a topic that was asked for and about another.
        used = used & {*keys, ""}
    blank = REGION if by == "country" else f"no {by} stated"
    heads = sorted(
        (Head(key, facts.label(key)) for key in {*keys, *used} if key), key=lambda head: (head.label, head.key)
    )
    return (*heads, *((Head("", blank),) if "" in used else ()))


def _by_need(facts: Facts) -> Callable[[Need], Head]:
    return lambda need: Head(need.key, need.label, _group(facts, need))


def _by_pillar(facts: Facts) -> Callable[[Need], Head]:
    def head(need: Need) -> Head:
        key = f"{need.pillar}|{need.objective}" if need.objective else need.pillar
        # Where no objective divides a framework, its one row needs no heading of the same words.
        return Head(
            key, _group(facts, need) or "no framework stated", facts.label(need.pillar) if need.objective else ""
        )

    return head


def _group(facts: Facts, need: Need) -> str:
    return " / ".join(part for part in (facts.label(need.pillar) if need.pillar else "", need.objective) if part)


def coverage(
    relations: Tables, lens: Lens | None = None, what: str = PROGRAMMES, *, judged_by: Thresholds | None = None
) -> Matrix:
    """Return the matrix of programmes by topic and beneficiary, or of meetings by topic and country.

    A cell without any is `unmet` where an independent need of that topic and country is stated, else `unknown`. A
    body counts as a beneficiary in its country; what names no country stands in a column of its own. A meeting that
    is over counts, whatever the day; one that was cancelled or postponed does not.

    Args:
        relations: the relations of a release.
        lens: what narrows.
        what: `programmes` or `meetings`.
        judged_by: thresholds other than those of the file.

    Raises:
        ConfigError: there is no such matrix.
    """
    board, matrix = coverage_board(Facts(relations, lens or Lens()), what, judged_by=judged_by)
    return matrix(board)


def coverage_board(
    facts: Facts, what: str = PROGRAMMES, *, judged_by: Thresholds | None = None
) -> tuple[Board, Callable[[Board], Matrix]]:
    """Return the pots of a matrix of programmes or meetings, and what makes the matrix of them."""
    if what not in (PROGRAMMES, MEETINGS):
        raise ConfigError(f"coverage of {what!r}: there is none", hint=f"what is {PROGRAMMES} or {MEETINGS}")
    board = Board(facts, what, judged_by or thresholds(what))
    activities = facts.programmes if what == PROGRAMMES else facts.events
    emptied_by = "" if activities else "the choice of sources" if facts.left_out else "the data"
    frameworks = facts.pillars(facts.lens.pillar)
    seen = [item for item in activities.values() if facts.is_within(item)]
    emptied_by = emptied_by or ("" if seen else "the pillar")
    used = False
    for item in seen:
        places = _places(facts, item, what)
        for place in sorted(places & facts.countries if facts.countries else places or {""}):
            for topic in item.topics or ("",):
                if not facts.topics or topic in facts.topics:
                    bars = item.status if item.status in NOT_HELD else ""
                    board.pots[topic, place].answers[item.id] = Answer(item.id, item.sources, (item,), bars=bars)
                    used = True
    for need in facts.needs if used else ():
        for topic in need.topics:
            for place in need.countries or ("",):
                wanted = (not facts.topics or topic in facts.topics) and (
                    not facts.countries or place in facts.countries
                )
                if need.independent and wanted and (not frameworks or need.pillar in frameworks):
                    board.pots[topic, place].needs[need.key] = need
    emptied_by = emptied_by or ("" if used else "the topics or the countries")
    places = {place for _topic, place in board.pots}

    def matrix(of: Board) -> Matrix:
        rows = _column_heads(facts, "topic", {topic for topic, _place in of.pots})
        columns = [Head(key, facts.label(key)) for key in places | facts.countries if key]
        columns.sort(key=lambda head: (head.label, head.key))
        if "" in places:
            columns.append(Head("", "no country stated"))
        side = "beneficiary" if what == PROGRAMMES else "country"
        remarks = ["a need stated for the region fills the column without a country"]
        if what == MEETINGS:
            remarks.append("a meeting stands in the country where it was held")
        else:
            remarks.append("a programme and its parts count one by one")
        remarks += _seen_through(facts)
        return Matrix(
            what, side, f"{what} by topic and {side}", rows if used else (), tuple(columns) if used else (),
            {place: of.cell(pot) for place, pot in sorted(of.pots.items())}, of.thresholds, facts.lens.as_of,
            emptied_by, tuple(remarks),
        )  # fmt: skip

    return board, matrix


def _seen_through(facts: Facts) -> list[str]:
    """Return what the lens lets through, in words, and what the choice of sources left out."""
    left_out = [f"{count} rows left out: {why}" for why, count in sorted(facts.left_out.items())]
    return [*filter(None, [facts.lens.words()]), *left_out]


def _places(facts: Facts, item: Activity, what: str) -> set[str]:
    if what == MEETINGS:
        return set(item.country)
    return {country for who in item.who("beneficiary") for country in facts.country_of(who)}


__all__ = [
    "AXES",
    "COVERED",
    "CROWDED",
    "EMPTY",
    "MEETINGS",
    "PROGRAMMES",
    "STATES",
    "THIN",
    "UNKNOWN",
    "UNMET",
    "Answer",
    "Board",
    "Cell",
    "Head",
    "Matrix",
    "Money",
    "Pot",
    "Step",
    "Thresholds",
    "axes",
    "coverage",
    "coverage_board",
    "gaps",
    "listed",
    "needs_board",
    "thresholds",
]
