"""How likely two parties are one body: a model of Splink over their names, run on its DuckDB backend.

Each name of a party is one record; two parties are as alike as the two of their names that are most alike. How often
names of *different* bodies agree by chance (u) is measured on the bodies of the dataset itself; how often names of
*one* body agree so (m) is set by hand below, as no dataset of ours holds enough known pairs to learn it from. The
settings name no engine: `export` writes them for DuckDB or for Spark, with what was measured.
"""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

from secgraph.curation.names import Reader, frequencies, is_word, parts
from secgraph.curation.subjects import Party
from secgraph.errors import ConfigError, StoreError
from secgraph.relations import sealed

DIALECTS: Final = ("duckdb", "spark")
_SEED: Final = 1
_PAIRS: Final = 1_000_000
"""Of how many pairs at most the chance agreement is measured."""
_RARE: Final = 8
"""A word that stands in at most so many names tells bodies apart."""
_FOUND: Final = 0.3
"""The share of parties for which a second one is expected; with the number of parties it makes the prior."""
_ENOUGH: Final = 200
"""Of how many bodies chance can be measured."""
_ALIKE: Final = 0.96
"""From which similarity of Jaro and Winkler on two names are one, spelt otherwise."""
_NEVER: Final = 1e-5
"""How often happens by chance what was seen in no pair."""
_LEAST: Final = -20.0

_SHARED: Final = "array_length(array_intersect(words_l, words_r))"
_OVERLAP: Final = f"{_SHARED} / (array_length(words_l) + array_length(words_r) - {_SHARED})"
_RARES: Final = "array_length(array_intersect(rare_l, rare_r))"
_EITHER: Final = "array_length({0}_l) = 0 OR array_length({0}_r) = 0"


@dataclass(frozen=True)
class Level:
    """One way in which two records agree or not: the condition, what it is called, and how often that happens.

    `one` is m, how often with names of one body; without it the level is that of missing values, which tell nothing.
    `two` is u, how often with names of different bodies, as it was measured on the bodies of South East Europe: it is
    taken where a dataset has too few to measure it on. `common` is a column whose frequent values tell less.
    """

    condition: str
    name: str
    one: float | None = None
    two: float = 1.0
    common: str = ""


COMPARISONS: Final[dict[str, tuple[Level, ...]]] = {
    "name": (
        Level(_EITHER.format("words"), "no words"),
        Level("name_l = name_r AND whole_l = whole_r", "same name", 0.40, 1e-5),
        Level("name_l = name_r", "same words", 0.15, 0.0023, common="name"),
        Level("ALIKE", "spelt otherwise", 0.10, 1e-5),
        Level(f"{_OVERLAP} >= 0.7", "most words", 0.12, 1.1e-4),
        Level(
            f"{_SHARED} = least(array_length(words_l), array_length(words_r)) AND {_SHARED} >= 2",
            "one within the other",
            0.08,
            0.0011,
        ),
        Level(f"{_OVERLAP} >= 0.5", "half of the words", 0.07, 0.001),
        Level("ELSE", "other words", 0.08, 0.995),
    ),
    "rare": (
        Level(_EITHER.format("rare"), "no rare words"),
        Level(f"{_RARES} = least(array_length(rare_l), array_length(rare_r))", "all rare words shared", 0.60, 0.0035),
        Level(f"{_RARES} >= 1", "some rare words shared", 0.20, 0.0063),
        Level("ELSE", "no rare word shared", 0.20, 0.99),
    ),
    "acronyms": (
        Level("array_length(array_intersect(acronyms_l, acronyms_r)) >= 1", "same abbreviation", 0.60, 1e-4),
        Level(
            "array_contains(acronyms_l, initials_r) OR array_contains(acronyms_r, initials_l)",
            "abbreviation of the other name",
            0.25,
            5e-5,
        ),
        Level(_EITHER.format("acronyms"), "no abbreviation"),
        Level("ELSE", "other abbreviation", 0.15, 0.9998),
    ),
    "places": (
        Level("array_length(places_l) = 0 AND array_length(places_r) = 0", "no country"),
        Level("array_length(array_intersect(places_l, places_r)) >= 1", "same country", 0.70, 0.015),
        Level(_EITHER.format("places"), "country of one only", 0.297, 0.64),
        Level("ELSE", "other country", 0.003, 0.35),
    ),
    "kind": (
        Level("kind_l IS NULL OR kind_r IS NULL", "no type"),
        Level("kind_l = kind_r", "same type", 0.90, 0.26),
        Level("ELSE", "other type", 0.10, 0.74),
    ),
}
"""What is compared, from the closest agreement down."""

