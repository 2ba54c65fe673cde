"""The money of an activity or organisation: transactions, budgets, planned disbursements, expenditure."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final, NamedTuple

from secgraph.records.iati import (
    NOBODY,
    AidType,
    Budget,
    OrganisationBudget,
    Party,
    PlannedDisbursement,
    Share,
    Text,
    Transaction,
)
from secgraph.sources.iati.fields import (
    TRUE,
    Scene,
    code,
    country,
    day,
    listed,
    money_day,
    own_text,
    party,
    share,
    texts,
    value,
)
from secgraph.sources.iati.lines import line_of
from secgraph.sources.iati.versions import (
    AID_VOCABULARY,
    BUDGET_STATUS,
    BUDGET_TYPE,
    FLOW,
    INCOMING,
    REGION_VOCABULARY,
    SECTOR_VOCABULARY,
    TIED,
    TRANSACTION_TYPE,
)
from secgraph.values import WARNING

SECTOR_LISTS: Final = {"1": "sector", "2": "sector-category"}
REGION_LISTS: Final = {"1": "region"}
_NOTHING: Final = Decimal(0)


class Defaults(NamedTuple):
    """What the transactions of an activity take from it where they do not say otherwise."""

    reporting: Party
    secondary: bool
    countries: tuple[Share, ...]
    regions: tuple[Share, ...]
    sectors: tuple[Share, ...]
    flow: str
    finance: str
    aid: tuple[AidType, ...]
    tied: str
    humanitarian: bool


def sector(element: Any, scene: Scene) -> Share | None:
    """Return the sector that an element names."""
    return share(element, SECTOR_VOCABULARY, "12.3.1", SECTOR_LISTS, scene)


def region(element: Any, scene: Scene) -> Share | None:
    """Return the region that an element names."""
    return share(element, REGION_VOCABULARY, "12.1.1", REGION_LISTS, scene)


def aid_type(element: Any, scene: Scene) -> AidType | None:
    """Return the type of aid that an element names; only the DAC's list is looked into."""
    vocabulary = code(element, AID_VOCABULARY, scene, "vocabulary", "1")
    stated: str = listed(element, "aid-type", scene) if vocabulary == "1" else (element.get("code") or "").strip()
    return AidType(stated, vocabulary) if stated else None


class _Own:
    """What a transaction says of itself that its activity may say for it."""

    __slots__ = ("aid", "countries", "finance", "flow", "regions", "sectors", "tied")

    def __init__(self) -> None:
        self.countries: list[Share] = []
        self.regions: list[Share] = []
        self.sectors: list[Share] = []
        self.aid: list[AidType] = []
        self.flow = self.finance = self.tied = ""

    def take(self, tag: str, child: Any, scene: Scene) -> None:
        """Take what one child says."""
        if tag == "recipient-country":
            _append(self.countries, country(child, scene))
        elif tag == "recipient-region":
            _append(self.regions, region(child, scene))
        elif tag == "sector":
            _append(self.sectors, sector(child, scene))
        elif tag == "flow-type":
            self.flow = code(child, FLOW, scene)
        elif tag == "finance-type":
            self.finance = listed(child, "finance-type", scene)
        elif tag == "aid-type":
            _append(self.aid, aid_type(child, scene))
        elif tag == "tied-status":
            self.tied = code(child, TIED, scene)


