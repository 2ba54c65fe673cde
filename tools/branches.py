"""The gate of branch coverage: reads coverage's JSON report and fails below a share of covered branches.

`coverage report --fail-under` counts lines and branches together; this one counts branches alone.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def covered(report: Path) -> float:
    """Return the percentage of branches that were taken.

    Raises:
        ValueError: the report counts no branches, so that nothing was measured.
    """
    totals = json.loads(report.read_text(encoding="utf-8"))["totals"]
    if not totals.get("num_branches"):
        raise ValueError(f"{report}: no branches were measured")
    return float(100 * totals["covered_branches"] / totals["num_branches"])


def main(arguments: list[str]) -> int:
    """Print the share, and return 1 where it is below the floor: REPORT FLOOR."""
    share, floor = covered(Path(arguments[0])), float(arguments[1])
    print(f"branches covered: {share:.1f}% (at least {floor:g}%)")
    return 0 if share >= floor else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
