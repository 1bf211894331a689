"""What a job has to say of its file beside the counts, and files without data rows (semantics.md, sections 2 and 3)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.program import Program

NO_ROWS = [b"", b"Code,Name,Type\n", b"Code,Name,Type\n,,\n  ,,\n\n"]


def test_columns_that_are_not_imported_are_noted_in_the_job(program: Program) -> None:
    job = program.run(b"Code,Name,Type,Shoe Size,Mood\nA1,Ann,Ltd,9,good\n")
    assert job["notes"] == ["Columns that are not imported: Shoe Size, Mood."]


def test_there_are_no_notes_where_there_is_nothing_to_note(program: Program) -> None:
    assert program.run(b"Code,Name,Type\nA1,Ann,Ltd\n")["notes"] == []


@pytest.mark.parametrize(
    ("header", "options", "missing"),
    [
        ("Code,Name", {}, "Type"),
        ("Code,Type", {}, "Name"),
        ("Code,Team", {}, "Name and Type"),
        ("Code,Team", {"default_type": "Trust"}, "Name"),
    ],
)
def test_needed_field_that_no_column_goes_to_is_noted_once(
    program: Program, header: str, options: dict[str, Any], missing: str
) -> None:
    (note,) = program.run(f"{header}\nA1,\nA2,\n".encode(), **options)["notes"]
    assert note.startswith(f"No column goes to {missing}, which every new client needs")


@pytest.mark.parametrize("options", [{"default_type": "Trust"}, {"mode": "UpdateOnly"}])
def test_needed_field_that_comes_from_elsewhere_is_not_noted(program: Program, options: dict[str, Any]) -> None:
    assert program.run(b"Code,Name\nA1,Ann\n", **options)["notes"] == []


@pytest.mark.parametrize("data", NO_ROWS)
def test_file_without_data_rows_says_so(program: Program, data: bytes) -> None:
    job = program.run(data)
    assert (job["status"], job["outcome"], job["totalItems"]) == ("Completed", "NothingImported", 0)
    assert job["notes"][-1] == "The file has no data rows, so there was nothing to import."


@pytest.mark.parametrize("data", NO_ROWS)
def test_file_without_data_rows_fails_where_it_must_not_be_empty(program: Program, data: bytes) -> None:
    job = program.run(data, fail_if_empty=True)
    assert job["status"] == "Failed"
    assert "no data rows" in str(job["failureReason"])


def test_file_with_data_rows_does_not_fail_for_being_empty(program: Program) -> None:
    assert program.run(b"Code,Name,Type\nA1,Ann,Ltd\n", fail_if_empty=True)["createdCount"] == 1


def test_cells_that_empty_a_field_are_counted_in_a_note(program: Program) -> None:
    program.run(b"Code,Name,Type,Team\nA1,Ann,Ltd,North\nA2,Bob,Ltd,South\n")
    job = program.run(b"Code,Team\nA1,#N/A\nA2,#N/A\n", mode="UpdateOnly")
    assert (job["updatedCount"], job["notes"]) == (
        2,
        ["2 cells say #N/A, which empties the field of a client that is updated."],
    )
