"""Writes made-up activity files of the IATI standard 2.03, of any size, at constant memory; same seed, same bytes.

    python benchmarks/generate_iati.py FILE [--size 75MB] [--seed 1]

All of it is made up: no publisher, activity or amount exists. Sizes are like those of published files: about 6 kB and
3 transactions for an activity, half the text narratives, in four languages and with letters beyond ASCII. Codes
are those of the standard's lists; the file is valid under its published schema.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import NamedTuple

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<iati-activities version="2.03">\n'
FOOT = "</iati-activities>\n"
UNITS = {"kB": 10**3, "MB": 10**6, "GB": 10**9}
COUNTRIES = "AL BA BG HR XK MD ME MK RO RS TR UA SI GR".split()
SECTORS = "15210 15220 15230 15240 15250 15261 15130 15113 16063 15110 15160 31120 11220 12220 14030 21020".split()
LOCAL_SECTORS = "police-reform border-control cybercrime anti-trafficking fire-arms".split()
REGIONS = "89 88 298 998".split()
CURRENCIES = "EUR EUR EUR USD USD GBP SEK NOK CHF".split()
AID_TYPES = "C01 B01 B03 B04 D01 D02 E01 G01".split()
WORDS = {
    "en": (
        "support training of border police against trafficking in human beings and smuggling through joint operations "
        "with prosecutors equipment for regional centres exchange of information on small arms control strategy women "
        "in policing capacity building assessment mission at the airport road map implementation monitoring partners"
    ).split(),
    "fr": (
        "appui à la réforme de la police aux frontières et à la coopération régionale contre la criminalité organisée "
        "formation des procureurs équipement échange d'informations sécurité intérieure évaluation & suivi"
    ).split(),
    "sr": (
        "подршка реформи полиције и сарадњи у региону обука граничне службе борба против кријумчарења оружја опрема "
        "за истраге размена података праћење спровођења"
    ).split(),
    "sq": (
        "mbështetje për reformën e policisë kufitare dhe bashkëpunimin rajonal kundër krimit të organizuar trajnim "
        "pajisje shkëmbim informacioni vlerësim"
    ).split(),
}


class Written(NamedTuple):
    """What a file holds: its bytes, activities and transactions."""

    size: int
    activities: int
    transactions: int


class _Org(NamedTuple):
    ref: str
    kind: str
    name: str

    def as_element(self, tag: str, attributes: str = "", indent: str = "    ") -> str:
        """Return an element that names the organisation; without a ref where it has none, as is often so."""
        ref = f' ref="{self.ref}"' if self.ref else ""
        head = f'{indent}<{tag}{ref} type="{self.kind}"{attributes}>\n'
        return f"{head}{indent}  <narrative>{self.name}</narrative>\n{indent}</{tag}>\n"


class Generator:
    """Makes one activity after another; what they share (publishers, partners) is made once."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)  # noqa: S311  made-up data
        self._pick = self._chance.choice
        self._publishers = [
            _Org(f"XX-MADEUP-{at}", self._pick(("10", "40", "60")), f"Made-up Publisher {at}") for at in range(20)
        ]
        self._partners = [
            _Org(
                f"XX-PARTNER-{at}" if at % 3 else "",
                self._pick(("10", "21", "22", "40", "80")),
                f"Made-up {self._pick(WORDS['en']).title()} Organisation {at}",
            )
            for at in range(3000)
        ]
        self.transactions = 0

    def activities(self) -> Iterator[str]:
        """Yield activities without end; each third is a parent whose children follow it."""
        for at in count():
            yield self._activity(at)

    def _text(self, language: str, least: int, most: int) -> str:
        words = " ".join(self._chance.choices(WORDS[language], k=self._chance.randint(least, most)))
        return words.replace("&", "&amp;")

    def _narratives(self, least: int, most: int, indent: str) -> str:
        found = f"{indent}<narrative>{self._text('en', least, most)}</narrative>\n"
        for language in ("fr", "sr", "sq"):
            if self._chance.random() < 0.12:
                text = self._text(language, least, most)
                found += f'{indent}<narrative xml:lang="{language}">{text}</narrative>\n'
        return found

    def _date(self, year: int) -> str:
        return f"{year}-{self._chance.randint(1, 12):02}-{self._chance.randint(1, 28):02}"

    def _value(self, day: str, indent: str, *, negative: bool = False) -> str:
        amount = round(self._chance.lognormvariate(11, 1.6), self._pick((0, 0, 2)))
        text = f"{'-' if negative else ''}{amount:.2f}" if amount % 1 else f"{'-' if negative else ''}{amount:.0f}"
        currency = f' currency="{self._pick(CURRENCIES)}"' if self._chance.random() < 0.6 else ""
        return f'{indent}<value{currency} value-date="{day}">{text}</value>\n'

    def _shares(self, tag: str, codes: list[str], vocabulary: str) -> str:
        """Return elements whose percentages add up to 100; none is said where there is but one."""
        if len(codes) == 1:
            return f'    <{tag} code="{codes[0]}"{vocabulary} />\n'
        parts = [100 // len(codes)] * len(codes)
        parts[0] += 100 - sum(parts)
        return "".join(
            f'    <{tag} code="{code}"{vocabulary} percentage="{part}" />\n'
            for code, part in zip(codes, parts, strict=True)
        )

    def _some(self, codes: list[str]) -> list[str]:
        return self._chance.sample(codes, self._pick((1, 1, 1, 2, 2, 3)))

    def _often(self, share: float, make: Callable[[], str]) -> str:
        return make() if self._chance.random() < share else ""

    def _activity(self, at: int) -> str:
        family, place = divmod(at, 3)
        publisher = self._publishers[family % len(self._publishers)]
        parent, identifier = (f"{publisher.ref}-{family:07}{'' if part == 0 else f'-{part}'}" for part in (0, place))
        year = self._chance.randint(2008, 2022)
        funder, extender, implementer = (self._pick(self._partners) for _ in range(3))
        related = (
            f'    <related-activity ref="{parent}" type="1" />\n'
            if place
            else "".join(f'    <related-activity ref="{parent}-{child}" type="2" />\n' for child in (1, 2))
        )
        partner = f"XX-PARTNER-A-{self._chance.randrange(10**6)}"
        start, end = self._date(year), self._date(year + 3)
        humanitarian = self._pick(("", "", "", ' humanitarian="0"', ' humanitarian="1"'))
        head = (
            f'  <iati-activity xml:lang="en" default-currency="{self._pick(CURRENCIES)}"{humanitarian}'
            f' hierarchy="{2 if place else 1}" last-updated-datetime="{self._date(2023)}T12:00:00Z">\n'
            f"    <iati-identifier>{identifier}</iati-identifier>\n"
        )
        days = (
            f'    <activity-status code="{self._pick("12344")}" />\n'
            f'    <activity-date type="1" iso-date="{start}" />\n'
            f'    <activity-date type="2" iso-date="{start}" />\n'
            f'    <activity-date type="3" iso-date="{end}" />\n'
        )
        contact = (
            f'    <contact-info type="1">\n      <organisation>\n        <narrative>{publisher.name}</narrative>\n'
            f"      </organisation>\n      <email>nobody{at}@example.org</email>\n    </contact-info>\n"
        )
        places = (
            self._shares("recipient-country", self._some(COUNTRIES), "")
            if self._chance.random() < 0.8
            else self._shares("recipient-region", self._some(REGIONS), ' vocabulary="1"')
        )
        codes = (
            f'    <policy-marker vocabulary="1" code="1" significance="{self._pick("0123")}" />\n'
            f'    <collaboration-type code="{self._pick("123")}" />\n    <default-flow-type code="10" />\n'
            f'    <default-finance-type code="{self._pick(("110", "110", "421"))}" />\n'
            f'    <default-aid-type code="{self._pick(AID_TYPES)}" />\n'
            f'    <default-tied-status code="{self._pick("345")}" />\n'
        )
        parts = (
            head,
            publisher.as_element("reporting-org", self._pick(("", ' secondary-reporter="0"'))),
            f"    <title>\n{self._narratives(5, 14, '      ')}    </title>\n",
            f'    <description type="1">\n{self._narratives(30, 110, "      ")}    </description>\n',
            self._often(
                0.3, lambda: f'    <description type="2">\n{self._narratives(15, 60, "      ")}    </description>\n'
            ),
            funder.as_element("participating-org", ' role="1"'),
            publisher.as_element("participating-org", ' role="2"'),
            extender.as_element("participating-org", ' role="3"'),
            implementer.as_element("participating-org", f' role="4" activity-id="{partner}"'),
            days,
            contact,
            f'    <activity-scope code="{self._pick("2344")}" />\n',
            places,
            self._often(0.3, self._location),
            self._shares("sector", self._some(SECTORS), ' vocabulary="1"'),
            self._often(0.3, lambda: self._shares("sector", self._some(LOCAL_SECTORS), ' vocabulary="99"')),
            codes,
            *(self._budget(year + ahead) for ahead in range(self._pick((0, 1, 1, 2, 3)))),
            self._often(0.3, lambda: self._planned(year + 1, publisher, implementer)),
            *(
                self._transaction(year + self._pick((0, 1, 2)), funder, publisher, implementer, partner)
                for _ in range(min(40, 1 + int(self._chance.expovariate(0.4))))
            ),
            self._often(0.5, lambda: self._document(at)),
            related,
            self._often(0.2, self._conditions),
            self._often(0.25, self._result),
            "  </iati-activity>\n",
        )
        return "".join(parts)

    def _location(self) -> str:
        latitude, longitude = self._chance.uniform(39, 46), self._chance.uniform(14, 29)
        return (
            f"    <location>\n      <name>\n        <narrative>{self._text('en', 1, 2)}</narrative>\n      </name>\n"
            '      <point srsName="http://www.opengis.net/def/crs/EPSG/0/4326">\n'
            f"        <pos>{latitude:.5f} {longitude:.5f}</pos>\n      </point>\n    </location>\n"
        )

    def _budget(self, year: int) -> str:
        day = f"{year}-01-01"
        return (
            f'    <budget type="{self._pick("1112")}" status="{self._pick("12")}">\n'
            f'      <period-start iso-date="{day}" />\n      <period-end iso-date="{year}-12-31" />\n'
            f"{self._value(day, '      ')}    </budget>\n"
        )

    def _planned(self, year: int, provider: _Org, receiver: _Org) -> str:
        day = f"{year}-04-01"
        return (
            f'    <planned-disbursement type="1">\n      <period-start iso-date="{day}" />\n'
            f'      <period-end iso-date="{year}-06-30" />\n{self._value(day, "      ")}'
            f"{provider.as_element('provider-org', indent='      ')}"
            f"{receiver.as_element('receiver-org', indent='      ')}    </planned-disbursement>\n"
        )

    def _transaction(self, year: int, funder: _Org, publisher: _Org, receiver: _Org, partner: str) -> str:
        self.transactions += 1
        day = self._date(year)
        kind = self._pick("1122233334")
        provider, receiver = (funder, publisher) if kind == "1" else (publisher, receiver)
        activity = f' {"provider" if kind == "1" else "receiver"}-activity-id="{partner}"'
        ends = ("provider-org", activity if kind == "1" else ""), ("receiver-org", "" if kind == "1" else activity)
        extra = self._often(
            0.25, lambda: f'      <sector code="{self._pick(SECTORS)}" vocabulary="1" />\n'
        ) + self._often(0.25, lambda: f'      <recipient-country code="{self._pick(COUNTRIES)}" />\n')
        codes = (
            '      <flow-type code="10" />\n      <finance-type code="110" />\n'
            f'      <aid-type code="{self._pick(AID_TYPES)}" />\n      <tied-status code="5" />\n'
        )
        return (
            f'    <transaction ref="{self._chance.randrange(10**8):08}">\n      <transaction-type code="{kind}" />\n'
            f'      <transaction-date iso-date="{day}" />\n'
            f"{self._value(day, '      ', negative=self._chance.random() < 0.03)}"
            f"      <description>\n{self._narratives(4, 12, '        ')}      </description>\n"
            f"{provider.as_element(*ends[0], indent='      ')}{receiver.as_element(*ends[1], indent='      ')}"
            f"{extra}{codes if self._chance.random() < 0.5 else ''}    </transaction>\n"
        )

    def _document(self, at: int) -> str:
        return (
            f'    <document-link format="application/pdf" url="https://example.org/made-up/{at}.pdf">\n      <title>\n'
            f'{self._narratives(3, 8, "        ")}      </title>\n      <category code="A02" />\n'
            '      <language code="en" />\n    </document-link>\n'
        )

    def _conditions(self) -> str:
        text = self._narratives(8, 25, "        ")
        return (
            f'    <conditions attached="1">\n      <condition type="1">\n{text}      </condition>\n    </conditions>\n'
        )

    def _result(self) -> str:
        title, indicator = self._narratives(4, 10, "        "), self._narratives(4, 10, "          ")
        return (
            f'    <result type="{self._pick("123")}">\n      <title>\n{title}      </title>\n'
            f'      <indicator measure="1">\n        <title>\n{indicator}        </title>\n      </indicator>\n'
            "    </result>\n"
        )


def write(path: Path, size: int, seed: int = 1) -> Written:
    """Write a file of the least number of activities that makes it so many bytes."""
    maker = Generator(seed)
    done = 0
    with path.open("wb") as out:
        written = out.write(HEAD.encode())
        for done, text in enumerate(maker.activities(), 1):  # noqa: B007  the count is told
            written += out.write(text.encode())
            if written + len(FOOT) >= size:
                break
        written += out.write(FOOT.encode())
    return Written(written, done, maker.transactions)


def bytes_of(text: str) -> int:
    """Return the number of bytes that is meant by `75MB`, `1.5GB` or a plain number."""
    unit = next((unit for unit in UNITS if text.endswith(unit)), "")
    return int(float(text.removesuffix(unit)) * UNITS.get(unit, 1))


def main() -> None:
    """Write one file and print what it holds."""
    parser = argparse.ArgumentParser(description="A made-up activity file of the IATI standard 2.03.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--size", default="75MB", type=bytes_of)
    parser.add_argument("--seed", default=1, type=int)
    given = parser.parse_args()
    found = write(given.file, given.size, given.seed)
    print(f"{given.file}: {found.size:,} bytes, {found.activities:,} activities, {found.transactions:,} transactions")


if __name__ == "__main__":
    main()
