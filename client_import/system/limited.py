"""Run functions one at a time in a child process, each with a limit on memory and time.

Uploaded files are read there: a file that crashes or exhausts the child process only raises an error in the caller.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from time import monotonic, sleep
from typing import ParamSpec, TypeVar, cast

import psutil

from client_import.system.fork_server import start_fork_server

MOST_ANSWER_BYTES = 16 << 20
"""Limits the size of a pickled result, because the calling process has to load it."""

_POLL_SECONDS = 0.05
_MOST_STARTS = 20
_GRACE_SECONDS = 5.0
_END_SECONDS = 5.0
_NICENESS = 5

_PROCESSES = multiprocessing.get_context("forkserver")
_FORKS = multiprocessing.get_context("fork")

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one call: ``memory`` in bytes for the whole process, and ``seconds`` of wall-clock time."""

    memory: int
    seconds: float


class Excess(StrEnum):
    """Why a call was cut off."""

    TIME = "time"
    MEMORY = "memory"
    ANSWER = "answer"
    DIED = "died"


class CutOffError(Exception):
    """A call exceeded a limit, or its process died; ``excess`` says which."""

    def __init__(self, excess: Excess) -> None:
        super().__init__(excess)
        self.excess = excess


def memory_of(pid: int) -> int:
    """Return the resident memory of the process ``pid`` in bytes; 0 if it has ended."""
    with suppress(psutil.Error):
        return int(psutil.Process(pid).memory_info().rss)
    return 0


class LimitedProcess:
    """A child process that runs one function at a time. It ends when its parent ends or closes it."""

    def __init__(self, *, is_fork: bool = False) -> None:
        """Start the process.

        With ``is_fork`` it is forked from this process, which must have no other threads; its modules are loaded
        already. Without, it comes from the fork server, imports its modules itself and runs at a lower priority.
        When the fork server is killed meanwhile, the process is asked of a new one. Raises CutOffError if it cannot be
        started.
        """
        self._connection, child_end = _PROCESSES.Pipe()
        with child_end:
            if is_fork:
                arguments = (child_end, self._connection)
                self._process: BaseProcess = _FORKS.Process(target=_serve_in_fork, args=arguments, daemon=True)
            else:
                self._process = _PROCESSES.Process(target=_serve, args=(child_end,), name="limited", daemon=True)
            self._start(is_fork=is_fork)
        self._lock = threading.RLock()
        self.calls = 0

    @property
    def pid(self) -> int:
        """The process id."""
        return int(self._process.pid or 0)

    @property
    def memory(self) -> int:
        """The resident memory of the process in bytes; 0 if it has ended."""
        return memory_of(self.pid)

    @property
    def is_alive(self) -> bool:
        """Whether the process accepts calls; it does not after a call was cut off."""
        return not self._connection.closed and self._process.is_alive()

    def call(
        self,
        limits: Limits,
        work: Callable[Arguments, Answer],
        /,
        *arguments: Arguments.args,
        **named: Arguments.kwargs,
    ) -> Answer:
        """Run ``work``, a module-level function, in the process; return what it returns, or raise what it raises.

        Raises CutOffError if the call exceeds ``limits``, if its result exceeds 16 MiB when pickled, or if the process
        dies. The process has ended then, unless only the result was too large.
        """
        self.calls += 1
        with self._lock:
            try:
                is_done, answer = self._exchange(limits, (limits.seconds, work, arguments, named))
            except CutOffError:
                self.close()
                raise
        if not is_done:
            raise cast(Exception, answer)
        return cast(Answer, answer)

    def close(self) -> None:
        """Kill the process."""
        self._process.kill()
        with self._lock:  # a call in progress returns first, so that its connection is not closed under it
            self._process.join(_END_SECONDS)
            self._connection.close()

    def _start(self, *, is_fork: bool) -> None:
        most = 1 if is_fork else _MOST_STARTS
        for starts in range(1, most + 1):
            try:
                if not is_fork:
                    start_fork_server()
                self._process.start()
            except (EOFError, OSError):
                if starts == most:
                    self._connection.close()
                    raise CutOffError(Excess.DIED) from None
                sleep(_POLL_SECONDS)  # a server that was killed is there for a moment more, and answers nobody
            else:
                return

    def _exchange(self, limits: Limits, order: object) -> tuple[bool, object]:
        give_up = monotonic() + limits.seconds
        try:
            self._connection.send(order)
            while True:
                if self.memory > limits.memory:
                    raise CutOffError(Excess.MEMORY)
                if self._connection.poll(max(min(_POLL_SECONDS, give_up - monotonic()), 0)):
                    break
                if monotonic() >= give_up:
                    raise CutOffError(Excess.TIME)
            return cast(tuple[bool, object], pickle.loads(self._connection.recv_bytes()))
        except (EOFError, OSError):
            raise CutOffError(Excess.DIED) from None


def _serve(connection: Connection) -> None:
    """Run the calls from ``connection`` at a low priority."""
    os.nice(_NICENESS)  # requests for the progress of an import are answered first
    _run_calls(connection)


def _serve_in_fork(connection: Connection, parent_end: Connection) -> None:
    """Run the calls from ``connection`` in a fork of the process that holds ``parent_end``."""
    parent_end.close()  # otherwise the end of the parent would not be noticed here
    _run_calls(connection)


def _run_calls(connection: Connection) -> None:
    """Run the calls from ``connection`` until the parent has closed the connection."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent handles Ctrl-C
    for number in (signal.SIGTERM, signal.SIGALRM):  # the parent may ignore them, which is inherited
        signal.signal(number, signal.SIG_DFL)
    with suppress(EOFError, OSError):
        while True:
            seconds, work, arguments, named = connection.recv()
            # The parent watches the time, but may be killed; the kernel's timer still ends this process then.
            signal.setitimer(signal.ITIMER_REAL, seconds + _GRACE_SECONDS)
            answer = _run(work, arguments, named)
            signal.setitimer(signal.ITIMER_REAL, 0)
            connection.send_bytes(answer)


def _run(work: Callable[..., object], arguments: tuple[object, ...], named: dict[str, object]) -> bytes:
    """Run ``work`` and return a pickled pair: whether it succeeded, and its result or exception."""
    try:
        answer = pickle.dumps((True, work(*arguments, **named)))
    except Exception as error:
        error.add_note(traceback.format_exc())
        with suppress(Exception):
            packed = pickle.dumps((False, error))
            pickle.loads(packed)  # not every exception that can be pickled can be unpickled
            return packed
        return pickle.dumps((False, RuntimeError(f"{type(error).__name__}: {error}")))
    return answer if len(answer) <= MOST_ANSWER_BYTES else pickle.dumps((False, CutOffError(Excess.ANSWER)))
