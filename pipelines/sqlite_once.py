"""What Dagster does anew for every event it writes to SQLite, done once.

It makes an SQLAlchemy engine for each connection, which compiles every statement again, and Alembic reads all ninety
files of Dagster's migrations whenever a database is opened, which it is for each run. Of a small file's import that
was a quarter. Nothing else changes: connections are opened and closed as before, and migrations are checked.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

import sqlalchemy as sa
from alembic.config import Config
from alembic.script import ScriptDirectory
from dagster._core.storage.event_log.sqlite import sqlite_event_log
from dagster._core.storage.runs.sqlite import sqlite_run_storage

_ENGINES = 16
"""The runs, the index of all events, and one database of events for each run that is under way."""


@cache
def do_once() -> None:
    """Let the instances of this process keep their engines, and what they have read of the migrations."""
    for storage in (sqlite_event_log, sqlite_run_storage):
        storage.create_engine = _keeping_engines(storage.create_engine)  # type: ignore[attr-defined]
    ScriptDirectory.from_config = _keeping_migrations(ScriptDirectory.from_config)  # type: ignore[assignment,method-assign]


def _keeping_engines(make: Callable[..., sa.Engine]) -> Callable[..., sa.Engine]:
    @lru_cache(_ENGINES)
    def kept(url: str, poolclass: Any, connect_args: tuple[tuple[str, Any], ...]) -> sa.Engine:
        return make(url, poolclass=poolclass, connect_args=dict(connect_args))

    def create_engine(url: str, poolclass: Any, connect_args: dict[str, Any] | None = None) -> sa.Engine:
        return kept(url, poolclass, tuple((connect_args or {}).items()))

    return create_engine


def _keeping_migrations(read: Callable[[Config], ScriptDirectory]) -> Callable[[Config], ScriptDirectory]:
    kept: dict[str | None, ScriptDirectory] = {}

    def from_config(config: Config) -> ScriptDirectory:
        place = config.get_main_option("script_location")
        if place not in kept:
            kept[place] = read(config)
        return kept[place]

    return from_config
