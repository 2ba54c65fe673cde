"""Which activities belong to a dataset, by a readable file: sectors, words, places; each other one with its reason.

A pure function of the file and the activity. The reasons are few and worded alike, so that they can be counted.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from secgraph.errors import ConfigError
from secgraph.records import COUNTRY_HINTS
from secgraph.records.iati import ALL_OF_IT, ANY_OF_IT, NONE_OF_IT, Activity, Portion, Share, Transaction
from secgraph.values import nearest

_SECTIONS: Final = ("title", "sectors", "words", "places")
_SECTORS: Final = ("vocabularies", "codes", "prefixes", "minimum")
_PLACES: Final = ("countries", "regions", "minimum")
_PARTS: Final = ("title", "description")
_WHOLE: Final = Decimal(100)
_SLACK: Final = Decimal("0.5")
"""What rounded percentages may be away from 100 together."""

NO_TOPIC: Final = "no sector or word of the scope"
NO_SECTOR: Final = "no sector of the scope"
NO_WORD: Final = "no word of the scope"
NO_PLACE: Final = "no country or region of the scope"
SMALL_SECTOR: Final = "the sectors of the scope are below its minimum"
SMALL_PLACE: Final = "the countries and regions of the scope are below its minimum"
REASONS: Final = (NO_TOPIC, NO_SECTOR, NO_WORD, NO_PLACE, SMALL_SECTOR, SMALL_PLACE)
"""The sentences that say why an activity does not belong."""


@dataclass(frozen=True)
class Sectors:
    """The sectors that belong, by code or first digits, in the vocabularies where these digits mean them."""

    codes: frozenset[str] = frozenset()
    prefixes: tuple[str, ...] = ()
    vocabularies: frozenset[str] = frozenset({"1", "2"})
    minimum: Decimal = Decimal(0)

    def __contains__(self, share: Share) -> bool:
        """Tell whether a sector belongs."""
        if share.vocabulary not in self.vocabularies:
            return False
        return share.code in self.codes or share.code.startswith(self.prefixes)


@dataclass(frozen=True)
class Words:
    """The words that belong, by language, and in which texts they are looked for."""

    by_language: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    where: tuple[str, ...] = ("title",)

    @cached_property
    def _patterns(self) -> dict[str, re.Pattern[str]]:
        every = tuple(word for words in self.by_language.values() for word in words)
        return {name: _pattern(words) for name, words in {**self.by_language, "": every}.items()}

    def found(self, activity: Activity) -> bool:
        """Tell whether a text of the activity has one of the words of its language."""
        texts = activity.titles if "title" in self.where else ()
        texts += activity.descriptions if "description" in self.where else ()
        for text in texts:
            pattern = self._patterns.get(text.language.partition("-")[0])
            if pattern and pattern.search(folded(text.value)):
                return True
        return False


@dataclass(frozen=True)
class Places:
    """The countries and regions to which an activity must go."""

    countries: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    minimum: Decimal = Decimal(0)


@dataclass(frozen=True)
class Scope:
    """What belongs: a topic, given by sectors or words, and a place, where the scope names places."""

    title: str = ""
    sectors: Sectors | None = None
    words: Words | None = None
    places: Places | None = None

    @classmethod
    def load(cls, path: Path) -> Scope:
        """Read a scope file.

        Raises:
            ConfigError: it cannot be read, is no TOML, or says what no scope says.
        """
        try:
            told = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
            raise ConfigError(f"the scope {path.name} cannot be read: {exc}", hint="see https://toml.io") from exc
        return cls.parse(told, path.name)

    @classmethod
    def parse(cls, told: Mapping[str, Any], name: str) -> Scope:
        """Take a scope from the sections of its file.

        Raises:
            ConfigError: a section, key or value is none of a scope.
        """
        read = _Reader(name)
        read.known(told, _SECTIONS, "the file")
        scope = cls(
            title=read.text(told, "title"),
            sectors=_sectors(read, told["sectors"]) if "sectors" in told else None,
            words=_words(read, told["words"]) if "words" in told else None,
            places=_places(read, told["places"]) if "places" in told else None,
        )
        if not any((scope.sectors, scope.words, scope.places)):
            raise read.fault("it names nothing that belongs", "write [sectors], [words] or [places]")
        return scope

    def reason(self, activity: Activity) -> str:
        """Return '' for an activity that belongs, else the sentence why it does not, one of `REASONS`."""
        return self._topic(activity) or self._place(activity)

    def covers(self, share: Share) -> bool:
        """Tell whether a sector is one of those that the scope names."""
        return self.sectors is not None and share in self.sectors

    def share(self, activity: Activity) -> Portion:
        """Return which part of an activity that belongs is in the scope, by the stated percentages of its sectors.

        A scope without sectors says nothing of parts: the whole is in it. An activity that is in it by a word of its
        title alone may be in it with nothing or with all, and so may one whose transactions have sectors that differ.
        """
        if not self.sectors:
            return ALL_OF_IT
        if activity.sectors:
            return self._portion(activity.sectors, activity)
        told = {self.share_of(row, activity) for row in activity.transactions}
        return told.pop() if len(told) == 1 and all(row.own_sectors for row in activity.transactions) else ANY_OF_IT

    def share_of(self, row: Transaction, activity: Activity) -> Portion:
        """Return which part of a transaction is in the scope: by its own sectors, else as its activity."""
        if self.sectors and row.own_sectors:
            return self._portion(row.sectors, activity)
        return self.share(activity) if activity.sectors or not self.sectors else ANY_OF_IT

    def _portion(self, sectors: Iterable[Share], activity: Activity) -> Portion:
        by_list: dict[str, list[Share]] = defaultdict(list)
        for sector in sectors:
            if self.sectors and sector.vocabulary in self.sectors.vocabularies:
                by_list[sector.vocabulary].append(sector)
        # The finer list of the DAC comes first, but one that names something of the scope before any other.
        for name in sorted(by_list, key=lambda name: (not any(map(self.covers, by_list[name])), name)):
            told = portion(by_list[name], [sector for sector in by_list[name] if self.covers(sector)])
            break
        else:
            return ANY_OF_IT
        titled = not told.least and self.words is not None and self.words.found(activity)
        return ANY_OF_IT if titled else told

    def _topic(self, activity: Activity) -> str:
        if self.words and self.words.found(activity):
            return ""
        if not self.sectors:
            return NO_WORD if self.words else ""
        own = [sector for row in activity.transactions if row.own_sectors for sector in row.sectors]
        if not any(sector in self.sectors for sector in (*activity.sectors, *own)):
            return NO_TOPIC if self.words else NO_SECTOR
        if any(sector in self.sectors for sector in own):
            # What part of the activity these transactions are is known of their sums only.
            return ""
        by_list: dict[str, list[Share]] = defaultdict(list)
        for sector in activity.sectors:
            by_list[sector.vocabulary].append(sector)
        largest = max(_part(shares, [one for one in shares if one in self.sectors]) for shares in by_list.values())
        return "" if largest >= self.sectors.minimum else SMALL_SECTOR

    def _place(self, activity: Activity) -> str:
        places = self.places
        if places is None:
            return ""
        shares = [*activity.countries, *activity.regions]
        inside = [share for share in shares if _inside(share, places)]
        own = [share for row in activity.transactions if row.own_places for share in (*row.countries, *row.regions)]
        if any(_inside(share, places) for share in own):
            return ""
        if not inside:
            return NO_PLACE
        return "" if _part(shares, inside) >= places.minimum else SMALL_PLACE


def _inside(share: Share, places: Places) -> bool:
    if share.vocabulary:
        return share.vocabulary == "1" and share.code in places.regions
    return COUNTRY_HINTS.get(share.code, share.code) in places.countries


def _part(shares: Collection[Share], inside: Collection[Share]) -> Decimal:
    """Return the percentage of those inside; one that is not stated may be the whole."""
    if not inside:
        return Decimal(0)
    if any(share.percentage is None for share in inside):
        return _WHOLE
    part = sum((share.percentage or Decimal(0) for share in inside), Decimal(0))
    return _WHOLE if len(inside) == len(shares) else part


def portion(shares: Collection[Share], inside: Collection[Share]) -> Portion:
    """Return the percentage of those inside, at the least and at the most.

    >>> police, schools = Share("15132", "1", Decimal(10)), Share("11220", "1", Decimal(90))
    >>> [int(percent) for percent in portion([police, schools], [police])]
    [10, 10]
    >>> int(portion([police, schools._replace(percentage=None)], [police]).most)
    10
    >>> int(portion([police], [police]).most)
    100
    """
    stated = sum((share.percentage for share in shares if share.percentage is not None), Decimal(0))
    open_, open_inside = (sum(share.percentage is None for share in group) for group in (shares, inside))
    surely = sum((share.percentage for share in inside if share.percentage is not None), Decimal(0))
    if not inside and (open_ or stated >= _WHOLE - _SLACK):
        return NONE_OF_IT
    if len(inside) == len(shares) and (open_ or stated >= _WHOLE - _SLACK):
        return ALL_OF_IT
    if stated > _WHOLE + _SLACK:
        # Percentages that exceed the whole say nothing.
        return ANY_OF_IT
    if not open_ and abs(stated - _WHOLE) <= _SLACK:
        exact = (surely * _WHOLE / stated).quantize(Decimal("0.0000001")).normalize()
        return Portion(exact, exact)
    left = max(_WHOLE - stated, Decimal(0))
    if open_ and open_inside in (0, open_):
        least = surely + (left if open_inside else 0)
        return Portion(least, least)
    return Portion(surely, surely + left)


def folded(text: str) -> str:
    """Return a text as words are compared: lower case, without marks, signs as spaces.

    >>> folded("Schutz vor Geldwäsche: COUNTER-terrorism")
    'schutz vor geldwasche counter terrorism'
    """
    plain = unicodedata.normalize("NFKD", text).casefold()
    return " ".join(re.sub(r"[^\w]|_", " ", "".join(c for c in plain if not unicodedata.combining(c))).split())


def _pattern(words: Iterable[str]) -> re.Pattern[str]:
    parts = [re.escape(folded(word)) + (r"\w*" if word.endswith("*") else "") for word in words]
    return re.compile(rf"\b(?:{'|'.join(sorted(set(parts)))})\b")


class _Reader:
    """Takes values from the sections of a scope file."""

    def __init__(self, name: str) -> None:
        self.name = name

    def fault(self, message: str, hint: str) -> ConfigError:
        """Return the error that says what is wrong with the file."""
        return ConfigError(f"the scope {self.name}: {message}", hint=hint)

    def known(self, section: Any, keys: Collection[str], where: str) -> Mapping[str, Any]:
        """Return a section of which every key is known."""
        if not isinstance(section, Mapping):
            raise self.fault(f"{where} is no section", f"write [{where}]")
        for key in section:
            if key not in keys:
                near = nearest(key, keys)
                hint = f"did you mean {near[0]}?" if near else "one of " + ", ".join(keys)
                raise self.fault(f"{key!r} is not a key of {where}", hint)
        return section

    def text(self, section: Mapping[str, Any], key: str) -> str:
        """Return a text, '' where there is none."""
        value = section.get(key, "")
        if not isinstance(value, str):
            raise self.fault(f"{key} is not a text", "put it in quotes")
        return value

    def texts(self, section: Mapping[str, Any], key: str, form: str = r"[\s\S]*\S[\s\S]*") -> tuple[str, ...]:
        """Return a list of texts of one form."""
        value = section.get(key, [])
        if not isinstance(value, list):
            raise self.fault(f"{key} is not a list", f'write {key} = ["...", "..."]')
        for item in value:
            if not isinstance(item, str) or not re.fullmatch(form, item):
                raise self.fault(f"{item!r} cannot stand in {key}", "codes are texts in quotes")
        return tuple(value)

    def percentage(self, section: Mapping[str, Any]) -> Decimal:
        """Return the minimum of a section."""
        value = section.get("minimum", 0)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 100:
            raise self.fault("minimum is not a number from 0 to 100", "a percentage of the activity")
        return Decimal(str(value))


def _sectors(read: _Reader, section: Any) -> Sectors:
    told = read.known(section, _SECTORS, "sectors")
    lists = read.texts(told, "vocabularies", r"[0-9]{1,2}") or ("1", "2")
    return Sectors(
        frozenset(read.texts(told, "codes", r"\S+")),
        read.texts(told, "prefixes", r"\S+"),
        frozenset(lists),
        read.percentage(told),
    )


def _words(read: _Reader, section: Any) -> Words:
    if not isinstance(section, Mapping):
        raise read.fault("words is no section", "write [words]")
    where = read.texts(section, "where") or ("title",)
    for name in where:
        if name not in _PARTS:
            raise read.fault(f"{name!r} cannot stand in where", "title, description")
    languages = [name for name in section if name != "where"]
    for name in languages:
        if not re.fullmatch(r"[a-z]{2,3}", name):
            raise read.fault(f"{name!r} is not a language", "write two letters, as en = [...]")
        for word in read.texts(section, name):
            if not folded(word):
                raise read.fault(f"{word!r} is not a word", "write letters or digits")
    return Words({name: read.texts(section, name) for name in languages if section[name]}, where)


def _places(read: _Reader, section: Any) -> Places:
    told = read.known(section, _PLACES, "places")
    countries = read.texts(told, "countries", r"[A-Z]{2}")
    regions = read.texts(told, "regions", r"[0-9]+")
    return Places(frozenset(countries), frozenset(regions), read.percentage(told))


def count_reasons(scope: Scope, activities: Iterable[Activity]) -> dict[str, int]:
    """Return how many activities belong, under '', and how many are left out for each reason, sorted."""
    return dict(sorted(Counter(scope.reason(activity) for activity in activities).items()))
