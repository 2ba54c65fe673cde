"""The column contract: one record class per curated table.

Cells come in as text and leave typed: lists as tuples, amounts as `Decimal`, dates as text that is known to be a
date at its stated precision. Rules across rows (references, cycles, duplicates) belong to `validation`.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Annotated, Any, ClassVar, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

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
    Coded,
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
    SourceIds,
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
    check_kind,
    check_language,
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
from secgraph.vocab import kind_of


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

    @classmethod
    def needed(cls) -> tuple[str, ...]:
        """Return the columns that each row must fill."""
        return tuple(
            name
            for name in cls.columns()
            if cls.model_fields[_fields(cls)[name]].is_required() or (name == "sources" and cls.has_sources())
        )

    @classmethod
    def codes(cls) -> dict[str, tuple[str, ...]]:
        """Return the codes that each column with a codelist may hold."""
        found = {}
        for name, info in cls.model_fields.items():
            for mark in info.metadata:
                if isinstance(mark, Coded):
                    more = ("co-financing",) if mark.codelist == MONEY_KIND else ()
                    found[info.alias or name] = CODES[mark.codelist] + more
        return found

    def cell(self, column: str) -> Any:
        """Return the typed value of a column by its name in the file."""
        return getattr(self, _fields(type(self))[column])

    def text(self, column: str) -> str:
        """Return what stands in a column, as a table writes it."""
        value = self.cell(column)
        if isinstance(value, tuple):
            return "|".join(value)
        if value is True:
            return "yes"
        return f"{value:f}" if isinstance(value, Decimal) else "" if value is None else str(value)

    def row_id(self) -> str:
        """Return the row's key as text, its parts joined by `--`."""
        return "--".join(str(self.cell(column)) for column in self.key)


@cache
def _fields(table: type[Record]) -> dict[str, str]:
    """Return the field of each column: a column may be called as Python or the class itself call something else."""
    return {info.alias or name: name for name, info in table.model_fields.items()}


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


_Kind = Annotated[str, BeforeValidator(required(check_kind))]


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


class NameRecord(Record):
    """One name of one thing, with its language and the time in which it was borne."""

    table, kind, key = "names", "name", ("kind", "id", "name", "type")
    kind_: _Kind = Field(alias="kind")
    id: NeededText
    name: NeededText
    language: Annotated[str | None, BeforeValidator(one(check_language))] = None
    type: Annotated[str, coded("name-type", needed=True)]
    from_: Date = Field(default=None, alias="from")
    to: End = None
    inferred: Texts = ()
    note: Text = ""


class ClaimRecord(Record):
    """The value that another source gives for one cell."""

    table, kind, key = "claims", "claim", ("kind", "id", "column", "source")
    kind_: _Kind = Field(alias="kind")
    id: NeededText
    column: NeededText
    value: NeededText
    source: Annotated[str, *ref("source", needed=True)]
    note: Text = ""
    sources: Annotated[tuple[str, ...], BeforeValidator(lambda value: value or ())] = ()

    @classmethod
    def has_sources(cls) -> bool:
        """A claim has one source, in the column `source`."""
        return False


class CellRecord(Record):
    """Which of a row's sources say one cell, where only some of them do."""

    table, kind, key = "cells", "cell", ("kind", "id", "column")
    kind_: _Kind = Field(alias="kind")
    id: NeededText
    column: NeededText


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


def is_money(iri: str) -> bool:
    """Tell whether an IRI is that of a money row, of a table or of an activity.

    >>> is_money("https://w3id.org/secgraph/id/budget/hf2"), is_money("https://w3id.org/secgraph/id/topic/police")
    (True, False)
    """
    return kind_of(iri) in ("transaction", "budget")


class IdentityRecord(Record):
    """One judgement on whether a thing is the same as one known elsewhere; CURIEs expanded by the file's curie_map.

    `subject_id` is the IRI of one of our things, `object_id` the outside IRI. What others write for it without an
    IRI, a name or an identifier in their data, is a literal: `object_type` is `rdfs literal`, `object_label` the text
    as it is written, `object_category` tells the two apart, `object_id` is empty. Follows SSSOM 1.0.
    """

    table, kind, key = "identities", "identity", ("subject_id", "predicate_id", "object_id")
    subject_id: NeededText
    subject_label: Text = ""
    predicate_id: NeededText
    predicate_modifier: Text = ""
    object_id: Text = ""
    object_label: Text = ""
    object_category: Text = ""
    object_type: Text = ""
    mapping_justification: NeededText
    confidence: Text = ""
    reviewer_label: Text = ""
    comment: Text = ""
    sources: Annotated[tuple[str, ...], BeforeValidator(lambda value: value or ())] = ()

    @classmethod
    def has_sources(cls) -> bool:
        """A judgement is a curator's, with its own justification."""
        return False

    def tells_two_sums_apart(self) -> bool:
        """Tell whether two money rows are judged to tell of other money, though they look alike."""
        return self.predicate_modifier == "Not" and all(map(is_money, (self.subject_id, self.object_id)))

    def is_literal(self) -> bool:
        """Tell whether the object is a text that others write, and no thing with an address."""
        return self.object_type == LITERAL_TYPE

    def row_id(self) -> str:
        """Return the row's key as text; the text of a literal stands for its address."""
        if not self.is_literal():
            return super().row_id()
        return "--".join((self.subject_id, self.predicate_id, self.object_category or NAME_CATEGORY, self.object_label))


LITERAL_TYPE: Final = "rdfs literal"
"""What SSSOM calls an object that is a text without an identity of its own."""

NAME_CATEGORY: Final = "name"
REF_CATEGORY: Final = "identifier"
"""What a literal of a judgement is: how others name a thing, or the identifier that their data gives it."""


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
    "OPEN",
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
]
