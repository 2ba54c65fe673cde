"""A network as SVG or PNG for papers: the same positions, shapes, colours, labels and legend as its page.

What a page tells by a tooltip or a tick stands in the legend here; ties that lead out of the picture are numbers
beside their node.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from secgraph import analysis, network
from secgraph.views.looks import (
    CHANGES,
    INSIDE,
    KINDS,
    LAYERS,
    PROJECTED,
    Layer,
    Line,
    Look,
    layer_of,
    line_of,
    looks,
    mode_of,
)
from secgraph.views.rendering import marks, nothing, pairs_of
from secgraph.views.sheet import INK, MARGIN, SOFT, Header, Sheet, draw_footer, footer_height, width_of

_WIDEST: Final = 1000.0
_SCALE: Final = 0.75
# DejaVu is wider than the Arial that the room for labels was measured with.
_NARROWER: Final = 0.84


def still(
    graph: network.Graph,
    positions: Mapping[str, analysis.Position],
    form: str = "svg",
    *,
    title: str,
    question: str,
    caption: str,
    cap: str,
    footer: str = "",
    focus: str = "",
) -> bytes:
    """Return a network drawn at these positions, in SVG or PNG.

    Args:
        graph: the part of the network to show; a node's `cut` says how many ties lead out of it.
        positions: the middle of each node's drawing (symbol and label).
        form: svg or png.
        title: the head.
        question: what the picture answers.
        caption: how to read it.
        cap: which part of the network it shows.
        footer: where the data is from.
        focus: the node that the question is about, drawn larger.

    Raises:
        ConfigError: another form, or more than can be drawn.
    """
    look = looks(graph, focus)
    edges = [(positions[n][0] + side * look[n].width / 2, positions[n][1] + side * look[n].height / 2)
             for n in sorted(graph) for side in (-1, 1)]  # fmt: skip
    left, top = (min((edge[axis] for edge in edges), default=0.0) for axis in (0, 1))
    across, down = (max((edge[axis] for edge in edges), default=0.0) - low for axis, low in ((0, left), (1, top)))
    scale = min(_SCALE, _WIDEST / max(across, 1.0))
    width = max(560.0, across * scale + 2 * MARGIN + 20)
    large = max(1.0, width / 760)
    header = Header(title, question, [cap, caption], width, large)
    legend = _Legend(graph, width, large) if len(graph) else None
    below = footer_height(footer, width, large)
    sheet = Sheet(width, header.height + 20 + down * scale + (legend.height if legend else 20) + 10 + below)
    y = header.draw(sheet) + 10
    if legend is None:
        sheet.text(MARGIN, y, nothing(graph), 10 * large)
    x = MARGIN + 10 + (width - 2 * MARGIN - 20 - across * scale) / 2
    place = {n: (x + (positions[n][0] - left) * scale, y + (positions[n][1] - top) * scale) for n in sorted(graph)}
    _draw(sheet, graph, place, look, scale, focus)
    if legend:
        legend.draw(sheet, y + down * scale + 16)
    draw_footer(sheet, footer, large)
    return sheet.save(form)


def _draw(
    sheet: Sheet,
    graph: network.Graph,
    place: Mapping[str, tuple[float, float]],
    look: Mapping[str, Look],
    scale: float,
    focus: str,
) -> None:
    mode, pairs = mode_of(graph), pairs_of(graph)
    usual = 0.3 if len(pairs) > 300 else 0.5
    symbols = {n: (place[n][0], place[n][1] - _up(look[n]) * scale) for n in place}
    lines = {ends: line_of([tie for _source, tie in ties], mode, usual) for ends, ties in pairs.items()}
    # What changed lies over what was kept.
    for ends in sorted(pairs, key=lambda ends: (lines[ends].opacity, ends)):
        source_ends = {source for source, tie in pairs[ends] if not tie.get("mutual")}
        _line(sheet, ends, lines[ends], source_ends, symbols, look, scale)
    for node in sorted(place, key=lambda n: (n == focus, n)):
        _node(sheet, graph.nodes[node], look[node], symbols[node], place[node], scale, node == focus)


def _up(look: Look) -> float:
    return 0.0 if look.kind.shape in INSIDE else (look.height - 2 * look.size) / 2


def _line(
    sheet: Sheet,
    ends: tuple[str, str],
    line: Line,
    sources: set[str],
    symbols: Mapping[str, tuple[float, float]],
    look: Mapping[str, Look],
    scale: float,
) -> None:
    width = line.width * scale
    dashes = tuple(dash * scale / width for dash in line.dashes)
    first, last = symbols[ends[0]], symbols[ends[1]]
    if ends[0] == ends[1]:
        radius = look[ends[0]].size * scale
        sheet.symbol(
            "dot", first[0] + radius, first[1] - radius, radius, edge=line.colour, line=width, opacity=line.opacity
        )
        return
    sheet.line([first, last], line.colour, width, dashes=dashes, opacity=line.opacity)
    if len(sources) == 1:
        start, end = (first, last) if sources == {ends[0]} else (last, first)
        target = look[ends[1] if sources == {ends[0]} else ends[0]]
        length = math.dist(start, end) or 1.0
        back = min(0.8, (target.size + 2) * scale / length)
        tip = end[0] + (start[0] - end[0]) * back, end[1] + (start[1] - end[1]) * back
        sheet.arrow(start, tip, line.colour, 3.2 * scale + width * 0.5, opacity=min(1.0, line.opacity + 0.2))
    if line.mark:
        middle = (first[0] + last[0]) / 2, (first[1] + last[1]) / 2
        sheet.text(
            *middle, line.mark, 12 * scale, bold=True, colour=line.colour, across="center", down="center", halo=True
        )


def _node(
    sheet: Sheet,
    said: Mapping[str, Any],
    look: Look,
    symbol: tuple[float, float],
    middle: tuple[float, float],
    scale: float,
    focus: bool,
) -> None:
    kind = look.kind
    rim: dict[str, Any] = {"fill": kind.colour, "edge": "#ffffff", "line": 0.8 * scale}
    if focus or kind.shape in (*INSIDE, "triangleDown"):
        rim |= {"edge": "#000000", "line": (3 if focus else 1) * scale}
    change = said.get("change", "")
    if change in ("in", "out"):
        rim |= {"edge": CHANGES["formed" if change == "in" else "ended"][0].colour, "line": 3 * scale}
        rim |= {"dashes": (1.5, 1.0)} if change == "out" else {}
    size = look.size * scale
    font = look.font * scale * _NARROWER
    lines = look.label.split("\n")
    if kind.shape in INSIDE:
        half = (look.width - 4) / 2 * scale, (look.height - 4) / 2 * scale
        if kind.shape == "box":
            sheet.box(middle[0] - half[0], middle[1] - half[1], 2 * half[0], 2 * half[1], **rim)
        else:
            sheet.oval(*middle, *half, **rim)
        first = middle[1] - look.font * scale * 1.15 * (len(lines) / 2 - 0.8)
    else:
        sheet.symbol(kind.shape, *symbol, size, **rim)
        first = symbol[1] + size + (look.font * 0.9 + 3) * scale
    for number, line in enumerate(lines):
        y = first + number * look.font * scale * 1.15
        sheet.text(symbol[0], y, line, font, across="center", down="baseline", halo=kind.shape not in INSIDE)
    if said.get("cut"):
        across = half[0] if kind.shape in INSIDE else size
        sheet.text(symbol[0] + across + 1, symbol[1] - (0 if kind.shape in INSIDE else size * 0.5), f"+{said['cut']}",
                   8 * scale, colour=SOFT, down="baseline", halo=True)  # fmt: skip


class _Legend:
    """What shapes, lines, rims and numbers mean: measured first, drawn then, in rows as wide as the picture."""

    def __init__(self, graph: network.Graph, width: float, large: float) -> None:
        self._large = large
        mode = mode_of(graph)
        kinds = Counter(graph.nodes[node]["kind"] for node in graph)
        layers = Counter(layer for _s, _t, layer in graph.edges(data="layer"))
        known = [name for name in (*LAYERS, *PROJECTED) if layers[name]]
        shapes: list[tuple[str, Any, str]] = [
            ("symbol", KINDS[kind], f"{KINDS[kind].name} {kinds[kind]}") for kind in KINDS if kinds[kind]
        ]
        other = sum(count for kind, count in kinds.items() if kind not in KINDS)
        shapes += [("symbol", KINDS["topic"], f"other {other}")] if other else []
        if any(cut for _node, cut in graph.nodes(data="cut")):
            shapes.append(("number", "+12", "ties to nodes that are not shown"))
        rows = [shapes]
        if mode != "diff":
            names = [*known, *sorted(set(layers) - set(known))]
            rows.append([("line", _plain(name, mode), f"{name} {layers[name]}") for name in names])
        rows.append([("line", mark["look"], f"{mark['name']} {mark['count']}") for mark in marks(graph, mode)])
        if mode == "diff":
            changes = {change for _node, change in graph.nodes(data="change")}
            rims = (
                ("in", "formed", "came: all its ties formed since"),
                ("out", "ended", "went: all its ties are over"),
            )
            rows.append([("rim", name, says) for change, name, says in rims if change in changes])
        self._rows: list[list[tuple[float, str, Any, str]]] = []
        for row in rows:
            placed: list[tuple[float, str, Any, str]] = []
            x = MARGIN
            for form, look, words in row:
                wide = (34 + width_of(words, 8) + 14) * large
                if placed and x + wide > width - MARGIN:
                    self._rows.append(placed)
                    placed, x = [], MARGIN
                placed.append((x, form, look, words))
                x += wide
            self._rows += [placed] if placed else []
        self.height = 16 + len(self._rows) * 15.0 * large

    def draw(self, sheet: Sheet, y: float) -> None:
        large = self._large
        for row in self._rows:
            for x, form, look, words in row:
                middle = x + 13 * large, y + 5 * large
                if form == "symbol":
                    edge = INK if look.shape in (*INSIDE, "triangleDown") else "none"
                    sheet.symbol(look.shape, *middle, 5 * large, fill=look.colour, edge=edge)
                elif form == "rim":
                    rim = CHANGES[look][0].colour
                    sheet.symbol("dot", *middle, 4.5 * large, fill="#ffffff", edge=rim, line=2.2,
                                 dashes=(1.5, 1.0) if look == "ended" else ())  # fmt: skip
                elif form == "line":
                    sheet.line([(x, middle[1]), (x + 26 * large, middle[1])], look.colour, 2.2 * large,
                               dashes=tuple(dash / 2.2 for dash in look.dashes))  # fmt: skip
                else:
                    sheet.text(*middle, look, 7 * large, colour=SOFT, across="center", down="center")
                sheet.text(x + 32 * large, y + 8.2 * large, words, 8 * large, down="baseline")
            y += 15 * large


def _plain(name: str, mode: str) -> Layer:
    return layer_of(name)._replace(dashes=()) if mode else layer_of(name)
