"""The disk: recognise errors of a full one, check whether enough is free, tell changes of a file, and sync."""

from __future__ import annotations

import errno
import os
from pathlib import Path

_DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

_DISK_FULL_TEXTS = ("No space left", "File too large", "disk is full")
"""Found in the messages of DuckDB and SQLite when the disk is full."""

_DISK_FULL_NAME = "SQLITE_IOERR_SHMSIZE"
"""The error of SQLite when the index of a write-ahead log cannot grow; its message is the one of any broken disk."""

MIB = 1 << 20


def is_disk_full(error: BaseException) -> bool:
    """Return whether ``error`` was raised because the disk is full."""
    if isinstance(error, OSError) and error.errno in _DISK_FULL:
        return True
    of_driver = getattr(error, "orig", error)  # SQLAlchemy wraps it
    return getattr(of_driver, "sqlite_errorname", None) == _DISK_FULL_NAME or any(
        text in str(error) for text in _DISK_FULL_TEXTS
    )


def disk_shortage(folder: Path, least_mib: int) -> str | None:
    """Return a sentence if ``folder`` has less than ``least_mib`` MiB free, has no free inodes or cannot be written.

    Return None if nothing is wrong.
    """
    try:
        disk = os.statvfs(folder)
    except OSError as error:
        return f"The folder {folder} cannot be looked at ({error.strerror})."
    left = disk.f_bavail * disk.f_frsize // MIB
    if left < least_mib:
        return (
            f"The disk of {folder} has {left:,} MiB left, and CLIENT_IMPORT_MIN_FREE_MB asks for {least_mib:,}: free "
            "some space."
        )
    if disk.f_files and not disk.f_favail:
        return f"The disk of {folder} has no room for more files: remove some."
    if not os.access(folder, os.W_OK | os.X_OK):
        return f"The folder {folder} cannot be written to."
    return None


def sync_file(path: Path) -> None:
    """Flush the content of the file ``path`` to the disk. Raises OSError."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def sync_folder(path: Path) -> None:
    """Flush the entries of the folder ``path`` to the disk. Raises OSError."""
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def state_of(file: Path) -> str:
    """Return a text that changes when ``file`` is written or replaced; empty when there is none."""
    try:
        stat = file.stat()
    except FileNotFoundError:
        return ""
    return f"{stat.st_ino} {stat.st_size} {stat.st_mtime_ns}"
