"""Find rows that repeat the header row, as on each page of a report or in concatenated files.

Letter case, blanks, quotes and invisible characters make no difference (docs/rules.md, section 2). Two or more labels
in their own columns count as a repeat if the other cells are blank, and so do all labels with another delimiter.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import zip_longest

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from client_import.field_types.characters import EVERY_INVISIBLE, WHITE_SPACE, fold, fold_text
from client_import.field_types.columns import Mask, as_mask, bytes_of
from client_import.reading.chunks import as_array
from client_import.reading.layout import IMPORT_COLUMNS, Layout

Places = npt.NDArray[np.int64]

_NOT_COMPARED = dict.fromkeys(map(ord, EVERY_INVISIBLE + WHITE_SPACE + '"“”' + "'‘’"))
_DELIMITERS = dict.fromkeys(map(ord, ",;|"))
"""Tabs and blanks are ignored anyway."""

_NUMBERED = re.compile(r" \(\d+\)\Z")
"""What :func:`client_import.reading.layout.unique_labels` puts behind a repeated label."""

_SAYS_ANYTHING = np.zeros(256, np.bool_)
"""Bytes that match any letter: blanks, quotes, and all bytes beyond ASCII."""
_SAYS_ANYTHING[: ord("'") + 1] = True
_SAYS_ANYTHING[0x7F:] = True

_LETTERS = 3
"""The number of letters of each cell to compare first; that excludes nearly all rows."""

_FEW = 100
"""Up to this many rows are compared as a whole; more are first filtered by further columns."""

_LEAST = 2
"""The least number of labels in a partial repeat; a single one may be a client's value."""


def fold_label(text: str) -> str:
    """Return ``text`` for comparison: visible characters without blanks, quotes and letter case."""
    return unicodedata.normalize("NFC", text.translate(_NOT_COMPARED)).casefold()


def repeats_line(cells: Sequence[str], line: Sequence[str]) -> bool:
    """Return whether the record ``cells`` repeats the ``line`` of the header row, or enough of it."""
    texts, labels = [*map(fold_label, cells)], [*map(fold_label, line)]
    same = [text == label for text, label in zip_longest(texts, labels, fillvalue="") if text]
    named = sum(map(bool, labels))
    if same and all(same) and len(same) >= min(_LEAST, named):
        return True
    return named >= _LEAST and _run_together(texts) == _run_together(labels)


def _run_together(texts: Sequence[str]) -> str:
    return "".join(texts).translate(_DELIMITERS)


def repeats_header(cells: pa.Table, layout: Layout) -> Mask:
    """Return a boolean array that says which rows of ``cells`` repeat a line of the header row.

    ``cells`` has one string column for each of ``layout.headers``.
    """
    repeats = np.zeros(cells.num_rows, np.bool_)
    columns = [as_array(column) for column in cells.columns]
    for line in _lines(layout):
        labels = zip_longest(layout.labels, line[: len(layout.labels)], fillvalue="")
        own = [label for column, label in labels if column not in IMPORT_COLUMNS]
        places = _may_repeat(columns, [*map(fold_label, own)])
        if len(places):
            rows = pa.table([column.take(pa.array(places)) for column in columns], [*map(str, range(len(columns)))])
            repeats[places] |= _are_repeated(rows, own)
    return repeats


def _lines(layout: Layout) -> Iterator[Sequence[str]]:
    """Yield the lines of the header row; of rows that come back, repeated labels also without the numbers they got."""
    for line in layout.header_lines:
        yield line
        before = tuple(_NUMBERED.sub("", label) for label in line)
        if layout.is_not_imported_file and before != tuple(line):
            yield before


def _are_repeated(rows: pa.Table, line: Sequence[str]) -> Mask:
    """Return which rows repeat the line; equal rows are compared only once."""
    texts = pc.binary_join_element_wise(*map(as_array, rows.columns), "\0").dictionary_encode()
    same = np.fromiter((repeats_line(text.split("\0"), line) for text in texts.dictionary.to_pylist()), np.bool_)
    return np.asarray(same[texts.indices.to_numpy()], np.bool_)


def _may_repeat(columns: Sequence[pa.Array], labels: Sequence[str]) -> Places:
    """Return the indices of rows that may repeat the folded ``labels``, in their own columns or in one cell."""
    first = next((place for place, label in enumerate(labels) if label), None)
    if first is None:
        return np.empty(0, np.int64)
    starting = _may_say(labels[first], columns[first], None)
    places = starting if first == 0 else _may_say(labels[0], columns[0], None)
    for label, column in list(zip(labels, columns, strict=True))[1:]:
        if len(places) <= _FEW:
            break
        places = _may_say(label, column, places)
    ends, _ = bytes_of(columns[first])
    starting = starting[ends[starting] < ends[starting + 1]]
    if len(starting) > _FEW:
        texts = pc.binary_join_element_wise(*(column.take(pa.array(starting)) for column in columns), "")
        wanted = fold_text("".join(labels))
        starting = starting[as_mask(pc.equal(fold(texts), wanted))]
    return np.union1d(places, starting)


def _may_say(label: str, cells: pa.Array, among: Places | None) -> Places:
    """Return the indices of cells that are blank or start like the folded ``label``, within ``among`` if given."""
    ends, text = bytes_of(cells)
    starts, lengths = ends[:-1] - ends[0], np.diff(ends)
    places = np.arange(len(cells)) if among is None else among
    if not len(text):
        return places
    found = [places[lengths[places] == 0] if among is not None else np.flatnonzero(lengths == 0)]
    for at, letter in enumerate(label[:_LETTERS] or "\0"):
        if not letter.isascii():
            break
        is_within = lengths[places] > at
        byte = text[np.minimum(starts[places] + at, len(text) - 1)]
        says_anything = is_within & _SAYS_ANYTHING[byte]
        found.append(places[says_anything])
        lower = byte | 0x20 if letter.isalpha() else byte
        places = places[is_within & ~says_anything & (lower == ord(letter))]
        if not len(places):
            break
    return np.unique(np.concatenate([*found, places]))
