"""Recognise the header row of another table without known headers: text is above it and numbers are below."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pyarrow as pa

from client_import.reading.first_row import has_digits, is_number, looks_like_a_value

_MOST = 20
"""The number of rows above and below that are examined."""


def begins_other_kinds(columns: Sequence[pa.Array], place: int, start: int, ends: Collection[int]) -> bool:
    """Return whether the row at index ``place`` has only words, and some column changes from words to numbers there.

    The column must have at least two filled cells above ``start``, the index where the table's title begins, and all of
    them must be words. Below ``place``, up to the next blank record, all must be numbers, dates or email addresses.
    ``ends`` are the indices of rows that follow a blank record.
    """
    labels = [column[place].as_py().strip() for column in columns]
    filled = [label for label in labels if label]
    if len(filled) < 2 or any(has_digits(label) or looks_like_a_value(label) for label in filled):
        return False
    end = next((each for each in range(place + 1, place + _MOST) if each in ends), place + _MOST)
    for label, column in zip(labels, columns, strict=True):
        above = _filled(column.slice(max(0, start - _MOST), min(start, _MOST)))
        below = _filled(column.slice(place + 1, end - place - 1))
        if label and len(above) > 1 and below and not any(map(has_digits, above)) and all(map(is_number, below)):
            return True
    return False


def _filled(column: pa.Array) -> list[str]:
    return [text for text in map(str.strip, column.to_pylist()) if text]
