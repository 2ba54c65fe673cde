"""The tables of a curated dataset: their columns, what a cell may hold, and what it may point to."""

from __future__ import annotations

import re

COLUMNS: dict[str, tuple[str, ...]] = {
    name: tuple(columns.split(","))
    for name, columns in {
        "sources": "id,title,publisher,url,published,accessed,kind",
        "organisations": "id,name,short_name,aliases,type,country,city,parent,founded,dissolved,website,"
        "identifiers,inferred,note,sources",
        "initiatives": "id,name,short_name,aliases,type,part_of,launched,ended,host,region,topics,website,"
        "inferred,note,sources",
        "memberships": "id,body,member,role,from,to,inferred,note,sources",
        "programmes": "id,name,short_name,aliases,type,part_of,start,end,topics,beneficiaries,implementers,"
        "partners,funders,website,inferred,note,sources",
        "funding": "id,programme,event,funder,recipient,instrument,amount,currency,kind,date,qualifier,share,"
        "as_of,cumulative,part_of,funded_from,replaces,same_as,scope,measure,inferred,note,sources",
        "instruments": "id,name,short_name,aliases,managed_by,start,end,inferred,note,sources",
        "events": "id,name,type,status,announced,start,end,city,country,organisers,hosts,supporters,part_of,"
        "topics,participants,documents,inferred,note,sources",
        "series": "id,name,body,note,sources",
        "editions": "event,series,number,sources",
        "people": "id,person,name,role,organisation,from,to,event,inferred,note,sources",
        "documents": "id,title,type,adopted,adopted_by,concerns,url,inferred,note,sources",
        "needs": "id,pillar,country,topic,need,priority,basis,objective,document,inferred,note,sources",
        "responses": "id,need,pillar,programme,provider,country,topic,inferred,note,sources",
        "topics": "id,label,broader,definition,identifiers,inferred,note,sources",
        "jurisdictions": "code,name,aliases,labels,footnote,note,sources",
        "names": "kind,id,name,language,type,from,to,inferred,note,sources",
        "claims": "kind,id,column,value,source,note",
        "cells": "kind,id,column,sources",
        "redirects": "kind,old,new,reason",
    }.items()
}
"""Columns of each table of the dataset, in the order in which they are written."""

TABLE_OF_KIND: dict[str, str] = {
    "organisation": "organisations",
    "initiative": "initiatives",
    "membership": "memberships",
    "programme": "programmes",
    "funding": "funding",
    "instrument": "instruments",
    "event": "events",
    "series": "series",
    "person": "people",
    "document": "documents",
    "need": "needs",
    "response": "responses",
    "topic": "topics",
    "jurisdiction": "jurisdictions",
    "source": "sources",
}
KIND_OF_TABLE: dict[str, str] = {table: kind for kind, table in TABLE_OF_KIND.items()}

FACT_TABLES: tuple[str, ...] = (
    "sources",
    "organisations",
    "initiatives",
    "memberships",
    "programmes",
    "funding",
    "instruments",
    "events",
    "people",
    "documents",
    "needs",
    "responses",
    "topics",
)
"""Tables that the parts have; the others come from the rows alone."""

FIXED_TABLES: tuple[str, ...] = ("names", "series", "editions", "jurisdictions", "claims", "cells")

LISTS: dict[str, frozenset[str]] = {
    table: frozenset(columns.split())
    for table, columns in {
        "organisations": "aliases identifiers inferred sources",
        "initiatives": "aliases topics inferred sources",
        "memberships": "inferred sources",
        "programmes": "aliases part_of topics beneficiaries implementers partners funders inferred sources",
        "funding": "funder recipient part_of funded_from same_as inferred sources",
        "instruments": "aliases inferred sources",
        "events": "announced organisers hosts supporters part_of topics participants documents inferred sources",
        "series": "sources",
        "editions": "sources",
        "people": "event inferred sources",
        "documents": "adopted_by concerns inferred sources",
        "needs": "country topic document inferred sources",
        "responses": "need programme provider country topic inferred sources",
        "topics": "identifiers inferred sources",
        "jurisdictions": "aliases labels sources",
        "names": "inferred sources",
        "cells": "sources",
    }.items()
}
"""Columns whose cell is a list separated by `|`."""

