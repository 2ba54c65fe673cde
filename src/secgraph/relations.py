"""Relations, the columnar twin of a release: SELECTs become Parquet files, and SQL over them.

Each relation but `evidence` is filled by one SELECT over the merged default graph, so an embedded and a remote store
give the same files; `evidence` comes from the mapping's statements, which alone know the cell. Same data, same bytes.

The SELECTs have no ORDER BY: the store compares terms by decoding them anew each time (3 s for 37,000 rows), while
the rows are sorted here by all their columns in 20 ms. GROUP_CONCAT promises no order either, so lists are joined
here too: sorted, by `|`.
"""

from __future__ import annotations

import heapq
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache, partial
from itertools import islice
from pathlib import Path
from typing import Any, Final, NamedTuple

from secgraph.errors import NotFoundError, QueryError, StoreError
from secgraph.protocols import ReadStore
from secgraph.store.sums import check_file
from secgraph.values import XSD, Cell, Literal, Statement, Table, nearest
from secgraph.vocab import DCT, FOAF, NS, ORG, PROLOGUE, RDF, RDFS, SKOS, code, kind_of, local, sg

_ROWS_PER_GROUP: Final = 65_536

# How the values of a property become a column. Codes and sources are told by their ids, things by their IRIs.
_TEXT, _ID, _DATE, _DECIMAL, _INTEGER, _FLAG = "text", "id", "date", "decimal", "integer", "flag"

PLACES: Final = 12
"""Digits after the point that a decimal of a relation has; some publish what a converter of currencies gave them."""

Values = Mapping[str, Sequence[str]]
Row = tuple[str | None, ...]


class Column(NamedTuple):
    """One column: its name, the property (or what computes it from a subject and its values), and how it tells it."""

    name: str
    source: str | Callable[[str, Values], str | None]
    form: str = _TEXT


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
_LANGUAGE: Final = "language"
"""Stands among the properties of a thing for the language tag of its label."""


@cache
def _local(iri: str) -> str:
    return local(iri)


def _join(values: Sequence[str], form: str) -> str | None:
    if not values:
        return None
    if form == _ID:
        values = [_local(value) for value in values]
    return values[0] if len(values) == 1 else "|".join(sorted(set(values)))


def _subject(subject: str, _values: Values) -> str:
    return subject


def _kind(subject: str, _values: Values) -> str:
    return kind_of(subject)


def _kind_at(property_: str) -> Callable[[str, Values], str | None]:
    """Return what tells the kind of the thing that a property leads to."""
    return lambda _subject, values: _join([kind_of(value) for value in values.get(property_, ())], _TEXT)


def _class(_subject: str, values: Values) -> str | None:
    found = set(values.get(RDF + "type", ()))
    return next((name for name in _SPECIFIC if NS + name in found), None)


def _either(first: str, *others: str) -> Callable[[str, Values], str | None]:
    """Return what tells the first of these properties that a thing has."""

    def told(_subject: str, values: Values) -> str | None:
        return next((_join(values[name], _TEXT) for name in (first, *others) if values.get(name)), None)

    return told


def _type(_subject: str, values: Values) -> str | None:
    return _join([value for property_ in _TYPES for value in values.get(property_, ())], _ID)


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
    told = _join(values.get(DCT + "source", ()), _ID)
    for property_, kind in _NAMING.items():
        for name in sorted(set(values.get(property_, ()))):
            known = {"iri": subject, "thing": subject, "name": name, "kind_of_name": kind, "sources": told}
            yield tuple(known.get(column.name) for column in relation.columns)


def _link_rows(_relation: Relation, subject: str, values: Values) -> Iterator[Row]:
    told = _join(values.get(DCT + "source", ()), _ID)
    for property_, objects in values.items():
        if property_ != DCT + "source":
            for item in set(objects):
                yield subject, property_, item, told


