"""The command that says who is who: candidates as a table, review in the terminal or by file, merges with their effect.

A question stands on standard output, an answer is a letter and Enter on standard input, so that a script can give the
answers too.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from secgraph import api
from secgraph.cli import render
from secgraph.cli.options import Data, Format, Store, app, put, shared
from secgraph.errors import ConfigError, SecgraphError

if TYPE_CHECKING:
    from secgraph.curation import Candidate, Judgement

_KEYS = {
    "s": "same", "d": "different", "l": "later", "u": "undo", "q": "quit",
}  # fmt: skip
_LAST_KEYS = {"u": "undo", "q": "quit: that was the last"}
_MERGE_KEYS = {"y": "merge", "o": "merge the other way round", "n": "do not"}


class Dialect(StrEnum):
    """For which engine the settings are written."""

    duckdb = "duckdb"
    spark = "spark"


@app.command()
def resolve(
    context: typer.Context,
    data: Data = None,
    store: Store = None,
    review: Annotated[
        bool, typer.Option("--review", help="Judge the candidates one by one: s same, d different, l later, u undo.")
    ] = False,
    accept: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Take the judgements of a file of candidates.", show_default=False),
    ] = None,
    merge: Annotated[
        bool, typer.Option("--merge", help="With --accept: merge rows that are judged the same, not only show it.")
    ] = False,
    model: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the settings of Splink, with what was measured.", show_default=False),
    ] = None,
    dialect: Annotated[Dialect, typer.Option(help="With --model: for which engine.")] = Dialect.duckdb,
    least: Annotated[float, typer.Option(min=0.0, max=1.0, help="The least probability of a candidate.")] = api.LEAST,
    form: Format = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", "--out", help="Write to this file; - is standard output.", show_default=False),
    ] = None,
) -> None:
    """Say who is who: bodies that may be one, and names and identifiers in the data that nobody is known by."""
    if sum((review, accept is not None, model is not None)) > 1:
        raise ConfigError("--review, --accept and --model do different things", hint="give one of them")
    identities = api.Identities(
        api.data_location(shared(context, "data", data)), api.store_location(shared(context, "store", store))
    )
    if model is not None:
        render.emit(identities.model(dialect.value), model)
    elif accept is not None:
        _accept(identities, accept, merge=merge)
    elif review:
        _review(identities, least)
    else:
        found = identities.table(least)
        put(found, form, output)


def _accept(identities: api.Identities, file: Path, *, merge: bool) -> None:
    """Take the judgements of a file; merges are shown first, and done where that is asked for."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as bad:
        raise ConfigError(f"{file}: not UTF-8 at byte {bad.start}", hint="save the file as UTF-8") from bad
    done: Counter[str] = Counter()
    for judgement in identities.answers(text):
        if identities.session.judged.decided(judgement.left.key, judgement.right.key) == judgement.same:
            done["judged before"] += 1
            continue
        if identities.session.merges(judgement):
            _show_merge(identities, judgement)
            if not merge:
                done["merge shown and not done: give --merge"] += 1
                continue
        identities.session.judge(judgement)
        done["same" if judgement.same else "different"] += 1
    _tell(done)


def _review(identities: api.Identities, least: float) -> None:
    """Ask about each candidate until the answers end."""
    done: Counter[str] = Counter()
    told: list[str] = []
    waiting = identities.candidates(least)
    if not waiting:
        _say("nothing to judge: every candidate has its judgement")
        return
    lines = _lines()
    at = 0
    while at < len(waiting) or told:
        candidate = waiting[at] if at < len(waiting) else None
        if candidate and not identities.session.open(candidate):
            at += 1
            continue
        if candidate:
            _show(candidate, at + 1, len(waiting))
        answer = _ask(lines, _KEYS if candidate else _LAST_KEYS)
        if answer == "q":
            break
        if answer == "u":
            if identities.session.undo():
                done[told.pop()] -= 1
                # Back to the first that is open again.
                at = next(number for number, one in enumerate(waiting) if identities.session.open(one))
                _say("the last judgement is taken back")
            else:
                _say("nothing to take back")
            continue
        if candidate is None:
            continue
        if answer == "l":
            done["later"] += 1
        else:
            word = "same" if answer == "s" else "different"
            if not _judge(identities, candidate, lines, same=answer == "s"):
                continue
            told.append(word)
            done[word] += 1
        at += 1
    _tell(done)


def _judge(identities: api.Identities, candidate: Candidate, lines: Iterator[str], *, same: bool) -> bool:
    """Write one judgement; False where it is refused or the merge is not wanted."""
    from secgraph.curation import judgement_of

    try:
        judgement = judgement_of(candidate, same=same)
        if identities.session.merges(judgement):
            _show_merge(identities, judgement)
            answer = _ask(lines, _MERGE_KEYS)
            if answer in ("n", "q"):
                return False
            judgement = judgement_of(candidate, same=True, swapped=answer == "o")
        identities.session.judge(judgement)
    except SecgraphError as refused:
        # The review goes on: the reason stands where the question stood.
        _say(f"refused: {refused}")
        return False
    return True


def _show(candidate: Candidate, number: int, of: int) -> None:
    from secgraph.curation import party_name

    console = render.out()
    title = f"[{number}/{of}] {candidate.probability:.0%} {candidate.left.label} = {candidate.right.label} ?"
    console.print(Text(render.safe(title), style="bold"))
    for line in (
        f"  {party_name(candidate.left)} | {party_name(candidate.right)}",
        f"  {candidate.why}",
        f"  {candidate.where()}",
    ):
        console.print(Text(render.safe(line)))


def _show_merge(identities: api.Identities, judgement: Judgement) -> None:
    """Show what a merge changes: the lines of the tables, sums and ranks."""
    plan = identities.session.plan(judgement)
    console = render.out()
    for line in plan.diff().splitlines():
        console.print(Text(render.safe(line), style={"+": "green", "-": "red"}.get(line[:1], "dim")))
    effect = identities.effect(judgement)
    if effect is None:
        _say(f"what this changes in sums and ranks is not known: {identities.without_release}")
    else:
        render.show_table(effect, console)


def _lines() -> Iterator[str]:
    """Yield what is typed; an end of the input is the end of the answers."""
    while line := sys.stdin.readline():
        yield line.strip().lower()


def _ask(lines: Iterator[str], keys: dict[str, str]) -> str:
    """Return one of these letters, asked for until it comes; `q` where the input ends."""
    prompt = "  ".join(f"{key} {what}" for key, what in keys.items())
    while True:
        render.out().print(Text(f"  {prompt} > ", style="cyan"), end="")
        sys.stdout.flush()
        line = next(lines, None)
        if not sys.stdin.isatty():
            sys.stdout.write("\n")
        if line is None:
            return "q"
        if line[:1] in keys:
            return line[:1]
        _say(f"{render.safe(line)!r} is none of {', '.join(keys)}")


def _tell(done: Counter[str]) -> None:
    told = ", ".join(f"{count} {what}" for what, count in sorted(done.items()) if count)
    _say(told or "nothing was judged")


def _say(text: str) -> None:
    render.out().print(Text(render.safe(text)))
