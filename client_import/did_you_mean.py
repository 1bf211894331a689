"""Names for a person who gave one that is not there: the near ones, and a list that stays short."""

from __future__ import annotations

import re
from collections.abc import Sequence

_LISTED = 30
_LONGEST = 100
"""Characters of a name; a longer one is near none, and is not compared with all."""

_NEAR = 70.0


def did_you_mean(name: str, known: Sequence[str]) -> str:
    """Return a question with the known name that is near ``name``, and a blank after it; nothing when none is."""
    if len(name) > _LONGEST:
        return ""
    from rapidfuzz import fuzz, process  # what only a wrong name costs

    by_fold = {each.casefold(): each for each in reversed(known)}
    near = process.extractOne(name.casefold(), by_fold.keys(), scorer=fuzz.ratio, score_cutoff=_NEAR)
    return f'Did you mean "{by_fold[near[0]]}"? ' if near else ""


def listed(names: Sequence[str]) -> str:
    """Return the names with commas between, the first 30 of many; "none" when there are none."""
    shown = ", ".join(names[:_LISTED]) or "none"
    return f"{shown} and {len(names) - _LISTED} more" if len(names) > _LISTED else shown


def folded(text: object) -> str:
    """Return the letters and digits of ``text`` alone, in small letters: case, spacing and punctuation aside."""
    return re.sub(r"[^a-z0-9]", "", str(text).lower())
