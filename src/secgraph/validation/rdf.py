"""Files of RDF: held to the syntax, to our vocabulary, and to the shapes and rules, by themselves or within a dataset.

A file with a fault of syntax gives nothing; a statement with a fault of its own is left out, and said.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import chain
from pathlib import Path
from typing import Final

from secgraph.errors import OntologyError
from secgraph.mapping.rdf import WRONG, Taken, take
from secgraph.sources.collected import Load, Tables
from secgraph.store.rdf import GENID, serialise_quads
from secgraph.store.strangers import ENDINGS, Read, read_rdf
from secgraph.validation.parts import SH
from secgraph.validation.shapes import shape_results
from secgraph.values import ERROR, WARNING, Finding, Literal, Object, Quad, Statement, nearest
from secgraph.vocab import DCT, ID, KINDS, RDF, kind_of, local, thing

FORM: Final = "RDF statements"
_TYPE: Final = RDF + "type"
_DESCRIBING: Final = (_TYPE, DCT + "isReplacedBy")


class Stated:
    """What the files of RDF of a dataset give to its graph."""

    def __init__(self) -> None:
        self._files: list[tuple[str, Taken]] = []

    @property
    def statements(self) -> list[Statement]:
        """All that the files say, each with its file and line."""
        return [fact for _, taken in self._files for fact in taken.statements]

    @property
    def quads(self) -> list[Quad]:
        """All that the files say, as quads of the graph."""
        return [quad for _, taken in self._files for quad in taken.quads]

    def add(self, name: str, taken: Taken) -> None:
        """Add what one file gives."""
        self._files.append((name, taken))

    def join(self, tables: Tables, others: Iterable[Quad]) -> list[Quad]:
        """Return the quads of the tables and those of the files, each once; what became of the latter is told.

        A statement that refers to what nothing describes is left out and reported: inference would take that to exist.

        Args:
            tables: the dataset, which takes the findings and the counts.
            others: the quads of its tables.
        """
        quads = list(others)
        if not self._files:
            return quads
        if not tables.dataset.iati:
            # What IATI files describe is known only once they are loaded: there a rule over the graph must do.
            known = {quad.subject for quad in chain(quads, self.quads) if quad.predicate in _DESCRIBING}
            for _, taken in self._files:
                tables.findings.extend(_dangling(taken, known))
        for name, taken in self._files:
            left = dict(sorted(taken.left_out.items()))
            tables.loads.append(Load(name, FORM, taken.read, taken.read - sum(left.values()), left))
        return list(dict.fromkeys(chain(quads, self.quads)))


def _dangling(taken: Taken, known: Collection[str]) -> list[Finding]:
    """Take out of what a file gives the statements that refer to nothing, and return what is to be said of them."""
    found: dict[tuple[str, str, Object], Finding] = {}
    for fact in taken.statements:
        item = fact.object
        if (
            isinstance(item, Literal)
            or item in known
            or kind_of(item) not in KINDS
            or item.rpartition("/")[0] + "/" == ID
        ):
            continue
        near = nearest(local(item), [local(name) for name in known if kind_of(name) == kind_of(item)])
        hint = f"did you mean {near[0]}?" if near else "describe it, or take the reference out"
        found[fact[:3]] = Finding(
            "rdf-reference", ERROR, "nothing describes it", hint, fact.table, fact.row, fact.column, "", item
        )
    if found:
        taken.left_out[WRONG] += sum(quad[:3] in found for quad in taken.quads)
        taken.statements = [fact for fact in taken.statements if fact[:3] not in found]
        taken.quads = [quad for quad in taken.quads if quad[:3] not in found]
    return list(found.values())


def load_rdf(tables: Tables) -> Stated:
    """Read the files of RDF that a dataset names; what is wrong and what became of them is added to its tables."""
    stated = Stated()
    known = {thing("source", record.row_id()) for record in tables.records["sources"]}
    for one in tables.dataset.rdf:
        read = read_rdf(one.path)
        taken = take(read.quads, one.name, lines=read.lines, source=one.source, known=known)
        stated.add(one.name, taken)
        tables.findings.extend([*_faults(read, one.name), *taken.findings])
    return stated


def _faults(read: Read, name: str) -> list[Finding]:
    found = [
        Finding(one.rule, ERROR, one.message, one.hint, name, one.line, str(one.column or ""), "", one.value[:200])
        for one in read.faults
    ]
    if not found and not read.quads:
        found.append(Finding("rdf-empty", WARNING, "the file states nothing", "see that it is the right one", name))
    return found


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
    stated.add(path.name, taken)
    return tables, stated


def _of_shapes(quad: Quad) -> bool:
    return quad.predicate.startswith(SH) or (quad.predicate == _TYPE and str(quad.object).startswith(SH))


def _shape_faults(name: str, quads: Iterable[Quad]) -> list[Finding]:
    """Return why shapes cannot be used, by running them over nothing, strictly."""
    # Blank nodes again: as an IRI, a path of several steps would be taken for a property.
    text = serialise_quads(map(_blank, quads), "nt").decode()
    try:
        shape_results([], [(name, text)], meta=True, own=False)
    except OntologyError as exc:
        return [Finding("rdf-shapes", ERROR, exc.message.removeprefix(f"{name}: "), exc.hint, name)]
    return []


def _blank(quad: Quad) -> Quad:
    def name(text: str) -> str:
        return f"_:{text[len(GENID) :]}" if text.startswith(GENID) else text

    item = quad.object if isinstance(quad.object, Literal) else name(quad.object)
    return Quad(name(quad.subject), quad.predicate, item)
