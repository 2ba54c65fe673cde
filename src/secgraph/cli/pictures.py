"""The command that draws, one picture for one question."""

from __future__ import annotations

import os
import sys
import webbrowser
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from secgraph.cli import render
from secgraph.cli.options import Output, Store, app, opened
from secgraph.errors import ConfigError


@app.command()
def draw(
    context: typer.Context,
    ego: Annotated[str, typer.Option(help="A thing and what it is tied to.", show_default=False)] = "",
    hops: Annotated[int, typer.Option(min=1, help="How far from the ego.")] = 1,
    pillar: Annotated[
        str, typer.Option(help="An initiative with its parts, members, meetings and programmes.", show_default=False)
    ] = "",
    top: Annotated[
        int, typer.Option(min=0, help="At most so many nodes, by neighbours; 0: the default.", show_default=False)
    ] = 0,
    open_: Annotated[bool, typer.Option("--open", help="Open the page where there is a display.")] = False,
    store: Store = None,
    output: Output = None,
) -> None:
    """Draw a network as one page that loads nothing from outside."""
    target = output or Path("graph.html")
    if ego and pillar:
        raise ConfigError("--ego and --pillar are two different pictures", hint="give one of them")
    with opened(context, store) as graph:
        page = graph.draw(ego=ego, hops=hops, pillar=pillar, top=top)
    render.emit(page, target)
    if str(target) == "-":
        return
    render.err().print(Text(f"drawn: {target.resolve()}"), soft_wrap=True)
    if open_ and (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or sys.platform in ("darwin", "win32")
    ):
        webbrowser.open(target.resolve().as_uri())
