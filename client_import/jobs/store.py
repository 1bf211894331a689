"""The job store: the live record of every import.

It is the news for whoever looks; what was applied is in the ledger (:mod:`client_import.clients.ledger`). One thing it
decides: a job commits only after it has set its commit mark here, and can set it only while it is InProgress and its
own. So a job without the mark can be cancelled, or failed when its process is gone, without asking the ledger.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Self

import sqlalchemy as sa

from client_import.errors import JobStateError
from client_import.jobs.agreement import Agreement
from client_import.jobs.figures import JobFigures
from client_import.jobs.files import JobFiles
from client_import.jobs.heartbeat import Heartbeat, is_gone
from client_import.jobs.home_of_jobs import HomeOfJobs
from client_import.jobs.mappings import MappingStore
from client_import.jobs.outbox import Outbox
from client_import.jobs.record import Job, JobProgress, Status
from client_import.jobs.relational import Relational
from client_import.jobs.rows import (
    UNFINISHED,
    counted,
    greater,
    heartbeat_of,
    mine,
    naive,
    not_before_creation,
    not_before_start,
    owned_by,
    read_job,
    read_jobs,
    row_of,
    select_jobs,
)
from client_import.jobs.sessions import SessionStore
from client_import.jobs.tables import CommitMark, Files, jobs, utc_now
from client_import.jobs.undos import UndoJobs
from client_import.jobs.waiting import WaitingJobs, has_ended, queued
from client_import.jobs.wanted import ALL_JOBS, JobsFilter
from client_import.options import ImportOptions
from client_import.paths import Home
from client_import.system.process import Process, this_process


class JobStore:
    """The job records in the database at ``url``, and what else is kept there.

    ``mappings`` are the saved mappings, ``sessions`` who is signed in, ``waiting`` the jobs that nobody has started,
    ``undos`` those that undo others, ``files`` what the folders of ended jobs have, ``figures`` how many jobs there
    are, ``outbox`` who is to be told of their ends, if anybody ``is_told`` of them, ``home`` which folder has their
    files, ``agreement`` whether the ledger has them; ``name`` is for messages, and ``is_new`` says that there was no
    store before. Without tables, the database is only made new where it is not ``is_begun``: where nothing else says
    that it had some. Every method, theirs as well, raises StoreError when the database cannot be used, and
    JobNotFoundError for an unknown code.
    """

    def __init__(self, url: str, *, is_begun: bool = False, is_told: bool = False) -> None:
        self._database = Relational(url, is_begun=is_begun)
        self.name, self.is_new = self._database.name, self._database.is_new
        self.mappings = MappingStore(self._database)
        self.sessions = SessionStore(self._database)
        self.outbox = Outbox(self._database, is_used=is_told)
        self.waiting = WaitingJobs(self._database, self.outbox)
        self.undos = UndoJobs(self._database)
        self.files = JobFiles(self._database)
        self.figures = JobFigures(self._database)
        self.home = HomeOfJobs(self._database)
        self.agreement = Agreement(self._database)

    @classmethod
    def at(cls, path: Path, *, is_told: bool = False) -> JobStore:
        """Open the SQLite job store at ``path``, or make it when there is no such file."""
        is_begun = path.exists() and Home(path.parent).has_been_used
        return cls(f"sqlite:///{path}", is_begun=is_begun, is_told=is_told)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._database.close()

    def check(self) -> None:
        """Raise StoreError when the database cannot be used; a bounded part of it is read."""
        self._database.check()

    def check_place(self) -> None:
        """Raise StoreError when the file of the store is no longer where it was opened."""
        self._database.check_place()

    def create(
        self, code: str, file_name: str, options: ImportOptions, started_by: str, *, starts_here: bool = True
    ) -> Job:
        """Write a new Queued job and return it; ``starts_here`` says that this very process is going to start it."""
        self._database.write(queued(code, file_name, options, started_by, **(mine() if starts_here else {})))
        return self.job(code)

    def forget(self, code: str) -> None:
        """Delete the record of a job that never was: its file did not come in whole."""
        self._database.write(sa.delete(jobs).where(jobs.c.code == code, UNFINISHED))

    def job(self, code: str) -> Job:
        """Return the job ``code``."""
        return read_job(self._database, code)

    def jobs(self, wanted: JobsFilter = ALL_JOBS, limit: int = 50, before: str | None = None) -> list[Job]:
        """Return the jobs that are ``wanted``, newest first, and older than the job ``before``."""
        query = wanted.applied_to(select_jobs().order_by(jobs.c.number.desc()).limit(limit))
        if before is not None:
            query = query.where(jobs.c.number < row_of(self._database, before).number)
        return read_jobs(self._database, query)

    def unfinished(self) -> list[Job]:
        """Return the jobs that have not ended, oldest first."""
        return read_jobs(self._database, select_jobs().where(UNFINISHED).order_by(jobs.c.number))

    def options(self, code: str) -> ImportOptions:
        """Return the options the job was created with, or those it was asked to start with."""
        with self._database.translating_errors():
            return ImportOptions.model_validate_json(row_of(self._database, code).options)

    def job_progress(self, code: str) -> JobProgress:
        """Return what the job is at."""
        row = row_of(self._database, code)
        return JobProgress(row.phase, row.read_share)

    def heartbeat(self, code: str) -> Heartbeat | None:
        """Return the last sign of life of the process that has the job; None when it waits for one to start it."""
        return heartbeat_of(row_of(self._database, code))

    def is_retried(self, code: str) -> bool:
        """Return whether another process is going to take the job over when its own one is gone."""
        return bool(row_of(self._database, code).is_retried)

    def commit_mark(self, code: str) -> CommitMark | None:
        """Return how far the job is with its commit."""
        mark = row_of(self._database, code).commit_mark
        with self._database.translating_errors():
            return None if mark is None else CommitMark(mark)

    def was_asked_to_stop(self, code: str) -> bool:
        """Return whether a cancel came while the job was committing, too late to be sure."""
        return bool(row_of(self._database, code).cancel_requested)

    def code_of_run(self, run_id: str) -> str | None:
        """Return the code of the job that the Dagster run ``run_id`` imports."""
        rows = self._database.read(select_jobs(jobs.c.code).where(jobs.c.run_id == run_id))
        return str(rows[0].code) if rows else None

    def run_of(self, code: str) -> str | None:
        """Return the id of the Dagster run that imports the job, or is to."""
        return row_of(self._database, code).run_id  # type: ignore[no-any-return]

    def link(self, code: str, run_id: str) -> None:
        """Note that the Dagster run ``run_id`` imports the job."""
        self._database.write(sa.update(jobs).where(jobs.c.code == code).values(run_id=run_id))

    def note(self, code: str, notes: Iterable[str]) -> None:
        """Add those of ``notes``, sentences for whoever looks at the job, that it does not have yet."""
        known = self.job(code).notes
        new = [note for note in notes if note not in known]
        if new:
            self._database.write(sa.update(jobs).where(jobs.c.code == code).values(notes=json.dumps([*known, *new])))

    def start(self, code: str, *, is_retried: bool = False, run_id: str | None = None) -> Job:
        """Make a Queued job InProgress, run by this process, in the Dagster run ``run_id`` if any.

        A job already InProgress is taken over when its process is gone, and stays as it is when it is this one's.
        ``is_retried`` says that when this process dies another will take over. Raises JobStateError when the job
        has ended, or another process imports it.
        """
        heartbeat = self.heartbeat(code)
        is_ours = (
            heartbeat is None or heartbeat.process == this_process() or is_gone(heartbeat, lambda: self.heartbeat(code))
        )
        same_as_seen = owned_by(heartbeat.process) if heartbeat else jobs.c.pid.is_(None)
        alive = {**mine(), "started_date": sa.func.coalesce(jobs.c.started_date, not_before_creation())}
        if run_id is not None:
            alive["run_id"] = run_id
        changed = is_ours and self._database.write(
            sa.update(jobs)
            .where(jobs.c.code == code, UNFINISHED, same_as_seen)
            .values(status=Status.IN_PROGRESS, is_retried=is_retried, files=Files.ALL, **alive)
        )
        job = self.job(code)
        if job.status.is_final:
            raise JobStateError(has_ended(job))
        if not changed:
            raise JobStateError(f"Job {code} is being run by another process; wait for it, or cancel it.")
        return job

    def record_heartbeat(
        self,
        code: str,
        phase: str,
        processed_items: int,
        error_count: int,
        read_share: float | None,
        total_items: int | None,
    ) -> bool:
        """Write the running job's sign of life and progress; return whether it is to stop: it is not ours any more.

        Counts never go down (L5); ``total_items`` is None while the rows have not been counted.
        """
        changed = self._database.write(
            _ours(code).values(
                heartbeat=utc_now(),
                phase=phase,
                processed_items=greater(jobs.c.processed_items, processed_items),
                error_count=greater(jobs.c.error_count, error_count),
                read_share=read_share,
                total_items=jobs.c.total_items if total_items is None else total_items,
            ),
            is_synced=False,
        )
        return not changed

    def announce_commit(self, code: str) -> bool:
        """Set the commit mark; False when the job has ended or is another process's, and must not commit."""
        return bool(self._database.write(_ours(code).values(commit_mark=CommitMark.ANNOUNCED)))

    def withdraw_commit(self, code: str) -> None:
        """Take the commit mark back: the ledger does not have the job."""
        self._database.write(
            sa.update(jobs)
            .where(jobs.c.code == code, UNFINISHED, jobs.c.commit_mark == CommitMark.ANNOUNCED)
            .values(commit_mark=None)
        )

    def applied(self, job: Job) -> None:
        """Write the counts of the unfinished ``job``, which the ledger has; it is too late to cancel it now."""
        self._database.write(
            sa.update(jobs)
            .where(jobs.c.code == job.code, UNFINISHED)
            .values(**counted(job), phase="reporting", commit_mark=CommitMark.COMMITTED)
        )

    def announced(self) -> list[str]:
        """Return the jobs, of which the ledger knows whether they were committed, and this store does not yet."""
        query = select_jobs(jobs.c.code).where(UNFINISHED, jobs.c.commit_mark == CommitMark.ANNOUNCED)
        return [str(row.code) for row in self._database.read(query)]

    def request_cancel(self, code: str) -> Job:
        """Cancel the job, at once and for certain, unless it is committing; then it is asked to, and goes on.

        Raises JobStateError when it had ended.
        """
        may = (jobs.c.code == code, jobs.c.commit_mark.is_(None))
        changed = self.outbox.end_job(*may, status=Status.CANCELLED, completed_date=not_before_start())
        if not changed:
            self._database.write(sa.update(jobs).where(jobs.c.code == code, UNFINISHED).values(cancel_requested=True))
        job = self.job(code)
        if job.status.is_final and not changed:
            raise JobStateError(f"Job {code} cannot be cancelled: it has already ended as {job.status}.")
        return job

    def finish(self, job: Job, *, of: Process | None = None, is_nobodys: bool = False) -> Job:
        """Write how ``job`` ended, with ``of`` or ``is_nobodys`` only while it is that process's or none has it.

        Returns it as it is now: a job that had ended before keeps what it ended as (L4), and one that has set its
        commit mark only ends Completed.
        """
        may = [jobs.c.code == job.code]
        if job.status is not Status.COMPLETED:
            may.append(jobs.c.commit_mark.is_(None))
        if of is not None:
            may.append(owned_by(of))
        if is_nobodys:
            may.append(jobs.c.heartbeat.is_(None))
        self.outbox.end_job(
            *may,
            **counted(job),
            status=job.status,
            completed_date=naive(job.completed_date or job.end_now()),
            failure_reason=job.failure_reason,
        )
        return self.job(job.code)


def _ours(code: str) -> sa.Update:
    return sa.update(jobs).where(jobs.c.code == code, jobs.c.status == Status.IN_PROGRESS, owned_by(this_process()))
