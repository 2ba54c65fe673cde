"""Hostile, damaged and endless IATI files: each refused within its limits, with the reason, and nothing fetched."""

from __future__ import annotations

import gzip
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from secgraph.records.iati import Activity, Fault
from secgraph.sources.iati import read_file
from secgraph.sources.iati.opening import Limits
from secgraph.values import ERROR

HERE = Path(__file__).resolve().parent
GOOD = (HERE / "cases" / "iati" / "activity-2.03.xml").read_bytes()
HEAD = b'<iati-activities version="2.03">'


def only(path: Path, limits: Limits | None = None) -> Fault:
    """Return the one thing that a file gives: an error of the whole file."""
    (fault,) = read_file(path, limits=limits)
    assert isinstance(fault, Fault)
    assert (fault.severity, fault.element) == (ERROR, "")
    return fault


def last(path: Path, limits: Limits | None = None) -> Fault:
    """Return the error of the whole file with which it ends."""
    *_, fault = read_file(path, limits=limits)
    assert isinstance(fault, Fault)
    assert (fault.severity, fault.element) == (ERROR, "")
    return fault


def put(folder: Path, data: bytes, name: str = "a.xml") -> Path:
    """Write a file."""
    (folder / name).write_bytes(data)
    return folder / name


def test_gzip_is_told_by_its_bytes(tmp_path: Path) -> None:
    plain = list(read_file(put(tmp_path, GOOD)))
    half = len(GOOD) // 2
    forms = {
        "a.xml.gz": gzip.compress(GOOD),
        "renamed.xml": gzip.compress(GOOD),
        "members.gz": gzip.compress(GOOD[:half]) + gzip.compress(GOOD[half:]),
        "padded.gz": gzip.compress(GOOD) + b"\0" * 512,
        "not-packed.gz": GOOD,
    }
    for name, data in forms.items():
        assert list(read_file(put(tmp_path, data, name))) == plain, name
    assert sum(isinstance(item, Activity) for item in plain) == 2


def test_gzip_that_is_cut_off_or_damaged(tmp_path: Path) -> None:
    packed = gzip.compress(GOOD)
    cut = last(put(tmp_path, packed[:-20]))
    assert (cut.rule, f"after {len(packed) - 20:,} bytes" in cut.message) == ("iati-gzip", True)
    damaged = bytearray(packed)
    damaged[200:220] = b"\xff" * 20
    assert last(put(tmp_path, bytes(damaged))).rule == "iati-gzip"
    assert last(put(tmp_path, packed + b"rubbish")).rule == "iati-gzip"


def test_a_gzip_bomb_is_refused_at_its_budget(tmp_path: Path) -> None:
    bomb = gzip.compress(HEAD + b" " * (64 << 20), 9)
    assert len(bomb) < 100_000
    fault = only(put(tmp_path, bomb))
    assert fault.rule == "iati-gzip"
    assert "200 times as many" in fault.message
    mild = gzip.compress(HEAD + b" " * (1 << 20) + GOOD.partition(HEAD)[2], 9)
    assert sum(isinstance(item, Activity) for item in read_file(put(tmp_path, mild))) == 2, "the first MiB is free"


@pytest.mark.parametrize(
    ("magic", "name"),
    [(b"PK\x03\x04", "a zip archive"), (b"BZh9", "bzip2"), (b"\xfd7zXZ\0", "xz"), (b"\x28\xb5\x2f\xfd", "zstd")],
)
def test_other_archives_are_named(magic: bytes, name: str, tmp_path: Path) -> None:
    fault = only(put(tmp_path, magic + bytes(100)))
    assert (fault.rule, name in fault.message) == ("iati-file", True)


def test_what_is_no_file(tmp_path: Path) -> None:
    assert only(tmp_path / "absent.xml").message.endswith("No such file or directory")
    assert only(tmp_path).rule == "iati-file"
    os.mkfifo(tmp_path / "pipe.xml")
    assert only(tmp_path / "pipe.xml").message == "this is not a regular file"


def test_encodings(tmp_path: Path) -> None:
    text = GOOD.decode().replace("Реформа полиције", "Sécurité")
    plain = list(read_file(put(tmp_path, text.encode())))
    for encoding in ("iso-8859-1", "windows-1252", "utf-16"):
        data = text.replace('encoding="UTF-8"', f'encoding="{encoding}"').encode(encoding)
        assert list(read_file(put(tmp_path, data))) == plain, encoding
    assert list(read_file(put(tmp_path, b"\xef\xbb\xbf" + text.encode()))) == plain


