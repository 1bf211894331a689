"""Who may read what the home folder has: its owner alone, or also the group of the owner (CLIENT_IMPORT_GROUP_ACCESS).

What SQLite, DuckDB and Dagster make has the mode that the umask of the process leaves it, so every process of the
program sets that, and what it starts has it too. What is wider, from an older version or another program, is tightened.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from client_import.errors import StoreError
from client_import.settings import read_settings

_FILE, _FOLDER, _UMASK = 0o600, 0o700, 0o077
_GROUP_FILE, _GROUP_FOLDER, _GROUP_UMASK = 0o660, 0o2770, 0o007
"""What is made in a folder with the setgid bit has its group."""

_users_umask: int | None = None


def keep_private() -> None:
    """Have this process, and those it starts, make files that nobody else can read; raises as read_settings does."""
    global _users_umask
    before = os.umask(_GROUP_UMASK if read_settings().group_access else _UMASK)
    if _users_umask is None:
        _users_umask = before


@contextmanager
def as_the_user_says() -> Iterator[None]:
    """Have the umask that the process was started with, for files that are the user's own. Only one thread may."""
    before = os.umask(_users_umask) if _users_umask is not None else None
    try:
        yield
    finally:
        if before is not None:
            os.umask(before)


def make_private(path: Path) -> None:
    """Give the file or folder ``path`` the mode that all have; links, and what is another user's, stay as they are.

    By its name: to open and close a database would free the locks this process has on it.
    """
    with suppress(OSError):
        wanted = _wanted(path.lstat().st_mode)
        if wanted is not None:
            path.chmod(wanted)


def tighten(path: Path) -> None:
    """Make ``path`` private, and everything in it when it is a folder that was not; nothing when it is missing.

    A folder that is private already is not looked into: nobody else can do that, either.
    """
    if not _is_private(path):
        tighten_all(path)


def tighten_all(path: Path) -> None:
    """Make ``path`` and everything below it private; the folder itself is last, because it vouches for the rest."""
    if path.is_dir() and not path.is_symlink():
        for folder, names, files in os.walk(path, topdown=False):
            for name in (*files, *names):
                if not _is_private(Path(folder, name)):
                    make_private(Path(folder, name))
    make_private(path)


def _is_private(path: Path) -> bool:
    try:
        mode = path.lstat().st_mode
    except OSError:
        return True
    return _wanted(mode) in (None, stat.S_IMODE(mode))


def _wanted(mode: int) -> int | None:
    """Return the permissions of a file or folder; None for a link, and for all that holds nothing itself."""
    has_group = read_settings().group_access
    if stat.S_ISDIR(mode):
        return _GROUP_FOLDER if has_group else _FOLDER
    if stat.S_ISREG(mode):
        return _GROUP_FILE if has_group else _FILE
    return None


def make_folder(path: Path, setting: str = "CLIENT_IMPORT_HOME") -> None:
    """Make ``path`` and its parents; raises StoreError with a sentence when that, or writing in it, fails.

    ``setting`` is the one that names another folder.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        if not os.access(path, os.W_OK | os.X_OK):
            raise PermissionError(13, "Permission denied")
    except OSError as error:
        raise StoreError(
            f"The folder {path} cannot be written to ({error.strerror}). "
            f"Give yourself the right to write there, or set {setting} to another folder."
        ) from None
