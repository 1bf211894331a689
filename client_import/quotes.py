"""Keep a quote that never closes from swallowing the rest of the file (semantics.md, section 2).

Arrow's tokenizer believes every opening quote. So the bytes are looked at before it gets them: a stretch whose
quotes all open at the start of a cell and close at its end, which one pass of numpy tells, goes through
untouched. Only a stretch that fails is taken record by record, and a line whose quote stays open is put into
one marked record that no header is as wide as, which the reader then refuses as one row.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

MARK = "\x00unclosed quote\x00"
"""The first cell of a marked record; the second is the line as it was."""

_LINE_ENDS = b"\r\n"
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)?")


class QuoteMender(io.RawIOBase):
    """A binary stream with the bytes of ``stream``, its unclosed quotes mended; the encoding extends ASCII.

    ``width`` is the number of columns. Reads ``block_bytes`` at a time; a quote that is not closed within that many
    bytes counts as never closed. ``count`` is how many bytes of ``stream`` have been read.
    """

    def __init__(self, stream: BinaryIO, delimiter: str, quote: str, width: int, block_bytes: int) -> None:
        self._stream = stream
        self._delimiter = delimiter.encode()
        self._quote = quote.encode()
        self._width = width
        self._block_bytes = block_bytes
        self._record = _record_pattern(self._delimiter, self._quote)
        self._pending = b""
        self._ready = memoryview(b"")
        self._is_at_end = False
        self.count = 0

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self._stream.close()
        super().close()

    def read(self, size: int = -1) -> bytes:
        """Return at most ``size`` bytes, none at the end."""
        while not self._ready and not self._is_at_end:
            self._ready = memoryview(self._next_stretch())
        size = len(self._ready) if size < 0 else size
        if size > 1 and bytes(self._ready[size - 1 : size + 1]) == b"\r\n":
            size -= 1  # Arrow takes a lone line feed after a carriage return for the end of the file
        taken, self._ready = self._ready[:size], self._ready[size:]
        return bytes(taken)

    def _next_stretch(self) -> bytes:
        block = self._stream.read(self._block_bytes)
        self.count += len(block)
        self._is_at_end = not block
        data = self._pending + block
        end = len(data) if self._is_at_end else self._last_record_end(data)
        if self._are_sound(data[:end]) and len(data) - end < self._block_bytes:
            self._pending = data[end:]
            return data[:end]
        return b"".join(self._mend(data))

    def _last_record_end(self, data: bytes) -> int:
        """Return the end of the last line of ``data`` that ends outside quotes; 0 when there is none."""
        end = len(data) - data.endswith(b"\r")
        places = self._places(data)
        while end > 0:
            end = max(data.rfind(b"\n", 0, end), data.rfind(b"\r", 0, end))
            if np.searchsorted(places, end) % 2 == 0:
                return end + 1
        return 0

    def _are_sound(self, records: bytes) -> bool:
        """Whether every quote of whole ``records`` is in its place.

        Quotes taken in turn open and close. One that opens must follow a delimiter, a line end or a quote, one that
        closes must be followed by such; a doubled quote closes and opens again.
        """
        places = self._places(records)
        if not places.size:
            return True
        if places.size % 2:
            return False
        around = np.frombuffer(b"\n" + records + b"\n", np.uint8)
        allowed = np.zeros(256, bool)
        allowed[[self._quote[0], self._delimiter[0], *_LINE_ENDS]] = True
        return bool(allowed[around[places[::2]]].all() and allowed[around[places[1::2] + 2]].all())

    def _places(self, data: bytes) -> npt.NDArray[np.int64]:
        if not self._quote or self._quote not in data:
            return np.empty(0, np.int64)
        return np.flatnonzero(np.frombuffer(data, np.uint8) == self._quote[0])

    def _mend(self, data: bytes) -> Iterator[bytes]:
        """Take ``data`` record by record; what is left of it waits for the next block."""
        start = 0
        while start < len(data):
            record = self._record.match(data, start)
            if record is not None and (record.end() < len(data) or self._is_at_end):
                yield record[0]
                start = record.end()
                continue
            is_given_up = self._is_at_end or len(data) - start >= self._block_bytes
            if not is_given_up:
                break
            line = _line_at(data, start)
            yield self._marked(line)
            start += len(line)
        self._pending = data[start:]

    def _marked(self, line: bytes) -> bytes:
        text = line.rstrip(_LINE_ENDS)
        quoted = self._quote + text.replace(self._quote, self._quote * 2) + self._quote
        cells = [MARK.encode(), quoted, *[b""] * (self._width - 1)]
        return self._delimiter.join(cells) + (line[len(text) :] or b"\n")


def without_open_quotes(text: str, delimiter: str, quote: str) -> str:
    """Return ``text``, the beginning of a file, with no quotes in the lines that have one which never closes in it."""
    record = _record_pattern(delimiter.encode(), quote.encode())
    data, mended, start = text.encode(), [], 0
    while start < len(data):
        match = record.match(data, start)
        line = match[0] if match else _line_at(data, start)
        mended.append(line if match else line.replace(quote.encode(), b""))
        start += len(line)
    return b"".join(mended).decode()


def _line_at(data: bytes, start: int) -> bytes:
    line = _LINE.match(data, start)
    assert line is not None
    return line[0]


def _record_pattern(delimiter: bytes, quote: bytes) -> re.Pattern[bytes]:
    """One record with its line end: cells that are quoted and close at a cell's end, or are not quoted.

    Text after a closing quote is let pass where the quotes are of one line, as Arrow does.
    """
    d, q = re.escape(delimiter), re.escape(quote)
    whole = rb"%(q)s[^%(q)s]*+(?:%(q)s%(q)s[^%(q)s]*+)*+%(q)s(?=%(d)s|[\r\n]|\Z)"
    on_one_line = rb"%(q)s[^%(q)s\r\n]*+(?:%(q)s%(q)s[^%(q)s\r\n]*+)*+%(q)s[^%(d)s\r\n]*+"
    bare = rb"(?!%(q)s)[^%(d)s\r\n]*+"
    cell = b"(?:" + b"|".join((whole, on_one_line, bare)) + b")"
    record = cell + rb"(?:%(d)s" + cell + rb")*+(?:\r\n|\r|\n|\Z)"
    return re.compile(record % {b"d": d, b"q": q})
