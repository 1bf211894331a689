"""Have a job change the clients exactly once, whatever dies when (docs/rules.md, section 10)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from client_import.clients.ledger import resolve_commit_marks
from client_import.clients.store import ClientsStore, Session
from client_import.errors import StoreError
from client_import.failpoints import failpoint
from client_import.jobs.record import Job
from client_import.recovery.monitor import JobMonitor


@dataclass(frozen=True, slots=True)
class Merged:
    """A job as the ledger has it, and how many clients there are after it."""

    job: Job
    clients: int


def apply_once(
    database: ClientsStore, job: Job, monitor: JobMonitor, apply: Callable[[Session], Job | None]
) -> Merged | None:
    """Open the clients, and ``apply`` the ``job`` to them unless the ledger has it already; return what it has.

    ``apply`` returns the Completed job, or None when it has decided to change nothing; that is returned then. Raises
    StoreError when the job store is no longer there: then a new clients database would be made beside a new one.
    """
    monitor.store.check_place()
    before = None
    try:
        with database.open(code=job.code, waiting=monitor.waiting) as session, monitor.interrupting(session):
            monitor.phase = "applying"
            failpoint("database open")
            before = database.state()
            resolve_commit_marks(session, monitor.store)
            applied = session.recorded(job.code) or apply(session)
            merged = Merged(applied, session.count()) if applied else None
    except BaseException:
        merged = _committed_after_all(database, job, monitor)
        if merged is None:
            raise
    if merged is not None:
        monitor.committed(merged.job)
        monitor.store.agreement.note_written(before, database.state())
    return merged


def _committed_after_all(database: ClientsStore, job: Job, monitor: JobMonitor) -> Merged | None:
    """Ask the ledger anew after an error: a stop that came with the commit comes too late.

    When the ledger cannot be asked either, the commit mark stays, and whoever recovers the job asks again.
    """
    if not monitor.has_announced:
        return None
    with suppress(StoreError):
        database.end(job.code)  # where the connection was lost, its server may still be at it
    with suppress(StoreError), database.ask() as session:
        committed = session.recorded(job.code)
        if committed is not None:
            return Merged(committed, session.count())
        monitor.withdraw_commit()
    return None
