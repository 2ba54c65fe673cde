"""Builds and swaps that are killed: what they leave, and what the next build makes of it.

The builds run in processes that one helper forks: it has imported all, and has no store open.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Final

from secgraph.errors import SecgraphError
from secgraph.releases import FAULT_POINTS, build, current, damage, doctor, releases
from secgraph.store import open_store
from tests.conftest import SMALL
from tests.reliability.figures import Figure

_HELPER: Final = """
import os, shutil, signal, sys, time
from pathlib import Path
from secgraph.releases import FAULT, build
from secgraph.releases.publishing import clear, locked, publish

def swap(finished, store):
    # The end of a build: what is finished aside gets its name, and `current` leads to it.
    with locked(store):
        clear(store)
        aside = store / "releases" / ".tmp-swap"
        shutil.copytree(finished, aside)
        publish(store, aside, finished.name, lambda *_: None)

for line in sys.stdin:
    what, source, store, point = line.rstrip("\\n").split("\\t")
    pid = os.fork()
    if not pid:
        if not point[0].isdigit():
            os.environ[FAULT] = point
        status = 1
        try:
            {"build": build, "swap": swap}[what](Path(source), Path(store))
            status = 0
        finally:
            os._exit(status)
    if point[0].isdigit():
        time.sleep(float(point))
        os.kill(pid, signal.SIGKILL)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
"""

AFTER_SWAP: Final = frozenset({"after-swap", "before-prune", "after-prune"})
SWAP_POINTS: Final = ("before-rename", "after-rename", "before-swap", "after-swap", "before-prune", "after-prune")


class Helper:
    """A process that does what is asked in children that die at a point."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", _HELPER],
            # What is killed in the middle of a line leaves damaged records of coverage, so that none are made.
            env={
                **{name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")},
                "PYTHONPATH": os.pathsep.join(sys.path),
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def __enter__(self) -> Helper:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(60)

    def kill(self, what: str, source: Path, store: Path, point: str) -> int:
        """Build, or swap, in a process that dies at a point, or so many seconds after its start; return its status."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{what}\t{source}\t{store}\t{point}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


class Case:
    """A store with a release, a dataset that has changed since, and what a build of it gives that nothing disturbs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = folder / "store"
        self.old = build(SMALL, self.store).digest
        self.data = folder / "data"
        shutil.copytree(SMALL, self.data)
        series = self.data / "series.csv"
        series.write_text(series.read_text().replace("Lighthouse Board", "Board of the Lighthouses"))
        self.clean = folder / "clean"
        start = time.monotonic()
        self.new = build(self.data, self.clean).digest
        self.seconds = time.monotonic() - start
        assert self.old != self.new
        self.size = size_of(self.clean / "releases" / self.new)

    def laid(self, name: str) -> Path:
        """Return a copy of the store."""
        copy = self.folder / name
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self.store, copy, symlinks=True)
        return copy


def size_of(folder: Path) -> int:
    """Return the bytes of all files under a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def whole(store: Path, data: Path, digests: Iterable[str]) -> list[str]:
    """Return what is wrong with the current release of a store, which must be one of these."""
    wrong = []
    try:
        now = current(store)
        if now.digest not in digests:
            wrong.append(f"current is {now.digest}")
        reader = open_store(store)
        if reader.count() != now.counts["quads"]:
            wrong.append(f"{reader.count()} quads")
        reader.close()
    except SecgraphError as exc:
        return [str(exc)]
    table = doctor(store, data)
    return wrong + [f"doctor: {check}: {detail}" for check, state, detail in table.rows if state == "error"]


def next_build(case: Case, store: Path) -> list[str]:
    """Build anew where one was killed, and return what differs from a build that nothing disturbed."""
    wrong = []
    again = build(case.data, store)
    if again.digest != case.new or current(store).path != again.path:
        wrong.append(f"the next build gives {again.digest}")
    wrong += damage(again.path)
    if [release.digest for release in releases(store)] != [case.new, case.old]:
        wrong.append("other releases are kept than the last two")
    names = sorted(path.name for path in store.iterdir()) + sorted(path.name for path in (store / "releases").iterdir())
    if names != ["current", "inputs.json", "lock", "releases", *sorted([case.new, case.old])]:
        wrong.append(f"left over: {names}")
    left = size_of(store) - size_of(again.path) - size_of(store / "releases" / case.old)
    if left >= case.size:
        wrong.append(f"{left} bytes left over")
    for path in sorted((again.path / "relations").iterdir()):
        if path.read_bytes() != (case.clean / "releases" / case.new / "relations" / path.name).read_bytes():
            wrong.append(f"{path.name} differs")
    return wrong


def killed_builds(case: Case, helper: Helper, count: int, seed: int = 20) -> Figure:
    """Kill builds at every point that has a name, and at seeded moments, as many as are asked for."""
    figure = Figure("kill -9 of a build, and the build after it")
    chance = random.Random(seed)  # noqa: S311  points in time, no secret
    points = [*FAULT_POINTS, *(f"{chance.uniform(0.01, case.seconds):.3f}" for _ in range(count - len(FAULT_POINTS)))]
    most = 0
    for point in points:
        store = case.laid("killed")
        status = helper.kill("build", case.data, store, point)
        timed = point not in FAULT_POINTS
        # A build may be done before its time has come, but none passes a point.
        wrong = [] if status == -9 or (timed and status == 0) else [f"status {status}"]
        if not timed:
            may = {case.new if point in AFTER_SWAP else case.old}
        else:
            may = {case.new} if status == 0 else {case.new, case.old}
        most = max(most, size_of(store) - size_of(case.store))
        wrong += whole(store, case.data, may) + next_build(case, store)
        outcome = "by moment" if timed else "by stage"
        figure.count(
            f"killed {outcome}" if status == -9 else "done before its moment", *(f"{point}: {w}" for w in wrong)
        )
    figure.notes.append(f"at most {most / case.size:.2f} releases of leftovers, none after the next build")
    return figure


def killed_swaps(case: Case, helper: Helper, count: int, seed: int = 21) -> Figure:
    """Kill the end of a build, from its rename to its pruning, by points and by moments."""
    figure = Figure("kill -9 of the swap, and the swap after it")
    chance = random.Random(seed)  # noqa: S311  points in time, no secret
    finished = case.clean / "releases" / case.new
    for number in range(count):
        store = case.laid("swapped")
        # Within the few milliseconds that copying and swapping take.
        point = SWAP_POINTS[number % 8] if number % 8 < 6 else f"{chance.uniform(0, 0.06):.4f}"
        status = helper.kill("swap", finished, store, point)
        timed = point not in SWAP_POINTS
        wrong = [] if status == -9 or (timed and status == 0) else [f"status {status}"]
        may = {case.new, case.old} if timed else {case.new if point in AFTER_SWAP else case.old}
        wrong += whole(store, case.data, may)
        if helper.kill("swap", finished, store, "none"):
            wrong.append("the next swap fails")
        wrong += whole(store, case.data, {case.new})
        if list(store.glob(".current-*")) or list((store / "releases").glob(".tmp-*")):
            wrong.append("leftovers after the next swap")
        figure.count("killed" if status == -9 else "done before its moment", *(f"{point}: {w}" for w in wrong))
    return figure
