"""Money as activity files publish it: levels, reporters, revisions, payments between activities, percentages."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from secgraph.errors import ConfigError
from secgraph.money import Ledger, Selection, Total
from tests.made import MadeRelations, iri, thing

DAYS = ("start", "end", "start_earliest", "start_latest", "end_earliest", "end_latest")


class Files:
    """Made-up activities with their money; what is given is added to what every row needs."""

    def __init__(self) -> None:
        bodies = [thing(f"organisation/{name}", name) for name in ("aid", "relief", "works")]
        countries = [thing(f"jurisdiction/{code}", code) for code in ("AL", "RS", "XK")]
        self.rows: dict[str, list[dict[str, str]]] = {
            "things": [*bodies, *countries], "programmes": [], "allocations": [], "transactions": [], "budgets": [],
        }  # fmt: skip

    def activity(self, name: str, reporter: str = "aid", **more: str) -> None:
        known = {"iri": iri(f"programme/{name}"), "id": name, "identifier": f"{reporter}-{name}", "sources": "file"}
        self.rows["programmes"].append({**known, "reporter": iri(f"organisation/{reporter}"), **more})

    def money(self, name: str, activity: str, amount: str, kind: str = "disbursement", **more: str) -> None:
        relation = "budgets" if kind in ("budget", "planned-disbursement") else "transactions"
        known = {"iri": iri(f"transaction/{name}"), "id": name, "kind": kind, "currency": "EUR", "sources": "file"}
        day = dict.fromkeys(DAYS, more.pop("day", "2020-05-05"))
        told = {"finances": iri(f"programme/{activity}"), "amount": amount, "providers": iri("organisation/aid")}
        self.rows[relation].append({**known, **day, **told, **more})

    def allocated(self, of: str, axis: str, code: str, percentage: str = "", vocabulary: str = "") -> None:
        kind = {"country": "jurisdiction", "region": "iati-region", "sector": "iati-sector"}[axis]
        number = len(self.rows["allocations"])
        row = {
            "iri": iri(f"allocation/{number}"),
            "of": iri(of),
            "to": iri(f"{kind}/{code}"),
            "axis": axis,
            "code": code,
        }
        if percentage:
            row["percentage"] = percentage
        if vocabulary:
            row["vocabulary"] = vocabulary
        self.rows["allocations"].append(row)

    def ledger(self) -> Ledger:
        return Ledger(MadeRelations(self.rows))


def total(files: Files, policy: str = "net-disbursements", **asked: Any) -> Total:
    found = files.ledger().total(Selection(**asked), policy)
    assert found.naive - sum(step.amount for step in found.steps) == found.net
    assert found.low <= found.net <= found.high
    return found


def figures(found: Total) -> tuple[Any, ...]:
    return found.naive, found.net, found.low, found.high


def why(found: Total) -> dict[str, tuple[str, str, str]]:
    return {row["id"]: (row["decision"], row["rule"], row["other"]) for row in found.reasons().dicts()}


def test_parents_and_children_of_one_publisher() -> None:
    files = Files()
    files.activity("programme")
    files.activity("part-1", part_of=iri("programme/programme"))
    files.activity("part-2", part_of=iri("programme/programme"))
    files.activity("elsewhere", "relief", part_of=iri("programme/programme"))
    files.money("p", "programme", "100")
    files.money("a", "part-1", "60")
    files.money("b", "part-2", "30")
    files.money("c", "elsewhere", "7", providers=iri("organisation/relief"))
    found = total(files)
    # 60 + 30 of the lower level and 7 of another publisher; the 10 that the upper level has more are in the high bound.
    assert figures(found) == (197, 97, 97, 107)
    assert why(found)["p"] == ("excluded", "hierarchy", "a")
    # Money at one level alone counts there.
    assert figures(total(files, programmes=("part-1",))) == (60, 60, 60, 60)
    files.rows["transactions"] = [row for row in files.rows["transactions"] if row["id"] == "p"]
    assert figures(total(files)) == (100, 100, 100, 100)


def test_a_level_of_its_own_is_needed() -> None:
    files = Files()
    files.activity("one", part_of=iri("programme/two"))
    files.activity("two", part_of=iri("programme/one"))
    files.money("a", "one", "1")
    files.money("b", "two", "2")
    assert figures(total(files)) == (3, 3, 3, 3)


def test_original_and_revised_budgets() -> None:
    files = Files()
    files.activity("one")
    for year, sums in (
        ("2020", (("o", "original", "100"), ("r", "revised", "120"))),
        ("2021", (("n", "original", "50"),)),
    ):
        for name, kind, amount in sums:
            days = {"start_earliest": f"{year}-01-01", "end_latest": f"{year}-12-31", "budget_type": kind}
            files.money(f"{name}{year}", "one", amount, "budget", **days)
    found = total(files, "budgets")
    assert figures(found) == (270, 170, 170, 170)
    assert why(found)["o2020"] == ("excluded", "original-budget", "r2020")


def test_secondary_reporters() -> None:
    files = Files()
    files.activity("own", "aid")
    files.activity("told", "relief", identifier="aid-own", secondary="true")
    files.activity("alone", "relief", secondary="true")
    files.money("a", "own", "10")
    files.money("b", "told", "10", secondary="true")
    files.money("c", "alone", "5", secondary="true")
    found = total(files)
    # What nobody else publishes is in the high bound.
    assert figures(found) == (25, 10, 10, 15)
    assert why(found)["b"] == ("excluded", "secondary-reporter", "a")
    assert why(found)["c"] == ("beside", "secondary-reporter", "")


def test_one_activity_in_two_files() -> None:
    files = Files()
    files.activity("copy", "relief", identifier="aid-1")
    files.activity("real", "aid", identifier="aid-1")
    files.money("a", "copy", "11")
    files.money("b", "real", "10")
    found = total(files)
    assert figures(found) == (21, 10, 10, 10)
    assert why(found)["a"] == ("excluded", "same-activity", "b")


def test_the_publisher_of_the_file_decides_between_equal_reporters() -> None:
    files = Files()
    for name, source in (("first", "portal"), ("second", "own")):
        files.activity(name, identifier="aid-1", sources=source)
        files.money(name, name, "10")
    files.rows["sources"] = [
        {"iri": iri("source/portal"), "id": "portal", "publisher": "Somebody"},
        {"iri": iri("source/own"), "id": "own", "publisher": "aid"},
    ]
    assert why(total(files))["first"] == ("excluded", "same-activity", "second")


def test_both_reporters_of_one_flow_are_two_policies() -> None:
    files = Files()
    files.activity("giving")
    files.activity("getting", "relief")
    files.money("out", "giving", "10", receiver_activity=iri("programme/getting"))
    files.money("in", "getting", "10", "incoming-funds", provider_activity=iri("programme/giving"))
    assert figures(total(files)) == (10, 10, 10, 10)
    assert figures(total(files, "incoming-funds")) == (10, 10, 10, 10)


@pytest.mark.parametrize("told_by", ["payer", "payee", "identifier"])
def test_money_that_is_passed_on(told_by: str) -> None:
    files = Files()
    files.activity("giving")
    files.activity("getting", "relief")
    target = "relief-getting" if told_by == "identifier" else iri("programme/getting")
    files.money("out", "giving", "100", **({} if told_by == "payee" else {"receiver_activity": target}))
    files.money("in", "getting", "100", "incoming-funds", provider_activity=iri("programme/giving"))
    relief = {"providers": iri("organisation/relief")}
    files.money("first", "getting", "70", day="2020-06-01", **relief)
    files.money("second", "getting", "50", day="2020-07-01", **relief)
    files.money("back", "getting", "-5", day="2020-08-01", **relief)
    found = total(files)
    # 100 of the 115 are the giver's: the first 70, and 30 of the next 50; the correction is the receiver's own.
    assert figures(found)[:2] == (215, 115)
    payer = "out"
    assert why(found) == {
        "out": ("counted", "", ""), "first": ("excluded", "pass-through", payer),
        "second": ("split", "pass-through", payer), "back": ("counted", "", ""),
    }  # fmt: skip
    # Where the giver's money is not in the total, the receiver's counts.
    assert total(files, programmes=("getting",)).net == 115


def test_money_that_goes_round_is_counted_once_at_least() -> None:
    files = Files()
    files.activity("one")
    files.activity("two", "relief")
    files.money("there", "one", "10", receiver_activity=iri("programme/two"))
    files.money("back", "two", "10", receiver_activity=iri("programme/one"))
    assert total(files).net == 10


def test_countries_with_percentages() -> None:
    files = Files()
    files.activity("one")
    for code, percentage in (("AL", "50"), ("XK", "30")):
        files.allocated("programme/one", "country", code, percentage)
    files.money("a", "one", "1000")
    found = total(files, beneficiaries=("XK",))
    # 30 percent for certain; the 20 of which nothing is said may be its own too.
    assert figures(found) == (1000, 300, 300, 500)
    assert found.unknown == 200
    assert why(found)["a"] == ("split", "split", "")
    assert total(files, beneficiaries=("XK", "AL")).net == 800
    groups = files.ledger().by("beneficiary", policy="net-disbursements")
    assert dict(zip(groups.column("label"), groups.column("net"), strict=True)) == {
        "AL": 500,
        "XK": 300,
        "unknown": 200,
    }
    assert total(files, beneficiaries=("RS",)).counts["rows"] == 0


def test_countries_without_percentages_are_never_multiplied() -> None:
    files = Files()
    files.activity("one")
    for code in ("AL", "RS", "XK"):
        files.allocated("programme/one", "country", code)
    files.money("a", "one", "900")
    found = total(files, beneficiaries=("XK",))
    assert figures(found) == (900, 0, 0, 900)
    assert found.unsplit == 900
    groups = files.ledger().by("beneficiary", policy="net-disbursements")
    assert [(row[1], row[3]) for row in groups.rows] == [("unsplit regional", groups.rows[0][3])]
    assert groups.column("net") == [900]


def test_percentages_over_100_are_kept_out_and_said() -> None:
    files = Files()
    files.activity("one")
    for code in ("AL", "XK"):
        files.allocated("programme/one", "country", code, "80")
    files.money("a", "one", "1000")
    found = total(files, beneficiaries=("XK",))
    assert figures(found) == (1000, 0, 0, 0)
    assert why(found)["a"] == ("excluded", "over-100", "")
    # Without a country the sum is what it is.
    assert total(files).net == 1000


def test_rounded_percentages_make_the_whole() -> None:
    files = Files()
    files.activity("one")
    for code in ("AL", "RS", "XK"):
        files.allocated("programme/one", "country", code, "33.33")
    files.money("a", "one", "1000")
    assert total(files, beneficiaries=("AL", "RS", "XK")).net == 1000
    # Asked for one by one each is a third, to the cent; together they are the whole.
    assert [total(files, beneficiaries=(code,)).net for code in ("AL", "RS", "XK")] == [Decimal("333.33")] * 3
    assert sum(files.ledger().by("beneficiary", policy="net-disbursements").column("net")) == 1000


def test_the_payment_says_more_than_its_activity() -> None:
    files = Files()
    files.activity("one")
    files.allocated("programme/one", "country", "AL", "100")
    files.allocated("programme/one", "sector", "15210", "40", "1")
    files.allocated("programme/one", "sector", "15130", "60", "1")
    files.allocated("programme/one", "sector", "own-code", "100", "99")
    files.money("a", "one", "100")
    files.money("b", "one", "10")
    files.allocated("transaction/b", "country", "XK")
    assert total(files, beneficiaries=("XK",)).net == 10
    assert total(files, beneficiaries=("AL",)).net == 100
    # The payment says its country alone: its sectors are the activity's, those of the DAC's list.
    assert total(files, topics=("15210",)).net == 44
    files.rows["things"].append(thing("topic/police", "Police"))
    with pytest.raises(ConfigError, match="topics and sectors cannot be asked for together"):
        total(files, topics=("15210", "police"))
    groups = files.ledger().by("topic", policy="net-disbursements")
    assert sorted(groups.column("net")) == [44, 66]


def test_topics_by_the_percentages_of_their_sectors() -> None:
    files = Files()
    files.rows["things"] += [thing("topic/police", "Police"), thing("topic/borders", "Borders")]
    police, borders = iri("topic/police"), iri("topic/borders")
    shares: dict[str, tuple[tuple[str, str], ...]] = {
        "one": (("15130", "100"),), "two": (("15210", "100"),), "far": (("43010", "100"),),
        "mixed": (("15130", "30"), ("15210", "20"), ("43010", "40"), ("15160", "10")),
    }  # fmt: skip
    topics = {"one": police, "two": borders, "mixed": f"{borders}|{police}"}
    for name, sectors in shares.items():
        files.activity(name, **({"topics": topics[name]} if name in topics else {}))
        for code, percentage in sectors:
            files.allocated(f"programme/{name}", "sector", code, percentage, "1")
    files.money("a", "mixed", "1000")
    # 30 percent are for the police; of 10 in a sector that no other activity shows, nobody knows; 40 match no topic.
    found = total(files, topics=("police",))
    assert figures(found) == (1000, 300, 300, 400)
    groups = files.ledger().by("topic", policy="net-disbursements")
    assert dict(zip(groups.column("label"), groups.column("net"), strict=True)) == {
        "Police": 300, "Borders": 200, "other subjects": 400, "several topics": 100,
    }  # fmt: skip
    files.money("b", "one", "5")
    assert total(files, topics=("police",)).net == 305


def test_a_region_may_hold_a_country() -> None:
    files = Files()
    files.activity("near")
    files.activity("far")
    files.activity("anywhere")
    for name, code in (("near", "89"), ("far", "88"), ("anywhere", "998")):
        files.allocated(f"programme/{name}", "region", code, "100")
        files.money(name, name, "100")
    # Albania is in Europe (89), and was in no state of Yugoslavia (88); 998 may be anywhere.
    found = total(files, beneficiaries=("AL",))
    assert figures(found) == (200, 0, 0, 200)
    assert set(why(found)) == {"near", "anywhere"}


def test_negative_sums_are_corrections() -> None:
    files = Files()
    files.activity("one")
    files.money("a", "one", "100", "commitment")
    files.money("b", "one", "-40", "commitment", qualifier="about")
    files.money("c", "one", "0", "commitment")
    assert figures(total(files, "net-commitments")) == (60, 60, 56, 64)


def test_who_gives_and_gets_where_the_file_does_not_say() -> None:
    files = Files()
    files.activity("one")
    nobody = {"providers": "", "reporter": iri("organisation/aid")}
    files.money("a", "one", "10", **nobody, receiver_names="Some NGO")
    files.money("b", "one", "20", providers="", provider_names="BG - 11001", provider_refs="BG - 11001")
    files.rows["transactions"] = [
        {key: cell for key, cell in row.items() if cell} for row in files.rows["transactions"]
    ]  # fmt: skip
    assert total(files, donors=("aid",)).net == 10
    ledger = files.ledger()
    givers = ledger.by("donor", policy="net-disbursements")
    assert dict(zip(givers.column("label"), givers.column("net"), strict=True)) == {"aid": 10, "not identified": 20}
    graph = ledger.flows(policy="net-disbursements")
    assert {said["state"] for _name, said in graph.nodes(data=True)} == {"", "not identified", "unknown"}
    # A name is no party of its own: two of them are one node that nobody knows.
    assert len([name for name, said in graph.nodes(data=True) if said["state"] == "not identified"]) == 2


def test_money_that_comes_in_is_the_reporters() -> None:
    files = Files()
    files.activity("one", "relief")
    files.money("a", "one", "10", "incoming-funds", reporter=iri("organisation/relief"))
    files.money("b", "one", "5", "incoming-funds", reporter="XM-DAC-1")
    assert total(files, "incoming-funds", recipients=("relief",)).net == 10
    assert files.ledger().by("recipient", policy="incoming-funds").column("label") == ["relief", "not identified"]


def test_the_giver_of_a_plan_is_who_funds_the_activity() -> None:
    files = Files()
    files.activity("one", "works")
    files.rows["participations"] = [
        {"iri": iri("participation/1"), "activity": iri("programme/one"), "participant": iri("organisation/aid"),
         "role": "funder"},
    ]  # fmt: skip
    files.rows["budgets"].append({
        "iri": iri("budget/b"), "id": "b", "kind": "budget", "amount": "10", "currency": "EUR", "sources": "file",
        "finances": iri("programme/one"), "reporter": iri("organisation/works"),
    })  # fmt: skip
    assert total(files, "budgets", donors=("aid",)).net == 10


def test_a_sum_that_no_source_can_mean() -> None:
    files = Files()
    files.activity("one")
    files.money("a", "one", "10000000000000")
    files.money("b", "one", "1")
    found = total(files)
    assert figures(found) == (1, 1, 1, 1)
    assert why(found)["a"] == ("excluded", "too-large", "")


def test_a_policy_of_ones_own(tmp_path: Path) -> None:
    from secgraph.money import POLICIES

    files = Files()
    files.activity("programme")
    files.activity("part", part_of=iri("programme/programme"))
    files.money("p", "programme", "100")
    files.money("a", "part", "100")
    own = tmp_path / "policies.toml"
    written = POLICIES.read_text("utf-8")
    own.write_text(
        written + '\n[policies.both-levels]\ntitle = "Both"\nkinds = ["disbursement"]\nwithout = ["hierarchy"]\n',
        "utf-8",
    )
    assert Ledger(MadeRelations(files.rows), own).total(policy="both-levels").net == 200
    for old, new, message in (
        ('without = ["hierarchy"]', 'without = ["no-rate"]', "cannot do without no-rate"),
        ('kinds = ["pledge"]', "kinds = []", "has no kinds"),
        ('kinds = ["pledge"]', 'kinds = "pledge"', "is no list of names"),
        ('measure = "request"', 'measured = "request"', "has no setting measured"),
        ('scope = "all-sectors"', 'scope = "everything"', "is none of security, all-sectors"),
        ("about = 0.10", "about = true", "is no number"),
        ('"no-amount", ', "", "are not those that there are: see no-amount"),
        ("slack_days = 31", "", "'slack_days' is missing"),
        ('"over-100", ', '"over-100", "over-100", ', "names one twice"),
        ("[bounds]", "[bounds", "cannot be read"),
    ):
        changed = own.read_text("utf-8").replace(old, new)
        assert changed != own.read_text("utf-8")
        broken = tmp_path / "broken.toml"
        broken.write_text(changed, "utf-8")
        with pytest.raises(ConfigError, match=message):
            Ledger(MadeRelations(files.rows), broken)


def in_scope(files: Files) -> Files:
    """Add a programme with a tenth for police and the rest for local government, of 80 percent for Kosovo."""
    files.activity("reform", scope_least="10", scope_most="10")
    files.money("t1", "reform", "1000")
    files.money("own", "reform", "300", scope_least="0", scope_most="0")
    for code, percentage, flag in (("15132", "10", "true"), ("15112", "90", "")):
        files.allocated("programme/reform", "sector", code, percentage, "1")
        if flag:
            files.rows["allocations"][-1]["in_scope"] = flag
    files.allocated("programme/reform", "country", "XK", "80")
    files.allocated("programme/reform", "country", "RS", "20")
    return files


def test_what_is_outside_the_scope_is_taken_out_before_a_country_has_its_part() -> None:
    files = in_scope(Files())
    whole = total(files)
    # 1000 + 300; a tenth of the first, nothing of the second.
    assert figures(whole) == (1300, 100, 100, 100)
    assert [(step.rule, int(step.amount), step.rows) for step in whole.steps] == [("outside-scope", 1200, 2)]
    assert why(whole) == {"t1": ("split", "outside-scope", ""), "own": ("excluded", "outside-scope", "")}
    kosovo = total(files, beneficiaries=("XK",))
    assert figures(kosovo) == (1300, 80, 80, 80)
    # 900 of the 1000 are outside the scope, 20 of the 100 for the other country.
    assert [(step.rule, int(step.amount)) for step in kosovo.steps] == [("outside-scope", 1200), ("split", 20)]


def test_who_asks_for_a_sector_has_said_what_is_meant() -> None:
    files = in_scope(Files())
    assert total(files, topics=("15132",)).net == 100
    assert total(files, topics=("15112",)).net == 900
    # Divided by sector, the tenth is that of the police.
    (group,) = files.ledger().by("topic", Selection(), "net-disbursements").dicts()
    assert (group["label"], group["net"]) == ("sector 15132", 100)


def test_a_part_that_may_be_larger_is_unknown_above_what_is_certain() -> None:
    files = Files()
    files.activity("some", scope_least="30", scope_most="70")
    files.money("t1", "some", "1000")
    found = total(files)
    assert (*figures(found), found.unknown, found.unsplit) == (1000, 300, 300, 700, 400, 0)
    files.activity("named", scope_least="0", scope_most="100")
    files.money("t2", "named", "50")
    found = total(files)
    assert (*figures(found), found.unknown, found.unsplit) == (1050, 300, 300, 750, 400, 50)


def test_an_activity_without_a_scope_counts_whole() -> None:
    files = Files()
    files.activity("whole")
    files.money("t1", "whole", "1000")
    files.allocated("programme/whole", "sector", "11110", "100", "1")
    assert figures(total(files)) == (1000, 1000, 1000, 1000)


def test_what_was_judged_to_be_another_sum_is_no_candidate_in_either_direction() -> None:
    def made(**judged: str) -> Total:
        files = Files()
        files.activity("a")
        given = {"receivers": iri("organisation/works")}
        files.money("one", "a", "500", sources="file-1", **given)
        files.money("two", "a", "500", sources="file-2", **given, **judged)
        return total(files)

    assert figures(made()) == (1000, 1000, 500, 1000)
    assert figures(made(different_from=iri("transaction/one"))) == (1000, 1000, 1000, 1000)
    # What the first is the same as is another sum too: three rows, two sums.
    files = Files()
    files.activity("a")
    given = {"receivers": iri("organisation/works")}
    files.money("one", "a", "500", sources="file-1", different_from=iri("transaction/two"), **given)
    files.money("two", "a", "500", sources="file-2", **given)
    files.money("three", "a", "500", sources="file-3", same_as=iri("transaction/one"), **given)
    assert figures(total(files)) == (1500, 1000, 1000, 1000)
