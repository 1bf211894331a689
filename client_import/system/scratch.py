"""Folders that are gone when the work they are for has ended, also when its process was killed.

All are in one folder, each with the name of its process in it; whoever sweeps removes those whose process is gone.
"""

from __future__ import annotations

import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from client_import.system.private import make_folder
from client_import.system.process import is_running, this_process

_UNKNOWN_GOES_AFTER_SECONDS = 24 * 3600
"""For a folder whose process cannot be seen from here: older ones are swept too."""


def name_scratch(parent: Path, kind: str) -> Path:
    """Return where in ``parent`` a new folder of this process can be, so that it is removed whatever comes between."""
    return parent / f"{kind}-{secrets.token_hex(6)}-{this_process().tag}"


@contextmanager
def scratch(parent: Path, kind: str) -> Iterator[Path]:
    """Give a new folder in ``parent``, removed at the end with all that is in it."""
    path = name_scratch(parent, kind)
    try:
        make_folder(path)
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def sweep(parent: Path) -> int:
    """Remove the folders in ``parent`` whose process is gone; returns how many."""
    if not parent.exists():
        return 0
    left = [path for path in parent.iterdir() if _is_left_over(path)]
    for path in left:
        shutil.rmtree(path, ignore_errors=True)
    return len(left)


def _is_left_over(path: Path) -> bool:
    runs = is_running(path.name.rpartition("-")[2])
    if runs is not None:
        return not runs
    try:
        return time.time() - path.stat().st_mtime > _UNKNOWN_GOES_AFTER_SECONDS
    except OSError:
        return False  # its owner has just removed it
