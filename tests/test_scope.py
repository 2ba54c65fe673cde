"""The scope filter: what belongs, what is left out and why, against counts made with plain XPath."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from secgraph.errors import ConfigError
from secgraph.records.iati import Activity, Share, Text, Transaction
from secgraph.sources.iati import read_file
from secgraph.sources.iati.scope import (
    NO_PLACE,
    NO_SECTOR,
    NO_TOPIC,
    NO_WORD,
    REASONS,
    SMALL_PLACE,
    SMALL_SECTOR,
    Scope,
    count_reasons,
    folded,
)
from secgraph.sources.inputs import IatiInput
from secgraph.sources.settings import security_scope
from secgraph.sources.tables import read_tables
from tests.conftest import SHARED, SMALL, left_out

FILES = SHARED / "realdata" / "iati-activities"
IOM, MIXED = FILES / "iom-2.03-577-activities.xml", FILES / "multi-publisher-2.03-48-activities.xml"
SECTORS = {"sectors": {"prefixes": ["152"], "codes": ["15130", "15113", "16063"]}}
BY_SECTOR = Scope.parse(SECTORS, "test")


def activity(*sectors: Share, title: str = "", language: str = "en", **fields: tuple[Share, ...]) -> Activity:
    return Activity("XX-1", 1, titles=(Text(title, language),), sectors=sectors, **fields)  # type: ignore[arg-type]


def dac(code: str, percentage: int | None = None) -> Share:
    return Share(code, "1", None if percentage is None else Decimal(percentage))


def test_a_sector_belongs_by_its_code_or_first_digits_in_a_list_of_the_dac() -> None:
    assert BY_SECTOR.reason(activity(dac("15210"))) == ""
    assert BY_SECTOR.reason(activity(Share("152", "2"))) == ""
    assert BY_SECTOR.reason(activity(dac("16063"), dac("11110"))) == ""
    assert BY_SECTOR.reason(activity(dac("15150"))) == NO_SECTOR
    assert BY_SECTOR.reason(activity(dac("115210"))) == NO_SECTOR
    assert BY_SECTOR.reason(activity()) == NO_SECTOR


@pytest.mark.parametrize("vocabulary", ["99", "98", "6", "12", ""])
def test_the_same_digits_in_a_list_of_a_publisher_mean_something_else(vocabulary: str) -> None:
    assert BY_SECTOR.reason(activity(Share("15210", vocabulary))) == NO_SECTOR


def test_the_sector_of_a_transaction_is_enough() -> None:
    row = Transaction("3", "", "2020-01-01", Decimal(1), "EUR", "2020-01-01", sectors=(dac("15240"),), own_sectors=True)
    assert BY_SECTOR.reason(activity(dac("11110"))._replace(transactions=(row,))) == ""
    inherited = row._replace(own_sectors=False)
    assert BY_SECTOR.reason(activity(dac("11110"))._replace(transactions=(inherited,))) == NO_SECTOR


def test_a_minimum_is_held_to_the_shares_of_one_list() -> None:
    half = Scope.parse({"sectors": {"prefixes": ["152"], "minimum": 50}}, "test")
    assert half.reason(activity(dac("15210", 30), dac("15220", 20), dac("11110", 50))) == ""
    assert half.reason(activity(dac("15210", 30), dac("11110", 70))) == SMALL_SECTOR
    # 30 percent in either list are 30 percent, not 60.
    both = activity(dac("15210", 30), dac("11110", 70), Share("152", "2", Decimal(30)), Share("111", "2", Decimal(70)))
    assert half.reason(both) == SMALL_SECTOR
    assert half.reason(activity(dac("15210"), dac("11110"))) == "", "an unstated share is not held against it"
    assert half.reason(activity(dac("15210", 40))) == "", "there is no other sector"


def test_words_are_whole_and_of_the_language_of_the_text() -> None:
    words = Scope.parse({"words": {"en": ["border police", "traffick*"], "de": ["grenzschutz"]}}, "test")
    assert words.reason(activity(title="Support to the Border-Police")) == ""
    assert words.reason(activity(title="Anti-TRAFFICKING units")) == ""
    assert words.reason(activity(title="Grenzschutz", language="de-at")) == ""
    assert words.reason(activity(title="Grenzschutz", language="en")) == NO_WORD
    assert words.reason(activity(title="Grenzschutz", language="")) == ""
    assert words.reason(activity(title="Border policed")) == NO_WORD
    assert words.reason(activity(title="Полиција", language="sr")) == NO_WORD
    described = activity()._replace(descriptions=(Text("border police", "en"),))
    assert words.reason(described) == NO_WORD
    assert Scope.parse({"words": {"en": ["police"], "where": ["description"]}}, "test").reason(described) == ""


def test_marks_and_signs_make_no_difference() -> None:
    assert folded("Kriminalität  der_Geldwäsche!") == "kriminalitat der geldwasche"
    assert (
        Scope.parse({"words": {"de": ["Kriminalität"]}}, "t").reason(activity(title="KRIMINALITAT", language="de"))
        == ""
    )


def test_a_topic_is_a_sector_or_a_word_and_a_place_is_asked_beside_it() -> None:
    scope = Scope.parse(
        {**SECTORS, "words": {"en": ["police"]}, "places": {"countries": ["XK"], "regions": ["89"], "minimum": 40}}, "t"
    )
    assert scope.reason(activity(title="Police", countries=(Share("XK"),))) == ""
    assert scope.reason(activity(title="Police", countries=(Share("KO"),))) == "", "Kosovo's other codes"
    assert scope.reason(activity(title="Police", regions=(Share("89", "1"),))) == ""
    assert scope.reason(activity(title="Police", regions=(Share("89", "99"),))) == NO_PLACE
    assert scope.reason(activity(title="Police", countries=(Share("RS"),))) == NO_PLACE
    assert scope.reason(activity(title="Roads", countries=(Share("XK"),))) == NO_TOPIC
    split = (Share("XK", "", Decimal(39)), Share("RS", "", Decimal(61)))
    assert scope.reason(activity(title="Police", countries=split)) == SMALL_PLACE
    row = Transaction("3", "", "2020-01-01", Decimal(1), "EUR", "", countries=(Share("XK"),), own_places=True)
    assert scope.reason(activity(title="Police")._replace(transactions=(row,))) == ""


def test_places_alone_are_a_scope() -> None:
    scope = Scope.parse({"places": {"countries": ["BA"]}}, "test")
    assert scope.reason(activity(countries=(Share("BA"),))) == ""
    assert scope.reason(activity()) == NO_PLACE


def test_counts_are_by_reason() -> None:
    kept, lost = activity(dac("15210")), activity(dac("11110"))
    assert count_reasons(BY_SECTOR, [lost, kept, lost]) == {"": 1, NO_SECTOR: 2}
    assert len(set(REASONS)) == 6


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "names nothing that belongs"),
        ("[sectors", "cannot be read"),
        ("sectors = 1", "sectors is no section"),
        ("[sectors]\ncode = ['1']", "did you mean codes?"),
        ("[sectors]\ncodes = [15210]", "codes are texts in quotes"),
        ("[sectors]\ncodes = '15210'", "codes is not a list"),
        ("[sectors]\nminimum = 101", "minimum is not a number from 0 to 100"),
        ("[sectors]\nminimum = true", "minimum is not a number from 0 to 100"),
        ("[sectors]\nvocabularies = ['DAC']", "cannot stand in vocabularies"),
        ("[words]\nen = ['...']", "is not a word"),
        ("[words]\nenglish = ['police']", "is not a language"),
        ("[words]\nwhere = ['titles']\nen = ['police']", "cannot stand in where"),
        ("words = 'police'", "words is no section"),
        ("[places]\ncountries = ['Kosovo']", "cannot stand in countries"),
        ("title = 1\n[places]\ncountries = ['XK']", "title is not a text"),
        ("[sector]\ncodes = ['1']", "did you mean sectors?"),
    ],
)
def test_a_faulty_scope_is_refused_with_what_is_wrong(text: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "my-scope.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"my-scope\.toml") as caught:
        Scope.load(path)
    assert told in str(caught.value)


def test_a_scope_that_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        Scope.load(tmp_path / "none.toml")


def activities(path: Path) -> list[Activity]:
    return [item for item in read_file(path) if isinstance(item, Activity)]


def by_xpath(path: Path, wanted: Callable[[str], bool]) -> set[str]:
    """Return the identifiers of the activities with a wanted sector of the DAC, counted without the reader."""
    found = set()
    for element in etree.parse(str(path)).iterfind("iati-activity"):
        codes = [
            sector.get("code", "")
            for sector in element.xpath("sector | transaction/sector")
            if sector.get("vocabulary", "1") in ("1", "2", "DAC")
        ]
        if any(map(wanted, codes)):
            found.add((element.findtext("iati-identifier") or "").strip())
    return found


def in_scope(code: str) -> bool:
    return code.startswith("152") or code in ("15130", "15113", "16063")


@pytest.mark.parametrize(
    ("path", "every", "belong"),
    # By hand: the first has 20 activities of 15220 and 16 of 15240; the second 4 of 15220, 3 of 16063, 2 of 15210.
    [(IOM, 577, 36), (MIXED, 48, 9)],
    ids=lambda value: value.name if isinstance(value, Path) else "",
)
def test_the_activities_of_the_scope_are_those_that_xpath_finds(path: Path, every: int, belong: int) -> None:
    if not path.exists():
        left_out(1, f"{path.name} is not here")
        return
    rows = activities(path)
    expected = by_xpath(path, in_scope)
    assert len(rows) == every
    assert {row.identifier for row in rows if not BY_SECTOR.reason(row)} == expected
    assert count_reasons(BY_SECTOR, rows) == {"": belong, NO_SECTOR: every - belong}


def test_the_bundled_scope_adds_words_and_sectors_beside() -> None:
    scope = Scope.load(security_scope())
    assert scope.reason(activity(dac("15210"))) == ""
    assert scope.reason(activity(dac("15136"))) == ""
    assert scope.reason(activity(dac("11110"), title="Formation de la police", language="fr")) == ""
    assert scope.reason(activity(dac("11110"), title="Primary schools")) == NO_TOPIC
    if not MIXED.exists():
        left_out(2, "the published files are not here")
        return
    # By hand: of the first, 36 by the sectors above, 37 of 15190, and ten whose titles name the police, border
    # management or law enforcement; the words add nothing to the second.
    assert count_reasons(scope, activities(MIXED)) == {"": 9, NO_TOPIC: 39}
    rows = activities(IOM)
    assert count_reasons(scope, rows) == {"": 83, NO_TOPIC: 494}
    by_sector = by_xpath(IOM, lambda code: in_scope(code) or code == "15190")
    assert len(by_sector) == 73
    titles = [row.titles[0].value for row in rows if not scope.reason(row) and row.identifier not in by_sector]
    named = [re.search("Polic(e|ing)|Law Enforcement|border management", title) for title in titles]
    assert len(titles) == len([one for one in named if one]) == 10


# What dataset.toml says of IATI files


def test_the_inputs_of_a_dataset_are_found_from_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    shutil.copytree(SMALL, folder)
    (tmp_path / "published" / "deep").mkdir(parents=True)
    for name in ("published/b.xml", "published/deep/a.xml.gz", "one.xml"):
        (tmp_path / name).write_text("<iati-activities/>", encoding="utf-8")
    (folder / "mine.toml").write_text("[places]\ncountries = ['IS']\n", encoding="utf-8")
    with (folder / "dataset.toml").open("a", encoding="utf-8") as file:
        file.write(
            '[[iati]]\npath = "../published"\nsource = "src-fund"\nscope = "security"\n'
            f'[[iati]]\npath = "{tmp_path / "one.xml"}"\nsource = "src-atlas"\n'
            'on_error = "skip-and-report"\nscope = "mine.toml"\n'
        )
    tables = read_tables(folder)
    assert tables.findings.findings == []
    first, second = tables.dataset.iati
    assert first == IatiInput("../published", tmp_path / "published", "src-fund", "stop", security_scope())
    assert second == IatiInput(
        str(tmp_path / "one.xml"), tmp_path / "one.xml", "src-atlas", "skip-and-report", folder / "mine.toml"
    )
    published = [tmp_path / "published/b.xml", tmp_path / "published/deep/a.xml.gz", tmp_path / "one.xml"]
    named = sorted([*published, folder / "mine.toml", security_scope()])
    assert tables.dataset.input_files() == tuple(named)


def test_a_path_that_cannot_be_is_a_finding(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    shutil.copytree(SMALL, folder)
    with (folder / "dataset.toml").open("a", encoding="utf-8") as file:
        file.write('[[iati]]\npath = "a\\u0000b.xml"\nsource = "src-fund"\n')
        file.write(f'[[iati]]\npath = "{"x" * 5000}"\nsource = "src-fund"\n')
        file.write('[[iati]]\npath = "closed.xml"\nsource = "src-fund"\n')
    (folder / "closed.xml").symlink_to(folder / "closed.xml")
    tables = read_tables(folder)
    assert [one.rule for one in tables.findings.findings] == ["dataset-file"] * 3
    assert tables.dataset.iati == ()


def test_the_part_in_the_scope_is_what_the_stated_sectors_say() -> None:
    def part(*sectors: Share, scope: Scope = BY_SECTOR, title: str = "") -> tuple[int, int]:
        told = scope.share(activity(*sectors, title=title))
        return int(told.least), int(told.most)

    assert part(dac("15210", 10), dac("11110", 90)) == (10, 10)
    assert part(dac("15210")) == (100, 100), "the only sector is the whole"
    assert part(dac("15210"), dac("15130")) == (100, 100)
    assert part(dac("15210"), dac("11110")) == (0, 100), "nothing divides the two"
    assert part(dac("15210", 30), dac("11110")) == (30, 30), "the other has what is left"
    assert part(dac("15210"), dac("11110", 60)) == (40, 40)
    assert part(dac("15210", 30), dac("15130"), dac("11110")) == (30, 100)
    assert part(dac("15210", 60)) == (60, 100), "of 40 percent nothing is said"
    assert part(dac("15210", 80), dac("11110", 80)) == (0, 100), "160 percent say nothing"
    # 33.3 of 99.9 are a third; the rest is what rounding leaves.
    assert part(dac("15210", 33), dac("11110", 67), Share("99", "99", Decimal(100))) == (33, 33)
    # The finer list counts: a tenth, not the half of the categories.
    assert part(dac("15210", 10), dac("11110", 90), Share("152", "2", Decimal(50)), Share("111", "2")) == (10, 10)
    assert part(Share("152", "2", Decimal(50)), Share("111", "2", Decimal(50)), dac("11110", 100)) == (50, 50)
    words = Scope.parse({**SECTORS, "words": {"en": ["police"]}}, "test")
    assert part(dac("11110", 100), scope=words, title="Roads and police") == (0, 100)
    assert part(scope=words, title="Roads and police") == (0, 100)
    assert part(dac("15210", 50), dac("11110", 50), scope=words, title="Police") == (50, 50)
    only = Scope.parse({"words": {"en": ["police"]}}, "test")
    assert part(dac("11110", 100), scope=only, title="Police") == (100, 100), "no sectors are in this scope"


def test_a_transaction_has_the_part_of_its_own_sectors() -> None:
    row = Transaction("3", "", "2020-01-01", Decimal(1), "EUR", "2020-01-01", sectors=(dac("15240"),), own_sectors=True)
    other = row._replace(sectors=(dac("11110"),))
    told = activity()._replace(transactions=(row, other))
    assert [tuple(map(int, BY_SECTOR.share_of(one, told))) for one in told.transactions] == [(100, 100), (0, 0)]
    assert tuple(map(int, BY_SECTOR.share(told))) == (0, 100), "its budgets are of both"
    assert tuple(map(int, BY_SECTOR.share(told._replace(transactions=(row, row))))) == (100, 100)
    of_activity = activity(dac("15210", 25), dac("11110", 75))
    inherited = row._replace(sectors=of_activity.sectors, own_sectors=False)
    assert BY_SECTOR.share_of(inherited, of_activity).least == 25
