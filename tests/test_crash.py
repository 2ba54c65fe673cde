"""A build that is killed at any point leaves the old release or the new one, and nothing in the way of the next.

The builds run in processes that one helper forks: it has imported all, and has no store open.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from secgraph.releases import FAULT_POINTS, build, current, damage, releases
from secgraph.store import open_store
from tests.conftest import SMALL

HELPER = """
import os, signal, sys, time
from pathlib import Path
from secgraph.releases import FAULT, build
for line in sys.stdin:
    data, store, point = line.rstrip("\\n").split("\\t")
    pid = os.fork()
    if not pid:
        if not point[0].isdigit():
            os.environ[FAULT] = point
        try:
            build(Path(data), Path(store))
        finally:
            os._exit(0)
    if point[0].isdigit():
        time.sleep(float(point))
        os.kill(pid, signal.SIGKILL)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
"""
RANDOM = random.Random(20)  # noqa: S311  points in time, no secret
TIMES = [f"{RANDOM.uniform(0.01, 0.9):.3f}" for _ in range(20 - len(FAULT_POINTS))]
AFTER_SWAP = {"after-swap", "before-prune", "after-prune"}


@pytest.fixture(scope="module")
def helper() -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", HELPER],
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
    yield process
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    process.stdout.close()
    process.wait(10)


def kill_a_build(helper: subprocess.Popen[str], data: Path, store: Path, point: str) -> int:
    """Build in a process that dies at a point, or so many seconds after its start; return its status."""
    assert helper.stdin is not None
    assert helper.stdout is not None
    helper.stdin.write(f"{data}\t{store}\t{point}\n")
    helper.stdin.flush()
    return int(helper.stdout.readline())


class Case:
    """A store with a release, a dataset that has changed since, and what a build of it gives that nothing disturbs."""

    def __init__(self, folder: Path) -> None:
        self.store = folder / "store"
        self.old = build(SMALL, self.store).digest
        self.data = folder / "data"
        shutil.copytree(SMALL, self.data)
        series = self.data / "series.csv"
        series.write_text(series.read_text().replace("Lighthouse Board", "Board of the Lighthouses"))
        clean = folder / "clean"
        self.new = build(self.data, clean).digest
        self.clean = clean


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    made = Case(tmp_path_factory.mktemp("crash"))
    assert made.old != made.new
    return made


def test_enough_points_are_tried() -> None:
    assert len([*FAULT_POINTS, *TIMES]) == 20
    assert len(TIMES) >= 5


@pytest.mark.parametrize("point", [*FAULT_POINTS, *TIMES])
def test_a_killed_build_leaves_a_whole_release(
    case: Case, helper: subprocess.Popen[str], tmp_path: Path, point: str
) -> None:
    store = tmp_path / "store"
    shutil.copytree(case.store, store, symlinks=True)
    status = kill_a_build(helper, case.data, store, point)
    # A build may be done before its time has come, but none passes a point.
    assert status == -9 or (point in TIMES and status == 0)

    left = current(store)
    assert left.digest == (case.new if point in AFTER_SWAP or status == 0 else case.old)
    assert damage(left.path) == []
    reader = open_store(store)
    assert reader.count() == left.counts["quads"]
    reader.close()

    again = build(case.data, store)
    assert again.digest == case.new
    assert current(store).path == again.path
    assert damage(again.path) == []
    assert [release.digest for release in releases(store)] == [case.new, case.old]
    assert sorted(path.name for path in store.iterdir()) == ["current", "inputs.json", "lock", "releases"]
    assert sorted(path.name for path in (store / "releases").iterdir()) == sorted([case.new, case.old])
    for path in sorted((again.path / "relations").iterdir()):
        clean = case.clean / "releases" / case.new / "relations" / path.name
        assert path.read_bytes() == clean.read_bytes()


def test_a_killed_first_build_leaves_no_release(case: Case, helper: subprocess.Popen[str], tmp_path: Path) -> None:
    store = tmp_path / "store"
    assert kill_a_build(helper, case.data, store, "before-swap") == -9
    assert not (store / "current").exists()
    assert build(case.data, store).digest == case.new
