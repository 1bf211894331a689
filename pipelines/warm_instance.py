"""The Dagster instance of a process that runs one import after the other: opened once, and quick.

With SQLite, Dagster opens a file for each statement and closes it again, which empties the write-ahead log each time,
and makes a new file with all its tables for each run: some 500 waits for the disk in an import of 500 rows. Here a
second connection keeps each file open, and the file of a run is a copy. Dagster's records are only the news of a run;
the job store and the ledger are not touched by this.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import dagster as dg
import sqlalchemy as sa
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME, SqliteEventLogStorage

from client_import.folders import Home, unfinished
from pipelines.instance import open_instance

_TEMPLATE = "template"


class WarmInstance:
    """A context that holds the instance of ``home`` open.

    ``new_run_file`` is what :meth:`new_run_file` of another one has returned.
    """

    def __init__(self, home: Home, new_run_file: bytes | None = None) -> None:
        self._home = home
        self._new_run_file = new_run_file
        self._open = ExitStack()
        self._instance: dg.DagsterInstance | None = None

    def __enter__(self) -> WarmInstance:
        self._instance = self._open.enter_context(open_instance(self._home))
        if self._events is not None:
            _never_wait_for_the_disk(self._home.dagster)
            for file in (self._home.dagster / "history" / "runs.db", self._path_of(INDEX_SHARD_NAME)):
                self._open.enter_context(_kept_open(file))
        return self

    def __exit__(self, *_error: object) -> None:
        self._open.close()

    @contextmanager
    def run(self, run_id: str) -> Iterator[dg.DagsterInstance]:
        """Give the instance to the run ``run_id``, which has just been thought of."""
        assert self._instance is not None
        if self._events is None or self._new_run_file is None:
            yield self._instance
            return
        file = self._path_of(run_id)
        written = unfinished(file)
        written.write_bytes(self._new_run_file)
        written.replace(file)
        self._events._initialized_dbs.add(run_id)
        with _kept_open(file):
            yield self._instance

    def new_run_file(self) -> bytes | None:
        """Return the file of a run in which nothing has happened; None where Dagster keeps its runs elsewhere."""
        if self._events is None:
            return None
        with self._events.run_connection(_TEMPLATE):
            file = self._path_of(_TEMPLATE)
        content = file.read_bytes()
        file.unlink()
        return content

    @property
    def _events(self) -> SqliteEventLogStorage | None:
        storage = self._instance.event_log_storage if self._instance else None
        return storage if isinstance(storage, SqliteEventLogStorage) else None

    def _path_of(self, shard: str) -> Path:
        assert self._events is not None
        return Path(self._events.path_for_shard(shard))


@contextmanager
def _kept_open(file: Path) -> Iterator[None]:
    """Hold the file open; only with the last connection to it the write-ahead log would be emptied."""
    connection = sqlite3.connect(file, check_same_thread=False)
    try:
        with suppress(sqlite3.Error):
            connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
        yield
    finally:
        connection.close()


def _never_wait_for_the_disk(folder: Path) -> None:
    """Let SQLite files in ``folder`` be written without waiting for the disk; a power failure can cost the newest."""
    folder = folder.resolve()

    @sa.event.listens_for(sa.Engine, "connect")
    def set_up(connection: Any, _record: object) -> None:
        if isinstance(connection, sqlite3.Connection):
            [(_, _, file)] = connection.execute("PRAGMA database_list").fetchall()
            if file and Path(file).resolve().is_relative_to(folder):
                connection.execute("PRAGMA synchronous = NORMAL")
