"""The commands that look at networks: what they are, measure, lack, how they changed, and their pictures."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from secgraph import api
from secgraph.cli.lens import lensed
from secgraph.cli.options import Form, Format, Output, Store, app, ending, opened, put, tell

Top = Annotated[int, typer.Option(min=0, help="Only so many rows, the first ones; 0: all.", show_default=False)]


class Shown(StrEnum):
    """What `network` lists."""

    layers = "layers"
    ties = "ties"
    nodes = "nodes"


class LeaveOneOut(StrEnum):
    """Whether a range over the sources is made."""

    auto = "auto"
    yes = "yes"
    no = "no"


class NetworkForm(StrEnum):
    """How a network is written."""

    table = "table"
    csv = "csv"
    tsv = "tsv"
    json = "json"
    xlsx = "xlsx"
    graphml = "graphml"
    gexf = "gexf"


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
    asked = ending(output, form, NetworkForm)
    if explain:
        put(api.projections(), _table(asked), output)
        return
    with opened(context, store) as graph:
        seen = graph.network(projection, **lens)
    if asked in ("graphml", "gexf"):
        tell(api.network_file(seen, asked), output)
    else:
        put(api.network_table(seen, show.value, top), _table(asked), output)


def _table(form: str) -> Form | None:
    return Form(form) if form else None


@app.command()
@lensed
def measure(
    context: typer.Context,
    lens: api.LensOptions,
    name: Annotated[
        str, typer.Argument(metavar="[NAME|all]", help="Which measure; none lists them.", show_default=False)
    ] = "",
    projection: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="What is measured, as --layer too; `network --explain` lists them. [co-attendance]",
            show_default=False,
        ),
    ] = "",
    explain: Annotated[bool, typer.Option("--explain", help="Tell in plain words what it means here.")] = False,
    by: Annotated[
        str, typer.Option(metavar="country|kind|type", help="What makes groups, for brokerage.", show_default=False)
    ] = "",
    leave_one_out: Annotated[LeaveOneOut, typer.Option(help="The range over sources left out.")] = LeaveOneOut.auto,
    seed: Annotated[int, typer.Option(help="Of what draws lots: samples, communities, random networks.")] = 1,
    top: Top = 0,
    store: Store = None,
    form: Format = None,
    output: Output = None,
) -> None:
    """Measure a network: degree, betweenness, communities, brokerage ...; `all` for every one."""
    if not name:
        put(api.measures(), form, output)
        return
    with opened(context, store) as graph:
        table = graph.measure(
            name, projection, explain=explain, leave_one_out=leave_one_out.value, by=by, seed=seed, top=top, **lens
        )
    put(table, form, output)


@app.command()
@lensed
def sensitivity(
    context: typer.Context,
    lens: api.LensOptions,
    by: Annotated[str, typer.Option(metavar="AXIS", help="The columns of the matrix of needs.")] = "topic",
    top: Top = 20,
    store: Store = None,
    form: Format = None,
    output: Output = None,
) -> None:
    """Rank the sources by how much rests on each alone: rows, ties, matrix cells."""
    with opened(context, store) as graph:
        put(graph.sensitivity(by=by, top=top, **lens), form, output)
