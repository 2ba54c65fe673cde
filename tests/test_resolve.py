"""Who is who: names as they are compared, candidates and their reasons, judgements, merges and what they change."""

from __future__ import annotations

import csv
import io
import itertools
import json
import logging
import re
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import resolve as benchmark
from secgraph import api, cli
from secgraph.curation import (
    LEAST,
    Judgement,
    Merged,
    Model,
    Party,
    Published,
    Reader,
    Session,
    answers,
    candidates,
    countries_of,
    effect,
    of_published,
    of_tables,
    plan,
)
from secgraph.curation.names import latin
from secgraph.errors import ConfigError, JudgementError, NotFoundError, SourceError
from secgraph.mapping.judgements import Judgements
from secgraph.mapping.parties import Parties
from secgraph.network import projection
from secgraph.relations import Relations, sealed
from secgraph.sources.tables import read_tables
from secgraph.validation import validate_tables
from secgraph.vocab import thing
from tests.conftest import BUNDLED, ROOT, SMALL, Built

HOSTILE = "<b>x</b> \" } UNION { ?s ?p ?o } # '); DROP TABLE parties; --\u202e"
GUIDE = ROOT / "docs" / "how-to" / "say-who-is-who.md"


def own(name: str, kind: str = "organisation") -> str:
    return thing(kind, name)


@pytest.fixture(scope="module")
def bodies() -> dict[str, Party]:
    return {party.key: party for party in of_tables(read_tables(BUNDLED).records)}


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SMALL, tmp_path / "small"))


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(BUNDLED, tmp_path / "bundled"))


def stranger(name: str, ref: str = "") -> Party:
    (found,) = of_published([Published(name, ref)])
    return found


def errors(folder: Path) -> list[str]:
    return [str(one) for one in validate_tables(read_tables(folder)).findings if one.severity == "error"]


# Names.


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Министарство унутрашњих послова Републике Србије", "Ministry of Interior of Serbia"),
        ("Министерство на вътрешните работи на България", "Bulgarian Ministry of Internal Affairs"),
        ("Ministria e Punëve të Brendshme e Kosovës", "Ministry of Internal Affairs (Kosovo)"),
        ("T.C. Dışişleri Bakanlığı", "Foreign Ministry"),
        ("Agencija d.o.o.", "AGENCIJA DOO"),
        ("Deutsche Stiftung e.V.", "German Foundation"),
        ("Đorđe Fondacija", "Djordje Fondacija"),
    ],
)
def test_names_of_one_body_in_two_languages_and_scripts_are_compared_as_the_same_words(one: str, other: str) -> None:
    reader = Reader(countries_of(read_tables(BUNDLED).records))
    first = {folded.words for folded in reader.read(one)}
    assert first & {folded.words for folded in reader.read(other)}, (reader.read(one), reader.read(other))


@given(st.text(max_size=60))
def test_any_text_is_read_as_a_name(text: str) -> None:
    for folded in Reader().read(text):
        assert list(folded.words) == sorted(set(folded.words))
    assert all(spelling == spelling.lower() for spelling in latin(text) if text.isascii())


# The model.


def test_two_runs_give_the_same_scores_and_settings_and_say_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    tables = read_tables(SMALL).records
    parties = of_tables(tables) + of_published([Published("Coral Institute (CI)"), Published(HOSTILE, "X-1")])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        first, second = (Model(parties, Reader(countries_of(tables))) for _ in range(2))
        assert first.score() == second.score()
        assert first.export() == second.export()
    assert capfd.readouterr() == ("", "")
    assert logging.getLogger("splink").level == logging.NOTSET or logging.getLogger("splink").handlers
    (told,) = (one for one in first.score() if one.right == "name:coral institute (ci)")
    assert told.left == own("coral-institute")
    assert told.probability > 0.5


