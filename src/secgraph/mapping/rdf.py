"""Quads that a file states become statements and quads of the graph: what is stated is taken, what follows is made.

Taken are the statements of the graphs of sources, and those of the default graph. The ontology, what was inferred, the
graph of the sources' own metadata and what we compute (bounds and states of dates, ids) are not: they are made anew of
what is taken, as they are of tables. So a release that was written as TriG or N-Quads gives the same quads again.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from secgraph.mapping.strangers import NUMBERS, ONCE, OURS, TYPE, Objection, about_our_terms, objections
from secgraph.records import date_bounds
from secgraph.values import ERROR, INFO, WARNING, XSD, Finding, Literal, Object, Quad, Statement
from secgraph.vocab import CLASSES, DCT, ID, INFERRED, NS, ONTOLOGY, OWL, RDF, SOURCES, kind_of, local, sg, thing

_ID_OF: Final = DCT + "identifier"
_SOURCE: Final = DCT + "source"
_UNSAID: Final = frozenset((_ID_OF, _SOURCE, DCT + "isReplacedBy", OWL + "deprecated"))
_EVENTS: Final = frozenset(("Event", "Meeting"))
_ATTESTED: Final = frozenset("Membership Occupancy Programme Project".split())
_DATED: Final = frozenset(
    "Organisation OrganisationalUnit Initiative Membership Occupancy Name Programme Project Event Meeting Instrument "
    "Transaction Commitment Disbursement Expenditure Pledge Contribution Budget PlannedDisbursement".split()
)
_BARE: Final = frozenset(("Territory", "DateState"))
"""Classes of things without an id and a source of their own."""
ANEW: Final = frozenset(
    sg(name)
    for name in "startEarliest startLatest endEarliest endLatest startState endState announcedEarliest "
    "announcedLatest publishedLatest lastAttested".split()
)
INFERENCE, ONTOLOGY_SAYS, COMPUTED, WRONG = "inferred, made anew", "said by the ontology", "computed anew", "fault"
_SHACL: Final = "http://www.w3.org/ns/shacl#"
_SHOWN: Final = 5

_Triple = tuple[str, str, Object]
_Values = dict[str, list[Object]]


@dataclass
class Taken:
    """What a file gives to the graph, what became of its quads, and what is wrong with them."""

    statements: list[Statement] = field(default_factory=list)
    quads: list[Quad] = field(default_factory=list)
    read: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)


def take(
    quads: Collection[Quad], name: str, *, lines: Mapping[str, int], source: str = "", known: Collection[str] = ()
) -> Taken:
    """Return what a file of RDF gives to the graph.

    Args:
        quads: all that the file says, by value, without blank nodes.
        name: the file, as findings name it.
        lines: the first line of each subject, where it is known.
        source: the id of the source of what stands in the graph of none.
        known: the IRIs of the sources that the tables describe.
    """
    return _Taker(name, lines, thing("source", source) if source else "", known).take(quads)


class _Taker:
    """Takes the quads of one file."""

    def __init__(self, name: str, lines: Mapping[str, int], source: str, known: Collection[str]) -> None:
        self.name = name
        self.lines = lines
        self.source = source
        self.known = set(known)
        self.found = Taken()
        self.dropped: set[_Triple] = set()
        """The values that are one too many."""
        self.told: set[str] = set()
        """The IRIs that were said to be malformed."""
        self.graphs: dict[_Triple, set[str]] = defaultdict(set)
        """The graphs of sources that state a triple."""
        self.described: set[_Triple] = set()
        """What stands in the graph of the sources' metadata."""
        self.about: dict[str, _Values] = defaultdict(lambda: defaultdict(list))
        """The merged graph, by subject and property."""

    def take(self, quads: Collection[Quad]) -> Taken:
        """Do it all."""
        self.found.read = len(quads)
        inferred = {quad[:3] for quad in quads if quad.graph == INFERRED}
        reasons: dict[Quad, str] = {}
        good: dict[Quad, Quad] = {}
        objected: dict[_Triple, bool] = {}
        for quad in quads:
            if quad.graph == INFERRED or (not quad.graph and quad[:3] in inferred):
                reasons[quad] = INFERENCE
            elif quad.graph == ONTOLOGY or about_our_terms(quad):
                reasons[quad] = ONTOLOGY_SAYS
            else:
                exact = _exact(quad)
                wrong = objected.get(exact[:3])
                if wrong is None:
                    wrong = objected[exact[:3]] = self._objected(exact)
                if wrong:
                    reasons[quad] = WRONG
                else:
                    good[quad] = exact
        self.known |= {quad.subject for quad in good.values() if (quad.predicate, quad.object) == (TYPE, sg("Source"))}
        if self.source and self.source not in self.known:
            hint = "describe it in the file as sg:Source, or add a row for it to sources.csv"
            self._find("rdf-source", ERROR, "no source has this id", hint, local(self.source))
        disputed = self._place(good, reasons)
        self._state()
        given = set(self._quads(disputed))
        for quad, exact in good.items():
            if quad not in reasons and exact not in given:
                reasons[quad] = WRONG if exact[:3] in self.dropped else COMPUTED
        self.found.left_out.update(reasons.values())
        self._tell_of_others(good)
        return self.found

    def _find(
        self, rule: str, severity: str, message: str, hint: str, value: str, subject: str = "", of: str = ""
    ) -> None:
        line = self.lines.get(subject, 0)
        self.found.findings.append(Finding(rule, severity, message, hint, self.name, line, local(of), "", value[:200]))

    def _objected(self, quad: Quad) -> bool:
        found: list[Objection] = list(objections(quad))
        for one in found:
            if one.rule == "rdf-thing":
                if one.value in self.told:
                    continue
                self.told.add(one.value)
            self._find(one.rule, ERROR, one.message, one.hint, one.value, quad.subject, quad.predicate)
        return bool(found)

    def _place(self, good: Mapping[Quad, Quad], reasons: dict[Quad, str]) -> set[tuple[_Triple, str]]:
        """Sort the statements by graph, and return those that only their own source holds: the disputed values."""
        default = {quad[:3] for quad in good.values() if not quad.graph}
        claims = _claimed(good.values())
        strange: set[str] = set()
        disputed = set()
        merged: dict[_Triple, None] = dict.fromkeys(sorted(default, key=str))
        for told, quad in good.items():
            triple = quad[:3]
            if quad.graph == SOURCES:
                self.described.add(triple)
                merged[triple] = None
            elif quad.graph in self.known:
                if triple not in default and (triple, quad.graph) in claims:
                    disputed.add((triple, quad.graph))
                else:
                    self.graphs[triple].add(quad.graph)
                    merged[triple] = None
            elif quad.graph:
                reasons[told] = WRONG
                strange.add(quad.graph)
        for graph in sorted(strange):
            hint = f"name the graph {ID}source/... and describe that as sg:Source"
            self._find("rdf-graph", ERROR, "the graph is no source", hint, graph, graph)
        for subject, predicate, item in merged:
            self.about[subject][predicate].append(item)
        return disputed

    def _state(self) -> None:
        """Put what we compute in place of what the file says of it, and add what each thing has."""
        day = self._published()
        for subject in sorted(self.about):
            values = self.about[subject]
            for predicate in sorted(ONCE & values.keys() - ANEW):
                self._once(subject, predicate, values)
            classes = {local(str(name)) for name in values.get(TYPE, ()) if str(name).startswith(NS)}
            told = {name: list(values[name]) for name in ANEW & values.keys()}
            anew: dict[str, Object] = {}
            for side in ("start", "end"):
                anew.update(_bounds(side, values, classes))
            anew.update(_announced(values))
            if issued := values.get(DCT + "issued") if "Source" in classes else None:
                anew[sg("publishedLatest")] = _day(date_bounds(_text(issued[0])).latest)
            if classes & _ATTESTED and sg("iatiIdentifier") not in values:
                dated = [day[str(one)] for one in values.get(_SOURCE, ()) if str(one) in day]
                if dated:
                    anew[sg("lastAttested")] = max(dated)[1]
            for predicate, item in anew.items():
                old = told.get(predicate)
                if old and old != [item]:
                    message = f"computed anew as {_text(item)}"
                    hint = "say only the date itself: its bounds and state follow"
                    self._find("rdf-computed", WARNING, message, hint, _text(old[0]), subject, predicate)
                values[predicate] = [item]
            for predicate in ANEW & values.keys():
                self._once(subject, predicate, values)
            if kind_of(subject) and classes & CLASSES and not classes & _BARE:
                values.setdefault(_ID_OF, [Literal(local(subject))])
                self._add_sources(subject, values)

    def _add_sources(self, subject: str, values: _Values) -> None:
        if _SOURCE in values or kind_of(subject) == "source":
            return
        said = {graph for name in values[TYPE] for graph in self.graphs.get((subject, TYPE, name), ())}
        if said or self.source:
            values[_SOURCE] = list[Object](sorted(said or {self.source}))

    def _once(self, subject: str, predicate: str, values: _Values) -> None:
        if len(values[predicate]) > 1:
            told = sorted(values[predicate], key=str)
            message = f"{len(told)} values, where a thing has one at most"
            hint = "keep one; what another source says is a sg:Claim"
            self._find("rdf-once", ERROR, message, hint, " | ".join(map(_text, told)), subject, predicate)
            values[predicate] = told[:1]
            self.dropped.update((subject, predicate, item) for item in told[1:])

    def _published(self) -> dict[str, tuple[str, Literal]]:
        """Return the dated sources: the last day that the date may mean, and the date as it is given."""
        found = {}
        for subject, values in self.about.items():
            issued = values.get(DCT + "issued")
            if issued and sg("Source") in values.get(TYPE, ()) and isinstance(issued[0], Literal):
                found[subject] = date_bounds(issued[0].value).latest, issued[0]
        return found

    def _quads(self, disputed: Iterable[tuple[_Triple, str]]) -> Iterator[Quad]:
        """Make the statements and the quads, and yield the quads."""
        described = {subject for subject, _, _ in self.described}
        for subject in sorted(self.about):
            values = self.about[subject]
            types = values.get(TYPE, ())
            metadata = subject in described or sg("Source") in types
            unsaid = metadata or sg("Claim") in types
            for predicate in sorted(values):
                for item in sorted(values[predicate], key=str):
                    triple = subject, predicate, item
                    sources = (
                        self.graphs.get(triple, set()) if predicate not in ANEW or predicate[-5:] == "State" else set()
                    )
                    if not sources and self.source and not unsaid and predicate not in _UNSAID | ANEW:
                        sources = {self.source}
                    graphs = {"", *sources}
                    if metadata and (triple in self.described or subject not in described or predicate in ANEW):
                        graphs.add(SOURCES)
                    yield from self._add(triple, sources, graphs)
        for triple, graph in sorted(disputed, key=str):
            yield from self._add(triple, {graph}, {graph})

    def _add(self, triple: _Triple, sources: set[str], graphs: set[str]) -> Iterator[Quad]:
        line = self.lines.get(triple[0], 0)
        place = f"line {line}" if line else _local(triple[0])
        self.found.statements.append(
            Statement(*triple, tuple(sorted(sources)), self.name, line, place, _local(triple[1]))
        )
        for graph in sorted(graphs):
            quad = Quad(*triple, graph)
            self.found.quads.append(quad)
            yield quad

    def _tell_of_others(self, good: Mapping[Quad, Quad]) -> None:
        """Say which statements are kept though nothing here looks at them."""
        others = Counter(
            quad.predicate
            for quad in good
            if not quad.predicate.startswith((NS, RDF, _SHACL)) and quad.predicate not in OURS
        )
        if others:
            most = [f"{name} ({count})" for name, count in sorted(others.items(), key=lambda one: (-one[1], one[0]))]
            more = f" and {len(most) - _SHOWN} more" if len(most) > _SHOWN else ""
            number = others.total()
            told = "1 statement uses a property" if number == 1 else f"{number:,} statements use properties"
            message = f"{told} of other vocabularies, kept as in the file"
            hint = "no question, relation or rule looks at them; SPARQL and exports show them"
            self._find("rdf-other-vocabulary", INFO, message, hint, ", ".join(most[:_SHOWN]) + more)


