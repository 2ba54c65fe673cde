"""The lens: whatever narrows a network, in one value, and the network seen through it.

Every measure, picture, matrix and export takes its ties from `look`, so that a filter means the same everywhere, and
what it leaves out is counted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

import networkx as nx

from secgraph.collector import uncollected
from secgraph.errors import ConfigError, NotFoundError
from secgraph.network.graph import LAYERS, Graph, Tables, Tie, node_key, nodes, sources, ties, unidentified
from secgraph.network.time import CERTAIN, EXCLUDED, KNOWN, LATER, UNDATED, days, holds, known
from secgraph.values import nearest, plain
from secgraph.vocab import local

STATE_BODIES: Final = frozenset(
    "ministry police prosecution intelligence border-agency customs government-agency".split()
)
"""Types of organisations that act for the country they stand in."""

SEATED: Final = frozenset("intergovernmental eu-agency eu-institution forum secretariat".split())
"""Types of organisations whose country is only where they have their seat: they do not belong to it."""

ROLL_UPS: Final = ("parent", "country")


@dataclass(frozen=True)
class Lens:
    """What of the network is looked at; a lens of nothing but defaults shows every layer but the topics.

    Attributes:
        layers: names of `LAYERS`; none means all but `topic`.
        topics: ties whose event, programme, body or document is about one of these topics, or a narrower one.
        countries: ties with an end that is one of these countries, belongs to it or took place there.
        pillar: ties with an end that is this initiative (or programme, or body) or a part of it, at any depth.
        since, until: ties that hold at some time of this period, by the bounds of their dates.
        as_of: ties that hold on this day; of a year or month, its last day.
        certain: only what holds for certain then.
        known_at: ties that sources published by this day tell; of a year or month, its last day.
        undated_sources: with `known_at`, take in what only sources without a date tell.
        open_ends: take in ties of which a source says that they go on.
        unknown_ends: take in ties whose end no source tells.
        without: ids of sources; ties that nothing else supports are left out.
        roll_up: `parent` puts units under their parent organisations, `country` bodies of a state under its country.
    """

    layers: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    pillar: str = ""
    since: str = ""
    until: str = ""
    as_of: str = ""
    certain: bool = False
    known_at: str = ""
    undated_sources: bool = False
    open_ends: bool = True
    unknown_ends: bool = True
    without: tuple[str, ...] = ()
    roll_up: str = ""

    def words(self) -> str:
        """Return what the lens lets through, in words for a caption; empty for a lens that narrows nothing."""
        said = [f"layers {', '.join(self.layers)}"] if self.layers else []
        said += [f"on {', '.join(map(local, self.topics))}"] if self.topics else []
        said += [f"with {', '.join(map(local, self.countries))}"] if self.countries else []
        said += [f"within {local(self.pillar)}"] if self.pillar else []
        said += [f"from {self.since}"] if self.since else []
        said += [f"until {self.until}"] if self.until else []
        said += [f"as of {self.as_of}"] if self.as_of else []
        if self.as_of or self.since or self.until:
            said.append("certain only" if self.certain else "certain and possible")
        if self.known_at:
            undated = "taken in" if self.undated_sources else "left out"
            said.append(f"as known on {self.known_at}, sources without a date {undated}")
        said += [] if self.open_ends else ["open ends left out"]
        said += [] if self.unknown_ends else ["unknown ends left out"]
        said += [f"without the sources {', '.join(map(local, self.without))}"] if self.without else []
        said += [f"rolled up by {self.roll_up}"] if self.roll_up else []
        return "; ".join(said)


class Seen(NamedTuple):
    """A tie seen through a lens: the tie, what the lens says of it, and the sources that it rests on here (`a|b`)."""

    tie: Tie
    certainty: str
    known: str
    sources: str


@dataclass
class View:
    """What a lens lets through: the nodes to choose from, the ties left, and the count of what each filter took."""

    nodes: dict[str, dict[str, str]]
    seen: list[Seen]
    counts: dict[str, int]
    emptied_by: str
    sources: dict[str, dict[str, str]]
    lens: Lens

    def told(self) -> dict[str, Any]:
        """Return what a graph of these ties says of itself."""
        layers = self.lens.layers or tuple(name for name in LAYERS if name != "topic")
        return {
            "lens": self.lens.words(), "layers": "|".join(layers), "counts": self.counts,
            "emptied_by": self.emptied_by, "sources": self.sources,
        }  # fmt: skip


def look(relations: Tables, lens: Lens | None = None) -> Graph:
    """Return the network seen through a lens: its ties, and the nodes at their ends.

    Edges carry what those of `multigraph` do, and the bounds of their dates (`start_earliest` to `end_latest`),
    `certainty` (certain or possible, where a day or period is asked for), `known` (known or undated), `rolled_up` and
    `rolled_from` (the ends that were rolled up). `graph.graph` holds `lens` (words for a caption), `counts` (what is
    there, and what each filter took), `emptied_by` (the filter that took the last tie; empty where some are left) and
    `sources`.

    Raises:
        ConfigError: a date that is none, or filters that contradict one another.
        NotFoundError: no such layer, topic, country, initiative or source.
    """
    with uncollected():
        view = narrow(relations, lens or Lens())
        graph = Graph()
        for node in sorted({end for one in view.seen for end in one.tie[:2]}):
            graph.add_node(node, **view.nodes[node])
        for tie, certainty, told, kept in sorted(view.seen, key=lambda one: one.tie[:3]):
            said = {"rolled_up": False, "rolled_from": "", **tie.attributes, "sources": kept}
            bounds = dict(zip(tie.span._fields[:4], tie.span, strict=False))
            graph.add_edge(tie.source, tie.target, key=tie.key, **said, **bounds, certainty=certainty, known=told)
    counts = {**view.counts, "ties": graph.number_of_edges(), "nodes": len(graph)}
    graph.graph |= {**view.told(), "counts": counts}
    return graph


def why_empty(graph: nx.Graph) -> str:
    """Return the sentence that says which filter emptied a network or projection; empty where ties are left."""
    emptied_by: str = graph.graph.get("emptied_by", "")
    if not emptied_by:
        return ""
    if emptied_by == "relations":
        return "the relations hold no tie"
    if emptied_by == "layers":
        return f"no tie is in the layers {graph.graph['layers'].replace('|', ', ')}"
    if emptied_by == "projection":
        return f"of {graph.graph['counts']['ties']} ties none makes one of the projection {graph.graph['layer']}"
    option = " or ".join(_OPTIONS.get(name, f"--{name.replace('_', '-')}") for name in emptied_by.split("/"))
    return f"{option} left out the last of {graph.graph['counts']['of']} ties ({graph.graph['lens']})"


def narrow(relations: Tables, lens: Lens) -> View:
    """Return the ties that a lens lets through, before they become a graph; raises what `look` raises."""
    known_nodes, told = nodes(relations), sources(relations)
    lens = _checked(lens, known_nodes, told)
    wanted = set(lens.layers) or set(LAYERS) - {"topic"}
    # Some filters ask how things hang together in layers that are not asked for themselves.
    asked = wanted | ({"part-of"} if lens.pillar or lens.roll_up else set()) | ({"topic"} if lens.topics else set())
    here = [tie for tie in ties(relations, asked) if tie.source in known_nodes and tie.target in known_nodes]
    seen = [Seen(tie, "", KNOWN, tie.attributes["sources"]) for tie in here if tie.attributes["layer"] in wanted]
    counts = dict.fromkeys(_COUNTS, 0) | {"of": len(seen), "unidentified": unidentified(relations, wanted)}
    emptied_by = "" if seen else "layers" if lens.layers else "relations"
    published = {name: source["published"] for name, source in told.items()}
    # What an event is about, or a part of, is a fact with sources too: a lens that takes these away takes it away.
    hanging = here if lens.topics or lens.pillar or lens.roll_up else []
    stands = [tie for tie in hanging if tie.attributes["layer"] in _HANGING and _stands(tie, published, lens)]
    for name, keep in _filters(lens, relations, known_nodes, published, stands, counts):
        if name == "ends":
            _count_ends(seen, counts)
        left = [found for one in seen if (found := keep(one)) is not None]
        counts[name] = len(seen) - len(left)
        if seen and not left:
            emptied_by = _FIELDS.get(name, name)
        seen = left
        if name == "known_at":
            counts["undated_sources"] = sum(one.known == UNDATED for one in seen)
    if lens.open_ends and lens.unknown_ends:
        _count_ends(seen, counts)
    if lens.roll_up:
        rolled = roll(seen, _above(lens.roll_up, known_nodes, stands))
        counts["rolled_into_one"] = len(seen) - len(rolled)
        counts["rolled_up"] = sum(one.tie.attributes["rolled_up"] for one in rolled)
        if seen and not rolled:
            emptied_by = "roll_up"
        seen = rolled
    if lens.as_of or lens.since or lens.until:
        counts |= Counter(one.certainty for one in seen)
    counts["excluded"] = counts["period"] + counts["as_of"]
    return View(known_nodes, seen, counts, emptied_by, told, lens)


def _count_ends(seen: Iterable[Seen], counts: dict[str, int]) -> None:
    states = Counter([one.tie.attributes["end_state"] for one in seen])
    counts |= {f"{state}_end": states[state] for state in ("open", "unknown")}


_COUNTS: Final = (
    "of", "topics", "countries", "pillar", "without", "known_at", "period", "as_of", "certain_only",
    "ends", "certain", "possible", "excluded", "open_end", "unknown_end", "undated_sources",
    "undated_sources_left_out", "rolled_up", "rolled_into_one", "unidentified",
)  # fmt: skip
_OPTIONS: Final = {
    "topics": "--topic", "countries": "--country", "open_ends": "--no-open-ends", "unknown_ends": "--no-unknown-ends",
}  # fmt: skip
_HANGING: Final = ("topic", "part-of")
_FIELDS: Final = {"period": "since/until", "certain_only": "certain", "ends": "open_ends/unknown_ends"}
Filter = Callable[[Seen], Seen | None]


def dated(lens: Lens) -> Lens:
    """Return a lens with its dates as days: since from its first day on, the others by their last.

    Raises:
        ConfigError: a date that is none, or a period, day and certainty that contradict each other.
        NotFoundError: no such roll-up.
    """
    read = {
        name: days(text, f"--{name.replace('_', '-')}")[0 if name == "since" else 1] if text else ""
        for name, text in ((name, getattr(lens, name)) for name in ("since", "until", "as_of", "known_at"))
    }
    since, until, as_of = read["since"], read["until"], read["as_of"]
    if since and until and since > until:
        raise ConfigError(f"--since {lens.since} is after --until {lens.until}", hint="nothing is in such a period")
    if as_of and (since > as_of or (until and until < as_of)):
        raise ConfigError(f"--as-of {lens.as_of} is outside of --since and --until", hint="give one or the other")
    if lens.certain and not (since or until or as_of):
        raise ConfigError("--certain needs a day or a period", hint="give --as-of, --since or --until too")
    if lens.roll_up and lens.roll_up not in ROLL_UPS:
        raise NotFoundError("roll-up", lens.roll_up, list(ROLL_UPS))
    return replace(lens, since=since, until=until, as_of=as_of, known_at=read["known_at"])


def _checked(lens: Lens, known_nodes: Mapping[str, Any], told: Mapping[str, Any]) -> Lens:
    """Return the lens with its names as keys and its dates read, or raise what is wrong with it."""
    for layer in lens.layers:
        if layer not in LAYERS:
            raise NotFoundError("layer", layer, nearest(layer, LAYERS))
    lens = dated(lens)
    return replace(
        lens,
        topics=tuple(_named("topic", name, known_nodes) for name in lens.topics),
        countries=tuple(_named("jurisdiction", name, known_nodes) for name in lens.countries),
        pillar=_whole(lens.pillar, known_nodes) if lens.pillar else "",
        without=tuple(_source_id(name, told) for name in lens.without),
    )


def _named(kind: str, name: str, known_nodes: Iterable[str]) -> str:
    key = node_key(name)
    key = key if "/" in key else f"{kind}/{key}"
    ids = [local(node) for node in known_nodes if node.startswith(f"{kind}/")]
    if not key.startswith(f"{kind}/") or local(key) not in ids:
        raise NotFoundError("country" if kind == "jurisdiction" else kind, local(name), nearest(local(name), ids))
    return key


def _whole(name: str, known_nodes: Collection[str]) -> str:
    """Return the key of what has parts: an initiative as a rule, but a programme or an organisation has them too."""
    key = node_key(name)
    if key in known_nodes:
        return key
    ids = [node for node in known_nodes if not node.startswith(("topic/", "jurisdiction/", "person/"))]
    found = sorted((not node.startswith("initiative/"), node) for node in ids if local(node) == key)
    if not found:
        raise NotFoundError("initiative", local(name), nearest(local(name), map(local, ids)))
    return found[0][1]


def _source_id(name: str, told: Mapping[str, Any]) -> str:
    if local(name) not in told:
        raise NotFoundError("source", local(name), nearest(local(name), told))
    return local(name)


def _filters(
    lens: Lens,
    relations: Tables,
    known_nodes: Mapping[str, Mapping[str, str]],
    published: Mapping[str, str],
    stands: Sequence[Tie],
    counts: dict[str, int],
) -> Iterable[tuple[str, Filter]]:
    """Yield the filters of a lens that narrow something, in the order in which they are put on."""
    if lens.topics:
        topics = narrower(relations, lens.topics)
        about = {tie.source for tie in stands if tie.attributes["layer"] == "topic" and tie.target in topics}
        yield "topics", lambda one: one if _on(one.tie, topics, about) else None
    if lens.countries:
        inside = {node for node, said in known_nodes.items() if belongs(node, said, lens.countries)}
        yield "countries", lambda one: one if not inside.isdisjoint(one.tie[:2]) else None
    if lens.pillar:
        parts = parts_of(lens.pillar, stands)
        yield "pillar", lambda one: one if not parts.isdisjoint(one.tie[:2]) else None
    if lens.without:
        yield "without", lambda one: _without(one, lens.without)
    if lens.known_at:
        yield "known_at", lambda one: _known(one, published, lens, counts)
    if lens.since or lens.until:
        yield "period", lambda one: _dated(one, lens.since, lens.until)
    if lens.as_of:
        yield "as_of", lambda one: _dated(one, lens.as_of, lens.as_of)
    if lens.certain:
        yield "certain_only", lambda one: one if one.certainty == CERTAIN else None
    if not (lens.open_ends and lens.unknown_ends):
        taken = {"open": lens.open_ends, "unknown": lens.unknown_ends, "known": True}
        yield "ends", lambda one: one if taken[one.tie.attributes["end_state"]] else None


def _on(tie: Tie, topics: Collection[str], about: Collection[str]) -> bool:
    return tie.target in topics if tie.attributes["layer"] == "topic" else tie.carrier in about


def _without(one: Seen, left_out: Collection[str]) -> Seen | None:
    kept = [source for source in one.sources.split("|") if source not in left_out]
    return one._replace(sources="|".join(kept)) if any(kept) else None


def _known(one: Seen, published: Mapping[str, str], lens: Lens, counts: dict[str, int]) -> Seen | None:
    state, by_then = known(one.sources.split("|"), published, lens.known_at)
    if state == UNDATED and not lens.undated_sources:
        counts["undated_sources_left_out"] += 1
        return None
    return None if state == LATER else one._replace(known=state, sources="|".join(by_then))


def _stands(tie: Tie, published: Mapping[str, str], lens: Lens) -> bool:
    one: Seen | None = Seen(tie, "", KNOWN, tie.attributes["sources"])
    if one and lens.without:
        one = _without(one, lens.without)
    if one and lens.known_at:
        one = _known(one, published, lens, Counter())
    return one is not None


def _dated(one: Seen, first: str, last: str) -> Seen | None:
    certainty = holds(one.tie.span, first, last)
    return None if certainty == EXCLUDED else one._replace(certainty=certainty)


def narrower(relations: Tables, topics: Collection[str]) -> set[str]:
    """Return these topics and all that are narrower, at any depth."""
    table = relations.table("links")
    below: dict[str, list[str]] = defaultdict(list)
    for row in table.dicts():
        if local(str(plain(row["property"]))) == "broader":
            below[node_key(row["object"])].append(node_key(row["subject"]))
    return _reach(topics, below)


def parts_of(node: str, here: Iterable[Tie]) -> set[str]:
    """Return a thing and all that are parts or units of it or within it, at any depth."""
    below: dict[str, list[str]] = defaultdict(list)
    for tie in here:
        if tie.attributes["layer"] == "part-of":
            below[tie.target].append(tie.source)
    return _reach([node], below)


def _reach(start: Iterable[str], below: Mapping[str, Sequence[str]]) -> set[str]:
    found = set(start)
    new = list(found)
    while new:
        for part in below.get(new.pop(), ()):
            if part not in found:
                found.add(part)
                new.append(part)
    return found


def belongs(node: str, said: Mapping[str, str], countries: Collection[str]) -> bool:
    """Tell whether a node is one of these countries, belongs to one or took place there; a mere seat does not count."""
    if node in countries:
        return True
    codes = {local(country) for country in countries}
    return said["type"] not in SEATED and not codes.isdisjoint(said["country"].split("|"))


def _above(roll_up: str, known_nodes: Mapping[str, Mapping[str, str]], here: Iterable[Tie]) -> dict[str, str]:
    """Return where each node goes that is rolled up."""
    units = [tie for tie in here if tie.attributes["role"] == "parentOrganisation"]
    parent = {tie.source: tie.target for tie in sorted(units, key=lambda tie: tie[:3], reverse=True)}
    above: dict[str, str] = {}
    for node in known_nodes:
        line = [node]
        while parent.get(line[-1], line[0]) not in line:
            line.append(parent[line[-1]])
        if roll_up == "parent":
            top = line[-1]
        else:
            state = [known_nodes[at]["country"] for at in line if known_nodes[at]["type"] in STATE_BODIES]
            country = f"jurisdiction/{next(filter(None, state), '')}"
            top = country if country in known_nodes else node
        if top != node:
            above[node] = top
    return above


def roll(seen: Iterable[Seen], above: Mapping[str, str]) -> list[Seen]:
    """Return the ties with their ends rolled up and marked so; those that fall into one node or one tie go."""
    rolled: dict[tuple[str, ...], Seen] = {}
    for one in seen:
        moved = [end for end in one.tie[:2] if end in above]
        source, target = (above.get(end, end) for end in one.tie[:2])
        if source == target and moved:
            continue
        said = {**one.tie.attributes, "rolled_up": bool(moved), "rolled_from": "|".join(moved)}
        tie = one.tie._replace(source=source, target=target, attributes=said)
        # The parts of one row (two givers of one country) may come to be one tie.
        rolled[tie[:3]] = one._replace(tie=tie)
    return sorted(rolled.values(), key=lambda one: one.tie[:3])
