"""Pictures of money: widths and bars against the sums themselves, caps, what has no single end, and hostile labels."""

from __future__ import annotations

import hashlib
import io
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from secgraph import views
from secgraph.errors import ConfigError
from secgraph.values import Table
from secgraph.views import moneypages, sheet
from secgraph.views.bars import _BAR as _GROUP
from secgraph.views.bars import _BELOW
from secgraph.views.sankey import _BAR, _BETWEEN, _COLOURS, _PLOT, _SIDE, REST, _columns, caption_of
from secgraph.views.waterfall import _LESS, _MORE, _NAIVE, _NET
from tests import browser
from tests.browser import needs_browser
from tests.test_views import PAYLOADS, Links

SVG = "{http://www.w3.org/2000/svg}"
APART = {"unsplit": "for several countries, no source divides it"}


def counted(words: str = "made up", ids: tuple[str, ...] = ("r1", "r2", "r3")) -> views.Counted:
    """Return how made-up sums were counted, with a reason for each row."""
    reasons = Table(
        ("id", "decision", "rule", "amount", "sources"),
        tuple((key, "counted", f"rule of {key}", 1000.0, words) for key in ids),
    )
    notes = (views.Note("Rates", words), views.Note("Without an amount", "2 rows."))
    return views.Counted(
        f"Money {words}", f"Who pays {words}?", "net-made-up", f"Each once, {words}.", "EUR", notes, reasons
    )


def flows(*told: tuple[str, str, int], words: str = "made up", apart: bool = True) -> views.Flows:
    """Return made-up flows from donors to recipients."""
    found = tuple(views.Flow((donor, to), Decimal(sum_), (f"r{at + 1}",)) for at, (donor, to, sum_) in enumerate(told))
    labels = {"unsplit": "unsplit regional", "one": words}
    return views.Flows(counted(words), ("donor", "recipient"), found, labels, APART if apart else {})


def column(png: bytes, x: float) -> list[tuple[int, ...]]:
    """Return the pixels of a picture at so many points from the left."""
    with Image.open(io.BytesIO(png)) as image:
        at = round(x * image.width / sankey_width(2))
        return [image.convert("RGB").getpixel((at, y)) for y in range(image.height)]  # type: ignore[misc]


def sankey_width(columns: int) -> float:
    return 2 * (sheet.MARGIN + _SIDE) + _BAR * columns + _BETWEEN * (columns - 1)


def rgb(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour[1:]))


@pytest.mark.parametrize(("first", "second"), [(3_000_000, 1_000_000), (500, 500), (90, 10)])
def test_a_bar_is_as_tall_as_its_sum(first: int, second: int) -> None:
    png = views.sankey(flows(("a", "x", first), ("b", "x", second)), "png")
    bars = column(png, sheet.MARGIN + _SIDE + _BAR / 2)
    tall = [bars.count(rgb(colour)) for colour in _COLOURS[:2]]
    assert tall[0] / tall[1] == pytest.approx(first / second, rel=0.04)


def test_a_band_is_as_wide_as_its_sum() -> None:
    found = flows(("a", "x", 400), ("a", "y", 100), ("b", "y", 300), ("c", "y", 200))
    png = views.sankey(found, "png", bare=True)
    # Where the bands begin they are next to level; each has the colour of its donor, paler than the bar.
    seen = column(png, sheet.MARGIN + _SIDE + _BAR + 3)
    ink = [pixel for pixel in seen if pixel != (255, 255, 255)]
    assert len(ink) == pytest.approx(_PLOT * 200 / 72, rel=0.02)
    wide = sorted((ink.count(pixel) for pixel in set(ink)), reverse=True)[:3]
    assert [count / len(ink) for count in wide] == pytest.approx([0.5, 0.3, 0.2], abs=0.01)


