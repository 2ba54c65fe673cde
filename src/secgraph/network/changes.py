"""What changed between two dates: ties that formed, ties that ended, and ties that were only learned of since.

A tie formed or ended when its row's dates say so, whoever told it and whenever; it was learned when it is older than
the first date and every source of it came out after that. The three are told apart, each with the rows that caused it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final, NamedTuple

from secgraph.errors import ConfigError, NotFoundError
from secgraph.network.graph import LAYERS, Graph, Span, Tables, Tie
from secgraph.network.lens import Lens, Seen, View, narrow
from secgraph.network.projection import PROJECTIONS
from secgraph.network.time import CERTAIN, EXCLUDED, POSSIBLE, days
from secgraph.values import Table, nearest

FORMED, ENDED, LEARNED, KEPT = "formed", "ended", "learned", "kept"


class Change(NamedTuple):
    """One tie that changed: how, between whom, how certain, and the rows and sources that say so.

    `over` marks a tie that formed and ended within the period, as a meeting does; `told` is the day by which the first
    source of it was out, empty where a source has no date.
    """

    change: str
    source: str
    target: str
    layer: str
    role: str
    start: str
    end: str
    certainty: str
    over: bool
    told: str
    rows: tuple[str, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Diff:
    """What changed after one day up to and including another.

    Attributes:
        before, after: the two days; a year or month stands for its last day.
        layer: the layer or projection that is compared; empty for all layers.
        formed: ties that started after `before` and not after `after`.
        ended: ties that had started by `before`, and whose last day is after it and not after `after`.
        learned: ties that are not newer than `before`, of which every source came out after it and the first not
            after `after`; possible where no source tells their start.
        nodes_in: nodes all of whose ties formed.
        nodes_out: nodes all of whose ties are over, one of them since `before`.
        counts: of the changes by certainty, of what was kept, of what cannot be told (`undated_start`,
            `undated_sources`), of what was `learned_later` than `after`.
        graph: the ties that changed and those that were kept, marked `change`, `certainty`, `over` and `learned`; nodes
            marked `change` (in, out or nothing). `graph.graph` is as `look` gives it.
    """

    before: str
    after: str
    layer: str
    formed: tuple[Change, ...]
    ended: tuple[Change, ...]
    learned: tuple[Change, ...]
    nodes_in: tuple[str, ...]
    nodes_out: tuple[str, ...]
    counts: dict[str, int]
    graph: Graph

    def table(self) -> Table:
        """Return all changes, one row each: formed, ended, learned, in the order of their ends."""
        columns = (
            "change", "source", "source_label", "role", "target", "target_label", "layer", "start", "end", "certainty",
            "over", "told", "rows", "sources",
        )  # fmt: skip
        named = self.graph.nodes
        rows = tuple(
            (one.change, one.source, named[one.source]["label"], one.role, one.target, named[one.target]["label"],
             one.layer, one.start or None, one.end or None, one.certainty, one.over, one.told or None,
             "|".join(one.rows), "|".join(one.sources))
            for one in (*self.formed, *self.ended, *self.learned)
        )  # fmt: skip
        return Table(columns, rows, f"after {self.before}, until {self.after}; a day in brackets is the last possible")


class _Unit(NamedTuple):
    """What is compared: a tie, or a pair with all that it shares, each thing shared a part with its own span."""

    source: str
    target: str
    key: str
    tie: Tie
    span: Span
    start: str
    end: str
    parts: tuple[tuple[Span, tuple[Seen, ...]], ...]


def diff(relations: Tables, before: str, after: str, lens: Lens | None = None, layer: str = "") -> Diff:
    """Return the ties that formed, ended and were learned after one date, up to and including another.

    For a projection (`co-attendance`) the ties are pairs: a pair formed with the first thing that both share, and
    ended with the last.

    Args:
        relations: the relations of a release.
        before: the first date; changes of its last day are no part of the diff.
        after: the second date; changes of its last day are.
        lens: narrows what is compared; its dates of validity must be empty.
        layer: a layer, or an undirected projection; empty for what the lens lets through.

    Raises:
        ConfigError: a date that is none, dates in the wrong order, or a lens that has dates of its own.
        NotFoundError: no such layer, or what `look` raises.
    """
    lens = lens or Lens()
    first, last = days(before, "the first date").last, days(after, "the second date").last
    if first >= last:
        raise ConfigError(f"{before} is not before {after}", hint="give the earlier date first")
    if lens.as_of or lens.since or lens.until:
        raise ConfigError("a diff has two dates of its own", hint="leave out --as-of, --since and --until")
    view = narrow(relations, replace(lens, certain=False, layers=_layers(layer, lens)))
    units = _ties(view) if layer in LAYERS or not layer else _pairs(view, layer)
    published = {name: told["published"] for name, told in view.sources.items()}
    found = _Found(first, last, published, lens.certain)
    for unit in units:
        found.add(unit)
    nodes_in, nodes_out = found.nodes(units)
    counts = dict(sorted(found.counts.items())) | {"nodes_in": len(nodes_in), "nodes_out": len(nodes_out)}
    formed, ended, learned = (tuple(sorted(found.changes[name])) for name in (FORMED, ENDED, LEARNED))
    graph = _graph(view, found, units, nodes_in, nodes_out)
    return Diff(first, last, layer, formed, ended, learned, nodes_in, nodes_out, counts, graph)


def _layers(layer: str, lens: Lens) -> tuple[str, ...]:
    if not layer:
        return lens.layers
    if layer in LAYERS:
        wanted: tuple[str, ...] = (layer,)
    elif layer == "topic-affinity":
        raise ConfigError("topic affinity has no dates to compare", hint="compare the topic layer, or co-attendance")
    elif layer in PROJECTIONS and not PROJECTIONS[layer].directed:
        wanted = PROJECTIONS[layer].layers
    else:
        raise NotFoundError("layer", layer, nearest(layer, [*LAYERS, "co-attendance"]))
    kept = tuple(name for name in wanted if not lens.layers or name in lens.layers)
    if not kept:
        raise ConfigError(f"--layer {layer} is none of the layers {', '.join(lens.layers)}")
    return kept


def _ties(view: View) -> list[_Unit]:
    return [
        _Unit(
            one.tie.source, one.tie.target, one.tie.key, one.tie, one.tie.span, one.tie.attributes["start"],
            one.tie.attributes["end"], ((one.tie.span, (one,)),),
        )
        for one in sorted(view.seen, key=lambda one: one.tie[:3])
    ]  # fmt: skip


def _pairs(view: View, layer: str) -> list[_Unit]:
    groups: dict[str, dict[str, list[Seen]]] = defaultdict(lambda: defaultdict(list))
    for one in view.seen:
        groups[one.tie.target][one.tie.source].append(one)
    shared: dict[tuple[str, str], list[tuple[Span, tuple[Seen, ...]]]] = defaultdict(list)
    for group in (groups[key] for key in sorted(groups)):
        for pair in combinations(sorted(group), 2):
            left, right = (group[end] for end in pair)
            spans = [joint(a.tie.span, b.tie.span) for a in left for b in right]
            shared[pair].append((hull(spans), (*left, *right)))
    units = []
    verb = _VERBS.get(layer, layer)
    for (source, target), parts in sorted(shared.items()):
        span = hull([part for part, _rows in parts])
        said = [seen.tie.attributes for _part, rows in parts for seen in rows]
        start = min((found["start"] for found in said if found["start"]), default="")
        end = max((found["end"] or found["start"] for found in said), default="")
        tie = Tie(source, target, layer, {"layer": layer, "role": layer, "label": verb}, span, "")
        units.append(_Unit(source, target, layer, tie, span, start, end, tuple(parts)))
    return units


_VERBS: Final = {"co-attendance": "was at the same meetings as", "topic-affinity": "works on the same topics as"}


def joint(one: Span, other: Span) -> Span:
    """Return when both of two ties hold: from the later start to the earlier end; unknown where one of them is."""
    ends = [span for span in (one, other) if not span.open]
    return Span(
        max(one.start_earliest, other.start_earliest) if one.start_earliest and other.start_earliest else "",
        max(one.start_latest, other.start_latest) if one.start_latest and other.start_latest else "",
        min((span.end_earliest for span in ends), default=""),
        min((span.end_latest for span in ends), default="") if all(span.end_latest for span in ends) else "",
        not ends,
    )


def hull(spans: Sequence[Span]) -> Span:
    """Return the span from the first start to the last end; a bound that one of them leaves unknown stays unknown."""
    starts, ends = [span.start_earliest for span in spans], [span.end_latest for span in spans]
    return Span(
        min(starts) if all(starts) else "",
        min((span.start_latest for span in spans if span.start_latest), default=""),
        max((span.end_earliest for span in spans), default=""),
        max(ends) if all(ends) else "",
        any(span.open for span in spans),
    )


def within(earliest: str, latest: str, first: str, last: str) -> str:
    """Return whether a day between two bounds is after `first` and not after `last`: certain, possible or excluded.

    A bound that is unknown is empty; with neither known nothing can be told, which counts as excluded.

    >>> within("2019-01-01", "2019-12-31", "2018-12-31", "2020-12-31")
    'certain'
    >>> within("2018-01-01", "2018-12-31", "2018-06-30", "2020-12-31")
    'possible'
    """
    if not (earliest or latest) or earliest > last or (latest and latest <= first):
        return EXCLUDED
    return CERTAIN if earliest > first and latest and latest <= last else POSSIBLE


class _Found:
    """The changes found so far, between two days."""

    def __init__(self, first: str, last: str, published: Mapping[str, str], certain: bool) -> None:
        self.first, self.last, self.published = first, last, published
        self.levels = (CERTAIN,) if certain else (CERTAIN, POSSIBLE)
        self.changes: dict[str, list[Change]] = {FORMED: [], ENDED: [], LEARNED: []}
        self.marks: dict[tuple[str, str, str], list[Change]] = defaultdict(list)
        self.counts: Counter[str] = Counter(
            {f"{change}_{level}": 0 for change in self.changes for level in (CERTAIN, POSSIBLE)}
            | dict.fromkeys((KEPT, "undated_start", "undated_sources", "learned_later"), 0)
        )

    def add(self, unit: _Unit) -> None:
        """Find what changed of one tie or pair."""
        span, first, last = unit.span, self.first, self.last
        if span.start_earliest > last:
            return
        undated = not (span.start_earliest or span.start_latest)
        self.counts["undated_start"] += undated
        formed = within(span.start_earliest, span.start_latest, first, last)
        over = bool(span.end_latest and span.end_latest <= last)
        if formed != EXCLUDED:
            self._note(FORMED, unit, formed, over=over)
        # Older than the first date: for certain, possibly, or (it started since, for certain) not.
        older = EXCLUDED if span.start_earliest > first else POSSIBLE
        if span.start_latest and span.start_latest <= first:
            older = CERTAIN
        ended = EXCLUDED if span.open else within(span.end_earliest, span.end_latest, first, last)
        if EXCLUDED not in (older, ended):
            self._note(ENDED, unit, CERTAIN if older == ended == CERTAIN else POSSIBLE)
        if formed == EXCLUDED and older != EXCLUDED:
            told = self._told([part for part in unit.parts if not part[0].start_earliest > first])
            self.counts["undated_sources"] += not told
            self.counts["learned_later"] += told > last
            if first < told <= last:
                self._note(LEARNED, unit, older, told=told)
        gone = bool(span.end_latest and span.end_latest <= first)
        self.counts[KEPT] += not gone and not self.marks.get((unit.source, unit.target, unit.key))

    def _told(self, parts: Iterable[tuple[Span, tuple[Seen, ...]]]) -> str:
        """Return the day by which what is older was told, by its first sources; empty where one has no date."""
        by_part = []
        for _span, rows in parts:
            first: dict[str, list[str]] = defaultdict(list)
            for seen in rows:
                first[seen.tie.source] += [self.published.get(source, "") for source in seen.sources.split("|")]
            # A pair is known when both of its ties are.
            by_part.append(max((min(told, default="") for told in first.values()), default=""))
            if not all(all(told) and told for told in first.values()):
                by_part[-1] = ""
        return min(by_part, default="")

    def _note(self, change: str, unit: _Unit, certainty: str, *, over: bool = False, told: str = "") -> None:
        self.counts[f"{change}_{certainty}"] += 1
        if certainty not in self.levels:
            return
        cause = [part for part in unit.parts if self._caused(change, part[0])] or list(unit.parts)
        rows = sorted({seen.tie.key for _span, found in cause for seen in found})
        sources = sorted({source for _span, found in cause for seen in found for source in seen.sources.split("|")})
        told = told or self._told(cause)
        said = unit.tie.attributes
        one = Change(
            change, unit.source, unit.target, said["layer"], said["role"], unit.start, unit.end, certainty, over, told,
            tuple(rows), tuple(sources),
        )  # fmt: skip
        self.changes[change].append(one)
        self.marks[unit.source, unit.target, unit.key].append(one)

    def _caused(self, change: str, span: Span) -> bool:
        if change == LEARNED:
            return not span.start_earliest > self.first
        bounds = span[2:4] if change == ENDED else span[:2]
        return within(*bounds, self.first, self.last) != EXCLUDED

    def nodes(self, units: Iterable[_Unit]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the nodes that came with their first tie, and those that went with their last."""
        new: dict[str, bool] = {}
        gone: dict[str, bool] = {}
        ended: set[str] = set()
        for unit in units:
            if unit.span.start_earliest > self.last:
                continue
            changes = {one.change for one in self.marks.get((unit.source, unit.target, unit.key), ())}
            for end in (unit.source, unit.target):
                new[end] = new.get(end, True) and FORMED in changes
                gone[end] = gone.get(end, True) and bool(unit.span.end_latest and unit.span.end_latest <= self.last)
                if ENDED in changes:
                    ended.add(end)
        return (
            tuple(sorted(node for node, is_new in new.items() if is_new)),
            tuple(sorted(node for node, is_gone in gone.items() if is_gone and node in ended)),
        )


