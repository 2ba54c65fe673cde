"""Bad inputs, each a folder under `bad/`: exactly the findings that it expects, none missing and none false.

A case of a dataset holds the files that differ from the small made-up dataset (and `absent`, a list of those that are
not there); `expected.csv` lists its findings, an empty list where the input is to be taken as it is.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from secgraph.inference import derive
from secgraph.releases import load_dataset
from secgraph.resources import ontology_dir
from secgraph.validation import check, shapes
from secgraph.values import Finding

BAD = Path(__file__).resolve().parent / "bad"
SMALL = Path(__file__).resolve().parent / "cases" / "small"
NOT_DATASETS = {"shapes", "ontology", "graphs"}
COLUMNS = ("rule", "severity", "file", "row", "column", "cell", "value")

Row = tuple[str, ...]


def dataset_cases() -> list[Path]:
    """Return the folders of bad datasets, in order."""
    gates = [gate for gate in sorted(BAD.iterdir()) if gate.is_dir() and gate.name not in NOT_DATASETS]
    return [case for gate in gates for case in sorted(gate.iterdir()) if case.is_dir()]


def lay(case: Path, folder: Path) -> Path:
    """Lay the files of a case over a copy of the small dataset."""
    shutil.copytree(SMALL, folder)
    for file in sorted(case.iterdir()):
        if file.name == "absent":
            for name in file.read_text().split():
                (folder / name).unlink()
        elif file.is_dir():
            shutil.copytree(file, folder / file.name)
        elif file.name != "expected.csv":
            shutil.copy(file, folder / file.name)
    return folder


def expected(case: Path) -> list[Row]:
    """Return the rows that a case expects."""
    with (case / "expected.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, strict=True))
    assert tuple(rows[0]) == COLUMNS, case
    return sorted(tuple(row) for row in rows[1:])


def found(findings: Sequence[Finding]) -> list[Row]:
    """Return findings as the rows of an expected.csv."""
    return sorted(
        (one.rule, one.severity, one.file, str(one.row or ""), one.column, one.cell, one.value) for one in findings
    )


@pytest.fixture
def one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the shapes in this process: a hundred children would take a minute."""

    def run(target: str, argument: Any, *_limits: object, **_what: object) -> Any:
        module, _, function = target.partition(":")
        assert module == "secgraph.validation.shapes"
        return getattr(shapes, function)(argument)

    monkeypatch.setattr(shapes, "run_limited", run)
    monkeypatch.setattr(shapes, "_graph_of", parsed_once)


parsed_once = cache(shapes._graph_of)


@pytest.mark.parametrize("case", dataset_cases(), ids=lambda case: f"{case.parent.name}/{case.name}")
def test_a_bad_dataset_gets_its_findings_and_no_others(case: Path, tmp_path: Path, one_process: None) -> None:
    report = check(lay(case, tmp_path / "data"), ontology_dir(), load=load_dataset)
    assert found(report.findings) == expected(case)
    for finding in report.findings:
        assert finding.message, finding
        assert "\x1b" not in finding.message, finding


def test_the_small_dataset_has_no_findings() -> None:
    assert check(SMALL, ontology_dir(), infer=derive).findings == []