def test_what_has_no_single_end_is_hatched_named_and_last() -> None:
    found = flows(("a", "unsplit", 900), ("a", "x", 100))
    for form in ("svg", "png"):
        assert views.sankey(found, form) != views.sankey(
            flows(("a", "unsplit", 900), ("a", "x", 100), apart=False), form
        )
    root = ET.fromstring(views.sankey(found))  # noqa: S314  our own bytes
    assert len(list(root.iter(SVG + "pattern"))) >= 1
    plain = ET.fromstring(views.sankey(flows(("a", "x", 100))))  # noqa: S314  our own bytes
    assert list(plain.iter(SVG + "pattern")) == []
    columns, _place = _columns(found, found.flows, 12)
    assert [(end.label, end.hatched) for end in columns[1].ends] == [("x", False), ("unsplit regional", True)]
    assert "unsplit regional: for several countries, no source divides it" in views.sankey_page(found)


def test_a_cap_is_stated_and_the_rest_is_one_band() -> None:
    many = flows(*((f"d{at:02}", "x", 100 - at) for at in range(20)), ("d00", "unsplit", 1))
    said = caption_of(many, 12)
    assert "12 of 20 donors by sum; the rest as one band." in said
    assert "All 1 recipient." in said
    columns, place = _columns(many, many.flows, 12)
    assert len(columns[0].ends) == 13
    # By hand: the sums 100 to 81, without the twelve largest, 100 to 89: 88 + 87 + ... + 81.
    assert (columns[0].ends[-1].label, columns[0].ends[-1].amount) == ("8 other donors", Decimal(676))
    assert place[0]["d19"] == REST
    page = views.sankey_page(many, top=12)
    assert "12 of 20 donors by sum" in page
    assert "d19" in page  # the table has them all
    # A rest of one is shown by its own name.
    assert "All 13 donors." in caption_of(flows(*((f"d{at:02}", "x", 100) for at in range(13))), 12)


@given(
    st.lists(
        st.tuples(st.sampled_from("abcdefgh"), st.sampled_from(["x", "y", "z", "unsplit"]), st.integers(1, 10**9)),
        min_size=1, max_size=30,
    ),
    st.integers(1, 5),
)  # fmt: skip
def test_every_column_shows_the_whole_sum(told: list[tuple[str, str, int]], top: int) -> None:
    found = flows(*told)
    columns, place = _columns(found, found.flows, top)
    whole = sum(flow.amount for flow in found.flows)
    for at, shown in enumerate(columns):
        assert sum(end.amount for end in shown.ends) == whole
        assert {place[at][flow.ends[at]] for flow in found.flows} == {end.key for end in shown.ends}
        assert len([end for end in shown.ends if not end.hatched and end.key != REST]) <= top + 1


def test_sums_below_nought_have_no_band_and_are_told() -> None:
    found = flows(("a", "x", 100), ("b", "x", -30), ("c", "y", 0))
    assert "2 flows have no positive net sum and no band; the table has them." in caption_of(found)
    page = views.sankey_page(found)
    assert "\u221230" in page
    none = flows(("b", "x", -30))
    assert "There is nothing to draw: no flow has a positive net sum." in views.sankey_page(none)
    empty = flows()
    assert "no row with an amount is counted by this policy" in views.sankey_page(empty)
    assert views.sankey(empty, "svg").startswith(b"<?xml")


@pytest.mark.parametrize("columns", [2, 3])
def test_money_through_instruments_is_drawn_too(columns: int) -> None:
    told = (views.Flow(("a", "i", "x")[:columns], Decimal(5)), views.Flow(("b", "j", "x")[:columns], Decimal(3)))
    found = views.Flows(counted(), ("donor", "instrument", "recipient")[:columns], told, {}, {})
    with Image.open(io.BytesIO(views.sankey(found, "png"))) as image:
        assert image.width == pytest.approx(sankey_width(columns) * 200 / 72, abs=2)


def fall(words: str = "made up", **changed: Decimal) -> views.Waterfall:
    steps = (
        views.Step("parts", f"parts of a total, {words}", Decimal(-30), ("r2",)),
        views.Step("revised", "original budgets", Decimal(0), ()),
        views.Step("shares", "shares computed", Decimal(10), ("r3",)),
    )
    sums = {"net": Decimal(80), "low": Decimal(70), "high": Decimal(95), "beside": Decimal(10)} | changed
    return views.Waterfall(
        counted(words), Decimal(100), ("r1", "r2", "r3"), steps, sums["net"], ("r1", "r3"), sums["low"], sums["high"],
        sums["beside"],
    )  # fmt: skip


