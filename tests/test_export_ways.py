"""Exports read by other programs: RDF/XML, CSV on the Web, Parquet, the description of a release, frames by kind."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import warnings
from decimal import Decimal
from pathlib import Path
from typing import Any

import csvw
import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest
import rdflib
from lxml import etree
from rdflib.compare import to_isomorphic

from secgraph.cli import run
from secgraph.errors import ConfigError
from secgraph.export import framing, graph_bytes
from secgraph.export import release as export
from secgraph.export.describe import VOID
from secgraph.relations import NAMES
from secgraph.resources import ontology_dir
from secgraph.store import OxigraphStore
from secgraph.store.rdf import parse
from secgraph.values import Literal, Quad
from secgraph.vocab import DCAT, DCT, KINDS, PREFIXES, RDF, RDFS, SKOS, kind_of, sg, thing
from tests.conftest import Built, Opened, left_out

# RDF/XML


def test_rdf_xml_is_read_by_others_as_the_same_graph(small_release: Built, tmp_path: Path) -> None:
    store = str(small_release.location)
    assert run(["export", "--store", store, "-o", str(tmp_path / "out.rdf")]) == 0
    export.export(small_release.path, "nt", tmp_path / "out.nt")
    root = etree.parse(str(tmp_path / "out.rdf")).getroot()
    assert root.tag == f"{{{RDF}}}RDF"
    written = rdflib.Graph().parse(tmp_path / "out.rdf", format="xml")
    plain = rdflib.Graph().parse(tmp_path / "out.nt", format="nt")
    assert len(plain) > 500
    assert to_isomorphic(written) == to_isomorphic(plain)


def test_xml_keeps_what_other_readers_of_it_would_change() -> None:
    item = Literal('a\r\nb\tc <&>"\u202e')
    quads = [Quad("urn:x:a", RDFS + "label", item)]
    (found,) = rdflib.Graph().parse(graph_bytes(quads, "rdfxml"), format="xml").objects()
    assert str(found) == item.value
    assert list(parse(graph_bytes(quads, "rdfxml"), "rdfxml")) == quads


def test_what_xml_cannot_say_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"the character U\+0001 cannot stand in XML - use ttl"):
        graph_bytes([Quad("urn:x:a", RDFS + "label", Literal("a\x01b"))], "rdfxml")
    with pytest.raises(ConfigError, match="the property urn:x:1 has no name that XML takes"):
        graph_bytes([Quad("urn:x:a", "urn:x:1", "urn:x:b")], "rdfxml")


# CSV on the Web


def valid(folder: Path) -> csvw.TableGroup:
    """Return the tables that the package csvw found valid: their metadata, keys, cells and references."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        found = csvw.CSVW(folder / "csv-metadata.json", validate=True)
        assert found.is_valid, [str(warning.message) for warning in found.warnings]
        assert found.t.check_referential_integrity()
        assert all(table.check_primary_key() for table in found.tables)
    return found.t


def test_csvw_is_valid_and_types_each_cell(bundled: Opened, tmp_path: Path) -> None:
    export.export(bundled.path, "csvw", tmp_path / "out")
    group = valid(tmp_path / "out")
    assert [table.url.string for table in group.tables] == [f"{name}.csv" for name in NAMES]
    read = {table.url.string[:-4]: list(table.iterdicts(strict=True)) for table in group.tables}
    for name in NAMES:
        assert len(read[name]) == len(bundled.relations.table(name)), name
    money = bundled.relations.sql("SELECT sum(amount), count(*) FILTER (cumulative) FROM transactions").rows[0]
    amounts = [row["amount"] for row in read["transactions"] if row["amount"] is not None]
    assert all(isinstance(amount, Decimal) for amount in amounts)
    assert sum(amounts) == Decimal(str(getattr(money[0], "value", money[0])))
    assert sum(row["cumulative"] is True for row in read["transactions"]) == money[1]
    assert {len(row["sources"]) for row in read["memberships"]} > {1, 2}


