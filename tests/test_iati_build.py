"""A dataset with IATI files: what its release holds, what became of each activity, and what cannot go wrong halfway."""

from __future__ import annotations

import gzip
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import pytest

from secgraph.errors import SecgraphError, ValidationError
from secgraph.inference import derive
from secgraph.lookup import show, why
from secgraph.mapping import activities
from secgraph.network import Lens, look
from secgraph.network.graph import unidentified
from secgraph.relations import Relations
from secgraph.releases import FAULT, Release, build, current, damage, load_dataset, load_iati, loading, open_release
from secgraph.resources import ontology_dir
from secgraph.runs import Dropped, form_of, parse, read_runs, record, term, write_run
from secgraph.sources.inputs import IatiInput
from secgraph.store import open_release as open_store_of
from secgraph.validation import check
from secgraph.values import ERROR, Literal, Table, plain
from secgraph.vocab import ID, INFERRED, ONTOLOGY, sg
from tests.conftest import ROOT, SHARED, SMALL, Opened, left_out

AID = ROOT / "tests" / "cases" / "aid"
REAL = SHARED / "realdata" / "iati-activities"
FOG, BELLS = f"{ID}source/src-aid-fog", f"{ID}source/src-aid-bells"
PREFIXES = f"PREFIX sg: <https://w3id.org/secgraph/ns#> PREFIX dct: <http://purl.org/dc/terms/> PREFIX id: <{ID}> "


def lay(folder: Path) -> Path:
    """Lay the made-up files of activities over a copy of the small dataset."""
    shutil.copytree(SMALL, folder)
    for file in AID.iterdir():
        shutil.copy(file, folder / file.name)
    return folder


@pytest.fixture(scope="module")
def aid(tmp_path_factory: pytest.TempPathFactory) -> Release:
    folder = tmp_path_factory.mktemp("aid")
    return build(lay(folder / "data"), folder / "store")


@pytest.fixture(scope="module")
def opened(aid: Release) -> Opened:
    return Opened(aid.path, open_store_of(aid.path), Relations(aid.path / "relations"))


@pytest.fixture
def data(tmp_path: Path) -> Callable[..., Path]:
    """What lays a dataset with other files of activities, each with its source and what is done on errors."""

    def make(*inputs: tuple[str, str, str], **files: str) -> Path:
        folder = lay(tmp_path / "data")
        (folder / "fog.xml").unlink()
        (folder / "bells.xml").unlink()
        toml = (SMALL / "dataset.toml").read_text(encoding="utf-8")
        for path, source, on_error in inputs:
            toml += f'\n[[iati]]\npath = "{path}"\nsource = "{source}"\non_error = "{on_error}"\n'
        (folder / "dataset.toml").write_text(toml, encoding="utf-8")
        for name, text in files.items():
            place = folder / f"{name.replace('__', '/')}.xml"
            place.parent.mkdir(exist_ok=True)
            place.write_text(text, encoding="utf-8")
        return folder

    return make


def activity(identifier: str, *, parent: str = "", amount: str = "", title: str = "Made up") -> str:
    """Return a made-up activity of version 2.03."""
    money = (
        '<transaction><transaction-type code="3"/><transaction-date iso-date="2020-01-01"/>'
        f'<value value-date="2020-01-01">{amount}</value></transaction>'
        if amount
        else ""
    )
    related = f'<related-activity ref="{parent}" type="1"/>' if parent else ""
    return (
        f'<iati-activity default-currency="EUR" xml:lang="en"><iati-identifier>{identifier}</iati-identifier>'
        '<reporting-org ref="XX-0001" type="10"><narrative>Tidal Agency</narrative></reporting-org>'
        f"<title><narrative>{title}</narrative></title><description><narrative>Made up.</narrative></description>"
        '<participating-org ref="XX-9" type="21" role="4"><narrative>Agency of the Fog</narrative></participating-org>'
        '<activity-status code="2"/><activity-date iso-date="2019-03-01" type="2"/>'
        f'<recipient-country code="IS"/><sector vocabulary="1" code="15210"/>{money}{related}</iati-activity>'
    )


def file(*parts: str) -> str:
    return '<iati-activities version="2.03">' + "\n".join(["", *parts, ""]) + "</iati-activities>"


# --- what the release holds


