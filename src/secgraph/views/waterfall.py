"""From the naive sum to the net one, step by step, as a picture: what each rule took away, and the bounds.

A bar says by its colour and by its sign what it does; the bounds are a line with ends; what no source divides, or
nobody knows, stands beside the net sum and is hatched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, NamedTuple

from secgraph.views.moneypages import Counted, Listed, Shown, figure, page, reasons_listed, short_figure
from secgraph.views.sheet import INK, MARGIN, PALE, SOFT, Header, Sheet, draw_footer, footer_height, width_of, wrapped

_LABELS: Final = 290.0
_PLOT: Final = 420.0
_AMOUNTS: Final = 190.0
_ROW: Final = 30.0
_NAIVE: Final = "#56b4e9"
_LESS: Final = "#d55e00"
_MORE: Final = "#009e73"
_NET: Final = "#0072b2"
_MOST: Final = "the most that the sources allow; one says more than its sum, so that there is no upper end"


class Step(NamedTuple):
    """What one rule changed: its name, what it does in words, the sum with its sign, the ids of its rows."""

    rule: str
    words: str
    amount: Decimal
    rows: tuple[str, ...] = ()


@dataclass(frozen=True)
class Waterfall:
    """The way from the naive sum to the net one, the bounds of the latter, and what stands beside it, undivided."""

    counted: Counted
    naive: Decimal
    naive_rows: tuple[str, ...]
    steps: tuple[Step, ...]
    net: Decimal
    net_rows: tuple[str, ...]
    low: Decimal
    high: Decimal
    beside: Decimal = Decimal()
    high_open: bool = False


def waterfall(found: Waterfall, form: str = "svg", *, footer: str = "", bare: bool = False) -> bytes:
    """Return the way from the naive sum to the net one as a picture, in SVG or PNG.

    Args:
        found: the sums and the steps between them.
        form: svg or png.
        footer: where the data is from.
        bare: leave out title, question, caption and footer, where a page says them.

    Raises:
        ConfigError: another form, or more than can be drawn.
    """
    width = 2 * MARGIN + _LABELS + _PLOT + _AMOUNTS
    counted = found.counted
    said = [*counted.caption(), *caption_of(found)]
    head = Header("", "", (), width) if bare else Header(counted.title, counted.question, said, width)
    steps = [step for step in found.steps if step.amount or step.rows]
    foot = footer_height("" if bare else footer, width)
    sheet = Sheet(width, head.height + _ROW * (len(steps) + 2) + 44 + foot)
    y = head.draw(sheet) + 6
    levels = [Decimal(), found.naive, found.net, found.net + found.beside, found.low, found.high]
    running = found.naive
    for step in steps:
        running += step.amount
        levels.append(running)
    lowest, highest = float(min(levels)), float(max(levels))
    reach = highest - lowest or 1.0
    left = MARGIN + _LABELS

    def across(amount: Decimal | float) -> float:
        return left + (float(amount) - lowest) / reach * _PLOT

    bottom = y + _ROW * (len(steps) + 2) + 6
    sheet.line([(across(0), y), (across(0), bottom)], INK, 0.8)
    _bar(sheet, across(0), across(found.naive), y, _NAIVE)
    _row(sheet, y, "Naive sum: every row added up", f"{short_figure(found.naive)}", _rows(found.naive_rows))
    running, y = found.naive, y + _ROW
    for step in steps:
        after = running + step.amount
        sheet.line([(across(running), y - 7), (across(running), y + 4)], SOFT, 0.6, dashes=(2, 2))
        if not step.amount:
            sheet.line([(across(running), y + 4), (across(running), y + _ROW - 4)], SOFT, 0.6, dashes=(2, 2))
        else:
            _bar(sheet, across(running), across(after), y, _LESS if step.amount < 0 else _MORE)
        sign = "+" if step.amount > 0 else ""
        _row(sheet, y, step.words or step.rule, f"{sign}{short_figure(step.amount)}", _rows(step.rows))
        running, y = after, y + _ROW
    sheet.line([(across(running), y - 7), (across(running), y + 4)], SOFT, 0.6, dashes=(2, 2))
    _bar(sheet, across(0), across(found.net), y, _NET)
    if found.beside > 0:
        first, last = across(found.net), across(found.net + found.beside)
        sheet.box(first, y + 4, last - first, _ROW - 8, fill="#ffffff", edge=_NET, hatch="////")
    middle = y + _ROW / 2
    if found.low != found.high:
        sheet.line([(across(found.low), middle), (across(found.high), middle)], INK, 1.4)
        for end in (found.low, found.high):
            sheet.line([(across(end), middle - 6), (across(end), middle + 6)], INK, 1.4)
    _row(sheet, y, f"Net by {counted.policy}", short_figure(found.net), _rows(found.net_rows), bold=True)
    _key(sheet, found, y + _ROW + 14)
    draw_footer(sheet, "" if bare else footer)
    return sheet.save(form)


def waterfall_page(found: Waterfall, *, footer: str = "") -> str:
    """Return the way from the naive sum to the net one as a page: picture, figures, and the rows behind each."""
    heads = ("step", f"{found.counted.currency}", "rows", "what it does")
    told: list[tuple[str, Decimal, tuple[str, ...], str]] = [
        ("naive sum", found.naive, found.naive_rows, "every row of these kinds of money added up"),
        *((step.rule, step.amount, step.rows, step.words) for step in found.steps),
        ("net", found.net, found.net_rows, f"what is counted by {found.counted.policy}"),
    ]
    rows = [
        ("", (Shown(name), Shown(figure(amount), f"step-{at}" if ids else ""), Shown(str(len(set(ids)))), Shown(words)))
        for at, (name, amount, ids, words) in enumerate(told)
    ]
    rows += [
        ("", (Shown("low"), Shown(figure(found.low)), Shown(""), Shown("the least that the sources allow"))),
        (
            "",
            (
                Shown("high"),
                Shown(figure(found.high)),
                Shown(""),
                Shown(_MOST if found.high_open else "the most that the sources allow"),
            ),
        ),
        (
            "",
            (
                Shown("beside"),
                Shown(figure(found.beside)),
                Shown(""),
                Shown("undivided or unknown: in no sum but the high bound"),
            ),
        ),
    ]
    table = Listed("Each step; a sum leads to its rows", heads, tuple(rows), frozenset((1, 2)))
    groups = [(f"step-{at}", name, ids) for at, (name, _amount, ids, _words) in enumerate(told) if at and ids]
    # Last, since it is all rows once more: a page that is cut is cut here.
    groups.append(("step-0", "naive sum", found.naive_rows))
    empty = "" if found.naive_rows or found.naive else "There is nothing to draw: no row with an amount was found."
    return page(
        found.counted, waterfall(found, "svg", bare=True), [table, reasons_listed(found.counted, groups)],
        caption=caption_of(found), footer=footer, empty=empty,
    )  # fmt: skip


def caption_of(found: Waterfall) -> list[str]:
    """Return what the picture shows and leaves out, in sentences."""
    idle = sum(1 for step in found.steps if not step.amount and not step.rows)
    currency = found.counted.currency
    sums = f"Naive {figure(found.naive)}, net {figure(found.net)} {currency}"
    more = " or more" if found.high_open else ""
    said = [f"{sums}, between {figure(found.low)} and {figure(found.high)}{more}."]
    if idle:
        rules, them = ("rule", "it") if idle == 1 else ("rules", "them")
        said.append(f"{idle} {rules} of the policy touched no row; the table names {them}.")
    return said


def _bar(sheet: Sheet, start: float, end: float, y: float, colour: str) -> None:
    least = min(start, end)
    sheet.box(least, y + 4, max(1.0, abs(end - start)), _ROW - 8, fill=colour)


def _rows(ids: Sequence[str]) -> str:
    count = len(set(ids))
    return f"{count:,} row{'s' if count != 1 else ''}"


def _row(sheet: Sheet, y: float, words: str, amount: str, rows: str, *, bold: bool = False) -> None:
    lines = wrapped(words, _LABELS - 16, 8.5, bold=bold, most=2)
    for at, line in enumerate(lines):
        down = y + _ROW / 2 + 3 + 10.5 * (at - (len(lines) - 1) / 2)
        sheet.text(MARGIN + _LABELS - 10, down, line, 8.5, bold=bold, across="right", down="baseline")
    x = MARGIN + _LABELS + _PLOT + 12
    sheet.text(x, y + _ROW / 2 + 3, amount, 9, bold=bold, down="baseline")
    sheet.text(x + _AMOUNTS - 12, y + _ROW / 2 + 3, rows, 8, colour=SOFT, across="right", down="baseline")


def _key(sheet: Sheet, found: Waterfall, y: float) -> None:
    x = MARGIN + _LABELS
    told: list[tuple[str, str]] = []
    if any(step.amount < 0 for step in found.steps):
        told.append((_LESS, "\u2212 taken away"))
    if any(step.amount > 0 for step in found.steps):
        told.append((_MORE, "+ added"))
    if found.beside > 0:
        told.append(("", f"beside the net sum, undivided or unknown: {short_figure(found.beside)}"))
    for colour, words in told:
        look = {"fill": colour} if colour else {"fill": "#ffffff", "edge": _NET, "hatch": "////"}
        sheet.box(x, y, 16, 9, **look)
        sheet.text(x + 21, y + 8, words, 8, colour=SOFT, down="baseline")
        x += 21 + width_of(words, 8) + 14
    if found.low != found.high:
        sheet.line([(x, y + 4.5), (x + 16, y + 4.5)], INK, 1.4)
        for end in (x, x + 16):
            sheet.line([(end, y + 1), (end, y + 8)], INK, 1.4)
        sheet.text(x + 21, y + 8, "from low to high", 8, colour=SOFT, down="baseline")
    if not told and found.low == found.high:
        sheet.line([(x, y), (x + _PLOT, y)], PALE, 0.5)
