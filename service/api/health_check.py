"""Whether the server can do its work, part by part."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor, wait

import duckdb

from client_import.errors import InUseError, StoreError
from client_import.merge.database import ClientsDatabase, open_database
from client_import.recovery.recover import describe_error
from client_import.system.disk import disk_shortage
from service.imports import Imports

OK = "ok"


_PATIENCE_SECONDS = 0.05


class HealthCheck:
    """Looks at what ``imports`` need; it may be called from any thread.

    It waits for no import, and a twentieth of a second at most for a look at the clients database: while that goes on,
    what the last one found is told.
    """

    def __init__(self, imports: Imports) -> None:
        self._imports = imports
        self._guard = threading.Lock()
        self._thread = ThreadPoolExecutor(1, "health")
        self._look: Future[None] | None = None
        self._found = OK
        self._well: tuple[int, int, int] | None = None
        """The clients database as it was when it was last found well: inode, size, time of change."""

    def close(self) -> None:
        """Wait for the end of a look under way."""
        self._thread.shutdown()

    def parts(self) -> dict[str, str]:
        """Return each part that an import needs with what is wrong with it, ``ok`` where nothing is."""
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
            if self._look is None or self._look.done():
                self._look = self._thread.submit(self._look_at_database)
        wait([self._look], _PATIENCE_SECONDS)
        return self._found

    def _look_at_database(self) -> None:
        place = self._imports.place
        database = open_database(place.settings, place.home, 0)
        try:
            self._open(database)
        except InUseError:
            self._found = OK
        except (StoreError, OSError, duckdb.Error) as error:
            self._found = describe_error(error)
        else:
            self._found = OK

    def _open(self, database: ClientsDatabase) -> None:
        """Raise StoreError when the database cannot be used; what was well is not opened again while it is the same."""
        if not database.path.exists():
            database.refuse_new_one()
            return
        stat = database.path.stat()
        seen = (stat.st_ino, stat.st_size, stat.st_mtime_ns)
        if seen != self._well:
            with database.open(read_only=True):
                self._well = seen

    def _disk(self) -> str:
        """Look at the disks where an import writes."""
        place = self._imports.place
        folders = [place.home.path, *(folder for folder in [place.home.dagster] if folder.exists())]
        wants = (disk_shortage(folder, place.settings.min_free_mb) for folder in folders)
        return next((want for want in wants if want), OK)
