"""An import in the foreground of a terminal: progress on stderr, and Ctrl-C or SIGTERM to cancel it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
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

from client_import.errors import JobStateError
from client_import.job_store import JobStore

_LOOK_SECONDS = 0.2


def run_in_foreground(work: Callable[[], None], store: JobStore, code: str, *, is_quiet: bool) -> None:
    """Do ``work``, which imports the job ``code``, in a thread, and wait for it; what it raises is raised here.

    The main thread is left to the signals: a handler of Python's would not run while it is inside an SQL
    statement. Each SIGINT and SIGTERM asks the job to stop, so a second one is no worse than the first.
    """
    failure: list[BaseException] = []

    def do() -> None:
        try:
            work()
        except BaseException as error:
            failure.append(error)

    worker = threading.Thread(target=do, name=f"import-{code}")
    with _stop_signals() as stop, _progress(store, code, is_quiet=is_quiet) as look:
        worker.start()
        while worker.is_alive():
            worker.join(_LOOK_SECONDS)
            if stop.is_set():
                stop.clear()
                with suppress(JobStateError):
                    store.request_cancel(code)
            look()
    if failure:
        raise failure[0]


@contextmanager
def _stop_signals() -> Iterator[threading.Event]:
    """Make SIGINT and SIGTERM set the event that is given."""
    stop = threading.Event()

    def handler(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, handler) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, old in before.items():
            signal.signal(number, old)


class _Rows(ProgressColumn):
    """Rows so far, and how many a second."""

    def render(self, task: Task) -> Text:
        rows, since = task.fields["rows"], task.fields["since"]
        return Text(f"{rows:,} rows, {rows / max(monotonic() - since, 0.1):,.0f}/s" if rows else "")


@contextmanager
def _progress(store: JobStore, code: str, *, is_quiet: bool) -> Iterator[Callable[[], None]]:
    """Give a function that shows how far the job has come; it shows nothing when stderr is no terminal."""
    console = Console(stderr=True)
    if is_quiet or not console.is_terminal:
        yield lambda: None
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), _Rows(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("starting", total=None, rows=0, since=monotonic())

        def look() -> None:
            job, news = store.job(code), store.news(code)
            if not job.processed_items:
                progress.update(task, since=monotonic())
            progress.update(
                task,
                description=news.phase or "starting",
                total=1.0 if news.read_share is not None else None,
                completed=news.read_share or 0,
                rows=job.processed_items,
            )

        yield look
