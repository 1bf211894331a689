"""The sign of life of the process that runs a job (docs/rules.md, section 10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from client_import.system.process import Process

STALE_AFTER = timedelta(seconds=30)
"""A running job writes a sign of life twice a second; this long without one, a process we cannot see is gone."""


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
