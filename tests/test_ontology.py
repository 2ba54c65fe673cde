"""The ontology is complete, used and sound as text; each shape and each rule bites, and only where it should."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyoxigraph
import pyshacl
import pytest
import strictyaml
from pyld import jsonld
from rdflib import OWL, RDF, RDFS, SKOS, XSD, BNode, Graph, Literal, Namespace, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

from secgraph import records, vocab

ROOT = Path(__file__).resolve().parent.parent
ONTOLOGY = ROOT / "ontology"
BAD = ROOT / "tests" / "bad" / "ontology" / "qc"
RDF_TYPE = vocab.RDF + "type"
SH = Namespace("http://www.w3.org/ns/shacl#")
SG = Namespace(vocab.NS)
DCT = Namespace(vocab.DCT)
MODULES = sorted(ONTOLOGY.glob("*.ttl")) + sorted(ONTOLOGY.glob("external/*.ttl"))
QC = sorted((ONTOLOGY / "qc").glob("*.rq"))


def read(paths: list[Path]) -> Graph:
    graph = Graph()
    for path in paths:
        graph.parse(path, format="turtle")
    return graph


@pytest.fixture(scope="module")
def ontology() -> Graph:
    return read(MODULES)


@pytest.fixture(scope="module")
def shapes() -> Graph:
    return read(sorted((ONTOLOGY / "shapes").glob("*.ttl")))


def ours(graph: Graph, kind: Node) -> set[str]:
    return {str(term).removeprefix(vocab.NS) for term in graph.subjects(RDF.type, kind) if str(term).startswith(SG)}


def terms(graph: Graph) -> list[URIRef]:
    return [SG[name] for name in sorted(vocab.CLASSES | vocab.PROPERTIES | vocab.INDIVIDUALS)]


def test_the_terms_are_those_of_the_vocabulary_both_ways(ontology: Graph) -> None:
    assert ours(ontology, OWL.Class) == vocab.CLASSES
    kinds = (OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)
    declared = [ours(ontology, kind) for kind in kinds]
    assert set.union(*declared) == vocab.PROPERTIES
    assert sum(map(len, declared)) == len(vocab.PROPERTIES), "a property is of one kind"
    assert ours(ontology, SG.DateState) == vocab.INDIVIDUALS
    schemes = {str(scheme).removeprefix(vocab.ID) for scheme in ontology.subjects(RDF.type, SKOS.ConceptScheme)}
    assert schemes == vocab.CODELISTS | {"topic"}


def test_each_term_has_one_label_definition_and_source(ontology: Graph) -> None:
    for term in terms(ontology):
        (label,) = ontology.objects(term, RDFS.label)
        (definition,) = ontology.objects(term, SKOS.definition)
        assert isinstance(label, Literal), term
        assert isinstance(definition, Literal), term
        assert label.language == definition.language == "en", term
        assert str(label) == str(label).lower(), term
        assert not str(definition).startswith((f"{label} ", "A ", "An ", "The ")), term
        assert not str(definition).endswith("."), term
        assert len(list(ontology.objects(term, DCT.source))) == 1, term
        assert list(ontology.objects(term, RDFS.isDefinedBy)) == [URIRef(vocab.NS.rstrip("#"))], term
    definitions = [str(text) for term in terms(ontology) for text in ontology.objects(term, SKOS.definition)]
    assert len(definitions) == len(set(definitions))


def test_a_class_is_defined_by_the_class_above_it(ontology: Graph) -> None:
    found = 0
    for name in sorted(vocab.CLASSES):
        for above in ontology.objects(SG[name], RDFS.subClassOf):
            if str(above).startswith(SG):
                found += 1
                label = ontology.value(above, RDFS.label)
                text = str(ontology.value(SG[name], SKOS.definition))
                assert re.match(rf"{label} (that|whose|about)\b", text), (name, text)
    assert found == 15


def test_the_profile_is_kept(ontology: Graph) -> None:
    assert not [term for triple in ontology for term in triple if isinstance(term, BNode)]
    transitive = set(ontology.subjects(RDF.type, OWL.TransitiveProperty))
    for kind in ("FunctionalProperty", "IrreflexiveProperty", "AsymmetricProperty", "InverseFunctionalProperty"):
        assert not transitive & set(ontology.subjects(RDF.type, OWL[kind]))
    ranges = {term for term in ontology.objects(None, RDFS.range) if str(term).startswith(str(XSD))}
    assert ranges == {XSD.string, XSD.boolean, XSD.decimal, XSD.integer}, "dates are literals: HermiT refuses them"


def test_codelists_hold_the_codes_of_the_tables(ontology: Graph) -> None:
    count = 0
    for name in sorted(vocab.CODELISTS):
        scheme = URIRef(vocab.ID + name)
        assert ontology.value(scheme, SKOS.definition), name
        codes = set()
        for concept in ontology.subjects(SKOS.inScheme, scheme):
            code = str(concept).removeprefix(f"{scheme}/")
            codes.add(code)
            assert str(ontology.value(concept, SKOS.notation)) == code
            (label,) = ontology.objects(concept, SKOS.prefLabel)
            assert isinstance(label, Literal)
            assert label.language == "en"
            assert ontology.value(concept, SKOS.definition), concept
        count += len(codes)
        if name == "currency":
            assert records.CURRENCIES | set(records.RETIRED_CURRENCIES) <= codes
        else:
            assert codes == set(records.CODES[name]), name
    assert count > 250


def test_codes_that_iati_has_point_there(ontology: Graph) -> None:
    matched = {
        str(code).removeprefix(vocab.ID): str(other) for code, other in ontology.subject_objects(SKOS.exactMatch)
    }
    assert {code: other.rsplit("/", 1)[1] for code, other in matched.items()} == {
        "money-kind/commitment": "#2", "money-kind/disbursement": "#3", "money-kind/expenditure": "#4",
        "money-kind/pledge": "#12", "participation-role/funder": "#1", "participation-role/accountable": "#2",
        "participation-role/extending": "#3", "participation-role/implementing": "#4",
    }  # fmt: skip


def test_no_import_leaves_the_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_kwargs: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    graph = read(MODULES)
    headers = set(graph.subjects(RDF.type, OWL.Ontology))
    imports = set(graph.objects(None, OWL.imports))
    assert imports < headers
    assert len(headers - imports) == 1, "one header that nobody imports"
    assert len(headers) == len(MODULES)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_the_files_are_sorted(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    prefixes = re.findall(r"^@prefix (\w+):", text, re.MULTILINE)
    assert prefixes == sorted(prefixes)
    for kind in ("owl:Class", "owl:(?:Object|Datatype|Annotation)Property", "skos:ConceptScheme"):
        subjects = re.findall(rf"^(\S+) a .*{kind}\b", text, re.MULTILINE)
        assert subjects == sorted(subjects) or path.name in ("codelists.ttl", "stubs.ttl")


def test_each_term_is_used_by_a_shape_or_a_rule() -> None:
    texts = [path.read_text(encoding="utf-8") for path in (*QC, *(ONTOLOGY / "shapes").glob("*.ttl"))]
    used = set(re.findall(r"\bsg:(\w+)", "\n".join(texts)))
    assert used == vocab.CLASSES | vocab.PROPERTIES | vocab.INDIVIDUALS


# Shapes


def test_shapes_are_shapes(shapes: Graph) -> None:
    conforms, _graph, text = pyshacl.validate(Graph(), shacl_graph=shapes, meta_shacl=True)
    assert conforms, text


def test_each_shape_says_what_it_wants(shapes: Graph) -> None:
    named = [*shapes.subjects(RDF.type, SH.NodeShape), *shapes.subjects(RDF.type, SH.PropertyShape)]
    assert len(named) > 300
    for shape in named:
        for wanted in (SH.name, SH.message, SH.severity):
            assert len(list(shapes.objects(shape, wanted))) == 1, (shape, wanted)
        assert (shape, SH.targetClass, None) in shapes or (shape, SH.targetObjectsOf, None) in shapes, shape
    assert not [term for term in shapes.predicates() if term in (SH.sparql, SH.js, SH.rule, SH.property)]


def test_shapes_list_the_codes_of_the_codelists(shapes: Graph, ontology: Graph) -> None:
    seen = set()
    for shape, head in shapes.subject_objects(SH["in"]):
        codes = set(Collection(shapes, head))
        lists = {str(code).removeprefix(vocab.ID).split("/")[0] for code in codes if str(code).startswith(vocab.ID)}
        for name in lists:
            seen.add(name)
            assert codes == set(ontology.subjects(SKOS.inScheme, URIRef(vocab.ID + name))), shape
    assert seen == vocab.CODELISTS


VALUES: dict[str, Node] = {
    str(XSD.string): Literal("text", datatype=XSD.string),
    str(XSD.date): Literal("2018-05-01", datatype=XSD.date),
    str(XSD.decimal): Literal("5", datatype=XSD.decimal),
    str(XSD.integer): Literal("5", datatype=XSD.integer),
    str(RDF.langString): Literal("text", lang="en"),
}
PATTERNS: dict[str, Node] = {
    r"^[A-Za-z][A-Za-z0-9-]*:.+": Literal("scheme:5", datatype=XSD.string),
    r"^[a-z][a-z0-9-]*=.+": Literal("eu=Name*", datatype=XSD.string),
    r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$": Literal("2018", datatype=XSD.gYear),
    "^https?://[^/]": URIRef("https://example.org/"),
    "^(original|revised)$": Literal("revised", datatype=XSD.string),
    "^(committed|indicative)$": Literal("committed", datatype=XSD.string),
    "^(country|region|sector)$": Literal("region", datatype=XSD.string),
}


class Wanted:
    """The constraints of one property shape."""

    def __init__(self, shapes: Graph, shape: Node) -> None:
        self.shapes = shapes
        self.shape = shape

    def has(self, *names: str) -> bool:
        """Tell whether the shape has one of these constraints."""
        return any((self.shape, SH[name], None) in self.shapes for name in names)

    def __getitem__(self, name: str) -> Node:
        value = self.shapes.value(self.shape, SH[name])
        assert value is not None, (self.shape, name)
        return value

    def allowed(self) -> Node:
        """Return a value that the shape allows."""
        if self.has("in"):
            first: Node = Collection(self.shapes, self["in"])[0]
            return first
        if self.has("hasValue"):
            return self["hasValue"]
        if self.has("pattern"):
            pattern = str(self["pattern"])
            if pattern in PATTERNS:
                return PATTERNS[pattern]
            return URIRef(re.sub(r"\((\w+)[^)]*\)", r"\1", pattern.lstrip("^")) + "x")
        if self.has("datatype"):
            return VALUES[str(self["datatype"])]
        return VALUES[str(XSD.string)]

    def refused(self) -> Iterator[tuple[str, list[Node]]]:
        """Yield lists of values that the shape must not allow, with the constraint that each breaks."""
        good = self.allowed()
        if self.has("minCount", "hasValue"):
            yield "minCount", []
        if self.has("maxCount"):
            yield "maxCount", [good, another(good)]
        if self.has("in", "pattern", "datatype", "hasValue", "nodeKind"):
            yield "IRI", [URIRef("urn:x:wrong")]
            literal = self.has("nodeKind") and self["nodeKind"] == SH.Literal
            yield "literal", [URIRef("urn:x:y") if literal else Literal("5", datatype=XSD.anyURI)]
        if self.has("minLength"):
            yield "minLength", [Literal("", datatype=XSD.string)]
        if self.has("minInclusive"):
            yield "minInclusive", [Literal("-1", datatype=str(self["datatype"]))]
        if self.has("maxInclusive"):
            yield "maxInclusive", [Literal("101", datatype=str(self["datatype"]))]
        if self.has("languageIn"):
            yield "languageIn", [Literal("tekst", lang="hr")]


def another(value: Node) -> Node:
    """Return a second value of the same kind as one that is allowed."""
    if not isinstance(value, Literal):
        return URIRef(f"{value}5")
    others = {str(XSD.date): "2019-06-01", str(XSD.gYear): "2019", str(XSD.boolean): "false"}
    return Literal(others.get(str(value.datatype), f"{value}5"), datatype=value.datatype, lang=value.language)


class Made:
    """A made-up graph: things that are whole, and copies of them with one fault each."""

    def __init__(self) -> None:
        self.graph = Graph()
        self.count = 0
        self.good: set[Node] = set()
        self.wrong: list[tuple[Node, Node, str]] = []

    def put(self, kind: Node, pattern: str, values: dict[Node, list[Node]]) -> URIRef:
        """Add one thing whose address the pattern of its shape allows."""
        self.count += 1
        number = self.count
        stem = pattern.lstrip("^").removesuffix("[A-Z]{2}$")
        letters = chr(65 + number // 26 % 26) + chr(65 + number % 26)
        node = URIRef(stem + (letters if pattern.endswith("$") else f"n{number}"))
        self.graph.add((node, RDF.type, kind))
        for path, items in values.items():
            for item in items:
                self.graph.add((node, path, item))
        return node


def report(graph: Graph, shapes: Graph) -> set[tuple[Node, Node]]:
    _conforms, results, _text = pyshacl.validate(graph, shacl_graph=shapes)
    assert isinstance(results, Graph)
    return {
        (node, shape)
        for result in results.subjects(RDF.type, SH.ValidationResult)
        for node in results.objects(result, SH.focusNode)
        for shape in results.objects(result, SH.sourceShape)
    }


def test_each_shape_bites_and_only_where_it_should(shapes: Graph) -> None:
    """One made-up thing of each class with all its properties conforms; each thing with one fault is found."""
    made = Made()
    classes = sorted(map(str, set(shapes.objects(None, SH.targetClass))))
    for name in classes:
        target = URIRef(name)
        targeted = sorted(map(str, shapes.subjects(SH.targetClass, target)))
        rules = [Wanted(shapes, URIRef(iri)) for iri in targeted if (URIRef(iri), SH.path, None) in shapes]
        heads = [Wanted(shapes, URIRef(iri)) for iri in targeted if (URIRef(iri), SH.path, None) not in shapes]
        # Of two patterns, that of a budget is narrower than that of all money rows.
        pattern = max((str(head["pattern"]) for head in heads), key=lambda text: "(" not in text)
        # The money kind of each class is narrower than the list that all of them share.
        whole = {rule["path"]: [rule.allowed()] for rule in sorted(rules, key=lambda rule: rule.has("hasValue"))}
        made.good.add(made.put(target, pattern, whole))
        for rule in rules:
            for fault, values in rule.refused():
                made.wrong.append((made.put(target, pattern, {**whole, rule["path"]: values}), rule.shape, fault))
        for head in heads:
            made.wrong.append((made.put(target, "urn:x:", whole), head.shape, "pattern"))
            if head.has("closed"):
                stray: dict[Node, list[Node]] = {**whole, URIRef("urn:x:p"): [URIRef("urn:x:o")]}
                made.wrong.append((made.put(target, pattern, stray), head.shape, "closed"))
    month = Literal("2018-13", datatype=XSD.gYearMonth)
    made.graph.add((URIRef("urn:x:dated"), SG.asOf, month))
    found = report(made.graph, shapes)
    assert [(str(node), str(shape), fault) for node, shape, fault in made.wrong if (node, shape) not in found] == []
    assert not {node for node, _shape in found} & made.good
    assert (month, URIRef("https://w3id.org/secgraph/shapes#Date")) in found
    assert len(made.wrong) > 900
    assert len(made.good) == len(classes) == 37


# Rules of quality


def local(term: str) -> str:
    return term.removeprefix(vocab.ID)


@pytest.mark.parametrize("path", QC, ids=lambda path: path.stem)
def test_each_rule_finds_what_is_wrong_and_nothing_else(path: Path) -> None:
    bad = BAD / f"{path.stem}.ttl"
    first = bad.read_text(encoding="utf-8").splitlines()[0]
    expected = first.removeprefix("# Made up. Found: ").split()
    store = pyoxigraph.Store()
    store.load(path=str(bad), format=pyoxigraph.RdfFormat.TURTLE)
    results: Any = store.query(path.read_text(encoding="utf-8"))
    assert [variable.value for variable in results.variables] == ["subject", "property", "value"]
    rows = list(results)
    assert sorted({local(row["subject"].value) for row in rows}) == sorted(expected)
    assert all(row["property"] is not None for row in rows)


@pytest.mark.parametrize("path", QC, ids=lambda path: path.stem)
def test_each_rule_says_what_it_wants(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    head = "\n".join(line[3:] for line in text.splitlines() if line.startswith("#+ "))
    read_head = strictyaml.load(head, strictyaml.Map({
        "summary": strictyaml.Str(), "severity": strictyaml.Enum(["error", "warning"]), "hint": strictyaml.Str(),
    })).data  # fmt: skip
    assert str(read_head["summary"]).endswith(".")
    assert not re.search(r"\bGRAPH\b|\bSERVICE\b", text)


def test_every_rule_has_a_bad_graph_and_none_names_a_region() -> None:
    assert {path.stem for path in QC} == {path.stem for path in BAD.glob("*.ttl")}
    assert len(QC) >= 44
    ruling = (*QC, *(ONTOLOGY / "rules").glob("*.rq"), *(ONTOLOGY / "shapes").glob("*.ttl"))
    text = "\n".join(path.read_text(encoding="utf-8") for path in ruling)
    assert not re.search(r"balkan|kosovo|europe|iisg|brdo|jurisdiction\\?/[A-Z]", text, re.IGNORECASE)


# JSON-LD


@pytest.fixture(scope="module")
def context() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((ONTOLOGY / "context.jsonld").read_text(encoding="utf-8"))
    return document


def test_the_context_has_every_term_and_nothing_that_misleads(context: dict[str, Any], ontology: Graph) -> None:
    inner = context["@context"]
    assert not {"type", "id", "@vocab", "@base"} & set(inner)
    told = {entry["@id"] for entry in inner.values() if isinstance(entry, dict) and "@id" in entry}
    assert {f"sg:{name}" for name in vocab.CLASSES | vocab.PROPERTIES | vocab.INDIVIDUALS} <= told
    for name in vocab.PROPERTIES:
        entry = inner[name]
        objects = (SG[name], RDF.type, OWL.ObjectProperty) in ontology or name == "aboutProperty"
        assert (entry.get("@type") in ("@id", "@vocab")) == objects, name
    modules = sorted((ROOT / "src" / "secgraph" / "mapping").glob("*.py"))
    mapping = "".join(path.read_text(encoding="utf-8") for path in modules)
    outside = set(re.findall(r'\b(DCT|FOAF|ORG|SKOS|OWL) \+ "(\w+)"', mapping))
    assert len(outside) > 10
    for prefix, name in outside:
        assert f"{prefix.lower()}:{name}" in told | {
            entry.get("@reverse") for entry in inner.values() if isinstance(entry, dict)
        }


def test_a_graph_survives_the_context_and_a_frame_gathers_an_event(context: dict[str, Any]) -> None:
    store = pyoxigraph.Store()
    store.load(
        path=str(ROOT / "tests" / "bad" / "ontology" / "qc" / "shortcut-without-node.ttl"),
        format=pyoxigraph.RdfFormat.TURTLE,
    )
    event = pyoxigraph.NamedNode(vocab.thing("event", "good"))
    for predicate, value in (
        (vocab.RDF + "type", pyoxigraph.NamedNode(vocab.sg("Meeting"))),
        (vocab.RDFS + "label", pyoxigraph.Literal("Made-up board")),
        (vocab.sg("start"), pyoxigraph.Literal("2018-05", datatype=pyoxigraph.NamedNode(vocab.XSD + "gYearMonth"))),
        (
            vocab.sg("startEarliest"),
            pyoxigraph.Literal("2018-05-01", datatype=pyoxigraph.NamedNode(vocab.XSD + "date")),
        ),
        (vocab.sg("startState"), pyoxigraph.NamedNode(vocab.sg("known"))),
    ):
        store.add(pyoxigraph.Quad(event, pyoxigraph.NamedNode(predicate), value))
    lines = sorted(str(triple) for triple in store)
    expanded = json.loads(pyoxigraph.serialize(store, format=pyoxigraph.RdfFormat.JSON_LD) or b"")
    for node in expanded:
        # Oxigraph writes the type as a property like any other, which no frame matches.
        if RDF_TYPE in node:
            node["@type"] = [value["@id"] for value in node.pop(RDF_TYPE)]
    compacted = jsonld.compact(expanded, context)
    back = jsonld.to_rdf({**compacted, "@context": context["@context"]}, {"format": "application/n-quads"})
    again = pyoxigraph.Store()
    again.load(input=back.encode(), format=pyoxigraph.RdfFormat.N_QUADS)
    assert sorted(str(triple) for triple in again) == lines
    frame = json.loads((ONTOLOGY / "frames" / "event.jsonld").read_text(encoding="utf-8"))
    framed = jsonld.frame(expanded, {**frame, "@context": context["@context"]})
    assert framed["label"] == "Made-up board"
    assert framed["startEarliest"] == "2018-05-01"
    assert framed["startState"] == "known"
    assert framed["start"] == {"@type": "xsd:gYearMonth", "@value": "2018-05"}
    (taken,) = framed["participations"]
    assert taken["participationRole"] == "thing:participation-role/organiser"


@pytest.mark.parametrize("name", sorted(vocab.KINDS))
def test_frames_use_terms_of_the_context(name: str, context: dict[str, Any]) -> None:
    frame = json.loads((ONTOLOGY / "frames" / f"{name}.jsonld").read_text(encoding="utf-8"))
    assert frame.pop("@context") == "https://w3id.org/secgraph/context.jsonld"
    assert {key for key in frame if not key.startswith("@")} <= set(context["@context"])
