"""Damaged releases: bits flipped, files cut, lengthened and deleted; who notices, and what is served."""

from __future__ import annotations

import hashlib
import random
import shutil
from collections import Counter
from pathlib import Path
from typing import Final

import secgraph
from secgraph.errors import SecgraphError
from secgraph.releases import current, doctor
from secgraph.store.sums import SUMS
from secgraph.values import nquad
from tests.conftest import SMALL
from tests.reliability.figures import Figure

KINDS: Final = ("flip", "cut", "flip", "cut", "flip", "delete", "lengthen")


def damaged_releases(store: Path, folder: Path, count: int, seed: int = 22) -> Figure:
    """Damage one file of a release after the other; `doctor` names it, and what is read is right or an error."""
    figure = Figure("a damaged file of a release")
    chance = random.Random(seed)  # noqa: S311  places of damage, no secret
    release = current(store).path
    names = sorted(path.relative_to(release) for path in release.rglob("*") if path.is_file())
    right = served(store)
    served_as: Counter[str] = Counter()
    # All kinds of damage for all files in turn; a small count takes a file here and there.
    trials = [(name, kind) for kind in KINDS for name in names]
    if count < len(trials):
        trials = chance.sample(trials, count)
    for number in range(count):
        copy = folder / "damaged"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(store, copy, symlinks=True)
        name, kind = trials[number % len(trials)]
        kind = damage_file(current(copy).path / name, kind, chance)
        told = [(check, detail) for check, state, detail in doctor(copy, SMALL).rows if state == "error"]
        # Where the list of the hashes is damaged, what it then says of another file is told.
        named = told if name.name == SUMS else [one for one in told if str(name) in str(one)]
        wrong = [] if named else [f"doctor does not name it: {told}"]
        try:
            same = served(copy) == right
            served_as["right answers" if same else "WRONG ANSWERS"] += 1
            if not same:
                wrong.append("wrong answers are served")
        except SecgraphError:
            served_as["clear errors"] += 1
        figure.count(kind, *(f"{name}: {one}" for one in wrong))
    figure.notes.append(
        "without `doctor`, reading all: " + ", ".join(f"{n} {what}" for what, n in sorted(served_as.items()))
    )
    return figure


def damage_file(path: Path, kind: str, chance: random.Random) -> str:
    """Damage a file in one of the ways, and return what was done; an empty file can only be deleted or lengthened."""
    data = bytearray(path.read_bytes())
    if not data and kind in ("flip", "cut"):
        kind = "lengthen"
    if kind == "flip":
        at = chance.randrange(len(data))
        data[at] ^= 1 << chance.randrange(8)
    elif kind == "cut":
        del data[chance.randrange(len(data)) :]
    elif kind == "lengthen":
        data += bytes(chance.randrange(256) for _ in range(chance.randint(1, 100)))
    if kind == "delete":
        path.unlink()
    else:
        path.write_bytes(data)
    return {"flip": "bits flipped", "cut": "cuts", "delete": "deletions", "lengthen": "lengthened"}[kind]


def served(store: Path) -> list[str]:
    """Return what a reader gets who reads all: what the release says of itself, its quads, and its relations."""
    release = current(store)
    found = [repr((release.digest, release.dataset, release.counts, release.report, release.inputs, release.findings))]
    with secgraph.open(store) as graph:
        lines = sorted(map(nquad, graph._store.quads()))
        found.append(hashlib.sha256("".join(lines).encode()).hexdigest())
        for name in sorted(release.relations):
            found.append(hashlib.sha256(repr(graph.relation(name).rows).encode()).hexdigest())
            by_sql = graph.sql(f"SELECT * FROM {name} ORDER BY ALL").rows  # noqa: S608  a name of our own
            found.append(hashlib.sha256(repr(by_sql).encode()).hexdigest())
    return found
