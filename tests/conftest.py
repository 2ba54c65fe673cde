"""What the tests share: built releases, made once per run, and the count of what was left out."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from secgraph.relations import Relations
    from secgraph.store import OxigraphStore

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
BUNDLED = ROOT / "data" / "south-east-europe"
SMALL = ROOT / "tests" / "cases" / "small"

_LEFT_OUT: list[str] = []


def left_out(count: int, why: str) -> None:
    """Say that so many checks could not run here; the run ends with their list."""
    _LEFT_OUT.append(f"{count} checks left out: {why}")
    print(_LEFT_OUT[-1])


def pytest_sessionfinish(session: pytest.Session) -> None:
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["left_out"] = list(_LEFT_OUT)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    _LEFT_OUT.extend(node.workeroutput.get("left_out", ()) if hasattr(node, "workeroutput") else ())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in _LEFT_OUT:
        terminalreporter.write_line(line)


@dataclass(frozen=True)
class Built:
    """A dataset that was built for the tests: its folder, its store's folder, and the open release."""

    data: Path
    location: Path

    @property
    def path(self) -> Path:
        """The folder of the release."""
        from secgraph.store import release_path

        return release_path(self.location)


def built_once(data: Path, folder: Path) -> Built:
    """Build a dataset where the other processes of this run find it; the first one builds."""
    from secgraph.releases import build

    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "store" / "current").exists():
            build(data, folder / "store")
    return Built(data, folder / "store")


@pytest.fixture(scope="session")
def bundled_release(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Built:
    """The bundled dataset, built once for all processes of the run."""
    base = tmp_path_factory.getbasetemp()
    return built_once(BUNDLED, (base if worker_id == "master" else base.parent) / "bundled")


@pytest.fixture(scope="session")
def small_release(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Built:
    """The small made-up dataset, built once for all processes of the run."""
    base = tmp_path_factory.getbasetemp()
    return built_once(SMALL, (base if worker_id == "master" else base.parent) / "small")


@dataclass(frozen=True)
class Opened:
    """An open release: its store and its relations."""

    path: Path
    store: OxigraphStore
    relations: Relations


@pytest.fixture(scope="session")
def bundled(bundled_release: Built) -> Iterator[Opened]:
    """The bundled dataset's release, open for reading."""
    from secgraph.relations import Relations
    from secgraph.store import open_release

    store = open_release(bundled_release.path)
    yield Opened(bundled_release.path, store, Relations(bundled_release.path / "relations"))
    store.close()
