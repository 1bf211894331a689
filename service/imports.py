"""The operations on imports of the HTTP API and the page: receive, preview, start, follow and cancel."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import IO, BinaryIO

from client_import.errors import JobStateError, SourceError, StoreError
from client_import.history.clients import Client, ClientsPage
from client_import.history.entries import Entry
from client_import.history.of_client import ClientHistory
from client_import.history.of_job import ChangesFilter
from client_import.jobs.log import logger
from client_import.jobs.record import Job
from client_import.jobs.store import JobStore
from client_import.jobs.wanted import JobsFilter
from client_import.mapping.file_spec import FileSpec
from client_import.mapping.saved import SavedMapping
from client_import.options import ImportOptions
from client_import.pipeline import receive
from client_import.preview import Preview
from client_import.reading.limits import Limits
from client_import.recovery.recover import recover
from client_import.recovery.recoverer import Recoverer
from client_import.reports.reason_groups import ReasonGroup
from client_import.reports.row_errors_page import RowError, error_groups
from client_import.retention import removed_sentence
from client_import.system.scratch import scratch
from client_import.undo_job import UndoPreview, ask_for_undo
from pipelines.launcher import STARTED_BY, Launcher
from service import preview_tasks
from service.errors import GoneError, NoRowsError, TooManyWaitingError
from service.place import Place
from service.preview_pool import PreviewPool

SHOWN_ROWS = 10


@dataclass(frozen=True, slots=True)
class Imports:
    """The imports of one home folder. Every method is thread-safe.

    Methods that read a file wait for a process of :class:`service.preview_pool.PreviewPool`, and raise its errors. The
    others return at once, whatever the files are and whatever else is running.
    """

    place: Place
    launcher: Launcher
    previews: PreviewPool
    recoverer: Recoverer

    @property
    def store(self) -> JobStore:
        """The job records and saved mappings."""
        return self.place.store

    def receive(self, stream: BinaryIO, file_name: str, options: ImportOptions, started_by: str = STARTED_BY) -> Job:
        """Store an uploaded file as a new job that waits to be started.

        Raises OptionsError when options about columns or sheets do not fit the file, StoreError when it cannot be
        stored, and TooManyWaitingError when too many files wait already; then there is no job.
        """
        most = self.place.settings.max_uploads_waiting
        if self.store.waiting.uploads() >= most:
            raise TooManyWaitingError(
                f"{most:,} uploaded files wait to be started, the most CLIENT_IMPORT_MAX_UPLOADS_WAITING allows. "
                "Start or cancel some of them first."
            )
        check = None
        if options.mapping_code or options.column_mappings or options.match_field or options.sheet:
            check = partial(self._check, options=options)
        limits = Limits.of(self.place.settings)
        return receive(
            self.place.home, self.store, stream, file_name, options, started_by, limits, starts_here=False, check=check
        )

    def options_for(self, code: str, given: ImportOptions) -> ImportOptions:
        """Return the options of the job ``code``, replaced by those set in ``given``."""
        return self.store.options(code).changed(given)

    def look(self, code: str, given: ImportOptions, *, rows: int = SHOWN_ROWS) -> Preview:
        """Return the preview of a job that waits to be started, without a plan.

        Raises JobStateError when it no longer waits.
        """
        self._waiting(code)
        return self.previews.quick(preview_tasks.seen, self._source(code), self.options_for(code, given), rows)

    def plan(self, code: str, given: ImportOptions, seen: Preview, *, is_quick: bool = False) -> Preview:
        """Return the preview ``seen`` of the job with its plan, or unchanged when the options do not fit.

        With ``is_quick`` the plan has the time limit of a preview.
        """
        if seen.mapping is None:
            return seen
        run = self.previews.quick if is_quick else self.previews.long
        file_spec, options = FileSpec(seen.layout, seen.mapping), self.options_for(code, given)
        return replace(seen, run=run(preview_tasks.planned, self._source(code), file_spec, options))

    def keep_options(self, code: str, options: ImportOptions) -> None:
        """Replace all options of a job that waits to be started; raises JobStateError when it no longer waits."""
        self._waiting(code)
        self.store.waiting.keep_options(code, options)

    def start(self, code: str, given: ImportOptions) -> Job:
        """Start the job with its options, replaced by those set in ``given``.

        Raises OptionsError when they do not fit the file, and JobStateError when the job no longer waits.
        """
        self._waiting(code)
        options = self.options_for(code, given)
        self._check(self._source(code), options)
        return self._request_start(code, options)

    def undo(self, code: str, started_by: str = STARTED_BY) -> Job:
        """Start the undo of the job ``code``, as a job of its own, and return that.

        Raises JobStateError when the job cannot be undone.
        """
        self.recoverer.recover_all(self.store, self.place.home)  # an undo that has died is in nobody's way
        self.previews.quick(preview_tasks.undoable, code)
        return self._launched(ask_for_undo(self.place.home, self.store, code, started_by, starts_here=False))

    def plan_undo(self, code: str) -> UndoPreview:
        """Return what the undo of the job ``code`` would do; raises JobStateError when it cannot be undone."""
        self.recoverer.recover_all(self.store, self.place.home)
        return self.previews.long(preview_tasks.undo_planned, code)

    def job(self, code: str) -> Job:
        """Return the job ``code``; if its process is gone, its recovery is started."""
        return self._checked(self.store.job(code))

    def jobs(self, wanted: JobsFilter, limit: int, before: str | None) -> list[Job]:
        """Return up to ``limit`` jobs that are ``wanted``, older than the job ``before``, newest first."""
        return [self._checked(job) for job in self.store.jobs(wanted, limit, before)]

    def cancel(self, code: str) -> Job:
        """Cancel the job; raises JobStateError when it has ended."""
        return self._checked(self.store.request_cancel(code))

    def _checked(self, job: Job) -> Job:
        """Return the job as it is now; if its process is gone, it is recovered in the background."""
        if not job.status.is_final:
            heartbeat = self.store.heartbeat(job.code)
            if heartbeat is None:
                job = recover(
                    self.store, None, self.place.home.job(job.code), job.code
                )  # cancels it when it is too old
            elif heartbeat.is_dead:
                self.recoverer.recover(job.code)
        return self.place.with_url(job)

    def discard(self, code: str) -> None:
        """Delete a job that nobody has started, and its file."""
        if self.store.waiting.forget(code):
            shutil.rmtree(self.place.home.job(code).path, ignore_errors=True)

    @contextmanager
    def kept_source(self, code: str) -> Iterator[BinaryIO]:
        """Yield the file of an ended import. Raises JobStateError when it has not ended, GoneError when it is removed.

        An undo has no file, for which JobNotFoundError is raised.
        """
        job = self._with_files(code)
        if not job.status.is_final:
            raise JobStateError(f"Job {code} has not ended; its file is in use.")
        try:
            stream = self._source(code).open("rb")
        except FileNotFoundError:
            raise NoRowsError(f"Job {code} has no file.") from None
        with stream:
            yield stream

    def row_errors(self, code: str, offset: int, limit: int) -> list[RowError]:
        """Return the errors of the job's rows: :func:`client_import.reports.row_errors_page.errors_of`."""
        self._with_files(code)
        return self.previews.quick(preview_tasks.row_errors, code, offset, limit)

    def error_groups(self, code: str) -> list[ReasonGroup]:
        """Return the errors by column and reason: :func:`client_import.reports.row_errors_page.error_groups`."""
        self._with_files(code)
        return error_groups(self.place.home.job(code))

    def changes(
        self, code: str, wanted: ChangesFilter, *, offset: int, limit: int, reveal: bool
    ) -> tuple[list[Entry], int]:
        """Return some changes of the job, and how many there are: :mod:`client_import.history.of_job`.

        Raises JobStateError when the job has not ended, StoreError when it has no history.
        """
        return self.previews.quick(preview_tasks.changes, self.job(code), wanted, offset, limit, reveal)

    def clients(self, search: str, *, offset: int, limit: int, reveal: bool) -> ClientsPage:
        """Return some clients: :func:`client_import.history.clients.find_clients`."""
        return self.previews.quick(preview_tasks.clients, search, offset, limit, reveal)

    def client(self, code: str, *, reveal: bool) -> Client:
        """Return one client: :func:`client_import.history.clients.client_of`."""
        return self.previews.quick(preview_tasks.client, code, reveal)

    def client_history(self, code: str, *, reveal: bool) -> ClientHistory:
        """Return the history of a client: :func:`client_import.history.of_client.history_of`."""
        return self.previews.quick(preview_tasks.client_history, code, reveal)

    @contextmanager
    def exported(self, mapping: SavedMapping | None) -> Iterator[IO[bytes]]:
        """Yield a temporary file with all clients as CSV (:func:`client_import.reports.export.export_clients`)."""
        with scratch(self.place.home.scratch, "export") as folder:
            path = folder / "clients.csv"
            self.previews.long(preview_tasks.export, mapping, path)
            yield path.open("rb")

    @contextmanager
    def as_workbook(self, code: str, source: Path) -> Iterator[IO[bytes]]:
        """Yield a temporary .xlsx of ``source``, the :meth:`rejected` or :meth:`not_imported` rows of the job.

        Raises NoWorkbookError when a sheet cannot hold them.
        """
        with scratch(self.place.home.scratch, "workbook") as folder:
            path = folder / "rows.xlsx"
            self.previews.long(preview_tasks.workbook, code, source, path)
            yield path.open("rb")

    def not_imported(self, code: str) -> Path:
        """Return the file of rows not imported; raises JobNotFoundError if there is none, GoneError if removed."""
        return self._left_by(code, self.place.home.job(code).not_imported)

    def rejected(self, code: str) -> Path:
        """Return the file of rejected rows; raises JobNotFoundError if there is none, GoneError if removed."""
        file = self._left_by(code, self.place.home.job(code).rejected)
        if not self.job(code).counts.errors:
            raise NoRowsError(f"Job {code} rejected no row, so there is no file of rejected rows.")
        return file

    def _left_by(self, code: str, file: Path) -> Path:
        job = self._with_files(code)
        if not job.status.is_final:
            raise NoRowsError(f"Job {code} is still {job.status}; its file is there when it has ended.")
        if not job.has_not_imported or not file.exists():
            raise NoRowsError(f"Job {code} left no row behind, so there is no file of rows not imported.")
        return file

    def clean_up(self) -> None:
        """Recover the jobs whose process is gone, have the records agree with the ledger, and clear away."""
        self.recoverer.recover_all(self.store, self.place.home)
        if not self.place.agrees:
            with suppress(StoreError):
                self.previews.quick(preview_tasks.agreed)
        self.place.clear_away()

    def close(self) -> None:
        """End the processes of previews and recovery, but not those of imports."""
        self.previews.close()
        self.recoverer.close()

    def _check(self, source: Path, options: ImportOptions) -> None:
        with suppress(SourceError):  # the job will fail with this error
            self.previews.quick(preview_tasks.check, source, options)

    def _source(self, code: str) -> Path:
        return self.place.home.job(code).source

    def _request_start(self, code: str, options: ImportOptions) -> Job:
        return self._launched(self.store.waiting.request_start(code, options))

    def _launched(self, job: Job) -> Job:
        try:
            self.launcher.start(job.code)
        except StoreError as error:
            logger.warning("Job %s waits: %s", job.code, error)  # it is started as soon as possible
        return job

    def _waiting(self, code: str) -> None:
        if self.store.job(code).undoes:
            raise JobStateError(f"Job {code} is an undo, which has no file and no options.")
        if not self.store.waiting.has(code):
            job = self.store.job(code)
            stands = f"has ended as {job.status}" if job.status.is_final else "has been started"
            raise JobStateError(f"Job {code} {stands}. Send the file again to import it with other options.")

    def _with_files(self, code: str) -> Job:
        job = self.job(code)
        if job.are_files_removed:
            raise GoneError(removed_sentence(code, self.place.settings.retention_days))
        return job
