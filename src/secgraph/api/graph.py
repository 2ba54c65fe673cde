"""One open release: questions, tables, networks and pictures out of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

from secgraph import lookup
from secgraph.api.answers import Answer
from secgraph.api.money import Funds
from secgraph.api.pictures import Pictures
from secgraph.api.questions import catalogue, catalogue_table
from secgraph.errors import ParameterError
from secgraph.queries import Query, as_iri, check_user_query
from secgraph.relations import Relations
from secgraph.store import open_store, release_path
from secgraph.store.embedded import UserLimits, ask_user_query
from secgraph.values import Literal, Quad, Table, text
from secgraph.vocab import ID, KINDS, ONTOLOGY, PROLOGUE

if TYPE_CHECKING:
    import networkx
    import rdflib


_CODE: Final = re.compile(re.escape(ID) + r"iati-[a-z-]+/[\w.-]+", re.ASCII)


class Graph(Pictures, Funds):
    """One finished release, open for reading: questions in, tables out.

    Names of things may be given as ids (`pcc-see`), as `kind/id`, as IRIs or as people write them ("PCC SEE").
    """

    def __init__(self, location: Path) -> None:
        self.path = release_path(location)
        self._store = open_store(self.path)
        self.relations = Relations(self.path / "relations")
        self.catalogue = catalogue()
        self._ledgers = {}

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

        >>> import secgraph
        >>> secgraph.open(store).close()
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
        self._refuse_foreign_defaults(query, given)
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

    def export(
        self, form: str, output: str | Path, *, entity: str = "", as_of: str = "", certain: bool = False
    ) -> None:
        """Write the release in one format; `entity` frames the JSON-LD of one thing.

        >>> g.export("jsonld", tmp_path / "rcc.jsonld", entity="rcc")
        >>> g.export("ttl", tmp_path / "2018.ttl", as_of="2018-10-01", certain=True)

        Args:
            form: ttl, jsonld, nt, rdfxml, nq, trig, parquet, csv, csvw, xlsx, or void, which describes the release.
            output: a file, or a folder for parquet, csv and csvw.
            entity: the id or name of a thing.
            as_of: a day; a month or year is its last day. Only what is certain or possible then is written.
            certain: of what is there for a time, only what is certain then.

        Raises:
            ConfigError: an unknown format, options that exclude each other, a date that is none.
            NotFoundError: nothing has that name, or the thing is not there on that day.
        """
        from secgraph import export

        named = self.resolve(entity) if entity else ""
        export.export(self.path, form, Path(output), entity=named, as_of=as_of, certain=certain)

    def _evidence(self, subjects: list[str]) -> Table:
        cells = 'subject, property, value, source, "table", "row", "column"'
        return self.relations.sql(f"SELECT {cells} FROM evidence WHERE subject IN (SELECT unnest(?))", [subjects])  # noqa: S608  no part is a user's

    def _concepts(self, iris: Iterable[str]) -> dict[str, str]:
        codes = sorted({iri for iri in iris if _CODE.fullmatch(iri)})
        values = " ".join(f"<{iri}>" for iri in codes)
        query = f"""{PROLOGUE}SELECT ?code ?label WHERE {{ VALUES ?code {{ {values} }}
  GRAPH <{ONTOLOGY}> {{ ?code skos:prefLabel ?label FILTER(LANG(?label) = "en") }} }}"""
        return {text(code): text(label) for code, label in self._store.select(query)} if codes else {}

    def _refuse_foreign_defaults(self, query: Query, given: Mapping[str, str]) -> None:
        """Refuse a question whose default is a thing that the release lacks: the defaults are of the bundled data.

        Raises:
            ParameterError: it names the parameter, and a thing of the release that would do.
        """
        for parameter in query.parameters:
            if parameter.name in given or not parameter.default or not KINDS.issuperset(parameter.kinds):
                continue
            iri = as_iri(parameter.kinds, parameter.default)
            if not iri or self._store.ask(f"ASK {{ <{iri}> ?property ?value }}"):
                continue
            kinds = " or ".join(parameter.kinds)
            one = self.relations.sql(
                "SELECT id FROM things WHERE kind IN (SELECT unnest(?)) ORDER BY id LIMIT 1", [list(parameter.kinds)]
            )
            hint = (
                f"give {parameter.takes}, such as {parameter.name}={one.rows[0][0]}"
                if one
                else f"this dataset holds no {kinds}"
            )
            message = f"missing; its default, {parameter.default}, is not in this dataset"
            raise ParameterError(query.name, parameter.name, message, hint=hint)

    def _resolve(self, kinds: Sequence[str], name: str) -> str:
        return lookup.resolve(self._store, name, kinds or None)
