"""Permissions of the home folder: for its owner only, or also for its group (CLIENT_IMPORT_GROUP_ACCESS).

Files made by SQLite, DuckDB and Dagster follow the umask, so every process of the program sets it, and child processes
inherit it. Wider permissions on existing files are tightened.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from client_import.errors import StoreError
from client_import.settings import read_settings

_FILE, _FOLDER, _UMASK = 0o600, 0o700, 0o077
_GROUP_FILE, _GROUP_FOLDER, _GROUP_UMASK = 0o660, 0o2770, 0o007
"""The setgid bit gives new files in a folder the folder's group."""

_users_umask: int | None = None


def keep_private() -> None:
    """Set the umask, so that files made by this process and its children are private.

    Raises OptionsError like :func:`read_settings`.
    """
    global _users_umask
    before = os.umask(_GROUP_UMASK if read_settings().group_access else _UMASK)
    if _users_umask is None:
        _users_umask = before


@contextmanager
def users_umask() -> Iterator[None]:
    """Restore the user's own umask for files written at the user's request. Not thread-safe."""
    before = os.umask(_users_umask) if _users_umask is not None else None
    try:
        yield
    finally:
        if before is not None:
            os.umask(before)


def make_private(path: Path) -> None:
    """Set the private mode on the file or folder ``path``; leave links and other users' files alone.

    The path is not opened: closing a database file would release the locks that this process holds on it.
    """
    with suppress(OSError):
        wanted = _wanted(path.lstat().st_mode)
        if wanted is not None:
            path.chmod(wanted)


def tighten(path: Path) -> None:
    """Make ``path`` private, and everything in it if it is a folder that was not private. It may be missing.

    The contents of a folder that is already private are not checked, because nobody else can reach them.
    """
    if not _is_private(path):
        tighten_all(path)


def tighten_all(path: Path) -> None:
    """Make ``path`` and everything below it private.

    The folder itself comes last: its private mode shows :func:`tighten` that its contents are done.
    """
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
    """Return the private permissions of a file or folder; None for links, sockets and the like."""
    has_group = read_settings().group_access
    if stat.S_ISDIR(mode):
        return _GROUP_FOLDER if has_group else _FOLDER
    if stat.S_ISREG(mode):
        return _GROUP_FILE if has_group else _FILE
    return None


def make_folder(path: Path, setting: str = "CLIENT_IMPORT_HOME") -> None:
    """Create the folder ``path`` and its parents. Raises StoreError if it cannot be created or written to.

    The error advises to change ``setting``, the name of the variable that sets this folder.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        if not os.access(path, os.W_OK | os.X_OK):
            is_read_only = os.statvfs(path).f_flag & os.ST_RDONLY
            number = errno.EROFS if is_read_only else errno.EACCES
            raise OSError(number, os.strerror(number))
    except FileExistsError:
        raise StoreError(f"{path} is no folder. Move it away, or set {setting} to another folder.") from None
    except OSError as error:
        raise StoreError(
            f"The folder {path} cannot be written to ({error.strerror}). "
            f"Give yourself the right to write there, or set {setting} to another folder."
        ) from None
