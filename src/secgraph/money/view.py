"""The rows of a book in one reference currency: for each its sum in cents, and the rate that it was converted with."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from functools import cached_property
from typing import Any, Final

import numpy as np

from secgraph.money.book import Book, Codes, Flags, Ints, Span, coded, objects
from secgraph.money.rates import Deflator, Exchange, Quote
from secgraph.values import XSD, Literal

CENTS: Final = 100
_PER_CENT: Final = 10_000
"""How many millionths are a cent."""
_LARGEST: Final = 9 * 10**16
"""The largest sum in cents that is converted to: see `book`."""


class View:
    """All rows in one currency; `known` are those that have a sum and a rate.

    `missing` says of each quote's code what is missing for it, where something is.
    """

    def __init__(self, book: Book, exchange: Exchange, currency: str, mode: str, deflator: Deflator | None) -> None:
        self._book = book
        self.currency = exchange.reference(currency)
        pairs = list(zip(book.currencies.codes.tolist(), book.spans.codes.tolist(), strict=True))
        spans: list[Span] = book.spans.values

        def quoted(pair: tuple[int, int]) -> tuple[str, Quote, Decimal]:
            code, span = book.currencies.values[pair[0]], spans[pair[1]]
            if not code:
                return code, Quote(None, "", "no currency is stated"), Decimal(1)
            quote = exchange.quote(code, currency, span.day, span.rate_year, mode)
            factor = deflator.factor(span.rate_year) if deflator else Decimal(1)
            if factor is None:
                told = f"the deflator {deflator.name if deflator else ''} has no index of {span.rate_year or 'no year'}"
                quote, factor = Quote(None, "", told), Decimal(1)
            return code, quote, factor

        quotes = coded(pairs, quoted)
        self.quotes: list[tuple[str, Quote, Decimal]] = quotes.values
        self.codes: Codes = quotes.codes
        has = np.array([quote.rate is not None for _code, quote, _factor in self.quotes], dtype=np.bool_)
        self.known: Flags = has[self.codes] & book.has_amount
        plain = np.array([quote.rate == 1 == factor for _code, quote, factor in self.quotes], dtype=np.bool_)
        self.cents: Ints = np.zeros(len(book), dtype=np.int64)
        one = plain[self.codes] & self.known
        self.cents[one] = _round_half_even(book.millionths[one])
        for row in np.flatnonzero(self.known & ~one).tolist():
            _code, quote, factor = self.quotes[self.codes[row]]
            amount = Decimal(int(book.millionths[row])).scaleb(-6)
            cents = int((amount / (quote.rate or 1) * factor * CENTS).to_integral_value(ROUND_HALF_EVEN))
            self.known[row] = abs(cents) <= _LARGEST
            self.cents[row] = cents if self.known[row] else 0

    @cached_property
    def cells(self) -> Any:
        """Return the sums in the reference currency as cells of a table, in an array of objects."""
        return objects(
            [money(cents) if ok else None for cents, ok in zip(self.cents.tolist(), self.known.tolist(), strict=True)]
        )


def _round_half_even(millionths: Ints) -> Ints:
    whole, rest = np.divmod(millionths, _PER_CENT)
    half = _PER_CENT // 2
    result: Ints = whole + ((rest > half) | ((rest == half) & (whole % 2 == 1)))
    return result


def money(cents: int) -> Literal:
    """Return a number of cents as an exact cell.

    >>> money(-105).value, money(1500).value
    ('-1.05', '15.00')
    """
    sign, cents = ("-", -cents) if cents < 0 else ("", cents)
    return Literal(f"{sign}{cents // 100}.{cents % 100:02}", XSD + "decimal")
