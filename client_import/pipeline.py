"""An import, step by step: what the Dagster assets, the command line and the dry run all call, in this order."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import BinaryIO

from client_import.errors import ErrorLimitExceededError, SourceError, StoreError
from client_import.failpoints import point
from client_import.jobs.record import Job, new_code
from client_import.jobs.store import JobStore
from client_import.mapping.file_spec import Understanding, understand
from client_import.mapping.known import KnownMappings
from client_import.merge.apply import apply_plan
from client_import.merge.database import ClientsDatabase, count_clients
from client_import.merge.diff import Change, first_changes
from client_import.merge.expressions import merged_values
from client_import.merge.ledger import recorded, tell_announced
from client_import.merge.plan import Plan, make_plan
from client_import.options import ImportOptions
from client_import.paths import Home, JobFolder, make_folder, sync_folder
from client_import.reading.file_name import shown_name
from client_import.reading.source import keep_source
from client_import.recovery.monitor import Watch
from client_import.reports.rejects_file import write_not_imported
from client_import.reports.row_outcomes import write_not_applied
from client_import.settings import Settings
from client_import.system.scratch import name_scratch
from client_import.validation.stage import NO_DATA_ROWS, Progress, Staged, stage

_SETTLE_WAIT_SECONDS = 1.0


def open_database(settings: Settings, home: Home, patience_seconds: float = math.inf) -> ClientsDatabase:
    """Return the clients database of ``home``, not yet opened; it is waited for no longer than ``patience_seconds``."""
    return ClientsDatabase(
        home.clients_database,
        home.scratch,
        min(settings.lock_wait_seconds, patience_seconds),
        settings.memory_limit,
        settings.threads,
        partial(_remembered, home),
    )


def _remembered(home: Home) -> int:
    """Return how many imports the job store knows that have changed the clients."""
    if not home.job_store.exists():
        return 0
    with JobStore.at(home.job_store) as store:
        return store.changes_made()


def impatient(settings: Settings, home: Home) -> ClientsDatabase:
    """Return the clients database for whoever only looks: it does not wait for another import.

    That settles the jobs it finds as it begins to apply.
    """
    return open_database(settings.model_copy(update={"lock_wait_seconds": _SETTLE_WAIT_SECONDS}), home)


def take_in(
    home: Home,
    store: JobStore,
    stream: BinaryIO,
    file_name: str,
    options: ImportOptions,
    started_by: str,
    *,
    starts_here: bool = True,
    check: Callable[[Path], None] | None = None,
) -> Job:
    """Keep the bytes of ``stream`` in a new job's folder, on the disk, and return the job, Queued.

    With ``starts_here`` this process is going to start the job, and it ends Failed when the process is gone before
    that. The file is understood here then: options that do not fit it raise OptionsError, and there is no job. One that
    cannot be read at all becomes a job, which fails when it is started. Otherwise the job waits to be started, and the
    file is not looked into; what ``check``, called with its path, raises is raised, and there is no job.
    """
    code = new_code()
    file_name = shown_name(file_name)
    coming_in = JobFolder(name_scratch(home.scratch, "coming-in"))
    try:
        make_folder(coming_in.path)
        point("taking in")
        keep_source(stream, coming_in.source)
        point("source kept")
        if starts_here:
            with suppress(SourceError):
                understand(coming_in.source, options, KnownMappings(home, store)).save(coming_in.layout)
        if check is not None:
            check(coming_in.source)
        make_folder(home.job(code).path.parent)
        job = store.create(code, file_name, options, started_by, starts_here=starts_here)
        point("job created")
        folder = coming_in.path.rename(home.job(code).path)
        sync_folder(folder)
        sync_folder(folder.parent)
        point("job placed")
    except BaseException:
        shutil.rmtree(coming_in.path, ignore_errors=True)
        shutil.rmtree(home.job(code).path, ignore_errors=True)
        with suppress(StoreError):
            store.forget(code)
        raise
    return job


def stage_rows(
    folder: JobFolder, understanding: Understanding, options: ImportOptions, threads: int, watch: Watch | None = None
) -> Staged:
    """Read, check and stage every row of the source in ``folder``: :func:`client_import.validation.stage.stage`.

    ``watch`` hears of the progress and of what is to be noted, and can stop it. Raises SourceError for a file without
    data rows that is to fail if it is empty.
    """
    hear = watch.progress if watch else _hear_nothing
    options = understanding.holding(options)
    if watch:
        watch.note(understanding.notes(options))
    staged = stage(folder, understanding.layout, understanding.mapping, options, threads, hear)
    if watch:
        watch.total_items = staged.total_items
        watch.note(staged.notes)
    if not staged.total_items and options.fail_if_empty:
        raise SourceError(f"{NO_DATA_ROWS} Send the file that has them, or import without fail if empty.")
    return staged


def _hear_nothing(_progress: Progress) -> None:
    return


@dataclass(frozen=True, slots=True)
class Merged:
    """A job as the ledger has it, and how many clients there are after it."""

    job: Job
    clients: int


def merge(database: ClientsDatabase, folder: JobFolder, job: Job, options: ImportOptions, watch: Watch) -> Merged:
    """Plan the staged rows of ``job`` against the clients and apply them.

    A job that the ledger already has is returned and nothing is applied. Raises ErrorLimitExceededError, with the
    file of rows not imported written, when more rows are refused than ``max errors`` allows.
    """
    understanding, staged = Understanding.load(folder.layout), Staged.load(folder.staged)
    mapping, options = understanding.mapping, understanding.holding(options)
    watch.total_items = staged.total_items
    try:
        with database.open(waiting=watch.waiting) as connection, watch.interrupting(connection):
            watch.phase = "applying"
            point("database open")
            tell_announced(connection, watch.store)
            applied = recorded(connection, job.code)
            stopped = None
            if applied is None:
                plan = make_plan(connection, folder, mapping, options, staged)
                point("planned")
                stopped = _error_limit_exceeded(plan, options, staged, "were")
                if stopped:
                    write_not_applied(connection, folder, mapping, is_stopped=True)
                    stopped = f"{stopped}, so nothing was imported. Correct the rows, or allow more errors."
                else:
                    watch.note(plan.notes)
            if applied is None and stopped is None:
                applied = apply_plan(connection, job, mapping, options, staged, plan, watch.announce_commit)
            merged = Merged(applied, count_clients(connection)) if applied else None
    except BaseException:
        merged = _committed_after_all(database, job, watch)
        if merged is None:
            raise
    if merged is None:
        write_not_imported(folder)
        raise ErrorLimitExceededError(stopped)
    watch.committed(merged.job)
    return merged


def _error_limit_exceeded(plan: Plan, options: ImportOptions, staged: Staged, are: str) -> str | None:
    """Return in words that more rows ``are`` refused than ``max errors`` allows; None when that is not so."""
    most, limit = options.error_limit(staged.total_items), options.max_errors
    if most is None or plan.counts.errors <= most:
        return None
    return f"{plan.counts.errors:,} of {staged.total_items:,} rows {are} refused, more than the limit of {limit}"


def _committed_after_all(database: ClientsDatabase, job: Job, watch: Watch) -> Merged | None:
    """Ask the ledger anew after a fault: a stop that came with the commit comes too late.

    When the ledger cannot be asked either, the commit mark stays, and whoever settles the job asks again.
    """
    if not watch.has_announced:
        return None
    with suppress(StoreError), database.open(read_only=True) as connection:
        committed = recorded(connection, job.code)
        if committed is not None:
            return Merged(committed, count_clients(connection))
        watch.withdraw_commit()
    return None


def report(folder: JobFolder, job: Job) -> Plan:
    """Write the file of rows not imported of a job that was applied, unless it is there or there are none."""
    if job.has_not_imported and not folder.not_imported.exists():
        write_not_imported(folder)
    return Plan.load(folder.plan)


@dataclass(frozen=True, slots=True)
class DryRun:
    """What an import would do (docs/rules.md, section 7).

    ``stopped`` is the sentence with which it would fail, ``notes`` what its job would have to say beside the counts.
    """

    understanding: Understanding
    staged: Staged
    plan: Plan
    changes: tuple[Change, ...]
    stopped: str | None
    notes: tuple[str, ...]


def dry_run(
    database: ClientsDatabase,
    folder: JobFolder,
    understanding: Understanding,
    options: ImportOptions,
    threads: int,
    changes: int = 20,
) -> DryRun:
    """Do everything but the applying, in a ``folder`` that is the caller's to remove.

    ``changes`` limits the updates whose changes are told.
    """
    staged = stage_rows(folder, understanding, options, threads)
    mapping, options = understanding.mapping, understanding.holding(options)
    columns = ["code", "type", *merged_values(mapping, options, clears=staged.clears)]
    with database.open_copy(columns) as connection:
        plan = make_plan(connection, folder, mapping, options, staged)
        stopped = _error_limit_exceeded(plan, options, staged, "would be")
        if stopped:
            stopped = f"{stopped}."
            plan = replace(plan, counts=replace(plan.counts, created=0, updated=0), emptied=0, notes=())
        shown = first_changes(connection, mapping, options, staged, changes) if plan.counts.updated else []
    notes = dict.fromkeys((*understanding.notes(options), *staged.notes, *plan.notes))
    return DryRun(understanding, staged, plan, tuple(shown), stopped, tuple(notes))
