"""Recover a job: see to it that every job ends, and ends as what the ledger says (docs/rules.md, section 10).

What is left at each point where an import can die, and what recovers it, is in docs/reliability.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta

import duckdb
import pyarrow as pa

from client_import.errors import ClientImportError, StoreError
from client_import.failpoints import failpoint
from client_import.jobs.heartbeat import Heartbeat
from client_import.jobs.log import log_ended
from client_import.jobs.record import Counts, Job, Status, now
from client_import.jobs.store import JobStore
from client_import.jobs.tables import CommitMark, Files
from client_import.merge.database import ClientsDatabase
from client_import.merge.ledger import recorded, tell_announced
from client_import.paths import Home, JobFolder
from client_import.reports.rejects_file import write_rejects
from client_import.reports.summary import Plan
from client_import.system.disk import is_disk_full
from client_import.system.process import Process, this_process

WAITS_FOR_START = timedelta(hours=24)
"""A job that nobody has asked to start is Cancelled after this (docs/rules.md, section 1)."""

RETRIED_WITHIN = timedelta(seconds=45)
"""A job that another process is going to take over is left to it for this long after its last sign of life."""

GONE = "The process that ran the import is gone; nothing was imported. Import the file again."


@contextmanager
def failure_boundary(store: JobStore, folder: JobFolder, code: str) -> Iterator[None]:
    """Run a step of the job ``code`` in this process: what ends the step early ends the job too, and is raised on.

    A request to stop, an interrupt or a termination makes it Cancelled, everything else Failed with a sentence. A
    job that has announced its commit, or is another process's, is left to whoever recovers it.
    """
    try:
        yield
    except Exception as error:
        _end(store, folder, code, Status.FAILED, why_failed(error), this_process())
        raise
    except BaseException:
        _end(store, folder, code, Status.CANCELLED, None, this_process())
        raise


def describe_error(error: BaseException) -> str:
    """Return the sentences for whatever stopped a piece of work; values that a library quotes are left out.

    They say nothing of what became of an import: see :func:`why_failed` and :func:`what_is_known`.
    """
    if isinstance(error, ClientImportError):
        return str(error)
    return "{}. {}".format(*_cause_and_advice(error))


def why_failed(error: BaseException) -> str:
    """Return the sentences for what stopped an import that has set no commit mark, and so has changed nothing."""
    if isinstance(error, ClientImportError):
        return str(error)
    return "{}, so nothing was imported. {}".format(*_cause_and_advice(error))


def _cause_and_advice(error: BaseException) -> tuple[str, str]:
    if is_disk_full(error):
        return "The disk is full", "Free some space, then try it again."
    if isinstance(error, (duckdb.OutOfMemoryException, MemoryError)):
        return (
            "There was not enough memory",
            "Raise CLIENT_IMPORT_MEMORY_LIMIT, or free some disk space for DuckDB to spill to.",
        )
    if isinstance(error, OSError):
        return f"A file could not be read or written ({error})", "Put that right, then try it again."
    first_line = re.sub(r"\"[^\"]*\"|'[^']*'", "...", (str(error).splitlines() or [""])[0])
    return f"A bug in the program stopped this ({type(error).__name__}: {first_line})", "Please report it."


def what_is_known(store: JobStore, database: ClientsDatabase, code: str) -> str:
    """Return in a sentence what became of the job ``code``, which this process has done with and could not end.

    Without a commit mark nothing was imported; else the ledger is asked. What is not known is not said.
    """
    how = f"`client-import job {code}` ends the job, and says so, once that is put right."
    try:
        mark = store.commit_mark(code)
        if mark is None:
            return f"Nothing was imported; {how}"
        with database.open(read_only=True) as connection:
            job = recorded(connection, code)
    except (ClientImportError, OSError, duckdb.Error):
        return f"Whether the import was done cannot be told now; {how}"
    if job is None:
        return f"Nothing was imported; {how}"
    counts = job.counts
    return (
        f"The import was done: {counts.created:,} created, {counts.updated:,} updated, {counts.skipped:,} skipped, "
        f"{counts.errors:,} rejected; {how}"
    )


def recover(
    store: JobStore,
    database: ClientsDatabase | None,
    folder: JobFolder,
    code: str,
    *,
    is_over: bool = False,
    reason: str = GONE,
    reports: bool = True,
) -> Job:
    """Return the job ``code``; one whose process is gone is ended first, by its commit mark and the ledger.

    ``is_over`` says that this process had it and has done with it; ``reason`` is then why it ended early. Only for a
    job that died within its commit the ledger must be asked; while that is in use the job is returned as it is.
    Without a ``database`` so is every job that has set its commit mark: to ask the ledger and to write the report can
    take long, and is for a process that nobody waits for (:class:`client_import.recovery.recoverer.Recoverer`). With
    ``reports`` False a job is completed without its report.
    """
    job, heartbeat = store.job(code), store.heartbeat(code)
    if job.status.is_final:
        return job
    if heartbeat is None and not is_over:
        is_old = now() - job.created_date > WAITS_FOR_START
        is_cancelled = is_old and store.waiting.cancel_forgotten(code, WAITS_FOR_START)
        return _tidied(store, folder, store.job(code)) if is_cancelled else job
    if not _is_left(store, job, heartbeat, is_over):
        return job
    mark = store.commit_mark(code)
    if mark is not None and database is None:
        return job
    if mark is CommitMark.ANNOUNCED and database is not None:
        try:
            with database.open(read_only=True) as connection:
                tell_announced(connection, store)
        except (StoreError, OSError, duckdb.Error):
            return job
    failpoint("recovering")
    if store.commit_mark(code) is CommitMark.COMMITTED:
        return finish(store, folder, store.job(code), reports=reports)
    owner = heartbeat.process if heartbeat else None
    try:
        if store.was_asked_to_stop(code):
            return _end(store, folder, code, Status.CANCELLED, None, owner)
        return _end(store, folder, code, Status.FAILED, reason, owner)
    except OSError:
        return store.job(code)  # its folder cannot be changed now; nobody else is to be stopped by that


def recover_all(store: JobStore, database: ClientsDatabase | None, home: Home) -> None:
    """Recover every job whose process is gone; see :func:`recover`."""
    for job in store.unfinished():
        recover(store, database, home.job(job.code), job.code)


def finish(store: JobStore, folder: JobFolder, job: Job, *, reports: bool = True) -> Job:
    """Report and finish the ``job``, which was committed; returned unfinished when there is no room for the report.

    It is then finished by the next look, and meanwhile nothing of it is lost. Without ``reports`` it is only finished.
    """
    try:
        if reports:
            write_rejects(folder, job)
        is_reported = folder.not_imported.exists()
    except (FileNotFoundError, pa.ArrowInvalid, StoreError):
        is_reported = False  # somebody has deleted or damaged the staged rows
    except OSError:
        return job
    ended = store.finish(
        replace(job, status=Status.COMPLETED, completed_date=job.end_now(), has_not_imported=is_reported)
    )
    return _tidied(store, folder, ended)


def _is_left(store: JobStore, job: Job, heartbeat: Heartbeat | None, is_over: bool) -> bool:
    """Return whether nobody is going to end the job."""
    if heartbeat is None or heartbeat.process == this_process():
        return is_over
    is_still_retried = store.is_retried(job.code) and now() - heartbeat.time < RETRIED_WITHIN
    return heartbeat.is_dead and not is_still_retried


def _end(
    store: JobStore, folder: JobFolder, code: str, status: Status, reason: str | None, owner: Process | None
) -> Job:
    """End the job while it is ``owner``'s, unless it has announced its commit."""
    heartbeat = store.heartbeat(code)
    if heartbeat is not None and owner is not None and heartbeat.process != owner:
        return store.job(code)
    if store.commit_mark(code) is not None and not store.job(code).status.is_final:
        return store.job(code)
    counts = Counts()
    with suppress(FileNotFoundError, StoreError):  # a damaged plan stops nobody
        counts = Plan.load(folder.plan).counts
    folder.drop_working_files()  # first, because a full disk has no room for the record either
    job = store.job(code)
    ended = store.finish(
        replace(
            job,
            status=status,
            counts=replace(job.counts, skipped=counts.skipped, errors=max(counts.errors, job.counts.errors)),
            completed_date=job.end_now(),
            failure_reason=reason,
            has_not_imported=folder.not_imported.exists(),
        ),
        of=owner,
        is_nobodys=owner is None,
    )
    return _tidied(store, folder, ended)


def _tidied(store: JobStore, folder: JobFolder, job: Job) -> Job:
    """Drop what only a running import needs once the job has ended, and say so in the log."""
    if job.status.is_final:
        log_ended(job)
        failpoint("finished")
        folder.drop_working_files()
        store.files.set(job.code, Files.KEPT)
        failpoint("tidied")
    return job
