"""An activity becomes programme, parties, places and money; nobody is invented, and nothing is said twice."""

from __future__ import annotations

from decimal import Decimal

import pytest

from secgraph.mapping.activities import Known, Loaded, Reference, matched_topics, resolve, slug_of
from secgraph.mapping.iati import KINDS, organisation_statements, statements
from secgraph.records import CODES, IdentityRecord
from secgraph.records.iati import (
    Activity,
    ActivityDate,
    AidType,
    Budget,
    DocumentLink,
    Location,
    Marker,
    OrganisationBudget,
    OrganisationFile,
    Party,
    PlannedDisbursement,
    Related,
    Share,
    Text,
    Transaction,
)
from secgraph.values import LANG_STRING, XSD, Literal, Statement
from secgraph.vocab import DCT, FOAF, ID, RDF, RDFS, SKOS, sg

PROGRAMME = f"{ID}programme/src-fog--XX-1"
TIDAL = f"{ID}organisation/tidal-agency"


class Few:
    """Knows one body, by its identifier or its name."""

    def find(self, ref: str, name: str) -> str | None:
        return TIDAL if ref == "XX-0001" or name == "Tidal Agency" else None


KNOWN = Known(
    Few(), {"IS": f"{ID}jurisdiction/IS"}, {"XK": "Kosovo", "AL": "Albania"}, {"15210": (f"{ID}topic/sea-safety",)}
)


def said(**parts: object) -> list[Statement]:
    """Return what an activity with these parts says, without what every node has."""
    found, _references = statements(Activity("XX-1", 7, **parts), "src-fog", "fog.xml", KNOWN)  # type: ignore[arg-type]
    return found


def values(found: list[Statement], name: str, subject: str = PROGRAMME) -> list[object]:
    predicate = name if name.startswith("http") else sg(name)
    return [
        fact.object.value if isinstance(fact.object, Literal) else fact.object.removeprefix(ID)
        for fact in found
        if fact.subject == subject and fact.predicate == predicate
    ]


def test_every_statement_names_its_source_file_line_and_element() -> None:
    found = said(titles=(Text("Signals", "en"),), transactions=(transaction(line=31),))
    asserted = [fact for fact in found if fact.sources]
    assert {fact.sources for fact in asserted} == {(f"{ID}source/src-fog",)}
    assert {(fact.table, fact.row_id) for fact in found} == {("fog.xml", "line 7"), ("fog.xml", "line 31")}
    (amount,) = [fact for fact in found if fact.predicate == sg("amount")]
    assert (amount.row, amount.column) == (31, "transaction/value")
    # What follows from the file and nobody says: ids, sources, bounds, states.
    computed = {fact.predicate.rpartition("/")[2].rpartition("#")[2] for fact in found if not fact.sources}
    assert computed == {
        "identifier", "source", "startEarliest", "startLatest", "endEarliest", "endLatest", "startState", "endState",
    }  # fmt: skip


def test_titles_in_every_language_and_one_label() -> None:
    found = said(titles=(Text("Signali", "hr"), Text("Signals", "en"), Text("Signals", "")))
    assert values(found, RDFS + "label") == ["Signals"]
    assert values(found, SKOS + "altLabel") == ["Signali"]
    titles = [fact.object for fact in found if fact.predicate == DCT + "title"]
    assert titles == [Literal("Signali", LANG_STRING, "hr"), Literal("Signals", LANG_STRING, "en"), Literal("Signals")]
    assert values(said(), RDFS + "label") == ["XX-1"]
    assert values(said(titles=(Text("Signali", "hr"),)), RDFS + "label") == ["Signali"]


@pytest.mark.parametrize(
    ("dates", "start", "end"),
    [
        ((("1", "2019-01-01"), ("2", "2019-02-15"), ("3", "2021-12-31")), "2019-02-15", "2021-12-31"),
        ((("1", "2019-01-01"), ("3", "2021-12-31"), ("4", "2022-03-01")), "2019-01-01", "2022-03-01"),
        ((("2", "2019-02-15"), ("3", "2018-12-31")), "2019-02-15", None),
        ((("4", "2018-12-31"), ("3", "2020-01-01"), ("2", "2019-02-15")), "2019-02-15", "2020-01-01"),
        ((), None, None),
    ],
)
def test_actual_dates_before_planned_ones_and_no_end_before_the_start(
    dates: tuple[tuple[str, str], ...], start: str | None, end: str | None
) -> None:
    found = said(dates=tuple(ActivityDate(kind, date) for kind, date in dates))
    assert values(found, "start") == ([start] if start else [])
    assert values(found, "end") == ([end] if end else [])
    assert values(found, "endState") == [sg("known") if end else sg("unknown")]
    assert values(found, "plannedEnd") == [date for kind, date in dates if kind == "3"]
    if end:
        assert values(found, "endEarliest") == values(found, "endLatest") == [end]


