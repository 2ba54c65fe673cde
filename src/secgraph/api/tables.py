"""Networks as tables and files: layers with counts, ties, nodes; GraphML and GEXF."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from secgraph.api.answers import Answer
from secgraph.errors import ConfigError
from secgraph.values import Cell, Table

if TYPE_CHECKING:
    import networkx

    from secgraph.network import Diff

_STATES = (
    ("certain", "certain"), ("possible", "possible"), ("excluded", "excluded"), ("open_end", "with an open end"),
    ("unknown_end", "with an unknown end"), ("without", "resting on the sources left out"),
    ("undated_sources", "known from sources without a date"),
    ("undated_sources_left_out", "left out, their sources having no date"), ("rolled_up", "rolled up"),
    ("unidentified", "left out, one end being a name that is not identified"),
)  # fmt: skip


def caption(graph: networkx.Graph) -> str:
    """Return what a reader must know of a network: its rule, its lens, its counts, and what emptied it."""
    told = graph.graph
    counts = told.get("counts", {})
    parts = [
        told.get("rule", ""),
        told.get("lens", ""),
        ", ".join(f"{counts[name]:,} {words}" for name, words in _STATES if counts.get(name)),
    ]
    if told.get("emptied_by"):
        parts.append(f"nothing is left: the filter {told['emptied_by'].replace('_', '-')} took the last tie")
    return "; ".join(part for part in parts if part)


def network_table(graph: networkx.Graph, show: str = "layers", top: int = 0) -> Answer:
    """Return a network as a table: its `layers` with counts, its `ties` or its `nodes`.

    >>> network_table(g.network(layer="membership")).column("layer")
    ['membership']

    Args:
        graph: what `Graph.network` returned.
        show: layers, ties or nodes.
        top: how many rows at most; 0 for all.

    Raises:
        ConfigError: another word.
    """
    shown = {"layers": _layers, "ties": _ties, "nodes": _nodes}
    if show not in shown:
        raise ConfigError(f"a network has no {show} to show", hint="one of " + ", ".join(shown))
    columns, rows = shown[show](graph)
    kept = rows[:top] if top else rows
    cap = f"{len(kept)} of {len(rows)} {show}" if len(kept) < len(rows) else ""
    return Answer(columns, tuple(kept), "; ".join(part for part in (cap, caption(graph)) if part))


Rows = tuple[tuple[str, ...], list[tuple[Cell, ...]]]


def _edges(graph: networkx.Graph) -> Iterator[tuple[str, str, dict[str, Any]]]:
    yield from sorted(graph.edges(data=True), key=lambda edge: (edge[0], edge[1], sorted(map(str, edge[2].items()))))


def _sources(tie: dict[str, Any]) -> set[str]:
    return {name for name in str(tie.get("sources", "")).split("|") if name}


def _layers(graph: networkx.Graph) -> Rows:
    from secgraph.network import LAYERS, PROJECTIONS

    found: dict[str, list[dict[str, Any]]] = {}
    ends: dict[str, set[str]] = {}
    for one, other, tie in _edges(graph):
        layer = tie.get("layer") or graph.graph.get("layer", "")
        found.setdefault(layer, []).append(tie)
        ends.setdefault(layer, set()).update((one, other))
    rows: list[tuple[Cell, ...]] = []
    for layer in sorted(found, key=lambda name: (list(LAYERS).index(name) if name in LAYERS else 99, name)):
        ties = found[layer]
        meaning = PROJECTIONS[layer].question if layer not in LAYERS and layer in PROJECTIONS else LAYERS.get(layer, "")
        rows.append((
            layer, meaning, len(ends[layer]), len(ties),
            sum(tie.get("certainty") == "certain" for tie in ties),
            sum(tie.get("certainty") == "possible" for tie in ties),
            sum(tie.get("start_state") == "known" for tie in ties),
            len(set().union(*map(_sources, ties))),
        ))  # fmt: skip
    columns = ("layer", "meaning", "nodes", "ties", "certain", "possible", "dated", "sources")
    asked = any(row[4] or row[5] for row in rows)
    dated = any(row[6] for row in rows)
    keep = [at for at in range(len(columns)) if (asked or at not in (4, 5)) and (dated or at != 6)]
    return tuple(columns[at] for at in keep), [tuple(row[at] for at in keep) for row in rows]


_OF_TIES = (
    "layer", "role", "start", "end", "certainty", "known", "weight", "n_shared", "rows", "shared", "kind", "currency",
    "rolled_from", "inferred", "inferred_columns", "sources",
)  # fmt: skip


def _ties(graph: networkx.Graph) -> Rows:
    edges = list(_edges(graph))
    # A column that no tie fills says nothing.
    used = [name for name in _OF_TIES if any(tie.get(name) for _one, _other, tie in edges)]
    rows: list[tuple[Cell, ...]] = [
        (one, graph.nodes[one].get("label", one), other, graph.nodes[other].get("label", other),
         *(_told(tie.get(name)) for name in used))
        for one, other, tie in edges
    ]  # fmt: skip
    return ("from", "from_label", "to", "to_label", *used), rows


def _told(value: Any) -> Cell:
    if value is None or value == "":
        return None
    return round(value, 6) if isinstance(value, float) else value if isinstance(value, int) else str(value)


def _nodes(graph: networkx.Graph) -> Rows:
    degree = {node: len(set(graph.to_undirected(as_view=True)[node]) - {node}) for node in graph}
    rows: list[tuple[Cell, ...]] = [
        (node, *(graph.nodes[node].get(name) or None for name in ("label", "kind", "type", "country")), degree[node],
         graph.degree(node))
        for node in sorted(graph, key=lambda node: (-degree[node], node))
    ]  # fmt: skip
    return ("node", "label", "kind", "type", "country", "degree", "ties"), rows


def network_file(graph: networkx.Graph, form: str) -> bytes:
    """Return a network as a file for graph programs: graphml or gexf.

    Raises:
        ConfigError: another form.
    """
    from secgraph import export

    writers = {"graphml": export.graphml, "gexf": export.gexf}
    if form not in writers:
        raise ConfigError(f"a network is not written as {form}", hint="one of " + ", ".join(writers))
    return writers[form](graph)


def projections() -> Answer:
    """Return the projections: the question each answers, the rule that makes a tie, and its weight.

    >>> "co-attendance" in projections().column("name")
    True
    """
    from secgraph.network import PROJECTIONS

    rows = ((one.name, one.question, one.rule, one.weight) for one in PROJECTIONS.values())
    return Answer(("name", "question", "rule", "weight"), tuple(rows))


def measures() -> Answer:
    """Return the measures, and what each means.

    >>> "betweenness" in measures().column("name")
    True
    """
    from secgraph.analysis import MEASURES

    rows = ((one.name, one.title, one.explain, one.reference) for one in MEASURES.values())
    return Answer(("name", "title", "explain", "reference"), tuple(rows))


def one_measure(table: Table, top: int = 0) -> Answer:
    """Return the first rows of a measure, and say of how many."""
    rows = table.rows[:top] if top else table.rows
    cap = f"{len(rows)} of {len(table.rows)} rows; " if len(rows) < len(table.rows) else ""
    return Answer(table.columns, rows, cap + table.note)


def every_measure(found: Mapping[str, Table], top: int) -> Answer:
    """Return the first rows of several measures in one table, in the columns that all of them have."""
    shared = [
        name for name in next(iter(found.values())).columns if all(name in table.columns for table in found.values())
    ]
    rows = [
        (measure, *(row[table.columns.index(name)] for name in shared))
        for measure, table in found.items()
        for row in table.rows[:top]
    ]
    notes = dict.fromkeys(part for table in found.values() for part in table.note.split("; "))
    return Answer(("measure", *shared), tuple(rows), f"the first {top} rows of each measure; " + "; ".join(notes))


def diff_table(diff: Diff, top: int = 0) -> Answer:
    """Return a diff as a table: each tie that formed, ended or was learned of, the counts in its note."""
    counts = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in diff.counts.items() if count)
    table = diff.table()
    lens = diff.graph.graph.get("lens", "")
    return one_measure(Table(table.columns, table.rows, "; ".join(filter(None, (table.note, counts, lens)))), top)
