"""What IATI files say, as sorted files on disk: each line one thing with all that one file says of it.

Workers write these runs, each for its part of every file, and whoever needs quads, evidence or the merged graph reads
them back in order. Nothing here holds more than a part of a file in memory, however large the files are.
"""

from __future__ import annotations

import heapq
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any, Final, NamedTuple

from secgraph.collector import uncollected
from secgraph.mapping.activities import Known, Reference
from secgraph.mapping.iati import organisation_statements, statements
from secgraph.records.iati import Activity, Fault, LeftOut, OrganisationFile
from secgraph.sources.iati import read_file
from secgraph.sources.iati.scope import Scope
from secgraph.values import LANG_STRING, Literal, Quad, Statement, ntriples_object
from secgraph.vocab import BASE, CODELISTS, ID, kind_of, local, sg, thing

_FIELD, _PLACE = "\x1f", "\x1e"
_AT_ONCE: Final = 200_000
"""Statements in memory before a worker writes a run."""
SHOWN: Final = 20
"""Faults of one rule in one file that are told one by one; the rest is counted."""


class Input(NamedTuple):
    """One IATI file of a dataset."""

    path: str
    name: str
    """As findings, reports and the evidence name it."""
    source: str
    scope: str
    """The path of the scope file, '' where every activity belongs."""
    on_error: str


class Task(NamedTuple):
    """What one worker reads and where it writes."""

    inputs: tuple[Input, ...]
    known: Known
    folder: str
    part: tuple[int, int]


@dataclass
class Count:
    """What became of the activities (or organisations) of one file and of their transactions."""

    read: int = 0
    transactions: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    left_transactions: Counter[str] = field(default_factory=Counter)


class Wrote(NamedTuple):
    """What one worker wrote: plain values, since they come from another process."""

    runs: tuple[str, ...]
    kept: str
    """A file with a line of JSON for each activity that was kept: identifier, file, line, transactions."""
    references: str
    counts: tuple[tuple[int, int, dict[str, int], dict[str, int]], ...]
    """For each file: elements read, their transactions, and both left out by reason."""
    faults: tuple[tuple[int, str, int, tuple[tuple[Any, ...], ...]], ...]
    """For each file and rule: how many faults, and the first of them."""
    typical: tuple[str, ...]
    """One record for each form that records have."""
    refused: tuple[int, ...]
    """The files of which nothing may be used."""


def write_part(task: Task) -> tuple[Any, ...]:
    """Read one part of all files, write its runs into the folder and return a `Wrote` as a plain tuple."""
    with uncollected():
        return tuple(_Worker(task).work())


