"""Covers imports into PostgreSQL that die, lose their connection or their server, or are stopped while they wait.

Whatever happens when, the record of the job, the ledger and the table agree, and the next import goes on.
"""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from client_import.errors import Cancelled
from client_import.jobs.record import now
from client_import.jobs.tables import jobs
from client_import.recovery.recover import recover_all
from tests.support.cli import CommandLine, wait_until
from tests.support.dying import (
    Order,
    assert_clean,
    assert_lawful,
    end,
    expected,
    look,
    paused,
    some_upload,
    start,
    table_of,
)
from tests.support.postgres import PostgresServer, a_server, why_not
from tests.support.program import Program

pytestmark = pytest.mark.slow

EARLIER = some_upload(random.Random(1))
UPLOAD = some_upload(random.Random(10))
OTHER = b"Code,Name,Type\nZ9,Zed,Ltd\n"
AFTER_COMMIT = ("committed", "applied")


@pytest.fixture
def clients_in(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Always PostgreSQL, for the processes that the tests start as well."""
    monkeypatch.setenv("CLIENT_IMPORT_DATABASE", postgres_url)
    return postgres_url


@pytest.fixture
def filled(program: Program) -> Program:
    """A program with some clients."""
    assert program.carry_on(program.receive(EARLIER.data, duplicates="last"))["createdCount"] > 0
    return program


def order(program: Program, data: bytes = UPLOAD.data, **given: Any) -> Order:
    """An import into the database of the program."""
    settings = {"CLIENT_IMPORT_DATABASE": program.settings.database_url}
    return Order(program.home.path, data, settings=settings, **given)


def terminate(program: Program, code: str) -> None:
    """End the server's process of the job, as an administrator might."""
    program.change(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
        f"WHERE application_name = 'client-import {code}' AND datname = current_database()"
    )


def is_waiting(program: Program) -> bool:
    """Whether some import waits for the lock on the table."""
    import psycopg

    with psycopg.connect(program.clients_url) as connection:
        return bool(
            connection.execute(
                "SELECT 1 FROM pg_locks WHERE relation = to_regclass('clients') AND NOT granted"
            ).fetchall()
        )


@contextmanager
def locked(program: Program) -> Iterator[None]:
    """Have another program change a client, in a transaction that stays open."""
    import psycopg

    with psycopg.connect(program.clients_url, application_name="payroll") as other:
        other.execute("UPDATE clients SET team = 'x'")
        yield
        other.rollback()


@pytest.mark.parametrize("point", ["database open", "ledger written", "commit announced", "committed", "applied"])
def test_killed_at(point: str, filled: Program) -> None:
    before, known = table_of(filled), {job.code for job in filled.store.jobs()}
    result = expected(before, UPLOAD.file)
    assert end(start(order(filled, interrupt=f"{point}=kill"))) == -9
    look(filled)
    [code] = {job.code for job in filled.store.jobs()} - known
    assert filled.store.job(code).status == ("Completed" if point in AFTER_COMMIT else "Failed")
    assert_lawful(filled, filled.store.job(code), before, result)
    filled.carry_on(filled.receive(UPLOAD.data, duplicates="last"))
    assert table_of(filled) == result.table


@pytest.mark.parametrize("point", ["planned", "commit announced", "committed"])
def test_killed_and_taken_up_again(point: str, filled: Program) -> None:
    before, known = table_of(filled), {job.code for job in filled.store.jobs()}
    assert end(start(order(filled, interrupt=f"{point}=kill"))) == -9
    [code] = {job.code for job in filled.store.jobs()} - known
    assert end(start(order(filled, code=code))) == 0
    look(filled)
    assert filled.store.job(code).status == "Completed"
    assert_lawful(filled, filled.store.job(code), before, expected(before, UPLOAD.file))


@pytest.mark.parametrize(
    "point", ["database open", "clients changed", "ledger written", "commit announced", "committed"]
)
def test_servers_process_is_ended_at(point: str, filled: Program) -> None:
    before = table_of(filled)
    with paused(filled, point, order(filled)) as (code, resume):
        terminate(filled, code)
        resume()
    look(filled)
    job = filled.store.job(code)
    assert job.status == ("Completed" if point in AFTER_COMMIT else "Failed")
    if job.failure_reason:
        assert "went away" in job.failure_reason
        assert "try it again" in job.failure_reason
    assert_lawful(filled, job, before, expected(before, UPLOAD.file))


@pytest.fixture(scope="module")
def server_to_stop() -> Iterator[PostgresServer]:
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)
    with a_server() as server:
        yield server


