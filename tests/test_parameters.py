"""What the catalogue refuses, what its parameters take, and that a value given by a user is only ever a value."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secgraph import resources
from secgraph.errors import NotFoundError, ParameterError, QueryError
from secgraph.queries import Catalogue, check_user_query, parse, split_arguments
from secgraph.queries.lexer import tokens
from secgraph.store import OxigraphStore
from secgraph.values import LANG_STRING, XSD, Literal, Object, Quad, plain
from secgraph.vocab import DCT, ORG, RDFS, code, thing

BAD = Path(__file__).resolve().parent / "bad" / "queries"
CASES = Path(__file__).resolve().parent / "cases" / "queries"
CATALOGUE = Catalogue.load(resources.queries_dir())
NAMES = CATALOGUE.names()


# Gates and refusals.

BAD_QUERIES = sorted(BAD.glob("*.rq"))


@pytest.mark.parametrize("path", BAD_QUERIES, ids=lambda path: path.stem)
def test_bad_queries_are_refused(path: Path) -> None:
    expected = path.with_suffix(".txt").read_text(encoding="utf-8").rstrip("\n")
    content = path.read_bytes().decode()
    check = check_user_query if path.stem.startswith("user-") else lambda content: parse(content, path.stem)
    with pytest.raises(QueryError) as refused:
        check(content)
    assert expected in refused.value.message
    if not path.stem.startswith("user-"):
        assert refused.value.message.startswith(f"{path.stem}.rq: ")


def test_the_number_of_bad_queries_is_known() -> None:
    assert len(BAD_QUERIES) == 66
    assert {path.suffix for path in BAD.iterdir()} == {".rq", ".txt"}


def test_a_head_error_names_its_line() -> None:
    content = (BAD / "head-duplicate-key.rq").read_text()
    with pytest.raises(QueryError) as refused:
        parse(content, "made-up")
    assert refused.value.line == content.split("\n").index("#+ summary: Again") + 1


def test_a_folder_of_queries_holds_queries(tmp_path: Path) -> None:
    with pytest.raises(QueryError, match="no queries"):
        Catalogue.load(tmp_path)
    (tmp_path / "readme.md").write_text("x")
    with pytest.raises(QueryError, match=r"readme\.md: not a query file"):
        Catalogue.load(tmp_path)
    (tmp_path / "readme.md").unlink()
    (tmp_path / "latin.rq").write_bytes(b"#defaultView:Table\n#+ summary: \xe9\n")
    with pytest.raises(QueryError, match=r"latin\.rq: not UTF-8 at byte 31"):
        Catalogue.load(tmp_path).get("latin")


def test_an_unknown_query_names_the_nearest() -> None:
    with pytest.raises(NotFoundError, match="did you mean members-of-body"):
        CATALOGUE.get("members-of-bodies")


@pytest.mark.parametrize(
    ("name", "given", "parts"),
    [
        ("members-of-body", {"date": "2018"}, ["date", "'2018' is not a date YYYY-MM-DD", "2018-10-01"]),
        ("members-of-body", {"date": "2018-02-30"}, ["date", "not a date"]),
        ("members-of-body", {"date": ""}, ["date", "not a date"]),
        ("members-of-body", {"when": "2018-10-01"}, ["when", "no such parameter", "body, role, date"]),
        ("members-of-body", {"bodi": "rcc"}, ["bodi", "did you mean body"]),
        ("members-of-body", {"role": "chairs"}, ["role", "'chairs' is not allowed", "did you mean chair"]),
        ("events-around", {"days": "many"}, ["days", "'many' is not a whole number", "days=60"]),
        ("overlapping-events", {"shared": "3.5"}, ["shared", "whole number"]),
        ("events-not-held", {"x": "1"}, ["x", "it takes none"]),
    ],
)
def test_wrong_arguments_are_named(name: str, given: dict[str, str], parts: list[str]) -> None:
    with pytest.raises(ParameterError) as refused:
        CATALOGUE.get(name).arguments(given)
    assert refused.value.parameter == next(iter(given))
    for part in (name, *parts):
        assert part in str(refused.value)


def test_a_missing_parameter_is_named() -> None:
    content = CATALOGUE.get("members-of-body").text.replace("#+   - body: initiative/wbcsci\n", "")
    with pytest.raises(ParameterError) as refused:
        parse(content, "members-of-body").bind({})
    assert str(refused.value) == (
        "query members-of-body: parameter body: missing - give body=pcc-see: "
        "the id or name of a thing of kind organisation or initiative"
    )


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("body", Literal("pcc-see")),
        ("body", "urn:x> } #"),
        ("body", "urn:x#a#b"),
        ("role", Literal("chair", LANG_STRING, "en")),
        ("date", Literal("2018-10-01", XSD + "date", "en")),
        ("body", "pcc-see"),
        ("date", "2018-10-01"),
        ("date", Literal("2018-10-01")),
        ("date", Literal("2018-10-01", XSD + "gYear")),
        ("date", Literal("2018-10-01T00:00:00", XSD + "date")),
        ("role", Literal("chair", XSD + "string")),
    ],
)
def test_terms_of_another_type_are_refused(parameter: str, value: Object) -> None:
    with pytest.raises(ParameterError) as refused:
        CATALOGUE.get("members-of-body").bind({parameter: value})
    assert refused.value.parameter == parameter


def test_arguments_are_pairs() -> None:
    assert split_arguments(["a=b=c", "d="]) == {"a": "b=c", "d": ""}
    with pytest.raises(ParameterError, match="is not NAME=VALUE"):
        split_arguments(["pcc-see"])
    with pytest.raises(ParameterError, match="given twice"):
        split_arguments(["a=1", "a=2"])


def test_codes_and_addresses_stand_for_themselves() -> None:
    query = CATALOGUE.get("members-of-body")
    given = query.arguments({"role": "chair", "body": thing("initiative", "iisg")})
    assert given == {"role": code("membership-role", "chair"), "body": thing("initiative", "iisg")}
    with pytest.raises(ParameterError):
        query.arguments({"body": thing("event", "iisg")})


# Values enter as terms.

NASTY: list[str] = [json.loads(line) for line in (CASES / "nasty.txt").read_text(encoding="utf-8").splitlines()]
TEXTUAL = CATALOGUE.get("outside-identifiers")


def shape(query: str) -> list[tuple[str, str]]:
    """Return the tokens of a query, comments aside, with each string told as one."""
    return [
        (token.kind, "" if token.kind == "string" else token.text) for token in tokens(query) if token.kind != "comment"
    ]


def labelled(value: str) -> OxigraphStore:
    """Return a store in which one thing has that text before the colon of an identifier."""
    node = thing("organisation", "made-up")
    return OxigraphStore.in_memory(
        [
            Quad(node, RDFS + "label", Literal("Made up")),
            Quad(node, DCT + "identifier", Literal("made-up")),
            Quad(node, ORG + "identifier", Literal(f"{value}:1")),
            Quad(node, ORG + "identifier", Literal("another:2")),
        ]
    )


def finds_itself(value: str) -> None:
    bound = TEXTUAL.bind({"scheme": Literal(value)})
    assert shape(bound) == shape(TEXTUAL.bind({"scheme": Literal("x")}))
    found = labelled(value).select(bound)
    expected = [value.partition(":")[0]] if ":" not in value else []
    assert [plain(row[1]) for row in found.rows] == expected


@pytest.mark.parametrize("value", NASTY, ids=range(len(NASTY)))
def test_nasty_texts_are_only_texts(value: str) -> None:
    assert len(NASTY) >= 60
    finds_itself(value)


def test_half_a_character_is_no_text() -> None:
    with pytest.raises(ParameterError, match="is not a text"):
        TEXTUAL.bind({"scheme": Literal("\ud800")})


@pytest.mark.parametrize("name", NAMES)
def test_no_nasty_text_changes_a_query(name: str) -> None:
    query = CATALOGUE.get(name)
    usual: dict[str, Object] = {
        "iri": thing("event", "x"),
        "date": Literal("2018-10-01", XSD + "date"),
        "integer": Literal("1", XSD + "integer"),
        "text": Literal("x"),
    }
    for parameter in query.parameters:
        expected = shape(query.bind({parameter.name: usual[parameter.kind]}))
        taken = 0
        for value in NASTY:
            try:
                given = query.arguments({parameter.name: value}, lambda _kinds, text: text)
                bound = query.bind(given)
            except ParameterError:
                continue
            taken += 1
            assert not given or shape(bound) == expected
        assert taken == (len(NASTY) if parameter.kind == "text" else not parameter.required)


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_any_text_is_only_a_text(value: str) -> None:
    finds_itself(value)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40))
def test_any_address_is_one_or_refused(value: str) -> None:
    query = CATALOGUE.get("names-over-time")
    iri = "urn:x:" + value
    try:
        bound = query.bind({"thing": iri})
    except ParameterError:
        return
    assert [token.text for token in tokens(bound) if token.kind == "iri" and token.text.startswith("<urn:x:")] == [
        f"<{iri}>"
    ]
    assert not labelled("x").select(bound).rows


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="SELECT*{}<>?:#'\"\\.ab \n()service@^_1", max_size=60))
def test_the_lexer_ends_and_loses_nothing(value: str) -> None:
    try:
        found = list(tokens(value))
    except QueryError:
        return
    at = 0
    for token in found:
        assert value[at : token.at].strip(" \t\r\n") == ""
        assert value[token.at :].startswith(token.text)
        at = token.at + len(token.text)
    assert value[at:].strip(" \t\r\n") == ""


USER_QUERIES: Mapping[str, str] = {
    "PREFIX a: <urn:a#> SELECT * WHERE { ?s a:service ?service }": "select",
    "# SERVICE\nASK { <urn:SERVICE> ?p 'SERVICE <x> {}' }": "ask",
    "CONSTRUCT { ?s ?p ?o } WHERE { GRAPH ?service { ?s ?p ?o } }": "construct",
    "BASE <urn:> DESCRIBE <service>": "describe",
    "SELECT (COUNT(*) AS ?n) { ?a ?b ?c FILTER(?a<?c && ?c > 3) }": "select",
    "SELECT * FROM NAMED <http://x/#service> { VALUES (?a ?b) { (<http://x/a#1> <http://x/b#2>) } }": "select",
    "PREFIX service: <urn:s:> SELECT * { GRAPH service:x { ?s service:y ?o } }": "select",
    'SELECT * { ?s ?p """a "quoted" \\u0041 \n text""" , "\\U0001F4A3" }': "select",
}


@pytest.mark.parametrize("query", USER_QUERIES)
def test_queries_of_users_are_taken(query: str) -> None:
    assert check_user_query(query) == USER_QUERIES[query]
