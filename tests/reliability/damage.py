"""Random damage to every kind of input: a clear error or a right answer, no traceback, and nothing dropped in silence.

What is right is told by readers of others: Python's `csv`, `openpyxl`, expat and rdflib. A trial is made again from its
number; `python -m tests.reliability damage` keeps the input of each that failed under `build/damage/`.
"""

from __future__ import annotations

import csv
import io
import itertools
import random
import re
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

import openpyxl
import rdflib

from secgraph.errors import SecgraphError
from secgraph.queries.catalogue import parse
from secgraph.records import TABLES
from secgraph.records.iati import Activity, Fault, LeftOut, OrganisationFile
from secgraph.releases import build, current
from secgraph.sources import workbook as workbooks
from secgraph.sources.collected import file_name
from secgraph.sources.iati import read_file
from secgraph.sources.tables import Tables, read_tables
from secgraph.store import open_release, strangers
from secgraph.values import ERROR
from secgraph.vocab import ID
from tests.conftest import ROOT, SMALL
from tests.made_workbooks import with_members
from tests.reliability.figures import Figure
from tests.reliability.processes import fresh
from tests.test_tables import sheets, workbook

KEPT: Final = ROOT / "build" / "damage"
IATI: Final = ROOT / "tests" / "cases" / "iati"
HOSTILE: Final = (
    "", " ", '"', '""', ",", ";", "\t", "\n", "\r", "|", "||", "=", "'", "\x00", "\x1b[31m",
    "\ufeff", "\u202e", "\u00a0", "#", "%",
    "../..", "https://example.org/x", "javascript:1", "2024-02-30", "2018-13", "30/02/24", "0202",
    "1e400", "NaN", "-1",
    "1.234.567,89", "1,5", "9" * 40, "TRUE", "no", "NO", "XK", "EUR", "<script>", "&amp;", "\ud7ff", "é", "а",
    "x" * 300, "pcc-see", "src-minutes", "?", "}", "{", "VALUES", "UNION", "OPTIONAL", "FILTER",
    "<a>", "@en", "_:b", "[", "(",
)  # fmt: skip
"""What stands in the place of a cell, a word or a sign."""


def damaged(data: bytes, chance: random.Random) -> bytes:
    """Return bytes with some of them flipped, cut, doubled, swapped, or with something hostile put in."""
    content = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        if not content:
            break
        at = chance.randrange(len(content))
        other = chance.randrange(len(content))
        length = chance.choice((1, 1, 2, 5, 20, 100))
        match chance.randrange(7):
            case 0:
                content[at] ^= 1 << chance.randrange(8)
            case 1:
                content[at] = chance.randrange(256)
            case 2:
                del content[at : at + length]
            case 3:
                content[at:at] = content[other : other + length]
            case 4:
                content[at : at + length] = content[other : other + length]
            case 5:
                content[at:at] = chance.choice(HOSTILE).encode()
            case _:
                if chance.random() < 0.2:
                    del content[at:]
                else:
                    content[at : at + length] = chance.choice(HOSTILE).encode()
    return bytes(content)


def damaged_cells(rows: list[list[str]], chance: random.Random) -> list[list[str]]:
    """Return rows with some cells replaced by others or by something hostile."""
    rows = [list(row) for row in rows]
    for _ in range(chance.choice((1, 1, 3))):
        row = chance.choice(rows)
        if row:
            another = chance.choice(chance.choice(rows) or [""])
            row[chance.randrange(len(row))] = another if chance.random() < 0.3 else chance.choice(HOSTILE)
    return rows


# Tables

_SEPARATED: Final = {"identities"}


