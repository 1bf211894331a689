"""Tell whether a program has a file open for writing, where the system says so."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import tempfile
from pathlib import Path

_HAS_LEASES = hasattr(fcntl, "F_SETLEASE")  # Linux


def is_open_for_writing(path: Path) -> bool:
    """Return whether a program, on this machine, has the regular file at ``path`` open for writing.

    Linux refuses a read lease on such a file. Returns False where that cannot be found out: on another system, for
    another user's file, and on a file system, such as NFS, that refuses leases on files which are not being written.
    """
    return _HAS_LEASES and _refuses_lease(path) and not _refuses_lease_beside(path)


def _refuses_lease(path: Path) -> bool:
    try:
        number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        # Who opens the file for writing just now waits until the lease is gone, and its holder is sent this signal: one
        # that is ignored, for the usual one would end the process.
        fcntl.fcntl(number, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(number, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(number, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN
    finally:
        os.close(number)
    return False


def _refuses_lease_beside(path: Path) -> bool:
    """Return whether a lease is refused for a new file in the same folder as well, which nobody writes to."""
    try:
        with tempfile.TemporaryDirectory(prefix=".lease-", dir=path.parent) as folder:
            own = Path(folder) / "own"
            own.touch()
            return _refuses_lease(own)
    except OSError:
        return True
