"""The assets ``valid_rows`` and ``rejected_rows``: one pass over the file, two nodes of lineage."""

from collections.abc import Iterator

import dagster as dg

from assets.description import (
    lineage_of_rows,
    preview_of_faults,
    preview_of_rows,
    schema_of_faults,
    schema_of_rows,
)
from assets.step import step_of
from client_import.importing import stage_rows
from client_import.settle import accounted
from client_import.watch import Watch
from resources.workplace import Workplace


@dg.multi_asset(
    specs=[
        dg.AssetSpec(
            "valid_rows",
            deps=["source_file"],
            group_name="client_import",
            kinds={"pandera", "parquet"},
            description="The rows whose every cell is good, in normal form and typed.",
        ),
        dg.AssetSpec(
            "rejected_rows",
            deps=["source_file"],
            group_name="client_import",
            kinds={"pandera", "parquet"},
            description="The faults of the rows that were refused, each with its row, column and reason.",
        ),
    ],
    check_specs=[
        dg.AssetCheckSpec("no_rows_refused", asset="rejected_rows", description="Every row passed every check.")
    ],
)
def checked_rows(context: dg.AssetExecutionContext, workplace: Workplace) -> Iterator[dg.MaterializeResult[None]]:
    """Read every row, check it with the Pandera schema of the mapped fields, and stage it."""
    with step_of(context, workplace) as step, accounted(step.store, step.folder, step.job.code):
        understanding, folder = step.understanding, step.folder
        threads = workplace.settings.threads
        with Watch(step.store, step.job.code, "reading", folder.source.stat().st_size) as watch:
            staged = stage_rows(folder, understanding, step.options, threads, watch)
        yield dg.MaterializeResult(
            "valid_rows",
            metadata={
                "dagster/row_count": staged.total_items - staged.refused,
                "dagster/column_schema": schema_of_rows(understanding.mapping),
                "dagster/column_lineage": lineage_of_rows(understanding.mapping),
                "preview": dg.MetadataValue.md(preview_of_rows(folder, understanding.mapping)),
            },
        )
        yield dg.MaterializeResult(
            "rejected_rows",
            metadata={
                "dagster/row_count": staged.refused,
                "dagster/column_schema": schema_of_faults(),
                "preview": dg.MetadataValue.md(preview_of_faults(folder)),
            },
            check_results=[
                dg.AssetCheckResult(
                    check_name="no_rows_refused",
                    passed=staged.refused == 0,
                    severity=dg.AssetCheckSeverity.WARN,
                    description=f"{staged.refused:,} of {staged.total_items:,} rows were refused.",
                )
            ],
        )