def table(name: str, folder: Path, seed: int) -> tuple[str, list[str], bytes]:
    """Damage one table of the small dataset and read it."""
    chance = random.Random(f"{name} {seed}")  # noqa: S311  damage that can be made again
    file = SMALL / file_name(name)
    data = file.read_bytes()
    if seed % 2 and name not in _SEPARATED:
        out = io.StringIO(newline="")
        csv.writer(out, lineterminator="\n").writerows(
            damaged_cells(list(csv.reader(io.StringIO(data.decode(), newline=""))), chance)
        )
        data = out.getvalue().encode()
    else:
        data = damaged(data, chance)
    (folder / file.name).write_bytes(data)
    tables = read_tables(folder)
    wrong = [] if name in _SEPARATED else dropped(tables, name, data)
    rejected = sum(one.table == name for one in tables.rejected)
    if tables.counts.get(name, 0) != len(tables.own(name)) + rejected:
        wrong.append(f"{tables.counts.get(name)} rows read, {len(tables.own(name))} kept, {rejected} named")
    return ("named" if tables.findings.findings else "read right"), wrong, data


def dropped(tables: Tables, name: str, data: bytes) -> list[str]:
    """Return the cells that Python's reader of CSV finds, and that are neither in the records nor in a finding."""
    found = [one for one in tables.findings.findings if one.file == f"{name}.csv"]
    # Where the file as a whole is in doubt, nothing of it passes: an error stops the build.
    if any(one.severity == ERROR and (not one.row or one.rule.startswith(("csv-", "header-"))) for one in found):
        return []
    try:
        text = data.decode("utf-8-sig")
        lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error):
        return [] if found else ["Python cannot read it, and nothing was said"]
    return _lost(tables, name, dict(enumerate(lines, 1)))


def _lost(tables: Tables, name: str, lines: dict[int, list[str]]) -> list[str]:
    found = tables.findings.findings
    file = tables.files.get(name) or f"{name}.csv"
    told = {(one.row, one.column) for one in found if one.file == file}
    filled = [(number, cells) for number, cells in lines.items() if any(cell.strip() for cell in cells)]
    if not filled:
        return []
    header = [cell.strip() for cell in filled[0][1]]
    records = {record.row: record for record in tables.own(name)}
    wrong = []
    for number, cells in filled[1:]:
        if (number, "") in told:
            continue
        record = records.get(number)
        if record is None:
            if not any(row == number for row, _ in told):
                wrong.append(f"row {number} is gone")
            continue
        for column, cell in zip(header, cells, strict=False):
            if (
                column in TABLES[name].columns()
                and (number, column) not in told
                and not _same(record.text(column), cell)
            ):
                wrong.append(f"row {number}, {column}: {cell[:60]!r} became {record.text(column)[:60]!r}")
    return wrong


def _same(ours: str, theirs: str) -> bool:
    def parts(text: str) -> list[str]:
        return [" ".join(part.split()) for part in text.strip().split("|") if part.strip()]

    if parts(ours) == parts(theirs):
        return True
    try:
        return Decimal(ours) == Decimal(theirs)
    except InvalidOperation:
        return False


# A workbook

_BOOK_TABLES: Final = ("series", "events", "memberships")
_MEMBERS: Final = (
    "xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml", "xl/worksheets/sheet3.xml", "xl/sharedStrings.xml",
    "xl/workbook.xml", "xl/styles.xml",
)  # fmt: skip
_VALUES: Final = (
    "<v>7</v>", "<v>45418.5</v>", "<v>-1</v>", "<v>1E+300</v>", "<v></v>", "<v>x</v>", "<t>other</t>", "<t></t>",
    ' t="n"', ' t="s"', ' t="str"', ' t="b"', ' t="e"', ' t="d"', ' s="1"', ' s="999"',
)  # fmt: skip


def a_workbook(base: bytes, folder: Path, seed: int) -> tuple[str, list[str], bytes]:
    """Damage a workbook: its bytes, the text of a member, or cells; openpyxl tells what it holds."""
    chance = random.Random(f"workbook {seed}")  # noqa: S311
    kind = seed % 4
    if kind == 0:
        data = damaged(base, chance)
    else:
        member = chance.choice(_MEMBERS)
        change = damaged if kind == 1 else _other_values
        data = with_members(base, lambda name, content: change(content, chance) if name == member else content)
    path = folder / "book.xlsx"
    path.write_bytes(data)
    tables = read_tables(path)
    wrong = []
    for name in tables.counts:
        rejected = sum(one.table == name for one in tables.rejected)
        if tables.counts[name] != len(tables.own(name)) + rejected:
            wrong.append(f"{name}: {tables.counts[name]} rows read, {len(tables.own(name))} kept, {rejected} named")
    if not any(one.severity == ERROR and one.rule.startswith(("header-", "csv-")) for one in tables.findings.findings):
        wrong += _against_openpyxl(tables, data)
    return ("named" if tables.findings.findings else "read right"), wrong, data


