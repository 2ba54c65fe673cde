"""Money that cannot be counted twice: totals under a named policy, with bounds and the reason of every row."""

from __future__ import annotations

from secgraph.money.groups import AXES
from secgraph.money.ledger import Ledger
from secgraph.money.policies import POLICIES, RULES, Policies, Policy, load_policies
from secgraph.money.selection import Selection
from secgraph.money.total import DECISIONS, REASONS, CurrencySum, RateUsed, Step, Total

__all__ = [
    "AXES", "DECISIONS", "POLICIES", "REASONS", "RULES", "CurrencySum", "Ledger", "Policies", "Policy", "RateUsed",
    "Selection", "Step", "Total", "load_policies",
]  # fmt: skip
