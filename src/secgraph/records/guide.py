"""What each column of the tables means, in one sentence, for people who fill them in."""

from __future__ import annotations

from typing import Final

_DATE: Final = "as YYYY, YYYY-MM or YYYY-MM-DD, as exactly as the source says"
_LIST: Final = "several are separated by |"

_COMMON: Final[dict[str, str]] = {
    "id": "A short name of your own that stays: lower-case letters, digits and single hyphens.",
    "name": "The name in full.",
    "short_name": "The abbreviation or short name.",
    "aliases": f"Other names; {_LIST}.",
    "topics": f"What it is about: ids of topics; {_LIST}.",
    "topic": f"What it is about: ids of topics; {_LIST}.",
    "country": "The country, by its code of two capitals, with a row in jurisdictions.",
    "city": "The town or city.",
    "website": "The web address, with https://.",
    "start": f"When it began, {_DATE}.",
    "end": f"When it ended, {_DATE}; .. where the source says that it goes on; empty where nobody says.",
    "from": f"Since when, {_DATE}.",
    "to": f"Until when, {_DATE}; .. where the source says that it goes on; empty where nobody says.",
    "identifiers": f"Identifiers that others use, as iati:XM-DAC-41304 or wikidata:Q1065; {_LIST}.",
    "inferred": f"The columns of this row that you concluded and no source says outright; {_LIST}.",
    "note": "Anything else worth knowing; it is shown, and nothing is computed from it.",
    "sources": f"Who says so: ids of sources; {_LIST}.",
    "currency": "The currency, by its ISO 4217 code, as EUR.",
    "language": "The language, as sr-Latn or de.",
    "pillar": f"The initiatives or documents under which it stands; {_LIST}.",
    "amount": "The sum in plain digits, with a point before the cents; empty where it is not known.",
    "kind": "What kind of row is meant: organisation, initiative, event, programme ...",
    "column": "The name of the column that is meant.",
    "measure": "What the figures count, in the publisher's words.",
    "year": "The year, as YYYY.",
}

