"""Finding, resolving, cards and reasons: on the bundled dataset and on the small made-up one."""

from __future__ import annotations

import csv

import pytest

from secgraph import lookup
from secgraph.errors import AmbiguousError, NotFoundError, QueryError
from secgraph.lookup.ask import ask
from secgraph.lookup.names import fold
from secgraph.mapping import quads, statements
from secgraph.sources.tables import read_tables
from secgraph.store import OxigraphStore
from secgraph.values import Literal, Quad, Statement, Table, text
from secgraph.vocab import DCT, ID, RDFS, kind_of, local, sg, thing
from tests.conftest import BUNDLED, SMALL, Opened

KINDS = (
    "organisation initiative jurisdiction territory person post occupancy membership event series edition "
    "participation programme transaction budget instrument need response document topic name claim source"
).split()


@pytest.fixture(scope="module")
def facts() -> list[Statement]:
    return list(statements(read_tables(SMALL).records))


@pytest.fixture(scope="module")
def small(facts: list[Statement]) -> OxigraphStore:
    return OxigraphStore.in_memory(quads(facts))


@pytest.fixture(scope="module")
def evidence(facts: list[Statement]) -> Table:
    """What the relation `evidence` of a release holds."""
    rows = set()
    for fact in facts:
        value = fact.object.value if isinstance(fact.object, Literal) else fact.object
        cell = (fact.table, fact.row_id, fact.column)
        rows |= {(fact.subject, fact.predicate, value, local(source), *cell) for source in fact.sources}
    return Table(("subject", "property", "value", "source", "table", "row", "column"), tuple(sorted(rows)))


def first(table: Table) -> dict[str, str]:
    return {name: text(cell) for name, cell in zip(table.columns, table.rows[0], strict=True)}


def column(table: Table, name: str) -> list[str]:
    at = table.columns.index(name)
    return [text(row[at]) for row in table.rows]


def labelled(*names: tuple[str, str]) -> OxigraphStore:
    """Return a store of things that have nothing but an id (`kind/id`) and a name."""
    made = []
    for key, label in names:
        made += [
            Quad(ID + key, DCT + "identifier", Literal(local(key))),
            Quad(ID + key, RDFS + "label", Literal(label)),
        ]
    return OxigraphStore.in_memory(made)


# Names


@pytest.mark.parametrize(
    ("typed", "identifier", "matched", "note"),
    [
        ("coral-institute", "coral-institute", "coral-institute", "id"),
        ("CORAL INSTITUTE", "coral-institute", "coral-institute", "id"),
        ("ci", "coral-institute", "CI", "short name"),
        ("korallen institut", "coral-institute", "Korallen-Institut", "alias"),
        ("institut korala", "coral-institute", "Institut Korala", "alias"),
        ("coral laboratory", "coral-institute", "Coral Laboratory", "former name until 2005-06 (en)"),
        ("lower shore", "NZ", "Lower Shore", "former name until 2010 (en)"),
        ("coral-lab", "coral-institute", "coral-lab", "merged into coral-institute"),
        ("reseau des phares", "lighthouse-network", "Réseau des phares", "alias"),
        ("zeno nullovic", "zeno-null", "Zeno Nullović", "name"),
        ("nz", "NZ", "NZ", "id"),
        ("foghorn: warning", "foghorn", "Foghorn: warning ships in fog", "name"),
        ("network light", "lighthouse-network", "Lighthouse Network", "name"),
        ("lighthose netwrk", "lighthouse-network", "Lighthouse Network", "name"),
        ("foghorn-bells-commitment", "foghorn-bells-commitment", "foghorn-bells-commitment", "id"),
        ("lighthouse-network--IS--member", "lighthouse-network--IS--member", "lighthouse-network--IS--member", "id"),
        ("src-atlas", "src-atlas", "src-atlas", "id"),
    ],
)
def test_a_thing_is_found_by_any_of_its_names(
    small: OxigraphStore, typed: str, identifier: str, matched: str, note: str
) -> None:
    found = first(lookup.find(small, typed))
    assert (found["id"], found["matched"], found["note"]) == (identifier, matched, note)


def test_whole_beats_former_beats_beginning_beats_words_beats_likeness() -> None:
    store = labelled(
        ("organisation/reef", "Office of Tides"),
        ("initiative/office", "Reef"),
        ("organisation/reef-watch", "Reef watch"),
        ("event/meeting", "Meeting on the reef"),
        ("programme/rief", "Rief"),
    )
    found = lookup.find(store, "reef")
    assert column(found, "id") == ["reef", "office", "reef-watch", "meeting"]
    assert column(found, "score") == ["100", "95", "80", "70"]
    assert column(lookup.find(store, "Offise of Tidez"), "id") == ["reef"]


