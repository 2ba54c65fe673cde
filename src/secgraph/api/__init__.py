"""What `import secgraph` gives: one open release, and the few verbs to ask it. The command line does no more."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from secgraph import inference, releases, resources, validation
from secgraph.api.analyses import LensOptions, Narrowing
from secgraph.api.answers import Answer
from secgraph.api.drawing import Drawing
from secgraph.api.figures import reasons_table, total_json, total_lines, total_sheets, total_table
from secgraph.api.graph import Graph
from secgraph.api.identities import LEAST, Identities
from secgraph.api.money import FLOW_PATH, FundOptions, policies
from secgraph.api.questions import arguments, catalogue, catalogue_json, catalogue_table
from secgraph.api.tables import diff_table, measures, network_file, network_table, projections
from secgraph.values import Iri, Literal, Report

DEFAULT_STORE: Final = "./.secgraph"


def store_location(store: str | Path | None = None) -> Path:
    """Return where the store is: as told, else by SECGRAPH_STORE, else `./.secgraph`."""
    return Path(store or os.environ.get("SECGRAPH_STORE") or DEFAULT_STORE)


def data_location(data: str | Path | None = None) -> Path:
    """Return where the dataset is: as told, else by SECGRAPH_DATA, else the bundled one."""
    told = data or os.environ.get("SECGRAPH_DATA")
    return Path(told) if told else resources.data_dir()


def open(store: str | Path | None = None) -> Graph:  # noqa: A001  `secgraph.open()` reads as it is meant
    """Open the current release of a store, for reading.

    >>> open(store)
    <secgraph ...>

    Args:
        store: the store's folder; else SECGRAPH_STORE, else `./.secgraph`.

    Raises:
        StoreError: there is none yet, it is damaged, or of a newer version.
    """
    return Graph(store_location(store))


def build(
    data: str | Path | None = None,
    store: str | Path | None = None,
    *,
    progress: Callable[[str, int, int], None] | None = None,
    fail_on: str = "error",
) -> releases.Release:
    """Build a release from a dataset and make it the store's current one.

    >>> len(build(small, tmp_path / "store").digest)
    64

    Args:
        data: a folder of tables or a workbook; else SECGRAPH_DATA, else the bundled dataset.
        store: the store's folder; else SECGRAPH_STORE, else `./.secgraph`.
        progress: called with stage, done and total.
        fail_on: error, warn or none: which findings stop the build.

    Raises:
        ValidationError: the dataset has such findings; the current release stays.
    """
    return releases.build(data_location(data), store_location(store), progress=progress, fail_on=fail_on)


def check(data: str | Path | None = None, *, reasoner: bool = False) -> Report:
    """Check a dataset, or one file of RDF, and return all findings: contract, shapes, qc rules, reasoner if asked.

    >>> check(small).count("error")
    0
    """
    return validation.check(
        data_location(data),
        resources.ontology_dir(),
        reasoner=reasoner,
        infer=inference.derive,
        load=releases.load_dataset,
    )


def new(
    folder: str | Path,
    *,
    title: str = "",
    id: str = "",  # noqa: A002  the word that settings know
    region: str = "",
    publisher: str = "",
    licence: str = "",
    workbook: bool = False,
    source: str | Path | None = None,
) -> list[str]:
    """Make a dataset of one's own in an empty folder, and return the names of its files.

    >>> "events.csv" in new(tmp_path / "my-region", title="My region")
    True

    Args:
        folder: where; made where it is missing.
        title: its title; else the name of the folder.
        id: its id; else made of the name of the folder.
        region: the region, in a few words.
        publisher: who publishes it.
        licence: under which licence.
        workbook: one workbook with lists to choose from, in place of CSV files.
        source: a dataset, of which tables and settings are taken.

    Raises:
        ConfigError: the folder is not empty, a text cannot stand in the settings, or `source` has errors.
    """
    from secgraph.export.fresh import About, new_dataset

    about = About(title=title, id=id, region=region, publisher=publisher, licence=licence)
    return new_dataset(Path(folder), about, book=workbook, source=Path(source) if source else None)


def doctor(store: str | Path | None = None, data: str | Path | None = None) -> Answer:
    """Tell where data, ontology, store and Java are, and what is wrong with them.

    >>> "state" in doctor(store).columns
    True
    """
    return Answer.of(releases.doctor(store_location(store), data_location(data)))


__all__ = [
    "FLOW_PATH", "LEAST", "Answer", "Drawing", "FundOptions", "Graph", "Identities", "Iri", "LensOptions", "Literal",
    "Narrowing",
    "arguments", "build", "catalogue", "catalogue_json", "catalogue_table", "check", "data_location", "diff_table",
    "doctor", "measures", "network_file", "network_table", "new", "open", "policies", "projections",
    "reasons_table", "store_location", "total_json", "total_lines", "total_sheets", "total_table",
]  # fmt: skip
