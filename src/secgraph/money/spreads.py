"""How a sum is spread over countries or subjects: by stated percentages, undivided, or not known.

Parts are counted in thousand-millionths of the sum, in whole numbers, so that they add up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final, NamedTuple

WHOLE: Final = 10**9
"""The parts of a whole sum."""


class Stated(NamedTuple):
    """One statement of an allocation: to what, and the percentage where one is stated."""

    key: str
    percentage: Decimal | None


class Spread(NamedTuple):
    """How one sum is spread.

    Attributes:
        shares: the parts of single keys, sorted.
        among: keys that have `undivided` together, and nobody says how.
        undivided: their part.
        unknown: the part of which nothing is stated.
        over: the percentages add up to more than the whole, so that nothing of it can be used.
    """

    shares: tuple[tuple[str, int], ...] = ()
    among: frozenset[str] = frozenset()
    undivided: int = 0
    unknown: int = 0
    over: bool = False

    @property
    def keys(self) -> frozenset[str]:
        """All keys that have, or may have, a part."""
        return self.among | {key for key, _part in self.shares}


NOTHING: Final = Spread(unknown=WHOLE)


class Part(NamedTuple):
    """What of a spread falls to some keys: for certain, and at the most; whether any of them is named in it."""

    surely: int
    most: int
    named: bool


def one_or_several(keys: Iterable[str]) -> Spread:
    """Return the spread of keys that are named without percentages: one has it all, several have it undivided.

    >>> one_or_several(["XK"]).shares
    (('XK', 1000000000),)
    >>> one_or_several(["AL", "XK"]).undivided
    1000000000
    """
    named = sorted(set(keys))
    if not named:
        return NOTHING
    return Spread(shares=((named[0], WHOLE),)) if len(named) == 1 else Spread(among=frozenset(named), undivided=WHOLE)


def by_percentages(stated: Iterable[Stated], slack: Decimal) -> Spread:
    """Return the spread of stated percentages; keys without one share what the others leave, undivided.

    Args:
        stated: the statements; two of one key are added.
        slack: what the sum of the percentages may be away from 100, since they are rounded.

    >>> by_percentages([Stated("AL", Decimal(30)), Stated("XK", Decimal(50))], Decimal("0.5")).unknown
    200000000
    >>> by_percentages([Stated("AL", Decimal(70)), Stated("XK", Decimal(50))], Decimal("0.5")).over
    True
    """
    listed = list(stated)
    if all(one.percentage is None for one in listed):
        return one_or_several(one.key for one in listed)
    parts: dict[str, Decimal] = {}
    for one in listed:
        if one.percentage is not None:
            parts[one.key] = parts.get(one.key, Decimal()) + one.percentage
    total = sum(parts.values(), Decimal())
    without = frozenset(one.key for one in listed if one.percentage is None)
    if total > 100 + slack or any(part < 0 for part in parts.values()):
        return Spread(shares=tuple((key, 0) for key in sorted(parts)), among=without, over=True)
    whole = max(total, Decimal(100)) if abs(total - 100) > slack or without else total
    cut = {key: int((part * WHOLE / whole).to_integral_value()) for key, part in sorted(parts.items())}
    left = WHOLE - sum(cut.values())
    if abs(total - 100) <= slack and not without and cut:
        # Rounded percentages that make the whole: what rounding leaves goes to the largest.
        largest = max(cut, key=lambda key: (cut[key], key))
        cut[largest] += left
        left = 0
    shares = tuple((key, part) for key, part in sorted(cut.items()) if part)
    if len(without) == 1:
        # The one without a percentage has what the others leave.
        return Spread(shares=tuple(sorted((*shares, (min(without), left))))) if left else Spread(shares=shares)
    return Spread(shares, without if left else frozenset(), left if without else 0, 0 if without else left)


def part_of(spread: Spread, chosen: frozenset[str], members: Mapping[str, frozenset[str]]) -> Part:
    """Return what of a spread falls to some chosen keys.

    Args:
        spread: how the sum is spread.
        chosen: the keys that were asked for.
        members: what is known to be in a key that stands for several (a region); one that stands for several and is
            not here may hold anything: it is mapped to nothing.
    """
    surely = most = 0
    named = False
    for key, part in spread.shares:
        if key in chosen:
            surely += part
            named = True
        elif key in members and (not members[key] or members[key] & chosen):
            most += part
            named = True
    if spread.among & chosen or any(
        key in members and (not members[key] or members[key] & chosen) for key in spread.among
    ):
        named = True
        if spread.among <= chosen:
            surely += spread.undivided
        else:
            most += spread.undivided
    if named:
        most += spread.unknown
    return Part(surely, surely + most, named)
