"""Which rows a total is about: givers, receivers, countries, topics, instruments, programmes and years."""

from __future__ import annotations

from dataclasses import dataclass

from secgraph.errors import ConfigError
from secgraph.money.policies import PERIODS


@dataclass(frozen=True)
class Selection:
    """What narrows a total; a selection of nothing but defaults takes every row of the policy.

    Attributes:
        donors: givers, by IRI or id; each with the bodies below it (a country: with its state bodies).
        recipients: receivers, by IRI or id.
        beneficiaries: countries that the money is for, by IRI or code; a row for several of them is split by stated
            percentages, or stands beside the total.
        topics: topics of the programme with the narrower ones, or sectors, by IRI or id.
        instruments: by IRI or id.
        programmes: with all their parts, by IRI or id; or events.
        first_year, last_year: 0 where the time is not bounded there.
        periods: `start` or `pro-rata`; empty for what the policies' file says.
    """

    donors: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    beneficiaries: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    instruments: tuple[str, ...] = ()
    programmes: tuple[str, ...] = ()
    first_year: int = 0
    last_year: int = 0
    periods: str = ""

    def __post_init__(self) -> None:
        if self.periods and self.periods not in PERIODS:
            raise ConfigError(f"no rule for periods named {self.periods!r}", hint="one of " + ", ".join(PERIODS))
        if self.first_year and self.last_year and self.first_year > self.last_year:
            raise ConfigError(f"the years run backwards: {self.first_year} to {self.last_year}")
        for name in ("donors", "recipients", "beneficiaries", "topics", "instruments", "programmes"):
            if isinstance(getattr(self, name), str):
                raise ConfigError(f"{name} is a list, as ({getattr(self, name)!r},)")

    def words(self) -> str:
        """Return the selection in words; empty for everything.

        >>> Selection(donors=("eu",), first_year=2020, last_year=2024).words()
        'donors eu; years 2020 to 2024'
        """
        parts = [
            f"{name} {', '.join(values)}"
            for name in ("donors", "recipients", "beneficiaries", "topics", "instruments", "programmes")
            if (values := getattr(self, name))
        ]
        if self.first_year or self.last_year:
            first, last = self.first_year or "the first", self.last_year or "the last"
            parts.append(f"years {first} to {last}" + (f", {self.periods}" if self.periods else ""))
        return "; ".join(parts)
