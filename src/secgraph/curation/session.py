"""A session of judging: answers go to the files of a dataset at once, each can be taken back, none is asked twice."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from secgraph.curation.candidates import Candidate, Tables, all_parties
from secgraph.curation.judged import FILE, File, Judgement, refuse
from secgraph.curation.merge import KINDS, Plan, plan
from secgraph.curation.subjects import Party, of_tables
from secgraph.errors import ConfigError, SourceError
from secgraph.files import write_folder
from secgraph.mapping.judgements import Judgements, text_key
from secgraph.records import Record
from secgraph.sources.tables import BOOK, read_tables
from secgraph.values import ERROR
from secgraph.vocab import ID, kind_of, thing

SAME, DIFFERENT, LATER = "same", "different", "later"
ANSWERS: Final = (SAME, DIFFERENT, LATER)
"""What a pair is judged to be."""


@dataclass(frozen=True)
class Answer:
    """One row of a file of answers: the pair, whether it is the same, and where it stands."""

    judgement: Judgement
    row: int


class Session:
    """The judgements of one dataset while somebody judges.

    Raises:
        ConfigError: the dataset is no folder of tables.
        SourceError: nothing of it can be read, or its judgements are malformed.
    """

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir() or (folder / BOOK).exists():
            hint = f"make CSV files of the workbook: secgraph new DIR --from {folder}"
            raise ConfigError(f"{folder}: judgements are kept in a folder of tables, as CSV files", hint=hint)
        self.folder = folder
        self._before: list[dict[str, bytes | None]] = []
        self._read()

    def _read(self) -> None:
        tables = read_tables(self.folder)
        wrong = [one for one in tables.findings.findings if one.severity == ERROR and one.file == FILE]
        if wrong:
            raise SourceError(FILE, str(wrong[0]), hint="mend the file first: `secgraph check` has all findings")
        self.records: Mapping[str, Sequence[Record]] = tables.usable()
        self.judged = Judgements.of_tables(self.records)

    def open(self, candidate: Candidate) -> bool:
        """Tell whether a pair is still to be judged: after a merge one of its bodies may be gone."""
        known = {party.key for party in of_tables(self.records)}
        gone = any(party.own and party.key not in known for party in (candidate.left, candidate.right))
        return not gone and self.judged.decided(candidate.left.key, candidate.right.key) is None

    def merges(self, judgement: Judgement) -> bool:
        """Tell whether a judgement makes two rows of one table one."""
        kinds = {kind_of(party.key) for party in (judgement.left, judgement.right) if party.own}
        return judgement.same and judgement.right.own and len(kinds) == 1 and kinds <= set(KINDS)

    def plan(self, judgement: Judgement) -> Plan:
        """Return what the merge of a judgement would change.

        Raises:
            JudgementError: it contradicts those made.
            ConfigError: the tables would be wrong afterwards.
        """
        refuse(self.judged, judgement)
        return plan(self.folder, judgement.left.key, judgement.right.key, judgement.comment)

    def judge(self, judgement: Judgement) -> None:
        """Write a judgement: a row of the file of judgements, or a merge where two rows are one body.

        Raises:
            JudgementError: it contradicts those made; with the chain.
            ConfigError: the file cannot be written, or the tables would be wrong afterwards.
        """
        if self.merges(judgement):
            self._write(self.plan(judgement).files)
            self._read()
            return
        refuse(self.judged, judgement)
        file = File(self.folder / FILE)
        file.add([judgement])
        self._write({FILE: file.bytes()})
        self.judged.add(judgement.left.key, judgement.right.key, same=judgement.same)

    def undo(self) -> bool:
        """Take the last judgement of the session back; False where there is none."""
        if not self._before:
            return False
        before = self._before.pop()
        write_folder(self.folder, {name: data for name, data in before.items() if data is not None})
        for name in (name for name, data in before.items() if data is None):
            (self.folder / name).unlink()
        self._read()
        return True

    def _write(self, files: Mapping[str, bytes]) -> None:
        paths = {name: self.folder / name for name in files}
        before = {name: path.read_bytes() if path.exists() else None for name, path in paths.items()}
        write_folder(self.folder, files)
        self._before.append(before)


def judgement_of(candidate: Candidate, *, same: bool, swapped: bool = False) -> Judgement:
    """Return the judgement on a candidate, with what spoke for it as its comment.

    Args:
        candidate: the pair.
        same: whether it is one body.
        swapped: of two of ours the right one is kept.
    """
    left, right = (candidate.right, candidate.left) if swapped else (candidate.left, candidate.right)
    return Judgement(left, right, same, f"judged on: {candidate.why}")


def answers(text: str, session: Session, relations: Tables | None = None) -> list[Answer]:
    """Return the answers of a file of candidates: the rows whose column `judgement` says same or different.

    All that is wrong is told at once; then nothing is taken.

    Raises:
        SourceError: the file lacks columns, or has rows with unknown ids or words.
    """
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    columns = set(rows[0]) if rows else set()
    missing = [name for name in ("left", "right", "judgement") if name not in columns]
    if missing:
        raise SourceError("the file of answers", f"lacks {', '.join(missing)}", hint="start from `resolve --out FILE`")
    known = {party.key: party for party in all_parties(session.records, relations)}
    merged = {
        thing(row.cell("kind"), row.cell("old")): thing(row.cell("kind"), row.cell("new"))
        for row in session.records.get("redirects", ())
        if row.cell("kind") in KINDS
    }
    found, wrong = [], []
    for number, row in enumerate(rows, 2):
        word = (row.get("judgement") or "").strip().lower()
        if word in ("", LATER):
            continue
        left = _party(row.get("left") or "", "", known, merged)
        right = _party(row.get("right") or "", row.get("right_name") or "", known, merged)
        if word not in ANSWERS:
            wrong.append(f"row {number}: {word!r} is neither same nor different")
        elif left is None or not left.own:
            wrong.append(f"row {number}: {row.get('left')!r} is no body of the tables")
        elif right is None:
            wrong.append(f"row {number}: {row.get('right')!r} is nobody that is known")
        elif left.key != right.key:
            told = Judgement(left, right, word == SAME, row.get("comment") or row.get("why") or "")
            found.append(Answer(told, number))
    if wrong:
        more = f"; and {len(wrong) - 5} more" if len(wrong) > 5 else ""
        raise SourceError("the file of answers", "; ".join(wrong[:5]) + more, hint="nothing was taken")
    return found


def _party(key: str, name: str, known: Mapping[str, Party], merged: Mapping[str, str]) -> Party | None:
    """Return the party that a cell means: an IRI, `kind/id`, an id, or `name:` and `ref:` texts."""
    key = key.strip()
    for iri in (key, ID + key, *(thing(kind, key) for kind in KINDS)):
        seen = set()
        while iri in merged and iri not in seen:
            seen.add(iri)
            iri = merged[iri]  # noqa: PLW2901  the same thing under its present id
        if iri in known:
            return known[iri]
    text = " ".join(name.split())
    if key.startswith("name:") and text and text_key(text) == key:
        return Party(key, text, (text,))
    if key.startswith("ref:") and len(key) > len("ref:"):
        return Party(key, text or key[4:], (text,) if text else (), ref=key[4:])
    return None
