"""Pages about money: the picture, the figures under it, and under each figure the rows that it is made of.

A number on such a page leads to its rows, by a link within the page. Every text is escaped by the template; the page's
policy lets nothing run and nothing load.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, NamedTuple

from secgraph.values import Table, text
from secgraph.views.chartpages import inline, template
from secgraph.views.looks import Markup, asset, shown

REASONS: Final = 2_000
"""Of how many rows a page tells the reasons at most; the command tells all."""


class Note(NamedTuple):
    """How a figure was counted, as head and words: what every exported picture carries."""

    head: str
    words: str


class Shown(NamedTuple):
    """A cell of a table on the page: its words, and where a click leads."""

    words: str
    to: str = ""


class Listed(NamedTuple):
    """A table on the page: heads, rows of cells, and for some rows the anchor that leads to them."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Shown, ...]], ...]
    numbers: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Counted:
    """What all pictures of money say: what was asked, by which policy it was counted, and the reasons of all rows.

    `reasons` is one row for each row of the data, its first column the id of that row; `tables` tell of the sums as
    they were published and of the rates, for pages.
    """

    title: str
    question: str
    policy: str
    sentence: str
    currency: str
    notes: tuple[Note, ...] = ()
    reasons: Table = field(default_factory=lambda: Table((), ()))
    tables: tuple[Listed, ...] = ()

    def caption(self) -> list[str]:
        """Return the caption in sentences, the policy first."""
        said = [f"Policy {self.policy}: {self.sentence}"]
        said += [f"{note.head}: {note.words}" for note in self.notes]
        return [line if line.endswith(".") else f"{line}." for line in said]


def figure(amount: Decimal | float) -> str:
    """Return an amount in full, with thousands marked and cents only where there are some.

    >>> figure(Decimal("17915000")), figure(Decimal("-0.5"))
    ('17,915,000', '\u22120.50')
    """
    exact = Decimal(str(amount)).quantize(Decimal("0.01"))
    words = f"{abs(exact):,.2f}".removesuffix(".00")
    return f"\u2212{words}" if exact < 0 else words


def short_figure(amount: Decimal | float) -> str:
    """Return an amount as it is spoken, for pictures.

    >>> short_figure(Decimal("17915000")), short_figure(2_340_000_000), short_figure(-850)
    ('17.9 million', '2.34 billion', '\u2212850')
    """
    size = abs(Decimal(str(amount)))
    sign = "\u2212" if amount < 0 else ""
    for unit, word in ((Decimal(10**9), "billion"), (Decimal(10**6), "million")):
        # 999,999 is a million once it is rounded as it is shown.
        if size >= unit * Decimal("0.9995"):
            return f"{sign}{Decimal(f'{size / unit:.3g}'):f} {word}"
    return f"{sign}{size:,.0f}"


def reasons_listed(
    counted: Counted, groups: Iterable[tuple[str, str, Sequence[str]]], title: str = "Why: the rows of each figure"
) -> Listed:
    """Return the rows behind figures: each group is an anchor, what it is called, and the ids of its rows."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    for row in counted.reasons.rows:
        found.setdefault(text(row[0]), []).append(row)
    heads = ("figure", *(name.replace("_", " ") for name in counted.reasons.columns))
    rows: list[tuple[str, tuple[Shown, ...]]] = []
    total = 0
    for anchor, name, ids in groups:
        # A row may stand for several countries: each of its parts is told once.
        behind = [row for key in dict.fromkeys(ids) for row in found.get(key, ())]
        total += len(behind)
        for at, row in enumerate(behind[: max(0, REASONS - len(rows))]):
            rows.append((anchor if at == 0 else "", (Shown(name), *(Shown(shown(_cell(cell))) for cell in row))))
    cut = f" ({len(rows):,} of {total:,} rows; --why tells all)" if len(rows) < total else ""
    numbers = frozenset(
        at + 1
        for at, name in enumerate(counted.reasons.columns)
        if name in ("amount", "counted_amount", "reference_amount", "rate")
    )
    return Listed(title + cut, heads, tuple(rows), numbers)


def _cell(cell: Any) -> str:
    return figure(cell) if isinstance(cell, float | Decimal) else text(cell)


def page(
    counted: Counted, drawn: bytes, tables: Sequence[Listed], *, caption: Sequence[str], footer: str, empty: str
) -> str:
    """Return the page of a picture of money.

    Args:
        counted: what was counted, and how.
        drawn: the picture as SVG, without its texts of head and foot.
        tables: the figures, then their rows; what the sums were as published stands between them.
        caption: what the picture shows and leaves out, in sentences.
        footer: where the data is from.
        empty: what is said in place of a picture that would be empty.
    """
    listed = [*tables[:1], *counted.tables, *tables[1:]]
    content: Mapping[str, Any] = {
        "title": shown(counted.title), "question": shown(counted.question), "policy": shown(counted.policy),
        "sentence": shown(counted.sentence), "currency": shown(counted.currency),
        "caption": shown(" ".join(caption)),
        "notes": [(shown(note.head), shown(note.words)) for note in counted.notes],
        "footer": shown(footer), "chart": inline(drawn), "tables": listed, "empty": shown(empty),
        "style": Markup(asset("chart.css")),
    }  # fmt: skip
    return template("money.html").render(page=content).rstrip("\n") + "\n"
