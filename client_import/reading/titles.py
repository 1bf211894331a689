"""Find the titles that stand above a header within the file: lines of one cell, with a blank record before them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pyarrow as pa

_MOST = 5
"""So many lines of a title, one below the other."""


def is_alone(columns: Sequence[pa.Array], place: int) -> bool:
    """Whether a single cell of the row is filled."""
    return sum(1 for column in columns if column[place].as_py().strip()) == 1


def below_titles(columns: Sequence[pa.Array], after_blank: Collection[int]) -> set[int]:
    """Return the places of the rows that stand below a title; ``after_blank`` are those that follow a blank record."""
    found = set()
    for first in after_blank:
        place = first
        while place < min(len(columns[0]), first + _MOST) and is_alone(columns, place):
            place += 1
        if first < place < len(columns[0]):
            found.add(place)
    return found


def start_of_title(columns: Sequence[pa.Array], after_blank: Collection[int], place: int) -> int:
    """Return where the title of the header at ``place`` begins, or ``place`` where there is none."""
    start, above = place, place - 1
    while above >= max(0, place - _MOST) and is_alone(columns, above):
        if above in after_blank:
            start = above
        above -= 1
    return start
