"""Covers the errors of a job as they are asked for after its end: pages of them, and groups."""

from __future__ import annotations

from client_import.reports.reason_groups import ReasonGroup
from client_import.reports.row_errors_page import RowError, error_groups, errors_of
from tests.support.program import Program

WRONG = (
    b"Code,Name,Type,NiNumber,Email\n"
    b"A1,Ann,Zorp,secret,nope\n"
    b"\n"
    b"B2,,Individual,,b@example.com\n"
    b"C3,Cy,Ltd,,,left,over\n"
    b"D4,Dee,Ltd,,\n"
    b"d4,Eve,Ltd,,nope\n"
    b"D4,Dora,Ltd,,\n"
)


def told(row_error: RowError) -> tuple[int, str | None, str | None, str, str | None]:
    return row_error.row, row_error.column, row_error.field, row_error.reason, row_error.value


def test_every_error_of_every_row_is_told_in_order(program: Program) -> None:
    code = program.run(WRONG)["code"]
    row_errors = errors_of(program.home.job(code))
    assert [told(row_error) for row_error in row_errors] == [
        (2, "Type", "Type", "not_in_list", "Zorp"),
        (2, "NiNumber", "NiNumber", "bad_format", "•••"),
        (2, "Email", "Email", "bad_format", "nope"),
        (4, "Name", "Name", "missing_required", None),
        (5, None, None, "too_many_cells", "•••"),
        (6, "Code", "Code", "duplicate_in_file", "D4"),
        (7, "Email", "Email", "bad_format", "nope"),
        (8, "Code", "Code", "duplicate_in_file", "D4"),
    ]
    assert all(row_error.message.endswith((".", ")")) and row_error.row for row_error in row_errors)


def test_sentences_are_those_of_the_file_of_rows_not_imported(program: Program) -> None:
    code = program.run(WRONG)["code"]
    of_row: dict[str, list[str]] = {}
    for row_error in errors_of(program.home.job(code)):
        of_row.setdefault(str(row_error.row), []).append(row_error.message)
    assert {row["import_row"]: row["import_message"] for row in program.not_imported(code)} == {
        row: " ".join(messages) for row, messages in of_row.items()
    }


def test_pages_put_together_are_all_of_them(program: Program) -> None:
    folder = program.home.job(program.run(WRONG)["code"])
    every = errors_of(folder)
    for size in (1, 3, len(every)):
        pages = [errors_of(folder, offset, size) for offset in range(0, len(every) + size, size)]
        assert [row_error for page in pages for row_error in page] == every


def test_groups_count_by_column_and_reason_the_commonest_first(program: Program) -> None:
    groups = error_groups(program.home.job(program.run(WRONG)["code"]))
    assert groups[:2] == [
        ReasonGroup(
            "Code", "Code", "duplicate_in_file", 2, (6, 8), ("D4",), "The same client twice, with different content"
        ),
        ReasonGroup("Email", "Email", "bad_format", 2, (2, 7), ("nope",), "Not an email address"),
    ]
    assert sum(group.count for group in groups) == 8


def test_errors_of_a_job_that_failed_on_its_error_limit_are_there(program: Program) -> None:
    job = program.run(WRONG, max_errors="1")
    assert job["status"] == "Failed"
    assert len(errors_of(program.home.job(job["code"]))) == 8


def test_no_errors_where_there_are_none(program: Program) -> None:
    for data in (b"Code,Name,Type\nA1,Ann,Individual\n", b"Code,Name\n", b""):
        folder = program.home.job(program.run(data)["code"])
        assert (errors_of(folder), error_groups(folder)) == ([], [])
