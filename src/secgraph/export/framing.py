"""JSON-LD: a graph compacted with the bundled context, and one thing with what is about it, by the frame of its kind.

PyLD reads the expanded JSON-LD that the store's serialiser wrote. Nothing here reads a network: a context that is not
bundled is refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

from pyld import jsonld

from secgraph.errors import ConfigError, SecgraphError
from secgraph.resources import ontology_dir
from secgraph.store.rdf import serialise_quads
from secgraph.values import Quad
from secgraph.vocab import PREFIXES, RDF, RDFS, SKOS, kind_of, sg

_TYPE: Final = RDF + "type"
_LABELS: Final = frozenset((RDFS + "label", sg("shortName"), SKOS + "prefLabel", _TYPE))


def compacted(quads: Iterable[Quad]) -> bytes:
    """Return triples as one JSON-LD document, in the terms of the bundled context."""
    document, context = _expanded(quads), _context()
    return _json(
        _pyld(
            lambda processor, options: processor.compact(
                document, context, {**options, "skipExpansion": True, "graph": True}
            )
        )
    )


def framed(quads: Iterable[Quad], entity: str) -> bytes:
    """Return one thing as JSON-LD, by the bundled frame of its kind.

    It holds the thing, the nodes about it that the frame names (memberships, participations, money rows, names ...)
    and the labels of whatever these name.

    Raises:
        ConfigError: there is no frame for things of its kind.
    """
    kind = kind_of(entity)
    path = ontology_dir() / "frames" / f"{kind}.jsonld"
    if not kind or not path.is_file():
        known = sorted(frame.stem for frame in path.parent.glob("*.jsonld"))
        raise ConfigError(f"there is no frame for {entity}", hint="kinds with a frame: " + ", ".join(known))
    frame = json.loads(path.read_text(encoding="utf-8"))
    # With a type in it the frame would match every thing of the kind.
    del frame["@type"]
    context = _context()
    frame.update({"@context": context, "@id": entity})
    document = _expanded(_about(list(quads), entity, *_reverses(frame, context)))
    return _json(_pyld(lambda processor, options: processor.frame(document, frame, options)))


def properties() -> dict[str, tuple[bool, bool]]:
    """Return the properties that the bundled context knows: whether their values are things, and may be several."""
    return {
        _whole(entry["@id"]): (entry.get("@type") in ("@id", "@vocab"), entry.get("@container") == "@set")
        for entry in _context().values()
        if isinstance(entry, dict) and "@id" in entry
    }


def _whole(name: str) -> str:
    prefix, _, rest = name.partition(":")
    return PREFIXES[prefix] + rest


def _reverses(frame: dict[str, Any], context: dict[str, Any]) -> tuple[set[str], set[str]]:
    """Return the properties by which other nodes are about a thing: of those told whole, and of those only named."""
    whole: set[str] = set()
    named: set[str] = set()
    for term, wanted in frame.items():
        if not term.startswith("@"):
            (named if wanted.get("@embed") == "@never" else whole).add(_whole(context[term]["@reverse"]))
    return whole, named


def _about(quads: list[Quad], entity: str, whole: set[str], named: set[str]) -> list[Quad]:
    """Return what is said of an entity and of the nodes about it, and how the things named there are called."""
    own = {quad.subject for quad in quads if quad.object == entity and quad.predicate in whole} | {entity}
    kept = [quad for quad in quads if quad.subject in own]
    others = {quad.object for quad in kept if isinstance(quad.object, str)} - own
    return kept + [
        quad
        for quad in quads
        if (quad.subject in others and quad.predicate in _LABELS)
        or (quad.object == entity and quad.predicate in named and quad.subject not in own)
    ]


def _expanded(quads: Iterable[Quad]) -> list[dict[str, Any]]:
    """Return triples as expanded JSON-LD, one object per subject."""
    document: list[dict[str, Any]] = json.loads(serialise_quads((quad._replace(graph="") for quad in quads), "jsonld"))
    for node in document:
        if _TYPE in node:
            node["@type"] = [value["@id"] for value in node.pop(_TYPE)]
    return document


def _context() -> dict[str, Any]:
    context: dict[str, Any] = json.loads((ontology_dir() / "context.jsonld").read_text(encoding="utf-8"))
    found: dict[str, Any] = context["@context"]
    return found


class _Processor(jsonld.JsonLdProcessor):  # type: ignore[misc]
    """PyLD, which remembers the short forms of IRIs: it compares each with all terms of the context anew (6 s to 2 s).

    Should a later PyLD name its method otherwise, this one is not called, and the result is the same.
    """

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[tuple[int, str, bool, str | None, bool], Any] = {}
        self._contexts: list[Any] = []

    def _compact_iri(
        self,
        active_ctx: Any,
        iri: str,
        value: Any = None,
        vocab: bool = False,
        base: str | None = None,
        reverse: bool = False,
    ) -> Any:
        if value is not None:
            return super()._compact_iri(active_ctx, iri, value, vocab, base, reverse)
        key = (id(active_ctx), iri, vocab, base, reverse)
        if key not in self._known:
            # Kept alive, so that its id stays its own.
            self._contexts.append(active_ctx)
            self._known[key] = super()._compact_iri(active_ctx, iri, None, vocab, base, reverse)
        return self._known[key]


def _pyld(work: Any) -> dict[str, Any]:
    refused: list[str] = []

    def refuse(url: str, _options: Any) -> Any:
        refused.append(url)
        raise LookupError(url)

    try:
        result: dict[str, Any] = work(_Processor(), {"documentLoader": refuse})
    except jsonld.JsonLdError as exc:
        if refused:
            raise ConfigError(f"the JSON-LD context {refused[0]} is not bundled", hint="nothing is fetched") from exc
        raise SecgraphError(f"JSON-LD cannot be written: {exc}", hint="look at ontology/context.jsonld") from exc
    return result


def _json(document: dict[str, Any]) -> bytes:
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()
