"""Centrality: where a node stands, by its ties (degree, strength), by paths, and by the place of its neighbours."""

from __future__ import annotations

import math
import statistics
from typing import Any

from secgraph.analysis.result import Options, Result, of_nodes
from secgraph.analysis.study import Study

BATCHES = 20
"""The sample of a measure comes in so many batches; their spread gives the likely error of each value."""
CONFIDENCE = 0.9
"""The stated bound on the error holds for all nodes at once with this probability."""


def degree(study: Study, _options: Options) -> Result:
    """How many others a node is tied to; in and out apart where direction counts."""
    found = [len(near) for near in study.neighbours]
    ties = [len(own) for own in study.incident]
    shares = [number / (len(study) - 1) if len(study) > 1 else 0.0 for number in found]
    extra: dict[str, list[Any]] = {"ties": ties, "share_of_all": shares}
    if study.directed:
        extra |= {"in": study.flow.degree(mode="in"), "out": study.flow.degree(mode="out")}
    return of_nodes(study, found, extra)


def strength(study: Study, _options: Options) -> Result:
    """The weights of a node's ties added up; each tie counts 1 where none carries a weight."""
    found: list[list[float]] = [[] for _ in study.ids]
    for (start, end), weight in study.pairs.items():
        found[start].append(weight)
        found[end].append(weight)
    extra: dict[str, list[Any]] = {}
    if study.directed:
        extra = {name: study.flow.strength(mode=name, weights="weight") for name in ("in", "out")}
    return of_nodes(study, [math.fsum(own) for own in found], extra)


def betweenness(study: Study, options: Options) -> Result:
    """The share of shortest paths between others that lead through a node (Freeman's normalisation)."""
    number = len(study)
    pairs = (number - 1) * (number - 2)
    if number < 3:
        return of_nodes(study, [0.0] * number, {"paths": [0.0] * number})
    graph, lengths = study.flow, study.distances
    # Freeman counts a pair once where there is no direction.
    whole = pairs if study.directed else pairs / 2
    if options.exact(study):
        paths = graph.betweenness(directed=study.directed, weights=lengths)
        return of_nodes(study, [value / whole for value in paths], {"paths": paths})
    return _sampled_betweenness(study, options, whole)


def _sampled_betweenness(study: Study, options: Options, whole: float) -> Result:
    """Return the betweenness that a sample of start nodes gives (Brandes and Pich 2007), with its error.

    What each start adds to a node lies between 0 and 1 as a share of the pairs it can be in, so Hoeffding's
    inequality and the union over all nodes bound the error of every value at once.
    """
    number = len(study)
    taken = min(options.sample, number)
    pivots = options.chance("betweenness").sample(range(number), taken)
    batches = [sorted(pivots[at::BATCHES]) for at in range(min(BATCHES, taken))]
    shares: list[list[float]] = []
    for batch in batches:
        part = study.flow.betweenness(directed=study.directed, weights=study.distances, sources=batch)
        scale = number / len(batch) / whole
        shares.append([value * scale for value in part])
    values = [
        math.fsum(share * len(batch) for share, batch in zip(column, batches, strict=True)) / taken
        for column in zip(*shares, strict=True)
    ]
    likely = [1.96 * statistics.stdev(column) / math.sqrt(len(column)) for column in zip(*shares, strict=True)]
    bound = hoeffding(number, taken)
    note = (
        f"sampled: paths from {taken:,} of {number:,} nodes (seed {options.seed}); with a probability of "
        f"{CONFIDENCE:.0%} no value is off by more than {bound:.3f}; `error` is the likely error of each (95%)"
    )
    paths = [value * whole for value in values]
    return of_nodes(study, values, {"paths": paths, "error": likely}, notes=[note])


def hoeffding(nodes: int, taken: int) -> float:
    """Return the bound on the error of all nodes' values at once, each a mean of so many numbers between 0 and 1.

    >>> round(hoeffding(20_000, 1_000), 3)
    0.08
    """
    return math.sqrt(math.log(2 * nodes / (1 - CONFIDENCE)) / (2 * taken))


