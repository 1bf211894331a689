"""Open the clients database: as late as possible, with a limit on the wait, and for as short a time as possible.

While one process writes a DuckDB file, no other process can open it, not even to read.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import duckdb

from client_import.errors import InUseError, StoreError
from client_import.jobs.opening import open_job_store
from client_import.merge.tables import NAME, Columns, NewerDatabaseError, create_tables, found_tables, missing
from client_import.paths import Home
from client_import.settings import Settings
from client_import.system.scratch import scratch

_STORAGE_VERSION = "v1.2.0"
"""The storage version of a new file: DuckDB 1.2 and later can open it. Users' other tools may not have 2.0 yet."""

_RETRY_SECONDS = 0.1
_SHORT_WAIT_SECONDS = 1.0

_DAMAGE_MESSAGES = (
    "Corrupt database",
    "checksum",
    "not read enough bytes",
    "ailed to deserialize",
    "Serialization Error",
    "not a valid DuckDB",
)
_DAMAGE_ERRORS = (duckdb.InternalException, duckdb.FatalException, duckdb.SerializationException)


class ClientsDatabase:
    """The DuckDB file at ``path`` with the tables ``clients`` and ``import_jobs``.

    ``lock_wait_seconds`` is the longest wait for another process that has the file open. DuckDB may use
    ``memory_limit`` of memory and ``threads`` threads, and spills to ``scratch_folder``. ``known_imports`` returns how
    many imports are known to have changed the file: if there were any and the file is missing, it is not created anew.
    """

    def __init__(
        self,
        path: Path,
        scratch_folder: Path,
        lock_wait_seconds: float,
        memory_limit: str,
        threads: int,
        known_imports: Callable[[], int] = lambda: 0,
    ) -> None:
        self.path = path
        self._scratch_folder = scratch_folder
        self._lock_wait_seconds = lock_wait_seconds
        self._memory_limit = memory_limit
        self._threads = threads
        self._known_imports = known_imports

    @contextmanager
    def open(
        self, *, read_only: bool = False, waiting: Callable[[str], None] = lambda holder: None
    ) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield a connection with the database as its default one; create the file if it is missing.

        While another process has the file open, ``waiting`` is called ten times a second with a description of that
        process; an exception from it ends the wait. With ``read_only``, a database that is missing or has no tables
        yet is replaced by an empty one in memory. Raises InUseError when the wait takes too long, and StoreError when
        the file has disappeared, is damaged, was not made by client-import, or cannot be read, even if that is only
        noticed while the connection is in use.
        """
        try:
            with scratch(self._scratch_folder, "spill") as spill, duckdb.connect(":memory:") as connection:
                connection.execute("SET enable_progress_bar = false")
                connection.execute("SET preserve_insertion_order = false")
                connection.execute(f"SET threads = {self._threads}")
                connection.execute(f"SET memory_limit = '{self._memory_limit}'")
                connection.execute(f"SET temp_directory = '{_quoted(spill)}'")
                self._open(connection, read_only, waiting)
                yield connection
        except duckdb.ConstraintException as error:
            raise StoreError(
                f"The clients database {self.path} has a rule or an index of its own that forbids this change "
                f"({_first_line(error).partition(':')[0]}). Drop it there, then import the file again."
            ) from error
        except duckdb.Error as error:
            if _is_damage(error):
                raise StoreError(self._cannot_open(error)) from error
            raise

    def _open(self, connection: duckdb.DuckDBPyConnection, read_only: bool, waiting: Callable[[str], None]) -> None:
        """Attach the file as the default database of ``connection``, and create its missing tables."""
        is_there = self.path.exists()
        if not is_there:
            self.refuse_new_one()
        found: dict[str, Columns] = {}
        if not read_only or is_there:
            self._attach(connection, read_only, waiting)
            found = found_tables(connection)
            lacking = self._lacking(found)
            if "clients" in lacking:
                self.refuse_new_one("has no tables any more")
            if read_only and lacking and "clients" not in lacking:  # a new field: create its column first
                connection.execute(f"DETACH {NAME}")
                self._attach(connection, False, waiting)
                connection.execute(f"USE {NAME}")
                create_tables(connection, found_tables(connection))  # another program may have been here
                connection.execute("USE memory")
                connection.execute(f"DETACH {NAME}")
                self._attach(connection, True, waiting)
            elif read_only and lacking:
                connection.execute(f"DETACH {NAME}")
                is_there = False
        if read_only and not is_there:
            connection.execute(f"ATTACH ':memory:' AS {NAME}")
        connection.execute(f"USE {NAME}")
        if not (read_only and is_there):
            create_tables(connection, found)

    def _lacking(self, found: dict[str, Columns]) -> set[str]:
        try:
            return missing(found)
        except NewerDatabaseError as error:
            raise StoreError(
                f"The clients database {self.path} {error}: a newer version of client-import made it. Use that version."
            ) from None
        except StoreError as error:
            raise StoreError(
                f"The clients database {self.path} {error}. It is not as client-import made it: put that "
                "right, or put a backup in its place."
            ) from None

    def refuse_new_one(self, what: str = "is gone") -> None:
        """Raise StoreError, saying ``what`` is wrong, if imports have written to the database before."""
        imports = self._known_imports()
        if imports:
            raise StoreError(
                f"The clients database {self.path} {what}, although {imports:,} import{'s' * (imports > 1)} wrote to "
                "it. Put it back, from a backup if need be. To begin with an empty one instead, move jobs.sqlite away "
                "too: it knows of those imports."
            )

    @contextmanager
    def open_copy(self, columns: Iterable[str]) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield a connection to a temporary copy of the table ``clients`` that has only these ``columns``.

        The database itself is open only while it is copied, so no import has to wait until the copy is done with.
        Raises StoreError as :meth:`open` does.
        """
        names = ", ".join(dict.fromkeys(columns))
        with self.open(read_only=True) as connection:
            connection.execute("ATTACH ':memory:' AS copied (COMPRESS)")
            connection.execute(f"CREATE TABLE copied.clients AS SELECT {names} FROM clients")
            connection.execute("USE copied")
            connection.execute(f"DETACH {NAME}")
            yield connection

    def _attach(self, connection: duckdb.DuckDBPyConnection, read_only: bool, waiting: Callable[[str], None]) -> None:
        give_up = time.monotonic() + self._lock_wait_seconds
        while True:
            if read_only:
                options = ", READ_ONLY"
            else:
                options = "" if self.path.exists() else f", STORAGE_VERSION '{_STORAGE_VERSION}'"
            try:
                connection.execute(f"ATTACH '{_quoted(self.path)}' AS {NAME} (TYPE duckdb{options})")
                return
            except duckdb.Error as error:
                holder = _holder(str(error))
                if holder is None:
                    raise StoreError(self._cannot_open(error)) from None
                if time.monotonic() >= give_up:
                    raise InUseError(
                        f"The clients database {self.path} is in use by {holder}, and still was after "
                        f"{self._lock_wait_seconds:g} seconds. Close that program, then run the import again."
                    ) from None
            waiting(holder)
            time.sleep(_RETRY_SECONDS)

    def _cannot_open(self, error: duckdb.Error) -> str:
        message = str(error)
        if self.path.is_dir():
            advice = "A folder is in its place: move that away, and put the database back."
        elif "ermission denied" in message:
            advice = "Give yourself the right to read and write it."
        elif "version number" in message or "newer version" in message:
            advice = "A newer DuckDB wrote it: update DuckDB here, or put a backup in its place."
        elif _is_damage(error):
            advice = "It is damaged, or no DuckDB database: put a backup in its place."
        else:
            advice = "Check that it is a DuckDB file, that you may read and write it, and that the disk is not full."
        return f"The clients database {self.path} cannot be opened ({_first_line(error)}). {advice}"


