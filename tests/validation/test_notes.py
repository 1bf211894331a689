"""The notes of a job, and files without data rows (docs/rules.md, sections 2 and 3)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.program import Program

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
    assert (job["status"], job["totalItems"]) == ("Failed", 0)
    assert "no data rows" in str(job["failureReason"])


def test_file_with_data_rows_does_not_fail_for_being_empty(program: Program) -> None:
    assert program.run(b"Code,Name,Type\nA1,Ann,Ltd\n", fail_if_empty=True)["createdCount"] == 1


def test_cells_that_empty_a_field_are_counted_in_a_note(program: Program) -> None:
    program.run(b"Code,Name,Type,Team\nA1,Ann,Ltd,North\nA2,Bob,Ltd,South\n")
    job = program.run(b"Code,Team\nA1,#N/A\nA2,#N/A\n", mode="UpdateOnly")
    assert (job["updatedCount"], job["notes"]) == (
        2,
        ["Cells that say #N/A stand where 2 values are stored, and empty them."],
    )


def test_plan_counts_and_notes_only_stored_values_that_are_emptied(program: Program) -> None:
    program.run(b"Code,Name,Type,Team\nA1,Ann,Ltd,North\nA2,Bob,Ltd,\n")
    plan = program.plan(b"Code,Name,Type,Team\nA1,Ann,Ltd,#N/A\nA2,Bob,Ltd,#N/A\nA3,Cy,Ltd,#N/A\n")
    assert plan["emptiedCount"] == 1
    assert plan["notes"] == ["Cells that say #N/A stand where 1 value is stored, and empty it."]


@pytest.mark.parametrize(("options", "read", "other"), [({}, "day", "month"), ({"day_first": False}, "month", "day")])
def test_dates_of_two_orders_are_noted_with_their_rows(
    program: Program, options: dict[str, Any], read: str, other: str
) -> None:
    only = "12/31/2019" if read == "day" else "31/12/2019"
    data = f"Code,Name,Type,Incorporation Date\nA1,A,Ltd,{only}\nA2,B,Ltd,03/04/2020\nA3,C,Ltd,05/05/2020\n"
    (note,) = program.run(data.encode(), **options)["notes"]
    assert note.startswith(f"Incorporation Date: the date in row 2 can only have the {other} first")
    assert f"those in row 3 are possible both ways, and were read with the {read} first" in note


PERSON = "First Name,Last Name,{},E-mail Address\nAnn,Lee,Acme Ltd,a@example.com\nCat, Poe ,,c@example.com\n"


@pytest.mark.parametrize("header", ["Organization Name", "Organization 1 - Name", "Company"])
def test_person_without_a_company_in_exported_contacts_is_named_by_first_and_last_name(
    program: Program, header: str
) -> None:
    data = PERSON.format(header).encode()
    job = program.run(data, default_type="Trust")
    assert {client["name"] for client in program.clients()} == {"Acme Ltd", "Cat Poe"}
    assert job["notes"] == [
        f"Where {header} is blank, the client is named by First Name and Last Name.",
        f"Row 3 has no {header}: the client is named by First Name and Last Name.",
    ]
    again = program.run(data, default_type="Trust")
    assert (again["skippedCount"], again["errorCount"]) == (2, 0)


@pytest.mark.parametrize(
    ("header", "options"),
    [("Client Name", {}), ("Name", {}), ("Company", {"match_on": "Email"})],
)
def test_no_client_is_named_by_a_person_where_the_name_is_no_organisation_or_finds_no_client(
    program: Program, header: str, options: dict[str, Any]
) -> None:
    job = program.run(PERSON.format(header).encode(), default_type="Trust", **options)
    assert (job["createdCount"], program.reasons(job["code"])) == (1, {3: {"missing_required"}})


def test_row_without_any_name_is_still_rejected(program: Program) -> None:
    job = program.run(b"First Name,Last Name,Company,E-mail Address\n,,,c@example.com\n", default_type="Trust")
    assert program.reasons(job["code"]) == {2: {"missing_required"}}


def test_more_than_twenty_rows_are_named_and_the_others_counted(program: Program) -> None:
    rows = "".join(f"First{number},Last,,\n" for number in range(25))
    job = program.run(f"First Name,Last Name,Company,E-mail Address\n{rows}".encode(), default_type="Trust")
    assert ", 21 and 5 more have no Company: 25 clients are named" in job["notes"][-1]


@pytest.mark.parametrize(
    ("rows", "note"),
    [
        ("A1,Ann,Ltd,North,\nA2,Bee,Ltd,North\n", "Row 2 has more cells"),
        ("A1,Ann,Ltd\nNorth\nA2,Bee,Ltd,North\n", "Rows 2 and 3 have fewer cells"),
        ("A1,Ann,Ltd\nA2,Bee,Ltd\n", ""),
        ("A1,Ann,Ltd,North,\nA2,Bee,Ltd,North,\n", ""),
    ],
)
def test_records_of_another_width_than_the_others_are_noted(program: Program, rows: str, note: str) -> None:
    notes = program.run(f"Code,Name,Type,Team\n{rows}".encode())["notes"]
    assert [each.startswith(note) for each in notes] == ([True] if note else [])
