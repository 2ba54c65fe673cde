"""What must hold of a dataset before it becomes a release."""

from __future__ import annotations

from secgraph.sources.tables import Tables
from secgraph.validation import contract, money, references
from secgraph.values import Report


def validate_tables(tables: Tables) -> Report:
    """Return what the rows of a dataset get wrong together; `tables.findings` has all, those of the reading too."""
    before = len(tables.findings.findings)
    register = references.Register(tables)
    references.check_duplicates(tables, register)
    references.check_references(tables, register)
    references.check_cycles(tables, register)
    contract.check_dates(tables)
    contract.check_inferred(tables)
    contract.check_names(tables, register)
    contract.check_claims(tables, register)
    contract.check_cells(tables, register)
    contract.check_redirects(tables, register)
    contract.check_series(tables)
    contract.check_identities(tables, register)
    contract.check_minimums(tables)
    money.check_money(tables)
    return Report(tables.findings.findings[before:])
