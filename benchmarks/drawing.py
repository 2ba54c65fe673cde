"""The page of a made-up network of 10,000 nodes, and how soon a page is usable in a browser.

    python -m benchmarks.drawing [--nodes 10000] [--ties 30000] [--opened 1000]

What `views.draw` does is timed: looks, ties, facts of nodes, JSON, escaping, pyvis and its template. The layout is left
out, as in pyvis, where the browser does it; that of the page to be opened is timed apart. A page is usable once its
script has run to its end: then its time since opening is read in headless Chromium, where there is one.
"""

from __future__ import annotations

import argparse
import random
import re
import subprocess
import tempfile
import time
from pathlib import Path

import networkx as nx

from secgraph import analysis, views
from tests import browser


def made_up(nodes: int, ties: int, seed: int = 1) -> nx.MultiDiGraph:
    """Return a network whose nodes and ties have what those of a dataset have."""
    chance = random.Random(seed)  # noqa: S311  a made-up graph
    sources = {f"made-up-{at}": dict.fromkeys(("title", "publisher", "url", "issued"), "Made up") for at in range(500)}
    graph = nx.MultiDiGraph(sources=sources)
    known = {"start_state": "known", "end_state": "known", "start": "2018", "end": "2020"}
    for at in range(nodes):
        kind = chance.choice(("event", "organisation", "initiative", "programme"))
        graph.add_node(
            f"{kind}/made-up-{at}", label=f"Made-up body or meeting {at}", short="", kind=kind, type="network",
            country="AL", sources=f"made-up-{chance.randrange(500)}", **known,
        )  # fmt: skip
    names = list(graph)
    for at in range(ties):
        one, other = chance.sample(range(nodes), 2)
        graph.add_edge(
            names[int(one * chance.random())], names[other], key=f"k{at}", layer="membership", role="member", label="",
            sources=f"made-up-{chance.randrange(500)}", inferred=False, **known,
        )  # fmt: skip
    return graph


def drawn(nodes: int, ties: int) -> tuple[float, str]:
    """Return the seconds of processor that a page takes, and the page; the nodes stand in rows."""
    graph = made_up(nodes, ties)
    positions = {node: (at % 100 * 150, at // 100 * 80) for at, node in enumerate(sorted(graph))}
    begin = time.process_time()
    page = views.draw(graph, positions, title="Made up", question="?", caption="Made up", cap=f"{nodes} of {nodes}")
    return time.process_time() - begin, page


def usable(page: str) -> float:
    """Return after how many seconds since its opening the scripts of a page have run, in headless Chromium."""
    marker = "<script>document.title = 'drawn ' + performance.now();"
    head, _, tail = browser.without_policy(page).rpartition("</body>")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.html"
        path.write_text(f"{head}{marker}</script></body>{tail}", encoding="utf-8")
        command = [
            browser.find(), "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/profile",
            "--timeout=30000", "--dump-dom", path.as_uri(),
        ]  # fmt: skip
        text = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
    found = re.search(r"<title>drawn ([\d.]+)</title>", text)
    if not found:
        raise SystemExit("the page was not drawn")
    return float(found[1]) / 1000


def main() -> None:
    """Draw, open, and print."""
    parser = argparse.ArgumentParser(description="Drawing and opening a large network.")
    parser.add_argument("--nodes", default=10_000, type=int)
    parser.add_argument("--ties", default=30_000, type=int)
    parser.add_argument("--opened", default=1_000, type=int)
    parser.add_argument("--repeat", default=3, type=int)
    given = parser.parse_args()
    runs = [drawn(given.nodes, given.ties) for _ in range(given.repeat)]
    print(
        f"{given.nodes:,} nodes, {given.ties:,} ties: page {min(one[0] for one in runs):.2f} s of processor, "
        f"{len(runs[0][1]) / 1e6:.1f} MB; layout left out"
    )
    graph = made_up(given.opened, 3 * given.opened)
    begin = time.process_time()
    analysis.layout(graph, 1)
    print(f"layout of {given.opened:,} nodes: {time.process_time() - begin:.2f} s of processor")
    if browser.find():
        page = drawn(given.opened, 3 * given.opened)[1]
        times = [usable(page) for _ in range(given.repeat)]
        print(f"{given.opened:,} nodes in Chromium: drawn {min(times):.2f} to {max(times):.2f} s after opening")


if __name__ == "__main__":
    main()