def test_what_was_read_is_kept_or_left_out_for_a_reason(aid: Release) -> None:
    # Counted by hand in the files.
    assert [tuple(row.values()) for row in aid.inputs.dicts()] == [
        ("fog.xml", "IATI activities", 2, 2, 0, ""), ("fog.xml", "IATI transactions", 3, 3, 0, ""),
        ("bells.xml", "IATI activities", 3, 2, 1, "fault iati-value: 1"),
        ("bells.xml", "IATI transactions", 2, 1, 1, "fault iati-value: 1"),
    ]  # fmt: skip
    for name in ("fog.xml", "bells.xml"):
        tree = ElementTree.parse(AID / name)  # noqa: S314  our own file
        read = {row["form"]: row["read"] for row in aid.inputs.dicts() if row["file"] == name}
        assert read == {
            "IATI activities": len(tree.findall("iati-activity")),
            "IATI transactions": len(tree.findall("iati-activity/transaction")),
        }


def test_faults_and_reports_of_one_activity_by_two_are_told_by_file_line_and_element(aid: Release) -> None:
    told = {(one.rule, one.severity, one.file, one.row, one.column) for one in aid.findings.findings if one.file != "x"}
    assert told == {
        ("iati-country", "warning", "bells.xml", 12, "recipient-country/@code"),
        ("iati-value", "warning", "bells.xml", 43, "iati-activity/transaction/value"),
        ("iati-two-sources", "info", "bells.xml", 22, "iati-identifier"),
    }  # fmt: skip


def test_counts_are_those_of_the_store_and_each_graph_is_of_its_source(aid: Release, opened: Opened) -> None:
    store = opened.store
    assert store.count() == aid.counts["quads"]
    assert store.count("") == aid.counts["merged"]
    assert store.count(INFERRED) == aid.counts["inferred"]
    assert store.count(ONTOLOGY) == aid.counts["ontology"]
    merged = {quad[:3] for quad in store.quads("")}
    for graph in (FOG, BELLS):
        stated = {quad[:3] for quad in store.quads(graph)}
        assert stated
        assert stated <= merged
    labels = store.select(PREFIXES + "SELECT ?l { id:programme\\/src-aid-bells--XX-0001-101 rdfs:label ?l }".replace(
        "rdfs:label", "<http://www.w3.org/2000/01/rdf-schema#label>"))  # fmt: skip
    assert labels.column("l") == ["Bells for the shores, as the founders see it"]
    # The codelists of IATI come with the files, and only with them.
    assert store.ask(f"ASK {{ GRAPH <{ONTOLOGY}> {{ <{ID}iati-sector/15210> ?p ?o }} }}")


def test_the_small_release_without_files_has_no_codelists_of_iati(small_release: object) -> None:
    store = open_store_of(small_release.path)  # type: ignore[attr-defined]
    assert not store.ask(f"ASK {{ GRAPH <{ONTOLOGY}> {{ <{ID}iati-sector/15210> ?p ?o }} }}")


def test_the_evidence_of_each_stated_quad_is_its_file_line_and_element(opened: Opened) -> None:
    def shown(item: object) -> str:
        return item.value if isinstance(item, Literal) else str(item)

    for graph, name in ((FOG, "fog.xml"), (BELLS, "bells.xml")):
        rows = [row for row in opened.relations.table("evidence").dicts() if row["table"] == name]
        assert rows
        told = {(row["subject"], row["property"], row["value"]) for row in rows}
        assert told == {(quad.subject, quad.predicate, shown(quad.object)) for quad in opened.store.quads(graph)}
        assert {row["source"] for row in rows} == {graph.rpartition("/")[2]}
        lines = (AID / name).read_text(encoding="utf-8").splitlines()
        for row in rows:
            line = lines[int(row["row"].removeprefix("line ")) - 1]
            # What stands once in an activity is told by the activity's line, a part of a row by the row's.
            assert any(f"<{part}" in line for part in ("iati-activity", *row["column"].split("/"))), row
    order = [f"{row['subject']}>" for row in opened.relations.table("evidence").dicts()]
    assert order == sorted(order)


def test_why_says_file_line_and_element(opened: Opened) -> None:
    node = f"{ID}transaction/src-aid-fog--XX-0001-100--t1"
    (row,) = why(opened.store, node, "amount", opened.relations.table("evidence")).dicts()
    assert (row["value"], row["table"], row["row"], row["column"]) == (
        "900000.5", "fog.xml", "line 49", "transaction/value",
    )  # fmt: skip
    assert "<transaction ref" in (AID / "fog.xml").read_text(encoding="utf-8").splitlines()[48]


