"""Count the imports that are running in the services."""

from __future__ import annotations

import os
from contextlib import suppress

from client_import.errors import StoreError
from client_import.jobs.record import Status
from client_import.jobs.store import JobStore


def imports_in(store: JobStore, groups: set[int]) -> int:
    """Return how many jobs are InProgress in a process of these process groups; 0 if the job store cannot be read."""
    with suppress(StoreError):
        return sum(
            _group_of(store, job.code) in groups for job in store.unfinished() if job.status is Status.IN_PROGRESS
        )
    return 0


def _group_of(store: JobStore, code: str) -> int | None:
    heartbeat = store.heartbeat(code)
    if heartbeat is None or not heartbeat.process.is_running:
        return None
    try:
        return os.getpgid(heartbeat.process.pid)
    except ProcessLookupError:
        return None
