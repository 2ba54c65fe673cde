"""Writes a dataset of any size: the bundled one N times over, each copy with ids, dates, places and sources of its own.

    python benchmarks/generate_dataset.py FOLDER [--times 10] [--data data/south-east-europe]

The first copy is the dataset itself. In each further one every id, name, place, text and web address tells its copy,
dates are moved by whole years and days, and references lead to rows of the same copy. Codes, countries and topics are
shared. All but the first copy is made up. Same input, same bytes.
"""

from __future__ import annotations

import argparse
import calendar
import csv
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from secgraph import resources
from secgraph.records import COUNTRY, OPEN, TABLES, Record

SHARED = frozenset({"topics", "jurisdictions", "rates", "deflators", "context"})
"""The tables whose rows stand for all copies, as codes do."""

SHARED_KINDS = frozenset(record.kind for table, record in TABLES.items() if table in SHARED)
IDS = frozenset({"id", "person", "old", "new"})
DATES = frozenset(
    "published accessed founded dissolved launched ended from to start end announced date as_of adopted".split()
)
ADDRESSES = frozenset({"url", "website"})
TEXTS = frozenset(
    "name title short_name aliases publisher city region role need definition note identifiers priority reason".split()
)
KEPT = frozenset("kind country amount currency share cumulative number column inferred language".split())
"""The columns with amounts and marks, which a copy tells as the first one does; those with codes are kept too."""

YEARS = 4
"""Copies differ by up to so many years, further ones by days: no date leaves the time in which its currency was."""


class Copy:
    """One copy of the dataset: what becomes of a cell of each kind."""

    def __init__(self, number: int, topics: frozenset[str]) -> None:
        self.number = number
        self.name = f"x{number}"
        self._topics = topics
        self._years, self._days = (number - 1) % YEARS, (number - 1) // YEARS

    def id(self, text: str) -> str:
        """Return an id of the copy; countries and topics stay."""
        return text if not text or COUNTRY.match(text) or text in self._topics else f"{self.name}-{text}"

    def text(self, text: str) -> str:
        """Return a text of the copy."""
        return f"{text} {self.name}"

    def address(self, text: str) -> str:
        """Return a web address of the copy, on a host of its own."""
        return re.sub(r"(?<=://)", f"{self.name}.", text, count=1)

    def date(self, text: str) -> str:
        """Return a date or a period at its precision, moved so that no two dates change their order.

        >>> copy = Copy(7, frozenset())
        >>> copy.date("2018-05-03"), copy.date("2018-05"), copy.date("2018-05-31/2018"), copy.date("..")
        ('2016-05-04', '2016-05', '2016-05-31/2016', '..')
        """
        return "/".join(self._moved(one) for one in text.split("/"))

    def _moved(self, date: str) -> str:
        if date in ("", OPEN):
            return date
        year, *rest = (int(part) for part in date.split("-"))
        year -= self._years
        if len(rest) == 2:
            # Never out of its month, of which another cell may tell no more than the month.
            rest[1] = min(rest[1] + self._days, calendar.monthrange(year, rest[0])[1])
        return "-".join([str(year), *(f"{part:02d}" for part in rest)])

    def row(self, record: type[Record], row: dict[str, str]) -> dict[str, str] | None:
        """Return the row of the copy; None where the row speaks of what all copies share."""
        if row.get("kind") in SHARED_KINDS and record.table in ("names", "claims", "cells", "redirects"):
            return None
        return {name: self._cell(record, name, text, row) for name, text in row.items()}

    def _cell(self, record: type[Record], name: str, text: str, row: dict[str, str]) -> str:
        if record.table == "claims" and name == "value":
            about = next(one for one in TABLES.values() if one.kind == row["kind"])
            return self._cell(about, row["column"], text, row)
        return "|".join(map(self._told(record, name), text.split("|"))) if text else ""

    def _told(self, record: type[Record], name: str) -> Callable[[str], str]:
        if name in KEPT or name in record.codes():
            return str
        if name in record.references() or name in IDS:
            return self.id
        if name in DATES:
            return self.date
        if name in ADDRESSES:
            return self.address
        if name in TEXTS:
            return self.text
        raise KeyError(f"{record.table}.{name}: say what becomes of this column in a copy")

    def judgement(self, line: str, header: list[str]) -> str:
        """Return a line of the judgements of identity: both ends are those of the copy."""
        row = dict(zip(header, line.rstrip("\n").split("\t"), strict=True))
        for name in ("subject_id", "object_id"):
            start, mark, end = row[name].rpartition("/" if row[name].startswith("sg:") else ":")
            row[name] = f"{start}{mark}{self.name}-{end}" if row[name] != "sssom:NoTermFound" else row[name]
        for name in ("subject_label", "object_label"):
            row[name] = self.text(row[name]) if row[name] else ""
        return "\t".join(row.values()) + "\n"


