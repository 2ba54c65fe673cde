"""Holds the graph to the SHACL shapes: pySHACL over an in-memory graph, in a child process with a deadline.

Shapes are SHACL Core. What pySHACL would take in silence is refused here, naming the file: unknown terms (a misspelt
constraint never bites), other languages than Core, recursion, paths of any length. Its warnings are errors.
"""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from secgraph.errors import LimitError, OntologyError, SecgraphError
from secgraph.validation.parts import SH, by_subject, look_at_one_thing
from secgraph.values import LANG_STRING, XSD, Literal, Object, Quad, nearest
from secgraph.worker import Limits, run_limited

if TYPE_CHECKING:
    import rdflib

_LIMITS: Final = Limits(seconds=120, memory=4_000_000_000, result=200_000_000)

_CORE: Final = frozenset(
    "path inversePath alternativePath zeroOrOnePath targetClass targetNode targetSubjectsOf targetObjectsOf property "
    "node name description message severity order group defaultValue deactivated class datatype nodeKind minCount "
    "maxCount minInclusive maxInclusive minExclusive maxExclusive minLength maxLength pattern flags languageIn "
    "uniqueLang equals disjoint lessThan lessThanOrEquals not and or xone qualifiedValueShape qualifiedMinCount "
    "qualifiedMaxCount qualifiedValueShapesDisjoint closed ignoredProperties hasValue in".split()
)
_LONG_PATHS: Final = frozenset("zeroOrMorePath oneOrMorePath".split())
_OTHER_LANGUAGES: Final = frozenset(
    "sparql select ask construct js jsFunctionName jsLibrary rule target expression prefixes declare validator "
    "nodeValidator propertyValidator parameter".split()
)
_NESTING: Final = frozenset("property node not qualifiedValueShape".split())
_NESTING_LISTS: Final = frozenset("and or xone".split())
_INTEGERS: Final = frozenset("minCount maxCount minLength maxLength qualifiedMinCount qualifiedMaxCount".split())
_SEVERITIES: Final = {"Violation": "error", "Warning": "warning", "Info": "info"}


class Shapes(NamedTuple):
    """The text of each shape file, and each named shape with the sentence that it holds the graph to."""

    texts: tuple[tuple[str, str], ...]
    rules: Mapping[str, str]


class Result(NamedTuple):
    """One value, or one lack of a value, that a shape does not allow."""

    rule: str
    severity: str
    focus: str
    path: str
    value: Object | None
    message: str
    constraint: str


def rule_name(iri: str) -> str:
    """Return the name by which findings call a shape.

    >>> rule_name("https://w3id.org/secgraph/shapes#Event-start")
    'shape:Event-start'
    """
    return "shape:" + re.split(r"[/#]", iri)[-1]


def shape_texts(folder: Path) -> tuple[tuple[str, str], ...]:
    """Return the shape files of a folder by name, sorted.

    Raises:
        OntologyError: there is none, or one cannot be read.
    """
    try:
        texts = tuple((path.name, path.read_bytes().decode()) for path in sorted(folder.glob("*.ttl")))
    except (OSError, UnicodeDecodeError) as exc:
        raise OntologyError(f"the shapes cannot be read: {exc}", hint="save them as UTF-8") from exc
    if not texts:
        raise OntologyError(f"no shapes in {folder.name}/", hint="a check that checks nothing would always pass")
    return texts


def load_shapes(folder: Path) -> Shapes:
    """Read and check the shape files of a folder, strictly.

    Raises:
        OntologyError: a file is malformed, recursive, or not SHACL Core; names it.
    """
    texts = shape_texts(folder)
    graph = _graph_of(texts)
    return Shapes(texts, {rule_name(iri): message for iri, message in _named(graph).items()})


def _graph_of(texts: Iterable[tuple[str, str]], *, own: bool = True) -> rdflib.Graph:
    """Return the shapes as one graph; the first fault of a file is raised with its name.

    Our own shapes say what is wrong and how bad it is; those of strangers need not.
    """
    import rdflib

    whole = rdflib.Graph()
    files: dict[str, str] = {}
    for name, text in texts:
        graph = rdflib.Graph(bind_namespaces="none")
        try:
            graph.parse(data=text, format="turtle")
        except Exception as exc:  # rdflib's parser raises whatever it meets: BadSyntax, ValueError, IndexError
            line = re.search(r"at line (\d+)", str(exc))
            place = f" line {line[1]}" if line else ""
            said = re.search(r"Bad syntax \((.*?)\) at", str(exc))
            reason = said[1] if said else type(exc).__name__
            raise OntologyError(f"{name}{place}: not valid Turtle: {reason}", hint="mend the file") from exc
        fault = _fault(graph) or (_unsaid(graph) if own else None)
        if fault:
            raise OntologyError(f"{name}: {fault[0]}", hint=fault[1])
        whole += graph
        files.update((str(subject), name) for subject in graph.subjects())
    cycle = _recursion(whole)
    if cycle:
        names = " -> ".join(rule_name(node) for node in cycle if ":" in node)
        hint = "take out the link that is wrong"
        raise OntologyError(f"{files[cycle[0]]}: shapes that refer to themselves: {names}", hint=hint)
    return whole


