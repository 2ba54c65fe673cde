"""The ledger of one release: totals, groups, the way from naive to net, and flows."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from secgraph.errors import ConfigError
from secgraph.money.book import Book, compile_book
from secgraph.money.groups import AXES, PATH, ROW, Grouping, flow_network
from secgraph.money.judging import Judge, Judged
from secgraph.money.links import Candidates, Links, candidates
from secgraph.money.matching import Match, Matcher
from secgraph.money.parties import Parties
from secgraph.money.plan import Plan
from secgraph.money.policies import POLICIES, RULES, SECURITY, Policy, load_policies
from secgraph.money.rates import EURO, YEARLY, Exchange
from secgraph.money.reckoning import reckon
from secgraph.money.selection import Selection
from secgraph.money.total import Total
from secgraph.money.view import View, money
from secgraph.values import Cell, Table, nearest

if TYPE_CHECKING:
    import networkx as nx

_RELATIONS = (
    "things", "programmes", "events", "links", "participations", "transactions", "budgets", "allocations", "sources",
    "rates", "deflators",
)  # fmt: skip


class Tables(Protocol):
    """Whatever hands out relations by name."""

    def table(self, name: str) -> Table:
        """Return one relation."""
        ...


class Ledger:
    """The money rows of one release, compiled once; every total, group and flow is made from it."""

    def __init__(self, relations: Tables, policies: Path = POLICIES) -> None:
        self.policies = load_policies(policies)
        tables = {name: relations.table(name) for name in _RELATIONS}
        self._sources = tables["sources"]
        self._parties = Parties(tables, self.policies)
        self._book: Book = compile_book(tables, self._parties, self.policies)
        self._links = Links(self._book)
        self._matcher = Matcher(self._book, self._parties, self.policies)
        self._exchange = Exchange(tables["rates"], tables["deflators"])
        self._plans: dict[str, Plan] = {}
        self._views: dict[tuple[str, str, str], View] = {}
        self._candidates: dict[str, Candidates] = {}

    def total(
        self,
        selection: Selection | None = None,
        policy: str = "net-commitments",
        currency: str = EURO,
        rates: str = YEARLY,
        constant: str | None = None,
    ) -> Total:
        """Return the total of a selection under a policy, in one currency.

        Args:
            selection: what the total is about; everything where none is given.
            policy: the name of a policy.
            currency: the reference currency.
            rates: `yearly` converts with the average of each row's year, `date` with the rate of its day.
            constant: a deflator and a base year, as `NAME@YEAR`, for a total in that year's prices.

        Raises:
            NotFoundError: no such policy, deflator, or thing that is asked for.
            AmbiguousError: an id stands for several things.
            ConfigError: no such currency or way to convert, or no deflators.
        """
        chosen = selection or Selection()
        told, view, match, judged = self._judge(chosen, policy, currency, rates, constant)
        return reckon(self._book, self.policies, told, chosen, view, (rates, constant or ""), match, judged)

    def by(
        self,
        axis: str,
        selection: Selection | None = None,
        policy: str = "net-commitments",
        currency: str = EURO,
        rates: str = YEARLY,
        constant: str | None = None,
    ) -> Table:
        """Return the total divided by an axis, the largest first; the groups add up to the total, to the cent.

        Givers are summed up under the party above them. What no percentages divide is a group of its own, as is what
        nobody is known of.

        Args:
            axis: one of `AXES`.
            selection: as in `total`, and so the rest.
            policy: as in `total`.
            currency: as in `total`.
            rates: as in `total`.
            constant: as in `total`.

        Raises:
            ConfigError: no such axis, or what `total` raises.
        """
        if axis not in AXES:
            near = nearest(axis, AXES)
            raise ConfigError(f"a total cannot be divided by {axis!r}", hint="one of " + ", ".join(near or AXES))
        chosen = selection or Selection()
        told, view, _match, judged = self._judge(chosen, policy, currency, rates, constant)
        grouping = self._grouping(chosen, told)
        groups = grouping.groups((axis,), judged)
        rows: list[tuple[Cell, ...]] = [
            (key, grouping.label(axis, key), group.rows, *map(money, group.sums), view.currency)
            for (key,), group in sorted(groups.items(), key=lambda item: (-item[1].sums[0], item[0]))
        ]
        note = f"{told.name}, {view.currency}; {chosen.words() or 'everything'}"
        return Table(("key", "label", "rows", "net", "low", "high", "currency"), tuple(rows), note)

    def waterfall(
        self,
        selection: Selection | None = None,
        policy: str = "net-commitments",
        currency: str = EURO,
        rates: str = YEARLY,
        constant: str | None = None,
    ) -> Table:
        """Return the way from the naive sum to the net one: each step's change, what is left after it, and its rows."""
        total = self.total(selection, policy, currency, rates, constant)
        left = total.naive
        rows: list[tuple[Cell, ...]] = [_step("naive", "all rows added up", None, left, total.counts["rows"])]
        for rule, amount, count in total.steps:
            left -= amount
            rows.append(_step(rule, RULES[rule], -amount, left, count))
        counted = sum(total.counts[name] for name in ("counted", "split", "candidate"))
        rows.append(_step("net", total.title, None, total.net, counted))
        rows.append(_step("low", "at the least", None, total.low, None))
        rows.append(_step("high", "at the least as much" if total.high_open else "at the most", None, total.high, None))
        note = f"{total.policy}, {total.currency}; {total.selection.words() or 'everything'}"
        return Table(("step", "what", "change", "left", "rows"), tuple(rows), note)

    def flows(
        self,
        selection: Selection | None = None,
        policy: str = "net-commitments",
        currency: str = EURO,
        rates: str = YEARLY,
        constant: str | None = None,
        path: tuple[str, ...] = PATH,
    ) -> nx.MultiDiGraph:
        """Return who gives to whom for which country, as a directed network of net sums.

        Nodes are `AXIS:KEY` with `label`, `axis`, `key` and `state`: empty, or why it is no single known thing. Edges
        carry `net`, `low`, `high` and `rows`. `graph.graph` has the `paths`, each whole way with its sums, and what
        the total is: `policy`, `currency`, `selection`, `net`.

        Args:
            selection: as in `total`, and so the rest.
            policy: as in `total`.
            currency: as in `total`.
            rates: as in `total`.
            constant: as in `total`.
            path: two axes or more, from the giver on; the last may be `row`, the ids of the rows.

        Raises:
            ConfigError: an axis that there is not, or twice, or what `total` raises.
        """
        if len(path) < 2 or len(set(path)) < len(path) or not set(path) <= {*AXES, ROW}:
            raise ConfigError(f"money cannot flow over {', '.join(path)}", hint="two or more of " + ", ".join(AXES))
        chosen = selection or Selection()
        told, view, _match, judged = self._judge(chosen, policy, currency, rates, constant)
        graph = flow_network(self._grouping(chosen, told), path, judged)
        graph.graph |= {"policy": told.name, "currency": view.currency, "selection": chosen.words()}
        return graph

    def _judge(
        self, selection: Selection, policy: str, currency: str, rates: str, constant: str | None
    ) -> tuple[Policy, View, Match, Judged]:
        told = self.policies.policy(policy)
        view = self._view(currency, rates, constant or "")
        if policy not in self._plans:
            self._plans[policy] = Plan(self._book, self._links, self._parties, told, self._sources)
        plan = self._plans[policy]
        match = self._matcher.match(selection, plan.rows, scoped=told.scope == SECURITY)
        judge = Judge(
            self._book, self._links, plan, view, self.policies, told, match,
            (selection.first_year, selection.last_year), self._perhaps(policy, plan),
        )  # fmt: skip
        return told, view, match, judge.judge()

    def _view(self, currency: str, rates: str, constant: str) -> View:
        key = (currency, rates, constant)
        if key not in self._views:
            deflator = self._exchange.deflate(constant, currency) if constant else None
            self._views[key] = View(self._book, self._exchange, currency, rates, deflator)
        return self._views[key]

    def _perhaps(self, policy: str, plan: Plan) -> Candidates:
        """Return the unjudged candidates of a policy; what they are does not depend on the currency asked for."""
        if not {"same-sum-unjudged", "part-unjudged"} & set(self.policies.policy(policy).rules):
            return Candidates({}, {})
        if policy not in self._candidates:
            view = self._view(EURO, YEARLY, "")
            euros = {row: Decimal(int(view.cents[row])) for row in plan.countable(view.known)}
            self._candidates[policy] = candidates(self._links, self._parties, self.policies, sorted(euros), euros)
        return self._candidates[policy]

    def _grouping(self, selection: Selection, policy: Policy) -> Grouping:
        scoped = policy.scope == SECURITY
        return Grouping(self._book, self._parties, self.policies, self._matcher, selection, scoped=scoped)


def _step(name: str, what: str, change: Decimal | None, left: Decimal, rows: int | None) -> tuple[Cell, ...]:
    return name, what, None if change is None else _cell(change), _cell(left), rows


def _cell(amount: Decimal) -> Cell:
    return money(int(amount.scaleb(2)))