def test_a_known_party_is_a_participant_and_another_stays_as_published() -> None:
    found = said(
        parties=(
            Party("1", "10", "XX-0001", "Tidal"), Party("1", "10", "", "Tidal Agency"),
            Party("4", "21", "XX-9", "Agency of the Fog"), Party("2", "21", "", "Friends of the Fog"),
            Party("", "21", "XX-7", "Without a role"), Party("4"),
        )
    )  # fmt: skip
    nodes = {fact.subject.removeprefix(ID) for fact in found if fact.object == sg("Participation")}
    # The body that is named twice in one role takes part once.
    assert nodes == {
        "participation/src-fog--XX-1--tidal-agency--funder", "participation/src-fog--XX-1--o3--implementing",
        "participation/src-fog--XX-1--o4--accountable",
    }  # fmt: skip
    third = f"{ID}participation/src-fog--XX-1--o3--implementing"
    assert values(found, "participantName", third) == ["Agency of the Fog"]
    assert values(found, "participantRef", third) == ["XX-9"]
    assert values(found, "participant", third) == []
    assert (
        values(found, "participant", f"{ID}participation/src-fog--XX-1--tidal-agency--funder")
        == ["organisation/tidal-agency"] * 2
    )
    assert not [fact for fact in found if fact.predicate == RDF + "type" and fact.object == sg("Organisation")]


def test_places_and_sectors_are_parts_of_the_whole() -> None:
    found = said(
        countries=(Share("IS", "", Decimal(60)), Share("AL", "", Decimal("39.50")), Share("KO", "", None, "Kosovo")),
        regions=(Share("89", "1", Decimal("0.5")), Share("R-1", "99", None, "The bay")),
        sectors=(Share("15210", "1", Decimal(100)), Share("FOG", "99", Decimal(100)), Share("152", "2", Decimal(100))),
    )
    shares = {
        tuple(
            (values(found, name, node) or [None])[0]
            for name in ("axis", "allocatedTo", "allocatedCode", "vocabulary", "percentage")
        )
        for node in {fact.subject for fact in found if fact.object == sg("Allocation")}
    }
    assert shares == {
        ("country", "jurisdiction/IS", "IS", None, "60"), ("country", "jurisdiction/AL", "AL", None, "39.5"),
        ("country", "jurisdiction/XK", "KO", None, None), ("region", "iati-region/89", "89", "1", "0.5"),
        ("region", None, "R-1", "99", None), ("sector", "iati-sector/15210", "15210", "1", "100"),
        ("sector", None, "FOG", "99", "100"), ("sector", "iati-sector/152", "152", "2", "100"),
    }  # fmt: skip
    beneficiaries = {fact.subject.removeprefix(ID) for fact in found if fact.predicate == sg("participant")}
    assert beneficiaries == {f"participation/src-fog--XX-1--{code}--beneficiary" for code in ("IS", "AL", "XK")}
    assert values(found, "topic") == ["topic/sea-safety"]
    # A country that the tables lack becomes one, by the name of the codelist; one that they have is left alone.
    assert values(found, RDFS + "label", f"{ID}jurisdiction/XK") == ["Kosovo"]
    assert values(found, RDFS + "label", f"{ID}jurisdiction/IS") == []
    assert not [fact for fact in found if fact.subject == f"{ID}jurisdiction/XK" and fact.sources]


def test_a_sector_of_another_list_has_no_topic_whatever_its_code() -> None:
    assert values(said(sectors=(Share("15210", "99", Decimal(100)),)), "topic") == []
    assert values(said(sectors=(Share("15210", "1", Decimal(100)),)), "topic") == ["topic/sea-safety"]


def test_markers_are_of_the_dac_and_pursued() -> None:
    markers = (
        Marker("1", "1", "2"),
        Marker("2", "", ""),
        Marker("3", "1", "0"),
        Marker("4", "99", "2"),
        Marker("5", "1", "1"),
    )
    found = values(said(markers=markers), "policyMarker")
    assert found == ["iati-policy-marker/1", "iati-policy-marker/2", "iati-policy-marker/5"]


def transaction(kind: str = "2", **parts: object) -> Transaction:
    known: dict[str, object] = {"ref": "", "date": "2019-02-15", "currency": "EUR", "value_date": "2019-02-16"}
    return Transaction(kind, amount=Decimal("900000.50"), **{**known, **parts})  # type: ignore[arg-type]


