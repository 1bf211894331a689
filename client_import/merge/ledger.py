"""The ledger: the table ``import_jobs``, written in the transaction that changes ``clients``.

It is the truth about what was applied; the job store may lag behind it (docs/rules.md, L2 and section 10).
"""

from __future__ import annotations

from datetime import UTC, datetime

import duckdb

from client_import.jobs.record import Counts, Job, Status
from client_import.jobs.store import JobStore
from client_import.system.process import this_process

_RECORD = """
INSERT INTO import_jobs BY NAME SELECT
    $code AS code, 'Completed' AS status, $file_name AS file_name,
    $total_items AS total_items, $total_items AS processed_items,
    $created AS created_count, $updated AS updated_count, $skipped AS skipped_count, $errors AS error_count,
    $created_date AS created_date, $started_date AS started_date, $completed_date AS completed_date
"""

_READ = """
SELECT file_name, total_items, created_count, updated_count, skipped_count, error_count,
    created_date, started_date, completed_date
FROM import_jobs WHERE code = $code
"""


def record(connection: duckdb.DuckDBPyConnection, job: Job) -> None:
    """Write the Completed ``job`` to the ledger, within the caller's transaction."""
    connection.execute(
        _RECORD,
        {
            "code": job.code,
            "file_name": job.file_name,
            "total_items": job.total_items,
            "created": job.counts.created,
            "updated": job.counts.updated,
            "skipped": job.counts.skipped,
            "errors": job.counts.errors,
            "created_date": utc(job.created_date),
            "started_date": utc(job.started_date or job.created_date),
            "completed_date": utc(job.completed_date or job.created_date),
        },
    )


def recorded(connection: duckdb.DuckDBPyConnection, code: str) -> Job | None:
    """Return the job ``code`` as it was applied, or None if it was not applied."""
    try:
        row = connection.execute(_READ, {"code": code}).fetchone()
    except duckdb.CatalogException:
        return None  # opened read-only before any import has created the tables
    if row is None:
        return None
    file_name, total_items, created, updated, skipped, errors, *times = row
    counts = Counts(created, updated, skipped, errors)
    created_date, started_date, completed_date = (time.replace(tzinfo=UTC) for time in times)
    return Job(
        code=code,
        status=Status.COMPLETED,
        file_name=file_name,
        total_items=total_items,
        processed_items=total_items,
        counts=counts,
        created_date=created_date,
        started_date=started_date,
        completed_date=completed_date,
        has_not_imported=counts.not_imported > 0,
    )


def resolve_commit_marks(connection: duckdb.DuckDBPyConnection, store: JobStore) -> None:
    """Record in the job store, for every job that died around its commit, whether it was committed.

    Every process that has the clients database open does this, so no dead job stays unfinished because the database
    is always in use.
    """
    for code in store.announced():
        heartbeat = store.heartbeat(code)
        if heartbeat is None or heartbeat.is_dead or heartbeat.process == this_process():
            job = recorded(connection, code)
            if job is not None:
                store.applied(job)
            else:
                store.withdraw_commit(code)


def utc(time: datetime) -> datetime:
    """Return ``time`` in UTC without a time zone, as the database stores it."""
    return time.astimezone(UTC).replace(tzinfo=None)
