"""What a build, its checks and its answers take as the dataset grows, per quad, with peers in the same run.

    python -m benchmarks.growth [--times 1,10,30] [--only build,check] [--folder DIR]

Each size is the bundled dataset so many times over (`generate_dataset.py`); each step is a command in a process of its
own. Seconds are those of the processor, of the process and its children, and by the clock beside them; memory is the
resident size of all of them together, looked at ten times a second. The last column is what the largest size takes for
a quad, divided by what the first one takes.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from benchmarks.generate_dataset import write
from benchmarks.iati import watched
from secgraph import resources
from secgraph.store import release_path

STEPS = {
    "build": ["build"],
    "check": ["check"],
    "query": ["query", "members-of-body", "--format", "json"],
    "measure": ["measure", "degree", "--format", "csv"],
    "total": ["fund", "total", "--format", "csv"],
    "nq": ["export", "--format", "nq", "-o", "{out}.nq"],
    "ttl": ["export", "--format", "ttl", "-o", "{out}.ttl"],
    "draw": ["draw", "-o", "{out}.html"],
}
BARE = """
import sys, pyoxigraph as ox
store = ox.Store(sys.argv[2]); store.bulk_load(path=sys.argv[1], format=ox.RdfFormat.N_QUADS); store.flush()
"""
"""The peer of a build: pyoxigraph loading the quads that are there already, and nothing else."""


class Took(NamedTuple):
    """What one command took: seconds of the processor and by the clock, and MB of memory."""

    cpu: float
    wall: float
    memory: float


def took(command: list[str]) -> Took:
    """Run a command to its end."""
    before, begin = os.times(), time.perf_counter()
    _text, memory = watched(command)
    after = os.times()
    used = sum(after[2:4]) - sum(before[2:4])
    return Took(used, time.perf_counter() - begin, memory)


def size_of(folder: Path) -> float:
    """Return the MB that the files of a folder have."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def steps(times: int, folder: Path, only: list[str]) -> tuple[int, dict[str, Took]]:
    """Run the steps at one size, print a line for each, and return the number of quads and what each took."""
    data, store, out = folder / f"data-{times}", folder / f"store-{times}", folder / f"out-{times}"
    write(data, times, resources.data_dir())
    base = [sys.executable, "-m", "secgraph", "--data", str(data), "--store", str(store)]
    found: dict[str, Took] = {}
    for name in ["build", *(name for name in only if name != "build")]:
        found[name] = took([*base, *(part.format(out=out) for part in STEPS[name])])
        if name == "build":
            release = release_path(store)
            quads = int(json.loads((release / "manifest.json").read_text())["counts"]["quads"])
            print(f"{times} times: {quads:,} quads, {size_of(release):.0f} MB on disk")
    if "nq" in found:
        found["bare load"] = took([sys.executable, "-c", BARE, f"{out}.nq", str(folder / f"bare-{times}")])
    for name, one in found.items():
        print(
            f"  {name:10}{one.cpu:9.1f} s of processor {one.wall:9.1f} s by the clock {one.memory:8.0f} MB"
            f"{1e6 * one.cpu / quads:9.1f} us a quad {1e3 * one.memory / quads:7.2f} kB a quad",
            flush=True,
        )
    return quads, found


def main() -> None:
    """Run all sizes and print how what a quad takes has grown from the first to the last."""
    parser = argparse.ArgumentParser(description="Time and memory per quad as the dataset grows.")
    parser.add_argument("--times", default="1,10,30")
    parser.add_argument("--only", default=",".join(STEPS), help="the steps, of " + ", ".join(STEPS))
    parser.add_argument("--folder", type=Path, help="where the files are made")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        told = [steps(int(times), Path(name), given.only.split(",")) for times in given.times.split(",")]
    (few, first), (many, last) = told[0], told[-1]
    print(f"growth of a quad's share from {few:,} to {many:,} quads")
    for step, one in first.items():
        other = last[step]
        grown = [getattr(other, part) / getattr(one, part) * few / many for part in Took._fields]
        print(f"  {step:10} processor {grown[0]:.2f}, clock {grown[1]:.2f}, memory {grown[2]:.2f}")


if __name__ == "__main__":
    main()
