"""Covers imports that the HTTP API sends to a Dagster deployment: real webserver, daemon and code server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
from pydantic import SecretStr

from assets.step import STARTED_BY_TAG
from client_import.errors import StoreError
from client_import.jobs.record import Counts, Status
from client_import.settings import Settings
from client_import.undo_job import ask_for_undo
from pipelines.launch_in_dagster import DagsterQueue
from pipelines.launcher import open_launcher
from tests.support.cli import wait_until
from tests.support.daemon import Daemon
from tests.support.launching import asked, begin, ended, rows, upload
from tests.support.program import Program

pytestmark = [pytest.mark.slow, pytest.mark.long]

KEY = "a-key-of-a-test"
NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def daemon(program: Program) -> Iterator[Daemon]:
    with closing(Daemon(program.home.path, KEY)) as daemon:
        yield daemon


def test_imports_in_dagster(program: Program, daemon: Daemon) -> None:
    """One story, because starting the parts takes longer than all of it."""
    early = asked(program, rows(2, "Early"))
    settings = program.settings.model_copy(update={"dagster_url": daemon.url, "api_keys": SecretStr(KEY)})
    wrong_key(program, settings)
    with closing(open_launcher(settings, program.home, program.store)) as launcher:
        wait_until(launcher.is_able, "Dagster to know the job")
        assert ended(program, early).counts == Counts(created=2)
        undone(program, daemon, launcher, imported(program, daemon, launcher))
        run_that_dagster_lost(program)
        cancelled_in_the_queue(program, daemon, launcher)
    run_that_cannot_begin(program, daemon, settings)
    dagster_away(program, daemon, settings)


def wrong_key(program: Program, settings: Settings) -> None:
    wrong = settings.model_copy(update={"api_keys": SecretStr("another")})
    with closing(DagsterQueue(wrong, program.home, program.store)) as launcher:
        assert not launcher.is_able()
        sentence = r"does not take the import now \(The key in the header x-api-key is not valid\)"
        with pytest.raises(StoreError, match=sentence):
            launcher.start(program.store.waiting.start_requested()[0])


def imported(program: Program, daemon: Daemon, launcher: DagsterQueue) -> str:
    code = begin(program, launcher, rows(500))
    job = ended(program, code)
    assert (job.status, job.counts) == (Status.COMPLETED, Counts(created=500))
    run = program.store.run_of(code)
    assert run is not None
    assert daemon.wait_for(run, "SUCCESS", "FAILURE") == "SUCCESS"
    assert daemon.tags(run)[STARTED_BY_TAG] == "api"
    assert len([run for run in daemon.runs() if daemon.tags(run["runId"]).get("client_import/job") == code]) == 1
    return code


def undone(program: Program, daemon: Daemon, launcher: DagsterQueue, code: str) -> None:
    undo = ask_for_undo(program.home, program.store, code, "api", starts_here=False).code
    launcher.start(undo)
    assert ended(program, undo).counts == Counts(removed=500)
    run = program.store.run_of(undo)
    assert run is not None
    assert daemon.wait_for(run, "SUCCESS", "FAILURE") == "SUCCESS"
    assert daemon.tags(run)["client_import/file"] == f"Undo of {code}"


def run_that_dagster_lost(program: Program) -> None:
    """A server submitted it and died, and the records of Dagster were moved away."""
    code = upload(program, rows(1, "Lost"))
    program.store.link(code, "00000000-0000-0000-0000-000000000000")
    program.store.waiting.request_start(code, program.store.options(code))
    assert ended(program, code).counts == Counts(created=1)


def cancelled_in_the_queue(program: Program, daemon: Daemon, launcher: DagsterQueue) -> None:
    daemon.stop_daemon()
    code = begin(program, launcher, rows(1, "Cancelled"))
    run = program.store.run_of(code)
    assert run is not None
    assert program.store.waiting.start_requested() == [code]
    daemon.terminate(run)
    assert ended(program, code).status is Status.CANCELLED


def run_that_cannot_begin(program: Program, daemon: Daemon, settings: Settings) -> None:
    """Dagster says that the run failed, and the job knows nothing of it."""
    with closing(DagsterQueue(settings, program.home, program.store, ends_after_seconds=1)) as launcher:
        code = begin(program, launcher, rows(1, "Never"))
        run = program.store.run_of(code)
        assert run is not None
        daemon.fail(run)
        job = ended(program, code)
    assert job.status is Status.FAILED
    assert job.failure_reason == "Dagster could not start the import; nothing was imported. The Dagster UI says why."
    daemon.start_daemon()


def dagster_away(program: Program, daemon: Daemon, settings: Settings) -> None:
    """What was asked for meanwhile is imported when it is back."""
    daemon.webserver.terminate()
    daemon.webserver.wait()
    with closing(DagsterQueue(settings, program.home, program.store)) as launcher:
        assert not launcher.is_able()
        code = upload(program, rows(1, "Away"))
        program.store.waiting.request_start(code, program.store.options(code))
        with pytest.raises(StoreError, match="does not take the import now"):
            launcher.start(code)
        assert program.store.waiting.start_requested() == [code]
        daemon.start_webserver()
        assert ended(program, code).counts == Counts(created=1)


def test_dagster_that_is_not_there(program: Program) -> None:
    settings = program.settings.model_copy(update={"dagster_url": NOBODY})
    with closing(DagsterQueue(settings, program.home, program.store)) as launcher:
        assert not launcher.is_able()
        code = asked(program, rows(1))
        sentence = (
            rf"^Dagster at {NOBODY} does not take the import now \(it does not answer\)\. "
            "It is started as soon as Dagster does; see that its webserver runs and that CLIENT_IMPORT_DAGSTER_URL is "
            r"right\.$"
        )
        with pytest.raises(StoreError, match=sentence):
            launcher.start(code)
    assert program.store.waiting.start_requested() == [code]
