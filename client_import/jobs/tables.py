"""The tables of the job store. Times are UTC, without their zone, by the clock of the database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

metadata = sa.MetaData()


class Words(sa.types.TypeDecorator[str]):
    """Text of any length; what PostgreSQL cannot keep in one, NUL and lone surrogates, becomes U+FFFD."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        if value is None:
            return None
        return value.replace("\0", "\ufffd").encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


class utc_now(FunctionElement[datetime]):  # noqa: N801
    """The time by the clock of the database, which all machines share."""

    type = sa.DateTime()
    inherit_cache = True


@compiles(utc_now, "postgresql")
def _now_in_postgresql(_element: utc_now, _compiler: SQLCompiler, **_options: Any) -> str:
    return "timezone('utc', clock_timestamp())"


@compiles(utc_now, "sqlite")
def _now_in_sqlite(_element: utc_now, _compiler: SQLCompiler, **_options: Any) -> str:
    return "utc_now()"


class CommitMark(StrEnum):
    """How far a running job is with its commit; without a mark it will not commit unless it can set one."""

    ANNOUNCED = "announced"
    COMMITTED = "committed"


class Files(StrEnum):
    """What a job's folder has: everything, what stays after the end, or nothing any more."""

    ALL = "all"
    KEPT = "kept"
    REMOVED = "removed"


jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("code", Words, nullable=False, unique=True),
    sa.Column("status", Words, nullable=False, index=True),
    sa.Column("file_name", Words, nullable=False),
    sa.Column("total_items", sa.BigInteger),
    sa.Column("processed_items", sa.BigInteger, nullable=False, default=0),
    sa.Column("created_count", sa.BigInteger, nullable=False, default=0),
    sa.Column("updated_count", sa.BigInteger, nullable=False, default=0),
    sa.Column("skipped_count", sa.BigInteger, nullable=False, default=0),
    sa.Column("error_count", sa.BigInteger, nullable=False, default=0),
    sa.Column("created_date", sa.DateTime, nullable=False),
    sa.Column("started_date", sa.DateTime),
    sa.Column("completed_date", sa.DateTime),
    sa.Column("failure_reason", Words),
    sa.Column("has_not_imported", sa.Boolean, nullable=False, default=False),
    sa.Column("options", Words, nullable=False),
    sa.Column("started_by", Words, nullable=False),
    sa.Column("run_id", Words, index=True),
    sa.Column("phase", Words),
    sa.Column("read_share", sa.Float),
    sa.Column("cancel_requested", sa.Boolean, nullable=False, default=False),
    sa.Column("host", Words),
    sa.Column("pid", sa.Integer),
    sa.Column("process_started", Words),
    sa.Column("heartbeat", sa.DateTime),
    sa.Column("is_retried", sa.Boolean),
    sa.Column("commit_mark", Words),
    sa.Column("files", Words),
    sa.Column("start_requested", sa.DateTime),
    sa.Column("notes", Words),
    sa.Column("undoes", Words, index=True),
    sa.Column("removed_count", sa.BigInteger),
    sa.Column("is_untold", sa.Boolean, index=True),
    sa.Column("is_lost", sa.Boolean),
)
"""``commit_mark`` is NULL until the clients are about to be committed, then a :class:`CommitMark`; ``files`` says what
the job's folder has: a :class:`Files`, or NULL in a record of an older version; ``start_requested`` is when a job that
waited for it was asked to start; ``notes`` are sentences as JSON; an undo has the code of the job that it
``undoes``, and how many clients it removed; ``is_untold`` is set with the end of a job that somebody is to be told of,
until its ``notifications`` are written; ``is_lost`` says that the clients database does not have a Completed job any
more."""

csv_mappings = sa.Table(
    "csv_mappings",
    metadata,
    sa.Column("code", Words, primary_key=True),
    sa.Column("content", Words, nullable=False),
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("mark", Words, primary_key=True),
    sa.Column("ends", sa.DateTime, nullable=False),
)
"""Who is signed in on the page; ``mark`` says nothing to whoever has not the token of the session."""


homes = sa.Table(
    "homes",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("mark", Words, nullable=False),
    sa.Column("path", Words, nullable=False),
)
"""The one home folder that has the files of these jobs, where the store itself is not in it."""

ledgers = sa.Table(
    "ledgers",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("state", Words, nullable=False),
)
"""The one file with the ledger, as it was when these jobs last agreed with it (:mod:`client_import.jobs.agreement`)."""

notifications = sa.Table(
    "notifications",
    metadata,
    sa.Column("id", Words, primary_key=True),
    sa.Column("job", Words, nullable=False),
    sa.Column("receiver", Words, nullable=False),
    sa.Column("created_date", sa.DateTime, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("due", sa.DateTime, index=True),
    sa.Column("sent_date", sa.DateTime),
)
"""Which receiver, by its mark, is told of which job. ``due`` is the time of the next attempt, which during an attempt
is that of the one after it; NULL when the receiver has been told, or is not told any more."""


def create_tables(connection: sa.Connection, schema: str | None) -> None:
    """Make the tables, columns and indexes that are missing; another process may be making them at the same moment."""
    there = sa.inspect(connection).get_table_names(schema=schema)
    for table in metadata.sorted_tables:
        if table.name not in there and _unless_there(partial(table.create, connection, checkfirst=False)):
            continue
        existing = {column["name"] for column in sa.inspect(connection).get_columns(table.name, schema=schema)}
        for column in table.columns:
            if column.name not in existing:
                _unless_there(partial(_add, connection, table, column, schema))
        for index in table.indexes:
            _unless_there(partial(index.create, connection, checkfirst=True))


def _unless_there(make: Callable[[], None]) -> bool:
    """Return whether it was made, and was not there already."""
    try:
        make()
    except sa.exc.OperationalError as error:
        if "already exists" not in str(error) and "duplicate column" not in str(error):
            raise
        return False
    return True


def _add(connection: sa.Connection, table: sa.Table, column: sa.Column[Any], schema: str | None) -> None:
    quote = connection.dialect.identifier_preparer.quote_identifier
    kind = column.type.compile(connection.dialect)
    name = f"{quote(schema)}.{table.name}" if schema else table.name
    connection.execute(sa.text(f"ALTER TABLE {name} ADD COLUMN {column.name} {kind}"))


def set_up_sqlite(connection: Any, _record: object) -> None:
    """Make a new SQLite connection fit for readers beside a writer, and what it writes safe from a power failure."""
    connection.create_function("utc_now", 0, lambda: datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f"))
    connection.create_function("lower", 1, _lower, deterministic=True)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")


def _lower(text: str | None) -> str | None:
    """Do what PostgreSQL does: lower() of SQLite knows the letters of ASCII alone."""
    return None if text is None else text.lower()
