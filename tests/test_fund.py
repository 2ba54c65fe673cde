"""Money on the command line and from Python: no options, every format, names, policies that travel, and refusals."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import zipfile
from decimal import Decimal
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import secgraph
from secgraph import api
from secgraph.api.money import LeftOut, years
from secgraph.cli import run
from secgraph.errors import AmbiguousError, ConfigError, NotFoundError
from secgraph.money import DECISIONS, REASONS, load_policies
from secgraph.releases import build
from tests.conftest import BUNDLED, Built
from tests.made import made
from tests.test_iati_build import lay

FORMS = ("csv", "tsv", "json", "xlsx", "html", "svg", "png")


@pytest.fixture
def store(bundled_release: Built, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    monkeypatch.setenv("SECGRAPH_STORE", str(bundled_release.location))
    monkeypatch.chdir(tmp_path)
    return str(bundled_release.location)


@pytest.fixture(scope="module")
def graph(bundled_release: Built) -> api.Graph:
    return secgraph.open(bundled_release.location)


def rows(text: str, separator: str = ",") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text), delimiter=separator))


def table(name: str) -> list[dict[str, str]]:
    """Return a table of the bundled dataset, read anew."""
    return rows((BUNDLED / f"{name}.csv").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("command", "columns"),
    [
        (["total"], {"policy", "figure", "amount", "currency", "rows", "rate"}),
        (["total", "--why"], {"policy", *REASONS}),
        (["by"], {"policy", "currency", "key", "label", "rows", "net", "low", "high"}),
        (["waterfall"], {"policy", "currency", "step", "change", "left", "rows"}),
        (["flows"], {"policy", "currency", "donor", "recipient", "beneficiary", "net", "rows"}),
        (["policies"], {"policy", "meaning", "kinds"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_each_command_works_without_options(
    store: str, command: list[str], columns: set[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["fund", *command]) == 0
    assert "net-commitments" in capsys.readouterr().out
    assert run(["fund", *command, "--format", "csv"]) == 0
    found = rows(capsys.readouterr().out)
    assert found
    assert columns <= set(found[0])


def test_bare_fund_is_the_total(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fund"]) == 0
    bare = capsys.readouterr().out
    assert run(["fund", "total"]) == 0
    assert capsys.readouterr().out == bare
    assert run(["--store", store, "fund"]) == 0
    assert capsys.readouterr().out == bare


@pytest.mark.parametrize(
    ("command", "form"),
    [*(("total", form) for form in FORMS), *product(("by", "waterfall", "flows"), ("csv", "json", "html"))],
)
def test_the_policy_is_in_every_file(store: str, command: str, form: str, tmp_path: Path) -> None:
    path = tmp_path / f"money.{form}"
    assert run(["fund", command, "--donor", "EU", "--policy", "contributions", "-o", str(path)]) == 0
    data = path.read_bytes()
    if form == "xlsx":
        with zipfile.ZipFile(path) as book:
            texts = book.read("xl/sharedStrings.xml").decode()
        assert "contributions" in texts
        assert ">policy<" in texts
    elif form == "png":
        assert data.startswith(b"\x89PNG")
    elif form == "svg":
        # Texts are outlines there: the words of the head are compared with those of the page.
        assert data.startswith(b"<?xml")
    elif form == "html":
        page = data.decode()
        assert '<meta name="policy" content="contributions">' in page
        assert "Counted by the policy <b>contributions</b>" in page
        assert "<script" not in page
    elif form == "json":
        told = json.loads(data)
        policies = (
            {told["policy"]} if "policy" in told else {one["policy"]["value"] for one in told["results"]["bindings"]}
        )
        assert policies == {"contributions"}
    else:
        assert {row["policy"] for row in rows(data.decode(), "\t" if form == "tsv" else ",")} == {"contributions"}


def test_pictures_say_the_policy_in_their_head(graph: api.Graph) -> None:
    one = graph.fund_draw("waterfall", form="svg", donor="EU", policy="contributions")
    other = graph.fund_draw("waterfall", form="svg", donor="EU", policy="pledges")
    assert one != other
    with pytest.raises(ConfigError, match="no picture of money called pie - one of flows, waterfall, by"):
        graph.fund_draw("pie")
    with pytest.raises(ConfigError, match="not written as gif"):
        graph.fund_draw("flows", form="gif")


def test_a_total_by_hand(graph: api.Graph) -> None:
    """The commitments of Austria's agency, added up from the table."""
    mine = [row for row in table("funding") if row["funder"] == "at-ada" and row["kind"] == "commitment"]
    plain = [
        row for row in mine if row["currency"] == "EUR" and row["amount"] and not row["part_of"] and not row["same_as"]
    ]
    assert len(plain) == len(mine) >= 3
    total = graph.fund_total(donor="at-ada")
    assert total.net == total.naive == sum(Decimal(row["amount"]) for row in mine)
    assert {row["id"] for row in total.reasons().dicts()} == {row["id"] for row in mine}


