"""An import, step by step, in this order: receive, detect, validate, merge, write rejects, finish.

:func:`run_import` is the whole of it. Each Dagster asset calls one of the steps, and so do the dry run
(:mod:`client_import.dry_run`) and all others that import.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from client_import.clients.ledger import HISTORY_BEGINS, begins_history
from client_import.clients.store import ClientsStore, Session, open_clients
from client_import.errors import ClientImportError, ErrorLimitExceededError, SourceError, StoreError
from client_import.failpoints import failpoint
from client_import.jobs.known_mappings import KnownMappings
from client_import.jobs.opening import open_job_store
from client_import.jobs.record import Job
from client_import.jobs.store import JobStore
from client_import.mapping.file_spec import FileSpec, make_file_spec
from client_import.merge.apply import apply_plan
from client_import.merge.plan import error_limit_exceeded, make_plan
from client_import.merge.split import split_rows
from client_import.options import ImportOptions
from client_import.paths import Home, JobFolder, new_code
from client_import.reading.file_name import shown_name
from client_import.reading.limits import Limits
from client_import.reading.source import keep_source
from client_import.recovery.applying import Merged, apply_once
from client_import.recovery.monitor import JobMonitor
from client_import.recovery.recover import failure_boundary, finish, recover_all
from client_import.reports.rejects_file import write_rejects
from client_import.reports.row_outcomes import write_not_applied
from client_import.reports.summary import Plan
from client_import.settings import read_settings
from client_import.system.disk import sync_folder
from client_import.system.private import make_folder
from client_import.system.scratch import name_scratch
from client_import.validation.spark import SparkCluster
from client_import.validation.stage import NO_DATA_ROWS, Staged, stage
from client_import.validation.stage_part import StagingProgress


def run_import(path: str | Path, options: ImportOptions | None = None, *, home: str | Path | None = None) -> Job:
    """Import the CSV file at ``path`` into the clients of the folder ``home``, and return the record of the job.

    ``home`` is CLIENT_IMPORT_HOME where it is not given. A file that cannot be imported makes a job that has Failed,
    with its ``failure_reason``; rows that were not imported are in the folder of the job. Raises OptionsError when the
    options do not fit the file, OSError when it cannot be opened, and StoreError when the folder cannot be used.
    """
    settings, chosen, path = read_settings(), options or ImportOptions.parse({}), Path(path)
    place = Home(Path(home) if home else settings.home).create()
    database, limits = open_clients(settings, place), Limits.of(settings)
    with open_job_store(settings, place) as store, path.open("rb") as stream:
        recover_all(store, database, place)
        job = receive(place, store, stream, path.name, chosen, "python", limits)
        folder = place.job(job.code)
        with suppress(ClientImportError), failure_boundary(store, folder, job.code):
            job = store.start(job.code)
            file = detect(folder, chosen, KnownMappings(place, store), limits)
            with JobMonitor(store, job.code, "reading", folder.source.stat().st_size) as monitor:
                validate(folder, file, chosen, limits, settings.threads, monitor, SparkCluster.of(settings))
            with JobMonitor(store, job.code, "planning") as monitor:
                merged = merge(database, folder, job, chosen, monitor)
            if merged.job.has_not_imported:
                with JobMonitor(store, job.code, "reporting"):
                    write_rejects(folder)
            finish(store, folder, merged.job)
        return store.job(job.code)


def receive(
    home: Home,
    store: JobStore,
    stream: BinaryIO,
    file_name: str,
    options: ImportOptions,
    started_by: str,
    limits: Limits,
    *,
    starts_here: bool = True,
    check: Callable[[Path], None] | None = None,
) -> Job:
    """Keep the bytes of ``stream`` in a new job's folder, on the disk, and return the job, Queued.

    With ``starts_here`` this process is going to start the job, and it ends Failed when the process is gone before
    that. The file is looked into here then: options that do not fit it raise OptionsError, and there is no job. One
    that cannot be read at all becomes a job, which fails when it is started. Otherwise the job waits to be started, and
    the file is not looked into; what ``check``, called with its path, raises is raised, and there is no job.
    """
    code = new_code()
    file_name = shown_name(file_name)
    coming_in = JobFolder(name_scratch(home.coming_in, "coming-in"))
    try:
        make_folder(coming_in.path)
        failpoint("receiving")
        keep_source(stream, coming_in.source)
        failpoint("source kept")
        if starts_here:
            with suppress(SourceError):
                make_file_spec(coming_in.source, options, KnownMappings(home, store), limits).save(coming_in.layout)
        if check is not None:
            check(coming_in.source)
        make_folder(home.job(code).path.parent)
        job = store.create(code, file_name, options, started_by, starts_here=starts_here)
        failpoint("job created")
        folder = coming_in.path.rename(home.job(code).path)
        sync_folder(folder)
        sync_folder(folder.parent)
        failpoint("job placed")
    except BaseException:
        shutil.rmtree(coming_in.path, ignore_errors=True)
        shutil.rmtree(home.job(code).path, ignore_errors=True)
        with suppress(StoreError):
            store.forget(code)
        raise
    return job


def detect(folder: JobFolder, options: ImportOptions, known: KnownMappings, limits: Limits) -> FileSpec:
    """Return what :func:`receive` found of the source in ``folder``; found now where its options were open.

    Raises as :func:`client_import.mapping.file_spec.make_file_spec` does.
    """
    if not folder.layout.exists():
        make_file_spec(folder.source, options, known, limits).save(folder.layout)
    failpoint("layout written")
    return FileSpec.load(folder.layout)


def validate(
    folder: JobFolder,
    file_spec: FileSpec,
    options: ImportOptions,
    limits: Limits,
    threads: int,
    monitor: JobMonitor | None = None,
    spark: SparkCluster | None = None,
) -> Staged:
    """Read, validate and stage every row of the source in ``folder`` (:mod:`client_import.validation.stage`).

    A huge file is staged by ``spark``, if there is such a cluster; all others by this process in ``threads`` threads.

    ``monitor`` hears of the progress and of what is to be noted, and can stop it. Raises SourceError for a file without
    data rows that is to fail if it is empty.
    """
    hear = monitor.progress if monitor else _hear_nothing
    options = file_spec.holding(options)
    if monitor:
        monitor.note(file_spec.notes(options))
    staged = stage(folder, file_spec.layout, file_spec.mapping, options, limits, threads, hear, spark)
    if monitor:
        monitor.total_items = staged.total_items
        monitor.note(staged.notes)
    if not staged.total_items and options.fail_if_empty:
        raise SourceError(f"{NO_DATA_ROWS} Send the file that has them, or import without fail if empty.")
    return staged


def _hear_nothing(_progress: StagingProgress) -> None:
    return


def merge(database: ClientsStore, folder: JobFolder, job: Job, options: ImportOptions, monitor: JobMonitor) -> Merged:
    """Plan the staged rows of ``job`` against the clients, split them into valid and rejected ones, and apply those.

    A job that the ledger already has is returned and nothing is applied. Raises ErrorLimitExceededError, with the
    file of rows not imported written, when more rows are rejected than ``max errors`` allows.
    """
    file_spec, staged = FileSpec.load(folder.layout), Staged.load(folder.staged)
    mapping, options = file_spec.mapping, file_spec.holding(options)
    monitor.total_items = staged.total_items
    stopped: str | None = None

    def apply(session: Session) -> Job | None:
        nonlocal stopped
        plan = make_plan(session, folder, mapping, options, staged)
        split_rows(session.tables, folder, mapping, plan, staged)
        failpoint("planned")
        stopped = error_limit_exceeded(plan, options, staged, "were")
        if stopped:
            write_not_applied(session.tables, folder, mapping, is_stopped=True)
            return None
        monitor.note([*plan.notes, *([HISTORY_BEGINS] if begins_history(session.rows) else [])])
        with _announcer(folder, plan, monitor) as announce:
            return apply_plan(session, job, mapping, options, staged, plan, announce)

    merged = apply_once(database, job, monitor, apply)
    if merged is None:
        write_rejects(folder)
        raise ErrorLimitExceededError(f"{stopped}, so nothing was imported. Correct the rows, or allow more errors.")
    return merged


@contextmanager
def _announcer(folder: JobFolder, plan: Plan, monitor: JobMonitor) -> Iterator[Callable[[], None]]:
    """Yield what announces the commit, as soon as what the rows not imported are reported from is on the disk.

    That is synced meanwhile, and not at all when every row is imported.
    """
    if not plan.counts.not_imported:
        yield monitor.announce_commit
        return
    with ThreadPoolExecutor(1, "sync") as pool:
        synced = pool.submit(folder.sync_report_sources)

        def announce() -> None:
            synced.result()
            monitor.announce_commit()

        yield announce
