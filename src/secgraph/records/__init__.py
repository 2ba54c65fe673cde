"""The column contract: one record class per curated table.

Cells come in as text and leave typed: lists as tuples, amounts as `Decimal`, dates as text that is known to be a
date at its stated precision. Rules across rows (references, cycles, duplicates) belong to `validation`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Final

from pydantic import BeforeValidator, Field

from secgraph.records.about import (
    LITERAL_TYPE,
    NAME_CATEGORY,
    REF_CATEGORY,
    CellRecord,
    ClaimRecord,
    IdentityRecord,
    NameRecord,
    RedirectRecord,
    is_money,
)
from secgraph.records.cells import (
    AGENTS,
    BACKERS,
    COUNTRY,
    DATE_FORMS,
    ID_LENGTH,
    ID_PATTERN,
    MONEY_KIND,
    OPEN,
    ROW_ID_PATTERN,
    Amount,
    Bounds,
    Countries,
    Country,
    Currency,
    Date,
    End,
    Flag,
    Id,
    Identifiers,
    NeededText,
    Period,
    Periods,
    Ref,
    RowId,
    Share,
    Text,
    Texts,
    Topics,
    Url,
    check_amount,
    check_country,
    check_currency,
    check_date,
    check_figure,
    check_id,
    check_integer,
    check_period,
    check_profile,
    check_quotient,
    check_rate_date,
    check_sector,
    check_url,
    check_year,
    coded,
    date_bounds,
    many,
    one,
    ref,
    refs,
    required,
    same,
)
from secgraph.records.codes import BANK_CURRENCIES, CODES, COUNTRY_HINTS, CURRENCIES, RETIRED_CURRENCIES, ROW_KINDS
from secgraph.records.record import Record


class SourceRecord(Record):
    """One published text that facts stand in."""

    table, kind = "sources", "source"
    id: Id
    title: NeededText
    publisher: Text = ""
    url: Url = None
    published: Date = None
    accessed: Date = None
    kind_: Annotated[str, coded("source-kind", needed=True)] = Field(alias="kind")
    sources: Annotated[tuple[str, ...], BeforeValidator(lambda value: value or ())] = ()

    @classmethod
    def has_sources(cls) -> bool:
        """A source is not said by another source."""
        return False


class OrganisationRecord(Record):
    """One body that acts: agency, ministry, secretariat, company, association."""

    table, kind = "organisations", "organisation"
    id: Id
    name: NeededText
    short_name: Text = ""
    aliases: Texts = ()
    type: Annotated[str, coded("organisation-type", needed=True)]
    country: Country = None
    city: Text = ""
    parent: Annotated[str | None, *ref("organisation")] = None
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
    type: Annotated[str, coded("initiative-type", needed=True)]
    part_of: Annotated[tuple[str, ...], *refs("initiative", "organisation")] = ()
    launched: Date = None
    ended: End = None
    host: Annotated[tuple[str, ...], *refs("organisation", "initiative")] = ()
    region: Text = ""
    topics: Topics = ()
    website: Url = None
    inferred: Texts = ()
    note: Text = ""


class MembershipRecord(Record):
    """One agent's place in one body, in one role, over one interval."""

    table, kind = "memberships", "membership"
    id: RowId
    body: Annotated[str, *ref("organisation", "initiative", needed=True)]
    member: Annotated[str, *ref(*AGENTS, needed=True)]
    role: Annotated[str, coded("membership-role", needed=True)]
    from_: Date = Field(default=None, alias="from")
    to: End = None
    inferred: Texts = ()
    note: Text = ""


_AgentList = Annotated[tuple[str, ...], BeforeValidator(many(same)), Ref(AGENTS)]
_BackerList = Annotated[tuple[str, ...], BeforeValidator(many(same)), Ref(BACKERS)]


class ProgrammeRecord(Record):
    """One programme, project, action, twinning or trust fund."""

    table, kind = "programmes", "programme"
    id: Id
    name: NeededText
    short_name: Text = ""
    aliases: Texts = ()
    type: Annotated[str, coded("programme-type", needed=True)]
    part_of: Annotated[tuple[str, ...], *refs("programme", "initiative")] = ()
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


