from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest

from secgraph.errors import ConfigError, SecgraphError, StoreError
from secgraph.export import framing, graph_bytes
from secgraph.export import release as export
from secgraph.relations import NAMES, Relations
from secgraph.resources import ontology_dir
from secgraph.store.rdf import canonical_hash, parse
from secgraph.values import XSD, Iri, Literal, Quad, Table, lang
from secgraph.vocab import ONTOLOGY, RDF, RDFS, SKOS, sg, thing
from tests.conftest import Built, Opened

EVENT = thing("event", "a-meeting")
HARD = [
    Quad(EVENT, RDF + "type", sg("Meeting")),
    Quad(EVENT, RDFS + "label", Literal('a "label"\nin two lines\t\\ and <b>')),
    Quad(EVENT, sg("start"), Literal("2018", XSD + "gYear")),
    Quad(EVENT, sg("end"), Literal("2018-05", XSD + "gYearMonth")),
    Quad(EVENT, sg("startEarliest"), Literal("2018-01-01", XSD + "date")),
    Quad(EVENT, sg("city"), Literal("Tuzla \u202e\U0001f600")),
    Quad(EVENT, SKOS + "note", lang("zapis", "hr")),
    Quad(EVENT, sg("amount"), Literal("10.50", XSD + "decimal")),
    Quad(EVENT, sg("number"), Literal("007", XSD + "integer")),
    Quad(EVENT, sg("country"), "https://example.org/a(b)c'd"),
    Quad("urn:x:y", sg("column"), Literal("")),
]


def shown(release: Path, form: str, folder: Path, name: str = "out", *, entity: str = "") -> bytes:
    path = folder / f"{name}.{form}"
    export.export(release, form, path, entity=entity)
    return path.read_bytes()


@pytest.mark.parametrize("form", ["ttl", "jsonld", "nt", "rdfxml"])
def test_hard_terms_come_back_as_they_were(form: str) -> None:
    quads = [quad for quad in HARD if form != "rdfxml" or "\n" not in str(quad.object)]
    data = graph_bytes(reversed(quads), form)
    assert data == graph_bytes(quads, form)
    assert set(parse(data, form)) == set(quads)


def meaning(data: Mapping[str, bytes]) -> set[str]:
    """Return the RDFC-1.0 hashes of a graph in several formats; sorted N-Triples without blank nodes are canonical."""
    hashes = {canonical_hash(parse(text, form)) for form, text in data.items() if form != "nt"}
    return hashes | {hashlib.sha256(data["nt"]).hexdigest()}


def test_what_triples_mean_is_the_same_in_three_formats(small_release: Built, tmp_path: Path) -> None:
    data = {form: shown(small_release.path, form, tmp_path) for form in ("ttl", "jsonld", "nt")}
    assert meaning(data) == {canonical_hash(parse(data["nt"], "nt"))}


def test_bundled_data_mean_the_same_in_three_formats(bundled: Opened) -> None:
    quads = list(bundled.store.quads(""))
    assert len(quads) > 100_000
    assert len(meaning({form: graph_bytes(quads, form) for form in ("ttl", "jsonld", "nt")})) == 1


def test_datasets_hold_every_graph(small_release: Built, tmp_path: Path) -> None:
    found = {form: set(parse(shown(small_release.path, form, tmp_path), form)) for form in ("trig", "nq")}
    assert found["trig"] == found["nq"]
    graphs = {quad.graph for quad in found["nq"]}
    assert {"", ONTOLOGY} < graphs
    default = {quad for quad in found["nq"] if not quad.graph}
    assert default == set(parse(shown(small_release.path, "nt", tmp_path), "nt"))


def test_turtle_says_that_graphs_are_folded_and_is_laid_out(small_release: Built, tmp_path: Path) -> None:
    lines = shown(small_release.path, "ttl", tmp_path).decode().split("\n")
    assert lines[0] == f"# secgraph, release {small_release.path.name}"
    assert "folded" in lines[1]
    prefixes = [line for line in lines if line.startswith("@prefix")]
    assert prefixes == sorted(prefixes)
    subjects = [line.split(" ")[0] for before, line in pairwise(lines) if not before and line]
    assert len(subjects) == len(set(subjects)) > 50
    assert all(":" in subject and "\\" not in subject for subject in subjects)


