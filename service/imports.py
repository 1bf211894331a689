"""What the HTTP API and the page do with imports: receive a file, look at it, start, follow and cancel its job."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import IO, BinaryIO

from client_import.errors import JobNotFoundError, JobStateError, SourceError, StoreError
from client_import.jobs.log import logger
from client_import.jobs.record import Job, Status
from client_import.jobs.store import JobStore
from client_import.mapping.file_spec import FileSpec
from client_import.mapping.saved import SavedMapping
from client_import.options import ImportOptions
from client_import.pipeline import receive
from client_import.preview import Preview
from client_import.recovery.recover import recover
from client_import.recovery.recoverer import Recoverer
from client_import.reports.reason_groups import ReasonGroup
from client_import.reports.row_errors_page import RowError, error_groups
from client_import.retention import removed_sentence
from client_import.system.scratch import scratch
from pipelines.launcher import STARTED_BY, Launcher
from service.place import Place
from service.preview_pool import PreviewPool

SHOWN_ROWS = 10


class TooManyWaitingError(StoreError):
    """So many uploaded files wait to be started that no more are received."""


class GoneError(JobNotFoundError):
    """The job is there, but its files are not any more."""


@dataclass(frozen=True, slots=True)
class Imports:
    """The imports of one home folder. Every method may be called from any thread, and several at a time.

    Those that look into a file wait for that; see :class:`service.preview_pool.PreviewPool`, whose errors they raise.
    The others answer at once, whatever the files are and whatever else goes on.
    """

    place: Place
    launcher: Launcher
    previews: PreviewPool
    recoverer: Recoverer

    @property
    def store(self) -> JobStore:
        """The job records and saved mappings."""
        return self.place.store

    def receive(self, stream: BinaryIO, file_name: str, options: ImportOptions) -> Job:
        """Keep an uploaded file as a new job that waits to be started.

        Raises OptionsError when the options say something of columns that does not fit the file, StoreError when it
        cannot be kept, and TooManyWaitingError when too many files wait already; there is no job then.
        """
        most = self.place.settings.max_uploads_waiting
        if self.store.waiting.uploads() >= most:
            raise TooManyWaitingError(
                f"{most:,} uploaded files wait to be started, the most CLIENT_IMPORT_MAX_UPLOADS_WAITING allows. "
                "Start or cancel some of them first."
            )
        check = None
        if options.mapping_code or options.column_mappings or options.match_field:
            check = partial(self._check, options=options)
        return receive(
            self.place.home, self.store, stream, file_name, options, STARTED_BY, starts_here=False, check=check
        )

    def options_for(self, code: str, given: ImportOptions) -> ImportOptions:
        """Return the options of the job ``code`` with what is set in ``given`` in their place."""
        return self.store.options(code).changed(given)

    def look(self, code: str, given: ImportOptions, *, rows: int = SHOWN_ROWS) -> Preview:
        """Look at the file of a job that waits to be started; the preview has no plan.

        Raises JobStateError when it does not wait any more.
        """
        self._waiting(code)
        return self.previews.look(self._source(code), self.options_for(code, given), rows)

    def plan(self, code: str, given: ImportOptions, seen: Preview, *, is_quick: bool = False) -> Preview:
        """Return the preview ``seen`` of the job with what its import would do; as it is when the options do not fit.

        ``is_quick`` gives that no more time than the look took at most.
        """
        if seen.mapping is None:
            return seen
        file_spec = FileSpec(seen.layout, seen.mapping)
        options = self.options_for(code, given)
        return replace(seen, run=self.previews.plan(self._source(code), file_spec, options, is_quick=is_quick))

    def keep_options(self, code: str, options: ImportOptions) -> None:
        """Give a job that waits to be started all of ``options``, instead of its own.

        Raises JobStateError when it does not wait any more.
        """
        self._waiting(code)
        self.store.waiting.keep_options(code, options)

    def start(self, code: str, given: ImportOptions) -> Job:
        """Have the job started with its options as ``given`` changes them; looks at its file before.

        Raises OptionsError when they do not fit the file, and JobStateError when it does not wait any more.
        """
        self._waiting(code)
        options = self.options_for(code, given)
        self._check(self._source(code), options)
        job = self.store.waiting.request_start(code, options)
        try:
            self.launcher.start(code)
        except StoreError as error:
            logger.warning("Job %s waits: %s", code, error)  # it is taken up as soon as it can be
        return job

    def job(self, code: str) -> Job:
        """Return the job; one whose process is gone is about to be ended."""
        return self._told(self.store.job(code))

    def jobs(self, status: Status | None, limit: int, before: str | None) -> list[Job]:
        """Return the jobs, newest first: those older than the job ``before``."""
        return [self._told(job) for job in self.store.jobs(status, limit, before=before)]

    def cancel(self, code: str) -> Job:
        """Cancel the job; raises JobStateError when it has ended."""
        return self._told(self.store.request_cancel(code))

    def _told(self, job: Job) -> Job:
        """Return the job as it is; nobody who asks for one waits for what it takes to end it."""
        if not job.status.is_final:
            heartbeat = self.store.heartbeat(job.code)
            if heartbeat is None:
                job = recover(self.store, None, self.place.home.job(job.code), job.code)  # only looks how old it is
            elif heartbeat.is_dead:
                self.recoverer.recover(job.code)
        return self.place.with_url(job)

    def discard(self, code: str) -> None:
        """Forget a job that was never asked to start, and its file."""
        self.store.forget(code)
        shutil.rmtree(self.place.home.job(code).path, ignore_errors=True)

    def row_errors(self, code: str, offset: int, limit: int) -> list[RowError]:
        """Return the errors of the job's rows: :func:`client_import.reports.row_errors_page.errors_of`."""
        self._with_files(code)
        return self.previews.row_errors(code, offset, limit)

    def error_groups(self, code: str) -> list[ReasonGroup]:
        """Return the errors by column and reason: :func:`client_import.reports.row_errors_page.error_groups`."""
        self._with_files(code)
        return error_groups(self.place.home.job(code))

    @contextmanager
    def exported(self, mapping: SavedMapping | None) -> Iterator[IO[bytes]]:
        """All clients as CSV (:func:`client_import.reports.export.export_clients`); the file goes when it is closed."""
        with scratch(self.place.home.scratch, "export") as folder:
            path = folder / "clients.csv"
            self.previews.export(mapping, path)
            yield path.open("rb")

    def not_imported(self, code: str) -> Path:
        """Return the file of the rows not imported; raises JobNotFoundError when there is none (any more)."""
        return self._left_by(code, self.place.home.job(code).not_imported)

    def rejected(self, code: str) -> Path:
        """Return the file of the rejected rows; raises JobNotFoundError when there are none (any more)."""
        file = self._left_by(code, self.place.home.job(code).rejected)
        if not self.job(code).counts.errors:
            raise JobNotFoundError(f"Job {code} rejected no row, so there is no file of rejected rows.")
        return file

    def _left_by(self, code: str, file: Path) -> Path:
        job = self._with_files(code)
        if not job.status.is_final:
            raise JobNotFoundError(f"Job {code} is still {job.status}; its file is there when it has ended.")
        if not job.has_not_imported or not file.exists():
            raise JobNotFoundError(f"Job {code} left no row behind, so there is no file of rows not imported.")
        return file

    def clean_up(self) -> None:
        """Recover the jobs whose process is gone, and clear away what nobody is left to."""
        self.recoverer.recover_all(self.store, self.place.home)
        self.place.clear_away()

    def close(self) -> None:
        """End what goes on in processes of its own, but for the imports."""
        self.previews.close()
        self.recoverer.close()

    def _check(self, source: Path, options: ImportOptions) -> None:
        with suppress(SourceError):  # the job says so when it has failed
            self.previews.check(source, options)

    def _source(self, code: str) -> Path:
        return self.place.home.job(code).source

    def _waiting(self, code: str) -> None:
        if not self.store.waiting.has(code):
            job = self.store.job(code)
            stands = f"has ended as {job.status}" if job.status.is_final else "has been started"
            raise JobStateError(f"Job {code} {stands}. Send the file again to import it with other options.")

    def _with_files(self, code: str) -> Job:
        job = self.job(code)
        if job.are_files_removed:
            raise GoneError(removed_sentence(code, self.place.settings.retention_days))
        return job
