"""Two rows of one body become one, and nothing that either says is lost.

The row with the kept id takes over what the other says: its names as aliases, what only it knows as its own cells,
what it says otherwise as claims. Its id moves to `redirects.csv` and keeps working; every cell that named it names the
kept one. The tables are the truth of a dataset, so a merge is a change of the tables, which anyone can read as a
difference of lines and take back; rows that are not concerned stay byte for byte.
"""

from __future__ import annotations

import csv
import difflib
import io
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from secgraph.curation.judged import FILE, File
from secgraph.errors import ConfigError, NotFoundError
from secgraph.records import TABLE_OF_KIND, TABLES, Record
from secgraph.sources.tables import BOOK, read_tables
from secgraph.validation import validate_tables
from secgraph.values import ERROR, Finding
from secgraph.vocab import kind_of, local, thing

KINDS: Final = ("organisation", "initiative")
"""The kinds of rows that are merged."""
_OF_ROWS: Final = ("names", "claims", "cells")
"""The tables whose rows speak of a row of another by kind and id."""
_JOINED: Final = ("aliases", "identifiers", "inferred", "sources")
_NOT_SAID: Final = ("id", "sources", "inferred", "note", "name", "short_name", "aliases")


@dataclass(frozen=True)
class Plan:
    """A merge that has not happened: the files that would change, with their new content."""

    kept: str
    gone: str
    files: Mapping[str, bytes]
    folder: Path

    def diff(self) -> str:
        """Return what would change, as a difference of lines."""
        told: list[str] = []
        for name, new in sorted(self.files.items()):
            path = self.folder / name
            old = path.read_text(encoding="utf-8-sig").splitlines() if path.exists() else []
            told += difflib.unified_diff(old, new.decode("utf-8-sig").splitlines(), name, name, n=0, lineterm="")
        return "\n".join(told) + "\n" if told else ""


def plan(folder: Path, kept: str, gone: str, reason: str) -> Plan:
    """Return what merging one row into another would change in a dataset; nothing is written.

    Args:
        folder: the dataset, a folder of tables.
        kept: the IRI of the row that stays.
        gone: the IRI of the row whose id becomes a redirect.
        reason: why they are one, for `redirects.csv`.

    Raises:
        ConfigError: the dataset is a workbook, the two are of different kinds, or the tables would be wrong afterwards.
        NotFoundError: there is no such row.
    """
    kind = kind_of(kept)
    if not folder.is_dir() or (folder / BOOK).exists():
        hint = f"make CSV files of the workbook: secgraph new DIR --from {folder}"
        raise ConfigError(f"{folder}: rows are merged in a folder of tables, as CSV files", hint=hint)
    if kind != kind_of(gone) or kind not in KINDS or kept == gone:
        told = f"{kind_of(gone)}/{local(gone)} into {kind}/{local(kept)}"
        raise ConfigError(f"cannot merge {told}", hint="two organisations, or two initiatives")
    merging = _Merging(folder, kind, local(kept), local(gone))
    merging.run(" ".join(reason.split()) or "one body under two ids")
    made = Plan(kept, gone, merging.changed(), folder)
    wrong = _new_errors(folder, made.files)
    if wrong:
        hint = "mend the tables first, or keep the other id"
        raise ConfigError(f"{local(gone)} cannot be merged into {local(kept)}: {wrong[0]}", hint=hint)
    return made


def _new_errors(folder: Path, files: Mapping[str, bytes]) -> list[Finding]:
    """Return the errors that a dataset would have with these files, and has not now."""
    before = set(_errors(folder))
    with tempfile.TemporaryDirectory(prefix="secgraph-") as name:
        copy = Path(name) / folder.resolve().name
        copy.mkdir()
        # Settings name files and datasets that lie beside the folder, as ../other-region.
        for path in folder.resolve().parent.iterdir():
            if path.name != copy.name:
                (Path(name) / path.name).symlink_to(path)
        for path in sorted(folder.resolve().iterdir()):
            if path.name not in files:
                (copy / path.name).symlink_to(path)
        for file, data in files.items():
            (copy / file).write_bytes(data)
        return [one for one in _errors(copy) if one._replace(row=0, cell="") not in {_placeless(b) for b in before}]


def _placeless(finding: Finding) -> Finding:
    return finding._replace(row=0, cell="")


def _errors(folder: Path) -> list[Finding]:
    return [one for one in validate_tables(read_tables(folder)).findings if one.severity == ERROR]


