"""IATI files: activity files 1.0x to 2.03 and organisation files, streamed into records, with what is wrong in them."""

from __future__ import annotations

from secgraph.sources.iati.opening import iati_files
from secgraph.sources.iati.reading import read_file

__all__ = ["iati_files", "read_file"]
