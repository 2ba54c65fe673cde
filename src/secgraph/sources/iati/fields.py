"""The fields that elements of all kinds are made of: texts, days, amounts, codes, shares and parties.

Each reads one thing from an lxml element within a `Scene`, which holds what is inherited and collects what is wrong.
An element is `Any` here: lxml publishes no types.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from secgraph.records.codes import COUNTRY_HINTS, CURRENCIES, RETIRED_CURRENCIES
from secgraph.records.iati import NOBODY, Party, Share, Text
from secgraph.sources.iati.codes import known
from secgraph.sources.iati.faults import Faults
from secgraph.sources.iati.lines import line_of
from secgraph.sources.iati.versions import ORGANISATION_TYPE, Codes, old

LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
TRUE: Final = frozenset({"1", "true"})

_LONGEST_TEXT: Final = 1 << 20
_AMOUNT: Final = re.compile(r"[+-]?(?:\d{1,18}(?:\.\d{0,40})?|\.\d{1,40})", re.ASCII)
_DAY: Final = re.compile(r"(\d{4}-\d\d-\d\d)(?:T[\d:.]+)?(?:Z|[+-]\d\d:\d\d)?", re.ASCII)
_SPACES: Final = re.compile(r"[ \t\r\n]+")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[a-z0-9]{1,8})*", re.ASCII)
_IN_BRACKETS: Final = re.compile(r"\(([A-Z]{2})\)\s*$", re.ASCII)
_FIRST_YEAR, _LAST_YEAR = 1900, 2199
_KOSOVO: Final = frozenset({"unsc 1244", "unscr 1244", "kosovo (unscr 1244)", "kosovo (unsc 1244)", "kosovo"})
_LONGEST_CODE = 5
_HUNDRED: Final = Decimal(100)


class Scene:
    """What holds while one activity or organisation is read: version, defaults, and the faults so far."""

    __slots__ = ("currency", "faults", "language", "no_currency", "old", "version")

    def __init__(self, version: str, faults: Faults, no_currency: str) -> None:
        self.version = version
        self.old = old(version)
        self.currency = ""
        self.language = ""
        self.faults = faults
        self.no_currency = no_currency


def clean(text: str | None) -> str:
    r"""Return a text on one line, without spaces around it: white space is what XML takes for it.

    >>> clean("  Border\n  police ")
    'Border police'
    """
    if not text:
        return ""
    # Looking is cheaper than taking apart, and most texts are clean already.
    if "\n" in text or "  " in text or "\t" in text or "\r" in text:
        text = _SPACES.sub(" ", text)
    return text.strip(" ")


def own_text(element: Any) -> str:
    """Return the text that stands in an element itself."""
    return clean(element.text) if not len(element) else clean("".join(element.itertext()))


def language_of(element: Any, scene: Scene) -> str:
    """Return the language of an element in lower case, the inherited one where it states none or none that can be."""
    stated = element.get(LANG)
    if not stated:
        return scene.language
    tag = language_tag(stated)
    if not tag:
        if stated.strip():
            place = f"{element.tag}/@xml:lang"
            scene.faults.add("iati-language", line_of(element), place, stated, "this is no language tag")
        return scene.language
    return tag


@lru_cache(maxsize=1 << 10)
def language_tag(stated: str) -> str:
    """Return a language tag in lower case, '' where the text is none.

    >>> language_tag("EN"), language_tag("pt_BR"), language_tag("English")
    ('en', 'pt-br', '')
    """
    tag = stated.strip().lower().replace("_", "-")
    return tag if _LANGUAGE.fullmatch(tag) else ""


def texts(element: Any, scene: Scene) -> tuple[Text, ...]:
    """Return the texts of an element: its narratives, or its own text in 1.x."""
    if len(element) == 1:  # the common case, made cheap
        only = _narrative(element[0], scene)
        return (only,) if only else ()
    found = [text for child in element if (text := _narrative(child, scene))]
    if not found and scene.old and not len(element):
        value = clean(element.text)
        return (Text(cut(value, element, scene), language_of(element, scene)),) if value else ()
    return tuple(found)


def _narrative(element: Any, scene: Scene) -> Text | None:
    value = clean(element.text) if element.tag == "narrative" else ""
    if not value:
        return None
    return Text(value if len(value) <= _LONGEST_TEXT else cut(value, element, scene), language_of(element, scene))


def cut(value: str, element: Any, scene: Scene) -> str:
    """Return a text, without the end of one that is longer than any text is."""
    if len(value) <= _LONGEST_TEXT:
        return value
    message = f"a text of {len(value):,} characters is cut to {_LONGEST_TEXT:,}"
    scene.faults.add("iati-text", line_of(element), str(element.tag), value, message)
    return value[:_LONGEST_TEXT]


def name_of(element: Any, scene: Scene) -> str:
    """Return the one name that an element gives: in the language of the activity, else the first."""
    many = len(element)
    if not many:
        return clean(element.text) if scene.old else ""
    if many == 1:
        child = element[0]
        return clean(child.text) if child.tag == "narrative" else ""
    found = texts(element, scene)
    for text in found:
        if text.language == scene.language:
            return text.value
    return found[0].value if found else ""


def code(element: Any, codes: Codes, scene: Scene, attribute: str = "code", default: str = "") -> str:
    """Return a code of a small list, 2.x's whatever the version; `default` where none or an unknown one is stated."""
    stated = element.get(attribute)
    if not stated:
        return default
    found = codes.codes.get(stated)
    if found is not None:
        return found
    stated = stated.strip()
    read = codes.read(stated, words=scene.old)
    if not read:
        if stated:
            message = f"{stated[:40]!r} is no code of this list: it is left out"
            scene.faults.add("iati-code", line_of(element), f"{element.tag}/@{attribute}", stated, message)
        return default
    return read


