"""What the commands share: the application, the options that many of them take, and how a table is written."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.text import Text

from secgraph import api
from secgraph.cli import render
from secgraph.errors import ConfigError
from secgraph.values import Table

app = typer.Typer(
    name="secgraph",
    help="secgraph: who cooperates with whom on security, on what, where, with whose money, and how we know.\n\n"
    "Start with `secgraph build`, then `secgraph find NAME`, `secgraph show NAME`, `secgraph queries`.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

Data = Annotated[
    Path | None,
    typer.Option(
        "--data",
        envvar="SECGRAPH_DATA",
        help="Dataset: a folder of tables or a workbook. [bundled]",
        show_default=False,
    ),
]
Store = Annotated[
    Path | None,
    typer.Option("--store", envvar="SECGRAPH_STORE", help="Where the graph is kept. [./.secgraph]", show_default=False),
]
Output = Annotated[
    Path | None, typer.Option("-o", "--output", help="Write to this file; - is standard output.", show_default=False)
]
Kinds = Annotated[list[str] | None, typer.Option("--kind", help="Only this kind; may be repeated.", show_default=False)]


class Form(StrEnum):
    """How a table is written."""

    table = "table"
    csv = "csv"
    tsv = "tsv"
    json = "json"
    xlsx = "xlsx"


class SeenForm(StrEnum):
    """How a table that can be drawn is written."""

    table = "table"
    csv = "csv"
    tsv = "tsv"
    json = "json"
    xlsx = "xlsx"
    html = "html"
    svg = "svg"
    png = "png"


SeenFormat = Annotated[
    SeenForm | None, typer.Option("--format", help="Default: by the ending of -o, else table.", show_default=False)
]
DRAWN: Final = frozenset(("html", "svg", "png"))
"""The forms that are pictures."""
_ENDINGS: Final = {"txt": "table", "htm": "html", "rdf": "rdfxml"}
"""Other endings under which people know a form."""

Format = Annotated[
    Form | None, typer.Option("--format", help="Default: by the ending of -o, else table.", show_default=False)
]


def shared(context: typer.Context, name: str, own: Path | None) -> Path | None:
    """Return a shared option as given after the command, else as given before it."""
    told: dict[str, Path | None] = context.obj or {}
    return own if own is not None else told.get(name)


def opened(context: typer.Context, store: Path | None) -> api.Graph:
    """Return the open release of the store that is meant."""
    return api.open(shared(context, "store", store))


def put(table: Table, form: Form | None, output: Path | None) -> None:
    """Write a table as asked: by `--format`, else by the ending of the file, else for reading."""
    if form is None:
        form = Form(ending(output, None, Form) or ("csv" if output and str(output) != "-" else "table"))
    if form is Form.xlsx:
        workbook({"answer": table}, output)
    elif form is Form.table and (output is None or str(output) == "-"):
        render.show_table(table)
    elif form is Form.table:
        render.emit("\n".join(render.aligned(table)) + "\n", output)
    else:
        render.emit(render.tabular(table, form.value), output)


def ending(output: Path | None, form: StrEnum | None, forms: type[StrEnum]) -> str:
    """Return the form that was asked for: by `--format`, else by the ending of the file, else none.

    Raises:
        ConfigError: the file has an ending that the command does not write.
    """
    if form is not None:
        return form.value
    written = output.suffix.lstrip(".").lower() if output else ""
    found = _ENDINGS.get(written, written)
    if found and found not in forms.__members__:
        forms_told = ", ".join(forms.__members__)
        raise ConfigError(f"{output}: nothing here is written as .{written}", hint=f"one of {forms_told}; or --format")
    return found


def tell(content: bytes, output: Path | None) -> None:
    """Write a file for other programs, and say where it is."""
    render.emit(content, output)
    if output is not None and str(output) != "-":
        render.err().print(Text(f"written: {output.resolve()}"), soft_wrap=True)


def workbook(sheets: dict[str, Table], output: Path | None) -> None:
    """Write tables as the sheets of a workbook.

    Raises:
        ConfigError: it would go to a terminal.
    """
    if output is None or (str(output) == "-" and sys.stdout.isatty()):
        raise ConfigError("a workbook is not shown in a terminal", hint="name a file: -o FILE.xlsx")
    from secgraph import export

    render.emit(export.workbook(sheets), output)
