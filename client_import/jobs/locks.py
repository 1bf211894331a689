"""Locks that all processes of a home folder heed: on one machine a file's, with PostgreSQL one of the database.

The lock of a file reaches other machines only on some shared file systems; that of the database reaches all of them.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from client_import.paths import Home
from client_import.settings import Settings
from client_import.system.postgresql import connect
from client_import.system.postgresql_errors import translating_errors

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s || current_schema(), 0))"
_TRY = "SELECT pg_try_advisory_xact_lock(hashtextextended(%s || current_schema(), 0))"


@contextmanager
def locked(settings: Settings, home: Home, path: Path, *, waits: bool = True) -> Iterator[bool]:
    """Hold the lock of ``path``, a folder, or a file that is made when missing, in ``home``.

    Yields False, without the lock, when another process has it and this one is not to wait. When a process dies its
    locks are released. Raises OSError when the file cannot be opened, and StoreError when the database cannot be used.
    """
    if settings.database_url:
        name = f"client-import {path.relative_to(home.path) if path.is_relative_to(home.path) else path.name} "
        with _locked_in_database(settings.database_url, name, waits=waits) as is_locked:
            yield is_locked
    else:
        with _locked_file(path, waits=waits) as is_locked:
            yield is_locked


@contextmanager
def _locked_file(path: Path, *, waits: bool) -> Iterator[bool]:
    flags = os.O_RDONLY | os.O_DIRECTORY if path.is_dir() else os.O_WRONLY | os.O_CREAT
    lock = os.open(path, flags, 0o666)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | (0 if waits else fcntl.LOCK_NB))
    except BlockingIOError:
        yield False
    else:
        yield True
    finally:
        os.close(lock)


@contextmanager
def _locked_in_database(url: str, name: str, *, waits: bool) -> Iterator[bool]:
    """Hold a lock until a transaction of its own ends: a pooler may be between."""
    with translating_errors(url):
        connection = connect(url)
    try:
        with translating_errors(url):
            row = connection.execute(_LOCK if waits else _TRY, (name,)).fetchone()
        yield waits or bool(row and row[0])
    finally:
        connection.close()
