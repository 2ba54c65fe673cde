"""Published IATI files as they are: each activity is kept or left out, and counts and sums are those of plain XPath."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

from lxml import etree

from secgraph.records.iati import Activity, Fault, LeftOut, OrganisationFile
from secgraph.sources.iati import read_file
from tests.conftest import SHARED, left_out

FILES = SHARED / "realdata" / "iati-activities"
EXAMPLES = SHARED / "realdata" / "iati-examples"
SUITE = SHARED / "suites" / "iati-schemas" / "tests"

# The codelist TransactionType of 1.0x, by letter and by the name that some files write, and its table of 2.01.
LETTERS = {
    "IF": "1", "C": "2", "D": "3", "E": "4", "IR": "5", "LR": "6", "R": "7", "QP": "8", "QS": "9", "CG": "10",
    "Commitment": "2", "Disbursement": "3",
}  # fmt: skip

REFUSED = {
    "globalfund.xml": {"iati-identifier": 7},
    "ingo-21020-1.01.xml": {"iati-value": 4, "8.6.3": 3},
    "ocha-haiti.xml": {"iati-identifier": 287},
    "undp-2.03-gabon-large-activity.xml": {"iati-structure": 1},
    "worldbank-sample.xml": {"iati-identifier": 16},
}
"""The files with activities that are left out, and the rule that each of those breaks first."""

Sums = dict[tuple[str, str], Decimal]


def by_xpath(activity: Any) -> tuple[int, Sums, int, dict[str, Decimal]]:
    """Return the count and sums of the transactions and budgets of an activity, as plain XPath tells them."""
    default = activity.xpath("string(@default-currency)")
    paid: Sums = defaultdict(Decimal)
    planned: dict[str, Decimal] = defaultdict(Decimal)
    for one in activity.xpath("transaction"):
        code = one.xpath("string(transaction-type/@code)")
        currency = one.xpath("string(value/@currency)") or default
        paid[LETTERS.get(code, code), currency] += Decimal(one.xpath("normalize-space(value)"))
    for one in activity.xpath("budget"):
        currency = one.xpath("string(value/@currency)") or default
        planned[currency] += Decimal(one.xpath("normalize-space(value)"))
    return len(activity.xpath("transaction")), dict(paid), len(activity.xpath("budget")), dict(planned)


def by_record(activity: Activity) -> tuple[int, Sums, int, dict[str, Decimal]]:
    """Return the same of an activity that was read."""
    paid: Sums = defaultdict(Decimal)
    planned: dict[str, Decimal] = defaultdict(Decimal)
    for one in activity.transactions:
        paid[one.type, one.currency] += one.amount
    for budget in activity.budgets:
        planned[budget.currency] += budget.amount
    return len(activity.transactions), dict(paid), len(activity.budgets), dict(planned)


def test_every_published_file_is_read_or_refused_with_the_reason() -> None:
    if not FILES.is_dir():
        left_out(31, "the published IATI files are not beside this checkout")
        return
    totals: Counter[str] = Counter()
    refused: dict[str, dict[str, int]] = {}
    sums: Sums = defaultdict(Decimal)
    for path in sorted(FILES.glob("*.xml")):
        totals["files"] += 1
        items = list(read_file(path))
        faults = [item for item in items if isinstance(item, Fault)]
        if path.name == "ingo-21020-1.01-not-well-formed.xml":
            (fault,) = faults
            assert (fault.rule, fault.line, fault.column, items) == ("iati-xml", 11, 84, [fault])
            assert "line 11, column 84" in fault.message
            continue
        read = [item for item in items if isinstance(item, Activity | LeftOut)]
        elements = etree.parse(path).xpath("/iati-activities/iati-activity")
        assert len(read) == len(elements), path.name
        for item, element in zip(read, elements, strict=True):
            assert item.identifier == element.xpath("normalize-space(iati-identifier)")
            assert item.line == element.sourceline or element.sourceline >= 65535
            totals["activities"] += 1
            if isinstance(item, Activity):
                assert by_record(item) == by_xpath(element), (path.name, item.identifier)
                totals["kept"] += 1
                totals["transactions"] += len(item.transactions)
                for key, amount in by_record(item)[1].items():
                    sums[key] += amount
            else:
                assert item.transactions == len(element.xpath("transaction"))
                assert any(fault.stops and fault.rule == item.reason.partition(": ")[0] for fault in faults)
                rules = refused.setdefault(path.name, {})
                rule = item.reason.partition(": ")[0]
                rules[rule] = rules.get(rule, 0) + 1
        assert all(not fault.stops or fault.line > 0 for fault in faults)
    assert refused == REFUSED
    assert totals["files"] == 31
    assert totals["activities"] == totals["kept"] + sum(sum(rules.values()) for rules in REFUSED.values())
    assert {type_ for type_, _ in sums} <= {str(code) for code in range(1, 14)}
    assert all(re.fullmatch("[A-Z]{3}", currency) for _, currency in sums)


def test_kosovo_as_it_was_published() -> None:
    if not FILES.is_dir():
        left_out(1, "the published IATI files are not beside this checkout")
        return
    path = FILES / "dfid-1.01-kosovo.xml"
    activities = [item for item in read_file(path) if isinstance(item, Activity)]
    stated = etree.parse(path).xpath("count(//iati-activity[recipient-region='Kosovo (KO)'])")
    assert len([one for one in activities if [share.code for share in one.countries] == ["XK"]]) == stated > 0
    assert {payment.currency for one in activities for payment in one.transactions} == {"GBP"}
    parents = {related.ref for one in activities for related in one.related if related.type == "1"}
    assert parents <= {one.identifier for one in activities}
    assert {one.hierarchy for one in activities if one.identifier in parents} == {"1"}


def test_no_address_of_a_person_is_read() -> None:
    if not FILES.is_dir():
        left_out(1, "the published IATI files are not beside this checkout")
        return
    stated = 0
    for path in sorted(FILES.glob("*.xml")):
        if "not-well-formed" in path.name:
            continue
        text = "\n".join(map(str, read_file(path)))
        document = etree.parse(path, etree.XMLParser(remove_comments=True, remove_pis=True))
        elements = [element for element in document.iter() if element.tag != "email"]
        elsewhere = "\n".join(
            part for one in elements for part in (one.text or "", one.tail or "", *one.attrib.values())
        )
        for address in set(document.xpath("//contact-info/email/text()")):
            stated += bool(address.strip())
            assert not address.strip() or address in elsewhere or address.strip() not in text, (path.name, address)
    assert stated > 5


def test_the_examples_of_the_standard_are_read() -> None:
    if not EXAMPLES.is_dir():
        left_out(3, "the examples of the IATI standard are not beside this checkout")
        return
    kept: dict[str, int] = {}
    for path in sorted(EXAMPLES.glob("*.xml")):
        items = list(read_file(path))
        assert not [item for item in items if isinstance(item, Fault) and item.stops]
        for item in items:
            if isinstance(item, OrganisationFile):
                element = etree.parse(path).xpath("/iati-organisations/iati-organisation")[0]
                names = ("total-budget", "recipient-org-budget", "recipient-country-budget", "recipient-region-budget")
                count = sum(len(element.xpath(name)) for name in (*names, "total-expenditure"))
                assert len(item.budgets) == count > 0
                total = sum(Decimal(text) for text in element.xpath("total-budget/value/text()"))
                assert sum(one.amount for one in item.budgets if one.kind == "total-budget") == total
            kept[path.name] = kept.get(path.name, 0) + isinstance(item, Activity | OrganisationFile)
    assert kept == {
        "activity-standard-example-annotated.xml": 1,
        "organisation-2.03.xml": 1,
        "organisation-standard-example-annotated.xml": 1,
    }


NOT_A_TYPE = "the type of its transactions is none of the standard's"
NO_CURRENCY = "its amounts have no currency, so that they cannot be counted"
RECORD = "a record of the old registry, which is neither of the two kinds of IATI file"
EXCEPTIONS = {
    **{
        f"activity-tests/should-pass/{name}.xml": NOT_A_TYPE
        for name in (
            "21-transaction",
            "27-decimal-currency",
            "humanitarian/02-humanitarian-transaction-flag",
            "vocabulary-uri/02-transaction-recipient-region",
            "vocabulary-uri/04-transaction-sector",
        )
    },
    **{
        f"should-pass/iati-activities/iati-activity/transaction/aid-type/{name}.xml": NOT_A_TYPE
        for name in (
            "_vocabulary/attribute-exists",
            "element-present-once",
            "multiple-occurence-of-element-in-context",
        )
    },
    **{
        f"organisation-tests/should-pass/{name}.xml": NO_CURRENCY
        for name in (
            "04-recipient-country-budget",
            "07-recipient-org-budget",
            "09-total-budget",
            "11-total-expenditure",
        )
    },
    **{
        f"registry-tests/should-pass/{name}.xml": RECORD
        for name in ("01-minimum", "02-email", "03-extension", "04-donor-country", "05-xml-lang", "06-activity-period")
    },
}
"""Files that are sound by the schema and hold what no one can count, each with the reason."""

EMPTY = re.compile(rb"<(iati-identifier|organisation-identifier)\s*(?:/>|>\s*</\1>)")


def test_the_published_suite_is_loaded_or_refused_as_a_whole(tmp_path: Path) -> None:
    if not SUITE.is_dir():
        left_out(694, "the published suite of the IATI schemas is not beside this checkout")
        return
    counts: Counter[str] = Counter()
    exceptions = set()
    for path in sorted(SUITE.rglob("*.xml")):
        # The suite leaves open the version (xx) and the identifier (empty) of its files.
        data = path.read_bytes().replace(b'version="xx"', b'version="2.03"')
        copy = tmp_path / "a.xml"
        copy.write_bytes(EMPTY.sub(rb"<\1>XX-MADE-UP</\1>", data))
        items = list(read_file(copy))
        kept = [item for item in items if isinstance(item, Activity | OrganisationFile)]
        errors = [item for item in items if isinstance(item, Fault) and item.stops]
        name = str(path.relative_to(SUITE))
        if "should-pass" in name:
            counts["good"] += 1
            assert bool(errors) != bool(kept), name
            if errors:
                exceptions.add(name)
        else:
            counts["bad"] += 1
            assert errors, name
            assert all(error.line > 0 for error in errors), name
            assert all(error.element or error.rule in ("iati-root", "iati-version") for error in errors), name
            assert not kept, name
    assert exceptions == set(EXCEPTIONS)
    assert counts == {"good": 239, "bad": 455}
