"""The cells of strangers' spreadsheets: amounts, dates and countries by declared forms, and ids made of texts."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from secgraph.sources.sheetcells import CellError, Countries, amount_of, date_of, ident, rounded
from secgraph.sources.sheetfile import NUMBER, header_key


@given(
    st.decimals(min_value=0, max_value=10**12, places=2),
    st.sampled_from([(",", "."), (".", ","), (",", " "), (".", "'"), (",", ""), (".", "")]),
    st.booleans(),
)
@example(Decimal("1234567.89"), (",", "."), True)
def test_an_amount_is_read_by_its_declared_signs(amount: Decimal, signs: tuple[str, str], minus: bool) -> None:
    decimal, thousands = signs
    text = f"{amount:,.2f}".replace(",", "_").replace(".", decimal).replace("_", thousands)
    assert amount_of(("-" if minus else "") + text, decimal, thousands) == (-amount if minus else amount)


@pytest.mark.parametrize(
    ("text", "decimal", "thousands"),
    [
        ("1,234", ".", ""), ("1.234,5", ".", ","), ("12,34", ".", ","), ("1,2345", ".", ","), ("1 234", ".", ""),
        ("1,234.5", ",", "."), ("1.234.56", ",", "."), ("", ".", ""), ("-", ".", ""), ("5.", ".", ""), (".5", ".", ""),
        ("€5", ".", ""), ("5 EUR", ".", ""), ("1e6", ".", ""), ("٤٠", ".", ""), ("(500)", ".", ""), ("--5", ".", ""),
        ("NaN", ".", ""), ("1234,567", ".", ","),
    ],
)  # fmt: skip
def test_what_is_no_amount_by_these_signs_is_refused(text: str, decimal: str, thousands: str) -> None:
    with pytest.raises(CellError):
        amount_of(text, decimal, thousands)


def test_a_number_of_a_workbook_has_a_point_whatever_is_declared() -> None:
    assert amount_of(f"{NUMBER}1234.5", ",", ".") == Decimal("1234.5")
    with pytest.raises(CellError):
        amount_of("1234.5", ",", ".")


def test_units_multiply_exactly_and_long_fractions_are_rounded() -> None:
    assert amount_of("0.1", unit=1_000_000) == 100_000
    assert rounded(Decimal("2.0000005")) == Decimal(2)
    assert rounded(Decimal("2.0000015")) == Decimal("2.000002")
    assert str(rounded(Decimal("1E+2"))) == "100"
    assert amount_of("9" * 15) == 10**15 - 1
    with pytest.raises(CellError, match="15 digits"):
        amount_of("9" * 15, unit=10)


@given(st.dates(datetime.date(1800, 1, 1), datetime.date(2199, 12, 31)))
def test_a_date_is_read_in_its_declared_order(day: datetime.date) -> None:
    iso = day.isoformat()
    assert date_of(iso) == date_of(f"{iso} 00:00:00") == iso
    assert date_of(f"{day.day}/{day.month}/{day.year}", "dmy") == iso
    assert date_of(f"{day.month}-{day.day}-{day.year}", "mdy") == iso
    assert date_of(f"{day.day} {day:%B} {day.year}") == iso
    with pytest.raises(CellError):
        date_of(f"{day.day}/{day.month}/{day.year}")


@given(st.text(max_size=30), st.text(max_size=30))
def test_no_two_texts_become_one_id(first: str, second: str) -> None:
    assert (ident("x", first) == ident("x", second)) == (first == second)
    assert len(ident("x" * 95, first)) <= 100


def test_headers_are_compared_without_spaces_capitals_and_curly_signs() -> None:
    assert header_key("Commitment  total amount (EUR) (A+B)") == header_key(" commitment total\namount (EUR) (a+b)")
    assert header_key("Beneficiary’s contracted amount (EUR)") == header_key("Beneficiary's contracted amount (EUR)")
    assert header_key("Amount") != header_key("Total amount")


def test_a_country_is_declared_a_code_or_a_known_name() -> None:
    countries = Countries({"Levant": "", "Kosovo (under UNSCR 1244)": "XK"}, {"Serbia": "RS"})
    assert [countries.code(text) for text in ("Levant", "kosovo (under  UNSCR 1244)", "serbia", "BA")] == [
        "", "XK", "RS", "BA",
    ]  # fmt: skip
    for text in ("UK", "Atlantis", "ba"):
        with pytest.raises(CellError):
            countries.code(text)
