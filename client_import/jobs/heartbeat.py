"""The sign of life of the process that runs a job (docs/rules.md, section 10)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import sleep

from client_import.system.process import Process

STALE_AFTER = timedelta(seconds=30)
"""A running job writes a sign of life twice a second; this long without one, a process we cannot see is gone."""


_SECONDS_FOR_A_SIGN = 2.0
"""Four times as long as a running process goes without a sign of life."""


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Which process has a job, when it last gave a sign of life, and how long before the store was read.

    Both are by the store's own clock. The ``silence`` is negative after the clock was set back.
    """

    process: Process
    time: datetime
    silence: timedelta

    @property
    def is_dead(self) -> bool:
        """Whether the process is gone: on this machine seen at once, on another told by its silence.

        A process that is there but silent, because it is paused or the job store is locked, is not gone.
        """
        is_running = self.process.is_running
        return abs(self.silence) > STALE_AFTER if is_running is None else not is_running


def is_gone(heartbeat: Heartbeat, again: Callable[[], Heartbeat | None]) -> bool:
    """Return whether the process is dead, and, if only its silence says so, gives no sign of life in two seconds more.

    Right after the clock was set, or the machine slept, a process may seem silent that is not. ``again`` reads the
    heartbeat again.
    """
    if not heartbeat.is_dead or heartbeat.process.is_running is not None:
        return heartbeat.is_dead
    sleep(_SECONDS_FOR_A_SIGN)
    after = again()
    return after is not None and (after.process, after.time) == (heartbeat.process, heartbeat.time)
