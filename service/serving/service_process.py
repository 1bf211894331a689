"""A service that ``client-import serve`` runs, and its process, which is restarted when it ends."""

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
"""The exit status of a service whose arguments or settings are wrong."""

_STDERR = 2
_MOST_DOUBLINGS = 10


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Waits and pauses in seconds, and how often a service may end before it was ever ready."""

    first_restart_pause: float = 1.0
    longest_restart_pause: float = 30.0
    stable_after: float = 60.0
    running_imports: float = 60.0
    stop_service: float = 10.0
    stop_now: float = 5.0
    max_failures: int = 5


@dataclass(frozen=True, slots=True)
class ServiceSpec:
    """A program that runs all the time.

    ``is_ready`` gets the start time of the process, and returns within a few seconds. ``shown`` is printed when the
    service is ready for the first time. A service is started once the services it ``needs``, by name, are ready, and
    is ended before them.
    """

    name: str
    command: tuple[str, ...]
    is_ready: Callable[[datetime], bool]
    shown: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None


class ServiceProcess:
    """The current process of a service, if it has one; it leads a session and a process group of its own."""

    def __init__(self, spec: ServiceSpec, timeouts: Timeouts) -> None:
        self.spec = spec
        self.is_ready = False
        self.was_ever_ready = False
        self.process: subprocess.Popen[bytes] | None = None
        self._timeouts = timeouts
        self._failures = 0
        self._started = datetime.now(UTC)
        self._time = 0.0

    @property
    def may_start(self) -> bool:
        """Whether the service has no process and its restart pause is over."""
        return self.process is None and monotonic() >= self._time

    def start(self) -> str | None:
        """Start a process; return a sentence when a service that has been ready before cannot be started now.

        Raises StoreError when one cannot be started that was never ready.
        """
        self._started, self._time = datetime.now(UTC), monotonic()
        try:
            self.process = subprocess.Popen(
                self.spec.command,
                cwd=self.spec.folder,
                env=dict(self.spec.environment),
                stdin=subprocess.DEVNULL,
                stdout=_STDERR,
                start_new_session=True,
            )
        except OSError as error:
            if not self.was_ever_ready:
                raise StoreError(f"{self.spec.name} cannot be started: {error}.") from None
            self._failures += 1
            return f"{self.spec.name} cannot be started now ({error}); {self._put_off()}."
        return None

    def poll(self) -> str | None:
        """Check whether the process is ready or has ended; in the latter case return a sentence that says so.

        Raises StoreError when the service keeps ending before it was ever ready, and SystemExit(2) when it has ended
        with USAGE_STATUS.
        """
        if self.process is None:
            return None
        status = self.process.poll()
        if status is None:
            if not self.is_ready and self.spec.is_ready(self._started):
                self.is_ready = self.was_ever_ready = True
            return None
        if status == USAGE_STATUS and not self.was_ever_ready:
            raise SystemExit(USAGE_STATUS)
        return self._ended(status)

    def _ended(self, status: int) -> str:
        self.process, self.is_ready = None, False
        was_stable = monotonic() - self._time > self._timeouts.stable_after
        self._failures = 1 if was_stable else self._failures + 1
        how = _how(status)
        if not self.was_ever_ready and self._failures >= self._timeouts.max_failures:
            raise StoreError(
                f"{self.spec.name} ended {self._failures} times before it was ready, the last time {how}. "
                "Its output is above."
            )
        return f"{self.spec.name} has ended ({how}); {self._put_off()}."

    def _put_off(self) -> str:
        """Begin the restart pause, and return how long it is, in words."""
        doublings = min(self._failures - 1, _MOST_DOUBLINGS)
        pause = min(self._timeouts.first_restart_pause * 2**doublings, self._timeouts.longest_restart_pause)
        self._time = monotonic() + pause
        return f"it will be restarted in {pause:g} s"


def _how(status: int) -> str:
    if status >= 0:
        return f"with status {status}"
    try:
        return f"by {signal.Signals(-status).name}"
    except ValueError:
        return f"by signal {-status}"
