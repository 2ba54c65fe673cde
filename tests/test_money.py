"""What holds of every total: each row has one decision, and the figures follow from the decisions."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from secgraph.errors import AmbiguousError, ConfigError, NotFoundError
from secgraph.money import AXES, DECISIONS, REASONS, RULES, Ledger, Selection, load_policies
from secgraph.money.groups import divided
from secgraph.money.matching import share
from secgraph.money.spreads import WHOLE, Stated, by_percentages, part_of
from tests.made import MadeRelations, iri, thing

SLOW = settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
COUNTRIES = ("AL", "RS", "XK")
PROGRAMMES = {"one": ("XK",), "two": ("AL", "RS"), "three": ()}
Row = dict[str, str]


def row(number: int, **said: Any) -> Row:
    """One made-up commitment."""
    name = f"r{number:02}"
    day = said.pop("day", "2019-04-05")
    known = {"iri": iri(f"transaction/{name}"), "id": name, "kind": "commitment", "sources": f"s{number % 3}"}
    days = dict.fromkeys(("start_earliest", "start_latest", "end_latest"), day) if day else {}
    return {**known, **days, **{key: value for key, value in said.items() if value}}


def made(rows: list[Row]) -> MadeRelations:
    bodies = [thing(f"organisation/{name}", name) for name in ("aid", "unit", "relief")]
    return MadeRelations({
        "things": [*bodies, *(thing(f"jurisdiction/{code}", code) for code in COUNTRIES)],
        "programmes": [{"iri": iri(f"programme/{name}"), "id": name, "label": name} for name in PROGRAMMES],
        "participations": [
            {"iri": iri(f"participation/{name}-{code}"), "activity": iri(f"programme/{name}"), "role": "beneficiary",
             "participant": iri(f"jurisdiction/{code}")}
            for name, codes in PROGRAMMES.items() for code in codes
        ],
        "links": [{"subject": iri("organisation/unit"), "property": "https://w3id.org/secgraph/ns#parentOrganisation",
                   "object": iri("organisation/aid")}],
        "transactions": rows,
    })  # fmt: skip


@st.composite
def books(draw: st.DrawFn, links: bool = True) -> list[Row]:
    """Rows that may be linked to earlier ones, so that no link goes round."""
    rows: list[Row] = []
    for number in range(draw(st.integers(1, 9))):
        cents = draw(st.one_of(st.none(), st.integers(-9999, 999_999), st.sampled_from([100_000, 50_000])))
        said: dict[str, Any] = {
            "amount": None if cents is None else f"{Decimal(cents) / 100}",
            "currency": draw(st.sampled_from(["EUR", "EUR", "USD", "ALL"])),
            "providers": draw(
                st.sampled_from(["", *(iri(f"organisation/{name}") for name in ("aid", "unit", "relief"))])
            ),
            "finances": iri(f"programme/{draw(st.sampled_from(sorted(PROGRAMMES)))}"),
            "qualifier": draw(st.sampled_from(["", "", "about", "up-to", "more-than"])),
            "scope": draw(st.sampled_from(["", "", "", "all-sectors"])),
            "measure": draw(st.sampled_from(["", "", "", "obligation"])),
            "day": draw(st.sampled_from(["", "2018-01-02", "2019-04-05", "2020-12-31"])),
            "cumulative": draw(st.sampled_from(["", "", "true"])),
            "as_of": draw(st.sampled_from(["", "2019", "2020"])),
        }
        if links and rows:
            for name in ("part_of", "funded_from", "replaces", "same_as"):
                if draw(st.integers(0, 4)) == 0:
                    said[name] = draw(st.sampled_from(rows))["iri"]
        rows.append(row(number, **said))
    return rows


SELECTIONS = st.builds(
    Selection,
    donors=st.sampled_from([(), ("aid",), ("aid", "relief")]),
    beneficiaries=st.sampled_from([(), ("XK",), ("AL",), ("AL", "RS")]),
    first_year=st.sampled_from([0, 2019]),
    periods=st.sampled_from(["", "pro-rata"]),
)


@SLOW
@given(rows=books(), selection=SELECTIONS)
def test_each_row_has_one_decision_and_the_figures_follow(rows: list[Row], selection: Selection) -> None:
    ledger = Ledger(made(rows))
    total = ledger.total(selection)
    reasons = total.reasons().dicts()
    ids = [told["id"] for told in reasons]
    assert len(set(ids)) == len(ids) == total.counts["rows"]
    if selection == Selection():
        assert ids == sorted(told["id"] for told in rows)
    assert {told["decision"] for told in reasons} <= set(DECISIONS)
    assert {told["rule"] for told in reasons} <= {*RULES, ""}
    for name in DECISIONS:
        assert total.counts[name] == sum(told["decision"] == name for told in reasons)
    assert total.naive == sum(told["reference_amount"] or 0 for told in reasons)
    assert total.net == sum(told["counted_reference"] or 0 for told in reasons)
    assert total.naive - sum(step.amount for step in total.steps) == total.net
    assert total.low <= total.net <= total.high
    for told in reasons:
        assert (told["counted_amount"] is not None) == (told["decision"] in ("counted", "split", "candidate"))
        if told["other"]:
            assert told["other"] != told["id"]
    for one in total.by_currency:
        assert one.low <= one.net <= one.high


@SLOW
@given(rows=books(), selection=SELECTIONS)
def test_money_that_is_taken_out_is_in_the_total_by_another_row(rows: list[Row], selection: Selection) -> None:
    """Whoever is excluded since another row holds its money leads, over such rows, to one that is not."""
    reasons = {told["id"]: told for told in Ledger(made(rows)).total(selection).reasons().dicts()}
    for told in reasons.values():
        seen = set()
        while told["decision"] == "excluded" and told["rule"] in ("same-sum", "part-of-total", "pass-through"):
            assert told["id"] not in seen
            seen.add(told["id"])
            told = reasons[told["other"]]  # noqa: PLW2901  one step up


@SLOW
@given(rows=books(), selection=SELECTIONS, axis=st.sampled_from(AXES))
def test_groups_add_up(rows: list[Row], selection: Selection, axis: str) -> None:
    ledger = Ledger(made(rows))
    total, table = ledger.total(selection), ledger.by(axis, selection)
    for name in ("net", "low", "high"):
        assert sum(table.column(name)) == getattr(total, name)
    graph = ledger.flows(selection)
    assert Decimal(graph.graph["net"]) == total.net


@SLOW
@given(rows=books(links=False))
def test_parts_of_a_selection_without_links_add_up(rows: list[Row]) -> None:
    ledger = Ledger(made(rows))
    parts = [ledger.total(Selection(programmes=(name,))) for name in PROGRAMMES]
    assert sum(part.net for part in parts) == ledger.total().net
    assert sum(part.naive for part in parts) == ledger.total().naive


@SLOW
@given(rows=books(), at=st.integers(0, 8), selection=SELECTIONS)
def test_another_telling_of_a_sum_never_changes_the_total(rows: list[Row], at: int, selection: Selection) -> None:
    again = {**rows[at % len(rows)], "iri": iri("transaction/zz"), "id": "zz", "same_as": rows[at % len(rows)]["iri"]}
    for name in ("part_of", "funded_from", "replaces"):
        again.pop(name, None)
    before, after = Ledger(made(rows)).total(selection), Ledger(made([*rows, again])).total(selection)
    assert after.net == before.net
    assert after.high == before.high


@SLOW
@given(rows=books(), selection=SELECTIONS)
def test_the_order_of_rows_does_not_matter(rows: list[Row], selection: Selection) -> None:
    one, other = Ledger(made(rows)).total(selection), Ledger(made(rows[::-1])).total(selection)
    assert one == other
    assert one.reasons() == other.reasons()


@given(
    total=st.integers(-(10**17), 10**17), weights=st.lists(st.integers(1, 10**9), min_size=1, max_size=6)
)  # fmt: skip
def test_what_is_divided_adds_up(total: int, weights: list[int]) -> None:
    assert sum(divided(total, weights)) == total


@given(sums=st.lists(st.integers(-9 * 10**18, 9 * 10**18), min_size=1), part=st.integers(0, WHOLE))
def test_a_part_of_a_sum_is_exact(sums: list[int], part: int) -> None:
    import numpy as np

    found = share(np.array(sums, dtype=np.int64), np.full(len(sums), part, dtype=np.int64))
    assert found.tolist() == [(one * part + WHOLE // 2) // WHOLE if part not in (0, WHOLE) else one * part // WHOLE
                              for one in sums]  # fmt: skip


@given(
    stated=st.lists(
        st.tuples(st.sampled_from("abcd"), st.none() | st.decimals(0, 100, places=2)), min_size=1, max_size=4
    )
)
def test_a_spread_is_a_whole(stated: list[tuple[str, Decimal | None]]) -> None:
    spread = by_percentages([Stated(key, percentage) for key, percentage in stated], Decimal("0.5"))
    if not spread.over:
        assert sum(part for _key, part in spread.shares) + spread.undivided + spread.unknown == WHOLE
    every = part_of(spread, spread.keys, {})
    assert every.surely == (0 if spread.over else WHOLE - spread.unknown)
    for key in spread.keys:
        one = part_of(spread, frozenset(key), {})
        assert 0 <= one.surely <= one.most <= WHOLE


def test_a_loop_of_links_leaves_one_row() -> None:
    rows = [row(0, amount="1", currency="EUR"), row(1, amount="2", currency="EUR", part_of=iri("transaction/r00"))]
    rows[0]["part_of"] = iri("transaction/r01")
    total = Ledger(made(rows)).total()
    assert total.counts["counted"] == total.counts["excluded"] == 1


def test_of_two_tellings_the_one_that_surely_belongs_stands() -> None:
    # The other names no day: it may be of 2019 or of no year that is asked for, although others refer to it.
    rows = [row(0, amount="7", currency="EUR"), row(1, amount="7", currency="EUR", day="")]
    rows[0]["same_as"] = rows[1]["iri"]
    total = Ledger(made(rows)).total(Selection(first_year=2019, last_year=2019))
    assert (total.net, total.low, total.high) == (Decimal(7), Decimal(7), Decimal(7))
    assert {told["id"]: told["rule"] for told in total.reasons().dicts()} == {"r00": "", "r01": "same-sum"}


def test_a_running_figure_may_hold_what_nobody_linked() -> None:
    aid = {"providers": iri("organisation/aid"), "finances": iri("programme/one"), "currency": "EUR"}
    rows = [row(0, amount="100", cumulative="true", as_of="2019-12", **aid), row(1, amount="30", **aid)]
    total = Ledger(made(rows)).total()
    assert (total.net, total.low) == (Decimal(130), Decimal(100))
    assert total.reasons().dicts()[1]["rule"] == "part-unjudged"


def test_sums_that_cannot_be_told_in_another_currency() -> None:
    rows = [row(0, amount="5"), row(1, amount="8000000000000", currency="EUR"), row(2, amount="7", currency="EUR")]
    ledger = Ledger(made(rows))
    total = ledger.total()
    assert (total.counts["no-rate"], total.net) == (1, Decimal(8_000_000_000_007))
    assert "no currency is stated" in total.notes
    # 8 million million euros are more yen than 64 bits hold in hundredths: apart, and said.
    yen = ledger.total(currency="JPY")
    assert yen.counts["no-rate"] == 2
    assert "a sum is too large to be told in JPY" in yen.notes


def test_states_of_one_figure_need_one_beginning() -> None:
    said = {"currency": "EUR", "cumulative": "true", "finances": iri("programme/one")}
    rows = [
        row(0, amount="10", as_of="2018", **said) | {"end_latest": "2019-06-01"},
        row(1, amount="30", as_of="2020", **said) | {"end_latest": "2020-06-01"},
        row(2, amount="20", as_of="2021", **said) | {"end_latest": "2021-06-01"},
        row(3, amount="40", as_of="2022", **said) | {"start_earliest": "2020-01-01", "end_latest": "2022-06-01"},
    ]
    reasons = {told["id"]: told["rule"] for told in Ledger(made(rows)).total().reasons().dicts()}
    # 20 after 30 is no later state of it, and 40 since 2020 is another figure.
    assert reasons == {"r00": "snapshot", "r01": "", "r02": "", "r03": ""}


def test_what_cannot_be_asked_for() -> None:
    relations = made([])
    relations.rows["things"] += [thing("initiative/aid", "Aid pact")]
    ledger = Ledger(relations)
    with pytest.raises(AmbiguousError, match="'aid' is ambiguous"):
        ledger.total(Selection(donors=("aid",)))
    assert ledger.total(Selection(donors=("organisation/aid",))).counts["rows"] == 0
    assert ledger.total(Selection(donors=(iri("initiative/aid"),))).net == 0
    for asked, what in (
        (Selection(donors=("ad",)), "donor"), (Selection(recipients=("nobody",)), "recipient"),
        (Selection(beneficiaries=("aid",)), "country"), (Selection(topics=("aid",)), "topic"),
        (Selection(instruments=("aid",)), "instrument"), (Selection(programmes=("aid",)), "programme"),
    ):  # fmt: skip
        with pytest.raises(NotFoundError, match=f"no {what} named"):
            ledger.total(asked)
    with pytest.raises(NotFoundError, match="no policy named 'net-commitment'") as found:
        ledger.total(policy="net-commitment")
    assert found.value.candidates[0] == "net-commitments"
    with pytest.raises(ConfigError, match="cannot be divided by 'giver'"):
        ledger.by("giver")
    with pytest.raises(ConfigError, match="cannot flow over donor"):
        ledger.flows(path=("donor",))
    with pytest.raises(ConfigError, match="no rate of 'QQQ'"):
        ledger.total(currency="QQQ")
    with pytest.raises(ConfigError, match="years run backwards"):
        Selection(first_year=2020, last_year=2019)
    with pytest.raises(ConfigError, match="no rule for periods"):
        Selection(periods="days")
    with pytest.raises(ConfigError, match="donors is a list"):
        Selection(donors="eu")  # type: ignore[arg-type]


def test_an_empty_total_is_none_and_says_what_it_is() -> None:
    total = Ledger(made([])).total(Selection(donors=("aid",), last_year=2020))
    assert total.naive == total.net == total.low == total.high == len(total.reasons()) == 0
    assert total.reasons().columns == REASONS
    assert (total.policy, total.kinds, total.scope) == ("net-commitments", ("commitment",), "security")
    assert total.selection.words() == "donors aid; years the first to 2020"


def test_each_rule_is_told_in_words_beside_the_policies() -> None:
    policies = load_policies()
    for policy in policies.policies.values():
        assert policy.title
        assert set(policy.rules) <= set(RULES)
    assert policies.policy("obligations").measure == "obligation"
