"""Write the file of ``-o`` whole or not at all: beside the file that may be there, which it then replaces."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from client_import.paths import put_in_place
from client_import.system.private import users_umask

_OPEN_FILES = Path("/dev/fd")


@contextmanager
def output_file(path: Path) -> Iterator[BinaryIO]:
    """Yield a stream to write bytes to, which are the content of ``path`` once the context ends without an error.

    Otherwise there is what was there before. A link stays a link, and a file keeps its permissions and its owner. What
    cannot be replaced without becoming something else is written in place: a pipe, a device, a file with several names,
    of another owner or mounted by itself, one that this process has open as a stream, and one in a folder that takes no
    other file. Raises OSError.
    """
    file = Path(os.path.realpath(path))
    before = _status(file)
    written = _file_beside(file, before) if before is None or _can_be_replaced(file, before) else None
    if written is None:
        with users_umask():
            stream = file.open("wb")
        with stream:
            yield stream
        return
    try:
        with written:
            yield written
        put_in_place(Path(written.name), file)
    except BaseException:
        Path(written.name).unlink(missing_ok=True)
        raise


def _status(file: Path) -> os.stat_result | None:
    try:
        return file.stat()
    except FileNotFoundError:
        return None


def _can_be_replaced(file: Path, status: os.stat_result) -> bool:
    """Whether another file can take the place of ``file``; raises OSError when it may not be written at all."""
    if not stat.S_ISREG(status.st_mode):
        return False
    file.open("ab").close()
    is_mounted = status.st_dev != file.parent.stat().st_dev
    return status.st_nlink == 1 and status.st_uid == os.geteuid() and not is_mounted and not _is_open(status)


def _is_open(status: os.stat_result) -> bool:
    for number in _OPEN_FILES.iterdir() if _OPEN_FILES.exists() else ():
        with suppress(OSError):  # the number with which the folder itself was read
            if os.path.samestat(os.fstat(int(number.name)), status):
                return True
    return False


def _file_beside(file: Path, before: os.stat_result | None) -> BinaryIO | None:
    """Create a file beside ``file``, with its permissions if it exists; None when it must be written in place."""
    written = file.with_name(f".{secrets.token_hex(8)}.part")  # the name of `file` may be as long as names can be
    try:
        with users_umask():
            stream = written.open("xb")
    except PermissionError:
        if before is None:
            raise
        return None
    if before is not None:
        try:
            os.chown(stream.fileno(), -1, before.st_gid)
            shutil.copystat(file, written)
        except OSError:
            stream.close()
            written.unlink()
            return None
    return stream
