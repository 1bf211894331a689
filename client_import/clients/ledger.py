"""The ledger: the table ``import_jobs``, written in the transaction that changes ``clients``.

It is the truth about what was applied; the job store may lag behind it (docs/rules.md, L2 and section 10).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

from client_import.jobs.record import Counts, Job, Status
from client_import.jobs.store import JobStore
from client_import.system.process import this_process

NEXT_NUMBER = "(SELECT coalesce(max(number), 0) + 1 FROM import_jobs)"
"""The number of the next job, in the SQL of both databases."""


def row_of(job: Job) -> dict[str, Any]:
    """Return the row of the Completed ``job``, by column, but for its number; times are in UTC, without a time zone."""
    return {
        "code": job.code,
        "status": str(Status.COMPLETED),
        "file_name": job.file_name,
        "total_items": job.total_items,
        "processed_items": job.total_items,
        "created_count": job.counts.created,
        "updated_count": job.counts.updated,
        "skipped_count": job.counts.skipped,
        "error_count": job.counts.errors,
        "created_date": utc(job.created_date),
        "started_date": utc(job.started_date or job.created_date),
        "completed_date": utc(job.completed_date or job.created_date),
        "undoes": job.undoes,
        "removed_count": job.counts.removed if job.undoes else None,
    }


def job_of(row: Mapping[str, Any]) -> Job:
    """Return the job, Completed, of a ``row`` of the ledger; one from before version 2 has fewer columns."""
    counts = Counts(
        created=row["created_count"],
        updated=row["updated_count"],
        skipped=row["skipped_count"],
        errors=row["error_count"],
        removed=row.get("removed_count") or 0,
    )
    created_date, started_date, completed_date = (
        row[name].replace(tzinfo=UTC) for name in ("created_date", "started_date", "completed_date")
    )
    return Job(
        code=row["code"],
        status=Status.COMPLETED,
        file_name=row["file_name"],
        total_items=row["total_items"],
        processed_items=row["total_items"],
        counts=counts,
        created_date=created_date,
        started_date=started_date,
        completed_date=completed_date,
        has_not_imported=counts.not_imported > 0,
        undoes=row.get("undoes"),
    )


_BEGINS_HISTORY = "SELECT count(*) > 0 AND count(number) = 0 FROM import_jobs"

HISTORY_BEGINS = (
    "The clients database now keeps what each import changes, so that it can be undone; imports before this one cannot."
)
"""The note of the first job in a database of an older version."""


def begins_history(rows: Callable[[str], list[tuple[Any, ...]]]) -> bool:
    """Return whether the database, of which ``rows`` runs a query, has jobs, all from before there was a history."""
    return bool(rows(_BEGINS_HISTORY)[0][0])


class Ledger(Protocol):
    """An open ledger."""

    def recorded(self, code: str) -> Job | None:
        """Return the job ``code`` as it was applied, or None if it was not applied."""


def resolve_commit_marks(ledger: Ledger, store: JobStore) -> None:
    """Record in the job store, for every job that died around its commit, whether it was committed.

    Every process that has the clients open does this, so no dead job stays unfinished because they are always in use.
    """
    for code in store.announced():
        heartbeat = store.heartbeat(code)
        if heartbeat is None or heartbeat.is_dead or heartbeat.process == this_process():
            job = ledger.recorded(code)
            if job is not None:
                store.applied(job)
            else:
                store.withdraw_commit(code)


def utc(time: datetime) -> datetime:
    """Return ``time`` in UTC without a time zone, as the database stores it."""
    return time.astimezone(UTC).replace(tzinfo=None)