def _exact(quad: Quad) -> Quad:
    """Return a quad with a whole number as a decimal, where a decimal is meant."""
    item = quad.object
    if quad.predicate in NUMBERS and isinstance(item, Literal) and item.datatype == XSD + "integer":
        return quad._replace(object=Literal(item.value, XSD + "decimal"))
    return quad


def _claimed(quads: Iterable[Quad]) -> set[tuple[_Triple, str]]:
    """Return each value that a claim says another source gives, with that source."""
    claims: dict[str, _Values] = defaultdict(lambda: defaultdict(list))
    for quad in quads:
        if kind_of(quad.subject) == "claim":
            claims[quad.subject][quad.predicate].append(quad.object)
    return {
        ((str(about), str(predicate), value), str(source))
        for claim in claims.values()
        for about in claim[sg("aboutSubject")]
        for predicate in claim[sg("aboutProperty")]
        for value in claim[sg("claimedValue")]
        for source in claim[_SOURCE]
    }


_local = lru_cache(1 << 16)(local)


def _text(item: Object) -> str:
    return item.value if isinstance(item, Literal) else local(item)


def _day(text: str) -> Literal:
    return Literal(text, XSD + "date")


def _bounds(side: str, values: _Values, classes: set[str]) -> dict[str, Object]:
    """Return the bounds and the state of one side, as they follow from what is said of it."""
    given, state = values.get(sg(side)), values.get(sg(f"{side}State"), [])
    if not given and side == "end" and classes & _EVENTS and state in ([], [sg("known")]):
        # A meeting without an end ended when it began.
        given = values.get(sg("start"))
    if given:
        found = date_bounds(_text(min(given, key=str)))
        return {
            sg(f"{side}Earliest"): _day(found.earliest),
            sg(f"{side}Latest"): _day(found.latest),
            sg(f"{side}State"): sg("known"),
        }
    dated = classes & _DATED or (side == "start" and "Document" in classes)
    return {sg(f"{side}State"): sg("unknown")} if dated and not state else {}


def _announced(values: _Values) -> dict[str, Object]:
    days = [date_bounds(part) for item in values.get(sg("announced"), ()) for part in _text(item).split("/")]
    if not days:
        return {}
    return {
        sg("announcedEarliest"): _day(min(day.earliest for day in days)),
        sg("announcedLatest"): _day(max(day.latest for day in days)),
    }