@pytest.mark.parametrize("code", sorted(KINDS))
def test_each_type_of_transaction_is_a_kind_of_money_of_its_class(code: str) -> None:
    found = said(transactions=(transaction(code),))
    node = f"{ID}transaction/src-fog--XX-1--t1"
    assert KINDS[code] in CODES["money-kind"]
    assert values(found, "moneyKind", node) == [f"money-kind/{KINDS[code]}"]
    classes = {"2": "Commitment", "3": "Disbursement", "4": "Expenditure", "12": "Pledge"}
    assert values(found, RDF + "type", node) == [sg(classes.get(code, "Transaction"))]


def test_a_transaction_with_all_that_it_can_say() -> None:
    row = transaction(
        provider=Party(ref="XX-0001", name="Tidal", activity_id="XX-1"),
        receiver=Party(ref="XX-9", name="Agency of the Fog", activity_id="XX-9-7"),
        descriptions=(Text("First", "en"),), flow="10", finance="110", aid=(AidType("C01"), AidType("x", "9")),
        tied="5", humanitarian=True, sectors=(Share("15130", "1"),), own_sectors=True, countries=(Share("IS"),),
    )  # fmt: skip
    found, references = statements(Activity("XX-1", 7, transactions=(row,)), "src-fog", "fog.xml", KNOWN)
    node = f"{ID}transaction/src-fog--XX-1--t1"
    assert values(found, "amount", node) == ["900000.5"]
    assert values(found, "currency", node) == ["currency/EUR"]
    assert values(found, "valueDate", node) == ["2019-02-16"]
    assert values(found, "start", node) == values(found, "end", node) == ["2019-02-15"]
    assert values(found, "provider", node) == ["organisation/tidal-agency"]
    assert values(found, "providerName", node) == values(found, "receiver", node) == []
    assert values(found, "receiverName", node) == ["Agency of the Fog"]
    assert values(found, "providerActivity", node) == ["programme/src-fog--XX-1"]
    assert values(found, "flowType", node) == ["iati-flow-type/10"]
    assert values(found, "aidType", node) == ["iati-aid-type/C01"]
    assert values(found, "humanitarian", node) == ["true"]
    (other,) = references
    assert (other.predicate, other.otherwise, other.identifier) == (
        sg("receiverActivity"), sg("receiverActivityId"), "XX-9-7",
    )  # fmt: skip
    # Its own sector is a part of it; the country that it inherits is the activity's.
    parts = {fact.subject for fact in found if fact.predicate == sg("allocationOf") and fact.object == node}
    assert [values(found, "allocatedCode", part) for part in parts] == [["15130"]]


def test_budgets_and_planned_payments() -> None:
    found = said(
        budgets=(
            Budget("1", "1", "2019-01-01", "2019-12-31", Decimal(10), "EUR", "2019-01-01"),
            Budget("2", "2", "2019-01-01", "2019-12-31", Decimal(12), "EUR", ""),
        ),
        planned=(PlannedDisbursement("2", "2020-01-01", "2019-01-01", Decimal(3), "EUR", "2020-01-01"),),
    )
    first, second, third = (f"{ID}budget/src-fog--XX-1--{at}" for at in ("b1", "b2", "p1"))
    assert values(found, "budgetType", first) == ["original"]
    assert values(found, "budgetStatus", first) == ["indicative"]
    assert values(found, "budgetType", second) == ["revised"]
    assert values(found, "valueDate", second) == []
    assert values(found, RDF + "type", third) == [sg("PlannedDisbursement")]
    assert values(found, "end", third) == []
    assert values(found, "endState", third) == [sg("unknown")]


def test_points_and_pages_are_kept_only_where_they_are_ones() -> None:
    found = said(
        locations=(Location("Port Mirage", "45.5", "-13.25"), Location("Nowhere", "45.5", "east"), Location("")),
        documents=(
            DocumentLink("https://example.org/fog?x=%20"), DocumentLink("https://example.org/a b"),
            DocumentLink("ftp://example.org/x"), DocumentLink('https://example.org/"'), DocumentLink("https://e/%zz"),
        ),
    )  # fmt: skip
    assert values(found, FOAF + "page") == ["https://example.org/fog?x=%20"]
    places = [f"{ID}location/src-fog--XX-1--l{at}" for at in (1, 2, 3)]
    assert [values(found, "longitude", place) for place in places] == [["-13.25"], [], []]
    assert [values(found, RDFS + "label", place) for place in places] == [["Port Mirage"], ["Nowhere"], []]


