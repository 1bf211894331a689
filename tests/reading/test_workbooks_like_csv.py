"""Covers that a table is imported alike as CSV and as a workbook of any kind, made by XlsxWriter or by LibreOffice."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from client_import.options import NO_OPTIONS
from client_import.reading.detect import detect_layout
from client_import.reading.reader import read_rows
from tests.support.limits import LIMITS
from tests.support.program import a_program
from tests.support.workbooks import made, read, saved_by_libreoffice, table

ROWS = [
    ["Code", "Name", "Type", "Email", "Company Number", "VAT Number", "Post Code", "Notes"],
    ["A1", "Acme Ltd", "Ltd", "a@acme.example.com", "01234567", "", "SW1A 1AA", "first\nsecond"],
    ["A2", 'Bob "B", Sons', "Charity", "not an address", "SC123456", "", "", "=1+1"],
    ["A3", "Cy", "nothing known", "", "1", "GB123", "", "'quoted"],
    ["A3", "Cy the other", "Ltd", "", "", "", "", ""],
    ["", "", "", "", "", "", "", ""],
    ["A4", "Dé", "Ltd", "d@example.com", "", "", "#REF!", ""],
    ["A5", "", "Ltd", "", "", "", "", " "],
    ["A6", "Eve", "Ltd", "", "", "", "", "", "left over"],
    ["Code", "Name", "Type", "Email", "Company Number", "VAT Number", "Post Code", "Notes"],
    ["A7", "Fay", "Individual", "", "", "", "", ""],
]
COUNTS = ("totalItems", "createdCount", "updatedCount", "skippedCount", "errorCount", "outcome")


def as_csv(rows: list[list[str]]) -> bytes:
    file = io.StringIO(newline="")
    csv.writer(file).writerows(rows)
    return file.getvalue().encode()


def imported(data: bytes) -> tuple[dict[str, Any], list[dict[str, str]], list[dict[str, Any]]]:
    """The counts of the job, its rows not imported and the clients, of an import into an empty home."""
    with a_program() as program:
        job = program.run(data)
        hidden = ("created_at", "updated_at", "created_by_job", "updated_by_job")
        clients = [{name: row[name] for name in row if name not in hidden} for row in program.clients()]
        return {name: job[name] for name in COUNTS}, program.not_imported(job["code"]), clients


@pytest.fixture(scope="module")
def of_csv() -> tuple[dict[str, Any], list[dict[str, str]], list[dict[str, Any]]]:
    found = imported(as_csv(ROWS))
    assert (found[0]["createdCount"], found[0]["errorCount"]) == (3, 6), found
    return found


def test_workbook_and_csv_of_a_table_give_the_same(of_csv: tuple[Any, ...]) -> None:
    assert imported(table(ROWS)) == of_csv


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
def test_what_libreoffice_saves_gives_the_same(kind: str, of_csv: tuple[Any, ...], tmp_path: Path) -> None:
    path = tmp_path / "clients.xlsx"
    path.write_bytes(table(ROWS))
    assert imported(saved_by_libreoffice(path, kind).read_bytes()) == of_csv


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
def test_what_libreoffice_formats_is_read_as_it_is_seen(kind: str, tmp_path: Path) -> None:
    """Typed into a spreadsheet, so that they are dates, numbers and results of formulas."""
    path = tmp_path / "typed.csv"
    typed = ["31/12/2024", "12.5%", "TRUE", "=1/0", "=2*3.5", "10:30", "447700900123"]
    path.write_bytes(as_csv([[f"H{place}" for place in range(len(typed))], typed]))
    saved = saved_by_libreoffice(path, kind, "CSV:44,34,76,1,,2057,false,true,false,false,false,-1")
    (row,) = read(tmp_path / "source", saved.read_bytes()).values()
    assert row == ["2024-12-31", "12.50%", "TRUE", "#DIV/0!", "7", "10:30:00", "447700900123"]


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
def test_hidden_rows_and_sheets_of_libreoffice_are_known(kind: str, tmp_path: Path) -> None:
    def fill(workbook: xlsxwriter.Workbook) -> None:
        hidden, shown = workbook.add_worksheet("Old"), workbook.add_worksheet("Clients")
        hidden.write_row(0, 0, ROWS[0])
        hidden.write_row(1, 0, ROWS[1])
        shown.activate()
        shown.set_first_sheet()
        hidden.hide()
        zeros = workbook.add_format({"num_format": "00000000"})
        for number, row in enumerate(ROWS[:4]):
            shown.write_row(number, 0, row)
            shown.write(number, 8, 1234567, zeros)
        shown.set_row(2, None, None, {"hidden": True})

    path = tmp_path / "clients.xlsx"
    path.write_bytes(made(fill))
    saved = saved_by_libreoffice(path, kind)
    layout = detect_layout(saved, NO_OPTIONS, LIMITS)
    (batch,) = read_rows(saved, layout, LIMITS)
    assert (layout.sheet, layout.sheets, batch.hidden.tolist()) == ("Clients", ("Old", "Clients"), [3])
    assert batch.cells.column(8).to_pylist() == ["01234567"] * 3
