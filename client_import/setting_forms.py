"""The forms in which settings are written: addresses, amounts of memory, lists."""

from __future__ import annotations

ADDRESS_OF_POSTGRESQL = (
    "write postgresql://user:password@host:5432/database, with : / @ % in user and password as %3A %2F %40 %25"
)

HOST = r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?"
"""A host with or without a port, as a regular expression."""

CONNECT_ADDRESS = rf"sc://{HOST}(/?|/(;\w[\w-]*=[^;=\s?#]+)+;?)"
"""An address of Spark Connect, as a regular expression."""

MEMORY = r"(?i)^\d+(\.\d+)?\s*[KMGT]i?B$"
"""An amount of memory, as a regular expression."""


def bytes_of(memory: str) -> int:
    """Return how many bytes an amount of :data:`MEMORY` is."""
    text = memory.upper()
    number = text.rstrip("KMGTIB \t")
    unit = text[len(number) :].lstrip()
    return int(float(number) * (1024 if "I" in unit else 1000) ** ("KMGT".index(unit[0]) + 1))


def parts_of(text: str) -> tuple[str, ...]:
    """Return the parts of a list with commas between them; blank ones are none."""
    return tuple(part.strip() for part in text.split(",") if part.strip())
