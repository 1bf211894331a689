"""Covers an undo whose process dies, that is cancelled, or that another one of the same job comes after.

It takes the job back once, or not at all.
"""

from __future__ import annotations

from typing import Any

import pytest

from client_import.errors import JobStateError
from tests.support.dying import Order, assert_clean, look, paused, start
from tests.support.forked import end
from tests.support.program import Program

pytestmark = pytest.mark.slow

BEFORE = b"Code,Name,Type\nA1,Ann,Individual\nA2,Bob,Ltd\n"
FILE = b"Code,Name,Type\nA1,Anna,Individual\nA2,Bo,Ltd\nA3,Cee,Trust\n"
LATER = b"Code,Name\nA2,Bobby\n"

BEFORE_COMMIT = ["started", "database open", "clients changed", "ledger written", "commit announced"]
AFTER_COMMIT = ["committed", "applied", "finished", "tidied"]


@pytest.fixture
def code(program: Program) -> str:
    """The code of an import, one of whose clients was changed later."""
    _before, code, _later = (program.carry_on(program.receive(data))["code"] for data in (BEFORE, FILE, LATER))
    return str(code)


def names(program: Program) -> dict[str, str]:
    return {client["code"]: client["name"] for client in program.clients()}


DONE, UNDONE = {"A1": "Anna", "A2": "Bobby", "A3": "Cee"}, {"A1": "Ann", "A2": "Bobby"}


def assert_lawful(program: Program, undo: str, status: str) -> None:
    """The undo has ended as ``status``, and the clients and its file are what that says."""
    job, is_done = program.store.job(undo), status == "Completed"
    assert job.status == status
    assert names(program) == (UNDONE if is_done else DONE)
    counts: tuple[Any, ...] = (job.counts.removed, job.counts.updated, job.counts.skipped)
    assert counts == ((1, 1, 1) if is_done else (0, 0, 0))
    assert [row["Code"] for row in program.not_imported(undo)] == (["A2"] if is_done else [])
    assert program.store.job(str(job.undoes)).undone_by == (undo if is_done else None)
    assert_clean(program)


def newest(program: Program) -> str:
    return program.store.jobs(limit=1)[0].code


@pytest.mark.parametrize("point", [*BEFORE_COMMIT, *AFTER_COMMIT])
def test_killed_at(point: str, program: Program, code: str) -> None:
    assert end(start(Order(program.home.path, undoes=code, interrupt=f"{point}=kill"))) == -9
    undo = newest(program)
    look(program)
    if point in AFTER_COMMIT:
        assert_lawful(program, undo, "Completed")
        with pytest.raises(JobStateError, match=f"undone already, by job {undo}"):
            program.undo(code)
        return
    assert_lawful(program, undo, "Failed")
    assert program.store.job(undo).failure_reason == (
        f"The process that ran the undo is gone; nothing was undone. Undo {code} again."
    )
    assert_lawful(program, str(program.undo(code)["code"]), "Completed")


@pytest.mark.parametrize("point", ["database open", "ledger written", "commit announced", "committed"])
def test_killed_and_taken_up_again(point: str, program: Program, code: str) -> None:
    assert end(start(Order(program.home.path, undoes=code, interrupt=f"{point}=kill"))) == -9
    undo = newest(program)
    assert end(start(Order(program.home.path, code=undo))) == 0
    look(program)
    assert_lawful(program, undo, "Completed")


@pytest.mark.parametrize("point", ["clients changed", "commit announced", "committed"])
def test_disk_full_at(point: str, program: Program, code: str) -> None:
    end(start(Order(program.home.path, undoes=code, interrupt=f"{point}=disk full")))
    look(program)
    undo = newest(program)
    assert_lawful(program, undo, "Completed" if point == "committed" else "Failed")
    reason = program.store.job(undo).failure_reason
    assert reason in (None, "The disk is full, so nothing was undone. Free some space, then try it again.")


@pytest.mark.parametrize(
    ("point", "status"), [("database open", "Cancelled"), ("ledger written", "Cancelled"), ("committed", "Completed")]
)
def test_cancelled_at(point: str, status: str, program: Program, code: str) -> None:
    with paused(program, point, Order(program.home.path, undoes=code)) as (undo, resume):
        program.store.request_cancel(undo)
        resume()
    look(program)
    assert_lawful(program, undo, status)


def test_two_undos_of_one_job_at_once(program: Program, code: str) -> None:
    with paused(program, "clients changed", Order(program.home.path, undoes=code)) as (first, resume):
        with pytest.raises(JobStateError, match=f"is being undone by job {first}"):
            program.undo(code)
        assert resume() == 0
    assert newest(program) == first
    assert_lawful(program, first, "Completed")
