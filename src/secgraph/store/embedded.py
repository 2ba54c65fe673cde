"""The embedded store: Oxigraph on disk or in memory, its releases, and the queries that users write.

Queries and quads go in, `Table`s and `Quad`s come out; no object of the library leaves. The default graph is never
the union of the others: a triple that three sources state would be counted three times.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import IO, Any, Final, NoReturn, cast

import pyoxigraph as ox

from secgraph.errors import LimitError, QueryError, StoreError
from secgraph.store.rdf import known, library_quads, line_of, source_error
from secgraph.store.results import Rows, read_quads, read_table
from secgraph.store.sums import SUMS, check_file, check_store
from secgraph.values import Quad, Table, plain
from secgraph.vocab import PREFIXES
from secgraph.worker import Limits, run_limited

RESULT_FORMATS: Final = {
    "json": ox.QueryResultsFormat.JSON,
    "csv": ox.QueryResultsFormat.CSV,
    "tsv": ox.QueryResultsFormat.TSV,
    "xml": ox.QueryResultsFormat.XML,
}
RELEASE_FORMAT: Final = 2
"""The version of a release's layout; it rises when a relation's columns change, and is part of the digest."""
MANIFEST: Final = "manifest.json"
_BUILD_HINT: Final = "run `secgraph build`"

_QUADS_AT_ONCE: Final = 100_000

_PLACE: Final = re.compile(r"\Aerror at (\d+):(\d+): (.*)", re.DOTALL)
_UPDATE: Final = re.compile(
    r"(\s|#[^\n]*\n|(prefix|base)\b[^<#]*<[^>]*>)*(insert|delete|load|clear|create|drop|copy|move|add|with)\b",
    re.IGNORECASE,
)


def _refuse(query: str, exc: BaseException) -> NoReturn:
    """Raise our error for one of the library's while it read or ran a query."""
    if isinstance(exc, SyntaxError):
        text = str(exc.msg)
        match = _PLACE.match(text)
        line, column, reason = (int(match[1]), int(match[2]), match[3]) if match else (0, 0, text)
        if _UPDATE.match(query):
            hint = "the data is changed in its tables and built again"
            raise QueryError("an update is refused: queries only read", hint=hint, line=line, column=column) from exc
        raise QueryError(f"the query is malformed: {_shorter(reason, query, line)}", line=line, column=column) from exc
    _damaged(exc)


def _shorter(reason: str, query: str, line: int) -> str:
    """Return what a person can use of a parser's complaint: not the end of the grammar, nor ranges of characters."""
    if not query.strip():
        return "it is empty"
    known = re.sub(r"\[('|_).*", "", reason.replace("\n", " ")).strip(" ,")
    wanted = [word for word in re.sub(r"\Aexpected (one of )?", "", known).split(", ") if word]
    if not wanted:
        return "something here does not belong"
    if reason.startswith("expected"):
        text = "expected " + (wanted[0] if len(wanted) == 1 else "one of " + " ".join(wanted))
    else:
        text = known
    if line > len(query.rstrip().splitlines()):
        text = "it ends too early; " + text
    return text if len(text) <= 200 else text[:200] + " ..."


def _damaged(exc: BaseException, path: object = "") -> NoReturn:
    where = f"the store {path}".rstrip()
    raise StoreError(f"{where} cannot be read: {exc}", hint=_BUILD_HINT) from exc