def test_activities_lead_to_each_other_and_money_to_theirs(opened: Opened) -> None:
    rows = {row["id"]: row for row in opened.relations.table("transactions").dicts()}
    child = rows["src-aid-fog--XX-0001-101--t1"]
    assert child["provider_activity"] == f"{ID}programme/src-aid-fog--XX-0001-100"
    assert child["receiver_activity"] == "XX-9-7"
    assert child["reporter"] == f"{ID}organisation/tidal-agency"
    # The founders mean the activity as their own file has it, not as the agency's does.
    incoming = rows["src-aid-bells--XX-8_1_b-" + activities.slug_of("x", "XX-8/1 b")[-6:] + "--t1"]
    assert incoming["provider_activity"] == f"{ID}programme/src-aid-bells--XX-0001-101"
    assert (incoming["kind"], incoming["reporter"]) == ("incoming-funds", "XX-8")
    assert (incoming["provider_names"], incoming["receiver_refs"]) == ("Agency of the Fog", "XX-8")
    programmes = {row["id"]: row for row in opened.relations.table("programmes").dicts()}
    assert programmes["src-aid-fog--XX-0001-101"]["part_of"] == f"{ID}programme/src-aid-fog--XX-0001-100"
    assert programmes["src-aid-fog--XX-0001-100"]["identifier"] == "XX-0001-100"
    assert programmes["src-aid-fog--XX-0001-101"]["hierarchy"] == 2
    budgets = {row["id"][-2:]: row for row in opened.relations.table("budgets").dicts() if "aid" in row["id"]}
    assert {at: row["budget_type"] for at, row in budgets.items()} == {
        "b1": "original",
        "b2": "revised",
        "p1": "original",
    }


def test_a_country_that_the_tables_lack_is_one_and_has_the_name_of_the_codelist(opened: Opened) -> None:
    (row,) = [row for row in opened.relations.table("things").dicts() if row["iri"] == f"{ID}jurisdiction/XK"]
    assert (row["label"], row["class"]) == ("Kosovo", "Jurisdiction")


