"""What goes to stdout, and what is to be said when it takes none of it.

A command that has done something has done it, whether or not its answer can be printed; its exit status says so.
"""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from client_import.errors import ClientImportError

_STDIN, _STDOUT, _STDERR = 0, 1, 2


class OutputError(ClientImportError):
    """Standard output does not take the answer; ``is_left`` says that somebody read a part of it and went."""

    def __init__(self, error: OSError) -> None:
        super().__init__(f"The answer could not be written to standard output ({error.strerror}).")
        self.is_left = isinstance(error, BrokenPipeError)


class _Stdout(io.FileIO):
    """Raises OutputError once when a write fails, and takes all that comes after it for nothing."""

    _is_lost = False

    def write(self, data: object) -> int:
        size = memoryview(data).nbytes  # type: ignore[arg-type]
        if self._is_lost:
            return size
        try:
            return super().write(data)  # type: ignore[arg-type]
        except OSError as error:
            self._is_lost = True
            raise OutputError(error) from error


class _Stderr(io.FileIO):
    """Takes what cannot be written for nothing: there is nobody left to tell."""

    def write(self, data: object) -> int:
        try:
            return super().write(data)  # type: ignore[arg-type]
        except OSError:
            return memoryview(data).nbytes  # type: ignore[arg-type]


def set_up_streams() -> None:
    """Make stdout raise OutputError, stderr never raise, and have something at all three of their numbers.

    A number that is free is the next file's: what is printed would go into a database.
    """
    for number in (_STDIN, _STDOUT, _STDERR):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    sys.stdout = _text(_Stdout(_STDOUT, "w", closefd=False), sys.stdout)
    sys.stderr = _text(_Stderr(_STDERR, "w", closefd=False), sys.stderr)


def _text(raw: io.FileIO, like: TextIO | None) -> io.TextIOWrapper:
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=like.encoding if like else "utf-8",
        errors=like.errors if like else "backslashreplace",
        line_buffering=raw.isatty() or raw.fileno() == _STDERR,
    )


def print_json(content: object) -> None:
    """Print one JSON value, and nothing else, on stdout."""
    json.dump(content, sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")


@contextmanager
def telling(done: str) -> Iterator[None]:
    """Print what was ``done``; where stdout does not take it, that sentence stands on stderr, and nothing is raised."""
    try:
        yield
        sys.stdout.flush()
    except OutputError as error:
        if not error.is_left:
            print(f"{done} {error}", file=sys.stderr)