def test_the_bars_of_a_waterfall_are_as_long_as_their_sums() -> None:
    png = views.waterfall(fall(beside=Decimal(0)), "png")
    with Image.open(io.BytesIO(png)) as image:
        picture = image.convert("RGB")
        rows = [[picture.getpixel((x, y)) for x in range(picture.width)] for y in range(0, picture.height, 4)]
    longest = {colour: max(row.count(rgb(colour)) for row in rows) for colour in (_NAIVE, _LESS, _MORE, _NET)}
    unit = longest[_NAIVE] / 100
    assert longest[_LESS] / unit == pytest.approx(30, abs=1)
    assert longest[_MORE] / unit == pytest.approx(10, abs=1)
    # The line of the bounds may lie over some of it.
    assert longest[_NET] / unit == pytest.approx(80, abs=1)


def test_a_waterfall_page_has_each_step_and_leads_to_its_rows() -> None:
    page = views.waterfall_page(fall(), footer="Release abc.")
    assert "Naive 100, net 80 EUR, between 70 and 95." in page
    assert "1 rule of the policy touched no row; the table names it." in page
    targets = re.findall(r'<a href="#([^"]+)"', page)
    assert targets == ["step-0", "step-1", "step-3", "step-4"]
    assert all(page.count(f'id="{target}"') == 1 for target in targets)
    assert "net-made-up" in page
    assert "Release abc." in page


def test_each_sum_of_a_sankey_page_leads_to_its_rows() -> None:
    page = views.sankey_page(flows(("a", "x", 300), ("b", "unsplit", 200)))
    targets = re.findall(r'<a href="#([^"]+)"', page)
    assert targets == ["flow-1", "flow-2"]
    assert all(page.count(f'id="{target}"') == 1 for target in targets)
    assert "rule of r1" in page
    assert "rule of r2" in page
    assert '<meta name="policy" content="net-made-up">' in page


def test_reasons_are_cut_with_the_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moneypages, "REASONS", 3)
    ids = tuple(f"r{at}" for at in range(1, 6))
    listed = moneypages.reasons_listed(counted(ids=ids), [("a", "A", ids[:2]), ("b", "B", ids[2:])])
    assert listed.title.endswith("(3 of 5 rows; --why tells all)")
    assert [(anchor, cells[1].words) for anchor, cells in listed.rows] == [("a", "r1"), ("", "r2"), ("b", "r3")]


def test_what_is_of_no_form_is_refused() -> None:
    for draw in (partial(views.sankey, flows(("a", "x", 1))), partial(views.waterfall, fall())):
        with pytest.raises(ConfigError, match="no picture of the form 'gif' - one of svg, png"):
            draw("gif")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_label_becomes_markup(payload: str) -> None:
    for drawn in (views.sankey(flows(("one", payload, 5), words=payload)), views.waterfall(fall(payload))):
        tags = {item.tag.removeprefix(SVG) for item in ET.fromstring(drawn).iter()}  # noqa: S314  our own bytes
        assert tags <= {"svg", "defs", "style", "g", "path", "use", "clipPath", "rect", "pattern"}
        assert b"PWNED" not in drawn
    for page in (views.sankey_page(flows(("one", payload, 5), words=payload)), views.waterfall_page(fall(payload))):
        assert "<script" not in page
        assert "<img src=x" not in page
        links = Links()
        links.feed(page)
        assert {target for target in links.targets if not target.startswith("#")} == {"data:,"}


@needs_browser(2)
def test_the_pages_run_nothing_and_ask_for_nothing() -> None:
    for page in (
        views.sankey_page(flows(("one", PAYLOADS[0], 5), words=PAYLOADS[1])),
        views.waterfall_page(fall(PAYLOADS[0])),
    ):
        assert browser.requests(page) == []
        script = "return {pwned: window.PWNED ?? null, images: document.querySelectorAll('img').length};"
        assert browser.probe(page, script) == {"pwned": None, "images": 0}


@needs_browser(2)
def test_the_pages_have_ink(tmp_path: Path) -> None:
    for name, page in (
        ("sankey", views.sankey_page(flows(("a", "x", 5)))),
        ("waterfall", views.waterfall_page(fall())),
    ):
        browser.screenshot(page, tmp_path / f"{name}.png")
        assert (tmp_path / f"{name}.png").stat().st_size > 20_000


