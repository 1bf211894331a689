"""Run an import or an undo in this process, as a run of its Dagster job in the instance everybody looks at."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path

import dagster as dg

from assets.step import JOB_TAG, NOT_REPEATED, REPOSITORY, REPOSITORY_TAG
from client_import.clients.store import ClientsStore
from client_import.errors import JobNotFoundError
from client_import.inbox.folder import Waiting
from client_import.jobs.log import logger
from client_import.jobs.record import Job
from client_import.jobs.store import JobStore
from client_import.paths import Home
from client_import.recovery.recover import describe_error, recover, why_failed
from client_import.system.sqlite_files import sync_sqlite
from pipelines.definitions import defs
from pipelines.instance import keeping_records, open_instance
from pipelines.job_run import QUIET, JobRun, dropped_run, run_of
from pipelines.lost_runs import end_lost_runs
from resources.job_store import sharing


def launch_here(
    home: Home,
    store: JobStore,
    database: ClientsStore,
    code: str,
    started_by: str,
    instance: dg.DagsterInstance | None = None,
) -> Job:
    """Run the job ``code`` to its end and return its record; whatever happens, it has ended then.

    ``instance`` is that of a process which keeps it open; without, it is opened for this run.

    A job that has ended before is returned as it is, and nothing is run. Where the disk is full or the clients
    database in use at the very end it is returned unfinished, to be finished by the next look. A run that Dagster
    could not keep its records of is only logged: the job says what became of the import. Raises StoreError when the
    job store cannot be used.
    """
    job = store.job(code)
    if job.status.is_final:
        return job
    opened = open_instance(home) if instance is None else nullcontext(instance)
    return _run(home, store, database, opened, run_of(job, started_by)) or store.job(code)


def launch_dropped(
    instance: dg.DagsterInstance,
    home: Home,
    store: JobStore,
    database: ClientsStore,
    file: Waiting,
    code: str,
    started_by: str,
) -> Job | None:
    """Take ``file`` out of the drop folder and import it as the new job ``code``; return its record, ended.

    Returns None, and there is no job, when the file is gone or has changed. ``instance`` is that of ``home``.
    Raises what kept the run from beginning, when there is no job that tells of it.
    """
    return _run(home, store, database, nullcontext(instance), dropped_run(file, code, started_by))


def _run(
    home: Home,
    store: JobStore,
    database: ClientsStore,
    opened: AbstractContextManager[dg.DagsterInstance],
    run: JobRun,
) -> Job | None:
    """Do the ``run`` to its end, and recover its job; return that, or None if there is none."""
    code, broken = run.tags[JOB_TAG], None
    try:
        with keeping_records(home), opened as instance, suppress(dg.DagsterExecutionInterruptedError):
            end_lost_runs(instance, store)
            with sharing(home, store):
                defs.resolve_job_def(run.name).execute_in_process(
                    run_config={**run.config, "loggers": QUIET},
                    instance=instance,
                    tags={**run.tags, **NOT_REPEATED, REPOSITORY_TAG: REPOSITORY},
                    raise_on_error=False,
                )
            sync_sqlite(Path(instance.root_directory))
    except Exception as error:
        logger.warning("The run of job %s was broken off: %s", code, describe_error(error))
        broken = error
    finally:
        job = None
        with suppress(JobNotFoundError):
            begun = store.job(code)
            reason = why_failed(broken, begun) if broken else _ended_early(begun)
            job = recover(store, database, home.job(code), code, is_over=True, reason=reason)
    if job is None and broken is not None:
        raise broken
    return job


def _ended_early(job: Job) -> str:
    return f"The run of the {job.kind} ended before the {job.kind} did; {job.nothing_done}. The Dagster UI says why."
