"""IATI files to store, beside the bare limit and morph-kgc in the same run, and the memory at several sizes.

    python benchmarks/iati.py [--size 75MB] [--runs 3] [--memory 75MB,300MB] [--kgc PYTHON] [--folder DIR]

The bare limit is what no loader can do without: lxml parsing the file and doing nothing, and pyoxigraph bulk-loading
the same N-Quads from disk. Each step runs in a process of its own, in turn, and the shortest of its runs counts;
seconds are those of the work, without the start of Python. Memory is the resident size of the process and of all its
children together, looked at ten times a second.

morph-kgc is used where `--kgc`, or the variable SECGRAPH_KGC, names the Python of an environment that has it. It
follows `iati.rml.ttl`; its seconds are those that it reports itself.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, NamedTuple

GENERATOR = Path(__file__).with_name("generate_iati.py")
RULES = Path(__file__).with_name("iati.rml.ttl")
KGC_CONFIGURATION = """[CONFIGURATION]
output_file: {folder}/triples.nt
number_of_processes: {threads}
[activities]
mappings: {rules}
file_path: {file}
"""


class Told(NamedTuple):
    """What a step told of itself, and the most memory that it and its children held, in MB."""

    values: dict[str, Any]
    memory: float


def cpu() -> float:
    """Return the seconds of processor that this process and the children that it waited for have used."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def bare_parse(file: Path, _folder: Path, _threads: int) -> dict[str, Any]:
    """Parse the file with lxml, one activity in memory at a time, and do nothing."""
    from lxml import etree

    started = time.perf_counter()
    for _event, element in etree.iterparse(file, tag="iati-activity", no_network=True, huge_tree=True):
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]
    return {"seconds": time.perf_counter() - started, "cpu": cpu()}


def bare_load(_file: Path, folder: Path, _threads: int) -> dict[str, Any]:
    """Bulk-load the N-Quads of the last `iati_to_store` into a store on disk."""
    import pyoxigraph as ox

    started = time.perf_counter()
    store = ox.Store(str(folder / "bare"))
    store.bulk_load(path=str(folder / "quads.nq"), format=ox.RdfFormat.N_QUADS)
    store.flush()
    return {"seconds": time.perf_counter() - started, "cpu": cpu(), "quads": len(store)}


def iati_to_store(file: Path, folder: Path, threads: int) -> dict[str, Any]:
    """Load the file as a build does: runs by several processes, sorted N-Quads with their digest, a store on disk."""
    from secgraph import store as stores
    from secgraph.releases.listing import write_quads
    from secgraph.releases.loading import load_iati
    from secgraph.sources.inputs import IatiInput

    runs = folder / "runs"
    runs.mkdir()
    started = time.perf_counter()
    load = load_iati([IatiInput(file.name, file, "made-up")], runs, threads=threads)
    read, reading = time.perf_counter(), cpu()
    _digest, counts = write_quads(folder / "quads.nq", [], load)
    written = time.perf_counter()
    store = stores.create(folder / "store")
    store.load_file(folder / "quads.nq")
    store.flush()
    ended = time.perf_counter()
    return {
        "seconds": ended - started,
        "text": written - started,
        "parts": {"read and map": read - started, "merge": written - read, "load": ended - written},
        "cpu": cpu(),
        "cores": reading / (read - started),
        "quads": store.count(),
        "triples": counts["merged"],
        "kept": {one.form: one.kept for one in load.loads},
    }


