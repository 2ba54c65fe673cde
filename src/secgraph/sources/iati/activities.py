"""One iati-activity element as a record: one pass over its children, then its money, then what does not add up."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

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
    Related,
    Result,
    Share,
    Text,
)
from secgraph.sources.iati.fields import (
    LANG,
    TRUE,
    Scene,
    clean,
    code,
    country,
    day,
    language_of,
    listed,
    name_of,
    own_text,
    party,
    texts,
)
from secgraph.sources.iati.lines import line_of
from secgraph.sources.iati.money import (
    Defaults,
    aid_type,
    budget,
    planned_disbursement,
    region,
    sector,
    transaction,
)
from secgraph.sources.iati.versions import (
    COLLABORATION,
    CONDITION_TYPE,
    DATE_KIND,
    FLOW,
    MARKER_VOCABULARY,
    MEASURE,
    RELATED_TYPE,
    RESULT_TYPE,
    ROLE,
    SCOPE,
    SIGNIFICANCE,
    STATUS,
    TIED,
)

_HUNDRED: Final = Decimal(100)
_LONGEST_IDENTIFIER: Final = 1000


class _Parts:
    """The parts of an activity as they come, before they are one record."""

    __slots__ = (
        "aid", "budgets", "codes", "conditions", "countries", "dates", "descriptions", "documents", "locations",
        "markers", "parties", "regions", "related", "reporting", "results", "secondary", "sectors", "titles",
    )  # fmt: skip

    def __init__(self) -> None:
        self.reporting = NOBODY
        self.secondary = False
        self.titles: list[Text] = []
        self.descriptions: list[Text] = []
        self.dates: list[ActivityDate] = []
        self.parties: list[Party] = []
        self.countries: list[Share] = []
        self.regions: list[Share] = []
        self.sectors: list[Share] = []
        self.markers: list[Marker] = []
        self.aid: list[AidType] = []
        self.codes: dict[str, str] = {}
        self.budgets: list[Budget] = []
        self.related: list[Related] = []
        self.conditions: list[Condition] = []
        self.results: list[Result] = []
        self.documents: list[DocumentLink] = []
        self.locations: list[Location] = []


def identifier_of(element: Any, name: str = "iati-identifier") -> str:
    """Return the identifier of an activity or organisation, '' where it has none."""
    found = next(element.iterchildren(name), None)
    return "" if found is None else own_text(found)


def activity(element: Any, identifier: str, scene: Scene) -> Activity:
    """Return one activity; what is wrong in it is in the faults of the scene."""
    get = element.get
    line = line_of(element)
    scene.currency = (get("default-currency") or "").strip()
    scene.language = language_of(element, scene)
    humanitarian = get("humanitarian") in TRUE
    parts = _Parts()
    transactions, planned = [], []
    for child in element:
        tag = child.tag
        if tag == "transaction":
            transactions.append(child)
        elif tag == "planned-disbursement":
            planned.append(child)
        elif (handler := _HANDLERS.get(tag)) is not None:
            handler(child, parts, scene)
    codes = parts.codes.get
    countries, regions, sectors = tuple(parts.countries), tuple(parts.regions), tuple(parts.sectors)
    flow, finance, tied = codes("flow", ""), codes("finance", ""), codes("tied", "")
    aid = tuple(parts.aid)
    defaults = Defaults(
        parts.reporting, parts.secondary, countries, regions, sectors, flow, finance, aid, tied, humanitarian
    )
    found = Activity(
        identifier,
        line,
        scene.version,
        _hierarchy(element, scene),
        parts.reporting,
        parts.secondary,
        tuple(parts.titles),
        tuple(parts.descriptions),
        tuple(parts.dates),
        codes("status", ""),
        codes("scope", ""),
        tuple(parts.parties),
        countries,
        regions,
        sectors,
        tuple(parts.markers),
        codes("collaboration", ""),
        flow,
        finance,
        aid,
        tied,
        tuple(parts.budgets),
        tuple([planned_disbursement(one, scene, defaults) for one in planned]),
        tuple([transaction(one, scene, defaults) for one in transactions]),
        tuple([related for related in parts.related if _other(related, identifier, scene)]),
        humanitarian,
        tuple(parts.conditions),
        tuple(parts.results),
        tuple(parts.documents),
        tuple(parts.locations),
        scene.currency,
        scene.language,
    )
    _look_at_identifier(found, next(element.iterchildren("iati-identifier"), None), scene)
    _look_at_dates(found.dates, line, scene)
    if scene.faults.first_error() is None:
        _look_at_shares(found, scene)
    return found


def _hierarchy(element: Any, scene: Scene) -> str:
    stated: str = (element.get("hierarchy") or "").strip()
    if not stated or stated.isdecimal():
        return str(int(stated)) if stated else "1"
    message = "the hierarchy is no number: it is taken for 1"
    scene.faults.add("iati-code", line_of(element), "iati-activity/@hierarchy", stated, message)
    return "1"


def _other(related: Related, identifier: str, scene: Scene) -> bool:
    if related.ref != identifier:
        return True
    message = "the activity names itself as a related one: the relation is left out"
    scene.faults.add("iati-self", related.line, "related-activity/@ref", related.ref, message)
    return False


def _reporting(element: Any, parts: _Parts, scene: Scene) -> None:
    parts.reporting = party(element, scene)
    parts.secondary = element.get("secondary-reporter") in TRUE


def _title(element: Any, parts: _Parts, scene: Scene) -> None:
    parts.titles += texts(element, scene)


def _description(element: Any, parts: _Parts, scene: Scene) -> None:
    parts.descriptions += texts(element, scene)


def _date(element: Any, parts: _Parts, scene: Scene) -> None:
    kind = code(element, DATE_KIND, scene, "type")
    stated = element.get("iso-date") or (own_text(element) if scene.old else "")
    date = day(stated) if stated else ""
    if kind and date:
        parts.dates.append(ActivityDate(kind, date, line_of(element)))
    elif not date and (stated.strip() or not scene.old):
        message = "this is no day of the calendar: the date is left out"
        scene.faults.add("iati-activity-date", line_of(element), "activity-date/@iso-date", stated, message)


def _participating(element: Any, parts: _Parts, scene: Scene) -> None:
    role = code(element, ROLE, scene, "role")
    found = party(element, scene, role, "activity-id")
    if found.stated or found.activity_id:
        parts.parties.append(found)


def _country(element: Any, parts: _Parts, scene: Scene) -> None:
    found = country(element, scene)
    if found:
        parts.countries.append(found)


def _region(element: Any, parts: _Parts, scene: Scene) -> None:
    """Add a region; in 1.x a country without a code of its own stood here by name, as Kosovo (KO)."""
    found = region(element, scene)
    if found and not found.code and scene.old:
        as_country = country(element, scene)
        if as_country and as_country.code:
            parts.countries.append(as_country)
            return
    if found:
        parts.regions.append(found)


def _sector(element: Any, parts: _Parts, scene: Scene) -> None:
    found = sector(element, scene)
    if found:
        parts.sectors.append(found)


def _marker(element: Any, parts: _Parts, scene: Scene) -> None:
    vocabulary = code(element, MARKER_VOCABULARY, scene, "vocabulary", "1")
    stated = listed(element, "policy-marker", scene) if vocabulary == "1" else (element.get("code") or "").strip()
    if stated:
        significance = code(element, SIGNIFICANCE, scene, "significance")
        parts.markers.append(Marker(stated, vocabulary, significance, line_of(element)))


def _aid(element: Any, parts: _Parts, scene: Scene) -> None:
    found = aid_type(element, scene)
    if found:
        parts.aid.append(found)


def _code(name: str, codes: Any) -> Callable[[Any, _Parts, Scene], None]:
    def handler(element: Any, parts: _Parts, scene: Scene) -> None:
        parts.codes[name] = code(element, codes, scene)

    return handler


def _finance(element: Any, parts: _Parts, scene: Scene) -> None:
    parts.codes["finance"] = listed(element, "finance-type", scene)


def _budget(element: Any, parts: _Parts, scene: Scene) -> None:
    parts.budgets.append(budget(element, scene))


def _related(element: Any, parts: _Parts, scene: Scene) -> None:
    ref = clean(element.get("ref"))
    type_ = code(element, RELATED_TYPE, scene, "type")
    if ref and type_:
        parts.related.append(Related(type_, ref, line_of(element)))


def _conditions(element: Any, parts: _Parts, scene: Scene) -> None:
    for child in element:
        if child.tag == "condition":
            found = texts(child, scene)
            if found:
                parts.conditions.append(Condition(code(child, CONDITION_TYPE, scene, "type"), found, line_of(child)))


def _result(element: Any, parts: _Parts, scene: Scene) -> None:
    titles: tuple[Text, ...] = ()
    indicators = []
    for child in element:
        if child.tag == "title":
            titles += texts(child, scene)
        elif child.tag == "indicator":
            named = tuple([text for title in child.iterchildren("title") for text in texts(title, scene)])
            indicators.append(Indicator(named, code(child, MEASURE, scene, "measure"), line_of(child)))
    type_ = code(element, RESULT_TYPE, scene, "type")
    parts.results.append(Result(type_, titles, tuple(indicators), line_of(element)))


def document(element: Any, scene: Scene) -> DocumentLink | None:
    """Return the document that an element links to, None where it gives no address."""
    url = (element.get("url") or "").strip()
    if not url:
        return None
    titles: tuple[Text, ...] = ()
    categories, languages = [], []
    for child in element:
        if child.tag == "title":
            titles += texts(child, scene)
        elif child.tag == "category":
            categories.append(listed(child, "document-category", scene))
        elif child.tag == "language":
            languages.append((child.get("code") or "").strip().lower())
    stated = element.get("language") or element.get(LANG)
    if scene.old and stated and not languages:
        languages.append(stated.strip().lower())
    return DocumentLink(
        url,
        (element.get("format") or "").strip(),
        titles,
        tuple([one for one in categories if one]),
        tuple([one for one in languages if one]),
        line_of(element),
    )


def _document(element: Any, parts: _Parts, scene: Scene) -> None:
    found = document(element, scene)
    if found:
        parts.documents.append(found)


def _location(element: Any, parts: _Parts, scene: Scene) -> None:
    name = latitude = longitude = ""
    for child in element:
        if child.tag == "name":
            name = name_of(child, scene)
        elif child.tag == "point":
            position = clean(child.findtext("pos")).split()
            if len(position) == 2:  # latitude, longitude
                latitude, longitude = position
        elif child.tag == "coordinates":
            latitude, longitude = clean(child.get("latitude")), clean(child.get("longitude"))
    if name or latitude:
        parts.locations.append(Location(name, latitude, longitude, line_of(element)))


_HANDLERS: Final[dict[str, Callable[[Any, _Parts, Scene], None]]] = {
    "reporting-org": _reporting,
    "title": _title,
    "description": _description,
    "activity-date": _date,
    "activity-status": _code("status", STATUS),
    "activity-scope": _code("scope", SCOPE),
    "participating-org": _participating,
    "recipient-country": _country,
    "recipient-region": _region,
    "sector": _sector,
    "policy-marker": _marker,
    "collaboration-type": _code("collaboration", COLLABORATION),
    "default-flow-type": _code("flow", FLOW),
    "default-finance-type": _finance,
    "default-aid-type": _aid,
    "default-tied-status": _code("tied", TIED),
    "budget": _budget,
    "related-activity": _related,
    "conditions": _conditions,
    "result": _result,
    "document-link": _document,
    "location": _location,
}
"""What reads each child but the money; contact-info and whatever is not named here is never looked into."""


def _look_at_identifier(found: Activity, element: Any, scene: Scene) -> None:
    faults, identifier = scene.faults, found.identifier
    line = found.line if element is None else line_of(element)
    if not identifier:
        message = "the activity has no iati-identifier"
        hint = "give the identifier that the publisher uses for it everywhere"
        faults.add("iati-identifier", line, "iati-identifier", "", message, hint)
    elif len(identifier) > _LONGEST_IDENTIFIER:
        message = f"the identifier has more than {_LONGEST_IDENTIFIER:,} characters"
        faults.add("iati-identifier", line, "iati-identifier", identifier, message)
    elif identifier == found.reporting.ref:
        message = "the identifier is that of the reporting organisation"
        faults.add("1.1.3", line, "iati-identifier", identifier, message)
    if element is not None and identifier and element.text != identifier:
        message = "spaces around or within the identifier are left out"
        faults.add("1.3.1", line, "iati-identifier", identifier, message)


def _look_at_dates(dates: tuple[ActivityDate, ...], line: int, scene: Scene) -> None:
    at = {date.kind: date for date in dates}
    for first, last, rule, kind in (("1", "3", "11.1.2", "planned"), ("2", "4", "11.1.3", "actual")):
        if first in at and last in at and at[first].date > at[last].date:
            message = f"the {kind} start {at[first].date} is after the {kind} end {at[last].date}"
            scene.faults.add(rule, at[first].line or line, "activity-date", at[first].date, message)


def _look_at_shares(found: Activity, scene: Scene) -> None:
    for vocabulary in dict.fromkeys([share.vocabulary for share in found.sectors]):
        shares = [share for share in found.sectors if share.vocabulary == vocabulary]
        _add_up(shares, "sector", ("2.1.1", "2.1.2", "2.1.4"), scene)
    if found.regions:
        for vocabulary in dict.fromkeys([share.vocabulary for share in found.regions]):
            shares = [share for share in found.regions if share.vocabulary == vocabulary]
            _add_up([*found.countries, *shares], "recipient-region", ("3.4.1", "3.4.2", "3.4.2"), scene)
    elif found.countries:
        _add_up(list(found.countries), "recipient-country", ("3.1.1", "3.1.2", "3.1.4"), scene)
    if found.transactions:
        own = [one.own_sectors for one in found.transactions]
        places = [one.own_places for one in found.transactions]
        _look_at_both(bool(found.sectors), own, found.line, "sector", ("6.6.2", "6.2.2"), scene)
        has_places = bool(found.countries or found.regions)
        _look_at_both(has_places, places, found.line, "recipient-country", ("3.6.2", "3.7.1"), scene)


def _add_up(shares: list[Share], element: str, rules: tuple[str, str, str], scene: Scene) -> None:
    """Say where several shares are not told apart by percentages, or do not make the whole."""
    each, whole, single = rules
    stated = [share.percentage for share in shares if share.percentage is not None]
    first = shares[0]
    total = sum(stated, Decimal(0))
    if len(shares) == 1:
        if stated and total != _HUNDRED:
            message = f"the only one has {total} percent: the rest is not said"
            scene.faults.add(single, first.line, f"{element}/@percentage", str(total), message)
    elif len(stated) < len(shares):
        if stated or len({share.code for share in shares}) > 1:
            message = f"{len(shares) - len(stated)} of {len(shares)} have no percentage: money cannot be split"
            scene.faults.add(each, first.line, f"{element}/@percentage", "", message)
    elif total != _HUNDRED:
        message = f"the percentages add up to {total}, not 100"
        scene.faults.add(whole, first.line, f"{element}/@percentage", str(total), message)


def _look_at_both(stated: bool, own: list[bool], line: int, element: str, rules: tuple[str, str], scene: Scene) -> None:
    """Say where a place or sector is given twice over, or for some transactions only."""
    both, neither = rules
    if stated and any(own):
        message = "given for the activity and for transactions: the transactions' own count for them"
        scene.faults.add(both, line, f"transaction/{element}", "", message)
    elif not stated and not all(own):
        message = f"given neither for the activity nor for {own.count(False)} of its {len(own)} transactions"
        scene.faults.add(neither, line, element, "", message)


def transactions_of(element: Any) -> int:
    """Return how many transactions an element holds."""
    return int(element.xpath("count(transaction)"))
