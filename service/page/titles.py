"""The titles of jobs: the file of an import, and for an undo what it takes back."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from client_import.errors import JobNotFoundError
from client_import.jobs.record import Job
from client_import.jobs.store import JobStore

_MOST_UNDOS = 20


def title_of(store: JobStore, job: Job) -> str:
    """Return the title of ``job``: ``clients.csv``, ``Undo of clients.csv``, ``Undo of the undo of clients.csv``."""
    undos, first = 0, job
    with suppress(JobNotFoundError):
        while first.undoes and undos < _MOST_UNDOS:
            first = store.job(first.undoes)
            undos += 1
    if not undos:
        return job.file_name
    return "Undo of " + "the undo of " * (undos - 1) + first.file_name


def titles_of(store: JobStore, jobs: Iterable[Job]) -> dict[str, str]:
    """Return the titles of the jobs by their codes."""
    return {job.code: title_of(store, job) for job in jobs}
