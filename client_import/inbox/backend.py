"""What a place for a drop folder must be able to do; :mod:`~client_import.inbox.local` and ``remote`` are two."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import BinaryIO, Protocol

Hear = Callable[[], None]


class Kind(Enum):
    """What an entry is; the value is why it is ignored."""

    FILE = ""
    UNREADABLE = "it cannot be read (permission denied); it is imported once it can be"
    FOLDER = "a folder; folders are not entered"
    LINK = "a link; links are not followed"
    HARD_LINK = "a file with another name as well (a hard link); it is imported once this is its only name"
    OTHER = "not a file"


@dataclass(frozen=True, slots=True)
class Entry:
    """Something in the folder; ``size`` in bytes, ``time`` of its last change in nanoseconds since 1970.

    ``inode`` is what stays the same when it is renamed, and is another for another thing of that name; 0 where a
    place has no such number.
    """

    name: str
    size: int
    time: int
    kind: Kind = Kind.FILE
    inode: int = 0

    def is_claimed_as(self, moved: Entry) -> bool:
        """Whether ``moved``, found under the name this was renamed to, is still this file."""
        return moved.kind is Kind.FILE and (moved.size, moved.inode) == (self.size, self.inode)


class Backend(Protocol):
    """What a drop folder must be able to do.

    A name that is not there raises FileNotFoundError, one that is more than a name OptionsError. ``names`` are one in
    the folder, or that of a folder in it and one in there.
    """

    shown: str

    def prepare(self) -> None: ...
    def entries(self) -> list[Entry]: ...
    def entry(self, *names: str) -> Entry: ...
    def read(self, name: str, most: int) -> bytes: ...
    def fetch(self, name: str, destination: Path, hear: Hear) -> None: ...
    def move_out(self, name: str, destination: Path) -> Entry | None: ...
    def move_back(self, moved: Path, name: str) -> None: ...
    def rename(self, name: str, new_name: str) -> None: ...
    def put_back(self, hidden: str, name: str) -> bool: ...
    def remove(self, *names: str) -> None: ...
    def add(self, folder: str, name: str, content: Path, unfinished: str) -> bool: ...
    def move_in(self, content: Path, folder: str, name: str) -> bool: ...
    def holds(self, folder: str, name: str, content: Path) -> bool: ...


def copy_synced(source: BinaryIO, destination: Path, hear: Hear) -> None:
    """Copy ``source`` to ``destination``, and to the disk; ``hear`` is called now and then, and may raise."""
    with destination.open("wb") as kept:
        while chunk := source.read(1 << 20):
            kept.write(chunk)
            hear()
        kept.flush()
        os.fsync(kept.fileno())


def is_same(one: BinaryIO, other: BinaryIO) -> bool:
    """Whether both have the same bytes from here to their ends."""
    while True:
        block = one.read(1 << 20)
        if block != _read_fully(other, len(block) or 1):
            return False
        if not block:
            return True


def _read_fully(stream: BinaryIO, size: int) -> bytes:
    read = b""
    while len(read) < size and (block := stream.read(size - len(read))):
        read += block
    return read
