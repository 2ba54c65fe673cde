"""Random damage, a few trials of each kind: `make reliability` makes two thousand."""

from __future__ import annotations

import pytest

from secgraph.sources.tables import read_tables
from tests.conftest import SMALL
from tests.reliability.damage import KINDS, all_kinds, dropped

TABLE_TRIALS, OTHER_TRIALS = 60, 100
OTHERS = KINDS[-4:]


@pytest.mark.parametrize("kind", KINDS)
def test_damage_is_named_or_read_right(kind: str) -> None:
    count = OTHER_TRIALS if kind in OTHERS else TABLE_TRIALS
    (figure,) = all_kinds(count, (kind,))
    assert figure.misses == []
    assert figure.tried == count
    assert len(figure.outcomes) > 1, "both ends must occur, else nothing is tried"


def test_what_is_dropped_or_changed_in_silence_would_be_noticed() -> None:
    tables = read_tables(SMALL)
    data = (SMALL / "series.csv").read_bytes()
    assert dropped(tables, "series", data) == []
    changed = data.replace(b"Lighthouse Board", b"Board of Lights")
    assert dropped(tables, "series", changed) == [
        "row 2, name: 'Board of Lights' became 'Lighthouse Board'",
    ]
    assert dropped(tables, "series", data + b"pier,Pier,lighthouse-network,,src-charter\n")[-1].endswith("is gone")
