"""The asset ``clients``: the table, brought up to date in one transaction."""

import dagster as dg

from assets.description import lineage_of_clients, schema_of_clients
from assets.step import step_of
from client_import.importing import merge
from client_import.settle import accounted
from client_import.watch import Watch
from resources.workplace import Workplace


@dg.asset(deps=["valid_rows", "rejected_rows"], group_name="client_import", kinds={"duckdb", "table"})
def clients(context: dg.AssetExecutionContext, workplace: Workplace) -> dg.MaterializeResult[None]:
    """The clients, with every valid row of the file applied as the options say."""
    with step_of(context, workplace) as step, accounted(step.store, step.folder, step.job.code):
        with Watch(step.store, step.job.code, "planning") as watch:
            merged = merge(workplace.database, step.folder, step.job, step.options, watch)
        counts = merged.job.counts
        return dg.MaterializeResult(
            metadata={
                "dagster/row_count": merged.clients,
                "created": counts.created,
                "updated": counts.updated,
                "skipped": counts.skipped,
                "refused": counts.errors,
                "dagster/table_name": "clients_database.main.clients",
                "dagster/column_schema": schema_of_clients(),
                "dagster/column_lineage": lineage_of_clients(step.understanding.mapping),
            }
        )
