"""Shapes over parts of a graph find what they find over the whole, and a graph is split where that holds alone."""

from __future__ import annotations

from functools import partial

import pytest

from secgraph.resources import ontology_dir
from secgraph.validation import shapes
from secgraph.validation.parts import by_subject, look_at_one_thing
from secgraph.values import XSD, Literal, Quad
from secgraph.vocab import RDF, RDFS, sg, thing
from tests import test_bad

PREFIXES = "@prefix sh: <http://www.w3.org/ns/shacl#> . "


def test_our_own_shapes_look_at_one_thing() -> None:
    assert look_at_one_thing(shapes.shape_texts(ontology_dir() / "shapes"))


@pytest.mark.parametrize(
    ("text", "one"),
    [
        ("<urn:a> sh:targetClass <urn:C> ; sh:property [ sh:path <urn:p> ; sh:minCount 1 ] .", True),
        ("<urn:a> sh:path <urn:p> ; sh:or ( [ sh:datatype <urn:d> ] [ sh:nodeKind sh:IRI ] ) .", True),
        ("<urn:a> sh:targetObjectsOf <urn:p> ; sh:pattern 'a' .", True),
        ("<urn:a> sh:path <urn:p> ; sh:class <urn:C> .", False),
        ("<urn:a> sh:path <urn:p> ; sh:node <urn:b> .", False),
        ("<urn:a> sh:path [ sh:inversePath <urn:p> ] ; sh:minCount 1 .", False),
        ("<urn:a> sh:path ( <urn:p> <urn:q> ) ; sh:minCount 1 .", False),
        ("<urn:a> sh:path <urn:p> ; sh:property [ sh:path <urn:q> ; sh:minCount 1 ] .", False),
        ("<urn:a> sh:path <urn:p> ; sh:or ( [ sh:datatype <urn:d> ] [ sh:path <urn:q> ; sh:minCount 1 ] ) .", False),
        ("<urn:a> sh:path <urn:p> ; sh:not <urn:b> . <urn:b> sh:property <urn:c> .", False),
        ("<urn:a> sh:targetObjectsOf <urn:p> ; sh:property [ sh:path <urn:q> ; sh:minCount 1 ] .", False),
        ("<urn:a> sh:targetObjectsOf <urn:p> ; sh:closed true .", False),
        ("<urn:a> sh:path", False),
    ],
)
def test_shapes_that_ask_of_other_things_are_told(text: str, one: bool) -> None:
    assert look_at_one_thing([("made.ttl", PREFIXES + text)]) is one


def made(number: int) -> list[Quad]:
    """Return an event without a name whose start and end are no dates; every third has its end told beside others."""
    iri = thing("event", f"made-up-{number}")
    bad = Literal("2024-02-30", XSD + "gYear")
    return [Quad(iri, RDF + "type", sg("Event")), Quad(iri, sg("start"), bad), Quad(iri, sg("end"), bad)]


def test_each_thing_is_whole_in_one_part_and_nothing_is_lost() -> None:
    quads = [quad for number in range(50) for quad in made(number)]
    mixed = quads[::3] + quads[1::3] + quads[2::3]
    parts = by_subject(mixed, 20)
    assert len(parts) == 8
    assert sorted(quad for part in parts for quad in part) == sorted(quads)
    homes = [{quad.subject for quad in part} for part in parts]
    assert sum(map(len, homes)) == len(set().union(*homes)) == 50


def test_a_graph_that_says_what_is_a_kind_of_what_stays_whole() -> None:
    quads = [quad for number in range(50) for quad in made(number)]
    kind = Quad("urn:made-up", RDFS + "subClassOf", sg("Event"))
    assert by_subject([*quads, kind], 20) == [[*quads, kind]]


def test_a_run_in_parts_finds_what_one_run_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[int] = []

    def here(_target: str, argument: shapes._Work, *_: object, **__: object) -> object:
        runs.append(len(argument[0]))
        return shapes.validate_triples(argument)

    monkeypatch.setattr(shapes, "run_limited", here)
    monkeypatch.setattr(shapes, "_graph_of", test_bad.parsed_once)
    texts = shapes.shape_texts(ontology_dir() / "shapes")
    quads = [quad for number in range(12) for quad in made(number)]
    whole = shapes.shape_results(quads, texts)
    assert runs == [36]
    monkeypatch.setattr(shapes, "by_subject", partial(by_subject, size=12))
    assert shapes.shape_results(quads, texts) == whole
    assert sum(runs[1:]) == 36
    assert len(runs) == 4
    # Twelve events lack a name and more, and the one value that is no date is told once.
    assert len({found.focus for found in whole}) == 13
    assert [found.focus for found in whole if found.rule == "shape:Date"] == ["2024-02-30"]
