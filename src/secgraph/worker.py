"""Runs one function in a spawned child that can be killed: with a deadline, a memory limit and no sockets.

SPARQL that a user wrote, and files of strangers, can take all memory, never end or abort the process that reads
them. In goes the name of a function and its argument, out comes its result or one of our errors; whatever the child
dies of, the caller lives. Never a fork: a store that was open in the parent would be damaged by it.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import io
import os
import pickle
import platform
import resource
import selectors
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, cast

from secgraph import errors
from secgraph.errors import ConfigError, LimitError, QueryTimeoutError, SecgraphError

UNGUARDED: Final = "SECGRAPH_ALLOW_SOCKETS"

_PR_SET_PDEATHSIG, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 1, 22, 38
_SECCOMP_MODE_FILTER = 2
_RETURN_ALLOW, _RETURN_EACCES = 0x7FFF0000, 0x00050000 | 13
# Audit architecture, the number of socket(), and that of io_uring_setup(), through which sockets can be had too.
_MACHINES: Final = {"x86_64": (0xC000003E, 41, 425), "aarch64": (0xC00000B7, 198, 425)}
_STDERR_KEPT = 8192
_WRAPPING = 8192  # what pickling adds to a result
_MEMORY_SIGNS = ("memory allocation of", "MemoryError", "bad_alloc", "Cannot allocate memory", "out of memory")


@dataclass(frozen=True)
class Limits:
    """What one child may use: wall-clock seconds from start to end, bytes of memory, of result and of stack.

    A `memory` of 0 sets no limit; it is the address space beside the stack. `sockets` lets the child open network
    connections.
    """

    seconds: float = 20.0
    memory: int = 1_500_000_000
    result: int = 10_000_000
    stack: int = 256 * 1024 * 1024
    sockets: bool = False


class _Filter(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def _deny_sockets() -> str:
    """Install the filter in this thread and those it will start; return why it could not be, or nothing."""
    numbers = _MACHINES.get(platform.machine())
    if sys.platform != "linux" or numbers is None:
        return f"no socket filter for {sys.platform} on {platform.machine()}"
    architecture, socket, uring = numbers
    load, equal, at_least, give = 0x20, 0x15, 0x35, 0x06
    program = b"".join(
        struct.pack("HBBI", *instruction)
        for instruction in (
            (load, 0, 0, 4),
            (equal, 0, 4, architecture),  # a call by another ABI is refused, whatever it is
            (load, 0, 0, 0),
            (at_least, 2, 0, 0x40000000),  # the x32 calls of x86-64
            (equal, 1, 0, socket),
            (equal, 0, 1, uring),
            (give, 0, 0, _RETURN_EACCES),
            (give, 0, 0, _RETURN_ALLOW),
        )
    )
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        return f"no_new_privs: {os.strerror(ctypes.get_errno())}"
    filter_ = _Filter(len(program) // 8, program)
    if libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(filter_), 0, 0):
        return f"seccomp: {os.strerror(ctypes.get_errno())}"
    return ""


def run_limited(target: str, argument: Any, limits: Limits | None = None, *, what: str = "", hint: str = "") -> Any:
    """Return what the function `target` ("package.module:function") returns for `argument`, computed in a child.

    Args:
        target: a function of one argument; its module is imported in the child, so it should import little.
        argument: anything that pickles.
        limits: what the child may use.
        what: what the work is called in messages.
        hint: what to do where it needs too much time, memory or room.

    Returns:
        Text, bytes, numbers, dates and containers of them, and what `secgraph.values` defines. Nothing else is
        taken over from a child, which may have read what a stranger wrote.

    Raises:
        QueryTimeoutError: the deadline passed; the child is dead.
        LimitError: the child ran out of memory or stack, or its result is over the cap.
        ConfigError: sockets cannot be denied on this machine, and nobody said that this is acceptable.
        SecgraphError: whatever the function raised; an error of ours keeps its class.
    """
    limits = limits or Limits()
    name = what or target.partition(":")[2]
    end = time.monotonic() + limits.seconds
    with tempfile.TemporaryFile() as request:
        pickle.dump((os.getpid(), target, argument, limits, name, hint), request)
        request.seek(0)
        reader, writer = os.pipe()
        try:
            child = _spawn(request, writer)
        except BaseException:
            os.close(reader)
            raise
        finally:
            os.close(writer)
    _living.add(child)
    try:
        answer, complaint = _collect(child, reader, limits, end, name, hint)
        status = child.wait(max(0.1, end - time.monotonic()))
    except subprocess.TimeoutExpired:
        raise _late(name, limits, hint) from None
    finally:
        _living.discard(child)
        _kill(child)
        os.close(reader)
    if not answer:
        raise _death(status, complaint, limits, name, hint)
    return _open_answer(answer, name)


_living: Final[set[subprocess.Popen[bytes]]] = set()


def stop_children() -> None:
    """Kill all children that other threads wait for; each of those calls ends with an error.

    For a program that gives up, by an interrupt say: it would else wait for them until their deadline.
    """
    for child in list(_living):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)


def _spawn(request: IO[bytes], writer: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-P", "-c", f"from secgraph.worker import _child; _child({writer})"]
    # The child finds modules where this process does, also when they were put on the path by hand.
    # Each arena of the C library reserves 64 MB of address space, which would count as memory that is used.
    environment = {
        "MALLOC_ARENA_MAX": "2",
        **os.environ,
        "PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path),
    }
    return subprocess.Popen(
        command,
        stdin=request,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        pass_fds=(writer,),
        env=environment,
        start_new_session=True,  # one kill reaches what the child started too, and Ctrl-C reaches only us
    )


def _kill(child: subprocess.Popen[bytes]) -> None:
    if child.returncode is None:
        try:
            os.killpg(child.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            child.kill()
        child.wait()
    if child.stderr:
        child.stderr.close()


_SLICE: Final = 0.5
"""Seconds of one wait: an interrupt that another thread took is noticed after one of them at most."""


def _collect(
    child: subprocess.Popen[bytes], reader: int, limits: Limits, end: float, name: str, hint: str
) -> tuple[bytes, str]:
    """Read the answer and the end of the standard error, until the child closes both."""
    answer, complaint = bytearray(), bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(reader, selectors.EVENT_READ, answer)
        selector.register(cast(IO[bytes], child.stderr).fileno(), selectors.EVENT_READ, complaint)
        while selector.get_map():
            left = end - time.monotonic()
            if left <= 0:
                raise _late(name, limits, hint)
            for key, _events in selector.select(min(left, _SLICE)):
                chunk = os.read(key.fd, 1 << 16)
                if not chunk:
                    selector.unregister(key.fd)
                key.data.extend(chunk)
                if len(answer) > limits.result + _WRAPPING:
                    raise _too_large(name, limits, hint)
                del complaint[:-_STDERR_KEPT]
    return bytes(answer), complaint.decode("utf-8", "replace")


def _late(name: str, limits: Limits, hint: str) -> QueryTimeoutError:
    return QueryTimeoutError(name, f"{limits.seconds:g} seconds", hint=hint)


def _too_large(name: str, limits: Limits, hint: str) -> LimitError:
    return LimitError(name, f"{_bytes(limits.result)} of result", hint=hint)


def _bytes(number: int) -> str:
    return f"{number / 1e9:g} GB" if number >= 1_000_000_000 else f"{number / 1e6:g} MB"


def _death(status: int, complaint: str, limits: Limits, name: str, hint: str) -> SecgraphError:
    memory = any(sign in complaint for sign in _MEMORY_SIGNS)
    if status == -signal.SIGSEGV and not memory:
        return LimitError(name, f"{_bytes(limits.stack)} of stack", hint="nest less deeply")
    if memory or status in (-signal.SIGABRT, -signal.SIGKILL, -signal.SIGBUS):
        limit = f"{_bytes(limits.memory)} of memory" if limits.memory else "the machine's memory"
        return LimitError(name, limit, hint=hint)
    how = f"signal {signal.Signals(-status).name}" if status < 0 else f"status {status}"
    last = complaint.strip().splitlines()[-1:] or ["it said nothing"]
    return SecgraphError(f"{name}: its process ended with {how}: {last[0]}")


class _Careful(pickle.Unpickler):
    """Takes plain values and those of `secgraph.values`: a child that was taken over cannot name a function."""

    def find_class(self, module: str, name: str) -> Any:
        found = getattr(importlib.import_module(module), name) if module in _TRUSTED else None
        if not isinstance(found, type):
            raise pickle.UnpicklingError(f"{module}.{name} is not taken over from a child")
        return found


_TRUSTED: Final = frozenset({"secgraph.values", "datetime", "decimal"})


def _open_answer(answer: bytes, name: str) -> Any:
    try:
        kind, value = _Careful(io.BytesIO(answer)).load()
    except (pickle.UnpicklingError, EOFError, ValueError, TypeError) as exc:
        raise SecgraphError(f"{name}: the answer of its process cannot be read: {exc}") from exc
    if kind == "result":
        return value
    class_name, message, state = value
    # Raised without its constructor, whose arguments are the facts that made the message, not the message.
    known = getattr(errors, class_name, None)
    if not isinstance(known, type) or not issubclass(known, SecgraphError):
        known = SecgraphError
    error = known.__new__(known, message)
    error.args = (message,)
    error.__dict__.update(state)
    raise error


def _describe(exc: Exception, limits: Limits, name: str, hint: str) -> tuple[str, str, dict[str, Any]]:
    if isinstance(exc, MemoryError):
        exc = LimitError(name, f"{_bytes(limits.memory)} of memory", hint=hint)
    if isinstance(exc, RecursionError):
        exc = LimitError(name, "nesting", hint="nest less deeply")
    if isinstance(exc, SecgraphError):
        return type(exc).__name__, exc.message, exc.__dict__
    traceback.print_exception(exc)
    message = f"{name}: {type(exc).__name__}: {exc}"
    return "SecgraphError", message, {"message": message, "hint": ""}


def _guard(parent: int, limits: Limits) -> None:
    """Put the limits on this process, before anything is imported that the argument may reach."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if limits.memory:
        space = limits.memory + limits.stack
        resource.setrlimit(resource.RLIMIT_AS, (space, space))
    if not limits.sockets and not os.environ.get(UNGUARDED):
        reason = _deny_sockets()
        if reason:
            raise ConfigError(
                f"network connections cannot be denied to the process that does this work: {reason}",
                hint=f"set {UNGUARDED}=1 to run it without that guard",
            )


