"""Dagster's instance of a home folder, as another process sees it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import dagster as dg


@contextmanager
def instance_of(home: Path) -> Iterator[dg.DagsterInstance]:
    """Open the instance of the home folder, which is there already."""
    folder = str(home / "dagster")
    with patch.dict(os.environ, {"DAGSTER_HOME": folder}):
        instance = dg.DagsterInstance.from_config(folder)
    with instance:
        yield instance
