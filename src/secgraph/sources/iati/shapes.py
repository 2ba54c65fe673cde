"""The structure of IATI files as a table of shapes, and the schema for libxml2 that is made from it.

The table, `assets/iati-structure.tsv`, says for each shape its text, attributes and children; its head explains it.
A table that contradicts itself is refused, so a schema is made from a sound one only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple
from xml.sax.saxutils import quoteattr

from secgraph.errors import ConfigError

TABLE: Final = Path(__file__).resolve().parent.parent.parent / "assets" / "iati-structure.tsv"
STARTS: Final = ("iati-activities", "iati-activity", "iati-organisation", "iati-organisations")
"""The shapes of the elements that are checked by themselves: the two roots, and what they hold."""

LANGUAGE: Final = "xml:lang"
FORMS: Final = {
    "NMTOKEN": ("word", "one word of letters, digits, '.', '-', '_' or ':'"),
    "anyURI": ("web address", "a web address, for example https://example.org/report.pdf"),
    "boolean": ("truth value", "true, false, 1 or 0"),
    "date": ("date", "a day that exists, as 2024-06-30"),
    "dateTime": ("date and time", "a day and a time, as 2024-06-30T12:00:00Z"),
    "decimal": ("number", "digits with a point, as 1250.50: no thousands separator, no sign of a currency"),
    "int": ("whole number", "a whole number, as 2"),
    "nonNegativeInteger": ("whole number", "a whole number, 0 or more"),
    "positiveInteger": ("whole number above 0", "a whole number, 1 or more"),
    "string": ("text", "any text"),
    LANGUAGE: ("code of a language", "a code of a language, as fr or pt-BR"),
}
"""The types of texts and attributes: what each is called, and the form that is accepted, in words."""

OTHERS: Final = "..."
_COLUMNS: Final = ["shape", "text", "attributes", "children"]
_ATTRIBUTE: Final = re.compile(r"([a-zA-Z][\w-]*)(?::(\w+))?(!?)")
_NAME: Final = re.compile(r"[a-z][\w-]*")
_CHILD: Final = re.compile(r"([a-z][\w-]*)(?:=([a-z][\w-]*))?([?*+]?)")
_MANY: Final = {"": (1, 1), "?": (0, 1), "*": (0, None), "+": (1, None)}


class Attribute(NamedTuple):
    """An attribute: the type of its value, and whether it must stand."""

    type: str
    required: bool


class Child(NamedTuple):
    """A child in its place: name, shape, least and most (None: any number); the name is `...` for other namespaces."""

    name: str
    shape: str
    least: int
    most: int | None


class Shape(NamedTuple):
    """What an element of this shape may hold; `closed` forbids attributes of other namespaces."""

    name: str
    text: str
    attributes: dict[str, Attribute]
    closed: bool
    children: tuple[Child, ...]


def read_shapes(text: str, *, starts: Iterable[str] = STARTS) -> dict[str, Shape]:
    """Return the shapes of a table by their names.

    Raises:
        ConfigError: The table is malformed or contradicts itself; the message names its line.

    >>> shapes = read_shapes("shape\\ttext\\tattributes\\tchildren\\nday\\t\\tiso-date:date!\\t...", starts=["day"])
    >>> shapes["day"].attributes["iso-date"]
    Attribute(type='date', required=True)
    """
    rows = [(n, line) for n, line in enumerate(text.splitlines(), 1) if line and not line.startswith("#")]
    if not rows or rows[0][1].split("\t") != _COLUMNS:
        raise ConfigError("the table of the IATI structure does not begin with its columns", hint=", ".join(_COLUMNS))
    shapes: dict[str, Shape] = {}
    places: dict[str, int] = {}
    for number, line in rows[1:]:
        shape = _shape(number, line)
        if shape.name in shapes:
            raise _wrong(number, f"the shape {shape.name} stands in line {places[shape.name]} already")
        shapes[shape.name], places[shape.name] = shape, number
    for shape in shapes.values():
        for child in shape.children:
            if child.name != OTHERS and child.shape not in shapes:
                raise _wrong(places[shape.name], f"{child.name} has the shape {child.shape}, which no row describes")
    missing = sorted(set(starts) - set(shapes))
    if missing:
        raise ConfigError(f"the table of the IATI structure lacks {', '.join(missing)}")
    unused = sorted(set(shapes) - set(_reached(shapes, starts)))
    if unused:
        raise _wrong(places[unused[0]], f"no element has the shape {unused[0]}")
    return shapes


def _wrong(line: int, message: str) -> ConfigError:
    return ConfigError(f"the table of the IATI structure, line {line}: {message}")


def _shape(number: int, line: str) -> Shape:
    """Return the shape of one row."""
    cells = line.split("\t")
    if len(cells) > len(_COLUMNS):
        raise _wrong(number, f"{len(cells)} cells, {len(_COLUMNS)} columns")
    name, text, attributes, children = cells + [""] * (len(_COLUMNS) - len(cells))
    if not _NAME.fullmatch(name):
        raise _wrong(number, f"{name!r} is no name of a shape")
    if text and (text not in FORMS or text == LANGUAGE):
        raise _wrong(number, f"{text} is no type")
    if text and children:
        raise _wrong(number, "a shape has text or children, not both")
    words = attributes.split()
    closed = bool(words) and words[-1] == "only"
    return Shape(name, text, _attributes(number, words[: len(words) - closed]), closed, _children(number, children))


def _attributes(number: int, words: list[str]) -> dict[str, Attribute]:
    found: dict[str, Attribute] = {}
    for word in words:
        match = _ATTRIBUTE.fullmatch(word)
        if match is None or match[1] in found:
            raise _wrong(number, f"the attribute {word} is malformed or stands twice")
        if (match[2] or "string") not in FORMS:
            raise _wrong(number, f"{match[2]} is no type")
        found[match[1]] = Attribute(match[2] or "string", bool(match[3]))
    return found


def _children(number: int, cell: str) -> tuple[Child, ...]:
    found: list[Child] = []
    for word in cell.split():
        match = _CHILD.fullmatch(word)
        if word == OTHERS and OTHERS not in [child.name for child in found]:
            found.append(Child(OTHERS, OTHERS, 0, None))
        elif match is None or match[1] in [child.name for child in found]:
            raise _wrong(number, f"the child {word} is malformed or stands twice")
        else:
            found.append(Child(match[1], match[2] or match[1], *_MANY[match[3]]))
    return tuple(found)


def _reached(shapes: dict[str, Shape], starts: Iterable[str]) -> set[str]:
    """Return the names of the shapes that an element below these can have."""
    found: set[str] = set()
    waiting = list(starts)
    while waiting:
        name = waiting.pop()
        if name not in found and name != OTHERS:
            found.add(name)
            waiting.extend(child.shape for child in shapes[name].children)
    return found


_OR_EMPTY: Final = """\
<xs:simpleType><xs:union memberTypes="xs:{0}"><xs:simpleType>
<xs:restriction base="xs:string"><xs:whiteSpace value="collapse"/><xs:enumeration value=""/></xs:restriction>
</xs:simpleType></xs:union></xs:simpleType>
"""
_LANGUAGE_TYPE: Final = _OR_EMPTY.format("language").replace('<xs:whiteSpace value="collapse"/>', "")
"""What xml:lang may say: a language, or nothing, which takes a language back."""

XML_SCHEMA: Final = f"""\
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="http://www.w3.org/XML/1998/namespace">
<xs:attribute name="lang">{_LANGUAGE_TYPE}</xs:attribute>
</xs:schema>
"""
"""The schema of the xml: attributes, which the others import."""

_HEAD: Final = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">'
_IMPORT: Final = '<xs:import namespace="http://www.w3.org/XML/1998/namespace" schemaLocation="xml"/>'
_ANY: Final = '<xs:any namespace="##other" processContents="skip" minOccurs="0" maxOccurs="unbounded"/>'
_ANY_ATTRIBUTE: Final = '<xs:anyAttribute namespace="##other" processContents="lax"/>'


def schema_text(shapes: dict[str, Shape]) -> str:
    """Return the XML Schema of these shapes; a root is described without the activities in it."""
    lines = [_HEAD, _IMPORT]
    for name in STARTS:
        lines.append(f"<xs:element name={quoteattr(name)} type={quoteattr(name)}/>")
    for shape in shapes.values():
        lines.extend(_complex_type(shape))
    return "\n".join([*lines, "</xs:schema>"])


def _complex_type(shape: Shape) -> Iterator[str]:
    """Yield the lines that define the type of a shape."""
    attributes = [
        f'<xs:attribute name="{name}" type="xs:{type_}" use="{"required" if required else "optional"}"/>'
        for name, (type_, required) in sorted(shape.attributes.items())
    ] + [_ANY_ATTRIBUTE] * (not shape.closed)
    yield f'<xs:complexType name="{shape.name}">'
    if shape.text:
        yield f'<xs:simpleContent><xs:extension base="xs:{shape.text}">'
        yield from attributes
        yield "</xs:extension></xs:simpleContent>"
    else:
        yield "<xs:sequence>"
        for child in shape.children:
            if child.name == OTHERS:
                yield _ANY
            elif child.shape not in STARTS:
                most = "unbounded" if child.most is None else child.most
                counts = f'minOccurs="{child.least}" maxOccurs="{most}"'
                yield f'<xs:element name="{child.name}" type="{child.shape}" {counts}/>'
        yield "</xs:sequence>"
        yield from attributes
    yield "</xs:complexType>"


def open_schema_text(attributes: dict[str, str], texts: dict[str, str], starts: Iterable[str]) -> str:
    """Return an XML Schema that allows everything but these attributes and texts where they are not of their types.

    An attribute may also be empty.
    """
    lines = [_HEAD]
    for name, type_ in sorted(attributes.items()):
        lines.append(f'<xs:attribute name="{name}">{_OR_EMPTY.format(type_)}</xs:attribute>')
    lines += [f'<xs:element name="{name}"/>' for name in starts]
    for name, type_ in sorted(texts.items()):
        lines.append(f'<xs:element name="{name}"><xs:complexType><xs:simpleContent><xs:extension base="xs:{type_}">')
        lines.append('<xs:anyAttribute namespace="##any" processContents="lax"/>')
        lines.append("</xs:extension></xs:simpleContent></xs:complexType></xs:element>")
    return "\n".join([*lines, "</xs:schema>"])


def type_schema_text() -> str:
    """Return an XML Schema with one element for each type, called as the type is, to try single values on."""
    lines = [_HEAD]
    lines += [f'<xs:element name="{name}" type="xs:{name}"/>' for name in FORMS if name != LANGUAGE]
    return "\n".join([*lines, f'<xs:element name="lang">{_LANGUAGE_TYPE}</xs:element>', "</xs:schema>"])
