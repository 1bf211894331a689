"""Recover jobs that died during or after their commit in the background, in a process with limits, for servers.

Reading the ledger may have to wait for the clients database, and a file of rows not imported can be as large as the
source file.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from client_import.clients.store import open_for_recovery
from client_import.errors import JobNotFoundError, StoreError
from client_import.jobs.locks import locked
from client_import.jobs.log import logger, write_log
from client_import.jobs.opening import open_job_store
from client_import.jobs.store import JobStore
from client_import.paths import Home, JobFolder
from client_import.recovery.recover import describe_error, recover
from client_import.settings import Settings
from client_import.system.limited import CutOffError, Excess, LimitedProcess, Limits

_MOST_SECONDS = 3600.0
_IDLE_SECONDS = 10.0
_ENOUGH_BYTES = 1 << 30
"""More memory than it takes to end a job without its files of rows not imported."""


@dataclass(frozen=True, slots=True)
class _Request:
    code: str
    is_over: bool
    reason: str | None


class Recoverer:
    """Recovers jobs one after the other, in a process that runs only while there are some.

    Like a worker, the process may use ``settings.worker_memory``; each job may take an hour. A job whose files of rows
    not imported take more than that is Completed without them.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._changed = threading.Condition()
        self._requests: dict[str, _Request] = {}
        self._thread: threading.Thread | None = None
        self._process: LimitedProcess | None = None
        self._is_closed = False

    def recover(self, code: str, *, is_over: bool = False, reason: str | None = None) -> None:
        """Queue the job ``code`` for :func:`client_import.recovery.recover.recover`; returns at once."""
        with self._changed:
            if self._is_closed or code in self._requests:
                return
            self._requests[code] = _Request(code, is_over, reason)
            self._changed.notify()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="recoverer", daemon=True)
                self._thread.start()

    def recover_all(self, store: JobStore, home: Home) -> None:
        """Recover every job whose process is gone: quick ones here, the others in the background."""
        for job in store.unfinished():
            with suppress(JobNotFoundError):
                recovered = recover(store, None, home.job(job.code), job.code)
                heartbeat = store.heartbeat(job.code)
                if heartbeat is None or not heartbeat.is_dead:
                    continue
                is_left = not recovered.status.is_final and store.commit_mark(job.code) is not None
                has_just_ended = recovered.status.is_final and bool(self._settings.database_url)
                if is_left or has_just_ended:  # the server of the clients may have to end its process, too
                    self.recover(job.code)

    def close(self) -> None:
        """End the process; the job it was working on is left for the next recovery."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()
            thread, process = self._thread, self._process
        if process is not None:
            process.close()
        if thread is not None:
            thread.join()

    def _run(self) -> None:
        while (request := self._next()) is not None:
            try:
                self._recover(request)
            except JobNotFoundError:
                pass
            except Exception as error:  # the next recovery reports it again
                logger.error("Job %s cannot be recovered now. %s", request.code, describe_error(error))
            with self._changed:
                self._requests.pop(request.code, None)

    def _next(self) -> _Request | None:
        with self._changed:
            if not self._requests:
                self._changed.wait(_IDLE_SECONDS)
            if self._is_closed or not self._requests:
                process, self._process, self._thread = self._process, None, None
                if process is not None:
                    process.close()
                return None
            return next(iter(self._requests.values()))

    def _recover(self, request: _Request) -> None:
        limits = Limits(self._settings.worker_memory_bytes, _MOST_SECONDS)
        try:
            self._worker().call(
                limits, _recover, self._settings, request.code, request.is_over, request.reason, reports=True
            )
        except CutOffError as error:
            if self._is_closed or error.excess is Excess.DIED:
                return
            logger.error("The report of job %s took too much %s; the job ends without one.", request.code, error.excess)
            least = Limits(max(limits.memory, _ENOUGH_BYTES), limits.seconds)
            self._worker().call(
                least, _recover, self._settings, request.code, request.is_over, request.reason, reports=False
            )

    def _worker(self) -> LimitedProcess:
        with self._changed:
            if self._is_closed:
                raise CutOffError(Excess.DIED)
            if self._process is None or not self._process.is_alive:
                self._process = LimitedProcess()
            return self._process


def _recover(settings: Settings, code: str, is_over: bool, reason: str | None, *, reports: bool) -> None:
    write_log(settings.log)
    home = Home(settings.home)
    folder = home.job(code)
    database = open_for_recovery(settings, home)
    with open_job_store(settings, home) as store, _locked(settings, home, folder) as is_locked:
        if is_locked:
            with suppress(StoreError):
                database.end(code)
            recover(store, database, folder, code, is_over=is_over, reason=reason, reports=reports)


@contextmanager
def _locked(settings: Settings, home: Home, folder: JobFolder) -> Iterator[bool]:
    """Lock the ``folder`` of a job while it is recovered; yields False if another process has locked it."""
    if not folder.path.is_dir():
        yield True
        return
    with locked(settings, home, folder.path, waits=False) as is_locked:
        yield is_locked
