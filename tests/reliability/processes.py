"""Work in processes of its own: a fresh one, and children that a fresh one forks while it has no store open."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any, Final

from tests.conftest import ROOT

_FRESH: Final = "from tests.reliability.processes import serve; serve()"
REFUSED: Final = 77
"""The status of a process that may not do what it was made for."""


def fresh(target: str, argument: Any, prefix: Sequence[str] = ()) -> Any:
    """Return what a function ("module:function") gives for an argument, both JSON, in a fresh process.

    Raises:
        PermissionError: it ended with `REFUSED`, or the command before it is refused.
    """
    told = subprocess.run(
        [*prefix, sys.executable, "-W", "ignore", "-c", _FRESH],
        input=json.dumps([target, argument]),
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        # What is killed in the middle of a line leaves damaged records of coverage, so that none are made.
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")},
            "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]),
        },
    )
    if told.returncode == REFUSED or (
        told.returncode and prefix and not told.stdout and "Traceback" not in told.stderr
    ):
        raise PermissionError(told.stderr)
    if told.returncode:
        raise RuntimeError(f"{target} ended with {told.returncode}: {told.stderr[-2000:]}")
    return json.loads(told.stdout.rpartition("\n")[2])


def serve() -> None:
    """Do what `fresh` asks for; its answer is the last line."""
    target, argument = json.load(sys.stdin)
    module, _, function = target.partition(":")
    answer = getattr(importlib.import_module(module), function)(argument)
    sys.stdout.write("\n" + json.dumps(answer))


def forked(work: Callable[[], Any]) -> tuple[int, str, Any]:
    """Do work in a forked child; return its status, all that it printed, and what it gave, as JSON."""
    log_read, log_write = os.pipe()
    answer_read, answer_write = os.pipe()
    child = os.fork()
    if not child:
        os.dup2(log_write, 1)
        os.dup2(log_write, 2)
        for descriptor in (log_read, log_write, answer_read):
            os.close(descriptor)
        status = 99
        try:
            answer = json.dumps(work())
            status = 0
        except SystemExit as exc:
            status, answer = (exc.code or 0) if isinstance(exc.code, int | None) else 98, "null"
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            with os.fdopen(answer_write, "w") as out:
                out.write(answer if status != 99 else "null")
            os._exit(status)
    os.close(log_write)
    os.close(answer_write)
    with os.fdopen(log_read, encoding="utf-8", errors="replace") as log:
        text = log.read()
    with os.fdopen(answer_read) as given:
        value = json.loads(given.read() or "null")
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), text, value
