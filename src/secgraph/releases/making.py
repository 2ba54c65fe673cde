"""Makes a release of a dataset: read, map, infer, load, relate, check, in the order that keeps two cores at work."""

from __future__ import annotations

import os
import secrets
import shutil
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from itertools import chain
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

from secgraph import inference, mapping, resources, validation
from secgraph import store as stores
from secgraph.collector import uncollected
from secgraph.errors import ConfigError, StoreError, ValidationError
from secgraph.records import TABLE_OF_KIND
from secgraph.relations import write_relations
from secgraph.releases.kept import (
    INPUTS,
    RELEASES,
    UNFINISHED,
    Release,
    hash_files,
    hash_inputs,
    open_release,
    release_digest,
)
from secgraph.releases.listing import write_quads
from secgraph.releases.loading import IatiLoad, load_dataset
from secgraph.releases.publishing import clear, locked, publish, reached, seal, told_of, write_json
from secgraph.sources.tables import Tables, read_tables
from secgraph.store import OxigraphStore
from secgraph.store.embedded import RELEASE_FORMAT
from secgraph.store.rdf import name_blank_nodes, parse
from secgraph.values import WARNING, XSD, Literal, Quad, Report, Statement
from secgraph.vocab import IATI_LISTS, ID, ONTOLOGY
from secgraph.worker import stop_children

STAGES: Final = ("read", "map", "infer", "load", "relations", "check", "write", "publish")
_DECIMAL: Final = XSD + "decimal"


class Progress(Protocol):
    """Whoever shows how far a build is."""

    def __call__(self, stage: str, done: int, total: int, /) -> None:
        """Take note that so many parts of a stage are done."""
        ...


def _unseen(_stage: str, _done: int, _total: int) -> None:
    return None


def build(
    data: Path,
    store: Path,
    *,
    progress: Progress | None = None,
    fail_on: str = "error",
    threads: int | None = None,
) -> Release:
    """Build a release from a dataset and make it the current one of a store.

    Args:
        data: a folder of tables or a workbook.
        store: the store's folder; made where it is missing.
        progress: told of each stage.
        fail_on: which findings stop the build: error, warn or none.
        threads: how much runs at once; the release does not depend on it.

    Raises:
        SourceError: nothing of the dataset can be read.
        ValidationError: the dataset has findings that stop the build; `current` stays.
        OntologyError: the ontology, a rule or a shape cannot be used.
        StoreError: the store is locked by another build, damaged or cannot be written.
    """
    if fail_on not in ("error", "warn", "none"):
        raise ConfigError(f"fail_on {fail_on!r} is not known", hint="error, warn or none")
    with told_of(store), locked(store):
        clear(store)
        unfinished = store / RELEASES / f"{UNFINISHED}{secrets.token_hex(8)}"
        unfinished.mkdir(parents=True)
        try:
            maker = _Maker(data, unfinished, progress or _unseen, threads or os.cpu_count() or 1)
            # Millions of small tuples and no cycles: the collector would only look at them again and again.
            with uncollected():
                digest = maker.make(fail_on)
            path = publish(store, unfinished, digest, maker.stage)
            write_json(store / INPUTS, {"inputs": hash_inputs(data), "release": digest}, replace=True)
        except BaseException:
            # The run of the shapes has a process of its own, which nobody waits for any more.
            stop_children()
            raise
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    return open_release(path)