@pytest.mark.parametrize("form", export.FORMATS)
def test_same_bytes_in_another_process(form: str, small_release: Built, tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from secgraph.export import export; "
        "export(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))"
    )
    name = "out.zip" if form in export.FOLDERS else f"out.{form}"
    export.export(small_release.path, form, tmp_path / name)
    environment = {**os.environ, "PYTHONHASHSEED": "77", "PYTHONPATH": "src", "TZ": "Asia/Tokyo", "LC_ALL": "C"}
    subprocess.run(
        [sys.executable, "-c", program, str(small_release.path), form, str(tmp_path / f"other-{name}")],
        env=environment, check=True, timeout=120,
    )  # fmt: skip
    assert (tmp_path / name).read_bytes() == (tmp_path / f"other-{name}").read_bytes()


def test_json_ld_names_things_by_the_bundled_context(small_release: Built, tmp_path: Path) -> None:
    document = json.loads(shown(small_release.path, "jsonld", tmp_path))
    bundled_context = json.loads((ontology_dir() / "context.jsonld").read_text(encoding="utf-8"))
    assert document["@context"] == bundled_context["@context"]
    nodes = document["@graph"]
    ids = [node["@id"] for node in nodes]
    assert len(ids) == len(set(ids))
    terms = {key for node in nodes for key in node}
    assert not {term for term in terms if ":" in term}, "each property in use has a term"


@pytest.mark.parametrize("kind", ["organisation", "initiative", "event", "programme"])
def test_an_entity_is_framed_with_what_is_about_it(kind: str, small_release: Built, tmp_path: Path) -> None:
    relations = Relations(small_release.path / "relations")
    found = [row for row in relations.table("things").dicts() if row["kind"] == kind]
    sizes = set()
    for row in found:
        document = json.loads(shown(small_release.path, "jsonld", tmp_path, entity=row["iri"]))
        assert document["@id"].endswith(f"{kind}/{row['id']}")
        assert document["label"] == row["label"]
        sizes.add(len(document))
        # A frame is a view of the graph: it says nothing that the graph does not.
        framed = set(parse(json.dumps(document).encode(), "jsonld"))
        assert framed <= set(parse(shown(small_release.path, "nt", tmp_path), "nt"))
    assert max(sizes) > 6


def test_a_frame_embeds_rows_and_names_others(small_release: Built, tmp_path: Path) -> None:
    relations = Relations(small_release.path / "relations")
    body = relations.table("memberships").dicts()[0]["body"]
    document = json.loads(shown(small_release.path, "jsonld", tmp_path, entity=body))
    member = document["memberships"][0]["member"]
    assert set(member) <= {"@id", "@type", "label", "shortName"}
    assert member["label"]


def test_what_has_no_frame_is_refused(small_release: Built, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="kinds with a frame: allocation, budget, claim, "):
        export.export(small_release.path, "jsonld", tmp_path / "x", entity="https://example.org/a")
    with pytest.raises(ConfigError, match="use jsonld"):
        export.export(small_release.path, "ttl", tmp_path / "x", entity=EVENT)
    assert list(tmp_path.iterdir()) == []


def test_no_context_is_fetched() -> None:
    remote = [{"@context": "https://example.org/context.jsonld", "@id": "urn:a"}]
    with pytest.raises(ConfigError, match="not bundled"):
        framing._pyld(lambda processor, options: processor.expand(remote, options))


def test_parquet_is_the_relations_as_they_are(small_release: Built, tmp_path: Path) -> None:
    export.export(small_release.path, "parquet", tmp_path / "out")
    for name in NAMES:
        written = tmp_path / "out" / f"{name}.parquet"
        assert written.read_bytes() == (small_release.path / "relations" / f"{name}.parquet").read_bytes()
    assert pq.read_table(tmp_path / "out" / "things.parquet").num_rows > 10


