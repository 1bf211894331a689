"""The clients and their history in PostgreSQL while they are read."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

import psycopg

_ROWS_AT_ONCE = 10_000


class PostgresReader:
    """A transaction of ``connection`` that only reads.

    ``columns`` are those of the table ``clients``, none where there are no tables yet.
    """

    def __init__(self, connection: psycopg.Connection[Any], columns: Collection[str], *, has_history: bool) -> None:
        self._connection = connection
        self.columns = columns
        self.has_history = has_history

    def search(self, columns: Iterable[str], text: str) -> tuple[str, str]:
        """Return the condition that one of the ``columns`` contains ``text``, and the value of its parameter.

        It is one expression of them all, which can have an index (docs/history.md).
        """
        together = " || chr(31) || ".join(f"coalesce({column}, '')" for column in columns)
        pattern = re.sub(r"[%_\\]", r"\\\g<0>", text)
        return f"({together}) ILIKE $1", f"%{pattern}%"

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a query that has few."""
        if not self.columns:
            return []
        with psycopg.RawCursor(self._connection) as cursor:
            return cursor.execute(query.encode(), list(values)).fetchall()

    def batches(self, query: str, values: Sequence[Any] = ()) -> Iterator[list[tuple[Any, ...]]]:
        """Yield the rows of a query that may have many, which stay on the server until they are asked for."""
        if not self.columns:
            return
        with psycopg.RawServerCursor(self._connection, name="client_import_rows") as cursor:
            cursor.execute(query.encode(), list(values))
            while rows := cursor.fetchmany(_ROWS_AT_ONCE):
                yield rows
