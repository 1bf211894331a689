"""Strip what spreadsheets and other programs add to values, where the original is certain (docs/rules.md, section 4).

Text fields keep more than typed fields, because ``'n' Sync``, ``N/A`` and ``-`` may be names.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from client_import.field_types.characters import BLANKS, INVISIBLE, WHITE_SPACE, trim, without_invisible
from client_import.field_types.columns import (
    Mask,
    as_mask,
    byte_table,
    bytes_of,
    each_distinct,
    first_bytes,
    has_byte,
    has_only_plain_blanks,
    is_ascii,
    rewrite,
)
from client_import.field_types.shapes import matches
from client_import.field_types.spreadsheets import changed_by_spreadsheets
from client_import.field_types.value_type import Column, Flags
from client_import.fields.catalogue import MATCHABLE, Field

QUOTES = "\"'‘’‚‛“”„‟«»‹›"
"""Quotes that programs add around a value; a spreadsheet adds one apostrophe before text."""

_IN_QUOTES = (
    rf"(?s)\A(?:'*=?[{QUOTES}][{QUOTES}{BLANKS}]*(.*?)[{BLANKS}]*[{QUOTES}][{QUOTES}{BLANKS}]*"
    rf"|'['{BLANKS}]*(.*?))\z"
)
"""Closed quotes, or leading apostrophes. With ``="0123"`` programs make a spreadsheet keep the zero."""

_WIDE = {code: code - 0xFF01 + ord("!") for code in range(0xFF01, 0xFF5F)}
_WIDE_SPACE = rf"[{''.join(space for space in WHITE_SPACE if not space.isascii())}]"

_DASHES = "-‐‑‒–—―−"
NOTHING = (
    r"(?i:n[./]?a\.?|n\.a|none|nil|null|nan|nat|not applicable|[(<\[](?:none|null|blank|empty|na)[)>\]]|\\n)"
    rf"|[{_DASHES}]+|[._]+"
)
"""Cells that mean there is no value. ``unknown``, ``tbc`` and ``?`` mean instead that it is not known yet."""

_CHECKED_FIRST = 200
"""The number of cells that are checked first, because one of them decides for most columns."""

_LONG_NOTHING = len("not applicable")

_TEXT_SUSPECTS = byte_table("'=“‘")
_IN_FORMULA = rf'(?s)=[{WHITE_SPACE}]*"(?:[^"]|"")*"'
_IN_CURLY_QUOTES = r"(?s)“[^“”]*”|‘(?:[^‘’]|[\p{L}\p{N}]’[\p{L}\p{N}])*’"
_BEHIND_APOSTROPHE = r"(?s)[0-9=+\-@\t\r].*"
_DECADE = r"(?s)[0-9]0[\x27’]?s\b.*"
"""Text such as ``'90s Music Ltd``, in which the apostrophe belongs to the value."""


def strip_artefacts(cells: Column, field: Field) -> Column:
    """Return trimmed cells of the field without what programs have added; null if nothing is left.

    A text field loses ``="..."``, curly quotes around the whole cell, and an apostrophe before anything that a
    spreadsheet would change. For typed fields see :func:`strip_typed`. Fields that can be the match field also lose
    all invisible characters. Repeating this changes nothing.
    """
    if field.name in MATCHABLE:
        cells = without_invisible(cells)
    return _strip_text(cells) if field.type == "text" else strip_typed(cells)


def _strip_text(cells: Column) -> Column:
    return rewrite(cells, pa.array(_TEXT_SUSPECTS[first_bytes(cells)]), _unwrap)


def _unwrap(texts: Column) -> Column:
    """Remove one wrapping after the other, from the outside in, until nothing changes."""
    while True:
        fewer = _without_apostrophes(texts)
        fewer = rewrite(fewer, matches(fewer, _IN_FORMULA), _out_of_formula)
        in_quotes = matches(fewer, _IN_CURLY_QUOTES)
        fewer = rewrite(fewer, in_quotes, lambda quoted: pc.utf8_slice_codeunits(quoted, 1, -1))
        if fewer.equals(texts):
            return texts
        texts = trim(fewer)