def test_csv_holds_every_row(small_release: Built, tmp_path: Path) -> None:
    export.export(small_release.path, "csv", tmp_path / "out.zip")
    relations = Relations(small_release.path / "relations")
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert archive.testzip() is None
        for name in NAMES:
            rows = list(csv.reader(io.StringIO(archive.read(f"{name}.csv").decode())))
            table = relations.table(name)
            assert tuple(rows[0]) == table.columns
            assert len(rows) == len(table) + 1


def test_a_workbook_holds_every_row_and_no_formula(small_release: Built, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(io.BytesIO(shown(small_release.path, "xlsx", tmp_path)))
    relations = Relations(small_release.path / "relations")
    assert book.sheetnames == list(NAMES)
    for name in NAMES:
        sheet = book[name]
        assert sheet.max_row == len(relations.table(name)) + 1
        assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


def test_a_workbook_keeps_texts_and_exact_numbers() -> None:
    table = Table(
        ("text", "number"),
        (
            ("=HYPERLINK(\"http://example.org\")", 12),
            ("+1", Literal("10.50", XSD + "decimal")),
            ("http://example.org", Literal("1234567890123456789", XSD + "decimal")),
            ("{=SUM(A1)}", 0.25),
            ("@x", True),
            (Iri("urn:a"), None),
            ("007", Literal("2018-05", XSD + "gYearMonth")),
        ),
    )  # fmt: skip
    data = export.workbook({"a name of a sheet that is far too long": table})
    assert data == export.workbook({"a name of a sheet that is far too long": table})
    sheet = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
    assert len(sheet.title) == 31
    texts = [cell.value for cell in sheet["A"]][1:]
    assert texts == ['=HYPERLINK("http://example.org")', "+1", "http://example.org", "{=SUM(A1)}", "@x", "urn:a", "007"]
    assert {cell.data_type for cell in sheet["A"]} == {"s"}
    assert not any(cell.hyperlink for cell in sheet["A"])
    numbers = [cell.value for cell in sheet["B"]][1:]
    assert numbers == [12, 10.5, "1234567890123456789", 0.25, "true", None, "2018-05"]


def test_what_a_sheet_cannot_hold_is_an_error() -> None:
    with pytest.raises(ConfigError, match="answer, row 2, a: 40,000 characters"):
        export.workbook({"answer": Table(("a",), (("x" * 40_000,),))})
    with pytest.raises(ConfigError, match="1,048,576 rows do not fit"):
        export.workbook({"answer": Table(("a",), ((1,),) * 1_048_576)})


@pytest.mark.parametrize(
    ("value", "fits"),
    [(Decimal("NaN"), False), (float("inf"), False), (10**15, False), (10**15 - 1, True), (False, False), ("1", False)],
)
def test_numbers_that_a_spreadsheet_keeps(value: object, fits: bool) -> None:
    assert export._fits(value) is fits


def test_wrong_requests_are_refused(small_release: Built, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no export format 'pdf' - one of ttl, jsonld"):
        export.export(small_release.path, "pdf", tmp_path / "x")
    with pytest.raises(ConfigError, match="is a folder of files"):
        export.export(small_release.path, "csv")
    with pytest.raises(ConfigError, match="triples are not written as csv"):
        graph_bytes([], "csv")
    with pytest.raises(StoreError, match="holds no release"):
        export.export(tmp_path, "ttl", tmp_path / "x")
    with pytest.raises(ConfigError, match="run `secgraph build`"):
        export.export(tmp_path, "parquet", tmp_path / "x")
    assert list(tmp_path.iterdir()) == []


def test_standard_output_gets_the_bytes(
    small_release: Built, capsysbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> None:
    export.export(small_release.path, "nt", Path("-"))
    assert capsysbinary.readouterr().out == shown(small_release.path, "nt", tmp_path)


def test_json_ld_that_cannot_be_written_is_an_error_of_ours() -> None:
    with pytest.raises(SecgraphError, match="JSON-LD cannot be written"):
        framing._pyld(lambda processor, options: processor.expand({"@id": 5}, options))
