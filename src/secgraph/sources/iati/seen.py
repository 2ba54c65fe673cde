"""What one pass must remember of all activities of a file: identifiers and parents, on disk, not in memory."""

from __future__ import annotations

import sqlite3
from typing import Final

_ROUNDS: Final = 64
_EDGES: Final = 20_000


class Seen:
    """The identifiers of a file with their lines, and who is said to be part of whom.

    A file of a million activities must not need more memory than a small one, so both stand in a temporary database
    that has no name and is gone with the process.
    """

    def __init__(self) -> None:
        self._base = sqlite3.connect("", isolation_level=None)
        for setting in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-2048"):
            self._base.execute(f"PRAGMA {setting}")
        self._base.execute("CREATE TABLE seen (id TEXT PRIMARY KEY, line INTEGER) WITHOUT ROWID")
        self._base.execute(
            "CREATE TABLE parts (part TEXT, whole TEXT, line INTEGER, PRIMARY KEY (part, whole)) WITHOUT ROWID"
        )
        self._base.execute("BEGIN")

    def close(self) -> None:
        """Forget everything."""
        self._base.close()

    def first_line(self, identifier: str, line: int) -> int:
        """Return the line at which an identifier stood before, 0 where this is the first."""
        added = self._base.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (identifier, line)).rowcount
        if added:
            return 0
        return int(self._base.execute("SELECT line FROM seen WHERE id = ?", (identifier,)).fetchone()[0])

    def is_part(self, part: str, whole: str, line: int) -> None:
        """Remember that one activity is said to be a part of another."""
        if part != whole:
            self._base.execute("INSERT OR IGNORE INTO parts VALUES (?, ?, ?)", (part, whole, line))

    def circles(self) -> list[tuple[int, list[str]]]:
        """Return the circles: in each, every activity is a part of the next and the last of the first.

        Each comes with the line of one of its relations. What no part is of anything is taken away until nothing
        more goes, so that only circles and what hangs on them are left to be walked.
        """
        self._base.execute("CREATE INDEX wholes ON parts (whole)")
        for _round in range(_ROUNDS):
            gone = self._base.execute("DELETE FROM parts WHERE whole NOT IN (SELECT part FROM parts)").rowcount
            if not gone:
                break
        rows = self._base.execute("SELECT part, whole, line FROM parts ORDER BY part, whole LIMIT ?", (_EDGES,))
        wholes: dict[str, list[str]] = {}
        lines: dict[str, int] = {}
        for part, whole, line in rows:
            wholes.setdefault(part, []).append(whole)
            lines.setdefault(part, line)
        return [(lines[circle[0]], circle) for circle in _circles(wholes)]


def _circles(wholes: dict[str, list[str]]) -> list[list[str]]:
    """Return circles so that each activity that lies on one is told once.

    >>> _circles({"a": ["b"], "b": ["a"], "c": ["a"]})
    [['a', 'b']]
    """
    found: list[list[str]] = []
    done: set[str] = set()
    for start in sorted(wholes):
        way: list[str] = []
        at: dict[str, int] = {}
        stack = [(start, iter(wholes[start]))] if start not in done else []
        if stack:
            way.append(start)
            at[start] = 0
        while stack:
            node, rest = stack[-1]
            for following in rest:
                if following in at:
                    found.append(way[at[following] :])
                elif following not in done and following in wholes:
                    at[following] = len(way)
                    way.append(following)
                    stack.append((following, iter(wholes[following])))
                    break
            else:
                stack.pop()
                way.pop()
                del at[node]
                done.add(node)
    return found
