"""The column contract: one record class per curated table, and the rules that each cell must keep.

Cells come in as text and leave typed: lists as tuples, amounts as `Decimal`, dates as text that is known to be a
date at its stated precision. Rules across rows (references, cycles, duplicates) belong to `validation`.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Final, NamedTuple
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from secgraph.vocab import KINDS

OPEN: Final = ".."
ID_PATTERN: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
ROW_ID_PATTERN: Final = re.compile(r"[A-Za-z0-9]+(-{1,2}[A-Za-z0-9]+)*\Z")
ID_LENGTH: Final = 100
COUNTRY: Final = re.compile(r"[A-Z]{2}\Z")
DATE_FORMS: Final = "write YYYY, YYYY-MM or YYYY-MM-DD"

CODES: Final[dict[str, tuple[str, ...]]] = {
    "organisation-type": tuple(
        "intergovernmental eu-institution eu-agency ministry police prosecution intelligence border-agency customs "
        "government-agency ngo research secretariat forum company other".split()
    ),
    "initiative-type": tuple("process initiative convention network forum platform pillar strategy agreement".split()),
    "programme-type": tuple("programme project action twinning trust-fund".split()),
    "event-type": tuple(
        "ministerial board expert technical working-group conference network-meeting training summit "
        "steering-committee study-visit operation other".split()
    ),
    "event-status": tuple("announced held postponed cancelled unknown".split()),
    "document-type": tuple(
        "plan-of-action convention agreement terms-of-reference council-conclusions declaration report strategy "
        "roadmap".split()
    ),
    "source-kind": tuple("web-page press-release project-page report treaty legal-act dataset news".split()),
    "membership-role": tuple(
        "member contracting-party observer partner associate lead-partner support-group-member chair "
        "secretariat-host donor signatory".split()
    ),
    "participation-role": tuple(
        "organiser host supporter speaker participant partner funder accountable extending implementing "
        "beneficiary".split()
    ),
    "money-kind": tuple("commitment budget disbursement expenditure pledge contribution".split()),
    "qualifier": ("exact", "up-to", "more-than", "about"),
    "scope": ("security", "all-sectors"),
    "measure": ("obligation", "appropriation", "request", "spending"),
    "basis": ("independent", "project-aim"),
    "objective": ("anticipate", "prevent", "protect", "respond"),
    "name-type": ("official", "short", "former", "alias", "translation"),
}

CURRENCIES: Final = frozenset(
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE "
    "CHF CHW CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF "
    "GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR "
    "LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN "
    "PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS "
    "TMT TND TOP TRY TTD TWD TZS UAH UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST XAF XCD XCG XDR XOF XPF YER "
    "ZAR ZMW ZWG".split()
)
RETIRED_CURRENCIES: Final[dict[str, tuple[str, str]]] = {
    "ATS": ("2002", "EUR"), "BEF": ("2002", "EUR"), "BGN": ("2026", "EUR"), "CYP": ("2008", "EUR"),
    "DEM": ("2002", "EUR"), "EEK": ("2011", "EUR"), "ESP": ("2002", "EUR"), "FIM": ("2002", "EUR"),
    "FRF": ("2002", "EUR"), "GRD": ("2002", "EUR"), "HRK": ("2023", "EUR"), "IEP": ("2002", "EUR"),
    "ITL": ("2002", "EUR"), "LTL": ("2015", "EUR"), "LUF": ("2002", "EUR"), "LVL": ("2014", "EUR"),
    "MTL": ("2008", "EUR"), "NLG": ("2002", "EUR"), "PTE": ("2002", "EUR"), "SIT": ("2007", "EUR"),
    "SKK": ("2009", "EUR"), "XEU": ("1999", "EUR"), "YUM": ("2003", "RSD"), "CSD": ("2006", "RSD"),
}  # fmt: skip
"""Retired codes: the year in which each was withdrawn, and what followed."""

COUNTRY_HINTS: Final = {
    "UK": "GB", "EL": "GR", "KO": "XK", "KS": "XK", "XKX": "XK", "FALSE": "NO", "EN": "GB", "SRB": "RS",
}  # fmt: skip


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
    match = re.fullmatch(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", value)
    if not match:
        other = re.fullmatch(r"(\d{1,2})[./](\d{1,2})[./](\d{2,4})", value)
        note = "day and month are not guessed; " if other else ""
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


def _check_end(value: str) -> str:
    return value if value == OPEN else check_date(value)


def _check_id(pattern: re.Pattern[str]) -> Callable[[str], str]:
    def check(value: str) -> str:
        if not pattern.match(value) or len(value) > ID_LENGTH:
            shown = "lower-case letters, digits and single hyphens" if pattern is ID_PATTERN else "ids joined by --"
            raise _fail("id-form", "not an id", f"{shown}, at most {ID_LENGTH} characters: {pattern.pattern[:-2]}")
        return value

    return check


def _check_code(codelist: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        if value not in CODES[codelist]:
            raise _fail("code-unknown", f"not a code of {codelist}", "one of " + ", ".join(CODES[codelist]))
        return value

    return check


def _check_money_kind(value: str) -> str:
    return value if value == "co-financing" else _check_code("money-kind")(value)


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
    if re.search(r'[\s<>"{}|\\^`\x00-\x20]', value):
        raise _fail("url-form", "the address holds a character that no address may hold", "percent-encode it")
    return value


AMOUNT_DIGITS: Final = 15


def check_amount(value: str) -> Decimal:
    """Return an exact amount: plain digits, at most 15 before and 4 after the point.

    >>> check_amount("17915000.50")
    Decimal('17915000.50')
    """
    if re.fullmatch(r"\d+(\.\d{1,4})?", value):
        if len(value.split(".", maxsplit=1)[0]) > AMOUNT_DIGITS:
            raise _fail("amount-size", f"more than {AMOUNT_DIGITS} digits", "see the source again")
        if not re.fullmatch(r"\d{1,3}\.\d{3}", value):
            return Decimal(value)
    digits = re.sub(r"\D", "", value)
    if re.fullmatch(r"\d{1,3}([.,]\d{3})+", value) or re.fullmatch(r"\d+[.,]\d{1,4}", value):
        whole, fraction = re.split(r"[.,](?=\d+\Z)", value)
        raise _fail(
            "amount-ambiguous",
            f"may be read as {digits} or as {re.sub(r'[.,]', '', whole)}.{fraction}",
            "write plain digits with a point before the cents only",
        )
    if re.fullmatch(r"\d{1,3}([., ' ]\d{3})*[.,]\d{1,2}", value):
        whole, fraction = re.split(r"[.,](?=\d+\Z)", value)
        plain = re.sub(r"\D", "", whole)
        raise _fail(
            "amount-ambiguous", f"may be read as {plain}.{fraction} or as {digits}", "write plain digits, no separators"
        )
    if value.startswith("-") and len(value) > 1:
        raise _fail("amount-negative", "amounts are not negative", "a correction is a row that `replaces` another")
    raise _fail("amount-form", "not an amount", "write plain digits, no currency, no separators; leave unknown empty")


def _check_currency(value: str) -> str:
    if value in CURRENCIES or value in RETIRED_CURRENCIES:
        return value
    meant = {"€": "EUR", "EURO": "EUR", "$": "USD", "US$": "USD", "£": "GBP", "KM": "BAM"}.get(value.upper())
    raise _fail("currency-code", "not a currency code", f"write {meant}" if meant else "write an ISO 4217 code, as EUR")


def _check_share(value: str) -> Decimal:
    if not re.fullmatch(r"\d{1,3}(\.\d{1,4})?", value) or not 0 < Decimal(value) <= 100:
        raise _fail("share-form", "not a percentage above 0 up to 100", "write digits, as 89.89, without a sign")
    return Decimal(value)


def _check_flag(value: str) -> bool:
    if value != "yes":
        raise _fail("flag-form", "not a mark", "write yes, or leave the cell empty")
    return True


def _check_integer(value: str) -> int:
    if not re.fullmatch(r"\d{1,4}", value):
        raise _fail("number-form", "not a whole number", "write digits, as 12")
    return int(value)


def _check_language(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", value):
        raise _fail("language-tag", "not a language tag", "write a BCP 47 tag, as sr-Latn")
    return value


def _check_kind(value: str) -> str:
    if value not in ROW_KINDS:
        raise _fail("kind-unknown", "not a kind of row", "one of " + ", ".join(sorted(ROW_KINDS)))
    return value


def _check_profile(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9-]+=[^=]+", value):
        raise _fail("label-profile", "not a label of a profile", "write profile=label, as eu=Kosovo*")
    return value


def _check_identifier(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9.-]*:\S.*", value):
        raise _fail("identifier-form", "not an outside identifier", "write scheme:value, as iati:XM-DAC-41304")
    return value


def _many(check: Callable[[str], Any]) -> Callable[[Any], Any]:
    def run(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if not value:
            return ()
        items = value.split("|")
        if any(not item.strip() for item in items):
            raise _fail("list-empty-item", "the list has an empty item", "items are separated by one |")
        if len(set(items)) != len(items):
            raise _fail("list-repeated-item", "the list names one item twice", "name it once")
        return tuple(check(item) for item in items)

    return run


def _one(check: Callable[[str], Any]) -> Callable[[Any], Any]:
    def run(value: Any) -> Any:
        return check(value) if isinstance(value, str) and value else (None if value == "" else value)

    return run


def _needed(check: Callable[[str], Any]) -> Callable[[Any], Any]:
    def run(value: Any) -> Any:
        if value in ("", None):
            raise _fail("value-missing", "the cell is empty", "this column needs a value")
        return check(value) if isinstance(value, str) else value

    return run


def _same(value: str) -> str:
    return value


@dataclass(frozen=True)
class Ref:
    """What a cell's ids may refer to; `jurisdiction` stands for two capitals, other kinds are those of the tables."""

    kinds: frozenset[str]


