"""Brokerage: what a node has from standing between others (Burt), and between whom it stands (Gould and Fernandez)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from secgraph.analysis.result import Options, Result, of_nodes
from secgraph.analysis.study import Study

ROLES = ("coordinator", "itinerant", "representative", "gatekeeper", "liaison")


def constraint(study: Study, _options: Options) -> Result:
    """Burt's constraint: how far a node's ties lead back to the same few; none for a node without ties."""
    if not len(study):
        return of_nodes(study, [])
    found = study.plain.constraint(weights=study.weights)
    return of_nodes(study, [None if math.isnan(value) else value for value in found])


def effective_size(study: Study, _options: Options) -> Result:
    """Burt's effective size in Borgatti's form: the neighbours less the mean number of ties among them."""
    if not len(study):
        return of_nodes(study, [])
    clustered = study.plain.transitivity_local_undirected(mode="zero")
    degrees = [len(near) for near in study.neighbours]
    # k(k-1)/2 times the clustering is the number of ties among the k neighbours; each is redundant for two of them.
    values = [
        number - share * (number - 1) if number else None for number, share in zip(degrees, clustered, strict=True)
    ]
    efficiency = [value / number if value is not None else None for value, number in zip(values, degrees, strict=True)]
    return of_nodes(study, values, {"efficiency": efficiency})


def groups_of(study: Study, by: str) -> tuple[list[str], int]:
    """Return the group of each node, and how many have none of their own and are put with those of their kind."""
    found = [study.group(at, by) for at in range(len(study))]
    lacking = sum(not group for group in found)
    return [group or f"({study.kind(at) or 'none'})" for at, group in enumerate(found)], lacking


def roles(study: Study, options: Options) -> Result:
    """Gould and Fernandez's roles: open triples a, i, c of which i is the middle, by who is of which group.

    Where direction does not count each open triple is taken both ways, as on a network whose ties all go both ways:
    representative and gatekeeper are then equal.
    """
    groups, lacking = groups_of(study, options.by)
    before, after = _ends(study)
    counts = [_roles(at, groups, before[at], after) for at in range(len(study))]
    extra = {role: [count[number] for count in counts] for number, role in enumerate(ROLES)}
    notes = [f"groups by {options.by}"]
    if lacking:
        notes.append(f"{lacking:,} nodes have no {options.by}: those of one kind are a group")
    if not study.directed:
        notes.append("no direction counts: open triples are taken both ways, gatekeeper and representative are equal")
    return of_nodes(study, [sum(count) for count in counts], extra, notes)


def _ends(study: Study) -> tuple[list[set[int]], list[set[int]]]:
    """Return for each node who has a tie to it and to whom it has one."""
    if not study.directed:
        near = [set(own) for own in study.neighbours]
        return near, near
    before: list[set[int]] = [set() for _ in study.ids]
    after: list[set[int]] = [set() for _ in study.ids]
    for start, end in study.arrows:
        after[start].add(end)
        before[end].add(start)
    return before, after


def _roles(middle: int, groups: Sequence[str], givers: set[int], after: Sequence[set[int]]) -> tuple[int, ...]:
    """Return how often a node is the middle of an open triple, in each role.

    All pairs of a giver and a getter are counted by group at once; those that are closed, or a node with itself, are
    then taken off one by one: they are few.
    """
    own = groups[middle]
    getters = after[middle]
    first = Counter(groups[at] for at in givers)
    last = Counter(groups[at] for at in getters)
    same = {group: number * last[group] for group, number in first.items()}
    counts = [
        same.get(own, 0),
        sum(same.values()) - same.get(own, 0),
        first[own] * (len(getters) - last[own]),
        (len(givers) - first[own]) * last[own],
        0,
    ]
    counts[4] = len(givers) * len(getters) - sum(counts)
    for giver in givers:
        closed = after[giver] & getters
        for getter in closed | ({giver} & getters):
            counts[_role(groups[giver], own, groups[getter])] -= 1
    return tuple(counts)


def _role(first: str, middle: str, last: str) -> int:
    if first == last:
        return 0 if first == middle else 1
    return 2 if first == middle else 3 if last == middle else 4
