"""What the commands work on: the settings, the home folder and the job store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from client_import.folders import Home
from client_import.job_store import JobStore
from client_import.jobs import Job, Status
from client_import.settings import Settings, read_settings

_SETTLE_WAIT_SECONDS = 1.0
"""Whoever only looks at a job does not wait for another import; the next look settles it."""


@dataclass(frozen=True, slots=True)
class Place:
    """An open home folder."""

    settings: Settings
    home: Home
    store: JobStore

    def settled(self, job: Job) -> Job:
        """Return the job with the URL of its rows not imported; settled first when its process is gone."""
        if job.status is Status.IN_PROGRESS:
            heartbeat = self.store.heartbeat(job.code)
            if heartbeat is not None and heartbeat.is_dead:
                job = self._settle(job)
        return job.with_url(self.home.job(job.code).not_imported.as_uri())

    def _settle(self, job: Job) -> Job:
        from client_import.importing import (
            open_database,
        )  # what reads DuckDB is slow to import, and rarely needed
        from client_import.settle import settle

        impatient = self.settings.model_copy(update={"lock_wait_seconds": _SETTLE_WAIT_SECONDS})
        return settle(self.store, open_database(impatient, self.home), self.home.job(job.code), job.code)


@contextmanager
def open_place() -> Iterator[Place]:
    """Open the home folder of the settings, made when it is missing."""
    settings = read_settings()
    home = Home(settings.home).create()
    store = JobStore.at(home.job_store)
    try:
        yield Place(settings, home, store)
    finally:
        store.close()
