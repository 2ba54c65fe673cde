"""Rules as queries: each `qc/<rule>.rq` is a SELECT over the default graph whose rows are findings; none is a pass."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from secgraph.errors import OntologyError, QueryError
from secgraph.protocols import ReadStore
from secgraph.queries import check_user_query
from secgraph.values import SEVERITIES, Literal, Object

_COLUMNS: Final = ("subject", "property", "value")
_HEAD = re.compile(r"#\+ ([a-z]+): (\S.*)\Z")


class Rule(NamedTuple):
    """One query with what its rows mean, how bad that is, and what to do."""

    name: str
    summary: str
    severity: str
    hint: str
    text: str


class Hit(NamedTuple):
    """One row of one rule: a thing, the property that is meant, the value that is wrong or missing."""

    rule: Rule
    subject: str
    property: str
    value: Object | None


def load_qc(folder: Path) -> list[Rule]:
    """Read the rules of a folder, sorted by name.

    Raises:
        OntologyError: there is none, or one is malformed; names the file.
    """
    rules = [_rule(path) for path in sorted(folder.glob("*.rq"))]
    if not rules:
        raise OntologyError(f"no rules in {folder.name}/", hint="a check that checks nothing would always pass")
    return rules


def _rule(path: Path) -> Rule:
    text = check_file(path, "select")
    head = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        found = _HEAD.match(line)
        if found:
            head[found[1]] = found[2].strip()
    for needed in ("summary", "severity", "hint"):
        if needed not in head:
            hint = "each rule says what it means"
            raise OntologyError(f"{path.name}: no line `#+ {needed}: ...` at the top", hint=hint)
    if head["severity"] not in SEVERITIES:
        hint = "one of " + ", ".join(SEVERITIES)
        raise OntologyError(f"{path.name}: severity {head['severity']!r} is not known", hint=hint)
    return Rule(path.stem, head["summary"], head["severity"], head["hint"], text)


def check_file(path: Path, form: str) -> str:
    """Return the text of a query file of the ontology that is of the form told and stays within the store.

    Raises:
        OntologyError: it is malformed, of another form, or asks other servers; names the file.
    """
    try:
        text = path.read_bytes().decode()
        found = check_user_query(text)
    except (OSError, UnicodeDecodeError) as exc:
        raise OntologyError(f"{path.name}: cannot be read: {exc}") from exc
    except QueryError as exc:
        raise OntologyError(f"{path.name}: {exc.message}", hint=exc.hint) from exc
    if found != form:
        raise OntologyError(f"{path.name}: a {found} query, where a {form} is needed", hint="each folder has its form")
    return text


def run_qc(store: ReadStore, rules: Sequence[Rule]) -> list[Hit]:
    """Return all rows of the rules, in the order of the rules.

    Raises:
        OntologyError: a rule does not parse or does not give subject, property and value; names its file.
    """
    hits = []
    for rule in rules:
        try:
            table = store.select(rule.text)
        except QueryError as exc:
            raise OntologyError(f"{rule.name}.rq: {exc.message}", hint=exc.hint) from exc
        if table.columns != _COLUMNS:
            hint = "SELECT ?subject ?property ?value"
            raise OntologyError(f"{rule.name}.rq: its columns are {', '.join(table.columns)}", hint=hint)
        for subject, told, value in table:
            item: Object | None = value if isinstance(value, Literal) or value is None else str(value)
            hits.append(Hit(rule, str(subject or ""), str(told or ""), item))
    return hits
