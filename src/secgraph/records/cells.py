"""The rules of one cell: text comes in, a typed value goes out, or an error with its rule, message and hint."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Final, NamedTuple
from urllib.parse import urlsplit

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from secgraph.records.codes import CODES, COUNTRY_HINTS, CURRENCIES, RETIRED_CURRENCIES, ROW_KINDS
from secgraph.vocab import KINDS

OPEN: Final = ".."
MONEY_KIND: Final = "money-kind"
ID_PATTERN: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
ROW_ID_PATTERN: Final = re.compile(r"[A-Za-z0-9]+(-{1,2}[A-Za-z0-9]+)*\Z")
ID_LENGTH: Final = 100
COUNTRY: Final = re.compile(r"[A-Z]{2}\Z")
# The letters and signs of RFC 3987, which a store holds addresses to; private ones only after the question mark.
_LETTER: Final = (
    r"\-A-Za-z0-9._~!$&'()*+,;=:@"
    "\u00a0-\ud7ff\uf900-\ufdcf\ufdf0-\uffef"
    + "".join(f"{chr(plane << 16)}-{chr((plane << 16) + 0xFFFD)}" for plane in range(1, 14))
    + "\U000e1000-\U000efffd"
)
_PART: Final = rf"(?:[{_LETTER}]|%[0-9A-Fa-f]{{2}})"
ADDRESS: Final = re.compile(
    rf"https?://(?:\[[0-9A-Fa-f:.]+\]|(?:(?![:@]){_PART})+)(?::[0-9]*)?(?:/(?:{_PART}|/)*)?"
    rf"(?:\?(?:{_PART}|[/?\ue000-\uf8ff])*)?(?:\#(?:{_PART}|[/?])*)?\Z",
    re.IGNORECASE,
)
"""A web address that every store takes as an IRI."""
DATE_FORMS: Final = "write YYYY, YYYY-MM or YYYY-MM-DD"


class Bounds(NamedTuple):
    """The first and the last day that a date may mean, as ISO 8601 days."""

    earliest: str
    latest: str


def date_bounds(date: str) -> Bounds:
    """Return the days between which a date at its stated precision lies.

    >>> date_bounds("2018-05")
    Bounds(earliest='2018-05-01', latest='2018-05-31')
    >>> date_bounds("2016-02").latest, date_bounds("2018").latest, date_bounds("2018-05-03").earliest
    ('2016-02-29', '2018-12-31', '2018-05-03')
    """
    parts = date.split("-")
    if len(parts) == 1:
        return Bounds(f"{date}-01-01", f"{date}-12-31")
    if len(parts) == 2:
        last = calendar.monthrange(int(parts[0]), int(parts[1]))[1]
        return Bounds(f"{date}-01", f"{date}-{last:02d}")
    return Bounds(date, date)


def _fail(rule: str, message: str, hint: str = "") -> PydanticCustomError:
    # Braces would be read as a template by pydantic; the texts travel in the context instead.
    return PydanticCustomError(rule, "{message}", {"message": message, "hint": hint})


def check_date(value: str) -> str:
    """Return a date of the accepted forms unchanged.

    >>> check_date("2018-05")
    '2018-05'

    Raises:
        PydanticCustomError: rule `date-form` or `date-calendar`.
    """
    match = re.fullmatch(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?", value)
    if not match:
        other = re.fullmatch(r"([0-9]{1,2})[./]([0-9]{1,2})[./]([0-9]{2,4})", value)
        note = "day and month are not guessed; " if other else ""
        if re.fullmatch(r"[2-6][0-9]{4}(\.[0-9]+)?", value):
            note = "a spreadsheet counts its days like this: format the cell as text; "
        raise _fail("date-form", "not a date of an accepted form", note + DATE_FORMS)
    year, month, day = (int(part) if part else 0 for part in match.groups())
    if not 1800 <= year <= 2199:
        raise _fail("date-year", f"the year {match[1]} is outside 1800 to 2199", DATE_FORMS)
    if match[2] and not 1 <= month <= 12:
        raise _fail("date-calendar", f"there is no month {match[2]}", "the order is year, month, day")
    if match[3] and not 1 <= day <= calendar.monthrange(year, month)[1]:
        raise _fail("date-calendar", f"{match[1]}-{match[2]} has no day {match[3]}", "see the source again")
    return value


def check_period(value: str) -> str:
    """Return a date or a period `a/b` unchanged; b is not before a."""
    if "/" not in value:
        return check_date(value)
    first, _, last = value.partition("/")
    check_date(first)
    check_date(last)
    if date_bounds(last).latest < date_bounds(first).earliest:
        raise _fail("date-order", "the period ends before it starts", "write the earlier date first")
    return value


def check_end(value: str) -> str:
    """Return the end of an interval unchanged: a date, or `..` where the source says that it goes on."""
    return value if value == OPEN else check_date(value)


def check_id(pattern: re.Pattern[str]) -> Callable[[str], str]:
    """Return the rule of ids of one pattern."""

    def check(value: str) -> str:
        if not pattern.match(value) or len(value) > ID_LENGTH:
            shown = "lower-case letters, digits and single hyphens" if pattern is ID_PATTERN else "ids joined by --"
            raise _fail("id-form", "not an id", f"{shown}, at most {ID_LENGTH} characters: {pattern.pattern[:-2]}")
        return value

    return check


def check_code(codelist: str) -> Callable[[str], str]:
    """Return the rule of the codes of one codelist."""

    def check(value: str) -> str:
        if value not in CODES[codelist]:
            raise _fail("code-unknown", f"not a code of {codelist}", "one of " + ", ".join(CODES[codelist]))
        return value

    return check


def check_money_kind(value: str) -> str:
    """Return a kind of money unchanged; `co-financing` is one of the tables only."""
    return value if value == "co-financing" else check_code(MONEY_KIND)(value)


def check_country(value: str) -> str:
    """Return a country code of two capitals unchanged; hints at what was meant otherwise."""
    if COUNTRY.match(value) and value not in COUNTRY_HINTS:
        return value
    key = value.upper().rstrip("*")
    meant = COUNTRY_HINTS.get(key) or {"KOSOVO": "XK", "NORWAY": "NO"}.get(key)
    hint = f"write {meant}" if meant else "write the ISO 3166-1 code of two capitals (Kosovo: XK)"
    raise _fail("country-code", "not a country code", hint)


def check_url(value: str) -> str:
    """Return a web address unchanged: http or https, a host, no user and password."""
    try:
        parts = urlsplit(value)
        host = parts.hostname
    except ValueError:
        raise _fail("url-form", "not a web address", "write https://host/path") from None
    if parts.scheme not in ("http", "https") or not host:
        raise _fail("url-scheme", "only http and https addresses become links", "write https://host/path")
    if parts.username is not None or parts.password is not None:
        raise _fail("url-credentials", "the address holds a user or password", "take it out")
    if not ADDRESS.match(value):
        raise _fail("url-form", "not a web address by RFC 3987", "percent-encode other signs; a percent sign is %25")
    return value


AMOUNT_DIGITS: Final = 15


def check_amount(value: str) -> Decimal:
    """Return an exact amount: plain digits, at most 15 before and 4 after the point.

    >>> check_amount("17915000.50")
    Decimal('17915000.50')
    """
    if re.fullmatch(r"[0-9]+(\.[0-9]{1,4})?", value):
        if len(value.split(".", maxsplit=1)[0]) > AMOUNT_DIGITS:
            raise _fail("amount-size", f"more than {AMOUNT_DIGITS} digits", "see the source again")
        if not re.fullmatch(r"[0-9]{1,3}\.[0-9]{3}", value):
            return Decimal(value)
    digits = re.sub(r"\D", "", value)
    if re.fullmatch(r"[0-9]{1,3}([.,][0-9]{3})+", value) or re.fullmatch(r"[0-9]+[.,][0-9]{1,4}", value):
        whole, fraction = re.split(r"[.,](?=\d+\Z)", value)
        raise _fail(
            "amount-ambiguous",
            f"may be read as {digits} or as {re.sub(r'[.,]', '', whole)}.{fraction}",
            "write plain digits with a point before the cents only",
        )
    if re.fullmatch(r"[0-9]{1,3}([., ' ][0-9]{3})*[.,][0-9]{1,2}", value):
        whole, fraction = re.split(r"[.,](?=\d+\Z)", value)
        plain = re.sub(r"\D", "", whole)
        raise _fail(
            "amount-ambiguous", f"may be read as {plain}.{fraction} or as {digits}", "write plain digits, no separators"
        )
    if value.startswith("-") and len(value) > 1:
        raise _fail("amount-negative", "amounts are not negative", "a correction is a row that `replaces` another")
    raise _fail("amount-form", "not an amount", "write plain digits, no currency, no separators; leave unknown empty")


def check_figure(value: str) -> Decimal:
    """Return an exact figure of context, which may be negative: at most 15 digits before and 6 after the point.

    >>> check_figure("-63103.49447")
    Decimal('-63103.49447')
    """
    if not re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,6})?", value):
        raise _fail("figure-form", "not a figure", "write plain digits with a point, no separators, no unit")
    return Decimal(value)


def check_quotient(value: str) -> Decimal:
    """Return an exact rate or index above 0, with at most 6 digits after the point.

    >>> check_quotient("1.95583")
    Decimal('1.95583')
    """
    if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,6})?", value) or not Decimal(value):
        raise _fail("rate-form", "not a number above 0", "write plain digits with a point, as 1.95583")
    return Decimal(value)


def check_year(value: str) -> str:
    """Return a year unchanged."""
    if not re.fullmatch(r"[0-9]{4}", value):
        raise _fail("date-form", "not a year", "write YYYY")
    return check_date(value)


def check_rate_date(value: str) -> str:
    """Return the day or the year of a rate unchanged."""
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}", value):
        raise _fail("date-form", "a rate is one of a day or of a year", "write YYYY-MM-DD or YYYY")
    return check_date(value)


def check_sector(value: str) -> str:
    """Return the code of a sector unchanged, `all` for the whole."""
    if not re.fullmatch(r"[A-Za-z0-9]{1,20}", value):
        raise _fail("sector-form", "not the code of a sector", "write the code of the DAC, as 15210, or all")
    return value


def check_currency(value: str) -> str:
    """Return an ISO 4217 code unchanged, retired ones too."""
    if value in CURRENCIES or value in RETIRED_CURRENCIES:
        return value
    meant = {"€": "EUR", "EURO": "EUR", "$": "USD", "US$": "USD", "£": "GBP", "KM": "BAM"}.get(value.upper())
    raise _fail("currency-code", "not a currency code", f"write {meant}" if meant else "write an ISO 4217 code, as EUR")


def check_share(value: str) -> Decimal:
    """Return an exact percentage above 0, up to 100."""
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,4})?", value) or not 0 < Decimal(value) <= 100:
        raise _fail("share-form", "not a percentage above 0 up to 100", "write digits, as 89.89, without a sign")
    return Decimal(value)


def check_flag(value: str) -> bool:
    """Return True for `yes`, the only mark there is."""
    if value != "yes":
        raise _fail("flag-form", "not a mark", "write yes, or leave the cell empty")
    return True


def check_integer(value: str) -> int:
    """Return a whole number of at most four digits."""
    if not re.fullmatch(r"[0-9]{1,4}", value):
        raise _fail("number-form", "not a whole number", "write digits, as 12")
    return int(value)


def check_language(value: str) -> str:
    """Return a BCP 47 language tag unchanged."""
    if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", value):
        raise _fail("language-tag", "not a language tag", "write a BCP 47 tag, as sr-Latn")
    return value


def check_kind(value: str) -> str:
    """Return the kind of a row unchanged."""
    if value not in ROW_KINDS:
        raise _fail("kind-unknown", "not a kind of row", "one of " + ", ".join(sorted(ROW_KINDS)))
    return value


def check_profile(value: str) -> str:
    """Return a label of a profile, `profile=label`, unchanged."""
    if not re.fullmatch(r"[a-z0-9-]+=[^=]+", value):
        raise _fail("label-profile", "not a label of a profile", "write profile=label, as eu=Kosovo*")
    return value


def check_identifier(value: str) -> str:
    """Return an outside identifier, `scheme:value`, unchanged."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9.-]*:\S.*", value):
        raise _fail("identifier-form", "not an outside identifier", "write scheme:value, as iati:XM-DAC-41304")
    return value


