"""A drop folder on a file system of this machine."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

from client_import.errors import StoreError
from client_import.failpoints import failpoint
from client_import.inbox.backend import Entry, Kind, OnChunk, copy_synced, is_same
from client_import.inbox.names import bare
from client_import.system.disk import sync_folder
from client_import.system.open_files import is_open_for_writing
from client_import.system.private import make_folder, make_private


class LocalBackend:
    """The :class:`~client_import.inbox.backend.Backend` for a folder of this machine; renames are atomic."""

    look_seconds = 0.5
    is_remote = False

    def __init__(self, path: Path) -> None:
        self._path = path
        self.shown = str(path)

    def prepare(self) -> None:
        make_folder(self._path, "CLIENT_IMPORT_DROP")

    def entries(self) -> list[Entry]:
        found = []
        with os.scandir(self._path) as listed:
            for each in listed:
                try:
                    found.append(_entry(self._at(each.name), each.name, each.stat(follow_symlinks=False)))
                except FileNotFoundError:
                    continue
        return found

    def entry(self, *names: str) -> Entry:
        path = self._at(*names)
        try:
            return _entry(path, names[-1], path.lstat())
        except OSError as error:
            if error.errno in (errno.ENAMETOOLONG, errno.ENOTDIR):
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path)) from None
            raise

    def _at(self, *names: str) -> Path:
        return self._path.joinpath(*map(bare, names))

    def is_being_written(self, name: str) -> bool:
        return is_open_for_writing(self._at(name))

    def read(self, name: str, most: int) -> bytes:
        with self._open(name) as stream:
            return stream.read(most)

    def fetch(self, name: str, destination: Path, on_chunk: OnChunk) -> None:
        with self._open(name) as stream:
            copy_synced(stream, destination, on_chunk)

    def _open(self, *names: str) -> BinaryIO:
        return os.fdopen(_opened(self._at(*names)), "rb")

    def move_out(self, name: str, destination: Path) -> Entry | None:
        try:
            self._at(name).rename(destination)
        except OSError as error:
            if error.errno == errno.EXDEV:
                return None
            raise
        moved = _entry(destination, name, destination.lstat())
        if moved.kind is Kind.FILE:
            make_private(destination)
        return moved

    def move_back(self, moved: Path, name: str) -> None:
        moved.rename(self._at(name))

    def rename(self, name: str, new_name: str) -> None:
        self._at(name).rename(self._at(new_name))

    def put_back(self, hidden: str, name: str) -> bool:
        return _rename_to_free(self._at(hidden), self._at(name))

    def remove(self, *names: str) -> None:
        self._at(*names).unlink()

    def add(self, folder: str, name: str, content: Path, unfinished: str) -> bool:
        target, part = self._made(folder, name), self._at(folder, unfinished)
        part.unlink(missing_ok=True)  # after a crash it may be a second name of the target
        try:
            with content.open("rb") as stream:
                copy_synced(stream, part, lambda: None)
            is_added = _rename_to_free(part, target)
        finally:
            part.unlink(missing_ok=True)
        sync_folder(target.parent)
        return is_added

    def move_in(self, content: Path, folder: str, name: str) -> bool:
        target = self._made(folder, name)
        if content.lstat().st_nlink == 1:  # otherwise the mode would change for its other names too
            make_private(content)
        try:
            is_moved = _rename_to_free(content, target)
        except OSError as error:
            if error.errno == errno.EXDEV:
                return False
            raise
        sync_folder(target.parent)
        return is_moved

    def holds(self, folder: str, name: str, content: Path) -> bool:
        try:
            with self._open(folder, name) as there, content.open("rb") as here:
                return is_same(here, there)
        except OSError:  # there is nothing, or a folder, or a link
            return False

    def _made(self, folder: str, name: str) -> Path:
        """Return the path of ``folder/name``, and create the folder."""
        target = self._at(folder, name)
        try:
            target.parent.mkdir(exist_ok=True)
        except FileExistsError:
            raise StoreError(f"{target.parent} is no folder. Move it away; then one is made.") from None
        if target.parent.is_symlink():
            raise StoreError(f"{target.parent} is a link, and links are not followed. Make it a folder.")
        return target


def _entry(path: Path, name: str, status: os.stat_result) -> Entry:
    """Return the entry at ``path``, whose lstat is ``status``."""
    kind = Kind.OTHER
    if stat.S_ISREG(status.st_mode):
        can_read = os.access(path, os.R_OK, effective_ids=os.access in os.supports_effective_ids)
        kind = (Kind.FILE if status.st_nlink == 1 else Kind.HARD_LINK) if can_read else Kind.UNREADABLE
    elif stat.S_ISDIR(status.st_mode):
        kind = Kind.FOLDER
    elif stat.S_ISLNK(status.st_mode):
        kind = Kind.LINK
    return Entry(name, status.st_size, status.st_mtime_ns, kind, status.st_ino)


def _opened(path: Path) -> int:
    """Open the regular file at ``path``; raises OSError for a link, a pipe or anything else."""
    number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise OSError(errno.EINVAL, "it is not a file", str(path))
    return number


def _rename_to_free(old: Path, new: Path) -> bool:
    """Rename ``old`` to ``new`` without overwriting; returns False when ``new`` exists.

    A hard link is made first, because a rename would overwrite. If ``new`` is the same file as ``old``, a process died
    between the two steps, and the second is done now.
    """
    try:
        os.link(old, new, follow_symlinks=False)
    except FileExistsError:
        if not os.path.samestat(old.lstat(), new.lstat()):
            return False
        old.unlink()
    except FileNotFoundError:
        raise
    except OSError:  # a file system without links
        if os.path.lexists(new):
            return False
        old.rename(new)
    else:
        failpoint("in both")
        old.unlink()
    return True
