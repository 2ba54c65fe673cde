"""Charts: what they draw, that they hold no foreign markup, and that the same data gives the same bytes."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from secgraph import network, views
from secgraph.analysis import gaps
from secgraph.errors import ConfigError, NotFoundError
from secgraph.views import charts, sheet
from secgraph.views.looks import CHANGES, KINDS
from secgraph.views.timelines import STATUSES, Bar, Lane, Mark, Timeline
from tests import browser
from tests.browser import needs_browser
from tests.made import made
from tests.test_views import PAYLOADS, Links

SVG = "{http://www.w3.org/2000/svg}"
LEVELS = gaps.Thresholds({"answered": 0.5}, {"answered": 1.0})


def matrix(
    words: tuple[str, ...] = ("Borders", "Fire arms"), *, columns: int = 3, as_of: str = "2024-06-30"
) -> gaps.Matrix:
    """Return a made-up matrix with a cell of each state."""
    step = gaps.Step("2025-12-31", gaps.UNMET, words[0])
    cells = [
        gaps.Cell(gaps.UNMET), gaps.Cell(gaps.THIN, responses=("a",)), gaps.EMPTY,
        gaps.Cell(gaps.COVERED, responses=("a", "b"), forward=(step,), sources=("s",)),
        gaps.Cell(gaps.CROWDED, responses=tuple("abcdefgh"), end="2026"),
    ]  # fmt: skip
    rows = tuple(gaps.Head(f"r{at}", word, words[0] if at else "") for at, word in enumerate(words))
    heads = tuple(gaps.Head(f"c{at}", words[at % len(words)]) for at in range(columns))
    placed = {
        (row.key, column.key): cells[(at * columns + number) % len(cells)]
        for at, row in enumerate(rows)
        for number, column in enumerate(heads)
    }
    return gaps.Matrix(
        "needs", "country", f"needs of {words[0]}", rows, heads, placed, LEVELS, as_of, remarks=(words[0],)
    )


def pixels(png: bytes) -> set[Any]:
    """Return the colours of a PNG."""
    with Image.open(io.BytesIO(png)) as image:
        return {colour for _count, colour in image.convert("RGB").getcolors(maxcolors=2**24) or ()}


def rgb(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour[1:]))


def test_each_state_is_in_the_picture_by_its_colour() -> None:
    seen = pixels(views.heat_map(matrix(), "png"))
    assert {rgb(state.colour) for state in charts.STATES.values()} <= seen
    assert set(charts.STATES) == set(gaps.STATES)
    assert len({state.sign for state in charts.STATES.values()}) == len(charts.STATES)


def test_a_caption_names_the_day_the_thresholds_and_the_cap() -> None:
    caption = " ".join(charts.caption_of(matrix(), 2))
    assert "As of 2024-06-30." in caption
    assert "Thresholds: covered from answered 0.5; crowded from answered 1; thin with less." in caption
    assert "All 2 rows." in caption
    assert "The first 80 of 90 rows" in " ".join(charts.caption_of(matrix(("x",) * 90), 80))
    assert "At any time" in " ".join(charts.caption_of(matrix(as_of=""), 2))


@pytest.mark.parametrize("columns", [0, 1, 3, 12])
def test_a_matrix_of_any_width_is_drawn(columns: int) -> None:
    root = ET.fromstring(views.heat_map(matrix(columns=columns), "svg"))  # noqa: S314  our own bytes
    assert root.tag == SVG + "svg"
    assert len(list(root.iter(SVG + "path"))) > 20


def test_a_long_matrix_is_cut_and_says_so() -> None:
    many = matrix(tuple(f"need {at}" for at in range(90)))
    page = views.heat_map_page(many)
    assert "The first 80 of 90 rows; the table has them all." in page
    assert "need 89" in page


def test_what_is_too_large_or_of_no_form_is_refused() -> None:
    with pytest.raises(ConfigError, match="no picture of the form 'gif' - one of svg, png"):
        views.heat_map(matrix(), "gif")
    with pytest.raises(ConfigError, match="too large to be drawn"):
        sheet.Sheet(100_000, 10)


def test_a_page_holds_the_matrix_as_a_table() -> None:
    page = views.heat_map_page(matrix(), footer="Release abc.")
    for words in (
        "○ unmet",
        "◔ thin 1",
        "? unknown",
        "● covered 2",
        "●● crowded 8",
        "uncovered after 2025-12-31",
        "Release abc.",
    ):
        assert words in page
    assert page.count("<table>") == 2
    assert "default-src 'none'; style-src 'unsafe-inline'" in page
    assert "<script" not in page
    links = Links()
    links.feed(page)
    assert [target for target in links.targets if not target.startswith("#")] == ["data:,"]


def test_an_empty_matrix_says_what_emptied_it() -> None:
    none = gaps.Matrix("needs", "country", "needs", (), (), {}, LEVELS, emptied_by="pillar")
    assert "Empty: pillar leaves nothing to draw." in views.heat_map_page(none)
    assert views.heat_map(none, "svg").count(b"<path") > 10


def test_a_timeline_tells_what_is_certain_and_what_is_drawn() -> None:
    found = views.timeline(made(), network.Lens(as_of="2019-06"))
    assert [(lane.label, lane.bar) for lane in found.programmes] == [
        ("Help for the Plains", ("2018-01-01", "2018-12-31", "2018-01-01", "2018-12-31", False))
    ]
    assert [(lane.label, [mark[:3] for mark in lane.marks]) for lane in found.meetings] == [
        ("Pillar on Prevention", [("2018-10-04", "2018-10-04", "unknown")])
    ]
    assert (found.first, found.last, found.as_of) == (2018, 2019, "2019-06-30")
    assert "All 1 programmes, and all 1 meetings, that have a date. The dashed line is 2019-06-30." in " ".join(
        found.caption
    )
    assert found.table.column("name") == ["Help for the Plains", "First meeting on prevention"]
    assert rgb(KINDS["programme"].colour) in pixels(views.timeline_chart(found, "png"))


def test_a_timeline_of_an_initiative_and_of_nothing() -> None:
    found = views.timeline(made(), pillar="pact")
    assert found.title == "Pact of the Plains (PACT): programmes and meetings"
    assert (len(found.programmes), len(found.meetings)) == (0, 1)
    none = views.timeline(made(), network.Lens(layers=("office",)))
    assert "nothing that has a date" in views.timeline_page(none)
    assert views.timeline_chart(none, "svg").startswith(b"<?xml")
    with pytest.raises(NotFoundError):
        views.timeline(made(), pillar="nobody")
    with pytest.raises(ConfigError, match="at least one line"):
        views.timeline(made(), programmes=0)


def test_every_kind_of_bar_and_mark_is_drawn() -> None:
    spans = [
        ("2010-01-01", "2010-12-31", "2012-01-01", "2012-12-31", False), ("2011-01-01", "2011-01-01", "", "", True),
        ("2011-01-01", "2011-12-31", "", "", False), ("", "", "2013-01-01", "2013-12-31", False),
        ("2012-01-01", "2012-12-31", "2012-01-01", "2012-12-31", False),
    ]  # fmt: skip
    lanes = tuple(Lane("x", bar=Bar(*span)) for span in spans)
    marks = tuple(Mark(f"201{at}-01-01", f"201{at}-12-31", status, "m") for at, status in enumerate(STATUSES))
    dense = tuple(Mark("2012-03-01", "2012-03-01", "held", str(at)) for at in range(61))
    found = Timeline(
        "T",
        "Q",
        ("C",),
        lanes,
        (Lane("m", marks=marks), Lane("d", marks=dense)),
        2010,
        2014,
        "",
        made().table("things"),
    )
    root = ET.fromstring(views.timeline_chart(found, "svg"))  # noqa: S314  our own bytes
    assert len(list(root.iter(SVG + "pattern"))) >= 1  # the hatch of what is possible


def test_text_is_drawn_as_it_stands() -> None:
    assert sheet.written("a $x^2$ & <b>") == "a $x^2$ & <b>"
    assert sheet.wrapped("one two three", 30, 9) == ["one", "two", "three"]
    assert sheet.wrapped("one two three four five", 60, 9, most=2) == ["one two", "three four ..."]
    assert sheet.wrapped("", 60, 9) == [""]


def test_no_text_becomes_markup_in_a_chart() -> None:
    plain = views.heat_map(matrix(("a", "b")), "svg")
    hostile = views.heat_map(matrix(PAYLOADS), "svg")
    for data in (plain, hostile):
        tags = {item.tag.removeprefix(SVG) for item in ET.fromstring(data).iter()}  # noqa: S314  our own bytes
        assert tags <= {"svg", "defs", "style", "g", "path", "use", "clipPath", "rect", "pattern"}
        assert b"<!--" not in data
        assert b"PWNED" not in data
    page = views.heat_map_page(matrix(PAYLOADS), question=PAYLOADS[0], footer=PAYLOADS[1])
    assert "<script>window" not in page
    assert "<img src=x" not in page


@needs_browser()
def test_a_page_of_payloads_runs_nothing_and_asks_for_nothing() -> None:
    page = views.heat_map_page(matrix(PAYLOADS), question=PAYLOADS[0], footer=PAYLOADS[2])
    assert browser.requests(page) == []
    found = browser.probe(
        page, "return {pwned: window.PWNED ?? null, images: document.querySelectorAll('img').length};"
    )
    assert found == {"pwned": None, "images": 0}


@needs_browser()
def test_a_page_has_ink(tmp_path: Path) -> None:
    browser.screenshot(views.heat_map_page(matrix()), tmp_path / "page.png")
    assert (tmp_path / "page.png").stat().st_size > 20_000


def test_a_network_is_drawn_with_the_colours_of_its_page() -> None:
    seen = pixels(views.still_picture(views.choose(network.multigraph(made())), "png"))
    assert {rgb(KINDS[kind].colour) for kind in ("jurisdiction", "initiative", "organisation", "event")} <= seen


def test_a_comparison_is_drawn_in_its_own_colours() -> None:
    relations = made()
    bounds = {"start_earliest": "2018-01-01", "start_latest": "2018-12-31"}
    relations.rows["memberships"][1] |= {"start": "2018", "start_state": "known", **bounds}
    chosen = views.changes(network.diff(relations, "2017", "2019"))
    assert "1 formed (0 of them possibly)" in chosen.caption
    assert {"formed"} <= {change for *_ends, change in chosen.graph.edges(data="change")}
    svg = views.still_picture(chosen, "svg").decode()
    assert CHANGES["formed"][0].colour in svg


def test_a_still_of_nothing_says_so() -> None:
    none = views.scene(made(), lens=network.Lens(layers=("membership",), known_at="1900"))
    assert len(none.graph) == 0
    assert "the filter known_at let no tie through" in views.picture(none)
    assert len(views.still_picture(none, "svg")) > 1000


def test_same_bytes_in_another_process() -> None:
    program = (
        "import hashlib\nfrom secgraph import network, views\nfrom tests.made import made\n"
        "from tests.test_charts import matrix\nm, t = matrix(), views.timeline(made())\n"
        "n = views.scene(made(), lens=network.Lens(as_of='2018-10'))\n"
        "parts = [draw(x, form) for form in ('svg', 'png') for draw, x in"
        " ((views.heat_map, m), (views.timeline_chart, t), (views.still_picture, n))]\n"
        "parts += [views.heat_map_page(m).encode(), views.timeline_page(t).encode()]\n"
        "print(hashlib.sha256(b''.join(parts)).hexdigest())"
    )
    seen = set()
    for seed in ("1", "77"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": "src:.", "TZ": "Asia/Tokyo", "LC_ALL": "C"}
        environment |= {"MPLBACKEND": "svg"} if seed == "77" else {}
        done = subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True, timeout=120
        )
        seen.add(done.stdout.strip())
    assert len(seen) == 1


def test_no_setting_of_the_machine_gets_into_a_picture(tmp_path: Path) -> None:
    (tmp_path / "matplotlibrc").write_text(
        "font.size: 30\nlines.linewidth: 9\nsvg.fonttype: none\nhatch.linewidth: 5\n"
    )
    program = (
        "import hashlib\nfrom secgraph import views\nfrom tests.test_charts import matrix\n"
        "print(hashlib.sha256(views.heat_map(matrix())).hexdigest())"
    )
    environment = {**os.environ, "PYTHONPATH": "src:.", "MATPLOTLIBRC": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == hashlib.sha256(views.heat_map(matrix())).hexdigest()