class OxigraphStore:
    """One Oxigraph store: of a finished release (read-only), of a release in the making, or in memory.

    It belongs to the process that opened it: a store that went through a fork loses writes, so using one in another
    process raises StoreError.
    """

    def __init__(self, store: ox.Store, location: str) -> None:
        self._handle: ox.Store | None = store
        self._pid = os.getpid()
        self._let_go: Callable[[], object] = _nothing
        self.location = location

    @classmethod
    def in_memory(cls, quads: Iterable[Quad] = ()) -> OxigraphStore:
        """Return a store that lives in this process only, filled with these quads."""
        store = cls(ox.Store(), "in memory")
        left = iter(quads)
        # In parts, so that never the text of them all is held.
        while part := list(islice(left, _QUADS_AT_ONCE)):
            store.load(part)
        return store

    @property
    def _store(self) -> ox.Store:
        if os.getpid() != self._pid:
            raise StoreError(
                f"the store {self.location} was opened in process {self._pid} and is used in {os.getpid()}",
                hint="open it again in this process",
            )
        if self._handle is None:
            raise StoreError(f"the store {self.location} is closed", hint="open it again")
        return self._handle

    def _run(
        self, query: str, prefixes: Mapping[str, str] | None = None
    ) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
        try:
            return self._store.query(query, prefixes=dict(prefixes or {}))
        except (SyntaxError, ValueError, OSError, RuntimeError) as exc:
            _refuse(query, exc)

    def select(self, query: str) -> Table:
        """Answer a SELECT."""
        rows = Rows()
        self._write_result(query, "tsv", cast(IO[bytes], rows))
        return rows.table()

    def serialise(self, query: str, format: str) -> bytes:  # noqa: A002  the word that users know
        """Answer a SELECT or ASK in `json`, `csv`, `tsv` or `xml`, written by the store itself."""
        return self._write_result(query, format, None) or b""

    def _write_result(self, query: str, format: str, output: IO[bytes] | None) -> bytes | None:  # noqa: A002
        result = self._run(query)
        if isinstance(result, ox.QueryTriples):
            raise QueryError("the query gives triples, not rows", hint="use construct for CONSTRUCT and DESCRIBE")
        if isinstance(result, ox.QueryBoolean) and format == "tsv":
            raise QueryError("the query gives yes or no, not rows", hint="use ask for ASK")
        try:
            return result.serialize(output, known(RESULT_FORMATS, format))
        except (OSError, RuntimeError) as exc:
            _damaged(exc, self.location)

    def ask(self, query: str) -> bool:
        """Answer an ASK."""
        result = self._run(query)
        if not isinstance(result, ox.QueryBoolean):
            raise QueryError("the query does not give yes or no", hint="use select or construct")
        return bool(result)

    def construct(self, query: str) -> list[Quad]:
        """Answer a CONSTRUCT or DESCRIBE with its distinct triples, sorted, in the default graph."""
        result = self._run(query)
        if not isinstance(result, ox.QueryTriples):
            raise QueryError("the query gives no triples", hint="use select or ask")
        try:
            text = cast(bytes, result.serialize(format=ox.RdfFormat.N_TRIPLES))
        except (OSError, RuntimeError) as exc:
            _damaged(exc, self.location)
        return list(read_quads(sorted(set(text.decode().split("\n")[:-1]))))

    def quads(self, graph: str | None = None) -> Iterator[Quad]:
        """Yield the quads of one graph ('' is the default graph), or of all, sorted by their N-Quads text."""
        try:
            if graph is None:
                text = cast(bytes, self._store.dump(format=ox.RdfFormat.N_QUADS))
            else:
                name = ox.NamedNode(graph) if graph else ox.DefaultGraph()
                text = cast(bytes, self._store.dump(format=ox.RdfFormat.N_TRIPLES, from_graph=name))
        except (OSError, RuntimeError) as exc:
            _damaged(exc, self.location)
        yield from read_quads(sorted(text.decode().split("\n")[:-1]), graph or "")

    def count(self, graph: str | None = None) -> int:
        """Return the number of quads of one graph ('' is the default graph), or of all."""
        if graph is None:
            try:
                return len(self._store)
            except (OSError, RuntimeError) as exc:
                _damaged(exc, self.location)
        pattern = f"GRAPH <{graph}> {{ ?s ?p ?o }}" if graph else "?s ?p ?o"
        return int(plain(self.select(f"SELECT (COUNT(*) AS ?n) WHERE {{ {pattern} }}").rows[0][0]))

    def load(self, quads: Iterable[Quad]) -> None:
        """Add quads, all or none."""
        text = "".join(map(line_of, quads)).encode()
        self._bulk(text, None)

    def load_file(self, path: Path) -> None:
        """Add the quads of an N-Quads file, all or none."""
        self._bulk(None, path)

    def _bulk(self, text: bytes | None, path: Path | None) -> None:
        try:
            self._store.bulk_load(text, ox.RdfFormat.N_QUADS, path=path)
        except SyntaxError as exc:
            raise source_error(exc, path or "quads") from exc
        except (OSError, RuntimeError) as exc:
            raise StoreError(f"{self.location} cannot be written: {exc}") from exc

    def replace_graph(self, graph: str, quads: Iterable[Quad]) -> None:
        """Put these quads in place of all of one graph; what is malformed is found before the graph is touched."""
        new = list(library_quads(quad._replace(graph=graph) for quad in quads))
        name = ox.NamedNode(graph) if graph else ox.DefaultGraph()
        try:
            self._store.clear_graph(name)
            self._store.extend(new)
        except (OSError, RuntimeError) as exc:
            raise StoreError(f"{self.location} cannot be written: {exc}") from exc

    def flush(self) -> None:
        """Make everything that was loaded durable."""
        try:
            self._store.flush()
        except (OSError, RuntimeError) as exc:
            raise StoreError(f"{self.location} cannot be written: {exc}") from exc

    def close(self) -> None:
        """Let go of the store; a closed store answers no more."""
        self._handle = None
        self._let_go()


