"""Why the graph says something: each value of a thing with its sources, its cell, and what contests it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from secgraph import vocab
from secgraph.errors import NotFoundError
from secgraph.lookup.ask import SOURCE, ask, named
from secgraph.mapping import COLUMNS, column_properties
from secgraph.protocols import ReadStore
from secgraph.values import Table, nearest, text
from secgraph.vocab import local, sg

Evidence = Table | Callable[[list[str]], Table]
NOT_KNOWN: Final = "not known"

_TABLES: Final = {
    "organisation": "organisations", "initiative": "initiatives", "membership": "memberships", "event": "events",
    "programme": "programmes", "transaction": "funding", "budget": "funding", "instrument": "instruments",
    "series": "series", "edition": "editions", "person": "people", "occupancy": "people", "document": "documents",
    "need": "needs", "response": "responses", "topic": "topics", "jurisdiction": "jurisdictions", "name": "names",
    "source": "sources",
}  # fmt: skip
"""The table that tells of each kind."""

_STATED: Final = """
SELECT ?source ?node ?property ?value ?label ?role WHERE {
  {
    # bind ?_thing_iri
    GRAPH ?source { ?_thing_iri ?property ?value }
    BIND(?_thing_iri AS ?node)
  } UNION {
    # bind ?_thing_iri
    GRAPH ?source { ?node sg:participationIn ?_thing_iri ; sg:participant ?value ; sg:participationRole ?role }
    BIND(sg:participant AS ?property)
  }
  ?source a sg:Source .
  OPTIONAL { ?value rdfs:label ?label }
}
"""
_KEPT: Final = """
SELECT ?property ?value WHERE {
  # bind ?_thing_iri
  ?_thing_iri ?property ?value
}
"""
_CLAIMS: Final = """
SELECT ?source ?column ?property ?value ?label ?note WHERE {
  # bind ?_thing_iri
  ?claim sg:aboutSubject ?_thing_iri ; sg:column ?column ; sg:aboutProperty ?property ; sg:claimedValue ?value ;
    dct:source ?source .
  OPTIONAL { ?value rdfs:label ?label }
  OPTIONAL { ?claim skos:note ?note }
}
"""
_SOURCES: Final = """
SELECT ?source ?title ?id ?publisher ?published ?accessed ?address ?whole WHERE {
  {
    # bind ?_thing_iri
    ?_thing_iri dct:source ?source . BIND("yes" AS ?whole)
  } UNION {
    # bind ?_thing_iri
    ?claim sg:aboutSubject ?_thing_iri ; dct:source ?source .
  } UNION {
    # bind ?_thing_iri
    ?part sg:participationIn ?_thing_iri ; dct:source ?source .
  }
  # source
}
""".replace("# source", SOURCE.strip())
_COLUMNS: Final = tuple(
    "property value state stated_by source publisher published accessed address table row column note source_id".split()
)
_BOUNDS: Final = frozenset(
    sg(name) for name in "startEarliest startLatest endEarliest endLatest startState endState lastAttested".split()
)


def why(store: ReadStore, iri: str, property: str | None = None, evidence: Evidence | None = None) -> Table:  # noqa: A002
    """Return each value of a thing with the sources that state it, the cell it came from, and what contests it.

    One row for each value and source. `state` is stated, or kept where another source says otherwise, or contested
    for the other value; `stated_by` says how many of the row's sources state it.

    Args:
        store: the store to look in.
        iri: the thing; a tie or a money row too.
        property: only this one: a column (`launched`), a property (`start`) or an IRI.
        evidence: the relation `evidence` of the release, or what returns its rows on some subjects; without it
            table, row and column are `not known`.

    Raises:
        NotFoundError: no such thing, or a property that it does not have.
    """
    kept = ask(store, _KEPT, iri)
    if not kept:
        raise NotFoundError(vocab.kind_of(iri) or "thing", iri)
    if vocab.kind_of(iri) == "source":
        return _of_a_source(kept, property)
    about = ask(store, _SOURCES, iri)
    sources = {row["source"]: row for row in about}
    whole = {row["source"] for row in about if row["whole"]}
    claims = ask(store, _CLAIMS, iri)
    stated = ask(store, _STATED, iri)
    knowledge = {(row["property"], row["value"]) for row in kept}
    cells = _cells(iri, stated, evidence)
    table = _TABLES.get(vocab.kind_of(iri), "")
    disputed = {(row["property"], row["value"], row["source"]) for row in claims}
    contested = {row["property"] for row in claims}
    rows: list[tuple[str, ...]] = []
    counts: dict[tuple[str, str, str], set[str]] = {}
    for row in stated:
        if row["property"] in _BOUNDS or (row["property"], row["value"], row["source"]) in disputed:
            continue
        counts.setdefault((row["property"], row["role"], row["value"]), set()).add(row["source"])
    for row in stated:
        key = (row["property"], row["role"], row["value"])
        if row["source"] not in counts.get(key, ()):
            continue
        name = _role_column(table, local(row["role"])) if row["role"] else _property_name(row["property"])
        real = _role_property(table, local(row["role"])) if row["role"] else row["property"]
        if not row["role"] and (row["property"], row["value"]) not in knowledge:
            state = "contested"
        else:
            state = "kept, contested" if real in contested else "stated"
        by = f"{len(counts[key])} of {len(whole)}" if whole else str(len(counts[key]))
        where = cells.get((row["node"], row["property"], row["value"], local(row["source"])), (NOT_KNOWN,) * 3)
        rows.append((name, named(row["value"], row["label"]), state, by, row["source"], *where, "", real))
    for row in claims:
        where = ("claims", _claim_id(iri, row), "value") if evidence is not None else (NOT_KNOWN,) * 3
        name = _property_name(row["property"])
        name = next(
            (_role_column(table, r) for r in _roles(table) if _role_property(table, r) == row["property"]), name
        )
        rows.append(
            (
                name,
                named(row["value"], row["label"]),
                "contested",
                "another source",
                row["source"],
                *where,
                row["note"],
                row["property"],
            )
        )
    wanted = _wanted(table, property, rows) if property else None
    told = sorted(
        {_row(row, sources) for row in rows if wanted is None or _is_wanted(row, wanted)},
        # What the graph holds stands before what another source says instead.
        key=lambda row: (row[0], row[2] == "contested", row),
    )
    if not told and property:
        raise NotFoundError("property", property, nearest(property, {row[0] for row in rows}))
    return Table(_COLUMNS, tuple(tuple(cell or None for cell in row) for row in told), _note(len(whole)))


def _note(number: int) -> str:
    return f"stated by the row's {number} source{'' if number == 1 else 's'}" if number else ""


def _row(row: tuple[str, ...], sources: dict[str, dict[str, str]]) -> tuple[str, ...]:
    name, value, state, by, source, table, row_id, column, note, _property = row
    about = sources.get(source, {})
    told = tuple(about.get(key, "") for key in ("title", "publisher", "published", "accessed", "address"))
    return name, value, state, by, *told, table, row_id, column, note, local(source)


def _property_name(iri: str) -> str:
    names = {vocab.RDFS + "label": "name", vocab.RDF + "type": "class", sg("inferredColumn"): "inferred"}
    return names.get(iri, local(iri))


def _roles(table: str) -> dict[str, tuple[str, str]]:
    """Return, for each role that a column of a table states: the column, and the property that it is claimed by."""
    return {
        spec.role: (column, spec.property)
        for column, specs in COLUMNS.get(table, {}).items()
        for spec in specs
        if spec.role
    }


def _role_column(table: str, role: str) -> str:
    return _roles(table).get(role, (role, ""))[0]


def _role_property(table: str, role: str) -> str:
    return _roles(table).get(role, ("", sg("participant")))[1]


def _wanted(table: str, property_: str, rows: Iterable[tuple[str, ...]]) -> frozenset[str]:
    """Return the names and IRIs of properties that a column, a property or an IRI stands for."""
    found = {property_}
    specs = column_properties(table, property_)
    found |= {spec.property for spec in specs if not spec.role}
    for row in rows:
        # `type` is a column of most tables, and the local name of rdf:type.
        if property_ in (row[0], row[9]) or (not specs and property_ == local(row[9])):
            found.add(row[0])
    return frozenset(found)


def _is_wanted(row: tuple[str, ...], wanted: frozenset[str]) -> bool:
    return row[0] in wanted or row[9] in wanted


def _claim_id(iri: str, row: dict[str, str]) -> str:
    kind = vocab.kind_of(iri)
    kind = "funding" if kind in ("transaction", "budget") else kind
    return f"{kind}--{local(iri)}--{row['column']}--{local(row['source'])}"


def _cells(
    iri: str, stated: Iterable[dict[str, str]], evidence: Evidence | None
) -> dict[tuple[str, str, str, str], tuple[str, str, str]]:
    """Return table, row and column by subject, property, value and source id."""
    if evidence is None:
        return {}
    nodes = {iri, *(row["node"] for row in stated)}
    relation = evidence if isinstance(evidence, Table) else evidence(sorted(nodes))
    at = [relation.columns.index(name) for name in "subject property value source table row column".split()]
    cells = {}
    for row in relation.rows:
        if row[at[0]] in nodes:
            subject, property_, value, source, table, row_id, column = (text(row[place]) for place in at)
            cells[subject, property_, value, source] = (table, row_id, column)
    return cells


def _of_a_source(kept: Iterable[dict[str, str]], property_: str | None) -> Table:
    """Return what the table of sources says of a source: it is its own evidence."""
    rows = sorted((_property_name(row["property"]), row["value"]) for row in kept if row["property"] not in _BOUNDS)
    wanted = [row for row in rows if property_ in (None, row[0])]
    if not wanted:
        raise NotFoundError("property", str(property_), nearest(str(property_), {row[0] for row in rows}))
    told = tuple(
        tuple(
            {"property": name, "value": value, "state": "stated", "table": "sources"}.get(column) for column in _COLUMNS
        )
        for name, value in wanted
    )
    return Table(_COLUMNS, told, "a row of the table of sources")
