"""Temporary folders that are removed when their work has ended, even if their process was killed.

They share one parent folder, and each has its process in its name: :func:`sweep` removes those of dead processes.
"""

from __future__ import annotations

import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from client_import.system.private import make_folder
from client_import.system.process import is_running, is_tag, this_process

_UNKNOWN_GOES_AFTER_SECONDS = 24 * 3600
"""The age from which a folder is removed even if nobody can tell whether its process still runs."""

_MADE = set[Path]()
"""The folders of this process that are to be removed by it."""


def name_scratch(parent: Path, kind: str) -> Path:
    """Return the path for a new folder of this process in ``parent``, named so that :func:`sweep` can remove it."""
    return parent / f"{kind}-{secrets.token_hex(6)}-{this_process().tag}"


@contextmanager
def scratch(parent: Path, kind: str) -> Iterator[Path]:
    """Create a folder in ``parent``, yield its path, and remove it with its contents at the end.

    Raises StoreError if it cannot be created.
    """
    path = name_scratch(parent, kind)
    _MADE.add(path)
    try:
        make_folder(path, "CLIENT_IMPORT_SCRATCH")
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        _MADE.discard(path)


def remove_own() -> None:
    """Remove the folders of this process that are left when it ends.

    An interrupt that comes right after a folder was made, before its context is entered, leaves it.
    """
    for path in tuple(_MADE):
        if path.name.endswith(this_process().tag):  # not those of the process that this one is forked from
            shutil.rmtree(path, ignore_errors=True)


def sweep(parent: Path) -> int:
    """Remove the folders in ``parent`` whose process no longer runs; return how many.

    Others are not touched: CLIENT_IMPORT_SCRATCH may name a folder that has the files of other programs, too.
    """
    if not parent.exists():
        return 0
    left = [path for path in parent.iterdir() if _is_left_over(path)]
    for path in left:
        shutil.rmtree(path, ignore_errors=True)
    return len(left)


def _is_left_over(path: Path) -> bool:
    tag = path.name.rpartition("-")[2]
    if not is_tag(tag):
        return False
    runs = is_running(tag)
    if runs is not None:
        return not runs
    try:
        return time.time() - path.stat().st_mtime > _UNKNOWN_GOES_AFTER_SECONDS
    except OSError:
        return False  # its owner has just removed it
