"""A total of money as a table, as JSON and as a block to read; the policy is in each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from secgraph.api.answers import Answer
from secgraph.values import XSD, Cell, Literal, Table, plain, text
from secgraph.vocab import ID

if TYPE_CHECKING:
    from secgraph.money import Total

_COUNTS: Final = {
    "counted": "in the net sum", "split": "in the net sum in part, by stated percentages",
    "candidate": "in the net sum, but perhaps another row's money: nobody judged it",
    "excluded": "left out by a rule: the money is told elsewhere",
    "context": "another measure, or all sectors", "unsplit": "of several, without percentages",
    "undated": "without a date, where years were asked for", "beside": "told by somebody else alone",
    "no-amount": "ties without a sum", "no-rate": "without a rate: their own currency is shown",
    "without_country": "name no country that they are for, and are in no total of one",
}  # fmt: skip
"""What the decisions on rows mean, in the order in which they are told."""


def exact(amount: Decimal) -> Literal:
    """Return an amount as a cell, exact.

    >>> exact(Decimal("1.50")).value
    '1.5'
    """
    words = f"{amount:f}"
    return Literal(words.rstrip("0").rstrip(".") if "." in words else words, XSD + "decimal")


def total_table(total: Total) -> Answer:
    """Return a total as a table: the sums, each step, what each currency holds, the rates, the counts of rows.

    >>> total_table(g.fund_total(donor="EU")).column("figure")[0]
    'naive'
    """
    from secgraph.money import RULES

    at = total.currency
    rows: list[tuple[Cell, ...]] = []

    def add(figure: str, what: str, amount: Decimal | None, currency: str, count: int | None, *rate: str) -> None:
        rate = (*rate, "", "", "")[:3]
        value = None if amount is None else exact(amount)
        rows.append((total.policy, figure, what, value, currency or None, count, *(part or None for part in rate)))

    add("naive", "every row of the kinds added up", total.naive, at, total.counts.get("rows"))
    for step in total.steps:
        # What a rule takes is told with its sign, so that the column adds up to the net sum.
        add("step", f"{step.rule}: {RULES.get(step.rule, '')}", -step.amount, at, step.rows)
    add("net", total.title, total.net, at, None)
    add("low", "the least that the sources allow", total.low, at, None)
    add("high", "or more" if total.high_open else "the most that the sources allow", total.high, at, None)
    add("unsplit", "of several countries, topics or givers, without percentages", total.unsplit, at, None)
    add("unknown", "what percentages under 100 leave", total.unknown, at, None)
    for one in total.by_currency:
        for name in ("naive", "net", "low", "high"):
            add(f"published {name}", "as published, not converted", getattr(one, name), one.currency, one.rows)
    for used in total.rates_used:
        what = f"{used.currency} for one {at}"
        add("rate", what, None, used.currency, used.rows, f"{used.rate:f}", used.date, used.source)
    for name, count in _counts(total):
        add("rows", f"{name}: {_COUNTS.get(name, '')}".rstrip(": "), None, "", count)
    columns = ("policy", "figure", "what", "amount", "currency", "rows", "rate", "rate_date", "rate_source")
    return Answer(columns, tuple(rows), "; ".join((f"{total.policy}: {total.title}", *total.notes)))


def total_json(total: Total) -> str:
    """Return a total as a JSON object; amounts are exact texts, and the reasons of all rows are in it.

    >>> import json
    >>> json.loads(total_json(g.fund_total(donor="EU")))["policy"]
    'net-commitments'
    """
    from secgraph.money import RULES

    told: dict[str, Any] = {
        "policy": total.policy, "meaning": total.title, "kinds": list(total.kinds), "measure": total.measure or None,
        "scope": total.scope, "selection": selected(total) or None, "currency": total.currency, "rates": total.rates,
        "constant_prices": total.constant or None, "naive": f"{total.naive:f}",
        "steps": [
            {"rule": step.rule, "meaning": RULES.get(step.rule, ""), "change": f"{-step.amount:f}", "rows": step.rows}
            for step in total.steps
        ],
        "net": f"{total.net:f}", "low": f"{total.low:f}", "high": f"{total.high:f}", "high_is_open": total.high_open,
        "unsplit": f"{total.unsplit:f}", "unknown": f"{total.unknown:f}", "counts": dict(total.counts),
        "published": [
            {"currency": one.currency, "rows": one.rows,
             **{name: f"{getattr(one, name):f}" for name in ("naive", "net", "low", "high")}}
            for one in total.by_currency
        ],
        "rates_used": [
            {"currency": used.currency, "rate": f"{used.rate:f}", "date": used.date, "source": used.source,
             "rows": used.rows}
            for used in total.rates_used
        ],
        "notes": list(total.notes),
        "reasons": [{name: _plain(value) for name, value in row.items()} for row in total.reasons().dicts()],
    }  # fmt: skip
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"


def reasons_table(total: Total) -> Answer:
    """Return the reason of each row of a total, the policy as the first column.

    >>> reasons_table(g.fund_total(donor="EU")).columns[:3]
    ('policy', 'id', 'decision')
    """
    found = total.reasons()
    rows = tuple((total.policy, *row) for row in found.rows)
    return Answer(("policy", *found.columns), rows, f"{total.policy}: {total.title}")


def total_sheets(total: Total) -> dict[str, Table]:
    """Return a total as the sheets of a workbook: the sums, and the reason of each row."""
    return {"total": total_table(total), "reasons": reasons_table(total)}


def total_lines(total: Total) -> list[str]:
    """Return a total as lines to read in a terminal.

    >>> total_lines(g.fund_total(donor="EU"))[0]
    'net-commitments: Firm commitments, each counted once.'
    """
    return list(_lines(total))


def selected(total: Total) -> str:
    """Return what a total was asked of, in words, things by kind and id."""
    return total.selection.words().replace(ID, "")


def _lines(total: Total) -> Iterator[str]:
    from secgraph.money import RULES

    at = total.currency
    yield f"{total.policy}: {total.title.rstrip('.')}."
    yield f"Asked of: {selected(total) or 'everything'}."
    measure = f"; measured as {total.measure}" if total.measure else ""
    scope = "all sectors" if total.scope == "all-sectors" else "security alone"
    yield f"Kinds of money: {', '.join(total.kinds)}{measure}; {scope}. Amounts in {at}."
    yield ""
    table: list[tuple[str, str, str]] = [("naive sum", _figure(total.naive), _rows(total.counts.get("rows")))]
    table += [
        (f"{step.rule}: {RULES.get(step.rule, '')}", _figure(-step.amount, sign=True), _rows(step.rows))
        for step in total.steps
    ]
    more = " or more" if total.high_open else ""
    table += [("net sum", _figure(total.net), ""), ("low", _figure(total.low), ""), ("high", _figure(total.high), more)]
    yield from _grid(table)
    if total.by_currency:
        yield ""
        yield "As published, nothing converted:"
        yield from _grid([
            (one.currency, f"naive {_figure(one.naive)}",
             f"net {_figure(one.net)}, from {_figure(one.low)} to {_figure(one.high)}, {_rows(one.rows)}")
            for one in total.by_currency
        ])  # fmt: skip
    if total.rates_used:
        yield ""
        how = "of the day" if total.rates == "date" else "yearly averages"
        yield f"Rates ({how}):"
        yield from _grid([
            (f"{used.rate:f} {used.currency} for one {at}", used.date, f"{used.source}, {_rows(used.rows)}")
            for used in total.rates_used
        ])  # fmt: skip
    if total.constant:
        yield f"In prices of {total.constant}."
    yield ""
    yield "Beside the net sum, and in no low bound:"
    yield from _grid([
        ("unsplit: of several countries, topics or givers, without percentages", _figure(total.unsplit), ""),
        ("unknown: what percentages under 100 leave", _figure(total.unknown), ""),
    ])  # fmt: skip
    yield ""
    yield "Rows:"
    yield from _grid([(f"{name}: {_COUNTS.get(name, '')}".rstrip(": "), f"{n:,}", "") for name, n in _counts(total)])
    for note in total.notes:
        yield f"Note: {note}."
    yield ""
    yield "Each row with its rule and source: --why."


def _counts(total: Total) -> list[tuple[str, int]]:
    order = {name: at for at, name in enumerate(_COUNTS)}
    told = [(name, count) for name, count in total.counts.items() if name != "rows" and count]
    return sorted(told, key=lambda pair: (order.get(pair[0], len(order)), pair[0]))


def _rows(count: int | None) -> str:
    return "" if count is None else f"{count:,} row" if count == 1 else f"{count:,} rows"


def _figure(amount: Decimal, *, sign: bool = False) -> str:
    words = f"{amount:+,.2f}" if sign and amount else f"{amount:,.2f}"
    return words.removesuffix(".00")


def _grid(rows: list[tuple[str, str, str]]) -> Iterator[str]:
    """Yield lines of three columns, the second one to the right."""
    wide = [max((len(row[at]) for row in rows), default=0) for at in (0, 1)]
    for first, second, third in rows:
        yield f"  {first.ljust(wide[0])}  {second.rjust(wide[1])}  {third}".rstrip()


def _plain(value: Any) -> Any:
    return f"{value:f}" if isinstance(value, Decimal) else value


def amount_of(cell: Cell) -> Decimal:
    """Return the amount in a cell, however it is told; nothing is nought.

    >>> amount_of(None), amount_of("1.50")
    (Decimal('0'), Decimal('1.50'))
    """
    value = plain(cell)
    return value if isinstance(value, Decimal) else Decimal(text(cell) or "0")
