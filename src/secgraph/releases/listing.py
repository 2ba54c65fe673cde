"""The quads of a release as sorted N-Quads, written and counted in one pass: those of the tables and of IATI runs."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from secgraph.releases.loading import IatiLoad
from secgraph.runs import nquads_of, parse, subject_of
from secgraph.values import Quad, nquad
from secgraph.vocab import INFERRED, ONTOLOGY, SOURCES

_AT_ONCE: Final = 20_000
Line = tuple[str, str]
"""A line of N-Quads and the graph that it is in."""


def write_quads(path: Path, quads: Iterable[Quad], iati: IatiLoad | None) -> tuple[str, dict[str, int]]:
    """Write the distinct quads sorted, and return their digest and how many each graph has.

    Args:
        path: the file.
        quads: those of the tables, of the ontology, and what was inferred, each once.
        iati: what IATI files say; read from its runs.
    """
    digest, counts = hashlib.sha256(), Counter[str]()
    waiting: list[str] = []
    with path.open("wb") as file:

        def write() -> None:
            text = "".join(waiting).encode()
            file.write(text)
            digest.update(text)
            waiting.clear()

        for lines, found in _merged(_grouped(quads), iati):
            waiting += lines
            for graph, number in found.items():
                if number:
                    counts[graph] += number
            if len(waiting) >= _AT_ONCE:
                write()
        write()
    return digest.hexdigest(), _told(counts)


def _grouped(quads: Iterable[Quad]) -> Iterator[tuple[str, list[Line]]]:
    """Yield the subjects in the order of N-Quads, each with its lines, which are texts for no longer than that."""
    groups: dict[str, list[Quad]] = {}
    for quad in quads:
        groups.setdefault(quad.subject, []).append(quad)
    # In a line a subject is followed by the sign that ends an IRI.
    for subject in sorted(groups, key=lambda name: f"{name}>"):
        yield f"<{subject}>", sorted([(nquad(quad), quad.graph) for quad in groups.pop(subject)])


def _merged(
    groups: Iterator[tuple[str, list[Line]]], iati: IatiLoad | None
) -> Iterator[tuple[list[str], Mapping[str, int]]]:
    """Yield the lines of both in order and each once, a thing at a time, and how many are in each graph."""
    graphs = [iati.source(number) for number in range(len(iati.inputs))] if iati else []
    mine = next(groups, None)
    for records in iati.records() if iati else ():
        subject = subject_of(records[0])
        while mine and mine[0] < subject:
            yield _counted(mine[1])
            mine = next(groups, None)
        if mine and mine[0] == subject:
            yield _counted(sorted({*mine[1], *_tagged(records, graphs)}))
            mine = next(groups, None)
        else:
            yield nquads_of(records, graphs)
    while mine:
        yield _counted(mine[1])
        mine = next(groups, None)


def _counted(lines: Sequence[Line]) -> tuple[list[str], Mapping[str, int]]:
    return [line for line, _ in lines], Counter([graph for _, graph in lines])


def _tagged(records: Sequence[str], graphs: Sequence[str]) -> Iterator[Line]:
    """Yield the lines of a thing that the tables tell of too, each with its graph."""
    one = parse(records)
    for text, places in one.facts:
        for graph in {"", *(graphs[number] for number, _, _ in places)}:
            yield f"{one.iri} {text}{f' <{graph}>' if graph else ''} .\n", graph


def _told(by_graph: Mapping[str, int]) -> dict[str, int]:
    left = dict(by_graph)
    named = {"": "merged", INFERRED: "inferred", SOURCES: "sources", ONTOLOGY: "ontology"}
    counts = {label: left.pop(graph, 0) for graph, label in named.items()}
    counts["stated"] = sum(left.values())
    counts["source_graphs"] = len(left)
    counts["quads"] = sum(counts.values()) - counts["source_graphs"]
    return counts
