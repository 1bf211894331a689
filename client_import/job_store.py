"""The job store: the live record of every import, in a small relational database behind SQLAlchemy Core.

It is the news for whoever looks; what was applied is in the ledger (:mod:`client_import.ledger`).
"""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from client_import.errors import JobNotFoundError, JobStateError, OptionsError, StoreError
from client_import.heartbeat import Heartbeat
from client_import.job_tables import create_tables, csv_mappings, jobs, set_up_sqlite
from client_import.jobs import Counts, Job, Status, now
from client_import.options import ImportOptions
from client_import.saved_mappings import SavedMapping, presets


@dataclass(frozen=True, slots=True)
class News:
    """What a running import is at: its phase, and the share of the file that is read, from 0 to 1."""

    phase: str | None
    read_share: float | None


class JobStore:
    """The job records and saved mappings in the database at ``url`` (SQLite in WAL mode, or another).

    Every method raises StoreError when the database cannot be used, and JobNotFoundError for an unknown code.
    """

    def __init__(self, url: str) -> None:
        self._engine = sa.create_engine(url, connect_args={"timeout": 30} if url.startswith("sqlite") else {})
        if url.startswith("sqlite"):
            sa.event.listen(self._engine, "connect", set_up_sqlite)
        try:
            create_tables(self._engine)
        except SQLAlchemyError as error:
            raise StoreError(
                f"The job store {url.removeprefix('sqlite:///')} cannot be used ({_cause(error)}). Check that you may "
                "read and write it and that the disk is not full; a file that is no database must be moved away."
            ) from None

    @classmethod
    def at(cls, path: Path) -> JobStore:
        """Open, or make, the SQLite job store at ``path``."""
        return cls(f"sqlite:///{path}")

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def create(self, code: str, file_name: str, options: ImportOptions, started_by: str) -> Job:
        """Write a new Queued job and return it."""
        self._write(
            sa.insert(jobs).values(
                code=code,
                status=Status.QUEUED,
                file_name=file_name,
                options=options.model_dump_json(by_alias=True, exclude_none=True),
                started_by=started_by,
                created_date=_naive(now()),
            )
        )
        return self.job(code)

    def forget(self, code: str) -> None:
        """Delete the record of a job that never was: its file did not come in whole."""
        not_ended = jobs.c.status.in_([Status.QUEUED, Status.IN_PROGRESS])
        self._write(sa.delete(jobs).where(jobs.c.code == code, not_ended))

    def job(self, code: str) -> Job:
        """Return the job ``code``."""
        return _job(self._row(code))

    def jobs(self, status: Status | None = None, limit: int = 50) -> list[Job]:
        """Return the jobs, newest first."""
        query = sa.select(jobs).order_by(jobs.c.number.desc()).limit(limit)
        return [_job(row) for row in self._read(query if status is None else query.where(jobs.c.status == status))]

    def options(self, code: str) -> ImportOptions:
        """Return the options the job was created with."""
        return ImportOptions.model_validate_json(self._row(code).options)

    def news(self, code: str) -> News:
        """Return what the job is at."""
        row = self._row(code)
        return News(row.phase, row.read_share)

    def heartbeat(self, code: str) -> Heartbeat | None:
        """Return the last sign of life of the process that runs the job; None when none ever ran it."""
        row = self._row(code)
        return Heartbeat(row.host, row.pid, row.heartbeat.replace(tzinfo=UTC)) if row.heartbeat else None

    def code_of_run(self, run_id: str) -> str | None:
        """Return the code of the job that the Dagster run ``run_id`` imports."""
        rows = self._read(sa.select(jobs.c.code).where(jobs.c.run_id == run_id))
        return str(rows[0].code) if rows else None

    def link(self, code: str, run_id: str) -> None:
        """Note that the Dagster run ``run_id`` imports the job."""
        self._write(sa.update(jobs).where(jobs.c.code == code).values(run_id=run_id))

    def start(self, code: str) -> Job:
        """Make a Queued job InProgress, run by this process; a job already InProgress stays so.

        Raises JobStateError when the job has ended.
        """
        alive = {"host": socket.gethostname(), "pid": os.getpid(), "heartbeat": _naive(now())}
        changed = self._write(
            sa.update(jobs)
            .where(jobs.c.code == code, jobs.c.status.in_([Status.QUEUED, Status.IN_PROGRESS]))
            .values(
                status=Status.IN_PROGRESS,
                started_date=sa.func.coalesce(jobs.c.started_date, _naive(now())),
                **alive,
            )
        )
        job = self.job(code)
        if not changed:
            raise JobStateError(f"Job {code} has already ended as {job.status}; import the file again as a new job.")
        return job

    def beat(
        self,
        code: str,
        phase: str,
        processed_items: int,
        error_count: int,
        read_share: float | None,
        total_items: int | None,
    ) -> bool:
        """Write the running job's sign of life and progress; return whether it was asked to stop.

        Counts never go down (L5); ``total_items`` is None while the rows have not been counted.
        """
        self._write(
            sa.update(jobs)
            .where(jobs.c.code == code, jobs.c.status == Status.IN_PROGRESS)
            .values(
                heartbeat=_naive(now()),
                phase=phase,
                processed_items=_greater(jobs.c.processed_items, processed_items),
                error_count=_greater(jobs.c.error_count, error_count),
                read_share=read_share,
                total_items=jobs.c.total_items if total_items is None else total_items,
            )
        )
        return bool(self._row(code).cancel_requested)

    def applied(self, job: Job) -> None:
        """Write the counts of the running ``job``, which the ledger has; it is too late to cancel it now."""
        self._write(
            sa.update(jobs)
            .where(jobs.c.code == job.code, jobs.c.status == Status.IN_PROGRESS)
            .values(**_counted(job), phase="reporting", heartbeat=_naive(now()))
        )

    def request_cancel(self, code: str) -> Job:
        """Ask the job to stop; a Queued one is Cancelled at once. Raises JobStateError when it has ended."""
        self._write(
            sa.update(jobs)
            .where(jobs.c.code == code, jobs.c.status == Status.QUEUED)
            .values(status=Status.CANCELLED, completed_date=_naive(now()))
        )
        self._write(
            sa.update(jobs)
            .where(jobs.c.code == code, jobs.c.status == Status.IN_PROGRESS)
            .values(cancel_requested=True)
        )
        job = self.job(code)
        if job.status.is_final and not (job.status is Status.CANCELLED and job.started_date is None):
            raise JobStateError(f"Job {code} cannot be cancelled: it has already ended as {job.status}.")
        return job

    def finish(self, job: Job) -> Job:
        """Write how ``job`` ended. A job that had ended before keeps what it ended as (L4); returned as it is now."""
        self._write(
            sa.update(jobs)
            .where(jobs.c.code == job.code, jobs.c.status.in_([Status.QUEUED, Status.IN_PROGRESS]))
            .values(
                **_counted(job),
                status=job.status,
                completed_date=_naive(job.completed_date or now()),
                failure_reason=job.failure_reason,
            )
        )
        return self.job(job.code)

    def mappings(self) -> list[SavedMapping]:
        """Return the presets and the saved mappings, by code."""
        saved = [SavedMapping.model_validate_json(row.content) for row in self._read(sa.select(csv_mappings))]
        return [*presets(), *sorted(saved, key=lambda mapping: mapping.code)]

    def mapping(self, code: str) -> SavedMapping:
        """Return the mapping ``code``; raises OptionsError when there is none."""
        found = [mapping for mapping in self.mappings() if mapping.code == code]
        if not found:
            raise OptionsError(f"There is no mapping {code}. `client-import mappings list` lists them.")
        return found[0]

    def save_mapping(self, mapping: SavedMapping) -> SavedMapping:
        """Keep ``mapping`` under its code, in the place of an older one; raises JobStateError for a preset."""
        self._refuse_preset(mapping.code)
        old = {saved.code: saved for saved in self.mappings()}.get(mapping.code)
        created = old.created_date if old else now()
        kept = mapping.model_copy(update={"created_date": created, "updated_date": now(), "is_preset": False})
        with self._engine.begin() as connection:
            connection.execute(sa.delete(csv_mappings).where(csv_mappings.c.code == kept.code))
            content = kept.model_dump_json(by_alias=True)
            connection.execute(sa.insert(csv_mappings).values(code=kept.code, content=content))
        return kept

    def delete_mapping(self, code: str) -> None:
        """Forget the mapping ``code``; raises OptionsError when there is none, JobStateError for a preset."""
        self._refuse_preset(self.mapping(code).code)
        self._write(sa.delete(csv_mappings).where(csv_mappings.c.code == code))

    def _refuse_preset(self, code: str) -> None:
        if code in {preset.code for preset in presets()}:
            raise JobStateError(f"The mapping {code} is a preset and read-only; save yours under another code.")

    def _row(self, code: str) -> Any:
        rows = self._read(sa.select(jobs).where(jobs.c.code == code))
        if not rows:
            raise JobNotFoundError(f"There is no job {code}. `client-import jobs` lists them.")
        return rows[0]

    def _read(self, query: sa.Select[Any]) -> Sequence[Any]:
        try:
            with self._engine.connect() as connection:
                return connection.execute(query).all()
        except SQLAlchemyError as error:
            raise StoreError(f"The job store cannot be read ({_cause(error)}).") from None

    def _write(self, statement: sa.Insert | sa.Update | sa.Delete) -> int:
        try:
            with self._engine.begin() as connection:
                return int(connection.execute(statement).rowcount)
        except SQLAlchemyError as error:
            raise StoreError(f"The job store cannot be written to ({_cause(error)}). Is the disk full?") from None


