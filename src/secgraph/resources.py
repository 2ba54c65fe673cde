"""Where the ontology, the bundled dataset and the queries are: in the wheel, or beside `src/` in a checkout."""

from __future__ import annotations

from pathlib import Path

from secgraph.errors import ConfigError

_PACKAGE = Path(__file__).resolve().parent
_ROOTS = (_PACKAGE / "bundle", _PACKAGE.parent.parent)


def _find(name: str) -> Path:
    for root in _ROOTS:
        if (root / name).is_dir():
            return root / name
    raise ConfigError(f"the folder {name}/ of secgraph is missing", hint="install the package again")


def ontology_dir() -> Path:
    """Return the folder of the ontology modules, shapes, rules, qc queries, context and frames."""
    return _find("ontology")


def queries_dir() -> Path:
    """Return the folder of the catalogue queries."""
    return _find("queries")


def data_dir() -> Path:
    """Return the folder of the bundled dataset, South East Europe."""
    return _find("data") / "south-east-europe"
