"""An undo, step by step: ask for it, take back, finish. It is a job of its own (docs/rules.md, section 11).

Each of the doors calls these steps; :func:`preview_undo` is the dry run.
"""

from __future__ import annotations

from dataclasses import dataclass

from client_import.clients.store import ClientsStore, Session
from client_import.errors import JobStateError
from client_import.jobs.record import Job, Status
from client_import.jobs.store import JobStore
from client_import.options import NO_OPTIONS
from client_import.paths import Home, JobFolder, new_code, sync_folder
from client_import.recovery.applying import Merged, apply_once
from client_import.recovery.monitor import JobMonitor
from client_import.undo.apply import apply_undo
from client_import.undo.left_alone import write_left_alone
from client_import.undo.plan import LeftAlone, UndoPlan, left_alone, plan_undo


@dataclass(frozen=True, slots=True)
class UndoPreview:
    """What an undo would do: its plan, and the first of the fields and clients that it would leave alone."""

    plan: UndoPlan
    left: tuple[LeftAlone, ...]


def ask_for_undo(home: Home, store: JobStore, undoes: str, started_by: str, *, starts_here: bool = True) -> Job:
    """Make the job that is to undo the job ``undoes``, and return it, Queued.

    With ``starts_here`` this process is going to start it, and it ends Failed when the process is gone before that.
    Raises JobNotFoundError when there is no job ``undoes``, and JobStateError when it cannot be undone.
    """
    check_undoable(store.job(undoes))
    code = new_code()
    home.job(code).create()
    sync_folder(home.job(code).path.parent)
    return store.create(code, f"Undo of {undoes}", NO_OPTIONS, started_by, starts_here=starts_here, undoes=undoes)


def check_undoable(job: Job) -> None:
    """Raise JobStateError when the ``job``, by its record, cannot be undone."""
    if job.status is not Status.COMPLETED:
        stands = f"ended as {job.status}" if job.status.is_final else f"is {job.status}"
        raise JobStateError(f"Job {job.code} {stands} and has changed nothing, so there is nothing to undo.")
    if job.undone_by:
        raise JobStateError(
            f"Job {job.code} is undone already, by job {job.undone_by}. To have it again, undo {job.undone_by}."
        )
    if not job.counts.changed:
        raise JobStateError(f"Job {job.code} has changed no client, so there is nothing to undo.")


def preview_undo(database: ClientsStore, undoes: str, limit: int) -> UndoPreview:
    """Plan the undo of the job ``undoes`` without changing anything; ``limit`` is how much of what is left is listed.

    Raises as :func:`client_import.undo.plan.plan_undo` does.
    """
    with database.look_at_history() as session:
        plan = plan_undo(session, undoes)
        return UndoPreview(plan, tuple(left_alone(session.tables, limit)))


def take_back(database: ClientsStore, folder: JobFolder, job: Job, monitor: JobMonitor) -> Merged:
    """Plan the undo ``job`` and apply it, with the file of what it leaves alone in its ``folder``.

    A job that the ledger already has is returned and nothing is applied. Raises as
    :func:`client_import.undo.plan.plan_undo` does.
    """

    def apply(session: Session) -> Job:
        folder.not_imported.unlink(missing_ok=True)  # of an attempt that died
        assert job.undoes is not None
        plan = plan_undo(session, job.undoes)
        monitor.total_items = plan.total
        monitor.note(plan.notes)
        if left_alone(session.tables, 1):
            write_left_alone(session.tables, folder.not_imported)
        return apply_undo(session, job, plan, monitor.announce_commit)

    merged = apply_once(database, job, monitor, apply)
    assert merged is not None
    return merged
