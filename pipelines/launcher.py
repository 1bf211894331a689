"""How the HTTP API starts imports: one interface.

Whoever starts a job first asks for it in the job store (:class:`client_import.jobs.waiting.WaitingJobs`), and then
tells the launcher. What was asked for is not lost when the launcher is: the next one takes it up.
"""

from __future__ import annotations

from typing import Protocol

from client_import.jobs.store import JobStore
from client_import.paths import Home
from client_import.settings import Settings

STARTED_BY = "api"
"""What the jobs that a launcher starts are said to be started by."""


class Launcher(Protocol):
    """What starts jobs that were asked to start, and lets them run outside this process."""

    def start(self, code: str) -> None:
        """Have the job ``code`` started; returns at once, and may be called from any thread.

        Raises StoreError with a sentence when it cannot be started now; it stays asked to start, and is taken up later.
        """

    def close(self, wait_seconds: float = 30.0) -> None:
        """Begin no more jobs, and wait so long for those that run; they go on to their end without this process."""

    def is_able(self) -> bool:
        """Return whether a job that is started now would run, as far as can be told without waiting long."""


def open_launcher(settings: Settings, home: Home, store: JobStore) -> Launcher:
    """Return the launcher that the settings choose: Dagster's queue where its address is set, else worker processes.

    It takes up what was asked for before. ``store`` must stay open until it is closed. Raises StoreError when the job
    store cannot be read.
    """
    if settings.dagster_url:
        from pipelines.launch_in_dagster import DagsterQueue

        return DagsterQueue(settings, home, store)
    from pipelines.workers import WorkerPool

    return WorkerPool(settings, home, store)
