"""Records become statements, statements become quads: what each column says in the terms of the ontology.

A pure function of the records. A statement with sources is asserted by them and stands in their graphs; one without
(computed bounds, sources' own metadata, redirects, identities) stands in the default graph alone. A reference that
resolves to nothing yields no statement: `validation` has reported it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, cast

from secgraph.mapping.columns import (
    COLUMNS,
    COMMON,
    DATES,
    LABEL,
    TRUE,
    Column,
    Index,
    column_properties,
    date_literal,
    node,
)
from secgraph.records import (
    OPEN,
    ClaimRecord,
    EventRecord,
    FundingRecord,
    IdentityRecord,
    NameRecord,
    PersonRecord,
    ProgrammeRecord,
    Record,
    RedirectRecord,
    date_bounds,
)
from secgraph.records.sheets import SheetRecord
from secgraph.values import Literal, Object, Quad, Statement, lang
from secgraph.vocab import CLASSES, DCT, ORG, OWL, RDF, SKOS, SOURCES, XSD, code, sg, slug, thing

TYPE: Final = RDF + "type"
ID_OF: Final = DCT + "identifier"
SOURCE: Final = DCT + "source"
_ATTESTED: Final = frozenset(("memberships", "people", "programmes"))
_MEETINGS: Final = frozenset(
    "ministerial board expert technical working-group conference network-meeting summit steering-committee".split()
)
_PROJECTS: Final = frozenset(("project", "action", "twinning"))
_LINKS: Final = {
    "skos:exactMatch": SKOS + "exactMatch",
    "skos:closeMatch": SKOS + "closeMatch",
    "skos:relatedMatch": SKOS + "relatedMatch",
    "skos:broadMatch": SKOS + "broadMatch",
    "skos:narrowMatch": SKOS + "narrowMatch",
}


def _classes(row: Record) -> tuple[str, ...]:
    match row:
        case EventRecord():
            return (sg("Meeting" if row.type in _MEETINGS else "Event"),)
        case ProgrammeRecord():
            return (sg("Project" if row.type in _PROJECTS else "Programme"),)
        case FundingRecord():
            return (money_class(row.money_kind()),)
    if row.table == "organisations":
        unit = row.cell("type") == "secretariat" and row.cell("parent")
        return (sg("Organisation"), sg("OrganisationalUnit")) if unit else (sg("Organisation"),)
    if row.table == "topics":
        return (sg("Topic"), SKOS + "Concept")
    return (sg(_CLASS[row.table]),)


_CLASS: Final = {
    "sources": "Source", "initiatives": "Initiative", "memberships": "Membership", "instruments": "Instrument",
    "series": "EventSeries", "editions": "Edition", "people": "Occupancy", "documents": "Document", "needs": "Need",
    "responses": "Response", "jurisdictions": "Jurisdiction", "names": "Name", "claims": "Claim",
    "rates": "ExchangeRate", "deflators": "Deflator", "context": "ContextFigure",
}  # fmt: skip


def money_class(kind: str) -> str:
    """Return the class of a money row of one kind; the rarer kinds of IATI are transactions and no more.

    >>> money_class("pledge").rsplit("#")[1], money_class("loan-repayment").rsplit("#")[1]
    ('Pledge', 'Transaction')
    """
    name = "".join(part.capitalize() for part in kind.split("-"))
    return sg(name if name in CLASSES else "Transaction")


class _Writer:
    """Statements of one row, each with the sources of its cell."""

    def __init__(self, row: Record, iri: str, sources: tuple[str, ...], cells: Mapping[str, tuple[str, ...]]) -> None:
        self.row = row
        self.iri = iri
        self.sources = sources
        self.cells = cells
        self.row_id = row.row_id()

    def say(self, column: str, predicate: str, value: Object, subject: str = "") -> Statement:
        """Return one asserted statement."""
        sources = self.cells.get(column, self.sources)
        return Statement(
            subject or self.iri, predicate, value, sources, self.row.table, self.row.row, self.row_id, column
        )

    def compute(self, column: str, predicate: str, value: Object, subject: str = "") -> Statement:
        """Return one statement that follows from the row and that no source says."""
        return Statement(subject or self.iri, predicate, value, (), self.row.table, self.row.row, self.row_id, column)


def statements(tables: Mapping[str, Sequence[Record]]) -> Iterator[Statement]:
    """Yield all that the records say, in the order of the tables and rows."""
    index = Index(tables)
    attested = _attestations(tables)
    cells = _cell_sources(tables, index)
    by_row = {(row.kind, row.row_id()): row for rows in tables.values() for row in rows}
    for rows in tables.values():
        for row in rows:
            match row:
                case ClaimRecord():
                    yield from _claim(row, by_row, index)
                case RedirectRecord():
                    yield from _redirect(row, index)
                case IdentityRecord():
                    yield from _identity(row)
                case _ if row.kind != "cell":
                    yield from _row_statements(row, index, cells, attested)


def _row_statements(
    row: Record,
    index: Index,
    cells: Mapping[tuple[str, str], Mapping[str, tuple[str, ...]]],
    attested: Mapping[str, tuple[str, str]],
) -> Iterator[Statement]:
    iri = node(row)
    sources = tuple(found for name in row.sources if (found := index.row("source", name)))
    writer = _Writer(row, iri, sources, cells.get((row.kind, row.row_id()), {}))
    key = row.key[0]
    for name in _classes(row):
        yield writer.say(key, TYPE, name)
    yield writer.compute(key, ID_OF, Literal(row.row_id()))
    for source in sources:
        yield writer.compute("sources", SOURCE, source)
    for column in row.columns():
        for spec in COLUMNS.get(row.table, {}).get(column) or COMMON.get(column, ()):
            if row.table == "names" and spec.property == LABEL:
                continue
            value = row.cell(column)
            for item in value if isinstance(value, tuple) else () if value in (None, "") else (value,):
                target = spec.object(item, index)
                if target is None:
                    continue
                if spec.role:
                    yield from _participation(writer, column, spec.role, item, str(target))
                else:
                    yield writer.say(column, spec.property, target)
    yield from _dates(writer)
    if row.table in _ATTESTED:
        latest = max((attested[name] for name in row.sources if name in attested), default=None)
        if latest:
            yield writer.compute("sources", sg("lastAttested"), date_literal(latest[1]))
    extra = _EXTRA.get(row.table)
    if extra:
        yield from extra(writer, index)


def _participation(writer: _Writer, column: str, role: str, name: str, target: str) -> Iterator[Statement]:
    iri = thing("participation", f"{writer.row_id}--{name}--{role}")
    yield writer.say(column, TYPE, sg("Participation"), iri)
    yield writer.say(column, sg("participationIn"), writer.iri, iri)
    yield writer.say(column, sg("participant"), target, iri)
    yield writer.say(column, sg("participationRole"), code("participation-role", role), iri)
    yield writer.compute(column, ID_OF, Literal(iri.rsplit("/", 1)[1]), iri)
    for source in writer.cells.get(column, writer.sources):
        yield writer.compute(column, SOURCE, source, iri)


def _dates(writer: _Writer) -> Iterator[Statement]:
    """Yield the dates as given, their bounds and their states."""
    row = writer.row
    if row.table not in DATES:
        return
    first, last = DATES[row.table]
    if row.table == "funding":
        start, _, end = (row.cell("date") or "").partition("/")
        end = end or start
    else:
        start, end = row.cell(first) or "", (row.cell(last) or "") if last else ""
    yield from _bound(writer, first, "start", start)
    if not last:
        return
    if row.table == "events" and start and not end:
        # A meeting without an end ended when it began, unless its row says otherwise.
        bounds = date_bounds(start)
        yield writer.compute(first, sg("endEarliest"), Literal(bounds.earliest, XSD + "date"))
        yield writer.compute(first, sg("endLatest"), Literal(bounds.latest, XSD + "date"))
        yield writer.compute(first, sg("endState"), sg("known"))
        return
    yield from _bound(writer, last, "end", end)


def _bound(writer: _Writer, column: str, side: str, date: str) -> Iterator[Statement]:
    if date and date != OPEN:
        yield writer.say(column, sg(side), date_literal(date))
        bounds = date_bounds(date)
        yield writer.compute(column, sg(side + "Earliest"), Literal(bounds.earliest, XSD + "date"))
        yield writer.compute(column, sg(side + "Latest"), Literal(bounds.latest, XSD + "date"))
        yield writer.compute(column, sg(side + "State"), sg("known"))
    elif date == OPEN:
        yield writer.say(column, sg(side + "State"), sg("open"))
    else:
        yield writer.compute(column, sg(side + "State"), sg("unknown"))


def _source(writer: _Writer, _index: Index) -> Iterator[Statement]:
    published = writer.row.cell("published")
    if published:
        latest = Literal(date_bounds(published).latest, XSD + "date")
        yield writer.compute("published", sg("publishedLatest"), latest)


def _person(writer: _Writer, index: Index) -> Iterator[Statement]:
    row = cast(PersonRecord, writer.row)
    person = thing("person", row.person or row.id)
    body = row.organisation or ""
    post = thing("post", f"{body}--{slug(row.role)}" if body else slug(row.role))
    yield writer.say("id", TYPE, sg("Person"), person)
    yield writer.say("name", LABEL, Literal(row.name), person)
    yield writer.compute("id", ID_OF, Literal(row.person or row.id), person)
    yield writer.say("role", TYPE, sg("Post"), post)
    yield writer.say("role", LABEL, Literal(row.role), post)
    yield writer.compute("role", ID_OF, Literal(post.rsplit("/", 1)[1]), post)
    if body and (target := index.thing(body)):
        yield writer.say("organisation", ORG + "postIn", target, post)
    yield writer.say("id", sg("holder"), person)
    yield writer.say("role", sg("post"), post)
    for source in writer.sources:
        yield writer.compute("sources", SOURCE, source, person)
        yield writer.compute("sources", SOURCE, source, post)


def _money(writer: _Writer, index: Index) -> Iterator[Statement]:
    row = cast(FundingRecord, writer.row)
    yield writer.say("kind", sg("moneyKind"), code("money-kind", row.money_kind()))
    if row.kind_ == "co-financing":
        yield writer.say("kind", sg("coFinancing"), TRUE)
    if isinstance(row, SheetRecord):
        yield from _allocations(writer, row.countries, index)


def _allocations(writer: _Writer, countries: Sequence[str], index: Index) -> Iterator[Statement]:
    """Yield the countries that a row is for; which parts of it, no spreadsheet states."""
    for country in countries:
        name = f"{writer.row_id}--{country}"
        iri = thing("allocation", name)
        yield writer.say("countries", TYPE, sg("Allocation"), iri)
        yield writer.compute("countries", ID_OF, Literal(name), iri)
        yield writer.say("countries", sg("allocationOf"), writer.iri, iri)
        yield writer.say("countries", sg("axis"), Literal("country"), iri)
        yield writer.say("countries", sg("allocatedCode"), Literal(country), iri)
        place = index.thing(country)
        if place:
            yield writer.say("countries", sg("allocatedTo"), place, iri)
        for source in writer.sources:
            yield writer.compute("countries", SOURCE, source, iri)


def _jurisdiction(writer: _Writer, _index: Index) -> Iterator[Statement]:
    territory = thing("territory", writer.row_id)
    yield writer.say("code", sg("territory"), territory)
    yield writer.say("code", TYPE, sg("Territory"), territory)
    yield writer.say("name", LABEL, Literal(writer.row.cell("name")), territory)


def _event(writer: _Writer, _index: Index) -> Iterator[Statement]:
    days = [date_bounds(date) for period in writer.row.cell("announced") for date in period.split("/")]
    if days:
        earliest, latest = min(day.earliest for day in days), max(day.latest for day in days)
        yield writer.compute("announced", sg("announcedEarliest"), Literal(earliest, XSD + "date"))
        yield writer.compute("announced", sg("announcedLatest"), Literal(latest, XSD + "date"))


def _topic(writer: _Writer, _index: Index) -> Iterator[Statement]:
    yield writer.compute("id", SKOS + "inScheme", thing("topic", "")[:-1])


def _name(writer: _Writer, index: Index) -> Iterator[Statement]:
    row = cast(NameRecord, writer.row)
    yield writer.say("name", LABEL, lang(row.name, row.language or ""))
    target = _named(row.kind_, row.id, index)
    if target:
        yield writer.say("id", sg("nameOf"), target)


def _named(kind: str, name: str, index: Index) -> str | None:
    """Return the thing that a name is borne by: a person's is the person's, not the office's."""
    return index.thing(name) if kind == "person" else index.row(kind, name)


