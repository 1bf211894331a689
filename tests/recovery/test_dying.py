"""Covers an import whose process dies at each point between its steps: docs/reliability.md, row by row.

Not here: real signals to the real command (test_interrupt.py), runs of the Dagster daemon (test_daemon.py).
"""

from __future__ import annotations

import random
import re
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
import sqlalchemy as sa

from client_import.errors import JobStateError
from client_import.failpoints import DROP_FAILPOINTS, FAILPOINTS, NOTIFY_FAILPOINTS
from client_import.jobs.record import Status, now
from client_import.jobs.store import JobStore
from client_import.jobs.tables import jobs
from client_import.recovery.recover import recover_all
from tests.support.cli import CommandLine
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
from tests.support.program import Program
from tests.support.strategies import Upload

pytestmark = pytest.mark.slow

EARLIER = some_upload(random.Random(1))
UPLOAD = some_upload(random.Random(10))
AFTER_COMMIT = FAILPOINTS[FAILPOINTS.index("committed") : FAILPOINTS.index("recovering")]
BEFORE_RECORD = FAILPOINTS[: FAILPOINTS.index("job created")]
MET = [point for point in FAILPOINTS if point != "recovering"]


@pytest.fixture
def filled(program: Program) -> Program:
    """A program with some clients."""
    job = program.carry_on(program.receive(EARLIER.data, duplicates="last"))
    assert job["createdCount"] > 0
    return program


def die(program: Program, interrupt: str, upload: Upload = UPLOAD, code: str | None = None) -> str | None:
    """Import in another process, which is killed at a point; returns the code of the job, when there is one."""
    known = {job.code for job in program.store.jobs()}
    assert end(start(Order(program.home.path, upload.data, code, interrupt))) == -9
    new = [job.code for job in program.store.jobs() if job.code not in known]
    return code or (new[0] if new else None)


def test_the_file_has_rows_of_every_kind() -> None:
    result = expected(expected({}, EARLIER.file).table, UPLOAD.file)
    assert min(result.created, result.updated, result.errors, result.skipped) > 0


@pytest.mark.parametrize("point", MET)
def test_killed_at(point: str, filled: Program) -> None:
    before = table_of(filled)
    result = expected(before, UPLOAD.file)
    code = die(filled, f"{point}=kill")
    look(filled)
    assert (code is None) == (point in BEFORE_RECORD)
    if code is not None:
        job = filled.store.job(code)
        assert job.status == ("Completed" if point in AFTER_COMMIT else "Failed")
        assert_lawful(filled, job, before, result)
    assert_clean(filled)
    code = filled.receive(UPLOAD.data, duplicates="last")
    again = expected(table_of(filled), UPLOAD.file)
    filled.carry_on(code)
    assert_lawful(filled, filled.store.job(code), table_of(filled), again)
    assert table_of(filled) == result.table


@pytest.mark.parametrize("point", [point for point in MET if point not in (*BEFORE_RECORD, "finished", "tidied")])
def test_killed_and_taken_up_again(point: str, filled: Program) -> None:
    before = table_of(filled)
    code = die(filled, f"{point}=kill")
    assert code is not None
    end(start(Order(filled.home.path, code=code)))
    look(filled)
    assert filled.store.job(code).status == ("Failed" if point == "job created" else "Completed")  # else it has no file
    assert_lawful(filled, filled.store.job(code), before, expected(before, UPLOAD.file))


@pytest.mark.parametrize("point", MET)
def test_disk_full_at(point: str, filled: Program) -> None:
    before = table_of(filled)
    known = {job.code for job in filled.store.jobs()}
    end(start(Order(filled.home.path, UPLOAD.data, interrupt=f"{point}=disk full")))
    look(filled)
    for job in filled.store.jobs():
        if job.code not in known:
            assert_lawful(filled, job, before, expected(before, UPLOAD.file))
            assert job.status == ("Completed" if point in AFTER_COMMIT else "Failed")
            assert job.failure_reason is None or "disk is full" in job.failure_reason
    assert_clean(filled)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        *((first, second) for first in ("staged", "commit announced") for second in ("recovering", "finished")),
        *(
            (first, second)
            for first in ("committed", "report half written")
            for second in ("recovering", "reported", "finished")
        ),
    ],
)
def test_whoever_settles_dies_too(first: str, second: str, filled: Program) -> None:
    before = table_of(filled)
    code = die(filled, f"{first}=kill")
    assert code is not None
    end(start(Order(filled.home.path, interrupt=f"{second}=kill", only_looks=True)))
    look(filled)
    assert_lawful(filled, filled.store.job(code), before, expected(before, UPLOAD.file))


