"""The options that are texts: what each may look like. All raise ValueError with a sentence for what it may not."""

from __future__ import annotations

import codecs
import re

NO_QUOTE = "none"
"""The quote of a file in which no character quotes."""

ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8 (with a mark)",
    "utf-16-le": "UTF-16 (little endian)",
    "utf-16-be": "UTF-16 (big endian)",
    "windows-1252": "Windows-1252 (Western)",
    "latin-1": "Latin-1 (Western)",
}
DELIMITERS = {",": "comma ,", ";": "semicolon ;", "\t": "tab", "|": "bar |", ":": "colon :", "^": "caret ^"}
QUOTES = {'"': 'double quote "', "'": "single quote '", NO_QUOTE: "nothing is in quotes"}
"""The commonest of each, in words."""

_NO_TEXT_FILES = {"utf-7", "unicode-escape", "raw-unicode-escape"}
_NAMED = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "pipe": "|"}
_HEADER_ROW = re.compile(r"(?P<first>\d{1,6})(?:-(?P<last>\d{1,6}))?")
_LIMIT = re.compile(r"(?P<number>\d+(?:\.\d+)?)(?P<percent>%?)")


def limit(value: object) -> str | None:
    """Return a number of rows (``100``) or a share of them (``5%``) as text."""
    if value in (None, ""):
        return None
    text = str(value).strip()
    match = _LIMIT.fullmatch(text)
    if match is None or (not match["percent"] and "." in text):
        raise ValueError(f'"{text}" is neither a number of rows such as 100 nor a share such as 5%.')
    if match["percent"] and float(match["number"]) > 100:
        raise ValueError(f'"{text}" is more than all rows; a share goes from 0% to 100%.')
    return text


def rows_within(limit: str, total_items: int) -> float:
    """Return how many rows of ``total_items`` a limit allows."""
    return float(limit[:-1]) * total_items / 100 if limit.endswith("%") else float(limit)


def encoding(value: str | None) -> str | None:
    """Return the name of an encoding of text files that Python knows.

    The notations of Python's own source code are none, and neither is UTF-7, in which a text may hold half a character.
    """
    if not value:
        return None
    try:
        "".encode(value)
        is_known = codecs.lookup(value).name not in _NO_TEXT_FILES
    except (LookupError, ValueError):  # of which UnicodeError is one
        is_known = False
    if not is_known:
        raise ValueError(f'"{value}" is not an encoding known here; try utf-8, utf-16, windows-1252 or latin-1.')
    return value


def delimiter(value: str | None) -> str | None:
    """Return the character that a delimiter is, also where its name is given, such as ``tab``."""
    text = _NAMED.get(value.lower(), value) if value else None
    if text is not None and (len(text) != 1 or not text.isascii() or text.isalnum() or text in '"\r\n\\\0'):
        raise ValueError(f'"{value}" is not a delimiter; use , ; | tab or another character.')
    return text


def quote(value: str | None) -> str | None:
    """Return the character that quotes cells, or NO_QUOTE."""
    if value and value.lower() == NO_QUOTE:
        return NO_QUOTE
    if value and (len(value) != 1 or not value.isascii() or value.isalnum() or value.isspace() or value in "\\\0"):
        raise ValueError(f'"{value}" is not a quote character; use ", \' or none.')
    return value or None


def header_row(value: object) -> str | None:
    """Return the row of a header (``3``), or its first and last row (``3-4``), as text."""
    if value in (None, ""):
        return None
    text = str(value).strip()
    match = _HEADER_ROW.fullmatch(text)
    if match is None or not 0 < int(match["first"]) <= int(match["last"] or match["first"]):
        raise ValueError(f'"{text}" is no row of a header; give its number such as 3, or 3-4 for two lines.')
    return text


def rows_of_header(text: str) -> tuple[int, int]:
    """Return the first and the last row that a checked ``header_row`` names."""
    first, _, last = text.partition("-")
    return int(first), int(last or first)
