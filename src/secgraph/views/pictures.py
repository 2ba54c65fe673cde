"""Pictures: a question in, the part of the network that answers it chosen, laid out and drawn."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from secgraph import analysis, network, vocab
from secgraph.errors import ConfigError
from secgraph.views.looks import boxes, shown
from secgraph.views.rendering import draw
from secgraph.views.stills import still

if TYPE_CHECKING:
    import networkx as nx

SEED: Final = 20181
CAP: Final = 60
"""How many nodes a picture shows unless told otherwise: with more, the labels get too small to read."""


class Picture(NamedTuple):
    """What a picture is to show: the part of the network, and the texts that say what it is."""

    graph: network.Graph
    title: str
    question: str
    caption: str
    focus: str = ""
    ranked: str = ""
    """Which nodes stay where there are more than the cap; by degree where it is empty."""
    whole: network.Graph | None = None
    """Of a picture of one day: the same network at any time, in which a node has its place on every day."""
    cap: int = CAP


def page(
    relations: network.Tables,
    *,
    ego: str = "",
    hops: int = 1,
    pillar: str = "",
    top: int = 0,
    lens: network.Lens | None = None,
    layer: str = "",
    digest: str = "",
    seed: int = SEED,
) -> str:
    """Return the page of one picture of a release: around a thing, of an initiative, or the most tied.

    Args:
        relations: the relations of the release.
        ego: the thing whose surroundings are asked for, by IRI or id.
        hops: how many ties away from it.
        pillar: the initiative that is asked for, by IRI or id.
        top: how many nodes at most; 0 takes the usual cap.
        lens: what of the network is looked at; nothing shows all.
        layer: a projection to draw in place of the ties themselves, such as `co-attendance`.
        digest: of the release, told in the page.
        seed: of the positions.

    Raises:
        NotFoundError: no such thing in the network.
        ConfigError: an ego and a pillar at once, numbers below one, or a lens that contradicts itself.
    """
    chosen = scene(relations, ego=ego, hops=hops, pillar=pillar, top=top, lens=lens, layer=layer)
    return picture(chosen, footer=footer_of(chosen.graph, digest), seed=seed)


def scene(
    relations: network.Tables,
    *,
    ego: str = "",
    hops: int = 1,
    pillar: str = "",
    top: int = 0,
    lens: network.Lens | None = None,
    layer: str = "",
) -> Picture:
    """Return what a picture of a release is to show; the arguments, and what is raised, are those of `page`."""
    lens = lens or network.Lens()
    graph = _seen(relations, lens, layer, ego, pillar)
    chosen = _through(choose(graph, ego=ego, hops=hops, pillar=pillar, cap=top or CAP), lens, layer)
    undated = replace(lens, since="", until="", as_of="", certain=False, known_at="", undated_sources=False)
    if undated == lens:
        return chosen
    whole = _seen(relations, undated, layer, ego, pillar)
    if chosen.focus:
        whole = network.ego(whole, chosen.focus, hops) if ego else network.pillar(whole, chosen.focus)
    return chosen._replace(whole=whole, cap=top or CAP)


def _seen(relations: network.Tables, lens: network.Lens, layer: str, ego: str, pillar: str) -> network.Graph:
    if layer:
        graph = drawable(network.projection(relations, layer, lens), layer)
    else:
        # Topics are tied to half of the network: they stand in a picture only where one of them is what is asked about.
        topics = vocab.kind_of(ego) == "topic"
        graph = (
            network.multigraph(relations, topics=topics) if lens == network.Lens() else network.look(relations, lens)
        )
    asked = ego or pillar
    if asked and not (ego and pillar) and (layer or lens != network.Lens()):
        whole = network.multigraph(relations)
        focus = network.find_node(whole, asked)
        if focus not in graph:
            # It is there, and the lens leaves it without a tie: a picture of one node says so, an error would not.
            graph.add_node(focus, **whole.nodes[focus])
    return graph


def _through(chosen: Picture, lens: network.Lens, layer: str) -> Picture:
    """Return a picture with the texts of what it is seen through: projection, layer, lens and the lens's counts."""
    title, question, caption = chosen.title, chosen.question, chosen.caption
    if layer:
        found = network.PROJECTIONS[layer]
        caption = f"{_sentence(found.rule)} Weight: {found.weight}."
        question = found.question if not chosen.focus else f"{question} {found.question}"
        asked = found.question.partition("?")[0]
        title = title if chosen.focus else f"{_sentence(layer)[:-1]}: {asked[:1].lower()}{asked[1:]}"
    elif lens.layers:
        names = ", ".join(lens.layers)
        meant = "; ".join(network.LAYERS[name].removesuffix(" ...") for name in lens.layers)
        caption = f"Ties of the kind {names}: {meant}."
        if not chosen.focus:
            title = f"{_sentence(names).rstrip('.')}: who is tied to whom in regional security cooperation"
            question = "Which nodes have the most neighbours by these ties, and how are they tied?"
    words, counts = chosen.graph.graph.get("lens", ""), chosen.graph.graph.get("counts", {})
    said = [f"Seen through: {words}."] if words else []
    if counts.get("certain") or counts.get("possible"):
        said.append(
            f"Of all ties {counts['certain']:,} hold for certain then and {counts['possible']:,} possibly; "
            f"{counts.get('excluded', 0):,} do not."
        )
    if counts.get("undated_sources_left_out"):
        said.append(f"{counts['undated_sources_left_out']:,} ties rest on sources without a date and are left out.")
    if not (lens.as_of or lens.since or lens.until):
        said.append("At any time: no day was asked for.")
    return chosen._replace(title=title, question=question, caption=" ".join([caption, *said]))


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:].rstrip('.')}."


