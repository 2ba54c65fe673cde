"""Work in a child: results and errors cross, limits hold, and the caller lives whatever the child dies of."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from secgraph.errors import ConfigError, LimitError, QueryTimeoutError, SecgraphError, SourceError
from secgraph.values import Finding, Literal, Report, Table
from secgraph.worker import UNGUARDED, Limits, run_limited, sockets_denied, stop_children

WORK = """
import ctypes, os, signal, socket, sys, threading, time
from secgraph.errors import SourceError, ValidationError
from secgraph.values import Finding, Literal, Report, Table

def echo(argument):
    return argument

def pid(argument):
    print("on standard output")
    return os.getpid(), os.getppid()

def source_error(argument):
    raise SourceError("file.csv", "cannot be read", hint="write it again")

def invalid(argument):
    raise ValidationError(Report([Finding("rule", "error", "wrong")]), "1 error")

def bug(argument):
    return {}["missing"]

def sleep(argument):
    time.sleep(argument)

def busy(argument):
    while True:
        pass

def grow(argument):
    return len(bytearray(argument))

def recurse(argument):
    sys.setrecursionlimit(10**6)
    def down(n):
        return 0 if n == 0 else 1 + down(n - 1)
    return down(argument)

def die(argument):
    os.kill(os.getpid(), argument)

def leave(argument):
    os._exit(argument)

def connect(argument):
    socket.create_connection(("127.0.0.1", 9), 1)

def connect_in_thread(argument):
    said = []
    def work():
        try:
            socket.socket()
        except PermissionError:
            said.append("denied")
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    return said

def ring(argument):
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall(425, 1, None)
    return ctypes.get_errno()

def modules(argument):
    return sorted(sys.modules)

def core(argument):
    import resource
    return resource.getrlimit(resource.RLIMIT_CORE), resource.getrlimit(resource.RLIMIT_AS)[0]

class Evil:
    def __reduce__(self):
        return os.system, ("true",)

def evil(argument):
    return Evil()

class EvilClass:
    def __reduce__(self):
        import subprocess
        return subprocess.Popen, (("true",),)

def evil_class(argument):
    return EvilClass()

def grandchild(argument):
    import subprocess
    child = subprocess.Popen(["sleep", "60"])
    with open(argument, "w") as out:
        out.write(f"{os.getpid()} {child.pid}")
    time.sleep(60)

def half_written(argument):
    import gc
    for number in range(3, 64):
        try:
            os.write(number, b"not a pickle")
        except OSError:
            pass
    os._exit(0)
