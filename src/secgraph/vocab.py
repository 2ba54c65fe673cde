"""The names of the graph: namespaces, IRIs of things, terms. A mistyped term raises at once.

The terms of `sg` are those of `ontology/`; a test compares the two both ways.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

BASE: Final = "https://w3id.org/secgraph/"
NS: Final = BASE + "ns#"
ID: Final = BASE + "id/"
GRAPH: Final = BASE + "graph/"
INFERRED: Final = GRAPH + "inferred"
SOURCES: Final = GRAPH + "sources"
ONTOLOGY: Final = GRAPH + "ontology"

RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS: Final = "http://www.w3.org/2000/01/rdf-schema#"
OWL: Final = "http://www.w3.org/2002/07/owl#"
XSD: Final = "http://www.w3.org/2001/XMLSchema#"
SKOS: Final = "http://www.w3.org/2004/02/skos/core#"
DCT: Final = "http://purl.org/dc/terms/"
FOAF: Final = "http://xmlns.com/foaf/0.1/"
ORG: Final = "http://www.w3.org/ns/org#"
PROV: Final = "http://www.w3.org/ns/prov#"
SCHEMA: Final = "https://schema.org/"
DCAT: Final = "http://www.w3.org/ns/dcat#"

PREFIXES: Final[dict[str, str]] = {
    "sg": NS, "id": ID, "rdf": RDF, "rdfs": RDFS, "owl": OWL, "xsd": XSD, "skos": SKOS, "dct": DCT,
    "foaf": FOAF, "org": ORG, "prov": PROV, "schema": SCHEMA, "dcat": DCAT,
}  # fmt: skip
PROLOGUE: Final = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in PREFIXES.items())
"""The prefixes as the beginning of a query."""

CLASSES: Final = frozenset(
    "Agent Organisation OrganisationalUnit Initiative Jurisdiction Territory Person Post Occupancy Membership "
    "Event Meeting EventSeries Edition Participation Programme Project MoneyRow Transaction Commitment Disbursement "
    "Expenditure Pledge Contribution Budget Instrument Need Response Document Topic Name Claim Source DateState "
    "Allocation ContextFigure Deflator ExchangeRate Location PlannedDisbursement".split()
)
PROPERTIES: Final = frozenset(
    "shortName inferredColumn start end startEarliest startLatest endEarliest endLatest startState endState "
    "lastAttested organisationType country city parentOrganisation initiativeType partOf withinFramework "
    "secretariatHost region topic programmeType participationIn participant participationRole eventType "
    "eventStatus announced announcedEarliest announcedLatest subEventOf document seriesOf editionEvent series "
    "number holder post attestedAt moneyKind coFinancing finances provider receiver instrument amount currency "
    "qualifier share asOf cumulative partOfTotal fundedFrom replaces sameSumAs scope measure managedBy pillar "
    "priority basis objective respondsTo byProgramme documentType adoptedBy concerns labelProfile footnote "
    "territory nameOf nameType publisherName publishedLatest accessed sourceKind aboutSubject aboutProperty "
    "column claimedValue memberOf organisedBy hostedBy supportedBy attendedBy implementedBy fundedBy benefits "
    "funds holdsPost editionOf answeredBy "
    "activityScope activityStatus collaborationType condition hierarchy iatiIdentifier indicatorTitle latitude "
    "locationOf longitude plannedEnd plannedStart policyMarker reporter reporterName reporterRef resultTitle "
    "secondaryReporter participantName participantRef aidType allocatedCode allocatedTo allocationOf axis "
    "budgetStatus budgetType deflatorCurrency deflatorIndex deflatorYear figureAmount figureCountry "
    "figureCurrency figureMeasure figureSector figureYear financeType flowType humanitarian percentage perEuro "
    "providerActivity providerActivityId providerName providerRef rateCurrency rateDate receiverActivity "
    "receiverActivityId receiverName receiverRef reference tiedStatus valueDate vocabulary "
    "inScope scopeLeast scopeMost differentSumFrom".split()
)
INDIVIDUALS: Final = frozenset("known open unknown".split())
CODELISTS: Final = frozenset(
    "organisation-type initiative-type programme-type event-type event-status document-type source-kind "
    "membership-role participation-role money-kind qualifier scope measure basis objective currency name-type".split()
)
IATI_LISTS: Final = frozenset(
    "activity-scope activity-status aid-type collaboration-type finance-type flow-type policy-marker region sector "
    "tied-status".split()
)
"""The lists of IATI that a dataset with IATI files points to; their kinds begin with `iati-`."""
KINDS: Final = frozenset(
    "organisation initiative jurisdiction territory person post occupancy membership event series edition "
    "participation programme transaction budget instrument need response document topic name claim source "
    "allocation location figure rate deflator".split()
)


def sg(name: str) -> str:
    """Return the IRI of one of secgraph's own terms.

    >>> sg("Membership")
    'https://w3id.org/secgraph/ns#Membership'

    Raises:
        KeyError: no such term.
    """
    if name not in CLASSES and name not in PROPERTIES and name not in INDIVIDUALS:
        raise KeyError(name)
    return NS + name


def thing(kind: str, slug: str) -> str:
    """Return the IRI of a thing of one kind.

    >>> thing("organisation", "rcc")
    'https://w3id.org/secgraph/id/organisation/rcc'

    Raises:
        KeyError: no such kind.
    """
    if kind not in KINDS:
        raise KeyError(kind)
    return f"{ID}{kind}/{slug}"


def code(codelist: str, value: str) -> str:
    """Return the IRI of one code of a codelist.

    Raises:
        KeyError: no such codelist.
    """
    if codelist not in CODELISTS:
        raise KeyError(codelist)
    return f"{ID}{codelist}/{value}"


def iati(codelist: str, value: str) -> str:
    """Return the IRI of one code of a list of IATI.

    >>> iati("sector", "15210")
    'https://w3id.org/secgraph/id/iati-sector/15210'

    Raises:
        KeyError: no such list.
    """
    if codelist not in IATI_LISTS:
        raise KeyError(codelist)
    return f"{ID}iati-{codelist}/{value}"


def local(iri: str) -> str:
    """Return the last part of an IRI of ours: the slug, code or term.

    >>> local("https://w3id.org/secgraph/id/event/2018-10-cti-network"), local(NS + "start")
    ('2018-10-cti-network', 'start')
    """
    return re.split(r"[/#]", iri)[-1]


def kind_of(iri: str) -> str:
    """Return the kind (or codelist) of a thing's IRI, or '' for any other IRI.

    >>> kind_of("https://w3id.org/secgraph/id/event/2018-10-cti-network"), kind_of("urn:x")
    ('event', '')
    """
    return iri[len(ID) :].split("/", 1)[0] if iri.startswith(ID) else ""


def slug(label: str) -> str:
    """Return the kebab-case slug of a text, in ASCII letters and digits.

    >>> slug("Minister of the Interior, Šibenik & Đakovo")
    'minister-of-the-interior-sibenik-dakovo'
    """
    swapped = label.translate(str.maketrans("đĐłŁøØßıŋŊ", "dDlLoOsinN"))
    folded = unicodedata.normalize("NFKD", swapped).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", folded.lower()).strip("-") or "x"
