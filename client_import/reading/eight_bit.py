"""Detect the 8-bit encoding of a file, and report words that look wrong in it (docs/rules.md, section 2).

Nearly every byte is valid in each of these encodings, so the plausibility of the words decides
(:mod:`client_import.reading.letters`). Four encodings are detected. If another is likelier, or about as likely, a note
names it and quotes the words; another is used only if it alone decodes every byte.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Sequence
from itertools import compress

import numpy as np
import numpy.typing as npt

from client_import.field_types.columns import Mask
from client_import.reading.encoding import FALLBACK, UNDECODABLE, decode, decode_piece, has_utf_8, is_utf_8
from client_import.reading.letters import plausibilities

_DETECTED = {FALLBACK: 0.0, "mac-roman": -5.0, "cp850": -4.5, "windows-1250": -4.0}
"""The detected encodings with their prior log-likelihood relative to the first."""

_MAC_LINE_ENDS = 3.0
"""Added to the prior of Mac Roman if lines end with CR, as on old Macs."""

_NAMED = _DETECTED | {
    "utf-8": -4.0,
    "iso-8859-2": -6.0,
    "iso-8859-15": -6.0,
    "windows-1251": -6.0,
    "windows-1253": -6.0,
    "windows-1254": -6.0,
    "windows-1255": -7.0,
    "windows-1256": -7.0,
    "windows-1257": -7.0,
    "cp852": -7.0,
    "cp866": -9.0,
    "mac-cyrillic": -7.5,
    "iso-8859-5": -7.5,
    "koi8-r": -7.0,
    "shift_jis": -6.0,
    "euc_jp": -7.0,
    "gb18030": -6.5,
    "big5": -6.5,
    "euc_kr": -6.5,
}
"""The encodings that a note can name, with their priors."""

_ONLY_NAMED = _NAMED.keys() - _DETECTED.keys()

_SUSPECT = -6.0
"""Cells that are more plausible than this are not tried in the encodings that are only named."""

_CLEAR = 3.5
"""If an encoding is this much more plausible than another, the other is not mentioned."""

_LOOKS_WRONG = -20.0
_LOOKS_WRONG_EACH = -5.0
"""A cell looks wrong if its plausibility is below the first, and below the second times its letters beyond ASCII."""

_SHOWN = 20
_CELLS_FOR_EACH_BYTE = 16
_LONGEST = 200

_CELL = re.compile(rb'[^,;\t"\r\n]+')
_CELL_END = re.compile(rb'[^,;\t"\r\n]*+\Z')
_CR_LINES = re.compile(rb"\r(?!\n)")


def cells_beyond_ascii(blocks: Iterable[bytes]) -> list[bytes]:
    """Return distinct pieces of ``blocks`` with bytes beyond ASCII: up to 16 for each value of such a byte.

    A piece ends at any character that may be a delimiter, and has at most 200 bytes. Only numpy passes over all bytes,
    so this is fast.
    """
    cells: dict[bytes, None] = {}
    wanted = np.full(256, _CELLS_FOR_EACH_BYTE)
    for block in blocks:
        data = np.frombuffer(block, np.uint8)
        places = np.flatnonzero(data >= 0x80)
        for place in _first_of_each(data[places], wanted, places):
            cells[_cell_at(block, place)] = None
    return list(cells)


def _first_of_each(
    values: npt.NDArray[np.uint8], wanted: npt.NDArray[np.int64], places: npt.NDArray[np.int64]
) -> list[int]:
    """Return the first ``wanted[value]`` of ``places`` for each value, and subtract them from ``wanted``."""
    values, places = values[wanted[values] > 0], places[wanted[values] > 0]
    order = np.argsort(values, kind="stable")
    counts = np.bincount(values, minlength=256)
    ranks = np.arange(len(values)) - np.repeat(np.cumsum(counts) - counts, counts)
    taken = order[ranks < wanted[values[order]]]
    np.maximum(wanted - counts, 0, out=wanted)
    return sorted(places[taken].tolist())


def _cell_at(block: bytes, place: int) -> bytes:
    head = block[max(0, place - _LONGEST // 2) : place]
    tail = _CELL.match(block, place, place + _LONGEST // 2)
    return _CELL_END.search(head)[0] + (tail[0] if tail else b"")  # type: ignore[index]


def detect_eight_bit(cells: Sequence[bytes], sample: bytes) -> str:
    """Return the likeliest encoding of ``cells`` from a file that begins with ``sample``; Windows-1252 in doubt.

    ``cells`` is the result of :func:`cells_beyond_ascii`.
    """
    own = [cell for cell in cells if not has_utf_8(cell, FALLBACK)] or list(cells)
    priors = dict(_DETECTED)
    if b"\n" not in sample and _CR_LINES.search(sample):
        priors["mac-roman"] += _MAC_LINE_ENDS
    scores = {name: _scores(own, name) for name in priors}
    best = max(priors, key=lambda name: priors[name] + float(scores[name].sum()))
    if not _decodes_all(own, best):
        other = _likeliest_that_decodes_all(own, scores[best])
        if other is not None:
            return other
    if best == FALLBACK:
        return best
    suspects = scores[best] < _SUSPECT
    odd = list(compress(own, suspects))
    gains = (_NAMED[name] + float((_scores(odd, name) - scores[best][suspects]).sum()) for name in _ONLY_NAMED)
    return best if max(gains) - priors[best] < _CLEAR else FALLBACK


def _likeliest_that_decodes_all(cells: Sequence[bytes], scores: npt.NDArray[np.float64]) -> str | None:
    """Return the likeliest of the encodings that are only named and decode all of ``cells``; None without a clear one.

    ``scores`` are the plausibilities in an encoding that cannot decode some bytes. With that one, some rows would be
    rejected and the others imported with wrong letters.
    """
    gains = {
        name: _NAMED[name] + float((_scores(cells, name) - scores).sum())
        for name in _ONLY_NAMED
        if _decodes_all(cells, name)
    }
    best = max(gains, key=lambda name: gains[name], default=None)
    return best if best is not None and gains[best] > _CLEAR else None


def _decodes_all(cells: Sequence[bytes], encoding: str) -> bool:
    return not any(UNDECODABLE in decode_piece(cell, encoding) for cell in cells)


def encoding_notes(cells: Sequence[bytes], encoding: str) -> list[str]:
    """Return notes on ``cells`` that look wrong in ``encoding``, naming a likelier encoding if there is one.

    A cell is quoted if another encoding is likelier for it, if another is about as plausible for all cells, or if it
    looks wrong in every encoding.
    """
    if is_utf_8(encoding):
        return _encoded_twice(cells)
    mixed = [cell for cell in cells if has_utf_8(cell, encoding)]
    own = [cell for cell in cells if not has_utf_8(cell, encoding)]
    notes = [_note_on_mixed(mixed, encoding)] if mixed else []
    return notes + _note_on_doubtful(own, encoding) if own else notes


def _scores(cells: Sequence[bytes], encoding: str) -> npt.NDArray[np.float64]:
    return plausibilities([decode_piece(cell, encoding) for cell in cells])


def _note_on_doubtful(cells: Sequence[bytes], encoding: str) -> list[str]:
    used = _scores(cells, encoding)
    suspects = used < _SUSPECT
    name = codecs.lookup(encoding).name
    others = [other for other in _NAMED if codecs.lookup(other).name != name]
    if encoding in _ONLY_NAMED and _decodes_all(cells, encoding):
        others = [other for other in others if _decodes_all(cells, other)]
    gains = np.zeros((len(others), len(cells)))
    is_other = np.zeros(gains.shape, np.bool_)
    for row, other in enumerate(others):
        looked_at = suspects if other in _ONLY_NAMED else np.ones(len(cells), np.bool_)
        chosen = list(compress(cells, looked_at))
        gains[row, looked_at] = _scores(chosen, other) - used[looked_at]
        is_other[row, looked_at] = [_differs(cell, encoding, other) for cell in chosen]
    priors = np.array([[_NAMED[other]] for other in others])
    is_likelier = gains + priors > 0
    is_close = gains.sum(axis=1, keepdims=True) + priors > -_CLEAR
    doubtful = is_other & (is_likelier | is_close)
    if doubtful.any():
        worth = np.where(doubtful, gains, 0).sum(axis=1) + priors[:, 0]
        best = int(np.argmax(np.where(doubtful.any(axis=1), worth, -np.inf)))
        return [_note_on_likelier(cells, doubtful[best], encoding, others[best])]
    letters = np.array([sum(not letter.isascii() for letter in decode_piece(cell, encoding)) for cell in cells])
    wrong = (used < _LOOKS_WRONG) & (used < _LOOKS_WRONG_EACH * letters)
    words = [_word(cell, encoding) for cell in compress(cells, wrong)]
    if not words:
        return []
    return [f"Some letters look wrong: {_listed(words)}. Perhaps they were damaged before; look at these rows."]


def _differs(cell: bytes, encoding: str, other: str) -> bool:
    return decode_piece(cell, encoding) != decode_piece(cell, other)


def _note_on_likelier(cells: Sequence[bytes], shown: Mask, encoding: str, other: str) -> str:
    pairs = [
        f"{_word(word, encoding)} ({_word(word, other)})"
        for cell in compress(cells, shown)
        for word in cell.split()
        if _differs(word, encoding, other)
    ]
    return (
        f"It is not certain that the file is {encoding}. If the words in brackets are right, it is {other}: "
        f"{_listed(pairs)}. Choose the encoding {other} then."
    )


def _note_on_mixed(cells: Sequence[bytes], encoding: str) -> str:
    words = [_word(word, encoding) for cell in cells for word in cell.split() if has_utf_8(word, encoding)]
    return f"Some words are UTF-8 in a file of {encoding}, and are read as that: {_listed(words)}."


def _encoded_twice(cells: Sequence[bytes]) -> list[str]:
    pairs = []
    for cell in cells:
        for word in cell.split():
            try:
                before = word.decode("utf-8").encode("cp1252")
                if not before.isascii():
                    pairs.append(f"{_word(word, 'utf-8')} ({_word(before, 'utf-8', is_strict=True)})")
            except UnicodeError:
                continue
    if not pairs:
        return []
    return [
        f"Some words look as if they had been read in a wrong encoding before they were saved: {_listed(pairs)}. If "
        "the words in brackets are right, export the file again from where it comes from."
    ]


def _word(word: bytes, encoding: str, *, is_strict: bool = False) -> str:
    text = word.decode(encoding) if is_strict else decode(word, encoding, is_all=True)
    return f'"{text.strip()}"'.replace(UNDECODABLE, "\ufffd")


def _listed(words: Sequence[str]) -> str:
    distinct = list(dict.fromkeys(words))
    more = f" and {len(distinct) - _SHOWN} more" if len(distinct) > _SHOWN else ""
    return ", ".join(distinct[:_SHOWN]) + more