def drawable(graph: nx.Graph, layer: str) -> network.Graph:
    """Return a projection in the form that pictures are drawn from, each of its ties with a kind, verb and dates.

    Args:
        graph: what `network.projection` or `network.one_mode` returned; a network of ties comes back as it is.
        layer: the name of the projection.
    """
    if graph.is_multigraph() and graph.is_directed():
        return graph
    made = network.Graph(**graph.graph)
    heaviest = max((weight or 0.0 for *_ends, weight in graph.edges(data="weight")), default=0.0) or 1.0
    made.add_nodes_from((node, dict(graph.nodes[node])) for node in sorted(graph))
    for source, target, said in sorted(graph.edges(data=True), key=lambda edge: edge[:2]):
        number, first, last = said.get("n_shared", 0), said.get("first", ""), said.get("last", "")
        shared = f"shares {number} of these with" if number else layer.replace("-", " ")
        made.add_edge(
            *((source, target) if graph.is_directed() else sorted((source, target))),
            key=layer,
            **{
                "role": layer, "label": f"{shared} (weight {said.get('weight', 1):.3g})", "start": first, "end": last,
                "start_state": "known" if first else "unknown", "end_state": "known" if last else "unknown",
                "sources": "", "mutual": not graph.is_directed(), **said, "layer": layer,
                "width": round(0.5 + 5.5 * (said.get("weight", heaviest) / heaviest) ** 0.5, 2),
            },
        )  # fmt: skip
    return made


def changes(found: network.Diff, *, ego: str = "", hops: int = 1, pillar: str = "", top: int = 0) -> Picture:
    """Return what a picture of a comparison is to show: the nodes with most changed ties, and what ties them.

    Args:
        found: the comparison.
        ego: the node whose surroundings are asked for.
        hops: how many ties away from it.
        pillar: the initiative that is asked for.
        top: how many nodes at most; 0 takes the usual cap.

    Raises:
        NotFoundError: no such node among those that have a tie at one of the dates.
        ConfigError: an ego and a pillar at once, or numbers below one.
    """
    cap = top or CAP
    chosen = choose(found.graph, ego=ego, hops=hops, pillar=pillar, cap=max(len(found.graph), 1) if cap > 0 else cap)
    whole = chosen.graph
    changed = network.Graph()
    changed.add_nodes_from(whole)
    changed.add_edges_from(
        (source, target) for source, target, change in whole.edges(data="change") if change not in ("", "kept")
    )
    keep = [chosen.focus] if chosen.focus else []
    ranked = [node for node in network.ranking(changed) if network.neighbours(changed, node) and node not in keep]
    nodes = {*keep, *ranked[: cap - len(keep)]}
    # A node whose changed ties all lead out of the picture would stand there alone.
    inside = changed.subgraph(nodes)
    part = network.cut(whole, {node for node in nodes if node in keep or network.neighbours(inside, node)})
    part.graph["of"] = sum(1 for node in changed if network.neighbours(changed, node))
    about = f" ({found.layer})" if found.layer else ""
    around = f" around {chosen.title.partition(' and its')[0].partition(': what')[0]}" if chosen.focus else ""
    counts = {name: [found.counts[f"{name}_{level}"] for level in ("certain", "possible")] for name in _CHANGED}
    told = ", ".join(f"{sure + maybe} {name} ({maybe} of them possibly)" for name, (sure, maybe) in counts.items())
    words = whole.graph.get("lens", "")
    caption = [f"After {found.before}, until {found.after}: {told}; {found.counts['kept']} kept, of all."]
    caption += [f"{found.counts['undated_sources']} ties cannot be said to be learned: a source has no date."]
    caption += [f"Seen through: {words}."] if words else []
    return Picture(
        part,
        f"What changed between {found.before} and {found.after}{about}{around}",
        "Which ties formed, which ended, and which were only learned of since?",
        " ".join(caption),
        chosen.focus,
        "that have a tie that changed, those with most of them",
    )


