"""Make the dataset of `data/` from the fact tables and the curators' rows.

`python tools/merge/merge.py FACTS_DIR [--data DIR] [--docs DIR] [--only TABLE]` reads the parts, applies
`rows/<area>/*.csv`, writes the tables and the account of every input row, and prints all violations of the
contract; it exits with 1 when there are any.
"""

from __future__ import annotations

import argparse
import csv
import shutil
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # as a script, Python looks beside this file only

from tools.merge.checks import Row, Tables, Violation, count_violations, identity_violations, unused_sources, violations
from tools.merge.contract import (
    COLUMNS,
    DATES,
    FACT_TABLES,
    KIND_OF_TABLE,
    LISTS,
    UNCONTESTED,
    items,
    sort_key,
)
from tools.merge.facts import (
    PARTS,
    Decisions,
    Record,
    Redirects,
    fixed_rows,
    read_decisions,
    read_parts,
    redirect_references,
)

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
COPIED = ("dataset.toml", "identities.sssom.tsv")
ACCOUNT = ("part", "table", "line", "id", "outcome", "target", "reason")
OPEN = ("area", "table", "id", "what", "why")


class Merge:
    """The dataset while it is being made: groups of records become rows, claims and cells."""

    def __init__(self, records: list[Record], redirects: Redirects, decisions: Decisions) -> None:
        """Take the records in merge order; `build` does the work."""
        self.records = records
        self.decisions = decisions
        self.found: list[Violation] = []
        self.redirects = redirects
        self.tables: Tables = {table: [] for table in COLUMNS}
        self.groups: dict[tuple[str, str], list[Record]] = {}
        self.sets: dict[tuple[str, str, str], Row] = {}
        self.cells: dict[tuple[str, str, str], list[str]] = {}
        self.claims: list[Row] = []

    def build(self) -> Tables:
        """All tables of the dataset, not yet checked."""
        self._read_sets()
        self._group()
        for (table, _), group in self.groups.items():
            self.tables[table].append(self._merge(table, group))
        self._add()
        fixed, found = fixed_rows(self.decisions, self.redirects)
        self.found += found
        for table, rows in fixed.items():
            self.tables[table] += rows
        self._finish_people()
        self._finish_claims_and_cells()
        self.tables["redirects"] = [
            {"kind": kind, "old": old, "new": new, "reason": reason}
            for (kind, old), (new, reason) in self.redirects.items()
        ]
        self._check_editions()
        for table, rows in self.tables.items():
            rows.sort(key=lambda row: sort_key(table, row))
        return self.tables

    def _read_sets(self) -> None:
        for row in self.decisions.of("set"):
            kind = KIND_OF_TABLE.get(row["table"], "")
            row_name = self.redirects.get((kind, row["id"]), (row["id"], ""))[0]
            key = (row["table"], row_name, row["column"])
            if row["column"] not in COLUMNS.get(row["table"], ()) or row["column"] == "id":
                self.found.append(Violation(*key, row["value"], "set.csv: no such column"))
                continue
            cell = {row["column"]: row["value"], "sources": row["source"]}
            if row["column"] == "sources":
                del cell["sources"]
                cell = {"sources": row["value"]}
            self.found += redirect_references(row["table"], cell, self.redirects)
            value = cell[row["column"]]
            if key in self.sets and self.sets[key]["value"] != value:
                self.found.append(Violation(*key, value, "set.csv: is set twice, to different values"))
            said_by = "" if row["column"] == "sources" else cell["sources"]
            self.sets[key] = {**row, "value": value, "source": said_by}

    def _group(self) -> None:
        memberships: dict[tuple[str, str, str], list[Record]] = defaultdict(list)
        # A row that was moved here from another table describes the thing less well than the table's own rows.
        for record in sorted(self.records, key=lambda r: r.table != r.target):
            if record.outcome == "left out":
                continue
            if record.target == "memberships":
                values = record.values
                memberships[values["body"], values["member"], values["role"]].append(record)
            else:
                self.groups.setdefault((record.target, record.values["id"]), []).append(record)
        named = {(row["part"], int(row["line"])): row["term"] for row in self.decisions.of("terms")}
        for key, group in memberships.items():
            terms = self._terms("--".join(key), group, named)
            for number, term in enumerate(terms, start=1):
                name = "--".join(key) + ("" if number == 1 else f"-{number}")
                for record in term:
                    record.values["id"] = name
                self.groups["memberships", name] = term

    def _terms(self, key: str, group: list[Record], named: dict[tuple[str, int], str]) -> list[list[Record]]:
        """The terms that the rows of one body, member and role tell of, in order of time.

        Rows of two parts are one term when their dates agree as far as given; rows of one part never are,
        unless terms.csv gives them one name.
        """
        terms: list[list[Record]] = []
        by_name: dict[str, list[Record]] = {}
        for record in sorted(group, key=lambda r: not (r.values["from"] or r.values["to"])):
            name = named.get((record.part, record.line))
            if name is not None:
                if name not in by_name:
                    by_name[name] = []
                    terms.append(by_name[name])
                by_name[name].append(record)
                continue
            fits = [
                term
                for term in terms
                if term not in by_name.values()
                and all(r.part != record.part for r in term)
                and all(agree(r.values[c], record.values[c]) for r in term for c in ("from", "to"))
            ]
            if len(fits) > 1:
                self.found.append(
                    Violation("memberships", key, "from", f"{record.part}:{record.line}", "fits several terms")
                )
            if fits:
                fits[0].append(record)
            else:
                terms.append([record])
        for term in terms:
            term.sort(key=self.records.index)
        dates = {id(term): min((r.values["from"] or r.values["to"] or "9999") for r in term) for term in terms}
        return sorted(terms, key=lambda term: (dates[id(term)], term[0].part, term[0].line))

    def _merge(self, table: str, group: list[Record]) -> Row:
        name = group[0].values["id"]
        row: Row = {"id": name}
        for column in COLUMNS[table]:
            if column != "id":
                row[column] = ""
        for record in group[1:]:
            record.outcome = "merged into"
            if not record.reasons:
                record.reasons.append(f"the same thing as in {group[0].part}")
        if "sources" in row:
            row["sources"] = join(source for record in group for source in record.sources)
            decided = self.sets.get((table, name, "sources"))
            if decided:
                row["sources"] = decided["value"]
            extra = [
                source
                for column in COLUMNS[table]
                if (given := self.sets.get((table, name, column)))
                for source in items(given["source"])
            ]
            row["sources"] = join([*items(row["sources"]), *extra])
        for column in COLUMNS[table]:
            if column in ("id", "sources"):
                continue
            if column in LISTS.get(table, ()):
                self._list_cell(row, column, group)
            elif column == "note":
                row[column] = "; ".join(dict.fromkeys(r.values["note"] for r in group if r.values.get("note")))
            else:
                self._scalar_cell(table, row, column, group)
            decided = self.sets.get((table, name, column))
            if decided:
                row[column] = decided["value"]
            self._note_cell(table, row, column, group, decided)
        return row

    def _list_cell(self, row: Row, column: str, group: list[Record]) -> None:
        values = [value for record in group for value in items(record.values.get(column, ""))]
        if column == "aliases":
            names = [row["name"], row["short_name"]]
            others = [r.values.get(c, "") for r in group for c in ("name", "short_name")]
            values = [value for value in [*values, *others] if value and value not in names]
        row[column] = join(values)

    def _scalar_cell(self, table: str, row: Row, column: str, group: list[Record]) -> None:
        said = [(record, record.values[column]) for record in group if record.values.get(column)]
        value = said[0][1] if said else ""
        if (table, column) in DATES:
            finer = [other for _, other in said if other.startswith(value)]
            value = max(finer, key=len, default=value)
        row[column] = value
        decided = self.sets.get((table, row["id"], column))
        if column == "type":
            for record, other in said:
                if other != value:
                    record.reasons.append(f"typed {other} there; the type is this dataset's own coding")
        if table == "sources" or column in UNCONTESTED or (decided and decided["reason"].startswith("error:")):
            return
        final = decided["value"] if decided else value
        backing = set(items(decided["source"])) if decided else set()
        backing.update(s for record, other in said if same(other, final) for s in record.sources)
        for record, other in said:
            if same(other, final) or ((table, column) in DATES and final.startswith(other)):
                continue
            disputing = [source for source in record.sources if source not in backing]
            if not disputing and not decided:
                self.found.append(
                    Violation(table, row["id"], column, f"{value} or {other}", "two values from the same sources")
                )
            for source in disputing:
                self.claims.append(
                    {
                        "kind": KIND_OF_TABLE[table],
                        "id": row["id"],
                        "column": column,
                        "value": other,
                        "source": source,
                        "note": "",
                    }
                )
                record.reasons.append(f"another source gives another {column}")

    def _note_cell(self, table: str, row: Row, column: str, group: list[Record], decided: Row | None) -> None:
        """Remember which of the row's sources say a cell, where only some do."""
        if table == "sources" or not row[column] or len(group) + bool(decided) < 2:
            return
        if column in ("inferred", *UNCONTESTED) and not (decided and decided["source"]):
            return
        lists = column in LISTS.get(table, ())
        saying = [r for r in group if r.values.get(column) and (lists or same(r.values[column], row[column]))]
        if decided:
            if not decided["source"] and not saying:
                return
            if lists:
                saying = [r for r in saying if set(items(r.values[column])) & set(items(row[column]))]
        sources = join([s for r in saying for s in r.sources] + items(decided["source"] if decided else ""))
        claimed = {c["source"] for c in self.claims if (c["id"], c["column"]) == (row["id"], column)}
        mine = [source for source in items(sources) if source in items(row["sources"])]
        if mine and set(mine) | claimed < set(items(row["sources"])):
            self.cells[KIND_OF_TABLE[table], row["id"], column] = mine

    def _add(self) -> None:
        rows: dict[tuple[str, str], Row] = {}
        for given in self.decisions.of("add"):
            table, name = given["table"], given["id"]
            if given["column"] not in COLUMNS.get(table, ()):
                self.found.append(Violation(table, name, given["column"], given["value"], "add.csv: no such column"))
                continue
            row = rows.setdefault((table, name), dict.fromkeys(COLUMNS[table], "") | {"id": name})
            row[given["column"]] = given["value"]
        for (table, name), row in rows.items():
            if (table, name) in self.groups:
                self.found.append(Violation(table, name, "id", name, "add.csv: an input row has this id"))
                continue
            self.found += redirect_references(table, row, self.redirects)
            for column in COLUMNS[table]:
                if (decided := self.sets.get((table, name, column))) is not None:
                    row[column] = decided["value"]
                    row["sources"] = join([*items(row.get("sources", "")), *items(decided["source"])])
            self.tables[table].append(row)
        known = set(self.groups) | set(rows)
        for table, name, column in self.sets:
            if (table, name) not in known:
                self.found.append(Violation(table, name, column, "", "set.csv: no such row"))

    def _finish_people(self) -> None:
        for row in self.tables["people"]:
            row["person"] = row["person"] if row["person"] != row["id"] else ""

    def _finish_claims_and_cells(self) -> None:
        kinds = {(row["kind"], row["id"], row["column"]) for row in self.tables["cells"]}
        self.tables["cells"] += [
            {"kind": kind, "id": name, "column": column, "sources": "|".join(sources)}
            for (kind, name, column), sources in self.cells.items()
            if (kind, name, column) not in kinds
        ]
        parts = ("kind", "id", "column", "value", "source")
        given = {tuple(row[part] for part in parts) for row in self.tables["claims"]}
        for row in self.claims:
            key = tuple(row[part] for part in parts)
            if key not in given:
                given.add(key)
                self.tables["claims"].append(row)

    def _check_editions(self) -> None:
        covered = {row["event"] for row in self.tables["editions"]}
        for record in self.records:
            edition = record.values.get("edition", "") if record.target == "events" else ""
            if edition and record.outcome != "left out" and record.values["id"] not in covered:
                self.found.append(
                    Violation("events", record.values["id"], "edition", edition, "is not covered by editions.csv")
                )

    def account(self) -> list[Row]:
        """One row for each input row: what became of it and why."""
        contested = {(row["kind"], row["id"], row["source"]) for row in self.tables["claims"]}
        rows = []
        for record in self.records:
            name = record.values.get("id", "")
            kind = KIND_OF_TABLE[record.target]
            outcome = record.outcome
            if outcome != "left out" and any((kind, name, source) in contested for source in record.sources):
                outcome = "contested"
                record.reasons.append("a value stands in claims")
            rows.append(
                {
                    "part": record.part,
                    "table": record.table,
                    "line": str(record.line),
                    "id": record.old_id,
                    "outcome": outcome,
                    "target": "" if outcome == "left out" else f"{record.target}/{name}",
                    "reason": "; ".join(dict.fromkeys(record.reasons)),
                }
            )
        order = {name: place for place, name in enumerate([*PARTS, *FACT_TABLES])}
        return sorted(rows, key=lambda row: (order[row["part"]], order[row["table"]], int(row["line"])))


