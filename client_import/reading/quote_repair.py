"""Quote repair: keep the records from Arrow that it would cut wrongly (docs/rules.md, section 2).

Arrow's tokenizer is fast, but trusts every opening quote, so the text is checked first. If all quotes of a block open
at the start of a cell and close at its end, which one pass of numpy can tell, the block goes to Arrow unchanged. In any
other block, runs of well-formed records go to Arrow; the grammar cuts the records between them, and Arrow gets a marker
in place of each.

A block has at most :data:`MOST_RECORDS` records, fewer in wide tables: a row needs a few hundred bytes of memory later,
and a cell a dozen, however short its text is.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator

import numpy as np
import numpy.typing as npt

from client_import.reading.encoding import DecodedSource
from client_import.reading.grammar import Grammar, Record, line_at
from client_import.reading.short_records import filled, record_ends
from client_import.reading.unwrap import UnwrappedSource

_MARK = b"\0"
"""Starts a marker. Decoded text never contains NUL."""

MOST_RECORDS = 100_000
"""The most records of a block."""

_MOST_CELLS = 4_000_000
"""The most cells of a block, including those that short records lack."""

_MOST_AT_ONCE = 20_000
"""The most records of a block that bypass Arrow; each takes a few hundred bytes of memory until it is read."""

_WORTH_FILLING = 4_096
"""The number of bytes from which filling short records here is faster than receiving each from Arrow."""

_LINE_ENDS = b"\r\n"


class RepairedSource:
    """Reads ``source`` and yields text that Arrow cuts into the same records as ``grammar``.

    ``width`` is the number of columns. A marker never has that number of cells, so Arrow hands it over, and
    :meth:`record` returns the record it stands for. ``block_bytes`` are read at a time; no record may be longer.
    """

    def __init__(self, source: DecodedSource | UnwrappedSource, grammar: Grammar, width: int, block_bytes: int) -> None:
        self._source = source
        self.grammar = grammar
        self._width = width
        self._block_bytes = block_bytes
        self._most_records = max(1, min(MOST_RECORDS, _MOST_CELLS // width))
        self._well_formed_records = grammar.well_formed_records(self._most_records)
        self._is_inside_long_line = False
        self._fills = False
        self._marked: dict[int, tuple[Record, bytes]] = {}
        self._marks = 0

    def blocks(self) -> Iterator[bytes]:
        """Yield all text in non-empty blocks of whole records."""
        return (block for block in self._repaired_blocks() if block)

    def fill_short_records(self) -> None:
        """From the next block on, add the missing blank cells to short records where that is fast."""
        self._fills = True

    def record(self, text: str) -> tuple[Record, bytes]:
        """Return the record that Arrow handed over as ``text``, and its text in the file without the line end.

        If ``text`` is a marker, that is the record it stands for; it can be fetched only once.
        """
        if text.startswith(_MARK.decode()):
            return self._marked.pop(int(text[len(_MARK) :].rstrip(self.grammar.dialect.delimiter)))
        return self.grammar.cut(text.encode()), text.encode()

    def _repaired_blocks(self) -> Iterator[bytes]:
        pending, is_last = b"", False
        while not is_last:
            block = self._source.read(self._block_bytes)
            is_last = not block
            data = pending + self._behind_long_line(block)
            quotes = self._quotes(data)
            end = len(data) if is_last else self._last_record_end(data, quotes)
            records = data[:end]
            if (
                self._are_well_formed(records, quotes[: np.searchsorted(quotes, end)])
                and len(data) - end < self._block_bytes
            ):
                yield from self._pieces(records, quotes)
                pending = data[end:]
            else:
                pending = yield from self._repair(data, is_last=is_last)

    def _pieces(self, records: bytes, quotes: npt.NDArray[np.int64]) -> Iterator[bytes]:
        """Split well-formed ``records`` into blocks within the limits; ``quotes`` are the offsets of their quotes."""
        text = np.frombuffer(records, np.uint8)
        line_ends = max((np.count_nonzero(text == end) for end in _LINE_ENDS if end in records), default=0)
        start, last = 0, list[int]()
        if line_ends > self._most_records:  # CRLF has as many LF as CR; if both also occur alone, this is half of them
            last = (record_ends(text, quotes)[self._most_records - 1 :: self._most_records] + 1).tolist()
        for end in [*last, len(records)]:
            first, behind = np.searchsorted(quotes, (start, end))
            yield self._whole(records[start:end], quotes[first:behind] - start)
            start = end

    def _whole(self, records: bytes, quotes: npt.NDArray[np.int64] | None = None) -> bytes:
        """Return well-formed ``records``, with short ones filled if that was asked for and is faster."""
        if not self._fills or len(records) < _WORTH_FILLING:
            return records
        quotes = self._quotes(records) if quotes is None else quotes
        return filled(records, quotes, self.grammar.delimiter, self._width)

    def _last_record_end(self, data: bytes, places: npt.NDArray[np.int64]) -> int:
        """Return the end offset of the last line of ``data`` that ends outside quotes; 0 if there is none.

        ``places`` are the offsets of the quotes. The gaps between quoted parts are searched from the end, so that no
        byte is read twice.
        """
        end = len(data) - data.endswith(b"\r")
        paired = len(places) // 2 * 2
        if paired < len(places):
            end = min(end, int(places[-1]))
        while True:
            start = int(places[paired - 1]) + 1 if paired else 0
            found = max(data.rfind(b"\n", start, end), data.rfind(b"\r", start, end))
            if found >= 0 or not paired:
                return found + 1
            end = int(places[paired - 2])
            paired -= 2

    def _are_well_formed(self, records: bytes, places: npt.NDArray[np.int64]) -> bool:
        """Return whether Arrow cuts ``records`` as the grammar does; ``places`` are the offsets of their quotes.

        Quotes open and close in turn. An opening quote must follow a delimiter, a line end or a quote, and one of these
        must follow a closing quote; a doubled quote counts as closing and opening again.
        """
        grammar = self.grammar
        if (grammar.escape and grammar.escape in records) or (grammar.strict_end and not self._ends_alike(records)):
            return False
        if not places.size:
            return True
        if places.size % 2:
            return False
        around = np.frombuffer(b"\n" + records + b"\n", np.uint8)
        allowed = np.zeros(256, bool)
        allowed[[grammar.quote[0], grammar.delimiter[0], *_LINE_ENDS]] = True
        return bool(allowed[around[places[::2]]].all() and allowed[around[places[1::2] + 2]].all())

    def _ends_alike(self, records: bytes) -> bool:
        """Return whether every line of ``records`` ends with the line ending that ends a record."""
        strict = self.grammar.strict_end
        return all(records.count(end) == (records.count(strict) if end in strict else 0) for end in (b"\r", b"\n"))

    def _quotes(self, data: bytes) -> npt.NDArray[np.int64]:
        quote = self.grammar.quote
        if not quote or quote not in data:
            return np.empty(0, np.int64)
        return np.flatnonzero(np.frombuffer(data, np.uint8) == quote[0])

    def _repair(self, data: bytes, *, is_last: bool) -> Generator[bytes, None, bytes]:
        """Yield runs of well-formed records of ``data``, and markers for those between; return the unread rest."""
        start, taken, records = 0, list[bytes](), 0
        while start < len(data):
            if len(taken) >= _MOST_AT_ONCE or records >= self._most_records:
                yield b"".join(taken)
                taken, records = [], 0
            run = self._well_formed_records.match(data, start)
            if run is not None and run.end() > start:
                taken.append(self._whole(run[0]))
                records += max(run[0].count(b"\n"), run[0].count(b"\r"))
                start = run.end()
                continue
            is_too_long = len(data) - start >= self._block_bytes
            record = self.grammar.parse(data, start, self._width, is_all=is_last or is_too_long)
            if record is None:
                break
            if record.end - start >= self._block_bytes:
                record = self._give_up(data, start)
            taken.append(self._marker(record, data[start : record.end]))
            records += 1
            start = record.end
        yield b"".join(taken)
        return data[start:]

    def _give_up(self, data: bytes, start: int) -> Record:
        """Return the first line of a record that is too long as an open one; the rest of that line is skipped."""
        line = line_at(data, start)
        self._is_inside_long_line = not line.endswith((b"\r", b"\n"))
        return Record([line.rstrip(_LINE_ENDS)], start + len(line), is_well_formed=False, is_open=True)

    def _behind_long_line(self, block: bytes) -> bytes:
        if not self._is_inside_long_line:
            return block
        rest = line_at(block, 0)
        self._is_inside_long_line = not rest.endswith((b"\r", b"\n"))
        return block[len(rest) :]

    def _marker(self, record: Record, text: bytes) -> bytes:
        self._marks += 1
        self._marked[self._marks] = record, text.rstrip(_LINE_ENDS)
        return _MARK + str(self._marks).encode() + (self.grammar.delimiter if self._width == 1 else b"") + b"\n"
