"""Writing for users: a file or folder that is whole or not there, and an error that says why it is not."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NoReturn

from secgraph.errors import ConfigError

_REASONS: Final = {
    errno.ENOSPC: ("the disk is full", "free some space, or name another place"),
    errno.EDQUOT: ("the quota of disk space is used up", "free some space, or name another place"),
    errno.EROFS: ("the place is read-only", "name another place"),
    errno.EACCES: ("there is no permission to write here", "name another place"),
    errno.EPERM: ("there is no permission to write here", "name another place"),
    errno.ENOENT: ("its folder does not exist", "make the folder first"),
    errno.ENOTDIR: ("a part of the path is a file, not a folder", "name another place"),
    errno.ENAMETOOLONG: ("the name is too long", "name a shorter one"),
}


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file: the new content in whole, or the old one (or none) where that fails.

    A link is followed, the mode of an existing file kept.

    Raises:
        ConfigError: the path is a folder, a device, read-only, or the disk is full.
    """
    with _told(path), _aside(target := _target(path)) as staging:
        new = staging / "new"
        _write(new, data)
        if target.exists():
            new.chmod(stat.S_IMODE(target.stat().st_mode))
        new.replace(target)


def write_folder(path: Path, contents: Mapping[str, bytes]) -> None:
    """Write files into a folder, which is made where it is missing; other files in it stay.

    A name may hold folders, as `iati/agency.xml`.

    All are written aside first: a full disk leaves the folder as it was.

    Raises:
        ConfigError: the path is a file, read-only, or the disk is full.
    """
    with _told(path), _aside(target := path.resolve()) as staging:
        if target.exists() and not target.is_dir():
            raise ConfigError(f"{path}: is a file, and a folder is to be written", hint="name another place")
        aside = staging / "new"
        aside.mkdir()
        for name, data in sorted(contents.items()):
            (aside / name).parent.mkdir(parents=True, exist_ok=True)
            _write(aside / name, data)
        if not target.exists():
            aside.rename(target)
            return
        for name in sorted(contents):
            if (target / name).is_dir():
                raise ConfigError(f"{target / name}: is a folder, and a file is to be written", hint="move it away")
        with tempfile.TemporaryDirectory(prefix=".secgraph-", dir=target) as last:
            # Moved into the folder first, since it may be a file system of its own.
            for name in sorted(contents):
                (Path(last) / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.move(aside / name, Path(last) / name)
            for name in sorted(contents):
                (target / name).parent.mkdir(parents=True, exist_ok=True)
                (Path(last) / name).replace(target / name)


@contextlib.contextmanager
def _aside(target: Path) -> Iterator[Path]:
    """Give a folder beside a target, on the same file system, which is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix=".secgraph-", dir=target.parent) as folder:
        yield Path(folder)


def _target(path: Path) -> Path:
    target = path.resolve()
    if target.is_dir():
        raise ConfigError(f"{path}: is a folder, and a file is to be written", hint="name a file in it")
    if target.exists():
        if not target.is_file():
            raise ConfigError(f"{path}: is no regular file", hint="name another, or `-` for standard output")
        if not os.access(target, os.W_OK):
            raise ConfigError(f"{path}: there is no permission to write here", hint="name another place")
    return target


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        _fail(path, exc)


def _fail(path: Path, exc: OSError) -> NoReturn:
    reason, hint = _REASONS.get(exc.errno or 0, (exc.strerror or str(exc), "name another place"))
    raise ConfigError(f"{path}: nothing was written: {reason}", hint=hint) from exc
