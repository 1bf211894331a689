"""Preview files in processes with limits, so that a large or malicious file cannot slow down or end anything else."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import duckdb

from client_import.dry_run import DryRun
from client_import.errors import StoreError
from client_import.mapping.file_spec import FileSpec
from client_import.mapping.resolve import Mapping
from client_import.mapping.saved import SavedMapping
from client_import.options import ImportOptions
from client_import.preview import Preview
from client_import.reports.row_errors_page import RowError
from client_import.settings import Settings
from client_import.system.limited import MOST_ANSWER_BYTES, CutOffError, Excess, LimitedProcess, Limits
from service import preview_tasks

multiprocessing.set_forkserver_preload(["service.preview_tasks"])  # so a new process has all it needs at once

_CALLS_PER_PROCESS = 100
"""A process is replaced after this many calls."""

_BEGIN_SECONDS = 60.0

Answer = TypeVar("Answer")


class PreviewCutOffError(StoreError):
    """A call took more time or memory than the settings allow, or its process was killed."""


class PreviewPool:
    """Up to ``settings.previews`` processes that read files; every method is thread-safe, and waits for a process.

    Calls that read a whole file never occupy all processes, unless there is only one. Every method raises
    PreviewCutOffError when it is cut off. With ``in_copies`` the processes are forks of this one, which must then have
    no other threads.
    """

    def __init__(self, settings: Settings, *, in_copies: bool = False) -> None:
        self._settings = settings
        self._in_copies = in_copies
        self._free = threading.Semaphore(settings.previews)
        self._free_for_long = threading.Semaphore(max(settings.previews - 1, 1))
        self._guard = threading.Lock()
        self._idle: list[LimitedProcess] = []
        self._busy: list[LimitedProcess] = []
        self._is_closed = False

    def check(self, source: Path, options: ImportOptions) -> None:
        """Raise OptionsError when ``options`` do not fit the file, SourceError when it is no table of text."""
        self._quick("The preview of the file", preview_tasks.check, source, options)

    def look(self, source: Path, options: ImportOptions, rows: int | None) -> Preview:
        """Return the preview of the file without a plan, with the first ``rows`` rows, or all rows with None.

        Raises SourceError when the file is no table of text, and OptionsError for an unknown mapping.
        """
        return self._quick("The preview of the file", preview_tasks.seen, source, options, rows)

    def plan(self, source: Path, file_spec: FileSpec, options: ImportOptions, *, is_quick: bool) -> DryRun:
        """Return what the import would do; with ``is_quick`` it has the time limit of a preview.

        Raises SourceError when the file cannot be read, StoreError when the clients database cannot be used now.
        """
        run = self._quick if is_quick else self._long
        return run("The plan", preview_tasks.planned, source, file_spec, options)

    def dry_run(self, source: Path, options: ImportOptions) -> DryRun:
        """Return what the import with ``options`` would do; raises as :meth:`check` and :meth:`plan` do."""
        return self._long("The dry run", preview_tasks.tried, source, options)

    def suggested(self, source: Path, options: ImportOptions) -> Mapping:
        """Return the suggested mapping of the file; raises as :meth:`check` does."""
        return self._quick("The preview of the file", preview_tasks.suggested, source, options)

    def row_errors(self, code: str, offset: int, limit: int) -> list[RowError]:
        """Return some row errors of the job: :func:`client_import.reports.row_errors_page.errors_of`."""
        return self._quick("The list of what was wrong", preview_tasks.row_errors, code, offset, limit)

    def export(self, mapping: SavedMapping | None, path: Path) -> None:
        """Write all clients to ``path``; raises StoreError when the clients database cannot be used now."""
        self._long("The export", preview_tasks.export, mapping, path)

    def warm_up(self) -> None:
        """Start a process in the background for the first call."""
        threading.Thread(target=self._warm_up, name="warm-up", daemon=True).start()

    def close(self) -> None:
        """End the processes; running calls are cut off."""
        with self._guard:
            self._is_closed = True
            processes = [*self._idle, *self._busy]
        for process in processes:
            process.close()

    def _quick(self, what: str, work: Callable[..., Answer], *arguments: object) -> Answer:
        with self._free:
            return self._done(what, "preview_seconds", work, *arguments)

    def _long(self, what: str, work: Callable[..., Answer], *arguments: object) -> Answer:
        with self._free_for_long, self._free:
            return self._done(what, "plan_seconds", work, *arguments)

    def _done(self, what: str, setting: str, work: Callable[..., Answer], *arguments: object) -> Answer:
        seconds: float = getattr(self._settings, setting)
        try:
            with self._process() as process:
                limits = Limits(self._settings.preview_memory_bytes, seconds)
                return process.call(limits, work, self._settings, *arguments)
        except CutOffError as error:
            raise PreviewCutOffError(f"{what} {self._why(error.excess, setting, seconds)}") from None
        except (MemoryError, duckdb.OutOfMemoryException):
            raise PreviewCutOffError(f"{what} {self._why(Excess.MEMORY, setting, seconds)}") from None

    def _why(self, excess: Excess, setting: str, seconds: float) -> str:
        variable = f"CLIENT_IMPORT_{setting.upper()}"
        match excess:
            case Excess.TIME:
                return (
                    f"took longer than the {seconds:g} seconds that {variable} allows, so it was ended. Try again when "
                    "there is less to do here, or have that setting raised."
                )
            case Excess.MEMORY:
                return (
                    f"needed more than the {self._settings.preview_memory} of memory that CLIENT_IMPORT_PREVIEW_MEMORY "
                    "allows, so it was ended. Split the file, or have that setting raised."
                )
            case Excess.ANSWER:
                return f"is larger than the {MOST_ANSWER_BYTES >> 20} MiB that can be shown. Ask for less at a time."
            case Excess.DIED:
                return "was cut off, because its process was killed. Try again."

    @contextmanager
    def _process(self) -> Iterator[LimitedProcess]:
        process = self._taken()
        try:
            yield process
        finally:
            with self._guard:
                self._busy.remove(process)
                is_fit = process.is_alive and not self._is_worn_out(process) and not self._is_closed
                if is_fit:
                    self._idle.append(process)
            if not is_fit:
                process.close()

    def _taken(self) -> LimitedProcess:
        """Return a process that is ready, reserved for the caller."""
        with self._guard:
            while self._idle:
                process = self._idle.pop()
                if process.is_alive:
                    self._busy.append(process)
                    return process
                process.close()
            if self._is_closed:
                raise CutOffError(Excess.DIED)
            process = LimitedProcess(is_fork=self._in_copies)
            self._busy.append(process)
        try:
            process.call(
                Limits(self._settings.preview_memory_bytes, _BEGIN_SECONDS), _ready
            )  # imports the modules there
        except BaseException:
            with self._guard:
                self._busy.remove(process)
            raise
        return process

    def _is_worn_out(self, process: LimitedProcess) -> bool:
        return process.calls > _CALLS_PER_PROCESS or process.memory > self._settings.preview_memory_bytes / 2

    def _warm_up(self) -> None:
        try:
            with self._free, self._process():
                pass
        except CutOffError:
            pass  # the first call reports it


def _ready() -> None:
    """Do nothing: calling this makes the process import this module and everything it needs."""
