"""The matrices: known answers counted from the CSV tables by the csv module, and made-up cases for each rule."""

from __future__ import annotations

import csv
import json
from calendar import monthrange
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from secgraph.analysis import gaps
from secgraph.analysis.gaps import COVERED, CROWDED, STATES, THIN, UNKNOWN, UNMET, Matrix, Thresholds
from secgraph.errors import ConfigError, NotFoundError
from secgraph.network import Lens
from secgraph.relations import Relations
from tests.conftest import BUNDLED, Opened
from tests.made import MadeRelations, iri, part, thing

Row = dict[str, str]


@cache
def told(table: str) -> list[Row]:
    with (BUNDLED / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def parts(cell: str) -> list[str]:
    return [part for part in cell.split("|") if part]


def bounds(date: str) -> tuple[str, str]:
    """Return the first and last day of a date of a table, by the calendar; empty where there is none."""
    if date in ("", ".."):
        return "", ""
    if len(date) == 4:
        return f"{date}-01-01", f"{date}-12-31"
    if len(date) == 7:
        return f"{date}-01", f"{date}-{monthrange(int(date[:4]), int(date[5:]))[1]:02}"
    return date, date


def standing(programme: Row, day: str) -> str:
    (begins, begun), (ends, over) = bounds(programme["start"]), bounds(programme["end"])
    if begins and begins > day:
        return "not yet begun"
    if over and over < day:
        return "ended"
    lasts = programme["end"] == ".." or (ends and ends >= day)
    return "certain" if begun and begun <= day and lasts else "possible"


PROGRAMMES = {row["id"]: row for row in told("programmes")}
INDEPENDENT = [row for row in told("needs") if row["basis"] == "independent"]
ANSWERS: dict[str, list[Row]] = defaultdict(list)
for _row in told("responses"):
    ANSWERS[_row["need"]].append(_row)


@pytest.fixture(scope="module")
def relations(bundled: Opened) -> Relations:
    return bundled.relations


def framework(need: Row) -> str:
    kind = "document" if need["pillar"] in {row["id"] for row in told("documents")} else "initiative"
    return f"{kind}/{need['pillar']}" if need["pillar"] else ""


def test_by_topic_each_cell_counts_the_needs_and_responses_of_the_tables(relations: Relations) -> None:
    needs: dict[tuple[str, str], set[str]] = defaultdict(set)
    for need in INDEPENDENT:
        for topic in parts(need["topic"]) or [""]:
            needs[framework(need), f"topic/{topic}" if topic else ""].add(need["id"])
    matrix = gaps.gaps(relations, by="topic", rows="pillar")
    assert {place for place, cell in matrix.cells.items() if cell.needs} == set(needs)
    for place, expected in needs.items():
        cell = matrix.cell(*place)
        assert set(cell.needs) == expected, place
        assert set(cell.answered) == {need for need in expected if ANSWERS[need]}, place
        assert set(cell.responses) == {answer["id"] for need in expected for answer in ANSWERS[need]}, place
        assert (cell.state == UNMET) == (not cell.responses), place
    # All topics are columns, those at which nobody looked too.
    assert len(matrix.columns) == len(told("topics"))


def test_by_country_a_need_without_one_counts_for_the_region_and_says_so(relations: Relations) -> None:
    needs: dict[tuple[str, str], set[str]] = defaultdict(set)
    for need in INDEPENDENT:
        served = {country for answer in ANSWERS[need["id"]] for country in parts(answer["country"])}
        for country in parts(need["country"]) or ["", *served]:
            needs[framework(need), f"jurisdiction/{country}" if country else ""].add(need["id"])
    matrix = gaps.gaps(relations)
    assert {place: set(cell.needs) for place, cell in matrix.cells.items() if cell.needs} == needs
    regional = {need["id"] for need in INDEPENDENT if not need["country"]}
    assert {need for cell in matrix.cells.values() for need in cell.regional} == regional
    assert f"{len(regional)} needs without a country count for the region" in matrix.note
    assert matrix.columns[-1] == gaps.Head("", "region (no country stated)")
    assert [head.label for head in matrix.columns[:-1]] == sorted(head.label for head in matrix.columns[:-1])
    # A regional need is never unmet in one country: nobody looked there.
    for (_row, column), cell in matrix.cells.items():
        assert not (column and cell.state == UNMET and set(cell.needs) <= regional)


def test_one_row_for_each_need_of_a_framework(relations: Relations) -> None:
    matrix = gaps.gaps(relations, pillar="wbcti")
    expected = {f"need/{need['id']}" for need in INDEPENDENT if need["pillar"] == "wbcti"}
    assert {row.key for row in matrix.rows} == expected
    assert len(matrix.rows) == 9
    assert matrix.cell("need/need-wbcti-civil-society", "").state == UNMET
    assert {row.group for row in matrix.rows} == {"Western Balkan Counter-Terrorism Initiative"}
    # The parts of a framework are asked for with it.
    whole = {row.key for row in gaps.gaps(relations, pillar="initiative/iisg").rows}
    within = {row["id"] for row in told("initiatives") if row["part_of"] == "iisg"}
    assert whole == {f"need/{need['id']}" for need in INDEPENDENT if need["pillar"] in {"iisg", *within}}


@pytest.mark.parametrize("day", ["2019-12-31", "2024-06-30"])
def test_as_of_a_day_a_response_counts_while_its_programme_may_run(relations: Relations, day: str) -> None:
    expected: dict[str, Counter[str]] = {}
    for need in INDEPENDENT:
        found: Counter[str] = Counter()
        for answer in ANSWERS[need["id"]]:
            states = [standing(PROGRAMMES[name], day) for name in parts(answer["programme"])] or ["possible"]
            found[next((best for best in ("certain", "possible") if best in states), states[0])] += 1
        expected[need["id"]] = found
    matrix = gaps.gaps(relations, Lens(as_of=day), by="topic", rows="need")
    for (row, _column), cell in matrix.cells.items():
        found = Counter(dict(cell.apart)) + Counter(certain=len(cell.responses) - cell.possible, possible=cell.possible)
        assert found == expected[row.removeprefix("need/")], row
    assert len(matrix.cells) == len(INDEPENDENT)
    certain = gaps.gaps(relations, Lens(as_of=day, certain=True), by="topic", rows="need")
    assert sum(len(cell.responses) for cell in certain.cells.values()) == sum(
        found["certain"] for found in expected.values()
    )


def test_what_ended_leaves_a_need_unmet_and_says_when(relations: Relations) -> None:
    cell = gaps.gaps(relations, Lens(as_of="2024-06-30"), pillar="wbcti").cell("need/need-wbcti-tesat", "")
    answer = ANSWERS["need-wbcti-tesat"][0]
    assert (cell.state, cell.apart) == (UNMET, (("ended", 1),))
    assert cell.end == PROGRAMMES[answer["programme"]]["end"]
    assert gaps.gaps(relations, pillar="wbcti").cell("need/need-wbcti-tesat", "").state != UNMET


def test_project_aims_stand_apart(relations: Relations) -> None:
    aims = {need["id"] for need in told("needs") if need["basis"] == "project-aim"}
    apart = gaps.gaps(relations, by="topic", rows="pillar")
    assert not aims & {need for cell in apart.cells.values() for need in cell.needs}
    assert {need for cell in apart.cells.values() for need in cell.project_aims} <= aims
    counted = gaps.gaps(relations, by="topic", rows="pillar", project_aims=True)
    assert {need for cell in counted.cells.values() for need in cell.needs} == {need["id"] for need in told("needs")}
    assert {need for cell in counted.cells.values() for need in cell.project_aims} == aims
    # Only an aim: nobody independent looked there.
    assert any(cell.project_aims and cell.state == UNKNOWN for cell in apart.cells.values())
    assert "project aims stand apart" in apart.note
    assert "project aims are counted as needs" in counted.note


def test_money_is_listed_by_kind_and_currency_and_never_added(relations: Relations) -> None:
    rows = {row["id"]: row for row in told("funding")}
    matrix = gaps.gaps(relations, by="topic", rows="need")
    seen = 0
    for cell in matrix.cells.values():
        programmes = {name for answer in ANSWERS[cell.needs[0]] for name in parts(answer["programme"])}
        paid = {name for name, row in rows.items() if row["programme"] in programmes}
        listed = [name for money in cell.money for name in money.ids]
        assert len(listed) == len(set(listed))
        assert set(listed) <= paid
        assert len(listed) + sum(count for _why, count in cell.money_left_out) == len(paid)
        for name in listed:
            assert not set(parts(rows[name]["part_of"])) & paid, "a part beside its total"
            assert rows[name]["scope"] != "all-sectors"
        for money in cell.money:
            assert {(rows[name]["kind"], rows[name]["currency"]) for name in money.ids} == {
                (money.kind, money.currency)
            }
            for name, amount in zip(money.ids, money.amounts, strict=True):
                digits = amount.replace(",", "").split()
                assert rows[name]["amount"] in digits if rows[name]["amount"] else "." not in amount
                seen += 1
    assert seen > 30


def test_funders_are_those_of_the_programmes_and_their_money(relations: Relations) -> None:
    instruments = {row["id"]: row["managed_by"] for row in told("instruments")}
    matrix = gaps.gaps(relations, by="topic", rows="need")
    for cell in matrix.cells.values():
        expected: set[str] = set()
        for name in {name for answer in ANSWERS[cell.needs[0]] for name in parts(answer["programme"])}:
            expected.update(parts(PROGRAMMES[name]["funders"]))
            for row in told("funding"):
                if row["programme"] == name:
                    expected.update(parts(row["funder"]))
        managed = {instruments.get(name) or name for name in expected}
        assert {key.split("/")[1] for key in cell.funders} == managed, cell.needs


def test_unknown_is_never_unmet(relations: Relations) -> None:
    matrices = [gaps.gaps(relations, by=by, rows=rows) for by in ("country", "topic") for rows in ("need", "pillar")]
    matrices += [gaps.coverage(relations, what=what) for what in (gaps.PROGRAMMES, gaps.MEETINGS)]
    for matrix in matrices:
        assert sum(matrix.counts().values()) == len(matrix.rows) * len(matrix.columns)
        for row in matrix.rows:
            for column in matrix.columns:
                cell = matrix.cell(row.key, column.key)
                assert cell.state in STATES
                assert (cell.state == UNMET) <= bool(cell.needs and not cell.responses)
                assert (cell.state == UNKNOWN) <= (not cell.needs)
        assert "nobody looked" in matrix.note


def test_programmes_by_topic_and_beneficiary(relations: Relations) -> None:
    countries = {row["id"]: row["country"] for row in told("organisations")}
    expected: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in PROGRAMMES.values():
        named = {name if len(name) == 2 else countries.get(name, "") for name in parts(row["beneficiaries"])} - {""}
        for topic in parts(row["topics"]) or [""]:
            for country in named or {""}:
                place = (f"topic/{topic}" if topic else "", f"jurisdiction/{country}" if country else "")
                expected[place].add(row["id"])
    matrix = gaps.coverage(relations)
    assert {place: set(cell.responses) for place, cell in matrix.cells.items() if cell.responses} == expected
    assert matrix.by == "beneficiary"
    stated = {(need["topic"], need["country"]) for need in INDEPENDENT}
    for (topic, country), cell in matrix.cells.items():
        if not cell.responses:
            assert (topic.removeprefix("topic/"), country.removeprefix("jurisdiction/")) in stated
            assert cell.state == UNMET


def test_meetings_by_topic_and_country(relations: Relations) -> None:
    expected: Counter[tuple[str, str]] = Counter()
    for row in told("events"):
        if row["status"] not in ("cancelled", "postponed"):
            for topic in parts(row["topics"]) or [""]:
                for country in parts(row["country"]) or [""]:
                    expected[f"topic/{topic}" if topic else "", f"jurisdiction/{country}" if country else ""] += 1
    matrix = gaps.coverage(relations, what="meetings")
    assert {place: len(cell.responses) for place, cell in matrix.cells.items() if cell.responses} == expected
    before = gaps.coverage(relations, Lens(as_of="2015-12-31"), "meetings")
    late = sum(bounds(row["start"])[0] > "2015-12-31" for row in told("events"))
    assert late
    assert (
        sum({name: 1 for cell in before.cells.values() for name in cell.responses}.values())
        == len(told("events")) - late
    )
    with pytest.raises(ConfigError, match="coverage of 'trainings'"):
        gaps.coverage(relations, what="trainings")


def test_the_table_the_grid_and_json_say_the_same(relations: Relations) -> None:
    matrix = gaps.gaps(relations, Lens(as_of="2024-06-30"), by="topic")
    table = matrix.table()
    assert table.note == matrix.note
    assert matrix.thresholds.words() in table.note
    states = Counter(table.column("state"))
    assert {state: states[state] for state in (UNMET, THIN, COVERED, CROWDED)} == {
        state: count for state, count in matrix.counts().items() if state != UNKNOWN
    }
    assert len(matrix.table(unknown=True)) == len(matrix.rows) * len(matrix.columns)
    grid = matrix.grid()
    assert len(grid) == len(matrix.rows)
    assert Counter(cell for row in grid.rows for cell in row[1:]) == Counter(matrix.counts()) + Counter()
    document = matrix.json()
    assert json.loads(json.dumps(document)) == document
    assert document == gaps.gaps(relations, Lens(as_of="2024-06-30"), by="topic").json()
    assert len(document["cells"]) == len(matrix.cells)
    assert document["thresholds"]["crowded"]["funders"] == matrix.thresholds.crowded["funders"]


def test_an_axis_that_no_source_fills_is_not_offered(relations: Relations) -> None:
    assert not any(need["objective"] for need in told("needs"))
    with pytest.raises(ConfigError) as caught:
        gaps.gaps(relations, by="objective")
    assert "no source states the objective" in str(caught.value)
    assert "topic and country" in str(caught.value)
    with pytest.raises(ConfigError, match="no such axis"):
        gaps.gaps(relations, by="colour")
    with pytest.raises(ConfigError, match="rows by"):
        gaps.gaps(relations, rows="colour")


def test_without_a_source_its_rows_are_gone(relations: Relations) -> None:
    need = next(need for need in INDEPENDENT if len(parts(need["sources"])) == 1 and not ANSWERS[need["id"]])
    source = need["sources"]
    whole = gaps.gaps(relations, by="topic", rows="need")
    part_of_it = gaps.gaps(relations, Lens(without=(source,)), by="topic", rows="need")
    gone = {row["id"] for row in INDEPENDENT if set(parts(row["sources"])) == {source}}
    assert {row.key for row in whole.rows} - {row.key for row in part_of_it.rows} == {f"need/{name}" for name in gone}
    assert f"without the sources {source}" in part_of_it.note
    assert "rows left out: stated only by sources that are left out" in part_of_it.note


def test_as_known_on_a_day_only_what_was_published_counts(relations: Relations) -> None:
    published = {row["id"]: bounds(row["published"])[1] for row in told("sources")}
    day = "2019-12-31"

    def known(row: Row, *, undated: bool) -> bool:
        return any(published[name] <= day if published[name] else undated for name in parts(row["sources"]))

    for undated in (False, True):
        lens = Lens(known_at=day, undated_sources=undated)
        matrix = gaps.gaps(relations, lens, by="topic", rows="need")
        assert {row.key for row in matrix.rows} == {
            f"need/{need['id']}" for need in INDEPENDENT if known(need, undated=undated)
        }
        for cell in matrix.cells.values():
            assert set(cell.responses) == {
                answer["id"] for answer in ANSWERS[cell.needs[0]] if known(answer, undated=undated)
            }


@pytest.mark.parametrize(
    ("lens", "error", "words"),
    [
        (Lens(without=("no-such",)), NotFoundError, "no source named 'no-such'"),
        (Lens(topics=("firearm",)), NotFoundError, "did you mean firearms"),
        (Lens(countries=("Q",)), NotFoundError, "no country named"),
        (Lens(pillar="no-such-pillar"), NotFoundError, "no framework of needs"),
        (Lens(as_of="yesterday"), ConfigError, "--as-of 'yesterday' is no date"),
        (Lens(as_of="2024-02-30"), ConfigError, "is no date"),
        (Lens(since="2020", until="2019"), ConfigError, "is after --until"),
        (Lens(as_of="2024", until="2020"), ConfigError, "outside"),
        (Lens(certain=True), ConfigError, "--certain needs a day"),
        (Lens(roll_up="planet"), NotFoundError, "no roll-up"),
    ],
)
def test_what_cannot_be_asked(relations: Relations, lens: Lens, error: type[Exception], words: str) -> None:
    with pytest.raises(error) as caught:
        gaps.gaps(relations, lens)
    assert words in str(caught.value)


def test_an_empty_matrix_says_which_filter_emptied_it(relations: Relations) -> None:
    used = {need["pillar"] for need in told("needs")} | {row["part_of"] for row in told("initiatives")}
    silent = next(row["id"] for row in told("initiatives") if row["id"] not in used)
    bare = gaps.gaps(relations, pillar=silent)
    assert (bare.rows, bare.columns, bare.emptied_by) == ((), (), "the pillar")
    assert "empty: the pillar leaves nothing" in bare.note
    topic = next(row["id"] for row in told("topics") if row["id"] == "hybrid-threats")
    assert gaps.gaps(relations, Lens(topics=(topic,))).emptied_by == "the topics"
    assert len(bare.table()) == len(bare.grid()) == 0
    early = gaps.gaps(relations, Lens(known_at="1990"))
    assert early.emptied_by == "the choice of sources"


def test_a_topic_takes_in_the_narrower_ones(relations: Relations) -> None:
    matrix = gaps.gaps(relations, Lens(topics=("topic/corruption",)), by="topic", rows="need")
    narrower = {row["id"] for row in told("topics") if row["broader"] == "corruption"}
    assert {column.key for column in matrix.columns} == {f"topic/{name}" for name in {"corruption", *narrower}}
    assert {row.key for row in matrix.rows} == {
        f"need/{need['id']}" for need in INDEPENDENT if {*parts(need["topic"])} & {"corruption", *narrower}
    }


# Made up: one framework, two countries, one region.


def need(name: str, *, country: str = "", **more: str) -> Row:
    known = {
        "iri": iri(f"need/{name}"), "id": name, "need": name.title(), "basis": "independent", "sources": "plan",
        "pillar": iri("initiative/pact"), "topics": iri("topic/borders"),
    }  # fmt: skip
    return {**known, **({"countries": _all("jurisdiction", country)} if country else {}), **more}


def response(name: str, of: str, programmes: str = "", country: str = "", **more: str) -> Row:
    known = {"iri": iri(f"response/{name}"), "id": name, "need": iri(f"need/{of}"), "sources": "news"}
    if programmes:
        known["programmes"] = _all("programme", programmes)
    return {**known, **({"countries": _all("jurisdiction", country)} if country else {}), **more}


def programme(name: str, start: str = "", end: str = "", **more: str) -> Row:
    known = {"iri": iri(f"programme/{name}"), "id": name, "label": f"Programme {name}", "sources": "news"}
    (begins, begun), (ends, over) = bounds(start), bounds(end)
    dates = {
        "start": start, "end": "" if end == ".." else end, "start_earliest": begins, "start_latest": begun,
        "end_earliest": ends, "end_latest": over, "start_state": "known" if start else "unknown",
        "end_state": "open" if end == ".." else "known" if end else "unknown",
    }  # fmt: skip
    return {**known, **{key: date for key, date in dates.items() if date}, **more}


def _all(kind: str, names: str) -> str:
    return "|".join(iri(f"{kind}/{name}") for name in names.split("|"))


def money(name: str, paid: str, **more: str) -> Row:
    known = {"iri": iri(f"transaction/{name}"), "id": name, "kind": "commitment", "currency": "EUR", "sources": "news"}
    return {**known, "finances": iri(f"programme/{paid}"), "providers": iri("organisation/fund"), **more}


def region(**more: list[Row]) -> MadeRelations:
    sources = [
        {"iri": iri(f"source/{name}"), "id": name, "title": name.title(), "published_latest": day}
        for name, day in (("plan", "2018-01-31"), ("news", "2021-05-31"))
    ]
    things = [
        thing("jurisdiction/AA", "Aland"), thing("jurisdiction/BB", "Beland"), thing("initiative/pact", "Pact"),
        thing("topic/borders", "Borders"), thing("topic/drugs", "Drugs"), thing("organisation/fund", "The Fund"),
    ]  # fmt: skip
    rows = {
        "things": things, "sources": sources,
        "needs": [need("gates", country="AA|BB"), need("radios"), need("aim", country="AA", basis="project-aim")],
        "responses": [
            response("r1", "gates", "early", "AA"), response("r2", "gates", "late", "AA"),
            response("r3", "radios", "late", "BB"), response("r4", "radios"), response("r5", "aim", "late"),
        ],
        "programmes": [programme("early", "2018", "2020-06"), programme("late", "2019-03-01", "2025-12")],
        "participations": [
            part("programme/early", "jurisdiction/BB", "funder"), part("programme/late", "jurisdiction/BB", "funder"),
            part("programme/late", "jurisdiction/AA", "beneficiary"),
        ],
        "transactions": [
            money("total", "late", amount="100"), money("part", "late", amount="60", part_of=iri("transaction/total")),
            money("old", "late", amount="90"), money("new", "late", amount="95", replaces=iri("transaction/old")),
            money("same", "late", amount="100", same_as=iri("transaction/total")),
            money("wide", "late", amount="900", scope="all-sectors"), money("bare", "late"),
            money("share", "late", share="40", currency=""),
        ],
    }  # fmt: skip
    return MadeRelations({**rows, **more})


def test_a_country_of_a_need_that_no_response_serves_is_unmet() -> None:
    matrix = gaps.gaps(region(), rows="need")
    served, unserved = (matrix.cell("need/gates", f"jurisdiction/{code}") for code in ("AA", "BB"))
    assert (served.responses, served.state) == (("r1", "r2"), COVERED)
    assert (unserved.state, unserved.apart) == (UNMET, (("for other countries", 2),))
    # A regional need shows in the region, and where a response serves one country.
    assert matrix.cell("need/radios", "").responses == ("r3", "r4")
    assert matrix.cell("need/radios", "jurisdiction/BB").responses == ("r3",)
    assert matrix.cell("need/radios", "jurisdiction/BB").regional == ("radios",)
    assert matrix.cell("need/radios", "jurisdiction/AA").state == UNKNOWN


def test_a_country_asked_for_takes_the_needs_of_the_region_along() -> None:
    matrix = gaps.gaps(region(), Lens(countries=("AA",)), by="topic", rows="need")
    assert {row.key for row in matrix.rows} == {"need/gates", "need/radios"}
    assert matrix.cell("need/radios", "topic/borders").responses == ("r4",)
    assert matrix.cell("need/radios", "topic/borders").apart == (("for other countries", 1),)
    by_country = gaps.gaps(region(), Lens(countries=("AA",)), rows="need")
    assert [column.key for column in by_country.columns] == ["jurisdiction/AA", ""]


def test_the_forward_view_says_what_is_covered_today_and_uncovered_after() -> None:
    two = {"answered": 1.0, "responses_per_need": 2.0, "funders": 1.0}
    by_two = Thresholds(two, dict.fromkeys(two, 9.0))
    matrix = gaps.gaps(region(), Lens(as_of="2020-01-31"), rows="need", judged_by=by_two)
    cell = matrix.cell("need/gates", "jurisdiction/AA")
    assert (
        cell.forward_words == "covered today, thin after 2020-06 when Programme early ends, then uncovered after "
        "2025-12 when Programme late ends"
    )
    assert (cell.end, cell.end_state, cell.end_of) == ("2025-12", "known", "Programme late")
    later = gaps.gaps(region(), Lens(as_of="2021"), rows="need", judged_by=by_two).cell("need/gates", "jurisdiction/AA")
    assert (later.state, later.apart) == (THIN, (("ended", 1),))
    # A response without a programme has no known end: nothing can be said of its end.
    regional = matrix.cell("need/radios", "")
    assert (regional.end, regional.end_state, regional.possible) == ("2025-12", "unknown", 1)
    assert not gaps.gaps(region(), rows="need").cell("need/gates", "jurisdiction/AA").forward


def test_open_and_unknown_ends_are_states_with_switches() -> None:
    made = region(programmes=[programme("early", "2018", ".."), programme("late", "2019")])
    day = Lens(as_of="2024-06-30")
    cell = gaps.gaps(made, day, rows="need").cell("need/gates", "jurisdiction/AA")
    assert (len(cell.responses), cell.possible, cell.end_state) == (2, 1, "open")
    for lens, apart in (
        (Lens(as_of="2024-06-30", open_ends=False), "with an open end"),
        (Lens(as_of="2024-06-30", unknown_ends=False), "with an unknown end"),
        (Lens(as_of="2024-06-30", certain=True), "possible only"),
    ):
        narrowed = gaps.gaps(made, lens, rows="need").cell("need/gates", "jurisdiction/AA")
        assert narrowed.apart == ((apart, 1),)
    period = gaps.gaps(region(), Lens(since="2021", until="2022"), rows="need").cell("need/gates", "jurisdiction/AA")
    assert (period.responses, period.apart) == (("r2",), (("outside the period", 1),))
    early = gaps.gaps(region(), Lens(as_of="2018-12-31"), rows="need").cell("need/gates", "jurisdiction/AA")
    assert dict(early.apart) == {"not yet begun": 1}


def test_the_same_money_is_not_listed_twice() -> None:
    cell = gaps.gaps(region(), rows="need").cell("need/gates", "jurisdiction/AA")
    assert {(money.kind, money.currency): money.ids for money in cell.money} == {
        ("commitment", "EUR"): ("bare", "new", "same"), ("commitment", ""): ("share",),
    }  # fmt: skip
    assert dict(cell.money_left_out) == {
        "part of a listed total": 1, "revised by a listed row": 1, "the same sum as a listed row": 1,
        "wider than security": 1,
    }  # fmt: skip
    assert "commitment in EUR: 3 rows (no sum stated; 95; 100)" in cell.money_words
    assert "195" not in cell.money_words
    assert cell.funders == ("jurisdiction/BB", "organisation/fund")


def test_objectives_are_an_axis_and_a_row_where_a_source_gives_them() -> None:
    made = region(needs=[need("gates", objective="protect"), need("radios", objective="respond"), need("boats")])
    matrix = gaps.gaps(made, by="objective")
    assert [column.label for column in matrix.columns] == ["protect", "respond", "no objective stated"]
    assert [row.key for row in matrix.rows] == [
        "initiative/pact", "initiative/pact|protect", "initiative/pact|respond",
    ]  # fmt: skip
    assert matrix.cell("initiative/pact|protect", "protect").needs == ("gates",)
    with pytest.raises(ConfigError, match="no source states the country"):
        gaps.gaps(made, by="country")


def test_a_framework_that_only_project_aims_fill_is_empty_and_says_why() -> None:
    made = region(needs=[need("aim", country="AA", basis="project-aim")])
    assert gaps.gaps(made).emptied_by.startswith("the basis")
    assert gaps.gaps(made, project_aims=True).rows
    assert gaps.gaps(region(needs=[])).emptied_by == "the data"


def test_without_a_source_the_programme_behind_a_response_loses_its_dates() -> None:
    made = region(programmes=[programme("early", "2018", "2020-06", sources="old"), programme("late", "2019", "2025")])
    made.rows["sources"].append({"iri": iri("source/old"), "id": "old", "title": "Old"})
    whole = gaps.gaps(made, Lens(as_of="2022"), rows="need").cell("need/gates", "jurisdiction/AA")
    bare = gaps.gaps(made, Lens(as_of="2022", without=("old",)), rows="need").cell("need/gates", "jurisdiction/AA")
    assert (whole.responses, bare.responses, bare.possible) == (("r2",), ("r1", "r2"), 1)
    # As known early, the news of the responses had not come out.
    early = gaps.gaps(made, Lens(known_at="2018"), rows="need").cell("need/gates", "jurisdiction/AA")
    assert early.state == UNMET


def test_coverage_without_any_is_unmet_only_where_a_need_is_stated() -> None:
    made = region(programmes=[programme("late", "2019", "2025", topics=iri("topic/drugs"))])
    matrix = gaps.coverage(made)
    assert matrix.cell("topic/drugs", "jurisdiction/AA").responses == ("late",)
    assert matrix.cell("topic/borders", "jurisdiction/BB").state == UNMET
    assert matrix.cell("topic/drugs", "jurisdiction/BB").state == UNKNOWN
    assert gaps.coverage(region(programmes=[])).emptied_by == "the data"
    assert gaps.coverage(made, Lens(topics=("borders",))).emptied_by == "the topics or the countries"
    assert gaps.coverage(made, Lens(pillar="pact")).emptied_by == "the pillar"


def test_coverage_of_meetings_sets_apart_what_did_not_take_place() -> None:
    def event(name: str, status: str, day: str) -> Row:
        return {
            "iri": iri(f"event/{name}"), "id": name, "label": name, "status": status, "country": iri("jurisdiction/AA"),
            "topics": iri("topic/drugs"), "sources": "news", "start": day, "start_earliest": day, "start_latest": day,
            "end_earliest": day, "end_latest": day, "end_state": "known",
        }  # fmt: skip

    made = region(
        events=[
            event("held", "held", "2019-05-01"), event("off", "cancelled", "2019-06-01"),
            event("said", "announced", "2019-07-01"), event("later", "held", "2022-01-01"),
        ]
    )  # fmt: skip
    cell = gaps.coverage(made, Lens(as_of="2020"), "meetings").cell("topic/drugs", "jurisdiction/AA")
    assert (cell.responses, cell.possible) == (("held", "said"), 1)
    assert dict(cell.apart) == {"cancelled": 1, "not yet begun": 1}


def test_rolled_up_funders_count_once() -> None:
    made = region(
        participations=[
            part("programme/late", "organisation/unit", "funder"),
            part("programme/late", "organisation/fund", "funder"),
        ],
        transactions=[],
        links=[
            {"subject": iri("organisation/unit"), "property": "https://w3id.org/secgraph/ns#parentOrganisation",
             "object": iri("organisation/fund"), "sources": "news"},
        ],
    )  # fmt: skip
    place = ("need/gates", "jurisdiction/AA")
    assert gaps.gaps(made, rows="need").cell(*place).funders == ("organisation/fund", "organisation/unit")
    assert gaps.gaps(made, Lens(roll_up="parent"), rows="need").cell(*place).funders == ("organisation/fund",)
    made.rows["things"].append(thing("organisation/unit", "Unit", type="ministry", country=iri("jurisdiction/AA")))
    rolled = gaps.gaps(made, Lens(roll_up="country"), rows="need").cell(*place)
    assert rolled.funders == ("jurisdiction/AA", "organisation/fund")


def test_thresholds_are_read_from_one_file_and_may_be_others(tmp_path: Path) -> None:
    strict = Thresholds(
        {"answered": 1.0, "responses_per_need": 2.0, "funders": 2},
        {"answered": 1, "responses_per_need": 2, "funders": 2},
    )
    place = ("need/gates", "jurisdiction/AA")
    assert gaps.gaps(region(), rows="need", judged_by=strict).cell(*place).state == CROWDED
    bare = tmp_path / "gaps.toml"
    for text in ("[needs]\ncovered.answered = 1\n", "not toml", "[needs]\ncovered = 3\n", "[other]\n"):
        bare.write_text(text, encoding="utf-8")
        with pytest.raises(ConfigError, match=r"thresholds of needs cannot be read from gaps\.toml"):
            gaps.thresholds("needs", bare)
    with pytest.raises(ConfigError):
        gaps.thresholds("needs", tmp_path / "none.toml")
    for what in ("needs", gaps.PROGRAMMES, gaps.MEETINGS):
        level = gaps.thresholds(what)
        assert all(level.covered[name] <= least for name, least in level.crowded.items())


def cells_of(matrix: Matrix) -> Iterator[gaps.Cell]:
    yield from (matrix.cell(row.key, column.key) for row in matrix.rows for column in matrix.columns)


def test_the_state_follows_from_the_thresholds(relations: Relations) -> None:
    level = gaps.thresholds("needs")
    for cell in cells_of(gaps.gaps(relations, by="topic")):
        if cell.responses:
            figures = {
                "answered": len(cell.answered) / len(cell.needs),
                "responses_per_need": len(cell.responses) / len(cell.needs),
                "funders": len(cell.funders),
            }
            crowded = all(figures[name] >= least for name, least in level.crowded.items())
            covered = all(figures[name] >= least for name, least in level.covered.items())
            assert cell.state == (CROWDED if crowded else COVERED if covered else THIN)
