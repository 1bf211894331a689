"""A small relational database behind SQLAlchemy Core: SQLite in WAL mode, or PostgreSQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as postgres
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import SQLAlchemyError

from client_import.errors import StoreError
from client_import.jobs.postgresql import create_schema_alone, make_engine, schema_of
from client_import.jobs.store_shape import PUT_BACK, SCHEMA, has_tables, mark_shape, refuse_other_shapes
from client_import.jobs.tables import create_tables, metadata, set_up_sqlite, utc_now
from client_import.system.disk import is_disk_full
from client_import.system.postgresql import shown
from client_import.system.postgresql_errors import sentence

LOCK_WAIT_SECONDS = 30
"""How long a write waits for those of other processes, each of which takes milliseconds."""

_CHECKED = 100

_IS_DAMAGED = ("not a database", "malformed", "no such column", "no such table", "is a view")

_CHECK = "Check that you may read and write it, that it is no folder, and that its disk is not full."


class Relational:
    """The database at ``url`` with the tables of :mod:`client_import.jobs.tables`, made when they are missing.

    On PostgreSQL they are in a schema of their own (:func:`client_import.jobs.postgresql.schema_of`). Without any of
    them the database is only made new where it is not ``is_begun``: where nothing else says that it had some;
    ``is_new`` says that it was. Every method raises StoreError when the database cannot be used.
    """

    def __init__(self, url: str, *, is_begun: bool = False) -> None:
        self._is_sqlite = url.startswith("sqlite")
        self.name = url.removeprefix("sqlite:///") if self._is_sqlite else shown(url)
        if self._is_sqlite:
            self._engine = sa.create_engine(url, connect_args={"timeout": LOCK_WAIT_SECONDS})
            sa.event.listen(self._engine, "connect", set_up_sqlite)
        else:
            self._engine = make_engine(url)
        try:
            with self.translating_errors():
                self._prepare(is_begun=is_begun)
            self._file = self._file_there()
        except BaseException:
            self.close()
            raise

    def _prepare(self, *, is_begun: bool) -> None:
        schema = None
        if not self._is_sqlite:
            schema = schema_of(self._engine)
            self._engine = self._engine.execution_options(schema_translate_map={None: schema})
        self.is_new = not has_tables(self._engine, schema)
        if refuse_other_shapes(self._engine, self.name, schema, is_begun=is_begun) != SCHEMA:
            self._create(schema)

    def _create(self, schema: str | None) -> None:
        if schema is None:
            with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                create_tables(connection, schema)
                mark_shape(connection, schema)
            return
        with self._engine.begin() as connection:
            create_schema_alone(connection, schema)
            create_tables(connection, schema)
            mark_shape(connection, schema)

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def check(self) -> None:
        """Raise StoreError when the database cannot be used; a bounded part of it is read.

        It is opened anew: a connection may remember what it was.
        """
        self._engine.dispose()
        for table in metadata.sorted_tables:
            self.read(sa.select(table).order_by(table.primary_key.columns[0].desc()).limit(_CHECKED))

    def check_place(self) -> None:
        """Raise StoreError when the file is no longer where it was opened, or another one is."""
        if self._file_there() != self._file:
            raise StoreError(
                f"The job store {self.name} is gone, or another: its home folder was moved or removed under this "
                "program, which does not begin a new one by itself. Put it back, or start the program anew."
            )

    def _file_there(self) -> tuple[int, int] | None:
        """Return what tells the file of SQLite from others; None if there is none."""
        with suppress(FileNotFoundError):
            if self._is_sqlite:
                found = Path(self.name).stat()
                return found.st_dev, found.st_ino
        return None

    def now(self) -> datetime:
        """Return the time by the clock of the database, aware, in UTC."""
        time: datetime = self.read(sa.select(utc_now().label("time")))[0].time
        return time.replace(tzinfo=UTC)

    def read(self, query: sa.Select[Any]) -> Sequence[Any]:
        """Return the rows of the query."""
        with self.translating_errors(), self._engine.connect() as connection:
            return connection.execute(query).all()

    def write(self, statement: sa.Insert | sa.Update | sa.Delete, *, is_synced: bool = True) -> int:
        """Execute the statement in a transaction of its own; returns how many rows it changed.

        PostgreSQL commits it by itself: a process that is paused here holds up nobody. Where it is not ``is_synced``,
        SQLite does not wait for the disk: a power failure before the next transaction that is may take it back.
        """
        with self.translating_errors(), self._engine.connect() as connection:
            if not self._is_sqlite:
                connection.execution_options(isolation_level="AUTOCOMMIT")
            with nullcontext() if is_synced or not self._is_sqlite else _unsynced(connection), connection.begin():
                return int(connection.execute(statement).rowcount)

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """Yield a connection whose statements are one transaction; an exception rolls all of them back."""
        with self.translating_errors(), self._engine.begin() as connection:
            yield connection

    def put(self, table: sa.Table, values: dict[str, Any], *, replaces: bool) -> bool:
        """Write a row; one with the same key is replaced by it, or else kept as it is. Return if it is written.

        To replace it, the primary key counts; to keep it, any that is unique. Other processes may be writing a row with
        that key at the same moment.
        """
        insert = (sqlite.insert if self._is_sqlite else postgres.insert)(table).values(**values)
        insert = insert.execution_options(preserve_rowcount=True)  # else it is -1 on PostgreSQL
        if replaces:
            key = list(table.primary_key.columns)
            return self.write(insert.on_conflict_do_update(index_elements=key, set_=values)) == 1
        return self.write(insert.on_conflict_do_nothing()) == 1

    @contextmanager
    def translating_errors(self) -> Iterator[None]:
        """Raise what is wrong with the database, or with a record in it, as a StoreError that says what to do."""
        try:
            yield
        except (SQLAlchemyError, sqlite3.Error, ValueError, TypeError, LookupError) as error:
            raise StoreError(self._sentence(error)) from error

    def _sentence(self, error: Exception) -> str:
        if not self._is_sqlite and isinstance(error, SQLAlchemyError):
            return sentence(self.name, error)
        if is_disk_full(error):
            return f"The disk is full: the job store {self.name} cannot be written to. Free some space."
        return f"The job store {self.name} cannot be used ({_cause(error)}). {_advice(error)}"


@contextmanager
def _unsynced(connection: sa.Connection) -> Iterator[None]:
    """Let what is committed to the SQLite file wait for the disk until something else is."""
    cursor = connection.connection.cursor()
    cursor.execute("PRAGMA synchronous = NORMAL")
    try:
        yield
    finally:
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.close()


def _advice(error: Exception) -> str:
    is_damaged = any(text in str(error) for text in _IS_DAMAGED) or not isinstance(error, SQLAlchemyError)
    return PUT_BACK if is_damaged and not isinstance(error, sqlite3.OperationalError) else _CHECK


def _cause(error: Exception) -> str:
    return (str(getattr(error, "orig", None) or error).splitlines() or [type(error).__name__])[0].rstrip(".")
