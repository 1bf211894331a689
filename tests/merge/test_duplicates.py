"""The same client twice in one file (docs/rules.md, section 6), and two rows that would create one Code."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.program import Program
from tests.support.stores import in_a_file

pytestmark = pytest.mark.both_stores

IDENTICAL = b"Code,Name,Type\nA1,Ann,Ltd\nZ9,Zoe,Trust\nA1,Ann,Ltd\nA1,Ann,Ltd\n"
DIFFERENT = b"Code,Name,Type\nA1,Ann,Ltd\nZ9,Zoe,Trust\nA1,Ann,Ltd\nA1,Anna,Ltd\n"
OF_ROW = {"duplicate_of_row"}
IN_FILE = {"duplicate_in_file"}

CASES = [
    ({}, IDENTICAL, {4: OF_ROW, 5: OF_ROW}, "Ann"),
    ({}, DIFFERENT, {2: IN_FILE, 4: IN_FILE, 5: IN_FILE}, None),
    ({"duplicates": "last"}, DIFFERENT, {2: OF_ROW, 4: OF_ROW}, "Anna"),
    *in_a_file(
        ({"duplicates": "reject"}, IDENTICAL, {4: OF_ROW, 5: OF_ROW}, "Ann"),
        ({"duplicates": "reject"}, DIFFERENT, {2: IN_FILE, 4: IN_FILE, 5: IN_FILE}, None),
        ({"duplicates": "first"}, IDENTICAL, {4: OF_ROW, 5: OF_ROW}, "Ann"),
        ({"duplicates": "first"}, DIFFERENT, {4: OF_ROW, 5: OF_ROW}, "Ann"),
        ({"duplicates": "last"}, IDENTICAL, {2: OF_ROW, 4: OF_ROW}, "Ann"),
    ),
]


def names(program: Program) -> dict[str, str]:
    """The name of each client, by code."""
    return {client["code"]: client["name"] for client in program.clients()}


@pytest.mark.parametrize(("options", "data", "reasons", "used"), CASES)
@pytest.mark.parametrize("exists", [False, True], ids=["creating", "updating"])
def test_duplicates(
    program: Program,
    options: dict[str, str],
    data: bytes,
    reasons: dict[int, set[str]],
    used: str | None,
    exists: bool,
) -> None:
    if exists:
        program.run(b"Code,Name,Type\nA1,Old,Ltd\n")
    job = program.run(data, **options)
    assert program.reasons(job["code"]) == reasons
    left = {"A1": "Old"} if exists else {}
    assert names(program) == left | {"Z9": "Zoe"} | ({"A1": used} if used else {})


@pytest.mark.file_alone
@pytest.mark.parametrize(
    ("field", "first", "second"),
    [
        ("Code", "A1", " a1"),
        ("CompanyNumber", "1234567", "01234567"),
        ("InternalReference", "Ref 1", "REF   1"),
        ("NiNumber", "AB123456C", "ab 12 34 56 c"),
        ("Name", "Zoë  Lee", "ZOË LEE"),
        ("Email", "ann@example.com", "Ann@EXAMPLE.com"),
    ],
)
def test_match_values_of_duplicates_are_compared_normalised(
    program: Program, field: str, first: str, second: str
) -> None:
    rows = [{"Name": "Ann", "Type": "Ltd", field: cell} for cell in (first, second)]
    data = "\n".join([",".join(rows[0]), *(",".join(row.values()) for row in rows)]).encode()
    plan = program.plan(data, match_on=field, duplicates="first")
    assert (plan["createdCount"], plan["reasons"]) == (1, {"duplicate_of_row": 1})


@pytest.mark.file_alone
@pytest.mark.parametrize(
    ("second", "reason"),
    [
        (b"A1,  Ann ,limited,01/02/2024,y", "duplicate_of_row"),
        (b"A1,Ann,Ltd,2024-02-01,x", "duplicate_of_row"),
        (b"A1,ann,Ltd,2024-02-01,x", "duplicate_in_file"),
        (b"a1,Ann,Ltd,2024-02-01,x", "duplicate_in_file"),
        (b"A1,Ann,Ltd,,x", "duplicate_in_file"),
        (b"A1,Ann,Ltd,#N/A,x", "duplicate_in_file"),
    ],
    ids=["spelt otherwise", "same", "case of a name", "case of the match value", "blank", "#N/A"],
)
def test_content_is_what_the_mapped_cells_say(program: Program, second: bytes, reason: str) -> None:
    data = b"Code,Name,Type,IncorporationDate,Ignored\nA1,Ann,Ltd,1 Feb 2024,x\n" + second + b"\n"
    assert set(program.plan(data)["reasons"]) == {reason}


@pytest.mark.file_alone
@pytest.mark.parametrize(("option", "reason"), [("keep", "duplicate_in_file"), ("clear", "duplicate_of_row")])
def test_blank_and_na_are_identical_only_when_blank_cells_clear(program: Program, option: str, reason: str) -> None:
    data = b"Code,Name,Type,Team\nA1,Ann,Ltd,\nA1,Ann,Ltd,#N/A\n"
    assert set(program.plan(data, blank=option)["reasons"]) == {reason}


@pytest.mark.parametrize(
    "rejected", [b"A1,Anna,Zorp", b"A1,,Ltd", b"A1,Anna,Ltd,surplus"], ids=["bad cell", "blank name", "surplus"]
)
def test_rejected_row_takes_no_part(program: Program, rejected: bytes) -> None:
    job = program.run(b"Code,Name,Type\n" + rejected + b"\nA1,Ann,Ltd\n")
    assert (job["createdCount"], job["errorCount"]) == (1, 1)
    assert names(program) == {"A1": "Ann"}


@pytest.mark.parametrize("mode", ["create-only", "update-only"])
def test_duplicates_are_judged_before_the_mode(program: Program, mode: str) -> None:
    program.run(b"Code,Name,Type\nA1,Ann,Ltd\n")
    data = b"Code,Name,Type\nA1,Anna,Ltd\nA1,Anja,Ltd\nB2,Bob,Ltd\nB2,Bobby,Ltd\n"
    assert program.plan(data, mode=mode)["reasons"] == {"duplicate_in_file": 4}


@pytest.mark.file_alone
def test_rows_with_other_match_values_are_no_duplicates(program: Program) -> None:
    job = program.run(b"Code,Name,Type\nA1,Ann,Ltd\nA2,Ann,Ltd\n")
    assert (job["createdCount"], job["outcome"]) == (2, "Clean")


@pytest.mark.file_alone
@pytest.mark.parametrize(("option", "used"), [("first", 2), ("last", 5)])
def test_skipped_duplicate_names_the_row_that_was_used(program: Program, option: str, used: int) -> None:
    job = program.run(DIFFERENT, duplicates=option)
    messages = [row["import_message"] for row in program.not_imported(job["code"])]
    assert len(messages) == 2
    assert all(f"row {used}," in message for message in messages)


@pytest.mark.file_alone
def test_rejected_duplicates_name_the_others(program: Program) -> None:
    rows = program.not_imported(program.run(DIFFERENT)["code"])
    assert [row["import_row"] for row in rows] == ["2", "4", "5"]
    for row, others in zip(rows, ("4, 5", "2, 5", "2, 4"), strict=True):
        assert f"in rows {others}, with other content" in row["import_message"]


@pytest.mark.parametrize(
    ("rows", "reasons"),
    [
        (b"Ann,X1,Ltd\nBob,X1,Ltd\nCy,X2,Ltd\n", {2: {"code_taken"}, 3: {"code_taken"}}),
        (b"Ann,X1,Ltd\nBob,x1,Ltd\nCy,X1,Ltd\n", {2: {"code_taken"}, 3: {"code_taken"}, 4: {"code_taken"}}),
        (b"Ann,X1,Ltd\nBob,X1,Zorp\n", {3: {"not_in_list"}}),
        (b"Ann,,Ltd\nBob,,Ltd\n", {}),
        (b"Ann,X1,Ltd\nAnn,X1,Ltd\n", {3: {"duplicate_of_row"}}),
        (b"Dee,D4,Ltd\nBob,D4,Ltd\n", {2: {"unchanged"}, 3: {"code_taken"}}),
    ],
    ids=["two", "three", "one rejected already", "blank codes", "duplicates", "one that updates"],
)
def test_rows_that_would_create_one_code_are_rejected(
    program: Program, rows: bytes, reasons: dict[int, set[str]]
) -> None:
    program.run(b"Code,Name,Type\nD4,Dee,Ltd\n")
    job = program.run(b"Name,Code,Type\n" + rows, match_on="Name")
    assert program.reasons(job["code"]) == reasons


@pytest.mark.file_alone
def test_code_taken_in_the_file_names_the_other_row(program: Program) -> None:
    job = program.run(b"Name,Code,Type\nAnn,X1,Ltd\nBob,X1,Ltd\n", match_on="Name")
    messages = [row["import_message"] for row in program.not_imported(job["code"])]
    assert ["row 3" in messages[0], "row 2" in messages[1]] == [True, True]


@pytest.mark.file_alone
@pytest.mark.parametrize("options", [{"duplicates": "first"}, {"duplicates": "last"}, {"mode": "create-only"}])
def test_shared_codes_are_rejected_whatever_the_option(program: Program, options: dict[str, Any]) -> None:
    plan = program.plan(b"Name,Code,Type\nAnn,X1,Ltd\nBob,X1,Ltd\n", match_on="Name", **options)
    assert plan["reasons"] == {"code_taken": 2}


@pytest.mark.file_alone
def test_update_only_creates_no_code_twice(program: Program) -> None:
    plan = program.plan(b"Name,Code,Type\nAnn,X1,Ltd\nBob,X1,Ltd\n", match_on="Name", mode="update-only")
    assert plan["reasons"] == {"no_match": 2}


@pytest.mark.file_alone
def test_up_to_twenty_other_rows_are_named_and_then_how_many_more(program: Program) -> None:
    rows = "".join(f"A1,Name {number},Ltd\n" for number in range(24))
    message = program.not_imported(program.run(f"Code,Name,Type\n{rows}".encode())["code"])[0]["import_message"]
    named = ", ".join(map(str, range(3, 23)))
    assert f"is also in rows {named} and 3 more, with other content" in message


@pytest.mark.file_alone
def test_up_to_twenty_rows_of_one_new_code_are_named_and_then_how_many_more(program: Program) -> None:
    rows = "".join(f"Name {number},X1,Ltd\n" for number in range(24))
    told = program.not_imported(program.run(f"Name,Code,Type\n{rows}".encode(), match_on="Name")["code"])
    assert len(told) == 24
    named = ", ".join(map(str, range(2, 22)))
    assert f"rows {named} and 3 more of this file too" in told[-1]["import_message"]


def test_up_to_twenty_clients_of_one_match_value_are_named_and_then_how_many_more(program: Program) -> None:
    codes = [f"A{number:02}" for number in range(24)]
    program.run("Code,Name,Type\n{}".format("".join(f"{code},Ann,Ltd\n" for code in codes)).encode())
    job = program.run(b"Name,Team\nAnn,North\n", match_on="Name")
    [told] = program.not_imported(job["code"])
    assert f"{', '.join(codes[:20])} and 4 more" in told["import_message"]


@pytest.mark.file_alone
def test_skipped_duplicate_of_a_rejected_row_does_not_say_that_it_was_used(program: Program) -> None:
    data = b"Code,Name,Type\nA1,Ann,Ltd\nA1,Ann,Ltd\nA1,Bob,Ltd\n"
    told = program.not_imported(program.run(data, match_on="Name")["code"])
    rejected = {row["import_row"] for row in told if row["import_outcome"] == "error"}
    (skipped,) = [row for row in told if row["import_outcome"] == "skipped"]
    assert rejected == {"2", "4"}
    assert skipped["import_message"] == "The same client as in row 2, which was rejected itself. Put that one right."
