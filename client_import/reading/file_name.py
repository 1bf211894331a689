"""The name of a file as it is shown: never a path, never longer than a line (docs/rules.md, section 1)."""

from __future__ import annotations

import re
import unicodedata

_LONGEST = 200
_NAMELESS = "upload.csv"


def shown_name(name: str) -> str:
    """Return ``name`` without any folder, without control characters, and of at most 200 characters.

    A name too long is cut in its middle, so that it keeps its ending. It is shown only, and never opened.
    """
    last = re.split(r"[\\/]", name)[-1]
    visible = "".join(letter for letter in last if not unicodedata.category(letter).startswith("C")).strip()
    if len(visible) > _LONGEST:
        half = _LONGEST // 2
        visible = f"{visible[: half - 1]}…{visible[-half:]}"
    return visible or _NAMELESS
