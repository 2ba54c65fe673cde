"""The structure of IATI files against others: the published suite and schema, real files, and a second parser."""

from __future__ import annotations

import io
import random
import re
import xml.parsers.expat
from collections import Counter
from functools import cache
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from secgraph.records.iati import Fault
from secgraph.sources.iati import structure
from secgraph.sources.iati.lines import line_of
from secgraph.sources.iati.shapes import TABLE, read_shapes, schema_text
from secgraph.sources.iati.structure import check_activity, check_before, check_end, check_organisation, check_root
from tests.conftest import SHARED, left_out
from tests.test_iati_structure import ACTIVITY, ORGANISATION, changed, parsed

SUITE = SHARED / "suites" / "iati-schemas"
REAL = SHARED / "realdata" / "iati-activities"


def faults_of_file(data: bytes) -> list[Fault]:
    """Return the faults of a whole file, as a reader of it would ask for them."""
    root = etree.fromstring(data)
    version = root.get("version", "")
    found = check_root(root.tag, root.attrib, version, root.sourceline)
    if found:
        return found
    check, held = {
        "iati-activities": (check_activity, "iati-activity"),
        "iati-organisations": (check_organisation, "iati-organisation"),
    }[root.tag]
    items = list(root.iterchildren(held))
    whole = version.startswith("2")
    for item in items:
        found += (check_before(item) if whole else []) + check(item, version)
    return found + (check_end(root, len(items)) if whole else [])


def test_lines_are_those_of_the_file_beyond_what_a_node_has_room_for() -> None:
    items = f"{ACTIVITY}\n{changed(ACTIVITY, '1250.50', 'much')}\n"
    near = f"<iati-activities>\n{items}</iati-activities>"
    far = f"<iati-activities>{chr(10) * 80_000}\n{items}</iati-activities>"
    found = {}
    for name, text in (("near", near), ("far", far)):
        stream = etree.iterparse(io.BytesIO(text.encode()), tag="iati-activity")
        found[name] = [fault.line for _event, element in stream for fault in check_activity(element, "2.03")]
    assert found == {"near": [1 + 47 + 17], "far": [80_000 + 1 + 47 + 17]}


def test_every_line_is_that_of_another_parser() -> None:
    rng = random.Random(5)  # noqa: S311 - a text to parse

    def inside(depth: int) -> str:
        parts = [rng.choice(("\n", "\n\n  ", " \n", "a\nb\n", "\n<!-- c\n -->\n")) for _ in range(rng.randint(2, 5))]
        for at, part in enumerate(parts):
            parts[at] = part + ("<e/>" if rng.random() < 0.3 or not depth else f"<n>{inside(depth - 1)}</n>")
        return "".join(parts) + "\n"

    text = f"<r>{chr(10) * 66_000}{inside(5)}</r>".encode()
    wanted: list[int] = []
    peer = xml.parsers.expat.ParserCreate()
    peer.StartElementHandler = lambda _name, _attributes: wanted.append(peer.CurrentLineNumber)
    peer.Parse(text, True)
    elements = [element for _event, element in etree.iterparse(io.BytesIO(text), events=("start",))]
    assert len(elements) > 100
    assert [line_of(element) for element in elements[1:]] == wanted[1:]
    assert [element.sourceline for element in elements[1:]] != wanted[1:]  # why line_of is needed


def test_without_a_text_near_the_line_is_that_of_what_is_around() -> None:
    root = parsed("<r>" + "\n" * 70_000 + "<a>\n<b><c/></b></a></r>")
    assert [line_of(element) for element in root.iter()] == [1, 70_001, 70_001, 70_001]
    assert line_of(etree.Element("made-here")) == 0
    assert [line_of(element) for element in parsed("<r>" + "\n" * 70_000 + "<a><b/></a></r>").iter()] == [
        1,
        65_535,
        65_535,
    ]


def spans(data: bytes) -> dict[str, list[range]]:
    """Return the lines that the start tag of each element takes, by its path, as expat sees them."""
    found: dict[str, list[range]] = {}
    path: list[str] = []
    peer = xml.parsers.expat.ParserCreate()

    def start(name: str, _attributes: dict[str, str]) -> None:
        path.append(name.rpartition(":")[2])
        at = peer.CurrentByteIndex
        end = peer.CurrentLineNumber + data[at : data.index(b">", at)].count(b"\n")
        found.setdefault("/".join(path), []).append(range(peer.CurrentLineNumber, end + 1))

    peer.StartElementHandler = start
    peer.EndElementHandler = lambda _name: path.pop()
    peer.Parse(data, True)
    return found


