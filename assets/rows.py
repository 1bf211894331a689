"""The assets ``valid_rows``, ``rejected_rows`` and ``clients``: read and check every row, plan, apply.

They are one step, because only planning finds some of the faults: the same client twice, a code that is taken. So what
is shown of the rows is what the job record says.
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from assets.description import (
    lineage_of_clients,
    lineage_of_faults,
    lineage_of_rows,
    schema_of_clients,
    schema_of_faults,
    schema_of_rows,
)
from assets.previews import preview_of_applied, preview_of_faults, preview_of_rows, reasons_table
from assets.step import Step, step_of, unquoted
from client_import.errors import ErrorLimitExceededError
from client_import.pipeline import Merged, merge, validate
from client_import.recovery.monitor import Watch
from client_import.recovery.settle import accounted
from client_import.reports.summary import Plan
from client_import.validation.stage import NO_DATA_ROWS, Staged
from resources.workplace import Workplace

_TOLD_REASONS = 3


@dg.multi_asset(
    specs=[
        dg.AssetSpec(
            "valid_rows",
            deps=["source_file"],
            group_name="client_import",
            kinds={"pandera", "parquet"},
            description="The rows that nothing speaks against, in normal form and typed.",
        ),
        dg.AssetSpec(
            "rejected_rows",
            deps=["source_file"],
            group_name="client_import",
            kinds={"pandera", "parquet"},
            description="The faults of the rows that were refused, each with its row, column and reason.",
        ),
        dg.AssetSpec(
            "clients",
            deps=["valid_rows", "rejected_rows"],
            group_name="client_import",
            kinds={"duckdb", "table"},
            description="The clients, with every valid row of the file applied as the options say.",
        ),
    ],
    check_specs=[
        dg.AssetCheckSpec("has_data_rows", asset="valid_rows", description="The file has rows to import."),
        dg.AssetCheckSpec("no_rows_refused", asset="rejected_rows", description="Every row passed every check."),
    ],
)
def imported_rows(context: dg.AssetExecutionContext, workplace: Workplace) -> Iterator[dg.MaterializeResult[None]]:
    """Stage every row, checked with the Pandera schema of the mapped fields; plan, and apply in one transaction."""
    results: list[dg.MaterializeResult[None]] = []
    try:
        _import_rows(context, workplace, results)
    except dg.Failure:
        yield from results
        raise
    yield from results


def _import_rows(
    context: dg.AssetExecutionContext, workplace: Workplace, results: list[dg.MaterializeResult[None]]
) -> None:
    """Import the rows, and add to ``results`` what there is to show of them; too many errors show what was wrong."""
    with step_of(context, workplace) as step, accounted(step.store, step.folder, step.job.code):
        folder, store, code = step.folder, step.store, step.job.code
        with Watch(store, code, "reading", folder.source.stat().st_size) as watch:
            staged = validate(folder, step.understanding, step.options, workplace.settings.threads, watch)
        stopped = None
        try:
            with Watch(store, code, "planning") as watch:
                merged = merge(workplace.database, folder, step.job, step.options, watch)
        except ErrorLimitExceededError as error:
            stopped = error
        _observe_source(context, step, staged)
        plan = Plan.load(folder.plan)
        refused = plan.counts.errors if stopped else merged.job.counts.errors
        results += [_valid_rows(step, staged, refused), _rejected_rows(step, staged, refused, plan)]
        if stopped:
            raise stopped
        results.append(_clients(step, merged))


def _observe_source(context: dg.AssetExecutionContext, step: Step, staged: Staged) -> None:
    """Show with the file what is known of it only now: how many rows it has, and everything there is to note."""
    notes = step.store.job(step.job.code).notes
    metadata = {
        "dagster/row_count": dg.MetadataValue.int(staged.total_items),
        "notes": dg.MetadataValue.md("\n".join(f"- {unquoted(note)}" for note in notes) or "none"),
    }
    context.log_event(dg.AssetObservation("source_file", description="The rows were read.", metadata=metadata))


def _valid_rows(step: Step, staged: Staged, refused: int) -> dg.MaterializeResult[None]:
    mapping = step.understanding.mapping
    return dg.MaterializeResult(
        "valid_rows",
        metadata={
            "dagster/row_count": staged.total_items - refused,
            "dagster/column_schema": schema_of_rows(mapping),
            "dagster/column_lineage": lineage_of_rows(mapping),
            "preview": dg.MetadataValue.md(preview_of_rows(step.folder, mapping)),
        },
        check_results=[
            _warning(
                "valid_rows",
                "has_data_rows",
                f"The file has {staged.total_items:,} data rows." if staged.total_items else NO_DATA_ROWS,
                passed=staged.total_items > 0,
            )
        ],
    )


def _rejected_rows(step: Step, staged: Staged, refused: int, plan: Plan) -> dg.MaterializeResult[None]:
    why = [f"{group.without_values}." for group in plan.faults[:_TOLD_REASONS]]
    said = f"{refused:,} of {staged.total_items:,} rows were refused."
    return dg.MaterializeResult(
        "rejected_rows",
        metadata={
            "dagster/row_count": refused,
            "dagster/column_schema": schema_of_faults(),
            "dagster/column_lineage": lineage_of_faults(step.understanding.mapping),
            "reasons": dg.MetadataValue.md(reasons_table(plan.faults, step.job.code)),
            "preview": dg.MetadataValue.md(preview_of_faults(step.folder)),
        },
        check_results=[_warning("rejected_rows", "no_rows_refused", " ".join([said, *why]), passed=refused == 0)],
    )


def _clients(step: Step, merged: Merged) -> dg.MaterializeResult[None]:
    mapping, counts = step.understanding.mapping, merged.job.counts
    metadata: dict[str, Any] = {
        "dagster/row_count": merged.clients,
        "created": counts.created,
        "updated": counts.updated,
        "skipped": counts.skipped,
        "refused": counts.errors,
        "dagster/table_name": "clients_database.main.clients",
        "dagster/column_schema": schema_of_clients(),
        "dagster/column_lineage": lineage_of_clients(mapping),
        "preview": dg.MetadataValue.md(preview_of_applied(step.folder, mapping)),
    }
    return dg.MaterializeResult("clients", metadata=metadata)


def _warning(asset: str, name: str, description: str, *, passed: bool) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=asset, check_name=name, passed=passed, severity=dg.AssetCheckSeverity.WARN, description=description
    )
