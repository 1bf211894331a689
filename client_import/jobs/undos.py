"""The undos among the jobs: a job is undone by one at a time, and only while it is in effect."""

from __future__ import annotations

import sqlalchemy as sa

from client_import.errors import JobStateError
from client_import.jobs.record import Job, Status
from client_import.jobs.relational import Relational
from client_import.jobs.rows import UNFINISHED, mine, read_job, select_jobs
from client_import.jobs.tables import jobs, utc_now
from client_import.jobs.waiting import queued
from client_import.options import NO_OPTIONS


class UndoJobs:
    """The jobs that undo others."""

    def __init__(self, database: Relational) -> None:
        self._database = database

    def ask(self, code: str, undoes: str, started_by: str, *, starts_here: bool) -> Job:
        """Make ``code`` the job that undoes the job ``undoes``, and return it, Queued.

        With ``starts_here`` this process is going to start it; otherwise it is asked to start, for a launcher. Of those
        who ask at the same moment one gets an undo. Raises as :meth:`check` does, and then there is none.
        """
        asked = mine() if starts_here else {"start_requested": utc_now()}
        with self._database.transaction() as connection:
            # The row of the job is the lock: it is written first, so that who comes second waits here.
            connection.execute(sa.update(jobs).where(jobs.c.code == undoes).values(code=jobs.c.code))
            self.check(undoes)
            connection.execute(queued(code, f"Undo of {undoes}", NO_OPTIONS, started_by, undoes=undoes, **asked))
        return read_job(self._database, code)

    def check(self, code: str) -> None:
        """Raise JobStateError when the job ``code`` cannot be undone, by what the job records say.

        That is when it is not Completed, has changed nothing, is lost, is undone already, or is being undone.
        """
        undo = self._under_way(code)  # asked first: one that ends now is seen below
        job = read_job(self._database, code)
        if job.status is not Status.COMPLETED:
            stands = f"ended as {job.status}" if job.status.is_final else f"is {job.status}"
            raise JobStateError(f"Job {code} {stands} and has changed nothing, so there is nothing to undo.")
        if job.is_lost:
            raise not_in_database(code)
        if job.undone_by:
            raise JobStateError(
                f"Job {code} is undone already, by job {job.undone_by}. To have it again, undo {job.undone_by}."
            )
        if undo:
            raise JobStateError(f"Job {code} is being undone by job {undo}. Wait for that, or cancel it.")
        if not job.counts.changed:
            raise JobStateError(f"Job {code} has changed no client, so there is nothing to undo.")

    def _under_way(self, code: str) -> str | None:
        """Return the undo of the job ``code`` that has not ended, if there is one."""
        rows = self._database.read(select_jobs(jobs.c.code).where(jobs.c.undoes == code, UNFINISHED))
        return str(rows[0].code) if rows else None


def not_in_database(code: str) -> JobStateError:
    """Return the error for a job that the clients database does not have."""
    return JobStateError(
        f"Job {code} is not in the clients database, so there is nothing of it to undo: the database is a copy from "
        "before it, or another one."
    )
