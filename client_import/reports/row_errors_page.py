"""Read the row errors of a job: a page of them, or all of them in groups.

The job's folder keeps row errors as columns; messages are made only for the errors of the page.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb

from client_import.errors import StoreError
from client_import.mapping.file_spec import FileSpec
from client_import.memory import LEAST_BYTES
from client_import.paths import JobFolder
from client_import.reports.reason_groups import ReasonGroup
from client_import.reports.row_outcomes import errors_with_messages
from client_import.reports.summary import Plan
from client_import.settings import read_settings
from client_import.system.scratch import scratch
from client_import.system.sql import literal, parquet
from client_import.validation.stage import Staged
from client_import.validation.validate import MASK


@dataclass(frozen=True, slots=True)
class RowError:
    """One row error (docs/rules.md, section 4).

    ``column`` is the header as the file has it, or None for an error of the whole row or of a field without a column.
    ``value`` is masked where the field is sensitive.
    """

    row: int
    column: str | None
    field: str | None
    reason: str
    value: str | None
    message: str


def errors_of(folder: JobFolder, offset: int = 0, limit: int = 100) -> list[RowError]:
    """Return up to ``limit`` row errors of the job in ``folder``, by row and then column, from the ``offset``-th on.

    There are none before the job has its plan. Raises StoreError when the files are damaged.
    """
    is_there = folder.row_errors and folder.plan.exists() and Staged.load(folder.staged).total_items
    if not is_there:
        return []
    mapping = FileSpec.load(folder.layout).mapping
    with opened_errors(folder) as connection:
        row_errors = errors_with_messages(connection, mapping, offset, limit).to_pylist()
    headers = {column.position: column.header for column in mapping.columns}
    return [
        RowError(
            row=row_error["row"],
            column=headers.get(row_error["position"]),
            field=row_error["field"],
            reason=row_error["reason"],
            value=row_error["cell"] if row_error["field"] or row_error["cell"] is None else MASK,
            message=row_error["message"],
        )
        for row_error in row_errors
    ]


def error_groups(folder: JobFolder) -> list[ReasonGroup]:
    """Return the row errors of the job in ``folder`` by column and reason, the commonest first, from its plan."""
    return list(Plan.load(folder.plan).row_errors) if folder.plan.exists() else []


@contextmanager
def opened_errors(folder: JobFolder) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection with the views ``cell_errors`` and ``row_level_errors`` of a job that has row errors.

    Raises StoreError when the files are damaged.
    """
    try:
        with (
            scratch(folder.scratch, "spill") as spill,
            duckdb.connect(":memory:", config={"threads": 1, "temp_directory": str(spill)}) as connection,
        ):
            connection.execute(f"SET memory_limit = '{min(read_settings().memory_limit_bytes, LEAST_BYTES)}B'")
            connection.execute("SET enable_progress_bar = false")
            connection.execute(f"CREATE VIEW cell_errors AS FROM {parquet(folder.row_errors)}")
            others = f"read_parquet({literal(str(folder.row_level_errors))})"
            if not folder.row_level_errors.exists():
                others = "cell_errors WHERE false"
            connection.execute(f"CREATE VIEW row_level_errors AS FROM {others}")
            yield connection
    except duckdb.OutOfMemoryException:
        raise  # nothing is damaged
    except (duckdb.Error, OSError) as error:
        raise StoreError(
            f"The errors kept in {folder.path} cannot be read. Import the file of that job again."
        ) from error
