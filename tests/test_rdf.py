"""Files of RDF that strangers wrote: what is wrong is named by line, and what is right becomes the graph it was."""

from __future__ import annotations

import csv
import json
import random
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import secgraph
from secgraph import cli, mapping
from secgraph.errors import SourceError, ValidationError
from secgraph.export import export
from secgraph.inference import derive
from secgraph.mapping.rdf import take
from secgraph.relations import write_relations
from secgraph.releases import build
from secgraph.releases.kept import current
from secgraph.resources import ontology_dir
from secgraph.sources.tables import read_tables
from secgraph.store import OxigraphStore, strangers
from secgraph.store.rdf import parse, serialise_quads
from secgraph.store.strangers import CONTEXT, ENDINGS, read_rdf
from secgraph.validation import check, validate_tables
from secgraph.values import ERROR, XSD, Literal, Quad, nquad
from secgraph.vocab import DCT, INFERRED, NS, ONTOLOGY, PREFIXES, RDF, RDFS, SOURCES, code, sg, thing
from secgraph.worker import Limits
from tests.conftest import ROOT, Built
from tests.test_bad import BAD, SMALL, one_process

FILES = BAD / "rdf"
CASES = 70
__all__ = ["one_process"]


def expected() -> dict[str, list[tuple[str, ...]]]:
    """Return the findings that each file expects: rule, severity, line, column or property, value."""
    with (FILES / "expected.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, strict=True))
    assert rows[0] == ["file", "rule", "severity", "row", "column", "value"]
    found: dict[str, list[tuple[str, ...]]] = {}
    for name, *row in rows[1:]:
        found.setdefault(name, []).extend([tuple(row)] if row[0] else [])
    return found


EXPECTED = expected()


def test_each_file_is_a_case() -> None:
    names = {path.name for path in FILES.iterdir()} - {"expected.csv", "README.md"}
    assert names == set(EXPECTED)
    assert len(names) == CASES
    assert {Path(name).suffix for name in names} == set(ENDINGS) - {".xml"}


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_file_gets_its_findings_and_no_others(name: str, one_process: None) -> None:
    report = check(FILES / name, ontology_dir(), infer=derive)
    found = [
        (one.rule, one.severity, str(one.row or ""), one.column, one.value.encode("unicode_escape").decode())
        if "\x07" in one.value
        else (one.rule, one.severity, str(one.row or ""), one.column, one.value)
        for one in report.findings
    ]
    assert sorted(found) == sorted(EXPECTED[name])
    assert all(one.message and one.file in (name, "") for one in report.findings)


def only(path: Path) -> tuple[str, str, int, str]:
    """Return the one finding of a file: rule, severity, line, and what it says."""
    (finding,) = check(path, ontology_dir()).findings
    return finding.rule, finding.severity, finding.row, finding.message


# What no file in git can hold for its size


def test_a_fault_in_the_last_line_of_a_million_is_found_there(tmp_path: Path) -> None:
    path = tmp_path / "long.nq"
    with path.open("w", encoding="utf-8") as file:
        for number in range(999_999):
            file.write(f'<urn:a{number}> <urn:b> "x" .\n')
        file.write('<urn:a> <urn:b> "x\n')
    rule, severity, line, _ = only(path)
    assert (rule, severity, line) == ("rdf-syntax", ERROR, 1_000_000)


NESTED: dict[str, Callable[[], str]] = {
    "nodes.jsonld": lambda: '{"@id":"urn:a","urn:b":' * 10_000 + '"x"' + "}" * 10_000,
    "lists.jsonld": lambda: '{"@id":"urn:a","urn:b":' + "[" * 10_000 + "]" * 10_000 + "}",
    "contexts.jsonld": lambda: '{"@context":' * 10_000 + "{}" + "}" * 10_000,
}


@pytest.mark.parametrize("name", NESTED)
def test_deep_nesting_is_refused_and_nobody_dies(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(NESTED[name](), encoding="utf-8")
    rule, severity, _, message = only(path)
    assert (rule, severity) == ("rdf-limit", ERROR)
    assert "nesting" in message


@pytest.mark.parametrize("depth", [100, 50_000])
def test_nested_triple_terms_are_refused_at_any_depth(depth: int, tmp_path: Path) -> None:
    path = tmp_path / "terms.ttl"
    text = "<urn:a> <urn:b> " + "<<( <urn:a> <urn:b> " * depth + "<urn:c>" + " )>>" * depth + " ."
    path.write_text(text, encoding="utf-8")
    rule, severity, _, _ = only(path)
    assert severity == ERROR
    assert rule == "rdf-version" if depth == 100 else rule in ("rdf-version", "rdf-limit")


@pytest.mark.parametrize("ending", [".ttl", ".rdf"])
def test_deep_nesting_that_does_no_harm_is_read(ending: str, tmp_path: Path) -> None:
    depth = 200
    path = tmp_path / f"deep{ending}"
    if ending == ".ttl":
        path.write_text("<urn:a> <urn:b> " + "[ <urn:b> " * depth + '"x"' + " ]" * depth + " .", encoding="utf-8")
    else:
        head = f'<rdf:RDF xmlns:rdf="{RDF}" xmlns:e="urn:e:">'
        body = "<rdf:Description><e:p>" * depth + "<rdf:Description/>" + "</e:p></rdf:Description>" * depth
        path.write_text(f"{head}{body}</rdf:RDF>", encoding="utf-8")
    read = read_rdf(path)
    assert read.faults == []
    assert len(read.quads) >= depth
    assert not any(quad.subject.startswith("_:") for quad in read.quads)


def clique(size: int) -> str:
    """Return blank nodes that all know each other: no name of one tells it from the others."""
    names = [f"_:n{number}" for number in range(size)]
    return "".join(f"{one} <urn:knows> {other} .\n" for one in names for other in names if one != other)


def test_blank_nodes_that_nobody_can_tell_apart_are_stopped(tmp_path: Path) -> None:
    path = tmp_path / "clique.nt"
    path.write_text(clique(12), encoding="utf-8")
    read = read_rdf(path, naming=Limits(seconds=3.0, memory=2_000_000_000))
    assert read.quads == []
    (fault,) = read.faults
    assert (fault.rule, fault.line) == ("rdf-limit", 0)
    # Which of the two limits is met first is a matter of the machine.
    assert fault.message.endswith(("3 seconds", "of memory")), fault.message
    path.write_text(clique(3), encoding="utf-8")
    assert len(read_rdf(path).quads) == 6


def test_a_reader_that_dies_of_memory_is_an_error_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "long.nt"
    path.write_text('<urn:a> <urn:b> "x" .\n' + f'<urn:a> <urn:b> "{"x" * 200_000_000}" .\n', encoding="utf-8")
    (fault,) = read_rdf(path, reading=Limits(seconds=60.0, memory=500_000_000)).faults
    assert fault.rule == "rdf-limit"


def test_a_file_that_is_not_there_is_said_to_be(tmp_path: Path) -> None:
    assert only(tmp_path / "nowhere.ttl")[0] == "rdf-unreadable"
    with pytest.raises(SourceError, match="neither a folder nor"):
        check(FILES / "README.md", ontology_dir())


def test_nothing_is_fetched(tmp_path: Path) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        server.settimeout(0.2)
        port = server.getsockname()[1]
        (tmp_path / "a.jsonld").write_text(json.dumps({"@context": f"http://127.0.0.1:{port}/c", "@id": "urn:a"}))
        owl = f"<urn:o> a <{PREFIXES['owl']}Ontology> ; <{PREFIXES['owl']}imports> <http://127.0.0.1:{port}/o> ."
        (tmp_path / "b.ttl").write_text(owl)
        dtd = f'<!DOCTYPE r SYSTEM "http://127.0.0.1:{port}/d"><rdf:RDF xmlns:rdf="{RDF}"/>'
        (tmp_path / "c.rdf").write_text(dtd)
        for name in ("a.jsonld", "b.ttl", "c.rdf"):
            assert check(tmp_path / name, ontology_dir()).count(ERROR) == 1
        with pytest.raises(TimeoutError):
            server.accept()


def test_no_more_than_a_thousand_faults_of_a_file_are_told(tmp_path: Path) -> None:
    path = tmp_path / "many.jsonld"
    path.write_text(json.dumps([{"@id": f"some-body-{number}", "urn:b": "x"} for number in range(1_200)]))
    assert len(read_rdf(path).faults) == strangers.MOST == 1_000


# One text in each format


STATED = [
    Quad("urn:a", "urn:b", Literal('two lines\nand "quotes" of Šibenik')),
    Quad("urn:a", "urn:b", Literal("текст", f"{RDF}langString", "mk")),
    Quad("urn:a", "urn:b", Literal("17.5", XSD + "decimal")),
    Quad("urn:a", "urn:c", "https://example.org/ž"),
]


@pytest.mark.parametrize(("ending", "form"), sorted(ENDINGS.items()))
def test_each_format_says_the_same(ending: str, form: str, tmp_path: Path) -> None:
    path = tmp_path / f"stated{ending}"
    path.write_bytes(serialise_quads(STATED, form))
    read = read_rdf(path)
    assert read.faults == []
    assert sorted(map(str, read.quads)) == sorted(map(str, STATED))
    assert read.lines["urn:a"] >= 1


def test_values_are_those_of_the_store(tmp_path: Path) -> None:
    path = tmp_path / "values.ttl"
    path.write_text('<urn:a> <urn:b> 007, +1.50, true, "x"@EN-GB, "1"^^<http://www.w3.org/2001/XMLSchema#boolean> .')
    items = [quad.object for quad in read_rdf(path).quads if isinstance(quad.object, Literal)]
    assert {(item.value, item.language) for item in items} == {("7", ""), ("1.5", ""), ("true", ""), ("x", "en-gb")}


def test_blank_nodes_of_two_files_are_one_only_where_the_files_say_the_same(tmp_path: Path) -> None:
    names = []
    for number, text in enumerate(
        ["_:a <urn:p> [ <urn:q> 1 ] .", "_:x <urn:p> [ <urn:q> 1 ] .", "_:a <urn:p> [ <urn:q> 2 ] ."]
    ):
        path = tmp_path / f"{number}.ttl"
        path.write_text(text)
        names.append({quad.subject for quad in read_rdf(path).quads})
    assert names[0] == names[1]
    assert names[0] & names[2] == set()


def test_the_bundled_context_is_known_by_its_address_alone(tmp_path: Path) -> None:
    path = tmp_path / "name.jsonld"
    path.write_text(
        json.dumps({"@context": [CONTEXT, {"also": "urn:also"}], "@id": thing("event", "x"), "label": "X", "also": "y"})
    )
    assert {(quad.predicate, quad.object) for quad in read_rdf(path).quads} == {
        (RDFS + "label", Literal("X")), ("urn:also", Literal("y")),
    }  # fmt: skip


# What a file gives to the graph


SOURCE, OTHER, MEETING = thing("source", "gazette"), thing("source", "herald"), thing("event", "2020-fog")
TYPE = RDF + "type"
DESCRIBED = [Quad(SOURCE, TYPE, sg("Source"), ""), Quad(OTHER, TYPE, sg("Source"), "")]
HELD = [
    Quad(MEETING, TYPE, sg("Meeting"), SOURCE),
    Quad(MEETING, sg("start"), Literal("2020-05", XSD + "gYearMonth"), SOURCE),
]


def given_of(quads: list[Quad], source: str = "") -> set[Quad]:
    """Return what a file of these quads gives, without a fault."""
    taken = take(quads, "x.trig", lines={}, source=source)
    assert [one for one in taken.findings if one.severity == ERROR] == []
    assert taken.read == len(quads)
    assert len(taken.quads) == len(set(taken.quads))
    return set(taken.quads)


def about(quads: set[Quad], subject: str, predicate: str, graph: str = "") -> list[str]:
    """Return the values of a property in one graph."""
    return sorted(
        quad.object.value if isinstance(quad.object, Literal) else quad.object
        for quad in quads
        if (quad.subject, quad.predicate, quad.graph) == (subject, predicate, graph)
    )


def test_what_follows_from_a_date_is_made() -> None:
    given = given_of([*DESCRIBED, *HELD])
    assert about(given, MEETING, sg("startEarliest")) == ["2020-05-01"]
    assert about(given, MEETING, sg("startLatest")) == ["2020-05-31"]
    assert about(given, MEETING, sg("startState")) == [sg("known")]
    # A meeting without an end ended when it began; an organisation without one may go on.
    assert about(given, MEETING, sg("endLatest")) == ["2020-05-31"]
    body = thing("organisation", "fog")
    given = given_of([*DESCRIBED, Quad(body, TYPE, sg("Organisation"), SOURCE)])
    assert about(given, body, sg("endState")) == about(given, body, sg("startState")) == [sg("unknown")]
    assert about(given, body, DCT + "identifier") == ["fog"]
    assert about(given, body, DCT + "source") == [SOURCE]


def test_an_open_end_that_is_stated_stays_open() -> None:
    body = thing("organisation", "fog")
    quads = [*DESCRIBED, Quad(body, TYPE, sg("Organisation"), SOURCE), Quad(body, sg("endState"), sg("open"), SOURCE)]
    given = given_of(quads)
    assert about(given, body, sg("endState")) == about(given, body, sg("endState"), SOURCE) == [sg("open")]


def test_a_graph_of_a_source_is_kept_and_merged() -> None:
    given = given_of([*DESCRIBED, *HELD, HELD[0]._replace(graph=OTHER)])
    assert about(given, MEETING, TYPE) == [sg("Meeting")]
    assert about(given, MEETING, TYPE, SOURCE) == about(given, MEETING, TYPE, OTHER) == [sg("Meeting")]
    assert about(given, MEETING, sg("start"), OTHER) == []
    assert about(given, MEETING, DCT + "source") == [SOURCE, OTHER]
    # The sources' own metadata stands in a graph of its own too.
    assert about(given, SOURCE, TYPE, SOURCES) == [sg("Source")]


def test_the_source_that_is_told_says_what_stands_in_no_graph() -> None:
    plain = [quad._replace(graph="") for quad in HELD]
    assert about(given_of([*DESCRIBED, *plain]), MEETING, TYPE, SOURCE) == []
    given = given_of([*DESCRIBED, *plain], "gazette")
    assert about(given, MEETING, TYPE, SOURCE) == [sg("Meeting")]
    assert about(given, MEETING, sg("startEarliest"), SOURCE) == []
    assert about(given, MEETING, DCT + "source") == [SOURCE]
    assert about(given, SOURCE, TYPE, SOURCE) == []


def test_a_disputed_value_stays_with_its_source() -> None:
    claim = thing("claim", "2020-fog--start--herald")
    value = Literal("2020-06", XSD + "gYearMonth")
    claimed = [
        Quad(claim, TYPE, sg("Claim")),
        Quad(claim, DCT + "source", OTHER),
        Quad(claim, sg("aboutSubject"), MEETING),
        Quad(claim, sg("aboutProperty"), sg("start")),
        Quad(claim, sg("claimedValue"), value),
    ]
    disputed = Quad(MEETING, sg("start"), value, OTHER)
    default = [quad._replace(graph="") for quad in HELD]
    given = given_of([*DESCRIBED, *HELD, *default, *claimed, disputed])
    assert about(given, MEETING, sg("start")) == ["2020-05"]
    assert about(given, MEETING, sg("start"), OTHER) == ["2020-06"]


def test_what_is_inferred_and_what_the_ontology_says_is_not_taken() -> None:
    follows = Quad(MEETING, TYPE, sg("Event"), INFERRED)
    axiom = Quad(sg("Meeting"), RDFS + "subClassOf", sg("Event"), ONTOLOGY)
    own = Quad(code("event-type", "expert"), RDFS + "label", Literal("mine"))
    quads = [*DESCRIBED, *HELD, follows, follows._replace(graph=""), axiom, own]
    given = given_of(quads)
    assert about(given, MEETING, TYPE) == [sg("Meeting")]
    assert not {
        quad for quad in given if quad.graph in (INFERRED, ONTOLOGY) or quad.subject in (axiom.subject, own.subject)
    }
    left = take(quads, "x", lines={}).left_out
    assert left == {"inferred, made anew": 2, "said by the ontology": 2}


PREDICATES = st.sampled_from([sg("city"), RDFS + "label", sg("topic"), "urn:other", sg("start"), f"{NS}nonsense"])
OBJECTS = st.sampled_from(
    [Literal("x"), Literal("2020", XSD + "gYear"), Literal("2020-13", XSD + "gYearMonth"), MEETING, SOURCE, "urn:x"]
)
GRAPHS = st.sampled_from(["", SOURCE, OTHER, INFERRED, ONTOLOGY, SOURCES, "urn:nobody"])
QUADS = st.builds(Quad, st.sampled_from([MEETING, SOURCE, "urn:x", sg("Event")]), PREDICATES, OBJECTS, GRAPHS)


@given(st.lists(QUADS, max_size=30, unique=True), st.sampled_from(["", "gazette"]))
def test_each_quad_is_kept_or_left_out_for_a_reason(quads: list[Quad], source: str) -> None:
    taken = take([*DESCRIBED, *quads], "x", lines={}, source=source)
    gone = {quad for quad in quads if quad not in set(taken.quads)}
    assert taken.left_out.total() == len(gone | (set(DESCRIBED) - set(taken.quads)))
    # And what was given gives itself again.
    again = take(taken.quads, "x", lines={}, source=source)
    assert set(again.quads) == set(taken.quads)
    assert again.left_out.total() == 0


# Damage


MUTATIONS = 60
ODD = [
    '"x"', "<urn:x>", f'"2020-02-30"^^<{XSD}date>', f'"abc"^^<{XSD}decimal>', f'"2018"^^<{XSD}gYear>',
    f'"true"^^<{XSD}boolean>', '""',
]  # fmt: skip


def damaged(text: str, seed: int) -> bytes:
    """Return N-Quads with some bytes changed, cut or repeated, or with parts of statements put in place of others."""
    chance = random.Random(seed)  # noqa: S311  damage that can be made again
    if chance.random() < 0.5:
        lines = [line.split(" ", 2) for line in text.splitlines()]
        for _ in range(chance.randint(1, 6)):
            line, at = chance.choice(lines), chance.randrange(3)
            line[at] = f"{chance.choice(ODD)} ." if chance.random() < 0.2 and at == 2 else chance.choice(lines)[at]
        return "\n".join(map(" ".join, lines)).encode()
    data = bytearray(text.encode())
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data))
        data[at : at + chance.randrange(20)] = chance.choice([b"", bytes([chance.randrange(256)]), data[at : at + 9]])
    return bytes(data)


