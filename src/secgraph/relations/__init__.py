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
from datetime import date
from decimal import Decimal
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Final

from secgraph.errors import NotFoundError, QueryError, StoreError
from secgraph.protocols import ReadStore
from secgraph.relations.contents import (
    DATE,
    DECIMAL,
    EVIDENCE,
    EVIDENCE_COLUMNS,
    FLAG,
    INTEGER,
    LANGUAGE,
    NAMES,
    PLACES,
    RELATIONS,
    Column,
    Relation,
    Row,
    id_of,
)  # fmt: skip
from secgraph.store.sums import check_file
from secgraph.values import XSD, Cell, Literal, Statement, Table, nearest

__all__ = [
    "EVIDENCE", "NAMES", "RELATIONS", "Column", "Relation", "Relations", "sealed", "write_relations",
]  # fmt: skip

_ROWS_PER_GROUP: Final = 65_536


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
                values[LANGUAGE] = [cell.language]
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
                id_of(source),
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

    schema = pa.schema([pa.field(column.name, pa.string()) for column in EVIDENCE_COLUMNS])
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
        DATE: pa.date32(),
        DECIMAL: pa.decimal128(38, PLACES),
        INTEGER: pa.int64(),
        FLAG: pa.bool_(),
    }
    read: dict[str, Callable[[str], Any]] = {
        DATE: date.fromisoformat,
        DECIMAL: Decimal,
        INTEGER: int,
        FLAG: partial(str.__eq__, "true"),
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
