"""Which names are like a text: by the words that they share, rare ones counting more, and by letters where misspelt."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from heapq import nsmallest
from itertools import permutations
from typing import Final, NamedTuple

from secgraph.values import alike, likeness

_SPELT: Final = 75.0
"""From which likeness on two words are one that is spelt in two ways, as `Serbia` and `Serbian` are."""
_BEGUN: Final = 0.9
_ELSEWHERE: Final = 0.8
_BY_WORDS: Final = 0.75
_BY_LETTERS: Final = 0.2
_LEAST: Final = 0.5
_RECALL: Final = 1.5
_SWAPPED: Final = 0.97
"""What a name counts that has other words for those of the text: a little less than one with the text's own."""
_LEAST_SHARED, _LONGEST_SWAP, _MOST_SWAPS = 2, 2, 4
_CLOSER: Final = 300
"""How many names are looked at word for word, those that share most with the text."""
_UNKNOWN: Final = math.log1p(100)
"""What a word weighs that no name holds and that may be anything: as one in a name of a hundred."""
_WHOLE_WORD: Final = 4
"""From how many letters on such a word weighs all of that: a letter alone says little."""


class Like(NamedTuple):
    """A name like a text: how like, from 0 to 1, and which of the names it is."""

    score: float
    at: int


class Words:
    """The words of many names: which names hold a word, and how rare it is.

    A name belongs to a thing, and a thing may have words that stand in none of its names, such as its country's.

    Args:
        names: the folded texts, each with the thing that is called so; a name is told by its place here.
        beside: more folded texts of things: they add words, and are no names.
        spoken: those of the names that people say, and no ids: they tell which words stand for which others.
        telling: words that count as if one name alone held them, as those that tell a country: who types one means
            it, however many names hold it.
    """

    def __init__(
        self,
        names: Iterable[tuple[str, str]],
        beside: Iterable[tuple[str, str]] = (),
        spoken: Iterable[tuple[str, str]] = (),
        telling: Iterable[str] = (),
    ) -> None:
        self._texts: list[str] = []
        self._things: list[str] = []
        self._held: dict[str, list[int]] = defaultdict(list)
        self._beside: dict[str, set[str]] = defaultdict(set)
        for at, (text, thing) in enumerate(names):
            self._texts.append(text)
            self._things.append(thing)
            for word in dict.fromkeys(text.split(" ")):
                self._held[word].append(at)
                self._beside[word].add(thing)
        whole = max(len(set(self._things)), 1)
        self._rarity = {word: math.log1p(whole / len(self._beside[word])) for word in self._held}
        self._rarity |= {word: math.log1p(whole) for word in telling if word in self._held}
        for text, thing in beside:
            for word in text.split(" "):
                if word in self._held:
                    self._beside[word].add(thing)
        self._sorted = sorted(self._held)
        self._swaps = _swaps(spoken)

    def beginning(self, text: str) -> set[int]:
        """Return the names in which each word of a text begins a word; a single letter only where it stands last."""
        found: set[int] | None = None
        words = text.split(" ")
        for word in sorted(set(words), key=lambda word: (-len(word), word)):
            begun = self._begun(word) if len(word) > 1 or word == words[-1] else [word]
            here = {at for known in begun for at in self._held.get(known, ())}
            found = here if found is None else found & here
        return found or set()

    def like(self, text: str, allowed: Callable[[int], bool] = lambda _at: True, limit: int = 10) -> list[Like]:
        """Return the names most like a text, one a thing, best first; equal ones by their place.

        Words that the names share with the text count by how rare they are among all names; those that are spelt
        nearly so, and those that stand in another name of the same thing or beside, count for a part. Where the names
        have other words for some (`interior` for `internal affairs`), these are looked for too.

        Args:
            text: the folded text.
            allowed: tells whether a name may be found.
            limit: of how many things.
        """
        found = self._near(text, allowed)
        for swapped in self._swapped(text):
            found += [Like(_SWAPPED * score, at) for score, at in self._near(swapped, allowed)]
        found = found or list(self._joined(text, allowed))
        best: dict[str, Like] = {}
        for one in sorted(found, key=_best):
            if one.score >= _LEAST:
                best.setdefault(self._things[one.at], one)
        return list(best.values())[:limit]

    def _near(self, text: str, allowed: Callable[[int], bool]) -> list[Like]:
        asked = {word: self._spellings(word) for word in dict.fromkeys(text.split(" "))}
        weights = {word: self._weight(word, spelt) for word, spelt in asked.items()}
        shared: dict[int, float] = defaultdict(float)
        for word, spelt in asked.items():
            told: dict[int, float] = {}
            for known in sorted(spelt, key=lambda known: spelt[known]):
                told |= dict.fromkeys(self._held[known], weights[word] * spelt[known])
            for at, weight in told.items():
                shared[at] += weight
        closest = nsmallest(_CLOSER, (Like(weight, at) for at, weight in shared.items() if allowed(at)), key=_best)
        return [Like(self._likeness(text, at, asked, weights), at) for _, at in closest]

    def _likeness(
        self, text: str, at: int, asked: Mapping[str, Mapping[str, float]], weights: Mapping[str, float]
    ) -> float:
        letters = likeness(text, self._texts[at]) / 100
        # A letter makes another word of a short one: `pcc sea` is all of `pcc see` but for it.
        return max(_BY_WORDS * self._shared(at, asked, weights) + (1 - _BY_WORDS) * letters, letters - _BY_LETTERS)

    def _swapped(self, text: str) -> list[str]:
        """Return what a text is too, with words for which the names have others, one part of it changed at a time."""
        words = tuple(text.split(" "))
        runs = ((at, end) for end in range(1, len(words) + 1) for at in range(max(end - _LONGEST_SWAP, 0), end))
        made = [
            " ".join((*words[:at], *other, *words[end:]))
            for at, end in runs
            for other in self._swaps.get(words[at:end], ())
        ]
        return made[:_MOST_SWAPS]

    def _begun(self, word: str) -> Iterator[str]:
        for known in self._sorted[bisect_left(self._sorted, word) :]:
            if not known.startswith(word):
                return
            yield known

    def _spellings(self, word: str) -> dict[str, float]:
        """Return the words of the names that a word may stand for, each with how like it is, from 0 to 1."""
        # The square: two words of which three quarters of the letters agree are often two words.
        found = {known: (score / 100) ** 2 for known, score in alike(word, self._sorted, _SPELT)}
        if len(word) > 2:
            found |= {known: _BEGUN for known in self._begun(word) if found.get(known, 0.0) < _BEGUN}
        if word in self._held:
            found[word] = 1.0
        return found

    def _weight(self, word: str, spelt: Mapping[str, float]) -> float:
        if word in self._rarity:
            return self._rarity[word]
        likest = max(spelt, key=lambda known: (spelt[known], known), default="")
        return self._rarity[likest] if likest else _UNKNOWN * min(len(word) / _WHOLE_WORD, 1.0)

    def _shared(self, at: int, asked: Mapping[str, Mapping[str, float]], weights: Mapping[str, float]) -> float:
        """Return how much of what was asked a name says, and how much of it was asked, as one number."""
        own = list(dict.fromkeys(self._texts[at].split(" ")))
        thing = self._things[at]
        wanted = 0.0
        for word, spelt in asked.items():
            here = max(spelt.get(known, 0.0) for known in own)
            if here < _ELSEWHERE:
                there = max((how for known, how in spelt.items() if thing in self._beside[known]), default=0.0)
                here = max(here, _ELSEWHERE * there)
            wanted += weights[word] * here
        wanted /= sum(weights.values())
        rarity = self._rarity
        said = sum(rarity[word] * max(spelt.get(word, 0.0) for spelt in asked.values()) for word in own)
        covered = said / sum(rarity[word] for word in own)
        square = _RECALL**2
        return (1 + square) * wanted * covered / (square * covered + wanted) if wanted and covered else 0.0

    def _joined(self, text: str, allowed: Callable[[int], bool]) -> Iterator[Like]:
        """Yield the names that are like a text letter by letter, blanks apart: words were written as one."""
        joined: dict[str, list[int]] = defaultdict(list)
        for at, known in enumerate(self._texts):
            if allowed(at):
                joined[known.replace(" ", "")].append(at)
        for known, score in alike(text.replace(" ", ""), list(joined), _SPELT):
            yield from (Like(score / 100, at) for at in joined[known])


