"""The examples of docs/money.md, counted: the rows as the page shows them, against the figures that it says follow."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

import pytest

from secgraph.cli import fund
from secgraph.money import DECISIONS, RULES, Ledger, Selection, Total, load_policies
from secgraph.vocab import ID
from tests.conftest import ROOT
from tests.made import MadeRelations, iri

PAGE = (ROOT / "docs" / "money.md").read_text(encoding="utf-8")
SUMS = ("naive", "net", "low", "high", "unsplit", "unknown")

Rows = list[dict[str, str]]


class Example(NamedTuple):
    """One example of the page: where it stands, its rows, what is typed, and the figures that follow."""

    heading: str
    rows: Rows
    typed: str
    figures: Mapping[str, Decimal]
    why: Mapping[str, tuple[str, ...]]
    """The rows that a figure names as those that a rule decided."""


def tables(text: str) -> Iterator[tuple[int, Rows]]:
    """Yield each table of a text with where it ends."""
    for found in re.finditer(r"(?:^\|.*\|\n)+", text, flags=re.MULTILINE):
        lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in found[0].splitlines()]
        yield found.end(), [dict(zip(lines[0], line, strict=True)) for line in lines[2:]]


def examples() -> list[Example]:
    """Return the examples: a table of rows, a command, a table of figures."""
    found = []
    for section in re.split(r"^##+ ", PAGE, flags=re.MULTILINE):
        heading = section.partition("\n")[0]
        listed = list(tables(section))
        for (end, rows), (_end, figures) in pairwise(listed):
            if "row" in rows[0] and "figure" in figures[0]:
                commands = re.findall(r"^    (secgraph fund .*)$", section[end:], flags=re.MULTILINE)
                sums = {line["figure"]: Decimal(line["EUR"]) for line in figures}
                named = {line["figure"]: re.match(r"(?:`[\w-]+`(?:, )?)+:", line["why"]) for line in figures}
                why = {name: tuple(re.findall(r"`([\w-]+)`", told[0])) for name, told in named.items() if told}
                found.append(Example(heading, rows, commands[0], sums, why))
    return found


EXAMPLES = examples()


def thing(name: str) -> str:
    kind = "jurisdiction" if re.fullmatch("[A-Z]{2}", name) else "organisation"
    return iri(f"{kind}/{name}")


def dated(told: str) -> dict[str, str]:
    """Return the columns of a date or period as the tables write it."""
    if not told:
        return {"start_state": "unknown", "end_state": "unknown"}
    first, _, last = told.partition("/")
    ends = {
        name: value if len(value) == 10 else f"{value}-01"
        for name, value in (("first", first), ("last", last or first))
    }
    return {
        "start": first, "start_earliest": ends["first"], "start_latest": ends["first"], "start_state": "known",
        "end": last or first, "end_earliest": ends["last"], "end_latest": ends["last"], "end_state": "known",
    }  # fmt: skip


def relations(rows: Rows) -> MadeRelations:
    """Return the relations that hold the rows of an example."""
    made: dict[str, Rows] = {"transactions": [], "budgets": [], "programmes": [], "allocations": []}
    actors: dict[str, None] = {}
    kinds = {row["row"]: "budget" if row["kind"] == "budget" else "transaction" for row in rows}
    for row in rows:
        money = {
            "iri": iri(f"{kinds[row['row']]}/{row['row']}"), "id": row["row"], "kind": row["kind"],
            "finances": iri(f"programme/{row['programme']}"), "amount": row["amount"], "currency": row["currency"],
            "sources": row.get("source") or "report", "budget_type": row.get("type", ""),
            "qualifier": row.get("said", ""), "cumulative": "true" if row.get("cumulative") == "yes" else "",
            "as_of": row.get("as_of", ""), **dated(row["date"]),
        }  # fmt: skip
        for column, name in (("giver", "providers"), ("receiver", "receivers")):
            if row.get(column):
                money[name] = thing(row[column])
                actors[row[column]] = None
        for name in ("part_of", "funded_from", "same_as", "replaces", "different_from"):
            if row.get(name):
                money[name] = iri(f"{kinds[row[name]]}/{row[name]}")
        programme = {"iri": iri(f"programme/{row['programme']}"), "id": row["programme"], "label": row["programme"]}
        if row.get("reporter"):
            programme["reporter"] = money["reporter"] = thing(row["reporter"])
        if row.get("in_scope"):
            least, _, most = row["in_scope"].partition("-")
            programme |= {"scope_least": least, "scope_most": most or least}
        if row.get("within"):
            programme["part_of"] = iri(f"programme/{row['within']}")
        made[f"{kinds[row['row']]}s"].append({name: value for name, value in money.items() if value})
        if programme not in made["programmes"]:
            made["programmes"].append(programme)
        for stated in filter(None, row.get("countries", "").split(", ")):
            code, _, percentage = stated.partition(" ")
            actors[code] = None
            allocation = {
                "iri": iri(f"allocation/{row['row']}--{code}"), "of": money["iri"], "of_kind": kinds[row["row"]],
                "to": thing(code), "axis": "country", "code": code, "percentage": percentage, "sources": "report",
            }  # fmt: skip
            made["allocations"].append({name: value for name, value in allocation.items() if value})
    made["things"] = [
        {"iri": thing(name), "kind": thing(name).removeprefix(ID).partition("/")[0], "id": name, "label": name}
        for name in actors
    ]
    return MadeRelations(made)


def count(example: Example) -> Total:
    """Return the total that the command of an example asks for."""
    words = shlex.split(example.typed)
    assert words[:3] == ["secgraph", "fund", "total"]
    told = dict(zip(words[3::2], words[4::2], strict=True))
    selection = Selection(beneficiaries=tuple(filter(None, [told.pop("--beneficiary", "")])))
    policy = told.pop("--policy", "net-commitments")
    assert not told
    return Ledger(relations(example.rows)).total(selection, policy)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.heading)
def test_an_example_follows_from_its_rows(example: Example) -> None:
    total = count(example)
    found = {name: getattr(total, name) for name in SUMS if name in example.figures}
    found |= {step.rule: -step.amount for step in total.steps if step.amount or step.rule in example.figures}
    assert found == example.figures
    # By hand from the page alone: the steps lead from the naive sum to the net one.
    steps = sum(amount for name, amount in example.figures.items() if name not in SUMS)
    assert example.figures["naive"] + steps == example.figures["net"]
    assert sum(Decimal(row["amount"]) for row in example.rows if row["kind"] in total.kinds) == example.figures["naive"]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.heading)
def test_each_row_of_an_example_has_its_reason(example: Example) -> None:
    total = count(example)
    reasons = {row["id"]: row for row in total.reasons().dicts()}
    assert set(reasons) == {row["row"] for row in example.rows if row["kind"] in total.kinds}
    for rule, rows in example.why.items():
        assert {row["id"] for row in reasons.values() if row["rule"] == rule} == set(rows)


@pytest.mark.parametrize(
    "wrong",
    [
        "Parent and child budgets added", "Original and revised budgets added", "Both reporters of one flow added",
        "One gift in two press notes added", "Amounts for several countries multiplied", "A total and its shares added",
        "States of one running figure added", "Promises and payments added", "Bounds",
    ],
)  # fmt: skip
def test_each_case_that_is_counted_wrong_elsewhere_has_an_example(wrong: str) -> None:
    assert [example for example in EXAMPLES if example.heading == wrong]


def test_the_examples_are_all_of_the_page() -> None:
    assert len(EXAMPLES) == 13
    assert len([rows for _end, rows in tables(PAGE) if "row" in rows[0]]) == 13


def test_the_page_names_policies_and_rules_that_are_there() -> None:
    policies = load_policies().policies
    for name in re.findall(r"--policy ([a-z-]+)", PAGE):
        assert name in policies
    for example in EXAMPLES:
        assert set(example.figures) - set(SUMS) <= set(RULES)
    decisions = next(rows for _end, rows in tables(PAGE) if "decision" in rows[0])
    assert [row["decision"] for row in decisions] == list(DECISIONS)


def test_the_commands_of_the_page_are_commands() -> None:
    names = {
        command.name or (command.callback.__name__ if command.callback else "")
        for command in fund.fund.registered_commands
    }
    assert set(re.findall(r"^    secgraph fund ([a-z]+)", PAGE, flags=re.MULTILINE)) == names
