"""Covers the imports of worker processes that stay: several at once, cancelled, killed, too big, and what is tagged.

Not here: a server that ends, or is killed (test_workers_alone.py).
"""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from assets.step import FILE_TAG, JOB_TAG, STARTED_BY_TAG
from client_import.failpoints import FAILPOINTS, VARIABLE
from client_import.jobs.record import Counts, Status
from client_import.jobs.store import JobStore
from pipelines.instance import open_instance
from pipelines.launch import launch_here
from pipelines.workers import WorkerPool
from tests.support.cli import CommandLine, let_go, wait_until
from tests.support.dying import assert_lawful, expected, some_upload, table_of
from tests.support.launching import asked, begin, ended, rows, until_waiting, upload, worker_of
from tests.support.program import Program

pytestmark = pytest.mark.slow

EARLIER, UPLOAD = some_upload(random.Random(1)), some_upload(random.Random(10))
AFTER_COMMIT = FAILPOINTS[FAILPOINTS.index("committed") :]
CANCEL_WITHIN = timedelta(seconds=2)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Program, WorkerPool]]:
    """Two workers for many tests, which see the clients of each other."""
    os.environ.pop("DAGSTER_HOME", None)
    program = Program(tmp_path_factory.mktemp("workers") / "home")
    program.run(rows(1, "Before"))
    with closing(program.store), closing(open_pool(program)) as pool:
        yield program, pool


def open_pool(program: Program, most_jobs: int = 100, **settings: object) -> WorkerPool:
    os.environ.pop("DAGSTER_HOME", None)
    return WorkerPool(program.settings.model_copy(update=settings), program.home, program.store, most_jobs)


def test_500_rows(shared: tuple[Program, WorkerPool]) -> None:
    program, pool = shared
    code = begin(program, pool, rows(500))
    job = ended(program, code)
    assert (job.status, job.counts, job.total_items) == (Status.COMPLETED, Counts(created=500), 500)
    assert len([client for client in program.clients() if client["created_by_job"] == code]) == 500
    assert pool.is_able()


def test_asked_by_a_server_that_died_before_it_could_hand_it_out(shared: tuple[Program, WorkerPool]) -> None:
    program, _pool = shared
    code = asked(program, rows(5, "Left"))
    assert ended(program, code).counts.created == 5


def test_two_servers_share_what_was_asked(shared: tuple[Program, WorkerPool]) -> None:
    program, _pool = shared
    codes = [asked(program, rows(3, f"Share{number}x")) for number in range(6)]
    with closing(open_pool(program)):
        jobs = [ended(program, code) for code in codes]
    assert [(job.status, job.counts.created) for job in jobs] == [(Status.COMPLETED, 3)] * 6


def test_the_run_is_in_dagster_with_its_tags(shared: tuple[Program, WorkerPool]) -> None:
    program, pool = shared
    code = begin(program, pool, rows(3))
    ended(program, code)
    with open_instance(program.home) as instance:
        [run] = instance.get_runs(dg.RunsFilter(tags={JOB_TAG: code}))
        wait_until(lambda: instance.get_run_by_id(run.run_id).is_finished, "the run to end")  # type: ignore[union-attr]
        [run] = instance.get_runs(dg.RunsFilter(tags={JOB_TAG: code}))
        assert (run.tags[STARTED_BY_TAG], run.tags[FILE_TAG], run.status.value) == ("api", "clients.csv", "SUCCESS")
        said = [event.message for event in instance.all_logs(run.run_id)]
        assert any(f"Import {code} of clients.csv ended Completed: 3 rows" in line for line in said)
        assert instance.get_latest_materialization_event(dg.AssetKey("import_job")).run_id == run.run_id  # type: ignore[union-attr]


def test_warming_up_leaves_no_trace(shared: tuple[Program, WorkerPool]) -> None:
    program, pool = shared
    ended(program, begin(program, pool, rows(1)))
    assert "warm-up.csv" not in {job.file_name for job in program.store.jobs()}
    wait_until(lambda: not list(program.home.scratch.iterdir()), "what warming up needs to be gone")
    with open_instance(program.home) as instance:
        assert {run.tags[FILE_TAG] for run in instance.get_runs()} == {"clients.csv"}


def test_ten_asked_at_once(shared: tuple[Program, WorkerPool]) -> None:
    program, pool = shared
    codes = [begin(program, pool, rows(5, f"T{number}-")) for number in range(10)]
    jobs = [ended(program, code) for code in codes]
    assert [(job.status, job.counts) for job in jobs] == [(Status.COMPLETED, Counts(created=5))] * 10
    assert program.store.waiting.start_requested() == []
    assert len({worker_of(program, code) for code in codes}) == 2


