"""Looks into databases, and what a query returns, as most tests compare it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import duckdb

from client_import.system.sql import literal

_NUMBERS = itertools.count()


@contextmanager
def looking_into(database: str = ":memory:") -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that has the file, which is only read, or an empty database as its own.

    All share a DuckDB: to start one takes longer than most queries.
    """
    name = f"looked_into_{next(_NUMBERS)}"
    with _started().cursor() as connection:
        read_only = "" if database == ":memory:" else " (READ_ONLY)"
        connection.execute(f"ATTACH {literal(database)} AS {name}{read_only}")
        try:
            connection.execute(f"USE {name}")
            yield connection
        finally:
            connection.execute(f"USE memory; DETACH {name}")


@cache
def _started() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def rows_of(result: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """The rows of a result, each by column."""
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
