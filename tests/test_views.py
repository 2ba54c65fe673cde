from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import networkx as nx
import pytest

from secgraph import analysis, network, views
from secgraph.errors import ConfigError, NotFoundError
from secgraph.views.looks import CHANGES, KINDS, LAYERS, POSSIBLE, line_of
from secgraph.views.pictures import SEED, places
from tests import browser
from tests.browser import needs_browser
from tests.conftest import Opened
from tests.made import iri, made

GRAPH = network.multigraph(made())
PAYLOADS = (
    "<script>window.PWNED=1</script>",
    "</script><script>window.PWNED=2</script>",
    "<img src=x onerror=window.PWNED=3>",
    '"><svg onload=window.PWNED=4>',
    "'-(window.PWNED=5)-'",
    "</title></style><script>window.PWNED=6</script>",
    "<!--<script>window.PWNED=7</script>",
    "]]><script>window.PWNED=8</script>",
    "</script x",
    "{{7*7}}{% raw %}${window.PWNED=9}`",
    "javascript:window.PWNED=10",
    "\u2028window.PWNED=11//\u2029",
    "abc\u202edef\u2066ghi",
    "&lt;b&gt; &amp;amp; \\u003c",
)


class Links(HTMLParser):
    """Collects what a page's markup points to."""

    def __init__(self) -> None:
        super().__init__()
        self.targets: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.targets += [value or "" for name, value in attrs if name in ("src", "href", "action", "data", "srcset")]


def whole() -> str:
    return views.picture(views.choose(GRAPH))


def hostile() -> nx.MultiDiGraph:
    """Return a network with a payload in every text."""
    graph = nx.MultiDiGraph(sources={})
    for at, payload in enumerate(PAYLOADS):
        graph.graph["sources"][f"s{at}{payload}"] = dict.fromkeys(("title", "publisher", "url", "issued"), payload)
        graph.add_node(
            f"organisation/n{at}{payload}", label=payload, short=payload if at % 2 else "",
            kind=("event", payload)[at % 2],
            type=payload, country=payload, start=payload, end=payload, start_state="known", end_state="known",
            sources=f"s{at}{payload}",
        )  # fmt: skip
    nodes = list(graph)
    for at, payload in enumerate(PAYLOADS):
        graph.add_edge(
            nodes[at], nodes[at - 1], key=payload, layer="membership", role=payload, label=payload, start=payload,
            end=payload, start_state="known", end_state="known", sources=f"s{at}{payload}", inferred=False,
        )  # fmt: skip
    return graph


FIELDS = ("title", "question", "caption", "cap", "footer")


def hostile_page(first: int = 0) -> str:
    """Return a page of the hostile network, whose own texts are payloads from the given one on."""
    graph = hostile()
    texts = {field: PAYLOADS[(first + at) % len(PAYLOADS)] for at, field in enumerate(FIELDS)}
    return views.draw(graph, analysis.layout(graph, 1), **texts)


def test_the_whole_network_is_most_tied_nodes() -> None:
    chosen = views.choose(GRAPH, cap=4)
    assert set(chosen.graph) == set(network.ranking(GRAPH)[:4])
    assert "4 of 11 nodes, by degree (to how many others each is tied)." in views.picture(chosen)
    assert "All 11 nodes." in whole()


def test_an_ego_and_a_pillar_are_questions_of_their_own() -> None:
    ego = views.choose(GRAPH, ego=iri("organisation/mi"), hops=2, cap=3)
    assert ego.focus == "organisation/mi"
    assert "within 2 ties" in ego.question
    assert "Ministry of Interior" in ego.title
    assert "3 of 6 nodes that answer this" in views.picture(ego)
    pillar = views.choose(GRAPH, pillar="pact")
    assert "Pact of the Plains" in pillar.title
    assert set(pillar.graph) == set(network.pillar(GRAPH, "pact"))


def test_wrong_questions_are_refused() -> None:
    with pytest.raises(ConfigError, match="not both"):
        views.choose(GRAPH, ego="council", pillar="pact")
    with pytest.raises(NotFoundError):
        views.choose(GRAPH, pillar="nobody")
    with pytest.raises(ConfigError, match="at least one node"):
        views.choose(GRAPH, cap=-1)