AGENTS: Final = frozenset({"organisation", "initiative", "jurisdiction"})
BACKERS: Final = AGENTS | {"instrument", "programme"}

Text = Annotated[str, BeforeValidator(lambda value: value or "")]
NeededText = Annotated[str, BeforeValidator(_needed(_same))]
Texts = Annotated[tuple[str, ...], BeforeValidator(_many(_same))]
Id = Annotated[str, BeforeValidator(_needed(_check_id(ID_PATTERN)))]
RowId = Annotated[str, BeforeValidator(_needed(_check_id(ROW_ID_PATTERN)))]
Date = Annotated[str | None, BeforeValidator(_one(check_date))]
End = Annotated[str | None, BeforeValidator(_one(_check_end))]
Period = Annotated[str | None, BeforeValidator(_one(check_period))]
Periods = Annotated[tuple[str, ...], BeforeValidator(_many(check_period))]
Url = Annotated[str | None, BeforeValidator(_one(check_url))]
Amount = Annotated[Decimal | None, BeforeValidator(_one(check_amount))]
Share = Annotated[Decimal | None, BeforeValidator(_one(_check_share))]
Currency = Annotated[str | None, BeforeValidator(_one(_check_currency))]
Flag = Annotated[bool | None, BeforeValidator(_one(_check_flag))]
Country = Annotated[str | None, BeforeValidator(_one(check_country)), Ref(frozenset({"jurisdiction"}))]
Countries = Annotated[tuple[str, ...], BeforeValidator(_many(check_country)), Ref(frozenset({"jurisdiction"}))]
Topics = Annotated[tuple[str, ...], BeforeValidator(_many(_same)), Ref(frozenset({"topic"}))]
SourceIds = Annotated[tuple[str, ...], BeforeValidator(_needed(_many(_same))), Ref(frozenset({"source"}))]
Identifiers = Annotated[tuple[str, ...], BeforeValidator(_many(_check_identifier))]


