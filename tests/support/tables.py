"""What a query returns, as most tests compare it."""

from __future__ import annotations

from typing import Any

import duckdb


def rows_of(result: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """The rows of a result, each by column."""
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
