"""An undo, step by step: ask for it, take back, finish. It is a job of its own (docs/rules.md, section 11).

Each of the doors calls these steps; :func:`preview_undo` is the dry run.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from client_import.clients.store import ClientsStore, Session
from client_import.errors import InUseError, JobStateError
from client_import.jobs.record import Job
from client_import.jobs.store import JobStore
from client_import.paths import Home, JobFolder, new_code
from client_import.recovery.agree import agree
from client_import.recovery.applying import Merged, apply_once
from client_import.recovery.monitor import JobMonitor
from client_import.system.disk import sync_folder
from client_import.undo.apply import apply_undo
from client_import.undo.left_alone import write_left_alone
from client_import.undo.plan import LeftAlone, UndoPlan, check_in_ledger, left_alone, plan_undo

LISTED = 1_000
"""How much of what an undo would leave alone its preview lists."""


@dataclass(frozen=True, slots=True)
class UndoPreview:
    """What an undo would do: its plan, and the first of the fields and clients that it would leave alone."""

    plan: UndoPlan
    left: tuple[LeftAlone, ...]

    @property
    def result(self) -> str:
        """What the undo would do, in a sentence."""
        counts = self.plan.counts
        clients = "1 client" if counts.removed == 1 else f"{counts.removed:,} clients"
        done = [f"{clients} would be removed", f"{counts.updated:,} put back"]
        if counts.created:
            done.append(f"{counts.created:,} brought back")
        if counts.skipped:
            done.append(_stay(counts.skipped))
        elif self.left:
            done.append("except for some fields that were changed since and stay")
        return f"{', '.join(done)}."

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON for the command line and the API."""
        counts = self.plan.counts
        return {
            "createdCount": counts.created,
            "updatedCount": counts.updated,
            "skippedCount": counts.skipped,
            "removedCount": counts.removed,
            "notes": list(self.plan.notes),
            "left": [each.to_json() for each in self.left],
        }


def _stay(clients: int) -> str:
    return "1 was changed since and stays" if clients == 1 else f"{clients:,} were changed since and stay"


def ask_for_undo(home: Home, store: JobStore, undoes: str, started_by: str, *, starts_here: bool = True) -> Job:
    """Make the job that is to undo the job ``undoes``, and return it, Queued.

    With ``starts_here`` this process is going to start it, and it ends Failed when the process is gone before that;
    otherwise it is asked to start, for a launcher. Raises JobNotFoundError when there is no job ``undoes``, and
    JobStateError when it cannot be undone, or another undo of it has not ended.
    """
    store.undos.check(undoes)
    code = new_code()
    folder = home.job(code).create()
    sync_folder(folder.path.parent)
    try:
        return store.undos.ask(code, undoes, started_by, starts_here=starts_here)
    except JobStateError:
        folder.path.rmdir()  # somebody else has just asked
        raise


def check_undoable(home: Home, store: JobStore, database: ClientsStore, undoes: str) -> None:
    """Raise JobNotFoundError when there is no job ``undoes``, and JobStateError when it cannot be undone.

    The ledger decides; where it says something else than the job records, they are corrected. While another process
    has the clients only the records are asked; the undo itself raises the same.
    """
    with suppress(InUseError):
        agree(store, database, home)
    store.undos.check(undoes)
    with suppress(InUseError), database.look_at_history() as session:
        check_in_ledger(session, undoes)


def preview_undo(database: ClientsStore, undoes: str, limit: int = LISTED) -> UndoPreview:
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