def _code(codelist: str, *, needed: bool = False) -> Any:
    check = _check_code(codelist)
    return BeforeValidator(_needed(check) if needed else _one(check))


def _refs(*kinds: str) -> Any:
    return (BeforeValidator(_many(_same)), Ref(frozenset(kinds)))


def _ref(*kinds: str, needed: bool = False) -> Any:
    assert set(kinds) <= KINDS | {"funding"}
    return (BeforeValidator(_needed(_same) if needed else _one(_same)), Ref(frozenset(kinds)))


class Record(BaseModel):
    """One row of one table, with the file and the row number (header = 1) that it came from."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    table: ClassVar[str] = ""
    kind: ClassVar[str] = ""
    key: ClassVar[tuple[str, ...]] = ("id",)

    file: str = Field(default="", exclude=True)
    row: int = Field(default=0, exclude=True)
    sources: SourceIds = ()

    @classmethod
    def columns(cls) -> tuple[str, ...]:
        """Return the columns of the table in the order of the file."""
        names = [
            info.alias or name for name, info in cls.model_fields.items() if name not in ("file", "row", "sources")
        ]
        return tuple(names) + (("sources",) if cls.has_sources() else ())

    @classmethod
    def has_sources(cls) -> bool:
        """Tell whether the rows of this table name their sources in a column `sources`."""
        return True

    @classmethod
    def references(cls) -> dict[str, frozenset[str]]:
        """Return the kinds that each referring column may name."""
        found: dict[str, frozenset[str]] = {}
        for name, info in cls.model_fields.items():
            for mark in info.metadata:
                if isinstance(mark, Ref):
                    found[info.alias or name] = mark.kinds
        return found

    def cell(self, column: str) -> Any:
        """Return the typed value of a column by its name in the file."""
        return getattr(self, column + "_" if column in ("from",) else column)

    def row_id(self) -> str:
        """Return the row's key as text, its parts joined by `--`."""
        return "--".join(str(self.cell(column)) for column in self.key)