_IRI: Final = Column("iri", _subject)
_KEY: Final = Column("id", DCT + "identifier")
_LABEL: Final = Column("label", RDFS + "label")
_SOURCES: Final = Column("sources", DCT + "source", _ID)
_INFERRED: Final = Column("inferred", sg("inferredColumn"))
"""The columns of the row whose values no source says outright."""
_TOPICS: Final = Column("topics", sg("topic"))
_COUNTRY: Final = Column("country", sg("country"))
_COUNTRIES: Final = Column("countries", sg("country"))
_STARTS: Final = (
    Column("start", sg("start")),
    Column("start_earliest", sg("startEarliest"), _DATE),
    Column("start_latest", sg("startLatest"), _DATE),
    Column("start_state", sg("startState"), _ID),
)
_DATES: Final = (
    Column("start", sg("start")),
    Column("end", sg("end")),
    Column("start_earliest", sg("startEarliest"), _DATE),
    Column("start_latest", sg("startLatest"), _DATE),
    Column("end_earliest", sg("endEarliest"), _DATE),
    Column("end_latest", sg("endLatest"), _DATE),
    Column("start_state", sg("startState"), _ID),
    Column("end_state", sg("endState"), _ID),
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
    Column("secondary", sg("secondaryReporter"), _FLAG),
)
"""Who publishes an activity; the money rows of the activity tell it too."""
_IN_SCOPE: Final = (
    Column("scope_least", sg("scopeLeast"), _DECIMAL), Column("scope_most", sg("scopeMost"), _DECIMAL),
)  # fmt: skip
"""The part that is in the scope of its file; of a money row only where it has sectors of its own."""
_BY_REPORTER: Final = [sg(name) for name in (*_REPORTER, "secondaryReporter")]
_MONEY: Final = (
    _IRI, _KEY, Column("kind", sg("moneyKind"), _ID), Column("co_financing", sg("coFinancing"), _FLAG),
    Column("finances", sg("finances")), Column("providers", sg("provider")), Column("receivers", sg("receiver")),
    Column("instrument", sg("instrument")), Column("amount", sg("amount"), _DECIMAL),
    Column("currency", sg("currency"), _ID), Column("qualifier", sg("qualifier"), _ID),
    Column("share", sg("share"), _DECIMAL), *_DATES, Column("as_of", sg("asOf")),
    Column("cumulative", sg("cumulative"), _FLAG), Column("part_of", sg("partOfTotal")),
    Column("funded_from", sg("fundedFrom")), Column("replaces", sg("replaces")),
    Column("same_as", sg("sameSumAs")), Column("different_from", sg("differentSumFrom")),
    Column("scope", sg("scope"), _ID), Column("measure", sg("measure"), _ID),
    Column("value_date", sg("valueDate")), Column("provider_names", sg("providerName")),
    Column("receiver_names", sg("receiverName")), Column("provider_refs", sg("providerRef")),
    Column("receiver_refs", sg("receiverRef")),
    Column("provider_activity", _either(sg("providerActivity"), sg("providerActivityId"))),
    Column("receiver_activity", _either(sg("receiverActivity"), sg("receiverActivityId"))),
    Column("budget_type", sg("budgetType")), Column("flow", sg("flowType"), _ID),
    Column("finance", sg("financeType"), _ID), Column("aid", sg("aidType"), _ID), Column("tied", sg("tiedStatus"), _ID),
    Column("humanitarian", sg("humanitarian"), _FLAG), *_IN_SCOPE, *_REPORTED, _INFERRED,
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
    Column("kind_of_name", sg("nameType"), _ID), Column("language", _LANGUAGE), *_DATES, _SOURCES,
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
        Column("type", sg("eventType"), _ID), Column("status", sg("eventStatus"), _ID),
        Column("announced", sg("announced")), *_DATES, Column("city", sg("city")), _COUNTRY,
        Column("within_framework", sg("withinFramework")), Column("sub_event_of", sg("subEventOf")), _TOPICS,
        _SOURCES,
    )  # fmt: skip
    yield _plain(
        "programmes", "?s sg:programmeType ?anchor .", _IRI, _KEY, _LABEL, Column("short_name", sg("shortName")),
        Column("class", _class), Column("type", sg("programmeType"), _ID), Column("part_of", sg("partOf")),
        Column("within_framework", sg("withinFramework")), *_DATES, _ATTESTED, _TOPICS,
        Column("identifier", sg("iatiIdentifier")), Column("hierarchy", sg("hierarchy"), _INTEGER),
        Column("status", sg("activityStatus"), _ID), *_IN_SCOPE, *_REPORTED, _SOURCES, extra=_BY_REPORTER,
    )  # fmt: skip
    yield _plain(
        "memberships", "?s a sg:Membership .", _IRI, _KEY, Column("body", ORG + "organization"),
        Column("member", ORG + "member"), Column("role", ORG + "role", _ID), *_DATES, _ATTESTED, _INFERRED, _SOURCES,
    )  # fmt: skip
    yield _plain(
        "participations", "?s a sg:Participation .", _IRI, _KEY, Column("activity", sg("participationIn")),
        Column("activity_kind", _kind_at(sg("participationIn"))), Column("participant", sg("participant")),
        Column("participant_kind", _kind_at(sg("participant"))), Column("role", sg("participationRole"), _ID),
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
        Column("percentage", sg("percentage"), _DECIMAL), Column("in_scope", sg("inScope"), _FLAG), _SOURCES,
    )  # fmt: skip
    yield _plain(
        "context", "?s a sg:ContextFigure .", _IRI, _KEY, Column("country", sg("figureCountry")),
        Column("sector", sg("figureSector")), Column("year", sg("figureYear")),
        Column("amount", sg("figureAmount"), _DECIMAL), Column("currency", sg("figureCurrency"), _ID),
        Column("measure", sg("figureMeasure")), _SOURCES,
    )  # fmt: skip
    yield _plain(
        "rates", "?s a sg:ExchangeRate .", Column("currency", sg("rateCurrency"), _ID),
        Column("date", sg("rateDate")), Column("per_euro", sg("perEuro"), _DECIMAL), _SOURCES,
    )  # fmt: skip
    yield _plain(
        "deflators", "?s a sg:Deflator .", Column("name", RDFS + "label"),
        Column("currency", sg("deflatorCurrency"), _ID), Column("year", sg("deflatorYear")),
        Column("index", sg("deflatorIndex"), _DECIMAL), _SOURCES,
    )  # fmt: skip
    yield _plain(
        "needs", "?s a sg:Need .", _IRI, _KEY, Column("need", RDFS + "label"), Column("pillar", sg("pillar")),
        _COUNTRIES, _TOPICS, Column("basis", sg("basis"), _ID), Column("priority", sg("priority")),
        Column("objective", sg("objective"), _ID), Column("documents", sg("document")), _SOURCES,
    )  # fmt: skip
    yield _plain(
        "responses", "?s a sg:Response .", _IRI, _KEY, Column("need", sg("respondsTo")),
        Column("pillar", sg("pillar")), Column("programmes", sg("byProgramme")), Column("providers", sg("provider")),
        _COUNTRIES, _TOPICS, _SOURCES,
    )  # fmt: skip
    yield _plain(
        "documents", "?s a sg:Document .", _IRI, _KEY, Column("title", RDFS + "label"),
        Column("type", sg("documentType"), _ID), *_STARTS, Column("adopted_by", sg("adoptedBy")),
        Column("concerns", sg("concerns")), _TOPICS, Column("url", FOAF + "page"), _SOURCES,
    )  # fmt: skip
    yield _plain(
        "sources", "?s a sg:Source .", _IRI, _KEY, Column("title", RDFS + "label"),
        Column("publisher", sg("publisherName")), Column("url", FOAF + "page"), Column("issued", DCT + "issued"),
        Column("published_latest", sg("publishedLatest"), _DATE), Column("accessed", sg("accessed"), _DATE),
        Column("kind", sg("sourceKind"), _ID),
    )  # fmt: skip


