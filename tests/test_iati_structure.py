"""The structure of IATI files: what is refused, where, and in which words; and that the table is sound."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest
from lxml import etree

from secgraph.errors import ConfigError
from secgraph.sources.iati.shapes import TABLE, read_shapes
from secgraph.sources.iati.structure import check_activity, check_before, check_end, check_organisation, check_root
from secgraph.values import ERROR
from tests.conftest import SHARED, left_out
from tools import iati_structure

SUITE = SHARED / "suites" / "iati-schemas"

ACTIVITY = """\
<iati-activity default-currency="EUR" hierarchy="1" humanitarian="0" xml:lang="en">
 <iati-identifier>XX-MADEUP-1</iati-identifier>
 <reporting-org ref="XX-MADEUP" type="10"><narrative>Made-up ministry</narrative></reporting-org>
 <title><narrative>Border police training</narrative><narrative xml:lang="sq">Trajnim</narrative></title>
 <description type="1"><narrative>Two courses</narrative></description>
 <participating-org role="1" ref="XX-MADEUP"><narrative>Made-up ministry</narrative></participating-org>
 <activity-status code="2"/>
 <activity-date type="1" iso-date="2020-02-29"/>
 <contact-info><telephone>+000</telephone><website>https://example.org</website></contact-info>
 <recipient-country code="AL" percentage="60.5"/>
 <recipient-country code="XK" percentage="39.5"/>
 <location ref="a"><point srsName="http://www.opengis.net/def/crs/EPSG/0/4326"><pos>41.3 19.8</pos></point></location>
 <sector vocabulary="1" code="15210"/>
 <budget type="1" status="2">
  <period-start iso-date="2020-01-01"/>
  <period-end iso-date="2020-12-31"/>
  <value currency="EUR" value-date="2020-01-01">1250.50</value>
 </budget>
 <capital-spend percentage="12"/>
 <transaction humanitarian="false">
  <transaction-type code="2"/>
  <transaction-date iso-date="2020-03-01"/>
  <value value-date="2020-03-01">-3000</value>
  <provider-org provider-activity-id="XX-MADEUP-0"/>
  <aid-type code="C01" vocabulary="1"/>
 </transaction>
 <document-link url="https://example.org/a.pdf" format="application/pdf">
  <title><narrative>Plan</narrative></title>
  <category code="A02"/>
 </document-link>
 <legacy-data name="a" value="b" iati-equivalent="title"/>
 <conditions attached="1"><condition type="1"><narrative>None</narrative></condition></conditions>
 <result type="1">
  <title><narrative>Courses</narrative></title>
  <indicator measure="1">
   <title><narrative>Courses held</narrative></title>
   <baseline year="2019" value="0"/>
   <period>
    <period-start iso-date="2020-01-01"/>
    <period-end iso-date="2020-12-31"/>
    <target value="2"><dimension name="sex" value="f"/></target>
   </period>
  </indicator>
 </result>
 <fss extraction-date="2020-05-06"><forecast year="2021" value-date="2020-05-06">10</forecast></fss>
 <x:note xmlns:x="urn:made-up" x:by="us">kept out</x:note>
</iati-activity>"""

ORGANISATION = """\
<iati-organisation default-currency="EUR">
 <organisation-identifier>XX-MADEUP</organisation-identifier>
 <name><narrative>Made-up ministry</narrative></name>
 <reporting-org ref="XX-MADEUP" type="10"><narrative>Made-up ministry</narrative></reporting-org>
 <total-budget status="1">
  <period-start iso-date="2020-01-01"/>
  <period-end iso-date="2020-12-31"/>
  <value value-date="2020-01-01">5000</value>
  <budget-line ref="1"><value value-date="2020-01-01">10</value><narrative>Courses</narrative></budget-line>
 </total-budget>
</iati-organisation>"""

OLD = """\
<iati-activity xml:lang="en">
 <transaction><value value-date="">1 </value><transaction-date iso-date="2011-05-05"/></transaction>
 <anything percentage="" made="up"/>
 <iati-identifier>XX-OLD-1</iati-identifier>
