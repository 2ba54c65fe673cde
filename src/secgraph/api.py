"""What `import secgraph` gives: one open release, and the few verbs to ask it. The command line does no more."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

from secgraph import inference, lookup, releases, resources, validation
from secgraph.errors import ConfigError
from secgraph.queries import Catalogue, Parameter, check_user_query, split_arguments
from secgraph.relations import Relations
from secgraph.store import open_store, release_path
from secgraph.store.embedded import UserLimits, ask_user_query
from secgraph.values import Iri, Literal, Quad, Report, Table, plain, text

if TYPE_CHECKING:
    import networkx
    import pandas
    import rdflib

DEFAULT_STORE: Final = "./.secgraph"


class Answer(Table):
    """A table that a notebook shows and pandas takes."""

    @classmethod
    def of(cls, table: Table) -> Answer:
        """Return a table as an answer."""
        return cls(table.columns, table.rows, table.note)

    def to_pandas(self) -> pandas.DataFrame:
        """Return a pandas data frame of plain values; dates stay text at their stated precision.

        Raises:
            ConfigError: pandas is not installed.
        """
        try:
            import pandas
        except ImportError as missing:
            raise ConfigError("pandas is not installed", hint="pip install 'secgraph[pandas]'") from missing
        return pandas.DataFrame([[plain(cell) for cell in row] for row in self.rows], columns=list(self.columns))

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{escape(name)}</th>" for name in self.columns)
        body = "".join(
            "<tr>" + "".join(f"<td>{escape(text(cell))}</td>" for cell in row) + "</tr>" for row in self.rows
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def store_location(store: str | Path | None = None) -> Path:
    """Return where the store is: as told, else by SECGRAPH_STORE, else `./.secgraph`."""
    return Path(store or os.environ.get("SECGRAPH_STORE") or DEFAULT_STORE)


def data_location(data: str | Path | None = None) -> Path:
    """Return where the dataset is: as told, else by SECGRAPH_DATA, else the bundled one."""
    told = data or os.environ.get("SECGRAPH_DATA")
    return Path(told) if told else resources.data_dir()


def catalogue() -> Catalogue:
    """Return the catalogue of questions."""
    return Catalogue.load(resources.queries_dir())


def catalogue_table(found: Catalogue) -> Answer:
    """Return the questions with their parameters; those in brackets may be left out."""

    def told(parameter: Parameter) -> str:
        shown = f"{parameter.name}={parameter.default}" if parameter.default else parameter.name
        return shown if parameter.required else f"[{shown}]"

    rows = ((query.name, query.summary, " ".join(map(told, query.parameters))) for query in found)
    return Answer(("name", "summary", "parameters"), tuple(rows))


def catalogue_json(found: Catalogue) -> str:
    """Return the questions as a JSON list of objects with name, summary, description, tags, columns, parameters."""
    listed = [
        {
            "name": query.name,
            "summary": query.summary,
            "description": query.description,
            "tags": list(query.tags),
            "columns": list(query.columns),
            "parameters": [
                {
                    "name": parameter.name,
                    "type": parameter.kind,
                    "required": parameter.required,
                    "default": parameter.default or None,
                    "kinds": list(parameter.kinds),
                    "values": list(parameter.values),
                }
                for parameter in query.parameters
            ],
        }
        for query in found
    ]
    return json.dumps(listed, ensure_ascii=False, indent=1) + "\n"


def arguments(pairs: Sequence[str], query: str) -> dict[str, str]:
    """Return `NAME=VALUE` pairs as a dictionary.

    Raises:
        ParameterError: a pair without `=`, or a name given twice.
    """
    return split_arguments(pairs, query)


class Graph:
    """One finished release, open for reading: questions in, tables out.

    Names of things may be given as ids (`pcc-see`), as `kind/id`, as IRIs or as people write them ("PCC SEE").
    """

    def __init__(self, location: Path) -> None:
        self.path = release_path(location)
        self._store = open_store(self.path)
        self.relations = Relations(self.path / "relations")
        self.catalogue = catalogue()

    def __enter__(self) -> Graph:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<secgraph {self.digest[:12]}>"

    @property
    def digest(self) -> str:
        """The digest of the release: cite it.

        >>> len(g.digest)
        64
        """
        return self.path.name

    def close(self) -> None:
        """Let go of the release.

        >>> open(store).close()
        """
        self._store.close()

    def queries(self) -> Answer:
        """Return the questions of the catalogue with their parameters and defaults.

        >>> "members-of-body" in g.queries().column("name")
        True
        """
        return catalogue_table(self.catalogue)

    def query(self, name: str, /, **parameters: Any) -> Answer:
        """Answer one question of the catalogue; what is not given takes its default.

        >>> answer = g.query("members-of-body", body="PCC SEE", date="2018-10-01")
        >>> len(answer) >= 12
        True

        Raises:
            NotFoundError: no such question, or a name that is none.
            ParameterError: a parameter that is missing, unknown or ill-typed; names it.
            AmbiguousError: a name that stands for several things.
        """
        query = self.catalogue.get(name)
        given = {key: "" if value is None else str(value) for key, value in parameters.items()}
        return Answer.of(self._store.select(query.bind(query.arguments(given, self._resolve))))

    def sparql(self, query: str, *, limits: UserLimits | None = None) -> Answer | bool | list[Quad]:
        """Answer a SPARQL query of one's own, in a process of its own with limits of time and memory.

        The prefixes of secgraph are there. SERVICE and updates are refused.

        >>> g.sparql("ASK { ?body a sg:Initiative }")
        True

        Returns:
            A table for SELECT, a bool for ASK, sorted triples for CONSTRUCT and DESCRIBE.

        Raises:
            QueryError: the query is malformed, refused, or stopped at a limit (`LimitError`).
        """
        check_user_query(query)
        result = ask_user_query(self.path, query, limits)
        return Answer.of(result) if isinstance(result, Table) else result

    def find(self, name: str, *, kinds: Sequence[str] = (), limit: int = 20) -> Answer:
        """Find things by any of their names, best first: without case, without diacritics, former names too.

        >>> g.find("police cooperation convention").column("id")[0]
        'pcc-see'
        """
        return Answer.of(lookup.find(self._store, name, kinds or None, limit=limit))

    def resolve(self, name: str, *, kinds: Sequence[str] = ()) -> str:
        """Return the IRI of the one thing that an id or name stands for.

        >>> g.resolve("PCC SEE")
        'https://w3id.org/secgraph/id/initiative/pcc-see'

        Raises:
            NotFoundError: nothing has that name; with the nearest.
            AmbiguousError: several have it; with their ids.
        """
        return lookup.resolve(self._store, name, kinds or None)

    def show(self, name: str) -> lookup.Card:
        """Return the card of one thing: what it is, its names, ties, meetings, money, contested values, sources.

        >>> g.show("rcc").title
        'Regional Cooperation Council'
        """
        return lookup.show(self._store, self.resolve(name))

    def why(self, name: str, property: str | None = None) -> Answer:  # noqa: A002  the word that users know
        """Return each value of a thing with its sources, the cell it came from, and what contests it.

        >>> "table" in g.why("rcc", "name").columns
        True
        """
        return Answer.of(lookup.why(self._store, self.resolve(name), property, self._evidence))

    def relation(self, name: str) -> Answer:
        """Return one relation of the release as a table: things, events, memberships, transactions, ...

        >>> "role" in g.relation("memberships").columns
        True
        """
        return Answer.of(self.relations.table(name))

    def sql(self, statement: str, parameters: Sequence[Any] = ()) -> Answer:
        """Answer SQL over the relations by DuckDB, which reads nothing else.

        >>> g.sql("SELECT count(*) > 500 AS many FROM events").column("many")
        [True]
        """
        return Answer.of(self.relations.sql(statement, parameters))

    def to_rdflib(self, graph: str = "") -> rdflib.Graph:
        """Return one graph of the release as an rdflib graph: the merged one, or a named one by its IRI.

        >>> len(g.to_rdflib("https://w3id.org/secgraph/graph/sources")) > 1000
        True
        """
        import rdflib

        from secgraph.vocab import PREFIXES

        result = rdflib.Graph(bind_namespaces="none")
        for prefix, namespace in PREFIXES.items():
            result.bind(prefix, namespace)
        terms: dict[Any, Any] = {}

        def term(value: str | Literal) -> Any:
            if value not in terms:
                if isinstance(value, Literal):
                    typed = None if value.language or value.datatype.endswith("#string") else value.datatype
                    terms[value] = rdflib.Literal(
                        value.value,
                        lang=value.language or None,
                        datatype=typed and rdflib.URIRef(typed),
                        normalize=False,
                    )
                else:
                    terms[value] = rdflib.URIRef(value)
            return terms[value]

        for quad in self._store.quads(graph):
            result.add((term(quad.subject), term(quad.predicate), term(quad.object)))
        return result

    def to_networkx(self) -> networkx.MultiDiGraph:
        """Return all things and their ties, every layer in one graph, with dates and sources on each edge.

        >>> g.to_networkx().is_directed()
        True
        """
        from secgraph.network import multigraph

        return multigraph(self.relations)

    def export(self, form: str, output: str | Path, *, entity: str = "") -> None:
        """Write the release in one format; `entity` frames the JSON-LD of one thing.

        >>> g.export("jsonld", tmp_path / "rcc.jsonld", entity="rcc")

        Args:
            form: ttl, jsonld, nt, nq, trig, parquet, csv or xlsx.
            output: a file, or a folder for parquet and csv.
            entity: the id or name of an organisation, initiative, event or programme.
        """
        from secgraph import export

        export.export(self.path, form, Path(output), entity=self.resolve(entity) if entity else "")

    def draw(
        self, output: str | Path | None = None, *, ego: str = "", hops: int = 1, pillar: str = "", top: int = 0
    ) -> str:
        """Return the page of a network picture, and write it where `output` says.

        >>> g.draw(ego="rcc")[:15]
        '<!DOCTYPE html>'

        Args:
            output: the file to write.
            ego: a thing, drawn with all that is within `hops` ties.
            hops: how far from the ego.
            pillar: an initiative, drawn with its parts, members, events and programmes.
            top: how many nodes at most, by number of neighbours; 0 takes the default.
        """
        from secgraph import views

        page = views.page(
            self.relations,
            ego=self.resolve(ego) if ego else "",
            hops=hops,
            pillar=self.resolve(pillar) if pillar else "",
            top=top,
            digest=self.digest,
        )
        if output is not None:
            from secgraph.files import write_atomically

            write_atomically(Path(output), page.encode())
        return page

    def _evidence(self, subjects: list[str]) -> Table:
        cells = 'subject, property, value, source, "table", "row", "column"'
        return self.relations.sql(f"SELECT {cells} FROM evidence WHERE subject IN (SELECT unnest(?))", [subjects])  # noqa: S608  no part is a user's

    def _resolve(self, kinds: Sequence[str], name: str) -> str:
        return lookup.resolve(self._store, name, kinds or None)


def open(store: str | Path | None = None) -> Graph:  # noqa: A001  `secgraph.open()` reads as it is meant
    """Open the current release of a store, for reading.

    >>> open(store)
    <secgraph ...>

    Args:
        store: the store's folder; else SECGRAPH_STORE, else `./.secgraph`.

    Raises:
        StoreError: there is none yet, it is damaged, or of a newer version.
    """
    return Graph(store_location(store))


def build(
    data: str | Path | None = None,
    store: str | Path | None = None,
    *,
    progress: Callable[[str, int, int], None] | None = None,
    fail_on: str = "error",
) -> releases.Release:
    """Build a release from a dataset and make it the store's current one.

    >>> len(build(small, tmp_path / "store").digest)
    64

    Args:
        data: a folder of tables or a workbook; else SECGRAPH_DATA, else the bundled dataset.
        store: the store's folder; else SECGRAPH_STORE, else `./.secgraph`.
        progress: called with stage, done and total.
        fail_on: error, warn or none: which findings stop the build.

    Raises:
        ValidationError: the dataset has such findings; the current release stays.
    """
    return releases.build(data_location(data), store_location(store), progress=progress, fail_on=fail_on)


def check(data: str | Path | None = None, *, reasoner: bool = False) -> Report:
    """Check a dataset and return all findings: contract, references, shapes, qc rules, counts, reasoner if asked.

    >>> check(small).count("error")
    0
    """
    return validation.check(data_location(data), resources.ontology_dir(), reasoner=reasoner, infer=inference.derive)


def doctor(store: str | Path | None = None, data: str | Path | None = None) -> Answer:
    """Tell where data, ontology, store and Java are, and what is wrong with them.

    >>> "state" in doctor(store).columns
    True
    """
    return Answer.of(releases.doctor(store_location(store), data_location(data)))


__all__ = ["Answer", "Graph", "Iri", "Literal", "build", "check", "doctor", "open"]
