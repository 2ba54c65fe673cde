"""Releases: what they hold, that the same data gives the same, that failures change nothing, and the doctor's eye."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from secgraph.errors import ConfigError, SourceError, StoreError, ValidationError
from secgraph.releases import (
    STAGES,
    build,
    current,
    damage,
    doctor,
    kept,
    making,
    open_release,
    release_digest,
    releases,
)
from secgraph.store import open_release as open_store_of
from secgraph.store import open_store
from secgraph.store.embedded import RELEASE_FORMAT
from secgraph.store.rdf import canonical_hash
from secgraph.values import Literal, Quad, nquad
from secgraph.vocab import INFERRED, ONTOLOGY, SOURCES, sg, thing
from secgraph.worker import stop_children
from tests.conftest import SMALL, Built


@pytest.fixture
def store(small_release: Built, tmp_path: Path) -> Path:
    """A store of one's own with the release of the small dataset."""
    shutil.copytree(small_release.location, tmp_path / "store", symlinks=True)
    return tmp_path / "store"


@pytest.fixture
def changed(tmp_path: Path) -> Callable[[str, str, str], Path]:
    """What copies the small dataset with one text replaced in one of its files."""

    def change(name: str, old: str, new: str) -> Path:
        data = tmp_path / f"data-{len(list(tmp_path.iterdir()))}"
        shutil.copytree(SMALL, data)
        text = (data / name).read_text(encoding="utf-8")
        assert old in text
        (data / name).write_text(text.replace(old, new), encoding="utf-8")
        return data

    return change


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def state(store: Path) -> tuple[str, list[str]]:
    """Return what a failed build must not change."""
    return current(store).digest, names(store / "releases")


# --- what a release holds


def test_a_release_is_laid_out_as_told(small_release: Built) -> None:
    release = current(small_release.location)
    assert names(small_release.location) == ["current", "inputs.json", "lock", "releases"]
    assert os.readlink(small_release.location / "current") == f"releases/{release.digest}"  # noqa: PTH115
    assert names(release.path) == ["SHA256SUMS", "manifest.json", "relations", "report.json", "store"]
    assert len(names(release.path / "relations")) == 19
    assert damage(release.path) == []
    checked = subprocess.run(
        ["sha256sum", "-c", "--strict", "--quiet", "SHA256SUMS"], cwd=release.path, capture_output=True, check=False
    )
    assert (checked.returncode, checked.stdout) == (0, b"")
    assert release.dataset["title"].startswith("Made-up")
    assert release.dataset["licence"] == "CC0-1.0"
    assert release.path.name == release.digest == release_digest(release.quad_digest, release.files)
    assert {name.split("/")[0] for name in release.files} == {"ontology", "queries"}
    assert all(name in release.files for name in ("ontology/events.ttl", "queries/members-of-body.rq"))


def test_the_load_report_accounts_for_every_row(small_release: Built) -> None:
    report = current(small_release.location).report.dicts()
    assert {row["table"] for row in report} >= {"events", "memberships", "claims", "cells", "identities"}
    for row in report:
        suffix = ".sssom.tsv" if row["table"] == "identities" else ".csv"
        lines = (SMALL / f"{row['table']}{suffix}").read_text(encoding="utf-8").splitlines()
        assert row["read"] == row["kept"] == sum(not line.startswith("#") for line in lines) - 1
    contested = {row["table"]: row["contested"] for row in report if row["contested"]}
    assert contested == {"events": 1, "funding": 1, "memberships": 1, "programmes": 1}


def test_counts_are_those_of_the_store(small_release: Built) -> None:
    release = current(small_release.location)
    store = open_store(small_release.location)
    by_graph = Counter(quad.graph for quad in store.quads())
    counts = dict(release.counts)
    assert counts["quads"] == store.count() == by_graph.total()
    assert counts["merged"] == store.count("") == by_graph.pop("")
    for name, graph in (("inferred", INFERRED), ("sources", SOURCES), ("ontology", ONTOLOGY)):
        assert counts[name] == by_graph.pop(graph) > 50
    assert counts["source_graphs"] == len(by_graph) == 8
    assert counts["stated"] == by_graph.total()
    assert all(name.startswith(thing("source", "src-")) for name in by_graph)


