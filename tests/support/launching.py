"""What starts imports as the HTTP API does: a job is made of an upload, asked to start, and handed to a launcher.

As a program, ``python -m tests.support.launching``, it is such a server in a process of its own, which can be killed.
It reads ``start CODE`` and ``close SECONDS`` from its standard input.
"""

from __future__ import annotations

import io
import os
import signal
import socket
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from client_import.jobs.record import Job
from client_import.jobs.store import JobStore
from client_import.paths import Home
from client_import.pipeline import receive
from client_import.settings import read_settings
from pipelines.launcher import Launcher, open_launcher
from tests.support.cli import PATIENCE_SECONDS, wait_until
from tests.support.limits import LIMITS
from tests.support.program import Program, import_options

ROOT = Path(__file__).parents[2]


def upload(program: Program, data: bytes, file_name: str = "clients.csv") -> str:
    """Make a job that waits to be started; returns its code."""
    stream = io.BytesIO(data)
    return receive(
        program.home, program.store, stream, file_name, import_options(), "api", LIMITS, starts_here=False
    ).code


def asked(program: Program, data: bytes, **options: Any) -> str:
    """Make a job that was asked to start; returns its code."""
    code = upload(program, data)
    program.store.waiting.request_start(code, import_options(**options))
    return code


def begin(program: Program, launcher: Launcher, data: bytes, **options: Any) -> str:
    """Have ``data`` imported; returns the code of the job."""
    code = asked(program, data, **options)
    launcher.start(code)
    return code


def ended(program: Program, code: str) -> Job:
    """Wait for the end of the job, without looking after it as a user's look would."""
    wait_until(lambda: program.store.job(code).status.is_final, f"job {code} to end")
    return program.store.job(code)


def until_waiting(program: Program, code: str) -> int:
    """Wait until the job waits for the clients database; returns the id of its process."""
    wait_until(lambda: (program.store.job_progress(code).phase or "").startswith("waiting"), f"job {code} to wait")
    return worker_of(program, code)


def worker_of(program: Program, code: str) -> int:
    """The id of the process that has, or had, the job."""
    heartbeat = program.store.heartbeat(code)
    assert heartbeat is not None
    return heartbeat.process.pid


def rows(count: int, prefix: str = "C") -> bytes:
    """A file of so many good clients."""
    lines = (f"{prefix}{number},Client {number},Ltd\n" for number in range(count))
    return ("Code,Name,Type\n" + "".join(lines)).encode()


class Server:
    """The server in a process of its own, in a process group of its own."""

    def __init__(self, home: Path, **settings: str) -> None:
        self._home = str(home)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("CLIENT_IMPORT_", "DAGSTER"))}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.launching"],
            cwd=ROOT,
            env={**kept, "PYTHONPATH": str(ROOT), "CLIENT_IMPORT_HOME": self._home, **settings},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        assert self.process.stdout is not None
        self.socket = self.process.stdout.readline().decode().strip()
        assert self.socket

    def say(self, words: str) -> None:
        """Have it do something."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{words}\n".encode())
        self.process.stdin.flush()

    def end(self) -> float:
        """Wait for its end; returns the seconds that took."""
        began = datetime.now(UTC)
        self.process.wait(PATIENCE_SECONDS)
        return (datetime.now(UTC) - began).total_seconds()

    def close(self) -> None:
        """Kill it."""
        self.process.kill()
        self.process.communicate()

    def processes(self) -> list[psutil.Process]:
        """Everything that it has started and that has not ended."""
        return [each for each in psutil.process_iter() if each.pid != self.process.pid and self._is_ours(each)]

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            environment = process.environ()
            return environment.get("CLIENT_IMPORT_HOME") == self._home and process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return False


def serve() -> None:
    """Be the server, with a listening socket as careless as uvicorn's."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    settings = read_settings()
    home = Home(settings.home).create()
    with socket.socket() as listener, JobStore.at(home.job_store) as store:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.set_inheritable(True)
        launcher = open_launcher(settings, home, store)
        wait_until(launcher.is_able, "the launcher")
        print(os.readlink(f"/proc/self/fd/{listener.fileno()}"), flush=True)  # noqa: PTH115
        for line in sys.stdin:
            what, _, value = line.strip().partition(" ")
            if what == "start":
                launcher.start(value)
            else:
                launcher.close(float(value))
                return


if __name__ == "__main__":
    serve()
