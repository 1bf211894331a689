"""Remove quotes around whole lines, and replace curly quotes around cells by plain ones.

No dialect covers these: a line in quotes is a single cell, and curly quotes are letters (docs/rules.md, section 2).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from client_import.reading.encoding import DecodedSource
from client_import.reading.grammar import Dialect, Grammar
from client_import.reading.header_row import known_fields
from client_import.reading.layout import Wrapping

_EXAMINED_RECORDS = 100
_MOST = 0.9
_LONGEST_LINE = 8 << 20
_DELIMITERS = ",;\t|"
_LINES = Grammar(Dialect(",", '"'))

_IN_CURLY_QUOTES = re.compile(
    r"(?P<before>(?:\A|[,;|\t\r\n])[ ]*+)(?:[“„”](?P<double>[^“„”\r\n]*+)[”“]|‘(?P<single>[^‘\r\n]*?)’)"
    r"(?=[ ]*+(?:[,;|\t\r\n]|\Z))"
)
_LINE = re.compile(r"[^\r\n]++")


def find_wrapping(text: str, *, is_all: bool) -> Wrapping:
    """Return the wrapping of a file that begins with ``text``; ``is_all`` says that this is the whole file."""
    if "“" in text or "‘" in text or "„" in text:
        lines = (line[0] for line in _LINE.finditer(text) if line[0].strip())
        found = [_IN_CURLY_QUOTES.search(line) is not None for line in islice(lines, _EXAMINED_RECORDS)]
        if found and found[0] and sum(found) > len(found) * _MOST:
            return Wrapping.CURLY
    return Wrapping.LINES if '"' in text and _has_lines_in_quotes(text, is_all) else Wrapping.NONE


def _has_lines_in_quotes(text: str, is_all: bool) -> bool:
    """Return whether nearly all lines are a single quoted cell, and some delimiter cuts them into equally many cells.

    A file with one column of addresses may look like that as well. So its first line must name several fields, or there
    must be at least three cells and no second cell may start with a blank.
    """
    data = text.encode()
    records = [(data[start:end], cells) for start, end, cells in islice(_records(data, is_all), _EXAMINED_RECORDS)]
    filled = [(record, cells) for record, cells in records if record.strip()]
    wrapped = [cells[0].decode() for record, cells in filled if _is_wrapped(record, cells)]
    if not wrapped or len(wrapped) < (len(filled) - 1) * _MOST:
        return False
    first = filled[0][1]
    heads = [cell.decode() for cell in first] if len(first) > 1 else []
    for delimiter in _DELIMITERS:
        cut = Grammar(Dialect(delimiter, '"'))
        lines = [[cell.decode() for cell in cut.cut(line.encode()).cells] for line in wrapped]
        width, count = Counter(map(len, lines)).most_common(1)[0]
        labels = heads or lines[0]
        if width > 1 and count >= len(lines) * _MOST and len(labels) == width:
            return known_fields(labels) > 1 or (width > 2 and not any(line[1].startswith(" ") for line in lines))
    return False


def _records(data: bytes, is_all: bool) -> Iterator[tuple[int, int, list[bytes]]]:
    start = 0
    for record in _LINES.records(data, is_all=is_all):
        yield start, record.end, record.cells
        start = record.end


def _is_wrapped(record: bytes, cells: list[bytes]) -> bool:
    line = record.strip()
    return len(cells) == 1 and len(line) > 1 and line.startswith(b'"') and line.endswith(b'"') and cells[0] != line


def unwrapped(text: str, wrapping: Wrapping) -> str:
    """Return ``text``, which consists of whole records, without its ``wrapping``."""
    if wrapping is Wrapping.CURLY:
        return _IN_CURLY_QUOTES.sub(_in_plain_quotes, text)
    if wrapping is Wrapping.LINES:
        return _without_quotes_around_lines(text.encode(), is_all=True)[0].decode()
    return text


def _in_plain_quotes(match: re.Match[str]) -> str:
    inside = match["single"] if match["double"] is None else match["double"]
    return f'{match["before"]}"{inside.replace(chr(34), chr(34) * 2)}"'


def _without_quotes_around_lines(data: bytes, *, is_all: bool) -> tuple[bytes, bytes]:
    """Return the records of ``data`` without quotes around them, and the rest, which may continue after ``data``."""
    lines, rest = [], 0
    for start, end, cells in _records(data, is_all):
        record = data[start:end]
        line_end = record[len(record.rstrip(b"\r\n")) :]
        lines.append(cells[0] + line_end if _is_wrapped(record, cells) else record)
        rest = end
    return b"".join(lines), data[rest:]


class UnwrappedSource:
    """A reader that removes the ``wrapping`` from what ``source`` reads."""

    def __init__(self, source: DecodedSource, wrapping: Wrapping) -> None:
        self._source = source
        self._wrapping = wrapping
        self._held_back = b""

    @property
    def is_at_end(self) -> bool:
        """Whether everything was read."""
        return self._source.is_at_end

    def read(self, size: int) -> bytes:
        """Return whole records of about ``size`` bytes in total; empty only at the end."""
        while True:
            block = self._source.read(size)
            data = self._held_back + block
            is_last = self.is_at_end or len(data) > _LONGEST_LINE
            if self._wrapping is Wrapping.LINES:
                text, self._held_back = _without_quotes_around_lines(data, is_all=is_last)
            else:
                end = len(data) if is_last else max(data.rfind(b"\n"), data[:-1].rfind(b"\r")) + 1
                text, self._held_back = unwrapped(data[:end].decode(), self._wrapping).encode(), data[end:]
            if text or self.is_at_end:
                return text