def test_letters_and_scripts_make_no_difference() -> None:
    store = labelled(("person/a", "Ђорђе Шиљак"), ("person/b", "Łukasz Øster"), ("person/c", "Ðorđe Čolić"))
    assert column(lookup.find(store, "dorde siljak"), "id") == ["a"]
    assert column(lookup.find(store, "LUKASZ OSTER"), "id") == ["b"]
    assert set(column(lookup.find(store, "Ђорђе"), "id")) == {"a", "c"}
    assert fold("İstanbul – Straße") == "istanbul strasse"


def test_kinds_and_limits_are_kept(small: OxigraphStore) -> None:
    assert set(column(lookup.find(small, "foghorn", ["source"]), "kind")) == {"source"}
    assert not lookup.find(small, "s").rows
    many = lookup.find(small, "sh", limit=2)
    assert len(many) == 2
    assert many.note.startswith("2 of ")
    assert not lookup.find(small, "?!").rows
    assert not lookup.find(small, "").rows
    assert "source" not in column(lookup.find(small, "chronicle"), "kind")


def test_a_release_is_found_by_acronyms_and_former_names(bundled: Opened) -> None:
    for typed, identifier in (
        ("PCC SEE", "pcc-see"),
        ("RCC", "rcc"),
        ("Geneva Centre for the Democratic Control of Armed Forces", "dcaf"),
        ("EASO", "euaa"),
        ("Macedonia", "MK"),
        ("Kosovo", "XK"),
        ("Haki Cako", "haki-cako"),
    ):
        assert first(lookup.find(bundled.store, typed))["id"] == identifier, typed


@pytest.mark.parametrize(
    ("typed", "kinds", "expected"),
    [
        ("PCC SEE", None, "initiative/pcc-see"),
        ("pcc-see", ("organisation", "initiative"), "initiative/pcc-see"),
        ("Police Cooperation Convention for Southeast Europe", ("organisation", "initiative"), "initiative/pcc-see"),
        ("Police Cooperation Convention for Southeast Europe", ("document",), "document/pcc-see-convention"),
        ("initiative/pcc-see", None, "initiative/pcc-see"),
        (thing("initiative", "pcc-see"), None, "initiative/pcc-see"),
        ("AL", None, "jurisdiction/AL"),
        ("al", None, "jurisdiction/AL"),
        ("albania", ("jurisdiction",), "jurisdiction/AL"),
        ("counter terrorism", ("topic",), "topic/counter-terrorism"),
        ("easo", ("organisation",), "organisation/euaa"),
        ("organisation/easo", None, "organisation/euaa"),
        ("pcc-see--AL--chair", None, "membership/pcc-see--AL--chair"),
        ("agron-sojati", None, "person/agron-sojati"),
        ("agron-sojati", ("occupancy",), "occupancy/agron-sojati"),
    ],
)
def test_names_and_ids_resolve(bundled: Opened, typed: str, kinds: tuple[str, ...] | None, expected: str) -> None:
    assert lookup.resolve(bundled.store, typed, kinds) == ID + expected


def test_a_name_of_two_things_is_ambiguous(bundled: Opened) -> None:
    with pytest.raises(AmbiguousError) as refused:
        lookup.resolve(bundled.store, "Police Cooperation Convention for Southeast Europe")
    assert refused.value.candidates == ("initiative/pcc-see", "document/pcc-see-convention")
    two = labelled(("organisation/twin", "Twin"), ("topic/twin", "Twin"), ("event/pair", "Pair"), ("need/pair", "Pair"))
    assert lookup.resolve(two, "twin") == thing("organisation", "twin")
    assert lookup.resolve(two, "Pair") == thing("event", "pair")
    three = labelled(("organisation/twin", "A"), ("event/twin", "B"))
    with pytest.raises(AmbiguousError, match="organisation/twin"):
        lookup.resolve(three, "twin")


@pytest.mark.parametrize("typed", ["pcc-sea", "initiative/pcc-sea", "no such thing at all", "x> } #", "", "ZZ"])
def test_what_is_not_there_is_said(bundled: Opened, typed: str) -> None:
    with pytest.raises(NotFoundError) as refused:
        lookup.resolve(bundled.store, typed, ["initiative"])
    assert refused.value.name == typed
    if "pcc" in typed:
        assert "initiative/pcc-see" in refused.value.candidates


