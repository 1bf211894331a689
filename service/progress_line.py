"""The line on a terminal that says how far an import is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from client_import.jobs.record import JobProgress
from client_import.system.printable import printable
from service.time_left import TimeLeft

Show = Callable[[JobProgress, int, float], None]
"""Shows the progress of a job with so many rows processed, by a clock in seconds."""


class _Left(TimeRemainingColumn):
    """The time left: as the bar tells it while a file is read, and in words while its changes are saved."""

    max_refresh = 0.0  # or the words would not be shown at once

    def render(self, task: Task) -> Text:
        return super().render(task) if task.fields["is_reading"] else Text(task.fields["left"])


@contextmanager
def progress_line(console: Console, plan: Path | None) -> Iterator[Show]:
    """Yield what shows the progress of a job on ``console``, in a line that is gone afterwards.

    ``plan`` is the file where its plan is going to be, or None if the time to save changes cannot be told.
    """
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[rows]}", markup=False),
        _Left(),
    )
    time_left, began = TimeLeft(plan) if plan else None, 0.0
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("starting", total=None, rows="", left="", is_reading=False)

        def show(job_progress: JobProgress, rows: int, time: float) -> None:
            nonlocal began
            began = began if rows else time
            is_reading = job_progress.phase == "reading"
            per_second = f", {rows / max(time - began, 0.1):,.0f}/s" if is_reading else ""
            progress.update(
                task,
                description=printable(job_progress.phase or "starting"),
                total=1.0 if job_progress.read_share is not None else None,
                completed=job_progress.read_share or 0,
                rows=f"{rows:,} rows{per_second}" if rows else "",
                left=time_left.words(job_progress.phase, rows, time) if time_left else "",
                is_reading=is_reading,
            )

        yield show
