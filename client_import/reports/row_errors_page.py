"""The faults of a job's rows, for whoever asks: a page of them, or those of a kind put together.

Sentences are made only for the faults that are asked for; the job's folder keeps the faults as columns.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb

from client_import.errors import StoreError
from client_import.mapping.file_spec import Understanding
from client_import.mapping.resolve import Mapping
from client_import.paths import JobFolder
from client_import.reports.reason_groups import ReasonGroup
from client_import.reports.row_outcomes import faults_with_messages
from client_import.reports.summary import Plan
from client_import.settings import read_settings
from client_import.system.scratch import scratch
from client_import.system.sql import literal
from client_import.validation.stage import Staged
from client_import.validation.validate import MASK


@dataclass(frozen=True, slots=True)
class RowFault:
    """One fault of one row (docs/rules.md, section 4).

    ``column`` is the header as the file has it, None for a fault of the whole row or of a field that no column is
    mapped to; ``value`` is masked where the field is sensitive.
    """

    row: int
    column: str | None
    field: str | None
    reason: str
    value: str | None
    message: str


def faults_of(folder: JobFolder, offset: int = 0, limit: int = 100) -> list[RowFault]:
    """Return ``limit`` faults of the job in ``folder`` at most, without the first ``offset`` ones.

    By row, then by column. Empty while none have been found. Raises StoreError when the files are damaged.
    """
    with _opened(folder) as (connection, mapping):
        if connection is None or mapping is None:
            return []
        faults = faults_with_messages(connection, mapping, offset, limit).to_pylist()
    headers = {column.position: column.header for column in mapping.columns}
    return [
        RowFault(
            row=fault["row"],
            column=headers.get(fault["position"]),
            field=fault["field"],
            reason=fault["reason"],
            value=fault["cell"] if fault["field"] or fault["cell"] is None else MASK,
            message=fault["message"],
        )
        for fault in faults
    ]


def fault_groups(folder: JobFolder) -> list[ReasonGroup]:
    """Return the faults of the job in ``folder`` by column and reason, the commonest first, as its plan has them."""
    return list(Plan.load(folder.plan).faults) if folder.plan.exists() else []


@contextmanager
def _opened(folder: JobFolder) -> Iterator[tuple[duckdb.DuckDBPyConnection | None, Mapping | None]]:
    """A connection with the views ``cell_faults`` and ``table_faults``, and the mapping; None when there are none."""
    is_there = folder.faults.exists() and folder.plan.exists() and Staged.load(folder.staged).total_items
    if not is_there:
        yield None, None
        return
    mapping = Understanding.load(folder.layout).mapping
    try:
        with (
            scratch(folder.scratch, "spill") as spill,
            duckdb.connect(":memory:", config={"threads": 1, "temp_directory": str(spill)}) as connection,
        ):
            connection.execute(f"SET memory_limit = {literal(read_settings().memory_limit)}")
            connection.execute("SET enable_progress_bar = false")
            connection.execute(f"CREATE VIEW cell_faults AS FROM read_parquet({literal(str(folder.faults))})")
            others = f"read_parquet({literal(str(folder.table_faults))})"
            if not folder.table_faults.exists():
                others = "cell_faults WHERE false"
            connection.execute(f"CREATE VIEW table_faults AS FROM {others}")
            yield connection, mapping
    except duckdb.OutOfMemoryException:
        raise  # nothing is damaged
    except (duckdb.Error, OSError) as error:
        raise StoreError(
            f"The faults kept in {folder.path} cannot be read. Import the file of that job again."
        ) from error
