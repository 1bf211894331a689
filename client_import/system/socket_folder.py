"""Where a Unix socket may lie: its path may have only about 100 characters."""

from __future__ import annotations

import tempfile
from pathlib import Path

_LONGEST = 70
_SHORT = "/tmp"


def socket_folder() -> str:
    """Return the folder for temporary files, or ``/tmp`` if a socket in a folder of it would have too long a path."""
    folder = tempfile.gettempdir()
    return folder if len(folder.encode(errors="surrogateescape")) <= _LONGEST or not Path(_SHORT).is_dir() else _SHORT
