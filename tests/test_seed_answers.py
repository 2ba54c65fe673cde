"""Every value of the ten announcements is found again by `show` and by a query of the catalogue."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import cache

import pytest

from secgraph import api
from secgraph.values import text
from tests.conftest import ROOT, Built

EXPECTED = list(csv.DictReader((ROOT / "tests/cases/seed/expected.csv").read_text(encoding="utf-8").splitlines()))
KINDS = {
    "organisations": "organisation", "initiatives": "initiative", "events": "event", "programmes": "programme",
    "instruments": "instrument", "documents": "document", "memberships": "membership", "needs": "need",
    "responses": "response", "series": "series", "people": "occupancy", "editions": "event",
}  # fmt: skip


@pytest.fixture(scope="module")
def graph(bundled_release: Built) -> Iterator[api.Graph]:
    with api.open(bundled_release.location) as opened:
        yield opened


def name(line: dict[str, str]) -> str:
    """Return what a person types for the thing of a line: kind and id; money rows by their id alone."""
    if line["table"] == "funding":
        return line["id"]
    return f"{KINDS[line['table']]}/{line['id'].split('--')[0] if line['table'] == 'editions' else line['id']}"


def forms(graph: api.Graph, value: str) -> set[str]:
    """Return the texts by which a value may be told: itself, a code in words, the label of a thing."""
    told = {value, value.replace("-", " ")}
    told.update(label for label, identifier in _labels(graph) if identifier == value)
    return {item.casefold() for item in told if item}


@cache
def _labels(graph: api.Graph) -> list[tuple[str, str]]:
    table = graph.sql("SELECT label, id FROM things")
    return [(str(row["label"] or ""), str(row["id"])) for row in table.dicts()]


@cache
def card(graph: api.Graph, thing: str) -> str:
    shown = graph.show(thing)
    cells = [text(cell) for _title, table in shown.sections for row in table.rows for cell in row]
    return "\n".join([shown.title, shown.id, *cells]).casefold()


@cache
def answers(graph: api.Graph, thing: str, series: str) -> str:
    found = [graph.query(query, thing=thing) for query in ("facts-of-thing", "evidence-of-entity")]
    if graph.resolve(thing).split("/")[-2] in graph.catalogue.get("names-over-time").parameter("thing").kinds:
        found.append(graph.query("names-over-time", thing=thing))
    if series:
        found.append(graph.query("editions-of-series", series=series))
    return "\n".join(text(cell) for table in found for row in table.rows for cell in row).casefold()


@pytest.mark.parametrize("line", EXPECTED, ids=lambda line: f"{line['id']}-{line['column']}-{line['value'][:30]}")
def test_a_value_of_the_announcements_is_shown_and_answered(graph: api.Graph, line: dict[str, str]) -> None:
    wanted = forms(graph, line["value"])
    thing = name(line)
    assert any(form in card(graph, thing) for form in wanted), ("show", thing, wanted)
    series = line["id"].split("--")[1] if line["table"] == "editions" else ""
    assert any(form in answers(graph, thing, series) for form in wanted), ("query", thing, wanted)


def test_the_announcements_are_ten() -> None:
    assert {line["announcement"] for line in EXPECTED} == {str(number) for number in range(1, 11)}
    assert len(EXPECTED) >= 300