def create(path: Path) -> OxigraphStore:
    """Return a new store in an empty folder, for the build that fills it."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        return OxigraphStore(ox.Store(path), str(path))
    except (OSError, RuntimeError) as exc:
        raise StoreError(f"{path} cannot be written: {exc}") from exc


def read_manifest(path: Path) -> dict[str, Any]:
    """Return what a finished release says of itself.

    Raises:
        StoreError: it is missing, damaged, or of another version of the format.
    """
    try:
        found = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
        version = int(found["format"])
    except FileNotFoundError as exc:
        raise StoreError(f"{path} holds no release: {MANIFEST} is missing", hint=_BUILD_HINT) from exc
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise StoreError(f"the release {path} is damaged: {MANIFEST}: {exc}", hint=_BUILD_HINT) from exc
    if version != RELEASE_FORMAT:
        newer = version > RELEASE_FORMAT
        age, hint = ("a newer", "install a newer secgraph") if newer else ("an older", _BUILD_HINT)
        told = f"is of {age} format, {version}; this version reads {RELEASE_FORMAT}"
        raise StoreError(f"the release {path} {told}", hint=hint)
    check_file(path, MANIFEST)
    return cast(dict[str, Any], found)


def open_release(path: Path) -> OxigraphStore:
    """Return the store of a finished release, read-only; several processes may have it open at once.

    Raises:
        StoreError: it is missing, damaged, or of another version of the format.
    """
    folder = path / "store"
    if not folder.is_dir():
        raise StoreError(f"{path} holds no release", hint=_BUILD_HINT)
    let_go = _hold(path)
    try:
        read_manifest(path)
        check_store(path)
        store = OxigraphStore(ox.Store.read_only(str(folder)), str(folder))
    except (OSError, RuntimeError) as exc:
        let_go()
        _damaged(exc, folder)
    except StoreError:
        let_go()
        raise
    # Called by `close`, else when the store is no longer used.
    store._let_go = weakref.finalize(store, let_go)
    return store


def _hold(release: Path) -> Callable[[], object]:
    """Hold a finished release, so that no build removes it; return what lets go of it.

    On a file system without locks, and where the list of its files is missing, it is not held.
    """
    try:
        held = os.open(release / SUMS, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return _nothing
    with contextlib.suppress(OSError):
        fcntl.flock(held, fcntl.LOCK_SH | fcntl.LOCK_NB)
    return partial(os.close, held)


def _nothing() -> None:
    return None


def is_held(release: Path) -> bool:
    """Tell whether a reader has a finished release open, in any process."""
    try:
        with (release / SUMS).open(encoding="utf-8") as held:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


@dataclass(frozen=True)
class UserLimits:
    """What a query that a user wrote may use: characters of text, rows, and what its process may."""

    text: int = 64_000
    rows: int = 100_000
    process: Limits = field(default_factory=Limits)


def ask_user_query(release: Path, query: str, limits: UserLimits | None = None) -> Table | bool | list[Quad]:
    """Answer a query that a user wrote, in a process of its own that ends at its limits.

    Our prefixes are known to it. The caller refuses SERVICE and updates before (`queries.check_user_query`); the
    process has no sockets either.

    Returns:
        A table for a SELECT, yes or no for an ASK, sorted triples for a CONSTRUCT or DESCRIBE; whole, or an error.

    Raises:
        QueryError: the query is malformed.
        QueryTimeoutError: the query ran out of time.
        LimitError: the query ran out of text, memory, stack, rows or bytes of result.
        StoreError: the release is missing or damaged.
    """
    limits = limits or UserLimits()
    size = len(query.encode())
    if size > limits.text:
        raise LimitError(f"a query of {size:,} bytes", f"{limits.text:,} bytes of text", hint="write less")
    argument = (str(release), query, limits.rows, limits.process.result)
    hint = "ask for less: bind one more end of the patterns, or add a LIMIT"
    target = "secgraph.store.embedded:run_user_query"
    kind, body = run_limited(target, argument, limits.process, what="the query", hint=hint)
    if kind == "ask":
        return bool(body == b"true")
    if kind == "select":
        return read_table(body)
    return list(read_quads(sorted(set(body.decode().split("\n")[:-1]))))


class _FullError(Exception):
    """Raised from within the writing of a result to stop the query."""


class _Sink:
    """Takes a result in the making and stops the query as soon as it is over its caps."""

    def __init__(self, rows: int, size: int) -> None:
        self.rows = rows
        self.size = size
        self.full = ""
        self.parts: list[bytes] = []

    def write(self, part: bytes) -> int:
        """Take one part."""
        part = bytes(part)
        self.size -= len(part)
        self.rows -= part.count(b"\n")
        if self.size < 0 or self.rows < 0:
            self.full = "bytes" if self.size < 0 else "rows"
            raise _FullError
        self.parts.append(part)
        return len(part)

    def flush(self) -> None:
        """Do nothing: all parts are kept."""


def run_user_query(argument: tuple[str, str, int, int]) -> tuple[str, bytes]:
    """Answer a user's query within its caps, in the child of `ask_user_query`; never outside one."""
    release, query, rows, size = argument
    store = open_release(Path(release))
    result = store._run(query, PREFIXES)
    if isinstance(result, ox.QueryBoolean):
        return "ask", b"true" if result else b"false"
    select = isinstance(result, ox.QuerySolutions)
    sink = _Sink(rows + select, size)
    output = cast(IO[bytes], sink)
    try:
        if isinstance(result, ox.QuerySolutions):
            result.serialize(output, ox.QueryResultsFormat.TSV)
        else:
            result.serialize(output, ox.RdfFormat.N_TRIPLES)
    except _FullError:
        limit = f"{size / 1e6:g} MB of result" if sink.full == "bytes" else f"{rows:,} rows"
        raise LimitError("the query", limit, hint="add a LIMIT, or ask for fewer columns") from None
    except (OSError, RuntimeError) as exc:
        if "Permission denied" in str(exc):
            hint = "ask that server yourself; take SERVICE out"
            raise QueryError("the query asks another server, and federation is off here", hint=hint) from exc
        _damaged(exc, release)
    return ("select" if select else "construct"), b"".join(sink.parts)
