"""Between a row of the job store and what it says: a job, a sign of life."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from client_import.jobs.heartbeat import Heartbeat
from client_import.jobs.record import Counts, Job, Status
from client_import.jobs.relational import Relational
from client_import.jobs.tables import Files, jobs, utc_now
from client_import.jobs.undone import undone
from client_import.paths import CODE_LENGTH, checked_code, no_job
from client_import.system.process import Process, this_process

UNFINISHED = jobs.c.status.in_([Status.QUEUED, Status.IN_PROGRESS])
"""The condition that a job has not ended."""

_HAS_A_CODE = jobs.c.code.regexp_match(rf"\A[a-z0-9]{{{CODE_LENGTH}}}\Z")
"""What :func:`client_import.paths.is_code` says of a code, in SQL."""


_ALL = (*jobs.c, utc_now().label("read_date"))


def select_jobs(*columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """Return the query for these columns of the jobs, or for all of them and ``read_date``, the time of the reading.

    A row that somebody else wrote, under what is no job code, is no job: its code might be used as a path.
    """
    return sa.select(*(columns or _ALL)).where(_HAS_A_CODE)


def mine() -> dict[str, Any]:
    """Return the columns that say a job is this process's, with a sign of life."""
    process = this_process()
    return {
        "host": process.host,
        "pid": process.pid,
        "process_started": process.started,
        "heartbeat": utc_now(),
    }


def owned_by(process: Process) -> sa.ColumnElement[bool]:
    """Return the condition that a job is that of ``process``."""
    started = jobs.c.process_started
    return sa.and_(
        jobs.c.host == process.host,
        jobs.c.pid == process.pid,
        started.is_(None) if process.started is None else started == process.started,
    )


def heartbeat_of(row: Any) -> Heartbeat | None:
    """Return the last sign of life of the process that has the job; None when it waits for one."""
    if not row.heartbeat:
        return None
    process = Process(row.host, row.pid, row.process_started)
    return Heartbeat(process, row.heartbeat, row.read_date - row.heartbeat)


def counted(job: Job) -> dict[str, Any]:
    """Return the columns of the counts of ``job``; those that L5 guards never go down."""
    return {
        "total_items": job.total_items,
        "processed_items": greater(jobs.c.processed_items, job.processed_items),
        "created_count": job.counts.created,
        "updated_count": job.counts.updated,
        "skipped_count": job.counts.skipped,
        "error_count": greater(jobs.c.error_count, job.counts.errors),
        "has_not_imported": job.has_not_imported,
        "removed_count": job.counts.removed if job.undoes else None,
    }


def not_before_creation() -> sa.ColumnElement[datetime]:
    """Return now, or when the job was created if a clock says that this is later."""
    return greater(jobs.c.created_date, utc_now())


def not_before_start() -> sa.ColumnElement[datetime]:
    """Return now, or when the job was started, or else created, if a clock says that this is later."""
    return greater(sa.func.coalesce(jobs.c.started_date, jobs.c.created_date), utc_now())


def greater(column: sa.ColumnElement[Any], value: Any) -> sa.ColumnElement[Any]:
    """Return the greater of what the column has and ``value``."""
    return sa.case((column > value, column), else_=value)


def naive(time: datetime) -> datetime:
    """Return ``time`` in UTC without its zone, as the store keeps it."""
    return time.astimezone(UTC).replace(tzinfo=None)


def _aware(time: datetime | None) -> datetime | None:
    return None if time is None else time.replace(tzinfo=UTC)


def job_of(row: Any) -> Job:
    """Return the job of a row."""
    return Job(
        code=row.code,
        status=Status(row.status),
        file_name=row.file_name,
        total_items=row.total_items,
        processed_items=row.processed_items,
        counts=Counts(row.created_count, row.updated_count, row.skipped_count, row.error_count, row.removed_count or 0),
        created_date=row.created_date.replace(tzinfo=UTC),
        started_date=_aware(row.started_date),
        completed_date=_aware(row.completed_date),
        failure_reason=row.failure_reason,
        has_not_imported=row.has_not_imported,
        are_files_removed=row.files == Files.REMOVED,
        notes=(*json.loads(row.notes or "[]"), *([_lost(row)] if row.is_lost else [])),
        undoes=row.undoes,
        is_lost=bool(row.is_lost),
    )


def _lost(row: Any) -> str:
    kind, again = ("undo", f"undo {row.undoes} again") if row.undoes else ("import", "import the file again")
    return (
        f"The clients database does not have this {kind}: it is a copy from before it, or another one. Put the right "
        f"one in its place, or {again}."
    )


def row_of(database: Relational, code: str) -> Any:
    """Return the row of the job ``code``; raises JobNotFoundError when there is none."""
    rows = database.read(sa.select(*_ALL).where(jobs.c.code == checked_code(code)))
    if not rows:
        raise no_job(code)
    return rows[0]


def read_job(database: Relational, code: str) -> Job:
    """Return the job ``code``; raises JobNotFoundError when there is none."""
    with database.translating_errors():
        return with_undone(database, [job_of(row_of(database, code))])[0]


def read_jobs(database: Relational, query: sa.Select[Any]) -> list[Job]:
    """Return the jobs of the query, in its order."""
    with database.translating_errors():
        return with_undone(database, [job_of(row) for row in database.read(query)])


def with_undone(database: Relational, found: list[Job]) -> list[Job]:
    """Return the jobs, each that is undone with the code of the undo."""
    if not any(job.status is Status.COMPLETED for job in found):
        return found
    has_changed = jobs.c.created_count + jobs.c.updated_count + sa.func.coalesce(jobs.c.removed_count, 0) > 0
    is_in_effect = sa.and_(jobs.c.status == Status.COMPLETED, jobs.c.is_lost.is_not(True), has_changed)
    undos = sa.and_(jobs.c.undoes.is_not(None), is_in_effect)
    rows = database.read(select_jobs(jobs.c.code, jobs.c.undoes).where(undos).order_by(jobs.c.number))
    by = undone((row.code, row.undoes) for row in rows)
    return [replace(job, undone_by=by.get(job.code)) for job in found]
