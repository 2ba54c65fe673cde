"""Every gate bites: no rule of the contract, shape or qc file is without a bad input that it refuses."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pyshacl
import pytest
import rdflib

from secgraph.errors import OntologyError
from secgraph.resources import ontology_dir
from secgraph.sources.iati import faults
from secgraph.validation import RULES, load_qc, load_shapes, rules
from secgraph.validation.lean import LeanStore
from secgraph.validation.parts import SH
from secgraph.validation.rules import COVERED
from secgraph.validation.shapes import Result, rule_name, shape_results, shape_texts, validate_triples
from secgraph.values import XSD, Literal, Quad
from tests import test_bad, test_rdf
from tests.test_bad import BAD, dataset_cases, expected

SOURCE = Path(__file__).resolve().parent.parent / "src" / "secgraph"

# Counted by hand when a case is added: a folder that is not collected is a gate that is open.
DATASET_CASES = 156
SHAPE_GRAPHS = 37

GENERATED = {
    "xlsx-date": "test_tables.py::test_a_date_cell_on_the_first_of_a_month_is_doubted",
    "xlsx-number": "test_tables.py::test_a_number_that_a_spreadsheet_rounds_is_refused",
    **dict.fromkeys(
        ("xlsx-error", "xlsx-formula", "xlsx-hidden", "xlsx-id", "xlsx-merged", "xlsx-zeros"),
        "test_workbooks.py::test_a_workbook_gets_what_it_deserves",
    ),
    "rdf-limit": "test_rdf.py::test_deep_nesting_is_refused_and_nobody_dies",
    "rdf-unreadable": "test_rdf.py::test_a_file_that_is_not_there_is_said_to_be",
    "ontology-syntax": "test_reasoner.py::",
    "ontology-refused": "test_reasoner.py::",
    "ontology-inconsistent": "test_reasoner.py::",
    "ontology-unsatisfiable": "test_reasoner.py::",
}
"""Rules whose bad input a test makes, as no file in git can hold it, or that another folder of bad inputs holds."""

CONSTRAINTS = (
    "minCount maxCount datatype nodeKind pattern minLength maxLength in hasValue or and not xone closed languageIn "
    "uniqueLang minInclusive maxInclusive minExclusive maxExclusive lessThan lessThanOrEquals equals disjoint node "
    "class qualifiedValueShape"
).split()


def test_the_cases_are_counted() -> None:
    assert len(dataset_cases()) == DATASET_CASES
    assert len(list((BAD / "graphs" / "shapes").glob("*.ttl"))) == SHAPE_GRAPHS


def test_every_folder_of_bad_inputs_is_a_case() -> None:
    known = {path.name for path in test_bad.SMALL.iterdir()} | {"expected.csv", "absent", "organizations.csv"}
    # What settings name beside the tables, a dataset that another includes too.
    known |= {"grants.csv", "figures.csv", "scope.toml", "stated.ttl", "beside", "tables.xlsx"}
    for case in dataset_cases():
        names = {path.name for path in case.iterdir() if path.suffix != ".xml" or case.parent.name != "iati"}
        assert "expected.csv" in names, case
        assert len(names) > 1, case
        assert names <= known, (case, names - known)


def test_every_rule_of_the_contract_has_a_bad_input() -> None:
    refused = {row[0] for case in dataset_cases() for row in expected(case)}
    refused |= {row[0] for rows in test_rdf.EXPECTED.values() for row in rows}
    assert set(RULES) - refused == set(GENERATED)
    assert refused - set(RULES) <= set(rules(ontology_dir()))


@pytest.mark.parametrize("rule", sorted(GENERATED))
def test_a_generated_bad_input_is_where_it_is_said_to_be(rule: str) -> None:
    file, _, name = GENERATED[rule].partition("::")
    text = (Path(__file__).parent / file).read_text(encoding="utf-8")
    assert f"def {name}(" in text if name else f'"{rule}"' in text


def raised_rules() -> set[str]:
    """Return the rules that the code raises by name: first arguments of the calls that make findings."""
    makers = {
        "find",
        "finding",
        "Finding",
        "_finding",
        "Flaw",
        "Complaint",
        "report",
        "_fail",
        "_flaw",
        "_unknown_column",
    }
    found: set[str] = set()
    for file in (path for room in ("sources", "records", "validation") for path in (SOURCE / room).rglob("*.py")):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call):
                continue
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            if name in makers:
                texts = [item.value for item in call.args[:2] if isinstance(item, ast.Constant)]
                found.update(
                    text for text in texts if isinstance(text, str) and re.fullmatch("[a-z0-9]+(-[a-z0-9]+)+", text)
                )
    return found


def test_the_rules_that_the_code_raises_are_those_of_the_registry() -> None:
    text = "".join(file.read_text(encoding="utf-8") for file in SOURCE.rglob("*.py") if file.name != "rules.py")
    raised = raised_rules()
    # One of each room: a room that is moved away would leave the gate open.
    assert {"csv-separator", "amount-form", "reference-dangling", "ontology-syntax"} <= raised
    assert raised - set(RULES) == set()
    assert {rule for rule in RULES if f'"{rule}"' not in text} == set()


def test_no_two_rules_share_a_name_and_each_says_what_it_holds() -> None:
    known = rules(ontology_dir())
    parts = (RULES, faults.RULES, load_qc(ontology_dir() / "qc"), load_shapes(ontology_dir() / "shapes").rules)
    assert len(known) == sum(len(part) for part in parts)
    assert all(sentence.endswith(".") and len(sentence) > 15 for sentence in known.values())
    assert set(COVERED.values()) <= set(RULES)
    assert set(COVERED) <= set(known)


def test_every_qc_rule_has_a_bad_graph() -> None:
    named = {rule.name for rule in load_qc(ontology_dir() / "qc")}
    assert named == {path.stem for path in (BAD / "ontology" / "qc").glob("*.ttl")}


def quads_of(path: Path) -> list[Quad]:
    """Return the triples of a Turtle file."""
    graph = rdflib.Graph()
    graph.parse(path)
    quads = []
    for subject, predicate, item in graph:
        name = f"_:{subject}" if isinstance(subject, rdflib.BNode) else str(subject)
        value: Any = str(item)
        if isinstance(item, rdflib.Literal):
            datatype = rdflib.RDF.langString if item.language else item.datatype or XSD + "string"
            value = Literal(str(item), str(datatype), item.language or "")
        quads.append(Quad(name, str(predicate), value))
    return quads


@pytest.fixture(scope="module")
def bad_results() -> list[Result]:
    patch = pytest.MonkeyPatch()
    patch.setattr(
        "secgraph.validation.shapes.run_limited", lambda _target, argument, *_, **__: validate_triples(argument)
    )
    patch.setattr("secgraph.validation.shapes._graph_of", test_bad.parsed_once)
    texts = shape_texts(ontology_dir() / "shapes")
    found = []
    for path in sorted((BAD / "graphs" / "shapes").glob("*.ttl")):
        results = shape_results(quads_of(path), texts)
        assert results, path
        found += results
    patch.undo()
    return found


def test_every_shape_refuses_a_bad_graph(bad_results: list[Result]) -> None:
    known = load_shapes(ontology_dir() / "shapes").rules
    assert set(known) - {result.rule for result in bad_results} == set()
    assert all(result.message for result in bad_results)


def test_every_constraint_of_every_shape_refuses_a_bad_graph(bad_results: list[Result]) -> None:
    graph = test_bad.parsed_once(shape_texts(ontology_dir() / "shapes"))
    bitten = {(result.rule, result.constraint) for result in bad_results}
    silent = []
    for term in CONSTRAINTS:
        component = f"{term[0].upper()}{term[1:]}ConstraintComponent"
        for shape in graph.subjects(rdflib.URIRef(SH + term), None):
            if isinstance(shape, rdflib.URIRef) and (rule_name(str(shape)), component) not in bitten:
                silent.append((str(shape), term))
    assert silent == []


def test_the_lean_store_finds_what_rdflibs_own_store_finds(bad_results: list[Result]) -> None:
    path = BAD / "graphs" / "shapes" / "Event.ttl"
    own = rdflib.Graph()
    own.parse(path)
    shapes = test_bad.parsed_once(shape_texts(ontology_dir() / "shapes"))
    _conforms, report, _text = pyshacl.validate(own, shacl_graph=shapes, inplace=True)
    assert isinstance(report, rdflib.Graph)
    triples = [
        (q.subject, q.predicate, tuple(q.object) if isinstance(q.object, Literal) else q.object) for q in quads_of(path)
    ]
    lean = rdflib.Graph(store=LeanStore(triples))
    assert len(lean) == len(own)
    named = {(str(s), str(p), str(o)) for s, p, o in own if not isinstance(s, rdflib.BNode)}
    assert {(str(s), str(p), str(o)) for s, p, o in lean if not isinstance(s, rdflib.BNode)} == named
    kind = rdflib.URIRef("https://w3id.org/secgraph/ns#Event")
    assert set(lean.subjects(rdflib.RDF.type, kind)) >= {
        s for s in own.subjects(rdflib.RDF.type, kind) if isinstance(s, rdflib.URIRef)
    }
    assert set(lean.subjects(None, kind)) == set(lean.subjects(rdflib.RDF.type, kind))
    result = rdflib.URIRef(SH + "ValidationResult")
    again = validate_triples((triples, shape_texts(ontology_dir() / "shapes"), False))
    assert len(again) == len(set(report.subjects(rdflib.RDF.type, result)))


def test_the_shapes_are_shapes_by_the_shapes_of_shapes() -> None:
    assert validate_triples(([], shape_texts(ontology_dir() / "shapes"), True)) == []


@pytest.mark.parametrize("name", sorted(path.name for path in (BAD / "shapes").glob("*.ttl")))
def test_a_bad_shape_file_is_refused_by_name(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes((BAD / "shapes" / name).read_bytes())
    with pytest.raises(OntologyError, match=re.escape(name)):
        load_shapes(tmp_path)