def listed(element: Any, name: str, scene: Scene, attribute: str = "code") -> str:
    """Return a code of a large list as it is written; one that the list lacks is noted."""
    stated: str = (element.get(attribute) or "").strip()
    if stated:
        codes = known(name)
        if codes and stated not in codes:
            message = f"the code is not in the list {name}: it is kept as written"
            scene.faults.add("iati-code", line_of(element), f"{element.tag}/@{attribute}", stated, message)
    return stated


@lru_cache(maxsize=1 << 14)
def day(text: str) -> str:
    """Return a day without its time zone, '' where the text is no day of the calendar in a possible year.

    >>> day("2009-09-01Z"), day("2019-02-30"), day("0208-01-01")
    ('2009-09-01', '', '')
    """
    found = _DAY.fullmatch(text.strip())
    if not found:
        return ""
    try:
        read = date.fromisoformat(found[1])
    except ValueError:
        return ""
    return found[1] if _FIRST_YEAR <= read.year <= _LAST_YEAR else ""


def money_day(element: Any, attribute: str, place: str, scene: Scene) -> str:
    """Return a day that money needs, '' where none is stated; another text is an error."""
    stated = element.get(attribute)
    if not stated:
        return ""
    found = day(stated)
    if not found and stated.strip():
        scene.faults.add(
            "iati-date", line_of(element), f"{place}/@{attribute}", stated, "this is no day of the calendar",
            "write year-month-day, as 2019-12-31",
        )  # fmt: skip
    return found


def decimal(text: str | None) -> Decimal | None:
    """Return a decimal number as the standard writes it, None where it is none.

    >>> decimal(" 1500.50 "), decimal("1,500"), decimal("1e3"), decimal("NaN")
    (Decimal('1500.50'), None, None, None)
    """
    text = (text or "").strip()
    return Decimal(text) if _AMOUNT.fullmatch(text) else None


def value(element: Any, place: str, scene: Scene) -> tuple[Decimal, str, str]:
    """Return the amount, currency and value date of a value element; what cannot be counted is an error."""
    amount = decimal(element.text)
    faults = scene.faults
    if amount is None:
        stated = own_text(element)
        message = "the amount is no decimal number" if stated else "the amount is missing"
        hint = "write digits and a point, as 1500000.50"
        faults.add("iati-amount", line_of(element), f"{place}/value", stated, message, hint)
        amount = Decimal(0)
    elif amount <= 0:
        if amount < 0:
            message = "the value is below zero: kept, as a correction"
            faults.add("iati-negative", line_of(element), f"{place}/value", str(amount), message)
        else:
            faults.add("iati-zero", line_of(element), f"{place}/value", str(amount), "the value is zero: kept")
    currency = (element.get("currency") or "").strip() or scene.currency
    if currency not in CURRENCIES and currency not in RETIRED_CURRENCIES:
        currency = _currency(currency, element, place, scene)
    return amount, currency, money_day(element, "value-date", f"{place}/value", scene)


