"""Start Dagster's web server with a secret, watch it, and end it."""

from __future__ import annotations

import secrets
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep

import psutil

from client_import.errors import StoreError
from service.serving.ready import answers

_LOOPBACK = "127.0.0.1"
_START_SECONDS = 180.0
_LOOK_SECONDS = 0.2
_END_SECONDS = 5.0


class Webserver:
    """The process of the web server; it answers at ``port`` below ``root``, a path that is secret."""

    def __init__(self, workspace: str) -> None:
        secret = secrets.token_hex(32)
        self.port, self.root = _free_port(), f"/{secret}"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "service.dagster_ui.webserver", str(self.port), workspace],
            cwd=Path(__file__).parent.parent.parent,
            stdin=subprocess.PIPE,
            text=True,
        )
        self._send(secret)

    def wait_until_ready(self) -> None:
        """Wait until it answers; raises StoreError when it has ended, or does not answer within three minutes."""
        give_up = monotonic() + _START_SECONDS
        while not (self._listens() and answers(_LOOPBACK, self.port, f"{self.root}/server_info")):
            if self._process.poll() is not None:
                raise StoreError("Dagster's web server has ended before it was ready. Its output is above.")
            if monotonic() > give_up:
                raise StoreError(f"Dagster's web server does not answer {_START_SECONDS:g} s after its start.")
            sleep(_LOOK_SECONDS)

    def at_its_end(self, notify: Callable[[], None]) -> None:
        """Call ``notify``, in a thread, when the process has ended."""

        def wait() -> None:
            self._process.wait()
            notify()

        threading.Thread(target=wait, daemon=True).start()

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _listens(self) -> bool:
        """Whether this process has the port: no other process must get the secret."""
        with suppress(psutil.Error):
            listening = psutil.Process(self._process.pid).net_connections("tcp")
            return any(each.status == psutil.CONN_LISTEN and each.laddr.port == self.port for each in listening)
        return False

    def _send(self, secret: str) -> None:
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # it has ended, which wait_until_ready reports
            print(secret, file=self._process.stdin, flush=True)


@contextmanager
def running_webserver(workspace: str) -> Iterator[Webserver]:
    """Run Dagster's web server for the workspace file ``workspace`` within the context."""
    webserver = Webserver(workspace)
    try:
        webserver.wait_until_ready()
        yield webserver
    finally:
        webserver.close()


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind((_LOOPBACK, 0))
        return int(taken.getsockname()[1])
