"""The SQLite files of Dagster, kept open.

For each statement Dagster makes an SQLAlchemy engine, which compiles the statement again, opens the file, and closes
it, which empties the write-ahead log and waits for the disk: some 300 times in an import. And Alembic reads all
ninety files of Dagster's migrations whenever a database is opened, which it is for each run. Of a small file's import
all that was more than half. Here engines and their connections are kept until :func:`close_all`, and a commit does
not wait for the disk: Dagster's records are only the news of a run, of which a power failure can cost the newest;
the job store and the ledger are not touched by this.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cache
from typing import Any

import sqlalchemy as sa
from alembic.config import Config
from alembic.script import ScriptDirectory
from dagster._core.storage.event_log.sqlite import sqlite_event_log
from dagster._core.storage.runs.sqlite import sqlite_run_storage

_MOST = 8
"""The runs, the index of all events, and one database of events for each run that is under way."""


class _Pool(sa.QueuePool):
    """Connections that stay open when Dagster disposes of their engine, which it does after each statement."""

    def dispose(self) -> None:
        """Do nothing."""

    def recreate(self) -> _Pool:
        """Return this pool."""
        return self

    def close(self) -> None:
        """Close the connections that nobody uses."""
        super().dispose()


class _Engines:
    """The engines of this process by URL, those used last."""

    def __init__(self, make: Callable[..., sa.Engine]) -> None:
        self._make = make
        self._kept: dict[str, sa.Engine] = {}
        self._lock = threading.Lock()

    def create_engine(self, url: str, **options: Any) -> sa.Engine:
        """Return the engine of ``url``; ``options`` are the same for all that Dagster makes."""
        with self._lock:
            engine = self._kept.pop(url, None)
            if engine is None:
                engine = self._make(url, **{**options, "poolclass": _Pool})
                sa.event.listen(engine, "connect", _do_not_wait_for_the_disk)
            self._kept[url] = engine
            if len(self._kept) > _MOST:
                _close(self._kept.pop(next(iter(self._kept))))
            return engine

    def close(self) -> None:
        """Close them all; they are made anew when they are used again."""
        with self._lock:
            while self._kept:
                _close(self._kept.popitem()[1])


@cache
def keep_open() -> None:
    """Have the instances of this process keep their SQLite files open, and what they have read of the migrations."""
    for storage in (sqlite_event_log, sqlite_run_storage):
        storage.create_engine = _ENGINES.create_engine  # type: ignore[attr-defined]
    ScriptDirectory.from_config = _keeping_migrations(ScriptDirectory.from_config)  # type: ignore[assignment,method-assign]


def close_all() -> None:
    """Close the files; whoever uses one after that opens it again."""
    _ENGINES.close()


_ENGINES = _Engines(sa.create_engine)


def _close(engine: sa.Engine) -> None:
    assert isinstance(engine.pool, _Pool)
    engine.pool.close()


def _do_not_wait_for_the_disk(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA synchronous = NORMAL")


def _keeping_migrations(read: Callable[[Config], ScriptDirectory]) -> Callable[[Config], ScriptDirectory]:
    kept: dict[str | None, ScriptDirectory] = {}

    def from_config(config: Config) -> ScriptDirectory:
        place = config.get_main_option("script_location")
        if place not in kept:
            kept[place] = read(config)
        return kept[place]

    return from_config
