"""What a check says: all at once, at the cell that is wrong, grouped for people and whole for programs."""

from __future__ import annotations

import csv
import io
import json
import logging
import shutil
from pathlib import Path

import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st

from secgraph import cli, mapping
from secgraph.errors import ConfigError, LimitError, OntologyError, SecgraphError
from secgraph.inference import derive
from secgraph.records import TABLES
from secgraph.records.cells import ADDRESS
from secgraph.resources import ontology_dir
from secgraph.sources.tables import Tables, read_tables
from secgraph.store import OxigraphStore
from secgraph.validation import (
    check,
    load_qc,
    load_shapes,
    render,
    rules,
    shapes,
    start_shapes,
    validate_graph,
    validate_tables,
)
from secgraph.validation.locate import Locator, column_of
from secgraph.validation.qc import check_file, run_qc
from secgraph.validation.references import CYCLES, cycles
from secgraph.validation.render import ERRORS_SHOWN, EXAMPLES
from secgraph.values import ERROR, INFO, WARNING, XSD, Finding, Literal, Quad, Report, Statement
from secgraph.vocab import NS, RDF, sg, thing
from tests.conftest import BUNDLED, SMALL
from tests.test_tables import sheets, workbook

# One dataset, all its errors


PLANTED = """
sources 3 published date-form 01/06/2015
sources 4 kind code-unknown magazine
sources 5 url url-scheme ftp://example.org/fund
sources 6 accessed date-calendar 2026-02-30
organisations 2 country country-code UK
organisations 3 type code-unknown department
organisations 4 parent reference-dangling coral-institut
organisations 5 dissolved date-order 1899
organisations 6 website url-credentials https://me:secret@example.org/ta
initiatives 2 host reference-kind foghorn
initiatives 3 part_of reference-dangling lighthouse
initiatives 4 topics reference-dangling fishing
memberships 9 id id-form tide talks--lighthouse-network--partner
memberships 3 role code-unknown guest
memberships 5 member reference-dangling ZZ
memberships 6 to date-order 2015
programmes 2 funders list-repeated-item UY|UY
programmes 3 end date-form soon
programmes 4 beneficiaries reference-kind tidal-fund
funding 2 amount amount-ambiguous 400.000,50
funding 3 currency currency-code euros
funding 4 replaces reference-dangling foghorn-budget-9
funding 5 amount amount-form 1e5
funding 7 share share-form 10 %
funding 9 cumulative flag-form true
funding 10 programme money-target foghorn
funding 11 date date-year 0020
instruments 2 managed_by reference-kind lighthouse-network
events 2 status code-unknown done
events 3 announced date-order 2018-09-11/2018-09-10
events 4 name value-missing -
events 5 participants list-empty-item BT||UY
events 6 country country-code Kosovo*
editions 2 number number-form first
people 3 person reference-dangling una
people 4 from date-calendar 2018-00
documents 3 adopted_by reference-kind smuggling
needs 2 objective code-unknown hinder
jurisdictions 4 labels label-profile Second Shore
claims 3 value claim-value a lot
""".strip().splitlines()


def test_forty_planted_errors_are_forty_findings_and_none_is_false(tmp_path: Path) -> None:
    book = sheets(SMALL)
    expected = []
    for line in PLANTED:
        table, row, column, rule, value = line.split(" ", 4)
        at = book[table][0].index(column)
        book[table][int(row) - 1][at] = "" if value == "-" else value
        expected.append((rule, f"book.xlsx[{table}]", int(row), column, f"{chr(65 + at)}{row}"))
    report = check(workbook(tmp_path / "book.xlsx", book), ontology_dir(), infer=derive)
    errors = [one for one in report.findings if one.severity == ERROR]
    assert len(expected) == len(errors) == 40
    assert sorted((one.rule, one.file, one.row, one.column, one.cell) for one in errors) == sorted(expected)
    assert all(one.message and one.hint for one in errors)
    assert len({one[0] for one in expected}) > 20
    assert report.count(WARNING) == 0


