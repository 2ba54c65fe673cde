"""From what a person types to things: ids, names of today and before, other languages, acronyms, merged ids."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, NamedTuple
from weakref import WeakKeyDictionary

from secgraph import vocab
from secgraph.errors import AmbiguousError, NotFoundError
from secgraph.lookup.ask import ask, words
from secgraph.lookup.likeness import Words
from secgraph.protocols import ReadStore
from secgraph.queries import as_iri, is_iri
from secgraph.queries.gate import fill
from secgraph.values import Iri, Table

MEANT: Final = "organisation initiative jurisdiction person event series programme instrument document".split()
"""The kinds that a name means rather than any other, in the order of equal matches."""
FOUND: Final = (*MEANT, "topic", "need", "post")
"""The kinds that are searched by name where none is asked for."""
NAMED: Final = frozenset((*FOUND, "source"))
"""The kinds that have names; the others go by their ids alone."""

EXACT_ID, EXACT, FORMER, PREFIX, NEARLY, WORDS, FUZZY = 100, 95, 90, 80, 75, 70, 50
_NEARLY: Final = 0.8
"""From which likeness on a name is the one that was meant, and better than a long one in which all words stand."""
_CYRILLIC: Final = {
    "а": "a", "б": "b", "в": "v", "г": "g", "ѓ": "gj", "д": "d", "ђ": "d", "е": "e", "ж": "z", "з": "z", "ѕ": "dz",
    "и": "i", "й": "j", "ј": "j", "к": "k", "л": "l", "љ": "lj", "м": "m", "н": "n", "њ": "nj", "о": "o", "п": "p",
    "р": "r", "с": "s", "т": "t", "ћ": "c", "ќ": "kj", "у": "u", "ф": "f", "х": "h", "ц": "c", "ч": "c", "џ": "dz",
    "ш": "s", "щ": "st", "ъ": "a", "ь": "", "ю": "ju", "я": "ja", "ы": "y", "э": "e", "ё": "e", "і": "i", "ї": "ji",
    "є": "je", "ґ": "g", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe",
}  # fmt: skip
_ORDER: Final = {kind: at for at, kind in enumerate(FOUND)}
_LETTERS: Final = str.maketrans(_CYRILLIC)


def fold(name: str) -> str:
    """Return a name without case, diacritics, punctuation and script, words parted by one blank.

    >>> fold("PCC-SEE"), fold("Đakovo, Šibenik"), fold("Полиција"), fold("?!")
    ('pcc see', 'dakovo sibenik', 'policija', '')
    """
    ready = name.casefold().translate(_LETTERS)
    return vocab.slug(ready).replace("-", " ") if re.search(r"\w", ready) else ""


class Name(NamedTuple):
    """One name of one thing: as written, folded, what kind of name it is, how good a hit on it is."""

    iri: str
    written: str
    folded: str
    note: str
    rank: int


@dataclass
class Index:
    """All names of a store's things, and the words of them; a name's place is where it stands in `names`."""

    names: list[Name] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    countries: dict[str, set[str]] = field(default_factory=dict)
    """The countries of a thing: who asks for a ministry names its country, and its own name may not."""

    def add(self, iri: str, written: str, note: str, rank: int) -> None:
        """Add one name."""
        folded = fold(written)
        if folded:
            self.names.append(Name(iri, written, folded, note, rank))

    @cached_property
    def words(self) -> Words:
        """The words of the names; read when all names are in."""
        called: dict[str, list[str]] = {}
        countries: dict[str, set[str]] = {}
        for at, name in enumerate(self.names):
            if self.kinds[at] == "jurisdiction" and name.note != "id":
                called.setdefault(name.iri, []).append(name.folded)
                # `Federal` and `the` are in longer names; what a country is called in short says which one it is.
                for word in name.written.split() if name.note == "name" else ():
                    if word[0].isupper():
                        countries.setdefault(fold(word), set()).add(name.iri)
        telling = (word for word, of in countries.items() if len(of) == 1)
        beside = (
            (text, thing)
            for thing, countries in self.countries.items()
            for country in countries
            for text in called.get(country, ())
        )
        spoken = ((name.folded, name.iri) for name in self.names if not name.note.startswith(("id", "merged into ")))
        return Words(((name.folded, name.iri) for name in self.names), beside, spoken, telling)

    @cached_property
    def places(self) -> dict[str, list[int]]:
        """The places of the names by their folded text."""
        found: dict[str, list[int]] = {}
        for at, name in enumerate(self.names):
            found.setdefault(name.folded, []).append(at)
        return found

    @cached_property
    def kinds(self) -> list[str]:
        """The kinds of the things that the names are of, by the place of the name."""
        return [vocab.kind_of(name.iri) for name in self.names]


_THINGS: Final = "SELECT ?thing ?id ?label WHERE { ?thing dct:identifier ?id ; rdfs:label ?label }"
_SHORT: Final = """
SELECT ?thing ?name ?how WHERE {
  VALUES (?property ?how) { (sg:shortName "short name") (skos:altLabel "alias") (sg:iatiIdentifier "identifier") }
  ?thing ?property ?name
}
"""
_NAMES: Final = """
SELECT ?thing ?name ?language ?type ?start ?end ?endState WHERE {
  ?node sg:nameOf ?thing ; rdfs:label ?name .
  BIND(LANG(?name) AS ?language)
  OPTIONAL { ?node sg:nameType ?type }
  OPTIONAL { ?node sg:start ?start }
  OPTIONAL { ?node sg:end ?end }
  OPTIONAL { ?node sg:endState ?endState }
}
"""
_COUNTRIES: Final = "SELECT ?thing ?country WHERE { ?thing sg:country ?country }"
_MERGED: Final = "SELECT ?old ?thing WHERE { ?old dct:isReplacedBy ?thing }"

_INDEXES: Final[WeakKeyDictionary[ReadStore, Index]] = WeakKeyDictionary()


def index(store: ReadStore) -> Index:
    """Return the names of a store, read once while it is open."""
    try:
        if store in _INDEXES:
            return _INDEXES[store]
    except TypeError:  # a store that cannot be hashed is read each time
        return _read(store)
    _INDEXES[store] = _read(store)
    return _INDEXES[store]


def _read(store: ReadStore) -> Index:
    made = Index()
    for row in sorted(ask(store, _THINGS), key=lambda row: (row["thing"], row["label"])):
        iri = row["thing"]
        if vocab.kind_of(iri) in NAMED:
            if iri not in made.ids:
                made.add(iri, row["id"], "id", EXACT_ID)
            made.ids[iri] = row["id"]
            made.labels.setdefault(iri, row["label"])
            made.add(iri, row["label"], "name", EXACT)
    for row in ask(store, _SHORT):
        made.add(row["thing"], row["name"], row["how"], FORMER + 2 if row["how"] == "alias" else EXACT)
    for row in ask(store, _NAMES):
        made.add(row["thing"], row["name"], _note(row), FORMER)
    old = {row["old"]: row["thing"] for row in ask(store, _MERGED)}
    for iri in old:
        new = _follow(iri, old)
        made.add(new, vocab.local(iri), f"merged into {vocab.local(new)}", EXACT)
    for row in ask(store, _COUNTRIES):
        made.countries.setdefault(row["thing"], set()).add(row["country"])
    made.names.sort()
    return made


def _follow(iri: str, old: dict[str, str]) -> str:
    seen = set()
    while iri in old and iri not in seen:
        seen.add(iri)
        iri = old[iri]
    return iri


def _note(row: dict[str, str]) -> str:
    kind = words(row["type"]) if row["type"] else "name"
    kind = {"official": "official name", "former": "former name", "short": "short name"}.get(kind, kind)
    if row["end"]:
        kind = f"{kind} until {row['end']}"
    elif row["start"]:
        kind = f"{kind} since {row['start']}"
    return f"{kind} ({row['language']})" if row["language"] else kind


class Hit(NamedTuple):
    """One thing that a text may mean: how well, by which of its names."""

    score: int
    name: Name


def find(store: ReadStore, text: str, kinds: Collection[str] | None = None, limit: int = 20) -> Table:
    """Find things by any of their names or ids, best first.

    Case, diacritics, punctuation and Cyrillic script make no difference. A whole id beats a whole name, that a
    former name or alias, that a beginning, that a name nearly spelt or worded so, that all words somewhere. What is
    less like it comes where nothing else does, by its rare words first.

    Args:
        store: the store to look in.
        text: what a person types.
        kinds: the kinds to look among; else all that have names, sources apart.
        limit: the most rows; the note says how many there are.
    """
    known = index(store)
    hits = search(known, text, kinds)
    if not any(hit.score == EXACT_ID for hit in hits):
        # Ties and money rows have no names; they are found by their whole ids.
        told = {hit.name.iri for hit in hits if hit.score > FUZZY}
        whole = [
            Hit(EXACT_ID, Name(iri, text.strip(), "", "id", EXACT_ID))
            for iri in _by_id(store, text.strip(), kinds)
            if iri not in told
        ]
        hits = whole + [hit for hit in hits if not whole or hit.score > FUZZY]
    rows = tuple(
        (
            vocab.kind_of(hit.name.iri),
            known.ids.get(hit.name.iri, vocab.local(hit.name.iri)),
            known.labels.get(hit.name.iri),
            hit.name.written,
            hit.name.note,
            hit.score,
            Iri(hit.name.iri),
        )
        for hit in hits[:limit]
    )
    note = f"{len(rows)} of {len(hits)}, best first" if len(hits) > limit else ""
    return Table(("kind", "id", "name", "matched", "note", "score", "iri"), rows, note)


def search(known: Index, text: str, kinds: Collection[str] | None = None) -> list[Hit]:
    """Return the best hit on each thing, best first."""
    wanted = fold(text)
    if not wanted:
        return []
    allowed = frozenset(kinds) if kinds else None
    best: dict[str, Hit] = {}
    for at in known.words.beginning(wanted) if len(wanted) > 1 else known.places.get(wanted, ()):
        name = known.names[at]
        if not _allowed(name, allowed):
            continue
        score = _score(wanted, name)
        if allowed is None and score < FORMER and vocab.kind_of(name.iri) not in FOUND:
            continue
        if score and (name.iri not in best or (-score, name) < (-best[name.iri].score, best[name.iri].name)):
            best[name.iri] = Hit(score, name)
    if len(wanted) > 2 and not any(hit.score > NEARLY for hit in best.values()):
        best = _near(known, wanted, allowed, best)
    return sorted(
        best.values(),
        key=lambda hit: (
            -hit.score,
            len(hit.name.folded),
            _ORDER.get(vocab.kind_of(hit.name.iri), len(_ORDER)),
            hit.name.iri,
        ),
    )


def _allowed(name: Name, kinds: frozenset[str] | None) -> bool:
    kind = vocab.kind_of(name.iri)
    # A source counts by its whole id alone, unless sources are asked for: their titles would drown the rest.
    return kind in kinds if kinds is not None else kind in FOUND or name.rank == EXACT_ID


def _score(wanted: str, name: Name) -> int:
    if name.folded == wanted:
        return name.rank
    if len(wanted) < 2:
        return 0
    if name.folded.startswith(wanted):
        return PREFIX - (name.rank < EXACT)
    parts = name.folded.split(" ")
    if all(any(part.startswith(word) for part in parts) for word in wanted.split(" ")):
        return WORDS - (name.rank < EXACT)
    return 0


def _near(known: Index, wanted: str, kinds: frozenset[str] | None, told: Mapping[str, Hit]) -> dict[str, Hit]:
    """Return the names that are like a text beside those that hold all of its words; those alone where they are none.

    A name that is nearly what was typed comes before a long one that holds all of its words.
    """
    among = kinds or FOUND
    like = known.words.like(wanted, lambda at: known.kinds[at] in among)
    # Equally like to the eye: the kind that is meant more often comes first.
    like.sort(key=lambda one: (-round(one.score, 2), _ORDER.get(known.kinds[one.at], len(_ORDER))))
    best = dict(told)
    for place, (likeness, at) in enumerate(like):
        name = known.names[at]
        if likeness >= _NEARLY and place < NEARLY - WORDS:
            best[name.iri] = Hit(NEARLY - place, name)
        elif not told:
            best[name.iri] = Hit(FUZZY - place, name)
    return best


_IS: Final = """
SELECT ?thing ?new WHERE {
  {
    # bind ?_thing_iri
    ?_thing_iri dct:identifier ?id .
    BIND(?_thing_iri AS ?thing)
  } UNION {
    # bind ?_thing_iri
    ?_thing_iri dct:isReplacedBy+ ?new .
    ?new dct:identifier ?id .
  }
}
"""


def _by_id(store: ReadStore, text: str, kinds: Collection[str] | None) -> list[str]:
    """Return the things of which a text is the whole id, a merged one's as the thing that it became."""
    if not re.fullmatch(r"[A-Za-z0-9]+(-{1,2}[A-Za-z0-9]+)*", text):
        return []
    found = known_iris(store, [f"{vocab.ID}{kind}/{text}" for kind in sorted(kinds or vocab.KINDS)])
    return sorted({iri for iri in found if not kinds or vocab.kind_of(iri) in kinds})


