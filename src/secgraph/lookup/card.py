"""The card of one thing: what it is, its names over time, its ties, meetings, money, contested values and sources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from secgraph import vocab
from secgraph.errors import NotFoundError
from secgraph.lookup.ask import SOURCE, ask, named, period, table, words
from secgraph.protocols import ReadStore
from secgraph.values import Cell, Table
from secgraph.vocab import local, sg

CAP: Final = 20
"""The most rows of a long section; its note says how many there are."""


@dataclass(frozen=True)
class Card:
    """One thing on a page: its IRI, kind, id and title, and its sections, the empty ones left out."""

    iri: str
    kind: str
    id: str
    title: str
    sections: tuple[tuple[str, Table], ...]

    def section(self, title: str) -> Table:
        """Return one section.

        Raises:
            NotFoundError: the card has none of that title.
        """
        for name, content in self.sections:
            if name == title:
                return content
        raise NotFoundError("section", title, [name for name, _content in self.sections])


_ABOUT: Final = """
SELECT ?property ?value ?label ?id WHERE {
  # bind ?_thing_iri
  ?_thing_iri ?property ?value .
  OPTIONAL { ?value rdfs:label ?own }
  OPTIONAL {
    # The codes of IATI are told by name; a code of ours is a word itself.
    FILTER(STRSTARTS(STR(?value), "https://w3id.org/secgraph/id/iati-"))
    GRAPH <https://w3id.org/secgraph/graph/ontology> { ?value rdfs:label ?code }
  }
  OPTIONAL { ?value dct:identifier ?id }
  BIND(COALESCE(?own, ?code) AS ?label)
}
"""
_INCOMING: Final = """
SELECT ?other ?property ?label ?id ?start ?end ?startState ?endState ?day WHERE {
  # bind ?_thing_iri
  VALUES ?property {
    sg:partOf sg:withinFramework sg:parentOrganisation sg:secretariatHost sg:subEventOf sg:managedBy sg:seriesOf
    sg:country sg:topic skos:broader sg:pillar sg:adoptedBy sg:concerns sg:document
  }
  ?other ?property ?_thing_iri ; dct:identifier ?id .
  FILTER NOT EXISTS { ?other sg:respondsTo ?need }
  OPTIONAL { ?other rdfs:label ?label }
  OPTIONAL { ?other sg:start ?start }
  OPTIONAL { ?other sg:startEarliest ?day }
  OPTIONAL { ?other sg:end ?end }
  OPTIONAL { ?other sg:startState ?startState }
  OPTIONAL { ?other sg:endState ?endState }
}
"""
_NAMES: Final = """
SELECT ?name ?language ?type ?start ?end ?startState ?endState ?day WHERE {
  # bind ?_thing_iri
  ?node sg:nameOf ?_thing_iri ; rdfs:label ?name .
  BIND(LANG(?name) AS ?language)
  OPTIONAL { ?node sg:nameType ?type }
  OPTIONAL { ?node sg:start ?start }
  OPTIONAL { ?node sg:startEarliest ?day }
  OPTIONAL { ?node sg:end ?end }
  OPTIONAL { ?node sg:endState ?endState }
}
"""
_MEMBERS: Final = """
SELECT ?side ?other ?label ?id ?role ?start ?end ?startState ?endState ?attested ?row ?day WHERE {
  {
    # bind ?_thing_iri
    ?node org:organization ?_thing_iri ; org:member ?other . BIND("member" AS ?side)
  } UNION {
    # bind ?_thing_iri
    ?node org:member ?_thing_iri ; org:organization ?other . BIND("body" AS ?side)
  }
  ?node org:role ?role ; dct:identifier ?row .
  ?other rdfs:label ?label ; dct:identifier ?id .
  OPTIONAL { ?node sg:start ?start }
  OPTIONAL { ?node sg:startEarliest ?day }
  OPTIONAL { ?node sg:end ?end }
  OPTIONAL { ?node sg:startState ?startState }
  OPTIONAL { ?node sg:endState ?endState }
  OPTIONAL { ?node sg:lastAttested ?attested }
}
"""
_PARTS: Final = """
SELECT ?side ?other ?label ?id ?role ?start ?end ?startState ?endState ?attested ?status ?city ?day WHERE {
  {
    # bind ?_thing_iri
    ?node sg:participationIn ?_thing_iri ; sg:participant ?other ; sg:participationRole ?role .
    ?other rdfs:label ?label ; dct:identifier ?id .
    BIND("participant" AS ?side)
  } UNION {
    # bind ?_thing_iri
    ?node sg:participationIn ?_thing_iri ; sg:participationRole ?role .
    OPTIONAL { ?node sg:participantName ?name }
    OPTIONAL { ?node sg:participantRef ?ref }
    FILTER(BOUND(?name) || BOUND(?ref))
    BIND(CONCAT(COALESCE(?name, ?ref), " (not identified)") AS ?label)
    BIND(COALESCE(?ref, "") AS ?id)
    BIND("participant" AS ?side)
  } UNION {
    # bind ?_thing_iri
    ?node sg:participant ?_thing_iri ; sg:participationIn ?other ; sg:participationRole ?role .
    ?other rdfs:label ?label ; dct:identifier ?id .
    OPTIONAL { ?other sg:start ?start }
    OPTIONAL { ?other sg:startEarliest ?day }
    OPTIONAL { ?other sg:end ?end }
    OPTIONAL { ?other sg:startState ?startState }
    OPTIONAL { ?other sg:endState ?endState }
    OPTIONAL { ?other sg:lastAttested ?attested }
    OPTIONAL { ?other sg:eventStatus ?status }
    OPTIONAL { ?other sg:city ?city }
    BIND("activity" AS ?side)
  }
}
"""
_PEOPLE: Final = """
SELECT ?person ?personId ?office ?body ?bodyId ?event ?eventId ?start ?end ?startState ?endState ?attested ?day
WHERE {
  {
    # bind ?_thing_iri
    ?post org:postIn ?_thing_iri . ?node sg:post ?post .
  } UNION {
    # bind ?_thing_iri
    ?node sg:holder ?_thing_iri ; sg:post ?post .
  } UNION {
    # bind ?_thing_iri
    ?node sg:attestedAt ?_thing_iri ; sg:post ?post .
  } UNION {
    # bind ?_thing_iri
    ?node sg:post ?_thing_iri . BIND(?_thing_iri AS ?post)
  }
  ?node sg:holder ?holder .
  ?holder rdfs:label ?person ; dct:identifier ?personId .
  ?post rdfs:label ?office .
  OPTIONAL { ?post org:postIn ?bodyNode . ?bodyNode rdfs:label ?body ; dct:identifier ?bodyId }
  OPTIONAL { ?node sg:attestedAt ?at . ?at rdfs:label ?event ; dct:identifier ?eventId }
  OPTIONAL { ?node sg:start ?start }
  OPTIONAL { ?node sg:startEarliest ?day }
  OPTIONAL { ?node sg:end ?end }
  OPTIONAL { ?node sg:startState ?startState }
  OPTIONAL { ?node sg:endState ?endState }
  OPTIONAL { ?node sg:lastAttested ?attested }
}
"""
_MONEY: Final = """
SELECT ?row ?side ?id ?property ?value ?label WHERE {
  {
    # bind ?_thing_iri
    VALUES (?link ?side) {
      (sg:finances "for it") (sg:provider "from it") (sg:receiver "to it") (sg:instrument "under it")
      (sg:partOfTotal "part of it") (sg:fundedFrom "out of it") (sg:replaces "revises it") (sg:sameSumAs "same sum")
    }
    ?row ?link ?_thing_iri ; sg:moneyKind ?kind ; dct:identifier ?id .
  }
  VALUES ?property {
    sg:moneyKind sg:amount sg:currency sg:qualifier sg:share sg:start sg:end sg:endState sg:asOf sg:cumulative
    sg:partOfTotal sg:finances sg:provider sg:receiver sg:sameSumAs sg:replaces sg:scope sg:measure sg:coFinancing
    sg:providerName sg:receiverName
  }
  ?row ?property ?value .
  OPTIONAL { ?value rdfs:label ?label }
}
"""
_ALLOCATIONS: Final = """
SELECT ?axis ?name ?note ?code ?vocabulary ?percentage ?inScope WHERE {
  # bind ?_thing_iri
  ?node sg:allocationOf ?_thing_iri ; sg:axis ?axis .
  OPTIONAL { ?node sg:allocatedTo ?to . ?to rdfs:label ?name }
  OPTIONAL { ?node skos:note ?note }
  OPTIONAL { ?node sg:allocatedCode ?code }
  OPTIONAL { ?node sg:vocabulary ?vocabulary }
  OPTIONAL { ?node sg:percentage ?percentage }
  OPTIONAL { ?node sg:inScope ?inScope }
}
"""
_CONTEXT: Final = """
SELECT ?year ?sector ?amount ?currency ?measure ?sourceId WHERE {
  # bind ?_thing_iri
  ?figure sg:figureCountry ?_thing_iri ; sg:figureYear ?year ; sg:figureAmount ?amount ; sg:figureCurrency ?currency ;
    dct:source ?source .
  ?source dct:identifier ?sourceId .
  OPTIONAL { ?figure sg:figureSector ?sector }
  OPTIONAL { ?figure sg:figureMeasure ?measure }
}
"""
_RESPONSES: Final = """
SELECT ?id ?needLabel ?programme ?provider ?country WHERE {
  # bind ?_thing_iri
  VALUES ?link { sg:respondsTo sg:byProgramme sg:provider sg:pillar sg:country sg:topic }
  ?response ?link ?_thing_iri ; sg:respondsTo ?need ; dct:identifier ?id .
  ?need rdfs:label ?needLabel .
  OPTIONAL { ?response sg:byProgramme ?by . ?by rdfs:label ?programme }
  OPTIONAL { ?response sg:provider ?from . ?from rdfs:label ?provider }
  OPTIONAL { ?response sg:country ?in . ?in rdfs:label ?country }
}
"""
_EDITIONS: Final = """
SELECT ?other ?label ?id ?number ?start ?day WHERE {
  {
    # bind ?_thing_iri
    ?node sg:series ?_thing_iri ; sg:editionEvent ?other .
  } UNION {
    # bind ?_thing_iri
    ?node sg:editionEvent ?_thing_iri ; sg:series ?other .
  }
  ?other rdfs:label ?label ; dct:identifier ?id .
  OPTIONAL { ?node sg:number ?number }
  OPTIONAL { ?other sg:start ?start }
  OPTIONAL { ?other sg:startEarliest ?day }
}
"""
_CLAIMS: Final = """
SELECT ?column ?value ?label ?source ?sourceId ?note WHERE {
  # bind ?_thing_iri
  ?claim sg:aboutSubject ?_thing_iri ; sg:column ?column ; sg:claimedValue ?value ; dct:source ?from .
  ?from rdfs:label ?source ; dct:identifier ?sourceId .
  OPTIONAL { ?value rdfs:label ?label }
  OPTIONAL { ?claim skos:note ?note }
}
"""
_SOURCES: Final = """
SELECT ?title ?publisher ?published ?accessed ?address ?id WHERE {
  # bind ?_thing_iri
  ?_thing_iri dct:source ?source .
  # source
}
""".replace("# source", SOURCE.strip())
_SUPPORTS: Final = """
SELECT ?row ?id ?label WHERE {
  # bind ?_thing_iri
  ?row dct:source ?_thing_iri ; dct:identifier ?id .
  OPTIONAL { ?row rdfs:label ?label }
}
"""

_LEFT_OUT: Final = frozenset(
    [vocab.DCT + "source", vocab.DCT + "identifier", vocab.RDFS + "label", vocab.RDF + "type", vocab.SKOS + "prefLabel"]
    + [vocab.SKOS + "inScheme", vocab.OWL + "sameAs", vocab.ORG + "subOrganizationOf"]
    + [sg(name) for name in "start end startEarliest startLatest endEarliest endLatest startState endState".split()]
    + [sg(name) for name in "announcedEarliest announcedLatest publishedLatest territory".split()]
    # The shortcuts repeat, without dates, what the sections tell.
    + [sg(name) for name in "memberOf organisedBy hostedBy supportedBy attendedBy implementedBy fundedBy".split()]
    + [sg(name) for name in "benefits funds holdsPost editionOf answeredBy".split()]
)
_ORDER: Final = tuple(
    "organisationType initiativeType programmeType eventType eventStatus documentType moneyKind nameType sourceKind "
    "iatiIdentifier scopeLeast scopeMost "
    "hierarchy activityStatus activityScope collaborationType reporter reporterName reporterRef "
    "secondaryReporter plannedStart plannedEnd policyMarker "
    "shortName altLabel definition organization member role holder post postIn finances amount currency valueDate "
    "qualifier share coFinancing asOf cumulative budgetType budgetStatus provider providerName providerRef "
    "providerActivity providerActivityId receiver receiverName receiverRef receiverActivity receiverActivityId "
    "flowType financeType aidType tiedStatus humanitarian reference instrument partOfTotal fundedFrom replaces "
    "sameSumAs differentSumFrom scope measure announced city country region partOf withinFramework parentOrganisation "
    "secretariatHost seriesOf "
    "subEventOf managedBy broader topic pillar priority basis objective respondsTo byProgramme document adoptedBy "
    "concerns attestedAt homepage page publisherName issued accessed identifier exactMatch closeMatch relatedMatch "
    "labelProfile footnote inferredColumn lastAttested note".split()
)
_WORDS: Final = {
    "altLabel": "also known as", "homepage": "website", "page": "address", "issued": "published",
    "publisherName": "publisher", "organization": "body", "postIn": "body", "exactMatch": "same as",
    "closeMatch": "close to", "relatedMatch": "related to", "inferredColumn": "inferred, not stated",
    "identifier": "outside identifier", "organisationType": "type", "initiativeType": "type", "programmeType": "type",
    "eventType": "type", "eventStatus": "status", "documentType": "type", "moneyKind": "kind of money",
    "withinFramework": "within", "sameSumAs": "same sum as", "differentSumFrom": "another sum than",
    "scopeLeast": "in scope at the least, percent", "scopeMost": "in scope at the most, percent",
    "partOfTotal": "part of total", "asOf": "as of",
}  # fmt: skip
_CLASSES: Final = (
    "OrganisationalUnit Meeting Project Commitment Disbursement Expenditure Pledge Contribution Budget "
    "PlannedDisbursement Transaction Allocation Location Organisation "
    "Initiative Jurisdiction Person Post Occupancy Membership Event EventSeries Edition Participation Programme "
    "Instrument Need Response Document Topic Name Claim Source Territory"
).split()
"""The class that the card names, the narrower before the wider: inference adds the wider ones."""
_INCOMING_WORDS: Final = {
    "partOf": "part of it", "withinFramework": "within it", "parentOrganisation": "under it",
    "subEventOf": "part of it", "secretariatHost": "hosts the secretariat of", "managedBy": "managed by it",
    "seriesOf": "held by it",
    "country": "in the country", "topic": "on the topic", "broader": "narrower than it", "pillar": "under the pillar",
    "adoptedBy": "adopted by it", "concerns": "concerned with it", "document": "that hold it",
}  # fmt: skip
_PLURALS: Final = {"series": "series", "person": "people", "topic": "topics"}


def show(store: ReadStore, iri: str) -> Card:
    """Return the card of a thing of any kind.

    Raises:
        NotFoundError: the store knows no such thing.
    """
    about = ask(store, _ABOUT, iri)
    if not about:
        raise NotFoundError(vocab.kind_of(iri) or "thing", iri)
    first = {row["property"]: row for row in reversed(about)}
    identifier = first.get(vocab.DCT + "identifier", {}).get("value", local(iri))
    label = first.get(vocab.RDFS + "label", {}).get("value", "")
    kind = vocab.kind_of(iri)
    sections = [("What it is", _about(about))]
    for build in (_names, _people, _members, _parts, _editions, _incoming, _responses, _allocations, _money, _context):
        sections += build(store, iri)
    for build in (_contested, _supports, _sources):
        sections += build(store, iri)
    kept = tuple((title, content) for title, content in sections if content.rows)
    return Card(iri, kind, identifier, label or identifier, kept)


def _newest(rows: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    """Return rows, the newest first, those without a date last."""
    ordered = sorted(rows, key=lambda row: (row.get("label", ""), row.get("id", "")))
    return sorted(ordered, key=lambda row: row.get("day", ""), reverse=True)


def _capped(columns: str, rows: Sequence[Sequence[Cell]], note: str = "") -> Table:
    if len(rows) > CAP:
        shown = f"{CAP} of {len(rows)}, the newest first"
        note = f"{shown}; {note}" if note else shown
    return table(columns, rows[:CAP], note)


def _about(rows: Sequence[dict[str, str]]) -> Table:
    order = {name: at for at, name in enumerate(_ORDER)}
    types = {local(row["value"]) for row in rows if row["property"] == vocab.RDF + "type"}
    told: list[tuple[str, str]] = [("class", words(vocab.NS + name)) for name in _CLASSES if name in types][:1]
    values = {local(row["property"]): row["value"] for row in rows}
    dates = period(values)
    if dates:
        told.append(("dates", dates))
    seen: dict[tuple[int, str, str], None] = {}
    for row in rows:
        name = local(row["property"])
        if row["property"] in _LEFT_OUT or name not in order:
            continue
        shown = named(row["value"], row["label"])
        if row["label"] and row["id"] and row["value"].startswith(vocab.ID):
            shown = f"{row['label']} ({row['id']})"
        seen[order[name], _WORDS.get(name, words(row["property"])), shown] = None
    return table("property value", told + [(name, value) for _at, name, value in sorted(seen)])


def _names(store: ReadStore, iri: str) -> list[tuple[str, Table]]:
    rows = sorted(ask(store, _NAMES, iri), key=lambda row: (row["day"], row["name"]))
    told = [(row["name"], row["language"], words(row["type"]) if row["type"] else "", period(row)) for row in rows]
    return [("Names over time", table("name language type dates", told))]


def _people(store: ReadStore, iri: str) -> list[tuple[str, Table]]:
    offices: dict[tuple[str, ...], list[str]] = {}
    kind = vocab.kind_of(iri)
    for row in _newest(ask(store, _PEOPLE, iri)):
        who = () if kind == "person" else (row["person"], row["personId"])
        body = () if kind not in ("person", "event") else (row["body"],)
        key = (*who, row["office"], *body, period(row), row["attested"])
        offices.setdefault(key, [])
        if row["eventId"] and kind != "event":
            offices[key].append(row["eventId"])
    columns = ("" if kind == "person" else "person id ") + "office"
    columns += (" body" if kind in ("person", "event") else "") + " dates last_attested seen_at"
    told = [(*key, ", ".join(sorted(set(events)))) for key, events in offices.items()]
    return [("Offices" if kind == "person" else "People in office", table(columns, told))]


def _members(store: ReadStore, iri: str) -> list[tuple[str, Table]]:
    rows = ask(store, _MEMBERS, iri)
    sections = []
    for side, title in (("member", "Members"), ("body", "Memberships")):
        own = sorted(
            (row for row in rows if row["side"] == side),
            key=lambda row: (words(row["role"]), row["label"], row["day"], row["row"]),
        )
        told = [(row["label"], words(row["role"]), period(row), row["attested"], row["id"], row["row"]) for row in own]
        roles = Counter(words(row["role"]) for row in own)
        note = ", ".join(f"{role} {number}" for role, number in sorted(roles.items()))
        sections.append((title, table(f"{side} role dates last_attested id row", told, note)))
    return sections


def _parts(store: ReadStore, iri: str) -> list[tuple[str, Table]]:
    rows = ask(store, _PARTS, iri)
    inside = sorted(
        (row for row in rows if row["side"] == "participant"),
        key=lambda row: (words(row["role"]), row["label"], row["id"]),
    )
    sections = [
        (
            "Who took part",
            table("role participant kind id", [_participant(row) for row in inside], _by_role(inside)),
        )
    ]
    for kind, title, columns in (
        ("event", "Meetings and events", "date event role status city id"),
        ("programme", "Programmes", "dates programme role last_attested id"),
    ):
        own = _newest(row for row in rows if row["side"] == "activity" and vocab.kind_of(row["other"]) == kind)
        told = [
            (period(row), row["label"], words(row["role"]))
            + ((words(row["status"]), row["city"]) if kind == "event" else (row["attested"],))
            + (row["id"],)
            for row in own
        ]
        sections.append((title, _capped(columns, told, _by_role(own))))
    return sections


def _participant(row: dict[str, str]) -> tuple[str, ...]:
    return words(row["role"]), row["label"], vocab.kind_of(row["other"]) if row["other"] else "", row["id"]


def _by_role(rows: Sequence[dict[str, str]]) -> str:
    return ", ".join(f"{role} {number}" for role, number in sorted(Counter(words(row["role"]) for row in rows).items()))


def _editions(store: ReadStore, iri: str) -> list[tuple[str, Table]]:
    series = vocab.kind_of(iri) == "series"
    rows = sorted(ask(store, _EDITIONS, iri), key=lambda row: (int(row["number"] or 0), row["day"], row["id"]))
    told = [(row["number"], row["label"], row["start"] if series else "", row["id"]) for row in rows]
    return [("Editions" if series else "Edition of", table(f"number {'event' if series else 'series'} date id", told))]


def _incoming(store: ReadStore, iri: str) -> list[tuple[str, Table]]:
    groups: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in ask(store, _INCOMING, iri):
        groups.setdefault((vocab.kind_of(row["other"]), local(row["property"])), []).append(row)
    sections = []
    for (kind, name), rows in sorted(groups.items()):
        told = [(row["label"], period(row), row["id"]) for row in _newest(rows)]
        things = _PLURALS.get(kind, kind + "s").capitalize()
        title = f"{_INCOMING_WORDS[name]}"
        title = title.capitalize() if name == "secretariatHost" else f"{things} {title}"
        sections.append((title, _capped("name dates id", told)))
    return sections


def _responses(store: ReadStore, iri: str) -> list[tuple[str, Table]]:
    answers: dict[str, dict[str, set[str]]] = {}
    for row in ask(store, _RESPONSES, iri):
        cells = answers.setdefault(row["id"], {})
        for name in ("needLabel", "programme", "provider", "country"):
            cells.setdefault(name, set()).add(row[name])
    need = vocab.kind_of(iri) == "need"
    shown = ("needLabel", "programme", "provider", "country")[need:]
    told = [
        (*(" | ".join(sorted(cells[name])) for name in shown), identifier)
        for identifier, cells in sorted(answers.items())
    ]
    columns = ("" if need else "need ") + "programme provider country id"
    note = f"{CAP} of {len(told)}" if len(told) > CAP else ""
    return [("Responses", table(columns, told[:CAP], note))]


def _money(store: ReadStore, iri: str) -> list[tuple[str, Table]]:
    sums: dict[tuple[str, str], dict[str, set[str]]] = {}
    for row in ask(store, _MONEY, iri):
        values = sums.setdefault((row["side"], row["id"]), {})
        values.setdefault(local(row["property"]), set()).add(named(row["value"], row["label"]))
    told = []
    for (side, identifier), values in sums.items():
        cells = {name: " | ".join(sorted(found)) for name, found in values.items()}
        dates = period({**cells, "endState": vocab.NS + cells.get("endState", "")})
        caution = [
            f"part of {_ids(cells['partOfTotal'])}" if "partOfTotal" in cells else "",
            f"same sum as {_ids(cells['sameSumAs'])}" if "sameSumAs" in cells else "",
            f"revises {_ids(cells['replaces'])}" if "replaces" in cells else "",
            f"cumulative as of {cells.get('asOf', '?')}" if "cumulative" in cells else "",
            cells.get("scope", "").replace("security", ""),
            cells.get("measure", ""),
            f"share {cells['share']} %" if "share" in cells else "",
            "co-financing" if "coFinancing" in cells else "",
        ]
        told.append(
            (
                side,
                cells.get("moneyKind", ""),
                cells.get("amount", ""),
                cells.get("currency", ""),
                cells.get("qualifier", ""),
                "" if dates == "unknown" else dates,
                _party(cells, "provider"),
                _party(cells, "receiver"),
                cells.get("finances", ""),
                "; ".join(part for part in caution if part),
                identifier,
            )
        )
    told.sort(key=lambda row: (row[0], row[10]))
    columns = "side kind amount currency qualifier dates funder recipient for caution id"
    note = "kinds, currencies, totals and their parts are never added" if told else ""
    if len(told) > CAP:
        note = f"{CAP} of {len(told)}; {note}"
    return [("Money", table(columns, told[:CAP], note))]


def _party(cells: Mapping[str, str], side: str) -> str:
    """Return who gives or receives; a party that is a name only is said to be one."""
    name = cells.get(f"{side}Name")
    return " | ".join(part for part in (cells.get(side, ""), f"{name} (not identified)" if name else "") if part)


def _allocations(store: ReadStore, iri: str) -> list[tuple[str, Table]]:
    rows = {
        (
            row["axis"], row["name"] or row["note"], row["code"], row["vocabulary"], row["percentage"],
            "yes" if row["inScope"] else "",
        )
        for row in ask(store, _ALLOCATIONS, iri)
    }  # fmt: skip
    return [("Where it goes and what for", table("axis name code vocabulary percentage in_scope", sorted(rows)))]


def _context(store: ReadStore, iri: str) -> list[tuple[str, Table]]:
    rows = ask(store, _CONTEXT, iri)
    # Government, conflict and security first: there are hundreds of sectors.
    rows.sort(key=lambda row: (-int(row["year"]), not row["sector"].startswith("15"), row["sector"], row["sourceId"]))
    told = [
        (row["year"], row["sector"], row["amount"], local(row["currency"]), row["measure"], row["sourceId"])
        for row in rows
    ]
    note = "all that is given to the country, sector by sector; beside its money rows and in no total"
    columns = "year sector amount currency measure source_id"
    return [("Context, never added", _capped(columns, told, note) if told else table(columns, told))]


def _ids(names: str) -> str:
    return " | ".join(local(name) for name in names.split(" | "))


def _contested(store: ReadStore, iri: str) -> list[tuple[str, Table]]:
    rows = ask(store, _CLAIMS, iri)
    told = sorted(
        {
            (row["column"], named(row["value"], row["label"]), row["source"], row["sourceId"], row["note"])
            for row in rows
        }
    )
    return [("Contested values", table("column another_value source source_id note", told))]


def _supports(store: ReadStore, iri: str) -> list[tuple[str, Table]]:
    if vocab.kind_of(iri) != "source":
        return []
    rows = ask(store, _SUPPORTS, iri)
    counts = Counter(vocab.kind_of(row["row"]) for row in rows)
    told = sorted((vocab.kind_of(row["row"]), row["label"], row["id"]) for row in rows)
    note = ", ".join(f"{kind} {number}" for kind, number in sorted(counts.items()))
    if len(told) > CAP:
        note = f"{CAP} of {len(told)}; {note}"
    return [("What it tells of", table("kind name id", told[:CAP], note))]


def _sources(store: ReadStore, iri: str) -> list[tuple[str, Table]]:
    rows = sorted(ask(store, _SOURCES, iri), key=lambda row: (row["published"] or "9999", row["id"]))
    told = [
        (row["title"], row["publisher"], row["published"], row["accessed"], row["address"], row["id"]) for row in rows
    ]
    return [("Sources", table("title publisher published accessed address id", told))]