def _fault(graph: rdflib.Graph) -> tuple[str, str] | None:
    """Return what is wrong with one file of shapes, and what to do."""
    import rdflib

    sh = rdflib.Namespace(SH)
    for subject, predicate, item in sorted(graph, key=lambda triple: tuple(map(str, triple))):
        term = str(predicate).removeprefix(SH)
        if not str(predicate).startswith(SH):
            continue
        name = _shown(graph, subject)
        if term in _OTHER_LANGUAGES:
            return f"{name} uses sh:{term}, which is not SHACL Core", "write the rule as a query in qc/"
        if term in _LONG_PATHS:
            return f"{name} has a path of any length, sh:{term}", "write the rule as a query in qc/"
        if term not in _CORE:
            near = nearest(term, _CORE)
            return f"{name} uses sh:{term}, which SHACL does not know", f"did you mean sh:{near[0]}?" if near else ""
        if term in _INTEGERS and not (isinstance(item, rdflib.Literal) and isinstance(item.value, int)):
            return f"{name}: sh:{term} needs a whole number", "write it without quotes"
        if term == "pattern":
            try:
                re.compile(str(item))
            except re.error as exc:
                return f"{name}: sh:pattern is no regular expression: {exc}", "mend the pattern"
    for node in sorted(_property_shapes(graph), key=str):
        if (node, None, None) in graph and len(set(graph.objects(node, sh.path))) != 1:
            return f"{_shown(graph, node)} needs exactly one sh:path", "say which values it is about"
    return None


def _property_shapes(graph: rdflib.Graph) -> set[Any]:
    import rdflib

    sh = rdflib.Namespace(SH)
    return set(graph.subjects(rdflib.RDF.type, sh.PropertyShape)) | set(graph.objects(None, sh.property))


def _unsaid(graph: rdflib.Graph) -> tuple[str, str] | None:
    """Return which shape does not say what its findings mean, and what to do."""
    import rdflib

    sh = rdflib.Namespace(SH)
    for node in sorted(_property_shapes(graph) | set(graph.subjects(rdflib.RDF.type, sh.NodeShape)), key=str):
        if isinstance(node, rdflib.URIRef) and (node, None, None) in graph:
            for needed in ("message", "severity"):
                if (node, sh[needed], None) not in graph:
                    return f"{_shown(graph, node)} has no sh:{needed}", "a finding says what is wrong and how bad it is"
    return None


def _shown(graph: rdflib.Graph, node: Any) -> str:
    """Return the name of a shape, or of the one that a nameless part stands in."""
    import rdflib

    for _step in range(20):
        if isinstance(node, rdflib.URIRef):
            return rule_name(str(node))
        node = next(iter(sorted(graph.subjects(None, node), key=str)), None)
    return "a shape without a name"


def _recursion(graph: rdflib.Graph) -> tuple[str, ...]:
    """Return a chain of shapes that comes back to its start, if there is one."""
    import rdflib
    from rdflib.collection import Collection

    from secgraph.validation.references import cycles

    edges: dict[str, list[str]] = {}
    for term in sorted(_NESTING):
        for subject, item in graph.subject_objects(rdflib.URIRef(SH + term)):
            edges.setdefault(str(subject), []).append(str(item))
    for term in sorted(_NESTING_LISTS):
        for subject, head in graph.subject_objects(rdflib.URIRef(SH + term)):
            edges.setdefault(str(subject), []).extend(str(item) for item in Collection(graph, head))
    found = cycles({name: tuple(sorted(targets)) for name, targets in edges.items()})
    return (*found[0], found[0][0]) if found else ()


def _named(graph: rdflib.Graph) -> dict[str, str]:
    import rdflib

    sh = rdflib.Namespace(SH)
    names = set(graph.subjects(rdflib.RDF.type, sh.NodeShape)) | set(graph.subjects(rdflib.RDF.type, sh.PropertyShape))
    return {
        str(name): str(graph.value(name, sh.message) or "")
        for name in sorted(names, key=str)
        if isinstance(name, rdflib.URIRef)
    }


def shape_results(
    quads: Iterable[Quad], texts: Sequence[tuple[str, str]], *, meta: bool = False, own: bool = True
) -> list[Result]:
    """Return what the shapes find in the triples of the default graph, sorted.

    Args:
        quads: only those of the default graph are looked at.
        texts: the shape files.
        meta: hold the shapes themselves to the shapes of shapes first, which takes some seconds.
        own: the shapes are ours, and so have a message and a severity each.

    Raises:
        OntologyError: the shapes cannot be used; names the file where one is to blame.
    """
    facts = [quad for quad in quads if not quad.graph]
    parts = by_subject(facts) if look_at_one_thing(texts) else [facts]
    del facts
    several = len(parts) > 1
    found: list[Result] = []
    while parts:
        found += _run(parts.pop(), texts, meta, own)
        # One run is enough to hold the shapes themselves to theirs.
        meta = False
    # A value that things of several parts have is found in each of them.
    return sorted(set(found) if several else found, key=lambda result: tuple(map(str, result)))


