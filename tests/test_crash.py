"""Sudden death, full disks, builds at once and damage: a few of the trials of `make reliability`, each family once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from secgraph.releases import FAULT_POINTS, build
from tests.conftest import Built, left_out
from tests.reliability.broken import damaged_releases
from tests.reliability.deaths import SWAP_POINTS, Case, Helper, killed_builds, killed_swaps
from tests.reliability.disk import full_disks, limited_files
from tests.reliability.together import readers_during_swaps, two_builds


@pytest.fixture(scope="module")
def helper() -> Iterator[Helper]:
    with Helper() as process:
        yield process


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return Case(tmp_path_factory.mktemp("crash"))


def test_a_killed_build_leaves_a_whole_release_and_nothing_in_the_way_of_the_next(case: Case, helper: Helper) -> None:
    figure = killed_builds(case, helper, 16)
    assert figure.misses == []
    assert figure.outcomes["killed by stage"] == len(FAULT_POINTS) == 14
    assert figure.tried == 16


def test_a_killed_swap_leaves_the_old_release_or_the_new_one(case: Case, helper: Helper) -> None:
    figure = killed_swaps(case, helper, 8)
    assert figure.misses == []
    assert figure.outcomes["killed"] >= len(SWAP_POINTS)


def test_a_killed_first_build_leaves_no_release(case: Case, helper: Helper, tmp_path: Path) -> None:
    store = tmp_path / "store"
    assert helper.kill("build", case.data, store, "before-swap") == -9
    assert not (store / "current").exists()
    assert build(case.data, store).digest == case.new


def test_a_full_disk_leaves_the_old_release_and_is_named(case: Case) -> None:
    figure = full_disks(case, 3)
    if figure is None:
        left_out(3, "this user may not mount a small file system; the failing writes stand for it")
        return
    assert figure.misses == []
    assert figure.outcomes["refused, the old release kept"] >= 1
    assert figure.outcomes["built"] >= 1


def test_a_failing_write_leaves_the_old_release_and_is_named(case: Case) -> None:
    figure = limited_files(case, 3)
    assert figure.misses == []
    assert figure.outcomes["refused, the old release kept"] >= 1


def test_a_second_build_is_told_who_holds_the_lock(case: Case) -> None:
    figure = two_builds(case, 5)
    assert figure.misses == []
    assert figure.tried == 5


def test_readers_go_on_while_builds_swap(helper: Helper, tmp_path: Path) -> None:
    figure = readers_during_swaps(tmp_path, helper, 2)
    assert figure.misses == []
    assert figure.tried >= 2


def test_a_damaged_file_is_named_and_never_served_silently(small_release: Built, tmp_path: Path) -> None:
    figure = damaged_releases(small_release.location, tmp_path, 30)
    assert figure.misses == []
    assert figure.tried == 30
