"""The asset ``import_job``: the job record, final now."""

import base64

import dagster as dg

from assets.description import lineage_of_record, schema_of_record
from assets.picture import draw
from assets.previews import preview_of_record
from assets.step import step_of, unquoted
from client_import.recovery.recover import finish
from client_import.reports.summary import Plan
from resources.workplace import Workplace


@dg.asset(deps=["not_imported"], group_name="client_import", kinds={"sqlite"})
def import_job(context: dg.AssetExecutionContext, workplace: Workplace) -> dg.MaterializeResult[None]:
    """The record of the import: its counts, and a picture of what became of the rows and why."""
    with step_of(context, workplace) as step:
        job = finish(step.store, step.folder, step.job)
        picture = base64.b64encode(draw(job, Plan.load(step.folder.plan))).decode()
        return dg.MaterializeResult(
            metadata={
                "outcome": dg.MetadataValue.md(f"![What became of the rows](data:image/png;base64,{picture})"),
                "record": dg.MetadataValue.json({**job.to_json(), "notes": [unquoted(note) for note in job.notes]}),
                "rows": job.processed_items,
                "dagster/row_count": 1,
                "dagster/column_schema": schema_of_record(job),
                "dagster/column_lineage": lineage_of_record(),
                "preview": dg.MetadataValue.md(preview_of_record(job)),
            }
        )