class _Sheet:
    """One table as lines: those that are not changed are written as they were read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        text = path.read_bytes().decode("utf-8-sig") if path.exists() else ""
        self.mark = path.exists() and path.read_bytes().startswith(b"\xef\xbb\xbf")
        self.end = "\r\n" if "\r\n" in text else "\n"
        lines = io.StringIO(text, newline="").readlines()
        reader = csv.reader(lines)
        self.rows: list[list[str]] = []
        self._raw: list[str | None] = []
        start = 0
        for row in reader:
            self.rows.append(row)
            self._raw.append("".join(lines[start : reader.line_num]))
            start = reader.line_num
        self.columns = self.rows[0] if self.rows else []
        self.touched = False

    def cells(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Yield each row with its number."""
        for number, row in enumerate(self.rows[1:], 1):
            if row:
                yield number, dict(zip(self.columns, row, strict=False))

    def set(self, number: int, cells: Mapping[str, str]) -> None:
        """Change cells of a row."""
        old = self.rows[number]
        new = [cells.get(column, cell) for column, cell in zip(self.columns, old, strict=False)]
        if new != old:
            self.rows[number], self._raw[number], self.touched = new, None, True

    def take(self, numbers: Sequence[int]) -> None:
        """Take rows out."""
        for number in sorted(numbers, reverse=True):
            del self.rows[number], self._raw[number]
            self.touched = True

    def insert(self, cells: Mapping[str, str], key: Sequence[str], table: str) -> None:
        """Put a new row before the first that comes after it by its key."""
        if not self.rows:
            self.columns = list(TABLES[table].columns())
            self.rows, self._raw = [self.columns], [None]
        wanted = [cells.get(column, "") for column in key]
        at = next(
            (number for number, other in self.cells() if [other.get(column, "") for column in key] > wanted),
            len(self.rows),
        )
        self.rows.insert(at, [cells.get(column, "") for column in self.columns])
        self._raw.insert(at, None)
        self.touched = True

    def bytes(self) -> bytes:
        """Return the table as a file."""
        out = io.StringIO(newline="")
        writer = csv.writer(out, lineterminator=self.end)
        for row, raw in zip(self.rows, self._raw, strict=True):
            if raw is None:
                writer.writerow(row)
            else:
                out.write(raw if raw.endswith("\n") else raw + self.end)
        return ("\ufeff" if self.mark else "").encode() + out.getvalue().encode()


