"""The questions of the catalogue: their answers against the tables read by other means."""

from __future__ import annotations

import csv
import itertools
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from secgraph import lookup, resources
from secgraph.mapping import quads, statements
from secgraph.protocols import ReadStore
from secgraph.queries import Catalogue, Query
from secgraph.sources.tables import read_tables
from secgraph.store import OxigraphStore
from secgraph.values import XSD, Literal, Object, Table, text
from secgraph.vocab import ID, thing
from tests.conftest import BUNDLED, SMALL, Opened

CATALOGUE = Catalogue.load(resources.queries_dir())
NAMES = CATALOGUE.names()
ASKED = """
events-of-organisation events-in-country events-by-topic events-around participants-of-event editions-of-series
who-funds-whom programmes-by-topic-and-beneficiary programmes-active-on money-by-instrument funders-of-programme
members-of-body memberships-of-actor pillars-of-initiative secretariat-hosts chairs-over-time documents-of-body
needs-by-pillar responses-to-need unanswered-needs organisers-by-topic co-attendance overlapping-events
overlapping-programmes funders-never-met event-programme-funding country-profile evidence-of-entity contested-facts
oldest-sources learned-since counts-by-class-and-year outside-identifiers facts-of-thing
names-over-time people-in-office programmes-of-organisation events-not-held memberships-to-check topic-coverage
""".split()


def ask(store: ReadStore, name: str, **given: str) -> Table:
    """Ask a question as a person does: ids and names as text."""
    query = CATALOGUE.get(name)
    return store.select(query.bind(query.arguments(given, lambda kinds, name: lookup.resolve(store, name, kinds))))


def rows(table: str, folder: Path = BUNDLED) -> list[dict[str, str]]:
    """Read a table by the csv module alone."""
    with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def cell(value: str) -> list[str]:
    return [item for item in value.split("|") if item]


