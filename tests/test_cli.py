"""The command line, as a stranger types it: results, formats, exit codes, one clear message."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from secgraph.cli import run
from tests.conftest import ROOT, SMALL, Built


def secgraph(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    told = {**os.environ, **environment}
    command = [sys.executable, "-m", "secgraph", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=told, cwd=ROOT / "tests")


@pytest.fixture
def store(bundled_release: Built) -> str:
    return str(bundled_release.location)


def test_build_tells_the_load_report_and_the_digest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["build", "--data", str(SMALL), "--store", str(tmp_path / "s")]) == 0
    out = capsys.readouterr().out
    header, *rows = out.splitlines()
    assert header.split() == ["table", "read", "kept", "contested"]
    assert any(row.split() == ["events", "5", "5", "1"] for row in rows)
    assert f"release {(tmp_path / 's' / 'current').resolve().name}" in out


def test_options_stand_before_or_after_the_command(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--store", store, "find", "pcc", "see"]) == 0
    before = capsys.readouterr().out
    assert run(["find", "pcc", "see", "--store", store]) == 0
    assert capsys.readouterr().out == before
    assert "pcc-see" in before


def test_show_takes_a_name_and_tells_members_with_dates(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["show", "PCC SEE", "--store", store]) == 0
    out = capsys.readouterr().out
    assert out.startswith("Police Cooperation Convention for Southeast Europe\n")
    assert "2007-10-10 to unknown" in out


def test_show_takes_a_name_of_several_words_without_quotes(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["show", "Salzburg", "Forum", "--store", store]) == 0
    assert capsys.readouterr().out.startswith("Salzburg Forum\n")


def test_an_export_takes_its_format_from_the_ending(store: str, tmp_path: Path) -> None:
    for ending, start in (("nt", b"<"), ("jsonld", b"{"), ("ttl", b"#")):
        assert run(["export", "--store", store, "-o", str(tmp_path / f"graph.{ending}")]) == 0
        assert (tmp_path / f"graph.{ending}").read_bytes().startswith(start), ending
    assert run(["export", "--store", store, "--entity", "RCC", "-o", str(tmp_path / "rcc")]) == 0
    assert json.loads((tmp_path / "rcc").read_bytes())["@context"]


def test_a_yes_or_no_as_json_is_that_of_the_standard(
    store: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "ask.rq").write_text("ASK { ?s a sg:Initiative }")
    assert run(["query", str(tmp_path / "ask.rq"), "--store", store, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"head": {}, "boolean": True}


def test_a_topic_is_drawn_with_what_is_about_it(store: str, tmp_path: Path) -> None:
    page = tmp_path / "topic.html"
    assert run(["draw", "--ego", "firearms", "--top", "20", "--store", store, "-o", str(page)]) == 0
    assert "Who and what is directly tied to Firearms and SALW" in page.read_text(encoding="utf-8")


def test_why_tells_sources_cell_and_dispute(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["why", "iisg", "launched", "--store", store, "--format", "json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert {"value", "source", "table", "row", "column"} <= set(answer["head"]["vars"])
    values = {row["value"]["value"] for row in answer["results"]["bindings"]}
    assert {"2017-09-08", "2015-12"} <= values


@pytest.mark.parametrize("words", [["PCC", "SEE"], ["PCC", "SEE", "name"], ["PCC SEE"], ["PCC SEE", "name"]])
def test_why_takes_a_name_of_several_words_without_quotes(
    store: str, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["why", *words, "--store", store, "--format", "csv"]) == 0
    rows = capsys.readouterr().out.splitlines()[1:]
    assert any("Police Cooperation Convention" in row for row in rows)
    assert ("name" in words) == (len({row.partition(",")[0] for row in rows}) == 1)


@pytest.mark.parametrize("form", ["table", "csv", "tsv", "json"])
def test_a_query_is_written_in_each_form(store: str, form: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["query", "members-of-body", "body=PCC SEE", "date=2018-10-01", "--store", store, "--format", form]
    assert run(arguments) == 0
    assert "Bulgaria" in capsys.readouterr().out


def test_the_form_follows_the_ending_of_the_file(store: str, tmp_path: Path) -> None:
    for name, start in (("a.csv", b"member,"), ("a.tsv", b"member\t"), ("a.json", b"{"), ("a.xlsx", b"PK")):
        assert run(["query", "members-of-body", "--store", store, "-o", str(tmp_path / name)]) == 0
        assert (tmp_path / name).read_bytes().startswith(start)


def test_queries_lists_name_summary_and_parameters(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["queries", "--format", "json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert len(listed) >= 31
    assert all({"name", "summary", "parameters"} <= set(query) for query in listed)


def test_own_sparql_runs_from_a_file_and_from_standard_input(store: str, tmp_path: Path) -> None:
    query = "SELECT ?label WHERE { ?body a sg:Initiative ; dct:identifier 'pcc-see' ; rdfs:label ?label }"
    path = tmp_path / "own.rq"
    path.write_text(query, encoding="utf-8")
    from_file = secgraph("query", str(path), "--store", store, "--format", "csv")
    assert from_file.stdout == "label\nPolice Cooperation Convention for Southeast Europe\n"
    command = [sys.executable, "-m", "secgraph", "query", "-", "--store", store, "--format", "csv"]
    piped = subprocess.run(command, input=query, capture_output=True, text=True, check=False)
    assert piped.stdout == from_file.stdout


def test_own_construct_is_written_as_turtle(store: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "own.rq"
    path.write_text("CONSTRUCT { ?b rdfs:label ?l } WHERE { ?b a sg:Initiative ; rdfs:label ?l }", encoding="utf-8")
    assert run(["query", str(path), "--store", store]) == 0
    assert "rdfs:label" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["nonsense"], 2, "No such command"),
        (["find"], 2, "Missing argument"),
        (["find", "x", "--limit", "none"], 2, "valid integer"),
        (["query", "members-of-bdy"], 1, "did you mean members-of-body"),
        (["query", "members-of-body", "bdy=x"], 1, "parameter bdy"),
        (["query", "members-of-body", "date=soon"], 1, "parameter date"),
        (["query", "members-of-body", "body=nobody-at-all"], 1, "nobody-at-all"),
        (["query", "members-of-body", "body"], 1, "NAME=VALUE"),
        (["query", "members-of-body", "--format", "ttl"], 1, "not written as ttl"),
        (["query", "there-is-no-such-file.rq"], 1, "there-is-no-such-file.rq"),
        (["show", "pcc-sea"], 1, "pcc-see"),
        (["why", "pcc-see", "no-such-property"], 1, "no-such-property"),
        (["draw", "--ego", "rcc", "--pillar", "wbcti"], 1, "two different pictures"),
        (["draw", "--ego", "nobody-at-all"], 1, "nobody-at-all"),
        (["draw", "--hops", "2"], 1, "--ego"),
        (["draw", "-o", "."], 1, "."),
        (["draw", "-o", "picture.sgv"], 1, "one of html, svg, png"),
        (["find", "rcc", "-o", "found.xyz"], 1, "nothing here is written as .xyz"),
        (["export", "-o", "graph.owl"], 1, "one of ttl"),
        (["why", "no", "such", "thing"], 1, "no such thing"),
        (["export", "--format", "ttl", "-o", "/proc/nowhere/graph.ttl"], 1, "/proc/nowhere"),
    ],
)
def test_what_goes_wrong_is_one_clear_message(
    store: str, arguments: list[str], code: int, message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run([*arguments, "--store", store] if arguments[0] != "nonsense" else arguments) == code
    told = capfd.readouterr()
    assert message in told.err.replace("\n", " ")
    assert "Traceback" not in told.err


def test_federation_and_updates_are_refused(store: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for text in ("SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", "DELETE WHERE { ?s ?p ?o }"):
        path = tmp_path / "own.rq"
        path.write_text(text, encoding="utf-8")
        assert run(["query", str(path), "--store", store]) == 1
        assert capsys.readouterr().err.count("secgraph:") == 1


def test_without_a_store_the_message_says_build(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["find", "x", "--store", str(tmp_path / "nowhere")]) == 1
    assert "secgraph build" in capsys.readouterr().err


def test_a_bad_dataset_fails_with_file_row_cell_and_hint(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "data"
    shutil.copytree(SMALL, data)
    events = (data / "events.csv").read_text(encoding="utf-8").replace("2018-10-17", "2018-02-30")
    (data / "events.csv").write_text(events, encoding="utf-8")
    assert run(["check", str(data)]) == 1
    told = capsys.readouterr().out
    assert "events.csv" in told
    assert "2018-02-30" in told
    assert run(["check", str(data), "--fail-on", "none", "--format", "tsv"]) == 0
    assert "date-calendar" in capsys.readouterr().out
    assert run(["build", "--data", str(data), "--store", str(tmp_path / "s")]) == 1
    assert "date-calendar" in capsys.readouterr().err
    assert not (tmp_path / "s" / "current").exists()


def test_draw_writes_one_page_and_says_where(store: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "graph.html"
    assert run(["draw", "--ego", "RCC", "-o", str(target), "--store", store]) == 0
    assert target.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert str(target) in capsys.readouterr().err.replace("\n", "")


def test_doctor_is_content_with_a_sound_release_and_not_with_a_damaged_one(
    small_release: Built, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["doctor", "--data", str(SMALL), "--store", str(small_release.location)]) == 0
    copy = tmp_path / "store"
    shutil.copytree(small_release.location, copy, symlinks=True)
    relation = next((copy / "current" / "relations").glob("*.parquet"))
    relation.write_bytes(relation.read_bytes()[:-1] + b"x")
    capsys.readouterr()
    assert run(["doctor", "--data", str(SMALL), "--store", str(copy)]) == 1
    assert relation.name in capsys.readouterr().out


def test_a_closed_pipe_is_quiet(store: str) -> None:
    command = f"{sys.executable} -m secgraph query counts-by-class-and-year --store {store} | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.stdout.count("\n") == 1


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("secgraph ")


def test_a_traceback_only_when_asked(tmp_path: Path) -> None:
    quiet = secgraph("find", "x", "--store", str(tmp_path))
    loud = secgraph("--debug", "find", "x", "--store", str(tmp_path))
    assert (quiet.returncode, "Traceback" in quiet.stderr, "Traceback" in loud.stderr) == (1, False, True)


def test_an_interrupt_is_told_and_has_a_code_of_its_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("secgraph.api.catalogue", interrupt)
    assert run(["queries"]) == 130
    assert capsys.readouterr().err == "secgraph: interrupted\n"
