"""Rejected rows lose nothing on the way out and slip through nowhere on the way back (docs/rules.md, section 8)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.program import Program

pytestmark = [pytest.mark.both_stores, pytest.mark.slow]

HEADER = b"Code,Name,Type\n"

BROKEN = {
    "too many cells": (HEADER + b"A1,Acme, Inc,Ltd,\xe2\x82\xac\n", "too_many_cells", "A1,Acme, Inc,Ltd,\u20ac", {}),
    "too many, of a quoted cell": (
        HEADER + b'A1,"Acme, ""Inc""",Ltd,x\n',
        "too_many_cells",
        'A1,"Acme, ""Inc""",Ltd,x',
        {},
    ),
    "too many, with semicolons": (
        b"Code;Name;Type\nB2;Bob;Ltd\nA1;Acme;Ltd;x;y\n",
        "too_many_cells",
        "A1;Acme;Ltd;x;y",
        {},
    ),
    "too many, one of them damaged": (
        HEADER + b"B2,\xc3\xa9,Ltd\nA1,Acme,Ltd,\xff\n",
        "too_many_cells",
        r"A1,Acme,Ltd,\xff",
        {"encoding": "utf-8"},
    ),
    "open quote": (HEADER + b'A1,"Acme,Ltd\nB2,Bob,Ltd\n', "unclosed_quote", 'A1,"Acme,Ltd', {}),
    "open quote of a formula": (HEADER + b'=A1,"Acme,Ltd\nB2,Bob,Ltd\n', "unclosed_quote", '=A1,"Acme,Ltd', {}),
    "damaged": (HEADER + b"A1,Caf\xe9,Ltd\n", "bad_encoding", r"A1,Caf\xe9,Ltd", {"encoding": "utf-8"}),
    "damaged, quoted": (
        HEADER + b'A1,"Caf\xe9, ""x""",Ltd\n',
        "bad_encoding",
        r'A1,"Caf\xe9, ""x""",Ltd',
        {"encoding": "utf-8"},
    ),
    "damaged by two bytes": (
        HEADER + b"A1,\xff\xfe0a,Ltd\n",
        "bad_encoding",
        r"A1,\xff\xfe0a,Ltd",
        {"encoding": "utf-8"},
    ),
    "with a NUL": (HEADER + b"A1,Ac\0me,Ltd\n", "bad_encoding", r"A1,Ac\x00me,Ltd", {}),
    "damaged UTF-16": (
        "Code,Name,Type\nA1,".encode("utf-16") + b"\x00\xd8" + ",Ltd\n".encode("utf-16-le"),
        "bad_encoding",
        r"A1,\x00\xd8,Ltd",
        {},
    ),
}


@pytest.fixture(params=BROKEN)
def broken(request: pytest.FixtureRequest) -> tuple[bytes, str, str, dict[str, Any]]:
    """A file with one broken record: its bytes, why the row is rejected, the record as text, and the options."""
    return BROKEN[request.param]


@pytest.mark.file_alone
def test_broken_record_comes_back_whole(program: Program, broken: tuple[bytes, str, str, dict[str, Any]]) -> None:
    data, reason, record, options = broken
    job = program.run(data, **options)
    assert job["errorCount"] == 1
    (row,) = program.rejected(job["code"])
    assert reason in row["import_reason"].split(";")
    assert row["import_record"].removeprefix("'") == record
    assert "import_record" in row["import_message"]


@pytest.mark.file_alone
def test_broken_record_sent_back_is_rejected_again_and_again(
    program: Program, broken: tuple[bytes, str, str, dict[str, Any]]
) -> None:
    data, reason, record, options = broken
    code = program.run(data, **options)["code"]
    for _ in range(3):
        job = program.run(program.rejected_bytes(code))
        assert (job["totalItems"], job["errorCount"]) == (1, 1)
        code = job["code"]
        (row,) = program.rejected(code)
        assert reason in row["import_reason"].split(";")
        assert row["import_record"].removeprefix("'") == record


@pytest.mark.file_alone
def test_corrected_record_is_imported_once_import_record_is_empty(program: Program) -> None:
    code = program.run(HEADER + b"A1,Acme, Inc,Ltd\n")["code"]
    back = program.rejected_bytes(code)
    cells, fixed = b'"A1","Acme"," Inc"', b'"A1","Acme, Inc","Ltd"'
    assert cells in back
    still_kept = program.run(back.replace(cells, fixed))
    assert (still_kept["createdCount"], still_kept["errorCount"]) == (0, 1)
    emptied = back.replace(cells, fixed).replace(b',"A1,Acme, Inc,Ltd"\r\n', b',""\r\n')
    assert program.run(emptied)["createdCount"] == 1
    assert [client["name"] for client in program.clients()] == ["Acme, Inc"]


