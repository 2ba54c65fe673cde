"""Networks on the command line, as a stranger types it: no options, all formats, and what goes wrong."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import networkx as nx
import pytest

from secgraph import network
from secgraph.analysis import MEASURES
from secgraph.cli import run
from tests.conftest import Built

SUMMIT = "2018-07-berlin-process-london-summit"


@pytest.fixture
def store(bundled_release: Built, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    monkeypatch.setenv("SECGRAPH_STORE", str(bundled_release.location))
    monkeypatch.chdir(tmp_path)
    return str(bundled_release.location)


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize(
    ("arguments", "columns"),
    [
        (["network"], {"layer", "nodes", "ties"}),
        (["network", "--explain"], {"name", "question", "rule", "weight"}),
        (["measure"], {"name", "title", "explain", "reference"}),
        (["measure", "k-core"], {"label", "value", "rank", "dated", "sources", "low", "high"}),
        (["gaps"], {"row", "country", "state", "needs", "responses", "money", "forward"}),
        (["overlap"], {"first", "second", "shared", "days"}),
        (["followthrough", SUMMIT], {"step", "thing", "days", "broken"}),
        (["diff", "2018", "2020"], {"change", "rows", "sources"}),
        (["sensitivity"], {"rank", "source", "ties", "need_cells"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_each_command_works_without_options(
    store: str, arguments: list[str], columns: set[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*arguments, "--format", "csv"]) == 0
    found = rows(capsys.readouterr().out)
    assert found
    assert columns <= set(found[0])


def test_measure_all_has_every_measure(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["measure", "all", "--leave-one-out", "no", "--format", "csv", "--since", "2022"]) == 0
    assert {row["measure"] for row in rows(capsys.readouterr().out)} == set(MEASURES)


def test_measure_explains_in_plain_words(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        run(["measure", "degree", "--layer", "implementing", "--explain", "--top", "2", "--leave-one-out", "no"]) == 0
    )
    told = capsys.readouterr().out
    assert MEASURES["degree"].explain in told
    assert "2 of " in told


def test_a_layer_that_is_a_projection_is_the_projection(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["measure", "degree", "--layer", "organising", "--leave-one-out", "no", "--format", "csv"]) == 0
    by_layer = capsys.readouterr().out
    assert run(["measure", "degree", "--projection", "organising", "--leave-one-out", "no", "--format", "csv"]) == 0
    assert capsys.readouterr().out == by_layer


def test_money_has_a_direction_and_membership_has_none(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    for layer, directed in (("funding", True), ("membership", False)):
        assert run(["measure", "degree", "--layer", layer, "--leave-one-out", "no", "--format", "csv"]) == 0
        assert ({"in", "out"} <= set(rows(capsys.readouterr().out)[0])) is directed


def test_the_range_makes_the_projection_anew_without_each_source(
    store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["measure", "strength", "--layer", "implementing", "--format", "csv"]) == 0
    before = {row["id"]: row for row in rows(capsys.readouterr().out)}
    moved = next(row for row in before.values() if float(row["low"]) < float(row["value"]))
    source = next(
        name
        for row in _ties(capsys, "implementing")
        if moved["id"] in (row["from"], row["to"])
        for name in row["sources"].split("|")
        if _value(capsys, moved["id"], name) == pytest.approx(float(moved["low"]))
    )
    assert source


def _ties(capsys: pytest.CaptureFixture[str], projection: str) -> list[dict[str, str]]:
    assert run(["network", "--projection", projection, "--show", "ties", "--format", "csv"]) == 0
    return rows(capsys.readouterr().out)


def _value(capsys: pytest.CaptureFixture[str], node: str, source: str) -> float:
    options = ["--layer", "implementing", "--without", source, "--leave-one-out", "no", "--format", "csv"]
    assert run(["measure", "strength", *options]) == 0
    return next((float(row["value"]) for row in rows(capsys.readouterr().out) if row["id"] == node), 0.0)


def test_names_are_taken_wherever_an_id_is(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    shown = ["network", "--show", "ties", "--layer", "attending", "--format", "csv"]
    assert run([*shown, "--country", "AL", "--topic", "counter-terrorism", "--pillar", "iisg"]) == 0
    by_id = capsys.readouterr().out
    assert run([*shown, "--country", "Albania", "--topic", "Counter-terrorism", "--pillar", "IISG"]) == 0
    assert capsys.readouterr().out == by_id
    assert len(rows(by_id)) >= 3


def test_certain_and_possible_stand_apart(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["network", "--layer", "membership", "--as-of", "2019", "--format", "csv"]) == 0
    both = rows(capsys.readouterr().out)[0]
    assert run(["network", "--layer", "membership", "--as-of", "2019", "--certain", "--format", "csv"]) == 0
    certain = rows(capsys.readouterr().out)[0]
    assert int(both["ties"]) == int(both["certain"]) + int(both["possible"])
    assert 0 < int(certain["ties"]) == int(both["certain"]) < int(both["ties"])


def test_sources_without_a_date_are_a_third_state(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["network", "--known-at", "2018"]) == 0
    told = capsys.readouterr().out
    assert "left out, their sources having no date" in told
    assert run(["network", "--known-at", "2018", "--undated-sources"]) == 0
    assert "known from sources without a date" in capsys.readouterr().out


def test_graph_files_are_read_again(store: str, tmp_path: Path) -> None:
    for name, read in (("a.graphml", nx.read_graphml), ("a.gexf", lambda path: nx.read_gexf(path, version="1.3"))):
        assert run(["network", "--projection", "organising", "-o", str(tmp_path / name)]) == 0
        assert read(tmp_path / name).number_of_edges() > 100


def test_a_matrix_is_written_in_each_form(store: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    starts = {
        "csv": b"group,",
        "tsv": b"group\t",
        "json": b"{",
        "xlsx": b"PK",
        "html": b"<!DOCTYPE html>",
        "png": b"\x89PNG",
    }
    for form, start in starts.items():
        path = tmp_path / f"gaps.{form}"
        assert run(["gaps", "--pillar", "wbcti", "--as-of", "2024-06-30", "-o", str(path)]) == 0
        assert path.read_bytes().startswith(start), form
    told = json.loads((tmp_path / "gaps.json").read_text(encoding="utf-8"))
    assert {"unmet", "unknown"} <= set(told["counts"])
    capsys.readouterr()
    assert run(["gaps"]) == 0
    assert "covered from answered" in capsys.readouterr().out


def test_programmes_and_meetings_have_the_same_matrix(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    for of in ("programmes", "meetings"):
        assert run(["gaps", "--of", of]) == 0
        assert of in capsys.readouterr().out


def test_ranks_that_moved_name_the_rows_that_moved_them(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["diff", "2018", "2023", "--layer", "organising", "--measure", "degree", "--format", "csv"]) == 0
    found = rows(capsys.readouterr().out)
    moved = [row for row in found if row["rows"]]
    assert moved
    assert all(int(row["formed"]) + int(row["ended"]) > 0 for row in moved)
    assert all(row["rank_before"] != row["rank_after"] for row in found)


def test_a_meeting_by_its_name_is_followed(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["followthrough", "Western Balkans Summit London 2018", "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["event"] == f"event/{SUMMIT}"
    assert {"programme", "money", "need"} <= {step["step"] for step in told["steps"]}


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["--layer", "membership", "--as-of", "2019-12-31", "--top", "10"], "layer.svg"),
        (["--diff", "2018", "2023", "--layer", "organising", "--top", "10"], "diff.html"),
        (["--layer", "co-attendance", "--country", "Albania", "--top", "10"], "projection.png"),
        (["--what", "heat-map", "--of", "meetings"], "meetings.svg"),
        (["--what", "timeline", "--pillar", "iisg"], "time.png"),
    ],
)
def test_pictures_of_every_kind(
    store: str, arguments: list[str], name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / name
    starts = {".svg": b"<?xml", ".html": b"<!DOCTYPE html>", ".png": b"\x89PNG"}
    assert run(["draw", *arguments, "-o", str(target)]) == 0
    assert target.read_bytes().startswith(starts[target.suffix])
    assert name in capsys.readouterr().err.replace("\n", "")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["network", "--layer", "membrship"], 1, "did you mean membership"),
        (["network", "--projection", "co-attendence"], 1, "did you mean co-attendance"),
        (["network", "--country", "Albnia"], 1, "Albnia"),
        (["network", "--topic", "no-such-topic"], 1, "no-such-topic"),
        (["network", "--pillar", "no-such-pillar"], 1, "no-such-pillar"),
        (["network", "--without", "no-such-source"], 1, "no-such-source"),
        (["network", "--as-of", "20x"], 1, "is no date"),
        (["network", "--as-of", "2018-02-30"], 1, "is no date"),
        (["network", "--since", "2020", "--until", "2019"], 1, "--since"),
        (["network", "--as-of", "2018", "--since", "2019"], 1, "--as-of"),
        (["network", "--certain"], 1, "--certain needs a day"),
        (["network", "--roll-up", "planet"], 1, "planet"),
        (["network", "--show", "stars"], 2, "stars"),
        (["network", "--projection", "funding", "--layer", "office"], 1, "office"),
        (["measure", "degre"], 1, "did you mean degree"),
        (["measure", "degree", "--projection", "nothing-like-it"], 1, "nothing-like-it"),
        (["measure", "degree", "--leave-one-out", "maybe"], 2, "maybe"),
        (["gaps", "--by", "objective"], 1, "no source states the objective"),
        (["gaps", "--by", "colour"], 1, "colour"),
        (["gaps", "--of", "dreams"], 1, "dreams"),
        (["gaps", "--format", "xlsx"], 1, "name a file"),
        (["overlap", "--days", "-1"], 1, "--days -1"),
        (["overlap", "--shared", "0"], 1, "--shared 0"),
        (["followthrough"], 2, "Missing argument"),
        (["followthrough", "no-such-meeting"], 1, "no-such-meeting"),
        (["diff", "2020", "2018"], 1, "is not before"),
        (["diff", "2018", "soon"], 1, "is no date"),
        (["diff", "2018", "2020", "--as-of", "2019"], 1, "dates of its own"),
        (["diff", "2018", "2020", "--layer", "membrship"], 1, "did you mean membership"),
        (["diff", "2018", "2020", "--measure", "communities"], 1, "does not rank nodes"),
        (["draw", "--what", "timeline", "--ego", "rcc"], 1, "not of a timeline"),
        (["draw", "--what", "painting"], 2, "painting"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_goes_wrong_is_one_clear_message(
    store: str, arguments: list[str], code: int, message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == code
    told = capfd.readouterr()
    assert message in told.err.replace("\n", " ")
    assert "Traceback" not in told.err


@pytest.mark.parametrize(
    ("options", "emptied_by"),
    [
        (["--layer", "managing", "--topic", "counter-terrorism"], "topics"),
        (["--layer", "managing", "--pillar", "wbcti"], "pillar"),
        (["--layer", "organising", "--known-at", "1990"], "known-at"),
        (["--layer", "organising", "--until", "1900", "--certain"], "certain"),
    ],
)
def test_an_empty_network_says_which_filter_emptied_it(
    store: str, options: list[str], emptied_by: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["network", *options]) == 0
    assert f"the filter {emptied_by} took the last tie" in capsys.readouterr().out


def test_an_empty_projection_is_measured_and_says_why(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["measure", "betweenness", "--layer", "implementing", "--until", "1900", "--certain"]) == 0
    assert "emptied by" in capsys.readouterr().out


def test_every_option_of_the_lens_is_an_option_of_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    fields = [name.replace("_", "-") for name in network.Lens.__dataclass_fields__]
    singular = {"layers": "layer", "topics": "topic", "countries": "country"}
    for command in ("network", "measure", "gaps", "overlap", "followthrough", "diff", "sensitivity", "draw"):
        assert run([command, "--help"]) == 0
        told = capsys.readouterr().out
        assert [name for name in fields if f"--{singular.get(name, name)}" not in told] == [], command