def test_an_organisation_s_sums_are_over_all_sectors() -> None:
    file = OrganisationFile(
        "XX-0001", 3, names=(Text("Tidal Agency"),),
        budgets=(
            OrganisationBudget("total-budget", "1", "2020-01-01", "2020-12-31", Decimal(9), "EUR", "", line=5),
            OrganisationBudget(
                "recipient-country-budget", "2", "2020-01-01", "2020-12-31", Decimal(4), "EUR", "",
                Party(ref="IS", name="First Shore"), "", 6,
            ),
            OrganisationBudget("total-expenditure", "", "2019-01-01", "2019-12-31", Decimal(8), "EUR", "", line=7),
        ),
    )  # fmt: skip
    found = organisation_statements(file, "src-fog", "org.xml", KNOWN)
    slug = f"{ID}budget/src-fog--XX-0001--o"
    for node in (f"{slug}1", f"{slug}2", f"{ID}transaction/src-fog--XX-0001--o3"):
        assert values(found, "scope", node) == ["scope/all-sectors"]
        assert values(found, "provider", node) == ["organisation/tidal-agency"]
        assert values(found, "finances", node) == []
    assert values(found, "allocatedTo", f"{ID}allocation/src-fog--XX-0001--o2--a1") == ["jurisdiction/IS"]


@pytest.mark.parametrize(
    "pair", [("XX/1", "XX_1"), ("XX 1", "XX_1"), ("a--t1", "a"), ("-a", "a"), ("a-", "a"), ("ä", "_")]
)
def test_two_identifiers_have_two_slugs_and_the_source_ends_at_the_first_double_hyphen(pair: tuple[str, str]) -> None:
    slugs = [slug_of("src-fog", identifier) for identifier in pair]
    assert slugs[0] != slugs[1]
    for slug in slugs:
        assert slug.count("--") == 1
        assert slug.partition("--")[0] == "src-fog"


def reference(subject: str, identifier: str, **parts: object) -> Reference:
    known: dict[str, object] = {"otherwise": "", "source": "src-fog", "file": "fog.xml", "line": 9, "element": "x"}
    return Reference(subject, sg("partOf"), identifier=identifier, **{**known, **parts})  # type: ignore[arg-type]


def test_a_reference_leads_to_its_own_file_first_then_to_its_source() -> None:
    near = [
        Loaded("bells.xml", "src-bells", "urn:other"), Loaded("more.xml", "src-fog", "urn:source"),
        Loaded("fog.xml", "src-fog", "urn:file"),
    ]  # fmt: skip
    for left, wanted in ((near, "urn:file"), (near[:2], "urn:source"), (near[:1], "urn:other")):
        found = resolve(reference("urn:a", "XX-2"), left)
        assert found is not None
        assert (found.subject, found.object) == ("urn:a", wanted)
    back = resolve(reference("urn:a", "XX-2", backwards=True), near)
    assert back is not None
    assert (back.subject, back.object) == ("urn:file", "urn:a")
    assert resolve(reference("urn:a", "XX-2"), []) is None
    kept = resolve(reference("urn:a", "XX-2", otherwise=sg("providerActivityId")), [])
    assert kept is not None
    assert (kept.predicate, kept.object) == (sg("providerActivityId"), Literal("XX-2", XSD + "string"))


def test_related_activities_are_parts_of_a_parent_only() -> None:
    related = (*(Related(kind, f"XX-{kind}", 4) for kind in "12345"), Related("1", "XX-1", 5))
    found, references = statements(Activity("XX-9", 7, related=related), "src-fog", "fog.xml", KNOWN)
    assert [(one.identifier, one.backwards) for one in references] == [("XX-1", False), ("XX-2", True), ("XX-1", False)]
    assert not [fact for fact in found if fact.predicate == sg("partOf")]
    _found, own = statements(Activity("XX-1", 7, related=related), "src-fog", "fog.xml", KNOWN)
    assert [one.identifier for one in own] == ["XX-2"]


def identity(predicate: str, target: str, modifier: str = "") -> IdentityRecord:
    return IdentityRecord.model_construct(
        row=2, subject_id=f"{ID}topic/sea-safety", predicate_id=predicate, predicate_modifier=modifier,
        object_id=target,
    )  # fmt: skip


def test_a_topic_is_matched_by_a_judgement_and_never_guessed() -> None:
    sector = "https://codelists.example.org/Sector/"
    rows = [
        identity("skos:exactMatch", f"{sector}15210"), identity("skos:narrowMatch", f"{sector}152"),
        identity("skos:broadMatch", f"{sector}151"), identity("skos:exactMatch", f"{sector}15130", "Not"),
        identity("skos:exactMatch", "https://example.org/15110"),
    ]  # fmt: skip
    assert matched_topics(rows) == {"15210": (f"{ID}topic/sea-safety",), "152": (f"{ID}topic/sea-safety",)}
