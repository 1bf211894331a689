"""The assets ``valid_rows``, ``rejected_rows`` and ``clients``: read and check every row, plan, apply.

They are one step, because only planning finds some of the errors: the same client twice, a code that is taken. So what
is shown of the rows is what the job record says.
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from assets.description import (
    lineage_of_clients,
    lineage_of_errors,
    lineage_of_rows,
    schema_of_clients,
    schema_of_errors,
    schema_of_rows,
)
from assets.previews import preview_of_applied, preview_of_errors, preview_of_rows, reasons_table
from assets.step import Step, step_of, unquoted
from client_import.errors import ErrorLimitExceededError
from client_import.pipeline import Merged, merge, validate
from client_import.recovery.monitor import JobMonitor
from client_import.recovery.recover import failure_boundary
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
            description="The errors of the rows that were rejected, each with its row, column and reason.",
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
        dg.AssetCheckSpec("no_rows_rejected", asset="rejected_rows", description="Every row passed every check."),
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
    with step_of(context, workplace) as step, failure_boundary(step.store, step.folder, step.job.code):
        folder, store, code = step.folder, step.store, step.job.code
        with JobMonitor(store, code, "reading", folder.source.stat().st_size) as monitor:
            staged = validate(folder, step.file_spec, step.options, workplace.settings.threads, monitor)
        stopped = None
        try:
            with JobMonitor(store, code, "planning") as monitor:
                merged = merge(workplace.database, folder, step.job, step.options, monitor)
        except ErrorLimitExceededError as error:
            stopped = error
        _observe_source(context, step, staged)
        plan = Plan.load(folder.plan)
        rejected = plan.counts.errors if stopped else merged.job.counts.errors
        results += [_valid_rows(step, staged, rejected), _rejected_rows(step, staged, rejected, plan)]
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


def _valid_rows(step: Step, staged: Staged, rejected: int) -> dg.MaterializeResult[None]:
    mapping = step.file_spec.mapping
    return dg.MaterializeResult(
        "valid_rows",
        metadata={
            "dagster/row_count": staged.total_items - rejected,
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


def _rejected_rows(step: Step, staged: Staged, rejected: int, plan: Plan) -> dg.MaterializeResult[None]:
    why = [f"{group.without_values}." for group in plan.row_errors[:_TOLD_REASONS]]
    said = f"{rejected:,} of {staged.total_items:,} rows were rejected."
    return dg.MaterializeResult(
        "rejected_rows",
        metadata={
            "dagster/row_count": rejected,
            "dagster/column_schema": schema_of_errors(),
            "dagster/column_lineage": lineage_of_errors(step.file_spec.mapping),
            "reasons": dg.MetadataValue.md(reasons_table(plan.row_errors, step.job.code)),
            "preview": dg.MetadataValue.md(preview_of_errors(step.folder)),
        },
        check_results=[_warning("rejected_rows", "no_rows_rejected", " ".join([said, *why]), passed=rejected == 0)],
    )


def _clients(step: Step, merged: Merged) -> dg.MaterializeResult[None]:
    mapping, counts = step.file_spec.mapping, merged.job.counts
    metadata: dict[str, Any] = {
        "dagster/row_count": merged.clients,
        "created": counts.created,
        "updated": counts.updated,
        "skipped": counts.skipped,
        "rejected": counts.errors,
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
