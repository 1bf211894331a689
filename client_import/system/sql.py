"""Quoting for SQL statements."""

from __future__ import annotations


def literal(text: str | None) -> str:
    """Return ``text`` as an SQL string literal, and None as NULL."""
    return "NULL" if text is None else "'" + text.replace("'", "''") + "'"