def _cause(error: SQLAlchemyError) -> str:
    return str(getattr(error, "orig", None) or error).splitlines()[0]


def _counted(job: Job) -> dict[str, Any]:
    return {
        "total_items": job.total_items,
        "processed_items": _greater(jobs.c.processed_items, job.processed_items),
        "created_count": job.counts.created,
        "updated_count": job.counts.updated,
        "skipped_count": job.counts.skipped,
        "error_count": _greater(jobs.c.error_count, job.counts.errors),
        "has_not_imported": job.has_not_imported,
    }


def _greater(column: sa.Column[int], value: int) -> sa.ColumnElement[int]:
    return sa.case((column > value, column), else_=value)


def _naive(time: datetime) -> datetime:
    return time.astimezone(UTC).replace(tzinfo=None)


def _aware(time: datetime | None) -> datetime | None:
    return None if time is None else time.replace(tzinfo=UTC)


def _job(row: Any) -> Job:
    return Job(
        code=row.code,
        status=Status(row.status),
        file_name=row.file_name,
        total_items=row.total_items,
        processed_items=row.processed_items,
        counts=Counts(row.created_count, row.updated_count, row.skipped_count, row.error_count),
        created_date=row.created_date.replace(tzinfo=UTC),
        started_date=_aware(row.started_date),
        completed_date=_aware(row.completed_date),
        failure_reason=row.failure_reason,
        has_not_imported=row.has_not_imported,
    )
