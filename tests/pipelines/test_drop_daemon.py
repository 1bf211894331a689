"""Covers a dropped file's whole way with a real Dagster daemon and its code server: nobody does anything but drop.

The daemon has a DAGSTER_HOME and free ports of its own, and is ended by its own process id.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import dagster as dg
import psutil
import pytest

from tests.support.cli import PATIENCE_SECONDS, CommandLine, let_go, wait_until
from tests.support.daemon import Daemon
from tests.support.instance import instance_of

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
ENDED = ("SUCCESS", "FAILURE", "CANCELED")
MIXED = b"Code,Name,Type\nA1,Acme,Ltd\nA2,Bee,Zorp\n"


@contextmanager
def daemon(cli: CommandLine, **settings: str) -> Iterator[None]:
    """Have Dagster's daemon run, as ``client-import serve`` has it."""
    dagster_home = cli.home / "dagster"
    dagster_home.mkdir(parents=True)
    shutil.copy(ROOT / "dagster.yaml", dagster_home)
    command = [Path(sys.executable).with_name("dagster-daemon"), "run", "--workspace", ROOT / "workspace.yaml"]
    with (cli.home / "daemon.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**cli.environment, "DAGSTER_HOME": str(dagster_home), "CLIENT_IMPORT_DROP_SECONDS": "1", **settings},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            yield
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(PATIENCE_SECONDS)
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)  # the process and what it started


def ended(cli: CommandLine, count: int) -> list[dict[str, Any]]:
    """Wait until ``count`` jobs have ended; returns them, newest first."""

    def have_ended() -> bool:
        jobs = cli.jobs()
        return len(jobs) == count and all(job["completedDate"] for job in jobs)

    wait_until(have_ended, f"{count} imports", seconds_between=0.5)
    return cli.jobs()


@pytest.mark.long
def test_dropped_corrected_and_dropped_again(tmp_path: Path) -> None:
    cli = CommandLine(tmp_path / "home")
    drop = cli.home / "drop"
    drop.mkdir(parents=True)
    with daemon(cli):
        for name, content in (("clients.csv", MIXED), ("older.csv", b"Code,Name,Type\nA1,Old Name,Ltd\n")):
            (drop / f".{name}").write_bytes(content)
        older = (drop / ".older.csv").stat().st_mtime - 60
        os.utime(drop / ".older.csv", (older, older))
        for name in ("clients.csv", "older.csv"):
            (drop / f".{name}").rename(drop / name)
        newer, first = ended(cli, 2)
        assert (first["fileName"], first["createdCount"]) == ("older.csv", 1)
        assert (newer["fileName"], newer["updatedCount"], newer["errorCount"]) == ("clients.csv", 1, 1)
        rejected = drop / "rejected" / "clients.not_imported.csv"
        wait_until(rejected.exists, "the rows to correct")
        wait_until((drop / "done" / "clients.csv").exists, "the file to be put away")
        assert (drop / "done" / "clients.csv").read_bytes() == MIXED
        rejected.write_bytes(rejected.read_bytes().replace(b'"Zorp"', b'"Trust"', 1))
        rejected.rename(drop / rejected.name)
        corrected = ended(cli, 3)[0]
        assert (corrected["fileName"], corrected["createdCount"]) == ("clients.not_imported.csv", 1)
        with instance_of(cli.home) as instance:
            wait_until(lambda: all(run.is_finished for run in instance.get_runs()), "the runs to end")
            runs = instance.get_runs()
    assert [client[0] for client in cli.clients()] == ["Acme", "Bee"]  # the newer file had the last word
    assert {path.name for path in drop.iterdir()} == {"rejected", "done"}
    assert list((drop / "rejected").iterdir()) == []
    assert {path.name for path in (drop / "done").iterdir()} == {"clients.csv", "older.csv", "clients.not_imported.csv"}
    assert {run.status for run in runs} == {dg.DagsterRunStatus.SUCCESS}
    imports = [run for run in runs if run.job_name == "client_import"]
    assert [run.tags["client_import/job"] for run in imports] == [job["code"] for job in cli.jobs()]
    assert {run.tags["client_import/started_by"] for run in runs} == {"drop folder"}


