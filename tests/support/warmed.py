"""Importing this module imports a few rows: what is loaded or made at the first import is there afterwards."""

from __future__ import annotations

import tempfile
import traceback
from pathlib import Path

from client_import.paths import Home
from pipelines.worker import warm_up

with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as _folder:
    try:
        warm_up(Home(Path(_folder)).create())
    except Exception:  # what comes of it is slower, and no worse
        traceback.print_exc()
