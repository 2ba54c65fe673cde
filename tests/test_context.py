"""Figures of context: those of the file, beside the country, and in no relation of money."""

from __future__ import annotations

import csv
import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from secgraph.lookup import card
from secgraph.relations import Relations
from secgraph.releases import build
from secgraph.sources.collected import Load, Tables
from secgraph.sources.context import ELSEWHERE, FAULT, GROUP, NO_FIGURE, UNIT, country_names, recipients
from secgraph.sources.tables import read_tables
from secgraph.store import open_release
from secgraph.validation import validate_tables
from secgraph.vocab import thing
from tests.conftest import BUNDLED, SHARED, SMALL, left_out

CRS = SHARED / "realdata" / "oecd-crs"
CODELIST = SHARED / "realdata" / "iati-codelists" / "Country.xml"
YEARS = {2013: "", 2014: "", 2015: "", 2016: "latin-1", 2017: ""}
"""The years of the published files, and the encoding of the one that is not UTF-8."""


def section(path: Path | str, year: int, source: str = "src-fund", encoding: str = "") -> str:
    told = f'\n[[context]]\npath = "{path}"\nsource = "{source}"\nyear = {year}\nmeasure = "payments"\n'
    return told + (f'encoding = "{encoding}"\n' if encoding else "")


def laid(folder: Path, settings: str, text: str = "", data: Path = SMALL) -> Path:
    shutil.copytree(data, folder)
    with (folder / "dataset.toml").open("a", encoding="utf-8") as file:
        file.write(settings)
    if text:
        (folder / "figures.csv").write_text(text, encoding="utf-8")
    return folder


def figures(tables: Tables, year: int) -> dict[tuple[str, str], Decimal]:
    return {
        (row.cell("country"), row.cell("sector")): row.cell("amount")
        for row in tables.records["context"]
        if row.cell("year") == str(year) and row.cell("measure") == "payments"
    }


def test_each_figure_becomes_a_row_of_context_in_full_units(tmp_path: Path) -> None:
    text = (
        "recipient_code,recipient_name,152,15210,Grand Total\n"
        "630,Bhutan,,1.5,9\n460,Uruguay,-0.25,0,9\n,Bhutan ,7.5E-05,,9\n"
        "63,Serbia,1,1,9\n298,Africa regional,1,1,9\n1000,DROP TABLE,,,\n"
    )
    tables = read_tables(laid(tmp_path / "data", section("figures.csv", 2017), text))
    assert tables.findings.findings == []
    assert figures(tables, 2017) == {
        ("BT", "15210"): 1_500_000, ("UY", "152"): -250_000, ("UY", "15210"): 0, ("BT", "152"): 75,
    }  # fmt: skip
    assert tables.loads == [Load("figures.csv", "context", 6, 3, {ELSEWHERE: 1, GROUP: 1, NO_FIGURE: 1})]
    assert {row.cell("currency") for row in tables.records["context"]} == {"USD"}
    assert validate_tables(tables).findings == []


def test_a_figure_that_is_told_twice_names_both_places(tmp_path: Path) -> None:
    settings = section("figures.csv", 2018) + section("more.csv", 2018)
    folder = laid(tmp_path / "data", settings, "recipient_name,15220\nBhutan,1\n")
    (folder / "more.csv").write_text("recipient_name,15220\nBhutan,2\n", encoding="utf-8")
    (finding,) = validate_tables(read_tables(folder)).findings
    assert (finding.rule, finding.file, finding.row) == ("id-duplicate", "more.csv", 2)


def test_a_fault_leaves_its_row_out_and_is_counted(tmp_path: Path) -> None:
    tables = read_tables(
        laid(tmp_path / "data", section("figures.csv", 2017), "recipient_name,152,15210\nBhutan,1,x\nUruguay,2,\n")
    )
    assert [(one.rule, one.cell) for one in tables.findings.findings] == [("amount-form", "C2")]
    assert tables.loads == [Load("figures.csv", "context", 2, 1, {FAULT: 1})]
    assert figures(tables, 2017) == {("UY", "152"): 2_000_000}