def test_same_bytes_in_another_process() -> None:
    program = (
        "import hashlib\nfrom secgraph import views\nfrom tests.test_sankey import fall, flows\n"
        "f, w = flows(('a', 'x', 5), ('b', 'unsplit', 4), ('c', 'x', 4)), fall()\n"
        "parts = [draw(x, form) for form in ('svg', 'png') for draw, x in ((views.sankey, f), (views.waterfall, w))]\n"
        "parts += [views.sankey_page(f).encode(), views.waterfall_page(w).encode()]\n"
        "print(hashlib.sha256(b''.join(parts)).hexdigest())"
    )
    seen = set()
    for seed in ("1", "77"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": "src:.", "TZ": "Asia/Tokyo", "LC_ALL": "C"}
        done = subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True, timeout=120
        )
        seen.add(done.stdout.strip())
    assert len(seen) == 1
    assert len(seen.pop()) == len(hashlib.sha256().hexdigest())


def test_what_may_come_beside_a_net_sum_has_a_hatched_band_of_its_width() -> None:
    told = (
        views.Flow(("a", "x"), Decimal(100), ("r1",)),
        views.Flow(("a", "unsplit"), Decimal(), ("r2",), Decimal(300)),
        views.Flow(("b", "x"), Decimal(-5), ("r3",), Decimal(50)),
    )
    found = views.Flows(counted(), ("donor", "recipient"), told, {"unsplit": "unsplit regional"}, APART)
    columns, _place = _columns(found, [flow for flow in told if flow.width > 0], 12)
    assert [(end.key, end.amount, end.beside) for end in columns[0].ends] == [("a", Decimal(100), Decimal(300))]
    said = caption_of(found)
    assert "Hatched beside it: 300, which no net sum holds, and of which all or nothing may be." in said
    # What is below nought has no width, whatever may come to it.
    assert "1 flow has no positive net sum and no band; the table has it." in said
    png = views.sankey(found, "png", bare=True)
    bar = column(png, sheet.MARGIN + _SIDE + _BAR / 2)
    assert bar.count(rgb(_COLOURS[0])) == pytest.approx(_PLOT * 200 / 72, rel=0.02)
    assert ">300<" in views.sankey_page(found)


def groups(count: int, words: str = "made up") -> views.Groups:
    told = tuple(
        views.Group(f"{words} {at}", Decimal(100 - at), Decimal(50), Decimal(200), (f"r{at % 3 + 1}",), at == 1)
        for at in range(count)
    )
    return views.Groups(counted(words), "donor", told)


def test_the_bars_of_groups_are_as_long_as_their_sums() -> None:
    told = (
        views.Group("a", Decimal(80), Decimal(80), Decimal(80)),
        views.Group("b", Decimal(-20), Decimal(-20), Decimal(-20)),
    )
    with Image.open(io.BytesIO(views.bars(views.Groups(counted(), "donor", told), "png"))) as image:
        picture = image.convert("RGB")
        rows = [[picture.getpixel((x, y)) for x in range(picture.width)] for y in range(0, picture.height, 3)]
    longest = [max(row.count(rgb(colour)) for row in rows) for colour in (_GROUP, _BELOW)]
    assert longest[0] / longest[1] == pytest.approx(4, rel=0.05)


def test_groups_are_cut_with_the_count_and_lead_to_their_rows() -> None:
    page = views.bars_page(groups(40), top=5)
    assert "The first 5 of 40 groups by net sum; the table has them all." in page
    assert "A hatched bar is no single thing." in page
    assert "made up 39" in page
    targets = re.findall(r'<a href="#([^"]+)"', page)
    assert len(targets) == 40
    assert all(page.count(f'id="{target}"') == 1 for target in targets)
    assert "All 2 groups." in views.bars_page(groups(2))
    assert "There is nothing to draw" in views.bars_page(groups(0))
    assert views.bars(groups(0)).startswith(b"<?xml")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_label_of_a_group_becomes_markup(payload: str) -> None:
    page = views.bars_page(groups(2, payload))
    assert "<script" not in page
    assert "<img src=x" not in page
    assert b"PWNED" not in views.bars(groups(2, payload))
