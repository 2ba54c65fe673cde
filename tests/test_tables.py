"""The reader of curated tables: every row is kept or named, whatever the file looks like."""

from __future__ import annotations

import csv
import datetime
import io
import shutil
import zipfile
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from hypothesis import example, given, settings
from hypothesis import strategies as st

from secgraph.errors import SourceError
from secgraph.records import TABLES, date_bounds
from secgraph.sources.delimited import Flaw, Row, decode, guess_encoding, letter, rows, separator_of
from secgraph.sources.rows import complaint_of, needed_columns
from secgraph.sources.tables import Tables, read_tables
from secgraph.sources.workbook import sheets_of
from tests.conftest import BUNDLED, SMALL


def small(tmp_path: Path, **files: str | bytes) -> Tables:
    """Read the small dataset with some of its files replaced."""
    folder = tmp_path / "data"
    shutil.copytree(SMALL, folder)
    for name, content in files.items():
        data = content if isinstance(content, bytes) else content.encode()
        (folder / f"{name}.csv").write_bytes(data)
    return read_tables(folder)


def found(tables: Tables) -> list[tuple[str, str, int, str]]:
    return [(one.rule, one.file, one.row, one.cell) for one in tables.findings.findings]


def sheets(folder: Path) -> dict[str, list[list[str]]]:
    """Return the CSV tables of a folder as sheets, and its settings as one more."""
    book = {}
    for table in TABLES:
        path = folder / f"{table}.csv"
        if path.exists():
            with path.open(encoding="utf-8", newline="") as file:
                book[table] = list(csv.reader(file))
    book["dataset"] = [["key", "value"], ["id", "x"], ["title", "x"], ["description", "x"], ["publisher", "x"]]
    book["dataset"].append(["licence", "CC0-1.0"])
    return book


def workbook(path: Path, book: dict[str, list[list[str]]]) -> Path:
    """Write sheets of text cells."""
    with xlsxwriter.Workbook(path) as file:
        for name, lines in book.items():
            sheet = file.add_worksheet(name)
            for at, line in enumerate(lines):
                for column, cell in enumerate(line):
                    if cell:
                        sheet.write_string(at, column, cell)
    return path


# The text of CSV


CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=5), min_size=1, max_size=6), st.sampled_from(["\n", "\r\n", "\r"]))
@example([["a", 'b"c', "d,e"], ["\r", "\n", "\r\n"]], "\r\n")
def test_rows_that_python_writes_are_read_back_equal(lines: list[list[str]], end: str) -> None:
    out = io.StringIO(newline="")
    # Python quotes the signs of its own line end only; a bare CR would be a line end to a reader of mixed ends.
    csv.writer(out, lineterminator=end, quoting=csv.QUOTE_MINIMAL if end == "\r\n" else csv.QUOTE_ALL).writerows(lines)
    assert [row.cells for row in rows(out.getvalue()) if isinstance(row, Row)] == [tuple(line) for line in lines]


@given(st.text('ab",\n\r;', max_size=40))
def test_any_text_gives_rows_and_flaws_with_numbers_in_order(text: str) -> None:
    items = list(rows(text))
    assert [item.number if isinstance(item, Row) else item.row for item in items] == list(range(1, len(items) + 1))
    at = [item.line for item in items]
    assert at == sorted(at)
    # No row is swallowed: all letters are in a row, or on a line that a flaw names.
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    flawed = {item.line for item in items if isinstance(item, Flaw)}
    kept = sum(cell.count("a") for item in items if isinstance(item, Row) for cell in item.cells)
    assert kept + sum(line.count("a") for number, line in enumerate(lines, 1) if number in flawed) == text.count("a")


@given(st.binary(max_size=60))
def test_any_bytes_are_decoded_or_named(data: bytes) -> None:
    text, flaws = decode(data)
    assert isinstance(text, str)
    assert all(flaw.rule in ("csv-encoding", "csv-utf16") and flaw.hint for flaw in flaws)


def test_a_quote_that_never_closes_names_its_own_row_and_the_rows_after_it_are_read() -> None:
    items = list(rows('id,name\n1,"open\n2,b\n3,c\n'))
    assert [type(item) for item in items] == [Row, Flaw, Row, Row]
    assert (items[1].row, items[1].line, items[1].column) == (2, 2, 1)  # type: ignore[union-attr]


