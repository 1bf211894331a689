"""Write results to stdout, and sentences to stderr, without control characters.

Files and pipes get data unchanged; a terminal gets text that cannot control it. A command that has done its work
succeeds even if its output cannot be printed.
"""

from __future__ import annotations

import codecs
import io
import json
import os
import signal
import sys
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from client_import.errors import ClientImportError, OptionsError, StoreError
from client_import.paths import Home
from client_import.settings import read_settings
from client_import.system.printable import printable, printable_json, printable_lines
from service.output_file import output_file

_STDIN, _STDOUT, _STDERR = 0, 1, 2


class OutputError(ClientImportError):
    """Standard output cannot be written to; ``is_closed`` says that the reader of a pipe has closed it."""

    def __init__(self, error: OSError) -> None:
        super().__init__(f"The answer could not be written to standard output ({error.strerror}).")
        self.is_closed = isinstance(error, BrokenPipeError)


class _Stdout(io.FileIO):
    """Raises OutputError for the first write that fails, and discards all later ones."""

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
    """Discards what cannot be written."""

    def write(self, data: object) -> int:
        try:
            return super().write(data)  # type: ignore[arg-type]
        except OSError:
            return memoryview(data).nbytes  # type: ignore[arg-type]


def hold_streams() -> None:
    """Open the null device in the place of a closed stdin, stdout or stderr.

    Otherwise the next file opened would get its number, and printed text could end up in a database.
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
    """Run a server, and exit with its status: 0 on Ctrl-C and SIGTERM, 2 for wrong settings, 1 for other errors.

    Uvicorn repeats the signal that it has ended on: SIGTERM has to raise, as Ctrl-C does, or nothing would be closed.
    Errors are printed as sentences. Standard streams that are closed are opened first (:func:`hold_streams`).
    """
    hold_streams()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        yield
    except KeyboardInterrupt:
        sys.exit(0)
    except ClientImportError as error:
        print_error(error)
        sys.exit(2 if isinstance(error, OptionsError) else 1)


def set_up_streams() -> None:
    """Make stdout raise OutputError and stderr never raise, and :func:`hold_streams`.

    A character that the encoding of the locale does not have is escaped.
    """
    hold_streams()
    sys.stdout = _text(_Stdout(_STDOUT, "w", closefd=False), sys.stdout)
    sys.stderr = _text(_Stderr(_STDERR, "w", closefd=False), sys.stderr)


def _text(raw: io.FileIO, like: TextIO | None) -> io.TextIOWrapper:
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=like.encoding if like else "utf-8",
        errors=like.errors if like and like.errors != "strict" else "backslashreplace",
        line_buffering=raw.isatty() or raw.fileno() == _STDERR,
    )


def print_json(content: object) -> None:
    """Print one JSON value on stdout, and nothing else; characters that are not printable are escaped."""
    is_ascii = not sys.stdout.encoding.lower().startswith("utf")  # other encodings do not have all characters
    for chunk in json.JSONEncoder(indent=2, ensure_ascii=is_ascii).iterencode(content):
        sys.stdout.write(printable_json(chunk))
    sys.stdout.write("\n")


def print_json_list(items: Iterable[object], file: BinaryIO) -> None:
    """Write a JSON list to ``file``, one item after the other, so that none has to stay in memory."""
    before = "["
    for item in items:
        lines = printable_json(json.dumps(item, indent=2, ensure_ascii=False)).replace("\n", "\n  ")
        file.write(f"{before}\n  {lines}".encode())
        before = ","
    file.write(b"[]\n" if before == "[" else b"\n]\n")


def print_line(text: object) -> None:
    """Print ``text``, which may quote untrusted input, as one line on stdout."""
    print(printable(str(text)))


def print_error(text: object) -> None:
    """Print ``text``, which may quote untrusted input, as one line on stderr, if that can be written to."""
    with suppress(OSError, ValueError):
        print(printable(str(text)), file=sys.stderr)


def print_traceback() -> None:
    """Print the traceback of the current error on stderr, without control characters."""
    with suppress(OSError, ValueError):
        sys.stderr.write(printable_lines(traceback.format_exc()))


@contextmanager
def data_target(path: Path | None, *, is_text: bool = True) -> Iterator[BinaryIO]:
    """Yield a binary stream to write data to: the file at ``path``, or stdout.

    The file is written whole or not at all, also when a signal interrupts that: then KeyboardInterrupt is raised
    (:func:`service.output_file.output_file`). Files and pipes get the bytes unchanged. A terminal gets UTF-8 data in
    its own encoding, without a byte order mark, and with escapes for all characters that are not printable, except line
    breaks and tabs. Raises StoreError when the file cannot be written, OutputError when stdout cannot, and OptionsError
    for a terminal where the data ``is_text`` not, and for a file that the program itself keeps in the home folder: it
    may be the one that the data come from.
    """
    if path is None:
        if not is_text and sys.stdout.isatty():
            raise OptionsError("A workbook cannot be shown on a terminal. Name the file to write it to: -o FILE.xlsx.")
        with _harmless(sys.stdout.buffer) as target:
            yield target
        sys.stdout.buffer.flush()
        return
    try:
        if Home(read_settings().home).keeps(path):
            raise OptionsError(
                f"{path} is a file that client-import keeps for itself, and what is in it would be lost. Name another."
            )
        from service.foreground import stop_signals

        with stop_signals(), output_file(path) as file, _harmless(file) as target:
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
    """A stream that takes UTF-8 and writes printable text to a terminal."""

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
        """Write what is left of an incomplete character or line end."""
        self._show(self._decoder.decode(b"", final=True))

    def _show(self, text: str) -> None:
        self._target.write(printable_lines(text).encode(sys.stdout.encoding, "backslashreplace"))


@contextmanager
def printing_result(done: str) -> Iterator[None]:
    """Print a result within the context; if stdout cannot be written to, print the sentence ``done`` on stderr."""
    try:
        yield
        sys.stdout.flush()
    except OutputError as error:
        if not error.is_closed:
            print_error(f"{done} {error}")
