"""Covers ``client-import serve`` with real processes: the UI answers, and all of it ends with the command."""

from __future__ import annotations

import signal
import socket
import urllib.request
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.cli import CommandLine, wait_until


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def answers(port: int) -> bool:
    with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/server_info", timeout=5) as page:
        return bool(page.status == 200)
    return False


@pytest.mark.long
def test_sigterm_ends_the_ui_and_its_daemon(tmp_path: Path) -> None:
    port = free_port()
    server = CommandLine(tmp_path / "home").start("serve", "--dagster-port", str(port))
    parts: list[psutil.Process] = []
    try:
        wait_until(lambda: answers(port), "the Dagster UI", 0.5)
        parts = psutil.Process(server.pid).children(recursive=True)
        assert parts
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=60)
        assert server.returncode == 0
        gone, alive = psutil.wait_procs(parts, timeout=30)
        assert (len(gone), alive) == (len(parts), [])
    finally:
        for process in (*parts, server):
            with suppress(psutil.NoSuchProcess):
                process.kill()