RELATIONS: Final = {relation.name: relation for relation in _relations()}
EVIDENCE: Final = "evidence"
_EVIDENCE_COLUMNS: Final = tuple(
    Column(name, "") for name in ("subject", "property", "value", "source", "table", "row", "column")
)
NAMES: Final = (*RELATIONS, EVIDENCE)
"""The relations of a release, in the order in which they are written."""


def _grouped(table: Table) -> dict[str, dict[str, list[str]]]:
    """Return the values of each property of each subject."""
    groups: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    rows: Iterable[tuple[Any, ...]] = table.rows
    for subject, property_, cell in rows:
        values = groups[subject]
        if type(property_) is Literal:
            property_ = property_.value  # noqa: PLW2901  a name that the SELECT bound in place of a property
        if type(cell) is Literal:
            values[property_].append(cell.value)
            if cell.language:
                values[_LANGUAGE] = [cell.language]
        else:
            values[property_].append(cell)
    return groups


def _fill(store: ReadStore, relation: Relation) -> list[Row]:
    groups = _grouped(store.select(relation.query))
    rows = [row for subject, values in groups.items() for row in relation.rows(relation, subject, values)]
    rows.sort(key=_sortable)
    return rows


def _sortable(row: Row) -> tuple[str, ...]:
    # No text of ours is empty, so that a missing one sorts first and equals no other.
    return tuple([cell or "" for cell in row])


