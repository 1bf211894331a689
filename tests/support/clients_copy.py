"""The clients database in PostgreSQL, as tests look into it and change it."""

from __future__ import annotations

from typing import Any

from client_import.clients.tables import tables_of
from tests.support.tables import looking_into, rows_of


def query_copy(url: str, sql: str) -> list[dict[str, Any]]:
    """The rows of DuckDB's query on a copy of the tables, of ``clients`` without the column ``id``."""
    import adbc_driver_postgresql.dbapi as adbc

    with adbc.connect(url) as source, source.cursor() as cursor, looking_into() as copy:
        cursor.execute("SELECT to_regclass('clients')::text")
        if cursor.fetchall() == [(None,)]:
            return []
        for table in tables_of():
            cursor.execute(f"SELECT to_regclass('{table}')::text")
            if cursor.fetchall() == [(None,)]:
                continue
            cursor.execute(f"SELECT * FROM {table}")
            rows = cursor.fetch_arrow_table()  # noqa: F841 - DuckDB reads it by its name
            columns = "* EXCLUDE (id)" if table == "clients" else "*"
            copy.execute(f"CREATE TABLE {table} AS SELECT {columns} FROM rows")
        return rows_of(copy.execute(sql))


def change(url: str, sql: str) -> None:
    """Execute the statement in PostgreSQL."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.encode())