def bounds(value: str) -> tuple[str, str]:
    """Return the earliest and the latest day that a date may mean."""
    if len(value) == 4:
        return f"{value}-01-01", f"{value}-12-31"
    if len(value) == 7:
        year, month = int(value[:4]), int(value[5:])
        last = (date(year + month // 12, month % 12 + 1, 1).toordinal()) - 1
        return f"{value}-01", date.fromordinal(last).isoformat()
    return value, value


def as_of(start: str, end: str, day: str) -> str:
    """Return certain, possible or '' (excluded), by the rule of the design, told here a second time."""
    if start and bounds(start)[0] > day:
        return ""
    if end and end != ".." and bounds(end)[1] < day:
        return ""
    begun = bool(start) and bounds(start)[1] <= day
    goes_on = end == ".." or (bool(end) and bounds(end)[0] >= day)
    return "certain" if begun and goes_on else "possible"


def narrower(topic: str) -> set[str]:
    found = {topic}
    while True:
        more = {row["id"] for row in rows("topics") if found & set(cell(row["broader"]))} - found
        if not more:
            return found
        found |= more


def test_the_catalogue_holds_what_was_asked_for() -> None:
    assert sorted(ASKED) == NAMES
    assert len(CATALOGUE) == len(list(CATALOGUE)) >= 40
    assert "members-of-body" in CATALOGUE


@pytest.mark.parametrize("name", NAMES)
def test_a_head_tells_a_person_what_to_give(name: str) -> None:
    query = CATALOGUE.get(name)
    assert query.summary
    assert query.description.endswith(".")
    assert query.tags
    for parameter in query.parameters:
        assert parameter.help
        assert bool(parameter.default) == parameter.required
        assert parameter.example
        assert parameter.takes


@pytest.mark.parametrize("name", NAMES)
def test_defaults_give_rows_with_each_column_bound(name: str, bundled: Opened) -> None:
    found = ask(bundled.store, name)
    assert found.columns == CATALOGUE.get(name).columns
    assert found.rows
    empty = [column for at, column in enumerate(found.columns) if all(row[at] is None for row in found.rows)]
    assert empty == []
    assert len(set(found.rows)) == len(found.rows)


@pytest.fixture(scope="module")
def reversed_store(bundled: Opened) -> OxigraphStore:
    """The same default graph, filled in the other direction."""
    return OxigraphStore.in_memory(reversed(list(bundled.store.quads(""))))


@pytest.mark.parametrize("name", NAMES)
def test_the_order_of_rows_is_total(name: str, bundled: Opened, reversed_store: OxigraphStore) -> None:
    assert ask(bundled.store, name) == ask(reversed_store, name)


# Answers known from outside: from the tables by the csv module, or from what a source says.


def test_the_parties_of_the_police_cooperation_convention(bundled: Opened) -> None:
    # As its secretariat lists them: Greece is no party, Croatia acceded on 2019-02-15.
    parties = "AL AT BA BG HU MD ME MK RO RS SI".split()
    for name in ("pcc-see", "PCC SEE", "Police Cooperation Convention for Southeast Europe"):
        found = ask(bundled.store, "members-of-body", body=name, date="2018-10-01", role="contracting-party")
        assert sorted(found.column("member_id")) == parties
    later = ask(bundled.store, "members-of-body", body="pcc-see", date="2019-02-15", role="contracting-party")
    assert sorted(later.column("member_id")) == sorted([*parties, "HR"])


@pytest.mark.parametrize("day", ["2009-01-01", "2018-10-01", "2024-06-30"])
def test_memberships_follow_the_rule_of_dates(day: str, bundled: Opened) -> None:
    expected = {
        row["id"]: state
        for row in rows("memberships")
        if row["member"] == "RS" and (state := as_of(row["from"], row["to"], day))
    }
    found = ask(bundled.store, "memberships-of-actor", actor="RS", date=day)
    assert dict(zip(found.column("membership_id"), found.column("certainty"), strict=True)) == expected
    assert expected


def test_programmes_follow_the_rule_of_dates(bundled: Opened) -> None:
    expected = {
        row["id"]: state for row in rows("programmes") if (state := as_of(row["start"], row["end"], "2021-06-30"))
    }
    found = ask(bundled.store, "programmes-active-on", date="2021-06-30")
    assert dict(zip(found.column("programme_id"), found.column("certainty"), strict=True)) == expected


def test_events_in_a_country(bundled: Opened) -> None:
    expected = {row["id"]: len(cell(row["sources"])) for row in rows("events") if "SI" in cell(row["country"])}
    found = ask(bundled.store, "events-in-country", country="Slovenia")
    assert dict(zip(found.column("event_id"), found.column("sources"), strict=True)) == expected


def test_events_in_a_period(bundled: Opened) -> None:
    since, until = "2018-09-13", "2018-12-31"
    expected = {}
    for row in rows("events"):
        if "MK" not in cell(row["country"]):
            continue
        first, last = (bounds(row["start"]) if row["start"] else ("", "")), row["end"] or row["start"]
        end = bounds(last) if last else ("", "")
        if (end[1] and end[1] < since) or (first[0] and first[0] > until):
            continue
        sure = bool(end[0]) and end[0] >= since and bool(first[1]) and first[1] <= until
        expected[row["id"]] = "certain" if sure else "possible"
    found = ask(bundled.store, "events-in-country", country="MK", since=since, until=until)
    assert dict(zip(found.column("event_id"), found.column("certainty"), strict=True)) == expected
    assert set(expected.values()) == {"certain", "possible"}


def test_events_on_a_topic_and_those_below_it(bundled: Opened) -> None:
    topics = narrower("serious-organised-crime")
    assert len(topics) > 5
    expected = sorted(row["id"] for row in rows("events") if topics & set(cell(row["topics"])))
    found = ask(bundled.store, "events-by-topic", topic="serious-organised-crime")
    assert sorted(found.column("event_id")) == expected


@pytest.mark.parametrize(
    ("role", "column"), [("organiser", "organisers"), ("host", "hosts"), ("participant", "participants")]
)
def test_events_of_an_organisation_by_role(role: str, column: str, bundled: Opened) -> None:
    expected = sorted(row["id"] for row in rows("events") if "rcc" in cell(row[column]))
    found = ask(bundled.store, "events-of-organisation", organisation="RCC", role=role)
    assert sorted(found.column("event_id")) == expected
    assert expected


def test_participants_of_an_event(bundled: Opened) -> None:
    event = next(row for row in rows("events") if row["id"] == "2018-09-security-migration-conference-vienna")
    columns = {"organisers": "organiser", "hosts": "host", "supporters": "supporter", "participants": "participant"}
    expected = {(name, role) for column, role in columns.items() for name in cell(event[column])}
    people = {row["person"] or row["id"] for row in rows("people") if event["id"] in cell(row["event"])}
    found = ask(bundled.store, "participants-of-event", event=event["id"])
    told = set(zip(found.column("participant_id"), found.column("role"), strict=True))
    assert {pair for pair in told if pair[1] in columns.values()} == expected
    assert {name for name, role in told if role not in columns.values()} == people


def test_editions_of_a_series(bundled: Opened) -> None:
    name = Counter(row["series"] for row in rows("editions")).most_common(1)[0][0]
    expected = sorted((row["event"], row["number"]) for row in rows("editions") if row["series"] == name)
    found = ask(bundled.store, "editions-of-series", series=name)
    told = zip(found.column("event_id"), (text(row[1]) for row in found.rows), strict=True)
    assert sorted(told) == expected


def test_money_rows_are_listed_once_and_never_summed(bundled: Opened) -> None:
    funding = rows("funding")
    found = ask(bundled.store, "who-funds-whom")
    assert sorted(found.column("money_id")) == sorted(row["id"] for row in funding)
    amounts = {row["id"]: row["amount"] for row in funding}
    for row in found.dicts():
        printed = amounts[row["money_id"]]
        assert row["amount"] == (Decimal(printed) if printed else None)
    parts = {row["id"]: " | ".join(sorted(cell(row["part_of"]))) for row in funding if row["part_of"]}
    assert {row["money_id"]: row["part_of"] for row in found.dicts() if row["part_of"]} == parts
    assert parts


def test_money_of_one_funder_to_one_recipient(bundled: Opened) -> None:
    pairs = Counter(
        pair for row in rows("funding") for pair in itertools.product(cell(row["funder"]), cell(row["recipient"]))
    )
    (funder, recipient), number = pairs.most_common(1)[0]
    found = ask(bundled.store, "who-funds-whom", funder=funder, recipient=recipient)
    assert len(found) == number


def test_money_by_instrument(bundled: Opened) -> None:
    expected = sorted(row["id"] for row in rows("funding") if "ipa-ii" in cell(row["instrument"]) + cell(row["funder"]))
    assert sorted(ask(bundled.store, "money-by-instrument", instrument="IPA II").column("money_id")) == expected


def test_funders_of_a_programme_and_its_parts(bundled: Opened) -> None:
    programmes = rows("programmes")
    inside = {"horizontal-facility"}
    while more := {row["id"] for row in programmes if inside & set(cell(row["part_of"]))} - inside:
        inside |= more
    expected = sorted(row["id"] for row in rows("funding") if row["programme"] in inside)
    found = ask(bundled.store, "funders-of-programme", programme="horizontal-facility")
    assert sorted(name for name in found.column("money_id") if name) == expected
    told = {(row["programme"], name) for row in rows("funding") for name in cell(row["funder"])}
    silent = {(row["id"], name) for row in programmes if row["id"] in inside for name in cell(row["funders"])} - told
    assert sum(name is None for name in found.column("money_id")) == len(silent)


def test_programmes_by_topic_and_beneficiary(bundled: Opened) -> None:
    topics = narrower("cybercrime")
    expected = sorted(
        row["id"]
        for row in rows("programmes")
        if topics & set(cell(row["topics"])) and "ME" in cell(row["beneficiaries"])
    )
    found = ask(bundled.store, "programmes-by-topic-and-beneficiary", topic="cybercrime", beneficiary="Montenegro")
    assert sorted(found.column("programme_id")) == expected
    assert expected
    everything = ask(bundled.store, "programmes-by-topic-and-beneficiary")
    assert sorted(everything.column("programme_id")) == sorted(row["id"] for row in rows("programmes"))


def test_needs_and_their_answers(bundled: Opened) -> None:
    answered = Counter(name for row in rows("responses") for name in cell(row["need"]))
    found = ask(bundled.store, "unanswered-needs")
    assert sorted(found.column("need_id")) == sorted(row["id"] for row in rows("needs") if row["id"] not in answered)
    only = ask(bundled.store, "unanswered-needs", basis="independent")
    assert set(only.column("basis")) == {"independent"}
    pillar = ask(bundled.store, "needs-by-pillar", pillar="WBCSCi")
    expected = {row["id"]: answered[row["id"]] for row in rows("needs") if "wbcsci" in cell(row["pillar"])}
    assert dict(zip(pillar.column("need_id"), pillar.column("responses"), strict=True)) == expected
    need = answered.most_common(1)[0][0]
    told = ask(bundled.store, "responses-to-need", need=need)
    assert set(told.column("response_id")) == {row["id"] for row in rows("responses") if need in cell(row["need"])}


def test_documents_of_a_body(bundled: Opened) -> None:
    expected = {(row["id"], "adopted by") for row in rows("documents") if "iisg" in cell(row["adopted_by"])}
    expected |= {(row["id"], "concerns") for row in rows("documents") if "iisg" in cell(row["concerns"])}
    found = ask(bundled.store, "documents-of-body", body="IISG")
    assert set(zip(found.column("document_id"), found.column("relation"), strict=True)) == expected


def test_chairs_and_hosts_over_time(bundled: Opened) -> None:
    expected = Counter(
        (row["member"], row["from"], row["to"])
        for row in rows("memberships")
        if row["body"] == "pcc-see" and row["role"] == "chair"
    )
    found = ask(bundled.store, "chairs-over-time", body="pcc-see")
    assert Counter((text(row[5]), text(row[2]), text(row[3])) for row in found.rows) == expected
    hosts = ask(bundled.store, "secretariat-hosts", body="IISG")
    # The Secretariat was hosted by DCAF Ljubljana from 2017-09-08 and by the RCC from 2020-04-01.
    dated = [(text(row[6]), text(row[3])) for row in hosts.rows if text(row[2]) == "dated row"]
    assert dated == [("dcaf-ljubljana", "2017-09-08"), ("rcc", "2020-04-01")]


def test_organisers_on_a_topic_are_counted_by_event(bundled: Opened) -> None:
    topics = narrower("firearms")
    counts = Counter(
        name
        for row in rows("events")
        if topics & set(cell(row["topics"])) and row["status"] != "cancelled"
        for name in set(cell(row["organisers"]) + cell(row["hosts"]))
    )
    found = ask(bundled.store, "organisers-by-topic", topic="firearms")
    assert dict(zip(found.column("organiser_id"), found.column("events"), strict=True)) == dict(counts)


def attendance() -> dict[str, set[str]]:
    return {
        row["id"]: {name for column in ("organisers", "hosts", "participants") for name in cell(row[column])}
        for row in rows("events")
    }


def test_co_attendance_weighs_each_event_by_its_size(bundled: Opened) -> None:
    pairs: dict[tuple[str, str], list[float]] = defaultdict(list)
    for who in attendance().values():
        for pair in itertools.combinations(sorted(who), 2):
            pairs[pair].append(1 / (len(who) - 1))
    found = ask(bundled.store, "co-attendance", least="3")
    told = {tuple(sorted((row["a_id"], row["b_id"]))): row for row in found.dicts()}
    assert set(told) == {pair for pair, weights in pairs.items() if len(weights) >= 3}
    for pair, row in told.items():
        assert row["events"] == len(pairs[pair])
        assert float(row["weight"]) == pytest.approx(sum(pairs[pair]), abs=0.0006)


def test_events_that_overlap(bundled: Opened) -> None:
    topical = [row for row in rows("events") if "migration" in cell(row["topics"]) and row["start"]]
    who = {
        row["id"]: {
            name for column in ("organisers", "hosts", "supporters", "participants") for name in cell(row[column])
        }
        for row in topical
    }
    expected = set()
    for one, two in itertools.combinations(topical, 2):
        days = [date.fromisoformat(bounds(row["start"])[0]) for row in (one, two)]
        inside = one["id"] in cell(two["part_of"]) or two["id"] in cell(one["part_of"])
        if abs((days[0] - days[1]).days) <= 30 and len(who[one["id"]] & who[two["id"]]) >= 3 and not inside:
            expected.add(frozenset((one["id"], two["id"])))
    found = ask(bundled.store, "overlapping-events", topic="migration", days="30", shared="3")
    assert {frozenset((row["event_a_id"], row["event_b_id"])) for row in found.dicts()} == expected
    assert len(found) == len(expected) > 5


def test_events_around_a_day(bundled: Opened) -> None:
    day = date(2022, 1, 1)
    expected = {}
    for row in rows("events"):
        announced = [bounds(part)[0] for period in cell(row["announced"]) for part in period.split("/")]
        first = bounds(row["start"])[0] if row["start"] else min(announced, default="")
        if first and abs((date.fromisoformat(first) - day).days) <= 60:
            expected[row["id"]] = (date.fromisoformat(first) - day).days
    found = ask(bundled.store, "events-around", date="2022-01-01", days="60")
    assert dict(zip(found.column("event_id"), found.column("days"), strict=True)) == expected


def test_programmes_that_overlap_have_other_funders(bundled: Opened) -> None:
    programmes = {row["id"]: row for row in rows("programmes")}
    payers = {name: set(cell(row["funders"])) for name, row in programmes.items()}
    for row in rows("funding"):
        if row["programme"]:
            payers[row["programme"]] |= set(cell(row["funder"]))
    expected = set()
    for one, two in itertools.combinations(
        [row for row in programmes.values() if "cybercrime" in cell(row["topics"])], 2
    ):
        ids = one["id"], two["id"]
        if not all(payers[name] for name in ids) or payers[ids[0]] & payers[ids[1]]:
            continue
        if not set(cell(one["beneficiaries"])) & set(cell(two["beneficiaries"])):
            continue
        if ids[0] in cell(two["part_of"]) or ids[1] in cell(one["part_of"]):
            continue
        begins = [bounds(row["start"])[0] if row["start"] else "" for row in (one, two)]
        ends = [bounds(row["end"])[1] if row["end"] not in ("", "..") else "9999" for row in (one, two)]
        if begins[0] <= ends[1] and begins[1] <= ends[0]:
            expected.add(frozenset(ids))
    found = ask(bundled.store, "overlapping-programmes", topic="cybercrime")
    assert {frozenset((row["programme_a_id"], row["programme_b_id"])) for row in found.dicts()} == expected
    assert expected


def test_funders_that_never_met(bundled: Opened) -> None:
    firearms = {row["id"]: set(cell(row["funders"])) for row in rows("programmes") if "firearms" in cell(row["topics"])}
    for row in rows("funding"):
        if row["programme"] in firearms:
            firearms[row["programme"]] |= set(cell(row["funder"]))
    seen: dict[str, set[str]] = defaultdict(set)
    for row in rows("events"):
        for column in ("organisers", "hosts", "supporters", "participants"):
            for name in cell(row[column]):
                seen[name].add(row["id"])
    funders = sorted({name for names in firearms.values() for name in names if name in seen})
    expected = {frozenset(pair) for pair in itertools.combinations(funders, 2) if not seen[pair[0]] & seen[pair[1]]}
    found = ask(bundled.store, "funders-never-met", topic="firearms")
    assert {frozenset((row["funder_a_id"], row["funder_b_id"])) for row in found.dicts()} == expected
    assert expected


def test_counts_are_those_of_the_tables(bundled: Opened) -> None:
    found = ask(bundled.store, "counts-by-class-and-year")
    totals: Counter[str] = Counter()
    for row in found.dicts():
        totals[row["class"]] += row["count"]
    tables = {
        "Organisation": "organisations", "Initiative": "initiatives", "Membership": "memberships", "Event": "events",
        "Programme": "programmes", "Document": "documents", "Need": "needs", "Response": "responses",
        "Occupancy": "people", "Source": "sources", "Claim": "claims", "Name": "names",
    }  # fmt: skip
    assert {name: totals[name] for name in tables} == {name: len(rows(table)) for name, table in tables.items()}
    in_2018 = sum(row["start"].startswith("2018") for row in rows("events"))
    assert [row["count"] for row in found.dicts() if (row["class"], row["year"]) == ("Event", "2018")] == [in_2018]


def test_contested_facts_are_the_claims(bundled: Opened) -> None:
    found = ask(bundled.store, "contested-facts")
    told = Counter((row["column"], row["source_id"]) for row in found.dicts())
    assert told == Counter((row["column"], row["source"]) for row in rows("claims"))


def test_identifiers_are_those_that_the_tables_print(bundled: Opened) -> None:
    printed = {
        (row["id"], identifier)
        for table in ("organisations", "topics")
        for row in rows(table)
        for identifier in cell(row["identifiers"])
    }
    found = ask(bundled.store, "outside-identifiers")
    told = {(row["id"], f"{row['scheme']}:{row['identifier']}") for row in found.dicts() if row["match"] == "printed"}
    assert told == printed


def test_names_over_time(bundled: Opened) -> None:
    expected = Counter((row["id"], row["name"]) for row in rows("names"))
    found = ask(bundled.store, "names-over-time")
    assert Counter((row["id"], row["name"]) for row in found.dicts()) == expected


def test_memberships_to_check_are_those_with_old_sources(bundled: Opened) -> None:
    published = {row["id"]: bounds(row["published"])[1] for row in rows("sources") if row["published"]}
    expected = set()
    for row in rows("memberships"):
        days = [published[name] for name in cell(row["sources"]) if name in published]
        if days and max(days) < "2018-01-01" and row["to"] in ("", ".."):
            expected.add(row["id"])
    found = ask(bundled.store, "memberships-to-check", before="2018-01-01")
    assert set(found.column("membership_id")) == expected


# The same fact told by three sources counts once.


def mapped(folder: Path) -> OxigraphStore:
    return OxigraphStore.in_memory(quads(statements(read_tables(folder).records)))


@pytest.fixture(scope="module")
def told_once(tmp_path_factory: pytest.TempPathFactory) -> OxigraphStore:
    """The small dataset, each row with one source."""
    return mapped(_with_sources(tmp_path_factory.mktemp("once"), lambda sources: sources[:1]))


@pytest.fixture(scope="module")
def told_thrice(tmp_path_factory: pytest.TempPathFactory) -> OxigraphStore:
    """The same rows, each with its one source and two copies of that."""

    def thrice(sources: list[str]) -> list[str]:
        return [f"{name}{more}" for name in sources[:1] for more in ("", "-copy", "-print")]

    return mapped(_with_sources(tmp_path_factory.mktemp("thrice"), thrice))


_CHAIR = {"id": "tide-talks--UY--chair", "body": "tide-talks", "member": "UY", "role": "chair", "from": "2011"}
_GUARD = {
    "id": "shell-guard", "name": "Shell Guard", "type": "project", "start": "2019", "topics": "smuggling",
    "beneficiaries": "is-mi", "funders": "old-beacon",
}  # fmt: skip
MORE: dict[str, list[dict[str, str]]] = {
    "memberships": [dict(_CHAIR, sources="src-chronicle")],
    "programmes": [dict(_GUARD, sources="src-project")],
}
"""Rows that the small dataset lacks for some questions: a chair, and a programme that overlaps another."""


def _with_sources(folder: Path, choose: Callable[[list[str]], list[str]]) -> Path:
    for path in SMALL.glob("*.csv"):
        table = rows(path.stem, SMALL)
        if path.stem in ("cells", "claims"):
            table = []
        table += [dict(row) for row in MORE.get(path.stem, [])]
        for row in table:
            if "sources" in row:
                row["sources"] = "|".join(choose(cell(row["sources"])))
        if path.stem == "sources":
            table += [dict(row, id=row["id"] + more) for row in table for more in ("-copy", "-print")]
        with (folder / path.name).open("w", encoding="utf-8", newline="") as file:
            head = path.read_text(encoding="utf-8").split("\n", 1)[0].split(",")
            writer = csv.DictWriter(file, head, lineterminator="\n")
            writer.writeheader()
            writer.writerows(table)
    (folder / "dataset.toml").write_text(
        '[dataset]\nid = "small"\ntitle = "Small"\ndescription = "Made up"\npublisher = "Nobody"\nlicence = "CC0-1.0"\n'
        'region = "Nowhere"\n'
    )
    return folder


SOURCES_THEMSELVES = {"evidence-of-entity", "oldest-sources", "contested-facts"}
"""The questions whose rows are sources or claims; the first two list each source of a fact."""
OFTEN = {"sources", "published_by"}


def fitting(query: Query, store: ReadStore) -> dict[str, Object]:
    """Return parameters of a query that give rows on a small store."""
    things = [str(row[0]) for row in store.select("SELECT DISTINCT ?s WHERE { ?s ?p ?o } ORDER BY ?s").rows]
    choices: list[list[Object]] = []
    needed = [parameter for parameter in query.parameters if parameter.required]
    for parameter in needed:
        if parameter.kind == "iri":
            choices.append(
                [name for name in things if name.startswith(tuple(ID + kind + "/" for kind in parameter.kinds))]
            )
        elif parameter.kind == "date":
            choices.append([Literal(day, XSD + "date") for day in ("2018-10-01", "2016-06-01", "2022-01-01")])
        else:
            choices.append([Literal(number, XSD + "integer") for number in ("1", "9999")])
    for values in itertools.product(*choices):
        given = {parameter.name: value for parameter, value in zip(needed, values, strict=True)}
        if store.select(query.bind(given)).rows:
            return given
    return {}


@pytest.mark.parametrize("name", sorted(set(NAMES) - SOURCES_THEMSELVES))
def test_a_fact_told_by_three_sources_counts_once(
    name: str, told_once: OxigraphStore, told_thrice: OxigraphStore
) -> None:
    query = CATALOGUE.get(name)
    chosen = fitting(query, told_once)
    once, thrice = (told.select(query.bind(chosen)) for told in (told_once, told_thrice))
    kept = [at for at, column in enumerate(once.columns) if column not in OFTEN]

    def facts(table: Table) -> list[tuple[Any, ...]]:
        return sorted(
            tuple(text(row[at]) for at in kept)
            for row in table.rows
            if name != "counts-by-class-and-year" or text(row[0]) != "Source"
        )

    assert once.rows
    assert facts(once) == facts(thrice)
    if "sources" in once.columns:
        assert [3 * number for number in once.column("sources")] == thrice.column("sources")


def test_three_sources_stand_behind_each_value(told_thrice: OxigraphStore) -> None:
    found = lookup.why(told_thrice, thing("event", "2018-10-lighthouse-board"), "city")
    assert found.column("source_id") == ["src-minutes", "src-minutes-copy", "src-minutes-print"]
    assert set(found.column("stated_by")) == {"3 of 3"}
    evidence = ask(told_thrice, "evidence-of-entity", thing="2018-10-lighthouse-board")
    assert len(evidence) == 3 * len({row["source_id"].split("-")[1] for row in evidence.dicts()})


def test_an_optional_parameter_may_be_left_empty(bundled: Opened) -> None:
    assert ask(bundled.store, "members-of-body", role="") == ask(bundled.store, "members-of-body")
