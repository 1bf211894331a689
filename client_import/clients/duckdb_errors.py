"""What an error of DuckDB about its file means."""

from __future__ import annotations

import re

import duckdb

_DAMAGE_MESSAGES = (
    "Corrupt database",
    "checksum",
    "not read enough bytes",
    "ailed to deserialize",
    "Serialization Error",
    "not a valid DuckDB",
)
_DAMAGE_ERRORS = (duckdb.InternalException, duckdb.FatalException, duckdb.SerializationException)


def holder(message: str) -> str | None:
    """Return who has the database open, according to DuckDB's error; None if the error is another one."""
    if "already attached" in message or "is being used" in message or "in the same process" in message:
        return "another import in this process"
    if "Could not set lock" not in message:
        return None
    match = re.search(r"Conflicting lock is held in (?P<program>.+?) \(PID (?P<pid>\d+)\)", message)
    return f"process {match['pid']} ({match['program']})" if match else "another process"


def first_line(error: duckdb.Error) -> str:
    """Return the first line of the message, without the kind of error before it and the full stop."""
    first = (str(error).splitlines() or [""])[0]
    return (first.partition("Error: ")[2] or first).rstrip(".")


def is_damage(error: duckdb.Error) -> bool:
    """Return whether the error means that the file is damaged, or is no DuckDB file."""
    return isinstance(error, _DAMAGE_ERRORS) or any(text in str(error) for text in _DAMAGE_MESSAGES)
