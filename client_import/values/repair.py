"""What spreadsheets and other programs put around the values of typed fields, taken off again.

Only where one reading is possible, and never in free text: there ``'n' Sync``, ``N/A`` and ``-`` are names.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from client_import.values.characters import BLANKS, WHITE_SPACE, bytes_of, is_ascii, prepare
from client_import.values.shapes import matches
from client_import.values.value_type import Column

QUOTES = "\"'‘’‚‛“”„‟«»‹›"
"""Marks that programs put around a value; a spreadsheet puts one apostrophe in front of what is text."""

INVISIBLE = "\xad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufe0e\ufe0f\ufeff"
"""Characters nobody sees, as ranges: soft hyphens, marks of direction and of style, spaces of no width."""

_IN_QUOTES = (
    rf"(?s)\A(?:'*=?[{QUOTES}][{QUOTES}{BLANKS}]*(.*?)[{BLANKS}]*[{QUOTES}][{QUOTES}{BLANKS}]*"
    rf"|'['{BLANKS}]*(.*?))\z"
)
"""Quotes that are closed, or apostrophes in front; ``="0123"`` is how programs make a spreadsheet keep the zero."""

_WIDE = {code: code - 0xFF01 + ord("!") for code in range(0xFF01, 0xFF5F)}
_WIDE_SPACE = rf"[{''.join(space for space in WHITE_SPACE if not space.isascii())}]"

_DASHES = "-‐‑‒–—―−"
NOTHING = (
    r"(?i:n[./]?a\.?|n\.a|none|nil|null|nan|nat|not applicable|[(<\[](?:none|null|blank|empty|na)[)>\]]|\\n)"
    rf"|[{_DASHES}]+|[._]+"
)
"""What says that there is no value. ``unknown``, ``tbc`` and ``?`` do not: somebody is to find out."""

_LONG_NOTHING = len("not applicable")


def repair(cells: Column) -> Column:
    """Return prepared cells of a typed field without what was put around them; null where they say nothing.

    Quote marks around a cell, an apostrophe in front and invisible characters go; wide characters and blanks
    become their plain ones. Doing it twice changes nothing.
    """
    suspects = _suspects(cells)
    if not suspects.any():
        return cells
    rows = pa.array(suspects)
    return pc.replace_with_mask(cells, rows, _repair(cells.filter(rows)))


def _suspects(cells: Column) -> npt.NDArray[np.bool_]:
    """Return where a cell may need repair, by its first byte, its length, and whether it is ASCII."""
    ends, text = bytes_of(cells)
    if not len(text):
        return np.zeros(len(cells), np.bool_)
    lengths = np.diff(ends)
    longest = _LONGEST_SUSPECT[text[np.minimum(ends[:-1] - ends[0], len(text) - 1)]]
    suspects: npt.NDArray[np.bool_] = lengths <= longest
    if (lengths == _LONG_NOTHING).any():
        suspects |= (lengths == _LONG_NOTHING) & (longest == _LONGEST_SUSPECT[ord("n")])
    if suspects.any():
        suspects &= lengths > 0
    if not is_ascii(cells):
        suspects |= pc.fill_null(pc.invert(pc.string_is_ascii(cells)), False).to_numpy(zero_copy_only=False)
    return suspects


def _repair(cells: Column) -> Column:
    texts = cells
    if not is_ascii(texts):
        texts = pc.replace_substring_regex(texts, pattern=f"[{INVISIBLE}]", replacement="")
        texts = pc.replace_substring_regex(texts, pattern=_WIDE_SPACE, replacement=" ")
        texts = _narrow(texts)
    texts = prepare(pc.replace_substring_regex(prepare(texts), pattern=_IN_QUOTES, replacement=r"\1\2"))
    return pc.if_else(matches(texts, NOTHING), pa.scalar(None, pa.string()), texts)


def _narrow(texts: Column) -> Column:
    """Return the texts with the plain character for each wide one (U+FF01 to U+FF5E)."""
    rows = pc.fill_null(pc.match_substring_regex(texts, pattern="[！-～]"), False)
    if not pc.any(rows).as_py():
        return texts
    wide = texts.filter(rows).dictionary_encode()
    narrow = pa.array([text.translate(_WIDE) for text in wide.dictionary.to_pylist()], pa.string())
    return pc.replace_with_mask(texts, rows, narrow.take(wide.indices))


_LONGEST_SUSPECT = np.full(256, -1, np.int32)
"""How long a cell may be that needs repair, by its first byte; of many company numbers and post codes that is N."""

for _characters, _longest in {"nN": 4, "(<[": 7, "-._": 20, "\\": 2, "\"'=": np.iinfo(np.int32).max}.items():
    _LONGEST_SUSPECT[[ord(character) for character in _characters]] = _longest