def test_a_cell_of_many_lines_is_a_quote_left_open() -> None:
    text = 'id,name\n1,"' + "x\n" * 300 + '"\n'
    assert isinstance(list(rows(text))[1], Flaw)
    assert isinstance(list(rows('id,name\n1,"' + "x\n" * 150 + '"\n'))[1], Row)


def test_lines_and_rows_part_after_a_cell_of_several_lines() -> None:
    second = list(rows('id,name\n1,"a\nb"\n2,c\n'))[2]
    assert (second.number, second.line) == (3, 4)  # type: ignore[union-attr]


def test_a_utf_16_file_that_breaks_off_is_named() -> None:
    text, flaws = decode("id".encode("utf-16") + b"x")
    assert text.startswith("id")
    assert [flaw.rule for flaw in flaws] == ["csv-encoding"]


def test_separators_are_told_by_the_known_names() -> None:
    known = frozenset(("id", "name", "note"))
    assert separator_of("id;name;note", known) == ";"
    assert separator_of("id\tname\tnote", known) == "\t"
    assert separator_of("a;b;c", known) == ","
    assert separator_of('"id","name"', known) == ","


@pytest.mark.parametrize(
    ("text", "encoding"),
    [("Министерство внутренних дел", "cp1251"), ("Željko Đurić, Ljubljana", "cp1250"), ("Éva à Zürich", "latin-1")],
)
def test_the_encoding_is_guessed(text: str, encoding: str) -> None:
    assert guess_encoding(text.encode(encoding)) == encoding


@given(st.integers(0, 16_383))
def test_letters_are_those_of_a_spreadsheet(column: int) -> None:
    assert letter(column) == openpyxl.utils.get_column_letter(column + 1)


# Tables


def test_the_small_dataset_is_read_whole() -> None:
    tables = read_tables(SMALL)
    assert tables.findings.findings == []
    for table, records in tables.records.items():
        assert len(records) == tables.counts[table] > 0, table
        assert records[0].row > 1
    assert tables.dataset.id == "mare-imaginarium"
    assert tables.dataset.counts["sources"].minimum == 8
    assert tables.records["funding"][0].cell("amount") == Decimal("400000.50")


def test_row_numbers_are_those_of_a_spreadsheet_and_lines_are_told_where_they_differ(tmp_path: Path) -> None:
    text = (SMALL / "sources.csv").read_text(encoding="utf-8").replace("Imaginary Press", '"Imaginary\n\nPress"', 1)
    tables = small(tmp_path, sources=text.replace("2026-01-05,news", "2026-01-99,news"))
    (finding,) = tables.findings.findings
    assert (finding.row, finding.cell) == (9, "F9")
    assert "line 11" in finding.message


def test_a_row_with_a_bad_cell_stays_with_that_cell_emptied(tmp_path: Path) -> None:
    text = (SMALL / "organisations.csv").read_text(encoding="utf-8").replace("1901", "long ago")
    tables = small(tmp_path, organisations=text)
    assert found(tables) == [("date-form", "organisations.csv", 5, "I5")]
    row = next(row for row in tables.records["organisations"] if row.row_id() == "old-beacon")
    assert row.cell("founded") is None
    assert row.cell("dissolved") == "2016-12-31"
    assert tables.partial == {("organisations", 5): {"founded"}}
    assert tables.usable() is tables.records


def test_a_row_that_lacks_what_it_needs_can_be_named_but_is_no_part_of_the_graph(tmp_path: Path) -> None:
    text = (SMALL / "events.csv").read_text(encoding="utf-8").replace("study-visit", "visit")
    tables = small(tmp_path, events=text)
    assert len(tables.records["events"]) == 5
    assert len(tables.usable()["events"]) == 4


def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Path.read_bytes

    def closed(path: Path) -> bytes:
        if path.name == "names.csv":
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(Path, "read_bytes", closed)
    tables = small(tmp_path)
    assert found(tables) == [("file-unreadable", "names.csv", 0, "")]
    assert tables.unreadable == {"names"}


