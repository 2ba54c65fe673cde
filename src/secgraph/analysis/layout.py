"""Positions: a network in, coordinates out, by igraph.

Same graph and seed, same result: nodes and ties are taken in sorted order, igraph draws from a generator of its own
seed, and coordinates are whole numbers.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import igraph

from secgraph.analysis.study import seeded
from secgraph.network import Graph, ranking

Position = tuple[int, int]
Box = tuple[float, float]
"""How far the drawing of a node and its label reaches from its position: half of the width, half of the height."""

_BOX: Final[Box] = (60.0, 24.0)
_ASPECT: Final = 1.35
_ROOMY: Final = 1.5
_ROUNDS: Final = 400
_SMALL: Final = 500
"""Up to so many nodes Kamada and Kawai's layout takes well under a second; it grows with the cube."""


def layout(graph: Graph, seed: int, boxes: Mapping[str, Box] | None = None) -> dict[str, Position]:
    """Return a position for each node, so that what is tied is near and no two drawings overlap.

    Nodes that share a community (multilevel modularity) are drawn together; components are packed side by side,
    the largest first, nodes without a tie last.

    Args:
        graph: the network; only its nodes and ties count, not their attributes.
        seed: positions are a function of it and of the graph.
        boxes: the room that each node needs, in the units of the positions; a usual label where it is not given.
    """
    room = {node: (boxes or {}).get(node, _BOX) for node in sorted(graph)}
    weights = Counter(tuple(sorted(edge)) for edge in graph.edges() if edge[0] != edge[1])
    place = {node: at for at, node in enumerate(room)}
    pairs = sorted(weights)
    simple = igraph.Graph(n=len(room), edges=[(place[a], place[b]) for a, b in pairs])
    simple.es["weight"] = [1.0 + math.log(weights[pair]) for pair in pairs]
    simple.vs["name"] = list(room)
    parts = sorted(simple.connected_components(), key=lambda part: (-len(part), part))
    with seeded(seed):
        drawn = [_component(simple.induced_subgraph(part), room) for part in parts]
    return {node: (round(x), round(y)) for node, (x, y) in sorted(_packed(drawn, room).items())}


def beside(graph: Graph, placed: Mapping[str, Position], boxes: Mapping[str, Box]) -> dict[str, Position]:
    """Return a place for each node of a network of which some are placed: those stay, and the others go around them.

    Each goes to the free place nearest to the middle of what it is tied to, those of the highest degree first, so
    that a place depends on the network alone and not on which part of it is drawn.

    Args:
        graph: the whole network.
        placed: where some of its nodes are.
        boxes: the room of those; each of the others takes a place as wide and as high as the largest of all.
    """
    wide = max([_BOX[0], *(box[0] for box in boxes.values())])
    high = max([_BOX[1], *(box[1] for box in boxes.values())])
    taken = {
        (column, row)
        for node, (x, y) in placed.items()
        for half in [boxes.get(node, _BOX)]
        for column in range(math.floor((x - half[0]) / wide / 2), math.ceil((x + half[0]) / wide / 2))
        for row in range(math.floor((y - half[1]) / high / 2), math.ceil((y + half[1]) / high / 2))
    }
    # More places than can be taken, the nearest first.
    reach = math.isqrt(len(taken) + len(graph)) + 1
    around = sorted(
        ((across, down) for across in range(-reach, reach + 1) for down in range(-reach, reach + 1)),
        key=lambda cell: (math.hypot(cell[0] * wide, cell[1] * high), cell),
    )
    found = dict(placed)
    for node in ranking(graph):
        if node in found:
            continue
        near = [found[other] for other in sorted({*graph.predecessors(node), *graph.successors(node)} & found.keys())]
        middle = [sum(at) / len(near) for at in zip(*near, strict=True)] if near else [0.0, 0.0]
        start = math.floor(middle[0] / wide / 2), math.floor(middle[1] / high / 2)
        places = ((start[0] + across, start[1] + down) for across, down in around)
        cell = next(place for place in places if place not in taken)
        taken.add(cell)
        found[node] = round((2 * cell[0] + 1) * wide), round((2 * cell[1] + 1) * high)
    return found


