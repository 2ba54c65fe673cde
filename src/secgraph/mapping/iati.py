"""An activity as one publisher reports it becomes statements: programme, parties, places, sectors and money.

A pure function of the record, its source and what the dataset knows. Nobody is invented here: an organisation that
`Parties` does not know stays the text that was published, on the participation or money row that names it. What leads
to another activity is a `Reference`, which is resolved once all files are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from secgraph.mapping.activities import KOSOVO, Known, Portions, Reference, slug_of
from secgraph.mapping.columns import LABEL, TRUE
from secgraph.records.iati import (
    Activity,
    ActivityDate,
    Budget,
    OrganisationBudget,
    OrganisationFile,
    Party,
    PlannedDisbursement,
    Portion,
    Share,
    Text,
    Transaction,
)
from secgraph.values import XSD, Literal, Object, Statement, lang
from secgraph.vocab import DCT, FOAF, RDF, SKOS, code, iati, local, sg, thing

KINDS: Final = {
    "1": "incoming-funds", "2": "commitment", "3": "disbursement", "4": "expenditure", "5": "interest-payment",
    "6": "loan-repayment", "7": "reimbursement", "8": "equity-purchase", "9": "equity-sale", "10": "credit-guarantee",
    "11": "incoming-commitment", "12": "pledge", "13": "incoming-pledge",
}  # fmt: skip
"""The kind of money of each code of TransactionType."""
ROLES: Final = {"1": "funder", "2": "accountable", "3": "extending", "4": "implementing"}

_TYPE: Final = RDF + "type"
_ID_OF: Final = DCT + "identifier"
_SOURCE: Final = DCT + "source"
_NOTE: Final = SKOS + "note"
_DAC_SECTORS: Final = frozenset(("1", "2"))
_DAC_REGIONS: Final = frozenset(("1",))
_CODE: Final = re.compile(r"[A-Za-z0-9.-]+\Z")
_COUNTRY: Final = re.compile(r"[A-Z]{2}\Z")
_URL: Final = re.compile(
    r"https?://[A-Za-z0-9.-]+(:\d+)?([/?#](?:[\w!$&'()*+,;=:@/?#.~-]|%[0-9A-Fa-f]{2})*)?\Z", re.ASCII
)
_CLASSES: Final = {
    kind: sg(kind.capitalize() if kind in ("commitment", "disbursement", "expenditure", "pledge") else "Transaction")
    for kind in KINDS.values()
}
_KIND_OF: Final = {kind: code("money-kind", kind) for kind in (*KINDS.values(), "budget", "planned-disbursement")}
_ROLE_OF: Final = {role: code("participation-role", role) for role in (*ROLES.values(), "beneficiary")}
_CURRENCY: Final = code("currency", "")
_KNOWN, _UNKNOWN = sg("known"), sg("unknown")
_BUDGET_TYPES: Final = {"1": "original", "2": "revised"}
_BUDGET_STATUSES: Final = {"1": "indicative", "2": "committed"}
_P: Final = {
    name: sg(name)
    for name in (
        "Allocation Budget Jurisdiction Location Participation PlannedDisbursement Programme Territory activityScope "
        "activityStatus aidType allocatedCode allocatedTo allocationOf amount axis budgetStatus budgetType "
        "collaborationType condition currency finances financeType flowType hierarchy humanitarian iatiIdentifier "
        "inScope indicatorTitle latitude locationOf longitude moneyKind participant participantName participantRef "
        "participationIn participationRole partOf percentage plannedEnd plannedStart policyMarker programmeType "
        "provider providerActivity providerActivityId providerName providerRef receiver receiverActivity "
        "receiverActivityId receiverName receiverRef reference reporter reporterName reporterRef resultTitle scope "
        "scopeLeast scopeMost secondaryReporter territory tiedStatus topic valueDate vocabulary".split()
    )
}
_SIDES: Final = {
    side: tuple(sg(side + rest) for rest in ("", "Earliest", "Latest", "State")) for side in ("start", "end")
}


class _Writer:
    """The statements of one activity, in the order in which they are made."""

    __slots__ = ("file", "found", "references", "scope", "slug", "source", "sources")

    def __init__(self, source: str, slug: str, file: str, scope: Portions | None = None) -> None:
        self.scope = scope
        self.source = source
        self.sources = (thing("source", source),)
        self.slug = slug
        self.file = file
        self.found: list[Statement] = []
        self.references: list[Reference] = []

    def say(self, subject: str, predicate: str, value: Object, line: int, element: str) -> None:
        """Add what the file says."""
        self.found.append(Statement(subject, predicate, value, self.sources, self.file, line, f"line {line}", element))

    def compute(self, subject: str, predicate: str, value: Object, line: int, element: str) -> None:
        """Add what follows from the file and what nobody says."""
        self.found.append(Statement(subject, predicate, value, (), self.file, line, f"line {line}", element))

    def named(self, subject: str, class_: str, line: int, element: str) -> None:
        """Add what every node has: its class, its id and its source."""
        self.say(subject, _TYPE, class_, line, element)
        self.compute(subject, _ID_OF, Literal(local(subject)), line, element)
        self.compute(subject, _SOURCE, self.sources[0], line, element)

    def refer(self, subject: str, predicate: str, otherwise: str, identifier: str, line: int, element: str) -> None:
        """Add what leads to another activity."""
        self.references.append(
            Reference(subject, predicate, otherwise, identifier, self.source, self.file, line, element)
        )


def statements(
    activity: Activity, source: str, file: str, known: Known, scope: Portions | None = None
) -> tuple[list[Statement], list[Reference]]:
    """Return what one activity says, and what in it leads to other activities.

    Args:
        activity: as it was read.
        source: the id of the source that its file is.
        file: the name of the file, for the evidence; a statement's row is its line, its column the element.
        known: what the dataset knows.
        scope: what belongs; where it is given, the part of the activity that does is said too.
    """
    out = _Writer(source, slug_of(source, activity.identifier), file, scope)
    programme = thing("programme", out.slug)
    _head(out, activity, programme)
    if scope:
        _portion(out, programme, scope.share(activity), activity.line, "sector")
    _dates(out, activity.dates, programme, activity.line)
    _texts(out, activity, programme)
    _parties(out, activity, programme, known)
    _places(out, activity, programme, known)
    for at, one in enumerate(activity.transactions, 1):
        _transaction(out, one, thing("transaction", f"{out.slug}--t{at}"), programme, activity, known)
    for at, budget in enumerate(activity.budgets, 1):
        _budget(out, budget, thing("budget", f"{out.slug}--b{at}"), programme)
    for at, planned in enumerate(activity.planned, 1):
        _planned(out, planned, thing("budget", f"{out.slug}--p{at}"), programme, activity, known)
    for related in activity.related:
        # A parent stands above this activity, a child below it; the other types are no part-whole.
        if related.type in ("1", "2") and related.ref and related.ref != activity.identifier:
            out.refer(programme, _P["partOf"], "", related.ref, related.line, "related-activity")
            if related.type == "2":
                out.references[-1] = out.references[-1]._replace(backwards=True)
    return out.found, out.references


def organisation_statements(file: OrganisationFile, source: str, name: str, known: Known) -> list[Statement]:
    """Return what an organisation plans and spends as a whole: sums over all sectors, beside those of activities.

    Args:
        file: as it was read.
        source: the id of the source that its file is.
        name: the name of the file, for the evidence.
        known: what the dataset knows.
    """
    out = _Writer(source, slug_of(source, file.identifier), name)
    own = Party(ref=file.identifier, name=next((text.value for text in file.names), ""), line=file.line)
    for at, row in enumerate(file.budgets, 1):
        spent = row.kind == "total-expenditure"
        kind, class_ = ("expenditure", _CLASSES["expenditure"]) if spent else ("budget", _P["Budget"])
        node = thing("transaction" if spent else "budget", f"{out.slug}--o{at}")
        _whole(out, row, node, kind, class_, own, known)
    return out.found


def _whole(out: _Writer, row: OrganisationBudget, node: str, kind: str, class_: str, own: Party, known: Known) -> None:
    element = row.kind
    out.named(node, class_, row.line, element)
    out.say(node, _P["moneyKind"], _KIND_OF[kind], row.line, element)
    out.say(node, _P["scope"], code("scope", "all-sectors"), row.line, element)
    _value(out, node, row.amount, row.currency, row.value_date, row.line, f"{element}/value")
    _period(out, node, row.start, row.end, row.line, element)
    _planning(out, node, "", row.status, row.line, element)
    _side(out, own, node, "provider", "", known, row.line, "organisation-identifier")
    place = row.kind.removeprefix("recipient-").removesuffix("-budget")
    if place in ("country", "region"):
        share = Share(row.recipient.ref, row.vocabulary, None, row.recipient.name, row.line)
        _allocation(out, share, place, node, f"{local(node)}--a1", known)
    elif row.recipient.stated:
        _side(out, row.recipient, node, "receiver", "", known, row.line, f"{element}/recipient-org")


def _head(out: _Writer, activity: Activity, programme: str) -> None:
    line = activity.line
    out.named(programme, _P["Programme"], line, "iati-identifier")
    out.say(programme, _P["programmeType"], code("programme-type", "activity"), line, "iati-identifier")
    out.say(programme, _P["iatiIdentifier"], Literal(activity.identifier), line, "iati-identifier")
    if activity.hierarchy.isdigit():
        out.say(programme, _P["hierarchy"], Literal(str(int(activity.hierarchy)), XSD + "integer"), line, "@hierarchy")
    for predicate, codelist, value, element in (
        ("activityStatus", "activity-status", activity.status, "activity-status"),
        ("activityScope", "activity-scope", activity.scope, "activity-scope"),
        ("collaborationType", "collaboration-type", activity.collaboration, "collaboration-type"),
    ):
        if _CODE.match(value):
            out.say(programme, _P[predicate], iati(codelist, value), line, element)
    for marker in activity.markers:
        # Significance 0 says that the objective was looked at and is not pursued.
        if marker.vocabulary in ("", "1") and marker.significance != "0" and _CODE.match(marker.code):
            out.say(programme, _P["policyMarker"], iati("policy-marker", marker.code), marker.line, "policy-marker")
    if activity.humanitarian:
        out.say(programme, _P["humanitarian"], TRUE, line, "@humanitarian")
    if activity.secondary_reporter:
        out.say(programme, _P["secondaryReporter"], TRUE, line, "reporting-org/@secondary-reporter")


def _portion(out: _Writer, node: str, part: Portion, line: int, element: str) -> None:
    """Add which part is in the scope: the publisher states the sectors, the scope's file which of them belong."""
    out.compute(node, _P["scopeLeast"], _number(part.least), line, element)
    out.compute(node, _P["scopeMost"], _number(part.most), line, element)


