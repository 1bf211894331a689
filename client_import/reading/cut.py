"""Cut a huge file into parts at the ends of records, so that many processes can read it at once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np

from client_import.reading.encoding import DecodedSource, keeps_ascii
from client_import.reading.grammar import Grammar
from client_import.reading.layout import Layout
from client_import.reading.limits import Limits
from client_import.reading.part import WHOLE, Part, open_part
from client_import.reading.reader import BLOCK_BYTES
from client_import.reading.record_blocks import RecordBlocks
from client_import.reading.source import UNREADABLE, cannot_be_read, is_packed

_LONGEST_BLANK = 4_096

_LEAST_BLOCKS = 2
"""The last part has so many blocks with text: lines below the clients are known by the rows above them."""


def cut(
    path: Path,
    layout: Layout,
    limits: Limits,
    part_bytes: int,
    block_bytes: int = BLOCK_BYTES,
    heed: Callable[[], None] = lambda: None,
) -> list[Part]:
    """Return the parts of the file at ``path``, each of about ``part_bytes``, in file order.

    Read with the same ``block_bytes``, they give exactly the rows of the whole file, in the same batches: each ends
    where a block of the whole ends. One pass finds these places, and only looks for the ends of records. A file that
    has to be read from its start is one part: if it is packed, if ASCII bytes may mean something else in its encoding
    (UTF-16), if it has a wrapping, and if it is a workbook. ``heed`` is called after each block; what it raises ends
    the cutting. Raises SourceError if the file cannot be read to its end.
    """
    try:
        is_one = layout.sheet is not None or bool(layout.wrapping) or not layout.labels
        if is_one or is_packed(path) or not keeps_ascii(layout.encoding):
            return [WHOLE]
        return _parts(path, layout, limits, part_bytes, block_bytes, heed)
    except UNREADABLE as error:
        raise cannot_be_read(error) from None


def _parts(
    path: Path, layout: Layout, limits: Limits, part_bytes: int, block_bytes: int, heed: Callable[[], None]
) -> list[Part]:
    parts = list[Part]()
    start, before, follows_blank, count = 0, 0, False, 0
    texts, its_texts = 0, list[int]()
    blanks = f"{layout.delimiter}{layout.quote} \t\r\n".encode()
    with closing(DecodedSource(open_part(path, WHOLE, limits), layout.encoding)) as source:
        records = RecordBlocks(source, Grammar(layout.dialect), len(layout.labels), block_bytes)
        for block in records.blocks():
            heed()
            text, is_blank = b"", True
            for run in block:
                count, text = count + records.count(run), run.text
                is_blank = is_blank and not text.strip(blanks)
            texts += not is_blank
            if source.is_at_end or records.has_open_record or source.count - start < part_bytes:
                continue
            end = _place_of(path, source.count, records.rest)
            if end > start and text:
                parts.append(Part(len(parts), start, end, before, follows_blank))
                start, before, follows_blank = end, count, _ends_blank(text, layout)
                its_texts.append(texts)
                texts = 0
    last = Part(len(parts), start, None, before, follows_blank)
    while parts and texts < _LEAST_BLOCKS:
        last, texts = replace(parts.pop(), end=None), texts + its_texts.pop()
    return [*parts, last]


def _place_of(path: Path, read: int, rest: bytes) -> int:
    """Return the offset in the file of ``rest``, the end of what was decoded from its first ``read`` bytes.

    A line end comes before it, and there are as many line ends in the bytes as in the text.
    """
    wanted = rest.count(b"\n") + rest.count(b"\r") + 1
    size = len(rest) + 64
    with path.open("rb") as file:
        while True:
            first = max(0, read - size)
            file.seek(first)
            tail = np.frombuffer(file.read(read - first), np.uint8)
            line_ends = np.flatnonzero((tail == ord("\n")) | (tail == ord("\r")))
            if len(line_ends) >= wanted:
                return first + int(line_ends[-wanted]) + 1
            if not first:
                return 0
            size *= 4


def _ends_blank(records: bytes, layout: Layout) -> bool:
    """Return whether the last line of ``records`` has nothing but delimiters, blanks and quotes."""
    *_, last = records[-_LONGEST_BLANK:].removesuffix(b"\n").removesuffix(b"\r").replace(b"\r", b"\n").rsplit(b"\n", 1)
    return not last.strip((layout.delimiter + layout.quote).encode() + b" \t")