def write(folder: Path, times: int, data: Path) -> int:
    """Write the dataset so many times over into a folder, and return the number of rows of its tables."""
    folder.mkdir(parents=True, exist_ok=True)
    with (data / "topics.csv").open(encoding="utf-8", newline="") as file:
        topics = frozenset(row["id"] for row in csv.DictReader(file))
    copies = [Copy(number, topics) for number in range(2, times + 1)]
    count = 0
    for table, record in TABLES.items():
        path = data / f"{table}.csv"
        if path.exists():
            count += _write_table(path, folder / path.name, record, [] if table in SHARED else copies)
    judged = data / "identities.sssom.tsv"
    if judged.exists():
        text = "".join(_judgements(judged.read_text(encoding="utf-8"), copies))
        (folder / judged.name).write_text(text, encoding="utf-8")
    settings = (data / "dataset.toml").read_text(encoding="utf-8")
    (folder / "dataset.toml").write_text(_settings(settings, times), encoding="utf-8")
    return count


def _write_table(path: Path, target: Path, record: type[Record], copies: Iterable[Copy]) -> int:
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        rows = list(reader)
        header = list(reader.fieldnames or ())
    with target.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, header, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        count = len(rows)
        for copy in copies:
            made = [found for row in rows if (found := copy.row(record, row))]
            writer.writerows(made)
            count += len(made)
    return count


def _judgements(text: str, copies: Iterable[Copy]) -> Iterator[str]:
    yield text
    lines = [line for line in text.splitlines(keepends=True) if not line.startswith("#")]
    header = lines[0].rstrip("\n").split("\t")
    for copy in copies:
        for line in lines[1:]:
            yield copy.judgement(line, header)


def _settings(text: str, times: int) -> str:
    """Return the settings with the bounds of the copied tables so many times as high."""
    parts = re.split(r"(?m)^(?=\[)", text)
    for at, part in enumerate(parts):
        table = re.match(r"\[tables\.(\w+)\]", part)
        if table and table[1] not in SHARED:
            parts[at] = re.sub(r"(?<= = )\d+", lambda found: str(int(found[0]) * times), part)
    whole = "".join(parts)
    if times > 1:
        whole = re.sub(r'(?m)^(id = "[^"]*)', rf"\1-{times}-times", whole, count=1)
    # Some rows of names, claims and cells speak of what is shared, and stand once.
    return re.sub(r"(?ms)^(\[tables\.(?:names|claims|cells|redirects)\]\nminimum = )\d+", r"\g<1>1", whole)


def main() -> None:
    """Write the dataset and say how large it is."""
    parser = argparse.ArgumentParser(description="The bundled dataset, several times over.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--times", default=10, type=int)
    parser.add_argument("--data", default=resources.data_dir(), type=Path)
    given = parser.parse_args()
    print(f"{write(given.folder, given.times, given.data):,} rows, {given.times} times {given.data.name}")


if __name__ == "__main__":
    main()
