"""Overlap by Jaccard's index: meetings by who was there, participants by their meetings, conveners by their circle.

These need the two-mode network, who took part in what: a projection no longer knows who was at a meeting alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Final

from secgraph.analysis.result import Entry, Options, Result
from secgraph.analysis.study import Study
from secgraph.errors import ConfigError

LEAST: Final = 2
"""Pairs that share fewer are counted and not listed: two that were each seen once, together, would overlap wholly."""
_TOOK_PART: Final = frozenset({"organising", "hosting", "supporting", "attending", ""})
_CONVENED: Final = frozenset({"organising"})


def events(study: Study, _options: Options) -> Result:
    """Pairs of events by the share of their participants that were at both."""
    return _overlap(study, _at_events(study, _TOOK_PART), "participants of either")


def participants(study: Study, _options: Options) -> Result:
    """Pairs of participants by the share of their events that they were both at."""
    return _overlap(study, _turned(_at_events(study, _TOOK_PART)), "events of either")


def organisers(study: Study, _options: Options) -> Result:
    """Pairs of organisers by the share of those they convene that both convene."""
    there = _at_events(study, _TOOK_PART)
    convened: dict[int, dict[int, list[int]]] = {}
    for who, own in _turned(_at_events(study, _CONVENED)).items():
        circle: dict[int, list[int]] = defaultdict(list)
        for event, ties in own.items():
            for other, theirs in there[event].items():
                if other != who:
                    circle[other] += [*ties, *theirs]
        convened[who] = circle
    return _overlap(study, convened, "convened by either")


def _at_events(study: Study, layers: frozenset[str]) -> dict[int, dict[int, list[int]]]:
    """Return for each event who was there, each with the ties that say so."""
    marks = [is_event(study, at) for at in range(len(study))]
    if len(study) and study.ties and not any(marks):
        raise ConfigError(
            "overlap is measured where it is known who was at which event, and this network has no events",
            hint="measure the network itself (all layers, or attending), not a projection of it",
        )
    found: dict[int, dict[int, list[int]]] = {}
    for at, tie in enumerate(study.ties):
        if tie.layer not in layers or marks[tie.start] == marks[tie.end]:
            continue
        event, who = (tie.start, tie.end) if marks[tie.start] else (tie.end, tie.start)
        found.setdefault(event, {}).setdefault(who, []).append(at)
    return found


def is_event(study: Study, at: int) -> bool:
    """Tell an event by its kind, or by networkx's mark of the second mode."""
    own = study.attributes[at]
    return own.get("kind") == "event" or own.get("bipartite") == 1


def _turned(groups: Mapping[int, Mapping[int, list[int]]]) -> dict[int, dict[int, list[int]]]:
    found: dict[int, dict[int, list[int]]] = {}
    for one, members in groups.items():
        for other, ties in members.items():
            found.setdefault(other, {})[one] = ties
    return found


def _overlap(study: Study, sets: Mapping[int, Mapping[int, list[int]]], either: str) -> Result:
    """Return the pairs of sets that share enough, by Jaccard's index; of equal ones those that share more first."""
    together: dict[tuple[int, int], list[int]] = defaultdict(list)
    for item, owners in sorted(_turned({one: dict(own) for one, own in sets.items()}).items()):
        order = sorted(owners)
        for place, one in enumerate(order):
            for other in order[place + 1 :]:
                together[one, other].append(item)
    entries = []
    for (one, other), items in sorted(together.items(), key=lambda pair: (-len(pair[1]), pair[0])):
        if len(items) < LEAST:
            continue
        union = len(sets[one]) + len(sets[other]) - len(items)
        ties = sorted({tie for item in items for side in (one, other) for tie in sets[side][item]})
        entries.append(
            Entry(
                f"{study.ids[one]} -- {study.ids[other]}", f"{study.label(one)} - {study.label(other)}", "pair",
                len(items) / union, (len(items), union), ties,
            )
        )  # fmt: skip
    single = len(together) - len(entries)
    notes = [f"`of` is the {either}; {single:,} pairs that share one alone are not listed: that is soon chance"]
    return Result(entries, ("shared", "of"), notes)