_MoneyRows = Annotated[tuple[str, ...], *refs("funding")]


class FundingRecord(Record):
    """One sum of one kind for one programme or event, as one source states it."""

    table, kind = "funding", "funding"
    id: RowId
    programme: Annotated[str | None, *ref("programme")] = None
    event: Annotated[str | None, *ref("event")] = None
    funder: _BackerList = ()
    recipient: _AgentList = ()
    instrument: Annotated[tuple[str, ...], *refs("instrument")] = ()
    amount: Amount = None
    currency: Currency = None
    kind_: Annotated[str, coded(MONEY_KIND, needed=True)] = Field(alias="kind")
    date: Period = None
    qualifier: Annotated[str | None, coded("qualifier")] = None
    share: Share = None
    as_of: Date = None
    cumulative: Flag = None
    part_of: _MoneyRows = ()
    funded_from: _MoneyRows = ()
    replaces: _MoneyRows = ()
    same_as: _MoneyRows = ()
    scope: Annotated[str | None, coded("scope")] = None
    measure: Annotated[str | None, coded("measure")] = None
    inferred: Texts = ()
    note: Text = ""

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
    managed_by: Annotated[tuple[str, ...], *refs("organisation", "jurisdiction")] = ()
    start: Date = None
    end: End = None
    inferred: Texts = ()
    note: Text = ""


class EventRecord(Record):
    """One meeting, training or operation, announced or held."""

    table, kind = "events", "event"
    id: Id
    name: NeededText
    type: Annotated[str, coded("event-type", needed=True)]
    status: Annotated[str, coded("event-status", needed=True)]
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
        *refs("initiative", "programme", "organisation", "event"),
    ] = ()
    topics: Topics = ()
    participants: _AgentList = ()
    documents: Annotated[tuple[str, ...], *refs("document")] = ()
    inferred: Texts = ()
    note: Text = ""


class SeriesRecord(Record):
    """One series of events that are counted or held at intervals."""

    table, kind = "series", "series"
    id: Id
    name: NeededText
    body: Annotated[tuple[str, ...], *refs("initiative", "organisation", "programme")] = ()
    note: Text = ""


class EditionRecord(Record):
    """The place of one event in one series."""

    table, kind, key = "editions", "edition", ("event", "series")
    event: Annotated[str, *ref("event", needed=True)]
    series: Annotated[str, *ref("series", needed=True)]
    number: Annotated[int | None, BeforeValidator(one(check_integer))] = None


class PersonRecord(Record):
    """One person in one public office; a second office of the same person is a second row."""

    table, kind = "people", "person"
    id: Id
    person: Annotated[str | None, BeforeValidator(one(check_id(ID_PATTERN)))] = None
    name: NeededText
    role: NeededText
    organisation: Annotated[str | None, *ref(*AGENTS)] = None
    from_: Date = Field(default=None, alias="from")
    to: End = None
    event: Annotated[tuple[str, ...], *refs("event")] = ()
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
    type: Annotated[str, coded("document-type", needed=True)]
    adopted: Date = None
    adopted_by: _AgentList = ()
    concerns: Annotated[tuple[str, ...], *refs(*_CONCERNS)] = ()
    url: Url = None
    inferred: Texts = ()
    note: Text = ""


_Pillar = Annotated[tuple[str, ...], *refs("initiative", "document")]
_Documents = Annotated[tuple[str, ...], *refs("document")]


class NeedRecord(Record):
    """One thing that a plan, a recommendation or a project says is needed."""

    table, kind = "needs", "need"
    id: RowId
    pillar: _Pillar = ()
    country: Countries = ()
    topic: Topics = ()
    need: NeededText
    priority: Text = ""
    basis: Annotated[str, coded("basis", needed=True)]
    objective: Annotated[str | None, coded("objective")] = None
    document: _Documents = ()
    inferred: Texts = ()
    note: Text = ""


