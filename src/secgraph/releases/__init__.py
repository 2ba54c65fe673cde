"""Releases: a dataset's tables go in, a finished release comes out, and `current` leads to it.

A release is written aside, checked, made durable and renamed to its digest; then the link `current` is swapped. A
failure or kill at any point leaves `current` as it was. One build writes at a time; nothing finished is written again.
"""

from secgraph.releases.doctor import doctor
from secgraph.releases.kept import Release, current, damage, hash_files, open_release, release_digest, releases
from secgraph.releases.loading import load_dataset, load_iati
from secgraph.releases.making import STAGES, Progress, build
from secgraph.releases.publishing import FAULT, FAULT_POINTS

__all__ = [
    "FAULT", "FAULT_POINTS", "STAGES", "Progress", "Release", "build", "current", "damage", "doctor", "hash_files",
    "load_dataset", "load_iati", "open_release", "release_digest", "releases",
]  # fmt: skip