_EXTRA: Final[dict[str, Callable[[_Writer, Index], Iterator[Statement]]]] = {
    "sources": _source,
    "events": _event,
    "people": _person,
    "funding": _money,
    "jurisdictions": _jurisdiction,
    "topics": _topic,
    "names": _name,
}


def _claim(row: ClaimRecord, by_row: Mapping[tuple[str, str], Record], index: Index) -> Iterator[Statement]:
    about = by_row.get((row.kind_, row.id))
    source = index.row("source", row.source)
    if about is None or source is None:
        return
    writer = _Writer(row, node(row), (source,), {})
    subject = node(about)
    yield writer.compute("id", TYPE, sg("Claim"))
    yield writer.compute("id", ID_OF, Literal(row.row_id()))
    yield writer.compute("source", SOURCE, source)
    yield writer.compute("id", sg("aboutSubject"), subject)
    yield writer.compute("column", sg("column"), Literal(row.column))
    if row.note:
        yield writer.compute("note", SKOS + "note", Literal(row.note))
    for spec in column_properties(about.table, row.column):
        for item in row.value.split("|"):
            value = Literal(item) if item == OPEN else spec.object(item, index)
            if value is None:
                continue
            yield writer.compute("column", sg("aboutProperty"), spec.property)
            yield writer.compute("value", sg("claimedValue"), value)
            if not spec.role and item != OPEN:
                # The disputed value stands in the graph of its own source, never in the default graph.
                yield Statement(subject, spec.property, value, (source,), "claims", row.row, row.row_id(), "value")


