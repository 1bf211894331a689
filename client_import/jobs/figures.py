"""How many jobs there are, and what came of them."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from client_import.jobs.record import Counts, Status
from client_import.jobs.relational import Relational
from client_import.jobs.rows import UNFINISHED, select_jobs
from client_import.jobs.tables import jobs

_COUNTS = (jobs.c.created_count, jobs.c.updated_count, jobs.c.skipped_count, jobs.c.error_count)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many jobs there are, and the sums of their counts."""

    jobs: int
    counts: Counts


class JobFigures:
    """Sums over all job records."""

    def __init__(self, database: Relational) -> None:
        self._database = database

    def tallies(self) -> dict[Status, Tally]:
        """Return how many jobs have each status, and the sums of their counts."""
        sums = (sa.func.sum(column).label(column.name) for column in _COUNTS)
        query = select_jobs(jobs.c.status, sa.func.count().label("jobs"), *sums).group_by(jobs.c.status)
        with self._database.translating_errors():
            return {
                Status(row.status): Tally(row.jobs, Counts(*(int(getattr(row, column.name)) for column in _COUNTS)))
                for row in self._database.read(query)
            }

    def origins(self) -> list[str]:
        """Return who has started jobs: ``api``, ``page``, ``command line``, ``drop folder``, or who did in Dagster."""
        query = select_jobs(jobs.c.started_by).distinct().order_by(jobs.c.started_by)
        return [str(row.started_by) for row in self._database.read(query)]

    def changes_made(self) -> int:
        """Return how many jobs have changed the clients, or may have: they had announced their commit."""
        changed = jobs.c.created_count + jobs.c.updated_count + sa.func.coalesce(jobs.c.removed_count, 0)
        has_changed = sa.and_(jobs.c.status == Status.COMPLETED, changed > 0)
        may_have = sa.and_(UNFINISHED, jobs.c.commit_mark.is_not(None))
        query = select_jobs(sa.func.count().label("jobs")).where(sa.or_(has_changed, may_have))
        return int(self._database.read(query)[0].jobs)
