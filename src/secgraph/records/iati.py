"""What an IATI file says, once read: activities, organisations, what was left out, and the faults that were found.

Plain tuples, equal by value and safe to hand to another process. Codes are those of version 2.03 whatever the file's
version, and the defaults of the file and the activity stand in each row that does not say otherwise. Texts are '' and
numbers None where the file says nothing. Contact persons, their addresses and e-mails are never read.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from secgraph.values import ERROR


class Text(NamedTuple):
    """A text and its language in lower case ('' where neither the text nor the activity tells)."""

    value: str
    language: str = ""


class Party(NamedTuple):
    """An organisation as it is named at one place: nothing says yet which thing it is.

    `role` is a code of OrganisationRole ('1' funding ... '4' implementing) or '' where none is meant, `type` one of
    OrganisationType; `activity_id` is the organisation's own activity, where the file names it.
    """

    role: str = ""
    type: str = ""
    ref: str = ""
    name: str = ""
    activity_id: str = ""
    line: int = 0

    @property
    def stated(self) -> bool:
        """Whether the file names an organisation here at all."""
        return bool(self.ref or self.name)


NOBODY = Party()
"""The party of a row that names none."""


class ActivityDate(NamedTuple):
    """A date of an activity: `kind` '1' planned start, '2' actual start, '3' planned end, '4' actual end."""

    kind: str
    date: str
    line: int = 0


class Share(NamedTuple):
    """A country, region or sector and its stated part in percent (None where no part is stated).

    `vocabulary` is '' for countries, and a code of RegionVocabulary or SectorVocabulary for the others ('1' is DAC).
    """

    code: str
    vocabulary: str = ""
    percentage: Decimal | None = None
    name: str = ""
    line: int = 0


class Portion(NamedTuple):
    """Which part of an activity or transaction is in the scope of its file, in percent: at the least, at the most."""

    least: Decimal
    most: Decimal


ALL_OF_IT = Portion(Decimal(100), Decimal(100))
NONE_OF_IT = Portion(Decimal(0), Decimal(0))
ANY_OF_IT = Portion(Decimal(0), Decimal(100))
"""The portion of what is in a scope, nobody knows with how much of it."""


class Marker(NamedTuple):
    """A policy marker, its vocabulary ('1' is DAC) and its significance."""

    code: str
    vocabulary: str = "1"
    significance: str = ""
    line: int = 0


class AidType(NamedTuple):
    """A type of aid and its vocabulary ('1' is DAC)."""

    code: str
    vocabulary: str = "1"


class Budget(NamedTuple):
    """A budget of an activity for one period: `type` '1' original or '2' revised, `status` '1' indicative, '2' binding.

    A type or status that the file leaves out is what the standard takes it for: original, indicative.
    """

    type: str
    status: str
    start: str
    end: str
    amount: Decimal
    currency: str
    value_date: str
    line: int = 0


class PlannedDisbursement(NamedTuple):
    """A payment that is planned for a period; the value date stands in for a missing start."""

    type: str
    start: str
    end: str
    amount: Decimal
    currency: str
    value_date: str
    provider: Party = NOBODY
    receiver: Party = NOBODY
    line: int = 0


class Transaction(NamedTuple):
    """One transaction: `type` is a code of TransactionType ('2' outgoing commitment, '3' disbursement ...).

    Countries, regions, sectors and the classifications are the transaction's own where it states them, else the
    activity's. `own_places` and `own_sectors` tell which: a share that is inherited is not stated for this row.
    """

    type: str
    ref: str
    date: str
    amount: Decimal
    currency: str
    value_date: str
    provider: Party = NOBODY
    receiver: Party = NOBODY
    descriptions: tuple[Text, ...] = ()
    countries: tuple[Share, ...] = ()
    regions: tuple[Share, ...] = ()
    sectors: tuple[Share, ...] = ()
    flow: str = ""
    finance: str = ""
    aid: tuple[AidType, ...] = ()
    tied: str = ""
    humanitarian: bool = False
    own_places: bool = False
    own_sectors: bool = False
    line: int = 0


class Related(NamedTuple):
    """Another activity: `type` '1' parent, '2' child, '3' sibling, '4' co-funded, '5' third party's report."""

    type: str
    ref: str
    line: int = 0