def test_the_engine_fetches_no_extension() -> None:
    connection = sealed(threads=1)
    told = connection.execute(
        "SELECT name, value FROM duckdb_settings() WHERE name LIKE '%known_extensions' ORDER BY name"
    ).fetchall()
    assert told == [("autoinstall_known_extensions", "false"), ("autoload_known_extensions", "false")]


def test_the_settings_run_on_spark_as_on_duckdb() -> None:
    from splink import SettingsCreator

    tables = read_tables(SMALL).records
    model = Model(of_tables(tables), Reader(countries_of(tables)))
    told = {name: json.loads(model.export(name)) for name in ("duckdb", "spark")}
    for name, document in told.items():
        assert document["comparisons"], name
        SettingsCreator.from_path_or_dict(document).get_settings(name)
    # The same levels with the same probabilities; only the words of the conditions are each engine's own.
    numbers = {
        name: [
            (level["label_for_charts"], level.get("m_probability"), level.get("u_probability"))
            for comparison in document["comparisons"]
            for level in comparison["comparison_levels"]
        ]
        for name, document in told.items()
    }
    assert numbers["duckdb"] == numbers["spark"]
    assert all(u is not None for label, m, u in numbers["spark"] if m is not None)
    spark = json.dumps(told["spark"])
    # Lists have a SIZE on Spark; LENGTH is that of a text, and LIST_ functions are DuckDB's.
    assert "SIZE(ARRAY_INTERSECT(" in spark.upper()
    assert not re.search(r"\bLEN(GTH)?\(|LIST_", spark.upper())
    assert {name for record in model.records for name in record} >= {"unique_id", "words", "whole", "kind"}
    with pytest.raises(ConfigError, match="not written for sqlite"):
        model.export("sqlite")


def test_nothing_and_one_party_have_no_candidates() -> None:
    assert Model([], Reader()).score() == []
    assert Model(of_published([Published("A b")]), Reader()).score() == []


@pytest.fixture(scope="module")
def measured() -> tuple[list[benchmark.Pair], list[float]]:
    pairs, parties, reader = benchmark.judged()
    return pairs, benchmark.by_splink(pairs, parties, reader)


def test_the_judged_pairs_are_whole() -> None:
    pairs, _parties, _reader = benchmark.judged()
    assert len(pairs) == 334
    assert sum(pair.same for pair in pairs) == 151
    assert sum(pair.origin in benchmark.UNSEEN for pair in pairs) == 84


@pytest.mark.parametrize("unseen", [False, True])
def test_splink_finds_more_and_errs_less_than_the_letters_alone(
    measured: tuple[list[benchmark.Pair], list[float]], unseen: bool
) -> None:
    chosen = [
        (pair, value) for pair, value in zip(*measured, strict=True) if (pair.origin in benchmark.UNSEEN) == unseen
    ]
    pairs, values = [pair for pair, _value in chosen], [value for _pair, value in chosen]
    splink = benchmark.score(pairs, values, LEAST)
    letters = benchmark.by_latin_letters(pairs)
    best = benchmark.score(pairs, letters, benchmark.best(pairs, letters))
    assert splink.f1 > best.f1 + 0.1
    assert splink.precision > best.precision
    assert splink.recall > benchmark.score(pairs, letters, benchmark.PLAIN).recall + 0.3
    # What Splink does not win: letters that are nearly the same are hardly ever wrong.
    assert benchmark.score(pairs, letters, benchmark.PLAIN).precision > splink.precision


def test_the_figures_of_the_guide_are_those_that_are_measured(
    measured: tuple[list[benchmark.Pair], list[float]],
) -> None:
    text = GUIDE.read_text("utf-8")
    pairs, values = measured
    for name, unseen in (("looked at", False), ("not looked at", True)):
        chosen = [(p, v) for p, v in zip(pairs, values, strict=True) if (p.origin in benchmark.UNSEEN) == unseen]
        told = benchmark.score([p for p, _v in chosen], [v for _p, v in chosen], LEAST)
        row = re.search(rf"\| {name} [^|]*\| Splink \| 0\.5 \|(.*)", text)
        assert row, name
        assert [cell.strip() for cell in row[1].split("|")[:5]] == [
            str(told.found), str(told.wrong), str(told.missed), f"{told.precision:.2f}", f"{told.recall:.2f}",
        ]  # fmt: skip


