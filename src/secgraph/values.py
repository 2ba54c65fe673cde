"""What crosses the seams: terms, quads, statements, tables, findings. Plain tuples, no library's objects."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any, NamedTuple

from rapidfuzz import fuzz, process

XSD = "http://www.w3.org/2001/XMLSchema#"
LANG_STRING = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"
_INTEGERS = {XSD + name for name in ("integer", "int", "long", "nonNegativeInteger", "positiveInteger")}
_FLOATS = {XSD + name for name in ("double", "float")}


class Literal(NamedTuple):
    """An RDF literal: lexical form, datatype IRI, language tag (empty but for language strings)."""

    value: str
    datatype: str = XSD + "string"
    language: str = ""


def lang(value: str, language: str) -> Literal:
    """Return a language-tagged literal, or a plain one where the language is empty.

    >>> lang("Bosna", "hr").language
    'hr'
    >>> lang("RCC", "") == Literal("RCC")
    True
    """
    return Literal(value, LANG_STRING, language.lower()) if language else Literal(value)


class Iri(str):
    """An IRI in a table of results, so that it is told apart from plain text."""

    __slots__ = ()


Object = str | Literal


class Quad(NamedTuple):
    """One RDF statement in one graph: IRIs as str, the default graph as ''."""

    subject: str
    predicate: str
    object: Object
    graph: str = ""


class Statement(NamedTuple):
    """One asserted triple, the sources that say it, and the table cell that it came from."""

    subject: str
    predicate: str
    object: Object
    sources: tuple[str, ...]
    table: str
    row: int
    row_id: str
    column: str


_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"})


def _escaped(text: str) -> str:
    # Looking for what must be escaped is far cheaper than the translation, above all of letters beyond ASCII.
    if '"' in text or "\\" in text or "\n" in text or "\r" in text or "\t" in text or "\b" in text or "\f" in text:
        return text.translate(_ESCAPES)
    return text


def ntriples_object(term: Object) -> str:
    r"""Return the N-Triples text of an object.

    >>> ntriples_object("https://example.org/a")
    '<https://example.org/a>'
    >>> ntriples_object(Literal('say "no"'))
    '"say \\"no\\""'
    >>> ntriples_object(Literal("2018", XSD + "gYear"))
    '"2018"^^<http://www.w3.org/2001/XMLSchema#gYear>'
    """
    if not isinstance(term, Literal):
        return f"<{term}>"
    text = f'"{_escaped(term.value)}"'
    if term.language:
        return f"{text}@{term.language}"
    return text if term.datatype == XSD + "string" else f"{text}^^<{term.datatype}>"


def nquad(quad: Quad) -> str:
    r"""Return one line of N-Quads with its line end.

    >>> nquad(Quad("urn:s", "urn:p", "urn:o"))
    '<urn:s> <urn:p> <urn:o> .\n'
    """
    graph = f" <{quad.graph}>" if quad.graph else ""
    return f"<{quad.subject}> <{quad.predicate}> {ntriples_object(quad.object)}{graph} .\n"


Cell = Iri | Literal | str | int | float | bool | None


def plain(cell: Cell) -> Any:
    """Return a cell as a plain Python value: numbers and booleans typed, everything else as text.

    >>> plain(Literal("3", XSD + "integer")), plain(Literal("true", XSD + "boolean")), plain(Iri("urn:a"))
    (3, True, 'urn:a')

    A decimal stays exact text where a float would round it; dates stay as given, at their precision.

    >>> plain(Literal("17915000", XSD + "decimal"))
    Decimal('17915000')
    """
    if not isinstance(cell, Literal):
        return str(cell) if isinstance(cell, Iri) else cell
    if cell.datatype in _INTEGERS:
        return int(cell.value)
    if cell.datatype == XSD + "decimal":
        from decimal import Decimal

        return Decimal(cell.value)
    if cell.datatype in _FLOATS:
        return float(cell.value)
    if cell.datatype == XSD + "boolean":
        return cell.value in ("true", "1")
    return cell.value


def text(cell: Cell) -> str:
    """Return a cell as the text that a person reads in a table; nothing for an unbound one."""
    if cell is None:
        return ""
    if isinstance(cell, Literal):
        return cell.value
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return f"{cell:.6g}" if isinstance(cell, float) else str(cell)


_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Table:
    """Rows under named columns: the answer to a query, or a computed result."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[tuple[Cell, ...]]:
        return iter(self.rows)

    def column(self, name: str) -> list[Any]:
        """Return one column as plain values."""
        at = self.columns.index(name)
        return [plain(row[at]) for row in self.rows]

    def dicts(self) -> list[dict[str, Any]]:
        """Return the rows as dictionaries of plain values, for a caller's own code."""
        return [{name: plain(cell) for name, cell in zip(self.columns, row, strict=True)} for row in self.rows]

    def to_csv(self, *, separator: str = ",", spreadsheet: bool = False) -> str:
        """Return CSV (or TSV) text; exact by default, as SPARQL 1.1 CSV results say.

        With `spreadsheet`, a text that a spreadsheet would run as a formula is preceded by `'`.

        >>> Table(("a",), (("=1+1",),)).to_csv()
        'a\\n=1+1\\n'
        >>> Table(("a",), (("=1+1",),)).to_csv(spreadsheet=True)
        "a\\n'=1+1\\n"
        """
        out = io.StringIO()
        writer = csv.writer(out, delimiter=separator, lineterminator="\n")
        writer.writerow(self.columns)
        for row in self.rows:
            cells = [text(cell) for cell in row]
            if spreadsheet:
                cells = [
                    "'" + shown if shown.startswith(_FORMULA) and isinstance(plain(cell), str) else shown
                    for shown, cell in zip(cells, row, strict=True)
                ]
            writer.writerow(cells)
        return out.getvalue()

    def to_json(self) -> str:
        """Return SPARQL 1.1 Query Results JSON; computed values become typed literals."""
        # Put together here: with line breaks, Python's own writer takes half as long as the store for the whole query.
        names = [f"\n    {_json_string(name)}: " for name in self.columns]
        term = _JsonTerms().of
        bindings = [
            ",".join([name + term(cell) for name, cell in zip(names, row, strict=True) if cell is not None])
            for row in self.rows
        ]
        told = _json_list([f"   {{{binding}\n   }}" if binding else "   {}" for binding in bindings])
        columns = _json_list([f"   {_json_string(name)}" for name in self.columns])
        return f'{{\n "head": {{\n  "vars": {columns}\n }},\n "results": {{\n  "bindings": {told}\n }}\n}}\n'

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{escape(name)}</th>" for name in self.columns)
        body = "".join(
            "<tr>" + "".join(f"<td>{escape(text(cell))}</td>" for cell in row) + "</tr>" for row in self.rows
        )
        note = (
            f'<caption style="caption-side:bottom;text-align:left">{escape(self.note)}</caption>' if self.note else ""
        )
        return f"<table>{note}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


