"""Follow-through: from a meeting to what it announced, the programmes after it, their money, and the needs they answer.

A link is shown only where rows state it, with the words of how; a link that no row states is broken, which says
"not found in the sources" and no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from secgraph.analysis.facts import ENDED, LATER, NOT_HELD, Activity, Facts, MoneyRow, Span
from secgraph.errors import NotFoundError
from secgraph.network import Lens, Tables, days, node_key
from secgraph.values import Table, nearest
from secgraph.vocab import local

EVENT, DOCUMENT, PROGRAMME, MONEY, NEED = "event", "document", "programme", "money", "need"
AFTER, PERHAPS, RUNNING, UNDATED = "began after it", "began near it", "ran already", "no date to compare"
_COLUMNS: Final = (
    "step", "thing", "date", "days", "when", "link", "what", "broken", "sources", "id", "from",
)  # fmt: skip


@dataclass(frozen=True)
class Step:
    """One link of the chain: a thing, what leads to it, and how many days after the meeting.

    `days` is empty where a date is missing, and a range ("30 to 60") where one is not exact; `broken` says in words
    which link should go on from here and does not.
    """

    step: str
    id: str
    label: str
    date: str = ""
    days: str = ""
    when: str = ""
    link: str = ""
    what: str = ""
    origin: str = ""
    broken: str = ""
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class FollowThrough:
    """The chain of one meeting, link by link, and the links that are broken."""

    event: str
    title: str
    steps: tuple[Step, ...]
    broken: tuple[str, ...]
    note: str

    def table(self) -> Table:
        """Return one row for each link."""
        rows = (
            (
                step.step, step.label, step.date or None, step.days or None, step.when or None, step.link or None,
                step.what or None, step.broken or None, len(step.sources), step.id, step.origin or None,
            )
            for step in self.steps
        )  # fmt: skip
        return Table(_COLUMNS, tuple(rows), self.note)

    def json(self) -> dict[str, Any]:
        """Return the chain as plain values that JSON can hold."""
        steps = [{**step.__dict__, "sources": list(step.sources)} for step in self.steps]
        return {
            "event": self.event, "title": self.title, "steps": steps, "broken": list(self.broken), "note": self.note,
        }  # fmt: skip


def followthrough(relations: Tables, event: str, lens: Lens | None = None) -> FollowThrough:
    """Return what followed a meeting, as far as rows state it, and where the chain breaks.

    Documents are those of the meeting. Programmes are those that one of them concerns, that are within what it
    concerns or within the meeting's framework, or that answer a need which it states; one that began before the
    meeting is shown, and does not count as following. Money rows and needs are those of the programmes that began
    after it, or at no known time.

    Args:
        relations: the relations of a release.
        event: the meeting, by id, key or IRI.
        lens: with a day, only what began by then; sources left out or not yet known are left out here too.

    Raises:
        NotFoundError: no such meeting, or none whose sources stand.
    """
    facts = Facts(relations, lens or Lens())
    name = local(node_key(event))
    meeting = facts.events.get(f"event/{name}")
    if meeting is None:
        raise NotFoundError("event", name, nearest(name, (item.id for item in facts.events.values())))
    chain = _Chain(facts, meeting)
    steps = tuple(chain.steps())
    return FollowThrough(meeting.key, meeting.label, steps, tuple(chain.broken), chain.note())


class _Chain:
    def __init__(self, facts: Facts, meeting: Activity) -> None:
        self.facts = facts
        self.meeting = meeting
        self.broken: list[str] = []
        self.span = meeting.span if meeting.span.start_earliest else _announced(meeting.announced)
        announced = meeting.span.start or meeting.announced
        self.announced = f"announced {announced}" if announced else "announced at an unknown date"
        as_of = facts.lens.as_of
        self.by = f" by {as_of}" if as_of else ""

    def note(self) -> str:
        told = [self.announced, f"{len(self.broken)} broken links"]
        if not self.span.start_earliest:
            told.append("the meeting has no known date, so no days are counted")
        elif not self.meeting.span.start_earliest:
            told.append("days are counted from the announced date")
        told += [f"{count} rows left out: {why}" for why, count in sorted(self.facts.left_out.items())]
        return "; ".join([*told, "broken means not found in the sources, not undone"])

    def steps(self) -> Iterator[Step]:
        facts, meeting = self.facts, self.meeting
        documents = self._documents()
        programmes = self._programmes(documents)
        following = [key for key in programmes if self._when(facts.programmes[key].span) != RUNNING]
        yield Step(
            EVENT, meeting.key, meeting.label, meeting.span.start, what=meeting.status, sources=meeting.sources,
            broken=self._flags(documents, programmes, following),
        )  # fmt: skip
        for key, (label, span, sources) in documents.items():
            yield self._dated(
                Step(DOCUMENT, key, label, link="a document of the meeting", origin=meeting.key, sources=sources), span
            )
        for row in facts.money_of.get(meeting.key, ()):
            yield self._money(row, meeting.key, "pays for the meeting itself")
        for key, (link, origin) in programmes.items():
            programme = facts.programmes[key]
            flag = self._flag_of(programme) if key in following else ""
            yield self._dated(
                Step(PROGRAMME, key, programme.label, link=link, origin=origin, broken=flag, sources=programme.sources,
                     what=_ended(programme.span, facts.lens.as_of)),
                programme.span,
            )  # fmt: skip
        for key in following:
            for row in facts.money_of.get(key, ()):
                yield self._money(row, key, "pays for the programme")
        for key in following:
            for need in self._needs(key):
                yield Step(
                    NEED, need.key, need.label, link="is answered by the programme", origin=key, sources=need.sources,
                    what="independent" if need.independent else "project aim",
                )  # fmt: skip

    def _documents(self) -> dict[str, tuple[str, Span, tuple[str, ...]]]:
        keys = self.facts.linked(self.meeting.key, "document")
        return {key: self.facts.documents[key] for key in keys if key in self.facts.documents}

    def _programmes(self, documents: Iterable[str]) -> dict[str, tuple[str, str]]:
        """Return the programmes that the meeting leads to, each with the first way that leads there."""
        facts, meeting = self.facts, self.meeting
        ways: list[tuple[str, str, str]] = []
        for document in documents:
            for target in facts.linked(document, "concerns"):
                ways.append((target, "a document of the meeting concerns it", document))
                ways += [
                    (key, "is within what a document of the meeting concerns", document) for key in self._within(target)
                ]
            ways += [
                (key, "answers a need that a document of the meeting states", document)
                for key in self._answering(document)
            ]
        for frame in meeting.within:
            ways.append((frame, "the meeting is within it", meeting.key))
            ways += [(key, "is within the framework of the meeting", frame) for key in self._within(frame)]
        found: dict[str, tuple[str, str]] = {}
        for key, link, origin in ways:
            programme = facts.programmes.get(key)
            late = facts.lens.as_of and programme is not None and programme.span.at(facts.lens.as_of) == LATER
            if programme is not None and not late:
                found.setdefault(key, (link, origin))
        return dict(
            sorted(found.items(), key=lambda item: (facts.programmes[item[0]].span.start_earliest or "9", item[0]))
        )

    def _within(self, frame: str) -> list[str]:
        return [key for key, item in self.facts.programmes.items() if frame in item.within or frame in item.parents]

    def _answering(self, document: str) -> list[str]:
        needs = {need.key for need in self.facts.needs if document in need.documents}
        return sorted(
            {key for need in needs for answer in self.facts.responses.get(need, ()) for key in answer.programmes}
        )

    def _needs(self, programme: str) -> Iterator[Any]:
        for need in self.facts.needs:
            if any(programme in answer.programmes for answer in self.facts.responses.get(need.key, ())):
                yield need

    def _flags(self, documents: Iterable[str], programmes: Iterable[str], following: Iterable[str]) -> str:
        flags = []
        if self.meeting.status in NOT_HELD:
            flags.append(f"{self.announced}, {self.meeting.status}")
        if not [*documents]:
            flags.append(f"{self.announced}, no document found")
        before = [*programmes]
        if not before:
            flags.append(f"{self.announced}, no programme found{self.by}")
        elif not [*following]:
            ran = f"{len(before)} ran already" if len(before) > 1 else "one ran already"
            flags.append(f"{self.announced}, no programme that began after it found{self.by} ({ran})")
        self.broken += flags
        return "; ".join(flags)

    def _flag_of(self, programme: Activity) -> str:
        began = f"began {programme.span.start}" if programme.span.start else "no known start"
        flags = []
        if not self.facts.money_of.get(programme.key):
            flags.append(f"{began}, no money row found{self.by}")
        if not any(True for _ in self._needs(programme.key)):
            flags.append(f"{began}, no need that it answers found")
        self.broken += [f"{programme.label}: {flag}" for flag in flags]
        return "; ".join(flags)

    def _when(self, span: Span) -> str:
        """Return whether something began after the meeting, as far as the bounds of the two dates tell."""
        mine = self.span
        if not span.start_earliest or not mine.start_earliest:
            return UNDATED
        if span.start_latest < mine.start_earliest:
            return RUNNING
        return AFTER if span.start_earliest >= mine.start_latest else PERHAPS

    def _dated(self, step: Step, span: Span) -> Step:
        when = self._when(span) if step.step == PROGRAMME else ""
        return Step(**{**step.__dict__, "date": span.start, "days": self._days(span), "when": when})

    def _days(self, span: Span) -> str:
        mine = self.span
        if not (span.start_earliest and mine.start_earliest):
            return ""
        least = _apart(mine.start_latest or mine.start_earliest, span.start_earliest)
        most = _apart(mine.start_earliest, span.start_latest or span.start_earliest)
        return str(least) if least == most else f"{least} to {most}"

    def _money(self, row: MoneyRow, origin: str, link: str) -> Step:
        told = " ".join(part for part in (row.kind, row.currency, row.told or "no sum stated") if part)
        givers = ", ".join(self.facts.label(who) for who in row.givers)
        step = Step(
            MONEY, row.key, givers or "funder not stated", link=link, what=told, origin=origin, sources=row.sources
        )
        return self._dated(step, row.span)


def _announced(told: str) -> Span:
    """Return the days of an announced date, which may be a range."""
    first, _, last = told.partition("/")
    if not first:
        return Span()
    return Span(
        start=told, start_earliest=days(first)[0], start_latest=days(first)[1], end_latest=days(last or first)[1]
    )


def _ended(span: Span, as_of: str) -> str:
    return "ended" if as_of and span.at(as_of) == ENDED else ""


def _apart(first: str, second: str) -> int:
    return (date.fromisoformat(second) - date.fromisoformat(first)).days