@pytest.mark.parametrize("point", ["started", "staged", "clients changed", "committed"])
def test_settled_while_another_program_has_the_database(point: str, filled: Program) -> None:
    code = die(filled, f"{point}=kill")
    assert code is not None
    cli = CommandLine(filled.home.path)
    with cli.locked():
        seen = cli("job", code, "--json").json
    if point == "committed":
        assert seen["status"] == "InProgress"  # nobody can know, and nobody says what is wrong
        assert cli("job", code, "--json").json["status"] == "Completed"
    else:
        assert seen["status"] == "Failed"


@pytest.mark.parametrize(("point", "status"), [("commit announced", "Failed"), ("committed", "Completed")])
def test_the_next_import_settles_as_soon_as_it_has_the_database(point: str, status: str, filled: Program) -> None:
    code = die(filled, f"{point}=kill")
    assert code is not None
    other = Order(filled.home.path, b"Code,Name,Type\nZ9,Zed,Ltd\n")
    with paused(filled, "planned", other):
        impatient = Program(filled.home.path).database
        impatient._lock_wait_seconds = 0  # the other import has it, and keeps it
        recover_all(filled.store, impatient, filled.home)
        assert filled.store.job(code).status == status


def test_a_process_with_the_same_number_is_not_believed(filled: Program) -> None:
    code = die(filled, "staged=kill")
    assert code is not None
    with sa.create_engine(f"sqlite:///{filled.home.job_store}").begin() as connection:
        here = filled.store.heartbeat(filled.receive(UPLOAD.data))
        assert here is not None
        connection.execute(sa.update(jobs).where(jobs.c.code == code).values(pid=here.process.pid))
    recover_all(filled.store, filled.database, filled.home)
    assert filled.store.job(code).status == "Failed"


def test_a_machine_that_was_restarted_is_known_by_silence(filled: Program) -> None:
    code = die(filled, "staged=kill")
    assert code is not None
    heartbeat = filled.store.heartbeat(code)
    assert heartbeat is not None
    here = filled.store.heartbeat(filled.receive(UPLOAD.data))
    assert here is not None
    engine = sa.create_engine(f"sqlite:///{filled.home.job_store}")
    old = (here.process.started or "").replace("-", "0", 1)  # another start of the machine
    with engine.begin() as connection:
        connection.execute(sa.update(jobs).where(jobs.c.code == code).values(pid=here.process.pid, process_started=old))
    recover_all(filled.store, filled.database, filled.home)
    assert filled.store.job(code).status == "InProgress"  # it might be another machine of that name
    for seconds, status in ((25, "InProgress"), (31, "Failed")):
        with engine.begin() as connection:
            silent = now().replace(tzinfo=None) - timedelta(seconds=seconds)
            connection.execute(sa.update(jobs).where(jobs.c.code == code).values(heartbeat=silent))
        recover_all(filled.store, filled.database, filled.home)
        assert filled.store.job(code).status == status


@pytest.mark.parametrize("seconds", [31, -3600], ids=["silent", "silent since the clock was set back"])
def test_a_process_that_cannot_be_seen_is_given_time_for_a_sign_of_life(seconds: int, filled: Program) -> None:
    code = die(filled, "staged=kill")
    assert code is not None
    engine = sa.create_engine(f"sqlite:///{filled.home.job_store}")

    def has_been_silent(seconds: float) -> None:
        since = now().replace(tzinfo=None) - timedelta(seconds=seconds)
        its = {"heartbeat": since, "process_started": "another-start/of/the-machine"}
        with engine.begin() as connection:
            connection.execute(sa.update(jobs).where(jobs.c.code == code).values(**its))

    has_been_silent(seconds)
    sign = threading.Timer(0.5, has_been_silent, [0])
    sign.start()
    recover_all(filled.store, filled.database, filled.home)
    sign.join()
    assert filled.store.job(code).status == "InProgress"
    has_been_silent(seconds)
    recover_all(filled.store, filled.database, filled.home)
    assert filled.store.job(code).status == "Failed"