def _redirect(row: RedirectRecord, index: Index) -> Iterator[Statement]:
    new = index.row(row.kind_, row.new) if row.kind_ != "person" else index.thing(row.new)
    if new:
        old = f"{new.rsplit('/', 1)[0]}/{row.old}"
        writer = _Writer(row, old, (), {})
        yield writer.compute("new", DCT + "isReplacedBy", new)
        yield writer.compute("old", OWL + "deprecated", TRUE)


def _identity(row: IdentityRecord) -> Iterator[Statement]:
    predicate = _LINKS.get(row.predicate_id)
    if row.tells_two_sums_apart():
        yield _Writer(row, row.subject_id, (), {}).compute("object_id", sg("differentSumFrom"), row.object_id)
    # A text that others write has no address to link to: `parties` finds by it.
    if predicate and row.predicate_modifier != "Not" and not row.is_literal():
        yield _Writer(row, row.subject_id, (), {}).compute("object_id", predicate, row.object_id)


def _attestations(tables: Mapping[str, Sequence[Record]]) -> dict[str, tuple[str, str]]:
    """Return the dated sources: the latest day that the date of publication may mean, and the date as given."""
    return {
        row.row_id(): (date_bounds(published).latest, published)
        for row in tables.get("sources", ())
        if (published := row.cell("published"))
    }


