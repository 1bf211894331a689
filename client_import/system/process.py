"""Which process does something, so that another one can tell later whether it is gone (docs/rules.md, section 10).

A process id alone is not enough: it is given to another process after a restart, or means nothing in another
container.
"""

from __future__ import annotations

import hashlib
import os
import socket
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Process:
    """A process: ``host`` and ``pid``, and in ``started`` the machine's start, the pid's name space and its own start.

    ``started`` is None where a record of an older version does not have it.
    """

    host: str
    pid: int
    started: str | None

    @property
    def is_running(self) -> bool | None:
        """Whether the process runs; None when that cannot be seen from here, as on another machine."""
        if self.host != socket.gethostname():
            return None
        if self.started is None:
            return _start_of(self.pid) is not None
        space, _, start = self.started.rpartition("/")
        return _start_of(self.pid) == start if space == _space() else None

    @property
    def tag(self) -> str:
        """What stands for the process in the name of a file; :func:`is_running` reads it."""
        space, _, start = (self.started or "").rpartition("/")
        return f"{self.pid}.{_digest(self.host, space)}.{_digest(start)}"


@cache
def _this(pid: int) -> Process:
    return Process(socket.gethostname(), pid, f"{_space()}/{_start_of(pid)}")


def this_process() -> Process:
    """Return the process this is."""
    return _this(os.getpid())


def is_running(tag: str) -> bool | None:
    """Return whether the process with the ``tag`` runs; None when that cannot be seen from here, or it is no tag."""
    pid, _, rest = tag.partition(".")
    place, _, start = rest.partition(".")
    if not pid.isdecimal() or place != _digest(socket.gethostname(), _space()):
        return None
    its = _start_of(int(pid))
    return its is not None and _digest(its) == start


def _digest(*parts: str) -> str:
    return hashlib.sha256("/".join(parts).encode()).hexdigest()[:12]


@cache
def _space() -> str:
    """Return what a process id is unique in until the machine restarts: its start, and the name space."""
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text("ascii").strip()
        return f"{boot}/{(_PROC / 'self/ns/pid').readlink()}"
    except OSError:
        return "machine"  # without /proc there are no name spaces; `ps` tells the date of the start instead


def _start_of(pid: int) -> str | None:
    """Return when the process ``pid`` started, in whatever unit; None when there is none, or it has ended."""
    if not (_PROC / "self").exists():
        told = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
        return told.stdout.strip() or None
    try:
        state, *fields = (_PROC / str(pid) / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    except OSError:
        return None
    return None if state in "ZX" else fields[18]
