"""The totals of `money.py` beside the same aggregate in SPARQL on Virtuoso, over the same made-up rows in one run.

    python benchmarks/virtuoso.py [--rows 60000] [--repeat 9] [--folder DIR]

The rows become quads, as a release holds them, and are bulk-loaded into a Virtuoso 7 that is started for this run on
the loopback, and ended by its own process id. Where `virtuoso-t` is not installed (Debian: virtuoso-opensource-7-bin
and -common) the peer is left out, and said so.

Virtuoso is asked for two things. The naive sum, by currency and year so that it can be converted, is what a total
begins with: its figures must equal ours to the cent. The net sum has those rules as well that SPARQL can say in one
query (replaced, same, part of another, a second reporter, children beside their parent); it is still less than what
a total does, which also splits, bounds, converts and gives a reason for each row. Times are medians, warm; Virtuoso's
are those of its answer over HTTP.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.money import Made, write  # the path is set above
from secgraph.money import Ledger, Selection
from secgraph.relations import RELATIONS, Relations
from secgraph.values import XSD, Literal, Quad, nquad
from secgraph.vocab import ID, NS, PREFIXES, RDF, sg

GRAPH = "https://example.org/made-up"
POLICY, KIND = "net-disbursements", "disbursement"
_CLASSES = {"programmes": "Programme", "allocations": "Allocation", "budgets": "Budget", "transactions": "Transaction"}
_OF_ID = {"kind": "money-kind", "currency": "currency", "sources": "source", "qualifier": "qualifier"}
_SETTINGS = """[Database]
DatabaseFile = virtuoso.db
ErrorLogFile = virtuoso.log
LockFile = virtuoso.lck
TransactionFile = virtuoso.trx
xa_persistent_file = virtuoso.pxa
FileExtend = 200
MaxCheckpointRemap = 2000
TempStorage = TempDatabase
[TempDatabase]
DatabaseFile = virtuoso-temp.db
TransactionFile = virtuoso-temp.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
DisableUnixSocket = 1
CaseMode = 2
DirsAllowed = .
NumberOfBuffers = 170000
MaxDirtyBuffers = 130000
MaxQueryMem = 1G
MaxClientConnections = 10
CheckpointInterval = 60
SchedulerInterval = 10
AllowOSCalls = 0
ThreadsPerQuery = 2
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerRoot = .
ServerThreads = 10
MaxClientConnections = 10
EnabledDavVSP = 0
HTTPProxyEnabled = 0
DavRoot = DAV
Charset = UTF-8
[SPARQL]
ResultSetMaxRows = 1000000
MaxQueryExecutionTime = 600
[Plugins]
LoadPath = .
"""
NAIVE = f"""SELECT ?currency (SUBSTR(STR(?day), 1, 4) AS ?year) (SUM(?amount) AS ?sum) (COUNT(*) AS ?rows)
WHERE {{ GRAPH <{GRAPH}> {{
  ?row sg:moneyKind <{ID}money-kind/{KIND}> ; sg:amount ?amount ; sg:currency ?currency ; sg:startEarliest ?day .
  %s
}} }} GROUP BY ?currency SUBSTR(STR(?day), 1, 4)"""
RULES = f"""
  FILTER NOT EXISTS {{ ?later sg:replaces ?row }}
  FILTER NOT EXISTS {{ ?row sg:sameSumAs ?same }}
  FILTER NOT EXISTS {{ ?row sg:partOfTotal ?whole }}
  FILTER NOT EXISTS {{ ?row sg:finances ?activity . ?activity sg:secondaryReporter true }}
  FILTER NOT EXISTS {{ ?row sg:finances ?parent . ?child sg:partOf ?parent . ?other sg:finances ?child ;
    sg:moneyKind <{ID}money-kind/{KIND}> }}