def agree(one: str, other: str) -> bool:
    """Whether two dates can be the same one, at the precision given; an unknown date agrees with any."""
    return not one or not other or one.startswith(other) or other.startswith(one)


def same(one: str, other: str) -> bool:
    """Whether two cells say the same: equal, or web addresses that differ in scheme, www or last slash."""
    return one == other or (one.startswith("http") and bare_address(one) == bare_address(other))


def bare_address(address: str) -> str:
    """A web address without scheme, www and closing slash, for comparison only."""
    return address.rsplit("://", maxsplit=1)[-1].removeprefix("www.").rstrip("/").lower()


def join(values: Iterable[str]) -> str:
    """A list cell: the values in order, each once."""
    return "|".join(dict.fromkeys(values))


def write_csv(path: Path, columns: tuple[str, ...], rows: list[Row]) -> None:
    """Write a table with LF line ends and minimal quoting."""
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, columns, lineterminator="\n", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)


def main(arguments: list[str] | None = None) -> int:
    """Run the merge and return the exit status."""
    parser = argparse.ArgumentParser(description="Make the dataset from the fact tables and the curators' rows.")
    parser.add_argument("facts", type=Path, help="folder with a folder for each part")
    parser.add_argument("--data", type=Path, default=ROOT / "data" / "south-east-europe")
    parser.add_argument("--docs", type=Path, default=ROOT / "docs")
    parser.add_argument("--only", help="print the violations of this table only")
    options = parser.parse_args(arguments)
    decisions = read_decisions(HERE / "rows")
    records, redirects, found = read_parts(options.facts, decisions)
    if not records:
        parser.error(f"no part found in {options.facts}")
    merge = Merge(records, redirects, decisions)
    tables = merge.build()
    own = HERE / "rows" / "actors"
    found += count_violations(own / "dataset.toml", tables) + identity_violations(own / "identities.sssom.tsv", tables)
    found = sorted(set(found + merge.found + violations(tables)))
    options.data.mkdir(parents=True, exist_ok=True)
    options.docs.mkdir(parents=True, exist_ok=True)
    for table, rows in tables.items():
        write_csv(options.data / f"{table}.csv", COLUMNS[table], rows)
    for name in COPIED:
        shutil.copyfile(own / name, options.data / name)
    account = merge.account()
    write_csv(options.docs / "data-account.csv", ACCOUNT, account)
    write_csv(
        options.docs / "data-open.csv",
        OPEN,
        sorted(decisions.of("open"), key=lambda r: tuple(r[c] for c in OPEN)),
    )
    report(found, tables, account, options.only)
    return 1 if found else 0


def report(found: list[Violation], tables: Tables, account: list[Row], only: str | None) -> None:
    """Print all violations grouped by table, the sources that no row uses, and the counts."""
    for violation in found:
        if only in (None, violation.table):
            print("\t".join(violation))
    unused = unused_sources(tables)
    if only in (None, "sources"):
        for name in unused:
            print(f"unused source\t{name}")
    print("rows: " + ", ".join(f"{table} {len(rows)}" for table, rows in tables.items()))
    print(
        "account: "
        + ", ".join(f"{name} {count}" for name, count in sorted(Counter(row["outcome"] for row in account).items()))
    )
    by_table = Counter(violation.table for violation in found)
    print(
        f"unused sources: {len(unused)}; violations: {len(found)}"
        + "".join(f"; {table} {count}" for table, count in sorted(by_table.items()))
    )


if __name__ == "__main__":
    sys.exit(main())
