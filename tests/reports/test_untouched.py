"""Covers rejected rows that come back as they were: they are rejected again, whatever has become of the clients."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from client_import.reports.rejects_workbook import write_rejects_workbook
from tests.fixing.test_grid import grid_of
from tests.support.program import Program
from tests.support.workbooks import saved_by_libreoffice, table

BY_NAME = {"match_on": "Name"}
CLIENTS = b"Code,Name,Type\nA1,Ann,Individual\nA2,Ann,Individual\nB2,Bob,Ltd\nC1,Cy,Ltd\n"
ROWS = (
    b"Name,Code,Type,Team,Notes,Email,IncorporationDate\n"
    b"Zoe,,,North,NULL,,2024-03-04\n"
    b",Z8,Ltd,North,None,,\n"
    b"Ann,,,North,n/a,,\n"
    b"Yan,B2,Ltd,North,text,,\n"
    b"Bob,B9,Ltd,North,,,03/04/2024\n"
    b"Dup,,Ltd,North,,,\n"
    b"Dup,,Ltd,South,,,\n"
    b"Sid,S7,Ltd,North,,,\n"
    b"Sal,S7,Ltd,North,,,\n"
    b"Eve,,Ltd,North,,nope,\n"
    b"Eva,,Zorp,North,,,\n"
    b"name,CODE,type,team,notes,email,incorporationdate\n"
    b"Max,,Ltd,North,,,,left over\n"
    b"Cy,C1,Ltd,,,,\n"
)
MEND = (
    "INSERT INTO clients BY NAME SELECT 'Z1' AS code, 'Zoe' AS name, 'Ltd' AS type, 'Active' AS status",
    "UPDATE clients SET name = 'Anna' WHERE code = 'A2'",
    "UPDATE clients SET code = 'B9' WHERE code = 'B2'",
)
"""With these clients, each of the rows that were rejected because of the clients would be imported."""


@pytest.fixture
def rejected(program: Program) -> tuple[Program, str]:
    """A program that has rejected rows for all reasons, and the job; the clients are others by now."""
    program.run(CLIENTS)
    code = program.run(ROWS, **BY_NAME)["code"]
    for change in MEND:
        program.change(change)
    return program, code


def reasons(program: Program, code: str) -> list[str]:
    """The reasons of each of the rejected rows."""
    return [row["import_reason"] for row in program.rejected(code)]


def imported(job: dict[str, Any]) -> int:
    return int(job["createdCount"] + job["updatedCount"])


def saved_by_excel(delimiter: str, encoding: str) -> Callable[[Program, str], bytes]:
    """The rejected rows as a program writes them with that delimiter and encoding, without quotes."""

    def form(program: Program, code: str) -> bytes:
        rows = csv.reader(io.StringIO(program.rejected_bytes(code).decode("utf-8-sig"), newline=""))
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=delimiter).writerows(rows)
        return text.getvalue().encode(encoding)

    return form


def workbook(program: Program, code: str) -> bytes:
    """The workbook of the rejected rows."""
    folder, target = program.home.job(code), program.home.path / "rejected.xlsx"
    write_rejects_workbook(folder, folder.rejected, target)
    return target.read_bytes()


def workbook_of_all(program: Program, code: str) -> bytes:
    """The rows not imported, copied into another workbook, with the row numbers as numbers."""
    rows = csv.reader(io.StringIO(program.not_imported_bytes(code).decode("utf-8-sig"), newline=""))
    return table([[int(cell) if cell.isdecimal() else cell for cell in row] for row in rows])


def grid(program: Program, code: str) -> bytes:
    """What the page imports where nothing is typed into the rejected rows."""
    target = program.home.path / "fixed.csv"
    found = grid_of(program, {"code": code})
    found.write(found.folder.rejected, target)
    return target.read_bytes()


FORMS: dict[str, Callable[[Program, str], bytes]] = {
    "rejected.csv": Program.rejected_bytes,
    "not_imported.csv": Program.not_imported_bytes,
    "semicolons in Windows-1252": saved_by_excel(";", "cp1252"),
    "tabs in UTF-16": saved_by_excel("\t", "utf-16"),
    "workbook": workbook,
    "workbook of all": workbook_of_all,
    "grid": grid,
}


def test_rows_that_come_back_as_they_were_are_rejected_for_the_same_reasons(rejected: tuple[Program, str]) -> None:
    program, code = rejected
    then = reasons(program, code)
    assert len(then) == 13
    before = program.clients()
    for name, form in FORMS.items():
        job = program.run(form(program, code))
        assert (imported(job), reasons(program, job["code"])) == (0, then), name
    again = program.run(program.rejected_bytes(job["code"]))["code"]  # and those of the last one
    assert (reasons(program, again), program.clients()) == (then, before)
    sentences = [row["import_message"] for row in program.rejected(again) if row["Name"] in ("Zoe", "Ann", "Bob")]
    assert all("comes back as it was" in sentence and "empty import_reason" in sentence for sentence in sentences)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["csv", "xls", "ods", "xlsx"])
def test_they_are_when_libreoffice_has_saved_them(rejected: tuple[Program, str], kind: str, tmp_path: Path) -> None:
    program, code = rejected
    file = tmp_path / "rows.csv"
    file.write_bytes(program.rejected_bytes(code))
    job = program.run(saved_by_libreoffice(file, kind, "CSV:44,34,76").read_bytes())
    assert (imported(job), job["errorCount"]) == (0, 13)  # one of them, perhaps, for the date that it has cut short


MENDED: dict[str, tuple[bytes, dict[str, Any], str, str]] = {
    "no type": (
        b"Code,Name,Type,Team\nZ9,Zoe,,North\n",
        {},
        "missing_required",
        "UPDATE clients SET code = 'Z9' WHERE code = 'B2'",
    ),
    "no column for the type": (
        b"Code,Name,Team\nZ9,Zoe,North\n",
        {},
        "missing_required",
        "UPDATE clients SET code = 'Z9' WHERE code = 'B2'",
    ),
    "several clients": (b"Name,Team\nAnn,North\n", BY_NAME, "ambiguous_match", MEND[1]),
    "another client's code": (
        b"Name,Code,Type,Team\nZoe,B2,Ltd,North\n",
        BY_NAME,
        "code_taken",
        "UPDATE clients SET code = 'B3' WHERE code = 'B2'",
    ),
    "not its own code": (b"Name,Code,Team\nBob,B9,North\n", BY_NAME, "code_mismatch", MEND[2]),
}


@pytest.fixture(params=MENDED)
def mended(request: pytest.FixtureRequest, program: Program) -> tuple[Program, str, str]:
    """A program with a rejected row that would be imported now, the job that rejected it, and its reason."""
    data, options, reason, change = MENDED[request.param]
    program.run(CLIENTS)
    code = program.run(data, **options)["code"]
    program.change(change)
    return program, code, reason


@pytest.mark.both_stores
def test_such_a_row_is_judged_anew_once_it_is_corrected(mended: tuple[Program, str, str]) -> None:
    program, code, reason = mended
    back = program.rejected_bytes(code)
    assert program.plan(back)["reasons"] == {reason: 1}
    for old, new in ((f'"{reason}"'.encode(), b'""'), (b'"North"', b'"South"')):
        plan = program.plan(back.replace(old, new))
        assert (imported(plan), plan["errorCount"]) == (1, 0)


@pytest.mark.parametrize("chosen", [{"default_type": "Trust"}, {"map": {"Code": "Code", "Name": "Name"}}])
def test_a_row_is_judged_anew_where_another_choice_is_made(program: Program, chosen: dict[str, Any]) -> None:
    program.run(CLIENTS)
    code = program.run(b"Code,Name,Type,Team\nZ9,Zoe,,North\n")["code"]
    program.change(MENDED["no type"][3])
    assert imported(program.plan(program.rejected_bytes(code), **chosen)) == 1


def test_rows_that_were_rejected_for_each_other_are_judged_anew_where_one_is_left(program: Program) -> None:
    rows = b"Name,Code,Type\nDup,D1,Ltd\nDup,D2,Ltd\nSid,S7,Ltd\nSal,S7,Ltd\n"
    job = program.run(rows, **BY_NAME)
    lines = program.rejected_bytes(job["code"]).splitlines(keepends=True)
    assert program.plan(b"".join(lines))["errorCount"] == job["errorCount"] == 4
    assert imported(program.plan(b"".join([lines[0], lines[1], lines[3]]))) == 2


def test_a_job_whose_files_are_damaged_is_nothing_to_another(mended: tuple[Program, str, str]) -> None:
    program, code, _ = mended
    back, folder = program.rejected_bytes(code), program.home.job(code)
    folder.rejected_rows.unlink()
    assert imported(program.plan(back)) == 1
