"""Charts: a matrix as a heat map, a timeline of meetings and programmes; in colours, signs and words at once.

What a colour says, a sign or hatch says a second time, and a legend in words; the caption names the question, the
thresholds and the day. A chart is a function of its data: same data, same bytes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any, Final, NamedTuple

from secgraph.analysis import gaps
from secgraph.views.looks import KINDS
from secgraph.views.sheet import INK, MARGIN, PALE, SOFT, Header, Sheet, draw_footer, footer_height, width_of, wrapped
from secgraph.views.timelines import STATUSES, Lane, Timeline

ROWS: Final = 80
"""How many rows of a matrix are drawn at most; the table has them all."""


class State(NamedTuple):
    """How a state of a cell is drawn, and what it says."""

    colour: str
    ink: str
    sign: str
    says: str


# Vermilion, yellow and the blues of Okabe and Ito; the signs fill up as the cells do.
STATES: Final[dict[str, State]] = {
    gaps.UNMET: State("#d55e00", "#000000", "○", gaps.STATES[gaps.UNMET]),
    gaps.THIN: State("#f0e442", "#000000", "◔", gaps.STATES[gaps.THIN]),
    gaps.COVERED: State("#56b4e9", "#000000", "●", gaps.STATES[gaps.COVERED]),
    gaps.CROWDED: State("#0072b2", "#ffffff", "●●", gaps.STATES[gaps.CROWDED]),
    gaps.UNKNOWN: State("#ffffff", SOFT, "?", gaps.STATES[gaps.UNKNOWN]),
}
_HATCH: Final = "//////"
QUESTIONS: Final = {
    "needs": ("Which stated needs are answered, and where does nothing answer them?", "response"),
    "programmes": ("Which topics do programmes cover for whom, and where is none?", "programme"),
    "meetings": ("On which topics were meetings held where, and where was none?", "meeting"),
}
"""What a matrix of each kind asks, and what is counted in its cells."""


def question_of(matrix: gaps.Matrix) -> str:
    """Return what a matrix asks."""
    return QUESTIONS.get(matrix.what, (matrix.title, ""))[0]


def caption_of(matrix: gaps.Matrix, shown: int) -> list[str]:
    """Return the caption of a matrix in sentences: day, thresholds, cap, what the numbers are, what to beware of."""
    counted = QUESTIONS.get(matrix.what, ("", "row"))[1]
    total = len(matrix.rows)
    return [
        f"As of {matrix.as_of}." if matrix.as_of else "At any time: no day was asked for.",
        f"Thresholds: {matrix.thresholds.words()}.",
        f"All {total} rows." if shown == total else f"The first {shown} of {total} rows; the table has them all.",
        f"The number in a cell: each {counted} that counts.",
        *(_sentence(remark) for remark in matrix.remarks),
    ]


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:].rstrip('.')}." if words else ""


def title_of(matrix: gaps.Matrix) -> str:
    """Return what a matrix is called, as a head."""
    return _sentence(matrix.title).rstrip(".")


def heat_map(
    matrix: gaps.Matrix, form: str = "svg", *, question: str = "", footer: str = "", bare: bool = False
) -> bytes:
    """Return a matrix as a heat map, in SVG or PNG.

    Args:
        matrix: rows, columns and cells with their states.
        form: svg or png.
        question: what the picture answers; the usual one of the matrix if it is empty.
        footer: where the data is from.
        bare: leave out title, question, caption and footer, where a page says them.

    Raises:
        ConfigError: another form, or more than can be drawn.
    """
    rows, columns = matrix.rows[:ROWS], matrix.columns
    upright = len(columns) <= 9
    across = 84.0 if upright else 40.0
    labels = [wrapped(row.label, 250, 8, most=3) for row in rows]
    left = MARGIN + max([150.0, *(width_of(line, 8) for lines in labels for line in lines)]) + 10
    heads = [wrapped(column.label, across - 8 if upright else 170, 8, most=4 if upright else 1) for column in columns]
    tilt = 0.0 if upright else 55.0
    if upright:
        head_height = max([1, *map(len, heads)]) * 10.5 + 6
    else:
        head_height = max([20.0, *(width_of(head[0], 8) for head in heads)]) * 0.82 + 12
    heights = [max(26.0, len(lines) * 10.5 + 6) for lines in labels]
    groups = [row.group if at == 0 or rows[at - 1].group != row.group else "" for at, row in enumerate(rows)]
    width = max(560.0, left + across * len(columns) + MARGIN + (0 if upright else 60))
    caption = caption_of(matrix, len(rows))
    top = (
        Header("", "", (), width) if bare else Header(title_of(matrix), question or question_of(matrix), caption, width)
    )
    body = head_height + sum(heights) + 18.0 * sum(map(bool, groups))
    legend_height = 18.0 * (len(STATES) + 1) + 26
    sheet = Sheet(width, top.height + body + legend_height + footer_height(footer, width))
    y = top.draw(sheet)
    if not rows or not columns:
        sheet.text(MARGIN, y + 4, f"Empty: {matrix.emptied_by or 'no row'} leaves nothing to draw.", 10)
    for at, head in enumerate(heads):
        x = left + across * (at + 0.5)
        for number, line in enumerate(head):
            if upright:
                last = y + head_height - 5 - 10.5 * (len(head) - 1 - number)
                sheet.text(x, last, line, 8, across="center", down="baseline")
            else:
                sheet.text(x - 2, y + head_height - 5, line, 8, turn=tilt, down="baseline")
    y += head_height
    for row, lines, height, group in zip(rows, labels, heights, groups, strict=True):
        if group:
            sheet.text(
                MARGIN,
                y + 14,
                wrapped(group, width - 2 * MARGIN, 9, bold=True, most=1)[0],
                9,
                bold=True,
                down="baseline",
            )
            y += 18
        for number, line in enumerate(lines):
            middle = y + height / 2 + 10.5 * (number - (len(lines) - 1) / 2)
            sheet.text(left - 8, middle + 3, line, 8, across="right", down="baseline")
        for at, column in enumerate(columns):
            _cell(sheet, matrix.cell(row.key, column.key), left + across * at, y, across, height)
        y += height
    y = _state_legend(sheet, matrix, y + 20)
    draw_footer(sheet, footer)
    return sheet.save(form)


def _cell(sheet: Sheet, cell: gaps.Cell, x: float, y: float, width: float, height: float) -> None:
    state = STATES[cell.state]
    unknown = cell.state == "unknown"
    sheet.box(x + 1, y + 1, width - 2, height - 2, fill=state.colour, edge=PALE if unknown else "none",
              hatch=_HATCH if unknown else None)  # fmt: skip
    words = state.sign if unknown or not cell.responses else f"{state.sign} {len(cell.responses)}"
    middle = x + width / 2
    if unknown:
        sheet.symbol("dot", middle, y + height / 2, 6, fill="#ffffff")
    worse = cell.forward[0].after[:7] if cell.forward else ""
    sheet.text(
        middle, y + height / 2 + (0 if worse else 3), words, 8.5, colour=state.ink, across="center", down="baseline"
    )
    if worse:
        sheet.text(middle, y + height / 2 + 9, f"↓ {worse}", 6.5, colour=state.ink, across="center", down="baseline")


def _state_legend(sheet: Sheet, matrix: gaps.Matrix, y: float) -> float:
    counts = dict.fromkeys(STATES, 0)
    for row in matrix.rows:
        for column in matrix.columns:
            counts[matrix.cell(row.key, column.key).state] += 1
    for name, state in STATES.items():
        hatch = _HATCH if name == "unknown" else None
        sheet.box(MARGIN, y, 26, 14, fill=state.colour, edge=PALE if hatch else "none", hatch=hatch)
        if hatch:
            sheet.symbol("dot", MARGIN + 13, y + 7, 5, fill="#ffffff")
        sheet.text(MARGIN + 13, y + 10, state.sign, 8, colour=state.ink, across="center", down="baseline")
        cells = "1 cell" if counts[name] == 1 else f"{counts[name]} cells"
        sheet.text(MARGIN + 34, y + 10, name, 8.5, bold=True, down="baseline")
        sheet.text(MARGIN + 90, y + 10, f"{state.says} ({cells})", 8.5, colour=SOFT, down="baseline")
        y += 18
    sheet.text(MARGIN + 13, y + 10, "↓ 2025-12", 6.5, across="center", down="baseline")
    sheet.text(MARGIN + 90, y + 10, "the state gets worse after that month, unless something new begins", 8.5,
               colour=SOFT, down="baseline")  # fmt: skip
    return y + 18


_LANE: Final = 17.0
_AXIS: Final = 22.0
_STUB: Final = 22.0
_DENSE: Final = 60
"""A lane of more meetings than this shows how many there were each year."""
_LABELS: Final = 250.0
_PLOT: Final = 560.0


def timeline_chart(timeline: Timeline, form: str = "svg", *, footer: str = "", bare: bool = False) -> bytes:
    """Return a timeline as a chart, in SVG or PNG: programmes as bars, meetings as marks.

    A bar is solid where the programme runs for certain and hatched where it possibly does, by the bounds of its
    dates; a side that no source tells is a short hatched end with a question mark, one that goes on an arrow.

    Raises:
        ConfigError: another form, or more than can be drawn.
    """
    width = MARGIN * 2 + _LABELS + 10 + _PLOT
    texts = (timeline.title, timeline.question)
    top = Header("", "", (), width) if bare else Header(*texts, timeline.caption, width)
    sections = [
        (name, lanes) for name, lanes in (("Programmes", timeline.programmes), ("Meetings", timeline.meetings)) if lanes
    ]
    body = sum(20 + _LANE * len(lanes) for _name, lanes in sections) + 2 * _AXIS
    legend = 62.0
    sheet = Sheet(width, top.height + body + legend + 14 + footer_height(footer, width))
    y = top.draw(sheet)
    if not sections:
        sheet.text(
            MARGIN, y + 14, "There is nothing to draw: no programme or meeting with a date answers this question.", 10
        )
        draw_footer(sheet, footer)
        return sheet.save(form)
    left = MARGIN + _LABELS + 10
    scale = _scale(timeline, left)
    _axis(sheet, timeline, scale, y, y + body - _AXIS)
    y += _AXIS
    for name, lanes in sections:
        sheet.text(MARGIN, y + 13, name, 9.5, bold=True, down="baseline")
        y += 20
        for at, lane in enumerate(lanes):
            if at % 2 == 0:
                sheet.box(MARGIN, y, sheet.width - 2 * MARGIN, _LANE, fill="#000000", opacity=0.035)
            count = f" ({len(lane.marks)})" if lane.marks else ""
            label = wrapped(lane.label, _LABELS - width_of(count, 8), 8, most=1)[0] + count
            sheet.text(left - 8, y + 11.5, label, 8, across="right", down="baseline")
            _bar(sheet, lane, scale, y) if lane.bar else _marks(sheet, lane, scale, y)
            y += _LANE
    _timeline_legend(sheet, timeline, y + _AXIS + 10)
    draw_footer(sheet, footer)
    return sheet.save(form)


def _scale(timeline: Timeline, left: float) -> Callable[[str], float]:
    first, last = (date(year, 1, 1).toordinal() for year in (timeline.first, timeline.last + 1))
    return lambda day: left + _PLOT * min(1.0, max(0.0, (date.fromisoformat(day).toordinal() - first) / (last - first)))


def _axis(sheet: Sheet, timeline: Timeline, scale: Callable[[str], float], top: float, bottom: float) -> None:
    years = timeline.last + 1 - timeline.first
    step = next((s for s in (1, 2, 5, 10, 20, 50) if _PLOT / years * s >= 30), 100)
    for year in range(timeline.first, timeline.last + 2):
        if year % step:
            continue
        x = scale(f"{year}-01-01")
        sheet.line([(x, top + 14), (x, bottom)], PALE, 0.6)
        for y in (top + 11, bottom + 12):
            sheet.text(x, y, str(year), 8, colour=SOFT, across="center", down="baseline")
    if timeline.as_of:
        x = scale(timeline.as_of)
        sheet.line([(x, top + 14), (x, bottom)], INK, 1.2, dashes=(4, 2))
        sheet.text(x, top + 1, timeline.as_of, 8, bold=True, across="center", down="baseline")


def _bar(sheet: Sheet, lane: Lane, scale: Callable[[str], float], y: float) -> None:
    bar = lane.bar
    assert bar is not None  # noqa: S101  a lane of programmes has one
    colour, height = KINDS["programme"].colour, _LANE - 7
    possible: list[tuple[float, float]] = []
    solid: tuple[float, float] | None = None
    end_of_plot = sheet.width - MARGIN
    if bar.start_latest:
        begun = scale(bar.start_latest)
        possible.append((scale(bar.start_earliest), begun))
        if bar.end_latest:
            over = scale(bar.end_earliest)
            possible.append((max(over, begun) if over >= begun else scale(bar.start_earliest), scale(bar.end_latest)))
            solid = (begun, over) if over >= begun else None
        elif bar.open:
            solid = (begun, end_of_plot - 7)
            sheet.arrow((begun, y + _LANE / 2), (end_of_plot, y + _LANE / 2), colour, 4.5)
        else:
            end = min(begun + _STUB, end_of_plot - 8)
            possible.append((begun, end))
            sheet.text(end + 2, y + 11.5, "?", 8, colour=INK, down="baseline")
    else:
        over, start = scale(bar.end_latest), max(scale(bar.end_earliest) - _STUB, MARGIN + _LABELS + 10)
        possible.append((start, over))
        sheet.text(start - 2, y + 11.5, "?", 8, across="right", down="baseline")
    for first, last in possible:
        if last > first:
            sheet.box(first, y + 3.5, last - first, height, fill="#ffffff", edge=colour, hatch=_HATCH, line=0.8)
    if solid:
        sheet.box(solid[0], y + 3.5, max(solid[1] - solid[0], 1.6), height, fill=colour)


_MARKS: Final[dict[str, dict[str, Any]]] = {
    "held": {"fill": KINDS["event"].colour, "edge": "#7a5200"},
    "announced": {"fill": "#ffffff", "edge": "#7a5200", "line": 1.1},
    "unknown": {"fill": "#ffffff", "edge": "#8a8a8a", "line": 1.1, "dashes": (1.2, 1.2)},
}


def _marks(sheet: Sheet, lane: Lane, scale: Callable[[str], float], y: float) -> None:
    """Draw the meetings of a lane; those that would lie on one another are one mark with their number."""
    if len(lane.marks) > _DENSE:
        _yearly(sheet, lane, scale, y)
        return
    clusters: list[list[tuple[float, float, str]]] = []
    for mark in lane.marks:
        first, last = scale(mark.first), scale(mark.last)
        if clusters and clusters[-1][0][2] == mark.status and (first + last) / 2 - clusters[-1][0][0] < 13:
            clusters[-1].append(((first + last) / 2, (last - first) / 2, mark.status))
        else:
            clusters.append([((first + last) / 2, (last - first) / 2, mark.status)])
    for cluster in clusters:
        x = sum(at for at, _half, _status in cluster) / len(cluster)
        status = cluster[0][2]
        half = cluster[0][1]
        if len(cluster) == 1 and half > 3:
            # Only the month or year is known: the mark may stand anywhere on the line.
            sheet.line([(x - half, y + _LANE / 2), (x + half, y + _LANE / 2)], "#b88300", 0.8)
        look = _MARKS.get(status, _MARKS["held"])
        if status in ("cancelled", "postponed"):
            for turn in (1, -1):
                sheet.line([(x - 3.5, y + _LANE / 2 - 3.5 * turn), (x + 3.5, y + _LANE / 2 + 3.5 * turn)], INK, 1.3)
        else:
            sheet.symbol("diamond", x, y + _LANE / 2, 4.2 if len(cluster) == 1 else 7.4, **look)
        if len(cluster) > 1:
            sheet.text(x, y + _LANE / 2 + 2.5, str(len(cluster)), 7, bold=True, across="center", down="baseline")


def _yearly(sheet: Sheet, lane: Lane, scale: Callable[[str], float], y: float) -> None:
    """Draw a lane that is too full for marks as the number of its meetings in each year."""
    counts = Counter(int(mark.first[:4]) for mark in lane.marks)
    most = max(counts.values())
    for year, count in sorted(counts.items()):
        x, end = scale(f"{year}-01-01"), scale(f"{year + 1}-01-01")
        sheet.box(x + 0.8, y + 2, end - x - 1.6, _LANE - 4, fill="#ffffff", edge="#7a5200", line=0.6)
        sheet.box(x + 0.8, y + 2, end - x - 1.6, _LANE - 4, fill=KINDS["event"].colour, opacity=count / most)
        sheet.text((x + end) / 2, y + _LANE / 2 + 2.8, str(count), 7, bold=True, across="center", down="baseline")


def _timeline_legend(sheet: Sheet, timeline: Timeline, y: float) -> None:
    colour = KINDS["programme"].colour
    x = MARGIN
    if timeline.programmes:
        for hatch, words in (
            (None, "programme runs for certain"),
            (_HATCH, "possibly: its date is only a month or year"),
        ):
            sheet.box(x, y, 24, 10, fill="#ffffff" if hatch else colour, edge=colour, hatch=hatch, line=0.8)
            sheet.text(x + 30, y + 8.5, words, 8, down="baseline")
            x += 44 + width_of(words, 8)
        sheet.box(x, y, 16, 10, fill="#ffffff", edge=colour, hatch=_HATCH, line=0.8)
        sheet.text(x + 18, y + 8.5, "?", 8, down="baseline")
        sheet.text(x + 28, y + 8.5, "no source tells the end (or start)", 8, down="baseline")
        x += 42 + width_of("no source tells the end (or start)", 8)
        sheet.line([(x, y + 5), (x + 16, y + 5)], colour, 8)
        sheet.arrow((x, y + 5), (x + 24, y + 5), colour, 4.5)
        sheet.text(x + 30, y + 8.5, "goes on", 8, down="baseline")
        y, x = y + 19, MARGIN
    used = {mark.status for lane in timeline.meetings for mark in lane.marks}
    for status, words in STATUSES.items():
        if status not in used:
            continue
        if status in _MARKS:
            sheet.symbol("diamond", x + 8, y + 5, 4.2, **_MARKS[status])
        else:
            for turn in (1, -1):
                sheet.line([(x + 4.5, y + 5 - 3.5 * turn), (x + 11.5, y + 5 + 3.5 * turn)], INK, 1.3)
        sheet.text(x + 18, y + 8.5, words, 8, down="baseline")
        x += 32 + width_of(words, 8)
    if used:
        sheet.symbol("diamond", x + 8, y + 5, 7.4, **_MARKS["held"])
        sheet.text(x + 8, y + 7.5, "3", 7, bold=True, across="center", down="baseline")
        sheet.text(x + 20, y + 8.5, "so many at about the same time", 8, down="baseline")
        y, x = y + 19, MARGIN
        sheet.line([(x, y + 5), (x + 22, y + 5)], "#b88300", 0.8)
        sheet.symbol("diamond", x + 11, y + 5, 4.2, **_MARKS["held"])
        words = "some day of the line: its date is only a year"
        sheet.text(x + 28, y + 8.5, words, 8, down="baseline")
        x += 44 + width_of(words, 8)
    if any(len(lane.marks) > _DENSE for lane in timeline.meetings):
        sheet.box(x, y - 1, 18, 13, fill=KINDS["event"].colour, edge="#7a5200", line=0.6)
        sheet.text(x + 9, y + 8.2, "12", 7, bold=True, across="center", down="baseline")
        sheet.text(
            x + 24, y + 8.5, "meetings in that year, whether held or not, where there are many", 8, down="baseline"
        )
