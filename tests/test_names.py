"""Names that are typed as people type them: misspelt, in another order, in another language, half remembered."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secgraph import lookup
from secgraph.errors import NotFoundError
from secgraph.lookup.likeness import Words
from tests.conftest import Opened

MEANT = (
    ("Ministry of Internal Affairs of Serbia", "organisation/rs-mi"),
    ("Serbian Ministry of Interior", "organisation/rs-mi"),
    ("Interior Ministry of Montenegro", "organisation/me-mi"),
    ("Foreign Ministry of Albania", "organisation/al-mfa"),
    ("Kosovo Ministry of the Interior", "organisation/xk-mi"),
    ("Macedonian Ministry of Foreign Affairs", "organisation/mk-mfa"),
    ("Austrian Foreign Ministry", "organisation/at-mfa"),
    ("ministrstvo za notranje zadeve Slovenije", "organisation/si-mi"),
    ("Bundesministerium des Inneren", "organisation/at-mi"),
    ("Uprava za sprecavanje pranja novca", "organisation/me-apml"),
    ("Geneva Center for Democratic Control of the Armed Forces", "organisation/dcaf"),
    ("European Monitoring Center for Drugs", "organisation/euda"),
    ("Center for Security Cooperation RACVIAC", "organisation/racviac"),
    ("South East European Law Enforcment Centre", "organisation/selec"),
    ("South Eastern Europe Police Chiefs Association", "organisation/sepca"),
    ("Police Cooperation Convention South Eastern Europe", "initiative/pcc-see"),
    ("Organised Crime Prosecutors Permanent Conference", "initiative/pcocp"),
    ("Network of Women Police Officers", "initiative/wpon"),
    ("Helsinki Committee of Albania", "organisation/ahc-al"),
    ("Centre for Security Studies Kosovo", "organisation/qkss"),
    ("UN Office for Drugs and Crime", "organisation/unodc"),
    ("SEE Clearinghouse for Small Arms Control", "organisation/seesac"),
    ("International Criminal Police Organisation", "organisation/interpol"),
    ("EU Agency for Asylum", "organisation/euaa"),
    ("Regional Anticorruption Initative", "organisation/rai"),
    ("SEFEN", "initiative/seefen"),
    ("Western Balkans Counterterrorism Initiative", "initiative/wbcti"),
    ("Bosnia and Hercegovina", "jurisdiction/BA"),
    ("F.Y.R. of Macedonia", "jurisdiction/MK"),
    ("Turkei", "jurisdiction/TR"),
    ("Sojati Agroni", "person/agron-sojati"),
    ("Bahadir Gurbus", "person/gurbuz-bahadir"),
    ("национален комитет за борба против тероризам", "organisation/mk-nccvect"),
    ("Direkcija za koordinaciju policijskih tela BiH", "organisation/ba-dcpb"),
    ("Egmont Group of FIUs", "organisation/egmont-group"),
    ("European Public Prosecutor Office", "organisation/eppo"),
    ("Romanian Ministry of Internal Affairs", "organisation/ro-mi"),
    ("Ministry of Internal Affairs of Croatia", "organisation/hr-mi"),
    ("International Organisation for Migrations", "organisation/iom"),
    ("Slovenian Foreign Ministry", "organisation/si-mfa"),
    ("DCAF Lubljana", "organisation/dcaf-ljubljana"),
    ("Westbalkan Cyber Capacity Center", "organisation/wb3c"),
    ("Czech Interior Ministry", "organisation/cz-mi"),
    ("UN High Commisioner for Refugees", "organisation/unhcr"),
    ("Regional Cooperation Counsil", "organisation/rcc"),
    ("Financial Inteligence Unit Kosovo", "organisation/xk-fiu"),
    ("European Border & Coastguard Agency", "organisation/frontex"),
    ("Policija Kosova", "organisation/xk-police"),
    ("Stability Pact South-East Europe", "organisation/stability-pact"),
    ("Republika Srpska interior ministry", "organisation/ba-rs-mi"),
    ("Sarajevo NATO HQ", "organisation/nato-hq-sarajevo"),
    ("Swedish Development Agency", "organisation/se-sida"),
    ("Kingdom of Sweeden", "jurisdiction/SE"),
    ("Secretariat of the Police Coop Convention", "organisation/pcc-see-secretariat"),
    ("SALW control road map", "initiative/salw-roadmap"),
    ("Southeast European Prosecutors Group", "organisation/seepag"),
    ("Belgrad Center for Security Policy", "organisation/bcsp"),
    ("Grupa484", "organisation/group-484"),
    ("International Center for Migration Policy", "organisation/icmpd"),
    ("moneyvall", "organisation/moneyval"),
    ("Moldovan Ministry of the Interior", "organisation/md-mi"),
    ("French Interior Ministry", "organisation/fr-mi"),
    ("Austrian Federal Criminal Police Office", "organisation/at-bka"),
    ("EU Agency for Law Enforcement Training", "organisation/cepol"),
    ("Instrument for Preaccession Assistance II", "instrument/ipa-ii"),
    ("OSZE", "organisation/osce"),
    ("Stockholm Peace Research Institute", "organisation/sipri"),
)
"""What is typed, and what is meant: read in the tables of the bundled dataset before anything was ranked."""

NOT_TOLD = (
    ("Ministarstvo unutrasnjih poslova Srbije", "organisation/rs-mi"),
    ("Interior Ministry of the Bosnian Federation", "organisation/ba-fmi"),
    ("EU Rule of Law Mission Kosovo", "organisation/eulex"),
)
"""What the names cannot tell: a country in a language that the tables lack, `FBiH`, a programme called the same."""


def ids(opened: Opened, typed: str) -> list[str]:
    found = lookup.find(opened.store, typed)
    kind, name = found.columns.index("kind"), found.columns.index("id")
    return [f"{row[kind]}/{row[name]}" for row in found.rows]


@pytest.mark.parametrize(("typed", "meant"), MEANT)
def test_what_is_meant_is_found_first(bundled: Opened, typed: str, meant: str) -> None:
    assert ids(bundled, typed)[:1] == [meant]


def test_what_names_cannot_tell_is_near(bundled: Opened) -> None:
    places = [ids(bundled, typed).index(meant) for typed, meant in NOT_TOLD]
    assert places[0] == places[2] == 1
    assert all(place < 10 for place in places)


def test_suggestions_are_ranked_by_the_same(bundled: Opened) -> None:
    with pytest.raises(NotFoundError) as refused:
        lookup.resolve(bundled.store, "Ministry of Internal Affairs of Serbia", ["organisation", "jurisdiction"])
    assert refused.value.candidates[0] == "organisation/rs-mi"


def test_finding_is_quick_once_the_names_are_read(bundled: Opened) -> None:
    lookup.find(bundled.store, "warm")
    taken = []
    for typed, _meant in MEANT[:10]:
        begun = time.process_time()
        lookup.find(bundled.store, typed)
        taken.append(time.process_time() - begun)
    assert sorted(taken)[len(taken) // 2] < 0.15


def test_rare_words_count_more_than_common_ones() -> None:
    names = [(f"office of harbour {at}", f"office-{at}") for at in range(20)]
    known = Words([*names, ("office of lanterns", "lanterns")])
    assert known.like("big office of the harbour lanterns")[0].at == 20


def test_misspelt_words_and_words_written_as_one_are_found() -> None:
    known = Words([("harbour office", "a"), ("lantern guild", "b"), ("guild of cooks", "c")])
    assert [one.at for one in known.like("lanturn gild")][:1] == [1]
    assert [one.at for one in known.like("harbouroffice")] == [0]
    assert known.like("zzz qqq") == []


def test_words_that_names_swap_are_looked_for() -> None:
    spoken = [
        ("ministry of interior of north", "n"), ("ministry of internal affairs of north", "n"),
        ("ministry of interior of south", "s"), ("ministry of internal affairs of south", "s"),
        ("ministry of interior of west", "w"), ("ministry of trade affairs of west", "t"),
        ("house of lanterns by sea", "x"), ("house of mirrors by sea", "x"),
    ]  # fmt: skip
    asked = "ministry of internal affairs of west"
    told = Words(spoken, spoken=spoken).like(asked)
    assert (told[0].at, round(told[0].score, 2)) == (4, 0.97)
    assert Words(spoken).like(asked)[0].score < 0.97
    # One thing alone tells that lanterns are mirrors: it was renamed.
    assert Words(spoken, spoken=spoken).like("house of mirrors by night")[0].at == 7


def test_a_country_is_meant_however_many_names_hold_it() -> None:
    names = [(f"west {trade}", f"w{at}") for at, trade in enumerate("bakers smiths cooks tailors".split())]
    names += [("rare guild of south", "south"), ("guild of west", "west")]
    asked = "rare guild of west"
    assert Words(names).like(asked)[0].at == 4
    assert Words(names, telling=["west"]).like(asked)[0].at == 5


_TEXTS = st.lists(st.sampled_from("ash beech cedar elm fir oak pine yew".split()), min_size=1, max_size=4).map(" ".join)


@given(st.lists(_TEXTS, min_size=1, max_size=12, unique=True), _TEXTS)
def test_a_name_itself_is_likest_and_order_decides_nothing(texts: list[str], asked: str) -> None:
    known = Words((text, text) for text in texts)
    turned = Words((text, text) for text in reversed(texts))
    assert {texts[one.at]: one.score for one in known.like(asked, limit=99)} == pytest.approx(
        {texts[::-1][one.at]: one.score for one in turned.like(asked, limit=99)}
    )
    for text in texts:
        best = known.like(text)[0]
        assert best.score == pytest.approx(1.0)
        assert texts[best.at] == text or sorted(texts[best.at].split()) == sorted(text.split())