def test_context_stands_beside_a_country_and_in_no_relation_of_money(tmp_path: Path) -> None:
    before = build(SMALL, tmp_path / "plain")
    text = "recipient_name,15210,15130,11110\nBhutan,1.5,0.5,70\nUruguay,3,,\n"
    after = build(laid(tmp_path / "data", section("figures.csv", 2017), text), tmp_path / "store")
    assert after.inputs.dicts()[0]["kept"] == 2
    for name in ("transactions", "budgets", "allocations", "programmes"):
        assert after.relations[name] == before.relations[name], name
    assert after.relations["context"] == before.relations["context"] + 4
    relations = Relations(after.path / "relations")
    found = relations.sql("SELECT year, sector, amount, currency, measure, sources FROM context WHERE year = '2017'")
    assert sorted(getattr(row[2], "value", "") for row in found.rows) == ["1500000", "3000000", "500000", "70000000"]
    assert {row[3:] for row in found.rows} == {("USD", "payments", "src-fund")}
    relations.close()
    store = open_release(after.path)
    shown = card.show(store, thing("jurisdiction", "BT")).section("Context, never added")
    assert [row[:3] for row in shown.rows] == [
        ("2017", "15130", "500000"), ("2017", "15210", "1500000"), ("2017", "11110", "70000000"),
    ]  # fmt: skip
    assert "in no total" in shown.note
    titles = [title for title, _table in card.show(store, thing("jurisdiction", "NZ")).sections]
    assert "Context, never added" not in titles
    store.close()


# What the OECD publishes


def published(year: int) -> dict[tuple[str, str], Decimal]:
    """Return the filled cells of a published file by the recipient's name and the sector, without our reader."""
    with (CRS / f"crs_{year}_sectors.csv").open(encoding=YEARS[year] or "utf-8-sig", newline="") as file:
        header, *lines = csv.reader(file)
    at = 0 if year < 2015 else 1
    return {
        (line[at], header[column]): Decimal(cell)
        for line in lines
        for column, cell in enumerate(line)
        if cell and header[column].isdecimal()
    }


@pytest.mark.parametrize("year", YEARS)
def test_the_figures_are_the_cells_of_the_published_file(year: int, tmp_path: Path) -> None:
    path = CRS / f"crs_{year}_sectors.csv"
    if not path.exists():
        left_out(1, f"{path.name} is not here")
        return
    source = next(csv.reader((BUNDLED / "sources.csv").read_text(encoding="utf-8").splitlines()[1:]))[0]
    folder = laid(tmp_path / "data", section(path, year, source, YEARS[year]), data=BUNDLED)
    tables = read_tables(folder)
    assert {one.rule for one in tables.findings.findings if str(path) in one.file} <= {"amount-rounded"}
    cells, own = published(year), figures(tables, year)
    for country, name in (("RS", "Serbia"), ("BA", "Bosnia and Herzegovina"), ("XK", "Kosovo")):
        theirs = {sector: amount * UNIT for (recipient, sector), amount in cells.items() if recipient == name}
        ours = {sector: amount for (code, sector), amount in own.items() if code == country}
        assert len(theirs) > 50
        assert ours.keys() == theirs.keys()
        for sector, amount in theirs.items():
            # One euro-cent's ten-thousandth: some cells have 14 digits after the point of a million.
            assert abs(ours[sector] - amount) <= Decimal("0.0000005"), (country, sector)
    (load,) = tables.loads
    assert load.read == load.kept + sum(load.left_out.values())
    assert load.kept == len({code for code, _sector in own})


def test_the_recipients_are_those_of_the_published_code_and_name() -> None:
    path = CRS / "crs_2017_sectors.csv"
    if not path.exists():
        left_out(1, f"{path.name} is not here")
        return
    with path.open(encoding="utf-8-sig", newline="") as file:
        _header, *lines = csv.reader(file)
    for code, name, *_cells in lines:
        assert recipients()[code][0][0] == name
    assert len(recipients()) == len(lines) + 2


def test_the_countries_of_the_recipients_are_those_of_the_codelist() -> None:
    from lxml import etree

    if not CODELIST.exists():
        left_out(1, f"{CODELIST.name} is not here")
        return
    listed = {
        item.findtext("name/narrative"): item.findtext("code") for item in etree.parse(CODELIST).iter("codelist-item")
    }
    codes = set(listed.values())
    names = country_names()
    assert set(names.values()) <= codes
    agreed = {name for name, code in names.items() if listed.get(name) == code}
    assert not {name for name, code in names.items() if name in listed and listed[name] != code}
    # The others are written otherwise there, as "Sudan (the)": by hand.
    assert len(agreed) > 110
    assert (names["Kosovo"], names["Former Yugoslav Republic of Macedonia"], names["Turkey"]) == ("XK", "MK", "TR")
