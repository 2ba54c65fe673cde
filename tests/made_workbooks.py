"""Workbooks that no stranger should be able to hurt with, and those that people send: each made from the small dataset.

A function per case: it gets the bytes of a sound workbook and returns those of the case. `bad/workbooks/expected.csv`
says what each deserves.
"""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from collections.abc import Callable
from typing import Any

import openpyxl

CASES: dict[str, Callable[[bytes], bytes]] = {}


def case(make: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    """Take a function into the cases, by its name."""
    CASES[make.__name__.replace("_", "-")] = make
    return make


def edited(book: bytes, edit: Callable[[Any], None]) -> bytes:
    """Return a workbook after openpyxl has edited it."""
    opened = openpyxl.load_workbook(io.BytesIO(book))
    edit(opened)
    out = io.BytesIO()
    opened.save(out)
    return out.getvalue()


def with_members(book: bytes, change: Callable[[str, bytes], bytes], **more: bytes) -> bytes:
    """Return a workbook with its members changed, and more of them."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            new.writestr(item.filename, change(item.filename, old.read(item)))
        for name, content in more.items():
            new.writestr(name, content)
    return out.getvalue()


def in_sheet(book: bytes, sheet: str, old: str, new: str) -> bytes:
    """Return a workbook with a text of the XML of one sheet replaced."""
    names = openpyxl.load_workbook(io.BytesIO(book)).sheetnames
    part = f"xl/worksheets/sheet{names.index(sheet) + 1}.xml"

    def change(name: str, content: bytes) -> bytes:
        if name != part:
            return content
        text = content.decode()
        assert re.search(old, text), (old, text[:500])
        return re.sub(old, lambda _found: new, text, count=1).encode()

    return with_members(book, change)


def set_cell(table: str, row: int, column: str, value: object, style: str = "") -> Callable[[Any], None]:
    """Return an edit that sets one cell, by the name of its column."""

    def edit(book: Any) -> None:
        sheet = book[table]
        cell = sheet.cell(row, [item.value for item in sheet[1]].index(column) + 1)
        cell.value = value
        if style:
            cell.number_format = style

    return edit


# What is no workbook


@case
def not_a_zip(_book: bytes) -> bytes:
    return b"id,name\npier,Pier\n"


@case
def empty(_book: bytes) -> bytes:
    return b""


@case
def html_renamed(_book: bytes) -> bytes:
    return b"\n<!DOCTYPE html><html><body>Sign in to download</body></html>"


@case
def truncated(book: bytes) -> bytes:
    return book[: len(book) * 2 // 3]


@case
def without_its_start(book: bytes) -> bytes:
    return b"PK\x03\x04" + book[len(book) // 2 :]


@case
def a_flipped_bit(book: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(book)) as package:
        info = package.getinfo("xl/sharedStrings.xml")
    at = info.header_offset + 30 + len(info.filename) + info.compress_size // 2
    return book[:at] + bytes([book[at] ^ 4]) + book[at + 1 :]


@case
def encrypted(_book: bytes) -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600 + "EncryptedPackage".encode("utf-16-le")


@case
def old_xls(_book: bytes) -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600 + "Workbook".encode("utf-16-le")


@case
def encrypted_member(book: bytes) -> bytes:
    # The flag stands in the directory and before the member.
    at = book.index(b"PK\x01\x02") + 8
    return book[:at] + bytes([book[at] | 1]) + book[at + 1 :]


@case
def open_document(_book: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        package.writestr("content.xml", "<office:document-content/>")
    return out.getvalue()


@case
def another_zip(_book: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("events.csv", "id\n")
    return out.getvalue()


@case
def xml_cut_short(book: bytes) -> bytes:
    return in_sheet(book, "events", r"</sheetData>.*\Z", "")


# What takes more than it gives


@case
def a_cell_in_the_last_corner(book: bytes) -> bytes:
    cell = '<row r="1048576"><c r="XFD1048576" t="n"><v>1</v></c></row></sheetData>'
    return in_sheet(book, "events", "</sheetData>", cell)


@case
def a_bomb(book: bytes) -> bytes:
    return with_members(book, lambda _name, content: content, **{"xl/media/image1.png": bytes(200_000_000)})


@case
def a_bomb_in_a_sheet(book: bytes) -> bytes:
    return in_sheet(book, "events", "</sheetData>", "</sheetData>" + " " * 60_000_000)


@case
def a_nested_bomb(book: bytes) -> bytes:
    # What nobody unfolds does no harm: a workbook may have others within.
    inner = with_members(book, lambda _name, content: content, **{"xl/media/image1.png": bytes(200_000_000)})
    return with_members(book, lambda _name, content: content, **{"xl/embeddings/inner.xlsx": inner})


@case
def a_member_that_lies(book: bytes) -> bytes:
    # The directory declares ten bytes where there are millions.
    big = with_members(book, lambda _name, content: content, **{"xl/media/image1.png": bytes(20_000_000)})
    at = big.rindex(b"PK\x01\x02")
    return big[: at + 24] + (10).to_bytes(4, "little") + big[at + 28 :]


@case
def a_member_outside(book: bytes) -> bytes:
    return with_members(book, lambda _name, content: content, **{"../../../tmp/secgraph-outside": b"x"})


@case
def two_members_of_one_name(book: bytes) -> bytes:
    return with_members(book, lambda _name, content: content, **{"XL/Workbook.xml": b"<workbook/>"})


@case
def entities(book: bytes) -> bytes:
    declared = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><worksheet'
    return in_sheet(book, "events", "<worksheet", declared)


# What a cell holds, and what is read of it


@case
def an_error_of_a_reference(book: bytes) -> bytes:
    return edited(book, set_cell("organisations", 2, "name", "#REF!"))


@case
def an_error_of_a_lookup(book: bytes) -> bytes:
    return edited(book, set_cell("organisations", 2, "note", "#N/A"))


@case
def a_formula_nobody_computed(book: bytes) -> bytes:
    return edited(book, set_cell("organisations", 2, "name", '=CONCATENATE("a","b")'))


@case
def a_formula_with_its_value(book: bytes) -> bytes:
    made = edited(book, set_cell("organisations", 2, "note", '=CONCATENATE("a","b")'))
    return in_sheet(made, "organisations", r'r="N2"><f>[^<]*</f><v ?/?>(</v>)?', 'r="N2" t="str"><f>A1</f><v>ab</v>')


@case
def a_number_as_id(book: bytes) -> bytes:
    return edited(book, set_cell("organisations", 2, "id", 123.0))


@case
def lost_zeros(book: bytes) -> bytes:
    return edited(book, set_cell("organisations", 2, "identifiers", 123, "00000"))


@case
def a_day_as_a_number(book: bytes) -> bytes:
    return edited(book, set_cell("events", 2, "start", 45418))


@case
def the_epoch_of_1904(book: bytes) -> bytes:
    def edit(opened: Any) -> None:
        opened.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
        set_cell("events", 2, "note", datetime.datetime(2018, 5, 3))(opened)

    return edited(book, edit)


@case
def merged_cells(book: bytes) -> bytes:
    return edited(book, lambda opened: opened["events"].merge_cells("B2:B3"))


@case
def a_hidden_sheet(book: bytes) -> bytes:
    def edit(opened: Any) -> None:
        opened["events"].sheet_state = "veryHidden"

    return edited(book, edit)


@case
def hidden_rows_and_columns(book: bytes) -> bytes:
    def edit(opened: Any) -> None:
        opened["events"].row_dimensions[3].hidden = True
        opened["events"].column_dimensions["C"].hidden = True

    return edited(book, edit)


@case
def two_header_rows(book: bytes) -> bytes:
    def edit(opened: Any) -> None:
        opened["series"].insert_rows(2)
        for column, name in enumerate(("Identifier", "What it is called", "Who meets", "", ""), 1):
            opened["series"].cell(2, column).value = name

    return edited(book, edit)


@case
def a_title_above_the_header(book: bytes) -> bytes:
    def edit(opened: Any) -> None:
        opened["series"].insert_rows(1)
        opened["series"].cell(1, 1).value = "Series of meetings, as of last May"

    return edited(book, edit)


@case
def hxl_row(book: bytes) -> bytes:
    def edit(opened: Any) -> None:
        opened["series"].insert_rows(2)
        for column, name in enumerate(("#meta+id", "#activity+name", "#org", "#meta+note", "#meta+source"), 1):
            opened["series"].cell(2, column).value = name

    return edited(book, edit)


@case
def a_text_that_is_not_there(book: bytes) -> bytes:
    return in_sheet(book, "events", r'(?<=t="s"><v>)[0-9]+', "99999")
