"""The commands that build, check, find and ask, one function each: options in, a call of `api`, a result out."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

import secgraph
from secgraph import api
from secgraph.cli import render
from secgraph.cli.options import Data, Form, Format, Kinds, Output, Store, app, ending, opened, put, shared
from secgraph.errors import ConfigError, NotFoundError, ValidationError
from secgraph.values import Table


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
    rdfxml = "rdfxml"
    nq = "nq"
    trig = "trig"
    parquet = "parquet"
    csv = "csv"
    csvw = "csvw"
    xlsx = "xlsx"
    void = "void"


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
                shared(context, "data", data), shared(context, "store", store), progress=bar, fail_on=fail_on.value
            )
    except ValidationError as stopped:
        from secgraph.validation import render as findings

        sys.stderr.write(findings(stopped.report, "text"))
        raise
    render.show_table(release.report)
    if release.inputs.rows:
        render.show_table(release.inputs)
    render.out().print(Text(f"release {release.digest}"))
    warnings = release.warnings
    if warnings:
        render.err().print(Text(f"{warnings} warnings: see `secgraph check`"))


@app.command()
def check(
    context: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FILE]", help="A dataset folder, workbook or file of RDF, else --data.", show_default=False
        ),
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
    """Check a dataset or a file of RDF: contract, references, shapes, rules, counts, and by a reasoner if asked."""
    from secgraph.validation import render as findings

    report = api.check(file or shared(context, "data", data), reasoner=reasoner)
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
    with opened(context, store) as graph:
        put(graph.find(" ".join(text), kinds=kind or (), limit=limit), form, output)


@app.command()
def show(
    context: typer.Context,
    name: Annotated[list[str], typer.Argument(metavar="NAME", help="An id, or a name as people write it.")],
    store: Store = None,
    form: Format = None,
    output: Output = None,
) -> None:
    """Show the card of one thing: names over time, ties, meetings, money, contested values, sources."""
    with opened(context, store) as graph:
        card = graph.show(" ".join(name))
    if form is None and output is None:
        render.show_card(card)
    else:
        rows = [
            (title, *map(str, pair)) for title, table in card.sections for row in table.dicts() for pair in row.items()
        ]
        put(Table(("section", "column", "value"), tuple(rows)), form, output)


@app.command()
def why(
    context: typer.Context,
    name: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME [PROPERTY]", help="An id or name, then perhaps a column or property, as launched."
        ),
    ],
    store: Store = None,
    form: Format = None,
    output: Output = None,
) -> None:
    """Tell how we know: each value with its sources, its table, row and column, and what contests it."""
    with opened(context, store) as graph:
        put(_why(graph, name), form, output)


def _why(graph: api.Graph, words: list[str]) -> Table:
    """Ask about the words as one name, or about all but the last, which then is the property."""
    *name, last = words
    try:
        thing = graph.resolve(" ".join(words))
    except NotFoundError as unknown:
        try:
            thing = graph.resolve(" ".join(name)) if name else ""
        except NotFoundError:
            thing = ""
        if not thing:
            raise unknown from None
        return graph.why(thing, last)
    return graph.why(thing)


@app.command()
def queries(form: Format = None, output: Output = None) -> None:
    """List the questions that can be asked, with their parameters."""
    catalogue = api.catalogue()
    if form is Form.json:
        render.emit(api.catalogue_json(catalogue), output)
    else:
        put(api.catalogue_table(catalogue), form, output)


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
    with opened(context, store) as graph:
        if not own:
            put(graph.query(name, **api.arguments(parameters or [], name)), _form(form), output)
            return
        if parameters:
            raise ConfigError("a query of your own takes no NAME=VALUE", hint="write the values into the query")
        text = _read(name)
        result = graph.sparql(text)
    if isinstance(result, bool) and form == Form.json:
        render.emit(json.dumps({"head": {}, "boolean": result}) + "\n", output)
    elif isinstance(result, bool):
        put(Table(("answer",), ((result,),)), _form(form), output)
    elif isinstance(result, Table):
        put(result, _form(form), output)
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
    entity: Annotated[str, typer.Option("--entity", help="Only one thing (jsonld).", show_default=False)] = "",
    as_of: Annotated[
        str, typer.Option(metavar="DATE", help="The situation on a day: certain and possible.", show_default=False)
    ] = "",
    certain: Annotated[bool, typer.Option("--certain", help="Only what is certain then.")] = False,
    store: Store = None,
) -> None:
    """Write the graph for others: RDF, the relations as Parquet, CSV or a workbook, a description of the release."""
    asked = ending(output, form, ExportForm) or ("jsonld" if entity else "ttl")
    with opened(context, store) as graph:
        graph.export(asked, "-" if output is None else output, entity=entity, as_of=as_of, certain=certain)


@app.command()
def doctor(
    context: typer.Context, data: Data = None, store: Store = None, form: Format = None, output: Output = None
) -> None:
    """Say where data, store and Java are, and what is wrong."""
    table = api.doctor(shared(context, "store", store), shared(context, "data", data))
    put(table, form, output)
    if "error" in table.column("state"):
        raise typer.Exit(1)
