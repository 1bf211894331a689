"""Text within SQL statements."""

from __future__ import annotations


def literal(text: str | None) -> str:
    """Return ``text`` as an SQL string, None as NULL."""
    return "NULL" if text is None else "'" + text.replace("'", "''") + "'"
