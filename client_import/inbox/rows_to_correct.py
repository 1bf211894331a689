"""The rows of a dropped file that come back to be corrected: as a workbook if the file was one, and else as CSV."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from client_import.errors import ClientImportError
from client_import.jobs.record import Job, Status
from client_import.mapping.file_spec import FileSpec
from client_import.paths import JobFolder
from client_import.system.scratch import scratch

MOST_CELLS = 1_000_000
"""The most cells of a workbook that comes back; more take longer to write than the files that follow should wait."""


@contextmanager
def rows_to_correct(folder: JobFolder, job: Job) -> Iterator[Path | None]:
    """Yield the file with the rejected rows of the ended ``job``, or with all rows if max errors stopped it.

    It is None if no row was rejected. Otherwise its ending says what it is: ``.xlsx`` if the source file was a workbook
    and the rows have up to a million cells that a sheet can hold, or else ``.csv``. The workbook is temporary, and has
    the same bytes whenever it is made. Raises StoreError or OSError if it cannot be written for now.
    """
    is_stopped = job.status is Status.FAILED
    rows = folder.not_imported if is_stopped else folder.rejected
    count = (job.total_items or 0) if is_stopped else job.counts.errors
    if not (job.has_not_imported and job.counts.errors and rows.exists()):
        yield None
    elif not _fit_workbook(folder, count):
        yield rows
    else:
        with scratch(folder.scratch, "workbook") as place:
            workbook = place / "rows.xlsx"
            yield workbook if _is_written(folder, rows, workbook) else rows


def _fit_workbook(folder: JobFolder, rows: int) -> bool:
    try:
        layout = FileSpec.load(folder.layout).layout
    except ClientImportError:
        return False
    return layout.sheet is not None and rows * len(layout.headers) <= MOST_CELLS


def _is_written(folder: JobFolder, rows: Path, workbook: Path) -> bool:
    """Write ``workbook``; returns False when that is not possible, which the CSV file makes up for."""
    from client_import.reports.rejects_workbook import write_rejects_workbook  # slow to import

    try:
        write_rejects_workbook(folder, rows, workbook)
    except (ClientImportError, duckdb.Error):
        return False
    return True