def test_csvw_tells_keys_licence_and_source(small_release: Built, tmp_path: Path) -> None:
    export.export(small_release.path, "csvw", tmp_path / "out.zip")
    shutil.unpack_archive(tmp_path / "out.zip", tmp_path / "out")
    document = json.loads((tmp_path / "out" / "csv-metadata.json").read_text(encoding="utf-8"))
    assert document["dc:license"] == {"@id": "https://spdx.org/licenses/CC0-1.0"}
    assert document["dc:identifier"] == small_release.path.name
    assert small_release.path.name in document["dc:source"]["@id"]
    (members,) = [table for table in document["tables"] if table["url"] == "memberships.csv"]
    schema = members["tableSchema"]
    assert schema["primaryKey"] == ["iri"]
    targets = {key["columnReference"]: key["reference"]["resource"] for key in schema["foreignKeys"]}
    assert targets == {"body": "things.csv", "member": "things.csv"}
    columns = {column["name"]: column for column in schema["columns"]}
    assert columns["member"]["propertyUrl"] == PREFIXES["org"] + "member"
    assert columns["start_earliest"]["datatype"] == "date"
    assert columns["sources"]["separator"] == "|"


@pytest.mark.parametrize(
    ("table", "old", "new"),
    [
        ("memberships", "/id/initiative/", "/id/initiative/no-such-"),  # a body that is no thing
        ("things", "2", "x"),  # a number, date or address that is none
        ("events", "\n", "\nhttps://example.org/a,b\n"),  # a row with too few cells
    ],
)
def test_the_check_finds_what_is_wrong(table: str, old: str, new: str, small_release: Built, tmp_path: Path) -> None:
    export.export(small_release.path, "csvw", tmp_path / "out")
    valid(tmp_path / "out")
    path = tmp_path / "out" / f"{table}.csv"
    head, rest = path.read_text(encoding="utf-8").split("\n", 1)
    path.write_text(head + ("\n" + rest).replace(old, new), encoding="utf-8")
    with pytest.raises((AssertionError, ValueError, UserWarning)):
        valid(tmp_path / "out")


# Parquet


def test_parquet_is_opened_by_pandas_and_duckdb(bundled: Opened, tmp_path: Path) -> None:
    export.export(bundled.path, "parquet", tmp_path / "out")
    for name in NAMES:
        path = tmp_path / "out" / f"{name}.parquet"
        schema = pq.read_schema(path)
        rows = pq.read_metadata(path).num_rows
        frame = pd.read_parquet(path, dtype_backend="pyarrow")
        assert len(frame) == rows == len(bundled.relations.table(name)), name
        assert {column: kind.pyarrow_dtype for column, kind in frame.dtypes.items()} == dict(
            zip(schema.names, schema.types, strict=True)
        )
        with duckdb.connect(":memory:") as connection:
            assert connection.execute("SELECT count(*) FROM read_parquet(?)", [str(path)]).fetchone() == (rows,)
            told = connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(path)]).fetchall()
        assert [(column, kind) for column, kind, *_ in told] == [
            (column, DUCKDB[str(kind)]) for column, kind in zip(schema.names, schema.types, strict=True)
        ]


DUCKDB = {
    "string": "VARCHAR", "date32[day]": "DATE", "decimal128(38, 12)": "DECIMAL(38,12)", "int64": "BIGINT",
    "bool": "BOOLEAN",
}  # fmt: skip


def test_parquet_is_opened_by_arrow_of_r(bundled: Opened, tmp_path: Path) -> None:
    known = shutil.which("Rscript")
    if not known or subprocess.run([known, "-e", "library(arrow)"], capture_output=True, check=False).returncode:
        left_out(len(NAMES), "R with the package arrow is not here")
        return
    export.export(bundled.path, "parquet", tmp_path / "out")
    for name in NAMES:
        path = tmp_path / "out" / f"{name}.parquet"
        program = "d <- arrow::read_parquet(commandArgs(TRUE)[1], as_data_frame = FALSE); cat(d$num_rows, names(d))"
        told = subprocess.run([known, "-e", program, str(path)], capture_output=True, text=True, check=True)
        assert told.stdout.split() == [str(pq.read_metadata(path).num_rows), *pq.read_schema(path).names]