def make(file: Path, size: str, seed: int) -> tuple[int, int]:
    """Write a made-up file, and return how many activities and transactions it holds."""
    command = [sys.executable, str(GENERATOR), str(file), "--size", size, "--seed", str(seed)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    print(told.strip())
    activities, transactions = (int(one.replace(",", "")) for one in re.findall(r"([\d,]+) (?:act|trans)", told))
    return activities, transactions


STEPS = {step.__name__: step for step in (bare_parse, bare_load, iati_to_store)}


def resident(root: int) -> float:
    """Return the resident size of a process and of all that descend from it, in MB."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int(entry.joinpath("stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    family = {root}
    while more := {one for one, parent in parents.items() if parent in family} - family:
        family |= more
    total = 0
    for one in family:
        try:
            found = re.search(r"^VmRSS:\s+(\d+)", Path(f"/proc/{one}/status").read_text(), re.MULTILINE)
        except OSError:
            continue
        total += int(found[1]) if found else 0
    return total / 1024


def watched(command: list[str]) -> tuple[str, float]:
    """Run a command to its end, and return what it printed and the most memory that its processes held, in MB."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        most = 0.0
        over = threading.Event()

        def look() -> None:
            nonlocal most
            while not over.wait(0.1):
                most = max(most, resident(process.pid))

        looking = threading.Thread(target=look)
        looking.start()
        text, _ = process.communicate()
        over.set()
        looking.join()
    if process.returncode:
        raise SystemExit(f"{command} failed")
    return text, most


def run(name: str, file: Path, folder: Path, threads: int) -> Told:
    """Run one step in a process of its own, on a folder without what it will write there."""
    for made in {"bare_load": ["bare"], "iati_to_store": ["store", "runs"]}.get(name, []):
        shutil.rmtree(folder / made, ignore_errors=True)
    command = [sys.executable, __file__, "--step", name, str(file), str(folder), str(threads)]
    text, memory = watched(command)
    return Told(json.loads(text.splitlines()[-1]), memory)


def beside_limit(file: Path, folder: Path, runs: int, threads: int) -> dict[str, Any]:
    """Print the times of all runs and their ratio, and return what the fastest of ours told."""
    told: dict[str, list[Told]] = {}
    for _ in range(runs):
        for name in ("iati_to_store", "bare_parse", "bare_load"):
            told.setdefault(name, []).append(run(name, file, folder, threads))
            one = told[name][-1]
            parts = ", ".join(f"{part} {seconds:.1f}" for part, seconds in one.values.get("parts", {}).items())
            print(
                f"  {name:14}{one.values['seconds']:8.2f} s, of processors {one.values['cpu']:.1f} s, "
                f"{one.memory:.0f} MB{f' ({parts})' if parts else ''}"
                f"; load of the machine {os.getloadavg()[0]:.1f}",
                flush=True,
            )
    parse, load, ours = (
        min((one.values for one in told[name]), key=lambda values: values["seconds"])
        for name in ("bare_parse", "bare_load", "iati_to_store")
    )
    if load["quads"] != ours["quads"]:
        raise SystemExit(f"the bare store holds {load['quads']} quads, ours {ours['quads']}")
    limit, least = (parse[one] + load[one] for one in ("seconds", "cpu"))
    print(
        f"IATI to store: {ours['seconds']:.1f} s for {ours['quads']:,} quads, {ours['cores']:.2f} cores at work while "
        f"reading; bare limit {limit:.1f} s (parse {parse['seconds']:.2f}, load {load['seconds']:.1f}); ratio "
        f"{ours['seconds'] / limit:.2f} (goal: at most 2); of processors {ours['cpu']:.1f} s and {least:.1f} s, ratio "
        f"{ours['cpu'] / least:.2f}"
    )
    return ours


def beside_kgc(python: str, file: Path, folder: Path, ours: dict[str, Any], threads: int) -> None:
    """Print triples per second of morph-kgc and of the loader, both from the file to a text of RDF on disk."""
    configuration = folder / "kgc.ini"
    configuration.write_text(
        KGC_CONFIGURATION.format(folder=folder, threads=threads, rules=RULES, file=file), encoding="utf-8"
    )
    with subprocess.Popen(
        [python, "-m", "morph_kgc", str(configuration)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        text, _ = process.communicate()
    found = [
        re.search(rf"{words} ([\d.]+)", text) for words in ("in total:", "processed in", "Materialization finished in")
    ]
    if process.returncode or None in found:
        raise SystemExit(f"morph-kgc failed: {text[-2000:]}")
    triples, *seconds = (float(one[1].rstrip(".")) for one in found if one)
    theirs = triples / sum(seconds)
    own = ours["triples"] / ours["text"]
    print(
        f"triples per second, file to text: secgraph {own:,.0f} ({ours['triples']:,} in {ours['text']:.1f} s), "
        f"morph-kgc {theirs:,.0f} ({triples:,.0f} in {sum(seconds):.1f} s); ratio {own / theirs:.0f} (goal: at least "
        f"15); to the store too: {ours['triples'] / ours['seconds']:,.0f}, ratio "
        f"{ours['triples'] / ours['seconds'] / theirs:.0f}"
    )


def memory(sizes: list[str], seed: int, folder: Path, threads: int) -> None:
    """Print the peak memory of the loading of made-up files of several sizes."""
    for size in sizes:
        file = folder / "growing.xml"
        make(file, size, seed)
        told = run("iati_to_store", file, folder, threads)
        print(
            f"memory: {size} of input, {told.values['quads']:,} quads: "
            f"{told.memory:.0f} MB at the peak, {told.values['seconds']:.0f} s",
            flush=True,
        )
        file.unlink()


def _step(name: str, file: str, folder: str, threads: str) -> dict[str, Any]:
    return STEPS[name](Path(file), Path(folder), int(threads))


def main() -> None:
    """Run everything, or one step in the process that this file started for it."""
    if sys.argv[1:2] == ["--step"]:
        print(json.dumps(_step(*sys.argv[2:])))
        return
    parser = argparse.ArgumentParser(description="IATI files to store, beside the bare limit and morph-kgc.")
    parser.add_argument("--size", default="75MB")
    parser.add_argument("--seed", default=1, type=int)
    parser.add_argument("--runs", default=3, type=int)
    parser.add_argument("--threads", default=os.cpu_count() or 1, type=int)
    parser.add_argument("--memory", default="", help="sizes of files at which memory is measured, as 75MB,1.5GB")
    parser.add_argument("--kgc", default=os.environ.get("SECGRAPH_KGC", ""), help="a Python that has morph-kgc")
    parser.add_argument(
        "--folder", type=Path, help="where the files are made; the system's temporary folder if not said"
    )
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as made_folder:
        folder = Path(made_folder)
        if given.runs:
            file = folder / "activities.xml"
            activities, transactions = make(file, given.size, given.seed)
            ours = beside_limit(file, folder, given.runs, given.threads)
            if ours["kept"] != {"IATI activities": activities, "IATI transactions": transactions}:
                raise SystemExit(f"not all was loaded: {ours['kept']}")
            if given.kgc:
                beside_kgc(given.kgc, file, folder, ours, given.threads)
            else:
                print("morph-kgc: left out, no Python that has it is named (--kgc)")
        memory([size for size in given.memory.split(",") if size], given.seed, folder, given.threads)


if __name__ == "__main__":
    main()