def held_up(cli: CommandLine) -> str:
    """Drop two files while the clients are locked; returns the job of the first, once it waits for them."""
    drop = cli.home / "drop"
    for number in (1, 2):
        (drop / f".{number}.csv").write_bytes(b"Code,Name,Type\nN%d,New,Ltd\n" % number)
        time = (drop / f".{number}.csv").stat().st_mtime + number - 60
        os.utime(drop / f".{number}.csv", (time, time))
        (drop / f".{number}.csv").rename(drop / f"{number}.csv")
    wait_until(lambda: any(job["phase"] and "waiting for" in job["phase"] for job in cli.jobs()), "the first to wait")
    return next(job["code"] for job in cli.jobs() if job["fileName"] == "1.csv")


def seconds_to_next(cli: CommandLine, first: str) -> tuple[dict[str, Any], float]:
    """Wait until both have ended; returns the first job, and how long after its end the second one was imported."""
    jobs = {job["code"]: job for job in ended(cli, 3)}
    stopped = jobs.pop(first)
    second = next(job for job in jobs.values() if job["fileName"] == "2.csv")
    assert (second["status"], second["createdCount"]) == ("Completed", 1)
    after = datetime.fromisoformat(second["completedDate"]) - datetime.fromisoformat(stopped["completedDate"])
    return stopped, after.total_seconds()


MOST_SECONDS_TO_NEXT = 60
"""A run that did not end would keep the next file waiting for as long as it may take: hours."""


@pytest.mark.long
@pytest.mark.parametrize("settings", [{}, {"CLIENT_IMPORT_RUN_SECONDS": "8"}], ids=["cancelled", "too long"])
def test_run_that_is_stopped_ends_and_the_next_file_is_imported(settings: dict[str, str], tmp_path: Path) -> None:
    cli = CommandLine(tmp_path / "home")
    assert cli("run", "-", "--quiet", stdin=b"Code,Name,Type\nA1,Acme,Ltd\n").status == 0
    shutil.rmtree(cli.home / "dagster")
    (cli.home / "drop").mkdir(exist_ok=True)
    with daemon(cli, **settings), cli.locked() as holder:
        first = held_up(cli)
        if not settings:
            assert cli("cancel", first).status == 0
        wait_until(lambda: {job["code"]: job for job in cli.jobs()}[first]["completedDate"], "the first to end")
        let_go(holder)
        stopped, seconds = seconds_to_next(cli, first)
    print(f"The next file was imported {seconds:.1f} s after the end of the first.")
    assert stopped["status"] == ("Failed" if settings else "Cancelled")
    assert stopped["failureReason"] is None or "CLIENT_IMPORT_RUN_SECONDS allows" in stopped["failureReason"]
    assert (stopped["failureReason"] is not None) == bool(settings)
    assert [client[0] for client in cli.clients()] == ["Acme", "New"]
    assert seconds < MOST_SECONDS_TO_NEXT


@pytest.mark.long
@pytest.mark.parametrize("asks", ["nobody", "somebody"])
def test_a_code_server_that_is_killed_leaves_no_job_in_progress(asks: str, tmp_path: Path) -> None:
    """With its runs, as when its container is. Nothing is imported until it is back; then all goes on by itself."""
    home = tmp_path / "home"
    cli = CommandLine(home)
    assert cli("run", "-", "--quiet", stdin=b"Code,Name,Type\nA1,Acme,Ltd\n").status == 0
    shutil.rmtree(home / "dagster")
    (home / "drop").mkdir(exist_ok=True)
    dagster = Daemon(home, CLIENT_IMPORT_DROP_SECONDS="1")
    with closing(dagster):
        with cli.locked():
            first = held_up(cli)
            killed = [psutil.Process(dagster.code_server.pid)]
            killed += killed[0].children(recursive=True)
            for process in killed:
                process.kill()
            dagster.code_server.wait()
            psutil.wait_procs(killed, PATIENCE_SECONDS)
        if asks == "somebody":  # as soon as no repetition of the run need be waited for
            wait_until(lambda: cli("job", first, "--json").json["completedDate"] is not None, "the job to end", 1)
        dagster.start_code_server()
        stopped, seconds = seconds_to_next(cli, first)
        wait_until(lambda: all(run["status"] in ENDED for run in dagster.runs()), "the runs to end", 1)
    print(f"The next file was imported {seconds:.1f} s after the end of the first.")
    assert (stopped["status"], stopped["createdCount"]) == ("Failed", 0)
    assert [client[0] for client in cli.clients()] == ["Acme", "New"]
    assert {path.name for path in (home / "drop" / "failed").iterdir()} == {"1.csv", "1.csv.txt"}