class SourceRecord(Record):
    """One published text that facts stand in."""

    table, kind = "sources", "source"
    id: Id
    title: NeededText
    publisher: Text = ""
    url: Url = None
    published: Date = None
    accessed: Date = None
    kind_: Annotated[str, _code("source-kind", needed=True)] = Field(alias="kind")
    sources: Annotated[tuple[str, ...], BeforeValidator(lambda value: value or ())] = ()

    @classmethod
    def has_sources(cls) -> bool:
        """A source is not said by another source."""
        return False

    def cell(self, column: str) -> Any:
        """Return the typed value of a column; `kind` is the source's own."""
        return self.kind_ if column == "kind" else super().cell(column)


class OrganisationRecord(Record):
    """One body that acts: agency, ministry, secretariat, company, association."""

    table, kind = "organisations", "organisation"
    id: Id
    name: NeededText
    short_name: Text = ""
    aliases: Texts = ()
    type: Annotated[str, _code("organisation-type", needed=True)]
    country: Country = None
    city: Text = ""
    parent: Annotated[str | None, *_ref("organisation")] = None
    founded: Date = None
    dissolved: End = None
    website: Url = None
    identifiers: Identifiers = ()
    inferred: Texts = ()
    note: Text = ""


class InitiativeRecord(Record):
    """One standing cooperation: process, network, forum, pillar, convention at work."""

    table, kind = "initiatives", "initiative"
    id: Id
    name: NeededText
    short_name: Text = ""
    aliases: Texts = ()
    type: Annotated[str, _code("initiative-type", needed=True)]
    part_of: Annotated[tuple[str, ...], *_refs("initiative", "organisation")] = ()
    launched: Date = None
    ended: End = None
    host: Annotated[tuple[str, ...], *_refs("organisation", "initiative")] = ()
    region: Text = ""
    topics: Topics = ()
    website: Url = None
    inferred: Texts = ()
    note: Text = ""