_json_string = json.JSONEncoder(ensure_ascii=False).encode


def _json_list(lines: Sequence[str]) -> str:
    return "[\n" + ",\n".join(lines) + "\n  ]" if lines else "[]"


class _JsonTerms(dict[Any, str]):
    """The JSON of IRIs and literals, each distinct one made once."""

    def __missing__(self, cell: Cell) -> str:
        text = self[cell] = _json_text(cell)
        return text

    def of(self, cell: Cell) -> str:
        """Return the JSON of any cell: a plain text equals an IRI, and a truth a number, so that they are not kept."""
        return self[cell] if type(cell) is Iri or type(cell) is Literal else _json_text(cell)


def _json_text(cell: Cell) -> str:
    members = ",".join([f'\n     "{key}": {_json_string(value)}' for key, value in (_json_term(cell) or {}).items()])
    return f"{{{members}\n    }}"


def _json_term(cell: Cell) -> dict[str, str] | None:
    if cell is None:
        return None
    if isinstance(cell, Iri):
        return {"type": "uri", "value": str(cell)}
    if isinstance(cell, Literal):
        term = {"type": "literal", "value": cell.value}
        if cell.language:
            term["xml:lang"] = cell.language
        elif cell.datatype != XSD + "string":
            term["datatype"] = cell.datatype
        return term
    if isinstance(cell, str):
        return {"type": "literal", "value": cell}
    name = "boolean" if isinstance(cell, bool) else "integer" if isinstance(cell, int) else "double"
    return {"type": "literal", "value": text(cell), "datatype": XSD + name}


