"""When ties hold, when they were known, and what changed between two dates, on made-up ties."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secgraph import network
from secgraph.errors import ConfigError, NotFoundError
from secgraph.network import Diff, Lens, Span, diff, look
from secgraph.network.changes import within
from secgraph.network.time import days, holds, known
from tests.conftest import Opened
from tests.made import MadeRelations, iri, link, member, part, thing

FIRST = date(2015, 1, 1)


def day(number: int) -> str:
    return (FIRST + timedelta(days=number)).isoformat()


def dated(start: str = "", end: str = "", state: str = "") -> dict[str, str]:
    """Return the date columns of a row, with the bounds that the mapping computes."""
    row = {"start_state": "known" if start else "unknown", "end_state": state or ("known" if end else "unknown")}
    for name, text in (("start", start), ("end", end)):
        if text:
            first, last = days(text)
            row |= {name: text, f"{name}_earliest": first, f"{name}_latest": last}
    return row


def source(name: str, published: str = "") -> dict[str, str]:
    row = {"iri": iri(f"source/{name}"), "id": name, "title": name}
    return {**row, "issued": published, "published_latest": days(published).last} if published else row


def region(*rows: dict[str, str], sources: tuple[dict[str, str], ...] = ()) -> MadeRelations:
    """Return a made-up body with the memberships given."""
    countries = sorted({row["member"] for row in rows})
    return MadeRelations({
        "things": [
            thing("initiative/pact", "Pact"),
            *(thing(name.removeprefix(iri("")), name[-2:]) for name in countries),
        ],
        "memberships": list(rows),
        "sources": [source("old", "2015"), source("new", "2019-06"), source("late", "2024"), source("plain"), *sources],
    })  # fmt: skip


def belongs(code: str, sources: str, start: str = "", end: str = "", state: str = "") -> dict[str, str]:
    return member("initiative/pact", f"jurisdiction/{code}", **{**dated(start, end, state), "sources": sources})


@pytest.mark.parametrize(
    ("span", "asked", "answer"),
    [
        # Certain if the latest start is that day, or the earliest end: the days themselves belong to the tie.
        (Span("2018-01-01", "2018-05-31", open=True), "2018-05-31", "certain"),
        (Span("2018-01-01", "2018-05-31", open=True), "2018-05-30", "possible"),
        (Span("2018-01-01", "2018-01-01", "2018-03-01", "2018-03-31"), "2018-03-01", "certain"),
        (Span("2018-01-01", "2018-01-01", "2018-03-01", "2018-03-31"), "2018-03-02", "possible"),
        # Excluded only before the earliest start and after the latest end.
        (Span("2018-01-01", "2018-05-31", open=True), "2018-01-01", "possible"),
        (Span("2018-01-01", "2018-05-31", open=True), "2017-12-31", "excluded"),
        (Span("2018-01-01", "2018-01-01", "2018-03-01", "2018-03-31"), "2018-03-31", "possible"),
        (Span("2018-01-01", "2018-01-01", "2018-03-01", "2018-03-31"), "2018-04-01", "excluded"),
        # What is unknown is never certain and never excluded.
        (Span(), "2018-01-01", "possible"),
    ],
)
def test_the_first_and_last_days_belong_to_a_tie(span: Span, asked: str, answer: str) -> None:
    assert holds(span, asked, asked) == answer


def test_a_source_is_known_on_the_day_that_it_was_published() -> None:
    assert known(["a"], {"a": "2018-03-31"}, "2018-03-31")[0] == "known"
    assert known(["a"], {"a": "2018-03-31"}, "2018-03-30")[0] == "later"


PACT = region(
    belongs("AA", "old", "2012", state="open"),
    belongs("BB", "old", "2012"),
    belongs("CC", "new", "2018-05", "2019-03"),
    belongs("DD", "old|plain"),
    belongs("EE", "plain", "2010", "2011"),
    belongs("FF", "late", "2010", state="open"),
    belongs("GG", "new", "2010", "2019-12-31"),
)


def codes(graph: network.Graph, name: str = "", value: str = "") -> str:
    """Return the members that are tied to the body, those with an attribute of this value only."""
    return "".join(sorted(a[-1] for a, _b, said in graph.edges(data=True) if not name or said[name] == value))


def test_a_date_is_as_exact_as_it_is_written() -> None:
    assert days("2020") == ("2020-01-01", "2020-12-31")
    assert days("2020-02") == ("2020-02-01", "2020-02-29")
    assert days("2020-02-29") == ("2020-02-29", "2020-02-29")


@pytest.mark.parametrize("text", ["", "now", "20", "2020-13", "2020-02-30", "2020-2", "02/2020", "2020-01-01x", "२०२०"])
def test_what_is_no_date_is_an_error_that_names_the_option(text: str) -> None:
    with pytest.raises(ConfigError, match=r"the day .* is no date - write YYYY"):
        days(text, "the day")


def test_as_of_a_day_ties_are_certain_possible_or_gone() -> None:
    graph = look(PACT, Lens(as_of="2018-12-31"))
    assert (codes(graph, "certainty", "certain"), codes(graph, "certainty", "possible")) == ("ACFG", "BD")
    counts = graph.graph["counts"]
    assert (counts["certain"], counts["possible"], counts["excluded"], counts["of"]) == (4, 2, 1, 7)
    assert (counts["open_end"], counts["unknown_end"]) == (2, 2)
    assert graph.graph["lens"] == "as of 2018-12-31; certain and possible"
    assert codes(look(PACT, Lens(as_of="2018", certain=True))) == "ACFG"
    # Within the month in which it starts, a tie is possible.
    assert codes(look(PACT, Lens(as_of="2018-05-20")), "certainty", "possible") == "BCD"


def test_open_and_unknown_ends_are_states_of_their_own() -> None:
    assert codes(look(PACT, Lens(open_ends=False))) == "BCDEG"
    assert codes(look(PACT, Lens(unknown_ends=False))) == "ACEFG"
    graph = look(PACT, Lens(open_ends=False, unknown_ends=False))
    assert codes(graph) == "CEG"
    assert [graph.graph["counts"][name] for name in ("open_end", "unknown_end", "ends")] == [2, 2, 4]


def test_a_period_takes_what_holds_at_some_time_of_it() -> None:
    graph = look(PACT, Lens(since="2019", until="2020"))
    assert (codes(graph, "certainty", "certain"), codes(graph, "certainty", "possible")) == ("ACFG", "BD")
    assert codes(look(PACT, Lens(until="2011"))) == "DEFG"
    assert codes(look(PACT, Lens(since="2020"))) == "ABDF"


def test_known_at_counts_sources_and_tells_undated_ones_apart() -> None:
    graph = look(PACT, Lens(known_at="2018"))
    assert codes(graph) == "ABD"
    assert graph.edges["jurisdiction/DD", "initiative/pact", "pact--DD--member"]["sources"] == "old"
    assert graph.graph["counts"]["undated_sources_left_out"] == 1
    taken = look(PACT, Lens(known_at="2018", undated_sources=True))
    assert (codes(taken), codes(taken, "known", "undated")) == ("ABDE", "E")
    assert taken.graph["counts"]["undated_sources"] == 1
    assert codes(look(PACT, Lens(known_at="2019-06-29"))) == "ABD"
    assert codes(look(PACT, Lens(known_at="2019-06-30"))) == "ABCDG"


def test_both_clocks_at_once() -> None:
    assert codes(look(PACT, Lens(as_of="2018", known_at="2019"))) == "ABCDG"
    assert codes(look(PACT, Lens(as_of="2018", known_at="2019", certain=True))) == "ACG"


def test_an_event_that_was_only_announced_is_possible_on_every_day() -> None:
    meeting = {"iri": iri("event/meet"), "id": "meet", "announced": "2021-07", "status": "announced", **dated()}
    made = MadeRelations({
        "things": [thing("event/meet", "Meeting"), thing("organisation/council", "Council")],
        "events": [meeting], "participations": [part("event/meet", "organisation/council", "organiser")],
    })  # fmt: skip
    for lens in (Lens(as_of="1990"), Lens(as_of="2021-07-01"), Lens(since="2030")):
        assert [said for *_ends, said in look(made, lens).edges(data="certainty")] == ["possible"]
    assert not look(made, Lens(as_of="2021", certain=True)).edges


def test_what_an_event_is_part_of_is_dated_by_the_event() -> None:
    made = MadeRelations({
        "things": [thing("event/meet", "Meeting"), thing("initiative/pact", "Pact")],
        "events": [{"iri": iri("event/meet"), "id": "meet", **dated("2018-10-04", "2018-10-05")}],
        "links": [link("event/meet", "withinFramework", "initiative/pact")],
    })  # fmt: skip
    assert look(made, Lens(as_of="2018-10-05", certain=True)).edges
    assert not look(made, Lens(as_of="2018-10-06")).edges


@pytest.mark.parametrize(
    ("lens", "message"),
    [
        (Lens(since="2020", until="2019"), "--since 2020 is after --until 2019"),
        (Lens(as_of="2018", since="2019"), "--as-of 2018 is outside"),
        (Lens(as_of="2018", until="2017"), "--as-of 2018 is outside"),
        (Lens(certain=True), "--certain needs a day or a period"),
        (Lens(as_of="soon"), "--as-of 'soon' is no date"),
        (Lens(known_at="2019-02-29"), "--known-at '2019-02-29' is no date"),
    ],
)
def test_dates_that_contradict_or_are_none_are_refused(lens: Lens, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        look(PACT, lens)


BOUNDS = st.tuples(st.integers(0, 40), st.integers(0, 40)).map(sorted)
MAYBE = st.one_of(st.none(), BOUNDS)


@st.composite
def spans(draw: st.DrawFn) -> Span:
    """Draw the span of a tie; ends are not before starts, as the build holds."""
    start, end = draw(MAYBE), draw(MAYBE)
    if start and end:
        end = [max(end[0], start[0]), max(end[1], start[1])]
    begin = (day(start[0]), day(start[1])) if start else ("", "")
    if end is None:
        return Span(*begin, "", "", draw(st.booleans()))
    return Span(*begin, day(end[0]), day(end[1]))


@given(spans(), st.integers(0, 40))
def test_as_of_a_day_is_the_period_of_that_day_and_certainty_comes_and_goes_once(span: Span, number: int) -> None:
    order = [holds(span, day(at), day(at)) for at in range(45)]
    runs = [state for at, state in enumerate(order) if at == 0 or order[at - 1] != state]
    assert len(runs) <= 5
    assert runs.count("certain") <= 1
    # Once over, over for good; a longer period can only make a tie more certain.
    if span.end_latest and order[-1] == "excluded":
        assert all(state == "excluded" for at, state in enumerate(order) if day(at) > span.end_latest)
    rank = {"excluded": 0, "possible": 1, "certain": 2}
    assert rank[holds(span, day(number), day(number + 3))] >= rank[order[number]]


@given(
    st.lists(
        st.tuples(st.sampled_from("ABCDEFGH"), st.sets(st.sampled_from(["s1", "s2", "s3", "s4"]), min_size=1)),
        unique_by=lambda row: row[0],
    ),
    st.lists(st.one_of(st.none(), st.integers(0, 40)), min_size=4, max_size=4),
    st.integers(0, 40), st.integers(0, 40),
)  # fmt: skip
@settings(max_examples=50)
def test_what_was_known_stays_known(
    rows: list[tuple[str, set[str]]], published: list[int | None], one: int, other: int
) -> None:
    told = tuple(source(f"s{at}", day(when) if when is not None else "") for at, when in enumerate(published, start=1))
    made = region(*(belongs(code * 2, "|".join(sorted(names)), "2015") for code, names in rows), sources=told)
    for undated in (False, True):
        early, late = (
            set(codes(look(made, Lens(known_at=day(at), undated_sources=undated)))) for at in sorted((one, other))
        )
        assert early <= late
    assert set(codes(look(made, Lens(known_at=day(one))))) <= set(codes(look(made, Lens())))


def test_known_prefers_dated_sources() -> None:
    published = {"a": "2015-01-01", "b": "2020-01-01", "c": ""}
    assert known(["a", "b", "c"], published, "2016-01-01") == ("known", ["a"])
    assert known(["b", "c"], published, "2016-01-01") == ("undated", ["c"])
    assert known(["b"], published, "2016-01-01") == ("later", [])


def changed(found: Diff, name: str) -> dict[str, str]:
    return {one.source[-1]: one.certainty for one in getattr(found, name)}


def test_a_diff_tells_formed_ended_and_learned_apart() -> None:
    found = diff(PACT, "2018", "2020")
    assert (found.before, found.after) == ("2018-12-31", "2020-12-31")
    assert changed(found, "formed") == {}
    assert changed(found, "ended") == {"C": "certain", "G": "certain"}
    # C and G are older than the first date, and their source came out after it; F was learned later than the second.
    assert changed(found, "learned") == {"C": "certain", "G": "certain"}
    assert {one.told for one in found.learned} == {"2019-06-30"}
    assert found.counts["learned_later"] == 1
    assert found.counts["undated_sources"] == 2
    assert found.counts["undated_start"] == 1
    early = diff(PACT, "2011", "2018")
    assert changed(early, "formed") == {"A": "certain", "B": "certain", "C": "certain"}
    assert changed(early, "ended") == {}
    assert changed(early, "learned") == {}
    assert early.nodes_in == ("jurisdiction/AA", "jurisdiction/BB", "jurisdiction/CC")
    assert found.nodes_out == ("jurisdiction/CC", "jurisdiction/GG")


def test_what_forms_and_ends_within_the_period_is_formed_and_over() -> None:
    found = diff(PACT, "2017", "2020")
    assert [(one.source[-1], one.over) for one in found.formed] == [("C", True)]
    assert changed(found, "ended") == {"G": "certain"}


def test_bounds_across_the_first_date_make_a_change_possible() -> None:
    assert changed(diff(PACT, "2018-05-10", "2018"), "formed") == {"C": "possible"}
    assert changed(diff(PACT, "2018-05-10", "2018", Lens()), "learned") == {}
    assert changed(diff(PACT, "2019-03-10", "2019-05"), "ended") == {"C": "possible"}


def test_a_diff_is_a_table_and_a_graph_too() -> None:
    found = diff(PACT, "2018", "2020")
    rows = found.table().dicts()
    assert [(row["change"], row["source_label"], row["rows"]) for row in rows[:2]] == [
        ("ended", "CC", "pact--CC--member"), ("ended", "GG", "pact--GG--member"),
    ]  # fmt: skip
    marks = {a[-1]: (said["change"], said["learned"]) for a, _b, said in found.graph.edges(data=True)}
    assert marks == {
        "A": ("kept", False), "B": ("kept", False), "C": ("ended", True), "D": ("kept", False),
        "F": ("kept", False), "G": ("ended", True),
    }  # fmt: skip
    assert found.counts["kept"] == 4
    assert found.graph.nodes["jurisdiction/CC"]["change"] == "out"


def test_a_pair_forms_with_the_first_meeting_and_ends_with_the_last() -> None:
    meetings = {"one": "2017-03-01", "two": "2019-03-01", "three": "2019-05-01", "four": "2023-01-01"}
    there = {"one": "ab", "two": "abc", "three": "ab", "four": "ac"}
    made = MadeRelations({
        "things": [thing(f"event/{name}", name) for name in meetings] + [thing(f"organisation/{n}", n) for n in "abc"],
        "events": [{"iri": iri(f"event/{name}"), "id": name, **dated(at, at)} for name, at in meetings.items()],
        "participations": [
            part(f"event/{name}", f"organisation/{who}", "participant")
            for name, names in there.items()
            for who in names
        ],
        "sources": [source("news", "2020-05")],
    })  # fmt: skip
    found = diff(made, "2018", "2020", layer="co-attendance")
    assert [(one.source[-1], one.target[-1], one.over) for one in found.formed] == [("a", "c", False), ("b", "c", True)]
    assert [(one.source[-1], one.target[-1]) for one in found.ended] == [("a", "b")]
    assert found.ended[0].rows == (
        "three--a--participant", "three--b--participant", "two--a--participant", "two--b--participant",
    )  # fmt: skip
    # The first meeting was told only in 2020.
    assert [(one.source[-1], one.target[-1], one.told) for one in found.learned] == [("a", "b", "2020-05-31")]
    assert sorted(a[-1] + b[-1] for a, b in found.graph.edges()) == ["ab", "ac", "bc"]


@given(st.lists(st.tuples(st.sampled_from("ABCDEFGH"), spans()), unique_by=lambda row: row[0]),
       st.lists(st.integers(0, 40), min_size=3, max_size=3, unique=True).map(sorted))  # fmt: skip
@settings(max_examples=60)
def test_changes_of_two_periods_are_the_changes_of_both(rows: list[tuple[str, Span]], at: list[int]) -> None:
    made = region()
    for code, span in rows:
        row = belongs(code * 2, "old", state="open" if span.open else "")
        bounds = dict(zip(Span._fields[:4], span[:4], strict=True))
        made.rows["memberships"].append({**row, **{name: text for name, text in bounds.items() if text}})
        made.rows["things"].append(thing(f"jurisdiction/{code * 2}", code))
    first, second, third = (day(number) for number in at)
    whole, early, late = diff(made, first, third), diff(made, first, second), diff(made, second, third)
    for name in ("formed", "ended"):
        both = set(changed(early, name)) | set(changed(late, name))
        # What formed in the whole may have ended in its later half.
        assert set(changed(whole, name)) <= both
        assert both <= set(changed(whole, name)) | set(changed(whole, "formed") if name == "ended" else ())
    assert changed(diff(made, first, third, Lens(certain=True)), "formed") == {
        code: level for code, level in changed(whole, "formed").items() if level == "certain"
    }


def test_nothing_known_of_a_day_is_no_change() -> None:
    assert within("", "", "2018-12-31", "2020-12-31") == "excluded"
    assert within("", "2019-05-01", "2018-12-31", "2020-12-31") == "possible"
    assert within("2019-05-01", "", "2018-12-31", "2020-12-31") == "possible"


def test_wrong_diffs_are_refused() -> None:
    with pytest.raises(ConfigError, match="2020 is not before 2018"):
        diff(PACT, "2020", "2018")
    with pytest.raises(ConfigError, match="'then' is no date"):
        diff(PACT, "then", "2018")
    with pytest.raises(ConfigError, match="two dates of its own"):
        diff(PACT, "2018", "2020", Lens(as_of="2019"))
    with pytest.raises(ConfigError, match="--layer membership is none of the layers hosting"):
        diff(PACT, "2018", "2020", Lens(layers=("hosting",)), "membership")
    with pytest.raises(ConfigError, match="no dates to compare"):
        diff(PACT, "2018", "2020", layer="topic-affinity")
    with pytest.raises(NotFoundError, match="did you mean co-attendance"):
        diff(PACT, "2018", "2020", layer="coattendance")


def test_members_as_of_a_date_are_those_of_the_catalogue(bundled: Opened) -> None:
    from secgraph import resources
    from secgraph.queries import Catalogue

    query = Catalogue.load(resources.queries_dir()).get("members-of-body").bind()
    asked = {(row["membership_id"], row["certainty"]) for row in bundled.store.select(query).dicts()}
    graph = look(bundled.relations, Lens(layers=("membership",), as_of="2018-10-01"))
    found = {
        (key, said["certainty"]) for _a, _b, key, said in graph.in_edges("initiative/wbcsci", keys=True, data=True)
        if said["role"] not in ("chair", "donor", "signatory")
    }  # fmt: skip
    assert found == asked
    assert {certainty for _key, certainty in found} >= {"possible"}


def test_the_bundled_diff_of_co_attendance_adds_up(bundled: Opened) -> None:
    found = diff(bundled.relations, "2018", "2020", layer="co-attendance")
    assert found.formed
    assert found.ended
    assert {one.layer for one in found.formed} == {"co-attendance"}
    assert all(one.rows and one.sources for one in (*found.formed, *found.ended, *found.learned))
    assert len(found.formed) == found.counts["formed_certain"] + found.counts["formed_possible"]
