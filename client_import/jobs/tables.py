"""The tables of the job store. Times are UTC, without their zone."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import partial
from typing import Any

import sqlalchemy as sa

metadata = sa.MetaData()


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
    sa.Column("code", sa.String(32), nullable=False, unique=True),
    sa.Column("status", sa.String(16), nullable=False, index=True),
    sa.Column("file_name", sa.Text, nullable=False),
    sa.Column("total_items", sa.BigInteger),
    sa.Column("processed_items", sa.BigInteger, nullable=False, default=0),
    sa.Column("created_count", sa.BigInteger, nullable=False, default=0),
    sa.Column("updated_count", sa.BigInteger, nullable=False, default=0),
    sa.Column("skipped_count", sa.BigInteger, nullable=False, default=0),
    sa.Column("error_count", sa.BigInteger, nullable=False, default=0),
    sa.Column("created_date", sa.DateTime, nullable=False),
    sa.Column("started_date", sa.DateTime),
    sa.Column("completed_date", sa.DateTime),
    sa.Column("failure_reason", sa.Text),
    sa.Column("has_not_imported", sa.Boolean, nullable=False, default=False),
    sa.Column("options", sa.Text, nullable=False),
    sa.Column("started_by", sa.String(32), nullable=False),
    sa.Column("run_id", sa.String(64), index=True),
    sa.Column("phase", sa.String(32)),
    sa.Column("read_share", sa.Float),
    sa.Column("cancel_requested", sa.Boolean, nullable=False, default=False),
    sa.Column("host", sa.String(255)),
    sa.Column("pid", sa.Integer),
    sa.Column("process_started", sa.String(128)),
    sa.Column("heartbeat", sa.DateTime),
    sa.Column("is_retried", sa.Boolean),
    sa.Column("commit_mark", sa.String(16)),
    sa.Column("files", sa.String(16)),
    sa.Column("start_requested", sa.DateTime),
    sa.Column("notes", sa.Text),
)
"""``commit_mark`` is NULL until the clients are about to be committed, then a :class:`CommitMark`; ``files`` says what
the job's folder has: a :class:`Files`, or NULL in a record of an older version; ``start_requested`` is when a job that
waited for it was asked to start; ``notes`` are sentences as JSON."""

csv_mappings = sa.Table(
    "csv_mappings",
    metadata,
    sa.Column("code", sa.String(50), primary_key=True),
    sa.Column("content", sa.Text, nullable=False),
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("mark", sa.String(64), primary_key=True),
    sa.Column("ends", sa.DateTime, nullable=False),
)
"""Who is signed in on the page; ``mark`` says nothing to whoever has not the token of the session."""


def create_tables(engine: sa.Engine) -> None:
    """Make the tables and columns that are missing; another process may be making them at the same moment."""
    for table in metadata.sorted_tables:
        _unless_there(partial(table.create, engine, checkfirst=True))
        existing = {column["name"] for column in sa.inspect(engine).get_columns(table.name)}
        for column in table.columns:
            if column.name not in existing:
                _unless_there(partial(_add, engine, table, column))


def _unless_there(make: Callable[[], None]) -> None:
    try:
        make()
    except sa.exc.OperationalError as error:
        if "already exists" not in str(error) and "duplicate column" not in str(error):
            raise


def _add(engine: sa.Engine, table: sa.Table, column: sa.Column[Any]) -> None:
    kind = column.type.compile(engine.dialect)
    with engine.begin() as connection:
        connection.execute(sa.text(f"ALTER TABLE {table.name} ADD COLUMN {column.name} {kind}"))


def set_up_sqlite(connection: Any, _record: object) -> None:
    """Make a new SQLite connection fit for readers beside a writer, and what it writes safe from a power failure."""
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
