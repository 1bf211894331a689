"""Points between the steps of an import where tests interrupt it; docs/reliability.md says how each is recovered.

The environment variable ``INTERRUPT_IMPORT_AT`` names a failpoint and an action: ``committed=kill``, ``batch
staged=disk full`` or ``planned=pause FILE``, which creates FILE and waits until it is removed. ``batch staged=kill@3``
acts the third time. The variable is read once, when this module is imported.
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
"""In the order in which an import reaches them; ``recovering`` is reached when a dead job is recovered."""

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
"""Those of the drop folder, in order (docs/drop-folder.md); not every file reaches every one."""

NOTIFY_FAILPOINTS = ("addressed", "told")
"""Those of a notification (docs/notifications.md)."""

_named = _action = ""
_left = 0


def arm(text: str) -> None:
    """Set the failpoint and action from ``text``, which has the form of the environment variable."""
    global _named, _action, _left
    _named, _, rest = text.partition("=")
    _action, _, count = rest.partition("@")
    _left = int(count or 1)


def failpoint(name: str) -> None:
    """Run the action that is set for the failpoint ``name``, if any. Raises OSError for ``disk full``."""
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
