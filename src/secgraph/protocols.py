"""What secgraph asks of a store: read protocols and write protocols, the same for embedded and remote ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol, runtime_checkable

from secgraph.values import Quad, Table


@runtime_checkable
class ReadStore(Protocol):
    """A store that answers SPARQL 1.1 queries over the merged default graph; never writes."""

    def select(self, query: str) -> Table:
        """Answer a SELECT; IRIs come as `Iri`, literals as `Literal`, unbound ones as None."""
        ...

    def ask(self, query: str) -> bool:
        """Answer an ASK."""
        ...

    def construct(self, query: str) -> list[Quad]:
        """Answer a CONSTRUCT or DESCRIBE with its distinct triples, sorted, in the default graph."""
        ...

    def quads(self, graph: str | None = None) -> Iterator[Quad]:
        """Yield the quads of one graph ('' is the default graph), or of all where `graph` is None."""
        ...

    def count(self, graph: str | None = None) -> int:
        """Return the number of quads of one graph ('' is the default graph), or of all."""
        ...

    def close(self) -> None:
        """Let go of the store; a closed store answers no more."""
        ...


@runtime_checkable
class WriteStore(ReadStore, Protocol):
    """A store that a build fills: whole graphs at a time, never patched."""

    def load(self, quads: Iterable[Quad]) -> None:
        """Add quads, all or none."""
        ...

    def load_file(self, path: Path) -> None:
        """Add the quads of an N-Quads file, all or none."""
        ...

    def replace_graph(self, graph: str, quads: Iterable[Quad]) -> None:
        """Put these quads in place of all of one graph, all or none."""
        ...

    def flush(self) -> None:
        """Make everything that was loaded durable."""
        ...
