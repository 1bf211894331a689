"""DuckDB in memory, as an import uses it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from client_import.system.scratch import scratch
from client_import.system.sql import literal


@contextmanager
def engine(scratch_folder: Path, memory: int, threads: int) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection that may use ``memory`` bytes and ``threads``, and spills to ``scratch_folder``."""
    with scratch(scratch_folder, "spill") as spill, duckdb.connect(":memory:") as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.execute("SET preserve_insertion_order = false")
        connection.execute(f"SET threads = {threads}")
        connection.execute(f"SET memory_limit = '{memory}B'")
        connection.execute(f"SET temp_directory = {literal(str(spill))}")
        yield connection