def test_a_folder_without_tables_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(SourceError, match="no table"):
        read_tables(tmp_path)
    with pytest.raises(SourceError, match="no such"):
        read_tables(tmp_path / "nothing")
    with pytest.raises(SourceError, match="neither"):
        read_tables(tmp_path / "notes.txt")


def test_columns_in_another_order_and_without_the_optional_ones_are_read(tmp_path: Path) -> None:
    text = (
        "sources,label,id\nsrc-atlas,Fog signals,fog-signals\nsrc-atlas,Sea safety,sea-safety\nsrc-atlas,S,smuggling\n"
    )
    tables = small(tmp_path, topics=text)
    assert tables.findings.findings == []
    assert tables.address("topics", 2, "id") == "C2"


def test_a_table_that_lacks_its_ids_makes_nothing_else_dangle(tmp_path: Path) -> None:
    text = (SMALL / "series.csv").read_text(encoding="utf-8").replace("id,name", "key,name")
    tables = small(tmp_path, series=text)
    assert [one.rule for one in tables.findings.findings] == ["header-unknown", "header-missing"]
    assert "series" in tables.unreadable


def test_a_needed_column_is_one_without_which_a_row_says_nothing() -> None:
    assert needed_columns("claims") == ("kind", "id", "column", "value", "source")
    assert needed_columns("jurisdictions") == ("code", "name", "sources")


def test_a_value_may_be_checked_alone() -> None:
    assert complaint_of("events", "start", "2018-05") is None
    complaint = complaint_of("events", "participants", "a||b")
    assert complaint is not None
    assert complaint.rule == "list-empty-item"


def test_the_bundled_dataset_is_read_without_errors() -> None:
    tables = read_tables(BUNDLED)
    assert [str(one) for one in tables.findings.findings if one.severity == "error"] == []
    assert sum(map(len, tables.records.values())) == sum(tables.counts.values()) > 7_000


@given(st.dates(datetime.date(1800, 1, 1), datetime.date(2199, 12, 31)), st.sampled_from([4, 7, 10]))
@settings(max_examples=60)
def test_a_date_lies_within_the_bounds_of_each_of_its_precisions(day: datetime.date, length: int) -> None:
    bounds = date_bounds(day.isoformat()[:length])
    first, last = datetime.date.fromisoformat(bounds.earliest), datetime.date.fromisoformat(bounds.latest)
    assert first <= day <= last
    assert date_bounds((first - datetime.timedelta(1)).isoformat()[:length]).latest < bounds.earliest
    if last < datetime.date(2199, 12, 31):
        assert date_bounds((last + datetime.timedelta(1)).isoformat()[:length]).earliest > bounds.latest


# Workbooks


def test_a_workbook_gives_the_same_records_as_its_tables(tmp_path: Path) -> None:
    tables = read_tables(workbook(tmp_path / "book.xlsx", sheets(SMALL)))
    assert tables.findings.findings == []
    folder = read_tables(SMALL)
    for table in TABLES:
        if table != "identities":
            ours = [record.model_dump() for record in tables.records[table]]
            assert ours == [record.model_dump() for record in folder.records[table]], table
    assert tables.files["events"] == "book.xlsx[events]"


def test_numbers_of_a_workbook_are_read_as_they_were_typed(tmp_path: Path) -> None:
    book = sheets(SMALL)
    path = tmp_path / "book.xlsx"
    workbook(path, book)
    opened = openpyxl.load_workbook(path)
    sheet = opened["funding"]
    header = [cell.value for cell in sheet[1]]
    amount, share, date = (header.index(name) + 1 for name in ("amount", "share", "date"))
    sheet.cell(3, amount).value = 900000
    sheet.cell(4, amount).value = 1100000.1
    sheet.cell(7, share).value = 89.89
    sheet.cell(7, date).value = 2019
    sheet.cell(9, date).value = datetime.datetime(2019, 12, 31)
    opened.save(path)
    rows_ = read_tables(path).records["funding"]
    assert (rows_[1].cell("amount"), rows_[2].cell("amount")) == (Decimal("900000"), Decimal("1100000.1"))
    assert (rows_[5].cell("share"), rows_[5].cell("date")) == (Decimal("89.89"), "2019")
    assert rows_[7].cell("date") == "2019-12-31"


