"""Preview files in processes with limits, so that a large or malicious file cannot slow down or end anything else."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar, TypeVarTuple

import duckdb

from client_import.errors import StoreError
from client_import.memory import in_words
from client_import.settings import Settings
from client_import.system.limited import MOST_ANSWER_BYTES, CutOffError, Excess, LimitedProcess, Limits
from service import fix_tasks, preview_tasks

# So a new process has all it needs at once.
multiprocessing.set_forkserver_preload(["service.preview_tasks", "service.fix_tasks"])

_CALLS_PER_PROCESS = 100
"""A process is replaced after this many calls."""

_BEGIN_SECONDS = 60.0

_PARTS_OF_MEMORY = 4
"""DuckDB gets one of these parts of what a process may use."""

_PREVIEW = "The preview of the file"
_SHOWN: dict[Callable[..., object], str] = {
    preview_tasks.check: _PREVIEW,
    preview_tasks.seen: _PREVIEW,
    preview_tasks.suggested: _PREVIEW,
    preview_tasks.planned: "The plan",
    preview_tasks.tried: "The dry run",
    preview_tasks.row_errors: "The list of what was wrong",
    preview_tasks.export: "The export",
    preview_tasks.changes: "The list of changes",
    preview_tasks.clients: "The list of clients",
    preview_tasks.client: "The client",
    preview_tasks.client_history: "The history of the client",
    preview_tasks.undoable: "The look at the history",
    preview_tasks.undo_planned: "The plan of the undo",
    preview_tasks.agreed: "The look at the ledger",
    fix_tasks.page: "The list of rejected rows",
    fix_tasks.typed: "The check of what was typed",
    fix_tasks.replaced: "The replacement",
    fix_tasks.written: "The file of the rows to import",
}
"""What a user calls the result of each task."""

Given = TypeVarTuple("Given")
Answer = TypeVar("Answer")


class PreviewCutOffError(StoreError):
    """A call took more time or memory than the settings allow, or its process was killed."""


class PreviewPool:
    """Up to ``settings.previews`` processes that read files; every method is thread-safe, and waits for a process.

    Tasks that read a whole file never occupy all processes, unless there is only one. A task raises its own errors, and
    PreviewCutOffError when it is cut off. With ``in_copies`` the processes are forks of this one, which must then have
    no other threads.
    """

    def __init__(self, settings: Settings, *, in_copies: bool = False) -> None:
        memory = min(settings.memory_limit_bytes, settings.preview_memory_bytes // _PARTS_OF_MEMORY)
        self._settings = settings.model_copy(update={"memory_limit": in_words(memory)})
        self._in_copies = in_copies
        self._free = threading.Semaphore(settings.previews)
        self._free_for_long = threading.Semaphore(max(settings.previews - 1, 1))
        self._guard = threading.Lock()
        self._idle: list[LimitedProcess] = []
        self._busy: list[LimitedProcess] = []
        self._is_closed = False

    def quick(self, task: Callable[[Settings, *Given], Answer], *given: *Given) -> Answer:
        """Return what ``task`` of :mod:`service.preview_tasks` returns, with the time limit of a preview."""
        with self._free:
            return self._done(task, "preview_seconds", *given)

    def long(self, task: Callable[[Settings, *Given], Answer], *given: *Given) -> Answer:
        """Return what ``task`` returns, which reads a whole file, with the time limit of a plan."""
        with self._free_for_long, self._free:
            return self._done(task, "plan_seconds", *given)

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

    def _done(self, task: Callable[[Settings, *Given], Answer], setting: str, *given: *Given) -> Answer:
        limits = Limits(self._settings.preview_memory_bytes, getattr(self._settings, setting))
        try:
            with self._process() as process:
                return process.call(limits, task, self._settings, *given)
        except CutOffError as error:
            excess = error.excess
        except (MemoryError, duckdb.OutOfMemoryException):
            excess = Excess.MEMORY
        raise PreviewCutOffError(f"{_SHOWN[task]} {self._why(excess, setting, limits.seconds)}")

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