def _child(descriptor: int) -> None:
    parent, target, argument, limits, name, hint = pickle.load(sys.stdin.buffer)  # noqa: S301  our own parent wrote it
    module, _, function = target.partition(":")
    answers: list[bytes] = []

    def work() -> None:
        answer: tuple[str, Any]
        try:
            answer = "result", getattr(importlib.import_module(module), function)(argument)
            packed = pickle.dumps(answer, pickle.HIGHEST_PROTOCOL)
        except Exception as exc:  # noqa: BLE001  the seam between two processes: every error crosses it as a value
            packed = pickle.dumps(("error", _describe(exc, limits, name, hint)), pickle.HIGHEST_PROTOCOL)
        answers.append(packed)

    try:
        _guard(parent, limits)
    except ConfigError as exc:
        answers.append(pickle.dumps(("error", _describe(exc, limits, name, hint)), pickle.HIGHEST_PROTOCOL))
    else:
        threading.stack_size(limits.stack)
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    with open(descriptor, "wb") as out:
        out.writelines(answers)
    sys.stderr.flush()
    # Threads and destructors of libraries have nothing left to do that is worth waiting for.
    os._exit(0)


def sockets_denied() -> str:
    """Return why network connections are not denied to a child here; nothing where they are."""
    try:
        denied: str = run_limited("secgraph.worker:_try_socket", None, Limits(seconds=10.0), what="socket filter")
    except ConfigError as exc:
        return exc.message
    return denied


def _try_socket(_argument: None) -> str:
    import socket

    try:
        socket.socket().close()
    except PermissionError:
        return ""
    return f"sockets are open to workers ({UNGUARDED} is set)"