def _texts(out: _Writer, activity: Activity, programme: str) -> None:
    titles = [text for text in activity.titles if text.value]
    # The label of a thing is one text without a language: the English one where there is one.
    label = next((text for text in titles if text.language == "en"), titles[0] if titles else Text(activity.identifier))
    out.say(programme, LABEL, Literal(label.value), activity.line, "title")
    for title in titles:
        out.say(programme, DCT + "title", lang(title.value, title.language), activity.line, "title")
        if title.value != label.value:
            out.say(programme, SKOS + "altLabel", Literal(title.value), activity.line, "title")
    for text in activity.descriptions:
        if text.value:
            out.say(programme, DCT + "description", lang(text.value, text.language), activity.line, "description")
    for condition in activity.conditions:
        for text in condition.texts:
            if text.value:
                out.say(programme, _P["condition"], lang(text.value, text.language), condition.line, "conditions")
    for result in activity.results:
        for text in result.titles:
            if text.value:
                out.say(programme, _P["resultTitle"], lang(text.value, text.language), result.line, "result/title")
        for indicator in result.indicators:
            for text in indicator.titles:
                if text.value:
                    value = lang(text.value, text.language)
                    out.say(programme, _P["indicatorTitle"], value, indicator.line, "result/indicator/title")
    for document in activity.documents:
        if _URL.match(document.url):
            out.say(programme, FOAF + "page", document.url, document.line, "document-link")
    for at, place in enumerate(activity.locations, 1):
        node = thing("location", f"{out.slug}--l{at}")
        out.named(node, _P["Location"], place.line, "location")
        out.say(node, _P["locationOf"], programme, place.line, "location")
        if place.name:
            out.say(node, LABEL, Literal(place.name), place.line, "location/name")
        latitude, longitude = _degrees(place.latitude), _degrees(place.longitude)
        if latitude and longitude:
            out.say(node, _P["latitude"], latitude, place.line, "location/point")
            out.say(node, _P["longitude"], longitude, place.line, "location/point")


