"""A dataset of one's own: what `new` makes is empty, passes the check, and holds what the tables held."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import secgraph
from secgraph import cli
from secgraph.errors import ConfigError, SecgraphError
from secgraph.export.fresh import About, settings_text
from secgraph.export.tablebook import table_book
from secgraph.records import CODES, TABLES, guide
from secgraph.releases import build
from secgraph.sources.tables import read_tables
from secgraph.sources.workbook import sheets_of
from secgraph.values import INFO
from tests.conftest import BUNDLED, SMALL, Built


@pytest.mark.parametrize("workbook", [False, True])
def test_what_is_made_is_empty_and_passes_the_check(tmp_path: Path, workbook: bool) -> None:
    folder = tmp_path / "my-region"
    names = secgraph.new(folder, region="Here", workbook=workbook)
    assert sorted(path.name for path in folder.iterdir()) == names
    assert len(names) == (3 if workbook else len(TABLES) + 2)
    report = secgraph.check(folder)
    assert {one.severity for one in report.findings} == {INFO}
    # One note for each table: it has its header, and no rows.
    assert [one.rule for one in report.findings] == ["table-header-only"] * len(TABLES)
    tables = read_tables(folder)
    assert tables.headers == {table: record.columns() for table, record in TABLES.items()}
    assert not any(tables.records.values())
    assert (tables.dataset.id, tables.dataset.title, tables.dataset.region) == ("my-region", "My region", "Here")
    assert build(folder, tmp_path / "store").digest


def test_the_command_says_what_it_made_and_what_comes_next(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = [
        "new",
        str(tmp_path / "a b"),
        "--title",
        'Five "words"',
        "--id",
        "five",
        "--publisher",
        "Me",
        "--licence",
        "X",
    ]
    assert cli.run(told) == 0
    assert "and 23 more" in (said := capsys.readouterr().out)
    assert f"secgraph check '{tmp_path}/a b'" in said
    head = tomllib.loads((tmp_path / "a b" / "dataset.toml").read_text(encoding="utf-8"))["dataset"]
    assert (head["title"], head["id"], head["publisher"], head["licence"]) == ('Five "words"', "five", "Me", "X")


@pytest.mark.parametrize("there", ["notes.txt", ".git", "dataset.toml"])
def test_a_folder_that_is_not_empty_is_refused_and_stays(tmp_path: Path, there: str) -> None:
    (tmp_path / there).write_text("mine")
    with pytest.raises(ConfigError, match="not empty"):
        secgraph.new(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [there]
    assert (tmp_path / there).read_text() == "mine"


def test_an_empty_folder_is_filled_and_a_file_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "events.csv" in secgraph.new(tmp_path / "empty")
    (tmp_path / "file").write_text("mine")
    with pytest.raises(ConfigError, match="is a file"):
        secgraph.new(tmp_path / "file")
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize("text", ["two\nlines", "a bell \a", "half a pair \ud800"])
def test_a_title_that_cannot_be_seen_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be seen"):
        secgraph.new(tmp_path / "x", title=text)
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("name", ["Two Words", "-x", "a--b", "ß"])
def test_an_id_that_is_none_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="not an id"):
        secgraph.new(tmp_path / "x", id=name)


@given(st.text(min_size=1).filter(str.isprintable).filter(str.strip), st.text().filter(str.isprintable))
def test_settings_say_what_they_were_told(title: str, publisher: str) -> None:
    head = tomllib.loads(settings_text("x", About(title=title, publisher=publisher)))["dataset"]
    assert head["title"] == title
    assert head["publisher"] == (publisher or "not yet named")


def test_the_inputs_in_the_comments_are_inputs(tmp_path: Path) -> None:
    folder = tmp_path / "my-region"
    secgraph.new(folder)
    lines = (folder / "dataset.toml").read_text(encoding="utf-8").splitlines()
    wanted = re.compile(r"# (\[|\w+ = )")
    text = "\n".join(line[2:] if wanted.match(line) else line for line in lines)
    (folder / "dataset.toml").write_text(text, encoding="utf-8")
    secgraph.new(tmp_path / "other-region")
    (folder / "sources.csv").write_text(
        "id,title,kind\n" + "".join(f"{name},A made-up text,report\n" for name in re.findall(r"src-\w+", text))
    )
    for name in ("iati/agency.xml", "context/aid-2022.csv", "more.ttl"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("")
    (folder / "donors").mkdir()
    (folder / "donors" / "projects.csv").write_text("Project name,Amount (EUR),Year\nA made-up project,5,2020\n")
    tables = read_tables(folder)
    dataset = tables.dataset
    assert [one for one in tables.findings.findings if one.rule == "dataset-file"] == []
    inputs = (dataset.iati, dataset.spreadsheets, dataset.context, dataset.rdf, dataset.include)
    assert list(map(len, inputs)) == [1] * 5
    assert dataset.counts["events"].minimum == 10
    assert dataset.region
    assert [row.cell("programme") for row in tables.records["funding"]] != []


def test_every_column_has_one_meaning_and_no_other_has() -> None:
    columns = {(table, column) for table, record in TABLES.items() for column in record.columns()}
    assert all(guide.meaning(table, column).endswith((".", "...")) for table, column in columns)
    assert {(table, column) for table, found in guide._OF_TABLES.items() for column in found} <= columns
    with pytest.raises(KeyError):
        guide.meaning("events", "colour")


def test_the_guide_beside_csv_files_tells_every_column(tmp_path: Path) -> None:
    secgraph.new(tmp_path / "x")
    sections = re.split(r"^## ", (tmp_path / "x" / "README.md").read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    told = {
        section.partition(".")[0]: tuple(re.findall(r"^\| `(\w+)` \|", section, flags=re.MULTILINE))
        for section in sections
    }
    assert told == {table: record.columns() for table, record in TABLES.items()}


def cells(folder: Path) -> dict[str, list[list[object]]]:
    """Return the rows of a dataset's tables; sums by their value: a spreadsheet drops the last zeros of 12.50."""
    return {
        table: [[row.cell(column) for column in row.columns()] for row in rows]
        for table, rows in read_tables(folder).records.items()
    }


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> openpyxl.Workbook:
    folder = tmp_path_factory.mktemp("book") / "small"
    secgraph.new(folder, source=SMALL, workbook=True)
    return openpyxl.load_workbook(folder / "tables.xlsx")


