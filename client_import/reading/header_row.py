"""Find the header row of a file among its first records (docs/rules.md, section 2)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from client_import.fields.headers import field_of_header
from client_import.reading.first_row import looks_like_the_rows

Cells = Sequence[str]

WITHIN = 40
"""The number of records among which the header row is searched."""

_ADDRESS = r"\S[^\s@]*+@\S[^\s.]*+\.\S++"
_VALUE = re.compile(rf"(?=\D*+\d)[\d\s/.,:+()%£$€-]++|{_ADDRESS}|(?i:yes|no|true|false|#n/a)")
"""Cells that are probably data: numbers, dates, telephone numbers, email addresses, yes and no."""

_CERTAIN_VALUE = re.compile(
    rf"{_ADDRESS}|(?>(?:\d{{0,4}}+[/.-])*)\d{{5}}[\d/.-]*+|\d{{1,2}}[/.-]\d{{1,2}}[/.-]\d{{2,4}}|\d{{4}}-\d\d-\d\d"
)
"""Cells that cannot be headers."""


@dataclass(frozen=True, slots=True)
class Header:
    """A header row: the records at index ``first`` to ``last``, the label of each column, and the trimmed cells."""

    first: int
    last: int
    labels: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]


def header_at(records: Sequence[Cells], first: int, last: int) -> Header:
    """Return the header row made of the records at index ``first`` to ``last``; without such records, no labels."""
    labels: list[str] = []
    for cells in records[first : last + 1]:
        labels = _joined(labels, cells) if labels else list(cells)
    lines = tuple(tuple(cell.strip() for cell in cells) for cells in records[first : last + 1])
    return Header(first, last, tuple(label.strip() for label in labels), lines)


def find_header(records: Sequence[Cells], *, is_sure: bool = False) -> Header | None:
    """Return the header row among ``records``, or None if the first row is data already.

    It is the first record that names fields in half of its cells. If there is none, it is the first record as wide and
    as filled as the table, unless that has data in it or is like the rows below. Titles and blank records may precede
    it. It is two records if their labels name fields only when joined. With ``is_sure`` there is a header row, whatever
    it looks like, and ``records`` must contain a filled record.
    """
    width = table_width(records)
    within = records[:WITHIN]
    place = next(
        (at for at, cells in enumerate(within) if _is_header(cells, [*records[:at], *records[at + 1 :]], width)), None
    )
    if place is None:
        place = first_table_record(within, width)
        if place is None or not (is_sure or _looks_like_labels(within[place], records[place + 1 :])):
            return None
    for first in (place - 1, place):
        if first >= 0 and first + 1 < len(within) and _are_one_header(within[first], within[first + 1]):
            return header_at(within, first, first + 1)
    return header_at(within, place, place)


def table_width(records: Sequence[Cells]) -> int:
    """Return the number of columns: the most frequent number of cells, and on a tie the greatest."""
    widths = Counter(len(cells) for cells in records if _filled(cells))
    return max(widths, key=lambda width: (widths[width], width), default=0)


def first_table_record(records: Sequence[Cells], width: int) -> int | None:
    """Return the index of the first record that is as wide and as filled as the table's, so that it is no title."""
    for place, cells in enumerate(records):
        filled = _filled(cells)
        if filled and len(cells) >= width and filled * 2 >= min(width, 4):
            return place
    return next((place for place, cells in enumerate(records) if _filled(cells)), None)


def known_fields(cells: Cells) -> int:
    """Return how many fields the cells name for certain."""
    return len({field_of_header(cell) for cell in cells if cell.strip()} - {None})


def has_values(cells: Cells) -> bool:
    """Return whether any of the cells cannot be a header, being an email address, a date or a long number."""
    return any(_CERTAIN_VALUE.fullmatch(cell.strip()) for cell in cells)


def _filled(cells: Cells) -> int:
    return sum(1 for cell in cells if cell.strip())


def names_fields(cells: Cells, width: int) -> bool:
    """Return whether half of the cells name fields, none is data, and the record is half as wide as the table."""
    known = known_fields(cells)
    filled = _filled(cells)
    if not known or known * 2 < filled or len(cells) * 2 < width:
        return False
    return not has_values(cells) and (known > 1 or filled == 1 == width or (filled == 2 and len(cells) == width))


def _is_header(cells: Cells, others: Sequence[Cells], width: int) -> bool:
    """Return whether a record names fields, and not by chance, as when a column has values such as ``Email``."""
    if not names_fields(cells, width):
        return False
    return known_fields(cells) > 1 or _filled(cells) == 1 or not looks_like_the_rows(cells, others)


def _looks_like_labels(cells: Cells, below: Sequence[Cells]) -> bool:
    labels = [cell.strip() for cell in cells if cell.strip()]
    if known_fields(cells) > 1:
        return True
    pattern = _CERTAIN_VALUE if known_fields(cells) else _VALUE
    if any(pattern.fullmatch(label) for label in labels) or len(set(labels)) < len(labels):
        return False
    return not looks_like_the_rows(cells, below)


def _are_one_header(upper: Cells, lower: Cells) -> bool:
    """Return whether two records are one header row: together they name fields that the upper one alone does not."""
    if _filled(upper) < 2 or any(_VALUE.fullmatch(cell.strip()) for cell in (*upper, *lower)):
        return False
    both = _joined(upper, lower)
    named_together = known_fields(both)
    named = {field_of_header(one) or field_of_header(other) for one, other in zip(both, lower, strict=False)} - {None}
    return named_together >= 2 and len(named) > known_fields(upper)


def _joined(upper: Cells, lower: Cells) -> list[str]:
    """Return the joined labels of two records; a label of the upper one also applies to blank cells on its right."""
    joined, group = [], ""
    for place in range(max(len(upper), len(lower))):
        above = upper[place].strip() if place < len(upper) else ""
        below = lower[place].strip() if place < len(lower) else ""
        group = above or group
        joined.append(f"{group} {below}".strip() if below else above)
    return joined