class _Worker:
    """Reads one part of every file, and writes what it says in sorted runs."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.folder = Path(task.folder)
        self.label = f"{task.part[0]}"
        self.runs: list[str] = []
        self.pending: dict[int, dict[str, list[str]]] = {}
        self.waiting = 0
        self.counts = [Count() for _ in task.inputs]
        self.faults: dict[tuple[int, str], list[Fault]] = {}
        self.fault_counts: Counter[tuple[int, str]] = Counter()
        self.typical: dict[tuple[str, ...], str] = {}
        self.refused: list[int] = []

    def work(self) -> Wrote:
        """Do it all."""
        kept, references = self.folder / f"kept-{self.label}", self.folder / f"references-{self.label}"
        with kept.open("w", encoding="utf-8") as self.kept, references.open("w", encoding="utf-8") as self.references:
            for number in range(len(self.task.inputs)):
                self._file(number)
        self._flush()
        return Wrote(
            tuple(self.runs),
            str(kept),
            str(references),
            tuple((one.read, one.transactions, dict(one.left_out), dict(one.left_transactions)) for one in self.counts),
            tuple(
                (number, rule, self.fault_counts[number, rule], tuple(tuple(fault) for fault in faults))
                for (number, rule), faults in sorted(self.faults.items())
            ),
            tuple(sorted(self.typical.values())),
            tuple(self.refused),
        )

    def _file(self, number: int) -> None:
        told = self.task.inputs[number]
        scope = Scope.load(Path(told.scope)) if told.scope else None
        count = self.counts[number]
        for item in read_file(Path(told.path), part=self.task.part, scope=scope):
            match item:
                case Fault():
                    self._fault(number, item)
                case LeftOut():
                    count.read += 1
                    count.transactions += item.transactions
                    reason = why_left_out(item)
                    count.left_out[reason] += 1
                    count.left_transactions[reason] += item.transactions
                case Activity():
                    count.read += 1
                    count.transactions += len(item.transactions)
                    said, references = statements(item, told.source, told.name, self.task.known, scope)
                    self._take(number, said)
                    for reference in references:
                        self.references.write(json.dumps([number, *reference]) + "\n")
                    entry = [item.identifier, number, item.line, len(item.transactions)]
                    self.kept.write(json.dumps(entry) + "\n")
                case OrganisationFile():
                    count.read += 1
                    self._take(number, organisation_statements(item, told.source, told.name, self.task.known))

    def _fault(self, number: int, fault: Fault) -> None:
        if fault.stops and not fault.element:
            self.refused.append(number)
        key = number, fault.rule
        self.fault_counts[key] += 1
        shown = self.faults.setdefault(key, [])
        if len(shown) < SHOWN:
            shown.append(fault)

    def _take(self, number: int, said: Sequence[Statement]) -> None:
        things = self.pending.setdefault(number, {})
        for fact in said:
            text = f"<{fact.predicate}> {ntriples_object(fact.object)}"
            if fact.sources:
                text = f"{text}{_PLACE}{fact.row}{_PLACE}{fact.column}"
            things.setdefault(fact.subject, []).append(text)
        self.waiting += len(said)
        if self.waiting >= _AT_ONCE:
            self._flush()

    def _flush(self) -> None:
        if not self.waiting:
            return
        records = [
            record(subject, number, facts)
            for number, things in self.pending.items()
            for subject, facts in things.items()
        ]
        for one in records:
            form = form_of(one)
            if form not in self.typical or one < self.typical[form]:
                self.typical[form] = one
        path = self.folder / f"run-{self.label}-{len(self.runs)}"
        write_run(path, records)
        self.runs.append(str(path))
        self.pending.clear()
        self.waiting = 0


def why_left_out(item: LeftOut) -> str:
    """Return the reason under which what was left out is counted: a rule, a sentence of the scope, a duplicate."""
    if item.cause == "fault":
        return f"fault {item.reason.partition(':')[0]}".strip()
    return item.reason if item.cause == "scope" else item.cause


def record(subject: str, file: int, facts: Iterable[str]) -> str:
    """Return the line of a run: the thing, the number of the file, and each fact once."""
    return _FIELD.join((f"<{subject}>", str(file), *sorted(set(facts))))


def write_run(path: Path, records: list[str]) -> None:
    """Write records in the order of their things, which is that of N-Quads."""
    records.sort()
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{one}\n" for one in records)


def fact_text(fact: Statement) -> str:
    """Return a statement as a record holds it."""
    place = f"{_PLACE}{fact.row}{_PLACE}{fact.column}" if fact.sources else ""
    return f"<{fact.predicate}> {ntriples_object(fact.object)}{place}"


_OURS: Final = f"<{BASE}"
_CODED: Final = (_OURS[:-1], *(f"<{ID}{name}" for name in sorted(CODELISTS)))
"""What the addresses of classes and states, and of codes, have before their last sign `/`: they count whole."""
_TAGGED: Final = '"@'
_WHOLE: Final = frozenset(f"<{sg(name)}> " for name in ("axis", "budgetType", "budgetStatus"))
_DIGITS: Final = str.maketrans("123456789", "0" * 9)
_DATED: Final = ("#date>", "#gYear>", "#gYearMonth>")


def form_of(line: str) -> tuple[str, ...]:
    """Return what the shapes can see of a record: two records of one form break the same shapes or none.

    The thing by its kind; each fact by its property with the kind (or the whole code) of the thing it leads to, or the
    datatype of its literal, for a number its sign and for a date how many digits it has.
    """
    head, _number, *facts = line.split(_FIELD)
    return (head[: head.rfind("/")], *map(_form, facts))


def _form(fact: str) -> str:
    quote = fact.find('"')
    if quote < 0:
        text = fact.partition(_PLACE)[0]
        at = text.index("> ") + 2
        if not text.startswith(_OURS, at):
            return text[:at]
        kind = text[: text.rfind("/")]
        return text if kind.endswith(_CODED) else kind
    place = fact.find(_PLACE)
    text = fact if place < 0 else fact[:place]
    end = text.rindex('"')
    predicate, kind = text[:quote], text[end:]
    if kind.endswith("#decimal>"):
        return f"{predicate}{'-' if text[quote + 1] == '-' else ''}{kind}"
    if kind.endswith(_DATED):
        return predicate + text[quote:].translate(_DIGITS)
    if predicate in _WHOLE or kind.endswith("#boolean>"):
        return text
    return f"{predicate}{'@' if kind.startswith(_TAGGED) else kind}{'' if end > quote + 1 else ' empty'}"


class Fact(NamedTuple):
    """One fact of a thing as N-Triples, and where each file says it; no place where nobody does."""

    text: str
    places: tuple[tuple[int, int, str], ...]
    """The number of the file, the line and the element."""


class Thing(NamedTuple):
    """All that the files say of one thing: its IRI in brackets, and its facts in the order of N-Quads."""

    iri: str
    facts: tuple[Fact, ...]


def parse(lines: Sequence[str]) -> Thing:
    """Return the thing of the records of one subject."""
    found: dict[str, list[tuple[int, int, str]]] = {}
    iri = ""
    for line in lines:
        iri, number, *facts = line.split(_FIELD)
        for fact in facts:
            text, _, place = fact.partition(_PLACE)
            places = found.setdefault(text, [])
            if place:
                row, _, element = place.partition(_PLACE)
                places.append((int(number), int(row), element))
    if len(lines) == 1:
        return Thing(iri, tuple([Fact(text, tuple(places)) for text, places in found.items()]))
    # The end of a term is less than what can follow it, so that the plain texts sort as whole lines do.
    return Thing(iri, tuple([Fact(text, tuple(sorted(found[text]))) for text in sorted(found)]))


def nquads_of(lines: Sequence[str], graphs: Sequence[str]) -> tuple[list[str], dict[str, int]]:
    """Return the thing of the records of one subject as sorted N-Quads, and how many are in each graph.

    Args:
        lines: the records.
        graphs: the graph of each file, by the number of the file; the merged graph has all that any of them says.
    """
    iri, number, *facts = lines[0].split(_FIELD)
    for line in lines[1:]:
        _, other, *more = line.split(_FIELD)
        if other != number:
            return _merged_nquads(parse(lines), graphs)
        facts += more
    if len(lines) > 1:
        facts.sort()
    graph = graphs[int(number)]
    end = f" <{graph}> .\n"
    found: list[str] = []
    last = head = ""
    merged, said = 0, True
    for fact in facts:
        text, place, _ = fact.partition(_PLACE)
        if text != last:
            last, said = text, False
            head = f"{iri} {text}"
            found.append(f"{head} .\n")
            merged += 1
        if place and not said:
            said = True
            found.append(head + end)
    return found, {"": merged, graph: len(found) - merged}


def _merged_nquads(one: Thing, graphs: Sequence[str]) -> tuple[list[str], dict[str, int]]:
    found: list[str] = []
    counts: Counter[str] = Counter()
    for text, places in one.facts:
        found.append(f"{one.iri} {text} .\n")
        said = sorted({graphs[number] for number, _, _ in places})
        found += [f"{one.iri} {text} <{graph}> .\n" for graph in said]
        counts.update(["", *said])
    return found, counts


def read_runs(paths: Iterable[Path], without: Dropped | None = None) -> Iterator[Thing]:
    """Yield the things of sorted runs in the order of N-Quads, each once, at constant memory.

    Args:
        paths: the runs.
        without: what of them is to be passed over.
    """
    return map(parse, read_records(paths, without))


def read_records(paths: Iterable[Path], without: Dropped | None = None) -> Iterator[list[str]]:
    """Yield the records of each thing of sorted runs, in the order of N-Quads.

    Args:
        paths: the runs.
        without: what of them is to be passed over.
    """
    files = [path.open(encoding="utf-8", newline="\n") for path in paths]
    try:
        lines: Iterable[str] = heapq.merge(*files) if len(files) != 1 else files[0]
        for _subject, group in groupby(lines, subject_of):
            kept = [line[:-1] for line in group]
            if without:
                kept = [line for line in kept if not without.holds(line)]
            if kept:
                yield kept
    finally:
        for file in files:
            file.close()


def subject_of(line: str) -> str:
    """Return the thing of a record: its IRI in brackets."""
    return line[: line.index(_FIELD)]


class Dropped:
    """The records that do not count: of files that were refused, and of activities that another file has too."""

    def __init__(self, files: Iterable[int], activities: Iterable[tuple[int, str]]) -> None:
        self._files = frozenset(files)
        self._activities = frozenset(activities)

    def __bool__(self) -> bool:
        return bool(self._files or self._activities)

    def holds(self, line: str) -> bool:
        """Tell whether a record is one of them."""
        subject, number, _ = line.split(_FIELD, 2)
        return self.drops(int(number), subject[1:-1])

    def drops(self, file: int, subject: str) -> bool:
        """Tell whether what one file says of a thing is to be passed over."""
        return file in self._files or (bool(self._activities) and (file, _activity_of(subject)) in self._activities)


_OF_AN_ACTIVITY: Final = frozenset("programme transaction budget participation allocation location".split())


def _activity_of(subject: str) -> str:
    """Return the slug of the activity that a node belongs to, '' for a node that belongs to none."""
    if kind_of(subject) not in _OF_AN_ACTIVITY:
        return ""
    source, _, rest = local(subject).partition("--")
    return f"{source}--{rest.partition('--')[0]}"


def statements_of(one: Thing, inputs: Sequence[Input]) -> Iterator[Statement]:
    """Yield what files say of a thing as statements, for whoever asks where something stands."""
    for fact in one.facts:
        predicate, _, text = fact.text[1:].partition("> ")
        for number, line, element in fact.places:
            told = inputs[number]
            yield Statement(
                one.iri[1:-1], predicate, term(text), (thing("source", told.source),), told.name, line,
                f"line {line}", element,
            )  # fmt: skip


def quads_of(one: Thing) -> Iterator[Quad]:
    """Yield a thing as quads of the merged graph."""
    for fact in one.facts:
        predicate, _, text = fact.text[1:].partition("> ")
        yield Quad(one.iri[1:-1], predicate, term(text))


_ESCAPE: Final = re.compile(r"\\(.)")
_ESCAPED: Final = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


def term(text: str) -> str | Literal:
    r"""Return the object that its N-Triples text stands for.

    >>> term('"a\\"b"@en').language, term("<urn:x>")
    ('en', 'urn:x')
    """
    if text[0] == "<":
        return text[1:-1]
    end = text.rindex('"')
    value, rest = text[1:end], text[end + 1 :]
    if "\\" in value:
        value = _ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[1]), value)
    if rest.startswith("@"):
        return Literal(value, LANG_STRING, rest[1:])
    return Literal(value, rest[3:-1]) if rest else Literal(value)


def read_references(path: Path) -> Iterator[tuple[int, Reference]]:
    """Yield the references that a worker wrote, each with the number of its file."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            number, *rest = json.loads(line)
            yield number, Reference(*rest)
