"""Compare headers with the known spellings of each field."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import numpy.typing as npt

from client_import.fields.headers import fold, known_headers

_SLIPS = 2


@cache
def _spellings() -> dict[str, tuple[str, ...]]:
    """Return, for each field, the known spellings that mean it by default."""
    spellings: dict[str, tuple[str, ...]] = {}
    for spelling, name in known_headers().items():
        spellings[name] = (*spellings.get(name, ()), spelling)
    return spellings


def likeness(headers: Sequence[str], fields: Sequence[str]) -> npt.NDArray[np.float64]:
    """Return the similarity of each header to the closest spelling of each field, from 0 to 1.

    The array has a row for each of ``headers`` and a column for each of ``fields``.
    """
    from rapidfuzz import fuzz, process  # imported here, because it takes 20 ms and only unknown headers need it

    known = _spellings()
    spellings = [spelling for name in fields for spelling in known[name]]
    starts = np.cumsum([0, *(len(known[name]) for name in fields)])[:-1]
    ratios = process.cdist([fold(header) for header in headers], spellings, scorer=fuzz.ratio)
    return np.asarray(np.maximum.reduceat(ratios, starts, axis=1) / 100, np.float64)


def is_misspelled(header: str, name: str) -> bool:
    """Return whether ``header`` differs from a known spelling of the field ``name`` in at most two letters."""
    from rapidfuzz.distance import Levenshtein

    text = fold(header)
    return any(Levenshtein.distance(text, spelling, score_cutoff=_SLIPS) <= _SLIPS for spelling in _spellings()[name])
