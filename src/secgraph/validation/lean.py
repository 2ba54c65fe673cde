"""A read-only rdflib store for one large graph: filled once, asked by subject or by predicate.

rdflib's own store keeps three indexes and the contexts of each triple; on the bundled dataset filling it took longer
than all the shapes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import rdflib
from rdflib.store import Store

_STRING = str(rdflib.XSD.string)


class LeanStore(Store):
    """One graph in memory that every context shows whole; nothing is added after it was filled."""

    context_aware = True
    graph_aware = True

    def __init__(self, triples: Iterable[tuple[str, str, Any]]) -> None:
        super().__init__()
        self._spo: dict[Any, dict[Any, list[Any]]] = {}
        self._by_predicate: dict[Any, dict[Any, list[Any]]] = {}
        self._size = 0
        self._fill(triples)

    def _fill(self, triples: Iterable[tuple[str, str, Any]]) -> None:
        terms: dict[Any, Any] = {}
        new = str.__new__
        name = rdflib.URIRef

        def term(item: Any) -> Any:
            if isinstance(item, str):
                # Our own IRIs are well formed: the check of each would cost a third of the time.
                found: Any = rdflib.BNode(item[2:]) if item.startswith("_:") else new(name, item)
            else:
                value, datatype, language = item
                # As parsers of rdflib give them: a plain text there equals none that is typed as a string.
                plain = language or datatype == _STRING
                kind = None if plain else term(datatype)
                found = rdflib.Literal(value, lang=language or None, datatype=kind, normalize=False)
            terms[item] = found
            return found

        # By plain text while it is filled: rdflib's terms hash slowly, and never as their text does.
        started: dict[str, dict[Any, list[Any]]] = {}
        for subject, predicate, item in triples:
            about = started.get(subject)
            if about is None:
                about = started[subject] = self._spo[terms.get(subject) or term(subject)] = {}
            about.setdefault(terms.get(predicate) or term(predicate), []).append(terms.get(item) or term(item))
            self._size += 1

    def _predicate(self, predicate: Any) -> dict[Any, list[Any]]:
        index = self._by_predicate.get(predicate)
        if index is None:
            index = self._by_predicate[predicate] = {}
            for subject, about in self._spo.items():
                for item in about.get(predicate, ()):
                    index.setdefault(item, []).append(subject)
        return index

    def triples(self, triple_pattern: Any, context: Any = None) -> Iterator[tuple[Any, Iterator[Any]]]:
        """Yield the triples of a pattern, each with the one context that there is."""
        context = context or rdflib.Graph(store=self, identifier=rdflib.graph.DATASET_DEFAULT_GRAPH_ID)
        for triple in self._match(*triple_pattern):
            yield triple, iter((context,))

    def _match(self, subject: Any, predicate: Any, item: Any) -> Iterator[Any]:
        if subject is not None:
            about = self._spo.get(subject, {})
            for key in (predicate,) if predicate is not None else tuple(about):
                for found in about.get(key, ()):
                    if item is None or found == item:
                        yield subject, key, found
        elif predicate is not None and item is not None:
            for found in self._predicate(predicate).get(item, ()):
                yield found, predicate, item
        else:
            for start, about in self._spo.items():
                for key in (predicate,) if predicate is not None else tuple(about):
                    for found in about.get(key, ()):
                        if item is None or found == item:
                            yield start, key, found

    def __len__(self, context: Any = None) -> int:
        return self._size

    def add_graph(self, graph: Any) -> None:
        """Take no notice: every context shows the one graph."""
