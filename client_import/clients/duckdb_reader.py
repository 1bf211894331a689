"""The clients and their history in a DuckDB file while it is open to be read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

import duckdb

from client_import.clients.tables import tables_of

_ROWS_AT_ONCE = 10_000


class DuckdbReader:
    """The open file; a file from before there was a history has got its tables when it was opened."""

    has_history = True

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    @property
    def columns(self) -> Collection[str]:
        """The columns of the table ``clients``."""
        return tables_of()["clients"]

    def search(self, columns: Iterable[str], text: str) -> tuple[str, str]:
        """Return the condition that one of the ``columns`` contains ``text``, and the value of its parameter.

        A pattern is the quickest way to read the columns, but DuckDB has no characters in it that are escaped.
        """
        if any(letter in text for letter in "%_"):
            return " OR ".join(f"strpos(lower({column}), lower($1)) > 0" for column in columns), text
        return " OR ".join(f"{column} ILIKE $1" for column in columns), f"%{text}%"

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a query that has few."""
        return self._connection.execute(query, list(values)).fetchall()

    def batches(self, query: str, values: Sequence[Any] = ()) -> Iterator[list[tuple[Any, ...]]]:
        """Yield the rows of a query that may have many."""
        found = self._connection.sql(query, params=list(values))
        for batch in found.to_arrow_reader(_ROWS_AT_ONCE):
            yield list(zip(*(column.to_pylist() for column in batch.columns), strict=True))