def test_the_bundled_dataset_has_no_errors() -> None:
    report = check(BUNDLED, ontology_dir())
    assert [str(one) for one in report.findings if one.severity == ERROR] == []


def test_what_the_graph_shows_is_said_at_the_cell(tmp_path: Path) -> None:
    tables = read_tables(SMALL)
    validate_tables(tables)
    made = list(mapping.statements(tables.records))
    # A second city, as if two rows had stated it: the shape's finding is placed at the last of them.
    city = next(one for one in made if one.predicate == sg("city") and one.table == "organisations")
    made.append(city._replace(object=Literal("Elsewhere"), row=5))
    store = OxigraphStore.in_memory(quad for quad in mapping.quads(made) if not quad.graph)
    (finding,) = validate_graph(tables, made, store, ontology_dir()).findings
    assert (finding.rule, finding.file, finding.row, finding.cell) == (
        "shape:Organisation-city",
        "organisations.csv",
        5,
        "G5",
    )


def test_a_store_and_a_run_of_the_shapes_may_be_given() -> None:
    tables = read_tables(SMALL)
    made = list(mapping.statements(tables.records))
    quads = list(mapping.quads(made))
    store = OxigraphStore.in_memory(quad for quad in quads if not quad.graph)
    assert check(SMALL, ontology_dir(), store=store).findings == []
    pending = start_shapes(quads, ontology_dir())
    assert validate_graph(tables, made, store, ontology_dir(), shapes=pending).findings == []


def test_a_finding_that_no_table_says_names_its_thing() -> None:
    tables = Tables()
    quad = Quad(thing("event", "x"), RDF + "type", sg("Event"))
    store = OxigraphStore.in_memory([quad])
    pending = start_shapes([quad], ontology_dir())
    report = validate_graph(tables, [], store, ontology_dir(), shapes=pending)
    assert {one.file for one in report.findings} == {""}
    # The shapes ask for its type, the rules for its label: each of the two says so of the thing.
    said = {one.rule: "id/event/x" in one.message for one in report.findings}
    assert {"shape:Event-eventType", "without-label"} <= set(said)
    assert all(said.values())


def test_inferred_identities_are_found_where_inference_is_given() -> None:
    # Two members in one membership: org:member is functional, so that the two would be one and the same.
    def infer(quads: object, store: object, ontology: object) -> list[Quad]:
        return [Quad(thing("jurisdiction", "IS"), "http://www.w3.org/2002/07/owl#sameAs", thing("jurisdiction", "NZ"))]

    report = check(SMALL, ontology_dir(), infer=infer)
    assert {one.rule for one in report.findings} == {"same-as-inferred"}


@pytest.mark.parametrize(("table", "column"), CYCLES)
def test_columns_with_cycles_exist(table: str, column: str) -> None:
    assert column in TABLES[table].columns()


@given(
    st.dictionaries(st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdefg"), max_size=3).map(tuple), max_size=6)
)
def test_a_cycle_is_found_exactly_where_a_walk_comes_back(edges: dict[str, tuple[str, ...]]) -> None:
    found = cycles(edges)
    for cycle in found:
        assert cycle[0] == min(cycle)
        for start, end in zip(cycle, (*cycle[1:], cycle[0]), strict=True):
            assert end in edges[start]
    reach = {start: set(ends) for start, ends in edges.items()}
    for _step in edges:
        for ends in reach.values():
            ends.update(*(reach.get(end, set()) for end in tuple(ends)))
    assert bool(found) == any(start in ends for start, ends in reach.items())


@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12))
def test_an_address_that_passes_is_one_that_the_store_takes(rest: str) -> None:
    address = "https://example.org/" + rest
    taken = True
    try:
        OxigraphStore.in_memory([Quad("urn:s", "urn:p", address)])
    except SecgraphError:
        taken = False
    assert taken or not ADDRESS.match(address)


# The way back


