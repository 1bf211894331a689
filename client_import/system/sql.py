"""Quoting for SQL statements."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


def literal(text: str | None) -> str:
    """Return ``text`` as an SQL string literal, and None as NULL."""
    return "NULL" if text is None else "'" + text.replace("'", "''") + "'"


def parquet(files: Iterable[Path]) -> str:
    """Return the table of the rows of all the Parquet ``files``, one file after the other."""
    return f"read_parquet([{', '.join(literal(str(file)) for file in files)}])"
