"""What the doctests of the package may name: `g`, an open graph of the bundled dataset, `store` and `data`."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import pytest


class _Later:
    """The bundled release, built or found when a doctest first asks for it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cached_property
    def location(self) -> Path:
        from tests.conftest import BUNDLED, built_once

        return built_once(BUNDLED, self._folder).location

    @cached_property
    def graph(self) -> Any:
        from secgraph import api

        return api.open(self.location)


class _Graph:
    def __init__(self, later: _Later) -> None:
        self._later = later

    def __getattr__(self, name: str) -> Any:
        return getattr(self._later.graph, name)


class _Store:
    def __init__(self, later: _Later) -> None:
        self._later = later

    def __fspath__(self) -> str:
        return str(self._later.location)


@pytest.fixture(autouse=True, scope="session")
def _names_for_doctests(
    doctest_namespace: dict[str, Any], tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> None:
    base = tmp_path_factory.getbasetemp()
    later = _Later((base if worker_id == "master" else base.parent) / "bundled")
    doctest_namespace["g"] = _Graph(later)
    doctest_namespace["store"] = _Store(later)
    doctest_namespace["small"] = Path(__file__).parent / "tests" / "cases" / "small"
    doctest_namespace["tmp_path"] = tmp_path_factory.mktemp("doctest")