def test_each_column_is_found_by_its_property() -> None:
    assert column_of("events", sg("endLatest")) == "end"
    assert column_of("documents", sg("startState")) == "adopted"
    assert column_of("memberships", "http://www.w3.org/ns/org#role") == "role"
    assert column_of("organisations", "http://purl.org/dc/terms/source") == "sources"
    assert column_of("organisations", RDF + "type") == "id"
    assert column_of("organisations", NS + "nothing") == ""
    assert column_of("no-table", sg("start")) == ""


def test_a_place_is_that_of_the_value_else_of_the_property_else_of_the_row() -> None:
    def said(predicate: str, value: str, row: int, column: str) -> Statement:
        return Statement("urn:x", predicate, value, (), "organisations", row, "x", column)

    locator = Locator(
        [
            said(RDF + "type", sg("Organisation"), 2, "id"),
            said("urn:p", "urn:1", 2, "city"),
            said("urn:p", "urn:2", 3, "city"),
        ],
        {"urn:x"},
    )
    assert locator.place("urn:x", "urn:p", "urn:1") == ("organisations", 2, "city")
    assert locator.place("urn:x", "urn:p", None) == ("organisations", 3, "city")
    assert locator.place("urn:x", sg("country"), None) == ("organisations", 2, "country")
    assert locator.place("urn:y", "urn:p", None) == ("", 0, "")
    assert Locator([said("urn:p", "urn:1", 4, "city")], {"urn:x"}).place("urn:x", "urn:q", None) == (
        "organisations",
        4,
        "",
    )


# Findings for people and for programs


def many(number: int, severity: str, rule: str = "a-rule") -> list[Finding]:
    return [
        Finding(rule, severity, f"message {at}", "hint", "events.csv", at, "name", f"B{at}", "x")
        for at in range(number)
    ]


def test_text_groups_by_rule_and_says_what_it_leaves_out() -> None:
    report = Report([*many(3, WARNING, "other-rule"), *many(1_200, ERROR), *many(8, WARNING), *many(1, INFO)])
    lines = render(report).splitlines()
    assert lines[0] == "a-rule, 1,200 errors"
    assert sum("message" in line for line in lines) == ERRORS_SHOWN + EXAMPLES + 3 + 1
    assert "  ... and 200 more: see --format tsv" in lines
    assert "  ... and 3 more: see --format tsv" in lines
    assert lines[-1] == "in all 1,200 errors, 11 warnings, 1 note"
    assert render(Report()) == "no findings\n"


def test_text_says_once_what_all_findings_of_a_rule_say() -> None:
    findings = [one._replace(message="the same", value="") for one in many(2, ERROR)]
    text = render(Report(findings), rules={"a-rule": "A rule."})
    assert text.splitlines()[:3] == [
        "a-rule, 2 errors: the same - hint",
        "  events.csv:name (B0)",
        "  events.csv:1:name (B1)",
    ]
    assert "a-rule, 2 errors: A rule." in render(Report(many(2, ERROR)), rules={"a-rule": "A rule."})


def test_text_does_not_act_on_a_terminal() -> None:
    finding = Finding("a-rule", ERROR, "\x1b[31mred\x07", value="\u202eevil")
    assert "\x1b" not in render(Report([finding]))
    assert "\u202e" not in render(Report([finding]))


def test_tsv_and_json_are_whole() -> None:
    report = Report([*many(1_200, ERROR), *many(8, WARNING)])
    table = list(csv.reader(io.StringIO(render(report, "tsv")), delimiter="\t"))
    assert table[0] == list(Finding._fields)
    assert len(table) == 1_209
    assert len(json.loads(render(report, "json"))) == 1_208
    with pytest.raises(ConfigError, match="html"):
        render(report, "html")


def test_exit_codes_follow_the_findings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["check", str(SMALL)]) == 0
    folder = tmp_path / "data"
    shutil.copytree(SMALL, folder)
    people = (folder / "people.csv").read_text(encoding="utf-8")
    (folder / "people.csv").write_text(people.replace("Una Mirage", " Una Mirage"), encoding="utf-8")
    assert cli.run(["check", str(folder)]) == 0
    assert cli.run(["check", str(folder), "--fail-on", "warn"]) == 1
    (folder / "people.csv").write_text(people.replace("2017-12-31", "2017-13"), encoding="utf-8")
    assert cli.run(["check", str(folder), "--format", "tsv"]) == 1
    assert "date-calendar" in capsys.readouterr().out
    assert cli.run(["check", str(folder), "--fail-on", "none"]) == 0
    assert cli.run(["check", str(tmp_path / "nothing")]) == 1
    assert cli.run(["check", "--format", "html"]) == 2


