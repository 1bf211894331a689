"""Run an import in this process, as a run of the Dagster job in the instance everybody looks at."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from typing import Any
from uuid import uuid4

import dagster as dg
from dagster._core.errors import DagsterExecutionInterruptedError

from client_import.errors import JobNotFoundError
from client_import.inbox.folder import Waiting
from client_import.jobs.log import logger
from client_import.jobs.record import Job
from client_import.jobs.store import JobStore
from client_import.merge.database import ClientsDatabase
from client_import.paths import Home
from client_import.recovery.recover import describe_error, recover, why_failed
from pipelines.definitions import defs
from pipelines.dropped_run import run_config
from pipelines.dropped_run import tags as dropped_tags
from pipelines.instance import keeping_records, open_instance
from pipelines.job_run import QUIET, job_config, job_tags
from pipelines.lost_runs import end_lost_runs

_NOT_REPEATED = {"dagster/max_retries": "0"}
"""The daemon knows no process to repeat a run in that it has not launched."""

_ENDED_EARLY = "The run of the import ended before the import did; nothing was imported. The Dagster UI says why."

Opened = Callable[[str], AbstractContextManager[dg.DagsterInstance]]
"""Opens the instance for the run with that id."""


def launch_here(
    home: Home,
    store: JobStore,
    database: ClientsDatabase,
    code: str,
    started_by: str,
    opened: Opened | None = None,
) -> Job:
    """Run the job ``code`` to its end and return its record; whatever happens, it has ended then.

    ``opened`` is for a process with an instance that stays open (:mod:`pipelines.warm_instance`).

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
        _run(home, opened or (lambda _: open_instance(home)), store, job_config(code), tags)
    except Exception as error:
        logger.warning("The run of job %s was broken off: %s", code, describe_error(error))
        reason = why_failed(error)
    finally:
        job = recover(store, database, home.job(code), code, is_over=True, reason=reason)
    return job


def launch_dropped(
    opened: Opened,
    home: Home,
    store: JobStore,
    database: ClientsDatabase,
    file: Waiting,
    code: str,
    started_by: str,
) -> Job | None:
    """Take ``file`` out of the drop folder and import it as the new job ``code``; return its record, ended.

    Returns None, and there is no job, when the file is gone or has changed. ``opened`` opens the instance of ``home``.
    Raises what kept the run from beginning, when there is no job that tells of it.
    """
    broken: Exception | None = None
    reason = _ENDED_EARLY
    try:
        _run(home, opened, store, run_config(file, code), dropped_tags(file, code, started_by))
    except Exception as error:
        logger.warning("The run of job %s was broken off: %s", code, describe_error(error))
        broken, reason = error, why_failed(error)
    finally:
        job = _settled(home, store, database, code, reason)
    if job is None and broken is not None:
        raise broken
    return job


def _settled(home: Home, store: JobStore, database: ClientsDatabase, code: str, reason: str) -> Job | None:
    try:
        return recover(store, database, home.job(code), code, is_over=True, reason=reason)
    except JobNotFoundError:
        return None


def _run(home: Home, opened: Opened, store: JobStore, config: dict[str, Any], tags: dict[str, str]) -> None:
    run_id = str(uuid4())
    with keeping_records(home), opened(run_id) as instance, suppress(DagsterExecutionInterruptedError):
        end_lost_runs(instance, store)
        defs.resolve_job_def("client_import").execute_in_process(
            run_config={**config, "loggers": QUIET},
            instance=instance,
            tags={**tags, **_NOT_REPEATED},
            raise_on_error=False,
            run_id=run_id,
        )
