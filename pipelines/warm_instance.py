"""The Dagster instance of a process that runs one import after the other: opened once.

Dagster makes a new SQLite file with all its tables for each run, which takes longer than what is written to it. Here
the file of a run is a copy of one in which nothing has happened.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import dagster as dg
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage

from client_import.paths import Home, unfinished
from client_import.system.scratch import scratch
from pipelines.instance import open_instance
from pipelines.kept_sqlite import close_all

_NEW_RUN = "new-run"


class WarmInstance:
    """A context that holds the instance of ``home`` open."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._new_run_file = b""
        self._open = ExitStack()
        self._instance: dg.DagsterInstance | None = None

    def __enter__(self) -> WarmInstance:
        self._instance = self._open.enter_context(open_instance(self._home))
        if self._events is not None:
            self._new_run_file = _new_run_file(self._home)
        return self

    def __exit__(self, *_error: object) -> None:
        self._open.close()

    @contextmanager
    def run(self, run_id: str) -> Iterator[dg.DagsterInstance]:
        """Give the instance to the run ``run_id``, which has just been thought of."""
        assert self._instance is not None
        events = self._events
        if events is not None:
            file = Path(events.path_for_shard(run_id))
            written = unfinished(file)
            written.write_bytes(self._new_run_file)
            written.replace(file)
            events._initialized_dbs.add(run_id)
        yield self._instance

    @property
    def _events(self) -> SqliteEventLogStorage | None:
        storage = self._instance.event_log_storage if self._instance else None
        return storage if isinstance(storage, SqliteEventLogStorage) else None


def _new_run_file(home: Home) -> bytes:
    """Return the file of a run in which nothing has happened, as Dagster makes it."""
    with scratch(home.scratch, "new-run") as folder:
        events = SqliteEventLogStorage(str(folder))
        with events.run_connection(_NEW_RUN):
            pass
        close_all()
        return Path(events.path_for_shard(_NEW_RUN)).read_bytes()