def transaction(element: Any, scene: Scene, defaults: Defaults) -> Transaction:
    """Return one transaction, with what it inherits."""
    type_: str | None = None
    date = currency = value_date = ""
    amount = None
    provider = receiver = NOBODY
    descriptions: tuple[Text, ...] = ()
    own = _Own()
    for child in element:
        tag = child.tag
        if tag == "value":
            amount, currency, value_date = value(child, "transaction", scene)
        elif tag == "transaction-type":
            type_ = _type(child, scene)
        elif tag == "transaction-date":
            date = money_day(child, "iso-date", "transaction/transaction-date", scene)
            if not date and scene.old:
                date = day(own_text(child))
        elif tag == "provider-org":
            provider = party(child, scene, activity="provider-activity-id")
        elif tag == "receiver-org":
            receiver = party(child, scene, activity="receiver-activity-id")
        elif tag == "description":
            descriptions += texts(child, scene)
        else:
            own.take(tag, child, scene)
    line = line_of(element)
    if amount is None or type_ is None:
        amount, type_ = _incomplete(amount, type_, line, scene)
    if not date or not value_date:
        date = _other_date(element, date, value_date, line, scene)
    if provider is NOBODY and type_ not in INCOMING:
        provider = _assumed(defaults)
    if receiver is NOBODY and type_ in INCOMING:
        receiver = _assumed(defaults)
    if provider is not NOBODY and receiver is not NOBODY:
        _look_at_ends(provider, receiver, line, scene)
    places = bool(own.countries or own.regions)
    stated = element.get("humanitarian")
    return Transaction(
        type_,
        (element.get("ref") or "").strip(),
        date,
        amount,
        currency,
        value_date,
        provider,
        receiver,
        descriptions,
        tuple(own.countries) if places else defaults.countries,
        tuple(own.regions) if places else defaults.regions,
        tuple(own.sectors) if own.sectors else defaults.sectors,
        own.flow or defaults.flow,
        own.finance or defaults.finance,
        tuple(own.aid) if own.aid else defaults.aid,
        own.tied or defaults.tied,
        stated in TRUE if stated else defaults.humanitarian,
        places,
        bool(own.sectors),
        line,
    )


def _incomplete(amount: Decimal | None, type_: str | None, line: int, scene: Scene) -> tuple[Decimal, str]:
    """Say which of the elements that make a transaction are not there."""
    if amount is None:
        message = "the transaction has no value"
        scene.faults.add("iati-amount", line, "transaction/value", "", message, "give its amount")
    if type_ is None:
        message = "the transaction has no type: it cannot be told what the money is"
        scene.faults.add("iati-transaction-type", line, "transaction/transaction-type", "", message)
    return amount or _NOTHING, type_ or ""


def _append(shares: list[Any], one: Any) -> None:
    if one is not None:
        shares.append(one)


def _type(element: Any, scene: Scene) -> str:
    stated: str = element.get("code") or own_text(element)
    found = TRANSACTION_TYPE.codes.get(stated)
    if found is not None:
        return found
    found = TRANSACTION_TYPE.read(stated.strip(), words=True)
    place = "transaction/transaction-type/@code"
    if not found:
        message = "this is no type of a transaction: it cannot be told what the money is"
        hint = "give a code of the list TransactionType"
        scene.faults.add("iati-transaction-type", line_of(element), place, stated, message, hint)
    elif not scene.old:
        message = f"read as {found}, which this meant in 1.x"
        scene.faults.add("iati-code", line_of(element), place, stated, message, "give a code of the list")
    return found


def _other_date(element: Any, date: str, value_date: str, line: int, scene: Scene) -> str:
    """Return the date of a transaction that lacks one of its two dates; an impossible one was told already."""
    place = "transaction/transaction-date"
    if date:
        stated = next(element.iterchildren("value"), None)
        if stated is not None and not (stated.get("value-date") or "").strip():
            message = "the value has no value date: the date of the transaction stands for it"
            scene.faults.add("iati-value-date", line, "transaction/value/@value-date", "", message)
        return date
    if any((child.get("iso-date") or "").strip() for child in element.iterchildren("transaction-date")):
        return value_date
    if value_date:
        message = "the transaction has no date: its value date stands for it"
        scene.faults.add("iati-date-of-value", line, place, "", message)
    else:
        message = "the transaction has neither a date nor a value date"
        scene.faults.add("iati-date-missing", line, place, "", message, "give its day, as 2019-12-31")
    return value_date


def _assumed(defaults: Defaults) -> Party:
    """Return the reporting organisation as the end that is not named; its line is 0, as nothing is stated.

    A secondary reporter tells of the money of others and is never assumed to be one of its ends.
    """
    who = defaults.reporting
    return NOBODY if defaults.secondary or not who.stated else who._replace(role="", activity_id="", line=0)


def _look_at_ends(provider: Party, receiver: Party, line: int, scene: Scene) -> None:
    same = provider.ref == receiver.ref if provider.ref and receiver.ref else provider.name == receiver.name != ""
    if same and provider.activity_id == receiver.activity_id:
        message = "the receiver is the provider: no money changes hands"
        who = receiver.ref or receiver.name
        scene.faults.add("iati-receiver", line, "transaction/receiver-org", who, message, "see which end is meant")


