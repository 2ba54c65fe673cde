"""Splits a graph for shapes that look at one thing at a time, so that a run of them never holds all of it.

In go the texts of the shapes, or quads; out comes whether the shapes allow it, or the quads in parts by their subject.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from typing import Final

from secgraph.errors import SourceError
from secgraph.store.rdf import parse
from secgraph.values import Quad
from secgraph.vocab import RDF, RDFS

SH: Final = "http://www.w3.org/ns/shacl#"
TRIPLES: Final = 250_000
"""How many triples a part has at most, more or less: some 300 MB in rdflib's terms."""

_OF_ONE_THING: Final = frozenset(
    "path targetClass targetNode targetSubjectsOf targetObjectsOf property name description message severity order "
    "group deactivated datatype nodeKind minCount maxCount minInclusive maxInclusive minExclusive maxExclusive "
    "minLength maxLength pattern flags languageIn uniqueLang equals disjoint lessThan lessThanOrEquals not and or xone "
    "closed ignoredProperties hasValue in".split()
)
"""What of SHACL Core asks for no more than the statements of a thing; `class` and `node` ask of its values' own."""
_OWN_STATEMENTS: Final = frozenset(("path", "property", "closed"))


def look_at_one_thing(texts: Iterable[tuple[str, str]]) -> bool:
    """Tell whether what each shape says of a thing follows from the statements with that thing as their subject.

    >>> shape = "@prefix sh: <http://www.w3.org/ns/shacl#> . <urn:a> sh:path <urn:p> ; "
    >>> [look_at_one_thing([("a.ttl", shape + asks)]) for asks in ("sh:minCount 1 .", "sh:class <urn:c> .")]
    [True, False]
    """
    try:
        return all(_is_of_one_thing(parse(text.encode(), "ttl", name=name)) for name, text in texts)
    except SourceError:
        # What is wrong with the text is said where it is used.
        return False


def _is_of_one_thing(quads: Iterable[Quad]) -> bool:
    terms: dict[str, set[str]] = {}
    within: set[str] = set()
    for subject, predicate, item, _graph in quads:
        term = predicate.removeprefix(SH)
        if predicate == RDF + "first" or term == "not":
            # A shape within another is about the other's values.
            within.add(str(item))
        if not predicate.startswith(SH):
            continue
        if term not in _OF_ONE_THING or (term == "path" and str(item).startswith("_:")):
            return False
        terms.setdefault(subject, set()).add(term)
    return not any(
        {"path", "property"} <= said
        or (subject in within and said & _OWN_STATEMENTS)
        or ("targetObjectsOf" in said and said & _OWN_STATEMENTS)
        for subject, said in terms.items()
    )


def by_subject(quads: Sequence[Quad], size: int = TRIPLES) -> list[list[Quad]]:
    """Return the quads in parts of about a size, each thing whole in one of them.

    Where a class is said to be a kind of another, which decides what the shapes are about, all stay together.
    """
    count = -(-len(quads) // size)
    if count <= 1 or any(quad.predicate == RDFS + "subClassOf" for quad in quads):
        return [list(quads)]
    parts: list[list[Quad]] = [[] for _ in range(count)]
    for quad in quads:
        # Not by Python's own hash, which differs from run to run.
        parts[zlib.crc32(quad.subject.encode()) % count].append(quad)
    return parts
