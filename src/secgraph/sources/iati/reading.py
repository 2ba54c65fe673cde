"""Reading of an IATI file: one pass at constant memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from secgraph.records.iati import Activity, Fault, LeftOut, OrganisationFile

Item = Activity | OrganisationFile | Fault | LeftOut


class Filter(Protocol):
    """What decides whether an activity belongs."""

    def reason(self, activity: Activity) -> str:
        """Return '' for an activity that belongs, else the sentence why it does not."""


def read_file(path: Path, *, part: tuple[int, int] = (0, 1), scope: Filter | None = None) -> Iterator[Item]:
    """Yield what an IATI file says and what is wrong in it, in the order of the file."""
    raise NotImplementedError
