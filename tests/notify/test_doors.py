"""Covers who delivers: the commands at their end, the server of the API, and the sensor of the drop folder."""

from __future__ import annotations

import time
from pathlib import Path

import dagster as dg
import pytest

from tests.support.api_server import ApiServer
from tests.support.cli import CommandLine, wait_until
from tests.support.drop_runs import Ticks
from tests.support.ended_jobs import ended
from tests.support.forked import end, start_call
from tests.support.program import Program
from tests.support.receivers import Webhook, a_webhook

pytestmark = pytest.mark.slow

FILE = b"Code,Name,Type\nA1,Ann,Individual\nB2,Bob,Zorp\n"


@pytest.fixture
def job_database() -> str:
    """The doors are the same on PostgreSQL."""
    return ""


def test_commands_tell_of_the_jobs_that_they_end(cli: CommandLine, webhook: Webhook) -> None:
    """On a busy machine its few seconds for that may be over before; then the next command does it."""
    told, undoable = {"CLIENT_IMPORT_NOTIFY": webhook.url}, list[str]()

    def run_is_told() -> bool:
        done = cli("run", "-", "--json", stdin=FILE, **told)
        assert (done.status, done.stderr) == (3, "")
        undoable[:] = undoable or [done.json["code"]]
        return done.json["code"] in webhook.jobs

    def undo_is_told() -> bool:
        undone = cli("undo", undoable[-1], "--json", **told)
        assert (undone.status, undone.stderr) == (0, "")
        undoable.append(undone.json["code"])
        return undone.json["code"] in webhook.jobs

    wait_until(run_is_told, "a command to tell of its import")
    wait_until(undo_is_told, "a command to tell of its undo")
    silent = cli("run", "-", "--json", stdin=FILE).json["code"]
    assert silent not in webhook.jobs
    assert {posted.json["status"] for posted in webhook.posted} == {"Completed"}


def test_an_import_neither_fails_nor_waits_for_a_receiver_that_does_not_answer(
    cli: CommandLine, webhook: Webhook
) -> None:
    webhook.answers += [0]
    with a_webhook() as away:
        settings = {"CLIENT_IMPORT_NOTIFY": f"{webhook.url},{away.url}", "CLIENT_IMPORT_LOG": "off"}
    began = time.monotonic()
    done = cli("run", "-", "--json", stdin=FILE, **settings)
    assert time.monotonic() - began < 60  # the receiver keeps its connection open for that long
    assert (done.status, done.stderr, done.json["status"]) == (3, "", "Completed")


def test_the_server_of_the_api_tells_of_its_jobs(tmp_path: Path, webhook: Webhook) -> None:
    webhook.answers += [503]
    with (
        a_webhook() as other,
        ApiServer(tmp_path / "home", CLIENT_IMPORT_NOTIFY=f"{webhook.url},{other.url}") as api,
    ):
        code = api.run(FILE)["code"]
        wait_until(lambda: other.jobs == [code], "the webhook to be told")
        assert webhook.jobs == [code]
        cancelled = api.uploaded(FILE)
        assert api.client.post(f"/clients/import/csv/{cancelled}/cancel").status_code == 200
        wait_until(lambda: other.jobs == [code, cancelled], "the webhook to be told of another job")


def tick_until(file: str) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        Ticks(instance)()
        wait_until(Path(file).exists, "the end of the test")


def test_the_sensor_of_the_drop_folder_delivers(
    program: Program, webhook: Webhook, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CLIENT_IMPORT_HOME", str(program.home.path))
    code, over = ended(program), tmp_path / "over"
    process = start_call(tick_until, str(over))
    wait_until(lambda: webhook.jobs == [code], "the webhook to be told")
    over.touch()
    assert end(process) == 0