class MembershipRecord(Record):
    """One agent's place in one body, in one role, over one interval."""

    table, kind = "memberships", "membership"
    id: RowId
    body: Annotated[str, *_ref("organisation", "initiative", needed=True)]
    member: Annotated[str, *_ref(*AGENTS, needed=True)]
    role: Annotated[str, _code("membership-role", needed=True)]
    from_: Date = Field(default=None, alias="from")
    to: End = None
    inferred: Texts = ()
    note: Text = ""


_AgentList = Annotated[tuple[str, ...], BeforeValidator(_many(_same)), Ref(AGENTS)]
_BackerList = Annotated[tuple[str, ...], BeforeValidator(_many(_same)), Ref(BACKERS)]


class ProgrammeRecord(Record):
    """One programme, project, action, twinning or trust fund."""

    table, kind = "programmes", "programme"
    id: Id
    name: NeededText
    short_name: Text = ""
    aliases: Texts = ()
    type: Annotated[str, _code("programme-type", needed=True)]
    part_of: Annotated[tuple[str, ...], *_refs("programme", "initiative")] = ()
    start: Date = None
    end: End = None
    topics: Topics = ()
    beneficiaries: _AgentList = ()
    implementers: _AgentList = ()
    partners: _AgentList = ()
    funders: _BackerList = ()
    website: Url = None
    inferred: Texts = ()
    note: Text = ""


_MoneyRows = Annotated[tuple[str, ...], *_refs("funding")]


class FundingRecord(Record):
    """One sum of one kind for one programme or event, as one source states it."""

    table, kind = "funding", "funding"
    id: RowId
    programme: Annotated[str | None, *_ref("programme")] = None
    event: Annotated[str | None, *_ref("event")] = None
    funder: _BackerList = ()
    recipient: _AgentList = ()
    instrument: Annotated[tuple[str, ...], *_refs("instrument")] = ()
    amount: Amount = None
    currency: Currency = None
    kind_: Annotated[str, BeforeValidator(_needed(_check_money_kind))] = Field(alias="kind")
    date: Period = None
    qualifier: Annotated[str | None, _code("qualifier")] = None
    share: Share = None
    as_of: Date = None
    cumulative: Flag = None
    part_of: _MoneyRows = ()
    funded_from: _MoneyRows = ()
    replaces: _MoneyRows = ()
    same_as: _MoneyRows = ()
    scope: Annotated[str | None, _code("scope")] = None
    measure: Annotated[str | None, _code("measure")] = None
    inferred: Texts = ()
    note: Text = ""

    def cell(self, column: str) -> Any:
        """Return the typed value of a column; `kind` is the money's own."""
        return self.kind_ if column == "kind" else super().cell(column)

    def money_kind(self) -> str:
        """Return the code of `money-kind`: co-financing is a contribution."""
        return "contribution" if self.kind_ == "co-financing" else self.kind_


class InstrumentRecord(Record):
    """One financing instrument or budget line."""

    table, kind = "instruments", "instrument"
    id: Id
    name: NeededText
    short_name: Text = ""
    aliases: Texts = ()
    managed_by: Annotated[tuple[str, ...], *_refs("organisation", "jurisdiction")] = ()
    start: Date = None
    end: End = None
    inferred: Texts = ()
    note: Text = ""


class EventRecord(Record):
    """One meeting, training or operation, announced or held."""

    table, kind = "events", "event"
    id: Id
    name: NeededText
    type: Annotated[str, _code("event-type", needed=True)]
    status: Annotated[str, _code("event-status", needed=True)]
    announced: Periods = ()
    start: Date = None
    end: End = None
    city: Text = ""
    country: Countries = ()
    organisers: _AgentList = ()
    hosts: _AgentList = ()
    supporters: _BackerList = ()
    part_of: Annotated[
        tuple[str, ...],
        *_refs("initiative", "programme", "organisation", "event"),
    ] = ()
    topics: Topics = ()
    participants: _AgentList = ()
    documents: Annotated[tuple[str, ...], *_refs("document")] = ()
    inferred: Texts = ()
    note: Text = ""