def many(check: Callable[[str], Any]) -> Callable[[Any], Any]:
    """Return the rule of a list, its items separated by `|`, each kept by `check`."""

    def run(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if not value:
            return ()
        items = value.split("|")
        if any(not item.strip() for item in items):
            raise _fail("list-empty-item", "the list has an empty item", "items are separated by one |")
        if any(item != item.strip(" \u00a0") for item in items):
            raise _fail("list-blanks", "blanks around an item of the list", "write a|b, without blanks around the |")
        if len(set(items)) != len(items):
            raise _fail("list-repeated-item", "the list names one item twice", "name it once")
        return tuple(check(item) for item in items)

    return run


def one(check: Callable[[str], Any]) -> Callable[[Any], Any]:
    """Return the rule of a cell that may be empty; an empty one is None."""

    def run(value: Any) -> Any:
        return check(value) if isinstance(value, str) and value else (None if value == "" else value)

    return run


def required(check: Callable[[str], Any]) -> Callable[[Any], Any]:
    """Return the rule of a cell that must be filled."""

    def run(value: Any) -> Any:
        if value in ("", None):
            raise _fail("value-missing", "the cell is empty", "this column needs a value")
        return check(value) if isinstance(value, str) else value

    return run


def same(value: str) -> str:
    """Return a text unchanged."""
    return value


@dataclass(frozen=True)
class Ref:
    """What a cell's ids may refer to; `jurisdiction` stands for two capitals, other kinds are those of the tables."""

    kinds: frozenset[str]


AGENTS: Final = frozenset({"organisation", "initiative", "jurisdiction"})
BACKERS: Final = AGENTS | {"instrument", "programme"}

Text = Annotated[str, BeforeValidator(lambda value: value or "")]
NeededText = Annotated[str, BeforeValidator(required(same))]
Texts = Annotated[tuple[str, ...], BeforeValidator(many(same))]
Id = Annotated[str, BeforeValidator(required(check_id(ID_PATTERN)))]
RowId = Annotated[str, BeforeValidator(required(check_id(ROW_ID_PATTERN)))]
Date = Annotated[str | None, BeforeValidator(one(check_date))]
End = Annotated[str | None, BeforeValidator(one(check_end))]
Period = Annotated[str | None, BeforeValidator(one(check_period))]
Periods = Annotated[tuple[str, ...], BeforeValidator(many(check_period))]
Url = Annotated[str | None, BeforeValidator(one(check_url))]
Amount = Annotated[Decimal | None, BeforeValidator(one(check_amount))]
Share = Annotated[Decimal | None, BeforeValidator(one(check_share))]
Currency = Annotated[str | None, BeforeValidator(one(check_currency))]
Flag = Annotated[bool | None, BeforeValidator(one(check_flag))]
Country = Annotated[str | None, BeforeValidator(one(check_country)), Ref(frozenset({"jurisdiction"}))]
Countries = Annotated[tuple[str, ...], BeforeValidator(many(check_country)), Ref(frozenset({"jurisdiction"}))]
Topics = Annotated[tuple[str, ...], BeforeValidator(many(same)), Ref(frozenset({"topic"}))]
SourceIds = Annotated[tuple[str, ...], BeforeValidator(required(many(same))), Ref(frozenset({"source"}))]
Identifiers = Annotated[tuple[str, ...], BeforeValidator(many(check_identifier))]


@dataclass(frozen=True)
class Coded(BeforeValidator):
    """The mark of a column that holds a code, which knows its codelist."""

    codelist: str = ""


def coded(codelist: str, *, needed: bool = False) -> Any:
    """Return the mark of a column that holds a code."""
    check = check_money_kind if codelist == MONEY_KIND else check_code(codelist)
    return Coded(required(check) if needed else one(check), codelist=codelist)


def refs(*kinds: str) -> Any:
    """Return the marks of a column that lists ids of these kinds."""
    return (BeforeValidator(many(same)), Ref(frozenset(kinds)))


def ref(*kinds: str, needed: bool = False) -> Any:
    """Return the marks of a column that holds one id of these kinds."""
    assert set(kinds) <= KINDS | {"funding"}
    return (BeforeValidator(required(same) if needed else one(same)), Ref(frozenset(kinds)))
