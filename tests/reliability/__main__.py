"""Runs all trials, prints the figures as a table, and exits with 1 on a miss."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.reliability import broken, damage, deaths, disk, together
from tests.reliability.figures import Figure


def _damage(kind: str) -> Callable[[int], Figure | None]:
    return lambda count: next(damage.all_kinds(count, (kind,)))


def main() -> int:
    """Run the families that are asked for, by default all, each with its full count."""
    parser = argparse.ArgumentParser(prog="python -m tests.reliability", description=__doc__)
    parser.add_argument(
        "families",
        nargs="*",
        help="builds, swaps, disk, writes, lock, readers, broken, damage; all where none is named",
    )
    parser.add_argument("--share", type=float, default=1.0, help="of the full counts, for a shorter run")
    told = parser.parse_args()
    figures: list[Figure] = []
    start = time.monotonic()
    print("| trial | tried | missed | what they came to |\n|---|---|---|---|", flush=True)

    def tell(figure: Figure | None) -> None:
        if figure is not None:
            figures.append(figure)
            print(figure.line(), flush=True)

    with tempfile.TemporaryDirectory(prefix="secgraph-reliability-") as folder, deaths.Helper() as helper:
        case = deaths.Case(Path(folder))
        families: dict[str, tuple[Callable[[int], Figure | None], int]] = {
            "builds": (lambda n: deaths.killed_builds(case, helper, n), 200),
            "swaps": (lambda n: deaths.killed_swaps(case, helper, n), 200),
            "disk": (lambda n: disk.full_disks(case, n), 30),
            "writes": (lambda n: disk.limited_files(case, n), 30),
            "lock": (lambda n: together.two_builds(case, n), 50),
            "readers": (lambda n: together.readers_during_swaps(case.folder / "swaps", helper, n), 10),
            "broken": (lambda n: broken.damaged_releases(case.store, case.folder, n), 500),
            **{kind: (_damage(kind), 2000) for kind in damage.KINDS},
        }
        for name, (family, full) in families.items():
            wanted = name in told.families or ("damage" in told.families and name in damage.KINDS)
            if wanted or not told.families:
                tell(family(max(min(full, 15), round(full * told.share))))
    misses = [f"{figure.what}: {miss}" for figure in figures for miss in figure.misses]
    tried, seconds = sum(figure.tried for figure in figures), time.monotonic() - start
    print(f"\n{tried:,} trials in {seconds:.0f} s, {len(misses)} missed")
    print(*misses, sep="\n")
    return 1 if misses else 0


if __name__ == "__main__":
    sys.exit(main())
