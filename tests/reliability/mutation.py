"""Lines of mapping, date bounds, rules, money and swap, each broken on purpose in a copy: do the nearest tests notice?

`python -m tests.reliability.mutation` breaks them all; names of lines, or words in them, choose some.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final, NamedTuple

from tests.reliability.figures import Figure

ROOT: Final = Path(__file__).resolve().parents[2]
LEFT_BEHIND: Final = shutil.ignore_patterns(
    ".git", ".venv", ".secgraph", ".*_cache", "__pycache__", "dist", "build", "notebooks", ".coverage*", "*.html",
    "spark-warehouse",
)  # fmt: skip
SECONDS: Final = 300
"""What the nearest tests of one line may take; a break that hangs them is noticed too."""


class Break(NamedTuple):
    """One line, what stands in its place, and the tests that are nearest to it."""

    name: str
    path: str
    line: str
    broken: str
    tests: str


BREAKS: Final = (
    Break(
        "each party has the role of its column", "src/secgraph/mapping/__init__.py",
        'code("participation-role", role), iri)', 'code("participation-role", "participant"), iri)',
        "tests/test_mapping.py",
    ),
    Break(
        "only a meeting without end ends when it begins", "src/secgraph/mapping/__init__.py",
        'if row.table == "events" and start and not end:', "if start and not end:", "tests/test_mapping.py",
    ),
    Break(
        "a row that all its sources dispute keeps them", "src/secgraph/mapping/__init__.py",
        "if name not in others) or said", "if name not in others)", "tests/test_mapping.py",
    ),
    Break(
        "a disputed value is in its source's graph alone", "src/secgraph/mapping/__init__.py",
        "if not _is_disputed_value(fact):", "if fact.subject:", "tests/test_mapping.py",
    ),
    Break(
        "an announced meeting lies between its first and last day", "src/secgraph/mapping/__init__.py",
        "max(day.latest for day in days)", "min(day.latest for day in days)", "tests/test_mapping.py",
    ),
    Break(
        "the member of a membership is the member", "src/secgraph/mapping/columns.py",
        'Column(ORG + "member", _thing)', 'Column(ORG + "organization", _thing)', "tests/test_mapping.py",
    ),
    Break(
        "a date keeps its precision", "src/secgraph/mapping/columns.py",
        '7: XSD + "gYearMonth"', '7: XSD + "date"', "tests/test_mapping.py",
    ),
    Break(
        "a marker of significance 0 is none", "src/secgraph/mapping/iati.py",
        'marker.significance != "0"', 'marker.significance != "1"', "tests/test_iati_mapping.py",
    ),
    Break(
        "an end before the start is no end", "src/secgraph/mapping/iati.py",
        "if one and not (begun and one.date < begun.date)", "if one", "tests/test_iati_mapping.py",
    ),
    Break(
        "a topic is matched in the lists of the DAC alone", "src/secgraph/mapping/iati.py",
        'if axis == "sector" and share.vocabulary in _DAC_SECTORS:\n            for',
        'if axis == "sector":\n            for', "tests/test_iati_mapping.py",
    ),
    Break(
        "a month ends on its last day", "src/secgraph/records/cells.py",
        'f"{date}-{last:02d}")', 'f"{date}-28")', "tests/test_records.py",
    ),
    Break(
        "a contracting party is a member", "ontology/rules/member-of.rq",
        " id:membership-role\\/contracting-party", "", "tests/test_inference.py",
    ),
    Break(
        "a programme that a row finances is funded by its giver", "ontology/rules/funds.rq",
        "?row sg:provider ?party", "?row sg:receiver ?party", "tests/test_inference.py",
    ),
    Break(
        "nothing ends before it starts", "ontology/qc/end-before-start.rq",
        "FILTER (?end < ?start)", "FILTER (?end > ?start)", "tests/test_ontology.py -k end-before-start",
    ),
    Break(
        "two things that are inferred to be one are told", "src/secgraph/inference.py",
        "return subject != value", "return False", "tests/test_inference.py",
    ),
    Break(
        "what the shapes find is told beside what the rules find", "src/secgraph/validation/__init__.py",
        "findings += [_finding_of_rule", "findings = [_finding_of_rule", "tests/test_validation.py",
    ),
    Break(
        "of the rows of one sum the firmest stands", "src/secgraph/money/judging.py",
        "-self._firm[self._at[one]], one in named", "self._firm[self._at[one]], one in named",
        "tests/test_money.py tests/test_money_traps.py",
    ),
    Break(
        "a part is left out only where its total counts", "src/secgraph/money/judging.py",
        "or self._firm[over] < max(self._firm[at], _PERHAPS):", "or False:",
        "tests/test_money.py tests/test_money_traps.py",
    ),
    Break(
        "no rate of a later day is taken", "src/secgraph/money/rates.py",
        "least <= told <= when]", "least <= told]", "tests/test_money_rates.py",
    ),
    Break(
        "a sum of several, undivided, is in no total", "src/secgraph/money/judging.py",
        "np.isin(decision, (UNSPLIT, UNDATED, BESIDE))", "np.isin(decision, (UNDATED, BESIDE))",
        "tests/test_money.py tests/test_money_traps.py",
    ),
    Break(
        "a release of this digest that is damaged makes room", "src/secgraph/releases/publishing.py",
        "if path.exists() and damage(path):", "if False:", "tests/test_build.py",
    ),
    Break(
        "the release before stays when the same is built again", "src/secgraph/releases/publishing.py",
        "if before != digest:", "if before:", "tests/test_build.py",
    ),
    Break(
        "what a reader holds is not removed", "src/secgraph/releases/publishing.py",
        " and not is_held(old):", ":", "tests/test_build.py",
    ),
    Break(
        "one build at a time", "src/secgraph/releases/publishing.py",
        "fcntl.LOCK_EX | fcntl.LOCK_NB", "fcntl.LOCK_SH | fcntl.LOCK_NB", "tests/test_build.py",
    ),
    Break(
        "`current` leads somewhere at every moment", "src/secgraph/releases/publishing.py",
        'reached("before-swap")\n    new.replace(link)',
        'link.unlink(missing_ok=True)\n    reached("before-swap")\n    new.replace(link)',
        "tests/test_crash.py",
    ),
    Break(
        "a file that was changed is damage", "src/secgraph/releases/kept.py",
        "if hash_file(release / name) != value:", "if not hash_file(release / name):", "tests/test_build.py",
    ),
)  # fmt: skip


def noticed(tree: Path, one: Break) -> str:
    """Break one line of a copy, run its tests, mend it, and return the first test that failed, '' where none did."""
    path = tree / one.path
    whole = path.read_text(encoding="utf-8")
    if whole.count(one.line) != 1:
        raise LookupError(f"{one.path} has {whole.count(one.line)} times: {one.line}")
    path.write_text(whole.replace(one.line, one.broken), encoding="utf-8")
    # A file of compiled code is taken for the old text where size and second are the same.
    environment = {**os.environ, "PYTHONPATH": str(tree / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-x", "-q", "--no-header", "--tb=no", "-p", "no:cacheprovider"]
    try:
        done = subprocess.run(
            [*command, *one.tests.split()], cwd=tree, env=environment, capture_output=True, text=True, check=False,
            timeout=SECONDS,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return f"no end within {SECONDS} s"
    finally:
        path.write_text(whole, encoding="utf-8")
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{one.tests}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    failed = [line.split()[1] for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return failed[0] if done.returncode else ""


def broken_lines(folder: Path, words: tuple[str, ...] = ()) -> Figure:
    """Break the lines that are named, all without names, one after the other in a copy of the tree."""
    tree = folder / "tree"
    shutil.copytree(ROOT, tree, ignore=LEFT_BEHIND)
    figure = Figure("lines broken on purpose")
    for one in BREAKS:
        if words and not any(word in f"{one.name} {one.path}" for word in words):
            continue
        by = noticed(tree, one)
        print(f"{'noticed' if by else 'NOT NOTICED'}: {one.name} ({one.path}): {by}", flush=True)
        figure.count("noticed" if by else "not noticed", *(() if by else (one.name,)))
    return figure


def main() -> int:
    """Break the lines that the arguments name, print what noticed each, and exit with 1 where nothing did."""
    with tempfile.TemporaryDirectory(prefix="secgraph-mutation-") as folder:
        figure = broken_lines(Path(folder), tuple(sys.argv[1:]))
    print(figure.line())
    return 1 if figure.misses else 0


if __name__ == "__main__":
    sys.exit(main())