# Shapes and rules that cannot be used


def test_every_rule_has_a_name_and_a_sentence() -> None:
    known = rules(ontology_dir())
    assert known["date-order"] == "Nothing ends before it starts."
    assert known["shape:Event-eventType"]
    assert known["cycle-broader"]
    assert known["iati-duplicate"] == "An identifier stands once in a file; the first one is kept."


def one_shape(folder: Path, body: str) -> Path:
    prefixes = {"sh": "http://www.w3.org/ns/shacl#", "sg": NS, "x": "urn:"}
    text = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in prefixes.items())
    folder.mkdir(exist_ok=True)
    (folder / "made.ttl").write_text(text + body, encoding="utf-8")
    return folder


SAID = 'sh:message "m" ; sh:severity sh:Violation'


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (f"x:a a sh:PropertyShape ; sh:minCount 1 ; {SAID} .", "exactly one sh:path"),
        (f"x:a a sh:PropertyShape ; sh:path sg:city, sg:start ; {SAID} .", "exactly one sh:path"),
        (f'x:a a sh:PropertyShape ; sh:path sg:city ; sh:minCount "1" ; {SAID} .', "whole number"),
        (f'x:a a sh:PropertyShape ; sh:path sg:city ; sh:pattern "(" ; {SAID} .', "regular expression"),
        ("x:a a sh:PropertyShape ; sh:path sg:city .", "no sh:message"),
        ('x:a a sh:NodeShape ; sh:message "m" .', "no sh:severity"),
        (f"x:a a sh:NodeShape ; sh:targetClas sg:Event ; {SAID} .", "did you mean sh:targetClass"),
        (f"x:a a sh:NodeShape ; sh:not [ sh:node x:a ] ; {SAID} .", "refer to themselves"),
        (f"x:a a sh:NodeShape ; sh:and ( x:a ) ; {SAID} .", "refer to themselves"),
        (f"x:a a sh:NodeShape ; sh:property [ sh:path [ sh:zeroOrMorePath sg:partOf ] ] ; {SAID} .", "any length"),
        (f'x:a a sh:NodeShape ; sh:js [ sh:jsFunctionName "f" ] ; {SAID} .', "not SHACL Core"),
    ],
)
def test_shapes_that_would_pass_in_silence_are_refused(body: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(OntologyError, match=rf"made\.ttl.*{reason}"):
        load_shapes(one_shape(tmp_path / "shapes", body))


def test_no_shapes_and_shapes_in_another_encoding_are_refused(tmp_path: Path) -> None:
    with pytest.raises(OntologyError, match="no shapes"):
        load_shapes(tmp_path)
    (tmp_path / "made.ttl").write_bytes(b"# \xe9")
    with pytest.raises(OntologyError, match="cannot be read"):
        load_shapes(tmp_path)


def test_what_pyshacl_only_warns_of_is_an_error(tmp_path: Path) -> None:
    # A severity that is none: held by the shapes of shapes alone.
    body = f"x:a a sh:NodeShape ; sh:targetClass sg:Event ; sh:datatype 42 ; {SAID} ."
    texts = shapes.shape_texts(one_shape(tmp_path / "shapes", body))
    event = Quad(thing("event", "x"), RDF + "type", sg("Event"))
    with pytest.raises(OntologyError, match="the shapes cannot be used"):
        shapes.shape_results([event], texts, meta=True)


def test_a_warning_of_pyshacl_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def warns(*_arguments: object, **_named: object) -> tuple[bool, rdflib.Graph, str]:
        logging.getLogger("pyshacl-validate").warning("not evaluated")
        return True, rdflib.Graph(), ""

    monkeypatch.setattr("pyshacl.validate", warns)
    with pytest.raises(OntologyError, match="not evaluated"):
        shapes.validate_triples(([], shapes.shape_texts(ontology_dir() / "shapes"), False))
    monkeypatch.setattr("pyshacl.validate", lambda *_, **__: (False, "no graph", "gave up"))
    with pytest.raises(OntologyError, match="gave up"):
        shapes.validate_triples(([], shapes.shape_texts(ontology_dir() / "shapes"), False))


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (LimitError("x", "120 seconds"), "stopped at the limit of 120 seconds"),
        (SecgraphError("died"), "cannot be used: died"),
    ],
)
def test_a_child_that_dies_is_told(error: SecgraphError, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_arguments: object, **_named: object) -> None:
        raise error

    monkeypatch.setattr(shapes, "run_limited", die)
    with pytest.raises(OntologyError, match=reason):
        start_shapes([], ontology_dir()).results()