class _Maker:
    """Writes one release into an empty folder."""

    def __init__(self, data: Path, folder: Path, progress: Progress, threads: int) -> None:
        self.data = data
        self.folder = folder
        self.progress = progress
        self.threads = threads
        self.ontology = resources.ontology_dir()
        self._quads = folder / "quads.nq"
        self.files = hash_files(self.ontology, resources.queries_dir())

    def stage(self, name: str, done: int, total: int) -> None:
        """Tell of progress; a stage that starts is a point at which tests kill the build."""
        if not done:
            reached(name)
        self.progress(name, done, total)

    def make(self, fail_on: str) -> str:
        """Write the release and return its digest."""
        self.stage("read", 0, 1)
        tables = read_tables(self.data)
        validation.validate_tables(tables)
        stated = validation.load_rdf(tables)
        self.stage("read", 1, 1)
        self.stage("map", 0, 1)
        statements = [_by_value(fact) for fact in mapping.statements(tables.records)]
        quads = stated.join(tables, mapping.quads(statements))
        statements += stated.statements
        runs = self.folder / "runs"
        runs.mkdir()
        iati = load_dataset(tables, runs, self.ontology, threads=self.threads)
        self.stage("map", 1, 1)
        # In a process of its own, while this one infers, loads and writes.
        typical = iati.typical_quads() if iati else []
        shapes = validation.start_shapes([quad for quad in (*quads, *typical) if not quad.graph], self.ontology)
        twin, inferred = self._infer(quads, iati)
        known = _ontology_quads(self.ontology, codelists=iati is not None or _uses_lists(stated.quads))
        digest, counts = write_quads(self._quads, chain(quads, inferred, known), iati)
        del quads, inferred, known
        with ThreadPoolExecutor(min(2, self.threads)) as pool:
            loaded = pool.submit(self._fill, counts["quads"])
            written = pool.submit(self._relate, twin, [tables.stated(fact) for fact in statements], iati)
            if self.threads == 1:
                wait([loaded])
                wait([written])
            self.stage("check", 0, 1)
            found = validation.validate_graph(tables, statements, twin, self.ontology, further=iati, shapes=shapes)
            findings = Report([*tables.findings.findings, *found.findings]).sorted()
            # Before what the loading and the relations may say: bad values break a relation, and here they are named.
            if findings.fails(fail_on):
                raise ValidationError(findings, _stopped(findings, fail_on))
            loaded.result()
            rows = written.result()
        shutil.rmtree(runs)
        self.stage("check", 1, 1)
        self.stage("write", 0, 1)
        release = release_digest(digest, self.files)
        write_json(
            self.folder / "manifest.json",
            {
                "format": RELEASE_FORMAT,
                "release": release,
                "quads": digest,
                "dataset": _dataset(tables),
                "counts": counts,
                "relations": rows,
                "files": self.files,
            },
        )
        write_json(
            self.folder / "report.json",
            {
                "tables": _load_report(tables),
                "inputs": [load._asdict() for load in tables.loads],
                "findings": [finding._asdict() for finding in findings.findings],
            },
        )
        seal(self.folder, self.threads)
        self.stage("write", 1, 1)
        return release

    def _infer(self, quads: Sequence[Quad], iati: IatiLoad | None) -> tuple[OxigraphStore, list[Quad]]:
        """Return the merged graph with what follows from it, in memory, and the quads of what follows.

        Rules, checks and relations read this twin, which answers them five times faster than the disk does, so that
        the store on disk is loaded once and whole, beside them.
        """
        self.stage("infer", 0, 1)
        merged = [quad for quad in quads if not quad.graph]
        twin = OxigraphStore.in_memory(merged)
        if iati:
            iati.fill(twin, self.folder)
        links = iati.links() if iati else ()
        inferred = [_by_value(quad) for quad in inference.derive(chain(merged, links), twin, self.ontology)]
        known = [quad._replace(graph="") for quad in inferred]
        twin.load(known)
        self.stage("infer", 1, 1)
        return twin, [*inferred, *known]

    def _relate(self, twin: OxigraphStore, statements: Sequence[Statement], iati: IatiLoad | None) -> dict[str, int]:
        """Write the relations and return their rows."""
        self.stage("relations", 0, 1)
        folder = self.folder / "relations"
        folder.mkdir()
        return write_relations(
            twin,
            folder,
            statements,
            evidence=iati.evidence() if iati else (),
            threads=self.threads,
            progress=lambda done, total: self.progress("relations", done, total),
        )

    def _fill(self, count: int) -> None:
        """Load the store on disk from the N-Quads, in one piece: all or nothing."""
        self.stage("load", 0, 1)
        store = stores.create(self.folder / "store")
        try:
            store.load_file(self._quads)
            store.flush()
            found = store.count()
        finally:
            store.close()
        self._quads.unlink()
        if found != count:
            raise StoreError(f"the store holds {found} quads of {count}", hint="build again")
        self.stage("load", 1, 1)


_Fact = TypeVar("_Fact", Quad, Statement)


def _by_value(fact: _Fact) -> _Fact:
    """Return what is said as the store keeps it: a decimal by its value, without zeros at its end."""
    item = fact.object
    if type(item) is Literal and item.datatype == _DECIMAL and "." in item.value:
        return fact._replace(object=Literal(item.value.rstrip("0").rstrip("."), _DECIMAL))
    return fact


def _ontology_quads(ontology: Path, *, codelists: bool) -> list[Quad]:
    """Return the modules of the ontology as one graph without blank nodes; the codelists of IATI where asked."""
    lists = [ontology / "iati" / f"{name}.ttl" for name in sorted(IATI_LISTS)] if codelists else []
    quads = [
        # The labels of blank nodes are those of one file; they are told apart by its name.
        _relabelled(quad, path.stem)
        for path in [*sorted(ontology.glob("*.ttl")), *lists]
        for quad in parse(path.read_bytes(), "ttl", name=path.name)
    ]
    return name_blank_nodes(quads)


def _uses_lists(quads: Iterable[Quad]) -> bool:
    """Tell whether any statement points to a code of IATI."""
    return any(type(quad.object) is str and quad.object.startswith(f"{ID}iati-") for quad in quads)


def _relabelled(quad: Quad, module: str) -> Quad:
    def name(text: str) -> str:
        return f"_:{module}-{text[2:]}" if text.startswith("_:") else text

    item = quad.object if isinstance(quad.object, Literal) else name(quad.object)
    return Quad(name(quad.subject), quad.predicate, item, ONTOLOGY)


def _dataset(tables: Tables) -> dict[str, str]:
    dataset = tables.dataset
    return {
        "id": dataset.id, "title": dataset.title, "description": dataset.description,
        "publisher": dataset.publisher, "licence": dataset.licence, "region": dataset.region,
    }  # fmt: skip


def _load_report(tables: Tables) -> list[dict[str, Any]]:
    contested = Counter(
        table
        for table, _id, _column in {
            (_about(row), row.cell("id"), row.cell("column")) for row in tables.records["claims"]
        }
    )
    return [
        {"table": name, "read": tables.counts.get(name, 0), "kept": len(rows), "contested": contested[name]}
        for name, rows in ((name, tables.own(name)) for name in tables.records)
        if rows or tables.counts.get(name)
    ]


def _about(row: Any) -> str:
    return TABLE_OF_KIND.get(row.cell("kind"), "")


def _stopped(findings: Report, fail_on: str) -> str:
    errors, warnings = findings.count("error"), findings.count(WARNING)
    told = f"{errors} errors" + (f" and {warnings} warnings" if fail_on == "warn" else "")
    return f"the dataset has {told}; nothing was built"