def test_a_page_is_made_from_relations_and_names_its_release() -> None:
    page = views.page(made(), ego=iri("initiative/pact"), digest="abc123")
    assert page.startswith("<!DOCTYPE html>")
    assert "Sources last read on 2026-11-20. Release abc123." in page
    assert page == views.page(made(), ego=iri("initiative/pact"), digest="abc123")
    assert "5 of 11 nodes, by degree" in views.page(made(), top=5)


def test_each_kind_and_layer_has_a_look_of_its_own() -> None:
    assert set(KINDS) == set(network.KINDS)
    assert set(LAYERS) == set(network.LAYERS)
    assert len({kind.shape for kind in KINDS.values()}) == len(KINDS)
    assert len({kind.colour for kind in KINDS.values()}) == len(KINDS)
    assert len(set(LAYERS.values())) == len(LAYERS)


def test_markup_points_nowhere() -> None:
    links = Links()
    links.feed(whole())
    assert links.targets == ["data:,"]


def test_the_policy_lets_only_the_pages_own_scripts_run() -> None:
    page = whole()
    policy = page.split('http-equiv="Content-Security-Policy" content="')[1].split('"')[0]
    assert policy.startswith("default-src &#39;none&#39;; script-src &#39;sha256-")
    assert "unsafe-inline" not in policy.split("style-src")[0]
    assert policy.count("sha256-") == page.count("</script>") == 3


def test_a_network_of_nothing_says_so() -> None:
    empty = network.cut(GRAPH, [])
    page = views.draw(empty, {}, title="T", question="", caption="", cap="")
    assert "There is nothing to draw" in page
    assert "<script" not in page


def test_nodes_without_ties_say_so() -> None:
    lonely = network.cut(GRAPH, ["person/anna"])
    page = views.picture(views.Picture(lonely, "T", "Q", "C"))
    assert "These nodes have no tie among them." in page


def test_same_bytes_in_another_process() -> None:
    program = (
        "import hashlib\nfrom secgraph import views\nfrom tests.made import made\n"
        "print(hashlib.sha256(views.page(made(), pillar='pact').encode()).hexdigest())"
    )
    seen = {hashlib.sha256(views.page(made(), pillar="pact").encode()).hexdigest()}
    for seed in ("1", "77"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": "src:.", "TZ": "Asia/Tokyo", "LC_ALL": "C"}
        done = subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True, timeout=60
        )
        seen.add(done.stdout.strip())
    assert len(seen) == 1


def test_a_layer_a_day_and_a_projection_say_what_they_are() -> None:
    page = views.page(made(), lens=network.Lens(layers=("membership",), as_of="2018-06"))
    assert "Seen through: layers membership; as of 2018-06-30; certain and possible." in page
    assert "holds possibly" in page
    assert "Ties of the kind membership: is in a body, as member, observer, chair." in page
    together = views.page(made(), layer="co-attendance")
    assert "Co-attendance is not cooperation." in together
    assert "1/(n-1)" in together
    assert "At any time: no day was asked for." in together
    alone = views.scene(made(), ego="anna", lens=network.Lens(layers=("membership",)))
    assert (set(alone.graph), alone.focus) == ({"person/anna"}, "person/anna")
    assert "within 1" not in views.picture(alone)


def test_lines_tell_changes_before_kinds_and_certainty() -> None:
    def tie(**more: object) -> dict[str, object]:
        return {"layer": "membership", "certainty": "", **more}

    assert line_of([tie()], "", 0.5)[:2] == (LAYERS["membership"].colour, LAYERS["membership"].dashes)
    assert line_of([tie(certainty="possible")], "time", 0.5).dashes == POSSIBLE
    assert line_of([tie(certainty="possible"), tie(certainty="certain")], "time", 0.5).dashes == ()
    kept = tie(change="kept")
    for name in ("formed", "ended", "learned"):
        line = line_of([kept, tie(change=name)], "diff", 0.5)
        assert (line.colour, line.dashes, line.mark) == (*CHANGES[name][0], "L" if name == "learned" else "")
        assert line.opacity > line_of([kept], "diff", 0.5).opacity
    assert CHANGES["formed"][0].dashes == ()
    assert CHANGES["ended"][0].dashes
    assert line_of([tie(width=6.0)], "", 0.5).opacity > line_of([tie(width=1.0)], "", 0.5).opacity


