"""Relations tell what the graph tells: the same rows, sums and bytes; and SQL that reaches nothing else."""

from __future__ import annotations

import random
import re
from decimal import Decimal
from pathlib import Path

import pytest

from secgraph import mapping
from secgraph.errors import NotFoundError, QueryError, StoreError
from secgraph.relations import NAMES, RELATIONS, Relations, write_relations
from secgraph.releases.making import _by_value
from secgraph.sources.tables import read_tables
from secgraph.store import OxigraphStore, open_release
from secgraph.values import XSD, Literal, Quad, Table, plain
from secgraph.vocab import sg
from tests.conftest import SMALL, Built, Opened

DATES = "start end start_earliest start_latest end_earliest end_latest start_state end_state"
MONEY = (
    "iri id kind co_financing finances providers receivers instrument amount currency qualifier share "
    f"{DATES} as_of cumulative part_of funded_from replaces same_as different_from scope measure "
    "value_date provider_names receiver_names provider_refs receiver_refs provider_activity receiver_activity "
    "budget_type flow finance aid tied humanitarian scope_least scope_most reporter secondary inferred sources"
)
COLUMNS = {
    "things": f"iri kind id label short_name class type country city {DATES} inferred sources",
    "names": f"iri thing name kind_of_name language {DATES} sources",
    "links": "subject property object sources",
    "events": "iri id label class type status announced "
    f"{DATES} city country within_framework sub_event_of topics sources",
    "programmes": f"iri id label short_name class type part_of within_framework {DATES} last_attested topics "
    "identifier hierarchy status scope_least scope_most reporter secondary sources",
    "memberships": f"iri id body member role {DATES} last_attested inferred sources",
    "participations": "iri id activity activity_kind participant participant_kind role stated stated_ref sources",
    "occupancies": f"iri id person post_iri post organisation attested_at {DATES} last_attested inferred sources",
    "transactions": MONEY,
    "budgets": MONEY,
    "allocations": "iri of of_kind to axis code vocabulary percentage in_scope sources",
    "context": "iri id country sector year amount currency measure sources",
    "rates": "currency date per_euro sources",
    "deflators": "name currency year index sources",
    "needs": "iri id need pillar countries topics basis priority objective documents sources",
    "responses": "iri id need pillar programmes providers countries topics sources",
    "documents": "iri id title type start start_earliest start_latest start_state "
    "adopted_by concerns topics url sources",
    "sources": "iri id title publisher url issued published_latest accessed kind",
    "evidence": "subject property value source table row column",
}
THING = "https://w3id.org/secgraph/id/"
# Filled by IATI files and by tables that a dataset may have; the bundled and the small one have neither.
FURTHER = {"allocations", "context", "rates", "deflators"}
OF_IATI = set(
    "value_date provider_names receiver_names provider_refs receiver_refs provider_activity receiver_activity "
    "budget_type flow finance aid tied humanitarian scope_least scope_most different_from reporter secondary".split()
)


@pytest.fixture(scope="module")
def small(small_release: Built) -> Relations:
    return Relations(small_release.path / "relations")


def rows(relations: Relations, relation: str, /, **wanted: object) -> list[dict[str, object]]:
    return [row for row in relations.table(relation).dicts() if all(row[key] == value for key, value in wanted.items())]


@pytest.mark.parametrize("name", NAMES)
def test_columns_are_the_contract_and_rows_are_sorted(small: Relations, name: str) -> None:
    table = small.table(name)
    assert table.columns == tuple(COLUMNS[name].split())
    assert len(table) > 0 or name in FURTHER
    keys = [tuple(str(plain(cell) or "") for cell in row) for row in table.rows]
    # Evidence comes in the order of N-Quads, where the sign that ends an IRI counts.
    first = [f"{key[0]}>" if name == "evidence" else key[0] for key in keys]
    assert first == sorted(first)
    assert len(set(keys)) == len(keys)


def test_every_relation_is_pinned() -> None:
    assert set(COLUMNS) == set(NAMES) == {*RELATIONS, "evidence"}
    assert len(NAMES) == 19


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"evidence"} - FURTHER))
def test_each_column_holds_something_in_the_bundled_data(bundled: Opened, name: str) -> None:
    table = bundled.relations.table(name)
    empty = {column for column in table.columns if all(cell is None for cell in table.column(column))}
    # No source states these of a budget, or of a need.
    unstated = {
        "budgets": {"co_financing", "share"} | OF_IATI,
        "transactions": OF_IATI,
        "needs": {"objective"},
        "programmes": {"identifier", "hierarchy", "status", "scope_least", "scope_most", "reporter", "secondary"},
        "participations": {"stated", "stated_ref"},
    }
    assert empty <= unstated.get(name, set())


