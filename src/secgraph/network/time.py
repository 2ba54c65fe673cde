"""Time: what a date means, whether a tie holds on a day or in a period, and when it was known.

Two clocks: when a tie held (its row's dates), and when it could be known (the publication of its sources). Days are
ISO 8601 texts, which compare as the days do; an empty text is an unknown day.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date
from typing import Final, NamedTuple

from secgraph.errors import ConfigError
from secgraph.network.graph import Span

CERTAIN, POSSIBLE, EXCLUDED = "certain", "possible", "excluded"
KNOWN, UNDATED, LATER = "known", "undated", "later"
_FORM: Final = re.compile(r"\d{4}(-\d{2}){0,2}")


class Period(NamedTuple):
    """The days that a date at its precision may mean, first and last."""

    first: str
    last: str


def days(text: str, what: str = "date") -> Period:
    """Return the first and the last day of a date: of a year, a month or a day.

    >>> days("2018-02")
    Period(first='2018-02-01', last='2018-02-28')

    Args:
        text: YYYY, YYYY-MM or YYYY-MM-DD.
        what: the option that it was given with, for the message.

    Raises:
        ConfigError: the text is no date.
    """
    from secgraph.records.cells import DATE_FORMS, date_bounds

    try:
        if not _FORM.fullmatch(text):
            raise ValueError(text)
        first, last = date_bounds(text)
        date.fromisoformat(first)
    except ValueError as exc:
        raise ConfigError(f"{what} {text!r} is no date", hint=DATE_FORMS) from exc
    return Period(first, last)


def holds(span: Span, first: str = "", last: str = "") -> str:
    """Return whether a tie holds at some time of a period: certain, possible or excluded.

    With one day as both ends this is the as-of rule: certain if the tie starts by that day at the latest and ends no
    earlier, or is open; excluded if it starts later for certain, or ended before; possible otherwise. An empty end of
    the period sets no limit.

    >>> holds(Span("2018-01-01", "2018-12-31", open=True), "2018-06-30", "2018-06-30")
    'possible'
    >>> holds(Span("2018-01-01", "2018-12-31", open=True), "2019-01-01", "2019-01-01")
    'certain'
    """
    if (last and span.start_earliest > last) or (first and span.end_latest and span.end_latest < first):
        return EXCLUDED
    begun = not last or bool(span.start_latest and span.start_latest <= last)
    lasting = not first or span.open or span.end_earliest >= first
    return CERTAIN if begun and lasting else POSSIBLE


def known(sources: Collection[str], published: Mapping[str, str], day: str) -> tuple[str, list[str]]:
    """Return whether a tie was known on a day, and the sources that had told it by then.

    Known if a source that says it was published by that day for certain; undated if no dated one was, but a source
    without a date may have been; later if all of them were published after it.
    """
    dated = [source for source in sources if published.get(source, "") and published[source] <= day]
    if dated:
        return KNOWN, dated
    undated = [source for source in sources if not published.get(source, "")]
    return (UNDATED, undated) if undated or not sources else (LATER, [])
