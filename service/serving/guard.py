"""A small process that ends all services when ``client-import serve`` has ended, even by ``kill -9``.

It reads the process groups to end from a pipe whose other end only serve has open, so the pipe closes when serve ends.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from service.serving import groups

_SECONDS_TO_END = 10.0


class OrphanGuard:
    """The guard's process, as serve uses it; at the very end it also removes ``folder``, the scratch folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._watched: set[int] = set()
        self._process = self._start()

    def watch(self, group: int) -> None:
        """Add a process group to those that end with serve."""
        self._watched.add(group)
        self._send(f"+{group}")

    def forget(self, group: int) -> None:
        """Remove a process group that has ended, because its number may be used again."""
        self._watched.discard(group)
        self._send(f"-{group}")

    def restart_if_ended(self) -> None:
        """Start another process if the guard's has ended; if that fails, the next call tries again."""
        if self._process.poll() is not None:
            with suppress(OSError):
                self._process = self._start()

    def close(self) -> None:
        """Have the guard end what is left, and wait for it."""
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.close()
        self._process.wait()

    def _start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "service.serving.guard", str(self._folder), *map(str, self._watched)],
            cwd=Path(__file__).parent.parent.parent,
            stdin=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def _send(self, line: str) -> None:
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # restart_if_ended starts another process, which is given all groups
            print(line, file=self._process.stdin, flush=True)


def guard(lines: Iterable[str], folder: Path, watched: set[int]) -> None:
    """Add the groups of ``lines`` to ``watched`` or remove them (``+123``, ``-123``); after the last line end them."""
    for line in lines:
        number = int(line[1:])
        if line[0] == "+":
            watched.add(number)
        else:
            watched.discard(number)
    groups.end(watched, _SECONDS_TO_END)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    guard(sys.stdin, Path(sys.argv[1]), set(map(int, sys.argv[2:])))
