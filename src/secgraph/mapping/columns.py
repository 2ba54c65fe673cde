"""What each column says: the property, and how a value becomes its object. Data, not branches."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple

from secgraph.records import (
    COUNTRY,
    SHARED_IDS,
    ClaimRecord,
    FundingRecord,
    IdentityRecord,
    NameRecord,
    PersonRecord,
    Record,
    RedirectRecord,
)
from secgraph.values import Literal, Object, lang
from secgraph.vocab import DCT, FOAF, ORG, RDFS, SKOS, XSD, code, sg, slug, thing

LABEL: Final = RDFS + "label"
TRUE: Final = Literal("true", XSD + "boolean")
_DATE_TYPES: Final = {4: XSD + "gYear", 7: XSD + "gYearMonth", 10: XSD + "date"}


def date_literal(value: str) -> Literal:
    """Return a date as a literal of its precision.

    >>> date_literal("2018-05").datatype.rsplit("#")[1]
    'gYearMonth'
    """
    return Literal(value, _DATE_TYPES[len(value)])


class Index:
    """The things that the tables define: from an id to the IRI it stands for."""

    def __init__(self, tables: Mapping[str, Sequence[Record]]) -> None:
        self._things: dict[str, str] = {}
        self._rows: dict[tuple[str, str], str] = {}
        for rows in tables.values():
            for row in rows:
                self._add(row)

    def _add(self, row: Record) -> None:
        iri = node(row)
        if not iri:
            return
        self._rows[row.kind, row.row_id()] = iri
        if isinstance(row, PersonRecord):
            # A bare id of a person means the person; the row itself is the occupancy.
            self._things.setdefault(row.person or row.id, thing("person", row.person or row.id))
        elif row.kind in SHARED_IDS:
            self._things.setdefault(row.row_id(), iri)

    def thing(self, name: str) -> str | None:
        """Return the IRI of a jurisdiction (two capitals) or of a thing of the shared id space."""
        if COUNTRY.match(name):
            return self._rows.get(("jurisdiction", name))
        return self._things.get(name)

    def row(self, kind: str, name: str) -> str | None:
        """Return the IRI of the row of one kind."""
        return self._rows.get((kind, name))


def node(row: Record) -> str:
    """Return the IRI of the node that a row describes, or '' for a row that describes another's."""
    match row:
        case FundingRecord():
            kind = "budget" if row.kind_ in ("budget", "planned-disbursement") else "transaction"
            return thing(kind, row.id)
        case PersonRecord():
            return thing("occupancy", row.id)
        case NameRecord():
            return thing("name", f"{row.kind_}--{row.id}--{row.type}--{slug(row.name)}")
        case ClaimRecord():
            return thing("claim", f"{row.kind_}--{row.id}--{row.column}--{row.source}")
        case IdentityRecord() | RedirectRecord():
            return ""
    return "" if row.kind == "cell" else thing(row.kind, row.row_id())


class Column(NamedTuple):
    """What one column says: the property, and how a value becomes its object (None: it names nothing)."""

    property: str
    object: Callable[[Any, Index], Object | None]
    role: str = ""


def _text(value: Any, _index: Index) -> Object:
    return Literal(str(value))


def _iri(value: Any, _index: Index) -> Object:
    return str(value)


def _date(value: Any, _index: Index) -> Object:
    return date_literal(value) if "/" not in value else Literal(value)


def _decimal(value: Any, _index: Index) -> Object:
    return Literal(f"{Decimal(value):f}", XSD + "decimal")


def _english(value: Any, _index: Index) -> Object:
    return lang(str(value), "en")


def _flag(_value: Any, _index: Index) -> Object:
    return TRUE


def _thing(value: Any, index: Index) -> Object | None:
    return index.thing(value)


def _row(kind: str) -> Callable[[Any, Index], Object | None]:
    return lambda value, index: index.row(kind, value)


def _code(codelist: str) -> Callable[[Any, Index], Object]:
    return lambda value, _index: code(codelist, value)


def _only(*kinds: str) -> Callable[[Any, Index], Object | None]:
    """Return the thing where it is of one of these kinds: one column may feed two properties."""

    def choose(value: Any, index: Index) -> Object | None:
        iri = index.thing(value)
        return iri if iri and any(f"/id/{kind}/" in iri for kind in kinds) else None

    return choose


