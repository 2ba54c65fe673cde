"""The made-up files of the benchmarks: what they hold is what is said of them, and the standard's schema allows it."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from benchmarks.generate_iati import bytes_of, write
from secgraph.records.iati import Activity, Fault
from secgraph.sources.iati import read_file
from secgraph.values import INFO
from tests.conftest import SHARED, left_out

SCHEMA = SHARED / "suites" / "iati-schemas" / "iati-activities-schema.xsd"


@pytest.fixture
def made(tmp_path: Path) -> Path:
    return tmp_path / "made-up.xml"


def test_a_size_is_kept_to_and_what_is_told_is_what_xpath_counts(made: Path) -> None:
    told = write(made, 200_000)
    root = etree.parse(made).getroot()
    assert told.size == made.stat().st_size
    assert 200_000 <= told.size < 230_000
    assert told.activities == root.xpath("count(iati-activity)")
    assert told.transactions == root.xpath("count(//transaction)")


def test_the_same_seed_makes_the_same_bytes_and_another_others(made: Path) -> None:
    texts = []
    for seed in (1, 1, 2):
        write(made, 50_000, seed)
        texts.append(made.read_bytes())
    assert texts[0] == texts[1] != texts[2]


def test_a_longer_file_begins_as_a_shorter_one(made: Path) -> None:
    write(made, 50_000)
    shorter = made.read_bytes().removesuffix(b"</iati-activities>\n")
    write(made, 100_000)
    assert made.read_bytes().startswith(shorter)


def test_the_published_schema_allows_it(made: Path) -> None:
    if not SCHEMA.exists():
        left_out(1, "the published schema is not beside the tree")
        return
    write(made, 500_000)
    schema = etree.XMLSchema(etree.parse(SCHEMA))
    assert schema.validate(etree.parse(made)), schema.error_log


def test_all_of_it_is_read_and_nothing_in_it_is_wrong(made: Path) -> None:
    told = write(made, 200_000)
    items = list(read_file(made))
    activities = [item for item in items if isinstance(item, Activity)]
    assert len(activities) == told.activities
    assert sum(len(one.transactions) for one in activities) == told.transactions
    assert {item.severity for item in items if isinstance(item, Fault)} <= {INFO}


@pytest.mark.parametrize(("text", "size"), [("75MB", 75_000_000), ("1.5GB", 1_500_000_000), ("300", 300)])
def test_sizes_are_decimal(text: str, size: int) -> None:
    assert bytes_of(text) == size
