"""Covers the faults of a job as they are asked for after its end: pages of them, and groups."""

from __future__ import annotations

from client_import.reports.reason_groups import ReasonGroup
from client_import.reports.row_errors_page import RowFault, fault_groups, faults_of
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


def told(fault: RowFault) -> tuple[int, str | None, str | None, str, str | None]:
    return fault.row, fault.column, fault.field, fault.reason, fault.value


def test_every_fault_of_every_row_is_told_in_order(program: Program) -> None:
    code = program.run(WRONG)["code"]
    faults = faults_of(program.home.job(code))
    assert [told(fault) for fault in faults] == [
        (2, "Type", "Type", "not_in_list", "Zorp"),
        (2, "NiNumber", "NiNumber", "bad_format", "•••"),
        (2, "Email", "Email", "bad_format", "nope"),
        (4, "Name", "Name", "missing_required", None),
        (5, None, None, "too_many_cells", "•••"),
        (6, "Code", "Code", "duplicate_in_file", "D4"),
        (7, "Email", "Email", "bad_format", "nope"),
        (8, "Code", "Code", "duplicate_in_file", "D4"),
    ]
    assert all(fault.message.endswith((".", ")")) and fault.row for fault in faults)


def test_sentences_are_those_of_the_file_of_rows_not_imported(program: Program) -> None:
    code = program.run(WRONG)["code"]
    of_row: dict[str, list[str]] = {}
    for fault in faults_of(program.home.job(code)):
        of_row.setdefault(str(fault.row), []).append(fault.message)
    assert {row["import_row"]: row["import_message"] for row in program.not_imported(code)} == {
        row: " ".join(messages) for row, messages in of_row.items()
    }


def test_pages_put_together_are_all_of_them(program: Program) -> None:
    folder = program.home.job(program.run(WRONG)["code"])
    every = faults_of(folder)
    for size in (1, 3, len(every)):
        pages = [faults_of(folder, offset, size) for offset in range(0, len(every) + size, size)]
        assert [fault for page in pages for fault in page] == every


def test_groups_count_by_column_and_reason_the_commonest_first(program: Program) -> None:
    groups = fault_groups(program.home.job(program.run(WRONG)["code"]))
    assert groups[:2] == [
        ReasonGroup(
            "Code", "Code", "duplicate_in_file", 2, (6, 8), ("D4",), "The same client twice, with different content"
        ),
        ReasonGroup("Email", "Email", "bad_format", 2, (2, 7), ("nope",), "Not an email address"),
    ]
    assert sum(group.count for group in groups) == 8


def test_faults_of_a_job_that_failed_on_its_error_limit_are_there(program: Program) -> None:
    job = program.run(WRONG, max_errors="1")
    assert job["status"] == "Failed"
    assert len(faults_of(program.home.job(job["code"]))) == 8


def test_no_faults_where_there_are_none(program: Program) -> None:
    for data in (b"Code,Name,Type\nA1,Ann,Individual\n", b"Code,Name\n", b""):
        folder = program.home.job(program.run(data)["code"])
        assert (faults_of(folder), fault_groups(folder)) == ([], [])
