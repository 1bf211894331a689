"""Amounts of memory, and how much an import gives DuckDB where no setting says it."""

from __future__ import annotations

import re
from functools import lru_cache

MEMORY = re.compile(r"\d+(\.\d+)?\s*(?a:[KMGT]i?B)", re.IGNORECASE)
"""An amount of memory. Its unit is ASCII: the sign of the kelvin, too, is a K in another letter case."""

LEAST_BYTES = 448_000_000
"""What DuckDB may use on a small machine; an import of any size gets by on it."""

_MOST_BYTES = 8_000_000_000


def bytes_of(memory: str) -> int:
    """Return how many bytes an amount of :data:`MEMORY` is."""
    text = memory.upper()
    number = text.rstrip("KMGTIB \t")
    unit = text[len(number) :].lstrip()
    return int(float(number) * (1024 if "I" in unit else 1000) ** ("KMGT".index(unit[0]) + 1))


def in_words(memory: int) -> str:
    """Return an amount of bytes as one of :data:`MEMORY`, such as 3.9GB or 90MB."""
    return f"{memory / 1e9:.3g}GB" if memory >= 1e9 else f"{memory / 1e6:.3g}MB"


@lru_cache(maxsize=1)
def share_of_memory() -> int:
    """Return a quarter of the memory of this machine, or of its container, in bytes; see :func:`within_bounds`.

    DuckDB finds out how much there is: it knows the limits of containers.
    """
    import duckdb  # most commands need no database

    with duckdb.connect(":memory:") as connection:
        connection.execute("SET memory_limit = '25%'")
        row = connection.execute("SELECT current_setting('memory_limit')").fetchone()
    assert row is not None
    return within_bounds(bytes_of(str(row[0])))


def within_bounds(memory: int) -> int:
    """Return ``memory``, in bytes, but at least 448 MB and at most 8 GB."""
    return min(max(memory, LEAST_BYTES), _MOST_BYTES)