def _evidence(statements: Iterable[Statement]) -> Iterator[tuple[str, ...]]:
    """Yield one row for each statement and source that says it, in the order of N-Quads.

    There a subject is followed by the sign that ends an IRI, and so it is here, until the rows are written. The rows of
    one subject are made at a time.
    """
    groups: dict[str, list[Statement]] = {}
    for fact in statements:
        if fact.sources:
            groups.setdefault(f"{fact.subject}>", []).append(fact)
    for subject in sorted(groups):
        rows = {
            (
                subject,
                fact.predicate,
                fact.object.value if isinstance(fact.object, Literal) else fact.object,
                _local(source),
                fact.table,
                fact.row_id,
                fact.column,
            )
            for fact in groups.pop(subject)
            for source in fact.sources
        }
        yield from sorted(rows)


def _write_evidence(path: Path, rows: Iterable[tuple[str, ...]]) -> int:
    """Write the rows in groups, so that those of large IATI files are never in memory at once."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([pa.field(column.name, pa.string()) for column in _EVIDENCE_COLUMNS])
    left, count = iter(rows), 0
    with pq.ParquetWriter(path, schema, compression="zstd", version="2.6", store_schema=False) as writer:
        while part := list(islice(left, _ROWS_PER_GROUP)):
            count += len(part)
            subjects, *others = zip(*part, strict=True)
            columns = ([subject[:-1] for subject in subjects], *others)
            arrays = [pa.array(cells, pa.string()) for cells in columns]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
    return count


def _write(path: Path, columns: Sequence[Column], rows: Sequence[Row]) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {
        _DATE: pa.date32(),
        _DECIMAL: pa.decimal128(38, PLACES),
        _INTEGER: pa.int64(),
        _FLAG: pa.bool_(),
    }
    read: dict[str, Callable[[str], Any]] = {
        _DATE: date.fromisoformat,
        _DECIMAL: Decimal,
        _INTEGER: int,
        _FLAG: partial(str.__eq__, "true"),
    }
    arrays, fields = [], []
    by_column = zip(*rows, strict=True) if rows else ((),) * len(columns)
    for column, texts in zip(columns, by_column, strict=True):
        cells: Sequence[Any] = texts
        kind = types.get(column.form, pa.string())
        if column.form in read:
            parse = read[column.form]
            try:
                cells = [None if cell is None else parse(cell) for cell in texts]
            except (ValueError, ArithmeticError) as exc:
                raise StoreError(f"relation {path.stem}, column {column.name}: {exc}") from exc
        try:
            arrays.append(pa.array(cells, kind))
        except pa.ArrowException as exc:
            raise StoreError(f"relation {path.stem}, column {column.name}: {exc}") from exc
        fields.append(pa.field(column.name, kind))
    table = pa.Table.from_arrays(arrays, schema=pa.schema(fields))
    pq.write_table(table, path, compression="zstd", row_group_size=_ROWS_PER_GROUP, version="2.6", store_schema=False)
    return len(rows)


def write_relations(
    store: ReadStore,
    directory: Path,
    statements: Collection[Statement],
    *,
    evidence: Iterable[tuple[str, ...]] = (),
    threads: int = 2,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, int]:
    """Write one Parquet file per relation and return how many rows each holds.

    Args:
        store: the store whose merged graph fills them.
        directory: an existing folder.
        statements: what the mapping said, for `evidence`.
        evidence: further rows of it, in the order of N-Quads.
        threads: how many SELECTs run at once; the files do not depend on it.
        progress: called with how many relations are done, and of how many.
    """
    counts = {}
    left = iter(RELATIONS.values())
    with ThreadPoolExecutor(max(1, threads)) as pool:
        # No more at once than there are threads: the rows of one may be a large part of memory.
        filled = deque((one, pool.submit(_fill, store, one)) for one in islice(left, max(1, threads)))
        while filled:
            relation, waiting = filled.popleft()
            rows = waiting.result()
            filled.extend((one, pool.submit(_fill, store, one)) for one in islice(left, 1))
            counts[relation.name] = _write(directory / f"{relation.name}.parquet", relation.columns, rows)
            del waiting, rows
            if progress:
                progress(len(counts), len(NAMES))
    further = ((f"{row[0]}>", *row[1:]) for row in evidence)
    told = heapq.merge(_evidence(statements), further)
    counts[EVIDENCE] = _write_evidence(directory / f"{EVIDENCE}.parquet", told)
    if progress:
        progress(len(NAMES), len(NAMES))
    return counts


def sealed(threads: int | None = None) -> Any:
    """Return a connection to a DuckDB in memory that fetches no extension, for us and for what brings its own SQL."""
    import duckdb

    settings: dict[str, Any] = {
        # Otherwise a function that DuckDB does not know is fetched from the network.
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "allow_community_extensions": False,
    }
    if threads:
        settings["threads"] = threads
    return duckdb.connect(":memory:", config=settings)


def _told(value: Any) -> Cell:
    """Return a value of a column as a cell of ours: dates and decimals as exact literals."""
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return Literal(text.rstrip("0").rstrip(".") if "." in text else text, XSD + "decimal")
    if isinstance(value, date):
        return Literal(value.isoformat(), XSD + ("dateTime" if hasattr(value, "hour") else "date"))
    if isinstance(value, (list, tuple)):
        return "|".join(map(str, value))
    return str(value)


class Relations:
    """The relations of one release, open for reading.

    `threads` is how many DuckDB uses; a query that says ORDER BY answers the same with any number.
    """

    def __init__(self, directory: Path, *, threads: int | None = None) -> None:
        self.directory = Path(directory)
        if not self.directory.is_dir():
            raise StoreError(f"there are no relations at {directory}", hint="run `secgraph build`")
        self._threads = threads
        self._tables: dict[str, Table] = {}
        self._whole: set[str] = set()
        self._duckdb: Any = None

    def table(self, name: str) -> Table:
        """Return one relation whole, in its order; things as IRIs, codes and sources as ids, lists joined by `|`.

        Raises:
            NotFoundError: there is no such relation.
            StoreError: its file is missing or damaged.
        """
        if name not in NAMES:
            raise NotFoundError("relation", name, nearest(name, NAMES))
        if name not in self._tables:
            import pyarrow as pa
            import pyarrow.parquet as pq

            path = self.directory / f"{name}.parquet"
            self._check(name)
            try:
                found = pq.read_table(path)
            except (OSError, pa.ArrowException) as exc:
                raise StoreError(f"the relation {path} cannot be read: {exc}", hint="run `secgraph build`") from exc
            columns = []
            for column in found.columns:
                plain = pa.types.is_string(column.type) or pa.types.is_boolean(column.type)
                cells = column.to_pylist()
                columns.append(cells if plain else [_told(cell) for cell in cells])
            self._tables[name] = Table(tuple(found.column_names), tuple(zip(*columns, strict=True)))
        return self._tables[name]

    def sql(self, text: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> Table:
        """Answer one SELECT over the relations, each a table by its name; rows have an order only with ORDER BY.

        DuckDB has no way to the network, to other files or to its extensions here.

        Raises:
            QueryError: the statement is malformed, fails, or is no SELECT.
            StoreError: a file that it reads is missing or damaged.
        """
        import duckdb

        asked = text.casefold()
        for name in NAMES:
            if name in asked:
                self._check(name)
        connection = self._connect().cursor()
        try:
            statements = duckdb.extract_statements(text)
            if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                raise QueryError("the relations answer one SELECT at a time", hint="they are read, never written")
            result = connection.execute(statements[0], parameters or None)
            columns = tuple(entry[0] for entry in result.description)
            rows = result.fetchall()
        except duckdb.Error as exc:
            raise QueryError(f"the SQL cannot be answered: {exc}") from exc
        finally:
            connection.close()
        return Table(columns, tuple(tuple(map(_told, row)) for row in rows))

    def _check(self, name: str) -> None:
        # DuckDB and Arrow read a flipped bit as another value.
        if name not in self._whole:
            check_file(self.directory.parent, f"{self.directory.name}/{name}.parquet")
            self._whole.add(name)

    def _connect(self) -> Any:
        if self._duckdb is None:
            import duckdb

            connection = sealed(self._threads)
            folder = str(self.directory.resolve())
            try:
                for name in NAMES:
                    path = f"{folder}/{name}.parquet".replace("'", "''")
                    connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{path}')")  # noqa: S608
                connection.execute(f"SET allowed_directories = ['{folder.replace(chr(39), chr(39) * 2)}/']")
                # No way back: neither the files nor the settings can be reached by a query after this.
                connection.execute("SET enable_external_access = false")
                connection.execute("SET lock_configuration = true")
            except duckdb.Error as exc:
                raise StoreError(f"the relations {folder} cannot be read: {exc}", hint="run `secgraph build`") from exc
            self._duckdb = connection
        return self._duckdb

    def close(self) -> None:
        """Let go of the files."""
        if self._duckdb is not None:
            self._duckdb.close()
            self._duckdb = None
