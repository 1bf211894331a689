"""HMRC references without a check digit: National Insurance number, PAYE and Accounts Office reference."""

from __future__ import annotations

import pyarrow.compute as pc

from client_import.field_types.characters import compact
from client_import.field_types.shapes import shaped
from client_import.field_types.spreadsheets import with_apostrophe
from client_import.field_types.value_type import ValueType

_PREFIX = "[ACEHJLMOPRSWXY][ABCEGHJKLMNPRSTWXYZ]" + "".join(
    f"|{first}[{''.join(letter for letter in 'ABCEGHJKLMNPRSTWXYZ' if letter not in never)}]"
    for first, never in {"B": "G", "G": "B", "K": "N", "N": "KT", "T": "N", "Z": "Z"}.items()
)
"""Neither letter is D, F, I, Q, U or V, the second is not O, and BG, GB, KN, NK, NT, TN and ZZ are not issued."""

NINO_SHAPE = f"(?:{_PREFIX})[0-9]{{6}}[A-D]"
PAYE_REF_SHAPE = "[0-9]{3}/[A-Z0-9]{1,10}"
ACCOUNTS_OFFICE_REF_SHAPE = "[0-9]{3}P[A-Z][0-9]{7}[0-9X]"


def _reference(shape: str, marks: str = "") -> ValueType:
    """Return the type of references of one ``shape``; blanks, ``marks`` and letter case are ignored."""
    return shaped(shape, lambda cells: pc.ascii_upper(compact(cells, marks)), exported=with_apostrophe)


NINO = _reference(NINO_SHAPE, marks=".-")
PAYE_REF = _reference(PAYE_REF_SHAPE)
ACCOUNTS_OFFICE_REF = _reference(ACCOUNTS_OFFICE_REF_SHAPE)