</iati-activity>"""


def parsed(text: str) -> Any:
    return etree.fromstring(text.encode(), etree.XMLParser(resolve_entities=False))


def changed(text: str, old: str, new: str) -> str:
    assert text.count(old) >= 1, old
    return text.replace(old, new, 1)


def test_sound_elements_have_no_faults() -> None:
    assert check_activity(parsed(ACTIVITY), "2.03") == []
    assert check_organisation(parsed(ORGANISATION), "2.02") == []
    assert check_activity(parsed(OLD), "1.04") == []


A = "iati-activity"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
BAD = [
    # what is put in the place of what; the rule, line and path; the value; words of the message and of the hint
    ("<capital-spend ", "<capitalspend ", "iati-structure 19 /capitalspend", "", "holds no <capitalspend>",
     "<capital-spend> is meant?"),
    ("<activity-status code=\"2\"/>", "", "iati-structure 1 /activity-status", "", "lacks", "give <activity-status>"),
    ('<activity-status code="2"/>', '<activity-status/>', "iati-structure 7 /activity-status/@code", "", "lacks",
     "any text"),
    ('<activity-status code="2"/>', '<activity-status cod="2" code="2"/>', "iati-structure 7 /activity-status/@cod",
     "2", "no attribute cod", "code is meant?"),
    ('iso-date="2020-02-29"', 'iso-date="2021-02-29"', "iati-value 8 /activity-date/@iso-date", "2021-02-29",
     "iso-date is no date", "2024-06-30"),
    ('iso-date="2020-02-29"', 'iso-date="29/02/2020"', "iati-value 8 /activity-date/@iso-date", "29/02/2020",
     "no date", "a day that exists"),
    ("1250.50", "1,250.50", "iati-value 17 /budget/value", "1,250.50", "value is no number", "thousands separator"),
    ("1250.50", " ", "iati-value 17 /budget/value", "", "value is empty", "digits"),
    (">-3000<", ">EUR 3000<", "iati-value 23 /transaction/value", "EUR 3000", "no number", "sign of a currency"),
    ('percentage="60.5"', 'percentage="60.5%"', "iati-value 10 /recipient-country/@percentage", "60.5%", "no number",
     "digits"),
    (' currency="EUR" value-date="2020-01-01"', ' currency="EUR"', "iati-structure 17 /budget/value/@value-date", "",
     "lacks its attribute value-date", "give value-date: a day"),
    ('  <period-end iso-date="2020-12-31"/>\n  <v', "  <v", "iati-structure 14 /budget/period-end", "", "lacks",
     "give <period-end>"),
    ('  <period-start iso-date="2020-01-01"/>\n  <period-end iso-date="2020-12-31"/>\n  <v',
     '  <period-end iso-date="2020-12-31"/>\n  <period-start iso-date="2020-01-01"/>\n  <v',
     "iati-structure 15 /budget/period-end", "", "out of order", "move it after <period-start> of line 16"),
    (' <capital-spend percentage="12"/>', ' <capital-spend percentage="12"/><capital-spend percentage="1"/>',
     "iati-structure 19 /capital-spend", "", "more than one", "keep one"),
    (' <capital-spend percentage="12"/>', ' <capital-spend percentage="12">12</capital-spend>',
     "iati-structure 19 /capital-spend", "12", "text stands in <capital-spend>", "leave the text out"),
    ('<target value="2">', '<target value="2">two ', "iati-structure 41 /result/indicator/period/target", "two",
     "only elements", "leave"),
    ('humanitarian="false"', 'humanitarian="no"', "iati-value 20 /transaction/@humanitarian", "no", "truth value",
     "true, false, 1 or 0"),
    ('hierarchy="1"', 'hierarchy="one"', "iati-value 1 /@hierarchy", "one", "whole number", "as 2"),
    ('year="2019"', 'year="0"', "iati-value 37 /result/indicator/baseline/@year", "0", "above 0", "1 or more"),
    ('xml:lang="sq"', 'xml:lang="shqip?"', "iati-value 4 /title/narrative/@xml:lang", "shqip?", "language", "pt-BR"),
    ('iati-equivalent="title"', 'iati-equivalent="a b"', "iati-value 31 /legacy-data/@iati-equivalent", "a b", "word",
     "one word"),
    ('iati-equivalent="title"', 'xmlns:y="urn:y" y:a="1"', "iati-structure 31 /legacy-data/@a", "1",
     "no attributes of other namespaces", "leave a out"),
    ("<pos>41.3 19.8</pos>", "<pos>41.3 <b/>19.8</pos>", "iati-structure 12 /location/point/pos/b", "",
     "text and no elements", "leave <b> out"),
    (' <title><narrative>B', ' <x:t xmlns:x="urn:x"/><title><narrative>B', "iati-structure 4 /t", "", "out of order",
     "after <note> of line 46"),
    ('url="https://example.org/a.pdf"', 'url="http://a b[.pdf"', "iati-value 27 /document-link/@url",
     "http://a b[.pdf", "web address", "https://"),
    ("<narrative>Two courses</narrative>", "", "iati-structure 5 /description/narrative", "", "lacks <narrative>",
     "give <narrative>"),
    ('attached="1"', 'attached="2"', "iati-value 32 /conditions/@attached", "2", "truth value", "true"),
    ('<period-start iso-date="2020-01-01"/>\n    <period-end iso-date="2020-12-31"/>\n    <target',
     '<target', "iati-structure 38 /result/indicator/period/period-start", "", "lacks", "give <period-start>"),
    ("<fss ", f'<fss xmlns:i="{XSI}" i:type="no" ', "iati-structure 45 /fss", "", "XML Schema itself", "type"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "place", "value", "message", "hint"), BAD)
def test_a_fault_says_where_and_what(old: str, new: str, place: str, value: str, message: str, hint: str) -> None:
    first, *_ = check_activity(parsed(changed(ACTIVITY, old, new)), "2.03")
    assert f"{first.rule} {first.line} {first.element}" == place.replace(" /", f" {A}/")
    assert first.identifier == "XX-MADEUP-1"
    assert (first.value, first.severity) == (value, ERROR)
    assert message in first.message
    assert hint in first.hint


def test_the_bad_ones_are_many_and_each_has_one_fault() -> None:
    counts = Counter(len(check_activity(parsed(changed(ACTIVITY, *case[:2])), "2.01")) for case in BAD)
    assert counts == {1: 28, 2: 1}  # a period lacks its start and its end
    assert len(BAD) == 29


def test_what_elements_of_other_namespaces_hold_is_nobodys_matter() -> None:
    inside = (
        '<x:a xmlns:x="urn:x" xml:lang="no language" value-date="x"><title/><value percentage="1%">one</value></x:a>'
    )
    assert check_activity(parsed(changed(ACTIVITY, "</iati-activity>", f"{inside}</iati-activity>")), "2.03") == []


def test_an_activity_without_end_of_faults_is_given_up() -> None:
    text = changed(ACTIVITY, ' <capital-spend percentage="12"/>', ' <capital-spend percentage="-"/>' * 3000)
    found = check_activity(parsed(text), "2.03")
    assert len(found) == 1000
    assert [at for at, fault in enumerate(found) if "no more" in fault.message] == [999]
    old = changed(OLD, "<anything", '<sector percentage="-"/>' * 3000 + "<anything")
    assert len(check_activity(parsed(old), "1.01")) == 1000


def test_an_organisation_is_held_to_its_own_structure() -> None:
    text = changed(ORGANISATION, " <name><narrative>Made-up ministry</narrative></name>\n", "")
    [fault] = check_organisation(parsed(text), "2.03")
    assert (fault.element, fault.line, fault.identifier) == ("iati-organisation/name", 1, "XX-MADEUP")
    [fault] = check_organisation(parsed(changed(ORGANISATION, ">10<", ">ten<")), "2.03")
    assert (fault.element, fault.line) == ("iati-organisation/total-budget/budget-line/value", 9)


@pytest.mark.parametrize(
    ("old", "new", "element"),
    [
        ("XX-OLD-1", " ", "iati-identifier"),
        (" <iati-identifier>XX-OLD-1</iati-identifier>\n", "", "iati-identifier"),
        (">1 <", ">1 million<", "transaction/value"),
        (">1 <", "><", "transaction/value"),
        (">1 <", "><b/><", "transaction/value/b"),
        ('value-date=""', 'value-date="2011-13-01"', "transaction/value/@value-date"),
        ('"2011-05-05"', '"5 May 2011"', "transaction/transaction-date/@iso-date"),
        ('percentage=""', 'percentage="19%"', "anything/@percentage"),
    ],
)
def test_of_1x_the_identifier_the_numbers_and_the_dates_are_asked_for(old: str, new: str, element: str) -> None:
    [fault] = check_activity(parsed(changed(OLD, old, new)), "1.01")
    assert (fault.element, fault.severity) == (f"iati-activity/{element}", ERROR)


def test_of_1x_much_may_be_as_it_is() -> None:
    loose = '<activity-date iso-date="2011-5-1"/><x:a xmlns:x="urn:x" percentage="1%"/><anything'
    assert check_activity(parsed(changed(OLD, "<anything", loose)), "1.05") == []
    assert check_activity(parsed(changed(OLD, "<anything", loose)), "2.01") != []


def test_an_entity_is_a_fault_and_nothing_is_put_in() -> None:
    text = '<!DOCTYPE a [<!ENTITY e "x">]>\n' + changed(ACTIVITY, "Two courses", "Two &e; courses")
    [fault] = check_activity(parsed(text), "2.03")
    assert (fault.element, fault.value, fault.line) == ("iati-activity/description/narrative", "&e;", 6)
    [fault] = check_activity(parsed('<!DOCTYPE a [<!ENTITY e "x">]>\n' + changed(OLD, "<any", "&e;<any")), "1.01")
    assert fault.value == "&e;"


ROOTS = [
    ("iati-activities", {"version": "2.03", "generated-datetime": "2020-01-01T00:00:00Z"}, ""),
    ("iati-activities", {"version": "1.01", "generated-datetime": "2013-07-30 16:35:31"}, ""),
    ("iati-organisations", {"version": "2.01", "{urn:x}a": "1"}, ""),
    ("html", {}, "iati-root html"),
    ("iati-activity", {"version": "2.03"}, "iati-root iati-activity"),
    ("{http://iatiregistry.org/ns/record#}registry-record", {}, "iati-root registry-record"),
    ("iati-activities", {}, "iati-version iati-activities/@version"),
    ("iati-activities", {"version": "3.0"}, "iati-version iati-activities/@version"),
    ("iati-activities", {"version": "2.03", "generated-datetime": "x"},
     "iati-value iati-activities/@generated-datetime"),
    ("iati-organisations", {"version": "2.03", "lang": "en"}, "iati-structure iati-organisations/@lang"),
]  # fmt: skip


@pytest.mark.parametrize(("tag", "attributes", "wanted"), ROOTS)
def test_a_root_is_known_by_its_name_version_and_attributes(tag: str, attributes: dict[str, str], wanted: str) -> None:
    found = check_root(tag, attributes, attributes.get("version", ""), 7)
    assert [f"{fault.rule} {fault.element}" for fault in found] == [wanted] * bool(wanted)
    assert {fault.line for fault in found} <= {7}


ONE = "<iati-activity/>"


@pytest.mark.parametrize(
    ("inside", "wanted"),
    [
        (f"\n{ONE}\n<!-- -->{ONE}", []),
        (f"{ONE}<x:y xmlns:x='urn:x'/>", []),
        ("", ["iati-activities holds no <iati-activity>"]),
        (f"a{ONE}{ONE}", ["iati-activities text"]),
        (f"{ONE}a{ONE}<!-- -->{ONE}", ["iati-activities text"]),
        (f"{ONE}{ONE}<!-- -->b", ["iati-activities text"]),
        (f"{ONE}<x:y xmlns:x='urn:x'/>{ONE}", ["iati-activities/y another namespace"]),
        (f"<activity/>{ONE}<other/>", ["iati-activities/activity <iati-activity> is meant?", "iati-activities/other"]),
    ],
)
def test_a_root_holds_activities_and_then_what_is_of_other_namespaces(inside: str, wanted: list[str]) -> None:
    root = parsed(f"<iati-activities>{inside}</iati-activities>")
    items = list(root.iterchildren("iati-activity"))
    found = [fault for item in items for fault in check_before(item)] + check_end(root, len(items))
    assert len(found) == len(wanted)
    for fault, text in zip(found, wanted, strict=True):
        element, _, words = text.partition(" ")
        assert fault.element == element
        assert words in f"{fault.message} {fault.hint}"


# the table


def test_the_table_says_what_the_standard_says() -> None:
    shapes = read_shapes(TABLE.read_text("utf-8"))
    counts = [(child.name, child.least, child.most) for child in shapes["transaction"].children]
    assert counts[:4] == [
        ("transaction-type", 1, 1),
        ("transaction-date", 1, 1),
        ("value", 1, 1),
        ("description", 0, 1),
    ]
    assert [name for name, attribute in shapes["money"].attributes.items() if attribute.required] == ["value-date"]
    assert len(shapes) == 70


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("iso-date:date!", "iso-date:day!", "day is no type"),
        ("money\tdecimal", "money\tnumber", "number is no type"),
        ("period-end=day", "period-end=dya", "shape dya, which no row describes"),
        ("tag\t", "label\t", "tag has the shape tag"),
        ("ref! type!\t", "ref! ref!\t", "the attribute ref! is malformed or stands twice"),
        ("comment=text?", "dimension?", "the child dimension? is malformed or stands twice"),
        ("budget-item+", "budget-item{1}", "malformed"),
        ("string\tstring\n", "string\tstring\tonly\tnarrative\n", "text or children, not both"),
        ("website\tanyURI", "website\tanyURI\t\t\tmore", "5 cells"),
        ("website\tanyURI\n", "website\tanyURI\nwebsite\tanyURI\n", "stands in line"),
        ("website*", "", "no element has the shape website"),
        ("shape\ttext", "name\ttext", "does not begin with its columns"),
        ("website\tanyURI\n", "website\tanyURI\nWeb Site\tanyURI\n", "is no name of a shape"),
    ],
)
def test_a_table_that_contradicts_itself_is_refused(old: str, new: str, message: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(message)):
        read_shapes(changed(TABLE.read_text("utf-8"), old, new))


def test_a_table_without_what_is_checked_is_refused() -> None:
    with pytest.raises(ConfigError, match="lacks iati-activities"):
        read_shapes("shape\ttext\tattributes\tchildren\n")


def test_the_table_agrees_with_the_published_schemas() -> None:
    if not SUITE.is_dir():
        left_out(1, "the published schemas are not beside this checkout")
        return
    assert iati_structure.table_of(SUITE) == TABLE.read_text("utf-8")
