"""What holds a network together: bridges, articulation points, and whether it is a small world."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from typing import Any

from secgraph.analysis.result import Entry, Options, Result
from secgraph.analysis.study import Study, seeded

NULLS = 20
"""So many random networks of the same degrees a network is compared with; fewer where paths are sampled anyway."""
STARTS = 500
"""Up to so many nodes path lengths are exact; above that they are the mean from so many nodes, drawn by the seed."""


def bridges(study: Study, _options: Options) -> Result:
    """The ties whose loss parts the network, with how many nodes are then on the smaller side."""
    found = _lost(study)[0]
    ties: dict[tuple[int, int], list[int]] = {pair: [] for pair in found}
    for at, tie in enumerate(study.ties):
        pair = (min(tie.start, tie.end), max(tie.start, tie.end))
        if pair in ties:
            ties[pair].append(at)
    entries = []
    for (start, end), (smaller, larger) in sorted(found.items()):
        identity = f"{study.ids[start]} -- {study.ids[end]}"
        label = f"{study.label(start)} - {study.label(end)}"
        entries.append(Entry(identity, label, "tie", smaller, (larger,), ties[start, end]))
    return Result(entries, ("other_side",), ["`value` is the number of nodes on the smaller side"])


def articulation(study: Study, _options: Options) -> Result:
    """The nodes whose loss parts the network, with how many others then no longer reach the largest piece left."""
    entries = []
    for at, pieces in sorted(_lost(study)[1].items()):
        lost = sum(pieces) - max(pieces)
        entries.append(Entry(study.ids[at], study.label(at), study.kind(at), lost, (len(pieces),), study.incident[at]))
    return Result(entries, ("parts",), ["`value` is the number of nodes cut off from the largest part that is left"])


def _lost(study: Study) -> tuple[dict[tuple[int, int], tuple[int, int]], dict[int, list[int]]]:
    """Return the bridges with the sizes of their two sides, and the articulation points with those of their pieces.

    One walk in depth (Hopcroft and Tarjan 1973): a subtree that reaches nothing above its root hangs on that root
    alone, and its size is known when the walk leaves it.
    """
    near = [list(own) for own in study.neighbours]
    seen = [-1] * len(near)
    low = [0] * len(near)
    size = [1] * len(near)
    hanging: dict[int, list[int]] = {}
    over: dict[tuple[int, int], tuple[int, int]] = {}
    clock = 0
    for part in study.components:
        whole = len(part)
        root = part[0]
        seen[root] = low[root] = clock
        clock += 1
        stack: list[tuple[int, int, Iterator[int]]] = [(root, -1, iter(near[root]))]
        while stack:
            at, parent, rest = stack[-1]
            for other in rest:
                if seen[other] < 0:
                    seen[other] = low[other] = clock
                    clock += 1
                    stack.append((other, at, iter(near[other])))
                    break
                if other != parent:
                    low[at] = min(low[at], seen[other])
            else:
                stack.pop()
                if parent < 0:
                    continue
                low[parent] = min(low[parent], low[at])
                size[parent] += size[at]
                if low[at] >= seen[parent]:
                    hanging.setdefault(parent, []).append(size[at])
                if low[at] > seen[parent]:
                    sides = sorted((size[at], whole - size[at]))
                    over[min(at, parent), max(at, parent)] = (sides[0], sides[1])
        for at in part:
            pieces = hanging.get(at, [])
            above = whole - 1 - sum(pieces)
            if above:
                pieces = [*pieces, above]
            if len(pieces) > 1:
                hanging[at] = pieces
            else:
                hanging.pop(at, None)
    return over, hanging


def small_world(study: Study, options: Options) -> Result:
    """Clustering and path length beside random networks of the same degrees (Maslov and Sneppen's rewiring)."""
    every = range(len(study.ties))
    graph = study.plain
    if not study.pairs:
        return Result([], ("null_mean", "null_low", "null_high"), ["there is no tie, and nothing to compare"])
    runs = NULLS if options.exact(study) else NULLS // 4
    own = _shape(graph, options)
    nulls = []
    for run in range(runs):
        with seeded(options.seed + run):
            other = graph.copy()
            other.rewire(10 * graph.ecount())
        nulls.append(_shape(other, options))
    entries = [
        Entry(name, label, "figure", value, (statistics.fmean(null), min(null), max(null)), every)
        for (name, label), value, null in zip(_FIGURES, own, zip(*nulls, strict=True), strict=True)
    ]
    clustering, _closed, path = own
    by_chance = statistics.fmean(null[0] for null in nulls), statistics.fmean(null[2] for null in nulls)
    sigma = (clustering / by_chance[0]) / (path / by_chance[1]) if by_chance[0] else None
    entries.append(Entry("sigma", "small-world figure", "figure", sigma, (1.0, None, None), every))
    notes = [
        f"null model: {runs} networks of the same degrees (seeds {options.seed} to {options.seed + runs - 1})",
        f"each by {10 * graph.ecount():,} trials of swapping the ends of two ties",
        "weights and direction do not count; paths are those within a component",
    ]
    if sigma is None:
        notes.append("no sigma: the random networks have no triangle, or too few to compare with")
    if len(study) > STARTS:
        notes.append(f"sampled: path lengths from {STARTS:,} nodes of the largest component")
    return Result(entries, ("null_mean", "null_low", "null_high"), notes)


_FIGURES = (
    ("clustering", "mean clustering of the nodes (Watts and Strogatz)"),
    ("transitivity", "share of open triples that are closed"),
    ("path-length", "mean shortest path"),
)


def _shape(graph: Any, options: Options) -> tuple[float, float, float]:
    clustering = graph.transitivity_avglocal_undirected(mode="zero")
    closed = graph.transitivity_undirected(mode="zero")
    if graph.vcount() <= STARTS:
        path = graph.average_path_length(directed=False, unconn=True)
    else:
        parts: list[list[int]] = list(graph.connected_components())
        inside = max((sorted(part) for part in parts), key=lambda part: (len(part), -part[0]))
        chosen = sorted(options.chance("small-world").sample(inside, min(STARTS, len(inside))))
        path = statistics.fmean(1.0 / near for near in graph.closeness(vertices=chosen, normalized=True))
    return float(clustering), float(closed), float(path)
