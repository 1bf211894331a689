"""Check whether everything that an import needs can be used."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor, wait

import duckdb

from client_import.clients.store import open_clients
from client_import.errors import StoreError
from client_import.recovery.recover import describe_error
from client_import.system.disk import disk_shortage
from service.imports import Imports

OK = "ok"


_CHECK_TIMEOUT_SECONDS = 0.05


class HealthCheck:
    """Checks everything that ``imports`` need; methods are thread-safe.

    It never waits for an import, and at most 0.05 seconds for the check of the clients database: if that takes longer,
    the result of the previous check is returned.
    """

    def __init__(self, imports: Imports) -> None:
        self._imports = imports
        self._guard = threading.Lock()
        self._thread = ThreadPoolExecutor(1, "health")
        self._check: Future[None] | None = None
        self._found = OK
        self._clients = open_clients(imports.place.settings, imports.place.home, 0)

    def close(self) -> None:
        """Wait for a running check."""
        self._thread.shutdown()

    def parts(self) -> dict[str, str]:
        """Return what is wrong with each part that an import needs, or ``ok``."""
        is_able = self._imports.launcher.is_able()
        return {
            "jobStore": self._job_store(),
            "clientsDatabase": self._clients_database(),
            "disk": self._disk(),
            "imports": OK if is_able else "imports cannot be started now; they wait",
        }

    def _job_store(self) -> str:
        try:
            self._imports.store.check()
        except StoreError as error:
            return str(error)
        return OK

    def _clients_database(self) -> str:
        with self._guard:
            if self._check is None or self._check.done():
                self._check = self._thread.submit(self._check_database)
        wait([self._check], _CHECK_TIMEOUT_SECONDS)
        return self._found

    def _check_database(self) -> None:
        try:
            self._clients.check()
        except (StoreError, OSError, duckdb.Error) as error:
            self._found = describe_error(error)
        else:
            self._found = OK

    def _disk(self) -> str:
        """Return what is wrong with the disks that an import writes to, or ``ok``."""
        place = self._imports.place
        others = (place.home.dagster, place.home.scratch)
        folders = [place.home.path, *(folder for folder in others if folder.exists())]
        wants = (disk_shortage(folder, place.settings.min_free_mb) for folder in folders)
        return next((want for want in wants if want), OK)