def test_a_chain_of_merged_ids_ends_at_the_last() -> None:
    store = OxigraphStore.in_memory(
        [
            Quad(thing("event", "a"), DCT + "isReplacedBy", thing("event", "b")),
            Quad(thing("event", "b"), DCT + "isReplacedBy", thing("event", "c")),
            Quad(thing("event", "c"), DCT + "identifier", Literal("c")),
            Quad(thing("event", "c"), RDFS + "label", Literal("See")),
        ]
    )
    assert lookup.resolve(store, "event/a") == lookup.resolve(store, "a") == thing("event", "c")
    assert first(lookup.find(store, "a"))["note"] in ("merged into c", "id")


# Cards


def test_a_card_tells_what_the_tables_say_of_an_initiative(small: OxigraphStore) -> None:
    card = lookup.show(small, thing("initiative", "lighthouse-network"))
    assert (card.kind, card.id, card.title) == ("initiative", "lighthouse-network", "Lighthouse Network")
    about = [tuple(map(text, row)) for row in card.section("What it is").rows]
    for line in (
        ("class", "initiative"),
        ("dates", "2015-06-01 to open"),
        ("type", "network"),
        ("short name", "LN"),
        ("also known as", "Réseau des phares"),
        ("secretariat host", "Secretariat of the Lighthouse Network (lighthouse-secretariat)"),
        ("topic", "Safety at sea (sea-safety)"),
        ("website", "https://example.org/ln"),
    ):
        assert line in about
    members = card.section("Members")
    assert members.note == "contracting party 1, member 3, observer 1, secretariat host 1"
    told = {text(row[members.columns.index("row")]): row for row in members.rows}
    assert text(told["lighthouse-network--IS--member"][2]) == "2015-06-01 to open"
    assert text(told["lighthouse-network--NZ--contracting-party"][2]) == "2015-06-01 to unknown"
    assert text(told["lighthouse-network--BT--member-2"][3]) == "2021-02-10"
    assert column(card.section("Memberships"), "id") == ["tide-talks"]
    assert column(card.section("Initiatives part of it"), "id") == ["shell-pillar"]
    assert column(card.section("Events within it"), "id") == ["2018-10-lighthouse-board", "2016-04-lighthouse-board"]
    assert column(card.section("Series held by it"), "id") == ["lighthouse-board"]
    assert column(card.section("Needs under the pillar"), "id") == ["need-bells"]
    assert column(card.section("Documents adopted by it"), "id") == ["shell-plan"]
    with pytest.raises(NotFoundError):
        card.section("Money")


def test_a_card_of_an_event_tells_who_was_there(small: OxigraphStore) -> None:
    card = lookup.show(small, thing("event", "2018-10-lighthouse-board"))
    took_part = card.section("Who took part")
    assert took_part.note == "host 2, organiser 1, participant 5, supporter 1"
    assert set(column(card.section("People in office"), "office")) == {"Minister of Tides", "Head of the Secretariat"}
    assert first(card.section("Edition of")) == {"number": "2", "series": "Lighthouse Board", "id": "lighthouse-board"}
    assert column(card.section("Events part of it"), "id") == ["2018-10-shell-training"]
    contested = first(card.section("Contested values"))
    assert (contested["column"], contested["another_value"]) == ("start", "2018-10-16")
    money = first(card.section("Money"))
    assert (money["kind"], money["amount"], money["currency"], money["qualifier"]) == (
        "pledge",
        "50000",
        "USD",
        "up to",
    )
    assert money["funder"] == "First Shore | Second Shore"


def test_a_card_of_a_programme_lists_money_and_adds_nothing(small: OxigraphStore) -> None:
    money = lookup.show(small, thing("programme", "foghorn")).section("Money")
    assert "never added" in money.note
    told = {row["id"]: row for row in [dict(zip(money.columns, map(text, row), strict=True)) for row in money.rows]}
    assert told["foghorn-same"]["caution"] == "same sum as foghorn-commitment"
    assert told["foghorn-budget-2"]["caution"] == "revises foghorn-budget-1"
    assert told["foghorn-spent"]["caution"] == "cumulative as of 2019-12-31; spending"
    assert told["foghorn-contribution"]["caution"] == "share 10 %"
    assert told["foghorn-cofinancing"]["caution"] == "co-financing"
    assert told["foghorn-budget-1"]["dates"] == "2017-01-01 to 2020-12-31"
    part = lookup.show(small, thing("transaction", "foghorn-commitment")).section("Money")
    assert column(part, "side") == ["part of it", "same sum"]