class SeriesRecord(Record):
    """One series of events that are counted or held at intervals."""

    table, kind = "series", "series"
    id: Id
    name: NeededText
    body: Annotated[tuple[str, ...], *_refs("initiative", "organisation", "programme")] = ()
    note: Text = ""


class EditionRecord(Record):
    """The place of one event in one series."""

    table, kind, key = "editions", "edition", ("event", "series")
    event: Annotated[str, *_ref("event", needed=True)]
    series: Annotated[str, *_ref("series", needed=True)]
    number: Annotated[int | None, BeforeValidator(_one(_check_integer))] = None


class PersonRecord(Record):
    """One person in one public office; a second office of the same person is a second row."""

    table, kind = "people", "person"
    id: Id
    person: Annotated[str | None, BeforeValidator(_one(_check_id(ID_PATTERN)))] = None
    name: NeededText
    role: NeededText
    organisation: Annotated[str | None, *_ref(*AGENTS)] = None
    from_: Date = Field(default=None, alias="from")
    to: End = None
    event: Annotated[tuple[str, ...], *_refs("event")] = ()
    inferred: Texts = ()
    note: Text = ""


_CONCERNS = frozenset(
    {"organisation", "initiative", "jurisdiction", "programme", "document", "instrument", "person", "topic"}
)


class DocumentRecord(Record):
    """One plan, convention, conclusion, report or other text."""

    table, kind = "documents", "document"
    id: Id
    title: NeededText
    type: Annotated[str, _code("document-type", needed=True)]
    adopted: Date = None
    adopted_by: _AgentList = ()
    concerns: Annotated[tuple[str, ...], *_refs(*_CONCERNS)] = ()
    url: Url = None
    inferred: Texts = ()
    note: Text = ""


_Pillar = Annotated[tuple[str, ...], *_refs("initiative", "document")]
_Documents = Annotated[tuple[str, ...], *_refs("document")]


class NeedRecord(Record):
    """One thing that a plan, a recommendation or a project says is needed."""

    table, kind = "needs", "need"
    id: RowId
    pillar: _Pillar = ()
    country: Countries = ()
    topic: Topics = ()
    need: NeededText
    priority: Text = ""
    basis: Annotated[str, _code("basis", needed=True)]
    objective: Annotated[str | None, _code("objective")] = None
    document: _Documents = ()
    inferred: Texts = ()
    note: Text = ""


class ResponseRecord(Record):
    """One answer to one need, by a programme or a provider."""

    table, kind = "responses", "response"
    id: RowId
    need: Annotated[tuple[str, ...], BeforeValidator(_needed(_many(_same))), Ref(frozenset({"need"}))]
    pillar: _Pillar = ()
    programme: Annotated[tuple[str, ...], *_refs("programme")] = ()
    provider: _AgentList = ()
    country: Countries = ()
    topic: Topics = ()
    inferred: Texts = ()
    note: Text = ""


class TopicRecord(Record):
    """One subject of cooperation, in a hierarchy."""

    table, kind = "topics", "topic"
    id: Id
    label: NeededText
    broader: Topics = ()
    definition: Text = ""
    identifiers: Identifiers = ()
    inferred: Texts = ()
    note: Text = ""


class JurisdictionRecord(Record):
    """One country or territory as a party, with its labels by profile; no claim of statehood."""

    table, kind, key = "jurisdictions", "jurisdiction", ("code",)
    code: Annotated[str, BeforeValidator(_needed(check_country))]
    name: NeededText
    aliases: Texts = ()
    labels: Annotated[tuple[str, ...], BeforeValidator(_many(_check_profile))] = ()
    footnote: Text = ""
    note: Text = ""


ROW_KINDS: Final = frozenset(
    "organisation initiative membership programme funding instrument event series person document need response topic "
    "jurisdiction source".split()
)
_Kind = Annotated[str, BeforeValidator(_needed(_check_kind))]


