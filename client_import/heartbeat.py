"""The sign of life of the process that runs a job (semantics.md, section 10)."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from datetime import datetime, timedelta

from client_import.jobs import now

STALE_AFTER = timedelta(seconds=30)
"""A running job writes a sign of life twice a second; this long without one, its process is gone."""


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Which process runs a job, and when it was last heard of."""

    host: str
    pid: int
    time: datetime

    @property
    def is_dead(self) -> bool:
        """Whether the process is gone: on this machine seen at once, on another by its silence."""
        if now() - self.time > STALE_AFTER:
            return True
        return self.host == socket.gethostname() and not _exists(self.pid)


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