class _Merging:
    """The tables while one row goes into another."""

    def __init__(self, folder: Path, kind: str, kept: str, gone: str) -> None:
        self.folder = folder
        self.kind, self.kept, self.gone = kind, kept, gone
        self.table = TABLE_OF_KIND[kind]
        self.sheets = {name: _Sheet(folder / f"{name}.csv") for name in TABLES if name != "identities"}
        self.identities = File(folder / FILE) if (folder / FILE).exists() else None

    def changed(self) -> dict[str, bytes]:
        """Return the files that are no longer what they were."""
        files = {sheet.path.name: sheet.bytes() for sheet in self.sheets.values() if sheet.touched}
        if self.identities and self.identities.bytes() != (self.folder / FILE).read_bytes():
            files[FILE] = self.identities.bytes()
        return files

    def run(self, reason: str) -> None:
        """Merge."""
        kept_at, kept = self._row(self.kept)
        gone_at, gone = self._row(self.gone)
        said_kept, said_gone = self._said(self.kept, kept), self._said(self.gone, gone)
        self._cells(self.gone)
        self._cells(self.kept)
        new, claims = self._joined(kept, gone, said_kept, said_gone)
        sheet = self.sheets[self.table]
        sheet.set(kept_at, new)
        sheet.take([gone_at])
        for column, value, source in claims:
            cells = {"kind": self.kind, "id": self.kept, "column": column, "value": value, "source": source}
            self.sheets["claims"].insert(cells, TABLES["claims"].key, "claims")
        self._support(new, said_kept, said_gone)
        self._references()
        redirect = {"kind": self.kind, "old": self.gone, "new": self.kept, "reason": reason}
        for number, cells in self.sheets["redirects"].cells():
            if cells.get("kind") == self.kind and cells.get("new") == self.gone:
                self.sheets["redirects"].set(number, {"new": self.kept})
        self.sheets["redirects"].insert(redirect, TABLES["redirects"].key, "redirects")
        if self.identities:
            self.identities.replace(thing(self.kind, self.gone), thing(self.kind, self.kept))

    def _row(self, name: str) -> tuple[int, dict[str, str]]:
        for number, cells in self.sheets[self.table].cells():
            if cells.get("id") == name:
                return number, cells
        raise NotFoundError(self.kind, name)

    def _said(self, name: str, row: Mapping[str, str]) -> dict[str, list[str]]:
        """Return the sources of each filled cell of a row."""
        own = _split(row.get("sources", ""))
        told = {
            cells["column"]: _split(cells.get("sources", ""))
            for _number, cells in self.sheets["cells"].cells()
            if cells.get("kind") == self.kind and cells.get("id") == name
        }
        return {column: told.get(column, own) for column, cell in row.items() if cell}

    def _cells(self, name: str) -> None:
        sheet = self.sheets["cells"]
        sheet.take([n for n, cells in sheet.cells() if cells.get("kind") == self.kind and cells.get("id") == name])

    def _joined(
        self,
        kept: Mapping[str, str],
        gone: Mapping[str, str],
        said_kept: Mapping[str, list[str]],
        said_gone: Mapping[str, list[str]],
    ) -> tuple[dict[str, str], list[tuple[str, str, str]]]:
        """Return the merged row, and what the row that goes says otherwise: column, value, source."""
        new = dict(kept)
        claims = []
        lost = []
        for column in self.sheets[self.table].columns:
            one, other = kept.get(column, ""), gone.get(column, "")
            if column == "id" or one == other or not other:
                continue
            if column in _JOINED or (one and column in self._lists()):
                new[column] = _join(one, other)
            elif column == "note":
                new[column] = f"{one}; {other}" if one else other
            elif column in ("name", "short_name"):
                continue
            elif not one:
                new[column] = other
            else:
                others = [source for source in said_gone[column] if source not in said_kept.get(column, ())]
                claims += [(column, other, source) for source in others]
                lost += [] if others else [f"{column} also given as {other}"]
        names = [gone.get("name", ""), gone.get("short_name", "")]
        if not kept.get("short_name") and gone.get("short_name"):
            new["short_name"] = names.pop()
        mine = {new.get("name", ""), new.get("short_name", ""), ""}
        new["aliases"] = _join(new.get("aliases", ""), *(name for name in names if name not in mine))
        new["aliases"] = "|".join(name for name in _split(new["aliases"]) if name != new.get("name"))
        new["note"] = "; ".join(filter(None, [new.get("note", ""), *lost]))
        new["inferred"] = "|".join(column for column in _split(new.get("inferred", "")) if new.get(column))
        return new, claims

    def _support(
        self, new: Mapping[str, str], said_kept: Mapping[str, list[str]], said_gone: Mapping[str, list[str]]
    ) -> None:
        """Say of each cell of the merged row by which of its sources it is said, where not by all of them."""
        claimed = {
            cells["column"]
            for _number, cells in self.sheets["claims"].cells()
            if cells.get("kind") == self.kind and cells.get("id") == self.kept
        }
        every = set(_split(new.get("sources", "")))
        kept, gone = self._texts
        for column, cell in new.items():
            if not cell or column in ("id", "sources", "inferred"):
                continue
            sources = list(said_kept.get(column, ())) if kept.get(column) else []
            if gone.get(column) and (gone[column] == cell or column in self._lists() or not kept.get(column)):
                sources += [source for source in said_gone.get(column, ()) if source not in sources]
            if column == "aliases":
                sources += [s for s in said_gone.get("name", ()) if s not in sources]
            told = [source for source in sources if source in every]
            if told and set(told) != every and not (column in claimed and len(told) == 0):
                cells = {"kind": self.kind, "id": self.kept, "column": column, "sources": "|".join(told)}
                self.sheets["cells"].insert(cells, TABLES["cells"].key, "cells")

    @property
    def _texts(self) -> tuple[dict[str, str], dict[str, str]]:
        """The two rows as they were read."""
        found = {}
        for row in csv.DictReader(io.StringIO((self.folder / f"{self.table}.csv").read_text("utf-8-sig"))):
            if row.get("id") in (self.kept, self.gone):
                found[row["id"]] = row
        return found[self.kept], found[self.gone]

    def _lists(self) -> frozenset[str]:
        return _lists(TABLES[self.table])

    def _references(self) -> None:
        """Write the kept id where a cell names the one that goes."""
        for table, sheet in self.sheets.items():
            record = TABLES[table]
            columns = [name for name, kinds in record.references().items() if self.kind in kinds]
            for number, cells in list(sheet.cells()):
                new = {}
                for column in columns:
                    parts = _split(cells.get(column, ""))
                    if self.gone in parts:
                        swapped = [self.kept if part == self.gone else part for part in parts]
                        if column in ("parent", "part_of", "host") and table == self.table and cells["id"] == self.kept:
                            swapped = [part for part in swapped if part != self.kept]
                        new[column] = "|".join(dict.fromkeys(swapped))
                if table in _OF_ROWS and cells.get("kind") == self.kind and cells.get("id") == self.gone:
                    new["id"] = self.kept
                if table == "claims":
                    about = TABLES.get(TABLE_OF_KIND.get(cells.get("kind", ""), ""))
                    if about and self.kind in about.references().get(cells.get("column", ""), ()):
                        parts = [self.kept if part == self.gone else part for part in _split(cells.get("value", ""))]
                        new["value"] = "|".join(dict.fromkeys(parts))
                if new:
                    sheet.set(number, new)
        names = self.sheets["names"]
        seen: set[tuple[str, ...]] = set()
        double = []
        for number, cells in names.cells():
            key = tuple(cells.get(column, "") for column in TABLES["names"].key)
            double += [number] if key in seen else []
            seen.add(key)
        names.take(double)


def _lists(record: type[Record]) -> frozenset[str]:
    """Return the columns of a table that hold lists.

    >>> sorted(_lists(TABLES["initiatives"]))
    ['aliases', 'host', 'inferred', 'part_of', 'sources', 'topics']
    """
    fields = {info.alias or name: info for name, info in record.model_fields.items()}
    return frozenset(name for name in record.columns() if getattr(fields[name].annotation, "__origin__", None) is tuple)


def _split(cell: str) -> list[str]:
    return cell.split("|") if cell else []


def _join(*cells: str) -> str:
    """Return lists as one, each item once.

    >>> _join("a|b", "b|c", "")
    'a|b|c'
    """
    return "|".join(dict.fromkeys(part for cell in cells for part in _split(cell)))