def test_dates_bounds_and_states(small: Relations) -> None:
    (row,) = rows(small, "memberships", id="lighthouse-network--BT--member")
    assert row["start"] == "2015-06"
    assert (row["start_earliest"], row["start_latest"]) == ("2015-06-01", "2015-06-30")
    assert (row["end_earliest"], row["end_latest"], row["end_state"]) == ("2018-05-31", "2018-05-31", "known")
    assert row["last_attested"] == "2018-10-20"
    (open_end,) = rows(small, "memberships", id="lighthouse-network--IS--member")
    assert (open_end["end"], open_end["end_earliest"], open_end["end_state"]) == (None, None, "open")
    (event,) = rows(small, "events", id="2016-04-lighthouse-board")
    assert (event["end"], event["end_latest"], event["end_state"]) == (None, "2016-04-30", "known")
    cell = small.table("events").rows[0][small.table("events").columns.index("start_earliest")]
    assert cell == Literal("2016-04-01", XSD + "date")


def test_money_is_exact_and_links_to_money(small: Relations) -> None:
    (row,) = rows(small, "transactions", id="foghorn-bells-commitment")
    assert row["amount"] == Decimal("400000.5")
    assert (row["kind"], row["currency"], row["measure"]) == ("commitment", "EUR", "obligation")
    assert row["part_of"] == f"{THING}transaction/foghorn-commitment"
    (shared,) = rows(small, "transactions", id="foghorn-contribution")
    assert (shared["amount"], shared["share"], shared["kind"]) == (None, Decimal(10), "contribution")
    (co,) = rows(small, "transactions", id="foghorn-cofinancing")
    assert (co["kind"], co["co_financing"]) == ("contribution", True)
    (spent,) = rows(small, "transactions", id="foghorn-spent")
    assert (spent["cumulative"], spent["as_of"]) == (True, "2019-12-31")
    (joint,) = rows(small, "transactions", id="shell-board-pledge")
    assert joint["providers"] == f"{THING}jurisdiction/IS|{THING}jurisdiction/NZ"
    assert [row["id"] for row in rows(small, "budgets")] == ["foghorn-budget-1", "foghorn-budget-2"]
    (revised,) = rows(small, "budgets", id="foghorn-budget-2")
    assert (revised["replaces"], revised["qualifier"]) == (f"{THING}budget/foghorn-budget-1", "about")
    assert (revised["start"], revised["end"]) == ("2018-01-01", "2020-12-31")


def test_things_are_told_once_with_their_narrowest_class(small: Relations) -> None:
    things = {row["iri"]: row for row in small.table("things").dicts()}
    assert len(things) == len(small.table("things"))
    classes = {
        "organisation/lighthouse-secretariat": "OrganisationalUnit",
        "organisation/coral-institute": "Organisation",
        "programme/foghorn": "Programme",
        "programme/foghorn-bells": "Project",
        "event/2018-10-shell-training": "Event",
        "event/2016-04-lighthouse-board": "Meeting",
        "person/una-mirage": "Person",
    }
    assert {name: things[THING + name]["class"] for name in classes} == classes
    assert things[f"{THING}event/2020-tide-visit"]["type"] == "study-visit"
    assert things[f"{THING}organisation/coral-institute"]["sources"] == "src-atlas|src-chronicle"


def test_names_of_all_kinds(small: Relations) -> None:
    named = rows(small, "names", thing=f"{THING}organisation/coral-institute")
    assert {(row["kind_of_name"], row["name"], row["language"]) for row in named} == {
        ("label", "Coral Institute", None),
        ("short", "CI", None),
        ("alias", "Korallen-Institut", None),
        ("alias", "Institut Korala", None),
        ("former", "Coral Laboratory", "en"),
        ("translation", "Institut Korala", "hr"),
    }
    (former,) = rows(small, "names", name="Coral Laboratory")
    assert (former["start_earliest"], former["end_latest"]) == ("1998-01-01", "2005-06-30")


def local_id(iri: object) -> str:
    return str(iri)[len(THING) :]


