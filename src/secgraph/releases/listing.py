"""The quads of a release as sorted N-Quads, written and counted in one pass: those of the tables and of IATI runs."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, islice
from pathlib import Path
from typing import Final

from secgraph.releases.loading import IatiLoad
from secgraph.values import Quad, nquad
from secgraph.vocab import INFERRED, ONTOLOGY, SOURCES

_AT_ONCE: Final = 20_000
Line = tuple[str, str]
"""A line of N-Quads and the graph that it is in."""


def write_quads(path: Path, quads: Sequence[Quad], iati: IatiLoad | None) -> tuple[str, dict[str, int]]:
    """Write the distinct quads sorted, and return their digest and how many each graph has.

    Args:
        path: the file.
        quads: those of the tables, of the ontology, and what was inferred, each once; held in memory.
        iati: what IATI files say; read from its runs.
    """
    if iati is None or not iati.runs:
        text = "".join(sorted(map(nquad, quads))).encode()
        path.write_bytes(text)
        return hashlib.sha256(text).hexdigest(), _told(Counter(quad.graph for quad in quads))
    digest, counts = hashlib.sha256(), Counter[str]()
    own = sorted([(nquad(quad), quad.graph) for quad in quads])
    lines = _merged(own, _lines(iati))
    with path.open("wb") as file:
        while part := list(islice(lines, _AT_ONCE)):
            counts.update([graph for _, graph in part])
            text = "".join([line for line, _ in part]).encode()
            file.write(text)
            digest.update(text)
    return digest.hexdigest(), _told(counts)


def _subject(line: Line) -> str:
    return line[0][: line[0].index(" ")]


def _merged(own: list[Line], things: Iterable[tuple[str, list[Line]]]) -> Iterator[Line]:
    """Yield the lines of both, in order and each once; both come in the order of their subjects."""
    groups = ((subject, list(lines)) for subject, lines in groupby(own, _subject))
    mine = next(groups, None)
    for subject, lines in things:
        while mine and mine[0] < subject:
            yield from mine[1]
            mine = next(groups, None)
        if mine and mine[0] == subject:
            yield from sorted({*mine[1], *lines})
            mine = next(groups, None)
        else:
            yield from lines
    while mine:
        yield from mine[1]
        mine = next(groups, None)


def _lines(iati: IatiLoad) -> Iterator[tuple[str, list[Line]]]:
    """Yield for each thing its lines: in the merged graph, and in that of each source that says it."""
    graphs = [iati.source(number) for number in range(len(iati.inputs))]
    for one in iati.things():
        lines = []
        for text, places in one.facts:
            line = f"{one.iri} {text}"
            lines.append((f"{line} .\n", ""))
            if len(places) == 1:
                graph = graphs[places[0][0]]
                lines.append((f"{line} <{graph}> .\n", graph))
            elif places:
                lines += [(f"{line} <{graph}> .\n", graph) for graph in sorted({graphs[place[0]] for place in places})]
        yield one.iri, lines


def _told(by_graph: Mapping[str, int]) -> dict[str, int]:
    left = dict(by_graph)
    named = {"": "merged", INFERRED: "inferred", SOURCES: "sources", ONTOLOGY: "ontology"}
    counts = {label: left.pop(graph, 0) for graph, label in named.items()}
    counts["stated"] = sum(left.values())
    counts["source_graphs"] = len(left)
    counts["quads"] = sum(counts.values()) - counts["source_graphs"]
    return counts
