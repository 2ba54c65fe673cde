"""RDF that strangers wrote: read whole in a process of its own, or refused by line and column; nothing is fetched.

What parsers take and then lose without a word is refused here: base directions and triple terms, relative IRIs, and
what JSON-LD leaves out because no context knows it or because it is malformed.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple
from xml.parsers import expat  # document types are refused before anything is taken from one

import pyoxigraph as ox

from secgraph.errors import LimitError, SecgraphError
from secgraph.resources import ontology_dir
from secgraph.store.rdf import GENID, RDF_FORMATS, canonical, from_library, sort_key
from secgraph.values import Literal, Quad, nearest
from secgraph.vocab import BASE
from secgraph.worker import Limits, run_limited

ENDINGS: Final = {
    ".ttl": "ttl", ".trig": "trig", ".nt": "nt", ".nq": "nq", ".jsonld": "jsonld",
    ".rdf": "rdfxml", ".owl": "rdfxml", ".xml": "rdfxml",
}  # fmt: skip
"""The format of a file of RDF by its ending."""
CONTEXT: Final = BASE + "context.jsonld"
"""The one address of a JSON-LD context that is known: the bundled one is taken for it."""
READING: Final = Limits(seconds=300.0, memory=4_000_000_000, result=1_000_000_000)
NAMING: Final = Limits(seconds=30.0, memory=2_000_000_000, result=1_000_000_000)
"""What the naming of blank nodes may use: graphs can be made for which it would never end."""

MOST: Final = 1_000
"""Faults of one file that are told."""

_RELATIVE: Final = "https://relative.invalid/"
_KEYWORDS: Final = frozenset(
    "@base @container @context @direction @graph @id @import @included @index @json @language @list @nest @none "
    "@prefix @propagate @protected @reverse @set @type @value @version @vocab".split()
)
_MAPS: Final = frozenset(("@language", "@index", "@id", "@type", "@graph"))
_BEGINNING: Final = 300
"""Characters of a line among which its first name is looked for."""
_LANGUAGE: Final = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*\Z")
_SURROGATE: Final = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)
_NO_IRI: Final = re.compile(r'[\x00-\x20<>"{}|\\^`]')
_MARKS: Final = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


class Fault(NamedTuple):
    """One thing for which a file is refused: its rule, what to do, and its place (from 1; 0 where none is known)."""

    rule: str
    message: str
    hint: str = ""
    line: int = 0
    column: int = 0
    value: str = ""


class Read(NamedTuple):
    """What a file says: its quads by value, sorted, or the faults for which none of them is taken."""

    quads: list[Quad]
    lines: Mapping[str, int]
    """The first line that names a subject."""
    faults: list[Fault]


def read_rdf(path: Path, *, reading: Limits = READING, naming: Limits = NAMING) -> Read:
    """Read a file of RDF, its format told by its ending; blank nodes get IRIs made of what the file says.

    Args:
        path: the file.
        reading: what its parser may use.
        naming: what the naming of blank nodes may use.
    """
    form = ENDINGS.get(path.suffix.lower())
    if form is None:
        return _refused("rdf-format", f"no format of RDF ends in {path.suffix or 'nothing'}", "one of " + _listed())
    try:
        path.open("rb").close()
    except OSError as exc:
        return _refused("rdf-unreadable", f"cannot be read: {exc.strerror}", "see the path")
    target = "secgraph.store.strangers:read_in_child"
    try:
        quads, lines, faults = run_limited(target, (str(path), form), reading, what="the reading of RDF")
    except LimitError as exc:
        return _refused("rdf-limit", exc.message, "nest less deeply, or cut the file")
    except SecgraphError as exc:
        return _refused("rdf-syntax", exc.message, exc.hint)
    found = Read(quads, lines, [Fault(*fault) for fault in faults])
    if not any(name.startswith("_:") for quad in quads for name in _names(quad)):
        return found
    target = "secgraph.store.strangers:name_in_child"
    try:
        named = run_limited(target, quads, naming, what="the naming of blank nodes")
    except LimitError as exc:
        return _refused("rdf-limit", exc.message, "give IRIs to the blank nodes: too many of them are alike")
    return found._replace(quads=named)


def _listed() -> str:
    return ", ".join(ENDINGS)


def _refused(rule: str, message: str, hint: str) -> Read:
    return Read([], {}, [Fault(rule, message, hint)])


def _names(quad: Quad) -> Iterator[str]:
    yield quad.subject
    yield quad.graph
    if not isinstance(quad.object, Literal):
        yield quad.object


def name_in_child(quads: list[Quad]) -> list[Quad]:
    """Return quads whose blank nodes bear IRIs, which two files share only where they say the same of them.

    In the child of `read_rdf`; never outside one.
    """
    alike = sorted(map(from_library, canonical(quads)), key=sort_key)
    own = [quad for quad in alike if any(name.startswith("_:") for name in _names(quad))]
    mark = hashlib.sha256(repr(list(map(tuple, own))).encode()).hexdigest()[:16]

    def named(name: str) -> str:
        return f"{GENID}{mark}-{name[2:]}" if name.startswith("_:") else name

    return [
        Quad(
            named(quad.subject),
            quad.predicate,
            quad.object if isinstance(quad.object, Literal) else named(quad.object),
            named(quad.graph),
        )
        for quad in alike
    ]


def read_in_child(argument: tuple[str, str]) -> tuple[list[Quad], dict[str, int], list[tuple[Any, ...]]]:
    """Return a `Read` in plain values, in the child of `read_rdf`; never outside one."""
    path, form = argument
    data = Path(path).read_bytes()
    text, faults = _decoded(data)
    if not faults and form == "jsonld":
        text, faults = _Json(text).look()
    elif not faults and form == "rdfxml":
        faults = _xml_faults(text)
    quads: list[Quad] = []
    if not faults:
        quads, faults = _parsed(text, form)
    if faults:
        return [], {}, [tuple(fault) for fault in faults]
    return quads, _lines(text, {quad.subject for quad in quads}), []


def _decoded(data: bytes) -> tuple[str, list[Fault]]:
    for mark, name in _MARKS.items():
        if data.startswith(mark):
            return "", [Fault("rdf-encoding", f"the file is {name}", "save it as UTF-8")]
    try:
        return data.removeprefix(b"\xef\xbb\xbf").decode(), []
    except UnicodeDecodeError as exc:
        line = data.count(b"\n", 0, exc.start) + 1
        column = exc.start - data.rfind(b"\n", 0, exc.start)
        message = f"not UTF-8 at byte {exc.start}: {exc.reason}"
        return "", [Fault("rdf-encoding", message, "save it as UTF-8", line, column, f"0x{data[exc.start]:02x}")]


def _parsed(text: str, form: str) -> tuple[list[Quad], list[Fault]]:
    """Return the quads by value, or the first fault of the syntax and all of what we do not read."""
    store, faults = ox.Store(), dict[Fault, None]()
    try:
        # Only JSON-LD has no error for what is relative to nowhere: here it is relative to a place that we know.
        base = _RELATIVE if form == "jsonld" else None
        for quad in ox.parse(text, RDF_FORMATS[form], base_iri=base):
            fault = _not_read(quad)
            if fault:
                line, column = _place(text, fault.value)
                faults[fault._replace(line=line, column=column)] = None
                if len(faults) == MOST:
                    break
            else:
                store.add(quad)
    except SyntaxError as exc:
        return [], [_syntax(exc, text)]
    return sorted(map(from_library, store), key=sort_key), list(faults)


def _not_read(quad: ox.Quad) -> Fault | None:
    item = quad.object
    if isinstance(item, ox.Triple):
        return Fault("rdf-version", "a triple term, which RDF 1.1 does not have", "state each triple by itself")
    if isinstance(item, ox.Literal):
        if getattr(item, "direction", None):
            hint = "leave the direction of the text to the reader"
            return Fault("rdf-version", "a base direction, which RDF 1.1 does not have", hint, value=item.value)
        names = [item.datatype.value]
    else:
        names = [getattr(item, "value", "")]
    names += [getattr(term, "value", "") for term in (quad.subject, quad.predicate, quad.graph_name)]
    for name in names:
        if name.startswith(_RELATIVE):
            told = name.removeprefix(_RELATIVE)
            return Fault("rdf-iri", "a relative IRI, and the file has no base", "write it whole", value=told)
    return None


def _syntax(exc: SyntaxError, text: str) -> Fault:
    message = re.sub(r"\AParser error (at|between) line .*?: ", "", str(exc.msg), flags=re.DOTALL)
    line, column, value = exc.lineno or 0, exc.offset or 0, ""
    quoted = re.search(r"'([^']+)'", message)
    if not line and quoted:
        value = quoted[1]
        line, column = _place(text, value)
    return Fault("rdf-syntax", message.strip(), "see the line that is named" if line else "", line, column, value)


def _place(text: str, value: str) -> tuple[int, int]:
    """Return the line and column in which a value first stands, 0 where it does not stand so."""
    at = text.find(value) if value else -1
    if at < 0:
        return 0, 0
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def _lines(text: str, subjects: set[str]) -> dict[str, int]:
    """Return the line of each subject: the first that begins with its name, else the first that holds it.

    A name is a label or the last part of an IRI, best after the part before it, as a prefix or a folder.
    """
    wanted: dict[str, set[tuple[str, str]]] = {}
    for subject in subjects:
        *_, kind, name = ["_", subject[2:]] if subject.startswith("_:") else ["", *re.split(r"[/#:]", subject)]
        wanted.setdefault(name, set()).add((kind, subject))
    best: dict[str, tuple[bool, bool, int]] = {}
    line, last, start = 1, 0, 0
    for match in re.finditer(r"[\w.~%-]*\w", text):
        name, at = match[0], match.start()
        if name not in wanted:
            continue
        line += text.count("\n", last, at)
        start = max(start, text.rfind("\n", last, at) + 1)
        last = at
        within = at - start >= _BEGINNING or re.search(r"\S\s", text[start:at]) is not None
        for kind, subject in list(wanted[name]):
            other = text[max(0, at - 1 - len(kind)) : max(0, at - 1)] != kind
            best[subject] = min(best.get(subject, (True, True, line)), (other, within, line))
            if not other and not within:
                wanted[name].discard((kind, subject))
    return {subject: line for subject, (_, _, line) in best.items()}


_OTHER_ROOTS: Final = {
    "html": "a web page, perhaps of an error: fetch the file again",
    "iati-activities": "name the file in [[iati]]",
    "iati-organisations": "name the file in [[iati]]",
}


class _DoctypeError(Exception):
    """Ends the reading of an XML text at once."""


def _xml_faults(text: str) -> list[Fault]:
    """Return why an XML text is refused before RDF is looked for: entities can grow without end."""
    encoding = re.match(r"\s*<\?xml[^>]*?encoding\s*=\s*[\"']([^\"'>]*)", text)
    if encoding and encoding[1].lower() not in ("utf-8", "us-ascii"):
        hint = "save it as UTF-8, and say so in its first line"
        return [Fault("rdf-encoding", "another encoding is declared", hint, 1, encoding.start(1) + 1, encoding[1])]
    parser = expat.ParserCreate()
    roots: list[str] = []

    def doctype(*_rest: object) -> None:
        raise _DoctypeError

    def start(name: str, _attributes: object) -> None:
        roots.append(name)
        parser.StartElementHandler = None

    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(text.encode(), True)
    except _DoctypeError:
        message, hint = "a document type is declared, which may hold entities", "take the declaration out"
        line, column = _place(text, "<!DOCTYPE")
        return [Fault("rdf-entities", message, hint, line, column)]
    except expat.ExpatError as exc:
        reason = expat.errors.messages.get(exc.code, "malformed")
        return [Fault("rdf-syntax", f"not well-formed XML: {reason}", "see the line", exc.lineno, exc.offset + 1)]
    if roots[0] in _OTHER_ROOTS:
        line, column = _place(text, f"<{roots[0]}")
        return [Fault("rdf-syntax", "the root is not rdf:RDF", _OTHER_ROOTS[roots[0]], line, column, roots[0])]
    return []


class _Json:
    """Looks at a JSON-LD document for what its parser would leave out without a word, and for what it would fetch."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.faults: dict[Fault, None] = {}
        self.terms: dict[str, Any] = {}
        self.vocab = False
        self.replaced = False

    def look(self) -> tuple[str, list[Fault]]:
        """Return the text that is to be parsed, and what is wrong with it."""
        try:
            document = json.loads(self.text, object_pairs_hook=self._object)
        except json.JSONDecodeError as exc:
            return "", [Fault("rdf-syntax", f"not JSON: {exc.msg}", "see the line", exc.lineno, exc.colno)]
        try:
            json.dumps(document, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            self._surrogate()
        holders = [document] if isinstance(document, (dict, list)) else []
        for node in _nodes(holders):
            if "@context" in node:
                node["@context"] = self._context(node["@context"])
        if not self.faults:
            # What a context that is not there may know is not said to be unknown.
            self._walk(holders)
        return (json.dumps(document) if self.replaced else self.text), list(self.faults)

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            keys = [key for key, _ in pairs]
            twice = next(key for key in keys if keys.count(key) > 1)
            self._fault("rdf-syntax", "a key stands twice in one object", "keep one of them", twice)
        return found

    def _fault(self, rule: str, message: str, hint: str, value: str) -> None:
        if len(self.faults) == MOST:
            return
        quoted = json.dumps(value, ensure_ascii=False)
        place = _place(self.text, quoted)
        line, column = place if place[0] else _place(self.text, value)
        self.faults[Fault(rule, message, hint, line, column, value)] = None

    def _surrogate(self) -> None:
        found = _SURROGATE.search(self.text)
        line, column = _place(self.text, found[0]) if found else (0, 0)
        message, hint = "half of a pair of escapes, which is no character", "write the character itself"
        self.faults[Fault("rdf-syntax", message, hint, line, column, found[0] if found else "")] = None

    def _context(self, context: Any) -> Any:
        """Take note of the terms of a context, and return it with the bundled one in place of its address."""
        if isinstance(context, list):
            return [self._context(part) for part in context]
        if isinstance(context, str):
            if context != CONTEXT:
                hint = f"write the context into the file, or name the bundled one, {CONTEXT}"
                self._fault("rdf-context", "the context stands elsewhere, and nothing is fetched", hint, context)
                return {}
            self.replaced = True
            bundled = json.loads((ontology_dir() / "context.jsonld").read_text(encoding="utf-8"))["@context"]
            return self._context(bundled)
        if not isinstance(context, dict):
            return context
        for key, value in context.items():
            if key == "@import":
                hint = "write what it imports into the file"
                self._fault("rdf-context", "the context imports another, and nothing is fetched", hint, str(value))
            elif key == "@vocab":
                self.vocab = self.vocab or value is not None
            elif key == "@language" and isinstance(value, str):
                self._language(value)
            elif not key.startswith("@"):
                self.terms[key] = value
                if isinstance(value, dict) and "@context" in value:
                    value["@context"] = self._context(value["@context"])
        return context

    def _walk(self, holders: list[Any]) -> None:
        waiting: list[tuple[Any, bool]] = [(holder, False) for holder in holders]
        while waiting:
            node, is_map = waiting.pop()
            if isinstance(node, list):
                waiting += [(item, is_map) for item in node]
            elif isinstance(node, dict) and node.get("@type") != "@json":
                for key, value in node.items():
                    if key == "@context":
                        continue
                    definition = self.terms.get(key)
                    held = definition.get("@container") if isinstance(definition, dict) else None
                    held = held if isinstance(held, list) else [held]
                    if not is_map:
                        self._key(key, value)
                    if not (isinstance(definition, dict) and definition.get("@type") == "@json"):
                        waiting.append((value, not is_map and bool(_MAPS & {str(one) for one in held})))

    def _key(self, key: str, value: Any) -> None:
        known = self.terms.get(key)
        meant = known.get("@id") if isinstance(known, dict) else known
        if meant in _KEYWORDS:
            key = str(meant)
        names_things = key in ("@id", "@type") or (isinstance(known, dict) and known.get("@type") in ("@id", "@vocab"))
        if key == "@language" and isinstance(value, str):
            self._language(value)
        elif names_things:
            for name in value if isinstance(value, list) else [value]:
                if isinstance(name, str) and _NO_IRI.search(name):
                    self._fault("rdf-iri", "no IRI may hold such a character", "percent-encode it", name)
        elif key.startswith("@"):
            if key not in _KEYWORDS:
                near = nearest(key, _KEYWORDS)
                hint = f"did you mean {near[0]}?" if near else "see the keywords of JSON-LD"
                self._fault("rdf-left-out", "not a keyword of JSON-LD: what it holds would be left out", hint, key)
        elif ":" in key:
            if _NO_IRI.search(key):
                self._fault("rdf-iri", "no IRI may hold such a character", "percent-encode it", key)
        elif key not in self.terms and not self.vocab:
            near = nearest(key, self.terms)
            hint = f"did you mean {near[0]}?" if near else "name its property in the context, or write it as an IRI"
            self._fault("rdf-left-out", "no context knows this key: what it holds would be left out", hint, key)

    def _language(self, tag: str) -> None:
        if not _LANGUAGE.match(tag):
            hint = "as sr-Latn or en"
            self._fault("rdf-language", "not a BCP 47 tag: the text would be left out", hint, tag)


def _nodes(holders: Iterable[Any]) -> Iterator[dict[str, Any]]:
    """Yield all objects of a document, those of contexts left out; a document may be deeper than calls may go."""
    waiting = list(holders)
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            yield node
            waiting += [value for key, value in node.items() if key != "@context"]