def resolve(store: ReadStore, text: str, kinds: Sequence[str] | None = None) -> str:
    """Return the IRI of the one thing that an id, `kind/id`, IRI or name stands for; a merged id leads to the new one.

    Two capitals are a country.

    Raises:
        NotFoundError: nothing has that id or name; its candidates are the nearest ids.
        AmbiguousError: several things have it, equally well; its candidates are their ids.
    """
    text = text.strip()
    given = text if is_iri(text) and text.startswith(vocab.ID) else as_iri(sorted(kinds or vocab.KINDS), text)
    if given:
        found = [iri for iri in known_iris(store, [given]) if not kinds or vocab.kind_of(iri) in kinds]
        if found:
            return found[0]
        raise NotFoundError(_kinds(kinds), text, _suggest(store, vocab.local(given), kinds))
    ids = _preferred(_by_id(store, text, kinds))
    if len(ids) == 1:
        return ids[0]
    known = index(store)
    hits = search(known, text, kinds)
    whole = [hit for hit in hits if hit.score >= FORMER]
    best = [hit.name.iri for hit in whole if hit.score == whole[0].score]
    best = ids or _preferred(best)
    if not best:
        raise NotFoundError(_kinds(kinds), text, _suggest(store, text, kinds))
    if len(best) > 1:
        raise AmbiguousError(text, [_id(iri) for iri in best])
    return best[0]


def _preferred(iris: Sequence[str]) -> list[str]:
    """Return the things that are more often meant: a person rather than the office, a body rather than a topic."""
    for kinds in (MEANT, NAMED):
        chosen = [iri for iri in iris if vocab.kind_of(iri) in kinds]
        if chosen:
            return chosen
    return list(iris)


def known_iris(store: ReadStore, iris: Iterable[str]) -> list[str]:
    """Return those of these IRIs that the store knows, a merged one as the one that it was merged into."""
    clause = f"VALUES ?_thing_iri {{ {' '.join(f'<{iri}>' for iri in iris if is_iri(iri))} }}"
    rows = store.select(vocab.PROLOGUE + fill(_IS, {"_thing_iri": clause}))
    return sorted({str(new or thing) for thing, new in rows.rows})


def _kinds(kinds: Collection[str] | None) -> str:
    return " or ".join(kinds) if kinds and len(kinds) <= 4 else "thing"


def _id(iri: str) -> str:
    return f"{vocab.kind_of(iri)}/{vocab.local(iri)}"


def _suggest(store: ReadStore, text: str, kinds: Collection[str] | None) -> list[str]:
    return [_id(hit.name.iri) for hit in search(index(store), text, kinds)[:3]]
