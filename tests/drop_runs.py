"""The drop folder as Dagster sees it: ticks of the sensor, and the runs it asks for, in this process."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import dagster as dg

from pipelines.definitions import defs
from pipelines.drop_sensor import drop_folder
from tests.program import Program

QUIET = {"console": {"config": {"log_level": "CRITICAL"}}}


class Ticks:
    """The sensor, tick after tick, with its cursor; it looks at the home folder of the environment."""

    def __init__(self, instance: dg.DagsterInstance) -> None:
        self.instance = instance
        self.cursor: str | None = None
        self.said = ""

    def __call__(self) -> list[dg.RunRequest]:
        """Do one tick and return what it asks for."""
        result = drop_folder(dg.build_sensor_context(cursor=self.cursor, instance=self.instance))
        assert isinstance(result, dg.SensorResult)
        self.cursor = result.cursor
        self.said = (result.skip_reason.skip_message or "") if result.skip_reason else ""
        return list(result.run_requests or [])

    def settled(self) -> list[dg.RunRequest]:
        """Do two ticks: what appeared before them is ready at the second."""
        return [*self(), *self()]

    def run(self, request: dg.RunRequest) -> dg.ExecuteInProcessResult:
        """Do a run as Dagster makes it of a request."""
        return defs.resolve_job_def("client_import").execute_in_process(
            run_config={**request.run_config, "loggers": QUIET},
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
