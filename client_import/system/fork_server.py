"""Start the fork server before the folder for temporary files changes."""

from __future__ import annotations

import tempfile
import threading
from multiprocessing import forkserver

from client_import.system.socket_folder import socket_folder

_STARTING = threading.Lock()


def start_fork_server() -> None:
    """Start the fork server unless it is running.

    Call this before starting a process from it, and before changing the folder for temporary files. The server's
    socket lies in that folder, unless it is as deep as that of uploads (:func:`socket_folder`). multiprocessing keeps
    the socket's folder even if the server has to be restarted.
    """
    with _STARTING:
        folder = tempfile.gettempdir()
        tempfile.tempdir = socket_folder()
        try:
            forkserver.ensure_running()
        finally:
            tempfile.tempdir = folder