def stands(fault: Fault, places: dict[str, list[range]]) -> bool:
    """Return whether the element of a fault, or the one that lacks it, stands on the fault's line."""
    path = fault.element.partition("/@")[0]
    if "lacks <" in fault.message:
        path = path.rpartition("/")[0]
    if "text stands" in fault.message:  # the line is that of what stands before the text
        return any(fault.line in span for key in places if f"/{path}/" in f"/{key}/" for span in places[key])
    return any(fault.line in span for key in places if f"/{key}".endswith(f"/{path}") for span in places[key])


REGISTRY = "a record of the registry of publishers, which is not published data: the sound ones are refused too"
EXCEPTIONS = {f"tests/registry-tests/should-pass/{name}.xml": REGISTRY for name in (
    "01-minimum", "02-email", "03-extension", "04-donor-country", "05-xml-lang", "06-activity-period",
)}  # fmt: skip
"""Sound files of the suite that are refused, each with the reason."""


def test_the_published_suite() -> None:
    if not SUITE.is_dir():
        left_out(694, "the published suite of the IATI schemas is not beside this checkout")
        return
    counts: Counter[str] = Counter()
    wrong = []
    for path in sorted((SUITE / "tests").rglob("*.xml")):
        # the suite leaves the version of its files open, as xx, for the release that is tested
        data = path.read_bytes().replace(b'version="xx"', b'version="2.03"')
        found = faults_of_file(data)
        name = str(path.relative_to(SUITE))
        good = "should-pass" in name and name not in EXCEPTIONS
        counts["good" if good else "exception" if name in EXCEPTIONS else "bad"] += 1
        places = spans(data)
        if good == bool(found) or not all(fault.stops and stands(fault, places) for fault in found):
            wrong.append((name, found))
        if "XML Schema itself" in " ".join(fault.message for fault in found):
            wrong.append((name, found))
    assert wrong == []
    assert counts == {"good": 233, "bad": 455, "exception": 6}


@cache
def published(kind: str) -> Any:
    return etree.XMLSchema(etree.parse(str(SUITE / f"iati-{kind}-schema.xsd")))


def test_real_files_are_judged_as_by_the_published_schema() -> None:
    if not (SUITE.is_dir() and REAL.is_dir()):
        left_out(12, "the real files of IATI are not beside this checkout")
        return
    compared = 0
    refused = {}
    for path in sorted(REAL.glob("*.xml")):
        data = path.read_bytes()
        if not re.search(rb'<iati-activities[^>]* version="2', data):
            continue
        root = etree.fromstring(data)
        found = faults_of_file(data)
        assert published("activities").validate(root) == (not found), path.name
        refused.update(dict.fromkeys([path.name] * len(found), found))
        compared += 1
    assert compared == 12
    [(name, [fault])] = refused.items()
    assert name == "undp-2.03-gabon-large-activity.xml"
    line = (REAL / name).read_bytes().splitlines()[fault.line - 1]
    assert (line.strip(), fault.element) == (b"<condition>", "iati-activity/conditions/condition/@type")


def test_what_real_files_of_1x_are_refused_for() -> None:
    if not REAL.is_dir():
        left_out(1, "the real files of IATI are not beside this checkout")
        return
    refused: dict[str, list[tuple[str, str]]] = {}
    for path in sorted(REAL.glob("*.xml")):
        data = path.read_bytes()
        if "not-well-formed" in path.name or not re.search(rb'<iati-activities[^>]* version="1', data):
            continue
        for fault in faults_of_file(data):
            if fault.stops:
                refused.setdefault(path.name, []).append((fault.element, fault.value))
                assert fault.value.encode() in data.splitlines()[fault.line - 1]
    missing = [("iati-activity/iati-identifier", "")]
    assert (
        b"iati-identifier" not in (REAL / "globalfund.xml").read_bytes() + (REAL / "worldbank-sample.xml").read_bytes()
    )
    assert refused == {
        "globalfund.xml": missing * 7,
        "ingo-21020-1.01.xml": [
            ("iati-activity/budget/period-start/@iso-date", "2010-09-1"),
            ("iati-activity/budget/period-start/@iso-date", "2010-12-1"),
            ("iati-activity/recipient-country/@percentage", "19%"),
            ("iati-activity/budget/period-end/@iso-date", "2011-09-31"),
        ],
        "worldbank-sample.xml": missing * 16,
    }