class Indicator(NamedTuple):
    """What a result is measured by."""

    titles: tuple[Text, ...]
    measure: str = ""
    line: int = 0


class Result(NamedTuple):
    """A result: `type` '1' output, '2' outcome, '3' impact, '9' other."""

    type: str
    titles: tuple[Text, ...]
    indicators: tuple[Indicator, ...] = ()
    line: int = 0


class Condition(NamedTuple):
    """A condition of the money: `type` '1' policy, '2' performance, '3' fiduciary."""

    type: str
    texts: tuple[Text, ...]
    line: int = 0


class DocumentLink(NamedTuple):
    """A document on the web, with its media type, categories and languages."""

    url: str
    format: str = ""
    titles: tuple[Text, ...] = ()
    categories: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    line: int = 0


class Location(NamedTuple):
    """A place of the activity; latitude and longitude as written, '' where no point is given."""

    name: str
    latitude: str = ""
    longitude: str = ""
    line: int = 0


class Activity(NamedTuple):
    """One iati-activity as one publisher reports it."""

    identifier: str
    line: int
    version: str = "2.03"
    hierarchy: str = "1"
    reporting: Party = NOBODY
    secondary_reporter: bool = False
    titles: tuple[Text, ...] = ()
    descriptions: tuple[Text, ...] = ()
    dates: tuple[ActivityDate, ...] = ()
    status: str = ""
    scope: str = ""
    parties: tuple[Party, ...] = ()
    countries: tuple[Share, ...] = ()
    regions: tuple[Share, ...] = ()
    sectors: tuple[Share, ...] = ()
    markers: tuple[Marker, ...] = ()
    collaboration: str = ""
    flow: str = ""
    finance: str = ""
    aid: tuple[AidType, ...] = ()
    tied: str = ""
    budgets: tuple[Budget, ...] = ()
    planned: tuple[PlannedDisbursement, ...] = ()
    transactions: tuple[Transaction, ...] = ()
    related: tuple[Related, ...] = ()
    humanitarian: bool = False
    conditions: tuple[Condition, ...] = ()
    results: tuple[Result, ...] = ()
    documents: tuple[DocumentLink, ...] = ()
    locations: tuple[Location, ...] = ()
    currency: str = ""
    language: str = ""


class OrganisationBudget(NamedTuple):
    """A budget or expenditure of an organisation for one period.

    `kind` is total-budget, recipient-org-budget, recipient-country-budget, recipient-region-budget or
    total-expenditure; `recipient` names the organisation, or holds the country's or region's code as its ref.
    """

    kind: str
    status: str
    start: str
    end: str
    amount: Decimal
    currency: str
    value_date: str
    recipient: Party = NOBODY
    vocabulary: str = ""
    line: int = 0


class OrganisationFile(NamedTuple):
    """One iati-organisation: who it is, and the money that it plans and spends as a whole."""

    identifier: str
    line: int
    version: str = "2.03"
    names: tuple[Text, ...] = ()
    reporting: Party = NOBODY
    secondary_reporter: bool = False
    budgets: tuple[OrganisationBudget, ...] = ()
    documents: tuple[DocumentLink, ...] = ()
    currency: str = ""
    language: str = ""


class LeftOut(NamedTuple):
    """An activity or organisation that was read and not kept: `cause` is scope, fault or duplicate.

    Each element of a file is kept or left out, so that what was read is the sum of both.
    """

    cause: str
    reason: str
    identifier: str = ""
    line: int = 0
    transactions: int = 0


class Fault(NamedTuple):
    """One thing that is wrong or doubtful in a file: an error makes the element (or file) unusable.

    `rule` is the id in the published ruleset where it has one, else a name of ours (`iati-...`). `element` is the
    path below the activity, '' for the file.
    """

    rule: str
    severity: str
    line: int
    element: str
    identifier: str
    value: str
    message: str
    hint: str = ""
    column: int = 0

    @property
    def stops(self) -> bool:
        """Whether what it names cannot be used."""
        return self.severity == ERROR
