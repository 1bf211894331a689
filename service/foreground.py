"""Run an import in the foreground of a terminal: show progress on stderr, and cancel it on Ctrl-C and other signals."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, redirect_stderr, suppress
from pathlib import Path
from time import monotonic
from types import FrameType
from typing import TypeVar

from rich.console import Console

from client_import.errors import JobNotFoundError, JobStateError, StoreError
from client_import.jobs.store import JobStore
from service.place import Place
from service.progress_line import progress_line

_LOOK_SECONDS = 0.2
_AGAIN_SECONDS = 0.01

Result = TypeVar("Result")


class StopSignals:
    """The handler of SIGINT, SIGTERM and SIGHUP: the first interrupts the main thread, later ones are only recorded.

    A second interruption would stop the clean-up that the first has started. After :meth:`defer`, every signal is only
    recorded.
    """

    def __init__(self) -> None:
        self._deferred = False
        self._pending = False
        self.came = False

    def handle(self, _number: int, _frame: FrameType | None) -> None:
        """Handle a signal; Python calls this in the main thread."""
        self._pending = self.came = True
        if not self._deferred:
            self.defer()
            raise KeyboardInterrupt

    def defer(self) -> None:
        """Only record signals from now on."""
        self._deferred = True

    def take(self) -> bool:
        """Return whether a signal has arrived since the last call."""
        pending, self._pending = self._pending, False
        return pending

    def interrupt_again(self, lost: sys.UnraisableHookArgs) -> None:
        """Repeat an interruption that Python has dropped because it was raised in a finalizer, for one."""
        if not issubclass(lost.exc_type, KeyboardInterrupt):
            sys.__unraisablehook__(lost)
            return
        self._deferred = False
        signal.setitimer(signal.ITIMER_REAL, _AGAIN_SECONDS)


@contextmanager
def stop_signals() -> Iterator[StopSignals]:
    """Handle SIGINT, SIGTERM and SIGHUP within the context; raises KeyboardInterrupt for one that is not deferred.

    A hang-up that is ignored (``nohup``) stays ignored.
    """
    signals = StopSignals()
    numbers = [signal.SIGINT, signal.SIGTERM, signal.SIGALRM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    before = {number: signal.signal(number, signals.handle) for number in numbers}
    hook, sys.unraisablehook = sys.unraisablehook, signals.interrupt_again
    try:
        yield signals
    except (RuntimeError, OSError):
        if signals.take():
            raise KeyboardInterrupt from None  # DuckDB raises these when a statement or a fetch is interrupted
        raise
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        sys.unraisablehook = hook
        for number, old in before.items():
            signal.signal(number, old)


def run_in_foreground(
    work: Callable[[], Result], place: Place, code: str, signals: StopSignals, *, is_quiet: bool
) -> Result:
    """Run ``work``, which imports the job ``code``, in a thread, and wait for it; returns or raises as ``work`` does.

    The main thread stays free for the deferred ``signals``, because Python runs no signal handler during an SQL
    statement. Every signal asks the job to stop, so a second one does no harm.
    """
    outcome = Future[Result]()

    def do() -> None:
        try:
            outcome.set_result(work())
        except BaseException as error:
            outcome.set_exception(error)

    worker = threading.Thread(target=do, name=f"import-{code}")
    # Dagster writes to stderr when it cannot record a run; the job itself says what became of the import.
    with (
        _progress(place, code, is_quiet=is_quiet) as look,
        Path(os.devnull).open("w") as nobody,
        redirect_stderr(nobody),
    ):
        _pass_on(signals, place.store, code)
        worker.start()
        while worker.is_alive():
            worker.join(_LOOK_SECONDS)
            _pass_on(signals, place.store, code)
            look()
    return outcome.result()


def _pass_on(signals: StopSignals, store: JobStore, code: str) -> None:
    """Ask the job to stop if a signal has arrived; before the job exists, keep the signal for the next call."""
    if signals.take() and not _ask_to_stop(store, code):
        signals.handle(signal.SIGINT, None)


def _ask_to_stop(store: JobStore, code: str) -> bool:
    """Ask the job to stop; returns False if it does not exist yet, or the job store cannot be used now."""
    try:
        with suppress(JobStateError):
            store.request_cancel(code)
    except (JobNotFoundError, StoreError):
        return False
    return True


@contextmanager
def _progress(place: Place, code: str, *, is_quiet: bool) -> Iterator[Callable[[], None]]:
    """Yield a function that shows the progress of the job, or nothing if stderr is no terminal."""
    console = Console(file=sys.stderr)
    if is_quiet or not console.is_terminal:
        yield lambda: None
        return
    is_read_here = not place.settings.spark  # how long a cluster reads says nothing about this machine
    with progress_line(console, place.home.job(code).plan if is_read_here else None) as show:

        def look() -> None:
            try:
                job, job_progress = place.store.job(code), place.store.job_progress(code)
            except (JobNotFoundError, StoreError):
                return  # a dropped file is still being claimed, or the job store is busy
            show(job_progress, job.processed_items, monotonic())

        yield look
