"""The money rows of the bundled dataset against answers worked out by hand from the words of their sources."""

from __future__ import annotations

import csv
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
Row = dict[str, str]


def read(path: str) -> list[Row]:
    """The rows of one CSV file of the repository."""
    with (ROOT / path).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


FUNDING = {row["id"]: row for row in read("data/south-east-europe/funding.csv")}
PROGRAMMES = {row["id"]: row for row in read("data/south-east-europe/programmes.csv")}
NEEDS = {row["id"]: row for row in read("data/south-east-europe/needs.csv")}
CLAIMS = read("data/south-east-europe/claims.csv")
OPEN = {row["id"] for row in read("docs/data-open.csv") if row["table"] == "funding"}


def cells(identifier: str, *columns: str) -> tuple[str, ...]:
    """Some cells of one money row."""
    return tuple(FUNDING[identifier][column] for column in columns)


def parts(total: str) -> list[Row]:
    """The rows that name the total in their `part_of`."""
    return [row for row in FUNDING.values() if total in row["part_of"].split("|")]


def exact_sum(rows: list[Row], currency: str) -> Decimal:
    """The sum of the rows of one currency that are exact and tell no other row's sum again."""
    return sum(
        (
            Decimal(row["amount"])
            for row in rows
            if row["amount"]
            and row["currency"] == currency
            and row["qualifier"] in ("", "exact")
            and not row["same_as"]
        ),
        Decimal(0),
    )


@pytest.mark.parametrize("column", ["part_of", "funded_from", "replaces", "same_as"])
def test_no_cycle(column: str) -> None:
    """No row is part of, paid from, replaced by or the same as itself, over any number of steps."""
    done: set[str] = set()

    def walk(identifier: str, path: tuple[str, ...]) -> None:
        assert identifier not in path, f"{column}: {' -> '.join((*path, identifier))}"
        if identifier in done:
            return
        for target in filter(None, FUNDING[identifier][column].split("|")):
            walk(target, (*path, identifier))
        done.add(identifier)

    for identifier in FUNDING:
        walk(identifier, ())


def test_no_total_is_smaller_than_its_parts() -> None:
    """A total covers the sum of its exact parts in its currency, or the open list says why not."""
    members: dict[str, list[Row]] = defaultdict(list)
    for row in FUNDING.values():
        for total in filter(None, row["part_of"].split("|")):
            members[total].append(row)
    exceeded = {
        total
        for total, rows in members.items()
        if FUNDING[total]["amount"] and exact_sum(rows, FUNDING[total]["currency"]) > Decimal(FUNDING[total]["amount"])
    }
    assert exceeded - OPEN == set()


def test_no_part_is_bigger_than_its_total() -> None:
    """No single part is bigger than the total in the same currency."""
    for row in FUNDING.values():
        for total in filter(None, row["part_of"].split("|")):
            if row["amount"] and row["currency"] == FUNDING[total]["currency"] and FUNDING[total]["amount"]:
                assert Decimal(row["amount"]) <= Decimal(FUNDING[total]["amount"]), row["id"]


def test_no_security_total_holds_a_part_of_all_sectors() -> None:
    """What is part of a security total is security: only the other way round may widths differ."""
    for row in FUNDING.values():
        for total in filter(None, row["part_of"].split("|")):
            assert not (row["scope"] == "all-sectors" and FUNDING[total]["scope"] in ("", "security")), row["id"]


@pytest.mark.parametrize(
    ("total", "amount", "currency", "expected"),
    [
        (
            "cscwb-ipa2019-total",
            "17915000",
            "EUR",
            {
                "cscwb-ipa2019-eu-dg-near": "15800000",
                "cscwb-ipa2019-de-bmz": "1215000",
                "cscwb-ipa2019-it-mi": "900000",
            },
        ),
        (
            "eulex-kosovo-eu-council",
            "165310000",
            "EUR",
            {"eulex-kosovo-eu-council-2": "58500000", "eulex-kosovo-eu-council-3": "106810000"},
        ),
        (
            "eulex-kosovo-eu-council-4",
            "63600000",
            "EUR",
            {"eulex-kosovo-eu-council-5": "34500000", "eulex-kosovo-eu-council-6": "29100000"},
        ),
        (
            "rs-ibm-src-eu-commission",
            "28000000",
            "EUR",
            {"rs-ibm-src-eu-commission-2": "24000000", "rs-ibm-src-eu-commission-3": "4000000"},
        ),
        (
            "epf-ba-eu-council-3",
            "20000000",
            "EUR",
            {"epf-ba-eu-council": "10000000", "epf-ba-eu-council-2": "10000000"},
        ),
        (
            "no-grants-hr-jha-total",
            "15300000",
            "EUR",
            {"no-grants-hr-jha-no": "13000000", "no-grants-hr-jha-hr": "2300000"},
        ),
        (
            "me-ibm-sbs-eu-commission-total",
            "19900000",
            "EUR",
            {
                "me-ibm-sbs-eu-commission-tranche-1": "8000000",
                "me-ibm-sbs-eu-commission-tranche-2": "8000000",
                "me-ibm-sbs-eu-commission-tranche-3": "3900000",
            },
        ),
        (
            "cz-rs-migration-2015-cz-total",
            "10000000",
            "CZK",
            {"cz-rs-migration-2015-cz-commissariat": "6000000", "cz-rs-migration-2015-cz-border": "4000000"},
        ),
        (
            "coe-ec-joint-programmes-total-2",
            "103700000",
            "EUR",
            {"coe-ec-joint-programmes-eu-commission": "91600000", "coe-ec-joint-programmes-coe": "12100000"},
        ),
    ],
)
def test_total_and_its_parts(total: str, amount: str, currency: str, expected: dict[str, str]) -> None:
    """Totals whose text says how they are made up (trap 1)."""
    assert cells(total, "amount", "currency", "part_of") == (amount, currency, "")
    assert {row["id"]: row["amount"] for row in parts(total)} == expected
    assert sum(map(int, expected.values())) == int(amount)