def changed() -> nx.MultiDiGraph:
    """Return a network in which a tie formed, one ended and one was learned of."""
    graph = network.cut(GRAPH, list(GRAPH))
    for number, (*_ends, said) in enumerate(graph.edges(data=True)):
        said["change"] = ("formed", "ended", "learned", "kept")[number % 4]
        said["certainty"] = ("certain", "possible")[number % 2]
    graph.nodes["initiative/pact"]["change"] = "in"
    graph.nodes["organisation/mi"]["change"] = "out"
    return graph


@needs_browser()
def test_a_comparison_runs_under_its_own_policy_and_is_told() -> None:
    page = views.draw(changed(), analysis.layout(GRAPH, 1), title="T", question="Q", caption="C", cap="A")
    script = """
      document.querySelector("tr[data-node='initiative/pact'] button").click();
      return {marks: [...document.querySelectorAll("#marks li span")].map((item) => item.textContent.split(" ")[0]),
              text: document.getElementById("details").textContent};"""
    found = browser.probe(page, script)
    assert found["marks"] == ["formed:", "ended", "learned", "kept:"]
    assert "Came: all its ties formed since" in found["text"]
    assert any(word in found["text"] for word in ("[formed]", "[ended, possible]", "[learned]"))
    assert 'data-ready="yes"' in browser.dom(page)
    assert browser.requests(page) == []


@pytest.mark.parametrize(
    ("dates", "words"),
    [
        (("2006", "2010", "known", "known"), "2006 to 2010"),
        (("", "2010", "unknown", "known"), "until 2010, start unknown"),
        (("", "", "unknown", "open"), "start unknown, goes on"),
        (("2019", "2019", "known", "known"), "2019"),
    ],
)
def test_dates_in_words(dates: tuple[str, str, str, str], words: str) -> None:
    assert views.period(*dates) == words


@needs_browser()
def test_no_request_leaves_a_page() -> None:
    assert browser.requests(whole()) == []
    assert browser.requests(hostile_page()) == []


@needs_browser()
def test_the_search_for_requests_finds_them() -> None:
    page = "<body><img src='http://127.0.0.1:9/a.png'><script src='https://host.invalid/b.js'></script>"
    assert browser.requests(page) == ["http://127.0.0.1:9/a.png", "https://host.invalid/b.js"]


@needs_browser()
def test_a_page_runs_under_its_own_policy() -> None:
    shown = browser.dom(whole())
    assert 'data-ready="yes"' in shown
    assert "<canvas" in shown


def test_no_text_opens_or_ends_an_element() -> None:
    # A browser ends a script at this without its bracket too.
    assert "</script x" in PAYLOADS
    assert "</script x" not in hostile_page()


@needs_browser(len(PAYLOADS))
@pytest.mark.parametrize("first", range(0, len(PAYLOADS), len(FIELDS)))
def test_no_text_becomes_markup(first: int) -> None:
    # Without its policy: the escaping must hold by itself. Every row and many points of the canvas are touched.
    script = """
      document.querySelectorAll("#nodes tbody button").forEach((button) => button.click());
      const canvas = document.querySelector("#network canvas");
      const box = canvas.getBoundingClientRect();
      const tips = new Set();
      for (let clientX = box.left; clientX < box.right; clientX += 30)
        for (let clientY = box.top; clientY < box.bottom; clientY += 30) {
          canvas.dispatchEvent(new MouseEvent("mousemove", {clientX, clientY, bubbles: true}));
          await new Promise((done) => setTimeout(done, 125));
          tips.add(document.querySelector(".vis-tooltip")?.textContent ?? "");
        }
      const said = (id) => document.getElementById(id).textContent;
      return {
        pwned: window.PWNED ?? null, title: said("head"), tips: tips.size,
        texts: [said("head"), said("question"), said("caption"), said("cap"), said("footer")],
        rows: [...document.querySelectorAll("#nodes bdi")].map((cell) => cell.textContent),
        scripts: document.querySelectorAll("script").length, images: document.querySelectorAll("img").length,
        links: document.querySelectorAll("a").length, details: said("details"),
      };"""
    shown = [payload.replace("\u202e", "[U+202E]").replace("\u2066", "[U+2066]") for payload in PAYLOADS]
    found = browser.probe(hostile_page(first), script)
    assert found["pwned"] is None
    assert found["tips"] > 5
    for at, text in enumerate(found["texts"]):
        assert shown[(first + at) % len(shown)] in text
    assert sorted(found["rows"]) == sorted(shown)
    assert (found["scripts"], found["images"], found["links"]) == (4, 0, 0)
    assert any(text in found["details"] for text in shown)


