"""What the HTTP API and the page do with imports: take in a file, look at it, start, follow and cancel its job."""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from client_import.errors import JobNotFoundError, JobStateError, SourceError, StoreError
from client_import.housekeeping import removed_sentence
from client_import.importing import saved_mapping, take_in
from client_import.job_faults import FaultGroup, RowFault, fault_groups, faults_of
from client_import.job_store import JobStore
from client_import.jobs import Job, Status
from client_import.log import logger
from client_import.options import ImportOptions
from client_import.preview import Preview
from client_import.understanding import understand
from pipelines.launcher import STARTED_BY, Launcher
from service.looks import Looks
from service.place import Place

SHOWN_ROWS = 10


class TooManyWaitingError(StoreError):
    """So many uploaded files wait to be started that no more are taken in."""


class GoneError(JobNotFoundError):
    """The job is there, but its files are not any more."""


@dataclass(frozen=True, slots=True)
class Imports:
    """The imports of one home folder. Every method may be called from any thread, and several at a time."""

    place: Place
    launcher: Launcher
    looks: Looks

    @property
    def store(self) -> JobStore:
        """The job records and saved mappings."""
        return self.place.store

    def take_in(self, stream: BinaryIO, file_name: str, options: ImportOptions) -> Job:
        """Keep an uploaded file as a new job that waits to be started.

        Raises OptionsError when the options say something of columns that does not fit the file, StoreError when it
        cannot be kept, and TooManyWaitingError when too many files wait already; there is no job then.
        """
        most = self.place.settings.max_uploads_waiting
        if self.store.uploads_waiting() >= most:
            raise TooManyWaitingError(
                f"{most:,} uploaded files wait to be started, the most CLIENT_IMPORT_MAX_UPLOADS_WAITING allows. "
                "Start or cancel some of them first."
            )
        return take_in(self.place.home, self.store, stream, file_name, options, STARTED_BY, starts_here=False)

    def options_for(self, code: str, given: ImportOptions) -> ImportOptions:
        """Return the options of the job ``code`` with what is set in ``given`` in their place."""
        return self.store.options(code).changed(given)

    def preview(self, code: str, given: ImportOptions, *, rows: int = SHOWN_ROWS, plans: bool = True) -> Preview:
        """Look at the file of a job that waits to be started; see :meth:`service.looks.Looks.preview`.

        Raises JobStateError when it does not wait any more.
        """
        self._waiting(code)
        return self.looks.preview(code, self.options_for(code, given), rows, plans=plans)

    def keep_options(self, code: str, options: ImportOptions) -> None:
        """Give a job that waits to be started all of ``options``, instead of its own.

        Raises JobStateError when it does not wait any more.
        """
        self._waiting(code)
        self.store.keep_options(code, options)

    def start(self, code: str, given: ImportOptions) -> Job:
        """Have the job started with its options as ``given`` changes them; returns at once.

        Raises OptionsError when they do not fit the file, and JobStateError when it does not wait any more.
        """
        self._waiting(code)
        options = self.options_for(code, given)
        with suppress(SourceError):  # the job says so when it has failed
            understand(self.place.home.job(code).source, options, saved_mapping(self.store, options))
        job = self.store.request_start(code, options)
        try:
            self.launcher.start(code)
        except StoreError as error:
            logger.warning("Job %s waits: %s", code, error)  # it is taken up as soon as it can be
        return job

    def job(self, code: str) -> Job:
        """Return the job; one whose process is gone is ended first."""
        return self.place.settled(self.store.job(code))

    def jobs(self, status: Status | None, limit: int, before: str | None) -> list[Job]:
        """Return the jobs, newest first: those older than the job ``before``."""
        return [self.place.settled(job) for job in self.store.jobs(status, limit, before=before)]

    def cancel(self, code: str) -> Job:
        """Cancel the job; raises JobStateError when it has ended."""
        self.job(code)
        return self.place.settled(self.store.request_cancel(code))

    def discard(self, code: str) -> None:
        """Forget a job that was never asked to start, and its file."""
        self.store.forget(code)
        shutil.rmtree(self.place.home.job(code).path, ignore_errors=True)

    def faults(self, code: str, offset: int, limit: int) -> list[RowFault]:
        """Return the faults of the job's rows: :func:`client_import.job_faults.faults_of`."""
        self._with_files(code)
        return faults_of(self.place.home.job(code), offset, limit)

    def fault_groups(self, code: str) -> list[FaultGroup]:
        """Return the faults by column and reason: :func:`client_import.job_faults.fault_groups`."""
        self._with_files(code)
        return fault_groups(self.place.home.job(code))

    def not_imported(self, code: str) -> Path:
        """Return the file of the rows not imported; raises JobNotFoundError when there is none (any more)."""
        job = self._with_files(code)
        file = self.place.home.job(code).not_imported
        if not job.status.is_final:
            raise JobNotFoundError(f"Job {code} is still {job.status}; its file is there when it has ended.")
        if not job.has_not_imported or not file.exists():
            raise JobNotFoundError(f"Job {code} left no row behind, so there is no file of rows not imported.")
        return file

    def _waiting(self, code: str) -> None:
        if not self.store.is_waiting(code):
            job = self.store.job(code)
            stands = f"has ended as {job.status}" if job.status.is_final else "has been started"
            raise JobStateError(f"Job {code} {stands}. Send the file again to import it with other options.")

    def _with_files(self, code: str) -> Job:
        job = self.job(code)
        if job.are_files_removed:
            raise GoneError(removed_sentence(code, self.place.settings.retention_days))
        return job
