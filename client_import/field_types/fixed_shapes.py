"""Match simple regular expressions four to eight times as fast, by checking eight characters at a time.

A fixed shape allows a class of characters at each position, and so has a fixed length. Most codes and numbers have one.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import product

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from client_import.field_types.columns import Mask, as_mask, bytes_of
from client_import.field_types.value_type import Column

_PART = re.compile(r"(?:\[([A-Za-z0-9./-]+)\]|([A-Za-z0-9/ -])|\\([+.]))(?:\{([0-9]+)(?:,([0-9]+))?\}|(\?))?")
_LITERAL = re.compile("[A-Za-z0-9 ]+")
_RANGE = re.compile(r"(.)-(.)|(.)")
_WORD = 8
_MOST_KINDS = 8
_MOST_FORMS = 12

Kind = frozenset[tuple[str, str]]
"""The characters allowed at a position, as ranges."""

Form = tuple[int, ...]
"""The kind of each position, as an index into the list of kinds."""


class FixedShape:
    """A compiled regular expression that has only characters, classes, fixed repetitions and alternatives."""

    def __init__(self, kinds: list[Kind], forms: list[Form], literals: list[str]) -> None:
        self._kinds = kinds
        self._words = {form: _wanted(form) for form in forms}
        self._literals = pa.array(literals, pa.string())

    @classmethod
    @lru_cache(maxsize=512)
    def of(cls, pattern: str) -> FixedShape | None:
        """Return the shape for the regular expression ``pattern``, or None if it has anything else."""
        kinds: list[Kind] = []
        forms: list[Form] = []
        literals: list[str] = []
        for alternative in pattern.split("|"):
            if _LITERAL.fullmatch(alternative):
                literals.append(alternative)
                continue
            parts = _parts(alternative, kinds)
            if parts is None:
                return None
            forms += [tuple(place for part in choice for place in part) for choice in product(*parts)]
        if not forms or len(kinds) > _MOST_KINDS or len(forms) > _MOST_FORMS or not all(forms):
            return None
        return cls(kinds, forms, literals)

    def fits(self, values: Column) -> Mask:
        """Return a boolean array that says which values match the whole shape; False for null."""
        ends, text = bytes_of(values)
        starts, lengths = ends[:-1] - ends[0], np.diff(ends)
        flags = self._flags_of(text)
        good = np.zeros(len(values), np.bool_)
        for form, wanted in self._words.items():
            length = len(form)
            rows = np.flatnonzero(lengths == length)
            if len(rows):
                fit = np.ones(len(rows), np.bool_)
                for offset, bits in wanted:
                    fit &= _words(flags, starts, rows, offset, length) & bits == bits
                good[rows[fit]] = True
        if values.null_count:
            good &= as_mask(values.is_valid())
        if len(self._literals) and not good.all():
            rest = np.flatnonzero(~good)
            good[rest] = as_mask(pc.is_in(values.take(pa.array(rest)), value_set=self._literals))
        return good

    def _flags_of(self, text: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """Return a byte of flags for each character, one flag for each kind, followed by eight zero bytes."""
        flags = np.zeros(len(text) + _WORD, np.uint8)
        one = np.empty(len(text), np.uint8)
        of_text = flags[: len(text)]
        for index, kind in enumerate(self._kinds):
            for first, last in kind:
                np.subtract(text, np.uint8(ord(first)), out=one)
                np.less_equal(one, np.uint8(ord(last) - ord(first)), out=one.view(np.bool_))
                np.multiply(one, np.uint8(1 << index), out=one)
                np.bitwise_or(of_text, one, out=of_text)
        return flags


def _words(
    flags: npt.NDArray[np.uint8],
    starts: npt.NDArray[np.int32],
    rows: npt.NDArray[np.int64],
    offset: int,
    length: int,
) -> npt.NDArray[np.uint64]:
    """Return, for each of ``rows``, the flags of eight characters from ``offset`` of its value as a 64-bit number."""
    if len(rows) * length == len(flags) - _WORD:  # the values are contiguous, which is three times as fast
        return np.ndarray((len(rows),), "<u8", flags, offset=offset, strides=(length,))
    everywhere = np.ndarray((len(flags) - _WORD + 1,), "<u8", flags, strides=(1,))
    return everywhere[starts[rows] + offset]


def _parts(alternative: str, kinds: list[Kind]) -> list[list[Form]] | None:
    """Return the possible forms of each part of an alternative; add new kinds to ``kinds``."""
    parts: list[list[Form]] = []
    place = 0
    while place < len(alternative):
        part = _PART.match(alternative, place)
        if part is None:
            return None
        characters, plain, escaped, fewest, most, is_optional = part.groups()
        kind = frozenset((a or c, b or c) for a, b, c in _RANGE.findall(characters or plain or escaped))
        if kind not in kinds:
            kinds.append(kind)
        at_least = 0 if is_optional else int(fewest or 1)
        at_most = 1 if is_optional else int(most or fewest or 1)
        parts.append([(kinds.index(kind),) * count for count in range(at_least, at_most + 1)])
        place = part.end()
    return parts


def _wanted(form: Form) -> list[tuple[int, np.uint64]]:
    """Return the flags that a matching value must have, as pairs of the offset of a word and its flags."""
    offsets = [*range(0, len(form) - _WORD, _WORD), max(len(form) - _WORD, 0)]
    return [
        (offset, np.uint64(sum(1 << 8 * at + kind for at, kind in enumerate(form[offset : offset + _WORD]))))
        for offset in offsets
    ]