def test_damaged_files_are_refused_or_read_right(small_release: Built, tmp_path: Path) -> None:
    with secgraph.open(small_release.location) as graph:
        text = "".join(nquad(quad) for quad in graph._store.quads() if quad.graph not in (INFERRED, ONTOLOGY))
    refused = faulty = 0
    for seed in range(MUTATIONS):
        path = tmp_path / "damaged.nq"
        path.write_bytes(damaged(text, seed))
        quads, lines, faults = strangers.read_in_child((str(path), "nq"))
        if faults:
            refused += 1
            assert quads == []
            continue
        taken = take(quads, "damaged.nq", lines=lines)
        errors = [one for one in taken.findings if one.severity == ERROR]
        faulty += bool(errors)
        assert bool(errors) == bool(taken.left_out["fault"]), seed
        assert len(set(quads) & set(taken.quads)) + taken.left_out.total() >= len(quads), seed
        # What has no fault breaks no relation.
        folder = tmp_path / str(seed)
        folder.mkdir()
        write_relations(OxigraphStore.in_memory(taken.quads), folder, taken.statements)
    assert min(refused, faulty, MUTATIONS - refused - faulty) >= 5


# Round trips


def toml(folder: Path, *inputs: str) -> Path:
    """Write a dataset of files of RDF alone."""
    head = "[dataset]\n" + "".join(f'{key} = "x"\n' for key in ("id", "title", "description", "publisher", "licence"))
    (folder / "dataset.toml").write_text(head + "".join(f"\n[[rdf]]\n{text}\n" for text in inputs), encoding="utf-8")
    return folder


