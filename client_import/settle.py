"""Settle a job: see to it that every job ends, and ends as what the ledger says (semantics.md, section 10)."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import duckdb

from client_import.database import ClientsDatabase
from client_import.errors import ClientImportError, StoreError
from client_import.folders import JobFolder
from client_import.importing import report
from client_import.job_store import JobStore
from client_import.jobs import Counts, Job, Status, now
from client_import.ledger import recorded
from client_import.plan import Plan

_DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

_DISK_FULL_TEXTS = ("No space left", "File too large", "disk is full")
"""How DuckDB and SQLite say the same."""


@contextmanager
def accounted(store: JobStore, folder: JobFolder, code: str) -> Iterator[None]:
    """Run a step of the job ``code`` before its commit: what ends the step early ends the job too, and is raised on.

    A request to stop, an interrupt or a termination makes it Cancelled, everything else Failed with a sentence.
    """
    try:
        yield
    except Exception as error:
        _end(store, folder, code, Status.FAILED, explain(error))
        raise
    except BaseException:
        _end(store, folder, code, Status.CANCELLED, None)
        raise


def explain(error: BaseException) -> str:
    """Return the sentence for whatever stopped an import."""
    if isinstance(error, ClientImportError):
        return str(error)
    if (isinstance(error, OSError) and error.errno in _DISK_FULL) or any(
        text in str(error) for text in _DISK_FULL_TEXTS
    ):
        return "The disk is full, so nothing was imported. Free some space, then import the file again."
    if isinstance(error, (duckdb.OutOfMemoryException, MemoryError)):
        return (
            "There was not enough memory, so nothing was imported. Raise CLIENT_IMPORT_MEMORY_LIMIT, "
            "or free some disk space for DuckDB to spill to."
        )
    if isinstance(error, OSError):
        return (
            f"A file could not be read or written ({error}), so nothing was imported. Put that right and import again."
        )
    first_line = (str(error).splitlines() or [""])[0]
    return (
        f"The import stopped on a fault of the program ({type(error).__name__}: {first_line}); nothing was imported. "
        "Please report it."
    )


def _end(store: JobStore, folder: JobFolder, code: str, status: Status, reason: str | None) -> None:
    counts = Plan.load(folder.plan).counts if folder.plan.exists() else Counts()
    folder.drop_working_files()  # first, because a full disk has no room for the record either
    job = store.job(code)
    store.finish(
        replace(
            job,
            status=status,
            counts=replace(job.counts, skipped=counts.skipped, errors=max(counts.errors, job.counts.errors)),
            completed_date=now(),
            failure_reason=reason,
            has_not_imported=folder.not_imported.exists(),
        )
    )


def settle(store: JobStore, database: ClientsDatabase, folder: JobFolder, code: str, *, is_over: bool = False) -> Job:
    """Return the job ``code``, ended by the ledger first when the process that ran it is gone, or ``is_over``.

    While another import has the clients database, the ledger cannot be asked; the job is returned as it is then.
    """
    job = store.job(code)
    if job.status.is_final or (job.status is Status.QUEUED and not is_over):
        return job
    heartbeat = store.heartbeat(code)
    if not is_over and heartbeat is not None and not heartbeat.is_dead:
        return job
    try:
        with database.open(read_only=True) as connection:
            applied = _recorded(connection, code)
    except StoreError:
        return job
    if applied is not None:
        report(folder, applied)
        return store.finish(applied)
    reason = "The process that ran the import is gone; nothing was imported. Import the file again."
    _end(store, folder, code, Status.FAILED, reason)
    return store.job(code)


def _recorded(connection: duckdb.DuckDBPyConnection, code: str) -> Job | None:
    try:
        return recorded(connection, code)
    except duckdb.CatalogException:
        return None  # the process died before it made the tables
