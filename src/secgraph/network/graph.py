"""The network: relations in, one MultiDiGraph of typed ties out, and cuts of it that start from a question.

A node is a thing (`organisation/rcc`), an edge one tie that a row of the tables states, in its layer, with the row's
dates and sources. Nothing is projected or concluded here, and nothing but relations is read, so an embedded and a
remote store give the same network. Nodes and ties go in sorted: the same relations give the same graph.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from operator import itemgetter
from typing import Any, Final, NamedTuple, Protocol, TypeAlias

import networkx as nx

from secgraph.errors import ConfigError, NotFoundError
from secgraph.values import Table, nearest, plain
from secgraph.vocab import ID, kind_of, local

Graph: TypeAlias = nx.MultiDiGraph

KINDS: Final = (
    "jurisdiction", "initiative", "organisation", "programme", "event", "instrument", "person", "document", "topic",
)  # fmt: skip
"""The kinds of things that are nodes; topics only where they are asked for."""

LAYERS: Final[dict[str, str]] = {
    "membership": "is in a body, as member, observer, chair ...",
    "part-of": "is a part or unit of, or takes place within",
    "secretariat": "hosts the secretariat of",
    "organising": "organised a meeting",
    "hosting": "hosted a meeting",
    "supporting": "supported a meeting",
    "attending": "took part in a meeting",
    "implementing": "implements a programme",
    "partnership": "is a partner of a programme",
    "benefiting": "is to benefit from a programme",
    "funding": "gives or gets money",
    "managing": "manages a funding instrument",
    "office": "holds or held an office",
    "adopting": "adopted a document",
    "topic": "is about a topic",
}
"""The layers, and what a tie of each says of its two ends, in reading order."""


class Tables(Protocol):
    """Whatever hands out relations by name."""

    def table(self, name: str) -> Table:
        """Return one relation."""
        ...


class Span(NamedTuple):
    """The days between which a tie starts and ends, as ISO 8601 days; empty where that is unknown."""

    start_earliest: str = ""
    start_latest: str = ""
    end_earliest: str = ""
    end_latest: str = ""
    open: bool = False


class Tie(NamedTuple):
    """One tie that a row states: its ends, the row's id, what it says, when, and the thing that carries it.

    The carrier is the event, programme, body or document that the row is about: a tie has the topics of its carrier.
    """

    source: str
    target: str
    key: str
    attributes: dict[str, Any]
    span: Span
    carrier: str


class _Role(NamedTuple):
    layer: str
    verb: str


_PARTICIPATION: Final[dict[str, _Role]] = {
    "organiser": _Role("organising", "organised"),
    "host": _Role("hosting", "hosted"),
    "supporter": _Role("supporting", "supported"),
    "speaker": _Role("attending", "spoke at"),
    "participant": _Role("attending", "took part in"),
    "partner": _Role("partnership", "is a partner of"),
    "funder": _Role("funding", "funds"),
    "accountable": _Role("implementing", "is accountable for"),
    "extending": _Role("implementing", "manages the funds of"),
    "implementing": _Role("implementing", "implements"),
    "beneficiary": _Role("benefiting", "is to benefit from"),
}
# The end that reads as the subject comes first: True where that is the link's object (`adopted` by, `host` of).
_LINKS: Final[dict[str, tuple[str, str, bool]]] = {
    "partOf": ("part-of", "is part of", False),
    "withinFramework": ("part-of", "takes place within", False),
    "parentOrganisation": ("part-of", "is a unit of", False),
    "subEventOf": ("part-of", "is part of", False),
    "secretariatHost": ("secretariat", "hosts the secretariat of", True),
    "managedBy": ("managing", "manages", True),
    "adoptedBy": ("adopting", "adopted", True),
    "topic": ("topic", "is about", False),
}
_MEMBERSHIP: Final[dict[str, str]] = {
    "contracting-party": "is a contracting party of",
    "associate": "is an associate of",
    "secretariat-host": "hosts the secretariat of",
    "signatory": "signed",
    "chair": "chairs",
}


def node_key(iri: str) -> str:
    """Return the key of a thing in the network: its kind and slug, short enough to type.

    >>> node_key("https://w3id.org/secgraph/id/organisation/rcc")
    'organisation/rcc'
    """
    return iri[len(ID) :] if iri.startswith(ID) else iri


def multigraph(relations: Tables, *, topics: bool = False) -> Graph:
    """Return all things and all their ties, every layer in one graph.

    Nodes carry `label`, `short`, `kind`, `type`, `country`, `start`, `end` and their states; edges `layer`, `role`,
    `label` (the verb, from the first end to the second), `start`, `end`, `start_state`, `end_state`, `sources` (ids
    joined by `|`), `inferred` (whether it rests on a cell whose value no source says outright) and `inferred_columns`
    (those of such cells); the key of an edge is the id of its row. `graph.graph["sources"]` names each source.

    Args:
        relations: the relations of a release.
        topics: take in topics as nodes, and what is about them.
    """
    graph = Graph()
    for key, attributes in nodes(relations).items():
        if topics or attributes["kind"] != "topic":
            graph.add_node(key, **attributes)
    for tie in sorted(ties(relations), key=itemgetter(0, 1, 2)):
        # A tie to a thing that is no node here (a topic, where topics are left out) has nowhere to go.
        if tie.source in graph and tie.target in graph:
            graph.add_edge(tie.source, tie.target, key=tie.key, **tie.attributes)
    graph.graph["sources"] = sources(relations)
    return graph


def nodes(relations: Tables) -> dict[str, dict[str, str]]:
    """Return what is told of each thing that can be a node, topics too, by its key and in the order of keys."""
    found = {
        node_key(_text(row, "iri")): _node(row) for row in _rows(relations, "things") if _text(row, "kind") in KINDS
    }
    return dict(sorted(found.items()))


def ties(relations: Tables, layers: Collection[str] = LAYERS) -> list[Tie]:
    """Return the ties of these layers that the rows state, in no order."""
    found: list[Tie] = []
    when = _when(relations) if not _DATED_BY_CARRIER.isdisjoint(layers) else {}
    for read, own in _READERS:
        if not own.isdisjoint(layers):
            found.extend(read(relations, when, layers))
    return found


def unidentified(relations: Tables, layers: Collection[str] = LAYERS) -> int:
    """Return how many ties of these layers end at a party that is named and that nobody has identified."""
    count = 0
    if not _BY_CARRIER.isdisjoint(layers):
        table = relations.table("participations")
        who, told = table.columns.index("participant"), table.columns.index("role")
        for row in table.rows:
            if row[who] is None:
                role = _PARTICIPATION.get(local(str(row[told])))
                count += (role.layer if role else "attending") in layers
    for name in ("transactions", "budgets") if "funding" in layers else ():
        table = relations.table(name)
        for side in ("provider", "receiver"):
            party, *stated = (table.columns.index(f"{side}{rest}") for rest in ("s", "_names", "_refs"))
            count += sum(row[party] is None and any(row[at] is not None for at in stated) for row in table.rows)
    return count


def sources(relations: Tables) -> dict[str, dict[str, str]]:
    """Return what is told of each source, by its id; `published` is the last day on which it can have come out."""
    return {_text(row, "id"): _source(row) for row in _rows(relations, "sources")}


def ego(graph: Graph, node: str, hops: int = 1) -> Graph:
    """Return a node and all that is within so many ties of it, in either direction.

    Raises:
        NotFoundError: no such node.
        ConfigError: fewer than one hop.
    """
    if hops < 1:
        raise ConfigError(f"--hops {hops}: an ego network has at least one hop", hint="give --hops 1 or more")
    found = reached = {find_node(graph, node)}
    for _ in range(hops):
        reached = {near for at in reached for near in nx.all_neighbors(graph, at)} - found
        found = found | reached
    return cut(graph, found)


def pillar(graph: Graph, node: str) -> Graph:
    """Return what an initiative consists of: sub-bodies, members, events and programmes within, and their agents.

    Raises:
        NotFoundError: no such node.
    """
    inside = {find_node(graph, node)}
    reached = set(inside)
    while reached:
        parts = {part for at in reached for part, _at, layer in graph.in_edges(at, data="layer") if layer == "part-of"}
        reached = parts - inside
        inside |= reached
    around = {near for at in inside for near in nx.all_neighbors(graph, at)}
    return cut(graph, inside | around)


def top(graph: Graph, k: int, *, keep: Collection[str] = ()) -> Graph:
    """Return the k nodes of the highest degree and the ties among them; those of `keep` are always in.

    Raises:
        ConfigError: fewer than one node.
    """
    if k < 1:
        raise ConfigError(f"a cap of {k}: at least one node must be shown", hint="give --top 1 or more")
    kept = [node for node in sorted(keep) if node in graph][:k]
    rest = [node for node in ranking(graph) if node not in kept and neighbours(graph, node)]
    return cut(graph, {*kept, *rest[: k - len(kept)]})


def neighbours(graph: Graph, node: str) -> int:
    """Return the degree of a node: to how many others it is tied, whatever the number of ties to each."""
    return len({*graph.predecessors(node), *graph.successors(node)} - {node})


def ranking(graph: Graph) -> list[str]:
    """Return the nodes by degree, highest first, equal ones by key.

    A degree counts neighbours and not ties: money is reported year by year, and thirty rows between two nodes are
    one relation that is told thirty times.
    """
    return sorted(graph, key=lambda node: (-neighbours(graph, node), node))


def cut(graph: Graph, nodes: Collection[str]) -> Graph:
    """Return the graph of these nodes and the ties among them.

    Each node says in `cut` how many of its ties led to a node that is not shown, all cuts before this one included,
    and `graph.graph["of"]` how many nodes there were before it: what is left out shows as a number.
    """
    part = Graph(**{**graph.graph, "of": len(graph)})
    for node in sorted(nodes):
        part.add_node(node, **graph.nodes[node])
    for source, target, key, attributes in graph.edges(keys=True, data=True):
        if source in part and target in part:
            part.add_edge(source, target, key=key, **attributes)
    for node in part:
        lost = graph.degree(node) - part.degree(node)
        part.nodes[node]["cut"] = graph.nodes[node].get("cut", 0) + lost
    return part


def find_node(graph: Graph, name: str) -> str:
    """Return the key of a node given as key, IRI or bare id.

    Raises:
        ConfigError: the IRI of a thing of a kind that has no ties.
        NotFoundError: no such node; with the nearest ids.
    """
    key = node_key(name)
    if key in graph:
        return key
    found: list[str] = sorted(node for node in graph if local(node) == name)
    if found:
        return found[0]
    kind = kind_of(name) if name.startswith(ID) else ""
    if kind and kind not in KINDS:
        raise ConfigError(
            f"{local(name)} is no node of the network: its kind is {kind}", hint="kinds with ties: " + ", ".join(KINDS)
        )
    raise NotFoundError("node of the network", name, nearest(name, (local(node) for node in graph)))


def _rows(relations: Tables, name: str) -> Iterator[dict[str, Any]]:
    table = relations.table(name)
    for row in table.rows:
        yield {column: plain(cell) for column, cell in zip(table.columns, row, strict=True)}


def _text(row: Mapping[str, Any], column: str) -> str:
    value = row.get(column)
    return "" if value is None else str(value)


def _list(row: Mapping[str, Any], column: str) -> list[str]:
    return [part for part in _text(row, column).split("|") if part]


def _keys(row: Mapping[str, Any], column: str) -> list[str]:
    return [node_key(iri) for iri in _list(row, column)]


def _ids(row: Mapping[str, Any], column: str) -> str:
    return "|".join(local(iri) for iri in _list(row, column))


def _dates(row: Mapping[str, Any]) -> dict[str, str]:
    return {
        "start": _text(row, "start"),
        "end": _text(row, "end"),
        "start_state": _text(row, "start_state") or "unknown",
        "end_state": _text(row, "end_state") or "unknown",
    }


_UNDATED: Final = (_dates({}), Span())


def _node(row: Mapping[str, Any]) -> dict[str, str]:
    return {
        "label": _text(row, "label") or _text(row, "id"),
        "short": _text(row, "short_name"),
        "kind": _text(row, "kind"),
        "type": local(_text(row, "type")),
        "country": _ids(row, "country"),
        "sources": _ids(row, "sources"),
        **_dates(row),
    }


def _source(row: Mapping[str, Any]) -> dict[str, str]:
    told = {name: _text(row, name) for name in ("title", "publisher", "url", "issued", "accessed")}
    return {**told, "published": _text(row, "published_latest")}


def _said(
    row: Mapping[str, Any], layer: str, role: str, label: str, dates: Mapping[str, str], inferred: str = ""
) -> dict[str, Any]:
    said = {"layer": layer, "role": role, "label": label, **dates, "sources": _ids(row, "sources")}
    return {**said, "inferred": bool(inferred), "inferred_columns": inferred}


_OF_MEMBERSHIPS: Final = frozenset(("body", "member", "role", "from", "to"))
_OF_OFFICES: Final = frozenset(("person", "role", "organisation", "from", "to"))
_OF_MONEY: Final = frozenset(
    (
        "programme",
        "event",
        "funder",
        "recipient",
        "instrument",
        "amount",
        "currency",
        "kind",
        "date",
        "qualifier",
        "share",
    )
)
_OF_DATES: Final = frozenset(("start", "end", "adopted"))
_OF_ROLES: Final = {
    "organiser": "organisers", "host": "hosts", "supporter": "supporters", "participant": "participants",
    "partner": "partners", "funder": "funders", "implementing": "implementers", "beneficiary": "beneficiaries",
}  # fmt: skip
_OF_LINKS: Final[dict[str, frozenset[str]]] = {
    "partOf": frozenset(("part_of",)),
    "withinFramework": frozenset(("part_of",)),
    "parentOrganisation": frozenset(("parent",)),
    "subEventOf": frozenset(("part_of",)),
    "secretariatHost": frozenset(("host",)),
    "managedBy": frozenset(("managed_by",)),
    "adoptedBy": frozenset(("adopted_by",)),
    "topic": frozenset(("topics", "topic", "concerns")),
}


def _inferred(row: Mapping[str, Any], resting: Collection[str]) -> str:
    """Return the columns of a row on which its tie rests and that no source says outright, joined by `|`."""
    return "|".join(name for name in _list(row, "inferred") if name in resting)


def _inferred_of(relations: Tables) -> dict[str, list[str]]:
    """Return the inferred columns of the things that have some, by their IRI."""
    table = relations.table("things")
    iri, told = table.columns.index("iri"), table.columns.index("inferred")
    return {str(row[iri]): str(row[told]).split("|") for row in table.rows if row[told]}


def _span(row: Mapping[str, Any]) -> Span:
    start, end = (_text(row, "start_earliest"), _text(row, "start_latest")), _text(row, "end_earliest")
    return Span(*start, end, _text(row, "end_latest"), _text(row, "end_state") == "open")


_When = Mapping[str, tuple[Mapping[str, str], Span]]


def _when(relations: Tables) -> _When:
    """Return when each event, programme and document is, by its IRI: what has no date of its own takes it from them."""
    names = ("events", "programmes", "documents")
    return {_text(row, "iri"): (_dates(row), _span(row)) for name in names for row in _rows(relations, name)}


def _memberships(relations: Tables, _when: _When, layers: Collection[str]) -> Iterator[Tie]:
    for row in _rows(relations, "memberships"):
        role = local(_text(row, "role"))
        layer = "secretariat" if role == "secretariat-host" else "membership"
        if layer in layers:
            verb = _MEMBERSHIP.get(role, f"is {role.replace('-', ' ')} of")
            said = _said(row, layer, role, verb, _dates(row), _inferred(row, _OF_MEMBERSHIPS))
            body = node_key(_text(row, "body"))
            yield Tie(node_key(_text(row, "member")), body, _text(row, "id"), said, _span(row), body)


def _participations(relations: Tables, when: _When, layers: Collection[str]) -> Iterator[Tie]:
    # The longest table by far: read by place and not by name, which takes half the time.
    table = relations.table("participations")
    if not table.rows:
        return
    iri, activity, who, told, source = (
        table.columns.index(name) for name in ("iri", "activity", "participant", "role", "sources")
    )
    verbs = {local_role: (local_role, *found) for local_role, found in _PARTICIPATION.items()}
    inferred = _inferred_of(relations)
    for row in table.rows:
        code = local(str(row[told]))
        role, layer, verb = verbs.get(code) or (code, "attending", code)
        if layer not in layers or row[who] is None:
            # A party that is a name only is nobody's tie: `unidentified` counts it.
            continue
        carrier = str(row[activity])
        dates, span = when.get(carrier, _UNDATED)
        rests = [name for name in inferred.get(carrier, ()) if name in _OF_DATES or name == _OF_ROLES.get(role)]
        said = {
            "layer": layer, "role": role, "label": verb, **dates, "sources": str(row[source] or ""),
            "inferred": bool(rests), "inferred_columns": "|".join(rests),
        }  # fmt: skip
        target = node_key(carrier)
        yield Tie(node_key(str(row[who])), target, local(str(row[iri])), said, span, target)


def _money(relations: Tables, _when: _When, _layers: Collection[str]) -> Iterator[Tie]:
    """Yield money in the direction in which it flows: from who gives, through what it pays for, to who gets it."""
    for name in ("transactions", "budgets"):
        for row in _rows(relations, name):
            kind = local(_text(row, "kind")) or name[:-1]
            sum_of_row = _sum(row)
            paid, givers, getters = (_keys(row, column) for column in ("finances", "providers", "receivers"))
            through = [key for key in _keys(row, "instrument") if key not in givers]
            flows = [
                (giver, target, f"gives {sum_of_row} ({kind}) to") for giver in givers for target in paid or getters
            ]
            flows += [
                (key, target, f"is where {sum_of_row} ({kind}) comes from, for") for key in through for target in paid
            ]
            flows += [(activity, getter, f"pays {sum_of_row} ({kind}) to") for activity in paid for getter in getters]
            for source, target, label in flows:
                told = _said(row, "funding", kind, label, _dates(row), _inferred(row, _OF_MONEY))
                said = {**told, "currency": local(_text(row, "currency"))}
                yield Tie(source, target, _text(row, "id"), said, _span(row), (paid or [""])[0])


def _sum(row: Mapping[str, Any]) -> str:
    """Return the sum of a money row as text: never more exact than its source says."""
    amount, share = _text(row, "amount"), _text(row, "share")
    if not amount:
        return f"{share} per cent" if share else "an unstated sum"
    whole, _, fraction = amount.partition(".")
    digits = f"{int(whole):,}" + (f".{fraction.rstrip('0')}" if fraction.strip("0") else "")
    qualifier = local(_text(row, "qualifier")).replace("-", " ")
    words = ("" if qualifier in ("", "exact") else qualifier, local(_text(row, "currency")), digits)
    return " ".join(word for word in words if word)


def _offices(relations: Tables, _when: _When, _layers: Collection[str]) -> Iterator[Tie]:
    for row in _rows(relations, "occupancies"):
        post = _text(row, "post")
        verb = f"is or was {post} of" if post else "holds or held an office of"
        said = _said(row, "office", post, verb, _dates(row), _inferred(row, _OF_OFFICES))
        body = node_key(_text(row, "organisation"))
        yield Tie(node_key(_text(row, "person")), body, _text(row, "id"), said, _span(row), body)


def _links(relations: Tables, when: _When, layers: Collection[str]) -> Iterator[Tie]:
    inferred = _inferred_of(relations)
    for row in _rows(relations, "links"):
        name = local(_text(row, "property"))
        if name not in _LINKS or _LINKS[name][0] not in layers:
            continue
        layer, verb, reverse = _LINKS[name]
        ends = [node_key(_text(row, "subject")), node_key(_text(row, "object"))]
        key = f"{local(ends[0])}--{name}--{local(ends[1])}"
        source, target = reversed(ends) if reverse else ends
        dates, span = when.get(_text(row, "subject"), _UNDATED)
        resting = _OF_LINKS[name] | (_OF_DATES if span != Span() else set())
        rests = "|".join(told for told in inferred.get(_text(row, "subject"), ()) if told in resting)
        yield Tie(source, target, key, _said(row, layer, name, verb, dates, rests), span, ends[0])


_BY_CARRIER: Final = frozenset(role.layer for role in _PARTICIPATION.values())
_BY_LINK: Final = frozenset(layer for layer, _verb, _reverse in _LINKS.values())
_DATED_BY_CARRIER: Final = _BY_CARRIER | _BY_LINK
_READERS: Final = (
    (_memberships, frozenset(("membership", "secretariat"))),
    (_participations, _BY_CARRIER),
    (_money, frozenset(("funding",))),
    (_offices, frozenset(("office",))),
    (_links, _BY_LINK),
)
"""What reads the ties, and of which layers."""
