"""Import a dropped file as a job: claim it, and, when the import has ended, finalise it.

The home folder has a note for each file from before it is claimed until it is finalised. Every run of the sensor, and
every use of the command line, finalises the files of processes that died.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from client_import.clients.store import ClientsStore
from client_import.errors import ClientImportError, JobNotFoundError, OptionsError
from client_import.failpoints import failpoint
from client_import.inbox.folder import DropFolder
from client_import.inbox.names import bare
from client_import.inbox.put_away import put_away
from client_import.jobs.record import Job, Status
from client_import.jobs.store import JobStore
from client_import.options import ImportOptions
from client_import.paths import Home, is_code, write_synced
from client_import.reading.file_name import shown_name
from client_import.recovery.monitor import JobMonitor
from client_import.recovery.recover import describe_error, failure_boundary, recover
from client_import.system.private import make_folder

_BEGUN_WITHIN_SECONDS = 60
_MOST_FINALISED = 20


@dataclass(frozen=True, slots=True)
class Taken:
    """A claimed file's job, which is InProgress; ``wrong_options`` is what is wrong in its options files."""

    job: Job
    wrong_options: OptionsError | None


def claim_dropped(
    home: Home, store: JobStore, drop: DropFolder, name: str, version: str | None, code: str, started_by: str
) -> Taken | None:
    """Claim the file ``name`` of the drop folder as the source of the new job ``code``, which this process runs.

    Returns None, and leaves no job, when the file is gone or no longer has this ``version``. The job is recorded before
    the file is moved, so wherever the process dies, the file is in the drop folder or belongs to a job. An exception
    that stops the move makes the job Failed. Raises JobNotFoundError or OptionsError, and leaves no job, when ``code``
    is not a code or ``name`` is not a bare name.
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
        folder.path.rmdir()  # remove the folder only if it is empty
    note.unlink(missing_ok=True)
    return None


def claimed_before(home: Home, job: Job) -> Taken:
    """Return the result of :func:`claim_dropped` for a ``job`` that this process takes over, dropped or not."""
    try:
        wrong_options = json.loads(home.note(job.code).read_text("utf-8"))["wrong_options"]
    except FileNotFoundError:
        wrong_options = None
    return Taken(job, OptionsError(wrong_options) if wrong_options else None)


def finalise(home: Home, store: JobStore, drop: DropFolder, code: str) -> None:
    """Finalise the dropped file of the job ``code``, if the job has ended and that was not done before.

    The file and its rejected rows are put away (:func:`client_import.inbox.put_away.put_away`). A file that was only
    partly claimed is put back, unless its job was cancelled: then the claim is completed first. Raises StoreError or
    OSError when the drop folder or the disk does not allow that; the next call tries again.
    """
    note = home.note(code)
    if not note.exists():
        return
    with drop.finalising():
        try:
            name: str = json.loads(note.read_text("utf-8"))["name"]
        except FileNotFoundError:
            return  # another process has done it
        job, folder = store.job(code), home.job(code)
        if not job.status.is_final:
            return
        if job.status is Status.CANCELLED:
            drop.finish_claim(name, code, folder)
        drop.release(name, code)
        put_away(drop, folder, job, name)
        note.unlink()


def finalise_all(home: Home, store: JobStore, database: ClientsStore | None, drop: DropFolder) -> list[str]:
    """Recover and finalise up to 20 dropped files of processes that are gone; return what went wrong, in sentences.

    Without a ``database``, jobs that need the ledger are left: see :func:`client_import.recovery.recover.recover`.
    """
    wrong = []
    notes = [note for note in home.taken.glob("*") if is_code(note.name)] if home.taken.exists() else []
    for note in notes[:_MOST_FINALISED]:
        try:
            _recover(store, database, home, note)
            finalise(home, store, drop, note.name)
        except (JobNotFoundError, FileNotFoundError):
            continue
        except (ClientImportError, OSError, ValueError) as error:
            wrong.append(describe_error(error))
    return wrong


def _recover(store: JobStore, database: ClientsStore | None, home: Home, note: Path) -> None:
    """Recover the job of ``note`` if its process is gone; delete an old note without a job, whose claim never began."""
    is_old = _time_at(home.taken) - note.stat().st_mtime > _BEGUN_WITHIN_SECONDS
    try:
        job = store.job(note.name)
    except JobNotFoundError:
        if is_old:
            note.unlink()
        raise
    if job.status is Status.IN_PROGRESS or (job.status is Status.QUEUED and is_old):
        never_ran = job.status is Status.QUEUED
        recover(store, database, home.job(note.name), note.name, is_over=never_ran)


def _time_at(folder: Path) -> float:
    """Return the time by the clock of the file system that has ``folder``, which may be another machine's."""
    clock = folder / ".clock"
    clock.touch()
    return clock.stat().st_mtime