def test_the_default_graph_holds_each_triple_once_and_all_that_is_asserted(small_release: Built) -> None:
    store = open_store(small_release.location)
    merged = {quad[:3] for quad in store.quads("")}
    assert len(merged) == store.count("")
    apart = [quad for quad in store.quads() if quad.graph not in ("", ONTOLOGY) and quad[:3] not in merged]
    # Only what contradicts the row stands in the graph of its own source alone.
    assert apart == [
        Quad(thing("event", "2018-10-lighthouse-board"), sg("start"), found, thing("source", "src-chronicle"))
        for found in [Literal("2018-10-16", "http://www.w3.org/2001/XMLSchema#date")]
    ] + [quad for quad in apart if quad.subject != thing("event", "2018-10-lighthouse-board")]
    assert {quad.predicate for quad in apart} == {sg("start"), sg("end"), sg("amount")}
    assert all(quad.graph == thing("source", "src-rumour") for quad in apart if quad.predicate == sg("amount"))


def test_the_quad_digest_is_that_of_rdfc_and_no_node_is_blank(small_release: Built) -> None:
    release = current(small_release.location)
    quads = list(open_store(small_release.location).quads())
    assert not any(term.startswith("_:") for quad in quads for term in quad if not isinstance(term, Literal))
    assert canonical_hash(quads) == release.quad_digest


def test_the_bundled_dataset_counts_each_sum_once(bundled_release: Built) -> None:
    store = open_store(bundled_release.location)
    query = f"SELECT (COUNT(?a) AS ?n) (SUM(?a) AS ?sum) WHERE {{ ?s <{sg('amount')}> ?a }}"
    relations = bundled_release.path / "relations"
    from secgraph.relations import Relations

    by_sql = Relations(relations).sql(
        "SELECT count(amount), sum(amount) FROM (SELECT amount FROM transactions UNION ALL SELECT amount FROM budgets)"
    )
    found = store.select(query)
    assert [found.column("n"), found.column("sum")] == [by_sql.column(name) for name in by_sql.columns]


def test_the_digest_hangs_on_quads_files_and_format_and_on_no_order(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"ontology/a.ttl": "1", "queries/b.rq": "2"}
    digests = [
        release_digest("q", files),
        release_digest("p", files),
        release_digest("q", files | {"queries/b.rq": "3"}),
        release_digest("q", {"ontology/a.ttl": "1"}),
    ]
    assert release_digest("q", dict(reversed(files.items()))) == digests[0]
    monkeypatch.setattr(kept, "RELEASE_FORMAT", RELEASE_FORMAT + 1)
    assert len({*digests, release_digest("q", files)}) == 5


# --- the same data gives the same

SCRIPT = """
import sys
from pathlib import Path
from secgraph.releases import build
release = build(Path(sys.argv[1]), Path(sys.argv[2]), threads=int(sys.argv[3]))
print(release.digest)
"""


@pytest.mark.parametrize(
    ("seed", "zone", "locale", "threads"),
    [("0", "Pacific/Auckland", "C", "1"), ("4711", "America/Montevideo", "C.UTF-8", "2")],
)
def test_a_release_does_not_hang_on_where_and_how_it_is_built(
    small_release: Built, tmp_path: Path, seed: str, zone: str, locale: str, threads: str
) -> None:
    place = tmp_path / "an other place é"
    shutil.copytree(SMALL, place / "data")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONHASHSEED": seed}
    environment.update(TZ=zone, LC_ALL=locale)
    found = subprocess.run(
        [sys.executable, "-c", SCRIPT, "data", "store", threads],
        cwd=place,
        env=environment,
        capture_output=True,
        check=True,
        text=True,
    )
    made, known = place / "store" / "current", small_release.path
    assert found.stdout.strip() == known.name
    for name in ("manifest.json", "report.json", *(f"relations/{path}" for path in names(known / "relations"))):
        assert (made / name).read_bytes() == (known / name).read_bytes(), name
    # A store's own files differ from build to build; what is in it does not.
    ours, theirs = open_store_of(made.resolve()), open_store_of(known)
    assert list(map(nquad, ours.quads())) == list(map(nquad, theirs.quads()))


