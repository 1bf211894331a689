"""Start the fork server before the folder for temporary files changes."""

from __future__ import annotations

import tempfile
import threading
from multiprocessing import forkserver
from pathlib import Path

_LONGEST_SOCKET_FOLDER = 70
_SHORT_FOLDER = "/tmp"

_STARTING = threading.Lock()


def start_fork_server() -> None:
    """Start the fork server unless it is running.

    Call this before starting a process from it, and before changing the folder for temporary files. The server's
    socket lies in that folder, and the path of a socket may have only about 100 characters; a deep folder, such as that
    of uploads, is too long. multiprocessing keeps the socket's folder even if the server has to be restarted.
    """
    with _STARTING:
        folder = tempfile.gettempdir()
        if len(folder) <= _LONGEST_SOCKET_FOLDER or not Path(_SHORT_FOLDER).is_dir():
            forkserver.ensure_running()
            return
        tempfile.tempdir = _SHORT_FOLDER
        try:
            forkserver.ensure_running()
        finally:
            tempfile.tempdir = folder
