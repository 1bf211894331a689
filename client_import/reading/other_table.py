"""Find where another table begins below the clients (docs/rules.md, section 2).

Its rows have other columns, so they must not be imported under the first header row. All rows below its header row are
rejected, so that row must be certain: every filled cell must be a known header or a header of this file. Half of the
cells are enough after a blank record (a title may lie between), or if two cells repeat their own column's header,
unless the row has a value, a code or two words that are no headers. After a blank record, a row of unknown words is a
header row as well if a column changes from words to numbers there.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import lru_cache
from itertools import zip_longest

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from client_import.field_types.characters import trim_text
from client_import.field_types.columns import Mask, as_mask, bytes_of
from client_import.fields.headers import belongs_to_no_field, field_of_header, fold, known_spellings
from client_import.reading.chunks import as_array
from client_import.reading.first_row import has_digits, is_number, looks_like_a_label, looks_like_a_value
from client_import.reading.titles import below_titles, start_of_title

MOST_NOTED = 20
"""The most header rows of other tables that are noted."""

Places = npt.NDArray[np.int64]

_FEW = 50
"""Up to this many candidates are examined one by one instead of being filtered further."""

_FIRST_COLUMNS = 4
"""The number of columns in which cells are searched that repeat their own column's header."""

_MOST_GAPS = 1_000
"""If more rows of a batch follow a blank record, blank records separate nothing."""

_SURE_IN_PLACE = 2
"""A row with this many cells that repeat their own column's header is no client."""

_MOST_EXAMINED = 20
"""The number of rows above and below a header row of unknown words that are examined."""

_LONGEST = 80
"""The most bytes of a cell in the header row of another table."""


def starts_another_table(cells: Sequence[str], labels: Sequence[str], *, after_blank: bool) -> bool:
    """Return whether the record ``cells`` is the header row of another table than the one with ``labels``.

    ``after_blank`` says that a blank record precedes it.
    """
    filled = [text for cell in cells if (text := trim_text(cell))]
    if len(filled) < 2 or not (after_blank or trim_text(cells[0])) or any(len(cell) > _LONGEST for cell in filled):
        return False
    in_order = _folded(tuple(labels))
    own = frozenset(in_order)
    in_place = sum(1 for cell, label in zip(cells, in_order, strict=False) if trim_text(cell) and fold(cell) == label)
    if not after_blank and in_place < _SURE_IN_PLACE and not all(_is_known(cell, own) for cell in filled):
        return False  # as nearly every row, for its first cell
    known = sum(1 for cell in filled if _is_known(cell, own))
    fields = {field_of_header(cell) for cell in filled} - {None}
    is_header = not after_blank and len(fields) >= 2 and known == len(filled)
    if after_blank or in_place >= _SURE_IN_PLACE:
        enough = known if after_blank else in_place
        is_header |= bool(fields) and enough * 2 >= len(filled) and not _has_client(cells, labels, own)
    is_repeated = all(_names_the_same(*pair) for pair in zip(cells, labels, strict=False) if trim_text(pair[0]))
    return is_header and not is_repeated and len(set(map(fold, filled))) == len(filled)


@lru_cache
def _folded(labels: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(fold, labels))


def repeats_labels(cells: Sequence[str], labels: Sequence[str]) -> bool:
    """Return whether at least two of ``cells`` are filled, and all filled ones repeat their column's label."""
    filled = [(cell, label) for cell, label in zip(cells, labels, strict=False) if trim_text(cell)]
    return len(filled) > 1 and all(_names_the_same(cell, label) for cell, label in filled)


def _names_the_same(cell: str, label: str) -> bool:
    return fold(cell) == fold(label) or (
        field_of_header(cell) is not None and field_of_header(cell) == field_of_header(label)
    )


def _is_known(cell: str, own: Collection[str]) -> bool:
    return field_of_header(cell) is not None or belongs_to_no_field(cell) or fold(cell) in own