def test_links_and_participations(small: Relations) -> None:
    links = {
        (local_id(row["subject"]), re.split("[/#]", str(row["property"]))[-1], local_id(row["object"]))
        for row in small.table("links").dicts()
    }
    assert {
        ("initiative/shell-pillar", "partOf", "initiative/lighthouse-network"),
        ("initiative/tide-talks", "withinFramework", "organisation/coral-institute"),
        ("organisation/lighthouse-secretariat", "parentOrganisation", "organisation/coral-institute"),
        ("initiative/lighthouse-network", "secretariatHost", "organisation/lighthouse-secretariat"),
        ("event/2018-10-shell-training", "subEventOf", "event/2018-10-lighthouse-board"),
        ("event/2019-05-fog-conference", "withinFramework", "programme/foghorn"),
        ("event/2018-10-lighthouse-board", "editionOf", "series/lighthouse-board"),
        ("series/lighthouse-board", "seriesOf", "initiative/lighthouse-network"),
        ("document/shell-plan", "concerns", "initiative/shell-pillar"),
        ("document/shell-plan", "topic", "topic/smuggling"),
        ("document/shell-plan", "adoptedBy", "initiative/lighthouse-network"),
        ("instrument/tidal-fund", "managedBy", "organisation/tidal-agency"),
        ("need/need-books", "pillar", "document/shell-plan"),
        ("event/2016-04-lighthouse-board", "document", "document/lighthouse-charter"),
        ("topic/fog-signals", "broader", "topic/sea-safety"),
    } <= links
    (edition,) = rows(
        small, "links", subject=f"{THING}event/2018-10-lighthouse-board", object=f"{THING}series/lighthouse-board"
    )
    assert edition["sources"] == "src-chronicle|src-minutes"
    (supporter,) = rows(small, "participations", id="2018-10-lighthouse-board--tidal-fund--supporter")
    assert (supporter["activity_kind"], supporter["participant_kind"]) == ("event", "instrument")
    # cells.csv: of the row's two sources only one says it.
    assert supporter["sources"] == "src-chronicle"
    (office,) = rows(small, "occupancies", id="una-mirage-minister")
    assert office["person"] == f"{THING}person/una-mirage"
    assert (office["post"], office["organisation"]) == ("Minister of Tides", f"{THING}organisation/is-mi")


def test_evidence_names_source_table_row_and_column(small: Relations) -> None:
    board = f"{THING}event/2018-10-lighthouse-board"
    start = "https://w3id.org/secgraph/ns#start"
    told = {
        (row["value"], row["source"], row["table"], row["row"], row["column"])
        for row in rows(small, "evidence", subject=board, property=start)
    }
    assert told == {
        ("2018-10-17", "src-minutes", "events", "2018-10-lighthouse-board", "start"),
        ("2018-10-16", "src-chronicle", "claims", "event--2018-10-lighthouse-board--start--src-chronicle", "value"),
    }
    # A value stands here as the store has it, so that the two can be matched.
    (amount,) = rows(small, "evidence", row="foghorn-bells-commitment", column="amount")
    assert amount["value"] == "400000.5"
    founded = rows(small, "evidence", subject=f"{THING}organisation/coral-institute", value="1998")
    assert {row["source"] for row in founded} == {"src-chronicle"}


@pytest.mark.parametrize("threads", [1, 3])
def test_the_same_bytes_whatever_the_order_of_the_store(small_release: Built, tmp_path: Path, threads: int) -> None:
    quads = list(open_release(small_release.path).quads(""))
    random.Random(7).shuffle(quads)  # noqa: S311  an order, no secret
    statements = [_by_value(fact) for fact in mapping.statements(read_tables(SMALL).records)]
    random.Random(8).shuffle(statements)  # noqa: S311
    counts = write_relations(OxigraphStore.in_memory(quads), tmp_path, statements, threads=threads)
    assert set(counts) == set(NAMES)
    for name in NAMES:
        made = (tmp_path / f"{name}.parquet").read_bytes()
        assert made == (small_release.path / "relations" / f"{name}.parquet").read_bytes(), name
        assert b"pandas" not in made


def test_relations_do_not_depend_on_what_was_inferred(small_release: Built, tmp_path: Path) -> None:
    store = open_release(small_release.path)
    inferred = {quad._replace(graph="") for quad in store.quads("https://w3id.org/secgraph/graph/inferred")}
    assert inferred
    asserted = [quad for quad in store.quads("") if quad not in inferred]
    write_relations(OxigraphStore.in_memory(asserted), tmp_path, [], threads=1)
    for name in RELATIONS:
        made = (tmp_path / f"{name}.parquet").read_bytes()
        assert made == (small_release.path / "relations" / f"{name}.parquet").read_bytes(), name


