"""The undo of a job as Dagster has it: one step, in the order of :mod:`client_import.undo_job`."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import dagster as dg

from assets import checks, undo
from assets.config import UndoConfig, refuse_overrides
from assets.step import (
    FILE_TAG,
    JOB_TAG,
    STARTED_BY_TAG,
    code_of_job,
    show_under_job,
    start,
    started_by,
    translated_errors,
)
from assets.termination import ending_in_time
from client_import.clients.store import ClientsStore, open_for_recovery
from client_import.errors import InUseError, OptionsError
from client_import.failpoints import failpoint
from client_import.jobs.log import log_started
from client_import.jobs.record import Job
from client_import.jobs.store import JobStore
from client_import.paths import Home, checked_code
from client_import.recovery.agree import agree
from client_import.recovery.monitor import JobMonitor
from client_import.recovery.recover import failure_boundary, finish, recover_all
from client_import.retention import clean_up
from client_import.system.sqlite_files import sync_sqlite
from client_import.undo_job import ask_for_undo, take_back
from resources.clients_database import ClientsDatabaseResource
from resources.job_store import JobStoreResource


@dg.multi_asset(
    name="undo",  # the run config names the job by it: ops, undo, config, undoes
    description="Undo one job: remove the clients it created, and put back what it changed and nobody has since.",
    specs=[undo.SPEC],
    check_specs=checks.UNDO_SPECS,
    can_subset=False,
)
def whole_undo(
    context: dg.AssetExecutionContext,
    config: UndoConfig,
    job_store: JobStoreResource,
    clients_database: ClientsDatabaseResource,
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Undo the job that the config names, and show the clients after it and its record."""
    show_under_job(context)
    with translated_errors(context):
        refuse_overrides(context.run.run_config)
    with translated_errors(context), job_store.open() as store:
        job = _asked_for(context, config, job_store, store, clients_database.database)
        if job is None:
            yield checks.nothing_undone()
            return
        if JOB_TAG not in context.run.tags:
            tags = {JOB_TAG: job.code, FILE_TAG: job.file_name, STARTED_BY_TAG: started_by(context)}
            context.instance.add_run_tags(context.run_id, tags)
        with ending_in_time(context, store, job.code):
            yield _taken_back(context, store, job_store.folder, clients_database, job.code)


def _asked_for(
    context: dg.AssetExecutionContext,
    config: UndoConfig,
    job_store: JobStoreResource,
    store: JobStore,
    database: ClientsStore,
) -> Job | None:
    """Return the undo that this run does: one that exists, or a new one for the job that the config names.

    None if it names none, and the same run has imported a file: then all assets were materialised at once.
    """
    code = checked_code(config.job_code) if config.job_code else code_of_job(context, store)
    if code:
        job = store.job(code)
        if job.undoes:
            return job
        if config.job_code:
            raise OptionsError(f"Job {code} is an import. To undo it, name it: ops, undo, config, undoes.")
    if not config.undoes:
        if code:
            return None
        raise OptionsError("Name the job to undo: ops, undo, config, undoes.")
    home = job_store.folder
    recover_all(store, database, home)
    with suppress(InUseError):
        agree(store, open_for_recovery(job_store.settings, home), home)
    clean_up(home, store, job_store.settings)
    return ask_for_undo(home, store, checked_code(config.undoes.strip()), started_by(context))


def _taken_back(
    context: dg.AssetExecutionContext, store: JobStore, home: Home, database: ClientsDatabaseResource, code: str
) -> dg.MaterializeResult[None]:
    """Do the undo; what ends it early ends its job, too, before anything is shown."""
    folder = home.job(code)
    with failure_boundary(store, folder, code):
        job = start(context, store, code)
        log_started(job)
        failpoint("started")
    with failure_boundary(store, folder, code), JobMonitor(store, code, "planning") as monitor:
        table_name = database.table_name  # asked for now: nothing may fail after the commit
        merged = take_back(database.database, folder, job, monitor)
    sync_sqlite(Path(context.instance.root_directory))  # as an import
    ended = finish(store, folder, merged.job)
    context.log_event(undo.clients_after(merged, database, table_name))
    return undo.result(folder, ended, store.job(str(ended.undoes)))
