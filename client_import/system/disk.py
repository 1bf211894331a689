"""The room on a disk: whether an error says that there is none, and whether there is enough."""

from __future__ import annotations

import errno
import os
from pathlib import Path

_DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

_DISK_FULL_TEXTS = ("No space left", "File too large", "disk is full")
"""How DuckDB and SQLite say the same."""

MIB = 1 << 20


def is_disk_full(error: BaseException) -> bool:
    """Return whether ``error`` says that there is no room on the disk."""
    return (isinstance(error, OSError) and error.errno in _DISK_FULL) or any(
        text in str(error) for text in _DISK_FULL_TEXTS
    )


def want_of_room(folder: Path, least_mib: int) -> str | None:
    """Return a sentence when the disk of ``folder`` has less than ``least_mib`` MiB left, or no room for more files."""
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