# Candidates.


def test_a_candidate_says_why_and_a_judged_pair_is_not_asked_again() -> None:
    tables = read_tables(BUNDLED).records
    found = {(one.left.key, one.right.key): one for one in candidates(tables, least=0.0)}
    why = found[own("jpcc-trebinje"), own("jpcc-plav")].why
    assert "in BA and ME" in why
    assert "same type police" in why
    assert re.search(r"\d+ % alike", why)
    # Judged in identities.sssom.tsv, the last by way of a name in the EU's table.
    judged = [("at-bka", "de-bka"), ("pmi", "pmi-impact"), ("rai", "rai-secretariat"), ("eu-dg-near", "eu-dg-enest")]
    for one, other in judged:
        assert (own(one), own(other)) not in found
        assert (own(other), own(one)) not in found
    assert list(found) == [(one.left.key, one.right.key) for one in candidates(tables, least=0.0)]


class Relation:
    """Relations that hold one published transaction and nothing else."""

    def __init__(self, **columns: str) -> None:
        self.columns = columns

    def table(self, name: str) -> Any:
        from secgraph.values import Table

        row = self.columns if name == "transactions" else {}
        return Table(tuple(row), (tuple(row.values()),) if row else ())


def test_a_name_without_an_identity_is_a_candidate_until_it_is_judged(small: Path) -> None:
    said = Relation(provider_names="Coral Institute, Iceland", provider_refs="", sources="src-atlas")
    session = Session(small)
    (found,) = (one for one in candidates(session.records, said) if not one.right.own)
    assert (found.left.key, found.right.key) == (own("coral-institute"), "name:coral institute, iceland")
    assert found.where() == "1 place of src-atlas"
    session.judge(Judgement(found.left, found.right, True, found.why))
    again = Session(small)
    assert all(one.right.own for one in candidates(again.records, said))
    assert Parties(again.records).find("", "CORAL INSTITUTE,  Iceland") == own("coral-institute")
    assert errors(small) == []


def test_an_unknown_identifier_is_judged_by_itself_not_by_its_names(small: Path) -> None:
    session = Session(small)
    (body,) = (party for party in of_tables(session.records) if party.key == own("tidal-agency"))
    session.judge(Judgement(body, stranger("Agency of Tides", "XX - 77"), True))
    parties = Parties(Session(small).records)
    assert parties.find("xx-77", "whatever") == own("tidal-agency")
    assert parties.find("", "Agency of Tides") is None
    assert errors(small) == []


# Judgements.


def test_judgements_are_rows_of_sssom_in_their_order_and_can_be_taken_back(small: Path) -> None:
    path = small / "identities.sssom.tsv"
    before = path.read_bytes()
    session = Session(small)
    parties = {party.key: party for party in of_tables(session.records)}
    coral, tidal = parties[own("coral-institute")], parties[own("tidal-agency")]
    session.judge(Judgement(coral, stranger(HOSTILE), False, "a\tcomment\nof two lines"))
    session.judge(Judgement(tidal, stranger('The "Tide" Co.'), True))
    assert errors(small) == []
    text = path.read_text("utf-8")
    head = [line for line in text.splitlines() if line.startswith("#")]
    assert head == [line for line in before.decode().splitlines() if line.startswith("#")]
    rows = list(csv.DictReader(io.StringIO(text[text.index("subject_id\t") :]), delimiter="\t"))
    assert [row["subject_id"] for row in rows] == sorted(row["subject_id"] for row in rows)
    assert len(rows) == 4
    told = next(row for row in rows if row["predicate_modifier"] == "Not" and row["object_type"])
    assert (told["object_id"], told["object_type"], told["object_category"]) == ("", "rdfs literal", "name")
    assert told["mapping_justification"] == "semapv:ManualMappingCuration"
    assert told["object_label"] == HOSTILE
    assert told["comment"] == "a comment of two lines"
    assert session.undo()
    assert session.undo()
    assert path.read_bytes() == before
    assert not session.undo()


