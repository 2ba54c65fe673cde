"""Reads `dataset.toml`: what the dataset is, how many rows its tables may have, and which other inputs it takes."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

from secgraph.records import TABLES
from secgraph.sources import inputs
from secgraph.sources.collected import Count, Dataset, Tables, shown
from secgraph.values import ERROR, Finding, nearest

DATASET: Final = "dataset"
_NEEDED_KEYS: Final = ("id", "title", "description", "publisher", "licence")
_KEYS: Final = (*_NEEDED_KEYS, "region")
_LENGTH: Final = 1_000_000
_SECTIONS: Final = (DATASET, "tables", *inputs.SECTIONS)


def read_dataset(tables: Tables, path: Path) -> None:
    """Read the file that says what a dataset is; what is wrong with it becomes findings."""
    try:
        data = path.read_bytes()
        if len(data) > _LENGTH:
            message = f"the file has {len(data):,} bytes, more than {_LENGTH:,}"
            tables.findings.add(Finding("dataset-file", ERROR, message, "cut it", path.name))
            return
        text = data.decode("utf-8-sig")
        set_dataset(tables, tomllib.loads(text), path.name, path.parent)
    except FileNotFoundError:
        hint = f"write {path.name} with [dataset] and " + ", ".join(_NEEDED_KEYS)
        tables.findings.add(Finding("dataset-file", ERROR, "the dataset does not say what it is", hint, path.name))
    except RecursionError:
        # The reader of TOML tells no place; the line with the most brackets is it.
        lines = [len(re.findall(r"[\[{.]", line)) for line in text.splitlines()]
        message = "not valid TOML: nested too deeply"
        row = lines.index(max(lines)) + 1
        tables.findings.add(Finding("dataset-file", ERROR, message, "see https://toml.io", path.name, row))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        where = re.search(r"line (\d+)", str(exc))
        row = int(where[1]) if where else 0
        message = f"not valid TOML: {exc}"
        tables.findings.add(Finding("dataset-file", ERROR, message, "see https://toml.io", path.name, row))


def set_dataset(tables: Tables, content: Mapping[str, Any], file: str, base: Path | None = None) -> None:
    """Take what a dataset says of itself, by sections; what is wrong with it becomes findings.

    Args:
        tables: the dataset as far as it was read; the inputs name its sources.
        content: the sections.
        file: the name of the file they stand in.
        base: the folder where the paths of the inputs start; None where there is none, and so no input.
    """

    def complain(message: str, value: object = "", hint: str = "") -> None:
        tables.findings.add(Finding("dataset-file", ERROR, message, hint, file, value=shown(value)))

    for name in content:
        if name not in _SECTIONS:
            near = nearest(name, _SECTIONS)
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
    known = None if "sources" in tables.unreadable else {record.row_id() for record in tables.records["sources"]}
    if known is not None:
        known |= {"--".join(rejected.key) for rejected in tables.rejected if rejected.table == "sources"}
    named: list[Path] = []
    tables.dataset = Dataset(
        **fields,
        counts=counts,
        file=file,
        iati=_good(
            content, "iati", base, complain, named, lambda entry: inputs.iati_input(entry, known, security_scope)
        ),
        spreadsheets=_good(
            content, "spreadsheet", base, complain, named, lambda entry: inputs.spreadsheet_input(entry, known)
        ),
        context=_good(content, "context", base, complain, named, lambda entry: inputs.context_input(entry, known)),
        rdf=_good(content, "rdf", base, complain, named, inputs.rdf_input),
        include=_good(content, "include", base, complain, named, inputs.include_input),
        # Filled by those before it.
        named=tuple(sorted(set(named))),
    )


_Input = TypeVar("_Input")


def _good(
    content: Mapping[str, Any],
    section: str,
    base: Path | None,
    complain: inputs.Complain,
    named: list[Path],
    take: Callable[[inputs.Entry], _Input],
) -> tuple[_Input, ...]:
    """Return the inputs of a section that can be used; the others have a finding each."""
    entries = content.get(section, [])
    if not isinstance(entries, list):
        complain(f"[{section}] stands in one pair of brackets", hint=f"write [[{section}]]: there may be several")
        return ()
    found = []
    for number, item in enumerate(entries, 1):
        entry = inputs.Entry(section, number, item, base, complain)
        one = take(entry)
        named += entry.paths
        if entry.end():
            found.append(one)
    return tuple(found)


def security_scope() -> Path:
    """Return the bundled scope file: activities of the security sector and what borders on it."""
    return Path(__file__).parent.parent / "assets" / "scope.toml"


def named_files(data: Path) -> tuple[Path, ...]:
    """Return the files that a dataset's settings name, sorted; none where the settings cannot be read."""
    tables = Tables(unreadable={"sources"})
    read_dataset(tables, settings_of(data))
    files = set(tables.dataset.input_files())
    for one in tables.dataset.include:
        included = Tables(unreadable={"sources"})
        read_dataset(included, settings_of(one.path))
        files.update(included.dataset.input_files())
    return tuple(sorted(files))


def settings_of(data: Path) -> Path:
    """Return the file that says what a dataset is: in its folder, or beside its workbook."""
    return data / "dataset.toml" if data.is_dir() else data.with_suffix(".toml")
