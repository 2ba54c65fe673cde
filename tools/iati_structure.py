"""Write the compact table of the IATI 2.0x structure from a folder with the published schemas, or compare with it.

The published files are read for their facts (names, types, counts, order) and are neither kept nor copied.
`python tools/iati_structure.py FOLDER` writes the table, `--check` says whether the one at hand still agrees.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from lxml import etree

XS = "{http://www.w3.org/2001/XMLSchema}"
TABLE = Path(__file__).resolve().parent.parent / "src" / "secgraph" / "assets" / "iati-structure.tsv"
TREES = {
    "iati-activities-schema.xsd": "iati-activities",
    "iati-organisations-schema.xsd": "iati-organisations",
}
MANY = {("1", "1"): "", ("0", "1"): "?", ("0", "unbounded"): "*", ("1", "unbounded"): "+"}
SHARED_NAMES = {
    ("", "", "narrative=string+ ..."): "text",
    ("", "code!", "..."): "code",
    ("", "code! vocabulary", "..."): "code-of-vocabulary",
    ("", "code!", "narrative=string* ..."): "named-code",
    ("", "code! vocabulary vocabulary-uri:anyURI", "narrative=string* ..."): "classification",
    ("", "iso-date:date!", "..."): "day",
    ("", "ref", "..."): "ref",
    ("", "value only", "location=ref* dimension* comment=text? document-link* ..."): "measurement",
    ("decimal", "currency value-date:date!", ""): "money",
    ("decimal", "only", ""): "number",
    ("string", "only", ""): "plain",
    ("string", "", ""): "string",
}
"""The structures that many elements share, by what they hold."""

HEAD = """\
# The structure of IATI 2.0x activity and organisation files: one row for each shape that an element may have.
# text: the type of its text; empty where it has none.
# attributes: name, :type where it is not any string, ! where it is required. Attributes of other namespaces are
#   allowed beside them, except where the row says only.
# children: in the order in which they must stand; name, =shape where the shape is called otherwise, ? at most one,
#   * any number, + at least one, else exactly one. ... stands where elements of other namespaces may be.
# Made by tools/iati_structure.py from the facts of the published 2.03 schemas; each 2.0x file obeys it, for a later
# 2.0x only adds. xml:lang is a language or empty wherever it stands.
"""

Row = tuple[str, str, str]


class Reader:
    """The published schemas of one kind of file, and the shapes found so far."""

    def __init__(self, folder: Path, name: str) -> None:
        self.named: dict[tuple[str, str], etree._Element] = {}
        for path in (folder / "iati-common.xsd", folder / name):
            for item in etree.parse(path).getroot():
                if isinstance(item.tag, str) and item.get("name"):
                    self.named[etree.QName(item).localname, item.get("name", "")] = item

    def attributes(self, body: etree._Element) -> str:
        """Return the attributes of a type, in order of their names."""
        found = []
        for item in body.findall(XS + "attribute"):
            mark = "!" if item.get("use") == "required" else ""
            if item.get("ref") == "xml:lang":
                continue
            stated = self.named["attribute", item.get("ref", "")] if item.get("ref") else item
            kind = stated.get("type", "").removeprefix("xsd:")
            found.append(stated.get("name", "") + ("" if kind == "string" else f":{kind}") + mark)
        closed = [] if body.find(XS + "anyAttribute") is not None else ["only"]
        return " ".join([*sorted(found), *closed])

    def children(self, body: etree._Element) -> list[tuple[str, str, etree._Element | None]]:
        """Return the children of a type: name, how many, and the element that declares it; None for foreign ones."""
        found: list[tuple[str, str, etree._Element | None]] = []
        for item in body.findall(XS + "sequence/*"):
            many = MANY[item.get("minOccurs", "1"), item.get("maxOccurs", "1")]
            if item.tag == XS + "any":
                found.append(("...", "", None))
            elif item.tag == XS + "element":
                stated = self.named["element", item.get("ref", "")] if item.get("ref") else item
                found.append((stated.get("name", ""), many, stated))
            else:
                raise SystemExit(f"line {item.sourceline}: {item.tag} is not expected")
        return found


class Table:
    """The rows of the table, and the name of each distinct structure."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}

    def add(self, reader: Reader, element: etree._Element, parents: tuple[str, ...]) -> str:
        """Add the shape of an element and those below it; return the shape's name."""
        name = element.get("name", "")
        kind = element.get("type", "")
        path = (*parents, name)
        if kind.startswith("xsd:"):
            return self.name((kind.removeprefix("xsd:"), "only", ""), path)
        body = reader.named["complexType", kind] if kind else element.find(XS + "complexType")
        if body is None:  # the identifier of an organisation has no stated type: the text that it is
            return self.name(("string", "", ""), path)
        text = body.find(XS + "simpleContent/" + XS + "extension")
        if text is not None:
            return self.name((text.get("base", "").removeprefix("xsd:"), reader.attributes(text), ""), path)
        wider = body.find(XS + "complexContent/" + XS + "extension")
        parts = [body] if wider is None else [reader.named["complexType", wider.get("base", "")], wider]
        children = []
        for part in parts:
            for child, many, stated in reader.children(part):
                shape = child if stated is None else self.add(reader, stated, path)
                children.append(child + ("" if shape == child else f"={shape}") + many)
        children = [child for n, child in enumerate(children) if child != "..." or children[n - 1 : n] != ["..."]]
        return self.name(("", reader.attributes(parts[0]), " ".join(children)), path)

    def name(self, row: Row, path: tuple[str, ...]) -> str:
        """Return the name of a structure: that of the element, with its parents' where another has it already."""
        tries = [SHARED_NAMES[row]] if row in SHARED_NAMES else ["-".join(path[-n:]) for n in range(1, len(path) + 1)]
        for name in tries:
            if self.rows.setdefault(name, row) == row:
                return name
        raise SystemExit(f"no name for {'/'.join(path)}")


def table_of(folder: Path) -> str:
    """Return the text of the table for a folder with the published schemas."""
    table = Table()
    for name, root in TREES.items():
        reader = Reader(folder, name)
        table.add(reader, reader.named["element", root], ())
    lines = ["\t".join((name, *row)).rstrip("\t") for name, row in sorted(table.rows.items())]
    return HEAD + "\n".join(["shape\ttext\tattributes\tchildren", *lines]) + "\n"


def main() -> int:
    """Write the table, or compare it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where the published schemas are")
    parser.add_argument("--check", action="store_true", help="compare, and write nothing")
    options = parser.parse_args()
    text = table_of(options.folder)
    if options.check:
        same = TABLE.read_text(encoding="utf-8") == text
        print("the table agrees" if same else "the table differs: write it again")
        return 0 if same else 1
    TABLE.write_text(text, encoding="utf-8")
    print(f"{TABLE.name}: {text.count(chr(10))} lines")
    return 0


if __name__ == "__main__":
    sys.exit(main())