def test_a_file_of_judgements_is_made_where_there_is_none(small: Path) -> None:
    path = small / "identities.sssom.tsv"
    path.unlink()
    session = Session(small)
    (body,) = (party for party in of_tables(session.records) if party.key == own("old-beacon"))
    session.judge(Judgement(body, stranger("Beacon Soc."), True))
    assert errors(small) == []
    assert Parties(Session(small).records).find("", "beacon soc.") == own("old-beacon")
    assert session.undo()
    assert not path.exists()


def test_a_contradiction_is_refused_with_its_chain(small: Path) -> None:
    session = Session(small)
    parties = {party.key: party for party in of_tables(session.records)}
    coral, tidal = parties[own("coral-institute")], parties[own("tidal-agency")]
    name = stranger("The Institute")
    session.judge(Judgement(coral, name, True))
    before = (small / "identities.sssom.tsv").read_bytes()
    with pytest.raises(JudgementError, match="cannot be judged different") as different:
        session.judge(Judgement(coral, name, False))
    assert different.value.chain == ("organisation/coral-institute", "name:the institute")
    with pytest.raises(JudgementError, match="organisation/tidal-agency = name:the institute") as two:
        session.judge(Judgement(tidal, name, True))
    assert two.value.chain[0] == "organisation/tidal-agency"
    assert two.value.chain[-1] == "organisation/coral-institute"
    assert (small / "identities.sssom.tsv").read_bytes() == before
    session.judge(Judgement(coral, tidal, False))
    with pytest.raises(JudgementError, match="but not"):
        session.judge(Judgement(coral, tidal, True))


@given(
    st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef"), st.booleans()), max_size=14),
    st.sampled_from("abcdef"),
    st.sampled_from("abcdef"),
)
def test_taking_only_what_does_not_conflict_never_makes_a_group_that_holds_a_difference(
    pairs: list[tuple[str, str, bool]], one: str, other: str
) -> None:
    told = Judgements()
    taken = []
    for left, right, same in pairs:
        if left != right and not told.conflict(left, right, same=same):
            told.add(left, right, same=same)
            taken.append((left, right, same))
    for left, right, same in taken:
        assert told.decided(left, right) is same
    assert told.decided(one, other) == told.decided(other, one)
    # The group by hand: all that can be reached over pairs that are the same.
    reached = {one}
    for _ in taken:
        reached |= {b for a, b, same in taken if same and a in reached} | {
            a for a, b, same in taken if same and b in reached
        }
    assert told.group(one) == reached


def test_malformed_judgements_stop_the_session_with_their_place(small: Path) -> None:
    path = small / "identities.sssom.tsv"
    path.write_text(path.read_text("utf-8").replace("ex:coral", "nowhere:coral"), "utf-8")
    with pytest.raises(SourceError, match=r"identities.sssom.tsv.*nowhere"):
        Session(small)
    with pytest.raises(ConfigError, match="folder of tables"):
        Session(small / "organisations.csv")


# Merges.


def lines_of(folder: Path, table: str) -> list[dict[str, str]]:
    with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def rows_of(folder: Path, table: str) -> dict[str, dict[str, str]]:
    return {row["id"]: row for row in lines_of(folder, table)}


