"""Files of RDF: held to the syntax, to our vocabulary, and to the shapes and rules, by themselves or within a dataset.

A file with a fault of syntax gives nothing; a statement with a fault of its own is left out, and said.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from secgraph.errors import OntologyError
from secgraph.mapping.rdf import Taken, take
from secgraph.sources.collected import Load, Tables
from secgraph.store.embedded import GENID, serialise_quads
from secgraph.store.strangers import ENDINGS, Read, read_rdf
from secgraph.validation.shapes import SH, shape_results
from secgraph.values import ERROR, WARNING, Finding, Literal, Quad, Statement
from secgraph.vocab import RDF, thing

FORM: Final = "RDF statements"


class Stated:
    """What the files of RDF of a dataset give to its graph."""

    def __init__(self) -> None:
        self.statements: list[Statement] = []
        self.quads: list[Quad] = []

    def add(self, taken: Taken) -> None:
        """Add what one file gives."""
        self.statements += taken.statements
        self.quads += taken.quads

    def with_quads(self, others: Iterable[Quad]) -> list[Quad]:
        """Return the quads of the tables and these, each once."""
        return list(dict.fromkeys([*others, *self.quads])) if self.quads else list(others)


def load_rdf(tables: Tables) -> Stated:
    """Read the files of RDF that a dataset names; what is wrong and what became of them is added to its tables."""
    stated = Stated()
    known = {thing("source", record.row_id()) for record in tables.records["sources"]}
    for one in tables.dataset.rdf:
        read = read_rdf(one.path)
        taken = take(read.quads, one.name, lines=read.lines, source=one.source, known=known)
        stated.add(taken)
        tables.findings.extend([*_faults(read, one.name), *taken.findings])
        left = dict(sorted(taken.left_out.items()))
        tables.loads.append(Load(one.name, FORM, taken.read, taken.read - sum(left.values()), left))
    return stated


def _faults(read: Read, name: str) -> list[Finding]:
    found = [
        Finding(
            fault.rule,
            ERROR,
            f"{fault.message}{_column(fault.column)}",
            fault.hint,
            name,
            fault.line,
            "",
            "",
            fault.value[:200],
        )
        for fault in read.faults
    ]
    if not found and not read.quads:
        found.append(Finding("rdf-empty", WARNING, "the file states nothing", "see that it is the right one", name))
    return found


def _column(column: int) -> str:
    return f" (column {column})" if column else ""


def is_rdf(path: Path) -> bool:
    """Tell whether a path is that of a file of RDF, by its ending."""
    return path.suffix.lower() in ENDINGS and not path.is_dir()


def read_alone(path: Path) -> tuple[Tables, Stated]:
    """Read one file of RDF as a dataset of its own, with the findings of its syntax, its vocabulary and its shapes."""
    tables, stated = Tables(), Stated()
    read = read_rdf(path)
    tables.findings.extend(_faults(read, path.name))
    if any(_of_shapes(quad) for quad in read.quads):
        tables.findings.extend(_shape_faults(path.name, read.quads))
    taken = take(read.quads, path.name, lines=read.lines)
    tables.findings.extend(taken.findings)
    stated.add(taken)
    return tables, stated


def _of_shapes(quad: Quad) -> bool:
    return quad.predicate.startswith(SH) or (quad.predicate == RDF + "type" and str(quad.object).startswith(SH))


def _shape_faults(name: str, quads: Iterable[Quad]) -> list[Finding]:
    """Return why shapes cannot be used, by running them over nothing, strictly."""
    # Blank nodes again: as an IRI, a path of several steps would be taken for a property.
    text = serialise_quads(map(_blank, quads), "nt").decode()
    try:
        shape_results([], [(name, text)], meta=True, own=False)
    except OntologyError as exc:
        return [Finding("rdf-shapes", ERROR, exc.message, exc.hint, name)]
    return []


def _blank(quad: Quad) -> Quad:
    def name(text: str) -> str:
        return f"_:{text[len(GENID) :]}" if text.startswith(GENID) else text

    item = quad.object if isinstance(quad.object, Literal) else name(quad.object)
    return Quad(name(quad.subject), quad.predicate, item)
