"""Exports: a release in, files for others out; the same release gives the same bytes.

Turtle, JSON-LD and N-Triples hold the default graph, the merged knowledge with each triple once. TriG and N-Quads hold
the whole dataset: the default graph and every named one (each source's, what is inferred, the sources' metadata, the
ontology). Parquet, CSV and XLSX hold the relations. Nothing here reads a network: a context that is not bundled is
refused.
"""

from __future__ import annotations

import io
import json
import sys
import zipfile
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from pyld import jsonld

from secgraph.errors import ConfigError, SecgraphError
from secgraph.files import write_atomically, write_folder
from secgraph.relations import NAMES, Relations
from secgraph.resources import ontology_dir
from secgraph.store import open_release
from secgraph.store.embedded import serialise_quads
from secgraph.store.sums import check_file
from secgraph.values import Literal, Quad, Table, plain, text
from secgraph.vocab import CODELISTS, ID, KINDS, PREFIXES, RDF, RDFS, SKOS, kind_of, sg

TRIPLES: Final = ("ttl", "jsonld", "nt", "rdfxml")
DATASETS: Final = ("trig", "nq")
FOLDERS: Final = ("parquet", "csv")
FORMATS: Final = ("ttl", "jsonld", "nt", "nq", "trig", "parquet", "csv", "xlsx")

_TYPE: Final = RDF + "type"
# One prefix per kind of thing: a name of `id:` would have a slash in it, which Turtle wants escaped.
_PREFIXES: Final = {
    **{prefix: iri for prefix, iri in PREFIXES.items() if prefix != "id"},
    **{kind: f"{ID}{kind}/" for kind in (*KINDS, *CODELISTS)},
}
_CELL_LIMIT: Final = 32_767
_ROW_LIMIT: Final = 1_048_576
_EXACT_DIGITS: Final = 15


def export(release: Path, form: str, output: Path | None = None, *, entity: str = "") -> None:
    """Write a release in one format, whole or not at all.

    Args:
        release: the folder of the release.
        form: one of `FORMATS`.
        output: a file; for parquet and csv a folder, or a file ending in `.zip`; `-` or None is standard output.
        entity: the IRI of the one thing to write, framed (jsonld only).

    Raises:
        ConfigError: an unknown format, an entity in a format that has no frames, or a place that cannot be written.
        StoreError: the release is missing or damaged.
    """
    if form not in FORMATS:
        raise ConfigError(f"no export format {form!r}", hint="one of " + ", ".join(FORMATS))
    if entity and form != "jsonld":
        raise ConfigError(f"one entity is not written as {form}", hint="use jsonld, or a query and its format")
    stdout = output is None or str(output) == "-"
    if form in FOLDERS:
        contents = _folder(release, form)
        if output is None or stdout:
            raise ConfigError(
                f"{form} is a folder of files", hint="name a folder, or a file that ends in .zip: -o FOLDER"
            )
        if output.suffix == ".zip":
            write_atomically(output, _zipped(contents))
        else:
            write_folder(output, contents)
        return
    data = _file(release, form, entity)
    if output is None or stdout:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    else:
        write_atomically(output, data)


def graph_bytes(quads: Iterable[Quad], form: str, *, comment: str = "") -> bytes:
    """Return quads in an RDF format, sorted, with stable prefixes; JSON-LD is compacted with the bundled context.

    Args:
        quads: in any order; the graphs' names are left out of formats that hold triples.
        form: ttl, jsonld, nt, rdfxml, trig or nq.
        comment: lines to stand before Turtle and TriG.

    Raises:
        ConfigError: an unknown format.
    """
    if form not in (*TRIPLES, *DATASETS):
        raise ConfigError(f"triples are not written as {form}", hint="one of " + ", ".join((*TRIPLES, *DATASETS)))
    if form == "jsonld":
        return _json(_compacted(_expanded(quads)))
    if form in ("ttl", "trig", "rdfxml"):
        found = list(quads)
        told = {
            kind_of(name) for quad in found for name in (quad.subject, quad.object, quad.graph) if type(name) is str
        }
        prefixes = {name: iri for name, iri in _PREFIXES.items() if name in PREFIXES or name in told}
        data = serialise_quads(found, form, prefixes)
        return data if form == "rdfxml" else _laid_out(data, comment, spaced=form == "ttl")
    return serialise_quads(quads, form)


