"""Rules on money rows: what an amount needs beside it, shares that make a whole, sums and their parts."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import cast

from secgraph.records import BANK_CURRENCIES, CURRENCIES, RETIRED_CURRENCIES, FundingRecord, date_bounds
from secgraph.sources.collected import Tables
from secgraph.values import ERROR, WARNING


def check_money(tables: Tables) -> None:
    """Report money rows that cannot be understood alone, or that disagree with those they refer to."""
    money = cast(Sequence[FundingRecord], tables.records["funding"])
    by_id = {row.id: row for row in money}
    for row in money:
        partial = tables.partial.get(("funding", row.row), set())
        if not partial & {"amount", "currency"}:
            _check_currency(tables, row, partial)
        if not partial & {"programme", "event"} and bool(row.programme) == bool(row.event):
            which = "both name" if row.programme else "neither names"
            tables.find(
                "money-target", f"programme and event: {which} what the money is for", table="funding", row=row.row,
                column="programme", value=row.programme or "", hint="fill exactly one of the two",
            )  # fmt: skip
        for name in row.part_of:
            _check_part(tables, row, by_id.get(name))
        for name in row.same_as:
            _check_same(tables, row, by_id.get(name))
    _check_shares(tables, money)
    _check_rates(tables, money)


def _check_currency(tables: Tables, row: FundingRecord, partial: set[str]) -> None:
    if row.amount is not None and not row.currency:
        tables.find(
            "amount-currency", "an amount without its currency", table="funding", row=row.row, column="currency",
            hint="write the currency of the source, as EUR",
        )  # fmt: skip
    if row.currency in RETIRED_CURRENCIES and row.currency not in CURRENCIES and "date" not in partial:
        year, after = RETIRED_CURRENCIES[row.currency]
        # A row without a date may well be as old as its currency.
        late = bool(row.date) and date_bounds((row.date or "").partition("/")[0]).earliest >= f"{year}-01-01"
        if late or not row.date:
            message = f"{row.currency} was withdrawn in {year}" + ("" if row.date else ", and the row has no date")
            tables.find(
                "currency-retired", message, table="funding", row=row.row, column="currency", value=row.currency,
                hint=f"the currency since then is {after}", severity=ERROR if late else WARNING,
            )  # fmt: skip


def _check_rates(tables: Tables, money: Sequence[FundingRecord]) -> None:
    """Report the rows whose currency has rates in rates.csv, for other years than theirs."""
    years: dict[str, set[str]] = {}
    for rate in tables.records["rates"]:
        years.setdefault(rate.cell("currency"), set()).add(rate.cell("date")[:4])
    for row in money:
        told = years.get(row.currency or "", set()) if row.currency not in BANK_CURRENCIES else set()
        year = (row.date or "")[:4]
        if told and year and row.amount is not None and year not in told:
            tables.find(
                "rate-missing", f"rates.csv has no rate of {row.currency} for {year}, and the ECB publishes none",
                table="funding", row=row.row, column="currency", value=row.currency or "", severity=WARNING,
                hint=f"rates.csv has {', '.join(sorted(told))}: add {year}, or no total in euro counts the row",
            )  # fmt: skip


def _check_part(tables: Tables, row: FundingRecord, total: FundingRecord | None) -> None:
    if total is None or row.amount is None or total.amount is None or row is total:
        return
    # A currency that is missing or no code is a finding already; it differs from nothing.
    if row.currency and total.currency and row.currency != total.currency:
        place = tables.told("funding", total.row, row.row)
        tables.find(
            "part-currency", f"the total {total.id}, {place}, is in {total.currency}", table="funding",
            row=row.row, column="currency", value=row.currency or "", severity=WARNING,
            hint="a part in another currency cannot be deducted",
        )  # fmt: skip


def _check_same(tables: Tables, row: FundingRecord, other: FundingRecord | None) -> None:
    if other is None or row is other:
        return
    if row.currency == other.currency and None not in (row.amount, other.amount) and row.amount != other.amount:
        if row.qualifier or other.qualifier:
            return
        place = tables.told("funding", other.row, row.row)
        tables.find(
            "same-sum-differs", f"the same sum, in {other.id}, {place}, is {other.amount:f}", table="funding",
            row=row.row, column="amount", value=f"{row.amount:f}", hint="a dispute about one sum stands in claims.csv",
            severity=WARNING,
        )  # fmt: skip


def _check_shares(tables: Tables, money: Sequence[FundingRecord]) -> None:
    """Report shares of one whole that miss 100 by a little, or go over it."""
    groups: dict[tuple[str, str, str, tuple[str, ...]], list[FundingRecord]] = {}
    for row in money:
        target = row.programme or row.event
        if target and not row.same_as:
            groups.setdefault((target, row.kind_, row.date or "", row.part_of), []).append(row)
    for rows in groups.values():
        shares = [row.share for row in rows if row.share is not None]
        whole = len(shares) == len(rows) > 1 and not any(row.qualifier == "about" for row in rows)
        if not whole:
            continue
        total = sum(shares, Decimal())
        # Shares printed with decimals are rounded; whole ones are not.
        slack = sum((Decimal(5).scaleb(_exponent(share) - 1) for share in shares if _exponent(share) < 0), Decimal())
        if total > 100 + slack or Decimal(98) <= total < 100 - slack:
            listed = ", ".join(
                f"{row.id} ({tables.told('funding', row.row, rows[0].row)}): {row.share:f}" for row in rows
            )
            tables.find(
                "share-sum", f"the shares add up to {total:f}, not 100: {listed}", table="funding", row=rows[0].row,
                column="share", value=f"{rows[0].share:f}",
                hint="see the source; where it rounds, write `about` as the qualifier",
            )  # fmt: skip


def _exponent(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0
