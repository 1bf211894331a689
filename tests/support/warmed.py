"""Importing this module imports a few rows: what is loaded or made at the first import is there afterwards."""

from __future__ import annotations

import tempfile
from pathlib import Path

from client_import.paths import Home
from pipelines.worker import warm_up

with tempfile.TemporaryDirectory() as _folder:
    warm_up(Home(Path(_folder)).create())
