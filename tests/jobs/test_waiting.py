"""Covers jobs that wait to be started: asked for once, in order, and kept as long as somebody may take them."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
import sqlalchemy as sa

from client_import.errors import JobNotFoundError, JobStateError
from client_import.jobs.opening import open_job_store
from client_import.jobs.record import Status, now
from client_import.jobs.tables import jobs
from client_import.pipeline import receive
from client_import.recovery.recover import recover, recover_all
from tests.support.limits import LIMITS
from tests.support.program import Program, import_options

CLIENTS = b"Code,Name,Type\nA1,Ann,Individual\n"
DAY, MINUTE = timedelta(hours=24), timedelta(minutes=1)


def uploaded(program: Program) -> str:
    """A job that waits for somebody to start it."""
    options = import_options(match_on="Name")
    return receive(
        program.home, program.store, io.BytesIO(CLIENTS), "c.csv", options, "test", LIMITS, starts_here=False
    ).code


def make_older(program: Program, code: str, age: timedelta) -> None:
    with program.job_tables() as connection:
        created = (now() - age).replace(tzinfo=None)
        connection.execute(sa.update(jobs).where(jobs.c.code == code).values(created_date=created))


def make_older_shape(connection: sa.Connection, statement: str) -> None:
    """Take something away from the tables, and the number of their shape with it."""
    schema = connection.get_execution_options().get("schema_translate_map", {}).get(None)
    connection.execute(sa.text(statement.format(jobs=f"{schema}.jobs" if schema else "jobs")))
    connection.execute(sa.text(f"COMMENT ON SCHEMA {schema} IS NULL" if schema else "PRAGMA user_version = 0"))


def test_asked_to_start_with_other_options(program: Program) -> None:
    code = uploaded(program)
    assert program.store.waiting.start_requested() == []
    job = program.store.waiting.request_start(code, import_options(match_on="Code"))
    assert (job.code, job.status, job.started_date) == (code, Status.QUEUED, None)
    assert program.store.options(code) == import_options(match_on="Code")
    assert program.store.waiting.start_requested() == [code]
    assert program.carry_on(code)["status"] == "Completed"
    assert program.store.waiting.start_requested() == []


def test_in_the_order_of_the_asking(program: Program) -> None:
    codes = [uploaded(program) for _ in range(4)]
    asked = [codes[index] for index in (2, 0, 3)]
    for code in asked:
        program.store.waiting.request_start(code, import_options())
    assert program.store.waiting.start_requested() == asked
    program.store.request_cancel(codes[0])
    assert program.store.waiting.start_requested() == [codes[2], codes[3]]


def test_asked_twice(program: Program) -> None:
    code = uploaded(program)
    program.store.waiting.request_start(code, import_options())
    with pytest.raises(JobStateError, match=rf"^Job {code} has already been started; .*\.$"):
        program.store.waiting.request_start(code, import_options(match_on="Code"))
    assert program.store.options(code) == import_options()


def test_asked_while_it_runs(program: Program) -> None:
    code = uploaded(program)
    program.store.start(code)
    with pytest.raises(JobStateError, match="has already been started"):
        program.store.waiting.request_start(code, import_options())


def test_asked_for_a_job_that_its_own_process_starts(program: Program) -> None:
    with pytest.raises(JobStateError, match="has already been started"):
        program.store.waiting.request_start(program.receive(CLIENTS), import_options())


def test_asked_when_it_has_ended(program: Program) -> None:
    cancelled, completed = uploaded(program), program.run(CLIENTS)["code"]
    program.store.request_cancel(cancelled)
    for code, status in ((cancelled, "Cancelled"), (completed, "Completed")):
        with pytest.raises(JobStateError, match=f"^Job {code} has already ended as {status}; "):
            program.store.waiting.request_start(code, import_options())


def test_asked_for_no_job(program: Program) -> None:
    with pytest.raises(JobNotFoundError, match="There is no job nothing"):
        program.store.waiting.request_start("nothing", import_options())


def test_only_what_nobody_asked_for_is_cancelled_after_a_day(program: Program) -> None:
    asked, forgotten, young = (uploaded(program) for _ in range(3))
    program.store.waiting.request_start(asked, import_options())
    for code, age in ((asked, DAY + MINUTE), (forgotten, DAY + MINUTE), (young, DAY - MINUTE)):
        make_older(program, code, age)
    recover_all(program.store, program.database, program.home)
    statuses = [program.store.job(code).status for code in (asked, forgotten, young)]
    assert statuses == [Status.QUEUED, Status.CANCELLED, Status.QUEUED]
    assert program.store.job(forgotten).completed_date is not None
    assert program.store.waiting.start_requested() == [asked]


def test_asked_at_the_moment_it_would_be_cancelled(program: Program) -> None:
    code = uploaded(program)
    make_older(program, code, DAY + MINUTE)
    program.store.waiting.request_start(code, import_options())
    assert not program.store.waiting.cancel_forgotten(code, DAY)
    assert program.store.job(code).status is Status.QUEUED


def test_one_is_cancelled_and_no_other(program: Program) -> None:
    first, second = uploaded(program), uploaded(program)
    for code in (first, second):
        make_older(program, code, DAY + MINUTE)
    assert program.store.waiting.cancel_forgotten(first, DAY)
    assert [program.store.job(code).status for code in (first, second)] == [Status.CANCELLED, Status.QUEUED]


def test_given_up_by_who_was_to_start_it(program: Program) -> None:
    code = uploaded(program)
    program.store.waiting.request_start(code, import_options())
    folder = program.home.job(code)
    job = recover(program.store, program.database, folder, code, is_over=True, reason="It could not be started.")
    assert (job.status, job.failure_reason) == (Status.FAILED, "It could not be started.")
    assert program.store.waiting.start_requested() == []


def test_a_job_store_of_an_older_version(program: Program) -> None:
    code = uploaded(program)
    with program.job_tables() as connection:
        make_older_shape(connection, "ALTER TABLE {jobs} DROP COLUMN start_requested")
    with open_job_store(program.settings, program.home) as store:
        store.waiting.request_start(code, import_options())
        assert store.waiting.start_requested() == [code]


def test_only_a_job_that_nobody_has_started_is_forgotten(program: Program) -> None:
    left, asked, begun = (uploaded(program) for _ in range(3))
    program.store.waiting.request_start(asked, import_options())
    program.store.start(begun)
    assert [program.store.waiting.forget(code) for code in (left, asked, begun)] == [True, False, False]
    assert {job.code for job in program.store.jobs()} == {asked, begun}