"""


def quads(rows: dict[str, list[dict[str, Any]]]) -> Iterator[Quad]:
    """Yield what the rows of the relations say: each column that tells one property of its thing."""
    for name, found in rows.items():
        columns = [(column.name, column.source, column.form) for column in RELATIONS[name].columns]
        named = [(column, source, form) for column, source, form in columns if isinstance(source, str) and source]
        for row in found:
            if not row.get("iri"):
                continue
            if name in _CLASSES:
                yield Quad(row["iri"], RDF + "type", sg(_CLASSES[name]), GRAPH)
            for column, source, form in named:
                if row.get(column):
                    yield Quad(row["iri"], source, _object(column, form, row[column]), GRAPH)
            if name in ("transactions", "budgets"):
                for side in ("start", "end"):
                    yield Quad(row["iri"], sg(f"{side}State"), NS + "known", GRAPH)
            if row.get("secondary") and name == "programmes":
                yield Quad(row["iri"], sg("secondaryReporter"), Literal("true", XSD + "boolean"), GRAPH)


def _object(column: str, form: str, value: str) -> str | Literal:
    if value.startswith("https://"):
        return value
    if column in _OF_ID:
        return f"{ID}{_OF_ID[column]}/{value}"
    if form == "decimal":
        return Literal(value, XSD + "decimal")
    return Literal(value, XSD + "date") if column.startswith(("start", "end")) else Literal(value)


def free_port() -> int:
    """Return a port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def virtuoso(folder: Path, text: str) -> Iterator[Callable[[str], list[dict[str, str]]]]:
    """Start a Virtuoso in a folder, load N-Quads into it, and give what asks it; it has ended when this is left."""
    sql, http = free_port(), free_port()
    (folder / "virtuoso.ini").write_text(_SETTINGS.format(sql=sql, http=http), encoding="utf-8")
    (folder / "quads.nq").write_text(text, encoding="utf-8")
    command = ["virtuoso-t", "+configfile", "virtuoso.ini", "+foreground"]
    log = folder / "started.log"
    with (
        log.open("wb") as out,
        subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=out) as server,
    ):
        try:
            _wait(log, server)
            # 512: the fourth term of a line is its graph.
            orders = f"DB.DBA.TTLP_MT(file_open('quads.nq'), '', '{GRAPH}', 512, 2);\ncheckpoint;\n"
            told = subprocess.run(
                ["isql-vt", f"127.0.0.1:{sql}", "dba", "dba", "ERRORS=STDOUT", "VERBOSE=OFF"],
                input=orders, capture_output=True, text=True, check=True, cwd=folder,
            )  # fmt: skip
            if "Error" in told.stdout:
                raise SystemExit(f"Virtuoso did not load: {told.stdout}")
            yield lambda query: _ask(http, query)
        finally:
            server.terminate()
            try:
                server.wait(30)
            except subprocess.TimeoutExpired:
                server.kill()


def _wait(log: Path, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while "Server online" not in (told := log.read_text(encoding="utf-8", errors="replace")):
        if server.poll() is not None or time.monotonic() > until:
            raise SystemExit(f"Virtuoso did not start: {told[-2000:]}")
        time.sleep(0.2)


def _ask(port: int, query: str) -> list[dict[str, str]]:
    names = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
    asked = urllib.parse.urlencode({"query": names + query, "format": "application/sparql-results+json"})
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/sparql?{asked}", timeout=600) as answer:
        found = json.load(answer)
    return [{name: cell["value"] for name, cell in row.items()} for row in found["results"]["bindings"]]


def timed(work: Callable[[], Any], repeat: int) -> tuple[float, Any]:
    """Return the median time of some work in milliseconds, after one run that does not count, and what it gave."""
    result = work()
    times = []
    for _ in range(repeat):
        started = time.perf_counter()
        result = work()
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times), result


def by_currency(rows: Iterable[dict[str, str]]) -> dict[str, Decimal]:
    """Return the sums of an answer by currency, exact."""
    sums: dict[str, Decimal] = {}
    for row in rows:
        currency = row["currency"].rpartition("/")[2]
        sums[currency] = sums.get(currency, Decimal(0)) + Decimal(row["sum"])
    return sums


def main() -> None:
    """Make the rows, ask both, and print the times and their ratio."""
    parser = argparse.ArgumentParser(description="Totals beside the same aggregate in SPARQL on Virtuoso.")
    parser.add_argument("--rows", default=60_000, type=int)
    parser.add_argument("--repeat", default=9, type=int)
    parser.add_argument(
        "--folder", type=Path, help="where the files are made; the system's temporary folder if not said"
    )
    given = parser.parse_args()
    made = Made(given.rows)
    lines = sorted(map(nquad, set(quads(made.rows))))
    print(f"{given.rows:,} made-up money rows, {len(lines):,} quads")
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        folder = Path(name)
        write(made.rows, folder)
        ledger = Ledger(Relations(folder))
        ours, total = timed(lambda: ledger.total(Selection(), POLICY), given.repeat)
        reasons, table = timed(total.reasons, given.repeat)
        print(f"secgraph: {POLICY} of everything {ours:.1f} ms; reasons of {len(table):,} rows {reasons:.1f} ms")
        if not shutil.which("virtuoso-t") or not shutil.which("isql-vt"):
            print("Virtuoso: left out, it is not installed")
            return
        started = time.perf_counter()
        with virtuoso(folder, "".join(lines)) as ask:
            print(f"Virtuoso: started and loaded in {time.perf_counter() - started:.1f} s")
            for what, rules in (("naive sum", ""), ("net sum by the rules that SPARQL can say", RULES)):
                theirs, answer = timed(lambda rules=rules: ask(NAIVE % rules), given.repeat)  # type: ignore[misc]
                print(f"Virtuoso: {what} {theirs:.1f} ms, {len(answer)} groups; ratio {theirs / ours:.1f}")
                if not rules:
                    known = {one.currency: one.naive for one in total.by_currency}
                    sums = by_currency(answer)
                    print(f"the naive sums of {len(sums)} currencies are {'equal' if sums == known else 'NOT equal'}")
                    if sums != known:
                        raise SystemExit(f"ours {known}, theirs {sums}")


if __name__ == "__main__":
    main()
