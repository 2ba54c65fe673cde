"""Exports: a release in, files for others out; the same release gives the same bytes.

Turtle, JSON-LD, N-Triples and RDF/XML hold the default graph, the merged knowledge with each triple once. TriG and
N-Quads hold the whole dataset: the default graph and every named one (each source's, what is inferred, the sources'
metadata, the ontology). Parquet, CSV, CSVW and XLSX hold the relations; VoID describes the release. As of a day, each
holds what is certain or possible then.
"""

from __future__ import annotations

import io
import sys
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

from secgraph.errors import ConfigError, NotFoundError
from secgraph.export.csvw import METADATA, metadata
from secgraph.export.dated import Situation
from secgraph.export.describe import description
from secgraph.export.framing import framed
from secgraph.export.rdf import DATASETS, graph_bytes
from secgraph.files import write_atomically, write_folder
from secgraph.relations import NAMES, Relations
from secgraph.store import open_release
from secgraph.store.embedded import read_manifest
from secgraph.store.sums import check_file
from secgraph.values import Quad, Table, plain, text

FOLDERS: Final = ("parquet", "csv", "csvw")
DESCRIPTION: Final = "void"
FORMATS: Final = ("ttl", "jsonld", "nt", "rdfxml", "nq", "trig", "parquet", "csv", "csvw", "xlsx", DESCRIPTION)

_CELL_LIMIT: Final = 32_767
_ROW_LIMIT: Final = 1_048_576
_EXACT_DIGITS: Final = 15


def export(
    release: Path,
    form: str,
    output: Path | None = None,
    *,
    entity: str = "",
    as_of: str = "",
    certain: bool = False,
) -> None:
    """Write a release in one format, whole or not at all.

    Args:
        release: the folder of the release.
        form: one of `FORMATS`.
        output: a file; for parquet, csv and csvw a folder, or a file ending in `.zip`; `-` or None is standard output.
        entity: the IRI of the one thing to write, framed (jsonld only).
        as_of: a day; a month or year is its last day. Only what is certain or possible then is written.
        certain: of what is there for a time, only what is certain then.

    Raises:
        ConfigError: an unknown format, an entity in a format that has no frames, a date that is none, or a place that
            cannot be written.
        NotFoundError: the entity is not there on that day.
        StoreError: the release is missing or damaged.
    """
    if form not in FORMATS:
        raise ConfigError(f"no export format {form!r}", hint="one of " + ", ".join(FORMATS))
    if entity and form != "jsonld":
        raise ConfigError(f"one entity is not written as {form}", hint="use jsonld, or a query and its format")
    if as_of and form == DESCRIPTION:
        raise ConfigError("a release is described whole", hint="leave out --as-of, or name another format")
    if certain and not as_of:
        raise ConfigError("--certain needs a day", hint="give --as-of too")
    stdout = output is None or str(output) == "-"
    if form in FOLDERS and (output is None or stdout):
        raise ConfigError(f"{form} is a folder of files", hint="name a folder, or a file that ends in .zip: -o FOLDER")
    with ExitStack() as stack:
        seen = stack.enter_context(Situation(release, as_of, certain=certain)) if as_of else _Whole(release)
        note = (
            f"As of {seen.day}: only what is {'certain' if certain else 'certain or possible'} then." if as_of else ""
        )
        contents = _folder(seen, form, note) if form in FOLDERS else {}
        data = b"" if form in FOLDERS else _file(seen, form, entity, note)
    if output is None or stdout:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    elif form not in FOLDERS:
        write_atomically(output, data)
    elif output.suffix == ".zip":
        write_atomically(output, _zipped(contents))
    else:
        write_folder(output, contents)


class _Whole:
    """A release as it is: its quads and its relations."""

    day = ""

    def __init__(self, release: Path) -> None:
        self.release = release
        self.relations = release / "relations"

    def quads(self, graph: str | None = None) -> Iterator[Quad]:
        """Yield the quads of the merged graph (''), or of all graphs."""
        with closing(open_release(self.release)) as store:
            yield from store.quads(graph)


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


def _file(seen: _Whole | Situation, form: str, entity: str, note: str) -> bytes:
    if form == "xlsx":
        relations = Relations(seen.relations)
        return workbook({name: relations.table(name) for name in NAMES})
    if form == DESCRIPTION:
        dataset = read_manifest(seen.release)["dataset"]
        ways = [name for name in FORMATS if name != DESCRIPTION]
        return description(seen.quads(), dataset, seen.release.name, ways)
    if entity:
        if isinstance(seen, Situation) and entity in seen.gone:
            raise NotFoundError(f"thing on {seen.day}", entity, [])
        return framed(seen.quads(""), entity)
    told = [_COMMENTS[form].format(digest=seen.release.name), note] if form in _COMMENTS else []
    return graph_bytes(seen.quads(None if form in DATASETS else ""), form, comment="\n".join(filter(None, told)))


_COMMENTS: Final = {
    "ttl": "secgraph, release {digest}\n"
    "The merged knowledge: the graphs of the sources are folded into one, each triple once, inferred ones included.\n"
    "Which source says what stands in the TriG and N-Quads exports, and in dct:source of each row's node.",
    "trig": "secgraph, release {digest}\n"
    "The default graph is the merged knowledge; each source's graph bears the IRI of the source.\n"
    "Count in the default graph alone: a triple of three sources stands in four graphs.",
}


def _folder(seen: _Whole | Situation, form: str, note: str) -> dict[str, bytes]:
    folder = seen.relations
    if form == "parquet":
        for name in NAMES:
            check_file(folder.parent, f"{folder.name}/{name}.parquet")
        try:
            return {f"{name}.parquet": (folder / f"{name}.parquet").read_bytes() for name in NAMES}
        except OSError as exc:
            raise ConfigError(f"{exc.filename}: {exc.strerror}", hint="run `secgraph build`") from exc
    relations = Relations(folder)
    tables = {f"{name}.csv": relations.table(name).to_csv().encode() for name in NAMES}
    if form == "csv":
        return tables
    return tables | {METADATA: metadata(read_manifest(seen.release)["dataset"], seen.release.name, note)}


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
