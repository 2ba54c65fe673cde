"""Findings for people and for programs: by rule with counts as text, whole as TSV or JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final

from secgraph.errors import ConfigError
from secgraph.validation.rules import RULES
from secgraph.values import ERROR, INFO, SEVERITIES, WARNING, Finding, Report

ERRORS_SHOWN: Final = 1_000
EXAMPLES: Final = 5
_NAMES: Final = {ERROR: ("error", "errors"), WARNING: ("warning", "warnings"), INFO: ("note", "notes")}


def render(report: Report, format: str = "text", *, rules: Mapping[str, str] | None = None) -> str:  # noqa: A002  the word that users know
    """Return all findings in one of the formats text, tsv and json.

    Args:
        report: what a check found.
        format: `text` groups by rule, shows all errors (up to 1,000, then the total) and the first examples of the
            rest; `tsv` and `json` are always whole.
        rules: one sentence for each rule, shown above its findings in text; else those of the contract.

    Raises:
        ConfigError: no such format.
    """
    report = report.sorted()
    if format == "text":
        return _text(report, RULES if rules is None else rules)
    if format == "tsv":
        return report.table().to_csv(separator="\t")
    if format == "json":
        return json.dumps([finding._asdict() for finding in report.findings], ensure_ascii=False, indent=1) + "\n"
    raise ConfigError(f"no format {format!r} of findings", hint="one of text, tsv, json")


def _count(number: int, severity: str) -> str:
    return f"{number:,} {_NAMES[severity][number != 1]}"


def _text(report: Report, rules: Mapping[str, str]) -> str:
    if not report.findings:
        return "no findings\n"
    lines: list[str] = []
    left = ERRORS_SHOWN
    for severity in SEVERITIES:
        groups: dict[str, list[Finding]] = {}
        for finding in report.findings:
            if finding.severity == severity:
                groups.setdefault(finding.rule, []).append(finding)
        for rule, findings in sorted(groups.items(), key=lambda item: (-len(item[1]), item[0])):
            lines.append(f"{rule}, {_count(len(findings), severity)}{_told_once(findings, rules.get(rule, ''))}")
            shown = findings[:left] if severity == ERROR else findings[:EXAMPLES]
            if severity == ERROR:
                left -= len(shown)
            lines.extend(f"  {line}" for line in _lines(shown, findings))
            if len(shown) < len(findings):
                lines.append(f"  ... and {len(findings) - len(shown):,} more: see --format tsv")
    totals = [_count(report.count(severity), severity) for severity in SEVERITIES if report.count(severity)]
    lines.append("in all " + ", ".join(totals))
    return "\n".join(map(_safe, lines)) + "\n"


def _same(findings: Sequence[Finding]) -> bool:
    """Tell whether all findings of a rule say the same, so that it is said once above them."""
    return len({(finding.message, finding.hint) for finding in findings}) == 1


def _told_once(findings: Sequence[Finding], sentence: str) -> str:
    if not _same(findings):
        return f": {sentence}" if sentence else ""
    hint = f" - {findings[0].hint}" if findings[0].hint else ""
    return f": {findings[0].message}{hint}"


def _lines(shown: Sequence[Finding], findings: Sequence[Finding]) -> list[str]:
    if not _same(findings):
        return [str(finding) for finding in shown]
    return [str(finding._replace(rule="", message="", hint="")).replace("  ", " ").rstrip(": ") for finding in shown]


def _safe(line: str) -> str:
    """Return a line without characters that would act on a terminal."""
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in line)
