"""Which jobs are asked for: the filters of the history of imports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from client_import.jobs.record import Status
from client_import.jobs.tables import jobs

_IS_STARTED = sa.or_(
    jobs.c.status.not_in([Status.QUEUED, Status.CANCELLED]),
    *(column.is_not(None) for column in (jobs.c.start_requested, jobs.c.heartbeat, jobs.c.started_date, jobs.c.undoes)),
)


@dataclass(frozen=True, slots=True)
class JobsFilter:
    """The jobs with this ``status``, whose file name contains ``name`` in any letter case, started by ``origin``.

    The undo of an import has the name of its file, too. What is None or empty means all jobs. With ``is_started`` files
    that were uploaded and that nobody has asked to start are left out, whether they wait or are Cancelled.
    """

    status: Status | None = None
    name: str = ""
    origin: str = ""
    is_started: bool = False

    def applied_to(self, query: sa.Select[Any]) -> sa.Select[Any]:
        """Return the ``query`` of jobs with the conditions of this filter."""
        if self.status is not None:
            query = query.where(jobs.c.status == self.status)
        if self.is_started:
            query = query.where(_IS_STARTED)
        if self.origin:
            query = query.where(jobs.c.started_by == self.origin)
        if self.name:
            undone = jobs.alias()
            of_name = sa.select(undone.c.code).where(_contains(undone.c.file_name, self.name))
            query = query.where(sa.or_(_contains(jobs.c.file_name, self.name), jobs.c.undoes.in_(of_name)))
        return query


ALL_JOBS = JobsFilter()
STARTED_JOBS = JobsFilter(is_started=True)


def _contains(column: sa.ColumnElement[str], text: str) -> sa.ColumnElement[bool]:
    return sa.func.lower(column, type_=column.type).contains(text.lower(), autoescape=True)
