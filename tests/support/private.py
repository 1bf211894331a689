"""What in a home folder others could read."""

from __future__ import annotations

import stat
from pathlib import Path


def wide(home: Path, *, has_group: bool = False) -> dict[str, str]:
    """Return the mode of each file and folder of ``home``, itself among them, that has another one than it should."""
    wanted = {True: 0o2770, False: 0o660} if has_group else {True: 0o700, False: 0o600}
    found = {}
    for path in (home, *home.rglob("*")):
        if path.suffix == ".log":
            continue  # of the test itself
        try:
            mode = path.lstat().st_mode
        except FileNotFoundError:
            continue  # it was only there for a moment
        if (stat.S_ISDIR(mode) or stat.S_ISREG(mode)) and stat.S_IMODE(mode) != wanted[stat.S_ISDIR(mode)]:
            found[str(path.relative_to(home))] = oct(stat.S_IMODE(mode))
    return found