def _has_client(cells: Sequence[str], labels: Sequence[str], own: Collection[str]) -> bool:
    """Return whether any of the cells is a value or a code, or two of them are words that are no headers."""
    others = [
        (text, label)
        for cell, label in zip_longest(cells, labels, fillvalue="")
        if (text := trim_text(cell)) and not _is_known(cell, own)
    ]
    words = [(cell, label) for cell, label in others if not looks_like_a_label(cell)]
    return (
        any(looks_like_a_value(cell) for cell, _ in others)
        or len(words) > 1
        or any(field_of_header(label) == "Code" for _, label in words)
    )


def note_on_other_table(row: int) -> str:
    """Return the note that the header row of another table is at row number ``row``."""
    return (
        f"Row {row} looks like the header of another table: it and the rows below it are rejected. Save each table as "
        "a file of its own."
    )


def _begins_other_kinds(columns: Sequence[pa.Array], place: int, start: int, ends: Collection[int]) -> bool:
    """Return whether the row at index ``place`` has only words, and some column changes from words to numbers there.

    The column must have at least two filled cells above ``start``, the index where the table's title begins, and all of
    them must be words. Below ``place``, up to the next blank record, all must be numbers, dates or email addresses.
    ``ends`` are the indices of rows that follow a blank record.
    """
    labels = [trim_text(column[place].as_py()) for column in columns]
    filled = [label for label in labels if label]
    if len(filled) < 2 or any(has_digits(label) or looks_like_a_value(label) for label in filled):
        return False
    end = next((each for each in range(place + 1, place + _MOST_EXAMINED) if each in ends), place + _MOST_EXAMINED)
    for label, column in zip(labels, columns, strict=True):
        above = _filled(column.slice(max(0, start - _MOST_EXAMINED), min(start, _MOST_EXAMINED)))
        below = _filled(column.slice(place + 1, end - place - 1))
        if label and len(above) > 1 and below and not any(map(has_digits, above)) and all(map(is_number, below)):
            return True
    return False


def _filled(column: pa.Array) -> list[str]:
    return [text for text in map(str.strip, column.to_pylist()) if text]


class OtherTables:
    """Finds the tables of a file; it must be given the rows in file order, one batch after the other.

    ``labels`` are those of the user's own columns, ``last_row`` the row number before the first row. ``header_row`` is
    the row number of the header row of the other table that the latest row belongs to, or 0.
    """

    def __init__(self, labels: Sequence[str], last_row: int, header_row: int = 0) -> None:
        self._labels = labels
        self._starts = _Starts([*known_spellings(), *map(fold, labels)])
        self._own_starts = [_Starts([fold(label)]) for label in labels[:_FIRST_COLUMNS]]
        self.header_row = header_row
        self._last_row = last_row

    def header_rows(self, cells: pa.Table, rows: npt.NDArray[np.int64]) -> Places:
        """Return, for each row, the row number of the header row of the other table it belongs to, or 0.

        ``cells`` has the user's own columns, ``rows`` the row numbers.
        """
        columns = [as_array(column) for column in cells.columns]
        gaps = np.flatnonzero(np.diff(rows, prepend=self._last_row) > 1)
        after_blank = set(gaps.tolist()) if len(gaps) <= _MOST_GAPS else set()
        separated = after_blank | below_titles(columns, after_blank)
        first = self._starts.in_first(columns)
        places = {*self._starts.in_all(columns, first).tolist(), *self._in_place(columns, first), *separated}
        found = np.full(len(rows), self.header_row, np.int64)
        for place in sorted(places):
            texts = [column[place].as_py() for column in columns]
            start, is_separated = start_of_title(columns, after_blank, place), place in separated
            if starts_another_table(texts, self._labels, after_blank=is_separated) or (
                is_separated and _begins_other_kinds(columns, place, start, after_blank)
            ):
                self.header_row = int(rows[place])
                found[start:] = self.header_row
            elif self.header_row and repeats_labels(texts, self._labels):
                self.header_row = 0
                found[place:] = 0
        self._last_row = int(rows[-1])
        return found

    def _in_place(self, columns: Sequence[pa.Array], first: Places) -> list[int]:
        """Return those indices in ``first`` at which two of the first columns may repeat their own labels."""
        matching = np.zeros(len(first), np.int8)
        for starts, column in zip(self._own_starts, columns, strict=False):
            matching += np.isin(first, starts.filled_in(column, first))
        places: list[int] = first[matching >= _SURE_IN_PLACE].tolist()
        return places