def test_bytes_of_another_encoding_are_named_by_offset(tmp_path: Path) -> None:
    text = GOOD.decode().replace("Реформа полиције", "Sécurité")
    data = text.encode("iso-8859-1")
    fault = last(put(tmp_path, data))
    offset = data.index(b"\xe9")
    assert fault.rule == "iati-encoding"
    assert f"byte 0xe9 at offset {offset:,} is not utf-8" in fault.message
    assert fault.line == data[:offset].count(b"\n") + 1
    packed = last(put(tmp_path, gzip.compress(data)))
    assert packed == fault, "the offset is that in the unpacked bytes"


def test_an_encoding_that_is_declared_and_is_not_so(tmp_path: Path) -> None:
    fault = last(put(tmp_path, GOOD.replace(b"UTF-8", b"UTF-16")))
    assert fault.rule in ("iati-encoding", "iati-xml")
    assert fault.line == 1
    fault = last(put(tmp_path, GOOD.replace(b"UTF-8", b"ASCII")))
    assert fault.rule == "iati-encoding"
    assert "is not ascii" in fault.message


def test_depth(tmp_path: Path) -> None:
    deep = b"<a>" * 100_000 + b"</a>" * 100_000
    fault = last(put(tmp_path, HEAD + b"<iati-activity>" + deep + b"</iati-activity></iati-activities>"))
    assert (fault.rule, "depth" in fault.message) == ("iati-limit", True)
    assert last(put(tmp_path, b"<iati-activities>" * 100_000)).rule == "iati-limit"


def test_a_text_of_20_megabytes(tmp_path: Path) -> None:
    fault = last(put(tmp_path, GOOD.replace(b"Nothing of this", b"x" * (20 << 20))))
    assert (fault.rule, "Text node too long" in fault.message) == ("iati-limit", True)
    fault = last(put(tmp_path, GOOD.replace(b"XX-ORG-0", b"x" * (20 << 20))))
    assert fault.rule == "iati-limit"


def test_a_long_text_is_cut_and_said(tmp_path: Path) -> None:
    items = list(read_file(put(tmp_path, GOOD.replace(b"Nothing of this", b"x" * (2 << 20)))))
    (fault,) = [item for item in items if isinstance(item, Fault) and item.rule == "iati-text"]
    assert "is cut to 1,048,576" in fault.message
    (first, _) = [item for item in items if isinstance(item, Activity)]
    assert len(first.descriptions[0].value) == 1 << 20


def test_streams_without_end(tmp_path: Path) -> None:
    limits = Limits(whole=4 << 20, activity=1 << 20)
    activity = GOOD[GOOD.index(b"<iati-activity ") : GOOD.index(b"</iati-activity>")] + b"</iati-activity>"
    endless = {
        "activities": (HEAD + activity * 2000, "larger than the limit of 4,194,304 bytes"),
        "one activity": (HEAD + b"<iati-activity>" + b"<title/>" * 300_000, "no activity ends within 1,048,576 bytes"),
        "other elements": (HEAD + b"<note/>" * 300_000, "no activity ends within 1,048,576 bytes"),
        "comments before": (b"<!-- -->\n" * 300_000, "no element starts within the first"),
        "spaces before": (b"<!--" + b" " * 2_000_000, "no element starts within the first"),
    }
    for name, (data, reason) in endless.items():
        started = time.perf_counter()
        fault = last(put(tmp_path, data), limits)
        assert (fault.rule, reason in fault.message) == ("iati-limit", True), (name, fault)
        assert time.perf_counter() - started < 20, name


