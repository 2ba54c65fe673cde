"""Records of runs become lines of N-Quads: whatever files say of a thing, each line comes once and in order."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from secgraph.runs import fact_text, nquads_of, record
from secgraph.values import Literal, Statement, nquad
from secgraph.values import Quad as Line

IRI = "https://example.org/thing"
GRAPHS = ("https://example.org/one", "https://example.org/two", "https://example.org/one")
"""The first and the third file are of one source."""

objects = st.one_of(
    st.sampled_from(["https://example.org/a", "https://example.org/ab"]),
    st.sampled_from(["", "x", "xy", 'x"', "ж", "x\n"]).map(Literal),
    st.just(Literal("x", "http://www.w3.org/2001/XMLSchema#date")),
)
said = st.builds(
    lambda predicate, value, stated, row: Statement(
        IRI, predicate, value, ("source",) if stated else (), "file.xml", row, f"line {row}", "title"
    ),
    st.sampled_from(["https://example.org/p", "https://example.org/q"]),
    objects,
    st.booleans(),
    st.integers(1, 12),
)
records = st.lists(st.tuples(st.integers(0, 2), st.lists(said, min_size=1, max_size=6)), min_size=1, max_size=4)


@given(records)
def test_each_line_once_in_order_and_counted(told: list[tuple[int, list[Statement]]]) -> None:
    expected = {
        (nquad(Line(IRI, one.predicate, one.object, graph)), graph)
        for number, facts in told
        for one in facts
        for graph in ("", GRAPHS[number])
        if not graph or one.sources
    }
    texts = sorted(record(IRI, number, map(fact_text, facts)) for number, facts in told)
    lines, counts = nquads_of(texts, GRAPHS)
    assert lines == sorted(line for line, _ in expected)
    assert {graph: count for graph, count in counts.items() if count} == Counter(graph for _, graph in expected)