@pytest.mark.parametrize("form", ["trig", "nq"])
def test_a_dataset_of_its_own_export_is_the_same_release(form: str, small_release: Built, tmp_path: Path) -> None:
    folder = tmp_path / "again"
    folder.mkdir()
    export(small_release.path, form, folder / f"all.{form}")
    made = build(toml(folder, f'path = "all.{form}"'), tmp_path / "store")
    first = current(small_release.location)
    assert (made.digest, made.quad_digest, made.counts) == (first.digest, first.quad_digest, first.counts)
    (row,) = made.inputs.dicts()
    assert row["read"] == first.counts["quads"]
    # The relations are the same to the byte; evidence alone names another file.
    for path in sorted((first.path / "relations").iterdir()):
        same = path.read_bytes() == (made.path / "relations" / path.name).read_bytes()
        assert same == (path.stem != "evidence"), path.name


def test_the_bundled_dataset_gives_itself_again(bundled_release: Built, tmp_path: Path) -> None:
    folder = tmp_path / "again"
    folder.mkdir()
    export(bundled_release.path, "trig", folder / "all.trig")
    made = build(toml(folder, 'path = "all.trig"'), tmp_path / "store")
    assert made.digest == current(bundled_release.location).digest


def test_rdf_beside_tables_is_one_graph(tmp_path: Path) -> None:
    tables = read_tables(SMALL)
    validate_tables(tables)
    quads = list(mapping.quads(mapping.statements(tables.records)))
    event = next(record for record in tables.records["events"] if record.cell("name"))
    extra = tmp_path / "extra.ttl"
    extra.write_text(f"<{thing('event', event.row_id())}> <https://schema.org/url> <https://example.org/> .")
    for path in SMALL.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    text = (SMALL / "dataset.toml").read_text(encoding="utf-8")
    source = next(record.row_id() for record in tables.records["sources"])
    (tmp_path / "dataset.toml").write_text(
        f'{text}\n[[rdf]]\npath = "extra.ttl"\nsource = "{source}"\n', encoding="utf-8"
    )
    made = build(tmp_path, tmp_path / "store")
    stated = {quad for quad in quads if quad.graph not in ("", SOURCES)}
    assert made.counts["stated"] == len(stated) + 1
    assert [one.rule for one in made.findings.findings] == ["rdf-other-vocabulary"]


