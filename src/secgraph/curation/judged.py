"""The file of judgements, `identities.sssom.tsv`: read as it stands, a judgement added in its place, written sorted.

A judgement holds no name of a person and no date: who judged it when is in the history of the file. What is not
changed here stays as it is, line by line, comments too.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from secgraph.curation.subjects import Party
from secgraph.errors import ConfigError, JudgementError
from secgraph.mapping.judgements import Judgements
from secgraph.mapping.parties import NOT, SAME
from secgraph.records import LITERAL_TYPE, NAME_CATEGORY, REF_CATEGORY
from secgraph.vocab import ID, local

FILE: Final = "identities.sssom.tsv"
MANUAL: Final = "semapv:ManualMappingCuration"
_NEEDED: Final = (
    "subject_id", "subject_label", "predicate_id", "predicate_modifier", "object_id", "object_label",
    "mapping_justification", "comment", "object_type", "object_category",
)  # fmt: skip
_PREFIXES: Final = {
    "sg": ID,
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "semapv": "https://w3id.org/semapv/vocab/",
}
_ORDER: Final = ("subject_id", "predicate_id", "predicate_modifier", "object_id", "object_label", "object_category")


@dataclass(frozen=True)
class Judgement:
    """One answer: the two parties, whether they are one, and why."""

    left: Party
    right: Party
    same: bool
    comment: str = ""

    def cells(self) -> list[dict[str, str]]:
        """Return the rows of SSSOM that say it: one, or one for each name where several stand for one party."""
        told = {
            "subject_id": f"sg:{self.left.key.removeprefix(ID)}",
            "subject_label": self.left.label,
            "predicate_id": SAME,
            "predicate_modifier": "" if self.same else NOT,
            "mapping_justification": MANUAL,
            "comment": " ".join(self.comment.split()),
        }
        if self.right.own:
            return [{**told, "object_id": f"sg:{self.right.key.removeprefix(ID)}", "object_label": self.right.label}]
        literal = {**told, "object_id": "", "object_type": LITERAL_TYPE}
        if self.right.ref:
            return [{**literal, "object_label": self.right.ref, "object_category": REF_CATEGORY}]
        return [{**literal, "object_label": self.right.label, "object_category": NAME_CATEGORY}]


def refuse(judged: Judgements, judgement: Judgement) -> None:
    """Refuse a judgement that contradicts those made.

    Raises:
        JudgementError: with the chain.
    """
    chain = judged.conflict(judgement.left.key, judgement.right.key, same=judgement.same)
    if chain:
        raise JudgementError(
            _short(judgement.left.key), _short(judgement.right.key), judgement.same, tuple(map(_short, chain))
        )


def _short(key: str) -> str:
    negative = "not " if key.startswith("not ") else ""
    return negative + key.removeprefix("not ").removeprefix(ID)


class File:
    """The lines of one file of judgements."""

    def __init__(self, path: Path) -> None:
        if not path.parent.is_dir():
            raise ConfigError(
                f"{path.parent}: judgements are kept beside tables in a folder", hint="give --data a folder of tables"
            )
        self.path = path
        text = path.read_text(encoding="utf-8-sig") if path.exists() else _head(path)
        lines = text.splitlines(keepends=True)
        at = next((number for number, line in enumerate(lines) if not line.startswith("#")), len(lines))
        self._head = lines[:at]
        rows = list(csv.reader(lines[at:], delimiter="\t"))
        self._columns = rows[0] if rows else list(_NEEDED)
        # A short row is filled up: its tabs at the end were lost in an editor.
        self._rows = [row + [""] * (len(self._columns) - len(row)) for row in rows[1:] if any(row)]

    def add(self, judgements: Iterable[Judgement]) -> None:
        """Add judgements, each in its place; one that is there stays as it is."""
        for judgement in judgements:
            for cells in judgement.cells():
                self._need(column for column, cell in cells.items() if cell)
                row = [cells.get(column, "") for column in self._columns]
                if self._key(row) not in {self._key(other) for other in self._rows}:
                    self._rows.append(row)

    def replace(self, old: str, new: str) -> None:
        """Write one thing of ours in the place of another; rows that become the same are one."""
        for row in self._rows:
            for column in ("subject_id", "object_id"):
                at = self._columns.index(column)
                row[at] = f"sg:{new.removeprefix(ID)}" if row[at] in (old, f"sg:{old.removeprefix(ID)}") else row[at]
        first: dict[tuple[str, ...], list[str]] = {}
        for row in self._rows:
            first.setdefault(self._key(row), row)
        self._rows = list(first.values())

    def bytes(self) -> bytes:
        """Return the file, sorted."""
        out = io.StringIO()
        writer = csv.writer(out, delimiter="\t", lineterminator="\n")
        writer.writerow(self._columns)
        ordered = sorted(self._rows, key=self._key)
        writer.writerows(ordered)
        return ("".join(self._prefixed()) + out.getvalue()).encode()

    def _key(self, row: list[str]) -> tuple[str, ...]:
        cells = dict(zip(self._columns, row, strict=False))
        return tuple(cells.get(column, "") for column in _ORDER)

    def _need(self, columns: Iterable[str]) -> None:
        for column in columns:
            if column not in self._columns:
                self._columns.append(column)
                for row in self._rows:
                    row.append("")

    def _prefixed(self) -> list[str]:
        """Return the head with the prefixes that the judgements use."""
        head = [line if line.endswith("\n") else line + "\n" for line in self._head]
        at = next((number for number, line in enumerate(head) if line.replace(" ", "").strip() == "#curie_map:"), -1)
        if at < 0:
            head.append("# curie_map:\n")
            at = len(head) - 1
        missing = [name for name in _PREFIXES if not any(line.strip("# \n").startswith(f"{name}:") for line in head)]
        return [*head[: at + 1], *(f"#   {name}: {_PREFIXES[name]}\n" for name in missing), *head[at + 1 :]]


def _head(path: Path) -> str:
    name = path.parent.name
    return (
        f"# mapping_set_id: https://w3id.org/secgraph/data/{name}/identities\n"
        "# mapping_set_description: Judged links and pairs that are not one body\n"
        "# license: https://creativecommons.org/licenses/by/4.0/\n"
        "# curie_map:\n"
    )


def party_name(party: Party) -> str:
    """Return what a party is called in a list: its id, or its name as published."""
    if party.own:
        return local(party.key)
    return f"{party.label} ({party.ref})" if party.ref and party.ref != party.label else party.label
