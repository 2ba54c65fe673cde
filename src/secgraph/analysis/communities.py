"""Communities and mixing: which circles a network falls into, how firmly, and whether ties keep to a group."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence

from secgraph.analysis.brokerage import groups_of
from secgraph.analysis.result import Entry, Options, Result, of_nodes
from secgraph.analysis.study import Study, seeded
from secgraph.values import Cell

RUNS = 20
"""So many seeds communities are looked for from."""


def communities(study: Study, options: Options) -> Result:
    """Leiden's communities of the best of several runs, numbered by size, and how far the other runs agree."""
    if not study.pairs:
        notes = ["there is no tie: each node is alone"] if len(study) else []
        numbers = list(range(1, len(study) + 1))
        return of_nodes(study, numbers, {"size": [1] * len(study), "stability": [None] * len(study)}, notes)
    found = [_leiden(study, options.seed + run) for run in range(RUNS)]
    quality = [round(study.plain.modularity(run, weights=study.weights), 12) for run in found]
    best = max(range(RUNS), key=lambda run: (quality[run], -run))
    chosen = found[best]
    others = [run for at, run in enumerate(found) if at != best]
    sizes = Counter(chosen)
    extra: dict[str, list[Cell]] = {
        "size": [sizes[number] for number in chosen],
        "stability": [*_stability(chosen, others)],
    }
    nmi = [agreement(chosen, run, "nmi") for run in others]
    ari = [agreement(chosen, run, "adjusted_rand") for run in others]
    notes = [
        f"{len(sizes):,} communities, modularity {quality[best]:.3f}",
        f"the best of {RUNS} runs (seeds {options.seed} to {options.seed + RUNS - 1}; least {min(quality):.3f})",
        f"agreement of the other runs by NMI {sum(nmi) / len(nmi):.3f} in the mean, {min(nmi):.3f} at least",
        f"by the adjusted Rand index {sum(ari) / len(ari):.3f} in the mean, {min(ari):.3f} at least",
        "the numbers are names, the largest community is 1",
    ]
    result = of_nodes(study, chosen, extra, notes)
    weight = study.plain.strength(weights=study.weights)
    order = sorted(range(len(study)), key=lambda at: (chosen[at], -weight[at], at))
    return Result([result.entries[at] for at in order], result.columns, notes)


def agreement(one: Sequence[int], other: Sequence[int], method: str) -> float:
    """Return how far two partitions agree: 1 where they are the same.

    >>> agreement([1, 1, 2, 2], [7, 7, 3, 3], "nmi")
    1.0
    """
    import igraph

    if _same(one, other):
        return 1.0  # igraph divides nought by nought where all nodes are in one community
    return float(igraph.compare_communities(list(one), list(other), method=method))


def _same(one: Sequence[int], other: Sequence[int]) -> bool:
    return len(set(zip(one, other, strict=True))) == len(set(one)) == len(set(other))


def _leiden(study: Study, seed: int) -> list[int]:
    with seeded(seed):
        found = study.plain.community_leiden(
            objective_function="modularity", weights=study.weights, n_iterations=2
        ).membership
    return _numbered(found)


def _numbered(membership: Sequence[int]) -> list[int]:
    """Return communities numbered from 1 by size, equal ones by their first node."""
    sizes = Counter(membership)
    first: dict[int, int] = {}
    for at, community in enumerate(membership):
        first.setdefault(community, at)
    order = sorted(sizes, key=lambda community: (-sizes[community], first[community]))
    number = {community: place for place, community in enumerate(order, start=1)}
    return [number[community] for community in membership]


def _stability(chosen: Sequence[int], others: Sequence[Sequence[int]]) -> list[float]:
    """Return for each node how alike its community is to that of the other runs: the mean of Jaccard's index."""
    total = [0.0] * len(chosen)
    sizes = Counter(chosen)
    for run in others:
        theirs = Counter(run)
        both = Counter(zip(chosen, run, strict=True))
        for at, pair in enumerate(zip(chosen, run, strict=True)):
            shared = both[pair]
            total[at] += shared / (sizes[pair[0]] + theirs[pair[1]] - shared)
    return [value / len(others) for value in total]


def assortativity(study: Study, options: Options) -> Result:
    """Newman's coefficient over all ties, then for each group how far its own ties keep within it.

    A group's value is (h - b) / (1 - b): h the share of its ties that stay inside, b the share of all ends of ties
    that are in the group.
    """
    groups, lacking = groups_of(study, options.by)
    names = sorted(set(groups))
    place = {name: at for at, name in enumerate(names)}
    ties: dict[str, list[int]] = defaultdict(list)
    for at, tie in enumerate(study.ties):
        for group in sorted({groups[tie.start], groups[tie.end]}):
            ties[group].append(at)
    whole = None
    if study.arrows and len(names) > 1:
        found = study.flow.assortativity_nominal([place[group] for group in groups], directed=study.directed)
        whole = None if math.isnan(found) else found  # one group holds all ends of ties
    every = range(len(study.ties))
    entries = [Entry("all", f"all ties, by {options.by}", "figure", whole, (len(study.arrows), None), every)]
    inside: Counter[str] = Counter()
    ends: Counter[str] = Counter()
    for start, end in study.arrows:
        ends[groups[start]] += 1
        ends[groups[end]] += 1
        if groups[start] == groups[end]:
            inside[groups[start]] += 1
    for name in names:
        total = ends[name]
        share = 2 * inside[name] / total if total else None
        chance = total / (2 * len(study.arrows)) if study.arrows else 1.0
        value = (share - chance) / (1 - chance) if share is not None and chance < 1 else None
        entries.append(Entry(name, name, "group", value, (total - inside[name], share), ties[name]))
    notes = [f"{lacking:,} nodes have no {options.by}: those of one kind are a group"] if lacking else []
    notes.append("`value` of a group is (h - b) / (1 - b), h its share of ties inside, b its share of all ends of ties")
    return Result(entries, ("distinct_ties", "inside"), notes)
