"""An import in the foreground of a terminal: progress on stderr, and Ctrl-C or SIGTERM to cancel it."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, suppress
from pathlib import Path
from time import monotonic
from types import FrameType

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from client_import.errors import JobNotFoundError, JobStateError, StoreError
from client_import.jobs.store import JobStore
from client_import.system.printable import printable

_LOOK_SECONDS = 0.2
_AGAIN_SECONDS = 0.01


class StopSignals:
    """What SIGINT and SIGTERM do: interrupt the main thread once, or, once they are deferred, only be noted.

    The second is only noted too, because it would interrupt what the first has set going: the clearing away.
    """

    def __init__(self) -> None:
        self._deferred = False
        self._noted = False
        self.came = False

    def handle(self, _number: int, _frame: FrameType | None) -> None:
        """Take a signal; Python calls this in the main thread."""
        self._noted = self.came = True
        if not self._deferred:
            self.defer()
            raise KeyboardInterrupt

    def defer(self) -> None:
        """Only note signals from now on."""
        self._deferred = True

    def take(self) -> bool:
        """Return whether a signal came since the last time."""
        noted, self._noted = self._noted, False
        return noted

    def unheard(self, lost: sys.UnraisableHookArgs) -> None:
        """Interrupt again when the interruption got lost: where it came, Python drops errors (as in a finalizer)."""
        if not issubclass(lost.exc_type, KeyboardInterrupt):
            sys.__unraisablehook__(lost)
            return
        self._deferred = False
        signal.setitimer(signal.ITIMER_REAL, _AGAIN_SECONDS)


@contextmanager
def stop_signals() -> Iterator[StopSignals]:
    """Take SIGINT and SIGTERM while the context lasts; raises KeyboardInterrupt for one that is not deferred."""
    signals = StopSignals()
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)
    before = {number: signal.signal(number, signals.handle) for number in numbers}
    hook, sys.unraisablehook = sys.unraisablehook, signals.unheard
    try:
        yield signals
    except (RuntimeError, OSError):
        if signals.take():
            raise KeyboardInterrupt from None  # DuckDB makes these of one that interrupts a statement or a fetch
        raise
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        sys.unraisablehook = hook
        for number, old in before.items():
            signal.signal(number, old)


def run_in_foreground(
    work: Callable[[], None], store: JobStore, code: str, signals: StopSignals, *, is_quiet: bool
) -> None:
    """Do ``work``, which imports the job ``code``, in a thread, and wait for it; what it raises is raised here.

    The main thread is left to the deferred ``signals``: a handler of Python's would not run while it is inside an
    SQL statement. Each asks the job to stop, so a second one is no worse than the first.
    """
    failure: list[BaseException] = []

    def do() -> None:
        try:
            work()
        except BaseException as error:
            failure.append(error)

    worker = threading.Thread(target=do, name=f"import-{code}")
    # Dagster says on stderr what it cannot write of a run; what became of the import, the job says.
    with (
        _progress(store, code, is_quiet=is_quiet) as look,
        Path(os.devnull).open("w") as nobody,
        redirect_stderr(nobody),
    ):
        _heed(signals, store, code)
        worker.start()
        while worker.is_alive():
            worker.join(_LOOK_SECONDS)
            _heed(signals, store, code)
            look()
    if failure:
        raise failure[0]


def _heed(signals: StopSignals, store: JobStore, code: str) -> None:
    """Ask the job to stop when a signal came; one that comes before there is a job is kept for the next time."""
    if signals.take() and not _ask_to_stop(store, code):
        signals.handle(signal.SIGINT, None)


def _ask_to_stop(store: JobStore, code: str) -> bool:
    """Ask the job to stop; returns False when there is none yet, or it cannot be asked now."""
    try:
        with suppress(JobStateError):
            store.request_cancel(code)
    except (JobNotFoundError, StoreError):
        return False
    return True


class _Rows(ProgressColumn):
    """Rows so far, and how many a second."""

    def render(self, task: Task) -> Text:
        rows, since = task.fields["rows"], task.fields["since"]
        return Text(f"{rows:,} rows, {rows / max(monotonic() - since, 0.1):,.0f}/s" if rows else "")


@contextmanager
def _progress(store: JobStore, code: str, *, is_quiet: bool) -> Iterator[Callable[[], None]]:
    """Give a function that shows how far the job has come; it shows nothing when stderr is no terminal."""
    console = Console(file=sys.stderr)
    if is_quiet or not console.is_terminal:
        yield lambda: None
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        _Rows(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("starting", total=None, rows=0, since=monotonic())

        def look() -> None:
            try:
                job, job_progress = store.job(code), store.job_progress(code)
            except (JobNotFoundError, StoreError):
                return  # a dropped file that is being taken; or the news are late
            if not job.processed_items:
                progress.update(task, since=monotonic())
            progress.update(
                task,
                description=printable(job_progress.phase or "starting"),
                total=1.0 if job_progress.read_share is not None else None,
                completed=job_progress.read_share or 0,
                rows=job.processed_items,
            )

        yield look