class _Starts:
    """The first three characters of ``spellings``, to find quickly which cells may be one of them."""

    _OTHER = 36
    """The class of all bytes other than letters and digits; it matches any character."""

    def __init__(self, spellings: Sequence[str]) -> None:
        self._spellings = pa.array([*{*spellings, ""}])
        self._classes = np.full(256, self._OTHER, np.int16)
        for place, character in enumerate("abcdefghijklmnopqrstuvwxyz0123456789"):
            self._classes[[ord(character), ord(character.upper())]] = place
        kinds, other = self._OTHER + 1, self._OTHER
        starts = b"".join({spelling.encode().ljust(3)[:3] for spelling in spellings})
        one, two, three = self._classes[np.frombuffer(starts, np.uint8)].reshape(-1, 3).T
        self._first = np.zeros(kinds, np.bool_)
        self._second = np.zeros((kinds, kinds), np.bool_)
        self._third = np.zeros((kinds, kinds, kinds), np.bool_)
        self._first[one] = self._second[one, two] = self._third[one, two, three] = True
        self._first[other] = self._second[other] = self._third[other] = True
        self._second[:, other] = self._third[:, other] = self._third[:, :, other] = True

    def in_first(self, columns: Sequence[pa.Array]) -> Places:
        """Return the indices of rows whose first cell may be one of the spellings."""
        return self._may_start(columns[0], None)

    def filled_in(self, column: pa.Array, among: Places) -> Places:
        """Return those indices in ``among`` whose cell is one of the spellings, by its letters and digits."""
        places = self._may_start(column, among)
        texts = column.take(pa.array(places))
        filled: Places = places[self._are_known(texts) & (pc.binary_length(texts).to_numpy() > 0)]
        return filled

    def in_all(self, columns: Sequence[pa.Array], first: Places) -> Places:
        """Return those indices in ``first`` at which every cell is empty or may be one of the spellings."""
        places = first
        for column in columns[1:]:
            if len(places) <= _FEW:
                return places
            places = self._may_start(column, places)
        for column in columns[:2]:
            if len(places) > _FEW:
                places = places[self._are_known(column.take(pa.array(places)))]
        return places

    def _are_known(self, cells: pa.Array) -> Mask:
        folded = pc.utf8_lower(pc.replace_substring_regex(cells, r"[^\p{L}\p{N}]+", ""))
        has_note = pc.match_substring_regex(cells, r"[(\[{]|\b1\W*$")
        return as_mask(pc.or_(pc.is_in(folded, self._spellings), has_note))

    def _may_start(self, column: pa.Array, among: Places | None) -> Places:
        ends, text = bytes_of(column)
        starts, lengths = ends[:-1] - ends[0], np.diff(ends)
        places = np.arange(len(column), dtype=np.int64) if among is None else among
        if among is not None:
            starts, lengths = starts[among], lengths[among]
        blank = places[lengths == 0] if among is not None else places[:0]
        keep = (lengths > 0) & (lengths <= _LONGEST)
        read: list[npt.NDArray[np.int16]] = []
        for at, known in enumerate((self._first, self._second, self._third)):
            places, starts, lengths, read = places[keep], starts[keep], lengths[keep], [each[keep] for each in read]
            if not len(places):
                break
            byte = text[np.minimum(starts + at, len(text) - 1)]
            read.append(np.where(lengths > at, self._classes[byte], self._OTHER))
            keep = known[tuple(read)]
        else:
            places = places[keep]
        return np.sort(np.concatenate([blank, places])) if len(blank) else places