def test_a_merge_loses_nothing_and_says_who_says_what(copied: Path) -> None:
    before = rows_of(copied, "organisations")
    kept, gone = before["qkss"], before["ba-csss"]
    made = plan(copied, own("qkss"), own("ba-csss"), "made up for this test")
    assert rows_of(copied, "organisations") == before  # a plan writes nothing
    difference = made.diff().splitlines()
    for name, data in made.files.items():
        (copied / name).write_bytes(data)
    after = rows_of(copied, "organisations")
    assert set(before) - set(after) == {"ba-csss"}
    new = after["qkss"]
    # By hand: QKSS has XK and no city, the other BA and Sarajevo.
    assert new["aliases"].split("|") == ["QKSS", "Sarajevo Centre for Security Studies"]
    assert (new["name"], new["country"], new["city"]) == (kept["name"], "XK", "Sarajevo")
    assert new["sources"].split("|") == [*kept["sources"].split("|"), *gone["sources"].split("|")]
    claims = [row for row in lines_of(copied, "claims") if row["id"] == "qkss"]
    assert [(row["column"], row["value"], row["source"]) for row in claims] == [("country", "BA", gone["sources"])]
    cells = {row["column"]: row["sources"] for row in lines_of(copied, "cells") if row["id"] == "qkss"}
    assert cells["city"] == gone["sources"]
    assert cells["name"] == kept["sources"]
    assert errors(copied) == []
    changed = {name for name in made.files if name != "organisations.csv"}
    assert changed == {"cells.csv", "claims.csv", "events.csv", "redirects.csv"}
    added = [line for line in difference if line.startswith("+organisation,ba-csss")]
    assert added == ["+organisation,ba-csss,qkss,made up for this test"]
    # The merged id keeps working, and what was judged of it is judged of the one that it became.
    assert Judgements.of_tables(read_tables(copied).records).decided(own("ba-csss"), own("qkss"))


@pytest.mark.parametrize("table", ["organisations", "initiatives"])
def test_whatever_two_rows_say_stands_somewhere_after_their_merge(small: Path, table: str) -> None:
    kind = table[:-1]
    before = rows_of(small, table)
    checked = 0
    for one, other in itertools.permutations(sorted(before), 2):
        try:
            files = plan(small, own(one, kind), own(other, kind), "made up").files
        except ConfigError:
            continue  # one is a part of the other, or was judged not to be it
        rows = {row["id"]: row for row in csv.DictReader(io.StringIO(files[f"{table}.csv"].decode()))}
        claims = list(csv.DictReader(io.StringIO(files.get("claims.csv", b"").decode())))
        claimed = {(row["column"], row["value"]) for row in claims if row["id"] == one}
        new = rows[one]
        for column, cell in before[other].items():
            for item in cell.split("|") if cell and column not in ("id", "inferred") else ():
                where = new["aliases"] if column in ("name", "short_name") else new[column]
                kept = item in (*where.split("|"), new["name"], new["short_name"]) or item in new["note"]
                own_id = item == one or (item == other and column in ("parent", "part_of", "host"))
                assert kept or own_id or (column, cell) in claimed, (one, other, column, item)
        for column, cell in before[one].items():
            items = [item for item in cell.split("|") if item != other]
            assert column == "inferred" or all(item in new[column] for item in items), (one, other, column)
        checked += 1
    assert checked >= 4


def test_a_circle_of_redirects_is_walked_once(small: Path) -> None:
    with (small / "redirects.csv").open("a", encoding="utf-8") as file:
        file.write("organisation,round-a,round-b,made up\norganisation,round-b,round-a,made up\n")
    session = Session(small)
    assert session.judged.decided(own("round-a"), own("round-b"))
    assert session.judged.decided(own("round-a"), own("coral-institute")) is None
    with pytest.raises(SourceError, match="'round-a' is no body"):
        answers("left,right,judgement\nround-a,coral-institute,same\n", session)


def test_untouched_rows_stay_byte_for_byte(small: Path) -> None:
    path = small / "organisations.csv"
    text = path.read_text("utf-8").replace("old-beacon,Old Beacon Society", 'old-beacon,"Old Beacon Society"')
    path.write_bytes(text.replace("\n", "\r\n").encode("utf-8-sig"))
    made = plan(small, own("coral-institute"), own("tidal-agency"), "")
    new = made.files["organisations.csv"]
    assert new.startswith(b"\xef\xbb\xbfid,name")
    assert b'old-beacon,"Old Beacon Society",OBS' in new
    assert new.count(b"\r\n") == new.count(b"\n")
    assert b"tidal-agency" not in new


