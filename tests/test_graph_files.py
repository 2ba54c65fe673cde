"""Networks as GEXF and GraphML, read again by the programs that people read them with."""

from __future__ import annotations

import datetime
import io
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from decimal import Decimal
from pathlib import Path
from typing import Any

import igraph
import networkx as nx
import pytest

from secgraph import network
from secgraph.errors import ConfigError
from secgraph.export import gexf, graphml
from secgraph.export.graphs import spell
from tests.made import made

GRAPH = network.multigraph(made())
NASTY = "<&>\"'\t\n\r]]>\u2028\u202e{}$|\x85"
FORBIDDEN = "\x00\x07\x1b\ufffe\ud800"


def read_gexf(data: bytes) -> Any:
    return nx.read_gexf(io.BytesIO(data), version="1.3")


def read_graphml(data: bytes) -> Any:
    return nx.read_graphml(io.BytesIO(data))


def read_igraph(data: bytes, path: Path) -> Any:
    path.write_bytes(data)
    return igraph.Graph.Read_GraphML(str(path))


def edges(graph: Any) -> dict[tuple[str, str, str], dict[str, Any]]:
    """Return the edges by ends and key, without the id that a reader adds."""
    rows = (
        graph.edges(keys=True, data=True)
        if graph.is_multigraph()
        else ((a, b, "", d) for a, b, d in graph.edges(data=True))
    )
    return {(a, b, str(key)): {n: v for n, v in data.items() if n != "id"} for a, b, key, data in rows}


def expected(graph: Any) -> dict[tuple[str, str, str], dict[str, Any]]:
    """Return the edges as they should be read again: the second with a key takes a number."""
    seen: dict[str, int] = {}
    found = {}
    for a, b, key, data in sorted(graph.edges(keys=True, data=True), key=lambda edge: edge[:3]):
        seen[key] = seen.get(key, 0) + 1
        found[a, b, key if seen[key] == 1 else f"{key}#{seen[key]}"] = dict(data)
    return found


def spelled(attributes: dict[str, Any]) -> dict[str, Any]:
    found = spell(attributes)
    # networkx reads a side without a date as the text None.
    return {**attributes, **({"spells": [tuple(day or "None" for day in found)]} if found else {})}


def odd() -> Any:
    """Return a network of what formats choke on."""
    graph = nx.MultiDiGraph(lens=NASTY + FORBIDDEN, nothing=None, listed=[1])
    graph.add_node(
        "a", label=NASTY, gone=None, names=["x", "y"], day=datetime.date(2020, 1, 2), money=Decimal("1250000.50")
    )
    graph.add_node("b" + NASTY, label=FORBIDDEN, big=2**40, small=1, mixed=1, flag=True, real=0.1)
    graph.add_node(
        "lonely", big=3, mixed="word", flag=False, real=float("inf"), empty="", huge=2**70, facts={"b": 1, "a": None}
    )
    graph.add_edge("a", "a", key="loop", layer="self")
    graph.add_edge("a", "b" + NASTY, key="row", weight=0.25)
    graph.add_edge(
        "a", "b" + NASTY, key="other", weight=2, start="2018-02", end="2020", start_state="known", end_state="known"
    )
    graph.add_edge("b" + NASTY, "a", key="row", start="not a date", end="2019-02-31", when={3, 1})
    return graph


def test_gexf_is_read_again_with_types_and_spells() -> None:
    again = read_gexf(gexf(GRAPH))
    assert again.is_directed()
    assert again.graph["mode"] == "dynamic"
    assert dict(again.nodes(data=True)) == {node: spelled(data) for node, data in GRAPH.nodes(data=True)}
    assert edges(again) == {edge: spelled(data) for edge, data in expected(GRAPH).items()}
    assert again.edges["jurisdiction/AA", "initiative/pact", "pact--AA--member"]["spells"] == [("2006-10-01", "None")]
    assert again.nodes["event/meet"]["spells"] == [("2018-10-04", "2018-10-04")]
    assert "spells" not in again.nodes["person/anna"]


def test_ties_seen_through_a_lens_have_the_bounds_of_their_rows() -> None:
    said = {"start": "2019", "start_state": "known", "end_state": "unknown"}
    assert spell(said) == ("2019-01-01", "")
    assert spell({**said, "start_earliest": "2018-12-01", "end_latest": "2020-01-31"}) == ("2018-12-01", "2020-01-31")
    seen = network.look(made(), network.Lens(layers=("membership",)))
    assert set(read_gexf(gexf(seen))) == set(seen)
    assert read_graphml(graphml(seen)).graph["lens"] == "layers membership"


def test_graphml_is_read_again_by_networkx_and_igraph(tmp_path: Path) -> None:
    data = graphml(GRAPH)
    again = read_graphml(data)
    assert dict(again.nodes(data=True)) == dict(GRAPH.nodes(data=True))
    assert edges(again) == expected(GRAPH)
    other = read_igraph(data, tmp_path / "graph.xml")
    assert (other.vcount(), other.ecount()) == (len(GRAPH), GRAPH.number_of_edges())
    assert {v["id"]: v["label"] for v in other.vs} == dict(GRAPH.nodes(data="label"))
    # igraph reads the ids of edges wrongly (1.0.0: it gives them those of nodes), all else rightly.
    told = ("layer", "role", "label", "start", "end", "sources", "inferred")
    assert sorted(
        (other.vs[e.source]["id"], other.vs[e.target]["id"], *(e[name] for name in told)) for e in other.es
    ) == (sorted((a, b, *(tie[name] for name in told)) for a, b, tie in GRAPH.edges(data=True)))