def open_database(settings: Settings, home: Home, max_wait_seconds: float = math.inf) -> ClientsDatabase:
    """Return the clients database of ``home``, not opened yet.

    Opening it waits for the time that the settings allow, but at most ``max_wait_seconds``.
    """
    return ClientsDatabase(
        home.clients_database,
        home.scratch,
        min(settings.lock_wait_seconds, max_wait_seconds),
        settings.memory_limit,
        settings.threads,
        partial(_known_imports, settings, home),
    )


def _known_imports(settings: Settings, home: Home) -> int:
    """Return how many imports have changed the clients, according to the job store."""
    if not settings.database_url and not home.job_store.exists():
        return 0
    with open_job_store(settings, home) as store:
        return store.figures.changes_made()


def open_for_recovery(settings: Settings, home: Home) -> ClientsDatabase:
    """Return the clients database, not opened yet, for recovering jobs: opening it hardly waits for a running import.

    That import recovers the same jobs when it begins to apply its plan.
    """
    return open_database(settings.model_copy(update={"lock_wait_seconds": _SHORT_WAIT_SECONDS}), home)


def count_clients(connection: duckdb.DuckDBPyConnection) -> int:
    """Return how many clients there are."""
    row = connection.execute("SELECT count(*) FROM clients").fetchone()
    return int(row[0]) if row else 0


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _holder(message: str) -> str | None:
    """Return who has the database open, according to DuckDB's error; None if the error is another one."""
    if "already attached" in message or "is being used" in message or "in the same process" in message:
        return "another import in this process"
    if "Could not set lock" not in message:
        return None
    match = re.search(r"Conflicting lock is held in (?P<program>.+?) \(PID (?P<pid>\d+)\)", message)
    return f"process {match['pid']} ({match['program']})" if match else "another process"


def _first_line(error: duckdb.Error) -> str:
    first = (str(error).splitlines() or [""])[0]
    return (first.partition("Error: ")[2] or first).rstrip(".")


def _is_damage(error: duckdb.Error) -> bool:
    """Return whether the error means that the file is damaged, or is no DuckDB file."""
    return isinstance(error, _DAMAGE_ERRORS) or any(text in str(error) for text in _DAMAGE_MESSAGES)