def test_what_cannot_be_merged_is_refused(small: Path, copied: Path) -> None:
    with pytest.raises(ConfigError, match="cannot merge initiative/lighthouse-network into organisation"):
        plan(small, own("coral-institute"), own("lighthouse-network", "initiative"), "")
    with pytest.raises(NotFoundError, match="nobody"):
        plan(small, own("coral-institute"), own("nobody"), "")
    with pytest.raises(ConfigError, match="cannot merge"):
        plan(small, own("coral-institute"), own("coral-institute"), "")
    with pytest.raises(ConfigError, match="cannot be merged into coe"):
        # One of them is judged to be a body of the EU's table that the other is judged not to be.
        plan(copied, own("coe"), own("eu-council"), "")


def test_an_effect_is_what_a_build_of_the_merged_tables_gives(
    small: Path, tmp_path: Path, small_release: Built
) -> None:
    kept, gone = own("coral-institute"), own("tidal-agency")
    foreseen = Merged(Relations(small_release.path / "relations"), kept, gone)
    for name, data in plan(small, kept, gone, "made up").files.items():
        (small / name).write_bytes(data)
    release = api.build(small, tmp_path / "store")
    built = Relations(release.path / "relations")
    for name in ("memberships", "participations", "transactions", "budgets"):
        seen = [_told(table, name) for table in (foreseen.table(name), built.table(name))]
        assert seen[0] == seen[1], name
    for name in ("membership", "co-attendance"):
        graphs = [projection(found, name) for found in (foreseen, built)]
        assert dict(graphs[0].degree(weight="weight")) == pytest.approx(dict(graphs[1].degree(weight="weight")))


def _told(table: Any, _name: str) -> list[tuple[Any, ...]]:
    """Return the rows without what a participation is called by: its id is made of the participant's."""
    dropped = {"iri", "id"} if "participant" in table.columns else set()
    keep = [at for at, column in enumerate(table.columns) if column not in dropped]
    return sorted(tuple(str(row[at]) for at in keep) for row in table.rows)


def test_the_effect_tells_ranks_before_and_after(bundled_release: Built, bodies: dict[str, Party]) -> None:
    relations = Relations(bundled_release.path / "relations")
    table = effect(relations, bodies[own("dcaf")], bodies[own("dcaf-ljubljana")])
    rows = {row["what"]: row for row in table.dicts()}
    graph = projection(relations, "membership")
    degrees = dict(graph.degree())
    row = rows["degree in membership"]
    assert (row["kept"], row["other"]) == (degrees["organisation/dcaf"], degrees["organisation/dcaf-ljubljana"])
    # Neighbours of both count once, and neither counts the other.
    both = set(graph["organisation/dcaf"]) | set(graph["organisation/dcaf-ljubljana"])
    assert row["merged"] == len(both - {"organisation/dcaf", "organisation/dcaf-ljubljana"})
    place = 1 + sum(value > degrees["organisation/dcaf"] for value in degrees.values())
    assert rows["rank by degree in membership"]["kept"] == f"{place} of {len(degrees)}"
    assert "net total of all" in rows


