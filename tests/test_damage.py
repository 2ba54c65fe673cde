"""Random damage, a few trials of each kind: `make reliability` makes two thousand."""

from __future__ import annotations

import pytest

from secgraph.sources.tables import read_tables
from tests.conftest import SMALL
from tests.reliability.damage import KINDS, all_kinds, dropped, trials

TABLES = KINDS[:-4]


@pytest.mark.parametrize(
    ("kind", "count"), [*((name, 60) for name in TABLES), ("query", 60), ("iati", 100), ("turtle", 60)]
)
def test_damage_is_named_or_read_right(kind: str, count: int) -> None:
    found = list(trials(kind, 0, count))
    assert [(kind, seed, wrong) for seed, _, wrong, _ in found if wrong] == []
    assert len({outcome for _, outcome, _, _ in found}) > 1, "both ends must occur, else nothing is tried"


def test_a_damaged_workbook_is_named_or_read_right() -> None:
    # In a process of its own: its reader has been made to abort by files of a few kilobytes.
    (figure,) = all_kinds(100, ("workbook",))
    assert figure.misses == []
    assert figure.tried == 100
    assert len(figure.outcomes) > 1


def test_what_is_dropped_or_changed_in_silence_would_be_noticed() -> None:
    tables = read_tables(SMALL)
    data = (SMALL / "series.csv").read_bytes()
    assert dropped(tables, "series", data) == []
    changed = data.replace(b"Lighthouse Board", b"Board of Lights")
    assert dropped(tables, "series", changed) == [
        "row 2, name: 'Board of Lights' became 'Lighthouse Board'",
    ]
    assert dropped(tables, "series", data + b"pier,Pier,lighthouse-network,,src-charter\n")[-1].endswith("is gone")
