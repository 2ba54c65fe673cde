"""The wheel holds ontology, data and queries, and builds the graph from an empty folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_the_wheel_holds_what_the_checkout_holds(unpacked: Path) -> None:
    for name in ("ontology", "data", "queries"):
        here = {path.relative_to(ROOT / name) for path in (ROOT / name).rglob("*") if path.is_file()}
        there = {
            path.relative_to(unpacked / "secgraph" / "bundle" / name)
            for path in (unpacked / "secgraph" / "bundle" / name).rglob("*")
            if path.is_file()
        }
        assert there == here
        assert len(here) > 5
    assert list(unpacked.glob("*.dist-info/licenses/LICENSE*"))


def test_the_wheel_builds_and_answers_from_an_empty_folder(unpacked: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(unpacked)}

    def secgraph(*arguments: str) -> str:
        command = [sys.executable, "-m", "secgraph", *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "release " in secgraph("build")
    where = {row["check"]["value"]: row["detail"]["value"] for row in _rows(secgraph("doctor", "--format", "json"))}
    assert where["data"].startswith(str(unpacked))
    assert "pcc-see" in secgraph("find", "PCC SEE")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".secgraph"]


def _rows(text: str) -> list[dict[str, dict[str, str]]]:
    rows: list[dict[str, dict[str, str]]] = json.loads(text)["results"]["bindings"]
    return rows
