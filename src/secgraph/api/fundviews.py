"""What was counted, as the pictures want it: with labels in place of IRIs, and the rows behind each figure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from secgraph.api.figures import amount_of, exact
from secgraph.money import CurrencySum
from secgraph.money.groups import SEVERAL
from secgraph.money.parties import REGIONAL, UNIDENTIFIED, UNKNOWN
from secgraph.values import Table, text
from secgraph.views import Counted, Flow, Flows, Group, Groups, Listed, Note, Shown, Step, Waterfall, figure
from secgraph.vocab import local

if TYPE_CHECKING:
    import networkx

    from secgraph.money import Total

_IN: Final = ("counted", "split", "candidate")
"""The decisions that leave a row in the net sum."""
BESIDE: Final = "beside"
_UNKNOWN: Final = {
    "donor": "unknown giver", "recipient": "unknown recipient", "beneficiary": "no country stated",
    "instrument": "no instrument stated", "programme": "no programme stated", "topic": "no topic stated",
    "year": "no year stated",
}  # fmt: skip
"""What the end of an axis is called of which nothing is known."""
_APART: Final = {
    UNIDENTIFIED: "a name that is none of the known organisations",
    REGIONAL: "for several countries, and no percentages are stated",
    SEVERAL: "and no percentages are stated",
    "several": "together, and no shares are stated",
}
"""Why an end is no single known thing."""


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

    parts = [f"from {words(asked.donors) or 'all givers'}"]
    parts += [f"to {words(asked.recipients)}"] if asked.recipients else []
    parts += [f"for {words(asked.beneficiaries)}"] if asked.beneficiaries else []
    parts += [f"on {words(asked.topics)}"] if asked.topics else []
    parts += [f"by {words(asked.instruments)}"] if asked.instruments else []
    parts += [f"in {words(asked.programmes)}"] if asked.programmes else []
    title = "Money " + " ".join(parts)
    if asked.first_year or asked.last_year:
        first, last = str(asked.first_year or "the first year"), str(asked.last_year or "the last one")
        title += f", {first}" if first == last else f", {first} to {last}"
    measure = f", measured as {total.measure}" if total.measure else ""
    notes = [Note("Kinds of money", ", ".join(total.kinds) + measure)]
    if total.rates_used:
        notes.append(Note("Converted", _rates(total)))
    if total.constant:
        notes.append(Note("Prices of", total.constant))
    if total.unsplit or total.unknown:
        notes.append(Note("Beside the net sum", f"unsplit {figure(total.unsplit)}, unknown {figure(total.unknown)}"))
    rows = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in total.counts.items() if count)
    notes.append(Note("Rows", rows or "none"))
    notes += [Note("Note", note) for note in total.notes]
    return Counted(
        title, question, total.policy, total.title.rstrip(".") + ".", total.currency, tuple(notes), total.reasons(),
        _published(total),
    )  # fmt: skip


def _rates(total: Total) -> str:
    """Return in short how sums were converted; the table of the page has each rate."""
    codes = sorted({used.currency for used in total.rates_used})
    days = sorted(used.date for used in total.rates_used)
    how = "rates of the day" if total.rates == "date" else "yearly averages"
    sources = sorted({used.source.partition(",")[0] for used in total.rates_used})
    when = days[0] if days[0] == days[-1] else f"{days[0]} to {days[-1]}"
    return f"{', '.join(codes)} by {how}, {when}: {'; '.join(sources)}"


def _published(total: Total) -> tuple[Listed, ...]:
    """Return the sums as they were published, and the rates, as tables of a page."""
    sums = tuple(
        ("", (Shown(one.currency), Shown(f"{one.rows:,}"), *(Shown(figure(sum_)) for sum_ in one[2:])))
        for one in total.by_currency
    )
    rates = tuple(
        ("", (Shown(one.currency), Shown(f"{one.rate:f}"), Shown(one.date), Shown(one.source), Shown(f"{one.rows:,}")))
        for one in total.rates_used
    )
    at = total.currency
    return (
        Listed(
            "As published, nothing converted",
            ("currency", "rows", *CurrencySum._fields[2:]),
            sums,
            frozenset(range(1, 6)),
        ),
        Listed("Rates", ("currency", f"for one {at}", "date", "source", "rows"), rates, frozenset((1, 4))),
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


def groups(table: Table, rows: networkx.MultiDiGraph, total: Total, labels: Mapping[str, str], axis: str) -> Groups:
    """Return a total divided by an axis, as bars.

    Args:
        table: the groups with their sums.
        rows: the flows from the axis to the rows.
        total: what is divided.
        labels: what the things that were asked for are called.
        axis: what divides.
    """
    behind: dict[str, list[str]] = defaultdict(list)
    for path in rows.graph["paths"]:
        behind[path["ends"][0]].append(path["ends"][1])
    found = []
    for row in table.dicts():
        key = text(row["key"])
        net, low, high = (amount_of(row[name]) for name in ("net", "low", "high"))
        state = rows.nodes[f"{axis}:{key}"]["state"] if f"{axis}:{key}" in rows else ""
        label = _UNKNOWN.get(axis, key) if state == UNKNOWN else text(row["label"])
        found.append(Group(label, net, low, high, tuple(behind[key]), bool(state)))
    return Groups(counted(total, labels, f"How much is it for each {axis}?"), axis, tuple(found))


def flows(network: networkx.MultiDiGraph, total: Total, labels: Mapping[str, str]) -> Flows:
    """Return who gives to whom as flows, each with its rows.

    Args:
        network: the flows over some axes, the last of them the rows.
        total: what flows.
        labels: what the things that were asked for are called.
    """
    axes = network.graph["path"][:-1]
    names, apart = {}, {}
    for node, told in network.nodes(data=True):
        axis, state = told["axis"], told["state"]
        names[node] = _UNKNOWN.get(axis, told["label"]) if state == UNKNOWN else told["label"]
        if state:
            apart[node] = _APART.get(state, "") if state != UNKNOWN else f"no source names the {axis}"
    sums: dict[tuple[str, ...], list[Decimal]] = defaultdict(lambda: [Decimal(), Decimal()])
    rows: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for path in network.graph["paths"]:
        *keys, row = path["ends"]
        ends = tuple(f"{axis}:{key}" for axis, key in zip(axes, keys, strict=True))
        net, high = Decimal(path["net"]), Decimal(path["high"])
        if not net and high > 0 and ends[-1] not in apart:
            # Its end would look as if it had the money: it has none of it for certain.
            ends = (*ends[:-1], BESIDE)
        sums[ends][0] += net
        sums[ends][1] += high if not net and high > 0 else 0
        rows[ends].append(row)
    found = []
    for ends, (net, beside) in sorted(sums.items()):
        if net or not beside:
            found.append(Flow(ends, net, tuple(rows[ends])))
        if beside and not net:
            found.append(Flow(ends, net, tuple(rows[ends]), beside))
    names[BESIDE], apart[BESIDE] = (
        "beside the net sum",
        "undivided, without a date, or told by others alone: it may be of what was asked for",
    )
    question = f"Who gives to whom: from {' to '.join(axes)}"
    return Flows(counted(total, labels, f"{question}?"), axes, tuple(found), names, apart)


def flow_table(found: Flows, total: Total) -> Table:
    """Return flows as a table, largest first."""
    ordered = sorted(found.flows, key=lambda flow: (-flow.amount, -flow.beside, flow.ends))
    rows = tuple(
        (*map(found.label, flow.ends), exact(flow.amount), exact(flow.beside) if flow.beside else None,
         len(set(flow.rows)), "|".join(sorted(set(flow.rows))))
        for flow in ordered
    )  # fmt: skip
    return Table((*found.columns, "net", "beside", "rows", "row_ids"), rows, f"{total.policy}: {total.title}")
