"""The asset ``import_job``: the job record, final now."""

from __future__ import annotations

import base64

import dagster as dg

from assets import checks
from assets.description import lineage_of_record, schema_of_record, spec
from assets.picture import draw
from assets.previews import notes_list, preview_of_record, without_quotes
from client_import.jobs.record import Job
from client_import.paths import JobFolder
from client_import.reports.summary import Plan
from resources.environment import settings_at_load

SPEC = spec(
    "import_job",
    "The record of the import: its counts, and a picture of what became of the rows and why.",
    {"postgres" if settings_at_load().database_url else "sqlite"},
    ("not_imported",),
    personal_data=False,
)


def result(folder: JobFolder, plan: Plan, job: Job) -> dg.MaterializeResult[None]:
    """What there is to show of the record of the finished ``job``."""
    picture = base64.b64encode(draw(job, plan)).decode()
    return dg.MaterializeResult(
        "import_job",
        metadata={
            "outcome": dg.MetadataValue.md(f"![What became of the rows](data:image/png;base64,{picture})"),
            "record": dg.MetadataValue.json({**job.to_json(), "notes": [without_quotes(note) for note in job.notes]}),
            "notes": dg.MetadataValue.md(notes_list(job)),
            "rows": job.processed_items,
            "dagster/row_count": 1,
            "dagster/column_schema": schema_of_record(job),
            "dagster/column_lineage": lineage_of_record(),
            "preview": dg.MetadataValue.md(preview_of_record(job)),
        },
        check_results=[checks.counts_add_up(folder, job)],
    )