def test_an_entity_reads_no_local_file_and_no_network(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("the secret")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        port = server.getsockname()[1]
        doctypes = [
            '<!DOCTYPE iati-activities [<!ENTITY f SYSTEM "secret.txt">]>',
            f'<!DOCTYPE iati-activities [<!ENTITY f SYSTEM "{tmp_path.as_uri()}/secret.txt">]>',
            f'<!DOCTYPE iati-activities [<!ENTITY f SYSTEM "http://127.0.0.1:{port}/f">]>',
            f'<!DOCTYPE iati-activities SYSTEM "http://127.0.0.1:{port}/iati.dtd">',
            f'<!DOCTYPE iati-activities [<!ENTITY % p SYSTEM "http://127.0.0.1:{port}/p"> %p;]>',
            '<!DOCTYPE iati-activities [<!ENTITY f "harmless">]>',
        ]
        for doctype in doctypes:
            text = GOOD.decode().replace("<iati-activities", doctype + "\n<iati-activities")
            for data in (text, text.replace("Police reform", "&f;")):
                items = list(read_file(put(tmp_path, data.encode())))
                assert [item.rule for item in items if isinstance(item, Fault)] == ["iati-doctype"]
                assert "the secret" not in str(items)
        with pytest.raises(TimeoutError):
            server.accept()


def test_an_inclusion_is_nothing(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("the secret")
    include = b'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="secret.txt" parse="text"/>'
    items = list(read_file(put(tmp_path, GOOD.replace(b"Police reform</narrative>", include + b"</narrative>"))))
    assert "the secret" not in str(items)


def test_a_file_that_breaks_off_says_after_what(tmp_path: Path) -> None:
    items = list(read_file(put(tmp_path, GOOD[:-60])))
    fault = items[-1]
    assert isinstance(fault, Fault)
    assert (fault.rule, fault.element) == ("iati-xml", "")
    assert fault.message.endswith("(after XX-ORG-1)")
    assert fault.hint == "the file seems to be cut off: get it again"


def test_lines_beyond_65535(tmp_path: Path) -> None:
    body = GOOD.partition(HEAD)[2].partition(b"</iati-activities>")[0]
    many = [body.replace(b"XX-ORG-", b"XX-%d-" % at) for at in range(650)]
    data = HEAD + b"".join(many) + b"</iati-activities>"
    lines = data.decode().splitlines()
    assert len(lines) > 70_000
    found = [item for item in read_file(put(tmp_path, data), part=(0, 7)) if isinstance(item, Activity)]
    assert found[-1].line > 65_535
    for one in found:
        assert "<iati-activity " in lines[one.line - 1]
        for payment in one.transactions:
            assert "<transaction" in lines[payment.line - 1]
        for party in one.parties:
            assert "<participating-org" in lines[party.line - 1]


BYTES = [path.read_bytes() for path in sorted((HERE / "cases" / "iati").glob("*.xml"))]
PIECES = [
    b"",
    b"<",
    b">",
    b"&",
    b'"',
    b"\0",
    b"\xff",
    b"-",
    b"9" * 30,
    b"e",
    b" ",
    b"<narrative/>",
    b"<value>1</value>",
    b"]]>",
]


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    which=st.integers(0, len(BYTES) - 1),
    edits=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 30), st.sampled_from(PIECES)), min_size=1, max_size=4),
)
def test_whatever_the_bytes_nothing_but_items_comes_out(
    which: int, edits: list[tuple[float, int, bytes]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    data = BYTES[which]
    for place, length, piece in edits:
        at = int(place * len(data))
        data = data[:at] + piece + data[at + length :]
    items = list(read_file(put(tmp_path_factory.getbasetemp(), data, "edited.xml")))
    whole = [item for item in items if isinstance(item, Fault) and item.stops and not item.element]
    assert whole in ([], items[-1:]), "after an error of the whole file nothing comes"
    assert items


PROBE = """
import sys
from pathlib import Path
from secgraph.sources.iati import read_file
def peak():
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])
for path in map(Path, sys.argv[1:]):
    kept = sum(1 for item in read_file(path, part=(0, 5)) if hasattr(item, "transactions"))
    print(kept, peak())
"""


def peaks(*paths: Path) -> list[tuple[int, int]]:
    """Return for each file, read one after the other in a process of its own, what was kept and the peak in kB.

    The peak is that of the new program: what getrusage tells starts with the peak of the process that began it.
    """
    done = subprocess.run([sys.executable, "-c", PROBE, *paths], capture_output=True, text=True, check=True)
    rows = [line.split() for line in done.stdout.splitlines()]
    return [(int(kept), int(peak)) for kept, peak in rows]


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    body = GOOD.partition(HEAD)[2].partition(b"</iati-activities>")[0]
    paths = tmp_path / "small.xml", tmp_path / "large.xml"
    for path, count in zip(paths, (500, 21_000), strict=True):
        with path.open("wb") as file:
            file.write(HEAD)
            for at in range(count):
                file.write(body.replace(b"XX-ORG-", b"XX-%d-" % at))
            file.write(b"</iati-activities>")
    assert paths[1].stat().st_size > 100_000_000
    (small, before), (large, after) = peaks(*paths)
    assert (small, large) == (200, 8400)
    assert after - before < 8_000, f"{before} kB after 2.5 MB, {after} kB after 100 MB"
    assert after < 120_000


def test_a_gzip_bomb_costs_little_memory(tmp_path: Path) -> None:
    bomb = put(tmp_path, gzip.compress(HEAD + b" " * (256 << 20), 9), "bomb.gz")
    (_, bare), (_, after) = peaks(put(tmp_path, GOOD, "good.xml"), bomb)
    assert after - bare < 30_000
