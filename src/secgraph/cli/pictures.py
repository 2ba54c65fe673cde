"""The command that draws, one picture for one question."""

from __future__ import annotations

import os
import sys
import webbrowser
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from secgraph import api
from secgraph.cli import render
from secgraph.cli.lens import lensed
from secgraph.cli.options import Output, Store, app, ending, opened
from secgraph.errors import ConfigError


class What(StrEnum):
    """What is drawn."""

    network = "network"
    heat_map = "heat-map"
    timeline = "timeline"


class PictureForm(StrEnum):
    """How a picture is written."""

    html = "html"
    svg = "svg"
    png = "png"


@app.command()
@lensed
def draw(
    context: typer.Context,
    lens: api.LensOptions,
    what: Annotated[What, typer.Option(help="A network, a matrix as a heat map, or a timeline.")] = What.network,
    ego: Annotated[str, typer.Option(help="A thing and what it is tied to.", show_default=False)] = "",
    hops: Annotated[int, typer.Option(min=1, help="How far from the ego.")] = 1,
    diff: Annotated[
        tuple[str, str] | None,
        typer.Option(metavar="FROM TO", help="What changed between two dates.", show_default=False),
    ] = None,
    projection: Annotated[
        str, typer.Option(metavar="NAME", help="One-mode, as co-attendance; `network --explain`.", show_default=False)
    ] = "",
    of: Annotated[str, typer.Option(metavar="needs|programmes|meetings", help="Of what the heat map is.")] = "needs",
    by: Annotated[str, typer.Option(metavar="country|topic|objective", help="Its columns.")] = "country",
    top: Annotated[
        int, typer.Option(min=0, help="At most so many nodes, by neighbours; 0: the default.", show_default=False)
    ] = 0,
    open_: Annotated[bool, typer.Option("--open", help="Open the picture where there is a display.")] = False,
    store: Store = None,
    form: Annotated[
        PictureForm | None,
        typer.Option("--format", help="Default: by the ending of -o, else html.", show_default=False),
    ] = None,
    output: Output = None,
) -> None:
    """Draw a network, what changed, a matrix or a timeline: a page that loads nothing from outside, SVG or PNG."""
    if ego and lens.get("pillar"):
        raise ConfigError("--ego and --pillar are two different pictures", hint="give one of them")
    if what is not What.network and (ego or diff or projection):
        raise ConfigError(f"--ego, --diff and --projection are of networks, not of a {what.value}")
    if hops > 1 and not ego:
        raise ConfigError("--hops counts from an --ego", hint="name one: --ego rcc")
    asked = ending(output, form, PictureForm) or "html"
    target = output or Path(f"graph.{asked}")
    before, after = diff or ("", "")
    with opened(context, store) as graph:
        drawing = graph.draw(
            what="diff" if diff else what.value, ego=ego, hops=hops, top=top, form=asked,
            projection=projection, before=before, after=after, of=of, by=by, **lens,
        )  # fmt: skip
    render.emit(drawing.data, target)
    if str(target) == "-":
        return
    render.err().print(Text(f"drawn: {target.resolve()}"), soft_wrap=True)
    if open_ and (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or sys.platform in ("darwin", "win32")
    ):
        webbrowser.open(target.resolve().as_uri())
