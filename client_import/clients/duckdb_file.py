"""The clients in a DuckDB file, opened as late as possible, for as short a time, and with a limit on the wait.

While one process writes a DuckDB file, no other process can open it, not even to read.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb

from client_import.clients.duckdb_reader import DuckdbReader
from client_import.clients.duckdb_session import DuckdbSession
from client_import.clients.engine import engine
from client_import.clients.needs import Needs
from client_import.clients.tables import NAME, Columns, NewerDatabaseError, create_tables, found_tables, missing
from client_import.errors import InUseError, StoreError
from client_import.system.disk import state_of

_STORAGE_VERSION = "v1.3.0"
"""The least storage version of a file: DuckDB 1.3 and later can open it. Users' other tools may not have 2.0 yet.

It is the first whose log says to which state of the file it belongs: the log that a killed import has left is not
applied to a copy that is put back beside it."""

_IS_OLDER = f"""
SELECT 1 FROM duckdb_databases() WHERE database_name = '{NAME}' AND tags['storage_version'] < '{_STORAGE_VERSION}'
"""

_NOT_FOR_OTHERS = {
    *("rowid", "row", "client", "clients", "key", "key_hash", "code_hash", "named", "codes", "moment"),
    *("would_create", "is_ambiguous", "gives_code"),
}
"""Names of columns that would be taken for those that queries make up; rowid is how a client is known meanwhile."""

_RETRY_SECONDS = 0.1

_DAMAGE_MESSAGES = (
    "Corrupt database",
    "checksum",
    "not read enough bytes",
    "ailed to deserialize",
    "Serialization Error",
    "not a valid DuckDB",
)
_DAMAGE_ERRORS = (duckdb.InternalException, duckdb.FatalException, duckdb.SerializationException)


class DuckdbClients:
    """The DuckDB file at ``path`` with the tables ``clients`` and ``import_jobs``.

    ``lock_wait_seconds`` is the longest wait for another process that has the file open. DuckDB may use
    ``memory`` bytes and ``threads`` threads, and spills to ``scratch_folder``. ``known_imports`` returns how
    many imports are known to have changed the file: if there were any and the file is missing, it is not created anew.
    The history of a client is kept for ``history_days`` after the client was removed.
    """

    def __init__(
        self,
        path: Path,
        scratch_folder: Path,
        lock_wait_seconds: float,
        memory: int,
        threads: int,
        known_imports: Callable[[], int] = lambda: 0,
        history_days: int = 365,
    ) -> None:
        self.path = path
        self._history_days = history_days
        self._scratch_folder = scratch_folder
        self._lock_wait_seconds = lock_wait_seconds
        self._memory = memory
        self._threads = threads
        self._known_imports = known_imports
        self._usable: str | None = None
        """The state of the file when it was last found usable."""

    @contextmanager
    def open(self, *, code: str = "", waiting: Callable[[str], None] = lambda holder: None) -> Iterator[DuckdbSession]:
        """Open the file to change the clients; create it if it is missing (:class:`client_import.clients.store`)."""
        with self._opened(read_only=False, waiting=waiting) as connection:
            yield DuckdbSession(connection, self._history_days)

    @contextmanager
    def ask(self) -> Iterator[DuckdbSession]:
        """Open the file to read it; nobody can write while it is open."""
        with self._opened(read_only=True) as connection:
            yield DuckdbSession(connection)

    @contextmanager
    def read(self) -> Iterator[DuckdbReader]:
        """Open the file to read clients and history; nobody can write while it is open."""
        with self._opened(read_only=True) as connection:
            yield DuckdbReader(connection)

    @contextmanager
    def look(self, needs: Needs | None) -> Iterator[DuckdbSession]:
        """Open the clients to read them.

        With ``needs``, they are a temporary copy, which has only the columns needed: the file itself is open only while
        it is copied, so no import has to wait until the copy is done with.
        """
        with self._opened(read_only=True) as connection:
            if needs is not None:
                connection.execute("ATTACH ':memory:' AS copied (COMPRESS)")
                connection.execute(f"CREATE TABLE copied.clients AS SELECT {', '.join(needs.columns)} FROM clients")
                connection.execute("USE copied")
                connection.execute(f"DETACH {NAME}")
            yield DuckdbSession(connection)

    @contextmanager
    def look_at_history(self) -> Iterator[DuckdbSession]:
        """Open the file to read it; nobody can write while it is open."""
        with self._opened(read_only=True) as connection:
            yield DuckdbSession(connection)

    def end(self, code: str) -> None:
        """Do nothing: the lock on the file has gone with the process."""

    def state(self) -> str:
        """Return the state of the file (:func:`client_import.system.disk.state_of`)."""
        return state_of(self.path)

    def check(self) -> None:
        """Raise StoreError when the file cannot be used; one that has not changed is not opened again."""
        if not self.path.exists():
            self._refuse_new_one()
            return
        seen = self.state()
        if seen != self._usable:
            with suppress(InUseError), self._opened(read_only=True):
                self._usable = seen

    @contextmanager
    def _opened(
        self, *, read_only: bool, waiting: Callable[[str], None] = lambda holder: None
    ) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield a connection with the file as its default database; create the file if it is missing.

        While another process has the file open, ``waiting`` is called ten times a second with a description of that
        process; an exception from it ends the wait. With ``read_only``, a file that is missing or has no tables yet is
        replaced by an empty one in memory. Raises InUseError when the wait takes too long, and StoreError when
        the file has disappeared, is damaged, was not made by client-import, or cannot be read, even if that is only
        noticed while the connection is in use.
        """
        try:
            with engine(self._scratch_folder, self._memory, self._threads) as connection:
                self._open(connection, read_only, waiting)
                yield connection
        except duckdb.ConstraintException as error:
            raise StoreError(
                f"The clients database {self.path} has a rule or an index of its own that forbids this change "
                f"({_first_line(error).partition(':')[0]}). Drop it there, then try it again."
            ) from error
        except duckdb.Error as error:
            if _is_damage(error):
                raise StoreError(self._cannot_open(error)) from error
            raise

    def _open(self, connection: duckdb.DuckDBPyConnection, read_only: bool, waiting: Callable[[str], None]) -> None:
        """Attach the file as the default database of ``connection``, and create its missing tables."""
        is_there = self.path.exists()
        if not is_there:
            self._refuse_new_one()
        found: dict[str, Columns] = {}
        if not read_only or is_there:
            self._attach(connection, read_only, waiting)
            found = found_tables(connection)
            lacking = self._lacking(found)
            if "clients" in lacking:
                self._refuse_new_one("has no tables any more")
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
        taken = sorted(_NOT_FOR_OTHERS & {column.lower() for column in found.get("clients", {})})
        if taken:
            raise StoreError(
                f"The clients database {self.path} has a table clients with an added column {taken[0]}, a name that "
                "imports need for themselves. Rename that column."
            )
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

    def _refuse_new_one(self, what: str = "is gone") -> None:
        """Raise StoreError, saying ``what`` is wrong, if imports have written to the database before."""
        imports = self._known_imports()
        if imports:
            raise StoreError(
                f"The clients database {self.path} {what}, although {imports:,} import{'s' * (imports > 1)} wrote to "
                "it. Put it back, from a backup if need be. To begin with an empty one instead, move jobs.sqlite away "
                "too: it knows of those imports."
            )

    def _attach(self, connection: duckdb.DuckDBPyConnection, read_only: bool, waiting: Callable[[str], None]) -> None:
        give_up = time.monotonic() + self._lock_wait_seconds
        attach = f"ATTACH '{_quoted(self.path)}' AS {NAME} (TYPE duckdb"
        anew = f"{attach}, STORAGE_VERSION '{_STORAGE_VERSION}')"
        while True:
            try:
                if read_only:
                    connection.execute(f"{attach}, READ_ONLY)")
                elif not self.path.exists():
                    connection.execute(anew)
                else:
                    connection.execute(f"{attach})")
                    if connection.execute(_IS_OLDER).fetchone():
                        connection.execute(f"DETACH {NAME}")
                        connection.execute(anew)
                return
            except duckdb.Error as error:
                holder = _holder(str(error))
                if holder is None:
                    raise StoreError(self._cannot_open(error)) from None
                if time.monotonic() >= give_up:
                    raise InUseError(
                        f"The clients database {self.path} is in use by {holder}, and still was after "
                        f"{self._lock_wait_seconds:g} seconds. Close that program, then try it again."
                    ) from None
            waiting(holder)
            time.sleep(_RETRY_SECONDS)

    def _cannot_open(self, error: duckdb.Error) -> str:
        message = str(error)
        if self.path.is_dir():
            advice = "A folder is in its place: move that away, and put the database back."
        elif "ermission denied" in message:
            advice = "Give yourself the right to read and write it."
        elif "WAL" in message and "not match" in message:
            advice = (
                f"The log {self.path.name}.wal beside it is of another state of the database. To use this copy, move "
                "the log away; what only the log has is lost then. Or put the file back to which it belongs."
            )
        elif "version number" in message or "newer version" in message:
            advice = "A newer DuckDB wrote it: update DuckDB here, or put a backup in its place."
        elif _is_damage(error):
            advice = "It is damaged, or no DuckDB database: put a backup in its place."
        else:
            advice = "Check that it is a DuckDB file, that you may read and write it, and that the disk is not full."
        return f"The clients database {self.path} cannot be opened ({_first_line(error)}). {advice}"


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
