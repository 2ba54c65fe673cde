"""The elements of an IATI file, one activity or organisation at a time, by lxml at its strictest.

No entity is resolved, no document type, external file or network is read, nothing is recovered, and an element is
gone from memory once the next is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from lxml import etree

from secgraph.records.iati import Fault
from secgraph.sources.iati.faults import of_file
from secgraph.sources.iati.lines import line_of
from secgraph.sources.iati.opening import Limits, UnreadableError, chunks, declared_encoding, first_bad_byte

ITEMS: Final = {"iati-activities": "iati-activity", "iati-organisations": "iati-organisation"}
"""The two outermost elements, and what each holds."""

_HEAD: Final = 1 << 20
_DOCTYPE: Final = b"<!DOCTYPE"
_STEP: Final = 1 << 12
_ENCODING_FAULTS: Final = {9, 31, 32, 81}
_LIMIT_FAULTS: Final = {89, 90, 114}


class Root(NamedTuple):
    """The outermost element: its name, attributes and line."""

    tag: str
    attributes: dict[str, str]
    line: int


class Parsed:
    """A file that is being parsed: its root at once, then its items, and last what is left of the root.

    `end` is the root as it is then, `nested` the line of the first item that stood within another element, where none
    is read.
    """

    def __init__(self, path: Path, limits: Limits) -> None:
        self._path = path
        self._limits = limits
        self._chunks = chunks(path, limits)
        self._head: list[bytes] = []
        self.end: Any = None
        self.nested = 0
        self._root: Root | None = None
        self.root = self._root = self._read_root()

    def _parser(self, event: str, tag: str | None) -> Any:
        return etree.XMLPullParser(
            events=(event,),
            tag=tag,
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )

    def _read_root(self) -> Root:
        """Return the root from the first bytes; the items have a parser of their own, which waits for them alone."""
        parser = self._parser("start", None)
        size = 0
        for chunk in self._chunks:
            self._head.append(chunk)
            size += len(chunk)
            for at in range(0, len(chunk), _STEP):
                self._feed(parser, chunk[at : at + _STEP])
                for _event, element in parser.read_events():
                    return self._checked(element)
            if size > _HEAD:
                message = f"no element starts within the first {_HEAD:,} bytes"
                raise UnreadableError(self._path, of_file("iati-limit", message))
        self._close(parser)
        raise UnreadableError(self._path, of_file("iati-xml", "the file holds no element", line=1))

    def _checked(self, element: Any) -> Root:
        if element.getroottree().docinfo.doctype:
            raise UnreadableError(self._path, self._doctype())
        root = Root(str(element.tag), {str(k): str(v) for k, v in element.attrib.items()}, line_of(element))
        if root.tag not in ITEMS:
            message = f"the outermost element is {root.tag}, neither iati-activities nor iati-organisations"
            fault = of_file("iati-root", message, line=root.line, value=root.tag, hint="see what the file is")
            raise UnreadableError(self._path, fault)
        return root

    def _doctype(self) -> Fault:
        head = b"".join(self._head)
        line = head[: max(head.find(_DOCTYPE), 0)].count(b"\n") + 1
        hint = "IATI files need none: take the declaration out, and write what its entities stand for"
        return of_file("iati-doctype", "a document type is declared", line=line, hint=hint)

    def items(self) -> Iterator[Any]:
        """Yield the activities or organisations; each is emptied when the next is asked for.

        Raises:
            UnreadableError: where the file is not well-formed, its bytes are damaged, or a limit is reached.
        """
        parser = self._parser("end", ITEMS[self.root.tag])
        last = 0
        since = 0
        for chunk in self._all_chunks():
            self._feed(parser, chunk)
            since += len(chunk)
            for _event, element in parser.read_events():
                parent = element.getparent()
                if parent.getparent() is not None:
                    self.nested = self.nested or line_of(element)
                    continue
                since = 0
                last = line_of(element)
                yield element
                element.clear(keep_tail=True)  # what stands between two items is looked at with the later one
                while element.getprevious() is not None:
                    del parent[0]
            if since > self._limits.activity:
                after = f" after the one at line {last}" if last else ""
                message = f"no activity ends within {self._limits.activity:,} bytes{after}"
                raise UnreadableError(self._path, of_file("iati-limit", message, hint="see whether the file is whole"))
        self.end = self._close(parser)

    def _all_chunks(self) -> Iterator[bytes]:
        while self._head:
            yield self._head.pop(0)
        yield from self._chunks

    def _feed(self, parser: Any, chunk: bytes) -> None:
        try:
            parser.feed(chunk)
        except etree.XMLSyntaxError as error:
            raise UnreadableError(self._path, self._fault(parser, error)) from error

    def _close(self, parser: Any) -> Any:
        try:
            return parser.close()
        except etree.XMLSyntaxError as error:
            raise UnreadableError(self._path, self._fault(parser, error, at_end=True)) from error

    def _fault(self, parser: Any, error: Any, *, at_end: bool = False) -> Fault:
        # The log of the error itself holds what other parsers and schemas of this thread found, too.
        entries = [entry for entry in parser.feed_error_log if entry.level >= etree.ErrorLevels.ERROR]
        if self._root is None and any(_DOCTYPE in chunk for chunk in self._head):
            return self._doctype()
        if not entries:
            return of_file("iati-xml", f"the file is not well-formed XML: {error.msg}", line=error.lineno or 0)
        first = entries[0]
        text = first.message.strip()
        if first.type in _ENCODING_FAULTS:
            return self._encoding_fault(first.line, first.column, text)
        if first.type in _LIMIT_FAULTS:
            message = f"the file goes beyond what one parser should bear: {text}"
            return of_file("iati-limit", message, line=first.line, column=first.column)
        hint = "mend it where it is published, or get the file again"
        if at_end:
            hint = "the file seems to be cut off: get it again"
        elif "ntity" in text:
            hint = "write & as &amp;, and a character instead of the name of an entity"
        message = f"the file is not well-formed XML at line {first.line}, column {first.column}: {text}"
        return of_file("iati-xml", message, line=first.line, column=first.column, hint=hint)

    def _encoding_fault(self, line: int, column: int, text: str) -> Fault:
        head = next(chunks(self._path, self._limits))
        encoding = declared_encoding(head)
        offset, byte = first_bad_byte(self._path, encoding, self._limits)
        if offset < 0:
            message = f"the encoding {encoding!r} cannot be read: {text}"
            hint = "save the file as UTF-8, and declare it so"
            return of_file("iati-encoding", message, line=line, column=column, value=encoding, hint=hint)
        message = (
            f"byte 0x{byte:02x} at offset {offset:,} is not {encoding}, which the file is said to be (line {line})"
        )
        hint = "declare the encoding that the bytes are in, or save the file as UTF-8"
        return of_file("iati-encoding", message, line=line, column=column, value=f"0x{byte:02x}", hint=hint)
