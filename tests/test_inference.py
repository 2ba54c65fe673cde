"""Rules give the ties that they say; OWL RL adds what says something and nothing else; all on made-up graphs."""

from __future__ import annotations

import shutil
from collections.abc import Collection
from pathlib import Path

import pytest
import rdflib

from secgraph import inference
from secgraph.errors import OntologyError
from secgraph.inference import apply_rules, derive, infer
from secgraph.store import OxigraphStore
from secgraph.values import XSD, Literal, Object, Quad
from secgraph.vocab import DCT, FOAF, INFERRED, ORG, OWL, RDF, RDFS, SCHEMA, code, local, sg, thing

ONTOLOGY = Path(__file__).resolve().parent.parent / "ontology"
TYPE = RDF + "type"
BODY = thing("initiative", "made-up-network")
EVENT = thing("event", "2018-05-made-up")
PROGRAMME = thing("programme", "made-up")
SOURCE = thing("source", "made-up")
DONOR = thing("organisation", "donor")
POLICE = thing("organisation", "police")


def graph(*triples: tuple[str, str, Object]) -> list[Quad]:
    return [Quad(*triple) for triple in triples]


def participation(activity: str, party: str, role: str) -> list[Quad]:
    node = thing("participation", f"{local(activity)}--{local(party)}--{role}")
    return graph(
        (node, TYPE, sg("Participation")),
        (node, sg("participationIn"), activity),
        (node, sg("participant"), party),
        (node, sg("participationRole"), code("participation-role", role)),
        (node, DCT + "source", SOURCE),
    )


def membership(member: str, role: str) -> list[Quad]:
    node = thing("membership", f"made-up-network--{member}--{role}")
    return graph(
        (node, TYPE, sg("Membership")),
        (node, ORG + "organization", BODY),
        (node, ORG + "member", thing("jurisdiction", member)),
        (node, ORG + "role", code("membership-role", role)),
        (node, sg("start"), Literal("2018", XSD + "gYear")),
        (node, sg("endState"), sg("open")),
        (node, DCT + "source", SOURCE),
    )


ROLES = ("member", "contracting-party", "signatory", "observer", "partner", "associate", "lead-partner")
MEMBERS = ("AA", "BB", "CC", "DD", "EE", "FF", "GG")

FACTS: list[Quad] = [
    *graph(
        (BODY, TYPE, sg("Initiative")),
        (BODY, RDFS + "label", Literal("Made-up Network")),
        (BODY, FOAF + "homepage", "https://example.org/network"),
        (EVENT, TYPE, sg("Meeting")),
        (EVENT, sg("topic"), thing("topic", "customs")),
        (EVENT, sg("startEarliest"), Literal("2018-05-01", XSD + "date")),
        (PROGRAMME, TYPE, sg("Project")),
        (PROGRAMME, sg("programmeType"), code("programme-type", "project")),
        (DONOR, TYPE, sg("Organisation")),
        (POLICE, TYPE, sg("Organisation")),
        (POLICE, sg("parentOrganisation"), DONOR),
        (thing("transaction", "gift"), TYPE, sg("Contribution")),
        (thing("transaction", "gift"), sg("finances"), PROGRAMME),
        (thing("transaction", "gift"), sg("provider"), thing("instrument", "made-up")),
        (thing("transaction", "dinner"), TYPE, sg("Contribution")),
        (thing("transaction", "dinner"), sg("finances"), EVENT),
        (thing("transaction", "dinner"), sg("provider"), POLICE),
        (thing("occupancy", "someone"), TYPE, sg("Occupancy")),
        (thing("occupancy", "someone"), sg("holder"), thing("person", "someone")),
        (thing("occupancy", "someone"), sg("post"), thing("post", "chief")),
        (thing("edition", "first"), TYPE, sg("Edition")),
        (thing("edition", "first"), sg("editionEvent"), EVENT),
        (thing("edition", "first"), sg("series"), thing("series", "made-up")),
        (thing("response", "one"), TYPE, sg("Response")),
        (thing("response", "one"), sg("respondsTo"), thing("need", "one")),
        (thing("response", "one"), sg("byProgramme"), PROGRAMME),
        (thing("response", "one"), sg("provider"), POLICE),
    ),
    *(quad for name, role in zip(MEMBERS, ROLES, strict=True) for quad in membership(name, role)),
    *participation(EVENT, POLICE, "organiser"),
    *participation(EVENT, DONOR, "host"),
    *participation(EVENT, DONOR, "supporter"),
    *participation(EVENT, BODY, "participant"),
    *participation(EVENT, thing("jurisdiction", "AA"), "speaker"),
    *participation(PROGRAMME, POLICE, "implementing"),
    *participation(PROGRAMME, DONOR, "funder"),
    *participation(PROGRAMME, thing("jurisdiction", "AA"), "beneficiary"),
    *participation(PROGRAMME, BODY, "partner"),
]


