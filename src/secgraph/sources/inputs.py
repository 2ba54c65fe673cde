"""The inputs that `dataset.toml` names beside the tables: IATI, funding spreadsheets, figures of context, RDF.

Sections go in, frozen inputs and findings come out. A path is relative to the dataset's folder, `..` included; an
absolute one is taken too, for files that are too large to lie there, and makes the dataset one of this machine only.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Protocol

from secgraph.errors import ConfigError
from secgraph.records import CODES, CURRENCIES
from secgraph.sources.iati.scope import Scope
from secgraph.values import nearest

SECURITY: Final = "security"
"""The name of the bundled scope, in place of a path."""
STOP, SKIP = "stop", "skip-and-report"
SECTIONS: Final = ("iati", "spreadsheet", "context", "rdf", "include")
PRESETS: Final = ("eu-fts",)
_PRESETS: Final = ("", *PRESETS)
FIELDS: Final[dict[str, str]] = {
    "id": "what tells the row from all others of the file; else its number does",
    "programme": "the id of one of our programmes, or the donor's own reference of the project",
    "title": "the name of the project",
    "start": "when the project starts",
    "end": "when the project ends",
    "funder": "who gives: an id of ours, or a name",
    "funder_ref": "the donor's identifier of who gives",
    "recipient": "who receives: an id of ours, or a name",
    "recipient_ref": "the donor's identifier of who receives",
    "country": "where the money goes: a code, or a name of the country",
    "instrument": "the instrument: an id of ours, or a name, which becomes a note",
    "amount": "the sum",
    "currency": "the currency of the sum",
    "date": "the day, month or year of the row",
    "year": "the year of the row, where there is no date",
    "kind": "the kind of money, where it differs by row",
    "note": "what else the row says",
}
"""The fields of a row, and what each column that is mapped to one holds."""
FORMS: Final = ("crs-sectors",)
MONEY_KINDS: Final = (*CODES["money-kind"], "co-financing")
SEPARATORS: Final = ("", ",", ".", " ", "'")
ENCODINGS: Final = ("", "utf-8", "cp1250", "cp1251", "cp1252", "latin-1", "utf-16")
DATE_ORDERS: Final = ("ymd", "dmy", "mdy")


@dataclass(frozen=True)
class IatiInput:
    """IATI files of a dataset: one file, one that is gzipped, or a folder of them."""

    name: str
    """The path as the dataset writes it, which is how findings and reports name it."""
    path: Path
    source: str
    """The id of the source that the files are, in sources.csv."""
    on_error: str = STOP
    scope: Path | None = None
    """The scope file; None where every activity belongs."""


@dataclass(frozen=True)
class SpreadsheetInput:
    """One funding spreadsheet, and how its columns are to be read."""

    name: str
    path: Path
    source: str
    kind: str = ""
    """A code of `money-kind` or `co-financing`, for each row; '' where the map has a column for it."""
    sheet: str = ""
    encoding: str = ""
    """The encoding of a text that is not UTF-8."""
    header: int = 1
    """The row in which the headers stand."""
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By our field, their headers, of which the first that is filled counts; or `=` and the value of every row."""
    preset: str = ""
    decimal: str = "."
    thousands: str = ""
    unit: int = 1
    """What one in the column of amounts is worth: 1000000 where they are in millions."""
    dates: str = "ymd"
    """The order of day, month and year where they stand in digits."""
    negative: str = ""
    """`keep` takes negative amounts, which take back what an earlier row gave; else they are a fault."""
    empty: tuple[str, ...] = ()
    """Texts that stand for an empty cell."""
    about: tuple[str, ...] = ()
    """The headers of amounts that are estimates."""
    carried: tuple[str, ...] = ()
    """The fields that stand in the first of several rows only."""
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By header, the texts of the rows that are taken; `*` takes each that is filled."""
    countries: Mapping[str, str] = field(default_factory=dict)
    """By the text of a cell, the code of two capitals that it means; '' where it means no one country."""


@dataclass(frozen=True)
class ContextInput:
    """Figures that stand beside a country and are never added to money rows."""

    name: str
    path: Path
    source: str
    year: int
    form: str = FORMS[0]
    currency: str = "USD"
    """The currency of the figures, which are in millions."""
    encoding: str = ""
    measure: str = ""
    """What the figures count, in the publisher's words: commitments, gross disbursements ..."""