# VoID and DCAT


@pytest.fixture(scope="module")
def described(bundled: Opened, tmp_path_factory: pytest.TempPathFactory) -> OxigraphStore:
    path = tmp_path_factory.mktemp("void") / "void.ttl"
    export.export(bundled.path, "void", path)
    quads = list(parse(path.read_bytes(), "ttl"))
    assert not [quad for quad in quads if re.search(r"/terms/(issued|modified|created)$", quad.predicate)]
    return OxigraphStore.in_memory(quads)


def pairs(store: OxigraphStore, query: str) -> dict[str, int]:
    return {str(name): int(count.value) for name, count in store.select(query).rows}  # type: ignore[union-attr]


TOLD = "PREFIX void: <http://rdfs.org/ns/void#> PREFIX sd: <http://www.w3.org/ns/sparql-service-description#> "


@pytest.mark.parametrize(
    ("told", "counted"),
    [
        (
            "?d void:classPartition ?part . ?part void:class ?name ; void:entities ?n",
            "SELECT ?c (COUNT(DISTINCT ?s) AS ?n) WHERE { ?s a ?c } GROUP BY ?c",
        ),
        (
            "?d void:propertyPartition ?part . ?part void:property ?name ; void:triples ?n",
            "SELECT ?p (COUNT(*) AS ?n) WHERE { ?s ?p ?o } GROUP BY ?p",
        ),
        (
            "?d void:subset ?part . ?part sd:name ?name ; void:triples ?n",
            "SELECT ?g (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g",
        ),
    ],
)
def test_partitions_are_what_sparql_counts(told: str, counted: str, described: OxigraphStore, bundled: Opened) -> None:
    expected = pairs(bundled.store, counted)
    assert len(expected) > 40
    assert pairs(described, f"{TOLD} SELECT ?name ?n WHERE {{ {told} }}") == expected


@pytest.mark.parametrize(
    ("figure", "count"),
    [
        ("triples", "COUNT(*)"),
        ("distinctSubjects", "COUNT(DISTINCT ?s)"),
        ("distinctObjects", "COUNT(DISTINCT ?o)"),
        ("properties", "COUNT(DISTINCT ?p)"),
    ],
)
def test_figures_are_what_sparql_counts(figure: str, count: str, described: OxigraphStore, bundled: Opened) -> None:
    (told,) = described.select(f"{TOLD} SELECT ?n WHERE {{ ?d void:uriSpace ?u ; void:{figure} ?n }}").rows
    assert told == bundled.store.select(f"SELECT ({count} AS ?n) WHERE {{ ?s ?p ?o }}").rows[0]


def test_the_description_names_licence_publisher_digest_and_every_way(
    described: OxigraphStore, bundled: Opened
) -> None:
    quads = set(described.quads(""))
    (release,) = {quad.subject for quad in quads if quad.object == DCAT + "Dataset"}
    said: dict[str, list[Any]] = {}
    for quad in quads:
        if quad.subject == release:
            said.setdefault(quad.predicate, []).append(quad.object)
    assert said[DCT + "identifier"] == [Literal(bundled.path.name)]
    assert said[DCT + "license"] == ["https://spdx.org/licenses/CC-BY-4.0"]
    assert len(said[DCAT + "distribution"]) == len(export.FORMATS) - 1
    assert {quad.object for quad in quads if quad.subject == said[DCT + "publisher"][0]} >= {
        Literal("secgraph contributors")
    }
    ways = [quad for quad in quads if quad.predicate == DCAT + "mediaType"]
    assert len({quad.subject for quad in ways}) == len(ways) == len(export.FORMATS) - 1
    assert not [quad for quad in quads if quad.subject.startswith("_:")]
    assert {quad.object for quad in quads if quad.predicate == VOID + "vocabulary"} >= {PREFIXES["sg"], PREFIXES["org"]}


