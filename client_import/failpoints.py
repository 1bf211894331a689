"""Places between the steps of an import where tests interrupt it; what recovers each is in docs/reliability.md.

The environment variable ``INTERRUPT_IMPORT_AT`` names one, and what happens there: ``committed=kill``,
``batch staged=disk full`` or ``planned=pause FILE``, which makes FILE and waits until it is gone. ``batch
staged=kill@3`` is the third time. Read once, at the start.
"""

from __future__ import annotations

import errno
import os
import signal
import time
from pathlib import Path

VARIABLE = "INTERRUPT_IMPORT_AT"

FAILPOINTS = (
    "receiving",
    "source kept",
    "job created",
    "job placed",
    "started",
    "layout written",
    "batch staged",
    "staged",
    "database open",
    "planned",
    "clients changed",
    "ledger written",
    "commit announced",
    "committed",
    "applied",
    "report half written",
    "reported",
    "finished",
    "tidied",
    "recovering",
)
"""In the order an import comes to them; ``recovering`` is met by whoever recovers a dead one."""

DROP_FAILPOINTS = (
    "noted",
    "taking",
    "moved out",
    "taken",
    "rows named",
    "rows returned",
    "place named",
    "reason written",
    "options put away",
    "in both",
    "put away",
    "all put away",
)
"""Those that only a dropped file comes to, in its order (docs/drop-folder.md); not each file comes to each."""

_named = _action = ""
_left = 0


def arm(text: str) -> None:
    """Interrupt this process as ``text`` says, in the form of the environment variable."""
    global _named, _action, _left
    _named, _, rest = text.partition("=")
    _action, _, count = rest.partition("@")
    _left = int(count or 1)


def failpoint(name: str) -> None:
    """Be at the point ``name``; nothing happens unless a test wants it."""
    if name == _named:
        _interrupt()


def _interrupt() -> None:
    global _left
    _left -= 1
    if _left:
        return
    if _action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif _action == "disk full":
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    elif _action.startswith("pause "):
        file = Path(_action.removeprefix("pause "))
        file.touch()
        while file.exists():
            time.sleep(0.02)


arm(os.environ.get(VARIABLE, ""))
