"""What was counted, as the pictures want it: with labels in place of IRIs, and the rows behind each figure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from secgraph.api.figures import amount_of, exact
from secgraph.errors import ConfigError
from secgraph.values import Table, text
from secgraph.views import Counted, Flow, Flows, Group, Groups, Note, Step, Waterfall, figure
from secgraph.vocab import local

if TYPE_CHECKING:
    import networkx

    from secgraph.money import Total

_IN: Final = ("counted", "split", "candidate")
"""The decisions that leave a row in the net sum."""


def named(total: Total) -> tuple[str, ...]:
    """Return the IRIs that a selection names."""
    asked = total.selection
    return (
        *asked.donors,
        *asked.recipients,
        *asked.beneficiaries,
        *asked.topics,
        *asked.instruments,
        *asked.programmes,
    )


def counted(total: Total, labels: Mapping[str, str], question: str) -> Counted:
    """Return how a total was counted, in the words of a page."""
    asked = total.selection

    def words(iris: tuple[str, ...]) -> str:
        return ", ".join(labels.get(iri, local(iri)) for iri in iris)

    parts = [words(asked.donors) or "all givers"]
    parts += [f"to {words(asked.recipients)}"] if asked.recipients else []
    parts += [f"for {words(asked.beneficiaries)}"] if asked.beneficiaries else []
    parts += [f"on {words(asked.topics)}"] if asked.topics else []
    parts += [f"by {words(asked.instruments)}"] if asked.instruments else []
    parts += [f"in {words(asked.programmes)}"] if asked.programmes else []
    if asked.first_year or asked.last_year:
        first, last = str(asked.first_year or "the first year"), str(asked.last_year or "the last one")
        parts.append(first if first == last else f"{first} to {last}")
    notes = [
        Note("Kinds of money", ", ".join(total.kinds) + (f", measured as {total.measure}" if total.measure else ""))
    ]
    for one in total.by_currency:
        notes.append(Note(f"As published in {one.currency}", f"net {figure(one.net)}, {one.rows:,} rows"))
    if total.rates_used:
        how = "rates of the day" if total.rates == "date" else "yearly averages"
        told = (f"{used.rate:f} {used.currency} ({used.date}, {used.source})" for used in total.rates_used)
        notes.append(Note(f"One {total.currency}", f"{'; '.join(told)}; {how}"))
    if total.constant:
        notes.append(Note("Prices of", total.constant))
    notes.append(Note("Beside the net sum", f"unsplit {figure(total.unsplit)}, unknown {figure(total.unknown)}"))
    rows = ", ".join(f"{count:,} {name}" for name, count in total.counts.items() if count and name != "rows")
    notes.append(Note("Rows", rows or "none"))
    notes += [Note("Note", note) for note in total.notes]
    title = f"Money: {', '.join(parts)}"
    return Counted(
        title, question, total.policy, total.title.rstrip(".") + ".", total.currency, tuple(notes), total.reasons()
    )


def fall(total: Total, labels: Mapping[str, str]) -> Waterfall:
    """Return the way from the naive sum to the net one, each step with its rows."""
    from secgraph.money import RULES

    by_rule: dict[str, list[str]] = defaultdict(list)
    every, kept = [], []
    for row in total.reasons().dicts():
        by_rule[row["rule"]].append(row["id"])
        every.append(row["id"])
        if row["decision"] in _IN:
            kept.append(row["id"])
    steps = tuple(
        Step(step.rule, RULES.get(step.rule, step.rule), -step.amount, tuple(by_rule.get(step.rule, ())))
        for step in total.steps
    )
    return Waterfall(
        counted(total, labels, "How much is left of the naive sum once nothing is counted twice?"), total.naive,
        tuple(every), steps, total.net, tuple(kept), total.low, total.high, total.unsplit + total.unknown,
        total.high_open,
    )  # fmt: skip


def groups(table: Table, total: Total, labels: Mapping[str, str], axis: str) -> Groups:
    """Return a total divided by an axis, as bars."""
    found = []
    for row in table.dicts():
        key = text(row["key"])
        name = text(row["label"]) or local(key) or key
        naive, net, low, high = (amount_of(row[figure_]) for figure_ in ("naive", "net", "low", "high"))
        found.append(Group(name, int(row["rows"]), naive, net, low, high, not key.startswith(("http", "1", "2"))))
    return Groups(counted(total, labels, f"How much is it for each {axis}?"), axis, tuple(found))


THROUGH: Final = ("instrument", "programme", "nothing")
"""What may stand between givers and receivers."""


def flows(
    network: networkx.MultiDiGraph, total: Total, labels: Mapping[str, str], through: str = "instrument"
) -> Flows:
    """Return who gives to whom as flows, through instruments, programmes or nothing.

    Raises:
        ConfigError: nothing of that name stands between givers and receivers.
    """
    middle = _middle(through)
    sums: dict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    rows: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for giver, receiver, tie in network.edges(data=True):
        ends = (giver, *(str(tie.get(name) or "") for name in middle), receiver)
        sums[ends] += amount_of(tie["net"])
        rows[ends] += tie["rows"].split("|")
    found = tuple(Flow(ends, amount, tuple(rows[ends])) for ends, amount in sorted(sums.items()))
    named_ = {node: str(label or node) for node, label in network.nodes(data="label")} | dict(labels)
    question = "Who gives to whom?" if not middle else f"Who gives to whom, through which {through}?"
    return Flows(counted(total, labels, question), ("donor", *middle, "recipient"), found, named_, {})


def flow_table(network: networkx.MultiDiGraph, total: Total, through: str = "instrument") -> Table:
    """Return who gives to whom as a table, largest first."""
    found = flows(network, total, {}, through)
    columns = (*found.columns, "net", "rows", "row_ids")
    ordered = sorted(found.flows, key=lambda flow: (-flow.amount, flow.ends))
    return Table(columns, tuple(
        (*(found.label(key) for key in flow.ends), exact(flow.amount), len(set(flow.rows)), "|".join(flow.rows))
        for flow in ordered
    ), f"{total.policy}: {total.title}")  # fmt: skip


def _middle(through: str) -> tuple[str, ...]:
    if through not in THROUGH:
        raise ConfigError(f"money does not flow through {through}", hint="one of " + ", ".join(THROUGH))
    return () if through == "nothing" else (through,)
