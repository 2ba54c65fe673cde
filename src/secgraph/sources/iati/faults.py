"""What can be wrong in an IATI file, in one table, and the collecting of it for one activity.

An error makes the activity (or the file) unusable. A warning or a note leaves it as published; where the text says
that a detail is left out, that detail alone is missing. Rules with a number are those of the published ruleset; its
rules about dates in the future are not here, as nothing here knows the day.
"""

from __future__ import annotations

from typing import Final

from secgraph.records.iati import Fault
from secgraph.values import ERROR, INFO, WARNING

RULES: Final[dict[str, tuple[str, str]]] = {
    # the file
    "iati-file": (ERROR, "The file is there, can be opened and holds something."),
    "iati-gzip": (ERROR, "Compressed bytes are whole, and unpack to no more than the budget."),
    "iati-html": (ERROR, "The file is IATI XML, not the page that a server sends instead."),
    "iati-encoding": (ERROR, "The bytes are those of the encoding that the file declares."),
    "iati-xml": (ERROR, "The file is well-formed XML."),
    "iati-doctype": (ERROR, "No document type is declared: entities and external files are never read."),
    "iati-limit": (ERROR, "Neither one activity nor the whole is larger than the limit."),
    "iati-root": (ERROR, "The outermost element is iati-activities or iati-organisations."),
    "iati-version": (ERROR, "The version is one of those that are supported."),
    "iati-version-assumed": (WARNING, "The version is stated; a file of 1.x without one is read as 1.01."),
    "iati-structure": (ERROR, "Elements and attributes of 2.x stand as the standard's structure has them."),
    "iati-value": (ERROR, "Numbers, dates and addresses are written as the standard writes them."),
    # who it is
    "iati-identifier": (ERROR, "Each activity has an identifier."),
    "iati-duplicate": (ERROR, "An identifier stands once in a file; the first one is kept."),
    "1.1.3": (WARNING, "The activity's identifier is not that of its reporting organisation."),
    "1.3.1": (INFO, "An identifier neither starts nor ends with spaces, which are left out."),
    "iati-language": (WARNING, "A language is a language tag, else the text is kept without one."),
    "iati-text": (WARNING, "A text has no more than about a million characters; the rest is left out."),
    "iati-self": (WARNING, "An activity is not related to itself; the relation is left out."),
    "iati-circle": (WARNING, "No activity is, over any way, a part of itself: money in a circle cannot be netted."),
    # money
    "iati-amount": (ERROR, "An amount is a decimal number with a point and no other signs."),
    "7.8.1": (ERROR, "An amount has a currency of its own, or the activity a default one."),
    "7.8.2": (ERROR, "An amount has a currency of its own, or the organisation a default one."),
    "iati-currency": (ERROR, "A currency is a code of ISO 4217, in force or retired."),
    "iati-transaction-type": (ERROR, "A transaction has one of the types of the standard."),
    "iati-date": (ERROR, "A date of money is a day of the calendar, as year-month-day."),
    "iati-date-missing": (ERROR, "A transaction has a date, or at least a value date, and a budget its period."),
    "iati-date-of-value": (WARNING, "A transaction has a date of its own; without one, the value date stands for it."),
    "iati-value-date": (WARNING, "A value has a value date; without one, the date of the row stands for it."),
    "iati-negative": (INFO, "A value below zero is a correction or a refund, as the standard allows."),
    "iati-zero": (INFO, "A value of zero is kept: it may end a budget."),
    "iati-receiver": (WARNING, "The receiver of a transaction is not its provider."),
    "8.6.3": (ERROR, "A period starts before it ends."),
    "7.5.3": (WARNING, "A budget is for one year at most."),
    # where and what for
    "2.1.1": (WARNING, "Of several sectors of one vocabulary each has a percentage."),
    "2.1.2": (WARNING, "Percentages of sectors of one vocabulary add up to 100."),
    "2.1.4": (WARNING, "One sector of a vocabulary has no percentage, or 100."),
    "3.1.1": (WARNING, "Of several countries each has a percentage."),
    "3.1.2": (WARNING, "Percentages of countries add up to 100."),
    "3.1.4": (WARNING, "One country has no percentage, or 100."),
    "3.4.1": (WARNING, "Of several regions of one vocabulary each has a percentage."),
    "3.4.2": (WARNING, "Percentages of countries and of the regions of one vocabulary add up to 100."),
    "12.1.1": (ERROR, "The percentage of a country or region is a number from 0 to 100."),
    "12.3.1": (ERROR, "The percentage of a sector is a number from 0 to 100."),
    "6.2.2": (INFO, "The activity or all of its transactions name a sector."),
    "6.6.2": (INFO, "Sectors are given for the activity or for its transactions, not for both."),
    "3.7.1": (INFO, "The activity or all of its transactions name a country or region."),
    "3.6.2": (INFO, "Countries and regions are given for the activity or for its transactions, not for both."),
    "iati-country": (WARNING, "A country is a code of ISO 3166; a known misspelling is read as what is meant."),
    "iati-code": (WARNING, "A code stands in its list; one that does not is kept as written or left out, as said."),
    # when
    "iati-activity-date": (WARNING, "A date of an activity is a day of the calendar; another is left out."),
    "11.1.2": (WARNING, "The planned start is not after the planned end."),
    "11.1.3": (WARNING, "The actual start is not after the actual end."),
}
"""Each rule: its severity, and what is right."""