_CHANGED: Final = ("formed", "ended", "learned")


def footer_of(graph: network.Graph, digest: str = "") -> str:
    """Return where the data of a picture is from: what states the ties, when the sources were read, the release."""
    read = max((source["accessed"] for source in graph.graph.get("sources", {}).values()), default="")
    footer = ["Every tie is stated by the sources that are named with it."]
    footer += [f"Sources last read on {read}."] if read else []
    footer += [f"Release {digest}."] if digest else []
    return " ".join(footer)


def choose(graph: network.Graph, *, ego: str = "", hops: int = 1, pillar: str = "", cap: int = CAP) -> Picture:
    """Return the part of a network that answers one question: around a node, of an initiative, or the most tied.

    Args:
        graph: the whole network.
        ego: the node whose surroundings are asked for, by key, IRI or id.
        hops: how many ties away a node may be from it.
        pillar: the initiative that is asked for.
        cap: how many nodes at most; those with the most ties within the part stay.

    Raises:
        NotFoundError: no such node.
        ConfigError: both an ego and a pillar, or numbers below one.
    """
    if ego and pillar:
        raise ConfigError("a picture has one question: an ego or a pillar", hint="give --ego or --pillar, not both")
    if not ego and not pillar:
        return Picture(
            network.top(graph, cap),
            "Who is tied to whom in regional security cooperation",
            "Which countries, bodies, meetings and programmes have the most neighbours, and how are these tied?",
            "Ties of every kind: membership, meetings, programmes, money, offices. "
            "A high degree means that much is known; it does not measure influence.",
        )
    focus = network.find_node(graph, ego or pillar)
    name, short = (shown(graph.nodes[focus][part]) for part in ("label", "short"))
    name = f"{name} ({short})" if short and short != name else name
    part = network.ego(graph, focus, hops) if ego else network.pillar(graph, focus)
    if ego:
        near = f"directly tied to {name}" if hops == 1 else f"within {hops} ties of {name}"
        texts = f"{name} and its surroundings", f"Who and what is {near}, and how are they tied?"
    else:
        asked = "Which members, parts, meetings and programmes does it have, and who is behind them?"
        texts = f"{name}: what it consists of", asked
    return Picture(network.top(part, cap, keep=(focus,)), *texts, "Ties of every kind, with dates and sources.", focus)


def picture(chosen: Picture, *, footer: str = "", seed: int = SEED) -> str:
    """Return the page of a chosen part of the network, laid out with room for each label.

    Args:
        chosen: what `choose`, `scene` or `changes` returned.
        footer: where the data is from: the dataset, its digest, its date.
        seed: of the positions.
    """
    return draw(chosen.graph, places(chosen, seed), **_texts(chosen, footer))


def still_picture(chosen: Picture, form: str = "svg", *, footer: str = "", seed: int = SEED) -> bytes:
    """Return a chosen part of the network as SVG or PNG, everything where its page has it.

    Raises:
        ConfigError: another form, or more than can be drawn.
    """
    return still(chosen.graph, places(chosen, seed), form, **_texts(chosen, footer))


def places(chosen: Picture, seed: int) -> dict[str, analysis.Position]:
    """Return where the nodes of a picture are: of a picture of one day or period, where they are on every other.

    Those of the picture at any time keep their places of there, and all others of the network go around them.
    """
    if chosen.whole is None:
        return analysis.layout(chosen.graph, seed, boxes(chosen.graph, chosen.focus))
    core = network.top(chosen.whole, chosen.cap, keep=(chosen.focus,))
    room = boxes(core, chosen.focus)
    found = analysis.beside(chosen.whole, analysis.layout(core, seed, room), room)
    return {node: found[node] for node in chosen.graph}


def _texts(chosen: Picture, footer: str) -> dict[str, str]:
    graph = chosen.graph
    total = graph.graph.get("of", len(graph))
    if chosen.ranked:
        which = f" {chosen.ranked}"
    elif chosen.focus:
        which = " that answer this, those of the highest degree"
    else:
        which = ", by degree (to how many others each is tied)"
    cap = f"{len(graph)} of {total} nodes{which}." if len(graph) < total else f"All {total} nodes."
    return {
        "title": chosen.title, "question": chosen.question, "caption": chosen.caption, "cap": cap, "footer": footer,
        "focus": chosen.focus,
    }  # fmt: skip
