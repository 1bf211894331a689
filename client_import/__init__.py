"""The import of clients: from the bytes of a file to the changed table, and everything that is told of it.

It knows nothing of Dagster, HTTP or terminals. :mod:`client_import.pipeline` has the steps in their order; the packages
are in the order in which the data passes them: ``reading``, ``mapping``, ``validation``, ``merge``, ``reports``.
Beside them are ``jobs`` (the records of imports), ``recovery`` (what becomes of those that died) and ``inbox`` (the
drop folder).
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
    """Import what is asked for when it is: pandas, DuckDB and Arrow take a second, and not everybody needs them."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)
