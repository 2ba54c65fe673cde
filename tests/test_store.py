"""The conformance suite of stores: each test runs on every store that `STORES` makes.

A second store is one more entry: a function that returns an empty WriteStore for a test's folder.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secgraph.errors import ConfigError, LimitError, QueryError, QueryTimeoutError, SourceError, StoreError
from secgraph.protocols import ReadStore, WriteStore
from secgraph.store import OxigraphStore, create, open_release, open_store
from secgraph.store.embedded import RELEASE_FORMAT, UserLimits, ask_user_query
from secgraph.store.rdf import RDF_FORMATS, canonical_hash, name_blank_nodes, parse, serialise_quads
from secgraph.values import XSD, Iri, Literal, Quad, Table, lang, nquad
from secgraph.vocab import sg
from secgraph.worker import Limits

STORES: dict[str, Callable[[Path], WriteStore]] = {
    "memory": lambda _folder: OxigraphStore.in_memory(),
    "disk": lambda folder: create(folder / "store"),
}

G = "https://example.org/graph/"
A, B, P, Q = (f"https://example.org/{name}" for name in ("a", "b", "p", "q"))
HARD = 'say "no"\\\n\t\r é 漢 <b> .'
QUADS = [
    Quad(A, P, B),
    Quad(A, P, B, G + "1"),
    Quad(A, P, B, G + "2"),
    Quad(A, Q, Literal(HARD)),
    Quad(A, Q, lang("Bosna", "hr-Latn")),
    Quad(A, Q, Literal("12", XSD + "integer")),
    Quad(A, Q, Literal("1.5", XSD + "decimal")),
    Quad(A, Q, Literal("true", XSD + "boolean")),
    Quad(B, Q, Literal("2018-05", XSD + "gYearMonth")),
    Quad(B, Q, Literal("2018-05-01", XSD + "date"), G + "1"),
]


@pytest.fixture(params=sorted(STORES))
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[WriteStore]:
    store = STORES[request.param](tmp_path)
    yield store
    store.close()


@pytest.fixture
def store(empty: WriteStore) -> WriteStore:
    empty.load(QUADS)
    return empty


def test_every_kind_of_store_is_tried() -> None:
    assert len(STORES) >= 2


def test_keeps_the_protocols(store: WriteStore) -> None:
    assert isinstance(store, WriteStore)
    assert isinstance(store, ReadStore)


def test_terms_come_back_as_they_went_in(store: WriteStore) -> None:
    assert sorted(store.quads(), key=nquad) == sorted(QUADS, key=nquad)
    assert store.count() == len(QUADS)


def test_graphs_are_apart_and_the_default_graph_is_no_union(store: WriteStore) -> None:
    assert store.count("") == 7
    assert store.count(G + "1") == 2
    assert set(store.quads(G + "2")) == {Quad(A, P, B, G + "2")}
    # Three graphs state the triple; a sum over the default graph must see it once.
    counted = store.select(f"SELECT (COUNT(*) AS ?n) WHERE {{ <{A}> <{P}> <{B}> }}")
    assert counted.column("n") == [1]
    assert store.select(f"SELECT ?g WHERE {{ GRAPH ?g {{ <{A}> <{P}> <{B}> }} }} ORDER BY ?g").column("g") == [
        G + "1",
        G + "2",
    ]


def test_select_types_its_cells(store: WriteStore) -> None:
    found = store.select(f"SELECT ?s ?o ?none WHERE {{ ?s <{Q}> ?o OPTIONAL {{ ?o <{P}> ?none }} }}")
    assert found.columns == ("s", "o", "none")
    assert {row[1] for row in found} == {quad.object for quad in QUADS if quad.predicate == Q and not quad.graph}
    assert all(isinstance(row[0], Iri) and row[2] is None for row in found)


def test_select_of_nothing_and_of_no_columns(store: WriteStore) -> None:
    assert store.select("SELECT ?x WHERE { ?x <urn:none> ?y }") == Table(("x",), ())
    assert len(store.select(f"SELECT * WHERE {{ <{A}> <{P}> <{B}> }}")) == 1


def test_ask(store: WriteStore) -> None:
    assert store.ask(f"ASK {{ <{A}> <{P}> ?x }}")
    assert not store.ask(f"ASK {{ <{B}> <{P}> ?x }}")


def test_construct_is_distinct_and_sorted(store: WriteStore) -> None:
    made = store.construct("CONSTRUCT { ?s ?p ?o } WHERE { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }")
    assert made == sorted(set(made), key=nquad)
    assert set(made) == {quad._replace(graph="") for quad in QUADS}


@pytest.mark.parametrize(
    ("query", "line", "column"),
    [
        ("SELECT ?s WHERE {\n ?s ?p }", 2, 8),
        ("", 1, 1),
        (f"INSERT DATA {{ <{A}> <{P}> <{B}> }}", 1, 10),
        ("DROP ALL", 1, 9),
        ("SELECT (SUM(?o) AS ?n) ?s WHERE { ?s ?p ?o }", 1, 45),
    ],
)
def test_a_malformed_query_names_its_place_and_changes_nothing(
    store: WriteStore, query: str, line: int, column: int
) -> None:
    with pytest.raises(QueryError) as caught:
        store.select(query)
    assert caught.value.line == line
    assert abs(caught.value.column - column) <= 2
    assert len(str(caught.value)) < 400
    assert store.count() == len(QUADS)


def test_the_kind_of_a_query_must_fit(store: WriteStore) -> None:
    for call, query in (
        (store.select, "ASK {}"),
        (store.select, "CONSTRUCT WHERE { ?s ?p ?o }"),
        (store.ask, "SELECT * {}"),
        (store.construct, "ASK {}"),
    ):
        with pytest.raises(QueryError):
            call(query)


def test_replacing_a_graph_touches_no_other(store: WriteStore) -> None:
    store.replace_graph(G + "1", [Quad(B, P, A, "ignored:graph")])
    assert list(store.quads(G + "1")) == [Quad(B, P, A, G + "1")]
    assert store.count(G + "2") == 1
    store.replace_graph(G + "1", [])
    assert store.count(G + "1") == 0
    assert store.count("") == 7


def test_a_load_that_fails_loads_nothing(store: WriteStore, tmp_path: Path) -> None:
    bad = tmp_path / "bad.nq"
    bad.write_text("".join(f"<urn:{n}> <urn:p> <urn:o> .\n" for n in range(50)) + "<urn:x> <urn:p> .\n")
    with pytest.raises(SourceError, match="line 51"):
        store.load_file(bad)
    with pytest.raises(SourceError):
        store.load([Quad(B, P, A), Quad("not an iri", P, A)])
    assert store.count() == len(QUADS)


def test_a_closed_store_answers_no_more(store: WriteStore) -> None:
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.ask("ASK {}")


def _use(store: ReadStore, answers: multiprocessing.Queue[str]) -> None:
    try:
        store.ask("ASK {}")
    except StoreError as exc:
        answers.put(exc.message)


# A test runner with threads (xdist) makes Python warn of the fork, which is what is tried here.
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_store_that_went_through_a_fork_refuses(store: WriteStore) -> None:
    context = multiprocessing.get_context("fork")
    answers: multiprocessing.Queue[str] = context.Queue()
    child = context.Process(target=_use, args=(store, answers))
    child.start()
    assert f"opened in process {os.getpid()}" in answers.get(timeout=10)
    child.join(10)
    assert store.ask("ASK {}")


# --- the embedded store's own


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("release")
    store = create(folder / "store")
    numbers = [Quad(f"urn:n:{n}", "urn:value", Literal(str(n), XSD + "integer")) for n in range(2000)]
    store.load([*QUADS, *numbers])
    store.flush()
    store.close()
    (folder / "manifest.json").write_text(json.dumps({"format": RELEASE_FORMAT}))
    return folder


def test_results_serialised_by_the_store(release: Path) -> None:
    store = open_release(release)
    query = f"SELECT ?o WHERE {{ <{A}> <{P}> ?o }}"
    assert store.serialise(query, "csv") == f"o\r\n{B}\r\n".encode()
    assert store.serialise(query, "tsv") == f"?o\n<{B}>\n".encode()
    assert b'"type":"uri"' in store.serialise(query, "json")
    assert b"true" in store.serialise("ASK {}", "json")
    with pytest.raises(QueryError, match="csv"):
        store.serialise(query, "docx")


def test_a_release_is_read_only_and_shared(release: Path) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in (release / "store").iterdir()}
    one, two = open_release(release), open_store(release)
    script = (
        "import sys; from pathlib import Path; from secgraph.store import open_release;"
        "print(open_release(Path(sys.argv[1])).count())"
    )
    found = subprocess.run(
        [sys.executable, "-c", script, str(release)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        check=True,
        text=True,
    )
    assert int(found.stdout) == one.count() == two.count() == len(QUADS) + 2000
    with pytest.raises(StoreError):
        one.load([Quad(B, P, A)])
    assert {path.name: path.stat().st_mtime_ns for path in (release / "store").iterdir()} == before


def test_a_missing_store_tells_what_to_do(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(StoreError, match="secgraph build"):
            open_store(folder)
    (tmp_path / "current").symlink_to("releases/gone")
    with pytest.raises(StoreError, match="secgraph build"):
        open_store(tmp_path)
    with pytest.raises(ConfigError):
        open_store("https://example.org/sparql")


def test_a_damaged_store_is_an_error(tmp_path: Path) -> None:
    store = create(tmp_path / "store")
    store.load(QUADS)
    store.flush()
    store.close()
    (tmp_path / "manifest.json").write_text(json.dumps({"format": RELEASE_FORMAT}))
    for path in (tmp_path / "store").glob("*.sst"):
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(StoreError, match="secgraph build"):
        list(open_release(tmp_path).quads())


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        (json.dumps({"format": RELEASE_FORMAT + 1}), "newer format"),
        (json.dumps({"format": RELEASE_FORMAT - 1}), "older format"),
        ("{}", "damaged"),
        ("not JSON", "damaged"),
        (None, "no release"),
    ],
)
def test_another_format_is_refused(tmp_path: Path, manifest: str | None, said: str) -> None:
    create(tmp_path / "store").close()
    if manifest is not None:
        (tmp_path / "manifest.json").write_text(manifest)
    with pytest.raises(StoreError, match=said):
        open_store(tmp_path)


@pytest.mark.parametrize("format_", sorted(RDF_FORMATS))
def test_quads_round_trip_in_every_format(format_: str) -> None:
    # RDF/XML and Turtle carry no graphs; a carriage return does not survive XML.
    quads = {quad for quad in QUADS if not quad.graph and quad.object != Literal(HARD)}
    written = serialise_quads(quads, format_, {"ex": "https://example.org/"})
    assert written == serialise_quads(sorted(quads, key=nquad, reverse=True), format_, {"ex": "https://example.org/"})
    assert set(parse(written, format_)) == quads
    if format_ in ("nq", "trig", "jsonld"):
        assert set(parse(serialise_quads(QUADS, format_), format_)) == set(QUADS)
    elif format_ != "rdfxml":
        assert set(parse(serialise_quads(QUADS, format_), format_)) == {quad._replace(graph="") for quad in QUADS}


def test_the_digest_of_sorted_lines_is_that_of_rdfc(release: Path) -> None:
    lines = sorted(map(nquad, open_release(release).quads()))
    assert hashlib.sha256("".join(lines).encode()).hexdigest() == canonical_hash(open_release(release).quads())


def test_blank_nodes_get_names_that_do_not_hang_on_their_labels() -> None:
    one = list(parse(b"[] <urn:p> [ <urn:q> 1 ] , [ <urn:q> 2 ] .", "ttl"))
    two = list(parse(b"_:z <urn:p> _:y , _:x . _:x <urn:q> 1 . _:y <urn:q> 2 .", "ttl"))
    assert any(quad.subject.startswith("_:") for quad in one)
    assert canonical_hash(one) == canonical_hash(two)
    assert name_blank_nodes(one) == name_blank_nodes(two)
    assert all(
        quad.subject.startswith("https://w3id.org/secgraph/.well-known/genid/") for quad in name_blank_nodes(one)
    )
    assert serialise_quads(one, "nq").count(b"_:") == 6


@pytest.mark.parametrize(
    ("data", "format_", "said"),
    [
        (b"<urn:a> <urn:p> .\n", "ttl", "line 1, column 17"),
        (b"\n\n<urn a> <urn:b> <urn:c> .", "nt", "line 3"),
        (b"<a> <b> <c> .", "nt", "line 1"),
        (b'<urn:a> <urn:b> "x"@en_GB .', "nt", "line 1"),
        (b'<!DOCTYPE r [<!ENTITY a "b">]><rdf:RDF/>', "rdfxml", "document type or entity"),
        (b'{"@context": "https://example.org/c.jsonld", "@id": "urn:a"}', "jsonld", "data"),
    ],
)
def test_malformed_rdf_names_its_place(data: bytes, format_: str, said: str) -> None:
    with pytest.raises(SourceError, match=said):
        list(parse(data, format_))


@given(
    st.lists(
        st.one_of(
            st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\t\n\r")).map(Literal),
            st.tuples(st.text(max_size=3), st.sampled_from(["en", "hr-latn"])).map(lambda pair: lang(*pair)),
            st.integers().map(lambda number: Literal(str(number), XSD + "integer")),
            st.decimals(allow_nan=False, allow_infinity=False, places=3).map(
                lambda number: Literal(f"{number + 0:f}".rstrip("0").rstrip("."), XSD + "decimal")
            ),
            st.sampled_from([A, B, Literal("2018-05", XSD + "gYearMonth"), Literal("1", "urn:a-type")]),
        ),
        max_size=5,
    )
)
@settings(max_examples=60, deadline=None)
def test_whatever_is_loaded_comes_back(objects: list[str | Literal]) -> None:
    quads = {Quad(A, P, item, graph) for item in objects for graph in ("", G + "1")}
    made = OxigraphStore.in_memory(quads)
    assert set(made.quads()) == quads
    asked = made.select(f"SELECT ?o WHERE {{ <{A}> <{P}> ?o }}")
    assert {row[0] for row in asked} == {quad.object for quad in quads}
    assert {quad.object for quad in made.construct(f"CONSTRUCT {{ <{A}> <{P}> ?o }} WHERE {{ <{A}> <{P}> ?o }}")} == {
        quad.object for quad in quads
    }
    assert set(parse(serialise_quads(quads, "trig"), "trig")) == quads


# --- queries that users write


def test_a_users_query_gives_what_the_store_gives(release: Path) -> None:
    store = open_release(release)
    select = f"SELECT ?s ?o WHERE {{ ?s <{Q}> ?o }} ORDER BY ?s ?o"
    assert ask_user_query(release, select) == store.select(select)
    assert ask_user_query(release, f"ASK {{ <{A}> ?p ?o }}") is True
    assert ask_user_query(release, "ASK { <urn:none> ?p ?o }") is False
    construct = f"CONSTRUCT {{ ?o <urn:of> ?s }} WHERE {{ ?s <{P}> ?o }}"
    assert ask_user_query(release, construct) == store.construct(construct)


def test_our_prefixes_are_known_to_a_users_query(release: Path) -> None:
    found = ask_user_query(release, "SELECT (sg:Membership AS ?x) (xsd:date AS ?y) {}")
    assert isinstance(found, Table)
    assert found.column("x") == [sg("Membership")]
    with pytest.raises(QueryError, match="malformed"):
        ask_user_query(release, "SELECT (sgg:Membership AS ?x) {}")


SMALL = Limits(seconds=1.5, memory=700_000_000)
HOSTILE = {
    "late": (
        "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
        UserLimits(process=Limits(seconds=1.0)),
        QueryTimeoutError,
    ),
    "planner": ("SELECT * { " + "( " * 300 + ") " * 300 + "<urn:p> 1 }", UserLimits(process=SMALL), QueryError),
    "memory": (
        "SELECT ?a ?d { ?a ?b ?c . ?d ?e ?f . ?x ?y ?z } ORDER BY ?a ?d ?z",
        UserLimits(process=Limits(seconds=20.0, memory=500_000_000)),
        LimitError,
    ),
    "text": ("SELECT * { ?s ?p ?o } #" + "x" * 64_000, UserLimits(), LimitError),
    "rows": ("SELECT * { ?s ?p ?o }", UserLimits(rows=100), LimitError),
    "rows of triples": ("CONSTRUCT WHERE { ?s ?p ?o }", UserLimits(rows=100), LimitError),
    "bytes": ("SELECT * { ?s ?p ?o }", UserLimits(process=Limits(result=10_000)), LimitError),
    "syntax": ("SELECT ?s {", UserLimits(), QueryError),
    "empty": ("", UserLimits(), QueryError),
    "NUL": ("SELECT ?s \0 {}", UserLimits(), QueryError),
    "update": ("DELETE WHERE { ?s ?p ?o }", UserLimits(), QueryError),
    "socket": ("SELECT * { SERVICE <http://127.0.0.1:9999/> { ?s ?p ?o } }", UserLimits(), QueryError),
}


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_a_hostile_query_ends_in_one_clear_error(release: Path, name: str) -> None:
    query, limits, error = HOSTILE[name]
    with pytest.raises(error) as caught:
        ask_user_query(release, query, limits)
    assert 10 < len(str(caught.value)) < 400
    assert "Traceback" not in str(caught.value)


@pytest.mark.parametrize("nest", ["FILTER EXISTS { ", "{ ", "OPTIONAL { "])
def test_deep_nesting_is_answered_or_refused(release: Path, nest: str) -> None:
    # On a stack of 8 MB a few thousand of these end the process that reads them.
    depth = 60_000 // len(nest + "}")
    query = "SELECT * { " + nest * depth + "}" * depth + " }"
    with contextlib.suppress(QueryError):
        ask_user_query(release, query, UserLimits(process=SMALL))


def test_exactly_at_the_cap_is_whole(release: Path) -> None:
    query = "SELECT ?s { ?s <urn:value> ?o }"
    assert len(ask_user_query(release, query, UserLimits(rows=2000))) == 2000  # type: ignore[arg-type]
    with pytest.raises(LimitError, match="1,999 rows"):
        ask_user_query(release, query, UserLimits(rows=1999))
