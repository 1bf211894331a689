"""Who asks for an undo gets one, or is refused: a job is undone by one job at a time, whoever asks, and wherever.

How the doors say so is in test_undo_doors.py.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from client_import.errors import JobStateError
from client_import.jobs.opening import open_job_store
from client_import.undo_job import ask_for_undo
from tests.support.program import Program

pytestmark = pytest.mark.both_stores

FILE = b"Code,Name,Type\r\nA1,Ann,Individual\r\n"
ASKING = 4


def test_of_those_who_ask_at_the_same_moment_one_gets_an_undo(program: Program) -> None:
    code, together = str(program.run(FILE)["code"]), Barrier(ASKING)

    def ask(_number: int) -> str:
        with open_job_store(program.settings, program.home) as store:
            together.wait()
            try:
                return ask_for_undo(program.home, store, code, "test").code
            except JobStateError as error:
                return str(error)

    with ThreadPoolExecutor(ASKING) as askers:
        answers = [*askers.map(ask, range(ASKING))]
    [undo] = [job.code for job in program.store.jobs() if job.undoes]
    refusal = f"Job {code} is being undone by job {undo}. Wait for that, or cancel it."
    assert sorted(answers) == sorted([undo, *[refusal] * (ASKING - 1)])
    assert [path.name for path in (program.home.path / "jobs").iterdir() if path.name not in (code, undo)] == []


def test_undo_that_waits_or_runs_is_the_only_one(program: Program) -> None:
    code = str(program.run(FILE)["code"])
    undo = ask_for_undo(program.home, program.store, code, "test", starts_here=False).code
    for _status in ("Queued", "InProgress"):
        with pytest.raises(JobStateError, match=f"Job {code} is being undone by job {undo}"):
            program.undo(code)
        program.store.start(undo)
    program.store.request_cancel(undo)
    assert program.undo(code)["status"] == "Completed"


def test_undo_for_others_to_start_is_asked_to_start_from_the_first_moment(program: Program) -> None:
    code = str(program.run(FILE)["code"])
    undo = ask_for_undo(program.home, program.store, code, "test", starts_here=False).code
    assert program.store.waiting.start_requested() == [undo]