# The command.


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    def run(typed: str, *arguments: str) -> tuple[int, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        code = cli.run(["resolve", *arguments])
        told = capsys.readouterr()
        return code, told.out + told.err

    return run


def alike(folder: Path) -> None:
    """Give the small dataset two organisations that are easily taken for one of its own."""
    path = folder / "organisations.csv"
    lines = path.read_text("utf-8").splitlines()
    lines.append("coral-institution,Coral Institute of Port Mirage,CI,,research,IS,,,,,,,,,src-atlas")
    lines.append("tidal-bureau,The Tidal Agency,,,government-agency,UY,,,,,,,,,src-project")
    path.write_text("\n".join([lines[0], *sorted(lines[1:])]) + "\n", "utf-8")
    settings_file = folder / "dataset.toml"
    settings_file.write_text(re.sub(r"maximum = \d+", "maximum = 99", settings_file.read_text("utf-8")), "utf-8")


def test_a_review_by_letters_from_a_pipe(small: Path, tmp_path: Path, answered: Callable[..., tuple[int, str]]) -> None:
    alike(small)
    api.build(small, tmp_path / "store")
    before = {path.name: path.read_bytes() for path in small.iterdir()}
    place = ("--data", str(small), "--store", str(tmp_path / "store"), "--review")
    code, told = answered("u\nx\nd\nl\nu\nq\n", *place)
    assert code == 0
    assert "nothing to take back" in told
    assert "'x' is none of s, d, l, u, q" in told
    assert "the last judgement is taken back" in told
    assert {path.name: path.read_bytes() for path in small.iterdir()} == before
    code, told = answered("d\ns\nn\ns\ny\nq\n", *place)
    assert code == 0
    assert "+organisation,tidal-bureau,tidal-agency" in told
    assert "total of all" in told
    assert "1 different, 1 same" in told
    assert [row["new"] for row in lines_of(small, "redirects") if row["old"] == "tidal-bureau"] == ["tidal-agency"]
    assert errors(small) == []
    # What was judged is not asked again, and the end of the answers is an end.
    code, told = answered("", *place)
    assert code == 0
    assert "tidal-bureau" not in told
    assert "coral-institution" not in told


def test_a_review_by_file(small: Path, tmp_path: Path, answered: Callable[..., tuple[int, str]]) -> None:
    alike(small)
    place = ("--data", str(small), "--store", str(tmp_path / "none"))
    file = tmp_path / "candidates.csv"
    assert answered("", *place, "--out", str(file))[0] == 0
    rows = list(csv.DictReader(io.StringIO(file.read_text("utf-8"))))
    assert {row["right"] for row in rows} >= {own("tidal-bureau"), own("coral-institution")}
    for row in rows:
        words = {own("tidal-bureau"): "same", own("coral-institution"): "different"}
        row["judgement"] = words.get(row["right"], "later")
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    file.write_text(out.getvalue(), "utf-8")
    code, told = answered("", *place, "--accept", str(file))
    assert code == 0
    assert "1 merge shown and not done: give --merge" in told
    assert "is not known" in told  # no release is built
    assert "tidal-bureau" in rows_of(small, "organisations")
    code, told = answered("", *place, "--accept", str(file), "--merge")
    assert code == 0
    assert "1 judged before" in told
    assert "1 same" in told
    assert "tidal-bureau" not in rows_of(small, "organisations")
    code, told = answered("", *place, "--accept", str(file), "--merge")
    assert code == 0
    assert "2 judged before" in told or "1 judged before" in told
    assert errors(small) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("left,right\n", "lacks left, right, judgement"),
        ("left,right,judgement\norganisation/nobody,organisation/tidal-agency,same\n", "'organisation/nobody' is no"),
        ("left,right,judgement\ncoral-institute,nobody,same\n", "row 2: 'nobody' is nobody"),
        ("left,right,judgement\ncoral-institute,tidal-agency,perhaps\n", "'perhaps' is neither"),
        ("left,right,right_name,judgement\ncoral-institute,name:a b,A c,same\n", "'name:a b' is nobody"),
        ("left,right,judgement\nname:a,coral-institute,same\n", "'name:a' is no body"),
    ],
)
def test_a_file_of_answers_that_is_wrong_is_refused_whole(small: Path, text: str, message: str) -> None:
    before = (small / "identities.sssom.tsv").read_bytes()
    with pytest.raises(SourceError, match=re.escape(message)):
        answers(text, Session(small))
    assert (small / "identities.sssom.tsv").read_bytes() == before


