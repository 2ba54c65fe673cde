"""Write docs/reference/: the tables, the queries and the terms, from the records, the catalogue and the ontology.

`python tools/reference.py` writes; `python tools/reference.py --check` only says whether the files are up to date.
"""

from __future__ import annotations

import sys
from pathlib import Path

import rdflib
from rdflib.namespace import DCTERMS, OWL, RDF, RDFS, SKOS

from secgraph import resources
from secgraph.queries import Catalogue
from secgraph.records import TABLES
from secgraph.records.guide import meaning
from secgraph.vocab import NS

REFERENCE = Path(__file__).resolve().parent.parent / "docs" / "reference"


def tables() -> str:
    """Return the reference of the tables: columns, what they refer to, codes."""
    lines = [
        "# Tables",
        "",
        "One CSV file, or one sheet of a workbook, per table. Generated from the column contract.",
        "",
    ]
    for name, record in TABLES.items():
        file = "identities.sssom.tsv" if name == "identities" else f"{name}.csv"
        lines += [f"## {name}", "", f"`{file}` - {(record.__doc__ or '').strip().splitlines()[0]}", ""]
        lines += ["| column | needed | meaning | refers to, or allowed values |", "| --- | --- | --- | --- |"]
        references = record.references()
        for column in record.columns():
            codes = " ".join(f"`{code}`" for code in record.codes().get(column, ()))
            told = ", ".join(sorted(references.get(column, ()))) or codes
            need = "yes" if column in record.needed() else ""
            means = meaning(name, column).replace("|", "\\|")
            lines.append(f"| `{column}` | {need} | {means} | {told} |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def queries() -> str:
    """Return the reference of the catalogue."""
    lines = ["# Queries", "", "`secgraph query NAME [PARAMETER=VALUE]...`. Generated from `queries/`.", ""]
    for query in Catalogue.load(resources.queries_dir()):
        lines += [f"## {query.name}", "", f"{query.summary}. {query.description}".replace("..", "."), ""]
        if query.parameters:
            lines += ["| parameter | takes | default |", "| --- | --- | --- |"]
            for parameter in query.parameters:
                need = "" if parameter.required else " (optional)"
                lines.append(f"| `{parameter.name}`{need} | {parameter.takes} | {parameter.default or ''} |")
            lines.append("")
        lines += ["Columns: " + ", ".join(f"`{column}`" for column in query.columns), ""]
    return "\n".join(lines).rstrip() + "\n"


def terms() -> str:
    """Return the reference of the ontology's own classes and properties."""
    graph = rdflib.Graph()
    for path in sorted(resources.ontology_dir().glob("*.ttl")):
        graph.parse(path, format="turtle")
    lines = ["# Terms", "", f"Namespace `{NS}`. Generated from `ontology/`.", ""]
    kinds = (
        ("Classes", OWL.Class),
        ("Object properties", OWL.ObjectProperty),
        ("Datatype properties", OWL.DatatypeProperty),
    )
    for title, kind in kinds:
        lines += [f"## {title}", "", "| term | definition | source |", "| --- | --- | --- |"]
        for term in sorted(set(graph.subjects(RDF.type, kind)), key=str):
            if not str(term).startswith(NS):
                continue
            definition = str(graph.value(term, SKOS.definition) or "").replace("|", "\\|")
            source = ", ".join(sorted(str(item) for item in graph.objects(term, DCTERMS.source)))
            label = graph.value(term, RDFS.label)
            lines.append(f"| `{str(term)[len(NS) :]}` ({label}) | {definition} | {source} |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def main(arguments: list[str]) -> int:
    """Write or check the files; 1 where one is out of date."""
    stale = []
    for name, text in (("tables.md", tables()), ("queries.md", queries()), ("terms.md", terms())):
        path = REFERENCE / name
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if "--check" not in arguments:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    print("out of date: " + ", ".join(stale) if stale else "docs/reference is up to date")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