ERROR, WARNING, INFO = "error", "warning", "info"
SEVERITIES = (ERROR, WARNING, INFO)


class Finding(NamedTuple):
    """One thing that is wrong or doubtful in the data: where, by which rule, and what to do.

    `row` is the row number in the file (the header is row 1; 0 where no row is meant); `cell` its A1 address.
    """

    rule: str
    severity: str
    message: str
    hint: str = ""
    file: str = ""
    row: int = 0
    column: str = ""
    cell: str = ""
    value: str = ""

    def __str__(self) -> str:
        place = ":".join(part for part in (self.file, str(self.row or ""), self.column) if part)
        address = f" ({self.cell})" if self.cell else ""
        value = f" {self.value!r}" if self.value else ""
        hint = f" - {self.hint}" if self.hint else ""
        return f"{place}{address} {self.rule}{value}: {self.message}{hint}".strip()


@dataclass
class Report:
    """All findings of one run, in the order of file, row and column once `sorted`."""

    findings: list[Finding] = field(default_factory=list)

    def add(self, finding: Finding) -> None:
        """Add one finding."""
        self.findings.append(finding)

    def extend(self, findings: Iterable[Finding]) -> None:
        """Add several findings."""
        self.findings.extend(findings)

    def count(self, severity: str) -> int:
        """Return how many findings have that severity."""
        return sum(finding.severity == severity for finding in self.findings)

    def fails(self, fail_on: str) -> bool:
        """Tell whether a run that stops at `fail_on` (error, warn, none) must stop."""
        return fail_on != "none" and bool(self.count(ERROR) or (fail_on in ("warn", WARNING) and self.count(WARNING)))

    def sorted(self) -> Report:
        """Return the report with its distinct findings by severity, file, row, column and rule."""
        key = {severity: at for at, severity in enumerate(SEVERITIES)}
        unique = dict.fromkeys(self.findings)
        return Report(
            sorted(unique, key=lambda f: (key[f.severity], f.file, f.row, f.column, f.rule, f.value, f.message))
        )

    def table(self) -> Table:
        """Return the findings as a table, one row each."""
        return Table(Finding._fields, tuple(tuple(finding) for finding in self.findings))


def nearest(name: str, known: Iterable[str], limit: int = 3) -> list[str]:
    """Return the known names most like `name`, best first; none where nothing is near.

    >>> nearest("pcc-sea", ["rcc", "pcc-see", "selec"])
    ['pcc-see']
    """
    choices: Sequence[str] = sorted(set(known))
    found = process.extract(name, choices, scorer=fuzz.WRatio, limit=limit, score_cutoff=75)
    return [str(choice) for choice, _score, _index in found]


def alike(name: str, known: Sequence[str], least: float) -> list[tuple[str, float]]:
    """Return the known texts whose letters are at least so like a text's (0 to 100), best first, with how like.

    >>> alike("serbian", ["serbia", "siberia", "croatia"], 75)
    [('serbia', 92.3...)]
    """
    found = process.extract(name, known, scorer=fuzz.ratio, limit=None, score_cutoff=least)
    return [(str(choice), float(score)) for choice, score, _index in found]


def likeness(one: str, other: str) -> float:
    """Return how alike two texts are by the letters to change, from 0 to 100, whatever they mean.

    >>> likeness("Council of Europe", "Council of Europe"), round(likeness("Group 484", "Grupa 484"))
    (100.0, 89)
    """
    return fuzz.ratio(one, other)