@pytest.mark.parametrize(
    ("point", "status"),
    [("clients changed", "Failed"), ("commit announced", "Failed"), ("committed", "Completed")],
)
def test_server_is_stopped_hard_at(point: str, status: str, server_to_stop: PostgresServer, tmp_path: Path) -> None:
    with server_to_stop.schema() as schema:
        program = Program(tmp_path / "home", "")
        program.keep_clients_at(server_to_stop.url(schema))
        program.carry_on(program.receive(EARLIER.data, duplicates="last"))
        before = table_of(program)
        with paused(program, point, order(program, clients_at=program.clients_url)) as (code, resume):
            server_to_stop.stop("immediate")
            resume()
            recover_all(program.store, program.database, program.home)
            # What becomes of a job that has announced its commit cannot be known as long as nobody can ask.
            assert program.store.job(code).status == ("Failed" if point == "clients changed" else "InProgress")
            reason = program.run(OTHER)["failureReason"]
            assert "cannot be reached" in reason
            server_to_stop.start()
        look(program)
        assert program.store.job(code).status == status
        assert_lawful(program, program.store.job(code), before, expected(before, UPLOAD.file))
        program.store.close()


def test_who_waits_goes_on_when_the_process_that_has_the_clients_is_killed(filled: Program) -> None:
    file = filled.home.path.parent / "first"
    first = start(order(filled, interrupt=f"commit announced=pause {file}"))
    wait_until(file.exists, "the first import to have the clients")
    assert first.pid is not None
    os.kill(first.pid, signal.SIGSTOP)
    second = start(order(filled, OTHER))
    wait_until(lambda: is_waiting(filled), "the second import to wait")
    codes = [job.code for job in filled.store.jobs(limit=2)]
    wait_until(lambda: codes[1] in (filled.store.job_progress(codes[0]).phase or ""), "the second to say for whom")
    first.kill()
    assert end(second) == 0
    end(first)
    look(filled)
    assert [filled.store.job(code).status for code in codes] == ["Completed", "Failed"]
    assert_clean(filled)


def test_machine_that_sleeps_loses_the_clients_and_changes_nothing_when_it_wakes(
    clients_in: str, tmp_path: Path
) -> None:
    """Its silence is noticed by whoever looks; its process in the server is ended, and the one that waits goes on."""
    filled = Program(tmp_path / "home", "")
    filled.keep_clients_at(clients_in)
    filled.carry_on(filled.receive(EARLIER.data, duplicates="last"))
    before = table_of(filled)
    file = filled.home.path.parent / "asleep"
    asleep = start(order(filled, clients_at=clients_in, interrupt=f"ledger written=pause {file}"))
    wait_until(file.exists, "the import to have the clients")
    assert asleep.pid is not None
    os.kill(asleep.pid, signal.SIGSTOP)
    code = filled.store.jobs(limit=1)[0].code
    second = start(order(filled, OTHER, clients_at=clients_in))
    wait_until(lambda: is_waiting(filled), "the second import to wait")
    with sa.create_engine(f"sqlite:///{filled.home.job_store}").begin() as connection:
        silent = now().replace(tzinfo=None) - timedelta(seconds=31)
        connection.execute(sa.update(jobs).where(jobs.c.code == code).values(host="elsewhere", heartbeat=silent))
    recover_all(filled.store, filled.database, filled.home)
    assert filled.store.job(code).status == "Failed"
    assert end(second) == 0  # while the first is still asleep
    file.unlink()
    os.kill(asleep.pid, signal.SIGCONT)
    end(asleep)
    assert filled.store.job(code).status == "Failed"
    after = table_of(filled)
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) == {"z9"}
    filled.store.close()


def test_commit_in_doubt_is_asked_for_once_the_server_has_ended_it(filled: Program) -> None:
    """A reader of the ledger waits for a transaction that may still commit, whose connection may be long gone."""
    code = filled.receive(OTHER)
    with filled.database.open(code="writerwrit") as session:
        impatient = Program(filled.home.path, filled.clients_url)
        impatient.database._lock_wait_seconds = 0.3  # type: ignore[attr-defined]
        with pytest.raises(Exception, match="in use by the import writerwrit"), impatient.database.ask():
            pass
        impatient.database.end("writerwrit")
        with impatient.database.ask() as asked:
            assert asked.recorded(code) is None
        with pytest.raises(Exception, match=r"terminating|closed"):
            session.recorded(code)
        impatient.store.close()


@pytest.mark.parametrize("how", ["cancel", "SIGINT", "SIGTERM"])
def test_stopped_while_it_waits(how: str, filled: Program) -> None:
    before = table_of(filled)
    with locked(filled):
        if how == "cancel":
            process = start(order(filled))
            wait_until(lambda: is_waiting(filled), "the import to wait")
            code = filled.store.jobs(limit=1)[0].code
            filled.store.request_cancel(code)
            end(process)
        else:
            cli, file = CommandLine(filled.home.path), filled.home.path.parent / "other.csv"
            file.write_bytes(OTHER)
            running = cli.start("run", file, CLIENT_IMPORT_DATABASE=filled.settings.database_url)
            wait_until(lambda: is_waiting(filled), "the import to wait")
            running.send_signal(getattr(signal, how))
            assert cli.end(running).status == 130
            code = filled.store.jobs(limit=1)[0].code
        wait_until(lambda: not is_waiting(filled), "the server to forget it")
    look(filled)
    assert filled.store.job(code).status == "Cancelled"
    assert table_of(filled) == before
    assert_clean(filled)