@needs_browser()
def test_the_probe_for_scripts_finds_them() -> None:
    page = whole().replace("<header>", f"<header>{PAYLOADS[2]}")
    wait = "await new Promise((done) => setTimeout(done, 300)); return window.PWNED ?? null;"
    assert browser.probe(page, wait) == 3


@needs_browser()
def test_search_selects_cycles_and_says_what_is_not_there() -> None:
    script = """
      const field = document.getElementById("name");
      const type = (text) => { field.value = text; field.dispatchEvent(new Event("input", {bubbles: true})); };
      const enter = () => document.getElementById("search").requestSubmit();
      const head = () => document.querySelector("#details h2")?.textContent ?? "";
      const state = () => [document.getElementById("found").textContent, head()];
      const seen = [];
      type("PLAINS"); seen.push(state());
      for (let at = 0; at < 4; at += 1) { enter(); seen.push(state()); }
      type("álánd"); seen.push(state());
      type("zzz"); seen.push(state());
      type(""); seen.push(state());
      return seen;"""
    seen = browser.probe(whole(), script)
    assert [found.split(": ")[0] for found, _ in seen[:5]] == ["1 of 4", "2 of 4", "3 of 4", "4 of 4", "1 of 4"]
    assert {head for _, head in seen[:4]} == {
        "Council of the Plains (CoP)", "Fund of the Plains", "Help for the Plains", "Pact of the Plains (PACT)",
    }  # fmt: skip
    assert all(found.endswith(head) for found, head in seen[:5])
    assert seen[0] == seen[4]
    assert seen[5] == ["1 of 1: Aland", "Aland"]
    assert seen[6] == ["No node of this picture has that name.", ""]
    assert seen[7] == ["", ""]


@needs_browser()
def test_kinds_of_ties_are_shown_and_hidden() -> None:
    script = """
      const boxes = [...document.querySelectorAll("#layers input")];
      document.querySelector("tr[data-node='initiative/pact'] button").click();
      const heads = () => [...document.querySelectorAll("#details h3")].map((head) => head.textContent);
      const before = heads();
      boxes[0].click();
      const after = heads();
      boxes.slice(1).forEach((box) => box.click());
      return {before, after, filtered: !document.getElementById("filtered").hidden, hash: location.hash};"""
    found = browser.probe(whole(), script)
    assert found["before"][0] == "membership (2)"
    assert "membership (2)" not in found["after"]
    assert found["after"] == [
        head if not head.startswith("Sources") else found["after"][-1] for head in found["before"][1:]
    ]
    assert found["filtered"] is True
    assert "node=initiative%2Fpact" in found["hash"]


@needs_browser()
def test_an_address_keeps_what_is_selected() -> None:
    script = """return {
      head: document.querySelector("#details h2").textContent,
      unticked: [...document.querySelectorAll("#layers input")].filter((box) => !box.checked).length,
      text: document.getElementById("details").textContent,
      links: [...document.querySelectorAll("#details a")].map((link) => link.href)};"""
    found = browser.probe(whole(), script, fragment="#node=organisation%2Fcouncil&without=funding,office")
    assert found["head"] == "Council of the Plains (CoP)"
    assert found["unticked"] == 2
    assert "Council of the Plains (CoP) organised First meeting on prevention, 2018-10-04" in found["text"]
    # A source with an address that no browser should follow is named and not linked.
    assert found["links"] == ["https://example.org/handbook"]