def _degrees(text: str) -> Literal | None:
    return Literal(text, XSD + "decimal") if re.fullmatch(r"[+-]?\d{1,3}(\.\d+)?", text) else None


def _number(value: Decimal) -> Literal:
    """Return a decimal by its value, without zeros at its end, as the store keeps it, with 12 digits at most.

    >>> _number(Decimal("1200.50")).value, _number(Decimal("0.33333333333333331")).value
    ('1200.5', '0.333333333333')
    """
    text = f"{value:f}"
    if len(text) - text.find(".") > 13 and "." in text:
        text = f"{value:.12f}"
    return Literal(text.rstrip("0").rstrip(".") if "." in text else text, XSD + "decimal")


def _dates(out: _Writer, dates: Sequence[ActivityDate], programme: str, line: int) -> None:
    """Add the actual dates, else the planned ones; an end that lies before the start is no end."""
    by_kind = {date.kind: date for date in dates}
    planned_start, start, planned_end, end = (by_kind.get(kind) for kind in "1234")
    for date, predicate in ((planned_start, "plannedStart"), (planned_end, "plannedEnd")):
        if date:
            out.say(programme, _P[predicate], Literal(date.date, XSD + "date"), date.line, "activity-date")
    begun = start or planned_start
    ends = (one for one in (end, planned_end) if one and not (begun and one.date < begun.date))
    for side, found in (("start", begun), ("end", next(ends, None))):
        if found:
            _bound(out, programme, side, found.date, found.line, "activity-date")
        else:
            out.compute(programme, _SIDES[side][3], _UNKNOWN, line, "activity-date")