@pytest.mark.parametrize(
    ("total", "shares"),
    [
        ("iproceeds-2-total", {"eu": "90", "coe": "10"}),
        ("horizontal-facility-iii-total", {"eu": "85", "coe": "15"}),
        ("peck-i-total", {"eu": "83.3", "coe": "16.7"}),
        ("peck-ii-total", {"eu": "89.89", "coe": "10.11"}),
        ("moli-serbia-eu-commission-coe-total", {"eu": "90.91", "coe": "9.09"}),
        ("paca-albania-eu-commission-coe-total", {"eu": "93.90", "coe": "6.10"}),
    ],
)
def test_printed_shares_stay_shares(total: str, shares: dict[str, str]) -> None:
    """Where only percentages are printed no amount is made of them (trap 1)."""
    rows = [row for row in parts(total) if row["share"]]
    assert {row["funder"]: row["share"] for row in rows} == shares
    assert all(not row["amount"] and not row["currency"] for row in rows)
    assert sum(map(Decimal, shares.values())) == 100


def test_chain_of_the_trust_fund() -> None:
    """Donors to the fund, the fund to UNODC, UNODC to INTERPOL (trap 2)."""
    assert cells("interpol-caliber-unodc", "amount", "currency", "funded_from") == (
        "565400",
        "EUR",
        "mptf-cj-response-arms-un-mptf-office",
    )
    assert cells("mptf-cj-response-arms-un-mptf-office", "amount", "currency", "funded_from") == (
        "1899999",
        "USD",
        "wb-salw-mptf-total-2",
    )
    assert "wb-salw-mptf-total-2" in FUNDING["wb-salw-mptf-gb"]["part_of"].split("|")
    assert cells("fund-pccc-heads", "event", "funded_from") == ("undated-pccc-heads", "fund-pcib")


def test_states_of_one_cumulative_figure() -> None:
    """24.1 and 27.5 million are states of one figure, 30.4 million is the fund plus the windows (trap 3)."""
    columns = ("amount", "qualifier", "as_of", "cumulative")
    assert cells("wb-salw-mptf-total-3", *columns) == ("24100000", "more-than", "2022-12-31", "yes")
    assert cells("wb-salw-mptf-total-2", *columns) == ("27500000", "more-than", "2023-12-31", "yes")
    assert cells("wb-salw-mptf-total-2", "replaces") == ("wb-salw-mptf-total-3",)
    assert cells("wb-salw-two-mechanisms-total", *columns) == ("30400000", "about", "2023-07-01", "yes")
    assert cells("wb-salw-mptf-total-3", "part_of") == ("wb-salw-two-mechanisms-total",)


def test_every_cumulative_sum_is_marked_apart() -> None:
    """A row that replaces an earlier state of a cumulative figure is cumulative itself and later."""
    for row in FUNDING.values():
        earlier = FUNDING.get(row["replaces"])
        if earlier and earlier["cumulative"] and earlier["as_of"] and row["as_of"]:
            assert row["cumulative"] == "yes"
            assert row["as_of"] > earlier["as_of"]


def test_one_sum_in_two_currencies() -> None:
    """CHF 5,680,000 and USD 5,903 thousand are one programme (trap 4)."""
    assert cells("spcp-ch-sdc", "amount", "currency", "same_as") == ("5680000", "CHF", "")
    assert cells("spcp-ch-sdc-2", "amount", "currency", "same_as") == ("5903000", "USD", "spcp-ch-sdc")


