"""Help with unknown names in error messages: the closest known name, and a short list of all."""

from __future__ import annotations

import re
from collections.abc import Sequence

_LISTED = 30
_LONGEST = 100
"""Characters; a longer name is not compared with the known ones."""

_NEAR = 70.0


def did_you_mean(name: str, known: Sequence[str]) -> str:
    """Return ``Did you mean "..."? `` with the name in ``known`` closest to ``name``; empty if none is close."""
    if len(name) > _LONGEST:
        return ""
    from rapidfuzz import fuzz, process  # imported here, because only a wrong name needs it

    by_fold = {each.casefold(): each for each in reversed(known)}
    near = process.extractOne(name.casefold(), by_fold.keys(), scorer=fuzz.ratio, score_cutoff=_NEAR)
    return f'Did you mean "{by_fold[near[0]]}"? ' if near else ""


def listed(names: Sequence[str]) -> str:
    """Return the first 30 names separated by commas, and how many more there are; "none" without names."""
    shown = ", ".join(names[:_LISTED]) or "none"
    return f"{shown} and {len(names) - _LISTED} more" if len(names) > _LISTED else shown


def folded(text: object) -> str:
    """Return the ASCII letters and digits of ``text`` in lower case, without spacing and punctuation."""
    return re.sub(r"[^a-z0-9]", "", str(text).lower())
