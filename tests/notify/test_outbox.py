"""Covers the outbox of the job store: what ends a job puts it in, and each notification is one process's at a time."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from client_import.jobs.opening import open_job_store
from client_import.jobs.outbox import GIVEN_UP_AFTER, LONGEST_PAUSE, Notification
from client_import.jobs.record import Status
from client_import.paths import new_code
from client_import.recovery.recover import WAITS_FOR_START, recover
from client_import.retention import clean_up
from tests.jobs.test_waiting import make_older, make_older_shape, uploaded
from tests.support.ended_jobs import ended, let_pass, notes, pause_left
from tests.support.program import Program, import_options

HERE, THERE = "mark-of-one", "mark-of-another"
MINUTE = timedelta(minutes=1)


def addressed(program: Program, *receivers: str) -> str:
    """A job that has ended, with its notifications."""
    code = ended(program)
    program.store.outbox.address(code, receivers or [HERE])
    return code


def claimed(program: Program) -> Notification:
    claim = program.store.outbox.claim([HERE])
    assert claim is not None
    return claim


def test_a_job_that_has_not_ended_is_told_to_nobody(program: Program) -> None:
    code = program.store.create(new_code(), "clients.csv", import_options(), "test").code
    program.store.start(code)
    assert program.store.outbox.untold() == []
    assert not program.store.outbox.is_due([HERE])


@pytest.mark.parametrize("status", [Status.COMPLETED, Status.FAILED, Status.CANCELLED])
def test_what_finishes_a_job_puts_it_in(status: Status, program: Program) -> None:
    code = ended(program, status)
    assert program.store.outbox.untold() == [code]
    assert program.store.outbox.is_due([HERE])


def test_what_cancels_a_job_puts_it_in(program: Program) -> None:
    code = program.store.create(new_code(), "clients.csv", import_options(), "test").code
    program.store.request_cancel(code)
    forgotten = uploaded(program)
    make_older(program, forgotten, WAITS_FOR_START + MINUTE)
    recover(program.store, None, program.home.job(forgotten), forgotten)
    assert program.store.outbox.untold() == [code, forgotten]


def test_an_undo_is_put_in(program: Program) -> None:
    code = str(program.run(b"Code,Name,Type\nA1,Ann,Individual\n")["code"])
    undo = program.undo(code)
    assert undo["status"] == "Completed"
    assert program.store.outbox.untold() == [code, undo["code"]]


def test_a_job_is_put_in_once(program: Program) -> None:
    code = addressed(program)
    program.store.finish(replace(program.store.job(code), status=Status.FAILED))
    assert program.store.outbox.untold() == []
    program.store.outbox.sent(claimed(program))
    program.store.outbox.address(code, [HERE])  # by somebody who had read it before
    assert not program.store.outbox.is_due([HERE])


def test_nothing_is_put_in_where_nobody_is_told(program: Program) -> None:
    nobody = program.settings.model_copy(update={"notify": SecretStr("")})
    with open_job_store(nobody, program.home) as store:
        code = store.create(new_code(), "clients.csv", import_options(), "test").code
        store.request_cancel(code)
        assert store.outbox.untold() == []


def test_a_notification_is_claimed_by_one_of_many(program: Program) -> None:
    codes = [addressed(program, HERE, THERE) for _ in range(5)]
    barrier = threading.Barrier(8)

    def claim_all(_number: int) -> list[Notification]:
        barrier.wait()
        return list(iter(lambda: program.store.outbox.claim([HERE]), None))

    with ThreadPoolExecutor(8) as threads:
        claims = [claim for some in threads.map(claim_all, range(8)) for claim in some]
    assert Counter(claim.job for claim in claims) == Counter(codes)
    assert {claim.receiver for claim in claims} == {HERE}
    assert program.store.outbox.is_due([THERE])


def test_pauses_double_until_an_hour_and_the_last_attempt_comes_after_a_day(program: Program) -> None:
    addressed(program)
    pauses, attempts = [], 0
    while not (claim := claimed(program)).is_last:
        attempts += 1
        assert (claim.attempts, program.store.outbox.claim([HERE])) == (attempts, None)
        pauses.append(claim.pause)
        [row] = notes(program)
        assert pause_left(row) == pytest.approx(claim.pause.total_seconds() / 60, abs=0.5)
        let_pass(program, claim.pause)
    assert pauses[:8] == [MINUTE * minutes for minutes in (1, 2, 4, 8, 16, 32, 60, 60)]
    assert GIVEN_UP_AFTER < sum(pauses, timedelta()) <= GIVEN_UP_AFTER + LONGEST_PAUSE
    let_pass(program, GIVEN_UP_AFTER)
    assert not program.store.outbox.is_due([HERE])


def test_one_that_nobody_could_send_for_days_has_one_more_attempt(program: Program) -> None:
    addressed(program)
    let_pass(program, 5 * GIVEN_UP_AFTER)
    assert claimed(program).is_last
    assert program.store.outbox.claim([HERE]) is None


def test_what_is_due_for_a_receiver_that_is_away_is_put_off_together(program: Program) -> None:
    for _ in range(3):
        addressed(program, HERE, THERE)
    program.store.outbox.put_off(claimed(program))
    assert program.store.outbox.claim([HERE]) is None
    assert program.store.outbox.claim([THERE]) is not None
    let_pass(program, MINUTE)
    assert program.store.outbox.claim([HERE]) is not None


def test_what_is_for_nobody_any_more_is_given_up(program: Program) -> None:
    code = addressed(program, HERE)
    addressed(program, THERE)
    let_pass(program, 2 * GIVEN_UP_AFTER - MINUTE)
    assert program.store.outbox.give_up_unknown([THERE]) == []
    let_pass(program, 2 * MINUTE)
    assert program.store.outbox.give_up_unknown([THERE]) == [code]
    assert program.store.outbox.give_up_unknown([THERE]) == []
    assert not program.store.outbox.is_due([HERE])
    assert program.store.outbox.is_due([THERE])


def test_notifications_go_with_the_files_of_their_job(program: Program) -> None:
    addressed(program)
    let_pass(program, timedelta(days=program.settings.retention_days, minutes=1))
    young = addressed(program)
    clean_up(program.home, program.store, program.settings)
    assert [row.job for row in notes(program)] == [young]


def test_an_older_job_store_is_given_an_outbox_and_its_jobs_are_not_told_of(program: Program) -> None:
    code = ended(program)
    program.store.close()
    with program.job_tables() as connection:
        schema = connection.get_execution_options().get("schema_translate_map", {}).get(None)
        place = f"{schema}." if schema else ""
        connection.execute(sa.text(f"DROP TABLE {place}notifications"))
        connection.execute(sa.text(f"DROP INDEX {place}ix_jobs_is_untold"))
        make_older_shape(connection, "ALTER TABLE {jobs} DROP COLUMN is_untold")
    with open_job_store(program.settings, program.home) as store:
        assert store.job(code).status is Status.COMPLETED
        assert store.outbox.untold() == []
        program.store = store
        told = addressed(program)
        assert claimed(program).job == told
    with program.job_tables() as connection:
        indexes = sa.inspect(connection).get_indexes("jobs", schema=schema)
    assert ["is_untold"] in [index["column_names"] for index in indexes]


def test_a_clock_that_is_set_back_does_not_put_off_a_notification(program: Program) -> None:
    addressed(program)
    claim = claimed(program)
    program.store.outbox.put_off(claim)
    assert not program.store.outbox.is_due([HERE])
    let_pass(program, -timedelta(days=1))
    assert program.store.outbox.is_due([HERE])
    assert claimed(program).attempts == 2
