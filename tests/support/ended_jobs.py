"""Jobs that have ended, without an import, and how their notifications stand; for tests of who is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from client_import.jobs.record import Counts, Status, now
from client_import.jobs.tables import notifications
from client_import.paths import new_code
from tests.support.program import Program, import_options


def ended(program: Program, status: Status = Status.COMPLETED, **record: Any) -> str:
    """A job that has ended now, with ``record`` as it is then."""
    code = new_code()
    job = program.store.create(code, "clients.csv", import_options(), "test")
    counts = record.pop("counts", Counts(created=2))
    program.store.finish(replace(job, status=status, counts=counts, completed_date=job.end_now(), **record))
    return code


def notes(program: Program) -> list[Any]:
    """The notifications, the oldest first."""
    with program.job_tables() as connection:
        return list(connection.execute(sa.select(notifications).order_by(notifications.c.created_date)))


def pause_left(row: Any) -> float:
    """The minutes until the next attempt."""
    due: datetime = row.due
    return (due - now().replace(tzinfo=None)).total_seconds() / 60


def let_pass(program: Program, time: timedelta) -> None:
    """Have ``time`` pass for all notifications."""
    with program.job_tables() as connection:
        for row in list(connection.execute(sa.select(notifications))):
            older = {"created_date": row.created_date - time, "due": row.due and row.due - time}
            connection.execute(sa.update(notifications).where(notifications.c.id == row.id).values(**older))
