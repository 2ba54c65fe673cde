"""The page: a network and positions in, one self-contained HTML text out, which asks nothing of any network.

A pure function of its arguments: same network, same positions, same bytes. Data is text for the page, never markup:
the template escapes by itself, and what the script reads is JSON in which no tag can end. The page's policy lets only
the three scripts run that were put there, by their hashes.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

import pyvis
from pyvis.network import Network

from secgraph import analysis, network
from secgraph.collector import uncollected
from secgraph.errors import ConfigError
from secgraph.views.looks import (
    CHANGES,
    INSIDE,
    KINDS,
    LAYERS,
    POSSIBLE,
    PROJECTED,
    Layer,
    Look,
    Markup,
    asset,
    icon,
    kind_of,
    layer_of,
    line,
    looks,
    mode_of,
    period,
    shown,
)

_UNKNOWN_YET: Final = "the policy of this page"
_LIBRARY: Final = "templates/lib/vis-9.1.2/vis-network.min.js"


@uncollected()
def draw(
    graph: network.Graph,
    positions: Mapping[str, analysis.Position],
    *,
    title: str,
    question: str,
    caption: str,
    cap: str,
    footer: str = "",
    focus: str = "",
) -> str:
    """Return a page with the network drawn at these positions, offline, every text of it escaped.

    Args:
        graph: the part of the network to show; a node's `cut` says how many ties lead out of it.
        positions: the middle of each node's drawing (symbol and label).
        title: the head of the page.
        question: what the picture answers.
        caption: how to read it.
        cap: which part of the network it shows ("80 of 312 nodes, by degree").
        footer: where the data is from.
        focus: the node that the question is about, drawn larger.
    """
    page = {
        "title": shown(title), "question": shown(question), "caption": shown(caption), "cap": shown(cap),
        "footer": shown(footer), "style": Markup(asset("network.css")),
        "empty": "" if len(graph) else nothing(graph),
    }  # fmt: skip
    net = Network(cdn_resources="in_line")
    look = looks(graph, focus)
    pairs = pairs_of(graph)
    net.nodes = [_drawn(node, look[node], positions[node], node == focus) for node in sorted(graph)]
    for drawn in net.nodes:
        drawn.update(_changed(graph.nodes[drawn["id"]].get("change", ""), drawn["color"]))
    # The style of a line depends on the kinds of ties that are ticked: the page's script sets it.
    net.edges = [{"id": f"e{at}", "from": a, "to": b} for at, (a, b) in enumerate(pairs)]
    if len(graph):
        page.update(_contents(graph, look, pairs))
    # pyvis hands its own template the heading unescaped and asks a CDN for two files; this one does neither.
    net.templateEnv.autoescape = True
    net.templateEnv.globals["page"] = page
    net.template = net.templateEnv.from_string(asset("network.html"))
    net.options = {}
    page["policy"] = _UNKNOWN_YET
    html = str(net.generate_html(notebook=True))
    # Once its scripts are known; it stands before all that others wrote. To render all twice took a third of the time.
    return html.replace(_UNKNOWN_YET, _policy(html).replace("'", "&#39;"), 1).rstrip("\n") + "\n"


def pairs_of(graph: network.Graph) -> dict[tuple[str, str], list[tuple[str, dict[str, Any]]]]:
    """Return the ties by their pair of ends, whatever the direction: one line stands for all of a pair."""
    pairs: dict[tuple[str, str], list[tuple[str, dict[str, Any]]]] = {}
    for source, target, _key, tie in sorted(graph.edges(keys=True, data=True), key=itemgetter(0, 1, 2)):
        ends = (min(source, target), max(source, target))
        pairs.setdefault(ends, []).append((source, tie))
    return dict(sorted(pairs.items()))


def nothing(graph: network.Graph) -> str:
    """Return why there is nothing to draw: which filter let nothing through, or that nothing answers the question."""
    emptied_by = graph.graph.get("emptied_by", "")
    if emptied_by:
        return f"There is nothing to draw: the filter {shown(str(emptied_by))} let no tie through."
    return "There is nothing to draw: no node of the network answers this question."


def _changed(change: str, colours: Mapping[str, Any]) -> dict[str, Any]:
    """Return how a node that came or went is drawn: with the rim of what formed or ended."""
    if change not in ("in", "out"):
        return {}
    rim = CHANGES["formed" if change == "in" else "ended"][0]
    look: dict[str, Any] = {"borderWidth": 3, "color": {**colours, "border": rim.colour}}
    return {**look, "shapeProperties": {"borderDashes": [4, 3]}} if change == "out" else look


def _drawn(node: str, look: Look, position: analysis.Position, focus: bool) -> dict[str, Any]:
    kind = look.kind
    # A position is the middle of symbol and label together; the library wants that of the symbol.
    up = 0 if kind.shape in INSIDE else (look.height - 2 * look.size) / 2
    border = "#000000" if focus or kind.shape in (*INSIDE, "triangleDown") else "#ffffff"
    chosen = {"background": kind.colour, "border": "#000000"}
    return {
        "id": node,
        "label": look.label,
        "shape": kind.shape,
        "size": look.size,
        "x": position[0],
        "y": round(position[1] - up),
        "borderWidth": 3 if focus else 1,
        "color": {"background": kind.colour, "border": border, "highlight": chosen, "hover": chosen},
        "font": {
            "size": look.font,
            "face": "Arial, Helvetica, sans-serif",
            "color": "#1b1b1b",
            "strokeWidth": 4,
            "strokeColor": "#ffffff",
            "vadjust": 0 if kind.shape in INSIDE else -3,
        },
    }


def _contents(
    graph: network.Graph,
    look: Mapping[str, Look],
    pairs: Mapping[tuple[str, str], list[tuple[str, dict[str, Any]]]],
) -> dict[str, Any]:
    """Return what the page tells beside the picture, and the data that its script reads."""
    ties = dict(graph.degree)
    kinds = Counter(graph.nodes[node]["kind"] for node in graph)
    layers = Counter(layer for _s, _t, layer in graph.edges(data="layer"))
    used = [layer for layer in (*LAYERS, *PROJECTED) if layers[layer]]
    used += sorted(set(layers) - set(used))
    mode = mode_of(graph)
    texts = sorted(
        {name for *_ends, tie in graph.edges(data="sources") for name in tie.split("|") if name}
        | {name for _node, listed in graph.nodes(data="sources") for name in (listed or "").split("|") if name}
    )
    number = {name: at for at, name in enumerate(texts)}
    known = graph.graph.get("sources", {})
    return {
        "note": "" if graph.number_of_edges() else "These nodes have no tie among them.",
        "kinds": [
            {"name": KINDS[kind].name, "count": kinds[kind], "icon": icon(KINDS[kind])} for kind in KINDS if kinds[kind]
        ],
        "marks": marks(graph, mode),
        "hint": _HINTS[mode] + (_WEIGHED if any(width for *_ends, width in graph.edges(data="width")) else ""),
        "ties": graph.number_of_edges(),
        "layers": [
            {"name": layer, "meaning": _meaning(layer), "count": layers[layer], "icon": line(_layer(layer, mode))}
            for layer in used
        ],
        "rows": [
            {"key": node, "name": shown(graph.nodes[node]["label"]), "kind": look[node].kind.name,
             "icon": icon(look[node].kind), "degree": network.neighbours(graph, node), "ties": ties[node],
             "cut": graph.nodes[node].get("cut", 0)}
            for node in network.ranking(graph)
        ],
        "data": _json({
            "layers": [
                {"name": layer, "colour": shape.colour, "dashes": list(shape.dashes) or False}
                for layer, shape in ((layer, _layer(layer, mode)) for layer in used)
            ],
            "mode": mode,
            "changes": [
                {"name": name, "colour": look.colour, "dashes": list(look.dashes) or False}
                for name, (look, _says) in CHANGES.items()
            ],
            "possible": list(POSSIBLE),
            "nodes": {node: _facts(graph, node, number) for node in sorted(graph)},
            "edges": {
                f"e{at}": {"ends": ends, "ties": [_tie(tie, used, source != ends[0], number) for source, tie in ties]}
                for at, (ends, ties) in enumerate(pairs.items())
            },
            "sources": [_cited(name, known.get(name, {})) for name in texts],
        }),
        "options": _json(_OPTIONS),
        "library": Markup(_library()),
        "behaviour": Markup(asset("network.js")),
    }  # fmt: skip


def _layer(name: str, mode: str) -> Layer:
    """Return how a layer is drawn: where dashes tell what is possible or has ended, its colour alone tells it."""
    look = layer_of(name)
    if mode == "diff":
        return CHANGES["kept"][0]
    return look._replace(dashes=()) if mode else look


def _meaning(layer: str) -> str:
    if layer in network.LAYERS:
        return network.LAYERS[layer]
    return network.PROJECTIONS[layer].rule if layer in network.PROJECTIONS else layer


def marks(graph: network.Graph, mode: str) -> list[dict[str, Any]]:
    """Return the legend of what lines and rims tell beside the kinds of ties: names, counts, icons."""
    ties = [tie for *_ends, tie in graph.edges(data=True)]
    if mode == "time":
        possible = sum(tie.get("certainty") == "possible" for tie in ties)
        rows = [
            ("holds for certain", Layer("#4d4d4d", ()), len(ties) - possible),
            ("holds possibly", Layer("#4d4d4d", POSSIBLE), possible),
        ]
        return [{"name": name, "look": look, "icon": line(look), "count": count} for name, look, count in rows]
    if mode == "diff":
        counts = Counter(tie.get("change") or "kept" for tie in ties)
        return [
            {"name": says, "look": look, "icon": line(look), "count": counts[name]}
            for name, (look, says) in CHANGES.items()
        ]
    return []


_HINTS: Final = {
    "": "A line stands for all ties between two nodes, in the colour of the most frequent kind; it is thicker where "
    "there are more. An arrow runs from who acts to what is acted on, where all ties agree.",
    "time": "A line stands for all ties between two nodes, in the colour of the most frequent kind. It is solid where "
    "one of them holds for certain then, dotted and lighter where all do so possibly: a date is not exact, or no "
    "source tells the end.",
    "diff": "A line stands for all ties between two nodes. Colour and dashes tell what changed: formed before ended, "
    "ended before learned; it is lighter where that is possible only. A node with a green rim came, one with a dashed "
    "rim went.",
}


_WEIGHED: Final = " It is as wide as the weight of the projection is great."

_OPTIONS: Final = {
    "physics": {"enabled": False},
    "layout": {"improvedLayout": False, "randomSeed": 1},
    "interaction": {"dragNodes": False, "hover": True, "tooltipDelay": 120, "selectConnectedEdges": False},
    "nodes": {"labelHighlightBold": False, "chosen": True},
    "edges": {"smooth": False, "selectionWidth": 1, "hoverWidth": 1},
}


def _facts(graph: network.Graph, node: str, number: Mapping[str, int]) -> dict[str, Any]:
    attributes = graph.nodes[node]
    name, short = shown(attributes["label"]), shown(attributes["short"])
    kind = kind_of(attributes).name
    facts = [", ".join(part for part in (kind, attributes["type"].replace("-", " "), attributes["country"]) if part)]
    if attributes["start_state"] == "known" or attributes["end"]:
        facts.append(period(attributes["start"], attributes["end"], attributes["start_state"], attributes["end_state"]))
    change = attributes.get("change", "")
    if change in ("in", "out"):
        facts.append("Came: all its ties formed since" if change == "in" else "Went: all its ties are over")
    cut = attributes.get("cut", 0)
    facts.append(
        f"Degree {network.neighbours(graph, node)}, ties {graph.degree(node)} in this picture"
        + (f"; {cut} more to nodes that are not shown" if cut else "")
    )
    return {
        "name": f"{name} ({short})" if short and short != name else name,
        "search": "\n".join(dict.fromkeys((short or name, name))),
        "facts": facts,
        "sources": [number[source] for source in (attributes.get("sources") or "").split("|") if source],
    }


def _tie(tie: Mapping[str, Any], used: list[str], back: bool, number: Mapping[str, int]) -> dict[str, Any]:
    return {
        "layer": used.index(tie["layer"]),
        "back": back,
        "verb": shown(tie["label"]),
        "when": period(tie["start"], tie["end"], tie["start_state"], tie["end_state"]),
        "sources": [number[source] for source in tie["sources"].split("|") if source],
        **_told(tie),
    }


def _told(tie: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a lens or a comparison says of a tie; nothing where neither does."""
    told: dict[str, Any] = {}
    change, possible = tie.get("change", ""), tie.get("certainty") == "possible"
    learned = bool(tie.get("learned")) or change == "learned"
    if change:
        told["change"] = list(CHANGES).index(change)
    if possible:
        told["possible"] = True
    if learned:
        told["learned"] = True
    if tie.get("mutual"):
        told["mutual"] = True
    if tie.get("width"):
        told["width"] = tie["width"]
    words = [change if change != "kept" else "", "possible" if possible else ""]
    words += ["learned since" if learned and change != "learned" else ""]
    words += ["rolled up" if tie.get("rolled_up") else ""]
    if tie.get("inferred"):
        columns = str(tie.get("inferred_columns") or "").replace("|", " and ")
        words.append(f"inferred: {columns}" if columns else "inferred")
    words += ["only by sources without a date" if tie.get("known") == "undated" else ""]
    if any(words):
        told["said"] = ", ".join(filter(None, words))
    return told


def _cited(name: str, source: Mapping[str, str]) -> dict[str, str]:
    words = [source.get("title") or name, source.get("publisher", ""), source.get("issued", "")]
    url = source.get("url", "")
    return {
        "name": shown(", ".join(dict.fromkeys(word for word in words if word))),
        "url": url if url.startswith(("https://", "http://")) else "",
    }


def _json(value: object) -> Markup:
    """Return JSON for a script element: no `<`, so that no text in it can end the element or open another."""
    text = json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))


def _library() -> str:
    path = Path(pyvis.__file__).parent / _LIBRARY
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as exc:
        raise ConfigError(f"pyvis has no {_LIBRARY}", hint="install pyvis 0.3.2 again") from exc
    return re.sub(r"</(?=script)", r"<\\/", text, flags=re.IGNORECASE)


def _policy(html: str) -> str:
    """Return the page's content security policy: nothing from anywhere, and only the scripts that stand in it."""
    scripts = re.findall(r"<script>(.*?)</script>", html, flags=re.DOTALL)
    hashes = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts)
    allowed = " ".join(f"'sha256-{name}'" for name in hashes) or "'none'"
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