@pytest.mark.file_alone
@pytest.mark.parametrize("reason", ["", "whatever", "not_in_list"])
def test_row_with_a_record_is_rejected_whatever_its_other_columns_say(program: Program, reason: str) -> None:
    data = f"Code,Name,Type,import_reason,import_record\nA1,Acme,Ltd,{reason},x\n".encode()
    assert program.run(data)["errorCount"] == 1
    assert program.run(b"Code,Name,Type,import_record\n,,,x\n")["errorCount"] == 1
    assert program.clients() == []


@pytest.mark.file_alone
def test_there_is_no_column_for_records_where_no_row_needs_it(program: Program) -> None:
    job = program.run(HEADER + b"A1,Acme,Zorp\n")
    assert b"import_record" not in program.not_imported_bytes(job["code"])


def test_rejected_rows_come_without_the_skipped_ones(program: Program) -> None:
    program.run(HEADER + b"A1,Acme,Ltd\nB2,Bob,Ltd\n")
    code = program.run(HEADER + b"A1,Acme,Ltd\nC3,Cy,Zorp\nB2,Bob,Ltd\nD4,,Ltd\n")["code"]
    assert [row["Code"] for row in program.rejected(code)] == ["C3", "D4"]
    assert [row["Code"] for row in program.not_imported(code)] == ["A1", "C3", "B2", "D4"]


@pytest.mark.parametrize("duplicates", ["first", "last"])
def test_a_row_that_another_one_was_used_for_takes_not_its_place_when_it_comes_back(
    program: Program, duplicates: str
) -> None:
    rows = HEADER + b"A1,Ann,Ltd\nA1,Anna,Ltd\nA2,Bob,Zorp\n"
    code = program.run(rows, duplicates=duplicates)["code"]
    before = program.clients()
    for _ in range(2):
        back = program.not_imported_bytes(code)
        assert program.plan(back)["reasons"] == {"duplicate_of_row": 1, "not_in_list": 1}
        job = program.run(back)
        assert (job["skippedCount"], job["errorCount"], program.clients()) == (1, 1, before)
        code = job["code"]
    (skipped,) = (row for row in program.not_imported(code) if row["import_outcome"] == "skipped")
    assert "empty import_reason" in skipped["import_message"]
    other = {"first": b"Anna", "last": b"Ann"}[duplicates]
    assert program.run(back.replace(b'"A1"', b'"A9"'))["createdCount"] == 1  # it was another client
    assert program.run(back.replace(b'"duplicate_of_row"', b'""'))["updatedCount"] == 1
    assert [client["name"] for client in program.clients()] == [other.decode()] * 2


def test_rows_of_one_client_that_come_back_with_the_one_that_was_used_are_judged_anew(program: Program) -> None:
    program.run(HEADER + b"A1,Annabel,Ltd\n")
    data = b"Code,Name,Type,import_reason\nA1,Anna,Ltd,\nA1,Ann,Ltd,duplicate_of_row\n"
    assert program.run(data)["errorCount"] == 2
    assert program.run(data, duplicates="first")["updatedCount"] == 1
    assert [client["name"] for client in program.clients()] == ["Anna"]


@pytest.mark.file_alone
def test_headers_are_guarded_against_formulas(program: Program) -> None:
    code = program.run(b"Code,Name,Type,=1+1\nA1,Acme,Zorp,x\n")["code"]
    assert program.rejected_bytes(code).splitlines()[0].startswith(b"\xef\xbb\xbfCode,Name,Type,'=1+1,import_row")


HEADERLESS = {"map": {"Column1": "Code", "Column2": "Name", "Column3": "Team"}, "default_type": "Individual"}


@pytest.mark.file_alone
@pytest.mark.parametrize(
    "options", [{"header": False}, {"delimiter": ";"}, {"quote": "none"}, {"header_row": "3"}, {"encoding": "utf-16"}]
)
def test_what_is_said_of_the_layout_of_other_files_is_not_used_for_ours(
    program: Program, options: dict[str, Any]
) -> None:
    code = program.run(b"A1,Smith, John,x\nB2,Bee,y\nC3,Cid,z\n", header=False, **HEADERLESS)["code"]
    assert program.reasons(code) == {1: {"too_many_cells"}}
    again = program.run(program.rejected_bytes(code), **{"header": None, **options}, **HEADERLESS)
    assert program.reasons(again["code"]) == {2: {"too_many_cells"}}
    assert any("is of the file they come from, and not used" in note for note in again["notes"])
    assert [client["code"] for client in program.clients()] == ["B2", "C3"]
