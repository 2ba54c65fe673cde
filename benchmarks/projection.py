"""Co-attendance projected from the relations of a made-up region, and beside networkx's own projection, in one run.

    python benchmarks/projection.py [--events 2000] [--agents 5000] [--size 30] [--repeat 3]

The relations are written as Parquet files, as a release holds them. Times are of the processor, on one core, the best
of several runs; `projection` reads the relations, puts the lens on and makes the graph. networkx starts from the
two-mode graph that is made for it beforehand, which counts for nothing.

With meetings of thirty, most of the time goes into the pairs, about 1 microsecond each, and half a million edges a
second come out on one core. With small meetings (`--size 6 --events 8000`) there are fewer pairs to a tie, and reading
and narrowing the ties, about 7 microseconds each, is the limit: some 280,000 edges a second.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import networkx as nx
import pyarrow as pa
import pyarrow.parquet as pq

from secgraph.network import Lens, look, projection
from secgraph.relations import RELATIONS, Relations
from secgraph.vocab import ID

Row = dict[str, str]


def made_up(events: int, agents: int, size: int, seed: int = 7) -> dict[str, list[Row]]:
    """Return the rows of a made-up region: meetings of 2 to 2 * size agents, some agents met far more often."""
    chance = random.Random(seed)  # noqa: S311  made-up data are no secret
    rows: dict[str, list[Row]] = {"things": [], "events": [], "participations": [], "sources": []}
    known = {"start_state": "known", "end_state": "known"}
    for number in range(agents):
        iri = f"{ID}organisation/made-up-{number}"
        name = f"made-up-{number}"
        rows["things"].append({"iri": iri, "kind": "organisation", "id": name, "label": f"Body {number}"})
    for number in range(events):
        name = f"made-up-meeting-{number}"
        day = f"20{chance.randrange(10, 24)}-{chance.randrange(1, 13):02d}-{chance.randrange(1, 29):02d}"
        iri = f"{ID}event/{name}"
        bounds = dict.fromkeys(("start", "start_earliest", "start_latest", "end_earliest", "end_latest"), day)
        rows["things"].append({"iri": iri, "kind": "event", "id": name, "label": f"Meeting {number}"})
        rows["events"].append({"iri": iri, "id": name, **bounds, **known})
        source = f"made-up-source-{number // 4}"
        there = {int(agents * chance.random() ** 2) for _ in range(chance.randrange(2, 2 * size))}
        for who in sorted(there):
            rows["participations"].append({
                "iri": f"{ID}participation/{name}--made-up-{who}--participant", "activity": iri,
                "activity_kind": "event", "participant": f"{ID}organisation/made-up-{who}",
                "participant_kind": "organisation", "role": "participant", "sources": source,
            })  # fmt: skip
    for number in range(events // 4 + 1):
        name = f"made-up-source-{number}"
        told = {"iri": f"{ID}source/{name}", "id": name, "title": name, "published_latest": "2024-01-01"}
        rows["sources"].append(told)
    return rows


def write(rows: dict[str, list[Row]], folder: Path) -> None:
    """Write the relations, the empty ones too."""
    for name, relation in RELATIONS.items():
        columns = {column.name: pa.array([row.get(column.name) for row in rows.get(name, [])], pa.string())
                   for column in relation.columns}  # fmt: skip
        pq.write_table(pa.table(columns), folder / f"{name}.parquet")


def best(run: Callable[[], Any], repeat: int) -> tuple[float, Any]:
    """Return the shortest processor time in seconds, and the result."""
    times, result = [], None
    for _ in range(repeat):
        result = None
        begin = time.process_time()
        result = run()
        times.append(time.process_time() - begin)
    return min(times), result


def main() -> None:
    """Make the region up, project it, and print a line for each way of doing so."""
    parser = argparse.ArgumentParser(description="Co-attendance from the relations, beside networkx.")
    parser.add_argument("--events", default=2_000, type=int)
    parser.add_argument("--agents", default=5_000, type=int)
    parser.add_argument("--size", default=30, type=int, help="agents at a meeting, on average")
    parser.add_argument("--repeat", default=3, type=int)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(made_up(given.events, given.agents, given.size), folder)
        pa.set_cpu_count(1)
        pa.set_io_thread_count(1)
        relations = Relations(folder)
        cold, _ = best(lambda: projection(relations, "co-attendance"), 1)
        warm, pairs = best(lambda: projection(relations, "co-attendance"), given.repeat)
        seen = look(relations, Lens(layers=("attending",)))
        two_mode = nx.Graph(seen.edges())
        actors = [node for node in two_mode if node.startswith("organisation/")]
        theirs, reference = best(lambda: nx.bipartite.collaboration_weighted_projected_graph(two_mode, actors), 1)
    shared = sum(number for *_ends, number in pairs.edges(data="n_shared"))
    edges = pairs.number_of_edges()
    assert edges == reference.number_of_edges()
    assert all(abs(reference.edges[a, b]["weight"] - weight) < 1e-9 for a, b, weight in pairs.edges(data="weight"))
    print(f"{seen.number_of_edges()} ties at {given.events} meetings, {edges} pairs, {shared} shared meetings")
    for label, seconds in (("projection, files unread", cold), ("projection", warm), ("networkx", theirs)):
        print(f"{label:26} {seconds:8.2f} s {edges / seconds:12,.0f} edges/s {shared / seconds:12,.0f} shared/s")


if __name__ == "__main__":
    main()
