"""One iati-organisation element as a record: its names, the money that it plans and spends, its documents."""

from __future__ import annotations

from typing import Any, Final

from secgraph.records.iati import NOBODY, DocumentLink, OrganisationBudget, OrganisationFile, Text
from secgraph.sources.iati.activities import document
from secgraph.sources.iati.fields import TRUE, Scene, language_of, party, texts
from secgraph.sources.iati.lines import line_of
from secgraph.sources.iati.money import organisation_budget

_BUDGETS: Final = frozenset(
    {
        "total-budget",
        "recipient-org-budget",
        "recipient-country-budget",
        "recipient-region-budget",
        "total-expenditure",
    }
)


def organisation(element: Any, identifier: str, scene: Scene) -> OrganisationFile:
    """Return one organisation; what is wrong in it is in the faults of the scene."""
    scene.currency = (element.get("default-currency") or "").strip()
    scene.language = language_of(element, scene)
    reporting, secondary = NOBODY, False
    names: list[Text] = []
    budgets: list[OrganisationBudget] = []
    documents: list[DocumentLink] = []
    for child in element:
        tag = child.tag
        if tag == "name":
            names += texts(child, scene)
        elif tag == "reporting-org":
            reporting = party(child, scene)
            secondary = child.get("secondary-reporter") in TRUE
        elif tag in _BUDGETS:
            budgets.append(organisation_budget(child, scene))
        elif tag == "document-link":
            link = document(child, scene)
            if link:
                documents.append(link)
    line = line_of(element)
    if not identifier:
        message = "the organisation has no organisation-identifier"
        scene.faults.add("iati-identifier", line, "organisation-identifier", "", message)
    return OrganisationFile(
        identifier,
        line,
        scene.version,
        tuple(names),
        reporting,
        secondary,
        tuple(budgets),
        tuple(documents),
        scene.currency,
        scene.language,
    )
