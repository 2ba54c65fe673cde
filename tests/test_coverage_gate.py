"""The gate of branch coverage bites."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tools.branches import covered, main


def report(folder: Path, taken: int, all_: int) -> Path:
    path = folder / "coverage.json"
    path.write_text(json.dumps({"totals": {"covered_branches": taken, "num_branches": all_}}), encoding="utf-8")
    return path


@pytest.mark.parametrize(("taken", "code"), [(90, 0), (89, 1), (0, 1)])
def test_too_few_branches_fail(tmp_path: Path, taken: int, code: int) -> None:
    assert main([str(report(tmp_path, taken, 100)), "90"]) == code


def test_a_report_of_nothing_is_no_pass(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no branches"):
        covered(report(tmp_path, 0, 0))