ACTOR = frozenset({"organisation", "initiative", "jurisdiction"})
PAYER = ACTOR | {"instrument", "programme"}
SOURCE = frozenset({"source"})
TOPIC = frozenset({"topic"})
COUNTRY = frozenset({"jurisdiction"})

REFERENCES: dict[tuple[str, str], frozenset[str]] = {
    ("organisations", "country"): COUNTRY,
    ("organisations", "parent"): frozenset({"organisation"}),
    ("initiatives", "part_of"): frozenset({"initiative", "organisation"}),
    ("initiatives", "host"): frozenset({"initiative", "organisation"}),
    ("initiatives", "topics"): TOPIC,
    ("memberships", "body"): frozenset({"organisation", "initiative"}),
    ("memberships", "member"): ACTOR,
    ("programmes", "part_of"): frozenset({"programme", "initiative"}),
    ("programmes", "topics"): TOPIC,
    ("programmes", "beneficiaries"): ACTOR,
    ("programmes", "implementers"): ACTOR,
    ("programmes", "partners"): ACTOR,
    ("programmes", "funders"): PAYER,
    ("funding", "programme"): frozenset({"programme"}),
    ("funding", "event"): frozenset({"event"}),
    ("funding", "funder"): PAYER,
    ("funding", "recipient"): ACTOR,
    ("funding", "instrument"): frozenset({"instrument"}),
    ("funding", "part_of"): frozenset({"funding"}),
    ("funding", "funded_from"): frozenset({"funding"}),
    ("funding", "replaces"): frozenset({"funding"}),
    ("funding", "same_as"): frozenset({"funding"}),
    ("instruments", "managed_by"): frozenset({"organisation", "jurisdiction"}),
    ("events", "country"): COUNTRY,
    ("events", "organisers"): ACTOR,
    ("events", "hosts"): ACTOR,
    ("events", "supporters"): PAYER,
    ("events", "part_of"): frozenset({"initiative", "programme", "organisation", "event"}),
    ("events", "topics"): TOPIC,
    ("events", "participants"): ACTOR,
    ("events", "documents"): frozenset({"document"}),
    ("series", "body"): frozenset({"initiative", "organisation", "programme"}),
    ("editions", "event"): frozenset({"event"}),
    ("editions", "series"): frozenset({"series"}),
    ("people", "person"): frozenset({"person"}),
    ("people", "organisation"): ACTOR,
    ("people", "event"): frozenset({"event"}),
    ("documents", "adopted_by"): ACTOR,
    ("documents", "concerns"): PAYER | {"document", "person", "topic"},
    ("needs", "pillar"): frozenset({"initiative", "document"}),
    ("needs", "country"): COUNTRY,
    ("needs", "topic"): TOPIC,
    ("needs", "document"): frozenset({"document"}),
    ("responses", "need"): frozenset({"need"}),
    ("responses", "pillar"): frozenset({"initiative", "document"}),
    ("responses", "programme"): frozenset({"programme"}),
    ("responses", "provider"): ACTOR,
    ("responses", "country"): COUNTRY,
    ("responses", "topic"): TOPIC,
    ("topics", "broader"): TOPIC,
    ("claims", "source"): SOURCE,
    **{(table, "sources"): SOURCE for table, columns in COLUMNS.items() if "sources" in columns},
}
"""Columns that hold ids, with the kinds of thing that they may point to."""