def test_a_card_of_a_body_tells_names_and_people(small: OxigraphStore) -> None:
    card = lookup.show(small, thing("organisation", "coral-institute"))
    assert [tuple(map(text, row)) for row in card.section("Names over time").rows] == [
        ("Institut Korala", "hr", "translation", "unknown"),
        ("Coral Laboratory", "en", "former", "1998 to 2005-06"),
    ]
    secretariat = lookup.show(small, thing("organisation", "lighthouse-secretariat"))
    people = secretariat.section("People in office")
    assert column(people, "person") == ["Zeno Nullović", "Una Mirage"]
    assert column(people, "dates") == ["2018 to open", "2015-06-01 to 2017-12-31"]
    person = lookup.show(small, thing("person", "una-mirage"))
    assert column(person.section("Offices"), "office") == ["Minister of Tides", "Head of the Secretariat"]
    need = lookup.show(small, thing("need", "need-bells")).section("Responses")
    assert first(need)["programme"] == "Foghorn Bells | Foghorn: warning ships in fog"
    source = lookup.show(small, thing("source", "src-gazette"))
    assert "organisation 1" in source.section("What it tells of").note
    assert column(lookup.show(small, thing("series", "lighthouse-board")).section("Editions"), "number") == ["1", "2"]


@pytest.mark.parametrize("kind", KINDS)
def test_there_is_a_card_for_each_kind(kind: str, bundled: Opened) -> None:
    prefix = f"{ID}{kind}/"
    query = f'SELECT ?s WHERE {{ ?s a ?c . FILTER(STRSTARTS(STR(?s), "{prefix}")) }} ORDER BY ?s LIMIT 1'
    iri = str(bundled.store.select(query).rows[0][0])
    card = lookup.show(bundled.store, iri)
    assert (card.iri, card.kind) == (iri, kind_of(iri))
    assert card.title
    assert card.sections[0][0] == "What it is"
    for title, section in card.sections:
        assert section.rows, title
        assert len(section) <= 20 or title in ("What it is", "Members", "Memberships", "Who took part", "Sources"), (
            title
        )
        assert all("https://w3id.org" not in text(cell) for row in section.rows for cell in row), title


def test_a_card_of_a_country_caps_and_says_so(bundled: Opened) -> None:
    card = lookup.show(bundled.store, thing("jurisdiction", "AL"))
    events = card.section("Meetings and events")
    with (BUNDLED / "events.csv").open(encoding="utf-8", newline="") as file:
        names = "organisers hosts supporters participants".split()
        number = sum(row[name].split("|").count("AL") for row in csv.DictReader(file) for name in names)
    assert events.note.startswith(f"20 of {number}, the newest first; ")


def test_no_card_of_what_is_not_there(small: OxigraphStore) -> None:
    with pytest.raises(NotFoundError):
        lookup.show(small, thing("event", "nothing"))
    with pytest.raises(QueryError, match="is no IRI"):
        lookup.show(small, "x> } #")


# Reasons


def test_why_tells_the_cell_and_the_source_of_a_value(small: OxigraphStore, evidence: Table) -> None:
    found = lookup.why(small, thing("initiative", "shell-pillar"), "launched", evidence)
    assert first(found) == {
        "property": "start",
        "value": "2016",
        "state": "stated",
        "stated_by": "1 of 1",
        "source": "Minutes of the Lighthouse Board",
        "publisher": "Lighthouse Network",
        "published": "2018-10-20",
        "accessed": "2026-01-03",
        "address": "https://example.org/minutes",
        "table": "initiatives",
        "row": "shell-pillar",
        "column": "launched",
        "note": "",
        "source_id": "src-minutes",
    }
    assert found.note == "stated by the row's 1 source"


