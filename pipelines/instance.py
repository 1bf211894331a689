"""The Dagster instance all imports land in, whatever started them."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg

from client_import.folders import Home, make_folder
from client_import.settings import read_settings
from pipelines.kept_sqlite import close_all, keep_open

INSTANCE_CONFIG = Path(__file__).parent.parent / "dagster.yaml"


def prepare_instance(home: Home) -> Path:
    """Make DAGSTER_HOME with the project's dagster.yaml when it has none, set it, and return it.

    Raises StoreError when the folder cannot be made.
    """
    folder = home.dagster
    make_folder(folder)
    config = folder / "dagster.yaml"
    if not config.exists():
        unfinished = folder / f"dagster.yaml.{os.getpid()}"
        unfinished.write_bytes(INSTANCE_CONFIG.read_bytes())
        unfinished.replace(config)
    os.environ["DAGSTER_HOME"] = str(folder.absolute())
    return folder


@contextmanager
def open_instance(home: Home) -> Iterator[dg.DagsterInstance]:
    """Open the instance, made when it is missing; one process at a time, because making it twice at once fails."""
    keep_open()
    try:
        with (prepare_instance(home) / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            instance = dg.DagsterInstance.get()
        with instance:
            yield instance
    finally:
        close_all()
        if read_settings().group_access:
            home.tighten_dagster()  # SQLite never makes what a group may write to
