"""A small process that ends all parts when ``client-import serve`` is gone, even by ``kill -9``.

It reads the process groups there are from a pipe whose other end only serve has; so the end of the pipe is the end
of serve, however that came.
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
    """The guard, seen from serve; it also removes ``folder``, the scratch folder, at the very end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._watched: set[int] = set()
        self._process = self._start()

    def watch(self, group: int) -> None:
        """Have the group ended with serve."""
        self._watched.add(group)
        self._tell(f"+{group}")

    def forget(self, group: int) -> None:
        """The group has ended; its number may be another's now."""
        self._watched.discard(group)
        self._tell(f"-{group}")

    def look(self) -> None:
        """Start another one when somebody has ended it."""
        if self._process.poll() is not None:
            self._process = self._start()
            for group in self._watched:
                self._tell(f"+{group}")

    def close(self) -> None:
        """Let it end what is left, and wait for it."""
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.close()
        self._process.wait()

    def _start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "service.serving.guard", str(self._folder)],
            cwd=Path(__file__).parent.parent.parent,
            stdin=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # the next look starts another one, and tells it all
            print(line, file=self._process.stdin, flush=True)


def guard(lines: Iterable[str], folder: Path) -> None:
    """Note the groups that ``lines`` name (``+123``, ``-123``) and, when there are no more lines, end them."""
    watched: set[int] = set()
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
    guard(sys.stdin, Path(sys.argv[1]))