def offers(book: openpyxl.Workbook) -> dict[tuple[str, str], str]:
    """Return the range of the list that the cells of each column offer."""
    found = {}
    for table, record in TABLES.items():
        for rule in book[table].data_validations.dataValidation:
            first = str(rule.sqref).partition(":")[0]
            column = record.columns()[book[table][first].column - 1]
            assert rule.type == "list"
            assert first.endswith("2"), "from the row below the header"
            found[table, column] = str(rule.formula1)
    return found


def test_each_column_of_codes_offers_its_codes(book: openpyxl.Workbook) -> None:
    found = offers(book)
    # By hand, from the ontology's codelists: which column takes which.
    known = {
        ("sources", "kind"): "source-kind", ("organisations", "type"): "organisation-type",
        ("initiatives", "type"): "initiative-type", ("memberships", "role"): "membership-role",
        ("programmes", "type"): "programme-type", ("events", "type"): "event-type",
        ("events", "status"): "event-status", ("documents", "type"): "document-type",
        ("needs", "basis"): "basis", ("needs", "objective"): "objective",
        ("names", "type"): "name-type", ("funding", "qualifier"): "qualifier", ("funding", "scope"): "scope",
        ("funding", "measure"): "measure",
    }  # fmt: skip
    for place, codelist in known.items():
        cells = book["lists"][found[place].removeprefix("lists!").replace("$", "")]
        assert tuple(cell.value for (cell,) in cells) == CODES[codelist], place
    money = book["lists"][found["funding", "kind"].removeprefix("lists!").replace("$", "")]
    assert {cell.value for (cell,) in money} == {*CODES["money-kind"], "co-financing"}
    assert found["events", "country"].startswith("OFFSET(jurisdictions!$A$2,")
    assert found["events", "topics"].startswith("OFFSET(topics!$A$2,")
    references = {(table, column) for table, record in TABLES.items() for column in record.references()}
    kinds = {(table, "kind") for table in ("names", "claims", "cells", "redirects")}
    money_columns = {(table, "currency") for table in ("funding", "rates", "deflators", "context")}
    assert set(found) == references | set(known) | kinds | money_columns | {("funding", "kind")}