def test_job_that_is_going_to_be_repeated_is_left_to_that_for_a_while(filled: Program) -> None:
    code = die(filled, "staged=kill")
    assert code is not None
    engine = sa.create_engine(f"sqlite:///{filled.home.job_store}")
    for seconds, status in ((40, "InProgress"), (46, "Failed")):
        silent = now().replace(tzinfo=None) - timedelta(seconds=seconds)
        with engine.begin() as connection:
            connection.execute(sa.update(jobs).where(jobs.c.code == code).values(is_retried=True, heartbeat=silent))
        recover_all(filled.store, filled.database, filled.home)
        assert filled.store.job(code).status == status


def test_queued_job_whose_process_died_fails(filled: Program) -> None:
    code = die(filled, "job placed=kill")
    assert code is not None
    assert filled.store.job(code).status == "Queued"
    look(filled)
    job = filled.store.job(code)
    assert (job.status, job.started_date) == ("Failed", None)
    assert "gone" in (job.failure_reason or "")


def test_queued_job_that_waits_to_be_started_waits_a_day(filled: Program) -> None:
    job = filled.store.create(
        "waitingjob", "c.csv", filled.store.options(filled.store.jobs()[0].code), "t", starts_here=False
    )
    recover_all(filled.store, filled.database, filled.home)
    assert filled.store.job(job.code).status == "Queued"
    for minutes, status in ((24 * 60 - 1, "Queued"), (24 * 60 + 1, "Cancelled")):
        with sa.create_engine(f"sqlite:///{filled.home.job_store}").begin() as connection:
            earlier = now().replace(tzinfo=None) - timedelta(minutes=minutes)
            connection.execute(sa.update(jobs).where(jobs.c.code == job.code).values(created_date=earlier))
        recover_all(filled.store, filled.database, filled.home)
        assert filled.store.job(job.code).status == status


def test_paused_process_that_was_taken_for_dead_commits_nothing(filled: Program) -> None:
    before = table_of(filled)
    code = filled.receive(UPLOAD.data, duplicates="last")
    with sa.create_engine(f"sqlite:///{filled.home.job_store}").begin() as connection:
        connection.execute(sa.update(jobs).where(jobs.c.code == code).values(pid=None, heartbeat=None))
    with paused(filled, "ledger written", Order(filled.home.path, code=code)) as (_, resume):
        job = filled.store.job(code)
        failed = filled.store.finish(replace(job, status=Status.FAILED, failure_reason="taken for dead"))
        assert failed.status == "Failed"
        resume()
    assert table_of(filled) == before
    assert filled.store.job(code) == failed


def test_another_live_process_is_not_taken_over(filled: Program) -> None:
    with paused(filled, "batch staged", Order(filled.home.path, UPLOAD.data)) as (code, resume):
        with pytest.raises(JobStateError, match="by another process"):
            filled.store.start(code)
        end(start(Order(filled.home.path, code=code)))
        assert filled.store.job(code).status == "InProgress"
        assert resume() == 0
    assert filled.store.job(code).status == "Completed"
    assert_clean(filled)


@pytest.mark.parametrize(
    ("point", "status"),
    [("job placed", "Cancelled"), ("staged", "Cancelled"), ("ledger written", "Cancelled"), ("committed", "Completed")],
)
@pytest.mark.parametrize("goes_on", [True, False])
def test_cancel_is_certain_before_the_commit_mark_and_loses_after(
    point: str, status: str, goes_on: bool, filled: Program
) -> None:
    before = table_of(filled)
    with paused(filled, point, Order(filled.home.path, UPLOAD.data)) as (code, resume):
        job = filled.store.request_cancel(code)
        assert job.status == ("InProgress" if status == "Completed" else "Cancelled")
        if goes_on:
            resume()
    look(filled)
    assert filled.store.job(code).status == status
    assert_lawful(filled, filled.store.job(code), before, expected(before, UPLOAD.file))
    with pytest.raises(JobStateError, match=f"ended as {status}"):
        filled.store.request_cancel(code)


def test_cancel_between_two_steps_of_a_dagster_run_leaves_no_working_files(filled: Program) -> None:
    order = Order(filled.home.path, UPLOAD.data, as_dagster_run=True)
    with paused(filled, "staged", order) as (code, resume):
        filled.store.request_cancel(code)
        assert resume() == 0
    assert filled.store.job(code).status == "Cancelled"
    assert_clean(filled)  # without anybody having looked