class ResponseRecord(Record):
    """One answer to one need, by a programme or a provider."""

    table, kind = "responses", "response"
    id: RowId
    need: Annotated[tuple[str, ...], BeforeValidator(required(many(same))), Ref(frozenset({"need"}))]
    pillar: _Pillar = ()
    programme: Annotated[tuple[str, ...], *refs("programme")] = ()
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
    code: Annotated[str, BeforeValidator(required(check_country))]
    name: NeededText
    aliases: Texts = ()
    labels: Annotated[tuple[str, ...], BeforeValidator(many(check_profile))] = ()
    footnote: Text = ""
    note: Text = ""


_NeededCurrency = Annotated[str, BeforeValidator(required(check_currency))]
_NeededYear = Annotated[str, BeforeValidator(required(check_year))]
_Quotient = Annotated[Decimal, BeforeValidator(required(check_quotient))]


class RateRecord(Record):
    """The units of one currency that one euro bought on one day or, on average, in one year."""

    table, kind, key = "rates", "rate", ("currency", "date")
    currency: _NeededCurrency
    date: Annotated[str, BeforeValidator(required(check_rate_date))]
    per_euro: _Quotient
    note: Text = ""


class DeflatorRecord(Record):
    """The level of prices of one currency in one year, by one named index."""

    table, kind, key = "deflators", "deflator", ("name", "currency", "year")
    name: Id
    currency: _NeededCurrency
    year: _NeededYear
    index: _Quotient
    note: Text = ""


class ContextRecord(Record):
    """One published total of the aid to one country in one sector and year: shown beside it, never added."""

    table, kind, key = "context", "figure", ("country", "sector", "year")
    country: Annotated[str, BeforeValidator(required(check_country)), Ref(frozenset({"jurisdiction"}))]
    sector: Annotated[str, BeforeValidator(required(check_sector))]
    year: _NeededYear
    amount: Annotated[Decimal, BeforeValidator(required(check_figure))]
    currency: _NeededCurrency
    measure: Text = ""
    note: Text = ""


TABLES: Final[dict[str, type[Record]]] = {
    record.table: record
    for record in (
        SourceRecord, OrganisationRecord, InitiativeRecord, MembershipRecord, ProgrammeRecord, FundingRecord,
        InstrumentRecord, EventRecord, SeriesRecord, EditionRecord, PersonRecord, DocumentRecord, NeedRecord,
        ResponseRecord, TopicRecord, JurisdictionRecord, RateRecord, DeflatorRecord, ContextRecord,
        NameRecord, ClaimRecord, CellRecord, RedirectRecord,
        IdentityRecord,
    )
}  # fmt: skip
"""The tables by name; `identities` stands in `identities.sssom.tsv`, all others in `<table>.csv`."""

TABLE_OF_KIND: Final = {record.kind: record.table for record in TABLES.values()}
SHARED_IDS: Final = ("organisation", "initiative", "programme", "event", "document", "instrument", "person")
"""The kinds over which ids are unique together, so that a bare id names one thing."""

__all__ = [
    "BANK_CURRENCIES",
    "CODES",
    "COUNTRY",
    "COUNTRY_HINTS",
    "CURRENCIES",
    "DATE_FORMS",
    "ID_LENGTH",
    "LITERAL_TYPE",
    "NAME_CATEGORY",
    "OPEN",
    "REF_CATEGORY",
    "RETIRED_CURRENCIES",
    "ROW_ID_PATTERN",
    "ROW_KINDS",
    "SHARED_IDS",
    "TABLES",
    "TABLE_OF_KIND",
    "Bounds",
    "CellRecord",
    "ClaimRecord",
    "ContextRecord",
    "DeflatorRecord",
    "DocumentRecord",
    "EditionRecord",
    "EventRecord",
    "FundingRecord",
    "IdentityRecord",
    "InitiativeRecord",
    "InstrumentRecord",
    "JurisdictionRecord",
    "MembershipRecord",
    "NameRecord",
    "NeedRecord",
    "OrganisationRecord",
    "PersonRecord",
    "ProgrammeRecord",
    "RateRecord",
    "Record",
    "RedirectRecord",
    "ResponseRecord",
    "SeriesRecord",
    "SourceRecord",
    "TopicRecord",
    "check_amount",
    "check_date",
    "check_period",
    "check_url",
    "date_bounds",
    "is_money",
]
