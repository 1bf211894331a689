"""Covers imports that are stopped, killed or not alone: what the job ends as, and that the clients stay right.

The deterministic place to stop an import is where it waits for the clients database, which another process holds.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from tests.support.cli import Answer, CommandLine, let_go, wait_until
from tests.support.instance import instance_of

pytestmark = pytest.mark.slow

CANCEL_WITHIN = timedelta(seconds=2)
"""Of the request (docs/rules.md, section 9)."""

FILE = b"Code,Name,Type\nA1,Changed,Ltd\nA2,New,Ltd\n"


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one client, to be copied."""
    cli = CommandLine(tmp_path_factory.mktemp("interrupt") / "home")
    assert cli("run", "-", "--quiet", stdin=b"Code,Name,Type\nA1,Acme,Ltd\n").status == 0
    return cli.home


@pytest.fixture
def cli(imported: Path, tmp_path: Path) -> CommandLine:
    """A home of the test's own with one client."""
    return CommandLine(Path(shutil.copytree(imported, tmp_path / "home")))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file that would change the one client and create another."""
    path = tmp_path / "clients.csv"
    path.write_bytes(FILE)
    return path


@contextmanager
def waiting_import(cli: CommandLine, file: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Have an import wait for the clients database; gives its code and its process."""
    count = len(cli.jobs())
    with cli.locked():
        process = cli.start("run", file)
        try:
            wait_until(lambda: len(cli.jobs()) > count and cli.is_waiting(), "the import to wait for the database")
            yield cli.jobs()[0]["code"], process
        finally:
            process.kill()
            process.communicate()


def left_files(cli: CommandLine, code: str) -> set[str]:
    return {path.name for path in (cli.home / "jobs" / code).rglob("*")}


@contextmanager
def run_of(cli: CommandLine, code: str) -> Iterator[tuple[dg.DagsterInstance, dg.DagsterRun]]:
    """The Dagster instance, and the run in it that imports the job."""
    with instance_of(cli.home) as instance:
        [run] = instance.get_runs(dg.RunsFilter(tags={"client_import/job": code}))
        yield instance, run


def run_status(cli: CommandLine, code: str) -> str:
    with run_of(cli, code) as (_, run):
        return run.status.value


def assert_cancelled(cli: CommandLine, code: str, answer: Answer, asked: datetime) -> None:
    """The import ended Cancelled, soon, said so, and left no working files."""
    [job] = [job for job in cli.jobs() if job["code"] == code]
    assert (answer.status, job["status"]) == (130, "Cancelled"), (answer, job)
    assert "Cancelled" in answer.stdout
    assert answer.stderr == ""
    assert datetime.fromisoformat(job["completedDate"]) - asked <= CANCEL_WITHIN
    assert (job["createdCount"], job["updatedCount"], job["failureReason"]) == (0, 0, None)
    left = left_files(cli, code)
    assert "attempts" not in left
    assert not {name for name in left if name.endswith((".cells.arrow", ".rows.parquet"))}
    assert "plan.json" in left or not {name for name in left if name.endswith("row_errors.parquet")}


@pytest.mark.parametrize(
    "signals",
    [[signal.SIGINT], [signal.SIGTERM], [signal.SIGINT, signal.SIGINT, signal.SIGTERM]],
    ids=["Ctrl-C", "SIGTERM", "three at once"],
)
def test_a_signal_cancels(signals: list[signal.Signals], cli: CommandLine, file: Path) -> None:
    before = cli.clients()
    with waiting_import(cli, file) as (code, process):
        asked = datetime.now(UTC)
        for number in signals:
            process.send_signal(number)
        assert_cancelled(cli, code, cli.end(process), asked)
    assert cli.clients() == before
    assert run_status(cli, code) == "CANCELED"


def test_cancel_from_another_process(cli: CommandLine, file: Path) -> None:
    before = cli.clients()
    with waiting_import(cli, file) as (code, process):
        answer = cli("cancel", code)
        assert (answer.status, answer.stderr) == (0, "")
        assert code in answer.stdout
        assert_cancelled(cli, code, cli.end(process), datetime.now(UTC))
    assert cli.clients() == before
    assert run_status(cli, code) == "CANCELED"
    again = cli("cancel", code)
    assert again.status in (1, 2)
    assert "ended as Cancelled" in again.stderr


def test_a_finished_job_is_not_cancelled(cli: CommandLine) -> None:
    [job] = cli.jobs()
    answer = cli("cancel", job["code"])
    assert answer.status in (1, 2)
    assert answer.stdout == ""
    assert f"Job {job['code']} cannot be cancelled: it has already ended as Completed." in answer.stderr
    assert cli.jobs() == [job]