def _component(part: igraph.Graph, room: Mapping[str, Box]) -> dict[str, tuple[float, float]]:
    names: list[str] = part.vs["name"]
    if len(names) == 1:
        return {names[0]: (0.0, 0.0)}
    community = part.community_multilevel(weights="weight").membership
    start = _circle(community)
    if len(names) <= _SMALL:
        # Nodes of one community are drawn nearer: clusters come apart that a plain layout draws into one ball.
        near = [1.0 if community[edge.source] == community[edge.target] else 1.6 for edge in part.es]
        coords = part.layout_kamada_kawai(weights=near, seed=start, maxiter=100 * len(names)).coords
    else:
        pull = [edge["weight"] * (3 if community[edge.source] == community[edge.target] else 0.6) for edge in part.es]
        coords = part.layout_fruchterman_reingold(weights=pull, seed=start, niter=500, grid="nogrid").coords
    area = sum(4 * room[name][0] * room[name][1] for name in names)
    return _stretched(_apart(dict(zip(names, _scaled(coords, _ROOMY * area), strict=True)), room))


def _circle(community: Sequence[int]) -> list[tuple[float, float]]:
    """Return where the vertices start: on a circle, those of a community side by side."""
    order = sorted(range(len(community)), key=lambda at: (community[at], at))
    angle = {at: 2 * math.pi * number / len(order) for number, at in enumerate(order)}
    return [(math.cos(angle[at]), math.sin(angle[at])) for at in range(len(community))]


def _scaled(coords: Sequence[Sequence[float]], area: float) -> list[tuple[float, float]]:
    xs, ys = [x for x, _ in coords], [y for _, y in coords]
    width, height = max(xs) - min(xs) or 1.0, max(ys) - min(ys) or 1.0
    across = math.sqrt(area * _ASPECT)
    return [((x - min(xs)) / width * across, (y - min(ys)) / height * across / _ASPECT) for x, y in coords]


def _apart(at: dict[str, tuple[float, float]], room: Mapping[str, Box]) -> dict[str, tuple[float, float]]:
    """Push overlapping drawings apart, each pair along the axis on which least is missing."""
    spots = {name: [x, y] for name, (x, y) in at.items()}
    widest = max(box[0] for box in room.values())
    for _ in range(_ROUNDS):
        order = sorted(spots, key=lambda name: (spots[name][0], name))
        moved = False
        for number, one in enumerate(order):
            here, half = spots[one], room[one]
            for other in order[number + 1 :]:
                there, reach = spots[other], room[other]
                if there[0] - here[0] >= half[0] + widest:
                    break
                across = half[0] + reach[0] - abs(there[0] - here[0])
                down = half[1] + reach[1] - abs(there[1] - here[1])
                if across <= 0.5 or down <= 0.5:
                    continue
                moved = True
                axis, missing = (1, down) if down <= across else (0, across)
                step = (missing / 2 + 0.5) * (1 if there[axis] >= here[axis] else -1)
                here[axis] -= step
                there[axis] += step
        if not moved:
            break
    return {name: (x, y) for name, (x, y) in spots.items()}


def _stretched(at: dict[str, tuple[float, float]]) -> dict[str, tuple[float, float]]:
    """Return the positions pulled apart along one axis until they fill a page; none comes nearer to another."""
    width = max(x for x, _y in at.values()) - min(x for x, _y in at.values()) or 1.0
    height = max(y for _x, y in at.values()) - min(y for _x, y in at.values()) or 1.0
    # A few nodes in a row are better left as they are than pulled over a whole page.
    across = min(2.0, max(1.0, _ASPECT * height / width))
    down = min(2.0, max(1.0, width / height / _ASPECT))
    return {name: (x * across, y * down) for name, (x, y) in at.items()}


def _packed(
    parts: Sequence[Mapping[str, tuple[float, float]]], room: Mapping[str, Box]
) -> dict[str, tuple[float, float]]:
    """Return all components in rows under the first, none over another, the whole around the origin."""
    placed: dict[str, tuple[float, float]] = {}
    left = top_edge = row_height = 0.0
    widest = 0.0
    for part in parts:
        west = min(x - room[name][0] for name, (x, _y) in part.items())
        east = max(x + room[name][0] for name, (x, _y) in part.items())
        north = min(y - room[name][1] for name, (_x, y) in part.items())
        south = max(y + room[name][1] for name, (_x, y) in part.items())
        if left and left + east - west > widest:
            left, top_edge, row_height = 0.0, top_edge + row_height, 0.0
        widest = max(widest, east - west)
        for name, (x, y) in part.items():
            placed[name] = (x - west + left, y - north + top_edge)
        left += east - west
        row_height = max(row_height, south - north)
    if not placed:
        return placed
    middle = [(min(c) + max(c)) / 2 for c in zip(*placed.values(), strict=True)]
    return {name: (x - middle[0], y - middle[1]) for name, (x, y) in placed.items()}
