"""Covers runs of a real Dagster daemon, webserver and code server: launched, queued, cancelled, killed, repeated."""

from __future__ import annotations

import io
import os
import signal
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from client_import.options import ImportOptions
from client_import.paths import Home
from client_import.pipeline import receive
from client_import.settings import Settings
from pipelines.workers import WorkerPool
from tests.support.cli import let_go, wait_until
from tests.support.daemon import Daemon
from tests.support.limits import LIMITS

pytestmark = pytest.mark.slow

CANCEL_WITHIN = timedelta(seconds=2)


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """All parts, for the tests of this file one after the other."""
    daemon = Daemon(tmp_path_factory.mktemp("daemon") / "home")
    try:
        yield daemon
    finally:
        daemon.close()


def write(daemon: Daemon, *codes: str) -> str:
    """A file with clients of these codes."""
    file = daemon.cli.home.parent / f"{'-'.join(codes)}.csv"
    file.write_text("Code,Name,Type\n" + "".join(f"{code},Client {code},Ltd\n" for code in codes), "utf-8")
    return str(file)


def codes(daemon: Daemon) -> list[str]:
    return [row[1] for row in daemon.cli.clients()]


def is_waiting(daemon: Daemon, code: str) -> bool:
    return (daemon.store.job_progress(code).phase or "").startswith("waiting for")


def kill(daemon: Daemon, code: str) -> int:
    """Kill the process that runs the job."""
    heartbeat = daemon.store.heartbeat(code)
    assert heartbeat is not None
    os.kill(heartbeat.process.pid, signal.SIGKILL)
    return heartbeat.process.pid


@pytest.mark.long
def test_runs_launched_cancelled_killed_and_repeated(daemon: Daemon) -> None:
    """One story, because starting the parts takes longer than all of it."""
    launched(daemon)
    asked_for_a_path(daemon)
    repeated_when_finished(daemon)
    cancelled_while_running(daemon)
    cancelled_while_queued(daemon)
    killed_while_running(daemon)
    code_server_killed(daemon)
    daemon_killed(daemon)
    every_door_is_on_the_page_of_the_job(daemon)


def asked_for_a_path(daemon: Daemon) -> None:
    [preset] = daemon.page_of_job()["presets"]
    assert preset["runConfigYaml"].split() == [
        "ops:", "source_file:", "config:", "path:", str(daemon.cli.home.parent / "NAME-OF-YOUR-FILE.csv"),
    ]  # fmt: skip
    assert daemon.errors_of_config(path="clients.csv") == []
    [missing] = daemon.errors_of_config(import_mode="CreateOnly")
    assert 'Missing required config entry "path"' in missing
    [wrong] = daemon.errors_of_config(path="clients.csv", import_mode="Sometimes")
    assert "Sometimes" in wrong


def every_door_is_on_the_page_of_the_job(daemon: Daemon) -> None:
    """The timeline shows the runs that have a repository; the page of the job those with its tag."""
    drop = daemon.cli.home / "drop"
    file = write(daemon, "E1")
    daemon.cli("run", file)
    drop.mkdir(exist_ok=True)
    (drop / "now.csv").write_text("Code,Name,Type\nE2,Eve,Ltd\n", "utf-8")
    daemon.cli("drop")
    with closing(WorkerPool(Settings(home=daemon.cli.home, workers=1), Home(daemon.cli.home), daemon.store)) as pool:
        code = receive_upload(daemon, b"Code,Name,Type\nE3,Eva,Ltd\n")
        pool.start(code)
        wait_until(lambda: daemon.store.job(code).status.is_final, "the worker to import it")
    runs = daemon.page_of_job()["runs"]
    doors = {tag["value"] for run in runs for tag in run["tags"] if tag["key"] == "client_import/started_by"}
    assert doors >= {"launchpad", "command line", "api"}
    assert {run["runId"] for run in runs} == {run["runId"] for run in daemon.runs()}
    origin = {"repositoryName": "__repository__", "repositoryLocationName": "client_import"}
    assert [run["repositoryOrigin"] for run in runs] == [origin] * len(runs)
    daemon.start_daemon()
    again = daemon.repeat(runs[0]["runId"], "ALL_STEPS")  # which Dagster does to runs of a job alone
    assert daemon.wait_for(again, "SUCCESS", "FAILURE") == "FAILURE"
    assert "has already ended as Completed" in daemon.said(again)


def receive_upload(daemon: Daemon, data: bytes) -> str:
    """Receive a file as the API does, and ask for its import."""
    options, place = ImportOptions.parse({}), Home(daemon.cli.home)
    job = receive(place, daemon.store, io.BytesIO(data), "api.csv", options, "api", LIMITS, starts_here=False)
    daemon.store.waiting.request_start(job.code, options)
    return job.code


