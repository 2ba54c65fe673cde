"""The core tests of the SHACL suite, through the way in which `check` runs shapes: each passes or misses for a reason.

Shapes and data are what the files hold beside their manifests. A result counts as the expected one when its focus,
path, value, constraint and severity do; blank nodes are alike, as the suite asks for no labels.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from secgraph.errors import OntologyError
from secgraph.store.rdf import parse, serialise_quads
from secgraph.validation import shapes
from secgraph.validation.parts import SH
from secgraph.values import Literal, Object, Quad
from secgraph.vocab import RDF
from tests.conftest import SHARED, left_out

SUITE = SHARED / "suites" / "shacl" / "tests" / "core"
BASE = "https://suite.example/"
MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
SHT = "http://www.w3.org/ns/shacl-test#"
TESTS = 98
MEANT = frozenset(SH + name for name in ("focusNode", "value", "sourceShape"))
"""What a result only points to: it belongs to the data or to the shapes."""

ANY_LENGTH = "a path of any length is refused: it can run without end, and a query in qc/ says the same"
MISSES = {
    "complex/shacl-shacl": "sh:declare belongs to SHACL-SPARQL, and shapes are held to SHACL Core",
    "misc/severity-002": "a severity of the shape's own making is told as an error: findings know three",
    "node/qualified-001": "pySHACL warns that it passes the constraint over, and a warning is an error here",
    "path/path-complex-001": ANY_LENGTH,
    "path/path-oneOrMore-001": ANY_LENGTH,
    "path/path-unused-001": ANY_LENGTH,
    "path/path-zeroOrMore-001": ANY_LENGTH,
    "property/qualifiedValueShape-001": "sh:nodeShape is no term of SHACL, and an unknown term is refused",
    "property/uniqueLang-002": 'pySHACL takes "1"^^xsd:boolean for true, where the suite wants the word',
}
"""The tests that are not passed, each with its reason."""


class Graph:
    """The quads of one file of the suite, by subject and property."""

    def __init__(self, path: Path) -> None:
        self.quads = list(
            parse(path.read_bytes(), "ttl", name=path.name, base=BASE + path.relative_to(SUITE).as_posix())
        )

    def values(self, subject: str, predicate: str) -> list[Object]:
        """Return the values of a property of a thing."""
        return [quad.object for quad in self.quads if (quad.subject, quad.predicate) == (subject, predicate)]

    def one(self, subject: str, predicate: str) -> Object | None:
        """Return the one value of a property, or None."""
        return next(iter(self.values(subject, predicate)), None)

    def of_type(self, name: str) -> list[str]:
        """Return the things of a class."""
        return sorted(quad.subject for quad in self.quads if (quad.predicate, quad.object) == (RDF + "type", name))

    def without_manifest(self) -> list[Quad]:
        """Return what the file holds beside its tests and what they expect."""
        waiting = self.of_type(f"{MF}Manifest") + self.of_type(f"{SHT}Validate")
        gone: set[str] = set()
        while waiting:
            node = waiting.pop()
            gone.add(node)
            parts = [quad.object for quad in self.quads if quad.subject == node and quad.predicate not in MEANT]
            waiting += [item for item in parts if isinstance(item, str) and item.startswith("_:") and item not in gone]
        return [quad for quad in self.quads if quad.subject not in gone]


def graph(iri: object) -> Graph:
    """Return the file of the suite that an IRI stands for."""
    return Graph(SUITE / str(iri).removeprefix(BASE))


def plain(item: Object | None) -> Object:
    """Return a term as it is compared."""
    return "_:" if isinstance(item, str) and item.startswith("_:") else item or ""


def wanted(found: Graph, report: str) -> Counter[tuple[Object, ...]]:
    """Return the results that a test expects."""
    names = ("focusNode", "resultPath", "value", "sourceConstraintComponent", "resultSeverity")
    rows: Counter[tuple[Object, ...]] = Counter()
    for result in found.values(report, SH + "result"):
        focus, path, value, component, severity = (plain(found.one(str(result), SH + name)) for name in names)
        # A path of several steps is told by its node alone; a focus by its text.
        focus = focus.value if isinstance(focus, Literal) else focus
        rows[focus, "" if path == "_:" else path, value, str(component), str(severity)] += 1
    return rows


def got(results: Iterable[shapes.Result], blank: set[str]) -> Counter[tuple[Object, ...]]:
    """Return the results of a run in the same form."""
    severities = {"error": "Violation", "warning": "Warning", "info": "Info"}
    return Counter(
        (
            "_:" if one.focus in blank else one.focus,
            one.path,
            "_:" if one.value in blank else one.value or "",
            SH + one.constraint,
            SH + severities[one.severity],
        )
        for one in results
    )


def run(path: Path) -> str:
    """Run the test of a file; return what went wrong, or nothing."""
    found = Graph(path)
    (test,) = found.of_type(f"{SHT}Validate")
    action, expected = str(found.one(test, f"{MF}action")), str(found.one(test, f"{MF}result"))
    data = graph(found.one(action, f"{SHT}dataGraph")).without_manifest()
    text = serialise_quads(graph(found.one(action, f"{SHT}shapesGraph")).without_manifest(), "nt").decode()
    try:
        results = shapes.shape_results(data, [(path.name, text)], own=False)
    except OntologyError as exc:
        return "" if expected == f"{SHT}Failure" else f"refused: {exc.message}"
    if expected == f"{SHT}Failure":
        return "no failure"
    blank = {str(name)[2:] for quad in data for name in (quad.subject, quad.object) if str(name).startswith("_:")}
    want, have = wanted(found, expected), got(results, blank)
    conforms = found.one(expected, SH + "conforms")
    assert isinstance(conforms, Literal)
    assert (conforms.value == "true") == (not want), path
    return "" if want == have else f"missing {dict(want - have)}, too many {dict(have - want)}"


@pytest.fixture
def one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the shapes in this process: a child for each would take minutes."""

    def here(target: str, argument: Any, *_limits: object, **_what: object) -> Any:
        return getattr(shapes, target.partition(":")[2])(argument)

    monkeypatch.setattr(shapes, "run_limited", here)


def test_the_core_tests_of_the_suite_pass_or_miss_for_a_reason(one_process: None) -> None:
    if not SUITE.is_dir():
        left_out(TESTS, "the SHACL suite is not there")
        return
    paths = [path for path in sorted(SUITE.rglob("*.ttl")) if f"{SHT}Validate" in str(Graph(path).quads)]
    faults = {path.relative_to(SUITE).with_suffix("").as_posix(): run(path) for path in paths}
    missed = {name: fault for name, fault in faults.items() if fault}
    print(f"SHACL core: {len(paths) - len(missed)} of {len(paths)} passed")
    for name, fault in missed.items():
        print(f"  {name}: {MISSES.get(name, 'NO REASON')} ({fault[:200]})")
    assert len(paths) == TESTS
    assert set(missed) == set(MISSES)
