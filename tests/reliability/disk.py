"""Builds on a disk that fills up: a small file system where that is permitted, and a limit on the size of files."""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from secgraph.cli import main
from tests.reliability.deaths import Case, size_of, whole
from tests.reliability.figures import Figure
from tests.reliability.processes import REFUSED, forked, fresh


def full_disks(case: Case, count: int) -> Figure | None:
    """Build on file systems of many sizes, made in a name space of our own; None where that is not permitted."""
    # From one that the old release all but fills to one on which a build ends.
    start, most = size_of(case.store) + 100_000, size_of(case.store) + 4 * case.size
    sizes = [start + (most - start) * number // (count - 1) for number in range(count)]
    try:
        return _figure("a full disk (tmpfs)", case, sizes, ["unshare", "-rm"])
    except PermissionError:
        return None


def limited_files(case: Case, count: int) -> Figure:
    """Build where no file may grow beyond a size: the write that would fails."""
    largest = max(path.stat().st_size for path in (case.clean / "releases" / case.new).rglob("*"))
    sizes = [64 + 12 * largest * number // count for number in range(count)]
    return _figure("a failing write (RLIMIT_FSIZE)", case, sizes, [])


def _figure(what: str, case: Case, sizes: list[int], prefix: list[str]) -> Figure:
    figure = Figure(what)
    place = case.folder / "small-disk"
    place.mkdir(exist_ok=True)
    argument = [str(case.store), str(case.data), str(place), [case.old, case.new], sizes, bool(prefix)]
    for size, outcome, wrong in fresh("tests.reliability.disk:builds", argument, prefix):
        figure.count(outcome, *(f"{size:,} bytes: {one}" for one in wrong))
    return figure


def builds(argument: Any) -> list[Any]:
    """Build at each size, and return what it came to and what about it is wrong."""
    store, data, place, digests, sizes, mounts = argument
    copy = Path(place) / "store"
    found = []
    for size in sizes:
        if mounts:
            _run("mount", "-t", "tmpfs", "-o", f"size={size // 4096 * 4096}", "tmpfs", place)
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(store, copy, symlinks=True)
        found.append((size, *_outcome(Path(data), copy, digests, _nothing if mounts else _limit(size))))
        if mounts:
            _run("umount", place)
    return found


def _run(*command: str) -> None:
    if subprocess.run(command, check=False).returncode:
        sys.exit(REFUSED)


def _nothing() -> None:
    return None


def _limit(size: int) -> Callable[[], None]:
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))


def _outcome(data: Path, store: Path, digests: list[str], limit: Callable[[], None]) -> tuple[str, list[str]]:
    """Build by the command in a child under a limit, and return what it came to and what about it is wrong."""
    old, new = digests

    def work() -> None:
        limit()
        main(["build", "--data", str(data), "--store", str(store)])

    status, text, _ = forked(work)
    wrong = [f"a traceback: {text[-300:]}"] if "Traceback" in text else []
    if status == 0:
        outcome, may = "built", new
    else:
        outcome, may = "refused, the old release kept", old
        if status != 1:
            wrong.append(f"status {status}: {text[-300:]}")
        if str(store) not in text.replace("\n", ""):
            wrong.append(f"no path in the message: {text[-300:]}")
        if list((store / "releases").glob(".tmp-*")):
            wrong.append("the unfinished release was left")
    # In a child too: this process never opens a store, so that it may fork.
    checked, text, found = forked(lambda: whole(store, data, {may}))
    return outcome, wrong + (found if checked == 0 else [text])