@pytest.mark.parametrize("policy", sorted(load_policies().policies))
def test_every_policy_counts_every_row_of_its_kinds_once(graph: api.Graph, policy: str) -> None:
    total = graph.fund_total(policy=policy)
    reasons = total.reasons().dicts()
    kinds = set(total.kinds)
    stated = {row["id"] for row in table("funding") if row["kind"] in kinds}
    # Co-financing is mapped to contributions; that apart, the kinds are those of the table.
    stated |= (
        {row["id"] for row in table("funding") if row["kind"] == "co-financing"} if "contribution" in kinds else set()
    )
    assert {row["id"] for row in reasons} == stated
    assert {row["decision"] for row in reasons} <= set(DECISIONS)
    assert total.low <= total.net <= total.high
    assert total.naive - sum((step.amount for step in total.steps), Decimal()) == total.net


@pytest.mark.parametrize("axis", ["donor", "recipient", "beneficiary", "topic", "instrument", "year", "programme"])
def test_the_groups_of_every_axis_add_up_to_the_total(graph: api.Graph, axis: str) -> None:
    found = graph.fund_by(axis, donor="EU")
    net = sum((Decimal(str(value)) for value in found.column("net")), Decimal())
    assert net == graph.fund_total(donor="EU").net
    assert all(graph.fund_by(axis, donor="EU", top=1).column("label"))


@pytest.mark.parametrize(
    "path", [("donor", "recipient", "beneficiary"), ("donor", "instrument", "recipient"), ("donor", "programme")]
)
def test_the_flows_add_up_to_the_total(graph: api.Graph, path: tuple[str, ...]) -> None:
    total = graph.fund_total(donor="EU")
    flows = graph.fund_flow_table(path, donor="EU")
    assert flows.columns[2 : 2 + len(path)] == path
    assert sum(flows.column("net"), Decimal()) == total.net
    counted = {row["id"] for row in total.reasons().dicts() if row["decision"] in ("counted", "split", "candidate")}
    assert {one for ids in flows.column("row_ids") for one in ids.split("|")} >= counted
    network = graph.fund_flows(path, donor="EU")
    assert network.is_directed()
    assert network.graph["policy"] == "net-commitments"
    with pytest.raises(ConfigError, match="money cannot flow over donor, colour"):
        graph.fund_flows(("donor", "colour"))


def test_what_may_come_to_a_country_is_beside_its_flows(graph: api.Graph) -> None:
    """By hand from the tables: of three rows of the EU for Kosovo, two are for more countries without percentages."""
    flows = graph.fund_flow_table(donor="EU", beneficiary="XK")
    assert sum(flows.column("net"), Decimal()) == Decimal(6_500_000)
    regional = [row for row in flows.dicts() if row["beneficiary"] == "unsplit regional"]
    assert regional
    assert all(row["net"] == 0 < row["beside"] for row in regional)
    page = graph.fund_draw("flows", donor="EU", beneficiary="XK")
    assert "Hatched beside it: " in page
    assert "unsplit regional: for several countries, and no percentages are stated" in page


