"""The import as Dagster has it: one step that makes all six assets, in the order of :mod:`client_import.pipeline`.

They cannot be materialised one by one, so the UI offers the whole import and never a part that must fail.
"""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg

from assets import checks, clients, import_job, not_imported, source_file, validated_rows
from assets.config import ImportConfig, refuse_overrides
from assets.step import Means, NothingToImport, finalised, show_under_job, start, translated_errors
from assets.termination import ending_in_time
from client_import.errors import ClientImportError, ErrorLimitExceededError, SharedCodesError
from client_import.failpoints import failpoint
from client_import.inbox.ingest import Taken
from client_import.jobs.known_mappings import KnownMappings
from client_import.jobs.log import log_started
from client_import.pipeline import detect, merge, validate
from client_import.reading.limits import Limits
from client_import.recovery.monitor import JobMonitor
from client_import.recovery.recover import failure_boundary, finish
from client_import.reports.rejects_file import write_rejects
from client_import.reports.summary import Plan
from client_import.system.sqlite_files import sync_sqlite
from client_import.validation.spark import SparkCluster
from resources.clients_database import ClientsDatabaseResource
from resources.inbox import InboxResource
from resources.job_store import JobStoreResource

Shown = dg.MaterializeResult[None] | dg.AssetCheckResult


@dg.multi_asset(
    name="source_file",  # the run config names the file by it: ops, source_file, config, path
    description="Import one CSV file of clients: read it, validate its rows, and bring the table up to date with them.",
    specs=[source_file.SPEC, *validated_rows.SPECS, clients.SPEC, not_imported.SPEC, import_job.SPEC],
    check_specs=checks.SPECS,
    can_subset=False,
)
def whole_import(
    context: dg.AssetExecutionContext,
    config: ImportConfig,
    job_store: JobStoreResource,
    clients_database: ClientsDatabaseResource,
    inbox: InboxResource,
) -> Iterator[Shown]:
    """Import the file that the config names, and show each asset as soon as it has come about."""
    show_under_job(context)
    with translated_errors(context):
        refuse_overrides(context.run.run_config)
    with translated_errors(context), job_store.open() as store:
        means = Means(store, job_store.settings, job_store.folder, clients_database, inbox)
        taken = source_file.receive_file(context, config, means)
        if taken is None:
            raise NothingToImport(
                f"The file {config.dropped} is not in the drop folder any more, or has changed since it was seen: "
                "nothing to import. A changed file is imported by a later run."
            )
        code = taken.job.code
        try:
            with ending_in_time(context, store, code):
                yield from _steps(context, means, taken)
        finally:
            finalised(context, means, code)


def _steps(context: dg.AssetExecutionContext, means: Means, taken: Taken) -> Iterator[Shown]:
    """Do the steps of the import; what ends one of them early ends the job, too, before anything is shown."""
    store, code = means.store, taken.job.code
    folder, options, limits = means.home.job(code), store.options(code), Limits.of(means.settings)
    with failure_boundary(store, folder, code):
        job = start(context, store, code)
        log_started(job)
        failpoint("started")
    try:
        with failure_boundary(store, folder, code):
            if taken.wrong_options is not None:
                raise taken.wrong_options
            spec = detect(folder, options, KnownMappings(means.home, store), limits)
            with JobMonitor(store, code, "reading", folder.source.stat().st_size) as monitor:
                spark = SparkCluster.of(means.settings)
                staged = validate(folder, spec, options, limits, means.settings.threads, monitor, spark)
    except ClientImportError as error:
        yield source_file.result_of_unusable(job, folder, str(error))
        raise
    yield source_file.result(spec, store.job(code), folder, limits, staged.total_items)

    try:
        with failure_boundary(store, folder, code), JobMonitor(store, code, "planning") as monitor:
            table_name = means.clients_database.table_name  # asked for now: nothing may fail after the commit
            merged = merge(means.database, folder, job, options, monitor)
    except ErrorLimitExceededError:
        plan = Plan.load(folder.plan)
        rejected = plan.counts.errors
        yield from validated_rows.results(folder, spec.mapping, staged, plan, rejected, code)
        yield checks.rejects_file_is_complete(folder, rejected, staged.total_items)
        raise
    except SharedCodesError as error:
        yield checks.codes_are_not_unique(error)
        raise
    plan, counts = Plan.load(folder.plan), merged.job.counts
    yield from validated_rows.results(folder, spec.mapping, staged, plan, counts.errors, code)
    yield clients.result(folder, spec.mapping, merged, means.clients_database, table_name)

    if merged.job.has_not_imported and not folder.not_imported.exists():
        with JobMonitor(store, code, "reporting"):
            write_rejects(folder)
    yield not_imported.result(folder, spec.layout, plan, merged.job)

    sync_sqlite(Path(context.instance.root_directory))  # a job that has ended keeps its lineage, whatever happens
    job = finish(store, folder, merged.job)
    yield import_job.result(folder, plan, job)
