"""Run an import in this process, as a run of the Dagster job in the instance everybody looks at."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext, suppress
from typing import Any

import dagster as dg

from assets.step import JOB_TAG, NOT_REPEATED, REPOSITORY, REPOSITORY_TAG
from client_import.errors import JobNotFoundError
from client_import.inbox.folder import Waiting
from client_import.jobs.log import logger
from client_import.jobs.record import Job
from client_import.jobs.store import JobStore
from client_import.merge.database import ClientsDatabase
from client_import.paths import Home
from client_import.recovery.recover import describe_error, recover, why_failed
from pipelines.definitions import defs
from pipelines.instance import keeping_records, open_instance
from pipelines.job_run import QUIET, dropped_config, job_config, job_tags
from pipelines.lost_runs import end_lost_runs

_ENDED_EARLY = "The run of the import ended before the import did; nothing was imported. The Dagster UI says why."


def launch_here(
    home: Home,
    store: JobStore,
    database: ClientsDatabase,
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
    config, tags = job_config(code, job.file_name), job_tags(code, job.file_name, started_by)
    opened = open_instance(home) if instance is None else nullcontext(instance)
    return _run(home, store, database, opened, config, tags) or store.job(code)


def launch_dropped(
    instance: dg.DagsterInstance,
    home: Home,
    store: JobStore,
    database: ClientsDatabase,
    file: Waiting,
    code: str,
    started_by: str,
) -> Job | None:
    """Take ``file`` out of the drop folder and import it as the new job ``code``; return its record, ended.

    Returns None, and there is no job, when the file is gone or has changed. ``instance`` is that of ``home``.
    Raises what kept the run from beginning, when there is no job that tells of it.
    """
    config, tags = dropped_config(file, code), job_tags(code, file.name, started_by)
    return _run(home, store, database, nullcontext(instance), config, tags)


def _run(
    home: Home,
    store: JobStore,
    database: ClientsDatabase,
    opened: AbstractContextManager[dg.DagsterInstance],
    config: dict[str, Any],
    tags: dict[str, str],
) -> Job | None:
    """Run the import to its end, and recover its job; return that, or None if there is none."""
    code, broken = tags[JOB_TAG], None
    try:
        with keeping_records(home), opened as instance, suppress(dg.DagsterExecutionInterruptedError):
            end_lost_runs(instance, store)
            defs.resolve_job_def("client_import").execute_in_process(
                run_config={**config, "loggers": QUIET},
                instance=instance,
                tags={**tags, **NOT_REPEATED, REPOSITORY_TAG: REPOSITORY},
                raise_on_error=False,
            )
    except Exception as error:
        logger.warning("The run of job %s was broken off: %s", code, describe_error(error))
        broken = error
    finally:
        job, reason = None, why_failed(broken) if broken else _ENDED_EARLY
        with suppress(JobNotFoundError):
            job = recover(store, database, home.job(code), code, is_over=True, reason=reason)
    if job is None and broken is not None:
        raise broken
    return job