def _other_values(content: bytes, chance: random.Random) -> bytes:
    """Put other values, types and styles into the cells of a sheet."""
    text = content.decode()
    places = list(re.finditer(r'<v>[^<]*</v>|<t>[^<]*</t>| t="[a-zA-Z]+"| s="[0-9]+"', text))
    for place in chance.sample(places, min(len(places), chance.choice((1, 2, 5)))):
        new = chance.choice(_VALUES)
        text = text.replace(place[0], new, 1)
    return text.encode()


def _against_openpyxl(tables: Tables, data: bytes) -> list[str]:
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    except Exception:  # noqa: BLE001  whatever it does not read is no answer to compare with
        return []
    wrong = []
    for name in _BOOK_TABLES:
        if name in book.sheetnames and name in tables.counts:
            lines = {}
            for number, row in enumerate(book[name].iter_rows(values_only=True), 1):
                # What is no text in both is compared by the tests of types.
                lines[number] = [cell if isinstance(cell, str) else "" if cell is None else "\x00" for cell in row]
            wrong += [one for one in _lost(tables, name, lines) if "'\\x00'" not in one]
    return wrong


# A query, a file of IATI, a file of Turtle


def a_query(texts: list[tuple[str, str]], store: Any, seed: int) -> tuple[str, list[str], bytes]:
    """Damage a query of the catalogue; what passes the gate answers with the columns that its head declares."""
    chance = random.Random(f"query {seed}")  # noqa: S311
    name, text = chance.choice(texts)
    data = damaged(text.encode(), chance)
    query = parse(data.decode("utf-8", "replace"), name)
    given = {one.name: one.example for one in query.parameters if one.required and not one.default}
    answer = store.select(query.bind(query.arguments(given, lambda _kinds, _text: f"{ID}organisation/x")))
    return "answered", [] if answer.columns == query.columns else [f"columns {answer.columns}"], data


def an_iati_file(sources: list[bytes], folder: Path, seed: int) -> tuple[str, list[str], bytes]:
    """Damage a file of IATI; expat counts its activities."""
    chance = random.Random(f"iati {seed}")  # noqa: S311
    data = damaged(chance.choice(sources), chance)
    path = folder / "damaged.xml"
    path.write_bytes(data)
    items = list(read_file(path))
    fatal = [one for one in items if isinstance(one, Fault) and one.severity == ERROR and not one.element]
    if fatal:
        return "refused", [], data
    ends = sum(isinstance(one, Activity | OrganisationFile | LeftOut) for one in items)
    try:
        # Expat knows the names of the fourth edition of XML, lxml those of the fifth: letters beyond ASCII made plain.
        plain = re.sub("[^\x00-\x7f]", "x", data.decode("utf-8-sig")) if _is_utf8(data) else data
        root = ET.fromstring(plain)  # noqa: S314  our own damage, which declares no entity
        there = sum(element.tag in ("iati-activity", "iati-organisation") for element in root)
    except (ET.ParseError, LookupError, ValueError):
        return "refused", ["expat refuses it, and nothing was said"], data
    wrong = [] if ends == there else [f"{there} items by expat, {ends} kept or left out"]
    return ("named" if any(isinstance(one, Fault) for one in items) else "read right"), wrong, data


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def a_turtle_file(source: bytes, folder: Path, seed: int) -> tuple[str, list[str], bytes]:
    """Damage a file of Turtle; rdflib counts its triples where it reads it too."""
    chance = random.Random(f"turtle {seed}")  # noqa: S311
    data = damaged(source, chance)
    path = folder / "damaged.ttl"
    path.write_bytes(data)
    quads, _lines, faults = strangers.read_in_child((str(path), "ttl"))
    if faults:
        return "refused", ["quads beside a refusal"] if quads else [], data
    try:
        there = len(rdflib.Graph().parse(data=data, format="turtle"))
    except Exception:  # noqa: BLE001  what rdflib does not read is no answer to compare with
        return "read, and not by rdflib", [], data
    return (
        "read right",
        [] if len(set(quads)) == there else [f"{there} triples by rdflib, {len(set(quads))} here"],
        data,
    )


