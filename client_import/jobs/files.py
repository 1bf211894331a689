"""What the folders of ended jobs have, in the job store: where housekeeping finds what to clear away."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from client_import.jobs.relational import Relational
from client_import.jobs.rows import UNFINISHED, heartbeat_of, naive, select_jobs
from client_import.jobs.tables import Files, jobs


class JobFiles:
    """The column ``files`` of the job records."""

    def __init__(self, database: Relational) -> None:
        self._database = database

    def set(self, code: str, files: Files) -> None:
        """Note what the folder of an ended job has."""
        self._database.write(sa.update(jobs).where(jobs.c.code == code, ~UNFINISHED).values(files=files))

    def untidy(self, limit: int) -> list[str]:
        """Return ended jobs whose folder still has everything although their process is gone, oldest first."""
        query = select_jobs().where(~UNFINISHED, jobs.c.files == Files.ALL).order_by(jobs.c.number).limit(limit)
        heartbeats = [(row.code, heartbeat_of(row)) for row in self._database.read(query)]
        return [code for code, heartbeat in heartbeats if heartbeat is None or heartbeat.is_dead]

    def outdated(self, age: timedelta, limit: int) -> list[str]:
        """Return jobs that ended longer than ``age`` ago and still have files, oldest first."""
        has_files = sa.func.coalesce(jobs.c.files, Files.KEPT) == Files.KEPT
        query = select_jobs(jobs.c.code).where(
            has_files, ~UNFINISHED, jobs.c.completed_date < naive(self._database.now() - age)
        )
        return [str(row.code) for row in self._database.read(query.order_by(jobs.c.number).limit(limit))]
