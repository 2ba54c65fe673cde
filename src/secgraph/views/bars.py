"""Sums of groups as bars: the net sum of each, and between which bounds it lies."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final, NamedTuple

from secgraph.views.moneypages import Counted, Listed, Shown, figure, page, reasons_listed, short_figure
from secgraph.views.sheet import INK, MARGIN, Header, Sheet, draw_footer, footer_height, wrapped

BARS: Final = 30
"""How many bars are drawn at most unless told; the table has all groups."""
_LABELS: Final = 250.0
_PLOT: Final = 440.0
_AMOUNTS: Final = 120.0
_ROW: Final = 20.0
_BAR: Final = "#0072b2"
_BELOW: Final = "#d55e00"


class Group(NamedTuple):
    """One group: what it is called, its sums, and the ids of its rows; `apart`: it is no single known thing."""

    label: str
    net: Decimal
    low: Decimal
    high: Decimal
    rows: tuple[str, ...] = ()
    apart: bool = False


@dataclass(frozen=True)
class Groups:
    """A total divided by an axis."""

    counted: Counted
    axis: str
    groups: tuple[Group, ...]


def bars(found: Groups, form: str = "svg", *, top: int = 0, footer: str = "", bare: bool = False) -> bytes:
    """Return the sums of groups as bars, in SVG or PNG; a hatched one is no single thing.

    Args:
        found: the groups in the order in which they are drawn.
        form: svg or png.
        top: how many bars at most; 0 takes the default.
        footer: where the data is from.
        bare: leave out title, question, caption and footer, where a page says them.

    Raises:
        ConfigError: another form, or more than can be drawn.
    """
    groups = found.groups[: top or BARS]
    width = 2 * MARGIN + _LABELS + _PLOT + _AMOUNTS
    said = [*found.counted.caption(), *caption_of(found, top)]
    counted = found.counted
    head = Header("", "", (), width) if bare else Header(counted.title, counted.question, said, width)
    foot = footer_height("" if bare else footer, width)
    sheet = Sheet(width, head.height + _ROW * max(1, len(groups)) + 24 + foot)
    y = head.draw(sheet) + 6
    if not groups:
        sheet.text(MARGIN, y + 12, _EMPTY, 10)
    levels = [0.0, *(float(sum_) for group in groups for sum_ in (group.net, group.low, group.high))]
    lowest, reach = min(levels), max(levels) - min(levels) or 1.0
    left = MARGIN + _LABELS

    def across(amount: Decimal | float) -> float:
        return left + (float(amount) - lowest) / reach * _PLOT

    sheet.line([(across(0), y - 2), (across(0), y + _ROW * len(groups) + 2)], INK, 0.8)
    for group in groups:
        start, end = sorted((across(0), across(group.net)))
        colour = _BELOW if group.net < 0 else _BAR
        look = {"fill": "#ffffff", "edge": colour, "hatch": "////"} if group.apart else {"fill": colour}
        sheet.box(start, y + 3, max(1.0, end - start), _ROW - 6, **look)
        middle = y + _ROW / 2
        if group.low != group.high:
            sheet.line([(across(group.low), middle), (across(group.high), middle)], INK, 1.2)
            for bound in (group.low, group.high):
                sheet.line([(across(bound), middle - 4), (across(bound), middle + 4)], INK, 1.2)
        label = wrapped(group.label, _LABELS - 16, 8.5, most=1)[0]
        sheet.text(left - 8, middle + 3, label, 8.5, across="right", down="baseline")
        x = left + _PLOT + 10
        sheet.text(x, middle + 3, short_figure(group.net), 8.5, down="baseline")
        y += _ROW
    draw_footer(sheet, "" if bare else footer)
    return sheet.save(form)


def bars_page(found: Groups, *, top: int = 0, footer: str = "") -> str:
    """Return the sums of groups as a page: bars, and the table of all groups."""
    heads = (found.axis, f"net {found.counted.currency}", "low", "high", "rows")
    rows = tuple(
        (
            "",
            (Shown(one.label), Shown(figure(one.net), f"group-{at}"), Shown(figure(one.low)), Shown(figure(one.high)),
             Shown(f"{len(set(one.rows)):,}")),
        )
        for at, one in enumerate(found.groups, 1)
    )  # fmt: skip
    table = Listed(f"All {len(rows):,} groups; each sum leads to its rows", heads, rows, frozenset(range(1, 5)))
    behind = reasons_listed(
        found.counted, ((f"group-{at}", one.label, one.rows) for at, one in enumerate(found.groups, 1))
    )
    return page(
        found.counted, bars(found, "svg", top=top, bare=True), [table, behind], caption=caption_of(found, top),
        footer=footer, empty="" if found.groups else _EMPTY,
    )  # fmt: skip


_EMPTY: Final = "There is nothing to draw: no row with an amount is counted by this policy for what was asked."


def caption_of(found: Groups, top: int = 0) -> list[str]:
    """Return what the picture shows and leaves out, in sentences."""
    drawn = min(top or BARS, len(found.groups))
    said = ["The bar is the net sum, the line across it goes from low to high."]
    cut = f"The first {drawn} of {len(found.groups)} groups by net sum; the table has them all."
    said.append(f"All {drawn} groups." if drawn == len(found.groups) else cut)
    if any(group.apart for group in found.groups[:drawn]):
        said.append("A hatched bar is no single thing.")
    return said
