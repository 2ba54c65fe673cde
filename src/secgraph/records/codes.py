"""The codes that cells may hold: codelists, currencies, kinds of rows. The ontology has the same lists."""

from __future__ import annotations

from typing import Final

CODES: Final[dict[str, tuple[str, ...]]] = {
    "organisation-type": tuple(
        "intergovernmental eu-institution eu-agency ministry police prosecution intelligence border-agency customs "
        "government-agency ngo research secretariat forum company other".split()
    ),
    "initiative-type": tuple("process initiative convention network forum platform pillar strategy agreement".split()),
    "programme-type": tuple("programme project action twinning trust-fund activity".split()),
    "event-type": tuple(
        "ministerial board expert technical working-group conference network-meeting training summit "
        "steering-committee study-visit operation other".split()
    ),
    "event-status": tuple("announced held postponed cancelled unknown".split()),
    "document-type": tuple(
        "plan-of-action convention agreement terms-of-reference council-conclusions declaration report strategy "
        "roadmap".split()
    ),
    "source-kind": tuple("web-page press-release project-page report treaty legal-act dataset news".split()),
    "membership-role": tuple(
        "member contracting-party observer partner associate lead-partner support-group-member chair "
        "secretariat-host donor signatory".split()
    ),
    "participation-role": tuple(
        "organiser host supporter speaker participant partner funder accountable extending implementing "
        "beneficiary".split()
    ),
    "money-kind": tuple(
        "commitment budget disbursement expenditure pledge contribution incoming-funds incoming-commitment "
        "incoming-pledge interest-payment loan-repayment reimbursement equity-purchase equity-sale credit-guarantee "
        "planned-disbursement".split()
    ),
    "qualifier": ("exact", "up-to", "more-than", "about"),
    "scope": ("security", "all-sectors"),
    "measure": ("obligation", "appropriation", "request", "spending"),
    "basis": ("independent", "project-aim"),
    "objective": ("anticipate", "prevent", "protect", "respond"),
    "name-type": ("official", "short", "former", "alias", "translation"),
}

CURRENCIES: Final = frozenset(
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE "
    "CHF CHW CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF "
    "GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR "
    "LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN "
    "PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS "
    "TMT TND TOP TRY TTD TWD TZS UAH UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST XAF XCD XCG XDR XOF XPF YER "
    "ZAR ZMW ZWG".split()
)
RETIRED_CURRENCIES: Final[dict[str, tuple[str, str]]] = {
    "ATS": ("2002", "EUR"), "BEF": ("2002", "EUR"), "BGN": ("2026", "EUR"), "CYP": ("2008", "EUR"),
    "DEM": ("2002", "EUR"), "EEK": ("2011", "EUR"), "ESP": ("2002", "EUR"), "FIM": ("2002", "EUR"),
    "FRF": ("2002", "EUR"), "GRD": ("2002", "EUR"), "HRK": ("2023", "EUR"), "IEP": ("2002", "EUR"),
    "ITL": ("2002", "EUR"), "LTL": ("2015", "EUR"), "LUF": ("2002", "EUR"), "LVL": ("2014", "EUR"),
    "MTL": ("2008", "EUR"), "NLG": ("2002", "EUR"), "PTE": ("2002", "EUR"), "SIT": ("2007", "EUR"),
    "SKK": ("2009", "EUR"), "XEU": ("1999", "EUR"), "YUM": ("2003", "RSD"), "CSD": ("2006", "RSD"),
}  # fmt: skip
"""Retired codes: the year in which each was withdrawn, and what followed."""

BANK_CURRENCIES: Final = frozenset(
    "AUD BGN BRL CAD CHF CNY CYP CZK DKK EEK EUR GBP HKD HRK HUF IDR ILS INR ISK JPY KRW LTL LVL MTL MXN MYR NOK NZD "
    "PHP PLN ROL RON RUB SEK SGD SIT SKK THB TRL TRY USD ZAR".split()
)
"""The currencies of which the European Central Bank publishes, or has published, a daily reference rate."""

COUNTRY_HINTS: Final = {
    "UK": "GB", "EL": "GR", "KO": "XK", "KS": "XK", "XKX": "XK", "FALSE": "NO", "EN": "GB", "SRB": "RS",
}  # fmt: skip

ROW_KINDS: Final = frozenset(
    "organisation initiative membership programme funding instrument event series person document need response topic "
    "jurisdiction source".split()
)
