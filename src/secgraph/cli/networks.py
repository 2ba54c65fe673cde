"""The commands that look at networks: what they are, measure, lack, how they changed, and their pictures."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from secgraph import api
from secgraph.cli import render
from secgraph.cli.lens import lensed
from secgraph.cli.options import Form, Output, Store, app, opened, put

Top = Annotated[int, typer.Option(min=0, help="Only so many rows, the first ones; 0: all.", show_default=False)]


class Shown(StrEnum):
    """What `network` lists."""

    layers = "layers"
    ties = "ties"
    nodes = "nodes"


class NetworkForm(StrEnum):
    """How a network is written."""

    table = "table"
    csv = "csv"
    tsv = "tsv"
    json = "json"
    xlsx = "xlsx"
    graphml = "graphml"
    gexf = "gexf"


class MatrixForm(StrEnum):
    """How a matrix is written."""

    table = "table"
    csv = "csv"
    tsv = "tsv"
    json = "json"
    xlsx = "xlsx"
    html = "html"
    svg = "svg"
    png = "png"


class PictureForm(StrEnum):
    """How a picture is written."""

    html = "html"
    svg = "svg"
    png = "png"


def _ending(output: Path | None, form: StrEnum | None, forms: type[StrEnum]) -> str:
    """Return the form that was asked for: by `--format`, else by the ending of the file, else none."""
    if form is not None:
        return form.value
    ending = output.suffix.lstrip(".").lower() if output else ""
    return ending if ending in forms.__members__ else ""


def _write(content: str | bytes, output: Path | None, what: str) -> None:
    render.emit(content, output)
    if output is not None and str(output) != "-":
        render.err().print(Text(f"{what}: {output.resolve()}"), soft_wrap=True)


@app.command()
@lensed
def network(
    context: typer.Context,
    lens: api.LensOptions,
    projection: Annotated[
        str,
        typer.Option(help="One-mode: co-attendance, membership, organising ... see --explain.", show_default=False),
    ] = "",
    show: Annotated[Shown, typer.Option(help="The layers with counts, each tie, or each node.")] = Shown.layers,
    explain: Annotated[bool, typer.Option("--explain", help="Tell what each projection means.")] = False,
    top: Top = 0,
    store: Store = None,
    form: Annotated[
        NetworkForm | None,
        typer.Option("--format", help="Default: by the ending of -o, else table.", show_default=False),
    ] = None,
    output: Output = None,
) -> None:
    """Tell what a network consists of: layers, ties or nodes, as of a day and as known at a day; GraphML and GEXF."""
    asked = _ending(output, form, NetworkForm)
    if explain:
        put(api.projections(), _table(asked), output)
        return
    with opened(context, store) as graph:
        seen = graph.network(projection, **lens)
    if asked in ("graphml", "gexf"):
        _write(api.network_file(seen, asked), output, "written")
    else:
        put(api.network_table(seen, show.value, top), _table(asked), output)


def _table(form: str) -> Form | None:
    return Form(form) if form else None