PREFIXES = "PREFIX sg: <https://w3id.org/secgraph/ns#> PREFIX org: <http://www.w3.org/ns/org#> "
SAME = {
    "money by kind and currency": (
        """SELECT kind, currency, count(*) AS n, count(amount) AS stated, sum(amount) AS total
           FROM transactions GROUP BY kind, currency ORDER BY kind, currency""",
        """SELECT ?kind ?currency (COUNT(*) AS ?n) (COUNT(?a) AS ?stated) (SUM(COALESCE(?a, 0)) AS ?total) {
             VALUES ?c { sg:Commitment sg:Disbursement sg:Expenditure sg:Pledge sg:Contribution }
             ?s a ?c ; sg:moneyKind ?k BIND(REPLACE(STR(?k), ".*/", "") AS ?kind)
             OPTIONAL { ?s sg:currency ?cur BIND(REPLACE(STR(?cur), ".*/", "") AS ?currency) }
             OPTIONAL { ?s sg:amount ?a } } GROUP BY ?kind ?currency ORDER BY ?kind ?currency""",
    ),
    "budgets": (
        "SELECT currency, count(*) AS n, sum(amount) AS total FROM budgets GROUP BY currency ORDER BY currency",
        """SELECT ?currency (COUNT(*) AS ?n) (SUM(COALESCE(?a, 0)) AS ?total) { ?s a sg:Budget
             OPTIONAL { ?s sg:currency ?cur BIND(REPLACE(STR(?cur), ".*/", "") AS ?currency) }
             OPTIONAL { ?s sg:amount ?a } } GROUP BY ?currency ORDER BY ?currency""",
    ),
    "events per year": (
        """SELECT strftime(start_earliest, '%Y') AS y, count(*) AS n FROM events
           WHERE start_earliest IS NOT NULL GROUP BY y ORDER BY y""",
        """SELECT ?y (COUNT(*) AS ?n) { ?s sg:eventType ?t ; sg:startEarliest ?d
             BIND(SUBSTR(STR(?d), 1, 4) AS ?y) } GROUP BY ?y ORDER BY ?y""",
    ),
    "memberships per role": (
        "SELECT role, count(*) AS n FROM memberships GROUP BY role ORDER BY role",
        """SELECT ?role (COUNT(*) AS ?n) { ?s a sg:Membership ; org:role ?r
             BIND(REPLACE(STR(?r), ".*/", "") AS ?role) } GROUP BY ?role ORDER BY ?role""",
    ),
    "things": (
        "SELECT kind, count(*) AS n FROM things GROUP BY kind ORDER BY kind",
        """SELECT ?kind (COUNT(DISTINCT ?s) AS ?n) {
             VALUES ?c { sg:Organisation sg:Initiative sg:Jurisdiction sg:Person sg:Post sg:EventSeries sg:Instrument
                         sg:Document sg:Topic sg:Need sg:Event sg:Programme }
             ?s a ?c BIND(REPLACE(STR(?s), ".*/id/([^/]*)/.*", "$1") AS ?kind) } GROUP BY ?kind ORDER BY ?kind""",
    ),
    "participations": (
        "SELECT activity_kind, role, count(*) AS n FROM participations GROUP BY ALL ORDER BY ALL",
        """SELECT ?activity_kind ?role (COUNT(*) AS ?n) { ?s a sg:Participation ; sg:participationIn ?a ;
             sg:participationRole ?r BIND(REPLACE(STR(?r), ".*/", "") AS ?role)
             BIND(REPLACE(STR(?a), ".*/id/([^/]*)/.*", "$1") AS ?activity_kind) }
           GROUP BY ?activity_kind ?role ORDER BY ?activity_kind ?role""",
    ),
}


@pytest.mark.parametrize("name", sorted(SAME))
def test_an_aggregate_is_the_same_in_sql_and_sparql(bundled: Opened, name: str) -> None:
    sql, sparql = SAME[name]
    by_sql, by_sparql = bundled.relations.sql(sql), bundled.store.select(PREFIXES + sparql)
    assert len(by_sql) > 2

    def comparable(table: Table) -> list[tuple[str, ...]]:
        # A sum over no stated amount is nothing in SQL and 0 in SPARQL.
        return sorted(tuple("" if plain(cell) in (None, 0) else str(plain(cell)) for cell in row) for row in table)

    assert comparable(by_sql) == comparable(by_sparql)


