"""Two builds at once, and readers while `current` is swapped under them."""

from __future__ import annotations

import os
import shutil
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import secgraph
from secgraph.errors import StoreError
from secgraph.releases import build, current
from tests.conftest import SMALL
from tests.reliability.deaths import Case, Helper
from tests.reliability.figures import Figure
from tests.reliability.processes import fresh

_STAGES = ("read", "map", "infer", "relations", "check", "write", "publish")


def two_builds(case: Case, rounds: int) -> Figure:
    """Start a build while another is at work; in each fifth round the first one then ends, else it is killed."""
    figure = Figure("a second build while one is at work")
    argument = [str(case.laid("shared")), str(case.data), case.new, rounds]
    for outcome, wrong in fresh("tests.reliability.together:rounds", argument):
        figure.count(outcome, *wrong)
    return figure


def rounds(argument: Any) -> list[Any]:
    """Try to build beside a build, so many times; return what each came to and what about it is wrong."""
    store, data, new, count = Path(argument[0]), Path(argument[1]), argument[2], argument[3]
    found = []
    for number in range(count):
        wrong = []
        stage = _STAGES[number % len(_STAGES)]
        with _held(data, store, stage) as (child, free):
            try:
                build(SMALL, store)
                wrong.append("the second build went on")
            except StoreError as exc:
                if f"process {child} since " not in str(exc) or str(store) not in str(exc):
                    wrong.append(f"does not say who holds the lock: {exc}")
            ends = number % 5 == 4
            if not ends:
                os.kill(child, signal.SIGKILL)
            os.close(free)
        if ends and current(store).digest != new:
            wrong.append("the first build did not end")
        found.append(("refused, the first went on to its end" if ends else "refused, the first was killed", wrong))
    return found


@contextmanager
def _held(data: Path, store: Path, stage: str) -> Iterator[tuple[int, int]]:
    """A build in a child that waits at a stage; gives its process and the pipe whose end lets it go on."""
    told, tell = os.pipe()
    wait, free = os.pipe()
    child = os.fork()
    if not child:
        os.close(free)

        def stop(name: str, done: int, _total: int) -> None:
            if name == stage and not done:
                os.write(tell, b".")
                os.read(wait, 1)

        status = 1
        try:
            build(data, store, progress=stop)
            status = 0
        finally:
            os._exit(status)
    os.close(tell)
    os.close(wait)
    os.read(told, 1)
    os.close(told)
    try:
        yield child, free
    finally:
        os.waitpid(child, 0)


_ASK = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"


def readers_during_swaps(folder: Path, helper: Helper, swaps: int) -> Figure:
    """Read a release held from the start, and the current one, while builds of ever other data swap it."""
    figure = Figure("readers during swaps")
    store, data = folder / "store", folder / "data"
    shutil.copytree(SMALL, data)
    build(data, store)
    held = secgraph.open(store)
    first = held.digest
    right = _answers(held)
    series = data / "series.csv"
    text = series.read_text()
    for number in range(swaps):
        series.write_text(text.replace("Lighthouse Board", f"Lighthouse Board {number}"))
        before = current(store).digest
        statuses: list[int] = []
        builder = threading.Thread(target=lambda to=statuses: to.append(helper.kill("build", data, store, "none")))
        builder.start()
        seen: set[str] = set()
        while not seen or builder.is_alive():
            wrong = []
            if held.digest != first or _answers(held) != right:
                wrong.append("the release held answers otherwise")
            with secgraph.open(store) as now:
                seen.add(now.digest)
                if _answers(now) != right:
                    wrong.append("the current release answers otherwise")
            figure.count("answered right", *wrong)
        builder.join()
        after = current(store).digest
        if statuses != [0] or after == before or not seen <= {before, after}:
            figure.count("swapped", f"{statuses}: current went from {before} to {after}, read were {seen}")
    held.close()
    figure.notes.append(f"{swaps} swaps")
    return figure


def _answers(graph: secgraph.Graph) -> tuple[object, ...]:
    # Names change from build to build here, nothing else.
    asked = graph.sparql(_ASK)
    assert isinstance(asked, secgraph.Answer)
    return asked.rows, graph.query("members-of-body", body="lighthouse-network", date="2018-10-01").rows
