"""The operations on the rejected rows of an ended job: look at them, type into them, import them as a new job."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from client_import.errors import ClientImportError, JobNotFoundError, JobStateError
from client_import.fixing.grid import GridPage, GridRow, WantedRows, is_prepared
from client_import.fixing.typed import Cell, Replacement, TypedStore
from client_import.jobs.locks import locked
from client_import.jobs.record import Job, Status
from client_import.mapping.carried import carried
from client_import.mapping.file_spec import FileSpec
from client_import.options import NO_OPTIONS, ImportOptions
from client_import.paths import JobFolder
from client_import.system.private import make_folder
from client_import.system.scratch import scratch
from pipelines.launcher import STARTED_BY
from service import fix_tasks
from service.errors import NoRowsError
from service.imports import Imports

_NAME = "Fixed rows of "


@dataclass(frozen=True, slots=True)
class Fixes:
    """The rejected rows of the jobs of ``imports``.

    Every method raises JobNotFoundError for a job that rejected nothing, or is unknown or unfinished, and GoneError for
    one whose files were removed. Those that read rows wait for a process, as those of :class:`Imports` do.
    """

    imports: Imports

    def page(self, code: str, wanted: WantedRows, *, offset: int, limit: int, reveal: bool) -> GridPage:
        """Return some rejected rows: :meth:`client_import.fixing.grid.Grid.page`. The first call reads all of them."""
        options = self._options(code)
        run = self.imports.previews.quick if is_prepared(self._folder(code)) else self.imports.previews.long
        return run(fix_tasks.page, code, options, wanted, offset, limit, reveal)

    def type(self, code: str, cells: Sequence[Cell], *, reveal: bool) -> tuple[GridRow, ...]:
        """Keep what is typed into ``cells``, and return their rows with what is wrong with them now.

        Raises FixError, and keeps nothing, if one of them does not fit, and JobStateError if the rows were imported.
        """
        with self._open(code) as options:
            run = self.imports.previews.quick if is_prepared(self._folder(code)) else self.imports.previews.long
            return run(fix_tasks.typed, code, options, cells, reveal)

    def replace(self, code: str, header: str, old: str, new: str) -> Replacement:
        """Replace a value in a whole column. Raises as :meth:`type` does."""
        with self._open(code) as options:
            return self.imports.previews.long(fix_tasks.replaced, code, options, header, old, new)

    def take_back(self, code: str, step: int) -> None:
        """Take a replacement back, if there is one of that step. Raises as :meth:`type` does."""
        with self._open(code):
            TypedStore(self._folder(code)).take_back(step)

    def imported_as(self, code: str) -> Job | None:
        """Return the job that these rows were imported as, or None; one that changed nothing, or is undone, is none."""
        self._options(code)
        return self._imported_as(code)

    def import_rows(self, code: str, started_by: str = STARTED_BY) -> Job:
        """Import the rejected rows with what is typed, as a new job with the choices of the first, and return that.

        Of an import that was stopped, all rows of its file are imported. Rows that are still wrong are rejected again.
        If these rows are imported already, their job is returned.
        """
        with self._held(code) as options:
            job = self._imported_as(code) or self._received(code, options, started_by)
            if not self.imports.store.waiting.has(job.code):
                return job
            return self.imports.start(job.code, NO_OPTIONS)

    def _received(self, code: str, options: ImportOptions, started_by: str) -> Job:
        """Return a new job with the rows, which waits to be started; another call finds it from now on."""
        job, folder = self.imports.job(code), self._folder(code)
        source = folder.rejected if job.status is Status.COMPLETED else folder.not_imported
        spec = FileSpec.load(folder.layout)
        again = carried(spec.holding(options), spec.mapping)
        with scratch(self.imports.place.home.coming_in, "fixes") as place:
            target = place / "rows.csv"
            self.imports.previews.long(fix_tasks.written, code, options, source, target)
            with target.open("rb") as rows:
                new = self.imports.receive(rows, f"{_NAME}{job.file_name.removeprefix(_NAME)}", again, started_by)
        try:
            TypedStore(folder).note_import(new.code)
        except ClientImportError:
            self.imports.discard(new.code)
            raise
        return new

    def _imported_as(self, code: str) -> Job | None:
        noted = TypedStore(self._folder(code)).imported_as()
        with suppress(JobNotFoundError):
            job = self.imports.job(noted) if noted else None
            if job and job.status not in (Status.FAILED, Status.CANCELLED) and not (job.undone_by or job.is_lost):
                return job
        return None

    @contextmanager
    def _held(self, code: str) -> Iterator[ImportOptions]:
        """Yield the options of the job while nobody else types into its rows, or imports them."""
        options, folder = self._options(code), self._folder(code)
        make_folder(folder.fixes)
        with locked(self.imports.place.settings, self.imports.place.home, folder.fixes):
            yield options

    @contextmanager
    def _open(self, code: str) -> Iterator[ImportOptions]:
        """Yield the same while the rows are not imported, so that all that is typed is in the import."""
        with self._held(code) as options:
            if job := self._imported_as(code):
                raise JobStateError(
                    f"The rejected rows of job {code} were imported as job {job.code}; what is typed now would not be "
                    "in it. Those that it rejected are to be fixed there."
                )
            yield options

    def _options(self, code: str) -> ImportOptions:
        """Return the options of the job, if it has rejected rows."""
        if self.imports.job(code).undoes:
            raise NoRowsError(f"Job {code} is an undo, which rejects no rows.")
        self.imports.rejected(code)
        return self.imports.store.options(code)

    def _folder(self, code: str) -> JobFolder:
        return self.imports.place.home.job(code)
