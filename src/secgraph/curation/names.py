"""A name as it is compared: letters in one script, words in one language where that is known, countries apart.

A pure function of the name, the words of `assets/names.toml` and the countries of the dataset. What is taken out of a
name here is taken out of the comparison only: the name itself stays as it is written.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

_WORDS: Final = Path(__file__).parent.parent / "assets" / "names.toml"

_RECIPIENTS: Final = _WORDS.parent / "dac-recipients.tsv"

_SERBIAN: Final = dict(
    zip(
        "абвгдђежзијклљмнњопрстћуфхцчџшѓѕќ",
        "a b v g d dj e z z i j k l lj m n nj o p r s t c u f h c c dz s gj dz kj".split(),
        strict=True,
    )
)
_BULGARIAN: Final = dict(
    zip(
        "абвгдежзийклмнопрстуфхцчшщъьюя",
        "a b v g d e zh z i y k l m n o p r s t u f h ts ch sh sht a y yu ya".split(),
        strict=True,
    )
)
_LATIN: Final = str.maketrans(
    {"đ": "dj", "ð": "d", "ł": "l", "ø": "o", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i", "ŋ": "n", "þ": "th"}
)
_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_DOTTED: Final = re.compile(r"\b(?:\w{1,2}\.\s?){2,}")
_BRACKETS: Final = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
_ACRONYM: Final = re.compile(r"(?=\w*[^\W\d_a-z]\w*[^\W\d_a-z])\w{2,12}(?:[/-][A-Z]{2,10})?")
_PART: Final = re.compile(r"\s+[-\u2013\u2014]\s+|\s*[()\[\]]\s*")


class Folded(NamedTuple):
    """What is compared of one name: its words, sorted; the countries that it names; the initials of its words."""

    words: tuple[str, ...]
    places: tuple[str, ...]
    initials: str

    @property
    def text(self) -> str:
        """The words as one text."""
        return " ".join(self.words)


def latin(name: str) -> tuple[str, ...]:
    """Return the spellings of a name in small Latin letters without accents: one, or two where rules differ.

    Cyrillic is written as in Serbian and Macedonian, and as in Bulgarian; German umlauts with and without e.

    >>> latin("Министерство на вътрешните работи")[-1], latin("Полиција")[0]
    ('ministerstvo na vatreshnite raboti', 'policija')
    >>> latin("Für Đorđe"), latin("İçişleri Bakanlığı")
    (('fur djordje', 'fuer djordje'), ('icisleri bakanligi',))
    """
    small = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", name).replace("İ", "i").lower())
    variants = [small]
    if any("\u0400" <= letter <= "\u04ff" for letter in small):
        variants = [
            "".join(first.get(letter, second.get(letter, letter)) for letter in small)
            for first, second in ((_SERBIAN, _BULGARIAN), (_BULGARIAN, _SERBIAN))
        ]
    if any(letter in "äöü" for letter in small):
        variants.append(small.translate(_UMLAUTS))
    return tuple(dict.fromkeys(_plain(text) for text in variants))


def _plain(text: str) -> str:
    parts = unicodedata.normalize("NFKD", text.translate(_LATIN))
    return "".join(letter for letter in parts if not unicodedata.combining(letter))


def parts(name: str) -> tuple[str, tuple[str, ...]]:
    """Return a name without the abbreviations that it gives of itself, and those, as they are compared.

    >>> parts("United Nations Development Programme (UNDP)"), parts("UNDP (United Nations Development Programme)")
    (('United Nations Development Programme', ('undp',)), ('United Nations Development Programme', ('undp',)))
    >>> parts("DCAF - Geneva Centre"), parts("ENISA"), parts("Interpol"), parts("UK - Home Office")
    (('Geneva Centre', ('dcaf',)), ('', ('enisa',)), ('Interpol', ('interpol',)), ('UK - Home Office', ()))
    """
    pieces = [piece for piece in _PART.split(name.strip()) if piece.strip(" ,;")]
    short = [piece for piece in pieces if len(piece) > 2 and _ACRONYM.fullmatch(piece)]
    if not short and is_word(name):
        return name, (acronym_key(name),)
    if not short:
        return name, ()
    rest = [piece for piece in pieces if piece not in short]
    return " - ".join(rest), tuple(dict.fromkeys(acronym_key(piece) for piece in short))


def is_word(name: str) -> bool:
    """Tell whether a name is one word.

    >>> is_word("Europol"), is_word("Group 484"), is_word("EU")
    (True, False, False)
    """
    return re.fullmatch(r"[^\W\d_]\w{3,14}", name.strip()) is not None


def acronym_key(text: str) -> str:
    """Return an abbreviation as it is compared: letters and digits, small.

    >>> acronym_key("PCC SEE"), acronym_key("UN.GIFT"), acronym_key("БФПЕ")
    ('pccsee', 'ungift', 'bfpe')
    """
    return re.sub(r"[^a-z0-9]", "", latin(text)[0])


class Reader:
    """Reads names as they are compared, with the countries of one dataset."""

    def __init__(self, countries: Mapping[str, Sequence[str]] | None = None) -> None:
        told = _words()
        self._small = frozenset(told["small"]["words"].split())
        self._legal = frozenset(told["legal"]["forms"].split())
        self._same = {tuple(_split(found)): tuple(_split(kept)) for found, kept in told["same"].items()}
        self._places: dict[tuple[str, ...], str] = {}
        for code, names in (*(countries or {}).items(), *told["places"].items(), *_recipients().items()):
            for name in names:
                for text in latin(name):
                    words = tuple(word for word in _split(text) if word not in ("the", "of"))
                    if words:
                        self._places.setdefault(words, code)
        self._longest = max(map(len, (*self._same, *self._places)))

    def read(self, name: str) -> tuple[Folded, ...]:
        """Return what is compared of a name, once for each spelling in Latin letters.

        >>> Reader({"RS": ["Serbia"]}).read("Министарство унутрашњих послова Републике Србије")[0]
        Folded(words=('interior', 'ministry'), places=('RS',), initials='mups')
        >>> Reader().read("German Corporation for International Cooperation GmbH")[0].words
        ('cooperation', 'corporation', 'international')
        """
        return tuple(dict.fromkeys(self._fold(text) for text in latin(name)))

    def _fold(self, text: str) -> Folded:
        inner = [part for part in _BRACKETS.findall(text) if part.strip()]
        outer = _split(_BRACKETS.sub(" ", text))
        # What stands in brackets is an abbreviation or a country: the first is compared apart.
        brackets = [word for part in inner for word in _split(part)]
        places: set[str] = set()
        words = self._replace(outer, places)
        self._replace(brackets, places)
        while len(words) > 1 and words[-1] in self._legal:
            words.pop()
        kept = sorted({word for word in words if word not in self._small})
        letters = "".join(word[0] for word in outer if word not in self._small)
        return Folded(tuple(kept or sorted(set(words))), tuple(sorted(places)), letters)

    def _replace(self, words: list[str], places: set[str]) -> list[str]:
        """Return words with those of one meaning made one; the countries among them are taken out and told."""
        kept: list[str] = []
        at = 0
        while at < len(words):
            for length in range(min(self._longest, len(words) - at), 0, -1):
                part = tuple(words[at : at + length])
                if part in self._same:
                    kept.extend(self._same[part])
                    break
                plain = tuple(word for word in part if word not in ("the", "of"))
                if len(plain) == len(part) and part in self._places:
                    places.add(self._places[part])
                    break
            else:
                length = 1
                kept.append(words[at])
            at += length
        return kept


def _split(text: str) -> list[str]:
    """Return the words of a text in small Latin letters; dotted abbreviations are one word.

    >>> _split("b & s d.o.o., un.gift: people's co-op")
    ['b', 's', 'doo', 'ungift', 'peoples', 'co', 'op']
    """
    joined = _DOTTED.sub(lambda found: found[0].replace(".", "").replace(" ", "") + " ", text)
    joined = re.sub(r"(?<=\w)['\u2019`.](?=\w)", "", joined)
    return re.findall(r"[^\W_]+", joined)


@cache
def _words() -> dict[str, dict[str, str]]:
    return tomllib.loads(_WORDS.read_text(encoding="utf-8"))


@cache
def _recipients() -> dict[str, tuple[str, ...]]:
    """Return the names of the countries that receive aid, by code."""
    found: dict[str, tuple[str, ...]] = {}
    lines = [line for line in _RECIPIENTS.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    for line in lines[1:]:
        _code, names, country = line.split("\t")
        if country:
            found[country] = (*found.get(country, ()), *names.split("|"))
    return found


def frequencies(names: Iterable[Sequence[str]]) -> dict[str, int]:
    """Return in how many of these names each word stands.

    >>> frequencies([("a", "b"), ("a", "c", "a")])
    {'a': 2, 'b': 1, 'c': 1}
    """
    counts: dict[str, int] = {}
    for words in names:
        for word in sorted(set(words)):
            counts[word] = counts.get(word, 0) + 1
    return counts