def test_a_licence_without_an_address_is_told_as_a_right() -> None:
    from secgraph.export.csvw import metadata
    from secgraph.export.describe import description

    dataset = {"title": "t", "description": "d", "publisher": "p", "licence": "ask the authors", "region": ""}
    quads = parse(description([], dataset, "0" * 64, ["ttl"]), "ttl")
    assert {quad.object for quad in quads if quad.predicate == DCT + "rights"} == {Literal("ask the authors")}
    assert json.loads(metadata(dataset, "0" * 64))["dc:rights"] == "ask the authors"


# Frames


def frame_of(kind: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((ontology_dir() / "frames" / f"{kind}.jsonld").read_text(encoding="utf-8"))
    return document


def test_every_kind_has_a_frame() -> None:
    assert {path.stem for path in (ontology_dir() / "frames").glob("*.jsonld")} == KINDS


LABELS = {RDFS + "label", sg("shortName"), SKOS + "prefLabel", RDF + "type"}


def check_frame(quads: list[Quad], entity: str) -> int:
    """Check that the framed document of a thing says what the graph says of it and the rows about it, and no more."""
    context = json.loads((ontology_dir() / "context.jsonld").read_text(encoding="utf-8"))["@context"]
    about = set()
    for term, wanted in frame_of(kind_of(entity)).items():
        if not term.startswith("@") and wanted["@embed"] == "@always":
            prefix, name = context[term]["@reverse"].split(":")
            about.add(PREFIXES[prefix] + name)
    rows = {entity} | {quad.subject for quad in quads if quad.predicate in about and quad.object == entity}
    document = framing.framed(quads, entity)
    found = set(parse(document, "jsonld"))
    assert len(found) == len(set(found) & set(quads))
    assert {quad for quad in found if quad.subject in rows} == {quad for quad in quads if quad.subject in rows}
    assert all(quad.predicate in LABELS or quad.object == entity for quad in found if quad.subject not in rows), (
        "of others only how they are called"
    )
    assert framing.framed(list(reversed(quads)), entity) == document
    return len(rows)


def test_a_real_thing_of_each_kind_comes_back_from_its_frame(bundled: Opened) -> None:
    quads = list(bundled.store.quads(""))
    known: dict[str, list[str]] = {}
    for subject in sorted({quad.subject for quad in quads if quad.predicate == RDF + "type"}):
        if kind_of(subject) in KINDS:
            known.setdefault(kind_of(subject), []).append(subject)
    assert len(known) >= 23
    for things in known.values():
        assert check_frame(quads, things[len(things) // 2]) >= 1
    assert check_frame(quads, thing("organisation", "rcc")) > 50
    assert check_frame(quads, thing("initiative", "pcc-see")) > 12


def test_kinds_that_only_other_inputs_bring_are_framed() -> None:
    programme, part = thing("programme", "made-up"), thing("allocation", "made-up")
    quads = [
        Quad(programme, RDF + "type", sg("Programme")),
        Quad(programme, RDFS + "label", Literal("Made-up programme")),
        Quad(part, RDF + "type", sg("Allocation")),
        Quad(part, sg("allocationOf"), programme),
        Quad(thing("location", "made-up"), sg("locationOf"), programme),
        Quad(thing("rate", "made-up"), sg("perEuro"), Literal("1.5", PREFIXES["xsd"] + "decimal")),
        Quad(thing("figure", "made-up"), sg("figureYear"), Literal("2020", PREFIXES["xsd"] + "gYear")),
        Quad(thing("deflator", "made-up"), sg("deflatorYear"), Literal("2020", PREFIXES["xsd"] + "gYear")),
    ]
    assert check_frame(quads, programme) == 3
    for kind in ("allocation", "location", "rate", "figure", "deflator"):
        assert check_frame(quads, thing(kind, "made-up")) == 1