@needs_browser()
def test_legend_table_and_tooltip_say_what_is_drawn() -> None:
    script = """
      const canvas = document.querySelector("#network canvas");
      const box = canvas.getBoundingClientRect();
      const [clientX, clientY] = [box.left + box.width / 2, box.top + box.height / 2 - 8];
      canvas.dispatchEvent(new MouseEvent("mousemove", {clientX, clientY, bubbles: true}));
      await new Promise((done) => setTimeout(done, 600));
      const tip = document.querySelector(".vis-tooltip");
      return {
        legend: [...document.querySelectorAll("#legend li")].map((item) => item.textContent.trim()),
        icons: document.querySelectorAll("#legend li svg").length,
        rows: document.querySelectorAll("#nodes tbody tr").length,
        tip: tip ? tip.innerText : ""};"""
    one = views.picture(views.Picture(network.cut(GRAPH, ["organisation/mi"]), "T", "Q", "C"))
    found = browser.probe(one, script)
    assert (found["legend"], found["icons"]) == (["organisation 1"], 1)
    assert found["rows"] == 1
    assert found["tip"].splitlines() == [
        "Ministry of Interior (MI)",
        "organisation, ministry, AA",
        "Degree 0, ties 0 in this picture; 1 more to nodes that are not shown",
        "Sources: Handbook, Council, 2017",
    ]


@needs_browser()
def test_a_picture_has_ink(tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    browser.screenshot(whole(), path)
    assert path.read_bytes().startswith(b"\x89PNG")
    assert path.stat().st_size > 30_000


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secgraph.views.rendering._LIBRARY", "templates/lib/none.js")
    with pytest.raises(ConfigError, match=r"pyvis has no templates/lib/none\.js - install pyvis"):
        whole()


# Places on several days


@pytest.mark.parametrize(
    "asked",
    [{}, {"ego": "rcc"}, {"layer": "co-attendance"}, {"pillar": "pcc-see"}, {"top": 25}],
    ids=["all", "ego", "projection", "pillar", "top"],
)
def test_nodes_keep_their_places_from_day_to_day(bundled: Opened, asked: dict[str, Any]) -> None:
    days: list[dict[str, tuple[int, int]]] = []
    shown: list[int] = []
    for day in ("2012", "2018-06", "2022-01-31"):
        chosen = views.scene(bundled.relations, lens=network.Lens(as_of=day), **asked)
        days.append(places(chosen, SEED))
        shown.append(len(chosen.graph))
    assert [len(found) for found in days] == shown
    assert all(len(set(found.values())) == len(found) for found in days)
    first, second, third = days
    common = (first.keys() & second.keys()) | (second.keys() & third.keys()) | (first.keys() & third.keys())
    assert len(common) >= 5
    assert all(len({found[node] for found in days if node in found}) == 1 for node in common)
    if not asked:
        assert first.keys() != second.keys() != third.keys()


def test_those_that_the_undated_picture_shows_stay_where_it_has_them(bundled: Opened) -> None:
    lens = network.Lens(layers=("membership",))
    undated = views.scene(bundled.relations, lens=lens)
    dated = views.scene(bundled.relations, lens=network.Lens(layers=("membership",), as_of="2018"))
    before, after = places(undated, SEED), places(dated, SEED)
    both = before.keys() & after.keys()
    assert len(both) > 30
    assert {node: before[node] for node in both} == {node: after[node] for node in both}


def test_who_is_placed_beside_overlaps_nobody() -> None:
    graph = nx.MultiDiGraph([(f"n{at}", f"n{at % 7}") for at in range(60)])
    room = {f"n{at}": (60.0, 24.0) for at in range(7)}
    core = analysis.layout(graph.subgraph(room), 1, room)
    found = analysis.beside(graph, core, room)
    assert {node: found[node] for node in core} == core
    assert set(found) == set(graph)
    spots = sorted(found.values())
    for at, (x, y) in enumerate(spots):
        assert all(abs(x - a) >= 119 or abs(y - b) >= 47 for a, b in spots[:at])
    turned = nx.MultiDiGraph(list(graph.edges)[::-1])
    assert analysis.beside(turned, core, room) == found
