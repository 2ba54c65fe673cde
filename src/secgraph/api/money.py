"""Totals of money: what was asked for becomes a selection, and what was counted a table, a network or a picture.

The policy travels with every figure: as a column of each table, on each page, in each file.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypedDict, Unpack

from secgraph.api.analyses import several
from secgraph.api.answers import Answer
from secgraph.api.drawing import FORMS, Drawing
from secgraph.errors import ConfigError, NotFoundError
from secgraph.relations import Relations
from secgraph.values import Cell, Iri, Table, text
from secgraph.vocab import ID, local

if TYPE_CHECKING:
    import networkx

    from secgraph.money import Ledger, Selection, Total
    from secgraph.network import Tables

FUND_PICTURES: Final = ("flows", "waterfall", "by")
_SECTOR: Final = re.compile(r"(?:iati-sector/)?(\d{3,5})")
FLOW_PATH: Final = ("donor", "recipient", "beneficiary")
"""Over which axes money is followed where nothing else is asked for."""


class FundOptions(TypedDict, total=False):
    """What a total is of, and how it is counted; what is not given narrows nothing.

    Givers, receivers, countries, topics, instruments and programmes are given by id or name; `years` as 2020-2024,
    2020, 2020- or -2024; `rates` is yearly or date; `constant` a year, and after a colon the deflator.
    """

    donor: str | Sequence[str]
    recipient: str | Sequence[str]
    beneficiary: str | Sequence[str]
    topic: str | Sequence[str]
    instrument: str | Sequence[str]
    programme: str | Sequence[str]
    years: str
    policy: str
    currency: str
    rates: str
    constant: str
    without: str | Sequence[str]


def years(told: str) -> tuple[int, int]:
    """Return the first and last year of a period as people write it; 0 where it has no bound.

    >>> years("2020-2024"), years("2020"), years("2020-"), years("-2024"), years("")
    ((2020, 2024), (2020, 2020), (2020, 0), (0, 2024), (0, 0))

    Raises:
        ConfigError: it is no such period.
    """
    found = re.fullmatch(r"(\d{4})?(?:([-/\u2013])(\d{4})?)?", told.strip())
    if not found or (told.strip() and not (found[1] or found[3])):
        raise ConfigError(f"{told!r} is no period of years", hint="as 2020-2024, 2020, 2020- or -2024")
    first, last = int(found[1] or 0), int(found[3] or 0)
    return first, last if found[2] else first


def policies() -> Answer:
    """Return the policies under which money is counted, each with the kinds it adds up and what it is in a sentence.

    >>> "net-commitments" in policies().column("policy")
    True
    """
    from secgraph.money import load_policies

    rows = (
        (one.name, one.title, ", ".join(one.kinds), one.measure or "any", one.scope)
        for one in load_policies().policies.values()
    )
    return Answer(("policy", "meaning", "kinds", "measure", "scope"), tuple(rows))


class Funds(ABC):
    """The verbs about money: each takes names as people write them, and the options of a total."""

    relations: Relations
    _ledgers: dict[tuple[str, ...], Ledger]

    @property
    @abstractmethod
    def digest(self) -> str:
        """The digest of the release."""

    @abstractmethod
    def resolve(self, name: str, *, kinds: Sequence[str] = ()) -> str:
        """Return the IRI of the one thing that a name stands for."""

    @abstractmethod
    def _concepts(self, iris: Iterable[str]) -> dict[str, str]:
        """Return what codes of published lists are called; those that the release does not hold are left out."""

    def fund_total(self, **asked: Unpack[FundOptions]) -> Total:
        """Return a total under a named policy: naive and net sum, each step between them, bounds, and all reasons.

        >>> total = g.fund_total(donor="EU", beneficiary="XK", years="2014-2020")
        >>> total.policy, total.low <= total.net <= total.high
        ('net-commitments', True)
        >>> total.reasons().columns[:3]
        ('id', 'decision', 'rule')

        Args:
            asked: `donor`, `recipient`, `beneficiary`, `topic`, `instrument`, `programme`, `years` narrow it;
                `policy`, `currency`, `rates`, `constant` say how it is counted; `without` leaves out sources.

        Raises:
            NotFoundError: a name or policy that is none; with the nearest.
            AmbiguousError: a name that stands for several things.
            ConfigError: no such period, currency, kind of rates or deflator.
        """
        selection = self._selection(asked)
        total = self._ledger(asked).total(selection, **self._counting(asked))
        left_out = self._left_out(asked)
        return replace(total, notes=(*total.notes, left_out)) if left_out else total

    def fund_by(self, axis: str = "donor", *, top: int = 0, **asked: Unpack[FundOptions]) -> Answer:
        """Return a total divided by an axis, largest first; the groups add up to the total.

        >>> "net" in g.fund_by("beneficiary", donor="EU").columns
        True

        Args:
            axis: donor, recipient, beneficiary, topic, instrument, year or programme.
            top: how many groups at most; 0 for all.
            asked: as of `fund_total`.

        Raises:
            NotFoundError: no such axis or name.
        """
        found = self._ledger(asked).by(axis, self._selection(asked), **self._counting(asked))
        return self._said(found, asked, top)

    def fund_waterfall(self, **asked: Unpack[FundOptions]) -> Answer:
        """Return the way from the naive sum to the net one: one row for each rule, what it took, what was left.

        >>> g.fund_waterfall(donor="EU").column("policy")[0]
        'net-commitments'
        """
        return self._said(self._ledger(asked).waterfall(self._selection(asked), **self._counting(asked)), asked)

    def fund_flows(self, path: str | Sequence[str] = FLOW_PATH, **asked: Unpack[FundOptions]) -> networkx.MultiDiGraph:
        """Return who gives to whom, as a directed network of net sums; its nodes say what is no single known thing.

        >>> flows = g.fund_flows(donor="EU")
        >>> flows.is_directed(), flows.graph["policy"]
        (True, 'net-commitments')

        Args:
            path: over which axes the money is followed, from the donor on.
            asked: as of `fund_total`.

        Raises:
            ConfigError: an axis that there is not, or fewer than two.
        """
        axes = tuple(several(path))
        network = self._ledger(asked).flows(self._selection(asked), **self._counting(asked), path=axes)
        called = self._concepts(key for _node, told in network.nodes(data="key") for key in str(told).split("|"))
        for _node, told in network.nodes(data=True):
            told["label"] = _called(told["key"], told["label"], called)
        return network

    def fund_flow_table(
        self, path: str | Sequence[str] = FLOW_PATH, *, top: int = 0, **asked: Unpack[FundOptions]
    ) -> Answer:
        """Return who gives to whom as a table, largest first, with the rows behind each sum.

        >>> g.fund_flow_table(("donor", "instrument", "recipient"), donor="EU").columns[2:5]
        ('donor', 'instrument', 'recipient')

        Args:
            path: over which axes the money is followed, from the donor on.
            top: how many flows at most; 0 for all.
            asked: as of `fund_total`.

        Raises:
            ConfigError: an axis that there is not, or fewer than two.
        """
        from secgraph.api import fundviews

        total = self.fund_total(**asked)
        found = fundviews.flows(self._to_rows(_axes(path), asked), total, {})
        return self._said(fundviews.flow_table(found, total), asked, top)

    def fund_draw(
        self,
        what: str = "flows",
        output: str | Path | None = None,
        *,
        form: str = "",
        axis: str = "donor",
        path: str | Sequence[str] = FLOW_PATH,
        top: int = 0,
        **asked: Unpack[FundOptions],
    ) -> Drawing:
        """Return a picture of money, and write it where `output` says: text of the page or SVG.

        >>> g.fund_draw("waterfall", donor="EU")[:15]
        '<!DOCTYPE html>'

        Args:
            what: `flows` (a Sankey picture), `waterfall` (from the naive sum to the net one) or `by` (a bar for each
                group of an axis).
            output: the file to write.
            form: html, svg or png; by the ending of `output` if it is not given, else html.
            axis: of `by`, as of `fund_by`.
            path: of `flows`, over which axes the money is followed, as of `fund_flows`.
            top: how many ends of a column, or bars, at most; 0 takes the default.
            asked: as of `fund_total`.

        Raises:
            ConfigError: no such picture or form.
        """
        from secgraph import views
        from secgraph.api import fundviews

        if what not in FUND_PICTURES:
            raise ConfigError(f"there is no picture of money called {what}", hint="one of " + ", ".join(FUND_PICTURES))
        ending = Path(output).suffix.lstrip(".").lower() if output is not None else ""
        form = form or (ending if ending in FORMS else FORMS[0])
        if form not in FORMS:
            raise ConfigError(f"a picture is not written as {form}", hint="one of " + ", ".join(FORMS))
        total = self.fund_total(**asked)
        labels = self._labels(fundviews.named(total))
        footer = f"Release {self.digest}."
        made: str | bytes
        if what == "waterfall":
            fall = fundviews.fall(total, labels)
            made = (
                views.waterfall_page(fall, footer=footer)
                if form == "html"
                else views.waterfall(fall, form, footer=footer)
            )
        elif what == "flows":
            found = fundviews.flows(self._to_rows(_axes(path), asked), total, labels)
            cap = top or views.FLOW_CAP
            made = (
                views.sankey_page(found, top=cap, footer=footer)
                if form == "html"
                else views.sankey(found, form, top=cap, footer=footer)
            )
        else:
            groups = fundviews.groups(self.fund_by(axis, **asked), self._to_rows(axis, asked), total, labels, axis)
            made = (
                views.bars_page(groups, top=top, footer=footer)
                if form == "html"
                else views.bars(groups, form, top=top, footer=footer)
            )
        drawing = Drawing.of(made.encode() if isinstance(made, str) else made, form)
        if output is not None:
            from secgraph.files import write_atomically

            write_atomically(Path(output), drawing.data)
        return drawing

    def _to_rows(self, path: str | Sequence[str], asked: FundOptions) -> networkx.MultiDiGraph:
        return self.fund_flows((*several(path), "row"), **asked)

    def _ledger(self, asked: FundOptions) -> Ledger:
        """Return the ledger, compiled once for each set of sources that is left out."""
        from secgraph.money import Ledger

        without = self._without(asked)
        if without not in self._ledgers:
            self._ledgers[without] = Ledger(LeftOut(self.relations, without) if without else self.relations)
        return self._ledgers[without]

    def _without(self, asked: FundOptions) -> tuple[str, ...]:
        return tuple(
            sorted({local(self.resolve(name, kinds=("source",))) for name in several(asked.get("without", ()))})
        )

    def _left_out(self, asked: FundOptions) -> str:
        without = self._without(asked)
        return f"as if these sources did not exist: {', '.join(without)}" if without else ""

    def _selection(self, asked: FundOptions) -> Selection:
        from secgraph.money import Selection

        def things(names: str | Sequence[str], *kinds: str) -> tuple[str, ...]:
            return tuple(sorted({self.resolve(name, kinds=kinds) for name in several(names)}))

        first, last = years(asked.get("years", ""))
        actors = ("organisation", "jurisdiction", "initiative")
        return Selection(
            donors=things(asked.get("donor", ()), *actors),
            recipients=things(asked.get("recipient", ()), *actors),
            beneficiaries=things(asked.get("beneficiary", ()), "jurisdiction"),
            topics=tuple(sorted({self._topic(name) for name in several(asked.get("topic", ()))})),
            instruments=things(asked.get("instrument", ()), "instrument"),
            programmes=things(asked.get("programme", ()), "programme", "event"),
            first_year=first,
            last_year=last,
        )

    def _topic(self, name: str) -> str:
        """Return a topic by id or name, or a sector of the DAC by its code."""
        found = _SECTOR.fullmatch(name.strip().removeprefix(ID))
        if not found:
            return self.resolve(name, kinds=("topic",))
        iri = f"{ID}iati-sector/{found[1]}"
        if not self._concepts([iri]):
            raise NotFoundError("sector", found[1])
        return iri

    def _counting(self, asked: FundOptions) -> dict[str, Any]:
        """Return how it is counted, of what is given alone: what is not takes the ledger's default."""
        currency, constant = asked.get("currency", ""), asked.get("constant", "")
        told = {"policy": asked.get("policy", ""), "currency": currency, "rates": asked.get("rates", "")}
        told["constant"] = self._deflator(constant, currency or "EUR") if constant else ""
        return {name: value for name, value in told.items() if value}

    def _deflator(self, told: str, currency: str) -> str:
        """Return `2020` or `2020:NAME` as the ledger takes it; without a name, the one deflator of the currency."""
        year, _, name = told.partition(":")
        if not re.fullmatch(r"\d{4}", year):
            raise ConfigError(f"{told!r} is no year of prices", hint="as 2020, or 2020:NAME of a deflator")
        known = self.relations.table("deflators")
        fitting = sorted({row["name"] for row in known.dicts() if row["currency"] == currency})
        if not name and len(fitting) != 1 and len(known):
            listed = ", ".join(f"{year}:{one}" for one in fitting) or f"there is none of {currency}"
            raise ConfigError(f"which deflator makes prices of {year}?", hint=listed)
        return f"{name or ''.join(fitting)}@{year}"

    def _said(self, table: Table, asked: FundOptions, top: int = 0) -> Answer:
        """Return a table with the policy and the currency as its first columns, unless it has them."""
        counting = self._counting(asked)
        told = {"policy": counting.get("policy", "net-commitments"), "currency": counting.get("currency", "EUR")}
        told = {name: value for name, value in told.items() if name not in table.columns}
        rows = table.rows[:top] if top else table.rows
        if table.columns[:2] == ("key", "label"):
            called = self._concepts(key for row in rows for key in text(row[0]).split("|"))
            rows = tuple(
                (_key(text(key)), _called(text(key), text(label), called), *rest) for key, label, *rest in rows
            )
        cap = f"{len(rows)} of {len(table.rows)} rows" if len(rows) < len(table.rows) else ""
        note = "; ".join(filter(None, (cap, table.note.replace(ID, ""), self._left_out(asked))))
        return Answer((*told, *table.columns), tuple((*told.values(), *row) for row in rows), note)

    def _labels(self, iris: Sequence[str]) -> dict[str, str]:
        found = self.relations.sql(
            "SELECT iri, coalesce(short_name, label) FROM things WHERE iri IN (SELECT unnest(?))",
            [sorted(set(iris))],
        )
        return {text(iri): text(label) for iri, label in found.rows} | self._concepts(iris)


