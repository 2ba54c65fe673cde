"""Each question of the catalogue beside rdflib's own engine, on the same default graph, in one run.

    python benchmarks/queries.py [--store .secgraph] [--repeat 5] [--cap 30] [--texts] [NAME ...]

secgraph's time is the best of several runs on the release as `secgraph query` opens it, rows read into a table.
rdflib's is one run on the graph in memory, in a forked child that is ended at the cap; such a query is shown as slower
than the cap, and its ratio is a lower bound. The graph's load time counts for neither.

With `--texts` the peer is pyoxigraph itself on the same store: from the text of the query to the text of its results as
JSON and CSV, in seconds of the processor, and beside it what rdflib terms of the same rows cost.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from secgraph import resources
from secgraph.queries import Catalogue
from secgraph.store import OxigraphStore, open_release, release_path
from secgraph.values import Literal, Quad, Table, nquad


def best(store: OxigraphStore, text: str, repeat: int) -> tuple[float, int]:
    """Return the shortest time of a query in seconds, and its number of rows."""
    times = []
    rows = 0
    for _ in range(repeat):
        begin = time.perf_counter()
        rows = len(store.select(text))
        times.append(time.perf_counter() - begin)
    return min(times), rows


def texts_beside_bare(store: OxigraphStore, location: Path, texts: dict[str, str], repeat: int) -> None:
    """Print for each query what its results as text take, divided by what bare pyoxigraph takes for the same query."""
    import pyoxigraph as ox

    bare = ox.Store.read_only(str(location / "store"))

    def seconds(work: Callable[[str], object], text: str) -> float:
        times = []
        for _ in range(repeat):
            begin = time.process_time()
            work(text)
            times.append(time.process_time() - begin)
        return min(times)

    def bare_text(form: ox.QueryResultsFormat, text: str) -> object:
        result = bare.query(text)
        assert isinstance(result, ox.QuerySolutions)
        return result.serialize(format=form)

    forms = {
        "json": partial(bare_text, ox.QueryResultsFormat.JSON),
        "csv": partial(bare_text, ox.QueryResultsFormat.CSV),
    }
    own_ways: dict[str, Callable[[str], object]] = {
        "json": lambda text: store.select(text).to_json(),
        "csv": lambda text: store.select(text).to_csv(),
        "terms": lambda text: _rdflib_terms(store.select(text)),
    }
    ratios: dict[str, list[float]] = {name: [] for name in own_ways}
    print(f"{'question':36} {'bare json':>11} {'json':>6} {'csv':>6} {'rdflib terms':>13}")
    for name, text in texts.items():
        least = {form: seconds(work, text) for form, work in forms.items()}
        own = {form: seconds(work, text) / least.get(form, least["json"]) for form, work in own_ways.items()}
        for form, ratio in own.items():
            ratios[form].append(ratio)
        print(
            f"{name:36} {least['json'] * 1000:8.1f} ms {own['json']:6.2f} {own['csv']:6.2f} {own['terms']:13.2f}",
            flush=True,
        )
    for form, found in ratios.items():
        mean = math.exp(sum(map(math.log, found)) / len(found))
        over = sum(ratio > 1.2 for ratio in found)
        print(f"{form}: geometric mean {mean:.2f}, most {max(found):.2f}, {over} of {len(found)} over 1.2")


def _rdflib_terms(table: Table) -> list[list[object]]:
    import rdflib

    def term(cell: object) -> object:
        if isinstance(cell, Literal):
            kind = None if cell.language else rdflib.URIRef(cell.datatype)
            return rdflib.Literal(cell.value, datatype=kind, lang=cell.language or None)
        return None if cell is None else rdflib.URIRef(str(cell))

    return [[term(cell) for cell in row] for row in table]


def peer(graph_file: str, texts: dict[str, str], cap: float) -> None:
    """Answer each query with rdflib, in a child per query, and print one JSON line for each."""
    import rdflib

    graph = rdflib.Graph()
    graph.parse(graph_file, format="nt")
    for name, text in texts.items():
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            begin = time.perf_counter()
            number = len(list(graph.query(text)))
            os.write(writing, json.dumps([time.perf_counter() - begin, number]).encode())
            os._exit(0)
        os.close(writing)
        ready, _, _ = select.select([reading], [], [], cap)
        answer = os.read(reading, 1000) if ready else b""
        if not ready:
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(reading)
        seconds, rows = json.loads(answer) if answer else (None, None)
        failed = bool(ready) and not answer
        print(json.dumps({"name": name, "seconds": seconds, "rows": rows, "failed": failed}), flush=True)


def main() -> None:
    """Run both engines and print a line for each query, the geometric mean of the ratios, and the least one."""
    parser = argparse.ArgumentParser(description="Catalogue queries beside rdflib's engine.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these questions")
    parser.add_argument("--store", default=".secgraph", type=Path)
    parser.add_argument("--repeat", default=5, type=int)
    parser.add_argument("--cap", default=30.0, type=float, help="seconds after which rdflib is stopped")
    parser.add_argument("--texts", action="store_true", help="results as text, beside pyoxigraph itself")
    parser.add_argument("--peer", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.peer:
        peer(given.peer, json.load(sys.stdin), given.cap)
        return
    catalogue = Catalogue.load(resources.queries_dir())
    texts = {name: catalogue.get(name).bind() for name in given.names or catalogue.names()}
    store = open_release(release_path(given.store))
    if given.texts:
        texts_beside_bare(store, release_path(given.store), texts, given.repeat)
        return
    with tempfile.TemporaryDirectory() as folder:
        graph_file = Path(folder) / "default.nt"
        with graph_file.open("w", encoding="utf-8") as file:
            number = 0
            for quad in store.quads(""):
                file.write(nquad(Quad(quad.subject, quad.predicate, quad.object)))
                number += 1
        ours = {name: best(store, text, given.repeat) for name, text in texts.items()}
        store.close()
        print(
            f"{number} triples in the default graph; {given.repeat} runs against 1, rdflib's capped at {given.cap:g} s"
        )
        command = [sys.executable, __file__, "--peer", str(graph_file), "--cap", str(given.cap)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps(texts))
            process.stdin.close()
            report(ours, process.stdout, given.cap)


def report(ours: dict[str, tuple[float, int]], lines: Iterable[str], cap: float) -> None:
    """Print the comparison as the other engine's answers come in."""
    print(f"{'question':36} {'rows':>6} {'secgraph':>11} {'rdflib':>11} {'ratio':>9}")
    ratios = []
    for line in lines:
        told = json.loads(line)
        mine, rows = ours[told["name"]]
        if told["failed"]:
            print(f"{told['name']:36} {rows:6} {mine * 1000:8.1f} ms {'failed':>11}")
            continue
        capped = told["seconds"] is None
        other = cap if capped else told["seconds"]
        ratios.append((other / mine, told["name"]))
        mark = ">" if capped else " "
        differs = "" if capped or told["rows"] == rows else f"  rdflib gives {told['rows']} rows"
        print(
            f"{told['name']:36} {rows:6} {mine * 1000:8.1f} ms {mark}{other:8.3f} s {mark}{other / mine:8.1f}{differs}"
        )
    mean = math.exp(sum(math.log(ratio) for ratio, _name in ratios) / len(ratios))
    least = min(ratios)
    print(f"geometric mean {mean:.1f} times faster, least {least[0]:.1f} ({least[1]}), {len(ratios)} questions")


if __name__ == "__main__":
    main()
