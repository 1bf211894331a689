"""The asset ``not_imported``: the file of rows not imported."""

import dagster as dg

from assets.description import markdown
from assets.step import step_of
from client_import.importing import report
from client_import.layout import IMPORT_COLUMNS
from client_import.watch import Watch
from resources.workplace import Workplace


@dg.asset(deps=["clients"], group_name="client_import", kinds={"csv"})
def not_imported(context: dg.AssetExecutionContext, workplace: Workplace) -> dg.MaterializeResult[None]:
    """Every row that was not imported, as it was in the file, with its outcome, reasons and sentences."""
    with step_of(context, workplace) as step:
        with Watch(step.store, step.job.code, "reporting"):
            plan = report(step.folder, step.job)
        headers = step.understanding.layout.headers
        reasons = [(each.reason, each.count, ", ".join(map(str, each.first_rows))) for each in plan.reasons]
        return dg.MaterializeResult(
            metadata={
                "dagster/row_count": plan.counts.skipped + plan.counts.errors,
                "dagster/column_schema": dg.TableSchema(
                    [dg.TableColumn(name, "text") for name in (*headers, *IMPORT_COLUMNS)]
                ),
                "dagster/column_lineage": dg.TableColumnLineage(
                    {name: [dg.TableColumnDep(dg.AssetKey("source_file"), name)] for name in headers}
                ),
                "reasons": dg.MetadataValue.md(markdown(("reason", "rows", "first rows"), reasons)),
                "path": dg.MetadataValue.path(step.folder.not_imported),
            }
        )