def _key(key: str) -> Cell:
    """Return the key of a group: an IRI where it is one thing, otherwise what it says."""
    return Iri(key) if key.startswith(ID) and "|" not in key else key.replace(ID, "")


def _called(key: str, label: str, called: Mapping[str, str]) -> str:
    """Return the label of a key, in which several are joined by `|`: codes of published lists as they are called."""
    names = [called.get(one, "") for one in key.split("|")]
    return ", ".join(names) if all(names) else label


def _axes(path: str | Sequence[str]) -> tuple[str, ...]:
    """Return a path that leads somewhere.

    >>> _axes(["donor", "recipient"])
    ('donor', 'recipient')
    """
    axes = several(path)
    if len(axes) < 2:
        raise ConfigError(f"money cannot flow over {', '.join(axes) or 'nothing'}", hint="give two axes or more")
    return axes


class LeftOut:
    """The relations of a release as if some sources did not exist: rows that nothing else supports are gone."""

    def __init__(self, relations: Tables, sources: Iterable[str]) -> None:
        self._relations = relations
        self._sources = frozenset(sources)

    def table(self, name: str) -> Table:
        """Return one relation without those rows."""
        whole = self._relations.table(name)
        if "sources" not in whole.columns:
            return whole
        at = whole.columns.index("sources")
        rows = []
        for row in whole.rows:
            told = text(row[at]).split("|") if row[at] else []
            kept = [source for source in told if source not in self._sources]
            # A row without a source is one of the package's own, as a country.
            if kept or not told:
                rows.append(row if len(kept) == len(told) else (*row[:at], "|".join(kept), *row[at + 1 :]))
        return Table(whole.columns, tuple(rows), whole.note)
