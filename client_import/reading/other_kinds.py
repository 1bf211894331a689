"""Tell a header that names nothing we know by what stands above and below it: words there, numbers here."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pyarrow as pa

from client_import.reading.first_row import has_digits, is_number, looks_like_a_value

_MOST = 20
"""So many rows above and below are looked at."""


def begins_other_kinds(columns: Sequence[pa.Array], place: int, start: int, ends: Collection[int]) -> bool:
    """Whether the row at ``place`` is a header, of words alone, and a column has other kinds of value from there on.

    Above ``start``, where its title begins, the column has words alone; below ``place``, as far as the next blank
    record (``ends`` are the places behind one), numbers, dates or addresses alone. Values of one row are not enough
    above: two are.
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
