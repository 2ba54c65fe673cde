"""How things look in a picture: colours, shapes, labels and the words for dates. No data but what is passed in."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from secgraph import analysis, network

_ASSETS: Final = Path(__file__).parent.parent / "assets"


class Kind(NamedTuple):
    """How a kind of thing is called and drawn."""

    name: str
    colour: str
    shape: str


class Layer(NamedTuple):
    """How the ties of a layer are drawn."""

    colour: str
    dashes: tuple[int, ...]


# Okabe and Ito's colours, told apart with any colour vision; the shape says the same a second time.
KINDS: Final[dict[str, Kind]] = {
    "jurisdiction": Kind("country", "#0072b2", "square"),
    "initiative": Kind("initiative", "#d55e00", "star"),
    "organisation": Kind("organisation", "#009e73", "dot"),
    "programme": Kind("programme", "#56b4e9", "triangle"),
    "event": Kind("event", "#e69f00", "diamond"),
    "instrument": Kind("funding instrument", "#f0e442", "triangleDown"),
    "person": Kind("person", "#cc79a7", "hexagon"),
    "document": Kind("document", "#eeeeee", "box"),
    "topic": Kind("topic", "#ffffff", "ellipse"),
}
_NATIONAL: Final = frozenset("ministry police prosecution intelligence border-agency customs government-agency".split())
INSIDE: Final = ("box", "ellipse")
LAYERS: Final[dict[str, Layer]] = {
    "membership": Layer("#0072b2", ()),
    "part-of": Layer("#4d4d4d", ()),
    "secretariat": Layer("#0072b2", (7, 4)),
    "organising": Layer("#e69f00", ()),
    "hosting": Layer("#e69f00", (7, 4)),
    "supporting": Layer("#e69f00", (2, 4)),
    "attending": Layer("#999999", ()),
    "implementing": Layer("#009e73", ()),
    "partnership": Layer("#009e73", (7, 4)),
    "benefiting": Layer("#009e73", (2, 4)),
    "funding": Layer("#d55e00", ()),
    "managing": Layer("#d55e00", (7, 4)),
    "office": Layer("#cc79a7", ()),
    "adopting": Layer("#cc79a7", (7, 4)),
    "topic": Layer("#56b4e9", (2, 4)),
}
PROJECTED: Final[dict[str, Layer]] = {
    "co-attendance": Layer("#999999", ()),
    "topic-affinity": Layer("#56b4e9", (2, 4)),
}
"""How the ties of projections are drawn that are no layers."""
CHANGES: Final[dict[str, tuple[Layer, str]]] = {
    "formed": (Layer("#009e73", ()), "formed: began between the two dates"),
    "ended": (Layer("#d55e00", (9, 5)), "ended between the two dates"),
    "learned": (Layer("#0072b2", (12, 4, 2, 4)), "learned (L): older, but told by no source before the first date"),
    "kept": (Layer("#9a9a9a", ()), "kept: there at both dates"),
}
"""How the ties of a comparison are drawn, and what each is; the first of a pair's says how its line is drawn."""
POSSIBLE: Final = (2, 5)
"""The dashes of a tie that holds possibly; one that does so for certain is solid."""
_PATHS: Final[dict[str, str]] = {
    "square": '<rect x="2" y="2" width="12" height="12"/>',
    "star": '<path d="M8 1l2.1 4.6 5 .6-3.7 3.4 1 5L8 12.1l-4.4 2.5 1-5L.9 6.2l5-.6z"/>',
    "dot": '<circle cx="8" cy="8" r="6"/>',
    "triangle": '<path d="M8 2l7 12H1z"/>',
    "triangleDown": '<path d="M8 14l7-12H1z"/>',
    "diamond": '<path d="M8 1l7 7-7 7-7-7z"/>',
    "hexagon": '<path d="M4 1h8l4 7-4 7H4L0 8z"/>',
    "box": '<rect x="1" y="3" width="14" height="10" rx="2"/>',
    "ellipse": '<ellipse cx="8" cy="8" rx="7" ry="5"/>',
}


