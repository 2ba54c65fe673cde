"""Is this statement of a stranger one of ours? Its terms, its things and its values, each against what we know."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from secgraph.mapping.columns import COLUMNS, COMMON, LABEL
from secgraph.values import XSD, Literal, Quad, nearest
from secgraph.vocab import (
    CLASSES,
    CODELISTS,
    DCT,
    FOAF,
    IATI_LISTS,
    ID,
    INDIVIDUALS,
    KINDS,
    NS,
    ORG,
    OWL,
    PROPERTIES,
    RDF,
    SKOS,
    kind_of,
    local,
    sg,
)

TYPE: Final = RDF + "type"
IMPORTS: Final = f"{OWL}imports"
PYTHON_MODULE: Final = "http://www.lesfleursdunormal.fr/static/_downloads/owlready_ontology.owl#python_module"
_LISTS: Final = CODELISTS | {f"iati-{name}" for name in IATI_LISTS}
_MONEY: Final = ("transaction", "budget")
_KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "Organisation": ("organisation",), "OrganisationalUnit": ("organisation",), "Meeting": ("event",),
    "EventSeries": ("series",), "Project": ("programme",), "ContextFigure": ("figure",), "ExchangeRate": ("rate",),
    "PlannedDisbursement": ("budget",), "MoneyRow": _MONEY,
    "Agent": ("organisation", "initiative", "jurisdiction", "person"),
    **dict.fromkeys("Commitment Disbursement Expenditure Pledge Contribution".split(), ("transaction",)),
}  # fmt: skip
"""The kinds that things of a class may be of, where it is not the class's own name."""

_SLUG: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]*\Z")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_DATE: Final = {
    XSD + "gYear": re.compile(r"\d{4}\Z"),
    XSD + "gYearMonth": re.compile(r"\d{4}-\d\d\Z"),
    XSD + "date": re.compile(r"\d{4}-\d\d-\d\d\Z"),
}
_LEXICAL: Final = {
    XSD + "decimal": re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)\Z"),
    XSD + "integer": re.compile(r"[+-]?\d+\Z"),
    XSD + "boolean": re.compile(r"(true|false|1|0)\Z"),
}
_DATED: Final = frozenset(
    map(sg, "start end announced asOf plannedStart plannedEnd valueDate rateDate deflatorYear figureYear".split())
) | {DCT + "issued"}
_DAYS: Final = frozenset(
    map(
        sg,
        "startEarliest startLatest endEarliest endLatest announcedEarliest announcedLatest publishedLatest "
        "accessed".split(),
    )
)
NUMBERS: Final = frozenset(
    map(sg, "amount deflatorIndex figureAmount latitude longitude perEuro percentage share".split())
)
_WHOLE: Final = frozenset((sg("hierarchy"), sg("number")))
_FLAGS: Final = frozenset(map(sg, "coFinancing cumulative humanitarian secondaryReporter".split()))
ONCE: Final = _DAYS | NUMBERS | _WHOLE | _FLAGS | {sg("start"), sg("end")}
"""The properties that a thing has one value of at most: a column of a relation holds no two."""
_LINKS: Final = frozenset((FOAF + "page", FOAF + "homepage"))
_DIGITS: Final = (15, 12)
"""The digits of a number before and after its point."""

OURS: Final = frozenset(
    {spec.property for columns in (COMMON, *COLUMNS.values()) for specs in columns.values() for spec in specs}
    | {TYPE, LABEL, IMPORTS, PYTHON_MODULE, OWL + "deprecated", ORG + "postIn", SKOS + "inScheme"}
    | {DCT + name for name in ("identifier", "source", "isReplacedBy", "title", "description")}
    | {SKOS + f"{name}Match" for name in ("exact", "close", "related", "broad", "narrow")}
)
"""The properties of other vocabularies that the graph is made of; those of `sg` are ours anyway."""


class Objection(NamedTuple):
    """Why a statement cannot become part of the graph."""

    rule: str
    message: str
    hint: str
    value: str


def about_our_terms(quad: Quad) -> bool:
    """Tell whether a statement is about a term, a list or a code of ours, which the ontology alone says."""
    subject = quad.subject
    return subject.startswith(NS[:-1]) or kind_of(subject) in _LISTS or subject.rpartition("/")[0] + "/" == ID


def objections(quad: Quad) -> Iterator[Objection]:
    """Yield all that is wrong with one statement."""
    yield from _term(quad)
    yield from _things(quad)
    if quad.predicate == IMPORTS:
        message, hint = "the import is not followed", "put what is needed of it into the file"
        yield Objection("ontology-import", message, hint, str(quad.object))
    if quad.predicate == PYTHON_MODULE:
        message = "the ontology names a Python module to be run"
        hint = "take the annotation out; a reader of the ontology would run that module"
        yield Objection("ontology-python-module", message, hint, quad.subject)
    found = _value(quad)
    if found:
        yield found
    if quad.predicate in _LINKS and isinstance(quad.object, str):
        yield from _link(quad.object)


def _term(quad: Quad) -> Iterator[Objection]:
    predicate, item = quad.predicate, quad.object
    if predicate.startswith(NS) and local(predicate) not in PROPERTIES:
        yield _unknown(local(predicate), PROPERTIES, "property")
    if isinstance(item, str) and item.startswith(NS):
        name = item[len(NS) :]
        if predicate == TYPE and name not in CLASSES:
            yield _unknown(name, CLASSES, "class")
        elif name not in CLASSES | PROPERTIES | INDIVIDUALS:
            yield _unknown(name, CLASSES | PROPERTIES | INDIVIDUALS, "term")


