"""A drop folder on a file system of this machine."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

from client_import.errors import StoreError
from client_import.failpoints import failpoint
from client_import.inbox.backend import Entry, Hear, Kind, copy_synced, is_same
from client_import.inbox.names import bare
from client_import.paths import sync_folder
from client_import.system.private import make_folder, make_private


class LocalBackend:
    """A folder of this machine."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.shown = str(path)

    def prepare(self) -> None:
        """Make the folder; raises StoreError when it, or writing in it, cannot be."""
        make_folder(self._path, "CLIENT_IMPORT_DROP")

    def entries(self) -> list[Entry]:
        """Return everything in the folder; what vanishes meanwhile is left out."""
        found = []
        with os.scandir(self._path) as listed:
            for each in listed:
                try:
                    found.append(_entry(self._at(each.name), each.name, each.stat(follow_symlinks=False)))
                except FileNotFoundError:
                    continue
        return found

    def entry(self, *names: str) -> Entry:
        """Return what is there under the name."""
        path = self._at(*names)
        try:
            return _entry(path, names[-1], path.lstat())
        except OSError as error:
            if error.errno in (errno.ENAMETOOLONG, errno.ENOTDIR):
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path)) from None
            raise

    def _at(self, *names: str) -> Path:
        return self._path.joinpath(*map(bare, names))

    def read(self, name: str, most: int) -> bytes:
        """Return the first ``most`` bytes of a file at most."""
        with self._open(name) as stream:
            return stream.read(most)

    def fetch(self, name: str, destination: Path, hear: Hear) -> None:
        """Copy a file to ``destination``, and to the disk; ``hear`` is called now and then, and may raise."""
        with self._open(name) as stream:
            copy_synced(stream, destination, hear)

    def _open(self, *names: str) -> BinaryIO:
        return os.fdopen(_opened(self._at(*names)), "rb")

    def move_out(self, name: str, destination: Path) -> Entry | None:
        """Rename ``name`` to ``destination`` and return what is there then, which may be another thing than was seen.

        Returns None, and does nothing, when that is on another file system.
        """
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
        """Rename what was moved out to ``name``."""
        moved.rename(self._at(name))

    def rename(self, name: str, new_name: str) -> None:
        """Rename a file within the folder."""
        self._at(name).rename(self._at(new_name))

    def put_back(self, hidden: str, name: str) -> bool:
        """Rename a file within the folder; returns False, and does nothing, when that name is taken."""
        return _rename_to_free(self._at(hidden), self._at(name))

    def remove(self, *names: str) -> None:
        """Delete a file."""
        self._at(*names).unlink()

    def add(self, folder: str, name: str, content: Path, unfinished: str) -> bool:
        """Write a copy of ``content`` as ``folder/name``, whole and on the disk, or not at all.

        Returns False, and writes nothing, when that is taken. ``unfinished`` is a name that nobody else uses. Raises
        StoreError when ``folder`` is a link.
        """
        target, part = self._made(folder, name), self._at(folder, unfinished)
        part.unlink(missing_ok=True)  # a process that died may have left it as another name of the target
        try:
            with content.open("rb") as stream:
                copy_synced(stream, part, lambda: None)
            is_added = _rename_to_free(part, target)
        finally:
            part.unlink(missing_ok=True)
        sync_folder(target.parent)
        return is_added

    def move_in(self, content: Path, folder: str, name: str) -> bool:
        """Rename the file ``content`` to ``folder/name``.

        Returns False, and does nothing, when another file has that name, or that is on another file system. Raises as
        :meth:`add` does.
        """
        target = self._made(folder, name)
        if content.lstat().st_nlink == 1:  # else its mode is another file's, too
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
        """Whether ``folder/name`` is a file with the bytes of ``content``."""
        try:
            with self._open(folder, name) as there, content.open("rb") as here:
                return is_same(here, there)
        except OSError:  # there is nothing, or a folder, or a link
            return False

    def _made(self, folder: str, name: str) -> Path:
        """Return where ``folder/name`` is, and have the folder."""
        target = self._at(folder, name)
        try:
            target.parent.mkdir(exist_ok=True)
        except FileExistsError:
            raise StoreError(f"{target.parent} is no folder. Move it away; then one is made.") from None
        if target.parent.is_symlink():
            raise StoreError(f"{target.parent} is a link, and links are not followed. Make it a folder.")
        return target


def _entry(path: Path, name: str, status: os.stat_result) -> Entry:
    """Return what is at ``path``, whose lstat is ``status``."""
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
    """Open the file at ``path`` itself, no link to it and nothing that a reader would wait for."""
    number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise OSError(errno.EINVAL, "it is not a file", str(path))
    return number


def _rename_to_free(old: Path, new: Path) -> bool:
    """Rename ``old``; returns False when there is a ``new``, which a rename would overwrite and a link does not.

    A ``new`` that is ``old`` itself is left by a process that died between the two steps of this.
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
