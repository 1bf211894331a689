"""The characters of cells: trimming, removing blanks and invisible characters, and folding for comparison."""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc

from client_import.field_types.columns import (
    Mask,
    as_mask,
    byte_table,
    bytes_of,
    first_bytes,
    has_byte,
    has_only_plain_blanks,
    is_ascii,
    keep_bytes,
    rewrite,
)
from client_import.field_types.value_type import Column, Flags

WHITE_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a" + (
    "\u2028\u2029\u202f\u205f\u3000"
)
"""All white space of Unicode, including no-break spaces."""

BLANKS = WHITE_SPACE + "\u200b\u2060\ufeff"
"""White space and the zero-width characters that programs leave behind (U+FEFF is the byte order mark)."""

_JOINERS = "\u200c\u200d"
"""They join or separate letters of Persian and Indic scripts, and emojis. Anywhere else they are invisible."""

INVISIBLE = (
    "\x00-\x08\x0e-\x1f\x7f\xad\u034f\u061c\u115f-\u1160\u17b4-\u17b5\u180b-\u180f\u200b\u200e-\u200f\u202a-\u202e"
    "\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff"
)
"""Invisible characters, as ranges for a character class of a regular expression: ASCII control characters, soft
hyphens, direction marks, variation selectors, zero-width spaces and fillers, without white space and _JOINERS."""

NEVER_SEEN = INVISIBLE + _JOINERS
"""The same including the joiners, for comparisons."""

LOST_LETTER = "\ufffd"
"""The character that programs write for a letter they could not decode."""

EVERY_INVISIBLE = _JOINERS + "".join(
    chr(code)
    for first, last in re.findall("(.)(?:-(.))?", INVISIBLE, re.DOTALL)
    for code in range(ord(first), ord(last or first) + 1)
)
"""All characters of :data:`NEVER_SEEN`, without ranges."""

_AT_ENDS = "".join(dict.fromkeys(BLANKS + EVERY_INVISIBLE))
_PLAIN_AT_ENDS = "".join(character for character in _AT_ENDS if character.isascii())
_JOINS_NOTHING = (
    rf"([\x00-\x7f\p{{Latin}}\p{{Greek}}\p{{Cyrillic}}])[{_JOINERS}]+",
    rf"[{_JOINERS}]+([\x00-\x7f\p{{Latin}}\p{{Greek}}\p{{Cyrillic}}])",
)

_BLANK_BEYOND_ASCII = rf"[{BLANKS}]+"
_BLANK_OR_DASH_BEYOND_ASCII = rf"[{BLANKS}\p{{Pd}}−]+"
_NO_LETTER_OR_DIGIT = byte_table("".join(chr(code) for code in range(128) if not chr(code).isalnum()))
_NO_LETTER_OR_DIGIT_BEYOND_ASCII = r"[^\p{L}\p{N}]+"


def trim(cells: Column) -> Column:
    """Return the cells in the form that normalisers expect: trimmed, in Unicode's form NFC, and null if blank.

    Blanks and invisible characters are trimmed.
    """
    if is_ascii(cells):
        trimmed = pc.ascii_trim(cells, characters=_PLAIN_AT_ENDS)
    else:
        trimmed = pc.utf8_normalize(pc.utf8_trim(cells, characters=_AT_ENDS), form="NFC")
    blank = pc.equal(trimmed, "")
    return pc.if_else(blank, pa.scalar(None, pa.string()), trimmed) if pc.any(blank).as_py() else trimmed


def trim_text(text: str) -> str:
    """Return ``text`` without blanks and invisible characters at its ends."""
    stripped = text.strip()
    if stripped.isascii() and stripped.isprintable():
        return stripped  # as nearly all are; to look for each of the thousands of invisible characters takes long
    return text.strip(_AT_ENDS)


def has_text(cells: Column) -> Mask:
    """Return a boolean array that says which cells are not blank: blanks and invisible characters are no text."""
    first = first_bytes(cells)
    has: Mask = (first > ord(" ")) & (first < ord("\x7f"))
    if not has.all():
        has[~has] = as_mask(trim(cells.filter(pa.array(~has))).is_valid())
    return has


def without_invisible(cells: Column) -> Column:
    """Return trimmed cells without invisible characters; null if nothing else is left.

    Joiners are kept between characters that they can join.
    """
    if has_only_plain_blanks(cells) and not has_byte(cells, "\x7f"):
        return cells
    rows = pc.fill_null(pc.match_substring_regex(cells, pattern=f"[{NEVER_SEEN}]"), False)
    return rewrite(cells, rows, _seen)


def _seen(cells: Column) -> Column:
    seen = pc.replace_substring_regex(cells, pattern=f"[{INVISIBLE}]", replacement="")
    for pattern in _JOINS_NOTHING:
        seen = pc.replace_substring_regex(seen, pattern=pattern, replacement=r"\1")
    return trim(seen)


def is_damaged(cells: Column) -> Flags | None:
    """Return which cells contain U+FFFD, which stands for a lost letter, or None if no cell does; False for null."""
    if is_ascii(cells):
        return None
    damaged = pc.fill_null(pc.match_substring(cells, LOST_LETTER), False)
    return damaged if pc.any(damaged, min_count=0).as_py() else None


def compact(cells: Column, marks: str = "") -> Column:
    """Return the cells without blanks and without the ASCII ``marks``; ``-`` means every kind of dash."""
    beyond = _BLANK_OR_DASH_BEYOND_ASCII if "-" in marks else _BLANK_BEYOND_ASCII
    return _drop(cells, _ascii_table(WHITE_SPACE + marks), beyond)


def fold(cells: Column) -> Column:
    """Return only the letters and digits of the cells, with ASCII letters in lower case."""
    return pc.ascii_lower(_drop(cells, _NO_LETTER_OR_DIGIT, _NO_LETTER_OR_DIGIT_BEYOND_ASCII))


def fold_text(text: str) -> str:
    """Return ``text`` folded like :func:`fold`."""
    folded: str = fold(pa.array([text]))[0].as_py()
    return folded


def _ascii_table(characters: str) -> Mask:
    return byte_table("".join(character for character in characters if character.isascii()))


def _drop(cells: Column, dropped: Mask, beyond_ascii: str) -> Column:
    """Drop the bytes flagged in ``dropped``, a table of 256, and in cells beyond ASCII what the pattern matches."""
    if not is_ascii(cells):
        cells = rewrite(
            cells,
            pc.fill_null(pc.invert(pc.string_is_ascii(cells)), False),
            lambda rest: pc.replace_substring_regex(rest, pattern=beyond_ascii, replacement=""),
        )
    return keep_bytes(cells, ~dropped[bytes_of(cells)[1]])