def test_cancelled_while_the_server_is_at_work(filled: Program) -> None:
    import psycopg

    before = table_of(filled)
    filled.change(
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(300); RETURN NEW; END'"
    )
    filled.change("CREATE TRIGGER slow BEFORE UPDATE ON clients FOR EACH ROW EXECUTE FUNCTION slow()")
    process = start(order(filled))
    with psycopg.connect(filled.clients_url, autocommit=True) as watch:

        def is_at_work() -> bool:
            found = "query LIKE 'UPDATE clients%' AND wait_event = 'PgSleep'"
            return watch.execute(f"SELECT 1 FROM pg_stat_activity WHERE {found}".encode()).fetchone() is not None

        wait_until(is_at_work, "the server to be at work")
        code = filled.store.jobs(limit=1)[0].code
        filled.store.request_cancel(code)
        end(process)
        assert not is_at_work()
    look(filled)
    assert filled.store.job(code).status == "Cancelled"
    assert table_of(filled) == before


class Terminated(BaseException):
    """What a handler of a signal raises, as Dagster's does in the process of a run."""


def execute(link: Any) -> None:
    link.execute("UPDATE numbers SET n = n WHERE pg_sleep(300) IS NULL")


def query(link: Any) -> None:
    link.rows("SELECT pg_sleep(300)")


def fetch(link: Any) -> None:
    for _ in link.batches("SELECT n, md5(n::text) FROM generate_series(1, 3000000000) AS n"):
        pass


def copy(link: Any) -> None:
    import pyarrow as pa

    batch = pa.record_batch({"n": range(10_000)})
    link.copy("numbers", pa.RecordBatchReader.from_batches(batch.schema, (batch for _ in range(10**9))))


@pytest.mark.parametrize("work", [execute, query, fetch, copy])
@pytest.mark.parametrize("by_signal", [False, True], ids=["by another thread", "by a signal"])
def test_work_of_the_server_is_stopped(work: Any, by_signal: bool, postgres_url: str) -> None:
    from client_import.clients.postgresql.link import Link

    def terminate(_number: int, _frame: object) -> None:
        raise Terminated

    link = Link(postgres_url)
    link.execute("CREATE TABLE numbers AS SELECT 1::bigint AS n")
    before = signal.signal(signal.SIGALRM, terminate)
    timer = threading.Timer(1, link.interrupt)
    try:
        if by_signal:
            signal.setitimer(signal.ITIMER_REAL, 1)
        else:
            timer.start()
        with pytest.raises(Terminated if by_signal else Cancelled):
            work(link)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        timer.cancel()
        link.close()


@pytest.mark.parametrize("work", [execute, query, fetch, copy])
def test_servers_process_is_ended_in_the_middle_of_work(work: Any, postgres_url: str) -> None:
    import psycopg

    from client_import.clients.postgresql.link import Link, LinkError
    from client_import.system.postgresql_errors import sentence

    link = Link(postgres_url)
    link.execute("CREATE TABLE numbers AS SELECT 1::bigint AS n")
    [(pid,)] = link.rows("SELECT pg_backend_pid()")

    def terminate() -> None:
        with psycopg.connect(postgres_url) as connection:
            connection.execute("SELECT pg_terminate_backend(%s)", [pid])

    timer = threading.Timer(0.5, terminate)
    timer.start()
    with pytest.raises(LinkError) as error:
        work(link)
    assert "went away" in sentence("postgresql://host/db", error.value)
    timer.join()
    link.close()


def test_server_that_does_not_answer_is_left_to_itself(postgres_url: str) -> None:
    """It rolls back once it does; a cancel need not wait for that."""
    from client_import.clients.postgresql.link import Link

    link = Link(postgres_url)
    [(pid,)] = link.rows("SELECT pg_backend_pid()")

    def freeze_and_interrupt() -> None:
        os.kill(pid, signal.SIGSTOP)
        link.interrupt()

    timer = threading.Timer(0.5, freeze_and_interrupt)
    timer.start()
    try:
        with pytest.raises(Cancelled):
            link.rows("SELECT pg_sleep(300)")
        with pytest.raises(Cancelled):
            link.execute("COMMIT")
        link.close()
    finally:
        timer.join()
        os.kill(pid, signal.SIGCONT)
