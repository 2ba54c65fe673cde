"""The cold build of the bundled dataset, and its heavy steps beside peers in the same run.

    python benchmarks/build.py [RUNS]

Prints seconds and memory of the whole build, then ratios: loading the same quads by rdflib, and the closure by owlrl
where it is installed. Each build runs in a process of its own on an empty folder.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from secgraph import resources
from secgraph.store import open_release, release_path
from secgraph.store.embedded import OxigraphStore
from secgraph.store.rdf import serialise_quads

_BUILD = """
import json, resource, sys, time
from pathlib import Path
started = time.perf_counter()
from secgraph.releases import build
release = build(Path(sys.argv[1]), Path(sys.argv[2]))
spent = time.perf_counter() - started
print(json.dumps([spent, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, release.digest]))
"""


def main(runs: int) -> int:
    """Run and print; returns 1 where two builds gave two digests."""
    seconds, memory, digests = [], [], set()
    with tempfile.TemporaryDirectory() as folder:
        for run in range(runs):
            store = Path(folder) / str(run)
            command = [sys.executable, "-c", _BUILD, str(resources.data_dir()), str(store)]
            told = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
            seconds.append(told[0])
            memory.append(told[1])
            digests.add(told[2])
        middle = statistics.median(seconds)
        print(f"cold build, {runs} runs: {min(seconds):.2f} to {max(seconds):.2f} s, median {middle:.2f} s")
        print(f"peak memory of the building process: {max(memory):.0f} MB; digests: {len(digests)}")
        _loading(Path(folder) / "0")
    print(f"peak memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    return 0 if len(digests) == 1 else 1


def _loading(location: Path) -> None:
    import rdflib

    store = open_release(release_path(location))
    nquads = serialise_quads(store.quads(), "nq")
    started = time.perf_counter()
    fresh = OxigraphStore.in_memory(store.quads())
    ours = time.perf_counter() - started
    started = time.perf_counter()
    rdflib.Dataset().parse(data=nquads.decode(), format="nquads")
    theirs = time.perf_counter() - started
    print(
        f"{fresh.count():,} quads into memory: secgraph {ours:.2f} s, rdflib {theirs:.2f} s, ratio {theirs / ours:.1f}"
    )


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 3))