def changed(tmp_path: Path, table: str, row: int, column: str, value: object) -> Tables:
    """Read a workbook of the small dataset in which one cell is of a spreadsheet's own type."""
    path = workbook(tmp_path / "book.xlsx", sheets(SMALL))
    opened = openpyxl.load_workbook(path)
    sheet = opened[table]
    sheet.cell(row, [cell.value for cell in sheet[1]].index(column) + 1).value = value
    opened.save(path)
    return read_tables(path)


def test_a_date_cell_on_the_first_of_a_month_is_doubted(tmp_path: Path) -> None:
    tables = changed(tmp_path, "organisations", 2, "founded", datetime.datetime(1998, 5, 1))
    assert found(tables) == [("xlsx-date", "book.xlsx[organisations]", 2, "I2")]
    assert tables.findings.findings[0].column == "founded"


def test_cells_of_each_type_become_text(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    book = openpyxl.Workbook()
    values = [
        "text",
        True,
        7,
        2.5,
        datetime.datetime(2018, 5, 3),
        datetime.datetime(2018, 5, 3, 10, 30),
        datetime.time(9),
    ]
    for column, value in enumerate(values, 1):
        book.active.cell(1, column).value = value
    book.save(path)
    ((_name, lines, flaws),) = sheets_of(path.read_bytes())
    assert lines == [["text", "TRUE", "7", "2.5", "2018-05-03", "2018-05-03 10:30:00", "09:00:00"]]
    assert flaws == []


def test_a_number_that_a_spreadsheet_rounds_is_refused(tmp_path: Path) -> None:
    tables = changed(tmp_path, "funding", 3, "amount", 12345678901234567)
    assert ("xlsx-number", "book.xlsx[funding]", 3, "G3") in found(tables)


def test_a_truth_value_in_a_country_cell_gets_the_hint_norway(tmp_path: Path) -> None:
    tables = changed(tmp_path, "organisations", 2, "country", False)
    (finding,) = tables.findings.findings
    assert (finding.rule, finding.cell, finding.hint) == ("country-code", "F2", "write NO")


def test_settings_may_lie_beside_the_workbook_and_unknown_sheets_are_named(tmp_path: Path) -> None:
    book = sheets(SMALL)
    del book["dataset"]
    book["evens"] = [["id"]]
    path = workbook(tmp_path / "book.xlsx", book)
    assert found(read_tables(path)) == [
        ("file-unknown", "book.xlsx[evens]", 0, ""),
        ("dataset-file", "book.toml", 0, ""),
    ]
    shutil.copy(SMALL / "dataset.toml", tmp_path / "book.toml")
    tables = read_tables(path)
    assert tables.dataset.title.startswith("Made-up")
    assert tables.findings.findings[0].hint == "did you mean events?"


def test_cells_outside_the_header_of_a_sheet_are_named(tmp_path: Path) -> None:
    book = sheets(SMALL)
    book["series"][1].append("stray")
    book["names"].insert(1, [])
    tables = read_tables(workbook(tmp_path / "book.xlsx", book))
    assert sorted(found(tables)) == [
        ("csv-cells", "book.xlsx[series]", 2, ""),
        ("row-empty", "book.xlsx[names]", 2, ""),
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"id,name\n", "no workbook"),
        (b"<html><body>", "web page"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "old .xls"),
        (b"PK\x03\x04 cut", "zip"),
    ],
)
def test_what_is_no_workbook_is_refused_by_its_kind(content: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=f"(?i){reason}"):
        read_tables(path)


def test_a_workbook_without_a_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no sheet"):
        read_tables(workbook(tmp_path / "book.xlsx", {"Sheet1": [["id"]]}))


def test_one_cell_in_the_last_corner_of_a_sheet_ends_the_child_and_not_the_reader(tmp_path: Path) -> None:
    path = workbook(tmp_path / "book.xlsx", {"events": [["id"]]})
    far = tmp_path / "far.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(far, "w") as new:
        for item in old.infolist():
            data = old.read(item)
            if item.filename.endswith("sheet1.xml"):
                cell = b'<row r="1048576"><c r="XFD1048576" t="n"><v>1</v></c></row></sheetData>'
                data = data.replace(b"</sheetData>", cell)
            new.writestr(item, data)
    with pytest.raises(SourceError, match=r"far\.xlsx.*limit"):
        read_tables(far)
