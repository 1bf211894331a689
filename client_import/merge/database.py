"""The clients database: opened late, waited for with a bound, closed early.

A DuckDB file has one writing process at a time, and nobody reads it meanwhile.
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
from client_import.jobs.store import JobStore
from client_import.merge.tables import NAME, Columns, NewerDatabaseError, create_tables, found_tables, missing
from client_import.paths import Home
from client_import.settings import Settings
from client_import.system.scratch import scratch

_STORAGE_VERSION = "v1.2.0"
"""The newest storage that DuckDB 1.2 and later open, for a new file: the users' other tools are not all on 2.0."""

_RETRY_SECONDS = 0.1
_SETTLE_WAIT_SECONDS = 1.0

_SAYS_DAMAGE = (
    "Corrupt database",
    "checksum",
    "not read enough bytes",
    "ailed to deserialize",
    "Serialization Error",
    "not a valid DuckDB",
)
_FAILS_OF_DAMAGE = (duckdb.InternalException, duckdb.FatalException, duckdb.SerializationException)


class ClientsDatabase:
    """The DuckDB file at ``path`` with the tables ``clients`` and ``import_jobs``.

    ``lock_wait_seconds`` bounds the wait for another process that has it open; ``memory_limit`` is DuckDB's, and
    ``scratch_folder`` where it goes beyond that. ``remembered`` says how many imports are known to have changed it: a
    file that is missing although there were some is not made anew.
    """

    def __init__(
        self,
        path: Path,
        scratch_folder: Path,
        lock_wait_seconds: float,
        memory_limit: str,
        threads: int,
        remembered: Callable[[], int] = lambda: 0,
    ) -> None:
        self.path = path
        self._scratch_folder = scratch_folder
        self._lock_wait_seconds = lock_wait_seconds
        self._memory_limit = memory_limit
        self._threads = threads
        self._remembered = remembered

    @contextmanager
    def open(
        self, *, read_only: bool = False, waiting: Callable[[str], None] = lambda holder: None
    ) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open the database, made when it is missing, as the connection's default one; closed at the end.

        While another process has it, ``waiting`` is called with who that is, ten times a second; what it raises
        ends the wait. With ``read_only`` a database that is missing, or has no tables yet, is an empty one in memory.
        Raises InUseError when the wait is over, and StoreError when the file is gone, damaged, no database of ours, or
        cannot be read, also where that only comes to light while it is used.
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
        """Attach the file, with all its tables, as the default database of ``connection``."""
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
            if read_only and lacking and "clients" not in lacking:  # a new field: its column is made first
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
        """Raise StoreError when the clients are gone, as ``what`` says, rather than not there yet."""
        imports = self._remembered()
        if imports:
            raise StoreError(
                f"The clients database {self.path} {what}, although {imports:,} import{'s' * (imports > 1)} wrote to "
                "it. Put it back, from a backup if need be. To begin with an empty one instead, move jobs.sqlite away "
                "too: it knows of those imports."
            )

    @contextmanager
    def open_copy(self, columns: Iterable[str]) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open a copy of the table ``clients`` with these ``columns`` of it, gone at the end.

        The database itself is held only while it is copied, so that no import waits for what is done with the copy.
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
        said = str(error)
        if self.path.is_dir():
            advice = "A folder is in its place: move that away, and put the database back."
        elif "ermission denied" in said:
            advice = "Give yourself the right to read and write it."
        elif "version number" in said or "newer version" in said:
            advice = "A newer DuckDB wrote it: update DuckDB here, or put a backup in its place."
        elif _is_damage(error):
            advice = "It is damaged, or no DuckDB database: put a backup in its place."
        else:
            advice = "Check that it is a DuckDB file, that you may read and write it, and that the disk is not full."
        return f"The clients database {self.path} cannot be opened ({_first_line(error)}). {advice}"


def open_database(settings: Settings, home: Home, patience_seconds: float = math.inf) -> ClientsDatabase:
    """Return the clients database of ``home``, not yet opened; it is waited for no longer than ``patience_seconds``."""
    return ClientsDatabase(
        home.clients_database,
        home.scratch,
        min(settings.lock_wait_seconds, patience_seconds),
        settings.memory_limit,
        settings.threads,
        partial(_remembered, home),
    )


def _remembered(home: Home) -> int:
    """Return how many imports the job store knows that have changed the clients."""
    if not home.job_store.exists():
        return 0
    with JobStore.at(home.job_store) as store:
        return store.figures.changes_made()


def impatient(settings: Settings, home: Home) -> ClientsDatabase:
    """Return the clients database for whoever only looks: it does not wait for another import.

    That settles the jobs it finds as it begins to apply.
    """
    return open_database(settings.model_copy(update={"lock_wait_seconds": _SETTLE_WAIT_SECONDS}), home)


def count_clients(connection: duckdb.DuckDBPyConnection) -> int:
    """Return how many clients there are."""
    row = connection.execute("SELECT count(*) FROM clients").fetchone()
    return int(row[0]) if row else 0


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _holder(message: str) -> str | None:
    """Who has the database open, from DuckDB's error; None when that is not the error."""
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
    """Return whether DuckDB says, or has failed as it only does then, that the file is damaged or none of its own."""
    return isinstance(error, _FAILS_OF_DAMAGE) or any(text in str(error) for text in _SAYS_DAMAGE)
