"""The commands, one function each: options in, a call of `api`, a result out."""

from __future__ import annotations

import json
import os
import sys
import webbrowser
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

import secgraph
from secgraph import api
from secgraph.cli import render
from secgraph.errors import ConfigError, ValidationError
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
Name = Annotated[str, typer.Argument(metavar="NAME", help="An id, or a name as people write it.")]


class Form(StrEnum):
    """How a table is written."""

    table = "table"
    csv = "csv"
    tsv = "tsv"
    json = "json"
    xlsx = "xlsx"


class FindingsForm(StrEnum):
    """How findings are written."""

    text = "text"
    tsv = "tsv"
    json = "json"


class FailOn(StrEnum):
    """Which findings make a command fail."""

    error = "error"
    warn = "warn"
    none = "none"


class ExportForm(StrEnum):
    """How the graph is written."""

    ttl = "ttl"
    jsonld = "jsonld"
    nt = "nt"
    nq = "nq"
    trig = "trig"
    parquet = "parquet"
    csv = "csv"
    xlsx = "xlsx"


Format = Annotated[
    Form | None, typer.Option("--format", help="Default: by the ending of -o, else table.", show_default=False)
]


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"secgraph {secgraph.__version__}")
        raise typer.Exit


@app.callback()
def main(
    context: typer.Context,
    data: Data = None,
    store: Store = None,
    _show: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
    _debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """Take the options that all commands share; they may stand before or after the command."""
    context.obj = {"data": data, "store": store}


def _shared(context: typer.Context, name: str, own: Path | None) -> Path | None:
    told: dict[str, Path | None] = context.obj or {}
    return own if own is not None else told.get(name)


def _open(context: typer.Context, store: Path | None) -> api.Graph:
    return api.open(_shared(context, "store", store))


def _put(table: Table, form: Form | None, output: Path | None) -> None:
    """Write a table as asked: by `--format`, else by the ending of the file, else for reading."""
    if form is None:
        ending = output.suffix.lstrip(".") if output else ""
        form = Form(ending) if ending in Form.__members__ else Form.csv if output and str(output) != "-" else Form.table
    if form is Form.xlsx:
        if output is None or (str(output) == "-" and sys.stdout.isatty()):
            raise ConfigError("a workbook is not shown in a terminal", hint="name a file: -o FILE.xlsx")
        from secgraph.export import workbook

        render.emit(workbook({"answer": table}), output)
    elif form is Form.table and (output is None or str(output) == "-"):
        render.show_table(table)
    elif form is Form.table:
        render.emit("\n".join(render.aligned(table)) + "\n", output)
    else:
        render.emit(render.tabular(table, form.value), output)


@app.command()
def build(
    context: typer.Context,
    data: Data = None,
    store: Store = None,
    fail_on: Annotated[FailOn, typer.Option(help="Which findings stop the build.")] = FailOn.error,
) -> None:
    """Build the graph from the tables, check it, and make it the current release."""
    try:
        with render.Bar() as bar:
            release = api.build(
                _shared(context, "data", data), _shared(context, "store", store), progress=bar, fail_on=fail_on.value
            )
    except ValidationError as stopped:
        from secgraph.validation import render as findings

        sys.stderr.write(findings(stopped.report, "text"))
        raise
    render.show_table(release.report)
    render.out().print(Text(f"release {release.digest}"))
    warnings = release.warnings
    if warnings:
        render.err().print(Text(f"{warnings} warnings: see `secgraph check`"))


@app.command()
def check(
    context: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="A dataset folder or workbook, else --data.", show_default=False),
    ] = None,
    data: Data = None,
    reasoner: Annotated[
        bool, typer.Option("--reasoner", help="Ask HermiT too (needs Java or the extra `reasoner`).")
    ] = False,
    form: Annotated[
        FindingsForm, typer.Option("--format", help="text is for reading; tsv and json are whole.")
    ] = FindingsForm.text,
    fail_on: Annotated[FailOn, typer.Option(help="Which findings make the exit code 1.")] = FailOn.error,
    output: Output = None,
) -> None:
    """Check a dataset: contract, references, shapes, rules, counts, and the ontology by a reasoner if asked."""
    from secgraph.validation import render as findings

    report = api.check(file or _shared(context, "data", data), reasoner=reasoner)
    render.emit(findings(report, form.value), output)
    if report.fails(fail_on.value):
        raise typer.Exit(1)


@app.command()
def find(
    context: typer.Context,
    text: Annotated[list[str], typer.Argument(metavar="TEXT", help="Any part of a name.")],
    kind: Kinds = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 20,
    store: Store = None,
    form: Format = None,
    output: Output = None,
) -> None:
    """Find things by name: former names, acronyms, other languages, without diacritics."""
    with _open(context, store) as graph:
        _put(graph.find(" ".join(text), kinds=kind or (), limit=limit), form, output)