HEAD = "#+ summary: A rule.\n#+ severity: error\n#+ hint: mend it\n"
QUERY = "SELECT ?subject ?property ?value WHERE { ?subject ?property ?value }\n"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (QUERY, r"no line `#\+ summary"),
        (HEAD.replace("error", "grave") + QUERY, "severity 'grave'"),
        (HEAD + "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }", "a construct query, where a select is needed"),
        (HEAD + "SELECT ?subject WHERE { SERVICE <http://127.0.0.1:9/> { ?subject ?p ?o } }", "made.rq"),
        (HEAD + "DELETE WHERE { ?s ?p ?o }", "made.rq"),
    ],
)
def test_a_bad_qc_file_is_refused_by_name(text: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "made.rq").write_text(text, encoding="utf-8")
    with pytest.raises(OntologyError, match=reason):
        load_qc(tmp_path)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (HEAD + "SELECT ?subject ?property ?value WHERE { ?subject ?property }", r"made\.rq: the query is malformed"),
        (HEAD + "SELECT ?s WHERE { ?s ?p ?o }", r"made\.rq: its columns are s"),
    ],
)
def test_a_qc_file_that_cannot_be_run_is_refused_by_name(text: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "made.rq").write_text(text, encoding="utf-8")
    with pytest.raises(OntologyError, match=reason):
        run_qc(OxigraphStore.in_memory(), load_qc(tmp_path))


def test_no_qc_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(OntologyError, match="no rules"):
        load_qc(tmp_path)
    with pytest.raises(OntologyError, match="cannot be read"):
        check_file(tmp_path / "nothing.rq", "select")


def test_a_qc_rule_may_find_a_literal_or_nothing(tmp_path: Path) -> None:
    (tmp_path / "made.rq").write_text(HEAD + QUERY.replace("}", "OPTIONAL { ?value <urn:q> ?x } }"), encoding="utf-8")
    store = OxigraphStore.in_memory([Quad("urn:s", "urn:p", Literal("5", XSD + "integer"))])
    (hit,) = run_qc(store, load_qc(tmp_path))
    assert (hit.subject, hit.property, hit.value) == ("urn:s", "urn:p", Literal("5", XSD + "integer"))


def test_a_qc_rule_with_the_name_of_another_rule_is_refused(tmp_path: Path) -> None:
    shutil.copytree(ontology_dir() / "shapes", tmp_path / "shapes")
    (tmp_path / "qc").mkdir()
    (tmp_path / "qc" / "date-order.rq").write_text(HEAD + QUERY, encoding="utf-8")
    with pytest.raises(OntologyError, match="name of another rule"):
        rules(tmp_path)


def test_a_rule_file_that_is_malformed_stops_the_check(tmp_path: Path) -> None:
    shutil.copytree(ontology_dir(), tmp_path / "ontology")
    (tmp_path / "ontology" / "rules" / "made.rq").write_text("SELECT * WHERE { ?s ?p ?o }", encoding="utf-8")
    with pytest.raises(OntologyError, match=r"made\.rq: a select query, where a construct is needed"):
        check(SMALL, tmp_path / "ontology")