_OF_TABLES: Final[dict[str, dict[str, str]]] = {
    "sources": {
        "title": "The title of the page, report or document.",
        "publisher": "Who published it.",
        "url": "Its web address.",
        "published": f"When it came out, {_DATE}.",
        "accessed": "The day on which you read it, as YYYY-MM-DD.",
        "kind": "What kind of text it is.",
    },
    "organisations": {
        "type": "What kind of body it is.",
        "parent": "The body that it is a part of.",
        "founded": f"When it was founded, {_DATE}.",
        "dissolved": f"When it was dissolved, {_DATE}; .. where the source says that it exists.",
    },
    "initiatives": {
        "type": "What kind of cooperation it is.",
        "part_of": f"The initiatives or bodies that it is a part of; {_LIST}.",
        "launched": f"When it was launched, {_DATE}.",
        "ended": f"When it ended, {_DATE}; .. where the source says that it goes on.",
        "host": f"Who hosts its secretariat; {_LIST}.",
        "region": "The region, in the source's words.",
    },
    "memberships": {
        "id": "Body, member and role, joined by two hyphens, as forum--QM--member.",
        "body": "The body or initiative that has the member.",
        "member": "The member: a body, an initiative or a country.",
        "role": "In which role.",
    },
    "programmes": {
        "type": "What kind of programme it is.",
        "part_of": f"The programmes or initiatives that it is a part of; {_LIST}.",
        "beneficiaries": f"For whom it is: bodies, initiatives or countries; {_LIST}.",
        "implementers": f"Who carries it out; {_LIST}.",
        "partners": f"Who takes part in it; {_LIST}.",
        "funders": f"Who pays: bodies, countries, instruments or programmes; {_LIST}.",
    },
    "funding": {
        "id": "A short name of the sum, as project-donor.",
        "programme": "The programme that the sum is for; this or event.",
        "event": "The meeting that the sum is for; this or programme.",
        "funder": f"Who gives; {_LIST}.",
        "recipient": f"Who receives; {_LIST}.",
        "instrument": f"From which instrument; {_LIST}.",
        "kind": "Promised, committed, paid out ...: as the source says.",
        "date": f"When, {_DATE}, or a period as 2018/2020.",
        "qualifier": "How exact the source is about the sum.",
        "share": "The percentage of the whole that the source states, without a sign.",
        "as_of": f"The day up to which the sum was counted, {_DATE}.",
        "cumulative": "yes, where the sum counts everything up to `as_of`.",
        "part_of": f"The sums that it is a part of; {_LIST}.",
        "funded_from": f"The sums that it was paid out of; {_LIST}.",
        "replaces": f"The earlier sums that it takes the place of; {_LIST}.",
        "same_as": f"The same sum, told by others; {_LIST}.",
        "scope": "Whether the sum is for security only.",
        "measure": "What is counted, where it is a budget.",
    },
    "instruments": {"managed_by": f"Who manages it; {_LIST}."},
    "events": {
        "id": "Best with its date first, as 2018-10-board.",
        "type": "What kind of meeting it is.",
        "status": "Whether it was announced only, or held, postponed or cancelled.",
        "announced": f"The dates for which it was announced; periods as 2018-09-10/2018-09-11; {_LIST}.",
        "country": f"Where it was held, by codes of two capitals; {_LIST}.",
        "organisers": f"Who organised it: bodies, initiatives or countries; {_LIST}.",
        "hosts": f"Who hosted it; {_LIST}.",
        "supporters": f"Who paid or helped; {_LIST}.",
        "part_of": f"The initiative, programme, body or larger meeting that it belongs to; {_LIST}.",
        "participants": f"Who took part: bodies, initiatives or countries, never persons; {_LIST}.",
        "documents": f"What was adopted or discussed; {_LIST}.",
    },
    "series": {"name": "The name of the series.", "body": f"Whose meetings they are; {_LIST}."},
    "editions": {
        "event": "The meeting.",
        "series": "The series in which it is counted.",
        "number": "Which of them it is, as 12.",
    },
    "people": {
        "id": "A short name of the person in this office.",
        "person": "The id of the same person's first row, where there are several.",
        "name": "The name, as published.",
        "role": "The public office, in the source's words.",
        "organisation": "In which body.",
        "event": f"The meetings at which the source names the person; {_LIST}.",
    },
    "documents": {
        "title": "The title.",
        "type": "What kind of text it is.",
        "adopted": f"When it was adopted, {_DATE}.",
        "adopted_by": f"Who adopted it; {_LIST}.",
        "concerns": f"Whom or what it is about; {_LIST}.",
        "url": "Its web address.",
    },
    "needs": {
        "country": f"Where it is needed; empty for the whole region; {_LIST}.",
        "need": "What is needed, in a few words.",
        "priority": "How urgent, in the source's words.",
        "basis": "Who says so: somebody independent, or the project that answers it.",
        "objective": "To which of the four ends.",
        "document": f"The documents that state it; {_LIST}.",
    },
    "responses": {
        "need": f"The needs that it answers; {_LIST}.",
        "programme": f"The programmes that answer; {_LIST}.",
        "provider": f"Who answers; {_LIST}.",
        "country": f"Where; {_LIST}.",
    },
    "topics": {
        "label": "The name of the topic.",
        "broader": f"The wider topics; {_LIST}.",
        "definition": "What belongs to it.",
    },
    "jurisdictions": {
        "code": "The ISO 3166-1 code of two capitals; Kosovo is XK; QM to QZ stand for none, for examples.",
        "name": "The name of the country.",
        "labels": f"What others call it, as eu=Kosovo*; {_LIST}.",
        "footnote": "The footnote to its name.",
    },
    "rates": {
        "date": "The day or the year of the rate.",
        "per_euro": "How many units one euro bought, as 1.95583.",
    },
    "deflators": {
        "name": "The name of the index, as an id.",
        "index": "The level of prices, 100 or 1 in the year of the base.",
    },
    "context": {
        "sector": "The code of the DAC, as 15210, or all.",
        "amount": "The figure in plain digits; it may be below zero.",
    },
    "names": {
        "id": "The id of what bears the name.",
        "name": "The name.",
        "type": "What kind of name it is.",
    },
    "claims": {
        "id": "The id of the row that another source contradicts.",
        "value": "What that source says instead.",
        "source": "The id of that source.",
    },
    "cells": {
        "id": "The id of the row.",
        "sources": f"Those of the row's sources that say this cell; {_LIST}.",
    },
    "redirects": {
        "old": "The id that is no longer used.",
        "new": "The id that took its place.",
        "reason": "Why they are one.",
    },
    "identities": {
        "subject_id": "The thing of ours, as sg:organisation/its-id.",
        "subject_label": "Its name.",
        "predicate_id": "How they belong together, as skos:exactMatch.",
        "predicate_modifier": "Not, where somebody judged that they do not.",
        "object_id": "The address of the other thing; empty for a name or an identifier.",
        "object_label": "Its name, or the name as others write it.",
        "object_category": "For a text: name or identifier.",
        "object_type": "rdfs literal, where the object is a text.",
        "mapping_justification": "How it was judged, as semapv:ManualMappingCuration.",
        "confidence": "How sure, from 0 to 1.",
        "reviewer_label": "Who looked at it again.",
        "comment": "What the judgement rests on.",
    },
}


def meaning(table: str, column: str) -> str:
    """Return what a column of a table means.

    >>> meaning("sources", "accessed")
    'The day on which you read it, as YYYY-MM-DD.'
    """
    return _OF_TABLES.get(table, {}).get(column) or _COMMON[column]