def test_as_many_at_once_as_there_are_workers_and_the_others_in_their_order(
    shared: tuple[Program, WorkerPool],
) -> None:
    program, pool = shared
    with CommandLine(program.home.path).locked() as holder:
        running = [begin(program, pool, rows(1, f"P{number}-")) for number in range(2)]
        assert len({until_waiting(program, code) for code in running}) == 2
        waiting = [begin(program, pool, rows(1, f"Q{number}-")) for number in range(4)]
        program.store.request_cancel(waiting[1])
        assert program.store.waiting.start_requested() == [waiting[0], *waiting[2:]]
        let_go(holder)
    assert [ended(program, code).status for code in running] == [Status.COMPLETED] * 2
    first, cancelled, second, last = (ended(program, code) for code in waiting)
    assert [job.status for job in (first, cancelled, second, last)] == ["Completed", "Cancelled", *["Completed"] * 2]
    assert first.completed_date is not None
    assert second.completed_date is not None
    assert last.started_date is not None
    assert min(first.completed_date, second.completed_date) <= last.started_date  # two workers began with these
    assert cancelled.started_date is None


def test_options_of_the_start_are_those_of_the_import(shared: tuple[Program, WorkerPool]) -> None:
    program, pool = shared
    code = begin(program, pool, rows(2, "Unknown"), mode="UpdateOnly")
    assert ended(program, code).counts == Counts(skipped=2)


def test_file_that_cannot_be_read_costs_no_worker(shared: tuple[Program, WorkerPool]) -> None:
    program, pool = shared
    codes = [begin(program, pool, b"%PDF-1.7\n") for _ in range(3)]
    jobs = [ended(program, code) for code in codes]
    assert {job.status for job in jobs} == {Status.FAILED}
    assert all("PDF" in (job.failure_reason or "") for job in jobs)
    assert len({worker_of(program, code) for code in codes}) <= 2


def test_cancelled_while_running(shared: tuple[Program, WorkerPool]) -> None:
    program, pool = shared
    with CommandLine(program.home.path).locked():
        code = begin(program, pool, rows(1, "Cancelled"))
        worker = until_waiting(program, code)
        request = datetime.now(UTC)
        program.store.request_cancel(code)
        job = ended(program, code)
        assert job.status is Status.CANCELLED
        assert job.completed_date is not None
        assert job.completed_date - request <= CANCEL_WITHIN
    after = [begin(program, pool, rows(1, f"After{number}-")) for number in range(4)]
    assert {ended(program, code).status for code in after} == {Status.COMPLETED}
    assert worker in {worker_of(program, code) for code in after}


def test_terminated_in_the_dagster_ui(shared: tuple[Program, WorkerPool]) -> None:
    program, pool = shared
    with CommandLine(program.home.path).locked(), open_instance(program.home) as instance:
        code = begin(program, pool, rows(1, "Terminated"))
        until_waiting(program, code)
        [run] = instance.get_runs(dg.RunsFilter(tags={JOB_TAG: code}))
        instance.report_run_canceling(run)
        assert ended(program, code).status is Status.CANCELLED


def test_second_run_of_the_same_job_does_not_disturb_the_first(shared: tuple[Program, WorkerPool]) -> None:
    program, pool = shared
    with CommandLine(program.home.path).locked() as holder:
        code = begin(program, pool, rows(1, "Once"))
        worker = until_waiting(program, code)
        assert launch_here(program.home, program.store, program.database, code, "test").status is Status.IN_PROGRESS
        let_go(holder)
    assert (ended(program, code).status, worker_of(program, code)) == (Status.COMPLETED, worker)


def test_killed_while_importing(shared: tuple[Program, WorkerPool]) -> None:
    program, pool = shared
    before = table_of(program)
    with CommandLine(program.home.path).locked():
        killed, other = begin(program, pool, rows(1, "Killed")), begin(program, pool, rows(1, "Other"))
        waiting = begin(program, pool, rows(1, "Waiting"))
        until_waiting(program, other)
        os.kill(until_waiting(program, killed), signal.SIGKILL)
        job = ended(program, killed)
        assert job.status is Status.FAILED
        assert "The process that ran the import is gone" in (job.failure_reason or "")
    assert [ended(program, code).status for code in (other, waiting)] == [Status.COMPLETED] * 2
    assert set(table_of(program)) - set(before) == {"other0", "waiting0"}
    assert pool.is_able()


