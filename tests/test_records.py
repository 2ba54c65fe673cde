"""The column contract: each cell rule, from the outside."""

from __future__ import annotations

import datetime
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from secgraph import records
from secgraph.records import TABLES, date_bounds
from secgraph.resources import ontology_dir
from secgraph.vocab import CODELISTS

SOUND: dict[str, dict[str, str]] = {
    "funding": {"id": "a-1", "kind": "budget", "sources": "s"},
    "events": {"id": "a", "name": "A", "type": "board", "status": "held", "sources": "s"},
    "organisations": {"id": "a", "name": "A", "type": "police", "sources": "s"},
    "memberships": {"id": "a--AL--member", "body": "a", "member": "AL", "role": "member", "sources": "s"},
    "sources": {"id": "s", "title": "S", "kind": "report"},
    "names": {"kind": "organisation", "id": "a", "name": "A", "type": "former", "sources": "s"},
    "jurisdictions": {"code": "XK", "name": "Kosovo", "sources": "s"},
    "editions": {"event": "e", "series": "s", "sources": "s"},
}


def rules(table: str, **cells: str) -> list[str]:
    try:
        TABLES[table].model_validate(SOUND[table] | cells)
    except ValidationError as error:
        return [str(item["type"]) for item in error.errors()]
    return []


@pytest.mark.parametrize("table", sorted(SOUND))
def test_sound_rows_pass(table: str) -> None:
    assert rules(table) == []


@pytest.mark.parametrize(
    ("table", "column", "value", "rule"),
    [
        ("events", "start", "2024-02-30", "date-calendar"),
        ("events", "start", "2023-02-29", "date-calendar"),
        ("events", "start", "30/02/24", "date-form"),
        ("events", "start", "2024-13", "date-calendar"),
        ("events", "start", "spring 2024", "date-form"),
        ("events", "start", "0202", "date-year"),
        ("events", "start", "..", "date-form"),
        ("events", "end", "...", "date-form"),
        ("events", "announced", "2018-03/2018-01", "date-order"),
        ("events", "announced", "2018-03|soon", "date-form"),
        ("funding", "amount", "1.234.567,89", "amount-ambiguous"),
        ("funding", "amount", "1,5", "amount-ambiguous"),
        ("funding", "amount", "1.234", "amount-ambiguous"),
        ("funding", "amount", "€2m", "amount-form"),
        ("funding", "amount", "-", "amount-form"),
        ("funding", "amount", "-5", "amount-negative"),
        ("funding", "amount", "1e400", "amount-form"),
        ("funding", "amount", "NaN", "amount-form"),
        ("funding", "amount", "9" * 30, "amount-size"),
        ("funding", "currency", "euro", "currency-code"),
        ("funding", "share", "101", "share-form"),
        ("funding", "share", "0", "share-form"),
        ("funding", "cumulative", "true", "flag-form"),
        ("funding", "kind", "grant", "code-unknown"),
        ("organisations", "country", "no", "country-code"),
        ("organisations", "country", "UK", "country-code"),
        ("organisations", "country", "Kosovo*", "country-code"),
        ("organisations", "website", "javascript:alert(1)", "url-scheme"),
        ("organisations", "website", "data:text/html,x", "url-scheme"),
        ("organisations", "website", "//host/path", "url-scheme"),
        ("organisations", "website", "https://user:secret@host/", "url-credentials"),
        ("organisations", "website", "https://host/a b", "url-form"),
        ("organisations", "website", "https://[host/", "url-form"),
        ("organisations", "id", "../x", "id-form"),
        ("organisations", "id", "a#b", "id-form"),
        ("organisations", "id", "a b", "id-form"),
        ("organisations", "id", "a%20", "id-form"),
        ("organisations", "id", "a" * 300, "id-form"),
        ("organisations", "name", "", "value-missing"),
        ("organisations", "sources", "", "value-missing"),
        ("organisations", "aliases", "A||B", "list-empty-item"),
        ("events", "participants", "AL | BA", "list-blanks"),
        ("organisations", "aliases", "A|A", "list-repeated-item"),
        ("organisations", "identifiers", "12345", "identifier-form"),
        ("names", "language", "!!", "language-tag"),
        ("names", "kind", "thing", "kind-unknown"),
        ("jurisdictions", "labels", "Kosovo*", "label-profile"),
        ("editions", "number", "sixth", "number-form"),
    ],
)
def test_a_bad_cell_names_its_rule(table: str, column: str, value: str, rule: str) -> None:
    assert rules(table, **{column: value}) == [rule]


@pytest.mark.parametrize(
    ("table", "column", "last", "beyond"),
    [
        ("events", "start", "1800", "1799"),
        ("events", "start", "2199-12-31", "2200-01-01"),
        ("events", "announced", "2018-05-31/2018-05", "2018-06/2018-05"),
        ("events", "announced", "2018/2018-01-01", "2018/2017-12-31"),
        ("funding", "amount", "9" * 15 + ".9999", "9" * 16),
        ("funding", "amount", "0.0001", "0.00001"),
        ("funding", "share", "100", "100.0001"),
        ("funding", "share", "0.0001", "0.0000"),
        ("organisations", "id", "a" * 100, "a" * 101),
        ("editions", "number", "9999", "10000"),
    ],
)
def test_a_limit_is_allowed_and_nothing_beyond(table: str, column: str, last: str, beyond: str) -> None:
    assert rules(table, **{column: last}) == []
    assert len(rules(table, **{column: beyond})) == 1


def test_all_bad_cells_of_a_row_are_told_at_once() -> None:
    assert sorted(rules("funding", amount="x", currency="x", date="x")) == ["amount-form", "currency-code", "date-form"]


@pytest.mark.parametrize("value", ["2018", "2018-05", "2018-05-03"])
def test_dates_keep_their_precision(value: str) -> None:
    assert TABLES["events"].model_validate(SOUND["events"] | {"start": value}).cell("start") == value


@given(st.dates(datetime.date(1800, 1, 1), datetime.date(2199, 12, 31)))
def test_bounds_hold_the_day_and_nothing_beyond_its_period(day: datetime.date) -> None:
    iso = day.isoformat()
    for given_as in (iso, iso[:7], iso[:4]):
        earliest, latest = (datetime.date.fromisoformat(bound) for bound in date_bounds(given_as))
        assert earliest <= day <= latest
        before, after = earliest - datetime.timedelta(days=1), latest + datetime.timedelta(days=1)
        assert not before.isoformat().startswith(given_as)
        assert not after.isoformat().startswith(given_as)


@given(st.decimals(min_value=0, max_value=10**14, places=2, allow_nan=False))
def test_amounts_are_exact(amount: Any) -> None:
    text = f"{amount:f}"
    assert records.check_amount(text) == amount


def test_every_code_column_has_its_codelist() -> None:
    assert set(records.CODES) | {"currency"} == set(CODELISTS)
    assert not records.CURRENCIES & set(records.RETIRED_CURRENCIES)
    listed = set(re.findall(r"id/currency/([A-Z]{3})>", (ontology_dir() / "codelists.ttl").read_text(encoding="utf-8")))
    # What the IATI codelist names beside ISO 4217's active ones; the tables take none of these.
    of_aid_data = set("ANG BYR CUC MRO SLL STD USS VEF XBT ZMK ZWL".split())
    assert not of_aid_data & (records.CURRENCIES | set(records.RETIRED_CURRENCIES))
    assert listed == records.CURRENCIES | set(records.RETIRED_CURRENCIES) | of_aid_data
    assert len(TABLES) == 24
