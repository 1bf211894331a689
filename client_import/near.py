"""Names for a person who gave one that is not there: the near ones, and a list that stays short."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

_LISTED = 30


def did_you_mean(name: str, known: Sequence[str]) -> str:
    """Return a question with the known name that is near ``name``, and a blank after it; nothing when none is."""
    by_fold = {each.casefold(): each for each in reversed(known)}
    near = get_close_matches(name.casefold(), by_fold, n=1, cutoff=0.7)
    return f'Did you mean "{by_fold[near[0]]}"? ' if near else ""


def listed(names: Sequence[str]) -> str:
    """Return the names with commas between, the first 30 of many; "none" when there are none."""
    shown = ", ".join(names[:_LISTED]) or "none"
    return f"{shown} and {len(names) - _LISTED} more" if len(names) > _LISTED else shown
