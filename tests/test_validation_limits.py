"""Where a rule of the contract begins to bite: what just passes, and what just does not."""

from __future__ import annotations

import pytest

from secgraph.records import TABLES
from secgraph.sources.collected import Count, Dataset, Tables
from secgraph.validation import render
from secgraph.validation.contract import check_minimums
from secgraph.validation.money import check_money
from secgraph.values import ERROR, Finding, Report


def money(*rows: dict[str, str]) -> list[str]:
    """Return the rules that money rows of one programme break."""
    tables = Tables()
    base = {"programme": "p", "kind": "commitment", "sources": "s"}
    tables.records["funding"] = [
        TABLES["funding"].model_validate(base | {"id": f"m-{at}", "row": at + 2} | row) for at, row in enumerate(rows)
    ]
    check_money(tables)
    return [finding.rule for finding in tables.findings.findings]


@pytest.mark.parametrize(("qualifier", "broken"), [("", ["same-sum-differs"]), ("about", [])])
def test_the_same_sum_may_differ_where_one_telling_is_not_exact(qualifier: str, broken: list[str]) -> None:
    one, other = {"amount": "100", "currency": "EUR"}, {"amount": "101", "currency": "EUR", "same_as": "m-0"}
    assert money(one, other | {"qualifier": qualifier}) == broken


@pytest.mark.parametrize(
    ("shares", "broken"),
    [(["33.4", "33.4", "33.3"], []), (["33.4", "33.4", "33.4"], ["share-sum"]), (["50", "51"], ["share-sum"])],
)
def test_shares_may_miss_the_whole_by_their_rounding_alone(shares: list[str], broken: list[str]) -> None:
    assert money(*({"share": share} for share in shares)) == broken


@pytest.mark.parametrize(("count", "broken"), [(1, ["dataset-minimum"]), (2, []), (3, []), (4, ["dataset-maximum"])])
def test_a_table_may_have_as_many_rows_as_told(count: int, broken: list[str]) -> None:
    tables = Tables(counts={"events": count}, dataset=Dataset(counts={"events": Count(2, 3)}))
    check_minimums(tables)
    assert [finding.rule for finding in tables.findings.findings] == broken


def test_a_thousand_errors_are_shown_over_all_rules_together() -> None:
    report = Report([Finding(rule, ERROR, f"wrong {at}") for rule in ("a", "b") for at in range(700)])
    lines = render(report).splitlines()
    assert sum("wrong" in line for line in lines) == 1000
    assert "  ... and 400 more: see --format tsv" in lines
