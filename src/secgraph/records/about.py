"""Rows about other rows: names, claims, sources of single cells, redirects, judgements on who is who."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import BeforeValidator, Field

from secgraph.records.cells import (
    Date,
    End,
    NeededText,
    Text,
    Texts,
    check_kind,
    check_language,
    coded,
    one,
    ref,
    required,
)
from secgraph.records.record import Record
from secgraph.vocab import kind_of

_Kind = Annotated[str, BeforeValidator(required(check_kind))]


class NameRecord(Record):
    """One name of one thing, with its language and the time in which it was borne."""

    table, kind, key = "names", "name", ("kind", "id", "name", "type")
    kind_: _Kind = Field(alias="kind")
    id: NeededText
    name: NeededText
    language: Annotated[str | None, BeforeValidator(one(check_language))] = None
    type: Annotated[str, coded("name-type", needed=True)]
    from_: Date = Field(default=None, alias="from")
    to: End = None
    inferred: Texts = ()
    note: Text = ""


class ClaimRecord(Record):
    """The value that another source gives for one cell."""

    table, kind, key = "claims", "claim", ("kind", "id", "column", "source")
    kind_: _Kind = Field(alias="kind")
    id: NeededText
    column: NeededText
    value: NeededText
    source: Annotated[str, *ref("source", needed=True)]
    note: Text = ""
    sources: Annotated[tuple[str, ...], BeforeValidator(lambda value: value or ())] = ()

    @classmethod
    def has_sources(cls) -> bool:
        """A claim has one source, in the column `source`."""
        return False


class CellRecord(Record):
    """Which of a row's sources say one cell, where only some of them do."""

    table, kind, key = "cells", "cell", ("kind", "id", "column")
    kind_: _Kind = Field(alias="kind")
    id: NeededText
    column: NeededText


class RedirectRecord(Record):
    """An id that was merged into another and keeps working."""

    table, kind, key = "redirects", "redirect", ("kind", "old")
    kind_: _Kind = Field(alias="kind")
    old: NeededText
    new: NeededText
    reason: NeededText
    sources: Annotated[tuple[str, ...], BeforeValidator(lambda value: value or ())] = ()

    @classmethod
    def has_sources(cls) -> bool:
        """A redirect is a curator's judgement."""
        return False


def is_money(iri: str) -> bool:
    """Tell whether an IRI is that of a money row, of a table or of an activity.

    >>> is_money("https://w3id.org/secgraph/id/budget/hf2"), is_money("https://w3id.org/secgraph/id/topic/police")
    (True, False)
    """
    return kind_of(iri) in ("transaction", "budget")


class IdentityRecord(Record):
    """One judgement on whether a thing is the same as one known elsewhere; CURIEs expanded by the file's curie_map.

    `subject_id` is the IRI of one of our things, `object_id` the outside IRI. What others write for it without an
    IRI, a name or an identifier in their data, is a literal: `object_type` is `rdfs literal`, `object_label` the text
    as it is written, `object_category` tells the two apart, `object_id` is empty. Follows SSSOM 1.0.
    """

    table, kind, key = "identities", "identity", ("subject_id", "predicate_id", "object_id")
    subject_id: NeededText
    subject_label: Text = ""
    predicate_id: NeededText
    predicate_modifier: Text = ""
    object_id: Text = ""
    object_label: Text = ""
    object_category: Text = ""
    object_type: Text = ""
    mapping_justification: NeededText
    confidence: Text = ""
    reviewer_label: Text = ""
    comment: Text = ""
    sources: Annotated[tuple[str, ...], BeforeValidator(lambda value: value or ())] = ()

    @classmethod
    def has_sources(cls) -> bool:
        """A judgement is a curator's, with its own justification."""
        return False

    def tells_two_sums_apart(self) -> bool:
        """Tell whether two money rows are judged to tell of other money, though they look alike."""
        return self.predicate_modifier == "Not" and all(map(is_money, (self.subject_id, self.object_id)))

    def is_literal(self) -> bool:
        """Tell whether the object is a text that others write, and no thing with an address."""
        return self.object_type == LITERAL_TYPE

    def row_id(self) -> str:
        """Return the row's key as text; the text of a literal stands for its address."""
        if not self.is_literal():
            return super().row_id()
        return "--".join((self.subject_id, self.predicate_id, self.object_category or NAME_CATEGORY, self.object_label))


LITERAL_TYPE: Final = "rdfs literal"
"""What SSSOM calls an object that is a text without an identity of its own."""

NAME_CATEGORY: Final = "name"
REF_CATEGORY: Final = "identifier"
"""What a literal of a judgement is: how others name a thing, or the identifier that their data gives it."""
