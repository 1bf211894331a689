"""Covers that what is done to one job, or one session, is done to no other, and that what has a lock waits for it."""

from __future__ import annotations

import fcntl
import io
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from client_import.jobs.record import Counts, Status
from client_import.jobs.store import JobStore
from client_import.jobs.tables import Files, jobs
from client_import.pipeline import receive
from tests.support.cli import wait_until
from tests.support.drop_runs import import_dropped
from tests.support.forked import end, start_call
from tests.support.limits import LIMITS
from tests.support.program import Program, import_options

CLIENTS = b"Code,Name,Type\nA1,Ann,Individual\n"
OTHER_OPTIONS = import_options(match_on="Name")
KEYS = ("a key", "another key")

Act = Callable[[JobStore, str], Any]


def waiting(program: Program) -> str:
    """An upload that nobody has asked to start."""
    stream, options = io.BytesIO(CLIENTS), import_options()
    return receive(program.home, program.store, stream, "c.csv", options, "test", LIMITS, starts_here=False).code


def running(program: Program) -> str:
    return program.store.start(program.receive(CLIENTS)).code


def committing(program: Program) -> str:
    code = running(program)
    assert program.store.announce_commit(code)
    return code


def ended(program: Program) -> str:
    code = program.receive(CLIENTS)
    program.carry_on(code)
    return code


def finish(status: Status) -> Act:
    return lambda store, code: store.finish(replace(store.job(code), status=status))


def applied(store: JobStore, code: str) -> None:
    store.applied(replace(store.job(code), total_items=1, processed_items=1, counts=Counts(created=1)))


ACTS: dict[str, tuple[Callable[[Program], str], Act]] = {
    "asked to start": (waiting, lambda store, code: store.waiting.request_start(code, OTHER_OPTIONS)),
    "other options": (waiting, lambda store, code: store.waiting.keep_options(code, OTHER_OPTIONS)),
    "forgotten": (waiting, lambda store, code: store.waiting.cancel_forgotten(code, timedelta(0))),
    "cancelled in the queue": (waiting, lambda store, code: store.request_cancel(code)),
    "started": (waiting, lambda store, code: store.start(code)),
    "failed in the queue": (waiting, finish(Status.FAILED)),
    "linked to a run": (waiting, lambda store, code: store.link(code, "a run")),
    "noted": (running, lambda store, code: store.note(code, ["Something is odd."])),
    "sign of life": (running, lambda store, code: store.record_heartbeat(code, "checking", 1, 1, 0.5, 1)),
    "commit announced": (running, lambda store, code: store.announce_commit(code)),
    "cancelled": (running, lambda store, code: store.request_cancel(code)),
    "failed": (running, finish(Status.FAILED)),
    "cancelled too late": (committing, lambda store, code: store.request_cancel(code)),
    "commit withdrawn": (committing, lambda store, code: store.withdraw_commit(code)),
    "applied": (committing, applied),
    "completed": (committing, finish(Status.COMPLETED)),
    "files removed": (ended, lambda store, code: store.files.set(code, Files.REMOVED)),
    "never was": (waiting, lambda store, code: store.forget(code)),
}


def records(program: Program) -> dict[str, tuple[Any, ...]]:
    """All that the job store has of each job."""
    with program.job_tables() as connection:
        return {row.code: tuple(row) for row in connection.execute(sa.select(jobs))}


def test_what_is_done_to_a_job_is_done_to_no_other(program: Program) -> None:
    for what, (make, act) in ACTS.items():
        others = set(records(program))
        before_it, it, after_it = (make(program) for _ in range(3))
        before = records(program)
        act(program.store, it)
        after = records(program)
        assert after.pop(it, None) != before.pop(it), what
        assert after == before, what
        assert set(after) == {*others, before_it, after_it}, what


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_a_page_of_jobs_begins_after_the_one_before(program: Program, limit: int) -> None:
    codes = [waiting(program) for _ in range(4)][::-1]
    assert [job.code for job in program.store.jobs(limit=limit, before=codes[0])] == codes[1 : 1 + limit]
    assert program.store.jobs(before=codes[-1]) == []


def test_a_job_that_has_ended_is_not_forgotten(program: Program) -> None:
    code = ended(program)
    before = records(program)
    program.store.forget(code)
    assert records(program) == before


def test_the_counts_of_all_jobs_are_each_its_own(program: Program) -> None:
    program.run(b"Code,Name,Type\nA1,Ann,Ltd\nB2,Bob,Ltd\n")
    program.run(b"Code,Name,Type\nA1,Anna,Ltd\nB2,Bob,Ltd\nC3,Cy,Zorp\nD4,Dee,Zorp\nE5,Eve,Zorp\n")
    tally = program.store.figures.tallies()[Status.COMPLETED]
    assert (tally.jobs, tally.counts) == (2, Counts(created=2, updated=1, skipped=1, errors=3))


def test_a_session_ends_alone_and_with_its_time(program: Program) -> None:
    first, second, third = (program.store.sessions.open(key, 60) for key in (*KEYS, KEYS[0]))
    program.store.sessions.close(first, KEYS)
    assert [program.store.sessions.has(token, KEYS) for token in (first, second, third)] == [False, True, True]
    assert not program.store.sessions.has(second, KEYS[:1])
    over = program.store.sessions.open(KEYS[0], 0)
    assert [program.store.sessions.has(token, KEYS) for token in (over, second, third)] == [False, True, True]


def test_a_write_waits_for_that_of_another_process(program: Program) -> None:
    code, row_errors = waiting(program), []

    def write() -> None:
        try:
            program.store.link(code, "a run")
        except Exception as error:
            row_errors.append(error)

    thread = threading.Thread(target=write)
    with program.job_tables() as other:
        other.execute(sa.update(jobs).where(jobs.c.code == code).values(phase="of another process"))
        thread.start()
        thread.join(1)
        assert thread.is_alive()
    thread.join()
    assert (row_errors, program.store.run_of(code)) == ([], "a run")


@pytest.mark.parametrize("job_database", [""])
@pytest.mark.parametrize("point", ["moved out", "place named", "put away"])
def test_whoever_takes_a_file_out_or_puts_one_in_is_alone(point: str, program: Program, tmp_path: Path) -> None:
    drop, paused = program.home.path / "drop", tmp_path / "paused"
    drop.mkdir()
    (drop / "clients.csv").write_bytes(CLIENTS)
    process = start_call(import_dropped, program.home.path, "drop", "clients.csv", f"{point}=pause {paused}")
    try:
        wait_until(paused.exists, "the process to pause")
        with program.home.drop_lock.open("w") as lock, pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    finally:
        paused.unlink(missing_ok=True)
        end(process)
    with program.home.drop_lock.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
