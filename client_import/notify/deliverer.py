"""Deliver notifications beside other work: in a process with limits, so that no receiver can hold anything up."""

from __future__ import annotations

import threading
from time import monotonic

from client_import.errors import ClientImportError
from client_import.jobs.log import logger, write_log
from client_import.jobs.opening import open_job_store
from client_import.jobs.store import JobStore
from client_import.notify.deliver import deliver_next
from client_import.paths import Home
from client_import.settings import Settings
from client_import.system.limited import CutOffError, LimitedProcess, Limits

_LOOK_SECONDS = 2.0
_BUSY_SECONDS = 10.0
_LIMITS = Limits(memory=512 << 20, seconds=45)
"""Of one notification; its next attempt is due later than that (:data:`client_import.jobs.outbox.FIRST_PAUSE`)."""

_QUICK_SECONDS = 10.0


class Deliverer:
    """A thread that delivers what is due, as long as the server runs that starts it.

    Its process runs only while there is something to deliver. Without receivers it does nothing.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._closed = threading.Event()
        self._process: LimitedProcess | None = None
        self._thread = threading.Thread(target=self._run, name="deliverer", daemon=True)

    def start(self) -> None:
        """Begin to deliver."""
        if self._settings.receivers:
            self._thread.start()

    def close(self) -> None:
        """End; what was being sent may be sent again by whoever delivers next."""
        self._closed.set()
        process = self._process
        if process is not None:
            process.close()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._closed.is_set():
            try:
                with open_job_store(self._settings, Home(self._settings.home)) as store:
                    self._look_into(store)
            except ClientImportError:
                pass  # the job store cannot be used, which everything else reports
            except Exception as error:  # whose text may have an address
                logger.error("Notifications are held up: %s. Please report it.", type(error).__name__)
            self._closed.wait(_BUSY_SECONDS)

    def _look_into(self, store: JobStore) -> None:
        marks = [receiver.mark for receiver in self._settings.receivers]
        while not self._closed.wait(_LOOK_SECONDS):
            if store.outbox.is_due(marks):
                self._deliver()

    def _deliver(self) -> None:
        self._process = LimitedProcess()
        try:
            while not self._closed.is_set() and self._process.call(_LIMITS, _deliver_next, self._settings):
                pass
        except CutOffError as error:
            if not self._closed.is_set():
                logger.warning("A notification took too much %s; it is tried again later.", error.excess)
        finally:
            self._process.close()
            self._process = None


def tell_quickly(settings: Settings, store: JobStore) -> None:
    """Try once to deliver what is due, for a few seconds; whatever goes wrong, somebody else delivers it later."""
    try:
        if not settings.receivers or not store.outbox.is_due([receiver.mark for receiver in settings.receivers]):
            return
        give_up, process = monotonic() + _QUICK_SECONDS, LimitedProcess()
        try:
            while process.call(Limits(_LIMITS.memory, give_up - monotonic()), _deliver_next, settings):
                pass
        finally:
            process.close()
    except CutOffError:
        pass  # it took too long
    except Exception as error:  # whose text may have an address
        logger.warning("Nobody can be told of ended jobs now (%s); it is tried again later.", type(error).__name__)


def _deliver_next(settings: Settings) -> bool:
    write_log(settings.log)
    with open_job_store(settings, Home(settings.home)) as store:
        return deliver_next(settings, store)