def test_the_rules_give_these_ties_and_no_others() -> None:
    found = apply_rules(OxigraphStore.in_memory(FACTS), ONTOLOGY / "rules")
    aa, bb, cc = (thing("jurisdiction", name) for name in MEMBERS[:3])
    assert {(quad.subject, quad.predicate, quad.object) for quad in found} == {
        (aa, sg("memberOf"), BODY),
        (bb, sg("memberOf"), BODY),
        (cc, sg("memberOf"), BODY),
        (EVENT, sg("organisedBy"), POLICE),
        (EVENT, sg("hostedBy"), DONOR),
        (EVENT, sg("supportedBy"), DONOR),
        (EVENT, sg("attendedBy"), BODY),
        (EVENT, sg("attendedBy"), aa),
        (PROGRAMME, sg("implementedBy"), POLICE),
        (PROGRAMME, sg("fundedBy"), DONOR),
        (PROGRAMME, sg("benefits"), aa),
        (DONOR, sg("funds"), PROGRAMME),
        (thing("instrument", "made-up"), sg("funds"), PROGRAMME),
        (thing("person", "someone"), sg("holdsPost"), thing("post", "chief")),
        (EVENT, sg("editionOf"), thing("series", "made-up")),
        (thing("need", "one"), sg("answeredBy"), PROGRAMME),
    }
    assert {quad.graph for quad in found} == {INFERRED}
    assert found == sorted(found)


def test_a_shortcut_that_is_asserted_already_is_not_inferred_again() -> None:
    said = Quad(EVENT, sg("organisedBy"), POLICE)
    facts = [*FACTS, said]
    found = derive(facts, OxigraphStore.in_memory(facts), ONTOLOGY)
    assert said._replace(graph=INFERRED) in derive(FACTS, OxigraphStore.in_memory(FACTS), ONTOLOGY)
    assert said._replace(graph=INFERRED) not in found


def test_there_is_one_rule_for_each_shortcut() -> None:
    rules = sorted((ONTOLOGY / "rules").glob("*.rq"))
    assert len(rules) == 12
    for rule in rules:
        text = rule.read_text(encoding="utf-8")
        assert text.startswith("# ")
        words = rule.stem.split("-")
        assert f"sg:{words[0]}{''.join(map(str.capitalize, words[1:]))} ?" in text.split("WHERE")[0]


def test_inference_keeps_what_says_something() -> None:
    found = infer(FACTS, ONTOLOGY)
    types = {quad.object for quad in found if quad.predicate == TYPE and quad.subject == BODY}
    assert types == {
        sg("Agent"), FOAF + "Agent", FOAF + "Organization", "http://www.w3.org/ns/prov#Agent",
        ORG + "Organization", ORG + "OrganizationalCollaboration",
    }  # fmt: skip
    texts = {(quad.subject, quad.predicate, quad.object) for quad in found}
    assert (EVENT, TYPE, sg("Event")) in texts
    assert (EVENT, TYPE, SCHEMA + "Event") in texts
    assert (EVENT, DCT + "subject", thing("topic", "customs")) in texts
    assert (PROGRAMME, TYPE, sg("Programme")) in texts
    assert (POLICE, ORG + "subOrganizationOf", DONOR) in texts
    assert (thing("transaction", "gift"), TYPE, sg("MoneyRow")) in texts
    # Ranges type what no row describes here.
    assert (thing("jurisdiction", "AA"), TYPE, FOAF + "Agent") in texts
    assert (thing("person", "someone"), TYPE, sg("Person")) in texts


def test_inference_leaves_out_what_says_nothing() -> None:
    found = infer(FACTS, ONTOLOGY)
    asserted = {(quad.subject, quad.predicate, quad.object) for quad in FACTS}
    assert found == sorted(set(found))
    for quad in found:
        assert quad.graph == INFERRED
        assert (quad.subject, quad.predicate, quad.object) not in asserted
        assert quad.subject.startswith("https://w3id.org/secgraph/id/")
        assert "-role/" not in quad.subject, "a code is a matter of the ontology"
        assert isinstance(quad.object, str)
        assert not isinstance(quad.object, Literal)
        assert not quad.object.startswith((OWL, RDFS, RDF, "_:"))
        assert not quad.predicate.startswith((OWL, RDFS))


def test_two_members_in_one_membership_become_one_thing() -> None:
    """What the rule same-as-inferred is for: a slip of the pen must not go unseen."""
    slip = [
        *FACTS,
        Quad(thing("membership", "made-up-network--AA--member"), ORG + "member", thing("jurisdiction", "BB")),
    ]
    same = [quad for quad in infer(slip, ONTOLOGY) if quad.predicate == OWL + "sameAs"]
    assert {(quad.subject[-2:], str(quad.object)[-2:]) for quad in same} == {("AA", "BB"), ("BB", "AA")}


