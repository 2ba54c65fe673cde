"""Networks as files for graph programs: GEXF 1.3 with spells, GraphML with scalars; same network, same bytes.

Written by hand, since networkx stops at None, lists and dates in both formats and writes today's date into one.
What a format cannot hold becomes what it can, and always in the same way: no value, no attribute; a list is one text,
its parts joined by `|`; dates and decimals are texts, as exact as they were; a character that XML forbids shows as
its code point. The clock is never read.
"""

from __future__ import annotations

import datetime
import itertools
import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from secgraph.errors import ConfigError
from secgraph.records.cells import Bounds, date_bounds

if TYPE_CHECKING:
    import networkx as nx

_FORBIDDEN: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPES: Final = {
    "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;",
    # A reader turns these into spaces or line ends of its own unless they stand as numbers.
    "\t": "&#9;", "\n": "&#10;", "\r": "&#13;",
}  # fmt: skip
_ESCAPED: Final = re.compile("[" + "".join(_ESCAPES) + "]")
_DATE: Final = re.compile(r"[0-9]{4}(-[0-9]{2}){0,2}")
_SHORT: Final = 2**31
_LONG: Final = 2**63

_GEXF: Final = {
    "flag": "boolean", "short": "integer", "long": "long", "float": "double", "text": "string", "list": "liststring",
}  # fmt: skip
_GRAPHML: Final = {**_GEXF, "short": "int", "list": "string"}


def gexf(graph: nx.Graph) -> bytes:
    """Return a network as GEXF 1.3: dynamic, in dates, each attribute with its type.

    A node or tie has a spell where a start or an end of it is known: from the first day on which it may have begun
    to the last on which it may have ended (2018 is 2018-01-01 to 2018-12-31), so that a view of one day shows what
    is certain and what is possible then. A side that is open or unknown has no date; which of both it is stands in
    `start_state` and `end_state`. What has no date at all has no spell, and is there on each day.

    Args:
        graph: any networkx graph; `label` and `weight` become GEXF's own, other attributes keep their names. The
            key of an edge is its id, with a number where several edges have the same.

    Raises:
        ConfigError: two nodes have the same id once written as text.
    """
    nodes, edges, kinds = _contents(graph)
    directed = "directed" if graph.is_directed() else "undirected"
    out = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<gexf xmlns="http://gexf.net/1.3" version="1.3">',
        f"<meta><creator>secgraph</creator><description>{_escaped(_said(graph))}</description></meta>",
        f'<graph defaultedgetype="{directed}" mode="dynamic" timeformat="date" idtype="string">',
    ]
    own = {"node": ("label",), "edge": ("label", "weight")}
    names = {side: [name for name in sorted(kinds[side]) if name not in own[side]] for side in own}
    for side, mark in (("node", "n"), ("edge", "e")):
        out.append(f'<attributes class="{side}" mode="static">')
        out += [
            f'<attribute id="{mark}{at}" title="{_escaped(name)}" type="{_GEXF[kinds[side][name]]}"/>'
            for at, name in enumerate(names[side])
        ]
        out.append("</attributes>")
    out.append("<nodes>")
    for node in nodes:
        label = _escaped(node.values.get("label", node.id))
        out.append(f'<node id="{_escaped(node.id)}" label="{label}">{_inside(node, names["node"], "n")}</node>')
    out += ["</nodes>", "<edges>"]
    for edge in edges:
        head = f'<edge id="{_escaped(edge.id)}" source="{_escaped(edge.source)}" target="{_escaped(edge.target)}"'
        for name in own["edge"]:
            # A weight is a number in GEXF: one that is none has no place there.
            if name in edge.values and (name == "label" or kinds["edge"][name] in ("short", "long", "float")):
                head += f' {name}="{_escaped(edge.values[name])}"'
        out.append(f"{head}>{_inside(edge, names['edge'], 'e')}</edge>")
    out += ["</edges>", "</graph>", "</gexf>", ""]
    return "\n".join(out).encode()


