"""What the relations are: one SELECT each, its columns, and how the values of a thing become rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, NamedTuple

from secgraph.vocab import DCT, FOAF, NS, ORG, PROLOGUE, RDF, RDFS, SKOS, code, kind_of, local, sg

# How the values of a property become a column. Codes and sources are told by their ids, things by their IRIs.
TEXT, ID, DATE, DECIMAL, INTEGER, FLAG = "text", "id", "date", "decimal", "integer", "flag"

PLACES: Final = 12
"""Digits after the point that a decimal of a relation has; some publish what a converter of currencies gave them."""

Values = Mapping[str, Sequence[str]]
Row = tuple[str | None, ...]


class Column(NamedTuple):
    """One column: its name, the property (or what computes it from a subject and its values), and how it tells it."""

    name: str
    source: str | Callable[[str, Values], str | None]
    form: str = TEXT


@dataclass(frozen=True)
class Relation:
    """One Parquet file: the pattern that binds ?s ?p ?o, the columns, and how the values of one ?s become rows."""

    name: str
    pattern: str
    columns: tuple[Column, ...]
    rows: Callable[[Relation, str, Values], Iterable[Row]]

    @property
    def query(self) -> str:
        """The SELECT that fills the relation."""
        return f"{PROLOGUE}SELECT ?s ?p ?o WHERE {{\n{self.pattern}\n}}"


_SPECIFIC: Final = (
    "OrganisationalUnit Organisation Initiative Jurisdiction Person Post Meeting Event EventSeries Project Programme "
    "Instrument Document Topic Need Commitment Disbursement Expenditure Pledge Contribution Budget PlannedDisbursement"
).split()
"""The classes told in a column, the narrower before the wider: inference adds the wider ones."""
_TYPES: Final = tuple(
    sg(name) for name in ("organisationType", "initiativeType", "programmeType", "eventType", "documentType")
)
LANGUAGE: Final = "language"
"""Stands among the properties of a thing for the language tag of its label."""


@cache
def id_of(iri: str) -> str:
    """Return the id, code or term that an IRI ends with; each is worked out once."""
    return local(iri)


def _join(values: Sequence[str], form: str) -> str | None:
    if not values:
        return None
    if form == ID:
        values = [id_of(value) for value in values]
    return values[0] if len(values) == 1 else "|".join(sorted(set(values)))


def _subject(subject: str, _values: Values) -> str:
    return subject


def _kind(subject: str, _values: Values) -> str:
    return kind_of(subject)


def _kind_at(property_: str) -> Callable[[str, Values], str | None]:
    """Return what tells the kind of the thing that a property leads to."""
    return lambda _subject, values: _join([kind_of(value) for value in values.get(property_, ())], TEXT)


def _class(_subject: str, values: Values) -> str | None:
    found = set(values.get(RDF + "type", ()))
    return next((name for name in _SPECIFIC if NS + name in found), None)


def _either(first: str, *others: str) -> Callable[[str, Values], str | None]:
    """Return what tells the first of these properties that a thing has."""

    def told(_subject: str, values: Values) -> str | None:
        return next((_join(values[name], TEXT) for name in (first, *others) if values.get(name)), None)

    return told


def _type(_subject: str, values: Values) -> str | None:
    return _join([value for property_ in _TYPES for value in values.get(property_, ())], ID)


def _cell(column: Column, subject: str, values: Values) -> str | None:
    source = column.source
    if type(source) is str:
        found = values.get(source)
        return _join(found, column.form) if found else None
    return source(subject, values)  # type: ignore[operator]  # a function, where it is no property


def _one_row(relation: Relation, subject: str, values: Values) -> tuple[Row]:
    return (tuple([_cell(column, subject, values) for column in relation.columns]),)


_NAMING: Final = {RDFS + "label": "label", sg("shortName"): "short", SKOS + "altLabel": "alias"}


def _name_rows(relation: Relation, subject: str, values: Values) -> Iterator[Row]:
    """Yield one row of a Name node, or one for each name that a thing bears by itself."""
    if sg("nameOf") in values:
        yield from _one_row(relation, subject, values)
        return
    told = _join(values.get(DCT + "source", ()), ID)
    for property_, kind in _NAMING.items():
        for name in sorted(set(values.get(property_, ()))):
            known = {"iri": subject, "thing": subject, "name": name, "kind_of_name": kind, "sources": told}
            yield tuple(known.get(column.name) for column in relation.columns)


def _link_rows(_relation: Relation, subject: str, values: Values) -> Iterator[Row]:
    told = _join(values.get(DCT + "source", ()), ID)
    for property_, objects in values.items():
        if property_ != DCT + "source":
            for item in set(objects):
                yield subject, property_, item, told


_IRI: Final = Column("iri", _subject)
_KEY: Final = Column("id", DCT + "identifier")
_LABEL: Final = Column("label", RDFS + "label")
_SOURCES: Final = Column("sources", DCT + "source", ID)
_INFERRED: Final = Column("inferred", sg("inferredColumn"))
"""The columns of the row whose values no source says outright."""
_TOPICS: Final = Column("topics", sg("topic"))
_COUNTRY: Final = Column("country", sg("country"))
_COUNTRIES: Final = Column("countries", sg("country"))
_STARTS: Final = (
    Column("start", sg("start")),
    Column("start_earliest", sg("startEarliest"), DATE),
    Column("start_latest", sg("startLatest"), DATE),
    Column("start_state", sg("startState"), ID),
)
_DATES: Final = (
    Column("start", sg("start")),
    Column("end", sg("end")),
    Column("start_earliest", sg("startEarliest"), DATE),
    Column("start_latest", sg("startLatest"), DATE),
    Column("end_earliest", sg("endEarliest"), DATE),
    Column("end_latest", sg("endLatest"), DATE),
    Column("start_state", sg("startState"), ID),
    Column("end_state", sg("endState"), ID),
)
_ATTESTED: Final = Column("last_attested", sg("lastAttested"))
# Things are found by what each of them asserts once, never by a class that inference adds to another.
_THINGS: Final = """  { VALUES ?c { sg:Organisation sg:Initiative sg:Jurisdiction sg:Person sg:Post sg:EventSeries
               sg:Instrument sg:Document sg:Topic sg:Need } ?s a ?c }
  UNION { ?s sg:eventType ?c } UNION { ?s sg:programmeType ?c }"""


def _plain(name: str, anchor: str, *columns: Column, extra: Sequence[str] = ()) -> Relation:
    """Return a relation with one row for each ?s of the anchor, its columns filled by properties of ?s."""
    wanted = {column.source for column in columns if isinstance(column.source, str)}
    if any(column.source is _class for column in columns):
        wanted.add(RDF + "type")
    return Relation(name, f"  {anchor}\n  ?s ?p ?o . {_among({*wanted, *extra})}", columns, _one_row)


def _among(properties: Iterable[str]) -> str:
    # A filter, since the store joins VALUES ?p with all triples of the graph: 14 times slower.
    return f"FILTER(?p IN ({', '.join(f'<{iri}>' for iri in sorted(properties))}))"


_REPORTER: Final = ("reporter", "reporterRef", "reporterName")
_REPORTED: Final = (
    Column("reporter", _either(*map(sg, _REPORTER))),
    Column("secondary", sg("secondaryReporter"), FLAG),
)
"""Who publishes an activity; the money rows of the activity tell it too."""
_IN_SCOPE: Final = (
    Column("scope_least", sg("scopeLeast"), DECIMAL), Column("scope_most", sg("scopeMost"), DECIMAL),
)  # fmt: skip
"""The part that is in the scope of its file; of a money row only where it has sectors of its own."""
_BY_REPORTER: Final = [sg(name) for name in (*_REPORTER, "secondaryReporter")]
_MONEY: Final = (
    _IRI, _KEY, Column("kind", sg("moneyKind"), ID), Column("co_financing", sg("coFinancing"), FLAG),
    Column("finances", sg("finances")), Column("providers", sg("provider")), Column("receivers", sg("receiver")),
    Column("instrument", sg("instrument")), Column("amount", sg("amount"), DECIMAL),
    Column("currency", sg("currency"), ID), Column("qualifier", sg("qualifier"), ID),
    Column("share", sg("share"), DECIMAL), *_DATES, Column("as_of", sg("asOf")),
    Column("cumulative", sg("cumulative"), FLAG), Column("part_of", sg("partOfTotal")),
    Column("funded_from", sg("fundedFrom")), Column("replaces", sg("replaces")),
    Column("same_as", sg("sameSumAs")), Column("different_from", sg("differentSumFrom")),
    Column("scope", sg("scope"), ID), Column("measure", sg("measure"), ID),
    Column("value_date", sg("valueDate")), Column("provider_names", sg("providerName")),
    Column("receiver_names", sg("receiverName")), Column("provider_refs", sg("providerRef")),
    Column("receiver_refs", sg("receiverRef")),
    Column("provider_activity", _either(sg("providerActivity"), sg("providerActivityId"))),
    Column("receiver_activity", _either(sg("receiverActivity"), sg("receiverActivityId"))),
    Column("budget_type", sg("budgetType")), Column("flow", sg("flowType"), ID),
    Column("finance", sg("financeType"), ID), Column("aid", sg("aidType"), ID), Column("tied", sg("tiedStatus"), ID),
    Column("humanitarian", sg("humanitarian"), FLAG), *_IN_SCOPE, *_REPORTED, _INFERRED,
    _SOURCES,
)  # fmt: skip


def _money(name: str, anchor: str) -> Relation:
    """Return a relation of money rows, each with the reporter of the activity that it finances."""
    wanted = [column.source for column in _MONEY if isinstance(column.source, str)]
    wanted += map(sg, ("providerActivity", "providerActivityId", "receiverActivity", "receiverActivityId"))
    pattern = f"""  {anchor}
  {{ ?s ?p ?o . {_among(wanted)} }}
  UNION {{ ?s sg:finances ?activity . ?activity ?p ?o . {_among(_BY_REPORTER)} }}"""
    return Relation(name, pattern, _MONEY, _one_row)


_NAME_COLUMNS: Final = (
    _IRI, Column("thing", sg("nameOf")), Column("name", RDFS + "label"),
    Column("kind_of_name", sg("nameType"), ID), Column("language", LANGUAGE), *_DATES, _SOURCES,
)  # fmt: skip
_LINKS: Final = (
    "sg:partOf sg:withinFramework sg:parentOrganisation sg:secretariatHost sg:subEventOf sg:topic sg:concerns "
    "sg:adoptedBy sg:managedBy sg:document sg:pillar sg:seriesOf skos:broader"
)


def _relations() -> Iterator[Relation]:
    things = _plain(
        "things", _THINGS, _IRI, Column("kind", _kind), _KEY, _LABEL, Column("short_name", sg("shortName")),
        Column("class", _class), Column("type", _type), _COUNTRY, Column("city", sg("city")), *_DATES, _INFERRED,
        _SOURCES, extra=_TYPES,
    )  # fmt: skip
    yield things
    naming = _among({*_NAMING, DCT + "source"})
    yield Relation(
        "names",
        f"  {{ {_THINGS} ?s ?p ?o . {naming} }}\n  UNION {{ ?s a sg:Name ; ?p ?o }}",
        _NAME_COLUMNS,
        _name_rows,
    )
    yield Relation(
        "links",
        f"""  {{ VALUES ?p {{ {_LINKS} }} ?s ?p ?o }}
  UNION {{ ?e sg:editionEvent ?s ; sg:series ?o BIND(sg:editionOf AS ?p) }}
  UNION {{ ?s dct:source ?o BIND(dct:source AS ?p) }}""",
        (Column("subject", _subject), Column("property", ""), Column("object", ""), _SOURCES),
        _link_rows,
    )
    yield _plain(
        "events", "?s sg:eventType ?anchor .", _IRI, _KEY, _LABEL, Column("class", _class),
        Column("type", sg("eventType"), ID), Column("status", sg("eventStatus"), ID),
        Column("announced", sg("announced")), *_DATES, Column("city", sg("city")), _COUNTRY,
        Column("within_framework", sg("withinFramework")), Column("sub_event_of", sg("subEventOf")), _TOPICS,
        _SOURCES,
    )  # fmt: skip
    yield _plain(
        "programmes", "?s sg:programmeType ?anchor .", _IRI, _KEY, _LABEL, Column("short_name", sg("shortName")),
        Column("class", _class), Column("type", sg("programmeType"), ID), Column("part_of", sg("partOf")),
        Column("within_framework", sg("withinFramework")), *_DATES, _ATTESTED, _TOPICS,
        Column("identifier", sg("iatiIdentifier")), Column("hierarchy", sg("hierarchy"), INTEGER),
        Column("status", sg("activityStatus"), ID), *_IN_SCOPE, *_REPORTED, _SOURCES, extra=_BY_REPORTER,
    )  # fmt: skip
    yield _plain(
        "memberships", "?s a sg:Membership .", _IRI, _KEY, Column("body", ORG + "organization"),
        Column("member", ORG + "member"), Column("role", ORG + "role", ID), *_DATES, _ATTESTED, _INFERRED, _SOURCES,
    )  # fmt: skip
    yield _plain(
        "participations", "?s a sg:Participation .", _IRI, _KEY, Column("activity", sg("participationIn")),
        Column("activity_kind", _kind_at(sg("participationIn"))), Column("participant", sg("participant")),
        Column("participant_kind", _kind_at(sg("participant"))), Column("role", sg("participationRole"), ID),
        Column("stated", sg("participantName")), Column("stated_ref", sg("participantRef")), _SOURCES,
    )  # fmt: skip
    occupancies = (
        _IRI, _KEY, Column("person", sg("holder")), Column("post_iri", sg("post")), Column("post", "post"),
        Column("organisation", "organisation"), Column("attested_at", sg("attestedAt")), *_DATES, _ATTESTED, _INFERRED,
        _SOURCES,
    )  # fmt: skip
    yield Relation(
        "occupancies",
        """  ?s a sg:Occupancy .
  { ?s ?p ?o } UNION { ?s sg:post/rdfs:label ?o BIND("post" AS ?p) }
  UNION { ?s sg:post/org:postIn ?o BIND("organisation" AS ?p) }""",
        occupancies,
        _one_row,
    )
    planned = ", ".join(f"<{code('money-kind', kind)}>" for kind in ("budget", "planned-disbursement"))
    yield _money("transactions", f"?s sg:moneyKind ?anchor FILTER(?anchor NOT IN ({planned}))")
    yield _money("budgets", f"?s sg:moneyKind ?anchor FILTER(?anchor IN ({planned}))")
    yield _plain(
        "allocations", "?s a sg:Allocation .", _IRI, Column("of", sg("allocationOf")),
        Column("of_kind", _kind_at(sg("allocationOf"))), Column("to", sg("allocatedTo")), Column("axis", sg("axis")),
        Column("code", sg("allocatedCode")), Column("vocabulary", sg("vocabulary")),
        Column("percentage", sg("percentage"), DECIMAL), Column("in_scope", sg("inScope"), FLAG), _SOURCES,
    )  # fmt: skip
    yield _plain(
        "context", "?s a sg:ContextFigure .", _IRI, _KEY, Column("country", sg("figureCountry")),
        Column("sector", sg("figureSector")), Column("year", sg("figureYear")),
        Column("amount", sg("figureAmount"), DECIMAL), Column("currency", sg("figureCurrency"), ID),
        Column("measure", sg("figureMeasure")), _SOURCES,
    )  # fmt: skip
    yield _plain(
        "rates", "?s a sg:ExchangeRate .", Column("currency", sg("rateCurrency"), ID),
        Column("date", sg("rateDate")), Column("per_euro", sg("perEuro"), DECIMAL), _SOURCES,
    )  # fmt: skip
    yield _plain(
        "deflators", "?s a sg:Deflator .", Column("name", RDFS + "label"),
        Column("currency", sg("deflatorCurrency"), ID), Column("year", sg("deflatorYear")),
        Column("index", sg("deflatorIndex"), DECIMAL), _SOURCES,
    )  # fmt: skip
    yield _plain(
        "needs", "?s a sg:Need .", _IRI, _KEY, Column("need", RDFS + "label"), Column("pillar", sg("pillar")),
        _COUNTRIES, _TOPICS, Column("basis", sg("basis"), ID), Column("priority", sg("priority")),
        Column("objective", sg("objective"), ID), Column("documents", sg("document")), _SOURCES,
    )  # fmt: skip
    yield _plain(
        "responses", "?s a sg:Response .", _IRI, _KEY, Column("need", sg("respondsTo")),
        Column("pillar", sg("pillar")), Column("programmes", sg("byProgramme")), Column("providers", sg("provider")),
        _COUNTRIES, _TOPICS, _SOURCES,
    )  # fmt: skip
    yield _plain(
        "documents", "?s a sg:Document .", _IRI, _KEY, Column("title", RDFS + "label"),
        Column("type", sg("documentType"), ID), *_STARTS, Column("adopted_by", sg("adoptedBy")),
        Column("concerns", sg("concerns")), _TOPICS, Column("url", FOAF + "page"), _SOURCES,
    )  # fmt: skip
    yield _plain(
        "sources", "?s a sg:Source .", _IRI, _KEY, Column("title", RDFS + "label"),
        Column("publisher", sg("publisherName")), Column("url", FOAF + "page"), Column("issued", DCT + "issued"),
        Column("published_latest", sg("publishedLatest"), DATE), Column("accessed", sg("accessed"), DATE),
        Column("kind", sg("sourceKind"), ID),
    )  # fmt: skip


RELATIONS: Final = {relation.name: relation for relation in _relations()}
EVIDENCE: Final = "evidence"
EVIDENCE_COLUMNS: Final = tuple(
    Column(name, "") for name in ("subject", "property", "value", "source", "table", "row", "column")
)
NAMES: Final = (*RELATIONS, EVIDENCE)
"""The relations of a release, in the order in which they are written."""
