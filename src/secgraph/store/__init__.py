"""Stores: the embedded one, and where a location on disk leads."""

from __future__ import annotations

import re
from pathlib import Path

from secgraph.errors import ConfigError, StoreError
from secgraph.protocols import ReadStore
from secgraph.store.embedded import OxigraphStore, create, open_release

__all__ = ["OxigraphStore", "create", "open_release", "open_store", "release_path"]


def release_path(location: str | Path) -> Path:
    """Return the folder of the release that a location means: its current one, or the release itself.

    Raises:
        ConfigError: the location is an address, not a folder.
        StoreError: there is no release.
    """
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", str(location)):
        raise ConfigError(f"{location} is an address; this version reads stores on disk", hint="give a folder")
    folder = Path(location)
    current = folder / "current"
    if current.is_symlink() or current.is_dir():
        # Resolved once, so that a reader keeps its release when a build swaps the link.
        target = current.resolve()
        if not (target / "store").is_dir():
            raise StoreError(f"{current} leads to no release", hint="run `secgraph build`")
        return target
    if (folder / "store").is_dir():
        return folder.resolve()
    raise StoreError(f"there is no store at {folder}", hint="run `secgraph build`")


def open_store(location: str | Path) -> ReadStore:
    """Open, read-only, the current release of a store folder (or a release's own folder).

    Raises:
        ConfigError: the location is an address, not a folder.
        StoreError: there is no release, or it is damaged.
    """
    return open_release(release_path(location))
