"""What follows from what was asserted: OWL 2 RL over the ontology, and the CONSTRUCT rules of the shortcuts.

Quads go in, quads of the graph of inferred knowledge come out: a pure function of them and of the ontology's files.
Kept are only triples about things of the dataset that nobody asserted and that say something.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Final, TypeVar

from rdflib import Graph
from rdflib import Literal as RdfLiteral
from reasonable import PyReasoner

from secgraph.errors import OntologyError, QueryError
from secgraph.protocols import ReadStore
from secgraph.values import Literal, Quad
from secgraph.vocab import CODELISTS, IATI_LISTS, ID, INFERRED, OWL, RDF, RDFS, kind_of

_Triple = tuple[str, str, str]

_TYPE: Final = RDF + "type"
_SAME: Final = OWL + "sameAs"
_LISTS: Final = CODELISTS | {f"iati-{name}" for name in IATI_LISTS}
_INFERS_NOTHING: Final = frozenset(OWL + name for name in ("disjointWith", "differentFrom", "imports"))
_OF_THE_LANGUAGE: Final = (OWL, RDFS, RDF)
_SAYS_MORE: Final = frozenset(
    (RDFS + "domain", RDFS + "range", RDFS + "subPropertyOf", OWL + "equivalentProperty", OWL + "inverseOf")
)
_KINDS_OF_PROPERTY: Final = frozenset(
    OWL + name
    for name in ("FunctionalProperty", "InverseFunctionalProperty", "SymmetricProperty", "TransitiveProperty")
)
_FUNCTIONAL: Final = OWL + "FunctionalProperty"
_JOINING: Final = frozenset((_FUNCTIONAL, OWL + "InverseFunctionalProperty", OWL + "TransitiveProperty"))
_RELATING: Final = frozenset((RDFS + "subPropertyOf", OWL + "equivalentProperty", OWL + "inverseOf"))
_ONE_BY_ONE: Final = frozenset(OWL + name for name in ("equivalentClass", "versionIRI", "versionInfo"))
_AT_ONCE: Final = 50_000
"""Facts that the reasoner holds at once, more or less: it needs some 2 kB for each."""
_JOINED_AT_ONCE: Final = 1_000


def derive(asserted: Iterable[Quad], store: ReadStore, ontology: Path) -> list[Quad]:
    """Return all that follows: the shortcuts of the rules, then OWL 2 RL over assertions and shortcuts.

    In this order the properties that a shortcut is a kind of are inferred too. No rule needs an inferred type.

    Args:
        asserted: the quads that `store` holds in its default graph.
        store: read by the rules only.
        ontology: the folder of the ontology's modules and rules.

    Raises:
        OntologyError: a module or rule cannot be read.
    """
    facts = [quad for quad in asserted if quad.graph != INFERRED]
    shortcuts = _unsaid({quad[:3] for quad in apply_rules(store, ontology / "rules")}, facts)
    new = [Quad(*triple, INFERRED) for triple in shortcuts]
    return sorted({*new, *infer([*facts, *new], ontology)}, key=_order)


_Fact = TypeVar("_Fact", bound=tuple[str, str, object])


def _unsaid(triples: set[_Fact], facts: Iterable[Quad]) -> set[_Fact]:
    """Return the triples that none of the facts says; those are many more, and no set is made of them."""
    triples.difference_update((quad.subject, quad.predicate, quad.object) for quad in facts)
    return triples


def infer(asserted: Iterable[Quad], ontology: Path) -> list[Quad]:
    """Return what OWL 2 RL infers from the quads of all graphs, sorted, in the graph of inferred knowledge.

    Literals take no part: no axiom of the ontology is about values, and a reader of dates could only refuse them. Where
    two things are inferred to be one, which is an error, not all that is said of the one is said of the other.

    Raises:
        OntologyError: a module of the ontology cannot be read.
    """
    axioms = _axioms(ontology)
    properties = _properties_with_axioms(axioms)
    joined = _joined_properties(axioms)
    text = axioms.serialize(format="nt")
    facts = [quad for quad in asserted if not isinstance(quad.object, Literal)]
    inferred: set[_Triple] = set()
    together: set[_Triple] = set()
    part: set[_Triple] = set()
    for subject, predicate, value, _graph in facts:
        if predicate not in properties:
            continue
        if joined is None or predicate in joined:
            together.add((subject, predicate, str(value)))
            continue
        part.add((subject, predicate, str(value)))
        if len(part) >= _AT_ONCE:
            inferred |= _closure(text, part)
            part.clear()
    inferred |= _closure(text, part)
    for some in _whole_subjects(together) if _joined_by_subject(axioms) else [together]:
        inferred |= _closure(text, some)
    return [Quad(*triple, INFERRED) for triple in sorted(_unsaid(inferred, facts))]


def _whole_subjects(facts: Iterable[_Triple]) -> Iterator[set[_Triple]]:
    """Yield the facts in small parts, each subject in one: the reasoner compares each with each, 14 GB for 20,000."""
    part: set[_Triple] = set()
    for _subject, own in groupby(sorted(facts), itemgetter(0)):
        part.update(own)
        if len(part) >= _JOINED_AT_ONCE:
            yield part
            part = set()
    yield part


def _closure(axioms: str, facts: Collection[_Triple]) -> set[_Triple]:
    """Return what is worth keeping of what follows from facts and axioms, a text of N-Triples, the facts left out."""
    lines = sorted([f"<{subject}> <{predicate}> <{value}> .\n" for subject, predicate, value in facts])
    reasoner = PyReasoner()
    with tempfile.TemporaryDirectory(prefix="secgraph-") as folder:
        path = Path(folder) / "facts.ttl"
        path.write_text(axioms + "".join(lines), encoding="utf-8")
        try:
            reasoner.load_file(str(path))
        except OSError as exc:
            raise OntologyError(f"the facts cannot be reasoned over: {exc}") from exc
    return {triple for triple in _text(reasoner.reason()) if _says_something(triple) and triple not in facts}


def apply_rules(store: ReadStore, rules: Path) -> list[Quad]:
    """Return what the CONSTRUCT rules of a folder yield over a store, sorted, in the graph of inferred knowledge.

    Raises:
        OntologyError: the folder has no rule, or one is malformed; names it.
    """
    paths = sorted(rules.glob("*.rq"))
    if not paths:
        raise OntologyError(f"{rules.name}: no rule found", hint="install the package again")
    found: set[Quad] = set()
    for path in paths:
        try:
            built = store.construct(path.read_text(encoding="utf-8"))
        except QueryError as exc:
            raise OntologyError(f"rule {path.name}: {exc.message}") from exc
        found.update(quad._replace(graph=INFERRED) for quad in built)
    return sorted(found, key=_order)


def _order(quad: Quad) -> tuple[str, str, str]:
    return quad.subject, quad.predicate, str(quad.object)


def _axioms(ontology: Path) -> Graph:
    """Return the axioms from which triples can follow.

    The codelists only name codes, and nothing follows from a name. Disjointness can only be broken, which is the
    business of the full reasoner; given to this one, it takes eight times as long as all the rest.
    """
    graph = Graph()
    for path in [*sorted(ontology.glob("*.ttl")), *sorted(ontology.glob("external/*.ttl"))]:
        if path.name == "codelists.ttl":
            continue
        try:
            graph.parse(path, format="turtle")
        except (SyntaxError, UnicodeDecodeError, ValueError) as exc:
            raise OntologyError(f"{path.name}: not Turtle: {exc}", hint="see the line that is named") from exc
    for triple in list(graph):
        if isinstance(triple[2], RdfLiteral) or str(triple[1]) in _INFERS_NOTHING:
            graph.remove(triple)
    return graph


def _properties_with_axioms(axioms: Graph) -> set[str]:
    """Return the properties from which anything can follow: the others (`dct:source`, pages) are most of the data."""
    found = {_TYPE}
    for subject, predicate, value in _text(axioms):
        if predicate in _SAYS_MORE or (predicate == _TYPE and value in _KINDS_OF_PROPERTY):
            found.add(subject)
        if predicate in (OWL + "onProperty", OWL + "equivalentProperty", OWL + "inverseOf"):
            found.add(value)
    return found


def _joined_properties(axioms: Graph) -> set[str] | None:
    """Return the properties of which two facts can say a third thing together; None where any two may.

    All others say what they say one by one, and so the facts need not be in the reasoner's memory at once.
    """
    related: dict[str, set[str]] = {}
    waiting: list[str] = []
    for subject, predicate, value in _text(axioms):
        if predicate == _TYPE and value in _JOINING:
            waiting.append(subject)
        elif predicate in _RELATING:
            related.setdefault(subject, set()).add(value)
            related.setdefault(value, set()).add(subject)
        elif predicate.startswith(OWL) and predicate not in _ONE_BY_ONE:
            return None
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += related.get(name, ())
    return found


def _joined_by_subject(axioms: Graph) -> bool:
    """Tell whether only facts with one subject say a third thing together, as those of functional properties do."""
    others = _JOINING - {_FUNCTIONAL}
    return not any(value in others or predicate == OWL + "inverseOf" for _subject, predicate, value in _text(axioms))


def _text(triples: Iterable[tuple[object, object, object]]) -> Iterator[_Triple]:
    """Yield rdflib's triples, which are the reasoner's too, as plain texts."""
    for subject, predicate, value in triples:
        yield str(subject), str(predicate), str(value)


def _says_something(triple: _Triple) -> bool:
    subject, predicate, value = triple
    if not subject.startswith(ID) or kind_of(subject) in _LISTS or subject.rpartition("/")[0] + "/" == ID:
        return False
    if predicate == _TYPE:
        return not value.startswith(_OF_THE_LANGUAGE)
    if predicate == _SAME:
        return subject != value
    return not predicate.startswith(_OF_THE_LANGUAGE)
