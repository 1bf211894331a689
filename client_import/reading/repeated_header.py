"""Find the header once more among the rows, as on the next page of a report or where files were put together.

Letter case, blanks, quotes and the characters that nobody sees do not count (docs/rules.md, section 2). Two labels or
more, each in its own column, are a repeat as well, and so are all of them with another delimiter between them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from itertools import zip_longest

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from client_import.field_types.characters import EVERY_INVISIBLE, WHITE_SPACE, bytes_of, fold, fold_text
from client_import.reading.chunks import as_array
from client_import.reading.layout import IMPORT_COLUMNS, Layout

Places = npt.NDArray[np.int64]

_NOT_COMPARED = dict.fromkeys(map(ord, EVERY_INVISIBLE + WHITE_SPACE + '"“”' + "'‘’"))
_DELIMITERS = dict.fromkeys(map(ord, ",;|"))
"""Tabs and blanks are not compared anyway."""

_SAYS_ANYTHING = np.zeros(256, np.bool_)
"""Bytes that say nothing of the letter in their place: blanks, quotes, and what is not ASCII."""
_SAYS_ANYTHING[: ord("'") + 1] = True
_SAYS_ANYTHING[0x7F:] = True

_LETTERS = 3
"""So many letters of each cell rule out nearly all rows."""

_FEW = 100
"""So many rows are compared as they are; of more, further columns are looked at first."""

_LEAST = 2
"""Labels that are a repeat in part; a single one may be a word of a client."""


def fold_label(text: str) -> str:
    """Return of a label what is compared: the characters that are seen, without blanks, quotes and letter case."""
    return unicodedata.normalize("NFC", text.translate(_NOT_COMPARED)).casefold()


def is_repeated(cells: Sequence[str], lines: Sequence[Sequence[str]]) -> bool:
    """Whether a record says what one of the ``lines`` of the header says, or a part of it that is certain."""
    return any(_repeats(cells, line) for line in lines)


def _repeats(cells: Sequence[str], line: Sequence[str]) -> bool:
    texts, labels = [*map(fold_label, cells)], [*map(fold_label, line)]
    same = [text == label for text, label in zip_longest(texts, labels, fillvalue="") if text]
    named = sum(map(bool, labels))
    if same and all(same) and len(same) >= min(_LEAST, named):
        return True
    return named >= _LEAST and _run_together(texts) == _run_together(labels)


def _run_together(texts: Sequence[str]) -> str:
    return "".join(texts).translate(_DELIMITERS)


def repeats_header(cells: pa.Table, layout: Layout) -> npt.NDArray[np.bool_]:
    """Return which rows of ``cells``, with the columns ``layout.headers``, repeat a line of the header."""
    repeats = np.zeros(cells.num_rows, np.bool_)
    columns = [as_array(column) for column in cells.columns]
    for line in layout.header_lines:
        labels = zip_longest(layout.labels, line[: len(layout.labels)], fillvalue="")
        own = [label for column, label in labels if column not in IMPORT_COLUMNS]
        places = _may_repeat(columns, [*map(fold_label, own)])
        if len(places):
            rows = pa.table([column.take(pa.array(places)) for column in columns], [*map(str, range(len(columns)))])
            repeats[places] |= _are_repeated(rows, own)
    return repeats


def _are_repeated(rows: pa.Table, line: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Return which rows repeat the line; a million of the same is compared once."""
    texts = pc.binary_join_element_wise(*map(as_array, rows.columns), "\0").dictionary_encode()
    same = np.fromiter((is_repeated(text.split("\0"), [line]) for text in texts.dictionary.to_pylist()), np.bool_)
    return np.asarray(same[texts.indices.to_numpy()], np.bool_)


def _may_repeat(columns: Sequence[pa.Array], labels: Sequence[str]) -> Places:
    """Return the rows that may repeat the folded ``labels``, each in its own column or run together."""
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
        starting = starting[pc.equal(fold(texts), wanted).to_numpy(zero_copy_only=False)]
    return np.union1d(places, starting)


def _may_say(label: str, cells: pa.Array, among: Places | None) -> Places:
    """Return at which places a cell is blank or may say the folded ``label``, by its first letters."""
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
