"""Import clients from a CSV file into the table ``clients``; it knows nothing about Dagster, HTTP or terminals.

:mod:`client_import.pipeline` runs the steps in order. The data passes through the packages ``reading``, ``mapping``,
``validation``, ``merge`` and ``reports``, which use ``fields`` and ``field_types``. ``clients`` keeps the clients, and
``jobs`` the job records; ``recovery`` ends jobs whose process has died, ``inbox`` serves the drop folder, and
``system`` holds helpers for the operating system.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from client_import.options import ImportOptions
    from client_import.pipeline import run_import

__all__ = ["ImportOptions", "run_import"]

_MODULES = {"ImportOptions": "client_import.options", "run_import": "client_import.pipeline"}


def __getattr__(name: str) -> object:
    """Import public names on first use: loading pandas, DuckDB and Arrow takes a second."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)