"""


@pytest.fixture(autouse=True)
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "limited_work.py").write_text(WORK)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delenv(UNGUARDED, raising=False)


def run(function: str, argument: Any = None, limits: Limits | None = None) -> Any:
    return run_limited(f"limited_work:{function}", argument, limits or Limits(seconds=10.0))


def gone(pid: int) -> bool:
    for _ in range(100):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


def test_results_cross() -> None:
    table = Table(("a",), ((Literal("é"),), (None,)))
    report = Report([Finding("rule", "error", "message")])
    for value in (table, report, b"\0" * 100_000, {"x": [1, 2.5, "t", (True, None)]}):
        assert run("echo", value) == value


def test_runs_in_another_process_whose_output_is_not_ours(capfd: pytest.CaptureFixture[str]) -> None:
    pid, parent = run("pid")
    assert pid != os.getpid() == parent
    assert capfd.readouterr() == ("", "")


def test_errors_cross_with_their_class() -> None:
    with pytest.raises(SourceError, match=r"file.csv: cannot be read - write it again") as caught:
        run("source_error")
    assert caught.value.path == "file.csv"
    with pytest.raises(SecgraphError, match="1 error") as invalid:
        run("invalid")
    assert invalid.value.report.count("error") == 1  # type: ignore[attr-defined]
    with pytest.raises(SecgraphError, match="bug: KeyError: 'missing'"):
        run("bug")
    with pytest.raises(SecgraphError, match="nothing_there"):
        run("nothing_there")


@pytest.mark.parametrize(("function", "argument"), [("sleep", 60), ("busy", None)])
def test_the_deadline_holds(function: str, argument: object) -> None:
    start = time.monotonic()
    with pytest.raises(QueryTimeoutError, match=r"0.5 seconds"):
        run(function, argument, Limits(seconds=0.5))
    assert time.monotonic() - start < 2


def test_memory_is_limited() -> None:
    assert run("grow", 10_000_000, Limits(memory=400_000_000)) == 10_000_000
    with pytest.raises(LimitError, match="400 MB of memory"):
        run("grow", 600_000_000, Limits(memory=400_000_000))


def test_the_result_is_limited() -> None:
    assert len(run("echo", b"x" * 90_000, Limits(result=100_000))) == 90_000
    with pytest.raises(LimitError, match="of result"):
        run("echo", b"x" * 200_000, Limits(result=100_000))


def test_the_stack_is_deep() -> None:
    assert run("recurse", 50_000) == 50_000


@pytest.mark.parametrize(
    ("number", "error", "said"),
    [
        (signal.SIGSEGV, LimitError, "stack"),
        (signal.SIGABRT, LimitError, "memory"),
        (signal.SIGKILL, LimitError, "memory"),
        (signal.SIGTERM, SecgraphError, "SIGTERM"),
    ],
)
def test_a_death_is_an_error(number: int, error: type[SecgraphError], said: str) -> None:
    with pytest.raises(error, match=said):
        run("die", int(number))


def test_a_silent_end_is_an_error() -> None:
    for status in (0, 3):
        with pytest.raises(SecgraphError, match=f"status {status}"):
            run("leave", status)
    with pytest.raises(SecgraphError, match="cannot be read"):
        run("half_written")


def test_sockets_are_denied() -> None:
    assert sockets_denied() == ""
    with pytest.raises(SecgraphError, match="PermissionError"):
        run("connect")
    assert run("connect_in_thread") == ["denied"]
    with pytest.raises(SecgraphError, match="ConnectionRefusedError"):
        run("connect", None, Limits(sockets=True))


def test_a_ring_that_could_open_sockets_is_denied() -> None:
    assert run("ring") == errno.EACCES
    assert run("ring", None, Limits(sockets=True)) != errno.EACCES


def test_without_the_filter_the_work_is_refused_unless_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # The child believes that it runs on a machine that the filter is not known for.
    (tmp_path / "sitecustomize.py").write_text("import platform\nplatform.machine = lambda: 'vax'\n")
    with pytest.raises(ConfigError, match=UNGUARDED):
        run("echo", 1)
    assert "vax" in sockets_denied()
    assert run("echo", 1, Limits(sockets=True)) == 1
    monkeypatch.setenv(UNGUARDED, "1")
    assert run("echo", 1) == 1
    assert UNGUARDED in sockets_denied()


def test_no_core_is_written() -> None:
    assert run("core", None, Limits(memory=900_000_000, stack=100_000_000)) == ((0, 0), 1_000_000_000)


@pytest.mark.parametrize("function", ["evil", "evil_class"])
def test_a_child_can_name_neither_a_function_nor_a_class_of_others(function: str) -> None:
    with pytest.raises(SecgraphError, match="not taken over"):
        run(function)


def test_what_the_child_started_dies_with_it(tmp_path: Path) -> None:
    with pytest.raises(QueryTimeoutError):
        run("grandchild", str(tmp_path / "pids"), Limits(seconds=1.0))
    assert all(gone(int(pid)) for pid in (tmp_path / "pids").read_text().split())


def test_the_child_dies_with_its_parent(tmp_path: Path) -> None:
    script = (
        "from secgraph.worker import run_limited; run_limited('limited_work:grandchild', '"
        + str(tmp_path / "pids")
        + "')"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script], env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    )
    while not (tmp_path / "pids").exists() or not (tmp_path / "pids").read_text():
        time.sleep(0.02)
    parent.kill()
    parent.wait()
    child, grandchild = map(int, (tmp_path / "pids").read_text().split())
    assert gone(child)
    os.kill(grandchild, signal.SIGKILL)  # only the deadline reaches it; here nobody is left to set one


def test_an_interrupt_kills_the_child(tmp_path: Path) -> None:
    def interrupt() -> None:
        while not (tmp_path / "pids").exists():
            time.sleep(0.02)
        time.sleep(0.1)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    # Whoever started the tests may have had interrupts ignored, as shells do for what runs in the background.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Thread(target=interrupt).start()
    try:
        with pytest.raises(KeyboardInterrupt):
            run("grandchild", str(tmp_path / "pids"), Limits(seconds=30.0))
    finally:
        signal.signal(signal.SIGINT, before)
    assert all(gone(int(pid)) for pid in (tmp_path / "pids").read_text().split())


def test_children_of_other_threads_can_be_stopped(tmp_path: Path) -> None:
    said: list[SecgraphError] = []

    def work() -> None:
        try:
            run("grandchild", str(tmp_path / "pids"), Limits(seconds=30.0))
        except SecgraphError as exc:
            said.append(exc)

    thread = threading.Thread(target=work)
    thread.start()
    while not (tmp_path / "pids").exists() or not (tmp_path / "pids").read_text():
        time.sleep(0.02)
    stop_children()
    thread.join(5)
    assert len(said) == 1
    assert all(gone(int(pid)) for pid in (tmp_path / "pids").read_text().split())


def test_no_descriptor_is_left_open() -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3):
        run("echo", 1)
        with pytest.raises(LimitError):
            run("echo", b"x" * 50_000, Limits(result=10))
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_child_starts_fast_since_it_imports_little() -> None:
    heavy = "duckdb igraph networkx owlready2 pandas pyarrow pydantic pyoxigraph pyshacl rdflib reasonable strictyaml"
    loaded = {name.partition(".")[0] for name in run("modules")}
    assert loaded & {"secgraph"}
    assert loaded & set(heavy.split()) == set()