def _run(quads: Iterable[Quad], texts: Sequence[tuple[str, str]], meta: bool, own: bool) -> list[Result]:
    target = (
        "secgraph.validation.shapes:validate_triples" if own else "secgraph.validation.shapes:validate_by_strangers"
    )
    triples = [
        (quad.subject, quad.predicate, tuple(quad.object) if isinstance(quad.object, Literal) else quad.object)
        for quad in quads
    ]
    try:
        found = run_limited(target, (triples, tuple(texts), meta), _LIMITS, what="the shapes")
    except OntologyError:
        raise
    except LimitError as exc:
        hint = "find the shape that is slow"
        raise OntologyError(f"the shapes were stopped at the limit of {exc.limit}", hint=hint) from exc
    except SecgraphError as exc:
        raise OntologyError(f"the shapes cannot be used: {exc.message}", hint=exc.hint) from exc
    return [
        Result(rule, severity, focus, path, Literal(*value) if isinstance(value, tuple) else value, message, constraint)
        for rule, severity, focus, path, value, message, constraint in found
    ]


class _Complaints(logging.Handler):
    """Keeps what pySHACL complains about while it says that all is well."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())


_Work = tuple[list[tuple[str, str, Any]], tuple[tuple[str, str], ...], bool]


def validate_triples(argument: _Work) -> list[Any]:
    """Return the results in plain tuples, in the child of `shape_results`."""
    triples, texts, meta = argument
    return _validate(triples, _graph_of(texts), meta)


def validate_by_strangers(argument: _Work) -> list[Any]:
    """Return the results of shapes that are not ours, in the child of `shape_results`."""
    triples, texts, meta = argument
    return _validate(triples, _graph_of(texts, own=False), meta)


def _validate(triples: list[tuple[str, str, Any]], shapes: rdflib.Graph, meta: bool) -> list[Any]:
    import pyshacl
    import rdflib
    from pyshacl.errors import ShapeRecursionWarning

    from secgraph.validation.lean import LeanStore

    data = rdflib.Graph(store=LeanStore(triples), bind_namespaces="none")
    complaints = _Complaints()
    logging.getLogger().addHandler(complaints)
    with warnings.catch_warnings():
        warnings.simplefilter("error", ShapeRecursionWarning)
        warnings.simplefilter("error", UserWarning)
        try:
            _conforms, report, text = pyshacl.validate(
                data, shacl_graph=shapes, inplace=True, inference="none", advanced=False, meta_shacl=meta
            )
        except Exception as exc:  # pySHACL raises what it meets, warnings and its own errors alike
            raise OntologyError(f"the shapes cannot be used: {_shorter(str(exc))}", hint="see the shape files") from exc
        finally:
            logging.getLogger().removeHandler(complaints)
    if not isinstance(report, rdflib.Graph):
        raise OntologyError(f"the shapes cannot be used: {text}", hint="see the shape files")
    if complaints.texts:
        raise OntologyError(f"the shapes cannot be used: {complaints.texts[0]}", hint="see the shape files")
    return _results(report, shapes)


def _shorter(text: str) -> str:
    """Return what pySHACL says in a line: of a whole report, the first result."""
    first, *lines = text.strip().splitlines() or [""]
    said = [line.strip() for line in lines]
    told = [
        next((line for line in said if line.startswith(name)), "") for name in ("Focus Node", "Result Path", "Message")
    ]
    return "; ".join(part for part in (first, *told) if part)[:500]


def _results(report: rdflib.Graph, shapes: rdflib.Graph) -> list[Any]:
    import rdflib

    sh = rdflib.Namespace(SH)
    found = []
    for result in set(report.objects(None, sh.result)):
        source = report.value(result, sh.sourceShape)
        severity = str(report.value(result, sh.resultSeverity)).removeprefix(SH)
        value = report.value(result, sh.value)
        plain: Any = None if value is None else str(value)
        if isinstance(value, rdflib.Literal):
            datatype = str(value.datatype or (LANG_STRING if value.language else XSD + "string"))
            plain = (str(value), datatype, value.language or "")
        path = report.value(result, sh.resultPath)
        message = min((str(text) for text in report.objects(result, sh.resultMessage)), default="")
        found.append(
            (
                rule_name(str(source)) if isinstance(source, rdflib.URIRef) else _shown(shapes, source),
                _SEVERITIES.get(severity, "error"),
                str(report.value(result, sh.focusNode)),
                str(path) if isinstance(path, rdflib.URIRef) else "",
                plain,
                message,
                str(report.value(result, sh.sourceConstraintComponent)).removeprefix(SH),
            )
        )
    return found