def test_names_are_resolved_as_elsewhere(graph: api.Graph) -> None:
    by_name = graph.fund_total(donor="European Commission", beneficiary="XK")
    assert by_name.selection.donors == ("https://w3id.org/secgraph/id/organisation/eu-commission",)
    assert by_name == graph.fund_total(donor="eu-commission", beneficiary="Kosovo")
    with pytest.raises(NotFoundError, match="eu-commission"):
        graph.fund_total(donor="eu-comission")
    with pytest.raises(NotFoundError):
        graph.fund_total(policy="net-comitments")
    with pytest.raises(NotFoundError):
        graph.fund_total(donor="ipa-ii")  # an instrument gives nothing
    with pytest.raises(AmbiguousError):
        graph.fund_total(donor="Bundeskriminalamt")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["total", "--donor", "Nobody at all"], "no "),
        (["total", "--donor", "Bundeskriminalamt"], "'Bundeskriminalamt' is ambiguous"),
        (["total", "--policy", "net-comitments"], "did you mean net-commitments"),
        (["total", "--years", "2024-2020"], "the years run backwards"),
        (["total", "--years", "then"], "is no period of years - as 2020-2024"),
        (["total", "--currency", "XXQ"], "XXQ"),
        (["total", "--constant", "2020:no-such-index"], "the dataset has no deflators"),
        (["total", "--constant", "now"], "is no year of prices"),
        (["flows", "--path", "donor"], "money cannot flow over donor"),
        (["flows", "--path", "donor,colour"], "money cannot flow over donor, colour"),
        (["total", "--without", "no-such-source"], "no source named"),
        (["total", "--format", "xlsx"], "name a file"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_is_wrong_is_told_in_one_line(
    store: str, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["fund", *arguments]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert said in told.err
    assert "Traceback" not in told.err


def test_an_axis_that_is_none_is_a_fault_of_usage(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fund", "by", "colour"]) == 2
    assert "colour" in capsys.readouterr().err


@given(st.integers(1900, 2100), st.integers(1900, 2100))
def test_years_are_read_as_people_write_them(first: int, last: int) -> None:
    assert years(f"{first}-{last}") == years(f" {first}/{last} ") == (first, last)
    assert years(f"{first}") == (first, first)
    assert (years(f"{first}-"), years(f"-{last}")) == ((first, 0), (0, last))


@pytest.mark.parametrize(
    "told", ["20", "2020-20", "2020-2024-2025", "-", "2020.5", "next year", "\u0662\u0660\u0662\u0660x"]
)
def test_a_period_that_is_none_is_refused(told: str) -> None:
    with pytest.raises(ConfigError, match="is no period of years"):
        years(told)


def test_a_block_says_what_is_asked_how_it_is_counted_and_what_is_beside(
    store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["fund", "total", "--donor", "EU", "--beneficiary", "XK", "--years", "2014-2020"]) == 0
    told = capsys.readouterr().out
    title = load_policies().policy("net-commitments").title
    assert told.startswith(f"net-commitments: {title}.\nAsked of: ")
    for words in (
        "organisation/eu", "jurisdiction/XK", "2014 to 2020", "naive sum", "net sum", "low", "high", "As published",
        "unsplit:", "unknown:", "Each row with its rule and source: --why.",
    ):  # fmt: skip
        assert words in told
    assert run(["fund", "total", "--donor", "EU", "--beneficiary", "XK", "--years", "2014-2020", "--why"]) == 0
    why = capsys.readouterr().out
    assert why.startswith(told)
    assert all(name in why for name in ("decision", "rule", "sources"))


def test_rates_are_told_with_date_and_source(graph: api.Graph) -> None:
    total = graph.fund_total(donor="CH", policy="budgets")
    assert {used.currency for used in total.rates_used} == {"CHF"}
    told = {row["figure"]: row for row in api.total_table(total).dicts()}
    assert told["rate"]["rate_date"]
    assert told["rate"]["rate_source"]
    lines = "\n".join(api.total_lines(total))
    assert "CHF for one EUR" in lines
    assert "Rates (yearly averages):" in lines
    assert "Rates (of the day):" in "\n".join(
        api.total_lines(graph.fund_total(donor="CH", policy="budgets", rates="date"))
    )
    francs = graph.fund_total(donor="CH", policy="budgets", currency="CHF")
    assert francs.currency == "CHF"
    assert {row["currency"] for row in api.total_table(francs).dicts() if row["figure"] == "net"} == {"CHF"}


def test_json_holds_the_figures_and_the_reasons_exactly(graph: api.Graph) -> None:
    total = graph.fund_total(donor="EU", policy="budgets")
    told = json.loads(api.total_json(total))
    assert Decimal(told["net"]) == total.net
    assert Decimal(told["naive"]) + sum(Decimal(step["change"]) for step in told["steps"]) == Decimal(told["net"])
    assert len(told["reasons"]) == len(total.reasons())


def test_without_a_source_its_rows_are_gone(graph: api.Graph) -> None:
    whole = graph.fund_total(donor="at-ada")
    first = whole.reasons().dicts()[0]
    assert "|" not in first["sources"]
    part = graph.fund_total(donor="at-ada", without=first["sources"])
    gone = [row for row in whole.reasons().dicts() if row["sources"] == first["sources"]]
    assert {row["id"] for row in whole.reasons().dicts()} - {row["id"] for row in part.reasons().dicts()} == {
        row["id"] for row in gone
    }
    assert any(first["sources"] in note for note in part.notes)
    assert graph.fund_total(donor="at-ada") == whole


def test_rows_of_two_sources_stay_by_the_other() -> None:
    left = LeftOut(made(), ("handbook",))
    memberships = left.table("memberships")
    assert set(memberships.column("sources")) == {"news"}
    assert len(left.table("things")) == 0
    assert len(left.table("transactions")) == 2
    assert LeftOut(made(), ()).table("memberships") == made().table("memberships")


def test_help_and_policies_start_without_what_is_heavy() -> None:
    program = (
        "import sys\nfrom secgraph.cli import run\n"
        "code = run(sys.argv[1:])\n"
        "heavy = ('matplotlib', 'networkx', 'numpy', 'duckdb', 'pyarrow', 'jinja2', 'currency_converter', 'splink')\n"
        "print([name for name in heavy if name in sys.modules], file=sys.stderr)\nsys.exit(code)"
    )
    for words in (["fund", "--help"], ["fund", "total", "--help"]):
        done = subprocess.run(
            [sys.executable, "-c", program, *words], capture_output=True, text=True, check=True, timeout=60
        )
        assert done.stderr == "[]\n"
        assert "fund" in done.stdout


@pytest.fixture(scope="module")
def aid(tmp_path_factory: pytest.TempPathFactory) -> api.Graph:
    """A made-up dataset with files of activities, some of whose parties nobody knows."""
    folder = tmp_path_factory.mktemp("aid")
    build(lay(folder / "data"), folder / "store")
    return secgraph.open(folder / "store")


def test_sectors_of_published_lists_are_topics_and_have_names(aid: api.Graph) -> None:
    """By hand: 75 percent of the one commitment that states sectors, 900,000.50, are for 15210."""
    for told in ("15210", "iati-sector/15210", "https://w3id.org/secgraph/id/iati-sector/15210"):
        assert aid.fund_total(topic=told).net.quantize(Decimal(1)) == Decimal(675_000)
    (row,) = aid.fund_by("topic", topic="15210").dicts()
    assert row["label"] == "Security system management and reform"
    assert "on Security system management and reform" in aid.fund_draw("waterfall", topic="15210")
    with pytest.raises(NotFoundError, match="no sector named '99999'"):
        aid.fund_total(topic="99999")


def test_a_name_that_nobody_is_known_by_is_a_band_of_its_own(aid: api.Graph) -> None:
    """By hand: 60 and 40 percent of 900,000.50 for two countries; a million for several, without percentages."""
    flows = aid.fund_flow_table()
    found = {(row["donor"], row["recipient"], row["beneficiary"]): row["net"] for row in flows.dicts()}
    assert found == {
        ("Fourth Shore", "Coral Institute", "unsplit regional"): Decimal(1_000_000),
        ("Fourth Shore", "not identified", "First Shore"): Decimal("540000.3"),
        ("Fourth Shore", "not identified", "Third Shore"): Decimal("360000.2"),
    }
    page = aid.fund_draw("flows")
    assert "not identified: a name that is none of the known organisations" in page
    assert "unsplit regional: for several countries, and no percentages are stated" in page
    states = {told["label"]: told["state"] for _node, told in aid.fund_flows().nodes(data=True)}
    assert states["not identified"] == "not identified"
    assert states["Coral Institute"] == ""