def kind_of(attributes: Mapping[str, Any]) -> Kind:
    """Return how a node with these attributes is drawn; one of an unknown kind as a topic is."""
    return KINDS.get(attributes["kind"], KINDS["topic"])


def layer_of(name: str) -> Layer:
    """Return how the ties of a layer or projection are drawn."""
    return LAYERS.get(name) or PROJECTED.get(name) or Layer("#4d4d4d", (2, 2))


def mode_of(graph: network.Graph) -> str:
    """Return what the lines of a picture tell: `diff` changes, `time` certainty, otherwise '' the kinds of ties."""
    ties = [tie for *_ends, tie in graph.edges(data=True)]
    if any(tie.get("change") for tie in ties):
        return "diff"
    return "time" if any(tie.get("certainty") for tie in ties) else ""


class Line(NamedTuple):
    """How the line of all ties between two nodes is drawn; `mark` stands at its middle."""

    colour: str
    dashes: tuple[int, ...]
    width: float
    opacity: float
    mark: str


def line_of(ties: Sequence[Mapping[str, Any]], mode: str, usual: float) -> Line:
    """Return how the line for these ties is drawn, as the script of the page does it.

    Args:
        ties: all ties of the pair.
        mode: what lines tell, as `mode_of` has it.
        usual: how opaque a line is.
    """
    # The line of a projection is as wide as its weight, others are wider where there are more ties.
    weight = max((tie.get("width", 0.0) for tie in ties), default=0.0)
    width = weight or min(7.0, 1 + math.log2(len(ties)))
    if weight:
        # All actors of a plenary are tied to one another: faint lines let the heavy ones be seen.
        usual = 0.08 + 0.1 * weight
    if mode == "diff":
        found = next(name for name in CHANGES if any((tie.get("change") or "kept") == name for tie in ties))
        same = [tie for tie in ties if (tie.get("change") or "kept") == found]
        sure = found == "kept" or any(tie.get("certainty") != "possible" for tie in same)
        look = CHANGES[found][0]
        learned = any(tie.get("learned") or tie.get("change") == "learned" for tie in ties)
        opacity = 0.25 if found == "kept" else 0.9 if sure else 0.5
        return Line(
            look.colour, look.dashes, 1.0 if found == "kept" else max(2.0, width), opacity, "L" if learned else ""
        )
    counts = Counter(tie["layer"] for tie in ties)
    order = [name for name in (*LAYERS, *PROJECTED) if name in counts] or sorted(counts)
    look = layer_of(max(order, key=lambda name: counts[name]))
    if mode == "time":
        sure = any(tie.get("certainty") != "possible" for tie in ties)
        opacity = min(0.9, usual + (0.0 if weight else 0.3)) if sure else usual * 0.8
        return Line(look.colour, () if sure else POSSIBLE, width, opacity, "")
    return Line(look.colour, look.dashes, width, usual, "")


class Markup(str):
    """Markup of this module's own making: the template takes it as it is, by the protocol that Jinja asks for."""

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)


def asset(name: str) -> str:
    """Return the text of a file that pages are made of."""
    return (_ASSETS / name).read_text(encoding="utf-8")


class Look(NamedTuple):
    """How a node is drawn: its label in lines, its sizes in pixels at full scale."""

    label: str
    font: int
    size: int
    width: float
    height: float
    kind: Kind


def looks(graph: network.Graph, focus: str) -> dict[str, Look]:
    """Return how each node is drawn: larger with its degree in this graph, the focus largest."""
    degrees = {node: network.neighbours(graph, node) for node in graph}
    most = max(degrees.values(), default=0) or 1
    looks = {}
    for node, attributes in graph.nodes(data=True):
        kind = kind_of(attributes)
        weight = 1.0 if node == focus else math.sqrt(degrees[node] / most)
        font, size = round(11 + 7 * weight), round(6 + 14 * weight)
        lines = _wrapped(_short(attributes))
        width = max(_width(line) for line in lines) * font
        height = len(lines) * font * 1.15
        # Box and ellipse hold their label; under the other symbols it hangs.
        inside = kind.shape in INSIDE
        across, down = (width + 14, height + 12) if inside else (max(width, 2 * size), height + 2 * size + 4)
        looks[node] = Look("\n".join(lines), font, size, across, down, kind)
    return looks


