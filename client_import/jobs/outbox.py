"""The outbox: whom to tell that a job has ended, in the job store, so that a crash loses nothing and doubles little.

The one statement that ends a job also notes that it is untold. Whoever delivers makes of that a notification for each
receiver, and claims one after the other. A claim puts the next attempt, by anyone, off for longer than an attempt may
take. So one process sends it at a time; and when that one dies before it could note that it has sent, another one sends
it again, with the same id.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from client_import.jobs.relational import Relational
from client_import.jobs.rows import UNFINISHED, naive, select_jobs
from client_import.jobs.tables import jobs, notifications, utc_now

FIRST_PAUSE = timedelta(minutes=1)
"""After the first attempt; more than one takes. Each further pause is twice as long, up to :data:`LONGEST_PAUSE`."""

LONGEST_PAUSE = timedelta(hours=1)

GIVEN_UP_AFTER = timedelta(hours=24)
"""The first attempt after this time is the last."""

_FORGOTTEN_AFTER = 2 * GIVEN_UP_AFTER
"""A notification for a receiver that nobody knows is given up after this time."""

_AT_ONCE = 50
_MOST_DOUBLINGS = 10

_IS_UNTOLD = sa.and_(jobs.c.is_untold, ~UNFINISHED)


@dataclass(frozen=True, slots=True)
class Notification:
    """What a receiver, known by its mark, is to be told: that ``job`` has ended. The ``id`` is always the same.

    ``attempts`` counts this one; ``is_last`` says that no other follows.
    """

    id: str
    job: str
    receiver: str
    attempts: int
    is_last: bool

    @property
    def pause(self) -> timedelta:
        """The time until the next attempt."""
        doublings = min(self.attempts - 1, _MOST_DOUBLINGS)
        return min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)


class Outbox:
    """The notifications of ended jobs; ``is_used`` says that jobs which end from now on are to be told of."""

    def __init__(self, database: Relational, *, is_used: bool) -> None:
        self._database = database
        self._marks = {"is_untold": True} if is_used else {}

    def end_job(self, *conditions: sa.ColumnElement[bool], **values: Any) -> bool:
        """End the unfinished job that fulfils the ``conditions`` with these ``values``; return whether there was one.

        The only statement with which a job ends.
        """
        ends = sa.update(jobs).where(UNFINISHED, *conditions).values(**values, **self._marks)
        return bool(self._database.write(ends))

    def is_due(self, receivers: Iterable[str]) -> bool:
        """Return whether a job is untold, or one of the ``receivers`` is to be told now."""
        is_untold = select_jobs(jobs.c.code).where(_IS_UNTOLD).exists()
        is_due = sa.or_(is_untold, sa.exists().where(self._due(receivers)))
        return bool(self._database.read(sa.select(is_due.label("is_due")))[0].is_due)

    def untold(self) -> list[str]:
        """Return some of the jobs for which no notifications have been written yet, oldest first."""
        query = select_jobs(jobs.c.code).where(_IS_UNTOLD).order_by(jobs.c.number).limit(_AT_ONCE)
        return [str(row.code) for row in self._database.read(query)]

    def address(self, job: str, receivers: Sequence[str]) -> None:
        """Write the notifications of an untold job, one for each of the ``receivers``, unless they are there."""
        for receiver in receivers:
            values = {
                "id": f"{job}-{receiver}",
                "job": job,
                "receiver": receiver,
                "created_date": utc_now(),
                "attempts": 0,
                "due": utc_now(),
            }
            self._database.put(notifications, values, replaces=False)
        self._database.write(sa.update(jobs).where(jobs.c.code == job).values(is_untold=None))

    def claim(self, receivers: Iterable[str]) -> Notification | None:
        """Return a notification that is due for one of the ``receivers``, and is now this process's to send."""
        now = self._database.now()
        query = sa.select(notifications).where(self._due(receivers)).order_by(notifications.c.due).limit(_AT_ONCE)
        for row in self._database.read(query):
            is_last = row.created_date < naive(now - GIVEN_UP_AFTER)
            claimed = Notification(row.id, row.job, row.receiver, row.attempts + 1, is_last)
            is_ours = self._database.write(
                sa.update(notifications)
                .where(notifications.c.id == row.id, notifications.c.attempts == row.attempts)
                .where(notifications.c.due == row.due)
                .values(attempts=claimed.attempts, due=None if is_last else naive(now + claimed.pause))
            )
            if is_ours:
                return claimed
        return None

    def sent(self, told: Notification) -> None:
        """Note that the receiver has been told."""
        done = sa.update(notifications).where(notifications.c.id == told.id)
        self._database.write(done.values(due=None, sent_date=utc_now()))

    def put_off(self, failed: Notification) -> None:
        """Put off everything that is due for a receiver that could not be told: it is tried once at a time."""
        later = sa.update(notifications).where(self._due([failed.receiver]))
        self._database.write(later.values(due=naive(self._database.now() + failed.pause)))

    def give_up_unknown(self, receivers: Iterable[str]) -> list[str]:
        """Give up what nobody has sent for two days, because it is for none of the ``receivers``; return the jobs."""
        is_lost = sa.and_(
            notifications.c.due.is_not(None),
            notifications.c.receiver.not_in([*receivers]),
            notifications.c.created_date < naive(self._database.now() - _FORGOTTEN_AFTER),
        )
        rows = self._database.read(sa.select(notifications).where(is_lost).limit(_AT_ONCE))
        give_up = sa.update(notifications).where(is_lost)
        return [
            str(row.job)
            for row in rows
            if self._database.write(give_up.where(notifications.c.id == row.id).values(due=None))
        ]

    def remove(self, age: timedelta) -> None:
        """Remove the notifications that are older than ``age``."""
        old = notifications.c.created_date < naive(self._database.now() - age)
        self._database.write(sa.delete(notifications).where(old))

    def _due(self, receivers: Iterable[str]) -> sa.ColumnElement[bool]:
        now = self._database.now()
        is_time = notifications.c.due <= naive(now)
        is_too_far = notifications.c.due > naive(now + LONGEST_PAUSE)  # the clock was set back
        return sa.and_(sa.or_(is_time, is_too_far), notifications.c.receiver.in_([*receivers]))
