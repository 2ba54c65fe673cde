"""The money row of a funding spreadsheet: one of funding.csv, with the parties and countries that are names only."""

from __future__ import annotations

from secgraph.records import FundingRecord


class SheetRecord(FundingRecord):
    """One sum as a row of a donor's own spreadsheet gives it.

    `funder_name` and `recipient_name` are parties as the spreadsheet writes them, where that is no id of ours: they
    are candidates for a judgement, never things of their own. `funder_ref` and `recipient_ref` are the identifiers
    that the spreadsheet has for them. `countries` is where the money goes, by codes that no table need have.
    """

    funder_name: tuple[str, ...] = ()
    funder_ref: tuple[str, ...] = ()
    recipient_name: tuple[str, ...] = ()
    recipient_ref: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