_CHANCE: Final = {
    (name, value): level.two
    for name, levels in COMPARISONS.items()
    for value, level in enumerate(reversed([level for level in levels if level.one is not None]))
}
"""How often names of different bodies agree in each way where it cannot be measured."""
_BLOCKS: Final = (("name", False), ("rare", True), ("keys", True), ("start", False))
"""Two parties are compared at all where they share one of these: the column, and whether it is a list."""


@dataclass(frozen=True)
class Scored:
    """Two parties by their keys, the weight for one body (log2 of the odds), in what they agree, and by what names."""

    left: str
    right: str
    weight: float
    agreements: tuple[tuple[str, str], ...]
    names: tuple[str, str] = ("", "")

    @property
    def probability(self) -> float:
        """The weight as a probability.

        >>> Scored("a", "b", 0.0, ()).probability
        0.5
        """
        return float(round(1 / (1 + 2.0**-self.weight), 4))


class Model:
    """The model over the parties of one dataset, and the records that it compares."""

    def __init__(self, parties: Sequence[Party], reader: Reader) -> None:
        self.parties = sorted(parties, key=lambda party: party.key)
        self.records = records(self.parties, reader)

    def score(self) -> list[Scored]:
        """Return the pairs of parties that share anything telling, best first.

        Raises:
            ConfigError: Splink is not installed.
        """
        if len(self.records) < 2:
            return []
        keys = {record["unique_id"]: (record["party"], record["written"]) for record in self.records}
        best: dict[tuple[str, str], Scored] = {}
        with _quiet(), self._linker() as linker:
            rows = linker.inference.predict(threshold_match_weight=_LEAST).as_record_list()
        for row in sorted(rows, key=lambda row: (row["unique_id_l"], row["unique_id_r"])):
            (left, one), (right, other) = sorted((keys[row["unique_id_l"]], keys[row["unique_id_r"]]))
            if left == right:
                continue
            agreements = tuple((name, _level(name, int(row[f"gamma_{name}"]))) for name in COMPARISONS)
            scored = Scored(left, right, round(float(row["match_weight"]), 3), agreements, (one, other))
            if (left, right) not in best or scored.weight > best[left, right].weight:
                best[left, right] = scored
        return sorted(best.values(), key=lambda one: (-one.weight, one.left, one.right))

    def export(self, dialect: str = "duckdb") -> str:
        """Return the settings with all that was measured, as JSON that Splink reads.

        Args:
            dialect: duckdb or spark: the SQL in which the conditions are written.

        Raises:
            ConfigError: another dialect, or Splink is not installed.
        """
        if dialect not in DIALECTS:
            raise ConfigError(f"the model is not written for {dialect}", hint="one of " + ", ".join(DIALECTS))
        with _quiet(), self._linker() as linker:
            measured = _chances(linker)
            told = _settings(len(self.parties), measured).create_settings_dict(dialect)
        told["linker_uid"] = "secgraph"
        return json.dumps(told, indent=2, sort_keys=True, ensure_ascii=False) + "\n"

    @contextmanager
    def _linker(self) -> Iterator[Any]:
        """Give Splink's linker with its measures of chance, in a DuckDB that reaches nothing outside."""
        splink = _splink()
        connection = sealed(threads=1)
        try:
            database = splink.DuckDBAPI(connection)
            # Chance is measured between bodies that are known to be different: one record of each of ours.
            own = _first_of_each(self.records)
            chance = _CHANCE
            if len(own) >= _ENOUGH:
                linker = splink.Linker(database.register(own, table_name="own"), _settings(len(self.parties)))
                linker.training.estimate_u_using_random_sampling(max_pairs=_PAIRS, seed=_SEED)
                chance = _chances(linker)
            yield splink.Linker(
                database.register(self.records, table_name="parties"), _settings(len(self.parties), chance)
            )
        finally:
            connection.close()


