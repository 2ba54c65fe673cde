"""The named policies of totals and the settings beside them, from one readable file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from secgraph.errors import ConfigError, NotFoundError
from secgraph.values import nearest

POLICIES: Final = Path(__file__).resolve().parent.parent / "assets" / "policies.toml"
"""The file of the policies that come with the package."""

SECURITY, ALL_SECTORS = "security", "all-sectors"

RULES: Final[dict[str, str]] = {
    "no-amount": "no sum is stated: a tie without a sum",
    "too-large": "a sum that no source can mean",
    "over-100": "percentages add up to more than 100",
    "other-measure": "another measure of the flow",
    "wider-scope": "the sum holds all sectors",
    "outside-scope": "its sectors are outside the scope, in whole or for the part left out",
    "secondary-reporter": "told by somebody who does not answer for the activity",
    "same-activity": "the same activity in the file of its own publisher",
    "original-budget": "the budget of the same period was revised",
    "hierarchy": "the parts of the activity carry the money",
    "revised": "a later row replaces it",
    "snapshot": "an earlier state of a running figure",
    "same-sum": "another row tells of the same sum",
    "part-of-total": "inside a sum that counts",
    "pass-through": "paid out of money that counts",
    "joint-parties": "given together with others, and no shares are stated",
    "undated": "no date, so that the year is unknown",
    "several-topics": "for several topics, and no percentages are stated",
    "unsplit-sector": "nobody states which part of it is in the scope",
    "unsplit-regional": "for several countries, and no percentages are stated",
    "no-rate": "no exchange rate or deflator",
    "overlapping-parts": "parts of one sum that together exceed it",
    "same-sum-unjudged": "perhaps the same sum as another row, which nobody judged",
    "part-unjudged": "perhaps inside a running figure, which nobody judged",
    "share-of-total": "a share of a stated total",
    "split": "split by stated percentages",
    "pro-rata": "split by the days of its period",
    "up-to": "stated as the most",
    "more-than": "stated as the least",
    "about": "stated as approximate",
}
"""What each rule says of a row, in words; the last six leave the row in the total, with part of its sum or bounds."""

KEEPING: Final = ("share-of-total", "split", "pro-rata", "up-to", "more-than", "about")
"""The rules that take no row out, and so are not listed in a policy."""

OPTIONAL: Final = (
    "secondary-reporter", "same-activity", "original-budget", "hierarchy", "revised", "snapshot", "same-sum",
    "part-of-total", "pass-through", "overlapping-parts", "same-sum-unjudged", "part-unjudged",
)  # fmt: skip
"""The rules that a policy may do without; the others say what cannot be counted at all."""


@dataclass(frozen=True)
class Policy:
    """What is in a total: kinds of money, one measure, the scope, and the rules that decide each row."""

    name: str
    title: str
    kinds: tuple[str, ...]
    measure: str
    scope: str
    rules: tuple[str, ...]


@dataclass(frozen=True)
class Policies:
    """All policies of a file, and the settings that they share."""

    policies: Mapping[str, Policy]
    about: Decimal
    periods: str
    fiscal_days: int
    tolerance: Decimal
    slack_days: int
    percent_slack: Decimal
    state_bodies: frozenset[str]
    under: Mapping[str, tuple[str, ...]]
    regions: Mapping[str, tuple[str, ...]]

    def policy(self, name: str) -> Policy:
        """Return a policy by its name.

        Raises:
            NotFoundError: there is none of that name; `candidates` are the nearest.
        """
        if name not in self.policies:
            raise NotFoundError("policy", name, nearest(name, self.policies) or sorted(self.policies))
        return self.policies[name]


def load_policies(path: Path = POLICIES) -> Policies:
    """Return the policies and settings of a file.

    >>> load_policies().policy("net-commitments").kinds
    ('commitment',)

    Raises:
        ConfigError: the file is missing, malformed, or names a rule, scope or kind of settings that there is not.
    """
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
        order = _names(told["rules"])
        if set(order) != set(RULES) - set(KEEPING):
            odd = sorted(set(order) ^ (set(RULES) - set(KEEPING)))
            raise ValueError(f"the rules are not those that there are: see {', '.join(odd)}")
        return Policies(
            policies={name: _policy(name, entry, order) for name, entry in sorted(told["policies"].items())},
            about=_number(told["bounds"]["about"]),
            periods=_one_of(told["periods"]["rule"], PERIODS),
            fiscal_days=int(told["periods"]["fiscal_days"]),
            tolerance=_number(told["candidates"]["tolerance"]),
            slack_days=int(told["candidates"]["slack_days"]),
            percent_slack=_number(told["percentages"]["slack"]),
            state_bodies=frozenset(_names(told["givers"]["state_bodies"])),
            under={name: _names(members) for name, members in sorted(told["givers"]["under"].items())},
            regions={code: _names(members) for code, members in sorted(told["regions"].items())},
        )
    except (
        OSError,
        UnicodeDecodeError,
        tomllib.TOMLDecodeError,
        KeyError,
        TypeError,
        ValueError,
        AttributeError,
    ) as exc:
        said = f"{exc} is missing" if isinstance(exc, KeyError) else str(exc)
        raise ConfigError(
            f"the policies cannot be read from {path.name}: {said}", hint="compare it with the file of the package"
        ) from exc


PERIODS: Final = ("start", "pro-rata")
"""How a row that lasts over several years counts where years are asked for."""


def _policy(name: str, entry: Mapping[str, Any], order: tuple[str, ...]) -> Policy:
    unknown = set(entry) - {"title", "kinds", "measure", "scope", "without"}
    if unknown:
        raise ValueError(f"[policies.{name}] has no setting {sorted(unknown)[0]}")
    without = _names(entry.get("without", []))
    for rule in without:
        if rule not in OPTIONAL:
            raise ValueError(f"[policies.{name}] cannot do without {rule}")
    if not entry["kinds"]:
        raise ValueError(f"[policies.{name}] has no kinds")
    return Policy(
        name, str(entry["title"]), _names(entry["kinds"]), str(entry.get("measure", "")),
        _one_of(entry.get("scope", SECURITY), (SECURITY, ALL_SECTORS)),
        tuple(rule for rule in order if rule not in without),
    )  # fmt: skip


def _names(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(name, str) and name for name in value):
        raise ValueError(f"{value!r} is no list of names")
    if len(set(value)) < len(value):
        raise ValueError(f"{value!r} names one twice")
    return tuple(value)


def _one_of(value: Any, known: tuple[str, ...]) -> str:
    if value not in known:
        raise ValueError(f"{value!r} is none of {', '.join(known)}")
    return str(value)


def _number(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 100:
        raise ValueError(f"{value!r} is no number from 0 to 100")
    return Decimal(str(value))
