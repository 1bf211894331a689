"""The checks of an import that Dagster shows, each with its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow as pa
import pyarrow.parquet as pq

from client_import.errors import SharedCodesError, StoreError
from client_import.jobs.record import Job
from client_import.mapping.file_spec import FileSpec
from client_import.paths import JobFolder
from client_import.reports.reason_groups import ReasonGroup
from client_import.reports.rejects_file import count_rows
from client_import.validation.stage import NO_DATA_ROWS

_TOLD_REASONS = 3

SPECS = (
    dg.AssetCheckSpec(
        "is_importable",
        asset="source_file",
        blocking=True,
        description="The file is a table of text to its end, and the options fit it. If not, nothing is imported.",
    ),
    dg.AssetCheckSpec("has_rows", asset="valid_rows", description="The file has data rows."),
    dg.AssetCheckSpec(
        "no_rows_rejected",
        asset="rejected_rows",
        description="Every row could be imported; also by what is in other rows of the file, and in the table.",
    ),
    dg.AssetCheckSpec(
        "codes_are_unique",
        asset="clients",
        description="No code that was written is that of two clients, letter case aside. If not, nothing is changed.",
    ),
    dg.AssetCheckSpec(
        "rejects_file_is_complete",
        asset="not_imported",
        description="The files of rows not imported, read again, have as many rows as were rejected and skipped.",
    ),
    dg.AssetCheckSpec(
        "counts_add_up",
        asset="import_job",
        description="Each data row is created, updated, skipped or rejected, and is in valid_rows or rejected_rows.",
    ),
)

UNDO_SPECS = (
    dg.AssetCheckSpec(
        "undo_counts_add_up",
        asset="undo",
        description="Each client that the undone job had changed is removed, put back, brought back or left alone, and "
        "the file of what is left alone is there if anything is.",
    ),
)


def is_importable(spec: FileSpec, rows: int) -> dg.AssetCheckResult:
    """The result for a file that was read to its end: ``rows`` are its data rows."""
    numbers = {"data_rows": rows, "columns": len(spec.layout.headers), "mapped_columns": len(spec.mapping.columns)}
    return _result("source_file", "is_importable", "The file can be imported.", numbers)


def is_not_importable(sentence: str, size: int) -> dg.AssetCheckResult:
    """The result for a file of ``size`` bytes that cannot be imported, for the reason in ``sentence``."""
    return _result("source_file", "is_importable", sentence, {"bytes": size}, passed=False)


def has_rows(data_rows: int) -> dg.AssetCheckResult:
    """Warns of a file without data rows."""
    said = f"The file has {data_rows:,} data {'row' if data_rows == 1 else 'rows'}." if data_rows else NO_DATA_ROWS
    return _result("valid_rows", "has_rows", said, {"data_rows": data_rows}, passed=data_rows > 0, warns=True)


def no_rows_rejected(rejected: int, data_rows: int, groups: Sequence[ReasonGroup]) -> dg.AssetCheckResult:
    """Warns of rejected rows, and says the commonest reasons of those in ``groups``."""
    said = f"{rejected:,} of {data_rows:,} rows {'was' if rejected == 1 else 'were'} rejected."
    why = [f"{group.without_values}." for group in groups[:_TOLD_REASONS]]
    numbers = {"rejected": rejected, "data_rows": data_rows}
    text = " ".join([said, *why])
    return _result("rejected_rows", "no_rows_rejected", text, numbers, passed=not rejected, warns=True)


def codes_are_unique(clients: int) -> dg.AssetCheckResult:
    """The result of the proof that was made before the commit, with the number of ``clients`` after it."""
    said = "No code that was written belongs to two clients."
    return _result("clients", "codes_are_unique", said, {"shared_codes": 0, "clients": clients})


def codes_are_not_unique(error: SharedCodesError) -> dg.AssetCheckResult:
    """The result of the proof when it stopped the import."""
    return _result("clients", "codes_are_unique", str(error), {"shared_codes": error.codes}, passed=False)


def rejects_file_is_complete(folder: JobFolder, rejected: int, not_imported: int) -> dg.AssetCheckResult:
    """Reads the files again: ``rejected`` and ``not_imported`` are how many rows they should have."""
    numbers = {
        "rejected": rejected,
        "rejected_in_file": _rows_in(folder.rejected),
        "not_imported": not_imported,
        "not_imported_in_file": _rows_in(folder.not_imported),
    }
    passed = (rejected, not_imported) == (numbers["rejected_in_file"], numbers["not_imported_in_file"])
    said = (
        f"{numbers['not_imported_in_file']:,} of {not_imported:,} rows are in not_imported.csv, "
        f"{numbers['rejected_in_file']:,} of {rejected:,} in rejected.csv."
    )
    return _result("not_imported", "rejects_file_is_complete", said, numbers, passed=passed)


def counts_add_up(folder: JobFolder, job: Job) -> dg.AssetCheckResult:
    """Compares the counts of the record with each other, and with the two files that the rows were split into."""
    counts, total = job.counts, job.total_items or 0
    numbers = {
        "data_rows": total,
        "created": counts.created,
        "updated": counts.updated,
        "skipped": counts.skipped,
        "rejected": counts.errors,
        "rows_in_valid_rows": _rows_in(folder.valid_rows),
        "rows_in_rejected_rows": _rows_in(folder.rejected_rows),
    }
    passed = (
        counts.total == total
        and numbers["rows_in_valid_rows"] == total - counts.errors
        and numbers["rows_in_rejected_rows"] == counts.errors
    )
    said = (
        f"{counts.created:,} created, {counts.updated:,} updated, {counts.skipped:,} skipped and {counts.errors:,} "
        f"rejected, of {total:,} data rows; {numbers['rows_in_valid_rows']:,} are in valid_rows, "
        f"{numbers['rows_in_rejected_rows']:,} in rejected_rows."
    )
    return _result("import_job", "counts_add_up", said, numbers, passed=passed)


def undo_counts_add_up(job: Job, undone: Job, lines_left: int) -> dg.AssetCheckResult:
    """Compares the counts of the undo ``job`` with those of the ``undone`` one, and with the file of what is left.

    Of clients that were removed long ago the history is gone: then the undo has fewer than the undone job.
    """
    counts, total = job.counts, job.total_items or 0
    numbers = {
        "changed_by_undone_job": undone.counts.changed,
        "clients": total,
        "removed": counts.removed,
        "put_back": counts.updated,
        "brought_back": counts.created,
        "left_alone": counts.skipped,
        "lines_left_alone": lines_left,
    }
    adds_up = counts.total == total <= undone.counts.changed
    passed = adds_up and lines_left >= counts.skipped and (lines_left > 0) == job.has_not_imported
    said = f"{job.result}, of {total:,} clients; {lines_left:,} lines are in the file of what is left alone."
    return _result("undo", "undo_counts_add_up", said, numbers, passed=passed)


def nothing_undone() -> dg.AssetCheckResult:
    """The result where all assets are materialised at once, and the run has imported a file."""
    return _result("undo", "undo_counts_add_up", "No job to undo was named, so nothing was undone.", {"clients": 0})


def _rows_in(path: Path) -> int:
    """Return how many rows the file has; none when it is damaged or gone."""
    with suppress(StoreError, OSError, pa.ArrowInvalid):
        return pq.read_metadata(path).num_rows if path.suffix == ".parquet" else count_rows(path)
    return 0


def _result(
    asset: str, name: str, description: str, numbers: dict[str, Any], *, passed: bool = True, warns: bool = False
) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=asset,
        check_name=name,
        passed=passed,
        severity=dg.AssetCheckSeverity.WARN if warns else dg.AssetCheckSeverity.ERROR,
        description=description,
        metadata=numbers,
    )
