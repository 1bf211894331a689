"""Identify a process, so that another one can find out later whether it still runs (docs/rules.md, section 10).

A process id is not enough: it may be reused after a restart, and it means nothing in another container.
"""

from __future__ import annotations

import hashlib
import os
import re
import socket
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_PROC = Path("/proc")
_TAG = re.compile(r"[0-9]+\.[0-9a-f]{12}\.[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Process:
    """A process: its ``host``, its ``pid`` and when it ``started``.

    ``started`` joins the machine's boot id, the pid namespace and the start time; None if a record does not have it.
    """

    host: str
    pid: int
    started: str | None

    @property
    def is_running(self) -> bool | None:
        """Whether the process runs; None if that cannot be determined, for example on another machine."""
        if self.host != socket.gethostname():
            return None
        space, _, start = (self.started or "").rpartition("/")
        if self.started is not None and space != _space():
            return None
        return _runs(self.pid, lambda its: self.started is None or its == start)

    @property
    def tag(self) -> str:
        """The process as part of a file name, for :func:`is_running`."""
        space, _, start = (self.started or "").rpartition("/")
        return f"{self.pid}.{_digest(self.host, space)}.{_digest(start)}"


@cache
def _this(pid: int) -> Process:
    return Process(socket.gethostname(), pid, f"{_space()}/{_start_of(pid)}")


def this_process() -> Process:
    """Return the current process."""
    return _this(os.getpid())


def is_tag(text: str) -> bool:
    """Return whether ``text`` has the form of a :attr:`Process.tag`."""
    return _TAG.fullmatch(text) is not None


def is_running(tag: str) -> bool | None:
    """Return whether the process with the ``tag`` runs; None if that cannot be determined."""
    pid, _, rest = tag.partition(".")
    place, _, start = rest.partition(".")
    if place != _digest(socket.gethostname(), _space()):
        return None
    return _runs(int(pid), lambda its: _digest(its) == start)


def _runs(pid: int, is_its: Callable[[str], bool]) -> bool | None:
    """Return whether the process ``pid`` runs and its start time ``is_its``; None if it cannot be looked at."""
    try:
        started = _start_of(pid)
    except PermissionError:
        return None
    return started is not None and is_its(started)


def _digest(*parts: str) -> str:
    return hashlib.sha256("/".join(parts).encode()).hexdigest()[:12]


@cache
def _space() -> str:
    """Return the scope within which a process id is unique: the machine's boot id and the pid namespace."""
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text("ascii").strip()
        return f"{boot}/{(_PROC / 'self/ns/pid').readlink()}"
    except OSError:
        return "machine"  # without /proc there are no namespaces; the start time comes from `ps`


def _start_of(pid: int) -> str | None:
    """Return the start time of the process ``pid`` as text in any unit; None if it does not run.

    Raises PermissionError when it runs, but cannot be looked at: hidden, as those of other users are where /proc is
    mounted so, or while no more files can be opened.
    """
    if not (_PROC / "self").exists():
        output = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
        return output.stdout.strip() or None
    try:
        state, *fields = (_PROC / str(pid) / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    except OSError as error:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return None
        raise PermissionError(f"The process {pid} cannot be looked at.") from error
    return None if state in "ZX" else fields[18]
