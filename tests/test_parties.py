"""Who is meant by an outside identifier and a name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secgraph.mapping.parties import Parties, normal_name, normal_ref
from secgraph.records import TABLES, IdentityRecord, OrganisationRecord, Record, RedirectRecord
from secgraph.vocab import thing
from tests.conftest import BUNDLED

Tables = dict[str, list[Record]]


def organisation(name: str, *identifiers: str) -> Record:
    return OrganisationRecord(id=name, name=name.upper(), type="ngo", identifiers="|".join(identifiers), sources="s")  # type: ignore[arg-type]  # cells come as text


def judged(subject: str, text: str, *, ref: bool = False, modifier: str = "") -> Record:
    return IdentityRecord(
        subject_id=subject if "/" in subject else thing("organisation", subject),
        predicate_id="skos:exactMatch",
        predicate_modifier=modifier,
        object_label=text,
        object_type="rdfs literal",
        object_category="identifier" if ref else "name",
        mapping_justification="semapv:ManualMappingCuration",
    )


def linked(subject: str, iri: str, modifier: str = "") -> Record:
    return IdentityRecord(
        subject_id=thing("organisation", subject), predicate_id="skos:exactMatch", predicate_modifier=modifier,
        object_id=iri, mapping_justification="semapv:ManualMappingCuration",
    )  # fmt: skip


def moved(old: str, new: str) -> Record:
    return RedirectRecord(kind="organisation", old=old, new=new, reason="merged")


def tables(**rows: list[Record]) -> Tables:
    return {name: rows.get(name, []) for name in TABLES}


def own(name: str) -> str:
    return thing("organisation", name)


def test_an_identifier_is_found_as_it_stands_and_in_spellings_that_can_mean_nothing_else() -> None:
    parties = Parties(tables(organisations=[organisation("a", "iati:BG-11001"), organisation("b", "wikidata:Q1")]))
    assert parties.find("BG-11001", "") == own("a")
    assert parties.find("BG - 11001", "anything") == own("a")
    assert parties.find(" bg\u201311001", "") == own("a")
    assert parties.find("wikidata:Q1", "") == own("b")
    assert parties.find("BG-1100", "") is None
    assert parties.find("Q1", "") is None


def test_a_name_is_found_only_where_somebody_judged_it() -> None:
    rows = tables(organisations=[organisation("a"), organisation("b")], identities=[judged("a", "The  A Trust")])
    parties = Parties(rows)
    assert parties.find("", "the a trust") == own("a")
    assert parties.find("", "A") is None  # its own name, but nobody judged that a stranger means it
    assert parties.find("GB-COH-0", "The A Trust") == own("a")
    assert parties.find("", "") is None
    assert parties.find("  ", " ") is None


def test_the_identifier_counts_more_than_the_name() -> None:
    parties = Parties(
        tables(organisations=[organisation("a", "iati:X-1"), organisation("b")], identities=[judged("b", "Bee")])
    )
    assert parties.find("X-1", "Bee") == own("a")


def test_what_is_judged_to_be_two_things_is_nobody() -> None:
    both = [judged("a", "Interior"), judged("b", "Interior")]
    rows = tables(organisations=[organisation("a", "iati:X-1"), organisation("b", "iati:x-1")], identities=both)
    parties = Parties(rows)
    assert parties.find("", "Interior") is None
    assert parties.find("X-1", "") == own("a")  # as it stands it is one thing
    assert parties.find("X -1", "") is None


def test_a_negative_judgement_holds_for_its_identifier_and_name() -> None:
    rows = tables(
        organisations=[organisation("a", "iati:X-1"), organisation("b")],
        identities=[
            judged("a", "X-1", ref=True, modifier="Not"),
            judged("b", "Bee"),
            judged("b", "X-2", ref=True, modifier="Not"),
            judged("b", "BEE", modifier="Not"),
        ],
    )
    parties = Parties(rows)
    assert parties.find("X-1", "") is None
    assert parties.find("", "Bee") is None


def test_a_judged_identifier_and_an_outside_address_are_found() -> None:
    rows = tables(
        organisations=[organisation("a"), organisation("b"), organisation("c")],
        identities=[
            judged("a", "GB-COH-77", ref=True),
            linked("b", "https://org-id.guide/GB-COH-88"),
            linked("b", "https://iatiregistry.org/publisher/bee"),
            linked("c", own("b")),
        ],
    )
    parties = Parties(rows)
    assert parties.find("GB-COH-77", "") == own("a")
    assert parties.find("", "GB-COH-77") is None
    assert parties.find("GB-COH-88", "") == own("b")
    assert parties.find("https://iatiregistry.org/publisher/bee", "") == own("b")
    assert parties.find(own("b"), "") is None


def test_a_merged_id_leads_to_the_one_that_it_became_and_a_circle_leads_nowhere() -> None:
    rows = tables(
        organisations=[organisation("new")],
        redirects=[moved("old", "middle"), moved("middle", "new"), moved("x", "y"), moved("y", "x")],
        identities=[judged("old", "Old Name"), judged("x", "Round"), judged("nobody", "None"), judged("urn/x", "Out")],
    )
    parties = Parties(rows)
    assert parties.find("", "Old Name") == own("new")
    assert parties.find("", "Round") is None
    assert parties.find("", "None") is None
    assert parties.find("", "Out") is None


def test_the_bundled_identifiers_are_found(records: Callable[[], Any]) -> None:
    parties = Parties(records())
    # Read off organisations.csv and identities.sssom.tsv by hand.
    assert parties.find("GB-GOV-1", "DFID") == own("gb-fcdo")
    assert parties.find("XM-DAC-41114", "") == own("undp")
    assert parties.find("XI-IATI-EC_NEAR", "") == own("eu-dg-near")
    assert parties.find("41AAA", "") == own("unops")
    assert parties.find("http://publications.europa.eu/resource/authority/corporate-body/COU_EUR", "") == own("coe")
    assert parties.find("", "Council of Europe") is None


@pytest.fixture
def records() -> Callable[[], Any]:
    from secgraph.sources.tables import read_tables

    return lambda: read_tables(BUNDLED).records


@given(st.text(), st.text())
def test_any_text_is_answered_and_finds_nobody_in_an_empty_dataset(ref: str, name: str) -> None:
    assert Parties(tables()).find(ref, name) is None


@given(st.text())
def test_normalising_twice_is_normalising_once(text: str) -> None:
    assert normal_ref(normal_ref(text)) == normal_ref(text)
    assert normal_name(normal_name(text)) == normal_name(text)
