"""A process that does one piece of work after the other, each within a limit of memory and time.

What others have sent is looked at in there: whatever it does to the process, whoever asked for the look goes on, and is
told what became of it.
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
from time import monotonic
from typing import ParamSpec, TypeVar, cast

import psutil

from client_import.system.fork_server import start_fork_server

MOST_ANSWER_BYTES = 16 << 20
"""An answer goes through the memory of whoever asked, so that it may not be of any size."""

_LOOK_SECONDS = 0.05
_LATER_SECONDS = 5.0
_END_SECONDS = 5.0
_NICENESS = 5

_PROCESSES = multiprocessing.get_context("forkserver")
_COPIES = multiprocessing.get_context("fork")

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a piece of work may take: ``memory`` in bytes of the whole process, ``seconds`` by the clock."""

    memory: int
    seconds: float


class Excess(StrEnum):
    """Why a piece of work was cut off."""

    TIME = "time"
    MEMORY = "memory"
    ANSWER = "answer"
    DIED = "died"


class CutOffError(Exception):
    """A piece of work was cut off, by its limits or because its process died; ``excess`` says which."""

    def __init__(self, excess: Excess) -> None:
        super().__init__(excess)
        self.excess = excess


def memory_of(pid: int) -> int:
    """Return the bytes of memory that the process ``pid`` has; 0 when it has ended."""
    with suppress(psutil.Error):
        return int(psutil.Process(pid).memory_info().rss)
    return 0


class LimitedProcess:
    """A process that works for this one, on one thing at a time; it ends when this one does, or when it is closed."""

    def __init__(self, *, is_copy: bool = False) -> None:
        """Start the process.

        With ``is_copy`` it is a fork of this one, which must have no other threads: it has all modules at once. Any
        other imports them anew, and gives way to all other processes.
        """
        self._connection, theirs = _PROCESSES.Pipe()
        with theirs:
            if is_copy:
                arguments = (theirs, self._connection)
                self._process: BaseProcess = _COPIES.Process(target=_serve_as_copy, args=arguments, daemon=True)
            else:
                self._process = _PROCESSES.Process(target=_serve, args=(theirs,), name="limited", daemon=True)
                start_fork_server()
            self._process.start()
        self._using = threading.RLock()
        self.calls = 0

    @property
    def pid(self) -> int:
        """The process id."""
        return int(self._process.pid or 0)

    @property
    def memory(self) -> int:
        """The bytes of memory it has; 0 when it has ended."""
        return memory_of(self.pid)

    @property
    def is_alive(self) -> bool:
        """Whether it can be given work; it cannot after a piece was cut off."""
        return not self._connection.closed and self._process.is_alive()

    def call(
        self,
        limits: Limits,
        work: Callable[Arguments, Answer],
        /,
        *arguments: Arguments.args,
        **named: Arguments.kwargs,
    ) -> Answer:
        """Return what ``work``, a function of a module, returns in there; raises what it raises.

        Raises CutOffError when it takes more than ``limits``, when its answer has more than 16 MiB, or when the process
        dies; but for the answer, the process is gone then.
        """
        self.calls += 1
        with self._using:
            try:
                is_done, answer = self._heard(limits, (limits.seconds, work, arguments, named))
            except CutOffError:
                self.close()
                raise
        if not is_done:
            raise cast(Exception, answer)
        return cast(Answer, answer)

    def close(self) -> None:
        """End the process at once, whatever it does."""
        self._process.kill()
        with self._using:  # whoever waits for an answer hears of it first: no handle is closed that is waited on
            self._process.join(_END_SECONDS)
            self._connection.close()

    def _heard(self, limits: Limits, order: object) -> tuple[bool, object]:
        give_up = monotonic() + limits.seconds
        try:
            self._connection.send(order)
            while True:
                if self.memory > limits.memory:
                    raise CutOffError(Excess.MEMORY)
                if self._connection.poll(max(min(_LOOK_SECONDS, give_up - monotonic()), 0)):
                    break
                if monotonic() >= give_up:
                    raise CutOffError(Excess.TIME)
            return cast(tuple[bool, object], pickle.loads(self._connection.recv_bytes()))
        except (EOFError, OSError):
            raise CutOffError(Excess.DIED) from None


def _serve(orders: Connection) -> None:
    """Do what comes through ``orders``, when nobody else has anything to do."""
    os.nice(_NICENESS)  # those who only ask how far an import is are answered first
    _work(orders)


def _serve_as_copy(orders: Connection, other_end: Connection) -> None:
    """Do what comes through ``orders``, in a fork of the process that has the ``other_end``."""
    other_end.close()  # else the end of that process would not be seen here
    _work(orders)


def _work(orders: Connection) -> None:
    """Do what comes through ``orders`` until nobody is there to hear the answers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever started this process
    for number in (signal.SIGTERM, signal.SIGALRM):  # whoever started this process may have ignored them
        signal.signal(number, signal.SIG_DFL)
    with suppress(EOFError, OSError):
        while True:
            seconds, work, arguments, named = orders.recv()
            # Whoever watches the time may be killed; the kernel does not forget.
            signal.setitimer(signal.ITIMER_REAL, seconds + _LATER_SECONDS)
            answer = _done(work, arguments, named)
            signal.setitimer(signal.ITIMER_REAL, 0)
            orders.send_bytes(answer)


def _done(work: Callable[..., object], arguments: tuple[object, ...], named: dict[str, object]) -> bytes:
    """Return what came of the work, packed: whether it was done, and its answer or its error."""
    try:
        answer = pickle.dumps((True, work(*arguments, **named)))
    except Exception as error:
        error.add_note(traceback.format_exc())
        with suppress(Exception):
            packed = pickle.dumps((False, error))
            pickle.loads(packed)  # not every error that can be packed can be unpacked
            return packed
        return pickle.dumps((False, RuntimeError(f"{type(error).__name__}: {error}")))
    return answer if len(answer) <= MOST_ANSWER_BYTES else pickle.dumps((False, CutOffError(Excess.ANSWER)))