def period(element: Any, place: str, scene: Scene) -> tuple[str, str]:
    """Return the start and end of a period; an end before the start is an error."""
    start = end = ""
    for child in element:
        if child.tag == "period-start":
            start = money_day(child, "iso-date", f"{place}/period-start", scene)
        elif child.tag == "period-end":
            end = money_day(child, "iso-date", f"{place}/period-end", scene)
    if start and end and end < start:
        message = f"the period ends on {end}, before it starts on {start}"
        scene.faults.add("8.6.3", line_of(element), place, end, message)
    return start, end


def _look_at_year(start: str, end: str, element: Any, place: str, scene: Scene) -> None:
    if start and end and end > f"{int(start[:4]) + 1:04}{start[4:]}":
        message = f"the budget is for longer than a year: {start} to {end}"
        scene.faults.add("7.5.3", line_of(element), place, end, message, "give one budget for each year")


def _period_of_value(start: str, end: str, value_date: str, element: Any, place: str, scene: Scene) -> str:
    """Return the start of a period, for which the value date stands where the file gives none."""
    if not start and not end:
        severity = WARNING if value_date else ""
        message = "the period is missing" + (": the value date stands for it" if value_date else "")
        scene.faults.add("iati-date-missing", line_of(element), place, "", message, severity=severity)
        return value_date
    return start


def _value_of(element: Any, place: str, scene: Scene) -> tuple[Any, str, str]:
    found = next(element.iterchildren("value"), None)
    if found is None:
        scene.faults.add("iati-amount", line_of(element), f"{place}/value", "", "the value is missing")
        return _NOTHING, scene.currency, ""
    amount, currency, value_date = value(found, place, scene)
    if not value_date:
        message = "the value has no value date: the start of the period stands for it"
        scene.faults.add("iati-value-date", line_of(found), f"{place}/value/@value-date", "", message)
    return amount, currency, value_date


def budget(element: Any, scene: Scene) -> Budget:
    """Return one budget of an activity."""
    start, end = period(element, "budget", scene)
    amount, currency, value_date = _value_of(element, "budget", scene)
    start = _period_of_value(start, end, value_date, element, "budget", scene)
    _look_at_year(start, end, element, "budget", scene)
    return Budget(
        code(element, BUDGET_TYPE, scene, "type", "1"),
        code(element, BUDGET_STATUS, scene, "status", "1"),
        start,
        end,
        amount,
        currency,
        value_date,
        line_of(element),
    )


def planned_disbursement(element: Any, scene: Scene, defaults: Defaults) -> PlannedDisbursement:
    """Return one planned disbursement; its provider is the reporting organisation where none is named."""
    start, end = period(element, "planned-disbursement", scene)
    amount, currency, value_date = _value_of(element, "planned-disbursement", scene)
    start = _period_of_value(start, end, value_date, element, "planned-disbursement", scene)
    provider = receiver = NOBODY
    for child in element:
        if child.tag == "provider-org":
            provider = party(child, scene, activity="provider-activity-id")
        elif child.tag == "receiver-org":
            receiver = party(child, scene, activity="receiver-activity-id")
    return PlannedDisbursement(
        code(element, BUDGET_TYPE, scene, "type", "1"),
        start,
        end,
        amount,
        currency,
        value_date,
        _assumed(defaults) if provider is NOBODY else provider,
        receiver,
        line_of(element),
    )


def organisation_budget(element: Any, scene: Scene) -> OrganisationBudget:
    """Return one budget or expenditure of an organisation, with whom or what it is for."""
    kind = str(element.tag)
    start, end = period(element, kind, scene)
    amount, currency, value_date = _value_of(element, kind, scene)
    start = _period_of_value(start, end, value_date, element, kind, scene)
    _look_at_year(start, end, element, kind, scene)
    recipient, vocabulary = NOBODY, ""
    for child in element:
        if child.tag == "recipient-org":
            recipient = party(child, scene)
        elif child.tag in ("recipient-country", "recipient-region"):
            found = country(child, scene) if child.tag == "recipient-country" else region(child, scene)
            if found:
                recipient, vocabulary = Party("", "", found.code, found.name, "", found.line), found.vocabulary
    status = code(element, BUDGET_STATUS, scene, "status", "1")
    return OrganisationBudget(
        kind, status, start, end, amount, currency, value_date, recipient, vocabulary, line_of(element)
    )
