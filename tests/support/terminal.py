"""A terminal of its own for a program: what would come to the screen is kept."""

from __future__ import annotations

import os
import pty
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.support.cli import PATIENCE_SECONDS


def on_a_terminal(command: Sequence[str | Path], environment: Mapping[str, str]) -> bytes:
    """Run the command with stdout and stderr on a terminal; returns all that came there."""
    ours, its = pty.openpty()
    shown = bytearray()

    def read() -> None:
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # so Linux says that nobody has the terminal any more
                return
            if not piece:
                return
            shown.extend(piece)

    reader = threading.Thread(target=read)
    try:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=its, stderr=its, env=environment)
        os.close(its)
        reader.start()
        try:
            process.wait(PATIENCE_SECONDS)
        finally:
            process.kill()
        reader.join(PATIENCE_SECONDS)
    finally:
        os.close(ours)
    return bytes(shown)
