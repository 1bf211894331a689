"""Hand Arrow no record that it could mistake (docs/rules.md, section 2).

Arrow's tokenizer is fast, and believes every opening quote. So the text is looked at before Arrow gets it: a
block whose quotes all open at the start of a cell and close at its end, which one pass of numpy tells, goes
through untouched. Of any other block the well-formed records go through, as many at once as follow each other; the
records between them are cut by the grammar and go round Arrow, which gets a marker in the place of each.

A block has no more than :data:`MOST_RECORDS` records, and of a wide table fewer: what is made of a row takes some
hundred bytes of memory, and of a cell a dozen, however short their text is.
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
"""Starts a marker. No decoded text has a NUL."""

MOST_RECORDS = 100_000
"""Records in one block."""

_MOST_CELLS = 4_000_000
"""Cells in one block, those that its records lack counted."""

_MOST_AT_ONCE = 20_000
"""Records that go round Arrow in one block; each costs some hundred bytes of memory until it is read."""

_WORTH_FILLING = 4_096
"""Bytes of records, of fewer it is quicker to have Arrow hand over the short ones."""

_LINE_ENDS = b"\r\n"


class RepairedSource:
    """The records of ``source``, as text which Arrow cuts as ``grammar`` means them.

    ``width`` is the number of columns; a marker is a record of another number of cells, and :meth:`record` gives
    what it stands for. Reads ``block_bytes`` at a time, and no record may be longer.
    """

    def __init__(self, source: DecodedSource | UnwrappedSource, grammar: Grammar, width: int, block_bytes: int) -> None:
        self._source = source
        self.grammar = grammar
        self._width = width
        self._block_bytes = block_bytes
        self._most_records = max(1, min(MOST_RECORDS, _MOST_CELLS // width))
        self._sound_records = grammar.well_formed_records(self._most_records)
        self._is_inside_long_line = False
        self._fills = False
        self._marked: dict[int, tuple[Record, bytes]] = {}
        self._marks = 0

    def blocks(self) -> Iterator[bytes]:
        """Yield the whole text, in blocks of whole records, none of them empty."""
        return (block for block in self._repaired_blocks() if block)

    def fill_short_records(self) -> None:
        """From now on, give records that have too few cells the blank ones they lack, where that is quick."""
        self._fills = True

    def record(self, text: str) -> tuple[Record, bytes]:
        """Return the record that Arrow hands over as ``text``, or the one that ``text`` is the marker of, once.

        With it comes its text as it is in the file, without the line end.
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
        """Cut well-formed ``records``, with quotes in the places ``quotes``, into blocks no longer than one may be."""
        text = np.frombuffer(records, np.uint8)
        line_ends = max((np.count_nonzero(text == end) for end in _LINE_ENDS if end in records), default=0)
        start, last = 0, list[int]()
        if line_ends > self._most_records:  # in CRLF, LF and CR are as many; where both occur alone, half are counted
            last = (record_ends(text, quotes)[self._most_records - 1 :: self._most_records] + 1).tolist()
        for end in [*last, len(records)]:
            first, behind = np.searchsorted(quotes, (start, end))
            yield self._whole(records[start:end], quotes[first:behind] - start)
            start = end

    def _whole(self, records: bytes, quotes: npt.NDArray[np.int64] | None = None) -> bytes:
        """Return well-formed ``records``, short ones filled where that is asked for and worth it."""
        if not self._fills or len(records) < _WORTH_FILLING:
            return records
        quotes = self._quotes(records) if quotes is None else quotes
        return filled(records, quotes, self.grammar.delimiter, self._width)

    def _last_record_end(self, data: bytes, places: npt.NDArray[np.int64]) -> int:
        """Return the end of the last line of ``data`` that ends outside quotes, which are in ``places``; 0 for none.

        Looks between one pair of quotes and the next, from behind, so that no byte is looked at twice.
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
        """Whether Arrow cuts whole ``records``, with quotes in ``places``, as the grammar does.

        Quotes taken in turn open and close. One that opens must follow a delimiter, a line end or a quote, one that
        closes must be followed by such; a doubled quote closes and opens again.
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
        """Whether every line of ``records`` ends in the one way that ends a record."""
        strict = self.grammar.strict_end
        return all(records.count(end) == (records.count(strict) if end in strict else 0) for end in (b"\r", b"\n"))

    def _quotes(self, data: bytes) -> npt.NDArray[np.int64]:
        quote = self.grammar.quote
        if not quote or quote not in data:
            return np.empty(0, np.int64)
        return np.flatnonzero(np.frombuffer(data, np.uint8) == quote[0])

    def _repair(self, data: bytes, *, is_last: bool) -> Generator[bytes, None, bytes]:
        """Take ``data`` in runs of well-formed records, and records one by one between them; return what waits."""
        start, taken, records = 0, list[bytes](), 0
        while start < len(data):
            if len(taken) >= _MOST_AT_ONCE or records >= self._most_records:
                yield b"".join(taken)
                taken, records = [], 0
            sound = self._sound_records.match(data, start)
            if sound is not None and sound.end() > start:
                taken.append(self._whole(sound[0]))
                records += max(sound[0].count(b"\n"), sound[0].count(b"\r"))
                start = sound.end()
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
        """Return the first line of a record that is too long; what the line has beyond ``data`` is passed over."""
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
