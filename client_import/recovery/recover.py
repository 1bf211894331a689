"""Recover a job: end it, if its process is gone, as the ledger says (docs/rules.md, section 10).

docs/reliability.md lists what is left at each point where an import can die, and what recovers it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta

import duckdb
import pyarrow as pa

from client_import.clients.ledger import resolve_commit_marks
from client_import.clients.store import ClientsStore
from client_import.errors import ClientImportError, StoreError
from client_import.failpoints import failpoint
from client_import.jobs.heartbeat import Heartbeat, is_gone
from client_import.jobs.log import log_ended
from client_import.jobs.record import Counts, Job, Status
from client_import.jobs.store import JobStore
from client_import.jobs.tables import CommitMark, Files
from client_import.paths import Home, JobFolder
from client_import.reports.rejects_file import write_rejects
from client_import.reports.summary import Plan
from client_import.system.disk import is_disk_full
from client_import.system.process import Process, this_process

WAITS_FOR_START = timedelta(hours=24)
"""A job that nobody has started within this time is Cancelled (docs/rules.md, section 1)."""

RETRIED_WITHIN = timedelta(seconds=45)
"""A job whose import is retried by another process is left to it for this long after the last heartbeat."""


@contextmanager
def failure_boundary(store: JobStore, folder: JobFolder, code: str) -> Iterator[None]:
    """Run a step of the job ``code`` in this process; an exception ends the job, and is raised again.

    A request to stop, an interrupt or a termination makes the job Cancelled; any other exception makes it Failed, with
    a sentence. A job that has its commit mark, or belongs to another process, is left for :func:`recover`.
    """
    try:
        yield
    except Exception as error:
        _end(store, folder, code, Status.FAILED, why_failed(error, store.job(code)), this_process())
        raise
    except BaseException:
        _end(store, folder, code, Status.CANCELLED, None, this_process())
        raise


def describe_error(error: BaseException) -> str:
    """Return what went wrong and what to do, in sentences, without any value that a library quotes.

    They do not say what became of an import; :func:`why_failed` and :func:`describe_result` do.
    """
    if isinstance(error, ClientImportError):
        return str(error)
    return "{}. {}".format(*_cause_and_advice(error))


def why_failed(error: BaseException, job: Job) -> str:
    """Return why the ``job`` failed, in sentences; it has no commit mark, and so has changed nothing."""
    if isinstance(error, ClientImportError):
        return str(error)
    cause, advice = _cause_and_advice(error)
    return f"{cause}, so {job.nothing_done}. {advice}"


def _gone(job: Job) -> str:
    again = f"Undo {job.undoes} again." if job.undoes else "Import the file again."
    return f"The process that ran the {job.kind} is gone; {job.nothing_done}. {again}"


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
    if isinstance(error, RuntimeError) and "start new thread" in str(error):
        return "No more threads can be started", "End other programs, or raise that limit, then try it again."
    first_line = re.sub(r"\"[^\"]*\"|'[^']*'", "...", (str(error).splitlines() or [""])[0])
    if isinstance(error, duckdb.IOException):
        return f"A file could not be read or written ({first_line.rstrip('.')})", "Put that right, then try it again."
    return f"A bug in the program stopped this ({type(error).__name__}: {first_line})", "Please report it."


def describe_result(store: JobStore, database: ClientsStore, code: str) -> str:
    """Return a sentence on what became of the job ``code``, whose work is over but which could not be ended.

    Without a commit mark it has changed nothing; otherwise the ledger tells, if it can be read.
    """
    how = f"`client-import job {code}` ends the job, and says so, once that is put right."
    kind = "import"
    try:
        job = store.job(code)
        kind, done = job.kind, None
        if store.commit_mark(code) is not None:
            with database.ask() as ledger:
                done = ledger.recorded(code)
    except (ClientImportError, OSError, duckdb.Error):
        return f"Whether the {kind} was done cannot be told now; {how}"
    if done is None:
        return f"{job.nothing_done.capitalize()}; {how}"
    return f"The {kind} was done: {done.result}; {how}"


def recover(
    store: JobStore,
    database: ClientsStore | None,
    folder: JobFolder,
    code: str,
    *,
    is_over: bool = False,
    reason: str | None = None,
    reports: bool = True,
) -> Job:
    """Return the job ``code``; if its process is gone, end the job first, by its commit mark and the ledger.

    ``is_over`` says that it ran in this process and is over; ``reason`` is then why it ended early. The ledger
    is read only for a job that died around its commit; while it is in use, the job is returned as it is. Without a
    ``database``, so is every job that has its commit mark: reading the ledger and writing the files of rows not
    imported can take long (:class:`client_import.recovery.recoverer.Recoverer`). With ``reports`` False a job is
    completed without these files.
    """
    job, heartbeat = store.job(code), store.heartbeat(code)
    if job.status.is_final:
        return job
    if heartbeat is None and not is_over:
        is_cancelled = store.waiting.cancel_forgotten(code, WAITS_FOR_START)
        return _cleaned(store, folder, store.job(code)) if is_cancelled else job
    if not _is_abandoned(store, job, heartbeat, is_over):
        return job
    mark = store.commit_mark(code)
    if mark is not None and database is None:
        return job
    if database is not None:
        with suppress(StoreError):
            database.end(code)
    if mark is CommitMark.ANNOUNCED and database is not None:
        try:
            with database.ask() as ledger:
                resolve_commit_marks(ledger, store)
        except (StoreError, OSError, duckdb.Error):
            return job
    failpoint("recovering")
    if store.commit_mark(code) is CommitMark.COMMITTED:
        job = store.job(code)
        return _report_and_finish(store, folder, job) if reports else finish(store, folder, job)
    owner = heartbeat.process if heartbeat else None
    try:
        if store.was_asked_to_stop(code):
            return _end(store, folder, code, Status.CANCELLED, None, owner)
        return _end(store, folder, code, Status.FAILED, reason or _gone(job), owner)
    except OSError:
        return store.job(code)  # its folder cannot be changed now, which must not stop anything else


def recover_all(store: JobStore, database: ClientsStore | None, home: Home) -> None:
    """Recover every job whose process is gone, as :func:`recover` does."""
    for job in store.unfinished():
        recover(store, database, home.job(job.code), job.code)


def finish(store: JobStore, folder: JobFolder, job: Job) -> Job:
    """End the committed ``job`` as Completed and return it; it has the report that is in the ``folder`` now."""
    is_reported = folder.not_imported.exists()
    ended = store.finish(
        replace(job, status=Status.COMPLETED, completed_date=job.end_now(), has_not_imported=is_reported)
    )
    return _cleaned(store, folder, ended)


def _report_and_finish(store: JobStore, folder: JobFolder, job: Job) -> Job:
    """Write the report of the committed ``job``, whose process died before it did, and return the job Completed.

    When the disk has no room for the report the job is returned unfinished; the next recovery finishes it.
    """
    try:
        if job.has_not_imported and not job.undoes and not folder.not_imported.exists():
            write_rejects(folder)
    except (FileNotFoundError, pa.ArrowInvalid, StoreError):
        pass  # the staged rows were deleted or damaged
    except OSError:
        return job
    return finish(store, folder, job)


def _is_abandoned(store: JobStore, job: Job, heartbeat: Heartbeat | None, is_over: bool) -> bool:
    """Return whether no process is going to end the job."""
    if heartbeat is None or heartbeat.process == this_process():
        return is_over
    is_still_retried = store.is_retried(job.code) and abs(heartbeat.silence) < RETRIED_WITHIN
    return not is_still_retried and is_gone(heartbeat, lambda: store.heartbeat(job.code))


def _end(
    store: JobStore, folder: JobFolder, code: str, status: Status, reason: str | None, owner: Process | None
) -> Job:
    """End the job if it still belongs to ``owner`` and has no commit mark; return the job."""
    heartbeat = store.heartbeat(code)
    if heartbeat is not None and owner is not None and heartbeat.process != owner:
        return store.job(code)
    if store.commit_mark(code) is not None and not store.job(code).status.is_final:
        return store.job(code)
    counts = Counts()
    with suppress(FileNotFoundError, StoreError):  # a damaged plan must not keep the job from ending
        counts = Plan.load(folder.plan).counts
    folder.drop_working_files()  # first, because a full disk has no room for the record either
    job = store.job(code)
    if job.undoes:
        folder.not_imported.unlink(missing_ok=True)  # which says what an undo left alone that was not done
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
    return _cleaned(store, folder, ended)


def _cleaned(store: JobStore, folder: JobFolder, job: Job) -> Job:
    """Once the job has ended, log that and delete what only a running import needs."""
    if job.status.is_final:
        log_ended(job)
        failpoint("finished")
        folder.drop_working_files()
        store.files.set(job.code, Files.KEPT)
        failpoint("tidied")
    return job