@dataclass(frozen=True)
class RdfInput:
    """A file of RDF in our vocabulary, whose statements become part of the graph."""

    name: str
    path: Path
    source: str = ""
    """The id of the source of what stands in no graph of a source; '' where nobody is said to say it."""


Input = IatiInput | SpreadsheetInput | ContextInput | RdfInput
"""What stands beside the tables; an included dataset is tables itself."""


@dataclass(frozen=True)
class IncludeInput:
    """Another dataset, a folder or a workbook, whose rows stand beside ours."""

    name: str
    path: Path


class Complain(Protocol):
    """Whoever keeps what is wrong with the settings."""

    def __call__(self, message: str, value: object = "", hint: str = "") -> None:
        """Take note of a fault, of the value that has it, and of what to do."""
        ...


class Entry:
    """One entry of a section: its keys are taken one by one, and what nobody takes is a fault."""

    def __init__(self, section: str, number: int, entry: Any, base: Path | None, complain: Complain) -> None:
        self.title = f"[[{section}]] {number}"
        self.base = base
        self._complain = complain
        self._rest = dict(entry) if isinstance(entry, Mapping) else {}
        self._taken: list[str] = []
        self.paths: list[Path] = []
        """The paths that the entry names, whether it can be used or not."""
        self.good = self._is_section = isinstance(entry, Mapping)
        if not self.good:
            complain(f"{self.title} is not a section of keys and values", entry, f"write [[{section}]]")

    def complain(self, message: str, value: object = "", hint: str = "") -> None:
        """Report a fault that makes this entry unusable."""
        self.good = False
        self._complain(f"{self.title}: {message}", value, hint)

    def text(self, key: str, *, default: str | None = "", among: Collection[str] = ()) -> str:
        """Take a text; a default of None is for a key that must be there."""
        value = self._take(key)
        if value is None or (value == "" and default is None):
            if default is None and self._is_section:
                self.complain(f"{key} is missing", hint=_listed(among) or f'write {key} = "..."')
            return default or ""
        if not isinstance(value, str):
            self.complain(f"{key} is not a text", value, "put it in quotes")
            return default or ""
        if among and value not in among:
            near = nearest(value, among)
            self.complain(f"not a value of {key}", value, f"did you mean {near[0]}?" if near else _listed(among))
        return value

    def number(self, key: str, *, default: int | None, least: int, most: int) -> int:
        """Take a whole number; a default of None is for a key that must be there."""
        value = self._take(key)
        if value is None:
            if default is None and self._is_section:
                self.complain(f"{key} is missing", hint=f"write {key} = and a number without quotes")
            return default or least
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self.complain(f"{key} is not a whole number from {least} to {most}", value, "write digits without quotes")
            return default or least
        return value

    def texts(self, key: str) -> dict[str, str]:
        """Take a table of texts by texts."""
        value = self._take(key)
        if value is None:
            return {}
        if not isinstance(value, Mapping) or not all(isinstance(item, str) for item in value.values()):
            self.complain(f"{key} is not a table of texts", value, f'write {key} = {{ name = "text" }}')
            return {}
        return dict(value)

    def lists(self, key: str) -> dict[str, tuple[str, ...]]:
        """Take a table of texts, or lists of texts, by texts."""
        value = self._take(key)
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            self.complain(f"{key} is not a table of texts", value, f'write {key} = {{ name = "text" }}')
            return {}
        found = {}
        for name, item in value.items():
            items = item if isinstance(item, list) else [item]
            if not items or not all(isinstance(text, str) and text.strip() for text in items):
                self.complain(f"{key}.{name} is neither a text nor a list of texts", item, "put it in quotes")
            else:
                found[name] = tuple(items)
        return found

    def list(self, key: str) -> tuple[str, ...]:
        """Take a list of texts."""
        value = self._take(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.complain(f"{key} is not a list of texts", value, f'write {key} = ["...", "..."]')
            return ()
        return tuple(value)

    def path(self, key: str, *, folder: bool = False) -> tuple[str, Path]:
        """Take the path of an input, as it is written and as it is found from the dataset's folder."""
        name = self.text(key, default=None)
        return (name, self.find(name, folder=folder)) if name else ("", Path())

    def find(self, name: str, *, folder: bool = False) -> Path:
        """Return where a path leads, and report it where nothing can be read there."""
        if self.base is None:
            self.complain("a path, and the dataset has no folder", name, "write the settings in a file")
            return Path(name)
        path = self.base / name
        try:
            path = path.resolve()
            self.paths.append(path)
            if path.is_dir():
                if not folder:
                    self.complain("a folder, where a file is needed", name, "name the file")
            elif path.exists():
                with path.open("rb"):
                    pass
            else:
                beside = [found.name for found in path.parent.iterdir()] if path.parent.is_dir() else []
                near = nearest(path.name, sorted(beside))
                hint = f"did you mean {near[0]}?" if near else "paths start at the dataset's folder"
                self.complain("there is no such file", name, hint)
        except (OSError, ValueError, RuntimeError) as exc:
            # A null byte in a path is a ValueError, a link to itself a RuntimeError of older Pythons.
            self.complain("cannot be read", name, getattr(exc, "strerror", None) or str(exc))
        return path

    def end(self) -> bool:
        """Report the keys that nobody took, and tell whether the entry can be used."""
        for key in self._rest:
            near = nearest(key, self._taken)
            hint = f"did you mean {near[0]}?" if near else _listed(self._taken)
            self.complain("not a key of the section", key, hint)
        return self.good

    def _take(self, key: str) -> Any:
        self._taken.append(key)
        return self._rest.pop(key, None)


def _listed(values: Collection[str]) -> str:
    return "one of " + ", ".join(value for value in values if value) if values else ""


def _source(entry: Entry, sources: Collection[str] | None) -> str:
    source = entry.text("source", default=None)
    if source and sources is not None and source not in sources:
        near = nearest(source, sorted(sources))
        hint = f"did you mean {near[0]}?" if near else "add a row for it to sources.csv"
        entry.complain("no source has this id", source, hint)
    return source


def iati_input(entry: Entry, sources: Collection[str] | None, bundled: Callable[[], Path]) -> IatiInput:
    """Take an entry of [[iati]]."""
    name, path = entry.path("path", folder=True)
    source = _source(entry, sources)
    on_error = entry.text("on_error", default=STOP, among=(STOP, SKIP))
    scope = entry.text("scope")
    if scope == SECURITY:
        return IatiInput(name, path, source, on_error, bundled())
    found = entry.find(scope) if scope else None
    if found and found.is_file():
        try:
            Scope.load(found)
        except ConfigError as exc:
            entry.complain(exc.message, scope, exc.hint)
    return IatiInput(name, path, source, on_error, found)


def spreadsheet_input(entry: Entry, sources: Collection[str] | None) -> SpreadsheetInput:
    """Take an entry of [[spreadsheet]]; whether the columns are there is told when the file is read."""
    name, path = entry.path("path")
    source = _source(entry, sources)
    read = replace(_options(entry), name=name, path=path, source=source, preset=entry.text("preset", among=_PRESETS))
    if read.preset or not entry.good:
        return read
    if not read.columns:
        entry.complain("columns is missing", hint="write [spreadsheet.columns], our field = their header")
        return read
    if "programme" not in read.columns and "title" not in read.columns:
        entry.complain("no column says what the money is for", hint="map programme, title or both")
    if "amount" in read.columns and "currency" not in read.columns:
        entry.complain("amounts without a currency", hint='map currency, or write currency = "=EUR" for all rows')
    if not read.kind and "kind" not in read.columns:
        entry.complain("kind is missing", hint="one of " + ", ".join(MONEY_KINDS))
    return read


def layouts(preset: str) -> list[SpreadsheetInput]:
    """Return the layouts of a preset, as inputs without a path."""
    text = (Path(__file__).parent.parent / "assets" / f"{preset}.toml").read_text(encoding="utf-8")
    found = []
    for number, layout in enumerate(tomllib.loads(text)["layout"], 1):
        entry = Entry(preset, number, layout, None, _refuse)
        entry.text("name")
        found.append(_options(entry))
        entry.end()
    return found


def _refuse(message: str, value: object = "", hint: str = "") -> None:
    raise ConfigError(f"{message}: {value}", hint=hint)


def _options(entry: Entry) -> SpreadsheetInput:
    read = SpreadsheetInput(
        name="",
        path=Path(),
        source="",
        kind=entry.text("kind", among=("", *MONEY_KINDS)),
        sheet=entry.text("sheet"),
        encoding=entry.text("encoding", among=ENCODINGS),
        header=entry.number("header", default=1, least=1, most=1000),
        columns=entry.lists("columns"),
        decimal=entry.text("decimal", default=".", among=(".", ",")),
        thousands=entry.text("thousands", among=SEPARATORS),
        unit=entry.number("unit", default=1, least=1, most=1_000_000_000),
        dates=entry.text("dates", default=DATE_ORDERS[0], among=DATE_ORDERS),
        negative=entry.text("negative", among=("", "keep")),
        empty=entry.list("empty"),
        about=entry.list("about"),
        carried=entry.list("carried"),
        where=entry.lists("where"),
        countries=entry.texts("countries"),
    )
    for name in (*read.columns, *read.carried):
        if name not in FIELDS:
            near = nearest(name, FIELDS)
            entry.complain(
                "not a field of a row", name, f"did you mean {near[0]}?" if near else "one of " + ", ".join(FIELDS)
            )
    if read.decimal == read.thousands:
        entry.complain("decimal and thousands are the same sign", read.decimal, "an amount would have two readings")
    for text, code in read.countries.items():
        if code and not re.fullmatch("[A-Z]{2}", code):
            entry.complain(f"countries.{text} is no code", code, 'write two capitals, or "" for no one country')
    return read


def _currency(entry: Entry) -> str:
    currency = entry.text("currency", default="USD")
    if currency not in CURRENCIES:
        entry.complain("not a currency", currency, "write an ISO 4217 code, as USD")
    return currency


def context_input(entry: Entry, sources: Collection[str] | None) -> ContextInput:
    """Take an entry of [[context]]."""
    name, path = entry.path("path")
    return ContextInput(
        name=name,
        path=path,
        source=_source(entry, sources),
        year=entry.number("year", default=None, least=1900, most=2199),
        form=entry.text("form", default=FORMS[0], among=FORMS),
        currency=_currency(entry),
        encoding=entry.text("encoding", among=ENCODINGS),
        measure=entry.text("measure"),
    )


def rdf_input(entry: Entry) -> RdfInput:
    """Take an entry of [[rdf]]; whether its source is known is told when the file is read, which may describe it."""
    name, path = entry.path("path")
    return RdfInput(name, path, entry.text("source"))


def include_input(entry: Entry) -> IncludeInput:
    """Take an entry of [[include]]; what that dataset holds is told when it is read."""
    name, path = entry.path("path", folder=True)
    return IncludeInput(name.rstrip("/"), path)