VALUES = (
    "",
    " ",
    "1",
    "-1",
    "0",
    "2020-02-30",
    "2020-02-28",
    "2020-02-28Z",
    "1e5",
    "+1.50",
    ".5",
    "true",
    "no",
    "a b",
    "fr",
)
NAMES = ("title", "narrative", "value", "transaction", "fss", "budget", "period-end", "no-such")
OTHERS = ("{urn:x}any", "{urn:y}b")
CHANGES = ("drop", "double", "move", "rename", "text", "tail", "insert", "attribute", "unattribute", "comment")


def damaged(text: str, seed: int, times: int) -> Any:
    """Return an element after so many random changes; what elements of other namespaces hold is nobody's matter."""
    rng = random.Random(seed)  # noqa: S311 - damage to a made-up text
    root = parsed(text)
    for _ in range(times):
        element = rng.choice([element for element in root.iter("*") if element.tag[0] != "{"][1:])
        parent = element.getparent()
        match rng.choice(CHANGES):
            case "drop":
                parent.remove(element)
            case "double":
                element.addnext(etree.fromstring(etree.tostring(element, with_tail=False)))
            case "move":
                parent.insert(rng.randrange(len(parent)), element)
            case "rename":
                element.tag = rng.choice(NAMES)
            case "text":
                element.text = rng.choice(VALUES)
            case "tail":
                element.tail = rng.choice(VALUES)
            case "insert":
                element.insert(rng.randint(0, len(element)), etree.Element(rng.choice(NAMES + OTHERS)))
            case "attribute":
                names = [
                    *element.attrib,
                    "code",
                    "{urn:x}a",
                    "value-date",
                    "{http://www.w3.org/XML/1998/namespace}lang",
                ]
                element.set(rng.choice(names), rng.choice(VALUES))
            case "unattribute":
                if element.attrib:
                    del element.attrib[rng.choice(sorted(element.attrib))]
            case "comment":
                element.append(etree.Comment("made up"))
    return root


def checked(root: Any) -> list[Fault]:
    return (check_activity if root.tag == "iati-activity" else check_organisation)(root, "2.03")


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 4), st.sampled_from([ACTIVITY, ORGANISATION]))
def test_the_walk_over_the_table_agrees_with_libxml2(seed: int, times: int, text: str) -> None:
    root = damaged(text, seed, times)
    found = checked(root)
    assert "XML Schema itself" not in " ".join(fault.message for fault in found)
    explainer = structure._Explainer("", 0)
    explainer.whole(root, structure._shapes()[root.tag], root.tag)
    assert [fault.message for fault in explainer.faults] == [fault.message for fault in found]


def test_damage_is_judged_as_by_the_published_schemas() -> None:
    if not SUITE.is_dir():
        left_out(400, "the published schemas are not beside this checkout")
        return
    for kind, text in (("activities", ACTIVITY), ("organisations", ORGANISATION)):
        for seed in range(200):
            root = damaged(text, seed, 1 + seed % 3)
            found = checked(root)
            # the published schema leaves the type of this one identifier out, and takes nearly anything for it
            if any("/organisation-identifier/" in fault.element for fault in found):
                continue
            whole = etree.Element(f"iati-{kind}", {"version": "2.03"})
            whole.append(root)
            assert published(kind).validate(whole) == (not found), (seed, published(kind).error_log)


def test_the_damage_is_of_both_kinds() -> None:
    verdicts = Counter(not check_activity(damaged(ACTIVITY, seed, 1), "2.03") for seed in range(100))
    assert min(verdicts[True], verdicts[False]) > 15


def test_the_schema_that_libxml2_gets_is_made_from_the_table() -> None:
    looser = changed(TABLE.read_text("utf-8"), "activity-status=code ", "activity-status=code? ")
    schema = structure._compiled(schema_text(read_shapes(looser)))
    text = changed(ACTIVITY, '<activity-status code="2"/>', "")
    assert schema.validate(parsed(text))
    assert check_activity(parsed(text), "2.03")