def _bound(out: _Writer, subject: str, side: str, date: str, line: int, element: str) -> None:
    """Add a day, which is its own earliest and latest bound."""
    stated, earliest, latest, state = _SIDES[side]
    day = Literal(date, XSD + "date")
    out.say(subject, stated, day, line, element)
    out.compute(subject, earliest, day, line, element)
    out.compute(subject, latest, day, line, element)
    out.compute(subject, state, _KNOWN, line, element)


def _parties(out: _Writer, activity: Activity, programme: str, known: Known) -> None:
    reporting = activity.reporting
    if reporting.stated:
        found = known.parties.find(reporting.ref, reporting.name)
        if found:
            out.say(programme, _P["reporter"], found, reporting.line, "reporting-org")
        for predicate, text in (("reporterRef", reporting.ref), ("reporterName", reporting.name)):
            if text:
                out.say(programme, _P[predicate], Literal(text), reporting.line, "reporting-org")
    for at, party in enumerate(activity.parties, 1):
        role = ROLES.get(party.role)
        if not role or not party.stated:
            continue
        found = known.parties.find(party.ref, party.name)
        _participation(out, programme, role, found or "", f"o{at}", party.line, "participating-org", party)


def _participation(
    out: _Writer, programme: str, role: str, found: str, number: str, line: int, element: str, party: Party
) -> None:
    """Add a tie between the activity and a party, known or as published."""
    node = thing("participation", f"{out.slug}--{local(found) if found else number}--{role}")
    out.named(node, _P["Participation"], line, element)
    out.say(node, _P["participationIn"], programme, line, element)
    out.say(node, _P["participationRole"], _ROLE_OF[role], line, element)
    if found:
        out.say(node, _P["participant"], found, line, element)
        return
    for predicate, text in (("participantName", party.name), ("participantRef", party.ref)):
        if text:
            out.say(node, _P[predicate], Literal(text), line, element)


