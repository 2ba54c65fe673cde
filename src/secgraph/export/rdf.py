"""Quads as files of RDF: sorted, with stable prefixes, so that the same quads give the same bytes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from secgraph.errors import ConfigError
from secgraph.export.framing import compacted
from secgraph.store.rdf import serialise_quads
from secgraph.values import Literal, Quad
from secgraph.vocab import CODELISTS, ID, KINDS, PREFIXES, kind_of

TRIPLES: Final = ("ttl", "jsonld", "nt", "rdfxml")
DATASETS: Final = ("trig", "nq")

# One prefix per kind of thing: a name of `id:` would have a slash in it, which Turtle wants escaped.
_PREFIXES: Final = {
    **{prefix: iri for prefix, iri in PREFIXES.items() if prefix != "id"},
    **{kind: f"{ID}{kind}/" for kind in (*KINDS, *CODELISTS)},
}
_NOT_IN_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_XML_NAME: Final = re.compile(r"[^\W\d][\w.-]*\Z")


def graph_bytes(
    quads: Iterable[Quad], form: str, *, comment: str = "", prefixes: Mapping[str, str] | None = None
) -> bytes:
    """Return quads in an RDF format, sorted, with stable prefixes; JSON-LD is compacted with the bundled context.

    Args:
        quads: in any order; the graphs' names are left out of formats that hold triples.
        form: ttl, jsonld, nt, rdfxml, trig or nq.
        comment: lines to stand before Turtle and TriG.
        prefixes: of vocabularies that the graph itself does not use.

    Raises:
        ConfigError: an unknown format, or something that XML cannot say.
    """
    if form not in (*TRIPLES, *DATASETS):
        raise ConfigError(f"triples are not written as {form}", hint="one of " + ", ".join((*TRIPLES, *DATASETS)))
    if form == "jsonld":
        return compacted(quads)
    if form in ("nt", "nq"):
        return serialise_quads(quads, form)
    found = list(quads)
    told = {kind_of(name) for quad in found for name in (quad.subject, quad.object, quad.graph) if type(name) is str}
    used = {name: iri for name, iri in _PREFIXES.items() if name in PREFIXES or name in told} | dict(prefixes or {})
    if form == "rdfxml":
        # An element is named by a property; things are named whole.
        return _xml(found, {name: iri for name, iri in used.items() if name not in told})
    return _laid_out(serialise_quads(found, form, used), comment, spaced=form == "ttl")


def _xml(quads: list[Quad], prefixes: Mapping[str, str]) -> bytes:
    """Return RDF/XML whose namespaces are sorted (the serialiser has an order of its own)."""
    for quad in quads:
        if isinstance(quad.object, Literal) and (bad := _NOT_IN_XML.search(quad.object.value)):
            told = f"{quad.subject} {quad.predicate}: the character U+{ord(bad[0]):04X} cannot stand in XML"
            raise ConfigError(told, hint="use ttl, nt or jsonld")
    for name in {quad.predicate for quad in quads}:
        if not _XML_NAME.search(re.split(r"[/#:]", name)[-1]):
            raise ConfigError(f"the property {name} has no name that XML takes", hint="use ttl, nt or jsonld")
    # A reader of XML takes a bare carriage return for a line end.
    data = serialise_quads(quads, "rdfxml", prefixes).replace(b"\r", b"&#13;")
    start = data.index(b"<rdf:RDF ") + len(b"<rdf:RDF ")
    end = data.index(b">", start)
    return data[:start] + b"\n\t" + b"\n\t".join(sorted(data[start:end].split(b" "))) + data[end:]


def _laid_out(data: bytes, comment: str, *, spaced: bool) -> bytes:
    """Return Turtle or TriG with its prefixes sorted (the serialiser has an order of its own) and a comment."""
    lines = data.decode().split("\n")
    prefixes = [line for line in lines if line.startswith("@prefix ")]
    body = lines[len(prefixes) :]
    if spaced:
        # No literal holds a raw line end, so a line that is not indented starts a subject.
        body = [f"\n{line}" if line and not line.startswith("\t") else line for line in body]
    remarks = [f"# {line}" for line in comment.splitlines()]
    return "\n".join([*remarks, *sorted(prefixes), *body]).encode()
