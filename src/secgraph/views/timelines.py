"""Timelines: which programmes ran and which meetings were held when, chosen from the relations through a lens."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from secgraph import network
from secgraph.errors import ConfigError
from secgraph.values import Table, plain
from secgraph.views.looks import period, shown
from secgraph.vocab import local

PROGRAMMES: Final = 36
LANES: Final = 14
"""How many programmes and how many groups of meetings are drawn unless told otherwise."""

STATUSES: Final = {
    "held": "meeting held",
    "announced": "announced, not known to have been held",
    "unknown": "not known whether it was held",
    "postponed": "postponed",
    "cancelled": "cancelled",
}


class Bar(NamedTuple):
    """The days between which a programme starts and ends, as ISO 8601 days, empty where unknown."""

    start_earliest: str
    start_latest: str
    end_earliest: str
    end_latest: str
    open: bool


class Mark(NamedTuple):
    """A meeting: the days between which it was, and whether it was held."""

    first: str
    last: str
    status: str
    label: str


class Lane(NamedTuple):
    """A line of a timeline: a programme with its bar, or the meetings of one framework."""

    label: str
    bar: Bar | None = None
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True)
class Timeline:
    """What a timeline is to show, and the texts that say what it is."""

    title: str
    question: str
    caption: tuple[str, ...]
    programmes: tuple[Lane, ...]
    meetings: tuple[Lane, ...]
    first: int
    last: int
    as_of: str
    table: Table


def timeline(
    relations: network.Tables,
    lens: network.Lens | None = None,
    *,
    pillar: str = "",
    programmes: int = PROGRAMMES,
    lanes: int = LANES,
) -> Timeline:
    """Return the programmes and meetings that a lens lets through, in the order of their time.

    Programmes are those with the most neighbours; meetings stand in the lane of the framework (initiative, body or
    programme) that they took place in. What has no date is counted in the caption and stands in the table. The day of
    the lens is a line and cuts nothing.

    Args:
        relations: the relations of a release.
        lens: what is looked at.
        pillar: the initiative that is asked for, by IRI or id, in place of the lens's own.
        programmes: how many programmes at most.
        lanes: how many frameworks at most; the others are one lane.

    Raises:
        NotFoundError: no such thing in the network.
        ConfigError: numbers below one, or a lens that contradicts itself.
    """
    if min(programmes, lanes) < 1:
        raise ConfigError("a timeline has at least one line of each kind", hint="give 1 or more")
    lens = lens or network.Lens()
    lens = replace(lens, pillar=pillar or lens.pillar)
    day = network.days(lens.as_of)[1] if lens.as_of else ""
    graph = network.look(relations, replace(lens, as_of="", certain=False))
    status = {
        network.node_key(str(row["iri"])): str(plain(row["status"]) or "unknown")
        for row in relations.table("events").dicts()
    }
    frames = _frames(relations)
    inside = _inside(network.node_key(lens.pillar), frames) if lens.pillar else set()
    found: dict[str, list[str]] = {"programme": [], "event": []}
    for node in network.ranking(graph):
        kind = graph.nodes[node]["kind"]
        if kind in found and (not inside or node in inside):
            found[kind].append(node)
    bars = {node: bar for node in found["programme"] if (bar := _bar(graph.nodes[node])) is not None}
    kept = sorted(
        list(bars)[:programmes], key=lambda node: (bars[node].start_earliest or bars[node].end_earliest, node)
    )
    marks = {
        node: mark
        for node in found["event"]
        if (mark := _mark(graph.nodes[node], status.get(node, "unknown"))) is not None
    }
    groups = _grouped(marks, frames, graph, lanes)
    drawn_bars = tuple(Lane(_name(graph.nodes[node]), bar=bars[node]) for node in kept)
    years = [int(edge[:4]) for bar in (bars[node] for node in kept) for edge in bar[:4] if edge]
    years += [int(edge[:4]) for lane in groups for mark in lane.marks for edge in mark[:2]]
    years += [int(day[:4])] if day else []
    about = _named(relations, lens.pillar)
    whose = "its" if about else "the"
    caption = _caption(found, bars, kept, marks, lens, day)
    return Timeline(
        f"{about}: programmes and meetings" if about else "Programmes and meetings of regional security cooperation",
        f"When did {whose} programmes run, and when were {whose} meetings held?",
        caption, drawn_bars, groups, min(years, default=2000), max(years, default=2000), day,
        _table(found, graph, status, frames),
    )  # fmt: skip


def _caption(
    found: Mapping[str, list[str]], bars: Mapping[str, Bar], kept: list[str], marks: Mapping[str, Mark],
    lens: network.Lens, day: str,
) -> tuple[str, ...]:  # fmt: skip
    undated = [len(found["programme"]) - len(bars), len(found["event"]) - len(marks)]
    cap = (
        f"{len(kept)} of {len(bars)} programmes, those with the most neighbours"
        if len(kept) < len(bars)
        else f"All {len(kept)} programmes"
    )
    said = [f"{cap}, and all {len(marks)} meetings, that have a date."]
    if any(undated):
        said.append(f"Without any date and not drawn: {undated[0]} programmes, {undated[1]} meetings (see the table).")
    words = replace(lens, as_of="", certain=False).words()
    said += [f"Seen through: {words}."] if words else []
    said += [f"The dashed line is {day}."] if day else ["No day was asked for."]
    return tuple(said)


def _frames(relations: network.Tables) -> dict[str, list[str]]:
    """Return what each thing is a part of, or takes place within."""
    frames: dict[str, list[str]] = defaultdict(list)
    for row in relations.table("links").dicts():
        if local(str(plain(row["property"]))) in ("withinFramework", "partOf", "subEventOf"):
            frames[network.node_key(str(row["subject"]))].append(network.node_key(str(row["object"])))
    return frames


def _inside(node: str, frames: Mapping[str, list[str]]) -> set[str]:
    wanted = node if "/" in node else f"initiative/{node}"
    found = {wanted}
    while True:
        more = {part for part, wholes in frames.items() if not found.isdisjoint(wholes)} - found
        if not more:
            return found
        found |= more


def _bar(attributes: Mapping[str, Any]) -> Bar | None:
    start, end = attributes["start"], attributes["end"]
    if not start and not end:
        return None
    begun = network.days(start) if start else ("", "")
    over = network.days(end) if end else ("", "")
    if start and not end and attributes["end_state"] == "known":
        over = begun
    return Bar(*begun, *over, attributes["end_state"] == "open")


def _mark(attributes: Mapping[str, Any], status: str) -> Mark | None:
    if not attributes["start"]:
        return None
    first, last = network.days(attributes["start"])
    return Mark(first, last, status, _name(attributes))


def _name(attributes: Mapping[str, Any]) -> str:
    short, label = shown(attributes["short"]), shown(attributes["label"])
    return f"{short}: {label}" if short and short != label else label


def _grouped(
    marks: Mapping[str, Mark], frames: Mapping[str, list[str]], graph: network.Graph, lanes: int
) -> tuple[Lane, ...]:
    groups: dict[str, list[Mark]] = defaultdict(list)
    for node, mark in marks.items():
        # A meeting that is a part of two frameworks stands in both lanes.
        for frame in frames.get(node) or [""]:
            groups[frame].append(mark)
    none = groups.pop("", [])
    order = sorted(groups, key=lambda frame: (-len(groups[frame]), frame))
    made = [
        _lane(_name(graph.nodes[frame]) if frame in graph else local(frame), groups[frame]) for frame in order[:lanes]
    ]
    rest = [mark for frame in order[lanes:] for mark in groups[frame]]
    if rest:
        made.append(_lane(f"{len(order) - lanes} other frameworks", rest))
    if none:
        made.append(_lane("no framework stated", none))
    return tuple(made)


def _lane(label: str, marks: list[Mark]) -> Lane:
    return Lane(label, marks=tuple(sorted(marks, key=lambda mark: (mark.first, mark.last, mark.label))))


def _named(relations: network.Tables, pillar: str) -> str:
    if not pillar:
        return ""
    whole = network.multigraph(relations)
    attributes = whole.nodes[network.find_node(whole, pillar)]
    name, short = shown(attributes["label"]), shown(attributes["short"])
    return f"{name} ({short})" if short and short != name else name


def _table(
    found: Mapping[str, list[str]], graph: network.Graph, status: Mapping[str, str], frames: Mapping[str, list[str]]
) -> Table:
    rows = []
    for kind in ("programme", "event"):
        for node in sorted(
            found[kind], key=lambda node: (graph.nodes[node]["start"] or graph.nodes[node]["end"] or "9", node)
        ):
            said = graph.nodes[node]
            when = period(said["start"], said["end"], said["start_state"], said["end_state"])
            within = "|".join(local(frame) for frame in frames.get(node, ()))
            rows.append(
                (
                    kind,
                    said["label"],
                    when,
                    status.get(node) if kind == "event" else None,
                    within or None,
                    said["sources"],
                    node,
                )
            )
    return Table(("kind", "name", "when", "status", "within", "sources", "id"), tuple(rows))
