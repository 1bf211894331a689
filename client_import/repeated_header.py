"""Find the header once more among the rows, as on the next page of a report or where files were put together.

Letter case, blanks, quotes and the characters that nobody sees do not count (semantics.md, section 2).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from itertools import zip_longest

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from client_import.chunks import as_array
from client_import.layout import IMPORT_COLUMNS, Layout
from client_import.values.characters import EVERY_INVISIBLE, WHITE_SPACE, bytes_of

_NOT_COMPARED = dict.fromkeys(map(ord, EVERY_INVISIBLE + WHITE_SPACE + '"“”' + "'‘’"))

_SAYS_ANYTHING = np.zeros(256, np.bool_)
"""Bytes at the ends of a cell that say nothing of its first or last letter: blanks, quotes, and what is not ASCII."""
_SAYS_ANYTHING[: ord("'") + 1] = True
_SAYS_ANYTHING[0x7F:] = True


def fold_label(text: str) -> str:
    """Return of a label what is compared: the characters that are seen, without blanks, quotes and letter case."""
    return unicodedata.normalize("NFC", text.translate(_NOT_COMPARED)).casefold()


def is_repeated(cells: Sequence[str], lines: Sequence[Sequence[str]]) -> bool:
    """Whether a record says what one of the ``lines`` of the header says; blanks at its end do not count."""
    return any(all(_same(*pair) for pair in zip_longest(cells, line, fillvalue="")) for line in lines)


def _same(cell: str, label: str) -> bool:
    return fold_label(cell) == fold_label(label)


def repeats_header(cells: pa.Table, layout: Layout) -> npt.NDArray[np.bool_]:
    """Return which rows of ``cells``, with the columns ``layout.headers``, say what a line of the header says."""
    repeats = np.zeros(cells.num_rows, np.bool_)
    for line in layout.header_lines:
        labels = zip_longest(layout.labels, map(fold_label, line[: len(layout.labels)]), fillvalue="")
        own = {column: label for column, label in labels if column not in IMPORT_COLUMNS}
        if any(own.values()):
            repeats |= _say(cells, own)
    return repeats


def _say(cells: pa.Table, labels: dict[str, str]) -> npt.NDArray[np.bool_]:
    """Return which rows have the folded ``labels``, each in the column it is given for.

    The first and the last byte of each cell rule out nearly all rows before any text is folded.
    """
    columns = {name: as_array(cells.column(name)) for name in labels}
    rows = np.arange(cells.num_rows)
    for name, label in labels.items():
        if not len(rows):
            break
        column = columns[name] if len(rows) == cells.num_rows else columns[name].take(pa.array(rows))
        rows = rows[_may_say(label, column)]
    for name, label in labels.items():
        if not len(rows):
            break
        texts = columns[name].take(pa.array(rows)).dictionary_encode()
        same = np.fromiter((fold_label(text) == label for text in texts.dictionary.to_pylist()), np.bool_)
        rows = rows[same[texts.indices.to_numpy()]]
    found = np.zeros(cells.num_rows, np.bool_)
    found[rows] = True
    return found


def _may_say(label: str, cells: pa.Array) -> npt.NDArray[np.bool_]:
    """Return which cells can say the folded ``label``, by their first and last byte."""
    ends, text = bytes_of(cells)
    starts, ends = ends[:-1] - ends[0], ends[1:] - ends[0]
    may = starts < ends if label else np.ones(len(cells), np.bool_)
    has_text = np.flatnonzero(starts < ends)
    first, last = _is_one_of(label[:1]), _is_one_of(label[-1:])
    may[has_text] = first[text[starts[has_text]]] & last[text[ends[has_text] - 1]]
    return may


def _is_one_of(letter: str) -> npt.NDArray[np.bool_]:
    """Return which bytes can stand where the folded ``letter`` is to be."""
    bytes_ = _SAYS_ANYTHING.copy()
    if letter.isascii():
        bytes_[[ord(case) for case in letter + letter.upper()]] = True
    return bytes_