def test_a_release_that_is_there_is_checked_and_kept(store: Path) -> None:
    before = current(store)
    born = before.path.stat().st_ino
    again = build(SMALL, store)
    assert (again.digest, again.path.stat().st_ino) == (before.digest, born)
    assert names(store / "releases") == [before.digest]
    (again.path / "relations" / "events.parquet").write_bytes(b"")
    mended = build(SMALL, store)
    assert mended.digest == before.digest
    assert damage(mended.path) == []
    assert names(store / "releases") == [before.digest]


def test_the_last_two_releases_stay_and_readers_keep_theirs(
    store: Path, changed: Callable[[str, str, str], Path]
) -> None:
    first = current(store)
    reader = open_store(store)
    second = build(changed("events.csv", "Training on shells", "Training on old shells"), store)
    assert [release.digest for release in releases(store)] == [second.digest, first.digest]
    assert reader.count() == first.counts["quads"]
    third = build(changed("events.csv", "Training on shells", "Training on new shells"), store)
    # The first one has a reader still, and goes with the build after.
    assert next(release.digest for release in releases(store)) == third.digest
    assert names(store / "releases") == sorted([first.digest, second.digest, third.digest])
    reader.close()
    assert current(store).digest == third.digest
    # Back to the one before: nothing is lost by building what is current or previous again.
    back = build(changed("events.csv", "Training on shells", "Training on old shells"), store)
    assert back.digest == second.digest
    assert [release.digest for release in releases(store)] == [second.digest, third.digest]
    again = build(changed("events.csv", "Training on shells", "Training on old shells"), store)
    assert [release.digest for release in releases(store)] == [again.digest, third.digest]


def test_a_remark_that_changes_no_quad_changes_no_digest(store: Path, changed: Callable[[str, str, str], Path]) -> None:
    data = changed("dataset.toml", "# MADE-UP DATA", "# MADE-UP, INVENTED DATA")
    assert build(data, store).digest == current(store).digest