def _without_apostrophes(texts: Column) -> Column:
    """Remove leading apostrophes and one that closes them at the end; of two before other text, only the first."""
    if not pc.any(pc.starts_with(texts, "'")).as_py():
        return texts
    bare = pc.ascii_ltrim(texts, characters="'")
    is_mark = pc.and_(pc.starts_with(texts, "'"), _needs_apostrophe(bare))
    bare = pc.replace_substring_regex(bare, pattern=r"(?s)\A([^']*)'\z", replacement=r"\1")
    guarded = pc.replace_substring_regex(texts, pattern=r"(?s)\A'('[^'].*)\z", replacement=r"\1")
    return pc.if_else(is_mark, bare, guarded)


def _needs_apostrophe(texts: Column) -> Flags:
    starts = pc.and_not(matches(texts, _BEHIND_APOSTROPHE), matches(texts, _DECADE))
    return pc.or_(starts, changed_by_spreadsheets(texts))


def _out_of_formula(texts: Column) -> Column:
    inside = pc.replace_substring_regex(texts, pattern=rf'(?s)\A=[{WHITE_SPACE}]*"(.*)"\z', replacement=r"\1")
    return pc.replace_substring(inside, pattern='""', replacement='"')


def count_nothing(cells: Column) -> int | None:
    """Return how many cells are not blank if all of those mean there is no value, such as ``N/A``; otherwise None."""
    first = trim(cells.slice(0, _CHECKED_FIRST)).drop_null()
    if not pc.all(matches(first, NOTHING), min_count=0).as_py():
        return None
    texts = trim(cells).drop_null()
    return len(texts) if pc.all(matches(texts, NOTHING), min_count=0).as_py() else None


def strip_typed(cells: Column) -> Column:
    """Return trimmed cells of a typed field without what was added; null if they mean there is no value.

    Quotes around the cell, leading apostrophes and invisible characters are removed. Full-width characters and all
    kinds of blanks become plain ones. Repeating this changes nothing.
    """
    return rewrite(cells, pa.array(_suspects(cells)), _strip_others)


def _suspects(cells: Column) -> Mask:
    """Return which cells may have artefacts, by their first byte, their length and whether they are plain ASCII."""
    ends, text = bytes_of(cells)
    if not len(text):
        return np.zeros(len(cells), np.bool_)
    lengths = np.diff(ends)
    longest = _LONGEST_SUSPECT[text[np.minimum(ends[:-1] - ends[0], len(text) - 1)]]
    suspects: Mask = lengths <= longest
    if (lengths == _LONG_NOTHING).any():
        suspects |= (lengths == _LONG_NOTHING) & (longest == _LONGEST_SUSPECT[ord("n")])
    if suspects.any():
        suspects &= lengths > 0
    if not is_ascii(cells):
        suspects |= as_mask(pc.fill_null(pc.invert(pc.string_is_ascii(cells)), False))
    if not has_only_plain_blanks(cells) or has_byte(cells, "\x7f"):
        suspects |= as_mask(pc.fill_null(pc.match_substring_regex(cells, pattern=f"[{INVISIBLE}]"), False))
    return suspects


def _strip_others(cells: Column) -> Column:
    texts = without_invisible(_narrow(cells))
    if not is_ascii(texts):
        texts = pc.replace_substring_regex(texts, pattern=_WIDE_SPACE, replacement=" ")
    texts = trim(pc.replace_substring_regex(trim(texts), pattern=_IN_QUOTES, replacement=r"\1\2"))
    return pc.if_else(matches(texts, NOTHING), pa.scalar(None, pa.string()), texts)


def _narrow(texts: Column) -> Column:
    """Return the texts with full-width characters (U+FF01 to U+FF5E) replaced by plain ones."""
    if is_ascii(texts):
        return texts
    rows = pc.fill_null(pc.match_substring_regex(texts, pattern="[！-～]"), False)
    return rewrite(texts, rows, lambda wide: each_distinct(wide, lambda text: text.translate(_WIDE)))


_LONGEST_SUSPECT = np.full(256, -1, np.int32)
"""The greatest length of cells that have artefacts, by first byte. It is short for N, with which many codes start."""

for _characters, _longest in {"nN": 4, "(<[": 7, "-._": 20, "\\": 2, "\"'=": np.iinfo(np.int32).max}.items():
    _LONGEST_SUSPECT[[ord(character) for character in _characters]] = _longest
