"""Covers workbooks that cannot be read: encrypted, broken, hostile, or larger than the limits; each with a sentence."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
import xlsxwriter

from client_import.errors import SourceError
from client_import.options import NO_OPTIONS
from client_import.reading.detect import detect_layout
from client_import.reading.reader import read_rows
from client_import.reading.workbook import shared_strings
from tests.support.limits import LIMITS
from tests.support.peak import peak
from tests.support.program import Program
from tests.support.workbooks import made, office_open, open_document, packed, read, table

ROWS = [["Code", "Name", "Type"], ["A1", "Acme", "Ltd"]]
FULL = 1_048_576
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 1_000


def in_utf_16(name: str) -> bytes:
    return name.encode("utf-16-le")


def row(number: str, cells: str) -> str:
    return f'<row r="{number}">{cells}</row>'


def of_ods(attributes: str, of_cell: str = "") -> bytes:
    cell = f"<table:table-cell {of_cell}><text:p>Code</text:p></table:table-cell>"
    return open_document(
        f'<table:table table:name="A"><table:table-row {attributes}>{cell}</table:table-row></table:table>'
    )


def with_part(data: bytes, name: str, content: bytes) -> bytes:
    """The archive with other content in a part."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return packed(**{each: archive.read(each) for each in archive.namelist()} | {name: content})