def test_a_fault_stops_the_build_and_nothing_is_left(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    for name in ("good.ttl", "syntax.nt", "amount-twice.ttl"):
        (folder / name).write_bytes((FILES / name).read_bytes())
    data = toml(folder, 'path = "good.ttl"', 'path = "syntax.nt"', 'path = "amount-twice.ttl"')
    with pytest.raises(ValidationError) as stopped:
        build(data, tmp_path / "store")
    assert {one.rule for one in stopped.value.report.findings} == {"rdf-syntax", "rdf-once"}
    assert not (tmp_path / "store" / "current").exists()


def test_the_command_checks_one_file(capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["check", str(FILES / "term-misspelt.ttl")]) == 1
    told = capfd.readouterr().out
    assert "did you mean sg:eventStatus?" in told
    assert "term-misspelt.ttl:22" in told
    assert cli.run(["check", str(FILES / "good.ttl")]) == 0


def test_the_context_of_exports_is_the_one_that_is_known(small_release: Built, tmp_path: Path) -> None:
    export(small_release.path, "jsonld", tmp_path / "all.jsonld")
    document = json.loads((tmp_path / "all.jsonld").read_text(encoding="utf-8"))
    document["@context"] = CONTEXT
    (tmp_path / "short.jsonld").write_text(json.dumps(document), encoding="utf-8")
    whole, short = read_rdf(tmp_path / "all.jsonld"), read_rdf(tmp_path / "short.jsonld")
    assert whole.faults == short.faults == []
    assert whole.quads == short.quads
    export(small_release.path, "nt", tmp_path / "all.nt")
    assert set(whole.quads) == set(parse((tmp_path / "all.nt").read_bytes(), "nt"))


def test_the_example_of_the_page_passes(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "how-to" / "use-your-rdf.md").read_text(encoding="utf-8")
    start = page.index("    @prefix sg:")
    text = page[start : page.index("\n- ", start)]
    (tmp_path / "page.ttl").write_text("".join(line.removeprefix("    ") for line in text.splitlines(keepends=True)))
    assert check(tmp_path / "page.ttl", ontology_dir(), infer=derive).findings == []