def test_names_of_strangers_come_back_from_a_spreadsheet_as_they_were(small: Path) -> None:
    session = Session(small)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("left", "right", "right_name", "judgement"))
    party = stranger(HOSTILE)
    writer.writerow((own("coral-lab"), party.key, HOSTILE, "Different"))
    (found,) = answers("\ufeff" + text.getvalue(), session)
    assert found.judgement.left.key == own("coral-institute")  # by its merged id
    assert (found.judgement.right.label, found.judgement.same) == (party.label, False)


def test_the_command_writes_the_model_and_refuses_two_things_at_once(
    small: Path, tmp_path: Path, answered: Callable[..., tuple[int, str]]
) -> None:
    place = ("--data", str(small), "--store", str(tmp_path / "none"))
    file = tmp_path / "model.json"
    assert answered("", *place, "--model", str(file), "--dialect", "spark")[0] == 0
    assert json.loads(file.read_text("utf-8"))["link_type"] == "dedupe_only"
    code, told = answered("", *place, "--model", str(file), "--review")
    assert code == 1
    assert "do different things" in told
    code, told = answered("", "--data", str(small / "dataset.toml"))
    assert code == 1
    assert "folder of tables" in told


@settings(max_examples=25)
@given(st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=4))
def test_any_published_name_is_one_party_however_it_is_spaced(names: list[str]) -> None:
    found = of_published([Published(f" {name}  ") for name in names] + [Published(name) for name in names])
    assert sum(party.uses for party in found) == 2 * sum(bool(name.split()) for name in names)
    assert len({party.key for party in found}) == len(found)


ACTIVITY = """<iati-activities version="2.03">
 <iati-activity default-currency="EUR" last-updated-datetime="2020-01-01T00:00:00Z">
  <iati-identifier>XX-MADE-UP-1</iati-identifier>
  <reporting-org ref="XX-MADE-UP" type="10"><narrative xml:lang="en">Made-up Donor</narrative></reporting-org>
  <title><narrative xml:lang="en">A made-up activity</narrative></title>
  <description><narrative xml:lang="en">For a test</narrative></description>
  <participating-org role="1" ref="XX - 0001" type="10"><narrative>Anything</narrative></participating-org>
  <participating-org role="4" type="80"><narrative xml:lang="en">The Coral Institut</narrative></participating-org>
  <activity-status code="2"/>
  <activity-date type="2" iso-date="2019-01-01"/>
  <recipient-country code="NZ"/>
  <sector vocabulary="1" code="15210"/>
 </iati-activity>
</iati-activities>
"""


def test_a_published_name_is_nobody_until_it_is_judged_and_the_next_build_knows_it(small: Path, tmp_path: Path) -> None:
    (small / "activities.xml").write_text(ACTIVITY, "utf-8")
    with (small / "dataset.toml").open("a", encoding="utf-8") as file:
        file.write('\n[[iati]]\npath = "activities.xml"\nsource = "src-atlas"\n')

    def parties() -> dict[str, tuple[str | None, str | None]]:
        release = api.build(small, tmp_path / "store")
        rows = Relations(release.path / "relations").table("participations").dicts()
        return {
            row["role"]: (row["participant"], row["stated"])
            for row in rows
            if "MADE-UP" in row["activity"] and row["role"] in ("funder", "implementing")
        }

    assert parties() == {"funder": (own("tidal-agency"), None), "implementing": (None, "The Coral Institut")}
    identities = api.Identities(small, tmp_path / "store")
    (found,) = (one for one in identities.candidates() if not one.right.own)
    assert (found.left.key, found.right.label) == (own("coral-institute"), "The Coral Institut")
    assert identities.model() == identities.model()
    assert "name:the coral institut" in {record["party"] for record in identities.records()}
    identities.session.judge(Judgement(found.left, found.right, True))
    assert parties()["implementing"][0] == own("coral-institute")
