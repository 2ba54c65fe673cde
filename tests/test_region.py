"""Nothing assumes South East Europe: the how-to followed to the letter, a made-up region alone, and both together."""

from __future__ import annotations

import csv
import io
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

import secgraph
from secgraph import cli
from secgraph.curation.merge import plan
from secgraph.errors import ConfigError, NotFoundError, ParameterError
from secgraph.records import TABLES
from secgraph.releases import build
from secgraph.releases.kept import hash_inputs
from secgraph.sources.collected import PLACE
from secgraph.sources.tables import read_tables
from secgraph.values import ERROR, Quad
from secgraph.vocab import ID
from tests.conftest import BUNDLED, ROOT, Built

REGION = ROOT / "tests" / "cases" / "region"
PAGE = ROOT / "docs" / "how-to" / "start-your-own-dataset.md"


@pytest.fixture(scope="module")
def region(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the store of the made-up region."""
    store = tmp_path_factory.mktemp("region") / "store"
    build(REGION, store)
    return store


def steps(text: str) -> Iterator[tuple[str, str]]:
    """Yield what the page has its reader do: a `command`, or rows to type into a sheet, or `toml` lines to add."""
    for part in re.finditer(
        r"^```(\w+)(?: (\w+))?\n(.*?)^```$|^ +(secgraph [^\n]+)$", text, flags=re.MULTILINE | re.DOTALL
    ):
        language, sheet, block, command = part.groups()
        yield ("command", command) if command else (sheet or language, block)


def type_in(book: Path, sheet: str, block: str) -> None:
    """Type rows into a sheet of a workbook, each cell as text below its header, and save it."""
    opened = openpyxl.load_workbook(book)
    columns = [cell.value for cell in opened[sheet][1]]
    for row in csv.DictReader(io.StringIO(block)):
        cells = [row.get(column) or None for column in columns]
        assert set(row) <= set(columns)
        opened[sheet].append(cells)
    opened.save(book)


def test_the_how_to_works_to_the_letter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    said: dict[str, str] = {}
    done = list(steps(PAGE.read_text(encoding="utf-8")))
    for what, text in done:
        if what == "toml":
            with Path("together/dataset.toml").open("a", encoding="utf-8") as settings:
                settings.write(text)
        elif what == "command":
            assert cli.run(shlex.split(text)[1:]) == 0, (text, capsys.readouterr().err)
            said[text] = capsys.readouterr().out
        else:
            type_in(Path("quiet-coast/tables.xlsx"), what, text)
    assert [what for what, _ in done if what not in ("command", "toml")] == [
        "sources", "jurisdictions", "topics", "organisations", "events",
    ]  # fmt: skip
    assert len(said) >= 14
    # What a reader sees: a page of the three countries' bodies, pictures, and the answers.
    page = Path("coast.html").read_text(encoding="utf-8")
    assert all(name in page for name in ("Harbour Office of the Quiet Coast", "Customs of Oatshire"))
    assert Path("who-meets-whom.svg").read_text(encoding="utf-8").count("<path") > 5
    assert Path("topics-by-country.png").read_bytes().startswith(b"\x89PNG")
    assert "2021-03-09" in said["secgraph why 2021-03-harbour-board start"]
    assert said["secgraph check quiet-coast"].endswith(f"in all {len(TABLES) - 5} notes\n")
    # By hand, from the page: held in Marrowland were the first board and the second meeting of experts.
    in_country = said["secgraph query events-in-country country=Marrowland"]
    assert {"2021-03-harbour-board", "2023-02-smuggling-experts"} == set(
        re.findall(r"\b20\d\d-\d\d-[a-z-]+", in_country)
    )
    assert {"Second course on rescue", "Third Harbour Board"} <= set(
        re.split(r" {2,}|\n", said["secgraph query events-not-held"])
    )
    with secgraph.open() as graph:
        assert len(graph.relation("events")) == 10


def test_the_case_is_the_dataset_that_the_page_makes(tmp_path: Path) -> None:
    page = dict(steps(PAGE.read_text(encoding="utf-8")))
    for table, record in TABLES.items():
        typed = [dict(row) for row in csv.DictReader(io.StringIO(page.get(table, "")))]
        kept = [
            {column: row.text(column) for column in row.columns() if row.text(column) or column in typed[0]}
            for row in read_tables(REGION).records[table]
        ]
        assert kept == typed, (table, record)
    assert len(read_tables(REGION).records["events"]) == 10


COMMANDS = [
    "check", "doctor", "queries", "network", "network --projection co-attendance", "measure", "measure all", "gaps",
    "gaps --of meetings", "gaps --of programmes", "overlap", "overlap --show convenors",
    "overlap --show meet-without-money", "overlap --show money-without-meeting", "sensitivity", "fund", "fund total",
    "fund by donor", "fund waterfall", "fund flows", "fund policies", "draw", "draw --what heat-map -o heat.html",
    "draw --what heat-map --of meetings -o heat.svg", "draw --what timeline -o time.svg",
    "draw --diff 2021 2023 -o d.html", "draw --projection co-attendance -o who.png", "fund waterfall -o fall.svg",
    "fund flows -o flows.html", "find harbour", "show harbour-office", "why harbour-office",
    "followthrough 2021-03-harbour-board", "diff 2021 2022", "export", "export -o all.nq", "export -o all.xlsx",
    "resolve",
]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_works_on_another_region_without_options(
    command: str,
    region: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SECGRAPH_DATA", str(REGION))
    monkeypatch.setenv("SECGRAPH_STORE", str(region))
    assert cli.run(command.split()) == 0, capfdbinary.readouterr().err.decode()
    told = capfdbinary.readouterr()
    assert told.out or told.err or list(tmp_path.iterdir())
    assert b"pcc-see" not in told.out or command == "queries"


def test_a_question_without_parameters_answers_or_names_the_one_it_misses(region: Path) -> None:
    asked = {"answered": 0, "refused": 0, "helped": 0}
    with secgraph.open(region) as graph:
        for query in graph.catalogue:
            given: dict[str, str] = {}
            for _ in range(len(query.parameters) + 1):
                try:
                    graph.query(query.name, **given)
                    asked["answered"] += 1
                    break
                except ParameterError as error:
                    refused = error
                asked["refused"] += 1
                parameter = query.parameter(refused.parameter)
                assert parameter.default.rpartition("/")[2] in refused.message
                example = re.search(rf"such as {parameter.name}=(\S+)$", refused.hint)
                if not example:
                    assert "this dataset holds no " in refused.hint
                    break
                # What it names is a thing that the question takes.
                given[parameter.name] = example[1]
                asked["helped"] += 1
    # The made-up region has no programme, need, document or instrument, so that some questions cannot be asked of it.
    assert asked["answered"] >= 20
    assert asked["refused"] > asked["helped"] >= 10


def test_the_defaults_of_the_catalogue_are_things_of_the_bundled_data(bundled_release: Built) -> None:
    with secgraph.open(bundled_release.location) as graph:
        for query in graph.catalogue:
            assert graph.query(query.name).columns == query.columns


def including(folder: Path, *others: Path) -> Path:
    """Make a dataset that has no rows of its own and includes others."""
    folder.mkdir()
    head = "\n".join(f'{key} = "{key}"' for key in ("id", "title", "description", "publisher", "licence"))
    entries = "".join(f'\n[[include]]\npath = "{other}"\n' for other in others)
    (folder / "dataset.toml").write_text(f"[dataset]\n{head}\n{entries}", encoding="utf-8")
    return folder


def quads(store: Path) -> set[Quad]:
    from secgraph.store import open_store, release_path

    opened = open_store(release_path(store))
    try:
        return set(opened.quads())
    finally:
        opened.close()


def test_both_regions_together_are_what_each_says_and_nothing_else(
    tmp_path: Path, region: Path, bundled_release: Built
) -> None:
    both = including(tmp_path / "both", BUNDLED, REGION)
    release = build(both, tmp_path / "store")
    # No id stands in both, so nothing of one can say anything of the other.
    assert quads(tmp_path / "store") == quads(bundled_release.location) | quads(region)
    assert release.dataset["title"] == "title"
    rows = {row["file"]: row for row in release.inputs.dicts()}
    assert (rows[f"{REGION}/events.csv"]["read"], rows[f"{REGION}/events.csv"]["kept"]) == (10, 10)
    assert rows[f"{BUNDLED}/events.csv"]["kept"] == len(read_tables(BUNDLED).records["events"])
    with secgraph.open(tmp_path / "store") as graph:
        assert graph.find("harbour office").column("id")[0] == "harbour-office"
        assert graph.find("police cooperation convention").column("id")[0] == "pcc-see"
        assert set(graph.why("harbour-office", "name").column("table")) == {f"{REGION}/organisations.csv"}
        assert len(graph.query("members-of-body", body="PCC SEE", date="2018-10-01")) >= 12


def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(REGION, tmp_path / "region"))


def test_rows_may_name_things_of_an_included_dataset(tmp_path: Path) -> None:
    mine = including(tmp_path / "mine", Path("../region"))
    copied(tmp_path)
    (mine / "organisations.csv").write_text(
        "id,name,type,country,sources\nowl-watch,Owl Watch of Oatshire,ngo,QO,coast-report\n", encoding="utf-8"
    )
    build(mine, tmp_path / "store")
    with secgraph.open(tmp_path / "store") as graph:
        assert "Oatshire" in graph.why("owl-watch", "country").column("value")
        assert graph.why("owl-watch", "country").column("table") == ["organisations"]
        assert graph.why("harbour-office", "name").column("table") == ["../region/organisations.csv"]
    # Alone, the same rows name nothing.
    (mine / "dataset.toml").write_text((mine / "dataset.toml").read_text().partition("\n[[include]]")[0])
    assert {one.rule for one in secgraph.check(mine).findings if one.severity == ERROR} == {"reference-dangling"}


def test_an_id_that_two_datasets_use_is_an_error_that_names_both_files(tmp_path: Path) -> None:
    copied(tmp_path)
    twin = Path(shutil.copytree(REGION, tmp_path / "twin"))
    for table in ("sources", "jurisdictions", "topics", "events"):
        (twin / f"{table}.csv").unlink()
    text = (twin / "organisations.csv").read_text(encoding="utf-8")
    (twin / "organisations.csv").write_text(text.replace("Harbour Office of", "Another office of"), encoding="utf-8")
    found = secgraph.check(including(tmp_path / "both", Path("../region"), Path("../twin"))).findings
    (error,) = [one for one in found if one.severity == ERROR]
    assert (error.rule, error.file, error.row, error.value) == (
        "id-duplicate", "../twin/organisations.csv", 2, "harbour-office",
    )  # fmt: skip
    assert "row 2 of ../region/organisations.csv" in error.message
    # The other four rows are alike: each counts once, and is told.
    assert [one.row for one in found if one.rule == "include-twice"] == [3, 4, 5, 6]


def test_a_workbook_and_inputs_of_an_included_dataset_are_taken_too(tmp_path: Path) -> None:
    first = tmp_path / "first"
    secgraph.new(first, source=REGION, workbook=True)
    (first / "donor.csv").write_text("Title,Sum,Year\nA made-up project,5,2020\n", encoding="utf-8")
    with (first / "dataset.toml").open("a", encoding="utf-8") as settings:
        settings.write(
            '\n[[spreadsheet]]\npath = "donor.csv"\nsource = "coast-report"\nkind = "pledge"\n'
            '[spreadsheet.columns]\ntitle = "Title"\namount = "Sum"\ncurrency = "=EUR"\nyear = "Year"\n'
        )
    both = including(tmp_path / "both", Path("../first"))
    tables = read_tables(both)
    assert [tables.place("events", row.row) for row in tables.records["events"]][:2] == [
        ("../first/tables.xlsx[events]", 2), ("../first/tables.xlsx[events]", 3),
    ]  # fmt: skip
    assert all(row.row > PLACE for row in tables.records["events"])
    (money,) = tables.records["funding"]
    assert tables.place("funding", money.row) == ("../first/donor.csv", 2)
    before = hash_inputs(both)
    (first / "donor.csv").write_text("Title,Sum,Year\nA made-up project,6,2020\n", encoding="utf-8")
    assert hash_inputs(both) != before, "a build rests on the files of an included dataset"


def test_an_included_dataset_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    found = secgraph.check(including(tmp_path / "a", Path("../nothing"), Path("../gone"))).findings
    assert {(one.rule, one.file, one.value) for one in found if one.severity == ERROR} >= {
        ("file-unreadable", "../nothing", ""), ("dataset-file", "dataset.toml", "../gone"),
    }  # fmt: skip


def test_bodies_beside_an_included_dataset_are_merged_and_those_in_it_are_not(tmp_path: Path) -> None:
    copied(tmp_path)
    mine = including(tmp_path / "mine", Path("../region"))
    rows = ("owl-watch,Owl Watch,ngo,QO,coast-report", "owl-guard,Owl Guard,ngo,QO,coast-report")
    (mine / "organisations.csv").write_text("id,name,type,country,sources\n" + "\n".join(rows) + "\n", encoding="utf-8")
    own = f"{ID}organisation/owl-watch"
    assert set(plan(mine, own, f"{ID}organisation/owl-guard", "one").files) >= {"organisations.csv", "redirects.csv"}
    with pytest.raises(NotFoundError, match="harbour-office"):
        plan(mine, own, f"{ID}organisation/harbour-office", "one")


def test_judgements_are_not_written_beside_a_workbook(tmp_path: Path) -> None:
    secgraph.new(tmp_path / "book", source=REGION, workbook=True)
    before = sorted(path.name for path in (tmp_path / "book").iterdir())
    with pytest.raises(ConfigError, match="secgraph new DIR --from"):
        plan(tmp_path / "book", f"{ID}organisation/qm-ministry", f"{ID}organisation/qn-police", "one")
    assert cli.run(["resolve", "--data", str(tmp_path / "book"), "--store", str(tmp_path / "store")]) == 1
    assert sorted(path.name for path in (tmp_path / "book").iterdir()) == before
