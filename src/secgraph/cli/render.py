"""How results look in a terminal: tables, cards, findings, as plain text that no data can turn into commands."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table as RichTable
from rich.text import Text

from secgraph.files import write_atomically
from secgraph.values import Cell, Iri, Literal, Table, text
from secgraph.vocab import ID, NS

if TYPE_CHECKING:
    from types import TracebackType

    from secgraph.lookup import Card

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_RIGHT_TO_LEFT = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")


def safe(value: str) -> str:
    r"""Return a text that a terminal shows and does not obey; right-to-left runs stand in an isolate.

    >>> safe("a\x1b[31mb")
    'a\\x1b[31mb'
    """
    shown = _CONTROL.sub(lambda match: match[0].encode("unicode_escape").decode(), value)
    return f"\u2068{shown}\u2069" if _RIGHT_TO_LEFT.search(shown) else shown


def cell(value: Cell) -> str:
    """Return a cell as people read it: our own IRIs by kind and id.

    >>> cell(Iri(ID + "organisation/rcc")), cell(Literal("a")), cell(None)
    ('organisation/rcc', 'a', '')
    """
    shown = text(value)
    if isinstance(value, Iri):
        shown = shown.removeprefix(ID).removeprefix(NS)
    return safe(shown)


def out(plain_width: int = 100_000) -> Console:
    """Return the console of standard output; wide where nobody looks, so that nothing is cut."""
    if sys.stdout.isatty():
        return Console(highlight=False)
    return Console(file=sys.stdout, width=plain_width, no_color=True, highlight=False, soft_wrap=True)


def err() -> Console:
    """Return the console of standard error, for progress and messages."""
    return Console(stderr=True, highlight=False)


def _number(value: Cell) -> bool:
    return (isinstance(value, int | float) and not isinstance(value, bool)) or (
        isinstance(value, Literal) and value.datatype.endswith(("integer", "decimal", "double"))
    )


def show_table(table: Table, console: Console | None = None) -> None:
    """Print a table with its count of rows; in a pipe each row is one line."""
    console = console or out()
    if not table.rows:
        console.print(Text(safe(table.note) or "no rows"))
        return
    if console.is_terminal:
        grid = RichTable(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
        for at, name in enumerate(table.columns):
            right = all(_number(row[at]) or row[at] is None for row in table.rows)
            grid.add_column(Text(safe(name)), justify="right" if right else "left", overflow="fold")
        for row in table.rows:
            grid.add_row(*(Text(cell(value)) for value in row))
        console.print(grid)
    else:
        for line in aligned(table):
            sys.stdout.write(line + "\n")
    rows = f"{len(table.rows)} row" + ("" if len(table.rows) == 1 else "s")
    console.print(Text(f"({rows}{'; ' + safe(table.note) if table.note else ''})", style="dim"))


def aligned(table: Table) -> list[str]:
    """Return the header and the rows as lines of aligned columns; line breaks in a cell are shown, not made.

    >>> aligned(Table(("id", "n"), (("rcc", 12), ("dcaf", 3))))
    ['id    n', 'rcc   12', 'dcaf  3']
    """
    lines = [list(map(safe, table.columns))]
    lines += [[cell(value).replace("\n", "\\n") for value in row] for row in table.rows]
    widths = [max(len(line[at]) for line in lines) for at in range(len(table.columns))]
    padded = ("  ".join(part.ljust(width) for part, width in zip(line, widths, strict=True)) for line in lines)
    return [line.rstrip() for line in padded]


def show_card(card: Card) -> None:
    """Print a card: the title, then each section as a table."""
    console = out()
    console.print(Text(safe(card.title), style="bold"))
    console.print(Text(f"{safe(card.kind)}/{safe(card.id)}  {safe(card.iri)}", style="dim"))
    for title, table in card.sections:
        console.print()
        console.print(Text(safe(title), style="bold"))
        show_table(table, console)


def tabular(table: Table, form: str) -> str:
    """Return a table as csv, tsv or json text."""
    if form == "json":
        return table.to_json()
    return table.to_csv(separator="\t" if form == "tsv" else ",")


def emit(content: str | bytes, output: Path | None) -> None:
    """Write a result to standard output, or to a file whole or not at all."""
    data = content.encode() if isinstance(content, str) else content
    if output is None or str(output) == "-":
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    else:
        write_atomically(output, data)


class Bar:
    """A progress bar on standard error where somebody looks; silent otherwise. Call it with stage, done, total."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description:<12}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=err(),
            transient=True,
            disable=not sys.stderr.isatty(),
        )
        self._task = self._progress.add_task("starting", total=1)

    def __enter__(self) -> Bar:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show how far the work is."""
        self._progress.update(self._task, description=stage, completed=done, total=total)