COMMON: Final[dict[str, tuple[Column, ...]]] = {
    "name": (Column(LABEL, _text),),
    "title": (Column(LABEL, _text),),
    "short_name": (Column(sg("shortName"), _text),),
    "aliases": (Column(SKOS + "altLabel", _text),),
    "website": (Column(FOAF + "homepage", _iri),),
    "url": (Column(FOAF + "page", _iri),),
    "identifiers": (Column(ORG + "identifier", _text),),
    "note": (Column(SKOS + "note", _text),),
    "inferred": (Column(sg("inferredColumn"), _text),),
    "country": (Column(sg("country"), _row("jurisdiction")),),
    "city": (Column(sg("city"), _text),),
    "region": (Column(sg("region"), _text),),
    "topics": (Column(sg("topic"), _row("topic")),),
    "topic": (Column(sg("topic"), _row("topic")),),
    "pillar": (Column(sg("pillar"), _thing),),
}

COLUMNS: Final[dict[str, dict[str, tuple[Column, ...]]]] = {
    "sources": {
        "publisher": (Column(sg("publisherName"), _text),),
        "published": (Column(DCT + "issued", _date),),
        "accessed": (Column(sg("accessed"), _date),),
        "kind": (Column(sg("sourceKind"), _code("source-kind")),),
    },
    "organisations": {
        "type": (Column(sg("organisationType"), _code("organisation-type")),),
        "parent": (Column(sg("parentOrganisation"), _thing),),
    },
    "initiatives": {
        "type": (Column(sg("initiativeType"), _code("initiative-type")),),
        "part_of": (
            Column(sg("partOf"), _only("initiative")),
            Column(sg("withinFramework"), _only("organisation")),
        ),
        "host": (Column(sg("secretariatHost"), _thing),),
    },
    "memberships": {
        "body": (Column(ORG + "organization", _thing),),
        "member": (Column(ORG + "member", _thing),),
        "role": (Column(ORG + "role", _code("membership-role")),),
    },
    "programmes": {
        "type": (Column(sg("programmeType"), _code("programme-type")),),
        "part_of": (
            Column(sg("partOf"), _only("programme")),
            Column(sg("withinFramework"), _only("initiative")),
        ),
        "beneficiaries": (Column(sg("benefits"), _thing, "beneficiary"),),
        "implementers": (Column(sg("implementedBy"), _thing, "implementing"),),
        "partners": (Column(sg("participant"), _thing, "partner"),),
        "funders": (Column(sg("fundedBy"), _thing, "funder"),),
    },
    "funding": {
        "programme": (Column(sg("finances"), _thing),),
        "event": (Column(sg("finances"), _thing),),
        "funder": (Column(sg("provider"), _thing),),
        "recipient": (Column(sg("receiver"), _thing),),
        "instrument": (Column(sg("instrument"), _thing),),
        "amount": (Column(sg("amount"), _decimal),),
        "currency": (Column(sg("currency"), _code("currency")),),
        "qualifier": (Column(sg("qualifier"), _code("qualifier")),),
        "share": (Column(sg("share"), _decimal),),
        "as_of": (Column(sg("asOf"), _date),),
        "cumulative": (Column(sg("cumulative"), _flag),),
        "part_of": (Column(sg("partOfTotal"), _row("funding")),),
        "funded_from": (Column(sg("fundedFrom"), _row("funding")),),
        "replaces": (Column(sg("replaces"), _row("funding")),),
        "same_as": (Column(sg("sameSumAs"), _row("funding")),),
        "scope": (Column(sg("scope"), _code("scope")),),
        "measure": (Column(sg("measure"), _code("measure")),),
        "funder_name": (Column(sg("providerName"), _text),),
        "funder_ref": (Column(sg("providerRef"), _text),),
        "recipient_name": (Column(sg("receiverName"), _text),),
        "recipient_ref": (Column(sg("receiverRef"), _text),),
    },
    "instruments": {"managed_by": (Column(sg("managedBy"), _thing),)},
    "events": {
        "type": (Column(sg("eventType"), _code("event-type")),),
        "status": (Column(sg("eventStatus"), _code("event-status")),),
        "announced": (Column(sg("announced"), _date),),
        "part_of": (
            Column(sg("subEventOf"), _only("event")),
            Column(sg("withinFramework"), _only("initiative", "programme", "organisation")),
        ),
        "documents": (Column(sg("document"), _thing),),
        "organisers": (Column(sg("organisedBy"), _thing, "organiser"),),
        "hosts": (Column(sg("hostedBy"), _thing, "host"),),
        "supporters": (Column(sg("supportedBy"), _thing, "supporter"),),
        "participants": (Column(sg("attendedBy"), _thing, "participant"),),
    },
    "series": {"body": (Column(sg("seriesOf"), _thing),)},
    "editions": {
        "event": (Column(sg("editionEvent"), _thing),),
        "series": (Column(sg("series"), _row("series")),),
        "number": (Column(sg("number"), lambda value, _index: Literal(str(value), XSD + "integer")),),
    },
    "people": {"event": (Column(sg("attestedAt"), _thing),)},
    "documents": {
        "type": (Column(sg("documentType"), _code("document-type")),),
        "adopted_by": (Column(sg("adoptedBy"), _thing),),
        "concerns": (Column(sg("concerns"), _thing), Column(sg("topic"), _row("topic"))),
    },
    "needs": {
        "need": (Column(LABEL, _text),),
        "priority": (Column(sg("priority"), _text),),
        "basis": (Column(sg("basis"), _code("basis")),),
        "objective": (Column(sg("objective"), _code("objective")),),
        "document": (Column(sg("document"), _thing),),
    },
    "responses": {
        "need": (Column(sg("respondsTo"), _row("need")),),
        "programme": (Column(sg("byProgramme"), _thing),),
        "provider": (Column(sg("provider"), _thing),),
    },
    "topics": {
        "label": (Column(LABEL, _text), Column(SKOS + "prefLabel", _english)),
        "broader": (Column(SKOS + "broader", _row("topic")),),
        "definition": (Column(SKOS + "definition", _english),),
    },
    "jurisdictions": {
        "labels": (Column(sg("labelProfile"), _text),),
        "footnote": (Column(sg("footnote"), _text),),
    },
    "rates": {
        "currency": (Column(sg("rateCurrency"), _code("currency")),),
        "date": (Column(sg("rateDate"), _date),),
        "per_euro": (Column(sg("perEuro"), _decimal),),
    },
    "deflators": {
        "currency": (Column(sg("deflatorCurrency"), _code("currency")),),
        "year": (Column(sg("deflatorYear"), _date),),
        "index": (Column(sg("deflatorIndex"), _decimal),),
    },
    "context": {
        "country": (Column(sg("figureCountry"), _row("jurisdiction")),),
        "sector": (Column(sg("figureSector"), _text),),
        "year": (Column(sg("figureYear"), _date),),
        "amount": (Column(sg("figureAmount"), _decimal),),
        "currency": (Column(sg("figureCurrency"), _code("currency")),),
        "measure": (Column(sg("figureMeasure"), _text),),
    },
    "names": {
        "type": (Column(sg("nameType"), _code("name-type")),),
    },
}
"""What the columns of each table say, the common ones (`COMMON`) and the dates apart."""