def test_sql_takes_parameters_and_types_its_answer(small: Relations) -> None:
    found = small.sql(
        "SELECT id, amount, start_earliest, cumulative, 1.5::DOUBLE AS x, count(*) OVER () AS n "
        "FROM transactions WHERE kind = ? AND currency = ? ORDER BY id",
        ["disbursement", "EUR"],
    )
    assert found.columns == ("id", "amount", "start_earliest", "cumulative", "x", "n")
    assert found.rows == (
        ("foghorn-spent", Literal("750000", XSD + "decimal"), Literal("2019-12-31", XSD + "date"), True, 1.5, 1),
    )
    assert small.sql("SELECT $a AS a", {"a": "x'; DROP"}).rows == (("x'; DROP",),)


def test_other_types_of_an_answer_become_text_or_literals(small: Relations) -> None:
    found = small.sql(
        "SELECT [2, 1] AS a, TIMESTAMP '2020-01-02 03:04:05' AS b, NULL AS c, 1.50 AS d, INTERVAL 1 DAY AS e"
    )
    assert found.rows == (
        (
            "2|1",
            Literal("2020-01-02T03:04:05", XSD + "dateTime"),
            None,
            Literal("1.5", XSD + "decimal"),
            "1 day, 0:00:00",
        ),
    )


def test_closed_relations_open_again_when_asked(small_release: Built) -> None:
    relations = Relations(small_release.path / "relations")
    for _ in range(2):
        assert relations.sql("SELECT count(*) AS n FROM memberships").column("n") == [8]
        relations.close()


def test_a_bound_that_is_no_day_is_named(tmp_path: Path) -> None:
    event = f"{THING}event/x"
    store = OxigraphStore.in_memory(
        [
            Quad(event, sg("eventType"), f"{THING}event-type/other"),
            Quad(event, sg("startEarliest"), Literal("2024-02-30", XSD + "date")),
        ]
    )
    with pytest.raises(StoreError, match="things, column start_earliest"):
        write_relations(store, tmp_path, [])


def test_threads_do_not_change_an_ordered_answer(small_release: Built) -> None:
    text = "SELECT role, count(*) AS n FROM participations GROUP BY role ORDER BY role"
    answers = {Relations(small_release.path / "relations", threads=n).sql(text) for n in (1, 2, 4)}
    assert len(answers) == 1


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM read_csv('/etc/hostname')",
        "SELECT * FROM glob('/etc/*')",
        "SELECT * FROM read_parquet('https://example.org/x.parquet')",
        "SELECT * FROM read_text('{relations}/../manifest.json')",
        "COPY (SELECT 1) TO '{relations}/new.parquet'",
        "COPY events TO '/tmp/secgraph-events.csv'",
        "ATTACH '{relations}/new.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET threads = 1",
        "RESET allowed_directories",
        "PRAGMA database_list",
        "CREATE TABLE t AS SELECT 1",
        "DROP VIEW events",
        "EXPORT DATABASE '{relations}/x'",
        "SELECT 1; SELECT 2",
        "SELECT 1; COPY events TO '{relations}/x.csv'",
        "",
        "SELECT",
        "SELECT * FROM no_such_relation",
        "SELECT amount + 'x' FROM transactions",
        "SELECT ?",
    ],
)
def test_sql_reaches_nothing_else(small: Relations, text: str) -> None:
    before = sorted(path.name for path in small.directory.iterdir())
    with pytest.raises(QueryError) as caught:
        small.sql(text.replace("{relations}", str(small.directory)))
    assert len(str(caught.value)) < 600
    assert sorted(path.name for path in small.directory.iterdir()) == before


def test_no_query_could_open_what_is_shut(small: Relations) -> None:
    for name in (
        "enable_external_access", "autoinstall_known_extensions", "autoload_known_extensions",
        "allow_community_extensions",
    ):  # fmt: skip
        assert small.sql(f"SELECT current_setting('{name}') AS v").column("v") == [False], name
    assert small.sql("SELECT current_setting('lock_configuration') AS v").column("v") == [True]


def test_what_is_missing_or_damaged_is_an_error(small_release: Built, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="secgraph build"):
        Relations(tmp_path / "none")
    with pytest.raises(NotFoundError, match="memberships"):
        Relations(small_release.path / "relations").table("membership")
    (tmp_path / "events.parquet").write_bytes(b"PAR1 not a parquet file PAR1")
    damaged = Relations(tmp_path)
    for name in ("events", "things"):
        with pytest.raises(StoreError, match="secgraph build"):
            damaged.table(name)
    with pytest.raises(StoreError, match="secgraph build"):
        damaged.sql("SELECT 1")
