"""The tables of the job store. Times are UTC, without their zone."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

metadata = sa.MetaData()

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
    sa.Column("heartbeat", sa.DateTime),
)

csv_mappings = sa.Table(
    "csv_mappings",
    metadata,
    sa.Column("code", sa.String(50), primary_key=True),
    sa.Column("content", sa.Text, nullable=False),
)


def create_tables(engine: sa.Engine) -> None:
    """Make the tables that are missing; another process may be making them at the same moment."""
    for table in metadata.sorted_tables:
        try:
            table.create(engine, checkfirst=True)
        except sa.exc.OperationalError as error:
            if "already exists" not in str(error):
                raise


def set_up_sqlite(connection: Any, _record: object) -> None:
    """Make a new SQLite connection fit for readers beside a writer."""
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
