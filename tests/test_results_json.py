"""Results as SPARQL JSON: the text is what Python's own writer gives for the same document."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from secgraph.values import LANG_STRING, XSD, Cell, Iri, Literal, Table

TEXTS = st.text(max_size=6) | st.sampled_from(["urn:a", "true", "1"])
CELLS: st.SearchStrategy[Cell] = st.one_of(
    st.none(), TEXTS.map(Iri), TEXTS, st.booleans(), st.integers(-2, 2), st.floats(allow_nan=False),
    TEXTS.map(Literal), TEXTS.map(lambda text: Literal(text, XSD + "date")),
    TEXTS.map(lambda text: Literal(text, LANG_STRING, "sr")),
)  # fmt: skip


@given(
    st.integers(0, 3).flatmap(
        lambda width: st.lists(st.tuples(*[CELLS] * width), max_size=5).map(lambda rows: (width, rows))
    )
)
def test_the_text_is_that_of_an_indented_document(found: tuple[int, list[tuple[Cell, ...]]]) -> None:
    width, rows = found
    names = ('a"b', "č", "c")[:width]
    text = Table(names, tuple(rows)).to_json()
    assert text == json.dumps(json.loads(text), ensure_ascii=False, indent=1) + "\n"
    document = json.loads(text)
    assert document["head"]["vars"] == list(names)
    assert len(document["results"]["bindings"]) == len(rows)
    for row, told in zip(rows, document["results"]["bindings"], strict=True):
        assert list(told) == [name for name, cell in zip(names, row, strict=True) if cell is not None]


def test_what_python_takes_for_equal_stays_apart() -> None:
    rows = ((Iri("urn:a"), "urn:a"), ("urn:a", Iri("urn:a")), (True, 1), (1, 1.0), (Literal("1"), "1"))
    told = json.loads(Table(("a", "b"), rows).to_json())["results"]["bindings"]
    kinds = [[(row[name]["type"], row[name].get("datatype", "").removeprefix(XSD)) for name in "ab"] for row in told]
    assert kinds == [
        [("uri", ""), ("literal", "")],
        [("literal", ""), ("uri", "")],
        [("literal", "boolean"), ("literal", "integer")],
        [("literal", "integer"), ("literal", "double")],
        [("literal", ""), ("literal", "")],
    ]