# All of them


def trials(kind: str, start: int, stop: int) -> Iterator[tuple[int, str, list[str], bytes]]:
    """Make the trials of one kind: the number of each, what it came to, what was wrong, and its input."""
    with tempfile.TemporaryDirectory(prefix="secgraph-damage-") as place:
        folder = Path(place)
        (folder / "dataset.toml").write_bytes((SMALL / "dataset.toml").read_bytes())
        attempt = _attempt(kind, folder)
        for seed in range(start, stop):
            try:
                yield seed, *attempt(seed)
            except SecgraphError as exc:
                yield seed, "refused", [] if exc.message else ["an error without words"], b""
            except Exception as exc:  # noqa: BLE001  any other error is what is looked for
                yield seed, "a traceback", [f"{type(exc).__name__}: {exc}"[:300]], b""


def _attempt(kind: str, folder: Path) -> Callable[[int], tuple[str, list[str], bytes]]:
    if kind == "workbook":
        # The reader is run where a death is noticed: in the process of these trials.
        vars(workbooks)["run_limited"] = lambda target, data, *_, **__: vars(workbooks)[target.partition(":")[2]](data)
        book = {name: rows for name, rows in sheets(SMALL).items() if name in (*_BOOK_TABLES, "dataset")}
        base = workbook(folder / "base.xlsx", book).read_bytes()
        return lambda seed: a_workbook(base, folder, seed)
    if kind == "query":
        texts = [(path.stem, path.read_text(encoding="utf-8")) for path in sorted((ROOT / "queries").rglob("*.rq"))]
        build(SMALL, folder / "store")
        store = open_release(current(folder / "store").path)
        return lambda seed: a_query(texts, store, seed)
    if kind == "iati":
        sources = [path.read_bytes() for path in sorted(IATI.glob("*.xml"))]
        return lambda seed: an_iati_file(sources, folder, seed)
    if kind == "turtle":
        source = (ROOT / "tests" / "bad" / "rdf" / "good.ttl").read_bytes()
        return lambda seed: a_turtle_file(source, folder, seed)
    return lambda seed: table(kind, folder, seed)


KINDS: Final = (*sorted(name for name in TABLES if any(SMALL.glob(f"{name}.*"))), "workbook", "query", "iati", "turtle")


def work(argument: Any) -> list[Any]:
    """Make trials in a fresh process, and keep the inputs of those that failed."""
    found = []
    for seed, outcome, wrong, data in trials(*argument):
        if wrong and data:
            KEPT.mkdir(parents=True, exist_ok=True)
            (KEPT / f"{argument[0]}-{seed}").write_bytes(data)
        found.append((seed, outcome, wrong))
    return found


def all_kinds(count: int, kinds: tuple[str, ...] = KINDS) -> Iterator[Figure]:
    """Make so many trials of each kind, in a process for every 250."""
    for kind in kinds:
        figure = Figure(f"random damage: {kind}")
        for start in itertools.count(0, 250):
            if start >= count:
                break
            for seed, outcome, wrong in _batch(kind, start, min(start + 250, count)):
                figure.count(outcome, *(f"{kind} {seed}: {one}" for one in wrong))
        yield figure


def _batch(kind: str, start: int, stop: int) -> list[Any]:
    """Make trials in one process; where it dies, find the trial by halves: the child of the worker is for those."""
    try:
        found: list[Any] = fresh("tests.reliability.damage:work", [kind, start, stop])
    except RuntimeError as exc:
        if stop - start == 1:
            return [(start, "the process that reads died", [] if kind == "workbook" else [str(exc)[-200:]])]
        middle = (start + stop) // 2
        return [*_batch(kind, start, middle), *_batch(kind, middle, stop)]
    return found
