"""What judgements say together: things judged the same make one group, and no group holds what is judged different.

Knows of nodes and pairs only: an IRI of ours, an outside IRI, or a text that others write (`name:...`, `ref:...`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence

from secgraph.mapping.parties import NOT, PARTY_KINDS, SAME, normal_name, normal_ref
from secgraph.records import REF_CATEGORY, IdentityRecord, Record, RedirectRecord
from secgraph.vocab import kind_of, thing

Chain = tuple[str, ...]


class Judgements:
    """Pairs judged the same or different, and what follows from them.

    >>> told = Judgements()
    >>> told.add("a", "b", same=True), told.add("c", "d", same=False), told.add("b", "c", same=True)
    (None, None, None)
    >>> told.decided("a", "d"), told.decided("c", "a"), told.decided("a", "e")
    (False, True, None)
    >>> told.conflict("d", "a", same=True)
    ('d', 'not c', 'b', 'a')
    """

    def __init__(self) -> None:
        self._same: dict[str, set[str]] = {}
        self._different: dict[str, set[str]] = {}
        self._became: dict[str, str] = {}

    @classmethod
    def of_tables(cls, tables: Mapping[str, Sequence[Record]]) -> Judgements:
        """Return the judgements of a dataset; a merged id is the same as the one that it became."""
        told = cls()
        for row in tables.get("redirects", ()):
            if isinstance(row, RedirectRecord) and row.kind_ in PARTY_KINDS:
                told.add(thing(row.kind_, row.old), thing(row.kind_, row.new), same=True)
                told._became[thing(row.kind_, row.old)] = thing(row.kind_, row.new)
        for row in tables.get("identities", ()):
            if not isinstance(row, IdentityRecord) or row.predicate_id != SAME:
                continue
            if row.is_literal() or row.object_id.startswith("http"):
                told.add(row.subject_id, object_key(row), same=row.predicate_modifier != NOT)
        return told

    def add(self, left: str, right: str, *, same: bool) -> None:
        """Take one judgement, whatever the others say."""
        pairs = self._same if same else self._different
        pairs.setdefault(left, set()).add(right)
        pairs.setdefault(right, set()).add(left)

    def decided(self, left: str, right: str) -> bool | None:
        """Return whether two are judged the same or different, through others too; None where nothing says."""
        if self.path(left, right):
            return True
        return False if self._refusal(left, right) else None

    def conflict(self, left: str, right: str, *, same: bool) -> Chain:
        """Return the chain of judgements that a new one would contradict, or nothing.

        In the chain each is judged the same as the one before it, or `not` the same.
        """
        if not same:
            return self.path(left, right)
        return self._refusal(left, right) or self._two_of_ours(left, right)

    def path(self, left: str, right: str) -> Chain:
        """Return the shortest chain of things judged the same from one to another, or nothing."""
        before: dict[str, str] = {left: ""}
        waiting = deque([left])
        while waiting:
            here = waiting.popleft()
            if here == right:
                chain = [here]
                while before[chain[-1]]:
                    chain.append(before[chain[-1]])
                return tuple(reversed(chain))
            for other in sorted(self._same.get(here, ())):
                if other not in before:
                    before[other] = here
                    waiting.append(other)
        return ()

    def group(self, one: str) -> set[str]:
        """Return all that is judged the same as one thing, itself too."""
        found = {one}
        waiting = [one]
        while waiting:
            new = self._same.get(waiting.pop(), set()) - found
            found |= new
            waiting.extend(new)
        return found

    def _refusal(self, left: str, right: str) -> Chain:
        there = self.group(right)
        for one in sorted(self.group(left)):
            for other in sorted(self._different.get(one, set()) & there):
                first, *rest = self.path(other, right)
                return (*self.path(left, one), f"not {first}", *rest)
        return ()

    def other_of_ours(self, one: str) -> Chain:
        """Return the chain from a thing of ours to another that it would be one with by way of a name, or nothing.

        Two that are judged directly are known to be two rows; a merged id is the one that it became.
        """
        others = (other for other in sorted(self.group(one)) if self._two(one, other))
        return next((self.path(one, other) for other in others), ())

    def _two_of_ours(self, left: str, right: str) -> Chain:
        if kind_of(left) and kind_of(right):
            return ()
        for one in sorted(self.group(left)):
            for other in sorted(self.group(right)):
                if self._two(one, other):
                    return (*self.path(one, left), *self.path(right, other))
        return ()

    def _two(self, one: str, other: str) -> bool:
        ours = kind_of(one) and kind_of(other) and self._now(one) != self._now(other)
        return bool(ours) and other not in self._same.get(one, ())

    def _now(self, iri: str) -> str:
        seen = {iri}
        while iri in self._became and self._became[iri] not in seen:
            iri = self._became[iri]
            seen.add(iri)
        return iri


def object_key(row: IdentityRecord) -> str:
    """Return the node that the object of a judgement is: its IRI, or the text as `find` compares it."""
    if not row.is_literal():
        return row.object_id
    return text_key(row.object_label, is_ref=row.object_category == REF_CATEGORY)


def text_key(text: str, *, is_ref: bool = False) -> str:
    """Return the node of a text that others write.

    >>> text_key("The  A Trust"), text_key("gb - 1", is_ref=True)
    ('name:the a trust', 'ref:GB-1')
    """
    return f"ref:{normal_ref(text)}" if is_ref else f"name:{normal_name(text)}"
