"""Run an import in this process, as a run of the Dagster job in the instance everybody looks at."""

from __future__ import annotations

from contextlib import nullcontext, suppress
from typing import Any

import dagster as dg

from assets.step import NOT_REPEATED, REPOSITORY, REPOSITORY_TAG
from client_import.clients.store import ClientsStore
from client_import.errors import JobNotFoundError
from client_import.inbox.folder import Waiting
from client_import.jobs.log import logger
from client_import.jobs.record import Job
from client_import.jobs.store import JobStore
from client_import.paths import Home
from client_import.recovery.recover import describe_error, recover, why_failed
from pipelines.definitions import defs
from pipelines.dropped_run import run_config
from pipelines.dropped_run import tags as dropped_tags
from pipelines.instance import keeping_records, open_instance
from pipelines.job_run import QUIET, job_config, job_tags
from pipelines.lost_runs import end_lost_runs

_ENDED_EARLY = "The run of the import ended before the import did; nothing was imported. The Dagster UI says why."


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
    tags = job_tags(code, job.file_name, started_by)
    reason = _ENDED_EARLY
    try:
        _run(home, instance, store, job_config(code, job.file_name), tags)
    except Exception as error:
        logger.warning("The run of job %s was broken off: %s", code, describe_error(error))
        reason = why_failed(error)
    finally:
        job = recover(store, database, home.job(code), code, is_over=True, reason=reason)
    return job


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
    broken: Exception | None = None
    reason = _ENDED_EARLY
    try:
        _run(home, instance, store, run_config(file, code), dropped_tags(file, code, started_by))
    except Exception as error:
        logger.warning("The run of job %s was broken off: %s", code, describe_error(error))
        broken, reason = error, why_failed(error)
    finally:
        job = _recovered(home, store, database, code, reason)
    if job is None and broken is not None:
        raise broken
    return job


def _recovered(home: Home, store: JobStore, database: ClientsStore, code: str, reason: str) -> Job | None:
    try:
        return recover(store, database, home.job(code), code, is_over=True, reason=reason)
    except JobNotFoundError:
        return None


def _run(
    home: Home, instance: dg.DagsterInstance | None, store: JobStore, config: dict[str, Any], tags: dict[str, str]
) -> None:
    opened = open_instance(home) if instance is None else nullcontext(instance)
    with keeping_records(home), opened as records, suppress(dg.DagsterExecutionInterruptedError):
        end_lost_runs(records, store)
        defs.resolve_job_def("client_import").execute_in_process(
            run_config={**config, "loggers": QUIET},
            instance=records,
            tags={**tags, **NOT_REPEATED, REPOSITORY_TAG: REPOSITORY},
            raise_on_error=False,
        )
