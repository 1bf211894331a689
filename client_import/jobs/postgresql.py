"""The job store on PostgreSQL: its engine, and the schema that has its tables."""

from __future__ import annotations

import sqlalchemy as sa

from client_import.system.postgresql import connect

JOBS = "client_import_"
"""How the name of the job store's schema begins. ``jobs`` and ``sessions`` beside the clients might be of others."""


def make_engine(url: str) -> sa.Engine:
    """Return the engine for ``url``; a connection that has gone bad meanwhile is replaced before it is used."""
    return sa.create_engine("postgresql+psycopg://", creator=lambda: connect(url), pool_pre_ping=True)


def schema_of(engine: sa.Engine, prefix: str = JOBS) -> str:
    """Return the name of the schema that has ``prefix``, and belongs to the one in which the clients are.

    So each table of clients has its own jobs.
    """
    with engine.connect() as connection:
        return f"{prefix}{connection.execute(sa.text('SELECT current_schema()')).scalar_one()}"


def create_schema_alone(connection: sa.Connection, schema: str) -> None:
    """Make the schema if it is missing; until the transaction ends, no other process makes one or its tables."""
    connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": schema})
    is_there = sa.text("SELECT 1 FROM pg_namespace WHERE nspname = :name")
    if not connection.execute(is_there, {"name": schema}).scalar():
        connection.execute(sa.schema.CreateSchema(schema))
