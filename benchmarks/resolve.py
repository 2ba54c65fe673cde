"""Splink beside plain edit distance, on pairs of bodies that were judged by hand, in one run.

    python benchmarks/resolve.py [--misses]

Both are given the same bodies and the same names. Edit distance (rapidfuzz, small letters) takes the two names that are
most alike, of all names of a body or of its main name alone; it is told the threshold at which its F1 is best on these
very pairs, which flatters it. Splink keeps the threshold that `secgraph resolve` has. What it never compares, because
two bodies share nothing telling, counts as not found.

The pairs `oecd channels` and `donor agencies` were judged after the model was made and its words were chosen; the
others were looked at on the way.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

from secgraph.curation import LEAST, Model, Party, Reader, countries_of, of_tables
from secgraph.curation.names import latin
from secgraph.mapping.parties import normal_name
from secgraph.sources.tables import read_tables
from secgraph.values import likeness
from secgraph.vocab import thing

ROOT: Final = Path(__file__).resolve().parent.parent
DATA: Final = ROOT / "data" / "south-east-europe"
PAIRS: Final = ROOT / "tests" / "cases" / "judgements" / "organisations.csv"
UNSEEN: Final = ("oecd channels", "donor agencies")
"""Where the pairs are from that nobody looked at while the model was made."""
PLAIN: Final = 90.0
"""A threshold of edit distance that is often taken."""


class Pair(NamedTuple):
    """One judged pair: the two parties, whether they are one, and where the second is from."""

    left: Party
    right: Party
    same: bool
    origin: str


class Score(NamedTuple):
    """How well one way of telling did: true and false finds, misses."""

    found: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        """Of what was found, how much is right."""
        return self.found / (self.found + self.wrong) if self.found + self.wrong else 1.0

    @property
    def recall(self) -> float:
        """Of what is one, how much was found."""
        return self.found / (self.found + self.missed) if self.found + self.missed else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def judged() -> tuple[list[Pair], list[Party], Reader]:
    """Return the judged pairs, all parties that are compared, and what reads their names."""
    records = read_tables(DATA).records
    with PAIRS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, strict=True))
    hidden: dict[str, set[str]] = {}
    for row in rows:
        if row["from"] == "own names":
            hidden.setdefault(thing("organisation", row["id"]), set()).add(normal_name(row["name"]))
    own = {
        party.key: replace(
            party, names=tuple(name for name in party.names if normal_name(name) not in hidden.get(party.key, ()))
        )
        for party in of_tables(records)
    }
    strangers: dict[str, Party] = {}
    pairs = []
    for row in rows:
        if row["other"]:
            right = own[thing("organisation", row["other"])]
        else:
            key = f"name:{normal_name(row['name'])}@{row['country']}"
            right = strangers.setdefault(key, Party(key, row["name"], (row["name"],), country=row["country"]))
        pairs.append(Pair(own[thing("organisation", row["id"])], right, row["judgement"] == "same", row["from"]))
    return pairs, [*own.values(), *strangers.values()], Reader(countries_of(records))


def by_splink(pairs: Sequence[Pair], parties: Sequence[Party], reader: Reader) -> list[float]:
    """Return the probability of each pair."""
    scores = {(one.left, one.right): one.probability for one in Model(parties, reader).score()}
    return [scores.get((min(p.left.key, p.right.key), max(p.left.key, p.right.key)), 0.0) for p in pairs]


def by_letters(pairs: Sequence[Pair], names: Callable[[Party], Sequence[str]]) -> list[float]:
    """Return how alike the two most alike names of each pair are, from 0 to 100."""
    return [
        max(likeness(one.lower(), other.lower()) for one in names(pair.left) for other in names(pair.right))
        for pair in pairs
    ]


def by_latin_letters(pairs: Sequence[Pair]) -> list[float]:
    """Return the same over names in Latin letters without accents, the most that letters alone can give."""
    return by_letters(pairs, lambda party: [text for name in party.names for text in latin(name)])


def score(pairs: Sequence[Pair], values: Sequence[float], least: float) -> Score:
    """Return how well values from a threshold on tell the pairs that are one."""
    told = [(pair.same, value >= least) for pair, value in zip(pairs, values, strict=True)]
    return Score(told.count((True, True)), told.count((False, True)), told.count((True, False)))


def best(pairs: Sequence[Pair], values: Sequence[float]) -> float:
    """Return the threshold at which F1 is best on these pairs."""
    return max(sorted(set(values)), key=lambda least: score(pairs, values, least).f1)


def main() -> None:
    """Print the table, and with `--misses` what each got wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--misses", action="store_true", help="list what Splink got wrong")
    wanted = parser.parse_args()
    pairs, parties, reader = judged()
    begin = time.perf_counter()
    splink = by_splink(pairs, parties, reader)
    spent = time.perf_counter() - begin
    ways = {
        "edit distance, main names": by_letters(pairs, lambda party: party.names[:1]),
        "edit distance, all names": by_letters(pairs, lambda party: party.names),
        "edit distance, all names in Latin letters": by_latin_letters(pairs),
    }
    print(f"{len(parties)} parties, {len(pairs)} judged pairs; Splink took {spent:.1f} s\n")
    print("| pairs | way | threshold | right | wrong | missed | precision | recall | F1 |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for name, chosen in (
        ("looked at", [pair.origin not in UNSEEN for pair in pairs]),
        ("not looked at", [pair.origin in UNSEEN for pair in pairs]),
        ("all", [True] * len(pairs)),
    ):
        some = [pair for pair, taken in zip(pairs, chosen, strict=True) if taken]
        rows = []
        for way, values in ways.items():
            here = [value for value, taken in zip(values, chosen, strict=True) if taken]
            rows += [(way, least, score(some, here, least)) for least in (PLAIN, best(some, here))]
        here = [value for value, taken in zip(splink, chosen, strict=True) if taken]
        rows += [("Splink", least, score(some, here, least)) for least in (LEAST, 0.9)]
        same = sum(pair.same for pair in some)
        for way, least, told in rows:
            print(
                f"| {name} ({same} one, {len(some) - same} two) | {way} | {least:.3g} | {told.found} | {told.wrong} | "
                f"{told.missed} | {told.precision:.2f} | {told.recall:.2f} | {told.f1:.2f} |"
            )
    if wanted.misses:
        for pair, value in zip(pairs, splink, strict=True):
            if pair.same != (value >= LEAST):
                what = "missed" if pair.same else "wrong"
                print(f"{what} {value:.4f} {pair.left.label} | {pair.right.label} | {pair.origin}")


if __name__ == "__main__":
    main()