SAME = {
    "money by kind and currency": (
        """SELECT kind, currency, count(*) AS n, sum(amount) AS total FROM transactions WHERE amount IS NOT NULL
           GROUP BY ALL""",
        """SELECT ?kind ?currency (COUNT(*) AS ?n) (SUM(?a) AS ?total) { ?s sg:moneyKind ?k ; sg:amount ?a ;
             sg:currency ?c FILTER(?k NOT IN (id:money-kind\\/budget, id:money-kind\\/planned-disbursement))
             BIND(REPLACE(STR(?k), ".*/", "") AS ?kind) BIND(REPLACE(STR(?c), ".*/", "") AS ?currency) }
           GROUP BY ?kind ?currency""",
    ),
    "plans": (
        "SELECT kind, budget_type, count(*) AS n, sum(amount) AS total FROM budgets GROUP BY ALL",
        """SELECT ?kind ?type (COUNT(*) AS ?n) (SUM(?a) AS ?total) { ?s sg:moneyKind ?k ; sg:amount ?a
             FILTER(?k IN (id:money-kind\\/budget, id:money-kind\\/planned-disbursement))
             OPTIONAL { ?s sg:budgetType ?type } BIND(REPLACE(STR(?k), ".*/", "") AS ?kind) } GROUP BY ?kind ?type""",
    ),
    "parts": (
        """SELECT of_kind, axis, "to", vocabulary, count(*) AS n, sum(percentage) AS share FROM allocations
           GROUP BY ALL""",
        """SELECT ?of_kind ?axis ?to ?vocabulary (COUNT(*) AS ?n) (SUM(COALESCE(?p, 0)) AS ?share) {
             ?s a sg:Allocation ; sg:allocationOf ?whole ; sg:axis ?axis OPTIONAL { ?s sg:allocatedTo ?to }
             OPTIONAL { ?s sg:vocabulary ?vocabulary } OPTIONAL { ?s sg:percentage ?p }
             BIND(REPLACE(STR(?whole), ".*/id/([^/]*)/.*", "$1") AS ?of_kind) }
           GROUP BY ?of_kind ?axis ?to ?vocabulary""",
    ),
    "parties": (
        """SELECT role, participant IS NULL AS unknown, stated, stated_ref, count(*) AS n FROM participations
           WHERE activity_kind = 'programme' GROUP BY ALL""",
        """SELECT ?role (!BOUND(?who) AS ?unknown) ?stated ?ref (COUNT(*) AS ?n) { ?s sg:participationIn ?a ;
             sg:participationRole ?r BIND(REPLACE(STR(?r), ".*/", "") AS ?role) ?a sg:programmeType ?t
             OPTIONAL { ?s sg:participant ?who } OPTIONAL { ?s sg:participantName ?stated }
             OPTIONAL { ?s sg:participantRef ?ref } } GROUP BY ?role ?who ?stated ?ref""",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(SAME))
def test_an_aggregate_is_the_same_in_sql_and_sparql(opened: Opened, name: str) -> None:
    def comparable(table: Table) -> Counter[tuple[str, ...]]:
        rows: Counter[tuple[str, ...]] = Counter()
        for row in table:
            *key, count = ["" if plain(cell) in (None, 0) else str(plain(cell)) for cell in row]
            rows[(*key, "")] += int(count) if name == "parties" else 0
            if name != "parties":
                rows[(*key, str(Decimal(count or 0)))] += 1
        return rows

    sql, sparql = SAME[name]
    by_sql, by_sparql = opened.relations.sql(sql), opened.store.select(PREFIXES + sparql)
    assert len(by_sql) > 2
    assert comparable(by_sql) == comparable(by_sparql)


def test_who_is_a_name_only_is_in_no_tie_and_counted(opened: Opened) -> None:
    # By hand: four participations, and three receivers and two ends of two transactions of fog and bells.
    assert unidentified(opened.relations) == 11
    assert unidentified(opened.relations, ("implementing",)) == 4
    assert unidentified(opened.relations, ("membership",)) == 0
    graph = look(opened.relations, Lens())
    assert graph.graph["counts"]["unidentified"] == 11
    assert not {"Agency of the Fog", "Friends of the Fog", "Bell Founders"} & {
        label for _node, label in graph.nodes.data("label")
    }
    assert not [node for node in graph if "None" in node]
    ties = {(*edge[:2], edge[2]["layer"]) for edge in graph.edges(data=True)}
    programme = "programme/src-aid-fog--XX-0001-100"
    assert ("organisation/tidal-agency", programme, "funding") in ties
    card = show(opened.store, f"{ID}{programme}")
    (parts,) = [table for title, table in card.sections if title == "Who took part"]
    assert ("implementing", "Agency of the Fog (not identified)") in {row[:2] for row in parts.rows}


def test_a_topic_comes_by_a_judgement_only(tmp_path: Path, aid: Release) -> None:
    assert not [
        row
        for row in Relations(aid.path / "relations").table("programmes").dicts()
        if "aid" in row["id"] and row["topics"]
    ]
    folder = lay(tmp_path / "data")
    with (folder / "identities.sssom.tsv").open("a", encoding="utf-8") as judged:
        judged.write(
            "sg:topic/sea-safety\tSafety at sea\tskos:narrowMatch\t\thttps://codelists.example.org/Sector/15210\t"
            "Security system management\tsemapv:ManualMappingCuration\tmade up\n"
        )
    release = build(folder, tmp_path / "store")
    rows = {row["id"]: row["topics"] for row in Relations(release.path / "relations").table("programmes").dicts()}
    assert rows["src-aid-fog--XX-0001-101"] == f"{ID}topic/sea-safety"


def judge_apart(folder: Path, one: str, other: str) -> None:
    with (folder / "identities.sssom.tsv").open("a", encoding="utf-8") as judged:
        judged.write(f"sg:{one}\tone\tskos:exactMatch\tNot\tsg:{other}\tother\tsemapv:ManualMappingCuration\tmade up\n")


def test_sums_of_activities_are_told_apart_by_a_judgement(data: Callable[..., Path], tmp_path: Path) -> None:
    text = file(activity("XX-1", amount="10"), activity("XX-2", amount="10"))
    folder = data(("a.xml", "src-aid-fog", "stop"), a=text)
    judge_apart(folder, "transaction/src-aid-fog--XX-1--t1", "transaction/src-aid-fog--XX-2--t1")
    release = build(folder, tmp_path / "store")
    rows = {row["id"]: row for row in Relations(release.path / "relations").table("transactions").dicts()}
    assert rows["src-aid-fog--XX-1--t1"]["different_from"] == f"{ID}transaction/src-aid-fog--XX-2--t1"
    judge_apart(folder, "transaction/src-aid-fog--XX-1--t1", "transaction/src-aid-fog--XX-2--t2")
    with pytest.raises(ValidationError) as told:
        build(folder, tmp_path / "store")
    assert "src-aid-fog--XX-2--t2" in str([found for found in told.value.report.findings if found.severity == ERROR])


def test_a_scope_leaves_its_part_on_each_activity(data: Callable[..., Path], tmp_path: Path) -> None:
    police = '<sector vocabulary="1" code="15210"/>'
    tenth = '<sector vocabulary="1" code="15210" percentage="10"/><sector vocabulary="1" code="11110" percentage="90"/>'
    text = file(activity("XX-1", amount="10"), activity("XX-2", amount="10").replace(police, tenth))
    folder = data(("a.xml", "src-aid-fog", 'stop"\nscope = "security'), a=text)
    release = build(folder, tmp_path / "store")
    relations = Relations(release.path / "relations")
    rows = {row["id"]: str(row["scope_least"]) for row in relations.table("programmes").dicts() if "XX-" in row["id"]}
    assert rows == {"src-aid-fog--XX-1": "100", "src-aid-fog--XX-2": "10"}
    flags = [row["code"] for row in relations.table("allocations").dicts() if row["in_scope"]]
    assert flags == ["15210", "15210"]


# --- the same whatever reads it


def test_the_same_release_with_any_number_of_processes(
    aid: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "_SMALL", 0)
    for threads in (2, 3):
        again = build(lay(tmp_path / f"data-{threads}"), tmp_path / f"store-{threads}", threads=threads)
        assert (again.digest, again.quad_digest, again.counts) == (aid.digest, aid.quad_digest, aid.counts)
        assert again.inputs == aid.inputs
        assert again.findings == aid.findings
        for path in sorted((aid.path / "relations").iterdir()):
            assert path.read_bytes() == (again.path / "relations" / path.name).read_bytes(), path.name


def test_small_runs_make_the_same_graph(tmp_path: Path, aid: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secgraph.runs._AT_ONCE", 10)
    monkeypatch.setattr(loading, "_AT_ONCE", 1)
    assert build(lay(tmp_path / "data"), tmp_path / "store").quad_digest == aid.quad_digest


def test_folders_and_compressed_files_are_read_and_named(data: Callable[..., Path], tmp_path: Path) -> None:
    folder = data(("more", "src-aid-fog", "stop"), more__a=file(activity("XX-1")), more__b=file(activity("XX-2")))
    (folder / "more" / "c.xml.gz").write_bytes(gzip.compress(file(activity("XX-3", amount="5")).encode()))
    release = build(folder, tmp_path / "store")
    kept = {row["file"]: row["kept"] for row in release.inputs.dicts() if row["form"] == "IATI activities"}
    assert kept == {"more/a.xml": 1, "more/b.xml": 1, "more/c.xml.gz": 1}


def test_workers_start_from_a_command_that_is_no_file(tmp_path: Path) -> None:
    script = (
        "from pathlib import Path; from secgraph.releases import load_iati, loading; "
        "from secgraph.sources.inputs import IatiInput; loading._SMALL = 0; "
        f"found = load_iati([IatiInput('fog.xml', Path({str(AID / 'fog.xml')!r}), 'src-aid-fog')], "
        f"Path({str(tmp_path)!r}), threads=2); print(sum(1 for _ in found.things()), found.loads[0].kept)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=True)
    alone = load_iati([IatiInput("fog.xml", AID / "fog.xml", "src-aid-fog")], tmp_path)
    assert done.stdout.split() == [str(sum(1 for _ in alone.things())), "2"]


# --- what is wrong


def test_a_fault_stops_the_build_unless_the_curator_says_otherwise(tmp_path: Path, data: Callable[..., Path]) -> None:
    store = tmp_path / "store"
    before = build(SMALL, store).digest
    bad = file(activity("XX-1", amount="5"), activity("XX-2", amount="a lot"))
    folder = data(("bad.xml", "src-aid-fog", "stop"), bad=bad)
    with pytest.raises(ValidationError) as caught:
        build(folder, store)
    errors = [one for one in caught.value.report.findings if one.severity == "error"]
    assert [(one.file, one.row, one.rule) for one in errors] == [("bad.xml", 3, "iati-value")]
    assert "XX-2" in errors[0].message
    assert current(store).digest == before
    assert [path.name for path in (store / "releases").iterdir()] == [before]
    text = (folder / "dataset.toml").read_text(encoding="utf-8")
    (folder / "dataset.toml").write_text(text.replace('"stop"', '"skip-and-report"'), encoding="utf-8")
    kept = build(folder, store)
    assert [row["kept"] for row in kept.inputs.dicts()] == [1, 1]
    assert "left out" in str(kept.findings.findings)


def test_a_file_that_breaks_off_is_left_out_whole(tmp_path: Path, data: Callable[..., Path]) -> None:
    good, broken = file(activity("XX-1", amount="5")), file(activity("XX-2", amount="6"), activity("XX-3"))
    folder = data(
        ("good.xml", "src-aid-fog", "stop"), ("broken.xml", "src-aid-bells", "skip-and-report"),
        good=good, broken=broken.removesuffix("</iati-activities>"),
    )  # fmt: skip
    release = build(folder, tmp_path / "store")
    rows = {(row["file"], row["form"][5:]): (row["read"], row["kept"], row["why"]) for row in release.inputs.dicts()}
    assert rows["good.xml", "activities"] == (1, 1, "")
    assert rows["broken.xml", "activities"] == (2, 0, "file refused: 2")
    assert rows["broken.xml", "transactions"] == (1, 0, "file refused: 1")
    assert open_store_of(release.path).count(BELLS) == 0
    table = Relations(release.path / "relations").table("programmes")
    assert [row["id"] for row in table.dicts() if row["identifier"]] == ["src-aid-fog--XX-1"]


def test_one_identifier_in_two_files_of_a_source_counts_once(tmp_path: Path, data: Callable[..., Path]) -> None:
    folder = data(
        ("more", "src-aid-fog", "skip-and-report"),
        more__a=file(activity("XX-1", amount="5", title="First")),
        more__b=file(activity("XX-1", amount="7", title="Second"), activity("XX-2", amount="8")),
    )
    release = build(folder, tmp_path / "store")
    rows = {(row["file"], row["form"][5:]): (row["read"], row["kept"], row["why"]) for row in release.inputs.dicts()}
    assert rows["more/a.xml", "transactions"] == (1, 1, "")
    assert rows["more/b.xml", "activities"] == (2, 1, "duplicate: 1")
    assert rows["more/b.xml", "transactions"] == (2, 1, "duplicate: 1")
    relations = Relations(release.path / "relations")
    amounts = {row["id"]: row["amount"] for row in relations.table("transactions").dicts() if "aid" in row["id"]}
    assert amounts == {"src-aid-fog--XX-1--t1": Decimal(5), "src-aid-fog--XX-2--t1": Decimal(8)}
    (told,) = [one for one in release.findings.findings if one.rule == "iati-duplicate"]
    assert (told.file, told.row) == ("more/b.xml", 2)
    assert "more/a.xml, line 2" in told.message


def test_a_circle_over_two_files_makes_no_whole(tmp_path: Path, data: Callable[..., Path]) -> None:
    folder = data(
        ("a.xml", "src-aid-fog", "stop"), ("b.xml", "src-aid-bells", "stop"),
        a=file(activity("XX-1", parent="XX-2"), activity("XX-3", parent="XX-1")),
        b=file(activity("XX-2", parent="XX-1"), activity("XX-5", parent="XX-3"), activity("XX-6", parent="XX-5")),
    )  # fmt: skip
    release = build(folder, tmp_path / "store")
    told = sorted((one.file, one.row, one.value) for one in release.findings.findings if one.rule == "iati-circle")
    assert told == [("a.xml", 2, "XX-2"), ("b.xml", 2, "XX-1")]
    rows = {row["id"]: row["part_of"] for row in Relations(release.path / "relations").table("programmes").dicts()}
    assert rows["src-aid-fog--XX-1"] is rows["src-aid-bells--XX-2"] is None
    # What hangs on the circle is no part of it.
    assert rows["src-aid-fog--XX-3"] == f"{ID}programme/src-aid-fog--XX-1"
    assert rows["src-aid-bells--XX-6"] == f"{ID}programme/src-aid-bells--XX-5"


def test_faults_of_one_rule_are_told_up_to_a_number(tmp_path: Path) -> None:
    text = file(*(activity(f"XX-{at}", amount="much") for at in range(50)))
    (tmp_path / "bad.xml").write_text(text, encoding="utf-8")
    found = load_iati([IatiInput("bad.xml", tmp_path / "bad.xml", "src-x", "skip-and-report")], tmp_path)
    told = [one for one in found.findings.findings if one.rule == "iati-value"]
    assert [one.row for one in told] == [0, *range(2, 22)]
    assert told[0].message.startswith("30 more of this rule")
    assert found.loads[0].left_out == {"fault iati-value": 50}


@pytest.mark.parametrize("point", ["map", "load", "check", "before-swap"])
def test_a_killed_build_leaves_the_release_that_was_there(tmp_path: Path, point: str) -> None:
    store, data = tmp_path / "store", lay(tmp_path / "data")
    before = build(SMALL, store).digest
    script = (
        "from pathlib import Path; from secgraph.releases import build; "
        f"build(Path({str(data)!r}), Path({str(store)!r}))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), FAULT: point}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, env=environment, check=False)
    assert done.returncode == -9
    assert current(store).digest == before
    after = build(data, store)
    assert damage(after.path) == []
    assert sorted(path.name for path in (store / "releases").iterdir()) == sorted((before, after.digest))


def test_the_reasoner_and_the_shapes_have_nothing_to_say(tmp_path: Path) -> None:
    found = check(lay(tmp_path / "data"), ontology_dir(), reasoner=True, infer=derive, load=load_dataset)
    assert {one.rule for one in found.findings} == {"iati-country", "iati-value", "iati-two-sources"}


# --- runs


def test_records_of_one_form_break_the_same_shapes() -> None:
    def made(*facts: str) -> tuple[str, ...]:
        return form_of(record(f"{ID}transaction/a--t1", 0, facts))

    place = "\x1e5\x1etransaction/value"
    day, month = ('<urn:p> "{}"^^<http://www.w3.org/2001/XMLSchema#date>' + place for _ in range(2))
    assert made(day.format("2019-01-31")) == made(month.format("2020-12-05"))
    assert made(day.format("2019-01-31")) != made(month.format("2019-1-31"))
    amount = '<urn:p> "{}"^^<http://www.w3.org/2001/XMLSchema#decimal>' + place
    assert made(amount.format("5")) == made(amount.format("70.25")) != made(amount.format("-5"))
    text = '<urn:p> "{}"' + place
    assert made(text.format("a")) == made(text.format('b \\" c')) != made(text.format(""))
    assert made(text.format("a")) != made('<urn:p> "a"@en' + place)
    link = f"<urn:p> <{ID}{{}}>{place}"
    assert made(link.format("programme/a")) == made(link.format("programme/b")) != made(link.format("event/a"))
    assert made(link.format("currency/EUR")) != made(link.format("currency/XX"))
    assert made(f"<urn:p> <{sg('known')}>") != made(f"<urn:p> <{sg('open')}>")
    assert made("<urn:p> <https://example.org/a/b>") == made("<urn:p> <https://example.org/c>")
    assert made("<urn:p> <urn:o>") != made("<urn:p> <urn:o>", "<urn:q> <urn:o>")


@pytest.mark.parametrize("text", ["plain", 'a "b" \\ c', "line\nand\ttab", "ünï \u2028 code", "\\u0041"])
def test_a_text_survives_a_run(tmp_path: Path, text: str) -> None:
    from secgraph.values import ntriples_object

    fact = f"<urn:p> {ntriples_object(Literal(text))}\x1e3\x1etitle"
    write_run(tmp_path / "run", [record("urn:s", 0, [fact])])
    (one,) = read_runs([tmp_path / "run"])
    assert one.facts[0].places == ((0, 3, "title"),)
    assert term(one.facts[0].text.partition("> ")[2]) == Literal(text)


def test_runs_are_merged_by_thing_and_what_is_dropped_is_passed_over(tmp_path: Path) -> None:
    first, second = f"{ID}programme/a--x", f"{ID}programme/a--x-y"
    write_run(tmp_path / "1", [record(second, 0, ["<urn:p> <urn:a>"]), record(first, 0, ["<urn:p> <urn:a>\x1e1\x1ex"])])
    write_run(tmp_path / "2", [record(first, 1, ["<urn:p> <urn:a>\x1e2\x1ey", '<urn:p> "z"'])])
    things = list(read_runs([tmp_path / "1", tmp_path / "2"]))
    # In the order of N-Quads, where the sign that ends an IRI counts.
    assert [one.iri for one in things] == [f"<{second}>", f"<{first}>"]
    assert things[1].facts == (('<urn:p> "z"', ()), ("<urn:p> <urn:a>", ((0, 1, "x"), (1, 2, "y"))))
    left = list(read_runs([tmp_path / "1", tmp_path / "2"], Dropped([1], [])))
    assert left[1] == parse([record(first, 0, ["<urn:p> <urn:a>\x1e1\x1ex"])])
    left = list(read_runs([tmp_path / "1", tmp_path / "2"], Dropped([], [(0, "a--x")])))
    assert [one.iri for one in left] == [f"<{second}>", f"<{first}>"]
    assert left[1].facts == (*things[1].facts[:1], ("<urn:p> <urn:a>", ((1, 2, "y"),)))


# --- files as they are published

PUBLISHED = ("multi-publisher-2.03-48-activities", "iom-2.03-577-activities", "dfid-1.01-kosovo")


def test_published_files_are_read_whole_and_reconcile(tmp_path: Path) -> None:
    if not REAL.is_dir():
        left_out(1, "the published files of activities are not here")
        return
    folder = lay(tmp_path / "data")
    toml = (folder / "dataset.toml").read_text(encoding="utf-8").partition("\n[[iati]]")[0]
    sources = (folder / "sources.csv").read_text(encoding="utf-8")
    for name in PUBLISHED:
        shutil.copy(REAL / f"{name}.xml", folder / f"{name}.xml")
        source = re.sub(r"[^a-z0-9]+", "-", f"src-{name}")
        sources += f"{source},Activities,A publisher,https://example.org/{source},2021,2026-01-06,dataset\n"
        toml += f'\n[[iati]]\npath = "{name}.xml"\nsource = "{source}"\non_error = "skip-and-report"\n'
    (folder / "dataset.toml").write_text(toml, encoding="utf-8")
    (folder / "sources.csv").write_text(sources, encoding="utf-8")
    release = open_release(build(folder, tmp_path / "store").path)
    relations = Relations(release.path / "relations")
    wanted: Counter[tuple[str, str]] = Counter()
    for name in PUBLISHED:
        tree = ElementTree.parse(REAL / f"{name}.xml")  # noqa: S314  a file of ours to read
        rows = {row["form"]: row for row in release.inputs.dicts() if row["file"] == f"{name}.xml"}
        assert rows["IATI activities"]["read"] == len(tree.findall("iati-activity"))
        assert rows["IATI transactions"]["read"] == len(tree.findall("iati-activity/transaction"))
        for row in rows.values():
            assert row["read"] == row["kept"] + row["left_out"]
        assert rows["IATI activities"]["left_out"] == 0
        source = re.sub(r"[^a-z0-9]+", "-", f"src-{name}")
        for kind, amount in _amounts(tree):
            wanted[f"{source}|{kind}", "n"] += 1
            wanted[f"{source}|{kind}", "sum"] += amount  # type: ignore[assignment]
    found: Counter[tuple[str, str]] = Counter()
    for row in relations.table("transactions").dicts():
        if row["reporter"]:
            found[f"{row['sources']}|{row['kind']}", "n"] += 1
            found[f"{row['sources']}|{row['kind']}", "sum"] += row["amount"]
    assert found == wanted
    severities = {one.severity for one in release.findings.findings}
    assert "error" not in severities


def _amounts(tree: ElementTree.ElementTree[ElementTree.Element]) -> list[tuple[str, Decimal]]:
    """Return kind and amount of each transaction, by the words of the standard and nothing of ours."""
    kinds = {
        "2": "commitment", "3": "disbursement", "4": "expenditure", "1": "incoming-funds", "11": "incoming-commitment",
        "C": "commitment", "D": "disbursement", "E": "expenditure", "IF": "incoming-funds",
    }  # fmt: skip
    found = []
    for one in tree.findall("iati-activity/transaction"):
        kind, value = one.find("transaction-type"), one.find("value")
        assert kind is not None
        assert value is not None
        found.append((kinds[str(kind.get("code"))], Decimal(str(value.text).strip())))
    return found


def test_a_worker_that_fails_ends_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "_SMALL", 0)
    missing = tmp_path / "none"
    with pytest.raises(SecgraphError, match="reading of IATI files"):
        load_iati([IatiInput("fog.xml", AID / "fog.xml", "src-aid-fog")], missing, threads=2)
