"""The measures by name: each a table with rank, coverage and a leave-one-source-out range beside the value.

Same network and seed, same table: nodes and ties are taken in order, each measure draws from a generator of its own,
and values are rounded to eight digits before they are ranked, so that noise in the last bits makes no order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from secgraph.analysis import brokerage, centrality, communities, robustness, shared
from secgraph.analysis.result import EXACT, SAMPLE, Entry, Options, Result
from secgraph.analysis.study import Study, seeded
from secgraph.errors import ConfigError, NotFoundError
from secgraph.values import Cell, Table, nearest

LeaveOneOut = Literal["auto", "yes", "no"]
RANGED_UP_TO: Final = 2_000
"""Up to so many distinct ties a range is made without being asked for, and over all sources."""
RANGED_SAMPLE: Final = 50
"""Above that a range is made on request, over so many sources, drawn by the seed."""

Range = tuple[float | None, float | None]


@dataclass(frozen=True)
class Measure:
    """One measure: its name and title, what it says in plain words, where it is from, and how it runs.

    `order` is "high" or "low" where that value ranks first, "given" where rows keep their own order and have no rank.
    `ranged` tells whether a leave-one-source-out range is made; `absent` is the value of a row that is not there once
    a source is taken away; `by` the attribute that makes groups unless another is given.
    """

    name: str
    title: str
    explain: str
    reference: str
    run: Callable[[Study, Options], Result]
    order: Literal["high", "low", "given"] = "high"
    ranged: bool = True
    absent: float | None = None
    by: str = ""


_ALL: Final = (
    Measure(
        "degree",
        "number of neighbours",
        "With how many others this one is documented to be tied, whatever the number of ties to each. It grows with "
        "the attention of the sources: a printed list of sixty participants gives each of them fifty-nine neighbours.",
        "L. C. Freeman (1979), Social Networks 1",
        centrality.degree,
        absent=0,
    ),
    Measure(
        "strength",
        "weight of all ties",
        "How much a node is tied, not with how many. With Newman's weight it is the number of occasions that were "
        "shared with anybody; without weights, the number of ties. Weights of two projections have different units.",
        "A. Barrat et al. (2004), PNAS 101",
        centrality.strength,
        absent=0.0,
    ),
    Measure(
        "betweenness",
        "how often a node is on the shortest path between others",
        "Who stands between parts of the network that are otherwise poorly tied. A tie that no source tells elsewhere "
        "makes a bridge here: read low and high. Where ties have weights, a heavy tie is a short one.",
        "L. C. Freeman (1977), Sociometry 40; U. Brandes (2001), Journal of Mathematical Sociology 25; sampled by "
        "U. Brandes and C. Pich (2007), International Journal of Bifurcation and Chaos 17",
        centrality.betweenness,
        absent=0.0,
    ),
    Measure(
        "closeness",
        "how near a node is to all that reach it",
        "How few steps lead to a node from everybody who can reach it, made smaller by the share that cannot. In a "
        "dense network all values are nearly equal and ranks are noise.",
        "L. C. Freeman (1979), Social Networks 1; S. Wasserman and K. Faust (1994), Social Network Analysis, p. 201; "
        "sampled by D. Eppstein and J. Wang (2004), Journal of Graph Algorithms and Applications 8",
        centrality.closeness,
        absent=0.0,
    ),
    Measure(
        "eigenvector",
        "being tied to those who are well tied",
        "Who is tied to those that are themselves well tied. One plenary lifts all of its participants together. It "
        "has a meaning within one component only: the largest is taken.",
        "P. Bonacich (1972), Journal of Mathematical Sociology 2",
        centrality.eigenvector,
    ),
    Measure(
        "pagerank",
        "where a walk along the ties is found",
        "As eigenvector, but each node passes on a share of its own weight, so that large circles count less. In a "
        "network without direction it is close to strength; in a funding network it follows rows of money, not sums.",
        "S. Brin and L. Page (1998), Computer Networks 30",
        centrality.pagerank,
        absent=0.0,
    ),
    Measure(
        "k-core",
        "the innermost circle that a node is part of",
        "Which circle of mutual acquaintance a node belongs to, from the rim (1) to the centre. One meeting with forty "
        "names makes a 39-core by itself.",
        "S. B. Seidman (1983), Social Networks 5",
        centrality.core,
        absent=0,
    ),
    Measure(
        "constraint",
        "how far a node's ties lead back to the same few",
        "Low values, which rank first, belong to those whose contacts do not know each other; high values to those "
        "shut in one circle. Contacts that no source shows together may well know each other.",
        "R. S. Burt (1992), Structural Holes, chapter 2",
        brokerage.constraint,
        order="low",
    ),
    Measure(
        "effective-size",
        "how many separate contacts a node has",
        "The number of contacts less those that are redundant because they know each other. It grows with degree: "
        "compare efficiency, its share of the degree.",
        "R. S. Burt (1992), Structural Holes; S. P. Borgatti (1997), Connections 20",
        brokerage.effective_size,
    ),
    Measure(
        "brokerage",
        "between whom a node stands, by group",
        "How often a node is the only step between two others: within its own group (coordinator), between two of "
        "another group (itinerant), out of its group (representative), into it (gatekeeper), or between two other "
        "groups (liaison). Groups are countries unless another attribute is asked for.",
        "R. V. Gould and R. M. Fernandez (1989), Sociological Methodology 19",
        brokerage.roles,
        absent=0,
        by="country",
    ),
    Measure(
        "communities",
        "circles with more ties inside than chance would make",
        "To which circle a node belongs, and how firmly: stability is how alike its circle is when the search starts "
        "from other seeds. Where it is low there are no clear communities; random networks have such circles too.",
        "V. A. Traag, L. Waltman and N. J. van Eck (2019), Scientific Reports 9, 5233",
        communities.communities,
        order="given",
        ranged=False,
    ),
    Measure(
        "assortativity",
        "whether ties keep to a group",
        "1 where all ties stay within a group, 0 where groups make no difference, negative where ties cross. A "
        "framework whose purpose is to bring countries together gives negative values by design.",
        "M. E. J. Newman (2003), Physical Review E 67, 026126",
        communities.assortativity,
        order="given",
        by="kind",
    ),
    Measure(
        "bridges",
        "ties whose loss parts the network",
        "The one documented link between two parts. Often it is the one that a source happened to mention. Several "
        "rows about the same two ends are one tie here.",
        "R. E. Tarjan (1974), Information Processing Letters 2",
        robustness.bridges,
        absent=0.0,
    ),
    Measure(
        "articulation-points",
        "nodes whose loss parts the network",
        "On whom the connection of others depends. A secretariat that reports on its members' meetings looks "
        "indispensable because it writes.",
        "J. Hopcroft and R. Tarjan (1973), Communications of the ACM 16",
        robustness.articulation,
        absent=0.0,
    ),
    Measure(
        "event-overlap",
        "meetings that brought the same participants together",
        "The share of the participants of two meetings that were at both. Meetings of one body overlap by design, and "
        "short lists by chance: see the number shared.",
        "P. Jaccard (1901), Bulletin de la Société vaudoise des sciences naturelles 37",
        shared.events,
        absent=0.0,
    ),
    Measure(
        "participant-overlap",
        "participants that go to the same meetings",
        "The share of the meetings of two participants that both were at. It is co-attendance, not cooperation, and "
        "two that are each known from one meeting overlap wholly.",
        "P. Jaccard (1901), Bulletin de la Société vaudoise des sciences naturelles 37",
        shared.participants,
        absent=0.0,
    ),
    Measure(
        "organiser-overlap",
        "organisers that convene the same circle",
        "The share of those whom two organisers bring to their meetings that come to both. It says nothing of why: two "
        "offices of one organisation overlap because they are one.",
        "P. Jaccard (1901), Bulletin de la Société vaudoise des sciences naturelles 37",
        shared.organisers,
        absent=0.0,
    ),
    Measure(
        "small-world",
        "clustering and path length beside random networks of the same degrees",
        "Whether dense circles are nevertheless few steps apart: sigma above 1, with paths about as short as chance "
        "makes them. A projection of meetings is clustered by construction, since each meeting is a clique.",
        "D. J. Watts and S. H. Strogatz (1998), Nature 393; M. D. Humphries and K. Gurney (2008), PLoS ONE 3; null "
        "model: S. Maslov and K. Sneppen (2002), Science 296",
        robustness.small_world,
        order="given",
        ranged=False,
    ),
)
MEASURES: Final[dict[str, Measure]] = {measure.name: measure for measure in _ALL}
"""The measures by name, in reading order."""


def measure(
    name: str,
    graph: Any,
    *,
    seed: int = 1,
    explain: bool = False,
    leave_one_out: LeaveOneOut = "auto",
    by: str = "",
    weighted: bool | None = None,
    directed: bool | None = None,
    rebuild: Callable[[str], Any] | None = None,
    exact_up_to: int = EXACT,
    sample: int = SAMPLE,
) -> Table:
    """Return one measure of a network as a table, best rank first, and in its note what a reader must know.

    Columns: `label`, `id`, `kind`, `value`, `rank` (equals share one), `dated` (the share of the ties with a known
    start), `sources` (how many state them), `low` and `high` (the range over the sources left out one at a time),
    then those of the measure.

    Args:
        name: one of MEASURES.
        graph: any networkx graph; it is not changed.
        seed: what is drawn (samples, communities, random networks) is a function of it and of the graph.
        explain: put before the note what the measure means, in plain words.
        leave_one_out: "auto" makes the range up to 2,000 distinct ties, "yes" above that too, over a sample of the
            sources, "no" never.
        by: the attribute of nodes that makes groups, for brokerage and assortativity.
        weighted: whether weights count; without a word, where ties have the attribute `weight`.
        directed: whether direction counts; without a word, in a DiGraph, and in a MultiDiGraph of nothing but funding.
        rebuild: returns the network without one source, for a projection whose weights rest on several; without it
            the ties that rest on the source alone are taken away.
        exact_up_to: product of nodes and ties above which measures of paths are sampled.
        sample: how many nodes such a sample starts from.

    Raises:
        NotFoundError: there is no such measure.
        ConfigError: a weight that is no number above 0; an overlap of a network that has no events.
    """
    wanted = find_measure(name)
    study = Study(graph, weighted=weighted, directed=directed)
    options = Options(seed, by or wanted.by, exact_up_to, sample)
    return _measured(wanted, study, options, leave_one_out, Without(study, rebuild), explain=explain)


def measure_all(
    graph: Any,
    *,
    names: Iterable[str] = (),
    seed: int = 1,
    explain: bool = False,
    leave_one_out: LeaveOneOut = "auto",
    by: str = "",
    weighted: bool | None = None,
    directed: bool | None = None,
    rebuild: Callable[[str], Any] | None = None,
) -> dict[str, Table]:
    """Return several measures of one network by name, all of them that it allows where no names are given.

    A network without events has no overlap: such measures are left out unless they are named. Each table is the one
    that `measure` gives.

    Raises:
        NotFoundError: there is no such measure.
        ConfigError: as `measure`.
    """
    asked = [find_measure(name) for name in names]
    study = Study(graph, weighted=weighted, directed=directed)
    without = Without(study, rebuild)
    has_events = any(shared.is_event(study, at) for at in range(len(study)))
    found = {}
    for wanted in asked or [one for one in MEASURES.values() if has_events or not one.name.endswith("-overlap")]:
        options = Options(seed, by or wanted.by)
        found[wanted.name] = _measured(wanted, study, options, leave_one_out, without, explain=explain)
    return found


class Without:
    """The networks without one source each, made once for all measures: by `rebuild`, or by taking ties away."""

    def __init__(self, study: Study, rebuild: Callable[[str], Any] | None) -> None:
        self.study = study
        self.anew = rebuild
        self._made: dict[str, Study] = {}

    def __call__(self, source: str) -> Study:
        """Return the network without a source."""
        if source not in self._made:
            own = self.study
            self._made[source] = (
                Study(self.anew(source), weighted=own.weighted, directed=own.directed)
                if self.anew
                else own.without(source)
            )
        return self._made[source]


def find_measure(name: str) -> Measure:
    """Return a measure by its name.

    Raises:
        NotFoundError: there is none; with the nearest names.
    """
    if name not in MEASURES:
        raise NotFoundError("measure", name, nearest(name, MEASURES) or sorted(MEASURES))
    return MEASURES[name]


def _measured(
    wanted: Measure,
    study: Study,
    options: Options,
    leave_one_out: LeaveOneOut,
    without: Without,
    *,
    explain: bool,
) -> Table:
    if leave_one_out not in ("auto", "yes", "no"):
        raise ConfigError(f"leave_one_out={leave_one_out!r}", hint="give auto, yes or no")
    result = _run(wanted, study, options)
    ranges, range_note = _ranges(wanted, study, options, result, leave_one_out, without)
    entries = _ordered(result.entries, wanted.order)
    ranks = _ranks([_rounded(entry.value) for entry in entries]) if wanted.order != "given" else [None] * len(entries)
    rows: list[tuple[Cell, ...]] = []
    for entry, rank in zip(entries, ranks, strict=True):
        dated, sources = study.rests_on(entry.ties) if entry.at is None else study.coverage[entry.at]
        low, high = ranges.get(entry.id, (None, None))
        extra = tuple(_rounded(cell) if isinstance(cell, float) else cell for cell in entry.extra)
        value = _rounded(entry.value)
        rows.append((entry.label, entry.id, entry.kind, value, rank, _rounded(dated, 3), sources, low, high, *extra))
    columns = ("label", "id", "kind", "value", "rank", "dated", "sources", "low", "high", *result.columns)
    notes = [f"{wanted.title}. {wanted.explain} Reference: {wanted.reference}"] if explain else []
    notes += [*_about(study), *result.notes, range_note]
    return Table(columns, tuple(rows), "; ".join(note for note in notes if note))


def _run(wanted: Measure, study: Study, options: Options) -> Result:
    # Each run starts from the seed, or its last digits would tell which others came before it.
    with seeded(options.seed):
        return wanted.run(study, options)


def _ordered(entries: Sequence[Entry], order: str) -> list[Entry]:
    """Return the entries by value, equal ones in the order in which the measure gave them."""
    if order == "given":
        return list(entries)
    sign = 1 if order == "low" else -1

    def key(entry: Entry) -> tuple[bool, float]:
        value = _rounded(entry.value)
        return value is None, sign * (value or 0.0)

    return sorted(entries, key=key)


def _ranks(values: Sequence[float | int | None]) -> list[int | None]:
    """Return the ranks of values that stand in order: equals share one (1, 2, 2, 4), none where there is no value.

    >>> _ranks([9, 7, 7, 1, None])
    [1, 2, 2, 4, None]
    """
    ranks: list[int | None] = []
    for place, value in enumerate(values, start=1):
        same = place > 1 and values[place - 2] == value
        ranks.append(None if value is None else ranks[-1] if same else place)
    return ranks


def _rounded(value: float | int | None, digits: int = 8) -> float | int | None:
    """Return a number at so many digits, whole numbers as they are.

    >>> _rounded(0.1 + 0.2), _rounded(7)
    (0.3, 7)
    """
    return float(f"{value:.{digits}g}") if isinstance(value, float) else value


def _ranges(
    wanted: Measure,
    study: Study,
    options: Options,
    result: Result,
    leave_one_out: LeaveOneOut,
    without: Without,
) -> tuple[dict[str, Range], str]:
    """Return the least and greatest value of each entry over the networks without one source, and what to say."""
    number = len(study.arrows)
    if not wanted.ranged:
        return {}, "low and high: none, the measure is not a figure of one node that could be compared"
    if leave_one_out == "no":
        return {}, "low and high: not asked for"
    if leave_one_out == "auto" and number > RANGED_UP_TO:
        return {}, f"low and high: above {RANGED_UP_TO:,} distinct ties ({number:,}) only on request, sampled"
    if not study.resting:
        return {}, "low and high: none, the ties name no source" if study.ties else ""
    moving = [source for source, alone in study.resting.items() if alone or without.anew]
    chosen = moving
    if number > RANGED_UP_TO and len(moving) > RANGED_SAMPLE:
        chosen = sorted(options.chance("leave one out").sample(moving, RANGED_SAMPLE))
    seen: dict[str, list[float | int]] = {}
    # A source that carries no tie alone leaves every value as it is: that is a run too, and costs nothing.
    runs = [] if len(moving) == len(study.resting) else [result]
    runs += [_run(wanted, without(source), options) for source in chosen]
    for run in runs:
        values = {entry.id: entry.value for entry in run.entries}
        for entry in result.entries:
            value = values.get(entry.id, wanted.absent)
            if value is not None:
                seen.setdefault(entry.id, []).append(value)
    ranges = {name: (_rounded(min(values)), _rounded(max(values))) for name, values in seen.items()}
    how = f"{len(study.resting):,} sources that carry a tie, of which {len(moving):,} carry one alone"
    if without.anew:
        how = f"{len(study.resting):,} sources that carry a tie, the network made anew for each"
    if len(chosen) < len(moving):
        how = (
            f"a sample of {len(chosen)} of {len(moving):,} sources that move it (seed {options.seed}): at least so wide"
        )
    return ranges, f"low and high: the range when one source is left out, over {how}"


def _about(study: Study) -> list[str]:
    """Return what is to be said of the network itself: through which lens, how it was folded, into what it falls."""
    notes = [str(study.about[name]) for name in ("lens", "rule") if study.about.get(name)]
    emptied = study.about.get("emptied_by")
    if emptied and not study.ties:
        notes.append(f"the network is empty: emptied by {emptied}")
    if not len(study):
        return notes if emptied else [*notes, "the network has no nodes"]
    if not study.ties and not emptied:
        notes.append("the network has no ties")
    parts = len(study.components)
    notes.append(
        f"{_count(len(study), 'node')}, {_count(len(study.ties), 'tie')} of {_count(len(study.pairs), 'distinct pair')}"
        + (f", {parts:,} components" if parts > 1 else "")
    )
    if study.loops:
        notes.append(f"{_count(study.loops, 'tie')} of a node with itself left out")
    notes.append("direction counts" if study.directed else "direction does not count")
    if study.weighted:
        notes.append("weights count, a tie is the shorter the heavier it is")
    return notes


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" + ("" if number == 1 else "s")