def test_facts_in_small_parts_give_what_they_give_together(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = infer(FACTS, ONTOLOGY)
    sizes: list[int] = []
    reason = inference._closure

    def counted(axioms: str, part: Collection[tuple[str, str, str]]) -> object:
        sizes.append(len(part))
        return reason(axioms, part)

    monkeypatch.setattr(inference, "_AT_ONCE", 12)
    monkeypatch.setattr(inference, "_closure", counted)
    assert infer(FACTS, ONTOLOGY) == whole
    assert len(sizes) > 3
    assert sizes[:-2] == [12] * (len(sizes) - 2)
    monkeypatch.setattr(inference, "_JOINED_AT_ONCE", 3)
    assert infer(FACTS, ONTOLOGY) == whole
    # The two bodies of one membership, far from each other: what is one of two is found in any parts.
    slip = Quad(thing("membership", "made-up-network--AA--member"), ORG + "organization", DONOR)
    one = {(quad.subject, quad.object) for quad in infer([slip, *FACTS], ONTOLOGY) if quad.predicate == OWL + "sameAs"}
    assert one == {(BODY, DONOR), (DONOR, BODY)}


@pytest.mark.parametrize(
    ("axioms", "joined"),
    [
        ("x:p rdfs:domain x:C . x:C owl:equivalentClass x:D .", set()),
        ("x:p a owl:FunctionalProperty . x:q rdfs:subPropertyOf x:p . x:r owl:inverseOf x:q .", {"x:p", "x:q", "x:r"}),
        ("x:p a owl:TransitiveProperty . x:q rdfs:domain x:C .", {"x:p"}),
        ("x:p owl:propertyChainAxiom ( x:q x:r ) .", None),
        ("x:C rdfs:subClassOf [ owl:onProperty x:p ; owl:someValuesFrom x:D ] .", None),
    ],
)
def test_properties_whose_facts_say_more_together_are_told(axioms: str, joined: set[str] | None) -> None:
    head = "".join(f"@prefix {name}: <{iri}> . " for name, iri in (("x", "x:"), ("rdfs", RDFS), ("owl", OWL)))
    assert inference._joined_properties(rdflib.Graph().parse(data=head + axioms, format="turtle")) == joined


@pytest.mark.parametrize(
    ("axioms", "apart"),
    [
        ("x:p a owl:FunctionalProperty .", True),
        ("x:p a owl:InverseFunctionalProperty .", False),
        ("x:p a owl:TransitiveProperty .", False),
        ("x:p a owl:FunctionalProperty ; owl:inverseOf x:q .", False),
    ],
)
def test_facts_of_functional_properties_are_split_by_subject_alone(axioms: str, apart: bool) -> None:
    head = f"@prefix x: <x:> . @prefix owl: <{OWL}> . "
    assert inference._joined_by_subject(rdflib.Graph().parse(data=head + axioms, format="turtle")) is apart


def test_a_subject_is_never_split() -> None:
    facts = {(f"x:{number // 3}", "x:p", f"x:value-{number}") for number in range(3_000)}
    parts = list(inference._whole_subjects(facts))
    assert [len(part) for part in parts] == [1_002, 1_002, 996]
    assert set().union(*parts) == facts
    assert sum(len({subject for subject, _property, _value in part}) for part in parts) == 1_000


def test_everything_that_follows_comes_in_one_order_whatever_the_order_of_the_facts() -> None:
    store = OxigraphStore.in_memory(FACTS)
    found = derive(FACTS, store, ONTOLOGY)
    assert found == derive(list(reversed(FACTS)), store, ONTOLOGY)
    texts = {(quad.subject, quad.predicate, quad.object) for quad in found}
    assert (thing("jurisdiction", "AA"), ORG + "memberOf", BODY) in texts, "a shortcut is a kind of an outside property"
    assert (EVENT, SCHEMA + "organizer", POLICE) in texts
    assert (thing("jurisdiction", "DD"), ORG + "memberOf", BODY) not in texts, "an observer is no member"
    assert set(apply_rules(store, ONTOLOGY / "rules")) <= set(found)


def test_what_was_inferred_before_is_not_taken_for_a_fact() -> None:
    first = derive(FACTS, OxigraphStore.in_memory(FACTS), ONTOLOGY)
    again = derive([*FACTS, *first], OxigraphStore.in_memory(FACTS), ONTOLOGY)
    assert again == first


def test_a_malformed_rule_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.rq").write_text("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p }", encoding="utf-8")
    with pytest.raises(OntologyError, match=r"rule broken\.rq"):
        apply_rules(OxigraphStore.in_memory(), tmp_path)


def test_a_folder_without_rules_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OntologyError, match="no rule found"):
        apply_rules(OxigraphStore.in_memory(), tmp_path)


def test_a_malformed_module_is_named(tmp_path: Path) -> None:
    shutil.copy(Path(__file__).parent / "bad" / "ontology" / "malformed.ttl", tmp_path)
    with pytest.raises(OntologyError, match=r"malformed\.ttl: not Turtle: .*line 8"):
        infer(FACTS, tmp_path)