def _first_of_each(found: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    first: dict[str, dict[str, Any]] = {}
    for record in found:
        if record["own"]:
            first.setdefault(record["party"], record)
    return list(first.values())


def _chances(linker: Any) -> dict[tuple[str, int], float]:
    """Return what was measured; what never happened among these pairs happened less than once."""
    return {
        (comparison.output_column_name, level.comparison_vector_value): max(level.u_probability, _NEVER)
        for comparison in linker._settings_obj.comparisons
        for level in comparison.comparison_levels
        if not level.is_null_level
    }


def _level(comparison: str, value: int) -> str:
    levels = COMPARISONS[comparison]
    if value < 0:
        return next(level.name for level in levels if level.one is None)
    told = [level for level in levels if level.one is not None]
    return told[len(told) - 1 - value].name


def records(parties: Iterable[Party], reader: Reader) -> list[dict[str, Any]]:
    """Return the records that are compared: one for each name of each party, or one where it has none but a short one.

    The seat of an international body or a network says nothing of it; the country of a state's body, a company or an
    association does.
    """
    found: list[dict[str, Any]] = []
    for number, party in enumerate(parties):
        seat = {party.country} if party.country and party.group not in ("international", "cooperation") else set()
        short = party.acronyms()
        seen: set[tuple[str, ...]] = set()
        # A body that goes by one word (Europol) is also met under its long name: the word counts as an abbreviation.
        for name in (*party.names, *(("",) if not party.names or any(map(is_word, party.names)) else ())):
            for folded in reader.read(parts(name)[0]):
                if folded.words in seen:
                    continue
                seen.add(folded.words)
                found.append(
                    {
                        "unique_id": f"{number:06}-{len(seen):03}",
                        "party": party.key,
                        "own": party.own,
                        "written": name,
                        "name": folded.text,
                        "whole": " ".join((*folded.words, *sorted(seat | set(folded.places)))),
                        "words": list(folded.words),
                        "acronyms": list(short),
                        "initials": folded.initials if len(folded.initials) > 2 else "",
                        "places": sorted(seat | set(folded.places)),
                        "kind": party.group or None,
                    }
                )
    counts = frequencies(record["words"] for record in found)
    for record in found:
        record["rare"] = [word for word in record["words"] if counts[word] <= _RARE]
        record["keys"] = sorted({*record["acronyms"], record["initials"], *_pairs(record["words"], counts)} - {""})
        record["start"] = record["name"][:6] or None
        record["name"] = record["name"] or None
    return found


def _pairs(words: Sequence[str], counts: Mapping[str, int]) -> Iterator[str]:
    """Yield the pairs of the three words of a name that are the least common."""
    least = sorted(sorted(words, key=lambda word: (counts[word], word))[:3])
    for first, second in combinations(least, 2):
        yield f"{first} {second}"


def _settings(parties: int, chance: dict[tuple[str, int], float] | None = None) -> Any:
    splink = _splink()
    from splink import block_on
    from splink.comparison_level_library import CustomLevel, ElseLevel, JaroWinklerLevel
    from splink.comparison_library import CustomComparison

    comparisons = []
    for name, levels in COMPARISONS.items():
        made: list[Any] = []
        value = sum(level.one is not None for level in levels)
        for level in levels:
            match level.condition:
                case "ELSE":
                    base: Any = ElseLevel()
                case "ALIKE":
                    base = JaroWinklerLevel("name", _ALIKE)
                case condition:
                    base = CustomLevel(condition, label_for_charts=level.name, base_dialect_str="duckdb")
            if level.one is None:
                made.append(base.configure(is_null_level=True))
                continue
            value -= 1
            told: dict[str, Any] = {
                "m_probability": level.one,
                "fix_m_probability": True,
                "label_for_charts": level.name,
            }
            if level.common:
                told |= {"tf_adjustment_column": level.common, "tf_adjustment_weight": 1.0}
            if chance is not None:
                told |= {"u_probability": chance[name, value], "fix_u_probability": True}
            made.append(base.configure(**told))
        comparisons.append(CustomComparison(made, output_column_name=name))
    return splink.SettingsCreator(
        link_type="dedupe_only",
        comparisons=comparisons,
        blocking_rules_to_generate_predictions=[
            block_on(column, arrays_to_explode=[column]) if many else block_on(column) for column, many in _BLOCKS
        ],
        probability_two_random_records_match=min(0.5, _FOUND / max(1, parties)),
        retain_intermediate_calculation_columns=False,
    )


def _splink() -> Any:
    try:
        import splink
    except ImportError as missing:
        raise ConfigError("Splink is not installed", hint="pip install 'secgraph[resolve]'") from missing
    return splink


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Splink's talk to itself, and make its errors ours."""
    logger = logging.getLogger("splink")
    before, level, propagate = list(logger.handlers), logger.level, logger.propagate
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            _splink()
            logger.handlers, logger.propagate = [logging.NullHandler()], False
            logger.setLevel(logging.CRITICAL)
            yield
        except (ValueError, RuntimeError, TypeError) as wrong:
            raise StoreError(f"Splink cannot compare the parties: {wrong}") from wrong
        finally:
            logger.handlers, logger.propagate = before, propagate
            logger.setLevel(level)