def test_announced_committed_paid() -> None:
    """350 and 39.2 million, and 28 = 24 + 4, of which 22.86 paid, 8 of it in one tranche (trap 5)."""
    assert cells("eu-wb-migration-2021-2024-eu-commission", "amount", "kind", "qualifier") == (
        "350000000",
        "pledge",
        "more-than",
    )
    assert cells("ipa3-border-package-2022-eu-commission", "amount", "kind", "part_of") == (
        "39200000",
        "commitment",
        "eu-wb-migration-2021-2024-eu-commission",
    )
    assert cells("rs-ibm-src-eu-commission-4", "amount", "kind", "part_of") == (
        "22860000",
        "disbursement",
        "rs-ibm-src-eu-commission-2",
    )
    assert cells("rs-ibm-src-eu-commission-5", "amount", "kind", "part_of") == (
        "8000000",
        "disbursement",
        "rs-ibm-src-eu-commission-4",
    )
    assert cells("rs-ibm-src-eu-commission-signature", "same_as") == ("rs-ibm-src-eu-commission",)
    assert cells("me-ibm-sbs-me-spent-2020", "kind", "part_of", "funded_from") == (
        "expenditure",
        "",
        "me-ibm-sbs-eu-commission-total",
    )


def test_phases_and_revisions() -> None:
    """Two phases of 41 million are apart; 5,518,790 was replaced by 6.8 million (trap 6)."""
    for phase in ("ii", "iii"):
        assert cells(f"horizontal-facility-{phase}-total", "amount", "same_as", "replaces") == ("41000000", "", "")
        assert PROGRAMMES[f"horizontal-facility-{phase}"]["part_of"] == "horizontal-facility"
    assert cells("pameca-iii-eu-commission", "amount") == ("5518790",)
    assert cells("pameca-iii-eu-commission-2", "amount", "replaces") == ("6800000", "pameca-iii-eu-commission")
    assert cells("pameca-iii-eu-commission-2011", "same_as") == ("pameca-iii-eu-commission-2",)


def test_words_that_collide() -> None:
    """IPA is an instrument, a budget year and a project number; PaCT is two projects (trap 7)."""
    assert cells("cscwb-ipa2019-eu-dg-near", "programme", "instrument") == ("cscwb-ipa2019", "ipa-ii")
    assert cells("emcdda-ipa8-eu-commission", "programme", "instrument") == ("emcdda-ipa8", "")
    assert PROGRAMMES["wb-pact"]["short_name"] == "WB PaCT"
    assert PROGRAMMES["giz-pact-thb"]["short_name"] == "PaCT"


def test_pass_through_and_double_listing() -> None:
    """850,000 of EU money beside 500,000 of the agency's own, inside 6.5 million (trap 8)."""
    assert {row["id"]: row["amount"] for row in parts("rs-rule-of-law-facility-total")} == {
        "rs-rule-of-law-facility-at-ada": "500000",
        "rs-rule-of-law-facility-eu-commission": "850000",
    }
    assert cells("rs-rule-of-law-facility-eu-commission", "funder", "recipient") == ("eu-commission", "at-ada")
    assert cells("mk-counterfeit-761-eu-commission", "amount") == ("250000",)
    assert cells("pameca-v-eu-commission", "amount") == ("5994140",)


@pytest.mark.parametrize(
    ("identifier", "qualifier"),
    [
        ("us-wb-fy2015-us", "more-than"),
        ("eu-bg-emergency-borders-eu-commission", "up-to"),
        ("ndici-ba-reconciliation-eu-commission", "up-to"),
        ("horizontal-facility-iii-total", "about"),
        ("seesac-equipment-2024-total-3", "about"),
        ("seesac-equipment-2024-total-2", "more-than"),
        ("eulex-kosovo-eu-council-5", ""),
    ],
)
def test_bounds(identifier: str, qualifier: str) -> None:
    """Words of bound are a qualifier of the amount (trap 9)."""
    assert cells(identifier, "qualifier") == (qualifier,)


def test_fiscal_years_are_periods() -> None:
    """The US fiscal year 2009 starts in October 2008 (trap 10)."""
    assert cells("us-assistance-al-us-fy2009-total", "date") == ("2008-10-01/2009-09-30",)
    assert cells("us-inl-kosovo-fy2009", "date") == ("2008-10-01/2009-09-30",)


def test_measures_of_one_flow() -> None:
    """Appropriation, obligations, request and spending of one programme are named apart (trap 13)."""
    programme = "us-assistance-al"
    assert cells("us-assistance-al-us-fy2015-total", "programme", "measure") == (programme, "appropriation")
    assert cells("us-assistance-al-us-fy2015-obligations", "programme", "measure") == (programme, "obligation")
    assert cells("us-assistance-al-us-fy2017-total", "programme", "measure") == (programme, "request")
    assert cells("us-assistance-xk-us-cumulative", "measure", "cumulative") == ("spending", "yes")
    assert all(row["measure"] for row in FUNDING.values() if row["programme"].startswith("us-assistance-"))


