"""The commands about money: a total, its division, the way to it, and who gives to whom, each under a named policy."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from secgraph import api
from secgraph.cli import render
from secgraph.cli.lens import taking
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

fund = typer.Typer(
    help="Sum up money that is not counted twice: total, by an axis, waterfall, flows; each under a named policy.",
    invoke_without_command=True,
    add_completion=False,
    rich_markup_mode=None,
)
app.add_typer(fund, name="fund")


class Axis(StrEnum):
    """What a total is divided by."""

    donor = "donor"
    recipient = "recipient"
    beneficiary = "beneficiary"
    topic = "topic"
    instrument = "instrument"
    year = "year"
    programme = "programme"


class Rates(StrEnum):
    """Which exchange rates are taken."""

    yearly = "yearly"
    date = "date"


Top = Annotated[int, typer.Option(min=0, help="Only so many, the largest; 0: all, or as many as can be read.")]
_MANY: Final = "may be repeated"


def _options(  # the signature is what counts: each parameter is one option of every such command
    donor: Annotated[
        list[str] | None, typer.Option(help=f"Only what this body or country gives; {_MANY}.", show_default=False)
    ],
    recipient: Annotated[list[str] | None, typer.Option(help=f"Only what it gets; {_MANY}.", show_default=False)],
    beneficiary: Annotated[
        list[str] | None, typer.Option(help=f"Only what is for this country; {_MANY}.", show_default=False)
    ],
    topic: Annotated[list[str] | None, typer.Option(help=f"Only what is about this; {_MANY}.", show_default=False)],
    instrument: Annotated[list[str] | None, typer.Option(help=f"Only through this; {_MANY}.", show_default=False)],
    programme: Annotated[
        list[str] | None, typer.Option(help=f"Only this with its parts; {_MANY}.", show_default=False)
    ],
    years: Annotated[
        str, typer.Option(metavar="FROM-TO", help="As 2020-2024, 2020, 2020- or -2024.", show_default=False)
    ],
    policy: Annotated[str, typer.Option(metavar="NAME", help="How it is counted: see `secgraph fund policies`.")],
    currency: Annotated[str, typer.Option(metavar="CODE", help="In which currency it is added up.")],
    rates: Annotated[Rates, typer.Option(help="ECB rates: averages of the year, or of the day.")],
    constant: Annotated[
        str, typer.Option(metavar="YEAR[:DEFLATOR]", help="In prices of this year.", show_default=False)
    ],
    without: Annotated[
        list[str] | None,
        typer.Option(metavar="SOURCE", help=f"As if this source did not exist; {_MANY}.", show_default=False),
    ],
) -> None:
    """Stand for its signature: it is never called."""


_DEFAULTS: Final[dict[str, Any]] = {
    "donor": None, "recipient": None, "beneficiary": None, "topic": None, "instrument": None, "programme": None,
    "years": "", "policy": "net-commitments", "currency": "EUR", "rates": Rates.yearly, "constant": "", "without": None,
}  # fmt: skip


def counting(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command with the options of a total in place of its parameter `asked`."""
    return taking(command, "asked", _options, _DEFAULTS)


@fund.callback()
def bare(context: typer.Context) -> None:
    """Sum up money that is not counted twice: total, by an axis, waterfall, flows; each under a named policy."""
    if context.invoked_subcommand is None:
        with opened(context, None) as graph:
            render.emit(_block(graph.fund_total()), None)


@fund.command()
@counting
def total(
    context: typer.Context,
    asked: api.FundOptions,
    why: Annotated[
        bool, typer.Option("--why", help="Each row: counted, split or left out, by which rule and source.")
    ] = False,
    store: Store = None,
    form: SeenFormat = None,
    output: Output = None,
) -> None:
    """Tell a total with its policy: naive sum, each step, net sum with low and high, currencies, rates, rows."""
    shape = ending(output, form, SeenForm)
    with opened(context, store) as graph:
        if shape in DRAWN:
            tell(graph.fund_draw("waterfall", form=shape, **asked).data, output)
            return
        found = graph.fund_total(**asked)
    if shape == "json":
        render.emit(api.total_json(found), output)
    elif shape == "xlsx":
        workbook(api.total_sheets(found), output)
    elif shape in ("csv", "tsv"):
        put(api.reasons_table(found) if why else api.total_table(found), Form(shape), output)
    else:
        render.emit(_block(found, api.reasons_table(found) if why and not _read(output) else None), output)
        if why and _read(output):
            render.show_table(api.reasons_table(found))


@fund.command()
@counting
def by(
    context: typer.Context,
    asked: api.FundOptions,
    axis: Annotated[Axis, typer.Argument(help="What the total is divided by.")] = Axis.donor,
    top: Top = 0,
    store: Store = None,
    form: SeenFormat = None,
    output: Output = None,
) -> None:
    """Divide a total: one row for each giver, receiver, country, topic, instrument, year or programme."""
    shape = ending(output, form, SeenForm)
    with opened(context, store) as graph:
        if shape in DRAWN:
            tell(graph.fund_draw("by", form=shape, axis=axis.value, top=top, **asked).data, output)
        else:
            put(graph.fund_by(axis.value, top=top, **asked), Form(shape) if shape else None, output)


@fund.command()
@counting
def waterfall(
    context: typer.Context,
    asked: api.FundOptions,
    store: Store = None,
    form: SeenFormat = None,
    output: Output = None,
) -> None:
    """Show the way from the naive sum to the net one: what each rule takes away, as a table or a picture."""
    shape = ending(output, form, SeenForm)
    with opened(context, store) as graph:
        if shape in DRAWN:
            tell(graph.fund_draw("waterfall", form=shape, **asked).data, output)
        else:
            put(graph.fund_waterfall(**asked), Form(shape) if shape else None, output)


@fund.command()
@counting
def flows(
    context: typer.Context,
    asked: api.FundOptions,
    path: Annotated[
        str, typer.Option(metavar="AXIS,AXIS,...", help="Over what the money is followed, from the donor on.")
    ] = ",".join(api.FLOW_PATH),
    top: Top = 0,
    store: Store = None,
    form: SeenFormat = None,
    output: Output = None,
) -> None:
    """Show who gives to whom: as a table, or as a Sankey picture in which the undivided and unknown are seen."""
    shape = ending(output, form, SeenForm)
    axes = tuple(name.strip() for name in path.split(","))
    with opened(context, store) as graph:
        if shape in DRAWN:
            tell(graph.fund_draw("flows", form=shape, path=axes, top=top, **asked).data, output)
        else:
            put(graph.fund_flow_table(axes, top=top, **asked), Form(shape) if shape else None, output)


@fund.command()
def policies(form: Format = None, output: Output = None) -> None:
    """List the policies: what each adds up, in a sentence."""
    put(api.policies(), form, output)


def _read(output: Path | None) -> bool:
    """Tell whether it is read where it is asked for, and not from a file."""
    return output is None or str(output) == "-"


def _block(found: Any, reasons: Table | None = None) -> str:
    lines = [render.safe(line) for line in api.total_lines(found)]
    if reasons:
        lines += ["", *render.aligned(reasons)]
    return "".join(f"{line}\n" for line in lines)
