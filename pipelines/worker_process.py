"""A worker as its server sees it: a process, the pipe to it, and the job it has."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from multiprocessing import Pipe

from client_import.system.limited import memory_of


class WorkerProcess:
    """A process that imports jobs, one at a time; it ends by itself when ``close`` is called or its server is gone.

    ``connection`` is ready to be read when it has something to say, or has ended.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.connection, theirs = Pipe()
        number = theirs.fileno()
        with theirs, _ctrl_c_blocked():
            self._process = subprocess.Popen(
                [sys.executable, "-m", "pipelines.worker", str(number)],
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                pass_fds=[number],
            )
        self.is_ready = False
        self.code: str | None = None
        self.jobs = 0
        self.reason: str | None = None  # why it was killed, or did not come to be

    @property
    def is_gone(self) -> bool:
        """Whether the process has ended."""
        return self._process.poll() is not None

    @property
    def memory(self) -> int:
        """The bytes of memory it has; 0 when it has ended."""
        return memory_of(self._process.pid)

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

    def end(self, seconds: float) -> None:
        """Wait ``seconds`` for its end, and kill it if it has not ended then; it must have no job."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
            return
        self._process.kill()
        self._process.wait()


@contextmanager
def _ctrl_c_blocked() -> Iterator[None]:
    """What is started meanwhile never hears of Ctrl-C, which goes to every process of a terminal."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
