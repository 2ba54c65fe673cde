"""The versions of the standard that can be read, and what the words and letters of 1.x are in the codes of 2.x.

The letters are those of the codelists of 1.0x. Some publishers write the name of a code where the code is meant: a
name that the list has is read as its code.
"""

from __future__ import annotations

from typing import Final

SUPPORTED: Final = ("1.00", "1.01", "1.02", "1.03", "1.04", "1.05", "2.01", "2.02", "2.03")
ASSUMED: Final = "1.01"
"""What a file of 1.x without a version is read as; 2.x requires the version."""

_ALIASES: Final = {"1.0": "1.00", "1": "1.00"}


def supported(version: str) -> str:
    """Return the version that a file is read as, '' for one that is not known.

    >>> supported("2.03"), supported("1.0"), supported("3.0")
    ('2.03', '1.00', '')
    """
    version = _ALIASES.get(version, version)
    return version if version in SUPPORTED else ""


def old(version: str) -> bool:
    """Tell whether a version is one of 1.x, which holds texts without narratives and letters for codes."""
    return version.startswith("1.")


TRANSACTION_TYPES: Final = {
    "C": "2", "D": "3", "E": "4", "IF": "1", "IR": "5", "LR": "6", "R": "7", "QP": "8", "QS": "9", "CG": "10",
}  # fmt: skip

_NAMES_OF_TRANSACTION_TYPES: Final = {
    "incoming funds": "1", "outgoing commitment": "2", "commitment": "2", "disbursement": "3", "expenditure": "4",
    "interest payment": "5", "interest repayment": "5", "loan repayment": "6", "reimbursement": "7",
    "purchase of equity": "8", "sale of equity": "9", "credit guarantee": "10", "incoming commitment": "11",
    "outgoing pledge": "12", "incoming pledge": "13",
}  # fmt: skip

DATE_KINDS: Final = {"start-planned": "1", "start-actual": "2", "end-planned": "3", "end-actual": "4"}

ROLES: Final = {"funding": "1", "accountable": "2", "extending": "3", "implementing": "4"}

_NAMES_OF_ORGANISATION_TYPES: Final = {
    "government": "10", "local government": "11", "other public sector": "15", "international ngo": "21",
    "national ngo": "22", "regional ngo": "23", "partner country based ngo": "24",
    "public private partnership": "30", "multilateral": "40", "foundation": "60", "private sector": "70",
    "academic, training and research": "80", "other": "90",
}  # fmt: skip

SECTOR_VOCABULARIES: Final = {
    "DAC": "1", "DAC-3": "2", "COFOG": "3", "NACE": "4", "NTEE": "5", "ADT": "6", "RO": "99", "RO2": "98",
}  # fmt: skip
"""Vocabularies of 1.x that 2.x has too; others (ISO, WB) stay as they are written and are never read as DAC's."""

_DAC: Final = {"DAC": "1"}

RELATED: Final = {"parent": "1", "child": "2", "sibling": "3", "co-funded": "4", "third party": "5"}


class Codes:
    """One small codelist that a reader must understand: its codes, and the words of 1.x for them."""

    __slots__ = ("codes", "words")

    def __init__(self, codes: str, words: dict[str, str] | None = None) -> None:
        self.codes = {code: code for code in codes.split()}
        self.words = {word.lower(): code for word, code in (words or {}).items()}

    def read(self, text: str, *, words: bool) -> str:
        """Return the code that a text is, '' where it is none; `words` lets the words of 1.x through.

        >>> TRANSACTION_TYPE.read("C", words=True), TRANSACTION_TYPE.read("C", words=False)
        ('2', '')
        """
        code = self.codes.get(text, "")
        if not code and words and text:
            code = self.words.get(" ".join(text.lower().split()), "")
        return code


TRANSACTION_TYPE: Final = Codes("1 2 3 4 5 6 7 8 9 10 11 12 13", TRANSACTION_TYPES | _NAMES_OF_TRANSACTION_TYPES)
DATE_KIND: Final = Codes("1 2 3 4", DATE_KINDS)
ROLE: Final = Codes("1 2 3 4", ROLES)
ORGANISATION_TYPE: Final = Codes(
    "10 11 15 21 22 23 24 30 40 60 70 71 72 73 80 90", _NAMES_OF_ORGANISATION_TYPES
)  # fmt: skip
STATUS: Final = Codes("1 2 3 4 5 6")
SCOPE: Final = Codes("1 2 3 4 5 6 7 8")
COLLABORATION: Final = Codes("1 2 3 4 5 6 7 8")
FLOW: Final = Codes("10 20 21 22 30 35 36 37 40 50")
TIED: Final = Codes("3 4 5")
BUDGET_TYPE: Final = Codes("1 2", {"original": "1", "revised": "2"})
BUDGET_STATUS: Final = Codes("1 2")
RELATED_TYPE: Final = Codes("1 2 3 4 5", RELATED)
RESULT_TYPE: Final = Codes("1 2 3 9", {"output": "1", "outcome": "2", "impact": "3", "other": "9"})
MEASURE: Final = Codes("1 2 3 4 5", {"unit": "1", "percentage": "2"})
SIGNIFICANCE: Final = Codes("0 1 2 3 4")
CONDITION_TYPE: Final = Codes("1 2 3", {"policy": "1", "performance": "2", "fiduciary": "3"})
SECTOR_VOCABULARY: Final = Codes("1 2 3 4 5 6 7 8 9 10 11 12 98 99", SECTOR_VOCABULARIES)
REGION_VOCABULARY: Final = Codes("1 2 99", _DAC)
MARKER_VOCABULARY: Final = Codes("1 99", _DAC)
AID_VOCABULARY: Final = Codes("1 2 3 4", _DAC)

INCOMING: Final = frozenset({"1", "11", "13"})
"""Transactions whose receiver is the reporting organisation where the file names none; of the others, the provider."""
