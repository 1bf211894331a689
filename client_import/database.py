"""The clients database: opened late, waited for with a bound, closed early.

A DuckDB file has one writing process at a time, and nobody reads it meanwhile.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from client_import.catalogue import FIELDS, Field
from client_import.errors import StoreError
from client_import.scratch import scratch
from client_import.stage import clean_type

_STORAGE_VERSION = "v1.2.0"
"""The newest storage that DuckDB 1.2 and later open, for a new file: the users' other tools are not all on 2.0."""

_RETRY_SECONDS = 0.1

TRACE_COLUMNS = ("created_at", "updated_at", "created_by_job", "updated_by_job")
"""When and by which job a client was created and last changed; times in UTC (semantics.md, section 5)."""

_LEDGER_COLUMNS = (
    *(("code", "VARCHAR"), ("status", "VARCHAR"), ("file_name", "VARCHAR")),
    *(("total_items", "BIGINT"), ("processed_items", "BIGINT")),
    *(("created_count", "BIGINT"), ("updated_count", "BIGINT"), ("skipped_count", "BIGINT"), ("error_count", "BIGINT")),
    *(("created_date", "TIMESTAMP"), ("started_date", "TIMESTAMP"), ("completed_date", "TIMESTAMP")),
)

_COLUMNS = """
SELECT column_name, data_type FROM duckdb_columns()
WHERE database_name = 'clients_database' AND schema_name = 'main' AND table_name = ?
"""

_IS_VIEW = """
SELECT 1 FROM duckdb_views()
WHERE database_name = 'clients_database' AND schema_name = 'main' AND view_name = ?
"""


def sql_type(field: Field) -> str:
    """Return the type of the field's column in the ``clients`` table."""
    clean = clean_type(field)
    if pa.types.is_boolean(clean):
        return "BOOLEAN"
    return "DATE" if pa.types.is_date(clean) else "VARCHAR"


class ClientsDatabase:
    """The DuckDB file at ``path`` with the tables ``clients`` and ``import_jobs``.

    ``lock_wait_seconds`` bounds the wait for another process that has it open; ``memory_limit`` is DuckDB's, and
    ``scratch_folder`` where it goes beyond that.
    """

    def __init__(
        self,
        path: Path,
        scratch_folder: Path,
        lock_wait_seconds: float,
        memory_limit: str,
        threads: int,
    ) -> None:
        self.path = path
        self._scratch_folder = scratch_folder
        self._lock_wait_seconds = lock_wait_seconds
        self._memory_limit = memory_limit
        self._threads = threads

    @contextmanager
    def open(
        self, *, read_only: bool = False, waiting: Callable[[str], None] = lambda holder: None
    ) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open the database, made when it is missing, as the connection's default one; closed at the end.

        While another process has it, ``waiting`` is called with who that is, ten times a second; what it raises
        ends the wait. With ``read_only`` a database that is missing, or has no table of clients yet, is an empty one
        in memory. Raises StoreError when the wait is over, or the file is no database or cannot be read.
        """
        with scratch(self._scratch_folder, "spill") as spill, duckdb.connect(":memory:") as connection:
            connection.execute("SET enable_progress_bar = false")
            connection.execute("SET preserve_insertion_order = false")
            connection.execute(f"SET threads = {self._threads}")
            connection.execute(f"SET memory_limit = '{self._memory_limit}'")
            connection.execute(f"SET temp_directory = '{_quoted(spill)}'")
            if not read_only or self.path.exists():
                self._attach(connection, read_only, waiting)
            if read_only and not _has_clients(connection):
                connection.execute("DETACH DATABASE IF EXISTS clients_database")
                connection.execute("ATTACH ':memory:' AS clients_database")
                read_only = False
            connection.execute("USE clients_database")
            self._check_tables(connection)
            if not read_only:
                _create_tables(connection)
            yield connection

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
            connection.execute("DETACH clients_database")
            yield connection

    def _attach(self, connection: duckdb.DuckDBPyConnection, read_only: bool, waiting: Callable[[str], None]) -> None:
        give_up = time.monotonic() + self._lock_wait_seconds
        while True:
            if read_only:
                options = " (READ_ONLY)"
            else:
                options = "" if self.path.exists() else f" (STORAGE_VERSION '{_STORAGE_VERSION}')"
            try:
                connection.execute(f"ATTACH '{_quoted(self.path)}' AS clients_database{options}")
                return
            except duckdb.Error as error:
                holder = _holder(str(error))
                if holder is None:
                    raise StoreError(self._cannot_open(error)) from None
                if time.monotonic() >= give_up:
                    raise StoreError(
                        f"The clients database {self.path} is in use by {holder}, and still was after "
                        f"{self._lock_wait_seconds:g} seconds. Close that program, then run the import again."
                    ) from None
            waiting(holder)
            time.sleep(_RETRY_SECONDS)

    def _check_tables(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Raise StoreError when a table that is there is not the one that imports make."""
        known = {"clients": {field.column: sql_type(field) for field in FIELDS}, "import_jobs": dict(_LEDGER_COLUMNS)}
        needed = {"clients": TRACE_COLUMNS, "import_jobs": tuple(known["import_jobs"])}
        for table, columns in known.items():
            found = dict(connection.execute(_COLUMNS, [table]).fetchall())
            missing = [name for name in needed[table] if name not in found]
            if found and missing:
                wrong = f"has no column {missing[0]}"
            elif changed := [name for name, kind in columns.items() if found.get(name, kind) != kind]:
                wrong = f"has {found[changed[0]]} in the column {changed[0]}, not {columns[changed[0]]}"
            elif found and connection.execute(_IS_VIEW, [table]).fetchone():
                wrong = "is a view"
            else:
                continue
            raise StoreError(
                f"The clients database {self.path} cannot be used: its table {table} {wrong}. Another program has made "
                "or changed it, or another version of this one. Put a backup in its place, or move the file away."
            )

    def _cannot_open(self, error: duckdb.Error) -> str:
        first_line = str(error).splitlines()[0].partition("Error: ")[2] or str(error).splitlines()[0]
        return (
            f"The clients database {self.path} cannot be opened ({first_line}). Check that it is a DuckDB file, "
            "that you may read and write it, and that the disk is not full."
        )


