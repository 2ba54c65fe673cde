"""The large codelists of the standard: which codes they hold, read from the SKOS files of the ontology."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from secgraph.resources import ontology_dir

_CODE: Final = re.compile(r"/id/iati-[a-z-]+/([A-Za-z0-9._-]+)>\s+a\s")


@cache
def known(name: str) -> frozenset[str]:
    """Return the codes of a list (`sector`, `country`, `currency` ...), none where the ontology does not hold it."""
    path = ontology_dir() / "iati" / f"{name}.ttl"
    if not path.is_file():
        return frozenset()
    return frozenset(_CODE.findall(path.read_text(encoding="utf-8")))
