"""Reads `dataset.toml`: what the dataset is, and how many rows its tables must and may have."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from secgraph.records import TABLES
from secgraph.sources.collected import Count, Dataset, Tables, shown
from secgraph.values import ERROR, Finding, nearest

DATASET: Final = "dataset"
_NEEDED_KEYS: Final = ("id", "title", "description", "publisher", "licence")
_KEYS: Final = (*_NEEDED_KEYS, "region")


def read_dataset(tables: Tables, path: Path) -> None:
    """Read the file that says what a dataset is; what is wrong with it becomes findings."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
        set_dataset(tables, tomllib.loads(text), path.name)
    except FileNotFoundError:
        hint = f"write {path.name} with [dataset] and " + ", ".join(_NEEDED_KEYS)
        tables.findings.add(Finding("dataset-file", ERROR, "the dataset does not say what it is", hint, path.name))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        where = re.search(r"line (\d+)", str(exc))
        row = int(where[1]) if where else 0
        message = f"not valid TOML: {exc}"
        tables.findings.add(Finding("dataset-file", ERROR, message, "see https://toml.io", path.name, row))


def set_dataset(tables: Tables, content: Mapping[str, Any], file: str) -> None:
    """Take what a dataset says of itself, by sections; what is wrong with it becomes findings."""

    def complain(message: str, value: object = "", hint: str = "") -> None:
        tables.findings.add(Finding("dataset-file", ERROR, message, hint, file, value=shown(value)))

    for name in content:
        if name not in (DATASET, "tables"):
            near = nearest(name, (DATASET, "tables"))
            complain("not a section of a dataset", name, f"did you mean {near[0]}?" if near else "")
    head = content.get(DATASET, {})
    head = head if isinstance(head, dict) else {}
    for name, value in head.items():
        if name not in _KEYS:
            near = nearest(name, _KEYS)
            complain(
                "not a key of [dataset]", name, f"did you mean {near[0]}?" if near else "one of " + ", ".join(_KEYS)
            )
        elif not isinstance(value, str):
            complain(f"{name} is not a text", value, "put it in quotes")
    absent = [name for name in _NEEDED_KEYS if not head.get(name)]
    if absent:
        complain("missing in [dataset]: " + ", ".join(absent))
    counts: dict[str, Count] = {}
    sections = content.get("tables", {})
    for name, bounds in sections.items() if isinstance(sections, dict) else ():
        if name not in TABLES:
            near = nearest(name, TABLES)
            complain("not a table", name, f"did you mean {near[0]}?" if near else "")
            continue
        good = {}
        for key, value in bounds.items() if isinstance(bounds, dict) else (("", bounds),):
            if key in ("minimum", "maximum") and isinstance(value, int) and not isinstance(value, bool) and value >= 0:
                good[key] = value
            else:
                complain(f"[tables.{name}] takes minimum and maximum, whole numbers", f"{key} = {value}")
        counts[name] = Count(**good)
    fields = {name: str(head.get(name, "")) for name in _KEYS}
    tables.dataset = Dataset(**fields, counts=counts, file=file)