def test_database_that_is_garbage_or_another(filled: Program, tmp_path: Path) -> None:
    code = die(filled, "committed=kill")
    assert code is not None
    kept = filled.home.clients_database.rename(tmp_path / "kept")
    wal = filled.home.path / "clients.duckdb.wal"
    kept_wal = wal.rename(tmp_path / "kept.wal") if wal.exists() else None
    filled.home.clients_database.write_bytes(b"garbage" * 1000)
    recover_all(filled.store, filled.database, filled.home)
    assert filled.store.job(code).status == "InProgress"  # what it was cannot be known now
    job = filled.run(UPLOAD.data, duplicates="last")
    assert (job["status"], "cannot be opened" in job["failureReason"]) == ("Failed", True)
    kept.rename(filled.home.clients_database)
    if kept_wal:
        kept_wal.rename(wal)
    recover_all(filled.store, filled.database, filled.home)
    assert filled.store.job(code).status == "Completed"


def test_database_whose_ledger_is_damaged_stops_nobody_from_looking(filled: Program) -> None:
    code = die(filled, "committed=kill")
    assert code is not None
    with duckdb.connect(str(filled.home.clients_database)) as connection:
        connection.execute("ALTER TABLE import_jobs RENAME COLUMN code TO codes")
    recover_all(filled.store, filled.database, filled.home)
    assert filled.store.job(code).status == "InProgress"
    with duckdb.connect(str(filled.home.clients_database)) as connection:
        connection.execute("ALTER TABLE import_jobs RENAME COLUMN codes TO code")
    recover_all(filled.store, filled.database, filled.home)
    assert filled.store.job(code).status == "Completed"


def test_database_in_use_for_longer_than_the_limit(filled: Program) -> None:
    before = table_of(filled)
    with CommandLine(filled.home.path).locked():
        settings = {"CLIENT_IMPORT_LOCK_WAIT_SECONDS": "0.5"}
        end(start(Order(filled.home.path, UPLOAD.data, settings=settings)))
    job = filled.store.jobs(limit=1)[0]
    assert job.status == "Failed"
    assert "still was after 0.5 seconds" in (job.failure_reason or "")
    assert_lawful(filled, job, before, expected(before, UPLOAD.file))


def test_a_copy_is_not_given_what_the_log_beside_it_has(filled: Program, tmp_path: Path) -> None:
    copy = filled.home.clients_database.read_bytes()
    before = table_of(filled)
    filled.run(UPLOAD.data, duplicates="last")
    assert die(filled, "committed=kill") is not None
    log = filled.home.path / "clients.duckdb.wal"
    assert log.stat().st_size
    filled.home.clients_database.write_bytes(copy)
    job = filled.run(b"Code,Name,Type\nZ9,Zed,Ltd\n")
    assert job["status"] == "Failed"
    assert "The log clients.duckdb.wal beside it is of another state of the database" in job["failureReason"]
    log.rename(tmp_path / "log")
    assert table_of(filled) == before
    assert filled.run(b"Code,Name,Type\nZ9,Zed,Ltd\n")["createdCount"] == 1


def test_ledger_without_the_job_is_believed(filled: Program) -> None:
    backup = filled.home.clients_database.read_bytes()
    code = die(filled, "committed=kill")
    assert code is not None
    (filled.home.path / "clients.duckdb.wal").unlink(missing_ok=True)
    filled.home.clients_database.write_bytes(backup)
    look(filled)
    assert filled.store.job(code).status == "Failed"


def test_job_store_of_an_older_version_is_brought_up_to_date(filled: Program, tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite"
    JobStore.at(path).close()
    new = {"process_started", "is_retried", "commit_mark", "files"}
    with sa.create_engine(f"sqlite:///{path}").begin() as connection:
        for column in new:
            connection.execute(sa.text(f"ALTER TABLE jobs DROP COLUMN {column}"))
        connection.execute(sa.text("PRAGMA user_version = 0"))
    with JobStore.at(path) as store:
        assert (
            store.create("abcabcabc2", "c.csv", filled.store.options(filled.store.jobs()[0].code), "t").status
            == "Queued"
        )


def test_every_point_is_in_the_code_and_in_the_document() -> None:
    root = Path(__file__).parents[2]
    sources = [path.read_text("utf-8") for path in (root / "client_import").rglob("*.py")]
    sources.append((root / "assets/whole_import.py").read_text("utf-8"))
    used = {name for source in sources for name in re.findall(r'\bfailpoint\("([a-z ]+)"\)', source)}
    assert used == {*FAILPOINTS, *DROP_FAILPOINTS, *NOTIFY_FAILPOINTS}
    told = re.findall(r"^\| `([a-z ]+)` \|", (root / "docs/reliability.md").read_text("utf-8"), re.MULTILINE)
    assert told == list(FAILPOINTS)