def _unknown(name: str, known: frozenset[str], what: str) -> Objection:
    near = nearest(name, known)
    hint = f"did you mean sg:{near[0]}?" if near else "see the terms of the ontology in docs/reference/terms.md"
    return Objection("rdf-term", f"sg has no such {what}", hint, f"sg:{name}")


def _things(quad: Quad) -> Iterator[Objection]:
    item = quad.object
    for name in (quad.subject, item) if isinstance(item, str) else (quad.subject,):
        if name.startswith(ID) and (found := _thing(name)):
            yield found
    if quad.predicate == TYPE and isinstance(item, str) and item.startswith(NS) and local(item) in CLASSES:
        class_ = local(item)
        kinds = _KINDS.get(class_, (class_.lower(),))
        if kind_of(quad.subject) not in kinds:
            where = " or ".join(f"{ID}{kind}/..." for kind in kinds)
            hint = f"name it {where}; its own address can stand beside it by skos:exactMatch"
            yield Objection(
                "rdf-thing", f"a thing of class sg:{class_} whose IRI is not of its kind", hint, quad.subject
            )


@lru_cache(1 << 16)
def _thing(name: str) -> Objection | None:
    kind, _, slug = name[len(ID) :].partition("/")
    if kind not in KINDS and kind not in _LISTS:
        near = nearest(kind, KINDS)
        hint = f"did you mean id/{near[0]}/{slug}?" if near else "see the kinds in docs/reference/terms.md"
        return Objection("rdf-thing", "no kind of thing has this name", hint, name)
    if not _SLUG.match(slug) and (slug or kind != "topic"):  # id/topic is the scheme of the topics
        hint = "letters, digits, hyphens, points, ~ and _ without a slash"
        return Objection("rdf-thing", "the id of the thing is malformed", hint, name)
    return None


def _value(quad: Quad) -> Objection | None:
    """Return what is wrong with the value of a property that has one form, or with any literal of a type we know."""
    item, predicate = quad.object, quad.predicate
    needed = (
        "a date" if predicate in _DATED
        else "a day" if predicate in _DAYS
        else "a decimal" if predicate in NUMBERS
        else "a whole number" if predicate in _WHOLE
        else "true or false" if predicate in _FLAGS
        else ""
    )  # fmt: skip
    if not isinstance(item, Literal):
        return Objection("rdf-literal", f"not {needed}", _form(predicate), item) if needed else None
    if control := _CONTROL.search(item.value):
        told = f"the text holds a control character, U+{ord(control[0]):04X}"
        return Objection("rdf-literal", told, "take it out", item.value)
    fault = _lexical(item)
    types = {
        "a date": frozenset(_DATE), "a day": {XSD + "date"}, "a decimal": {XSD + "decimal"},
        "a whole number": {XSD + "integer"}, "true or false": {XSD + "boolean"},
    }.get(needed)  # fmt: skip
    if not fault and types and item.datatype not in types and not (predicate == sg("announced") and "/" in item.value):
        fault = f"not {needed}, but of type {local(item.datatype)}"
    if not fault and predicate in NUMBERS | _WHOLE:
        whole, _, part = item.value.lstrip("+-").partition(".")
        if len(whole) > _DIGITS[0] or len(part) > _DIGITS[1]:
            fault = f"more than {_DIGITS[0]} digits before or {_DIGITS[1]} after the point"
    return Objection("rdf-literal", fault, _form(predicate), item.value) if fault else None


def _form(predicate: str) -> str:
    if predicate in _DATED:
        return 'write "2018"^^xsd:gYear, "2018-05"^^xsd:gYearMonth or "2018-05-03"^^xsd:date'
    if predicate in _DAYS:
        return 'write "2018-05-03"^^xsd:date'
    if predicate in NUMBERS:
        return 'write digits, as 1500.5 or "1500.5"^^xsd:decimal'
    if predicate in _WHOLE:
        return "write digits"
    return "write true or false" if predicate in _FLAGS else "mend the value or its type"


def _lexical(item: Literal) -> str:
    """Return what is wrong with the text of a literal, by its type; parsers take any text for any type.

    >>> _lexical(Literal("2024-02-30", XSD + "date"))
    'no date of the calendar'
    """
    if item.datatype in _DATE:
        if not _DATE[item.datatype].match(item.value):
            return f"not of the form of {local(item.datatype)} without a time zone"
        try:
            day = date.fromisoformat((item.value + "-01-01")[:10])
        except ValueError:
            return "no date of the calendar"
        return "" if 1800 <= day.year <= 2199 else f"the year {day.year:04} is outside 1800 to 2199"
    form = _LEXICAL.get(item.datatype)
    return f"not of the form of {local(item.datatype)}" if form and not form.match(item.value) else ""


def _link(address: str) -> Iterator[Objection]:
    try:
        parts = urlsplit(address)
        host, user = parts.hostname, parts.username is not None or parts.password is not None
    except ValueError:
        yield Objection("url-form", "not a web address", "write https://host/path", address)
        return
    if parts.scheme not in ("http", "https") or not host:
        yield Objection("url-scheme", "only http and https addresses become links", "write https://host/path", address)
    elif user:
        yield Objection("url-credentials", "the address holds a user or password", "take it out", address)
