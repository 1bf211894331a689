"""Importing this module imports a few rows: what is loaded or made at the first import is there afterwards."""

from __future__ import annotations

import os
import tempfile
import traceback
from pathlib import Path

from client_import.failpoints import VARIABLE, arm
from client_import.paths import Home
from pipelines.worker import warm_up

os.environ.pop(VARIABLE, None)  # the test that is the first to need this may have set it for another process
arm("")

with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as _folder:
    try:
        warm_up(Home(Path(_folder)).create())
    except Exception:  # what comes of it is slower, and no worse
        traceback.print_exc()
