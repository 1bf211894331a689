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
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from tests.cli import PATIENCE_SECONDS, CommandLine, wait_until

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
MIXED = b"Code,Name,Type\nA1,Acme,Ltd\nA2,Bee,Zorp\n"


@contextmanager
def daemon(cli: CommandLine) -> Iterator[None]:
    """Have Dagster's daemon run, as ``client-import serve`` has it."""
    dagster_home = cli.home / "dagster"
    dagster_home.mkdir(parents=True)
    shutil.copy(ROOT / "dagster.yaml", dagster_home)
    command = [sys.executable, "-m", "dagster._daemon", "run", "--workspace", str(ROOT / "workspace.yaml")]
    with (cli.home / "daemon.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**cli.environment, "DAGSTER_HOME": str(dagster_home), "CLIENT_IMPORT_DROP_SECONDS": "1"},
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
        with dg.DagsterInstance.from_config(str(cli.home / "dagster")) as instance:
            wait_until(lambda: all(run.is_finished for run in instance.get_runs()), "the runs to end")
            runs = instance.get_runs()
    assert [client[0] for client in cli.clients()] == ["Acme", "Bee"]  # the newer file had the last word
    assert {path.name for path in drop.iterdir()} == {"rejected", "done"}
    assert list((drop / "rejected").iterdir()) == []
    assert {path.name for path in (drop / "done").iterdir()} == {"clients.csv", "older.csv", "clients.not_imported.csv"}
    assert {run.status for run in runs} == {dg.DagsterRunStatus.SUCCESS}
    assert [run.tags["client_import/job"] for run in runs] == [job["code"] for job in cli.jobs()]
    assert {run.tags["client_import/started_by"] for run in runs} == {"drop folder"}
