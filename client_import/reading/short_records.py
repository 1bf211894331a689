"""Give records that have too few cells the blank ones that they lack (docs/rules.md, section 2), many at once.

Arrow hands over each such record by itself, which costs some microseconds: where most records are short, more than all
that is done with them afterwards.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

_LF, _CR = b"\n\r"

Places = npt.NDArray[np.signedinteger[Any]]


def record_ends(text: npt.NDArray[np.uint8], quotes: Places) -> Places:
    """Return where the line ends are that end a record of well-formed ``text``, of CRLF the place of LF.

    ``quotes`` are the places of its quotes: outside them, as many have closed as have opened.
    """
    ends = np.flatnonzero((text == _LF) | (text == _CR)).astype(np.int32)
    ends = ends[~((text[ends] == _CR) & (text[np.minimum(ends + 1, len(text) - 1)] == _LF))]
    return _outside(ends, quotes)


def filled(records: bytes, quotes: Places, delimiter: bytes, width: int) -> bytes:
    """Return well-formed ``records`` with delimiters added to those that have fewer than ``width`` cells.

    ``quotes`` are the places of their quotes. Blank records stay as they are, and so does a last one without a line
    end.
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
    return result.tobytes()


def _outside(places: Places, quotes: Places) -> Places:
    return places[np.searchsorted(quotes, places) % 2 == 0] if len(quotes) else places
