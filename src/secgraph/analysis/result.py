"""What a measure hands back before it becomes a table: its values, what each is about, and what is to be said."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from secgraph.analysis.study import Study
from secgraph.values import Cell

EXACT = 100_000_000
"""Up to this product of nodes and ties, measures of paths are exact: about two seconds; above it they are sampled."""
SAMPLE = 1_000
"""So many nodes a sample of paths starts from."""


@dataclass(frozen=True)
class Options:
    """What a measure may be told: the seed of what is drawn, the attribute that makes groups, and the limits."""

    seed: int = 1
    by: str = ""
    exact_up_to: int = EXACT
    sample: int = SAMPLE

    def exact(self, study: Study) -> bool:
        """Tell whether the network is small enough for all paths."""
        return len(study) * len(study.arrows) <= self.exact_up_to or len(study) <= self.sample

    def chance(self, name: str) -> random.Random:
        """Return the generator of one measure: none depends on which others ran before."""
        return random.Random(f"{self.seed} {name}")  # noqa: S311  a sample is no secret


class Entry(NamedTuple):
    """One row of a result: what it is about, its value, more columns, and the ties that it rests on.

    `at` is the place of the node that the row is about; its ties are then those of the node.
    """

    id: str
    label: str
    kind: str
    value: float | int | None
    extra: tuple[Cell, ...]
    ties: Sequence[int]
    at: int | None = None


@dataclass(frozen=True)
class Result:
    """The entries of a measure, the names of its further columns, and what a reader must know of this run."""

    entries: list[Entry]
    columns: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)


def of_nodes(
    study: Study,
    values: Sequence[float | int | None],
    extra: Mapping[str, Sequence[Cell]] | None = None,
    notes: Sequence[str] = (),
) -> Result:
    """Return a result with an entry for each node."""
    more = extra or {}
    entries = [
        Entry(
            study.ids[at], study.label(at), study.kind(at), value, tuple(column[at] for column in more.values()),
            study.incident[at], at,
        )
        for at, value in enumerate(values)
    ]  # fmt: skip
    return Result(entries, tuple(more), list(notes))
