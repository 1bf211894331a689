"""The clients in a DuckDB file while it is open: they are changed where they are kept."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

import duckdb

from client_import.clients.forgetting import forget
from client_import.clients.ledger import NEXT_NUMBER, job_of, row_of
from client_import.clients.needs import Needs
from client_import.clients.referring import Referring
from client_import.failpoints import failpoint
from client_import.jobs.record import Job

_IMPORTS_PER_VACUUM = 20
"""DuckDB merges partly filled row groups only after this many imports. Merging after every import would rewrite a third
of what a large one has just written, and the whole last row group for each small one."""


class DuckdbSession:
    """The open file: its tables are the ``tables`` themselves."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, history_days: int = 0) -> None:
        self.tables = connection
        self._history_days = history_days

    @property
    def identity(self) -> str:
        """The column by which a client is known."""
        return "rowid"

    @property
    def columns(self) -> list[str]:
        """The columns of the table ``clients``, those of other programs included."""
        return [str(name) for name, *_ in self.tables.execute("DESCRIBE clients").fetchall()]

    def gather(self, needs: Needs) -> None:
        """Do nothing: the clients are there."""

    def gather_job(self, code: str, later: Sequence[str]) -> None:
        """Do nothing: its history and its clients are there."""

    def recorded(self, code: str) -> Job | None:
        """Return the job ``code`` as the ledger has it, or None."""
        found = self.tables.execute("SELECT * FROM import_jobs WHERE code = $1", [code])
        names = [name for name, *_rest in found.description or ()]
        row = found.fetchone()
        return job_of(dict(zip(names, row, strict=True))) if row is not None else None

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a query that has few."""
        return self.tables.execute(query, list(values)).fetchall()

    def referring(self) -> list[Referring]:
        """Return none: where a table refers to a client, DuckDB does not remove it."""
        return []

    def remove(self, clients: str) -> None:
        """Delete the clients."""
        self.tables.execute(f"DELETE FROM clients WHERE rowid IN ({clients})")

    def send(self, job: Job, columns: Collection[str], updated: str) -> None:
        """Do nothing: the clients were changed where they are kept."""

    def commit(self, job: Job, announce: Callable[[], None]) -> None:
        """Write the ``job`` to the ledger, call ``announce``, and commit the transaction of ``tables``."""
        jobs = self.tables.execute("SELECT count(*) FROM import_jobs").fetchone()
        if jobs and jobs[0] % _IMPORTS_PER_VACUUM != _IMPORTS_PER_VACUUM - 1:
            self.tables.execute("SET max_vacuum_tasks = 0")
        row = row_of(job)
        places = ", ".join(f"${name}" for name in row)
        self.tables.execute(f"INSERT INTO import_jobs ({', '.join(row)}, number) SELECT {places}, {NEXT_NUMBER}", row)
        forget(self.tables.execute, self.rows, job.code, row["completed_date"], self._history_days)
        failpoint("ledger written")
        announce()
        self.tables.execute("COMMIT")

    def count(self) -> int:
        """Return how many clients there are."""
        row = self.tables.execute("SELECT count(*) FROM clients").fetchone()
        return int(row[0]) if row else 0

    def interrupt(self) -> None:
        """Stop the statement that runs."""
        self.tables.interrupt()
