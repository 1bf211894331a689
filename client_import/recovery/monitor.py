"""Watch over a running job: keep its sign of life and progress fresh, and stop it when it is asked to stop."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

import duckdb

from client_import.errors import Cancelled, SourceError, StoreError
from client_import.failpoints import failpoint
from client_import.jobs.record import Job
from client_import.jobs.store import JobStore
from client_import.validation.stage import StagingProgress

BEAT_SECONDS = 0.5

_SIGNALLED = "Query interrupted"
"""What DuckDB makes of a signal that comes while it runs a statement, instead of what the handler raises."""


class JobMonitor:
    """A context in which the job ``code`` runs a phase of its import.

    A thread writes the sign of life and the progress to the job store twice a second and hears there whether the
    job is to stop: it was cancelled, or recovered as dead. :meth:`check` then raises Cancelled, and a statement under
    :meth:`interrupting` ends.
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
        self._connection: duckdb.DuckDBPyConnection | None = None
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
        if kind is None or issubclass(kind, SourceError):  # that says how far the file could be read
            self._record_heartbeat()

    def progress(self, progress: StagingProgress) -> None:
        """Take note of how far staging has come; raises Cancelled when the job was asked to stop."""
        self._progress = progress
        self.check()

    def waiting(self, holder: str) -> None:
        """Take note that the clients database is in use by ``holder``; raises Cancelled as :meth:`check` does."""
        self.phase = f"waiting for {holder}"
        self.check()

    def note(self, notes: Iterable[str]) -> None:
        """Have the job say ``notes``, sentences for whoever looks at it."""
        self.store.note(self._code, notes)

    def check(self) -> None:
        """Raise Cancelled when the job was asked to stop."""
        if self._asked_to_stop.is_set():
            raise Cancelled

    def announce_commit(self) -> None:
        """Set the commit mark, which a cancel cannot pass; raises Cancelled when one was faster.

        Until it is set nobody but the job store need be asked whether the job was applied, afterwards the ledger.
        """
        self.has_announced = True
        if not self.store.announce_commit(self._code):
            self.has_announced = False
            raise Cancelled
        failpoint("commit announced")

    def committed(self, job: Job) -> None:
        """Tell the job store that the ledger has ``job``."""
        self.store.applied(job)
        failpoint("applied")

    def withdraw_commit(self) -> None:
        """Take the commit mark back, because the ledger does not have the job."""
        self.store.withdraw_commit(self._code)

    @contextmanager
    def interrupting(self, connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
        """Interrupt the statement that runs on ``connection`` when the job is asked to stop; raises Cancelled then.

        A signal to this process interrupts it just so.
        """
        with self._guard:
            self._connection = connection
        try:
            self.check()
            yield
        except (duckdb.Error, RuntimeError, OSError) as error:  # the last is from a result that is fetched
            self.check()
            if isinstance(error, RuntimeError) and str(error) == _SIGNALLED:
                raise Cancelled from None
            raise
        finally:
            with self._guard:
                self._connection = None

    def _record_until_over(self) -> None:
        while not self._over.wait(BEAT_SECONDS):
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
            return  # the news can be late; the ledger decides
        if asked:
            self._asked_to_stop.set()
            with self._guard:
                if self._connection is not None:
                    self._connection.interrupt()
