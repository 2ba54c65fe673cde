"""Rules across the cells of a row, and across the tables that speak of other rows: dates, names, claims, redirects."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from secgraph.mapping import DATES, column_properties
from secgraph.mapping.columns import node
from secgraph.mapping.judgements import Judgements, object_key
from secgraph.mapping.parties import SAME
from secgraph.records import (
    LITERAL_TYPE,
    NAME_CATEGORY,
    OPEN,
    REF_CATEGORY,
    ROW_ID_PATTERN,
    TABLE_OF_KIND,
    TABLES,
    IdentityRecord,
    Record,
    date_bounds,
    is_money,
)
from secgraph.records.cells import ADDRESS
from secgraph.sources.collected import Tables
from secgraph.sources.rows import complaint_of
from secgraph.validation.references import Register
from secgraph.values import WARNING, nearest
from secgraph.vocab import ID, kind_of, local

_PREDICATES: Final = tuple(
    "skos:exactMatch skos:closeMatch skos:relatedMatch skos:broadMatch skos:narrowMatch sssom:NoTermFound".split()
)

_OBJECT_TYPES: Final = ("", LITERAL_TYPE, "owl named individual", "skos concept", "rdfs resource")


def check_dates(tables: Tables) -> None:
    """Report rows that end before they start."""
    for table, (first, last) in DATES.items():
        if not last or table == "funding":
            continue
        for row in tables.records[table]:
            start, end = row.cell(first), row.cell(last)
            if start and end and end != OPEN and date_bounds(end).latest < date_bounds(start).earliest:
                tables.find(
                    "date-order", f"ends before it starts, {start}", table=table, row=row.row, column=last, value=end,
                    hint=f"see {first} and {last} in the source",
                )  # fmt: skip
    for row in tables.records["sources"]:
        published, accessed = row.cell("published"), row.cell("accessed")
        if published and accessed and date_bounds(accessed).latest < date_bounds(published).earliest:
            tables.find(
                "source-dates", f"was read before it was published, {published}", table="sources", row=row.row,
                column="accessed", value=accessed, hint="see both dates again", severity=WARNING,
            )  # fmt: skip


def check_inferred(tables: Tables) -> None:
    """Report marks of inference on columns that the table does not have, or whose cell is empty."""
    for table, record in TABLES.items():
        columns = record.columns()
        if "inferred" not in columns:
            continue
        for row in tables.records[table]:
            for name in row.cell("inferred"):
                if name not in columns:
                    _unknown_column(tables, "inferred-column", table, row.row, "inferred", name, columns)


def _unknown_column(
    tables: Tables, rule: str, table: str, row: int, column: str, name: str, known: tuple[str, ...]
) -> None:
    near = nearest(name, known)
    hint = f"did you mean {near[0]}?" if near else "one of " + ", ".join(known)
    tables.find(rule, "no column of that table", table=table, row=row, column=column, value=name, hint=hint)


def check_names(tables: Tables, register: Register) -> None:
    """Report names of rows that do not exist."""
    for row in tables.records["names"]:
        _target(tables, register, row)


def _target(tables: Tables, register: Register, row: Record) -> Record | None:
    """Return the row that a row of names, claims or cells speaks of; report where there is none."""
    kind, name = row.cell("kind"), row.cell("id")
    found = register.rows.get(kind, {}).get(name)
    if found is None:
        tables.unusable.add((row.table, row.row))
    unread = name in register.bad or register.may_be_missing([kind])
    if found is None and not unread:
        new = register.merged.get((kind, name))
        other = register.shared.get(name)
        near = nearest(name, register.rows.get(kind, {}))
        if new:
            hint = f"merged: write {new}"
        elif other:
            hint = f"there is one of kind {other}"
        else:
            hint = "did you mean " + ", ".join(near) + "?" if near else f"see {TABLE_OF_KIND[kind]}.csv"
        rule = "reference-merged" if new else "reference-dangling"
        tables.find(
            rule, f"no {kind} has the id {name}", table=row.table, row=row.row, column="id", value=name, hint=hint
        )
    return found


def check_claims(tables: Tables, register: Register) -> None:
    """Report claims about no row or column, and values that the column does not take."""
    for row in tables.records["claims"]:
        about = _target(tables, register, row)
        if about is None:
            continue
        column, value = row.cell("column"), row.cell("value")
        claimable = tuple(name for name in about.columns() if column_properties(about.table, name))
        if column not in claimable:
            tables.unusable.add(("claims", row.row))
            _unknown_column(tables, "claim-column", "claims", row.row, "column", column, claimable)
            continue
        if "value" in tables.partial.get(("claims", row.row), ()):
            continue
        complaint = complaint_of(about.table, column, value)
        if complaint:
            tables.unusable.add(("claims", row.row))
            tables.find(
                "claim-value", f"{about.table}.{column} does not take this: {complaint.message}", table="claims",
                row=row.row, column="value", value=value, hint=complaint.hint,
            )  # fmt: skip
            continue
        kinds = about.references().get(column)
        for name in value.split("|") if kinds else ():
            found = register.complaint(name, kinds or frozenset())
            if found:
                rule, message, hint = found
                tables.find(rule, message, table="claims", row=row.row, column="value", value=name, hint=hint)
            elif kinds and register.kind_of(name, kinds) is None:
                # It may stand in a table that could not be read: that the graph lacks it is no second finding.
                tables.clouded.add(("claims", row.row))


def check_cells(tables: Tables, register: Register) -> None:
    """Report cells of no row or column, and sources that the row does not name."""
    for row in tables.records["cells"]:
        about = _target(tables, register, row)
        if about is None:
            continue
        column = row.cell("column")
        if column not in about.columns():
            _unknown_column(tables, "cell-column", "cells", row.row, "column", column, about.columns())
            continue
        partial = tables.partial.get((about.table, about.row), ())
        for name in row.sources:
            if name not in about.sources and name in register.rows.get("source", {}) and "sources" not in partial:
                hint = "its sources are " + ", ".join(about.sources)
                tables.find(
                    "cell-source", f"the row {about.row_id()} does not name this source", table="cells", row=row.row,
                    column="sources", value=name, hint=hint,
                )  # fmt: skip
        if about.cell(column) in (None, "", ()) and column not in partial:
            file, number = tables.place(about.table, about.row)
            tables.find(
                "cell-unsaid", f"the cell is empty in {file} row {number}", table="cells",
                row=row.row, column="column", value=column, hint="take this row out", severity=WARNING,
            )  # fmt: skip


def check_redirects(tables: Tables, register: Register) -> None:
    """Report merged ids that are in use still, that lead nowhere, or to another merged id."""
    for row in tables.records["redirects"]:
        kind, old, new = row.cell("kind"), row.cell("old"), row.cell("new")
        if ("redirects", row.row) in tables.unusable:
            continue
        if not ROW_ID_PATTERN.match(old):
            tables.find(
                "id-form", "not an id", table="redirects", row=row.row, column="old", value=old,
                hint="an id that was never valid needs no redirect",
            )  # fmt: skip
            tables.unusable.add(("redirects", row.row))
        if old in register.rows.get(kind, {}):
            again = register.rows[kind][old]
            file, number = tables.place(again.table, again.row)
            tables.unusable.add(("redirects", row.row))
            tables.find(
                "redirect-used", f"the merged id is in use, in {file} row {number}", table="redirects",
                row=row.row, column="old", value=old, hint="remove that row, or the redirect",
            )  # fmt: skip
        if (kind, new) in register.merged:
            chain = " -> ".join(_chain(register.merged, kind, old))
            tables.find(
                "redirect-chain", f"leads to another merged id: {chain}", table="redirects", row=row.row,
                column="new", value=new, hint="write the id that is in use now",
            )  # fmt: skip
        elif new not in register.rows.get(kind, {}) and new not in register.people and new not in register.bad:
            if register.may_be_missing([kind]):
                continue
            near = nearest(new, register.rows.get(kind, {}))
            tables.find(
                "redirect-dangling", f"no {kind} has the id {new}", table="redirects", row=row.row, column="new",
                value=new, hint=f"did you mean {near[0]}?" if near else "write the id that is in use now",
            )  # fmt: skip


def _chain(merged: Mapping[tuple[str, str], str], kind: str, start: str) -> list[str]:
    chain = [start]
    while (kind, chain[-1]) in merged:
        chain.append(merged[kind, chain[-1]])
        if chain[-1] in chain[:-1]:
            break
    return chain


def check_series(tables: Tables) -> None:
    """Report two events that are the same edition of one series."""
    seen: dict[tuple[str, int], Record] = {}
    for row in tables.records["editions"]:
        number = row.cell("number")
        if number is None:
            continue
        first = seen.setdefault((row.cell("series"), number), row)
        if first is not row:
            place = tables.told("editions", first.row, row.row)
            message = f"edition {number} of {row.cell('series')} is {first.cell('event')} too, {place}"
            tables.find(
                "edition-number", message,
                table="editions", row=row.row, column="number", value=number, hint="see the sources of both",
                severity=WARNING,
            )  # fmt: skip


def check_identities(tables: Tables, register: Register) -> None:
    """Report judgements about no thing of ours, by no known predicate, to nothing, or against each other."""
    for row in tables.records["identities"]:
        if ("identities", row.row) in tables.unusable or not isinstance(row, IdentityRecord):
            continue

        def report(rule: str, message: str, column: str, value: str, hint: str, row: Record = row) -> None:
            tables.find(rule, message, table="identities", row=row.row, column=column, value=value, hint=hint)
            tables.unusable.add(("identities", row.row))

        subject, predicate = row.subject_id, row.predicate_id
        if not subject.startswith(ID) or not _rows_of(subject):
            report("identity-subject", "not one of our things", "subject_id", subject, "write sg:<kind>/<id>")
        elif near := _unknown(subject, register):
            report("reference-dangling", f"no {kind_of(subject)} has this id", "subject_id", subject, near)
        if predicate not in _PREDICATES:
            report("identity-predicate", "not a predicate of a link", "predicate_id", predicate, ", ".join(_PREDICATES))
        if row.predicate_modifier not in ("", "Not"):
            value = row.predicate_modifier
            report("identity-predicate", "not a modifier", "predicate_modifier", value, "write Not, or nothing")
        if row.object_type not in _OBJECT_TYPES:
            hint = "write rdfs literal for a text, or nothing"
            report("identity-object", "not a type of object of SSSOM", "object_type", row.object_type, hint)
        elif row.is_literal():
            _check_literal(row, report)
        elif row.object_id != "sssom:NoTermFound" and not ADDRESS.match(row.object_id):
            hint = "write prefix:id, the prefix in curie_map"
            report("identity-object", "not a web address", "object_id", row.object_id, hint)
        elif row.object_id.startswith(ID) and _rows_of(row.object_id) and (near := _unknown(row.object_id, register)):
            report("reference-dangling", f"no {kind_of(row.object_id)} has this id", "object_id", row.object_id, near)
    _check_contradictions(tables)


def _check_literal(row: IdentityRecord, report: Callable[[str, str, str, str, str], None]) -> None:
    if not row.object_label.strip():
        report("identity-object", "a literal without its text", "object_label", "", "write the text as others write it")
    elif row.object_id:
        report("identity-object", "a literal has no address", "object_id", row.object_id, "leave object_id empty")
    elif row.object_category not in ("", NAME_CATEGORY, REF_CATEGORY):
        hint = f"write {NAME_CATEGORY} or {REF_CATEGORY}"
        report("identity-object", "not a kind of literal", "object_category", row.object_category, hint)


def _rows_of(iri: str) -> str:
    """Return the kind of rows that a thing of ours is one of, or ''."""
    kind = kind_of(iri)
    return "funding" if kind in ("transaction", "budget") else kind if kind in TABLE_OF_KIND else ""


def _unknown(iri: str, register: Register) -> str:
    """Return a hint where no row is this thing and none was merged into another, else ''."""
    kind, name = _rows_of(iri), local(iri)
    known: Iterable[str] = register.ids(kind)
    there = name in known
    if is_money(iri):
        if name.partition("--")[0] in {told.source for told in register.tables.dataset.iati}:
            # The rows of activities are known once their files are read; then it is looked whether this one is there.
            return ""
        rows = register.rows.get(kind, {})
        there = there and kind_of(node(rows[name])) == kind_of(iri)
        known = (local(own) for row in rows.values() if kind_of(own := node(row)) == kind_of(iri))
    if there or (kind, name) in register.merged or name in register.bad or register.may_be_missing([kind]):
        return ""
    near = nearest(name, known)
    return "did you mean " + ", ".join(near) + "?" if near else "see the ids of that kind"


def _check_sums(tables: Tables) -> None:
    """Report money rows that are judged to tell of other money, and said to tell of the same."""
    same: dict[str, set[str]] = {}
    for row in tables.records["funding"]:
        named = row.cell("same_as") or ()
        group = {row.row_id(), *([named] if isinstance(named, str) else named)}
        for name in sorted(group):
            group |= same.get(name, set())
        same.update(dict.fromkeys(group, group))
    for row in tables.records["identities"]:
        if isinstance(row, IdentityRecord) and row.tells_two_sums_apart():
            one, other = local(row.subject_id), local(row.object_id)
            if other in same.get(one, {one}):
                message = (
                    "judged not the same sum, and the same one by same_as" if one != other else "judged not itself"
                )
                tables.find(
                    "identity-contradiction", message, table="identities", row=row.row, column="object_id",
                    value=row.object_id, hint="take out the judgement, or same_as of the row, whichever is wrong",
                )  # fmt: skip


def _check_contradictions(tables: Tables) -> None:
    """Report what is judged the same and different at once, and what is judged to be two of our things."""
    _check_sums(tables)
    usable = [row for row in tables.records["identities"] if ("identities", row.row) not in tables.unusable]
    known = {**tables.records, "identities": usable}
    judged = Judgements.of_tables(known)
    for row in usable:
        if not isinstance(row, IdentityRecord) or row.predicate_id != SAME:
            continue
        key = object_key(row)
        if row.predicate_modifier:
            chain = judged.path(row.subject_id, key)
        else:
            chain = judged.other_of_ours(row.subject_id)
            # Once: from the end of the chain that comes first, at the row that is its first link.
            chain = chain if chain and chain[1] == key and chain[0] < chain[-1] else ()
        if chain:
            what = "judged not the same, and the same by way of" if row.predicate_modifier else "two of our things:"
            hint = "take out the judgement that is wrong, or merge the two: secgraph resolve"
            tables.find(
                "identity-contradiction", f"{what} {' = '.join(map(local, chain))}", table="identities", row=row.row,
                column="object_label" if row.is_literal() else "object_id", value=row.object_label or row.object_id,
                hint=hint,
            )  # fmt: skip


def check_minimums(tables: Tables) -> None:
    """Report tables with fewer or more rows than the dataset says they must have."""
    for table, bounds in tables.dataset.counts.items():
        count = tables.counts.get(table, 0)
        # Where rows could not be read, they are named already.
        if count < bounds.minimum and table not in tables.unreadable:
            hint = f"rows were lost, or lower the minimum in {tables.dataset.file}"
            message = f"{count} rows; at least {bounds.minimum} must be there"
            tables.find("dataset-minimum", message, table=table, hint=hint)
        if bounds.maximum and count > bounds.maximum:
            hint = f"rows were doubled, or raise the maximum in {tables.dataset.file}"
            message = f"{count} rows; at most {bounds.maximum} may be there"
            tables.find("dataset-maximum", message, table=table, hint=hint)