def _currency(currency: str, element: Any, place: str, scene: Scene) -> str:
    if currency in known("currency"):
        return currency
    if currency:
        message = "this is no currency code: the amount cannot be counted"
        hint = "give the three letters of ISO 4217, as EUR"
        scene.faults.add("iati-currency", line_of(element), f"{place}/value/@currency", currency, message, hint)
    else:
        message = "neither the value nor a default gives a currency: the amount cannot be counted"
        hint = "give currency here, or default-currency once"
        scene.faults.add(scene.no_currency, line_of(element), f"{place}/value/@currency", "", message, hint)
    return currency


def country_code(stated: str) -> str:
    """Return the code of a country that a code or text stands for, '' where it is none that is known.

    >>> country_code("BA"), country_code("KO"), country_code("UNSC 1244"), country_code("Kosovo (KO)")
    ('BA', 'XK', 'XK', 'XK')
    """
    if stated in known("country"):
        return stated
    upper = stated.upper()
    if stated.lower() in _KOSOVO:
        return "XK"
    if len(stated) <= _LONGEST_CODE:
        if upper in COUNTRY_HINTS:
            return COUNTRY_HINTS[upper]
        return upper if upper in known("country") else ""
    inside = _IN_BRACKETS.search(stated)
    return country_code(inside[1]) if inside else ""


def country(element: Any, scene: Scene) -> Share | None:
    """Return the country that an element names; a code of earlier use is read as what it means."""
    stated = (element.get("code") or "").strip()
    name = name_of(element, scene)
    if not stated and not name:
        return None
    found = country_code(stated or name)
    if found != stated:
        where = f"{element.tag}/@code"
        if found:
            scene.faults.add("iati-country", line_of(element), where, stated or name, f"read as {found}")
        else:
            message = "this is no code of a country: it is kept as written"
            scene.faults.add("iati-country", line_of(element), where, stated or name, message)
    return Share(found or stated, "", percentage(element, "12.1.1", scene), name, line_of(element))


def percentage(element: Any, rule: str, scene: Scene) -> Decimal | None:
    """Return the percentage of a share, None where none is stated; one that cannot be is an error."""
    stated = element.get("percentage")
    if not stated:
        return None
    found = decimal(stated)
    if found is None or not 0 <= found <= _HUNDRED:
        if not stated.strip():
            return None
        message = "this is no percentage from 0 to 100"
        scene.faults.add(rule, line_of(element), f"{element.tag}/@percentage", stated, message)
        return None
    return found


def share(element: Any, vocabularies: Codes, rule: str, lists: dict[str, str], scene: Scene) -> Share | None:
    """Return the region or sector that an element names, None where it names nothing.

    `lists` says which vocabulary has which list of codes; one of 1.x that has no number stays as it is written.
    """
    stated: str = (element.get("code") or "").strip()
    name = name_of(element, scene)
    if not stated and not name:
        return None
    written: str = (element.get("vocabulary") or "").strip()
    vocabulary = vocabularies.codes.get(written, "") if written else "1"
    if not vocabulary:
        vocabulary = vocabularies.read(written, words=True)
        if not vocabulary or not scene.old:
            message = f"read as {vocabulary}, which the word meant in 1.x" if vocabulary else "it is kept as written"
            message = f"the vocabulary is not in the standard's list: {message}"
            scene.faults.add("iati-code", line_of(element), f"{element.tag}/@vocabulary", written, message)
            vocabulary = vocabulary or written
    if stated and vocabulary in lists:
        listed(element, lists[vocabulary], scene)
    return Share(stated, vocabulary, percentage(element, rule, scene), name, line_of(element))


def party(element: Any, scene: Scene, role: str = "", activity: str = "") -> Party:
    """Return the organisation that an element names; `activity` is the attribute with its own activity."""
    get = element.get
    ref, own = get("ref") or "", (get(activity) or "") if activity else ""
    type_ = code(element, ORGANISATION_TYPE, scene, "type") if get("type") else ""
    name = name_of(element, scene)
    if not (ref or name or own or role):
        return NOBODY
    return Party(role, type_, ref.strip(), name, own.strip(), line_of(element))
