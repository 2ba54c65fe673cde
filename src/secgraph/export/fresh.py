"""A dataset of one's own: a folder with settings, tables and a guide to their columns; empty, or with given tables."""

from __future__ import annotations

import csv
import io
import json
import shlex
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from secgraph.errors import ConfigError
from secgraph.export.tablebook import Rows, table_book, takes
from secgraph.files import write_folder
from secgraph.records import TABLES
from secgraph.records.guide import meaning
from secgraph.sources.collected import SSSOM, Tables, file_name
from secgraph.sources.settings import settings_of
from secgraph.sources.tables import BOOK, read_alone
from secgraph.values import ERROR
from secgraph.vocab import ID, slug

SETTINGS: Final = "dataset.toml"
_PUBLISHER: Final = "not yet named"
_LICENCE: Final = "not yet chosen"


@dataclass(frozen=True)
class About:
    """What a new dataset says of itself; what is empty is made of the name of its folder, or left to be written."""

    title: str = ""
    id: str = ""
    region: str = ""
    publisher: str = ""
    licence: str = ""


def new_dataset(folder: Path, about: About, *, book: bool = False, source: Path | None = None) -> list[str]:
    """Make a dataset in an empty folder, or in one that is not there yet, and return the names of its files.

    Args:
        folder: where.
        about: what it says of itself.
        book: the tables as one workbook, in place of CSV files.
        source: a dataset, of which the tables, the settings and the inputs in its folder are taken.

    Raises:
        ConfigError: the folder is not empty, a text cannot stand in the settings, or the dataset that is taken has
            errors or inputs that cannot be found from elsewhere.
        SourceError: nothing of the dataset that is taken can be read.
    """
    if folder.is_dir() and any(folder.iterdir()):
        raise ConfigError(f"{folder}: is not empty, and a new dataset overwrites nothing", hint="name another folder")
    if source is not None and about != About():
        told = "the title and all else that is said of a dataset are taken from it"
        raise ConfigError(f"{told}: {source}", hint="leave them out, and change dataset.toml afterwards")
    rows = _rows(source) if source else {}
    contents = _taken(source) if source else {SETTINGS: settings_text(folder.resolve().name, about).encode()}
    if book:
        contents[BOOK] = table_book(rows)
    else:
        contents.update((file_name(table), _file(table, rows.get(table, ()))) for table in TABLES)
    contents.setdefault("README.md", _guide(folder.resolve().name, contents[SETTINGS], book=book).encode())
    write_folder(folder, contents)
    return sorted(contents)


def settings_text(name: str, about: About) -> str:
    """Return the settings of a new dataset, with the inputs that it might take as comments.

    >>> "\\nid = \\"my-region\\"\\n" in settings_text("My region", About())
    True

    Raises:
        ConfigError: an id that is none, or a text with signs that cannot be seen.
    """
    ident = about.id or slug(name)
    if not ident or ident != slug(ident):
        hint = "lower-case letters, digits and single hyphens: --id my-region"
        raise ConfigError(f"{ident or name!r} is not an id for a dataset", hint=hint)
    title = about.title or name.replace("-", " ").capitalize()
    lines = [
        "# What this dataset is. `secgraph check` says what is missing.",
        "[dataset]",
        f"id = {_quoted(ident)}",
        f"title = {_quoted(title)}",
        f"description = {_quoted(f'{title}: who works with whom, each fact with its source.')}",
        f"publisher = {_quoted(about.publisher or _PUBLISHER)}",
        f"licence = {_quoted(about.licence or _LICENCE)}     # as CC-BY-4.0",
        f"region = {_quoted(about.region)}" if about.region else '# region = "The region, in a few words"',
    ]
    return "\n".join(lines) + "\n" + _EXAMPLES


_EXAMPLES: Final = """
# How many rows a table must and may have, so that rows which are lost by accident are noticed.
# [tables.events]
# minimum = 10
# maximum = 500

# What else the dataset takes. Delete the marks `# ` before the lines that you need; paths start at this folder.

# Another dataset, a folder or a workbook, beside this one: its rows and ids can be used here.
# [[include]]
# path = "../other-region"

# IATI files: one file, one that is gzipped, or a folder of them.
# [[iati]]
# path = "iati/agency.xml"
# source = "src-agency"             # the id in the table of sources
# scope = "security"                # or a file of your own; without it, every activity belongs
# on_error = "skip-and-report"      # keep the rest where an activity is faulty; else the build stops

# A donor's own spreadsheet, .xlsx or .csv, with our fields by its headers.
# [[spreadsheet]]
# path = "donors/projects.csv"
# source = "src-donor"
# kind = "commitment"
# [spreadsheet.columns]
# title = "Project name"
# amount = "Amount (EUR)"
# currency = "=EUR"                 # = and the value of every row
# year = "Year"

# Figures of aid by country and sector, shown beside a country and never added to its money.
# [[context]]
# path = "context/aid-2022.csv"
# source = "src-aid"
# year = 2022

# RDF in our vocabulary: Turtle, JSON-LD, N-Quads, N-Triples, TriG or RDF/XML.
# [[rdf]]
# path = "more.ttl"
# source = "src-more"
"""


