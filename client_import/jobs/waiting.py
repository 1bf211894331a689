"""The jobs that wait for somebody to start them: an upload waits for its options, and then for a worker."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from client_import.errors import JobStateError
from client_import.jobs.outbox import Outbox
from client_import.jobs.record import Job, Status
from client_import.jobs.relational import Relational
from client_import.jobs.rows import naive, not_before_start, read_job, select_jobs
from client_import.jobs.tables import Files, jobs, utc_now
from client_import.options import ImportOptions
from client_import.paths import checked_code

_WAITS = sa.and_(jobs.c.status == Status.QUEUED, jobs.c.heartbeat.is_(None))
_IS_ASKED_FOR = jobs.c.start_requested.is_not(None)


class WaitingJobs:
    """The Queued jobs that no process has; each is asked to start once, or Cancelled when nobody asks."""

    def __init__(self, database: Relational, outbox: Outbox) -> None:
        self._database, self._outbox = database, outbox

    def request_start(self, code: str, options: ImportOptions) -> Job:
        """Ask for a Queued job that waits for it to be started, with ``options`` instead of its own; once only.

        A launcher starts it (:mod:`pipelines.launcher`). Raises JobStateError when the job has been asked to start
        before, has a process already, or has ended.
        """
        changed = self._database.write(
            sa.update(jobs)
            .where(jobs.c.code == code, _WAITS, ~_IS_ASKED_FOR)
            .values(options=options_json(options), start_requested=utc_now())
        )
        job = read_job(self._database, code)
        if changed:
            return job
        if job.status.is_final:
            raise JobStateError(has_ended(job))
        raise JobStateError(f"Job {code} has already been started; `client-import job {code}` tells what it is at.")

    def keep_options(self, code: str, options: ImportOptions) -> None:
        """Give a job that waits for its start ``options`` instead of its own.

        Raises JobStateError when it does not wait any more.
        """
        if not self._database.write(
            sa.update(jobs).where(jobs.c.code == code, _WAITS, ~_IS_ASKED_FOR).values(options=options_json(options))
        ):
            read_job(self._database, code)
            raise JobStateError(f"Job {code} has been started, or has ended; its options cannot be changed any more.")

    def start_requested(self) -> list[str]:
        """Return the Queued jobs that were asked to start and that no process has begun, in the order of the asking."""
        query = select_jobs(jobs.c.code).where(_WAITS, _IS_ASKED_FOR)
        return [str(row.code) for row in self._database.read(query.order_by(jobs.c.start_requested, jobs.c.number))]

    def uploads(self) -> int:
        """Return how many jobs wait for somebody to ask for their start."""
        query = select_jobs(sa.func.count().label("jobs")).where(_WAITS, ~_IS_ASKED_FOR)
        return int(self._database.read(query)[0].jobs)

    def has(self, code: str) -> bool:
        """Return whether there is such a job, and it waits for somebody to ask for its start."""
        return bool(self._database.read(select_jobs(jobs.c.code).where(jobs.c.code == code, _WAITS, ~_IS_ASKED_FOR)))

    def forget(self, code: str) -> bool:
        """Delete the record of the job if nobody has asked for its start; return whether it was."""
        return bool(self._database.write(sa.delete(jobs).where(jobs.c.code == code, _WAITS, ~_IS_ASKED_FOR)))

    def cancel_forgotten(self, code: str, age: timedelta) -> bool:
        """Cancel the job if it is older than ``age`` and waits without having been asked to start; return whether."""
        is_old = jobs.c.created_date < naive(self._database.now() - age)
        is_forgotten = sa.and_(jobs.c.code == code, _WAITS, ~_IS_ASKED_FOR, is_old)
        if not self._database.read(select_jobs(jobs.c.code).where(is_forgotten)):
            return False
        return self._outbox.end_job(is_forgotten, status=Status.CANCELLED, completed_date=not_before_start())


def queued(code: str, file_name: str, options: ImportOptions, started_by: str, **more: Any) -> sa.Insert:
    """Return the statement that writes a new Queued job; ``more`` are columns beside these."""
    return sa.insert(jobs).values(
        code=checked_code(code),
        status=Status.QUEUED,
        file_name=file_name,
        options=options_json(options),
        started_by=started_by,
        created_date=utc_now(),
        files=Files.ALL,
        **more,
    )


def options_json(options: ImportOptions) -> str:
    """Return the options as the store keeps them: those that somebody has said."""
    return options.model_dump_json(by_alias=True, exclude_unset=True)


def has_ended(job: Job) -> str:
    """Return the sentence for whoever wants to start a job that has ended."""
    again = f"undo {job.undoes} again" if job.undoes else "import the file again"
    return f"Job {job.code} has already ended as {job.status}; {again} as a new job."
