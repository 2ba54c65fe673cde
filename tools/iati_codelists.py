"""Write ontology/iati/: the codelists of IATI that activities point to, as SKOS.

`python tools/iati_codelists.py FOLDER` reads the published XML files of a folder and writes one Turtle file per list.
Codes that were withdrawn stay, marked as deprecated: files of the past use them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

OUT: Final = Path(__file__).resolve().parent.parent / "ontology" / "iati"
LISTS: Final = {
    "activity-scope": ("ActivityScope",), "activity-status": ("ActivityStatus",), "aid-type": ("AidType",),
    "collaboration-type": ("CollaborationType",), "country": ("Country",), "currency": ("Currency",),
    "finance-type": ("FinanceType",), "flow-type": ("FlowType",), "policy-marker": ("PolicyMarker",),
    "region": ("Region",), "sector": ("Sector", "SectorCategory"), "tied-status": ("TiedStatus",),
}  # fmt: skip
"""Each of our lists, and the published ones that it is made of: a code of three digits stands above those of five."""
REPLICATED: Final = {
    "country": "ISO 3166-1, as replicated by IATI", "currency": "ISO 4217, as replicated by IATI",
    "activity-scope": "IATI", "activity-status": "IATI",
}  # fmt: skip
ID: Final = "https://w3id.org/secgraph/id/"
XML_LANGUAGE: Final = "{http://www.w3.org/XML/1998/namespace}lang"
HEAD: Final = """# {title} of the International Aid Transparency Initiative, from its published codelists (MIT licence,
# https://github.com/IATI/IATI-Codelists); the codes are those of: {origin}. Made by tools/iati_codelists.py.
@prefix dct: <http://purl.org/dc/terms/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .

<{scheme}> a skos:ConceptScheme ;
    rdfs:label "{title}"@en ;
    skos:prefLabel "{title}"@en ;
    dct:license <https://spdx.org/licenses/MIT> ;
    dct:source <https://iatistandard.org/en/iati-standard/203/codelists/{page}/> .
"""


def text(value: str) -> str:
    """Return a text as Turtle writes it."""
    return '"' + " ".join(value.split()).replace("\\", "\\\\").replace('"', '\\"') + '"'


def names(item: ElementTree.Element, path: str) -> Iterator[tuple[str, str]]:
    """Yield the texts of an item with their languages, English where none is said."""
    for narrative in item.findall(f"{path}/narrative"):
        if narrative.text and narrative.text.strip():
            yield narrative.get(XML_LANGUAGE, "en"), narrative.text


def concept(scheme: str, item: ElementTree.Element, broader: str) -> str:
    """Return one code as a concept."""
    code = (item.findtext("code") or "").strip()
    lines = [
        f"<{scheme}/{code}> a skos:Concept ;",
        f"    skos:inScheme <{scheme}> ;",
        f"    skos:notation {text(code)} ;",
    ]
    labels = dict(names(item, "name"))
    lines += [f"    skos:prefLabel {text(label)}@{language} ;" for language, label in sorted(labels.items())]
    lines += [f"    rdfs:label {text(labels['en'])}@en ;"] if "en" in labels else []
    # The definitions in English only: all of them would be three times the size of the names.
    lines += [
        f"    skos:definition {text(value)}@en ;" for language, value in names(item, "description") if language == "en"
    ][:1]
    category = (item.findtext("category") or "").strip()
    if broader and category:
        lines.append(f"    skos:broader <{broader}/{category}> ;")
    if item.get("status") == "withdrawn":
        lines.append("    owl:deprecated true ;")
    lines[-1] = lines[-1].removesuffix(" ;") + " ."
    return "\n".join(lines) + "\n"


def turtle(name: str, folder: Path) -> str:
    """Return one list as Turtle, its codes sorted."""
    scheme = f"{ID}iati-{name}"
    trees = [ElementTree.parse(folder / f"{part}.xml").getroot() for part in LISTS[name]]  # noqa: S314
    title = (trees[0].findtext("metadata/name/narrative") or name).strip()
    origin = REPLICATED.get(name, "OECD DAC and CRS code lists, as replicated by IATI")
    concepts: dict[str, str] = {}
    for at, tree in enumerate(trees):
        for item in tree.iter("codelist-item"):
            code = (item.findtext("code") or "").strip()
            concepts.setdefault(code, concept(scheme, item, scheme if at == 0 and len(trees) > 1 else ""))
    head = HEAD.format(title=title, origin=origin, scheme=scheme, page=LISTS[name][0].lower())
    return "\n".join([head, *(concepts[code] for code in sorted(concepts))])


def main() -> int:
    """Write all lists."""
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    OUT.mkdir(exist_ok=True)
    for name in LISTS:
        (OUT / f"{name}.ttl").write_text(turtle(name, Path(sys.argv[1])), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
