"""The Dagster instance all imports land in, whatever started them."""

from __future__ import annotations

import os
from pathlib import Path

from client_import.folders import Home, make_folder

INSTANCE_CONFIG = Path(__file__).parent.parent / "dagster.yaml"


def prepare_instance(home: Home) -> Path:
    """Make DAGSTER_HOME with the project's dagster.yaml when it has none, set it, and return it.

    Raises StoreError when the folder cannot be made.
    """
    folder = home.dagster
    make_folder(folder)
    config = folder / "dagster.yaml"
    if not config.exists():
        config.write_bytes(INSTANCE_CONFIG.read_bytes())
    os.environ["DAGSTER_HOME"] = str(folder.absolute())
    return folder
