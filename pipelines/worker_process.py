"""A worker as its server sees it: a process, the pipe to it, and the job it has."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing import process as multiprocessing_process
from multiprocessing.connection import Connection

from client_import.system.fork_server import start_fork_server
from client_import.system.limited import memory_of

_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["pipelines.worker"])


def _work(orders: Connection, environment: Mapping[str, str]) -> None:
    from pipelines.worker import work  # which loads Dagster and pandas; the server needs neither

    work(orders, environment)


class WorkerProcess:
    """A process that imports jobs, one at a time; it ends by itself when ``close`` is called or its server is gone.

    ``connection`` is ready to be read when it has something to say, or has ended.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.connection, theirs = _PROCESSES.Pipe()
        self._process = _PROCESSES.Process(target=_work, args=(theirs, environment), name="import-worker")
        with theirs, _ctrl_c_blocked():
            start_fork_server()
            self._process.start()
        # A server that ends is not to wait for the imports that go on without it.
        multiprocessing_process._children.discard(self._process)  # type: ignore[attr-defined]
        self.is_ready = False
        self.code: str | None = None
        self.jobs = 0
        self.reason: str | None = None  # why it was killed, or did not come to be

    @property
    def pid(self) -> int:
        """The process id."""
        return int(self._process.pid or 0)

    @property
    def is_gone(self) -> bool:
        """Whether the process has ended."""
        return self._process.exitcode is not None

    @property
    def memory(self) -> int:
        """The bytes of memory it has; 0 when it has ended."""
        return memory_of(self.pid)

    @property
    def is_new(self) -> bool:
        """Whether it is still warming up."""
        return not (self.is_ready or self.code or self.jobs)

    def give(self, code: str) -> bool:
        """Give it a job; returns whether it is there to take it."""
        try:
            self.connection.send(code)
        except OSError:
            return False
        self.code, self.is_ready = code, False
        return True

    def hear(self) -> bool | None:
        """Return whether it is ready for another job; None when it has ended, or does not come to be."""
        try:
            said = self.connection.recv()
        except (EOFError, OSError):
            return None
        if isinstance(said, str):
            self.reason = said
            return None
        self.is_ready = bool(said)
        return self.is_ready

    def kill(self, reason: str) -> None:
        """Kill it, for that ``reason``."""
        self.reason = reason
        self._process.kill()

    def close(self) -> None:
        """Let it end: at once when it has no job, else after that."""
        self.connection.close()

    def wait(self, seconds: float) -> None:
        """Wait for its end."""
        self._process.join(seconds)


@contextmanager
def _ctrl_c_blocked() -> Iterator[None]:
    """What is started meanwhile never hears of Ctrl-C, which goes to every process of a terminal."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
