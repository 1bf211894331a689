"""Covers which jobs the history lists, on both stores: by status, by file name, by who started them."""

from __future__ import annotations

import pytest

from client_import.jobs.record import Status
from client_import.jobs.wanted import ALL_JOBS, STARTED_JOBS, JobsFilter
from client_import.options import NO_OPTIONS
from client_import.paths import new_code
from tests.support.ended_jobs import ended
from tests.support.program import Program


def made(program: Program, file_name: str, started_by: str = "test") -> str:
    return program.store.create(new_code(), file_name, NO_OPTIONS, started_by, starts_here=False).code


def listed(program: Program, wanted: JobsFilter, before: str | None = None) -> list[str]:
    return [job.code for job in program.store.jobs(wanted, before=before)]


def test_all_are_listed_newest_first(program: Program) -> None:
    codes = [made(program, f"{number}.csv") for number in range(3)]
    assert listed(program, ALL_JOBS) == codes[::-1]
    assert listed(program, ALL_JOBS, before=codes[1]) == codes[:1]


@pytest.mark.parametrize(
    ("file_name", "name"),
    [
        ("Practice List.csv", "practice"),
        ("ÉTÉ à Łódź.csv", "été À łódź"),
        ("100%_done.csv", "0%_D"),
        ("a\\b.csv", "A\\B"),
        ("nul\0.csv", "nul\0"),
    ],
)
def test_name_is_found_in_any_letter_case_and_means_itself(program: Program, file_name: str, name: str) -> None:
    code = made(program, file_name)
    made(program, "other.csv")
    assert listed(program, JobsFilter(name=name)) == [code]


def test_undo_has_the_name_of_the_file_of_its_import(program: Program) -> None:
    code = ended(program)
    undo = program.store.undos.ask(new_code(), code, "test", starts_here=True).code
    made(program, "other.csv")
    assert listed(program, JobsFilter(name="Clients")) == [undo, code]


def test_origin_and_status_are_the_whole_word(program: Program) -> None:
    first, second = made(program, "a.csv", "api"), made(program, "b.csv", "command line")
    program.store.request_cancel(second)
    assert listed(program, JobsFilter(origin="api")) == [first]
    assert listed(program, JobsFilter(origin="ap")) == []
    assert listed(program, JobsFilter(Status.CANCELLED)) == [second]
    assert listed(program, JobsFilter(Status.CANCELLED, "b.", "command line")) == [second]
    assert listed(program, JobsFilter(Status.QUEUED, "b.")) == []
    assert program.store.figures.origins() == ["api", "command line"]


def test_files_that_nobody_has_started_are_left_out_where_that_is_asked(program: Program) -> None:
    waiting, thrown_away, asked, cancelled = (made(program, f"{number}.csv") for number in range(4))
    for code in (asked, cancelled):
        program.store.waiting.request_start(code, NO_OPTIONS)
    for code in (thrown_away, cancelled):
        program.store.request_cancel(code)
    own = ended(program)
    undo = program.store.undos.ask(new_code(), own, "test", starts_here=True).code
    assert listed(program, STARTED_JOBS) == [undo, own, cancelled, asked]
    assert listed(program, JobsFilter(Status.CANCELLED, is_started=True)) == [cancelled]
    assert listed(program, ALL_JOBS) == [undo, own, cancelled, asked, thrown_away, waiting]
