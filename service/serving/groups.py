"""Process groups: a service and all processes it has started.

Only the standard library is imported, to keep the guard small.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep

TICK_SECONDS = 0.1

_PROC = Path("/proc")


def exists(group: int) -> bool:
    """Return whether the group has a process of ours that has not ended."""
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return not _PROC.exists() or _has_living(group)


def _has_living(group: int) -> bool:
    """Return whether a process is alive: one that has ended stays in its group until its parent waits for it."""
    for process in _PROC.glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, its_group, *_ = process.read_text("utf-8", "replace").rpartition(")")[2].split()
            if int(its_group) == group and state not in "ZX":
                return True
    return False


def send(group: int, number: signal.Signals) -> None:
    """Send a signal to the group, if anything is left of it."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def end(groups: Iterable[int], seconds: float) -> None:
    """Send SIGTERM to the groups, and SIGKILL to those that are left after ``seconds``."""
    left = [group for group in groups if exists(group)]
    for group in left:
        send(group, signal.SIGTERM)
    give_up = monotonic() + seconds
    while left and monotonic() < give_up:
        sleep(TICK_SECONDS)
        left = [group for group in left if exists(group)]
    for group in left:
        send(group, signal.SIGKILL)