@app.command()
def show(
    context: typer.Context,
    name: Annotated[list[str], typer.Argument(metavar="NAME", help="An id, or a name as people write it.")],
    store: Store = None,
    form: Format = None,
    output: Output = None,
) -> None:
    """Show the card of one thing: names over time, ties, meetings, money, contested values, sources."""
    with _open(context, store) as graph:
        card = graph.show(" ".join(name))
    if form is None and output is None:
        render.show_card(card)
    else:
        rows = [
            (title, *map(str, pair)) for title, table in card.sections for row in table.dicts() for pair in row.items()
        ]
        _put(Table(("section", "column", "value"), tuple(rows)), form, output)


@app.command()
def why(
    context: typer.Context,
    name: Name,
    property_: Annotated[
        str | None, typer.Argument(metavar="[PROPERTY]", help="A column or property, as launched.", show_default=False)
    ] = None,
    store: Store = None,
    form: Format = None,
    output: Output = None,
) -> None:
    """Tell how we know: each value with its sources, its table, row and column, and what contests it."""
    with _open(context, store) as graph:
        _put(graph.why(name, property_), form, output)


@app.command()
def queries(form: Format = None, output: Output = None) -> None:
    """List the questions that can be asked, with their parameters."""
    catalogue = api.catalogue()
    if form is Form.json:
        render.emit(api.catalogue_json(catalogue), output)
    else:
        _put(api.catalogue_table(catalogue), form, output)


@app.command()
def query(
    context: typer.Context,
    name: Annotated[
        str,
        typer.Argument(metavar="NAME|FILE.rq|-", help="A question of `secgraph queries`, a file, or standard input."),
    ],
    parameters: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME=VALUE]...", help="Parameters of the question.", show_default=False),
    ] = None,
    store: Store = None,
    form: Annotated[
        str | None,
        typer.Option("--format", help="table, csv, tsv, json, xlsx; ttl, nt for CONSTRUCT.", show_default=False),
    ] = None,
    output: Output = None,
) -> None:
    """Ask a question of the catalogue, or run your own SPARQL within limits of time and memory."""
    own = name == "-" or name.endswith((".rq", ".sparql"))
    with _open(context, store) as graph:
        if not own:
            _put(graph.query(name, **api.arguments(parameters or [], name)), _form(form), output)
            return
        if parameters:
            raise ConfigError("a query of your own takes no NAME=VALUE", hint="write the values into the query")
        text = _read(name)
        result = graph.sparql(text)
    if isinstance(result, bool) and form == Form.json:
        render.emit(json.dumps({"head": {}, "boolean": result}) + "\n", output)
    elif isinstance(result, bool):
        _put(Table(("answer",), ((result,),)), _form(form), output)
    elif isinstance(result, Table):
        _put(result, _form(form), output)
    else:
        from secgraph.export import graph_bytes

        render.emit(graph_bytes(result, form or "ttl"), output)


def _form(name: str | None) -> Form | None:
    if name is None:
        return None
    if name not in Form.__members__:
        raise ConfigError(f"a table is not written as {name}", hint="one of " + ", ".join(Form.__members__))
    return Form(name)


def _read(name: str) -> str:
    data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as bad:
        raise ConfigError(f"{name}: not UTF-8 at byte {bad.start}", hint="save the query as UTF-8") from bad


@app.command()
def export(
    context: typer.Context,
    form: Annotated[
        ExportForm | None,
        typer.Option("--format", help="What to write. Default: by the ending of -o, else ttl.", show_default=False),
    ] = None,
    output: Output = None,
    entity: Annotated[
        str,
        typer.Option(
            "--entity", help="Only one organisation, initiative, event or programme (jsonld).", show_default=False
        ),
    ] = "",
    store: Store = None,
) -> None:
    """Write the graph for others: RDF, the relations as Parquet, the tables as CSV or a workbook."""
    if form is None:
        ending = output.suffix.lstrip(".") if output else ""
        usual = ExportForm.jsonld if entity else ExportForm.ttl
        form = ExportForm(ending) if ending in ExportForm.__members__ else usual
    with _open(context, store) as graph:
        graph.export(form.value, "-" if output is None else output, entity=entity)


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
    with _open(context, store) as graph:
        page = graph.draw(ego=ego, hops=hops, pillar=pillar, top=top)
    render.emit(page, target)
    if str(target) == "-":
        return
    render.err().print(Text(f"drawn: {target.resolve()}"), soft_wrap=True)
    if open_ and (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or sys.platform in ("darwin", "win32")
    ):
        webbrowser.open(target.resolve().as_uri())


@app.command()
def doctor(
    context: typer.Context, data: Data = None, store: Store = None, form: Format = None, output: Output = None
) -> None:
    """Say where data, store and Java are, and what is wrong."""
    table = api.doctor(_shared(context, "store", store), _shared(context, "data", data))
    _put(table, form, output)
    if "error" in table.column("state"):
        raise typer.Exit(1)
