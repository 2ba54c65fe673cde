"""Makes a release durable, gives it its name, and leads `current` to it; one build at a time.

For tests only: SECGRAPH_FAULT names a point of `FAULT_POINTS` at which the build kills itself.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import secrets
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from secgraph.errors import StoreError
from secgraph.releases.kept import CURRENT, LOCK, NEW_LINK, RELEASES, UNFINISHED, damage, leftovers
from secgraph.store.embedded import is_held
from secgraph.store.sums import SUMS

FAULT: Final = "SECGRAPH_FAULT"
FAULT_POINTS: Final = (
    "read", "map", "infer", "load", "relations", "check", "write", "publish",
    "before-rename", "after-rename", "before-swap", "after-swap", "before-prune", "after-prune",
)  # fmt: skip


def reached(point: str) -> None:
    """Kill this process where a test asked for that."""
    if os.environ.get(FAULT) == point:
        os.kill(os.getpid(), signal.SIGKILL)


def write_json(path: Path, content: Any, *, replace: bool = False) -> None:
    """Write a file of JSON; with `replace` in the place of the one that is there, whole or not at all."""
    text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    target = path.with_name(f"{NEW_LINK}{path.name}") if replace else path
    target.write_text(text, encoding="utf-8")
    if replace:
        target.replace(path)


def seal(folder: Path, threads: int) -> None:
    """Write SHA256SUMS over all files of a release and make files and folders durable."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    with ThreadPoolExecutor(min(4, threads)) as pool:
        hashes = list(pool.map(_durable, paths))
    sums = folder / SUMS
    sums.write_text(
        "".join(f"{value}  {path.relative_to(folder).as_posix()}\n" for path, value in zip(paths, hashes, strict=True)),
        encoding="utf-8",
    )
    _durable(sums)
    for path in sorted({path.parent for path in paths}, reverse=True):
        _fsync(path)


def _durable(path: Path) -> str:
    """Make one file durable and return its hash."""
    with path.open("rb") as file:
        value = hashlib.file_digest(file, "sha256").hexdigest()
        os.fsync(file.fileno())
    return value


def _fsync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def publish(store: Path, unfinished: Path, digest: str, stage: Callable[[str, int, int], None]) -> Path:
    """Rename the finished folder to its digest, lead `current` to it, and drop what is older than the last two."""
    stage("publish", 0, 1)
    folder = store / RELEASES
    path = folder / digest
    link = store / CURRENT
    before = Path(os.readlink(link)).name if link.is_symlink() else ""  # noqa: PTH115  the link's text, not its target
    if link.exists() and not link.is_symlink():
        raise StoreError(f"{link} is not the link that a build makes", hint="move it away")
    reached("before-rename")
    if path.exists() and damage(path):
        # What is damaged makes room; the same release takes its place at once.
        path.rename(folder / f"{UNFINISHED}damaged-{secrets.token_hex(4)}")
    if not path.exists():
        unfinished.rename(path)
        _fsync(folder)
    reached("after-rename")
    new = store / f"{NEW_LINK}{secrets.token_hex(8)}"
    new.symlink_to(Path(RELEASES) / digest)
    reached("before-swap")
    new.replace(link)
    _fsync(store)
    reached("after-swap")
    reached("before-prune")
    if before != digest:
        for old in folder.iterdir():
            # What a reader still holds goes with a later build.
            if old.name not in (digest, before) and not is_held(old):
                shutil.rmtree(old, ignore_errors=True)
    clear(store)
    reached("after-prune")
    stage("publish", 1, 1)
    return path


def clear(store: Path) -> None:
    """Remove what builds that were killed have left; the lock is held, so nobody writes there."""
    for path in leftovers(store):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


@contextlib.contextmanager
def locked(store: Path) -> Iterator[None]:
    """Hold the store's lock; it goes with the process, whatever ends it."""
    store.mkdir(parents=True, exist_ok=True)
    with (store / LOCK).open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StoreError(
                f"another build is writing {store}: {_holder(store)}",
                hint="wait for it to end, or name another --store",
            ) from None
        lock.truncate(0)
        lock.write(f"process {os.getpid()} since {time.strftime('%Y-%m-%d %H:%M:%S')}")
        lock.flush()
        yield
        lock.truncate(0)


def _holder(store: Path) -> str:
    # Right after the lock was taken its text may not be written yet.
    for _ in range(20):
        text = (store / LOCK).read_text(encoding="utf-8", errors="replace").strip()
        if text:
            return text
        time.sleep(0.01)
    return "a process that gave no name"


@contextlib.contextmanager
def told_of(store: Path) -> Iterator[None]:
    """Turn what the file system refuses into an error that says where and what to do."""
    try:
        yield
    except OSError as exc:
        where = Path(os.fsdecode(exc.filename)) if isinstance(exc.filename, (str, bytes)) else store
        verb = "written" if where.is_relative_to(store) or store.is_relative_to(where) else "read"
        hint = "free some space, or name another --store" if exc.errno in (errno.ENOSPC, errno.EDQUOT) else ""
        raise StoreError(f"{where} cannot be {verb}: {exc.strerror or exc}; nothing was changed", hint=hint) from exc
