"""Cases of tests that run with the clients in either store, and need not all do so in both."""

from __future__ import annotations

from typing import Any

import pytest


def in_a_file(*cases: Any) -> list[Any]:
    """The cases, each one value or a tuple of several, for the DuckDB file alone."""
    values = (case if isinstance(case, tuple) else (case,) for case in cases)
    return [pytest.param(*case, marks=pytest.mark.file_alone) for case in values]
