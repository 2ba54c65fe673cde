"""A small made-up network in the form of relations: a council, its initiative, meetings, money and people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from secgraph.relations import RELATIONS
from secgraph.values import Table
from secgraph.vocab import ID, NS, local

Rows = Mapping[str, Iterable[Mapping[str, str]]]


def iri(key: str) -> str:
    return ID + key


@dataclass
class MadeRelations:
    """Relations that hold made-up rows, under the columns that real ones have."""

    rows: dict[str, list[dict[str, str]]]

    def table(self, name: str) -> Table:
        columns = tuple(column.name for column in RELATIONS[name].columns)
        rows = self.rows.get(name, [])
        for row in rows:
            assert set(row) <= set(columns), (name, set(row) - set(columns))
        return Table(columns, tuple(tuple(row.get(column) for column in columns) for row in rows))


def thing(key: str, label: str, **more: str) -> dict[str, str]:
    kind, _, name = key.partition("/")
    known = {"iri": iri(key), "kind": kind, "id": name, "label": label, "sources": "handbook"}
    return {**known, "start_state": "unknown", "end_state": "unknown", **more}


def link(subject: str, name: str, target: str) -> dict[str, str]:
    return {"subject": iri(subject), "property": NS + name, "object": iri(target), "sources": "handbook"}


def member(body: str, name: str, role: str = "member", **more: str) -> dict[str, str]:
    key = f"{local(body)}--{local(name)}--{role}"
    known = {"iri": iri(f"membership/{key}"), "id": key, "body": iri(body), "member": iri(name), "role": role}
    return {**known, "sources": "handbook|news", "start_state": "unknown", "end_state": "unknown", **more}


def part(activity: str, who: str, role: str) -> dict[str, str]:
    key = f"{local(activity)}--{local(who)}--{role}"
    known = {"iri": iri(f"participation/{key}"), "activity": iri(activity), "participant": iri(who), "role": role}
    return {**known, "sources": "news"}


KNOWN = {"start_state": "known", "end_state": "known"}
MEETING = {"start": "2018-10-04", **KNOWN}


def made() -> MadeRelations:
    """Return the made-up network: 11 nodes, 2 topics, a tie of every layer."""
    things = [
        thing("jurisdiction/AA", "Aland"), thing("jurisdiction/BB", "Beland"),
        thing("initiative/pact", "Pact of the Plains", short_name="PACT", type="network"),
        thing("initiative/pillar", "Pillar on Prevention", type="pillar"),
        thing("organisation/council", "Council of the Plains", short_name="CoP", type="intergovernmental"),
        thing(
            "organisation/mi", "Ministry of Interior", short_name="MI", type="ministry",
            country=iri("jurisdiction/AA"),
        ),
        thing("programme/help", "Help for the Plains", type="project", start="2018", **KNOWN),
        thing("event/meet", "First meeting on prevention", type="expert", **MEETING),
        thing("instrument/fund", "Fund of the Plains"),
        thing("person/anna", "Anna Aal"),
        thing("document/plan", "Plan of action", type="plan-of-action"),
        thing("topic/prevention", "Prevention"), thing("topic/borders", "Borders"),
        thing("need/none", "A need is no node"),
    ]  # fmt: skip
    money = {"currency": "EUR", "sources": "ledger", **KNOWN}
    return MadeRelations({
        "things": things,
        "memberships": [
            member("initiative/pact", "jurisdiction/AA", start="2006-10", start_state="known", end_state="open"),
            member("initiative/pact", "jurisdiction/BB", "observer"),
            member("initiative/pact", "organisation/council", "secretariat-host"),
        ],
        "participations": [
            part("event/meet", "organisation/council", "organiser"), part("event/meet", "jurisdiction/AA", "host"),
            part("event/meet", "instrument/fund", "supporter"), part("event/meet", "jurisdiction/BB", "participant"),
            part("programme/help", "organisation/council", "implementing"),
            part("programme/help", "organisation/mi", "partner"),
            part("programme/help", "jurisdiction/AA", "beneficiary"),
            part("programme/help", "jurisdiction/BB", "funder"),
        ],
        "transactions": [
            {"iri": iri("transaction/t1"), "id": "t1", "kind": "commitment", "finances": iri("programme/help"),
             "providers": iri("jurisdiction/BB"), "receivers": iri("organisation/council"),
             "instrument": iri("instrument/fund"), "amount": "1250000.50", "qualifier": "up-to",
             "start": "2019", **money},
            {"iri": iri("transaction/t2"), "id": "t2", "kind": "disbursement", "providers": iri("jurisdiction/BB"),
             "receivers": iri("organisation/council"), "share": "40", **money},
        ],
        "budgets": [
            {"iri": iri("budget/b1"), "id": "b1", "kind": "budget", "finances": iri("programme/help"),
             "providers": iri("jurisdiction/BB"), **money},
        ],
        "occupancies": [
            {"iri": iri("occupancy/anna"), "id": "anna", "person": iri("person/anna"), "post": "Secretary",
             "organisation": iri("organisation/council"), "sources": "news", "start": "2017",
             "start_state": "known", "end_state": "unknown"},
        ],
        "links": [
            link("initiative/pillar", "partOf", "initiative/pact"),
            link("event/meet", "withinFramework", "initiative/pillar"),
            link("instrument/fund", "managedBy", "organisation/council"),
            link("document/plan", "adoptedBy", "initiative/pact"),
            link("event/meet", "topic", "topic/prevention"),
            link("topic/prevention", "broader", "topic/borders"),
        ],
        "events": [{"iri": iri("event/meet"), "id": "meet", **MEETING}],
        "programmes": [{"iri": iri("programme/help"), "id": "help", "start": "2018", **KNOWN}],
        "sources": [
            {"iri": iri("source/handbook"), "id": "handbook", "title": "Handbook", "publisher": "Council",
             "url": "https://example.org/handbook", "issued": "2017", "accessed": "2026-11-20"},
            {"iri": iri("source/news"), "id": "news", "title": "News", "publisher": "Council"},
            {"iri": iri("source/ledger"), "id": "ledger", "title": "Ledger", "url": "javascript:alert(1)"},
        ],
    })  # fmt: skip