def _quoted(text: str) -> str:
    if not text.isprintable():
        raise ConfigError(f"{text!a} holds signs that cannot be seen", hint="write it in one line of letters and signs")
    # A string of JSON without control characters is one of TOML too.
    return json.dumps(text, ensure_ascii=False)


def _rows(source: Path) -> Rows:
    """Return the cells of a dataset's own tables."""
    tables = read_alone(source)
    wrong = [one for one in tables.findings.sorted().findings if one.severity == ERROR]
    if wrong:
        raise ConfigError(f"{source} has errors, and its tables are not taken: {wrong[0]}", hint="see `secgraph check`")
    return {table: _cells(tables, table) for table in TABLES if tables.records[table]}


def _cells(tables: Tables, table: str) -> list[list[str]]:
    rows = [[row.text(column) for column in row.columns()] for row in tables.records[table]]
    if table != SSSOM:
        return rows
    return [[f"sg:{cell.removeprefix(ID)}" if cell.startswith(ID) else cell for cell in row] for row in rows]


def _taken(source: Path) -> dict[str, bytes]:
    """Return the settings of a dataset, and the files in its folder that they name."""
    path = settings_of(source)
    if not path.is_file():
        raise ConfigError(
            f"{source}: there is no {path.name} beside it", hint="write one: `secgraph new` makes an empty"
        )
    found = {SETTINGS: path.read_bytes()}
    if (path.parent / "README.md").is_file():
        found["README.md"] = (path.parent / "README.md").read_bytes()
    for name in _paths(tomllib.loads(found[SETTINGS].decode("utf-8-sig"))):
        place = path.parent / name
        if Path(name).is_absolute() or not place.exists():
            continue
        if not place.resolve().is_relative_to(path.parent.resolve()):
            hint = "write its full path, or put it into the folder"
            raise ConfigError(f"{path}: {name} lies outside the dataset's folder, and would not be found", hint=hint)
        for file in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if file.is_file():
                found[file.relative_to(path.parent).as_posix()] = file.read_bytes()
    return found


def _paths(settings: Mapping[str, Any]) -> Iterator[str]:
    for entries in settings.values():
        for entry in entries if isinstance(entries, list) else ():
            yield from (entry[key] for key in ("path", "scope") if isinstance(entry.get(key), str))


def _file(table: str, rows: Sequence[Sequence[str]]) -> bytes:
    """Return a table as the file that it stands in."""
    out = io.StringIO()
    if table == SSSOM:
        out.write(f"# curie_map:\n#   sg: {ID}\n")
    writer = csv.writer(out, delimiter="\t" if table == SSSOM else ",", lineterminator="\n")
    writer.writerow(TABLES[table].columns())
    writer.writerows(rows)
    return out.getvalue().encode()


def _guide(name: str, settings: bytes, *, book: bool) -> str:
    """Return the guide that stands beside the tables."""
    title = tomllib.loads(settings.decode("utf-8-sig")).get("dataset", {}).get("title", name)
    where = f"the sheets of `{BOOK}`" if book else "the CSV files here"
    told = shlex.quote(name)
    lines = [
        f"# {title}", "",
        f"A dataset for secgraph. Its tables are {where}; `{SETTINGS}` says what the dataset is.", "",
        "In the folder above this one:", "",
        f"    secgraph check {told}", f"    secgraph build --data {told}", "    secgraph draw -o picture.html", "",
        "Give the sources first: each row names who says so. Then countries and topics, then bodies, then meetings.",
        "Tables that you do not need may stay empty.",
    ]  # fmt: skip
    if book:
        return "\n".join([*lines, "", "The first sheet of the workbook tells what each column means.", ""])
    for table, record in TABLES.items():
        lines += [
            "",
            f"## {file_name(table)}",
            "",
            "| column | needed | meaning | takes |",
            "| --- | --- | --- | --- |",
        ]
        for column in record.columns():
            need = "yes" if column in record.needed() else ""
            told = meaning(table, column).replace("|", "\\|")
            lines.append(f"| `{column}` | {need} | {told} | {takes(table, column)} |")
    return "\n".join(lines) + "\n"
