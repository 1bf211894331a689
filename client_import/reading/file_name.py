"""The name of the source file as it is shown to users (docs/rules.md, section 1)."""

from __future__ import annotations

import re
import unicodedata

_LONGEST = 200
_NAMELESS = "upload.csv"


def shown_name(name: str) -> str:
    """Return ``name`` without folders and control characters, in at most 200 characters.

    A longer name is cut in the middle, so that it keeps its suffix. The result is for display only.
    """
    last = re.split(r"[\\/]", name)[-1]
    visible = "".join(letter for letter in last if not unicodedata.category(letter).startswith("C")).strip()
    if len(visible) > _LONGEST:
        half = _LONGEST // 2
        visible = f"{visible[: half - 1]}…{visible[-half:]}"
    return visible or _NAMELESS
