"""What must hold of a dataset before it becomes a release: the contract, references, shapes, rules, counts.

Tables and the graph made of them go in, one report comes out; each finding names file, row and cell where the tables
say what is wrong. Data that is poor gives findings; an ontology, shape or rule that cannot be used is an error.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from secgraph import mapping
from secgraph.errors import OntologyError
from secgraph.protocols import ReadStore, WriteStore
from secgraph.records import TABLES
from secgraph.sources.collected import Tables, shown
from secgraph.sources.iati import faults
from secgraph.sources.tables import read_tables
from secgraph.store import OxigraphStore
from secgraph.validation import contract, money, references
from secgraph.validation.locate import Locator
from secgraph.validation.qc import check_file, load_qc, run_qc
from secgraph.validation.rdf import Stated, is_rdf, load_rdf, read_alone
from secgraph.validation.render import render
from secgraph.validation.rules import COVERED, RULES
from secgraph.validation.shapes import load_shapes, shape_results, shape_texts
from secgraph.values import ERROR, INFO, WARNING, Finding, Literal, Object, Quad, Report, Statement
from secgraph.vocab import ID, local

if TYPE_CHECKING:
    from secgraph.validation.qc import Hit
    from secgraph.validation.shapes import Result

__all__ = [
    "RULES", "PendingShapes", "Stated", "check", "load_qc", "load_rdf", "load_shapes", "render", "rules",
    "start_shapes", "validate_graph", "validate_tables",
]  # fmt: skip


def validate_tables(tables: Tables) -> Report:
    """Check the rows of a dataset against each other, and return all findings, those of the reading too.

    Rows that lack what they need leave `tables.records`: each has an error, and no graph can be made of it.
    """
    register = references.Register(tables)
    references.check_duplicates(tables)
    references.check_references(tables, register)
    references.check_cycles(tables)
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
    references.cloud(tables)
    tables.records = tables.usable()
    return tables.findings.sorted()


class Further(Protocol):
    """What files beside the tables say: too much to be held, so it is asked for."""

    def typical_quads(self) -> list[Quad]:
        """Return quads of the merged graph that break each shape that any of them breaks."""
        ...

    def links(self) -> Iterator[Quad]:
        """Yield the quads of the merged graph that lead to things."""
        ...

    def fill(self, store: WriteStore, folder: Path, /) -> None:
        """Add the merged graph to a store, through a file in a folder."""
        ...

    def statements_about(self, subjects: set[str], /) -> list[Statement]:
        """Return what the files say of some things."""
        ...


def validate_graph(
    tables: Tables,
    statements: Sequence[Statement],
    store: ReadStore,
    ontology: Path,
    *,
    further: Further | None = None,
    shapes: PendingShapes | None = None,
    meta: bool = False,
) -> Report:
    """Hold the graph to the shapes and the rules, and return what the contract has not said already.

    Args:
        tables: the dataset, checked by `validate_tables`.
        statements: what the mapping made of it.
        store: the merged default graph, inferred triples included.
        ontology: the folder with `shapes/` and `qc/`.
        further: what files beside the tables say, where there are any.
        shapes: the run of the shapes over these quads, where `start_shapes` has begun it; else it begins here.
        meta: hold the shapes to the shapes of shapes too.

    Raises:
        OntologyError: a shape or rule cannot be used; names the file.
    """
    if shapes is None:
        typical = further.typical_quads() if further else []
        shapes = start_shapes([*mapping.quads(statements), *typical], ontology, meta=meta)
    hits = run_qc(store, load_qc(ontology / "qc"))
    results = shapes.results()
    subjects = {result.focus for result in results} | {hit.subject for hit in hits}
    elsewhere = further.statements_about(subjects) if further and subjects else []
    locator = Locator([*statements, *elsewhere], subjects)
    findings = [_finding_of_shape(tables, locator, result) for result in results]
    findings += [_finding_of_rule(tables, locator, hit) for hit in hits]
    return Report(_unsaid(tables, findings)).sorted()


class PendingShapes:
    """A run of the shapes in another process, while this one goes on."""

    def __init__(self, quads: Iterable[Quad], texts: Sequence[tuple[str, str]], meta: bool) -> None:
        self._pool = ThreadPoolExecutor(1, "shapes")
        self._future = self._pool.submit(shape_results, quads, texts, meta=meta)
        self._pool.shutdown(wait=False)

    def results(self) -> list[Result]:
        """Wait for the results and return them.

        Raises:
            OntologyError: the shapes cannot be used.
        """
        return self._future.result()


def start_shapes(quads: Iterable[Quad], ontology: Path, *, meta: bool = False) -> PendingShapes:
    """Begin to hold the asserted quads to the shapes, in a process beside this one.

    Raises:
        OntologyError: there are no shape files.
    """
    return PendingShapes(quads, shape_texts(ontology / "shapes"), meta)


def _finding_of_shape(tables: Tables, locator: Locator, result: Result) -> Finding:
    place = locator.place(result.focus, result.path, result.value)
    return _at(tables, place, result.rule, result.severity, result.message, result.value, result.focus, "")


def _finding_of_rule(tables: Tables, locator: Locator, hit: Hit) -> Finding:
    place = locator.place(hit.subject, hit.property, hit.value)
    rule = hit.rule
    return _at(tables, place, rule.name, rule.severity, rule.summary, hit.value, hit.subject, rule.hint)


def _at(
    tables: Tables,
    place: tuple[str, int, str],
    rule: str,
    severity: str,
    message: str,
    value: Object | None,
    subject: str,
    hint: str,
) -> Finding:
    table, row, column = place
    text = value.value if isinstance(value, Literal) else (value or subject)
    # Our own things and codes are shown as the tables write them.
    text = local(text) if text.startswith(ID) else text
    if not table:
        return Finding(rule, severity, f"{message} ({subject})", hint, value=shown(text))
    if table not in TABLES:
        message = message if row else f"{message} ({subject})"
        return Finding(rule, severity, message, hint, table, row, column, "", shown(text))
    return tables.finding(rule, message, table, row, column, text, hint, severity)


def _unsaid(tables: Tables, findings: list[Finding]) -> list[Finding]:
    """Return the findings on rows of which the contract has said nothing bad.

    A row with an error is not in the graph as it will be: what the graph says of it comes once it is mended. The same
    holds of all warnings as long as there are errors: rows or cells may be missing that they look for.
    """
    said = tables.findings.findings
    faulty = {(found.file, found.row) for found in said if found.severity == ERROR and found.row}
    faulty |= {(tables.files.get(table, ""), row) for table, row in tables.clouded}
    told = {found.rule for found in said}
    cells = {(found.file, found.row, found.cell) for found in said if found.cell}
    broken = any(found.severity == ERROR for found in said)
    kept = []
    late = set()
    for found in findings:
        if found.row and (found.file, found.row) in faulty:
            continue
        if COVERED.get(found.rule) in told or (found.cell and (found.file, found.row, found.cell) in cells):
            continue
        if broken and found.severity == WARNING:
            late.add(found.rule)
            continue
        kept.append(found)
    if late:
        message = f"rules that warn of more, perhaps due to the rows with errors: {', '.join(sorted(late))}"
        kept.append(Finding("warnings-later", INFO, message, "mend the errors and check again"))
    return kept


def check(
    data: Path,
    ontology: Path,
    *,
    reasoner: bool = False,
    store: ReadStore | None = None,
    infer: Callable[[Iterable[Quad], ReadStore, Path], Iterable[Quad]] | None = None,
    load: Callable[[Tables, Path, Path], Further | None] | None = None,
) -> Report:
    """Check a dataset in one run: contract, references, counts, shapes, rules, and the ontology by a reasoner if asked.

    Args:
        data: a folder of tables, a workbook, or a file of RDF, which is checked by itself.
        ontology: the folder of the ontology.
        reasoner: ask HermiT too, and hold the shapes to the shapes of shapes; takes some seconds more.
        store: a store that holds the graph of this dataset already; else one is filled in memory.
        infer: gives the inferred triples, of the quads, the store and the ontology, for the rules that look at them.
        load: reads the IATI files of the dataset, of its tables, a folder to write in and the ontology.

    Raises:
        SourceError: nothing of the dataset can be read.
        OntologyError: the ontology, a shape or a rule cannot be used.
    """
    if is_rdf(data):
        tables, stated = read_alone(data)
        if not stated.quads:
            return tables.findings.sorted()
    else:
        tables = read_tables(data)
        validate_tables(tables)
        stated = load_rdf(tables)
    with tempfile.TemporaryDirectory(prefix="secgraph-") as folder:
        further = load(tables, Path(folder), ontology) if load else None
        return _check_graph(
            tables, stated, ontology, further, Path(folder), reasoner=reasoner, store=store, infer=infer
        )


def _check_graph(
    tables: Tables,
    stated: Stated,
    ontology: Path,
    further: Further | None,
    folder: Path,
    *,
    reasoner: bool,
    store: ReadStore | None,
    infer: Callable[[Iterable[Quad], ReadStore, Path], Iterable[Quad]] | None,
) -> Report:
    statements = list(mapping.statements(tables.records))
    quads = stated.join(tables, mapping.quads(statements))
    statements += stated.statements
    typical = further.typical_quads() if further else []
    pending = start_shapes([*quads, *typical], ontology, meta=reasoner)
    if store is None:
        merged = [quad for quad in quads if not quad.graph]
        store = filled = OxigraphStore.in_memory(merged)
        if further:
            further.fill(filled, folder)
        if infer:
            links = further.links() if further else ()
            filled.load(quad._replace(graph="") for quad in infer(chain(merged, links), filled, ontology))
    for path in sorted((ontology / "rules").glob("*.rq")):
        check_file(path, "construct")
    found = validate_graph(tables, statements, store, ontology, further=further, shapes=pending)
    report = Report([*tables.findings.findings, *found.findings])
    if reasoner:
        from secgraph.validation.reasoner import check_reasoner

        report.extend(check_reasoner(ontology, [*quads, *typical]).findings)
    return report.sorted()


def rules(ontology: Path) -> Mapping[str, str]:
    """Return every rule that a finding may name, with one sentence each: contract, activity files, shapes, qc.

    Raises:
        OntologyError: a shape or qc file cannot be used.
    """
    found = {**RULES, **{name: sentence for name, (_severity, sentence) in faults.RULES.items()}}
    for name, sentence in load_shapes(ontology / "shapes").rules.items():
        found[name] = sentence
    for rule in load_qc(ontology / "qc"):
        if rule.name in found:
            raise OntologyError(f"qc/{rule.name}.rq has the name of another rule", hint="rename the file")
        found[rule.name] = rule.summary
    return found