def graphml(graph: nx.Graph) -> bytes:
    """Return a network as GraphML: scalars only, lists as one text joined by `|`.

    Args:
        graph: any networkx graph. What it says of itself in a text or number (its lens, the rule of a projection)
            stands with the graph; the key of an edge is its id, with a number where several edges have the same.

    Raises:
        ConfigError: two nodes have the same id once written as text.
    """
    nodes, edges, kinds = _contents(graph)
    told = {name: value for name, value in graph.graph.items() if isinstance(value, str | bool | int | float)}
    kinds["graph"] = _kinds([_present(told)])
    out = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">',
    ]
    keys = {
        (side, name): f"{side[0]}{at}"
        for side in ("graph", "node", "edge")
        for at, name in enumerate(sorted(kinds[side]))
    }
    out += [
        f'<key id="{key}" for="{side}" attr.name="{_escaped(name)}" attr.type="{_GRAPHML[kinds[side][name]]}"/>'
        for (side, name), key in keys.items()
    ]

    def data(side: str, values: Mapping[str, str]) -> str:
        return "".join(f'<data key="{keys[side, name]}">{_escaped(values[name])}</data>' for name in sorted(values))

    out.append(f'<graph id="secgraph" edgedefault="{"directed" if graph.is_directed() else "undirected"}">')
    whole = data("graph", _written(_present(told)))
    out += [whole] if whole else []
    out += [f'<node id="{_escaped(node.id)}">{data("node", node.values)}</node>' for node in nodes]
    out += [
        f'<edge id="{_escaped(edge.id)}" source="{_escaped(edge.source)}" target="{_escaped(edge.target)}">'
        f"{data('edge', edge.values)}</edge>"
        for edge in edges
    ]
    out += ["</graph>", "</graphml>", ""]
    return "\n".join(out).encode()