def test_ctrl_c_while_rows_are_read(cli: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "large.csv"
    with file.open("w") as lines:
        lines.write("Code,Name,Type\n")
        lines.writelines(f"K{number},Client {number},Ltd\n" for number in range(6_000_000))
    before = cli.clients()
    process = cli.start("run", file)
    try:
        wait_until(lambda: len(cli.jobs()) > 1 and cli.jobs()[0]["processedItems"] > 0, "the first rows to be read")
        asked = datetime.now(UTC)
        process.send_signal(signal.SIGINT)
        answer = cli.end(process)
    finally:
        process.kill()
    job = cli.jobs()[0]
    assert_cancelled(cli, job["code"], answer, asked)
    assert (job["totalItems"], job["phase"]) == (None, "reading")
    assert 0 < job["processedItems"] < 6_000_000
    assert cli.clients() == before


@pytest.mark.parametrize("moment", ["at once", "a little later"])
def test_ctrl_c_as_soon_as_there_is_a_job(moment: str, cli: CommandLine, file: Path) -> None:
    with cli.locked():  # however late the signal is, the import has not committed
        process = cli.start("run", file)
        try:
            wait_until(lambda: len(cli.jobs()) > 1, "the job", seconds_between=0.002)
            if moment == "a little later":
                wait_until(lambda: cli.jobs()[0]["status"] != "Queued", "the job to start", seconds_between=0.002)
            asked = datetime.now(UTC)
            process.send_signal(signal.SIGINT)
            answer = cli.end(process)
        finally:
            process.kill()
    assert_cancelled(cli, cli.jobs()[0]["code"], answer, asked)
    assert len(cli.clients()) == 1


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 130)])
def test_a_signal_while_the_file_comes_in_leaves_nothing(number: signal.Signals, status: int, cli: CommandLine) -> None:
    folders = set((cli.home / "jobs").iterdir())
    process = cli.start("run", "-")  # standard input stays open and empty
    try:
        wait_until(lambda: any((cli.home / "scratch").glob("coming-in*")), "the folder the file comes in to")
        process.send_signal(number)
        process.wait(10)
        answer = cli.end(process)
    finally:
        process.kill()
    assert set((cli.home / "jobs").iterdir()) == folders
    assert not any((cli.home / "scratch").iterdir())
    assert answer.status == status
    assert len(cli.jobs()) == 1


def test_a_killed_import_is_settled_by_whoever_looks(cli: CommandLine, file: Path) -> None:
    before = cli.clients()
    with waiting_import(cli, file) as (code, process):
        process.kill()
        process.wait()
    seen = cli("job", code, "--json")
    assert (seen.status, seen.json["status"]) == (0, "Failed")
    assert "gone" in seen.json["failureReason"]
    assert left_files(cli, code) == {"source", "layout.json", "staged.json"}
    assert cli.clients() == before
    assert cli("run", file, "--quiet").status == 0
    assert len(cli.clients()) == 2
    assert cli("job", code, "--json").json == seen.json
    assert run_status(cli, code) == "FAILURE"


def test_a_run_terminated_by_force_in_the_dagster_ui_is_cancelled(cli: CommandLine, file: Path) -> None:
    before = cli.clients()
    with waiting_import(cli, file) as (code, process):
        with run_of(cli, code) as (instance, run):
            asked = datetime.now(UTC)
            instance.report_run_canceling(run)
            instance.report_run_canceled(run)
        assert_cancelled(cli, code, cli.end(process), asked)
    assert cli.clients() == before


@pytest.mark.parametrize("options", [[], ["--dry-run"]], ids=["import", "dry run"])
def test_five_signals_leave_nothing_behind(options: list[str], cli: CommandLine, file: Path) -> None:
    before = cli.clients()
    with cli.locked():
        process = cli.start("run", file, *options)
        wait_until(lambda: any((cli.home / "scratch").iterdir()), "the import to have a folder")
        for _ in range(5):
            process.send_signal(signal.SIGINT)
        answer = cli.end(process)
    assert answer.status == 130, answer
    assert cli.clients() == before
    assert not any((cli.home / "scratch").iterdir())


def test_many_make_a_new_home_at_once(tmp_path: Path) -> None:
    cli = CommandLine(tmp_path / "new")
    answers = [cli.end(process) for process in [cli.start("jobs", "--json") for _ in range(6)]]
    assert answers == [Answer(0, "[]\n", "")] * 6


def test_two_imports_at_once_on_a_new_home(tmp_path: Path) -> None:
    cli = CommandLine(tmp_path / "new")
    files = [tmp_path / "one.csv", tmp_path / "two.csv"]
    for file, numbers in zip(files, (range(300), range(200, 500)), strict=True):
        file.write_text("Code,Name,Type\n" + "".join(f"C{n},Client {n},Ltd\n" for n in numbers), "utf-8")
    processes = [cli.start("run", file, "--json") for file in files]
    answers = [cli.end(process) for process in processes]
    assert [answer.status for answer in answers] == [0, 0], answers
    jobs: list[dict[str, Any]] = [answer.json for answer in answers]
    assert sorted(job["createdCount"] for job in jobs) == [200, 300]
    assert sorted(job["skippedCount"] for job in jobs) == [0, 100]
    assert len(cli.clients()) == 500
    assert {job["code"] for job in cli.jobs()} == {job["code"] for job in jobs}


def test_two_imports_that_both_wait_both_complete(cli: CommandLine, file: Path) -> None:
    with cli.locked() as holder:
        processes = [cli.start("run", file, "--json") for _ in range(2)]
        wait_until(lambda: len(cli.jobs()) == 3, "both jobs")
        let_go(holder)
        answers = [cli.end(process) for process in processes]
    assert [answer.status for answer in answers] == [0, 0], answers
    jobs: list[dict[str, Any]] = [answer.json for answer in answers]
    assert sorted(job["createdCount"] + job["updatedCount"] for job in jobs) == [0, 2]
    assert len(cli.clients()) == 2
