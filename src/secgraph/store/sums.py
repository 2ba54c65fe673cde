"""The hashes of the files of a finished release: what was changed since is never served as if it were whole.

The store checks the blocks of its tables when it reads them, not its list of them. Parquet and JSON have no checks: a
flipped bit in them is a wrong answer. So each of these files is compared with SHA256SUMS when it is first read.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Final

from secgraph.errors import StoreError

SUMS: Final = "SHA256SUMS"


def read_sums(release: Path) -> dict[str, str]:
    """Return the SHA-256 of each file of a release, by its path from the release.

    Raises:
        StoreError: the list is missing, cut or no text.
    """
    try:
        text = (release / SUMS).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise StoreError(f"{SUMS} cannot be read: {exc}", hint="run `secgraph build`") from exc
    if text and not text.endswith("\n"):
        raise StoreError(f"{SUMS} is cut", hint="run `secgraph build`")
    return {name: value for value, _, name in (line.partition("  ") for line in text.splitlines())}


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_file(release: Path, name: str) -> None:
    """Compare one file of a release with its hash; a folder without the list is a release in the making, or none.

    Raises:
        StoreError: the file or the list was changed, or is missing.
    """
    if (release / SUMS).exists():
        _check(release, name, read_sums(release).get(name, ""))


def check_store(release: Path) -> None:
    """Compare with their hashes those files of the store that it takes as far as they are whole: lists and logs.

    With a list of its tables that is cut, the store answers as if the rest had never been.

    Raises:
        StoreError: one of them, or the list of the hashes, was changed or is missing.
    """
    if (release / SUMS).exists():
        for name, value in read_sums(release).items():
            if re.fullmatch(r"store/(CURRENT|MANIFEST-\d+|\d+\.log)", name):
                _check(release, name, value)


def _check(release: Path, name: str, value: str) -> None:
    hint = "run `secgraph build`"
    try:
        whole = value == hash_file(release / name)
    except OSError as exc:
        raise StoreError(f"the release {release} is damaged: {name}: {exc.strerror}", hint=hint) from exc
    if not whole:
        raise StoreError(f"the release {release} is damaged: {name} was changed", hint=hint)
