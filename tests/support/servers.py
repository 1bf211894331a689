"""Servers of the program for tests: processes of their own that write a log, and are ended by themselves."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from tests.support.cli import PATIENCE_SECONDS
from tests.support.forked import run_server, start_call_in

ROOT = Path(__file__).parents[2]


class Server(Protocol):
    """What tests use of the process of a server."""

    @property
    def pid(self) -> int: ...

    def poll(self) -> int | None: ...

    def wait(self, timeout: float | None = None) -> int: ...

    def terminate(self) -> None: ...

    def kill(self) -> None: ...


def start(module: str, *arguments: str | Path, environment: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
    """Start ``python -m module`` with what it says in ``log``."""
    return start_program(sys.executable, "-m", module, *arguments, environment=environment, log=log)


def start_program(*command: str | Path, environment: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
    """Start a program with what it says in ``log``."""
    with log.open("ab") as said:
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env={**environment, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
        )


class Forked:
    """A server that is forked from a process which has its modules; it is started in a fraction of the time."""

    def __init__(
        self, main: Callable[[], None], arguments: tuple[str, ...], environment: Mapping[str, str], log: Path
    ) -> None:
        self._process = start_call_in({**environment, "PYTHONPATH": str(ROOT)}, run_server, main, arguments, log)
        assert self._process.pid is not None
        self.pid = self._process.pid

    def poll(self) -> int | None:
        """The exit status, minus the signal that ended it; None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end; returns as :meth:`poll`. Raises TimeoutExpired."""
        self._process.join(timeout)
        status = self._process.exitcode
        if status is None:
            raise subprocess.TimeoutExpired(self._process.name, timeout or 0)
        return status

    def terminate(self) -> None:
        """Send it SIGTERM."""
        self._process.terminate()

    def kill(self) -> None:
        """Send it SIGKILL."""
        self._process.kill()


def end(*processes: Server) -> None:
    """End the processes as whoever started them does; one that does not end is killed, and fails the test."""
    for process in processes:
        process.terminate()
    try:
        for process in processes:
            process.wait(PATIENCE_SECONDS)
    finally:
        for process in processes:
            process.kill()
            process.wait()
