"""What a finished release is, what it says of itself, and whether it is still whole."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from secgraph import store as stores
from secgraph.errors import StoreError
from secgraph.sources.settings import named_files
from secgraph.store.embedded import RELEASE_FORMAT, read_manifest
from secgraph.store.sums import SUMS, check_file, hash_file, read_sums
from secgraph.values import WARNING, Finding, Report, Table

RELEASES, CURRENT, LOCK, INPUTS = "releases", "current", "lock", "inputs.json"
REPORT: Final = "report.json"
UNFINISHED, NEW_LINK = ".tmp-", ".current-"


@dataclass(frozen=True)
class Release:
    """One finished release: where it is, what it holds, and what its build reported.

    `report` has a row per table with the rows read, kept and contested; `inputs` one per file beside the tables, of
    which all that was read is kept or left out; `findings` what the checks found.
    """

    path: Path
    digest: str
    quad_digest: str
    dataset: Mapping[str, str]
    counts: Mapping[str, int]
    relations: Mapping[str, int]
    files: Mapping[str, str]
    report: Table
    inputs: Table
    findings: Report

    @property
    def warnings(self) -> int:
        """The number of warnings of the checks."""
        return self.findings.count(WARNING)


def open_release(path: Path) -> Release:
    """Read what a finished release says of itself.

    Raises:
        StoreError: it is missing, damaged, or of another version of the format.
    """
    manifest = read_manifest(path)
    try:
        report = json.loads((path / REPORT).read_text(encoding="utf-8"))
        check_file(path, REPORT)
        columns = ("table", "read", "kept", "contested")
        return Release(
            path=path,
            digest=manifest["release"],
            quad_digest=manifest["quads"],
            dataset=manifest["dataset"],
            counts=manifest["counts"],
            relations=manifest["relations"],
            files=manifest["files"],
            report=Table(columns, tuple(tuple(row[name] for name in columns) for row in report["tables"])),
            inputs=Table(
                ("file", "form", "read", "kept", "left_out", "why"),
                tuple(
                    (
                        row["file"],
                        row["form"],
                        row["read"],
                        row["kept"],
                        sum(row["left_out"].values()),
                        _why(row["left_out"]),
                    )
                    for row in report["inputs"]
                ),
            ),
            findings=Report([Finding(**finding) for finding in report["findings"]]),
        )
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise StoreError(f"the release {path} is damaged: {REPORT}: {exc}", hint="run `secgraph build`") from exc


def _why(left_out: Mapping[str, int]) -> str:
    return "; ".join(f"{reason}: {count}" for reason, count in sorted(left_out.items()))


def current(store: Path) -> Release:
    """Return the current release of a store.

    Raises:
        StoreError: there is none, or it is damaged or of another version.
    """
    return open_release(stores.release_path(store))


def releases(store: Path) -> list[Release]:
    """Return the finished releases of a store, the current one first, then the last ones made."""
    folder = store / RELEASES
    found = [path for path in folder.iterdir() if not path.name.startswith(".")] if folder.is_dir() else []
    now = (store / CURRENT).resolve().name
    found.sort(key=lambda path: (path.name != now, -path.stat().st_mtime_ns, path.name))
    return [open_release(path) for path in found]


def hash_files(*folders: Path) -> dict[str, str]:
    """Return the SHA-256 of each file under these folders, by its path from the folder's parent, sorted."""
    found = {}
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder.parent).as_posix()
            if path.is_file() and not any(part.startswith(".") for part in name.split("/")):
                found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return dict(sorted(found.items()))


def release_digest(quad_digest: str, files: Mapping[str, str]) -> str:
    """Return the digest of a release: over its quads, the files that read and judge them, and the format.

    >>> len(release_digest("0" * 64, {"queries/a.rq": "1" * 64}))
    64
    """
    lines = [f"quads {quad_digest}", *(f"{name} {value}" for name, value in sorted(files.items()))]
    return hashlib.sha256("\n".join([*lines, f"format {RELEASE_FORMAT}\n"]).encode()).hexdigest()


def hash_inputs(data: Path) -> str:
    """Return one hash of all input files of a dataset, those too that its settings name elsewhere."""
    paths = [data] if data.is_file() else sorted(path for path in data.iterdir() if path.is_file())
    own = {path.resolve() for path in paths}
    paths += [path for path in named_files(data) if path not in own]
    return hashlib.sha256("".join(f"{hash_file(path)}  {path.name}\n" for path in paths).encode()).hexdigest()


def damage(release: Path) -> list[str]:
    """Return what is wrong with the files of a release by its SHA256SUMS: missing, changed or foreign files."""
    try:
        expected = read_sums(release)
    except StoreError as exc:
        return [exc.message]
    wrong = []
    for name, value in expected.items():
        try:
            if hash_file(release / name) != value:
                wrong.append(f"{name} was changed")
        except OSError:
            wrong.append(f"{name} is missing")
    for path in sorted(release.rglob("*")):
        name = path.relative_to(release).as_posix()
        if path.is_file() and name != SUMS and name not in expected:
            wrong.append(f"{name} is not of this release")
    return wrong


def leftovers(store: Path) -> list[Path]:
    """Return what builds that were killed have left in a store."""
    found = [*(store / RELEASES).glob(f"{UNFINISHED}*"), *store.glob(f"{NEW_LINK}*")]
    return sorted(found)