def test_what_formats_choke_on_is_written_in_one_way(tmp_path: Path) -> None:
    graph = odd()
    for again in (read_gexf(gexf(graph)), read_graphml(graphml(graph))):
        nodes = dict(again.nodes(data=True))
        assert set(nodes) == {"a", "b" + NASTY, "lonely"}
        a, b, lonely = (nodes[name] for name in ("a", "b" + NASTY, "lonely"))
        assert a == {"label": NASTY, "names": "x|y", "day": "2020-01-02", "money": "1250000.50"}
        assert b["label"] == "[U+0000][U+0007][U+001B][U+FFFE][U+D800]"
        assert (b["big"], b["mixed"], b["flag"], b["real"]) == (2**40, "1", True, 0.1)
        assert (lonely["big"], lonely["mixed"], lonely["flag"], lonely["real"]) == (3, "word", False, float("inf"))
        assert (lonely["empty"], lonely["huge"], lonely["facts"]) == ("", str(2**70), '{"a": null, "b": 1}')
        found = edges(again)
        assert set(found) == {
            ("a", "a", "loop"), ("a", "b" + NASTY, "row"), ("a", "b" + NASTY, "other"), ("b" + NASTY, "a", "row#2"),
        }  # fmt: skip
        assert found["a", "b" + NASTY, "row"]["weight"] == 0.25
        assert found["a", "b" + NASTY, "other"]["weight"] == 2.0
        assert found["b" + NASTY, "a", "row#2"]["when"] == "1|3"
        assert "spells" not in found["b" + NASTY, "a", "row#2"]
    assert read_gexf(gexf(graph)).edges["a", "b" + NASTY, "other"]["spells"] == [("2018-02-01", "2020-12-31")]
    assert read_graphml(graphml(graph)).graph["lens"].startswith(NASTY)
    assert read_igraph(graphml(graph), tmp_path / "odd.xml").vs["label"][0] == NASTY


def test_the_whole_of_gexf_is_of_its_namespace_and_typed() -> None:
    root = ET.fromstring(gexf(odd()))  # noqa: S314  our own bytes
    assert root.tag == "{http://gexf.net/1.3}gexf"
    assert root.get("version") == "1.3"
    graph = root.find("{http://gexf.net/1.3}graph")
    assert graph is not None
    assert (graph.get("mode"), graph.get("timeformat")) == ("dynamic", "date")
    types = {item.get("title"): item.get("type") for item in root.iter("{http://gexf.net/1.3}attribute")}
    assert types == {
        "names": "liststring", "day": "string", "money": "string", "big": "long", "small": "integer",
        "mixed": "string", "flag": "boolean", "real": "double", "empty": "string", "huge": "string", "facts": "string",
        "layer": "string", "start": "string", "end": "string", "start_state": "string", "end_state": "string",
        "when": "liststring",
    }  # fmt: skip


@pytest.mark.parametrize(
    "graph", [nx.karate_club_graph(), nx.davis_southern_women_graph(), nx.florentine_families_graph()]
)
def test_simple_graphs_keep_nodes_edges_and_weights(graph: Any, tmp_path: Path) -> None:
    wanted = {tuple(sorted((str(a), str(b)))): data for a, b, data in graph.edges(data=True)}
    for again in (read_gexf(gexf(graph)), read_graphml(graphml(graph))):
        assert not again.is_directed()
        assert set(again) == {str(node) for node in graph}
        assert {tuple(sorted(ends)): data.get("weight") for *ends, data in again.edges(data=True)} == {
            ends: data.get("weight") for ends, data in wanted.items()
        }
    assert read_igraph(graphml(graph), tmp_path / "g.xml").ecount() == graph.number_of_edges()


@pytest.mark.parametrize("graph", [nx.MultiDiGraph(), nx.Graph()])
def test_an_empty_network_is_a_file_too(graph: Any, tmp_path: Path) -> None:
    assert len(read_gexf(gexf(graph))) == len(read_graphml(graphml(graph))) == 0
    assert read_igraph(graphml(graph), tmp_path / "g.xml").vcount() == 0


def test_nodes_of_one_name_are_refused() -> None:
    graph = nx.Graph([(1, "1")])
    for write in (gexf, graphml):
        with pytest.raises(ConfigError, match="two nodes are called '1'"):
            write(graph)


def test_the_order_in_which_a_network_was_made_does_not_matter() -> None:
    turned = nx.MultiDiGraph(**GRAPH.graph)
    turned.add_nodes_from(reversed(list(GRAPH.nodes(data=True))))
    turned.add_edges_from(reversed(list(GRAPH.edges(keys=True, data=True))))
    assert gexf(turned) == gexf(GRAPH)
    assert graphml(turned) == graphml(GRAPH)


def test_same_bytes_in_another_process() -> None:
    program = (
        "import hashlib\nfrom secgraph.export import gexf, graphml\nfrom tests.test_graph_files import odd\n"
        "print(hashlib.sha256(gexf(odd()) + graphml(odd())).hexdigest())"
    )
    seen = set()
    for seed in ("1", "77"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": "src:.", "TZ": "Asia/Tokyo", "LC_ALL": "C"}
        done = subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True, timeout=60
        )
        seen.add(done.stdout.strip())
    assert len(seen) == 1