def put_together(formula: str, counts: Mapping[str, int], tables: Sequence[str]) -> tuple[str, int] | None:
    """Work out one formula of a list of several sheets: the sheet and the number of its id, or nothing."""
    steps = re.findall(r"IF\(([^<]+)<=lists!\$B\$(\d+),INDEX\((\w+)!\$A\$2:\$A\$\d+,([^)]+)\),", formula)
    assert formula == "=" + "".join(
        f"IF({left}<=lists!$B${right},INDEX({table}!$A$2:$A$20000,{index})," for left, right, table, index in steps
    ) + '""' + ")" * len(steps)
    for left, right, table, index in steps:
        number, *less = left.split("-")
        value = int(number) - sum(counts[tables[int(one.removeprefix("lists!$B$")) - 1]] for one in less)
        assert left == index
        if value <= counts[tables[int(right) - 1]]:
            return table, value
    return None


@settings(max_examples=30, deadline=None)
@given(counts=st.fixed_dictionaries({table: st.integers(0, 4) for table in TABLES}))
def test_lists_of_several_sheets_hold_the_ids_of_each(book: openpyxl.Workbook, counts: dict[str, int]) -> None:
    lists = book["lists"]
    tables = [lists.cell(row, 1).value for row in range(1, len(TABLES) + 1)]
    assert tables == list(TABLES)
    found = offers(book)
    letter = re.match(r"OFFSET\(lists!\$([A-Z]+)\$1,0,0,MAX\(1,([^)]+)\),1\)", found["events", "participants"])
    assert letter
    column = [lists[f"{letter[1]}{row}"].value for row in range(1, 15)]
    got = [put_together(formula, counts, tables) for formula in column]
    wanted = [
        (table, number + 1)
        for table in ("organisations", "initiatives", "jurisdictions")
        for number in range(counts[table])
    ]
    assert [one for one in got if one] == wanted
    assert [tables[int(row) - 1] for row in re.findall(r"lists!\$B\$(\d+)", letter[2])] == [
        "organisations", "initiatives", "jurisdictions",
    ]  # fmt: skip


def form_below(book: openpyxl.Workbook, table: str, column: str) -> str:
    """Return the number format of the cells of a column that nobody has filled; alike columns are kept together."""
    at = TABLES[table].columns().index(column) + 1
    (form,) = [one for one in book[table].column_dimensions.values() if one.min <= at <= one.max]
    return str(form.number_format)


def test_the_sheets_are_made_for_people(book: openpyxl.Workbook) -> None:
    assert book.sheetnames == ["guide", *TABLES, "lists"]
    assert book["lists"].sheet_state == "hidden"
    told = {(row[0].value, row[1].value) for row in book["guide"].iter_rows(min_row=9)}
    assert told >= {(table, column) for table, record in TABLES.items() for column in record.columns()}
    for table, record in TABLES.items():
        sheet = book[table]
        assert sheet.freeze_panes == "B2", table
        assert [cell.value for cell in sheet[1]] == list(record.columns())
        assert [cell.comment.text for cell in sheet[1]] == [guide.meaning(table, name) for name in record.columns()]
    # What people type below the last row keeps its form: dates and ids are text, sums are numbers.
    forms = {table: {column: form_below(book, table, column) for column in TABLES[table].columns()} for table in TABLES}
    assert {forms["events"][column] for column in TABLES["events"].columns()} == {"@"}
    assert {column for column, form in forms["funding"].items() if form == "General"} == {"amount", "share"}
    assert forms["editions"] == {"event": "@", "series": "@", "number": "General", "sources": "@"}


def test_a_workbook_has_the_same_bytes_each_time() -> None:
    assert table_book({}) == table_book({})


TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"),
    min_size=1,
    max_size=30,
).map(str.strip)
HARD = st.sampled_from(["=1+1", "007", "1e5", "2018-05", "TRUE", "#N/A", "'quoted", "@x", "+1", "12.50", "_x0041_"])
AMOUNTS = st.decimals(0, 10**14, places=4, allow_nan=False).map(lambda value: f"{value:f}")


