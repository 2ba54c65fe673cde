"""What is wrong in the structure of an IATI file, element by element.

libxml2 validates each activity against a schema made once per process from the table of shapes; only where it says no
is the activity walked again here, over the same table, to say what is wrong, where, and what to do. Files of 2.0x are
held to the whole structure; of 1.0x only the identifier, the numbers and the dates are asked for.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from lxml import etree

from secgraph.records.iati import Fault
from secgraph.sources.iati.lines import line_of
from secgraph.sources.iati.shapes import (
    FORMS,
    LANGUAGE,
    OTHERS,
    TABLE,
    XML_SCHEMA,
    Shape,
    open_schema_text,
    read_shapes,
    schema_text,
    type_schema_text,
)
from secgraph.sources.iati.versions import SUPPORTED, old, supported
from secgraph.values import ERROR, nearest

STRUCTURE: Final = "iati-structure"
VALUE: Final = "iati-value"
ROOT: Final = "iati-root"
VERSION: Final = "iati-version"
IDENTIFIER: Final = "iati-identifier"

_OLD_ATTRIBUTES: Final = {"iso-date": "date", "value-date": "date", "percentage": "decimal"}
_OLD_TEXTS: Final = {"value": "decimal"}
"""What must be well formed in 1.0x wherever it stands, where the attribute is not empty."""

_OLD_LOOSE: Final = {"activity-date"}
"""Elements of 1.0x without which an activity is still one: the reader leaves a wrong one out."""

_HOLDS: Final = {"iati-activities": "iati-activity", "iati-organisations": "iati-organisation"}
_NAMES: Final = {"iati-activity": "iati-identifier", "iati-organisation": "organisation-identifier"}
_XML: Final = "{http://www.w3.org/XML/1998/namespace}"
_LANG: Final = _XML + "lang"
_XSI: Final = "{http://www.w3.org/2001/XMLSchema-instance}"
_LONGEST: Final = 100
_MOST: Final = 1000
"""How long a value is shown, and how many faults of one activity are looked for."""


def check_root(tag: str, attributes: Mapping[str, str], version: str, line: int) -> list[Fault]:
    """Return what is wrong with the root of a file: its name, the version that it states, its attributes.

    A fault here means that nothing of the file can be read. `version` is '' where the root states none.
    """
    name = _plain(tag)
    if tag not in _HOLDS:
        message = f"the file begins with <{name}>: it holds neither IATI activities nor organisations"
        hint = "an IATI file begins with <iati-activities> or <iati-organisations>"
        return [Fault(ROOT, ERROR, line, name, "", "", message, hint)]
    known = supported(version)
    if not known:
        message = (
            "this version of the standard is not known" if version else "the version of the standard is not stated"
        )
        hint = f"versions that are read: {', '.join(SUPPORTED)}"
        return [Fault(VERSION, ERROR, line, f"{name}/@version", "", _short(version), message, hint)]
    root = etree.Element(tag, dict(attributes))
    if old(known) or _valid(_schema(), root):
        return []
    explainer = _Explainer("", line)
    explainer.attributes(root, _shapes()[tag], name)
    return explainer.faults or _unexplained(_schema(), root, explainer)


def check_activity(element: Any, version: str) -> list[Fault]:
    """Return what is wrong in an activity; the common case, nothing, costs one pass of libxml2.

    The element is not changed, and what is around it does not matter. An empty identifier is sound structure in 2.0x,
    as the standard has it, and a fault in 1.0x, where little else is asked for.
    """
    return _check(element, "iati-activity", version)


def check_organisation(element: Any, version: str) -> list[Fault]:
    """Return what is wrong in an organisation of an organisation file, as `check_activity` does."""
    return _check(element, "iati-organisation", version)


def check_before(element: Any) -> list[Fault]:
    """Return what is wrong in the root between the activity or organisation before this one, and this one.

    Call it while the one before, or what is left of it with its tail, still stands; what is before that may be gone.
    It is not asked of files of 1.0x, where anything may stand there.
    """
    before = element.getprevious()
    if before is not None and before.tag == element.tag and not (before.tail and before.tail.strip()):
        return []
    root, held = element.getparent(), element.tag
    siblings: list[Any] = []
    for sibling in element.itersiblings(preceding=True):
        siblings.append(sibling)
        if sibling.tag == held:
            break
    siblings.reverse()
    explainer = _Explainer("", line_of(element))
    explainer.around(root, siblings, held)
    for sibling in siblings:
        if isinstance(sibling.tag, str) and sibling.tag.startswith("{"):
            path = f"{root.tag}/{_plain(sibling.tag)}"
            message = f"an element of another namespace stands before <{held}>"
            explainer.say(STRUCTURE, sibling, path, "", message, "move it to the end of the file")
    return explainer.faults


def check_end(root: Any, count: int) -> list[Fault]:
    """Return what is wrong at the end of a root that held `count` activities or organisations in all.

    The last of them must still stand with its tail. As `check_before`, it is not asked of files of 1.0x.
    """
    held = _HOLDS[root.tag]
    last = [at for at, child in enumerate(root) if child.tag == held]
    explainer = _Explainer("", line_of(root))
    explainer.around(root, root[last[-1] :] if last else list(root), held)
    if not count:
        explainer.say(STRUCTURE, root, root.tag, "", f"<{root.tag}> holds no <{held}>", f"give at least one <{held}>")
    return explainer.faults


def _check(element: Any, name: str, version: str) -> list[Fault]:
    """Return what is wrong in an element that a root holds."""
    whole = not old(version)
    valid = _valid(_schema() if whole else _old_schema(), element)
    if whole and valid:
        return []
    place = element.find(_NAMES[name])
    identifier = "" if place is None else "".join(place.itertext()).strip()
    explainer = _Explainer(identifier, line_of(element))
    if whole:
        explainer.whole(element, _shapes()[name], name)
        return explainer.faults or _unexplained(_schema(), element, explainer)
    if not identifier:
        message = f"<{_NAMES[name]}> is {'missing' if place is None else 'empty'}"
        hint = "give the identifier that the publisher uses for it, as GB-COH-123456-P7"
        explainer.say(IDENTIFIER, element if place is None else place, f"{name}/{_NAMES[name]}", "", message, hint)
    if not valid:
        explainer.loose(element)
    return explainer.faults


class _Explainer:
    """Collects what is wrong in one activity or organisation, in the order of the file."""

    def __init__(self, identifier: str, line: int) -> None:
        self.identifier = identifier
        self.line = line
        self.faults: list[Fault] = []

    @property
    def full(self) -> bool:
        """Whether no more faults are looked for."""
        return len(self.faults) >= _MOST

    def say(self, rule: str, element: Any, path: str, value: str, message: str, hint: str) -> None:
        """Add a fault of an element, unless there are so many that another says nothing new."""
        if self.full:
            return
        if len(self.faults) == _MOST - 1:
            message += f" (after {_MOST:,} faults no more is looked for)"
        line = line_of(element) or self.line
        self.faults.append(Fault(rule, ERROR, line, path, self.identifier, _short(value), message, hint))

    def whole(self, element: Any, shape: Shape, path: str) -> None:
        """Look at an element of 2.0x and below."""
        if self.full:
            return
        self.attributes(element, shape, path)
        if shape.text:
            self.text(element, shape.text, path)
        else:
            self.children(element, shape, path)

    def loose(self, element: Any) -> None:
        """Look at an activity of 1.0x: the types of what is known, wherever it stands."""
        for item in element.iter("*"):
            if self.full:
                return
            if item.tag.startswith("{") or item.tag in _OLD_LOOSE:
                continue
            path = _path(item, element)
            for name, type_ in _OLD_ATTRIBUTES.items():
                value = item.get(name, "")
                if value.strip():
                    self.value(item, f"{path}/@{name}", value, type_)
            if item.tag in _OLD_TEXTS:
                self.text(item, _OLD_TEXTS[item.tag], path)
            else:
                self.entities(item, path)

    def attributes(self, element: Any, shape: Shape, path: str) -> None:
        """Look at the attributes of an element."""
        tag = _plain(element.tag)
        for name, value in element.attrib.items():
            at = f"{path}/@{_plain(name)}"
            if name == _LANG and not shape.closed:
                self.value(element, at, value, LANGUAGE)
            elif name.startswith("{") and shape.closed and not name.startswith(_XSI):
                message = f"<{tag}> takes no attributes of other namespaces"
                self.say(STRUCTURE, element, at, value, message, f"leave {_plain(name)} out")
            elif name in shape.attributes:
                self.value(element, at, value, shape.attributes[name].type)
            elif not name.startswith("{"):
                message = f"<{tag}> has no attribute {name} in the standard"
                self.say(STRUCTURE, element, at, value, message, _meant(name, sorted(shape.attributes), "{}"))
        for name, attribute in sorted(shape.attributes.items()):
            if attribute.required and name not in element.attrib:
                hint = f"give {name}: {FORMS[attribute.type][1]}"
                self.say(STRUCTURE, element, f"{path}/@{name}", "", f"<{tag}> lacks its attribute {name}", hint)

    def value(self, element: Any, path: str, value: str, type_: str) -> None:
        """Look at the type of a value."""
        if not _fits(value, type_):
            what, form = FORMS[type_]
            name = path.rpartition("/")[2].removeprefix("@")
            message = f"{name} is no {what}" if value.strip() else f"{name} is empty"
            self.say(VALUE, element, path, value, message, f"accepted: {form}")

    def text(self, element: Any, type_: str, path: str) -> None:
        """Look at the text of an element that holds nothing else."""
        inner = list(element.iterchildren("*"))
        for child in inner:
            message = f"<{_plain(element.tag)}> holds text and no elements"
            self.say(STRUCTURE, child, f"{path}/{_plain(child.tag)}", "", message, f"leave <{_plain(child.tag)}> out")
        self.entities(element, path)
        if not inner:
            value = (element.text or "") + "".join(child.tail or "" for child in element)
            self.value(element, path, value, type_)

    def entities(self, element: Any, path: str) -> None:
        """Look for entities, which are not put in."""
        for child in element.iterchildren(etree.Entity):
            self.say(STRUCTURE, element, path, child.text, "an entity is not read", "write its text itself")

    def stray(self, element: Any, text: str | None, path: str) -> None:
        """Look at text where only elements may stand."""
        if text and text.strip():
            message = f"text stands in <{path.rpartition('/')[2]}>, which holds only elements"
            self.say(STRUCTURE, element, path, text.strip(), message, "leave the text out, or put it in its element")

    def around(self, root: Any, children: Sequence[Any], held: str) -> None:
        """Look at children of a root that may be others than it holds, and at text between them."""
        path = _plain(root.tag)
        if not (children and children[0].tag == held):
            self.stray(root, root.text, path)
        for child in children:
            self.stray(child, child.tail, path)
            if isinstance(child.tag, str) and not child.tag.startswith("{") and child.tag != held:
                message = f"<{path}> holds no <{child.tag}> in the standard"
                self.say(STRUCTURE, child, f"{path}/{child.tag}", "", message, _meant(child.tag, [held], "<{}>"))

    def children(self, element: Any, shape: Shape, path: str) -> None:
        """Look at the children of an element: unknown, out of order, too many, too few; and below them."""
        tag = _plain(element.tag)
        place_of = {child.name: place for place, child in enumerate(shape.children)}
        self.stray(element, element.text, path)
        self.entities(element, path)
        for child in element:
            self.stray(child, child.tail, path)
        known = []
        for child in element.iterchildren("*"):
            name = OTHERS if child.tag.startswith("{") else child.tag
            if name in place_of:
                known.append((child, place_of[name]))
                continue
            message = f"<{tag}> holds no <{_plain(child.tag)}> in the standard"
            names = [item.name for item in shape.children if item.name != OTHERS]
            self.say(STRUCTURE, child, f"{path}/{_plain(child.tag)}", "", message, _meant(child.tag, names, "<{}>"))
        misplaced = _misplaced([place for _child, place in known])
        counts = [0] * len(shape.children)
        for at, (child, place) in enumerate(known):
            rule = shape.children[place]
            below = f"{path}/{_plain(child.tag)}"
            counts[place] += 1
            if at in misplaced:
                message = f"<{_plain(child.tag)}> is out of order in <{tag}>"
                self.say(STRUCTURE, child, below, "", message, _right_place(known, misplaced, at))
            if rule.most is not None and counts[place] == rule.most + 1:
                message = f"<{tag}> holds more than one <{rule.name}>"
                self.say(STRUCTURE, child, below, "", message, f"keep one <{rule.name}>")
            if rule.name != OTHERS:
                self.whole(child, _shapes()[rule.shape], below)
        for count, rule in zip(counts, shape.children, strict=True):
            if count < rule.least:
                hint = f"give <{rule.name}>"
                self.say(STRUCTURE, element, f"{path}/{rule.name}", "", f"<{tag}> lacks <{rule.name}>", hint)


def _misplaced(places: Sequence[int]) -> set[int]:
    """Return the fewest positions without which the places never fall.

    >>> _misplaced([5, 0, 1, 1, 3]), _misplaced([0, 3, 1, 2])
    ({0}, {1})
    """
    ends: list[int] = []  # the lowest place that ends a rising run of each length, and below it where it stands
    at: list[int] = []
    before: list[int] = []
    for position, place in enumerate(places):
        length = bisect_right(ends, place)
        ends[length : length + 1] = [place]
        at[length : length + 1] = [position]
        before.append(at[length - 1] if length else -1)
    kept = set()
    position = at[-1] if at else -1
    while position >= 0:
        kept.add(position)
        position = before[position]
    return set(range(len(places))) - kept


def _right_place(known: Sequence[tuple[Any, int]], misplaced: set[int], at: int) -> str:
    """Return where the child at that position belongs, in words."""
    kept = [entry for position, entry in enumerate(known) if position not in misplaced]
    before = [child for child, place in kept if place <= known[at][1]]
    if before:
        return f"move it after <{_plain(before[-1].tag)}> of line {line_of(before[-1])}"
    return f"move it before <{_plain(kept[0][0].tag)}> of line {line_of(kept[0][0])}"


def _meant(name: str, known: Sequence[str], form: str) -> str:
    """Return the hint for a name that is not known at its place.

    >>> _meant("valeu-date", ["currency", "value-date"], "{}")
    'value-date is meant?'
    >>> _meant("colour", ["code"], "<{}>")
    'leave it out; allowed here: <code>'
    """
    near = nearest(name, known, limit=1)
    if near:
        return f"{form.format(near[0])} is meant?"
    return f"leave it out; allowed here: {', '.join(form.format(item) for item in known) or 'none'}"


def _plain(tag: str) -> str:
    """Return the name of an element or attribute without its namespace."""
    return f"xml:{tag[len(_XML) :]}" if tag.startswith(_XML) else tag.rpartition("}")[2]


def _short(value: str) -> str:
    """Return a value on one line and no longer than a message can hold."""
    line = " ".join(value[: 4 * _LONGEST].split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 3] + "..."


def _path(element: Any, top: Any) -> str:
    """Return the path of an element from the top of what is checked."""
    names = [_plain(element.tag)]
    while element is not top:
        element = element.getparent()
        names.append(_plain(element.tag))
    return "/".join(reversed(names))


def _unexplained(schema: Any, element: Any, explainer: _Explainer) -> list[Fault]:
    """Return as faults what libxml2 refuses for a reason of XML Schema itself, as an xsi:type that is not known."""
    message = "the element is refused for a reason of XML Schema itself"
    for entry in schema.error_log:
        below = (entry.path or "").strip("/").partition("/")[2]
        found = element.xpath(below) if below and ":" not in below else []
        place = found[0] if found else element
        explainer.say(STRUCTURE, place, _path(place, element), "", message, entry.message)
    if not explainer.faults:
        explainer.say(STRUCTURE, element, _plain(element.tag), "", message, "")
    return explainer.faults


def _valid(schema: Any, element: Any) -> bool:
    """Return whether libxml2 finds nothing wrong."""
    try:
        return bool(schema.validate(element))
    except etree.XMLSchemaValidateError:  # it gives up on an entity that was not put in
        return False


def _fits(value: str, type_: str) -> bool:
    """Return whether a value is of that type, as the schema judges it.

    >>> _fits("2023-02-29", "date"), _fits(" 1250.50 ", "decimal"), _fits("1,250", "decimal")
    (False, True, False)
    """
    if type_ == "string":
        return True
    probe = etree.Element("lang" if type_ == LANGUAGE else type_)
    probe.text = value
    return bool(_type_schema().validate(probe))


class _Imports(etree.Resolver):  # type: ignore[misc]
    """Hands out what our schemas import, so that nothing is looked for outside."""

    def resolve(self, _url: str, _public: str, context: Any) -> Any:
        """Return the schema of the xml: attributes, whatever is asked for."""
        return self.resolve_string(XML_SCHEMA, context)


def _compiled(text: str) -> Any:
    """Return a schema that libxml2 can run."""
    parser = etree.XMLParser(no_network=True, resolve_entities=False)
    parser.resolvers.add(_Imports())
    return etree.XMLSchema(etree.fromstring(text, parser))


@lru_cache(maxsize=1)
def _shapes() -> dict[str, Shape]:
    return read_shapes(TABLE.read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def _schema() -> Any:
    return _compiled(schema_text(_shapes()))


@lru_cache(maxsize=1)
def _old_schema() -> Any:
    return _compiled(open_schema_text(_OLD_ATTRIBUTES, _OLD_TEXTS, _NAMES))


@lru_cache(maxsize=1)
def _type_schema() -> Any:
    return _compiled(type_schema_text())
