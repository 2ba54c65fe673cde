"""CSV on the Web: what the CSV tables hold, for programs: datatypes, keys, properties, licence and source.

The W3C recommendations "Metadata Vocabulary for Tabular Data" and "Model for Tabular Data" of 17 December 2015. The
columns are those of the relations; the JSON-LD context knows which properties take several values, the cells of which
are lists parted by `|`. A list is no foreign key by the recommendation, which compares whole cells.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from secgraph.export.framing import properties
from secgraph.relations import EVIDENCE, RELATIONS, Column
from secgraph.vocab import BASE, DCT, sg

METADATA: Final = "csv-metadata.json"

_BY_FORM: Final = {"date": "date", "decimal": "decimal", "integer": "integer", "flag": "boolean"}
_DATE: Final = "[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?"
_PARTIAL: Final = {"base": "string", "format": _DATE}
"""A date at its precision: a year, a month or a day, which no one datatype of XML Schema is."""
_PERIOD: Final = {"base": "string", "format": f"{_DATE}(/{_DATE})?"}
_PARTIAL_DATES: Final = frozenset((*map(sg, ("start", "end", "lastAttested", "asOf", "valueDate")), DCT + "issued"))
_IRI: Final = ("anyURI", False)
_COMPUTED: Final[Mapping[str, tuple[str, bool]]] = {
    "iri": _IRI, "subject": _IRI, "object": _IRI, "thing": _IRI, "organisation": ("anyURI", True),
    "type": ("string", True), "activity_kind": ("string", True), "participant_kind": ("string", True),
    "of_kind": ("string", True), "reporter": ("string", True), "provider_activity": ("string", True),
    "receiver_activity": ("string", True),
}  # fmt: skip
"""The datatype of columns that no one property fills, and whether they are lists."""
_KEYS: Final = {"names": ("iri", "kind_of_name", "name"), "links": ("subject", "property", "object")}
_NO_KEY: Final = frozenset(("rates", "deflators", EVIDENCE))
_THINGS: Final = ("things", "iri")
_FOREIGN: Final = {
    "names": {"thing": _THINGS},
    "events": {"iri": _THINGS},
    "programmes": {"iri": _THINGS},
    "memberships": {"body": _THINGS, "member": _THINGS},
    "participations": {"activity": _THINGS, "participant": _THINGS},
    "occupancies": {"person": _THINGS, "post_iri": _THINGS},
    "needs": {"iri": _THINGS},
    "documents": {"iri": _THINGS},
    EVIDENCE: {"source": ("sources", "id")},
}


def metadata(dataset: Mapping[str, str], digest: str, note: str = "") -> bytes:
    """Return the metadata document of the CSV tables of a release.

    Args:
        dataset: what the dataset says of itself: title, description, publisher, licence, region.
        digest: of the release.
        note: what a reader must know of these tables, such as the day that they tell of.
    """
    known = properties()
    told = {
        "dc:title": dataset["title"],
        "dc:description": " ".join(filter(None, (dataset["description"], note))),
        "dc:publisher": dataset["publisher"],
        "dc:identifier": digest,
        "dc:source": {"@id": release_iri(digest)},
        **dict([licence(dataset["licence"])]),
    }
    tables = [_table(name, relation.columns, known) for name, relation in RELATIONS.items()]
    evidence = ("subject", "property", "value", "source", "table", "row", "column")
    tables.append(_table(EVIDENCE, tuple(Column(name, "") for name in evidence), known))
    document = {"@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}], **told, "tables": tables}
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def release_iri(digest: str) -> str:
    """Return the IRI of a release, for descriptions of it."""
    return f"{BASE}release/{digest}"


def licence_iri(text: str) -> str:
    """Return the IRI of a licence that is told by its SPDX identifier or address, else nothing.

    >>> licence_iri("CC-BY-4.0"), licence_iri("ask the authors")
    ('https://spdx.org/licenses/CC-BY-4.0', '')
    """
    if text.startswith(("https://", "http://")):
        return text
    return f"https://spdx.org/licenses/{text}" if text and " " not in text else ""


def licence(text: str) -> tuple[str, Any]:
    """Return a licence as a property of a metadata document: an IRI where there is one, else what is written."""
    iri = licence_iri(text)
    return ("dc:license", {"@id": iri}) if iri else ("dc:rights", text)


def _table(name: str, columns: tuple[Column, ...], known: Mapping[str, tuple[bool, bool]]) -> dict[str, Any]:
    keys = _KEYS.get(name, () if name in _NO_KEY else (columns[0].name,))
    described = [_column(name, column, keys, known) for column in columns]
    schema: dict[str, Any] = {"columns": described}
    if columns[0].name == "iri" and name != "names":
        schema["aboutUrl"] = "{+iri}"
    if keys:
        schema["primaryKey"] = list(keys)
    if name in _FOREIGN:
        schema["foreignKeys"] = [
            {"columnReference": column, "reference": {"resource": f"{table}.csv", "columnReference": other}}
            for column, (table, other) in _FOREIGN[name].items()
        ]
    return {"url": f"{name}.csv", "dc:title": name, "tableSchema": schema}


def _column(
    table: str, column: Column, keys: tuple[str, ...], known: Mapping[str, tuple[bool, bool]]
) -> dict[str, Any]:
    source = column.source if isinstance(column.source, str) else ""
    datatype: Any
    if source in known:
        is_iri, several = known[source]
        datatype = "anyURI" if is_iri and column.form == "text" else _BY_FORM.get(column.form, "string")
        if source in _PARTIAL_DATES:
            datatype = _PARTIAL
        elif source == sg("announced"):
            # The context lists no dates, but a meeting may have been announced for one month after another.
            datatype, several = _PERIOD, True
    elif table == "links" and column.name == "property":
        datatype, several = _IRI
    else:
        datatype, several = _COMPUTED.get(column.name, (_BY_FORM.get(column.form, "string"), False))
    described: dict[str, Any] = {"name": column.name, "titles": column.name, "datatype": datatype}
    if column.name in keys and column.name != "kind_of_name":
        described["required"] = True
    if source in known:
        described["propertyUrl"] = source
    if several:
        described["separator"] = "|"
    elif datatype == "anyURI" and source:
        described["valueUrl"] = f"{{+{column.name}}}"
    return described