CODES: dict[tuple[str, str], frozenset[str]] = {
    key: frozenset(codes.split())
    for key, codes in {
        ("sources", "kind"): "web-page press-release project-page report treaty legal-act dataset news",
        ("organisations", "type"): "intergovernmental eu-institution eu-agency ministry police prosecution "
        "intelligence border-agency customs government-agency ngo research secretariat forum company other",
        (
            "initiatives",
            "type",
        ): "process initiative convention network forum platform pillar strategy agreement",
        ("memberships", "role"): "member contracting-party observer partner associate lead-partner "
        "support-group-member chair secretariat-host donor signatory",
        ("programmes", "type"): "programme project action twinning trust-fund",
        ("funding", "kind"): "commitment budget disbursement expenditure pledge contribution co-financing",
        ("funding", "qualifier"): "exact up-to more-than about",
        ("funding", "cumulative"): "yes",
        ("funding", "scope"): "security all-sectors",
        ("funding", "measure"): "obligation appropriation request spending",
        ("events", "type"): "ministerial board expert technical working-group conference network-meeting "
        "training summit steering-committee study-visit operation other",
        ("events", "status"): "announced held postponed cancelled unknown",
        ("documents", "type"): "plan-of-action convention agreement terms-of-reference council-conclusions "
        "declaration report strategy roadmap",
        ("needs", "basis"): "independent project-aim",
        ("needs", "objective"): "anticipate protect prevent respond",
        ("names", "type"): "official short former alias translation",
    }.items()
}
"""Columns with a closed list of values."""

REQUIRED: dict[str, frozenset[str]] = {
    table: frozenset(columns.split())
    for table, columns in {
        "sources": "id title url kind",
        "organisations": "id name type sources",
        "initiatives": "id name type sources",
        "memberships": "id body member role sources",
        "programmes": "id name type sources",
        "funding": "id kind sources",
        "instruments": "id name sources",
        "events": "id name type status sources",
        "series": "id name sources",
        "editions": "event series number sources",
        "people": "id name sources",
        "documents": "id title type sources",
        "needs": "id need basis sources",
        "responses": "id need sources",
        "topics": "id label sources",
        "jurisdictions": "code name sources",
        "names": "kind id name type sources",
        "claims": "kind id column value source",
        "cells": "kind id column sources",
        "redirects": "kind old new reason",
    }.items()
}

DATES: frozenset[tuple[str, str]] = frozenset(
    (table, column)
    for table, columns in {
        "sources": "published accessed",
        "organisations": "founded dissolved",
        "initiatives": "launched ended",
        "memberships": "from to",
        "programmes": "start end",
        "funding": "as_of",
        "instruments": "start end",
        "events": "start end",
        "people": "from to",
        "documents": "adopted",
        "names": "from to",
    }.items()
    for column in columns.split()
)
PERIODS: frozenset[tuple[str, str]] = frozenset({("funding", "date"), ("events", "announced")})
ENDS: frozenset[str] = frozenset({"dissolved", "ended", "to", "end"})

UNCONTESTED: frozenset[str] = frozenset(
    {
        "name",
        "short_name",
        "title",
        "label",
        "aliases",
        "note",
        "role",
        "type",
        "region",
        "broader",
        "definition",
    }
)
"""Columns in which a second value is another wording or our own coding, not a dispute of sources."""

ONE_NAMESPACE: tuple[str, ...] = (
    "organisations",
    "initiatives",
    "programmes",
    "events",
    "documents",
    "instruments",
    "people",
)

ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
MEMBER_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*--(?:[A-Z]{2}|[a-z0-9]+(?:-[a-z0-9]+)*)--[a-z]+(?:-[a-z0-9]+)*")
COUNTRY_CODE = re.compile(r"[A-Z]{2}")
DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")
NUMBER = re.compile(r"\d+(\.\d+)?")


def items(cell: str) -> list[str]:
    """The values of a list cell, empty ones left out."""
    return [value for value in cell.split("|") if value]


def sort_key(table: str, row: dict[str, str]) -> tuple[str, ...]:
    """The key by which a table is sorted: its id, or all its columns."""
    return (row["id"],) if COLUMNS[table][0] == "id" else tuple(row[c] for c in COLUMNS[table])
