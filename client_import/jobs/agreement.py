"""Whether the job records and the ledger of the clients speak of the same time: either may be put back from a copy."""

from __future__ import annotations

import json
from collections.abc import Iterable

import sqlalchemy as sa

from client_import.jobs.record import Job, Status
from client_import.jobs.relational import Relational
from client_import.jobs.rows import naive, select_jobs
from client_import.jobs.tables import Files, jobs, ledgers
from client_import.jobs.waiting import options_json
from client_import.options import NO_OPTIONS

_ONLY = 1
_UNKNOWN = "unknown"

TAKEN_IN = (
    "The clients database has this job, and the job store had lost it: that was put back from a copy, or made new. Its "
    "options and its notes are not known any more."
)


def _inode(state: str) -> str:
    return state.partition(" ")[0]


class Agreement:
    """What the job records say of the ledger (:mod:`client_import.recovery.agree` compares the two)."""

    def __init__(self, database: Relational) -> None:
        self._database = database

    def seen(self) -> str | None:
        """Return the state of the file with the ledger when the records last agreed with it."""
        rows = self._database.read(sa.select(ledgers.c.state))
        return str(rows[0].state) if rows else None

    def note_seen(self, state: str) -> None:
        """Note that the records agree with the ledger in a file of this ``state``."""
        if not self._database.write(sa.update(ledgers).values(state=state), is_synced=False):
            self._database.put(ledgers, {"number": _ONLY, "state": state}, replaces=True)

    def note_written(self, before: str | None, after: str | None) -> None:
        """Note that the file which was in the state ``before`` is in that of ``after``, because a job has written it.

        Nothing is noted where the records did not agree with it before, or another file is in its place by now.
        """
        if before and after and before == self.seen() and _inode(before) == _inode(after):
            self.note_seen(after)

    def records(self) -> dict[str, bool | None]:
        """Return by code, for each Completed job, whether it is lost; None for a job that is not Completed."""
        rows = self._database.read(select_jobs(jobs.c.code, jobs.c.status, jobs.c.is_lost))
        return {row.code: bool(row.is_lost) if row.status == Status.COMPLETED else None for row in rows}

    def set_lost(self, codes: Iterable[str], *, is_lost: bool) -> None:
        """Note of these jobs that the ledger does not have them any more, or that it has them again."""
        values = [{"job": code} for code in codes]
        if values:
            with self._database.transaction() as connection:
                of_job = jobs.c.code == sa.bindparam("job")
                connection.execute(sa.update(jobs).where(of_job).values(is_lost=is_lost or None), values)

    def take_in(self, job: Job, *, has_files: bool) -> None:
        """Write the record of a job of the ledger, of which there is none, or one that says that it was not applied.

        ``has_files`` says that its folder is there. Nobody is told of its end.
        """
        applied = {
            "status": job.status,
            "total_items": job.total_items,
            "processed_items": job.processed_items,
            "created_count": job.counts.created,
            "updated_count": job.counts.updated,
            "skipped_count": job.counts.skipped,
            "error_count": job.counts.errors,
            "removed_count": job.counts.removed if job.undoes else None,
            "started_date": naive(job.started_date or job.created_date),
            "completed_date": naive(job.completed_date or job.created_date),
        }
        new = {
            "code": job.code,
            "file_name": job.file_name,
            "created_date": naive(job.created_date),
            "has_not_imported": job.has_not_imported,
            "options": options_json(NO_OPTIONS),
            "started_by": _UNKNOWN,
            "files": Files.KEPT if has_files else Files.REMOVED,
            "undoes": job.undoes,
            "notes": json.dumps([TAKEN_IN]),
        }
        if not self._database.put(jobs, {**new, **applied}, replaces=False):
            is_wrong = jobs.c.status.in_([Status.FAILED, Status.CANCELLED])
            correct = sa.update(jobs).where(jobs.c.code == job.code, is_wrong)
            self._database.write(correct.values(**applied, failure_reason=None))
