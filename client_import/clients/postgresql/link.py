"""A connection to PostgreSQL over ADBC whose statements can be stopped from any thread, and by a signal."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any, Generic, TypeVar

import adbc_driver_postgresql.dbapi as adbc
import pyarrow as pa

from client_import.errors import Cancelled

_Result = TypeVar("_Result")

_TICK_SECONDS = 0.2
_GIVE_UP_SECONDS = 1.5
"""How long the server has to stop a statement; then its connection is left to itself, and the server rolls back."""


_GIVEN_UP: list[Any] = []
"""What nobody may close, because that would wait for a server that does not answer."""


class LinkError(Exception):
    """What PostgreSQL or ADBC says, with the SQLSTATE of PostgreSQL; None when the server did not say it."""

    def __init__(self, text: str, sqlstate: str | None) -> None:
        super().__init__(text)
        self.sqlstate = sqlstate


class _Statement(Generic[_Result]):
    """Work for the server that has begun in a thread of its own."""

    def __init__(self, work: Callable[[], _Result]) -> None:
        self._work = work
        self._is_over = threading.Event()
        self._results: list[_Result] = []
        self._error: BaseException | None = None
        threading.Thread(target=self._do, name="postgresql", daemon=True).start()

    def _do(self) -> None:
        try:
            self._results.append(self._work())
        except BaseException as error:
            self._error = error
        finally:
            self._is_over.set()

    def is_over(self, wait_seconds: float) -> bool:
        return self._is_over.wait(wait_seconds)

    def result(self) -> _Result:
        if self._error is not None:
            raise self._error
        return self._results[0]


class Link:
    """An open connection that commits each statement by itself, unless it is told to begin a transaction.

    Every statement runs in a thread of its own, so that the caller can be interrupted while it waits for the server.
    A stopped statement raises Cancelled, and one that fails LinkError.
    """

    def __init__(self, url: str, meanwhile: Callable[[], None] = lambda: None) -> None:
        self._is_stopped = threading.Event()
        self._is_given_up = False
        self._cursor: adbc.Cursor | None = None
        self._connection: adbc.Connection = self._run(lambda: adbc.connect(url, autocommit=True), meanwhile)
        self._cursor = self._connection.cursor()

    def execute(self, statement: str, values: Sequence[Any] = (), meanwhile: Callable[[], None] = lambda: None) -> int:
        """Execute the statement, whose parameters are ``$1`` and so on, and return how many rows it changed.

        ``meanwhile`` is called several times a second as long as that takes; an exception from it stops the statement.
        """

        def work() -> int:
            self._work.execute(statement, tuple(values) or None)
            return int(self._work.rowcount)

        return self._run(work, meanwhile)

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a query that has few."""

        def work() -> list[tuple[Any, ...]]:
            self._work.execute(query, tuple(values) or None)
            return list(self._work.fetchall())

        return self._run(work)

    def batches(self, query: str, values: Sequence[Any] = ()) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a query that may have many."""
        self.execute(query, values)
        reader = self._run(self._work.fetch_record_batch)
        while (batch := self._run(lambda: next(reader, None))) is not None:
            yield batch

    def copy(self, table: str, rows: pa.RecordBatchReader, *, is_temporary: bool = False) -> int:
        """Append ``rows`` to the table, by the names of their columns, and return how many."""
        until_stopped = pa.RecordBatchReader.from_batches(rows.schema, self._until_stopped(rows))
        return self._run(
            lambda: int(self._work.adbc_ingest(table, until_stopped, mode="append", temporary=is_temporary))
        )

    def interrupt(self) -> None:
        """Stop the statement that runs, and every later one; from any thread."""
        self._is_stopped.set()

    def close(self) -> None:
        """Close the connection; a transaction that is not committed is rolled back."""
        if self._is_given_up:
            _GIVEN_UP.append((self._cursor, self._connection))
            return
        with suppress(adbc.Error):
            self._work.close()
        with suppress(adbc.Error):
            self._connection.close()

    def _until_stopped(self, rows: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
        """Yield the batches; once the statement is stopped, raise an error, as ADBC would go on to the last one."""
        for batch in rows:
            if self._is_stopped.is_set():
                raise InterruptedError
            yield batch

    @property
    def _work(self) -> adbc.Cursor:
        assert self._cursor is not None
        return self._cursor

    def _run(self, work: Callable[[], _Result], meanwhile: Callable[[], None] = lambda: None) -> _Result:
        if self._is_stopped.is_set():
            raise Cancelled
        statement = _Statement(work)
        try:
            while not statement.is_over(_TICK_SECONDS):
                if self._is_stopped.is_set():
                    raise Cancelled
                meanwhile()
        except BaseException:
            self._stop(statement)
            raise
        if self._is_stopped.is_set():
            raise Cancelled
        try:
            return statement.result()
        except (adbc.Error, pa.ArrowException, OSError) as error:  # OSError: while rows are fetched
            raise LinkError(str(error), getattr(error, "sqlstate", None)) from None

    def _stop(self, statement: _Statement[Any]) -> None:
        """Cancel the statement; where the server cannot be reached any more, give the connection up."""
        self._is_stopped.set()
        if self._cursor is None:
            return  # there is no connection yet
        threading.Thread(target=_cancel, args=(self._cursor,), daemon=True).start()
        self._is_given_up = not statement.is_over(_GIVE_UP_SECONDS)


def _cancel(cursor: adbc.Cursor) -> None:
    with suppress(adbc.Error):
        cursor.adbc_cancel()
