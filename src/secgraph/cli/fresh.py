"""The command that makes a dataset of one's own."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from secgraph import api
from secgraph.cli import render
from secgraph.cli.options import app


@app.command()
def new(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that is empty or not there yet.")],
    title: Annotated[str, typer.Option(help="The title. [the folder's name]", show_default=False)] = "",
    ident: Annotated[str, typer.Option("--id", help="The id. [the folder's name]", show_default=False)] = "",
    region: Annotated[str, typer.Option(help="The region, in a few words.", show_default=False)] = "",
    publisher: Annotated[str, typer.Option(help="Who publishes it.", show_default=False)] = "",
    licence: Annotated[str, typer.Option(help="Its licence, as CC-BY-4.0.", show_default=False)] = "",
    workbook: Annotated[
        bool, typer.Option("--workbook", help="One workbook with lists to choose from, in place of CSV files.")
    ] = False,
    source: Annotated[
        Path | None,
        typer.Option("--from", help="Take the tables and settings of this dataset.", show_default=False),
    ] = None,
) -> None:
    """Make a dataset of your own: settings, empty tables, and what each column means."""
    names = api.new(
        folder, title=title, id=ident, region=region, publisher=publisher, licence=licence, workbook=workbook,
        source=source,
    )  # fmt: skip
    told = ", ".join(names if len(names) < 5 else [*names[:3], f"and {len(names) - 3} more"])
    place = shlex.quote(str(folder))
    render.out().print(Text(f"{folder}: {told}"), soft_wrap=True)
    render.out().print(Text(f"fill in the tables, then: secgraph check {place}"), soft_wrap=True)