def damaged(data: bytes) -> bytes:
    """The archive with other bytes in the middle of its sheet."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        place = archive.getinfo("xl/worksheets/sheet1.xml").header_offset + 60
    return data[:place] + b"\xff" * 40 + data[place + 40 :]


SHEET, CELL = "xl/worksheets/sheet1.xml", '<c t="str"><v>x</v></c>'
LAUGHS = b'<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;&b;">]><worksheet><sheetData>&c;</sheetData></worksheet>'
MANIFEST = "<manifest><file-entry><encryption-data/></file-entry></manifest>"

UNREADABLE = {
    "encrypted xlsx": (COMPOUND + in_utf_16("EncryptedPackage"), "protected by a password"),
    "encrypted ods": (open_document("", manifest=MANIFEST), "protected by a password"),
    "old document": (COMPOUND + in_utf_16("WordDocument"), "has no sheets"),
    "broken xls": (COMPOUND + in_utf_16("Workbook"), "cannot be read to its end"),
    "cut short": (table(ROWS)[:-500], "cannot be read to its end"),
    "damaged": (damaged(table(ROWS)), "cannot be read to its end"),
    "no sheet": (office_open("", more={"xl/_rels/workbook.xml.rels": "<Relationships/>"}), "No sheet"),
    "binary": (packed(**{"[Content_Types].xml": "", "xl/workbook.bin": b"\x83"}), "binary workbook (.xlsb)"),
    "not XML": (with_part(table(ROWS), SHEET, b"<worksheet><sheetData><row"), "its XML is damaged"),
    "laughs": (with_part(table(ROWS), SHEET, LAUGHS), "declares a document type"),
    "laughing strings": (with_part(table(ROWS), "xl/sharedStrings.xml", LAUGHS), "declares a document type"),
    "no such string": (office_open(row("1", '<c t="s"><v>5</v></c>')), "a text that is not there"),
    "rows back": (office_open(row("5", CELL) + row("4", CELL)), "row 4 does not follow row 5"),
    "far row": (office_open(row("1", CELL) + row("999999999", CELL)), "CLIENT_IMPORT_MAX_RECORDS"),
    "far column": (office_open(row("1", '<c r="ZZZ1" t="str"><v>x</v></c>')), "CLIENT_IMPORT_MAX_COLUMNS"),
    "no column": (office_open(row("1", '<c r="ZZZZZZZ1" t="str"><v>x</v></c>')), "in which column it is"),
    "repeated rows": (of_ods('table:number-rows-repeated="999999999"'), "CLIENT_IMPORT_MAX_RECORDS"),
    "repeated cells": (of_ods("", 'table:number-columns-repeated="999999999"'), "CLIENT_IMPORT_MAX_COLUMNS"),
    "empty": (table([]), "No sheet of the workbook has anything in it"),
    "a zip": (packed(**{"clients.csv": "Code,Name\n"}), "a zip archive"),
}  # fmt: skip


@pytest.mark.parametrize("kind", UNREADABLE)
def test_what_cannot_be_read_says_why(kind: str, tmp_path: Path) -> None:
    data, said = UNREADABLE[kind]
    with pytest.raises(SourceError) as raised:
        read(tmp_path / "source", data)
    assert said in str(raised.value)


def test_job_of_a_broken_workbook_fails(program: Program) -> None:
    job = program.run(UNREADABLE["encrypted xlsx"][0])
    assert (job["status"], job["totalItems"]) == ("Failed", None)
    assert "take the password away" in job["failureReason"]


def test_broken_bytes_anywhere_end_with_a_sentence(tmp_path: Path) -> None:
    for data in (table(ROWS), of_ods("")):
        for place in range(0, len(data), 97):
            broken = data[:place] + bytes([data[place] ^ 0x55]) + data[place + 1 :]
            try:
                read(tmp_path / "source", broken)
            except SourceError as error:
                assert str(error)  # noqa: PT017 - it may also be read, if nothing that matters was changed


def test_bomb_is_stopped_at_the_limit_without_memory(tmp_path: Path) -> None:
    limits = replace(LIMITS, unpacked_mb=20)
    many = f'<row r="1">{CELL}{CELL}</row>' + f"<row>{'<c/>' * 1_000}</row>" * 10_000
    with peak() as taken, pytest.raises(SourceError, match="unpacks to more than 20 MiB"):
        read(tmp_path / "source", office_open(many), limits)
    assert taken.megabytes < 100


def test_repeated_text_counts_toward_the_unpacked_size(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="more than 1 MiB of text"):
        read(tmp_path / "source", of_ods('table:number-rows-repeated="1000000"'), replace(LIMITS, unpacked_mb=1))


def test_long_cell_rejects_its_row(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIENT_IMPORT_MAX_CELL_BYTES", "100")
    job = program.run(table([*ROWS, ["B2", "B" * 101, "Ltd"], ["C3", "C" * 100, "Ltd"]]))
    assert (job["createdCount"], job["errorCount"]) == (2, 1)
    assert program.reasons(job["code"]) == {3: {"too_long"}}


def test_texts_beyond_what_memory_keeps_are_read_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_strings, "_MOST_IN_MEMORY", 200)
    rows = [[f"C{number}", f"Näme {number}"] for number in range(500)]
    assert list(read(tmp_path / "source", table([["Code", "Name"], *rows])).values()) == rows


@pytest.mark.slow
def test_full_sheet_is_read_to_its_last_row(tmp_path: Path) -> None:
    """No sheet of Excel's has more rows."""
    path = tmp_path / "source"

    def fill(workbook: xlsxwriter.Workbook) -> None:
        sheet = workbook.add_worksheet()
        for number in range(FULL):
            sheet.write_string(number, 0, f"C{number + 1}")

    path.write_bytes(made(fill, in_memory=False, constant_memory=True))
    layout = detect_layout(path, NO_OPTIONS, LIMITS)
    with peak() as taken:
        batches = [
            (len(batch.rows), batch.rows[-1], batch.cells.column(0)[-1].as_py())
            for batch in read_rows(path, layout, LIMITS)
        ]
    assert sum(count for count, _, _ in batches) == FULL - layout.has_header_row
    assert batches[-1][1:] == (FULL, f"C{FULL}")
    assert taken.megabytes < 60


@pytest.mark.slow
def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    cells = "".join(f'<c t="inlineStr"><is><t>text {place}</t></is></c>' for place in range(20))
    path = tmp_path / "source"
    path.write_bytes(office_open(row("1", cells) + f"<row>{cells}</row>" * 60_000))
    layout = detect_layout(path, NO_OPTIONS, LIMITS)
    with peak() as taken:
        assert sum(len(batch.rows) for batch in read_rows(path, layout, LIMITS, 1 << 20)) == 60_000
    assert taken.megabytes < 60
