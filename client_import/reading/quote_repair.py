"""Quote repair: keep the records from Arrow that it would cut wrongly (docs/rules.md, section 2).

Arrow's tokenizer is fast, but trusts every opening quote. Runs of well-formed records go to Arrow unchanged; in place
of each other record, Arrow gets a marker.

A block has at most :data:`client_import.reading.record_blocks.MOST_RECORDS` records, fewer in wide tables: a row needs
a few hundred bytes of memory later, and a cell a dozen, however short its text is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from client_import.reading.grammar import Record
from client_import.reading.record_blocks import RecordBlocks
from client_import.reading.short_records import Places, filled, record_ends

_MARK = b"\0"
"""Starts a marker. Decoded text never contains NUL."""

_MOST_AT_ONCE = 20_000
"""The most records of a block that bypass Arrow; each takes a few hundred bytes of memory until it is read."""

_WORTH_FILLING = 4_096
"""The number of bytes from which filling short records here is faster than receiving each from Arrow."""

_LINE_ENDS = b"\r\n"
_NONE: Places = np.empty(0, np.int64)


class Block(NamedTuple):
    """The ``text`` of whole records, and the positions of those that were ``filled`` because they were short."""

    text: bytes
    filled: Places = _NONE


class RepairedSource:
    """Reads ``records`` and yields text that Arrow cuts into the same records as their grammar.

    A marker never has as many cells as there are columns, so Arrow hands it over, and :meth:`record` returns the record
    it stands for.
    """

    def __init__(self, records: RecordBlocks) -> None:
        self._records = records
        self._fills = False
        self._marked: dict[int, tuple[Record, bytes]] = {}
        self._marks = 0

    def blocks(self) -> Iterator[Block]:
        """Yield all text in non-empty blocks of whole records."""
        return (block for block in self._repaired_blocks() if block.text)

    def fill_short_records(self) -> None:
        """From the next block on, add the missing blank cells to short records where that is fast."""
        self._fills = True

    def record(self, text: str) -> tuple[Record, bytes]:
        """Return the record that Arrow handed over as ``text``, and its text in the file without the line end.

        If ``text`` is a marker, that is the record it stands for; it can be fetched only once.
        """
        grammar = self._records.grammar
        if text.startswith(_MARK.decode()):
            return self._marked.pop(int(text[len(_MARK) :].rstrip(grammar.dialect.delimiter)))
        return grammar.cut(text.encode()), text.encode()

    def _repaired_blocks(self) -> Iterator[Block]:
        for runs in self._records.blocks():
            taken, records = list[Block](), 0
            for run in runs:
                if run.quotes is not None:
                    yield from self._pieces(run.text, run.quotes)
                    continue
                if len(taken) >= _MOST_AT_ONCE or records >= self._records.most_records:
                    yield _joined(taken)
                    taken, records = [], 0
                if run.record is not None:
                    taken.append(Block(self._marker(run.record, run.text)))
                    records += 1
                    continue
                is_worth_it = self._is_worth_filling(run.text)
                quotes = self._records.well_formed_quotes(run) if is_worth_it else None
                block = Block(run.text) if quotes is None else self._filled(run.text, quotes)
                taken.append(Block(block.text, block.filled + records))
                line_ends = max(run.text.count(b"\n"), run.text.count(b"\r"))
                records += self._records.count(run) if self._fills else line_ends
            yield _joined(taken)

    def _pieces(self, records: bytes, quotes: Places) -> Iterator[Block]:
        """Split well-formed ``records`` into blocks within the limits; ``quotes`` are the offsets of their quotes."""
        text, most = np.frombuffer(records, np.uint8), self._records.most_records
        line_ends = max((np.count_nonzero(text == end) for end in _LINE_ENDS if end in records), default=0)
        start, last = 0, list[int]()
        if line_ends > most:  # CRLF has as many LF as CR; if both also occur alone, this is half of them
            last = (record_ends(text, quotes)[most - 1 :: most] + 1).tolist()
        for end in [*last, len(records)]:
            first, behind = np.searchsorted(quotes, (start, end))
            yield self._filled(records[start:end], quotes[first:behind] - start)
            start = end

    def _is_worth_filling(self, records: bytes) -> bool:
        return self._fills and len(records) >= _WORTH_FILLING

    def _filled(self, records: bytes, quotes: Places) -> Block:
        """Return well-formed ``records``, with short ones filled if that was asked for and is faster."""
        if not self._is_worth_filling(records):
            return Block(records)
        return Block(*filled(records, quotes, self._records.grammar.delimiter, self._records.width))

    def _marker(self, record: Record, text: bytes) -> bytes:
        self._marks += 1
        self._marked[self._marks] = record, text.rstrip(_LINE_ENDS)
        delimiter = self._records.grammar.delimiter if self._records.width == 1 else b""
        return _MARK + str(self._marks).encode() + delimiter + b"\n"


def _joined(blocks: list[Block]) -> Block:
    return Block(b"".join(block.text for block in blocks), np.concatenate([_NONE, *(each.filled for each in blocks)]))
