"""The notebooks run from the first cell to the last on the bundled data, and hold nothing but questions and calls."""

from __future__ import annotations

import ast
import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, Built

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
NAMES = ["01-build", "02-actors", "03-meetings", "04-funding", "05-needs-and-gaps"]


def cells(path: Path, kind: str) -> list[dict[str, Any]]:
    book = json.loads(path.read_text(encoding="utf-8"))
    return [cell for cell in book["cells"] if cell["cell_type"] == kind]


def test_the_five_notebooks_are_there() -> None:
    assert [path.stem for path in NOTEBOOKS] == NAMES


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_a_notebook_is_kept_without_outputs(path: Path) -> None:
    code = cells(path, "code")
    assert len(code) >= 6
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_a_notebook_starts_with_a_question_ends_with_an_answer_and_has_a_picture_or_a_table(path: Path) -> None:
    told = ["".join(cell["source"]) for cell in cells(path, "markdown")]
    assert told[0].startswith("# ")
    assert "?" in told[0].splitlines()[0]
    assert told[-1].startswith("## The answer")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_a_notebook_has_no_logic_of_its_own(path: Path) -> None:
    logic = (ast.FunctionDef, ast.Lambda, ast.For, ast.While, ast.If, ast.ClassDef, ast.comprehension)
    for cell in cells(path, "code"):
        tree = ast.parse("".join(cell["source"]))
        assert not [item for item in ast.walk(tree) if isinstance(item, logic)], "".join(cell["source"])


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_a_notebook_runs(path: Path, bundled_release: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import nbclient
    import nbformat

    # The first notebook builds a store of its own; the others read the one that is there.
    store = tmp_path / "store" if path.stem == "01-build" else bundled_release.location
    monkeypatch.setenv("SECGRAPH_STORE", str(store))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")]))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    reads: Any = nbformat.reads  # it has no types
    book = reads(path.read_text(encoding="utf-8"), as_version=4)
    nbclient.NotebookClient(book, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = [output for cell in book.cells if cell.cell_type == "code" for output in cell.outputs]
    assert [output for output in shown if output.output_type in ("error", "stream")] == []
    pictures = [output for output in shown if "image/svg+xml" in output.get("data", {})]
    tables = [output for output in shown if "text/html" in output.get("data", {})]
    assert len(tables) >= 3
    assert pictures or path.stem == "01-build"
    if path.stem == "01-build":
        digest = bundled_release.path.name
        assert any(digest in output.get("data", {}).get("text/plain", "") for output in shown)
