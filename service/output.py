"""What goes to stdout and, as sentences, to stderr: without anything that moves a cursor.

Data goes as it is to files and pipes; to a terminal it goes as text that does nothing there. A command that has done
something has done it, whether or not its answer can be printed; its exit status says so.
"""

from __future__ import annotations

import codecs
import io
import json
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from client_import.errors import ClientImportError, OptionsError, StoreError
from client_import.system.printable import printable, printable_json, printable_lines
from client_import.system.private import users_umask

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


def hold_streams() -> None:
    """Have something at the numbers of stdin, stdout and stderr, also where they were closed.

    A number that is free is the next file's: what this process or one of its own prints would go into a database.
    """
    for number in (_STDIN, _STDOUT, _STDERR):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
    if sys.stdout is None:
        sys.stdout = _text(io.FileIO(_STDOUT, "w", closefd=False), None)
    if sys.stderr is None:
        sys.stderr = _text(io.FileIO(_STDERR, "w", closefd=False), None)


@contextmanager
def ending_as_server() -> Iterator[None]:
    """End this process, whose streams are held, as one that serves ends: Ctrl-C is no error, others are a sentence.

    The exit status is 2 for settings that do not fit and 1 for any other error.
    """
    hold_streams()
    try:
        yield
    except KeyboardInterrupt:
        sys.exit(0)
    except ClientImportError as error:
        print_error(error)
        sys.exit(2 if isinstance(error, OptionsError) else 1)


def set_up_streams() -> None:
    """Make stdout raise OutputError and stderr never raise, and hold both, with stdin."""
    hold_streams()
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
    """Print one JSON value, and nothing else, on stdout; what does not show itself is escaped."""
    for chunk in json.JSONEncoder(indent=2, ensure_ascii=False).iterencode(content):
        sys.stdout.write(printable_json(chunk))
    sys.stdout.write("\n")


def print_line(text: object) -> None:
    """Print ``text``, which may quote what came from outside, as one line on stdout."""
    print(printable(str(text)))


def print_error(text: object) -> None:
    """Print ``text``, which may quote what came from outside, as one line on stderr, if that takes it."""
    with suppress(OSError, ValueError):
        print(printable(str(text)), file=sys.stderr)


def print_traceback() -> None:
    """Print the traceback of the error being handled on stderr, each of its lines printable."""
    with suppress(OSError, ValueError):
        sys.stderr.write(printable_lines(traceback.format_exc()))


@contextmanager
def data_target(path: Path | None) -> Iterator[BinaryIO]:
    """Give what data is written to, as bytes: a new file at ``path``, or stdout.

    A file and a pipe get the bytes untouched. Where either is a terminal, it gets UTF-8 as its own encoding, without
    a byte order mark, line breaks and tabs as they are, and an escape in the place of whatever else does not show
    itself. Raises StoreError when the file cannot be written, and OutputError when stdout cannot.
    """
    if path is None:
        with _harmless(sys.stdout.buffer) as target:
            yield target
        sys.stdout.buffer.flush()
        return
    try:
        with users_umask():
            file = path.open("wb")
        with file, _harmless(file) as target:
            yield target
    except OSError as error:
        raise StoreError(f"The file {path} cannot be written ({error.strerror}).") from None


@contextmanager
def _harmless(target: BinaryIO) -> Iterator[BinaryIO]:
    if not target.isatty():
        yield target
        return
    terminal = _Terminal(target)
    yield cast(BinaryIO, terminal)
    terminal.end()


class _Terminal(io.RawIOBase):
    """Takes UTF-8 and writes to a terminal what can be read there."""

    def __init__(self, target: BinaryIO) -> None:
        self._target = target
        text = codecs.getincrementaldecoder("utf-8-sig")("backslashreplace")
        self._decoder = io.IncrementalNewlineDecoder(text, translate=True)  # CR alone would go back to the line's start

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        taken = bytes(data)  # type: ignore[call-overload]
        self._show(self._decoder.decode(taken))
        return len(taken)

    def end(self) -> None:
        """Write what was waiting for the rest of a character or a line end."""
        self._show(self._decoder.decode(b"", final=True))

    def _show(self, text: str) -> None:
        self._target.write(printable_lines(text).encode(sys.stdout.encoding, "backslashreplace"))


@contextmanager
def telling(done: str) -> Iterator[None]:
    """Print what was ``done``; where stdout does not take it, that sentence stands on stderr, and nothing is raised."""
    try:
        yield
        sys.stdout.flush()
    except OutputError as error:
        if not error.is_left:
            print_error(f"{done} {error}")
