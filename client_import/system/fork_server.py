"""The process that others are forked from, which must be there before the folder for temporary files is another."""

from __future__ import annotations

import tempfile
import threading
from multiprocessing import forkserver
from pathlib import Path

_LONGEST_SOCKET_FOLDER = 70
_SHORT_FOLDER = "/tmp"

_STARTING = threading.Lock()


def start_fork_server() -> None:
    """Have it running; whoever starts a process from it, or moves the folder for temporary files, calls this before.

    Its socket lies in that folder, and the path of a socket has at most about 100 characters: a folder deep down, such
    as that of uploads, is too long for it. The place is chosen once and kept, also when it has to be started again.
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