def _places(out: _Writer, activity: Activity, programme: str, known: Known) -> None:
    for number, (axis, share) in enumerate(_shares(activity), 1):
        target = _allocation(out, share, axis, programme, f"{out.slug}--a{number}", known)
        if axis == "country" and target:
            _participation(out, programme, "beneficiary", target, "", share.line, "recipient-country", Party())
        if axis == "sector" and share.vocabulary in _DAC_SECTORS:
            for topic in known.topics.get(share.code, ()):
                out.say(programme, _P["topic"], topic, share.line, "sector")


def _shares(row: Activity | Transaction) -> Iterator[tuple[str, Share]]:
    yield from (("country", share) for share in row.countries)
    yield from (("region", share) for share in row.regions)
    yield from (("sector", share) for share in row.sectors)


def _allocation(out: _Writer, share: Share, axis: str, whole: str, slug: str, known: Known) -> str:
    """Add the part of one place or sector, and return what it leads to, '' where it is only a code."""
    element = "sector" if axis == "sector" else f"recipient-{axis}"
    node = thing("allocation", slug)
    line = share.line
    out.named(node, _P["Allocation"], line, element)
    out.say(node, _P["allocationOf"], whole, line, element)
    out.say(node, _P["axis"], Literal(axis), line, element)
    target = ""
    if axis == "country":
        target = _country(out, share, known)
    elif _CODE.match(share.code):
        if axis == "sector" and share.vocabulary in _DAC_SECTORS:
            target = iati("sector", share.code)
        elif axis == "region" and share.vocabulary in _DAC_REGIONS:
            target = iati("region", share.code)
    if target:
        out.say(node, _P["allocatedTo"], target, line, element)
    if share.code:
        out.say(node, _P["allocatedCode"], Literal(share.code), line, element)
    if share.vocabulary:
        out.say(node, _P["vocabulary"], Literal(share.vocabulary), line, element)
    if axis == "sector" and out.scope and out.scope.covers(share):
        out.compute(node, _P["inScope"], TRUE, line, element)
    if share.percentage is not None:
        out.say(node, _P["percentage"], _number(share.percentage), line, element)
    if share.name:
        out.say(node, _NOTE, Literal(share.name), line, element)
    return target


def _country(out: _Writer, share: Share, known: Known) -> str:
    """Return the jurisdiction of a country; one that the tables lack is made, by the name of the codelist."""
    short = KOSOVO.get(share.code.upper(), share.code.upper())
    found = known.countries.get(short)
    if found:
        return found
    if not _COUNTRY.match(short):
        return ""
    name = known.country_names.get(short) or share.name or short
    node, territory = thing("jurisdiction", short), thing("territory", short)
    # It is of the codelist, not of this file: the file's graph says only that it is meant.
    for subject, predicate, value in (
        (node, _TYPE, _P["Jurisdiction"]), (node, LABEL, Literal(name)), (node, _ID_OF, Literal(short)),
        (node, _P["territory"], territory), (node, _SOURCE, out.sources[0]),
        (territory, _TYPE, _P["Territory"]), (territory, LABEL, Literal(name)),
    ):  # fmt: skip
        out.compute(subject, predicate, value, share.line, "recipient-country")
    return node


def _money(out: _Writer, node: str, kind: str, class_: str, programme: str, line: int, element: str) -> None:
    out.named(node, class_, line, element)
    out.say(node, _P["moneyKind"], _KIND_OF[kind], line, element)
    out.say(node, _P["finances"], programme, line, element)


def _value(out: _Writer, node: str, amount: Decimal, currency: str, value_date: str, line: int, element: str) -> None:
    out.say(node, _P["amount"], _number(amount), line, element)
    out.say(node, _P["currency"], _CURRENCY + currency, line, element)
    if value_date:
        out.say(node, _P["valueDate"], Literal(value_date, XSD + "date"), line, element)