def _graph(
    view: View, found: _Found, units: Iterable[_Unit], nodes_in: Sequence[str], nodes_out: Sequence[str]
) -> Graph:
    graph = Graph()
    shown = []
    for unit in units:
        changes = found.marks.get((unit.source, unit.target, unit.key), [])
        gone = bool(unit.span.end_latest and unit.span.end_latest <= found.first)
        if changes or not (gone or unit.span.start_earliest > found.first):
            shown.append((unit, changes))
    for node in sorted({end for unit, _changes in shown for end in unit[:2]}):
        change = "in" if node in nodes_in else "out" if node in nodes_out else ""
        graph.add_node(node, **view.nodes[node], change=change)
    for unit, changes in shown:
        # A tie that was learned and has ended is drawn as ended, and says that it was learned.
        main = next((one for one in changes if one.change != LEARNED), changes[0] if changes else None)
        rows = sorted({seen.tie.key for _span, part in unit.parts for seen in part})
        sources = sorted({source for _span, part in unit.parts for seen in part for source in seen.sources.split("|")})
        said = {**unit.tie.attributes, "start": unit.start, "end": unit.end, "sources": "|".join(sources)}
        bounds = dict(zip(Span._fields[:4], unit.span, strict=False))
        graph.add_edge(
            unit.source, unit.target, key=unit.key, **said, **bounds, rows="|".join(rows),
            change=main.change if main else KEPT, certainty=main.certainty if main else "",
            over=bool(main and main.over), learned=any(one.change == LEARNED for one in changes),
        )  # fmt: skip
    counts = {**view.counts, "ties": graph.number_of_edges(), "nodes": len(graph)}
    graph.graph |= {**view.told(), "counts": counts}
    return graph