def workbook(tables: Mapping[str, Table]) -> bytes:
    """Return an XLSX workbook with one sheet per table; texts stay texts, whatever a spreadsheet would make of them.

    Numbers become numbers where a spreadsheet keeps them exactly, otherwise texts.

    Raises:
        ConfigError: more rows or longer texts than a sheet holds.
    """
    import xlsxwriter

    out = io.BytesIO()
    # In memory: no temporary files whose names or dates could get into the workbook.
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": datetime(2000, 1, 1), "title": "secgraph"})
    head = book.add_format({"bold": True})
    for name, table in tables.items():
        if len(table) >= _ROW_LIMIT:
            raise ConfigError(f"{name}: {len(table):,} rows do not fit into a sheet", hint="use csv or parquet")
        sheet = book.add_worksheet(name[:31])
        sheet.freeze_panes(1, 0)
        for at, column in enumerate(table.columns):
            sheet.write_string(0, at, column, head)
        for number, row in enumerate(table.rows, start=1):
            for at, cell in enumerate(row):
                value = plain(cell)
                if value is None:
                    continue
                if _fits(value):
                    sheet.write_number(number, at, value)
                    continue
                shown = text(cell)
                if len(shown) > _CELL_LIMIT:
                    place = f"{name}, row {number + 1}, {table.columns[at]}"
                    raise ConfigError(f"{place}: {len(shown):,} characters do not fit into a cell", hint="use csv")
                sheet.write_string(number, at, shown)
    book.close()
    return out.getvalue()


def _file(release: Path, form: str, entity: str) -> bytes:
    if form == "xlsx":
        relations = Relations(release / "relations")
        return workbook({name: relations.table(name) for name in NAMES})
    store = open_release(release)
    try:
        if entity:
            return framed(store.quads(""), entity)
        quads = store.quads(None if form in DATASETS else "")
        return graph_bytes(quads, form, comment=_COMMENTS.get(form, "").format(digest=release.name))
    finally:
        store.close()


_COMMENTS: Final = {
    "ttl": "secgraph, release {digest}\n"
    "The merged knowledge: the graphs of the sources are folded into one, each triple once, inferred ones included.\n"
    "Which source says what stands in the TriG and N-Quads exports, and in dct:source of each row's node.",
    "trig": "secgraph, release {digest}\n"
    "The default graph is the merged knowledge; each source's graph bears the IRI of the source.\n"
    "Count in the default graph alone: a triple of three sources stands in four graphs.",
}


def _folder(release: Path, form: str) -> dict[str, bytes]:
    folder = release / "relations"
    if form == "csv":
        relations = Relations(folder)
        return {f"{name}.csv": relations.table(name).to_csv().encode() for name in NAMES}
    for name in NAMES:
        check_file(release, f"{folder.name}/{name}.parquet")
    try:
        return {f"{name}.parquet": (folder / f"{name}.parquet").read_bytes() for name in NAMES}
    except OSError as exc:
        raise ConfigError(f"{exc.filename}: {exc.strerror}", hint="run `secgraph build`") from exc


def _zipped(contents: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in sorted(contents.items()):
            entry = zipfile.ZipInfo(name)  # its date is fixed: 1980, where time begins for a zip
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_STORED if name.endswith(".parquet") else zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return out.getvalue()


def _fits(value: object) -> bool:
    """Tell whether a value is a number that a spreadsheet, which has floats only, keeps exactly."""
    if isinstance(value, bool):
        return False
    if isinstance(value, int):
        return len(str(abs(value))) <= _EXACT_DIGITS
    if isinstance(value, Decimal):
        return value.is_finite() and len(value.as_tuple().digits) <= _EXACT_DIGITS
    return isinstance(value, float) and value - value == 0


def _laid_out(data: bytes, comment: str, *, spaced: bool) -> bytes:
    """Return Turtle or TriG with its prefixes sorted (the serialiser has an order of its own) and a comment."""
    lines = data.decode().split("\n")
    prefixes = [line for line in lines if line.startswith("@prefix ")]
    body = lines[len(prefixes) :]
    if spaced:
        # No literal holds a raw line end, so a line that is not indented starts a subject.
        body = [f"\n{line}" if line and not line.startswith("\t") else line for line in body]
    remarks = [f"# {line}" for line in comment.splitlines()]
    return "\n".join([*remarks, *sorted(prefixes), *body]).encode()