def _swaps(names: Iterable[tuple[str, str]]) -> dict[tuple[str, ...], list[tuple[str, ...]]]:
    """Return which words stand for which others, as the names of one thing tell that differ in these alone.

    Two things at least must tell it: that `interior` is `internal affairs` is seen at many ministries, and what one
    body was called before is no word for what it is called now.
    """
    called: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for text, thing in names:
        called[thing].add(tuple(text.split(" ")))
    tellers: dict[tuple[tuple[str, ...], tuple[str, ...]], set[str]] = defaultdict(set)
    for thing, texts in called.items():
        for one, other in permutations(sorted(texts), 2):
            first = _shared_length(one, other)
            last = _shared_length(one[first:][::-1], other[first:][::-1])
            parts = one[first : len(one) - last], other[first : len(other) - last]
            if first + last >= _LEAST_SHARED and all(0 < len(part) <= _LONGEST_SWAP for part in parts):
                tellers[parts].add(thing)
    found: dict[tuple[str, ...], list[tuple[str, ...]]] = defaultdict(list)
    for (part, other), things in sorted(tellers.items(), key=lambda item: (-len(item[1]), item[0])):
        if len(things) > 1:
            found[part].append(other)
    return dict(found)


def _shared_length(one: Sequence[str], other: Sequence[str]) -> int:
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _best(one: Like) -> tuple[float, int]:
    return (-one.score, one.at)
