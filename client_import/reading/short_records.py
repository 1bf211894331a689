"""Add the missing blank cells to many short records at once (docs/rules.md, section 2).

Arrow hands over each short record separately, which takes some microseconds. If most records are short, that is more
time than everything else that is done with them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

_LF, _CR = b"\n\r"

Places = npt.NDArray[np.signedinteger[Any]]


def record_ends(text: npt.NDArray[np.uint8], quotes: Places) -> Places:
    """Return the offsets of the line ends that end a record of the well-formed ``text``; for CRLF, of the LF.

    ``quotes`` are the offsets of its quotes. A line end after an even number of quotes is outside them.
    """
    ends = np.flatnonzero((text == _LF) | (text == _CR)).astype(np.int32)
    ends = ends[~((text[ends] == _CR) & (text[np.minimum(ends + 1, len(text) - 1)] == _LF))]
    return _outside(ends, quotes)


def filled(records: bytes, quotes: Places, delimiter: bytes, width: int) -> tuple[bytes, Places]:
    """Return well-formed ``records`` with delimiters added to those that have fewer than ``width`` cells, and which.

    ``quotes`` are the offsets of their quotes. Which records were changed is said by their positions, from 0. Blank
    records, and a last one without a line end, are not changed.
    """
    text = np.frombuffer(records, np.uint8)
    ends = record_ends(text, quotes)
    delimiters = _outside(np.flatnonzero(text == delimiter[0]), quotes)
    cells = np.diff(np.searchsorted(delimiters, ends), prepend=0) + 1
    line_ends = ends - ((text[ends] == _LF) & (text[ends - 1] == _CR) & (ends > 0))
    is_blank = line_ends == np.concatenate(([0], ends[:-1] + 1))[: len(ends)]
    lacking = np.where(is_blank, 0, np.maximum(width - cells, 0))
    total = int(lacking.sum())
    firsts = (line_ends + np.cumsum(lacking) - lacking)[lacking > 0]
    turns = np.zeros(len(text) + total + 1, np.int8)
    turns[firsts] = 1
    turns[firsts + lacking[lacking > 0]] = -1
    is_added = np.cumsum(turns[:-1], dtype=np.int8).view(np.bool_)
    result = np.full(len(text) + total, delimiter[0], np.uint8)
    result[~is_added] = text
    return result.tobytes(), np.flatnonzero(lacking)


def _outside(places: Places, quotes: Places) -> Places:
    return places[np.searchsorted(quotes, places) % 2 == 0] if len(quotes) else places