# One workbook for many cells, since making one takes a second; a failure names its cell without being made smaller.
@settings(max_examples=3, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(given_rows=st.lists(st.tuples(TEXTS | HARD, AMOUNTS), min_size=60, max_size=90))
def test_cells_come_back_from_a_workbook_as_they_were(given_rows: list[tuple[str, str]]) -> None:
    columns = TABLES["funding"].columns()
    rows = [
        [{"id": f"row-{number}", "note": note, "amount": amount}.get(column, "") for column in columns]
        for number, (note, amount) in enumerate(given_rows)
    ]
    (found,) = [sheet for sheet in sheets_of(table_book({"funding": rows})) if sheet[0] == "funding"]
    assert found[2] == []
    for row, (note, amount) in zip(found[1][1:], given_rows, strict=True):
        told = dict(zip(columns, row, strict=True))
        assert (told["note"], Decimal(told["amount"])) == (note, Decimal(amount))


def test_a_text_that_no_cell_holds_is_refused() -> None:
    row = ["x" * 40_000 if column == "note" else "" for column in TABLES["topics"].columns()]
    with pytest.raises(ConfigError, match=r"topics, row 2, note: 40,000 characters"):
        table_book({"topics": [row]})
    with pytest.raises(ConfigError, match="no letter"):
        table_book({"topics": [["a\uffff", *row[1:]]]})


def test_tables_to_workbook_and_back_are_the_same_dataset(tmp_path: Path) -> None:
    first = build(SMALL, tmp_path / "first")
    secgraph.new(tmp_path / "book", source=SMALL, workbook=True)
    secgraph.new(tmp_path / "csv", source=tmp_path / "book")
    assert cells(tmp_path / "book") == cells(tmp_path / "csv") == cells(SMALL)
    for name in ("book", "csv"):
        again = build(tmp_path / name, tmp_path / f"store-{name}")
        assert (again.quad_digest, again.digest) == (first.quad_digest, first.digest), name
        assert (tmp_path / name / "dataset.toml").read_bytes() == (SMALL / "dataset.toml").read_bytes()


def test_the_bundled_dataset_as_a_workbook_is_the_same_graph(tmp_path: Path, bundled_release: Built) -> None:
    secgraph.new(tmp_path / "book", source=BUNDLED, workbook=True)
    assert sorted(path.name for path in (tmp_path / "book").iterdir()) == ["README.md", "dataset.toml", "tables.xlsx"]
    again = build(tmp_path / "book", tmp_path / "store")
    with secgraph.open(bundled_release.location) as graph:
        assert again.digest == graph.digest


def test_inputs_in_the_folder_come_along_and_others_are_refused(tmp_path: Path) -> None:
    first = tmp_path / "first"
    secgraph.new(first)
    (first / "donors").mkdir()
    (first / "donors" / "a.csv").write_text("Title,Sum\nA made-up project,5\n")
    (first / "sources.csv").write_text("id,title,kind\nsrc,A made-up text,report\n")
    entry = '\n[[spreadsheet]]\npath = "donors/a.csv"\nsource = "src"\nkind = "pledge"\ncurrency = "EUR"\n'
    entry = entry.replace(
        'currency = "EUR"\n', '[spreadsheet.columns]\ntitle = "Title"\namount = "Sum"\ncurrency = "=EUR"\n'
    )
    text = (first / "dataset.toml").read_text()
    (first / "dataset.toml").write_text(text + entry)
    secgraph.new(tmp_path / "second", source=first, workbook=True)
    assert (tmp_path / "second" / "donors" / "a.csv").read_bytes() == (first / "donors" / "a.csv").read_bytes()
    # The row of the spreadsheet is not written into the tables too.
    assert cells(tmp_path / "second") == cells(first)
    assert len(cells(first)["funding"]) == 1
    (tmp_path / "outside.csv").write_text("Title,Sum\n")
    (first / "dataset.toml").write_text(text + entry.replace("donors/a.csv", "../outside.csv"))
    with pytest.raises(ConfigError, match="outside the dataset's folder"):
        secgraph.new(tmp_path / "third", source=first)
    assert not (tmp_path / "third").exists()


def test_tables_with_errors_are_not_taken(tmp_path: Path) -> None:
    first = tmp_path / "first"
    secgraph.new(first)
    (first / "topics.csv").write_text("id,label,sources\nNot an id,x,src\n")
    with pytest.raises(SecgraphError, match="has errors") as refused:
        secgraph.new(tmp_path / "second", source=first)
    assert "topics.csv:2:id" in str(refused.value)
    with pytest.raises(ConfigError, match="taken from it"):
        secgraph.new(tmp_path / "second", source=SMALL, title="Another")
    with pytest.raises(SecgraphError, match="no such folder"):
        secgraph.new(tmp_path / "second", source=tmp_path / "nowhere")
