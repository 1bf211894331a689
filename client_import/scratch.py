"""Folders that are gone when the work they are for has ended, also when its process was killed.

All are in one folder, each with the name of its process in it; whoever sweeps removes those whose process is gone.
"""

from __future__ import annotations

import json
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from client_import.folders import PROCESS_FILE, make_folder
from client_import.process import Process, this_process

_UNKNOWN_GOES_AFTER_SECONDS = 24 * 3600
"""For a folder whose process cannot be seen from here, or that has no name in it: older ones are swept too."""


def name_scratch(parent: Path, kind: str) -> Path:
    """Return where in ``parent`` a new folder can be, so that it can be removed whatever comes in between."""
    return parent / f"{kind}-{secrets.token_hex(6)}"


def make_scratch(path: Path) -> None:
    """Make the folder, this process's; raises StoreError when it cannot be made."""
    make_folder(path)
    (path / PROCESS_FILE).write_text(json.dumps(asdict(this_process())), "utf-8")


@contextmanager
def scratch(parent: Path, kind: str) -> Iterator[Path]:
    """Give a new folder in ``parent``, removed at the end with all that is in it."""
    path = name_scratch(parent, kind)
    try:
        make_scratch(path)
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def release(path: Path) -> None:
    """Take the name of its process out of the folder: it is where it stays now."""
    (path / PROCESS_FILE).unlink(missing_ok=True)


def sweep(parent: Path) -> int:
    """Remove the folders in ``parent`` whose process is gone; returns how many."""
    if not parent.exists():
        return 0
    left = [path for path in parent.iterdir() if _is_left_over(path)]
    for path in left:
        shutil.rmtree(path, ignore_errors=True)
    return len(left)


def _is_left_over(path: Path) -> bool:
    try:
        is_running = Process(**json.loads((path / PROCESS_FILE).read_text("utf-8"))).is_running
    except (OSError, ValueError, TypeError):
        is_running = None
    if is_running is not None:
        return not is_running
    try:
        return time.time() - path.stat().st_mtime > _UNKNOWN_GOES_AFTER_SECONDS
    except OSError:
        return False  # its owner has just removed it
