"""The cells of a stranger's spreadsheet by declared forms: amounts, dates, countries. Nothing is guessed."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Final

from secgraph.records import COUNTRY_HINTS
from secgraph.records.cells import COUNTRY, ID_LENGTH
from secgraph.sources.rows import Complaint, complaint_of
from secgraph.sources.workbook import NUMBER
from secgraph.vocab import slug

DECIMALS: Final = 6
"""The most digits after the point that an amount keeps."""
_MONTHS: Final = (
    "january february march april may june july august september october november december".split()
)  # fmt: skip
_SPACES: Final = " \u00a0\u202f"


class CellError(ValueError):
    """A cell that cannot be taken; holds what is wrong with it."""

    def __init__(self, rule: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.complaint = Complaint(rule, message, hint)


def amount_of(text: str, decimal: str = ".", thousands: str = "", unit: int = 1) -> Decimal:
    """Return an amount that is written with these signs; a number of a workbook has a point whatever they are.

    >>> amount_of("1.234.567,89", ",", "."), amount_of("2,5", ",", "", 1_000_000)
    (Decimal('1234567.89'), Decimal('2500000.0'))

    Raises:
        CellError: the text is no amount, or not one by these signs.
    """
    plain = text.strip()
    if plain.startswith(NUMBER):
        plain, decimal, thousands = plain.removeprefix(NUMBER), ".", ""
    sign = "-" if plain.startswith(("-", "\u2212")) else ""
    digits = plain[1:] if sign else plain
    if thousands == " ":
        digits = digits.translate(dict.fromkeys(map(ord, _SPACES), " "))
    mark, point = re.escape(thousands), re.escape(decimal)
    whole = rf"[0-9]{{1,3}}({mark}[0-9]{{3}})+|[0-9]+" if thousands else "[0-9]+"
    if not re.fullmatch(rf"({whole})({point}[0-9]+)?", digits):
        told = f"decimal = {decimal!r} and thousands = {thousands!r}"
        rule = "amount-ambiguous" if re.fullmatch(r"[0-9]+([., '\u00a0\u202f][0-9]+)*", digits) else "amount-form"
        hint = "declare the signs of the column in dataset.toml" if rule == "amount-ambiguous" else "write digits only"
        raise CellError(rule, f"not an amount by {told}", hint)
    body = digits.replace(thousands, "") if thousands else digits
    found = Decimal(f"{sign}{body.replace(decimal, '.')}") * unit
    if len(str(abs(int(found)))) > 15:
        raise CellError("amount-size", "more than 15 digits", "see the source again")
    return found


def rounded(amount: Decimal) -> Decimal:
    """Return an amount with at most `DECIMALS` digits after the point, and no zeros at its end.

    >>> rounded(Decimal("1.23456789")), rounded(Decimal("1500.00"))
    (Decimal('1.234568'), Decimal('1500'))
    """
    text = f"{round(amount, DECIMALS):f}"
    return Decimal(text.rstrip("0").rstrip(".") if "." in text else text)


@lru_cache(maxsize=10_000)
def date_of(text: str, order: str = "ymd") -> str:
    """Return a date as the tables write it; digits in another order than that of ISO 8601 need it declared.

    >>> date_of("28 January 1997"), date_of("3/4/2019", "dmy"), date_of("2019-04"), date_of("2019")
    ('1997-01-28', '2019-04-03', '2019-04', '2019')

    Raises:
        CellError: the text is no date, or not one in this order.
    """
    plain = " ".join(text.removeprefix(NUMBER).split())
    plain = re.sub(r"(?<=[0-9]) 00:00:00$", "", plain)
    words = re.fullmatch(r"([0-9]{1,2})(?:st|nd|rd|th)? ([A-Za-z]+),? ([0-9]{4})", plain)
    parts = re.fullmatch(r"([0-9]{1,4})[./-]([0-9]{1,2})[./-]([0-9]{1,4})", plain)
    if words and words[2].lower() in _MONTHS:
        plain = f"{words[3]}-{_MONTHS.index(words[2].lower()) + 1:02d}-{int(words[1]):02d}"
    elif parts and len(parts[3]) == 4 and order != "ymd":
        day, month = (parts[1], parts[2]) if order == "dmy" else (parts[2], parts[1])
        plain = f"{parts[3]}-{int(month):02d}-{int(day):02d}"
    elif parts and len(parts[1]) == 4:
        plain = f"{parts[1]}-{int(parts[2]):02d}-{int(parts[3]):02d}"
    complaint = complaint_of("funding", "date", plain)
    if complaint or not plain:
        rule, message, hint = complaint or Complaint("date-form", "not a date", "")
        if parts and len(parts[1]) < 4 and order == "ymd":
            hint = 'write dates = "dmy" or dates = "mdy" in dataset.toml: day and month are not guessed'
        raise CellError(rule, message, hint)
    return plain


def year_of(text: str) -> str:
    """Return a year.

    Raises:
        CellError: the text is none.
    """
    plain = text.removeprefix(NUMBER).strip()
    if not re.fullmatch("[0-9]{4}", plain):
        raise CellError("date-form", "not a year", "map a column of days to `date` instead")
    return date_of(plain)


class Countries:
    """Which country a text means: by the dataset's settings, as a code, or by a name that is known."""

    def __init__(self, declared: Mapping[str, str], names: Mapping[str, str]) -> None:
        self._declared = {_folded(text): code for text, code in declared.items()}
        self._names = {_folded(name): code for name, code in names.items()}

    def code(self, text: str) -> str:
        """Return the code of two capitals, '' for a text that means no one country.

        Raises:
            CellError: nothing says which country is meant.
        """
        key = _folded(text)
        if key in self._declared:
            return self._declared[key]
        if COUNTRY.match(text.strip()) and text.strip() not in COUNTRY_HINTS:
            return text.strip()
        if key in self._names:
            return self._names[key]
        meant = COUNTRY_HINTS.get(text.strip().upper())
        hint = f'write it in dataset.toml: [spreadsheet.countries] "{text}" = "{meant or ""}"'
        raise CellError("country-code", "not a country that is known", hint + ("" if meant else " (or two capitals)"))


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


@lru_cache(maxsize=10_000)
def ident(prefix: str, text: str) -> str:
    """Return an id made of a text of others: readable, and never the same for two texts.

    >>> ident("fts", "2019-12"), ident("fts", "A/1")
    ('fts-2019-12', 'fts-a-1-a5b3d27a')
    """
    plain = slug(text)
    exact = plain == text and len(prefix) + len(plain) < ID_LENGTH
    mark = "" if exact else "-" + hashlib.sha256(text.encode()).hexdigest()[:8]
    room = ID_LENGTH - len(mark)
    return f"{prefix}-{plain}"[:room].rstrip("-") + mark


def parts(text: str) -> Iterable[str]:
    """Return the items of a cell that lists several.

    >>> list(parts("A | B|"))
    ['A', 'B']
    """
    return [item for piece in text.split("|") if (item := " ".join(piece.split()))]
