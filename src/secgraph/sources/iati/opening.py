"""Opening of IATI files: which there are, and their bytes, unpacked within a budget."""

from __future__ import annotations

from pathlib import Path


def iati_files(path: Path) -> list[Path]:
    """Return the IATI files of a file or folder, sorted: names that end in .xml or .gz, hidden ones left out."""
    if not path.is_dir():
        return [path]
    return sorted(
        found
        for found in path.rglob("*")
        if found.is_file() and found.suffix in (".xml", ".gz") and not found.name.startswith(".")
    )
