"""Settles jobs that died in or after their commit, for servers: in a process with limits, which nobody waits for.

To ask the ledger means to wait for the clients database, and a report can be as large as the file it is of.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from client_import.errors import JobNotFoundError
from client_import.jobs.log import logger, write_log
from client_import.jobs.store import JobStore
from client_import.merge.database import impatient
from client_import.paths import Home, JobFolder
from client_import.recovery.recover import GONE, describe_error, recover
from client_import.settings import Settings
from client_import.system.limited import CutOffError, Excess, LimitedProcess, Limits

_MOST_SECONDS = 3600.0
_IDLE_SECONDS = 10.0
_ENOUGH_BYTES = 1 << 30
"""What it takes to end a job without its report, and more."""


@dataclass(frozen=True, slots=True)
class _Wish:
    code: str
    is_over: bool
    reason: str


class Recoverer:
    """Settles the jobs it is told of, one after the other, in a process that is there while there are some.

    The process may use ``settings.worker_memory``, as the one that imported the job, and an hour. A job whose report
    takes more than that is Completed without one.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._news = threading.Condition()
        self._wishes: dict[str, _Wish] = {}
        self._thread: threading.Thread | None = None
        self._process: LimitedProcess | None = None
        self._is_closed = False

    def recover(self, code: str, *, is_over: bool = False, reason: str = GONE) -> None:
        """Have the job ``code`` recovered, as :func:`client_import.recovery.recover.recover` does; returns at once."""
        with self._news:
            if self._is_closed or code in self._wishes:
                return
            self._wishes[code] = _Wish(code, is_over, reason)
            self._news.notify()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="recoverer", daemon=True)
                self._thread.start()

    def recover_all(self, store: JobStore, home: Home) -> None:
        """Recover every job whose process is gone: at once where that is quick, the others in the process."""
        for job in store.unfinished():
            with suppress(JobNotFoundError):
                recovered = recover(store, None, home.job(job.code), job.code)
                heartbeat = store.heartbeat(job.code)
                is_left = heartbeat is not None and heartbeat.is_dead and store.commit_mark(job.code) is not None
                if is_left and not recovered.status.is_final:
                    self.recover(job.code)

    def close(self) -> None:
        """End the process; what it was at is left to whoever looks next."""
        with self._news:
            self._is_closed = True
            self._news.notify()
            thread, process = self._thread, self._process
        if process is not None:
            process.close()
        if thread is not None:
            thread.join()

    def _run(self) -> None:
        while (wish := self._next()) is not None:
            try:
                self._recover(wish)
            except JobNotFoundError:
                pass
            except Exception as error:  # whoever looks next tells of it again
                logger.error("Job %s cannot be recovered now. %s", wish.code, describe_error(error))
            with self._news:
                self._wishes.pop(wish.code, None)

    def _next(self) -> _Wish | None:
        with self._news:
            if not self._wishes:
                self._news.wait(_IDLE_SECONDS)
            if self._is_closed or not self._wishes:
                process, self._process, self._thread = self._process, None, None
                if process is not None:
                    process.close()
                return None
            return next(iter(self._wishes.values()))

    def _recover(self, wish: _Wish) -> None:
        limits = Limits(self._settings.worker_memory_bytes, _MOST_SECONDS)
        try:
            self._worker().call(limits, _recover, self._settings, wish.code, wish.is_over, wish.reason, reports=True)
        except CutOffError as error:
            if self._is_closed or error.excess is Excess.DIED:
                return
            logger.error("The report of job %s took too much %s; the job ends without one.", wish.code, error.excess)
            least = Limits(max(limits.memory, _ENOUGH_BYTES), limits.seconds)
            self._worker().call(least, _recover, self._settings, wish.code, wish.is_over, wish.reason, reports=False)

    def _worker(self) -> LimitedProcess:
        with self._news:
            if self._is_closed:
                raise CutOffError(Excess.DIED)
            if self._process is None or not self._process.is_alive:
                self._process = LimitedProcess()
            return self._process


def _recover(settings: Settings, code: str, is_over: bool, reason: str, *, reports: bool) -> None:
    write_log(settings.log)
    home = Home(settings.home)
    folder = home.job(code)
    with JobStore.at(home.job_store) as store, _alone(folder) as is_alone:
        if is_alone:
            recover(store, impatient(settings, home), folder, code, is_over=is_over, reason=reason, reports=reports)


@contextmanager
def _alone(folder: JobFolder) -> Iterator[bool]:
    """Whether no other process recovers the job of the ``folder`` in this way; none does from now on."""
    try:
        lock = os.open(folder.path, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        yield True
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    else:
        yield True
    finally:
        os.close(lock)