_SHOWN: Final = 60
_AT_MOST: Final = 50


def shown(value: str) -> str:
    """Return a value as a fault shows it: on one line, cut where it is long.

    >>> shown("a\\n  b")
    'a b'
    """
    value = " ".join(value[:400].split())
    return value if len(value) <= _SHOWN else f"{value[:_SHOWN]}…"


class Faults:
    """What is wrong in one activity: faults of one rule at one element are told once, with their number."""

    __slots__ = ("_found", "_more", "identifier")

    def __init__(self, identifier: str = "") -> None:
        self.identifier = identifier
        self._found: dict[tuple[str, str, str], Fault] = {}
        self._more: dict[tuple[str, str, str], int] = {}

    def add(
        self, rule: str, line: int, element: str, value: str, message: str, hint: str = "", severity: str = ""
    ) -> None:
        """Add one fault by its rule; `severity` where this case is milder than the table says."""
        severity = severity or RULES[rule][0]
        key = (rule, element, severity)
        if key in self._found:
            self._more[key] = self._more.get(key, 0) + 1
        elif len(self._found) < _AT_MOST:
            self._found[key] = Fault(rule, severity, line, element, self.identifier, shown(value), message, hint)

    def take(self, others: list[Fault]) -> None:
        """Add faults that were found elsewhere; each stands for itself, up to a number."""
        for at, fault in enumerate(others[:_AT_MOST]):
            self._found["", str(at), ""] = fault._replace(identifier=fault.identifier or self.identifier)
        if len(others) > _AT_MOST:
            self._more["", str(_AT_MOST - 1), ""] = len(others) - _AT_MOST

    def first_error(self) -> Fault | None:
        """Return the first error in the order of lines, None where the activity can be used."""
        errors = [fault for fault in self._found.values() if fault.severity == ERROR]
        return min(errors, key=lambda fault: fault.line) if errors else None

    def all(self) -> list[Fault]:
        """Return the faults by line, those of the same kind as one with their number."""
        if not self._found:
            return []
        counted = [
            fault._replace(message=f"{fault.message} (and {self._more[key]} more in this activity)")
            if key in self._more
            else fault
            for key, fault in self._found.items()
        ]
        return sorted(counted, key=lambda fault: (fault.line, fault.rule, fault.element))


def of_file(rule: str, message: str, *, line: int = 0, column: int = 0, value: str = "", hint: str = "") -> Fault:
    """Return a fault that makes the whole file unusable, or says what was assumed for it."""
    return Fault(rule, RULES[rule][0], line, "", "", shown(value), message, hint, column)
