"""Totals over a made-up release with as many money rows as 1.2 million quads hold, in process and warm.

    python benchmarks/money.py [--rows 90000] [--repeat 7]

The relations are written as Parquet files, as a release holds them. `compile` and `first total` happen once for an
open release: what the rows are linked to, the rates, and the unjudged candidates are worked out there. Then the times
of a total and of the reasons of all its rows as a table, each the median of several runs, of the wall clock; the time
of the processor follows, which is what counts on a machine that does other work too.

The rows are like those of published activity files, with some curated ones among them: activities with parents and
children, several files for one activity, countries and sectors with percentages, payments between activities, totals
with parts, and rows that tell of the same sum.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from secgraph.money import AXES, Ledger, Selection
from secgraph.relations import RELATIONS, Relations
from secgraph.vocab import ID

Row = dict[str, Any]

_KINDS = ("commitment", "disbursement", "expenditure", "incoming-funds", "budget")
_SHARES = (20, 50, 10, 10, 10)
_CURRENCIES = ("EUR", "EUR", "EUR", "USD", "USD", "GBP", "CHF", "SEK")
_COUNTRIES = ("AL", "BA", "ME", "MK", "RS", "XK")


class Made:
    """A made-up release: `rows` by relation."""

    def __init__(self, money: int, seed: int = 11) -> None:
        self.chance = random.Random(seed)  # noqa: S311  made-up data are no secret
        self.rows: dict[str, list[Row]] = {name: [] for name in RELATIONS}
        self.bodies = [f"{ID}organisation/made-up-{number}" for number in range(400)]
        for iri in self.bodies:
            self._thing(iri, "organisation", type="other")
        for code in _COUNTRIES:
            self._thing(f"{ID}jurisdiction/{code}", "jurisdiction")
        for number in range(20):
            self._thing(f"{ID}topic/made-up-{number}", "topic")
        self.activities = [self._activity(number) for number in range(money // 8)]
        curated = money // 40
        for number in range(money - curated):
            self._published(number)
        for number in range(curated):
            self._curated(number)

    def _thing(self, iri: str, kind: str, **more: str) -> None:
        name = iri.rpartition("/")[2]
        self.rows["things"].append({"iri": iri, "kind": kind, "id": name, "label": f"Made up {name}", **more})

    def _activity(self, number: int) -> str:
        chance = self.chance
        iri = f"{ID}programme/file-{number % 12}--made-up-{number}"
        reporter = self.bodies[number % 12]
        # One in ten is a child of an earlier one; one in fifty tells of an activity of another file again.
        family = self.activities if hasattr(self, "activities") else self.rows["programmes"]
        parent = family[number - 12]["iri"] if number > 12 and chance.random() < 0.1 else None  # type: ignore[index]
        identifier = f"MU-{number - 1 if chance.random() < 0.02 else number}"
        self.rows["programmes"].append({
            "iri": iri, "id": f"file-{number % 12}--made-up-{number}", "label": f"Activity {number}", "part_of": parent,
            "identifier": identifier, "reporter": reporter, "secondary": "true" if number % 97 == 0 else None,
            "topics": f"{ID}topic/made-up-{number % 20}", "sources": f"file-{number % 12}",
        })  # fmt: skip
        countries = chance.sample(_COUNTRIES, chance.choice((1, 1, 1, 2, 3, 4)))
        stated = chance.random() < 0.8
        for country in countries:
            self.rows["allocations"].append({
                "iri": f"{ID}allocation/{number}-{country}", "of": iri, "to": f"{ID}jurisdiction/{country}",
                "axis": "country", "code": country, "percentage": str(100 // len(countries)) if stated else None,
            })  # fmt: skip
        self.rows["allocations"].append({
            "iri": f"{ID}allocation/{number}-s", "of": iri, "to": f"{ID}iati-sector/152{number % 6}0", "axis": "sector",
            "code": f"152{number % 6}0", "vocabulary": "1", "percentage": "100",
        })  # fmt: skip
        return iri

    def _money(self, iri: str, kind: str, day: str, amount: str, **more: str | None) -> None:
        days = dict.fromkeys(("start", "end", "start_earliest", "start_latest", "end_earliest", "end_latest"), day)
        relation = "budgets" if kind == "budget" else "transactions"
        self.rows[relation].append(
            {"iri": iri, "id": iri.rpartition("/")[2], "kind": kind, "amount": amount, **days, **more}
        )

    def _day(self) -> str:
        return (
            f"20{self.chance.randrange(8, 24):02}-{self.chance.randrange(1, 13):02}-{self.chance.randrange(1, 29):02}"
        )

    def _published(self, number: int) -> None:
        chance = self.chance
        at = chance.randrange(len(self.activities))
        kind = chance.choices(_KINDS, _SHARES)[0]
        far = self.activities[(at * 7 + 1) % len(self.activities)] if chance.random() < 0.03 else None
        coming = kind == "incoming-funds"
        name = self.activities[at].rpartition("/")[2]
        self._money(
            f"{ID}{'budget' if kind == 'budget' else 'transaction'}/{name}--t{number}", kind, self._day(),
            f"{chance.lognormvariate(11, 1.5):.2f}", currency=chance.choice(_CURRENCIES),
            finances=self.activities[at], providers=self.bodies[at % 12], receivers=chance.choice(self.bodies),
            reporter=self.bodies[at % 12], provider_activity=far if coming else None,
            receiver_activity=None if coming else far, sources=f"file-{at % 12}",
            budget_type=chance.choice("12") if kind == "budget" else None,
            secondary="true" if at % 97 == 0 else None,
        )  # fmt: skip

    def _curated(self, number: int) -> None:
        chance = self.chance
        others = [row["iri"] for row in self.rows["transactions"][-40:] if "curated" in row["iri"]]
        link = chance.choice(("part_of", "funded_from", "same_as", "replaces", "")) if others else ""
        self._money(
            f"{ID}transaction/curated-{number}", chance.choice(_KINDS[:2]), self._day(),
            f"{chance.randrange(1, 90)}00000", currency=chance.choice(_CURRENCIES), sources=f"note-{number % 300}",
            finances=chance.choice(self.activities), providers=chance.choice(self.bodies),
            qualifier=chance.choice((None, None, "about", "up-to", "more-than")),
            **{link: chance.choice(others)} if link else {},
        )  # fmt: skip


def write(rows: dict[str, list[Row]], folder: Path) -> None:
    """Write the relations with their own types, the empty ones too."""
    for name, relation in RELATIONS.items():
        columns = {}
        for column in relation.columns:
            cells = pa.array([row.get(column.name) for row in rows[name]], pa.string())
            columns[column.name] = cells.cast(pa.decimal128(38, 6)) if column.form == "decimal" else cells
        pq.write_table(pa.table(columns), folder / f"{name}.parquet")


class Times(NamedTuple):
    """The median times of some work in milliseconds: of the wall clock, and of the processor."""

    wall: float
    processor: float

    def __str__(self) -> str:
        return f"{self.wall:8.1f} ms ({self.processor:.1f})"


def timed(work: Callable[[], object], repeat: int) -> tuple[Times, object]:
    """Return how long some work takes, and what it gave."""
    walls, processors, result = [], [], None
    for _ in range(repeat):
        wall, processor = time.perf_counter(), time.process_time()
        result = work()
        walls.append((time.perf_counter() - wall) * 1000)
        processors.append((time.process_time() - processor) * 1000)
    return Times(statistics.median(walls), statistics.median(processors)), result


def main() -> None:
    """Make the release, open it and print the times."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=90_000)
    parser.add_argument("--repeat", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        write(Made(options.rows).rows, Path(folder))
        relations = Relations(Path(folder))
        took, ledger = timed(lambda: Ledger(relations), 1)
        assert isinstance(ledger, Ledger)
        print(f"{options.rows:,} money rows\n{'compile':42} {took}")
        everything = Selection()
        narrow = Selection(beneficiaries=("XK",), first_year=2015, last_year=2020)
        for policy in ("net-disbursements", "net-commitments", "budgets"):
            took, _ = timed(lambda policy=policy: ledger.total(everything, policy), 1)  # type: ignore[misc]
            print(f"{policy + ', first total':42} {took}")
            for what, selection in (("all", everything), ("Kosovo, 2015 to 2020", narrow)):
                took, total = timed(lambda s=selection, p=policy: ledger.total(s, p), options.repeat)  # type: ignore[misc]
                reasons, table = timed(total.reasons, options.repeat)  # type: ignore[attr-defined]
                label = f"{policy}, {what}"
                print(f"{label:42} {took}, {len(table):,} reasons in {reasons}")  # type: ignore[arg-type]
        for axis in AXES:
            took, _ = timed(lambda axis=axis: ledger.by(axis, everything, "net-disbursements"), options.repeat)  # type: ignore[misc]
            print(f"{'net-disbursements by ' + axis:42} {took}")


if __name__ == "__main__":
    main()
