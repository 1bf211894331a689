"""The launcher that runs imports in processes of its own, which are warm and wait for them.

One thread, the pool's own, does everything: it keeps as many workers as the settings say, hands out jobs in the order
they were asked for, and ends the job of a worker that has died. What a job needs to be found again is in the job
store, so nothing is lost with the server: workers go on without it to the end of the job they have, and the next
server takes up those that no worker had.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import wait

from client_import.errors import JobNotFoundError
from client_import.failpoints import VARIABLE
from client_import.jobs.log import logger
from client_import.jobs.store import JobStore
from client_import.memory import in_words
from client_import.paths import Home
from client_import.recovery.recover import describe_error, recover
from client_import.recovery.recoverer import Recoverer
from client_import.settings import Settings
from client_import.system.scratch import sweep
from pipelines.worker_process import WorkerProcess

MOST_JOBS = 200
"""A worker is replaced after so many imports; whatever a library may leak ends with it."""

_LOOK_SECONDS = 0.2
_QUIET_SECONDS = 5.0
_AGAIN_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 10.0
_END_SECONDS = 5.0
_MOST_TRIES = 2


@dataclass(slots=True)
class _Lost:
    """A job whose worker has died, still to be ended, and when to try that again."""

    code: str
    worker: WorkerProcess
    next_try: float = 0.0


class WorkerPool:
    """The :class:`pipelines.launcher.Launcher` with ``settings.workers`` processes; it takes up at once what was asked.

    ``settings`` and ``home`` are those of the workers, too.
    """

    def __init__(self, settings: Settings, home: Home, store: JobStore, most_jobs: int = MOST_JOBS) -> None:
        self._settings, self._home, self._store = settings, home, store
        self._most_jobs = most_jobs
        self._recoverer = Recoverer(settings)
        self._environment = {
            **settings.environment(),
            "DAGSTER_HOME": str(home.dagster.absolute()),
            VARIABLE: os.environ.get(VARIABLE, ""),
        }
        self._guard = threading.Lock()
        self._waiting = deque(store.waiting.start_requested())
        self._workers: list[WorkerProcess] = []
        self._leaving: list[WorkerProcess] = []
        self._lost: list[_Lost] = []
        self._tries: dict[str, int] = {}
        self._failures = 0
        self._next_worker = self._next_look = 0.0
        self._is_closing = self._is_given_up = False
        self._bell, self._ring = Pipe(duplex=False)
        self._thread = threading.Thread(target=self._run, name="worker-pool", daemon=True)
        self._thread.start()

    def start(self, code: str) -> None:
        """Have the job ``code`` imported by the next worker that is free."""
        with self._guard:
            if self._is_closing:
                return  # the next server takes it up
            self._waiting.append(code)
            self._wake()

    def close(self, wait_seconds: float = 30.0) -> None:
        """Begin no more jobs, and wait ``wait_seconds`` for those that run; the workers end after them in any case."""
        with self._guard:
            if self._is_closing:
                return
            self._is_closing = True
            self._wake()
        self._thread.join(wait_seconds)
        self._is_given_up = True
        self._thread.join()

    def is_able(self) -> bool:
        """Return whether there is a worker, or one is on its way."""
        is_there = any(worker.is_ready or worker.code for worker in tuple(self._workers)) or not self._failures
        return self._thread.is_alive() and not self._is_closing and is_there

    def _run(self) -> None:
        while not (self._is_given_up or (self._is_closing and not self._are_at_work)):
            try:
                self._fill()
                self._look_for_more()
                self._hand_out()
                self._listen()
                self._watch_memory()
                self._end_lost()
            except Exception as error:  # whatever it is, jobs are asked for and have to be ended
                logger.error("The imports cannot be looked after now; it is tried again. %s", describe_error(error))
                time.sleep(_AGAIN_SECONDS)
        for worker in self._workers:
            worker.close()
            if worker.is_new:
                worker.kill("The server has ended.")
        give_up = time.monotonic() + _END_SECONDS
        for worker in (*self._workers, *self._leaving):
            if not worker.code:
                worker.end(max(give_up - time.monotonic(), 0))
        self._recoverer.close()
        sweep(self._home.scratch)

    @property
    def _are_at_work(self) -> bool:
        return bool(self._lost) or any(worker.code for worker in self._workers)

    @property
    def _is_short(self) -> bool:
        return len(self._workers) < self._settings.workers and not self._is_closing

    def _wake(self) -> None:
        if not self._bell.poll():
            self._ring.send(True)

    def _fill(self) -> None:
        while self._is_short and time.monotonic() >= self._next_worker:
            try:
                self._workers.append(WorkerProcess(self._environment))
            except (OSError, EOFError) as error:
                self._pause(str(error))

    def _pause(self, reason: str | None) -> None:
        """Start no worker for a while, because the last one did not come to be."""
        self._failures += 1
        self._next_worker = time.monotonic() + min(0.5 * 2**self._failures, _LONGEST_PAUSE_SECONDS)
        logger.error("A process for imports could not be started (%s). It is tried again.", reason or "it has died")

    def _look_for_more(self) -> None:
        """Take up what was asked for without this server: another one may have died before it could hand it out."""
        if self._is_closing or time.monotonic() < self._next_look:
            return
        self._next_look = time.monotonic() + _QUIET_SECONDS
        with self._guard:
            self._waiting.extend(code for code in self._store.waiting.start_requested() if code not in self._waiting)

    def _hand_out(self) -> None:
        for worker in [worker for worker in self._workers if worker.is_ready]:
            code = self._next()
            if code is None:
                return
            if not worker.give(code):
                self._waiting.appendleft(code)

    def _next(self) -> str | None:
        while self._waiting and not self._is_closing:
            code = self._waiting[0]
            under_way = {worker.code for worker in self._workers} | {lost.code for lost in self._lost}
            is_wanted = code not in under_way and code in self._store.waiting.start_requested()
            self._waiting.popleft()
            if is_wanted:
                return code
        return None

    def _listen(self) -> None:
        workers = {worker.connection: worker for worker in self._workers}
        is_quiet = not (self._are_at_work or self._is_short)
        for ready in wait([self._bell, *workers], _QUIET_SECONDS if is_quiet else _LOOK_SECONDS):
            if ready is self._bell:
                self._bell.recv()
            else:
                self._hear(workers[ready])  # type: ignore[index]
        self._leaving = [worker for worker in self._leaving if not worker.is_gone]

    def _hear(self, worker: WorkerProcess) -> None:
        was_new = worker.is_new
        is_ready = worker.hear()
        if is_ready is None and was_new:
            self._pause(worker.reason)
        if is_ready:
            self._failures = 0
            if worker.code:
                worker.jobs += 1
                self._tries.pop(worker.code, None)
            worker.code = None
        elif worker.code:
            self._lost.append(_Lost(worker.code, worker))
        if not is_ready or self._is_worn_out(worker):
            self._workers.remove(worker)
            self._leaving.append(worker)
            worker.code = None
            worker.close()

    def _is_worn_out(self, worker: WorkerProcess) -> bool:
        has_grown = worker.jobs > 0 and worker.memory > self._settings.worker_memory_bytes / 2
        return has_grown or worker.jobs >= self._most_jobs

    def _watch_memory(self) -> None:
        most = self._settings.worker_memory_bytes
        for worker in self._workers:
            if worker.code and worker.memory > most:
                worker.kill(
                    f"More than the {in_words(most)} of memory that CLIENT_IMPORT_WORKER_MEMORY allows was needed, so "
                    "nothing was changed. Allow more; a file can also be imported in parts."
                )

    def _end_lost(self) -> None:
        for lost in list(self._lost):
            if lost.worker.is_gone and time.monotonic() >= lost.next_try:
                lost.next_try = time.monotonic() + _AGAIN_SECONDS
                if self._has_ended(lost):
                    self._lost.remove(lost)

    def _has_ended(self, lost: _Lost) -> bool:
        """End the job of a dead worker as what it had become; a job that had not begun is given to another worker."""
        code, reason = lost.code, lost.worker.reason
        try:
            if (
                reason is None
                and code in self._store.waiting.start_requested()
                and self._tries.get(code, 1) < _MOST_TRIES
            ):
                self._tries[code] = self._tries.get(code, 1) + 1
                self._waiting.appendleft(code)
                return True
            self._tries.pop(code, None)
            folder = self._home.job(code)
            if recover(self._store, None, folder, code, is_over=True, reason=reason).status.is_final:
                return True
            self._recoverer.recover(code, is_over=True, reason=reason)
            return False
        except JobNotFoundError:
            return True
