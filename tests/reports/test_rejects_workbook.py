"""Covers rows not imported as a workbook: marked cells, comments, and that it comes back as the CSV does."""

from __future__ import annotations

import gc
import io
import warnings
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from client_import.errors import NoWorkbookError
from client_import.fields.catalogue import BY_NAME
from client_import.options import ColumnMapping
from client_import.reports import rejects_workbook
from client_import.reports.rejects_workbook import write_rejects_workbook
from client_import.reports.template_workbook import write_template_workbook
from tests.support.program import Program
from tests.support.workbooks import layout_of, table

ROWS = [
    ["Code", "Name", "Type", "Email", "Company Number"],
    ["A1", "Acme", "Ltd", "a@example.com", "01234567"],
    ["007", "=Bob", "Ltd", "not an address", "1"],
    ["C3", "", "nothing known", "", "", "left over"],
]


def workbook_of(program: Program, code: str, path: Path) -> Any:
    folder = program.home.job(code)
    write_rejects_workbook(folder, folder.rejected, path)
    return openpyxl.load_workbook(path).active


def test_wrong_cells_are_marked_with_their_sentences(program: Program, tmp_path: Path) -> None:
    job = program.run(table(ROWS))
    sheet = workbook_of(program, job["code"], tmp_path / "rows.xlsx")
    cells = [[cell.value or "" for cell in row] for row in sheet.iter_rows()]
    rejected = program.rejected(job["code"])
    assert cells == [list(rejected[0]), *(list(row.values()) for row in rejected)]
    comments = {cell.coordinate: cell.comment.text for row in sheet.iter_rows() for cell in row if cell.comment}
    assert sorted(comments) == ["A3", "B3", "C3", "D2"]
    assert comments["D2"] in rejected[0]["import_message"]
    assert "more cells than the header" in comments["A3"]
    marked = {cell.coordinate for row in sheet.iter_rows() for cell in row if cell.fill.fgColor.rgb == "FFFFC7CE"}
    assert marked == set(comments)
    assert {cell.number_format for row in sheet.iter_rows() for cell in row if cell.value} == {"@"}


def test_workbook_comes_back_as_the_csv_does(program: Program, tmp_path: Path) -> None:
    job = program.run(table(ROWS), match_on="Code", mode="create-only")
    workbook_of(program, job["code"], tmp_path / "rows.xlsx")
    folder = program.home.job(job["code"])
    again = program.run((tmp_path / "rows.xlsx").read_bytes())
    assert program.rejected(again["code"])
    for name in ("Code", "Name", "import_reason", "import_record"):
        of_csv = program.rejected(program.run(folder.rejected.read_bytes())["code"])
        assert [row[name] for row in program.rejected(again["code"])] == [row[name] for row in of_csv]
    notes = program.store.job(again["code"]).notes
    assert any(note.startswith(f"These rows come back from job {job['code']}") for note in notes)


def test_corrected_cells_of_a_workbook_are_imported(program: Program, tmp_path: Path) -> None:
    job = program.run(table(ROWS[:3]))
    sheet = workbook_of(program, job["code"], tmp_path / "rows.xlsx")
    sheet["D2"] = "b@example.com"
    file = io.BytesIO()
    sheet.parent.save(file)
    assert program.run(file.getvalue())["createdCount"] == 1
    assert [row["code"] for row in program.clients()] == ["007", "A1"]
    assert [row["name"] for row in program.clients()] == ["=Bob", "Acme"]


def test_rows_that_no_sheet_can_hold_are_refused(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = program.run(table(ROWS))
    monkeypatch.setattr(rejects_workbook, "_MOST_ROWS", 2)
    with pytest.raises(NoWorkbookError, match="Take the CSV file instead"):
        workbook_of(program, job["code"], tmp_path / "rows.xlsx")
    long = program.run(b"Code,Name,Type\nA1," + b"x" * 40_000 + b",wrong\n")
    with pytest.raises(NoWorkbookError, match="longer than 32,767 characters"):
        workbook_of(program, long["code"], tmp_path / "rows.xlsx")


def test_a_workbook_that_cannot_be_written_is_an_error_of_the_system(program: Program, tmp_path: Path) -> None:
    job = program.run(table(ROWS))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # XlsxWriter leaves a temporary file open then
        with pytest.raises(IsADirectoryError):
            workbook_of(program, job["code"], tmp_path)
        gc.collect()


def test_what_an_undo_left_alone_is_no_workbook(program: Program, tmp_path: Path) -> None:
    job = program.run(table(ROWS))
    program.change("DELETE FROM clients WHERE code = 'A1'")
    undo = program.undo(job["code"])
    with pytest.raises(NoWorkbookError, match="Take the CSV file instead"):
        workbook_of(program, undo["code"], tmp_path / "left.xlsx")


def test_template_has_lists_to_choose_from(tmp_path: Path) -> None:
    file = io.BytesIO()
    columns = [
        ColumnMapping(csv_header=name, target_field=field) for name, field in (("Type", "Type"), ("Client No", "Code"))
    ]
    write_template_workbook(columns, file)
    book = openpyxl.load_workbook(file)
    (rule,) = book["Clients"].data_validations.dataValidation
    members = BY_NAME["Type"].members
    assert (rule.type, str(rule.sqref), rule.formula1) == ("list", "A2:A1048576", f"Lists!$A$1:$A${len(members)}")
    assert [cell.value for cell in book["Lists"]["A"]] == list(members)
    assert book["Lists"].sheet_state == "hidden"
    layout = layout_of(tmp_path / "source", file.getvalue())
    assert (layout.sheet, layout.labels) == ("Clients", ("Type", "Client No"))
