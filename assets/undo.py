"""The asset ``undo``: the record of the undo of a job, and what it has done to ``clients``."""

from __future__ import annotations

import csv
from collections import Counter

import dagster as dg

from assets import checks
from assets.description import lineage_of_undone_clients, schema_of_clients, schema_of_record, spec
from assets.previews import markdown, notes_list, preview_of_record
from client_import.jobs.record import Job
from client_import.paths import JobFolder
from client_import.recovery.applying import Merged
from resources.clients_database import ClientsDatabaseResource
from resources.environment import settings_at_load

SPEC = spec(
    "undo",
    "The record of the undo of a job: how many clients were removed, put back and brought back, and what was changed "
    "since and is left alone. The clients are materialised with it.",
    {"postgres" if settings_at_load().database_url else "sqlite"},
    ("clients",),
    personal_data=False,
)


def clients_after(merged: Merged, database: ClientsDatabaseResource, table_name: str) -> dg.AssetMaterialization:
    """What there is to show of the table ``table_name`` in ``database`` after the undo."""
    return dg.AssetMaterialization(
        "clients",
        description=f"Job {merged.job.undoes} was undone.",
        metadata={
            "dagster/row_count": merged.clients,
            **_counts(merged.job),
            "dagster/table_name": table_name,
            "dagster/column_schema": schema_of_clients(database.columns),
            "dagster/column_lineage": lineage_of_undone_clients(),
        },
    )


def result(folder: JobFolder, job: Job, undone: Job) -> dg.MaterializeResult[None]:
    """What there is to show of the finished undo ``job`` of the job ``undone``."""
    left = _left_alone(folder)
    rows = [(field or "the whole client", reason, count) for (field, reason), count in left.most_common()]
    return dg.MaterializeResult(
        "undo",
        metadata={
            "undoes": undone.code,
            "file": undone.file_name,
            **_counts(job),
            "left": dg.MetadataValue.md(markdown(("field", "reason", "clients"), rows) if rows else "nothing"),
            "path": dg.MetadataValue.path(folder.not_imported),
            "record": dg.MetadataValue.json(job.to_json()),
            "notes": dg.MetadataValue.md(notes_list(job)),
            "dagster/row_count": 1,
            "dagster/column_schema": schema_of_record(job),
            "preview": dg.MetadataValue.md(preview_of_record(job)),
        },
        check_results=[checks.undo_counts_add_up(job, undone, left.total())],
    )


def _counts(job: Job) -> dict[str, int]:
    counts = job.counts
    return {
        "removed": counts.removed,
        "put_back": counts.updated,
        "brought_back": counts.created,
        "left_alone": counts.skipped,
    }


def _left_alone(folder: JobFolder) -> Counter[tuple[str, str]]:
    """Return how many clients the file of what is left alone has by field and reason; an empty field is all of them."""
    if not folder.not_imported.exists():
        return Counter()
    with folder.not_imported.open(encoding="utf-8-sig", newline="") as file:
        return Counter((row["Field"], row["import_reason"]) for row in csv.DictReader(file))
