from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from secgraph.errors import ConfigError
from secgraph.files import write_atomically, write_folder


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def full_disk(*_arguments: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_file_is_written_and_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "out.ttl"
    write_atomically(path, b"one")
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~current_umask()
    path.chmod(0o600)
    write_atomically(path, b"two")
    assert path.read_bytes() == b"two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert left(tmp_path) == ["out.ttl"]


def current_umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to("real")
    write_atomically(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "out"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(ConfigError, match="the disk is full - free some space"):
        write_atomically(path, b"new")
    with pytest.raises(ConfigError, match="the disk is full"):
        write_folder(tmp_path / "folder", {"a": b"1"})
    assert path.read_bytes() == b"old"
    assert left(tmp_path) == ["out"]


def test_an_interruption_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_arguments: object) -> None:
        raise KeyboardInterrupt

    path = tmp_path / "out"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert left(tmp_path) == ["out"]


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("folder", "is a folder, and a file is to be written - name a file in it"),
        ("missing/out", "its folder does not exist - make the folder first"),
        ("file/out", "a part of the path is a file"),
        ("fifo", "is no regular file - name another, or `-` for standard output"),
        ("x" * 300, "the name is too long"),
    ],
)
def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, place: str, reason: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_bytes(b"kept")
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(ConfigError, match=reason) as error:
        write_atomically(tmp_path / place, b"data")
    assert place in str(error.value)
    assert left(tmp_path) == ["fifo", "file", "folder"]
    assert (tmp_path / "file").read_bytes() == b"kept"


def test_a_read_only_place_is_named() -> None:
    with pytest.raises(ConfigError, match="/proc/out: nothing was written"):
        write_atomically(Path("/proc/out"), b"data")


def test_a_read_only_file_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "out"
    path.write_bytes(b"old")
    # For root every file is writable: the system's answer for others is put in its place.
    monkeypatch.setattr(os, "access", lambda *_arguments: False)
    with pytest.raises(ConfigError, match="no permission"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"


def test_a_folder_is_made_and_filled_again(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    write_folder(folder, {"a.csv": b"1", "b.csv": b"2"})
    (folder / "mine.txt").write_bytes(b"kept")
    write_folder(folder, {"a.csv": b"3"})
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        "a.csv": b"3", "b.csv": b"2", "mine.txt": b"kept",
    }  # fmt: skip
    assert left(tmp_path) == ["out"]


def test_a_folder_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"kept")
    with pytest.raises(ConfigError, match="is a file, and a folder is to be written"):
        write_folder(tmp_path / "file", {"a": b"1"})
    (tmp_path / "out" / "b").mkdir(parents=True)
    with pytest.raises(ConfigError, match="is a folder, and a file is to be written"):
        write_folder(tmp_path / "out", {"a": b"1", "b": b"2"})
    assert left(tmp_path / "out") == ["b"]
