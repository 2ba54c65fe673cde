"""The commands that show what is needed, covered, doubled or followed up, and what changed between two dates."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated

import typer

from secgraph import api
from secgraph.cli import render
from secgraph.cli.lens import lensed
from secgraph.cli.options import (
    DRAWN,
    Form,
    Format,
    Output,
    SeenForm,
    SeenFormat,
    Store,
    app,
    ending,
    opened,
    put,
    tell,
    workbook,
)  # fmt: skip
from secgraph.values import Table

Top = Annotated[int, typer.Option(min=0, help="Only so many rows, the first ones; 0: all.", show_default=False)]


class Pairs(StrEnum):
    """Which pairs `overlap` lists."""

    meetings = "meetings"
    convenors = "convenors"
    meet_without_money = "meet-without-money"
    money_without_meeting = "money-without-meeting"


@app.command()
@lensed
def gaps(
    context: typer.Context,
    lens: api.LensOptions,
    by: Annotated[str, typer.Option(metavar="country|topic|objective", help="What the columns are.")] = "country",
    of: Annotated[
        str, typer.Option(metavar="needs|programmes|meetings", help="Who answers what, or who covers what.")
    ] = "needs",
    rows: Annotated[
        str, typer.Option(metavar="need|pillar", help="What the rows are; need where a pillar is asked for.")
    ] = "",
    project_aims: Annotated[
        bool, typer.Option("--project-aims", help="Count as a need what only the project that answers it says.")
    ] = False,
    cells: Annotated[bool, typer.Option("--cells", help="One row for each cell, with all that it counts.")] = False,
    store: Store = None,
    form: SeenFormat = None,
    output: Output = None,
) -> None:
    """Show what is needed and who answers it: unmet, thin, covered, crowded, or unknown, where nobody looked."""
    asked = ending(output, form, SeenForm)
    with opened(context, store) as graph:
        if asked in DRAWN:
            drawn = graph.draw(
                what="heat-map", of=of, by=by, rows=rows, project_aims=project_aims, form=asked, **lens
            )  # fmt: skip
            tell(drawn.data, output)
            return
        matrix = (
            graph.gaps(by, rows=rows, project_aims=project_aims, **lens)
            if of == "needs"
            else graph.coverage(of, **lens)
        )
    if asked == "json":
        render.emit(json.dumps(matrix.json(), ensure_ascii=False, indent=1) + "\n", output)
    elif asked == "xlsx":
        workbook({"matrix": matrix.grid(), "cells": matrix.table()}, output)
    else:
        put(
            matrix.table() if cells or asked in ("csv", "tsv") else matrix.grid(),
            Form(asked) if asked else None,
            output,
        )


@app.command()
@lensed
def overlap(
    context: typer.Context,
    lens: api.LensOptions,
    show: Annotated[Pairs, typer.Option(help="Which pairs.")] = Pairs.meetings,
    days: Annotated[int, typer.Option(help="How many days apart at most.")] = 30,
    shared: Annotated[int, typer.Option(help="How many participants, meetings or programmes in common at least.")] = 5,
    top: Top = 0,
    store: Store = None,
    form: Format = None,
    output: Output = None,
) -> None:
    """Find meetings that overlap, who meets often but funds nothing in common, and the reverse."""
    with opened(context, store) as graph:
        put(graph.overlap(show.value, days=days, shared=shared, top=top, **lens), form, output)


@app.command()
@lensed
def followthrough(
    context: typer.Context,
    lens: api.LensOptions,
    event: Annotated[str, typer.Argument(metavar="EVENT", help="A meeting, by id or name.")],
    store: Store = None,
    form: Format = None,
    output: Output = None,
) -> None:
    """Follow a meeting: what it announced, the programmes, the money, the needs; elapsed days, broken links."""
    with opened(context, store) as graph:
        chain = graph.followthrough(event, **lens)
    if ending(output, form, Form) == "json":
        render.emit(json.dumps(chain.json(), ensure_ascii=False, indent=1) + "\n", output)
    else:
        put(chain.table(), form, output)


@app.command()
@lensed
def diff(
    context: typer.Context,
    lens: api.Narrowing,
    before: Annotated[str, typer.Argument(metavar="FROM", help="A year, month or day.")],
    after: Annotated[str, typer.Argument(metavar="TO", help="A later one.")],
    layer: Annotated[
        str, typer.Option(help="A layer, or a projection as co-attendance; else all layers.", show_default=False)
    ] = "",
    measure: Annotated[
        str, typer.Option(metavar="NAME", help="Whose rank in this measure moved, and by which rows.")
    ] = "",
    top: Top = 0,
    store: Store = None,
    form: SeenFormat = None,
    output: Output = None,
) -> None:
    """Tell what changed between two dates: ties formed, ended, newly learned; nodes; ranks that moved."""
    asked = ending(output, form, SeenForm)
    with opened(context, store) as graph:
        if asked in DRAWN:
            tell(graph.draw(what="diff", before=before, after=after, layer=layer, form=asked, **lens).data, output)
            return
        if measure:
            table: Table = graph.moved(before, after, layer or "co-attendance", measure=measure, top=top, **lens)
        else:
            table = api.diff_table(graph.diff(before, after, layer, **lens), top)
    put(table, Form(asked) if asked else None, output)