def _short(attributes: Mapping[str, Any]) -> str:
    label = shown(attributes["short"] or attributes["label"])
    if attributes["short"] and attributes["type"] in _NATIONAL and attributes["country"]:
        # Half of the region's ministries are called MUP.
        label = f"{label} ({attributes['country']})"
    if attributes["kind"] == "event" and attributes["start"] and attributes["start"][:4] not in label:
        label = f"{label} ({attributes['start'][:4]})"
    return label


def _wrapped(label: str, width: int = 22, most: int = 3) -> list[str]:
    """Return a label in lines; a long one keeps its beginning and, for a year in brackets, its end.

    >>> _wrapped("Regional conference on the fight against trafficking in firearms and explosives (2018)")
    ['Regional conference on', 'the fight against', 'trafficking ... (2018)']
    """
    lines = [""]
    for word in label.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    lines = [line if len(line) <= width + 8 else line[: width + 5] + "..." for line in lines]
    if len(lines) > most:
        year = re.search(r" \(\d{4}\)\Z", label)
        tail = " ..." + (year[0] if year else "")
        last = lines[most - 1]
        while len(last) + len(tail) > width and " " in last:
            last = last.rsplit(" ", 1)[0]
        lines = [*lines[: most - 1], last + tail]
    return lines


def _width(line: str) -> float:
    """Return the width of a line in ems, near enough for Arial and its like."""
    return sum(0.28 if c in "iljtfI.,:;' |()-" else 0.72 if c.isupper() or c in "mw" else 0.56 for c in line)


_BIDI: Final = re.compile("[\u0000-\u0008\u000b-\u001f\u007f\u202a-\u202e\u2066-\u2069]")


def shown(value: str) -> str:
    """Return a text in which characters that would reorder or hide other text show as their code points.

    >>> shown("abc\u202edef")
    'abc[U+202E]def'
    """
    return _BIDI.sub(lambda match: f"[U+{ord(match[0]):04X}]", value)


def boxes(graph: network.Graph, focus: str = "") -> dict[str, analysis.Box]:
    """Return the room that each node needs when it is drawn: symbol and label, as half widths and half heights."""
    return {node: (look.width / 2 + 5, look.height / 2 + 4) for node, look in looks(graph, focus).items()}


def period(start: str, end: str, start_state: str, end_state: str) -> str:
    """Return the dates of a tie in words, unknown ones said to be unknown.

    >>> period("2006-10", "", "known", "open"), period("2006-10", "", "known", "unknown")
    ('since 2006-10', 'from 2006-10, end unknown')
    >>> period("2018-10-04", "", "known", "known"), period("", "", "unknown", "unknown")
    ('2018-10-04', 'dates unknown')
    """
    if start_state == "known" and start:
        if end and end != start:
            return f"{start} to {end}"
        if end_state == "open":
            return f"since {start}"
        return start if end_state == "known" else f"from {start}, end unknown"
    if end:
        return f"until {end}, start unknown"
    return "start unknown, goes on" if end_state == "open" else "dates unknown"


def icon(kind: Kind) -> Markup:
    """Return the symbol of a kind, for legends and tables."""
    stroke = "#000000" if kind.shape in (*INSIDE, "triangleDown") else kind.colour
    return Markup(
        f'<svg width="16" height="16" aria-hidden="true" fill="{kind.colour}" stroke="{stroke}">'
        f"{_PATHS[kind.shape]}</svg>"
    )


def line(layer: Layer) -> Markup:
    """Return a sample of the line of a layer."""
    dashes = f' stroke-dasharray="{" ".join(map(str, layer.dashes))}"' if layer.dashes else ""
    return Markup(
        '<svg width="26" height="8" aria-hidden="true">'
        f'<line x1="0" y1="4" x2="26" y2="4" stroke="{layer.colour}" stroke-width="3"{dashes}/></svg>'
    )
