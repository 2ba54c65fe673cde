"""The documents say what is there: reference, README, public names, commands."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

import secgraph
from secgraph import api
from secgraph.cli.commands import app
from tests.conftest import ROOT

PUBLIC = ["Answer", "Graph", "__version__", "build", "check", "doctor", "open"]
METHODS = [
    "close", "digest", "draw", "export", "find", "queries", "query", "relation", "resolve", "show", "sparql", "sql",
    "to_networkx", "to_rdflib", "why",
]  # fmt: skip
COMMANDS = ["build", "check", "doctor", "draw", "export", "find", "queries", "query", "show", "why"]


def test_the_reference_is_up_to_date() -> None:
    command = [sys.executable, str(ROOT / "tools" / "reference.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_public_names_are_few_and_pinned() -> None:
    assert sorted(secgraph.__all__) == PUBLIC
    assert sorted(name for name in vars(api.Graph) if not name.startswith("_")) == METHODS


@pytest.mark.parametrize("name", ["open", "build", "check", "doctor"])
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
    wrong = re.compile(r"index[-]url|extra[-]index|find[-]links|/root/|/home/[a-z]")
    found = []
    for name in listed.stdout.split("\n"):
        path = ROOT / name
        if name.endswith((".txt", ".toml", ".py", ".md", ".yml", ".cfg", "Makefile")) and path.is_file():
            found += [
                name for line in path.read_text(encoding="utf-8", errors="replace").splitlines() if wrong.search(line)
            ]
    assert [name for name in found if name != "tests/test_docs.py"] == []
