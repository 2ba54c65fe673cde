"""Charts as pages: the drawing in the page itself, and a real table of the same under it; no script, no request.

Every text is escaped by the template; the drawing holds no text at all, only outlines. The page's policy lets nothing
run and nothing load.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined, Template

from secgraph.analysis import gaps
from secgraph.values import text
from secgraph.views.charts import ROWS, STATES, caption_of, heat_map, question_of, timeline_chart, title_of
from secgraph.views.looks import Markup, asset, shown
from secgraph.views.timelines import Timeline


def heat_map_page(matrix: gaps.Matrix, *, question: str = "", footer: str = "") -> str:
    """Return a matrix as a page: the heat map, the matrix as a table, and each cell with what its state follows from.

    Args:
        matrix: rows, columns and cells with their states.
        question: what the picture answers; the usual one of the matrix if it is empty.
        footer: where the data is from.
    """
    drawn = heat_map(matrix, "svg", question=question, footer="", bare=True)
    states: dict[str, Any] = {
        "title": f"The matrix: {len(matrix.rows)} rows, {len(matrix.columns)} columns",
        "heads": ["", *(shown(column.label) for column in matrix.columns)],
        "rows": [
            {"head": shown(f"{row.group}: {row.label}" if row.group else row.label),
             "cells": [_cell(matrix.cell(row.key, column.key)) for column in matrix.columns]}
            for row in matrix.rows
        ],
    }  # fmt: skip
    return _page(
        title_of(matrix), question or question_of(matrix), caption_of(matrix, min(len(matrix.rows), ROWS)), footer,
        drawn,
        [states, _rows("Each cell, with what its state follows from", matrix.table())],
        "" if matrix.rows and matrix.columns else f"Empty: {matrix.emptied_by or 'no row'} leaves nothing to draw.",
    )  # fmt: skip


def timeline_page(timeline: Timeline, *, footer: str = "") -> str:
    """Return a timeline as a page: the chart, and a table of all programmes and meetings, the undated ones too."""
    drawn = timeline_chart(timeline, "svg", bare=True)
    empty = "" if timeline.programmes or timeline.meetings else "There is nothing to draw: nothing that has a date."
    rows = _rows(f"All programmes and meetings: {len(timeline.table)}", timeline.table)
    return _page(timeline.title, timeline.question, timeline.caption, footer, drawn, [rows], empty)


def _cell(cell: gaps.Cell) -> dict[str, Any]:
    words = f"{STATES[cell.state].sign} {cell.state}"
    if cell.responses:
        words += f" {len(cell.responses)}"
    return {"state": cell.state, "words": words, "more": [shown(step.words()) for step in cell.forward]}


def _rows(title: str, table: Any) -> dict[str, Any]:
    return {
        "title": title,
        "heads": [name.replace("_", " ") for name in table.columns],
        "rows": [
            {
                "head": shown(text(row[0])),
                "cells": [{"state": "", "words": shown(text(cell)), "more": []} for cell in row[1:]],
            }
            for row in table.rows
        ],
    }


def _page(
    title: str, question: str, caption: Any, footer: str, drawn: bytes, tables: list[dict[str, Any]], empty: str
) -> str:
    page = {
        "title": shown(title), "question": shown(question), "caption": shown(" ".join(caption)),
        "footer": shown(footer), "chart": inline(drawn), "tables": tables, "empty": empty,
        "style": Markup(asset("chart.css")),
    }  # fmt: skip
    return template("chart.html").render(page=page).rstrip("\n") + "\n"


@cache
def template(name: str) -> Template:
    """Return one of the pages around a chart, every text of which is escaped; they extend `page.html`."""
    return Environment(autoescape=True, undefined=StrictUndefined, loader=FunctionLoader(asset)).get_template(name)


def inline(drawn: bytes) -> Markup:
    """Return a drawing in SVG for a page: only its root, as what an XML file starts with has no place there."""
    return Markup(re.sub(r"\A.*?(?=<svg)", "", drawn.decode(), flags=re.DOTALL))
