"""Split the staged rows into the valid and the rejected ones, each a Parquet file in the folder of the job."""

from __future__ import annotations

import duckdb

from client_import.mapping.resolve import Mapping
from client_import.paths import JobFolder
from client_import.reports.summary import Plan
from client_import.system.sql import literal, parquet
from client_import.validation.stage import Staged

_VALID = "SELECT {columns} FROM {staged} AS s {kept}"

_NOT_REJECTED = "WHERE s.row NOT IN (SELECT row FROM plan WHERE result = 'error')"

_REJECTED = """
SELECT n.row, n.reason, n.message, {columns}
FROM read_parquet({not_applied}) AS n JOIN {staged} AS s ON s.row = n.row
WHERE n.outcome = 'error'
"""

_NONE_REJECTED = "SELECT row, NULL::VARCHAR AS reason, NULL::VARCHAR AS message, {columns} FROM {staged} AS s LIMIT 0"

_WRITTEN = "COPY ({query}) TO {file} (FORMAT parquet, DICTIONARY_SIZE_LIMIT 1000)"
# Most columns have another value in each row: without that limit, looking for repetitions takes a fifth of the time.


def split_rows(
    connection: duckdb.DuckDBPyConnection, folder: JobFolder, mapping: Mapping, plan: Plan, staged: Staged
) -> None:
    """Write ``valid_rows`` and ``rejected_rows`` to the folder, from the ``plan`` in ``connection``.

    ``valid_rows`` has a row for each one that was not rejected, skipped ones too, in file order: ``row``, and a column
    for each mapped field, clean and typed. ``rejected_rows`` has the others, with ``reason`` (the codes, ``;``
    between) and ``message`` (the sentences) after ``row``; what is not valid of a rejected row is blank. Streams: the
    memory it takes does not grow with the rows. Raises duckdb.Error when the disk is full, and leaves no half a file.
    """
    rows = "staged" if staged.total_items else parquet(folder.rows)
    columns = ", ".join(f"s.{column.field.column}" for column in mapping.columns)
    kept = _NOT_REJECTED if plan.counts.errors else ""
    valid = _VALID.format(columns=f"s.row, {columns}", staged=rows, kept=kept)
    rejected = (_REJECTED if plan.counts.errors else _NONE_REJECTED).format(
        columns=columns, staged=rows, not_applied=literal(str(folder.not_applied))
    )
    try:
        for query, file in ((valid, folder.valid_rows), (rejected, folder.rejected_rows)):
            connection.execute(_WRITTEN.format(query=query, file=literal(str(file))))
    except BaseException:
        for file in (folder.valid_rows, folder.rejected_rows):
            file.unlink(missing_ok=True)
        raise
