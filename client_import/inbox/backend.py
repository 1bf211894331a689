"""The interface of a drop folder's backend; :mod:`~client_import.inbox.local` and ``remote`` implement it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import BinaryIO, Protocol

OnChunk = Callable[[], None]
"""Called after each chunk that is copied; an exception from it stops the copy."""


class Kind(Enum):
    """The kind of an entry; its value says why such an entry is ignored."""

    FILE = ""
    UNREADABLE = "it cannot be read (permission denied); it is imported once it can be"
    FOLDER = "a folder; folders are not entered"
    LINK = "a link; links are not followed"
    HARD_LINK = "a file with another name as well (a hard link); it is imported once this is its only name"
    OTHER = "not a file"


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the folder: ``size`` is in bytes, ``time`` is its last change in nanoseconds since 1970.

    ``inode`` survives a rename, and differs for another entry of the same name; it is 0 if the backend has none.
    """

    name: str
    size: int
    time: int
    kind: Kind = Kind.FILE
    inode: int = 0

    def is_claimed_as(self, moved: Entry) -> bool:
        """Whether ``moved``, the entry after this file was renamed, is still the same file."""
        return moved.kind is Kind.FILE and (moved.size, moved.inode) == (self.size, self.inode)


class Backend(Protocol):
    """The operations on a drop folder; ``shown`` is its address for messages.

    Two looks at it are ``look_seconds`` apart; where it ``is_remote``, each is a call over a network.
    ``names`` are the name of an entry, or the name of a subfolder and of an entry in it. Methods raise
    FileNotFoundError for a name that does not exist, OptionsError for a name with a path in it, and StoreError when the
    folder cannot be used. What returns False has done nothing.
    """

    shown: str
    look_seconds: float
    is_remote: bool

    def prepare(self) -> None:
        """Create the folder if it is missing."""

    def entries(self) -> list[Entry]:
        """Return all entries of the folder, without those that vanish meanwhile."""

    def entry(self, *names: str) -> Entry:
        """Return the entry with the name."""

    def is_being_written(self, name: str) -> bool:
        """Whether a program has the file open for writing; False where that cannot be found out."""

    def read(self, name: str, most: int) -> bytes:
        """Return up to ``most`` bytes from the start of a file."""

    def fetch(self, name: str, destination: Path, on_chunk: OnChunk) -> None:
        """Copy a file to ``destination``, and sync that to disk."""

    def move_out(self, name: str, destination: Path) -> Entry | None:
        """Move a file to ``destination`` and return the entry moved, which may differ from the one seen before.

        Returns None, and does nothing, when ``destination`` is on another file system.
        """

    def move_back(self, moved: Path, name: str) -> None:
        """Move the file at ``moved``, which was moved out, back into the folder as ``name``."""

    def rename(self, name: str, new_name: str) -> None:
        """Rename a file within the folder."""

    def put_back(self, hidden: str, name: str) -> bool:
        """Rename ``hidden`` to ``name``; returns False when that name is taken."""

    def remove(self, *names: str) -> None:
        """Delete a file."""

    def add(self, folder: str, name: str, content: Path, unfinished: str) -> bool:
        """Write a copy of ``content`` as ``folder/name``, whole or not at all; returns False when the name is taken.

        ``unfinished`` is the name of the copy while it is written, which nothing else uses.
        """

    def move_in(self, content: Path, folder: str, name: str) -> bool:
        """Move ``content`` to ``folder/name``; returns False when the name is taken or the file system another."""

    def holds(self, folder: str, name: str, content: Path) -> bool:
        """Whether ``folder/name`` is a file with the same bytes as ``content``."""


def copy_synced(source: BinaryIO, destination: Path, on_chunk: OnChunk) -> None:
    """Copy ``source`` to ``destination`` in chunks of 1 MiB, and sync that to disk."""
    with destination.open("wb") as kept:
        while chunk := source.read(1 << 20):
            kept.write(chunk)
            on_chunk()
        kept.flush()
        os.fsync(kept.fileno())


def is_same(one: BinaryIO, other: BinaryIO) -> bool:
    """Whether both streams have the same bytes from their current positions to their ends."""
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