def test_one_gift_in_three_notes() -> None:
    """One gift in EUR and in CZK, exact and rounded, by donor and receiver: one row counts (trap 14)."""
    assert cells("cz-mk-moi-2019-cz-czk", "amount", "currency", "same_as") == ("25000000", "CZK", "cz-mk-moi-2019-cz")
    assert cells("cz-mk-moi-2019-cz", "amount", "currency", "qualifier", "same_as") == ("1000000", "EUR", "about", "")
    assert cells("osce-me-police-equipment-osce-2020", "amount", "same_as") == (
        "51982",
        "osce-me-police-equipment-osce",
    )
    assert cells("no-rs-mup-no-forensic-news", "same_as") == ("no-rs-mup-no-forensic-embassy",)
    gifts = [row for row in parts("cz-mk-moi-2019-cz-cumulative-czk") if row["currency"] == "CZK"]
    assert sorted(row["amount"] for row in gifts) == ["20000000", "25000000", "25000000", "28000000"]
    assert sum(int(row["amount"]) for row in gifts) == int(FUNDING["cz-mk-moi-2019-cz-cumulative-czk"]["amount"])


def test_a_judgement_is_marked() -> None:
    """Where a text says only "probably the same", the judgement is marked as inferred."""
    for identifier in ("no-grants-hr-jha-no", "cz-mk-2016-cz-vehicles", "eu-iom-mk-bogorodica-eu"):
        assert FUNDING[identifier]["same_as"]
        assert "same_as" in FUNDING[identifier]["inferred"].split("|")


def test_wider_than_security() -> None:
    """Country envelopes hold all sectors; a part of theirs may be security (trap 15)."""
    assert cells("al-ipa2018-eu-commission", "amount", "scope") == ("94000000", "all-sectors")
    assert cells("al-eu4rol-crime-drugs-eu-commission", "amount", "scope", "part_of") == (
        "19000000",
        "",
        "al-ipa2018-eu-commission",
    )
    assert cells("us-assistance-rs-us-fy2009-total", "scope") == ("all-sectors",)
    assert cells("us-assistance-rs-us-fy2009-peace-security", "scope", "part_of") == (
        "",
        "us-assistance-rs-us-fy2009-total",
    )


def test_what_the_audits_found_is_filled() -> None:
    """Sums that a page gives and the first tables lacked."""
    assert cells("dfid-xk-kps-training-gb-dfid-4", "amount", "currency", "date") == ("35000", "GBP", "2011-04-01")
    assert cells("dfid-xk-const-court-gb-dfid-4", "amount", "currency", "date") == ("66382", "GBP", "2011-04-01")
    assert cells("cybercrime-ipa-total", "amount", "currency") == ("2777778", "EUR")
    assert cells("peck-i-total", "amount", "date") == ("1200000", "2012-02-01")
    assert cells("euralius-v-eu-2018", "amount") == ("7499844",)
    assert cells("osce-salw-ba-cz-fr-de-li-us", "amount", "part_of") == ("2500000", "osce-salw-ba-total")
    assert PROGRAMMES["aire-rai-asset-i"]["funders"] == "GB"
    assert PROGRAMMES["wb-salw-mptf"]["end"] == ".."


def test_disputed_terms_are_claims() -> None:
    """A second term of a programme stands beside the row, with its source."""
    told = {(row["id"], row["column"]): (row["value"], row["source"]) for row in CLAIMS if row["kind"] == "programme"}
    assert told["cscwb-ipa2017", "end"] == ("2019", "giz-76737-2017")
    assert told["euralius-v", "end"] == ("2021-03", "euprojects-al-euralius5")
    assert told["wb-salw-mptf", "end"] == ("2023-06-30", "mptf-factsheet-slw00")


def test_a_repeated_recommendation_is_one_need() -> None:
    """What yearly reports repeat is one need with several documents."""
    assert NEEDS["need-tip22-xk-prosecution"]["document"] == "tip-2020-xk|tip-2022-xk"
    assert NEEDS["need-vsm5-visa"]["document"] == "vsm-report-5|vsm-report-6"
    assert "need-vsm6-visa" not in NEEDS


def test_notes_hold_no_fixed_words() -> None:
    """The words that became columns are gone from the notes."""
    for row in FUNDING.values():
        words = row["note"].lower()
        assert "never add" not in words, row["id"]
        assert "do not add" not in words, row["id"]
        assert not words.startswith(("more than", "up to 1", "nearly", "almost", "about;", "around;")), row["id"]