def closeness(study: Study, options: Options) -> Result:
    """The inverse of the mean distance to a node, times the share of the network that reaches it."""
    number = len(study)
    if number < 2 or not study.pairs:
        return of_nodes(study, [0.0] * number, {"reached_by": [0] * number})
    reached = _reached(study)
    sampled = not options.exact(study) and not study.directed
    if sampled:
        inverse, notes = _sampled_closeness(study, options)
    else:
        inverse = study.flow.closeness(mode="in", normalized=True, weights=study.distances)
        notes = []
    # Wasserman and Faust's correction: a node that is near to few is not central.
    values = [near * count / (number - 1) if count else 0.0 for near, count in zip(inverse, reached, strict=True)]
    return of_nodes(study, values, {"reached_by": reached}, notes=notes)


def _reached(study: Study) -> list[int]:
    """Return how many others reach each node."""
    if not study.directed:
        sizes = [0] * len(study)
        for part in study.components:
            for at in part:
                sizes[at] = len(part) - 1
        return sizes
    return [size - 1 for size in study.flow.neighborhood_size(order=len(study), mode="in")]


def _sampled_closeness(study: Study, options: Options) -> tuple[list[float], list[str]]:
    """Return the inverse of mean distances to a sample of nodes (Eppstein and Wang 2004)."""
    chance = options.chance("closeness")
    total = [0.0] * len(study)
    inverse = [0.0] * len(study)
    taken = 0
    for part in study.components:
        if len(part) == 1:
            continue
        pivots = sorted(part if len(part) <= options.sample else chance.sample(part, options.sample))
        taken = max(taken, len(pivots))
        for first in range(0, len(pivots), 50):
            # Few rows at a time: a matrix of all would hold some hundred megabytes.
            rows = study.plain.distances(pivots[first : first + 50], part, weights=study.distances)
            for at, far in zip(part, map(math.fsum, zip(*rows, strict=True)), strict=True):
                total[at] += far
        chosen = set(pivots)
        for at in part:
            inverse[at] = (len(pivots) - (at in chosen)) / total[at] if total[at] else 0.0
    bound = hoeffding(len(study), taken)
    note = (
        f"sampled: distances to {taken:,} nodes of the largest component (seed {options.seed}); with a probability "
        f"of {CONFIDENCE:.0%} no mean distance is off by more than {bound:.3f} times the longest distance"
    )
    return inverse, [note]


def eigenvector(study: Study, _options: Options) -> Result:
    """A node's share in the leading eigenvector: central is who is tied to those who are (Bonacich 1972)."""
    values: list[float | None] = [None] * len(study)
    notes = []
    if study.pairs:
        part = study.components[0]
        inside = study.plain.induced_subgraph(part)
        found = [abs(value) for value in inside.eigenvector_centrality(scale=True, weights=study.weights)]
        length = math.sqrt(math.fsum(value * value for value in found))
        for at, value in zip(part, found, strict=True):
            values[at] = value / length
        if len(study.components) > 1:
            notes.append(
                f"within the largest of {len(study.components):,} components ({len(part):,} nodes): "
                "across components the measure has no meaning, and the others have no value"
            )
    return of_nodes(study, values, notes=notes)


def pagerank(study: Study, _options: Options) -> Result:
    """Where a walk along the ties is found, which starts anew with a probability of 0.15 (Brin and Page 1998)."""
    if not len(study):
        return of_nodes(study, [])
    return of_nodes(study, _walked(study))


def core(study: Study, _options: Options) -> Result:
    """The largest k so that the node is in a part where each has k neighbours within it (Seidman 1983)."""
    return of_nodes(study, study.plain.coreness() if len(study) else [])


def _walked(study: Study) -> list[float]:
    # igraph's default, PRPACK, shares its sweeps out to threads: its last digits then depend on their number and on
    # chance. ARPACK runs in one.
    found: list[float] = study.flow.pagerank(
        directed=study.directed, damping=0.85, weights=study.weights, implementation="arpack"
    )
    return found
