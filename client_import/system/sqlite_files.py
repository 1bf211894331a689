"""SQLite files of another program, which opens and closes them for each statement: fewer waits for the disk.

They lose nothing by it but this: what was written since :func:`sync_sqlite` may be gone after a power failure.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

import sqlalchemy as sa

from client_import.system.disk import sync_file, sync_folder


@contextmanager
def kept_open(folder: Path) -> Iterator[None]:
    """Keep a connection of our own to each SQLite file that SQLAlchemy engines of this process open in ``folder``.

    Whoever is the last to close a file has its write-ahead log written into it, and waits for the disk. Commits of
    the engines stay whole and in order without a sync each: at the end, and whenever :func:`sync_sqlite` is called, all
    of them are synced at once. So it is with a file that is made meanwhile, which gets such a log at once. Raises
    OSError when they cannot be synced.
    """
    files = _Files(folder)
    sa.event.listen(sa.Engine, "connect", files.connected)
    try:
        with files.connections:
            yield
            sync_sqlite(folder)
    finally:
        sa.event.remove(sa.Engine, "connect", files.connected)


def sync_sqlite(folder: Path) -> None:
    """Flush what was committed to the SQLite files in ``folder`` to the disk. Raises OSError.

    It is in their write-ahead logs: what SQLite moves from there into the files it syncs itself.
    """
    for log in folder.rglob("*.db-wal"):
        with suppress(FileNotFoundError):  # the last one to close the file has removed it
            sync_file(log)
            sync_folder(log.parent)


class _Files:
    """The files in ``folder`` that are kept open by ``connections``."""

    def __init__(self, folder: Path) -> None:
        self.connections = ExitStack()
        self._within = f"{folder.resolve()}{os.sep}"
        self._kept: set[str] = set()
        self._guard = threading.Lock()

    def connected(self, connection: object, _record: object) -> None:
        """Let SQLite sync the log of a file in the folder only when it moves that into the file, and keep it open."""
        if not isinstance(connection, sqlite3.Connection):
            return
        (_number, _name, file), *_ = connection.execute("PRAGMA database_list").fetchall()
        with suppress(sqlite3.Error):  # what is wrong with the file is said by those who need it
            if file in self._kept or self._is_to_be_kept(file, connection):
                connection.execute("PRAGMA synchronous = NORMAL")

    def _is_to_be_kept(self, file: str, connection: sqlite3.Connection) -> bool:
        """Return whether the ``file`` of the connection is in the folder and has a log, and keep it open if so.

        A new file gets one here. Another is damaged by a power failure when commits are not synced.
        """
        if not (file and os.path.realpath(file).startswith(self._within)):
            return False
        is_new = not connection.execute("PRAGMA page_count").fetchone()[0]
        ((mode,),) = connection.execute(f"PRAGMA journal_mode{' = WAL' if is_new else ''}").fetchall()
        if mode != "wal":
            return False
        with self._guard:
            if file not in self._kept:
                self._kept.add(file)
                own = self.connections.enter_context(closing(sqlite3.connect(file, check_same_thread=False)))
                own.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        return True
