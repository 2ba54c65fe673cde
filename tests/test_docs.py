"""The documents say what is there: reference, README, public names, commands."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import secgraph
from secgraph import api
from secgraph.analysis import MEASURES
from secgraph.cli import app
from secgraph.network import PROJECTIONS
from tests.conftest import ROOT, Built, left_out

PUBLIC = [
    "Answer", "Graph", "__version__", "build", "check", "doctor", "measures", "network_table", "new", "open",
    "policies", "projections",
]  # fmt: skip
METHODS = [
    "close", "coverage", "diff", "digest", "draw", "export", "find", "followthrough", "fund_by", "fund_draw",
    "fund_flow_table", "fund_flows", "fund_total", "fund_waterfall", "gaps", "measure", "moved", "network", "overlap",
    "queries", "query", "relation", "resolve", "sensitivity", "show", "sparql", "sql", "to_networkx", "to_rdflib",
    "why",
]  # fmt: skip
COMMANDS = [
    "build", "check", "diff", "doctor", "draw", "export", "find", "followthrough", "fund", "gaps", "measure", "network",
    "new", "overlap", "queries", "query", "resolve", "sensitivity", "show", "why",
]  # fmt: skip


def test_the_reference_is_up_to_date() -> None:
    command = [sys.executable, str(ROOT / "tools" / "reference.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_public_names_are_few_and_pinned() -> None:
    assert sorted(secgraph.__all__) == PUBLIC
    assert sorted(name for name in dir(api.Graph) if not name.startswith("_")) == METHODS


@pytest.mark.parametrize(
    "name", ["open", "build", "check", "doctor", "measures", "network_table", "new", "policies", "projections"]
)
def test_each_public_function_has_a_doctest(name: str) -> None:
    assert ">>>" in (getattr(secgraph, name).__doc__ or "")


@pytest.mark.parametrize("name", METHODS)
def test_each_public_method_has_a_doctest(name: str) -> None:
    assert ">>>" in (getattr(api.Graph, name).__doc__ or "")


def test_the_readme_and_the_changelog_tell_every_command() -> None:
    single = (
        command.name or (command.callback.__name__ if command.callback else "") for command in app.registered_commands
    )
    names = sorted([*single, *(group.name or "" for group in app.registered_groups)])
    assert names == COMMANDS
    for document in ("README.md", "CHANGELOG.md"):
        text = (ROOT / document).read_text(encoding="utf-8")
        missing = [name for name in names if not re.search(rf"`(secgraph )?{name}\b", text)]
        assert missing == [], document


def test_what_the_documents_find_and_show_is_there(bundled_release: Built) -> None:
    lines = [line for page in ("README.md", "docs/tutorial.md") for line in (ROOT / page).read_text().splitlines()]
    typed = [shlex.split(line, comments=True) for line in lines if re.match(r" {4}secgraph (find|show) ", line)]
    assert len(typed) >= 5
    with secgraph.open(bundled_release.location) as graph:
        for _, command, *words in typed:
            told = graph.find(" ".join(words)).rows if command == "find" else graph.show(" ".join(words)).sections
            assert told, words


def dead_links(page: Path, text: str) -> list[str]:
    """Return the targets of a page's links that are neither on the web nor beside it."""
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", text)
    return [target for target in targets if not re.match(r"https?:", target) and not (page.parent / target).exists()]


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
    assert {page.name: found for page in pages if (found := dead_links(page, page.read_text(encoding="utf-8")))} == {}
    assert dead_links(ROOT / "README.md", "[a](docs) [b](https://example.org) [c](docs/no-such.md#part)") == [
        "docs/no-such.md"
    ]


def test_version_is_one() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == secgraph.__version__
    assert f"\nversion: {secgraph.__version__}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"## {secgraph.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


OF_A_MACHINE = re.compile(r"index[-]url|extra[-]index|find[-]links|(?<![\w.:/])/(root|home|mnt|opt|work)/[\w.]")


@pytest.mark.parametrize(
    "line", ["--index_url x".replace("_", "-"), "see /root/notes", "open('/home/ana/x')", "PATH=/opt/java/bin"]
)
def test_an_address_of_a_machine_is_noticed(line: str) -> None:
    assert OF_A_MACHINE.search(line)


def test_no_address_of_a_registry_or_machine_is_committed() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    endings = (".txt", ".toml", ".py", ".md", ".yml", ".cfg", ".cff", ".rq", ".ttl", "Makefile", "run")
    paths = [ROOT / name for name in listed.stdout.split("\n") if name.endswith(endings)]
    if not paths:
        left_out(1, "the search for addresses of machines, since this is no git checkout")
        return
    assert len(paths) > 200
    found = [
        f"{path.relative_to(ROOT)}: {line}"
        for path in paths
        if path.is_file() and path.name != "test_docs.py"
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines()
        if OF_A_MACHINE.search(line)
    ]
    assert found == []
