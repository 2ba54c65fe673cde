"""The documents say what is there: reference, README, public names, commands."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

import secgraph
from secgraph import api
from secgraph.analysis import MEASURES
from secgraph.cli import app
from secgraph.network import PROJECTIONS
from tests.conftest import ROOT

PUBLIC = [
    "Answer", "Graph", "__version__", "build", "check", "doctor", "measures", "network_table", "open", "projections",
]  # fmt: skip
METHODS = [
    "close", "coverage", "diff", "digest", "draw", "export", "find", "followthrough", "gaps", "measure", "moved",
    "network", "overlap", "queries", "query", "relation", "resolve", "sensitivity", "show", "sparql", "sql",
    "to_networkx", "to_rdflib", "why",
]  # fmt: skip
COMMANDS = [
    "build", "check", "diff", "doctor", "draw", "export", "find", "followthrough", "gaps", "measure", "network",
    "overlap", "queries", "query", "sensitivity", "show", "why",
]  # fmt: skip


def test_the_reference_is_up_to_date() -> None:
    command = [sys.executable, str(ROOT / "tools" / "reference.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_public_names_are_few_and_pinned() -> None:
    assert sorted(secgraph.__all__) == PUBLIC
    assert sorted(name for name in dir(api.Graph) if not name.startswith("_")) == METHODS


@pytest.mark.parametrize("name", ["open", "build", "check", "doctor", "measures", "network_table", "projections"])
def test_each_public_function_has_a_doctest(name: str) -> None:
    assert ">>>" in (getattr(secgraph, name).__doc__ or "")


@pytest.mark.parametrize("name", METHODS)
def test_each_public_method_has_a_doctest(name: str) -> None:
    assert ">>>" in (getattr(api.Graph, name).__doc__ or "")


def test_the_readme_and_the_changelog_tell_every_command() -> None:
    names = sorted(
        command.name or (command.callback.__name__ if command.callback else "") for command in app.registered_commands
    )
    assert names == COMMANDS
    for document in ("README.md", "CHANGELOG.md"):
        text = (ROOT / document).read_text(encoding="utf-8")
        missing = [name for name in names if not re.search(rf"`(secgraph )?{name}\b", text)]
        assert missing == [], document


@pytest.mark.parametrize("name", [*MEASURES, *PROJECTIONS])
def test_each_measure_and_projection_is_documented(name: str) -> None:
    sections = re.split(r"^### ", (ROOT / "docs" / "measures.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    mine = [section for section in sections if section.split("\n")[0] == name]
    # A name may be both a projection and a section on an analysis of it.
    assert len(mine) == (name in MEASURES) + (name in PROJECTIONS)
    for told in ("Reference:", "Read it as:", "Misleads:"):
        assert all(f"- {told}" in section for section in mine), told
    if name in MEASURES:
        for year in re.findall(r"\((\d{4})\)", MEASURES[name].reference):
            assert year in mine[0], f"{name}: the reference of {year}"


def test_no_measure_or_projection_is_documented_that_is_not_there() -> None:
    text = (ROOT / "docs" / "measures.md").read_text(encoding="utf-8")
    listed = text.partition("## Projections")[2].partition("## Gaps")[0]
    assert sorted(re.findall(r"^### (.+)$", listed, flags=re.MULTILINE)) == sorted([*MEASURES, *PROJECTIONS])


def test_the_commands_of_the_tutorial_are_commands() -> None:
    text = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^    secgraph ([a-z]+)", text, flags=re.MULTILINE)) <= set(COMMANDS)


def test_links_of_the_documents_lead_somewhere() -> None:
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    assert len(pages) >= 8
    for page in pages:
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
            assert re.match(r"https?:", target) or (page.parent / target).exists(), f"{page.name}: {target}"


def test_version_is_one() -> None:
    for document in ("pyproject.toml", "CITATION.cff"):
        assert f"{secgraph.__version__}" in (ROOT / document).read_text(encoding="utf-8")


def test_no_address_of_a_registry_or_machine_is_committed() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    wrong = re.compile(r"index-url|extra-index|find-links|/root/|/home/[a-z]")
    found = []
    for name in listed.stdout.split("\n"):
        path = ROOT / name
        if name.endswith((".txt", ".toml", ".py", ".md", ".yml", ".cfg", "Makefile")) and path.is_file():
            found += [
                name for line in path.read_text(encoding="utf-8", errors="replace").splitlines() if wrong.search(line)
            ]
    assert [name for name in found if name != "tests/test_docs.py"] == []