def test_told_to_end_it_ends_after_the_import(shared: tuple[Program, WorkerPool]) -> None:
    program, pool = shared
    with CommandLine(program.home.path).locked() as holder:
        code = begin(program, pool, rows(1, "Told"))
        worker = until_waiting(program, code)
        os.kill(worker, signal.SIGTERM)
        os.kill(worker, signal.SIGINT)
        let_go(holder)
    assert ended(program, code).status is Status.COMPLETED
    wait_until(lambda: not Path(f"/proc/{worker}").exists(), "the worker to end")
    assert ended(program, begin(program, pool, rows(1, "Next"))).status is Status.COMPLETED


@pytest.mark.long
@pytest.mark.parametrize("point", ["batch staged", "commit announced", "committed", "finished"])
def test_killed_at(point: str, program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    program.carry_on(program.receive(EARLIER.data, duplicates="last"))
    before = table_of(program)
    monkeypatch.setenv(VARIABLE, f"{point}=kill")
    with closing(open_pool(program, workers=1)) as pool:
        job = ended(program, begin(program, pool, UPLOAD.data, duplicates="last"))
        assert job.status == ("Completed" if point in AFTER_COMMIT else "Failed")
    CommandLine(program.home.path)("jobs")  # clears away
    assert_lawful(program, program.store.job(job.code), before, expected(before, UPLOAD.file))


def test_more_memory_than_it_may_have(program: Program) -> None:
    program.run(EARLIER.data)
    before = program.clients()
    with closing(open_pool(program, workers=1, worker_memory="90MB")) as pool, CommandLine(program.home.path).locked():
        job = ended(program, begin(program, pool, rows(2)))
        assert job.status is Status.FAILED
        assert job.failure_reason == (
            "More than the 90MB of memory that CLIENT_IMPORT_WORKER_MEMORY allows was needed, so nothing was changed. "
            "Allow more; a file can also be imported in parts."
        )
    assert program.clients() == before


@pytest.mark.long
def test_replaced_after_so_many_imports(program: Program) -> None:
    with closing(open_pool(program, 2, workers=1)) as pool:
        codes = [begin(program, pool, rows(1)) for _ in range(5)]
        assert {ended(program, code).status for code in codes} == {Status.COMPLETED}
    first, second, third, fourth, last = (worker_of(program, code) for code in codes)
    assert first == second
    assert third == fourth
    assert len({first, third, last}) == 3


def test_started_in_the_order_of_the_asking_when_it_opens(program: Program) -> None:
    codes = [upload(program, rows(1, f"U{number}-")) for number in range(4)]
    order = [codes[index] for index in (2, 0, 3)]
    for code in order:
        program.store.waiting.request_start(code, program.store.options(code))
    with closing(open_pool(program, workers=1)):
        jobs = [ended(program, code) for code in order]
    assert {job.status for job in jobs} == {Status.COMPLETED}
    assert jobs == sorted(jobs, key=lambda job: job.started_date or datetime.max.replace(tzinfo=UTC))
    assert program.store.job(codes[1]).status is Status.QUEUED


@pytest.mark.long
def test_worker_that_cannot_come_to_be(program: Program, caplog: pytest.LogCaptureFixture) -> None:
    config = program.home.dagster / "dagster.yaml"
    config.parent.mkdir()
    config.write_text("no_such_key: true\n", "utf-8")
    with closing(open_pool(program, workers=1)) as pool:
        code = begin(program, pool, rows(1))
        wait_until(lambda: not pool.is_able(), "the pool to find out")
        assert program.store.job(code).status is Status.QUEUED
        config.unlink()
        assert ended(program, code).status is Status.COMPLETED
        assert pool.is_able()
    assert "A process for imports could not be started (Dagster cannot keep its records in" in caplog.text


@pytest.mark.long
def test_given_to_another_worker_when_its_worker_died_before_it_began(program: Program) -> None:
    with closing(open_pool(program, workers=1)) as pool:
        first = begin(program, pool, rows(1))
        ended(program, first)
        worker = worker_of(program, first)
        wait_until(lambda: pool._workers[0].is_ready, "the worker to be ready")
        os.kill(worker, signal.SIGSTOP)
        code = begin(program, pool, rows(1, "B"))
        wait_until(lambda: not pool._waiting, "the job to be given to the worker")
        os.kill(worker, signal.SIGKILL)
        assert ended(program, code).status is Status.COMPLETED


@pytest.mark.long
def test_two_servers_of_one_home_folder(program: Program) -> None:
    with JobStore.at(program.home.job_store) as store, closing(open_pool(program, workers=1)) as pool:
        codes = [asked(program, rows(3, f"V{number}-")) for number in range(6)]
        with closing(WorkerPool(program.settings, program.home, store)):
            for code in codes:
                pool.start(code)
            jobs = [ended(program, code) for code in codes]
    assert [(job.status, job.counts, job.failure_reason) for job in jobs] == [
        (Status.COMPLETED, Counts(created=3), None)
    ] * 6
