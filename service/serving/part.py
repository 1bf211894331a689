"""A part of what ``client-import serve`` runs, and its processes, one after the other."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

from client_import.errors import StoreError

USAGE_STATUS = 2
"""The status with which a part ends that was given what does not fit."""

_STDERR = 2


@dataclass(frozen=True, slots=True)
class Patience:
    """How long what is waited for, in seconds, and how often a part may die before it was ever ready."""

    first_pause: float = 1.0
    longest_pause: float = 30.0
    settled_after: float = 60.0
    for_imports: float = 60.0
    for_a_part: float = 10.0
    at_once: float = 5.0
    most_failures: int = 5


@dataclass(frozen=True, slots=True)
class Part:
    """A program that is to run all the time.

    ``is_ready`` is told when its process was started, and answers at once or soon; ``shown`` is printed when it is
    ready the first time. It is started when those it ``needs`` (names) are ready, and ended before them.
    """

    name: str
    command: tuple[str, ...]
    is_ready: Callable[[datetime], bool]
    shown: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None


class Life:
    """The processes of one part. Each leads a session, and so a process group, of its own."""

    def __init__(self, part: Part, patience: Patience) -> None:
        self.part = part
        self.is_ready = False
        self.was_ever_ready = False
        self.process: subprocess.Popen[bytes] | None = None
        self._patience = patience
        self._failures = 0
        self._started = datetime.now(UTC)
        self._time = 0.0

    @property
    def may_start(self) -> bool:
        """Whether it has no process, and has paused long enough."""
        return self.process is None and monotonic() >= self._time

    def start(self) -> int:
        """Start a process and return its id, which is that of its group too; raises StoreError when that fails."""
        self._started, self._time = datetime.now(UTC), monotonic()
        try:
            self.process = subprocess.Popen(
                self.part.command,
                cwd=self.part.folder,
                env=dict(self.part.environment),
                stdin=subprocess.DEVNULL,
                stdout=_STDERR,
                start_new_session=True,
            )
        except OSError as error:
            raise StoreError(f"{self.part.name} cannot be started: {error}.") from None
        return self.process.pid

    def look(self) -> str | None:
        """See whether it is ready, or has ended; returns a sentence in that case, and it may start after a pause.

        Raises StoreError when it ends again and again without ever being ready, SystemExit(2) when it has said that
        what it was given does not fit.
        """
        if self.process is None:
            return None
        status = self.process.poll()
        if status is None:
            if not self.is_ready and self.part.is_ready(self._started):
                self.is_ready = self.was_ever_ready = True
            return None
        if status == USAGE_STATUS and not self.was_ever_ready:
            raise SystemExit(USAGE_STATUS)
        return self._ended(status)

    def _ended(self, status: int) -> str:
        self.process, self.is_ready = None, False
        has_settled = monotonic() - self._time > self._patience.settled_after
        self._failures = 1 if has_settled else self._failures + 1
        how = _how(status)
        if not self.was_ever_ready and self._failures >= self._patience.most_failures:
            raise StoreError(
                f"{self.part.name} ended {self._failures} times before it was ready, the last time {how}. "
                "What it said is above."
            )
        pause = min(self._patience.first_pause * 2 ** (self._failures - 1), self._patience.longest_pause)
        self._time = monotonic() + pause
        return f"{self.part.name} has ended ({how}); it is started again in {pause:g} s."


def _how(status: int) -> str:
    if status >= 0:
        return f"with status {status}"
    try:
        return f"by {signal.Signals(-status).name}"
    except ValueError:
        return f"by signal {-status}"
