"""The asset ``clients``: the table of clients, brought up to date."""

from __future__ import annotations

import dagster as dg

from assets import checks
from assets.description import lineage_of_clients, schema_of_clients, spec
from assets.previews import preview_of_applied
from client_import.mapping.resolve import Mapping
from client_import.paths import JobFolder
from client_import.recovery.applying import Merged
from resources.clients_database import ClientsDatabaseResource
from resources.environment import settings_at_load

SPEC = spec(
    "clients",
    "The clients, with every valid row of the file applied as the options say, in one transaction. The rejected rows "
    "decide, too: more of them than max_errors allows and nothing is applied.",
    {"postgres" if settings_at_load().database_url else "duckdb", "table"},
    ("valid_rows", "rejected_rows"),
)


def result(
    folder: JobFolder, mapping: Mapping, merged: Merged, database: ClientsDatabaseResource, table_name: str
) -> dg.MaterializeResult[None]:
    """What there is to show of the table ``table_name`` in ``database`` after the import."""
    counts = merged.job.counts
    return dg.MaterializeResult(
        "clients",
        metadata={
            "dagster/row_count": merged.clients,
            "created": counts.created,
            "updated": counts.updated,
            "skipped": counts.skipped,
            "rejected": counts.errors,
            "dagster/table_name": table_name,
            "dagster/column_schema": schema_of_clients(database.columns),
            "dagster/column_lineage": lineage_of_clients(mapping),
            "preview": dg.MetadataValue.md(preview_of_applied(folder, mapping)),
        },
        check_results=[checks.codes_are_unique(merged.clients)],
    )
