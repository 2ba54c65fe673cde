"""Asking a store about one thing, and telling terms in words."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Final

from secgraph import vocab
from secgraph.errors import QueryError
from secgraph.protocols import ReadStore
from secgraph.queries import is_iri
from secgraph.queries.gate import fill
from secgraph.values import Cell, Table, text

SOURCE: Final = """
  ?source rdfs:label ?title ; dct:identifier ?id .
  OPTIONAL { ?source sg:publisherName ?publisher }
  OPTIONAL { ?source dct:issued ?published }
  OPTIONAL { ?source sg:accessed ?accessed }
  OPTIONAL { ?source foaf:page ?address }
"""
"""The part of a pattern that tells what is known of a source."""


def ask(store: ReadStore, query: str, iri: str = "") -> list[dict[str, str]]:
    """Answer a SELECT about one thing: its IRI stands at each line `# bind ?_thing_iri`; unbound cells are ''.

    Raises:
        QueryError: the text is no IRI.
    """
    if iri and not is_iri(iri):
        raise QueryError(f"{iri!a} is no IRI")
    clause = f"VALUES ?_thing_iri {{ <{iri}> }}" if iri else ""
    table = store.select(vocab.PROLOGUE + fill(query, {"_thing_iri": clause}))
    return [dict(zip(table.columns, map(text, row), strict=True)) for row in table.rows]


@cache
def words(iri: str) -> str:
    """Return a term, code or kind in words.

    >>> words("https://w3id.org/secgraph/ns#parentOrganisation"), words("https://w3id.org/secgraph/id/event-type/board")
    ('parent organisation', 'board')
    """
    name = vocab.local(iri)
    if not iri.startswith(vocab.NS):
        return name.replace("-", " ")
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).strip()


def named(value: str, label: str) -> str:
    """Return how a value reads: its label, a code in words, or itself."""
    if label:
        return label
    known = value.startswith(vocab.NS) or vocab.kind_of(value) in vocab.CODELISTS
    return words(value) if known else value.removeprefix(vocab.ID)


def period(row: dict[str, str]) -> str:
    """Return the dates of a row (start, end, startState, endState) in words; '' where it has no date.

    >>> period({"start": "2017-09-08", "end": "", "endState": vocab.NS + "open"})
    '2017-09-08 to open'
    >>> period({"start": "2017", "end": "2019", "endState": vocab.NS + "known"})
    '2017 to 2019'
    """
    start, end = row.get("start", ""), row.get("end", "")
    state = vocab.local(row.get("endState", ""))
    if not start and not end and state != "open":
        return "unknown" if row.get("endState") else ""
    if start and (start == end or (not end and state in ("known", ""))):
        return start
    return f"{start or 'unknown'} to {end or state or 'unknown'}"


def table(columns: str, rows: Sequence[Sequence[Cell]], note: str = "") -> Table:
    """Return a table of these columns (names with blanks between), without those that are empty in every row."""
    names = columns.split()
    kept = [at for at in range(len(names)) if any(row[at] not in ("", None) for row in rows)]
    return Table(tuple(names[at] for at in kept), tuple(tuple(row[at] or None for at in kept) for row in rows), note)