class NameRecord(Record):
    """One name of one thing, with its language and the time in which it was borne."""

    table, kind, key = "names", "name", ("kind", "id", "name", "type")
    kind_: _Kind = Field(alias="kind")
    id: NeededText
    name: NeededText
    language: Annotated[str | None, BeforeValidator(_one(_check_language))] = None
    type: Annotated[str, _code("name-type", needed=True)]
    from_: Date = Field(default=None, alias="from")
    to: End = None
    inferred: Texts = ()
    note: Text = ""

    def cell(self, column: str) -> Any:
        """Return the typed value of a column; `kind` is that of the named thing."""
        return self.kind_ if column == "kind" else super().cell(column)


class ClaimRecord(Record):
    """The value that another source gives for one cell."""

    table, kind, key = "claims", "claim", ("kind", "id", "column", "source")
    kind_: _Kind = Field(alias="kind")
    id: NeededText
    column: NeededText
    value: NeededText
    source: Annotated[str, *_ref("source", needed=True)]
    note: Text = ""
    sources: Annotated[tuple[str, ...], BeforeValidator(lambda value: value or ())] = ()

    @classmethod
    def has_sources(cls) -> bool:
        """A claim has one source, in the column `source`."""
        return False

    def cell(self, column: str) -> Any:
        """Return the typed value of a column; `kind` is that of the row claimed about."""
        return self.kind_ if column == "kind" else super().cell(column)


class CellRecord(Record):
    """Which of a row's sources say one cell, where only some of them do."""

    table, kind, key = "cells", "cell", ("kind", "id", "column")
    kind_: _Kind = Field(alias="kind")
    id: NeededText
    column: NeededText

    def cell(self, column: str) -> Any:
        """Return the typed value of a column; `kind` is that of the row meant."""
        return self.kind_ if column == "kind" else super().cell(column)


class RedirectRecord(Record):
    """An id that was merged into another and keeps working."""

    table, kind, key = "redirects", "redirect", ("kind", "old")
    kind_: _Kind = Field(alias="kind")
    old: NeededText
    new: NeededText
    reason: NeededText
    sources: Annotated[tuple[str, ...], BeforeValidator(lambda value: value or ())] = ()

    @classmethod
    def has_sources(cls) -> bool:
        """A redirect is a curator's judgement."""
        return False

    def cell(self, column: str) -> Any:
        """Return the typed value of a column; `kind` is that of the merged row."""
        return self.kind_ if column == "kind" else super().cell(column)


class IdentityRecord(Record):
    """One judgement on whether a thing is the same as one known elsewhere; CURIEs expanded by the file's curie_map.

    `subject_id` is the IRI of one of our things, `object_id` the outside IRI. Follows SSSOM 1.0.
    """

    table, kind, key = "identities", "identity", ("subject_id", "predicate_id", "object_id")
    subject_id: NeededText
    subject_label: Text = ""
    predicate_id: NeededText
    predicate_modifier: Text = ""
    object_id: NeededText
    object_label: Text = ""
    mapping_justification: NeededText
    confidence: Text = ""
    reviewer_label: Text = ""
    comment: Text = ""
    sources: Annotated[tuple[str, ...], BeforeValidator(lambda value: value or ())] = ()

    @classmethod
    def has_sources(cls) -> bool:
        """A judgement is a curator's, with its own justification."""
        return False


TABLES: Final[dict[str, type[Record]]] = {
    record.table: record
    for record in (
        SourceRecord, OrganisationRecord, InitiativeRecord, MembershipRecord, ProgrammeRecord, FundingRecord,
        InstrumentRecord, EventRecord, SeriesRecord, EditionRecord, PersonRecord, DocumentRecord, NeedRecord,
        ResponseRecord, TopicRecord, JurisdictionRecord, NameRecord, ClaimRecord, CellRecord, RedirectRecord,
        IdentityRecord,
    )
}  # fmt: skip
"""The tables by name; `identities` stands in `identities.sssom.tsv`, all others in `<table>.csv`."""

TABLE_OF_KIND: Final = {record.kind: record.table for record in TABLES.values()}
SHARED_IDS: Final = ("organisation", "initiative", "programme", "event", "document", "instrument", "person")
"""The kinds over which ids are unique together, so that a bare id names one thing."""