def _transaction(out: _Writer, row: Transaction, node: str, programme: str, activity: Activity, known: Known) -> None:
    line = row.line
    kind = KINDS[row.type]
    _money(out, node, kind, _CLASSES[kind], programme, line, "transaction/transaction-type")
    _value(out, node, row.amount, row.currency, row.value_date, line, "transaction/value")
    for side in ("start", "end"):
        _bound(out, node, side, row.date or row.value_date, line, "transaction/transaction-date")
    if row.ref:
        out.say(node, _P["reference"], Literal(row.ref), line, "transaction/@ref")
    _side(out, row.provider, node, "provider", activity.identifier, known, line, "transaction/provider-org")
    _side(out, row.receiver, node, "receiver", activity.identifier, known, line, "transaction/receiver-org")
    for text in row.descriptions:
        if text.value:
            out.say(node, _NOTE, Literal(text.value), line, "transaction/description")
    for predicate, codelist, value in (
        ("flowType", "flow-type", row.flow), ("financeType", "finance-type", row.finance),
        ("tiedStatus", "tied-status", row.tied),
    ):  # fmt: skip
        if value and _CODE.match(value):
            out.say(node, _P[predicate], iati(codelist, value), line, f"transaction/{codelist}")
    for aid in row.aid:
        if aid.vocabulary == "1" and _CODE.match(aid.code):
            out.say(node, _P["aidType"], iati("aid-type", aid.code), line, "transaction/aid-type")
    if row.humanitarian:
        out.say(node, _P["humanitarian"], TRUE, line, "transaction/@humanitarian")
    if row.own_sectors and out.scope:
        _portion(out, node, out.scope.share_of(row, activity), line, "transaction/sector")
    if row.own_places or row.own_sectors:
        slug = local(node)
        for number, (axis, share) in enumerate(_shares(row), 1):
            if row.own_sectors if axis == "sector" else row.own_places:
                _allocation(out, share, axis, node, f"{slug}--a{number}", known)


def _side(
    out: _Writer, party: Party, node: str, side: str, activity: str, known: Known, line: int, element: str
) -> None:
    """Add the provider or the receiver of a money row, known or as published, and its own activity."""
    line = party.line or line
    if party.stated:
        found = known.parties.find(party.ref, party.name)
        if found:
            out.say(node, _P[side], found, line, element)
        else:
            for rest, text in (("Name", party.name), ("Ref", party.ref)):
                if text:
                    out.say(node, _P[side + rest], Literal(text), line, element)
    other = party.activity_id
    if other and other == activity:
        out.say(node, _P[side + "Activity"], thing("programme", out.slug), line, element)
    elif other:
        out.refer(node, _P[side + "Activity"], _P[side + "ActivityId"], other, line, element)


def _period(out: _Writer, node: str, start: str, end: str, line: int, element: str) -> None:
    for side, date in (("start", start), ("end", "" if start and end < start else end)):
        if date:
            _bound(out, node, side, date, line, element)
        else:
            out.compute(node, _SIDES[side][3], _UNKNOWN, line, element)


def _budget(out: _Writer, row: Budget, node: str, programme: str) -> None:
    _money(out, node, "budget", _P["Budget"], programme, row.line, "budget")
    _value(out, node, row.amount, row.currency, row.value_date, row.line, "budget/value")
    _period(out, node, row.start, row.end, row.line, "budget")
    _planning(out, node, row.type, row.status, row.line, "budget")


def _planning(out: _Writer, node: str, kind: str, status: str, line: int, element: str) -> None:
    if kind in _BUDGET_TYPES:
        out.say(node, _P["budgetType"], Literal(_BUDGET_TYPES[kind]), line, f"{element}/@type")
    if status in _BUDGET_STATUSES:
        out.say(node, _P["budgetStatus"], Literal(_BUDGET_STATUSES[status]), line, f"{element}/@status")


def _planned(
    out: _Writer, row: PlannedDisbursement, node: str, programme: str, activity: Activity, known: Known
) -> None:
    element = "planned-disbursement"
    _money(out, node, "planned-disbursement", _P["PlannedDisbursement"], programme, row.line, element)
    _value(out, node, row.amount, row.currency, row.value_date, row.line, f"{element}/value")
    _period(out, node, row.start or row.value_date, row.end, row.line, element)
    _planning(out, node, row.type, "", row.line, element)
    _side(out, row.provider, node, "provider", activity.identifier, known, row.line, f"{element}/provider-org")
    _side(out, row.receiver, node, "receiver", activity.identifier, known, row.line, f"{element}/receiver-org")
