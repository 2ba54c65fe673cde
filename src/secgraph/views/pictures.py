"""Pictures: a question in, the part of the network that answers it chosen, laid out and drawn."""

from __future__ import annotations

from typing import Final, NamedTuple

from secgraph import analysis, network, vocab
from secgraph.errors import ConfigError
from secgraph.views.looks import boxes, shown
from secgraph.views.rendering import draw

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


def page(
    relations: network.Tables,
    *,
    ego: str = "",
    hops: int = 1,
    pillar: str = "",
    top: int = 0,
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
        digest: of the release, told in the page.
        seed: of the positions.

    Raises:
        NotFoundError: no such thing in the network.
        ConfigError: an ego and a pillar at once, or numbers below one.
    """
    # Topics are tied to half of the network: they stand in a picture only where one of them is what is asked about.
    graph = network.multigraph(relations, topics=vocab.kind_of(ego) == "topic")
    chosen = choose(graph, ego=ego, hops=hops, pillar=pillar, cap=top or CAP)
    read = max((source["accessed"] for source in graph.graph["sources"].values()), default="")
    footer = ["Every tie is stated by the sources that are named with it."]
    footer += [f"Sources last read on {read}."] if read else []
    footer += [f"Release {digest}."] if digest else []
    return picture(chosen, footer=" ".join(footer), seed=seed)


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
        chosen: what `choose` returned.
        footer: where the data is from: the dataset, its digest, its date.
        seed: of the positions.
    """
    graph = chosen.graph
    positions = analysis.layout(graph, seed, boxes(graph, chosen.focus))
    total = graph.graph.get("of", len(graph))
    which = (
        " that answer this, those of the highest degree"
        if chosen.focus
        else ", by degree (to how many others each is tied)"
    )
    cap = f"{len(graph)} of {total} nodes{which}." if len(graph) < total else f"All {total} nodes."
    return draw(
        graph, positions, title=chosen.title, question=chosen.question, caption=chosen.caption, cap=cap,
        footer=footer, focus=chosen.focus,
    )  # fmt: skip