def test_progress_is_told_stage_by_stage(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    build(SMALL, tmp_path / "store", progress=lambda stage, done, total: told.append((stage, done, total)), threads=1)
    assert list(dict.fromkeys(stage for stage, _done, _total in told)) == list(STAGES)
    for name in STAGES:
        steps = [(done, total) for stage, done, total in told if stage == name]
        assert steps == sorted(steps)
        assert steps[0][0] == 0
        assert steps[-1][0] == steps[-1][1]


# --- failures change nothing


def test_errors_of_the_data_are_told_together_and_stop(store: Path, changed: Callable[[str, str, str], Path]) -> None:
    before = state(store)
    data = changed("events.csv", "2018-10-18,,Nowhere Bay", "2018-13-18,,Nowhere Bay")
    funding = data / "funding.csv"
    funding.write_text(funding.read_text().replace("1000000,EUR,commitment,2017,", "€1m,EUR,commitment,2017,"))
    with pytest.raises(ValidationError) as caught:
        build(data, store)
    assert {finding.rule for finding in caught.value.report.findings if finding.severity == "error"} >= {
        "date-calendar",
        "amount-form",
    }
    assert "secgraph check" in str(caught.value)
    assert state(store) == before
    with pytest.raises(ValidationError):
        build(data, store.parent / "fresh")
    assert names(store.parent / "fresh" / "releases") == []
    with pytest.raises(StoreError, match="secgraph build"):
        current(store.parent / "fresh")


def test_fail_on_decides_what_stops(store: Path, changed: Callable[[str, str, str], Path]) -> None:
    before = state(store)
    data = changed("events.csv", "Conference on fog", "Conference on fog ")
    with pytest.raises(ValidationError, match="warning"):
        build(data, store, fail_on="warn")
    assert state(store) == before
    assert build(data, store).warnings > 0
    with pytest.raises(ConfigError, match="error, warn or none"):
        build(data, store, fail_on="warnings")
    bad = changed("events.csv", "2018-10-18,,Nowhere Bay", "2018-13-18,,Nowhere Bay")
    assert build(bad, store, fail_on="none").findings.count("error") > 0


def test_nothing_to_read_is_an_error(store: Path, tmp_path: Path) -> None:
    before = state(store)
    with pytest.raises(SourceError):
        build(tmp_path / "nowhere", store)
    assert state(store) == before


def test_an_interrupt_leaves_nothing(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = state(store)
    stopped: list[bool] = []

    def stop() -> None:
        stopped.append(True)
        stop_children()

    monkeypatch.setattr(making, "stop_children", stop)

    def interrupt(stage: str, done: int, _total: int) -> None:
        if stage == "check" and not done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(SMALL, store, progress=interrupt)
    assert state(store) == before
    # Else the run of the shapes would go on beside a program that has given up.
    assert stopped == [True]


HOLD = """
import sys, time
from pathlib import Path
from secgraph.releases.publishing import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_build_is_told_who_holds_the_store(store: Path) -> None:
    before = state(store)
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(store)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(StoreError, match=rf"process {holder.pid} since 20"):
            build(SMALL, store)
        assert state(store) == before
    finally:
        holder.kill()
        holder.communicate()
    # The lock goes with its holder, also by a kill.
    assert build(SMALL, store).digest == before[0]


LIMITED = """
import resource, signal, sys
from pathlib import Path
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]),) * 2)
from secgraph.releases import build
from secgraph.errors import StoreError
try:
    build(Path(sys.argv[1]), Path(sys.argv[2]))
except StoreError as exc:
    print(exc)
