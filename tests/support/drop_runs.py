"""The drop folder as Dagster sees it: ticks of the sensor, and the runs it asks for, in this process."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import dagster as dg

from client_import.errors import ClientImportError
from client_import.failpoints import arm
from client_import.inbox.folder import open_drop_folder
from client_import.inbox.ingest import claim_dropped, finalise, finalise_all
from client_import.paths import new_code
from client_import.settings import Settings
from pipelines.definitions import defs
from pipelines.drop_sensor import drop_folder
from pipelines.job_run import CLIENT_IMPORT
from resources.inbox import InboxResource
from resources.job_store import JobStoreResource
from tests.support.program import Program

ROOT = Path(__file__).parents[2]

_TAKE_AND_DIE = """
import os, sys
from pathlib import Path
from client_import.inbox.folder import open_drop_folder
from client_import.inbox.ingest import claim_dropped
from client_import.paths import Home
from client_import.jobs.store import JobStore
from client_import.settings import Settings

path, address, name = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
home = Home(path).create()
drop = open_drop_folder(Settings(home=path, drop=address), home)
if sys.argv[4] == "before taking":
    drop.claim = lambda *_: os._exit(9)
if sys.argv[4] == "while copying":
    drop._fetch = lambda *_: os._exit(9)
claim_dropped(home, JobStore.at(home.job_store), drop, name, None, "deadc0de42", "test")
os._exit(9)
"""
"""A process that takes a file and is gone before its import, in the middle of the taking, or before it."""


class Ticks:
    """The sensor, tick after tick, with its cursor; it looks at the home folder of the environment."""

    def __init__(self, instance: dg.DagsterInstance, watch_seconds: float = 0) -> None:
        self.instance = instance
        self.watch_seconds = watch_seconds
        self.cursor: str | None = None
        self.said = ""

    def __call__(self) -> list[dg.RunRequest]:
        """Do one tick and return what it asks for."""
        result = drop_folder(
            dg.build_sensor_context(cursor=self.cursor, instance=self.instance),
            job_store=JobStoreResource(),
            inbox=InboxResource(watch_seconds=self.watch_seconds),
        )
        assert isinstance(result, dg.SensorResult)
        self.cursor = result.cursor
        self.said = (result.skip_reason.skip_message or "") if result.skip_reason else ""
        requests = list(result.run_requests or [])
        assert {request.job_name for request in requests} <= {job.name for job in drop_folder.jobs}
        return requests

    def recovered(self) -> list[dg.RunRequest]:
        """Do two ticks: what appeared before them is ready at the second."""
        return [*self(), *self()]

    def job(self, request: dg.RunRequest) -> dg.JobDefinition:
        """The job that a request is for."""
        return defs.resolve_job_def(request.job_name or CLIENT_IMPORT)

    def run(self, request: dg.RunRequest) -> dg.ExecuteInProcessResult:
        """Do a run as Dagster makes it of a request."""
        return self.job(request).execute_in_process(
            run_config=request.run_config,
            tags={**request.tags, "dagster/run_key": request.run_key or ""},
            instance=self.instance,
            raise_on_error=False,
        )


class DropHome:
    """A home folder with its drop folder, on this machine."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.folder = home / "drop"
        self.folder.mkdir(parents=True)

    def put(self, name: str, content: bytes, age: float = 0) -> Path:
        """Put a file there that was last changed ``age`` seconds ago."""
        file = self.folder / name
        file.write_bytes(content)
        if age:
            then = file.stat().st_mtime - age
            os.utime(file, (then, then))
        return file

    def names(self) -> set[str]:
        """All files below the drop folder."""
        return {str(file.relative_to(self.folder)) for file in self.folder.rglob("*") if not file.is_dir()}

    def jobs(self) -> list[dict[str, Any]]:
        """The job records, newest first."""
        program = Program(self.home)
        try:
            return [job.to_json() for job in program.store.jobs()]
        finally:
            program.store.close()

    def codes(self) -> list[str]:
        """The codes of the clients."""
        program = Program(self.home)
        try:
            return [client["code"] for client in program.clients()]
        finally:
            program.store.close()


def other_file_system() -> Path | None:
    """A folder on another file system than the temporary one, where there is one."""
    memory = Path("/dev/shm")
    is_other = memory.is_dir() and os.access(memory, os.W_OK) and memory.stat().st_dev != Path("/tmp").stat().st_dev
    return memory if is_other else None


def take_and_die(drop: DropHome, address: str, name: str, moment: str) -> None:
    command = [sys.executable, "-c", _TAKE_AND_DIE, str(drop.home), address, name, moment]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 9, done.stderr


def import_dropped(home: Path, address: str, name: str, interrupt: str = "") -> None:
    """Take a file, import it and put it away, as a run does; and be interrupted where that is wanted."""
    arm(interrupt)
    program = Program(home)
    drop, code = open_drop_folder(Settings(home=home, drop=address), program.home), new_code()
    with suppress(ClientImportError, OSError):
        taken = claim_dropped(program.home, program.store, drop, name, None, code, "test")
        if taken is not None:
            program.carry_on(code)
    with suppress(ClientImportError, OSError):
        finalise(program.home, program.store, drop, code)


def look_after(home: Path, address: str, interrupt: str = "") -> None:
    """Look at the drop folder once, as the sensor and the command do; and be interrupted where that is wanted."""
    arm(interrupt)
    program = Program(home)
    drop = open_drop_folder(Settings(home=home, drop=address), program.home)
    finalise_all(program.home, program.store, program.database, drop)