@pytest.mark.parametrize("name", ["start", sg("start")])
def test_why_takes_columns_properties_and_addresses(name: str, small: OxigraphStore, evidence: Table) -> None:
    iri = thing("event", "2018-10-lighthouse-board")
    found = lookup.why(small, iri, name, lambda _subjects: evidence)
    told = {row["source_id"]: row for row in found.dicts()}
    assert told["src-chronicle"]["value"] == "2018-10-16"
    assert told["src-chronicle"]["state"] == "contested"
    # What another source says instead is told once, as its claim, not as a statement of the row too.
    assert [row["state"] for row in found.dicts()].count("contested") == 1
    assert told["src-chronicle"]["note"] == "the chronicle counts the dinner"
    assert told["src-chronicle"]["table"] == "claims"
    assert told["src-minutes"]["value"] == "2018-10-17"
    assert told["src-minutes"]["state"] == "kept, contested"
    assert told["src-minutes"]["stated_by"] == "1 of 2"
    assert "src-chronicle" not in {row["source_id"] for row in found.dicts() if row["value"] == "2018-10-17"}


def test_why_of_a_list_names_each_item_and_who_says_it(small: OxigraphStore, evidence: Table) -> None:
    iri = thing("event", "2018-10-lighthouse-board")
    found = lookup.why(small, iri, "supporters", evidence)
    assert [(row["value"], row["stated_by"], row["column"]) for row in found.dicts()] == [
        ("Tidal Fund", "1 of 2", "supporters")
    ]
    hosts = lookup.why(small, iri, "hosts", evidence)
    assert {row["value"] for row in hosts.dicts()} == {"Second Shore", "Coral Institute"}
    assert lookup.why(small, iri, "hostedBy", evidence) == hosts
    implementers = lookup.why(small, thing("programme", "foghorn"), "implementers", evidence)
    told = {(row["value"], row["state"], row["source_id"]) for row in implementers.dicts()}
    assert ("Tidal Agency", "contested", "src-fund") in told
    assert ("Coral Institute", "kept, contested", "src-project") in told


def test_why_of_a_tie_and_of_a_sum(small: OxigraphStore, evidence: Table) -> None:
    tie = lookup.why(small, thing("membership", "lighthouse-network--BT--member"), "to", evidence)
    assert {(row["value"], row["state"]) for row in tie.dicts()} == {
        ("2018-05-31", "kept, contested"),
        ("2018-06", "contested"),
    }
    amount = lookup.why(small, thing("transaction", "foghorn-commitment"), "amount", evidence)
    assert {(row["value"], row["source_id"]) for row in amount.dicts()} == {
        ("1000000", "src-fund"),
        ("990000", "src-rumour"),
    }
    part = lookup.why(small, thing("participation", "2018-10-lighthouse-board--IS--participant"), None, evidence)
    assert {row["table"] for row in part.dicts()} == {"events"}


def test_why_without_evidence_says_that_the_cell_is_not_known(small: OxigraphStore) -> None:
    found = lookup.why(small, thing("organisation", "old-beacon"))
    assert {row["table"] for row in found.dicts()} == {"not known"}
    assert {"name", "country", "start", "end", "class"} <= set(column(found, "property"))
    assert not {"startEarliest", "endState"} & set(column(found, "property"))


def test_why_of_a_source_is_its_own_row(small: OxigraphStore) -> None:
    found = lookup.why(small, thing("source", "src-atlas"), "publisherName")
    assert (first(found)["value"], first(found)["table"]) == ("Imaginary Press", "sources")
    with pytest.raises(NotFoundError):
        lookup.why(small, thing("source", "src-atlas"), "amount")


def test_why_names_the_nearest_property(small: OxigraphStore) -> None:
    with pytest.raises(NotFoundError) as refused:
        lookup.why(small, thing("organisation", "old-beacon"), "countri")
    assert "country" in refused.value.candidates
    with pytest.raises(NotFoundError):
        lookup.why(small, thing("organisation", "nothing"))


def test_why_reads_the_relation_of_a_release(bundled: Opened) -> None:
    iri = lookup.resolve(bundled.store, "iisg")
    found = lookup.why(bundled.store, iri, "launched", bundled.relations.table("evidence"))
    kept = [row for row in found.dicts() if row["state"] == "kept, contested"]
    assert {(row["value"], row["table"], row["row"], row["column"]) for row in kept} == {
        ("2017-09-08", "initiatives", "iisg", "launched")
    }
    assert {row["value"] for row in found.dicts() if row["state"] == "contested"} == {"2015-12"}


def test_asking_reads_the_default_graph_alone(small: OxigraphStore) -> None:
    # A value that stands in three graphs is one value.
    query = "SELECT ?o WHERE {\n# bind ?_thing_iri\n?_thing_iri org:organization ?o }"
    found = ask(small, query, thing("membership", "lighthouse-network--BT--member"))
    assert found == [{"o": thing("initiative", "lighthouse-network")}]