"""


@pytest.mark.parametrize("size", [100, 20_000, 300_000])
def test_no_room_for_a_file_is_one_message(store: Path, changed: Callable[[str, str, str], Path], size: int) -> None:
    before = state(store)
    data = changed("series.csv", "Lighthouse Board", "Board")
    found = subprocess.run(
        [sys.executable, "-c", LIMITED, str(data), str(store), str(size)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        check=True,
        text=True,
    )
    assert "cannot be written" in found.stdout
    assert len(found.stdout.splitlines()) == 1
    assert state(store) == before
    assert damage(current(store).path) == []


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StoreError, match="file"):
        build(SMALL, tmp_path / "file" / "store")
    (tmp_path / "store" / "current").mkdir(parents=True)
    with pytest.raises(StoreError, match="current"):
        build(SMALL, tmp_path / "store")


def test_all_is_durable_before_it_is_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[tuple[str, str]] = []
    fsync, rename, replace = os.fsync, Path.rename, Path.replace

    def note_fsync(descriptor: int) -> None:
        done.append(("fsync", os.readlink(f"/proc/self/fd/{descriptor}")))  # noqa: PTH115
        fsync(descriptor)

    def note_rename(self: Path, target: Path) -> Path:
        done.append(("rename", str(target)))
        return rename(self, target)

    def note_replace(self: Path, target: Path) -> Path:
        done.append(("replace", str(target)))
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", note_fsync)
    monkeypatch.setattr(Path, "rename", note_rename)
    monkeypatch.setattr(Path, "replace", note_replace)
    store = tmp_path / "store"
    release = build(SMALL, store)
    published = done.index(("rename", str(release.path)))
    before = {path.partition("/.tmp-")[2].partition("/")[2] for what, path in done[:published] if what == "fsync"}
    files = {path.relative_to(release.path).as_posix() for path in release.path.rglob("*")}
    assert files | {""} == before | {""}
    assert "" in before
    swapped = done.index(("replace", str(store / "current")))
    assert ("fsync", str(store / "releases")) in done[published:swapped]
    assert ("fsync", str(store)) in done[swapped:]


# --- versions and damage


def test_another_format_is_refused(store: Path) -> None:
    path = current(store).path
    manifest = json.loads((path / "manifest.json").read_text())
    for version, said in ((RELEASE_FORMAT + 1, "newer"), (RELEASE_FORMAT - 1, "older")):
        (path / "manifest.json").write_text(json.dumps({**manifest, "format": version}))
        with pytest.raises(StoreError, match=said):
            current(store)
        with pytest.raises(StoreError, match=said):
            open_store(store)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "flipped": lambda path: path.write_bytes(bytes([path.read_bytes()[0] ^ 1]) + path.read_bytes()[1:]),
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-1]),
    "deleted": lambda path: path.unlink(),
}


@pytest.mark.parametrize("how", sorted(DAMAGES))
def test_damage_to_any_file_is_found_and_named(store: Path, how: str) -> None:
    path = current(store).path
    files = sorted(file for file in path.rglob("*") if file.is_file() and file.stat().st_size)
    assert len(files) > 25
    for file in files:
        kept = file.read_bytes()
        DAMAGES[how](file)
        found = damage(path)
        assert found, file
        name = file.relative_to(path).as_posix()
        assert name == "SHA256SUMS" or any(name in told for told in found)
        file.write_bytes(kept)
    (path / "relations" / "extra.parquet").write_bytes(b"")
    assert damage(path) == ["relations/extra.parquet is not of this release"]


def test_a_damaged_manifest_or_report_is_an_error(store: Path) -> None:
    path = current(store).path
    for name in ("manifest.json", "report.json"):
        kept = (path / name).read_bytes()
        for text in ("", "{}", "[]", "\xff"):
            (path / name).write_text(text, encoding="latin-1")
            with pytest.raises(StoreError, match="secgraph build"):
                open_release(path)
        (path / name).write_bytes(kept)


# --- the doctor


def states(store: Path, data: Path = SMALL) -> dict[str, str]:
    table = doctor(store, data)
    assert table.columns == ("check", "state", "detail")
    return dict(zip(table.column("check"), table.column("state"), strict=True))


def test_the_doctor_of_a_good_store(store: Path) -> None:
    found = states(store)
    assert {name: is_ for name, is_ in found.items() if is_ != "ok" and name != "Java"} == {}
    assert {"data", "store", "release", "files", "quads", "freshness of data", "socket filter"} <= set(found)


def test_the_doctor_names_what_is_wrong(store: Path, changed: Callable[[str, str, str], Path]) -> None:
    data = changed("events.csv", "Training on shells", "Training on pearls")
    assert states(store, data)["freshness of data"] == "warning"
    (store / "releases" / ".tmp-left").mkdir()
    (store / "releases" / ".tmp-left" / "file").write_bytes(b"x" * 1000)
    assert states(store)["leftovers"] == "warning"
    release = current(store)
    events = release.path / "relations" / "events.parquet"
    events.write_bytes(events.read_bytes()[:-1])
    table = doctor(store, SMALL)
    (row,) = [row for row in table.dicts() if row["check"] == "files"]
    assert (row["state"], row["detail"]) == ("error", "relations/events.parquet was changed")
    for sst in (release.path / "store").glob("*.sst"):
        sst.write_bytes(sst.read_bytes()[:100])
    assert states(store)["quads"] == "error"
    (store / "current").unlink()
    assert states(store)["release"] == "error"
    found = states(store.parent / "nowhere", store.parent / "no-data")
    assert (found["store"], found["data"]) == ("absent", "error")