def launched(daemon: Daemon) -> None:
    run = daemon.launch(path=write(daemon, "A1", "A2"))
    assert daemon.wait_for(run, "SUCCESS", "FAILURE") == "SUCCESS", daemon.said(run)
    code = daemon.wait_for_job(1, "Completed")
    assert codes(daemon) == ["A1", "A2"]
    assert f"Import {code} of A1-A2.csv ended Completed: 2 rows, 2 created" in daemon.said(run)


def repeated_when_finished(daemon: Daemon) -> None:
    [first] = daemon.runs()
    before, job = daemon.cli.clients(), daemon.store.jobs()[0]
    run = daemon.repeat(first["runId"], "ALL_STEPS")
    assert daemon.wait_for(run, "SUCCESS", "FAILURE") == "FAILURE"
    assert f"Job {job.code} has already ended as Completed; import the file again as a new job." in daemon.said(run)
    assert daemon.cli.clients() == before
    assert daemon.store.jobs() == [job]


def cancelled_while_running(daemon: Daemon) -> None:
    before = daemon.cli.clients()
    with daemon.cli.locked():
        run = daemon.launch(path=write(daemon, "B1"))
        code = daemon.wait_for_job(2, "InProgress")
        wait_until(lambda: is_waiting(daemon, code), "the run to wait for the clients database")
        asked = datetime.now(UTC)
        daemon.terminate(run)
        daemon.wait_for_job(2, "Cancelled")
        ended = daemon.store.job(code).completed_date
        assert ended is not None
        assert ended - asked <= CANCEL_WITHIN
        assert daemon.wait_for(run, "CANCELED", "FAILURE") == "CANCELED"
    assert daemon.cli.clients() == before


def cancelled_while_queued(daemon: Daemon) -> None:
    before = daemon.cli.clients()
    home = Home(daemon.cli.home)
    job = receive(
        home, daemon.store, io.BytesIO(b"Code,Name\n"), "q.csv", ImportOptions(), "test", LIMITS, starts_here=False
    )
    daemon.stop_daemon()
    handed, terminated = daemon.launch(path="clients.csv", job_code=job.code), daemon.launch(path=write(daemon, "Q1"))
    assert [daemon.status(run) for run in (handed, terminated)] == ["QUEUED"] * 2
    assert daemon.cli("cancel", job.code).status == 0
    daemon.terminate(terminated)
    daemon.start_daemon()
    daemon.wait_for(handed, "CANCELED")
    daemon.wait_for(terminated, "CANCELED")
    assert daemon.store.job(job.code).status == "Cancelled"
    assert len(daemon.store.jobs()) == 3
    assert daemon.cli.clients() == before


def killed_while_running(daemon: Daemon) -> None:
    """The daemon repeats the run, and the new one goes on with the same job, also when somebody looks meanwhile."""
    with daemon.cli.locked() as holder:
        run = daemon.launch(path=write(daemon, "D1"))
        code = daemon.wait_for_job(4, "InProgress")
        wait_until(lambda: is_waiting(daemon, code), "the run to wait for the clients database")
        killed = kill(daemon, code)
        assert daemon.cli("job", code, "--json").json["status"] == "InProgress"
        wait_until(lambda: daemon.store.heartbeat(code).process.pid != killed, "another run to take the job over")  # type: ignore[union-attr]
        let_go(holder)
    assert daemon.wait_for_job(4, "Completed") == code
    again = next(each["runId"] for each in daemon.runs() if each["parentRunId"] == run)
    assert daemon.wait_for(again, "SUCCESS", "FAILURE") == "SUCCESS", daemon.said(again)
    assert codes(daemon) == ["A1", "A2", "D1"]
    assert daemon.store.job(code).counts.created == 1


def code_server_killed(daemon: Daemon) -> None:
    """Its run is an orphan that goes on; the new code server's run of the same job does not disturb it."""
    with daemon.cli.locked() as holder:
        daemon.launch(path=write(daemon, "E1"))
        code = daemon.wait_for_job(5, "InProgress")
        wait_until(lambda: is_waiting(daemon, code), "the run to wait for the clients database")
        daemon.code_server.kill()
        daemon.code_server.wait()
        daemon.start_code_server()
        let_go(holder)
    daemon.wait_for_job(5, "Completed")
    assert codes(daemon) == ["A1", "A2", "D1", "E1"]


def daemon_killed(daemon: Daemon) -> None:
    """The run it has launched goes on without it."""
    with daemon.cli.locked() as holder:
        run = daemon.launch(path=write(daemon, "F1"))
        code = daemon.wait_for_job(6, "InProgress")
        wait_until(lambda: is_waiting(daemon, code), "the run to wait for the clients database")
        daemon.daemon.kill()
        daemon.daemon.wait()
        let_go(holder)
    assert daemon.wait_for(run, "SUCCESS", "FAILURE") == "SUCCESS", daemon.said(run)
    daemon.wait_for_job(6, "Completed")
    assert codes(daemon) == ["A1", "A2", "D1", "E1", "F1"]
