"""Import a dropped file as a job: take it, and, when the import has ended, follow it up.

A note in the home folder stands for each file from before it is taken until its import is followed up. Whoever
looks at the drop folder follows up what a process that died left behind.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import time

from client_import.errors import ClientImportError, JobNotFoundError, OptionsError
from client_import.failpoints import failpoint
from client_import.inbox.folder import DropFolder, locked
from client_import.inbox.names import bare
from client_import.inbox.put_away import put_away
from client_import.jobs.record import Job, Status
from client_import.jobs.store import JobStore
from client_import.merge.database import ClientsDatabase
from client_import.options import ImportOptions
from client_import.paths import Home, is_code, write_synced
from client_import.reading.file_name import shown_name
from client_import.recovery.monitor import JobMonitor
from client_import.recovery.recover import describe_error, failure_boundary, recover
from client_import.system.private import make_folder

_SETTLE_WAIT_SECONDS = 1.0
_BEGUN_WITHIN_SECONDS = 60
_MOST_FOLLOWED_UP = 20


@dataclass(frozen=True, slots=True)
class Taken:
    """The job of a file that was taken, InProgress; ``wrong_options`` says what is wrong in its options files."""

    job: Job
    wrong_options: OptionsError | None


def claim_dropped(
    home: Home, store: JobStore, drop: DropFolder, name: str, version: str | None, code: str, started_by: str
) -> Taken | None:
    """Take the file ``name`` out of the drop folder, to be the source of the new job ``code``, run by this process.

    Returns None, and there is no job, when the file is gone or no longer the one of ``version``. The record is
    there before the file is taken: whatever dies, the file is in the drop folder or has a job that tells of it.
    Raises what stops the taking; the job is Failed then. Raises JobNotFoundError or OptionsError, and there is no job,
    when ``code`` is no code or ``name`` more than a name.
    """
    folder, note = home.job(code), home.note(code)
    bare(name)
    options, wrong_options = ImportOptions.parse({}), None
    try:
        options = drop.options(name)
    except OptionsError as error:
        wrong_options = error
    make_folder(home.taken)
    write_synced(note, json.dumps({"name": name, "wrong_options": str(wrong_options) if wrong_options else None}))
    failpoint("noted")
    store.create(code, shown_name(name), options, started_by)
    with failure_boundary(store, folder, code):
        store.start(code)
        folder.create()
        failpoint("taking")
        with JobMonitor(store, code, "taking the file") as monitor:
            is_taken = drop.claim(name, version, code, folder, monitor.check)
        failpoint("taken")
    if is_taken:
        return Taken(store.job(code), wrong_options)
    store.forget(code)
    with suppress(OSError):
        folder.path.rmdir()  # nothing but a folder that is empty
    note.unlink(missing_ok=True)
    return None


def claimed_before(home: Home, job: Job) -> Taken:
    """Return what :func:`claim_dropped` did for ``job`` in a process that is gone, or a job that was not dropped."""
    try:
        wrong_options = json.loads(home.note(job.code).read_text("utf-8"))["wrong_options"]
    except FileNotFoundError:
        wrong_options = None
    return Taken(job, OptionsError(wrong_options) if wrong_options else None)


def finalise(home: Home, store: JobStore, drop: DropFolder, code: str) -> None:
    """Follow up the import ``code`` of a dropped file, when it has ended and that was not done yet.

    The file and its rejected rows are put away: :func:`client_import.inbox.put_away.put_away`. A file whose taking was
    broken off is put back; one whose job was cancelled meanwhile is taken all the same.
    Raises StoreError or OSError when the drop folder or the disk does not allow that; the next look tries again.
    """
    note = home.note(code)
    if not note.exists():
        return
    with locked(home.taken / ".lock"):
        try:
            name: str = json.loads(note.read_text("utf-8"))["name"]
        except FileNotFoundError:
            return  # another process has done it
        job, folder = store.job(code), home.job(code)
        if not job.status.is_final:
            return
        if job.status is Status.CANCELLED:
            drop.finish_taking(name, code, folder)
        drop.release(name, code)
        put_away(drop, folder, job, name)
        note.unlink()


def finalise_all(home: Home, store: JobStore, database: ClientsDatabase | None, drop: DropFolder) -> list[str]:
    """Recover and follow up the dropped files whose import ended with its process; returns what went wrong, if so.

    Without a ``database`` those that need the ledger or a report are left to others; see
    :func:`client_import.recovery.recover.recover`.
    """
    wrong = []
    notes = [note for note in home.taken.glob("*") if is_code(note.name)] if home.taken.exists() else []
    for note in notes[:_MOST_FOLLOWED_UP]:
        try:
            _recover(store, database, home, note)
            finalise(home, store, drop, note.name)
        except (JobNotFoundError, FileNotFoundError):
            continue
        except (ClientImportError, OSError, ValueError) as error:
            wrong.append(describe_error(error))
    return wrong


def _recover(store: JobStore, database: ClientsDatabase | None, home: Home, note: Path) -> None:
    """Recover the job of ``note`` when its process is gone; a note without a job is of a taking that never began."""
    is_old = time() - note.stat().st_mtime > _BEGUN_WITHIN_SECONDS
    try:
        job = store.job(note.name)
    except JobNotFoundError:
        if is_old:
            note.unlink()
        raise
    if job.status is Status.IN_PROGRESS or (job.status is Status.QUEUED and is_old):
        never_ran = job.status is Status.QUEUED
        recover(store, database, home.job(note.name), note.name, is_over=never_ran)
