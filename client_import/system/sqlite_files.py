"""SQLite files of another program, which opens and closes them for each statement: fewer waits for the disk.

They lose nothing by it but this: what was written since :func:`sync_sqlite` may be gone after a power failure.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from client_import.system.disk import sync_file, sync_folder


@contextmanager
def kept_open(folder: Path) -> Iterator[None]:
    """Keep a connection of our own to each SQLite file in ``folder``, and let commits of this process not be synced.

    Whoever is the last to close a file has its write-ahead log written into it, and waits for the disk. Commits of
    SQLAlchemy engines stay whole and in order without a sync each: at the end, and whenever :func:`sync_sqlite` is
    called, all of them are synced at once. Raises OSError when they cannot be.
    """
    do_not_sync = partial(_do_not_sync, folder.resolve())
    sa.event.listen(sa.Engine, "connect", do_not_sync)
    try:
        with ExitStack() as connections:
            for file in sorted(folder.rglob("*.db")):
                connection = connections.enter_context(closing(sqlite3.connect(file, check_same_thread=False)))
                with suppress(sqlite3.Error):  # what is wrong with the file is said by those who need it
                    connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            yield
            sync_sqlite(folder)
    finally:
        sa.event.remove(sa.Engine, "connect", do_not_sync)


def sync_sqlite(folder: Path) -> None:
    """Flush what was committed to the SQLite files in ``folder`` to the disk. Raises OSError.

    It is in their write-ahead logs: what SQLite moves from there into the files it syncs itself.
    """
    for log in folder.rglob("*.db-wal"):
        with suppress(FileNotFoundError):  # the last one to close the file has removed it
            sync_file(log)
            sync_folder(log.parent)


def _do_not_sync(folder: Path, connection: object, _record: object) -> None:
    """Let SQLite sync the write-ahead log of a file in ``folder`` only when it moves that into the file."""
    if not isinstance(connection, sqlite3.Connection):
        return
    (_number, _name, file), *_ = connection.execute("PRAGMA database_list").fetchall()
    if file and os.path.realpath(file).startswith(f"{folder}{os.sep}"):
        with suppress(sqlite3.Error):  # as above
            ((mode,),) = connection.execute("PRAGMA journal_mode").fetchall()
            if mode == "wal":
                connection.execute("PRAGMA synchronous = NORMAL")