def _cell_sources(
    tables: Mapping[str, Sequence[Record]], index: Index
) -> dict[tuple[str, str], dict[str, tuple[str, ...]]]:
    """Return the sources of the cells that not all sources of the row say."""
    told: dict[tuple[str, str], dict[str, tuple[str, ...]]] = {}
    for row in tables.get("cells", ()):
        names = tuple(found for name in row.sources if (found := index.row("source", name)))
        told.setdefault((row.cell("kind"), row.cell("id")), {})[row.cell("column")] = names
    disputed: dict[tuple[str, str], dict[str, set[str]]] = {}
    for row in tables.get("claims", ()):
        source = index.row("source", row.cell("source"))
        if source:
            cell = disputed.setdefault((row.cell("kind"), row.cell("id")), {})
            cell.setdefault(row.cell("column"), set()).add(source)
    if disputed:
        rows = {(row.kind, row.row_id()): row for table in tables.values() for row in table}
        for key, columns in disputed.items():
            if key not in rows:
                continue
            own = tuple(found for name in rows[key].sources if (found := index.row("source", name)))
            for column, others in columns.items():
                said = told.get(key, {}).get(column, own)
                # Where every source disputes its own row, the row still stands on them.
                told.setdefault(key, {})[column] = tuple(name for name in said if name not in others) or said
    return told


def _is_disputed_value(statement: Statement) -> bool:
    """Tell whether a statement is the other value of a contested cell, which only its own source's graph holds."""
    return statement.table == "claims" and bool(statement.sources)


def quads(facts: Iterable[Statement]) -> Iterator[Quad]:
    """Yield the distinct quads of the statements: the merged default graph, the sources' graphs, the metadata's."""
    seen: set[Quad] = set()
    for fact in facts:
        graphs = list(fact.sources)
        if not _is_disputed_value(fact):
            graphs.append("")
        if fact.table == "sources":
            graphs.append(SOURCES)
        for graph in graphs:
            quad = Quad(fact.subject, fact.predicate, fact.object, graph)
            if quad not in seen:
                seen.add(quad)
                yield quad


__all__ = [
    "COLUMNS",
    "DATES",
    "Column",
    "Index",
    "column_properties",
    "date_literal",
    "node",
    "quads",
    "statements",
]
