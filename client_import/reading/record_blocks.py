"""Read a file in blocks of whole records, and tell well-formed records from the others (docs/rules.md, section 2).

If all quotes of a block open at the start of a cell and close at its end, which one pass of numpy can tell, the block
is one run of well-formed records. In any other block, a pattern finds the runs, and the grammar cuts the records
between them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Protocol

import numpy as np

from client_import.reading.grammar import Grammar, Record, line_at
from client_import.reading.short_records import Places, record_ends

MOST_RECORDS = 100_000
"""The most records of a run that a pattern finds, and of a block of text that is read at once."""

_MOST_CELLS = 4_000_000
"""The most cells of these, including those that short records lack."""

_LINE_ENDS = b"\r\n"


class TextSource(Protocol):
    """Text in UTF-8, read piece by piece."""

    @property
    def is_at_end(self) -> bool:
        """Whether everything was read."""

    def read(self, size: int) -> bytes:
        """Return about ``size`` bytes, and none only at the end."""


class Run(NamedTuple):
    """Consecutive records as ``text``: well-formed ones, or a single ``record`` that is not.

    ``quotes`` are the offsets of the quotes in ``text`` if every one of them opens or closes a cell, and None if some
    may stand inside cells.
    """

    text: bytes
    quotes: Places | None = None
    record: Record | None = None


class RecordBlocks:
    """Reads ``source`` in blocks of whole records, as ``grammar`` cuts them; ``width`` is the number of columns.

    ``block_bytes`` are read at a time; no record may be longer. ``rest`` is the text that was read behind the latest
    block, the beginning of the next one. ``has_open_record`` says that a record of the block has no end of its own: it
    is too long, or has a quote that is never closed, which the text behind the block may decide.
    """

    def __init__(self, source: TextSource, grammar: Grammar, width: int, block_bytes: int) -> None:
        self.grammar = grammar
        self.width = width
        self.most_records = max(1, min(MOST_RECORDS, _MOST_CELLS // width))
        self.rest = b""
        self.has_open_record = False
        self._is_inside_long_line = False
        self._source = source
        self._block_bytes = block_bytes
        self._well_formed_records = grammar.well_formed_records(self.most_records)
        self._well_formed_record = grammar.well_formed_records(1)

    def blocks(self) -> Iterator[Iterator[Run]]:
        """Yield the runs of each block, which must be used up before the next block is asked for."""
        is_last = False
        while not is_last:
            block = self._source.read(self._block_bytes)
            is_last = self._source.is_at_end
            self.has_open_record = self._is_inside_long_line
            data = self.rest + self._behind_long_line(block)
            quotes = self.quotes_of(data)
            end = len(data) if is_last else _last_record_end(data, quotes)
            records, its_quotes = data[:end], quotes[: np.searchsorted(quotes, end)]
            if self._are_well_formed(records, its_quotes) and len(data) - end < self._block_bytes:
                self.rest = data[end:]
                yield iter([Run(records, its_quotes)] if records else [])
            else:
                yield self._repaired(data, is_last=is_last)

    def quotes_of(self, data: bytes) -> Places:
        """Return the offsets of the quotes in ``data``."""
        quote = self.grammar.quote
        if not quote or quote not in data:
            return np.empty(0, np.int64)
        return np.flatnonzero(np.frombuffer(data, np.uint8) == quote[0])

    def well_formed_quotes(self, run: Run) -> Places | None:
        """Return the offsets of the quotes of ``run`` if each of them opens or closes a cell, or else None."""
        if run.quotes is not None or run.record is not None:
            return run.quotes
        quotes = self.quotes_of(run.text)
        return quotes if self._are_well_formed(run.text, quotes) else None

    def count(self, run: Run) -> int:
        """Return the number of records in ``run``."""
        if run.record is not None:
            return 1
        text, quotes = run.text, self.well_formed_quotes(run)
        if quotes is None:
            return self._count_one_by_one(text)
        data = np.frombuffer(text, np.uint8)
        if len(quotes):
            ends = len(record_ends(data, quotes))
        else:  # quicker by numpy than by bytes.count
            ends = int(np.count_nonzero(data == _LINE_ENDS[1]))
            if b"\r" in text:
                returns = data == _LINE_ENDS[0]
                ends += int(np.count_nonzero(returns) - np.count_nonzero(returns[:-1] & (data[1:] == _LINE_ENDS[1])))
        return ends + (not text.endswith((b"\r", b"\n")))

    def _count_one_by_one(self, text: bytes) -> int:
        count = start = 0
        while start < len(text):
            record = self._well_formed_record.match(text, start)
            count += 1
            if record is None or record.end() == start:  # the last one, if only a CR ends it
                break
            start = record.end()
        return count

    def _are_well_formed(self, records: bytes, places: Places) -> bool:
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

    def _repaired(self, data: bytes, *, is_last: bool) -> Iterator[Run]:
        """Yield runs of well-formed records of ``data``, and the records between; leave the unread ``rest``."""
        start = 0
        while start < len(data):
            run = self._well_formed_records.match(data, start)
            if run is not None and run.end() > start:
                yield Run(run[0])
                start = run.end()
                continue
            is_too_long = len(data) - start >= self._block_bytes
            record = self.grammar.parse(data, start, self.width, is_all=is_last or is_too_long)
            if record is None:
                break
            if record.end - start >= self._block_bytes:
                record = self._give_up(data, start)
            self.has_open_record = self.has_open_record or record.is_open
            yield Run(data[start : record.end], record=record)
            start = record.end
        self.rest = data[start:]

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


def _last_record_end(data: bytes, places: Places) -> int:
    """Return the end offset of the last line of ``data`` that ends outside quotes; 0 if there is none.

    ``places`` are the offsets of the quotes. The gaps between quoted parts are searched from the end, so that no byte
    is read twice.
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
