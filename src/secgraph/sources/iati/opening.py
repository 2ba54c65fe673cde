"""Opening of IATI files: which there are, and their bytes, unpacked within a budget.

Nothing but the named file is ever read, and nothing is taken for XML before its first bytes were looked at.
"""

from __future__ import annotations

import codecs
import re
import stat
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from secgraph.errors import SourceError
from secgraph.records.iati import Fault
from secgraph.sources.iati.faults import of_file

CHUNK: Final = 1 << 16
_OTHER_FORMS: Final = (
    (b"PK\x03\x04", "a zip archive"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
)
_HTML: Final = re.compile(rb"\s*(<!doctype\s+html|<html)[\s>]", re.IGNORECASE)
_DECLARED: Final = re.compile(rb"<\?xml[^>]*?\sencoding\s*=\s*[\"']([A-Za-z0-9._:-]+)[\"']")


class Limits(NamedTuple):
    """How much is read before a file is refused: bytes of the whole, unpacked, and of one activity.

    An activity stands in memory as a whole, at up to 45 times its size where it is all tiny elements.
    Compressed input may unpack to `free` bytes, and beyond that to `ratio` times its size.
    """

    whole: int = 16 << 30
    activity: int = 16 << 20
    ratio: int = 200
    free: int = 1 << 20


class UnreadableError(SourceError):
    """A file that cannot be read, or not to its end; `fault` says why and where."""

    def __init__(self, path: Path, fault: Fault) -> None:
        super().__init__(path, fault.message, hint=fault.hint)
        self.fault = fault


def iati_files(path: Path) -> list[Path]:
    """Return the IATI files of a file or folder, sorted: names that end in .xml or .gz, hidden ones left out."""
    if not path.is_dir():
        return [path]
    return sorted(
        found
        for found in path.rglob("*")
        if found.is_file() and found.suffix in (".xml", ".gz") and not found.name.startswith(".")
    )


def chunks(path: Path, limits: Limits) -> Iterator[bytes]:
    """Yield the bytes of a file, unpacked where they are gzip whatever the name says.

    Raises:
        UnreadableError: where it is no file, empty, another archive, a web page, damaged, or larger than the limits.
    """
    total = 0
    for at, chunk in enumerate(_unpacked(path, limits)):
        if at == 0:
            _look(path, chunk)
        total += len(chunk)
        if total > limits.whole:
            message = f"the file is larger than the limit of {limits.whole:,} bytes"
            raise UnreadableError(path, of_file("iati-limit", message, hint="split it, or see whether its stream ends"))
        yield chunk


def _look(path: Path, head: bytes) -> None:
    for magic, name in _OTHER_FORMS:
        if head.startswith(magic):
            message = f"the file is {name}, not XML"
            raise UnreadableError(path, of_file("iati-file", message, hint="unpack it, or pack it as gzip"))
    if _HTML.match(head.removeprefix(codecs.BOM_UTF8)):
        hint = "a server sent it instead of the data: get the file again and look at it"
        raise UnreadableError(path, of_file("iati-html", "the file is an HTML page, not IATI", line=1, hint=hint))


def _packed(path: Path) -> Iterator[bytes]:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise UnreadableError(
                path, of_file("iati-file", "this is not a regular file", hint="name a file or folder")
            )
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk
    except OSError as error:
        reason = error.strerror or "cannot be read"
        raise UnreadableError(path, of_file("iati-file", f"the file cannot be read: {reason}")) from error


def _unpacked(path: Path, limits: Limits) -> Iterator[bytes]:
    packed = _packed(path)
    first = next(packed, b"")
    if not first:
        raise UnreadableError(path, of_file("iati-file", "the file is empty", hint="get the file again"))
    if first.startswith(b"\x1f\x8b"):
        yield from _gunzip(path, _joined(first, packed), limits)
    else:
        yield first
        yield from packed


def _joined(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _gunzip(path: Path, packed: Iterator[bytes], limits: Limits) -> Iterator[bytes]:
    """Yield what a gzip file of one or more members unpacks to, zero padding behind them let pass."""
    read = written = 0
    member = zlib.decompressobj(wbits=31)
    try:
        for data in packed:
            read += len(data)
            rest = data
            while rest:
                if member.eof:
                    rest = rest.lstrip(b"\0")
                    if not rest:
                        break
                    member = zlib.decompressobj(wbits=31)
                out = member.decompress(rest, CHUNK * 16)
                written += len(out)
                used = read - len(member.unconsumed_tail)
                if written > limits.free + limits.ratio * used:
                    message = f"{used:,} compressed bytes unpack to more than {limits.ratio} times as many, {written:,}"
                    hint = "this is not how XML compresses: unpack it yourself if you trust it"
                    raise UnreadableError(path, of_file("iati-gzip", message, hint=hint))
                if out:
                    yield out
                rest = member.unused_data if member.eof else member.unconsumed_tail
    except zlib.error as error:
        message = f"the gzip data are damaged within the first {read:,} bytes: {error}"
        raise UnreadableError(path, of_file("iati-gzip", message, hint="get the file again")) from error
    if not member.eof:
        message = f"the gzip data end early, after {read:,} bytes: the file is cut off"
        raise UnreadableError(path, of_file("iati-gzip", message, hint="get the file again"))


def declared_encoding(head: bytes) -> str:
    """Return the encoding that the XML declaration names in lower case, utf-8 where it names none.

    >>> declared_encoding(b'<?xml version="1.0" encoding="ISO-8859-1"?>')
    'iso-8859-1'
    """
    found = _DECLARED.match(head.removeprefix(codecs.BOM_UTF8))
    return found[1].decode("ascii").lower() if found else "utf-8"


def first_bad_byte(path: Path, encoding: str, limits: Limits) -> tuple[int, int]:
    """Return the offset and value of the first byte that is none of the encoding, (-1, 0) where all are.

    The offset is that in the unpacked bytes.
    """
    try:
        decoder = codecs.getincrementaldecoder(encoding)()
    except LookupError:
        return -1, 0
    before = 0
    for chunk in chunks(path, limits):
        held = len(decoder.getstate()[0])
        try:
            decoder.decode(chunk)
        except UnicodeDecodeError as error:
            return before - held + error.start, error.object[error.start]
        before += len(chunk)
    return -1, 0