DATES: Final[dict[str, tuple[str, str]]] = {
    "organisations": ("founded", "dissolved"),
    "initiatives": ("launched", "ended"),
    "memberships": ("from", "to"),
    "people": ("from", "to"),
    "names": ("from", "to"),
    "programmes": ("start", "end"),
    "events": ("start", "end"),
    "instruments": ("start", "end"),
    "funding": ("date", "date"),
    "documents": ("adopted", ""),
}
"""The columns of start and end of each dated table."""


def column_properties(table: str, column: str) -> tuple[Column, ...]:
    """Return what one column of one table says; none for a column that is no claimable value.

    >>> [c.property.rsplit("#")[1] for c in column_properties("initiatives", "launched")]
    ['start']
    """
    start, end = DATES.get(table, ("", ""))
    if column and column == start:
        return (Column(sg("start"), _date),)
    if column and column == end:
        return (Column(sg("end"), _date),)
    found = COLUMNS.get(table, {}).get(column) or COMMON.get(column, ())
    if not found and table == "people":
        return {
            "role": (Column(sg("post"), _text),),
            "organisation": (Column(ORG + "postIn", _thing),),
            "person": (Column(sg("holder"), _text),),
        }.get(column, ())
    if not found and (table, column) == ("funding", "kind"):
        return (Column(sg("moneyKind"), _code("money-kind")),)
    return found
