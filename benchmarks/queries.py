"""Each question of the catalogue beside rdflib's own engine, on the same default graph, in one run.

    python benchmarks/queries.py [--store .secgraph] [--repeat 5] [--cap 30] [NAME ...]

secgraph's time is the best of several runs on the release as `secgraph query` opens it, rows read into a table.
rdflib's is one run on the graph in memory, in a forked child that is ended at the cap; such a query is shown as slower
than the cap, and its ratio is a lower bound. The graph's load time counts for neither.
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
from collections.abc import Iterable
from pathlib import Path

from secgraph import resources
from secgraph.queries import Catalogue
from secgraph.store import OxigraphStore, open_release, release_path
from secgraph.values import Quad, nquad


def best(store: OxigraphStore, text: str, repeat: int) -> tuple[float, int]:
    """Return the shortest time of a query in seconds, and its number of rows."""
    times = []
    rows = 0
    for _ in range(repeat):
        begin = time.perf_counter()
        rows = len(store.select(text))
        times.append(time.perf_counter() - begin)
    return min(times), rows


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
    parser.add_argument("--peer", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.peer:
        peer(given.peer, json.load(sys.stdin), given.cap)
        return
    catalogue = Catalogue.load(resources.queries_dir())
    texts = {name: catalogue.get(name).bind() for name in given.names or catalogue.names()}
    store = open_release(release_path(given.store))
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
