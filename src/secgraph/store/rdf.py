"""Quads as texts of RDF and back: parsing, sorted serialising, and names for blank nodes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, cast

import pyoxigraph as ox

from secgraph.errors import QueryError, SourceError
from secgraph.values import Literal, Object, Quad, nquad, ntriples_object

RDF_FORMATS: Final = {
    "nt": ox.RdfFormat.N_TRIPLES,
    "nq": ox.RdfFormat.N_QUADS,
    "ttl": ox.RdfFormat.TURTLE,
    "trig": ox.RdfFormat.TRIG,
    "jsonld": ox.RdfFormat.JSON_LD,
    "rdfxml": ox.RdfFormat.RDF_XML,
}
_WITH_GRAPHS: Final = frozenset(("nq", "trig", "jsonld"))
GENID: Final = "https://w3id.org/secgraph/.well-known/genid/"


def known(formats: Mapping[str, Any], name: str) -> Any:
    """Return the library's object for one of our formats.

    Raises:
        QueryError: there is no such format.
    """
    if name not in formats:
        raise QueryError(f"no format {name!r}", hint="one of " + ", ".join(formats))
    return formats[name]


def _node(name: str) -> ox.NamedNode | ox.BlankNode:
    return ox.BlankNode(name[2:]) if name.startswith("_:") else ox.NamedNode(name)


def library_quads(quads: Iterable[Quad]) -> Iterator[ox.Quad]:
    """Yield the library's quads; names that come again are made once."""
    names: dict[str, ox.NamedNode | ox.BlankNode] = {}

    def name(text: str) -> ox.NamedNode | ox.BlankNode:
        found = names.get(text)
        if found is None:
            found = names[text] = _node(text)
        return found

    for subject, predicate, item, graph in quads:
        value: ox.NamedNode | ox.BlankNode | ox.Literal
        if not isinstance(item, Literal):
            value = name(item)
        elif item.language:
            value = ox.Literal(item.value, language=item.language)
        else:
            value = ox.Literal(item.value, datatype=cast(ox.NamedNode, name(item.datatype)))
        where = name(graph) if graph else ox.DefaultGraph()
        yield ox.Quad(name(subject), cast(ox.NamedNode, name(predicate)), value, where)


def line_of(quad: Quad) -> str:
    """Return the N-Quads line of a quad that may hold blank nodes."""
    line = nquad(quad)
    if "<_:" not in line:
        return line
    graph = f" {_angle(quad.graph)}" if quad.graph else ""
    item = ntriples_object(quad.object) if isinstance(quad.object, Literal) else _angle(quad.object)
    return f"{_angle(quad.subject)} {_angle(quad.predicate)} {item}{graph} .\n"


def _angle(name: str) -> str:
    return name if name.startswith("_:") else f"<{name}>"


def from_library(quad: Any) -> Quad:
    """Return our quad for one of the library's."""
    item = quad.object
    value: Object
    if isinstance(item, ox.Literal):
        value = Literal(item.value, item.datatype.value, item.language or "")
    elif isinstance(item, (ox.NamedNode, ox.BlankNode)):
        value = _name_of(item)
    else:
        raise SourceError("data", "triple terms are not read", hint="state each triple by itself")
    graph = "" if isinstance(quad.graph_name, ox.DefaultGraph) else _name_of(quad.graph_name)
    return Quad(_name_of(quad.subject), quad.predicate.value, value, graph)


def _name_of(node: ox.NamedNode | ox.BlankNode) -> str:
    return f"_:{node.value}" if isinstance(node, ox.BlankNode) else str(node.value)


def sort_key(quad: Quad) -> tuple[str, str, str, str]:
    """Return the key that quads are sorted by before they are written: graph, subject, predicate, object."""
    return quad.graph, quad.subject, quad.predicate, ntriples_object(quad.object)


def serialise_quads(
    quads: Iterable[Quad],
    format: str,  # noqa: A002  the word that users know
    prefixes: Mapping[str, str] | None = None,
) -> bytes:
    """Return the distinct quads in `nt`, `nq`, `ttl`, `trig`, `jsonld` or `rdfxml`, sorted: same quads, same bytes.

    The formats of triples (nt, ttl, rdfxml) leave out the graphs' names.
    """
    kind = known(RDF_FORMATS, format)
    if format not in _WITH_GRAPHS:
        quads = (quad._replace(graph="") for quad in quads)
    if format in ("nt", "nq"):
        return "".join(sorted({line_of(quad) for quad in quads})).encode()
    items: Iterator[Any] = library_quads(sorted(set(quads), key=sort_key))
    if format not in _WITH_GRAPHS:
        items = (quad.triple for quad in items)
    return cast(bytes, ox.serialize(items, format=kind, prefixes=dict(prefixes or {})))


def parse(
    data: bytes,
    format: str,  # noqa: A002  the word that users know
    *,
    name: str = "data",
    base: str | None = None,
) -> Iterator[Quad]:
    """Yield the quads of a text in one of our RDF formats; blank nodes as `_:label`.

    A stranger's text is parsed in a `worker`, since deep nesting can end the process.

    Raises:
        SourceError: the text is malformed; says the line and column.
    """
    kind = known(RDF_FORMATS, format)
    if format == "rdfxml" and re.search(rb"<!\s*(DOCTYPE|ENTITY)", data):
        raise SourceError(name, "a document type or entity is declared", hint="take the declaration out")
    try:
        for quad in ox.parse(data, kind, base_iri=base):
            yield from_library(quad)
    except SyntaxError as exc:
        raise source_error(exc, name) from exc


def source_error(exc: SyntaxError, name: object) -> SourceError:
    """Return our error for what the library's parser says, with line and column where it knows them."""
    place = f"line {exc.lineno}, column {exc.offset}: " if exc.lineno else ""
    reason = re.sub(r"\AParser error at line \d+ (column \d+|between columns \d+ and \d+): ", "", str(exc.msg))
    return SourceError(name, f"{place}{reason}")


def canonical(quads: Iterable[Quad]) -> ox.Dataset:
    """Return the quads as the library's dataset, its blank nodes labelled by RDFC-1.0; it may take exponential time."""
    dataset = ox.Dataset(library_quads(quads))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return dataset


def canonical_hash(quads: Iterable[Quad]) -> str:
    """Return the SHA-256 of the canonical N-Quads of RDFC-1.0: equal for isomorphic datasets.

    Without blank nodes this is the SHA-256 of the sorted N-Quads. With many alike it may take exponential time.
    """
    lines = sorted(line_of(from_library(quad)) for quad in canonical(quads))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def name_blank_nodes(quads: Iterable[Quad]) -> list[Quad]:
    """Return the quads with each blank node named by an IRI made of its RDFC-1.0 label, sorted."""

    def named(text: str) -> str:
        return GENID + text[2:] if text.startswith("_:") else text

    found = []
    for quad in map(from_library, canonical(quads)):
        item = quad.object if isinstance(quad.object, Literal) else named(quad.object)
        found.append(Quad(named(quad.subject), quad.predicate, item, quad.graph))
    return sorted(found, key=sort_key)
