"""IATI files go into sorted runs on disk, by one worker for each core; what became of each activity is counted.

Each worker reads every file and keeps its part of the activities. What none of them can see is settled here: the same
identifier in two files, and what leads from one activity to another. No file is held in memory, nor what it says.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from secgraph.mapping.activities import PART_OF, Known, Loaded, Reference, resolve, slug_of
from secgraph.mapping.parties import Parties
from secgraph.protocols import WriteStore
from secgraph.records import IdentityRecord, is_money
from secgraph.records.iati import Fault
from secgraph.runs import (
    SHOWN,
    Dropped,
    Input,
    Task,
    Thing,
    Wrote,
    fact_text,
    form_of,
    parse,
    quads_of,
    read_records,
    read_references,
    read_runs,
    record,
    statements_of,
    term,
    write_part,
    write_run,
)
from secgraph.sources.collected import Load, Tables
from secgraph.sources.iati import iati_files
from secgraph.sources.inputs import STOP, IatiInput
from secgraph.store.rdf import parse as parse_rdf
from secgraph.values import ERROR, INFO, WARNING, Finding, Literal, Quad, Report, Statement
from secgraph.vocab import RDFS, local, thing
from secgraph.worker import Limits, run_limited, stop_children

_LIMITS: Final = Limits(seconds=7 * 86_400.0, memory=0, result=1_000_000_000)
_SMALL: Final = 3_000_000
"""Bytes of input below which a process of its own takes longer to start than to read."""
_AT_ONCE: Final = 20_000
"""Things, or statements, that are held until they are written."""
DUPLICATE: Final = "duplicate"
REFUSED: Final = "file refused"


@dataclass
class IatiLoad:
    """What IATI files say, in runs on disk, and what became of their activities."""

    inputs: tuple[Input, ...] = ()
    runs: tuple[Path, ...] = ()
    dropped: Dropped = field(default_factory=lambda: Dropped((), ()))
    typical: tuple[Thing, ...] = ()
    """One thing for each form that things have, for the shapes."""
    loads: list[Load] = field(default_factory=list)
    findings: Report = field(default_factory=Report)

    def things(self) -> Iterator[Thing]:
        """Yield all things in the order of N-Quads, each with what every file says of it."""
        return read_runs(self.runs, self.dropped)

    def records(self) -> Iterator[list[str]]:
        """Yield the records of each thing, which `runs.nquads_of` and `runs.parse` read."""
        return read_records(self.runs, self.dropped)

    def statements_about(self, subjects: set[str]) -> list[Statement]:
        """Return what the files say of some things; reads all runs."""
        named = {f"<{subject}>" for subject in subjects}
        return [fact for one in self.things() if one.iri in named for fact in statements_of(one, self.inputs)]

    def typical_quads(self) -> list[Quad]:
        """Return the merged graph of the typical things."""
        return [quad for one in self.typical for quad in quads_of(one)]

    def fill(self, store: WriteStore, folder: Path) -> None:
        """Add the merged graph to a store, through a file in a folder."""
        path = folder / "merged.nt"
        things = self.things()
        with path.open("w", encoding="utf-8", newline="\n") as file:
            while part := list(islice(things, _AT_ONCE)):
                file.writelines([f"{one.iri} {text} .\n" for one in part for text, _ in one.facts])
        store.load_file(path)
        path.unlink()

    def links(self) -> Iterator[Quad]:
        """Yield the quads of the merged graph from which something can follow: those that lead to things."""
        for one in self.things():
            for text, _ in one.facts:
                if text[-1] == ">" and '"' not in text:
                    predicate, _, item = text[1:].partition("> ")
                    yield Quad(one.iri[1:-1], predicate, item[1:-1])

    def evidence(self) -> Iterator[tuple[str, ...]]:
        """Yield where each statement stands: subject, property, value, source, file, line and element."""
        sources = [told.source for told in self.inputs]
        names = [told.name for told in self.inputs]
        for one in self.things():
            rows = set()
            for text, places in one.facts:
                predicate, _, item = text[1:].partition("> ")
                value = term(item) if places else ""
                shown = value.value if isinstance(value, Literal) else value
                for number, line, element in places:
                    rows.add((one.iri[1:-1], predicate, shown, sources[number], names[number], f"line {line}", element))
            yield from sorted(rows)

    def source(self, number: int) -> str:
        """Return the graph of a file: its source."""
        return thing("source", self.inputs[number].source)


def load_iati(
    inputs: Sequence[IatiInput],
    folder: Path,
    *,
    known: Known | None = None,
    threads: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> IatiLoad:
    """Read IATI files into runs in a folder, and return what became of them; the same with any number of threads.

    Args:
        inputs: the files and folders, their sources, scopes and what is done on errors.
        folder: an existing folder for the runs.
        known: the parties, countries and topics of the dataset; without it nobody is known.
        threads: how many processes read at once.
        progress: called with how many parts are done, and of how many.

    Raises:
        SecgraphError: a worker was killed or failed.
    """
    files = tuple(_files(inputs))
    parts = max(1, threads)
    if sum(Path(one.path).stat().st_size for one in files if Path(one.path).is_file()) < _SMALL:
        parts = 1
    known = known or Known(_Nobody())
    tasks = [Task(files, known, str(folder), (k, parts)) for k in range(parts)]
    if parts == 1:
        wrote = [Wrote(*write_part(tasks[0]))]
    else:
        with ThreadPoolExecutor(parts) as pool:
            futures = [pool.submit(_in_a_process, task) for task in tasks]
            wrote = []
            try:
                for future in futures:
                    wrote.append(future.result())
                    if progress:
                        progress(len(wrote), parts)
            except BaseException:
                # Nobody waits for the others any more.
                stop_children()
                raise
    with _Settling(files, wrote, folder) as settling:
        return settling.settle()


def load_dataset(
    tables: Tables,
    folder: Path,
    ontology: Path,
    *,
    threads: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> IatiLoad | None:
    """Read the IATI files that a dataset names; what is wrong in them and what became of them is added to its tables.

    Args:
        tables: the dataset, checked.
        folder: an existing folder for the runs.
        ontology: the folder of the ontology, with the names of countries.
        threads: how many processes read at once.
        progress: called with how many parts are done, and of how many.

    Returns:
        None where the dataset has no IATI files.
    """
    if not tables.dataset.iati:
        return None
    known = Known.of(tables.records, Parties(tables.records), _country_names(ontology))
    found = load_iati(tables.dataset.iati, folder, known=known, threads=threads, progress=progress)
    tables.loads += found.loads
    tables.findings.extend(found.findings.findings)
    _look_for_sums(tables, found)
    return found


def _look_for_sums(tables: Tables, load: IatiLoad) -> None:
    """Report judgements on money rows of activities that no file has."""
    sources = {told.source for told in tables.dataset.iati}
    named = [
        (f"<{iri}>", column, row)
        for row in tables.records["identities"]
        if isinstance(row, IdentityRecord) and ("identities", row.row) not in tables.unusable
        for column, iri in (("subject_id", row.subject_id), ("object_id", row.object_id))
        if is_money(iri) and local(iri).partition("--")[0] in sources
    ]
    missing = {iri for iri, _column, _row in named}
    for one in load.things() if named else ():
        missing.discard(one.iri)
    for iri, column, row in named:
        if iri in missing:
            tables.find(
                "reference-dangling", "no activity that was kept has this money row", table="identities", row=row.row,
                column=column, value=iri[1:-1], hint="its id is in the first column of secgraph fund total --why",
            )  # fmt: skip


def _country_names(ontology: Path) -> dict[str, str]:
    path = ontology / "iati" / "country.ttl"
    return {
        local(quad.subject): quad.object.value
        for quad in parse_rdf(path.read_bytes(), "ttl", name=path.name)
        if quad.predicate == RDFS + "label" and isinstance(quad.object, Literal)
    }


def _in_a_process(task: Task) -> Wrote:
    return Wrote(*run_limited("secgraph.runs:write_part", task, _LIMITS, what="the reading of IATI files"))


class _Nobody:
    def find(self, ref: str, name: str) -> str | None:  # noqa: ARG002  the face of `Parties`
        """Know nobody."""
        return None


def _files(inputs: Iterable[IatiInput]) -> Iterator[Input]:
    for one in inputs:
        scope = str(one.scope) if one.scope else ""
        for path in iati_files(one.path):
            inside = path.relative_to(one.path).as_posix() if path != one.path else ""
            yield Input(
                str(path), f"{one.name.rstrip('/')}/{inside}" if inside else one.name, one.source, scope, one.on_error
            )


class _Settling:
    """Settles what no worker can see; what it must know of all activities stands in a database on disk."""

    def __init__(self, inputs: tuple[Input, ...], wrote: Sequence[Wrote], folder: Path) -> None:
        self.inputs = inputs
        self.wrote = wrote
        self.folder = folder
        self.findings = Report()
        self.refused = frozenset(number for one in wrote for number in one.refused)
        self.duplicates: list[tuple[int, str, int]] = []
        """Activities that another file of their source has already: file, identifier, transactions."""
        self.base = sqlite3.connect("", isolation_level=None)
        for setting in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-8192"):
            self.base.execute(f"PRAGMA {setting}")
        self.base.execute(
            "CREATE TABLE kept (identifier TEXT, file INTEGER, line INTEGER, transactions INTEGER, "
            "PRIMARY KEY (identifier, file)) WITHOUT ROWID"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.base.close()

    def settle(self) -> IatiLoad:
        """Return everything that was kept, and what was not and why."""
        self._remember()
        self._tell_faults()
        self._compare_files()
        dropped = Dropped(
            self.refused,
            ((number, slug_of(self.inputs[number].source, identifier)) for number, identifier, _ in self.duplicates),
        )
        runs = [Path(path) for one in self.wrote for path in one.runs]
        runs += self._link(dropped)
        for one in self.wrote:
            for name in (one.kept, one.references):
                Path(name).unlink(missing_ok=True)
        return IatiLoad(
            self.inputs, tuple(runs), dropped, self._typical(dropped), list(self._loads()), self.findings.sorted()
        )

    def _remember(self) -> None:
        self.base.execute("BEGIN")
        for one in self.wrote:
            with Path(one.kept).open(encoding="utf-8") as file:
                rows = (json.loads(line) for line in file)
                self.base.executemany(
                    "INSERT INTO kept VALUES (?, ?, ?, ?)", (row for row in rows if row[1] not in self.refused)
                )

    def _tell_faults(self) -> None:
        counts: Counter[tuple[int, str]] = Counter()
        shown: dict[tuple[int, str], list[Fault]] = {}
        for one in self.wrote:
            for number, rule, count, faults in one.faults:
                counts[number, rule] += count
                shown.setdefault((number, rule), []).extend(Fault(*fault) for fault in faults)
        for (number, rule), told in sorted(shown.items()):
            first = sorted(told, key=lambda fault: (fault.line, fault))[:SHOWN]
            for fault in first:
                self.findings.add(self._finding(number, fault))
            more = counts[number, rule] - len(first)
            if more:
                severity = self._finding(number, first[0]).severity
                message = f"{more} more of this rule in the file, after line {first[-1].line}"
                self.findings.add(Finding(rule, severity, message, file=self.inputs[number].name))

    def _finding(self, number: int, fault: Fault) -> Finding:
        told = self.inputs[number]
        severity, message = fault.severity, fault.message
        if severity == ERROR and told.on_error != STOP:
            what = "the activity is" if fault.element or fault.identifier else "the file is"
            severity, message = WARNING, f"{message}; {what} left out"
        about = f" ({fault.identifier})" if fault.identifier and fault.identifier not in message else ""
        return Finding(
            fault.rule, severity, f"{message}{about}", fault.hint, told.name, fault.line, fault.element, "", fault.value
        )

    def _compare_files(self) -> None:
        """Tell of identifiers that stand in several files; of one source the first file's activity counts."""
        several = self.base.execute(
            "SELECT identifier FROM kept GROUP BY identifier HAVING count(*) > 1 ORDER BY identifier"
        ).fetchall()
        for (identifier,) in several:
            rows = self.base.execute(
                "SELECT file, line, transactions FROM kept WHERE identifier = ? ORDER BY file", (identifier,)
            ).fetchall()
            first: dict[str, tuple[int, int]] = {}
            for number, line, transactions in rows:
                told = self.inputs[number]
                if told.source in first:
                    other, at = first[told.source]
                    where = f"{self.inputs[other].name}, line {at}"
                    fault = Fault(
                        "iati-duplicate", ERROR, line, "iati-identifier", identifier, identifier,
                        f"this identifier stands in {where} already: that one is kept", "take one of the two out",
                    )  # fmt: skip
                    self.findings.add(self._finding(number, fault))
                    self.duplicates.append((number, identifier, transactions))
                elif first:
                    other, at = next(iter(first.values()))
                    message = (
                        f"this identifier stands in {self.inputs[other].name}, line {at}, too: each source has its own"
                    )
                    hint = "a total counts the two reports of one activity once where a rule says so"
                    self.findings.add(
                        Finding(
                            "iati-two-sources", INFO, message, hint, told.name, line, "iati-identifier", "", identifier
                        )
                    )
                first.setdefault(told.source, (number, line))
        self.base.executemany(
            "DELETE FROM kept WHERE identifier = ? AND file = ?",
            [(identifier, number) for number, identifier, _ in self.duplicates],
        )

    def _near(self, identifier: str) -> list[Loaded]:
        rows = self.base.execute("SELECT file FROM kept WHERE identifier = ?", (identifier,)).fetchall()
        found = []
        for (number,) in rows:
            told = self.inputs[number]
            found.append(Loaded(told.name, told.source, thing("programme", slug_of(told.source, identifier))))
        return found

    def _said(self, dropped: Dropped) -> Iterator[tuple[int, Reference, Statement]]:
        """Yield what leads from one activity to another, of those that were kept."""
        # As many as follow each other in one file; more would only fill the memory.
        near = lru_cache(1 << 12)(self._near)
        for one in self.wrote:
            for number, reference in read_references(Path(one.references)):
                if not dropped.drops(number, reference.subject):
                    said = resolve(reference, near(reference.identifier))
                    if said is not None:
                        yield number, reference, said

    def _circles(self, dropped: Dropped) -> frozenset[str]:
        """Return the activities on a circle of parts, or on a way between two: what is left without loose ends."""
        self.base.execute("CREATE TABLE parts (part TEXT, whole TEXT, PRIMARY KEY (part, whole)) WITHOUT ROWID")
        self.base.executemany(
            "INSERT OR IGNORE INTO parts VALUES (?, ?)",
            ((said.subject, said.object) for _, _, said in self._said(dropped) if said.predicate == PART_OF),
        )
        self.base.execute("CREATE INDEX wholes ON parts (whole)")
        loose = (
            "DELETE FROM parts WHERE whole NOT IN (SELECT part FROM parts)",
            "DELETE FROM parts WHERE part NOT IN (SELECT whole FROM parts)",
        )
        while sum(self.base.execute(statement).rowcount for statement in loose):
            pass
        return frozenset(part for (part,) in self.base.execute("SELECT part FROM parts"))

    def _link(self, dropped: Dropped) -> list[Path]:
        """Write the runs of what leads from one activity to another, and return their paths."""
        circles = self._circles(dropped)
        runs: list[Path] = []
        facts: dict[tuple[str, int], list[str]] = {}
        waiting = 0

        def write() -> None:
            path = self.folder / f"links-{len(runs)}"
            write_run(path, [record(subject, number, found) for (subject, number), found in facts.items()])
            runs.append(path)
            facts.clear()

        for number, reference, said in self._said(dropped):
            if said.predicate == PART_OF and said.subject in circles and said.object in circles:
                message = "the activities are parts of one another in a circle: the relation is left out"
                fault = Fault(
                    "iati-circle", WARNING, reference.line, reference.element, reference.identifier,
                    reference.identifier, message, "see which of them is the parent",
                )  # fmt: skip
                self.findings.add(self._finding(number, fault))
                continue
            facts.setdefault((said.subject, number), []).append(fact_text(said))
            waiting += 1
            if waiting % _AT_ONCE == 0:
                write()
        if facts:
            write()
        return runs

    def _typical(self, dropped: Dropped) -> tuple[Thing, ...]:
        best: dict[tuple[str, ...], str] = {}
        for one in self.wrote:
            for line in one.typical:
                form = form_of(line)
                if not dropped.holds(line) and (form not in best or line < best[form]):
                    best[form] = line
        return tuple(parse([line]) for line in sorted(best.values()))

    def _loads(self) -> Iterator[Load]:
        for number, told in enumerate(self.inputs):
            read: Counter[str] = Counter()
            left: Mapping[str, Counter[str]] = {"activities": Counter(), "transactions": Counter()}
            for one in self.wrote:
                elements, transactions, elements_left, transactions_left = one.counts[number]
                read["activities"] += elements
                read["transactions"] += transactions
                left["activities"].update(elements_left)
                left["transactions"].update(transactions_left)
            for file, _identifier, transactions in self.duplicates:
                if file == number:
                    left["activities"][DUPLICATE] += 1
                    left["transactions"][DUPLICATE] += transactions
            for what in ("activities", "transactions"):
                if number in self.refused:
                    left[what].clear()
                    left[what][REFUSED] = read[what]
                found = {reason: count for reason, count in sorted(left[what].items()) if count}
                yield Load(told.name, f"IATI {what}", read[what], read[what] - sum(found.values()), found)
