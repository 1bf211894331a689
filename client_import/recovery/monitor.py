"""Monitor a running job: record its heartbeat and progress, and stop it on request."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Protocol, Self

import duckdb

from client_import.errors import Cancelled, SourceError, StoreError
from client_import.failpoints import failpoint
from client_import.jobs.record import Job
from client_import.jobs.store import JobStore
from client_import.validation.stage_part import StagingProgress

_HEARTBEAT_SECONDS = 0.5

_SIGNALLED = "Query interrupted"
"""The error that DuckDB raises in place of the handler's when a signal arrives during a statement."""


class Interruptible(Protocol):
    """What can be told to stop what it does, from any thread."""

    def interrupt(self) -> None: ...


class JobMonitor:
    """A context in which the job ``code`` runs a phase of its import.

    A thread writes the heartbeat and the progress to the job store twice a second, and learns there whether the job
    has to stop because it was cancelled, or recovered as dead. :meth:`check` then raises Cancelled, and a statement
    within :meth:`interrupting` is interrupted.
    """

    def __init__(self, store: JobStore, code: str, phase: str, source_bytes: int | None = None) -> None:
        self.store = store
        self._code = code
        self.phase = phase
        self._source_bytes = source_bytes
        self.total_items: int | None = None
        self.has_announced = False
        self._progress = StagingProgress(0, 0, 0)
        self._asked_to_stop = threading.Event()
        self._over = threading.Event()
        self._at_work: Interruptible | None = None
        self._guard = threading.Lock()
        self._thread = threading.Thread(target=self._record_until_over, name=f"monitor-{code}", daemon=True)

    def __enter__(self) -> Self:
        self._record_heartbeat()
        self.check()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()
        if kind is None or issubclass(kind, SourceError):  # then the progress shows how far the file could be read
            self._record_heartbeat()

    def progress(self, progress: StagingProgress) -> None:
        """Set how far staging has come; raises Cancelled when the job was asked to stop."""
        self._progress = progress
        self.check()

    def waiting(self, holder: str) -> None:
        """Set the phase to waiting for ``holder``, which has the clients database; raises as :meth:`check` does."""
        self.phase = f"waiting for {holder}"
        self.check()

    def note(self, notes: Iterable[str]) -> None:
        """Add ``notes``, which are sentences, to the job."""
        self.store.note(self._code, notes)

    def check(self) -> None:
        """Raise Cancelled when the job was asked to stop."""
        if self._asked_to_stop.is_set():
            raise Cancelled

    def announce_commit(self) -> None:
        """Set the commit mark, after which the job cannot be cancelled; raises Cancelled if it already was.

        Without the mark the job has changed nothing; with it, only the ledger can tell whether the job was applied.
        """
        self.has_announced = True
        if not self.store.announce_commit(self._code):
            self.has_announced = False
            raise Cancelled
        failpoint("commit announced")

    def committed(self, job: Job) -> None:
        """Record in the job store that the ledger has ``job``."""
        self.store.applied(job)
        failpoint("applied")

    def withdraw_commit(self) -> None:
        """Remove the commit mark, because the ledger does not have the job."""
        self.store.withdraw_commit(self._code)

    @contextmanager
    def interrupting(self, at_work: Interruptible) -> Iterator[None]:
        """Interrupt the statement that runs ``at_work`` when the job is asked to stop, and raise Cancelled.

        A signal to this process does the same.
        """
        with self._guard:
            self._at_work = at_work
        try:
            self.check()
            yield
        except (duckdb.Error, RuntimeError, OSError) as error:  # OSError: while a result is fetched
            self.check()
            if isinstance(error, RuntimeError) and str(error) == _SIGNALLED:
                raise Cancelled from None
            raise
        finally:
            with self._guard:
                self._at_work = None

    def _record_until_over(self) -> None:
        while not self._over.wait(_HEARTBEAT_SECONDS):
            self._record_heartbeat()

    def _record_heartbeat(self) -> None:
        read_share = None
        if self._source_bytes:
            read_share = min(self._progress.read_bytes / self._source_bytes, 1.0)
        try:
            asked = self.store.record_heartbeat(
                self._code,
                self.phase,
                self._progress.rows,
                self._progress.rejected,
                read_share,
                self.total_items,
            )
        except StoreError:
            return  # the record may lag behind; the ledger decides
        if asked:
            self._asked_to_stop.set()
            with self._guard:
                if self._at_work is not None:
                    self._at_work.interrupt()