def _has_clients(connection: duckdb.DuckDBPyConnection) -> bool:
    """Return whether the attached database has the table; the process that made the file may have died before."""
    tables = "SELECT 1 FROM duckdb_tables() WHERE database_name = 'clients_database' AND table_name = 'clients'"
    return connection.execute(tables).fetchone() is not None


def count_clients(connection: duckdb.DuckDBPyConnection) -> int:
    """Return how many clients there are."""
    row = connection.execute("SELECT count(*) FROM clients").fetchone()
    return int(row[0]) if row else 0


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _holder(message: str) -> str | None:
    """Who has the database open, from DuckDB's error; None when that is not the fault."""
    if "already attached" in message or "is being used" in message or "in the same process" in message:
        return "another import in this process"
    if "Could not set lock" not in message:
        return None
    match = re.search(r"Conflicting lock is held in (?P<program>.+?) \(PID (?P<pid>\d+)\)", message)
    return f"process {match['pid']} ({match['program']})" if match else "another process"


def _create_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the tables that are missing, and a column for each field that is new in the catalogue."""
    columns = [f"{field.column} {sql_type(field)}" for field in FIELDS]
    columns += [f"{name} {'TIMESTAMP' if name.endswith('_at') else 'VARCHAR'}" for name in TRACE_COLUMNS]
    connection.execute(f"CREATE TABLE IF NOT EXISTS clients ({', '.join(columns)})")
    ledger = ", ".join(f"{name} {kind} NOT NULL" for name, kind in _LEDGER_COLUMNS)
    connection.execute(f"CREATE TABLE IF NOT EXISTS import_jobs ({ledger})")
    described: list[tuple[Any, ...]] = connection.execute("DESCRIBE clients").fetchall()
    existing = {row[0] for row in described}
    for field in FIELDS:
        if field.column not in existing:
            connection.execute(f"ALTER TABLE clients ADD COLUMN {field.column} {sql_type(field)}")
