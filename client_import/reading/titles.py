"""Find titles above a table within the file: rows with a single filled cell, after a blank record."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pyarrow as pa

_MOST = 5
"""The most rows of a title."""


def is_alone(columns: Sequence[pa.Array], place: int) -> bool:
    """Return whether the row at index ``place`` has exactly one filled cell."""
    return sum(1 for column in columns if column[place].as_py().strip()) == 1


def below_titles(columns: Sequence[pa.Array], after_blank: Collection[int]) -> set[int]:
    """Return the indices of the rows directly below a title.

    ``after_blank`` are the indices of the rows that follow a blank record.
    """
    found = set()
    for first in after_blank:
        place = first
        while place < min(len(columns[0]), first + _MOST) and is_alone(columns, place):
            place += 1
        if first < place < len(columns[0]):
            found.add(place)
    return found


def start_of_title(columns: Sequence[pa.Array], after_blank: Collection[int], place: int) -> int:
    """Return the index at which the title above the row at ``place`` begins, or ``place`` if it has no title."""
    start, above = place, place - 1
    while above >= max(0, place - _MOST) and is_alone(columns, above):
        if above in after_blank:
            start = above
        above -= 1
    return start
