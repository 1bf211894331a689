"""The asset ``not_imported``: the file of rows not imported."""

import dagster as dg

from assets.description import lineage_of_not_imported
from assets.previews import preview_of_not_imported, reasons_table
from assets.step import step_of
from client_import.reading.layout import IMPORT_COLUMNS
from client_import.recovery.monitor import JobMonitor
from client_import.reports.rejects_file import write_rejects
from client_import.reports.summary import Plan
from resources.workplace import Workplace


@dg.asset(deps=["clients"], group_name="client_import", kinds={"csv"})
def not_imported(context: dg.AssetExecutionContext, workplace: Workplace) -> dg.MaterializeResult[None]:
    """Every row that was not imported, as it was in the file, with its outcome, reasons and sentences."""
    with step_of(context, workplace) as step:
        if step.job.has_not_imported:
            with JobMonitor(step.store, step.job.code, "reporting"):
                write_rejects(step.folder)
        plan, layout = Plan.load(step.folder.plan), step.file_spec.layout
        return dg.MaterializeResult(
            metadata={
                "dagster/row_count": plan.counts.skipped + plan.counts.errors,
                "dagster/column_schema": dg.TableSchema(
                    [dg.TableColumn(name, "text") for name in (*layout.headers, *IMPORT_COLUMNS)]
                ),
                "dagster/column_lineage": lineage_of_not_imported(layout),
                "reasons": dg.MetadataValue.md(reasons_table(plan.groups, step.job.code)),
                "preview": dg.MetadataValue.md(preview_of_not_imported(step.folder)),
                "path": dg.MetadataValue.path(step.folder.not_imported),
            }
        )
