"""Money on its way, as a Sankey picture: from donors, through instruments or programmes, to recipients.

A band is as wide as its net sum. What has no single end stands apart and is hatched: money for several countries that
no source divides, money without a recipient, a name that is nobody known. A column shows its largest ends, and all
others as one; the table under the picture has every flow.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, NamedTuple

from secgraph.views.moneypages import Counted, Listed, Shown, figure, page, reasons_listed, short_figure
from secgraph.views.sheet import INK, MARGIN, SOFT, Header, Sheet, draw_footer, footer_height, width_of, wrapped

CAP: Final = 12
"""How many ends a column shows by themselves."""
REST: Final = "\0rest"
# Okabe and Ito's colours without black, in an order in which neighbours differ in lightness too.
_COLOURS: Final = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442")
_OTHER: Final = "#8c8c8c"
_HATCH: Final = "////"
_BAR: Final = 12.0
_PLOT: Final = 430.0
_GAP: Final = 5.0
_SLOT: Final = 15.0
_SIDE: Final = 232.0
_BETWEEN: Final = 300.0
_TWO_LINES: Final = 24.0
_NAME: Final = 96.0
"""The least room for a name, however long its sum is told."""
_MEANS: Final = ("instrument", "programme", "topic", "year")
"""Columns of what money goes through: a band there is as clear as its ends, whatever is not stated in between."""
_PLURALS: Final = {"country": "countries", "beneficiary": "beneficiaries"}


Band = tuple[str, str, str]
"""A band between two columns: its donor, and the end on either side."""


class Flow(NamedTuple):
    """One net sum on its way, by the keys of its ends, and the ids of the rows that it is made of.

    `beside` is what may come to it at the most where the net sum has nothing of it: it has a hatched band.
    """

    ends: tuple[str, ...]
    amount: Decimal
    rows: tuple[str, ...] = ()
    beside: Decimal = Decimal()

    @property
    def width(self) -> Decimal:
        """What the width of its band stands for."""
        return self.amount if self.amount > 0 else self.beside if not self.amount else Decimal()


@dataclass(frozen=True)
class Flows:
    """What a Sankey picture shows: the flows, what their ends are called, and which ends are no single thing.

    `columns` names what the ends are, in the singular; `apart` tells of an end that is no one known what it is.
    """

    counted: Counted
    columns: tuple[str, ...]
    flows: tuple[Flow, ...]
    labels: Mapping[str, str]
    apart: Mapping[str, str]

    def label(self, key: str) -> str:
        """Return what an end is called."""
        return self.labels.get(key, key)


class _End(NamedTuple):
    key: str
    label: str
    amount: Decimal
    beside: Decimal
    hatched: bool
    colour: str

    @property
    def width(self) -> Decimal:
        return self.amount + self.beside


class _Column(NamedTuple):
    ends: list[_End]
    shown: int
    known: int


def sankey(flows: Flows, form: str = "svg", *, top: int = CAP, footer: str = "", bare: bool = False) -> bytes:
    """Return flows of money as a picture, in SVG or PNG.

    Args:
        flows: the flows with what their ends are called.
        form: svg or png.
        top: how many ends a column shows by themselves.
        footer: where the data is from.
        bare: leave out title, question, caption and footer, where a page says them.

    Raises:
        ConfigError: another form, or more than can be drawn.
    """
    drawn = [flow for flow in flows.flows if flow.width > 0]
    columns, place = _columns(flows, drawn, max(1, top))
    count = len(flows.columns)
    width = 2 * (MARGIN + _SIDE) + _BAR * count + _BETWEEN * (count - 1)
    counted = flows.counted
    said = [*counted.caption(), *caption_of(flows, top)]
    head = Header("", "", (), width) if bare else Header(counted.title, counted.question, said, width)
    whole = sum((flow.width for flow in drawn), Decimal())
    scale = _PLOT / float(whole) if whole else 0.0
    tall = [sum(max(_SLOT, float(end.width) * scale) + _GAP for end in column.ends) for column in columns]
    marked = {end.label: _said(flows, end.key) for column in columns for end in column.ends if end.hatched}
    legend = 20.0 + 15.0 * len(marked) if marked else 6.0
    sheet = Sheet(width, head.height + 26 + max([40.0, *tall]) + legend + footer_height("" if bare else footer, width))
    y = head.draw(sheet)
    if not drawn:
        sheet.text(MARGIN, y + 16, empty_of(flows), 10)
        draw_footer(sheet, "" if bare else footer)
        return sheet.save(form)
    lefts = [MARGIN + _SIDE + at * (_BAR + _BETWEEN) for at in range(count)]
    for at, name in enumerate(flows.columns):
        side = "right" if at == 0 and count > 1 else "left" if at == count - 1 else "center"
        x = lefts[at] + (_BAR if side == "right" else 0 if side == "left" else _BAR / 2)
        sheet.text(x, y + 14, _plural(name).capitalize(), 9.5, bold=True, across=side, down="baseline")
    tops = [_placed(column, scale, y + 26, max(tall)) for column in columns]
    _ribbons(sheet, flows.columns, drawn, columns, place, tops, lefts, scale)
    for at, column in enumerate(columns):
        for end in column.ends:
            _end(sheet, end, lefts[at], tops[at][end.key], float(end.width) * scale, at, count)
    y += 26 + max(tall) + 8
    for label, words in marked.items():
        sheet.box(MARGIN, y, 22, 10, fill="#ffffff", edge=SOFT, hatch=_HATCH)
        line = wrapped(f"{label}: {words}" if words else label, width - 2 * MARGIN - 30, 8, most=1)[0]
        sheet.text(MARGIN + 30, y + 8.5, line, 8, colour=SOFT, down="baseline")
        y += 15
    draw_footer(sheet, "" if bare else footer)
    return sheet.save(form)


def sankey_page(flows: Flows, *, top: int = CAP, footer: str = "") -> str:
    """Return flows of money as a page: the picture, every flow with its sum, and the rows behind each."""
    drawn = sankey(flows, "svg", top=top, bare=True)
    whole = sum((flow.amount for flow in flows.flows), Decimal())
    ordered = _ordered(flows)
    heads = (*flows.columns, f"net {flows.counted.currency}", "beside", "of all", "rows", "")
    rows = []
    for at, flow in enumerate(ordered, 1):
        share = f"{float(flow.amount / whole):.1%}" if whole > 0 else ""
        apart = "; ".join(f"{flows.label(key)}: {flows.apart[key]}" for key in flow.ends if key in flows.apart)
        cells = [Shown(flows.label(key)) for key in flow.ends]
        beside = figure(flow.beside) if flow.beside else ""
        cells += [Shown(figure(flow.amount), f"flow-{at}"), Shown(beside), Shown(share)]
        cells += [Shown(f"{len(set(flow.rows)):,}"), Shown(apart)]
        rows.append(("", tuple(cells)))
    count = len(flows.columns)
    table = Listed(
        f"All {len(rows):,} flows; each sum leads to its rows", heads, tuple(rows), frozenset(range(count, count + 4))
    )
    groups = (
        (f"flow-{at}", " \u2192 ".join(map(flows.label, flow.ends)), flow.rows) for at, flow in enumerate(ordered, 1)
    )
    empty = "" if any(flow.width > 0 for flow in flows.flows) else empty_of(flows)
    return page(
        flows.counted, drawn, [table, reasons_listed(flows.counted, groups)],
        caption=caption_of(flows, top), footer=footer, empty=empty,
    )  # fmt: skip


def caption_of(flows: Flows, top: int = CAP) -> list[str]:
    """Return what the picture shows and leaves out, in sentences."""
    drawn = [flow for flow in flows.flows if flow.width > 0]
    columns, _place = _columns(flows, drawn, max(1, top))
    said = ["The width of a band is its net sum."]
    if aside := sum((flow.width for flow in drawn if flow.amount <= 0), Decimal()):
        said.append(f"Hatched beside it: {figure(aside)}, which no net sum holds, and of which all or nothing may be.")
    for name, column in zip(flows.columns, columns, strict=True):
        if column.shown < column.known:
            said.append(f"{column.shown} of {column.known} {_plural(name)} by sum; the rest as one band.")
        elif column.known:
            said.append(f"All {column.known} {_plural(name) if column.known != 1 else name}.")
    if left := len(flows.flows) - len(drawn):
        noun = "flow has" if left == 1 else "flows have"
        said.append(f"{left} {noun} no positive net sum and no band; the table has {'it' if left == 1 else 'them'}.")
    return said


def empty_of(flows: Flows) -> str:
    """Return what stands in place of a picture in which nothing can be drawn."""
    if flows.flows:
        return "There is nothing to draw: no flow has a positive net sum."
    return "There is nothing to draw: no row with an amount is counted by this policy for what was asked."


def _plural(name: str) -> str:
    return _PLURALS.get(name, f"{name}s")


def _said(flows: Flows, key: str) -> str:
    return flows.apart.get(key, "")


def _ordered(flows: Flows) -> list[Flow]:
    return sorted(
        flows.flows, key=lambda flow: (-flow.amount, -flow.beside, tuple(map(flows.label, flow.ends)), flow.ends)
    )


def _columns(flows: Flows, drawn: Sequence[Flow], top: int) -> tuple[list[_Column], list[dict[str, str]]]:
    """Return the ends of each column in their order, and where each key of a flow is shown."""
    columns: list[_Column] = []
    place: list[dict[str, str]] = []
    above: dict[str, float] = {}
    for at in range(len(flows.columns)):
        sums: dict[str, list[Decimal]] = defaultdict(lambda: [Decimal(), Decimal()])
        for flow in drawn:
            sums[flow.ends[at]][0 if flow.amount > 0 else 1] += flow.width
        by_sum = sorted(sums, key=lambda key: (-sum(sums[key]), flows.label(key), key))
        known = [key for key in by_sum if key not in flows.apart]
        # A rest of one would be a worse name for it.
        kept = known if len(known) <= top + 1 else known[:top]
        where = {key: key if key in kept or key in flows.apart else REST for key in sums}
        colours = dict(zip(kept, _COLOURS, strict=False)) if at == 0 else {}
        order = _by_neighbours(drawn, at, kept, where, above) if 0 < at < len(flows.columns) - 1 else kept
        ends = [
            _End(key, flows.label(key), sums[key][0], sums[key][1], False, colours.get(key, _OTHER)) for key in order
        ]
        if len(kept) < len(known):
            rest = known[len(kept) :]
            label = f"{len(rest)} other {_plural(flows.columns[at])}"
            net, beside = (sum((sums[key][side] for key in rest), Decimal()) for side in (0, 1))
            ends.append(_End(REST, label, net, beside, False, _OTHER))
        ends += [
            _End(key, flows.label(key), sums[key][0], sums[key][1], True, _OTHER)
            for key in by_sum
            if key in flows.apart
        ]
        columns.append(_Column(ends, len(kept), len(known)))
        place.append(where)
        above = {end.key: float(number) for number, end in enumerate(ends)}
    return columns, place


def _by_neighbours(
    drawn: Sequence[Flow], at: int, kept: Sequence[str], where: Mapping[str, str], above: Mapping[str, float]
) -> list[str]:
    """Return the ends of a column between two others by where their money comes from, so that bands cross less."""
    weight: dict[str, float] = defaultdict(float)
    pull: dict[str, float] = defaultdict(float)
    for flow in drawn:
        key = where[flow.ends[at]]
        weight[key] += float(flow.width)
        # An end that the column before shows among the rest pulls to the foot.
        pull[key] += float(flow.width) * above.get(flow.ends[at - 1], float(len(above)))
    rank = {key: number for number, key in enumerate(kept)}
    return sorted(kept, key=lambda key: (round(pull[key] / weight[key], 9), rank[key]))


def _placed(column: _Column, scale: float, first: float, room: float) -> dict[str, float]:
    """Return the upper side of each end; the column stands in the middle of its room."""
    slots = [max(_SLOT, float(end.width) * scale) for end in column.ends]
    y = first + (room - sum(slots) - _GAP * len(slots)) / 2
    tops = {}
    for end, slot in zip(column.ends, slots, strict=True):
        tops[end.key] = y + (slot - float(end.width) * scale) / 2
        y += slot + _GAP
    return tops


def _ribbons(
    sheet: Sheet,
    names: Sequence[str],
    drawn: Sequence[Flow],
    columns: Sequence[_Column],
    place: Sequence[Mapping[str, str]],
    tops: Sequence[Mapping[str, float]],
    lefts: Sequence[float],
    scale: float,
) -> None:
    """Draw the bands between the columns in the colours of their donors, largest first, so that none is hidden."""
    ranks = [{end.key: number for number, end in enumerate(column.ends)} for column in columns]
    known = [{end.key: end for end in column.ends} for column in columns]
    merged: dict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    beside: set[tuple[str, ...]] = set()
    for flow in drawn:
        ends = tuple(where[key] for where, key in zip(place, flow.ends, strict=True))
        merged[ends] += flow.width
        if flow.amount <= 0:
            beside.add(ends)
    for at in range(len(columns) - 1):
        # Each band keeps the colour of its donor, to the last column.
        bands: dict[Band, Decimal] = defaultdict(Decimal)
        aside: set[Band] = set()
        for ends, amount in merged.items():
            band = ends[0], ends[at], ends[at + 1]
            bands[band] += amount
            if ends in beside:
                aside.add(band)
        order = (ranks[0], ranks[at], ranks[at + 1])
        start = _stacked(bands, tops[at], order, 1, scale)
        end = _stacked(bands, tops[at + 1], order, 2, scale)
        for band in sorted(bands, key=lambda band: (-bands[band], band)):
            thick = max(0.4, float(bands[band]) * scale)
            unclear = (
                known[side][key].hatched and names[side] not in _MEANS
                for side, key in ((at, band[1]), (at + 1, band[2]))
            )
            hatched = band in aside or any(unclear)
            colour = known[0][band[0]].colour
            look = {"edge": colour, "line": 0.3, "hatch": _HATCH} if hatched else {"fill": colour}
            sheet.ribbon(
                (lefts[at] + _BAR, start[band]), (lefts[at + 1], end[band]), thick, opacity=0.6 if hatched else 0.45,
                **look,
            )  # fmt: skip


def _stacked(
    bands: Mapping[Band, Decimal],
    tops: Mapping[str, float],
    ranks: Sequence[Mapping[str, int]],
    side: int,
    scale: float,
) -> dict[Band, float]:
    """Return where each band meets its end on one side, in the order of the ends of the other side."""
    other = 3 - side
    at = dict(tops)
    found = {}
    for band in sorted(bands, key=lambda band: (ranks[other][band[other]], ranks[0][band[0]], band)):
        found[band] = at[band[side]]
        at[band[side]] += float(bands[band]) * scale
    return found


def _end(sheet: Sheet, end: _End, x: float, y: float, tall: float, at: int, count: int) -> None:
    look = {"fill": "#ffffff", "edge": SOFT, "hatch": _HATCH} if end.hatched else {"fill": end.colour}
    sheet.box(x, y, _BAR, max(tall, 0.8), **look)
    amount = short_figure(end.amount)
    if end.beside:
        beside = short_figure(end.beside)
        amount = f"{amount} + {beside} beside" if end.amount else f"up to {beside}"
    first, last = at == 0 and count > 1, at == count - 1
    room = _SIDE - 12 if first or last else _BETWEEN * 0.75
    two = tall >= _TWO_LINES
    name = wrapped(end.label, room if two else max(_NAME, room - width_of(f"nn{amount}", 8)), 8.5, most=1)[0]
    side, x = ("right", x - 6) if first else ("left", x + _BAR + 6)
    middle = y + tall / 2
    halo = not (first or last)
    if two:
        sheet.text(x, middle - 2, name, 8.5, colour=INK, across=side, down="baseline", halo=halo)
        sheet.text(x, middle + 9, amount, 8, colour=SOFT, across=side, down="baseline", halo=halo)
        return
    away = width_of(f"{amount if first else name}n", 8.0 if first else 8.5) * (-1 if first else 1)
    sheet.text(x + (away if first else 0), middle + 3, name, 8.5, colour=INK, across=side, down="baseline", halo=halo)
    sheet.text(x + (0 if first else away), middle + 3, amount, 8, colour=SOFT, across=side, down="baseline", halo=halo)