def spell(attributes: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return the first and last day on which a node or tie may have been, '' for a side without one.

    The bounds that it carries count; where it carries none, those of its dates.

    >>> spell({"start": "2018-05", "end": "2019", "start_state": "known", "end_state": "known"})
    ('2018-05-01', '2019-12-31')
    >>> spell({"start": "2018-10-04", "start_state": "known", "end_state": "known"})
    ('2018-10-04', '2018-10-04')
    >>> spell({"start": "2006-10", "start_state": "known", "end_state": "open"})
    ('2006-10-01', '')
    >>> spell({"start_state": "unknown"})
    """
    bounds = str(attributes.get("start_earliest") or ""), str(attributes.get("end_latest") or "")
    if any(bounds):
        return bounds
    start, end = (str(attributes.get(side) or "") for side in ("start", "end"))
    if not end and attributes.get("end_state") == "known":
        # A meeting has one date: it ended when it began.
        end = start
    first, last = start.partition("/")[0], end.rpartition("/")[2]
    days = _days(first).earliest, _days(last).latest
    return days if any(days) else None


def _days(date: str) -> Bounds:
    """Return the days that a date may mean; none for what is no date."""
    if not _DATE.fullmatch(date):
        return Bounds("", "")
    try:
        bounds = date_bounds(date)
        for day in bounds:
            datetime.date.fromisoformat(day)
    except ValueError:
        return Bounds("", "")
    return bounds


class _Item(NamedTuple):
    """A node or an edge, its attributes as texts."""

    id: str
    source: str
    target: str
    values: dict[str, str]
    spell: tuple[str, str] | None


def _contents(graph: nx.Graph) -> tuple[list[_Item], list[_Item], dict[str, dict[str, str]]]:
    """Return nodes and edges in order of their ids, and of which kind the values of each attribute are."""
    told = {node: _present(attributes) for node, attributes in graph.nodes(data=True)}
    names = {node: _clean(str(node)) for node in graph}
    twice = sorted(name for name, times in Counter(names.values()).items() if times > 1)
    if twice:
        raise ConfigError(f"two nodes are called {twice[0]!r} once written", hint="give each a text of its own")
    nodes = sorted(_Item(name, "", "", _written(told[node]), spell(graph.nodes[node])) for node, name in names.items())
    ties = []
    for source, target, *key, attributes in graph.edges(data=True, **({"keys": True} if graph.is_multigraph() else {})):
        ends = names[source], names[target]
        # An edge without a direction may be given either way round.
        first, last = ends if graph.is_directed() else sorted(ends)
        ties.append((first, last, _clean("".join(map(str, key))), attributes))
    ties.sort(key=lambda tie: tie[:3])
    used: set[str] = set()
    edges = []
    for at, (source, target, key, attributes) in enumerate(ties):
        # Keys that networkx numbers are none of ours, and a row of money ties several pairs.
        name = key if key and not key.isdigit() else f"e{at}"
        free = (f"{name}#{number}" for number in itertools.count(2))
        unique = next(free) if name in used else name
        while unique in used:
            unique = next(free)
        used.add(unique)
        edges.append(_Item(unique, source, target, _written(_present(attributes)), spell(attributes)))
    kinds = {
        "node": _kinds(told.values()),
        "edge": _kinds(_present(attributes) for *_ends, attributes in ties),
    }
    return nodes, edges, kinds


def _present(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes that have a value, numbers of numpy as Python's own."""
    return {
        _clean(str(name)): value.item() if hasattr(value, "item") else value
        for name, value in attributes.items()
        if value is not None
    }


def _kinds(rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return the kind of each attribute: the narrowest that holds all of its values."""
    found: dict[str, set[str]] = {}
    for row in rows:
        for name, value in row.items():
            found.setdefault(name, set()).add(_kind(value))
    return {name: _common(kinds) for name, kinds in found.items()}


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "flag"
    if isinstance(value, int):
        return "short" if -_SHORT <= value < _SHORT else "long" if -_LONG <= value < _LONG else "text"
    if isinstance(value, float):
        return "float"
    return "list" if isinstance(value, list | tuple | set | frozenset) else "text"


def _common(kinds: set[str]) -> str:
    if len(kinds) == 1:
        return next(iter(kinds))
    if kinds <= {"short", "long"}:
        return "long"
    return "float" if kinds <= {"short", "float"} else "text"


def _written(attributes: Mapping[str, Any]) -> dict[str, str]:
    return {name: _text(value) for name, value in attributes.items()}


def _text(value: Any) -> str:
    """Return a value as text: the one that readers of both formats turn back into it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if math.isnan(value):
            return "NaN"
        return repr(value) if math.isfinite(value) else ("INF" if value > 0 else "-INF")
    if isinstance(value, list | tuple | set | frozenset):
        parts = [_text(part) for part in value if part is not None]
        return "|".join(sorted(parts) if isinstance(value, set | frozenset) else parts)
    if isinstance(value, Mapping):
        return _clean(json.dumps(value, ensure_ascii=False, sort_keys=True, default=str))
    return _clean(str(value))


def _clean(text: str) -> str:
    """Return a text with what XML forbids shown as code points.

    >>> _clean("bell\\x07")
    'bell[U+0007]'
    """
    return _FORBIDDEN.sub(lambda match: f"[U+{ord(match[0]):04X}]", text)


def _escaped(text: str) -> str:
    return _ESCAPED.sub(lambda match: _ESCAPES[match[0]], text)


def _inside(item: _Item, names: Iterable[str], mark: str) -> str:
    """Return what stands within a node or an edge: its spell, then its attributes."""
    values = "".join(
        f'<attvalue for="{mark}{at}" value="{_escaped(item.values[name])}"/>'
        for at, name in enumerate(names)
        if name in item.values
    )
    out = f"<attvalues>{values}</attvalues>" if values else ""
    if item.spell:
        sides = zip(("start", "end"), item.spell, strict=True)
        dates = "".join(f' {side}="{day}"' for side, day in sides if day)
        out += f"<spells><spell{dates}/></spells>"
    return out


def _said(graph: nx.Graph) -> str:
    """Return what a network says of itself: the lens it was seen through, the rule of its projection."""
    words = [graph.graph.get(name) for name in ("name", "lens", "rule")]
    return _clean(". ".join(str(word).rstrip(".") for word in words if isinstance(word, str) and word))
