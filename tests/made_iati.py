"""Made-up activities for property tests, and the writing of an activity as the XML of version 2.03."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from hypothesis import strategies as st

from secgraph.records.iati import (
    NOBODY,
    Activity,
    ActivityDate,
    AidType,
    Budget,
    Condition,
    DocumentLink,
    Indicator,
    Location,
    Marker,
    Party,
    PlannedDisbursement,
    Related,
    Result,
    Share,
    Text,
    Transaction,
)

INCOMING = {"1", "11", "13"}


def no_lines(record: Any) -> Any:
    """Return a record, or a tuple of records, with every line as 0."""
    if isinstance(record, tuple):
        parts = [no_lines(part) for part in record]
        if hasattr(record, "_fields"):
            made: Any = type(record)(*parts)
            return made._replace(line=0) if "line" in record._fields else made
        return tuple(parts)
    return record


def tag(name: str, attributes: dict[str, str] | None = None, inner: str = "") -> str:
    """Return an element; attributes that are '' are left out."""
    stated = "".join(f" {key}={quoteattr(value)}" for key, value in (attributes or {}).items() if value)
    return f"<{name}{stated}>{inner}</{name}>"


def narratives(texts: Iterable[Text]) -> str:
    """Return narratives, each with its language."""
    return "".join(tag("narrative", {"xml:lang": text.language}, escape(text.value)) for text in texts)


def name(text: str) -> str:
    """Return the narrative of a name, nothing for ''."""
    return tag("narrative", {}, escape(text)) if text else ""


def party(element: str, one: Party, activity: str) -> str:
    """Return a party, '' where there is none."""
    if one == NOBODY:
        return ""
    return tag(element, {"ref": one.ref, "type": one.type, activity: one.activity_id, "role": one.role}, name(one.name))


def share(element: str, one: Share) -> str:
    """Return a country, region or sector."""
    percentage = "" if one.percentage is None else format(one.percentage, "f")
    stated = {"code": one.code, "vocabulary": one.vocabulary, "percentage": percentage}
    return tag(element, stated, name(one.name))


def value(amount: Decimal, currency: str, date: str) -> str:
    """Return an amount."""
    return tag("value", {"currency": currency, "value-date": date}, format(amount, "f"))


def period(start: str, end: str) -> str:
    """Return a period."""
    return tag("period-start", {"iso-date": start}) + (tag("period-end", {"iso-date": end}) if end else "")


def aid(element: str, one: AidType) -> str:
    """Return a type of aid."""
    return tag(element, {"code": one.code, "vocabulary": one.vocabulary})


def transaction_xml(one: Transaction, of: Activity) -> str:
    """Return a transaction, with only what it does not inherit."""
    inner = tag("transaction-type", {"code": one.type}) + tag("transaction-date", {"iso-date": one.date})
    inner += value(one.amount, one.currency, one.value_date)
    inner += tag("description", {}, narratives(one.descriptions)) if one.descriptions else ""
    inner += party("provider-org", one.provider, "provider-activity-id")
    inner += party("receiver-org", one.receiver, "receiver-activity-id")
    inner += "".join(share("sector", sector) for sector in one.sectors if one.own_sectors)
    inner += "".join(share("recipient-country", country) for country in one.countries if one.own_places)
    inner += "".join(share("recipient-region", region) for region in one.regions if one.own_places)
    inner += tag("flow-type", {"code": one.flow}) if one.flow != of.flow else ""
    inner += tag("finance-type", {"code": one.finance}) if one.finance != of.finance else ""
    inner += "".join(aid("aid-type", one_) for one_ in one.aid) if one.aid != of.aid else ""
    inner += tag("tied-status", {"code": one.tied}) if one.tied != of.tied else ""
    humanitarian = str(int(one.humanitarian)) if one.humanitarian != of.humanitarian else ""
    return tag("transaction", {"ref": one.ref, "humanitarian": humanitarian}, inner)


def planned_xml(one: PlannedDisbursement) -> str:
    """Return a planned disbursement."""
    inner = period(one.start, one.end) + value(one.amount, one.currency, one.value_date)
    inner += party("provider-org", one.provider, "provider-activity-id")
    inner += party("receiver-org", one.receiver, "receiver-activity-id")
    return tag("planned-disbursement", {"type": one.type}, inner)


def document_xml(one: DocumentLink) -> str:
    """Return a link to a document."""
    inner = tag("title", {}, narratives(one.titles))
    inner += "".join(tag("category", {"code": code}) for code in one.categories)
    inner += "".join(tag("language", {"code": code}) for code in one.languages)
    return tag("document-link", {"url": one.url, "format": one.format}, inner)


def location_xml(one: Location) -> str:
    """Return a place."""
    point = tag("point", {"srsName": "x"}, tag("pos", {}, f"{one.latitude} {one.longitude}")) if one.latitude else ""
    return tag("location", {}, (tag("name", {}, name(one.name)) if one.name else "") + point)


def result_xml(one: Result) -> str:
    """Return a result."""
    indicators = "".join(
        tag("indicator", {"measure": indicator.measure}, tag("title", {}, narratives(indicator.titles)))
        for indicator in one.indicators
    )
    return tag("result", {"type": one.type}, tag("title", {}, narratives(one.titles)) + indicators)


def activity_xml(one: Activity) -> str:
    """Return an activity as an element of version 2.03."""
    parts = [
        tag("iati-identifier", {}, escape(one.identifier)),
        tag(
            "reporting-org",
            {
                "ref": one.reporting.ref,
                "type": one.reporting.type,
                "secondary-reporter": str(int(one.secondary_reporter)),
            },
            name(one.reporting.name),
        ),
        tag("title", {}, narratives(one.titles)),
        *[tag("description", {}, narratives([text])) for text in one.descriptions],
        *[party("participating-org", who, "activity-id") for who in one.parties],
        tag("activity-status", {"code": one.status}),
        *[tag("activity-date", {"type": date.kind, "iso-date": date.date}) for date in one.dates],
        tag("activity-scope", {"code": one.scope}) if one.scope else "",
        *[share("recipient-country", country) for country in one.countries],
        *[share("recipient-region", region) for region in one.regions],
        *[location_xml(location) for location in one.locations],
        *[share("sector", sector) for sector in one.sectors],
        *[
            tag("policy-marker", {"code": m.code, "vocabulary": m.vocabulary, "significance": m.significance})
            for m in one.markers
        ],
        tag("collaboration-type", {"code": one.collaboration}) if one.collaboration else "",
        tag("default-flow-type", {"code": one.flow}) if one.flow else "",
        tag("default-finance-type", {"code": one.finance}) if one.finance else "",
        *[aid("default-aid-type", kind) for kind in one.aid],
        tag("default-tied-status", {"code": one.tied}) if one.tied else "",
        *[
            tag("budget", {"type": b.type, "status": b.status}, period(b.start, b.end) + value(*b[4:7]))
            for b in one.budgets
        ],
        *[planned_xml(planned) for planned in one.planned],
        *[transaction_xml(transaction, one) for transaction in one.transactions],
        *[document_xml(document) for document in one.documents],
        *[tag("related-activity", {"ref": related.ref, "type": related.type}) for related in one.related],
        tag(
            "conditions",
            {"attached": "1"},
            "".join(tag("condition", {"type": c.type}, narratives(c.texts)) for c in one.conditions),
        )
        if one.conditions
        else "",
        *[result_xml(result) for result in one.results],
    ]
    attributes = {
        "default-currency": one.currency,
        "xml:lang": one.language,
        "hierarchy": one.hierarchy,
        "humanitarian": str(int(one.humanitarian)),
    }
    return tag("iati-activity", attributes, "\n".join(part for part in parts if part))


def file_xml(activities: Iterable[Activity]) -> str:
    """Return a whole file."""
    return tag("iati-activities", {"version": "2.03"}, "\n".join(map(activity_xml, activities)))


WORDS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=1, max_size=8)
PLAIN = st.lists(WORDS, min_size=1, max_size=4).map(" ".join)
LANGUAGES = st.sampled_from(["en", "fr", "sr-cyrl", "bs"])
TEXTS = st.builds(Text, PLAIN, LANGUAGES)
IDS = st.text("ABCXYZ0189-_.", min_size=1, max_size=12).map(lambda text: f"XX-{text}")
DAYS = st.dates(date(1995, 1, 1), date(2099, 12, 31)).map(str)
AMOUNTS = st.decimals(min_value=-(10**12), max_value=10**12, places=2)
PERCENTAGES = st.none() | st.decimals(min_value=0, max_value=100, places=2)
CURRENCIES = st.sampled_from(["EUR", "USD", "GBP", "HRK"])
ORGANISATION_TYPES = st.sampled_from(["", "10", "22", "40"])
NAMES = st.just("") | PLAIN


@st.composite
def parties(draw: st.DrawFn, role: str = "", *, always: bool = True) -> Party:
    """Make up a party: with a ref, a name, or both."""
    if not always and draw(st.booleans()):
        return NOBODY
    ref = draw(st.just("") | IDS)
    return Party(role, draw(ORGANISATION_TYPES), ref, draw(NAMES if ref else PLAIN), draw(st.just("") | IDS))


def few(one: st.SearchStrategy[Any], least: int = 0, most: int = 2) -> st.SearchStrategy[tuple[Any, ...]]:
    """Make up a few of something."""
    return st.lists(one, min_size=least, max_size=most).map(tuple)


COUNTRIES = st.builds(Share, st.sampled_from(["BA", "RS", "XK"]), st.just(""), PERCENTAGES, NAMES)
REGIONS = st.builds(Share, st.sampled_from(["89", "998"]), st.just("1"), PERCENTAGES, NAMES)
SECTORS = st.builds(Share, st.sampled_from(["15210", "15220"]), st.just("1"), PERCENTAGES, NAMES) | st.builds(
    Share, IDS, st.just("99"), PERCENTAGES, PLAIN
)
OWN_COUNTRIES = COUNTRIES.map(lambda one: one._replace(percentage=None))
OWN_REGIONS = REGIONS.map(lambda one: one._replace(percentage=None))
OWN_SECTORS = SECTORS.map(lambda one: one._replace(percentage=None))
AID = st.sampled_from([AidType("C01"), AidType("B01"), AidType("2", "2")])


@st.composite
def periods(draw: st.DrawFn) -> tuple[str, str]:
    """Make up a period whose end is not before its start."""
    first, last = sorted([draw(DAYS), draw(DAYS)])
    return first, last


@st.composite
def budgets(draw: st.DrawFn) -> Budget:
    """Make up a budget."""
    codes = st.sampled_from(["1", "2"])
    return Budget(draw(codes), draw(codes), *draw(periods()), draw(AMOUNTS), draw(CURRENCIES), draw(DAYS))


@st.composite
def planned_disbursements(draw: st.DrawFn) -> PlannedDisbursement:
    """Make up a planned disbursement whose provider is named."""
    ends = draw(parties()), draw(parties(always=False))
    kind = draw(st.sampled_from(["1", "2"]))
    return PlannedDisbursement(kind, *draw(periods()), draw(AMOUNTS), draw(CURRENCIES), draw(DAYS), *ends)


@st.composite
def transactions(draw: st.DrawFn, of: Activity) -> Transaction:
    """Make up a transaction that inherits, or says itself, each thing that may be inherited."""
    kind = draw(st.sampled_from([str(code) for code in range(1, 14)]))
    provider = draw(parties(always=kind not in INCOMING))
    receiver = draw(parties(always=kind in INCOMING))
    countries = draw(few(OWN_COUNTRIES, most=1))
    regions = draw(few(OWN_REGIONS, most=1))
    sectors = draw(few(OWN_SECTORS))
    places = bool(countries or regions)
    flow = draw(st.sampled_from(["10", "50"])) if draw(st.booleans()) else of.flow
    finance = draw(st.sampled_from(["110", "410"])) if draw(st.booleans()) else of.finance
    return Transaction(
        kind,
        draw(st.just("") | IDS),
        draw(DAYS),
        draw(AMOUNTS),
        draw(CURRENCIES),
        draw(DAYS),
        provider,
        receiver,
        draw(few(TEXTS)),
        countries if places else of.countries,
        regions if places else of.regions,
        sectors or of.sectors,
        flow,
        finance,
        draw(few(AID)) or of.aid,
        draw(st.sampled_from(["3", "4"])) if draw(st.booleans()) else of.tied,
        draw(st.booleans()),
        places,
        bool(sectors),
    )


@st.composite
def activities(draw: st.DrawFn) -> Activity:
    """Make up an activity that is sound, with a language and a currency of its own."""
    indicators = st.builds(Indicator, few(TEXTS, 1), st.sampled_from(["1", "2"]))
    one = Activity(
        draw(IDS),
        0,
        hierarchy=draw(st.sampled_from(["1", "2"])),
        reporting=Party("", draw(st.sampled_from(["10", "40"])), draw(IDS), draw(PLAIN)),
        secondary_reporter=draw(st.booleans()),
        titles=draw(few(TEXTS, 1)),
        descriptions=draw(few(TEXTS, 1)),
        dates=draw(few(st.builds(ActivityDate, st.sampled_from(["1", "2", "3", "4"]), DAYS), 1)),
        status=draw(st.sampled_from(["1", "2", "6"])),
        scope=draw(st.sampled_from(["", "4"])),
        parties=draw(few(st.sampled_from(["1", "2", "3", "4"]).flatmap(parties), 1)),
        countries=draw(few(COUNTRIES)),
        regions=draw(few(REGIONS)),
        sectors=draw(few(SECTORS)),
        markers=draw(
            few(st.builds(Marker, st.sampled_from(["1", "12"]), st.just("1"), st.sampled_from(["", "0", "2"])))
        ),
        collaboration=draw(st.sampled_from(["", "1"])),
        flow=draw(st.sampled_from(["", "10"])),
        finance=draw(st.sampled_from(["", "110"])),
        aid=draw(few(AID)),
        tied=draw(st.sampled_from(["", "5"])),
        budgets=draw(few(budgets())),
        planned=draw(few(planned_disbursements())),
        humanitarian=draw(st.booleans()),
        conditions=draw(few(st.builds(Condition, st.sampled_from(["1", "2"]), few(TEXTS, 1)))),
        results=draw(few(st.builds(Result, st.sampled_from(["1", "9"]), few(TEXTS, 1), few(indicators, 1)))),
        documents=draw(
            few(
                st.builds(
                    DocumentLink,
                    IDS.map(lambda one: f"https://example.org/{one}"),
                    st.just("text/html"),
                    few(TEXTS, 1),
                    few(st.just("A02"), 1),
                    few(LANGUAGES.filter(lambda one: len(one) == 2)),
                )
            )
        ),
        locations=draw(few(st.builds(Location, PLAIN, st.just("43.85"), st.just("18.41")))),
        currency="EUR",
        language=draw(LANGUAGES),
    )
    related = draw(
        few(st.builds(Related, st.sampled_from(["1", "2", "3"]), IDS.filter(lambda ref: ref != one.identifier)))
    )
    return one._replace(transactions=draw(few(transactions(one))), related=related)
