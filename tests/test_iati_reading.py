"""IATI files are read into records or refused with the reason: hand-written files, and a round trip of made-up ones."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from secgraph.records.iati import (
    NOBODY,
    Activity,
    ActivityDate,
    AidType,
    Budget,
    Condition,
    DocumentLink,
    Fault,
    Indicator,
    LeftOut,
    Location,
    Marker,
    OrganisationFile,
    Party,
    PlannedDisbursement,
    Related,
    Result,
    Share,
    Text,
    Transaction,
)
from secgraph.sources.iati import iati_files, read_file
from secgraph.sources.iati.faults import RULES
from secgraph.sources.iati.opening import Limits
from secgraph.sources.iati.reading import Item
from secgraph.sources.iati.seen import Seen
from secgraph.sources.iati.versions import SUPPORTED
from secgraph.values import ERROR, SEVERITIES
from tests.made_iati import activities, file_xml, no_lines, transaction_xml

HERE = Path(__file__).resolve().parent
CASES = HERE / "cases" / "iati"
BAD = HERE / "bad" / "iati"
TOLD_HERE = {"iati-gzip", "iati-limit", "iati-text"}
"""Rules whose bad input is made in this file: too large or no text."""

Row = tuple[str, str, str, str, str, str]


def faults(items: Iterable[Item]) -> list[Fault]:
    """Return the faults."""
    return [item for item in items if isinstance(item, Fault)]


def records(items: Iterable[Item]) -> list[Activity | OrganisationFile]:
    """Return what was kept."""
    return [item for item in items if isinstance(item, Activity | OrganisationFile)]


def only(path: Path, *, limits: Limits | None = None) -> Fault:
    """Return the one thing that a file gives: an error of the whole file."""
    (fault,) = read_file(path, limits=limits)
    assert isinstance(fault, Fault)
    assert (fault.severity, fault.element) == (ERROR, "")
    return fault


def expected() -> dict[str, list[Row]]:
    """Return what is to be said of each bad file: rule, severity, line, column, element, value."""
    found: dict[str, list[Row]] = {}
    with (BAD / "reading.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, strict=True))
    assert rows[0] == ["case", "rule", "severity", "line", "column", "element", "value"]
    for case, rule, severity, line, column, element, value in rows[1:]:
        found.setdefault(case, []).append((rule, severity, line, column, element, value))
    return found


EXPECTED = expected()


@pytest.mark.parametrize("case", sorted(path.stem for path in BAD.glob("*.xml")))
def test_a_bad_file_says_what_is_wrong_and_nothing_else(case: str) -> None:
    items = list(read_file(BAD / f"{case}.xml"))
    rows: list[Row] = [
        (one.rule, one.severity, str(one.line), str(one.column or ""), one.element, one.value) for one in faults(items)
    ]
    assert rows, case
    left = sum(isinstance(item, LeftOut) for item in items)
    rows.append(("kept", "", "", "", "", str(len(records(items)))))
    if left:
        rows.append(("left-out", "", "", "", "", str(left)))
    assert rows == EXPECTED[case]


def test_every_rule_has_a_bad_file_and_every_bad_file_is_told() -> None:
    assert set(EXPECTED) == {path.stem for path in BAD.glob("*.xml")}
    assert len(EXPECTED) == 75
    told = {row[0] for rows in EXPECTED.values() for row in rows} - {"kept", "left-out"}
    assert told | TOLD_HERE == set(RULES)
    assert not told & TOLD_HERE
    for severity, sentence in RULES.values():
        assert severity in SEVERITIES
        assert sentence.endswith(".")
    severities = {(row[0], row[1]) for rows in EXPECTED.values() for row in rows if row[0] in RULES}
    milder = {(rule, severity) for rule, severity in severities if severity != RULES[rule][0]}
    assert milder == {("iati-date-missing", "warning")}  # where the value date stands for a period


def test_all_of_an_activity_of_2_03_is_read() -> None:
    items = list(read_file(CASES / "activity-2.03.xml"))
    first, second = records(items)
    places = (Share("BA", "", Decimal(60)), Share("XK", "", Decimal(15), "Kosovo"))
    regions = (Share("89", "1", Decimal(25)),)
    sectors = (Share("15210", "1", Decimal(100)), Share("POLICE", "99", None, "Police"))
    reporting = Party("", "40", "XX-ORG", "Made-up Organisation")
    taker = Party("", "22", "XX-TAKER", "The Taker", "XX-TAKER-3")
    assert no_lines(first) == Activity(
        identifier="XX-ORG-1",
        line=0,
        version="2.03",
        hierarchy="2",
        reporting=reporting,
        titles=(Text("Police reform", "en"), Text("Réforme de la police", "fr")),
        descriptions=(Text("Nothing of this exists.", "en"), Text("Rien de cela n'existe.", "fr")),
        dates=(ActivityDate("1", "2019-01-01"), ActivityDate("2", "2019-02-01")),
        status="2",
        scope="4",
        parties=(
            Party("1", "10", "XX-GIVER", "The Giver", "XX-GIVER-7"),
            Party("4", "22", "", "A Small Society"),
        ),
        countries=places,
        regions=regions,
        sectors=sectors,
        markers=(Marker("1", "1", "2"),),
        collaboration="1",
        flow="10",
        finance="110",
        aid=(AidType("C01"), AidType("2", "2")),
        tied="5",
        budgets=(
            Budget("1", "1", "2019-01-01", "2019-12-31", Decimal("1000.50"), "EUR", "2019-01-02"),
            Budget("2", "2", "2019-01-01", "2019-12-31", Decimal(900), "USD", "2019-06-01"),
        ),
        planned=(PlannedDisbursement("1", "2020-01-01", "", Decimal(50), "EUR", "2020-01-01", reporting, taker),),
        transactions=(
            Transaction(
                "2", "T1", "2019-03-01", Decimal("250.25"), "USD", "2019-03-02", reporting, taker,
                (Text("First part", "en"),), places, regions, sectors, "50", "410", (AidType("B01"),), "4", True,
            ),
            Transaction(
                "1", "", "2019-04-01", Decimal(100), "EUR", "2019-04-01",
                Party("", "", "XX-GIVER", "", "XX-GIVER-7"), reporting,
                (), places, regions, sectors, "10", "110", (AidType("C01"), AidType("2", "2")), "5",
            ),
        ),
        related=(Related("1", "XX-ORG-0"),),
        conditions=(Condition("2", (Text("Half is done", "en"),)),),
        results=(
            Result("1", (Text("Officers trained", "en"),), (Indicator((Text("Number of officers", "en"),), "1"),)),
        ),
        documents=(
            DocumentLink(
                "https://example.org/plan.pdf", "application/pdf", (Text("Plan", "en"),), ("A02", "B01"), ("en",)
            ),
        ),
        locations=(Location("Sarajevo", "43.85", "18.41"),),
        currency="EUR",
        language="en",
    )  # fmt: skip
    assert isinstance(second, Activity)
    assert second.hierarchy == "1"
    assert second.titles == (Text("Реформа полиције", "sr-cyrl"),)
    (payment,) = second.transactions
    assert payment.provider == payment.receiver == NOBODY, "a secondary reporter is assumed to be neither end"
    assert (payment.own_places, payment.own_sectors) == (True, True)
    assert [share.code for share in payment.sectors] == ["15210", "152"]
    assert [(fault.rule, fault.line) for fault in faults(items)] == [("iati-negative", 108)]


def test_lines_are_those_of_the_file() -> None:
    first, second = records(read_file(CASES / "activity-2.03.xml"))
    assert isinstance(first, Activity)
    text = (CASES / "activity-2.03.xml").read_text(encoding="utf-8").splitlines()
    assert [one.line for one in (first, second)] == [n for n, line in enumerate(text, 1) if "<iati-activity " in line]
    assert [one.line for one in first.transactions] == [
        n for n, line in enumerate(text, 1) if "<transaction" in line and "transaction-" not in line
    ][:2]
    assert first.transactions[0].provider.line == 0, "an assumed provider is stated nowhere"


def test_codes_of_1_x_become_those_of_2_03() -> None:
    items = list(read_file(CASES / "activity-1.03.xml"))
    (one,) = records(items)
    assert isinstance(one, Activity)
    assert (one.version, one.hierarchy, one.reporting.type) == ("1.03", "1", "40")
    assert one.titles == (Text("Police reform", "en"), Text("Réforme de la police", "fr"))
    assert [(date.kind, date.date) for date in one.dates] == [
        ("1", "2010-01-01"), ("2", "2010-02-01"), ("3", "2010-12-31"),
    ]  # fmt: skip
    assert [party.role for party in one.parties] == ["1", "2", "3", "4"]
    assert [(share.code, share.name) for share in one.countries] == [("XK", "Kosovo (KO)")]
    assert [(share.code, share.vocabulary) for share in one.regions] == [("89", "1")]
    assert [(share.code, share.vocabulary) for share in one.sectors] == [
        ("15210", "1"), ("152", "2"), ("BC", "WB"), ("", "99"),
    ]  # fmt: skip
    assert [(budget.type, budget.currency) for budget in one.budgets] == [("1", "GBP"), ("2", "GBP")]
    received, paid = one.transactions
    assert (received.type, received.date, received.currency) == ("1", "2010-01-01", "EUR")
    assert (received.provider.activity_id, received.receiver.ref) == ("XX-GIVER-7", "XX-ORG")
    assert (paid.type, paid.date, paid.currency, paid.value_date) == ("3", "2010-02-03", "GBP", "2010-02-01")
    assert (paid.provider.ref, paid.receiver.name) == ("XX-ORG", "A Small Society")
    assert (paid.flow, paid.finance, paid.aid, paid.tied) == ("10", "110", (AidType("C01"),), "5")
    assert one.locations == (Location("Sarajevo", "43.85", "18.41", 64),)
    assert one.documents[0].languages == ("en",)
    assert (one.results[0].type, one.results[0].indicators[0].measure) == ("1", "1")
    assert one.conditions[0].texts == (Text("Half is done", "en"),)
    assert [fault.rule for fault in faults(items)] == ["3.4.1", "iati-country", "iati-code"]


@pytest.mark.parametrize(
    ("letters", "code"),
    # the codelist TransactionType of 1.05, and its table of 2.01
    [("IF", "1"), ("C", "2"), ("D", "3"), ("E", "4"), ("IR", "5"), ("LR", "6"), ("R", "7"), ("QP", "8"), ("QS", "9"),
     ("CG", "10")],
)  # fmt: skip
def test_each_letter_of_a_transaction(letters: str, code: str, tmp_path: Path) -> None:
    text = (CASES / "activity-1.03.xml").read_text(encoding="utf-8").replace('code="IF"', f'code="{letters}"')
    (tmp_path / "a.xml").write_text(text, encoding="utf-8")
    (one,) = records(read_file(tmp_path / "a.xml"))
    assert isinstance(one, Activity)
    assert one.transactions[0].type == code


def test_an_organisation_file() -> None:
    (one,) = read_file(CASES / "organisation-2.03.xml")
    assert isinstance(one, OrganisationFile)
    assert one.names == (Text("Made-up Organisation", "en"), Text("Organisation inventée", "fr"))
    rows = [
        (budget.kind, budget.status, str(budget.amount), budget.currency, budget.recipient.ref, budget.recipient.name)
        for budget in one.budgets
    ]
    assert rows == [
        ("total-budget", "2", "1000", "EUR", "", ""),
        ("recipient-org-budget", "1", "300", "USD", "XX-TAKER", "The Taker"),
        ("recipient-region-budget", "1", "200", "EUR", "89", ""),
        ("recipient-country-budget", "1", "100", "EUR", "BA", "Bosnia and Herzegovina"),
        ("total-expenditure", "1", "800", "EUR", "", ""),
    ]
    assert {(budget.start, budget.end) for budget in one.budgets[:4]} == {("2019-01-01", "2019-12-31")}
    assert [link.url for link in one.documents] == ["https://example.org/report.pdf"]


def test_contact_persons_are_never_read() -> None:
    for path in sorted(CASES.glob("*.xml")):
        assert "nobody@example.org" not in str(list(read_file(path)))
        assert "Nobody At All" not in str(list(read_file(path)))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(one=activities())
def test_what_is_written_is_read_again(one: Activity, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "round.xml"
    path.write_text(file_xml([one]), encoding="utf-8")
    items = list(read_file(path))
    errors = [fault for fault in faults(items) if fault.stops]
    assert errors == []
    assert [no_lines(record) for record in records(items)] == [no_lines(one)]


def test_the_round_trip_would_see_a_loss() -> None:
    (one, _) = records(read_file(CASES / "activity-2.03.xml"))
    assert isinstance(one, Activity)
    written = transaction_xml(one.transactions[0], one)
    assert '<flow-type code="50">' in written
    assert "<sector" not in written, "what is inherited is not written"


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(many=st.lists(activities(), min_size=1, max_size=7), parts=st.integers(1, 4))
def test_parts_are_the_whole(many: list[Activity], parts: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "parts.xml"
    path.write_text(file_xml([*many, many[0]]), encoding="utf-8")
    whole = list(read_file(path))
    shared = [item for k in range(parts) for item in read_file(path, part=(k, parts))]
    assert sorted(map(repr, shared)) == sorted(map(repr, whole))
    assert sum(isinstance(item, LeftOut) and item.cause == "duplicate" for item in whole) >= 1


@pytest.mark.parametrize("case", ["not-well-formed", "version-3.0", "circle-of-two", "empty", "version-missing-in-1.x"])
def test_what_a_whole_file_has_is_told_by_the_first_part_alone(case: str) -> None:
    assert faults(read_file(BAD / f"{case}.xml", part=(0, 2)))
    assert faults(read_file(BAD / f"{case}.xml", part=(1, 2))) == []


class Nothing:
    """A scope to which nothing belongs but one."""

    def reason(self, activity: Activity) -> str:
        """Return why an activity does not belong."""
        return "" if activity.identifier == "XX-ORG-2" else "it is not the second"


def test_what_is_out_of_scope_is_counted() -> None:
    items = list(read_file(CASES / "activity-2.03.xml", scope=Nothing()))
    assert [item for item in items if isinstance(item, LeftOut)] == [
        LeftOut("scope", "it is not the second", "XX-ORG-1", 4, 2)
    ]
    assert [one.identifier for one in records(items)] == ["XX-ORG-2"]


def test_what_is_left_out_for_a_fault_has_its_transactions_counted() -> None:
    (left,) = [item for item in read_file(BAD / "currency-unknown.xml") if isinstance(item, LeftOut)]
    assert (left.cause, left.transactions) == ("fault", 2)
    assert left.reason.startswith("iati-currency: ")
    (left,) = [item for item in read_file(BAD / "duplicate.xml") if isinstance(item, LeftOut)]
    assert (left.cause, left.identifier, left.line, left.transactions) == ("duplicate", "XX-ORG-1", 34, 1)
    assert "line 2 already" in left.reason


def test_the_sum_of_percentages_is_shown() -> None:
    (fault,) = faults(read_file(BAD / "countries-of-120-percent.xml"))
    assert fault.message == "the percentages add up to 120, not 100"


def test_an_unknown_version_names_those_that_are_known() -> None:
    for case in ("version-1.06", "version-3.0", "version-missing-in-2.x"):
        assert ", ".join(SUPPORTED) in only(BAD / f"{case}.xml").hint


def test_a_folder_is_read_in_order(tmp_path: Path) -> None:
    for name in ("b.xml", "a.xml.gz", "c.txt", ".d.xml", "below/e.gz"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    names = [str(path.relative_to(tmp_path)) for path in iati_files(tmp_path)]
    assert names == ["a.xml.gz", "b.xml", "below/e.gz"]
    assert iati_files(tmp_path / "c.txt") == [tmp_path / "c.txt"], "what is named is taken"


def test_parents_in_a_chain_are_no_circle() -> None:
    seen = Seen()
    for at in range(200):
        seen.is_part(f"a{at}", f"a{at + 1}", at)
    assert seen.circles() == []
    seen.close()
    seen = Seen()
    for part, whole in (("a", "b"), ("b", "c"), ("c", "a"), ("x", "a"), ("c", "d"), ("d", "c")):
        seen.is_part(part, whole, ord(part))
    assert [circle for _line, circle in seen.circles()] == [["a", "b", "c"], ["c", "d"]]
    seen.close()
