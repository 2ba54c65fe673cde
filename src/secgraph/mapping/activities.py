"""What leads from one activity to another by the identifier that a publisher gives, once all of them are known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from secgraph.values import Literal, Statement
from secgraph.vocab import sg, thing

_PART_OF: Final = sg("partOf")


class Reference(NamedTuple):
    """A statement whose object is another activity, known by the identifier that its publisher gives."""

    subject: str
    predicate: str
    otherwise: str
    """The property that keeps the identifier where the activity is not loaded; '' where nothing then remains."""
    identifier: str
    source: str
    file: str
    line: int
    element: str
    backwards: bool = False
    """Whether the other activity is the subject."""


class Loaded(NamedTuple):
    """One activity that was kept, as others may refer to it."""

    identifier: str
    source: str
    file: str
    iri: str


class Resolved(NamedTuple):
    """What references became, and the parts of a whole that stand above themselves and were left out."""

    statements: list[Statement]
    circular: list[Reference]


def resolve(references: Iterable[Reference], loaded: Iterable[Loaded]) -> Resolved:
    """Return the statements of references: to an activity of the same file first, then of the same source, then any.

    A part-whole that leads back to itself is left out whole, since no total could be made over it.
    """
    index: dict[str, list[Loaded]] = {}
    for one in sorted(loaded):
        index.setdefault(one.identifier, []).append(one)
    found: list[tuple[Statement, Reference]] = []
    for reference in references:
        near = index.get(reference.identifier, ())
        best = min(near, key=lambda one: (one.file != reference.file, one.source != reference.source), default=None)
        ends = (reference.subject, best.iri) if best else (reference.subject, "")
        subject, target = ends[::-1] if reference.backwards else ends
        predicate, value = reference.predicate, target
        if best is None:
            if not reference.otherwise:
                continue
            predicate = reference.otherwise
        found.append((
            Statement(
                subject, predicate, value if best else Literal(reference.identifier),
                (thing("source", reference.source),), reference.file, reference.line, f"line {reference.line}",
                reference.element,
            ),
            reference,
        ))  # fmt: skip
    ring = _in_a_ring([(fact.subject, str(fact.object)) for fact, _ in found if fact.predicate == _PART_OF])
    kept, circular = [], []
    for fact, reference in found:
        if fact.predicate == _PART_OF and fact.subject in ring and str(fact.object) in ring:
            circular.append(reference)
        else:
            kept.append(fact)
    return Resolved(kept, circular)


def _in_a_ring(edges: Sequence[tuple[str, str]]) -> set[str]:
    """Return the nodes on a ring, or on a way between two rings: what is left once loose ends are taken away."""
    above: dict[str, set[str]] = {}
    below: dict[str, set[str]] = {}
    for part, whole in edges:
        above.setdefault(part, set()).add(whole)
        below.setdefault(whole, set()).add(part)
    left = set(above) | set(below)
    loose = [node for node in left if not above.get(node) or not below.get(node)]
    while loose:
        node = loose.pop()
        if node not in left:
            continue
        left.discard(node)
        for ways, back in ((above, below), (below, above)):
            for other in ways.pop(node, ()):
                back[other].discard(node)
                if not back[other]:
                    loose.append(other)
    return left
