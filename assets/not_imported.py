"""The asset ``not_imported``: the file of rows not imported."""

from __future__ import annotations

import dagster as dg

from assets import checks
from assets.description import lineage_of_not_imported, spec
from assets.previews import preview_of_not_imported, reasons_table
from client_import.jobs.record import Job
from client_import.paths import JobFolder
from client_import.reading.layout import IMPORT_COLUMNS, Layout
from client_import.reports.summary import Plan

SPEC = spec(
    "not_imported",
    "Every row that was not imported, as it was in the file, with its outcome, reasons and sentences; rejected.csv "
    "beside it has the rejected ones alone. Both can be corrected and imported again as they are.",
    {"csv"},
    ("clients",),
)


def result(folder: JobFolder, layout: Layout, plan: Plan, job: Job) -> dg.MaterializeResult[None]:
    """What there is to show of the file, which is not there when all rows were imported."""
    rejected, rows = job.counts.errors, job.counts.not_imported
    return dg.MaterializeResult(
        "not_imported",
        metadata={
            "dagster/row_count": rows,
            "dagster/column_schema": dg.TableSchema(
                [dg.TableColumn(name, "text") for name in (*layout.headers, *IMPORT_COLUMNS)]
            ),
            "dagster/column_lineage": lineage_of_not_imported(layout),
            "reasons": dg.MetadataValue.md(reasons_table(plan.groups, job.code)),
            "preview": dg.MetadataValue.md(preview_of_not_imported(folder)),
            "path": dg.MetadataValue.path(folder.not_imported),
        },
        check_results=[checks.rejects_file_is_complete(folder, rejected, rows)],
    )
