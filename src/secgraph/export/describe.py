"""A release described for catalogues: DCAT for what it is and how it is had, VoID for what is in it, by counts.

No clock and no address of a server: a description of the same release is the same on any machine.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from secgraph.export.csvw import licence_iri, release_iri
from secgraph.export.rdf import graph_bytes
from secgraph.values import XSD, Literal, Object, Quad
from secgraph.vocab import DCAT, DCT, FOAF, INFERRED, NS, ONTOLOGY, PREFIXES, RDF, SOURCES, kind_of, local, slug

VOID: Final = "http://rdfs.org/ns/void#"
SD: Final = "http://www.w3.org/ns/sparql-service-description#"
_IANA: Final = "https://www.iana.org/assignments/media-types/"
_TYPE: Final = RDF + "type"
_RDF_FILES: Final = "http://www.w3.org/ns/formats/"

_WAYS: Final = {
    "ttl": ("Turtle, the merged knowledge", "text/turtle", "Turtle"),
    "jsonld": ("JSON-LD, the merged knowledge", "application/ld+json", "JSON-LD"),
    "nt": ("N-Triples, the merged knowledge", "application/n-triples", "N-Triples"),
    "rdfxml": ("RDF/XML, the merged knowledge", "application/rdf+xml", "RDF_XML"),
    "nq": ("N-Quads, every graph", "application/n-quads", "N-Quads"),
    "trig": ("TriG, every graph", "application/trig", "TriG"),
    "parquet": ("Parquet, the relations", "application/vnd.apache.parquet", ""),
    "csv": ("CSV, the relations", "text/csv", ""),
    "csvw": ("CSV on the Web, the relations with their metadata", "text/csv", ""),
    "xlsx": (
        "a workbook of the relations", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "",
    ),
}  # fmt: skip
"""What each export is, its media type, and its name among the W3C's formats of RDF."""


def description(quads: Iterable[Quad], dataset: Mapping[str, str], digest: str, forms: Iterable[str]) -> bytes:
    """Return the Turtle that describes a release.

    Args:
        quads: of all graphs.
        dataset: what the dataset says of itself: id, title, description, publisher, licence, region.
        digest: of the release.
        forms: how it is exported; each is a distribution.
    """
    release = release_iri(digest)
    comment = (
        f"secgraph, release {digest}\nThe counts are of the merged knowledge, the default graph; those of each other "
        "graph are in a subset of its own.\nA triple that three sources state stands in four graphs."
    )
    told = [
        *_release(release, dataset, digest),
        *_distributions(release, dataset, forms),
        *_counts(release, quads),
    ]
    return graph_bytes(told, "ttl", comment=comment, prefixes={"void": VOID, "sd": SD, "release": f"{release}#"})


def _release(release: str, dataset: Mapping[str, str], digest: str) -> Iterator[Quad]:
    yield from _all(release, _TYPE, VOID + "Dataset", DCAT + "Dataset")
    publisher = f"{release}#publisher"
    yield Quad(publisher, _TYPE, FOAF + "Agent")
    yield Quad(publisher, FOAF + "name", Literal(dataset["publisher"]))
    yield Quad(release, DCT + "publisher", publisher)
    for name in ("title", "description"):
        yield Quad(release, DCT + name, Literal(dataset[name]))
    yield Quad(release, DCT + "identifier", Literal(digest))
    yield _licence(release, dataset)
    if dataset.get("region"):
        yield Quad(release, DCAT + "keyword", Literal(dataset["region"]))
    yield Quad(release, DCT + "conformsTo", NS.rstrip("#"))
    yield Quad(release, VOID + "uriSpace", Literal(PREFIXES["id"]))


def _licence(about: str, dataset: Mapping[str, str]) -> Quad:
    iri = licence_iri(dataset["licence"])
    return Quad(about, DCT + "license", iri) if iri else Quad(about, DCT + "rights", Literal(dataset["licence"]))


def _distributions(release: str, dataset: Mapping[str, str], forms: Iterable[str]) -> Iterator[Quad]:
    for form in forms:
        title, media, named = _WAYS[form]
        way = f"{release}#{form}"
        yield Quad(release, DCAT + "distribution", way)
        yield Quad(way, _TYPE, DCAT + "Distribution")
        yield Quad(way, DCT + "title", Literal(title))
        yield Quad(way, DCT + "description", Literal(f"secgraph export --format {form}"))
        yield Quad(way, DCAT + "mediaType", _IANA + media)
        yield _licence(way, dataset)
        if named:
            yield Quad(release, VOID + "feature", _RDF_FILES + named)


def _counts(release: str, quads: Iterable[Quad]) -> Iterator[Quad]:
    """Yield the counts of the merged graph, by class and property too, and those of every other graph."""
    graphs: Counter[str] = Counter()
    predicates: Counter[str] = Counter()
    members: dict[str, set[str]] = defaultdict(set)
    subjects: set[str] = set()
    objects: set[Object] = set()
    vocabularies: set[str] = set()
    for quad in quads:
        graphs[quad.graph] += 1
        if quad.graph:
            continue
        predicates[quad.predicate] += 1
        subjects.add(quad.subject)
        objects.add(quad.object)
        vocabularies.add(_vocabulary(quad.predicate))
        if quad.predicate == _TYPE and isinstance(quad.object, str):
            members[quad.object].add(quad.subject)
            vocabularies.add(_vocabulary(quad.object))
    yield Quad(release, VOID + "triples", _number(graphs.pop("", 0)))
    yield Quad(release, VOID + "classes", _number(len(members)))
    yield Quad(release, VOID + "properties", _number(len(predicates)))
    yield Quad(release, VOID + "distinctSubjects", _number(len(subjects)))
    yield Quad(release, VOID + "distinctObjects", _number(len(objects)))
    yield from _all(release, VOID + "vocabulary", *vocabularies)
    for name, found in members.items():
        part = f"{release}#class-{_short(name)}"
        yield Quad(release, VOID + "classPartition", part)
        yield Quad(part, VOID + "class", name)
        yield Quad(part, VOID + "entities", _number(len(found)))
    for name, count in predicates.items():
        part = f"{release}#property-{_short(name)}"
        yield Quad(release, VOID + "propertyPartition", part)
        yield Quad(part, VOID + "property", name)
        yield Quad(part, VOID + "triples", _number(count))
    for graph, count in graphs.items():
        part = f"{release}#graph-{_graph_name(graph)}"
        yield Quad(release, VOID + "subset", part)
        yield from _all(part, _TYPE, VOID + "Dataset", SD + "NamedGraph")
        yield Quad(part, SD + "name", graph)
        yield Quad(part, VOID + "triples", _number(count))
        if graph not in (INFERRED, ONTOLOGY, SOURCES):
            yield Quad(part, DCT + "source", graph)


def _all(subject: str, predicate: str, *objects: str) -> Iterator[Quad]:
    return (Quad(subject, predicate, item) for item in objects)


def _number(count: int) -> Literal:
    return Literal(str(count), XSD + "integer")


def _vocabulary(term: str) -> str:
    return term[: len(term) - len(local(term))]


def _short(term: str) -> str:
    """Return a name for a term that two vocabularies do not share: its prefix and name."""
    for prefix, iri in PREFIXES.items():
        if term.startswith(iri):
            return f"{prefix}-{local(term)}"
    return slug(term)


def _graph_name(graph: str) -> str:
    return local(graph) if kind_of(graph) or graph in (INFERRED, ONTOLOGY, SOURCES) else slug(graph)
