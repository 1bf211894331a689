"""The assets ``valid_rows`` and ``rejected_rows``: every row of the file is in one of them.

Planning finds some of what is wrong with rows: the same client twice, a code that is taken. So they come about with the
plan, and what is said of them is what the job record says.
"""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg

from assets import checks
from assets.description import lineage_of_rejected_rows, lineage_of_rows, schema_of_rejected_rows, schema_of_rows, spec
from assets.previews import preview_of_errors, preview_of_rows, reasons_table
from client_import.mapping.resolve import Mapping
from client_import.paths import JobFolder
from client_import.reports.summary import Plan
from client_import.validation.stage import Staged

SPECS = (
    spec(
        "valid_rows",
        "The rows that were not rejected, in normal form and typed; those that change nothing, too.",
        {"pandera", "parquet"},
        ("source_file",),
    ),
    spec(
        "rejected_rows",
        "The rows that were rejected, each with its reasons: what is wrong with its cells, with its match among the "
        "clients, or beside the other rows of the file.",
        {"pandera", "parquet"},
        ("source_file",),
    ),
)


def results(
    folder: JobFolder, mapping: Mapping, staged: Staged, plan: Plan, rejected: int, code: str
) -> Iterator[dg.MaterializeResult[None]]:
    """What there is to show of both, of which ``rejected`` rows are in the second."""
    yield dg.MaterializeResult(
        "valid_rows",
        metadata={
            "dagster/row_count": staged.total_items - rejected,
            "dagster/column_schema": schema_of_rows(mapping),
            "dagster/column_lineage": lineage_of_rows(mapping),
            "preview": dg.MetadataValue.md(preview_of_rows(folder, mapping)),
            "path": dg.MetadataValue.path(folder.valid_rows),
        },
        check_results=[checks.has_rows(staged.total_items)],
    )
    yield dg.MaterializeResult(
        "rejected_rows",
        metadata={
            "dagster/row_count": rejected,
            "dagster/column_schema": schema_of_rejected_rows(mapping),
            "dagster/column_lineage": lineage_of_rejected_rows(mapping),
            "reasons": dg.MetadataValue.md(reasons_table(plan.row_errors, code)),
            "preview": dg.MetadataValue.md(preview_of_errors(folder)),
            "path": dg.MetadataValue.path(folder.rejected_rows),
        },
        check_results=[checks.no_rows_rejected(rejected, staged.total_items, plan.row_errors)],
    )
